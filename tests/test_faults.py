"""What may be missing, full or damaged, and what is said then. Builds are in book/test_faults.py."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from d2l_ext import data, grid, grids, objectives, storing, sweep, sweeps
from d2l_ext.optim import Adai

unix = pytest.mark.skipif(sys.platform == "win32", reason="needs a system with signals and limits")
PLAN = {"steps": 30, "backend": "numpy", "lr": np.linspace(0.01, 0.4, 350), "progress": False}


class Full:
    """A file on a disk that has space for so many bytes more; all files together."""

    def __init__(self, file, disk):
        self.file, self.disk = file, disk

    def write(self, content):
        self.disk["free"] -= len(content)
        if self.disk["free"] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.file.write(content)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.fixture
def disk(monkeypatch):
    """Set ``disk["free"]`` to fill it."""
    disk = {"free": float("inf")}
    opened = Path.open

    def opening(self, mode="r", *arguments, **options):
        file = opened(self, mode, *arguments, **options)
        return Full(file, disk) if "x" in mode else file

    monkeypatch.setattr(Path, "open", opening)
    return disk


def test_a_full_disk_loses_no_run_of_a_grid(disk, tmp_path):
    calls, store = tmp_path / "calls", tmp_path / "store" / "results.json"

    def run(a):
        with calls.open("a") as file:
            file.write(f"{a} ")
        return {"is": a}

    how = {"jobs": 1, "bar": False}
    grid(run, grids.cells(a=range(3)), store=store, **how)
    before = store.read_bytes()
    disk["free"] = len(before) + 100  # one run more fits, two do not
    with pytest.raises(OSError, match=r"results.json could not be written \(No space left") as caught:
        grid(run, grids.cells(a=range(6)), store=store, **how)
    assert "The runs stored until then are safe. Free some space" in str(caught.value)
    assert caught.value.errno == errno.ENOSPC
    assert os.listdir(store.parent) == ["results.json"] and len(store.read_bytes()) > len(before)
    disk["free"] = float("inf")
    made = grid(run, grids.cells(a=range(6)), store=store, **how)
    assert [each["is"] for each in made.values] == list(range(6))
    assert calls.read_text() == "0 1 2 3 4 4 5 ", "only the run that could not be stored is made again"


def test_a_full_disk_loses_no_piece_of_a_sweep(disk, tmp_path, monkeypatch):
    monkeypatch.setattr(sweeps, "PIECE", 100)
    whole = sweep(objectives.ravine, "gd", **PLAN)
    disk["free"] = 9_000  # bytes; a piece takes about 4000
    with pytest.raises(OSError, match=r"npz could not be written \(No space left") as caught:
        sweep(objectives.ravine, "gd", store=tmp_path, **PLAN)
    assert "Free some space or name another folder as store, and run the same sweep" in str(caught.value)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".npz"] * 2
    disk["free"] = float("inf")
    again = sweep(objectives.ravine, "gd", store=tmp_path, **PLAN)
    assert again.theta.tobytes() == whole.theta.tobytes()


@unix
def test_a_limit_of_the_system_is_said_as_a_full_disk_is(tmp_path):
    """The real thing: the system refuses to write more."""
    code = (
        "import resource, sys; from d2l_ext import grid; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); run = lambda a: {'is': 'x' * 500}\n"
        "grid(run, [{'a': a} for a in range(9)], store=sys.argv[1], jobs=1, bar=False)"
    )
    (tmp_path / "full.py").write_text(code)
    command = [sys.executable, tmp_path / "full.py", tmp_path / "results.json"]
    failed = subprocess.run(command, capture_output=True, text=True)
    assert "results.json could not be written (File too large). The runs stored" in failed.stderr
    assert len(grids.read(tmp_path / "results.json").values) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"full.py", "results.json"}


DAMAGE = {
    "cut": lambda old: old[:-200],
    "changed": lambda old: old[:400] + bytes([old[400] ^ 1]) + old[401:],
    "emptied": lambda old: b"",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_piece_of_a_sweep_is_computed_again(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(sweeps, "PIECE", 100)
    whole = sweep(objectives.ravine, "gd", store=tmp_path, **PLAN)
    piece = min(tmp_path.iterdir())
    before = piece.read_bytes()
    piece.write_bytes(damage(before))
    with pytest.warns(UserWarning, match=rf"{piece.name} is damaged .*, so this piece of the sweep is"):
        again = sweep(objectives.ravine, "gd", store=tmp_path, **PLAN)
    assert again.theta.tobytes() == whole.theta.tobytes() and piece.read_bytes() == before
    sweep(objectives.ravine, "gd", store=tmp_path, **PLAN)  # no warning any more


def test_a_store_that_is_a_file(tmp_path):
    (tmp_path / "store").touch()
    with pytest.raises(OSError, match="store could not be written .*name another folder"):
        sweep(objectives.ravine, "gd", store=tmp_path / "store", **PLAN)


def test_two_processes_with_one_store(tmp_path):
    """The second one is refused before it computes; what is stored can be read all the time."""
    store, how = tmp_path / "results.json", {"jobs": 1, "bar": False}
    first = grid(lambda a: {"is": a}, [{"a": 1}], store=store, **how)

    def never(a):
        raise AssertionError

    with storing.alone(tmp_path / "other.json.lock", "another one"):
        with pytest.raises(
            storing.Busy, match="other.json is being written by another process. Let it finish"
        ):
            grid(never, [{"a": 2}], store=tmp_path / "other.json", **how)
    with storing.alone(tmp_path / "results.json.lock", "another one"):
        assert grids.read(store) == first
    assert os.listdir(tmp_path) == ["results.json"]


@unix
def test_a_worker_of_this_machine_is_killed(tmp_path):
    """As the system does when memory runs out; joblib says what may be the reason."""
    parent, go_on = os.getpid(), tmp_path / "go-on"

    def run(a):
        if a == 3 and not go_on.exists() and os.getpid() != parent:
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGKILL)
        return {"is": a}

    store, plan = tmp_path / "results.json", grids.cells(a=range(6))
    with pytest.raises(Exception, match="(?s)terminated.*excessive memory usage"):
        grid(run, plan, store=store, jobs=2, bar=False)
    kept = len(grids.read(store).values)
    assert kept >= 2
    go_on.touch()
    assert [each["is"] for each in grid(run, plan, store=store, jobs=2, bar=False).values] == list(range(6))


WITHOUT_NUMBA = """
import sys, warnings
from importlib import util
if sys.argv[1] == "missing":
    find = util.find_spec
    util.find_spec = lambda name, *rest: None if name == "numba" else find(name, *rest)
