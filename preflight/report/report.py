"""What a report is made from, and the door to the output formats. Holds no format itself and prints nothing."""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module

from preflight.engine.finding import Applicability, Reported, Result, Severity, Skipped
from preflight.engine.packs import Rule
from preflight.sources.records import dataclass

FORMATS = ("full", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown")
"""The names of the output formats; each is the module of this name, with a function `render`."""


@dataclass(frozen=True)
class Section:
    """The result of one workspace.

    `path_prefix` goes before its paths: for people always, for machines where there are several sections.
    """

    result: Result
    path_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with the prefix of its paths."""

    finding: Reported
    prefix: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many findings of each kind are left, and what was suppressed, skipped and fixed besides."""

    error: int
    warning: int
    info: int
    suppressed: int
    fixable: int
    fixable_unsafely: int
    fixed: int
    skipped: int

    @property
    def problems(self) -> int:
        return self.error + self.warning + self.info


@dataclass(frozen=True)
class Report:
    """All that the output formats need.

    `rules` gives the rule of each code and is asked only for codes that occur. `checked` says in a few words what was
    looked at, empty where there was nothing to look at. `exit_status` is the one that the command will end with, where it is known already.
    """

    sections: tuple[Section, ...]
    version: str
    rules: Mapping[str, Rule]
    verbose: bool = False
    quiet: bool = False
    color: bool = False
    width: int = 100
    checked: str | None = None
    exit_status: int | None = None

    def for_people(self) -> Iterator[Located]:
        """The findings that are left, each with its section's prefix."""
        for section in self.sections:
            for finding in section.result.findings:
                yield Located(finding, section.path_prefix)

    def for_machines(self) -> Iterator[Located]:
        """The findings that are left, with the prefix that paths have for machines."""
        for section in self.sections:
            for finding in section.result.findings:
                yield Located(finding, self._machine_prefix(section))

    def fixed_for_people(self) -> Iterator[Located]:
        """The findings whose edits were applied; their places are those of the text before."""
        for section in self.sections:
            for finding in section.result.fixed:
                yield Located(finding, section.path_prefix)

    def fixed_for_machines(self) -> Iterator[Located]:
        """The findings whose edits were applied, with the prefix that paths have for machines."""
        for section in self.sections:
            for finding in section.result.fixed:
                yield Located(finding, self._machine_prefix(section))

    def _machine_prefix(self, section: Section) -> str:
        """Empty when there is one root only: then it is what paths are relative to."""
        return section.path_prefix if len({each.path_prefix for each in self.sections}) > 1 else ""

    @property
    def crashed(self) -> bool:
        return any(section.result.crashed for section in self.sections)

    def skipped(self) -> list[Skipped]:
        """The skipped rules of all sections, each reason of a rule once."""
        return list(dict.fromkeys(each for section in self.sections for each in section.result.skipped))

    def counts(self) -> Counts:
        """Count the findings."""
        left = [each.finding for each in self.for_people()]
        severities = [finding.severity for finding in left]
        return Counts(
            error=severities.count(Severity.ERROR),
            warning=severities.count(Severity.WARNING),
            info=severities.count(Severity.INFO),
            suppressed=sum(section.result.suppressed for section in self.sections),
            fixable=sum(finding.fixable for finding in left),
            fixable_unsafely=sum(applicability(finding) is Applicability.UNSAFE for finding in left),
            fixed=sum(1 for _ in self.fixed_for_people()),
            skipped=len({each.code for each in self.skipped()}),
        )


def repeats(findings: Iterable[Located]) -> list[list[Located]]:
    """The findings with the same words together."""
    groups: dict[tuple[object, ...], list[Located]] = {}
    for each in findings:
        finding = each.finding
        words = (finding.code, finding.severity, finding.confidence, finding.message, finding.fix)
        groups.setdefault(words, []).append(each)
    return list(groups.values())


def applicability(finding: Reported) -> Applicability | None:
    """What it takes to apply the finding's edits together: the most careful of them decides. None without edits."""
    found = {edit.applicability for edit in finding.edits}
    for each in (Applicability.SHOW, Applicability.UNSAFE, Applicability.SAFE):
        if each in found:
            return each
    return None


def render(report: Report, format: str) -> str:
    """The report as text in one of `FORMATS`, ending in a line break; empty where there is nothing to say.

    Raises:
        ValueError: there is no such format.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown output format {format!r}: expected one of {', '.join(FORMATS)}")
    text: str = import_module(f"preflight.report.{format}").render(report)
    return text
