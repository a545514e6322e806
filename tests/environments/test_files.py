"""The files that make environments agree with the book's own, and with what the package asks for."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from importlib.metadata import requires, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import d2l_ext

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
NEEDED = {canonicalize_name(each.name): each for each in map(Requirement, PROJECT["dependencies"])}


def asked(path: Path) -> dict[str, str]:
    """What a file of requirements asks for: package and version, empty if any will do."""
    lines = [line.partition("#")[0].strip() for line in path.read_text("utf8").splitlines()]
    wanted = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in wanted}


PINS = asked(ROOT / "requirements.txt")
BINDER = asked(ROOT / ".binder/requirements.txt")
COLAB = asked(ROOT / "tests/environments/colab.txt")


def with_dependencies(names: set[str]) -> set[str]:
    """These packages and all that they need, as installed here."""
    found, waiting = set(), {(name, "") for name in names}
    while waiting:
        name, extra = each = waiting.pop()
        found.add(each)
        for wanted in map(Requirement, requires(name) or []):
            if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
                package = canonicalize_name(wanted.name)
                waiting |= {(package, extra) for extra in ("", *wanted.extras)} - found
    return {name for name, _ in found}


@pytest.mark.skipif(version("ipywidgets") != PINS["ipywidgets"], reason="looks at the book's own environment")
def test_binder_takes_every_version_from_the_book():
    lines = (ROOT / ".binder/requirements.txt").read_text("utf8").splitlines()
    assert "-c ../requirements.txt" in lines
    assert set(BINDER.values()) == {""}, "a version belongs into requirements.txt"
    # Builds for CUDA have needs of their own, which Binder's CPU build has not.
    missing = {name for name in with_dependencies(set(BINDER)) - set(PINS) if not is_for_cuda(name)}
    assert missing == set(), "they have no version in requirements.txt"


def is_for_cuda(name: str) -> bool:
    return name.startswith(("nvidia-", "cuda-")) or name == "triton"


def test_binder_has_what_the_package_needs():
    assert NEEDED.keys() <= BINDER.keys()
    python = re.fullmatch(r"python-(3\.\d+)\n", (ROOT / ".binder/runtime.txt").read_text("utf8"))
    assert python and SpecifierSet(PROJECT["requires-python"]).contains(python[1])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no executable bit")
def test_binder_can_run_its_scripts():
    assert os.access(ROOT / ".binder/postBuild", os.X_OK)
    assert os.access(ROOT / ".binder/start", os.X_OK)


def test_the_package_takes_what_colab_brings():
    brought = NEEDED.keys() & COLAB.keys()
    assert NEEDED.keys() - brought == {"anywidget", "filelock"}  # of which torch brings the second
    for name in brought:
        assert NEEDED[name].specifier.contains(COLAB[name]), f"{NEEDED[name]} does not take {COLAB[name]}"
    assert COLAB["ipywidgets"] == "7.7.1" and COLAB["ipython"] == "7.34.0" and COLAB["numpy"] >= "2"
    assert {name: COLAB[name] for name in ("torch", "torchvision")} == {
        name: PINS[name] for name in ("torch", "torchvision")
    }


def test_the_citation_names_this_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf8"))
    assert cited["version"] == d2l_ext.__version__
