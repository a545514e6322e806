"""Measure, print the table, and say by the exit status whether every budget is kept."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks import adai, curvature, imports, pages, scale, sweeps
from benchmarks.table import markdown

RESULTS = Path(__file__).with_name("RESULTS.md")
ABOUT = """\
# What was measured

Written by `python -m benchmarks --write`, on {machine}.
A budget is a promise, and one that is missed fails `make bench`; an aim only warns. KB are 1000 bytes,
gzipped. Input → frame runs from an input event sent just after one frame began until the next one, which
draws it, is painted: 16.7 ms of it are the screen's. Speeds are ratios within one run, medians of interleaved
rounds. Times are worth what the machine's idleness is: see its load.

"""


def machine() -> str:
    """What the numbers depend on beside the code."""
    parts = [f"{platform.system()} {platform.machine()}", f"{os.cpu_count()} cores"]
    parts += [f"load {os.getloadavg()[0]:.1f} as it began"]
    return ", ".join([*parts, f"Python {platform.python_version()}", f"torch {version('torch')}"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"also write benchmarks/{RESULTS.name}")
    write = parser.parse_args().write
    about = ABOUT.format(machine=machine())
    rows = [row for part in (pages, imports, sweeps, scale, curvature, adai) for row in part.rows()]
    table = markdown(rows)
    print(table)
    if write:
        RESULTS.write_text(about + table, "utf8")
    return int(any(row.verdict == "MISSED" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
