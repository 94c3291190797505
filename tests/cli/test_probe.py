"""`preflight check --online --probe`: the command itself, against a server that stands for GitHub's runner and for PyPI."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.command import Done, preflight
from index.github_api import HOME, repository
from index.identity_tokens import (
    BEARER,
    MINTED,
    encoded,
    github_claims,
    github_job,
    gitlab_claims,
    give_github_token,
    refuse,
)
from index.platform_server import PlatformServer, platform_server
from outside import SIMPLE, entry, page

WORKFLOW = """\
on:
  workflow_dispatch:
  release:
    types: [published]
permissions:
  contents: read
jobs:
  publish:
    if: github.event_name == 'release'
    runs-on: ubuntu-latest
    environment: release
    permissions:
      id-token: write
    steps:
      - uses: actions/download-artifact@v6
      - uses: pypa/gh-action-pypi-publish@release/v1
  probe:
    runs-on: ubuntu-latest
    environment: release
    steps:
      - run: pipx run pypi-preflight check --online --probe
"""
PUBLISHER = """
[[tool.preflight.publishers]]
owner = "octo-org"
repository = "sampleproject"
workflow = "{workflow}"
environment = "{environment}"
"""
NOT_FOUND = (
    "invalid-publisher: valid token, but no corresponding publisher (Publisher with matching claims was not found)"
)
RULES = ("--select", "PUB,SVC002")


@pytest.fixture(name="server")
def _server() -> Iterator[PlatformServer]:
    with platform_server() as server:
        server.answer(HOME, repository())
        yield server


def project(folder: Path, workflow: str = "publish.yml", environment: str = "release", more: str = "") -> Path:
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "publish.yml").write_text(WORKFLOW)
    declared = PUBLISHER.format(workflow=workflow, environment=environment) + more if workflow else ""
    (folder / "pyproject.toml").write_text('[project]\nname = "sampleproject"\nversion = "1.0"\n' + declared)
    return folder


def probe(server: PlatformServer, folder: Path, *arguments: str, **environment: str) -> Done:
    addresses = dict.fromkeys(("PREFLIGHT_PYPI_URL", "PREFLIGHT_TESTPYPI_URL", "PREFLIGHT_GITHUB_API_URL"), server.url)
    variables = {**addresses, **(environment or github_job(server))}
    return preflight("check", "--online", *(arguments or ("--probe",)), *RULES, cwd=folder, **variables)


def findings(done: Done) -> list[tuple[str, str, str]]:
    return [(each["code"], each["severity"], each["message"]) for each in json.loads(done.out)["findings"]]


# ── wrong use ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("arguments", [("--probe",), ("--probe", "."), ("--probe", "mint")])
def test_outside_of_ci_it_says_kindly_where_it_belongs(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = preflight("check", "--online", *arguments, cwd=project(tmp_path))
    assert done.status == 2
    assert "this is no such job. Run it in the publish workflow" in " ".join(done.err.split())


def test_without_online_it_is_wrong_use(tmp_path: Path, server: PlatformServer) -> None:
    done = preflight("check", "--probe", cwd=project(tmp_path), **github_job(server))
    assert (done.status, "so it goes with --online" in done.err) == (2, True)
    assert server.requests == []


@pytest.mark.parametrize("other", ["--fix", "--build"])
def test_it_goes_with_nothing_that_changes_or_builds(tmp_path: Path, server: PlatformServer, other: str) -> None:
    assert probe(server, project(tmp_path), "--probe", other).status == 2


# ── claims ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_claims_that_match_are_shown_beside_the_publisher(tmp_path: Path, server: PlatformServer) -> None:
    give_github_token(server)
    done = probe(server, project(tmp_path))
    assert done.status == 0, done.out + done.err
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert "The identity token of this run for PyPI (audience `pypi`)" in lines
    assert "environment release release same" in lines
    assert "workflow publish.yml publish.yml same" in lines
    assert any(line.startswith("job_workflow_ref octo-org/sampleproject/.github/") for line in lines)
    assert "/_/oidc/mint-token" not in server.paths()
    (asked,) = (each for each in server.requests if each.path == "/token")
    assert asked.query == "api-version=2.0&audience=pypi"
    assert asked.headers["authorization"] == f"bearer {BEARER}"


def test_each_field_that_differs_is_a_finding(tmp_path: Path, server: PlatformServer) -> None:
    give_github_token(server, github_claims(repository="fork-org/sampleproject"))
    done = probe(server, project(tmp_path), "--probe", "--output-format", "json")
    found = {code: (severity, message) for code, severity, message in findings(done)}
    severity, message = found["PUB004"]
    assert severity == "error"
    assert "names owner `fork-org`, but the publisher declared for PyPI names `octo-org`" in message
    assert done.status == 1
    assert "differs" in done.err, "the table is for people, and standard output for the machine"


def test_a_job_in_another_environment_than_the_upload_is_a_warning(tmp_path: Path, server: PlatformServer) -> None:
    """Its token says nothing of the job that uploads."""
    give_github_token(server, github_claims(environment=None))
    done = probe(server, project(tmp_path), "--probe", "--output-format", "json")
    assert [(code, severity) for code, severity, _ in findings(done)] == [("PUB003", "warning")]
    assert done.status == 0


def test_a_token_without_what_pypi_needs(tmp_path: Path, server: PlatformServer) -> None:
    give_github_token(server, github_claims(jti=None, event_name="pull_request_target"))
    found = findings(probe(server, project(tmp_path), "--probe", "--output-format", "json"))
    assert [(code, severity) for code, severity, _ in found] == [("PUB005", "error"), ("PUB009", "error")]


def test_nothing_declared_leaves_nothing_to_compare(tmp_path: Path, server: PlatformServer) -> None:
    give_github_token(server)
    done = probe(server, project(tmp_path, workflow=""))
    assert done.status == 0
    assert "No publisher is declared for PyPI" in " ".join(done.out.split())


def test_without_a_declaration_the_last_release_tells_what_was_registered(
    tmp_path: Path, server: PlatformServer
) -> None:
    give_github_token(server)
    file = "sampleproject-0.9-py3-none-any.whl"
    publisher = {
        "kind": "GitHub",
        "repository": "octo-org/sampleproject",
        "workflow": "release.yml",
        "environment": None,
    }
    where = f"/integrity/sampleproject/0.9/{file}/provenance"
    project_page = page("sampleproject", entry(file, provenance=server.url + where))
    server.answer("/simple/sampleproject/", project_page, headers={"content-type": SIMPLE})
    server.answer(where, {"version": 1, "attestation_bundles": [{"publisher": publisher, "attestations": []}]})
    done = probe(server, project(tmp_path, workflow=""))
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert f"Beside the publisher that the provenance of {file} names:" in lines
    assert "workflow publish.yml release.yml differs" in lines
    assert "environment release (any) same" in lines


def test_a_job_without_the_permission(tmp_path: Path, server: PlatformServer) -> None:
    job = github_job(server)
    del job["ACTIONS_ID_TOKEN_REQUEST_URL"], job["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    done = probe(server, project(tmp_path), **job)
    assert done.status == 1
    assert "error[PUB010]: job `probe` cannot ask for an identity token" in done.out
    assert "+     permissions:" in done.out
    assert "+       id-token: write" in done.out


def test_gitlab_has_the_token_in_a_variable(tmp_path: Path, server: PlatformServer) -> None:
    server.answer("/_/oidc/audience", {"audience": "pypi"})
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "sampleproject"\nversion = "1.0"\n[[tool.preflight.publishers]]\nkind = "gitlab"\n'
        'owner = "Group/Sub"\nrepository = "sampleproject"\nworkflow = ".gitlab-ci.yml"\nenvironment = "Release"\n'
    )
    job = {"GITLAB_CI": "true", "CI_JOB_NAME": "probe", "PYPI_ID_TOKEN": encoded(gitlab_claims())}
    done = probe(server, tmp_path, "--probe", "--output-format", "json", **job)
    found = [(code, message) for code, _, message in findings(done)]
    assert found == [
        (
            "PUB003",
            "the identity token of job `probe` names environment `release`, but the publisher declared for PyPI names `Release`",
        )
    ]
    del job["PYPI_ID_TOKEN"]
    found = [
        (code, message)
        for code, _, message in findings(probe(server, tmp_path, "--probe", "--output-format", "json", **job))
    ]
    assert found == [
        ("PUB018", "job `probe` has no identity token in `PYPI_ID_TOKEN`, where clients look for the one for PyPI")
    ]


# ── the exchange ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_exchange_that_works(tmp_path: Path, server: PlatformServer) -> None:
    token = give_github_token(server)
    server.answer("/_/oidc/mint-token", {"success": True, "token": MINTED, "expires": 1790000000}, method="POST")
    done = probe(server, project(tmp_path), "--probe", "mint")
    assert done.status == 0, done.out + done.err
    text = " ".join(done.out.split())
    assert (
        "PyPI exchanged it for an upload token that would expire at 14:13 UTC: trusted publishing works for this job."
        in text
    )
    (asked,) = (each for each in server.requests if each.method == "POST")
    assert json.loads(asked.body) == {"token": token}


def test_a_pending_publisher_is_not_used_up(tmp_path: Path, server: PlatformServer) -> None:
    """The exchange would create the project (warehouse/oidc/views.py: `reify_pending_publisher`)."""
    give_github_token(server)
    done = probe(server, project(tmp_path, more="pending = true\n"), "--probe", "mint")
    assert "the exchange would create the project on PyPI" in " ".join(done.out.split())
    assert "/_/oidc/mint-token" not in server.paths()


def test_no_publisher_and_none_declared(tmp_path: Path, server: PlatformServer) -> None:
    give_github_token(server)
    refuse(server, NOT_FOUND)
    done = probe(server, project(tmp_path, workflow=""), "--probe", "mint", "--output-format", "json")
    (found,) = (each for each in findings(done) if each[0] != "PUB021")
    assert found[:2] == ("PUB001", "error")
    assert "owner `octo-org`, repository `sampleproject`, workflow `publish.yml`, environment `release`" in found[2]


def test_no_publisher_although_the_declared_one_matches(tmp_path: Path, server: PlatformServer) -> None:
    give_github_token(server)
    refuse(server, NOT_FOUND)
    (found,) = findings(probe(server, project(tmp_path), "--probe", "mint", "--output-format", "json"))
    assert found[:2] == ("PUB006", "error")


def test_a_refusal_is_no_success_even_of_a_job_that_does_not_upload(tmp_path: Path, server: PlatformServer) -> None:
    give_github_token(server, github_claims(environment=None))
    refuse(server, NOT_FOUND)
    done = probe(server, project(tmp_path), "--probe", "mint", "--output-format", "json")
    assert [(code, severity) for code, severity, _ in findings(done)] == [("PUB003", "warning")]
    assert done.status == 1


def test_the_audience_endpoint_says_that_it_is_switched_off(tmp_path: Path, server: PlatformServer) -> None:
    server.answer("/_/oidc/audience", {"message": "Trusted publishing functionality not enabled"}, status=403)
    (found,) = findings(probe(server, project(tmp_path), "--probe", "--output-format", "json"))
    assert found[:2] == ("SVC002", "error")


@pytest.mark.parametrize("broken", ["audience", "token", "mint"])
def test_a_probe_that_cannot_be_made_is_no_success(tmp_path: Path, server: PlatformServer, broken: str) -> None:
    give_github_token(server)
    server.answer("/_/oidc/mint-token", {"success": True, "token": MINTED, "expires": 1790000000}, method="POST")
    if broken == "audience":
        server.answer("/_/oidc/audience", b"<html>")
    elif broken == "token":
        server.answer("/token", {"value": "no token"})
    else:
        server.answer("/_/oidc/mint-token", {"success": True, "token": MINTED}, method="POST", cut=30)
    done = probe(server, project(tmp_path), "--probe", "mint")
    assert done.status == 1
    assert "The probe could not be finished: " in done.out


# ── secrets ───────────────────────────────────────────────────────────────────────────────────────────────────────

FORMATS = ("full", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown")


@pytest.mark.parametrize("answer", ["success", "quoted", "html"])
def test_neither_token_is_shown_or_kept(tmp_path: Path, server: PlatformServer, answer: str) -> None:
    token = give_github_token(server, github_claims(repository="fork-org/x"))
    if answer == "success":
        server.answer("/_/oidc/mint-token", {"success": True, "token": MINTED, "expires": 1790000000}, method="POST")
    elif answer == "quoted":
        refuse(
            server,
            f"invalid-payload: 1 validation error for TokenPayload [type=string_type, input_value='{token[:50]}...{token[-40:]}']",
        )
    else:
        server.answer("/_/oidc/mint-token", f"<html>{token} {MINTED}".encode(), method="POST", status=500)
    folder = project(tmp_path)
    shown = ""
    for format in FORMATS if answer == "success" else ("full", "json"):
        done = probe(server, folder, "--probe", "mint", "--verbose", "--output-format", format)
        assert done.status in (0, 1), done.err
        shown += done.out + done.err
    pieces = [BEARER, MINTED, *token.split(".")]
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for piece in (part[:20] for part in pieces):
        assert piece not in shown
        assert all(piece.encode() not in content for content in kept)
    for piece in (part[-20:] for part in pieces):
        assert piece not in shown
