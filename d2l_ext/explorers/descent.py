"""DescentExplorer: gradient descent on an objective of one coordinate, its learning rate in units of 1/L."""

from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from d2l_ext import ops, rules, style, symbolic, theory
from d2l_ext.explorers import settings, snippets
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.course import TOLERANCES, told
from d2l_ext.explorers.settings import Settings
from d2l_ext.lipschitz import PLACES, smoothness
from d2l_ext.objectives import Objective, as_objective, as_start
from d2l_ext.params import Param, number
from d2l_ext.simulation import Trajectory, simulate

# An objective without curvature has no 1/L; its learning rate is then a large number.
FLAT = 1e-12


def rate(z: Any, L: Any) -> Any:
    """The learning rate that is z in units of 1/L."""
    return z / ops.maximum(L, FLAT)


class DescentExplorer(Explorer):
    """Iterates of gradient descent on a curve, the cobweb of its map, and x against step.

    The learning rate is set in units of 1/L. Where L is not given it is the largest |f''| in the window, see
    `smoothness`: a promise about runs that stay there.

    Args:
        objective: An `Objective` of one coordinate, or any function of one written with operators and `ops`.
        key: Name in links; default the objective's.
        z: lr × L.
        L: The smoothness constant, where it is known for all x.
        start: Where the run begins, in the window; default the objective's start.
        steps: Number of steps at first.
        bound: Draw the parabola of curvature L that touches the curve at the start; on it, the end of a step.
        show: Which sliders to show, in order; default all.
        ranges: ``{key: (low, high)}`` for sliders that need another range than the declared one.
        marks: For sliders with a value to mark, a function that gives it.
        **values: First values of the objective's parameters.

    Raises:
        TraceError: If the objective cannot run on symbols.
        TypeError, ValueError: For an objective that is not 1-D, and for unknown or invalid values.

    Example:
        >>> explorer = DescentExplorer(lambda x: x**2, z=1.5, steps=40)
        >>> explorer.result()["L"], explorer.result()["kind"], explorer.result()["turns"]
        (2.0, 'settled', 23)
    """

    def __init__(
        self,
        objective: Any,
        *,
        key: str | None = None,
        z: float = 0.5,
        L: float | None = None,
        start: Any = None,
        steps: int = 40,
        bound: bool = False,
        show: Iterable[str] | None = None,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        marks: Mapping[str, Callable[..., Any]] | None = None,
        **values: Any,
    ) -> None:
        objective = self._objective = _line(as_objective(objective))
        start = as_start(objective, start)
        self._given = None if L is None else _positive(L)
        if key is not None and not isinstance(key, str):
            raise TypeError(f"key must be a string, got {key!r}")
        own = {"z", "steps"}
        self._params = {name: f"objective.{name}" if name in own else name for name in objective.params}
        params = {
            "z": Param(0.5, (0, 4), symbol="η", label="learning rate", unit="/ L", valid=(0, inf)),
            **{name: objective.params[n] for n, name in self._params.items()},
            "steps": settings.steps_param(steps),
        }
        super().__init__(
            "descent",
            objective.name.replace("_", "-").lower() if key is None else key,
            title=f"Gradient descent on {objective.name}",
            settings=Settings.of("DescentExplorer", params, {"z": z, **values}, show=show, ranges=ranges),
            program=_program(objective),
            lines=[("Learning rate", "ink"), ("Run", "gd"), ("Loss", "soft")],
            tall=4 / 3,
            snippet=_snippet(objective, self._params, self._given),
            points=settings.place(objective, start),
            first={"start.0": start[0]},
            marks=marks,
            params=list(self._params.items()),
            window=objective.window,
            minimizers=objective.minimizers,
            L=self._given,
            places=PLACES,
            bound=bool(bound),
            tolerances=TOLERANCES,
            maxDots=style.MAX_DOTS,
        )

    def __repr__(self) -> str:
        numbers = ", ".join(f"{key}={value:g}" for key, value in self.values.items())
        return f"DescentExplorer({self._objective.name}; {numbers})"

    def _now(self) -> tuple[Objective, float]:
        """The objective with its parameters as they are, and its L."""
        objective = self._objective.at(**{n: self.values[key] for n, key in self._params.items()})
        return objective, smoothness(objective) if self._given is None else self._given

    def run(self) -> Trajectory:
        """What the explorer shows now, run in PyTorch."""
        objective, L = self._now()
        start, steps = (self.values["start.0"],), self.values["steps"]
        return simulate(objective, rules.gd, start, steps=steps, lr=rate(self.values["z"], L))

    def result(self) -> dict[str, Any]:
        return {"L": self._now()[1], **told(self.run())}

    @property
    def alt(self) -> str:
        found, values = self.result(), self.values
        where = " and ".join(f"{point:.4g}" for point in found["points"] or ())
        does = {
            "lost": f"is lost at step {found['step']}",
            "still": "does not move",
            "settled": f"settles at {where} after {found['turns']} turns",
            "cycle": f"ends in a cycle between {where}",
            "under way": "is still on its way",
            "wandering": "wanders",
        }[found["kind"]]
        return (
            f"The curve of {self._objective.name} with the iterates of gradient descent on it, from "
            f"x = {values['start.0']:g} with learning rate {values['z']:g}/L: it {does}. Beside it the next "
            f"iterate against this one, with the run as stairs, and the iterate against the step."
        )

    def figure(self) -> Figure:
        run, window = self.run(), self._objective.window[0]
        # A run that runs away is drawn until it has left the picture.
        gone = ~(np.abs(run.theta[:, 0] - np.mean(window)) <= 1.5 * (window[1] - window[0]))
        end = int(np.argmax(gone)) + 1 if gone.any() else len(gone)
        x, loss = run.theta[:end, 0], run.loss[:end]
        few = len(gone) <= style.MAX_DOTS + 1
        look: Any = {"color": style.palette("light")["gd"], "linewidth": 1, "marker": "o" if few else ""}
        with style.rc():
            figure = Figure(figsize=(7.4, 4.2), layout="constrained")
            axes = figure.subplot_mosaic("lc;lt", width_ratios=(1.6, 1), height_ratios=(1.35, 1))
            self._draw_curve(axes["l"])
            many: Any = {"linestyle": "", "marker": ".", "alpha": 0.4}
            axes["l"].plot(x, loss, markersize=3.5, **(look if few else look | many))
            ring: Any = {"markersize": 9, "mfc": "white", "mec": look["color"], "mew": 2}
            axes["l"].plot(x[0], loss[0], "o", **ring)
            self._draw_cobweb(axes["c"], x)
            axes["t"].plot(x, markersize=2.5, **look)
            axes["t"].set(
                xlabel="step", ylabel="$x$", xlim=np.array((-0.02, 1.02)) * (len(gone) - 1), ylim=window
            )
        return figure

    def _draw_curve(self, ax: Axes) -> None:
        colors, window = style.palette("light"), self._objective.window[0]
        objective, L = self._now()
        x = np.linspace(*window, 2001)
        with np.errstate(all="ignore"):
            f = np.broadcast_to(objective(x), x.shape)
        ax.plot(x, f, color=colors["soft"], linewidth=1.2)
        if self.spec["bound"]:
            start = self.values["start.0"]
            slope = start - self._step(start, lr=1.0)
            bound = theory.quadratic_bound(x, start, objective(start), slope, L)
            ax.plot(x, bound, "--", color=colors["soft"], linewidth=1)
            end = self._step(start, lr=rate(self.values["z"], L))
            reached = theory.quadratic_bound(end, start, objective(start), slope, L)
            ax.plot(end, reached, "s", color=colors["soft"], markersize=6)
        for (place,) in objective.minimizers:
            ax.plot(place, objective(place), "x", color=colors["soft"], markersize=8)
        low, high = float(np.nanmin(f)), float(np.nanmax(f))
        margin = 0.07 * (high - low or 1)
        ax.set(xlim=window, ylim=(low - margin, high + margin), xlabel="$x$", ylabel="$f(x)$")

    def _draw_cobweb(self, ax: Axes, x: np.ndarray) -> None:
        colors, window = style.palette("light"), self._objective.window[0]
        at, lr = np.linspace(*window, 121), rate(self.values["z"], self._now()[1])
        ax.plot(at, [self._step(u, lr=lr) for u in at], color=colors["ink"])
        ax.plot(window, window, color=colors["soft"], linewidth=1)
        stairs = np.repeat(x, 2)
        ax.plot(stairs[:-1], [window[0], *stairs[2:]], color=colors["gd"], linewidth=1)
        ax.set(xlim=window, ylim=window, aspect="equal", xlabel="$x$", ylabel="next $x$")

    def _step(self, x: float, *, lr: float) -> float:
        """Where a single step from x leads."""
        return float(simulate(self._now()[0], rules.gd, (x,), steps=1, lr=lr).theta[1, 0])


