"""What a wrapper puts before each line of the program that it runs, or a page before each line that is copied from it. Knows no message.

A prefix is known by its run: several lines one after the other begin with the same name and a colon, or with numbers that count on.
"""

from collections.abc import Iterable, Iterator

from preflight.sources.patterns import compile as _compile

_RUN = 3
"""As many lines show a prefix: two may begin alike by chance."""

_NAMED = _compile(r"\s{0,8}(?P<name>[A-Za-z][\w.@/-]{0,30}): (?=\s*\S)")
_NUMBERED = _compile(r"\s{0,8}(?P<number>\d{1,6})(?:\s?[|│]\s?|[ \t]{1,4}|$)")
_OF_MESSAGES = frozenset(
    "error warning warn note notice hint info debug fatal critical remote cause reason sub ref email".split()
)
"""Names before a colon that belong to a message."""


def without_prefixes(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, str]]:
    """The numbered lines, each as it was and without the prefix that it shares with its neighbours."""
    run: list[tuple[int, str, int]] = []
    before: str | int | None = None
    for number, line in lines:
        kind, width = _prefix(line)
        if run and not line.strip() and isinstance(before, str):
            run.append((number, line, 0))
            continue
        if run and not _goes_on(before, kind):
            yield from _closed(run)
            run = []
        if kind is None:
            yield number, line, line
        else:
            run.append((number, line, width))
        before = kind
    yield from _closed(run)


def _closed(run: list[tuple[int, str, int]]) -> Iterator[tuple[int, str, str]]:
    shared = sum(1 for _, _, width in run if width) >= _RUN
    for number, line, width in run:
        yield number, line, line[width:] if shared else line


def _goes_on(before: str | int | None, kind: str | int | None) -> bool:
    if isinstance(before, int) and isinstance(kind, int):
        return kind == before + 1
    return isinstance(before, str) and before == kind


def _prefix(line: str) -> tuple[str | int | None, int]:
    """The name or the number with which a line begins, and how many characters that takes."""
    start = line[:9].lstrip()[:1]
    if start.isdigit():
        found = _NUMBERED.match(line)
        return (int(found["number"]), found.end()) if found is not None else (None, 0)
    if start.isalpha() and ": " in line[:44]:
        found = _NAMED.match(line)
        if found is not None and not _speaks(found["name"]):
            return found["name"], found.end()
    return None, 0


def _speaks(name: str) -> bool:
    return (
        name.lower() in _OF_MESSAGES
        or name.endswith(("Error", "Exception", "Warning", "Distribution", "Failure"))
        or "_" in name
    )
