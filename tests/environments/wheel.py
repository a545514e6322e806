"""A wheel carries the whole package, and what is installed from it works: `python wheel.py WHEEL`.

Run it with the Python of the environment where the wheel is installed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]


def files_of_the_package() -> set[str]:
    """What the wheel must carry: every file of the package, those that are no Python too."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "d2l_ext").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".recomputing"
    }


def check_files(wheel: Path) -> str:
    """The wheel has these files, the licence, and nothing else."""
    names = {name for name in ZipFile(wheel).namelist() if not name.endswith("/")}
    information = {name for name in names if ".dist-info/" in name}
    expected = files_of_the_package()
    if missing := expected - names:
        raise AssertionError(
            f"not in the wheel: {', '.join(sorted(missing))}: see package-data in pyproject.toml"
        )
    if more := names - information - expected:
        raise AssertionError(f"in the wheel, but not in d2l_ext/: {', '.join(sorted(more))}")
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in information):
        raise AssertionError("the wheel has no licence: see license-files in pyproject.toml")
    return f"{len(expected)} files and the licence, {wheel.stat().st_size / 1e6:.1f} MB"


def check_simulation() -> str:
    """Gradient descent on a parabola has a closed form."""
    from d2l_ext import simulate

    last = float(simulate(lambda x: 0.5 * x**2, "gd", 1.0, steps=20, lr=0.1).theta[-1, 0])
    assert abs(last - 0.9**20) < 1e-14, last
    return f"simulate: {last:.12f} after 20 steps, as in closed form"


def check_sweep() -> str:
    """Gradient descent on the ravine diverges where lr is more than 2 / 4."""
    from d2l_ext import objectives, sweep

    ends = sweep(objectives.ravine, "gd", steps=2000, lr=[0.1, 0.49, 0.51])
    assert list(ends.outcome) == ["converged", "converged", "diverged"], ends.outcome
    return f"sweep: {ends} by {ends.backend}"


def check_explorer() -> str:
    """An explorer's output has its module, its style and its picture."""
    from d2l_ext import TraceExplorer, objectives

    explorer = TraceExplorer(objectives.ravine, "momentum")
    data, _ = explorer._repr_mimebundle_()
    assert "traceView" in explorer._esm and ".explorer" in explorer._css
    assert data["image/png"].startswith("iVBOR"), "no PNG"
    assert "application/vnd.jupyter.widget-view+json" in data, "no widget"
    return f"explorer: a module of {len(explorer._esm) / 1e3:.0f} kB and a picture"


def main(wheel: Path) -> None:
    import d2l_ext

    home = Path(d2l_ext.__file__).parent
    assert home.is_relative_to(sys.prefix), f"d2l_ext comes from {home}, not from the wheel"
    for said in (check_files(wheel), check_simulation(), check_sweep(), check_explorer()):
        print(said)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
