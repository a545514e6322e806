"""The networks of the published runs: ResNets and a VGG-16, made for images of 32 pixels or of 224.

They are written out because torchvision has them for 224 pixels only, and because a reader should see
what is trained.
"""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F


def normed(inputs: int, outputs: int, kernel: int, stride: int = 1, *, bias: bool = False) -> nn.Sequential:
    """A convolution that keeps the size, up to its stride, and batch normalisation."""
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=bias)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs))


def head(inputs: int, classes: int) -> list[nn.Module]:
    """The mean over the picture, and a linear layer."""
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes)]


class Residual(nn.Module):
    """``relu(body(x) + shortcut(x))``; the shortcut is the identity where shapes allow it."""

    def __init__(self, body: nn.Sequential, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = body
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else normed(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.shortcut(x))


def basic(inputs: int, width: int, stride: int) -> Residual:
    """Two convolutions: the block of ResNet-18 and 34."""
    body = nn.Sequential(normed(inputs, width, 3, stride), nn.ReLU(), normed(width, width, 3))
    return Residual(body, inputs, width, stride)


def bottleneck(inputs: int, width: int, stride: int) -> Residual:
    """Narrow, convolve, widen: the block of ResNet-50, with the stride at the 3 × 3 convolution."""
    narrow, middle = normed(inputs, width, 1), normed(width, width, 3, stride)
    body = nn.Sequential(narrow, nn.ReLU(), middle, nn.ReLU(), normed(width, 4 * width, 1))
    return Residual(body, inputs, 4 * width, stride)


def resnet(
    block: Callable[[int, int, int], Residual],
    depths: tuple[int, ...],
    classes: int,
    *,
    expansion: int = 1,
    large: bool = False,
    width: int = 64,
) -> nn.Sequential:
    """A ResNet (He et al., 2016).

    Args:
        block: Makes a block from inputs, width and stride.
        depths: Blocks of each stage; every stage after the first halves the size and doubles the width.
        classes: Number of outputs.
        expansion: How many times its width a block puts out.
        large: For images of 224 pixels: the first layers shrink them to 56. Otherwise they keep 32.
        width: Width of the first stage.
    """
    if large:
        stem = [normed(3, width, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)]
    else:
        stem = [normed(3, width, 3), nn.ReLU()]
    blocks, inputs = [], width
    for stage, depth in enumerate(depths):
        for i in range(depth):
            blocks.append(block(inputs, width << stage, 2 if stage and not i else 1))
            inputs = expansion * (width << stage)
    return nn.Sequential(*stem, *blocks, *head(inputs, classes))


def vgg16(classes: int) -> nn.Sequential:
    """VGG-16 (Simonyan and Zisserman, 2015) for CIFAR: batch-normed, one linear layer at the end."""
    layers, inputs = [], 3
    for depth, width in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        for _ in range(depth):
            layers += [normed(inputs, width, 3, bias=True), nn.ReLU()]
            inputs = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, *head(inputs, classes))


def resnet50(classes: int) -> nn.Sequential:
    """ResNet-50 for images of 224 pixels, its convolutions started as its authors did (He et al., 2015)."""
    model = resnet(bottleneck, (3, 4, 6, 3), classes, expansion=4, large=True)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


# From the number of classes to a network. Those for CIFAR start as PyTorch has it, as the Adai authors' do.
MODELS: dict[str, Callable[[int], nn.Module]] = {
    "resnet18": lambda classes: resnet(basic, (2, 2, 2, 2), classes),
    "resnet34": lambda classes: resnet(basic, (3, 4, 6, 3), classes),
    "resnet50": resnet50,
    "vgg16": vgg16,
}
