"""The compiled kernel against the equations and against the eager tiles."""

import shutil
import subprocess
import sys

import pytest
import torch
from adai_cases import IDS, VARIANTS, distance, feed, plain, tensors, vector
from torch import nn

from d2l_ext.optim import Adai, AdaiV2, AdaiW

pytestmark = [
    pytest.mark.skipif(
        not any(map(shutil.which, ("g++", "clang++"))), reason="torch.compile needs a C++ compiler"
    ),
    pytest.mark.filterwarnings("ignore:::torch"),  # what the compiler itself imports
]


@pytest.mark.parametrize("made, hyper", VARIANTS, ids=IDS)
def test_fifty_compiled_steps_are_the_equations(made, hyper):
    second = {"lr": 0.03, "betas": (0.2, 0.95)}
    ours, truth = tensors(), tensors()
    groups = [{"params": ours[:3]}, {"params": ours[3:], **second}]
    optimizer = made(groups, lr=0.1, compiled=True, **hyper)
    equations = plain(made, [(truth[:3], {}), (truth[3:], second)], lr=0.1, **hyper)
    for step in range(50):
        feed(ours, step)
        feed(truth, step)
        optimizer.step()
        equations.step()
    assert distance(ours, truth) <= 1e-13


def test_a_stored_value_to_all_digits(monkeypatch):
    monkeypatch.setattr("d2l_ext.optim.bunches.SMALL", 0)  # tensors of 2 and 1 elements are large
    p, q = (nn.Parameter(torch.tensor(values, dtype=torch.float64)) for values in ([1.0, -2.0], 0.5))
    optimizer = AdaiV2([p, q], lr=0.1, dampening=0.5, compiled=True)
    for _ in range(10):
        optimizer.zero_grad()
        a, b = p
        (0.5 * (3 * a + q - 1) ** 2 + 0.5 * (b / 2 - q) ** 2 + 0.05 * a**4).backward()
        optimizer.step()
    end = torch.tensor([0.731605866328, -1.018686287287, -0.546708898506], dtype=torch.float64)
    torch.testing.assert_close(vector([p, q]), end, rtol=0, atol=1.01e-12)


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-6), (torch.bfloat16, 1e-2)])
def test_lower_precision_goes_as_the_tiles_do(dtype, tolerance):
    pair = [tensors(dtype) for _ in range(2)]
    optimizers = [
        AdaiW(params, lr=0.1, weight_decay=0.1, maximize=True, compiled=compiled)
        for params, compiled in zip(pair, (True, False), strict=True)
    ]
    for step in range(10):
        for params, optimizer in zip(pair, optimizers, strict=True):
            feed(params, step)
            optimizer.step()
    assert distance(*([p.detach().double() for p in params] for params in pair)) <= tolerance


def test_zeros_holes_and_complex_numbers():
    draw = torch.Generator().manual_seed(0)
    start = [torch.randn(200, 130, generator=draw, dtype=torch.complex128).T, torch.zeros(1).double()]
    pair = [[nn.Parameter(t.clone(memory_format=torch.preserve_format)) for t in start] for _ in range(2)]
    for params, compiled in zip(pair, (True, False), strict=True):
        optimizer = Adai(params, lr=0.1, weight_decay=0.0, compiled=compiled)
        for step in range(4):
            for p in params:
                p.grad = p.detach().sin() if step else torch.zeros_like(p)
            optimizer.step()
        assert torch.equal(params[1], start[1])
    torch.testing.assert_close(*(params[0].detach() for params in pair), rtol=1e-14, atol=1e-14)
    assert not pair[0][0].is_contiguous()


def test_nothing_is_loaded_that_pytorch_would_not_load():
    """Neither by the import nor by an eager step: no compiler, no distributed training."""
    code = """if True:
        import sys
        import torch
        x = torch.zeros(1, requires_grad=True)
        x.grad = torch.ones(1)
        before = set(sys.modules)
        from d2l_ext.optim import Adai
        print(*{name for name in set(sys.modules) - before if name.startswith("torch.")})
        torch.optim.SGD([x], lr=0.1).step()
        before = set(sys.modules)
        Adai([x], lr=0.1).step()
        print(*{name for name in set(sys.modules) - before})
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.split()
