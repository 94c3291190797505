"""One physical line of a log without what CI systems, terminals and people have put around it. Knows no other line and no client's meaning."""

from html import unescape
from re import IGNORECASE, VERBOSE, Match
from typing import Literal

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

Level = Literal["error", "warning", "notice", "plain", "noise"]
"""How loud a line is; `noise` is what only decorates: progress bars, borders, PowerShell's record of an error."""

_CONTINUED = 9
"""The column in which twine's messages go on."""

_LONGEST = 12_000
_MOST_SEGMENTS = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """One line of text as its program printed it.

    `indent` is the column its text begins in, `column` the one in which the text begins behind a level word; `job` and `step` are given by the prefix of
    `gh run view --log`, `opens` is a new step that this line announces.
    """

    text: str
    level: Level = "plain"
    indent: int = 0
    column: int = 0
    job: str = ""
    step: str = ""
    opens: str = ""
    boxed: bool = False


_ESCAPES = _compile(
    r"(?:\x1b|␛|\\x1b|\\u001b|\\033|\\e(?=\[))"
    r"(?:\[[0-?]{0,30}[ -/]{0,3}[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?|[()][0-9A-Z]|[@-Z\\^_=>78c])|\x9b[0-?]{0,30}[@-~]"
)
_LOST_ESCAPES = _compile(
    r"\[(?:[0-4]|7|2[2-9]|[39][0-7]|4[0-7]|10[0-7])(?:;\d{1,3}){0,6}m(?!in(?:s|utes?)?\b|[ms]\b)"
    r"|\^?\[(?:\d{1,3}(?:;\d{1,3}){0,6})?m(?![a-z]{2})|\[\?\d{1,4}[hl]|\[\d{1,2}[KJ]|\[\d{1,3}[ABCDG](?![A-Za-z])|\[K(?![A-Za-z])"
    r"|\[\?25[hl]|^\?25[hl]|^25[hl]"
)
"""Colours and cursor movements whose escape byte a web page or a copy has dropped."""

_TYPESET = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'}
"""Quotes as forums and word processors set them."""
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 27), *range(28, 32), 127, 0xFEFF, 0x200B))

_RUN_VIEW = _compile(r"(?P<job>[^\t]{1,250})\t(?P<step>[^\t]{1,250})\t(?=\ufeff?\d{4}-\d\d-\d\dT)")
"""Before each line of `gh run view --log`: job, step, and then the time."""

_STAMPS = _compile(
    r"""
    \s{0,3}\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:\ ?Z|\ ?[+-]\d\d:?\d\d|\ UTC)?\]?
        (?:\ \d\d[OE]\+?)?                                  # GitLab: number and kind of the stream
        (?:\ (?:\|\ ?)? | \t | $)
  | \[?\d\d:\d\d:\d\d(?:[.,]\d{1,6})?\]?(?:\ (?:\|\ )?|\t|$)   # Jenkins, Travis
  | \[Container\]\ (?=\d{4}/)
  | \[Pipeline\]\ (?!\})
  | \#\d{1,3}\ \d{1,5}\.\d{1,3}\ (?=\S|\s)                      # BuildKit
  | [\w.-]{1,40}[_-]\d{1,3}\ {1,20}\|\ (?=\S|\s)                # docker compose
""",
    VERBOSE,
)
_QUOTE = _compile(r"\s{0,3}>(?!>)\ ?(?=\S|\s|$)")

_COMMAND = _compile(
    r"##\[(?P<azure>[a-z-]{1,20})\]"
    r"|::(?P<github>error|warning|notice|debug|group|endgroup|add-mask|add-matcher|set-output|save-state)\b(?P<properties>[^:\n]{0,400}(?::(?!:)[^:\n]{0,400}){0,4})::"
    r"|##vso\[(?:task\.logissue\b[^\]]{0,200}?\btype=(?P<vso>error|warning)|[a-z.]+)[^\]]{0,400}\]"
)
_LEVELS: dict[str, Level] = {
    "error": "error",
    "warning": "warning",
    "notice": "notice",
    "info": "notice",
    "debug": "plain",
    "fatal": "error",
    "critical": "error",
}

