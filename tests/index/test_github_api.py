"""Questions to GitHub: what is asked, how few, why there is no answer, and where the token goes."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from index.github_api import (
    HOME,
    SELECTED,
    TOKEN,
    check_online,
    environments,
    policies,
    repository,
    secrets,
)
from index.platform_server import PlatformServer, platform_server
from outside import transport

from preflight.engine.facts import Unavailable
from preflight.engine.finding import Result
from preflight.index.github import GitHub, web_host
from preflight.index.github_answers import repository_state
from preflight.index.github_facts import github_repository
from preflight.index.github_token import GitHubToken, find_token
from preflight.index.transport import Transport
from preflight.project.repository import Repository

WORKFLOW = """\
on:
  push:
    tags: ["v*"]
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: pypi
    steps:
      - uses: actions/download-artifact@v6
      - uses: pypa/gh-action-pypi-publish@release/v1
        with:
          password: ${{ secrets.PYPI_TOKEN }}
"""
FILES = {
    "pyproject.toml": '[project]\nname = "sampleproject"\nversion = "1.0"\n',
    ".github/workflows/publish.yml": WORKFLOW,
}
RULES = ("PUB004", "PUB011", "PUB025", "TOK010", "WFL017", "WFL020")


@pytest.fixture(name="server")
def _server() -> Iterator[PlatformServer]:
    with platform_server() as server:
        yield server


def ask(server: PlatformServer, token: GitHubToken | None = None) -> str:
    """The reason why the repository is not known; empty where it is."""
    github = GitHub(Transport(sleep=lambda _: None), server.url, token)
    try:
        github.get("repos", "octo-org", "sampleproject", what="repository octo-org/sampleproject")
    except Unavailable as refusal:
        return refusal.reason
    return ""


def reasons(result: Result) -> dict[str, str]:
    return {each.code: each.reason for each in result.skipped}


def test_success(server: PlatformServer) -> None:
    server.answer(HOME, repository())
    assert ask(server, GitHubToken(TOKEN, "GITHUB_TOKEN")) == ""
    (request,) = server.requests
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["accept"] == "application/vnd.github+json"


def test_a_renamed_repository_is_followed_to_its_present_name(server: PlatformServer) -> None:
    server.answer(HOME, moved="/repositories/1296269")
    server.answer("/repositories/1296269", repository("new-org/sampleproject"))
    github = GitHub(Transport(), server.url, GitHubToken(TOKEN, "GITHUB_TOKEN"))
    state = repository_state("octo-org/sampleproject", github.get("repos", "octo-org", "sampleproject", what="it"))
    assert (state.moved, state.owner, state.name) == (True, "new-org", "sampleproject")
    assert server.requests[1].headers["authorization"], "the redirect stays on the same host"


def test_a_redirect_to_another_host_takes_no_token_along(server: PlatformServer) -> None:
    with platform_server() as stranger:
        server.answer(HOME, status=301, headers={"location": f"{stranger.url}{HOME}"})
        stranger.answer(HOME, repository())
        assert ask(server, GitHubToken(TOKEN, "GITHUB_TOKEN")) == ""
        assert "authorization" not in stranger.requests[0].headers
        assert TOKEN not in str(stranger.requests)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (
            {"status": 403, "headers": {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1790000000"}},
            "GitHub's rate limit is used up until 14:13 UTC; with a token in GITHUB_TOKEN, or `gh auth login`, it is higher",
        ),
        ({"status": 403, "headers": {"retry-after": "60"}}, "GitHub's rate limit is used up"),
        ({"status": 403}, "GitHub shows somebody without a token no repository octo-org/sampleproject"),
        ({"status": 404}, "GitHub shows somebody without a token no repository octo-org/sampleproject"),
        ({"status": 418}, "GitHub answers 418 where it is asked for repository octo-org/sampleproject"),
        ({"body": b"<html>"}, "GitHub's answer about repository octo-org/sampleproject cannot be read"),
        ({"body": b"\xff\xfe"}, "GitHub's answer about repository octo-org/sampleproject cannot be read"),
        ({"body": b"[" * 100_000}, "GitHub's answer about repository octo-org/sampleproject cannot be read"),
        ({"cut": 40}, "127.0.0.1"),
    ],
)
def test_why_there_is_no_answer(server: PlatformServer, reply: dict[str, object], expected: str) -> None:
    server.answer(HOME, **{"body": repository(), **reply})  # type: ignore[arg-type]
    assert expected in ask(server)


def test_a_refused_token_is_named_by_its_source_and_never_shown(server: PlatformServer) -> None:
    server.answer(HOME, {"message": "Bad credentials"}, status=401)
    reason = ask(server, GitHubToken(TOKEN, "GITHUB_TOKEN"))
    assert reason == "GitHub does not accept the token from GITHUB_TOKEN"
    assert TOKEN not in repr(GitHubToken(TOKEN, "GITHUB_TOKEN"))


def test_after_a_refused_token_nothing_more_is_asked(server: PlatformServer) -> None:
    server.answer(HOME, {"message": "Bad credentials"}, status=401)
    result = check_online(server, FILES, *RULES)
    assert len(server.requests) == 1
    assert reasons(result)["WFL017"] == "GitHub does not accept the token from GITHUB_TOKEN"
    assert not result.findings
    assert not result.crashed


@pytest.mark.parametrize(
    "body", [None, [], "text", 3, {}, {"full_name": 3}, {"full_name": "x"}, {"full_name": "o/r", "owner": 3}]
)
def test_an_answer_of_another_shape_is_no_crash(server: PlatformServer, body: object) -> None:
    for path in (HOME, f"{HOME}/environments", f"{HOME}/actions/secrets"):
        server.answer(path, body)
    result = check_online(server, FILES, *RULES)
    assert not result.crashed
    assert not result.findings


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"environments": 3},
        {"environments": [3]},
        {"total_count": 9, "environments": []},
        {"environments": [{}]},
    ],
)
def test_a_list_that_is_not_whole_is_no_answer(server: PlatformServer, body: object) -> None:
    server.answer(HOME, repository())
    server.answer(f"{HOME}/environments", body)
    result = check_online(server, FILES, "WFL017")
    assert not result.crashed
    assert "is not the whole of what was expected" in reasons(result)["WFL017"]


def test_four_questions_at_most(server: PlatformServer) -> None:
    """A token from an organization's secret in an environment with rules of its own is the longest story."""
    server.answer(HOME, repository())
    server.answer(f"{HOME}/environments", environments(pypi=SELECTED))
    server.answer(f"{HOME}/environments/pypi/deployment-branch-policies", policies(("v*", "tag")))
    for path in ("actions/secrets", "actions/organization-secrets", "environments/pypi/secrets"):
        server.answer(f"{HOME}/{path}", secrets("OTHER"))
    check_online(server, FILES)
    asked = [each for each in server.requests if each.path.startswith("/repos/")]
    assert len(asked) == 4
    assert {each.headers["authorization"] for each in asked} == {f"Bearer {TOKEN}"}
    assert all("authorization" not in each.headers for each in server.requests if each not in asked)


