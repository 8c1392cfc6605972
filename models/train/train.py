#!/usr/bin/env python3
"""Teaches the network from packs of `simstore frames`; writes `last.pt` every now and then, and goes on from it.

    train.py --pack DIR [--pack DIR ...] --out DIR [--steps N]

The same seed, packs and steps on the same machine give much the same network, not the same bytes: sums of threads have no order.
"""
import argparse
import json
import math
import time
from pathlib import Path

import torch

from dataset import Pack, Shops, Varied, together
from loss import Loss
from network import HEIGHT, WIDTH, Network


class Packs:
    """Several packs as one."""

    def __init__(self, packs):
        self.packs = packs
        self.people, self.shops, self.views = [], [], []
        self.where = []
        first = 0
        for n, pack in enumerate(packs):
            for people in pack.people:
                people = people.copy()
                people[:, 1] += first
                self.people.append(people)
            first += int(max((p[:, 1].max(initial=0) for p in pack.people), default=0)) + 1
            self.shops += [f"{n}/{shop}" for shop in pack.shops]
            self.views += pack.views
            self.where += [(n, i) for i in range(len(pack))]

    def __len__(self):
        return len(self.where)

    @property
    def pictures(self):
        return self

    def __getitem__(self, i):
        n, i = self.where[i]
        return self.packs[n].pictures[i]


def averaged(old, new, count):
    """An exponential mean that is short at first."""
    share = 1 - torch.clamp((1 + count) / (20 + count), max=0.998)
    return old + (new - old) * share if old.is_floating_point() else new


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", action="append", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=12000, help="batches in all")
    parser.add_argument("--shops", type=int, default=4, help="shops in a batch")
    parser.add_argument("--each", type=int, default=4, help="pictures of each")
    parser.add_argument("--window", help="learn from windows of this size, px, such as 320x240: quicker; end with whole pictures")
    parser.add_argument("--dye", type=float, default=0.35, help="share of people whose clothes change colour; 0 to teach appearance")
    parser.add_argument("--looks", type=float, default=0.15, help="weight of appearance")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", help="weights to begin with")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    pack = Packs([Pack(p) for p in args.pack])
    width, height = map(int, args.window.split("x")) if args.window else (WIDTH, HEIGHT)
    data = Varied(pack, (WIDTH, HEIGHT), width, height, args.seed, args.dye)
    device = torch.device(args.device)
    net = Network().to(device, memory_format=torch.channels_last)
    if args.start:
        given, own = torch.load(args.start, map_location="cpu", weights_only=True)["net"], net.state_dict()
        net.load_state_dict(own | {name: value for name, value in given.items() if own[name].shape == value.shape})
    ema = torch.optim.swa_utils.AveragedModel(net, avg_fn=averaged, use_buffers=True)
    decay = [p for p in net.parameters() if p.ndim > 1]
    rest = [p for p in net.parameters() if p.ndim <= 1]
    optim = torch.optim.AdamW([{"params": decay, "weight_decay": 0.02}, {"params": rest, "weight_decay": 0.0}], lr=args.rate)
    loss = Loss(height, width, args.looks)
    epoch, step = 0, 0
    if (out / "last.pt").exists():
        state = torch.load(out / "last.pt", map_location="cpu", weights_only=True)
        net.load_state_dict(state["net"]), ema.module.load_state_dict(state["ema"]), optim.load_state_dict(state["optim"])
        epoch, step = state["epoch"] + 1, state["step"]
        ema.n_averaged.fill_(step)
        print(f"goes on after step {step}", flush=True)
    began, first = time.time(), step
    log = open(out / "log.jsonl", "a")
    sums, count = {}, 0

    def save():
        state = {"net": net.state_dict(), "ema": ema.module.state_dict(), "optim": optim.state_dict(), "epoch": epoch, "step": step}
        torch.save(state, out / "new.pt")
        (out / "new.pt").rename(out / "last.pt")

    while step < args.steps:
        sampler = Shops(pack, args.shops, args.each, args.seed, epoch)
        if not len(sampler):
            raise SystemExit("too few pictures for one batch")
        ahead = 4 if args.workers else None
        loader = torch.utils.data.DataLoader(
            data, batch_sampler=sampler, num_workers=args.workers, collate_fn=together, prefetch_factor=ahead
        )
        net.train()
        for pictures, people in loader:
            # Warm-up, then a half cosine.
            rate = args.rate * min(1.0, (step + 1) / 300) * (0.5 * (1 + math.cos(math.pi * step / args.steps)) * 0.98 + 0.02)
            for group in optim.param_groups:
                group["lr"] = rate
            pictures = pictures.to(device, memory_format=torch.channels_last).float() / 255 - 0.5
            with torch.autocast(device.type, dtype=torch.bfloat16):
                guess = net(pictures)
            losses = loss(guess.float().cpu(), people)
            optim.zero_grad(set_to_none=True)
            sum(losses.values()).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
            optim.step()
            ema.update_parameters(net)
            step += 1
            count += 1
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach())
            if step % 100 == 0 or step == args.steps:
                speed = (step - first) * args.shops * args.each / (time.time() - began)
                line = {"step": step, "of": args.steps, "epoch": epoch, "rate": round(rate, 6), "pictures_s": round(speed, 1)}
                line |= {name: round(total / count, 4) for name, total in sums.items()}
                print(json.dumps(line), flush=True)
                log.write(json.dumps(line) + "\n")
                log.flush()
                sums, count = {}, 0
            if step % 250 == 0:
                save()
            if step >= args.steps:
                break
        epoch += 1
    save()


if __name__ == "__main__":
    main()
