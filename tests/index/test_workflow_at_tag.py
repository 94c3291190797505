"""The workflow at the newest release tag beside the one in the checkout."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from harness import check_files
from outside import answering, entry, page
from publishing_workflow import ON_RELEASE, PATH

from preflight.engine.finding import Reported, Severity
from preflight.project.git import GitCommand, GitRecord

BROKEN = ON_RELEASE.replace("    permissions:\n      id-token: write\n", "")
SIMPLE = "https://pypi.org/simple/sampleproject/"
RELEASED = page("sampleproject", entry("sampleproject-0.9-py3-none-any.whl"))


def find(
    at_tags: Mapping[str, Mapping[str, str]], project: object = RELEASED, tags: tuple[str, ...] = ("v1.0", "v0.9")
) -> list[Reported]:
    files = {"pyproject.toml": '[project]\nname = "sampleproject"\nversion = "1.0"\n', PATH: ON_RELEASE}
    git = GitRecord(tags=tags, tracked=frozenset(files), texts=files, at_tags=at_tags)
    result = check_files(files, "WFL036", git=git, seeds=answering({SIMPLE: project}))
    assert not result.crashed, [each.message for each in result.findings]
    return [each for each in result.findings if each.code == "WFL036"]


def test_a_fix_made_since_the_tag_is_not_in_its_run() -> None:
    (found,) = find({"v1.0": {PATH: BROKEN}})
    assert found.severity is Severity.INFO
    assert found.message == (
        "`v1.0` is not on PyPI, and its `.github/workflows/publish.yml` is not the one here: to re-run what it started repeats the workflow of the tag"
    )


def test_a_tag_without_the_workflow_starts_nothing_by_it() -> None:
    (found,) = find({})
    assert "holds no `.github/workflows/publish.yml`" in found.message


def test_a_first_release_that_failed_is_not_on_the_index_either() -> None:
    assert len(find({"v1.0": {PATH: BROKEN}}, project=404)) == 1


@pytest.mark.parametrize("there", [ON_RELEASE, ON_RELEASE.replace("\n", "\r\n")])
def test_the_same_workflow_is_none_of_its_business(there: str) -> None:
    assert find({"v1.0": {PATH: there}}) == []


def test_a_tag_that_was_released_is_past() -> None:
    released = page("sampleproject", entry("sampleproject-1.0-py3-none-any.whl"))
    assert find({"v1.0": {PATH: BROKEN}}, project=released) == []


@pytest.mark.parametrize("tags", [(), ("docs-3",), ("v1",), ("nightly",)])
def test_tags_that_number_no_release_say_nothing(tags: tuple[str, ...]) -> None:
    assert find({tag: {PATH: BROKEN} for tag in tags}, tags=tags) == []


def test_git_gives_the_text_at_a_tag(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--quiet")
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "file.txt").write_text("then\n")
    (folder / "bytes.bin").write_bytes(b"\xff\xfe")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    git("tag", "v1.0")
    (folder / "file.txt").write_text("now\n")
    command = GitCommand(folder)
    assert command.text_at("v1.0", "file.txt") == "then\n"
    assert command.text_at("v1.0", "bytes.bin") is None
    assert command.text_at("v1.0", "missing.txt") is None
    assert command.text_at("v2.0", "file.txt") is None
