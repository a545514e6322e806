"""FlowExplorer: gradient descent on a line, and the flows that follow it."""

from collections.abc import Iterable, Mapping
from math import inf, isfinite
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from d2l_ext import flows, objectives, rules, style, symbolic
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import Settings
from d2l_ext.objectives import Objective, as_objective, as_start
from d2l_ext.params import Param, whole
from d2l_ext.simulation import simulate

MAX_STEPS = 60
FINER, COMPUTED_FINER = 32, 8  # points of a curve between two iterates
# Orders to compare: where a flow has a closed form, and where it is computed step by step.
ORDERS, COMPUTED_ORDERS = 19, 4
# What is below is rounding, of the closed form and of the steps.
FLOOR, COMPUTED_FLOOR = 1e-14, 1e-10

_SNIPPET = """\
import numpy as np

from d2l_ext import flow, {imports}

f = {objective}
x = simulate(f, rules.gd, «start», steps=«steps», lr=«lr»).theta
print("gradient descent ends at", x[-1, 0])
for order in (0, «order»):
    curve = flow(f, order, «start», steps=«steps», lr=«lr»)
    error = np.abs(curve - x).max()
    print("order", order, "ends at", curve[-1, 0], "off by", error)
"""


class FlowExplorer(Explorer):
    """Iterates of gradient descent, the gradient flow and a modified flow; and the error of every order.

    The start and the objective's own parameters have sliders where `show` names them. Numbers of chaotic runs
    are not comparable digit by digit: two ways to round part after some 40 steps.

    Args:
        objective: An `Objective`, or any function of one coordinate written with operators and `ops`.
        key: Name in links.
        lr: Learning rate at first; default half of 1/L, with the larger curvature L of start and minimum.
        order: Order of the modified flow at first.
        orders: Highest order; default 19 for a quadratic, else 4.
        start: Where all begin; default the objective's.
        steps: Number of steps at first.
        show: Which sliders to show, in order; default lr, order, steps and, unless quadratic, the start.
        ranges: ``{key: (low, high)}`` for sliders that need another range.
        **values: First values of the objective's parameters.

    Raises:
        TraceError: If the objective cannot run on symbols.
        TypeError, ValueError: For an objective of several coordinates, and for unknown or invalid values.

    Example:
        >>> [round(error, 4) for error in FlowExplorer(lr=0.5).result()["errors"][:2]]
        [0.1179, 0.0365]
    """

    def __init__(
        self,
        objective: Any = objectives.parabola,
        *,
        key: str = "flow",
        lr: float | None = None,
        order: int = 1,
        orders: int | None = None,
        start: Any = None,
        steps: int = 12,
        show: Iterable[str] | None = None,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        **values: Any,
    ) -> None:
        objective = _line(as_objective(objective))
        (first,) = as_start(objective, start)
        closed = symbolic.modified_flows(objective, 0) is not None
        most = whole("orders", (ORDERS if closed else COMPUTED_ORDERS) if orders is None else orders, 1)
        natural = 1 / max(_curvature(objective, x) for x in (first, *(p[0] for p in objective.minimizers)))
        params = {
            "lr": _lr(natural),
            "order": Param(0, (0, most), label="order", valid=(0, most + 1)),
            "steps": Param(12, (1, MAX_STEPS), label="steps", valid=(1, MAX_STEPS + 1)),
            "start": Param(first, _around(objective.window[0], first), symbol="x₀", label="start"),
        }
        for name, param in objective.params.items():
            if name in params:
                raise ValueError(f"objective must not call a parameter {name!r}: the explorer has one")
            params[name] = param
        if show is None:
            show = ("lr", "order", "steps") if closed else ("lr", "order", "steps", "start")
        lr = 0.5 * natural if lr is None else lr
        values = {"lr": lr, "order": order, "steps": steps, "start": first, **values}
        self._objective, self._orders, self._finer = objective, most, FINER if closed else COMPUTED_FINER
        super().__init__(
            "flow",
            key,
            title=f"Gradient descent on {objective.name} and its flows",
            settings=Settings.of("FlowExplorer", params, values, show=show, ranges=ranges),
            program=_program(objective, most, closed),
            lines=[("Gradient descent", "gd"), ("Flows", "ink"), ("All orders", "soft")],
            snippet=_snippet(objective),
            params=list(objective.params),
            orders=most,
            minimizers=[point[0] for point in objective.minimizers],
            floor=FLOOR if closed else COMPUTED_FLOOR,
            limit=flows.LIMIT,
            tolerance=flows.TOLERANCE,
            finest=flows.FINEST,
            finer=self._finer,
            maxDots=style.MAX_DOTS,
        )

    def __repr__(self) -> str:
        numbers = ", ".join(f"{key}={value:g}" for key, value in self.values.items())
        return f"FlowExplorer({self._objective.name}; {numbers})"

    def _now(self) -> Objective:
        return self._objective.at(**{name: self.values[name] for name in self._objective.params})

    def iterates(self) -> np.ndarray:
        """Those of gradient descent, shape ``(steps + 1,)``."""
        lr, steps, start = (self.values[name] for name in ("lr", "steps", "start"))
        with np.errstate(all="ignore"):
            return simulate(self._now(), rules.gd, start, steps=steps, lr=lr).theta[:, 0]

    def curve(self, order: int, finer: int = 1) -> np.ndarray:
        """The flow of this order at the times of the iterates, or `finer` times as often."""
        lr, steps, start = (self.values[name] for name in ("lr", "steps", "start"))
        return flows.flow(self._now(), order, start, lr=lr, steps=steps, finer=finer)[:, 0]

    def errors(self) -> list[float]:
        """The largest error of each order over all steps; infinite where there is no number."""
        return self._compared()[1]

    def _compared(self) -> tuple[list[np.ndarray], list[float]]:
        """The flow of each order at the times of the iterates, and how far it is from them."""
        x, curves = self.iterates(), [self.curve(order) for order in range(self._orders + 1)]
        with np.errstate(all="ignore"):
            largest = [float(np.abs(curve - x).max()) for curve in curves]
        return curves, [error if isfinite(error) else inf for error in largest]

    def result(self) -> dict[str, Any]:
        curves, errors = self._compared()
        return {
            "x": float(self.iterates()[-1]),
            "flow": float(curves[0][-1]),
            "modified": float(curves[self.values["order"]][-1]),
            "errors": errors,
        }

    @property
    def alt(self) -> str:
        values, errors = self.values, self.errors()
        order = values["order"]
        more = f", that of order {order} by {errors[order]:.4g}" if order else ""
        return (
            f"{values['steps']} steps of gradient descent on {self._objective.name}, η = {values['lr']:g}, "
            f"as dots against step, and flows as curves. The gradient flow is off by {errors[0]:.4g} at "
            f"most{more}. Beside it the largest error of orders 0 to {self._orders} on a logarithmic axis."
        )

    def figure(self) -> Figure:
        with style.rc():
            figure = Figure(layout="constrained")
            run, errors = figure.subplots(1, 2, width_ratios=(1.75, 1))
            self._draw_run(run)
            self._draw_errors(errors)
        return figure

    def _draw_run(self, ax: Axes) -> None:
        colors, x, order = style.palette("light"), self.iterates(), self.values["order"]
        at = np.linspace(0, len(x) - 1, self._finer * (len(x) - 1) + 1)
        ax.plot(
            at, self.curve(0, self._finer), "--", color=colors["soft"], linewidth=1.4, label="gradient flow"
        )
        if order:
            ax.plot(
                at, self.curve(order, self._finer), color=colors["ink"], linewidth=1.8, label=f"order {order}"
            )
        ax.plot(x, "o", color=colors["gd"], markersize=4.5, label="gradient descent")
        low, high = (f(point for point in (*x, 0.0) if abs(point) < 10) for f in (min, max))
        ax.set(ylim=(low - 0.08, high + 0.08), xlabel="step", ylabel="$x$")
        ax.legend(frameon=False, fontsize=9)

    def _draw_errors(self, ax: Axes) -> None:
        colors, errors, order = style.palette("light"), np.array(self.errors()), self.values["order"]
        shown = np.where(np.isfinite(errors), np.maximum(errors, FLOOR), np.nan)
        ax.semilogy(shown, "o-", color=colors["ink"], linewidth=1, markersize=3.5)
        ax.plot(order, shown[order], "o", mfc="white", mec=colors["ink"], markersize=8)
        ax.set(xlabel="order", ylabel="largest error")


