"""A reader's own function and rule, printed as Python that can be pasted anywhere."""

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
    names = [*objective.coordinates, *objective.params, *objective.inputs]
    symbols = {name: sympy.Symbol(name, real=True) for name in names}
    theta = [symbols[name] for name in objective.coordinates]
    keywords = nest({n: s for n, s in symbols.items() if n not in objective.coordinates})
    return str(_READ.doprint(trace(objective.name, objective, *theta, **keywords)))


def definition(rule: Rule) -> str:
    """The rule as a decorated Python function, whatever names its own source uses.

    Example:
        >>> from d2l_ext.rules import momentum
        >>> print(definition(momentum))
        @rule(v=0.0)
        def momentum(theta, grad, state, *, lr=0.1, momentum=0.9):
            return -lr*(grad + momentum*state["v"]) + theta, {"v": grad + momentum*state["v"]}
    """
    theta, grad = sympy.Symbol("theta", real=True), sympy.Symbol("grad", real=True)
    # A symbol's name is printed as it is, so it may be any expression.
    state = {slot: sympy.Symbol(f'state["{slot}"]', real=True) for slot in rule.slots}
    hyper = {name: sympy.Symbol(_entry(name), real=True) for name in rule.hyper}
    stepped = call(rule.name, rule, theta, grad, state, **nest(hyper))
    new, new_state = stepped
    entries = {slot: _READ.doprint(scalar(rule.name, new_state[slot])) for slot in rule.slots}
    written = ", ".join(f'"{slot}": {value}' for slot, value in entries.items())
    slots = ", ".join(f"{slot}={start!r}" for slot, start in rule.slots.items())
    defaults = ", ".join(f"{n}={v!r}" for n, v in nest({n: float(p) for n, p in rule.hyper.items()}).items())
    return (
        f"@rule({slots})\n"
        f"def {rule.name}(theta, grad, state, *, {defaults}):\n"
        f"    return {_READ.doprint(scalar(rule.name, new))}, {{{written}}}"
    )


def _entry(name: str) -> str:
    """``betas.0`` as code: ``betas[0]``."""
    head, dot, i = name.partition(".")
    return f"{head}[{i}]" if dot else head
