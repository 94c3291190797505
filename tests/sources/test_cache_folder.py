"""The place of the caches on each platform."""

import sys
from pathlib import Path

import pytest

from preflight.sources.cache_folder import cache_folder

HOME = Path("/home/someone").absolute()


@pytest.fixture(autouse=True)
def someone(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PREFLIGHT_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda _: str(HOME))


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", HOME / ".cache"),
        ("freebsd14", HOME / ".cache"),
        ("darwin", HOME / "Library" / "Caches"),
        ("win32", HOME / "AppData" / "Local"),
    ],
)
def test_each_platform_has_its_place(monkeypatch: pytest.MonkeyPatch, platform: str, place: Path) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_folder() == place / "preflight"


@pytest.mark.parametrize(("platform", "variable"), [("linux", "XDG_CACHE_HOME"), ("win32", "LOCALAPPDATA")])
def test_the_platforms_variable_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, variable: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert cache_folder() == tmp_path / "preflight"


def test_a_relative_variable_of_the_platform_makes_no_cache_in_the_checked_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert cache_folder() == HOME / ".cache" / "preflight"


def test_our_own_variable_names_the_folder_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    monkeypatch.setenv("PREFLIGHT_CACHE_DIR", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
