"""How one step goes: each update rule once, as a pure function.

A rule takes the whole iterate as one vector, its gradient and its state, and returns the new
iterate and the new state. It uses operators and `ops` only, so the same code steps a PyTorch run, is
compiled for sweeps and becomes the JavaScript of a live page.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
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

    def __reduce_ex__(self, protocol: Any) -> Any:
        # A rule hides the function it was made of; it is found again under that name.
        module = sys.modules.get(self.function.__module__)
        if getattr(module, self.name, None) is self:
            return _rule, (self.function.__module__, self.name)
        return super().__reduce_ex__(protocol)

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


def _rule(module: str, name: str) -> Rule:
    return getattr(import_module(module), name)


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
ADAI_BETAS = (
    param(0.1, (0, 1), symbol="β₀", label="inertia", valid=(0, inf)),
    param(0.99, (0, 0.999), symbol="β₂", label="decay of v", valid=(0, 1)),
)
ADAI_EPS = param(1e-3, (1e-6, 0.1), scale="log", symbol="ε", label="epsilon", valid=(0, 1))
LEAST = param(0.0, (0, 0.999), label="least inertia", valid=(0, 1))
MOST = param(0.999, (0, 0.999), label="most inertia", valid=(0, 1))
CORRECTED = param(1.0, (0, 1), symbol="c", label="bias correction", valid=(0, inf))
DAMPENING = param(1.0, (0, 1), symbol="δ", label="dampening", valid=(0, 1.5))
WEIGHT_DECAY = param(0.01, (1e-5, 1), scale="log", symbol="λ", label="weight decay", valid=(0, inf))
# What AdamW's default takes away in a step: 0.01 times Adam's learning rate.
STEP_DECAY = param(1e-5, (1e-7, 0.1), scale="log", symbol="λ′", label="decay per step", valid=(0, inf))
POWER = param(0.5, (0, 1), label="fading power")

# What a plain number under a well-known name means in a reader's rule.
_USUAL = {
    "lr": lambda value: param(value, (value / 100, value * 10), **_RATE),
    "momentum": lambda value: param(value, (0, 0.99), **_BETA),
}


@rule()
def gd(theta, grad, state, *, lr=LR):
    r"""Gradient descent, :math:`\theta \leftarrow \theta - \eta g`."""
    return theta - lr * grad, {}


@rule()
def sign_gd(theta, grad, state, *, lr=LR):
    r"""Sign descent, :math:`\theta \leftarrow \theta - \eta\,\mathrm{sign}(g)`: each moves by lr."""
    return theta - lr * ops.sign(grad), {}


@rule(v=0.0)
def momentum(theta, grad, state, *, lr=LR, momentum=MOMENTUM):
    r"""Heavy ball, :math:`v \leftarrow \beta v + g`, :math:`\theta \leftarrow \theta - \eta v` (Polyak 1964).

    Convention: PyTorch's and d2l's. In the averaging form :math:`v \leftarrow \beta v + (1-\beta) g` the same
    run needs the learning rate :math:`\eta/(1-\beta)`.
    """
    v = momentum * state["v"] + grad
    return theta - lr * v, {"v": v}


@rule(v=0.0)
def ema_momentum(theta, grad, state, *, lr=LR, momentum=MOMENTUM):
    r"""Averaged momentum: :math:`v \leftarrow \beta v + (1-\beta) g`, then as `momentum`.

    Convention: heavy ball with the learning rate :math:`\eta(1-\beta)`, step by step.
    """
    v = momentum * state["v"] + (1 - momentum) * grad
    return theta - lr * v, {"v": v}


@rule(v=0.0)
def nesterov(theta, grad, state, *, lr=LR, momentum=MOMENTUM):
    r"""Nesterov's, :math:`v \leftarrow \beta v + g`, :math:`\theta \leftarrow \theta - \eta (g + \beta v)`.

    Convention: PyTorch's form. Its iterates are the textbook's look-ahead points, where the gradient is taken
    (Sutskever et al. 2013, section 7 of the supplement).
    """
    v = momentum * state["v"] + grad
    return theta - lr * (grad + momentum * v), {"v": v}


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
    theta = theta - lr * m_hat / (ops.sqrt(v_hat) + eps)
    return theta, {"t": t, "m": m, "v": v}


@rule(t=0, m=0.0, v=0.0, v_max=0.0)
def amsgrad(theta, grad, state, *, lr=ADAM_LR, betas=BETAS, eps=EPS):
    r"""AMSGrad (Reddi, Kale & Kumar 2018): Adam with the largest second moment so far.

    Convention: PyTorch's. The maximum is of the raw :math:`v`, divided by :math:`1-\beta_2^t` only then, so
    the denominator may still shrink.
    """
    beta1, beta2 = betas
    t = state["t"] + 1
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    v_max = ops.maximum(state["v_max"], v)
    m_hat = m / (1 - beta1**t)
    v_hat = v_max / (1 - beta2**t)
    theta = theta - lr * m_hat / (ops.sqrt(v_hat) + eps)
    return theta, {"t": t, "m": m, "v": v, "v_max": v_max}


@rule(m=0.0, v=0.0, v_max=0.0)
def amsgrad_paper(theta, grad, state, *, lr=ADAM_LR, betas=BETAS, eps=EPS):
    r"""AMSGrad as published, without bias correction (Reddi, Kale & Kumar 2018, algorithm 2).

    Convention: the denominator never shrinks. The authors have no ε; here it is added to the root.
    """
    beta1, beta2 = betas
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    v_max = ops.maximum(state["v_max"], v)
    return theta - lr * m / (ops.sqrt(v_max) + eps), {"m": m, "v": v, "v_max": v_max}


@rule(t=0, m=0.0, v=0.0, v_max=0.0)
def amsgrad_hat(theta, grad, state, *, lr=ADAM_LR, betas=BETAS, eps=EPS):
    r"""AMSGrad with the largest of the corrected moments, :math:`\max_t v_t/(1-\beta_2^t)`.

    Convention: many texts describe this one. The denominator never shrinks; that of PyTorch's may.
    """
    beta1, beta2 = betas
    t = state["t"] + 1
    m = beta1 * state["m"] + (1 - beta1) * grad
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    v_max = ops.maximum(state["v_max"], v / (1 - beta2**t))
    m_hat = m / (1 - beta1**t)
    theta = theta - lr * m_hat / (ops.sqrt(v_max) + eps)
    return theta, {"t": t, "m": m, "v": v, "v_max": v_max}


@rule(t=0, m=0.0, v=0.0, product=1.0)
def adai(theta, grad, state, *, lr=LR, betas=ADAI_BETAS, eps=ADAI_EPS):
    r"""Adai: inertia that adapts, learning rate that does not (Xie et al. 2022, algorithm 2).

    .. math::
        v &\leftarrow \beta_2 v + (1-\beta_2) g^2, \qquad \hat v = v/(1-\beta_2^t) \\
        \beta_1 &= \mathrm{clip}(1 - \beta_0 \hat v / \bar v,\ 0,\ 1 - \epsilon), \qquad
        \bar v = \text{mean of } \hat v \text{ over all coordinates} \\
        m &\leftarrow \beta_1 m + (1-\beta_1) g \\
        \theta &\leftarrow \theta - \eta\, m / (1 - \textstyle\prod_\tau \beta_{1,\tau})

    While every gradient so far is zero, nothing moves.
    """
    beta0, beta2 = betas
    t = state["t"] + 1
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    v_hat = v / (1 - beta2**t)
    v_bar = ops.mean(v_hat)
    beta1 = ops.clip(1 - beta0 * v_hat / ops.where(v_bar > 0, v_bar, 1.0), 0, 1 - eps)
    m = beta1 * state["m"] + (1 - beta1) * grad
    product = state["product"] * beta1
    return theta - lr * m / (1 - product), {"t": t, "m": m, "v": v, "product": product}


@rule(t=0, m=0.0, v=0.0, product=1.0)
def bounded_adai(theta, grad, state, *, lr=LR, betas=ADAI_BETAS, least=LEAST, most=MOST, corrected=CORRECTED):
    r"""`adai` taken apart: inertia kept in [least, most], bias correction in part or not at all.

    .. math::
        \beta_1 &= \mathrm{clip}(1 - \beta_0 \hat v / \bar v,\ \text{least},\ \text{most}) \\
        \theta &\leftarrow \theta - \eta\, m / (1 - c \textstyle\prod_\tau \beta_{1,\tau})

    With least = most it is averaged momentum, corrected (c = 1) or not (c = 0); with both 0 it is `gd`.
    """
    beta0, beta2 = betas
    t = state["t"] + 1
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    v_hat = v / (1 - beta2**t)
    v_bar = ops.mean(v_hat)
    beta1 = ops.clip(1 - beta0 * v_hat / ops.where(v_bar > 0, v_bar, 1.0), least, most)
    m = beta1 * state["m"] + (1 - beta1) * grad
    product = state["product"] * beta1
    return theta - lr * m / (1 - corrected * product), {"t": t, "m": m, "v": v, "product": product}


@rule(t=0, m=0.0, v=0.0, product=1.0)
def adai_v2(theta, grad, state, *, lr=LR, betas=ADAI_BETAS, eps=ADAI_EPS, dampening=DAMPENING):
    r"""AdaiV2, between `adai` (dampening 1) and a heavy ball with inertia that adapts (dampening 0).

    .. math::
        \beta_1 &= \mathrm{clip}(1 - \beta_0 (\hat v / \bar v)^{1/(3-2\delta)},\ 0,\ 1 - \epsilon) \\
        m &\leftarrow \beta_1 m + (1-\beta_1)^\delta g \\
        \theta &\leftarrow \theta - \eta\,\beta_0^{1-\delta}\, m / (1 - \textstyle\prod_\tau \beta_{1,\tau})

    Convention: that of the authors' program (`adaicode`), whose weight decay is decoupled by default.
    """
    beta0, beta2 = betas
    t = state["t"] + 1
    v = beta2 * state["v"] + (1 - beta2) * grad**2
    v_hat = v / (1 - beta2**t)
    v_bar = ops.mean(v_hat)
    share = (v_hat / ops.where(v_bar > 0, v_bar, 1.0)) ** (1 / (3 - 2 * dampening))
    beta1 = ops.clip(1 - beta0 * share, 0, 1 - eps)
    m = beta1 * state["m"] + (1 - beta1) ** dampening * grad
    product = state["product"] * beta1
    theta = theta - lr * beta0 ** (1 - dampening) * m / (1 - product)
    return theta, {"t": t, "m": m, "v": v, "product": product}


def coupled(inner: Rule, name: str | None = None) -> Rule:
    """`inner` with an L2 penalty: ``weight_decay * theta`` is added to the gradient.

    PyTorch's ``weight_decay`` of SGD and Adam. The rule sees the sum, and averages and rescales it.
    """

    def step(theta, grad, state, *, weight_decay, **hyper):
        return inner(theta, grad + weight_decay * theta, state, **hyper)

    return _with(step, inner, name or f"coupled_{inner.name}", weight_decay=WEIGHT_DECAY)


def decoupled(inner: Rule, name: str | None = None) -> Rule:
    """`inner`, the weights first multiplied by ``1 - lr * weight_decay``.

    PyTorch's AdamW is ``decoupled(adam)``: the learning rate multiplies the decay too.
    """

    def step(theta, grad, state, *, lr, weight_decay, **hyper):
        return inner(theta * (1 - lr * weight_decay), grad, state, lr=lr, **hyper)

    return _with(step, inner, name or f"decoupled_{inner.name}", weight_decay=WEIGHT_DECAY)


def independent(inner: Rule, name: str | None = None) -> Rule:
    r"""`inner`, the weights first multiplied by ``1 - weight_decay``, whatever the learning rate.

    The decay as Loshchilov & Hutter (2019, algorithm 2) write it. Their schedule multiplies the learning rate
    and the decay: to follow it, hand the rule both numbers anew on every step.

    Convention: at a constant learning rate, `decoupled` with :math:`\lambda = \lambda'/\eta`.

    Example:
        >>> independent(gd)(1.0, 0.0, {}, lr=1e-3, weight_decay=0.1)[0]
        0.9
        >>> decoupled(gd)(1.0, 0.0, {}, lr=1e-3, weight_decay=100.0)[0]
        0.9
    """

    def step(theta, grad, state, *, weight_decay, **hyper):
        return inner(theta * (1 - weight_decay), grad, state, **hyper)

    return _with(step, inner, name or f"independent_{inner.name}", weight_decay=STEP_DECAY)


def fading(inner: Rule, name: str | None = None) -> Rule:
    """`inner` with the learning rate ``lr / t**power`` at step t; constant for ``power=0``.

    Example:
        >>> theta, state = 0.0, {"t": 0}
        >>> for _ in range(4):
        ...     theta, state = fading(gd)(theta, 1.0, state, lr=1.0, power=1.0)
        >>> round(theta, 6)  # -(1 + 1/2 + 1/3 + 1/4)
        -2.083333
    """

    def step(theta, grad, state, *, lr, power, **hyper):
        t = state["t"] + 1
        theta, following = inner(theta, grad, state, lr=lr / t**power, **hyper)
        return theta, {**following, "t": t}

    return _with(step, inner, name or f"fading_{inner.name}", {"t": 0, **inner.slots}, power=POWER)


def _with(
    step: Callable, inner: Rule, name: str, slots: Mapping[str, float] | None = None, **more: Param
) -> Rule:
    """A rule that steps by `step`, with the hyperparameters of `inner` and these."""
    signature, keyword = inspect.signature(inner.function), inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(n, keyword, default=default) for n, default in more.items()]
    described: Any = step
    described.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *added])
    described.__name__ = name
    return Rule(step, inner.slots if slots is None else slots)


adamw = decoupled(adam, "adamw")
adaiw = decoupled(adai, "adaiw")

RULES = {
    made.name: made
    for made in (gd, sign_gd, momentum, ema_momentum, nesterov, adam, amsgrad, adamw, adai, adaiw)
}
