"""Runs the selected checks over one workspace and turns what they find into reported findings. Never prints, never writes."""

import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from typing import Any

from preflight.engine.baseline import with_fingerprints
from preflight.engine.cards import Card, substitute
from preflight.engine.checks import Check
from preflight.engine.crashes import concealed, hidden_words
from preflight.engine.facts import PROJECT_SEED, FactCrash, Facts, Unavailable
from preflight.engine.finding import Confidence, Finding, Label, Note, Related, Reported, Result, Severity, Skipped
from preflight.engine.packs import Registry, Rule
from preflight.engine.selection import PathIgnores
from preflight.engine.settings import PATTERNS
from preflight.engine.suppression import Suppression, suppressing, suppressions
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source
from preflight.sources.tree import Files
from preflight.sources.words import retold, say

RULE_CRASH = "INT001"
UNUSED_SUPPRESSION = "INT004"

FAILED_FIX = "INT006"

_MOST_LINES = 3
"""Lines that are named where a comment might have been meant for one of them."""

_OUTSIDE = frozenset({"index", "github", "environment"})

NO_PROJECT = "no project (a folder with pyproject.toml, setup.cfg or setup.py) to check"


@dataclass(frozen=True)
class Filters:
    """What is left out of a run's findings."""

    selected: frozenset[str]
    path_ignores: PathIgnores = field(default_factory=PathIgnores)
    excluded: tuple[str, ...] = ()
    focus: frozenset[str] | None = None
    baseline: frozenset[str] = frozenset()
    cover: Callable[[str], str] = str
    """Hides secrets in a line of a file."""
    secrets: Callable[[], Collection[str]] = tuple
    """What the machine knows for secrets, whatever they look like: asked where a crash's message is shown."""
    placeless: bool = True
    """Whether findings without a place count: where only a part was asked for they would be about the rest, unless the machine was asked for too."""

    def shows(self, place: Place | None) -> bool:
        """Whether a place belongs to what was asked for: files and folders of the focus, nothing excluded."""
        if place is None:
            return self.placeless
        path = place.source.path
        if any(_below(path, pattern) for pattern in self.excluded):
            return False
        return self.focus is None or path in self.focus or any(path.startswith(f"{folder}/") for folder in self.focus)


