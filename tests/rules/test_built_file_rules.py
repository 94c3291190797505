"""Traps of the rules about built files, and how a finding on a built file goes together with that on the project."""

import pytest
from attestations import PROVENANCE, attestation, github_claims
from harness import check_files
from recipes import build

from preflight.engine.finding import Reported, Severity
from preflight.engine.workspace import Focus

WHEEL = "dist/demo-1.0-py3-none-any.whl"
SDIST = "dist/demo-1.0.tar.gz"
PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "demo"
version = "1.0"
"""


def findings(files: dict[str, str], *select: str, focus: Focus | None = None) -> list[Reported]:
    """Findings over files; those in dist/ are recipes but for attestations."""
    built: dict[str, str | bytes] = {
        path: build(text) if path.startswith("dist/") and not path.endswith((".attestation", ".txt", ".json")) else text
        for path, text in files.items()
    }
    result = check_files(built, *select, focus=focus)
    assert not result.crashed, [finding.message for finding in result.findings]
    return result.findings


@pytest.mark.parametrize(
    ("code", "path", "recipe"),
    [
        (
            "WHL001",
            "dist/my_pkg-1.0.0-py3-none-any.whl",
            "wheel my_pkg 1.0.0\nmetadata Name: My.Pkg\nmetadata Version: 1.0",
        ),
        ("WHL002", "dist/demo-1.0-py3-none-linux_armv7l.whl", "wheel demo 1.0"),
        ("WHL003", "dist/demo-1.0-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "wheel demo 1.0"),
        ("WHL003", "dist/demo-1.0-cp39-abi3-macosx_10_9_universal2.whl", "wheel demo 1.0"),
        ("WHL003", "dist/demo-1.0-py3-none-ANY.whl", "wheel demo 1.0"),
        (
            "WHL005",
            WHEEL,
            "wheel demo 1.0\nfile demo-1.0.dist-info/RECORD.jws = x\nrecord: without demo-1.0.dist-info/RECORD.jws",
        ),
        (
            "WHL007",
            WHEEL,
            "wheel demo 1.0\nfile demo-1.0.dist-info/entry_points.txt = [plugins]\\nmy plugin/x = demo\\n",
        ),
        (
            "WHL007",
            WHEEL,
            "wheel demo 1.0\nfile demo-1.0.dist-info/entry_points.txt = [console_scripts]\\ndémo = demo:x%y\\n",
        ),
        ("WHL008", WHEEL, "wheel demo 1.0\nfile demo-1.0.dist-info/entry_points.txt = [plugins]\\nx = demo\\n"),
        ("WHL009", WHEEL, "wheel demo 1.0\nfile demo/_vendor/x-1.dist-info/METADATA = Name: x"),
        ("WHL009", WHEEL, "wheel demo 1.0\nfile demo-1.0.data/scripts/run = x"),
        ("WHL010", WHEEL, "wheel demo 1.0\ndrop demo/__init__.py\nmetadata Requires-Dist: requests"),
        ("WHL010", WHEEL, "wheel demo 1.0\ndrop demo/__init__.py\nfile demo-1.0.data/data/share/x = x"),
        ("WHL011", "dist/tests-1.0-py3-none-any.whl", "wheel tests 1.0"),
        (
            "WHL013",
            WHEEL,
            "wheel demo 1.0\ndrop demo/__init__.py\nfile demo.py = x = 1\nmetadata Classifier: Typing :: Typed",
        ),
        ("SDT001", "dist/demo-1.0.post1.tar.gz", "sdist demo 1.0.post1\nmetadata Version: 1.0-1"),
        ("SDT001", "dist/demo-1!2.0.tar.gz", "sdist demo 1!2.0"),
        ("SDT003", SDIST, "sdist demo 1.0\nfile demo-1.0/a/PKG-INFO = x"),
        ("SDT006", SDIST, "sdist demo 1.0\ndrop demo-1.0/pyproject.toml\nfile demo-1.0/setup.py = x"),
        ("MET003", WHEEL, "wheel demo 1.0\nmetadata License-File: LICENSE"),
        ("ARC005", WHEEL, "wheel demo 1.0\nmetadata License-File: LICENSE"),
        ("VER007", "dist/demo-1.0.dev1-py3-none-any.whl", "wheel demo 1.0.dev1"),
        ("VER006", WHEEL, "wheel demo 1.0\nmetadata Version: v1.0.0-beta.2"),
    ],
)
def test_what_is_right_stays_silent(code: str, path: str, recipe: str) -> None:
    assert findings({path: recipe}, code) == []


def test_an_sdist_of_another_version_than_its_name() -> None:
    (found,) = findings({"dist/demo-2.0.tar.gz": "sdist demo 1.0"}, "SDT001")
    assert "demo-1.0.tar.gz" in found.message


def test_the_dash_of_a_post_release_is_no_part_of_the_name() -> None:
    files = {"dist/demo-1.0-1.tar.gz": "sdist demo 1.0.post1"}
    (found,) = findings(files, "SDT001", "ARC003")
    assert found.code == "SDT001"


def test_an_empty_line_in_record_is_a_server_error() -> None:
    recipe = "wheel demo 1.0\nfile demo-1.0.dist-info/RECORD = demo/__init__.py,,\\n\\n"
    (found,) = findings({WHEEL: recipe}, "WHL006")
    assert found.place is not None and (found.place.source.member, found.place.line) == ("demo-1.0.dist-info/RECORD", 2)


def test_a_misspelt_folder_is_reported_once() -> None:
    recipe = "wheel My_Pkg 1.0\nmetadata Name: my-pkg"
    found = findings({"dist/my_pkg-1.0-py3-none-any.whl": recipe}, "WHL", "ARC")
    assert [each.code for each in found] == ["WHL004"]


def test_one_problem_of_project_and_built_files_is_told_once() -> None:
    files = {
        "pyproject.toml": PROJECT + 'classifiers = ["Programming Language :: Python :: 9"]\n',
        WHEEL: "wheel demo 1.0\nmetadata Classifier: Programming Language :: Python :: 9",
        SDIST: "sdist demo 1.0\nmetadata Classifier: Programming Language :: Python :: 9",
    }
    (found,) = findings(files, "MET010")
    assert found.place is not None and found.place.source.path == "pyproject.toml"
    assert found.edits or found.related
    assert [(note.place.source.path, note.message) for note in found.related] == [
        (WHEEL, "built into this file"),
        (SDIST, "built into this file"),
    ]


def test_a_built_file_alone_points_to_where_it_comes_from() -> None:
    files = {
        "pyproject.toml": PROJECT + 'classifiers = ["Programming Language :: Python :: 9"]\n',
        WHEEL: "wheel demo 1.0\nmetadata Classifier: Programming Language :: Python :: 9",
    }
    (found,) = findings(files, "MET010", focus=Focus(files=(WHEEL,)))
    assert found.place is not None and found.place.source.path == WHEEL
    assert [note.place.source.path for note in found.related] == ["pyproject.toml"]
    assert found.edits == ()


def test_what_only_the_built_file_has_stays_its_own() -> None:
    files = {
        "pyproject.toml": PROJECT + 'classifiers = ["Programming Language :: Python :: 9"]\n',
        WHEEL: "wheel demo 1.0\nmetadata Classifier: Programming Language :: Python :: 8",
    }
    assert {each.place.source.path for each in findings(files, "MET010") if each.place} == {"pyproject.toml", WHEEL}


def test_a_surer_verdict_on_the_built_file_is_taken_over() -> None:
    setup = 'from setuptools import setup\nsetup(name="my project", version="1.0")\n'
    recipe = "wheel my_project 1.0\nmetadata Name: my project"
    (found,) = findings({"setup.py": setup, "dist/my_project-1.0-py3-none-any.whl": recipe}, "NAM001")
    assert found.place is not None and found.place.source.path == "setup.py"
    assert found.severity is Severity.ERROR


def test_the_error_in_a_readme_is_shown_in_the_readme() -> None:
    text = "Title\n=====\n\n:nonsense:`role`\n"
    files = {
        "pyproject.toml": PROJECT + 'readme = "README.rst"\n',
        "README.rst": text,
        WHEEL: "wheel demo 1.0\nmetadata Description-Content-Type: text/x-rst\nbody Title\\n=====\\n\\n:nonsense:`role`\\n",
    }
    (found,) = findings(files, "MET021")
    assert found.place is not None and (found.place.source.path, found.place.line) == ("README.rst", 4)
    (alone,) = findings({WHEEL: files[WHEEL]}, "MET021")
    assert alone.place is not None and alone.place.source.member is not None
    assert alone.place.source.line(alone.place.line) == ":nonsense:`role`"


def test_edits_never_touch_an_archive() -> None:
    recipe = "wheel demo 1.0\nmetadata Description-Content-Type: markdown\nmetadata Requires-Python: ^3.9"
    found = findings({WHEEL: recipe}, "MET")
    assert found and not any(each.edits for each in found)


def test_headers_that_twine_does_not_send_are_warnings() -> None:
    found = findings({WHEEL: "wheel demo 1.0\nmetadata X-Own: 1"}, "MET005")
    assert [(each.severity, each.args["key"]) for each in found] == [(Severity.WARNING, "X-Own")]


def test_files_of_a_folder_and_files_that_are_named() -> None:
    files = {WHEEL: "wheel demo 1.0", "dist/demo-0.9-py3-none-any.whl": "wheel demo 0.9"}
    assert [each.code for each in findings(files, "BLD006", "SDT007")] == ["BLD006", "SDT007", "SDT007"]
    assert findings(files, "BLD006", "SDT007", focus=Focus(files=tuple(files))) == []


@pytest.mark.parametrize(
    "name", [".gitignore", "demo-1.0-py3-none-any.whl.asc", "demo-1.0-py3-none-any.whl.publish.attestation"]
)
def test_what_may_lie_in_dist(name: str) -> None:
    built: dict[str, str | bytes] = {WHEEL: build("wheel demo 1.0"), f"dist/{name}": "x"}
    assert check_files(built, "BLD005").findings == []


def test_a_stray_file_is_an_error_only_where_twine_sends_the_folder() -> None:
    (found,) = findings({WHEEL: "wheel demo 1.0", "dist/notes.txt": "x"}, "BLD005")
    assert found.severity is Severity.WARNING


def test_two_spellings_of_one_version_are_one_release() -> None:
    files = {"dist/demo-1.54.tar.gz": "sdist demo 1.54", "dist/demo-1.54.0.tar.gz": "sdist demo 1.54.0"}
    assert [each.code for each in findings(files, "SDT004")] == ["SDT004"]
    other = {"dist/demo-1.54.tar.gz": "sdist demo 1.54", "dist/demo-1.55.tar.gz": "sdist demo 1.55"}
    assert findings(other, "SDT004") == []


PUBLISHERS = (
    PROJECT
    + '[[tool.preflight.publishers]]\nowner = "octo-org"\nrepository = "demo"\nworkflow = "release.yml"\nenvironment = "pypi"\n'
)


@pytest.mark.parametrize(
    ("repository", "workflow", "rejection"),
    [
        ("octo-org/demo", "release.yml", None),
        ("Octo-Org/demo", "release.yml", "attest-source-repo"),
        ("octo-org/demo", "ci.yml", "attest-build-config"),
    ],
)
def test_who_signed(repository: str, workflow: str, rejection: str | None) -> None:
    text = attestation("demo-1.0-py3-none-any.whl", "0", claims=github_claims(repository, workflow))
    files = {"pyproject.toml": PUBLISHERS, WHEEL: "wheel demo 1.0", f"{WHEEL}.publish.attestation": text}
    assert [each.rejections for each in findings(files, "ATT004")] == ([(rejection,)] if rejection else [])


def test_a_right_pair_of_attestations() -> None:
    from hashlib import sha256

    digest = sha256(build("wheel demo 1.0")).hexdigest()
    name = "demo-1.0-py3-none-any.whl"
    files = {
        WHEEL: "wheel demo 1.0",
        f"{WHEEL}.publish.attestation": attestation(name, digest),
        f"{WHEEL}.slsa.attestation": attestation("Demo-1.0.0-py3-none-any.whl", digest, predicate=PROVENANCE),
    }
    assert findings(files, "ATT") == []


def test_missing_subpackages() -> None:
    sdist = "sdist demo 1.0\nfile demo-1.0/src/demo/a/__init__.py =\nfile demo-1.0/src/demo/a/b/__init__.py =\nfile demo-1.0/src/demo/tests/__init__.py ="
    (found,) = findings({WHEEL: "wheel demo 1.0", SDIST: sdist}, "WHL012")
    assert found.args["packages"] == ["demo.a"]
