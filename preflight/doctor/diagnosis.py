"""From the causes that a log admits to diagnoses: ranked, each with the rule that owns its cause, in the words of its card. Reads no log, prints nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from preflight.credentials.redact import redact
from preflight.doctor.assumptions import assumed_message
from preflight.doctor.extraction import Candidate, Evidence, Extracted, Failure, candidates
from preflight.doctor.reading import Log
from preflight.doctor.sign import RULED_OUT, Sign
from preflight.doctor.signatures import Match, Signature, causes_of_refusals, signatures
from preflight.doctor.signs import signs
from preflight.doctor.words import values_of
from preflight.engine.cards import DOCUMENTATION_URL, Answer, Card, MalformedCard, filled
from preflight.engine.finding import Confidence, Edit, Reported, Severity
from preflight.engine.packs import Rule
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.doctor.circumstances import Circumstances, Support
    from preflight.publishers.registered import RegisteredPublisher

UNKNOWN_FAILURE = "UNK001"
_UNKNOWN_NAME = "unknown-failure"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One cause of the failure, and what to do about it.

    `finding` is what the check of the project at hand found, where it is this cause; `place` and `edits` are its. `avoid` says what not to do, `because` what
    in the project's history, its files or on the index speaks for it.
    """

    code: str
    name: str
    cause: str
    confidence: Confidence
    message: str
    fix: str
    steps: tuple[str, ...]
    avoid: str
    evidence: tuple[Evidence, ...]
    rejections: tuple[str, ...]
    url: str
    place: Place | None = None
    finding: Reported | None = None
    because: str = ""

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits of the project's files that mend it."""
        return self.finding.edits if self.finding is not None else ()

    @property
    def severity(self) -> Severity:
        """An error where it is certain, as everywhere."""
        return Severity.ERROR if self.confidence is Confidence.CERTAIN else Severity.WARNING


class Owners:
    """Finds the rule that owns a cause: the one whose card lists it."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._found: dict[str, Card | None] = {}

    @cached_property
    def _fronts(self) -> tuple[tuple[Rule, str], ...]:
        # Reading two hundred cards as YAML takes longer than reading the log: only those are read that hold the name at all.
        return tuple((rule, _front(rule)) for rule in self._rules)

    def card(self, cause: str) -> Card | None:
        """The card of the rule that owns a cause."""
        if cause not in self._found:
            named = (_card(rule) for rule, front in self._fronts if cause in front)
            self._found[cause] = next((card for card in named if card is not None and cause in card.causes), None)
        return self._found[cause]

    def rule(self, code: str) -> Rule | None:
        """The rule of a code."""
        return next((rule for rule in self._rules if rule.code == code), None)


def _front(rule: Rule) -> str:
    try:
        return rule.path.read_text(encoding="utf-8").partition("\n---\n")[0]
    except (OSError, ValueError):
        return ""


def _card(rule: Rule) -> Card | None:
    """The card of a rule; a malformed one of a project's own pack answers nothing."""
    try:
        return rule.card
    except MalformedCard:
        return None


def diagnose(
    extracted: Extracted, log: Log, owners: Owners, circumstances: "Circumstances | None" = None
) -> tuple[Diagnosis, ...]:
    """The causes of the failure, the likeliest first. Empty where the log holds no failure."""
    found = [
        diagnosis
        for each in ranked(extracted, log, circumstances)
        if (diagnosis := _worded(each, extracted, log, owners, circumstances)) is not None
    ]
    if not found and extracted.failed:
        return (_unknown(extracted, owners),)
    return tuple(found)


# Which cause.


@dataclass(frozen=True, slots=True)
class Ranked:
    """A cause with the failure that it comes from, how sure it is, and what in the project speaks for it."""

    cause: str
    failure: Failure | None
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    support: "Support | None" = None


_TIERS = {"hint": 0, "overcome": 0, "failure": 1, "broad": 2, "symptom": 3}
_FEW_LINES = 6
"""A log of no more lines is what somebody quoted of a failure: what else would only be a hint is then all there is."""


