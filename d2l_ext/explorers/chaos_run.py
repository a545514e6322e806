"""What a run on ripples comes to: its mathematics compiled, how it ended, its averages."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from d2l_ext import ops, rules, symbolic, theory
from d2l_ext.objectives import Objective, Rippled
from d2l_ext.pieces import LIMIT, LONGEST_CYCLE, RETURNS

TURN = 2 * np.pi
BINS = 100
# Gibbs's density is added up over three windows, in so many places: a multiple of three, and one.
PLACES = 2401
# This share of a run, its beginning, is left out of all averages.
BEGINNING = 0.2
# A last step shorter than the first is none, and one shorter than the second is no part of a cycle.
REST, SWING = 1e-9, 1e-5
# A run is called chaotic if it has magnified errors by more than e to this power. A crest that is passed
# slowly magnifies them too, but never so much.
CHAOS = 25


def growth(bend: Any, lr: Any) -> Any:
    """Logarithm of what a step multiplies a small distance by, where the curvature is `bend`."""
    return ops.log(ops.absolute(1 - lr * bend))


def numbers() -> dict[str, float]:
    """What the view must know to say the same as Python."""
    return {
        "turn": TURN,
        "bins": BINS,
        "places": PLACES,
        "beginning": BEGINNING,
        "rest": REST,
        "swing": SWING,
        "chaos": CHAOS,
        "returns": RETURNS,
        "longest": LONGEST_CYCLE,
        "limit": LIMIT,
    }


def compiled(objective: Rippled) -> dict[str, Any]:
    """All mathematics by name, made to give the same bits in Python and on the page."""
    made = {
        "value": symbolic.function(objective, name="value"),
        "macro": symbolic.function(objective.macro, name="macro"),
        "bend": symbolic.derivative(objective, order=2, name="bend"),
        "kick": symbolic.derivative(objective.ripple, name="kick"),
        "growth": symbolic.function(growth),
        "temperature": symbolic.function(theory.gibbs_temperature, name="temperature"),
        "weight": symbolic.function(theory.gibbs_weight, name="weight"),
        "gd": symbolic.step(objective, rules.gd),
        "scrambled": replace(symbolic.step(objective.kicked, rules.gd), name="scrambled"),
    }
    waves = {"sine": symbolic.SINE, "cosine": symbolic.COSINE}
    return {**waves, **{name: symbolic.portable(part) for name, part in made.items()}}


def loaded(compiled: Mapping[str, Any]) -> dict[str, Any]:
    """The same as Python functions."""
    namespace: dict[str, Any] = {"np": np}
    for name, part in compiled.items():
        exec(part.python(), namespace)
        if isinstance(part, symbolic.Step):
            namespace[name] = namespace.pop("step")
    return namespace


def averages(x: np.ndarray, weight: Any = None) -> dict[str, float]:
    """Mean, standard deviation and share left of 0 of places, which may have weights."""
    weight = np.ones(len(x)) if weight is None else weight
    total = weight.sum()
    mean = float((weight * x).sum() / total)
    return {
        "mean": mean,
        "sd": float(np.sqrt((weight * (x - mean) ** 2).sum() / total)),
        "left": float((weight * ((x < 0) + 0.5 * (x == 0))).sum() / total),
    }


def outcome(x: np.ndarray, grown: float) -> tuple[str, int]:
    """What became of a run that magnified errors by e to the power `grown`; the period of a cycle."""
    if not (np.abs(x) <= LIMIT).all():
        return "diverges", 0
    moved = abs(x[-1] - x[-2])
    if moved <= REST:
        return "rests", 1
    for p in range(2, min(LONGEST_CYCLE, len(x) // 2) + 1 if moved > SWING else 2):
        if np.abs(x[-p:] - x[-2 * p : -p]).max() <= RETURNS:
            return "cycle", p
    return ("wanders" if grown > CHAOS else "moves"), 0


def wells(macro: Objective, x: np.ndarray) -> bool:
    """Whether the macro part has more than one minimum between these places, at its first parameters."""
    f = macro(x)
    return bool(((f[1:-1] < f[:-2]) & (f[1:-1] <= f[2:])).sum() > 1)
