"""The exchange of an identity token for an upload token, which is thrown away, and what an index says where it refuses. Uploads nothing."""

from collections.abc import Mapping
from re import escape, fullmatch
from typing import TYPE_CHECKING

from preflight.refusals import Refusal, refusals
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from preflight.index.transport import Answer, Transport

_PLACEHOLDER = _compile(r"\{[^}]*\}")
_WORD = _compile(r"[A-Za-z0-9_=-]{6,}")
_LONGEST_WORDS = 400
_LONGEST_ANSWER = 4000
"""Characters of an answer's words that are looked at; PyPI's own are far shorter."""
_VALIDATION = "validation error"


@dataclass(frozen=True, slots=True)
class Exchange:
    """How an exchange went: `expires` (seconds since 1970) where it worked; else PyPI's words and the names of the refusals that have them."""

    worked: bool
    expires: int | None = None
    words: str = ""
    rows: tuple[str, ...] = ()


def exchange(transport: "Transport", base: str, token: str, platform: str) -> Exchange:
    """Exchange a token at `/_/oidc/mint-token` and forget the answer's (docs.pypi.org, "Internals and Technical Details" of trusted publishers).

    Raises:
        Unreachable: the index gives no answer.
    """
    answer = transport.post(f"{base}/_/oidc/mint-token", json={"token": token})
    body = _object(answer)
    if answer.status == 200 and body.get("success") is True and isinstance(body.get("token"), str):
        expires = body.get("expires")
        return Exchange(True, expires if isinstance(expires, int) else None)
    words = _words(answer.status, body, token)
    return Exchange(False, words=words[:_LONGEST_WORDS], rows=refusal_rows(words, platform))


def _object(answer: "Answer") -> Mapping[str, object]:
    from json import loads

    try:
        body = loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _words(status: int, body: Mapping[str, object], token: str) -> str:
    """PyPI's errors as `code: description`, on one line, without any piece of the token: a validation error quotes what it was given."""
    errors = body.get("errors")
    said = [
        f"{each.get('code')}: {each.get('description')}"
        for each in (errors if isinstance(errors, list) else ())
        if isinstance(each, dict)
    ]
    text = "; ".join(said) or str(body.get("message") or f"an answer of status {status} without words")
    return _WORD.sub(lambda match: "***" if match[0] in token else match[0], " ".join(text[:_LONGEST_ANSWER].split()))


def refusal_rows(words: str, platform: str) -> tuple[str, ...]:
    """The refusals that PyPI tells in these words, of this platform or of any; the general ones first."""
    prefix = {"github": "gh-", "gitlab": "gl-"}[platform]
    found = [
        each
        for each in refusals().values()
        if each.stage == "oidc-mint" and each.name.startswith(("mint-", "oidc-", prefix)) and _tells(each, words)
    ]
    literal = [each.name for each in found if not each.message.startswith("invalid-payload: {")]
    if literal:
        return tuple(literal)
    row = "mint-invalid-payload" if _VALIDATION in words else "mint-pending-create-failed"
    return tuple(each.name for each in found if each.name == row)


def _tells(refusal: Refusal, words: str) -> bool:
    pattern = ".+".join(escape(part) for part in _PLACEHOLDER.split(refusal.message))
    return fullmatch(f"(?s){pattern}", words) is not None
