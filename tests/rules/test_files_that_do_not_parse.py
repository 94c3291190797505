"""PRJ006 and the pipelines of WFL021: a setup.cfg or .gitlab-ci.yml that its reader refuses, and what only looks like one."""

from configparser import Error, RawConfigParser

import pytest
from harness import check_files
from hypothesis import given
from hypothesis import strategies as st

from preflight.engine.finding import Severity
from preflight.project.git import GitRecord

SETUPTOOLS = '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n'
HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
IN_TREE = SETUPTOOLS.replace("setuptools.build_meta", "setuptools.build_meta:x") + 'backend-path = ["tools"]\n'
TWICE = "[metadata]\nname = demo\nversion = 1\nversion = 2\n"


def of_setup_cfg(text: str, **files: str) -> list[Severity]:
    found = check_files({"pyproject.toml": SETUPTOOLS, **files, "setup.cfg": text}, "PRJ006").findings
    return [each.severity for each in found]


@pytest.mark.parametrize("text", [TWICE, "version = 1\n", "[metadata]\nversion\n", "[a]\n[b]\n[a]\n", "\ufeff[a]\n"])
def test_what_setuptools_refuses(text: str) -> None:
    assert of_setup_cfg(text) == [Severity.ERROR]
    without = check_files({"setup.py": "from setuptools import setup\nsetup()\n", "setup.cfg": text}, "PRJ006")
    assert [each.severity for each in without.findings] == [Severity.ERROR]


def test_both_places_of_what_is_written_twice_are_shown() -> None:
    (finding,) = check_files({"pyproject.toml": SETUPTOOLS, "setup.cfg": TWICE}, "PRJ006").findings
    assert (
        finding.message == "setuptools cannot read setup.cfg: option `version` is written twice in section `metadata`"
    )
    assert [(each.place.line, each.message) for each in finding.related] == [(3, "first written here")]


def test_letter_case_makes_another_option() -> None:
    assert of_setup_cfg("[metadata]\nname = demo\nName = demo\n") == []


def test_other_backends_do_not_read_the_file() -> None:
    assert of_setup_cfg(TWICE, **{"pyproject.toml": HATCHLING}) == []
    assert of_setup_cfg(TWICE, **{"pyproject.toml": IN_TREE}) == [Severity.WARNING], "the backend is the project's own"


@given(
    st.lists(
        st.sampled_from(
            ["[a]", "[A]", "[a", "x = 1", "X = 1", "y: 2", "  z", "z", "", "# c", "=", " = 1", "[]", "[a] b"]
        ),
        max_size=7,
    )
)
def test_it_speaks_where_the_standard_library_refuses(lines: list[str]) -> None:
    text = "\n".join(lines)
    parser = RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
        refused = False
    except Error:
        refused = True
    assert bool(of_setup_cfg(text)) is refused


def of_pipeline(text: str, remote: str = "https://gitlab.com/ada/demo.git") -> list[tuple[str, Severity]]:
    record = GitRecord(remotes={"origin": remote}, tracked=frozenset({".gitlab-ci.yml"}))
    found = check_files({".gitlab-ci.yml": text}, "WFL021", git=record).findings
    return [(each.message, each.severity) for each in found]


def test_a_pipeline_that_is_no_yaml() -> None:
    broken = "publish:\n  script:\n    - echo: a: b\n    - twine upload dist/*\n"
    ((message, severity),) = of_pipeline(broken)
    assert message.startswith("`.gitlab-ci.yml` is no YAML that GitLab can read: found `:` where no key can be")
    assert severity is Severity.ERROR
    ((_, elsewhere),) = of_pipeline(broken, "https://github.com/ada/demo.git")
    assert elsewhere is Severity.WARNING, "what GitHub holds runs on GitLab only where that mirrors it"
    assert [each for _, each in of_pipeline("test:\n  script:\n    - echo: a: b\n")] == [Severity.WARNING]


@pytest.mark.parametrize(
    "text",
    [
        "publish:\n  script:\n    - !reference [.build, script]\n    - twine upload dist/*\n",
        "publish:\n  script: twine upload dist/*\n  script: uv publish\n",
        ".a: &a {image: python}\npublish:\n  <<: *a\n  script: twine upload dist/*\n",
        "spec:\n  inputs:\n    where:\n---\npublish:\n  script: twine upload dist/*\n",
        "\ufeffpublish:\n  script: twine upload dist/*\n",
    ],
)
def test_what_gitlab_reads_is_not_spoken_of(text: str) -> None:
    assert of_pipeline(text) == []