from d2l_ext import objectives, sweep
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    backend = sweep(objectives.parabola, "gd", steps=200, lr=[0.5, 2.5]).backend
print(backend, *(each.message for each in heard))
try:
    sweep(objectives.parabola, "gd", steps=200, lr=[0.5, 2.5], backend="numba")
except ValueError as error:
    print(error)
"""
TOO_OLD = "Numba needs NumPy 2.3 or less"
SAID = {
    "missing": ("numpy", "it is not installed: pip install numba, or use backend='numpy'"),
    "broken": (
        f"numpy sweep is slower without numba, and it does not load ({TOO_OLD}): pip install --upgrade numba",
        f"it does not load ({TOO_OLD}): pip install --upgrade numba, or use backend='numpy'",
    ),
}


@pytest.mark.parametrize("how", SAID)
def test_without_numba_sweeps_run_on_numpy(tmp_path, how):
    (tmp_path / "numba.py").write_text(f"raise ImportError('{TOO_OLD}')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", WITHOUT_NUMBA, how]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    auto, asked = SAID[how]
    assert done.stdout.splitlines() == [auto, f"backend 'numba' needs numba, and {asked}"]


def test_numba_keeps_no_cache_that_could_be_damaged(tmp_path):
    code = "from d2l_ext import objectives, sweep; print(sweep(objectives.parabola, 'gd', steps=9).backend)"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "numba\n" and list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:::torch")  # what the compiler's own modules say
def test_without_a_compiler():
    """Of the other tests of compiled kernels, all need one."""
    import torch
    from torch._inductor import config

    theta = torch.nn.Parameter(torch.ones(100_000, dtype=torch.float64))
    optimizer = Adai([theta], lr=0.1, compiled=True)
    theta.grad = torch.ones_like(theta)
    told = pytest.raises(RuntimeError, match=r"needs a C\+\+ compiler .*leave compiled out")
    with config.patch({"cpp.cxx": (None, "no-such-compiler")}), told as caught:
        optimizer.step()
    assert "no-such-compiler" in str(caught.value)
    assert (theta == 1).all() and not optimizer.state


def test_a_damaged_download_and_no_network(tmp_path, monkeypatch):
    """The file is not used; what to do is said."""
    (tmp_path / data.AIRFOIL_FILE).write_bytes(b"half of it")
    monkeypatch.delenv("D2L_EXT_DATA", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path)
    monkeypatch.setattr(data, "AIRFOIL_URL", "http://127.0.0.1:9/airfoil_self_noise.dat")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(data.DataUnavailable, match="Connect to the network once, or set D2L_EXT_DATA"):
        data.airfoil()
    assert data.airfoil_or_standin().note == data.STANDIN_NOTE


@pytest.mark.parametrize("required", [False, True])
def test_without_a_browser(tmp_path, required):
    """Tests that need one are skipped and say so; where it is required they fail."""
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_it.py").write_text("def test_it(browser):\n    raise AssertionError\n")
    environment = {**os.environ, "CHROME": str(tmp_path / "chrome"), "REQUIRE_BROWSER": str(int(required))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rsE", tmp_path]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == int(required) and ("1 error" if required else "1 skipped") in done.stdout
    assert f"needs a browser: {tmp_path / 'chrome'} is not there. Install Chromium" in done.stdout
