"""What the summary of a run that did not fail says of its upload: that it was skipped. Reads no log of a failure."""

from re import IGNORECASE

from preflight.credentials.redact import redact
from preflight.doctor.extraction import Evidence
from preflight.doctor.reading import Log
from preflight.sources.patterns import compile as _compile

_MOST_LINES = 120
"""A summary is short; in a whole log the word means tests, files and caches."""

_OF_UPLOAD = r"\b(?:publish\w*|upload\w*|deploy\w*|releas\w*|(?:test)?pypi)\b"
_SKIPPED = _compile(
    rf"(?:[|*_\s-]*)(?P<job>[^:|]*{_OF_UPLOAD}[^:|]*?)[\s|:*_`(\[,>-]*(?:\u23ed\ufe0f?|\u2298|\U0001f6ab)?[\s*_`(\[-]*(?:was |is |job |step )?skipped\b"
    rf"|(?:\u2298|\u23ed\ufe0f?)\s+(?P<marked>.*{_OF_UPLOAD}.*)"
    rf"|- (?P<viewed>.*{_OF_UPLOAD}.*) in 0s \(ID \d+\)",
    IGNORECASE,
)
"""A job or step with GitHub's mark or word for one that was skipped, as its pages, `gh run view` and summaries show it."""
_OF_TESTS = _compile(r"\.py\b|::|\btests?\b|\d+ skipped|already", IGNORECASE)
_INDEX = _compile(r"(?<!test)(?<!test\.)(?<!test )(?<!test-)pypi", IGNORECASE)


def skipped_upload(log: Log) -> Evidence | None:
    """The line that says that the upload was skipped; of several the one that names PyPI."""
    if log.total > _MOST_LINES:
        return None
    lines = [
        line
        for line in log.lines
        if len(line.text) < 200 and _SKIPPED.match(line.text) and not _OF_TESTS.search(line.text)
    ]
    if not lines:
        return None
    best = next((line for line in lines if _INDEX.search(line.text)), lines[0])
    return Evidence(best.number, redact(best.text))
