"""RateExplorer: one axis of learning rates, from flow to divergence, and a run at the one that is marked."""

from collections.abc import Iterable, Mapping
from math import inf, sqrt
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from d2l_ext import objectives, plots, rules, style, symbolic, theory
from d2l_ext.explorers import settings
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.course import TOLERANCES, told
from d2l_ext.explorers.descent import rate
from d2l_ext.explorers.orbit import COLUMNS, ends
from d2l_ext.explorers.settings import Settings
from d2l_ext.objectives import as_start
from d2l_ext.params import Param
from d2l_ext.simulation import Trajectory, simulate

WELL = objectives.double_well.at(tilt=0)
L = 2.0  # the curvature of the well's two minima
RATES = (0.1, 4.2)
HEIGHTS = (-1.7, 1.7)
HOLD = 64  # points of the marked column

# Where each regime ends, in units of 1/L; its name; where runs that start near a well end up.
REGIMES = (
    (1.0, "flow", "comes to rest, in the end from one side."),
    (2.0, "swing", "comes to rest, in the end from both sides in turn."),
    (L * (sqrt(5) - 1), "two places", "never rests: it jumps between two places."),
    (L * theory.BALANCED_CHAOS, "four, eight, …", "jumps between four places, or eight, or more."),
    (
        L * theory.balanced_crossing(),
        "chaos",
        "finds no rhythm, except in narrow windows; it stays in its well.",
    ),
    (4.0, "over the hill", "has no rhythm, but in narrow windows; it crosses the hill."),
    (inf, "away", "runs away from almost every start."),
)

_SNIPPET = """\
from d2l_ext import objectives, rules, simulate

well = objectives.double_well.at(tilt=0)
run = simulate(well, rules.gd, «start.0», steps=«steps», lr=«z» / {L:g})
print(run.theta[-4:, 0], run.loss[-1])
"""


class RateExplorer(Explorer):
    """Gradient descent on a double well: where it ends up by learning rate, and a run on the curve.

    The learning rate is in units of 1/L, L = 2 being the curvature of the wells. Each regime of the axis has
    a name, which on a page is a link.

    Args:
        key: Name in links.
        z: lr × L.
        start: Where the run begins.
        steps: Number of steps at first.
        links: ``{name of a regime: address}``.
        show: Which sliders to show, in order; default all.

    Raises:
        TypeError, ValueError: For unknown or invalid values, and for names that are no regime's.

    Example:
        >>> found = RateExplorer(z=2.2, steps=200).result()
        >>> found["regime"], found["kind"], [round(x, 4) for x in sorted(found["points"])]
        ('two places', 'cycle', [0.8146, 1.1161])
    """

    def __init__(
        self,
        *,
        key: str = "rates",
        z: float = 1.7,
        start: Any = 0.2,
        steps: int = 40,
        links: Mapping[str, str] | None = None,
        show: Iterable[str] | None = None,
    ) -> None:
        start, links = as_start(WELL, start), {} if links is None else dict(links)
        names = [name for _, name, _ in REGIMES]
        for name in links:
            if name not in names:
                raise ValueError(f"links must be for regimes among {', '.join(names)}; got {name!r}")
        params = {
            "z": Param(1.7, RATES, symbol="η", label="learning rate", unit="/ L", valid=(0, inf)),
            "steps": settings.steps_param(steps),
        }
        super().__init__(
            "rates",
            key,
            title="Gradient descent on a double well",
            settings=Settings.of("RateExplorer", params, {"z": z}, show=show),
            program=_program(),
            lines=[("Regime", "ink"), ("Run", "gd")],
            snippet=_SNIPPET.format(L=L),
            points=settings.place(WELL, start),
            first={"start.0": start[0]},
            window=WELL.window,
            minimizers=[(-1.0,), (1.0,)],
            span=HEIGHTS,
            columns=COLUMNS,
            hold=HOLD,
            regimes=[
                {"end": None if end == inf else end, "name": name, "words": words, "link": links.get(name)}
                for end, name, words in REGIMES
            ],
            L=L,
            tolerances=TOLERANCES,
            maxDots=style.MAX_DOTS,
        )

    def __repr__(self) -> str:
        return f"RateExplorer({', '.join(f'{name}={value:g}' for name, value in self.values.items())})"

    def run(self) -> Trajectory:
        """The run on the curve, in PyTorch."""
        values = self.values
        return simulate(WELL, rules.gd, values["start.0"], steps=values["steps"], lr=rate(values["z"], L))

    def result(self) -> dict[str, Any]:
        return {"regime": _regime(self.values["z"])[1], **told(self.run())}

    @property
    def alt(self) -> str:
        z = self.values["z"]
        _, name, words = _regime(z)
        return (
            "Where gradient descent on a double well ends up, against the learning rate from 0.1/L to 4.2/L: "
            "one branch up to 2/L, then two, four and eight, then bands of dots that widen and join, nothing "
            f"beyond 4/L. A line marks {z:g}/L, the regime called {name}: a run there {words} Beside it the "
            "double well with a run on it."
        )

    def figure(self) -> Figure:
        values, colors = self.values, style.palette("light")
        z, run = np.linspace(*RATES, 600), self.run()
        with style.rc():
            figure = Figure(figsize=(7.4, 3.6), layout="constrained")
            diagram, curve = figure.subplots(1, 2, width_ratios=(1.75, 1))
            plots.plot_bifurcation(z, ends(rate(z, L)), mirror=True, ax=diagram)
            diagram.axvline(values["z"], color=colors["ink"], linewidth=1)
            diagram.set(ylim=HEIGHTS, xlabel="learning rate in units of $1/L$")
            x = np.linspace(*WELL.window[0], 400)
            curve.plot(x, WELL(x), color=colors["soft"])
            theta = np.where(np.abs(run.theta[:, 0]) < 9, run.theta[:, 0], np.nan)
            curve.plot(theta, WELL(theta), "-o", color=colors["gd"], markersize=3, linewidth=0.8)
            curve.set(xlim=WELL.window[0], ylim=(-0.1, 2.4), xlabel="$x$", ylabel="loss")
        return figure


def _regime(z: float) -> tuple[float, str, str]:
    return next(regime for regime in REGIMES if z <= regime[0])


# The step of the well, its slope and its turning point, at a learning rate in units of 1/L.
_MAP = {
    "step": lambda x, z: theory.balanced_step(x, rate(z, L)),
    "slope": lambda x, z: theory.balanced_slope(x, rate(z, L)),
    "start": lambda z: theory.balanced_turn(rate(z, L)),
}


def _program() -> str:
    """The page's mathematics: the well and a run on it; the map that its learning rates are surveyed with."""
    parts = [
        symbolic.function(WELL, name="value"),
        symbolic.function(rate),
        symbolic.step(WELL, rules.gd),
    ]
    made = "".join(f"{n}: {symbolic.function(f, name=n).javascript()},\n" for n, f in _MAP.items())
    return "".join(f"export {part.javascript()}" for part in parts) + f"export const map = {{\n{made}}};\n"
