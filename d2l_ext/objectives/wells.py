"""Two wells of different sharpness, with noise as large as the curvature says: where escapes are counted."""

from math import inf

from d2l_ext import ops
from d2l_ext.objectives.core import objective, shipped
from d2l_ext.params import param

_POSITIVE = {"scale": "log", "valid": (1e-12, inf)}


@shipped
@objective(start=(-0.894427190999916,), window=((-1.7, 1.7),))
def glued_wells(
    x,
    *,
    noise,
    left=param(1.0, (0.1, 10), symbol="H₁", label="curvature left", **_POSITIVE),
    right=param(1.0, (0.1, 10), symbol="H₂", label="curvature right", **_POSITIVE),
    height=param(0.2, (0.01, 2), symbol="ΔL", label="height", **_POSITIVE),
    batch=param(1.0, (1, 100), symbol="B", label="batch size", **_POSITIVE),
):
    r"""Two wells of one depth, a barrier of height ΔL at 0 between them; gradient noise of variance k/B.

    On each side there are two parabolas of one curvature k, a well and half of the barrier, that meet with
    one slope half-way up (`glued_parabolas` with s = ½). A bottom is at :math:`2\sqrt{\Delta L/k}` from 0.
    """
    half_left, half_right = ops.sqrt(height / left), ops.sqrt(height / right)
    loud_left, loud_right = ops.sqrt(left / batch), ops.sqrt(right / batch)
    barrier_left, barrier_right = height - 0.5 * left * x**2, height - 0.5 * right * x**2
    well_left = 0.5 * left * (x + 2 * half_left) ** 2
    well_right = 0.5 * right * (x - 2 * half_right) ** 2
    before = ops.where(x < -half_left, well_left, barrier_left) + loud_left * noise[0] * x
    beyond = ops.where(x < half_right, barrier_right, well_right) + loud_right * noise[0] * x
    return ops.where(x < 0, before, beyond)
