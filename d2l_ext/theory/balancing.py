r"""Gradient descent on :math:`f = \tfrac12(\mu - xy)^2`: its minima, how sharp they are, which it can end in.

The minima are the hyperbola xy = μ. All functions ask for μ > 0; it is called `product` in code.

References:
    [1] Wang, Chen, Zhao & Tao, Large learning rate tames homogeneity: convergence and balancing effect,
        ICLR 2022. arXiv:2110.03677
"""

from typing import Any

import numpy as np

from d2l_ext import ops
from d2l_ext.theory.door import checked, fitting


def factorization_sharpness(x: Any, y: Any, product: Any = 1.0) -> Any:
    r"""Largest eigenvalue of the Hessian of ½(μ - xy)².

    .. math:: \lambda_{\max} = \tfrac12\left(s + \sqrt{s^2 - 4(\mu - xy)(3xy - \mu)}\right),
        \quad s = x^2 + y^2

    At a minimum it is s: the other eigenvalue is zero along the hyperbola. It is computed with products and
    a square root alone, so that Python and a live page get the same bits.

    Raises:
        ValueError: Unless ``product > 0`` and all are finite.

    Example:
        >>> import torch
        >>> from d2l_ext import objectives
        >>> at = torch.tensor([4.0, 0.26], dtype=torch.float64)
        >>> H = torch.autograd.functional.hessian(lambda p: objectives.scalar_factorization(*p), at)
        >>> bool(abs(torch.linalg.eigvalsh(H)[-1] - factorization_sharpness(4.0, 0.26)) < 1e-12)
        True
    """
    x, y, product = _point(x, y, product)
    size = x * x + y * y
    return (size + ops.sqrt(size * size - (12 * x * y - 4 * product) * (product - x * y))) / 2


def factorization_minimum(c: Any, product: Any = 1.0) -> tuple[Any, Any]:
    r"""The minimum :math:`(c\sqrt\mu,\ \sqrt\mu/c)`: at c = ±1 the flattest, with x = y.

    Raises:
        ValueError: Unless ``product > 0``, and `c` is finite and not 0.

    Example:
        >>> x, y = factorization_minimum(4.0)
        >>> float(x), float(y), float(factorization_sharpness(x, y))
        (4.0, 0.25, 16.0625)
    """
    c = checked("c", c, "not 0", lambda v: v != 0)
    root = ops.sqrt(_positive("product", product))
    return c * root, root / c


def factorization_stable(lr: Any, product: Any = 1.0) -> tuple[Any, Any, Any]:
    r"""Which minima gradient descent can stay at: those with :math:`x^2 + y^2 \le 2/\eta` [1].

    Returns:
        The radius :math:`\sqrt{2/\eta}` of the circle around them; the largest imbalance
        :math:`|x - y| = \sqrt{2/\eta - 2\mu}` inside; and the c of `factorization_minimum` there. The last
        two are NaN where no minimum is stable, for ``lr * product > 1``.

    Raises:
        ValueError: Unless ``lr > 0`` and ``product > 0``.

    Example:
        >>> radius, imbalance, c = factorization_stable(0.125)
        >>> x, y = factorization_minimum(c)
        >>> bool(abs(x - y - imbalance) < 1e-12 and abs(x**2 + y**2 - 16) < 1e-12)
        True
    """
    lr, product = _positive("lr", lr), _positive("product", product)
    fitting(lr=lr, product=product)
    with np.errstate(invalid="ignore"):
        imbalance = ops.sqrt(2 / lr - 2 * product)
    # x + y there is √(2/η + 2μ).
    return ops.sqrt(2 / lr), imbalance, (imbalance + ops.sqrt(2 / lr + 2 * product)) / (2 * ops.sqrt(product))


def factorization_flow(x: Any, y: Any, product: Any = 1.0) -> tuple[Any, Any]:
    r"""Where gradient flow from (x, y) ends: the minimum with the same :math:`D = x^2 - y^2`.

    .. math:: x_\infty^2 = \tfrac12\left(\sqrt{D^2 + 4\mu^2} + D\right), \quad
        y_\infty^2 = \tfrac12\left(\sqrt{D^2 + 4\mu^2} - D\right)

    Both have the sign of x + y. From x + y = 0 the flow ends in the saddle (0, 0).

    Raises:
        ValueError: Unless ``product > 0`` and all are finite.

    Example:
        >>> x, y = factorization_flow(4.0, 0.26)
        >>> bool(abs(x * y - 1) < 1e-12 and abs(x**2 - y**2 - (4.0**2 - 0.26**2)) < 1e-12)
        True
    """
    x, y, product = _point(x, y, product)
    difference, side = (x - y) * (x + y), ops.sign(x + y)
    root = ops.sqrt(difference * difference + 4 * product * product)
    larger = ops.sqrt((root + ops.absolute(difference)) / 2)
    wide = difference >= 0
    return side * ops.where(wide, larger, product / larger), side * ops.where(wide, product / larger, larger)


def factorization_bound(x: Any, y: Any, product: Any = 1.0) -> Any:
    r"""Learning rate up to which convergence from (x, y) is proved: :math:`4/(x^2 + y^2 + 4\mu)` [1].

    It holds for almost every start.

    Raises:
        ValueError: Unless ``product > 0`` and all are finite.

    Example:
        >>> factorization_bound(2.0, 2.0, product=2.0)
        0.25
    """
    x, y, product = _point(x, y, product)
    return 4 / (x * x + y * y + 4 * product)


def _positive(name: str, value: Any) -> Any:
    return checked(name, value, "> 0", lambda v: v > 0)


def _point(x: Any, y: Any, product: Any) -> tuple[Any, Any, Any]:
    x, y, product = checked("x", x), checked("y", y), _positive("product", product)
    fitting(x=x, y=y, product=product)
    return x, y, product
