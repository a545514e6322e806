"""AdamExplorer: gradient descent, momentum, Adam and sign descent in a valley turned against the axes."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from d2l_ext import objectives, plots, rules, style, symbolic, theory
from d2l_ext.explorers import settings, snippets
from d2l_ext.explorers.base import Explorer
from d2l_ext.explorers.chaos_run import loaded
from d2l_ext.explorers.settings import Settings
from d2l_ext.objectives import Objective, as_objective, as_start
from d2l_ext.params import Param
from d2l_ext.pieces import LIMIT
from d2l_ext.rules import Rule
from d2l_ext.simulation import Trajectory

RULES = (rules.gd, rules.momentum, rules.adam, rules.sign_gd)
ANGLE = objectives.ravine.params["angle"]
# The rules that share a learning rate; what else they have is theirs alone.
OWN = {"adam": {"lr": "adam_lr"}, "sign_gd": {"lr": "adam_lr"}}
KEYS = {rule.name: {name: OWN.get(rule.name, {}).get(name, name) for name in rule.hyper} for rule in RULES}

_SNIPPET = """\
{objective}
start = theory.turned(«start.0», «start.1», «angle»)
gd = simulate(f, rules.gd, start, steps=«steps», {gd})
momentum = simulate(f, rules.momentum, start, steps=«steps», {momentum})
adam = simulate(f, rules.adam, start, steps=«steps», {adam})
sign = simulate(f, rules.sign_gd, start, steps=«steps», {sign_gd})
for run in (gd, momentum, adam, sign):
    print(run.theta[-1], run.loss[-1])

