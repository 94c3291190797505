"""The `.pypirc` files on disk: who can read them, and what that means."""

import os
from pathlib import Path

import pytest
from harness import check_folder

from preflight.credentials.pypirc_files import readable_mode
from preflight.engine.workspace import Focus
from tests.credentials.tokens import forge

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")

TEXT = f"[pypi]\nusername = __token__\npassword = {forge()}\n"


@pytest.fixture
def pypirc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A .pypirc in folders that everybody may pass: pytest's own are closed to others."""
    folder = tmp_path
    while folder != Path(folder.root) and folder.stat().st_uid == os.getuid():
        folder.chmod(folder.stat().st_mode | 0o011)
        folder = folder.parent
    path = tmp_path / ".pypirc"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("mode", "readable"), [(0o644, True), (0o604, True), (0o600, False), (0o640, False), (0o777, False), (0o755, False)]
)
def test_only_others_count_and_an_executable_file_lies_on_a_mount(pypirc: Path, mode: int, readable: bool) -> None:
    pypirc.chmod(mode)
    assert readable_mode(pypirc) == (mode if readable else None)


def test_a_closed_folder_keeps_others_away(pypirc: Path) -> None:
    pypirc.chmod(0o644)
    pypirc.parent.chmod(0o700)
    assert readable_mode(pypirc) is None


def test_a_file_that_is_gone_has_no_mode(tmp_path: Path) -> None:
    assert readable_mode(tmp_path / "missing") is None


def test_a_readable_pypirc_is_reported_with_its_mode(pypirc: Path) -> None:
    pypirc.chmod(0o644)
    [finding] = check_folder(pypirc.parent, "TOK017", focus=Focus((), (".pypirc",))).findings
    assert "mode 0644" in finding.message
    pypirc.chmod(0o600)
    assert not check_folder(pypirc.parent, "TOK017", focus=Focus((), (".pypirc",))).findings


def test_a_readable_pypirc_without_a_secret_is_fine(pypirc: Path) -> None:
    pypirc.write_text("[pypi]\nusername = __token__\npassword = ${PYPI_TOKEN}\n", encoding="utf-8")
    pypirc.chmod(0o644)
    assert not check_folder(pypirc.parent, "TOK017", focus=Focus((), (".pypirc",))).findings
