"""From the network's numbers to people: what models/src/heads does, in numpy, for evaluation and for looking."""
import numpy as np

from dataset import patches
from network import APPEARANCE, STRIDE


# A cell that is less sure than this sees no hand.
HAND_MIN = 0.2


def letterboxed(picture, width, height):
    """An RGB picture (PIL) as the network eats it, and source px for each of its px."""
    from PIL import Image

    w, h = picture.size
    ratio = min(width / w, height / h)
    size = (max(1, min(width, int(w * ratio + 1e-6))), max(1, min(height, int(h * ratio + 1e-6))))
    canvas = Image.new("RGB", (width, height), (114, 114, 114))
    canvas.paste(picture.resize(size, Image.Resampling.BILINEAR))
    values = patches(np.asarray(canvas)).astype(np.float32)[None] / 255 - 0.5
    return values, np.array([w / size[0], h / size[1]])


def people(out, width, height, score_min=0.1, iou_max=0.55, part_inside=0.8, part_score=0.8, again=True):
    """People of one output (cells x channels), strongest first: dicts in px of the network's input."""
    out = out.copy()
    sure = [4, 11, 14, 17, 20]
    out[:, sure] = 1 / (1 + np.exp(-out[:, sure].clip(-50, 50)))
    columns = width // STRIDE
    n = np.arange(len(out))
    at = np.stack([n % columns, n // columns], 1) * STRIDE + STRIDE / 2
    keep = np.flatnonzero(out[:, 4] >= score_min)
    keep = keep[np.argsort(-out[keep, 4], kind="stable")]

    def boxes(raw):
        centre, half = at[keep] + raw[:, :2] * STRIDE, np.exp(np.clip(raw[:, 2:4], -20, 20)) * STRIDE / 2
        return np.concatenate([centre - half, centre + half], 1)

    handy = np.flatnonzero(out[:, 20] >= HAND_MIN)
    hands, hand_score = at[handy] + out[handy, 18:20] * STRIDE, out[handy, 20]
    owners = at[handy] + out[handy, 21:23] * STRIDE
    visible, full = boxes(out[keep, :4]), boxes(out[keep, 5:9])
    limit = np.array([width, height] * 2)
    visible = visible.clip(0, limit)
    kept = []
    for i in range(len(keep)):
        a = visible[i]
        for j in kept:
            b = visible[j]
            w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            shared = max(w, 0) * max(h, 0)
            own, other = (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])
            part = out[keep[i], 4] < part_score * out[keep[j], 4] and shared > part_inside * own
            if shared > iou_max * (own + other - shared) or part:
                break
        else:
            kept.append(i)
    found = []
    for i in kept:
        row = out[keep[i]]

        guess = [at[keep[i]] + row[start : start + 2] * STRIDE for start in (9, 12, 15)]
        sure = row[[11, 14, 17]].copy()
        if again:
            # Where a wrist is guessed, the cells around know better: hands that are seen there, the nearest and surest first.
            far = 0.3 * max(full[i, 2:] - full[i, :2]) + STRIDE
            middle = (visible[i, :2] + visible[i, 2:]) / 2
            claimed = np.linalg.norm(owners - middle, axis=1) / far
            offers = []
            for k in (0, 1):
                off = np.linalg.norm(hands - guess[k], axis=1) / far
                offers += [(hand_score[n] - 0.4 * off[n] - 0.4 * claimed[n], k, n) for n in np.flatnonzero((off < 1.5) & (claimed < 1))]
            taken = {}
            for worth, k, n in sorted(offers, key=lambda o: -o[0]):
                apart = all(np.abs(hands[n] - hands[m]).max() >= 2 * STRIDE for m in taken.values())
                if k not in taken and apart:
                    taken[k] = n
            for k, n in taken.items():
                guess[k], sure[k] = hands[n], max(sure[k], hand_score[n])
        # The one farther left in the picture first, whichever guess it came from.
        first = int(guess[0][0] > guess[1][0])
        found.append({
            "box": visible[i], "full": full[i], "score": float(row[4]),
            "wrists": np.array([[*guess[k], sure[k]] for k in (first, 1 - first)]), "feet": np.array([*guess[2], sure[2]]),
            "looks": row[23 : 23 + APPEARANCE],
        })
    return found
