"""The audience, the Integrity API and the JSON API, as PyPI answers, and what is made of anything else."""

from json import dumps

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outside import transport

from preflight.index.audience import ask_audience, exchange_base
from preflight.index.endpoints import endpoints
from preflight.index.failures import Unreachable
from preflight.index.json_api import ReleaseInfo, read_release
from preflight.index.package_indexes import PackageIndexes
from preflight.index.provenance import ProvenPublisher, read_provenance
from preflight.index.transport import Answer

BASE = "https://pypi.org"
INTEGRITY = "application/vnd.pypi.integrity.v1+json"


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("https://upload.pypi.org/legacy/", "https://upload.pypi.org"),
        ("https://me:pw@index.example:8443/a/b?c", "https://index.example:8443"),
    ],
)
def test_where_the_exchange_stands(address: str, base: str) -> None:
    assert exchange_base(address) == base


@pytest.mark.parametrize(("body", "expected"), [({"audience": "pypi"}, "pypi"), (404, None), (410, None), (405, None)])
def test_the_audience(body: object, expected: str | None) -> None:
    assert ask_audience(transport({f"{BASE}/_/oidc/audience": body}), BASE) == expected


@pytest.mark.parametrize("body", ["<html>", {}, {"audience": 1}, [1], 403, 500])
def test_an_answer_that_tells_no_audience(body: object) -> None:
    with pytest.raises(Unreachable):
        ask_audience(transport({f"{BASE}/_/oidc/audience": body}), BASE)


# ── provenance ──


def proven(*publishers: object) -> Answer:
    bundles = [{"publisher": each, "attestations": []} for each in publishers]
    return Answer("u", 200, {"content-type": INTEGRITY}, dumps({"version": 1, "attestation_bundles": bundles}).encode())


def test_publishers_of_github_and_gitlab() -> None:
    github = {"kind": "GitHub", "repository": "o/r", "workflow": "release.yml", "environment": None, "claims": None}
    gitlab = {"kind": "GitLab", "repository": "g/s/r", "workflow_filepath": ".gitlab-ci.yml", "environment": "pypi"}
    assert read_provenance(proven(github, gitlab, github)) == (
        ProvenPublisher("github", "o", "r", "release.yml", ""),
        ProvenPublisher("gitlab", "g/s", "r", ".gitlab-ci.yml", "pypi"),
    )


def test_publishers_that_cannot_be_compared_are_left_out() -> None:
    assert (
        read_provenance(
            proven(
                {"kind": "Google", "email": "a@b"},
                {"kind": "GitHub"},
                None,
                {"kind": "GitHub", "repository": "r", "workflow": "w"},
            )
        )
        == ()
    )


@pytest.mark.parametrize("status", [403, 404])
def test_without_provenance_there_are_none(status: int) -> None:
    assert read_provenance(Answer("u", status, {}, b"")) == ()


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (500, INTEGRITY, b"{}"),
        (406, INTEGRITY, b"{}"),
        (200, "text/html", b"{}"),
        (200, INTEGRITY, b"{}"),
        (200, INTEGRITY, b'{"version": 2, "attestation_bundles": []}'),
        (200, INTEGRITY, b'{"version": 1, "attestation_bundles": {}}'),
        (200, INTEGRITY, b"[" * 100_000),
    ],
)
def test_what_is_no_provenance(status: int, kind: str, body: bytes) -> None:
    with pytest.raises(Unreachable):
        read_provenance(Answer("u", status, {"content-type": kind}, body))


# ── the JSON API ──


def test_the_metadata_of_a_release() -> None:
    info = {
        "requires_dist": ["a>=1", 5],
        "home_page": "",
        "project_urls": {"Source": "https://github.com/o/r", "Docs": None},
    }
    answered = Answer("u", 200, {"content-type": "application/json"}, dumps({"info": info}).encode())
    assert read_release(answered) == ReleaseInfo(("a>=1",), ("https://github.com/o/r",))
    assert read_release(Answer("u", 404, {}, b"")) is None


@given(
    st.binary(max_size=60)
    | st.sampled_from([b'{"info": 1}', b'{"info": {"requires_dist": 3, "project_urls": []}}', b"[]", b"null"])
)
def test_any_metadata_are_read_or_refused(body: bytes) -> None:
    try:
        assert read_release(Answer("u", 200, {"content-type": "application/json"}, body)) is not None
    except Unreachable as error:
        assert error.kind == "unreadable"


@pytest.mark.parametrize("name", ["", "-", "a/b", "../a", "\udc80", "ä"])
def test_a_malformed_name_is_not_asked_for(name: str) -> None:
    """Without a name the address would be that of the list of all projects."""
    asked = transport({})
    indexes = PackageIndexes(asked, endpoints(), lambda: [("pypi", name)])
    assert not indexes.project("pypi", name).exists
    assert not asked.requests
