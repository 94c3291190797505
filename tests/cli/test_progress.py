"""The line that shows how far a check has come: on a terminal only, and gone at the end."""

import io
import sys
import time

import pytest

from preflight.cli.progress import Progress, shown_progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def screen(text: str) -> str:
    """What is left on the line after everything was written."""
    cells: list[str] = []
    column = 0
    for each in text:
        if each == "\r":
            column = 0
            continue
        cells[column : column + 1] = [each]
        column += 1
    return "".join(cells).rstrip()


def test_the_line_tells_the_check_and_is_overwritten_and_erased() -> None:
    stream = Terminal()
    progress = Progress(stream, "12 paths")
    progress.step(98, 100)
    progress.show()
    assert screen(stream.getvalue()) == "Checking 12 paths, check 99 of 100, 0 s"
    progress.step(4, 5)
    progress.show()
    assert screen(stream.getvalue()) == "Checking 12 paths, check 5 of 5, 0 s"
    progress.erase()
    assert screen(stream.getvalue()) == ""


def test_nothing_is_shown_before_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with shown_progress("x", quiet=False, patience=60):
        pass
    assert stream.getvalue() == ""


def test_it_is_shown_on_a_terminal_and_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with shown_progress("x", quiet=False, patience=0):
        while not stream.getvalue():
            time.sleep(0.001)
    assert "Checking x" in stream.getvalue()
    assert screen(stream.getvalue()) == ""


@pytest.mark.parametrize(
    ("stream", "quiet", "term"),
    [(io.StringIO(), False, "xterm"), (Terminal(), True, "xterm"), (Terminal(), False, "dumb")],
)
def test_it_is_not_shown_elsewhere(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, quiet: bool, term: str
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", term)
    with shown_progress("x", quiet=quiet, patience=0):
        time.sleep(0.02)
    assert stream.getvalue() == ""
