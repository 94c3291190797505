"""The YAML parser's complaints in words for a person, at the place that helps most."""

from typing import Any

from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Source, SourceSyntaxError
from preflight.sources.yaml import BREAKS

_TO_BREAK = _compile(rf"[^{BREAKS}]*")
_WORD = _compile(r"\S{1,60}")
_NOT_YAML = _compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_WORDS = (
    # What libyaml says (or its beginning); what we say; and what we show: the `character` or the `word` it stopped at,
    # an `escape`, or the `start` or `first line` of what it was in the middle of.
    (
        "found character that cannot start any token",
        "a value cannot start with `{found}`: put it in quotes",
        "character",
    ),
    ("found a tab", "found a tab where YAML expects spaces: indent with spaces", "character"),
    (
        "mapping values are not allowed",
        "found `:` where no key can be: put the value in quotes, or mend the indentation",
        "character",
    ),
    ("block sequence entries are not allowed", "found `-` where no list can start: mend the indentation", "character"),
    ("could not find expected ':'", "expected `:` and a value after this key", "first line"),
    (
        "did not find expected key",
        "expected a key of the mapping that starts on line {line}: mend the indentation or the quotes",
        "word",
    ),
    (
        "did not find expected '-' indicator",
        "expected `-`, as for the other items of the list that starts on line {line}: mend the indentation",
        "word",
    ),
    ("did not find expected ',' or ']'", "expected `,` or `]` in the list that starts on line {line}", "word"),
    ("did not find expected ',' or '}'", "expected `,` or `}}` in the mapping that starts on line {line}", "word"),
    ("did not find expected node content", "expected a value", "word"),
    (
        "did not find expected <document start>",
        "expected the end of the file, found more text at the outermost level: mend the indentation",
        "word",
    ),
    ("found unexpected end of stream", "the quoted text that starts here is never closed", "start"),
    ("found unexpected document indicator", "the quoted text that starts here is never closed", "start"),
    (
        "found unknown escape character",
        "found the unknown escape `{found}`: use single quotes to keep a backslash as it is",
        "escape",
    ),
    (
        "did not find expected alphabetic or numeric character",
        "`{found}` starts an alias (`*`) or an anchor (`&`), whose name holds only letters, digits, `-` and `_`: "
        "put the value in quotes",
        "start",
    ),
    ("found undefined tag handle", "found a tag whose handle no `%TAG` line defines", "word"),
)


def syntax_error(source: Source, error: Any, shift: int) -> tuple[int, SourceSyntaxError]:
    """How far a parser came, and its complaint.

    `shift` is added to the parser's offsets; its marks may be missing.
    """
    text = source.text
    stop = _offset(error.problem_mark or error.context_mark, shift, text) or 0
    context = _offset(error.context_mark, shift, text)
    context_start = stop if context is None else context
    problem = str(error.problem or "it is no valid YAML")
    if text.startswith("\t", stop) and problem.startswith("found character"):
        problem = "found a tab"
    for beginning, words, shown in _WORDS:
        if problem.startswith(beginning):
            start, end = _shown(text, shown, stop, context_start)
            reason = words.format(found=text[start:end], line=source.position(context_start).line)
            return stop, SourceSyntaxError(reason, source.place(start, end))
    start, end = _shown(text, "word", stop, context_start)
    return stop, SourceSyntaxError(f"{problem} {error.context or ''}".strip(), source.place(start, end))


def unreadable_character(source: Source, error: Exception) -> SourceSyntaxError:
    """YAML allows no control characters (YAML 1.2, 5.1) and text no lone surrogates: name the first of them."""
    found = _NOT_YAML.search(source.text)
    if found is None:
        return SourceSyntaxError(str(getattr(error, "reason", error)), source.whole)
    return SourceSyntaxError(
        f"found the character U+{ord(found.group()):04X}, which YAML does not allow", source.place(*found.span())
    )


def _offset(mark: Any, shift: int, text: str) -> int | None:
    return min(mark.index + shift, len(text)) if mark else None


def _shown(text: str, shown: str, stop: int, context_start: int) -> tuple[int, int]:
    """The span to show for a complaint; kept inside the text."""
    if shown == "character":
        return stop, min(stop + 1, len(text))
    if shown == "escape":
        backslash = max(text.rfind("\\", 0, stop + 1), 0)
        return backslash, min(backslash + 2, len(text))
    if shown == "start":
        return context_start, min(context_start + 1, len(text))
    start, pattern = (context_start, _TO_BREAK) if shown == "first line" else (stop, _WORD)
    found = pattern.match(text, start)
    return start, found.end() if found else start
