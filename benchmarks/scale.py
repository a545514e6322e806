"""A sweep of 10⁸ trajectory-steps on one core, two threads, two processes, and a Dask cluster of two workers.

`python -m benchmarks.scale` prints these rows alone. On the cluster it runs twice a round, once with one of
the workers killed (SIGKILL) when a third of the pieces have arrived. Everything is warm: workers are up and
have compiled the kernel; what that costs has rows of its own. A round times every contender once, the order
turned round each time, and compares all bits with those of one core.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from unittest.mock import patch

import joblib
import numpy as np

from benchmarks.table import Row, markdown, note, ratio, spread
from d2l_ext import Sweep, objectives, sweep, sweeps, workers

ROUNDS = 5
STEPS = 1000
AXES = {"lr": np.linspace(1e-4, 0.02, 400), "momentum": np.linspace(0, 0.99, 250)}
KILLED = "Dask, one worker killed"
TASKS = 200


@contextmanager
def cluster() -> Iterator[Any]:
    """A client of two worker processes with a thread each."""
    from distributed import Client, LocalCluster

    how: dict[str, Any] = {"dashboard_address": ":0", "silence_logs": 50}
    with (
        TemporaryDirectory() as folder,
        LocalCluster(n_workers=2, threads_per_worker=1, local_directory=folder, **how) as local,
        Client(local) as client,
    ):
        yield client


def swept(backend: str) -> Sweep:
    return sweep(
        objectives.himmelblau,
        "momentum",
        steps=STEPS,
        retire=False,
        backend=backend,
        progress=False,
        **AXES,
    )


def bits(found: Sweep) -> bytes:
    return b"".join(each.tobytes() for each in (found.theta, found.settled, found.outcome, found.period))


def warm(client: Any, backend: str) -> None:
    """Both workers up, and the kernel compiled in each."""
    client.wait_for_workers(2)
    client.run(sweep, objectives.himmelblau, "momentum", steps=1, backend=backend)


def killing(client: Any, after: int) -> Callable:
    """`workers.results`, which kills a worker when it has yielded so many."""
    victim, *_ = client.run(os.getpid).values()

    def results(*arguments: Any, **options: Any) -> Iterator[Any]:
        for number, made in enumerate(workers.results(*arguments, **options), start=1):
            if number == after:
                os.kill(victim, signal.SIGKILL)
            yield made

    return results


def timed(name: str, client: Any, backend: str) -> tuple[float, Sweep]:
    """Seconds of one contender, and what it found."""
    where: dict[str, Any] = {
        "one core": {"backend": "sequential", "n_jobs": 1},
        "2 threads": {"backend": "threading", "n_jobs": 2},
        "2 processes": {"backend": "loky", "n_jobs": 2},
    }.get(name, {"backend": "dask", "client": client})
    runs = int(np.prod([len(axis) for axis in AXES.values()]))
    third = -(-runs // sweeps.PIECE) // 3
    results = killing(client, third) if name == KILLED else workers.results
    with joblib.parallel_config(**where), patch.object(sweeps, "results", results):
        begun = perf_counter()
        found = swept(backend)
        return perf_counter() - begun, found


def against_one_core(client: Any, backend: str, limits: dict[str, float]) -> list[Row]:
    """The same sweep everywhere, `limits` on the ratios to one core."""
    names = ["one core", *limits]
    times: dict[str, list[float]] = {name: [] for name in names}
    truth, differing = swept(backend), 0
    for name in names[1:-1]:
        timed(name, client, backend)  # starts and compiles
    for number in range(ROUNDS):
        for name in names[:: 1 if number % 2 else -1]:
            # A cluster of its own to each killed worker: Dask does not always bring one back.
            with cluster() if name == KILLED else nullcontext(client) as its:
                warm(its, backend)
                seconds, found = timed(name, its, backend)
            times[name].append(seconds)
            differing += bits(found) != bits(truth)
    what = f"sweep of 10⁸ trajectory-steps, {backend}"
    rows = [spread(f"{what}, {name}: time", times[name], np.inf, "s") for name in names]
    for name, limit in limits.items():
        ratios = [mine / one for mine, one in zip(times[name], times["one core"], strict=True)]
        rows.append(ratio(f"{what}, {name}: time of one core", ratios, limit, aim=True))
    rows.append(
        Row(
            f"{what}: results that differ from one core's",
            f"{differing} of {len(names) * ROUNDS}",
            differing,
            0,
        )
    )
    return rows


def a_task(where: str) -> Row:
    """What it costs to hand out one task and hear of it."""
    samples = []
    with joblib.parallel_config(where, n_jobs=2):
        for _ in range(ROUNDS + 1):
            begun = perf_counter()
            assert sum(workers.results(abs, range(TASKS), jobs=None)) == TASKS * (TASKS - 1) // 2
            samples.append(1000 * (perf_counter() - begun) / TASKS)
    return spread(f"one task that does nothing, {where}", samples[1:], np.inf, "ms")


def rows() -> list[Row]:
    if not hasattr(signal, "SIGKILL"):
        return [note("sweeps on a cluster", "not measured: this system has no SIGKILL")]
    begun = perf_counter()
    with cluster() as client:
        client.wait_for_workers(2)
        found = [note("Dask cluster of 2 worker processes: to start", f"{perf_counter() - begun:.1f} s")]
        begun = perf_counter()
        warm(client, "numba")
        took = f"{perf_counter() - begun:.1f} s"
        found.append(note("the same, to load numba in each worker and compile the kernel", took))
        found += [a_task(where) for where in ("threading", "loky", "dask")]
        fast = {"2 threads": 0.8, "2 processes": 2, "Dask": 4, KILLED: 6}
        slow = {"2 threads": 1, "2 processes": 1, "Dask": 1, KILLED: 1.5}
        found += against_one_core(client, "numba", fast)
        found += against_one_core(client, "numpy", slow)
    return found


if __name__ == "__main__":
    print(markdown(rows()))
