"""Trusted publishing in a rehearsal: identity tokens, the exchange, and what PyPI says of those that do not fit."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest
from attestations import attestation
from credentials.tokens import forge
from recipes import build
from rehearsal.uploading import Rehearsal, Reply, form_of, rehearsal

from preflight.engine.settings import Settings, read_settings
from preflight.project.inventory import Inventory
from preflight.publishers.claims import github_claims
from preflight.publishers.registered import RegisteredPublisher, registered_publishers
from preflight.rehearsal.state import State
from preflight.sources.text import Source
from preflight.sources.toml import parse_toml
from preflight.sources.tree import Files, MemoryTree

WHEEL = "demo-1.0-py3-none-any.whl"
GOOD = build("wheel demo 1.0")
PUBLISHER = {
    "owner": "octo-org",
    "repository": "demo",
    "workflow": "publish.yml",
    "environment": "release",
    "project": "demo",
}
NOT_FOUND = "valid token, but no corresponding publisher (Publisher with matching claims was not found)"


def publishers(*entries: Mapping[str, object]) -> tuple[RegisteredPublisher, ...]:
    """Publishers as the configuration declares them."""
    lines = [
        "[[publishers]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in each.items())
        for each in entries
    ]
    settings: Settings = read_settings(parse_toml(Source("preflight.toml", "".join(lines))), (), Path(), trusted=False)
    return registered_publishers(settings, Inventory(), Files(MemoryTree({}))).publishers


def claims(**changed: str) -> dict[str, str]:
    """What a job's token says."""
    given: dict[str, Any] = {
        "owner": "octo-org",
        "repository": "demo",
        "workflow": ".github/workflows/publish.yml",
        "top_workflow": ".github/workflows/publish.yml",
        "ref": "refs/tags/v1.0",
        "environment": "release",
        "event": "release",
        **changed,
    }
    stated = {name: str(claim) for name, claim in github_claims(**given).items()}
    return {**stated, "repository_owner_id": "1", "sha": "0" * 40}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Rehearsal]:
    with rehearsal(tmp_path, State(publishers=publishers(PUBLISHER))) as running:
        running.trusted.play(claims())
        yield running
        assert not running.index.crashes


def exchange(running: Rehearsal, token: object) -> Reply:
    return running.request("POST", "/_/oidc/mint-token", json.dumps({"token": token}).encode())


def refusal(reply: Reply) -> tuple[str, str]:
    """The code and description of a request that gets no token."""
    assert reply.status == 422
    document = json.loads(reply.body)
    assert document["message"] == "Token request failed"
    (error,) = document["errors"]
    return error["code"], error["description"]


def minted(running: Rehearsal, **changed: str) -> str:
    running.trusted.play(claims(**changed))
    reply = exchange(running, running.trusted.identity_token("pypi"))
    document = json.loads(reply.body)
    assert reply.status == 200, reply.body
    assert document["success"] is True
    assert document["expires"] > time.time() + 800
    token: str = document["token"]
    return token


def test_a_token_is_minted_and_good_for_the_publishers_project_alone(index: Rehearsal) -> None:
    token = minted(index)
    assert index.upload_file(WHEEL, GOOD, token=token).status == 200
    other = build("wheel other 1.0")
    reply = index.upload_file("other-1.0-py3-none-any.whl", other, token=token)
    assert reply.status == 403
    assert reply.reason.startswith(
        "Invalid API Token: OIDC scoped token is not valid for project 'other', project-scoped"
    )


def test_one_made_elsewhere_is_no_identity(index: Rehearsal) -> None:
    reply = index.upload_file(WHEEL, GOOD, token=forge(caveats=[[4, "0f9b6d4e-52a1-4c37-8e60-7d1f3a9c2b58"]]))
    assert reply.reason.startswith("Invalid or non-existent authentication information.")


@pytest.mark.parametrize(
    ("changed", "row"),
    [
        ({"environment": ""}, "gh-environment-mismatch"),
        ({"environment": "pypi"}, "gh-environment-mismatch"),
        ({"workflow": ".github/workflows/Publish.yml"}, "gh-workflow-mismatch"),
        ({"owner": "octo-Org"}, "gh-owner-or-repo-mismatch"),
        ({"repository": "other", "environment": "x"}, "mint-no-publisher"),
    ],
)
def test_claims_of_no_registered_publisher(index: Rehearsal, changed: dict[str, str], row: str) -> None:
    index.trusted.play(claims(**changed))
    reply = exchange(index, index.trusted.identity_token("pypi"))
    assert refusal(reply) == ("invalid-publisher", NOT_FOUND)
    told = index.index.exchanges[-1]
    assert told.reason is not None
    assert told.reason.rejection == row
    assert told.details


def test_letter_case_of_the_environment_does_not_matter(index: Rehearsal) -> None:
    assert minted(index, environment="Release")


