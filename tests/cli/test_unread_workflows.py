"""`plan` and `publisher` name a workflow that cannot be read instead of saying that there is none."""

import json
from pathlib import Path

import pytest
from cli.command import preflight
from publishing_workflow import ON_RELEASE

BROKEN = "on:\n  push:\n tags: [v1\njobs:\n"
FOLDER = Path(".github", "workflows")
PROJECT = '[project]\nname = "sampleproject"\nversion = "1.0"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / FOLDER / "publish.yml").write_text(BROKEN)
    return tmp_path


@pytest.mark.parametrize("command", ["plan", "publisher"])
def test_the_only_workflow_cannot_be_read(project: Path, command: str) -> None:
    done = preflight(command, cwd=project)
    assert done.status == 3
    assert "`.github/workflows/publish.yml` cannot be read (line 3): " in done.err
    assert "no workflow or pipeline" not in done.err


@pytest.mark.parametrize("command", ["plan", "publisher"])
def test_one_beside_those_that_can_be_read(project: Path, command: str) -> None:
    (project / FOLDER / "release.yml").write_text(ON_RELEASE)
    done = preflight(command, "--output-format", "json", cwd=project)
    assert done.status == 0
    assert "publish.yml` cannot be read" in done.err
    assert json.loads(done.out)["schema"] == 1
    of_the_other = preflight("plan", str(FOLDER / "release.yml"), cwd=project)
    assert (of_the_other.status, of_the_other.err) == (0, "")


@pytest.mark.parametrize("command", ["plan", "publisher"])
def test_a_workflow_in_another_encoding(project: Path, command: str) -> None:
    (project / FOLDER / "publish.yml").write_bytes(ON_RELEASE.encode("utf-16"))
    done = preflight(command, cwd=project)
    assert done.status == 3
    assert "`.github/workflows/publish.yml` cannot be read: it is encoded in UTF-16; save it as UTF-8." in done.err


@pytest.mark.parametrize("command", ["plan", "publisher"])
def test_a_broken_pipeline(tmp_path: Path, command: str) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / ".gitlab-ci.yml").write_text("publish:\n  script: [twine upload\n")
    done = preflight(command, cwd=tmp_path)
    assert done.status == 3
    assert "`.gitlab-ci.yml` cannot be read (line " in done.err
