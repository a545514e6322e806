"""The vector fields that gradient descent follows on an objective, as functions ready to print."""

from collections.abc import Iterable, Sequence
from typing import Any

import sympy

from d2l_ext import theory
from d2l_ext.objectives import Objective, as_objective
from d2l_ext.params import nest, whole
from d2l_ext.symbolic.program import Function, function
from d2l_ext.symbolic.tracing import Names, derivatives, share, trace


class _Traced:
    """An objective as an expression, and the names that its fields use."""

    def __init__(self, objective: Any) -> None:
        self.objective: Objective = as_objective(objective)
        if self.objective.inputs:
            raise ValueError(f"objective must take neither noise nor t, {self.objective.name} does")
        self.names = Names()
        self.x = list(self.names.symbols(self.objective.coordinates).values())
        self.time, self.lr = self.names.symbol("time"), self.names.symbol("lr")
        params = self.names.symbols(self.objective.params)
        self.params = list(params.values())
        self.value = trace(self.objective.name, self.objective, *self.x, **nest(params))

    def slopes(self, count: int) -> list[sympy.Expr]:
        """The first derivatives along a line."""
        found = [self.value]
        for _ in range(count):
            found += derivatives(self.objective.name, found[-1], self.x)
        return found[1:]

    def compiled(self, name: str, takes: Sequence[sympy.Symbol], steps: Iterable[dict]) -> Function:
        """A function of these symbols; of its `steps` the last assigns the results."""
        names = Names()
        for symbol in (*self.x, self.time, self.lr, *self.params):
            names.symbol(str(symbol))
        stages = list(steps)
        for symbol in (symbol for stage in stages for symbol in stage):
            names.symbol(str(symbol))
        body = [
            line for prefix, stage in zip("ab", stages, strict=False) for line in share(names, prefix, stage)
        ]
        return Function(name, tuple(map(str, takes)), tuple(body), tuple(stages[-1]))


def modified_fields(objective: Any, order: int) -> list[Function]:
    """The fields of the modified flows of order 0 to `order`: functions of coordinates, lr, free parameters.

    Raises:
        TraceError: If the objective cannot run on symbols, or has no derivatives.
        TypeError, ValueError: Unless `order` is a whole number >= 0.

    Example:
        >>> print(modified_fields(lambda x: x**2 / 2, 1)[1].python())
        def field1(x, lr):
            d1 = x
            d2 = 1
            value_0 = -1/2*d1*d2*lr - d1
            return value_0
        <BLANKLINE>
    """
    traced, order = _Traced(objective), whole("order", order)
    line = len(traced.x) == 1
    jets = [traced.names.symbol(f"d{i}") for i in range(1, order + 2)] if line else []
    values = [traced.names.symbol(f"value_{i}") for i in range(len(traced.x))]
    if line:  # formulas in the derivatives, whatever the objective is
        terms = [[term] for term in _terms_of_a_line(jets)]
        slopes = dict(zip(jets, traced.slopes(len(jets)), strict=True))
    else:
        terms, slopes = _terms_of_a_space(traced, order), {}
    fields = []
    for n in range(order + 1):
        powers = [(traced.lr**j, term) for j, term in enumerate(terms[: n + 1])]
        results = {value: sum(power * term[i] for power, term in powers) for i, value in enumerate(values)}
        used = {d: slopes[d] for d in jets[: n + 1]}
        steps = [stage for stage in (used, results) if stage]
        fields.append(traced.compiled(f"field{n}", [*traced.x, traced.lr, *traced.params], steps))
    return fields


def modified_flows(objective: Any, order: int) -> list[Function] | None:
    """The modified flows of order 0 to `order` in closed form: functions of x, time, lr, free parameters.

    None unless the objective is a quadratic of one coordinate.

    Example:
        >>> print(modified_flows(lambda x: x**2 / 2, 0)[0].python())
        def flow0(x, time, lr):
            value = x*np.exp(-time)
            return value
        <BLANKLINE>
    """
    traced = _Traced(objective)
    if len(traced.x) != 1:
        return None
    slope, curvature, third = traced.slopes(3)
    if sympy.expand(third) != 0:
        return None
    (x,), time, value = traced.x, traced.time, traced.names.symbol("value")
    takes, flows = [x, time, traced.lr, *traced.params], []
    for n in range(whole("order", order) + 1):
        if curvature == 0:
            end = x - slope * time
        else:
            rest = sympy.simplify(x - slope / curvature)
            rate = curvature * theory.flow_rate(traced.lr * curvature, n)
            end = rest + (x - rest) * sympy.exp(-rate * time)
        flows.append(traced.compiled(f"flow{n}", takes, [{value: end}]))
    return flows


def runge_kutta() -> Function:
    """`theory.rk4` as a function of a field, x and h."""
    made = function(lambda x, h: theory.rk4(sympy.Function("field"), x, h), name="rk4")
    return Function(made.name, ("field", *made.arguments), made.body, made.results)


def _terms_of_a_line(jets: Sequence[sympy.Symbol]) -> list[Any]:
    """The terms in f' = d1, f'' = d2, ..., which are `jets`."""

    def along(g: sympy.Expr, field: sympy.Expr) -> sympy.Expr:
        slope = sum(sympy.diff(g, d) * following for d, following in zip(jets, jets[1:], strict=False))
        return sympy.expand(slope * field)

    return theory.modified_terms(-jets[0], along, len(jets) - 1)


def _terms_of_a_space(traced: _Traced, order: int) -> list[Any]:
    gradient = derivatives(traced.objective.name, traced.value, traced.x)

    def along(g: sympy.Matrix, field: sympy.Matrix) -> sympy.Matrix:
        return (g.jacobian(traced.x) * field).applyfunc(sympy.expand)

    return theory.modified_terms(-sympy.Matrix(gradient), along, order)
