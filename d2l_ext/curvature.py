"""How a loss curves at a model's parameters: products with the Hessian, its top eigenvalues, sharpness.

The Hessian of n parameters has n² entries, so it is never written down. Its product with a vector costs about
as much as a gradient [1], and Lanczos' method turns a few products into the ends of the spectrum [2].

References:
    [1] Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 1994.
    [2] Parlett, The symmetric eigenvalue problem, SIAM 1998: chapter 13 for the method, 4 for the bound.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from d2l_ext.params import number, whole


class Hessian:
    """The Hessian of a loss at the current parameters, as something that vectors are multiplied by.

    The graph of the gradient is built once and kept: each further product costs one backward pass.

    Args:
        loss: A scalar that depends on the parameters.
        parameters: Tensors with ``requires_grad``; n numbers in all.

    Attributes:
        gradient: The gradient there, flat, shape ``(n,)``.

    Example:
        >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> H = Hessian(x[0] ** 2 + 3 * x[0] * x[1], [x])
        >>> H.gradient.tolist(), (H @ torch.tensor([1.0, 0.0])).tolist()
        ([8.0, 3.0], [2.0, 3.0])
    """

    def __init__(self, loss: Tensor, parameters: Iterable[Tensor]) -> None:
        self._parameters = [parameters] if isinstance(parameters, Tensor) else list(parameters)
        if not self._parameters:
            raise ValueError("parameters must hold at least one tensor, got none")
        if loss.ndim:
            raise ValueError(f"loss must be a scalar, got shape {tuple(loss.shape)}")
        self._gradient = self._flat(loss, create_graph=True)
        self.gradient = self._gradient.detach()

    def __len__(self) -> int:
        return len(self.gradient)

    def __matmul__(self, vector: Tensor) -> Tensor:
        if vector.shape != self.gradient.shape:
            raise ValueError(f"vector must have shape ({len(self)},), got {tuple(vector.shape)}")
        if not self._gradient.requires_grad:  # of a loss linear in its parameters
            return torch.zeros_like(vector)
        return self._flat(self._gradient, grad_outputs=vector, retain_graph=True)

    def _flat(self, of: Tensor, **how) -> Tensor:
        parts = torch.autograd.grad(of, self._parameters, materialize_grads=True, **how)
        return torch.cat([part.reshape(-1) for part in parts])


class Eigenpairs(NamedTuple):
    """The k largest eigenvalues, descending, shape ``(k,)``; their vectors, ``(k, n)``; products it took."""

    values: np.ndarray
    vectors: Tensor
    products: int


def top_eigenvalues(
    hessian: Hessian,
    k: int = 1,
    *,
    tolerance: float = 1e-3,
    start: Tensor | None = None,
    seed: int = 0,
) -> Eigenpairs:
    """The k algebraically largest eigenvalues: a large negative one is not among them.

    Lanczos' method, every new vector made orthogonal to all before it. It stops when the residual of each
    vector, ``|H v - value v|``, is at most `tolerance` of its value: then a true eigenvalue is that near [2].
    Bounds that use the gap to the next value would stop sooner, but where eigenvalues crowd together the next
    one may not have shown itself yet. Even so it can miss one of a crowd, rarely; those after it then stand
    one place too early.

    Args:
        hessian: What to multiply by, n by n.
        k: How many, ``1 <= k <= n``.
        tolerance: Largest relative error.
        start: Vectors near the first eigenvectors, shape ``(n,)`` or ``(j, n)``: those of the step before,
            say.
        seed: Of the random part of the first vector.

    Raises:
        ValueError: If `k` or `tolerance` is out of range, or `start` has another shape.
        ArithmeticError: If a product is not finite, as after a run has diverged.

    Example:
        >>> x = torch.zeros(3, requires_grad=True)
        >>> H = Hessian((torch.tensor([1.0, -9.0, 4.0]) * x**2).sum() / 2, [x])
        >>> top_eigenvalues(H, 2).values.round(4).tolist()
        [4.0, 1.0]
    """
    n, k = len(hessian), whole("k", k, 1, len(hessian))
    if not number("tolerance", tolerance) > 0:
        raise ValueError(f"tolerance must be > 0, got {tolerance:g}")
    draw = torch.Generator().manual_seed(seed)
    basis = hessian.gradient.new_empty(min(n, 16), n)
    diagonal, beside = [], []
    vector = _first(hessian.gradient, start, draw)
    while True:
        m = len(diagonal) + 1
        if m > len(basis):
            basis = torch.cat([basis, torch.empty_like(basis)])
        basis[m - 1] = vector
        image = hessian @ vector
        diagonal.append(float(image @ vector))
        image = _orthogonal(image, basis[:m])
        length = float(image.norm())
        if not np.isfinite(length):
            raise ArithmeticError("hessian must be finite, but a product with it is not")
        values, mixtures = _tridiagonal(diagonal, beside)
        exhausted = length <= 1e-6 * max(1e-30, np.abs(values).max())
        if m == n or (m >= k and not exhausted):
            residuals = length * np.abs(mixtures[-1, :k])
            if m == n or (residuals <= tolerance * np.abs(values[:k])).all():
                break
        if exhausted:  # an invariant subspace: what is left of the space is as good as a new problem
            vector, length = _orthogonal(_random(hessian.gradient, draw), basis[:m]), 0.0
            vector = vector / vector.norm()
        else:
            vector = image / length
        beside.append(length)
    mixed = torch.as_tensor(mixtures[:, :k].T.copy(), dtype=vector.dtype, device=vector.device)
    return Eigenpairs(values[:k], mixed @ basis[:m], m)


def sharpness(hessian: Hessian, **how) -> float:
    """The largest eigenvalue; keywords as in `top_eigenvalues`."""
    return float(top_eigenvalues(hessian, **how).values[0])


def _random(like: Tensor, draw: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=draw, dtype=like.dtype).to(like.device)


def _first(like: Tensor, start: Tensor | None, draw: torch.Generator) -> Tensor:
    """A random unit vector; or one near the sum of `start`, but not so near that others are missed."""
    vector = _random(like, draw)
    vector = vector / vector.norm()
    if start is not None:
        near = start.to(like).reshape(-1, start.shape[-1]).sum(0)
        if near.shape != like.shape or not float(near.norm()) > 0:
            raise ValueError(f"start must hold vectors of {len(like)} numbers, not all zero")
        vector = near / near.norm() + 0.3 * vector
    return vector / vector.norm()


def _orthogonal(vector: Tensor, basis: Tensor) -> Tensor:
    """`vector` without its part in the rows of `basis`; taken out twice, which is enough [2]."""
    for _ in range(2):
        vector = vector - basis.T @ (basis @ vector)
    return vector


def _tridiagonal(diagonal: list[float], beside: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues, descending, and eigenvectors as columns."""
    matrix = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    values, vectors = np.linalg.eigh(matrix)
    return values[::-1].copy(), vectors[:, ::-1].copy()
