"""SymPy's side of `d2l_ext.ops`: the same names, on expressions.

`maximum`, `minimum` and `step` are opaque functions: SymPy's own ``Max`` and ``Heaviside`` try to decide
comparisons while an expression is built, which is slow and can fail.
"""

from typing import Any

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
    "log_cosh",
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

    def fdiff(self, argindex: int = 1) -> Any:
        return sympy.S.Zero


def _from(function: Any, argindex: int) -> Any:
    """Arguments of a function, the one to differentiate by first."""
    return function.args if argindex == 1 else function.args[::-1]


class maximum(sympy.Function):
    """The larger of two expressions."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> Any:
        this, other = _from(self, argindex)
        return step(this - other)


class minimum(sympy.Function):
    """The smaller of two expressions."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> Any:
        this, other = _from(self, argindex)
        return step(other - this)


class log1p(sympy.Function):
    """log(1 + x)."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> Any:
        return 1 / (1 + _from(self, 1)[0])


class log_cosh(sympy.Function):
    """log(cosh(x))."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> Any:
        return tanh(self.args[0])


class sine(sympy.Function):
    """The sine that `portable` writes out."""

    is_real = True


class cosine(sympy.Function):
    """The cosine that `portable` writes out."""

    is_real = True


class product(sympy.Function):
    """A name times itself so many times, printed as that product."""

    is_real = True


class mean(sympy.Function):
    """Mean over the coordinates of one symbol that stands for a whole vector (never computed)."""


def where(condition: sympy.Basic, a: sympy.Expr, b: sympy.Expr) -> Any:
    """`a` if `condition` else `b`."""
    return sympy.Piecewise((a, condition), (b, True))