def test_claims_that_are_verified_behind_the_look_up(index: Rehearsal) -> None:
    def said(**changed: str) -> str:
        index.trusted.play({**claims(), **changed})
        return refusal(exchange(index, index.trusted.identity_token("pypi")))[1]

    assert "invoked via 'pull_request_target' is not supported" in said(event_name="pull_request_target")
    ref = "octo-org/other/.github/workflows/publish.yml@refs/heads/main"
    assert "The job_workflow_ref claim does not match, expecting one of ['octo-org/demo/" in said(job_workflow_ref=ref)
    assert "Could not job extract workflow filename" in said(job_workflow_ref="octo-org/demo/x@refs/heads/main")
    assert "(Missing claim 'sha')" in said_without(index, "sha")


def said_without(index: Rehearsal, name: str) -> str:
    index.trusted.play({key: value for key, value in claims().items() if key != name})
    return refusal(exchange(index, index.trusted.identity_token("pypi")))[1]


def _unsigned(claims: Mapping[str, object]) -> str:
    """A token with claims that no library would put into one."""
    parts = [json.dumps(each).encode() for each in ({"alg": "RS256", "typ": "JWT"}, claims)]
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in [*parts, b"signature"])


def test_tokens_that_pypi_does_not_trust(index: Rehearsal) -> None:
    assert refusal(exchange(index, "no token")) == ("invalid-payload", "malformed JWT")
    assert refusal(exchange(index, 7))[0] == "invalid-payload"
    assert refusal(index.request("POST", "/_/oidc/mint-token", b"{"))[0] == "invalid-payload"
    invalid = ("invalid-token", "malformed or invalid token")
    assert refusal(exchange(index, index.trusted.identity_token("testpypi"))) == invalid
    stranger = jwt.encode({"iss": "https://ci.example.org", "aud": "pypi"}, "k" * 32, "HS256")
    assert refusal(exchange(index, stranger)) == ("invalid-payload", "unknown trusted publishing issuer")
    no_name = _unsigned({"iss": []})
    assert refusal(exchange(index, no_name)) == ("invalid-payload", "unknown trusted publishing issuer")
    forged = jwt.encode({"iss": "https://token.actions.githubusercontent.com", "aud": "pypi"}, "k" * 32, "HS256")
    assert refusal(exchange(index, forged)) == invalid
    token = index.trusted.identity_token("pypi")
    assert exchange(index, token).status == 200
    assert refusal(exchange(index, token)) == ("invalid-reuse-token", "invalid token: already used")


def test_a_pending_publisher_makes_its_project(tmp_path: Path) -> None:
    pending = {**PUBLISHER, "project": "other", "pending": True}
    with rehearsal(tmp_path, State(publishers=publishers(pending), new=True)) as running:
        token = minted(running)
        reply = running.upload_file(WHEEL, GOOD, token=token)
        assert reply.reason.startswith("Non-user identities cannot create new projects.")
        other = build("wheel other 1.0")
        assert running.upload_file("other-1.0-py3-none-any.whl", other, token=token).status == 200


def test_without_a_declared_publisher_nothing_is_compared_and_that_is_said(tmp_path: Path) -> None:
    with rehearsal(tmp_path) as running:
        token = minted(running)
        assert "no publisher is declared" in running.index.exchanges[-1].details[0]
        assert running.upload_file(WHEEL, GOOD, token=token).status == 200


def test_attestations(index: Rehearsal) -> None:
    from hashlib import sha256

    token, digest = minted(index), sha256(GOOD).hexdigest()

    def said(*texts: str) -> str:
        form = form_of(WHEEL, GOOD, attestations=f"[{','.join(texts)}]")
        return index.upload(form, (WHEEL, GOOD), token=token).reason.removeprefix(
            "Invalid attestations supplied during upload: "
        )

    right = attestation(WHEEL, digest)
    assert said() == "Malformed attestations: an empty attestation set is not permitted"
    assert said("{}").startswith("Malformed attestations: ")
    assert said(right, right, right) == "A maximum of 2 attestations per file are supported"
    assert said(attestation(WHEEL, "0" * 64)).endswith("subject does not match distribution digest")
    assert "subject does not match distribution name: demo-1.1.tar.gz" in said(attestation("demo-1.1.tar.gz", digest))
    assert said(right, right).startswith("Multiple attestations for the same file with the same predicate type")
    assert said(right) == "OK"
    assert "not verified" in index.index.attempts[-1].notes[0]


def test_a_job_asks_for_its_token_as_on_github(index: Rehearsal) -> None:
    path = "/_/oidc/request?api-version=2.0&audience=pypi"
    assert index.request("GET", path).status == 401
    reply = index.request("GET", path, Authorization=f"bearer {index.trusted.request_token}")
    token = json.loads(reply.body)["value"]
    stated = jwt.decode(token, options={"verify_signature": False})
    assert (stated["aud"], stated["repository"]) == ("pypi", "octo-org/demo")
    assert json.loads(index.request("GET", "/_/oidc/audience").body) == {"audience": "pypi"}
    index.trusted.play(None)
    assert index.request("GET", path, Authorization=f"bearer {index.trusted.request_token}").status == 404
