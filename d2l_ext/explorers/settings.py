"""The numbers an explorer lets one change: their keys, their bounds, their sliders.

A key is the plain name of a hyperparameter or parameter wherever that is unambiguous: ``lr``,
``betas.0``, ``kappa``. Otherwise its owner comes first: ``adam.eps``, ``objective.eps``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

from d2l_ext import style
from d2l_ext.objectives import Objective
from d2l_ext.params import Param, interval, resolve, whole
from d2l_ext.rules import Rule

MAX_STEPS = 10_000


@dataclass(frozen=True)
class Settings:
    """All settings of an explorer.

    Attributes:
        params: Range of each setting, by key.
        hyper: For each rule's name, the keys of its hyperparameters by their own names.
        objective: The keys of the objective's parameters by their own names.
        values: First value of each setting, by key.
        show: Keys of the sliders to show, in order.
    """

    params: dict[str, Param]
    hyper: dict[str, dict[str, str]]
    objective: dict[str, str]
    values: dict[str, float]
    show: tuple[str, ...]

    @classmethod
    def of(
        cls,
        objective: Objective,
        rules: Sequence[Rule],
        *,
        steps: int,
        shared: Sequence[str],
        show: Iterable[str] | None,
        ranges: Mapping[str, tuple[float, float]],
        values: Mapping[str, Any],
    ) -> "Settings":
        """Settings of `rules` on `objective`; the arguments are `TraceExplorer`'s."""
        for name, given in (("shared", shared), ("show", () if show is None else show)):
            if isinstance(given, str) or not isinstance(given, Iterable):
                raise TypeError(f"{name} must be a sequence of names, got {given!r}")
        if not isinstance(ranges, Mapping):
            raise TypeError(f"ranges must be a mapping of keys to (low, high), got {ranges!r}")
        hyper = {rule.name: _hyper_keys(rule, rules, shared) for rule in rules}
        # Reversed, so that of rules that share a setting the first one declares it.
        params = {key: rule.hyper[name] for rule in reversed(rules) for name, key in hyper[rule.name].items()}
        params = {key: params[key] for keys in hyper.values() for key in keys.values()}
        own = {name: f"objective.{name}" if name in params else name for name in objective.params}
        params |= {key: objective.params[name] for name, key in own.items()}
        steps = whole("steps", steps, 1)
        params["steps"] = Param(40, (1, max(200, 2 * steps)), label="steps", valid=(1, MAX_STEPS + 1))
        first = resolve("TraceExplorer", params, {**values, "steps": steps})
        for key in ranges:
            if key not in params:
                raise TypeError(f"ranges has no setting {key!r}; there are: {', '.join(params)}")
        params = {key: _reaching(key, p, ranges.get(key, p.range), first[key]) for key, p in params.items()}
        visible = tuple(params) if show is None else tuple(show)
        for key in visible:
            if not isinstance(key, str) or key not in params:
                raise ValueError(f"show must name settings among {', '.join(params)}; got {key!r}")
        return cls(params, hyper, own, {**first, "steps": int(first["steps"])}, visible)

    def controls(self) -> list[dict[str, Any]]:
        """What a view must know of each setting, those to show first."""
        hidden = [key for key in self.params if key not in self.show]
        return [
            {**_control(key, self.params[key], self.values[key]), "visible": key in self.show}
            for key in [*self.show, *hidden]
        ]


def _hyper_keys(rule: Rule, rules: Sequence[Rule], shared: Sequence[str]) -> dict[str, str]:
    owners = Counter(name for other in rules for name in other.hyper)
    return {n: n if owners[n] == 1 or n in shared else f"{rule.name}.{n}" for n in rule.hyper}


def _reaching(key: str, declared: Param, wanted: tuple[float, float], value: float) -> Param:
    """`declared` over the `wanted` range, stretched to hold `value`."""
    low, high = interval(f"ranges[{key!r}]", wanted)
    low, high = min(low, value), max(high, value)
    if declared.scale == "log" and low <= 0:
        raise ValueError(f"{key} must be > 0 on a logarithmic slider, got {low:g}")
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
    step = 1.0 if key == "steps" else _round_step(high - low, 50)
    # Fine enough that the slider can stand exactly at its ends and at its first value.
    while key != "steps" and step > 1e-9 and not _on_grid(low, step, high, value):
        step /= 10
    owner, dot, _ = key.partition(".")
    label = param.label or key.replace("_", " ").replace(".", " ")
    if dot and owner in style.LABELS:
        label = f"{label} ({style.label(owner)})"
    return {
        "key": key,
        "label": label,
        "symbol": param.symbol,
        "unit": param.unit,
        "min": low,
        "max": high,
        "step": step,
        "scale": param.scale,
        "whole": key == "steps",
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
