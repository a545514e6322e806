"""What an objective is: a function, its start, its window, its parameters."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf, isfinite
from typing import Any

import numpy as np

from d2l_ext.params import Param, declared, flatten, nest, number, ranged, resolve

INPUTS = ("t", "noise")


@dataclass(frozen=True)
class Objective:
    """A function to minimise, with where to start and what to look at.

    Attributes:
        function: ``f(*coordinates, **parameters)``, a scalar.
        start: Where runs begin unless told otherwise, shape ``(d,)``.
        window: ``((low, high), ...)``, the part of each axis that plots show.
        minimizers: Global minimizers, each of shape ``(d,)``; empty if not known.
        project: Interval that every coordinate is moved back into after a step, or None.
        bound: Parameters fixed by `at`.
    """

    function: Callable[..., Any]
    start: tuple[float, ...]
    window: tuple[tuple[float, float], ...]
    minimizers: tuple[tuple[float, ...], ...] = ()
    project: tuple[float, float] | None = None
    bound: Mapping[str, float] = field(default_factory=dict)

    def __call__(self, *theta: Any, **params: Any) -> Any:
        """The value there; without ``noise`` it is that of no noise."""
        if "noise" in self.inputs:
            params.setdefault("noise", (0.0,) * len(theta))
        return self.function(*theta, **{**nest(self.bound), **params})

    def __repr__(self) -> str:
        at = ", ".join(f"{name}={value!r}" for name, value in nest(self.bound).items())
        home = "objectives." if self.is_shipped else ""
        return f"{home}{self.name}" + (f".at({at})" if at else "")

    @property
    def name(self) -> str:
        name = getattr(self.function, "__name__", "")
        return name if name.isidentifier() else "f"

    @property
    def is_shipped(self) -> bool:
        """True for the book's own objectives, False for a reader's."""
        shipped = OBJECTIVES.get(self.name)
        return shipped is not None and shipped.function is self.function

    @cached_property
    def coordinates(self) -> tuple[str, ...]:
        """Names of the positional arguments (``x0, x1, ...`` if the function takes any number)."""
        return _coordinates(self.function) or tuple(f"x{i}" for i in range(len(self.start)))

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Those of `INPUTS` that the function asks for."""
        missing = [n for n, default in declared(self.function).items() if default is inspect._empty]
        return tuple(missing)

    @cached_property
    def params(self) -> dict[str, Param]:
        """Parameters that are still free, with their ranges."""
        given = {n: v for n, v in declared(self.function).items() if n not in self.inputs}
        return {n: p for n, p in ranged(given).items() if n not in self.bound}

    def at(self, **values: Any) -> "Objective":
        """The same objective with these parameters fixed.

        Example:
            >>> from d2l_ext.objectives import ravine
            >>> float(ravine(1.0, 0.0)), float(ravine.at(kappa=2)(1.0, 0.0))
            (0.1, 1.0)
        """
        checked = resolve(self.name, self.params, values)
        return replace(self, bound={**self.bound, **{n: checked[n] for n in flatten(values)}})


def _coordinates(function: Callable) -> tuple[str, ...]:
    """Names of the positional arguments; empty for ``f(*x)``."""
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return ()
    return tuple(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)


def as_objective(f: Any) -> Objective:
    """`f` itself if it is an `Objective`; else a plain function with a start and a window found for it.

    The start is (1, 1). The window holds the start and the lowest point found on a grid over
    [-4, 4] in each coordinate, with a margin.

    Raises:
        TypeError: If `f` cannot be called, or has a keyword-only argument that is neither a
            parameter with a default nor one of `INPUTS`.
        ValueError: If `f` has no coordinates.
    """
    if isinstance(f, Objective):
        return f
    if not callable(f):
        raise TypeError(f"objective must be a function or an Objective, got {f!r}")
    names = _coordinates(f)
    if not names:
        raise ValueError("objective must name its coordinates, as in f(x, y)")
    made = _checked(Objective(f, start=(1.0,) * len(names), window=()))
    return replace(made, window=_window(made))


def _checked(made: Objective) -> Objective:
    unknown = [name for name in made.inputs if name not in INPUTS]
    if unknown:
        raise TypeError(f"{made.name}: keyword-only argument {unknown[0]!r} needs a default")
    return made


def _window(f: Objective, reach: float = 4.0) -> tuple[tuple[float, float], ...]:
    """A box around the start and the lowest point of a coarse grid; all of it past two coordinates."""
    start = f.start
    everywhere = ((-reach, reach),) * len(start)
    if len(start) > 2 or "t" in f.inputs:
        return everywhere
    axis = np.linspace(-reach, reach, 41)
    grid = np.stack(np.meshgrid(*[axis] * len(start)), -1).reshape(-1, len(start))
    points = [tuple(map(float, point)) for point in grid]
    values = [_value(f, point) for point in points]
    lowest = points[int(np.argmin(values))]
    if any(abs(c) == reach for c in lowest):
        return everywhere
    window = []
    for a, b in zip(start, lowest, strict=True):
        middle, half = (a + b) / 2, max(abs(a - b), 1.0)
        window.append((middle - 1.5 * half, middle + 1.5 * half))
    return tuple(window)


def _value(f: Callable, point: tuple[float, ...]) -> float:
    """f there, or infinity where it is not a finite number (outside its domain, say)."""
    try:
        value = float(f(*point))
    except (ArithmeticError, ValueError):
        return inf
    return value if isfinite(value) else inf


def as_start(objective: Objective, start: Any) -> tuple[float, ...]:
    """`start` checked against the objective's coordinates; None means the objective's own.

    Raises:
        ValueError: If the number of coordinates differs or one is not finite.
    """
    if start is None:
        return objective.start
    values = np.atleast_1d(np.asarray(start, dtype=object)).ravel()
    dimension = len(_coordinates(objective.function)) or len(values)
    if len(values) != dimension:
        raise ValueError(f"start must have {dimension} coordinates, got {len(values)}: {start!r}")
    return tuple(number(f"start.{i}", value) for i, value in enumerate(values))


OBJECTIVES: dict[str, Objective] = {}


def objective(
    *,
    start: tuple[float, ...],
    window: tuple[tuple[float, float], ...],
    minimizers: tuple[tuple[float, ...], ...] = (),
    project: tuple[float, float] | None = None,
) -> Callable[[Callable], Objective]:
    """Make an `Objective` of a function; the arguments are its attributes.

    Example:
        >>> from d2l_ext import param
        >>> @objective(start=(3.0,), window=((-4, 4),), minimizers=((0.0,),))
        ... def bowl(x, *, steepness=param(1.0, (0.1, 10), scale="log")):
        ...     return steepness * x**2
        >>> bowl.at(steepness=2)(3.0)
        18.0
    """

    def decorate(function: Callable) -> Objective:
        return _checked(Objective(function, start, window, minimizers, project))

    return decorate


def shipped(made: Objective) -> Objective:
    """Enter one of the book's own objectives in the table of all of them."""
    made.function.__doc__ = inspect.cleandoc(made.function.__doc__ or "")
    OBJECTIVES[made.name] = made
    return made
