"""The networks: as many numbers and as much work as published, for images of their size."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from experiments.image_models import MODELS, Residual, basic

# Parameters as the authors' code and torchvision count them; forward multiplications of one image in 10⁹.
PUBLISHED = {
    "resnet18": (10, 32, 11_173_962, 0.56),
    "resnet34": (100, 32, 21_328_292, 1.16),
    "vgg16": (10, 32, 14_728_266, 0.31),
    "resnet50": (1000, 224, 25_557_032, 4.09),
}


@pytest.mark.parametrize("name", MODELS)
def test_size_and_work(name):
    classes, size, parameters, work = PUBLISHED[name]
    with torch.device("meta"):
        model = MODELS[name](classes)
        images = torch.empty(2, 3, size, size)
    with FlopCounterMode(display=False) as counter:
        assert model(images).shape == (2, classes)
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert counter.get_total_flops() / 2 / 2 / 1e9 == pytest.approx(work, abs=0.005)


def test_a_block_adds_what_came_in():
    torch.manual_seed(0)
    block, x = basic(4, 4, 1).eval(), torch.randn(2, 4, 5, 5)
    assert torch.equal(block(x), (x + block.body(x)).relu())
    shrinking = basic(4, 8, 2).eval()
    assert isinstance(shrinking, Residual) and not isinstance(shrinking.shortcut, nn.Identity)
    assert shrinking(x).shape == (2, 8, 3, 3)
