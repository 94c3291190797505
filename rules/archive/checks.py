"""The rules about the archive itself: what PyPI refuses in a zip or tar before it looks at names and metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Severity

if TYPE_CHECKING:
    from preflight.distributions.archive import Distribution
    from preflight.distributions.archive_problem import ArchiveProblem

SHOWN_MEMBERS = 5
"""Members that a message names; the rest is counted."""

_CORRUPT = ("archive-polyglot", "archive-not-zip", "archive-bad-zip", "tar-not-tar", "tar-read-error")
_DUPLICATE = ("zip-local-dup", "zip-cd-dup")
_EDITED = (
    "zip-name-not-in-cd",
    "zip-missing-local",
    "zip-local-cd-differ",
    "zip-size-mismatch",
    "zip-file-size-mismatch",
    "zip-cd-records",
    "zip-cd-size",
)
_AROUND = ("zip-trailing-data", "zip-cd-offset", "zip-unknown-signature")
_NAMES = ("zip-bad-char", "zip-unicode-path", "zip-name-not-unicode")
_OF_DAMAGE = frozenset((*_EDITED, *_AROUND, *_NAMES, "zip-malformed", "zip-dup-extra", "zip64-extensible"))
"""What a damaged zip shows on the strict walk too, which PyPI begins when it has read the members (warehouse: forklift/legacy.py, `_is_valid_dist_file`)."""

_MALFORMED = ("zip-malformed", "zip-dup-extra", "zip64-extensible", "zip-negative-offset", "zip-cd-comment")


def is_published(distribution: Distribution) -> bool:
    """Whether a file is meant for PyPI: a wheel, a `.tar.gz`, or a `.zip` that is an sdist by its name or its contents."""
    from preflight.distributions.archive import Kind
    from preflight.distributions.filenames import SdistFilename, parse_sdist_filename

    if distribution.kind is not Kind.ZIP_SDIST:
        return distribution.kind is not Kind.OTHER
    if isinstance(parse_sdist_filename(distribution.filename), SdistFilename):
        return True
    return any(name == "PKG-INFO" or name.endswith("/PKG-INFO") for name in distribution.names)


def _groups(
    distributions: Iterable[Distribution], wanted: Callable[[Distribution, ArchiveProblem], bool]
) -> Iterator[tuple[Distribution, list[ArchiveProblem]]]:
    """The problems of each published file that a rule speaks of, those of one kind together; without those that come of a damage."""
    for distribution in distributions:
        if distribution.problems and is_published(distribution):
            groups: dict[str, list[ArchiveProblem]] = {}
            damaged = False
            for problem in distribution.problems:
                damaged = damaged or problem.row in _CORRUPT
                if wanted(distribution, problem) and not (damaged and problem.row in _OF_DAMAGE):
                    groups.setdefault(problem.row, []).append(problem)
            for problems in groups.values():
                yield distribution, problems


def _finding(
    distribution: Distribution, problems: list[ArchiveProblem], *, rejections: Iterable[str] | None = None
) -> Finding:
    """One finding for problems of one kind; names the first members."""
    first = problems[0]
    members = list(dict.fromkeys(problem.member for problem in problems if problem.member))
    variant = None if not members else "member" if len(members) == 1 else "members"
    return Finding(
        distribution.member_place(members[0]) if members else distribution.place,
        variant=variant,
        rejections=list(dict.fromkeys(rejections or (problem.row for problem in problems))),
        turn=distribution.problems.index(first),
        file=distribution.filename,
        detail=first.detail,
        members=members[:SHOWN_MEMBERS],
        count=len(members),
    )


@check("ARC001", waits=True)
def corrupt_archive(archives_read: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Files that Python cannot read as the archive that their name says, to the end."""
    for distribution, problems in _groups(archives_read, lambda _, problem: problem.row in _CORRUPT):
        yield _finding(distribution, problems)
    for distribution in archives_read:
        if distribution.damage and not distribution.problems:
            yield Finding(
                distribution.place,
                variant="unseen",
                severity=Severity.WARNING,
                confidence=Confidence.LIKELY,
                rejections=[],
                file=distribution.filename,
                detail=distribution.damage,
            )