def test_a_workflow_with_trusted_publishing_costs_two_questions(server: PlatformServer) -> None:
    server.answer(HOME, repository())
    server.answer(f"{HOME}/environments", environments(pypi=None))
    trusting = WORKFLOW.partition("        with:")[0].replace(
        "    steps", "    permissions:\n      id-token: write\n    steps"
    )
    check_online(server, {**FILES, ".github/workflows/publish.yml": trusting}, *RULES)
    assert server.paths() == [HOME, f"{HOME}/environments"]


def test_without_a_token_only_what_is_public_is_asked(server: PlatformServer) -> None:
    server.answer(HOME, repository())
    server.answer(f"{HOME}/environments", environments(pypi=None))
    result = check_online(server, FILES, *RULES, token=None)
    assert server.paths() == [HOME, f"{HOME}/environments"]
    assert all("authorization" not in each.headers for each in server.requests)
    assert reasons(result)["PUB011"].startswith("GitHub shows the names of secrets only to a token")


def test_offline_nothing_is_asked_and_each_rule_says_so() -> None:
    from harness import check_files

    result = check_files(FILES, *RULES)
    assert {code: reasons(result)[code] for code in ("PUB011", "TOK010", "WFL017", "WFL020")} == dict.fromkeys(
        ("PUB011", "TOK010", "WFL017", "WFL020"), "offline"
    )


