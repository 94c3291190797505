"""WFL038 and the tags of WFL003: what GitHub has released and tagged, beside what PyPI has."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from index.github_api import HOME, check_online, repository
from index.platform_server import PlatformServer, platform_server
from index.test_github_rules import PYPROJECT, RELEASE, TAGS, TRUSTED
from outside import INSTANT, entry, page

from preflight.engine.finding import Reported, Severity

HOUR = 3600
SIMPLE = "application/vnd.pypi.simple.v1+json"
PUSHED = f"{HOME}/git/matching-refs/tags"


def release(tag: str, *, hours: float = 48, by: str = "octocat", **more: Any) -> dict[str, Any]:
    """REST API, "List releases": one that was published so many hours before the time of these tests."""
    published = datetime.fromtimestamp(INSTANT - hours * HOUR, UTC)
    return {
        "id": 1,
        "tag_name": tag,
        "name": None,
        "draft": False,
        "prerelease": False,
        "created_at": "2020-01-01T00:00:00Z",
        "published_at": f"{published:%Y-%m-%dT%H:%M:%SZ}",
        "author": {"login": by, "type": "User"},
        **more,
    }


def tags(*names: str) -> list[dict[str, Any]]:
    """REST API, "List matching references"."""
    return [{"ref": f"refs/tags/{name}", "object": {"type": "commit", "sha": "0" * 40}} for name in names]


@pytest.fixture(name="server")
def _server() -> Iterator[PlatformServer]:
    with platform_server() as server:
        server.answer(HOME, repository())
        uploaded(server, entry("sampleproject-0.9.tar.gz", days=30))
        yield server


def uploaded(server: PlatformServer, *files: Mapping[str, object]) -> None:
    server.answer("/simple/sampleproject/", page("sampleproject", *files), headers={"content-type": SIMPLE})


def find(
    server: PlatformServer,
    code: str,
    on: str,
    *releases: object,
    environment: Mapping[str, str] | None = None,
    **more: Any,
) -> list[Reported]:
    if releases:
        server.answer(f"{HOME}/releases", list(releases))
    files = {"pyproject.toml": PYPROJECT, ".github/workflows/publish.yml": TRUSTED.format(on=on)}
    seeds = {"clock": INSTANT, **({"environment": environment} if environment is not None else {})}
    result = check_online(server, files, code, seeds=seeds, **more)
    assert not result.crashed, [each.message for each in result.findings]
    return [each for each in result.findings if each.code == code]


@pytest.mark.parametrize("on", [RELEASE, TAGS, f"{RELEASE}\n{TAGS}"])
def test_a_release_that_did_not_arrive(server: PlatformServer, on: str) -> None:
    (found,) = find(server, "WFL038", on, release("v0.9", hours=900), release("v1.0"))
    assert found.severity is Severity.WARNING
    assert found.message.startswith("release `v1.0` of ")
    assert found.message.endswith(
        " is on GitHub, and PyPI has no sampleproject 1.0, though `publish.yml` publishes on it"
    )


def test_a_first_release_that_did_not_arrive(server: PlatformServer) -> None:
    server.answer("/simple/sampleproject/", {"message": "Not Found"}, status=404)
    assert len(find(server, "WFL038", RELEASE, release("v1.0"))) == 1


@pytest.mark.parametrize(("on", "said"), [(RELEASE, True), (TAGS, False)])
def test_a_release_made_with_the_token_of_a_run(server: PlatformServer, on: str, said: bool) -> None:
    """It starts no workflow for its release; a tag may have been pushed before it by a person."""
    (found,) = find(server, "WFL038", on, release("v1.0", by="github-actions[bot]"))
    assert ("GITHUB_TOKEN" in found.message) == said


@pytest.mark.parametrize(
    "releases",
    [
        [release("v1.0", hours=0.5)],
        [release("v1.0", draft=True)],
        [release("v1.0", published_at=None)],
        [release("v0.9")],
        [release("v0.8"), release("v1.0", hours=900)],
        [release("docs-1")],
        [release("v1")],
        [release("v1.0", hours=24 * 40)],
        [],
    ],
    ids=["fresh", "draft", "unpublished", "arrived", "older", "docs", "moving", "before-the-last-upload", "none"],
)
def test_nothing_is_said(server: PlatformServer, releases: list[object]) -> None:
    server.answer(f"{HOME}/releases", releases)
    uploaded(server, entry("sampleproject-0.9.tar.gz", days=30), entry("sampleproject-0.8.tar.gz", days=90))
    assert find(server, "WFL038", RELEASE) == []


def test_what_is_higher_on_the_index_says_that_the_release_was_not_meant_for_it(server: PlatformServer) -> None:
    uploaded(server, entry("sampleproject-1.1.tar.gz", days=30))
    assert find(server, "WFL038", RELEASE, release("v1.0")) == []


def test_the_run_of_the_release_itself_is_still_at_it(server: PlatformServer) -> None:
    environment = {"PATH": "", "GITHUB_TOKEN": "t", "GITHUB_REF": "refs/tags/v1.0"}
    assert find(server, "WFL038", RELEASE, release("v1.0"), environment=environment) == []


@pytest.mark.parametrize(
    "on", ["  release:\n    types: [created]", '  push:\n    tags: ["release-*"]', "  workflow_dispatch:"]
)
def test_what_the_release_does_not_start_is_for_other_rules(server: PlatformServer, on: str) -> None:
    assert find(server, "WFL038", on, release("v1.0")) == []


def test_a_pre_release_is_not_released(server: PlatformServer) -> None:
    only = "  release:\n    types: [{}]"
    assert find(server, "WFL038", only.format("released"), release("v1.0", prerelease=True)) == []
    assert len(find(server, "WFL038", only.format("published"), release("v1.0", prerelease=True))) == 1


def test_a_condition_that_the_tag_does_not_meet_says_that_it_was_not_meant_for_the_index(
    server: PlatformServer,
) -> None:
    server.answer(f"{HOME}/releases", [release("v1.0")])
    workflow = TRUSTED.format(on=TAGS).replace("    runs-on", "    if: endsWith(github.ref, '.1')\n    runs-on")
    files = {"pyproject.toml": PYPROJECT, ".github/workflows/publish.yml": workflow}
    result = check_online(server, files, "WFL038", seeds={"clock": INSTANT})
    assert [each for each in result.findings if each.code == "WFL038"] == []
    server.answer(f"{HOME}/releases", [release("v1.1")])
    result = check_online(server, files, "WFL038", seeds={"clock": INSTANT})
    assert [each.code for each in result.findings if each.code == "WFL038"] == ["WFL038"]


@pytest.mark.parametrize(
    "answer", [{"message": "Not Found"}, [1], "x", [{"tag_name": 1, "published_at": "2026-01-01T00:00:00Z"}]]
)
def test_another_answer_says_nothing(server: PlatformServer, answer: object) -> None:
    server.answer(f"{HOME}/releases", answer)
    assert find(server, "WFL038", RELEASE) == []


# ── tags ──


def test_a_tag_that_did_not_arrive_in_a_repository_without_releases(server: PlatformServer) -> None:
    server.answer(f"{HOME}/releases", [])
    server.answer(PUSHED, tags("v0.10", "v0.9", "v1.0"))
    (found,) = find(server, "WFL038", TAGS, tags=())
    assert found.severity is Severity.INFO
    assert (
        found.message
        == "tag `v1.0` is higher than all that PyPI has of sampleproject, though `publish.yml` publishes on it"
    )


@pytest.mark.parametrize(("workflow", "count"), [(TRUSTED.format(on=TAGS), 1), ("on: push\n", 0)])
def test_a_tag_of_the_checkout_that_has_the_workflow(server: PlatformServer, workflow: str, count: int) -> None:
    """With another workflow at the tag, that is what the matter is (WFL036)."""
    server.answer(f"{HOME}/releases", [])
    at_tags = {"v1.0": {".github/workflows/publish.yml": workflow}}
    assert len(find(server, "WFL038", TAGS, at_tags=at_tags)) == count
    assert PUSHED not in server.paths()


def test_tags_that_are_not_shown_say_nothing(server: PlatformServer) -> None:
    server.answer(f"{HOME}/releases", [])
    assert find(server, "WFL038", TAGS, tags=()) == []


def test_a_filter_beside_the_tags_of_github(server: PlatformServer) -> None:
    """A shallow checkout, as CI makes it, has no tags to compare with."""
    on = '  push:\n    tags: ["release-*"]'
    assert find(server, "WFL003", on, tags=()) == []
    server.answer(PUSHED, tags("v0.10", "v0.9", "v0.11", "nightly"))
    (found,) = find(server, "WFL003", on, tags=())
    assert found.args["tag"] == "v0.11"
