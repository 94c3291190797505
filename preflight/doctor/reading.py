"""Reads the log of a publish, in any of the shapes that CI systems, clients, terminals and people give it. Finds no cause.

`read_log` takes bytes (a file, a pipe), `read_text` a string. What comes out are lines with the numbers of the original, free of decoration, and messages:
lines that belong together, as one text.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from re import IGNORECASE
from typing import Literal

from preflight.doctor.joining import joined
from preflight.doctor.normalising import Level, Piece, pieces
from preflight.doctor.prefixes import without_prefixes
from preflight.doctor.stream import WHOLE, Readable, kept_lines
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

Stage = Literal["workflow", "artifact", "build", "check", "oidc-mint", "attestation", "upload", ""]
"""Where on the way to the index something happened; empty where nothing tells."""

STAGES: tuple[Stage, ...] = ("workflow", "artifact", "build", "check", "oidc-mint", "attestation", "upload")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of text. `number` is that of the physical line in the original, from 1; one physical line may hold several lines of text.

    `text` has lost time stamps, colours, boxes and level words, `raw` nothing. `indent` is the column in which its text begins, `column` the one behind a
    level word, in which the lines that continue it are indented.
    """

    number: int
    text: str
    raw: str
    level: Level
    indent: int = 0
    column: int = 0
    job: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """Lines that one program printed at once: a head and what continues it. `first` and `last` index the log's lines."""

    text: str
    first_line: int
    last_line: int
    level: Level
    stage: Stage
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Log:
    """A log that was read. `total` is the number of physical lines of the original, of which a long log keeps only a part."""

    lines: tuple[LogLine, ...]
    messages: tuple[Message, ...]
    total: int
    jobs: tuple[str, ...] = ()

    def message_at(self, index: int) -> Message | None:
        """The message to which the line of this index belongs."""
        from bisect import bisect_right

        position = bisect_right(self.messages, index, key=lambda message: message.first) - 1
        if position >= 0 and index <= self.messages[position].last:
            return self.messages[position]
        return None


def read_log(stream: Readable, whole: int = WHOLE) -> Log:
    """Read a log from its bytes. A log of more than `whole` bytes is sifted while it is read."""
    kept = kept_lines(stream, whole)
    lines = tuple(_lines(kept.lines))
    jobs = tuple(dict.fromkeys(line.job for line in lines if line.job))
    return Log(lines, tuple(_messages(lines)), kept.total, jobs)


def read_text(text: str) -> Log:
    """Read a log, or a piece of one, from a string."""
    return read_log(BytesIO(text.encode("utf-8", errors="replace")))


_JOB_NAME = _compile(r"Complete job name: (?P<name>.{1,200})")
_FRAME = _compile(r"File \".{1,300}\", line \d+(?:, in |$)")
_SPLIT_ENTITY = _compile(r"&(?:#x?[0-9a-fA-F]{0,5}|[a-z]{0,4})$")
_ENTITY_REST = _compile(r"[#x0-9a-zA-Z]{1,8};")


def _lines(kept: Iterable[tuple[int, str]]) -> Iterator[LogLine]:
    job = step = ""
    waiting: tuple[int, str, Piece] | None = None
    frame = -1
    for number, raw, text in without_prefixes(kept):
        for piece in pieces(text):
            if 0 <= frame < piece.indent and piece.text:
                piece = Piece(piece.text, "noise", piece.indent, 0, piece.job, piece.step)
            frame = piece.indent if piece.text.startswith("File ") and _FRAME.match(piece.text) else -1
            if waiting is not None:
                number_before, raw_before, before = waiting
                rest = _ENTITY_REST.match(piece.text)
                if rest is not None:
                    from html import unescape

                    before = _with_text(before, unescape(before.text + rest[0]))
                    piece = _with_text(piece, piece.text[rest.end() :].lstrip())
                yield _line(number_before, raw_before, before, job, step)
                waiting = None
            if piece.job:
                job, step = piece.job, piece.step
            elif piece.opens:
                step = piece.opens
            if not piece.job and (name := _JOB_NAME.fullmatch(piece.text)):
                job = name["name"]
            if "&" in piece.text[-8:] and _SPLIT_ENTITY.search(piece.text):
                waiting = (number, raw, piece)
                continue
            yield _line(number, raw, piece, job, step)
    if waiting is not None:
        yield _line(*waiting, job, step)


def _with_text(piece: Piece, text: str) -> Piece:
    return Piece(text, piece.level, piece.indent, piece.column, piece.job, piece.step, piece.opens, piece.boxed)


def _line(number: int, raw: str, piece: Piece, job: str, step: str) -> LogLine:
    return LogLine(number, piece.text, raw, piece.level, piece.indent, piece.column, job, step)


_MOST_LINES = 80
_MOST_REASON_LINES = 12

