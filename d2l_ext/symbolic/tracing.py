"""Running a definition on symbols."""

import keyword
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import sympy


class TraceError(TypeError):
    """A function that cannot run on symbols, hence cannot be compiled."""


# Names that generated code uses itself, or that its languages reserve.
_RESERVED = {
    *keyword.kwlist,
    *("arguments await case catch const debugger default delete do enum eval export extends".split()),
    *("false function implements instanceof interface let new null package private".split()),
    *("protected public static super switch this throw true typeof var void with yield".split()),
    *("k carried count hyper loss np params run start steps step theta noise".split()),
    *("sine cosine Math Infinity NaN undefined".split()),
}


class Names:
    """Hands out symbols, each with a name not used before."""

    def __init__(self) -> None:
        self._taken = set(_RESERVED)

    def symbol(self, wish: str) -> sympy.Symbol:
        name = wish.replace(".", "_")
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return sympy.Symbol(name, real=True)

    def symbols(self, wishes: Iterable[str]) -> dict[str, sympy.Symbol]:
        return {wish: self.symbol(wish) for wish in wishes}

    def numbered(self, prefix: str) -> Iterable[sympy.Symbol]:
        """An endless supply: ``a0, a1, ...``."""
        count = 0
        while True:
            yield self.symbol(f"{prefix}{count}")
            count += 1


class Vector(np.ndarray):
    """An array of symbols whose comparisons stay symbolic (NumPy's would ask for truth values)."""

    def __gt__(self, other: Any) -> Any:
        return np.greater(self, other, dtype=object)

    def __ge__(self, other: Any) -> Any:
        return np.greater_equal(self, other, dtype=object)

    def __lt__(self, other: Any) -> Any:
        return np.less(self, other, dtype=object)

    def __le__(self, other: Any) -> Any:
        return np.less_equal(self, other, dtype=object)


def vector(symbols: Iterable[sympy.Expr]) -> Vector:
    """Symbols as the vector a rule sees."""
    return np.array(list(symbols), dtype=object).view(Vector)


def call(name: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``function(*args, **kwargs)``, failures told as a `TraceError`."""
    try:
        return function(*args, **kwargs)
    except (TypeError, ValueError, AttributeError) as error:
        raise TraceError(
            f"{name} cannot run on symbols: {error}. "
            "Use operators and d2l_ext.ops only, and ops.where instead of if."
        ) from error


def scalar(name: str, value: Any) -> sympy.Expr:
    """`value` as an expression, or a `TraceError` that says what it was."""
    if isinstance(value, int | float | np.number):
        return sympy.sympify(float(value))
    if not isinstance(value, sympy.Expr):
        raise TraceError(f"{name} must return a scalar, got {type(value).__name__}")
    return value


def trace(name: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> sympy.Expr:
    """The scalar that `function` computes, as an expression."""
    return scalar(name, call(name, function, *args, **kwargs))


def derivatives(name: str, value: sympy.Expr, by: Iterable[sympy.Symbol]) -> list[sympy.Expr]:
    """Partial derivatives of `value`, or a `TraceError` if one has no formula."""
    slopes: list[Any] = [sympy.diff(value, symbol) for symbol in by]
    # A sign has the slope zero, and PyTorch says so at its jump too.
    slopes = [slope.replace(sympy.DiracDelta, lambda *_: sympy.S.Zero) for slope in slopes]
    slopes = [slope.replace(lambda e: e.is_Mul, _sized) for slope in slopes]
    # SymPy multiplies numbers into sums; taken out again, the sums are shared by `share`.
    result: list[Any] = [sympy.factor_terms(slope) for slope in slopes]
    if any(entry.has(sympy.Derivative, sympy.Subs) for entry in result):
        raise TraceError(f"{name} has no derivative that can be written down")
    return result


def _sized(product: Any) -> Any:
    """A product with |u| in the place of u sign(u), as the derivative of u |u| has it: no sign to look up."""
    for part in product.args:
        if part.func is sympy.sign and part.args[0] in product.args:
            return sympy.Abs(part.args[0]) * product / (part * part.args[0])
    return product


Assignment = tuple[sympy.Symbol, sympy.Expr]


def share(names: Names, prefix: str, expressions: Mapping[sympy.Symbol, sympy.Expr]) -> list[Assignment]:
    """`expressions` as assignments in order, each common part computed once."""
    parts, reduced = cast(Any, sympy.cse)(list(expressions.values()), symbols=iter(names.numbered(prefix)))
    return [*parts, *zip(expressions, reduced, strict=True)]


def hoist(
    assignments: Iterable[Assignment], constants: Iterable[sympy.Symbol]
) -> tuple[list[Assignment], list[Assignment]]:
    """Split into what depends on `constants` alone (computed once) and the rest."""
    known, once, every = set(constants), [], []
    for symbol, value in assignments:
        if value.free_symbols <= known and not (value.is_Symbol or value.is_Number):
            known.add(symbol)
            once.append((symbol, value))
        else:
            every.append((symbol, value))
    return once, every


def needed(assignments: Sequence[Assignment], wanted: set[Any]) -> list[Assignment]:
    """Those assignments that `wanted` symbols depend on, in order."""
    kept: list[Assignment] = []
    wanted = set(wanted)
    for symbol, value in reversed(assignments):
        if symbol in wanted:
            kept.append((symbol, value))
            wanted |= value.free_symbols
    return kept[::-1]