def _line(objective: Objective) -> Objective:
    """`objective` if a curve can show it."""
    if len(objective.start) != 1:
        raise ValueError(f"objective must have 1 coordinate, {objective.name} has {len(objective.start)}")
    if objective.inputs:
        raise ValueError(f"objective must not change from step to step; it takes {objective.inputs[0]}")
    return objective


def _positive(L: Any) -> float:
    L = number("L", L)
    if L <= 0:
        raise ValueError(f"L must be > 0, got {L:g}")
    return L


def _program(objective: Objective) -> str:
    """The page's mathematics: the objective, its two derivatives, the parabola over it, the run."""
    parts = [
        symbolic.function(objective, name="value"),
        symbolic.derivative(objective, name="slope"),
        symbolic.derivative(objective, order=2, name="curvature"),
        symbolic.function(theory.quadratic_bound, name="bound"),
        symbolic.function(rate),
        symbolic.step(objective, rules.gd),
    ]
    return "".join(f"export {part.javascript()}" for part in parts)


def _snippet(objective: Objective, keys: Mapping[str, str], L: float | None) -> str:
    """Python that repeats what is shown."""
    lines = [
        snippets.objective_line(objective, keys),
        f"L = {'smoothness(f)' if L is None else repr(L)}",
        "run = simulate(f, rules.gd, «start.0», steps=«steps», lr=«z» / L)",
        "print(L, run.theta[-1], run.loss[-1])",
    ]
    return snippets.importing("\n".join(lines) + "\n")
