"""Objectives on two scales: a macro part with fine ripples on it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from d2l_ext import ops
from d2l_ext.objectives.core import Objective, as_objective, shipped
from d2l_ext.objectives.line import double_well, parabola
from d2l_ext.params import param

EPSILON = param(0.02, (1e-5, 0.1), scale="log", symbol="ε", label="ripple", valid=(1e-12, inf))


@dataclass(frozen=True, repr=False)
class Rippled(Objective):
    r""":math:`f_0(x) + \epsilon f_1(x/\epsilon)`, whose parts can be had by themselves.

    Attributes:
        part: The macro part f₀ without its bound parameters (see `macro`).
        ripple: f₁, a function of period 2π.
    """

    part: Objective | None = None
    ripple: Callable[[Any], Any] = ops.sin

    @property
    def macro(self) -> Objective:
        """The macro part f₀, with the parameters bound that are bound here."""
        assert self.part is not None
        own = {name: value for name, value in self.bound.items() if name != "epsilon"}
        return replace(self.part, bound={**self.part.bound, **own})

    @property
    def kicked(self) -> Objective:
        """The macro part with a given slope, ``noise[0]`` at each step, in place of that of the ripples."""
        macro = self.macro

        def kicked(x: Any, *, noise: Any, **params: Any) -> Any:
            return macro(x, **params) + noise[0] * x

        kicked.__signature__ = _signature(macro, noise=inspect.Parameter.empty)  # type: ignore[attr-defined]
        return Objective(kicked, self.start, self.window)


def rippled(
    macro: Any,
    ripple: Callable[[Any], Any] = ops.sin,
    *,
    name: str | None = None,
    start: tuple[float, ...] | None = None,
    window: tuple[tuple[float, float], ...] | None = None,
) -> Rippled:
    r"""`macro` with ripples, :math:`f_0(x) + \epsilon f_1(x/\epsilon)`; ε is a parameter (Kong & Tao 2020).

    Args:
        macro: f₀: an `Objective` or a plain function of one coordinate.
        ripple: f₁, of period 2π.
        name: Name of the result; default that of `macro` with ``rippled_`` before it.
        start, window: As in `Objective`; default those of `macro`.

    Raises:
        ValueError: If `macro` has more than one coordinate, or a parameter named ``epsilon``.

    Example:
        >>> f = rippled(lambda x: x**2, ops.cos).at(epsilon=0.1)
        >>> round(float(f(1.0)), 4), f.macro(1.0), list(f.params)
        (0.9161, 1.0, [])
    """
    part = as_objective(macro)
    if len(part.coordinates) != 1 or part.inputs:
        raise ValueError(f"macro must be a function of one coordinate alone, got {part.coordinates}")
    if "epsilon" in part.params:
        raise ValueError("macro must have no parameter named epsilon: that is the size of the ripples")
    if not callable(ripple):
        raise TypeError(f"ripple must be a function, got {ripple!r}")

    def function(x: Any, *, epsilon: Any = EPSILON, **params: Any) -> Any:
        return part(x, **params) + epsilon * ripple(x / epsilon)

    function.__name__ = name or f"rippled_{part.name}"
    function.__signature__ = _signature(part, epsilon=EPSILON)  # type: ignore[attr-defined]
    return Rippled(function, start or part.start, window or part.window, part=part, ripple=ripple)


def _signature(part: Objective, **more: Any) -> inspect.Signature:
    """That of the macro part, with `more` keywords."""
    given = {**part.params, **more}
    keywords = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=p) for n, p in given.items()]
    (coordinate,) = part.coordinates
    return inspect.Signature([inspect.Parameter(coordinate, inspect.Parameter.POSITIONAL_ONLY), *keywords])


def _shipped(made: Rippled, doc: str) -> Rippled:
    made.function.__doc__ = doc
    shipped(made)
    return made


multiscale = _shipped(
    rippled(parabola.at(curvature=1), name="multiscale", start=(1.5,), window=((-2.0, 2.0),)),
    r""":math:`\tfrac12 x^2 + \epsilon\sin(x/\epsilon)`: ripples of slope 1 (Kong & Tao 2020).""",
)
multiscale_well = _shipped(
    rippled(double_well, name="multiscale_well"),
    "`double_well` with the ripples of `multiscale`.",
)
