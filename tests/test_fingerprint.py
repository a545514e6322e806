"""A key of code changes with what the code does, and with nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

import d2l_ext
from d2l_ext import rules, train_networks
from d2l_ext.fingerprint import fingerprint

MODULE = '''
import math
from dataclasses import dataclass
from functools import cache, partial

SCALE = 2.0
ORDER = {"b", "a", "c"}


def helper(x, by=3):
    """Multiplies."""
    return SCALE * by * x


@cache
def cached(x):
    return helper(x)


@dataclass
class Model:
    width: int = 4

    @property
    def area(self):
        return self.width**2

    def step(self, x):
        return x + self.area


def unused(x):
    return -x


def last(x):
    return x


def make(shift):
    def shifted(x):
        return x + shift
    return shifted


shifted = make(1.0)
bound = partial(helper, by=4)


def run(x):
    # a comment
    from home import last as late
    y = math.sqrt(cached(x))
    return Model().step(y) + shifted(x) + bound(x) + late(x) + len(ORDER)
'''
PRINT = "import home; from d2l_ext.fingerprint import fingerprint; print(fingerprint(home.run))"
ROOT = str(Path(d2l_ext.__file__).parents[1])


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """The key of `run` in a module of some text, made by a process of its own, with other hashes."""
    serial = count()

    def of(text):
        place = tmp_path_factory.mktemp("home")
        (place / "home.py").write_text(text)
        others = {"PYTHONPATH": ROOT, "PYTHONHASHSEED": str(next(serial))}
        done = subprocess.run(
            [sys.executable, "-c", PRINT], cwd=place, env=os.environ | others, capture_output=True
        )
        assert not done.returncode, done.stderr.decode()
        return done.stdout

    return of


CHANGES = [
    ("return SCALE * by * x", "return SCALE * by + x"),
    ("SCALE = 2.0", "SCALE = 2.5"),
    ("by=3", "by=5"),
    ("width: int = 4", "width: int = 6"),
    ("self.width**2", "self.width**3"),
    ("x + self.area", "x - self.area"),
    ("make(1.0)", "make(1.5)"),
    ("return x + shift", "return x * shift"),
    ("by=4", "by=6"),
    ("def last(x):\n    return x", "def last(x):\n    return x + 1"),
    ('"c"}', '"d"}'),
    ("math.sqrt", "math.exp"),
    ("import math", "import cmath as math"),
    ("@cache\n", ""),
]
SAME = [
    ('"""Multiplies."""', '"""Multiplies by what SCALE says."""'),
    ('    """Multiplies."""\n', ""),
    ("    # a comment\n", "\n\n"),
    ("return -x", "return +x"),
    ("SCALE * by * x", "(SCALE * by) * x  # in this order"),
    ("def unused(x):\n    return -x\n", ""),
]


RECORDS = """
from dataclasses import dataclass
from typing import NamedTuple


class Pair(NamedTuple):
    left: float
    right: float = 1.0


@dataclass(frozen=True)
class Wing:
    span: float


def run(x, *, wing=Wing(2.0)):
    match x:
        case 0:
            return Pair(0.0)
        case _:
            return Pair(wing.span * x, f"{x:.2f}")
"""


def test_a_key_is_the_same_in_every_version_of_python(key):
    """Else results that are stored with one are refused in another."""
    assert key(RECORDS).strip() == b"ec2d407179cf9db5"


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_other_code_has_another_key(key, old, new):
    assert MODULE.count(old) == 1
    assert key(MODULE.replace(old, new)) != key(MODULE)


@pytest.mark.parametrize(("old", "new"), SAME)
def test_the_same_code_has_the_same_key(key, old, new):
    assert MODULE.count(old) == 1
    assert key(MODULE.replace(old, new)) == key(MODULE)


def test_rules_are_code_too():
    def with_adam(x):
        return rules.adam, train_networks

    def with_amsgrad(x):
        return rules.amsgrad, train_networks

    first = fingerprint(with_adam)
    assert fingerprint(with_adam) == first != fingerprint(with_amsgrad)


def test_a_lambda_in_the_middle_of_a_line_has_a_key():
    several = [
        lambda x: x + 1,
        lambda x: x + 2,
    ]
    assert fingerprint(several[0]) != fingerprint(several[1])


def test_what_has_no_source_is_turned_away():
    with pytest.raises(TypeError, match="function must be written in Python, .* got <built-in function len>"):
        fingerprint(len)
    made = {}
    exec(compile("def nowhere(x):\n    return x", "<nowhere>", "exec"), made)
    with pytest.raises(TypeError, match="the source of nowhere is needed for its key"):
        fingerprint(made["nowhere"])


def test_a_global_of_the_name_of_a_local_one_does_not_count():
    """As where a cell of a notebook is run again after later ones."""

    def local(size):
        found = [k * size for k in range(3)]
        return sum(found)

    before = fingerprint(local)
    local.__globals__.update(k="another", found=[3])
    try:
        assert fingerprint(local) == before
    finally:
        del local.__globals__["k"], local.__globals__["found"]
