"""OrbitExplorer: where gradient descent on (1 - xy)²/2 ends up, by learning rate and in the plane."""

from collections.abc import Iterable
from math import inf, log
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from d2l_ext import objectives, plots, rules, style, symbolic, theory
from d2l_ext.explorers import settings
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import Settings
from d2l_ext.objectives import as_start
from d2l_ext.params import Param, number
from d2l_ext.pieces import LIMIT
from d2l_ext.simulation import Trajectory, simulate

RATES = (0.8, 2.025)
START = (1.0, 0.5)  # bounded up to η = 1.84
HEIGHTS = (-1.5, 1.5)  # no attractor of the line is larger
STAYS = 2.0  # from this learning rate on the ellipse of starts that stay is gone
SHARE = {"min": 0.02, "max": 0.98, "step": 0.001}
LONGEST = 64
RETURNS = 1e-9
SETTLE, KEEP = 4000, 20_000
HOLD = 300  # most points marked of an orbit or run that has no period
COLUMNS = {"settle": 400, "keep": 300, "limit": LIMIT}

_SNIPPET = """\
import numpy as np

from d2l_ext import objectives, rules, simulate, theory

lr, steps = «lr», «steps»
start = («start.0», «start.1»)
run = simulate(objectives.hyperbola, rules.gd, start, steps=steps + {longest}, lr=lr)
back = abs(run.theta[steps + 1:] - run.theta[steps]).max(1) <= {returns}
print(run.theta[steps], "period", back.argmax() + 1 if back.any() else "not found")

x = [theory.balanced_turn(lr)]
while len(x) < {total} and abs(x[-1]) < {limit:g}:
    x.append(theory.balanced_step(x[-1], lr))
slopes = abs(theory.balanced_slope(np.array(x[{settle}:]), lr))
print("Lyapunov exponent", np.log(slopes).mean() if len(slopes) else "none, it runs away")
"""


def valley(x: Any) -> Any:
    """The y at which (x, y) is a minimum."""
    return 1 / x


