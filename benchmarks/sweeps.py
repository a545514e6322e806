"""Sweeps against a Python loop of the same rule, in the shape of d2l's `train_2d`, and against C.

One thread, float64. A round times every contender once, the order turned round each time; a row is the
median of the rounds' ratios of runs times steps a second.
"""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from benchmarks.table import Row, ratio, spread
from d2l_ext import kernels, objectives, rules, sweep, symbolic

ROUNDS = 7
STEPS = 1000
RUNS = 16_384
LOOP_STEPS = 40_000
MAP = 1000


def loop(step: Callable, state: tuple, steps: int) -> list:
    """One run, as d2l's `train_2d` makes it: a tuple in, a tuple out, every point kept."""
    points = [state]
    for _ in range(steps):
        state = step(*state)
        points.append(state)
    return points


def himmelblau_momentum(x, y, u, v):
    a, b = x * x + y - 11, x + y * y - 7
    u, v = 0.5 * u + 4 * x * a + 2 * b, 0.5 * v + 2 * a + 4 * y * b
    return x - 0.01 * u, y - 0.01 * v, u, v


def himmelblau_adam(x, y, mx, my, vx, vy, t):
    a, b, t = x * x + y - 11, x + y * y - 7, t + 1
    gx, gy = 4 * x * a + 2 * b, 2 * a + 4 * y * b
    mx, my = 0.9 * mx + 0.1 * gx, 0.9 * my + 0.1 * gy
    vx, vy = 0.999 * vx + 0.001 * gx * gx, 0.999 * vy + 0.001 * gy * gy
    c, d = 1 - 0.9**t, 1 - 0.999**t
    x -= 0.05 * (mx / c) / (math.sqrt(vx / d) + 1e-8)
    y -= 0.05 * (my / c) / (math.sqrt(vy / d) + 1e-8)
    return x, y, mx, my, vx, vy, t


def log_cosh_momentum(x, v):
    v = 0.5 * v + math.tanh(x)
    return x - 0.5 * v, v


def hyperbola_gd(x, y):
    r = 1 - x * y
    return x + 1.1 * r * y, y + 1.1 * r * x


C = """
void kernel(const double *lr, const double *beta, double *xs, double *ys, long runs, long steps) {
  for (long first = 0; first < runs; first += 64) {
    double x[64], y[64], u[64], v[64];
    for (int i = 0; i < 64; i++) { x[i] = xs[first + i]; y[i] = ys[first + i]; u[i] = v[i] = 0; }
    for (long k = 0; k < steps; k++)
      for (int i = 0; i < 64; i++) {
        double a = x[i] * x[i] + y[i] - 11, b = x[i] + y[i] * y[i] - 7;
        u[i] = beta[first + i] * u[i] + 4 * x[i] * a + 2 * b;
        v[i] = beta[first + i] * v[i] + 2 * a + 4 * y[i] * b;
        x[i] -= lr[first + i] * u[i];
        y[i] -= lr[first + i] * v[i];
      }
    for (int i = 0; i < 64; i++) { xs[first + i] = x[i]; ys[first + i] = y[i]; }
  }
}
"""


def seconds(work: Callable) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def rounds(contenders: dict[str, Callable]) -> dict[str, list[float]]:
    """Seconds of each contender in each round, after one that does not count."""
    for work in contenders.values():
        work()
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(ROUNDS):
        order = list(contenders)[:: 1 if number % 2 else -1]
        for name in order:
            found[name].append(seconds(contenders[name]))
    return found


def job(objective, rule, values: list[float], backend: str) -> Callable:
    """`RUNS` runs of one kernel, called as `sweep` calls it, nothing retired."""
    step = symbolic.step(objective, rule)
    kernel = kernels.KERNELS[backend](kernels.SOURCES[backend](step))
    start = np.tile(np.array(objective.start, float), (RUNS, 1))
    inputs = np.tile(np.array(values)[:, None], (1, RUNS))
    final, settled = np.empty((RUNS, len(step.carried))), np.empty(RUNS, np.int64)
    return lambda: kernel(start, inputs, STEPS, STEPS, 1e-10, 1e6, final, settled)


