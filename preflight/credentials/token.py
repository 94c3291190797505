"""API tokens read offline: what is wrong with the text, and what the token allows. Asks no index whether it exists.

A token that PyPI could accept is never refused here: the text is first read as PyPI reads it (warehouse:
`macaroons/security_policy.py`, `macaroons/services.py`), and only what PyPI refuses for certain is then explained.
"""

import re
from collections.abc import Iterator
from dataclasses import field
from enum import StrEnum
from typing import Literal

from preflight.credentials.caveats import (
    Caveat,
    Expiration,
    OIDCPublisher,
    ProjectID,
    ProjectName,
    RequestUser,
    UndecidedCaveat,
    UnusableCaveat,
    read_caveat,
)
from preflight.credentials.macaroon import (
    Fault,
    Macaroon,
    MalformedMacaroon,
    decode_leniently,
    decodings,
    deserialize,
    in_alphabet,
)
from preflight.credentials.redact import fingerprint, mask
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

__all__ = [
    "ProblemKind",
    "Token",
    "TokenProblem",
    "TokenReading",
    "find_tokens",
    "fingerprint",
    "is_real_token",
    "mask",
    "read_token",
]

PREFIX = "pypi-"

Index = Literal["pypi", "testpypi"]

_INDEXES: dict[str, Index] = {"pypi.org": "pypi", "test.pypi.org": "testpypi"}
_SIGNATURE_LENGTH = 32
_UUID = _compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class ProblemKind(StrEnum):
    """What is wrong with the text of a token."""

    EMPTY = "empty"
    """Nothing there, or nothing after the prefix."""
    REFERENCE = "reference"
    """An expression, a variable or a mask: the value stands elsewhere, unless nothing expands it."""
    PLACEHOLDER = "placeholder"
    """Words, dots or crosses that stand for a token."""
    QUOTED = "quoted"
    """Quotation marks are part of the value."""
    MISSING_PREFIX = "missing-prefix"
    """A token without its `pypi-`."""
    OTHER_PREFIX = "other-prefix"
    """Something else stands before the token, or it is a token of another service (`found` names it)."""
    NOT_A_TOKEN = "not-a-token"
    """Neither the prefix nor anything that looks like a token: an account password, perhaps."""
    WHITESPACE_INSIDE = "whitespace-inside"
    """A blank or a line break between the characters of the token."""
    NOT_BASE64 = "not-base64"
    """A character that is no part of a token."""
    TRUNCATED = "truncated"
    """The end of the token is missing."""
    NOT_A_MACAROON = "not-a-macaroon"
    """The prefix is right, what follows is something else."""
    WRONG_VERSION = "wrong-version"
    """A macaroon of the first version, which PyPI neither issues nor reads."""
    BAD_IDENTIFIER = "bad-identifier"
    """A macaroon whose identifier is not of the form that PyPI gives, so that it cannot be PyPI's."""
    BAD_SIGNATURE_LENGTH = "bad-signature-length"
    """A macaroon whose signature is not of 32 bytes."""
    TRAILING_BYTES = "trailing-bytes"
    """More follows after the end of the token."""


