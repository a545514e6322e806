"""Model × data × optimizer: runs whose randomness is a seed, and what was seen on the way.

`train` fits linear regression by mini-batches, many seeds at once. `train_full_batch` fits any network by
steps on all data, and looks at the curvature of the loss as it goes. The optimizer is any of PyTorch's, the
book's own included.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from d2l_ext import curvature
from d2l_ext.params import number, whole

WEIGHT_SD = 0.01


@dataclass(frozen=True, eq=False)
class Training:
    """What `train` saw; with several seeds, `loss` and `theta` have one row each.

    Attributes:
        examples: How many examples had been seen at each record, shape ``(k,)``; the first is 0.
        loss: Mean loss over all data at each record, shape ``(k,)`` or ``(seeds, k)``.
        theta: Weights, then bias, at the end, shape ``(d + 1,)`` or ``(seeds, d + 1)``.
    """

    examples: np.ndarray
    loss: np.ndarray
    theta: np.ndarray


def half_squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    """Half the squared error of each example: its slope is the error itself."""
    return (prediction - target).square() / 2


def train(
    X: Tensor,
    y: Tensor,
    optimizer: Callable[[list[nn.Parameter]], Optimizer],
    *,
    batch_size: int,
    epochs: int,
    seed: int | Sequence[int] = 0,
    loss: Callable[[Tensor, Tensor], Tensor] = half_squared_error,
    every: int = 200,
) -> Training:
    """Fit ``y ≈ X @ weights + bias`` by mini-batches, in the dtype of `X`.

    The seed draws the weights, normal with standard deviation 0.01 (the bias starts at zero), and then,
    for each epoch, the order of the examples. Several seeds are trained side by side, each with an
    optimizer of its own: a seed ends where it ends alone.

    Args:
        X: Features, shape ``(n, d)``.
        y: Targets, shape ``(n,)``.
        optimizer: Makes an optimizer of a list of parameters: ``lambda p: torch.optim.SGD(p, lr=0.1)``.
            The list holds one vector: the weights, then the bias.
        batch_size: Examples a step; the last batch of an epoch may be smaller.
        epochs: Passes over the data.
        seed: A whole number, or a sequence of them for as many runs.
        loss: Loss of each example, from predictions and targets of one shape; a step is taken on its mean
            over the batch.
        every: Record the loss whenever this many more examples have been seen, and at the end.

    Raises:
        TypeError: If an argument is of another kind.
        ValueError: If a number is out of range, or an array has the wrong shape.

    Example:
        With full batches it is gradient descent, which ends at the least squares.

        >>> X = torch.tensor([[-1.0], [0.0], [1.0]], dtype=torch.float64)
        >>> y = 2 * X[:, 0] + 1
        >>> run = train(X, y, lambda p: torch.optim.SGD(p, lr=0.9), batch_size=3, epochs=50)
        >>> run.theta.round(6).tolist()
        [2.0, 1.0]
    """
    _check_data(X, y)
    batch_size, epochs = whole("batch_size", batch_size, 1), whole("epochs", epochs)
    every = whole("every", every, 1)
    several = isinstance(seed, Sequence | np.ndarray) and not isinstance(seed, str)
    draws = generators(seed if several else [seed])
    A = torch.cat([X, torch.ones_like(X[:, :1])], 1)  # (n, d + 1): the bias weighs a column of ones
    rows = [_start(X, draw) for draw in draws]  # a vector a seed
    optimizers = [made(optimizer, [row]) for row in rows]

    def losses(batch: Any = slice(None)) -> Tensor:
        """Mean loss of every seed over its own batch, or over all data; shape ``(seeds,)``."""
        prediction = (A[batch] * torch.stack(tuple(rows)).unsqueeze(1)).sum(-1)
        return _example_losses(loss, prediction, y[batch].expand_as(prediction)).mean(1)

    seen, examples, history = 0, [0], [losses().detach()]
    for _ in range(epochs):
        order = torch.stack([torch.randperm(len(y), generator=draw) for draw in draws])  # (seeds, n)
        for batch in order.split(batch_size, dim=1):
            for each in optimizers:
                each.zero_grad()
            losses(batch).sum().backward()  # no seed's loss depends on another's vector
            for each in optimizers:
                each.step()
            before, seen = seen, seen + batch.shape[1]
            if seen // every > before // every or seen == epochs * len(y):
                examples.append(seen)
                history.append(losses().detach())
    table, theta = torch.stack(history, 1).numpy(), torch.stack(tuple(rows)).detach().numpy()
    return Training(np.array(examples), table if several else table[0], theta if several else theta[0])


@dataclass(frozen=True, eq=False)
class FullBatch:
    """What `train_full_batch` saw. Step t is the model after t updates; a run that diverged ends early.

    Attributes:
        loss: Loss at every step, shape ``(steps + 1,)``.
        probed: The steps at which the curvature was measured, shape ``(p,)``; the first is 0.
        eigenvalues: The k largest eigenvalues of the Hessian there, descending, shape ``(p, k)``.
        hyper: The optimizer's hyperparameters: ``{"lr": 0.3, "momentum": 0, ...}``.
    """

    loss: np.ndarray
    probed: np.ndarray
    eigenvalues: np.ndarray
    hyper: dict[str, Any]

    @property
    def sharpness(self) -> np.ndarray:
        """The largest eigenvalue at each of `probed`, shape ``(p,)``."""
        return self.eigenvalues[:, 0]


def train_full_batch(
    model: nn.Module,
    loss: Callable[[Any], Tensor],
    optimizer: Callable[[list[nn.Parameter]], Optimizer],
    *,
    steps: int,
    every: int = 20,
    k: int = 1,
    tolerance: float = 1e-3,
) -> FullBatch:
    """Train `model` on all data at once: nothing is drawn, each step depends on the one before alone.

    At every probe Lanczos' method starts from the eigenvectors of the probe before, and a seeded random part.

    Args:
        model: What is trained, in place.
        loss: Its loss on all data, a scalar: ``lambda model: mse(model(X), Y)``.
        optimizer: Makes an optimizer of a list of parameters: ``lambda p: torch.optim.SGD(p, lr=0.1)``.
        steps: Number of updates.
        every: Measure the curvature whenever this many more updates have been made, from 0 on.
        k: How many of the largest eigenvalues to measure.
        tolerance: As in `curvature.top_eigenvalues`.

    Raises:
        TypeError, ValueError: For a number out of range, or a `loss` or `optimizer` of another kind.

    Example:
        A line through the origin has the same curvature everywhere: the mean of x².

        >>> X, y = torch.tensor([[1.0], [3.0]]), torch.tensor([[2.0], [6.0]])
        >>> line = network([1, 1], bias=False)
        >>> loss = lambda model: half_squared_error(model(X), y).mean()
        >>> run = train_full_batch(line, loss, lambda p: torch.optim.SGD(p, lr=0.3), steps=40, every=20)
        >>> run.probed.tolist(), run.sharpness.round(4).tolist(), round(line[0].weight.item(), 4)
        ([0, 20, 40], [5.0, 5.0, 5.0], 2.0)
    """
    steps, every = whole("steps", steps), whole("every", every, 1)
    parameters = list(model.parameters())
    moving = made(optimizer, parameters)
    losses, probed, eigenvalues, found = [], [], [], None
    for step in range(steps + 1):
        value = loss(model)
        if not isinstance(value, Tensor) or value.ndim:
            found_shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise ValueError(f"loss must give a scalar tensor, got {found_shape}")
        losses.append(value.item())
        if not np.isfinite(losses[-1]):
            break
        moving.zero_grad()
        if step % every == 0:
            hessian = curvature.Hessian(value, parameters)
            start = None if found is None else found.vectors
            found = curvature.top_eigenvalues(hessian, k, start=start, seed=step, tolerance=tolerance)
            probed.append(step)
            eigenvalues.append(found.values)
            _put(hessian.gradient, parameters)
        else:
            value.backward()
        if step < steps:
            moving.step()
    hyper = {name: value for name, value in moving.param_groups[0].items() if name != "params"}
    return FullBatch(np.array(losses), np.array(probed), np.array(eigenvalues).reshape(-1, k), hyper)


def network(
    sizes: Sequence[int],
    *,
    activation: Callable[[], nn.Module] = nn.Tanh,
    gain: float = 1.0,
    bias: bool = True,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
) -> nn.Sequential:
    """Fully connected layers with an activation between them, drawn from a generator of their own.

    Weights are normal with standard deviation ``gain / sqrt(inputs)``, biases zero.

    Args:
        sizes: Width of each layer, from the input to the output: ``[64, 32, 10]`` has one hidden layer.
        activation: Makes what stands between two layers.
        gain: Scale of the weights.
        bias: Whether layers have biases.
        seed: Decides the weights.
        dtype: Of the parameters.

    Raises:
        TypeError, ValueError: For sizes, a gain or a seed out of range.

    Example:
        >>> model = network([64, 32, 10], seed=3)
        >>> [tuple(p.shape) for p in model.parameters()]
        [(32, 64), (32,), (10, 32), (10,)]
        >>> round(model[0].weight.std().item() * 8, 1)
        1.0
    """
    widths = [whole("sizes", size, 1) for size in sizes]
    if len(widths) < 2:
        raise ValueError(f"sizes must hold an input and an output, got {widths}")
    (draw,), gain = generators([seed]), number("gain", gain)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layer: Any = nn.utils.skip_init(nn.Linear, inputs, outputs, bias=bias, dtype=dtype)
        weight = torch.randn(outputs, inputs, generator=draw, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(gain / inputs**0.5 * weight)
            if bias:
                layer.bias.zero_()
        layers += [layer, activation()]
    return nn.Sequential(*layers[:-1])


def _put(gradient: Tensor, parameters: list[nn.Parameter]) -> None:
    """The pieces of a flat gradient where an optimizer looks for them."""
    for piece, parameter in zip(gradient.split([p.numel() for p in parameters]), parameters, strict=True):
        parameter.grad = piece.view_as(parameter).clone()


def _check_data(X: Any, y: Any) -> None:
    for name, value in (("X", X), ("y", y)):
        if not isinstance(value, Tensor) or not value.is_floating_point():
            found = value.dtype if isinstance(value, Tensor) else type(value).__name__
            raise TypeError(f"{name} must be a tensor of floating-point numbers, got {found}")
    if X.ndim != 2 or not len(X):
        raise ValueError(f"X must have shape (n, d), n > 0, got {tuple(X.shape)}")
    if y.shape != X.shape[:1]:
        raise ValueError(f"y must have shape (n,) for X of shape {tuple(X.shape)}, got {tuple(y.shape)}")


def generators(seeds: Any) -> list[torch.Generator]:
    """A generator for each of `seeds`."""
    if not len(seeds):
        raise ValueError("seed must be a whole number or hold at least one, got none")
    return [torch.Generator().manual_seed(whole("seed", seed, 0, 2**63 - 1)) for seed in seeds]


def _start(X: Tensor, draw: torch.Generator) -> nn.Parameter:
    weights = WEIGHT_SD * torch.randn(X.shape[1], generator=draw, dtype=X.dtype)
    return nn.Parameter(torch.cat([weights, weights.new_zeros(1)]))


def made(optimizer: Any, parameters: list[nn.Parameter]) -> Optimizer:
    """What `optimizer` makes of `parameters`, if that is an optimizer of PyTorch."""
    made = optimizer(parameters) if callable(optimizer) else None
    if not isinstance(made, Optimizer):
        found = optimizer if made is None else made
        raise TypeError(f"optimizer must make a torch.optim.Optimizer of a list of parameters, got {found!r}")
    return made


def _example_losses(loss: Any, prediction: Tensor, target: Tensor) -> Tensor:
    value = loss(prediction, target)
    if not isinstance(value, Tensor) or value.shape != target.shape:
        found = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(
            f"loss must give one number an example, shape {tuple(target.shape)}, got {found}. "
            'For a loss of PyTorch, say reduction="none".'
        )
    return value
