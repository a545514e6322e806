"""Every exercise check takes its solution and turns away a wrong answer."""

import numpy as np
import pytest

from d2l_ext import check, ops, rule, rules
from d2l_ext.check import NotYet


def step(x, v, lambdas, eta, beta):
    v = beta * v + lambdas * x
    return x - eta * v, v


def step_that_forgets_x(x, v, lambdas, eta, beta):
    v = beta * v + lambdas * x
    x -= x - eta * v
    return x, v


def adam_with(v_of):
    @rule(t=0, m=0.0, v=0.0)
    def candidate(theta, grad, state, *, lr=0.1):
        t = state["t"] + 1
        m = 0.9 * state["m"] + 0.1 * grad
        v = 0.999 * state["v"] + 0.001 * v_of(grad)
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        return theta - lr * m_hat / (ops.sqrt(v_hat) + 1e-8), {"t": t, "m": m, "v": v}

    return candidate


def three_moves(big, beta2):
    share = (big**2 - 1) / (1 + beta2 + beta2**2)
    v = [1 + share * beta2**j for j in range(3)]
    return -big / v[0] ** 0.5 + 1 / v[1] ** 0.5 + 1 / v[2] ** 0.5


ANSWERS = {
    "adai_clamped": ((0.91, 0.0141421), (0.82, 0.0141421)),
    "adai_first_step": (
        lambda g, lr, dampening: -lr * g * (g**2 / np.mean(g**2)) ** ((dampening - 1) / (3 - 2 * dampening)),
        lambda g, lr, dampening: -lr * g,
    ),
    "adai_groups": (1 - 8.1 / 42, 0.1),
    "adai_share": (0.1, 10),
    "adam_batch": (0.4 / 1.16**0.5 / (0.1 / 1.01**0.5), 4),
    "adam_beta2": (0.99, 0.9),
    "adam_invariant": (adam_with(lambda g: ops.mean(g**2)), adam_with(lambda g: g**2)),
    "adam_longest": ([0] * 5000 + [1.11**k for k in range(100)], [1.11**k for k in range(100)]),
    "adam_second_step": ((1.81 / 3.61) ** 0.5, 0.2294),
    "adamw_left": (0.2231, np.exp(-3)),
    "adamw_rescaled": ((0.02, 0.1), (0.02, 0.5)),
    "adamw_sheared": (0.466667, 1),
    "adamw_translated": (0.25, 1e-6),
    "airfoil_partner_lr": (0.0025, 0.002),
    "airfoil_momentum": (step, step_that_forgets_x),
    "airfoil_minimizer": (lambda Q, c: -np.linalg.solve(Q, c), np.linalg.solve),
    "airfoil_floor_factor": (1 / 0.6, 1),
    "airfoil_seeds": (72, 36),
    "amsgrad_border": (0.236815, 0.25),
    "amsgrad_drift": (three_moves, lambda big, beta2: 2 - big),
    "amsgrad_growth": (10, 100),
    "amsgrad_steps": (6 / (0.001 / 8.207207**0.5), 2000),
    "balancing_factor": (
        lambda x, y, lr, product: 1 - (lr * (product - x * y)) ** 2,
        lambda x, y, lr, product: 1 - lr * (product - x * y),
    ),
    "balancing_flow": (13**0.5, 3),
    "balancing_matrix": (0.2, 0.4),
    "balancing_rate": (2 / 3, 1),
    "balancing_room": (4, 16**0.25),
    "descent_cycle": (4 / np.tanh(2), 2 / np.tanh(2)),
    "descent_fourth_power": (lambda x0: 2 / x0**2, lambda x0: 2 / (3 * x0**2)),
    "descent_largest_lr": (8 / 9, 8 / 3),
    "descent_steps": (2e7, 2e4),
    "diffusion_batch": (np.log(2) / 0.001, 1000),
    "diffusion_drift": (2 * 0.82**2 / 1.82, 1.0),
    "diffusion_lag": (2 * 0.99 / (1 - 0.99**2), 50),
    "diffusion_time": (lambda lr, h: np.log(1 + 2 / lr) / (2 * h * lr), lambda lr, h: 1 / (h * lr**2)),
    "edge_of_stability_momentum": (0.4, 0.8),
    "edge_of_stability_plateau": (8, 4),
    "edge_of_stability_preconditioned": (0.645937, 0.5528),
    "edge_of_stability_valley": (4.27195, 4),
    "leaky_average_lr": (0.4 * (1 - 0.5**0.02), 0.4),
    "leaky_average_noise": (99 / 101, 0.9),
    "leaky_average_dampening": (0.9**9, 0.1 * 0.9**9),
    "experiments_cost": (2.834e18, 1.4e18),
    "experiments_limit": (1.5, 0.5),
    "experiments_seeds": (27, 7),
    "experiments_spread": ((1, 6.2847), (1, 0.5206)),
    "leaky_average_corrected": (
        lambda mean, g, t, beta: mean + (1 - beta) / (1 - beta**t) * (g - mean),
        lambda mean, g, t, beta: beta * mean + (1 - beta) * g,
    ),
    "minima_batch": (np.exp(4), 2),
    "minima_choice": (lambda lr, k: k * np.exp(0.4 / lr * (1 - 1 / k)), lambda lr, k: k),
    "minima_heavy_ball": (0.8, 8),
    "minima_scale": (0.02, 0.06 / 9),
    "modified_equation_loss": (
        lambda x, lr: x**4 / 4 + lr / 4 * x**6,
        lambda x, lr: x**4 / 4 + lr / 2 * x**6,
    ),
    "modified_equation_order": (13, 12),
    "modified_equation_third": (-5 / 12, 5 / 12),
    "modified_equation_velocity": (
        lambda a, b, c, d, lr: ((b - a) - (c - 2 * b + a) / 2 + (d - 3 * c + 3 * b - a) / 3) / lr,
        lambda a, b, c, d, lr: (b - a) / lr,
    ),
    "multiscale_kurtosis": (-1.2, -0.9),
    "multiscale_temperature": (0.025, 0.0125),
    "multiscale_trap": (
        lambda lr, epsilon: (1 - (epsilon * (2 / lr - 1)) ** 2) ** 0.5,
        lambda lr, epsilon: 1 - epsilon / lr,
    ),
    "multiscale_waiting": (2 * np.exp(0.2019 * 20), np.exp(0.2019 * 20)),
    "optimal_cautious": (0.81, 0.9),
    "optimal_cycle": ((792 / 1225, -2208 / 1225, 2592 / 1225), (0.6, -1.8, 2.1)),
    "optimal_momentum": ((99 / 101) ** 2, 99 / 101),
    "optimal_rise": (36.790434, 100),
    "optimal_tenfold": (99.3349, 10),
    "orbits_cycles": (48, 81),
    "orbits_fastest": (3 / 2**0.5 - 1, 1),
    "orbits_merge": (1.5 * 3**0.5 - 1, 2),
    "orbits_stays": (
        lambda x, y, lr: x**2 + y**2 < 4 / lr - lr * (1 - x * y),
        lambda x, y, lr: x**2 + y**2 < 4 / lr,
    ),
    "orbits_target": (0.25, 0.5),
    "quadratics_alternates": (2.95, 2.5),
    "quadratics_best_momentum": (lambda z: (1 - z**0.5) ** 2, lambda z: max(0.0, 1 - z**0.5)),
    "quadratics_first_peak": (19, 9),
    "quadratics_largest_lr": (0.38, 7.6),
    "quadratics_steps_per_digit": (89.781, 44.89),
    "ravine_best_lr": (2 / 4.04, 0.5),
    "ravine_smallest_momentum": (0.8, 0.9),
    "weight_decay_half_life": (69_314, 693),
    "weight_decay_heavy_ball": (0.005, 0.00005),
    "weight_decay_spring": (
        lambda beta: (1 - beta**0.5) / (1 + beta**0.5),
        lambda beta: (1 - beta**0.5) ** 2,
    ),
    "weight_decay_translate": (0.05, 8e-9),
}


