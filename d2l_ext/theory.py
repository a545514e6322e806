r"""Closed forms: what the heavy ball does on a quadratic, before anyone runs it.

Along a direction of curvature λ the heavy ball ``v = βv + g``, ``x = x - ηv`` is a linear map of two numbers.
All that matters is z = ηλ, the learning rate measured in units of 1/λ, and β. Every function takes numbers
or arrays, which broadcast; unless it says otherwise it also takes symbols, so that `symbolic.function` can
compile it for a live page.

References:
    [1] Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
    [2] Flammarion & Bach, From averaging to acceleration, there is only a step-size, COLT 2015.
        arXiv:1504.01577
    [3] Lessard, Recht & Packard, Analysis and design of optimization algorithms via integral
        quadratic constraints, SIAM J. Optim. 2016. arXiv:1408.3595
    [4] Goh, Why momentum really works, Distill 2017. doi:10.23915/distill.00006
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from d2l_ext import ops

# -- One direction of a quadratic ----------------------------------------------------------------------------


def momentum_matrix(lr: Any, momentum: Any, curvature: Any) -> np.ndarray:
    r"""The matrix that takes (v, x) to its next value, for numbers and arrays.

    .. math::
        \begin{pmatrix} v \\ x \end{pmatrix} \leftarrow
        \begin{pmatrix} \beta & \lambda \\ -\eta\beta & 1 - \eta\lambda \end{pmatrix}
        \begin{pmatrix} v \\ x \end{pmatrix}

    Its determinant is β whatever the learning rate [4].

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
    lr = _checked("lr", lr, ">= 0", lambda v: v >= 0)
    beta, curvature = _fraction("momentum", momentum), _checked("curvature", curvature)
    entries = np.broadcast_arrays(beta, curvature, -lr * beta, 1 - lr * curvature)
    return np.stack(entries, -1).reshape(*entries[0].shape, 2, 2)


def momentum_eigenvalues(z: Any, beta: Any) -> tuple[Any, Any, Any]:
    r"""Eigenvalues of `momentum_matrix`, as real numbers (a, b, c): μ₊ = a + ic and μ₋ = b - ic.

    .. math:: \mu_\pm = \tfrac12\left(1+\beta-z \pm \sqrt{(1+\beta-z)^2 - 4\beta}\right)

    Either a ≥ b and c = 0, or a = b and c > 0 [2, 4].

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

    Where the eigenvalues are complex this is exactly √β, whatever the learning rate and the curvature [4].

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

    There the matrix has a single eigenvector, and a run shrinks like :math:`t\rho^t` [4].

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> low, high = critical(0.25)
        >>> [spectral_radius(z, 0.25).item() for z in (low, high)]
        [0.5, 0.5]
    """
    root = ops.sqrt(_fraction("beta", beta))
    return (1 - root) ** 2, (1 + root) ** 2


def stability_limit(beta: Any) -> Any:
    """The z at which an eigenvalue is -1, 2 + 2β: momentum allows up to twice gradient descent's lr [1].

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> spectral_radius(stability_limit(0.25), 0.25).item()
        1.0
    """
    return 2 + 2 * _fraction("beta", beta)


def converges(z: Any, beta: Any) -> Any:
    """Whether the heavy ball converges from every start: 0 < z < 2 + 2β [1].

    Raises:
        ValueError: Unless `z` is finite and ``0 <= beta < 1``.

    Example:
        >>> z = np.array([-0.1, 0.1, 2.4, 2.6])
        >>> (converges(z, 0.25) == (spectral_radius(z, 0.25) < 1)).all().item()
        True
    """
    z = _checked("z", z)
    return (z > 0) & (z < stability_limit(beta))


def regime(z: Any, beta: Any) -> Any:
    """How the heavy ball moves: a name, or an array of names for arrays (no symbols).

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

    Damping is a word from springs [4]; z is at a boundary if it is there to 12 digits. At β = 0, gradient
    descent, one eigenvalue is 0, nothing is under-damped, and the critical z = 1 arrives in one step.

    Raises:
        ValueError: Unless `z` is finite and ``0 <= beta < 1``.

    Example:
        >>> regime(np.array([0.1, 0.25, 1.0, 2.25, 2.4, 2.5, 2.6]), 0.25).tolist()
        ... # doctest: +NORMALIZE_WHITESPACE
        ['over-damped', 'critically damped', 'under-damped', 'critically damped ripples', 'ripples',
         'marginal', 'diverges']
    """
    z, (low, high), limit = _checked("z", z), critical(beta), stability_limit(beta)

    def at(edge: Any) -> Any:
        return np.isclose(z, edge, rtol=1e-12, atol=0)

    cases = [
        ("marginal", at(0) | at(limit)),
        ("diverges", (z < 0) | (z > limit)),
        ("critically damped", at(low)),
        ("critically damped ripples", at(high)),
        ("over-damped", z < low),
        ("under-damped", z < high),
    ]
    names, conditions = zip(*cases, strict=True)
    found = np.select(list(np.broadcast_arrays(*conditions)), list(names), default="ripples")
    return found if found.ndim else found.item()


