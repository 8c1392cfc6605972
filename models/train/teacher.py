"""YOLOX's people in a picture, by onnxruntime: labels for clips that have none, and what real footage is compared with."""
import cv2
import numpy as np
import onnxruntime as ort


class Teacher:
    """A YOLOX network with raw heads (models/RETRAIN.md); boxes in px of the picture."""

    def __init__(self, path, threads=1):
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.net = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        given = self.net.get_inputs()[0]
        self.name, (_, _, self.height, self.width) = given.name, given.shape
        grids = []
        for stride in (8, 16, 32):
            y, x = np.mgrid[: self.height // stride, : self.width // stride]
            grids.append(np.stack([x.ravel(), y.ravel(), np.full(x.size, stride)], 1))
        self.grid = np.concatenate(grids)

    def __call__(self, picture, score_min=0.1, iou_max=0.5):
        """`picture`: height x width x 3, BGR. Gives boxes (n x 4) and scores (n), strongest first."""
        h, w = picture.shape[:2]
        ratio = min(self.height / h, self.width / w)
        small = cv2.resize(picture, (int(w * ratio + 1e-6), int(h * ratio + 1e-6)), interpolation=cv2.INTER_LINEAR)
        canvas = np.full((self.height, self.width, 3), 114, np.uint8)
        canvas[: small.shape[0], : small.shape[1]] = small
        out = self.net.run(None, {self.name: canvas.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
        score = out[:, 4] * out[:, 5]
        keep = score >= score_min
        out, score, grid = out[keep], score[keep], self.grid[keep]
        stride = grid[:, 2:]
        centre, half = (out[:, :2] + grid[:, :2]) * stride, np.exp(out[:, 2:4]) * stride / 2
        boxes = np.concatenate([centre - half, centre + half], 1) / ratio
        boxes = boxes.clip(0, [w, h, w, h])
        order = np.argsort(-score)
        kept = []
        for i in order:
            if all(overlap(boxes[i], boxes[j]) <= iou_max for j in kept):
                kept.append(i)
        return boxes[kept], score[kept]


def overlap(a, b):
    """IoU of two boxes."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(w, 0) * max(h, 0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared + 1e-9)
