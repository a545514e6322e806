"""DecayExplorer: two weights that shrink, by an L2 penalty and by a decoupled decay."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from d2l_ext import objectives, rules, style, symbolic, theory
from d2l_ext.explorers import snippets
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.settings import MAX_STEPS, SEED, Settings
from d2l_ext.noise import standard_normal
from d2l_ext.params import Param, whole
from d2l_ext.rules import RULES, Rule, as_rule
from d2l_ext.simulation import simulate

WEIGHTS = ("loud", "quiet")
KINDS = {"l2": rules.coupled, "decay": rules.decoupled}
# Rules whose steps are linear in the gradient: their mean is the run without noise.
LINEAR = ("gd", "momentum", "ema_momentum", "nesterov")
SHORT = {"gd": "SGD", "ema_momentum": "averaged", "momentum": "heavy ball"}

LR = Param(1e-3, (1e-4, 0.1), scale="log", symbol="η", label="learning rate", valid=(0, inf))
DECAY = Param(1.0, (0.01, 10), scale="log", symbol="λ", label="weight decay", valid=(0, inf))


class DecayExplorer(Explorer):
    """Two weights with nothing to learn, one loud and one quiet, shrunk by an L2 penalty and by a decay.

    Their gradients are one noise in two sizes (`objectives.noise_alone`). Thin lines are the mean over all
    noise: exact for rules that are linear in the gradient and for AdamW, `theory.adam_penalty_step` for Adam
    with a penalty. Other rules have none.

    Args:
        rules: The optimizers to choose from, rules or their names.
        key: Name in links.
        optimizer: Number of the one shown at first, from 1; default the last.
        steps: Number of steps at first.
        show: Which sliders to show, in order; default all.
        ranges: ``{key: (low, high)}`` for sliders that need another range than the declared one.
        **values: First values of the other settings: ``lr``, ``weight_decay``, ``loud``, ``quiet``, ``seed``.

    Raises:
        TraceError: If a rule cannot run on symbols.
        TypeError, ValueError: For unknown or invalid values.

    Example:
        >>> found = DecayExplorer(optimizer=1, steps=100).result()
        >>> abs(found["quiet"]["l2"] - found["quiet"]["decay"]) < 1e-12
        True
    """

    def __init__(
        self,
        rules: Sequence[Any] = ("gd", "ema_momentum", "momentum", "adam"),
        *,
        key: str = "decay",
        optimizer: int | None = None,
        steps: int = 3000,
        show: Iterable[str] | None = None,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        **values: Any,
    ) -> None:
        chosen = [as_rule(rule) for rule in (rules if isinstance(rules, list | tuple) else [rules])]
        if not chosen or len({rule.name for rule in chosen}) < len(chosen):
            raise ValueError(f"rules must be one or several different ones, got {[r.name for r in chosen]}")
        count = len(chosen)
        optimizer = whole("optimizer", count if optimizer is None else optimizer, 1, count)
        self._rules, self._known = chosen, ({}, {})
        choice = {"optimizer": Param(optimizer, (1, count), label="optimizer")} if count > 1 else {}
        params = {
            **choice,
            "lr": LR,
            "weight_decay": DECAY,
            **{name: objectives.noise_alone.params[name] for name in WEIGHTS},
            "steps": Param(whole("steps", steps, 1, MAX_STEPS), (1, max(200, 2 * steps)), label="steps"),
            "seed": SEED,
        }
        names = [SHORT.get(rule.name, style.label(rule.name)) for rule in chosen]
        super().__init__(
            "decay",
            key,
            title="L2 penalty and weight decay",
            settings=Settings.of(
                "DecayExplorer",
                params,
                {**dict.fromkeys(choice, optimizer), "steps": steps, **values},
                show=show,
                ranges=ranges,
                words={"optimizer": names},
            ),
            program=_program(chosen),
            lines=[("Loud weight", "ink"), ("Quiet weight", "soft")],
            snippet=_snippet(chosen),
            weights=WEIGHTS,
            methods=[_method(rule) for rule in chosen],
            names={"l2": "L2", "decay": "decay"},
        )

    def __repr__(self) -> str:
        return f"DecayExplorer({', '.join(f'{key}={value:g}' for key, value in self.values.items())})"

    @property
    def _at(self) -> int:
        """Place of the optimizer in `rules`."""
        return self.values.get("optimizer", 1) - 1

    def _paths(self) -> dict[str, np.ndarray]:
        """Both weights step by step, shape ``(steps + 1, 2)``; ``expected`` before a name for the means."""
        if self._known[0] != self.values:
            given = {key: value for key, value in self.values.items() if key != "optimizer"}
            self._known = dict(self.values), _run(self._rules[self._at], **given)
        return self._known[1]

    def result(self) -> dict[str, Any]:
        ends = {name: path[-1] for name, path in self._paths().items()}
        return {
            weight: {name: float(end[i]) for name, end in ends.items()} for i, weight in enumerate(WEIGHTS)
        }

    @property
    def alt(self) -> str:
        r, values = self.result(), self.values
        name = style.label(self._rules[self._at].name)
        told = " ".join(
            f"The {weight} one, with gradients of size {values[weight]:g}, goes from 1 to "
            f"{r[weight]['l2']:.2g} under the L2 penalty and to {r[weight]['decay']:.2g} under the decay."
            for weight in WEIGHTS
        )
        return (
            f"Two weights over {values['steps']} steps of {name}, dashed for an L2 penalty and solid for a "
            f"decoupled weight decay. {told}"
        )

    def figure(self) -> Figure:
        paths = self._paths()
        with style.rc():
            figure = Figure(figsize=(7.4, 3.1), layout="constrained")
            for i, ax in enumerate(figure.subplots(1, 2)):
                self._draw(ax, i, {name: path[:, i] for name, path in paths.items()})
        return figure

    def _draw(self, ax: Axes, weight: int, paths: Mapping[str, np.ndarray]) -> None:
        colors, method = style.palette("light"), self.spec["methods"][self._at]
        pale, wide = (0.4, 4.4) if method["l2"]["color"] == method["decay"]["color"] else (1, 2.6)
        for kind, width in (("decay", wide), ("l2", 1.8)):
            look, color = "-" if kind == "decay" else "--", colors[method[kind]["color"]]
            if method["expected"]:
                ax.plot(paths[f"expected_{kind}"], look, color=colors["ink"], linewidth=0.8)
            name = self.spec["names"][kind]
            alpha = pale if kind == "decay" else 1
            ax.plot(paths[kind], look, color=color, linewidth=width, alpha=alpha, label=name)
        ax.axhline(0, color=colors["line"], linewidth=1, zorder=0)
        name = WEIGHTS[weight]
        ax.set(xlabel="step", ylabel=rf"$\theta_{weight + 1}$")
        ax.set_title(f"{name}: gradients of size {self.values[name]:g}", fontsize=10)
        ax.legend(frameon=False)


def _run(rule: Rule, *, lr: float, weight_decay: float, steps: int, seed: int, **sizes: float) -> Any:
    """The four runs, and what they are on average."""
    shocks = standard_normal((steps, len(WEIGHTS)), seed=seed)
    hyper = {"lr": lr, "weight_decay": weight_decay}

    def run(kind: str, **sizes: float) -> np.ndarray:
        loud = objectives.noise_alone.at(**sizes)
        return simulate(loud, KINDS[kind](rule), steps=steps, noise=shocks, **hyper).theta

    paths = {kind: run(kind, **sizes) for kind in KINDS}
    expected = _method(rule)["expected"]
    if not expected:
        return paths
    calm = dict.fromkeys(WEIGHTS, 0.0)
    means = {kind: run(kind, **calm) for kind in KINDS if (kind, expected) != ("l2", "adam")}
    if expected == "adam":
        means["l2"] = _mean_under_adam(np.array([sizes[name] for name in WEIGHTS]), steps, **hyper)
    return paths | {f"expected_{kind}": means[kind] for kind in KINDS}


def _mean_under_adam(noise: np.ndarray, steps: int, **hyper: float) -> np.ndarray:
    theta, m, v = np.ones_like(noise), np.zeros_like(noise), np.zeros_like(noise)
    path = [theta]
    for t in range(1, steps + 1):
        theta, m, v = theory.adam_penalty_step(theta, m, v, t, noise=noise, **hyper, **_adam())
        path.append(theta)
    return np.array(path)


def _adam() -> dict[str, float]:
    """Adam's own constants, by the names of `theory.adam_penalty_step`."""
    hyper = rules.adam.hyper
    return {"beta1": hyper["betas.0"], "beta2": hyper["betas.1"], "eps": hyper["eps"]}


