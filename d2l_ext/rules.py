"""How one step goes: each update rule once, as a pure function.

A rule takes the whole iterate as one vector, its gradient and its state, and returns the new
iterate and the new state. It uses operators and `ops` only, so the same code steps a PyTorch run, is
compiled for sweeps and becomes the JavaScript of a live page.
"""

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any

from d2l_ext import ops
from d2l_ext.params import Param, declared, param, ranged

State = Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """A pure update rule.

    Attributes:
        function: ``(theta, grad, state, *, lr, ...) -> (theta, state)``.
        slots: What the rule remembers and its value before the first step. ``t`` is a single count
            of steps; every other slot holds one number per coordinate.
    """

    function: Callable[..., tuple[Any, State]]
    slots: Mapping[str, float]

    def __call__(self, theta: Any, grad: Any, state: State, **hyper: Any) -> tuple[Any, State]:
        return self.function(theta, grad, state, **hyper)

    def __repr__(self) -> str:
        return f"rules.{self.name}"

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def source(self) -> str:
        """The rule as it is written, without its docstring."""
        lines = inspect.getsource(self.function).splitlines()
        first = ast.parse("\n".join(lines)).body[0].body[0]  # type: ignore[attr-defined]
        if self.function.__doc__:
            del lines[first.lineno - 1 : first.end_lineno]
        return "\n".join(lines)

    @cached_property
    def hyper(self) -> dict[str, Param]:
        """Hyperparameters with their ranges; the entries of a tuple as ``betas.0``, ``betas.1``."""
        defaults = declared(self.function)
        usual = {n: usual(defaults[n]) for n, usual in _USUAL.items() if type(defaults.get(n)) is float}
        return ranged(defaults | usual)

    def initial_state(self, zeros: Any) -> dict[str, Any]:
        """State before the first step, for an iterate shaped like `zeros`."""
        return {n: start if n == "t" else zeros + start for n, start in self.slots.items()}


def rule(**slots: float) -> Callable[[Callable], Rule]:
    """Make a `Rule` of a function; the arguments are its slots and their starts.

    Example:
        >>> @rule(previous=0.0)
        ... def lazy(theta, grad, state, *, lr=param(0.1, (0.001, 1), scale="log")):
        ...     return theta - lr * state["previous"], {"previous": grad}
        >>> lazy(1.0, 2.0, {"previous": 0.5})
        (0.95, {'previous': 2.0})
    """

    def decorate(function: Callable) -> Rule:
        made = Rule(function, slots)
        if "lr" not in made.hyper:
            raise TypeError(f"{made.name} must have a keyword-only argument lr with a default")
        return made

    return decorate


def as_rule(candidate: Any) -> Rule:
    """`candidate` if it is a `Rule`, or the book's rule of that name.

    Raises:
        TypeError: If it is neither; the message lists the names.
    """
    found = RULES.get(candidate) if isinstance(candidate, str) else candidate
    if isinstance(found, Rule):
        return found
    names = ", ".join(RULES)
    raise TypeError(f"rule must be decorated with @rule(...) or be one of {names}; got {candidate!r}")


_RATE = {"scale": "log", "symbol": "η", "label": "learning rate", "valid": (0, inf)}
_BETA = {"symbol": "β", "label": "momentum", "valid": (0, 1)}

LR = param(0.1, (0.001, 1), **_RATE)
MOMENTUM = param(0.9, (0, 0.99), **_BETA)
ADAM_LR = param(0.001, (0.0001, 1), **_RATE)
BETAS = (
    param(0.9, (0, 0.99), symbol="β₁", label="decay of m", valid=(0, 1)),
    param(0.999, (0, 0.999), symbol="β₂", label="decay of v", valid=(0, 1)),
)
EPS = param(1e-8, (1e-10, 1), scale="log", symbol="ε", label="epsilon", valid=(0, inf))

# What a plain number under a well-known name means in a reader's rule.
_USUAL = {
    "lr": lambda value: param(value, (value / 100, value * 10), **_RATE),
    "momentum": lambda value: param(value, (0, 0.99), **_BETA),
}


@rule()
def gd(theta, grad, state, *, lr=LR):
    r"""Gradient descent, :math:`\theta \leftarrow \theta - \eta g`."""
    return theta - lr * grad, {}


@rule(v=0.0)
def momentum(theta, grad, state, *, lr=LR, momentum=MOMENTUM):
    r"""Heavy ball, :math:`v \leftarrow \beta v + g`, :math:`\theta \leftarrow \theta - \eta v` (Polyak 1964).

    Convention: PyTorch's and d2l's. In the averaging form :math:`v \leftarrow \beta v + (1-\beta) g` the same
    run needs the learning rate :math:`\eta/(1-\beta)`.
    """
    v = momentum * state["v"] + grad
    return theta - lr * v, {"v": v}


@rule(t=0, m=0.0, v=0.0)
def adam(theta, grad, state, *, lr=ADAM_LR, betas=BETAS, eps=EPS):
    r"""Adam (Kingma & Ba 2015, algorithm 1).

    .. math::
        m &\leftarrow \beta_1 m + (1-\beta_1) g \\
        v &\leftarrow \beta_2 v + (1-\beta_2) g^2 \\
        \theta &\leftarrow \theta - \eta \, \frac{m/(1-\beta_1^t)}{\sqrt{v/(1-\beta_2^t)} + \epsilon}
    """
    beta1, beta2 = betas
    t = state["t"] + 1
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / (ops.sqrt(v_hat) + eps), {"t": t, "m": m, "v": v}


RULES = {made.name: made for made in (gd, momentum, adam)}
