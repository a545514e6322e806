"""AMSGrad's three forms, learning rates that fade, and the problem they were made for."""

import numpy as np
import pytest

from d2l_ext import objectives, ops, rules, simulate, sweep

GRADS = [3.0, -1.0, -1.0, 0.5, 3.0, -2.0]
BETAS = (0.5, 0.9)


def by_hand(root):
    """Iterates from 0 at lr 0.1 on these gradients; `root(v, t)` is the denominator, v all moments so far."""
    m, moments, theta, path = 0.0, [0.0], 0.0, [0.0]
    for t, g in enumerate(GRADS, start=1):
        m = BETAS[0] * m + (1 - BETAS[0]) * g
        moments.append(BETAS[1] * moments[-1] + (1 - BETAS[1]) * g * g)
        theta -= 0.1 * root(m, np.array(moments[1:]), np.arange(1, t + 1))
        path.append(theta)
    return path


FORMS = {
    "amsgrad_paper": lambda m, v, t: m / v.max() ** 0.5,
    "amsgrad": lambda m, v, t: m / (1 - 0.5 ** t[-1]) / (v.max() / (1 - 0.9 ** t[-1])) ** 0.5,
    "amsgrad_hat": lambda m, v, t: m / (1 - 0.5 ** t[-1]) / (v / (1 - 0.9**t)).max() ** 0.5,
}


@pytest.mark.parametrize("name", FORMS)
def test_each_form_takes_its_own_maximum(name):
    rule = getattr(rules, name)
    theta, state, path = 0.0, rule.initial_state(0.0), [0.0]
    for g in GRADS:
        theta, state = rule(theta, g, state, lr=0.1, betas=BETAS, eps=0.0)
        path.append(theta)
    assert path == pytest.approx(by_hand(FORMS[name]), rel=1e-13)
    others = [by_hand(form) for other, form in FORMS.items() if other != name]
    assert min(np.abs(np.subtract(path, other)).max() for other in others) > 1e-3


def test_a_fading_rate_is_the_rate_of_each_step():
    fading = rules.fading(rules.adam)
    theta, state = 0.0, fading.initial_state(0.0)
    same, inner = 0.0, rules.adam.initial_state(0.0)
    for t, g in enumerate(GRADS, start=1):
        theta, state = fading(theta, g, state, lr=0.3, power=0.5, betas=BETAS, eps=1e-8)
        same, inner = rules.adam(same, g, inner, lr=0.3 / t**0.5, betas=BETAS, eps=1e-8)
        assert theta == same
    assert state["t"] == len(GRADS)


def test_with_power_zero_nothing_fades_and_rules_without_a_count_get_one():
    constant = rules.fading(rules.momentum, "constant")
    assert constant.name == "constant" and constant.slots == {"t": 0, "v": 0.0}
    assert set(constant.hyper) == {"lr", "momentum", "power"} and constant.hyper["power"] == 0.5
    one = simulate(objectives.ravine, constant, steps=30, lr=0.1, power=0.0)
    other = simulate(objectives.ravine, rules.momentum, steps=30, lr=0.1)
    assert (one.theta == other.theta).all()


def test_the_rare_gradient_comes_first_in_every_cycle():
    f = objectives.rare_gradient
    slopes = [float(f(1.0, t=t, big=7, period=4)) for t in range(1, 10)]
    assert slopes == [7, -1, -1, -1, 7, -1, -1, -1, 7]
    path = simulate(f, rules.gd, 0.5, steps=4, lr=0.2).theta[:, 0]
    assert path == pytest.approx([0.5, -0.1, 0.1, 0.3, -0.3])
    assert simulate(f, rules.gd, 0.5, steps=1, lr=9.0).theta[1, 0] == -1


@pytest.mark.parametrize("name", ["gd", "adam", *FORMS])
def test_it_runs_the_same_in_pytorch_and_compiled(name):
    rule = rules.fading(getattr(rules, name))
    betas = {} if name == "gd" else {"betas": (0.3, 0.2)}
    at = objectives.rare_gradient.at(big=4.0, period=5.0)
    run = simulate(at, rule, 0.4, steps=50, lr=0.3, power=0.7, **betas).theta[-1]
    for backend in ("numba", "numpy"):
        how = {"steps": 50, "retire": False, "backend": backend, "lr": 0.3, "power": 0.7, **betas}
        found = sweep(objectives.rare_gradient, rule, 0.4, big=4.0, period=5.0, **how)
        np.testing.assert_allclose(found.theta, run, rtol=0, atol=1e-12)


def test_a_plain_bool_chooses():
    assert ops.where(2 > 1, 3.0, "never") == 3.0
    assert ops.where(np.float64(1) > 2, "never", 4) == 4
