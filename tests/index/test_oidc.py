"""Identity tokens: what is read of them, and which refusal PyPI's words stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from index.identity_tokens import BEARER, MINTED, encoded, github_claims, gitlab_claims
from index.platform_server import platform_server

from preflight.engine.packs import built_in_registry
from preflight.index.oidc_claims import NoToken, read_claims
from preflight.index.oidc_exchange import exchange, refusal_rows
from preflight.index.oidc_platform import platform_of, token_variable
from preflight.index.oidc_probe import Probe, ProbeCrash, probe
from preflight.index.transport import Transport
from preflight.publishers.matching import Identity
from preflight.publishers.probe_request import ProbeRequest
from preflight.refusals import refusals
from rules.publisher.checks_probe import NO_PUBLISHER, RULES

NOT_FOUND = (
    "invalid-publisher: valid token, but no corresponding publisher (Publisher with matching claims was not found)"
)


def test_the_identity_that_pypi_looks_for() -> None:
    claims = read_claims(encoded(github_claims()), "github")
    assert claims.identity == Identity("github", "octo-org", "sampleproject", "publish.yml", "release")
    assert claims.missing == ()
    assert "exp" not in claims.values, "what is not shown is not kept"
    claims = read_claims(encoded(gitlab_claims()), "gitlab")
    assert claims.identity == Identity("gitlab", "group/sub", "sampleproject", ".gitlab-ci.yml", "release")


@pytest.mark.parametrize(
    ("workflow_ref", "name"),
    [
        ("o/r/.github/workflows/publish.yaml@refs/heads/main", "publish.yaml"),
        ("o/r/.github/workflows/a@b.yml@refs/heads/x.yml", "a@b.yml"),
        ("o/r/.github/workflows/.yml@refs/heads/main", None),
        ("", None),
    ],
)
def test_the_file_as_pypi_takes_it_out_of_the_claim(workflow_ref: str, name: str | None) -> None:
    assert read_claims(encoded(github_claims(job_workflow_ref=workflow_ref)), "github").identity.workflow == name


def test_a_called_workflow_of_another_repository_is_noticed() -> None:
    same = read_claims(encoded(github_claims()), "github")
    assert same.file_expected is None
    by_sha = github_claims(ref="", job_workflow_ref=f"octo-org/sampleproject/.github/workflows/publish.yml@{'0' * 40}")
    assert read_claims(encoded(by_sha), "github").file_expected is None
    other = github_claims(job_workflow_ref="octo-org/shared/.github/workflows/publish.yml@refs/heads/main")
    expected = "octo-org/sampleproject/.github/workflows/publish.yml"
    assert read_claims(encoded(other), "github").file_expected == expected


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c", "....", "é.é.é", encoded([1]), encoded("x"), "a" * 70_000 + ".b.c"]
)
def test_what_is_no_token_is_said_without_its_text(text: str) -> None:
    with pytest.raises(NoToken) as raised:
        read_claims(text, "github")
    assert str(raised.value) == ""


@given(
    st.dictionaries(
        st.sampled_from(["repository", "job_workflow_ref", "environment", "aud", "ref"]),
        st.none() | st.booleans() | st.text() | st.lists(st.text() | st.integers()),
    )
)
def test_claims_of_any_form_are_read(claims: dict[str, object]) -> None:
    read = read_claims(encoded(claims), "github")
    assert read.identity.kind == "github"
    assert read.file_expected is None or read.identity.workflow is not None


CERTAIN = [
    each
    for each in refusals().values()
    if each.stage == "oidc-mint"
    and each.status != "n/a"
    and not each.name.startswith(("google-", "as-", "pending-", "oidc-"))
]


@pytest.mark.parametrize("refusal", CERTAIN, ids=lambda each: each.name)
def test_each_refusal_of_the_exchange_is_told_by_its_rule(refusal: object) -> None:
    """PyPI's words, with something in place of what varies, lead to a rule whose card lists that refusal or one with the same words."""
    words = refusal.message  # type: ignore[attr-defined]
    name = refusal.name  # type: ignore[attr-defined]
    if name == "mint-invalid-payload":
        words = "invalid-payload: 1 validation error for TokenPayload\ntoken\n  Field required"
    while "{" in words:
        start, _, rest = words.partition("{")
        words = f"{start}'x'{rest.partition('}')[2]}"
    platform = "gitlab" if name.startswith("gl-") else "github"
    with platform_server() as server:
        code, _, description = words.partition(": ")
        body = {"message": "Token request failed", "errors": [{"code": code, "description": description}]}
        server.answer("/_/oidc/mint-token", body, method="POST", status=422)
        done = exchange(Transport(), server.url, encoded(github_claims()), platform)
    assert not done.worked
    assert done.words == " ".join(words.split())
    assert name in done.rows
    if words == NOT_FOUND:
        assert NO_PUBLISHER in done.rows
        return
    row = next(each for each in done.rows if each in RULES)
    assert row in built_in_registry().rules[RULES[row]].card.rejections


def test_a_success_is_told_without_the_token() -> None:
    with platform_server() as server:
        server.answer("/_/oidc/mint-token", {"success": True, "token": MINTED, "expires": 17}, method="POST")
        done = exchange(Transport(), server.url, encoded(github_claims()), "github")
    assert (done.worked, done.expires) == (True, 17)
    assert MINTED not in repr(done)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"errors": 3}', b'{"errors": [3]}', b'{"success": true}']
)
def test_an_answer_of_another_form_is_a_refusal_without_words(body: bytes) -> None:
    with platform_server() as server:
        server.answer("/_/oidc/mint-token", body, method="POST", status=200)
        done = exchange(Transport(), server.url, encoded(github_claims()), "github")
    assert (done.worked, done.rows, done.words) == (False, (), "an answer of status 200 without words")


def test_unknown_words_are_no_known_refusal() -> None:
    assert refusal_rows("new-code: something that PyPI says since yesterday", "github") == ()


def test_platforms() -> None:
    assert platform_of({}) is None
    assert platform_of({"GITHUB_ACTIONS": "false", "CI": "true"}) is None
    found = platform_of({"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER})
    assert found is not None and not found.may_ask
    assert BEARER not in repr(found)
    assert [token_variable(each) for each in ("pypi", "testpypi", "my.index")] == [
        "PYPI_ID_TOKEN",
        "TESTPYPI_ID_TOKEN",
        "MY_INDEX_ID_TOKEN",
    ]


def test_a_failure_that_nobody_foresaw_quotes_nothing() -> None:
    """Whatever is raised in there could hold a token in its text, and a crash report prints the text."""

    class Broken:
        def get(self, *_: object, **__: object) -> object:
            raise RuntimeError(f"cannot send {BEARER}")

    class Nothing:
        def all_trusted(self) -> list[object]:
            return []

        def base(self, _: str) -> str:
            return "https://pypi.org"

    environment = {
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.example",
    }
    with pytest.raises(ProbeCrash) as raised:
        found = probe(ProbeRequest(), environment, Broken(), Nothing(), Nothing(), None)  # type: ignore[arg-type]
        assert isinstance(found, Probe)
    assert str(raised.value) == "the probe for PyPI ended with RuntimeError"


def test_of_an_answer_without_end_little_is_looked_at() -> None:
    with platform_server() as server:
        server.answer("/_/oidc/mint-token", {"message": "abcdefg " * 2_000_000}, method="POST", status=422)
        done = exchange(Transport(), server.url, encoded(github_claims()), "github")
    assert (done.worked, done.rows) == (False, ())
    assert len(done.words) == 400
