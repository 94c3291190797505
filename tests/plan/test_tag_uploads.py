"""What a certain tag uploads: conditions are decided for that tag, not for one that looks alike."""

from textwrap import dedent

from preflight.engine.session import Options, load_settings
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.plan.session import facts_of
from preflight.plan.tag_uploads import TagUploads
from preflight.project.git import GitRecord
from preflight.sources.tree import MemoryTree
from tests.plan.planned import PATH, REMOTE

WORKFLOW = """\
on:
  push:
    tags: ["v*"]
  release:
    types: [published]
jobs:
  publish:
    if: {condition}
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
        with:
          repository-url: https://test.pypi.org/legacy/
      - uses: pypa/gh-action-pypi-publish@release/v1
  docs:
    runs-on: ubuntu-latest
    steps:
      - run: mkdocs build
"""


def tag_uploads(condition: str) -> TagUploads:
    text = WORKFLOW.replace("{condition}", condition)
    workspace = Workspace(MemoryTree({PATH: dedent(text).encode()}), Focus(("",)))
    record = GitRecord(remotes=REMOTE, tags=["v1.2.3"], tracked=frozenset((PATH,)))
    settings = load_settings(workspace, Options(isolated=True))
    found: TagUploads = facts_of(workspace, FACTS, settings, {"git": record, "environment": {}}).get("tag_uploads")
    return found


def told(condition: str, tag: str) -> list[tuple[str | None, str, str | None]]:
    found = tag_uploads(condition)
    job = found.planner.workflows.workflows[PATH].jobs["publish"]
    rows = found.of_job(job, tag)
    assert rows is not None
    return [(row.index, row.happens, row.scenario.ref) for row in rows]


def test_a_condition_is_decided_for_the_tag_and_pypi_comes_first() -> None:
    condition = "github.event_name == 'push' && !contains(github.ref, 'rc')"
    ref = "refs/tags/v2.0"
    assert told(condition, "v2.0") == [("pypi", "always", ref), ("testpypi", "always", ref)]
    assert told(condition, "v2.0rc1") == []


def test_what_nothing_decides_stays_open() -> None:
    assert {happens for _, happens, _ in told("vars.PUBLISH == 'yes'", "v2.0")} == {"unknown"}


def test_a_release_starts_it_whatever_the_tag_is_called() -> None:
    assert {ref for _, _, ref in told("github.event_name == 'release'", "2.0")} == {"refs/tags/2.0"}
    assert told("github.event_name == 'push'", "2.0") == []


def test_of_a_job_that_uploads_nothing_the_plan_knows_nothing() -> None:
    found = tag_uploads("always()")
    assert found.of_job(found.planner.workflows.workflows[PATH].jobs["docs"], "v2.0") is None