def ranked(extracted: Extracted, log: Log, circumstances: "Circumstances | None" = None) -> list[Ranked]:
    """The causes in the order of likelihood."""
    possible = _with_hints(extracted, candidates(extracted)) or _of_fragment(extracted, log)
    if not possible:
        return _without_message(extracted, log, circumstances)
    failures = {failure.name: failure for failure in (*extracted.failures, *extracted.hints)}
    told = any(failures[each.failure].role == "failure" for each in possible)
    explained = {cause for each in extracted.failures if each.role in ("hint", "failure") for cause in each.causes}
    kept: list[tuple[tuple[int, int, int, int], Ranked]] = []
    read = {name: list(signs(failure, extracted, log)) for name, failure in failures.items()}
    supports = circumstances.supports(extracted, [each.cause for each in possible]) if circumstances is not None else {}
    for position, each in enumerate(possible):
        failure = failures[each.failure]
        tier = _TIERS[failure.role]
        if told and tier > 1 and each.cause not in explained:
            continue
        weight, decisive = _weight(each.cause, read[each.failure])
        support = supports.get(each.cause)
        if weight <= RULED_OUT and (support is None or not support.decides):
            continue
        # What PyPI itself refused came last: a failure of another kind in the same log did not end the job.
        rank = 2 * len(failures) * tier + (0 if failure.signature.refusals else len(failures)) + each.rank
        order = (*_by_project(support, rank, weight), position)
        sure = _confidence(each, failure, extracted, weight, decisive, read[each.failure])
        kept.append((order, Ranked(each.cause, failure, sure, each.evidence, support)))
    kept.sort(key=lambda pair: pair[0])
    return _settled([*(each for _, each in kept), *_fault_of_index(possible, failures)])


_FAULT_OF_INDEX = "pypi-regression"


def _fault_of_index(possible: Sequence[Candidate], failures: Mapping[str, Failure]) -> Iterator[Ranked]:
    """The last thing to think of: that nothing is wrong on this side."""
    first = failures[possible[0].failure]
    if not _SEEN_AS_FAULT.isdisjoint((first.name, *first.signature.refusals)) and all(
        each.cause != _FAULT_OF_INDEX for each in possible
    ):
        yield Ranked(_FAULT_OF_INDEX, first, Confidence.UNKNOWN, first.evidence)


