"""LeakyExplorer: what a leaky average of noisy gradients keeps, smooths and misses."""

from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter, signature
from math import floor, inf, pi
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from d2l_ext import noise as noises
from d2l_ext import ops, style, symbolic, theory
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import MAX_STEPS, SEED, Settings
from d2l_ext.params import Param, whole

BETA = {"scale": "complement", "symbol": "β", "label": "momentum", "valid": (0, 1)}
NOISE = {"symbol": "σ", "label": "noise", "valid": (0, inf)}
POINTS = 61

_FORMULAS = {
    "step": theory.leaky_step,
    "weight": theory.leaky_weight,
    "sum": theory.leaky_sum,
    "share": theory.leaky_share,
    "halfLife": theory.leaky_half_life,
    "age": theory.leaky_age,
    "samples": theory.leaky_samples,
}
_SNIPPET = """import numpy as np

from d2l_ext import noise, theory

{signal}
beta = «momentum»
truth = signal(np.arange(1, «steps» + 1))
gradients = truth + «noise» * noise.standard_normal(«steps», seed=«seed»)
average = theory.leaky_filter(gradients, beta) / theory.leaky_sum(beta)
print(theory.leaky_sum(beta), theory.leaky_age(beta), theory.leaky_samples(beta))
print(average[-1], np.sqrt(np.mean((average - truth) ** 2)))
"""


def waves_then_jump(t: Any) -> Any:
    """Slow waves around 0.6, and after step 60 a jump to -0.6."""
    return ops.where(t <= 60, 0.6 + 0.3 * ops.sin(2 * pi * t / 50), -0.6)


