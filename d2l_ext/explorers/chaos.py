"""ChaosExplorer: gradient descent on two scales, its iterates, and how often it is where."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from d2l_ext import noise, objectives, ops, rules, style, symbolic, theory
from d2l_ext.explorers import settings
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.chaos_run import (
    BEGINNING,
    BINS,
    PLACES,
    TURN,
    averages,
    compiled,
    loaded,
    numbers,
    outcome,
    wells,
)
from d2l_ext.explorers.settings import MAX_STEPS, SEED, Settings
from d2l_ext.objectives import Objective, Rippled, as_objective, as_start
from d2l_ext.params import Param, whole
from d2l_ext.pieces import LIMIT

_SNIPPET = """\
import numpy as np

from d2l_ext import {names}

{define}
run = simulate(objective, rules.gd, «start.0», steps=«steps», lr=«lr»)
x = run.theta[«steps» // 5 :, 0]
# A chaotic run magnifies how PyTorch rounds a sine: its steps are not those of the page, its averages are.
print("descent", x.mean(), x.std(), (x < 0).mean())

T = theory.gibbs_temperature(«lr», {variance!r})
at = np.linspace({low!r}, {high!r}, {places})
p = theory.gibbs_density(objective.macro(at), at, T)
mean = np.trapezoid(p * at, at)
sd = np.sqrt(np.trapezoid(p * (at - mean) ** 2, at))
print("Gibbs", mean, sd, np.trapezoid(p * np.heaviside(-at, 0.5), at))
"""


class ChaosExplorer(Explorer):
    """A landscape with fine ripples, one long run of gradient descent on it, and how often it is where.

    The histogram is compared with Gibbs's density at T = lr·σ²/2, and with the same steps where the phase of
    the ripples is drawn at random. The page makes the very run that Python makes, bit for bit, if macro part
    and ripples are made of + - * /, whole powers, square roots, sine and cosine (`symbolic.portable`).

    Args:
        objective: What has the ripples: `objectives.multiscale` or any `objectives.rippled`.
        key: Name in links; default the objective's.
        start: Where the run begins; default the objective's own start.
        lr: Learning rate at first.
        steps: Number of steps at first, 10 to 10 000.
        seed: Of the random phases.
        show: Which sliders to show, in order; default all but the seed.
        ranges: ``{key: (low, high)}`` for sliders that need another range than the declared one.
        **values: First values of the objective's parameters.

    Raises:
        TraceError: If the objective cannot run on symbols.
        TypeError, ValueError: For an objective without ripples, and for unknown or invalid values.

    Example:
        >>> found = ChaosExplorer(lr=0.1, epsilon=0.001).result()
        >>> found["outcome"], f"{found['gibbs']['sd']:.3f}", abs(found["sd"] - found["gibbs"]["sd"]) < 0.02
        ('wanders', '0.158', True)
    """

    def __init__(
        self,
        objective: Any = objectives.multiscale,
        *,
        key: str | None = None,
        start: Any = None,
        lr: float = 0.1,
        steps: int = 5000,
        seed: int = 0,
        show: Iterable[str] | None = None,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        **values: Any,
    ) -> None:
        if not isinstance(objective, Rippled):
            raise TypeError(f"objective must be made by objectives.rippled, got {objective!r}")
        steps = whole("steps", steps, 10, MAX_STEPS)
        (at,) = as_start(objective, start)
        own = objective.params
        params = {
            "lr": rules.gd.hyper["lr"],
            **own,
            "steps": Param(steps, (10, MAX_STEPS), scale="log", label="steps", valid=(1, MAX_STEPS + 1)),
            "seed": SEED,
        }
        self._objective, self._params = objective, tuple(own)
        made = compiled(objective)
        self._functions = loaded(made)
        kicks = self._call("kick", TURN * np.arange(4096) / 4096)
        ((low, high),) = objective.window
        self._grid = np.linspace(low - (high - low), high + (high - low), PLACES)
        self._variance = float(kicks.var())
        super().__init__(
            "chaos",
            objective.name.replace("_", "-").lower() if key is None else key,
            title=f"Gradient descent on {objective.name}",
            settings=Settings.of(
                "ChaosExplorer",
                params,
                {"lr": lr, "steps": steps, "seed": seed, **values},
                show=[name for name in params if name != "seed"] if show is None else show,
                ranges=ranges,
            ),
            program="".join(f"export {part.javascript()}" for part in made.values()),
            lines=[("Descent", "gd"), ("Gibbs", "ink"), ("Random phases", "other-1")],
            snippet=_snippet(objective, self._variance, self._grid),
            points=settings.place(objective, (at,)),
            first={"start.0": at},
            name="f",
            params=list(own),
            window=objective.window,
            minimizers=[],
            maxDots=style.MAX_DOTS,
            variance=self._variance,
            wells=wells(objective.macro, self._grid[PLACES // 3 : -(PLACES // 3)]),
            numbers=numbers(),
        )

    def __repr__(self) -> str:
        told = ", ".join(f"{key}={value:g}" for key, value in self.values.items())
        return f"ChaosExplorer({self._objective.name}: {told})"

    def _call(self, name: str, *args: Any) -> Any:
        return self._functions[name](*args)

    def _own(self) -> list[float]:
        """The objective's parameters."""
        return [self.values[name] for name in self._params]

    def _macro(self, x: np.ndarray) -> np.ndarray:
        own = [self.values[name] for name in self._params if name != "epsilon"]
        return self._call("macro", x, *own)

    def run(self) -> np.ndarray:
        """Every iterate, ``(steps + 1,)``: those that the page shows."""
        return self._follow("gd", self._own(), np.zeros(self.values["steps"]))

    def scrambled(self) -> np.ndarray:
        """The same with random phases."""
        shares = noise.uniform(self.values["steps"], seed=self.values["seed"])
        own = [self.values[name] for name in self._params if name != "epsilon"]
        return self._follow("scrambled", own, self._call("kick", TURN * shares))

    def _follow(self, name: str, params: list[float], kicks: np.ndarray) -> np.ndarray:
        step, path = self._functions[name], [self.values["start.0"]]
        for k, kick in enumerate(kicks.tolist()):
            (x,), _ = step(k, path[-1:], [self.values["lr"]], params, [kick])
            path.append(float(x))
        return np.array(path)

    @np.errstate(all="ignore")
    def result(self) -> dict[str, Any]:
        x, lr = self.run(), self.values["lr"]
        begin = int(len(x[1:]) * BEGINNING)
        bends = self._call("bend", x, *self._own())
        grown = float(np.sum(self._call("growth", bends[begin:-1], lr)))
        ended, period = outcome(x, grown)
        temperature = self._call("temperature", lr, self._variance)
        f = self._macro(self._grid)
        weight = self._call("weight", f, f.min(), temperature)
        kept = x[begin:]
        return {
            "outcome": ended,
            "period": period,
            "x": float(x[-1]),
            "curvature": float(bends[-1]),
            "exponent": grown / (len(x) - 1 - begin),
            "low": float(kept.min()),
            "high": float(kept.max()),
            **averages(kept),
            "gibbs": {"temperature": float(temperature), **averages(self._grid, weight)},
            "scrambled": averages(self.scrambled()[begin:]),
        }

    @property
    def alt(self) -> str:
        found, values = self.result(), self.values
        said = {
            "wanders": f"They wander without settling, mean {found['mean']:.2g}, sd {found['sd']:.2g}",
            "rests": f"They come to rest at x = {found['x']:.4g}",
            "cycle": f"They end in a cycle of period {found['period']}",
            "moves": f"They have not come to rest at x = {found['x']:.4g}",
            "diverges": "They run away",
        }[found["outcome"]]
        return (
            f"A landscape with ripples of size {self._epsilon():g} and iterates of gradient descent on it, "
            f"learning rate {values['lr']:g}. {said}. Below it a histogram of the iterates and Gibbs's "
            f"density, sd {found['gibbs']['sd']:.2g}; beside it x against step."
        )

    def _epsilon(self) -> float:
        return self.values.get("epsilon", self._objective.bound.get("epsilon", 0.0))

    def figure(self) -> Figure:
        x, random = self.run(), self.scrambled()
        with style.rc():
            figure = Figure(figsize=(7.4, 4.6), layout="constrained")
            axes = figure.subplot_mosaic("lt;ht", width_ratios=(1.6, 1), height_ratios=(1.25, 1))
            self._draw_landscape(axes["l"], x)
            self._draw_histogram(axes["h"], x, random)
            axes["t"].plot(x, ".", markersize=1.5, color=style.palette("light")["gd"], alpha=0.5)
            axes["t"].set(xlabel="step", ylabel="$x$", ylim=self._objective.window[0])
        return figure

    def _draw_landscape(self, ax: Axes, x: np.ndarray) -> None:
        colors, (low, high) = style.palette("light"), self._objective.window[0]
        at, shown = np.linspace(low, high, 4001), x[np.abs(x) < LIMIT][-500:]
        ax.plot(at, self._call("value", at, *self._own()), color=colors["soft"], linewidth=0.9)
        ax.plot(shown, self._call("value", shown, *self._own()), ".", color=colors["gd"], alpha=0.3)
        ring = {"markersize": 8, "mfc": "white", "mec": colors["ink"], "mew": 1.8}
        ax.plot(x[0], self._call("value", x[0], *self._own()), "o", **ring)
        ax.set(xlim=(low, high), ylabel="$f(x)$")

    def _draw_histogram(self, ax: Axes, x: np.ndarray, random: np.ndarray) -> None:
        colors, window = style.palette("light"), self._objective.window[0]
        begin, f = int(len(x[1:]) * BEGINNING), self._macro(self._grid)
        density = theory.gibbs_density(
            f, self._grid, theory.gibbs_temperature(self.values["lr"], self._variance)
        )
        wide = (window[1] - window[0]) / BINS
        descent, chance = (
            np.histogram(path[begin:], BINS, window)[0] / (len(path[begin:]) * wide) for path in (x, random)
        )
        edges = np.linspace(*window, BINS + 1)
        ax.stairs(descent, edges, fill=True, color=colors["gd"], alpha=0.55)
        ax.plot(edges[:-1] + wide / 2, chance, ".", color=colors["other-1"], markersize=3)
        ax.plot(self._grid, density, color=colors["ink"], linewidth=1.4)
        ax.set(xlim=window, ylim=(0, 1.5 * density.max()), xlabel="$x$", ylabel="density")


def _snippet(objective: Rippled, variance: float, grid: np.ndarray) -> str:
    """Python that repeats what is shown; the view replaces each ``«key»`` by its value."""
    at = ", ".join(f"{name}=«{name}»" for name in objective.params)
    define = repr(objective)
    if not objective.is_shipped:
        ripple = "" if objective.ripple is ops.sin else f", {_written(as_objective(objective.ripple))}"
        define = f"objectives.rippled({_written(objective.macro)}{ripple})"
    define = f"objective = {define}" + (f".at({at})" if at else "")
    names = (
        "objectives, ops, rules, simulate, theory"
        if "ops." in define
        else "objectives, rules, simulate, theory"
    )
    return _SNIPPET.format(
        names=names, define=define, variance=variance, places=PLACES, low=float(grid[0]), high=float(grid[-1])
    )


def _written(part: Objective) -> str:
    """A macro part or a ripple as Python."""
    if part.is_shipped:
        return repr(part)
    defaults = "".join(f", {name}={float(value)!r}" for name, value in part.params.items())
    (x,) = part.coordinates
    return f"lambda {x}{', *' if defaults else ''}{defaults}: {symbolic.expression(part)}"
