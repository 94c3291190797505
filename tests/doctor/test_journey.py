"""The checklist without a log: stages, what the index and GitHub add to it, and the tools that carry the metadata."""

from collections.abc import Mapping
from typing import Any

import pytest
from publishing_workflow import ON_RELEASE

from preflight.credentials.installed import InstalledTool
from preflight.doctor.journey import journey
from preflight.doctor.milestones import Journey, Milestone
from preflight.engine.session import Options, run_check
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.index.github_answers import EnvironmentState, SecretName
from preflight.index.github_facts import SecretLists
from preflight.index.projects import IndexFile, IndexProject
from preflight.index.provenance import ProvenPublisher
from preflight.project.git import GitRecord
from preflight.sources.tree import MemoryTree

PROJECT = """[build-system]
requires = ["hatchling{bound}"]
build-backend = "hatchling.build"

[project]
name = "Sample.Project"
version = "1.2.0"
"""
TOKEN = (
    ON_RELEASE.replace("    permissions:\n      id-token: write\n", "")
    + "        with:\n          password: ${{ secrets.PYPI_TOKEN }}\n"
)


class Indexes:
    """What an index would say."""

    def __init__(self, project: IndexProject, *publishers: ProvenPublisher) -> None:
        self._project = project
        self._publishers = publishers

    def maybe_project(self, index: str, name: str) -> IndexProject:
        assert name == "sample-project"
        return self._project

    def publishers(self, project: IndexProject) -> tuple[IndexFile, tuple[ProvenPublisher, ...]] | None:
        return (project.files[0], self._publishers) if self._publishers else None


def journey_of(workflow: str = ON_RELEASE, bound: str = "", more: str = "", **seeds: Any) -> Journey:
    files: Mapping[str, str] = {
        "pyproject.toml": PROJECT.format(bound=bound) + more,
        ".github/workflows/release.yml": workflow,
    }
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    remote = {"origin": "https://github.com/octo-org/sampleproject"}
    git = GitRecord(remotes=remote, tracked=frozenset(files), texts=dict(files))
    given = {"git": git, "installed_tools": {}, **seeds}
    outcome = run_check(Workspace(tree, Focus(("",))), Options(select=("PUB",)), FACTS, given)
    return journey(outcome, "Sample.Project")


def step(found: Journey, name: str) -> Milestone:
    return next(each for each in found.milestones if each.name == name)


def project(*files: str, exists: bool = True) -> IndexProject:
    return IndexProject("pypi", "sample-project", exists, tuple(map(IndexFile, files)))


def test_offline_the_account_side_stays_open() -> None:
    found = journey_of()
    assert {each.state for each in found.milestones if each.part in ("index", "repository")} == {"unknown"}
    assert all(each.how for each in found.milestones if each.state != "done")


def test_a_free_name_and_a_project_with_releases() -> None:
    free = journey_of(package_indexes=Indexes(project(exists=False)))
    assert (step(free, "name").state, step(free, "first-release").state) == ("done", "unknown")
    assert "is free on PyPI" in step(free, "name").words
    released = journey_of(
        package_indexes=Indexes(project("sample_project-1.1.0.tar.gz", "sample_project-1.0.0.tar.gz"))
    )
    assert (step(released, "first-release").state, step(released, "first-release").words) == (
        "done",
        "A first release: 1.1.0 is the newest of 2",
    )
    empty = journey_of(package_indexes=Indexes(project()))
    assert step(empty, "first-release").state == "missing"


@pytest.mark.parametrize(
    ("workflow", "state", "said"),
    [
        ("release.yml", "done", "it published"),
        ("publish.yml", "unknown", "workflow `publish.yml` instead of `release.yml`"),
    ],
)
def test_the_publisher_of_the_last_release(workflow: str, state: str, said: str) -> None:
    proven = ProvenPublisher("github", "octo-org", "sampleproject", workflow, "pypi")
    found = step(journey_of(package_indexes=Indexes(project("sample_project-1.1.0.tar.gz"), proven)), "publisher")
    assert found.state == state
    assert said in f"{found.words} {found.how}"


URL = '[project.urls]\nSource = "https://github.com/octo-org/sampleproject"\n'


@pytest.mark.parametrize(
    ("owner", "workflow", "more", "state"),
    [
        ("octo-org", "release.yml", "", "done"),
        ("other-org", "release.yml", "", "unknown"),
        ("other-org", "release.yml", URL, "missing"),
        ("other-org", "publish.yml", "", "missing"),
    ],
)
def test_another_repository_is_no_certain_difference_where_the_checkout_may_be_a_fork(
    owner: str, workflow: str, more: str, state: str
) -> None:
    declared = (
        f'[[tool.preflight.publishers]]\nowner = "{owner}"\nrepository = "sampleproject"\nworkflow = "{workflow}"\n'
    )
    found = step(journey_of(more=more + declared), "publisher")
    assert found.state == state
    assert ("This checkout may be a fork" in found.how) is (state == "unknown")


@pytest.mark.parametrize(("there", "state"), [({}, "missing"), ({"pypi": EnvironmentState("pypi", "all")}, "done")])
def test_environments(there: Mapping[str, EnvironmentState], state: str) -> None:
    assert step(journey_of(github_environments=there), "environment").state == state


@pytest.mark.parametrize(("names", "state"), [((), "missing"), (("PYPI_TOKEN",), "done")])
def test_secrets(names: tuple[str, ...], state: str) -> None:
    lists = SecretLists({name: SecretName(name) for name in names}, {}, {"pypi": {}})
    found = journey_of(TOKEN, github_secrets=lists)
    assert found.stage == "token"
    assert (step(found, "secret").state, step(found, "secret").words) == (state, "The secret `PYPI_TOKEN` is set")
    if state == "missing":
        assert "gh secret set PYPI_TOKEN" in found.next


def at(ref: str) -> str:
    return ON_RELEASE.replace("release/v1", ref)


@pytest.mark.parametrize(
    ("ref", "bound", "state"),
    [
        ("release/v1", ">=1.32", "done"),
        ("v1.14.2", ">=1.32", "done"),
        ("v1.12.4", ">=1.32", "missing"),
        ("v1.12.4", "", "unknown"),
        ("v1.12.4", "<1.32", "done"),
        ("76f52bc884231f62b9a034ebfe128415bbaabdfc", ">=1.32", "missing"),
    ],
)
def test_the_pinned_action_beside_what_the_backend_writes(ref: str, bound: str, state: str) -> None:
    found = step(journey_of(at(ref), bound), "action")
    assert found.state == state
    if ref.startswith("76f5"):
        assert "release 1.12.4" in found.words


@pytest.mark.parametrize(
    ("version", "packaging", "bound", "state"),
    [
        ("7.0.0", "26.2", ">=1.32", "done"),
        ("6.1.0", "25.0", ">=1.32", "missing"),
        ("6.1.0", "25.0", "", "unknown"),
        ("6.1.0", "25.0", "==1.27.0", "done"),
        ("6.1.0", "24.0", "==1.27.0", "missing"),
    ],
)
def test_twine_on_this_machine_with_the_packaging_beside_it(
    version: str, packaging: str, bound: str, state: str
) -> None:
    twine = InstalledTool("twine", version, "~/bin/twine", "~", {"packaging": packaging})
    assert step(journey_of(bound=bound, installed_tools={"twine": twine}), "twine").state == state
