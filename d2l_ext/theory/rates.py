r"""The best there is between two curvatures m <= L, and how fast it is.

References:
    [1] Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
    [2] Lessard, Recht & Packard, Analysis and design of optimization algorithms via integral
        quadratic constraints, SIAM J. Optim. 2016. arXiv:1408.3595
"""

from typing import Any, NamedTuple

import numpy as np

from d2l_ext import ops
from d2l_ext.theory.door import checked, condition, ends, fraction


class Optimum(NamedTuple):
    """Hyperparameters and the factor by which the slowest direction then shrinks per step."""

    lr: Any
    momentum: Any
    rate: Any

    def __repr__(self) -> str:
        return f"Optimum({', '.join(f'{name}={value}' for name, value in self._asdict().items())})"


def optimal_gd(m: Any, L: Any) -> Optimum:
    r"""Best gradient descent for curvatures in ``[m, L]``: both ends shrink alike, 1 - ηm = ηL - 1.

    .. math:: \eta = \frac2{L+m}, \qquad \rho = \frac{L-m}{L+m} = \frac{\kappa-1}{\kappa+1}

    Raises:
        ValueError: Unless ``m > 0``, ``L >= m`` and both are finite.

    Example:
        >>> optimal_gd(1.0, 3.0)
        Optimum(lr=0.5, momentum=0.0, rate=0.5)
    """
    m, L = ends(m, L)
    return Optimum(2 / (L + m), 0.0, (L - m) / (L + m))


def optimal_heavy_ball(m: Any, L: Any) -> Optimum:
    r"""Best heavy ball for curvatures in ``[m, L]``: both ends are `critical` [1].

    .. math:: \sqrt{\eta m} = 1 - \sqrt\beta, \quad \sqrt{\eta L} = 1 + \sqrt\beta \quad\Rightarrow\quad
        \eta = \frac4{(\sqrt L+\sqrt m)^2}, \quad
        \rho = \sqrt\beta = \frac{\sqrt L-\sqrt m}{\sqrt L+\sqrt m} = \frac{\sqrt\kappa-1}{\sqrt\kappa+1}

    A rate for quadratics: on other convex functions these values can fail to converge [2].

    Raises:
        ValueError: Unless ``m > 0``, ``L >= m`` and both are finite.

    Example:
        >>> best = optimal_heavy_ball(1.0, 9.0)
        >>> best
        Optimum(lr=0.25, momentum=0.25, rate=0.5)
        >>> import numpy as np
        >>> from d2l_ext.theory import spectral_radius
        >>> curvatures = np.linspace(1, 9, 201)
        >>> spectral_radius(best.lr * curvatures, best.momentum).max().item()
        0.5
    """
    m, L = ends(m, L)
    low, high = ops.sqrt(m), ops.sqrt(L)
    rate = (high - low) / (high + low)
    return Optimum((2 / (high + low)) ** 2, rate**2, rate)


def optimal_nesterov(m: Any, L: Any, *, tuned: bool = False) -> Optimum:
    r"""Nesterov's usual choice for curvatures in ``[m, L]``, or the one tuned for quadratics [2].

    Its eigenvalues solve :math:`\mu^2 - (1+\beta)(1-z)\mu + \beta(1-z) = 0`. At z = ηm they coincide,
    :math:`\rho = 2\beta/(1+\beta)`; at z = ηL both are 0 (usual, η = 1/L), or the lower is -ρ (tuned).

    .. math:: \eta = \frac1L \ \text{or}\ \frac4{3L+m}, \qquad
        \beta = \frac{1-\sqrt{\eta m}}{1+\sqrt{\eta m}}, \qquad \rho = 1-\sqrt{\eta m}

    Raises:
        ValueError: Unless ``m > 0``, ``L >= m`` and both are finite.

    Example:
        >>> optimal_nesterov(1.0, 4.0).rate.item(), optimal_nesterov(1.0, 5.0, tuned=True).rate.item()
        (0.5, 0.5)
    """
    m, L = ends(m, L)
    lr = 4 / (3 * L + m) if tuned else 1 / L
    root = ops.sqrt(lr * m)
    return Optimum(lr, (1 - root) / (1 + root), 1 - root)


