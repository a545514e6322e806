"""RegimeExplorer: where momentum is on the map of (ηλ, β), its eigenvalues, its run; and a whole spectrum."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from d2l_ext import objectives, plots, rules, style, symbolic, theory
from d2l_ext.explorers import settings
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import Settings
from d2l_ext.params import Param, number
from d2l_ext.simulation import simulate

# No momentum converges beyond.
MAX_Z = 4
DIRECTIONS = 7
# Radii closer than this count as one: at a double eigenvalue the last digits of a root are noise.
TIE = 1e-6
# What one sees of a run from rest in each of `theory.REGIMES`.
SEEN = (
    "creeps in from one side",
    "comes in without a swing",
    "swings about the minimum",
    "changes side on every step",
    "changes side on every step",
    "never arrives",
    "runs away",
)

_SNIPPET = """\
import numpy as np

from d2l_ext import objectives, rules, simulate, theory

z, beta = «z», «momentum»
print(theory.regime(z, beta), theory.spectral_radius(z, beta))
a, b, c = theory.momentum_eigenvalues(z, beta)
print(a + 1j * c, b - 1j * c)

run = simulate(objectives.parabola, rules.momentum, steps=«steps», lr=z, momentum=beta)
print(run.theta[-1, 0])
"""
_SPECTRUM_SNIPPET = """
spectrum = z / «kappa» ** np.linspace(0, 1, 7)
radii = theory.spectral_radius(spectrum, beta)
print(spectrum[radii.argmax()], radii.max())
"""


def along_spectrum(z: Any, kappa: Any, share: Any) -> Any:
    """ηλ at this share of the way from the largest curvature to the smallest, on a logarithmic scale."""
    return z * kappa ** (-share)


class RegimeExplorer(Explorer):
    """The map of momentum on quadratics: one direction is a point, a spectrum is a row of points.

    Beside it the two eigenvalues in the complex plane, and the runs from x = 1 at rest, with ±ρᵗ of the
    steepest dashed. With one curvature and no slider for κ the words are those of a lone direction.

    Args:
        key: Name in links.
        z: lr × curvature of the steepest direction, 0 to 4.
        momentum: β.
        kappa: Condition number: seven curvatures from the steepest to one κ times smaller; 1 for one alone.
        steps: Number of steps at first.
        show: Which sliders to show, in order; default all.

    Raises:
        TypeError, ValueError: For unknown or invalid values.

    Example:
        >>> explorer = RegimeExplorer(z=2.4, momentum=0.25, kappa=20)
        >>> explorer.result()["regime"], round(explorer.result()["rho"], 6)
        ('ripples', 0.858945)
    """

    def __init__(
        self,
        *,
        key: str = "regimes",
        z: float = 0.5,
        momentum: float = rules.MOMENTUM,
        kappa: float = 1.0,
        steps: int = 40,
        show: Iterable[str] | None = None,
    ) -> None:
        if not 0 <= number("z", z) <= MAX_Z:
            raise ValueError(f"z must be in [0, {MAX_Z}], got {z:g}")
        visible = None if show is None else settings.names("show", show)
        lone = kappa == 1 and visible is not None and "kappa" not in visible
        words = ("Direction", "Eigenvalues") if lone else ("Steepest direction", "Slowest direction")
        params = {
            "z": Param(0.5, (0, MAX_Z), symbol="ηλ", label="lr × curvature" if lone else "steepest"),
            "momentum": rules.MOMENTUM,
            "kappa": objectives.ravine.params["kappa"],
            "steps": settings.steps_param(steps),
        }
        super().__init__(
            "regimes",
            key,
            title="Momentum on the map of ηλ and β",
            settings=Settings.of(
                "RegimeExplorer", params, {"z": z, "momentum": momentum, "kappa": kappa}, show=visible
            ),
            program=_program(),
            lines=[(words[0], "momentum"), (words[1], "momentum" if lone else "ink")],
            snippet=_SNIPPET if lone else _SNIPPET + _SPECTRUM_SNIPPET,
            lone=lone,
            tall=1 if lone else 2,
            directions=DIRECTIONS,
            tie=TIE,
            regimes=list(zip(theory.REGIMES, SEEN, strict=True)),
            map={
                "colors": style.map_colors(),
                "levels": plots.MAP_LEVELS,
                "names": plots.MAP_NAMES,
                **style.MAP_INK,
            },
            maxDots=style.MAX_DOTS,
        )

    def __repr__(self) -> str:
        return f"RegimeExplorer({', '.join(f'{name}={value:g}' for name, value in self.values.items())})"

    def spectrum(self) -> np.ndarray:
        """ηλ of every direction, the steepest first."""
        shares = np.arange(DIRECTIONS) / (DIRECTIONS - 1)
        return along_spectrum(self.values["z"], self.values["kappa"], shares)

    def run(self, z: float) -> np.ndarray:
        """The run along the direction with this ηλ, from x = 1."""
        steps, beta = self.values["steps"], self.values["momentum"]
        start = (1.0,)
        return simulate(objectives.parabola, rules.momentum, start, steps=steps, lr=z, momentum=beta).theta[
            :, 0
        ]

    def result(self) -> dict[str, Any]:
        spectrum, beta = self.spectrum(), self.values["momentum"]
        a, b, c = (float(part) for part in theory.momentum_eigenvalues(spectrum[0], beta))
        slowest = self._slowest()
        return {
            "regime": theory.regime(spectrum[0], beta),
            "rho": float(theory.spectral_radius(spectrum[0], beta)),
            "eigenvalues": [[a, c], [b, -c]],
            "x": float(self.run(spectrum[0])[-1]),
            "slowest": {
                "z": float(spectrum[slowest]),
                "regime": theory.regime(spectrum[slowest], beta),
                "rho": float(theory.spectral_radius(spectrum[slowest], beta)),
            },
        }

    def _slowest(self) -> int:
        """The direction with the largest radius; of equals the steepest."""
        radii = theory.spectral_radius(self.spectrum(), self.values["momentum"])
        return int(np.argmax(radii >= radii.max() - TIE))

    @property
    def alt(self) -> str:
        found, values = self.result(), self.values
        seen = SEEN[theory.REGIMES.index(found["regime"])]
        said = (
            f"A map of the spectral radius over ηλ and momentum β with a ring at ηλ = {values['z']:g}, "
            f"β = {values['momentum']:g}; its two eigenvalues in the complex plane; and its run. "
            f"The regime is {found['regime']}, ρ = {found['rho']:.4g}: the run {seen}."
        )
        if values["kappa"] == 1:
            return said
        slow = found["slowest"]
        return (
            f"{said} Of {DIRECTIONS} directions with curvatures in the ratio {values['kappa']:g} to 1, the "
            f"slowest has ηλ = {slow['z']:.3g}: {slow['regime']}, ρ = {slow['rho']:.4g}."
        )

    def figure(self) -> Figure:
        spectrum, beta = self.spectrum(), self.values["momentum"]
        colors, ink, slowest = style.palette("light"), style.MAP_INK, self._slowest()
        looks = [{"color": colors["soft"], "alpha": 0.5, "linewidth": 0.8} for _ in spectrum]
        looks[slowest] = {"color": colors["ink"]}
        looks[0] = {"color": colors["momentum"]}
        with style.rc():
            figure = Figure(figsize=(7.4, 4.4), layout="constrained")
            axes = figure.subplot_mosaic("mp;mt", width_ratios=(1.5, 1))
            chart = axes["m"]
            plots.plot_regimes(ax=chart)
            chart.plot(
                np.sqrt(spectrum), np.full(DIRECTIONS, beta), "-o", color=ink["dark"], mfc=ink["light"]
            )
            chart.plot(np.sqrt(spectrum[slowest]), beta, "o", color=ink["dark"])
            ring = {"markersize": 10, "mfc": colors["field"], "mec": colors["momentum"], "mew": 2.5}
            chart.plot(np.sqrt(spectrum[0]), beta, "o", **ring)
            _draw_eigenvalues(axes["p"], spectrum, beta, looks)
            for z, look in reversed(list(zip(spectrum, looks, strict=True))):
                axes["t"].plot(self.run(z), **look)
            axes["t"].set(xlabel="step", ylabel="$x$", ylim=(-2, 2))
        return figure


def _draw_eigenvalues(ax: Axes, spectrum: np.ndarray, beta: float, looks: list[dict[str, Any]]) -> None:
    """The two eigenvalues of every direction, the unit circle, and the one of radius √β."""
    colors = style.palette("light")
    ax.add_patch(Circle((0, 0), 1, facecolor=colors["shade"], edgecolor=colors["soft"], alpha=0.6))
    ax.add_patch(Circle((0, 0), beta**0.5, fill=False, linestyle="--", edgecolor=colors["soft"]))
    for z, look in reversed(list(zip(spectrum, looks, strict=True))):
        a, b, c = theory.momentum_eigenvalues(z, beta)
        ax.plot([a, b], [c, -c], "o", color=look["color"], markersize=5)
    ax.set(xlim=(-1.3, 1.3), ylim=(-1.2, 1.2), aspect="equal", xlabel="Re μ", ylabel="Im μ")


def _program() -> str:
    """The page's mathematics: closed forms by name, and the run of one direction."""
    functions = {
        "radius": theory.spectral_radius,
        "eigenvalues": theory.momentum_eigenvalues,
        "regime": theory.regime_number,
        "critical": theory.critical,
        "limit": theory.stability_limit,
        "corners": theory.level_corners,
        "stepsTo": theory.iterations_to,
        "alongSpectrum": along_spectrum,
    }
    made = "".join(f"export {symbolic.function(f, name=n).javascript()}" for n, f in functions.items())
    return f"{made}export {symbolic.step(objectives.parabola, rules.momentum).javascript()}"
