"""A step of Adai against PyTorch's fused AdamW, against another library's Adai, and against the memory.

One thread, in seconds of the processor. Contenders step the same parameters with the same gradients, in turn,
the order turned round each time; a row is the median of the rounds' ratios. The memory's limit is the time in
which ``x += y``, which moves 12 bytes a number, moves 40: what a step must read and write if the gradient is
read twice, once for its norm. Where there is a GPU, the table is made there too, without promises.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from time import perf_counter, process_time
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from benchmarks.table import Row, note, ratio
from d2l_ext.optim import Adai

ROUNDS = 9
LARGE = 25_000_000
PEER = "pytorch_optimizer"
LR = 1e-6  # the parameters hardly move, however often they are stepped
MLP = [(64, 32), (64,), (64, 64), (64,), (32, 64), (32,), (10, 32), (10,)]
STAGES = [(3, 64), (4, 128), (6, 256), (3, 512)]  # of ResNet-50: blocks, and their width
WORDS = {
    "adamw": "fused AdamW",
    "peer": f"{PEER}'s Adai",
    "stream": "the memory's limit",
    "eager": "Adai",
    "compiled": "Adai, compiled",
    "decay": "Adai with L2 decay",
}


class Promise(NamedTuple):
    one: str
    other: str
    limit: float
    aim: bool = False


NETWORK = [
    Promise("eager", "adamw", 3.0),
    Promise("compiled", "adamw", 2.1),
    Promise("decay", "adamw", 4.5, aim=True),
    Promise("eager", "peer", 1.7),
    Promise("compiled", "peer", 1.7),
]
ONE_TENSOR = [Promise("compiled", "stream", 1.25), Promise("eager", "stream", 2.2, aim=True)]
SMALL = [Promise("eager", "adamw", 3.0, aim=True), Promise("eager", "peer", 1.7, aim=True)]


def resnet50() -> Iterator[tuple[int, ...]]:
    """Shapes of ResNet-50's parameters: bottlenecks of three convolutions, each with a batch norm."""

    def convolution(out: int, into: int, size: int) -> Iterator[tuple[int, ...]]:
        yield from [(out, into, size, size), (out,), (out,)]

    yield from convolution(64, 3, 7)
    before = 64
    for blocks, width in STAGES:
        for block in range(blocks):
            yield from convolution(width, before, 1)
            yield from convolution(width, width, 3)
            yield from convolution(4 * width, width, 1)
            if not block:
                yield from convolution(4 * width, before, 1)
            before = 4 * width
    yield from [(1000, before), (1000,)]


def parameters(shapes: list[tuple[int, ...]], device: str) -> list[nn.Parameter]:
    """Parameters with gradients."""
    draw = torch.Generator(device).manual_seed(0)
    made = [nn.Parameter(torch.randn(shape, generator=draw, device=device)) for shape in shapes]
    for p in made:
        p.grad = torch.randn(p.shape, generator=draw, device=device)
    return made


def contender(name: str, params: list[nn.Parameter]) -> Callable | None:
    """The step of an optimizer; None where it cannot be had."""
    if name == "adamw":
        return torch.optim.AdamW(params, LR, fused=True).step
    if name == "stream":
        x, y = torch.zeros_like(params[0], requires_grad=False), params[0].detach()
        return lambda: x.add_(y)
    if name == "peer":
        if not find_spec(PEER):
            return None
        from pytorch_optimizer import Adai as Peer  # type: ignore[import-not-found]

        return Peer(params, LR).step
    if name == "compiled" and not any(map(shutil.which, ("g++", "clang++"))):
        return None
    how: dict[str, Any] = {"compiled": {"compiled": True}, "decay": {"weight_decay": 5e-4}}.get(name, {})
    return Adai(params, LR, **how).step


def rounds(work: dict[str, Callable], steps: int, device: str) -> dict[str, list[float]]:
    """Seconds of `steps` steps of each contender in each round, after two that do not count."""
    found: dict[str, list[float]] = {name: [] for name in work}
    clock = process_time if device == "cpu" else perf_counter
    for number in range(-2, ROUNDS):
        for name in list(work)[:: 1 if number % 2 else -1]:
            begun = clock()
            for _ in range(steps):
                work[name]()
            if device == "cuda":
                torch.cuda.synchronize()
            if number >= 0:
                found[name].append(clock() - begun)
    return found


def compared(
    what: str, shapes: list[tuple[int, ...]], steps: int, promises: list[Promise], device: str
) -> list[Row]:
    """Rows of one set of parameters. On a GPU nothing is promised."""
    params = parameters(shapes, device)
    names = dict.fromkeys(name for each in promises for name in each[:2])
    work = {name: made for name in names if (made := contender(name, params))}
    found = rounds(work, steps, device)
    rows = []
    for one, other, limit, aim in promises:
        aim = aim or device != "cpu"
        if missing := [WORDS[name] for name in (one, other) if name not in found]:
            rows.append(note(f"{what}: {WORDS[one]} and {WORDS[other]}", f"not here: {missing[0]}"))
            continue
        times = [a / b for a, b in zip(found[one], found[other], strict=True)]
        if other == "peer":
            gains = [1 / each for each in times]
            words = f"{what}: speed of {WORDS[one]}, of {WORDS[other]}"
            rows.append(ratio(words, gains, limit, least=True, aim=aim))
        else:
            scale = 12 / 40 if other == "stream" else 1
            words = f"{what}: time of {WORDS[one]}, of {WORDS[other]}"
            rows.append(ratio(words, [scale * each for each in times], limit, aim=aim))
    return rows


def temporaries(params: list[nn.Parameter], **how: Any) -> float:
    """Most MB that a step holds beside parameters, gradients and state."""
    step = Adai(params, LR, **how).step
    step()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        step()
    trace: Any = record.profiler
    events = [event for event in trace.kineto_results.events() if event.name() == "[memory]"]
    held = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return most / 1e6


def bytes_a_parameter(params: list[nn.Parameter]) -> float:
    optimizer = Adai(params, LR)
    optimizer.step()
    tensors = [t for entry in optimizer.state.values() for t in entry.values() if isinstance(t, Tensor)]
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
    return sum(storages.values()) / sum(p.numel() for p in params)


def table(device: str) -> list[Row]:
    where = "" if device == "cpu" else f" on {torch.cuda.get_device_name()}"
    return [
        *compared(f"ResNet-50's parameters{where}", list(resnet50()), 1, NETWORK, device),
        *compared(f"one tensor of {LARGE // 10**6}M{where}", [(LARGE,)], 2, ONE_TENSOR, device),
        *compared(f"MLP of 8 tensors{where}", MLP, 100, SMALL, device),
    ]


def memory() -> list[Row]:
    params, made = parameters(list(resnet50()), "cpu"), []
    for words, how in {"Adai": {}, "Adai with L2 decay": {"weight_decay": 5e-4}}.items():
        most = temporaries(params, **how)
        made.append(Row(f"ResNet-50's parameters: temporaries of {words}", f"{most:.2f} MB", most, 4, "MB"))
    state = bytes_a_parameter(params)
    words = "ResNet-50's parameters: state of Adai, a float32 parameter"
    return [*made, Row(words, f"{state:.6g} bytes", state, 12, "bytes")]


def rows() -> list[Row]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        gpu = table("cuda") if torch.cuda.is_available() else [note("Adai on a GPU", "no GPU here")]
        return [*table("cpu"), *memory(), *gpu]
    finally:
        torch.set_num_threads(threads)
