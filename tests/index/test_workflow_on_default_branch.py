"""WFL037: what GitHub starts only from the default branch, and what needs no file there."""

from collections.abc import Iterator

import pytest
from index.github_api import HOME, repository
from index.platform_server import PlatformServer, platform_server
from index.test_github_rules import BY_HAND, RELEASE, TAGS, TRUSTED, find

CONTENTS = f"{HOME}/contents/.github/workflows"


@pytest.fixture(name="server")
def _server() -> Iterator[PlatformServer]:
    with platform_server() as server:
        server.answer(HOME, repository())
        yield server


@pytest.mark.parametrize(
    "on", [BY_HAND, f"{RELEASE}\n{BY_HAND}", "  schedule:\n    - cron: 0 3 * * 1", "  repository_dispatch:"]
)
def test_missing(server: PlatformServer, on: str) -> None:
    server.answer(CONTENTS, [{"name": "tests.yml", "type": "file"}, {"name": "publish.yml", "type": "dir"}])
    [finding] = find(server, "WFL037", TRUSTED.format(on=on))
    assert finding.args["workflow"] == "publish.yml"


@pytest.mark.parametrize("on", [RELEASE, TAGS])
def test_release_and_tag_run_their_own_commit(server: PlatformServer, on: str) -> None:
    server.answer(CONTENTS, [])
    assert not find(server, "WFL037", TRUSTED.format(on=on))


def test_there(server: PlatformServer) -> None:
    server.answer(CONTENTS, [{"name": "publish.yml", "type": "file"}])
    assert not find(server, "WFL037", TRUSTED.format(on=BY_HAND))


@pytest.mark.parametrize("answer", [{"message": "Not Found"}, [1], [{"name": 1, "type": "file"}], "x"])
def test_other_answers_say_nothing(server: PlatformServer, answer: object) -> None:
    server.answer(CONTENTS, answer)
    assert not find(server, "WFL037", TRUSTED.format(on=BY_HAND))


def test_not_shown(server: PlatformServer) -> None:
    assert not find(server, "WFL037", TRUSTED.format(on=BY_HAND))
