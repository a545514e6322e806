"""Many runs of one compiled `Step`: NumPy on arrays, or numba on blocks that stay in registers and cache."""

from collections.abc import Callable, Sequence
from functools import cache
from textwrap import indent
from typing import Any

import numpy as np
import sympy

from d2l_ext.symbolic import Step
from d2l_ext.symbolic.program import printed, python
from d2l_ext.symbolic.tracing import Assignment, needed

# The inner loop is this long: short enough for registers and first-level cache, long enough to vectorise.
BLOCK = 64
# NumPy's arrays of this many runs stay in second-level cache.
CHUNK = 8192

Kernel = Callable[..., None]


def _body(step: Step) -> list[Assignment]:
    """One step without its loss."""
    return needed([*step.powers, *step.loss, *step.update], set(step.following.values()))


def _inputs(step: Step) -> list[sympy.Symbol]:
    return [*step.hyper.values(), *step.params.values()]


def _constants(step: Step) -> list[sympy.Symbol]:
    """What the body reads that no step changes."""
    read = {symbol for _, value in _body(step) for symbol in value.free_symbols}
    return [s for s in (*_inputs(step), *(symbol for symbol, _ in step.setup)) if s in read]


def functions(step: Step) -> set[str]:
    """Names of the functions that one step calls."""
    return {type(f).__name__ for _, value in _body(step) for f in value.atoms(sympy.Function)}


def numba_source(step: Step) -> str:
    """Source of ``kernel(start, inputs, steps, every, tol, limit, final, settled)``.

    For each block: load, step all runs `every` times, see which are at rest or gone, go on while any is not.
    """
    body, constants, carried = _body(step), _constants(step), list(step.carried)
    coordinates = step.coordinates
    starts = iter(range(len(coordinates)))
    load = [
        *(f"{s} = inputs[{n}, j]" for n, s in enumerate(_inputs(step))),
        python(step.setup),
        *(f"{s}_block[i] = {s}" for s in constants),
        *(
            f"{s}_block[i] = start[j, {next(starts)}]" if first is None else f"{s}_block[i] = {first!r}"
            for s, first in step.carried.items()
        ),
        "done[i] = -1",
    ]
    once = [
        *([f"{step.time} = k + 1.0"] if step.time else []),
        "for i in range(BLOCK):",
        indent("\n".join(f"{s} = {s}_block[i]" for s in (*carried, *constants)), "    "),
        indent(python(body), "    "),
        indent("\n".join(f"{s}_block[i] = {new}" for s, new in step.following.items()), "    "),
    ]
    largest = "max({})".format(", ".join(f"abs({s}_block[i])" for s in coordinates) + ", 0.0")
    moved = "max({})".format(", ".join(f"abs({s}_block[i] - {s}_was[i])" for s in coordinates) + ", 0.0")
    finite = " and ".join(f"abs({s}_block[i]) <= limit" for s in coordinates)

    def block(lines: Sequence[str], depth: int) -> str:
        return indent("\n".join(line for line in lines if line), "    " * depth)

    arrays = [f"{s}_block = np.empty(BLOCK)" for s in (*carried, *constants)]
    arrays += [f"{s}_was = np.empty(BLOCK)" for s in coordinates]
    return f"""\
def kernel(start, inputs, steps, every, tol, limit, final, settled):
    runs = start.shape[0]
    done = np.empty(BLOCK, np.int64)
{block(arrays, 1)}
    for first in range(0, runs, BLOCK):
        for i in range(BLOCK):
            j = min(first + i, runs - 1)
{block(load, 3)}
        now = 0
        while now < steps:
            stop = min(now + every, steps)
            for k in range(now, stop - 1):
{block(once, 4)}
            for i in range(BLOCK):
{block([f"{s}_was[i] = {s}_block[i]" for s in coordinates], 4)}
            k = stop - 1
{block(once, 3)}
            now, active = stop, 0
            for i in range(BLOCK):
                if {finite}:
                    if {moved} <= tol * max(1.0, {largest}):
                        if done[i] < 0:
                            done[i] = now
                    else:
                        done[i] = -1
                        active += 1
                else:
                    done[i] = -1
            if active == 0:
                break
        for i in range(min(BLOCK, runs - first)):
            settled[first + i] = done[i]
{block([f"final[first + i, {n}] = {s}_block[i]" for n, s in enumerate(carried)], 3)}
"""


def _use_whole_vectors() -> None:
    """LLVM's tuning for some processors uses half of their vector registers; these loops gain from the whole.

    Numba reads this once, before it first compiles; a reader's own choice of processor stands.
    """
    from numba.core import config as numba_config

    config: Any = numba_config
    if config.CPU_NAME is None and config.CPU_FEATURES is None:
        import llvmlite.binding as llvm

        config.CPU_NAME = llvm.get_host_cpu_name()
        config.CPU_FEATURES = f"{llvm.get_host_cpu_features().flatten()},-prefer-256-bit"


@cache
def numba_kernel(source: str) -> Kernel:
    """`source` compiled; the same source is compiled once a process."""
    import numba

    _use_whole_vectors()
    namespace: dict[str, Any] = {"np": np, "BLOCK": BLOCK}
    exec(source, namespace)
    # "contract": a product and a sum in one instruction, as C compilers do.
    return numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})(namespace["kernel"])


# Functions that NumPy has under our names, and can write into an array it is given.
_UFUNCS = {
    "Abs",
    "sign",
    "exp",
    "log",
    "log1p",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "maximum",
    "minimum",
}


