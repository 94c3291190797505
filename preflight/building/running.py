"""Runs one command at a time, said aloud before, ended when it takes too long, of whose output only the end is kept. Judges nothing."""

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from preflight.building.environment import credential_values
from preflight.building.request import BuildRequest
from preflight.credentials.redact import MASK, redact
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

KEPT_BYTES = 64 * 1024
"""How much of the end of a command's output is kept."""

SHOWN_LINES = 30
"""How many lines of it are shown of a command that failed."""

_LONGEST_LINE = 300
_DRAIN_SECONDS = 5.0
_TERMINAL_CODE = _compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")


@dataclass(frozen=True)
class Ran:
    """A command that was run. `status` is its exit status, negative for a signal, None when it was ended at the time limit or could not be started.

    `output` is the end of what it printed, secrets hidden.
    """

    command: tuple[str, ...]
    status: int | None
    output: str
    seconds: float

    @property
    def passed(self) -> bool:
        return self.status == 0

    @property
    def shown(self) -> str:
        """The command as one would type it."""
        return command_line(self.command)

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        if self.status is None:
            return f"did not end within {self.seconds:g} seconds" if self.seconds else "could not be started"
        return f"ended with status {self.status}" if self.status >= 0 else f"was ended by signal {-self.status}"

    @property
    def tail(self) -> str:
        """The last lines of the output."""
        return "\n".join(self.output.splitlines()[-SHOWN_LINES:])


def command_line(command: Sequence[str]) -> str:
    """A command in the quotes of the platform's shell."""
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


def run(
    request: BuildRequest,
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    seconds: float | None = None,
) -> Ran:
    """Say a command and run it in a folder, without input. Its whole process group is ended at the time limit."""
    limit = min(seconds or request.seconds, request.seconds)
    request.say(f"Running: {command_line(command)}")
    try:
        process = _start(command, environment, folder)
    except OSError as error:
        reason = f"{command[0]}: {error.strerror or error}"
        return _told(request, Ran(tuple(command), None, reason, 0))
    output = _Tail(process.stdout)
    try:
        status: int | None = process.wait(limit)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        _end(process)
    if not output.finished():
        end_group(process)
        output.finished()
    text = _fit_to_show(output.text(), credential_values(request.environment))
    return _told(request, Ran(tuple(command), status, text, limit))


def _told(request: BuildRequest, ran: Ran) -> Ran:
    """Say the end of the output of a command that failed."""
    if not ran.passed:
        for line in ran.tail.splitlines():
            request.say(f"  | {line}")
    return ran


def _start(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        list(command),
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs, with all that it started: after the time limit, and when preflight itself is interrupted."""
    if process.poll() is None:
        end_group(process)
        process.kill()
        process.wait()


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End all that a process started, which leads a group of its own."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


class _Tail:
    """Reads a stream to its end in a thread of its own and keeps the last `KEPT_BYTES` of it."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._stream = stream
        self._kept = bytearray()
        self._cut = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        if self._stream is None:
            return
        with self._stream:
            while piece := os.read(self._stream.fileno(), 65536):
                self._kept += piece
                self._cut = self._cut or len(self._kept) > KEPT_BYTES
                del self._kept[:-KEPT_BYTES]

    def finished(self) -> bool:
        """Whether the stream has ended; waits a little for it, since a child left behind may hold it open."""
        self._thread.join(_DRAIN_SECONDS)
        return not self._thread.is_alive()

    def text(self) -> str:
        """What is kept, from the start of a line on: half a secret could not be told from a word."""
        text = bytes(self._kept).decode("utf-8", "replace")
        return text.partition("\n")[2] if self._cut else text


def _fit_to_show(text: str, secrets: Sequence[str]) -> str:
    """Output as plain lines: secrets hidden, no terminal codes, of a progress bar only its end, no line endless."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    text = redact(_TERMINAL_CODE.sub("", text))
    lines = (line.rstrip().rpartition("\r")[2] for line in text.replace("\r\n", "\n").split("\n"))
    plain = ("".join(each if each.isprintable() else " " for each in line[:_LONGEST_LINE]).rstrip() for line in lines)
    return "\n".join(line for line in plain if line)
