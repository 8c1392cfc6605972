"""Labelled pictures of `simstore frames` (benchmarks/simstore/FRAMES.md), packed for training, and how they are varied.

A pack is a folder: `pictures.npy` (count x height x width x 3, uint8, RGB), `people.npy` (one row a person, columns below) and
`pack.json`. Packs hold pictures at a fixed size, so that many of them stay in memory.
"""
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch

cv2.setNumThreads(1)

# Columns of a person. Boxes are left, top, right, bottom, px of the pack; joints x, y, and whether seen (0 or 1).
PICTURE, PERSON, SHARE, VISIBLE, FULL, WRISTS, FEET, REACHES, COLUMNS = 0, 1, 2, 3, 7, 11, 17, 20, 21
# Least visible share, and least height or width (px of the network's input), of a person that must be found; the others may be.
SHARE_MIN, SIDE_MIN = 0.15, 9.0


def pack(folders, out, width=512, height=384):
    """Packs the pictures of `folders` into `out`."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    labels = [(Path(f), json.loads(line)) for f in folders for line in open(Path(f) / "labels.jsonl")]
    pictures = np.lib.format.open_memmap(out / "pictures.npy", "w+", np.uint8, (len(labels), height, width, 3))

    def read(i):
        folder, label = labels[i]
        picture = cv2.imread(str(folder / label["image"]), cv2.IMREAD_COLOR_RGB)
        pictures[i] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(read, range(len(labels))))
    pictures.flush()
    rows, whose = [], {}
    for i, (folder, label) in enumerate(labels):
        scale = np.array([width / label["width"], height / label["height"]] * 2)
        for p in label["people"]:
            if p["visible"] is None:
                continue
            j = p["joints"]
            # Numbers of people are their folder's own.
            who = whose.setdefault((str(folder), p["person"]), len(whose))
            row = [i, who, p["visible_share"], *(np.array(p["visible"]) * scale), *(np.array(p["full"]) * scale)]
            for side in ("left_wrist", "right_wrist"):
                row += [*(np.array(j[side][:2]) * scale[:2]), float(j[side][2] == 2)]
            ankles = [j["left_ankle"], j["right_ankle"]]
            seen = [a for a in ankles if a[2] == 2]
            mid = np.mean([a[:2] for a in ankles], axis=0) * scale[:2]
            row += [*mid, float(len(seen) > 0), {"left": 1.0, "right": 2.0}.get(p["reaches"], 0.0)]
            rows.append(row)
    np.save(out / "people.npy", np.array(rows, np.float32).reshape(-1, COLUMNS))
    shops = [label["shop_seed"] for _, label in labels]
    views = [label["camera"]["view"] for _, label in labels]
    json.dump({"count": len(labels), "width": width, "height": height, "shops": shops, "views": views}, open(out / "pack.json", "w"))


class Pack:
    """An opened pack."""

    def __init__(self, folder):
        folder = Path(folder)
        self.pictures = np.load(folder / "pictures.npy", mmap_mode="r")
        people = np.load(folder / "people.npy")
        about = json.load(open(folder / "pack.json"))
        starts = np.searchsorted(people[:, PICTURE], np.arange(about["count"] + 1))
        self.people = [people[a:b] for a, b in zip(starts, starts[1:])]
        self.shops, self.views = about["shops"], about["views"]

    def __len__(self):
        return len(self.people)


def moved(people, matrix, flip, width, height):
    """People after the picture went through `matrix` (2 x 3), mirrored if `flip`; those that left it are dropped."""
    people = people.copy()
    a, b = matrix[0, 0], matrix[:, 2]
    for at in (VISIBLE, VISIBLE + 2, FULL, FULL + 2, WRISTS, WRISTS + 3, FEET):
        people[:, at : at + 2] = people[:, at : at + 2] * a + b
    if flip:
        for at in (VISIBLE, FULL):
            people[:, [at, at + 2]] = width - people[:, [at + 2, at]]
        for at in (WRISTS, WRISTS + 3, FEET):
            people[:, at] = width - people[:, at]
        people[:, WRISTS : WRISTS + 6] = people[:, [WRISTS + 3, WRISTS + 4, WRISTS + 5, WRISTS, WRISTS + 1, WRISTS + 2]]
        people[:, REACHES] = np.array([0, 2, 1])[people[:, REACHES].astype(int)]
    whole = (people[:, VISIBLE + 2] - people[:, VISIBLE]) * (people[:, VISIBLE + 3] - people[:, VISIBLE + 1])
    for at, limit in ((VISIBLE, width), (VISIBLE + 1, height)):
        people[:, [at, at + 2]] = people[:, [at, at + 2]].clip(0, limit)
    left = (people[:, VISIBLE + 2] - people[:, VISIBLE]) * (people[:, VISIBLE + 3] - people[:, VISIBLE + 1])
    people[:, SHARE] *= left / np.maximum(whole, 1e-6)
    for at in (WRISTS, WRISTS + 3, FEET):
        inside = (people[:, at] >= 0) & (people[:, at] < width) & (people[:, at + 1] >= 0) & (people[:, at + 1] < height)
        people[:, at + 2] *= inside
    return people[left > 4.0]


def patches(picture, side=4):
    """A picture (height x width x 3) cut into patches: (3 * side * side) x rows x columns, channel = colour, row, column."""
    h, w = picture.shape[:2]
    cut = picture.reshape(h // side, side, w // side, side, 3).transpose(4, 1, 3, 0, 2)
    return np.ascontiguousarray(cut.reshape(3 * side * side, h // side, w // side))


class Varied(torch.utils.data.Dataset):
    """Training pictures: moved, mirrored, recoloured, blurred, noisy, compressed.

    `whole` is the size at which the network sees a whole picture; what is given are windows of `width x height` of that, mostly on people.
    """

    def __init__(self, pack, whole, width, height, seed, dye=0.35):
        self.pack, self.whole, self.width, self.height, self.seed, self.dye = pack, whole, width, height, seed, dye
        noise = np.random.default_rng(seed).normal(128, 32, (height + 64, width + 64, 3))
        self.noise = noise.clip(0, 255).astype(np.uint8)

    def __len__(self):
        return len(self.pack)

    def __getitem__(self, key):
        epoch, i = key
        rng = np.random.default_rng([self.seed, epoch, i])
        picture, people = self.pack.pictures[i], self.pack.people[i]
        h, w = picture.shape[:2]
        fit = min(self.whole[0] / w, self.whole[1] / h)
        zoom = fit * np.exp(rng.uniform(-0.35, 0.5)) if rng.random() < 0.7 else fit
        free = np.array([self.width - w * zoom, self.height - h * zoom])
        low, high = np.minimum(free, 0), np.maximum(free, 0)
        shift = rng.uniform(low, high) if zoom != fit or (free < 0).any() else np.zeros(2)
        if len(people) and (free < 0).any() and rng.random() < 0.85:
            one = people[rng.integers(len(people)), VISIBLE : VISIBLE + 4]
            middle = (one[:2] + one[2:]) / 2 * zoom
            shift = (rng.uniform(0.1, 0.9, 2) * (self.width, self.height) - middle).clip(low, high)
        matrix = np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]], np.float32)
        how = cv2.INTER_AREA if zoom < 0.7 else cv2.INTER_LINEAR
        grey = (114, 114, 114)
        picture = cv2.warpAffine(np.asarray(picture), matrix, (self.width, self.height), flags=how, borderValue=grey)
        flip = rng.random() < 0.5
        if flip:
            picture = picture[:, ::-1]
        people = moved(people, matrix, flip, self.width, self.height)
        picture = self.looks(rng, picture, people)
        return torch.from_numpy(patches(picture)), torch.from_numpy(people)

    def looks(self, rng, p, people):
        """Colours, light, sharpness, noise, compression: what a camera, a lamp or a wardrobe could change."""
        p = np.ascontiguousarray(p)
        # Other clothes: parts of people, and of as many places elsewhere, take another colour.
        boxes = [q[VISIBLE : VISIBLE + 4] for q in people if rng.random() < self.dye]
        for _ in range(int(rng.integers(0, 3))):
            x, y = rng.uniform(0, self.width), rng.uniform(0, self.height)
            boxes.append(np.array([x, y, x + rng.uniform(20, 120), y + rng.uniform(20, 160)]))
        for box in boxes:
            x0, x1 = np.clip(box[[0, 2]], 0, self.width).astype(int)
            y0, y1 = np.clip(box[[1, 3]], 0, self.height).astype(int)
            cut = int(y0 + (y1 - y0) * rng.uniform(0.3, 0.7))
            y0, y1 = (y0, cut) if rng.random() < 0.6 else (cut, y1)
            if x1 - x0 > 2 and y1 - y0 > 2:
                turn = rng.permutation(3) if rng.random() < 0.5 else np.arange(3)
                dyed = np.zeros((3, 4))
                dyed[np.arange(3), turn], dyed[:, 3] = rng.uniform(0.5, 1.5, 3), rng.uniform(-25, 25, 3)
                p[y0:y1, x0:x1] = cv2.transform(np.ascontiguousarray(p[y0:y1, x0:x1]), dyed)
        if rng.random() < 0.8:
            colour = rng.uniform(0.0 if rng.random() < 0.15 else 0.4, 1.5)
            p = cv2.transform(p, colour * np.eye(3) + (1 - colour) / 3)
            ramp = (np.arange(256) - 128)[:, None] * rng.uniform(0.6, 1.4) + 128
            ramp = ramp * rng.uniform(0.85, 1.15, 3) + rng.uniform(-30, 30)
            ramp = 255 * (ramp.clip(0, 255) / 255) ** rng.uniform(0.6, 1.6)
            p = cv2.LUT(p, ramp.astype(np.uint8)[None])
        if rng.random() < 0.25:
            # Light from one side.
            side = np.linspace(rng.uniform(-50, 0), rng.uniform(-20, 40), self.width)
            light = np.broadcast_to((side + 128).astype(np.uint8)[None, :, None], p.shape)
            p = cv2.addWeighted(p, 1, np.ascontiguousarray(light), 1, -128)
        if rng.random() < 0.25:
            # Something before the camera, of one colour.
            w, h = rng.integers(8, 90), rng.integers(8, 90)
            x, y = rng.integers(0, self.width - w), rng.integers(0, self.height - h)
            p[y : y + h, x : x + w] = rng.integers(0, 256, 3)
        if rng.random() < 0.3:
            k = int(rng.integers(1, 3)) * 2 + 1
            along = (k, k) if rng.random() < 0.5 else (k, 1) if rng.random() < 0.7 else (1, k)
            p = cv2.blur(p, along)
        if rng.random() < 0.4:
            y, x = rng.integers(0, 64, 2)
            noise = np.ascontiguousarray(self.noise[y : y + self.height, x : x + self.width])
            much = rng.uniform(0.03, 0.35)
            p = cv2.addWeighted(p, 1, noise, much, -128 * much)
        if rng.random() < 0.4:
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))]
            p = cv2.imdecode(cv2.imencode(".jpg", p, quality)[1], cv2.IMREAD_UNCHANGED)
        return p


class Shops(torch.utils.data.Sampler):
    """Batches of `shops` shops with `each` pictures of each, so that people meet themselves again (appearance)."""

    def __init__(self, pack, shops, each, seed, epoch, rank=None):
        self.groups = {}
        for i, shop in enumerate(pack.shops):
            self.groups.setdefault(shop, []).append(i)
        self.shops, self.each, self.seed, self.epoch = shops, each, seed, epoch

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        bits = []
        for members in self.groups.values():
            members = rng.permutation(members)
            bits += [members[k : k + self.each] for k in range(0, len(members) - self.each + 1, self.each)]
        order = rng.permutation(len(bits))
        for k in range(0, len(order) - self.shops + 1, self.shops):
            yield [(self.epoch, int(i)) for b in order[k : k + self.shops] for i in bits[b]]

    def __len__(self):
        return sum(len(g) // self.each for g in self.groups.values()) // self.shops


def together(items):
    """A batch: pictures, and a list of people for each."""
    pictures, people = zip(*items)
    return torch.stack(pictures), list(people)


if __name__ == "__main__":
    import sys

    pack(sys.argv[2:], sys.argv[1])
