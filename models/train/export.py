#!/usr/bin/env python3
"""Writes the network as ONNX of one fixed shape, normalisation folded into the convolutions.

    export.py last.pt MODEL.onnx [SCALE SHIFT] [--no-looks]     (without weights: `export.py - MODEL.onnx`, to time an architecture)

SCALE and SHIFT are what `evaluate.py` says of the same network exported without them (`calibration`): then a score is about the chance that the
box is right. --no-looks leaves appearance out (`appearance = 0` in the manifest), where `looks.py` says that it tells nobody apart.

The input is 1 x 48 x 84 x 112: RGB 0 to 255 minus 127.5, over 255, cut into 4 x 4 patches (channel = 16 * colour + 4 * row + column). The
output is 1 x cells x channels (network.CHANNELS), scores before their sigmoid.
"""
import sys

import torch

from network import APPEARANCE, CHANNELS, HEIGHT, PATCH, WIDTH, Network


def folded(net):
    """The same network in eval mode, batch normalisation folded."""
    net = net.eval()
    for module in net.modules():
        if isinstance(module, torch.nn.Sequential) and len(module) > 1 and isinstance(module[1], torch.nn.BatchNorm2d):
            module[0] = torch.nn.utils.fuse_conv_bn_eval(module[0], module[1])
            module[1] = torch.nn.Identity()
    return net


def export(net, path):
    patches = torch.zeros(1, 3 * PATCH * PATCH, HEIGHT // PATCH, WIDTH // PATCH)
    module = folded(net)
    torch.onnx.export(module, (patches,), path, input_names=["patches"], output_names=["people"], opset_version=17, dynamo=False)
    return module


if __name__ == "__main__":
    net = Network()
    if sys.argv[1] != "-":
        net.load_state_dict(torch.load(sys.argv[1], map_location="cpu", weights_only=True)["ema"])
    arguments = [a for a in sys.argv[3:] if a != "--no-looks"]
    if "--no-looks" in sys.argv:
        last, net.out = net.out, torch.nn.Conv2d(net.out.in_channels, CHANNELS - APPEARANCE, 1)
        with torch.no_grad():
            net.out.weight.copy_(last.weight[: CHANNELS - APPEARANCE]), net.out.bias.copy_(last.bias[: CHANNELS - APPEARANCE])
    if arguments:
        scale, shift = map(float, arguments)
        with torch.no_grad():
            net.out.weight[4] *= scale
            net.out.bias[4] = net.out.bias[4] * scale + shift
    export(net, sys.argv[2])
