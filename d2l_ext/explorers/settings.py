"""The numbers an explorer lets one change: their keys, their bounds, their sliders.

A key is the plain name of a hyperparameter or parameter wherever that is unambiguous: ``lr``,
``betas.0``, ``kappa``. Otherwise its owner comes first: ``adam.eps``, ``objective.eps``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, log10
from typing import Any

from d2l_ext import style
from d2l_ext.objectives import Objective
from d2l_ext.params import Param, interval, resolve, whole

MAX_STEPS = 10_000


WHOLE = ("column", "measure", "method", "optimizer", "order", "period", "run", "seed", "step", "steps")
SEED = Param(0, (0, 99), label="seed", valid=(0, 2**32))


@dataclass(frozen=True)
class Settings:
    """All settings of an explorer.

    Attributes:
        params: Range of each setting, by key.
        values: First value of each setting, by key.
        show: Keys of the sliders to show, in order.
        words: For a setting whose values have names, those from its lowest value on.
    """

    params: dict[str, Param]
    values: dict[str, float]
    show: tuple[str, ...]
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        owner: str,
        params: Mapping[str, Param],
        values: Mapping[str, Any],
        *,
        show: Iterable[str] | None = None,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        words: Mapping[str, Sequence[str]] | None = None,
    ) -> "Settings":
        """Settings for `params`, those in `values` set, those in `show` visible.

        Raises:
            TypeError, ValueError: For unknown or invalid names, values and ranges.
        """
        ranges = {} if ranges is None else ranges
        if not isinstance(ranges, Mapping):
            raise TypeError(f"ranges must be a mapping of keys to (low, high), got {ranges!r}")
        wholes = {key: whole(key, values[key]) for key in WHOLE if key in params and key in values}
        first: dict[str, float] = resolve(owner, params, {**values, **wholes})
        first |= {key: int(first[key]) for key in WHOLE if key in params}
        for key in ranges:
            if key not in params:
                raise TypeError(f"ranges has no setting {key!r}; there are: {', '.join(params)}")
        reaching = {key: _reaching(key, p, ranges.get(key, p.range), first[key]) for key, p in params.items()}
        visible = tuple(params) if show is None else names("show", show)
        for key in visible:
            if key not in params:
                raise ValueError(f"show must name settings among {', '.join(params)}; got {key!r}")
        return cls(reaching, first, visible, words or {})

    def controls(self) -> list[dict[str, Any]]:
        """What a view must know of each setting, those to show first."""
        hidden = [key for key in self.params if key not in self.show]
        return [
            {
                **_control(key, self.params[key], self.values[key]),
                "words": list(self.words.get(key, ())),
                "visible": key in self.show,
            }
            for key in [*self.show, *hidden]
        ]


def names(what: str, given: Any) -> tuple[str, ...]:
    """`given` if it is a sequence of names, not one name."""
    several = isinstance(given, Iterable) and not isinstance(given, str)
    chosen = tuple(given) if several else ()
    if not several or not all(isinstance(name, str) for name in chosen):
        raise TypeError(f"{what} must be a sequence of names, got {given!r}")
    return chosen


def steps_param(steps: Any) -> Param:
    """The slider of the number of steps: up to 200, or twice `steps`."""
    steps = whole("steps", steps, 1)
    return Param(steps, (1, max(200, 2 * steps)), label="steps", valid=(1, MAX_STEPS + 1))


def _reaching(key: str, declared: Param, wanted: tuple[float, float], value: float) -> Param:
    """`declared` over the `wanted` range, stretched to hold `value`."""
    low, high = interval(f"ranges[{key!r}]", wanted)
    low, high = min(low, value), max(high, value)
    if declared.scale == "log" and low <= 0:
        raise ValueError(f"{key} must be > 0 on a logarithmic slider, got {low:g}")
    if declared.scale == "complement" and high >= 1:
        raise ValueError(f"{key} must be < 1 on a slider of its complement, got {high:g}")
    return Param(
        value,
        (low, high),
        **{name: getattr(declared, name) for name in ("scale", "symbol", "label", "unit", "valid")},
    )


def _round_step(width: float, parts: float) -> float:
    """The largest power of ten that cuts `width` into at least `parts`."""
    return 10.0 ** floor(log10(width / parts) + 1e-9)


def _control(key: str, param: Param, value: float) -> dict[str, Any]:
    low, high = param.range
    step = 1.0 if key in WHOLE else _round_step(high - low, 50)
    # Fine enough that the slider can stand exactly at its ends and at its first value, if they are round.
    finer = [step / 10**k for k in range(0 if key in WHOLE else 4)]
    step = next((width for width in finer if _on_grid(low, width, high, value)), step)
    owner, dot, _ = key.partition(".")
    return {
        "key": key,
        "label": param.label or key.replace("_", " ").replace(".", " "),
        "owner": f"({style.label(owner)})" if dot and owner in style.LABELS else "",
        "symbol": param.symbol,
        "unit": param.unit,
        "min": low,
        "max": high,
        "step": step,
        "scale": param.scale,
        "whole": key in WHOLE,
    }


def _on_grid(low: float, step: float, *points: float) -> bool:
    return all(abs((p - low) / step - round((p - low) / step)) < 1e-6 for p in points)


def place(objective: Objective, start: Sequence[float]) -> list[dict[str, Any]]:
    """Bounds of the start, which must lie in the window.

    Raises:
        ValueError: If it does not.
    """
    bounds = []
    for i, (name, (low, high)) in enumerate(zip(objective.coordinates, objective.window, strict=True)):
        if not low <= start[i] <= high:
            raise ValueError(f"start.{i} must lie in the window [{low:g}, {high:g}], got {start[i]:g}")
        step = _round_step(high - low, 500)
        bounds.append({"key": f"start.{i}", "label": name, "min": low, "max": high, "step": step})
    return bounds