def _method(rule: Rule) -> dict[str, Any]:
    """What the view must know of an optimizer: its constants, its two runs, how to find their means."""
    made = {kind: make(rule).name for kind, make in KINDS.items()}
    own = RULES.get(rule.name) is rule
    return {
        "name": style.label(rule.name),
        "hyper": {name: float(value) for name, value in rule.hyper.items()},
        **{
            kind: {
                "run": name,
                "color": style.color_names([name])[0],
                "dash": style.PATTERNS[style.dash(name)],
            }
            for kind, name in made.items()
        },
        "expected": "calm" if own and rule.name in LINEAR else "adam" if rule is rules.adam else "",
    }


def _program(chosen: Sequence[Rule]) -> str:
    """The page's mathematics: a run of each rule in each kind, and the step of the mean under Adam."""
    made = {make(rule).name: make(rule) for rule in chosen for make in KINDS.values()}
    runs = "".join(
        f'"{name}": {symbolic.step(objectives.noise_alone, rule).javascript()},\n'
        for name, rule in made.items()
    )
    mean = symbolic.function(
        lambda theta, m, v, t, lr, weight_decay, noise: theory.adam_penalty_step(
            theta, m, v, t, lr, weight_decay, noise, **_adam()
        ),
        name="mean",
    )
    return f"export {mean.javascript()}export const runs = {{\n{runs}}};\n"


def _snippet(chosen: Sequence[Rule]) -> str:
    own = [rule for rule in chosen if RULES.get(rule.name) is not rule]
    names = [rule.name if rule in own else f"rules.{rule.name}" for rule in chosen]
    given = snippets.arguments({name: name for name in WEIGHTS})
    lines = [
        *(symbolic.definition(rule) + "\n" for rule in own),
        f"chosen = [{', '.join(names)}][«optimizer» - 1]" if len(names) > 1 else f"chosen = {names[0]}",
        f"f = objectives.noise_alone.at({given})",
        "shocks = noise.standard_normal((«steps», 2), seed=«seed»)",
        "for made in (rules.coupled(chosen), rules.decoupled(chosen)):",
        "    run = simulate(f, made, steps=«steps», noise=shocks, lr=«lr», weight_decay=«weight_decay»)",
        "    print(made.name, *run.theta[-1])",
    ]
    return snippets.importing("\n".join(lines) + "\n")
