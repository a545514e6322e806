"""Training: against a loop by hand, seed by seed, and with whatever may be wrong about its input."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import SGD, Adam

from d2l_ext import train
from d2l_ext.optim import RuleOptimizer

DRAW = torch.Generator().manual_seed(7)
X = torch.randn(43, 3, generator=DRAW, dtype=torch.float64)
Y = X @ torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64) + 0.3
Y += torch.randn(43, generator=DRAW, dtype=torch.float64)

heavy = partial(SGD, lr=0.05, momentum=0.5)
run = partial(train, X, Y, heavy, batch_size=10, epochs=2)


def by_hand(lr, momentum, batch_size, epochs, seed):
    """The heavy ball on least squares, with its gradient written out; parameters after every step."""
    A = np.column_stack([X, np.ones(len(X))])
    draw = torch.Generator().manual_seed(seed)
    theta = np.append(0.01 * torch.randn(3, generator=draw, dtype=torch.float64), 0.0)
    v, path = np.zeros(4), [theta]
    for _ in range(epochs):
        order = torch.randperm(len(X), generator=draw).numpy()
        for first in range(0, len(X), batch_size):
            batch = order[first : first + batch_size]
            v = momentum * v + A[batch].T @ (A[batch] @ theta - Y.numpy()[batch]) / len(batch)
            theta = theta - lr * v
            path.append(theta)
    errors = A @ np.array(path).T - Y.numpy()[:, None]
    return np.array(path), (errors**2).mean(0) / 2


@pytest.mark.parametrize(
    ("lr", "momentum", "batch_size", "epochs"),
    [(0.05, 0.5, 10, 3), (0.1, 0.0, 1, 1), (0.02, 0.9, 43, 20), (0.02, 0.9, 1000, 5)],
)
def test_it_is_the_loop_by_hand(lr, momentum, batch_size, epochs):
    found = train(
        X,
        Y,
        lambda p: SGD(p, lr=lr, momentum=momentum),
        batch_size=batch_size,
        epochs=epochs,
        seed=3,
        every=1,
    )
    path, loss = by_hand(lr, momentum, batch_size, epochs, seed=3)
    np.testing.assert_allclose(found.theta, path[-1], rtol=1e-12)
    np.testing.assert_allclose(found.loss, loss, rtol=1e-12)
    sizes = [min(batch_size, 43 - first) for first in range(0, 43, batch_size)]
    assert found.examples.tolist() == np.cumsum([0, *sizes * epochs]).tolist()


def test_it_records_now_and_then_and_at_the_end():
    assert run(every=25).examples.tolist() == [0, 30, 53, 83, 86]  # batches of 10, 10, 10, 10 and 3
    assert run(every=10**6).examples.tolist() == [0, 86]
    assert run(epochs=0).examples.tolist() == [0]


@pytest.mark.parametrize(
    "optimizer",
    [heavy, partial(Adam, lr=0.1), partial(RuleOptimizer, rule="adai", lr=0.1)],
    ids=["SGD", "Adam", "Adai, which looks across coordinates"],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_seed_ends_where_it_ends_alone(optimizer, dtype):
    fit = partial(train, X.to(dtype), Y.to(dtype), optimizer, batch_size=10, epochs=2)
    together = fit(seed=[4, 0, 9])
    assert together.loss.shape == (3, len(together.examples)) and together.theta.shape == (3, 4)
    for row, seed in enumerate([4, 0, 9]):
        alone = fit(seed=seed)
        assert alone.theta.tobytes() == together.theta[row].tobytes()
        assert alone.loss.tobytes() == together.loss[row].tobytes()


def test_the_seed_decides_and_nothing_else_does():
    state = torch.random.get_rng_state()
    first = run(seed=1)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.rand(3)
    assert run(seed=1).theta.tobytes() == first.theta.tobytes()
    assert run(seed=2).theta.tobytes() != first.theta.tobytes()
    assert run(seed=range(1, 3)).theta.shape == run(seed=np.array([1, 2])).theta.shape == (2, 4)


def test_any_rule_trains_as_its_peer_in_torch():
    ours = run(seed=range(3)).theta
    rule = train(
        X,
        Y,
        lambda p: RuleOptimizer(p, "momentum", lr=0.05, momentum=0.5),
        batch_size=10,
        epochs=2,
        seed=range(3),
    )
    np.testing.assert_allclose(rule.theta, ours, rtol=1e-12)


def test_twice_the_loss_is_twice_the_learning_rate():
    squares = train(
        X,
        Y,
        partial(SGD, lr=0.025, momentum=0.5),
        batch_size=10,
        epochs=2,
        loss=torch.nn.MSELoss(reduction="none"),
    )
    np.testing.assert_allclose(squares.theta, run().theta, rtol=1e-12)
    np.testing.assert_allclose(squares.loss, 2 * run().loss, rtol=1e-12)


def test_divergence_is_not_cut_off():
    lost = train(X, Y, partial(SGD, lr=50.0), batch_size=1, epochs=20)
    assert not np.isfinite(lost.loss[-1])


WRONG = [
    ({"batch_size": 0}, ValueError, "batch_size must be >= 1, got 0"),
    ({"batch_size": 2.5}, TypeError, "batch_size must be a whole number, got 2.5"),
    ({"epochs": -1}, ValueError, "epochs must be >= 0, got -1"),
    ({"every": 0}, ValueError, "every must be >= 1, got 0"),
    ({"seed": -1}, ValueError, "seed must be in 0 to"),
    ({"seed": "one"}, TypeError, "seed must be a whole number, got 'one'"),
    ({"seed": None}, TypeError, "seed must be a whole number, got None"),
    ({"seed": [1, 0.5]}, TypeError, "seed must be a whole number, got 0.5"),
    ({"seed": []}, ValueError, "seed must be a whole number or hold at least one, got none"),
    ({"X": X.numpy()}, TypeError, "X must be a tensor of floating-point numbers, got ndarray"),
    ({"X": X.long()}, TypeError, "X must be a tensor of floating-point numbers, got torch.int64"),
    ({"X": X[:, 0]}, ValueError, r"X must have shape \(n, d\), n > 0, got \(43,\)"),
    ({"X": X[:0], "y": Y[:0]}, ValueError, r"X must have shape \(n, d\), n > 0, got \(0, 3\)"),
    ({"y": Y[:, None]}, ValueError, r"y must have shape \(n,\) for X of shape \(43, 3\), got \(43, 1\)"),
    ({"y": None}, TypeError, "y must be a tensor of floating-point numbers, got NoneType"),
    ({"optimizer": "SGD"}, TypeError, "optimizer must make a torch.optim.Optimizer .* got 'SGD'"),
    ({"optimizer": len}, TypeError, "optimizer must make a torch.optim.Optimizer .* got 1"),
    ({"loss": torch.nn.MSELoss()}, ValueError, r'number an example, .* got \(\). .*reduction="none"'),
    ({"loss": lambda p, t: 1.0}, ValueError, "loss must give one number an example, .* got float"),
]


@pytest.mark.parametrize(("given", "error", "message"), WRONG)
def test_bad_input_is_named(given, error, message):
    arguments = {"X": X, "y": Y, "optimizer": heavy, "batch_size": 10, "epochs": 1} | given
    with pytest.raises(error, match=message):
        train(**arguments)
