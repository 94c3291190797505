"""Makes text from outside fit to be shown: no secret, no control character, no command to a CI system.

Everything that a report says of files, archives and messages goes through `for_people` or `for_machines`. What else
must be escaped in a format is that format's own matter.
"""

from preflight.credentials.redact import redact
from preflight.engine.finding import Edit
from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Place

LONGEST = 4000
"""Characters of one message or fix that are shown to people; no honest one is longer."""

LOG_COMMAND = _compile(r"##\w*\[")
"""How a line in a log orders GitHub's runner (`##[…]`, anywhere in the line), Azure Pipelines and TeamCity about.

Source: actions/runner, ActionCommand.cs.
"""

_SURROGATE = _compile(r"[\ud800-\udfff]")
_LINE_BREAK = _compile(r"\r\n|\r|\n")


def for_people(text: str) -> str:
    """One line of text to be shown: secrets hidden, what is not printable written as an escape, bounded in length."""
    text = redact(text)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    if not text.isprintable():
        text = "".join(map(visible, text))
    return disarmed(text)


def paragraphs(text: str) -> list[str]:
    """The lines of a text, each as `for_people` makes it; blank lines and the blanks around lines are left out.

    A line that starts with two colons, which GitHub's runner would obey, gets a backslash before them.
    """
    lines = [for_people(line.strip()) for line in _LINE_BREAK.split(redact(text))]
    return [f"\\{line}" if line.startswith("::") else line for line in lines if line]


def for_machines(text: str) -> str:
    """Text for a format that escapes by itself: secrets hidden, and no lone surrogate, which UTF-8 cannot hold."""
    return _SURROGATE.sub("\ufffd", redact(text))


def visible(character: str) -> str:
    """A character as it is when it can be seen, otherwise as an escape: `\\x1b`, `\\u202e`."""
    if character.isprintable():
        return character
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if named:
        return named
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def disarmed(text: str) -> str:
    """The text without what a CI system would obey when it reads the log: `##[` becomes `##\\[`."""
    return LOG_COMMAND.sub(lambda match: f"{match[0][:-1]}\\[", text) if "##" in text else text


def shown_path(place: Place, prefix: str) -> str:
    """A place's path for people; a member of an archive is written as if the archive was a folder.

    A path that starts with a colon gets `./` before it: GitHub's runner obeys lines that start with two of them.
    """
    path = for_people(machine_path(place.source.path, place.source.member, prefix))
    return f"./{path}" if path.lstrip().startswith(":") else path


def machine_path(path: str, member: str | None, prefix: str) -> str:
    """A path with its section's prefix, and the member of an archive after it."""
    joined = f"{prefix}{path}" if member is None else f"{prefix}{path}/{member}"
    return for_machines(joined)


def shown_place(place: Place, prefix: str) -> str:
    """`path:line:column`; only the path where the source has no text that a line could be counted in."""
    path = shown_path(place, prefix)
    return f"{path}:{place.line}:{place.column}" if place.source.text else path


def without_secrets(edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """The edits, or none if one would write a secret: hiding it would break the edit, showing it would leak it."""
    return () if any(redact(edit.replacement) != edit.replacement for edit in edits) else edits