def _below(path: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    stem = pattern.rstrip("/")
    return path == stem or path.startswith(f"{stem}/") or fnmatchcase(path, pattern)


class Runner:
    """One run over one workspace. The facts must hold `inventory`, which has `projects`, and the seed `files`."""

    def __init__(self, registry: Registry, facts: Facts, filters: Filters) -> None:
        self.registry = registry
        self.facts = facts
        self.filters = filters
        self.result = Result()
        self._found: list[Reported] = []
        self._tried: set[str] = set()
        self._used_patterns: set[str] = set()
        self._reasons: dict[str, str] = {}
        self._crashed_facts: set[str] = set()

    def run(self, watch: Callable[[int, int], None] | None = None) -> Result:
        """Run every selected check; gives findings in the order of their places. `watch` is told how many are done, of how many."""
        chosen = [check for check in self.registry.checks if self.filters.selected.intersection(check.codes)]
        scopes = [self.facts.child({PROJECT_SEED: project}) for project in self.facts.get("inventory").projects]
        self._begin(chosen)
        for done, check in enumerate(sorted(chosen, key=lambda each: (each.last, each.waits))):
            if watch:
                watch(done, len(chosen))
            self._run_check(check, scopes)
        self._note_undecided(bool(chosen))
        for code, reason in sorted(self._reasons.items()):
            if code not in self._tried and code in self.filters.selected:
                self.result.skipped.append(Skipped(code, reason))
        self._finish()
        return self.result

    def _begin(self, checks: Iterable[Check]) -> None:
        """Ask for the facts of checks that wait, so that other processes have something to do. What goes wrong is told when the check runs."""
        for name in dict.fromkeys(name for check in checks if check.waits for name in check.needs):
            with suppress(Exception):
                if not self.facts.per_project(name):
                    self.facts.get(name)

    def _note_undecided(self, others_run: bool) -> None:
        """Say of selected rules that no file decides why they were not tried; those that only a log shows, where nothing else was asked."""
        decided = {code for check in self.registry.checks for code in check.codes}
        for code in self.filters.selected - decided - {RULE_CRASH, UNUSED_SUPPRESSION, FAILED_FIX}:
            sources = self.registry.rules[code].decided_by
            if _OUTSIDE.intersection(sources) and sources[0] != "log":
                self._reasons[code] = (
                    "this version does not ask the outside for it" if self.facts.get("online") else "offline"
                )
            elif not others_run:
                self._reasons[code] = "only the log of a failed publish shows it"

    def _run_check(self, check: Check, projects: list[Facts]) -> None:
        try:
            per_project = any(map(self.facts.per_project, check.needs)) or PROJECT_SEED in check.needs
        except Exception as error:
            self._crash(check.codes, error)
            return
        for code in check.codes:
            if per_project and not projects:
                self._reasons.setdefault(code, NO_PROJECT)
        for facts in projects if per_project else [self.facts]:
            self._run_in(check, facts)

    def _run_in(self, check: Check, facts: Facts) -> None:
        try:
            values = [facts.get(name) for name in check.needs]
        except Unavailable as error:
            for code in check.codes:
                self._reasons.setdefault(code, error.reason)
            return
        except FactCrash as error:
            if error.fact not in self._crashed_facts:
                self._crashed_facts.add(error.fact)
                self._crash(check.codes, error.error)
            for code in check.codes:
                self._reasons.setdefault(code, f"the fact `{error.fact}` could not be computed: preflight failed")
            return
        except Exception as error:
            self._crash(check.codes, error)
            return
        try:
            for finding in check.function(*values):
                self._report(check, finding)
        except Unavailable as error:
            for code in check.codes:
                self._reasons.setdefault(code, error.reason)
            return
        except Exception as error:
            self._crash(check.codes, error)
        self._tried.update(check.codes)

    def _report(self, check: Check, finding: Finding) -> None:
        code = finding.code or check.codes[0]
        if code not in check.codes:
            raise LookupError(f"the check of {', '.join(check.codes)} yields a finding of {code}")
        if code in self.filters.selected and self.filters.shows(finding.at):
            self._found.append(worded(self.registry.rules[code], finding))

    def _crash(self, codes: Collection[str], error: BaseException) -> None:
        self.result.crashed = True
        rule = self.registry.rules.get(RULE_CRASH)
        if rule is None:
            return
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{frames[-1].name}, line {frames[-1].lineno}" if frames else "unknown"
        text = self._concealed(f"{type(error).__name__}: {error}").split("\n")[0]
        self._found.append(worded(rule, Finding(None, rules=sorted(codes), error=text[:300], where=where)))

    def _concealed(self, text: str) -> str:
        """The message of a crash without what the lines of the files read so far hide, and what the machine knows for a secret."""
        files: Files = self.facts.get("files")
        hidden = hidden_words(list(files.sources.values()), self.filters.cover)
        return concealed(self.filters.cover(text), (*self.filters.secrets(), *hidden))

    def _finish(self) -> None:
        unique: dict[tuple[object, ...], Reported] = {}
        for found in told_together(self._found):
            place = found.place
            key = (found.code, *_spot(place)) if place else (found.code,)
            unique.setdefault((*key, found.message), found)
        kept = self._suppress([each for each in unique.values() if not self._ignored(each)])
        kept.sort(key=_order)
        kept = with_fingerprints(kept, self.filters.cover)
        known = [each for each in kept if each.fingerprint in self.filters.baseline]
        self.result.suppressed += len(known)
        self.result.findings = [each for each in kept if each.fingerprint not in self.filters.baseline]

    def _ignored(self, finding: Reported) -> bool:
        if finding.place is None:
            return False
        patterns = list(self.filters.path_ignores.matching(finding.place.source.path, finding.code))
        self._used_patterns.update(patterns)
        return bool(patterns)

    def _unused_patterns(self) -> Iterable[Reported]:
        """The patterns of the checked project's own `per-path-ignores` that silence nothing, in a run over all of it that has tried all that they name.

        Those for built files are passed over: these come and go.
        """
        rule = self.registry.rules.get(UNUSED_SUPPRESSION)
        entries = self.filters.path_ignores.entries
        if rule is None or not entries or self.filters.focus is not None:
            return
        files: Files = self.facts.get("files")
        for pattern, codes in entries:
            place = self.facts.get("settings").place_of(PATTERNS, pattern)
            own = place is not None and files.sources.get(place.source.path) is place.source
            of_built = "dist" in pattern.split("/") or pattern.endswith((".whl", ".tar.gz"))
            if own and not of_built and pattern not in self._used_patterns and codes and codes <= self._tried:
                yield worded(rule, Finding(place, variant="pattern", pattern=pattern, rules=sorted(codes)))

    def _suppress(self, findings: list[Reported]) -> list[Reported]:
        files: Files = self.facts.get("files")
        comments: dict[Source, list[Suppression]] = {
            source: found for source in files.sources.values() if (found := list(suppressions(source, self.registry)))
        }
        kept = []
        for finding in findings:
            by_source = comments.get(finding.place.source) if finding.place else None
            comment = suppressing(by_source, finding.place, finding.code) if by_source and finding.place else None
            if comment:
                comment.used.add(finding.code)
                self.result.suppressed += 1
            else:
                kept.append(finding)
        kept.extend(self._unused([comment for found in comments.values() for comment in found], kept))
        if UNUSED_SUPPRESSION in self.filters.selected:
            kept.extend(each for each in self._unused_patterns() if not self._ignored(each))
        return kept

    def _unused(self, comments: Iterable[Suppression], kept: Collection[Reported]) -> Iterable[Reported]:
        rule = self.registry.rules.get(UNUSED_SUPPRESSION)
        if rule is None or UNUSED_SUPPRESSION not in self.filters.selected:
            return
        for comment in comments:
            if not self.filters.shows(comment.place):
                continue
            if not comment.selectors:
                yield worded(rule, Finding(comment.place, variant="no-rule"))
            for selector in comment.unknown:
                yield worded(rule, Finding(comment.place, variant="unknown-rule", rule=selector))
            unused = sorted(code for code in comment.codes - comment.used if code in self._tried)
            if unused:
                source = comment.place.source
                near = [
                    each.place for each in kept if each.place and each.place.source is source and each.code in unused
                ]
                lines = ", ".join(map(str, sorted({place.line for place in near})[:_MOST_LINES]))
                variant = "elsewhere" if lines else None
                related = [Related(place, "found") for place in near[:_MOST_LINES]]
                yield worded(rule, Finding(comment.place, variant=variant, rules=unused, lines=lines, related=related))


def worded(rule: Rule, finding: Finding) -> Reported:
    """A finding with the words of its rule's card. A severity above the card's, or an uncertain error, is lowered.

    Raises:
        MalformedCard: the card breaks the form, or asks for an argument that the finding does not give.
    """
    card = rule.card
    wording = card.wording(finding.variant)
    severity = min(finding.severity or card.severity, card.severity, key=lambda each: each.rank)
    if severity is Severity.ERROR and finding.confidence is not Confidence.CERTAIN:
        severity = Severity.WARNING
    args: Mapping[str, Any] = {name: _in_words(value, card) for name, value in finding.args.items()}
    told = {**args, **{name: _retold(args[name]) for name in card.retold if name in args}} if card.retold else args
    return Reported(
        code=rule.code,
        name=rule.name,
        severity=severity,
        confidence=finding.confidence,
        message=substitute(wording.message, told),
        fix=substitute(wording.fix, told),
        args=args,
        rejections=card.rejections if finding.rejections is None else finding.rejections,
        causes=card.causes if finding.causes is None else finding.causes,
        place=finding.at,
        related=tuple(
            Note(each.place, substitute(card.labels.get(each.label, each.label), told)) for each in finding.related
        ),
        edits=tuple(edit for edit in finding.edits if edit.source.member is None),
        url=card.url,
        repeats=finding.repeats,
        turn=finding.turn,
    )


def _in_words(value: object, card: Card) -> object:
    """An argument with its labels worded by the card."""
    if isinstance(value, Label):
        return substitute(card.labels[value.name], value.values)
    if isinstance(value, Sequence) and value and isinstance(value[0], Label):
        return say(", ").join(str(_in_words(each, card)) for each in value)
    return value


def _retold(value: object) -> object:
    return retold(value) if isinstance(value, str) else value


def told_together(found: Iterable[Reported]) -> list[Reported]:
    """Findings on built files that repeat one on a source file are told with that one, which takes over what is surer; others name where they come from."""
    own: dict[tuple[object, ...], int] = {}
    kept: list[Reported] = []
    later: list[Reported] = []
    for finding in found:
        if finding.repeats is not None:
            later.append(finding)
            continue
        if finding.place is not None:
            own.setdefault((finding.code, *_spot(finding.place)), len(kept))
        kept.append(finding)
    for finding in later:
        assert finding.repeats is not None
        index = own.get((finding.code, *_spot(finding.repeats)))
        if index is None or finding.place is None:
            kept.append(replace(finding, related=(*finding.related, Note(finding.repeats, say("where it comes from")))))
            continue
        first = kept[index]
        surer = finding if finding.severity.rank > first.severity.rank else first
        kept[index] = replace(
            first,
            severity=surer.severity,
            confidence=surer.confidence,
            rejections=surer.rejections,
            related=(*first.related, Note(finding.place, say("built into this file"))),
        )
    return kept


def _spot(place: Place) -> tuple[object, ...]:
    return (place.source.path, place.source.member, place.start, place.end)


def _order(finding: Reported) -> tuple[object, ...]:
    place = finding.place
    if place is None:
        return ("", 0, "", 0, 0, finding.code)
    return (place.source.path, finding.turn, place.source.member or "", place.start, place.end, finding.code)