@dataclass(frozen=True, slots=True)
class TokenProblem:
    """One thing wrong, at a character offset of the text as given. `found` is a foreign prefix, never a secret."""

    kind: ProblemKind
    offset: int = 0
    found: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that PyPI can read. It holds what the token says, but neither its text nor its signature."""

    location: str
    """The host that issued it. PyPI never compares it: a token of another host is merely unknown."""
    identifier: str = field(repr=False)
    caveats: tuple[Caveat, ...]
    is_example: bool = False
    """Its identifier or its signature is one character repeated: made up for a document, never issued."""

    @property
    def index(self) -> Index | None:
        """Which index issued it, where the location tells."""
        return _INDEXES.get(self.location)

    @property
    def projects(self) -> frozenset[str] | None:
        """The normalized names of the only projects it is good for; None when no caveat restricts them by name.

        The names are compared as they stand (warehouse: `ProjectName.verify`): one that is not normalized fits nothing.
        Project ids are not public, so only a list without any counts: it fits nothing either.
        """
        if any(isinstance(caveat, ProjectID) and not caveat.ids for caveat in self.caveats):
            return frozenset()
        names = [frozenset(caveat.names) for caveat in self.caveats if isinstance(caveat, ProjectName)]
        return frozenset.intersection(*names) if names else None

    @property
    def is_account_wide(self) -> bool:
        """Whether it says that it is good for every project of its account.

        A token without any caveat does not say so: PyPI may hold more caveats in its database than it puts into the
        token (warehouse: `DatabaseMacaroonService.verify`), and means to put none there one day.
        """
        return any(isinstance(caveat, RequestUser) for caveat in self.caveats) and all(
            isinstance(caveat, RequestUser | Expiration) for caveat in self.caveats
        )

    @property
    def is_oidc(self) -> bool:
        """Whether it was minted for a trusted publisher."""
        return any(isinstance(caveat, OIDCPublisher) for caveat in self.caveats)

    @property
    def validity(self) -> tuple[int | None, int | None]:
        """The second from which on it is good, and that from which on it is not; None where it sets no such limit."""
        limits = [caveat for caveat in self.caveats if isinstance(caveat, Expiration)]
        if not limits:
            return None, None
        return max(limit.not_before for limit in limits), min(limit.expires_at for limit in limits)

    def is_valid_at(self, now: int) -> bool:
        """Whether a whole second since 1970 is inside its validity. warehouse: `Expiration.verify`, without leeway."""
        not_before, expires_at = self.validity
        return (not_before is None or now >= not_before) and (expires_at is None or now < expires_at)

    def allows_project(self, name: str) -> bool:
        """Whether its caveats leave room for the project: its name is normalized first (PEP 503).

        False is certain. True is not: ids and what PyPI keeps to itself are not known here.
        """
        return self.projects is None or re.sub(r"[-_.]+", "-", name).lower() in self.projects

    @property
    def unusable_caveats(self) -> tuple[UnusableCaveat, ...]:
        """The caveats that PyPI cannot read. With one of them no upload is accepted."""
        return tuple(caveat for caveat in self.caveats if isinstance(caveat, UnusableCaveat))

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Names of PyPI's refusals of which one is certain, because two caveats exclude each other.

        A token belongs to one account or to one publisher, never to both (warehouse: `RequestUser.verify`,
        `OIDCPublisher.verify`).
        """
        users = {caveat.user_id for caveat in self.caveats if isinstance(caveat, RequestUser)} - {None}
        publishers = {caveat.publisher_id for caveat in self.caveats if isinstance(caveat, OIDCPublisher)}
        names = []
        if publishers and any(isinstance(caveat, RequestUser) for caveat in self.caveats):
            names += ["caveat-user-no-user", "caveat-oidc-outside"]
        if len(users) > 1:
            names.append("caveat-user-mismatch")
        if len(publishers) > 1:
            names.append("caveat-oidc-mismatch")
        return tuple(names)

    @property
    def is_undecided(self) -> bool:
        """Whether it holds a caveat that cannot be read here, but perhaps on PyPI."""
        return any(isinstance(caveat, UndecidedCaveat) for caveat in self.caveats)


@dataclass(frozen=True, slots=True)
class TokenReading:
    """A text read as a token.

    Without a token, PyPI refuses the text for certain, and `problems` says why. With one, `problems` holds what PyPI
    overlooks: the text is not quite as issued, and another client or index may be less forgiving.
    """

    token: Token | None
    problems: tuple[TokenProblem, ...] = ()


def read_token(text: str) -> TokenReading:
    """Read a token as PyPI reads the password of an upload.

    Blanks around it are stripped, and it is split at its first dash (warehouse: `_extract_basic_macaroon`,
    `_extract_raw_macaroon`). That its identifier is a UUID as PyPI writes them and its signature has 32 bytes follows
    from the signature itself, which covers the identifier and is compared as a whole.
    """
    stripped = text.strip()
    offset = len(text) - len(text.lstrip())
    if stripped.startswith(PREFIX):
        accepted = _accept(stripped[len(PREFIX) :])
        if accepted is not None:
            macaroon, data = accepted
            return TokenReading(_token(macaroon), tuple(_overlooked(text, offset + len(PREFIX), macaroon.size, data)))
    return TokenReading(None, tuple(_explain(stripped, offset)))


