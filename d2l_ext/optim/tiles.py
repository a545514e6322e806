r"""Adai's arithmetic on flat memory: few passes, no temporary larger than a tile.

With :math:`u = 1-\beta_1`, and :math:`q = 1-\prod\beta_1` kept instead of the product, a step is

    v <- β₂ v + (1-β₂) g²,    u = clip((scale v)^power, ε, 1)
    q <- lerp(q, 1, u),       m <- lerp(m, g, u),       θ <- θ - lr m/q

so m/q is an average of gradients over the same average of ones. A large tensor goes through it tile by tile,
each tile while it is in the cache. Small tensors live side by side in one vector for each slot: a `Bucket`.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from d2l_ext.optim.shards import local

TILE = 3 * 2**17  # elements; what a step works on fits into a processor's cache
SMALL = 2**14  # a tensor up to this size goes into a bucket
ROW = 2**10
SLOTS = ("exp_avg", "exp_avg_sq", "exp_avg_one")  # m, v, q

Entry = dict[str, Any]
_torch: Any = torch  # operations on lists of tensors have no types


class Numbers(NamedTuple):
    """What a step needs beside tensors, the same for every element of a bunch."""

    beta2: float
    fresh: float  # 1 - beta2
    scale: float  # (scale v)^power is β₀ (v̂/v̄)^power
    power: float
    floor: float  # smallest u
    lr: float
    dampening: float
    l2: float  # times θ, added to the gradient
    decay: float  # factor of θ
    sign: float  # -1 to climb


def working(dtype: torch.dtype) -> torch.dtype:
    """The dtype of averages: float32 for half precision, in which small updates of an average are lost."""
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


def tile(device: torch.device) -> int:
    """Elements in a tile; an accelerator takes long ones, since each costs the launch of its kernels."""
    return TILE if device.type == "cpu" else 64 * TILE


def real(tensor: Tensor) -> Tensor:
    """Complex numbers as pairs of real ones, in place."""
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor


def is_dense(tensor: Tensor) -> bool:
    """Whether the elements fill one stretch of memory, in some order of the axes."""
    if tensor.is_contiguous():
        return True
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True


def line(tensor: Tensor) -> Tensor:
    """The elements of a dense tensor in the order of memory, a view of shape (n,)."""
    tensor = real(tensor)
    return tensor.view(-1) if tensor.is_contiguous() else tensor.as_strided((tensor.numel(),), (1,))


def norm(vector: Tensor) -> Tensor:
    """Euclidean norm, by rows and then of these: one running sum of many float32 squares loses digits."""
    if len(vector) <= ROW:
        return torch.linalg.vector_norm(vector)
    whole = len(vector) // ROW * ROW
    rows = torch.linalg.vector_norm(vector[:whole].view(-1, ROW), dim=1)
    return norm(torch.cat([rows, vector[whole:]]))


def average(g: Tensor, m: Tensor, v: Tensor, q: Tensor, u: Tensor, n: Numbers) -> None:
    """The first two lines of the step, in place; `u` is scratch."""
    v.mul_(n.beta2).addcmul_(g, g, value=n.fresh)
    torch.mul(v, n.scale, out=u)
    if n.power != 1:
        u.pow_(n.power)
    u.clamp_(n.floor, 1.0)
    q.lerp_(q.new_ones(1), u)
    if n.dampening == 1:
        m.lerp_(g, u)
    else:
        m.addcmul_(m, u, value=-1).addcmul_(g, u.pow_(n.dampening))


def fused(p: Tensor, g: Tensor, m: Tensor, v: Tensor, q: Tensor, numbers: Tensor, dampened: bool) -> None:
    """The whole step as one kernel for the compiler, which fuses it; `numbers` has the shape (10,).

    Never hand it a 0-d float64 tensor: the compiler for CPUs of torch 2.13 loses updates of those.
    """
    beta2, fresh, scale, power, floor, lr, dampening, l2, decay, sign = numbers.unbind()
    theta = p.to(v.dtype)
    g = sign * g.to(v.dtype) + l2 * theta
    v.copy_(beta2 * v + fresh * g * g)
    u = (scale * v) ** power if dampened else scale * v
    u = torch.minimum(torch.maximum(u, floor), torch.ones_like(floor))
    q.copy_(torch.lerp(q, torch.ones_like(q), u))
    m.copy_(m - m * u + g * u**dampening if dampened else torch.lerp(m, g, u))
    p.copy_(decay * theta - lr * m / q)


@cache
def compiled() -> Any:
    """`fused`, compiled once for all lengths."""
    return torch.compile(fused, dynamic=True)


class Scratch(NamedTuple):
    """Two vectors a tile long."""

    u: Tensor
    g: Tensor

    @classmethod
    def like(cls, tensor: Tensor, size: int) -> "Scratch":
        return cls(*(tensor.new_empty(size) for _ in cls._fields))


class Large:
    """One tensor that is stepped tile by tile, or by one compiled kernel."""

    def __init__(self, p: Tensor, grad: Tensor, entry: Entry) -> None:
        self.param = p
        home = p if is_dense(p) else p.contiguous()
        self.p, self.g = line(home), line(_laid(grad, home))
        for name in SLOTS:
            slot: Any = local(entry[name])
            if slot.stride() != home.stride():
                slot.set_(_laid(slot, home))
        self.slots = [line(local(entry[name])) for name in SLOTS]
        self.size = len(self.p)

    def norms(self, n: Numbers, scratch: Scratch) -> list[Tensor]:
        """The norm of the gradient that the step sees, as a list of one."""
        if _as_it_is(self.g, n, scratch.g):
            return [norm(self.g)]
        tiles = _tiles(self.g, self.p)
        return [torch.stack([norm(_seen(g, p, n, scratch.g)) for g, p in tiles]).norm()]

    def step(self, n: Numbers, scratch: Scratch) -> None:
        for p, g, m, v, q in _tiles(self.p, self.g, *self.slots):
            u = scratch.u[: len(p)]
            average(_seen(g, p, n, scratch.g), m, v, q, u, n)
            if n.decay != 1:
                p.mul_(n.decay)
            if p.dtype == u.dtype:
                p.addcdiv_(m, q, value=-n.lr)
            else:
                p.add_(torch.div(m, q, out=u), alpha=-n.lr)
        self._deliver()

    def step_compiled(self, n: Numbers, numbers: Tensor) -> None:
        """The same by one kernel; `numbers` are those of `n`."""
        try:
            compiled()(self.p, self.g, *self.slots, numbers, n.dampening != 1)
        except RuntimeError as error:
            if not type(error).__module__.startswith(("torch._inductor", "torch._dynamo")):
                raise
            said = " ".join(str(error).partition("\n\n")[0].split())
            raise RuntimeError(
                f"torch.compile could not make the kernel of compiled=True: {said}. "
                "For CPUs it needs a C++ compiler (g++, clang++), for GPUs Triton. Install it, or leave "
                "compiled out, which steps the same, only slower."
            ) from error
        self._deliver()

    def _deliver(self) -> None:
        if self.p.data_ptr() != self.param.data_ptr():
            real(self.param).copy_(self.p.view(real(self.param).shape))


class Bucket:
    """Small tensors, their slots side by side in one vector each; entries of the state look into those."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        columns: Any = [[local(entry[name]) for entry in entries] for name in SLOTS]
        self.slots = [torch.cat([real(t).reshape(-1) for t in column]) for column in columns]
        for vector, column in zip(self.slots, columns, strict=True):
            start = 0
            for tensor in column:
                shape = tensor.shape
                move: Any = tensor.set_
                move(vector.untyped_storage(), start, shape, _strides(shape))
                start += tensor.numel()
        self.addresses = self._addresses(entries)
        self.size = len(self.slots[0])
        self.u = torch.empty_like(self.slots[0])
        shapes = [real(t).shape for t in columns[0]]
        steps = self.u.split([shape.numel() for shape in shapes])
        self.moves = [step.view(shape) for step, shape in zip(steps, shapes, strict=True)]

    def holds(self, entries: Sequence[Entry]) -> bool:
        """Whether the state still looks into these vectors: it was not loaded or replaced since."""
        return self.addresses == self._addresses(entries)

    def assign(self, params: list[Tensor], grads: list[Tensor]) -> None:
        """Take what is to be stepped next."""
        self.params, self.grads = params, grads
        if params[0].is_complex():
            self.params, self.grads = [real(p) for p in params], [real(g) for g in grads]

    @staticmethod
    def _addresses(entries: Sequence[Entry]) -> list[int]:
        return [local(entry[name]).data_ptr() for entry in entries for name in SLOTS]

    def norms(self, n: Numbers, scratch: Scratch) -> list[Tensor]:
        """Norms of the gradients that the step sees, one for each tensor."""
        return list(_torch._foreach_norm(self._seen(n, scratch)))

    def _seen(self, n: Numbers, scratch: Scratch) -> list[Tensor]:
        grads, dtype = self.grads, scratch.g.dtype
        if any(g.dtype != dtype for g in grads):
            grads = [g.to(dtype) for g in grads]
        if n.sign < 0:
            grads = _torch._foreach_neg(grads)
        return _torch._foreach_add(grads, self.params, alpha=n.l2) if n.l2 else grads

    def step(self, n: Numbers, scratch: Scratch) -> None:
        g, (m, v, q) = scratch.g[: self.size], self.slots
        torch.cat([each.reshape(-1) for each in self._seen(n, scratch)], out=g)
        average(g, m, v, q, self.u, n)
        torch.div(m, q, out=self.u)
        if n.decay != 1:
            _torch._foreach_mul_(self.params, n.decay)
        _torch._foreach_add_(self.params, self.moves, alpha=-n.lr)