# -- The leaky average ---------------------------------------------------------------------------------------


def leaky_weight(age: Any, beta: Any) -> Any:
    r"""Weight :math:`\beta^\tau` of a gradient τ = `age` steps old.

    Unrolled, the heavy ball's velocity is :math:`v_t = \sum_\tau \beta^\tau g_{t-\tau}`.

    Raises:
        ValueError: Unless ``age >= 0`` and ``0 <= beta < 1``.

    Example:
        >>> leaky_weight(np.arange(4), 0.5).tolist()
        [1.0, 0.5, 0.25, 0.125]
    """
    return _fraction("beta", beta) ** _checked("age", age, ">= 0", lambda v: v >= 0)


def leaky_sum(beta: Any) -> Any:
    """Sum of all weights, 1 / (1 - β): the number of gradients that v adds up, in effect.

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> bool(np.isclose(leaky_sum(0.9), leaky_weight(np.arange(1000), 0.9).sum()))
        True
    """
    return 1 / (1 - _fraction("beta", beta))


def leaky_share(terms: Any, beta: Any) -> Any:
    r"""Share :math:`1 - \beta^n` of all weight that the n = `terms` latest gradients carry.

    Of the latest 1 / (1 - β) it tends to 1 - 1/e as β tends to 1.

    Raises:
        ValueError: Unless ``terms >= 0`` and ``0 <= beta < 1``.

    Example:
        >>> [f"{leaky_share(leaky_sum(beta), beta):.3f}" for beta in (0.9, 0.95, 0.99)]
        ['0.651', '0.642', '0.634']
    """
    return 1 - leaky_weight(_checked("terms", terms, ">= 0", lambda v: v >= 0), beta)


def effective_lr(lr: Any, beta: Any) -> Any:
    """Learning rate of the gradient descent that the heavy ball is along flat directions, η / (1 - β).

    Raises:
        ValueError: Unless ``lr >= 0`` and ``0 <= beta < 1``.

    Example:
        As z → 0 both shrink alike, by 1 - ηλ / (1 - β).

        >>> gap = spectral_radius(1e-6, 0.9) - spectral_radius(effective_lr(1e-6, 0.9), 0.0)
        >>> bool(abs(gap) < 1e-8)
        True
    """
    return _checked("lr", lr, ">= 0", lambda v: v >= 0) * leaky_sum(beta)


# -- The best there is between two curvatures ----------------------------------------------------------------


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
    m, L = _ends(m, L)
    return Optimum(2 / (L + m), 0.0, (L - m) / (L + m))


def optimal_heavy_ball(m: Any, L: Any) -> Optimum:
    r"""Best heavy ball for curvatures in ``[m, L]``: both ends are `critical` [1].

    .. math:: \sqrt{\eta m} = 1 - \sqrt\beta, \quad \sqrt{\eta L} = 1 + \sqrt\beta \quad\Rightarrow\quad
        \eta = \frac4{(\sqrt L+\sqrt m)^2}, \quad
        \rho = \sqrt\beta = \frac{\sqrt L-\sqrt m}{\sqrt L+\sqrt m} = \frac{\sqrt\kappa-1}{\sqrt\kappa+1}

    A rate for quadratics: on other convex functions these values can fail to converge [3].

    Raises:
        ValueError: Unless ``m > 0``, ``L >= m`` and both are finite.

    Example:
        >>> best = optimal_heavy_ball(1.0, 9.0)
        >>> best
        Optimum(lr=0.25, momentum=0.25, rate=0.5)
        >>> curvatures = np.linspace(1, 9, 201)
        >>> spectral_radius(best.lr * curvatures, best.momentum).max().item()
        0.5
    """
    m, L = _ends(m, L)
    low, high = ops.sqrt(m), ops.sqrt(L)
    rate = (high - low) / (high + low)
    return Optimum((2 / (high + low)) ** 2, rate**2, rate)


