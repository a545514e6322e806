"""Straight-line programs made from definitions, printed in either language.

`Step` holds what one step of a run computes, in an order that any loop can use::

    once per run    setup: what depends on hyperparameters and parameters alone
    every step k    powers   beta**t carried as running products
                    loss     the objective at the current iterate
                    update   gradient, then the rule; then all carried names at once
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from textwrap import indent
from typing import Any

import numpy as np
import sympy

from d2l_ext import ops
from d2l_ext.objectives import Objective, as_objective
from d2l_ext.params import declared, flatten, nest
from d2l_ext.rules import Rule, as_rule
from d2l_ext.symbolic.lifting import lift
from d2l_ext.symbolic.printers import JavaScript, Python
from d2l_ext.symbolic.tracing import (
    Assignment,
    Names,
    TraceError,
    call,
    derivatives,
    hoist,
    needed,
    scalar,
    share,
    trace,
    vector,
)

_COMPUTE = Python("np")
_LIVE = JavaScript()


def printed(value: sympy.Expr) -> str:
    """Python source of an expression (needs ``np``)."""
    return str(_COMPUTE.doprint(value))


def python(assignments: Sequence[Assignment]) -> str:
    """Python source of assignments, one a line."""
    return "\n".join(f"{s} = {printed(e)}" for s, e in assignments)


def _javascript(assignments: Sequence[Assignment], word: str = "const ") -> str:
    return "\n".join(f"{word}{s} = {_LIVE.doprint(e)};" for s, e in assignments)


@dataclass(frozen=True)
class Function:
    """A pure function of named numbers, ready to print.

    Attributes:
        name: Its name.
        arguments: Argument names, in order.
        body: Assignments; those to `results` come last.
        results: One symbol, or several if the function returned a tuple.
    """

    name: str
    arguments: tuple[str, ...]
    body: tuple[Assignment, ...]
    results: tuple[sympy.Symbol, ...]

    def python(self) -> str:
        """Source of a Python function on floats or NumPy arrays (needs ``np``)."""
        results = ", ".join(map(str, self.results))
        body = f"{python(self.body)}\nreturn {results}"
        return f"def {self.name}({', '.join(self.arguments)}):\n{indent(body, '    ')}\n"

    def javascript(self) -> str:
        """Source of a JavaScript function; several results come as an array."""
        results = ", ".join(map(str, self.results))
        value = results if len(self.results) == 1 else f"[{results}]"
        body = f"{_javascript(self.body)}\nreturn {value};"
        return f"function {self.name}({', '.join(self.arguments)}) {{\n{indent(body, '  ')}\n}}\n"


def function(definition: Callable[..., Any], *, name: str | None = None) -> Function:
    """Compile a pure scalar function (or one that returns a tuple of scalars).

    Args:
        definition: A function written with operators and `ops`, or an `Objective`. Positional and
            keyword-only arguments become arguments, in that order (``betas`` as ``betas_0, betas_1``).
        name: Name of the result; default the definition's own.

    Raises:
        TraceError: If it cannot run on symbols.

    Example:
        >>> print(function(lambda x, y: (x + y) ** 2 / 2, name="f").javascript())
        function f(x, y) {
          const value = (1/2)*Math.pow(x + y, 2);
          return value;
        }
        <BLANKLINE>
    """
    name, names, arguments, value = _called(definition, name)
    values = value if isinstance(value, tuple) else (value,)
    return _function(name, names, arguments, [scalar(name, v) for v in values])


def derivative(definition: Callable[..., Any], *, order: int = 1, name: str | None = None) -> Function:
    """Compile the derivative of a pure scalar function by its first argument.

    Args:
        definition, name: As for `function`.
        order: How often to differentiate.

    Raises:
        TraceError: If it cannot run on symbols or has no derivative that can be written down.

    Example:
        >>> print(derivative(lambda x, a: a * x**3, order=2, name="bend").python())
        def bend(x, a):
            value = 6*a*x
            return value
        <BLANKLINE>
    """
    name, names, arguments, value = _called(definition, name)
    value = scalar(name, value)
    for _ in range(order):
        (value,) = derivatives(name, value, arguments[:1])
    return _function(name, names, arguments, [value])


def _called(definition: Callable[..., Any], name: str | None) -> tuple[str, Names, list[sympy.Symbol], Any]:
    """A definition's name, what it returns for symbols, and these."""
    names = Names()
    if isinstance(definition, Objective):
        name = name or definition.name
        positional, keywords = definition.coordinates, definition.params
    else:
        name = name or definition.__name__
        parameters = inspect.signature(definition).parameters.values()
        positional = [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]
        keywords = flatten(declared(definition))
    args, kwargs = names.symbols(positional), names.symbols(keywords)
    value = call(name, definition, *args.values(), **nest(kwargs))
    return name, names, [*args.values(), *kwargs.values()], value


