r"""The heavy ball along one direction of a quadratic.

With curvature λ it is a linear map of (v, x). All that matters is z = ηλ, the learning rate measured in units
of 1/λ, and β.

References:
    [1] Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
    [2] Flammarion & Bach, From averaging to acceleration, there is only a step-size, COLT 2015.
        arXiv:1504.01577
    [3] Goh, Why momentum really works, Distill 2017. doi:10.23915/distill.00006
"""

from typing import Any

import numpy as np

from d2l_ext import ops
from d2l_ext.theory.door import checked, fitting, fraction, step_matrix

REGIMES = (
    "over-damped",
    "critically damped",
    "under-damped",
    "critically damped ripples",
    "ripples",
    "marginal",
    "diverges",
)


def momentum_matrix(lr: Any, momentum: Any, curvature: Any) -> np.ndarray:
    r"""The matrix that takes (v, x) to its next value, for numbers and arrays.

    .. math::
        \begin{pmatrix} v \\ x \end{pmatrix} \leftarrow
        \begin{pmatrix} \beta & \lambda \\ -\eta\beta & 1 - \eta\lambda \end{pmatrix}
        \begin{pmatrix} v \\ x \end{pmatrix}

    Its determinant is β whatever the learning rate [3].

    Returns:
        Matrices, shape ``(..., 2, 2)``.

    Raises:
        ValueError: Unless ``lr >= 0``, ``0 <= momentum < 1`` and all are finite.

    Example:
        >>> from d2l_ext import objectives, rules, simulate
        >>> state = np.linalg.matrix_power(momentum_matrix(0.3, 0.5, 2.0), 7) @ [0.0, 1.0]
        >>> run = simulate(objectives.parabola.at(curvature=2), rules.momentum, steps=7, lr=0.3, momentum=0.5)
        >>> bool(np.isclose(state[1], run.theta[-1, 0], rtol=1e-12))
        True
    """
    return step_matrix(lr, momentum, curvature, lambda eta, beta, c: (beta, c, -eta * beta, 1 - eta * c))


def momentum_eigenvalues(z: Any, beta: Any) -> tuple[Any, Any, Any]:
    r"""Eigenvalues of `momentum_matrix`, as real numbers (a, b, c): μ₊ = a + ic and μ₋ = b - ic.

    .. math:: \mu_\pm = \tfrac12\left(1+\beta-z \pm \sqrt{(1+\beta-z)^2 - 4\beta}\right)

    Either a ≥ b and c = 0, or a = b and c > 0 [2, 3].

    Args:
        z: lr × curvature.
        beta: Momentum.

    Raises:
        ValueError: Unless `z` is finite and ``0 <= beta < 1``.

    Example:
        Sum and product are trace and determinant.

        >>> a, b, c = momentum_eigenvalues(0.5, 0.25)
        >>> bool(np.isclose(a + b, 1 + 0.25 - 0.5) and np.isclose(a * b + c * c, 0.25))
        True
    """
    half, square = _half_trace(z, beta)
    real, imaginary = ops.sqrt(ops.maximum(square, 0.0)), ops.sqrt(ops.maximum(-square, 0.0))
    return half + real, half - real, imaginary


def spectral_radius(z: Any, beta: Any) -> Any:
    r"""Factor by which the heavy ball shrinks (or grows) per step in the long run.

    .. math:: \rho = \max\left(\left|\tfrac{1+\beta-z}2\right|, \sqrt\beta\right)
        + \sqrt{\max\left(\left(\tfrac{1+\beta-z}2\right)^2 - \beta, 0\right)}

    Where the eigenvalues are complex this is exactly √β, whatever the learning rate and the curvature [3].

    Args:
        z: lr × curvature.
        beta: Momentum.

    Raises:
        ValueError: Unless `z` is finite and ``0 <= beta < 1``.

    Example:
        >>> [round(float(spectral_radius(z, 0.25)), 6) for z in (0.12, 1.0, 2.4)]
        [0.828106, 0.5, 0.858945]
        >>> abs(np.linalg.eigvals(momentum_matrix(0.6, 0.25, 4.0))).max().round(6).item()
        0.858945
    """
    half, square = _half_trace(z, beta)
    return ops.maximum(ops.absolute(half), ops.sqrt(beta)) + ops.sqrt(ops.maximum(square, 0.0))


def critical(beta: Any) -> tuple[Any, Any]:
    r"""Both z at which the eigenvalues coincide, :math:`(1-\sqrt\beta)^2` and :math:`(1+\sqrt\beta)^2` [2].

    There the matrix has a single eigenvector, and a run shrinks like :math:`t\rho^t` [3].

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> low, high = critical(0.25)
        >>> [spectral_radius(z, 0.25).item() for z in (low, high)]
        [0.5, 0.5]
    """
    root = ops.sqrt(fraction("beta", beta))
    return (1 - root) ** 2, (1 + root) ** 2


def stability_limit(beta: Any) -> Any:
    """The z at which an eigenvalue is -1, 2 + 2β: momentum allows up to twice gradient descent's lr [1].

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> spectral_radius(stability_limit(0.25), 0.25).item()
        1.0
    """
    return 2 + 2 * fraction("beta", beta)


