"""InertiaExplorer: five coordinates with gradients of different noise, and the inertia Adai gives to each."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from d2l_ext import noise, objectives, rules, style, symbolic, theory
from d2l_ext.explorers import settings, snippets
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import SEED, Settings

PROBLEM = objectives.voices
COUNT = len(PROBLEM.coordinates)
# From the coordinate with most noise to that with least.
COLORS = ("other-1", "adai", "other-0", "other-2", "ink")

_SNIPPET = """\
f = objectives.voices.at(ratio=«ratio»)
shocks = noise.standard_normal((«steps», 5), seed=«seed»)
run = simulate(f, rules.adai, steps=«steps», noise=shocks, {hyper})

# Inertia after the last step, from all gradients.
gradients = run.theta[:-1] + «ratio» ** (-np.arange(5) / 4) * shocks
v = theory.leaky_filter(gradients**2, «betas.1»)[-1]
print("beta1", *theory.adai_inertia(v / v.mean(), «betas.0», «eps»))
print("x", *run.theta[-1])
"""


class InertiaExplorer(Explorer):
    """Five coordinates that differ in the noise of their gradients alone, and Adai's β₁ of each, by step.

    All have curvature 1 and start at 1 (`objectives.voices`). The axis of β₁ is logarithmic in 1 - β₁, so
    that a memory that is ten times longer is always as much higher.

    Args:
        key: Name in links.
        steps: Number of steps at first.
        show: Which sliders to show, in order.
        ranges: ``{key: (low, high)}`` for sliders that need another range than the declared one.
        **values: First values of the other settings: ``ratio`` of the noise, ``lr``, ``betas``, ``eps``,
            ``seed``.

    Raises:
        TypeError, ValueError: For unknown or invalid values.

    Example:
        From the coordinate with most noise to that with least:

        >>> found = InertiaExplorer(steps=600).result()
        >>> [f"{inertia:.4f}" for inertia in found["beta1"]], f"{found['mean']:.12f}"
        (['0.5504', '0.9596', '0.9946', '0.9977', '0.9978'], '0.900000000000')
    """

    def __init__(
        self,
        *,
        key: str = "inertia",
        steps: int = 600,
        show: Iterable[str] | None = ("betas.0", "ratio", "betas.1", "steps"),
        ranges: Mapping[str, tuple[float, float]] | None = None,
        **values: Any,
    ) -> None:
        hyper = rules.adai.hyper
        params = {**PROBLEM.params, **hyper, "steps": settings.steps_param(steps), "seed": SEED}
        self._step = symbolic.step(PROBLEM, rules.adai)
        self._kept: Any = None
        super().__init__(
            "inertia",
            key,
            title="Inertia of five coordinates",
            settings=Settings.of(
                "InertiaExplorer", params, {"steps": steps, **values}, show=show, ranges=ranges
            ),
            program=_program(self._step),
            lines=[("Line 1", COLORS[0]), ("Line 5", COLORS[-1]), ("All five", "line")],
            snippet="import numpy as np\n\n"
            + snippets.importing(_SNIPPET.format(hyper=snippets.arguments({n: n for n in hyper}))),
            colors=COLORS,
            start=PROBLEM.start,
            hyper=list(hyper),
        )

    def __repr__(self) -> str:
        return f"InertiaExplorer({', '.join(f'{key}={value:g}' for key, value in self.values.items())})"

    def run(self) -> tuple[np.ndarray, np.ndarray]:
        """The iterates, ``(steps + 1, 5)``, and their v, the average squared gradients, of the same shape."""
        values = tuple(self.values.items())
        if self._kept is None or self._kept[0] != values:
            self._kept = values, self._walk()
        return self._kept[1]

    def _walk(self) -> tuple[np.ndarray, np.ndarray]:
        values, steps, step = self.values, int(self.values["steps"]), self._step
        namespace: dict[str, Any] = {"np": np}
        exec(step.python(), namespace)
        shocks = noise.standard_normal((steps, COUNT), seed=int(values["seed"]))
        hyper, params = [values[n] for n in step.hyper], [values[n] for n in step.params]
        starts = iter(PROBLEM.start)
        carried = [next(starts) if first is None else first for first in step.carried.values()]
        rows = [carried]
        for k in range(steps):
            carried, _ = namespace["step"](k, carried, hyper, params, shocks[k].tolist())
            rows.append(carried)
        table = np.array(rows, dtype=float)
        return table[:, :COUNT], table[:, _moment(step)]

    def beta1(self) -> np.ndarray:
        """The inertia of each coordinate in each step, ``(steps, 5)``."""
        v = self.run()[1][1:]
        share = v / v.mean(1, keepdims=True)
        return theory.adai_inertia(share, self.values["betas.0"], self.values["eps"])

    def result(self) -> dict[str, Any]:
        theta, v = self.run()
        beta0, eps = self.values["betas.0"], self.values["eps"]
        free = 1 - beta0 * v[-1] / v[-1].mean()
        return {
            "beta1": self.beta1()[-1].tolist(),
            "mean": float(free.mean()),
            "above": int((free > 1 - eps).sum()),
            "below": int((free < 0).sum()),
            "x": theta[-1].tolist(),
        }

    @property
    def alt(self) -> str:
        found, values = self.result(), self.values
        inertia = ", ".join(f"{each:.4g}" for each in found["beta1"])
        return (
            f"Adai's inertia of five coordinates by step, from 0 to 1 minus {values['eps']:g} on a "
            f"logarithmic axis, β₀ = {values['betas.0']:g}, the noise of the first {values['ratio']:g} "
            f"times that of the last. After {values['steps']:g} steps, from line 1 to line 5: "
            f"{inertia}. Beside it the iterates by step."
        )

    def figure(self) -> Figure:
        with style.rc():
            figure = Figure(figsize=(7.4, 3.4), layout="constrained")
            left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
            self._draw_inertia(left)
            colors = style.palette("light")
            for x, color in zip(self.run()[0].T, COLORS, strict=True):
                right.plot(x, color=colors[color], linewidth=1.8 if color == COLORS[-1] else 1)
            right.set(xlabel="step", ylabel="$x_i$")
        return figure

    def _draw_inertia(self, ax: Axes) -> None:
        colors, eps, beta0 = style.palette("light"), self.values["eps"], self.values["betas.0"]
        inertia, steps = self.beta1(), np.arange(1, int(self.values["steps"]) + 1)
        for i, color in enumerate(COLORS):
            ax.plot(steps, 1 - inertia[:, i], color=colors[color], linewidth=1.4, label=f"{i + 1}")
        for level in (1, eps):
            ax.axhline(level, color=colors["soft"], linewidth=1, linestyle=":")
        if eps < beta0 < 1:
            ax.axhline(beta0, color=colors["ink"], linewidth=1, linestyle="--")
        ax.set(yscale="log", ylim=(1.4, eps / 1.4), xlabel="step", ylabel="inertia $\\beta_1$")
        ticks = 10.0 ** -np.arange(int(-np.log10(eps) + 1e-9) + 1)
        ax.set_yticks(ticks, [f"{1 - t:.6g}" for t in ticks])
        ax.minorticks_off()
        ax.legend(frameon=False, fontsize=8, title="coordinate", ncols=5, columnspacing=0.9)


def _moment(step: symbolic.Step) -> list[int]:
    """Where a row of what Adai carries has v: after the iterate come the slots in order."""
    at = [name for name in rules.adai.slots if name != "t"].index("v") + 1
    return list(range(COUNT * at, COUNT * (at + 1)))


def _program(step: symbolic.Step) -> str:
    """The page's mathematics: a run whose rows hold v as well, and the inertia that follows from it."""
    watched = tuple(list(step.carried)[i] for i in _moment(step))
    shown = replace(step, name="run", coordinates=(*step.coordinates, *watched))

    def free(share, beta0):
        return 1 - beta0 * share

    parts = (shown, symbolic.function(theory.adai_inertia, name="inertia"), symbolic.function(free))
    return "".join(f"export {part.javascript()}" for part in parts)
