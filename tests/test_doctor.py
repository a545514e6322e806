"""The doctor says what is missing, old or broken and what to do, wherever it is run."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest

from d2l_ext import data, doctor

ROOT = Path(__file__).parents[1]


@pytest.fixture
def bare(tmp_path):
    """An interpreter that finds what is put into `tmp_path`, and nothing else that was ever installed."""

    def install(name: str, version: str, module: str = "", source: str = "") -> None:
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (tmp_path / f"{module or name}.py").write_text(source)

    def consult(**variables: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if name not in ("D2L_EXT_DATA", "CXX")}
        paths = os.pathsep.join(map(str, (tmp_path, ROOT)))
        return subprocess.run(
            [sys.executable, "-S", "-m", "d2l_ext.doctor"],  # -S: no site-packages
            env={**clean, "PYTHONPATH": paths, "CHROME": "none", **variables},
            capture_output=True,
            text=True,
        )

    ours = tmp_path / "d2l_ext-0.1.0.dist-info"
    ours.mkdir()
    (ours / "METADATA").write_text(str(distribution("d2l-ext").metadata), "utf8")
    consult.install = install
    return consult


def line(said: str, about: str) -> str:
    """The one line of the report on `about`."""
    found = [each for each in said.splitlines() if re.search(rf"^  \w+( old)? +{about}\b", each)]
    assert len(found) == 1, f"{about}: {found}\n{said}"
    return found[0].strip()


def test_all_is_well_here():
    text, status = doctor.report()
    assert status == 0, text
    assert "All that is needed is here." in text
    for name, _ in doctor.requirements():
        assert line(text, name).startswith("ok ")


def test_nothing_is_installed_but_the_package(bare):
    found = bare()
    assert found.returncode == 1
    assert found.stderr == ""
    for name, bound in doctor.requirements():
        assert line(found.stdout, name).endswith(f'Install it: pip install "{name}>={bound}"')
    assert f"{len(doctor.requirements())} to mend" in found.stdout


def test_old_and_broken_packages(bare):
    for name, bound in doctor.requirements():
        if name not in ("numpy", "torch", "scikit-learn"):
            bare.install(name, bound)
    bare.install("numpy", "1.3.9")
    bare.install("torch", "2.13.0+cpu", source="raise OSError('libgomp.so.1 is not there\\nand more')")
    bare.install("scikit-learn", "99.0", module="sklearn")
    found = bare()
    assert found.returncode == 1
    assert line(found.stdout, "numpy").startswith("too old  numpy 1.3.9. ")
    needed = f'pip install --upgrade "numpy>={dict(doctor.requirements())["numpy"]}"'
    assert line(found.stdout, "numpy").endswith(f"newer is needed: {needed}")
    broken = "cannot be imported (OSError: libgomp.so.1 is not there). Install it anew: "
    assert line(found.stdout, "torch").endswith(f"{broken}pip install --force-reinstall torch")
    assert line(found.stdout, "scikit-learn") == "ok       scikit-learn 99.0"
    assert "2 to mend" in found.stdout


def test_what_falls_back_is_no_error(bare):
    for name, bound in doctor.requirements():
        cache = "from pathlib import Path\ndef os_cache(name): return Path('nowhere')"
        bare.install(name, bound, doctor.MODULES.get(name, name), cache if name == "pooch" else "")
    bare.install("numba", "0.68.1")
    found = bare(CXX="no-such-compiler")
    assert found.returncode == 0, found.stdout
    assert "All that is needed is here." in found.stdout
    assert line(found.stdout, "numba") == "ok       numba: sweeps are compiled"
    book = line(found.stdout, "book")
    assert book.startswith("absent   book (d2l, jupyter-book, ") and 'pip install "d2l_ext[book]"' in book
    assert "leave it out, or install a compiler" in line(found.stdout, "C")
    assert "set CHROME to a Chromium" in line(found.stdout, "browser")
    assert "scikit-learn's diabetes data" in line(found.stdout, "airfoil")
    absent = sum(each.startswith("  absent") for each in found.stdout.splitlines())
    assert f"\n{absent} absent: " in found.stdout


def test_each_extra_has_its_words():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]["optional-dependencies"]
    assert set(extras) <= set(doctor.EXTRAS)


def test_the_folder_of_the_data(bare, tmp_path):
    assert doctor.AIRFOIL == data.AIRFOIL_FILE
    found = bare(D2L_EXT_DATA=str(tmp_path))
    assert line(found.stdout, "airfoil").endswith("Put it there, or unset the variable to have it downloaded")
    (tmp_path / doctor.AIRFOIL).touch()
    assert line(bare(D2L_EXT_DATA=str(tmp_path)).stdout, "airfoil").startswith("ok ")


def test_numbers_of_versions():
    assert doctor.numbers("2.13.0+cpu") == (2, 13, 0)
    assert doctor.numbers("1.0.4.post1") > doctor.numbers("1.0.4")
    assert doctor.numbers("2.5") < doctor.numbers("2.13")


def test_a_package_that_is_not_installed(tmp_path):
    """As after a download of the repository, before anything else."""
    (tmp_path / "d2l_ext").mkdir()
    for name in ("__init__.py", "doctor.py"):
        shutil.copy(ROOT / "d2l_ext" / name, tmp_path / "d2l_ext")
    command = [sys.executable, "-S", "-m", "d2l_ext.doctor"]
    environment = {**os.environ, "PYTHONPATH": ""}
    found = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert found.returncode == 1
    assert "not installed. In the folder of pyproject.toml: pip install -e ." in found.stdout
