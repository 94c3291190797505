"""`preflight publisher` on projects that cannot be read whole: what the form asks for comes from the workflows, and what is not known is said."""

from pathlib import Path

import pytest
from cli.command import preflight

PYPROJECT = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "sample"\nversion = "1.0"\n'
WORKFLOW = """\
on:
  release:
    types: [published]
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: release
    permissions:
      id-token: write
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
BROKEN = {
    "syntax": (f"{PYPROJECT}x = [1\n".encode(), "pyproject.toml:8:1: "),
    "utf-16": (PYPROJECT.encode("utf-16"), "it is encoded in UTF-16"),
    "latin-1": (f"{PYPROJECT}# é\n".encode("latin-1"), "it is not UTF-8: byte 0xe9 on line 7"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/publish.yml").write_text(WORKFLOW)
    return tmp_path


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("form", ["full", "json"])
def test_a_broken_pyproject_leaves_the_name_unknown(project: Path, kind: str, form: str) -> None:
    data, reason = BROKEN[kind]
    (project / "pyproject.toml").write_bytes(data)
    done = preflight("publisher", "--output-format", form, cwd=project)
    assert done.status == 0
    assert "publish.yml" in done.out
    assert done.err.startswith("The project's name is not known: ")
    assert reason in done.err


@pytest.mark.parametrize("kind", BROKEN)
def test_nothing_is_recorded_in_a_broken_pyproject_and_the_reason_is_true(project: Path, kind: str) -> None:
    data, reason = BROKEN[kind]
    (project / "pyproject.toml").write_bytes(data)
    done = preflight("publisher", "--record", cwd=project)
    assert (done.status, done.out) == (2, "")
    assert reason in done.err
    assert "there is no pyproject.toml" not in done.err
    assert (project / "pyproject.toml").read_bytes() == data


def test_a_folder_without_a_project_is_nothing_to_look_at(tmp_path: Path) -> None:
    done = preflight("publisher", cwd=tmp_path)
    assert (done.status, done.out) == (3, "")
    assert done.err == "Nothing to look at was found: no project and no workflow.\n"
