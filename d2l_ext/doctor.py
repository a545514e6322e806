"""What is installed here, what is missing, and what will fall back: `python -m d2l_ext.doctor`.

The exit status is 1 if something that the package needs is missing, too old or broken; what falls back is
no error. Nothing of the package or of its dependencies is imported before it is known to be there.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path

DISTRIBUTION = "d2l-ext"
# Names under which a distribution is imported, where they differ.
MODULES = {"scikit-learn": "sklearn"}
# For each extra: what it gives, and what happens without it.
EXTRAS = {
    "numba": (
        "sweeps are compiled",
        "sweeps run in NumPy: the same numbers to rounding, several times slower",
    ),
    "book": ("the book can be built", "notebooks run, but the book and the pages on d2l cannot be built"),
    "cluster": ("sweeps and grids can use a Dask cluster", "sweeps and grids stay on this machine"),
    "experiments": ("training at full size can be logged", "experiments/ cannot be run"),
    "test": ("the tests can be run", "the tests cannot be run: only developers need them"),
}
AIRFOIL = "airfoil_self_noise.dat"


@dataclass(frozen=True)
class Finding:
    """One line of the report: `state` in a word, and what it is about; `needed` things must be "ok"."""

    state: str
    text: str
    needed: bool = False

    @property
    def bad(self) -> bool:
        return self.needed and self.state != "ok"


def requirements(extra: str = "") -> list[tuple[str, str]]:
    """Names and lower bounds that the installed package asks for: always, or for one extra."""
    found = []
    for line in metadata.requires(DISTRIBUTION) or []:
        requirement, _, marker = line.partition(";")
        asked = re.search(r"extra == ['\"]([\w-]+)['\"]", marker)
        if (asked[1] if asked else "") == extra:
            name = re.match(r"[\w.-]+", requirement)
            bound = re.search(r"[>=]=\s*([\w.]+)", requirement)
            found.append((name[0] if name else requirement, bound[1] if bound else "0"))
    return found


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, without what its builder added: ``2.13.0+cpu`` is (2, 13, 0)."""
    return tuple(map(int, re.findall(r"\d+", version.partition("+")[0])))


def package(name: str, bound: str) -> Finding:
    """Whether a needed package is there, new enough, and can be imported."""
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding("missing", f'{name}. Install it: pip install "{name}>={bound}"', True)
    if numbers(version) < numbers(bound):
        advice = f'{bound} or newer is needed: pip install --upgrade "{name}>={bound}"'
        return Finding("too old", f"{name} {version}. {advice}", True)
    try:
        import_module(MODULES.get(name, name))
    except Exception as error:  # whatever it is: a library of the system, an ABI, a missing part
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        advice = f"Install it anew: pip install --force-reinstall {name}"
        return Finding("broken", f"{name} {version} cannot be imported ({said}). {advice}", True)
    return Finding("ok", f"{name} {version}", True)


def needed() -> Iterator[Finding]:
    python = platform.python_version()
    yield (
        Finding("ok", f"Python {python}", True)
        if (3, 11) <= sys.version_info[:2] < (3, 14)
        else Finding("wrong", f"Python {python}. Python 3.11 to 3.13 is needed", True)
    )
    try:
        asked = requirements()
    except metadata.PackageNotFoundError:
        advice = "In the folder of pyproject.toml: pip install -e ."
        yield Finding("missing", f"d2l_ext is here, but not installed. {advice}", True)
        return
    for name, bound in asked:
        yield package(name, bound)


def installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def optional() -> Iterator[Finding]:
    """Extras, one line each."""
    try:
        offered = metadata.metadata(DISTRIBUTION).get_all("Provides-Extra") or []
    except metadata.PackageNotFoundError:
        return
    for extra in sorted(set(offered) & set(EXTRAS)):
        gives, without = EXTRAS[extra]
        lacking = [name for name, _ in requirements(extra) if not installed(name)]
        if lacking:
            advice = f'To change that: pip install "d2l_ext[{extra}]"'
            yield Finding("absent", f"{extra} ({', '.join(lacking)}): {without}. {advice}")
        else:
            yield Finding("ok", f"{extra}: {gives}")


def surroundings() -> Iterator[Finding]:
    """What no package brings: data, a compiler, a browser."""
    yield data()
    compiler = os.environ.get("CXX") or ("cl" if os.name == "nt" else "g++")
    if shutil.which(compiler):
        yield Finding("ok", f"C++ compiler ({compiler}): Adai's compiled=True works on CPUs")
    else:
        without = f"C++ compiler ({compiler}): Adai's compiled=True stops with an error on CPUs"
        yield Finding("absent", f"{without}; leave it out, or install a compiler and set CXX")
    browser = os.environ.get("CHROME", "/usr/bin/chromium")
    if os.access(browser, os.X_OK):
        yield Finding("ok", f"browser ({browser}): the tests look at the pages in it")
    else:
        without = f"browser ({browser}): tests that need one are skipped; readers need nothing"
        yield Finding("absent", f"{without}. To run them, set CHROME to a Chromium")


def data() -> Finding:
    """Where the airfoil data come from. The file itself is checked when it is used."""
    if folder := os.environ.get("D2L_EXT_DATA"):
        if (Path(folder).expanduser() / AIRFOIL).is_file():
            return Finding("ok", f"airfoil data: from {folder}, which D2L_EXT_DATA names")
        advice = "Put it there, or unset the variable to have it downloaded"
        return Finding(
            "missing", f"airfoil data: D2L_EXT_DATA is {folder}, which has no {AIRFOIL}. {advice}", True
        )
    try:
        from pooch import os_cache
    except Exception:  # reported above, among what is needed
        return Finding("absent", "airfoil data: unknown without pooch")
    cache = os_cache("d2l_ext")
    if (cache / AIRFOIL).is_file():
        return Finding("ok", f"airfoil data: kept in {cache}")
    later = "downloaded when a page first asks; without a network that page uses scikit-learn's diabetes data"
    return Finding("absent", f"airfoil data: {later}. To give the file, set D2L_EXT_DATA to its folder")


def report() -> tuple[str, int]:
    """The report in plain words, and the exit status."""
    sections = {"Needed": list(needed()), "Extras": list(optional()), "Surroundings": list(surroundings())}
    lines = [f"d2l_ext in {Path(__file__).parent}, {platform.system()}, {os.cpu_count()} cores"]
    for title, findings in sections.items():
        lines += ["", title, *(f"  {finding.state:<8} {finding.text}" for finding in findings)]
    findings = [finding for section in sections.values() for finding in section]
    bad = sum(finding.bad for finding in findings)
    fallen = sum(finding.state == "absent" for finding in findings)
    lines += ["", f"{bad} to mend, see above." if bad else "All that is needed is here."]
    if fallen:
        lines.append(f"{fallen} absent: what happens without them stands beside each.")
    return "\n".join(lines), int(bad > 0)


if __name__ == "__main__":
    text, status = report()
    print(text)
    sys.exit(status)
