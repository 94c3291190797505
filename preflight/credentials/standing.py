"""In a few words how good a credential looks, for a table. Its rules say more; nothing here shows a part of it."""

from preflight.credentials.credential import INDEX_NAMES
from preflight.credentials.token import ProblemKind, Token, read_token
from preflight.credentials.uses import Outcome, Use
from preflight.sources.words import say

_PROBLEMS = {
    ProblemKind.EMPTY: "empty",
    ProblemKind.PLACEHOLDER: "a placeholder",
    ProblemKind.REFERENCE: "a reference that nothing replaced",
    ProblemKind.QUOTED: "in quotation marks",
    ProblemKind.MISSING_PREFIX: "without `pypi-`",
    ProblemKind.OTHER_PREFIX: "of another service",
    ProblemKind.NOT_A_TOKEN: "no API token",
    ProblemKind.WHITESPACE_INSIDE: "with a blank inside",
    ProblemKind.TRUNCATED: "cut off",
}


def standing(use: Use, now: int) -> str:
    """What can be said of the credential of a use without asking the index; empty where the client has none."""
    if use.outcome is not Outcome.CREDENTIAL or use.password is None:
        return ""
    if use.index is None:
        return say("not judged: another index")
    reading = read_token(use.password.value)
    if reading.token is None:
        return say(_PROBLEMS.get(reading.problems[0].kind, "broken") if reading.problems else "broken")
    return _of_token(reading.token, use, now)


def _of_token(token: Token, use: Use, now: int) -> str:
    assert use.index is not None
    if token.index is not None and token.index != use.index:
        return say("a token of {index}", index=INDEX_NAMES[token.index])
    if not token.is_valid_at(now):
        return say("a token outside of its period")
    if token.unusable_caveats or token.conflicts:
        return say("a token with a restriction that fits nothing")
    if token.is_oidc:
        return say("a token of a trusted publisher")
    if token.projects is not None:
        return say("a token for {projects}", projects=", ".join(sorted(token.projects)) or say("no project"))
    return say("a token for the whole account") if token.is_account_wide else say("a token")