@check("ARC006", waits=True)
def obfuscated_code(archives_read: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Members that PyPI's scanner takes for encrypted code."""
    for distribution, problems in _groups(archives_read, lambda _, problem: problem.row.startswith("yara-")):
        yield _finding(distribution, problems)


@check("ARC008", waits=True)
def excessive_compression_ratio(archives_read: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Zip archives that unpack to far more than their size."""
    for distribution, problems in _groups(archives_read, lambda _, problem: problem.row == "zip-bomb"):
        entries = distribution.zip.entries if distribution.zip else ()
        unpacked = sum(entry.size for entry in entries)
        largest = max(entries, key=lambda entry: entry.size - entry.compressed)
        yield Finding(
            distribution.member_place(largest.name),
            turn=distribution.problems.index(problems[0]),
            file=distribution.filename,
            unpacked=_mebibytes(unpacked),
            size=_mebibytes(distribution.size),
            ratio=unpacked // distribution.size,
            members=[largest.name],
        )


def _mebibytes(size: int) -> str:
    return f"{size / 1048576:,.1f} MiB"


def _twice(distribution: Distribution) -> frozenset[str]:
    return frozenset(
        problem.member for problem in distribution.problems if problem.row in _DUPLICATE and problem.member
    )


@check("ARC009", waits=True)
def duplicate_archive_member(archives_read: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Paths that a zip holds twice. Copies that differ in size are refused for that first."""
    for distribution in archives_read:
        twice = _twice(distribution)
        if not twice or not is_published(distribution):
            continue
        problems = [each for each in distribution.problems if each.member in twice and each.row in _OF_DUPLICATES]
        yield _finding(distribution, problems)


_OF_DUPLICATES = (*_DUPLICATE, "zip-size-mismatch", "zip-file-size-mismatch")


@check("ARC010", waits=True)
def streamed_zip(archives_read: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Zip archives with sizes behind the data."""
    for distribution, problems in _groups(archives_read, lambda _, problem: problem.row == "zip-data-descriptor"):
        yield _finding(distribution, problems)


@check("ARC011", waits=True)
def edited_zip(archives_read: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Zip archives whose headers and central directory disagree."""

    def wanted(distribution: Distribution, problem: ArchiveProblem) -> bool:
        of_duplicate = problem.row in _OF_DUPLICATES and problem.member in _twice(distribution)
        return problem.row in _EDITED and not of_duplicate and not _is_unmarked(problem)

    for distribution, problems in _groups(archives_read, wanted):
        yield _finding(distribution, problems)


@check("ARC012", waits=True)
def data_around_zip(archives_read: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Zip archives with bytes around or between the records."""
    for distribution, problems in _groups(archives_read, lambda _, problem: problem.row in _AROUND):
        yield _finding(distribution, problems)


@check("ARC013", waits=True)
def unsupported_zip_compression(archives_read: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Members that are neither stored nor deflated."""
    for distribution, problems in _groups(archives_read, lambda _, problem: problem.row == "zip-compression-type"):
        yield _finding(distribution, problems)


@check("ARC014", waits=True)
def malformed_zip_member_name(archives_read: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Members whose names have control characters or another encoding than UTF-8."""

    def wanted(_: Distribution, problem: ArchiveProblem) -> bool:
        return problem.row in _NAMES or _is_unmarked(problem)

    for distribution, problems in _groups(archives_read, wanted):
        yield _finding(distribution, problems)


def _is_unmarked(problem: ArchiveProblem) -> bool:
    """A name in UTF-8 whose header does not say so: the directory is read in another encoding, and lacks the name."""
    return problem.row == "zip-name-not-in-cd" and "not marked" in problem.detail


@check("ARC015", waits=True)
def malformed_zip(archives_read: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Whatever else PyPI's strict reader refuses."""
    for distribution, problems in _groups(archives_read, lambda _, problem: problem.row in _MALFORMED):
        yield _finding(distribution, problems)
