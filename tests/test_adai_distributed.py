"""Two processes that train together end where one ends alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from adai_processes import CASES, DTYPES, alone

TOLERANCE = {"float32": 1e-6, "float64": 1e-12}


@pytest.fixture(scope="module")
def ends(tmp_path_factory):
    """What each of the two processes has found."""
    folder = tmp_path_factory.mktemp("processes")
    program = Path(__file__).with_name("adai_processes.py")
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    running = [
        subprocess.Popen(
            [sys.executable, program, str(rank), folder], stderr=subprocess.PIPE, text=True, env=environment
        )
        for rank in range(2)
    ]
    try:
        said = [process.communicate(timeout=240)[1] for process in running]
    finally:
        for process in running:
            process.kill()
    for process, words in zip(running, said, strict=True):
        assert process.returncode == 0, words
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


@pytest.mark.parametrize("made, way, dtype", CASES)
def test_two_processes_are_one(ends, made, way, dtype):
    truth = alone(made, DTYPES[dtype])
    for end in ends:
        distance = (end[made, way, dtype] - truth).norm() / truth.norm()
        assert distance <= TOLERANCE[dtype]
    assert torch.equal(ends[0][made, way, dtype], ends[1][made, way, dtype])
