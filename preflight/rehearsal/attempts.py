"""What happened in a rehearsal: uploads and requests for tokens, with the rule that stands for each refusal. Judges nothing."""

from collections.abc import Iterable, Sequence
from functools import cache

from preflight.engine.finding import Reported, Severity
from preflight.engine.packs import Registry, built_in_registry
from preflight.engine.runner import RULE_CRASH
from preflight.rehearsal.refused import Refused
from preflight.sources.records import dataclass

ACCEPTED, REFUSED, IDENTICAL, SKIPPED = "accepted", "refused", "identical", "skipped"


_OF_RUNS = {"workflow": 1, "build": 1}
"""Families about how a run comes to an upload, which stands behind those about the upload itself."""


@dataclass(frozen=True)
class RuleLink:
    """The rule that stands for a refusal. `message` and `fix` are those of its finding on the file, or what its card says in general."""

    code: str
    name: str
    message: str
    fix: str
    url: str


@dataclass(frozen=True)
class Reason:
    """One refusal: its name, PyPI's message, and the rule for it where there is one."""

    rejection: str
    words: str
    rule: RuleLink | None


@dataclass(frozen=True)
class Attempt:
    """One upload, as it was answered. The first of `reasons` is PyPI's answer, the others it would have given once that is mended.

    `others` are findings that PyPI does not refuse, `notes` what could not be decided here.
    """

    number: int
    filename: str
    project: str
    version: str
    size: int
    agent: str
    identity: str
    status: int
    phrase: str
    verdict: str
    reasons: tuple[Reason, ...] = ()
    others: tuple[Reported, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether PyPI would have taken it."""
        return self.verdict != REFUSED


@dataclass(frozen=True)
class Exchange:
    """One request for a token by trusted publishing. `publisher` says in words whose token was given."""

    claims: tuple[tuple[str, str], ...]
    status: int
    words: str
    publisher: str = ""
    reason: Reason | None = None
    details: tuple[str, ...] = ()


def reasons_of(refusals: Sequence[Refused], findings: Iterable[Reported]) -> tuple[Reason, ...]:
    """The refusals with their rules, each row once."""
    found = list(findings)
    seen: dict[tuple[str, str], Reason] = {}
    for each in refusals:
        words = each.text()
        seen.setdefault((each.row, words), Reason(each.row, words, rule_of(each.row, found)))
    return tuple(seen.values())


def others_of(refusals: Sequence[Refused], findings: Iterable[Reported]) -> tuple[Reported, ...]:
    """The errors and warnings that none of the refusals speaks of."""
    rows = {each.row for each in refusals}
    return tuple(each for each in findings if each.severity is not Severity.INFO and rows.isdisjoint(each.rejections))


def rule_of(row: str, findings: Iterable[Reported] = ()) -> RuleLink | None:
    """The rule for a refusal: that of a finding that foretells it, else the first whose card names it."""
    for finding in findings:
        if row in finding.rejections:
            return RuleLink(finding.code, finding.name, finding.message, finding.fix, finding.url)
    code = _codes().get(row)
    if code is None:
        return None
    card = registry().rules[code].card
    said = card.wording(None).fix
    fix = "" if "{" in said else said  # with a blank to fill it speaks of one finding
    return RuleLink(code, registry().rules[code].name, card.summary, fix, card.url)


@cache
def registry() -> Registry:
    """The built-in rules."""
    return built_in_registry()


@cache
def rules_of_files() -> tuple[str, ...]:
    """The codes of the rules that a built file alone can break, and of that which tells of a rule that fails."""
    return tuple(code for code, rule in registry().rules.items() if "dist" in rule.decided_by or code == RULE_CRASH)


@cache
def _codes() -> dict[str, str]:
    """Refusal -> the rule that stands for it: of several, the one whose card names it first, since a card begins with what is most its own."""
    best: dict[str, tuple[int, int, str]] = {}
    for code, rule in registry().rules.items():
        for place, row in enumerate(rule.card.rejections):
            rank = (_OF_RUNS.get(rule.family, 0), place, code)
            best[row] = min(best.get(row, rank), rank)
    return {row: code for row, (_, _, code) in best.items()}
