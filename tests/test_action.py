"""The shell of action.yml: what it runs for which inputs, and that the token reaches no other step than the one that needs it."""

import os
import subprocess
from pathlib import Path
from re import findall
from shutil import which
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = YAML(typ="safe", pure=True).load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
BASH = which("bash")

pytestmark = pytest.mark.skipif(BASH is None, reason="composite steps run in bash")

TOOL = """#!/bin/sh
printf '%s' "preflight" >> "$CALLS"; for each in "$@"; do printf ' <%s>' "$each" >> "$CALLS"; done; printf '\\n' >> "$CALLS"
echo "report of $1"
case " $* " in *"--exit-zero"*) exit 0 ;; *) exit 1 ;; esac
"""
PYTHON = """#!/bin/sh
printf 'python %s\\n' "$*" >> "$CALLS"
if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi
"""


def run(step: str, folder: Path, **variables: str) -> tuple[int, list[str]]:
    """Run the script of a step as a runner does; gives its status and what it called."""
    tool = folder / "tool" / "preflight"
    if not tool.exists():
        tool.parent.mkdir()
        for path, text in ((tool, TOOL), (tool.parent / "python", PYTHON)):
            path.write_text(text)
            path.chmod(0o755)
    given = {
        "PATH": os.environ["PATH"],
        "CALLS": str(folder / "calls"),
        "PREFLIGHT_BIN": str(tool.parent),
        "PREFLIGHT_PYTHON": str(tool.parent / "python"),
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "octo-org/sampleproject",
        "GITHUB_RUN_ID": "7",
        **dict.fromkeys(STEPS[step]["env"], ""),
    }
    given |= {"PREFLIGHT_BIN": str(tool.parent), "PREFLIGHT_PYTHON": str(tool.parent / "python"), **variables}
    assert BASH is not None
    command = [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[step]["run"]]
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, check=False)
    calls = folder / "calls"
    return done.returncode, calls.read_text().splitlines() if calls.exists() else []


def test_every_variable_of_a_script_is_given_to_it() -> None:
    for step in STEPS.values():
        script = step.get("run", "")
        assert "${{" not in script
        given = {name for name in step.get("env", {}) if name.startswith("PREFLIGHT_")}
        assert set(findall(r"PREFLIGHT_[A-Z_]+", script)) == given


def test_the_check_writes_a_summary_and_fails_the_step(tmp_path: Path) -> None:
    status, calls = run("Run preflight", tmp_path, PREFLIGHT_PATHS="one\ntwo words\n", PREFLIGHT_FAIL_ON="warning")
    assert status == 1
    assert calls == [
        "preflight <check> <--exit-zero> <--output-format> <markdown> <--fail-on> <warning> <one> <two words>",
        "preflight <check> <--output-format> <github> <--fail-on> <warning> <one> <two words>",
    ]
    assert (tmp_path / "summary").read_text() == "report of check\n"


def test_the_failure_of_another_job_is_explained_from_the_run(tmp_path: Path) -> None:
    status, calls = run("Explain the failure", tmp_path, GH_TOKEN="x")
    address = "https://github.com/octo-org/sampleproject/actions/runs/7"
    assert status == 0
    assert calls == [
        f"preflight <doctor> <--exit-zero> <--output-format> <{format}> <--run> <{address}>"
        for format in ("github", "markdown")
    ]
    assert (tmp_path / "summary").read_text() == "report of doctor\n"


def test_a_log_of_the_same_job_is_read_as_a_file(tmp_path: Path) -> None:
    _, calls = run("Explain the failure", tmp_path, PREFLIGHT_LOG="upload log.txt")
    assert calls[0].endswith("<github> <upload log.txt>")


@pytest.mark.parametrize(("version", "installed"), [("", "/the/action"), ("0.1.0", "pypi-preflight==0.1.0")])
def test_it_is_installed_apart_from_the_project(tmp_path: Path, version: str, installed: str) -> None:
    status, calls = run("Install preflight", tmp_path, PREFLIGHT_ACTION="/the/action", PREFLIGHT_VERSION=version)
    assert status == 0
    assert calls == [
        f"python -m venv {tmp_path}/preflight-venv",
        f"python -m pip install --quiet {installed}",
    ]
    assert (tmp_path / "output").read_text() == f"bin={tmp_path}/preflight-venv/bin\n"


def test_the_token_is_there_for_the_step_that_asks_github_alone() -> None:
    assert [name for name, step in STEPS.items() if "inputs.token" in str(step)] == ["Explain the failure"]
    assert (STEPS["Run preflight"]["if"], STEPS["Explain the failure"]["if"]) == (
        "inputs.doctor != 'true'",
        "inputs.doctor == 'true'",
    )
