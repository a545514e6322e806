"""Parameters that are stepped with the same numbers."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from d2l_ext.optim import tiles
from d2l_ext.optim.shards import Where, local, total
from d2l_ext.optim.tiles import SMALL, Bucket, Entry, Large, Numbers, Scratch

Buckets = dict[tuple[int, ...], Bucket]


class Bunch:
    """Parameters of one group, with one count of steps, one dtype, device and place of shards.

    Args:
        group: Hyperparameters.
        t: Number of this step, from 1.
        dtype: Of the parameters.
        place: Where the parts of sharded parameters are.
    """

    def __init__(self, group: Mapping[str, Any], t: int, dtype: torch.dtype, place: Where | None) -> None:
        self.group, self.t, self.place = group, t, place
        self.least, self.most = _range(dtype)
        self.n = self._numbers()
        self.params: list[Tensor] = []
        self.grads: list[Tensor] = []
        self.entries: list[Entry] = []
        self.sums: list[float] = []  # of v, one for each parameter, after the step

    def add(self, param: Tensor, grad: Tensor, entry: Entry) -> None:
        self.params.append(param)
        self.grads.append(local(grad))
        self.entries.append(entry)

    @property
    def coordinates(self) -> int:
        """Real numbers in all parameters, on all processes."""
        return sum(p.numel() for p in self.params) * (2 if self.params[0].is_complex() else 1)

    @property
    def v_hat(self) -> float:
        """Sum of the bias-corrected v after the step."""
        return sum(self.sums) / (1 - self.group["betas"][1] ** self.t)

    def arrange(self, kept: Buckets) -> Buckets:
        """Put small tensors together, where possible in buckets of the step before; those of this step."""
        here = [local(p) for p in self.params]
        reals, most = 2 if here[0].is_complex() else 1, tiles.tile(here[0].device)
        fits: list[list[int]] = []
        self.units: list[tuple[list[int], Large | Bucket]] = []
        room = 0
        for i, p in enumerate(here):
            size = reals * p.numel()
            if size > SMALL:
                self.units.append(([i], Large(p, self.grads[i], self.entries[i])))
            elif fits and size <= room:
                fits[-1].append(i)
                room -= size
            else:
                fits.append([i])
                room = most - size
        buckets: Buckets = {}
        for indices in fits:
            entries, key = [self.entries[i] for i in indices], tuple(id(self.params[i]) for i in indices)
            bucket = kept.get(key)
            if bucket is None or not bucket.holds(entries):
                bucket = Bucket(entries)
            buckets[key] = bucket
            bucket.assign([here[i] for i in indices], [self.grads[i] for i in indices])
            self.units.append((indices, bucket))
        return buckets

    def _scratch(self) -> Scratch:
        like = self.units[0][1].slots[0]
        most = tiles.tile(like.device)
        return Scratch.like(like, max(min(unit.size, most) for _, unit in self.units))

    def measure(self) -> None:
        """Take the squared norms of the gradients; from them the sums of v, without a pass over v."""
        n, scratch = self.n, self._scratch()
        norms = [scratch.u] * len(self.params)
        for indices, unit in self.units:
            for i, found in zip(indices, unit.norms(n, scratch), strict=True):
                norms[i] = found
        found = torch.stack(norms)
        if self.place is None:
            squares = [x * x for x in found.tolist()]
        else:
            squares = total(found.double().square(), self.place).tolist()
        before = [entry["sum_sq"] for entry in self.entries]
        self.sums = [n.beta2 * s + n.fresh * x for s, x in zip(before, squares, strict=True)]

    def step(self, mean: float, compiled: bool) -> None:
        """Move the parameters, given the mean of v̂ over all bunches, and bring the state up to date."""
        scale = 0.0
        if mean:
            scale = self.group["betas"][0] ** (1 / self.n.power) / ((1 - self.n.beta2**self.t) * mean)
        # Where squares underflow the scale may overflow, and infinity times 0 would be no number.
        n, scratch = self.n._replace(scale=min(scale, self.most)), self._scratch()
        u = scratch.u
        numbers = torch.tensor(n, dtype=u.dtype, device=u.device) if compiled else None
        for _, unit in self.units:
            if isinstance(unit, Large) and numbers is not None:
                unit.step_compiled(n, numbers)
            else:
                unit.step(n, scratch)
        for entry, sum_sq in zip(self.entries, self.sums, strict=True):
            entry["step"], entry["sum_sq"] = self.t, sum_sq

    def _numbers(self) -> Numbers:
        """All but the scale, which needs the mean of v̂."""
        group, (beta0, beta2) = self.group, self.group["betas"]
        dampening, lr, weight_decay = group.get("dampening", 1.0), float(group["lr"]), group["weight_decay"]
        return Numbers(
            beta2=beta2,
            fresh=1 - beta2,
            scale=0.0,
            power=1 / (3 - 2 * dampening),
            floor=max(group["eps"], self.least),
            lr=lr * beta0 ** (1 - dampening),
            dampening=dampening,
            l2=0.0 if group["decoupled"] else weight_decay,
            decay=1 - lr * weight_decay if group["decoupled"] else 1.0,
            sign=-1.0 if group["maximize"] else 1.0,
        )


@cache
def _range(dtype: torch.dtype) -> tuple[float, float]:
    """The smallest and the largest number of a dtype."""
    limits = torch.finfo(tiles.working(dtype))
    return limits.tiny, limits.max