_WORD = _compile(
    r"(?P<word>ERROR|WARNING|CRITICAL|INFO|DEBUG)(?P<gap>\s{1,9})(?=\S)"
    r"|(?P<spoken>Error|ERROR|Warning|WARNING|Notice|NOTICE):(?P<after>\s{1,4}|$)"
)
_LOUD_START = _compile(
    r"(?P<error>"
    r"(?:fatal|error|remote: error): ?|npm (?:ERR!|error) "
    r"|(?:[\w.]{1,80}\.)?[A-Z]\w{1,60}(?:Error|Exception|Failure|Fault|Interrupt|Timeout|Detected)\b(?::|$|\()"
    r"|(?:twine\.exceptions\.)?(?:InvalidDistribution|(?:Invalid|Unsupported)Configuration|NonInteractive|InvalidSigningConfiguration|InvalidPyPIUploadURL)\b(?::|$)"
    r"|\[(?:\w+Error|RuntimeError|HTTPError|KeyRingError|PublishError)\]"
    r"|Upload failed \(\d{3}\)|Server response \([345]\d\d\)|[\w. -]{1,60}: error: |HTTP Error \d{3}|Error uploading to repository|Client error '\d{3}"
    r"|💥|⛔|docker: Error"
    r"|(?:make|gmake)(?:\[\d+\])?: \*\*\*|ERROR:|Exited with code [1-9]|The command .{0,200} exited with [1-9]"
    r"|\d{3} Client Error: |\d{3} Server Error: |Invalid workflow file|The workflow is not valid"
    r")"
    r"|(?P<warning>(?:warning|NOTE|note|Note): |[\w./\\:-]{0,200}:\d+: \w*Warning: |\w{3,40}Warning: )"
)
_PREFIXED_ERROR = _compile(r"(?P<before>Checking [^:\n]{1,300}: )(?P<word>ERROR|FAILED|WARNING)\b")

_BORDER = "─━═╭╮╰╯┌┐└┘┏┓┗┛├┤┬┴┼╞╡╪│┃+ \t"
_CORNERS = frozenset("╭╮ ┌┐ ┏┓ ╔╗".split())
_BOX_LEFT = _compile(r"(?P<gap>\s*)[│┃❱](?P<rest>\s?)")
_BOX_RIGHT = _compile(r"\s*[│┃]\s*$")
_PROGRESS = _compile(
    r"\s*(?:\d{1,3}(?:\.\d)?%\s*\|?|[━█▏▎▍▌▋▊▉#╸╺?·▓░-]{6,}).{0,200}(?:[kKMG]i?B|B/s|\?|━|█|it/s)"
    r"|\s*\d{1,3}%\s*\S?\s*$|.{0,120}\d{1,3}%\|.{0,80}\[\d\d:\d\d"
)
_BEHIND_BAR = _compile(
    r".{0,400}?\d%.{0,300}?(?:B/s|it/s|\?)\]?\s*(?P<rest>(?:[\w.]{0,60}(?:Error|Exception|InvalidDistribution): |(?:WARNING|ERROR|INFO) {2}|Received \").*)"
)
"""What a client printed behind its progress bar without beginning a new line."""
_BAR_END = _compile(r"(?:\[\d\d:\d\d<[^\]]{0,30}\]|[\d.?]{1,8} ?[kKMG]?i?B/s\]?|• \?)\s*(?=\S)")
_LEAST_BEHIND_BAR = 20
_POWERSHELL = _compile(
    r"\s*\+\s+(?:CategoryInfo\s*:|FullyQualifiedErrorId\s*:|~+\s*$)|At (?:line:\d+|[A-Za-z]:\\.{1,300}:\d+) char:\d+\s*$|\s*\+\s+~{3,}"
)
_POWERSHELL_HEAD = _compile(r"(?:[A-Za-z]:\\[^\n:]{1,200}\\)?(?P<program>[\w-]{1,40}(?:\.exe|\.cmd)?) : (?=\S)")
_SOURCE = _compile(r"(?:[→❱>]\s*)?\d{1,6}\s?[│┃]|[~^\s]*\^[~^\s]*$")
"""A line of source code as poetry and rich show it in a traceback, or what points at a part of one."""
_NUMBER_ONLY = _compile(r"\d{1,7}")
_FENCE = _compile(r"(?:```|~~~)[\w+-]{0,20}\s*")
_LINKED_DIGITS = _compile(r"\[(\d{1,12})\]\(https?://[^()\s]{1,500}\)")
_TAGS = _compile(
    r"</?(?:html|head|title|body|h[1-6]|p|br|pre|code|hr|center|div|span|strong|b|i|li|ul)(?:\s[^<>]{0,300})?/?>",
    IGNORECASE,
)
_BYTES = _compile(r"""(?<!\w)b(?P<quote>['"])""")
_BACKSLASHED = _compile(r"\\(?:r\\n|[nrt]|x[0-9a-fA-F]{2}|['\"])")
_DIFF = _compile(r"[-+](?=(?:\w+Error|Invalid|HTTPError)\b)")
_GROUP_TITLE = ("group", "section")


