"""BalancingExplorer: which minima of a factorisation gradient descent can stay at, and which it finds."""

from collections.abc import Iterable
from math import inf
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from d2l_ext import objectives, plots, rules, style, symbolic, theory
from d2l_ext.explorers import settings
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import MAX_STEPS, Settings
from d2l_ext.objectives import as_start
from d2l_ext.params import Param, whole
from d2l_ext.pieces import LIMIT, LONGEST_CYCLE
from d2l_ext.simulation import Trajectory, simulate

RATE = Param(3.0, (0.1, 4.1), symbol="η", label="learning rate", unit="/ L", valid=(1e-3, inf))
# At rest: a step moves no coordinate by more. In a cycle: it comes back this near, a step moves it far more.
REST, RETURNS, MOVES = 1e-10, 1e-9, 1e-4
# Most runs arrive within so many steps: more dots than elsewhere, since the last ones lie on each other.
DOTS = 150

_SNIPPET = """\
from d2l_ext import objectives, rules, simulate, theory

x, y, product = «start.0», «start.1», «product»
lr = «z» / theory.factorization_sharpness(x, y, product)
f = objectives.scalar_factorization.at(product=product)
run = simulate(f, rules.gd, (x, y), steps=«steps», lr=lr)
x, y = run.theta[-1]
print(lr, x, y, run.loss.max())
if abs(x) < 1e6 and abs(y) < 1e6:
    print(abs(abs(x) - abs(y)), lr * theory.factorization_sharpness(x, y, product))
"""


class BalancingExplorer(Explorer):
    """Gradient descent on ½(μ - xy)², whose minima are a hyperbola: sharp far out, flat where |x| = |y|.

    A circle holds the minima that this learning rate can stay at. Beside it η × sharpness along the run, with
    the line at 2, and the loss. The learning rate is measured in 1/L, where L is the sharpness at the start.

    The numbers of the page and of Python are the same to the last bit, even where a run is chaotic: a step
    and the sharpness are products, sums and a square root, done in the same order on both sides.

    Args:
        key: Name in links.
        z: ηL at first.
        product: μ at first.
        start: Where the run begins, shape ``(2,)``; default the objective's, next to a very sharp minimum.
        steps: Number of steps at first.
        show: Which sliders to show, in order; default all.

    Raises:
        TypeError, ValueError: For unknown or invalid values.

    Example:
        >>> found = BalancingExplorer(z=3.0, steps=60).result()
        >>> found["outcome"], round(found["imbalance"], 4), round(found["rated"], 4)
        ('minimum', 0.614, 0.4437)
    """

    def __init__(
        self,
        *,
        key: str = "balancing",
        z: float = 3.0,
        product: float = 1.0,
        start: Any = None,
        steps: int = 120,
        show: Iterable[str] | None = None,
    ) -> None:
        objective = objectives.scalar_factorization
        start = as_start(objective, start)
        steps = whole("steps", steps, 1)
        params = {
            "z": RATE,
            "product": objective.params["product"],
            "steps": Param(steps, (1, max(400, steps)), label="steps", valid=(1, MAX_STEPS + 1)),
        }
        super().__init__(
            "balancing",
            key,
            title="Gradient descent on (μ − xy)²/2",
            settings=Settings.of("BalancingExplorer", params, {"z": z, "product": product}, show=show),
            program=_program(),
            lines=[("Run", "gd"), ("Stable minima", "ink"), ("Loss", "gd")],
            snippet=_SNIPPET,
            points=settings.place(objective, start),
            first={"start.0": start[0], "start.1": start[1]},
            window=objective.window,
            minimizers=[],
            contours={"levels": style.CONTOUR_LEVELS, "power": style.CONTOUR_POWER},
            maxDots=DOTS,
            tests={
                "limit": LIMIT,
                "rest": REST,
                "returns": RETURNS,
                "moves": MOVES,
                "longest": LONGEST_CYCLE,
            },
        )

    def __repr__(self) -> str:
        return f"BalancingExplorer({', '.join(f'{name}={value:g}' for name, value in self.values.items())})"

    @property
    def lr(self) -> float:
        """The learning rate η."""
        start = self.values["start.0"], self.values["start.1"]
        return float(self.values["z"] / theory.factorization_sharpness(*start, self.values["product"]))

    def run(self) -> Trajectory:
        """What the explorer shows now, run in PyTorch."""
        values = self.values
        objective = objectives.scalar_factorization.at(product=values["product"])
        start = values["start.0"], values["start.1"]
        return simulate(objective, rules.gd, start, steps=values["steps"], lr=self.lr)

    def result(self) -> dict[str, Any]:
        run, lr, product = self.run(), self.lr, self.values["product"]
        radius, imbalance, _ = (float(each) for each in theory.factorization_stable(lr, product))
        lost = ~(np.abs(run.theta) <= LIMIT).all(1)
        found: dict[str, Any] = {
            "lr": lr,
            "stable": {"radius": radius, "imbalance": imbalance},
            "lost": int(lost.argmax()) if lost.any() else -1,
        }
        if lost.any():
            return {**found, "outcome": "diverged", "period": 0}
        x, y = run.theta[-1].tolist()
        rated = lr * float(theory.factorization_sharpness(x, y, product))
        outcome, period = _outcome(run, rated, product)
        return {
            **found,
            "outcome": outcome,
            "period": period,
            "theta": [x, y],
            "imbalance": abs(abs(x) - abs(y)),
            "rated": rated,
            "loss": float(run.loss[-1]),
            "highest": float(run.loss.max()),
            "highestAt": int(run.loss.argmax()),
        }

    @property
    def alt(self) -> str:
        found, values = self.result(), self.values
        place = f"({values['start.0']:g}, {values['start.1']:g})"
        return (
            f"The hyperbola of minima xy = {values['product']:g}, solid inside a circle of radius "
            f"{found['stable']['radius']:.3g} and dashed outside, and a run from {place} with ηL = "
            f"{values['z']:g} that {_in_words(found)}. Beside it η times sharpness against step, with a line "
            "at 2, and the loss."
        )

    def figure(self) -> Figure:
        run, colors = self.run(), style.palette("light")
        with style.rc():
            figure = Figure(figsize=(7.4, 4.2), layout="constrained")
            axes = figure.subplot_mosaic("ms;ml", width_ratios=(1.6, 1))
            plots.plot_trace(run, ax=axes["m"])
            for line in axes["m"].get_lines():
                line.set_zorder(4)
            _draw_minima(axes["m"], self.lr, self.values["product"])
            axes["m"].set(aspect="equal")
            x, y = run.theta[(np.abs(run.theta) <= LIMIT).all(1)].T
            sharpness = theory.factorization_sharpness(x, y, self.values["product"])
            axes["s"].plot(self.lr * sharpness, color=colors["gd"])
            axes["s"].axhline(2, color=colors["ink"], linewidth=1)
            axes["s"].set(ylim=(0, 8), ylabel="η × sharpness", xlabel="step")
            plots.plot_loss(run, ax=axes["l"])
        return figure


