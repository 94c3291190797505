"""A line on the terminal that says how far a check has come when it takes longer than a second. Writes nothing anywhere else."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import TextIO

from preflight.sources.words import say

PATIENCE = 1.0
"""Seconds before the line is shown."""

_PERIOD = 0.2


class Progress:
    """How many of the checks are done; `step` is called by whoever runs them."""

    def __init__(self, stream: TextIO, subject: str) -> None:
        self._stream = stream
        self._subject = subject
        self._done = self._total = self._shown = 0
        self._start = monotonic()

    def step(self, done: int, total: int) -> None:
        """Note how many of all checks are done."""
        self._done, self._total = done, total

    def show(self) -> None:
        """Write the line over the one before."""
        share = say(", check {number} of {total}", number=self._done + 1, total=self._total)
        words, seconds = "Checking {subject}{share}, {seconds:.0f} s", monotonic() - self._start
        line = say(words, subject=self._subject, share=share if self._done < self._total else "", seconds=seconds)
        self._write(f"\r{line}{' ' * (self._shown - len(line))}")
        self._shown = len(line)

    def erase(self) -> None:
        """Leave no trace."""
        if self._shown:
            self._write(f"\r{' ' * self._shown}\r")
            self._shown = 0

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # the terminal is gone
            return


@contextmanager
def shown_progress(subject: str, *, quiet: bool, patience: float = PATIENCE) -> Iterator[Progress]:
    """Progress that is shown on standard error where that is a terminal, and erased at the end."""
    progress = Progress(sys.stderr, subject)
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield progress
        return
    over = Event()

    def tick() -> None:
        pause = patience
        while not over.wait(pause):
            progress.show()
            pause = _PERIOD

    thread = Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        over.set()
        thread.join()
        progress.erase()