def pieces(physical: str) -> list[Piece]:
    """The lines of text that a physical line holds: several where carriage returns or `%0A` divide it."""
    if not physical:
        return [Piece("")]
    found: list[Piece] = []
    for segment in _segments(physical):
        found += _of_segment(segment)
    if len(found) > 1:
        found = [piece for piece in found if piece.text] or [Piece("")]
    return found


def _segments(physical: str) -> list[str]:
    """What carriage returns divide: the states of a progress bar, of which only the last ones and those that are none are kept.

    A whole log in one string with `\\n` for its line ends is divided as well.
    """
    if "\r" in physical:
        segments = [segment for segment in physical.split("\r") if segment.strip()]
    elif _is_string(physical):
        segments = _unquoted(physical)
    elif len(physical) > 1_000 and physical.count("\\n") > 10:
        segments = physical.split("\\n")
    else:
        return [physical[:_LONGEST] + " ... " + physical[-_LONGEST:] if len(physical) > 3 * _LONGEST else physical]
    if len(segments) > _MOST_SEGMENTS:
        other = [segment for segment in segments if not _PROGRESS.match(segment[:300])]
        segments = other[: _MOST_SEGMENTS * 10] + other[_MOST_SEGMENTS * 10 :][-_MOST_SEGMENTS * 10 :]
    return [segment[:_LONGEST] for segment in segments] or [""]


def _is_string(physical: str) -> bool:
    """Whether a line is a whole log as a string of JSON or of a program."""
    bare = physical.strip()
    return len(bare) > 2 and bare[0] == bare[-1] and bare[0] in "'\"" and "\\n" in bare


def _unquoted(physical: str) -> list[str]:
    return physical.strip()[1:-1].replace("\\r\\n", "\\n").replace('\\"', '"').split("\\n")


def _of_segment(line: str) -> list[Piece]:
    line = _without_escapes(line)
    job = step = ""
    if "\t" in line and (prefix := _RUN_VIEW.match(line)):
        job, step = prefix["job"].strip(), prefix["step"].strip()
        line = line[prefix.end() :]
    line = _without_prefixes(line).expandtabs(4)
    level: Level = "plain"
    opens = ""
    if line.startswith(("##", "::")) and (command := _COMMAND.match(line)):
        kind = command["azure"] or command["github"] or command["vso"] or ""
        line = line[command.end() :]
        level = _LEVELS.get(kind, "plain")
        if kind in _GROUP_TITLE:
            opens = line.strip()
        elif kind in ("endgroup", "add-mask", "add-matcher", "set-output", "save-state"):
            return [Piece("", "noise", job=job, step=step)]
        if command["github"]:
            line = _decoded_command(line)
            if "\n" in line:
                first, *rest = line.split("\n")
                others = [_text_piece(each, "plain", job, step, "") for each in rest]
                return [_text_piece(first, level, job, step, opens), *others]
    return [_text_piece(line, level, job, step, opens)]


def _text_piece(line: str, level: Level, job: str, step: str, opens: str) -> Piece:
    indent = len(line) - len(line.lstrip())
    text = line.strip()
    boxed = False
    if not text:
        return Piece("", level, job=job, step=step, opens=opens)
    if "%" in text and (behind_bar := _BEHIND_BAR.match(text)):
        text = behind_bar["rest"]
    if "%" in text and _PROGRESS.match(text[:300]):
        text = _flattened(text)
        if not text:
            return Piece("", "noise", job=job, step=step)
    if ord(max(text)) > 0x2000 or text[0] in "+-|":
        if _PROGRESS.match(text[:300]) or _is_border(text):
            return Piece("", "noise", job=job, step=step)
        if box := _BOX_LEFT.match(line):
            inner = _BOX_RIGHT.sub("", line[box.end() :])
            boxed, indent, text = True, indent + 1 + len(box["rest"]) + len(inner) - len(inner.lstrip()), inner.strip()
        text = _BOX_RIGHT.sub("", text) if boxed or text.endswith(("│", "┃")) else text
    elif indent == 0 and text[0].isdigit() and _NUMBER_ONLY.fullmatch(text):
        return Piece("", "noise", job=job, step=step)
    if _SOURCE.match(text) or _POWERSHELL.match(text):
        return Piece("", "noise", job=job, step=step)
    spoken = indent < _CONTINUED
    text, loud, behind = _without_level(text, spoken)
    bare = _without_markup(text)
    if bare != text and not behind:
        text, loud, behind = _without_level(bare, spoken)
    text = bare if behind else text
    if level == "plain":
        level = loud
    return Piece(text, level, indent, indent + behind if behind else 0, job, step, opens, boxed)