def _function(
    name: str, names: Names, arguments: Sequence[sympy.Symbol], values: Sequence[sympy.Expr]
) -> Function:
    suffixes = [""] if len(values) == 1 else [f"_{i}" for i in range(len(values))]
    results = {names.symbol(f"value{suffix}"): v for suffix, v in zip(suffixes, values, strict=True)}
    return Function(name, tuple(map(str, arguments)), tuple(share(names, "a", results)), tuple(results))


@dataclass(frozen=True)
class Step:
    """One step of a rule on an objective, ready to print.

    Attributes:
        name: The rule's name.
        coordinates: Symbols of the iterate.
        hyper: Symbols of the rule's hyperparameters, by name (``lr``, ``betas.0``).
        params: Symbols of the objective's free parameters, by name.
        noise: Symbols of the noise of one step; empty if the objective takes none.
        time: Symbol of the step count, from 1; None if nothing asks for it.
        carried: What goes from step to step and its start (None: the run's), coordinates first.
        setup, powers, loss, update: Assignments, in the order of the module's docstring.
        loss_value: Symbol that `loss` assigns.
        following: For each carried symbol the one that holds its next value.
    """

    name: str
    coordinates: tuple[sympy.Symbol, ...]
    hyper: dict[str, sympy.Symbol]
    params: dict[str, sympy.Symbol]
    noise: tuple[sympy.Symbol, ...]
    time: sympy.Symbol | None
    carried: dict[sympy.Symbol, float | None]
    setup: tuple[Assignment, ...]
    powers: tuple[Assignment, ...]
    loss: tuple[Assignment, ...]
    update: tuple[Assignment, ...]
    loss_value: sympy.Symbol
    following: dict[sympy.Symbol, sympy.Symbol]

    def python(self) -> str:
        """Source of ``step(k, carried, hyper, params, noise) -> (carried, loss)`` (needs ``np``).

        Its arguments are sequences of floats or arrays, in the order of the attributes of the same names.
        """
        parts = [
            _unpack("carried", self.carried),
            _unpack("hyper", self.hyper.values()),
            _unpack("params", self.params.values()),
            _unpack("noise", self.noise),
            f"{self.time} = k + 1" if self.time else "",
            *(python(part) for part in (self.setup, self.powers, self.loss, self.update)),
            f"return [{', '.join(map(str, self.following.values()))}], {self.loss_value}",
        ]
        return f"def step(k, carried, hyper, params, noise=()):\n{indent(_lines(parts), '    ')}\n"

    def javascript(self) -> str:
        """Source of ``function NAME(start, steps, hyper, params, noise, theta, loss)``, a whole run.

        ``hyper`` and ``params`` are objects of numbers by name. Iterates go to ``theta``, row by row, and
        losses to ``loss``.
        """
        d = len(self.coordinates)
        starts = [s for s, start in self.carried.items() if start is None]
        before = [
            *(f'const {s} = hyper["{name}"];' for name, s in self.hyper.items()),
            *(f'const {s} = params["{name}"];' for name, s in self.params.items()),
            *(f"let {s} = start[{i}];" for i, s in enumerate(starts)),
            *(f"let {s} = {start!r};" for s, start in self.carried.items() if start is not None),
            _javascript(self.setup),
        ]
        each = [
            *([f"const {self.time} = k + 1;"] if self.time else []),
            # Past the last row of noise these are undefined, and so is a gradient nobody reads.
            *(f"const {s} = noise[{len(self.noise)} * k + {i}];" for i, s in enumerate(self.noise)),
            _javascript(self.loss),
            *(f"theta[{d} * k + {i}] = {s};" for i, s in enumerate(self.coordinates)),
            f"loss[k] = {self.loss_value};",
            "if (k === steps) return;",
            _javascript(self.powers),
            _javascript(self.update),
            *(f"{s} = {following};" for s, following in self.following.items()),
        ]
        loop = f"for (let k = 0; ; k++) {{\n{indent(_lines(each), '  ')}\n}}"
        body = indent(_lines([*before, loop]), "  ")
        return f"function {self.name}(start, steps, hyper, params, noise, theta, loss) {{\n{body}\n}}\n"

    def crowd(self) -> str:
        """Source of ``function NAME(k, count, carried, hyper, params, noise)``: one step of many runs.

        As the Python of `python`, with arrays, up to the last bits (see `lift`): ``carried`` has one array of
        `count` numbers for each symbol, in order, and they are stepped in place; of a running power, the same
        for all runs, only the first number. ``hyper`` and ``params`` are objects of numbers by name. The
        noise of step k begins at ``noise[k * count * d]``, run by run. No loss is computed.
        """
        d, following = len(self.coordinates), self.following
        powers = [s for s in self.carried if following[s] in dict(self.powers)]
        own = [s for s in self.carried if s not in powers]
        alike = [*self.hyper.values(), *self.params.values(), *powers, *([self.time] if self.time else [])]
        computed = [*self.setup, *self.powers, *self.loss, *self.update]
        once, every = lift(needed(computed, set(following.values())), alike)
        before = [
            *(f'const {s} = hyper["{name}"];' for name, s in self.hyper.items()),
            *(f'const {s} = params["{name}"];' for name, s in self.params.items()),
            f"const [{', '.join(f'all_{s}' for s in self.carried)}] = carried;",
            *([f"const {self.time} = k + 1;"] if self.time else []),
            *(f"const {s} = all_{s}[0];" for s in powers),
            _javascript(once),
            *(f"all_{s}[0] = {following[s]};" for s in powers),
            f"const start = {d} * k * count;",
        ]
        each = [
            *(f"const {s} = all_{s}[run];" for s in own),
            *(f"const {s} = noise[start + {d} * run + {i}];" for i, s in enumerate(self.noise)),
            _javascript(every),
            *(f"all_{s}[run] = {following[s]};" for s in own),
        ]
        loop = f"for (let run = 0; run < count; run++) {{\n{indent(_lines(each), '  ')}\n}}"
        body = indent(_lines([*before, loop]), "  ")
        return f"function {self.name}(k, count, carried, hyper, params, noise) {{\n{body}\n}}\n"


