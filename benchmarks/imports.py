"""How long a reader waits for `import d2l_ext`."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from benchmarks.table import Row, extremes

ROUNDS = 7
LIMIT = 0.02
CODE = "import time; begun = time.perf_counter(); import {}; print(time.perf_counter() - begun)"


def seconds(module: str) -> float:
    """One import in a fresh interpreter, without the interpreter's own start."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(module)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def rows() -> list[Row]:
    rounds = [(seconds("d2l_ext"), seconds("torch")) for _ in range(ROUNDS)]
    ours, torch = (median(times) for times in zip(*rounds, strict=True))
    ratios = [one / other for one, other in rounds]
    measured = f"{ours / torch:.2g} ({extremes(ratios)}; "
    measured += f"{1000 * ours:.2g} ms to {torch:.2g} s)"
    return [Row("`import d2l_ext` : `import torch`", measured, ours / torch, LIMIT)]
