"""TraceExplorer: the paths of one or several rules over the contours of an objective."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from d2l_ext import plots, style, symbolic
from d2l_ext.explorers import settings, snippets
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import Settings
from d2l_ext.noise import standard_normal
from d2l_ext.objectives import Objective, as_objective, as_start
from d2l_ext.params import Param
from d2l_ext.pieces import LIMIT
from d2l_ext.rules import RULES, Rule, as_rule
from d2l_ext.simulation import Trajectory, simulate


class TraceExplorer(Explorer):
    """Contours of a 2-D objective, traces of rules on it, and their loss; everything can be moved.

    Args:
        objective: An `Objective`, or any function of two coordinates written with operators and `ops`.
        rules: A rule, its name, or several of them.
        key: Name in links; default the objective's.
        start: Where all runs begin, shape ``(2,)``; default the objective's.
        steps: Number of steps at first.
        shared: Hyperparameters that several rules share one slider for.
        show: Which sliders to show, in order; default all.
        ranges: ``{key: (low, high)}`` for sliders that need another range than the declared one.
        marks: For sliders with a best value to show, a function that gives it; its arguments are named like
            the settings it depends on: ``{"lr": lambda kappa: ...}``.
        **values: First values of hyperparameters and of the objective's parameters, by key (see
            `d2l_ext.explorers.settings`).

    Raises:
        TraceError: If the objective or a rule cannot run on symbols.
        TypeError, ValueError: For an objective that is not 2-D, and for unknown or invalid values.

    Example:
        >>> explorer = TraceExplorer(lambda x, y: 0.1 * x**2 + 2 * y**2, "momentum", lr=0.6)
        >>> explorer.values["lr"], list(explorer.values)
        (0.6, ['lr', 'momentum', 'steps', 'start.0', 'start.1'])
    """

    def __init__(
        self,
        objective: Any,
        rules: Any,
        *,
        key: str | None = None,
        start: Any = None,
        steps: int = 40,
        shared: Sequence[str] = ("lr",),
        show: Iterable[str] | None = None,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        marks: Mapping[str, Callable[..., Any]] | None = None,
        **values: Any,
    ) -> None:
        objective = _plane(as_objective(objective))
        chosen = [as_rule(rule) for rule in (rules if isinstance(rules, list | tuple) else [rules])]
        names = [rule.name for rule in chosen]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"rules must be one or several different ones, got {names}")
        start = as_start(objective, start)
        if key is not None and not isinstance(key, str):
            raise TypeError(f"key must be a string, got {key!r}")
        self._objective, self._rules = objective, chosen
        params, self._hyper, self._params = _keys(objective, chosen, settings.names("shared", shared))
        params["steps"] = settings.steps_param(steps)
        if "noise" in objective.inputs:
            params["seed"] = settings.SEED
        colors = style.color_names(names)
        super().__init__(
            "trace",
            objective.name.replace("_", "-").lower() if key is None else key,
            title=f"{' and '.join(map(style.label, names))} on {objective.name}",
            settings=Settings.of("TraceExplorer", params, values, show=show, ranges=ranges),
            program=_program(objective, chosen),
            lines=[(style.label(name), color) for name, color in zip(names, colors, strict=True)],
            snippet=_snippet(objective, chosen, self._hyper, self._params),
            points=settings.place(objective, start),
            first={"start.0": start[0], "start.1": start[1]},
            marks=marks,
            params=list(self._params.items()),
            rules=[
                {
                    "name": name,
                    "color": color,
                    "dash": style.PATTERNS[style.dash(name)],
                    "hyper": self._hyper[name],
                }
                for name, color in zip(names, colors, strict=True)
            ],
            window=objective.window,
            minimizers=objective.minimizers,
            contours={"levels": style.CONTOUR_LEVELS, "power": style.CONTOUR_POWER},
            noisy="noise" in objective.inputs,
            maxDots=style.MAX_DOTS,
            diverged=LIMIT,
        )

    def __repr__(self) -> str:
        numbers = ", ".join(f"{key}={value:g}" for key, value in self.values.items())
        rules = ", ".join(rule.name for rule in self._rules)
        return f"TraceExplorer({self._objective.name}: {rules}; {numbers})"

    def runs(self) -> list[Trajectory]:
        """What the explorer shows now, run in PyTorch: one `Trajectory` a rule."""
        values = self.values
        objective = self._objective.at(**{n: values[key] for n, key in self._params.items()})
        start, steps = (values["start.0"], values["start.1"]), values["steps"]
        noise = standard_normal((steps, 2), seed=values["seed"]) if "noise" in objective.inputs else None
        return [
            simulate(
                objective,
                rule,
                start,
                steps=steps,
                noise=noise,
                **{name: values[key] for name, key in self._hyper[rule.name].items()},
            )
            for rule in self._rules
        ]

    def result(self) -> dict[str, Any]:
        return {
            "runs": {
                run.rule.name: {
                    "theta": run.theta[-1].tolist(),
                    "loss": float(run.loss[-1]),
                    "floor": float(run.loss[run.steps // 2 + 1 :].mean()),
                    "diverged": not (np.abs(run.theta) <= LIMIT).all(),
                }
                for run in self.runs()
            }
        }

    @property
    def alt(self) -> str:
        ends = [
            f"{style.label(run.rule.name)} goes from {_point(run, 0)} to {_point(run, -1)} "
            f"in {run.steps} steps, loss {run.loss[-1]:.3g}"
            for run in self.runs()
        ]
        return f"Contours of {self._objective.name} with traces. {'; '.join(ends)}."

    def figure(self) -> Figure:
        runs = self.runs()
        with style.rc():
            figure = Figure(layout="constrained")
            plane, loss = figure.subplots(1, 2, width_ratios=(1.75, 1))
            plots.plot_trace(*runs, ax=plane)
            plots.plot_loss(*runs, ax=loss)
        return figure


def _plane(objective: Objective) -> Objective:
    """`objective` if a plane can show it."""
    if len(objective.start) != 2:
        raise ValueError(f"objective must have 2 coordinates, {objective.name} has {len(objective.start)}")
    return objective


def _keys(
    objective: Objective, rules: Sequence[Rule], shared: Sequence[str]
) -> tuple[dict[str, Param], dict[str, dict[str, str]], dict[str, str]]:
    """Every setting by its key; for each rule, and for the objective, the keys by their own names."""
    owners = Counter(name for rule in rules for name in rule.hyper)
    hyper = {
        rule.name: {n: n if owners[n] == 1 or n in shared else f"{rule.name}.{n}" for n in rule.hyper}
        for rule in rules
    }
    # Reversed, so that of rules that share a setting the first one declares it.
    params = {key: rule.hyper[name] for rule in reversed(rules) for name, key in hyper[rule.name].items()}
    params = {key: params[key] for keys in hyper.values() for key in keys.values()}
    own = {name: f"objective.{name}" if name in params else name for name in objective.params}
    return params | {key: objective.params[name] for name, key in own.items()}, hyper, own


def _program(objective: Objective, rules: Sequence[Rule]) -> str:
    """The page's mathematics as a JavaScript module: ``value`` and, by rule, ``runs``."""
    value = symbolic.function(objective, name="value").javascript()
    runs = "".join(f'"{rule.name}": {symbolic.step(objective, rule).javascript()},\n' for rule in rules)
    return f"export {value}export const runs = {{\n{runs}}};\n"


def _snippet(
    objective: Objective,
    rules: Sequence[Rule],
    hyper_keys: Mapping[str, Mapping[str, str]],
    param_keys: Mapping[str, str],
) -> str:
    """Python that repeats what is shown."""
    own = [rule for rule in rules if RULES.get(rule.name) is not rule]
    lines = [symbolic.definition(rule) + "\n" for rule in own]
    lines.append(snippets.objective_line(objective, param_keys))
    seen = ""
    if "noise" in objective.inputs:
        lines.append("shocks = noise.standard_normal((«steps», 2), seed=«seed»)")
        seen = "noise=shocks, "
    for rule in rules:
        name = rule.name if rule in own else f"rules.{rule.name}"
        hyper = snippets.arguments(hyper_keys[rule.name])
        lines += [
            f"run_{rule.name} = simulate(f, {name}, («start.0», «start.1»), steps=«steps», {seen}{hyper})",
            f"print(run_{rule.name}.theta[-1], run_{rule.name}.loss[-1])",
        ]
    return snippets.importing("\n".join(lines) + "\n")


def _point(run: Trajectory, k: int) -> str:
    return f"({', '.join(f'{c:.3g}' for c in run.theta[k])})"