_CANDIDATE = _compile(r"pypi-AgE[A-Za-z0-9_-]{100,}={0,2}")
"""The shortest token of either index, with no caveat at all, has 114 characters after the prefix."""


def find_tokens(text: str) -> Iterator[tuple[int, int]]:
    """Where something looks like a whole token: spans of character offsets, for `is_real_token` to judge."""
    return (match.span() for match in _CANDIDATE.finditer(text))


def is_real_token(text: str) -> bool:
    """Whether the text is a token that PyPI or TestPyPI may have issued: examples and shortened ones are not."""
    token = read_token(text).token
    return (
        token is not None and not token.is_example and (token.index is not None or token.location.endswith(".pypi.org"))
    )


def _accept(body: str) -> tuple[Macaroon, bytes] | None:
    for data in decodings(body):
        try:
            macaroon = deserialize(data)
        except MalformedMacaroon:
            continue
        if _fault_beyond_format(macaroon) is None:
            return macaroon, data
    return None


def _fault_beyond_format(macaroon: Macaroon) -> ProblemKind | None:
    if not macaroon.identifier.isascii() or not _UUID.fullmatch(macaroon.identifier.decode()):
        return ProblemKind.BAD_IDENTIFIER
    if len(macaroon.signature) != _SIGNATURE_LENGTH:
        return ProblemKind.BAD_SIGNATURE_LENGTH
    return None


def _token(macaroon: Macaroon) -> Token:
    identifier = macaroon.identifier.decode()
    return Token(
        location=macaroon.location,
        identifier=identifier,
        caveats=tuple(read_caveat(sealed) for sealed in macaroon.caveats),
        is_example=len(set(macaroon.signature)) == 1 or len(set(identifier.replace("-", ""))) == 1,
    )


def _overlooked(text: str, start: int, size: int, data: bytes) -> Iterator[TokenProblem]:
    """What PyPI lets pass: characters that its base64 decoder discards, and bytes after the signature."""
    body = text[start:].rstrip()
    yield from _strays(body.rstrip("="), start)
    if not text.isascii() and body.isascii():
        # Blanks beyond ASCII are stripped where the client sends UTF-8, and refused where it sends Latin-1 (twine).
        yield TokenProblem(ProblemKind.NOT_BASE64, next(at for at, char in enumerate(text) if not char.isascii()))
    if size < len(data):
        yield TokenProblem(ProblemKind.TRAILING_BYTES, _character_of_byte(body, size, start))


def _strays(body: str, start: int) -> Iterator[TokenProblem]:
    """The first blank and the first other character that do not belong into a token."""
    reported = set()
    for at, character in enumerate(body):
        if not in_alphabet(character):
            kind = ProblemKind.WHITESPACE_INSIDE if character.isspace() else ProblemKind.NOT_BASE64
            if kind not in reported:
                reported.add(kind)
                yield TokenProblem(kind, start + at)


def _character_of_byte(body: str, byte: int, start: int) -> int:
    """The offset of the first character that holds nothing but what comes from a byte on."""
    positions = [at for at, character in enumerate(body) if in_alphabet(character)]
    index = (byte * 4 + 2) // 3
    return start + (positions[index] if index < len(positions) else len(body))


_QUOTES = "\"'`“”‘’«»"
_REFERENCE = r"""
    \$\{\{                                                   # a GitHub expression, anywhere
  | ^(?:pypi-)? (?:
        \$ (?: \w+ | \{[^}]*\} | \([^)]*\) | env:\w+ )        # a shell's variables and commands
      | % \w+ %
      | \{\{ .* \}\}
      | \*{3,} | \[?(?:masked|hidden|redacted)\]?             # what CI systems show of a secret
    ) $
"""
_WORD = (
    "your|my|the|an|a|insert|paste|put|enter|change|replace|set|fill|example|sample|dummy|fake|test|placeholder|todo|tbd"
    "|api|pypi|upload|token|secret|key|password|value|goes|here|me|in|with|it|this|string|from|account|is|of"
)
_PLACEHOLDER = rf"""
    ^(?:pypi-)? (?:
        <[^<>]*> | \[[^\[\]]*\] | \{{[^{{}}]*\}}
      | (?P<one>[^\s]) (?P=one){{2,}}
      | (?:(?:{_WORD})[-_ .:!]*)+
    ) $
"""
_IN_WORDS = re.VERBOSE | re.IGNORECASE | re.DOTALL
_LONGEST_PLACEHOLDER = 100
_FOREIGN = (
    r"(?i:test-?pypi-)|pypi_|github_pat_|gh[pousr]_|gl(?:pat|dt|rt|cbt|ptt|soat|agent|ffct|oas|imt|ft)-|npm_|sk-|eyJ"
    r"|(?i:bearer |basic |token |authorization:)|__token__:?"
)
_BODY_STARTS = ("AgEIcHlwaS5vcmc", "AgENdGVzdC5weXBpLm9yZw")
"""The base64 of version, length and `pypi.org` or `test.pypi.org`."""