def _tiles(*lines: Tensor) -> Iterable[tuple[Tensor, ...]]:
    """Lines of one length cut into tiles, side by side."""
    size = tile(lines[0].device)
    if len(lines[0]) <= size:
        return [lines]
    return zip(*(each.split(size) for each in lines), strict=True)


def _as_it_is(g: Tensor, n: Numbers, like: Tensor) -> bool:
    return n.sign == 1 and n.l2 == 0 and g.dtype == like.dtype


def _seen(g: Tensor, p: Tensor, n: Numbers, out: Tensor) -> Tensor:
    """The gradient with its sign and its penalty: `g` itself where there are none, else in `out`."""
    if _as_it_is(g, n, out):
        return g
    out = out[: len(g)]
    if n.sign == 1 and g.dtype == out.dtype:
        return torch.add(g, p, alpha=n.l2, out=out)
    torch.mul(out.copy_(g), n.sign, out=out)
    return out.add_(p, alpha=n.l2) if n.l2 else out


def _laid(tensor: Tensor, like: Tensor) -> Tensor:
    """`tensor` with the strides of `like`: itself where it has them."""
    if tensor.stride() == like.stride():
        return tensor
    return torch.empty_like(like, dtype=tensor.dtype).copy_(tensor)


def _strides(shape: Sequence[int]) -> list[int]:
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return strides[::-1]
