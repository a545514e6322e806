"""At the door: numbers and arrays checked, symbols let through."""

from collections.abc import Callable
from typing import Any

import numpy as np

from d2l_ext import ops


def checked(name: str, value: Any, condition: str = "finite", holds: Callable = np.isfinite) -> Any:
    """`value` as a float or an array, or an error that names it; a symbol passes as it is."""
    if ops.is_symbolic(value):
        return value
    try:
        values = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number or an array of numbers, got {value!r}") from None
    for wanted, test in (("finite", np.isfinite), (condition, holds)):
        entries, good = np.broadcast_arrays(values, test(values))
        if not good.all():
            raise ValueError(f"{name} must be {wanted}, got {entries[~good][0]:g}")
    return values if values.ndim else float(values)


def fraction(name: str, value: Any) -> Any:
    return checked(name, value, "in [0, 1)", lambda v: (v >= 0) & (v < 1))


def condition(kappa: Any) -> Any:
    return checked("kappa", kappa, ">= 1", lambda v: v >= 1)


def fitting(**values: Any) -> None:
    """An error that names them if these arrays do not broadcast."""
    shapes = {name: np.shape(value) for name, value in values.items() if not ops.is_symbolic(value)}
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        told = " and ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"arrays must have shapes that fit, got {told}") from None


def ends(m: Any, L: Any) -> tuple[Any, Any]:
    """The smallest and the largest curvature."""
    m, L = checked("m", m, "> 0", lambda v: v > 0), checked("L", L)
    fitting(m=m, L=L)
    return m, checked("L", L, ">= m", lambda v: ops.is_symbolic(m) or v >= m)


def step_matrix(lr: Any, momentum: Any, curvature: Any, entries: Callable) -> np.ndarray:
    """Matrices ``((a, b), (c, d))`` of a step, shape ``(..., 2, 2)``: `entries` gives a, b, c, d."""
    lr, momentum = checked("lr", lr, ">= 0", lambda v: v >= 0), fraction("momentum", momentum)
    curvature = checked("curvature", curvature)
    fitting(lr=lr, momentum=momentum, curvature=curvature)
    parts = np.broadcast_arrays(*entries(lr, momentum, curvature))
    return np.stack(parts, -1).reshape(*parts[0].shape, 2, 2)
