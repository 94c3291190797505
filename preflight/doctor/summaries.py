"""What the summary of a run that did not fail says of its upload: that it was skipped. Reads no log of a failure."""

from re import IGNORECASE

from preflight.credentials.redact import redact
from preflight.doctor.extraction import Evidence
from preflight.doctor.reading import Log
from preflight.sources.patterns import compile as _compile

_MOST_LINES = 120
"""A summary is short; in a whole log the word means tests, files and caches."""
_LONGEST_LINE = 200

_OF_UPLOAD = r"\b(?:publish\w*|upload\w*|deploy\w*|releas\w*|(?:test)?pypi)\b"
_NAME = _compile(_OF_UPLOAD, IGNORECASE)
_MARKED = _compile(
    rf"(?:\u2298|\u23ed\ufe0f?)\s+.*{_OF_UPLOAD}|- .*{_OF_UPLOAD}.* in 0s \(ID \d+\)",
    IGNORECASE,
)
"""A job or step with GitHub's mark for one that was skipped, or that took no time, as its pages and `gh run view` show it."""
_SKIPPED = _compile(r"(?<![^\W_])skipped\b", IGNORECASE)
_BEFORE_WORD = _compile(r"\b(?:was|is|job|step) $", IGNORECASE)
_MARKS = ("\u23ed\ufe0f", "\u23ed", "\u2298", "\U0001f6ab")
_LAYOUT = "*_`([- \t\xa0"
_SEPARATORS = "|:,>"
"""What lays a line out behind a job's name, and what ends the name."""
_OF_TESTS = _compile(r"\.py\b|::|\btests?\b|\d+ skipped|already", IGNORECASE)
_INDEX = _compile(r"(?<!test)(?<!test\.)(?<!test )(?<!test-)pypi", IGNORECASE)


def skipped_upload(log: Log) -> Evidence | None:
    """The line that says that the upload was skipped; of several the one that names PyPI."""
    if log.total > _MOST_LINES:
        return None
    lines = [
        line
        for line in log.lines
        if len(line.text) < _LONGEST_LINE and _says_skipped(line.text) and not _OF_TESTS.search(line.text)
    ]
    if not lines:
        return None
    best = next((line for line in lines if _INDEX.search(line.text)), lines[0])
    return Evidence(best.number, redact(best.text))


def _says_skipped(text: str) -> bool:
    """Whether a line names an upload as skipped: by a mark before it, or by the word behind it and what lays the line out."""
    return bool(_MARKED.match(text)) or any(_names_upload(text[: each.start()]) for each in _SKIPPED.finditer(text))


def _names_upload(before: str) -> bool:
    name = _BEFORE_WORD.sub("", before).rstrip(_LAYOUT)
    mark = next((each for each in _MARKS if name.endswith(each)), "")
    name = name.removesuffix(mark).rstrip(_LAYOUT + _SEPARATORS).lstrip("|*_- \t\xa0")
    return "|" not in name and ":" not in name and _NAME.search(name) is not None
