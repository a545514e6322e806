"""Objectives of one coordinate."""

from math import inf

from d2l_ext import ops
from d2l_ext.objectives.core import objective, shipped
from d2l_ext.params import param


@shipped
@objective(start=(1.0,), window=((-1.5, 1.5),), minimizers=((0.0,),))
def parabola(x, *, curvature=param(1.0, (0.1, 10), scale="log", symbol="λ", valid=(0, inf))):
    r""":math:`\tfrac12\lambda x^2`: the smallest problem that shows every learning-rate regime."""
    return 0.5 * curvature * x**2


@shipped
@objective(start=(1.0,), window=((-2.0, 2.0),), minimizers=((0.0,),))
def quartic(x):
    r""":math:`\tfrac14 x^4 + \tfrac12 x^2`: smooth, but its curvature grows without bound."""
    return 0.25 * x**4 + 0.5 * x**2


@shipped
@objective(start=(3.0,), window=((-4.0, 4.0),), minimizers=((0.0,),))
def log_cosh(x):
    r""":math:`\log\cosh x`: curvature at most 1, yet past 2/L descent cycles instead of exploding."""
    return ops.log_cosh(x)


@shipped
@objective(start=(1.0,), window=((-2.0, 2.0),))
def double_well(x, *, tilt=param(0.05, (-0.3, 0.3), symbol="a")):
    r""":math:`\tfrac14(x^2-1)^2 + a x`: two wells; for a > 0 the left one is deeper."""
    return 0.25 * (x**2 - 1) ** 2 + tilt * x


_CURVATURE = {"scale": "log", "valid": (1e-12, inf)}


@shipped
@objective(start=(0.0,), window=((-1.5, 2.5),))
def glued_parabolas(
    x,
    *,
    well=param(1.0, (0.1, 10), symbol="Hₐ", label="curvature of the well", **_CURVATURE),
    barrier=param(1.0, (0.1, 10), symbol="H_b", label="curvature of the barrier", **_CURVATURE),
    height=param(0.2, (0.01, 2), symbol="ΔL", label="height", **_CURVATURE),
):
    r"""A well at 0 and a barrier of height ΔL, two parabolas that meet with the same slope.

    The well holds the share :math:`s = H_b/(H_a + H_b)` of the height (Xie et al. 2021).
    """
    share = barrier / (well + barrier)
    seam = ops.sqrt(2 * height * share / well)
    top = seam + well * seam / barrier
    return ops.where(x < seam, 0.5 * well * x**2, height - 0.5 * barrier * (x - top) ** 2)


@shipped
@objective(start=(3.3,), window=((-4.0, 4.5),), minimizers=((0.0,),))
def piecewise_quadratic(x, *, kappa=param(25.0, (1, 100), scale="log", symbol="κ", valid=(1, inf))):
    r"""Curvature κ, but 1 between x = 1 and x = 2; one slope at each point (Lessard, Recht & Packard 2016).

    With κ = 25 the heavy ball that is best for quadratics, lr = 1/9 and momentum = 4/9, ends from many
    starts in a cycle of period 3.
    """
    less = kappa - 1
    between = 0.5 * x**2 + less * (x - 0.5)
    beyond = 0.5 * kappa * x**2 - less * (x - 1.5)
    return ops.where(x < 1, 0.5 * kappa * x**2, ops.where(x < 2, between, beyond))


@shipped
@objective(start=(0.0,), window=((-1.1, 1.1),), project=(-1.0, 1.0))
def rare_gradient(
    x,
    *,
    t,
    big=param(3.0, (2.1, 10), symbol="C", label="rare gradient", valid=(1, inf)),
    period=param(3.0, (2, 20), symbol="p", label="period", valid=(2, inf)),
):
    r""":math:`Cx` on the first of every p steps, :math:`-x` on the others (Reddi, Kale & Kumar 2018).

    On [-1, 1]. For C > p - 1 the mean slope is positive and -1 is the best point.
    """
    return ops.where((t - 1) % period < 1, big, -1) * x
