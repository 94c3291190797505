"""The indexes that a workspace is uploaded to, and which files are surely meant for them."""

from collections.abc import Mapping

import pytest
from harness import check_files

from preflight.engine.facts import Facts
from preflight.engine.settings import Settings
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.plan.session import facts_of
from preflight.plan.targets import UploadTargets
from preflight.sources.tree import MemoryTree

SECRET = "pass" + "word-of-the-test"


def workflow(*urls: str, skip: str = "") -> str:
    steps = "".join(
        f"      - uses: pypa/gh-action-pypi-publish@release/v1\n        with:\n          repository-url: {url}\n{skip}"
        for url in urls
    )
    return f"on: push\njobs:\n  up:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n    steps:\n{steps}"


def targets(
    files: Mapping[str, str], focus: Focus | None = None, environment: Mapping[str, str] | None = None
) -> UploadTargets:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    workspace = Workspace(tree, focus or Focus(("",)))
    facts: Facts = facts_of(workspace, FACTS, Settings(), {"environment": environment or {}})
    found: UploadTargets = facts.get("upload_targets")
    return found


PYPI, TESTPYPI = "https://upload.pypi.org/legacy/", "https://test.pypi.org/legacy/"
PATH = ".github/workflows/publish.yml"


def test_pypi_is_assumed_where_nothing_is_known() -> None:
    found = targets({"pyproject.toml": ""})
    assert [(each.index, each.assumed, each.title) for each in found.targets] == [("pypi", True, "PyPI")]
    assert found.sends("dist/a")


def test_pypi_comes_first_and_testpypi_beside_it_is_not_certain() -> None:
    found = targets({PATH: workflow(TESTPYPI, "https://index.example/up/", PYPI)})
    assert [(each.index, each.assumed) for each in found.targets] == [
        ("pypi", False),
        ("testpypi", True),
        ("https://index.example/up/", False),
    ]
    assert [each.index for each in found.public] == ["pypi", "testpypi"]
    (alone,) = targets({PATH: workflow(TESTPYPI)}).targets
    assert (alone.index, alone.assumed) == ("testpypi", False)


def test_an_address_is_called_by_its_host_alone() -> None:
    (found,) = targets({PATH: workflow(f"https://me:{SECRET}@index.example/{SECRET}/")}).targets
    assert found.title == "index.example"


def test_a_malformed_address_is_no_target() -> None:
    assert [each.index for each in targets({PATH: workflow("https://[")}).targets] in ([], ["pypi"])


@pytest.mark.parametrize(
    ("focus", "environment", "expected"),
    [
        (Focus(("",)), {}, False),
        (Focus(("",)), {"CI": "true"}, True),
        (Focus(files=("dist/a.whl",)), {}, True),
    ],
)
def test_files_that_are_surely_meant_to_be_sent(focus: Focus, environment: Mapping[str, str], expected: bool) -> None:
    files = {PATH: workflow(PYPI), "dist/a.whl": "", "dist/b.whl": ""}
    assert targets(files, focus, environment).sends("dist/a.whl") is expected


def test_every_upload_must_skip_what_is_there() -> None:
    skip = "          skip-existing: true\n"
    assert targets({PATH: workflow(PYPI, skip=skip)}).targets[0].skips_existing
    both = {PATH: workflow(PYPI, skip=skip), PATH.replace("publish", "other"): workflow(PYPI)}
    assert not targets(both).targets[0].skips_existing
    assert not targets({"pyproject.toml": ""}).targets[0].skips_existing


def test_no_secret_of_an_address_is_shown() -> None:
    from outside import answering, entry, page
    from recipes import build

    address = f"https://me:{SECRET}@index.example/{SECRET}/"
    answers = {f"https://index.example/{SECRET}/simple/demo/": page("demo", entry("demo-1.0.tar.gz", sha256="f" * 64))}
    seeds = answering(answers)
    files = {PATH: workflow(address), "dist/demo-1.0.tar.gz": build("sdist demo 1.0")}
    (finding,) = check_files(files, "VER001", seeds=seeds).findings
    assert SECRET not in finding.message + finding.fix + str(finding.args)
