"""Numbers that know their range: hyperparameters of rules and parameters of objectives.

A parameter is declared once, as the default of a keyword argument::

    def ravine(x, y, *, kappa=param(20.0, (1, 1000), scale="log", symbol="κ")): ...

It is a plain `float` wherever the function runs; sliders, grids, links and error messages
read the rest from it. A tuple of parameters (``betas``) is addressed entry by entry:
``betas.0``, ``betas.1``.
"""

import inspect
from collections.abc import Callable, Mapping
from math import inf, isfinite
from operator import index
from typing import Any

SCALES = ("linear", "log", "complement")


class Param(float):
    """A default value with the range, scale and names of its slider.

    On the scale "complement" it is 1 - value that has a logarithmic slider, so it can be set finely near 1.
    """

    range: tuple[float, float]
    scale: str
    symbol: str
    label: str
    unit: str
    valid: tuple[float, float]

    def __new__(cls, default: float, *args: Any, **kwargs: Any) -> "Param":
        return super().__new__(cls, number("default", default))

    def __init__(
        self,
        default: float,
        range: tuple[float, float],  # noqa: A002 - the word a reader expects
        *,
        scale: str = "linear",
        symbol: str = "",
        label: str = "",
        unit: str = "",
        valid: tuple[float, float] = (-inf, inf),
    ) -> None:
        default = number("default", default)
        low, high = interval("range", range)
        if not low <= default <= high or low == high:
            raise ValueError(f"range must hold the default {default:g}, got {range}")
        if scale not in SCALES:
            raise ValueError(f"scale must be one of {SCALES}, got {scale!r}")
        if scale == "log" and low <= 0:
            raise ValueError(f"range must be > 0 on a log scale, got {range}")
        if scale == "complement" and high >= 1:
            raise ValueError(f"range must be < 1 on a complement scale, got {range}")
        self.range = (float(low), float(high))
        self.scale, self.symbol, self.label, self.unit = scale, symbol, label, unit
        self.valid = valid

    def __reduce__(self) -> tuple:
        # `float` alone would forget the keyword arguments when copied or pickled.
        return _rebuild, (float(self), self.__dict__)


def _rebuild(default: float, attributes: dict) -> Param:
    value = Param.__new__(Param, default)
    value.__dict__.update(attributes)
    return value


param = Param


def default_param(default: float) -> Param:
    """The range a plain number gets: from zero to twice itself (or -1 to 1 for zero)."""
    if default == 0:
        return Param(0.0, (-1.0, 1.0))
    return Param(default, (min(0.0, 2 * default), max(0.0, 2 * default)))


def declared(function: Callable) -> dict[str, Any]:
    """Keyword-only arguments of `function` with their defaults (`inspect.Parameter.empty` if none)."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def flatten(values: Mapping[str, Any]) -> dict[str, Any]:
    """``{"betas": (a, b)}`` to ``{"betas.0": a, "betas.1": b}``; other entries as they are."""
    flat = {}
    for name, value in values.items():
        if isinstance(value, tuple | list):
            flat.update({f"{name}.{i}": entry for i, entry in enumerate(value)})
        else:
            flat[name] = value
    return flat


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Inverse of `flatten`."""
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        head, dot, _ = name.partition(".")
        nested[head] = (*nested.get(head, ()), value) if dot else value
    return nested


def ranged(defaults: Mapping[str, Any]) -> dict[str, Param]:
    """Flat table of `Param`, plain numbers given a default range."""
    return {
        name: value if isinstance(value, Param) else default_param(float(value))
        for name, value in flatten(defaults).items()
    }


def number(name: str, value: Any) -> float:
    """`value` as a finite float, or an error that names it."""
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {value!r}") from None
    if not isfinite(result):
        raise ValueError(f"{name} must be finite, got {value}")
    return result


def whole(name: str, value: Any, least: int = 0, most: float = inf) -> int:
    """`value` as a whole number from `least` to `most`, or an error that names it."""
    try:
        result = index(value)
    except TypeError:
        result = None
    if result is None or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if not least <= result <= most:
        condition = f">= {least}" if most == inf else f"in {least} to {most}"
        raise ValueError(f"{name} must be {condition}, got {result}")
    return result


def interval(name: str, value: Any) -> tuple[float, float]:
    """`value` as two finite numbers, or an error that names it."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"{name} must be two numbers (low, high), got {value!r}")
    return number(f"{name}.0", value[0]), number(f"{name}.1", value[1])


def resolve(owner: str, params: Mapping[str, Param], given: Mapping[str, Any]) -> dict[str, float]:
    """Flat values for `params`: those given, checked, and defaults for the rest.

    Raises:
        TypeError: If a name is unknown (it is said which ones exist) or a value no number.
        ValueError: If a value lies outside its parameter's valid interval, or a tuple has too few or too
            many entries.
    """
    for name, value in given.items():
        entries = name not in params and sum(key.startswith(f"{name}.") for key in params)
        if entries and (not isinstance(value, tuple | list) or len(value) != entries):
            raise ValueError(f"{name} must have {entries} entries, got {value!r}")
    given = flatten(given)
    for name in given:
        if name not in params:
            known = ", ".join(params) or "none"
            raise TypeError(f"{owner} has no parameter {name!r}; it has: {known}")
    values = {}
    for name, declared_param in params.items():
        value = number(name, given.get(name, declared_param))
        low, high = declared_param.valid
        if not low <= value < high:
            condition = f">= {low:g}" if high == inf else f"in [{low:g}, {high:g})"
            raise ValueError(f"{name} must be {condition}, got {value:g}")
        values[name] = value
    return values
