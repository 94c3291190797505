"""What another linter found, and how a linter is found and run. Runs nothing unless `--with` asks for it, and reads the output as data only."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from preflight.engine.finding import Severity
from preflight.sources.records import dataclass

SECONDS = 120.0
"""Time after which a linter is ended."""

MAX_FOUND = 1_000
"""Findings of one linter that are read; nobody reads more."""


class FailedCompanion(Exception):
    """A linter could not be run, or answered in a form that is not read; the message says so to people."""


@dataclass(frozen=True)
class Foreign:
    """One finding of another linter. Lines and columns count from 1; 0 is unknown. `end` is an exclusive column on `end_line`."""

    rule: str
    message: str
    path: str
    severity: Severity = Severity.WARNING
    certain: bool = True
    line: int = 0
    column: int = 1
    end_line: int = 0
    end_column: int = 0
    url: str = ""
    fix: str = ""


def find_command(name: str) -> str:
    """The path of a linter's command: beside the running Python, or on PATH.

    Raises:
        FailedCompanion: it is not installed.
    """
    beside = shutil.which(name, path=os.path.dirname(sys.executable))
    found = beside or shutil.which(name)
    if (
        not found or not Path(found).is_absolute()
    ):  # Windows looks into the current folder, which is the checked project
        raise FailedCompanion(f"{name} is not installed: no command of this name is on PATH")
    return found


def run_command(command: Sequence[str], folder: Path, statuses: Iterable[int]) -> str:
    """What a linter prints on standard output, run in a folder without input.

    Raises:
        FailedCompanion: it cannot be run, takes too long, or ends with a status other than these.
    """
    name = os.path.basename(command[0])
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FailedCompanion(f"{name} did not end within {SECONDS:g} seconds") from None
    except OSError as error:
        raise FailedCompanion(f"{name} could not be run: {error.strerror or error}") from None
    if done.returncode not in statuses:
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise FailedCompanion(f"{name} ended with status {done.returncode}" + (f": {said[-1].strip()}" if said else ""))
    return done.stdout
