"""Taking out of a loop all that is the same in every turn, from within expressions too."""

from collections.abc import Iterable, Sequence
from typing import Any

import sympy

from d2l_ext.symbolic.tracing import Assignment, Names


def lift(
    assignments: Sequence[Assignment], alike: Iterable[sympy.Symbol]
) -> tuple[list[Assignment], list[Assignment]]:
    """Split into what depends on the symbols `alike` alone, before a loop, and what each turn computes.

    Unlike `hoist` it looks inside: of ``x*lr/(1 - power)`` with `lr` and `power` alike, ``lr/(1 - power)`` is
    computed before the loop. That regroups products and sums, so results may differ in their last bits.

    Example:
        >>> x, y, lr, power = sympy.symbols("x y lr power")
        >>> lift([(y, x * lr / (1 - power))], [lr, power])
        ([(c0, lr/(1 - power))], [(y, c0*x)])
    """
    known = set(alike)
    used = {str(s) for name, value in assignments for s in (name, *value.free_symbols)}
    fresh = (s for s in Names().numbered("c") if str(s) not in used)
    before: list[Assignment] = []
    names: dict[Any, sympy.Symbol] = {}
    each: list[Assignment] = []

    def named(value: Any) -> Any:
        """The name of something that is alike, computed before the loop."""
        if not value.args:
            return value
        if value not in names:
            names[value] = next(fresh)
            before.append((names[value], value))
        return names[value]

    def lifted(value: Any) -> Any:
        if isinstance(value, sympy.Expr) and value.free_symbols <= known:
            return named(value)
        if not value.args:
            return value
        if value.is_Mul or value.is_Add:
            same = [part for part in value.args if part.free_symbols <= known]
            rest = [lifted(part) for part in value.args if not part.free_symbols <= known]
            return value.func(named(value.func(*same)), *rest) if same else value.func(*rest)
        return value.func(*map(lifted, value.args))

    for symbol, value in assignments:
        if value.free_symbols <= known:
            known.add(symbol)
            names.setdefault(value, symbol)
            before.append((symbol, value))
        else:
            each.append((symbol, lifted(value)))
    return before, each
