"""Asks the keyring of this machine, only where that was asked for: through the package `keyring` beside preflight, else through its command. Stores nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

from preflight.sources.records import dataclass

TIMEOUT_SECONDS = 30.0
"""A keyring may ask the person to unlock it."""

Pair = tuple[str, str]


class Keyring(Protocol):
    """What upload clients ask a keyring for."""

    def find(self, service: str, username: str | None) -> Pair | None:
        """The user name and password kept for a service; for any user where none is named. None where there is none, or the keyring is locked."""
        ...


@dataclass(frozen=True)
class KeyringModule:
    """The package `keyring` in this very process. keyring: core.py, `get_credential` and `get_password`."""

    module: Any

    def find(self, service: str, username: str | None) -> Pair | None:
        try:
            if username is not None:
                password = self.module.get_password(service, username)
                return None if password is None else (username, str(password))
            found = self.module.get_credential(service, None)
            return None if found is None else (str(found.username), str(found.password))
        except Exception:
            # A backend is somebody else's code and raises what it likes: locked, missing, refused. Clients go on without it as well.
            return None


@dataclass(frozen=True)
class KeyringCommand:
    """The command `keyring`, as uv and pip call it. uv: crates/uv-auth/src/keyring.rs, `fetch_subprocess`."""

    command: str

    def find(self, service: str, username: str | None) -> Pair | None:
        words = [username] if username is not None else ["--mode", "creds"]
        try:
            done = subprocess.run(
                [self.command, "get", service, *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, ValueError, subprocess.SubprocessError):
            return None
        if done.returncode != 0:
            return None
        text = done.stdout.decode(errors="replace")
        if username is not None:
            password = text.rstrip("\r\n")
            return (username, password) if password else None
        lines = text.splitlines()
        return (lines[0], lines[1]) if len(lines) >= 2 else None


def open_keyring() -> Keyring | None:
    """The keyring that can be asked here; None where there is none."""
    if _is_installed("keyring"):
        from importlib import import_module

        try:
            return KeyringModule(import_module("keyring"))
        except Exception:
            # A broken installation; the command, which has an environment of its own, may still work.
            pass
    command = shutil.which("keyring")
    return KeyringCommand(command) if command is not None and Path(command).is_absolute() else None


def _is_installed(name: str) -> bool:
    """Whether a package is installed for this Python: one that lies in the current folder belongs to the checked project, and is not to be run."""
    from importlib.util import find_spec

    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return False
    if spec is None or spec.origin is None:
        return False
    folder = Path(os.path.abspath(spec.origin)).parent.parent
    return folder != Path.cwd() and folder.name in ("site-packages", "dist-packages") and str(folder) in sys.path