def _outcome(run: Trajectory, rated: float, product: float) -> tuple[str, int]:
    """What a run has come to, and the period of a cycle."""

    def moved(p: int) -> float:
        return float(np.abs(run.theta[-1] - run.theta[-1 - p]).max())

    if moved(1) <= REST * max(1.0, float(np.abs(run.theta[-1]).max())):
        if run.loss[-1] > product * product / 8:
            return "saddle", 0
        if rated <= 2:
            return "minimum", 0
        return ("unstable" if run.loss[-1] == 0 else "moving"), 0
    if moved(1) >= MOVES:
        for p in range(2, min(LONGEST_CYCLE, run.steps) + 1):
            if moved(p) <= RETURNS:
                return "cycle", p
    return "moving", 0


def _in_words(found: dict[str, Any]) -> str:
    if found["outcome"] == "diverged":
        return f"diverges: a coordinate passes {LIMIT:g} at step {found['lost']}"
    where = "({:.4g}, {:.4g})".format(*found["theta"])
    told = f"imbalance {found['imbalance']:.3g}, η × sharpness {found['rated']:.3g}"
    return {
        "minimum": f"converges to {where}: {told}",
        "unstable": f"stays at {where}, a minimum that is not stable: {told}",
        "saddle": f"converges to the saddle {where}",
        "cycle": f"goes round a cycle of period {found['period']}",
        "moving": f"is still moving, at {where}: {told}",
    }[found["outcome"]]


def _draw_minima(ax: Axes, lr: float, product: float) -> None:
    """The hyperbola, solid where it is stable, and the circle around that part."""
    colors = style.palette("light")
    radius, _, c = (float(each) for each in theory.factorization_stable(lr, product))
    ax.add_patch(Circle((0, 0), radius, facecolor=colors["shade"], edgecolor=colors["soft"], alpha=0.5))
    low, high = (1 / c, c) if c >= 1 else (1.0, 1.0)
    sharp = {"color": colors["danger"], "linestyle": "--", "linewidth": 1.4, "zorder": 3}
    parts = [(0.02, low, sharp), (high, 50, sharp), (low, high, {"color": colors["ink"], "linewidth": 3})]
    for sign in (1, -1):
        for one, other, look in parts:
            c = sign * np.geomspace(one, max(one, other), 200)
            ax.plot(*theory.factorization_minimum(c, product), **{"zorder": 3, **look})


def _program() -> str:
    """The page's mathematics: the value, the run, and closed forms by name."""
    functions = {
        "value": objectives.scalar_factorization,
        "sharpness": theory.factorization_sharpness,
        "minimum": theory.factorization_minimum,
        "stable": theory.factorization_stable,
    }
    made = "".join(f"export {symbolic.function(f, name=n).javascript()}" for n, f in functions.items())
    return f"{made}export {symbolic.step(objectives.scalar_factorization, rules.gd).javascript()}"
