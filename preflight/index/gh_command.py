"""The command `gh` of this machine: where it is, and what it answers to one question. Runs no file of the checked project."""

import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_KEPT = (
    "PATH", "HOME", "XDG_CONFIG_HOME", "GH_CONFIG_DIR", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR",
    "USERPROFILE", "APPDATA", "LOCALAPPDATA", "SYSTEMROOT", "SystemRoot", "TMPDIR", "TEMP", "USER",
)  # fmt: skip
"""What `gh` needs to find its own configuration and the system's keyring."""

_QUIET = {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1", "GH_PAGER": "cat"}


def find_gh(environment: Mapping[str, str], project: Path | None) -> str | None:
    """The command on PATH; None where there is none, or it lies in the folder `project`, which is checked."""
    program = shutil.which("gh", path=environment.get("PATH", ""))
    if program is None or not Path(program).is_absolute():
        return None
    if project is not None and Path(program).resolve().is_relative_to(project.resolve()):
        return None
    return program


def ask_gh(
    program: str, arguments: Sequence[str], environment: Mapping[str, str], seconds: float, *, more: Iterable[str] = ()
) -> bytes | None:
    """What the command prints; None where it fails or takes longer. It gets the variables that it needs, and those that `more` names."""
    kept = {name: environment[name] for name in (*_KEPT, *more) if name in environment}
    try:
        done = subprocess.run(
            [program, *arguments],
            env={**kept, **_QUIET},
            cwd=str(Path(program).parent),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