def test_a_second_run_only_asks_whether_the_answers_still_hold(server: PlatformServer, tmp_path: Path) -> None:
    """Of the same asker: what GitHub showed to one token is nobody else's to read."""
    server.answer(HOME, repository(private=True), headers={"etag": '"x"'})
    conditions = []
    for token in (TOKEN, TOKEN, "another", None, None):
        github = GitHub(
            Transport(cache=tmp_path), server.url, GitHubToken(token, "GITHUB_TOKEN") if token is not None else None
        )
        github.get("repos", "octo-org", "sampleproject", what="it")
        conditions.append(server.requests[-1].headers.get("if-none-match"))
    assert conditions == [None, '"x"', None, None, '"x"']
    kept = list(tmp_path.iterdir())
    assert len(kept) == 3
    for file in kept:
        assert TOKEN.encode() not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


# ── where the token comes from ────────────────────────────────────────────────────────────────────────────────────


def fake_gh(folder: Path, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "gh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_variables_go_before_the_command(tmp_path: Path) -> None:
    fake_gh(tmp_path, "echo from-gh")
    path = {"PATH": f"{tmp_path}:/bin:/usr/bin"}
    assert find_token({**path, "GITHUB_TOKEN": " a ", "GH_TOKEN": "b"}, "github.com", None) == GitHubToken(
        "b", "GH_TOKEN"
    )
    assert find_token({**path, "GITHUB_TOKEN": " a "}, "github.com", None) == GitHubToken("a", "GITHUB_TOKEN")
    assert find_token({**path, "GITHUB_TOKEN": ""}, "github.com", None) == GitHubToken("from-gh", "gh auth token")


@pytest.mark.parametrize(
    ("host", "variables", "source"),
    [
        ("ghe.example.org", {"GH_TOKEN": "a", "GH_ENTERPRISE_TOKEN": "b"}, "GH_ENTERPRISE_TOKEN"),
        ("ghe.example.org", {"GITHUB_ENTERPRISE_TOKEN": "b"}, "GITHUB_ENTERPRISE_TOKEN"),
        ("ghe.example.org", {"GH_TOKEN": "a", "GITHUB_TOKEN": "a"}, None),
        ("ghe.example.org", {"GITHUB_TOKEN": "a", "GITHUB_SERVER_URL": "https://ghe.example.org"}, "GITHUB_TOKEN"),
        ("octo.ghe.com", {"GH_TOKEN": "a", "GH_ENTERPRISE_TOKEN": "b"}, "GH_TOKEN"),
        ("octo.ghe.com", {"GH_ENTERPRISE_TOKEN": "b"}, None),
        ("github.com", {"GH_ENTERPRISE_TOKEN": "b"}, None),
    ],
)
def test_a_token_goes_to_no_other_host_than_gh_would_send_it_to(
    host: str, variables: dict[str, str], source: str | None
) -> None:
    found = find_token({"PATH": "", **variables}, host, None)
    assert (found.source if found else None) == source


def test_a_token_that_no_header_can_hold_is_none() -> None:
    """http.client quotes a header that it refuses, so that the token would stand in the message."""
    for value in ("two\nlines", "nul\0", "é", "two words"):
        assert find_token({"GITHUB_TOKEN": value}, "github.com", None) is None


def test_the_command_gets_none_of_the_other_secrets(tmp_path: Path) -> None:
    fake_gh(tmp_path, 'test -z "$TWINE_PASSWORD$ACTIONS_ID_TOKEN_REQUEST_TOKEN" && echo "$*" | tr " " -')
    environment = {"PATH": f"{tmp_path}:/bin:/usr/bin", "TWINE_PASSWORD": "x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "y"}
    found = find_token(environment, "ghe.example.org", None)
    assert found is not None
    assert found.value == "auth-token---hostname-ghe.example.org"


@pytest.mark.parametrize("script", ["exit 1", "echo", "echo two words", "printf '\\377'"])
def test_a_command_that_gives_no_token(tmp_path: Path, script: str) -> None:
    fake_gh(tmp_path, script)
    assert find_token({"PATH": f"{tmp_path}:/bin:/usr/bin"}, "github.com", None) is None


def test_no_command_of_the_checked_project_is_run(tmp_path: Path) -> None:
    fake_gh(tmp_path / "project" / "bin", "echo stolen")
    environment = {"PATH": f"{tmp_path}/project/bin:/bin:/usr/bin"}
    assert find_token(environment, "github.com", tmp_path / "project") is None


@pytest.mark.parametrize(
    ("base", "host"),
    [
        ("https://api.github.com", "github.com"),
        ("https://api.octo.ghe.com", "octo.ghe.com"),
        ("https://ghe.example.org/api/v3", "ghe.example.org"),
        ("", ""),
    ],
)
def test_the_host_of_an_api(base: str, host: str) -> None:
    assert web_host(base) == host


# ── which server is asked about which repository ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("host", "source", "base", "asked"),
    [
        ("github.com", "remote", "https://api.github.com", True),
        ("gitlab.com", "remote", "https://api.github.com", False),
        ("ghe.example.org", "remote", "https://ghe.example.org/api/v3", True),
        ("github.com", "remote", "https://ghe.example.org/api/v3", False),
        ("github.com", "environment", "https://ghe.example.org/api/v3", True),
    ],
)
def test_no_server_is_asked_about_the_repository_of_another(host: str, source: str, base: str, asked: bool) -> None:
    found = Repository(host, "octo-org", "sampleproject", source)
    answers = {f"{base}/repos/octo-org/sampleproject?per_page=100": repository()}
    server = GitHub(transport(answers), base, None)
    if asked:
        assert github_repository(server, found).full_name == "octo-org/sampleproject"
    else:
        with pytest.raises(Unavailable, match="is asked"):
            github_repository(server, found)


@pytest.mark.parametrize("host", ["gihtub.com", "github.com.example.org", "ghe.example.org:8443", "notghe.com"])
def test_the_tokens_of_github_are_not_for_any_host_in_an_address(host: str) -> None:
    environment = {"PATH": "", "GITHUB_TOKEN": "a", "GH_TOKEN": "b", "GITHUB_SERVER_URL": "https://github.com"}
    assert find_token(environment, host, None) is None
    own = find_token({**environment, "GH_ENTERPRISE_TOKEN": "c"}, host, None)
    assert own == GitHubToken("c", "GH_ENTERPRISE_TOKEN")


@pytest.mark.parametrize(
    ("host", "more"),
    [
        ("octo.ghe.com", {}),
        ("ghe.example.org:8443", {"GITHUB_SERVER_URL": "https://ghe.example.org:8443"}),
        ("ghe.example.org", {"GITHUB_API_URL": "https://ghe.example.org/api/v3"}),
        ("mirror.example.org", {"PREFLIGHT_GITHUB_API_URL": "https://mirror.example.org"}),
    ],
)
def test_the_tokens_of_github_are_for_the_server_of_the_run(host: str, more: dict[str, str]) -> None:
    assert find_token({"PATH": "", "GITHUB_TOKEN": "a", **more}, host, None) == GitHubToken("a", "GITHUB_TOKEN")
