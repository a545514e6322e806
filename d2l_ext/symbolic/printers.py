"""Expressions as source code: Python and JavaScript."""

from collections.abc import Callable
from typing import Any

import sympy
from sympy.printing.jscode import JavascriptCodePrinter
from sympy.printing.pycode import PythonCodePrinter

from d2l_ext.ops import LOG_2

MAX_PRODUCT = 4


def _as_product(power: sympy.Pow, show: Callable[[sympy.Expr], str]) -> str | None:
    """``x*x`` for a small whole power of a plain name: far cheaper than a call to pow."""
    base, exponent = power.args
    if base.is_Symbol and exponent.is_Integer and 2 <= abs(exponent) <= MAX_PRODUCT:
        product = "*".join([show(base)] * abs(int(exponent)))
        return f"({product})" if exponent > 0 else f"(1/({product}))"
    return None


def _exact(value: sympy.Float) -> str:
    """The shortest decimal that reads back as the same double (SymPy would cut at 15 digits)."""
    return repr(float(value))


class _Portable:
    """What both languages print alike (see `portable`)."""

    def _print_product(self: Any, expr: Any) -> str:
        base, times = expr.args
        return f"({'*'.join([self._print(base)] * int(times))})"

    def _print_sine(self: Any, expr: Any) -> str:
        return f"{type(expr).__name__}({self._print(expr.args[0])})"

    _print_cosine = _print_sine

    def _print_AppliedUndef(self: Any, expr: Any) -> str:
        return f"{expr.func}({', '.join(map(self._print, expr.args))})"


class Python(_Portable, PythonCodePrinter):
    """Python source whose functions come from `namespace`: ``np`` to compute, ``ops`` to read."""

    def __init__(self, namespace: str) -> None:
        super().__init__({"fully_qualified_modules": False})
        self.namespace = namespace

    def _print_Float(self, expr: sympy.Float) -> str:
        return _exact(expr)

    def _print_Pow(self, expr: sympy.Pow, rational: bool = False) -> str:
        if expr.exp in (sympy.S.Half, -sympy.S.Half):
            root = f"{self.namespace}.sqrt({self._print(expr.base)})"
            return root if expr.exp > 0 else f"(1/{root})"
        if self.namespace == "np" and (product := _as_product(expr, self._print)):
            return product
        return super()._print_Pow(expr, rational=rational)

    def _print_Piecewise(self, expr: sympy.Piecewise) -> str:
        pairs: Any = expr.args
        (value, condition), *rest = pairs
        if condition == sympy.true or not rest:
            return self._print(value)
        other = self._print(sympy.Piecewise(*rest))
        return f"{self.namespace}.where({self._print(condition)}, {self._print(value)}, {other})"

    def _print_step(self, expr: Any) -> str:
        return f"(0.5 + 0.5*{self.namespace}.sign({self._print(expr.args[0])}))"

    def _call(self, e: Any) -> str:
        name = {"Abs": "absolute"}.get(type(e).__name__, type(e).__name__)
        return f"{self.namespace}.{name}({', '.join(map(self._print, e.args))})"

    _print_Abs = _print_sign = _print_exp = _print_log = _print_log1p = _call
    _print_sin = _print_cos = _print_tan = _print_sinh = _print_cosh = _print_tanh = _call
    _print_maximum = _print_minimum = _print_mean = _print_floor = _call

    def _print_log_cosh(self, expr: Any) -> str:
        x = self._print(expr.args[0])
        return f"ops.log_cosh({x})" if self.namespace == "ops" else f"(np.logaddexp({x}, -({x})) - {LOG_2!r})"


class JavaScript(_Portable, JavascriptCodePrinter):
    """JavaScript source."""

    def _print_Float(self, expr: sympy.Float) -> str:
        return _exact(expr)

    def _print_Pow(self, expr: sympy.Pow) -> str:
        if expr.exp == -sympy.S.Half:
            return f"(1/Math.sqrt({self._print(expr.base)}))"
        return _as_product(expr, self._print) or super()._print_Pow(expr)

    def _print_maximum(self, expr: sympy.Expr) -> str:
        return f"Math.max({', '.join(map(self._print, expr.args))})"

    def _print_minimum(self, expr: sympy.Expr) -> str:
        return f"Math.min({', '.join(map(self._print, expr.args))})"

    def _print_log1p(self, expr: sympy.Expr) -> str:
        return f"Math.log1p({self._print(expr.args[0])})"

    def _print_log_cosh(self, expr: sympy.Expr) -> str:
        size = f"Math.abs({self._print(expr.args[0])})"
        return f"({size} + Math.log1p(Math.exp(-2*{size})) - Math.LN2)"

    def _print_step(self, expr: sympy.Expr) -> str:
        return f"(0.5 + 0.5*Math.sign({self._print(expr.args[0])}))"
