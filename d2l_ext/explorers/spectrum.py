"""SpectrumExplorer: three methods, usually tuned, on one quadratic, its error direction by direction."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from d2l_ext import objectives, ops, rules, style, symbolic, theory
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import MAX_STEPS, Settings
from d2l_ext.params import Param, whole
from d2l_ext.simulation import Trajectory, simulate

RULES = (rules.gd, rules.momentum, rules.nesterov)
LABELS = {"gd": "Gradient descent", "momentum": "Heavy ball", "nesterov": "Nesterov"}
DIRECTIONS = 9
TOLERANCE = 1e-6
KAPPA = Param(20.0, (1.5, 1e4), scale="log", symbol="κ", label="condition number", valid=(1.01, 1e8))
HEIGHTS = (-8.0, 1.7)  # powers of ten that the pictures show


def _set(best: theory.Optimum, factor: Any, radius: Any, kappa: Any) -> tuple[Any, Any, Any, Any]:
    """Learning rate, momentum, and the radius in the flattest and in the steepest direction."""
    lr = factor * best.lr
    flat = _unless_best(factor, best.rate, radius(lr / kappa, best.momentum))
    return lr, best.momentum, flat, radius(lr, best.momentum)


def _unless_best(factor: Any, rate: Any, radius: Any) -> Any:
    """At the best itself eigenvalues coincide: the formula has the root of a rounding error in it."""
    return ops.where(ops.absolute(factor - 1) < 1e-9, rate, radius)


def gd(kappa: Any, factor: Any) -> tuple[Any, Any, Any, Any]:
    """The best gradient descent for curvatures in [1/κ, 1], its learning rate multiplied by `factor`."""
    return _set(theory.optimal_gd(1 / kappa, 1.0), factor, lambda z, _: ops.absolute(1 - z), kappa)


def momentum(kappa: Any, factor: Any) -> tuple[Any, Any, Any, Any]:
    """The same for the heavy ball."""
    best = theory.optimal_heavy_ball(1 / kappa, 1.0)
    lr, beta, flat, steep = _set(best, factor, theory.spectral_radius, kappa)
    return lr, beta, flat, _unless_best(factor, best.rate, steep)


def nesterov(kappa: Any, factor: Any) -> tuple[Any, Any, Any, Any]:
    """The same for Nesterov's method at its usual settings."""
    return _set(theory.optimal_nesterov(1 / kappa, 1.0), factor, theory.nesterov_radius, kappa)


BEST = {definition.__name__: definition for definition in (gd, momentum, nesterov)}


