"""The report as SARIF 2.1.0, for GitHub's code scanning and every other viewer of that format.

Sources: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; GitHub's page "SARIF support for
code scanning".
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from preflight.credentials.redact import redact
from preflight.engine.cards import DOCUMENTATION_URL, Card, MalformedCard
from preflight.engine.finding import Confidence, Edit, Note, Reported, Severity
from preflight.report.json import dumps, plain
from preflight.report.line_hash import LARGEST, line_hashes
from preflight.report.report import Located, Report
from preflight.report.safe import for_machines, machine_path, without_secrets
from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Place, Source

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_PRECISIONS = {Confidence.CERTAIN: "very-high", Confidence.LIKELY: "high", Confidence.UNKNOWN: "medium"}

_ROOT = "%SRCROOT%"

_NOWHERE = "no-file-associated-with-this-finding"
"""GitHub refuses a result without a location, and shows one whose file does not exist without its source."""

_LONGEST_DESCRIPTION = 1024
_SEMANTIC_VERSION = _compile(r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)")
_LINK = _compile(r"\[(?=[^\[\]]*\]\()")


def render(report: Report) -> str:
    """The report as one SARIF log with one run."""
    located = list(report.for_machines())
    codes = list(dict.fromkeys(each.finding.code for each in located))
    index = {code: position for position, code in enumerate(codes)}
    samples = {each.finding.code: each.finding for each in reversed(located)}
    hashes = _Hashes()
    driver: dict[str, object] = {
        "name": "preflight",
        "fullName": f"preflight {report.version}",
        "version": report.version,
        "informationUri": DOCUMENTATION_URL.removesuffix("rules/"),
        "rules": [_rule(report, code, samples[code]) for code in codes],
    }
    if _SEMANTIC_VERSION.fullmatch(report.version):
        driver["semanticVersion"] = report.version
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "preflight/"},
        "invocations": [_invocation(report)],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the checked repository"}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, index, hashes) for each in located],
    }
    return dumps({"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]})


def _invocation(report: Report) -> dict[str, object]:
    invocation: dict[str, object] = {"executionSuccessful": not report.crashed}
    if report.exit_status is not None:
        invocation["exitCode"] = report.exit_status
    invocation["toolExecutionNotifications"] = [
        {
            "level": "note",
            "message": {"text": _text(f"{rule.code} was skipped: {for_machines(rule.reason)}")},
            "associatedRule": {"id": rule.code},
        }
        for rule in report.skipped()
    ]
    return invocation


def _rule(report: Report, code: str, sample: Reported) -> dict[str, object]:
    """What is said of a rule: from its card, or where that cannot be read from one of its findings."""
    rule = report.rules.get(code)
    try:
        card = rule.card if rule else None
    except (MalformedCard, OSError):
        card = None
    if card is not None:
        return _described(card, rule.family if rule else code[:3])
    described: dict[str, object] = {
        "id": code,
        "name": sample.name,
        "shortDescription": {"text": sample.name},
        "help": {"text": for_machines(sample.fix) or sample.name},
        "defaultConfiguration": {"level": _LEVELS[sample.severity]},
    }
    if sample.url:
        described["helpUri"] = sample.url
    return described


def _described(card: Card, family: str) -> dict[str, object]:
    wording = card.wording(None)
    happens = " ".join(card.sections.get("What happens", card.summary).split("\n\n")[0].split())
    return {
        "id": card.code,
        "name": card.name,
        "shortDescription": {"text": card.summary},
        "fullDescription": {"text": happens[:_LONGEST_DESCRIPTION] or card.summary},
        "helpUri": card.url,
        "help": {"text": f"{card.summary}\n\n{wording.fix}", "markdown": f"# {card.summary}\n\n{card.body}"},
        "defaultConfiguration": {"level": _LEVELS[card.severity]},
        "properties": {
            "tags": ["publishing", "pypi", family],
            "precision": "very-high" if card.severity is Severity.ERROR else "high",
            "problem.severity": _PROBLEMS[card.severity],
        },
    }


def _result(located: Located, index: Mapping[str, int], hashes: "_Hashes") -> dict[str, object]:
    finding, prefix = located.finding, located.prefix
    sentences = [_text(for_machines(finding.message)), _text(for_machines(finding.fix))]
    sentences += [f"See: [{_link_text(note)}]({number})" for number, note in enumerate(finding.related)]
    place = finding.place
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": "\n".join(filter(None, sentences)) or finding.name},
        "locations": [_location(place, prefix) if place else _nowhere()],
    }
    fingerprints = {"preflight/v1": finding.fingerprint} if finding.fingerprint else {}
    line_hash = hashes.of(place) if place else None
    if line_hash:
        fingerprints["primaryLocationLineHash"] = line_hash
    if fingerprints:
        result["partialFingerprints"] = fingerprints
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_location(note.place, prefix), "message": {"text": _link_text(note)}}
            for number, note in enumerate(finding.related)
        ]
    edits = without_secrets(finding.edits)
    if edits:
        result["fixes"] = [_fix(finding, edits, prefix)]
    result["properties"] = {
        "confidence": finding.confidence.value,
        "precision": _PRECISIONS[finding.confidence],
        "args": plain(finding.args),
        "rejections": list(finding.rejections),
        "causes": list(finding.causes),
    }
    return result


def _location(place: Place, prefix: str) -> dict[str, object]:
    source = place.source
    location: dict[str, object] = {
        "physicalLocation": {"artifactLocation": _artifact(source, prefix), "region": _region(place)}
    }
    if source.member is not None:
        location["logicalLocations"] = [
            {"fullyQualifiedName": machine_path(source.path, source.member, prefix), "kind": "member"}
        ]
    return location


def _nowhere() -> dict[str, object]:
    region = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    return {"physicalLocation": {"artifactLocation": {"uri": _NOWHERE, "uriBaseId": _ROOT}, "region": region}}


def _artifact(source: Source, prefix: str) -> dict[str, str]:
    """Where a source is, as a relative URI (RFC 3986)."""
    return {"uri": quote(machine_path(source.path, source.member, prefix), safe="/"), "uriBaseId": _ROOT}


def _region(place: Place) -> dict[str, object]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _fix(finding: Reported, edits: Sequence[Edit], prefix: str) -> dict[str, object]:
    changes: dict[str, list[object]] = {}
    artifacts = {}
    for edit in edits:
        replacement: dict[str, object] = {"deletedRegion": _region(edit.source.place(edit.start, edit.end))}
        if edit.replacement:
            replacement["insertedContent"] = {"text": for_machines(edit.replacement)}
        artifact = _artifact(edit.source, prefix)
        artifacts[artifact["uri"]] = artifact
        changes.setdefault(artifact["uri"], []).append(replacement)
    return {
        "description": {"text": _text(for_machines(finding.fix)) or finding.name},
        "artifactChanges": [
            {"artifactLocation": artifacts[uri], "replacements": replacements} for uri, replacements in changes.items()
        ],
        "properties": {"applicability": sorted({edit.applicability.value for edit in edits})},
    }


def _text(text: str) -> str:
    """Plain text in a message: what would be read as an embedded link is escaped (SARIF 2.1.0, section 3.11.6)."""
    return _LINK.sub(r"\\[", text)


def _link_text(note: Note) -> str:
    """What is said of a related place, fit to stand between the brackets of a link."""
    return for_machines(note.message).replace("[", "(").replace("]", ")") or "related place"


class _Hashes:
    """The line hashes of each source, computed once."""

    def __init__(self) -> None:
        self._known: dict[Source, list[str]] = {}

    def of(self, place: Place) -> str | None:
        """The hash of the place's line. None for what is no file of the repository, too large, or holds a secret.

        So short a hash of known words and a weak password would let the password be guessed.
        """
        source = place.source
        if source.member is not None or not source.text or len(source.text) > LARGEST:
            return None
        if source not in self._known:
            self._known[source] = [] if redact(source.text) != source.text else line_hashes(source.text)
        hashes = self._known[source]
        return hashes[place.line - 1] if place.line <= len(hashes) else None
