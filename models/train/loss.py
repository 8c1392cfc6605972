"""What the network is taught, and how its output is read.

Cells are assigned as in TOOD (Feng et al., "TOOD: Task-aligned One-stage Object Detection", ICCV 2021, arXiv 2108.07755): of the
cells inside a person's visible box, those whose score and box agree best with it. Boxes: complete IoU (Zheng et al., arXiv 1911.08287).
Appearance: supervised contrastive loss (Khosla et al., arXiv 2004.11362) between pictures of one shop.
"""
import torch
import torch.nn.functional as F

from dataset import FEET, FULL, PERSON, REACHES, SHARE, SHARE_MIN, SIDE_MIN, VISIBLE, WRISTS
from network import APPEARANCE, CHANNELS, STRIDE

BOX, OBJ, WHOLE, HANDS, FOOT, HERE, LOOK = 0, 4, 5, 9, 15, 18, 23
TOP = 9


def cells(height, width):
    """Centres of the cells in px, row by row: (cells, 2)."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (torch.stack([x, y], -1).reshape(-1, 2).float() + 0.5) * STRIDE


def boxes(raw, at):
    """Boxes in px from `raw` (..., 4): centre's offset and log of the size, in strides."""
    centre = at + raw[..., :2] * STRIDE
    half = torch.exp(raw[..., 2:].clamp(-4, 5)) * STRIDE / 2
    return torch.cat([centre - half, centre + half], -1)


def iou(a, b, complete=False):
    """Overlap of boxes of the same shape (..., 4)."""
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    size_a, size_b = a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]
    overlap = shared / (size_a.prod(-1) + size_b.prod(-1) - shared + 1e-6)
    if not complete:
        return overlap
    around = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).pow(2).sum(-1) + 1e-6
    apart = (a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]).pow(2).sum(-1) / 4
    turn = lambda s: torch.atan(s[..., 0] / (s[..., 1] + 1e-6))
    shape = (turn(size_a) - turn(size_b)).pow(2) * 4 / torch.pi**2
    weight = (shape / (1 - overlap + shape + 1e-6)).detach()
    return overlap - apart / around - weight * shape


def assign(score, found, people, at):
    """Which person each cell stands for (-1: nobody, -2: does not count), and how well (0 to 1)."""
    whose = torch.full((len(at),), -1, dtype=torch.long)
    worth = torch.zeros(len(at))
    if len(people) == 0:
        return whose, worth
    box = people[:, VISIBLE : VISIBLE + 4]
    side = torch.minimum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
    counts = (people[:, SHARE] >= SHARE_MIN) & (side >= SIDE_MIN)
    # A person smaller than a cell still has the cell that its centre is in.
    centre, half = (box[:, :2] + box[:, 2:]) / 2, (box[:, 2:] - box[:, :2]).clamp(min=1.2 * STRIDE) / 2
    inside = ((at[None] - centre[:, None]).abs() < half[:, None]).all(-1)
    over = iou(found[None].expand(len(people), -1, -1), box[:, None].expand(-1, len(at), -1))
    whose[(inside & ~counts[:, None]).any(0)] = -2
    align = score[None].sqrt() * over.pow(4) * inside * counts[:, None] + 1e-9 * inside * counts[:, None]
    kept = torch.zeros_like(inside)
    kept.scatter_(1, align.topk(min(TOP, len(at)), dim=1).indices, True)
    align = align * kept
    best, who = align.max(0)
    taken = best > 0
    whose[taken] = who[taken]
    # The best cell of a person is worth its overlap, the others in proportion.
    mine = torch.where(who[None] == torch.arange(len(people))[:, None], align, torch.zeros(()))
    top_align, top_over = mine.max(1).values, (over * (mine > 0)).max(1).values
    worth[taken] = (best / (top_align[who] + 1e-12) * top_over[who].clamp(min=0.2))[taken]
    return whose, worth


