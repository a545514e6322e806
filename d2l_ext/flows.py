"""Where a flow is when gradient descent is at its next iterate."""

from collections.abc import Callable
from functools import lru_cache
from math import nan
from typing import Any

import numpy as np

from d2l_ext import symbolic, theory
from d2l_ext.objectives import Objective, as_objective, as_start
from d2l_ext.params import number, whole

# Two Runge-Kutta steps of half the size must agree with one whole step so far (relative to max(1, |x|)).
TOLERANCE = 1e-11
# A flow that needs finer steps than this share of lr, or that goes farther than LIMIT, is lost.
FINEST = 2.0**-20
LIMIT = 1e6


def flow(
    objective: Any, order: int = 0, start: Any = None, *, lr: float, steps: int, finer: int = 1
) -> np.ndarray:
    r"""The modified flow of gradient descent at the times 0, lr, 2 lr, ...

    Order 0 is the gradient flow. On a quadratic of one coordinate it is exact, else it is computed by
    Runge-Kutta steps to about 1e-11.

    Args:
        objective: An `Objective`, or a function of its coordinates written with operators and `ops`.
        order: Number of terms after :math:`-\nabla f`.
        start: Start, shape ``(d,)``; default the objective's own.
        lr: Learning rate of the gradient descent to follow.
        steps: Number of its steps.
        finer: How many points a step, for a smooth curve.

    Returns:
        Points, shape ``(finer * steps + 1, d)``; NaN once the flow runs away.

    Raises:
        TraceError: If the objective cannot run on symbols.
        TypeError, ValueError: For a negative lr, and unknown or invalid values.

    Example:
        >>> from d2l_ext import objectives
        >>> bowl = objectives.parabola.at(curvature=2.0)
        >>> [round(flow(bowl, order, lr=0.25, steps=1)[1, 0].item(), 4) for order in (0, 1, 2, 30)]
        [0.6065, 0.5353, 0.5134, 0.5]
    """
    objective = as_objective(objective)
    start, order, steps = as_start(objective, start), whole("order", order), whole("steps", steps)
    lr, finer = number("lr", lr), whole("finer", finer, 1)
    if lr < 0:
        raise ValueError(f"lr must be >= 0, got {lr:g}")
    field, closed = compiled(objective, order)
    params, count = [float(p) for p in objective.params.values()], finer * steps
    if closed is not None:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            at = closed(start[0], lr / finer * np.arange(count + 1), lr, *params)
        return np.broadcast_to(at, count + 1).astype(float)[:, None]
    if len(start) == 1:
        return followed(lambda x: _number(field, x, lr, *params), start[0], lr / finer, count)[:, None]
    return followed(lambda x: np.array(field(*x, lr, *params)), np.array(start), lr / finer, count)


def _number(field: Callable[..., float], *args: float) -> float:
    """The field at a place, NaN where it has no number: Python's own floats raise instead."""
    try:
        return field(*args)
    except ArithmeticError:
        return nan


def followed(field: Callable[[Any], Any], x: Any, time: float, count: int) -> np.ndarray:
    """The solution from x after 0, 1, ... `count` times `time`; NaN once it is lost."""
    points = np.full((count + 1, *np.shape(x)), nan)
    points[0] = x
    h = time
    for k in range(1, count + 1):
        left = time
        while left > 0:
            h = min(h, left)
            with np.errstate(all="ignore"):
                once = theory.rk4(field, x, h)
                twice = theory.rk4(field, theory.rk4(field, x, h / 2), h / 2)
                error = np.max(np.abs(once - twice) / np.maximum(1, np.abs(x)))
            if not error <= TOLERANCE:
                h /= 2
                if h < FINEST * time:
                    return points
                continue
            x, left = twice, left - h
            if np.max(np.abs(x)) > LIMIT:
                return points
            if error < TOLERANCE / 64:
                h *= 2
        points[k] = x
    return points


def compiled(objective: Objective, order: int) -> tuple[Callable[..., Any], Callable[..., Any] | None]:
    """The field of this order and, where there is one, its flow in closed form, as Python functions."""
    return _compiled(objective.function, objective.start, tuple(objective.bound.items()), order)


@lru_cache(maxsize=64)
def _compiled(function: Any, start: Any, bound: Any, order: int) -> Any:
    objective = Objective(function, start, (), bound=dict(bound))
    flows = symbolic.modified_flows(objective, order)
    closed = None if flows is None else _runnable(flows[order])
    return _runnable(symbolic.modified_fields(objective, order)[order]) if flows is None else None, closed


def _runnable(made: symbolic.Function) -> Callable[..., Any]:
    namespace: dict[str, Any] = {"np": np}
    exec(made.python(), namespace)
    return namespace[made.name]