# The effective learning rates of Adam's last step, from all its gradients.
theta = torch.tensor(adam.theta[:-1], requires_grad=True)
f(*theta.T).sum().backward()
v = (1 - «betas.1») * theory.leaky_filter(theta.grad.numpy() ** 2, «betas.1»)[-1]
print(theory.adam_rate(v, «steps», «adam_lr», «betas.1», «eps»))
"""


class AdamExplorer(Explorer):
    """Four rules in a valley, the angle between it and the axes, and Adam's effective learning rates.

    The picture is drawn in the valley's own frame: what turns are the axes. So the paths of gradient descent
    and momentum, which do not depend on the angle, stand still. The page makes the very run that Python
    makes, bit for bit, if the objective is made of + - * /, whole powers, square roots, sine and cosine.

    Args:
        objective: An `Objective` with a parameter ``angle`` that turns it, or any function of two coordinates
            written with operators and `ops`, which is then turned.
        key: Name in links.
        angle: Between the valley and the axes, in degrees, at first.
        lr: Learning rate of gradient descent and momentum at first.
        adam_lr: Learning rate of Adam and sign descent at first.
        steps: Number of steps at first.
        start: Where all runs begin, in the valley's frame; default the objective's.
        show: Which sliders to show, in order; default the angle, both learning rates and the steps.
        ranges: ``{key: (low, high)}`` for sliders that need another range than the declared one.
        marks: For sliders with a value to mark, a function that gives it.
        **values: First values of other hyperparameters (``momentum``, ``betas``, ``eps``) and of the
            objective's parameters.

    Raises:
        TraceError: If the objective cannot run on symbols.
        TypeError, ValueError: For an objective that is not 2-D, takes noise or is projected, and for unknown
            or invalid values.

    Example:
        >>> straight, turned = (AdamExplorer(kappa=100, angle=angle).result() for angle in (0, 45))
        >>> [f"{found['runs']['gd']['loss']:.4f}" for found in (straight, turned)]
        ['0.0199', '0.0199']
        >>> [f"{found['runs']['adam']['loss']:.2g}" for found in (straight, turned)]
        ['2.9e-05', '0.26']
    """

    def __init__(
        self,
        objective: Any = objectives.ravine,
        *,
        key: str = "adam",
        angle: float = 0.0,
        lr: float = 0.4,
        adam_lr: float = 0.15,
        steps: int = 100,
        start: Any = None,
        show: Iterable[str] | None = None,
        ranges: Mapping[str, tuple[float, float]] | None = None,
        marks: Mapping[str, Callable[..., Any]] | None = None,
        **values: Any,
    ) -> None:
        objective = self._objective = _turnable(as_objective(objective))
        first = as_start(objective, start)
        params, self._params = _settings(objective, steps)
        given = {"angle": angle, "lr": lr, "adam_lr": adam_lr, **values}
        shown = ("angle", "lr", "adam_lr", "steps") if show is None else show
        made = _compiled(objective)
        self._steps, self._functions = made[0], loaded({**made[0], **made[1]})
        colors = style.color_names(KEYS)
        super().__init__(
            "adam",
            key,
            title=f"Four rules on {objective.name}",
            settings=Settings.of("AdamExplorer", params, given, show=shown, ranges=ranges),
            program=_program(*made),
            lines=[
                *((style.label(n), c) for n, c in zip(KEYS, colors, strict=True)),
                ("Adam's rates", "adam"),
            ],
            snippet=_snippet(objective, self._params),
            points=_places(objective, first),
            first={"start.0": first[0], "start.1": first[1]},
            marks=marks,
            params=list(self._params.items()),
            rules=[{"name": n, "color": c, "hyper": KEYS[n]} for n, c in zip(KEYS, colors, strict=True)],
            window=objective.window,
            minimizers=objective.minimizers,
            contours={"levels": style.CONTOUR_LEVELS, "power": style.CONTOUR_POWER},
            maxDots=style.MAX_DOTS,
            diverged=LIMIT,
        )

    def __repr__(self) -> str:
        numbers = ", ".join(f"{key}={value:g}" for key, value in self.values.items())
        return f"AdamExplorer({self._objective.name}; {numbers})"

    def _run(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """What a rule carries from step to step, its iterate first, one row a step; and the losses."""
        values, step = self.values, self._steps[name]
        start = self._functions["turn"](values["start.0"], values["start.1"], values["angle"])
        begin = dict(zip([s for s, first in step.carried.items() if first is None], start, strict=False))
        carried = [begin.get(s, first) for s, first in step.carried.items()]
        hyper = [values[key] for key in KEYS[name].values()]
        params, rows, losses = [values[key] for key in self._params.values()], [], []
        for k in range(values["steps"] + 1):
            rows.append(carried)
            carried, loss = self._functions[name](k, carried, hyper, params)
            losses.append(loss)
        return np.array(rows, dtype=float), np.array(losses, dtype=float)

    def rates(self) -> np.ndarray:
        """Adam's effective learning rates after each step, shape ``(steps, 2)``."""
        values, steps = self.values, self.values["steps"]
        v = self._run("adam")[0][1:, _moment(self._steps["adam"])]
        after = np.arange(1, steps + 1)[:, None]
        return self._functions["rate"](v, after, values["adam_lr"], values["betas.1"], values["eps"])

    @np.errstate(all="ignore")
    def result(self) -> dict[str, Any]:
        found = {}
        for name in KEYS:
            rows, loss = self._run(name)
            seen = np.stack(self._functions["turn"](*rows[:, :2].T, -self.values["angle"]))
            found[name] = {
                "theta": rows[-1, :2].tolist(),
                "loss": float(loss[-1]),
                "diverged": not (np.abs(seen) <= LIMIT).all(),
            }
        return {"runs": found, "rates": self.rates()[-1].tolist()}

    @property
    def alt(self) -> str:
        result, values = self.result(), self.values
        ends = [f"{style.label(name)}: {found['loss']:.3g}" for name, found in result["runs"].items()]
        x, y = result["rates"]
        return (
            f"Contours of {self._objective.name}, the axes turned against it by {values['angle']:g} degrees, "
            f"with four traces. Loss after {values['steps']} steps: {'; '.join(ends)}. Beside it Adam's "
            f"effective learning rates against step, {x:.3g} for x and {y:.3g} for y at the end."
        )

    @np.errstate(all="ignore")
    def figure(self) -> Figure:
        values = self.values
        own = {name: 0.0 if name == "angle" else values[key] for name, key in self._params.items()}
        flat, runs = self._objective.at(**own), []
        for rule in RULES:
            rows, loss = self._run(rule.name)
            seen = np.stack(self._functions["turn"](*rows[:, :2].T, -values["angle"]), 1)
            runs.append(Trajectory(flat, rule, {}, seen, loss))
        with style.rc():
            figure = Figure(layout="constrained")
            grid = figure.add_gridspec(2, 2, width_ratios=(1.75, 1), height_ratios=(1.2, 1))
            plane = plots.plot_trace(*runs, ax=figure.add_subplot(grid[:, 0]))
            plane.set(xlabel="$u$", ylabel="$w$")
            self._draw_rates(figure.add_subplot(grid[0, 1]))
            loss = plots.plot_loss(*runs, ax=figure.add_subplot(grid[1, 1]))
            if legend := loss.get_legend():
                legend.remove()
        return figure

    def _draw_rates(self, ax: Axes) -> None:
        colors, steps = style.palette("light"), np.arange(1, self.values["steps"] + 1)
        for rate, name, dash in zip(self.rates().T, "xy", ("-", "--"), strict=True):
            ax.semilogy(steps, rate, dash, color=colors["adam"], label=f"Adam, {name}")
        ax.axhline(self.values["lr"], color=colors["gd"], linewidth=1.2, label="gradient descent")
        ax.set(ylabel="effective rate")
        ax.legend(frameon=False, fontsize=8)


