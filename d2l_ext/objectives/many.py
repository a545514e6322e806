"""Objectives of any number of coordinates, made from numbers."""

from collections.abc import Sequence

import numpy as np

from d2l_ext.objectives.core import Objective
from d2l_ext.params import number, whole


def quadratic(spectrum: Sequence[float]) -> Objective:
    r""":math:`\tfrac12\sum_i \lambda_i x_i^2` with the given curvatures, started at (1, ..., 1).

    Args:
        spectrum: Curvatures, shape ``(d,)``; any sign.

    Raises:
        ValueError: If there are none, or one is not finite.

    Example:
        >>> quadratic([1.0, 4.0])(2.0, 1.0)
        4.0
    """
    if not isinstance(spectrum, list | tuple | np.ndarray):
        raise TypeError(f"spectrum must be a sequence of curvatures, got {spectrum!r}")
    curvatures = [number(f"spectrum.{i}", value) for i, value in enumerate(spectrum)]
    if not curvatures:
        raise ValueError("spectrum must hold at least one curvature, got none")

    def quadratic(*x):
        return sum(0.5 * c * coordinate**2 for c, coordinate in zip(curvatures, x, strict=True))

    d = len(curvatures)
    lowest = ((0.0,) * d,) if min(curvatures) > 0 else ()
    return Objective(quadratic, (1.0,) * d, ((-1.5, 1.5),) * d, lowest)


def matrix_factorization(target: np.ndarray, rank: int, *, seed: int = 0, scale: float = 1.0) -> Objective:
    r""":math:`\tfrac12\lVert A - XY^\top\rVert_F^2` in the entries of X, then of Y, row by row.

    Args:
        target: A, shape ``(n, m)``.
        rank: Number of columns of X and of Y.
        seed: Seed of the start, whose entries are normal with standard deviation `scale`.

    Returns:
        An objective of ``(n + m) * rank`` coordinates.

    Raises:
        ValueError: If `target` is not a finite matrix or `rank` < 1.

    Example:
        >>> float(matrix_factorization([[1.0]], 1)(2.0, 1.0))
        0.5
    """
    try:
        A = np.asarray(target, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"target must be a matrix of numbers, got {target!r}") from None
    if A.ndim != 2 or not np.isfinite(A).all():
        raise ValueError(f"target must be a matrix of finite numbers, got {target!r}")
    rank = whole("rank", rank, 1)
    n, m = A.shape

    def matrix_factorization(*theta):
        X = [theta[i * rank : (i + 1) * rank] for i in range(n)]
        Y = [theta[j * rank : (j + 1) * rank] for j in range(n, n + m)]
        residuals = (
            A[i, j] - sum(x * y for x, y in zip(X[i], Y[j], strict=True)) for i in range(n) for j in range(m)
        )
        return 0.5 * sum(r**2 for r in residuals)

    d = (n + m) * rank
    start = scale * np.random.default_rng(seed).standard_normal(d)
    return Objective(matrix_factorization, tuple(start.tolist()), ((-3.0, 3.0),) * d)
