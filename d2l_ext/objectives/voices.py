"""An objective of several coordinates that differ in the noise of their gradients alone."""

from math import inf

from d2l_ext.objectives.core import objective, shipped
from d2l_ext.params import param


@shipped
@objective(start=(1.0,) * 5, window=((-1.5, 1.5),) * 5, minimizers=((0.0,) * 5,))
def voices(
    a,
    b,
    c,
    d,
    e,
    *,
    noise,
    ratio=param(100.0, (1, 1000), scale="log", symbol="r", label="ratio of noise", valid=(1, inf)),
):
    r"""Five bowls of curvature 1. The gradients have noise of sd 1 in the first, 1/r in the last.

    .. math:: \sum_{i=1}^5 \tfrac12 x_i^2 + r^{-(i-1)/4}\, \xi_i x_i
    """
    x = (a, b, c, d, e)
    return sum(x[i] ** 2 / 2 + ratio ** (-i / 4) * noise[i] * x[i] for i in range(5))
