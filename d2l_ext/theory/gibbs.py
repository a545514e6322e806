r"""Gradient descent on two scales: ripples that act like noise, and the temperature of that noise.

On :math:`f_0(x) + \epsilon f_1(x/\epsilon)` with a learning rate far above ε, the phase x/ε is scrambled
on every step, and their slope :math:`f_1'(x/\epsilon)` acts like independent noise of variance σ²
(Kong & Tao 2020).
"""

from typing import Any

import numpy as np

from d2l_ext import ops
from d2l_ext.theory.door import checked, fitting


def _positive(name: str, value: Any) -> Any:
    return checked(name, value, "> 0", lambda v: v > 0)


def gibbs_temperature(lr: Any, noise: Any = 0.5) -> Any:
    r"""Temperature :math:`T = \eta\sigma^2/2`: descent visits x as often as :math:`e^{-f_0(x)/T}` says.

    A step :math:`x - \eta f_0' - \eta\xi` is one of length η of the Euler-Maruyama method for
    :math:`dX = -f_0'\,dt + \sqrt{\eta\sigma^2}\,dW`, whose stationary density is Gibbs's with this T.

    Args:
        lr: η.
        noise: σ², the variance of the ripples' slope over a period; ½ for sine.

    Raises:
        ValueError: Unless both are positive.

    Example:
        >>> gibbs_temperature(0.1)
        0.025
    """
    lr, noise = _positive("lr", lr), _positive("noise", noise)
    fitting(lr=lr, noise=noise)
    return lr * noise / 2


def gibbs_weight(value: Any, least: Any, temperature: Any) -> Any:
    """How often Gibbs visits a place of this loss, relative to the least: exp(-(value - least) / T)."""
    return ops.exp(-(value - least) / temperature)


def gibbs_density(values: Any, x: Any, temperature: Any) -> np.ndarray:
    r"""Density :math:`e^{-f_0(x)/T} / Z` on a grid.

    Args:
        values: f₀ there, shape ``(n,)``.
        x: The grid, increasing, shape ``(n,)``; it should hold all of the mass.
        temperature: T.

    Raises:
        ValueError: Unless the shapes agree, and T is positive.

    Example:
        On a parabola it is the normal density of variance T.

        >>> x = np.linspace(-2, 2, 401)
        >>> p = gibbs_density(x**2 / 2, x, 0.04)
        >>> round(float(np.trapezoid(p * x**2, x)), 6)
        0.04
    """
    values, x = np.asarray(values, float), np.asarray(x, float)
    if values.shape != x.shape or x.ndim != 1:
        raise ValueError(f"values and x must have one shape (n,), got {values.shape} and {x.shape}")
    weight = gibbs_weight(values, values.min(), _positive("temperature", temperature))
    return weight / np.trapezoid(weight, x)


def scrambled_exponent(lr: Any, epsilon: Any) -> Any:
    r"""Lyapunov exponent :math:`\log(\eta/2\epsilon)` of descent on ripples :math:`\epsilon\sin(x/\epsilon)`.

    A step multiplies a small distance by :math:`|1 - \eta f''| \approx (\eta/\epsilon)\,|\sin U|`. With U
    uniform on a period, the mean of :math:`\log|\sin U|` is :math:`-\log 2`.

    Raises:
        ValueError: Unless both are positive.

    Example:
        >>> f"{scrambled_exponent(0.1, 0.001):.4f}"
        '3.9120'
    """
    lr, epsilon = _positive("lr", lr), _positive("epsilon", epsilon)
    fitting(lr=lr, epsilon=epsilon)
    return ops.log(lr / (2 * epsilon))


def stationary_kurtosis(z: Any, noise_kurtosis: Any = -1.5) -> Any:
    r"""Excess kurtosis of x in the long run, if each step is :math:`x - zx - \eta\xi` with independent ξ.

    .. math:: k_x = k_\xi\,\frac{1 - a^2}{1 + a^2}, \qquad a = 1 - z

    It is the fourth cumulant over the squared second. Cumulants of independent terms add up, and a step
    multiplies those of x by a⁴ and a². As z becomes small the cloud becomes normal, whatever the noise.

    Args:
        z: Learning rate times curvature, in (0, 2).
        noise_kurtosis: Excess kurtosis of ξ; -1.5 for the slope of a sine.

    Raises:
        ValueError: Unless ``0 < z < 2``.

    Example:
        >>> [round(stationary_kurtosis(z), 4) for z in (0.02, 0.1, 0.5)]
        [-0.0303, -0.1575, -0.9]
    """
    z = checked("z", z, "in (0, 2)", lambda v: (v > 0) & (v < 2))
    square = (1 - z) ** 2
    return noise_kurtosis * (1 - square) / (1 + square)


def kramers_steps(lr: Any, temperature: Any, height: Any, well: Any, barrier: Any) -> Any:
    r"""Mean number of steps to leave a well at a low temperature (Kramers 1940).

    .. math:: \frac{2\pi}{\eta\sqrt{\lambda_{\text{well}}\,\lambda_{\text{barrier}}}}\;e^{\Delta f_0/T}

    It holds for the diffusion, so for small η, and for a `height` of several T.

    Args:
        lr: η.
        temperature: T.
        height: Height Δf₀ of the barrier above the well.
        well, barrier: Curvature at the bottom, and the size of that at the top.

    Raises:
        ValueError: Unless all are positive.

    Example:
        >>> round(kramers_steps(0.1, 0.025, 0.25, 2.0, 1.0))
        978610
    """
    lr, temperature = _positive("lr", lr), _positive("temperature", temperature)
    height, well, barrier = (
        _positive("height", height),
        _positive("well", well),
        _positive("barrier", barrier),
    )
    fitting(lr=lr, temperature=temperature, height=height, well=well, barrier=barrier)
    return 2 * np.pi / ops.sqrt(well * barrier) * ops.exp(height / temperature) / lr