class LeakyExplorer(Explorer):
    """Noisy gradients and their leaky average, the weights behind it, and its error for every β.

    Args:
        signal: What the gradients are without noise: a function of the step 1, 2, ..., written with operators
            and `ops`. Default: slow waves, then a jump.
        key: Name in links.
        steps: How many gradients there are; at first all of them are shown.
        momentum, noise, seed: First values of β, of the noise's standard deviation, and of its seed.
        show: Which sliders to show, in order; default all.
        ranges: ``{key: (low, high)}`` for sliders that need another range than the declared one.
        marks: For sliders with a best value to show, a function that gives it; its arguments are named like
            the settings it depends on.

    Raises:
        TraceError: If `signal` cannot run on symbols.
        TypeError, ValueError: For unknown or invalid values.

    Example:
        >>> explorer = LeakyExplorer(lambda t: t / 10, momentum=0.8, noise=0.0)
        >>> result = explorer.result()
        >>> result["count"], round(10 - result["average"], 6)  # four steps late
        (5, 0.4)
    """

    def __init__(
        self,
        signal: Callable[[Any], Any] | None = None,
        *,
        key: str = "leaky-average",
        steps: int = 100,
        momentum: float = 0.9,
        noise: float = 0.5,
        seed: int = 0,
        show: Iterable[str] | None = None,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        marks: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        signal = _of_the_step(waves_then_jump if signal is None else signal)
        self._length = whole("steps", steps, 2, MAX_STEPS)
        settings = Settings.of(
            "LeakyExplorer",
            {
                "momentum": Param(0.9, (0, 0.99), **BETA),
                "noise": Param(0.5, (0, 2), **NOISE),
                "steps": Param(steps, (1, steps), label="steps", valid=(1, MAX_STEPS + 1)),
                "seed": SEED,
            },
            {"momentum": momentum, "noise": noise, "steps": steps, "seed": seed},
            show=show,
            ranges=ranges,
        )
        low, high = settings.params["momentum"].range
        self._betas = 1 - np.geomspace(1 - low, 1 - high, POINTS)
        compiled = symbolic.function(signal, name="signal")
        self._truth = _values(signal, self._length)
        formulas = [symbolic.function(f, name=name).javascript() for name, f in _FORMULAS.items()]
        super().__init__(
            "leaky",
            key,
            title="Leaky average",
            settings=settings,
            program="".join(f"export {source}" for source in [*formulas, compiled.javascript()]),
            lines=[("Memory", "momentum"), ("Noise", "soft"), ("Error", "ink")],
            snippet=_SNIPPET.format(signal=compiled.python()),
            marks=marks,
            length=self._length,
            betas=self._betas.tolist(),
        )

    def __repr__(self) -> str:
        return f"LeakyExplorer({', '.join(f'{key}={value:g}' for key, value in self.values.items())})"

    def _shocks(self) -> np.ndarray:
        return self.values["noise"] * noises.standard_normal(self._length, seed=self.values["seed"])

    def _errors(self) -> dict[str, np.ndarray]:
        """What noise and lag each leave of error, and both together, for each β."""
        steps, sums = self.values["steps"], theory.leaky_sum(self._betas)
        truth = self._truth[:steps, None]
        noise = theory.leaky_filter(self._shocks()[:steps, None], self._betas) / sums
        lag = theory.leaky_filter(truth, self._betas) / sums - truth
        return {
            name: _root_mean_square(error)
            for name, error in {"noise": noise, "lag": lag, "both": noise + lag}.items()
        }

    def _averages(self) -> tuple[np.ndarray, np.ndarray]:
        """The leaky average after each gradient so far, and what it is without the zeros before them."""
        beta, steps = self.values["momentum"], self.values["steps"]
        gradients = (self._truth + self._shocks())[:steps]
        average = theory.leaky_filter(gradients, beta) / theory.leaky_sum(beta)
        return average, average / theory.leaky_share(np.arange(1, steps + 1), beta)

    def result(self) -> dict[str, Any]:
        beta, steps = self.values["momentum"], self.values["steps"]
        average, corrected = self._averages()
        memory = theory.leaky_sum(beta)
        count = min(floor(memory + 0.5), steps)
        return {
            "memory": float(memory),
            "count": count,
            "share": float(theory.leaky_share(count, beta)),
            "halfLife": float(theory.leaky_half_life(beta)),
            "age": float(theory.leaky_age(beta)),
            "samples": float(theory.leaky_samples(beta)),
            "average": float(average[-1]),
            "corrected": float(corrected[-1]),
            "error": float(_root_mean_square(average - self._truth[:steps])),
            "single": float(_root_mean_square(self._shocks()[:steps])),
            "best": float(self._betas[self._errors()["both"].argmin()]),
        }

    @property
    def alt(self) -> str:
        r, values = self.result(), self.values
        return (
            f"{values['steps']} noisy gradients as dots, their true mean as a thin line, their leaky average "
            f"for β = {values['momentum']:.4g} as a thick one, {r['age']:.2g} steps late. Bars show weights: "
            f"the last {r['count']} gradients carry {r['share']:.0%}. The error, a curve over β, is lowest "
            f"near {r['best']:.2g}; here it is {r['error']:.2g}."
        )

    def figure(self) -> Figure:
        with style.rc():
            figure = Figure(layout="constrained")
            grid = figure.add_gridspec(2, 2, width_ratios=(1.75, 1), height_ratios=(1.9, 1))
            signal = figure.add_subplot(grid[0, 0])
            self._draw_gradients(signal)
            self._draw_weights(figure.add_subplot(grid[1, 0], sharex=signal))
            self._draw_errors(figure.add_subplot(grid[:, 1]))
        return figure

    def _draw_gradients(self, ax: Axes) -> None:
        colors, steps = style.palette("light"), self.values["steps"]
        at = np.arange(1, self._length + 1)
        average, corrected = self._averages()
        gradients = (self._truth + self._shocks())[:steps]
        ax.plot(at[:steps], gradients, "o", color=colors["soft"], markersize=2.6, label="gradient")
        ax.plot(at, self._truth, color=colors["ink"], linewidth=1, label="truth")
        ax.plot(at[:steps], average, color=colors["momentum"], linewidth=2, label="average")
        ax.plot(at[:steps], corrected, "--", color=colors["momentum"], linewidth=1.1, label="corrected")
        ax.tick_params(labelbottom=False)
        ax.legend(frameon=False, ncols=4, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), borderpad=0)

    def _draw_weights(self, ax: Axes) -> None:
        colors, steps, r = style.palette("light"), self.values["steps"], self.result()
        ages = np.arange(steps)
        bars = [colors["momentum" if age < r["count"] else "soft"] for age in ages]
        ax.bar(steps - ages, theory.leaky_weight(ages, self.values["momentum"]), color=bars, width=0.75)
        ax.set(xlim=(0, self._length + 1), ylim=(0, 1.05), xlabel="step", ylabel="weight")
        ax.set_title(f"{r['share']:.0%} in the last {r['count']}", fontsize=9, color=colors["momentum"])

    def _draw_errors(self, ax: Axes) -> None:
        colors, memory, errors = style.palette("light"), theory.leaky_sum(self._betas), self._errors()
        for name, color in (("noise", "soft"), ("lag", "ink"), ("both", "momentum")):
            ax.semilogx(memory, errors[name], color=colors[color], linewidth=1.6, label=name)
        r = self.result()
        ax.plot(r["memory"], r["error"], "o", mfc="white", mec=colors["ink"], markersize=6)
        ax.set(ylim=(0, None), xlabel="memory 1/(1 − β)", ylabel="error")
        ax.legend(frameon=False, fontsize=8)


def _of_the_step(signal: Any) -> Callable[[Any], Any]:
    """`signal` if it is a function of one number."""
    if not callable(signal):
        raise TypeError(f"signal must be a function of the step, got {signal!r}")
    kinds = [p.kind for p in signature(signal).parameters.values()]
    if len(kinds) != 1 or kinds[0] not in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD):
        raise TypeError(f"signal must take the step alone, got {signature(signal)}")
    return signal


def _values(signal: Callable[[Any], Any], length: int) -> np.ndarray:
    """What the gradients are without noise, step by step."""
    with np.errstate(all="ignore"):
        values = np.broadcast_to(signal(np.arange(1.0, length + 1)), length)
    good = np.isfinite(values)
    if not good.all():
        at = int(good.argmin())
        raise ValueError(f"signal must be finite, but is {values[at]:g} at step {at + 1}")
    return values


def _root_mean_square(errors: np.ndarray) -> Any:
    return np.sqrt(np.mean(errors**2, axis=0))