def _flattened(text: str) -> str:
    """What follows the last progress bar of a log that somebody put into one line; nothing where the line is only a bar."""
    ends = [found.end() for found in _BAR_END.finditer(text)] if len(text) > _LEAST_BEHIND_BAR else []
    rest = text[ends[-1] :] if ends else ""
    return rest if len(rest) > _LEAST_BEHIND_BAR and " " in rest and not _PROGRESS.match(rest[:300]) else ""


def _is_border(text: str) -> bool:
    """The edge of a box, perhaps with a title in it."""
    return len(text) > 2 and (not text.strip(_BORDER) or text[0] + text[-1] in _CORNERS)


def _without_escapes(line: str) -> str:
    if "\x1b" in line or "\\" in line or "␛" in line or "\x9b" in line:
        line = _ESCAPES.sub("", line)
    if "[" in line or "25" in line:
        line = _LOST_ESCAPES.sub("", line)
    if not line.isascii() and any(chr(each) in line for each in _TYPESET):
        line = line.translate(_TYPESET)
    return line.translate(_CONTROLS) if not line.isprintable() else line


def _without_prefixes(line: str) -> str:
    """Time stamps and marks of quotation, in whatever order they were put there."""
    for _ in range(5):
        start = line[:4].lstrip()
        prefix: Match[str] | None = None
        if start and (start[0].isdigit() or start[0] in "[#"):
            prefix = _STAMPS.match(line)
        elif start[:1] == ">":
            prefix = _QUOTE.match(line)
        elif "  | " in line[:60] or "_1 |" in line[:60]:
            prefix = _STAMPS.match(line)
        if prefix is None or prefix.end() == 0:
            return line
        line = line[prefix.end() :]
    return line


def _decoded_command(text: str) -> str:
    """The text of a workflow command (GitHub, "Workflow commands"; actions/toolkit escapes five characters)."""
    if "%" not in text:
        return text
    for code, character in (
        ("%0D%0A", "\n"),
        ("%0A", "\n"),
        ("%0a", "\n"),
        ("%0D", "\n"),
        ("%3A", ":"),
        ("%2C", ","),
        ("%25", "%"),
    ):
        text = text.replace(code, character)
    return text


def _without_markup(text: str) -> str:
    if "`" in text:
        if _FENCE.fullmatch(text):
            return ""
        if len(text) > 2 and text[0] == text[-1] == "`" and text.count("`") == 2:
            text = text[1:-1].strip()
    if "](http" in text:
        text = _LINKED_DIGITS.sub(r"\1", text)
    if "\\" in text and (literal := _BYTES.search(text)):
        text = text[: literal.start()] + _BACKSLASHED.sub(_unescaped, text[literal.start() :])
    if "<" in text:
        text = _TAGS.sub(" ", text).strip()
    if "&" in text:
        text = unescape(text)
    if text[:1] in "+-" and _DIFF.match(text):
        text = text[1:]
    return text


def _unescaped(escape: Match[str]) -> str:
    return escape[0][1:] if escape[0][1] in "'\"" else " "


def _without_level(text: str, spoken: bool) -> tuple[str, Level, int]:
    """The text behind a level word, how loud it is, and how far behind it begins.

    Deep inside a message `Error:` is one of its own words, and not `spoken` to the reader.
    """
    head = _POWERSHELL_HEAD.match(text)
    if head and head["program"].lower().removesuffix(".exe").removesuffix(".cmd") in _PROGRAMS:
        text = text[head.end() :]
    word = _WORD.match(text)
    if word is not None and (spoken or word["word"]):
        name = (word["word"] or word["spoken"]).lower()
        return text[word.end() :], _LEVELS.get(name, "plain"), word.end() if word["word"] else 0
    prefixed = _PREFIXED_ERROR.match(text)
    if prefixed is not None:
        return text, "warning" if prefixed["word"] == "WARNING" else "error", 0
    loud = _LOUD_START.match(text)
    if loud is not None:
        return text, "error" if loud["error"] is not None else "warning", 0
    return text, "plain", 0


_PROGRAMS = frozenset(("twine", "python", "python3", "py", "uv", "poetry", "hatch", "flit", "pdm", "maturin"))
