"""SymPy's side of `d2l_ext.ops`: the same names, on expressions.

`maximum`, `minimum` and `step` are opaque functions: SymPy's own ``Max`` and ``Heaviside`` try to decide
comparisons while an expression is built, which is slow and can fail.
"""

import sympy
from sympy import cos, cosh, exp, log, sign, sin, sinh, sqrt, tan, tanh

absolute = sympy.Abs

__all__ = [
    "absolute",
    "cos",
    "cosh",
    "exp",
    "log",
    "log1p",
    "maximum",
    "mean",
    "minimum",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "step",
    "tan",
    "tanh",
    "where",
]


class step(sympy.Function):
    """0 below zero, 1 above, ½ at zero: the derivative that PyTorch gives `maximum` at a tie."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return sympy.S.Zero


class maximum(sympy.Function):
    """The larger of two expressions."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        this, other = self.args if argindex == 1 else self.args[::-1]
        return step(this - other)


class minimum(sympy.Function):
    """The smaller of two expressions."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        this, other = self.args if argindex == 1 else self.args[::-1]
        return step(other - this)


class log1p(sympy.Function):
    """log(1 + x)."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return 1 / (1 + self.args[0])


class mean(sympy.Function):
    """Mean over the coordinates of one symbol that stands for a whole vector (never computed)."""


def where(condition: sympy.Basic, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    """`a` if `condition` else `b`."""
    return sympy.Piecewise((a, condition), (b, True))
