"""Trusted publishing without GitHub and without PyPI: an identity token as a job on GitHub gets one, and PyPI's exchange of it for an upload token.

Signs with a key of its own, so no token is good anywhere else. Held to warehouse: oidc/views.py, oidc/services.py, oidc/models/github.py.
"""

import json
import threading
import time
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from preflight.publishers.matching import Difference, Identity, verdict
from preflight.publishers.registered import PYPI, RegisteredPublisher
from preflight.rehearsal.answers import HttpAnswer, answer, minted
from preflight.rehearsal.attempts import Exchange, Reason, rule_of
from preflight.rehearsal.index import MOST_ATTEMPTS, Index
from preflight.rehearsal.refused import Refused
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

GITHUB = "https://token.actions.githubusercontent.com"
ISSUERS = frozenset(
    (GITHUB, "https://gitlab.com", "https://accounts.google.com", "https://platform.activestate.com/api/v1/oauth/oidc")
)
"""The issuers that PyPI knows (warehouse: oidc/utils.py)."""

EXTRA = "pypi-preflight[rehearse]"
REQUIRED = (
    "repository",
    "repository_owner",
    "repository_owner_id",
    "job_workflow_ref",
    "jti",
    "event_name",
    "ref",
    "sha",
)
"""Claims that PyPI wants of GitHub's token (warehouse: oidc/models/github.py)."""

_LEEWAY = 30
_LIFETIME = 300
_KEY_ID = "rehearsal"
_WORKFLOW = _compile(r"([^/]+\.(?:yml|yaml))(?=@)")
_ROWS = {
    "owner": "gh-owner-or-repo-mismatch",
    "repository": "gh-owner-or-repo-mismatch",
    "workflow": "gh-workflow-mismatch",
    "environment": "gh-environment-mismatch",
}


def missing_tool() -> str:
    """What to install for trusted publishing; empty where it is there."""
    from importlib.util import find_spec

    if find_spec("jwt") is not None and find_spec("cryptography") is not None:
        return ""
    return f"trusted publishing in a rehearsal needs PyJWT and cryptography: install {EXTRA}"


class _Refusal(Exception):
    def __init__(self, refused: Refused, details: tuple[str, ...] = ()) -> None:
        self.refused = refused
        self.details = details


@dataclass(frozen=True)
class _Found:
    publisher: RegisteredPublisher | None
    projects: frozenset[str] | None
    details: tuple[str, ...] = ()


