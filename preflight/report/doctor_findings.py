"""Diagnoses and remarks of a log as findings, for the formats that know only those. Diagnoses nothing."""

from collections.abc import Sequence

from preflight.doctor.diagnosis import Diagnosis
from preflight.doctor.extraction import Evidence
from preflight.doctor.remarks import Remark
from preflight.engine.finding import Confidence, Note, Reported, Severity
from preflight.engine.packs import Rule
from preflight.report.safe import for_people
from preflight.sources.text import Place, Source
from preflight.sources.words import say

EVIDENCE = 5
LONGEST_LINE = 400
"""Lines of the log that are shown of a diagnosis, and characters of each."""


def reported(diagnosis: Diagnosis, name: str) -> Reported:
    """A diagnosis as a finding: in the project's file where that is known, otherwise in the log."""
    places = _log_places(diagnosis.evidence, name)
    place = diagnosis.place or (places[0] if places else None)
    related = [Note(each, say("the log says")) for each in (places if diagnosis.place is not None else places[1:])]
    steps = diagnosis.steps or (diagnosis.fix,)
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)) if len(steps) > 1 else steps[0]
    return Reported(
        code=diagnosis.code,
        name=diagnosis.name,
        severity=diagnosis.severity,
        confidence=diagnosis.confidence,
        message=diagnosis.message,
        fix=numbered,
        args={},
        rejections=diagnosis.rejections,
        causes=(diagnosis.cause,) if diagnosis.cause else (),
        place=place,
        related=tuple(related[:EVIDENCE]),
        edits=diagnosis.edits,
        url=diagnosis.url,
        fingerprint=f"doctor-{diagnosis.code}-{diagnosis.cause}",
    )


def remarked(remark: Remark, rule: Rule, name: str) -> Reported:
    """A remark with a rule as a finding in the log."""
    places = _log_places(remark.evidence, name)
    return Reported(
        code=rule.code,
        name=rule.name,
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN,
        message=remark.message,
        fix=remark.advice,
        args={},
        rejections=(),
        causes=(),
        place=places[0] if places else None,
        related=(),
        edits=(),
        url=rule.card.url,
        fingerprint=f"doctor-{rule.code}",
    )


_FARTHEST_LINE = 200_000


def _log_places(evidence: Sequence[Evidence], name: str) -> list[Place]:
    """Places in a text that holds of the log only the lines that matter, each under its number."""
    texts: dict[int, str] = {}
    for each in evidence:
        if each.line <= _FARTHEST_LINE:
            texts.setdefault(each.line, for_people(each.text[:LONGEST_LINE]))
    if not texts:
        return []
    source = Source(name, "\n".join(texts.get(number, "") for number in range(1, max(texts) + 1)))
    return [Place(source, source.offset(line), source.offset(line) + len(text)) for line, text in texts.items()]