def optimal_nesterov(m: Any, L: Any, *, tuned: bool = False) -> Optimum:
    r"""Nesterov's usual choice for curvatures in ``[m, L]``, or the one tuned for quadratics [3].

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
    m, L = _ends(m, L)
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
    return optimal_gd(1.0, _condition(kappa)).rate


def heavy_ball_rate(kappa: Any) -> Any:
    r"""Best rate of the heavy ball, :math:`\frac{\sqrt\kappa-1}{\sqrt\kappa+1}` [1].

    Raises:
        ValueError: Unless ``kappa >= 1`` and finite.

    Example:
        >>> float(heavy_ball_rate(9.0))
        0.5
    """
    return optimal_heavy_ball(1.0, _condition(kappa)).rate


def nesterov_rate(kappa: Any) -> Any:
    r"""Usual rate of Nesterov's method on quadratics, :math:`1 - \frac1{\sqrt\kappa}` [3].

    Raises:
        ValueError: Unless ``kappa >= 1`` and finite.

    Example:
        >>> float(nesterov_rate(4.0))
        0.5
    """
    return optimal_nesterov(1.0, _condition(kappa)).rate


def tuned_nesterov_rate(kappa: Any) -> Any:
    r"""Rate of Nesterov's method tuned for quadratics, :math:`1 - \frac2{\sqrt{3\kappa+1}}` [3].

    Raises:
        ValueError: Unless ``kappa >= 1`` and finite.

    Example:
        >>> float(tuned_nesterov_rate(5.0))
        0.5
    """
    return optimal_nesterov(1.0, _condition(kappa), tuned=True).rate


def iterations_to(rate: Any, tolerance: Any) -> Any:
    r"""Steps t after which :math:`\rho^t` is the tolerance ε, :math:`\ln\varepsilon / \ln\rho`: not rounded.

    A double eigenvalue (heavy ball and Nesterov at their best) adds a factor of order t, hence a few more.

    Raises:
        ValueError: Unless ``0 < rate < 1`` and ``0 < tolerance < 1``.

    Example:
        >>> [f"{iterations_to(rate(100), 1e-6):.1f}" for rate in (gd_rate, heavy_ball_rate, nesterov_rate)]
        ['690.8', '68.8', '131.1']
    """
    rate, tolerance = (
        _checked(name, value, "in (0, 1)", lambda v: (v > 0) & (v < 1))
        for name, value in (("rate", rate), ("tolerance", tolerance))
    )
    return ops.log(tolerance) / ops.log(rate)


# -- At the door ---------------------------------------------------------------------------------------------


def _checked(name: str, value: Any, condition: str = "finite", holds: Callable = np.isfinite) -> Any:
    """`value` as a float or an array, or an error that names it; a symbol passes as it is."""
    if ops.is_symbolic(value):
        return value
    try:
        values = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number or an array of numbers, got {value!r}") from None
    for wanted, test in (("finite", np.isfinite), (condition, holds)):
        entries, good = np.broadcast_arrays(values, test(values))
        if not good.all():
            raise ValueError(f"{name} must be {wanted}, got {entries[~good][0]:g}")
    return values if values.ndim else float(values)


def _fraction(name: str, value: Any) -> Any:
    return _checked(name, value, "in [0, 1)", lambda v: (v >= 0) & (v < 1))


def _condition(kappa: Any) -> Any:
    return _checked("kappa", kappa, ">= 1", lambda v: v >= 1)


def _fitting(**values: Any) -> None:
    """An error that names them if these arrays do not broadcast."""
    shapes = {name: np.shape(value) for name, value in values.items() if not ops.is_symbolic(value)}
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        told = " and ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"arrays must have shapes that fit, got {told}") from None


def _ends(m: Any, L: Any) -> tuple[Any, Any]:
    """The smallest and the largest curvature."""
    m, L = _checked("m", m, "> 0", lambda v: v > 0), _checked("L", L)
    _fitting(m=m, L=L)
    return m, _checked("L", L, ">= m", lambda v: ops.is_symbolic(m) or v >= m)


def _half_trace(z: Any, beta: Any) -> tuple[Any, Any]:
    """Half the trace, and its square less the determinant: a product, so that its sign is right."""
    z, beta = _checked("z", z), _fraction("beta", beta)
    _fitting(z=z, beta=beta)
    low, high = critical(beta)
    return (1 + beta - z) / 2, (z - low) * (z - high) / 4
