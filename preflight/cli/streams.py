"""The standard streams as the process finds them: missing, closed, full, or unable to show a character. Prints nothing itself."""

import codecs
import io
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

import click

from preflight.sources.words import say

PLAIN = "preflight.plain"
"""The error handler of codecs that writes a character by plain ones where an encoding lacks it."""

_STANDS_FOR = str.maketrans(
    {
        "✓": "+",
        "✗": "x",
        "→": "->",
        "…": "...",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "·": "-",
        "•": "*",
        "│": "|",
        "─": "-",
    }
)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(_STANDS_FOR)
    return text.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error(PLAIN, _plain)


def printable(text: str, encoding: str) -> str:
    """The text with nothing in it that an encoding lacks."""
    return text.encode(encoding, PLAIN).decode(encoding)


class CannotPrint(Exception):
    """Standard output takes nothing; the message says why."""


class _Report(io.FileIO):
    """Standard output: what cannot be written there ends the command, but for a reader that has gone."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise CannotPrint(error.strerror or str(error)) from None


class _Aside(io.FileIO):
    """Standard error: what cannot be written there is lost, and changes nothing of what the command found."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(data)


def prepare_streams() -> None:
    """Give the process three streams that can be told from broken ones.

    A stream that is missing gets a descriptor of its own, so that no file that is opened later comes to stand in its place: one on which reading (standard
    input) or writing (standard output) fails as it would have on the missing one.
    """
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(_reserved(os.O_WRONLY), "rb", closefd=False)))
    sys.stdout = _prepared(sys.stdout, _Report, os.O_RDONLY)
    sys.stderr = _prepared(sys.stderr, _Aside, os.O_WRONLY)


def _reserved(flags: int) -> int:
    descriptor = os.open(os.devnull, flags)
    os.set_inheritable(descriptor, True)
    return descriptor


def _prepared(found: TextIO | None, kind: type[io.FileIO], flags: int) -> TextIO:
    if found is None:
        return _text(kind(_reserved(flags), "wb", closefd=False), "utf-8", lines=False)
    buffer = getattr(found, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if type(raw) is not io.FileIO:  # a console of Windows, or a test's stream
        return found
    lines = bool(getattr(found, "line_buffering", False))
    return _text(kind(raw.fileno(), "wb", closefd=False), found.encoding, lines=lines)


def _text(raw: io.FileIO, encoding: str, *, lines: bool) -> TextIO:
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding, errors=PLAIN, line_buffering=lines)


def refuse_closed_output() -> None:
    """Refuse to begin what could not be reported: standard output is closed, or open for reading only.

    Raises:
        CannotPrint: so it is.
    """
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError, AttributeError):
        return  # no file: whoever runs the command in a process of their own collects the text
    try:
        os.write(descriptor, b"")
    except BrokenPipeError:
        return
    except OSError as error:
        raise CannotPrint(error.strerror or str(error)) from None


def read_input() -> bytes:
    """All of standard input.

    Raises:
        click.UsageError: it is closed or cannot be read.
    """
    try:
        return sys.stdin.buffer.read()
    except (OSError, ValueError) as error:
        raise _unreadable(error) from None


def input_lines() -> Iterator[bytes]:
    """The lines of standard input, as they come.

    Raises:
        click.UsageError: it is closed or cannot be read.
    """
    try:
        yield from sys.stdin.buffer
    except (OSError, ValueError) as error:
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> click.UsageError:
    reason = getattr(error, "strerror", None) or error
    return click.UsageError(say("cannot read standard input: {reason}", reason=reason))
