"""Where a YAML node's content and each character of its value are in the file: folding and escapes, turned around."""

from preflight.sources.patterns import compile as _compile
from preflight.sources.yaml import BLANK_TAIL, BREAKS, Scalar, Style

_BREAK = _compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_TO_BREAK = _compile(rf"[^{BREAKS}]*")
_INDENT = _compile(r" *")
_BLANKS_AND_BREAKS = _compile(rf"[ \t{BREAKS}]+")
_GAP = _compile(rf"(?:[ \t]+|[{BREAKS}]\ufeff?|#[^{BREAKS}]*)*")
_TAG = _compile(rf"!<[^> \t{BREAKS}]*>|![^ \t{BREAKS}]*")
_ESCAPE = _compile(rf"\\(?:x.{{2}}|u.{{4}}|U.{{8}}|\r\n|.|[{BREAKS}])")


def content_start(text: str, start: int, limit: int, anchor: str | None) -> int:
    """Where a node's content starts, behind its tag and anchor and the comments among them. The parser knows how long the anchor is."""
    while start < limit:
        if text[start] == "!" and (tag := _TAG.match(text, start)):
            start = tag.end()
        elif anchor is not None and text.startswith(f"&{anchor}", start):
            start, anchor = start + 1 + len(anchor), None
        else:
            break
        gap = _GAP.match(text, start)
        start = gap.end() if gap else start
    return min(start, limit)


def escape_end(text: str, offset: int) -> int:
    """Where the escape at `offset` in a double-quoted text ends."""
    escape = _ESCAPE.match(text, offset)
    return escape.end() if escape else offset + 1


def value_offsets(scalar: Scalar) -> list[int]:
    """The file's offset of each character of the value, and of its end."""
    text = scalar.source.text
    wanted = len(scalar.value)
    if scalar.style in ("literal", "folded"):
        offsets = _block_offsets(text, scalar)[:wanted]
        last = offsets[-1] if offsets else scalar.end - 1
        line_break = _BREAK.match(text, last)
        content_end = line_break.end() if line_break else last + 1
    elif scalar.style == "plain":
        offsets = _flow_offsets(text, scalar.start, scalar.end, scalar.style)[:wanted]
        content_end = scalar.end
    else:
        offsets = _flow_offsets(text, scalar.start + 1, scalar.end - 1, scalar.style)[:wanted]
        content_end = scalar.end - 1
    offsets.extend([content_end] * (wanted + 1 - len(offsets)))
    return offsets


def _flow_offsets(text: str, start: int, end: int, style: Style) -> list[int]:
    """Offsets for a plain or quoted scalar: lines are folded, and escapes stand for one character (YAML 1.2, 7.3)."""
    offsets: list[int] = []
    position = start
    after_escaped_break = False
    while position < end:
        white = _BLANKS_AND_BREAKS.match(text, position, end)
        if white:
            breaks = [found.start() for found in _BREAK.finditer(text, position, white.end())]
            if after_escaped_break:
                offsets.extend(breaks)
            elif not breaks:
                offsets.extend(range(position, white.end()))
            elif text[breaks[0]] in "\u2028\u2029":
                offsets.extend(breaks)
            else:
                offsets.extend(breaks[1:] or breaks)
            position = white.end()
            after_escaped_break = False
            continue
        after_escaped_break = False
        escape = _ESCAPE.match(text, position, end) if style == "double" else None
        if escape:
            if escape.group()[1] in BREAKS:
                after_escaped_break = True
            else:
                offsets.append(position)
            position = escape.end()
        elif style == "single" and text.startswith("''", position):
            offsets.append(position)
            position += 2
        else:
            offsets.append(position)
            position += 1
    return offsets


def _block_offsets(text: str, scalar: Scalar) -> list[int]:
    """Offsets for a literal or folded block scalar, whose lines lose their indentation (YAML 1.2, 8.1)."""
    header = _TO_BREAK.match(text, scalar.start)
    line_break = _BREAK.match(text, header.end()) if header else None
    if header is None or line_break is None:
        return []
    position = line_break.end()
    indent = _block_indent(text, scalar, position)
    literal = scalar.style == "literal"
    wanted = len(scalar.value)
    offsets: list[int] = []
    held_break: int | None = None
    blank_breaks: list[int] = []
    after_blank = False
    while len(offsets) < wanted and position < len(text):
        spaces = _INDENT.match(text, position, min(position + indent, len(text)))
        content = spaces.end() if spaces else position
        found = _BREAK.match(text, content)
        if found and content - position <= indent:
            blank_breaks.append(content)
            position = found.end()
            continue
        if content - position < indent or content == len(text):
            break
        starts_blank = text[content : content + 1] in (" ", "\t")
        if held_break is not None:
            folds = not literal and text[held_break] in "\r\n\x85" and not after_blank and not starts_blank
            if not folds or not blank_breaks:
                offsets.append(held_break)
        offsets.extend(blank_breaks)
        blank_breaks = []
        after_blank = starts_blank
        line = _TO_BREAK.match(text, content)
        line_end = line.end() if line else content
        offsets.extend(range(content, line_end))
        line_break = _BREAK.match(text, line_end)
        held_break = line_end if line_break else None
        position = line_break.end() if line_break else len(text)
    if held_break is not None:
        offsets.append(held_break)
    offsets.extend(blank_breaks)
    return offsets


def _block_indent(text: str, scalar: Scalar, position: int) -> int:
    """How many columns a block scalar's lines lose: what the first solid line has in the file and not in the value."""
    value = scalar.value
    body = text[position:]
    at_in_text = len(body) - len(body.lstrip(BLANK_TAIL))
    at_in_value = len(value) - len(value.lstrip(BLANK_TAIL))
    if at_in_value == len(value):
        return 1 if " " in value or "\t" in value else len(body)
    return _column(body, at_in_text) - _column(value, at_in_value)


def _column(text: str, offset: int) -> int:
    return offset - max(text.rfind(character, 0, offset) for character in BREAKS) - 1
