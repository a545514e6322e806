"""A key for code: what a function will do, told from its source and from all that it reaches."""

import ast
import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from importlib import import_module
from textwrap import dedent
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

PACKAGE = __name__.partition(".")[0]
_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_UNKNOWN = object()


def fingerprint(function: Callable) -> str:
    """A key of the code that `function` runs: with another key its results may be others.

    What counts: the source of the function, and of every function and class that it reaches by name, directly
    or through those, in its own package (or notebook) and in `d2l_ext`; and the values of the constants,
    defaults and closures that these use.

    What does not: comments, docstrings and layout; code that is not reached; other packages (their names
    count, their versions do not); files that are read; whatever is looked up by a name made at run time.

    Raises:
        TypeError: If `function` is not written in Python, or its source is not to be had.

    Example:
        >>> def area(r):
        ...     return 3.14 * r**2
        >>> before = fingerprint(area)
        >>> area.__defaults__ = (1.0,)
        >>> fingerprint(area) == before
        False
    """
    first = _plainly(function)
    if not isinstance(first, FunctionType | partial):
        raise TypeError(f"function must be written in Python, with def or lambda, got {function!r}")
    written = first.func if isinstance(first, partial) else first
    homes = {str(written.__module__).partition(".")[0], PACKAGE}
    text = "\n".join(sorted(_Reached(homes).follow(first)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class _Reached:
    """All that code reaches, told piece by piece: a line for each function, class and constant."""

    def __init__(self, homes: set[str]) -> None:
        self.homes = homes
        self.seen: dict[int, Any] = {}  # by identity; held, so that no other object takes its place

    def follow(self, value: Any) -> Iterator[str]:
        """The pieces that `value` is made of."""
        value = _plainly(value)
        if isinstance(value, _PLAIN):
            yield repr(value)
        elif id(value) not in self.seen:
            self.seen[id(value)] = value
            yield from self._parts(value)

    def _parts(self, value: Any) -> Iterator[str]:
        if isinstance(value, ModuleType):
            yield value.__name__
        elif isinstance(value, list | tuple):
            yield from self._all(type(value).__name__, enumerate(value))
        elif isinstance(value, set | frozenset):
            yield from self._all("set", enumerate(sorted(value, key=repr)))
        elif isinstance(value, Mapping):
            yield from self._all("mapping", value.items())
        elif isinstance(value, partial):
            yield from self._all("partial", enumerate((value.func, value.args, value.keywords)))
        elif isinstance(value, FunctionType | type):
            yield from (self._code(value) if self._at_home(value) else [_name(value)])
        elif hasattr(value, "tolist"):
            yield repr(value.tolist())
        else:
            yield from self.follow(type(value))
            if self._at_home(type(value)):
                yield from self._all(type(value).__qualname__, _held(value))

    def _all(self, name: str, items: Any) -> Iterator[str]:
        for key, value in items:
            for piece in self.follow(value):
                yield f"{name} {key}: {piece}"

    def _at_home(self, code: Any) -> bool:
        return str(code.__module__).partition(".")[0] in self.homes

    def _code(self, code: Any) -> Iterator[str]:
        """A function or a class of ours, and what it uses."""
        if isinstance(code, type):
            yield from self._all(code.__qualname__, enumerate(code.__bases__))
            yield from self._all(code.__qualname__, filter(_written, vars(code).items()))
        else:
            tree = _tree(code)
            yield f"{code.__qualname__}: {_shape(tree)!r}"
            yield from self._all(code.__qualname__, enumerate((code.__defaults__, code.__kwdefaults__)))
            yield from self._all(code.__qualname__, self._used(code, tree))

    def _used(self, function: FunctionType, tree: ast.AST) -> Iterator[tuple[str, Any]]:
        """Names in `tree`, dotted ones too, with their values where those are known before it runs."""
        own = _locals(function.__code__)
        scope = {name: value for name, value in function.__globals__.items() if name not in own}
        scope |= {**inspect.getclosurevars(function).nonlocals, **self._imported(tree)}
        for name in sorted(set(map(_dotted, ast.walk(tree))) - {""}):
            head, *rest = name.split(".")
            value = scope.get(head, _UNKNOWN)
            while rest and isinstance(value, ModuleType) and value.__name__.partition(".")[0] in self.homes:
                value = getattr(value, rest.pop(0), _UNKNOWN)
            if rest and isinstance(value, ModuleType):  # of another package: the name says it all
                value = ".".join((value.__name__, *rest))
            if value is not _UNKNOWN:
                yield name, value

    def _imported(self, tree: ast.AST) -> dict[str, Any]:
        """What of ours a function imports when it runs."""
        found = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] in self.homes:
                module = import_module(str(node.module))
                found |= {a.asname or a.name: getattr(module, a.name, _UNKNOWN) for a in node.names}
        return found


def _locals(code: CodeType) -> set[str]:
    """Names that the code binds itself and never looks up outside: a global one of that name is another."""
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    bound = {*code.co_varnames, *code.co_cellvars}.union(*map(_locals, inner))
    return bound - set(code.co_names).union(*(each.co_names for each in inner))


def _held(value: Any) -> list[tuple[str, Any]]:
    """What an object holds, without what it has worked out and kept: that comes and goes."""
    entries = getattr(value, "__dict__", {}).items()
    return [(k, v) for k, v in entries if not isinstance(getattr(type(value), k, None), cached_property)]


def _name(code: Any) -> str:
    """Its full name as in Python 3.11: later ones have some in other modules."""
    name = f"{code.__module__}.{code.__qualname__}"
    name = "_collections._tuplegetter" if code.__qualname__ == "_tuplegetter" else name
    return name.replace("pathlib._local.", "pathlib.")


def _written(item: tuple[str, Any]) -> bool:
    """Whether somebody wrote this entry of a class: not Python, nor the decorator of dataclasses."""
    name, value = item[0], _plainly(item[1])
    if isinstance(value, FunctionType):
        # `__replace__` comes with Python 3.13, to named tuples and dataclasses.
        added = name == "__replace__" and value.__module__ in ("collections", "dataclasses")
        return value.__code__.co_filename != "<string>" and not added
    return not name.startswith("__")


def _plainly(value: Any) -> Any:
    """The function inside what wraps it: a method, a property, a cache."""
    if isinstance(value, property):
        value = value.fget
    if isinstance(value, MethodType | staticmethod | classmethod):
        value = value.__func__
    return inspect.unwrap(value) if hasattr(value, "__wrapped__") else value


def _tree(function: FunctionType) -> ast.AST:
    try:
        source = dedent(inspect.getsource(function))
    except OSError as error:
        raise TypeError(
            f"the source of {function.__qualname__} is needed for its key, but: {error}"
        ) from None
    try:
        return ast.parse(source)
    except SyntaxError:  # a lambda in the middle of something: its lines as they are
        names = [ast.Name(name, ast.Load()) for name in function.__code__.co_names]
        return ast.List([ast.Constant(source), *names], ast.Load())


def _dotted(node: ast.AST) -> str:
    """``a.b.c`` for the node that says so, else nothing."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr) if inner := _dotted(value):
            return f"{inner}.{attr}"
    return ""


def _shape(node: Any) -> Any:
    """A syntax tree as nested lists, the same in every version of Python; docstrings left out."""
    if isinstance(node, ast.AST):
        fields = dict(ast.iter_fields(node))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node, clean=False):
            fields["body"] = node.body[1:]
        return [type(node).__name__, *([k, _shape(v)] for k, v in fields.items() if v not in (None, []))]
    return [_shape(each) for each in node] if isinstance(node, list) else repr(node)
