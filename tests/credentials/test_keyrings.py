"""The keyring is asked as clients ask it, and what goes wrong in it stays there."""

import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from preflight.credentials import keyrings
from preflight.credentials.keyrings import KeyringCommand, KeyringModule, open_keyring


@dataclass
class Backend:
    """A package `keyring` with one entry."""

    locked: bool = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise RuntimeError("locked: hunter2")
        return "kept" if (service, username) == ("https://upload.pypi.org/legacy/", "__token__") else None

    def get_credential(self, service: str, username: str | None) -> SimpleNamespace | None:
        password = self.get_password(service, "__token__")
        return SimpleNamespace(username="__token__", password=password) if password else None


def test_the_package_is_asked_in_process() -> None:
    keyring = KeyringModule(Backend())
    assert keyring.find("https://upload.pypi.org/legacy/", "__token__") == ("__token__", "kept")
    assert keyring.find("https://upload.pypi.org/legacy/", None) == ("__token__", "kept")
    assert keyring.find("https://upload.pypi.org/legacy/", "ada") is None


def test_a_locked_keyring_holds_nothing() -> None:
    assert KeyringModule(Backend(locked=True)).find("x", "y") is None


@pytest.mark.skipif(sys.platform == "win32", reason="a script of POSIX systems")
def test_the_command_is_asked_as_uv_asks_it(tmp_path: Path) -> None:
    command = tmp_path / "keyring"
    command.write_text(
        '#!/bin/sh\n[ "$1" = get ] || exit 9\n[ "$2" = known ] || exit 1\n'
        'if [ "$3" = --mode ]; then printf "ada\\nkept\\n"; else echo "kept of $3"; fi\n'
    )
    command.chmod(0o755)
    keyring = KeyringCommand(str(command))
    assert keyring.find("known", "__token__") == ("__token__", "kept of __token__")
    assert keyring.find("known", None) == ("ada", "kept")
    assert keyring.find("unknown", "__token__") is None
    assert KeyringCommand(str(tmp_path / "missing")).find("known", None) is None


def test_a_keyring_that_the_checked_project_brings_is_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keyring.py").write_text("raise SystemExit('the project was run')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    monkeypatch.setattr(keyrings.shutil, "which", lambda name: None)
    assert open_keyring() is None
