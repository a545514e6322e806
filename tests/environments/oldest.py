"""The oldest versions that pyproject.toml allows, as constraints for pip: `python oldest.py > oldest.txt`.

Only what readers install counts; the tools of the tests may be as new as they are.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def lower_bounds() -> list[str]:
    """``name==version`` for each requirement; one that has no lower bound is an error."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
    extras = project["optional-dependencies"]
    asked = [each for extra, some in extras.items() if extra != "test" for each in some]
    bounds = []
    for requirement in project["dependencies"] + asked:
        found = re.match(r"([\w.-]+)(?:\[.*\])?\s*[>=]=\s*([\w.]+)", requirement)
        if not found:
            raise ValueError(f"a requirement must start with its lower bound, got {requirement!r}")
        bounds.append("==".join(found.groups()))
    return bounds


if __name__ == "__main__":
    print("\n".join(lower_bounds()))