def _turnable(objective: Objective) -> Objective:
    """`objective` with a parameter ``angle`` that turns it about the origin."""
    if len(objective.start) != 2:
        raise ValueError(f"objective must have 2 coordinates, {objective.name} has {len(objective.start)}")
    if objective.inputs or objective.project is not None:
        raise ValueError(f"objective must take no noise and no time, and not be projected: {objective.name}")
    if "angle" in objective.params:
        return objective

    def turned(x, y, *, angle, **own):
        return objective(*theory.turned(x, y, -angle), **own)

    keyword = inspect.Parameter.KEYWORD_ONLY
    names = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in objective.coordinates]
    own = [
        p
        for p in inspect.signature(objective.function).parameters.values()
        if p.kind is keyword and p.name not in objective.bound
    ]
    described: Any = turned
    described.__signature__ = inspect.Signature(
        [*names, *own, inspect.Parameter("angle", keyword, default=ANGLE)]
    )
    described.__name__ = objective.name
    return replace(objective, function=turned, bound={})


def _settings(objective: Objective, steps: int) -> tuple[dict[str, Param], dict[str, str]]:
    """Every setting by its key; for the objective's parameters the keys by their own names."""

    def rate(rule: Rule, label: str) -> Param:
        return Param(rule.hyper["lr"], (0.001, 1), scale="log", label=label, valid=rule.hyper["lr"].valid)

    params = {
        "angle": ANGLE,
        "lr": rate(rules.gd, "η of GD, momentum"),
        "adam_lr": rate(rules.adam, "η of Adam, sign"),
        "steps": settings.steps_param(steps),
    }
    for rule in RULES:
        params |= {key: rule.hyper[name] for name, key in KEYS[rule.name].items() if key not in params}
    own = {n: f"objective.{n}" if n in params and n != "angle" else n for n in objective.params}
    return params | {key: objective.params[name] for name, key in own.items()}, own


def _places(objective: Objective, start: tuple[float, ...]) -> list[dict[str, Any]]:
    """Bounds of the start, in the valley's frame."""
    labels = ("u", "w")  # along a valley such as `ravine`, and across it
    places = settings.place(objective, start)
    return [{**place, "label": label} for place, label in zip(places, labels, strict=True)]


def _moment(step: symbolic.Step) -> list[int]:
    """Where a row of what Adam carries has its second moments: after the iterate come the slots in order."""
    d = len(step.coordinates)
    at = [name for name in rules.adam.slots if name != "t"].index("v") + 1
    return list(range(d * at, d * (at + 1)))


def _compiled(objective: Objective) -> tuple[dict[str, symbolic.Step], dict[str, symbolic.Function]]:
    """Steps of all rules, and what else the view computes; they give the same bits in both languages."""
    steps = {rule.name: symbolic.portable(symbolic.step(objective, rule)) for rule in RULES}
    functions = {
        "value": symbolic.function(objective, name="value"),
        "turn": symbolic.function(theory.turned, name="turn"),
        "rate": symbolic.function(theory.adam_rate, name="rate"),
    }
    waves = {"sine": symbolic.SINE, "cosine": symbolic.COSINE}
    return steps, {**waves, **{name: symbolic.portable(made) for name, made in functions.items()}}


def _program(steps: Mapping[str, symbolic.Step], functions: Mapping[str, symbolic.Function]) -> str:
    """The page's mathematics as a JavaScript module. A row of Adam's run holds second moments as well."""
    adam = steps["adam"]
    watched = tuple(list(adam.carried)[i] for i in _moment(adam))
    shown = {**steps, "adam": replace(adam, coordinates=(*adam.coordinates, *watched))}
    runs = "".join(f'"{name}": {step.javascript()},\n' for name, step in shown.items())
    return (
        "".join(f"export {f.javascript()}" for f in functions.values())
        + f"export const runs = {{\n{runs}}};\n"
    )


def _snippet(objective: Objective, keys: Mapping[str, str]) -> str:
    """Python that repeats what is shown."""
    hyper = {name: snippets.arguments(keys) for name, keys in KEYS.items()}
    line = snippets.objective_line(objective, keys)
    return "import torch\n\n" + snippets.importing(_SNIPPET.format(objective=line, **hyper))
