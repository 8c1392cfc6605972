"""The network: one look at a picture, people with wrists, feet and appearance out.

Its blocks are those that tract runs well (README.md has the table): the picture comes in already cut into 4 x 4 patches (`unshuffle`),
so the first layer is a matrix product; shrinking is by dense 2 x 2 convolutions; depthwise ones have stride 1; activations are ReLU.
"""
import torch
from torch import nn

WIDTH, HEIGHT = 448, 336
PATCH, STRIDE = 4, 8
APPEARANCE = 16
# x, y, log w, log h of the visible box, score, the same four of the whole body, two wrists (as the picture has them, from its left)
# and the feet (x, y, seen), a hand that is here (x, y, score, x and y of the middle of its owner's box), appearance.
CHANNELS = 9 + 3 * 3 + 5 + APPEARANCE


class Conv(nn.Sequential):
    """Convolution, normalisation, and ReLU if `act`."""

    def __init__(self, given, out, kernel=1, stride=1, groups=1, act=True):
        pad = kernel // 2 if stride == 1 else 0
        layers = [nn.Conv2d(given, out, kernel, stride, pad, groups=groups, bias=False), nn.BatchNorm2d(out, momentum=0.03)]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if act else []))


class Block(nn.Module):
    """Depthwise over a neighbourhood, then a matrix product; what came in is added."""

    def __init__(self, width, kernel):
        super().__init__()
        self.around = Conv(width, width, kernel, groups=width)
        self.mix = Conv(width, width, act=False)

    def forward(self, x):
        return torch.relu(x + self.mix(self.around(x)))


class Network(nn.Module):
    def __init__(self, widths=(24, 64, 112), depths=(1, 4, 2)):
        super().__init__()
        a, b, c = widths
        self.stem = Conv(3 * PATCH * PATCH, a)
        self.quarter = Conv(a, a, 3, groups=a)
        self.to_eighth = Conv(a, b, 2, 2)
        self.eighth = nn.Sequential(*[Block(b, 3) for _ in range(depths[0])])
        self.to_sixteenth = Conv(b, c, 2, 2)
        self.sixteenth = nn.Sequential(*[Block(c, 5) for _ in range(depths[1])])
        self.back = Conv(c, b, act=False)
        self.merged = nn.Sequential(*[Block(b, 3) for _ in range(depths[2])])
        self.head = Conv(b, b)
        self.out = nn.Conv2d(b, CHANNELS, 1)
        nn.init.normal_(self.out.weight, std=0.01)
        nn.init.zeros_(self.out.bias)
        # Few cells have anybody.
        self.out.bias.data[[4, 20]] = -4.6
        self.out.bias.data[2:4] = 1.5
        self.out.bias.data[7:9] = 1.5

    def forward(self, x):
        """`x` (batch, 3 * PATCH * PATCH, HEIGHT / PATCH, WIDTH / PATCH): RGB -0.5 to 0.5, cut into patches (dataset.patches).

        Gives (batch, cells, CHANNELS).
        """
        fine = self.eighth(self.to_eighth(self.quarter(self.stem(x))))
        coarse = self.back(self.sixteenth(self.to_sixteenth(fine)))
        x = torch.relu(fine + nn.functional.interpolate(coarse, scale_factor=2, mode="nearest"))
        x = self.out(self.head(self.merged(x)))
        return x.flatten(2).transpose(1, 2)
