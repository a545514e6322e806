r"""The flows that gradient descent follows: backward error analysis.

Gradient descent :math:`x \leftarrow x - \eta f'(x)` is Euler's method for the gradient flow
:math:`\dot x = -f'(x)`, which it misses by O(η). The **modified flow** of order n,
:math:`\dot x = F_0 + \eta F_1 + \dots + \eta^n F_n` with :math:`F_0 = -f'`, passes through its iterates up
to :math:`O(\eta^{n+1})` [1].

References:
    [1] Hairer, Lubich & Wanner, Geometric Numerical Integration, 2nd ed., Springer 2006, chapter IX.
"""

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np

from d2l_ext import ops
from d2l_ext.params import whole
from d2l_ext.theory.door import checked


def modified_terms(first: Any, along: Callable[[Any, Any], Any], order: int) -> list[Any]:
    r"""The field :math:`F_0 + \dots + \eta^n F_n` whose flow makes Euler's step :math:`\eta F_0` in time η.

    With D the derivative along :math:`F = \sum_n \eta^n F_n`, that flow is
    :math:`x + \sum_i \tfrac{\eta^i}{i!} D^{i-1} F`. The coefficient of :math:`\eta^{n+1}` must vanish for
    n ≥ 1, and this gives :math:`F_n` from the terms before it.

    Args:
        first: :math:`F_0`: anything that adds and divides by a number, such as a polynomial or an expression.
        along: ``along(g, field)`` is the derivative of g along a field.
        order: n.

    Returns:
        The n + 1 terms.

    Raises:
        TypeError, ValueError: Unless `order` is a whole number >= 0.

    Example:
        The field y², example 1.1 of the source:

        >>> import sympy
        >>> y = sympy.Symbol("y")
        >>> modified_terms(y**2, lambda g, field: g.diff(y) * field, 5)
        [y**2, -y**3, 3*y**4/2, -8*y**5/3, 31*y**6/6, -157*y**7/15]
    """
    terms = [first]
    known: dict[tuple[int, int], Any] = {}

    def lie(i: int, m: int) -> Any:
        """Coefficient of η^m in D^(i-1) F."""
        if i == 1:
            return terms[m]
        if (i, m) not in known:
            parts = [along(lie(i - 1, m - k), terms[k]) for k in range(m + 1)]
            known[i, m] = sum(parts[1:], parts[0])
        return known[i, m]

    for n in range(1, whole("order", order) + 1):
        parts = [lie(i, n + 1 - i) / -factorial(i) for i in range(2, n + 2)]
        terms.append(sum(parts[1:], parts[0]))
    return terms


def flow_rate(z: Any, order: int) -> Any:
    r"""Rate of the modified flow on a quadratic in units of its curvature, :math:`\sum_{j=0}^n z^j/(j+1)`.

    With :math:`z = \eta\lambda`, the flow of order n is :math:`\dot x = -\lambda\,r_n(z)\,x`.

    Raises:
        TypeError, ValueError: Unless `z` is finite and `order` a whole number >= 0.

    Example:
        >>> [round(flow_rate(0.5, order), 4) for order in (0, 1, 2, 60)]
        [1.0, 1.25, 1.3333, 1.3863]
        >>> round(exact_flow_rate(0.5).item(), 4)
        1.3863
    """
    z = checked("z", z)
    terms = [z**j / (j + 1) for j in range(whole("order", order) + 1)]
    return sum(terms[1:], terms[0])


def exact_flow_rate(z: Any) -> Any:
    r"""Rate of the flow that gradient descent follows exactly on a quadratic, :math:`-\ln(1-z)/z`.

    The series `flow_rate` sums to it where :math:`z = \eta\lambda < 1`; from 1 on there is no such flow.

    Raises:
        ValueError: Unless ``0 < z < 1``.

    Example:
        >>> import numpy as np
        >>> round(np.exp(-0.5 * exact_flow_rate(0.5)).item(), 12)
        0.5
    """
    z = checked("z", z, "in (0, 1)", lambda v: (v > 0) & (v < 1))
    return -ops.log1p(-z) / z


def flow_factor(z: Any, order: int) -> Any:
    r"""What one step's time of the modified flow multiplies x by on a quadratic, :math:`e^{-z\,r_n(z)}`.

    Gradient descent multiplies it by 1 - z.

    Raises:
        TypeError, ValueError: Unless `z` is finite and `order` a whole number >= 0.

    Example:
        >>> [round(flow_factor(0.9, order).item(), 4) for order in (0, 1, 9, 200)]
        [0.4066, 0.2712, 0.1202, 0.1]
    """
    with np.errstate(over="ignore", under="ignore"):
        return ops.exp(-checked("z", z) * flow_rate(z, order))


def rk4(field: Callable[[Any], Any], x: Any, h: Any) -> Any:
    r"""One step of the classical Runge-Kutta method for :math:`\dot x = F(x)`, with error O(h⁵).

    Example:
        >>> round(abs(rk4(lambda x: -x, 1.0, 0.1) - 2.718281828459045**-0.1), 9)
        8.2e-08
    """
    k1 = field(x)
    k2 = field(x + h / 2 * k1)
    k3 = field(x + h / 2 * k2)
    k4 = field(x + h * k3)
    return x + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6
