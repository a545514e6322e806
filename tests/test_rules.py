"""Rules against arithmetic done by hand and against torch.optim."""

import copy
import pickle

import numpy as np
import pytest
import torch

from d2l_ext import objective, objectives, rule, rules, simulate
from d2l_ext.rules import RULES, as_rule

# Ours, its hyperparameters, torch's, and what torch calls them beside. No exceptions: every step is compared.
TORCH = [
    ("gd", {"lr": 0.01}, torch.optim.SGD, {}),
    ("nesterov", {"lr": 0.005, "momentum": 0.9}, torch.optim.SGD, {"nesterov": True}),
    (rules.coupled(rules.gd), {"lr": 0.01, "weight_decay": 0.1}, torch.optim.SGD, {}),
    (rules.coupled(rules.momentum), {"lr": 0.005, "momentum": 0.9, "weight_decay": 0.1}, torch.optim.SGD, {}),
    (rules.coupled(rules.adam), {"lr": 0.1, "weight_decay": 0.1}, torch.optim.Adam, {}),
    ("adamw", {"lr": 0.1, "weight_decay": 0.1}, torch.optim.AdamW, {}),
    ("amsgrad", {"lr": 0.1}, torch.optim.Adam, {"amsgrad": True}),
    ("momentum", {"lr": 0.005, "momentum": 0.9}, torch.optim.SGD, {}),
    ("adam", {"lr": 0.1}, torch.optim.Adam, {}),
    ("adam", {"lr": 0.05, "betas": (0.5, 0.9), "eps": 1e-3}, torch.optim.Adam, {}),
]


def reference(optimizer, f, steps, **hyper):
    """Iterates of a torch optimizer on `f`, shape ``(steps + 1, d)``."""
    theta = torch.tensor(f.start, dtype=torch.float64, requires_grad=True)
    stepper = optimizer([theta], **hyper)
    path = [theta.detach().clone()]
    for _ in range(steps):
        stepper.zero_grad()
        f(*theta).backward()
        stepper.step()
        path.append(theta.detach().clone())
    return torch.stack(path).numpy()


@pytest.mark.parametrize("name, hyper, optimizer, extra", TORCH)
@pytest.mark.parametrize("f", [objectives.ravine, objectives.himmelblau])
def test_rules_are_those_of_torch(name, hyper, optimizer, extra, f):
    run = simulate(f, name, steps=100, **hyper)
    truth = reference(optimizer, f, 100, **hyper, **extra)
    assert np.abs(run.theta - truth).max() <= 1e-12 * max(1, np.abs(truth).max())


def test_two_steps_of_momentum_by_hand():
    one, state = rules.momentum(1.0, 2.0, {"v": 0.0}, lr=0.1, momentum=0.5)
    assert (one, state) == (0.8, {"v": 2.0})
    two, state = rules.momentum(one, 1.0, state, lr=0.1, momentum=0.5)
    assert (two, state) == (pytest.approx(0.6), {"v": 2.0})


@pytest.mark.parametrize("grad", [1e-3, -7.0, 1e4])
def test_adams_first_step_is_the_sign_of_the_gradient(grad):
    theta, _ = rules.adam(0.0, grad, {"t": 0, "m": 0.0, "v": 0.0}, lr=0.1, betas=(0.9, 0.999), eps=0.0)
    assert theta == pytest.approx(-0.1 * np.sign(grad))


def test_gd_on_a_bowl_is_a_geometric_sequence():
    run = simulate(objectives.parabola.at(curvature=2), rules.gd, steps=30, lr=0.3)
    np.testing.assert_allclose(run.theta[:, 0], (1 - 0.3 * 2) ** np.arange(31), rtol=1e-12)


def test_momentum_on_a_bowl_is_a_matrix_power():
    lr, beta, curvature = 0.3, 0.8, 2.0
    run = simulate(
        objectives.parabola.at(curvature=curvature), rules.momentum, steps=30, lr=lr, momentum=beta
    )
    R = np.array([[beta, curvature], [-lr * beta, 1 - lr * curvature]])
    powers = [np.linalg.matrix_power(R, k) @ [0, 1] for k in range(31)]
    np.testing.assert_allclose(run.theta[:, 0], np.array(powers)[:, 1], atol=1e-12)


