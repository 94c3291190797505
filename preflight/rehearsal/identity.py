"""Who uploads: an Authorization header read as PyPI reads it, tokens judged by what they say, and tokens minted by the rehearsal. Asks nobody.

In a rehearsal every well-formed token of the index counts as live, since whether a real one is cannot be known here.
"""

import binascii
import json
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from secrets import token_bytes
from uuid import uuid4

from preflight.credentials.caveats import Expiration, OIDCPublisher, ProjectName, RequestUser, UnusableCaveat
from preflight.credentials.token import Token, read_token
from preflight.distributions.filenames import normalize_project
from preflight.refusals import refusals
from preflight.rehearsal.refused import Refused
from preflight.sources.records import dataclass

_LIFETIME = 900
"""Seconds that a token from trusted publishing lives (warehouse: oidc/views.py)."""

_INVALID = "Invalid API Token: "


@dataclass(frozen=True)
class Minted:
    """A token that the rehearsal minted for a trusted publisher. `projects` are normalized names; None where they are not known."""

    text: str
    identifier: str
    expires: int
    projects: frozenset[str] | None
    publisher: str


@dataclass(frozen=True)
class Identity:
    """Whose token it is: an account's, or (`minted`) that of a trusted publisher."""

    token: Token
    minted: Minted | None = None


class Mint:
    """The tokens of one rehearsal."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._minted: dict[str, Minted] = {}

    def account_token(self) -> str:
        """A token such as an account has for all its projects, made up."""
        return _token(self.host, str(uuid4()), [[3, str(uuid4())]])

    def publisher_token(self, publisher: str, projects: frozenset[str] | None) -> Minted:
        """A token such as PyPI mints for a trusted publisher, made up (warehouse: oidc/views.py, `mint_token`)."""
        identifier, now = str(uuid4()), int(time.time())
        ids = [str(uuid4()) for _ in projects or ("",)]
        caveats = [[4, str(uuid4()), None], [2, ids], [0, now + _LIFETIME, now]]
        minted = Minted(_token(self.host, identifier, caveats), identifier, now + _LIFETIME, projects, publisher)
        self._minted[identifier] = minted
        return minted

    def identity(self, authorization: str | None) -> Identity | Refused:
        """Who a request comes from (warehouse: accounts/security_policy.py, macaroons/security_policy.py, macaroons/services.py)."""
        scheme, _, rest = (authorization or "").partition(" ")
        text: str | None = rest if scheme.lower() in ("token", "bearer") else None
        if scheme.lower() == "basic":
            user, password = _basic(rest)
            if user is not None and user != "__token__":
                return Refused("password-auth-removed")
            text = password
        if text is None:
            return Refused("no-identity-no-token-username" if scheme else "no-identity")
        if not text.strip().startswith("pypi-"):
            return Refused("no-identity-bad-prefix")
        token = read_token(text).token
        if token is None:
            return Refused("no-identity-undecodable")
        minted = self._minted.get(token.identifier)
        if token.location != self.host:
            return Refused("no-identity-wrong-index")
        if token.is_oidc and minted is None:
            return Refused("no-identity-revoked")
        return Identity(token, minted)


def _basic(text: str) -> tuple[str | None, str | None]:
    """User and password of Basic credentials; None for what cannot be read (Pyramid: `extract_http_basic_credentials`)."""
    try:
        decoded = b64decode(text.strip()).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return None, None
    user, colon, password = decoded.partition(":")
    return (user, password) if colon else (None, None)


def permission_refusals(identity: Identity, project: str) -> Iterator[Refused]:
    """What a token's restrictions have against an upload to a project.

    PyPI evaluates those in the token and once more those in its database, and joins what they say with commas (warehouse: macaroons/services.py).
    """
    found = list(_restrictions(identity, project))
    if found:
        sentences = [_sentence(row, project) for row in found]
        yield Refused(found[0], words=_INVALID + ", ".join(sentences * 2))


def _sentence(row: str, project: str) -> str:
    return refusals()[row].message.removeprefix(_INVALID).replace("{project}", project)


def _restrictions(identity: Identity, project: str) -> Iterator[str]:
    token, minted, now = identity.token, identity.minted, int(time.time())
    for caveat in token.caveats:
        match caveat:
            case Expiration() if not caveat.not_before <= now < caveat.expires_at:
                yield "caveat-expired"
            case ProjectName() if normalize_project(project) not in caveat.names:
                yield "caveat-project-name"
            case RequestUser() if minted is not None:
                yield "caveat-user-no-user"
            case OIDCPublisher() if minted and not covers(minted, project):
                yield "caveat-oidc-project"
                yield "caveat-project-id"
            case UnusableCaveat() if caveat.reason.value != "caveat-unknown-tag":
                yield caveat.reason.value


def covers(minted: Minted, project: str) -> bool:
    """Whether the publisher of a minted token is registered for a project; also where that is not known."""
    return minted.projects is None or normalize_project(project) in minted.projects


def _token(location: str, identifier: str, caveats: Sequence[object]) -> str:
    """A macaroon of PyPI's form with a signature that nobody can check (libmacaroons: binary format, version 2)."""
    header = b"\x02" + _packet(1, location.encode()) + _packet(2, identifier.encode()) + b"\0"
    sealed = b"".join(_packet(2, json.dumps(each, separators=(",", ":")).encode()) + b"\0" for each in caveats)
    whole = header + sealed + b"\0" + _packet(6, token_bytes(32))
    return "pypi-" + urlsafe_b64encode(whole).decode().rstrip("=")


def _packet(kind: int, content: bytes) -> bytes:
    length, encoded = len(content), bytearray([kind])
    while length >= 0x80:
        encoded.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*encoded, length]) + content