def _with_hints(extracted: Extracted, possible: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The candidates; where the log holds only that something failed, those of lines that say why such things fail go first."""
    if (
        any(failure.role in ("failure", "broad") or failure.explains for failure in extracted.failures)
        or not extracted.failed
    ):
        return possible
    hinted = [
        Candidate(cause, hint.evidence, hint.name, 0, len(hint.causes) == 1)
        for hint in extracted.hints
        if hint.signature.needs
        for cause in hint.causes
    ]
    named = {each.cause for each in hinted}
    return (*hinted, *(each for each in possible if each.cause not in named))


def _of_fragment(extracted: Extracted, log: Log) -> tuple[Candidate, ...]:
    """The candidates of a few quoted lines that hold no failure, only what goes with one."""
    if extracted.failed or sum(1 for line in log.lines if line.text) > _FEW_LINES:
        return ()
    return tuple(
        Candidate(cause, hint.evidence, hint.name, 0, len(hint.causes) == 1)
        for hint in extracted.hints
        for cause in hint.causes
    )


def _by_project(support: "Support | None", rank: int, weight: int) -> tuple[int, int, int]:
    """The order of a cause: what the project decides, then the failure it comes from, then the signs and what else the project holds."""
    if support is None:
        return 0, rank, -weight
    return (-support.weight, rank, -weight) if support.decides else (0, rank, -weight - support.weight)


def _weight(cause: str, found: Sequence[Sign]) -> tuple[int, bool]:
    mine = [sign for sign in found if sign.cause == cause]
    return sum(sign.weight for sign in mine), any(sign.decisive for sign in mine)


_SEEN_AS_FAULT = frozenset(
    (
        "nonuser-create",
        "digest-mismatch",
        "attest-subject-name",
        "project-too-large",
        "caveat-user-no-user",
        "caveat-not-array",
    )
)
"""Refusals that PyPI has also given, for days, because of a fault of its own or with another reason behind them."""


def _confidence(
    each: Candidate, failure: Failure, extracted: Extracted, weight: int, decisive: bool, found: Sequence[Sign]
) -> Confidence:
    """How sure the log alone is of a cause."""
    whole = (
        failure.role == "failure"
        and not all(match.cut for match in failure.matches)
        and _SEEN_AS_FAULT.isdisjoint((failure.name, *failure.signature.refusals))
    )
    others = [cause for cause in failure.causes if cause != each.cause and _weight(cause, found)[0] > RULED_OUT]
    rivals = [
        other
        for other in extracted.failures
        if other is not failure
        and other.role in ("failure", "hint")
        and other.causes
        and each.cause not in other.causes
    ]
    if whole and not rivals and (decisive or not others):
        return Confidence.CERTAIN
    if weight > 0 or (not others and failure.role != "symptom"):
        return Confidence.LIKELY
    first = not any(_weight(cause, found)[0] > weight for cause in others) and failure.causes[0] == each.cause
    return Confidence.LIKELY if first and len(others) == 1 and whole else Confidence.UNKNOWN


def _settled(found: list[Ranked]) -> list[Ranked]:
    """With a project that decides, what it shows is as sure as its finding; and nothing else stays certain beside another first."""
    if not found:
        return found
    first = found[0]
    if first.support is not None:
        shown = first.support.confidence
        sure = shown if first.support.decides or first.confidence is not Confidence.CERTAIN else first.confidence
        first = Ranked(first.cause, first.failure, sure, first.evidence, first.support)
    rest = [
        Ranked(
            each.cause,
            each.failure,
            Confidence.LIKELY if each.confidence is Confidence.CERTAIN else each.confidence,
            each.evidence,
            each.support,
        )
        for each in found[1:]
    ]
    return [first, *rest]


def _without_message(extracted: Extracted, log: Log, circumstances: "Circumstances | None") -> list[Ranked]:
    """The causes where the log holds less than a message that is known: those of the message that stands behind what it shows."""
    assumed = assumed_message(extracted, log)
    if assumed is None:
        return []
    name, evidence = assumed
    signature = next(each for each, _ in signatures() if each.name == name)
    failure = _assumed(signature)
    evidence = evidence or tuple(line for each in extracted.failures for line in each.evidence)[:3]
    supports = circumstances.supports(extracted, signature.causes) if circumstances is not None else {}
    read = list(signs(failure, extracted, log))
    kept = []
    for position, cause in enumerate(signature.causes):
        weight, _ = _weight(cause, read)
        support = supports.get(cause)
        if weight > RULED_OUT or (support is not None and support.decides):
            confidence = Confidence.LIKELY if weight > 0 else Confidence.UNKNOWN
            order = (*_by_project(support, 0, weight), position)
            kept.append((order, Ranked(cause, failure, confidence, evidence, support)))
    kept.sort(key=lambda pair: pair[0])
    return _settled([each for _, each in kept])


def _assumed(signature: Signature) -> Failure:
    return Failure(signature, (Match(signature, {}, "", 1, 1, 0, 0, 0, 0, 0),), False, ())


# In which words.

_DECIDE = "Make sure first: {question}"
_NEW_RUN = "Start a new run from a commit that has the change: a re-run keeps the old workflow."


def _worded(
    each: Ranked, extracted: Extracted, log: Log, owners: Owners, circumstances: "Circumstances | None"
) -> Diagnosis | None:
    card = owners.card(each.cause)
    if card is None:
        return None
    publisher = circumstances.publisher(extracted) if circumstances is not None else None
    project = circumstances.project if circumstances is not None else None
    written = circumstances.version_place if circumstances is not None else None
    registered = each.support.registered if each.support is not None else None
    values = {**values_of(extracted, each.failure, log, publisher, project, written), **_registered(registered)}
    finding = each.support.finding if each.support is not None else None
    answer = card.answers.get(each.cause)
    message, steps, avoid = _told(card, answer, values, each.confidence)
    fix = (filled(answer.steps[0], values) if answer is not None else None) or steps[0]
    place = each.support.place if each.support is not None else None
    if finding is not None:
        message, fix = redact(finding.message), redact(finding.fix)
        steps = (fix, *steps[1:]) if each.confidence is Confidence.CERTAIN else (steps[0], fix, *steps[2:])
        card_of_finding = owners.rule(finding.code)
        if card_of_finding is not None:
            card = card_of_finding.card
    again = say(_NEW_RUN)
    if (extracted.run_attempt or 1) > 1 and again not in steps and extracted.claims:
        steps = (*steps, again)
    return Diagnosis(
        code=card.code,
        name=card.name,
        cause=each.cause,
        confidence=each.confidence,
        message=message,
        fix=fix,
        steps=steps,
        avoid=avoid,
        evidence=_with_claims(each, extracted),
        rejections=_refusals(each),
        url=card.url,
        place=place,
        finding=finding,
        because=redact(each.support.because) if each.support is not None else "",
    )


def _told(
    card: Card, answer: Answer | None, values: Mapping[str, str | None], confidence: Confidence
) -> tuple[str, tuple[str, ...], str]:
    """The message, the steps and the warning for a cause; of a card that has no answer for it, its summary and its section on the fix."""
    if answer is None:
        return (
            say("{sentence}.", sentence=card.summary),
            card.steps or (say("Read its card: preflight explain {name}", name=card.name),),
            _avoided(card),
        )
    steps = [text for step in answer.steps if (text := filled(step, values)) is not None]
    decide = filled(answer.decide, values) if answer.decide else None
    if decide and confidence is not Confidence.CERTAIN:
        steps.insert(0, say(_DECIDE, question=decide))
    message = filled(answer.message, values) or say("{sentence}.", sentence=card.summary)
    return " ".join(message.split()), tuple(steps), filled(answer.avoid, values) or ""


def _avoided(card: Card) -> str:
    """The first paragraph of what the card says not to do."""
    return " ".join(card.sections.get("What not to do", "").partition("\n\n")[0].split())


def _registered(publisher: "RegisteredPublisher | None") -> dict[str, str | None]:
    """What the declared publisher says, for the answers."""
    if publisher is None:
        return {}
    environment = publisher.environment
    return {
        "registered_environment": environment or None,
        "registered_line": f"`environment: {environment}`" if environment else None,
        "registered_workflow": publisher.workflow or None,
        "registered_repository": f"{publisher.owner}/{publisher.repository}",
    }


_STATUS = _compile(r"^\d{3}(?=\D)")

_TELLING_CLAIMS = {
    "environment-missing-in-job": ("environment", "sub"),
    "environment-name-mismatch": ("environment", "sub"),
    "workflow-filename-mismatch": ("job_workflow_ref", "workflow_ref"),
    "reusable-workflow-publisher-mismatch": ("job_workflow_ref", "workflow_ref"),
    "repository-renamed-or-transferred": ("repository", "sub"),
    "publisher-owner-id-mismatch": ("repository_owner_id",),
    "gitlab-pipeline-file-mismatch": ("ci_config_ref_uri",),
}
"""The claims that show a cause, the best first."""


def _with_claims(each: Ranked, extracted: Extracted) -> tuple[Evidence, ...]:
    """The lines that show a cause: the message, then the claims that matter for it."""
    lines = [
        extracted.claims_lines[name] for name in _TELLING_CLAIMS.get(each.cause, ()) if name in extracted.claims_lines
    ]
    shown = lines[: 2 if each.cause.startswith("reusable") else 1]
    return tuple(_without_repeats((*each.evidence, *shown)))


def _without_repeats(evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    """The lines without those that only say again what one before them says: clients print an answer as status line, title, heading and text."""
    told: list[str] = []
    for each in evidence:
        text = _STATUS.sub("", "".join(each.text.split()))
        if not any(text in other or other in text for other in told):
            told.append(text)
            yield each


def _refusals(each: Ranked) -> tuple[str, ...]:
    """The refusals that this cause meets: of those that share the message, the ones it can have; where it has others only, these."""
    mine = [name for name, causes in causes_of_refusals().items() if each.cause in causes]
    printed = each.failure.signature.refusals if each.failure is not None else ()
    same = tuple(name for name in mine if name in printed)
    return same or (tuple(mine) if printed else ())


def _unknown(extracted: Extracted, owners: Owners) -> Diagnosis:
    """A failure that no rule knows, with the lines that show it."""
    rule = owners.rule(UNKNOWN_FAILURE)
    evidence = extracted.unknown or tuple(line for failure in extracted.failures for line in failure.evidence)[:5]
    steps = rule.card.steps if rule is not None else ()
    return Diagnosis(
        code=UNKNOWN_FAILURE,
        name=rule.name if rule is not None else _UNKNOWN_NAME,
        cause="",
        confidence=Confidence.UNKNOWN,
        message=say("{sentence}.", sentence=rule.card.summary)
        if rule is not None
        else "The log shows a failure that no rule knows.",
        fix=steps[0] if steps else "Read the lines shown, from the last one upwards.",
        steps=steps,
        avoid=_avoided(rule.card) if rule is not None else "",
        evidence=evidence,
        rejections=(),
        url=rule.card.url if rule is not None else f"{DOCUMENTATION_URL}{_UNKNOWN_NAME}/",
    )