def _explain(text: str, start: int) -> Iterator[TokenProblem]:
    """Why a text is refused. Called only for texts that are."""
    if text in ("", PREFIX, PREFIX[:-1]):
        yield TokenProblem(ProblemKind.EMPTY, start)
    elif re.search(_REFERENCE, text, _IN_WORDS):
        yield TokenProblem(ProblemKind.REFERENCE, start)
    elif text[0] in _QUOTES or text[-1] in _QUOTES:
        yield TokenProblem(ProblemKind.QUOTED, start if text[0] in _QUOTES else start + len(text) - 1)
        inner = _unquoted(text)
        at = start + text.index(inner)
        yield from (
            TokenProblem(problem.kind, at + problem.offset, problem.found) for problem in read_token(inner).problems
        )
    elif _is_placeholder(text):
        yield TokenProblem(ProblemKind.PLACEHOLDER, start)
    elif text.startswith(PREFIX):
        yield from _explain_body(text[len(PREFIX) :], start + len(PREFIX))
    else:
        yield from _explain_prefix(text, start)


def _is_placeholder(text: str) -> bool:
    if "..." in text or "…" in text:
        return True
    return len(text) <= _LONGEST_PLACEHOLDER and re.match(_PLACEHOLDER, text, _IN_WORDS) is not None


def _unquoted(text: str) -> str:
    start, end = 0, len(text)
    while start < end and (text[start] in _QUOTES or text[start].isspace()):
        start += 1
    while start < end and (text[end - 1] in _QUOTES or text[end - 1].isspace()):
        end -= 1
    return text[start:end]


def _explain_prefix(text: str, start: int) -> Iterator[TokenProblem]:
    """Why a text that does not begin with `pypi-` is none of PyPI's tokens."""
    whole = _accept(text) is not None
    if whole or text.startswith(_BODY_STARTS):
        yield TokenProblem(ProblemKind.MISSING_PREFIX, start)
        if not whole:
            yield from _explain_body(text, start)
        return
    foreign = re.match(_FOREIGN, text)
    if foreign:
        yield TokenProblem(ProblemKind.OTHER_PREFIX, start, foreign[0].strip())
    elif text[: len(PREFIX)].lower() == PREFIX or any(mark in text for mark in ("pypi-Ag", *_BODY_STARTS)):
        yield TokenProblem(ProblemKind.OTHER_PREFIX, start)
    else:
        yield TokenProblem(ProblemKind.NOT_A_TOKEN, start)


def _explain_body(body: str, start: int) -> Iterator[TokenProblem]:
    """Why what follows the prefix is refused: the strays in it, and what is wrong without them."""
    strays = list(_strays(body.rstrip("="), start))
    yield from strays
    clean = "".join(character for character in body if in_alphabet(character))
    data = decode_leniently(clean)
    try:
        macaroon = deserialize(data)
    except MalformedMacaroon as error:
        if error.fault is Fault.TRUNCATED:
            yield TokenProblem(ProblemKind.TRUNCATED, start + len(body))
        else:
            yield TokenProblem(ProblemKind(error.fault), start)
        return
    fault = _fault_beyond_format(macaroon)
    if fault is not None:
        yield TokenProblem(fault, start)
    elif not strays:
        # Sound up to here, so it is the rest that keeps its base64 from being read.
        yield TokenProblem(ProblemKind.TRAILING_BYTES, _character_of_byte(body, macaroon.size, start))
