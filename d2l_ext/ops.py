"""The functions a rule or an objective may use: one name for floats, arrays, tensors, symbols.

``ops.sqrt(x)`` calls NumPy, PyTorch or SymPy, whichever `x` belongs to; plain numbers are
promoted to their partner's kind. Arithmetic, powers and comparisons need no `ops`: the
operators of Python do. ``if`` on a value cannot be traced; use `where`.
"""

import sys
from collections.abc import Callable
from math import log as _log
from typing import Any

import numpy as np

__all__ = [
    "absolute",
    "clip",
    "cos",
    "cosh",
    "exp",
    "log",
    "log1p",
    "log_cosh",
    "maximum",
    "mean",
    "minimum",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "where",
]


LOG_2 = _log(2)


def _loaded(library: str, type_name: str) -> type | tuple:
    """A type of `library` if that is imported already: nothing can be an instance before."""
    return getattr(sys.modules.get(library), type_name, ())


def is_symbolic(value: Any) -> bool:
    """True for SymPy expressions and arrays of them."""
    if isinstance(value, np.ndarray):
        return value.dtype == object
    return isinstance(value, _loaded("sympy", "Basic"))


def _apply(name: str, *args: Any) -> Any:
    """`name` from the library that the arguments belong to."""
    tensor_type = _loaded("torch", "Tensor")
    tensor = next((a for a in args if isinstance(a, tensor_type)), None)
    if tensor is not None:
        torch = sys.modules["torch"]
        promoted = [a if isinstance(a, tensor_type) else tensor.new_tensor(a) for a in args]
        return getattr(torch, name)(*promoted)
    if any(is_symbolic(a) for a in args):
        from d2l_ext.symbolic import functions

        function = getattr(functions, name)
        if any(isinstance(a, np.ndarray) for a in args):
            return np.frompyfunc(function, len(args), 1)(*args)
        return function(*args)
    return getattr(np, name)(*args)


def _named(name: str, meaning: str) -> Callable[[Any], Any]:
    def op(x: Any) -> Any:
        return _apply(name, x)

    op.__name__ = op.__qualname__ = name
    op.__doc__ = f"{meaning}, entry by entry."
    return op


sqrt = _named("sqrt", "Square root")
exp = _named("exp", "Exponential")
log = _named("log", "Natural logarithm")
log1p = _named("log1p", "log(1 + x), accurate near zero")
sin = _named("sin", "Sine")
cos = _named("cos", "Cosine")
tan = _named("tan", "Tangent")
sinh = _named("sinh", "Hyperbolic sine")
cosh = _named("cosh", "Hyperbolic cosine")
tanh = _named("tanh", "Hyperbolic tangent")
absolute = _named("absolute", "Absolute value")
sign = _named("sign", "Sign: -1, 0 or 1")


def log_cosh(x: Any) -> Any:
    """log(cosh(x)), entry by entry, without overflow; its derivative is tanh(x)."""
    if is_symbolic(x):
        return _apply("log_cosh", x)
    return _apply("logaddexp", x, -x) - LOG_2


def maximum(a: Any, b: Any) -> Any:
    """The larger of `a` and `b`, entry by entry; its derivative at a tie is shared half and half."""
    return _apply("maximum", a, b)


def minimum(a: Any, b: Any) -> Any:
    """The smaller of `a` and `b`, entry by entry; its derivative at a tie is shared half and half."""
    return _apply("minimum", a, b)


def clip(x: Any, low: Any, high: Any) -> Any:
    """`x` moved into ``[low, high]``, entry by entry."""
    return minimum(maximum(x, low), high)


def where(condition: Any, a: Any, b: Any) -> Any:
    """`a` where `condition` holds, else `b`, entry by entry.

    Raises:
        TypeError: If `condition` was decided before it came here, as ``==`` on symbols is.
    """
    if isinstance(condition, bool) and (is_symbolic(a) or is_symbolic(b)):
        raise TypeError("condition must be an inequality such as x > 0, got a plain bool")
    if isinstance(condition, bool | np.bool_):
        return a if condition else b
    if isinstance(condition, _loaded("torch", "Tensor")):
        return sys.modules["torch"].where(condition, a, b)
    return _apply("where", condition, a, b)


def mean(x: Any) -> Any:
    """Mean over all coordinates: a scalar."""
    if isinstance(x, np.ndarray):
        return x.sum() / len(x)
    return _apply("mean", x)
