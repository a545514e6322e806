"""Objectives of two coordinates, those that explorers draw."""

from math import inf, pi

from d2l_ext import ops
from d2l_ext.objectives.core import objective, shipped
from d2l_ext.params import param


@shipped
@objective(start=(-5.0, -2.0), window=((-6.2, 3.2), (-2.9, 2.9)), minimizers=((0.0, 0.0),))
def ravine(
    x,
    y,
    *,
    kappa=param(20.0, (1, 1000), scale="log", symbol="κ", label="condition number", valid=(1, inf)),
    angle=param(0.0, (0, 90), symbol="φ", label="angle", unit="°"),
):
    r"""A quadratic valley, :math:`\tfrac12(\tfrac4\kappa u^2 + 4 v^2)`, turned by `angle` degrees.

    Its largest curvature is 4 whatever `kappa`, so gradient descent's limit stays at lr = 0.5. At the
    defaults it is ``0.1 x² + 2 y²``, the example of *Dive into Deep Learning*, section 12.6.
    """
    c, s = ops.cos(angle * (pi / 180)), ops.sin(angle * (pi / 180))
    u, v = c * x + s * y, c * y - s * x
    return 2 * u**2 / kappa + 2 * v**2


@shipped
@objective(start=(-5.0, -2.0), window=((-6.2, 3.2), (-2.9, 2.9)), minimizers=((0.0, 0.0),))
def noisy_valley(
    x,
    y,
    *,
    noise,
    kappa=param(12.0, (1, 1000), scale="log", symbol="κ", label="condition number", valid=(1, inf)),
    sd=param(2.0, (0, 5), symbol="σ", label="noise", valid=(0, inf)),
):
    r"""`ravine`, seen through noise: each gradient is off by :math:`\sigma` times two normal numbers.

    So are the gradients of small batches: with `sd` shrinking like one over the root of their size.
    """
    return ravine(x, y, kappa=kappa) + sd * (noise[0] * x + noise[1] * y)


@shipped
@objective(start=(1.0, 1.0), window=((-0.5, 1.5), (-0.5, 1.5)))
def noise_alone(
    x,
    y,
    *,
    noise,
    loud=param(100.0, (1, 1000), scale="log", symbol="σ₁", label="loud noise", valid=(0, inf)),
    quiet=param(0.01, (0.001, 1), scale="log", symbol="σ₂", label="quiet noise", valid=(0, inf)),
):
    r"""Nothing to learn: the gradients are one noise in two sizes, :math:`(\sigma_1\xi, \sigma_2\xi)`."""
    return (loud * x + quiet * y) * noise[0]


@shipped
@objective(start=(-1.2, 1.0), window=((-2.0, 2.0), (-1.0, 3.0)), minimizers=((1.0, 1.0),))
def rosenbrock(x, y, *, steepness=param(100.0, (1, 100), scale="log", symbol="b", valid=(0, inf))):
    r""":math:`(1-x)^2 + b(y-x^2)^2`: a curved valley with a flat floor (Rosenbrock 1960)."""
    return (1 - x) ** 2 + steepness * (y - x**2) ** 2


@shipped
@objective(
    start=(-4.0, 0.5),
    window=((-6.0, 6.0), (-6.0, 6.0)),
    minimizers=(
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    ),
)
def himmelblau(x, y):
    r""":math:`(x^2+y-11)^2 + (x+y^2-7)^2`: four minima, all of value 0 (Himmelblau 1972)."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


@shipped
@objective(start=(-2.0, 0.01), window=((-3.0, 3.0), (-3.0, 3.0)))
def saddle(x, y, *, descent=param(0.1, (0.001, 1), scale="log", symbol="h", valid=(0, inf))):
    r""":math:`\tfrac12 x^2 - \tfrac h2 y^2`: a strict saddle at the origin; below it there is no minimum."""
    return 0.5 * x**2 - 0.5 * descent * y**2


@shipped
@objective(start=(0.0, 0.0), window=((-1.5, 1.5), (-1.5, 1.5)))
def noisy_saddle(
    x,
    y,
    *,
    noise,
    descent=param(0.1, (0.001, 1), scale="log", symbol="h", label="descent", valid=(0, inf)),
    batch=param(1.0, (1, 100), scale="log", symbol="B", label="batch size", valid=(1e-12, inf)),
):
    r"""`saddle` with gradient noise of covariance :math:`[H]^+/B`: variance 1/B along x, h/B along y."""
    shocks = noise[0] * x + ops.sqrt(descent) * noise[1] * y
    return saddle(x, y, descent=descent) + shocks / ops.sqrt(batch)


@shipped
@objective(start=(4.0, 0.26), window=((-4.6, 4.6), (-3.6, 3.6)))
def scalar_factorization(
    x, y, *, product=param(1.0, (0.25, 4), scale="log", symbol="μ", label="product", valid=(1e-12, inf))
):
    r""":math:`\tfrac12(\mu - xy)^2`: a number as a product; the minima are a whole hyperbola."""
    return 0.5 * (product - x * y) ** 2


@shipped
@objective(start=(1.5, 0.3), window=((-2.5, 2.5), (-2.0, 2.0)), minimizers=((1.0, 1.0), (-1.0, -1.0)))
def hyperbola(x, y):
    r""":math:`\tfrac12(1-xy)^2`: `scalar_factorization` of 1; the two given minima are the flattest."""
    return scalar_factorization(x, y, product=1)


@shipped
@objective(
    start=(4.0, -4.0),
    window=((-5.0, 5.0), (-5.0, 5.0)),
    minimizers=((-2.903534027771177, -2.903534027771177),),
)
def styblinski_tang(x, y):
    r""":math:`\tfrac12\sum (c^4 - 16c^2 + 5c)`: four wells of different depth (Styblinski & Tang 1990)."""
    return 0.5 * (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y)