_CAUSE = _compile(r"(?:Caused by|cause|Because|reason)\s?:|[├╰]─[▶>]|╰▶|├▶|hint:")
_STATUS_HEAD = _compile(
    r"(?:HTTPError|HTTP Error|requests\.exceptions\.HTTPError|UploadError|PublishError|Upload failed|Client error|[45]\d\d )"
    r"|.{0,120}(?:\b[45]\d\d (?:Bad Request|Forbidden|Client Error|Unauthorized|Conflict|Gone)\b|Server says)"
    r"|Response from https?:|\[?(?:UploadError|PublishError|HTTPError|RuntimeError|KeyRingError)\]?$"
)
_PARAGRAPHS = _compile(
    r"(?:twine\.exceptions\.)?(?:TrustedPublishingFailure|Trusted publishing (?:exchange failure|failed)|OIDC exchange failure"
    r"|Token request failed|Attestation generation failure)"
)
"""Messages of several paragraphs: a blank line does not end them."""

_END = _compile(
    r"(?:Error: )?Process completed with exit code|Exited with code|View at:|Uploading [\w./-]+$|Checking \S+: |at \S+:\d+ in "
    r"|\$ |❯ |\+ twine |Post job cleanup|Cleaning up"
)


def _messages(lines: Sequence[LogLine]) -> Iterator[Message]:
    index = 0
    while index < len(lines):
        head = lines[index]
        if head.level in ("plain", "noise") and not _STATUS_HEAD.match(head.text):
            index += 1
            continue
        last = _extent(lines, index)
        text = text_of(lines[index : last + 1])
        level: Level = "error" if head.level == "plain" else head.level
        yield Message(text, head.number, lines[last].number, level, stage_of(text, head.step), index, last)
        index = last + 1


def text_of(lines: Sequence[LogLine]) -> str:
    """Lines that belong together as one text."""
    spoken = [line for line in lines if line.text and line.level != "noise"]
    return joined([line.text for line in spoken], [line.raw[-1:] == " " for line in spoken])


def _extent(lines: Sequence[LogLine], start: int) -> int:
    """The index of the last line that continues the message that begins at `start`."""
    head = lines[start]
    paragraphs = _PARAGRAPHS.match(head.text) is not None
    status = _STATUS_HEAD.match(head.text) is not None
    last = start
    filled = 0
    for index in range(start + 1, min(len(lines), start + _MOST_LINES)):
        line = lines[index]
        if line.number - lines[index - 1].number > 1:
            break
        if line.level == "noise":
            continue
        if not line.text:
            if paragraphs or (line.number == head.number) or (status and last == start) or _goes_on(lines, last):
                continue
            break
        same = line.number == head.number
        if not same:
            if _CAUSE.match(line.text):
                last = index
                continue
            if line.level != "plain" or _END.match(line.text):
                break
            behind = head.column and line.indent >= head.column
            deeper = line.indent > head.indent
            reason = status and filled < _MOST_REASON_LINES
            if not (behind or deeper or paragraphs or reason or _goes_on(lines, last)):
                break
        filled += 1
        last = index
    return last


def _goes_on(lines: Sequence[LogLine], index: int) -> bool:
    """Whether a text announces that something follows."""
    return lines[index].text.endswith(":") and lines[index].level != "noise"


_STAGES: tuple[tuple[Stage, str], ...] = (
    ("attestation", r"attestation|sigstore|fulcio|rekor"),
    (
        "oidc-mint",
        r"trusted.?publishing (?:exchange|failed|failure|token)|TrustedPublishing|OIDC|OpenID Connect|token request failed|audience retrieval"
        r"|invalid-(?:pending-)?publisher|ACTIONS_ID_TOKEN|id-token: write|mint-token",
    ),
    (
        "upload",
        r"HTTPError: \d{3}|HTTP Error \d{3}|Error during upload|Error uploading|Upload failed|UploadError|PublishError|/legacy|Server says"
        r"|Failed to (?:publish|upload) [`\"\w]|\b[45]\d\d Client Error",
    ),
    ("artifact", r"upload-artifact|download-artifact|CreateArtifact|artifact\(s\)|an artifact with this name"),
    (
        "workflow",
        r"Invalid workflow file|workflow is not valid|not allowed to deploy|deployment was rejected|Container action is only|manifest unknown"
        r"|docker: Error|create-docker-action|Repository not found|repository '\S+' not found",
    ),
    ("check", r"InvalidDistribution|twine check|long_description|failed to render"),
    (
        "build",
        r"flat-layout|bdist_wheel|get_requires_for_build|build_(?:sdist|wheel)|Backend (?:subprocess|'|operation)|hatchling|setuptools"
        r"|pyproject\.toml|invalid command|which files to ship",
    ),
)
_STAGE_PATTERNS = tuple((stage, _compile(pattern, IGNORECASE)) for stage, pattern in _STAGES)


def stage_of(text: str, step: str = "") -> Stage:
    """The stage that a message speaks of, or else the step in which it stands."""
    for stage, pattern in _STAGE_PATTERNS:
        if pattern.search(text[:4_000]):
            return stage
    for stage, pattern in _STAGE_PATTERNS if step else ():
        if pattern.search(step[:300]):
            return stage
    return ""
