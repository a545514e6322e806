"""OnlineExplorer: a rare large gradient, Adam that walks the wrong way, and AMSGrad that does not."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from d2l_ext import objectives, ops, rules, style, symbolic, theory
from d2l_ext.explorers import settings
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import Settings
from d2l_ext.params import Param, number
from d2l_ext.simulation import simulate
from d2l_ext.theory.online import HALVINGS, LEVELS, adam_move, online_share

PROBLEM = objectives.rare_gradient
# The same without walls: what a step would be, wherever the iterate is.
FREE = replace(PROBLEM, project=None)
METHODS = {"gd": rules.gd, "adam": rules.adam, "amsgrad": rules.amsgrad_paper}
RULES = {name: rules.fading(rule, name) for name, rule in METHODS.items()}
ADAPTIVE = ("adam", "amsgrad")
COLORS = {"gd": "gd", "adam": "adam", "amsgrad": "other-0"}
RATE = {"scale": "log", "symbol": "η₁", "label": "first learning rate", "valid": (0, inf)}
EPS = float(rules.adam.hyper["eps"])
# Steps whose effective learning rates are drawn: the last two cycles, but at least so many.
CLOSE = 12

_SNIPPET = """from d2l_ext import objectives, rules, simulate, theory

f = objectives.rare_gradient.at(big=«big», period=«period»)
how = {"steps": «steps», "lr": «lr», "power": «power»}
betas = («betas.0», «betas.1»)
for rule in (rules.adam, rules.amsgrad_paper):
    run = simulate(f, rules.fading(rule), «start.0», betas=betas, **how)
    print(run.theta[-1, 0])
