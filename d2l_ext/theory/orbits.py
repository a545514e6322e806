r"""Gradient descent on :math:`\tfrac12(1-xy)^2`: where its iterates go when no minimum can hold them.

On the balanced line x = y a step is one cubic map of one number. The same map is gradient descent on the
double well :math:`\tfrac14(x^2-1)^2`, at every learning rate.

References:
    [1] Strogatz, Nonlinear dynamics and chaos, 2nd ed., Westview 2015.
    [2] Singer, Stable orbits and bifurcation of maps of the interval, SIAM J. Appl. Math. 1978.
"""

from math import pi
from typing import Any

from d2l_ext import ops
from d2l_ext.theory.door import checked, fitting


def balanced_step(x: Any, lr: Any) -> Any:
    r"""A step on the balanced line: :math:`x' = x + \eta x(1 - x^2) = (1+\eta)x - \eta x^3`.

    Raises:
        ValueError: If one is not finite, or ``lr < 0``.

    Example:
        >>> from d2l_ext import objectives, simulate
        >>> (plane,) = simulate(objectives.hyperbola, "gd", (0.5, 0.5), steps=1, lr=1.4).theta[1:, 0]
        >>> ((well,),) = simulate(objectives.double_well.at(tilt=0), "gd", 0.5, steps=1, lr=1.4).theta[1:]
        >>> float(plane), float(well), balanced_step(0.5, 1.4)
        (1.025, 1.025, 1.025)
    """
    x, lr = _point(x, lr)
    return x + lr * x * (1 - x * x)


def balanced_slope(x: Any, lr: Any) -> Any:
    r"""Factor by which a step stretches a small distance along the line: :math:`1 + \eta(1 - 3x^2)`.

    Raises:
        ValueError: If one is not finite, or ``lr < 0``.

    Example:
        >>> apart = balanced_step(0.7 + 1e-7, 1.4) - balanced_step(0.7 - 1e-7, 1.4)
        >>> round(apart / 2e-7, 5), round(balanced_slope(0.7, 1.4), 5)
        (0.342, 0.342)
    """
    x, lr = _point(x, lr)
    return 1 + lr * (1 - 3 * (x * x))


def balanced_across(x: Any, lr: Any) -> Any:
    r"""Factor by which a step stretches x - y, for a point next to the line: :math:`1 - \eta(1 - x^2)`.

    Raises:
        ValueError: If one is not finite, or ``lr < 0``.

    Example:
        >>> from d2l_ext import objectives, simulate
        >>> x, y = simulate(objectives.hyperbola, "gd", (0.7 + 1e-7, 0.7), steps=1, lr=1.4).theta[1]
        >>> round(float(x - y) / 1e-7, 5), round(balanced_across(0.7, 1.4), 5)
        (0.286, 0.286)
    """
    x, lr = _point(x, lr)
    return 1 - lr * (1 - x * x)


def balanced_turn(lr: Any) -> Any:
    r"""The turning point of the map, where `balanced_slope` is 0: :math:`c = \sqrt{(1+1/\eta)/3}`.

    With -c it is the only one. So every attracting cycle of the line attracts c or -c [2].

    Raises:
        ValueError: Unless ``lr > 0``.

    Example:
        >>> abs(balanced_slope(balanced_turn(1.4), 1.4)) < 1e-12
        True
    """
    # In this form, so that a compiled page computes the same bits with every version of SymPy.
    return ops.sqrt(1 / 3) * ops.sqrt(1 + 1 / _rate(lr))


def balanced_reach(lr: Any) -> Any:
    r"""Beyond :math:`\sqrt{1+2/\eta}` a start on the line runs away; at it a step changes the sign alone.

    Raises:
        ValueError: Unless ``lr > 0``.

    Example:
        >>> import numpy as np
        >>> b = balanced_reach(1.4)
        >>> bool(np.isclose(balanced_step(b, 1.4), -b)), bool(balanced_step(b + 0.01, 1.4) < -b - 0.01)
        (True, True)
    """
    return ops.sqrt(1 + 2 / _rate(lr))


# Where the doublings of the period, 2, 4, 8, ..., end: the learning rates of their cycles tend to this one.
BALANCED_CHAOS = 1.3022835


def balanced_crossing() -> float:
    r"""Above :math:`\eta = \tfrac32\sqrt3 - 1` orbits of the line, or of the double well, cross zero.

    There the turning point is led, in two steps, to zero: with :math:`c' = \tfrac23(1+\eta)c` it is
    :math:`1 + \eta = \eta c'^2`. Below, an interval on one side is mapped into itself.

    Example:
        >>> lr = balanced_crossing()
        >>> x = balanced_turn(lr)
        >>> round(lr, 6), abs(balanced_step(balanced_step(x, lr), lr)) < 1e-12
        (1.598076, True)
    """
    return 1.5 * 3**0.5 - 1