def test_momentum_without_memory_is_gradient_descent():
    runs = [
        simulate(objectives.himmelblau, rules.gd, steps=50, lr=0.01),
        simulate(objectives.himmelblau, rules.momentum, steps=50, lr=0.01, momentum=0.0),
    ]
    assert (runs[0].theta == runs[1].theta).all()


def test_a_rule_shows_its_source_without_its_docstring():
    assert rules.momentum.source.splitlines() == [
        "@rule(v=0.0)",
        "def momentum(theta, grad, state, *, lr=LR, momentum=MOMENTUM):",
        '    v = momentum * state["v"] + grad',
        '    return theta - lr * v, {"v": v}',
    ]


@pytest.mark.parametrize("name", RULES)
def test_every_hyperparameter_has_a_range_that_holds_its_default(name):
    for declared in RULES[name].hyper.values():
        low, high = declared.range
        assert low <= declared <= high and declared.symbol and declared.label


def test_a_readers_plain_numbers_get_the_usual_ranges():
    @rule(v=0.0)
    def own(theta, grad, state, *, lr=0.1, momentum=0.9, boost=2.0):
        return theta - lr * boost * grad, state

    assert own.hyper["lr"].scale == "log" and own.hyper["lr"].symbol == "η"
    assert own.hyper["momentum"].range == (0.0, 0.99)
    assert own.hyper["boost"].range == (0.0, 4.0)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_survives_pickling_and_copying(name):
    assert pickle.loads(pickle.dumps(RULES[name])) is RULES[name]
    assert copy.deepcopy(RULES[name]) is RULES[name]


ADAI = [  # (a, b, q) after so many steps at lr .1, made with the authors' code (commit e6c1b9d)
    ("adai", {}, 1, (0.23, -1.925, 0.1)),
    ("adai", {}, 2, (-0.071473981633, -1.863068836144, -0.135270859967)),
    ("adai", {}, 3, (-0.063872637620, -1.809290113267, -0.278840413660)),
    ("adai", {}, 10, (0.664368409154, -1.547793228730, -0.721216807715)),
    ("coupled", {"weight_decay": 0.05}, 1, (0.225, -1.915, 0.0975)),
    ("coupled", {"weight_decay": 0.05}, 10, (0.657271585800, -1.465587895431, -0.706037097016)),
    ("adaiw", {"weight_decay": 0.05}, 1, (0.225, -1.915, 0.0975)),
    ("adaiw", {"weight_decay": 0.05}, 10, (0.650338150181, -1.465788801901, -0.696035571920)),
    ("adai_v2", {}, 10, (0.664368409154, -1.547793228730, -0.721216807715)),
    ("adai_v2", {"dampening": 0.5}, 1, (0.377760576130, -1.805802876469, 0.051520953815)),
    ("adai_v2", {"dampening": 0.5}, 10, (0.731605866328, -1.018686287287, -0.546708898506)),
    ("adai_v2", {"dampening": 0.0}, 1, (0.420420356768, -1.733332573787, 0.034089091757)),
    ("adai_v2", {"dampening": 0.0}, 10, (0.695632678966, -0.783632940835, -0.459771045093)),
]


@pytest.mark.parametrize("name, hyper, steps, end", ADAI)
def test_adai_is_its_authors(name, hyper, steps, end):
    @objective(start=(1.0, -2.0, 0.5), window=((-3, 3),) * 3)
    def tensors(a, b, q):
        return 0.5 * (3 * a + q - 1) ** 2 + 0.5 * (b / 2 - q) ** 2 + 0.05 * a**4

    chosen = rules.coupled(rules.adai) if name == "coupled" else getattr(rules, name)
    run = simulate(tensors, chosen, steps=steps, lr=0.1, **hyper)
    assert run.theta[-1] == pytest.approx(end, abs=5.1e-13)