class Loss:
    """Losses of a batch, each a number."""

    def __init__(self, height, width, looks=0.15):
        self.looks = looks
        self.at = cells(height // STRIDE, width // STRIDE)

    def __call__(self, out, people):
        """`out` is (batch, cells, channels), scores before their sigmoid."""
        at = self.at
        batch = out.shape[0]
        score = out[..., OBJ]
        with torch.no_grad():
            found = boxes(out[..., BOX : BOX + 4], at)
        target, counted = torch.zeros_like(score), torch.ones_like(score)
        picked = []
        with torch.no_grad():
            for i in range(batch):
                whose, worth = assign(score[i].sigmoid(), found[i], people[i], at)
                target[i] = worth
                counted[i][whose == -2] = 0
                cell = (whose >= 0).nonzero()[:, 0]
                picked.append((torch.full_like(cell, i), cell, worth[cell], people[i][whose[cell]]))
        b, c = torch.cat([p[0] for p in picked]), torch.cat([p[1] for p in picked])
        worth, who = torch.cat([p[2] for p in picked]), torch.cat([p[3] for p in picked])
        total = worth.sum().clamp(min=1.0)
        # Quality focal loss (Li et al., arXiv 2006.04388).
        bce = F.binary_cross_entropy_with_logits(score, target, reduction="none")
        losses = {"score": (bce * (score.sigmoid() - target).abs().pow(1.5) * counted).sum() / total * 1.5}
        mean = lambda value: (value * worth).sum() / total
        box = who[:, VISIBLE : VISIBLE + 4]
        here = out[b, c]
        losses["box"] = 2.0 * mean(1 - iou(boxes(here[:, BOX : BOX + 4], at[c]), box, complete=True))
        # Of people in real clips only the visible box is known.
        known = ~who[:, FULL].isnan()
        who = torch.nan_to_num(who)
        full = who[:, FULL : FULL + 4]
        losses["full"] = 0.5 * mean(known * (1 - iou(boxes(here[:, WHOLE : WHOLE + 4], at[c]), full, complete=True)))
        long = torch.maximum(full[:, 2] - full[:, 0], full[:, 3] - full[:, 1]).clamp(20, 300)

        def joint(raw, where, seen, matters=1.0):
            """Distance as a share of the body, and whether it is seen."""
            off = (at[c] + raw[:, :2] * STRIDE - where).norm(dim=-1) / (0.06 * long + 3)
            sure = F.binary_cross_entropy_with_logits(raw[:, 2], seen, reduction="none")
            return 0.4 * F.smooth_l1_loss(off, torch.zeros_like(off), reduction="none", beta=0.3) * (0.1 + 0.9 * seen) * matters + 0.25 * sure

        # Hands have no sides here: the first is the one farther left in the picture; where both are about as far, either may be.
        # A hand in a shelf matters most.
        reaching = 1 + 1.5 * (who[:, REACHES : REACHES + 1] == torch.tensor([[1.0, 2.0]]))
        one = torch.cat([who[:, WRISTS : WRISTS + 3], reaching[:, :1]], 1)
        two = torch.cat([who[:, WRISTS + 3 : WRISTS + 6], reaching[:, 1:]], 1)
        crossed = (one[:, 0] > two[:, 0])[:, None]
        one, two = torch.where(crossed, two, one), torch.where(crossed, one, two)

        def pair(one, two):
            first, second = here[:, HANDS : HANDS + 3], here[:, HANDS + 3 : HANDS + 6]
            return joint(first, one[:, :2], one[:, 2], one[:, 3]) + joint(second, two[:, :2], two[:, 2], two[:, 3])

        straight, swapped = pair(one, two), pair(two, one)
        close = (two[:, 0] - one[:, 0]) < 0.08 * long
        losses["wrists"] = mean(known * torch.where(close, torch.minimum(straight, swapped), straight))
        losses["feet"] = mean(known * joint(here[:, FOOT : FOOT + 3], who[:, FEET : FEET + 2], who[:, FEET + 2]))
        losses["hands"], losses["hand_at"], losses["hand_of"] = self.hands(out, people)
        if self.looks and APPEARANCE:
            losses["looks"] = self.looks * looks(here[:, LOOK : LOOK + APPEARANCE], who[:, PERSON], worth)
        return losses

    def hands(self, out, people):
        """The cells around a wrist that is seen know that there is a hand, and best where it is."""
        count = torch.tensor([len(p) for p in people])
        crowd, of = torch.cat(people), torch.repeat_interleave(torch.arange(len(people)), count)
        picture, cell, where, owner = [], [], [], []
        target = torch.zeros(out.shape[:2])
        for side in (WRISTS, WRISTS + 3):
            shown = (crowd[:, side + 2] > 0) & (crowd[:, SHARE] >= SHARE_MIN)
            wrist = crowd[shown, side : side + 2]
            far = (self.at[None] - wrist[:, None]).abs().amax(-1)
            near, at = (far < 1.5 * STRIDE).nonzero(as_tuple=True)
            picture.append(of[shown][near]), cell.append(at), where.append(wrist[near] - self.at[at])
            box = crowd[shown][near, VISIBLE : VISIBLE + 4]
            owner.append((box[:, :2] + box[:, 2:]) / 2 - self.at[at])
            # Certain in the wrist's own cell, less so around it.
            sure = (1.25 - 0.5 * far[near, at] / STRIDE).clamp(0.3, 1.0)
            target.index_put_((of[shown][near], at), torch.maximum(sure, target[of[shown][near], at]))
        picture, cell, where, owner = torch.cat(picture), torch.cat(cell), torch.cat(where), torch.cat(owner)
        score = out[..., HERE + 2]
        bce = F.binary_cross_entropy_with_logits(score, target, reduction="none")
        unknown = torch.tensor([bool(len(p)) and bool(p[:, FULL].isnan().any()) for p in people])
        bce = bce * ~unknown[:, None]
        focal = (bce * (score.sigmoid() - target).abs().pow(1.5)).sum() / max(1.0, float(target.sum()))
        if not len(cell):
            return 0.8 * focal, out.sum() * 0.0, out.sum() * 0.0
        here = out[picture, cell]
        off = (here[:, HERE : HERE + 2] * STRIDE - where).norm(dim=-1) / 6
        of_whom = (here[:, HERE + 3 : HERE + 5] * STRIDE - owner).norm(dim=-1) / 16
        near = lambda off: F.smooth_l1_loss(off, torch.zeros_like(off), beta=0.3)
        return 0.8 * focal, 0.4 * near(off), 0.3 * near(of_whom)


def looks(raw, who, worth, most=220, warmth=0.1):
    """Supervised contrastive loss between the best cells."""
    keep = worth.topk(min(most, len(worth))).indices
    raw, who = F.normalize(raw[keep].float(), dim=-1), who[keep]
    same = (who[:, None] == who[None]).float()
    eye = torch.eye(len(who))
    same = same - eye
    alike = raw @ raw.T / warmth - 1e4 * eye
    log = alike - alike.logsumexp(1, keepdim=True)
    known = same.sum(1)
    each = -(log * same).sum(1) / known.clamp(min=1)
    return (each * (known > 0)).sum() / (known > 0).sum().clamp(min=1)
