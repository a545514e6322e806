"""One name, four kinds of numbers: floats, arrays, tensors, symbols."""

import numpy as np
import pytest
import sympy
import torch

from d2l_ext import ops, symbolic

POINTS = np.array([-1.5, -0.25, 0.5, 2.0])
UNARY = ["absolute", "sign", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh"]
POSITIVE = ["sqrt", "log", "log1p"]


def compiled(function):
    namespace = {"np": np}
    exec(symbolic.function(function, name="f").python(), namespace)
    return namespace["f"]


@pytest.mark.parametrize("name", UNARY + POSITIVE)
def test_every_kind_agrees(name):
    points = np.abs(POINTS) if name in POSITIVE else POINTS
    op = getattr(ops, name)
    truth = getattr(np, name)(points)
    np.testing.assert_allclose(op(points), truth, rtol=1e-15)
    np.testing.assert_allclose([op(p) for p in points.tolist()], truth, rtol=1e-15)
    np.testing.assert_allclose(op(torch.tensor(points)).numpy(), truth, rtol=1e-15)
    np.testing.assert_allclose(compiled(lambda x: op(x))(points), truth, rtol=1e-15)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: ops.maximum(x, 0.3),
        lambda x: ops.minimum(0.3, x),
        lambda x: ops.clip(x, -1, 1),
        lambda x: ops.where(x > 0, x**2, -x),
    ],
)
def test_choices_agree_and_so_do_their_derivatives(function):
    tensor = torch.tensor(POINTS, requires_grad=True)
    value = function(tensor)
    value.sum().backward()
    np.testing.assert_allclose(function(POINTS), value.detach().numpy())
    np.testing.assert_allclose(compiled(function)(POINTS), value.detach().numpy())
    x = sympy.Symbol("x", real=True)
    slope = sympy.diff(function(x), x)
    printed = compiled(lambda z: slope.subs(x, z))
    np.testing.assert_allclose([printed(p) for p in POINTS], tensor.grad.numpy())


def test_a_tie_shares_its_derivative_as_pytorch_does():
    tensor = torch.tensor(1.0, requires_grad=True)
    ops.maximum(tensor, 1.0).backward()
    x = sympy.Symbol("x", real=True)
    slope = sympy.diff(ops.maximum(x, 1), x)
    assert compiled(lambda z: slope.subs(x, z))(1.0) == tensor.grad.item() == 0.5


def test_mean_is_a_scalar_for_each_kind():
    assert ops.mean(POINTS) == POINTS.mean()
    assert ops.mean(torch.tensor(POINTS)).item() == POINTS.mean()
    a, b = sympy.symbols("a b")
    assert ops.mean(np.array([a, b], dtype=object)).equals((a + b) / 2)


def test_log_cosh_agrees_and_never_overflows():
    truth = np.log(np.cosh(POINTS))
    tensor = torch.tensor(POINTS, requires_grad=True)
    value = ops.log_cosh(tensor)
    value.sum().backward()
    for found in (ops.log_cosh(POINTS), value.detach().numpy(), compiled(lambda x: ops.log_cosh(x))(POINTS)):
        np.testing.assert_allclose(found, truth, atol=1e-15)
    np.testing.assert_allclose(tensor.grad.numpy(), np.tanh(POINTS))
    assert ops.log_cosh(1e6) == pytest.approx(1e6 - np.log(2))


def test_a_comparison_decided_too_early_is_refused():
    x = sympy.Symbol("x")
    with pytest.raises(TypeError, match="got a plain bool"):
        ops.where(x == 1, x, 0)
