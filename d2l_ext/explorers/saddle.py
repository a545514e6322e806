"""SaddleExplorer: a cloud of walkers that gradient noise drives from a saddle, and how wide it should be."""

from collections.abc import Iterable, Mapping
from functools import cache
from math import inf
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from d2l_ext import noise, objectives, ops, rules, style, symbolic, theory
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import SEED, Settings
from d2l_ext.params import Param, whole

PROBLEM = objectives.noisy_saddle
METHODS = {"gd": rules.gd, "ema_momentum": rules.ema_momentum, "adam": rules.adam, "adai": rules.adai}
WORDS = ("SGD", "averaged momentum", "Adam", "Adai")
COLORS = ("gd", "momentum", "adam", "adai")
BETA = float(rules.ema_momentum.hyper["momentum"])
MOST = 300

_SNIPPET = """\
from d2l_ext import SaddleExplorer

found = SaddleExplorer({walkers}method=«method», lr=«lr», descent=«descent»,
    steps=«steps», batch=«batch», seed=«seed»).result()
print("mean of y²:", found["square"], "±", found["error"])
print("by formula:", found["formula"])
"""


def _formulas(steps, lr, descent, batch):
    """The mean of y² as the papers have it, for each method: diffusion, and drift where there is momentum."""
    shaking = descent / batch
    diffusion = theory.saddle_variance(steps, lr, -descent, shaking)
    adam = theory.adam_saddle_variance(steps, lr, -descent, shaking)
    inertia = theory.adai_inertia(2 * descent / (1 + descent))
    drifts = [
        theory.momentum_saddle_terms(steps, lr, beta, loud)[0]
        for beta, loud in ((BETA, shaking), (BETA, 1.0), (inertia, shaking))
    ]
    return diffusion, diffusion + drifts[0], adam + drifts[1], diffusion + drifts[2]


def _rest(steps, lr, descent, batch):
    """The mean of y² under averaged momentum from rest, if there were no slope."""
    return theory.free_walk_variance(steps, lr, BETA, descent / batch)


def _pushes(steps, lr, descent, batch):
    """By how much, in logarithm, the slope alone moves a walker off in these steps; for each method."""
    plain, adam = lr * steps * descent, lr * steps * ops.sqrt(descent * batch)
    return plain, plain, adam, plain


def _shortfalls(steps, lr, descent, batch):
    """By how much, in logarithm, steps of this size fall short of the formula; for each method."""
    plain, adam = lr**2 * descent**2 * steps, lr**2 * descent * batch * steps
    return plain, plain, adam, plain


@cache
def _noise(seed: int, walkers: int) -> np.ndarray:
    return noise.standard_normal((MOST, walkers, 2), seed=seed)


