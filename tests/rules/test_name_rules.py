"""Traps of the NAM rules that the name itself decides."""

import subprocess
from pathlib import Path

import pytest
from harness import check_files, check_folder
from hypothesis import given
from hypothesis import strategies as st
from packaging.metadata import Metadata

from preflight.engine.finding import Reported, Severity

HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'


def named(name: str, code: str) -> list[Reported]:
    result = check_files({"pyproject.toml": f'{HATCHLING}[project]\nname = "{name}"\nversion = "1"\n'}, code)
    assert not result.crashed
    return result.findings


@pytest.mark.parametrize("name", ["a", "A", "0", "my-project", "My.Project_2", "a--b", "3d", "a.b-c_d", "X" * 200])
def test_valid_names(name: str) -> None:
    assert named(name, "NAM001") == []


@pytest.mark.parametrize(
    "name",
    ["-a", "a-", ".a", "a.", "_a", "a_", "a b", "a/b", "a@b", "d\u0430ta", "naïve", "１", "a\\n", "a!", "İ", "\u212a"],
)
def test_malformed_names(name: str) -> None:
    (finding,) = named(name, "NAM001")
    assert finding.severity is Severity.ERROR
    assert finding.rejections[0] == "name-invalid"


def test_a_letter_of_another_script_is_named() -> None:
    (finding,) = named("d\u0430ta", "NAM001")
    assert "cyrillic small letter a" in finding.message


def test_an_empty_name_is_a_missing_one() -> None:
    assert named("", "NAM001") == []


@given(st.text(st.sampled_from("aZ0.-_ é/"), min_size=1, max_size=6))
def test_agrees_with_packaging(name: str) -> None:
    refused = _refused_by_packaging(name)
    assert bool(named(name, "NAM001")) == refused


def _refused_by_packaging(name: str) -> bool:
    try:
        Metadata.from_raw({"metadata_version": "2.1", "name": name, "version": "1"})
    except ExceptionGroup:
        return True
    return False


def test_older_clients_mend_names_that_no_backend_checked() -> None:
    for files in (
        {"setup.py": 'from setuptools import setup\nsetup(name="my project", version="1")\n'},
        {"setup.cfg": "[metadata]\nname = my project\nversion = 1\n"},
        {"pyproject.toml": POETRY + '[tool.poetry]\nname = "my project"\nversion = "1"\n'},
    ):
        (finding,) = check_files(files, "NAM001").findings
        assert finding.severity is Severity.WARNING
    (finding,) = check_files({"setup.cfg": "[metadata]\nname = my-\nversion = 1\n"}, "NAM001").findings
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    "name",
    ["statistics", "Xml.DOM", "xml_dom", "osx-support", "thread", "imp", "importlib-metadata", "anydbm", "tomllib"],
)
def test_reserved_names(name: str) -> None:
    (finding,) = named(name, "NAM004")
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    "name", ["toml", "mock", "requests", "xml-dom-more", "-osx-support", "sys.", "dom", "statistics2"]
)
def test_free_names(name: str) -> None:
    assert named(name, "NAM004") == []


def test_a_project_with_release_tags_has_its_name_already(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "importlib_metadata"\nversion = "1"\n')
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "all"], ["tag", "v8.5.0"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    (finding,) = check_folder(tmp_path, "NAM004").findings
    assert finding.severity is Severity.INFO
