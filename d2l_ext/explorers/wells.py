"""WellsExplorer: walkers in a sharp and in a flat well, how long they stay, and how long they should."""

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

PROBLEM = objectives.glued_wells
# What may move the walkers, and how long theory says that it takes to leave a well of this curvature.
METHODS = {"gd": rules.gd, "ema_momentum": rules.ema_momentum, "adam": rules.adam, "adai": rules.adai}
WORDS = ("SGD", "averaged momentum", "Adam", "Adai")
COLORS = ("gd", "momentum", "adam", "adai")
HOMES = ("sharp", "flat")
HEIGHT = 0.2
MOST = 500
# This share of a run, its beginning, is not counted: so long it takes until leaving is steady.
BEGINNING = 0.25

_SNIPPET = """\
from d2l_ext import WellsExplorer

found = WellsExplorer({walkers}method=«method», lr=«lr», ratio=«ratio»,
    steps=«steps», batch=«batch», seed=«seed»).result()
for home in ("sharp", "flat"):
    well = found[home]
    print(home, well["left"], well["counted"], well["risk"], well["theory"])
print("in the flat well now:", found["share"])
"""


def _escapes(lr, well, batch):
    """Mean steps to leave a well of this curvature, for each method."""
    return (
        theory.escape_sgd(lr, well, well, HEIGHT, batch=batch),
        theory.escape_momentum(lr, well, well, HEIGHT, batch=batch),
        theory.escape_adam(lr, well, well, HEIGHT, batch=batch),
        theory.escape_adai(lr, well, well, HEIGHT, batch=batch),
    )


def _exponents(lr, well, batch):
    plain = theory.escape_exponent(lr, well, well, HEIGHT, batch=batch)
    # Adam's learning rate is η√(B/H) there.
    adam = theory.escape_exponent(lr * ops.sqrt(batch / well), well, well, HEIGHT, batch=batch)
    return plain, plain, adam, plain


def _half(well):
    """From the top of the barrier to where it meets a well of this curvature; the bottom is twice as far."""
    return ops.sqrt(HEIGHT / well)


@cache
def _noise(seed: int, walkers: int, steps: int) -> np.ndarray:
    return noise.standard_normal((steps, walkers), seed=seed)