def gd_rate(kappa: Any) -> Any:
    r"""Best rate of gradient descent against κ = L/m, :math:`\frac{\kappa-1}{\kappa+1}`.

    Raises:
        ValueError: Unless ``kappa >= 1`` and finite.

    Example:
        >>> float(gd_rate(3.0))
        0.5
    """
    return optimal_gd(1.0, condition(kappa)).rate


def heavy_ball_rate(kappa: Any) -> Any:
    r"""Best rate of the heavy ball, :math:`\frac{\sqrt\kappa-1}{\sqrt\kappa+1}` [1].

    Raises:
        ValueError: Unless ``kappa >= 1`` and finite.

    Example:
        >>> float(heavy_ball_rate(9.0))
        0.5
    """
    return optimal_heavy_ball(1.0, condition(kappa)).rate


def nesterov_rate(kappa: Any) -> Any:
    r"""Usual rate of Nesterov's method on quadratics, :math:`1 - \frac1{\sqrt\kappa}` [2].

    Raises:
        ValueError: Unless ``kappa >= 1`` and finite.

    Example:
        >>> float(nesterov_rate(4.0))
        0.5
    """
    return optimal_nesterov(1.0, condition(kappa)).rate


def tuned_nesterov_rate(kappa: Any) -> Any:
    r"""Rate of Nesterov's method tuned for quadratics, :math:`1 - \frac2{\sqrt{3\kappa+1}}` [2].

    Raises:
        ValueError: Unless ``kappa >= 1`` and finite.

    Example:
        >>> float(tuned_nesterov_rate(5.0))
        0.5
    """
    return optimal_nesterov(1.0, condition(kappa), tuned=True).rate


def matching_kappa(beta: Any) -> Any:
    r"""The κ whose best heavy ball has this β, :math:`\left(\frac{1+\sqrt\beta}{1-\sqrt\beta}\right)^2`.

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> [round(float(matching_kappa(beta))) for beta in (0.5, 0.9, 0.99)]
        [34, 1442, 158402]
    """
    root = ops.sqrt(fraction("beta", beta))
    return ((1 + root) / (1 - root)) ** 2


def iterations_to(rate: Any, tolerance: Any) -> Any:
    r"""Steps t after which :math:`\rho^t` is the tolerance ε, :math:`\ln\varepsilon / \ln\rho`: not rounded.

    A double eigenvalue (heavy ball and Nesterov at their best) adds a factor of order t: `steps_until` counts
    what that costs.

    Raises:
        ValueError: Unless ``0 < rate < 1`` and ``0 < tolerance < 1``.

    Example:
        >>> [f"{iterations_to(rate(100), 1e-6):.1f}" for rate in (gd_rate, heavy_ball_rate, nesterov_rate)]
        ['690.8', '68.8', '131.1']
    """
    rate, tolerance = (
        checked(name, value, "in (0, 1)", lambda v: (v > 0) & (v < 1))
        for name, value in (("rate", rate), ("tolerance", tolerance))
    )
    return ops.log(tolerance) / ops.log(rate)


def steps_until(matrices: Any, tolerance: float) -> int:
    """Steps of a run from rest until no direction has more than `tolerance` of its error left.

    Args:
        matrices: What takes (v, x) to its next value in each direction, shape ``(n, 2, 2)``.
        tolerance: Share of the error at the start.

    Raises:
        ValueError: Unless ``0 < tolerance < 1``, or if a direction does not converge.

    Example:
        A double eigenvalue takes its time: by its powers alone it would be 69 steps.

        >>> import numpy as np
        >>> from d2l_ext.theory import momentum_matrix
        >>> best = optimal_heavy_ball(0.01, 1.0)
        >>> steps_until(momentum_matrix(best.lr, best.momentum, np.geomspace(0.01, 1, 50)), 1e-6)
        95
    """
    matrices = np.asarray(matrices, dtype=float)
    tolerance = checked("tolerance", tolerance, "in (0, 1)", lambda v: (v > 0) & (v < 1))
    if not np.abs(np.linalg.eigvals(matrices)).max() < 1:
        raise ValueError("matrices must all have a spectral radius below 1")
    state, steps = np.tile([[0.0], [1.0]], (len(matrices), 1, 1)), 0
    while np.abs(state[:, 1]).max() > tolerance:
        state, steps = matrices @ state, steps + 1
    return steps
