"""One run of a rule on an objective, in PyTorch: the reference every other form is tested against."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from d2l_ext import ops
from d2l_ext.objectives import Objective, as_objective, as_start
from d2l_ext.params import nest, resolve, whole
from d2l_ext.rules import Rule, as_rule


@dataclass(frozen=True, repr=False)
class Trajectory:
    """A run: every iterate and its loss.

    Attributes:
        objective, rule: What was minimised, and how.
        hyper: The rule's hyperparameters, flat (``betas.0``).
        theta: Iterates, shape ``(steps + 1, d)``; row 0 is the start.
        loss: The objective there, shape ``(steps + 1,)``; noise counts as zero.
    """

    objective: Objective
    rule: Rule
    hyper: dict[str, float] = field(default_factory=dict)
    theta: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    loss: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def steps(self) -> int:
        return len(self.loss) - 1

    def __repr__(self) -> str:
        end = ", ".join(f"{c:g}" for c in self.theta[-1])
        return f"Trajectory({self.rule.name} on {self.objective.name}: {self.steps} steps to ({end}))"


def simulate(
    objective: Any,
    rule: Any,
    start: Any = None,
    *,
    steps: int,
    noise: Any = None,
    **hyper: Any,
) -> Trajectory:
    """Run `rule` on `objective` in float64, with gradients from autograd.

    Args:
        objective: An `Objective`, or a plain function of its coordinates.
        rule: A `Rule`, or the name of one of the book's.
        start: Start, shape ``(d,)``; default the objective's own.
        steps: Number of updates.
        noise: Standard normal numbers, shape ``(steps, d)``, for an objective that takes them.
        **hyper: Hyperparameters of the rule, under their own names.

    Returns:
        The run. A run that diverges ends in infinities or NaN; nothing is cut off.

    Raises:
        TypeError: For an unknown hyperparameter or one that is no number.
        ValueError: For a value outside its valid range, or arrays of the wrong shape.

    Example:
        >>> from d2l_ext import objectives, rules
        >>> run = simulate(objectives.parabola, rules.gd, start=1.0, steps=3, lr=0.5)
        >>> run.theta[:, 0].tolist()
        [1.0, 0.5, 0.25, 0.125]
    """
    objective, rule = as_objective(objective), as_rule(rule)
    start = as_start(objective, start)
    steps = whole("steps", steps)
    hyper = resolve(rule.name, rule.hyper, hyper)
    values = nest(hyper)
    noise = _noise(objective, noise, steps, len(start))

    theta = torch.tensor(start, dtype=torch.float64)
    state = rule.initial_state(torch.zeros_like(theta))
    path = np.empty((steps + 1, len(start)))
    loss = np.empty(steps + 1)
    for k in range(steps + 1):
        inputs = {"t": k + 1, "noise": torch.zeros_like(theta)}
        path[k] = theta.numpy()
        loss[k] = float(_evaluate(objective, theta, inputs))
        if k == steps:
            break
        if noise is not None:
            inputs["noise"] = noise[k]
        theta, state = rule(theta, _gradient(objective, theta, inputs), state, **values)
        if objective.project is not None:
            theta = ops.clip(theta, *objective.project)
    return Trajectory(objective, rule, hyper, path, loss)


def _evaluate(objective: Objective, theta: torch.Tensor, inputs: dict[str, Any]) -> Any:
    return objective(*theta.unbind(), **{name: inputs[name] for name in objective.inputs})


def _gradient(objective: Objective, theta: torch.Tensor, inputs: dict[str, Any]) -> torch.Tensor:
    point = theta.clone().requires_grad_()
    value = _evaluate(objective, point, inputs)
    if not isinstance(value, torch.Tensor) or not value.requires_grad:
        return torch.zeros_like(theta)
    return torch.autograd.grad(value, point)[0]


def _noise(objective: Objective, noise: Any, steps: int, dimension: int) -> torch.Tensor | None:
    if "noise" not in objective.inputs:
        if noise is not None:
            raise TypeError(f"{objective.name} takes no noise")
        return None
    if noise is None:
        raise TypeError(f"{objective.name} needs noise of shape ({steps}, {dimension})")
    noise = torch.as_tensor(noise, dtype=torch.float64)
    if noise.shape != (steps, dimension):
        raise ValueError(f"noise must have shape ({steps}, {dimension}), got {tuple(noise.shape)}")
    return noise
