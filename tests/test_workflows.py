"""What runs on GitHub: pinned, with no more rights than it needs, and by the targets that a person uses."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text("utf8")) for path in FILES}
JOBS = {(name, job): body for name, flow in WORKFLOWS.items() for job, body in flow["jobs"].items()}
# All that may write, and why: everything else reads the code, or nothing.
WRITES = {
    ("pages", "deploy"): {"pages": "write", "id-token": "write"},
    ("weekly", "report"): {"issues": "write"},
    ("wheel", "publish"): {"id-token": "write"},  # trusted publishing: no secret anywhere
}
PIN = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+){2}")


def steps(job):
    return JOBS[job]["steps"]


def runs(job):
    """The commands of a job, one for each value of its matrix."""
    matrix = JOBS[job].get("strategy", {}).get("matrix", {})
    targets = {*matrix.get("target", ()), *(each.get("target") for each in matrix.get("include", ()))} - {
        None
    }
    for command in (step["run"] for step in steps(job) if "run" in step):
        for target in sorted(targets) if "${{ matrix.target }}" in command else [""]:
            yield command.replace("${{ matrix.target }}", target)


def test_all_of_them_are_here():
    assert set(WORKFLOWS) == {"pages", "tests", "weekly", "wheel"}


@pytest.mark.parametrize("job", JOBS, ids="/".join)
def test_a_job_has_the_rights_it_needs(job):
    assert WORKFLOWS[job[0]]["permissions"] == {}
    assert JOBS[job]["permissions"] == WRITES.get(job, {"contents": "read"})
    assert JOBS[job]["timeout-minutes"] <= 150
    for step in steps(job):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
    if job in WRITES:  # what may write runs no code of the repository, which a pull request could change
        assert not any(step.get("uses", "").startswith("actions/checkout@") for step in steps(job))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_actions_are_pinned_and_secrets_are_not_used(path):
    text = path.read_text("utf8")
    used = [line.strip().removeprefix("- ") for line in text.splitlines() if "uses:" in line]
    assert used and not [line for line in used if not PIN.fullmatch(line)]
    assert "secrets." not in text and "pull_request_target" not in text and "workflow_run" not in text


def test_an_action_has_one_pin():
    used = {line.strip().removeprefix("- ") for path in FILES for line in path.read_text("utf8").splitlines()}
    pins = [line.partition("@") for line in used if line.startswith("uses:")]
    assert len({name for name, _, _ in pins}) == len(pins) >= 7


@pytest.mark.parametrize("job", JOBS, ids="/".join)
def test_they_call_targets_that_a_person_can(job):
    made = [command.split() for command in runs(job) if command.startswith("make ")]
    for _, target, *variables in made:
        assert variables == ["CPU=1"]
        found = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert found.returncode == 0, found.stderr
    assert bool(made) != (job in WRITES)


def test_what_is_tested():
    matrix = JOBS["tests", "test"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13"]
    assert [name.split("-")[0] for name in matrix["os"]] == ["ubuntu", "macos", "windows"]
    assert [each["os"] for each in matrix["include"]] == matrix["os"]  # each with its browser
    assert list(runs(("tests", "end"))) == ["make test-newest CPU=1", "make test-oldest CPU=1"]
    project = (ROOT / "pyproject.toml").read_text("utf8")
    assert 'requires-python = ">=3.11,<3.14"' in project


def test_the_cold_build_has_no_cache():
    job = ("weekly", "cold")
    assert not any("cache" in step.get("uses", "") or "cache" in step.get("with", {}) for step in steps(job))
    assert [step["env"]["PIP_NO_CACHE_DIR"] for step in steps(job) if "run" in step] == [1]
    assert "schedule" in WORKFLOWS["weekly"][True]  # YAML reads "on" as true


def actionlint(*files):
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    program = shutil.which("actionlint", path=places)
    assert program, "actionlint is not installed: make the environment anew, pip install -r requirements.txt"
    return subprocess.run(
        [program, "-shellcheck=", "-pyflakes=", *map(str, files)], cwd=ROOT, capture_output=True, text=True
    )


def test_actionlint_passes():
    found = actionlint(*FILES)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("matrix.target", "matrix.tarjet", 'property "tarjet" is not defined'),
        ("needs: cold", "needs: warm", 'needs job "warm" which does not exist'),
        ('cron: "17 4 * * 1"', 'cron: "17 4 * * 9"', "cron"),
        ("issues: write", "issues: maybe", '"maybe"'),
    ],
)
def test_actionlint_sees_mistakes(tmp_path, right, wrong, said):
    text = (FOLDER / "weekly.yml").read_text("utf8")
    assert right in text
    (tmp_path / "weekly.yml").write_text(text.replace(right, wrong), "utf8")
    found = actionlint(tmp_path / "weekly.yml")
    assert found.returncode == 1 and said in found.stdout, found.stdout


@pytest.mark.skipif(os.name == "nt", reason="the runner of this job is Linux")
@pytest.mark.parametrize(
    ("number", "command"), [("", "issue create --title T"), ("7", "issue comment 7 --body")]
)
def test_one_issue_however_often_the_cold_build_fails(tmp_path, number, command):
    """The script itself, with a `gh` that finds an open issue or none, and notes what it is asked."""
    script = next(step["run"] for step in steps(("weekly", "report")) if "run" in step)
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n[ "$2" != list ] || echo "{number}"\n')
    gh.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TITLE": "T", "RUN": "the-run"}
    subprocess.run(["bash", "-eo", "pipefail", "-c", script], env=environment, check=True)
    listed, made = (tmp_path / "asked").read_text().splitlines()
    assert listed.startswith("issue list --state open")
    assert made.startswith(command) and "the-run" in made