def test_every_check_is_listed_here():
    assert set(check.__all__) - {"NotYet"} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_solution_passes_and_a_wrong_answer_does_not(name):
    right, wrong = ANSWERS[name]
    assert getattr(check, name)(right).startswith("Right")
    with pytest.raises(NotYet) as caught:
        getattr(check, name)(wrong)
    assert caught.value._render_traceback_()[0].startswith("Not yet.")


def test_no_number_is_an_error_that_says_so():
    with pytest.raises(TypeError, match="answer must be a number"):
        check.ravine_best_lr("fast")


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("adam_invariant", rules.gd, "On 1000 f the path is another one"),
        ("adam_invariant", rules.sign_gd, "In a valley turned by 20 degrees the losses differ"),
        ("adam_longest", [1, 2, 3], r"Your last step is 0\.958 η"),
        ("airfoil_momentum", lambda x, v, *_: x, r"should return \(x, v\)"),
        ("airfoil_momentum", lambda x, v, *_: (x[:2], v), r"keep the shape \(5,\)"),
        ("airfoil_minimizer", lambda Q, c: None, "but gives|but:"),
        ("airfoil_minimizer", lambda Q, c: Q, "it should return that shape"),
        ("airfoil_minimizer", lambda Q: Q, "It should take Q and c"),
    ],
)
def test_a_function_of_another_kind_is_told_what_is_wanted(name, answer, said):
    with pytest.raises(NotYet, match=said):
        getattr(check, name)(answer)


def test_gradients_are_numbers():
    with pytest.raises(TypeError, match="gradients must be a sequence of finite numbers"):
        check.adam_longest([1, np.nan])