def _unpack(name: str, symbols: Iterable[sympy.Symbol]) -> str:
    """Python that takes the entries of a sequence apart; nothing for none."""
    listed = ", ".join(map(str, symbols))
    return f"[{listed}] = {name}" if listed else ""


def _lines(parts: Sequence[str]) -> str:
    return "\n".join(part for part in parts if part)


def step(objective: Any, rule: Any) -> Step:
    """Compile one step of `rule` on `objective`: gradient, update and loss.

    Raises:
        TraceError: If either cannot run on symbols, or the rule's state does not match its slots.
    """
    objective, rule = as_objective(objective), as_rule(rule)
    names = Names()
    coordinates = names.symbols(objective.coordinates)
    params = names.symbols(objective.params)
    hyper = names.symbols(rule.hyper)
    time = names.symbol("t")
    noise = names.symbols(f"noise.{i}" for i in range(len(coordinates)))

    # The objective and its gradient, at this step's noise; the loss counts noise as zero.
    inputs = {"t": time, "noise": vector(noise.values())}
    given = {name: inputs[name] for name in objective.inputs}
    value = trace(objective.name, objective, *coordinates.values(), **nest(params), **given)
    grad = names.symbols(f"g.{name}" for name in coordinates)
    slopes = derivatives(objective.name, value, coordinates.values())
    loss_value = names.symbol("f")
    noiseless = value.subs(dict.fromkeys(noise.values(), 0))

    # The rule, on symbols for iterate, gradient and state.
    state, slots = _slots(names, rule, coordinates, time)
    theta = vector(coordinates.values())
    stepped = call(rule.name, rule, theta, vector(grad.values()), state, **nest(hyper))
    new, new_state = _checked(rule, stepped, len(coordinates))
    if objective.project is not None:
        new = ops.clip(new, *objective.project)
    carried = {s: None for s in coordinates.values()} | {s: start for s, (_, _, start) in slots.items()}
    targets = dict(zip(coordinates.values(), new, strict=True))
    targets |= {symbol: new_state[slot][i] for symbol, (slot, i, _) in slots.items()}
    update = {names.symbol(f"{s}_next"): scalar(rule.name, e) for s, e in targets.items()}

    running: dict[sympy.Symbol, tuple[sympy.Symbol, sympy.Expr]] = {}
    constants = {*params.values(), *hyper.values()}
    update = {s: _carry_powers(names, e, time, constants, running) for s, e in update.items()}
    following = dict(zip(targets, update, strict=True))
    for power, (advanced, _) in running.items():
        carried[power] = 1.0
        following[power] = advanced

    # Shared parts; what no step changes moves out of the loop.
    losses = share(names, "a", {loss_value: noiseless} | dict(zip(grad.values(), slopes, strict=True)))
    once, every = hoist(losses, constants)
    once_more, updates = hoist(share(names, "b", update), constants | {s for s, _ in once})
    everything = {s for _, e in [*every, *updates] for s in e.free_symbols}
    return Step(
        name=str(Names().symbol(rule.name)),
        coordinates=tuple(coordinates.values()),
        hyper=hyper,
        params=params,
        noise=tuple(noise.values()) if "noise" in objective.inputs else (),
        time=time if time in everything else None,
        carried=carried,
        setup=tuple([*once, *once_more]),
        powers=tuple((advanced, power * base) for power, (advanced, base) in running.items()),
        loss=tuple(every),
        update=tuple(updates),
        loss_value=loss_value,
        following=following,
    )