class TrustedPublishing:
    """The endpoints of one rehearsal. `claims` are those of the job that asks; None where none may ask."""

    def __init__(self, index: Index, claims: Mapping[str, str] | None = None) -> None:
        self.audience = "pypi" if index.state.index == PYPI else "testpypi"
        self.request_token = token_urlsafe(24)
        self._index = index
        self._claims = claims
        self._used: set[str] = set()
        self._lock = threading.Lock()
        self._made: RSAPrivateKey | None = None

    def play(self, claims: Mapping[str, str] | None) -> None:
        """From now on identity tokens are those of this job."""
        self._claims = claims

    def identity_token(self, audience: str) -> str:
        """A token as GitHub gives one to the job (GitHub, "OpenID Connect reference")."""
        import jwt

        now = int(time.time())
        stated = {
            "iss": GITHUB,
            "aud": audience,
            "iat": now,
            "nbf": now - 5,
            "exp": now + _LIFETIME,
            "jti": str(uuid4()),
        }
        return jwt.encode({**(self._claims or {}), **stated}, self._key(), "RS256", {"kid": _KEY_ID})

    def id_token(self, authorization: str | None, audience: str) -> HttpAnswer:
        """GitHub's answer to a job that asks for its token."""
        from preflight.rehearsal.simple import not_found, response

        if self._claims is None:
            return not_found()
        if authorization is None or authorization.partition(" ")[2] != self.request_token:
            return response('{"message": "Unauthorized"}', "application/json", "401 Unauthorized")
        return response(json.dumps({"count": 1, "value": self.identity_token(audience)}), "application/json")

    def mint(self, body: bytes) -> HttpAnswer:
        """Exchange an identity token for an upload token, or say as PyPI does why not."""
        claims: dict[str, Any] = {}
        with self._lock:
            try:
                claims.update(self._verified(body))
                found = self._publisher(claims)
                self._use(claims)
            except _Refusal as refusal:
                refused = refusal.refused
                reply = answer(refused.row, {**self._index.pages, **refused.values}, words=refused.words)
                reason = Reason(refused.row, refused.text(), rule_of(refused.row))
                self._remember(claims, reply, refused.text(), reason=reason, details=refusal.details)
                return reply
            token = self._index.mint.publisher_token(_named(found.publisher, claims), found.projects)
            reply = minted(token.text, token.expires)
            self._remember(claims, reply, "token minted", publisher=token.publisher, details=found.details)
            return reply

    def _remember(
        self,
        claims: Mapping[str, Any],
        reply: HttpAnswer,
        words: str,
        *,
        publisher: str = "",
        reason: Reason | None = None,
        details: tuple[str, ...],
    ) -> None:
        shown = ("repository", "job_workflow_ref", "ref", "environment", "event_name")
        said = tuple((name, str(claims[name])) for name in shown if name in claims)
        if len(self._index.exchanges) < MOST_ATTEMPTS:
            self._index.exchanges.append(Exchange(said, reply.status, words, publisher, reason, details))

    def _key(self) -> "RSAPrivateKey":
        if self._made is None:
            from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

            self._made = generate_private_key(65537, 2048)
        return self._made

    def _verified(self, body: bytes) -> Mapping[str, Any]:
        """The claims of a token that PyPI would trust (warehouse: `mint_token_from_oidc`, `verify_jwt_signature`)."""
        import jwt

        token = _payload(body)
        try:
            issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
            raise _Refusal(Refused("mint-malformed-jwt")) from None
        if not isinstance(issuer, str) or issuer not in ISSUERS:
            raise _Refusal(Refused("mint-unknown-issuer"), (f"the issuer is {issuer!r}"[:200],))
        wanted: jwt.types.Options = {"require": ["iss", "iat", "exp", "aud"], "strict_aud": True}
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key().public_key(),
                ["RS256"],
                wanted,
                audience=self.audience,
                issuer=GITHUB,
                leeway=_LEEWAY,
            )
        except jwt.InvalidAudienceError:
            raise _Refusal(Refused("mint-bad-audience"), (f"the audience must be `{self.audience}`",)) from None
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
            raise _Refusal(Refused("mint-expired-jwt")) from None
        except jwt.MissingRequiredClaimError as error:
            raise _Refusal(Refused("mint-missing-std-claim"), (f"it has no claim `{error.claim}`",)) from None
        except jwt.PyJWTError:
            raise _Refusal(Refused("mint-bad-alg-or-kid")) from None
        return claims

    def _publisher(self, claims: Mapping[str, Any]) -> _Found:
        """The publisher that PyPI finds for the claims, and the projects that the token is good for."""
        state = self._index.state
        for name in REQUIRED:
            if claims.get(name) is None:
                raise _Refusal(Refused("mint-missing-claim", {"claim": name}))
        workflow = _WORKFLOW.search(str(claims["job_workflow_ref"]))
        if workflow is None:
            raise _Refusal(Refused("gh-workflow-extract"))
        owner, _, repository = str(claims["repository"]).partition("/")
        identity = Identity("github", owner, repository, workflow[1], str(claims.get("environment") or ""))
        registered = tuple(each for each in state.publishers if each.index == state.index and each.kind == "github")
        if not registered:
            _verify(claims, owner, repository, workflow[1])
            return _Found(
                None,
                None,
                ("no publisher is declared in [[tool.preflight.publishers]]: the claims were taken as registered",),
            )
        judged = verdict(registered, identity)
        if judged.matched is None:
            differences = judged.differences
            row = _ROWS[differences[0].field] if len(differences) == 1 else "mint-no-publisher"
            raise _Refusal(Refused(row), tuple(_in_words(each) for each in differences))
        publisher = judged.matched
        _verify(claims, publisher.owner, publisher.repository, publisher.workflow)
        return _Found(publisher, self._projects(publisher, registered))

    def _projects(
        self, publisher: RegisteredPublisher, registered: tuple[RegisteredPublisher, ...]
    ) -> frozenset[str] | None:
        """The projects of all entries with the same identity. A pending one becomes real, and its project with it."""
        state, names = self._index.state, frozenset[str]()
        for each in registered:
            if _key_of(each) == _key_of(publisher):
                covered = state.projects_of(each)
                if not covered:
                    return None
                if each.pending:
                    state.existing |= covered
                names |= covered
        return names

    def _use(self, claims: Mapping[str, Any]) -> None:
        """A token may be exchanged once (warehouse: oidc/models/_core.py, `check_existing_jti`)."""
        identifier = str(claims["jti"])
        if identifier in self._used:
            raise _Refusal(Refused("mint-reused-token"))
        self._used.add(identifier)


def _payload(body: bytes) -> str:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise _Refusal(_invalid("Invalid JSON")) from None
    if not isinstance(document, dict) or "token" not in document:
        raise _Refusal(_invalid("Field required"))
    token = document["token"]
    if not isinstance(token, str):
        raise _Refusal(_invalid("Input should be a valid string"))
    return token


def _invalid(problem: str) -> Refused:
    return Refused(
        "mint-invalid-payload", words=f"invalid-payload: 1 validation error for TokenPayload\ntoken\n  {problem}"
    )


def _verify(claims: Mapping[str, Any], owner: str, repository: str, workflow: str) -> None:
    """The claims that PyPI verifies once it has found a publisher (warehouse: oidc/models/github.py)."""
    if claims["event_name"] == "pull_request_target":
        raise _Refusal(Refused("gh-pull-request-target"))
    ref, sha = str(claims["ref"]), str(claims["sha"])
    if not ref and not sha:
        raise _Refusal(Refused("gh-ref-sha-empty"))
    path = f"{owner}/{repository}/.github/workflows/{workflow}@"
    expected, actual = [f"{path}{each}" for each in (ref, sha) if each], str(claims["job_workflow_ref"])
    if actual not in expected:
        raise _Refusal(Refused("gh-job-workflow-ref-mismatch", {"expected": expected, "actual": actual}))


def _key_of(publisher: RegisteredPublisher) -> tuple[str, ...]:
    return publisher.owner, publisher.repository, publisher.workflow, publisher.environment.lower()


def _in_words(difference: Difference) -> str:
    registered, claimed = difference.registered or "(empty)", difference.claimed or "(empty)"
    return f"{difference.field}: registered `{registered}`, claimed `{claimed}`"


def _named(publisher: RegisteredPublisher | None, claims: Mapping[str, Any]) -> str:
    if publisher is None:
        return str(claims["job_workflow_ref"])
    environment = f" (environment {publisher.environment})" if publisher.environment else ""
    return f"{publisher.owner}/{publisher.repository} {publisher.workflow}{environment}"
