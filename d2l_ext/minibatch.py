"""Networks trained by mini-batches, several side by side: runs whose randomness is a seed."""

from collections.abc import Callable, Sequence
from math import cos, pi
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.optim import Optimizer

from d2l_ext.params import number, whole
from d2l_ext.training import generators, made


def half_cosine(share: float) -> float:
    """A schedule: from 1 at the start down to 0 at the end, along half a cosine.

    Example:
        >>> [round(half_cosine(share), 3) for share in (0, 0.25, 0.5, 1)]
        [1.0, 0.854, 0.5, 0.0]
    """
    return (1 + cos(pi * share)) / 2


def train_networks(
    models: Sequence[nn.Module],
    X: Tensor,
    y: Tensor,
    optimizer: Callable[[list[nn.Parameter]], Optimizer],
    *,
    batch_size: int,
    epochs: int,
    seeds: Sequence[int],
    loss: Callable[[Tensor, Tensor], Tensor] = nn.functional.cross_entropy,
    schedule: Callable[[float], float] | None = None,
) -> np.ndarray:
    """Train networks of one shape side by side and in place, each on data of its own.

    They are one stack to the optimizer, so it must move each number by itself, as SGD, Adam and AdamW do.
    Then a network ends where it ends alone, but for rounding. Where a rule looks across coordinates, as Adai
    does, let `optim.StackedRule` keep them apart.

    Args:
        models: What is trained: networks that differ in their numbers alone, `k` of them.
        X: Inputs of each, shape ``(k, n, ...)``.
        y: Targets of each, shape ``(k, n, ...)``.
        optimizer: Makes an optimizer of a list of parameters: ``lambda p: torch.optim.Adam(p, lr=0.01)``.
        batch_size: Examples a step; the last batch of an epoch may be smaller.
        epochs: Passes over the data.
        seeds: One for each network; decides the order of its examples in each epoch, and nothing else.
        loss: Loss of one network on a batch, from predictions and targets: a scalar.
        schedule: What each learning rate is multiplied by, from the share of the steps that are done: 0 at
            the first step, below 1 at the last. Default: nothing changes.

    Returns:
        Loss of each batch before its step, shape ``(k, steps)``.

    Raises:
        TypeError, ValueError: For a number out of range, shapes that do not fit, or a `loss`, an `optimizer`
            or a `schedule` of another kind.

    Example:
        >>> from d2l_ext import network
        >>> X = torch.tensor([[[-1.0], [1.0]]], dtype=torch.float64)
        >>> line = network([1, 1], dtype=X.dtype)
        >>> sgd, mse = lambda p: torch.optim.SGD(p, lr=0.4), nn.functional.mse_loss
        >>> losses = train_networks([line], X, 2 * X + 1, sgd, batch_size=2, epochs=60, seeds=[0], loss=mse)
        >>> losses.shape, round(line[0].weight.item(), 6), round(line[0].bias.item(), 6)
        ((1, 60), 2.0, 1.0)
    """
    batch_size, epochs = whole("batch_size", batch_size, 1), whole("epochs", epochs)
    draws = generators(seeds)
    _check_stack(len(draws), models=models, X=X, y=y)
    parameters, buffers = stack_module_state(list(models))
    predict = vmap(lambda held, kept, batch: functional_call(models[0], (held, kept), (batch,)))
    moving = made(optimizer, list(parameters.values()))
    rates = [group["lr"] for group in moving.param_groups]
    n, each = X.shape[1], torch.arange(len(draws))[:, None]
    steps, losses = epochs * -(-n // batch_size), []
    for _ in range(epochs):
        order = torch.stack([torch.randperm(n, generator=draw) for draw in draws])  # (k, n)
        for batch in order.split(batch_size, dim=1):
            factor = 1.0 if schedule is None else number("schedule", schedule(len(losses) / steps))
            for group, rate in zip(moving.param_groups, rates, strict=True):
                group["lr"] = factor * rate
            moving.zero_grad()
            value = _one_each(vmap(loss)(predict(parameters, buffers, X[each, batch]), y[each, batch]))
            value.sum().backward()  # no network's loss depends on another's numbers
            moving.step()
            losses.append(value.detach())
    with torch.no_grad():
        for i, model in enumerate(models):
            for name, parameter in model.named_parameters():
                parameter.copy_(parameters[name][i])
    return torch.stack(losses, 1).numpy() if losses else np.empty((len(draws), 0))


def _check_stack(k: int, **stacks: Any) -> None:
    for name, stack in stacks.items():
        if len(stack) != k:
            raise ValueError(f"{name} must have one entry a seed ({k}), got {len(stack)}")
    X, y = stacks["X"], stacks["y"]
    if X.ndim < 2 or X.shape[:2] != y.shape[:2] or not X.shape[1]:
        shapes = f"{tuple(X.shape)} and {tuple(y.shape)}"
        raise ValueError(f"X and y must have shapes (k, n, ...) with the same n > 0, got {shapes}")


def _one_each(value: Any) -> Tensor:
    if value.ndim != 1:
        raise ValueError(f"loss must give a scalar, got one of shape {tuple(value.shape[1:])}")
    return value
