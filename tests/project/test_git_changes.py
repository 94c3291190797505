"""What git says of uncommitted changes, asked in a real checkout."""

import subprocess
from pathlib import Path

from preflight.project.git import GitCommand


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_changed_files_are_named_from_the_folder_that_is_asked_about(tmp_path: Path) -> None:
    inner = tmp_path / "libs" / "päckchen"
    inner.mkdir(parents=True)
    for file in (tmp_path / "top.txt", inner / "a b.txt", inner / "kept.txt", inner / "moved.txt"):
        file.write_text("1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    assert GitCommand(tmp_path).changed == frozenset()
    (tmp_path / "top.txt").write_text("2\n")
    (inner / "a b.txt").write_text("2\n")
    (inner / "new.txt").write_text("2\n")
    git(inner, "mv", "moved.txt", "elsewhere.txt")
    assert GitCommand(inner).changed == {"a b.txt", "moved.txt", "elsewhere.txt"}
    assert "top.txt" in GitCommand(tmp_path).changed
    assert "libs/päckchen/a b.txt" in GitCommand(tmp_path).changed


def test_a_folder_outside_of_git_has_no_changes(tmp_path: Path) -> None:
    assert GitCommand(tmp_path).changed == frozenset()