class WellsExplorer(Explorer):
    """A sharp and a flat well of one depth; walkers with seeded gradient noise hop from one to the other.

    The flat well has curvature 1, the sharp one `ratio`, the barrier between them is 0.2 high
    (`objectives.glued_wells`). Half of the walkers start at each bottom. A walker has left its well when it
    first gets beyond the barrier to where the other well begins. Rounding errors shrink in a well and grow a
    little on the barrier, so all counts are those of Python.

    Args:
        key: Name in links.
        method: 0 SGD, 1 averaged momentum, 2 Adam, 3 Adai, with the rules' own betas.
        lr: Learning rate at first.
        ratio: How many times sharper the sharp well is.
        steps: Number of steps at first, 20 to 500.
        batch: Batch size: the noise has variance curvature / batch.
        walkers: How many walkers, an even number.
        seed: Of the noise.
        show: Which sliders to show, in order.
        ranges: ``{key: (low, high)}`` for sliders that need another range than the declared one.

    Raises:
        TypeError, ValueError: For unknown or invalid values.

    Example:
        >>> found = WellsExplorer(lr=0.1, ratio=2).result()
        >>> sharp, flat = (found[home]["risk"] / found[home]["counted"] for home in ("sharp", "flat"))
        >>> flat > 5 * sharp, abs(sharp / found["sharp"]["theory"] - 1) < 0.15
        (True, True)
    """

    def __init__(
        self,
        *,
        key: str = "wells",
        method: int = 0,
        lr: float = 0.1,
        ratio: float = 2.0,
        steps: int = 250,
        batch: float = 1.0,
        walkers: int = 2000,
        seed: int = 0,
        show: Iterable[str] | None = ("method", "lr", "ratio", "steps"),
        ranges: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        self._kept: Any = None
        self._walkers = whole("walkers", walkers, 2, 100_001)
        if self._walkers % 2:
            raise ValueError(f"walkers must be even, half of them in each well, got {walkers}")
        params = {
            "method": Param(0, (0, len(METHODS) - 1), label="optimizer", valid=(0, len(METHODS))),
            "lr": Param(0.1, (0.02, 0.3), scale="log", symbol="η", label="learning rate", valid=(1e-6, 0.5)),
            "ratio": Param(2.0, (1, 5), symbol="k", label="left sharpness", valid=(1, 10)),
            "steps": Param(250, (20, MOST), label="steps", valid=(20, MOST + 1)),
            "batch": Param(1.0, (0.5, 8), scale="log", symbol="B", label="batch size", valid=(1e-3, inf)),
            "seed": SEED,
        }
        first = {"method": method, "lr": lr, "ratio": ratio, "steps": steps, "batch": batch, "seed": seed}
        steps_made = {name: symbolic.step(PROBLEM, rule) for name, rule in METHODS.items()}
        self._steps = {name: _loaded(made) for name, made in steps_made.items()}
        super().__init__(
            "wells",
            key,
            title="A sharp and a flat well",
            settings=Settings.of(
                "WellsExplorer", params, first, show=show, ranges=ranges, words={"method": WORDS}
            ),
            program=_program(steps_made),
            lines=[("Sharp well", "other-1"), ("Flat well", "other-2"), ("Theory", "ink")],
            snippet=_SNIPPET.format(walkers="" if walkers == 2000 else f"walkers={walkers}, "),
            tall=1,
            window=PROBLEM.window[0],
            height=HEIGHT,
            walkers=self._walkers,
            usual=250,
            most=MOST,
            beginning=BEGINNING,
            colors=COLORS,
            names=WORDS,
            # For each method its hyperparameters but lr, and what its state starts from after the iterate.
            hyper=[{n: float(p) for n, p in rule.hyper.items()} for rule in METHODS.values()],
            starts=[list(made.carried.values())[1:] for made in steps_made.values()],
        )

    def __repr__(self) -> str:
        return f"WellsExplorer({', '.join(f'{key}={value:g}' for key, value in self.values.items())})"

    def _run(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each walker is at the end, and the step at which it left its well: 0 if it has not."""
        values = tuple(self.values.items())
        if self._kept is None or self._kept[0] != values:
            self._kept = values, self._walk()
        return self._kept[1]

    def _walk(self) -> tuple[np.ndarray, np.ndarray]:
        values, half = self.values, self._walkers // 2
        name = list(METHODS)[int(values["method"])]
        advance, symbols, firsts = self._steps[name]
        hyper = {n: float(p) for n, p in METHODS[name].hyper.items()} | {"lr": values["lr"]}
        params = {"left": values["ratio"], "right": 1.0, "height": HEIGHT, "batch": values["batch"]}
        inner = float(_half(values["ratio"])), float(_half(1.0))
        x = np.repeat([-2 * inner[0], 2 * inner[1]], half)
        carried = [x, *(np.full(2 * half, first) for first in firsts)]
        left = np.zeros(2 * half, int)
        shocks = _noise(int(values["seed"]), 2 * half, MOST)
        for k in range(int(values["steps"])):
            given = [hyper[n] for n in symbols[0]], [params[n] for n in symbols[1]]
            carried, _ = advance(k, carried, *given, [shocks[k]])
            x = carried[0]
            gone = np.concatenate([x[:half] > inner[1], x[half:] < -inner[0]])
            left[gone & (left == 0)] = k + 1
        return x, left

    def result(self) -> dict[str, Any]:
        values, half = self.values, self._walkers // 2
        x, left = self._run()
        steps, method = int(values["steps"]), int(values["method"])
        begin = int(steps * BEGINNING)
        found: dict[str, Any] = {}
        for home, own, well in zip(HOMES, (left[:half], left[half:]), (values["ratio"], 1.0), strict=True):
            stays = np.where(own == 0, steps, own)
            found[home] = {
                "left": int((own > 0).sum()),
                "counted": int((own > begin).sum()),
                "risk": int(np.maximum(stays - begin, 0).sum()),
                "theory": float(_escapes(values["lr"], well, values["batch"])[method]),
                "exponent": float(_exponents(values["lr"], well, values["batch"])[method]),
            }
        return {**found, "share": float((x > 0).mean())}

    @property
    def alt(self) -> str:
        found, values = self.result(), self.values
        told = "; ".join(
            f"{well['left']} of {self._walkers // 2} have left the {home} well, where theory says once in "
            f"{well['theory']:.3g} steps"
            for home, well in ((home, found[home]) for home in HOMES)
        )
        return (
            f"Two wells of one depth, the left one {values['ratio']:g} times sharper, with "
            f"{self._walkers} walkers of {WORDS[int(values['method'])]}, learning rate {values['lr']:g}, "
            f"after {values['steps']:g} steps: {told}. Beside it the steps to leave against the sharpness."
        )

    def figure(self) -> Figure:
        with style.rc():
            figure = Figure(figsize=(7.4, 4.6), layout="constrained")
            axes = figure.subplot_mosaic("wl;sl", width_ratios=(1.6, 1), height_ratios=(1.2, 1))
            self._draw_wells(axes["w"])
            self._draw_stays(axes["s"])
            self._draw_law(axes["l"])
        return figure

    def _draw_wells(self, ax: Axes) -> None:
        colors, half, (x, _) = style.palette("light"), self._walkers // 2, self._run()
        ax.hist(
            [x[:half], x[half:]],
            bins=68,
            range=PROBLEM.window[0],
            stacked=True,
            color=[colors["other-1"], colors["other-2"]],
            alpha=0.7,
        )
        at = np.linspace(*PROBLEM.window[0], 401)
        over = ax.twinx()
        over.plot(at, PROBLEM(at, left=self.values["ratio"], height=HEIGHT), color=colors["ink"])
        over.set(ylim=(0, 2 * HEIGHT), yticks=[])
        ax.set(xlim=PROBLEM.window[0], xlabel="$x$", ylabel="walkers")

    def _draw_stays(self, ax: Axes) -> None:
        colors, half, (_, left) = style.palette("light"), self._walkers // 2, self._run()
        steps, found = np.arange(int(self.values["steps"]) + 1), self.result()
        for home, own, color in zip(HOMES, (left[:half], left[half:]), ("other-1", "other-2"), strict=True):
            gone = np.bincount(own, minlength=len(steps))[: len(steps)]
            gone[0] = 0
            ax.plot(steps, 1 - np.cumsum(gone) / half, color=colors[color])
            ax.plot(steps, np.exp(-steps / found[home]["theory"]), "--", color=colors["ink"], linewidth=1)
        ax.set(xlabel="step", ylabel="still at home", yscale="log", ylim=(0.01, 1.3))

    def _draw_law(self, ax: Axes) -> None:
        colors, found, values = style.palette("light"), self.result(), self.values
        k = np.geomspace(1, 5, 81)
        for i in (0, 1, 2):
            law = _escapes(values["lr"], k, values["batch"])[i]
            ax.plot(k, law, color=colors[COLORS[i]], label=WORDS[i])
        for home, at, color in zip(HOMES, (values["ratio"], 1.0), ("other-1", "other-2"), strict=True):
            well = found[home]
            if well["counted"]:
                ax.plot(at, well["risk"] / well["counted"], "o", mfc="white", mec=colors[color])
        ax.set(xscale="log", yscale="log", xlabel="sharpness $k$", ylabel="steps to leave")
        ax.set_xticks([1, 2, 3, 4, 5], ["1", "2", "3", "4", "5"])
        ax.minorticks_off()
        ax.legend(frameon=False, fontsize=8)


def _loaded(step: symbolic.Step) -> tuple[Any, tuple[list[str], list[str]], list[float]]:
    """A step as a Python function, the names of its inputs, and what its state starts from."""
    namespace: dict[str, Any] = {"np": np}
    exec(step.python(), namespace)
    firsts: Any = list(step.carried.values())[1:]
    return namespace["step"], (list(step.hyper), list(step.params)), firsts


def _program(steps: Mapping[str, symbolic.Step]) -> str:
    parts = [
        _value(),
        symbolic.function(_half, name="half").javascript(),
        symbolic.function(_escapes, name="escapes").javascript(),
        symbolic.function(_exponents, name="exponents").javascript(),
    ]
    code = "".join(f"export {part}" for part in parts)
    crowds = ",\n".join(made.crowd() for made in steps.values())
    return f"{code}export const crowds = [\n{crowds}\n];\n"


def _value() -> str:
    """The landscape without its noise."""

    def value(x, left):
        return PROBLEM(x, left=left, height=HEIGHT)

    return symbolic.function(value).javascript()
