"""How smooth an objective of one coordinate is on an interval."""

from typing import Any

import numpy as np
import torch

from d2l_ext.objectives import as_objective
from d2l_ext.params import interval

PLACES = 1001


def smoothness(objective: Any, within: tuple[float, float] | None = None) -> float:
    r"""The largest :math:`|f''|` at 1001 evenly spaced places of an interval, ends included.

    It is the smoothness constant L of the interval if :math:`|f''|` is largest at one of these places.
    Ripples between them are not seen.

    Args:
        objective: An objective of one coordinate, or a function of one.
        within: The interval; default the objective's window.

    Raises:
        ValueError: If the objective has several coordinates, or no finite second derivative there.

    Example:
        >>> smoothness(lambda x: x**4, (-2, 2))
        48.0
    """
    objective = as_objective(objective)
    if len(objective.start) != 1:
        raise ValueError(f"objective must have 1 coordinate, {objective.name} has {len(objective.start)}")
    low, high = interval("within", objective.window[0] if within is None else within)
    x = torch.linspace(low, high, PLACES, dtype=torch.float64, requires_grad=True)
    bent = np.abs(_derivative(_derivative(objective(x), x), x).detach().numpy())
    if not np.isfinite(bent).any():
        raise ValueError(f"objective must have a second derivative, {objective.name} has none in its window")
    return float(bent[np.isfinite(bent)].max())


def _derivative(values: Any, x: torch.Tensor) -> torch.Tensor:
    """Of each value by its own place; zero where nothing depends on it."""
    if not isinstance(values, torch.Tensor) or not values.requires_grad:
        return torch.zeros_like(x)
    return torch.autograd.grad(values.sum(), x, create_graph=True)[0]