@pytest.mark.parametrize("dampening", [1.0, 0.5, 0.25, 0.0])
def test_adai_v2_is_its_equations_number_by_number(dampening):
    """A coordinate at a time; the bias correction of v cancels in its share of the mean."""
    draws = np.random.default_rng(0).normal(size=(60, 5)) * [3, 1, 0.3, 0.01, 0]
    lr, beta0, beta2, eps, at = 0.05, 0.2, 0.9, 1e-2, [1.0, -2.0, 0.5, 4.0, 3.0]
    theta, state = np.array(at), rules.adai_v2.initial_state(np.zeros(5))
    m, v, product = [0.0] * 5, [0.0] * 5, [1.0] * 5
    for g in draws:
        hyper = {"lr": lr, "betas": (beta0, beta2), "eps": eps, "dampening": dampening}
        theta, state = rules.adai_v2(theta, g, state, **hyper)
        v = [beta2 * v[i] + (1 - beta2) * g[i] ** 2 for i in range(5)]
        for i in range(5):
            beta1 = 1 - beta0 * (v[i] / (sum(v) / 5)) ** (1 / (3 - 2 * dampening))
            beta1 = min(max(beta1, 0), 1 - eps)
            m[i] = beta1 * m[i] + (1 - beta1) ** dampening * g[i]
            product[i] *= beta1
            at[i] -= lr * beta0 ** (1 - dampening) * m[i] / (1 - product[i])
    np.testing.assert_allclose(theta, at, rtol=1e-12)
    assert abs(theta - [1, -2, 0.5, 4, 3])[:3].min() > 0.01 and theta[4] == 3


@pytest.mark.parametrize("rule", [rules.adai, rules.adai_v2], ids=str)
def test_adai_moves_nothing_while_gradients_are_zero(rule):
    flat = simulate(lambda x, y: 0 * x + 0 * y, rule, steps=3, lr=0.1)
    assert (flat.theta == flat.theta[0]).all() and np.isfinite(flat.theta).all()


def test_averaged_momentum_is_heavy_ball_at_another_rate():
    one = simulate(objectives.himmelblau, "momentum", steps=60, lr=0.002, momentum=0.8)
    other = simulate(objectives.himmelblau, "ema_momentum", steps=60, lr=0.01, momentum=0.8)
    np.testing.assert_allclose(one.theta, other.theta, rtol=1e-10)


@pytest.mark.parametrize("inner", [rules.gd, rules.momentum, rules.adam])
def test_independent_decay_is_decoupled_decay_divided_by_lr(inner):
    one = simulate(objectives.himmelblau, rules.independent(inner), steps=60, lr=0.004, weight_decay=0.02)
    other = simulate(objectives.himmelblau, rules.decoupled(inner), steps=60, lr=0.004, weight_decay=5.0)
    np.testing.assert_allclose(one.theta, other.theta, rtol=1e-10)
    plain = simulate(objectives.himmelblau, inner, steps=60, lr=0.004)
    assert np.abs(one.theta - plain.theta).max() > 0.1


def test_independent_decay_ignores_the_learning_rate_and_a_schedule_multiplies_both():
    """Loshchilov & Hutter 2019, algorithm 2, line 12, with their schedule, by hand."""
    literal, (beta1, beta2) = rules.independent(rules.adam), (0.9, 0.99)
    hyper = {"betas": (beta1, beta2), "eps": 1e-8}
    theta, state = np.array([1.0, -2.0]), literal.initial_state(np.zeros(2))
    truth, m, v = theta.copy(), 0.0, 0.0
    for t in range(1, 30):
        schedule = 0.5 * (1 + np.cos(np.pi * t / 30))
        grad = np.array([np.sin(3 * t), np.cos(t)])
        theta, state = literal(theta, grad, state, lr=0.1 * schedule, weight_decay=0.03 * schedule, **hyper)
        m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
        step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + 1e-8)
        truth = truth - schedule * (0.1 * step + 0.03 * truth)
    np.testing.assert_allclose(theta, truth, rtol=1e-13)
    still = [rules.independent(rules.gd)(2.0, 0.0, {}, lr=lr, weight_decay=0.25)[0] for lr in (0.001, 0.5)]
    assert still == [1.5, 1.5]


def test_decays_say_how_they_are_measured():
    assert rules.independent(rules.adam).hyper["weight_decay"].symbol == "λ′"
    assert rules.decoupled(rules.adam).hyper["weight_decay"].symbol == "λ"
    assert rules.independent(rules.adam).name == "independent_adam"
    assert rules.independent(rules.adam, "literal").name == "literal"


def test_unknown_rules_are_refused_with_the_names_there_are():
    with pytest.raises(TypeError, match="one of gd, sign_gd, .* got 'sgd'"):
        as_rule("sgd")
    with pytest.raises(TypeError, match="must have a keyword-only argument lr"):
        rule()(lambda theta, grad, state, *, eta=0.1: (theta, state))