def _slots(
    names: Names, rule: Rule, coordinates: Iterable[str], time: sympy.Symbol
) -> tuple[dict[str, Any], dict[sympy.Symbol, tuple[str, int, float]]]:
    """The state a rule sees, and for each symbol in it: its slot, its coordinate, its start."""
    state: dict[str, Any] = {}
    slots = {}
    for slot, start in rule.slots.items():
        if slot == "t":
            state["t"] = time - 1
            continue
        symbols = list(names.symbols(f"{slot}.{c}" for c in coordinates).values())
        state[slot] = vector(symbols)
        slots |= {s: (slot, i, float(start)) for i, s in enumerate(symbols)}
    return state, slots


def _checked(rule: Rule, stepped: Any, dimension: int) -> tuple[Any, dict[str, Any]]:
    """What a rule returned, if it has the shape a rule's result must have."""
    try:
        theta, state = stepped
        vectors = {"theta": theta, **{slot: state[slot] for slot in rule.slots if slot != "t"}}
    except (TypeError, ValueError, KeyError):
        expected = ", ".join(rule.slots) or "nothing"
        raise TraceError(f"{rule.name} must return (theta, state) with state holding {expected}") from None
    for name, value in vectors.items():
        if np.shape(value) != (dimension,):
            raise TraceError(f"{rule.name}: {name} must keep its shape ({dimension},), got {np.shape(value)}")
    return theta, state


def _carry_powers(
    names: Names,
    expression: sympy.Expr,
    time: sympy.Symbol,
    constants: set[sympy.Symbol],
    running: dict[sympy.Symbol, tuple[sympy.Symbol, sympy.Expr]],
) -> sympy.Expr:
    """Replace ``base**(t + c)`` by a product carried along, entered in `running`."""

    def carried(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
        offset = exponent - time
        if time in offset.free_symbols or not base.free_symbols <= constants:
            return base**exponent
        for advanced, known in running.values():
            if known == base:
                return advanced * base**offset
        power, advanced = names.symbol("power"), names.symbol("power_next")
        running[power] = advanced, base
        return advanced * base**offset

    timed: Any = expression.replace(
        lambda e: e.is_Pow and time in e.exp.free_symbols, lambda e: carried(e.base, e.exp)
    )
    return timed