def hand_written(folder: str) -> Callable | None:
    """The heavy-ball kernel in C, where there is a compiler."""
    if not shutil.which("gcc"):
        return None
    source, library = Path(folder, "kernel.c"), Path(folder, "kernel.so")
    source.write_text(C)
    subprocess.run(["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True)
    kernel = ctypes.CDLL(str(library)).kernel
    lr, beta = np.full(RUNS, 0.01), np.full(RUNS, 0.5)

    def work() -> None:
        x, y = np.full(RUNS, -4.0), np.full(RUNS, 0.5)
        pointers = [each.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for each in (lr, beta, x, y)]
        kernel(*pointers, ctypes.c_long(RUNS), ctypes.c_long(STEPS))

    return work


def faster(found: dict[str, list[float]], name: str, work: int = RUNS * STEPS) -> list[float]:
    """How many times more steps a second than the loop; `work` is runs times steps."""
    scale = work / LOOP_STEPS
    return [scale * slow / fast for slow, fast in zip(found["loop"], found[name], strict=True)]


def retirement() -> list[Row]:
    """The map of lr and β on Himmelblau's function, with and without stopping early."""
    grid = {"lr": np.linspace(1e-4, 0.05, MAP), "momentum": np.linspace(0, 0.99, MAP)}

    def mapped(retire: bool):
        return sweep(
            objectives.himmelblau, rules.momentum, steps=STEPS, retire=retire, progress=False, **grid
        )

    times, outcomes = {True: [], False: []}, {}
    for _ in range(ROUNDS):
        for retire in (True, False):
            begun = perf_counter()
            outcomes[retire] = mapped(retire).outcome
            times[retire].append(perf_counter() - begun)
    gain = [late / early for late, early in zip(times[False], times[True], strict=True)]
    differ = float((outcomes[True] != outcomes[False]).mean())
    return [
        ratio(
            f"stopping early, {MAP} × {MAP} map of {STEPS} steps, Himmelblau heavy ball", gain, 2, least=True
        ),
        Row("share of that map whose outcome differs", f"{differ:.1g}", differ, 1e-4),
    ]


def orbits() -> list[Row]:
    """Both large pictures of the page on orbits: by NumPy, as its cells make them, and by numba."""
    lrs, side = np.linspace(0.8, 2, 2000), np.linspace(-3, 3, MAP)
    starts = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    diagram = {"start": (0.7, 0.6), "steps": 2000, "keep": 300, "lr": lrs}
    # What it is, runs times steps, seconds to aim at, least speed by NumPy and by numba.
    pictures = [
        ("bifurcation diagram, 2000 lrs × 2000 steps", diagram, 2000 * 2000, 0.5, (12, 25)),
        (
            f"basins, {MAP} × {MAP} starts × 500 steps",
            {"start": starts, "steps": 500, "lr": 1.1},
            MAP**2 * 500,
            3,
            (40, 150),
        ),
    ]
    jobs = [
        (
            f"{what}, {backend}",
            partial(sweep, objectives.hyperbola, rules.gd, backend=backend, **how),
            *limits,
        )
        for what, how, work, most, leasts in pictures
        for backend, *limits in (("numpy", work, most, leasts[0]), ("numba", work, most, leasts[1]))
    ]
    slow = {"loop": lambda: loop(hyperbola_gd, (1.0, 0.5), LOOP_STEPS)}
    found = rounds(slow | {name: made for name, made, *_ in jobs})
    made = []
    for name, _, work, most, least in jobs:
        gain = faster(found, name, work)
        made.append(ratio(f"{name}: speed of a d2l-style Python loop", gain, least, least=True))
        made.append(spread(f"{name}: time", found[name], most, "s", aim=True))
    return made


def rows() -> list[Row]:
    ball = (objectives.himmelblau, rules.momentum, [0.01, 0.5])
    adam = (objectives.himmelblau, rules.adam, [0.05, 0.9, 0.999, 1e-8])
    cosh = (objectives.log_cosh, rules.momentum, [0.5, 0.5])
    with TemporaryDirectory() as folder:
        contenders = {
            "loop": lambda: loop(himmelblau_momentum, (-4.0, 0.5, 0.0, 0.0), LOOP_STEPS),
            "numpy": job(*ball, "numpy"),
            "numba": job(*ball, "numba"),
        }
        if c := hand_written(folder):
            contenders["C"] = c
        balls = rounds(contenders)
    adams = rounds(
        {
            "loop": lambda: loop(himmelblau_adam, (-4.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0), LOOP_STEPS),
            "numba": job(*adam, "numba"),
        }
    )
    coshes = rounds(
        {
            "loop": lambda: loop(log_cosh_momentum, (3.0, 0.0), LOOP_STEPS),
            "auto": job(*cosh, sweep(*cosh[:2], steps=1).backend),
        }
    )
    against = "of a d2l-style Python loop"
    found = [
        ratio(f"Himmelblau heavy ball, numpy: speed {against}", faster(balls, "numpy"), 60, least=True),
        ratio(f"Himmelblau heavy ball, numba: speed {against}", faster(balls, "numba"), 800, least=True),
        ratio(f"Himmelblau Adam, numba: speed {against}", faster(adams, "numba"), 150, least=True),
        ratio(
            f"log cosh heavy ball, chosen backend: speed {against}", faster(coshes, "auto"), 60, least=True
        ),
    ]
    if "C" in balls:
        times = [ours / c for ours, c in zip(balls["numba"], balls["C"], strict=True)]
        found.append(ratio("Himmelblau heavy ball, numba: time of hand-written C", times, 1.2))
    return found + retirement() + orbits()
