"""Networks trained side by side: against a loop by hand, alone and together, and with bad input."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from d2l_ext import half_cosine, network, train_networks

DRAW = torch.Generator().manual_seed(3)
X = torch.randn(3, 20, 5, generator=DRAW, dtype=torch.float64)
Y = torch.randint(4, (3, 20), generator=DRAW)
adam = partial(torch.optim.Adam, lr=0.03, weight_decay=0.1)
how = {"batch_size": 8, "epochs": 4}


def nets(seeds=(0, 1, 2)):
    return [network([5, 6, 4], seed=seed, dtype=X.dtype) for seed in seeds]


def by_hand(model, X, y, seed, schedule):
    optimizer = adam(model.parameters())
    draw, losses = torch.Generator().manual_seed(seed), []
    for _ in range(4):
        order = torch.randperm(20, generator=draw)
        for first in (0, 8, 16):
            rows = order[first : first + 8]
            optimizer.param_groups[0]["lr"] = 0.03 * schedule(len(losses) / 12)
            loss = nn.functional.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def flat(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.mark.parametrize("schedule", [None, half_cosine])
def test_each_is_the_loop_by_hand(schedule):
    together, alone = nets(), nets()
    losses = train_networks(together, X, Y, adam, **how, seeds=[7, 8, 9], schedule=schedule)
    assert losses.shape == (3, 12)
    for i, model in enumerate(alone):
        found = by_hand(model, X[i], Y[i], 7 + i, schedule or (lambda share: 1.0))
        np.testing.assert_allclose(losses[i], found, rtol=1e-11)
        torch.testing.assert_close(flat(together[i]), flat(model), rtol=1e-10, atol=1e-12)


def test_one_alone_ends_where_it_ends_with_others():
    together, (alone,) = nets(), nets([1])
    train_networks(together, X, Y, adam, **how, seeds=[0, 1, 2])
    train_networks([alone], X[1:2], Y[1:2], adam, **how, seeds=[1])
    torch.testing.assert_close(flat(together[1]), flat(alone), rtol=1e-10, atol=1e-12)


def test_the_seed_decides_the_order_and_nothing_global_does():
    def run(seeds):
        models = nets()
        train_networks(models, X, Y, adam, **how, seeds=seeds)
        return torch.cat([flat(each) for each in models])

    state = torch.random.get_rng_state()
    first = run([0, 1, 2])
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.rand(3)
    assert torch.equal(run([0, 1, 2]), first)
    assert not torch.equal(run([0, 1, 3]), first)


def test_groups_keep_their_ratio_under_a_schedule():
    seen = []

    class Watched(torch.optim.SGD):
        def step(self, closure=None):
            seen.append([group["lr"] for group in self.param_groups])
            return super().step(closure)

    def grouped(parameters):
        return Watched([{"params": parameters[:1], "lr": 0.2}, {"params": parameters[1:]}], lr=0.1)

    train_networks(nets(), X, Y, grouped, batch_size=20, epochs=4, seeds=range(3), schedule=half_cosine)
    factors = [half_cosine(k / 4) for k in range(4)]
    np.testing.assert_allclose(seen, [[0.2 * f, 0.1 * f] for f in factors])


def test_no_epoch_changes_nothing():
    models = nets()
    assert train_networks(models, X, Y, adam, batch_size=8, epochs=0, seeds=range(3)).shape == (3, 0)
    assert all(torch.equal(flat(a), flat(b)) for a, b in zip(models, nets(), strict=True))


def test_half_a_cosine():
    shares = np.linspace(0, 1, 11)
    values = np.array([half_cosine(share) for share in shares])
    assert values[0] == 1 and values[5] == pytest.approx(0.5) and values[-1] == pytest.approx(0, abs=1e-15)
    assert (np.diff(values) < 0).all() and values + values[::-1] == pytest.approx(np.ones(11))


WRONG = [
    ({"batch_size": 0}, ValueError, "batch_size must be >= 1, got 0"),
    ({"epochs": -1}, ValueError, "epochs must be >= 0, got -1"),
    ({"seeds": [0, 1]}, ValueError, r"models must have one entry a seed \(2\), got 3"),
    ({"seeds": []}, ValueError, "seed must be a whole number or hold at least one"),
    ({"X": X[:2]}, ValueError, r"X must have one entry a seed \(3\), got 2"),
    ({"X": X[:, :5]}, ValueError, r"same n > 0, got \(3, 5, 5\) and \(3, 20\)"),
    ({"optimizer": len}, TypeError, "optimizer must make a torch.optim.Optimizer"),
    ({"loss": nn.CrossEntropyLoss(reduction="none")}, ValueError, r"loss must give a scalar, .* \(8,\)"),
    ({"schedule": lambda share: float("nan")}, ValueError, "schedule must be finite"),
]


@pytest.mark.parametrize(("given", "error", "message"), WRONG)
def test_bad_input_is_named(given, error, message):
    arguments = {"models": nets(), "X": X, "y": Y, "optimizer": adam, "seeds": range(3), **how} | given
    with pytest.raises(error, match=message):
        train_networks(**arguments)