def converges(z: Any, beta: Any) -> Any:
    """Whether the heavy ball converges from every start: 0 < z < 2 + 2β [1].

    Raises:
        ValueError: Unless `z` is finite and ``0 <= beta < 1``.

    Example:
        >>> z = np.array([-0.1, 0.1, 2.4, 2.6])
        >>> (converges(z, 0.25) == (spectral_radius(z, 0.25) < 1)).all().item()
        True
    """
    z = checked("z", z)
    return (z > 0) & (z < stability_limit(beta))


def regime(z: Any, beta: Any) -> Any:
    """How the heavy ball moves: one of `REGIMES`, or an array of them for arrays (no symbols).

    ==========================  ====================  =====================================
    name                        z                     eigenvalues
    ==========================  ====================  =====================================
    over-damped                 0 to (1 - √β)²        two in (0, 1)
    critically damped           (1 - √β)²             √β, twice
    under-damped                to (1 + √β)²          complex, |μ| = √β
    critically damped ripples   (1 + √β)²             -√β, twice
    ripples                     to 2 + 2β             two in (-1, 0)
    marginal                    0 or 2 + 2β           one is 1, or -1
    diverges                    outside               one outside [-1, 1]
    ==========================  ====================  =====================================

    Damping is a word from springs [3]; z is at a boundary if it is there to 12 digits. At β = 0, gradient
    descent, one eigenvalue is 0, nothing is under-damped, and the critical z = 1 arrives in one step.

    Raises:
        ValueError: Unless `z` is finite and ``0 <= beta < 1``.

    Example:
        >>> regime(np.array([0.1, 0.25, 1.0, 2.25, 2.4, 2.5, 2.6]), 0.25).tolist()
        ... # doctest: +NORMALIZE_WHITESPACE
        ['over-damped', 'critically damped', 'under-damped', 'critically damped ripples', 'ripples',
         'marginal', 'diverges']
    """
    names = np.array(REGIMES)[np.asarray(regime_number(z, beta), dtype=int)]
    return names if names.ndim else names.item()


def regime_number(z: Any, beta: Any) -> Any:
    """Place of `regime` in `REGIMES`, for pages too: symbols have no names to return.

    Raises:
        ValueError: Unless `z` is finite and ``0 <= beta < 1``.

    Example:
        >>> REGIMES[int(regime_number(2.4, 0.25))]
        'ripples'
    """
    z, (low, high), limit = checked("z", z), critical(beta), stability_limit(beta)

    def at(edge: Any, name: str, other: Any) -> Any:
        return ops.where(ops.absolute(z - edge) <= 1e-12 * edge, _number(name), other)

    number = ops.where(z < high, _number("under-damped"), _number("ripples"))
    number = ops.where(z < low, _number("over-damped"), number)
    number = at(low, "critically damped", at(high, "critically damped ripples", number))
    number = ops.where(z > limit, _number("diverges"), number)
    number = ops.where(z < 0, _number("diverges"), number)
    return at(0.0, "marginal", at(limit, "marginal", number))


def _number(name: str) -> float:
    return float(REGIMES.index(name))


def best_momentum(z: Any) -> Any:
    r"""The β with the smallest `spectral_radius` for this z: :math:`(1-\sqrt z)^2`; the radius is its root.

    The eigenvalues are then equal, and the run `critical`. No β converges for z = 0 or z ≥ 4.

    Raises:
        ValueError: Unless ``0 < z < 4``.

    Example:
        >>> best_momentum(0.25).item(), spectral_radius(0.25, best_momentum(0.25)).item()
        (0.25, 0.5)
    """
    return (1 - ops.sqrt(checked("z", z, "in (0, 4)", lambda v: (v > 0) & (v < 4)))) ** 2


def level_corners(rho: Any) -> tuple[Any, Any, Any, Any, Any]:
    r"""Where `spectral_radius` is `rho`: three straight lines in the plane of (z, β).

    They join :math:`(1-\rho,\,0)`, :math:`((1-\rho)^2, \rho^2)`, :math:`((1+\rho)^2, \rho^2)` and
    :math:`(1+\rho,\,0)`. Both corners at the top are `critical`.

    Returns:
        The four z, in this order, and :math:`\rho^2`.

    Raises:
        ValueError: Unless ``0 <= rho <= 1``.

    Example:
        >>> *z, beta = level_corners(0.5)
        >>> z, beta
        ([0.5, 0.25, 2.25, 1.5], 0.25)
        >>> [spectral_radius(*point).item() for point in zip(z, (0.0, beta, beta, 0.0))]
        [0.5, 0.5, 0.5, 0.5]
    """
    rho = checked("rho", rho, "in [0, 1]", lambda v: (v >= 0) & (v <= 1))
    return 1 - rho, (1 - rho) ** 2, (1 + rho) ** 2, 1 + rho, rho**2


def _half_trace(z: Any, beta: Any) -> tuple[Any, Any]:
    """Half the trace, and its square less the determinant: a product, so that its sign is right."""
    z, beta = checked("z", z), fraction("beta", beta)
    fitting(z=z, beta=beta)
    low, high = critical(beta)
    return (1 + beta - z) / 2, (z - low) * (z - high) / 4
