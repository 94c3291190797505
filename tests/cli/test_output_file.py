"""The output file is tried first: a command that cannot report does nothing to a project, and the trial leaves no trace."""

import os
from pathlib import Path

import pytest
from beginning.begun import PYPROJECT, sample, texts
from cli.command import preflight

KNOWN = ("--owner", "octo-org", "--repository", "sample")
WORKFLOW = """\
on:
  release:
    types: [published]
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v6
      - run: pipx run build
      - uses: pypa/gh-action-pypi-publish@release/v1
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    urls = '\n[project.urls]\nSource = "https://github.com/octo-org/sample"\n'
    return sample(folder, **{"pyproject.toml": PYPROJECT + urls})


def with_workflow(project: Path) -> None:
    path = project / ".github/workflows/publish.yml"
    path.parent.mkdir(parents=True)
    path.write_text(WORKFLOW)


@pytest.mark.parametrize("form", ["json", "full"])
def test_init_writes_nothing_when_its_output_cannot_be_written(project: Path, form: str) -> None:
    before = texts(project)
    options = ("--output-format", form, "--output-file", "missing/out", "--yes")
    done = preflight("init", *options, *KNOWN, cwd=project)
    assert (done.status, done.out) == (2, "")
    assert "cannot write missing/out: No such file or directory" in done.err
    assert texts(project) == before


@pytest.mark.parametrize("command", [("check", "--fix"), ("fix",), ("fix", "--unsafe"), ("publisher", "--record")])
def test_no_other_command_writes_either(project: Path, command: tuple[str, ...]) -> None:
    with_workflow(project)
    before = texts(project)
    refused = preflight(*command, "--output-file", "missing/out", cwd=project)
    assert refused.status == 2
    assert "cannot write missing/out" in refused.err
    assert texts(project) == before
    preflight(*command, "--output-file", "out", cwd=project)
    assert {**texts(project), "out": ""} != {**before, "out": ""}, "the command would have written"


def test_the_trial_leaves_no_trace(project: Path) -> None:
    kept = project / "kept"
    kept.write_text("from an earlier run")
    for name in ("new", "kept"):
        refused = preflight("check", "--select", "NO-SUCH-RULE", "--output-file", name, cwd=project)
        assert refused.status == 2
    assert not (project / "new").exists()
    assert kept.read_text() == "from an earlier run"


def test_a_pipe_is_not_opened_twice(project: Path) -> None:
    os.mkfifo(project / "pipe")
    reader = os.open(project / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert preflight("explain", "NO-SUCH-RULE", "--output-file", "pipe", cwd=project).status == 2
        assert os.read(reader, 65536) == b""
        assert preflight("explain", "PUB003", "--output-file", "pipe", cwd=project).status == 0
        assert b"PUB003" in os.read(reader, 65536)
    finally:
        os.close(reader)