class SpectrumExplorer(Explorer):
    """Gradient descent, heavy ball and Nesterov on a quadratic of nine curvatures from 1/κ to 1.

    Each runs at its usual momentum for that κ and at its usual learning rate times a common factor. For
    gradient descent and heavy ball the usual settings are the best, for Nesterov they are those for
    lr = 1/L. All directions start with the same error. Pictures show the size of each, of all together,
    and ρᵗ.

    Args:
        key: Name in links.
        kappa: Condition number at first.
        factor: Learning rate in units of the usual one at first.
        steps: Number of steps at first.
        show: Which sliders to show, in order; default all.
        ranges: ``{key: (low, high)}`` for sliders that need another range than the declared one.

    Raises:
        TypeError, ValueError: For unknown or invalid values.

    Example:
        >>> explorer = SpectrumExplorer(kappa=100)
        >>> {name: run["steps"] for name, run in explorer.result()["runs"].items()}
        {'gd': None, 'momentum': 89, 'nesterov': 146}
    """

    def __init__(
        self,
        *,
        key: str = "spectrum",
        kappa: float = 20.0,
        factor: float = 1.0,
        steps: int = 150,
        show: Iterable[str] | None = None,
        ranges: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        steps = whole("steps", steps, 1)
        most = max(1000, steps)
        params = {
            "kappa": KAPPA,
            "factor": Param(1.0, (0.2, 1.5), label="learning rate", unit="× usual", valid=(0, 10)),
            "steps": Param(steps, (1, most), label="steps", valid=(1, MAX_STEPS + 1)),
        }
        values = {"kappa": kappa, "factor": factor, "steps": steps}
        super().__init__(
            "spectrum",
            key,
            title="Three methods on one quadratic",
            settings=Settings.of("SpectrumExplorer", params, values, show=show, ranges=ranges),
            program=_program(),
            lines=[(LABELS[rule.name], rule.name) for rule in RULES],
            tall=4 / 3,
            snippet=_SNIPPET,
            rules=[{"name": rule.name, "label": LABELS[rule.name]} for rule in RULES],
            directions=DIRECTIONS,
            tolerance=TOLERANCE,
            heights=HEIGHTS,
        )

    def __repr__(self) -> str:
        numbers = ", ".join(f"{key}={value:g}" for key, value in self.values.items())
        return f"SpectrumExplorer({numbers})"

    def runs(self) -> list[Trajectory]:
        """What the explorer shows now, run in PyTorch: gradient descent, heavy ball, Nesterov."""
        kappa, factor, steps = (self.values[key] for key in ("kappa", "factor", "steps"))
        valley = objectives.quadratic(np.geomspace(1 / kappa, 1, DIRECTIONS))
        made = []
        for rule in RULES:
            lr, beta, *_ = BEST[rule.name](kappa, factor)
            hyper = {"lr": lr, "momentum": beta}
            made.append(simulate(valley, rule, steps=steps, **{name: hyper[name] for name in rule.hyper}))
        return made

    def result(self) -> dict[str, Any]:
        kappa, factor = self.values["kappa"], self.values["factor"]
        found = {run.rule.name: _found(run, *BEST[run.rule.name](kappa, factor)) for run in self.runs()}
        return {"runs": found}

    @property
    def alt(self) -> str:
        kappa, factor = self.values["kappa"], self.values["factor"]
        ends = [f"{LABELS[name]}: {_in_words(found)}" for name, found in self.result()["runs"].items()]
        return (
            f"Error against step on a logarithmic axis, in {DIRECTIONS} directions of a quadratic with "
            f"condition number {kappa:g}, learning rates {factor:g} times the usual. {'; '.join(ends)}."
        )

    def figure(self) -> Figure:
        colors = style.palette("light")
        runs, found = self.runs(), self.result()["runs"]
        with style.rc():
            figure = Figure(figsize=(7.4, 3.0), layout="constrained")
            pictures = figure.subplots(1, len(runs), sharey=True)
            for ax, run in zip(pictures, runs, strict=True):
                color, rate = colors[run.rule.name], max(found[run.rule.name]["rates"])
                with np.errstate(all="ignore"):
                    sizes, steps = np.log10(np.abs(run.theta)), np.arange(run.steps + 1)
                    total, theory_line = np.log10(_error(run)), steps * np.log10(rate)
                for i in reversed(range(DIRECTIONS)):  # the flat one last: its dashes lie on ρᵗ
                    ends = i in (0, DIRECTIONS - 1)
                    look = {"linestyle": "--" if i == 0 else "-", "alpha": 1 if ends else 0.4}
                    look["label"] = {0: "flat", 1: "between", DIRECTIONS - 1: "steep"}.get(i)
                    ax.plot(steps, sizes[:, i], color=color, linewidth=1, zorder=3 - 0.5 * (i > 0), **look)
                ax.plot(steps, total, color=color, linewidth=2.6, label="all")
                ax.plot(steps, theory_line, color=colors["ink"], linewidth=0.8, zorder=2.8, label="ρᵗ")
                ax.set(ylim=HEIGHTS, xlabel="step", title=LABELS[run.rule.name])
                ax.axhline(np.log10(TOLERANCE), color=colors["line"], linewidth=1, zorder=0)
            pictures[0].set(ylabel="log₁₀ of the error")
            looks = pictures[0].get_legend_handles_labels()
            figure.legend(*looks, loc="outside lower center", ncols=5, frameon=False)
        return figure


def _error(run: Trajectory) -> np.ndarray:
    """Distance from the minimum after each step, as a share of that at the start."""
    return np.sqrt((run.theta**2).sum(1) / DIRECTIONS)


def _found(run: Trajectory, lr: float, beta: float, flat: float, steep: float) -> dict[str, Any]:
    with np.errstate(all="ignore"):
        error = _error(run)
        below = np.flatnonzero(error < TOLERANCE)
    return {
        "lr": float(lr),
        "momentum": float(beta),
        "rates": [float(flat), float(steep)],
        "steps": int(below[0]) if len(below) else None,
        "error": float(error[-1]) if np.isfinite(error[-1]) else None,
        "slowest": slowest(flat, steep),
        "diverged": bool(max(flat, steep) > 1 + 1e-9),
    }


def slowest(flat: float, steep: float) -> str:
    """Which end of the spectrum holds a method up."""
    if abs(flat - steep) < 1e-9:
        return "both"
    return "flat" if flat > steep else "steep"


def _in_words(found: dict[str, Any]) -> str:
    if found["diverged"]:
        return f"diverges, {found['slowest']} end"
    if found["steps"] is not None:
        return f"error below {TOLERANCE:g} after {found['steps']} steps, ρ = {max(found['rates']):.4g}"
    return f"error {found['error']:.3g} times the first, ρ = {max(found['rates']):.4g}"


def _program() -> str:
    """The page's mathematics as a JavaScript module: by rule, ``runs`` in one direction and ``best``."""
    runs = "".join(f"{r.name}: {symbolic.step(objectives.parabola, r).javascript()},\n" for r in RULES)
    best = "".join(f"{name}: {symbolic.function(made).javascript()},\n" for name, made in BEST.items())
    return f"export const runs = {{\n{runs}}};\nexport const best = {{\n{best}}};\n"


_SNIPPET = f"""import numpy as np

from d2l_ext import objectives, rules, simulate, theory

valley = objectives.quadratic(np.geomspace(1 / «kappa», 1, {DIRECTIONS}))
for rule, optimal in [
    (rules.gd, theory.optimal_gd),
    (rules.momentum, theory.optimal_heavy_ball),
    (rules.nesterov, theory.optimal_nesterov),
]:
    usual = optimal(1 / «kappa», 1.0)
    hyper = {{"lr": «factor» * usual.lr, "momentum": usual.momentum}}
    hyper = {{name: hyper[name] for name in rule.hyper}}
    run = simulate(valley, rule, steps=«steps», **hyper)
    error = np.linalg.norm(run.theta, axis=1) / {DIRECTIONS**0.5:.12g}
    below = np.flatnonzero(error < {TOLERANCE:g})
    print(rule.name, hyper, error[-1], below[:1])
"""
