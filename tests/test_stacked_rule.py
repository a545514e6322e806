"""StackedRule: each network of a stack is stepped as RuleOptimizer steps it alone."""

import copy
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from d2l_ext import network, rules, simulate, train_networks
from d2l_ext.fingerprint import fingerprint
from d2l_ext.objectives import ravine
from d2l_ext.optim import Adai, AdaiW, RuleOptimizer, StackedRule

DRAW = torch.Generator().manual_seed(5)
SCALES = torch.tensor([0.1, 1.0, 10.0], dtype=torch.float64)[:, None, None]
X = SCALES * torch.randn(3, 20, 5, generator=DRAW, dtype=torch.float64)
Y = torch.randint(4, (3, 20), generator=DRAW)
HOW = {"batch_size": 8, "epochs": 5}


def nets():
    return [network([5, 6, 4], seed=seed, dtype=X.dtype) for seed in range(3)]


def flat(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.mark.parametrize("rule", [*rules.RULES.values(), rules.coupled(rules.adai), rules.bounded_adai])
def test_each_network_is_stepped_as_if_alone(rule):
    together, alone = nets(), nets()
    train_networks(together, X, Y, partial(StackedRule, rule=rule, lr=0.02), **HOW, seeds=[0, 1, 2])
    for i, model in enumerate(alone):
        one = partial(RuleOptimizer, rule=rule, lr=0.02)
        train_networks([model], X[i : i + 1], Y[i : i + 1], one, **HOW, seeds=[i])
        torch.testing.assert_close(flat(together[i]), flat(model), rtol=1e-10, atol=1e-12)
        assert not torch.equal(flat(model), flat(nets()[i]))


def test_one_vector_for_all_would_be_another_optimizer():
    """The mean of Adai's v over three networks whose gradients differ a hundredfold is not that of each."""
    apart, mixed = nets(), nets()
    train_networks(apart, X, Y, partial(StackedRule, rule=rules.adai, lr=0.02), **HOW, seeds=[0, 1, 2])
    train_networks(mixed, X, Y, partial(RuleOptimizer, rule=rules.adai, lr=0.02), **HOW, seeds=[0, 1, 2])
    assert max((flat(a) - flat(b)).abs().max() for a, b in zip(apart, mixed, strict=True)) > 1e-3


@pytest.mark.parametrize(("rule", "decoupled"), [(rules.coupled(rules.adai), False), (rules.adaiw, True)])
def test_the_optimizer_for_real_training_trains_the_same_network(rule, decoupled):
    together, alone = nets(), nets()
    hyper = {"lr": 0.05, "weight_decay": 0.01}
    train_networks(together, X, Y, partial(StackedRule, rule=rule, **hyper), **HOW, seeds=[0, 1, 2])
    for i, model in enumerate(alone):
        draw = torch.Generator().manual_seed(i)
        optimizer = (AdaiW if decoupled else Adai)(model.parameters(), **hyper)
        for _ in range(HOW["epochs"]):
            for batch in torch.randperm(20, generator=draw).split(HOW["batch_size"]):
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(X[i][batch]), Y[i][batch]).backward()
                optimizer.step()
        torch.testing.assert_close(flat(together[i]), flat(model), rtol=1e-10, atol=1e-12)


def stack(seed=0):
    draw = torch.Generator().manual_seed(seed)
    return [nn.Parameter(torch.randn(2, *shape, generator=draw)) for shape in ((3, 4), (4,), ())]


def steps(stacks, optimizer, count):
    for _ in range(count):
        optimizer.zero_grad()
        sum((p**2 * torch.arange(1.0, 1 + p[0].numel()).view(p[0].shape)).sum() for p in stacks).backward()
        optimizer.step()


def test_it_goes_on_from_its_state():
    first = stack()
    optimizer = StackedRule(first, rules.adai, lr=0.1)
    steps(first, optimizer, 3)
    second = [nn.Parameter(p.detach().clone()) for p in first]
    again = StackedRule(second, rules.adai, lr=0.5)
    again.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    steps(first, optimizer, 4)
    steps(second, again, 4)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert [optimizer.state[p]["t"] for p in first] == [7, 7, 7]


def test_bad_input_is_turned_away():
    with pytest.raises(TypeError, match=r"rule must be decorated with @rule\(...\), got 'adai'"):
        StackedRule(stack(), "adai")
    with pytest.raises(ValueError, match="lr must be >= 0, got -1"):
        StackedRule(stack(), rules.adai, lr=-1)
    with pytest.raises(ValueError, match="params must be one group, got 2"):
        StackedRule([{"params": stack()}, {"params": stack(1)}], rules.adai)
    with pytest.raises(ValueError, match="params must have the same first axis"):
        StackedRule([nn.Parameter(torch.ones(2, 3)), nn.Parameter(torch.ones(3))], rules.adai)
    with pytest.raises(ValueError, match="must all have a gradient, 3 of 3 have none"):
        StackedRule(stack(), rules.adai).step()


PARTS = [
    ({}, rules.adai, {}),
    ({"most": 0.95}, rules.adai, {"eps": 0.05}),
    ({"least": 0.9, "most": 0.9, "corrected": 0.0}, rules.ema_momentum, {"momentum": 0.9}),
    ({"least": 0.0, "most": 0.0}, rules.gd, {}),
    ({"least": 0.0, "most": 0.0, "corrected": 0.0}, rules.gd, {}),
]


@pytest.mark.parametrize(("parts", "rule", "hyper"), PARTS)
def test_adai_taken_apart_is_what_it_says(parts, rule, hyper):
    ours = simulate(ravine, rules.bounded_adai, steps=60, lr=0.1, **parts)
    theirs = simulate(ravine, rule, steps=60, lr=0.1, **hyper)
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=0, atol=1e-12)


def test_a_floor_and_a_missing_correction_show():
    plain = simulate(ravine, rules.bounded_adai, steps=20, lr=0.1)
    for part in ({"least": 0.9}, {"corrected": 0.0}):
        other = simulate(ravine, rules.bounded_adai, steps=20, lr=0.1, **part)
        assert np.abs(other.theta - plain.theta).max() > 1e-3


def test_the_key_of_code_is_the_same_before_and_after_a_rule_is_used():
    fresh = rules.coupled(rules.gd)

    def run():
        return StackedRule(stack(), fresh, lr=0.1)

    before = fingerprint(run)
    assert "hyper" not in vars(fresh)
    run()
    assert "hyper" in vars(fresh) and fingerprint(run) == before