class OrbitExplorer(Explorer):
    """The bifurcation diagram of the balanced line, and a run in the plane at the learning rate marked there.

    The diagram holds every attracting cycle of the line: each attracts one of the two turning points, and one
    is the mirror image of the other. In the plane, all outside the ellipse of starts that stay is shaded.

    Args:
        key: Name in links.
        lr: Learning rate, marked in the diagram.
        zoom: How much narrower the diagram's window is than all of its range.
        share: Where in the window the learning rate is, 0.02 to 0.98; default where it is in the whole range.
        start: Where the run begins, shape ``(2,)``; default (1, 0.5).
        steps: Number of steps at first.
        show: Which sliders to show, in order; default all.

    Raises:
        TypeError, ValueError: For unknown or invalid values.

    Example:
        >>> found = OrbitExplorer(lr=1.45561, start=(0.82, 1.05), steps=2000).result()
        >>> found["run"]["period"], found["line"]["period"], round(found["line"]["multiplier"], 4)
        (3, 3, -0.3911)
    """

    def __init__(
        self,
        *,
        key: str = "orbits",
        lr: float = 1.125,
        zoom: float = 1.0,
        share: float | None = None,
        start: Any = None,
        steps: int = 500,
        show: Iterable[str] | None = None,
    ) -> None:
        objective = objectives.hyperbola
        start = as_start(objective, START if start is None else start)
        params = {
            "lr": Param(1.125, RATES, symbol="η", label="learning rate", valid=(0.05, 4)),
            "zoom": Param(1.0, (1, 10_000), scale="log", label="zoom", unit="×", valid=(1, inf)),
            "steps": settings.steps_param(steps),
        }
        chosen = Settings.of("OrbitExplorer", params, {"lr": lr, "zoom": zoom}, show=show)
        low, high = chosen.params["lr"].range
        place: dict[str, Any] = {
            "key": "share",
            "label": "place in the window",
            "min": 0.02,
            "max": 0.98,
            "step": 0.001,
        }
        if share is None:
            share = min(max((chosen.values["lr"] - low) / (high - low), SHARE["min"]), SHARE["max"])
        if not SHARE["min"] <= number("share", share) <= SHARE["max"]:
            raise ValueError(f"share must be in [{SHARE['min']}, {SHARE['max']}], got {share:g}")
        super().__init__(
            "orbit",
            key,
            title="Gradient descent on (1 − xy)²/2",
            settings=chosen,
            program=_program(),
            lines=[("This start", "gd"), ("Balanced line", "ink")],
            snippet=_SNIPPET.format(
                longest=LONGEST, returns=RETURNS, total=SETTLE + KEEP, settle=SETTLE, limit=LIMIT
            ),
            points=[*settings.place(objective, start), place],
            first={"start.0": start[0], "start.1": start[1], "share": share},
            heights=HEIGHTS,
            trials={
                "longest": LONGEST,
                "returns": RETURNS,
                "limit": LIMIT,
                "columns": COLUMNS,
                "here": {"settle": SETTLE, "keep": KEEP, "hold": HOLD},
            },
            stays=STAYS,
            joined=style.MAX_DOTS,
        )

    def __repr__(self) -> str:
        return f"OrbitExplorer({', '.join(f'{name}={value:g}' for name, value in self.values.items())})"

    def follow(self) -> dict[str, Any]:
        """The balanced line at this learning rate, from its turning point, as the page computes it."""
        lr, orbit, total = self.values["lr"], [], 0.0
        x = float(_MAP["start"](lr))
        for k in range(SETTLE + KEEP):
            if not abs(x) < LIMIT:
                return {"gone": k, "period": 0, "multiplier": None, "exponent": None, "orbit": []}
            if k >= SETTLE:
                slope = abs(_MAP["slope"](x, lr))
                total += log(slope) if slope else -inf
                if len(orbit) < HOLD:
                    orbit.append(x)
            x = _MAP["step"](x, lr)
        period = next((p for p in range(1, LONGEST + 1) if abs(orbit[p] - orbit[0]) <= RETURNS), 0)
        orbit = orbit[:period] if period else orbit
        multiplier = float(np.prod([_MAP["slope"](x, lr) for x in orbit])) if period else None
        exponent = total / KEEP
        return {
            "gone": -1,
            "period": period,
            "multiplier": multiplier,
            "exponent": exponent,
            "orbit": orbit,
        }

    def run(self) -> Trajectory:
        """The run in the plane, and `LONGEST` steps more, in PyTorch."""
        values = self.values
        start, steps = (values["start.0"], values["start.1"]), values["steps"]
        return simulate(objectives.hyperbola, rules.gd, start, steps=steps + LONGEST, lr=values["lr"])

    def result(self) -> dict[str, Any]:
        theta, steps, line = self.run().theta, self.values["steps"], self.follow()
        del line["orbit"]
        lost = ~(np.abs(theta[: steps + 1]) <= LIMIT).all(1)
        gone = int(lost.argmax()) if lost.any() else -1
        with np.errstate(invalid="ignore"):
            back = np.abs(theta[steps + 1 :] - theta[steps]).max(1) <= RETURNS
        period = int(back.argmax()) + 1 if back.any() and gone < 0 else 0
        return {"run": {"theta": theta[steps].tolist(), "gone": gone, "period": period}, "line": line}

    @property
    def alt(self) -> str:
        found, values = self.result(), self.values
        return (
            "A bifurcation diagram: where x ends up on the balanced line against the learning rate, one "
            f"branch, then two, then many; below it the Lyapunov exponent. A line marks "
            f"η = {values['lr']:g}, where {_in_words(found['line'])}. Beside it a run in the plane from "
            f"({values['start.0']:g}, {values['start.1']:g}): {_in_words(found['run'])}."
        )

    def figure(self) -> Figure:
        values, line, theta = self.values, self.follow(), self.run().theta
        colors, (low, high) = style.palette("light"), _window(self)
        lr = np.linspace(low, high, 600)
        with style.rc():
            figure = Figure(figsize=(7.4, 4.4), layout="constrained")
            diagram, plane = figure.subplots(1, 2, width_ratios=(1.5, 1))
            plots.plot_bifurcation(lr, ends(lr), mirror=True, ax=diagram)
            diagram.axvline(values["lr"], color=colors["ink"], linewidth=1)
            orbit = line["orbit"][:LONGEST]
            diagram.plot([values["lr"]] * len(orbit), orbit, "o", color=colors["ink"], markersize=4)
            diagram.set(ylim=HEIGHTS)
            run = simulate(
                objectives.hyperbola, rules.gd, theta[0], steps=min(values["steps"], 60), lr=values["lr"]
            )
            plots.plot_trace(run, ax=plane)
            marked = self.result()["run"]["period"] or min(HOLD, (values["steps"] + 1) // 2)
            last = theta[max(0, values["steps"] - marked + 1) : values["steps"] + 1]
            plane.plot(*last[(np.abs(last) < 5).all(1)].T, "o", color=colors["ink"], markersize=3)
        return figure


def _in_words(found: dict[str, Any]) -> str:
    if found["gone"] >= 0:
        return f"it runs away at step {found['gone']}"
    return f"it has period {found['period']}" if found["period"] else f"no period up to {LONGEST} is found"


def _window(explorer: OrbitExplorer) -> tuple[float, float]:
    """The learning rates that the diagram shows."""
    control = next(c for c in explorer.spec["controls"] if c["key"] == "lr")
    values, width = explorer.values, (control["max"] - control["min"]) / explorer.values["zoom"]
    low = min(max(values["lr"] - values["share"] * width, control["min"]), control["max"] - width)
    return low, low + width


def ends(lr: np.ndarray) -> np.ndarray:
    """Where the turning point is led, shape ``(len(lr), keep)``; NaN or huge where it runs away."""
    x, kept = theory.balanced_turn(lr), []
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(COLUMNS["settle"] + COLUMNS["keep"]):
            if k >= COLUMNS["settle"]:
                kept.append(x)
            x = _MAP["step"](x, lr)
    return np.stack(kept, -1)


def _functions() -> dict[str, symbolic.Function]:
    return {
        "step": symbolic.function(theory.balanced_step, name="step"),
        "slope": symbolic.function(theory.balanced_slope, name="slope"),
        "start": symbolic.function(theory.balanced_turn, name="start"),
    }


def _program() -> str:
    """The page's mathematics: the map of the line, the curve of minima, the ellipse, the run in the plane."""
    functions = "".join(f"{name}: {f.javascript()},\n" for name, f in _functions().items())
    run = symbolic.step(objectives.hyperbola, rules.gd).javascript()
    return (
        f"export const map = {{\n{functions}}};\n"
        f"export {symbolic.function(valley, name='valley').javascript()}"
        f"export {symbolic.function(theory.ellipse_rim, name='rim').javascript()}export {run}"
    )


class _Map(dict[str, Any]):
    """The map of the line as the page computes it, in plain Python, compiled on first use."""

    def __missing__(self, name: str) -> Any:
        namespace: dict[str, Any] = {"np": np}
        exec(_functions()[name].python(), namespace)
        return self.setdefault(name, namespace[name])


_MAP = _Map()
