"""Runs the real command in a scrubbed environment: what the tests of commands stand on."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit status."""

    out: str
    err: str
    status: int


def clean_environment(cwd: Path, **more: str) -> dict[str, str]:
    """Variables for a command in a folder: nothing of the caller's but where programs are."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(cwd),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
        **more,
    }


def preflight(*arguments: str | Path, cwd: Path, stdin: str | None = None, **environment: str) -> Done:
    """Run `python -m preflight` from the checkout in a folder, with nothing of the caller's environment but what is given."""
    done = subprocess.run(
        [sys.executable, "-m", "preflight", *map(str, arguments)],
        cwd=cwd,
        env=clean_environment(cwd, **environment),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Done(done.stdout, done.stderr, done.returncode)
