"""Runs the real upload command of a rehearsal, pointed at its index, in a home of its own. Judges nothing of what comes of it."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from preflight.building.running import end_group
from preflight.sources.records import dataclass


class CannotStart(Exception):
    """The command cannot be started; the message says why."""


@dataclass(frozen=True)
class Ran:
    """A command that was run, without its credentials: how it ended (negative: by that signal), and which of its options were left out of it.

    `stopped` is why it was not run, since its client would stop at once; the status is that of a failure then.
    """

    command: tuple[str, ...]
    status: int
    left_out: tuple[str, ...] = ()
    stopped: str = ""


def run_client(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> int:
    """Run a command without input in a folder; all that it prints goes to standard error, so that the report stands alone.

    It and all that it started has ended when this returns, also when preflight itself is interrupted; and so has the line that it left open, as
    twine's progress bar does.

    Raises:
        CannotStart: there is no such program.
    """
    try:
        process = subprocess.Popen(
            list(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=_error_stream(),
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except OSError as error:
        raise CannotStart(f"{command[0]} cannot be started: {error.strerror or error}") from None
    try:
        status = process.wait()
    finally:
        end_group(process)
        process.wait()
    sys.stderr.write("\n")
    sys.stderr.flush()
    return status


def _error_stream() -> int:
    sys.stderr.flush()
    return sys.stderr.fileno()


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Within the block a request to end (SIGTERM, SIGHUP) is like Ctrl-C, so that what the rehearsal made is removed."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), _interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
