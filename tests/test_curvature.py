"""Hessian products and eigenvalues against dense matrices."""

import numpy as np
import pytest
import torch
from torch import nn

from d2l_ext.curvature import Hessian, sharpness, top_eigenvalues


def quadratic(matrix):
    x = torch.zeros(len(matrix), dtype=torch.float64, requires_grad=True)
    return Hessian(0.5 * x @ torch.as_tensor(matrix) @ x, [x])


def symmetric(values, seed=0):
    q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(values), len(values))))
    return q @ np.diag(values) @ q.T


def network(seed=0, width=8):
    draw = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Linear(width, 3)).double()
    for parameter in model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=draw, dtype=torch.float64)
    X, y = torch.randn(50, 4, generator=draw, dtype=torch.float64), torch.arange(50) % 3
    return model, X, y


def dense(model, X, y):
    names, tensors = zip(*model.named_parameters(), strict=True)
    shapes = [t.shape for t in tensors]

    def loss(flat):
        parts = torch.split(flat, [s.numel() for s in shapes])
        given = {n: p.view(s) for n, p, s in zip(names, parts, shapes, strict=True)}
        return nn.functional.cross_entropy(torch.func.functional_call(model, given, (X,)), y)

    return torch.func.hessian(loss)(torch.cat([t.detach().reshape(-1) for t in tensors]))


@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")  # from inside torch.func
@pytest.mark.parametrize("seed", range(5))
def test_the_largest_of_a_network_are_those_of_its_dense_hessian(seed):
    model, X, y = network(seed)
    H = Hessian(nn.functional.cross_entropy(model(X), y), model.parameters())
    full = dense(model, X, y)
    exact = torch.linalg.eigvalsh(full).flip(0).numpy()
    found = top_eigenvalues(H, 5)
    np.testing.assert_allclose(found.values, exact[:5], rtol=1e-3)
    assert found.products < len(H)
    residual = full @ found.vectors[0] - found.values[0] * found.vectors[0]
    assert float(residual.norm()) < 0.1 * found.values[0]
    vector = torch.randn(len(H), dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(H @ vector, full @ vector)


def test_a_large_negative_eigenvalue_does_not_fool_it():
    values = np.array([-50.0, -3.0, 0.0, 0.5, 1.0, 2.0])
    assert sharpness(quadratic(symmetric(values))) == pytest.approx(2, rel=1e-3)


@pytest.mark.parametrize("values", [[3.0, 3, 3, 1], [2.0, 2, 1, 1, 1, 1], [1.0] * 5, [0.0] * 4])
def test_repeated_eigenvalues_are_all_found(values):
    found = top_eigenvalues(quadratic(symmetric(np.array(values))), 3).values
    np.testing.assert_allclose(found, sorted(values)[::-1][:3], rtol=1e-3, atol=1e-9)


def test_it_finds_all_of_them():
    values = np.linspace(-2, 5, 12)
    found = top_eigenvalues(quadratic(symmetric(values)), 12).values
    np.testing.assert_allclose(found, values[::-1], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_a_start_saves_products_and_does_not_hide_a_crossing(seed):
    values = np.random.default_rng(seed).uniform(0, 1, 300)
    values[-2:] = 1.9, 2.0
    matrix = symmetric(values, seed)
    before = top_eigenvalues(quadratic(matrix), 2, seed=seed)
    warm = top_eigenvalues(quadratic(matrix), 2, start=before.vectors, seed=seed + 1)
    assert warm.products < before.products
    runner_up = before.vectors[1].numpy()
    crossed = matrix + 0.2 * np.outer(runner_up, runner_up)  # 1.9 becomes 2.1
    found = top_eigenvalues(quadratic(crossed), start=before.vectors, seed=seed + 1)
    assert found.values[0] == pytest.approx(2.1, rel=1e-3)


def crowd(seed):
    """Five values within 4 % at the top, as at the edge of stability, and a large negative one."""
    rest = np.random.default_rng(seed).exponential(0.4, 394).clip(max=4)
    return np.array([5.10, 5.06, 5.04, 4.98, 4.92, -7, *rest])


def test_a_crowd_at_the_top_does_not_end_the_search_too_soon():
    draws = [
        (top_eigenvalues(quadratic(np.diag(crowd(seed))), 5, seed=seed), crowd(seed)) for seed in range(40)
    ]
    errors = np.array([np.abs(found.values / values[:5] - 1).max() for found, values in draws])
    # Bounds that trust the gap to the next value stop sooner, and miss one of the crowd in 12 of these 40.
    assert (errors > 1e-3).sum() <= 2
    assert max(found.products for found, _ in draws) < 40


def test_a_residual_is_kept_to_the_tolerance():
    matrix = torch.as_tensor(np.diag(crowd(0)))
    for tolerance in (1e-1, 1e-3, 1e-6):
        found = top_eigenvalues(quadratic(matrix), 3, tolerance=tolerance)
        left = found.vectors @ matrix - torch.as_tensor(found.values)[:, None] * found.vectors
        assert (left.norm(dim=1).numpy() <= 1.01 * tolerance * found.values).all()


def test_a_diverged_run_is_an_error_and_no_endless_search():
    x = torch.tensor([1e200, 1.0], dtype=torch.float64, requires_grad=True)
    with pytest.raises(ArithmeticError, match="hessian must be finite"):
        sharpness(Hessian((x**4).sum(), [x]))


def test_a_linear_loss_has_none():
    x = torch.ones(3, requires_grad=True)
    assert sharpness(Hessian(x.sum(), x)) == 0


def test_mistakes_are_named():
    H = quadratic(np.eye(3))
    with pytest.raises(ValueError, match="k must be in 1 to 3, got 4"):
        top_eigenvalues(H, 4)
    with pytest.raises(ValueError, match="tolerance must be > 0, got 0"):
        top_eigenvalues(H, tolerance=0)
    with pytest.raises(ValueError, match="start must hold vectors of 3 numbers, not all zero"):
        top_eigenvalues(H, start=torch.zeros(3))
    with pytest.raises(ValueError, match=r"vector must have shape \(3,\), got \(2,\)"):
        H @ torch.zeros(2)
    with pytest.raises(ValueError, match="loss must be a scalar"):
        Hessian(x := torch.zeros(2, requires_grad=True), [x])