def two_cycle(lr: Any) -> tuple[Any, Any]:
    r"""The 2-cycle that leaves the minimum at lr = 1: :math:`\tfrac12(\sqrt{1+3/\eta} \pm \sqrt{1-1/\eta})`.

    The product of its two points is 1/η.

    Raises:
        ValueError: Unless ``lr >= 1``.

    Example:
        >>> import numpy as np
        >>> high, low = two_cycle(1.2)
        >>> bool(np.isclose(balanced_step(high, 1.2), low)), bool(np.isclose(balanced_step(low, 1.2), high))
        (True, True)
        >>> round(float(high * low * 1.2), 12)
        1.0
    """
    lr = checked("lr", lr, ">= 1", lambda v: v >= 1)
    middle, half = ops.sqrt(1 + 3 / lr), ops.sqrt(1 - 1 / lr)
    return (middle + half) / 2, (middle - half) / 2


def two_cycle_multipliers(lr: Any) -> tuple[Any, Any]:
    r"""What a round of `two_cycle` does to a small distance: :math:`9 - 2(1+\eta)^2` along the line.

    Across it, to x - y, it does :math:`3 - 2\eta`. The cycle attracts where both lie in (-1, 1): for
    1 < lr < √5 - 1.

    Raises:
        ValueError: Unless ``lr >= 1``.

    Example:
        >>> import numpy as np
        >>> high, low = two_cycle(1.2)
        >>> along = balanced_slope(high, 1.2) * balanced_slope(low, 1.2)
        >>> across = balanced_across(high, 1.2) * balanced_across(low, 1.2)
        >>> bool(np.allclose(two_cycle_multipliers(1.2), (along, across)))
        True
    """
    lr = checked("lr", lr, ">= 1", lambda v: v >= 1)
    return 9 - 2 * (1 + lr) ** 2, 3 - 2 * lr


def ellipse_margin(x: Any, y: Any, lr: Any) -> Any:
    r"""How far inside the ellipse of starts that stay: :math:`\tfrac4\eta - \eta r - x^2 - y^2`.

    Here r = 1 - xy. A step multiplies it by :math:`1 - \eta^2 r + \eta^2 r^2`, positive if η < 2. So
    its sign never changes: what is inside (positive) stays there for ever, what is outside never comes in. At
    a minimum, r = 0, it is positive where the curvature is below 4/η.

    Raises:
        ValueError: If one is not finite, or ``lr <= 0``.

    Example:
        >>> from d2l_ext import objectives, simulate
        >>> before, after = simulate(objectives.hyperbola, "gd", (1.2, 0.4), steps=1, lr=1.5).theta
        >>> r = 1 - 1.2 * 0.4
        >>> factor = 1 - 1.5**2 * r + 1.5**2 * r**2
        >>> ratio = ellipse_margin(*after, 1.5) / ellipse_margin(*before, 1.5)
        >>> round(float(ratio), 9) == round(factor, 9)
        True
    """
    x, y, lr = checked("x", x), checked("y", y), _rate(lr)
    fitting(x=x, y=y, lr=lr)
    return 4 / lr - lr * (1 - x * y) - (x * x + y * y)


def ellipse_rim(angle: Any, lr: Any) -> tuple[Any, Any]:
    r"""The point of the ellipse with x + y = a cos φ and x - y = b sin φ.

    Its axes are :math:`a, b = 2\sqrt{(2\pm\eta)/\eta}`. On it a step takes the angle φ to π - 3φ.

    Raises:
        ValueError: Unless ``0 < lr <= 2``.

    Example:
        >>> from math import pi
        >>> from d2l_ext import objectives, simulate
        >>> x, y = simulate(objectives.hyperbola, "gd", ellipse_rim(0.3, 1.5), steps=1, lr=1.5).theta[1]
        >>> there = ellipse_rim(pi - 0.9, 1.5)
        >>> bool(abs(x - there[0]) < 1e-12 and abs(y - there[1]) < 1e-12)
        True
    """
    lr = checked("lr", lr, "in (0, 2]", lambda v: (v > 0) & (v <= 2))
    angle = checked("angle", angle)
    along, across = ops.sqrt((2 + lr) / lr) * ops.cos(angle), ops.sqrt((2 - lr) / lr) * ops.sin(angle)
    return along + across, along - across


def ellipse_area(lr: Any) -> Any:
    r"""Area of the ellipse, :math:`2\pi\sqrt{4-\eta^2}/\eta`. It lies between ±2/√η in both coordinates.

    Raises:
        ValueError: Unless ``0 < lr <= 2``.

    Example:
        >>> round(float(1 - ellipse_area(1.05) / 36), 4)  # the share of [-3, 3]² that is outside
        0.7171
    """
    lr = checked("lr", lr, "in (0, 2]", lambda v: (v > 0) & (v <= 2))
    return 2 * pi * ops.sqrt(4 - lr * lr) / lr


def _rate(lr: Any) -> Any:
    return checked("lr", lr, "> 0", lambda v: v > 0)


def _point(x: Any, lr: Any) -> tuple[Any, Any]:
    x, lr = checked("x", x), checked("lr", lr, ">= 0", lambda v: v >= 0)
    fitting(x=x, lr=lr)
    return x, lr