def _line(objective: Objective) -> Objective:
    """`objective` if it has one coordinate."""
    if len(objective.start) != 1:
        raise ValueError(f"objective must have 1 coordinate, {objective.name} has {len(objective.start)}")
    return objective


def _curvature(objective: Objective, x: float) -> float:
    """The size of the curvature there, by central differences; 1 where it is next to nothing."""
    h = 1e-4 * max(1.0, abs(x))
    size = abs(float(objective(x + h)) - 2 * float(objective(x)) + float(objective(x - h))) / h**2
    return size if isfinite(size) and size > 1e-3 else 1.0


def _lr(natural: float) -> Param:
    """Up to 2.2 times 1/L, in round numbers."""
    low, high = (float(f"{share * natural:.2g}") for share in (0.01, 2.2))
    return Param(high / 4, (low, high), symbol="η", label="learning rate", valid=(0, inf))


def _around(window: tuple[float, float], start: float) -> tuple[float, float]:
    return min(window[0], start), max(window[1], start)


def _program(objective: Objective, orders: int, closed: bool) -> str:
    """The page's mathematics: the run, and either the flows in closed form or their fields and one step."""
    kind = "flows" if closed else "fields"
    made = (
        symbolic.modified_flows(objective, orders) if closed else symbolic.modified_fields(objective, orders)
    )
    listed = "".join(f"{function.javascript()},\n" for function in made or ())
    run = symbolic.step(objective, rules.gd).javascript()
    return f"export {run}export const {kind} = [\n{listed}];\nexport {symbolic.runge_kutta().javascript()}"


def _snippet(objective: Objective) -> str:
    given = ", ".join(f"{name}=«{name}»" for name in objective.params)
    if objective.is_shipped:
        written, imports = (
            f"{objective!r}" + (f".at({given})" if given else ""),
            "objectives, rules, simulate",
        )
    else:
        keywords = f", *, {given}" if given else ""
        expression = symbolic.expression(objective)
        imports = ("ops, " if "ops." in expression else "") + "rules, simulate"
        written = f"lambda {objective.coordinates[0]}{keywords}: {expression}"
    return _SNIPPET.format(objective=written, imports=imports)
