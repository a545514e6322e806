"""What the tree promises: imports point one way, names load on first use, nothing says where it was made."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import d2l_ext

PACKAGE = Path(d2l_ext.__file__).parent

# A module may import from those before it in this list, never from those after it. `ops` is the one
# that looks ahead, from inside a function, for SymPy's side of itself.
LAYERS = [
    "symbolic.functions",
    "params",
    "noise",
    "ops",
    "theory",
    "objectives",
    "rules",
    "simulation",
    "lipschitz",
    "optim",
    "curvature",
    "training",
    "minibatch",
    "data",
    "fingerprint",
    "storing",
    "workers",
    "grids",
    "symbolic",
    "flows",
    "kernels",
    "pieces",
    "sweeps",
    "style",
    "plots",
    "claims",
    "check",
    "d2l",
    "explorers",
    "book",
    "doctor",
]


def layer(name):
    return max((i for i, known in enumerate(LAYERS) if f"{name}.".startswith(f"{known}.")), default=None)


def imports(path):
    """Modules of the package that a file imports when it is loaded."""
    for node in ast.parse(path.read_text("utf8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("d2l_ext"):
            inside = node.module.removeprefix("d2l_ext").lstrip(".")
            yield from [inside] if inside else [alias.name for alias in node.names]


FILES = [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    own = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    if layer(own) is None:
        pytest.fail(f"{own} has no place in LAYERS")
    for imported in imports(path):
        same = imported.split(".")[0] == own.split(".")[0]
        assert same or layer(imported) < layer(own), f"{own} imports {imported}"


def loaded_by(code):
    report = f"import sys; {code}; print(*sys.modules)"
    return set(
        subprocess.run(
            [sys.executable, "-c", report], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded_by("import d2l_ext") & {"torch", "numpy", "sympy", "matplotlib", "anywidget"}


def test_names_load_what_they_need_and_no_more():
    assert not loaded_by("from d2l_ext import rules") & {"torch", "sympy", "matplotlib"}
    assert not loaded_by("from d2l_ext import symbolic") & {"torch", "matplotlib"}
    assert "d2l" not in loaded_by("from d2l_ext import TraceExplorer")


@pytest.mark.parametrize("name", d2l_ext.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(d2l_ext, name).__doc__


def test_the_function_is_not_hidden_by_a_module_of_its_name():
    code = "import d2l_ext.explorers; from d2l_ext import simulate; assert callable(simulate)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'optimise'"):
        getattr(d2l_ext, "optimise")  # noqa: B009