class SaddleExplorer(Explorer):
    """Walkers that start on a saddle, with gradient noise of covariance [H]⁺/B; the mean of y² by formula.

    The saddle has curvature 1 along x and -h along y (`objectives.noisy_saddle`). All walkers start at its
    point with no momentum and an empty memory. They are real optimizers: v is estimated, bias is corrected.

    Args:
        key: Name in links.
        method: 0 SGD, 1 averaged momentum, 2 Adam, 3 Adai, with the rules' own betas.
        lr: Learning rate at first.
        descent: h at first.
        steps: Number of steps at first, 2 to 300.
        batch: Batch size B.
        walkers: How many walkers.
        seed: Of the noise.
        show: Which sliders to show, in order.
        ranges: ``{key: (low, high)}`` for sliders that need another range than the declared one.

    Raises:
        TypeError, ValueError: For unknown or invalid values.

    Example:
        >>> found = SaddleExplorer(lr=0.01, descent=0.1, steps=100).result()
        >>> abs(found["square"] / found["formula"] - 1) < 0.2
        True
    """

    def __init__(
        self,
        *,
        key: str = "saddle",
        method: int = 0,
        lr: float = 0.05,
        descent: float = 0.1,
        steps: int = 100,
        batch: float = 1.0,
        walkers: int = 400,
        seed: int = 0,
        show: Iterable[str] | None = ("method", "lr", "descent", "steps"),
        ranges: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        self._kept: Any = None
        self._walkers = whole("walkers", walkers, 2, 10_001)
        params = {
            "method": Param(0, (0, len(METHODS) - 1), label="optimizer", valid=(0, len(METHODS))),
            "lr": Param(
                0.05, (0.001, 0.2), scale="log", symbol="η", label="learning rate", valid=(1e-6, 0.5)
            ),
            "descent": Param(
                0.1, (0.001, 1), scale="log", symbol="h", label="curvature down", valid=(1e-6, 2)
            ),
            "steps": Param(100, (2, MOST), symbol="T", label="steps", valid=(2, MOST + 1)),
            "batch": Param(1.0, (0.5, 8), scale="log", symbol="B", label="batch size", valid=(1e-3, inf)),
            "seed": SEED,
        }
        first = {"method": method, "lr": lr, "descent": descent, "steps": steps, "batch": batch, "seed": seed}
        steps_made = {name: symbolic.step(PROBLEM, rule) for name, rule in METHODS.items()}
        self._steps = {name: _loaded(made) for name, made in steps_made.items()}
        super().__init__(
            "saddle",
            key,
            title="A cloud at a saddle",
            settings=Settings.of(
                "SaddleExplorer", params, first, show=show, ranges=ranges, words={"method": WORDS}
            ),
            program=_program(steps_made),
            lines=[("Walkers", "other-1"), ("Formula", "ink"), ("Slope", "soft")],
            snippet=_SNIPPET.format(walkers="" if walkers == 400 else f"walkers={walkers}, "),
            tall=1,
            window=PROBLEM.window,
            walkers=self._walkers,
            # For each method its hyperparameters but lr, and what its state starts from after the iterate.
            hyper=[{n: float(p) for n, p in rule.hyper.items()} for rule in METHODS.values()],
            starts=[list(made.carried.values())[2:] for made in steps_made.values()],
        )

    def __repr__(self) -> str:
        return f"SaddleExplorer({', '.join(f'{key}={value:g}' for key, value in self.values.items())})"

    def _run(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each walker is at the end, shape ``(walkers, 2)``, and the mean of y² after each step."""
        values = tuple(self.values.items())
        if self._kept is None or self._kept[0] != values:
            self._kept = values, self._walk()
        return self._kept[1]

    def _walk(self) -> tuple[np.ndarray, np.ndarray]:
        values, count = self.values, self._walkers
        name = list(METHODS)[int(values["method"])]
        advance, symbols, firsts = self._steps[name]
        known = {n: float(p) for n, p in METHODS[name].hyper.items()}
        known |= {n: values[n] for n in ("lr", "descent", "batch")}
        given = [[known[n] for n in names] for names in symbols]
        carried = [np.full(count, first) for first in (0.0, 0.0, *firsts)]
        shocks, squares = _noise(int(values["seed"]), count), []
        for k in range(int(values["steps"])):
            carried, _ = advance(k, carried, *given, list(shocks[k].T))
            squares.append(np.mean(carried[1] ** 2))
        return np.stack(carried[:2], 1), np.array(squares)

    def _at(self) -> tuple[float, float, float]:
        return self.values["lr"], self.values["descent"], self.values["batch"]

    def result(self) -> dict[str, Any]:
        values, (places, squares) = self.values, self._run()
        method, steps, y = int(values["method"]), values["steps"], places[:, 1]
        return {
            "square": float(squares[-1]),
            "error": float(np.sqrt(np.mean((y**2 - squares[-1]) ** 2) / self._walkers)),
            "formula": float(_formulas(steps, *self._at())[method]),
            "push": float(_pushes(steps, *self._at())[method]),
            "far": int((np.abs(y) > 1).sum()),
        }

    @property
    def alt(self) -> str:
        found, values = self.result(), self.values
        return (
            f"{self._walkers} walkers of {WORDS[int(values['method'])]} that started on a saddle of "
            f"curvature 1 across and -{values['descent']:g} along y, after {values['steps']:g} steps with "
            f"learning rate {values['lr']:g}: the mean of y squared is {found['square']:.3g}, by formula "
            f"{found['formula']:.3g}. Beside it the mean of y squared by step, both axes logarithmic."
        )

    def figure(self) -> Figure:
        with style.rc():
            figure = Figure(figsize=(7.4, 3.6), layout="constrained")
            cloud, spread = figure.subplots(1, 2, width_ratios=(1, 1.25))
            self._draw_cloud(cloud)
            self._draw_spread(spread)
        return figure

    def _draw_cloud(self, ax: Axes) -> None:
        colors, (places, _) = style.palette("light"), self._run()
        sd = self.result()["formula"] ** 0.5
        ax.plot(*places.T, ".", color=colors["other-1"], markersize=3, alpha=0.7)
        for y in (-2 * sd, 2 * sd):
            ax.axhline(y, color=colors["ink"], linestyle="--", linewidth=1)
        ax.set(xlim=PROBLEM.window[0], ylim=PROBLEM.window[1], xlabel="$x$", ylabel="$y$")

    def _draw_spread(self, ax: Axes) -> None:
        colors, (_, squares) = style.palette("light"), self._run()
        at, method = np.arange(1, len(squares) + 1), int(self.values["method"])
        ax.loglog(at, squares, color=colors["other-1"], label="walkers")
        ax.loglog(at, _formulas(at, *self._at())[method], "--", color=colors["ink"], label="formula")
        if method == 1:
            ax.loglog(at, _rest(at, *self._at()), ":", color=colors["soft"], label="from rest, no slope")
        ax.set(xlabel="step", ylabel="mean of $y^2$")
        ax.legend(frameon=False, fontsize=8)


def _loaded(step: symbolic.Step) -> tuple[Any, tuple[list[str], list[str]], list[float]]:
    """A step as a Python function, the names of its inputs, and what its state starts from."""
    namespace: dict[str, Any] = {"np": np}
    exec(step.python(), namespace)
    firsts: Any = list(step.carried.values())[2:]
    return namespace["step"], (list(step.hyper), list(step.params)), firsts


def _program(steps: Mapping[str, symbolic.Step]) -> str:
    parts = [
        symbolic.function(_formulas, name="formulas").javascript(),
        symbolic.function(_rest, name="rest").javascript(),
        symbolic.function(_pushes, name="pushes").javascript(),
        symbolic.function(_shortfalls, name="shortfalls").javascript(),
    ]
    code = "".join(f"export {part}" for part in parts)
    crowds = ",\n".join(made.crowd() for made in steps.values())
    return f"{code}export const crowds = [\n{crowds}\n];\n"
