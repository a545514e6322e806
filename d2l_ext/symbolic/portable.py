"""The same bits in every language: programs of + - * / and square roots alone, sine and cosine included.

IEEE 754 fixes the result of these to the last bit, and says nothing of ``sin`` or ``pow``. There Python and
JavaScript may differ in the last bit, and a chaotic run magnifies that to a different run. `portable` puts in
their place a sine and a cosine that are written out, and products for whole powers.
"""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from math import factorial
from typing import Any

import sympy

from d2l_ext.symbolic.functions import cosine, product, sine
from d2l_ext.symbolic.program import Function
from d2l_ext.symbolic.tracing import Assignment, Names

# π in three parts. The first two have few digits, so small multiples of them are exact (Cody & Waite 1980).
_PI = Fraction(3141592653589793238462643383279502884197, 10**39)
_TERMS = 11
_MAX_POWER = 16


def _pieces() -> list[float]:
    first = float(Fraction(round(_PI * 2**22), 2**22))
    second = float(Fraction(round((_PI - Fraction(first)) * 2**46), 2**46))
    return [first, second, float(_PI - Fraction(first) - Fraction(second))]


def _wave(name: str, ahead: float) -> Function:
    """sin(x + π · ahead): take off the nearest multiple of π, then Taylor's polynomial, by Horner's rule."""
    x, turns, z, value = (sympy.Symbol(s, real=True) for s in ("x", "turns", "z", "value"))
    rest = [sympy.Symbol(f"r{i}", real=True) for i in range(4)]
    sums = [sympy.Symbol(f"s{i}", real=True) for i in range(_TERMS)]
    terms = [sympy.Float((-1) ** k / factorial(2 * k + 1), 17) for k in reversed(range(_TERMS))]
    body: list[Assignment] = [(turns, sympy.floor(x * sympy.Float(float(1 / _PI), 17) + (0.5 + ahead)))]
    body += [(rest[0], turns - ahead if ahead else turns)]
    before: Any = x
    for piece, after in zip(_pieces(), rest[1:], strict=True):
        body.append((after, before - rest[0] * sympy.Float(piece, 17)))
        before = after
    body += [(z, before * before), (sums[0], terms[0])]
    body += [(s, was * z + c) for was, s, c in zip(sums, sums[1:], terms[1:], strict=False)]
    parity = sympy.Symbol("parity", real=True)
    body += [(parity, turns - 2 * sympy.floor(turns / 2)), (value, (1 - 2 * parity) * (before * sums[-1]))]
    return Function(name, ("x",), tuple(body), (value,))


SINE, COSINE = _wave("sine", 0.0), _wave("cosine", 0.5)


def portable(compiled: Any) -> Any:
    """A `Function` or `Step` with the same bits in Python and in JavaScript.

    Its source calls ``sine`` and ``cosine``: print `SINE` and `COSINE` before it. Other functions than these,
    square roots and absolute values stay what they are, and differ in the last bit.

    Example:
        >>> from d2l_ext.symbolic import function
        >>> from d2l_ext import ops
        >>> print(portable(function(lambda x: ops.sin(x) ** 2, name="f")).python())
        def f(x):
            base = sine(x)
            value = (base*base)
            return value
        <BLANKLINE>
    """
    if isinstance(compiled, Function):
        names = _taken(compiled.arguments, compiled.body)
        return replace(compiled, body=tuple(_rewritten(compiled.body, names)))
    given = (*compiled.hyper.values(), *compiled.params.values(), *compiled.carried, *compiled.noise)
    parts = ("setup", "powers", "loss", "update")
    names = _taken(given, [line for part in parts for line in getattr(compiled, part)])
    return replace(compiled, **{p: tuple(_rewritten(getattr(compiled, p), names)) for p in parts})


def _taken(given: Iterable[Any], body: Iterable[Assignment]) -> Names:
    """A supply of names that none of these has."""
    names = Names()
    for name in (*given, *(symbol for symbol, _ in body)):
        names.symbol(str(name))
    return names


def _rewritten(body: Iterable[Assignment], names: Names) -> list[Assignment]:
    lines: list[Assignment] = []
    for symbol, value in body:
        lines.append((symbol, _plain(value, names, lines)))
    return lines


def _plain(value: Any, names: Names, lines: list[Assignment]) -> Any:
    """`value` without sines and powers; a base that is no plain name gets one, in a line of its own."""
    if not value.args:
        return value
    args = [_plain(arg, names, lines) for arg in value.args]
    if isinstance(value, sympy.sin | sympy.cos):
        return (sine if isinstance(value, sympy.sin) else cosine)(*args)
    if value.is_Pow and value.exp.is_Integer and 2 <= abs(value.exp) <= _MAX_POWER:
        base = args[0]
        if not base.is_Symbol:
            base = names.symbol("base")
            lines.append((base, args[0]))
        power: Any = product(base, sympy.Integer(abs(int(value.exp))))
        return power if value.exp > 0 else 1 / power
    return value.func(*args)
