"""`preflight check -`: what an editor holds and has not saved, judged as the file it will be."""

import shutil
from pathlib import Path

import pytest
from cli.command import ROOT, preflight

from preflight.sources.text import MAX_TEXT_BYTES

WORKFLOW = ".github/workflows/publish.yml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "fixtures/fastorm", tmp_path / "fastorm")
    return tmp_path / "fastorm"


def broken(project: Path) -> str:
    return (project / WORKFLOW).read_text().replace("environment: release", "environment: pypi", 1)


def test_content_replaces_the_file(project: Path) -> None:
    before = (project / WORKFLOW).read_bytes()
    done = preflight(
        "check", "-", "--stdin-filename", WORKFLOW, "--output-format", "concise", cwd=project, stdin=broken(project)
    )
    assert done.status == 1
    assert done.out.startswith(f"{WORKFLOW}:47:5: error[PUB003]")
    assert (project / WORKFLOW).read_bytes() == before


def test_name_from_another_folder(project: Path) -> None:
    named = f"fastorm/{WORKFLOW}"
    done = preflight(
        "check", "-", "--stdin-filename", named, "--output-format", "concise", cwd=project.parent, stdin=broken(project)
    )
    assert done.out.startswith(f"{named}:47:5: error[PUB003]")


def test_file_that_does_not_exist_yet(project: Path) -> None:
    done = preflight("check", "-", "--stdin-filename", ".github/workflows/new.yml", cwd=project, stdin="on: [\n")
    assert "WFL021" in done.out


def test_fix_prints_the_mended_content_and_writes_nothing(project: Path) -> None:
    wanted = (project / WORKFLOW).read_text()
    (project / WORKFLOW).write_text("name: something else\n")
    content = wanted.replace("environment: release", "environment: pypi", 1)
    done = preflight("check", "-", "--stdin-filename", WORKFLOW, "--fix", cwd=project, stdin=content)
    assert (done.out, done.status) == (wanted, 0)
    assert "PUB003" in done.err
    assert (project / WORKFLOW).read_text() == "name: something else\n"


def test_fix_leaves_other_files_to_themselves(project: Path) -> None:
    (project / "pyproject.toml").write_text((project / "pyproject.toml").read_text().replace('"MIT"', '"mit"', 1))
    content = (project / WORKFLOW).read_text()
    done = preflight("check", "-", "--stdin-filename", WORKFLOW, "--fix", cwd=project, stdin=content)
    assert done.out == content
    assert "Fixed" not in done.err


def test_diff(project: Path) -> None:
    done = preflight("check", "-", "--stdin-filename", WORKFLOW, "--diff", cwd=project, stdin=broken(project))
    assert "-    environment: pypi\n+    environment: release\n" in done.out


@pytest.mark.parametrize("arguments", [["-"], [".", "-", "--stdin-filename", WORKFLOW], ["--stdin-filename", WORKFLOW]])
def test_wrong_use(project: Path, arguments: list[str]) -> None:
    done = preflight("check", *arguments, cwd=project, stdin="")
    assert (done.status, done.out) == (2, "")
    assert "stands alone and goes with --stdin-filename" in done.err


def test_folder_that_does_not_exist(project: Path) -> None:
    done = preflight("check", "-", "--stdin-filename", "nowhere/pyproject.toml", cwd=project, stdin="")
    assert done.status == 2
    assert "the folder of 'nowhere/pyproject.toml' does not exist" in done.err


def test_fix_loses_nothing_of_what_is_too_long_to_be_read(project: Path) -> None:
    content = "name: long\n" + f"# {'x' * 97}\n" * (MAX_TEXT_BYTES // 100 + 1000)
    done = preflight("check", "-", "--stdin-filename", WORKFLOW, "--fix", cwd=project, stdin=content)
    assert len(done.out) == len(content)
