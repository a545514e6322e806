"""Sums over all parts of a sharded parameter.

With data parallelism (DDP) every process has the whole gradient, and nothing is to be summed. A sharded
parameter (`fully_shard`) is a DTensor: each process has a part of it, some of them perhaps an empty one.
"""

from typing import Any

import torch
from torch import Tensor

_WHOLE = (Tensor, torch.nn.Parameter)
Where = tuple[Any, tuple[int, ...]]  # a mesh of processes, and its axes along which a parameter is cut


def local(tensor: Tensor) -> Tensor:
    """The part of `tensor` that this process has: all of it unless it is a DTensor."""
    if type(tensor) in _WHOLE or not hasattr(tensor, "to_local"):
        return tensor
    return tensor.to_local()  # type: ignore[attr-defined]


def where(tensor: Any) -> Where | None:
    """Where the parts of `tensor` are; None if every process has all of it."""
    if type(tensor) in _WHOLE or not hasattr(tensor, "device_mesh"):
        return None
    axes = tuple(i for i, placement in enumerate(tensor.placements) if not placement.is_replicate())
    return (tensor.device_mesh, axes) if axes else None


def alike(grad: Any, param: Any) -> Tensor:
    """A gradient cut as its parameter is."""
    if type(param) not in _WHOLE and hasattr(param, "placements") and grad.placements != param.placements:
        return grad.redistribute(param.device_mesh, param.placements)
    return grad


def total(values: Tensor, where: Where | None) -> Tensor:
    """The sum of `values` over all processes that have a part. Every one of them must call this."""
    if where is not None:
        from torch.distributed import all_reduce

        mesh, axes = where
        for axis in axes:
            all_reduce(values, group=mesh.get_group(axis))
    return values
