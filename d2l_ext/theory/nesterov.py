r"""Nesterov's method along one direction of a quadratic, in PyTorch's form.

Its iterates are the textbook's look-ahead points. Both sequences obey one recurrence, with s = 1 - ηλ:
:math:`x_{t+1} = (1+\beta)s\,x_t - \beta s\,x_{t-1}`, so their rates are the same.

References:
    [1] Nesterov, Lectures on convex optimization, Springer 2018.
    [2] Lessard, Recht & Packard, Analysis and design of optimization algorithms via integral
        quadratic constraints, SIAM J. Optim. 2016. arXiv:1408.3595
"""

from typing import Any

import numpy as np

from d2l_ext import ops
from d2l_ext.theory.door import checked, fitting, fraction, step_matrix


def nesterov_matrix(lr: Any, momentum: Any, curvature: Any) -> np.ndarray:
    r"""The matrix that takes (v, x) to its next value, for numbers and arrays.

    .. math::
        \begin{pmatrix} v \\ x \end{pmatrix} \leftarrow
        \begin{pmatrix} \beta & \lambda \\ -\eta\beta^2 & 1 - \eta\lambda(1+\beta) \end{pmatrix}
        \begin{pmatrix} v \\ x \end{pmatrix}

    Its determinant is :math:`\beta(1-\eta\lambda)`, its trace :math:`(1+\beta)(1-\eta\lambda)`.

    Returns:
        Matrices, shape ``(..., 2, 2)``.

    Raises:
        ValueError: Unless ``lr >= 0``, ``0 <= momentum < 1`` and all are finite.

    Example:
        >>> from d2l_ext import objectives, rules, simulate
        >>> state = np.linalg.matrix_power(nesterov_matrix(0.3, 0.5, 2.0), 7) @ [0.0, 1.0]
        >>> run = simulate(objectives.parabola.at(curvature=2), rules.nesterov, steps=7, lr=0.3, momentum=0.5)
        >>> bool(np.isclose(state[1], run.theta[-1, 0], rtol=1e-12))
        True
    """
    return step_matrix(
        lr, momentum, curvature, lambda eta, beta, c: (beta, c, -eta * beta**2, 1 - eta * c * (1 + beta))
    )


def nesterov_radius(z: Any, beta: Any) -> Any:
    r"""Factor by which Nesterov's method shrinks (or grows) per step in the long run.

    .. math:: \rho = \max\left(\tfrac{1+\beta}2|s|, \sqrt{\max(\beta s, 0)}\right)
        + \sqrt{\max\left(\left(\tfrac{1+\beta}2 s\right)^2 - \beta s, 0\right)}, \qquad s = 1 - z

    Where the eigenvalues are complex this is √(βs): unlike the heavy ball's it falls with z.

    Args:
        z: lr × curvature.
        beta: Momentum.

    Raises:
        ValueError: Unless `z` is finite and ``0 <= beta < 1``.

    Example:
        >>> [round(float(nesterov_radius(z, 0.25)), 6) for z in (0.12, 1.0, 1.6)]
        [0.837228, 0.0, 0.914096]
        >>> abs(np.linalg.eigvals(nesterov_matrix(0.4, 0.25, 4.0))).max().round(6).item()
        0.914096
    """
    z, beta = checked("z", z), fraction("beta", beta)
    fitting(z=z, beta=beta)
    s = 1 - z
    half, product = (1 + beta) * s / 2, beta * s
    square = s * ((1 + beta) ** 2 * s / 4 - beta)
    size = ops.maximum(ops.absolute(half), ops.sqrt(ops.maximum(product, 0.0)))
    return size + ops.sqrt(ops.maximum(square, 0.0))


def nesterov_limit(beta: Any) -> Any:
    r"""The z at which an eigenvalue is -1, :math:`\frac{2+2\beta}{1+2\beta}`: from 2 (β = 0) down to 4/3.

    Nesterov's method converges from every start if and only if z lies between 0 and this.

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> float(nesterov_limit(0.25)), round(float(nesterov_radius(nesterov_limit(0.25), 0.25)), 12)
        (1.6666666666666667, 1.0)
    """
    beta = fraction("beta", beta)
    return (2 + 2 * beta) / (1 + 2 * beta)