class _Inplace:
    """Writes expressions as NumPy calls into arrays that exist already: no step allocates anything."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.scratch = 0  # how many scratch arrays the lines use

    def assign(self, target: str, value: sympy.Expr, depth: int = 0) -> None:
        """Lines that leave `value` in `target`; of the scratch arrays the first `depth` are in use."""
        kind = type(value).__name__
        if value.is_Add or value.is_Mul:
            self._fold(target, value, depth)
        elif value.is_Pow and value.args[1] in (-1, 2, sympy.S.Half):
            name = "reciprocal" if value.args[1] == -1 else "square" if value.args[1] == 2 else "sqrt"
            self._call(name, target, self._operand(value.args[0], target, depth))
        elif kind in _UFUNCS:
            operands = [self._scratch(arg, depth + i) for i, arg in enumerate(value.args)]
            self._call({"Abs": "absolute"}.get(kind, kind), target, *operands)
        else:
            self.lines.append(f"{target}[...] = {printed(value)}")

    def _call(self, name: str, target: str, *operands: str) -> None:
        self.lines.append(f"np.{name}({', '.join(operands)}, out={target})")

    def _operand(self, value: Any, target: str, depth: int) -> str:
        """What to call `value`: its name or number, or `target` once it is computed there."""
        if value.is_Symbol or value.is_Number:
            return printed(value)
        self.assign(target, value, depth)
        return target

    def _scratch(self, value: Any, depth: int) -> str:
        """The same with a scratch array of its own."""
        self.scratch = max(self.scratch, depth + 1)
        return self._operand(value, f"scratch{depth}", depth + 1)

    def _fold(self, target: str, value: Any, depth: int) -> None:
        """A sum or product in `target`, one operand after the other, what must be computed first."""

        def late(term: Any) -> tuple[bool, bool, bool]:
            return value.is_Add and term.could_extract_minus_sign(), term.is_Number, term.is_Symbol

        first, *rest = sorted(value.args, key=late)
        total = self._operand(first, target, depth)
        for term in rest:
            name = "add" if value.is_Add else "multiply"
            if value.is_Add and term.could_extract_minus_sign():
                name, term = "subtract", -term
            elif value.is_Mul and term.is_Pow and term.args[1] == -1:
                name, term = "divide", term.args[0]
            self._call(name, target, total, self._scratch(term, depth))
            total = target


def numpy_source(step: Step) -> str:
    """Source of ``advance(k, carried, following, constants, parts, scratch)``: one step of many runs.

    All arguments but `k` are sequences of arrays; `following` receives what `carried` becomes. The first
    lines say how many `parts` and `scratch` arrays it needs, and what `carried` starts from (None: the
    start); ``constants(*inputs)`` makes the constants.
    """
    constants, following = _constants(step), step.following
    # What is carried on unchanged under another name is computed where it goes.
    body = _body(step)
    defined = {symbol for symbol, _ in body}
    final = {value: symbol for symbol, value in body if value in defined and symbol in following.values()}
    names = {symbol: f"following[{i}]" for i, symbol in enumerate(following.values())}
    names |= {source: names[symbol] for source, symbol in final.items()}
    writer, parts = _Inplace(), []
    for symbol, value in body:
        if final.get(value) is symbol:
            continue
        if symbol not in names:
            names[symbol] = f"parts[{len(parts)}]"
            parts.append(symbol)
        writer.lines.append(f"{symbol} = {names[symbol]}")
        writer.assign(str(symbol), value)
    unpack = [
        f"{step.time} = k + 1.0" if step.time else "",
        *(f"{s} = carried[{i}]" for i, s in enumerate(step.carried)),
        *(f"{s} = constants[{i}]" for i, s in enumerate(constants)),
        *(f"scratch{i} = scratch[{i}]" for i in range(writer.scratch)),
    ]
    lines = "\n".join(line for line in [*unpack, *writer.lines] if line)
    setup = "\n".join([python(step.setup), f"return [{', '.join(map(str, _constants(step)))}]"])
    return (
        f"PARTS, SCRATCH = {len(parts)}, {writer.scratch}\n"
        f"FIRSTS = {list(step.carried.values())}\n"
        f"def constants({', '.join(map(str, _inputs(step)))}):\n{indent(setup, '    ')}\n"
        f"def advance(k, carried, following, constants, parts, scratch):\n{indent(lines, '    ')}\n"
    )


@cache
def numpy_kernel(source: str) -> Kernel:
    """`source` of `numpy_source`, as a kernel with the arguments of `numba_source`'s."""
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)
    advance, firsts = namespace["advance"], namespace["FIRSTS"]

    def kernel(start, inputs, steps, every, tol, limit, final, settled):
        for low in range(0, len(start), CHUNK):
            chunk = slice(low, low + CHUNK)
            runs, d = start[chunk].shape
            constants = namespace["constants"](*(row[chunk] for row in inputs))
            given = iter(start[chunk].T)
            carried = [next(given).copy() if v is None else np.full(runs, v) for v in firsts]
            following = [np.empty(runs) for _ in firsts]
            parts, scratch = (
                [np.empty(runs) for _ in range(namespace[count])] for count in ("PARTS", "SCRATCH")
            )
            done, now = np.full(runs, -1), 0
            while now < steps:
                now = min(now + every, steps)
                for k in range(max(0, (now - 1) // every * every), now):
                    advance(k, carried, following, constants, parts, scratch)
                    carried, following = following, carried
                theta, before = np.array(carried[:d]), np.array(following[:d])
                size = np.abs(theta).max(0)
                rest = np.abs(theta - before).max(0) <= tol * np.maximum(1.0, size)
                gone = ~(size <= limit)
                done = np.where(rest & ~gone, np.where(done < 0, now, done), -1)
                if (rest | gone).all():
                    break
            final[chunk], settled[chunk] = np.transpose(carried), done

    return kernel


SOURCES = {"numba": numba_source, "numpy": numpy_source}
KERNELS = {"numba": numba_kernel, "numpy": numpy_kernel}
