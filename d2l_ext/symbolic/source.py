"""A reader's own function and rule, printed as Python that can be pasted anywhere."""

from textwrap import indent
from typing import Any, cast

import sympy

from d2l_ext.objectives import Objective
from d2l_ext.params import nest
from d2l_ext.rules import Rule
from d2l_ext.symbolic.printers import Python
from d2l_ext.symbolic.tracing import call, scalar, trace

_READ = Python("ops")


def expression(objective: Objective) -> str:
    """The objective as one Python expression in its coordinates and parameters.

    Example:
        >>> from d2l_ext.objectives import as_objective
        >>> expression(as_objective(lambda x, y, *, a=3.0: a * x**2 + abs(y)))
        'a*x**2 + ops.absolute(y)'
    """
    theta = [sympy.Symbol(name, real=True) for name in objective.coordinates]
    keywords = nest({name: sympy.Symbol(name, real=True) for name in objective.params})
    for name in objective.inputs:  # a symbol's name is printed as it is
        entries = [sympy.Symbol(f"noise[{i}]", real=True) for i in range(len(theta))]
        keywords[name] = entries if name == "noise" else sympy.Symbol(name, real=True)
    return str(_READ.doprint(trace(objective.name, objective, *theta, **keywords)))


def definition(rule: Rule) -> str:
    """The rule as a decorated Python function, whatever names its own source uses.

    Example:
        >>> from d2l_ext.rules import momentum
        >>> print(definition(momentum))
        @rule(v=0.0)
        def momentum(theta, grad, state, *, lr=0.1, momentum=0.9):
            a0 = grad + momentum*state["v"]
            return -a0*lr + theta, {"v": a0}
    """
    theta, grad = sympy.Symbol("theta", real=True), sympy.Symbol("grad", real=True)
    # A symbol's name is printed as it is, so it may be any expression.
    state = {slot: sympy.Symbol(f'state["{slot}"]', real=True) for slot in rule.slots}
    hyper = {name: sympy.Symbol(_entry(name), real=True) for name in rule.hyper}
    new, new_state = call(rule.name, rule, theta, grad, state, **nest(hyper))
    values = [scalar(rule.name, value) for value in (new, *(new_state[slot] for slot in rule.slots))]
    # What appears more than once gets a name, as a person would give it one.
    parts, (new, *entries) = cast(Any, sympy.cse(values, symbols=sympy.numbered_symbols("a")))
    body = [f"{symbol} = {_READ.doprint(part)}" for symbol, part in parts]
    written = ", ".join(f'"{slot}": {_READ.doprint(e)}' for slot, e in zip(rule.slots, entries, strict=True))
    body.append(f"return {_READ.doprint(new)}, {{{written}}}")
    slots = ", ".join(f"{slot}={start!r}" for slot, start in rule.slots.items())
    plain = nest({name: float(default) for name, default in rule.hyper.items()})
    defaults = ", ".join(f"{name}={default!r}" for name, default in plain.items())
    head = f"@rule({slots})\ndef {rule.name}(theta, grad, state, *, {defaults}):\n"
    return head + indent("\n".join(body), "    ")


def _entry(name: str) -> str:
    """``betas.0`` as code: ``betas[0]``."""
    head, dot, i = name.partition(".")
    return f"{head}[{i}]" if dot else head