print(simulate(f, rules.fading(rules.gd), «start.0», **how).theta[-1, 0])
print(*theory.online_drift(«big», «period», *betas))
print(theory.online_border(«big», «period», betas[0]))
"""


class OnlineExplorer(Explorer):
    """Gradients C, -1, ..., -1 on [-1, 1]: runs, effective learning rates, a cycle, a map of where Adam goes.

    Adam is PyTorch's, AMSGrad is as published. The learning rate of step t is ``lr / t**power``.

    Args:
        key: Name in links.
        big: The large gradient C.
        period: Steps from one large gradient to the next.
        betas: Decay rates of both moments.
        lr, power: The learning rate of the first step, and how it fades.
        steps: Number of steps at first.
        start: Where the runs begin, in [-1, 1].
        show: Which sliders to show, in order.
        ranges: ``{key: (low, high)}`` for sliders that need another range than the declared one. From
            β₂ = 0.5 on the map shows it by its distance from 1.
        plain: Whether gradient descent is drawn, too.

    Raises:
        TypeError, ValueError: For unknown or invalid values.

    Example:
        >>> result = OnlineExplorer(steps=100).result()
        >>> [round(result[name]["x"], 3) for name in ("adam", "amsgrad")], round(result["border"], 3)
        ([0.948, -1.0], 0.472)
    """

    def __init__(
        self,
        *,
        key: str = "online",
        big: float = 3.0,
        period: int = 3,
        betas: tuple[float, float] = (0.0, 0.1),
        lr: float = 0.5,
        power: float = 0.5,
        steps: int = 100,
        start: Any = None,
        show: Iterable[str] | None = ("big", "betas.1", "lr", "steps"),
        ranges: Mapping[str, tuple[float, float]] | None = None,
        plain: bool = True,
    ) -> None:
        self._kept: Any = None
        adam = RULES["adam"].hyper
        params = {
            "big": PROBLEM.params["big"],
            "period": PROBLEM.params["period"],
            "betas.0": Param(0.0, (0, 0.99), symbol="β₁", label="decay of m", valid=(0, 1)),
            "betas.1": adam["betas.1"],
            "lr": Param(0.5, (0.001, 1), **RATE),
            "power": adam["power"],
            "steps": settings.steps_param(steps),
        }
        given = {"big": big, "period": period, "betas": betas, "lr": lr, "power": power, "steps": steps}
        chosen = Settings.of("OnlineExplorer", params, given, show=show, ranges=ranges)
        walls = replace(PROBLEM, window=(PROBLEM.project,))
        start = number("start", PROBLEM.start[0] if start is None else start)
        super().__init__(
            "online",
            key,
            title="A rare large gradient",
            settings=chosen,
            program=_program(),
            lines=[("Adam", COLORS["adam"]), ("AMSGrad", COLORS["amsgrad"]), ("Border", "ink")],
            snippet=_SNIPPET,
            points=settings.place(walls, (start,)),
            first={"start.0": start},
            walls=PROBLEM.project,
            colors=COLORS,
            labels={"gd": "GD", "adam": "Adam", "amsgrad": "AMSGrad"},
            adaptive=ADAPTIVE,
            drawn=[*ADAPTIVE, "gd"] if plain else ADAPTIVE,
            deep=chosen.params["betas.1"].range[0] >= 0.5,
            eps=EPS,
            close=CLOSE,
            levels=LEVELS.tolist(),
            halvings=HALVINGS,
            maxDots=style.MAX_DOTS,
        )

    def __repr__(self) -> str:
        return f"OnlineExplorer({', '.join(f'{key}={value:g}' for key, value in self.values.items())})"

    @property
    def _cycle(self) -> tuple[float, int, float, float]:
        """What the theory of a cycle takes."""
        values = self.values
        return values["big"], int(values["period"]), values["betas.0"], values["betas.1"]

    def _run(self, name: str, problem: Any, start: float, **changed: Any) -> np.ndarray:
        """Positions of a method, shape ``(steps + 1,)``."""
        big, period, beta1, beta2 = self._cycle
        hyper: dict[str, Any] = {"lr": self.values["lr"], "power": self.values["power"]}
        if name in ADAPTIVE:
            hyper["betas"] = (beta1, beta2)
        bound = problem.at(big=big, period=period)
        steps = int(self.values["steps"])
        return simulate(bound, RULES[name], start, steps=steps, **{**hyper, **changed}).theta[:, 0]

    def _computed(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Positions, and effective learning rates of the last steps; kept while nothing changes."""
        now = tuple(self.values.items())
        if self._kept is None or self._kept[0] != now:
            runs = {name: self._run(name, PROBLEM, self.values["start.0"]) for name in RULES}
            self._kept = now, (runs, self._rates())
        return self._kept[1]

    def _rates(self) -> dict[str, np.ndarray]:
        """Without memory in m and without walls, a step is the gradient times the effective learning rate."""
        big, period, _, beta2 = self._cycle
        steps = int(self.values["steps"])
        close = min(steps, max(CLOSE, 2 * period))
        slopes = np.array([PROBLEM(1.0, t=t, big=big, period=period) for t in range(1, steps + 1)])
        free = {name: self._run(name, FREE, 0.0, betas=(0.0, beta2)) for name in ADAPTIVE}
        return {name: (-np.diff(path) / slopes)[steps - close :] for name, path in free.items()}

    def result(self) -> dict[str, Any]:
        big, period, beta1, _ = self._cycle
        runs, rates = self._computed()
        found: dict[str, Any] = {
            name: {"x": float(runs[name][-1]), "drift": float(drift), "rate": float(rates[name][-1])}
            for name, drift in zip(ADAPTIVE, theory.online_drift(*self._cycle), strict=True)
        }
        border = theory.online_border(big, period, beta1)
        mean = sum(PROBLEM(1.0, t=t, big=big, period=period) for t in range(1, period + 1))
        best = 0 if abs(mean) < 1e-9 else -1 if mean > 0 else 1
        return {**found, "gd": {"x": float(runs["gd"][-1])}, "best": best, "border": border}

    @property
    def alt(self) -> str:
        found, values = self.result(), self.values
        ends = " and ".join(
            f"{label} is at {found[name]['x']:.3g} after {values['steps']} steps and moves "
            f"{found[name]['drift']:+.2f} learning rates a cycle"
            for name, label in (("adam", "Adam"), ("amsgrad", "AMSGrad"))
        )
        border = found["border"]
        where = "has no border" if np.isnan(border) else f"has its border at β₂ = {border:.3f}"
        return (
            f"Positions between -1 and 1 against steps: {ends}. Below, effective learning rates: Adam's is "
            f"least when the large gradient arrives, AMSGrad's never rises. Beside, a cycle step by step, "
            f"and a map of where Adam goes, with C across and β₂ up; at C = {values['big']:g} it {where}."
        )

    def figure(self) -> Figure:
        with style.rc():
            figure = Figure(figsize=(7.4, 4.4), layout="constrained")
            axes = figure.subplot_mosaic("pm;rc", width_ratios=(1.5, 1), height_ratios=(1.3, 1))
            self._draw_positions(axes["p"])
            self._draw_rates(axes["r"])
            self._draw_cycle(axes["c"])
            self._draw_map(axes["m"])
        return figure

    def _draw_positions(self, ax: Axes) -> None:
        colors = style.palette("light")
        runs = self._computed()[0]
        for name in reversed(self.spec["drawn"]):
            path, label, wide = runs[name], self.spec["labels"][name], 1 if name == "gd" else 1.8
            ax.plot(path, color=colors[COLORS[name]], linewidth=wide, label=label)
        ax.plot(0, self.values["start.0"], "o", mfc="white", mec=colors["ink"], markersize=8, clip_on=False)
        ax.set(ylim=(-1.08, 1.08), yticks=(-1, 0, 1), xlabel="step", ylabel="$x$")
        ax.legend(frameon=False, ncols=3, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), borderpad=0)

    def _draw_rates(self, ax: Axes) -> None:
        colors, steps = style.palette("light"), int(self.values["steps"])
        for name, rates in self._computed()[1].items():
            at = np.arange(steps - len(rates) + 1, steps + 1)
            ax.plot(at, rates, "o-", color=colors[COLORS[name]], markersize=3, linewidth=1)
        ax.set(ylim=(0, None), xlabel="step", ylabel="effective η")

    def _draw_cycle(self, ax: Axes) -> None:
        colors, (big, period, beta1, beta2) = style.palette("light"), self._cycle
        moves = theory.online_moves(np.arange(period), big, period, beta1, beta2)
        for name, move in zip(ADAPTIVE, moves, strict=True):
            ax.plot(
                np.append(0, np.cumsum(move)), "o-", color=colors[COLORS[name]], markersize=3, linewidth=1.4
            )
        ax.axhline(0, color=colors["soft"], linewidth=0.8)
        ax.set(xlabel="step of a cycle", ylabel="moved / η")

    def _draw_map(self, ax: Axes) -> None:
        colors, (big, period, beta1, beta2) = style.palette("light"), self._cycle
        bounds = {c["key"]: (c["min"], c["max"]) for c in self.spec["controls"]}
        across, (low, high) = np.linspace(*bounds["big"], 121), bounds["betas.1"]
        deep = self.spec["deep"]
        up = _height(np.linspace(_depth(low), _depth(high), 121)) if deep else np.linspace(low, high, 121)
        drift, right = theory.online_drift(across, period, beta1, up[:, None])
        ax.contourf(across, up, -drift * np.sign(right), levels=(0, np.inf), colors=[colors["shade"]])
        ax.plot(big, beta2, "o", mfc="white", mec=colors["ink"], mew=2, markersize=8)
        if deep:
            ax.set_yscale("function", functions=(_depth, _height))
            ax.set_yticks([v for v in 1 - 0.1 ** np.arange(1, 6) if low <= v <= high])
            ax.yaxis.set_major_formatter("{x:g}")
        ax.set(xlabel="$C$", ylabel="β₂", ylim=(low, high))
        ax.set_title("shaded: Adam to the worst point", fontsize=8.5)


def _depth(beta2: Any) -> Any:
    """How near to 1, in e-foldings."""
    return -ops.log(1 - beta2)


def _height(depth: Any) -> Any:
    """The β₂ of a depth."""
    return 1 - ops.exp(-depth)


def _program() -> str:
    """The page's mathematics: runs between walls and without, the gradient, a cycle in the long run."""

    def slope(t, big, period):
        return PROBLEM(1.0, t=t, big=big, period=period)

    parts = [
        symbolic.function(slope),
        symbolic.function(online_share, name="share"),
        symbolic.function(adam_move, name="move"),  # Adam's of its shares, for the borders
        symbolic.function(theory.online_moves, name="moves"),
        symbolic.function(_depth, name="depth"),
        symbolic.function(_height, name="height"),
    ]
    between = ",\n".join(
        f"{name}: {symbolic.step(PROBLEM, rule).javascript()}" for name, rule in RULES.items()
    )
    free = ",\n".join(f"{name}: {symbolic.step(FREE, RULES[name]).javascript()}" for name in ADAPTIVE)
    code = "".join(f"export {part.javascript()}" for part in parts)
    return f"{code}export const runs = {{\n{between}\n}};\nexport const free = {{\n{free}\n}};\n"
