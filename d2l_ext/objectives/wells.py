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
    # SymPy knows that the root of a size is real.
    half_left, half_right = (ops.sqrt(ops.absolute(height / well)) for well in (left, right))
    loud_left, loud_right = ops.sqrt(left / batch), ops.sqrt(right / batch)
    # Measured from the seam, well and half barrier have one formula, without branches.
    past_left, past_right = x + half_left, x - half_right
    before = left * half_left * past_left - 0.5 * left * past_left * ops.absolute(past_left)
    beyond = 0.5 * right * past_right * ops.absolute(past_right) - right * half_right * past_right
    push_left, push_right = loud_left * noise[0] * x, loud_right * noise[0] * x
    return 0.5 * height + ops.where(x < 0, before + push_left, beyond + push_right)
