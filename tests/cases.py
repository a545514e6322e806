"""Runs that all forms of a rule must agree on: stable ones, every rule on several objectives."""

from typing import NamedTuple

from d2l_ext import objectives, rules
from d2l_ext.objectives import Objective, as_objective
from d2l_ext.rules import Rule

STEPS = 100
TOLERANCE = 1e-12


class Case(NamedTuple):
    objective: Objective
    rule: Rule
    hyper: dict

    @property
    def name(self) -> str:
        return f"{self.rule.name}-{self.objective.name}-{'-'.join(map(str, self.hyper.values()))}"


def tilted(x, y, *, slope=0.3):
    """A reader's own function."""
    return (x - y) ** 2 + 0.5 * (x + 2 * y - 1) ** 2 + slope * x


OBJECTIVES = [
    objectives.ravine,
    objectives.rosenbrock.at(steepness=5),
    objectives.himmelblau,
    as_objective(tilted),
]
SETTINGS = {
    "gd": [{"lr": 0.002}, {"lr": 0.01}],
    "momentum": [{"lr": 0.001, "momentum": 0.5}, {"lr": 0.002, "momentum": 0.9}],
    "sign_gd": [{"lr": 0.002}, {"lr": 0.01}],
    "ema_momentum": [{"lr": 0.01, "momentum": 0.5}, {"lr": 0.02, "momentum": 0.9}],
    "nesterov": [{"lr": 0.001, "momentum": 0.5}, {"lr": 0.002, "momentum": 0.9}],
    "amsgrad": [{"lr": 0.1}, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 0.01}],
    "adamw": [{"lr": 0.1, "weight_decay": 0.1}, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 0.01}],
    "adai": [{"lr": 0.005}, {"lr": 0.01, "betas": (0.3, 0.9)}],
    "adaiw": [{"lr": 0.005, "weight_decay": 0.1}, {"lr": 0.01, "betas": (0.3, 0.9)}],
    "adam": [{"lr": 0.1}, {"lr": 0.02, "betas": (0.8, 0.99), "eps": 0.01}],
}
CASES = [
    Case(objective, rules.RULES[rule], hyper)
    for objective in OBJECTIVES
    for rule, settings in SETTINGS.items()
    for hyper in settings
]
