"""Globs of licence files, and who is taken to write a file before the build."""

import pytest

from preflight.project.named_files import matches
from preflight.sources.tree import MemoryTree

TREE = MemoryTree(
    dict.fromkeys(("LICENSE", "libs/a/LICENSE.txt", "libs/a/vendor/b/COPYING", "libs/a/.hidden/NOTICE"), b"")
)


@pytest.mark.parametrize(
    ("folder", "pattern", "expected"),
    [
        ("", "LICENSE", True),
        ("", "LICEN[CS]E*", True),
        ("", "LICENSE.*", False),
        ("libs/a", "LICENSE*", True),
        ("libs/a", "./LICENSE.txt", True),
        ("libs/a", "LICENSE", False),
        ("libs/a", "vendor/*/COPYING", True),
        ("libs/a", "vendor/COPYING", False),
        ("libs/a", "**/COPYING", True),
        ("libs/a", "**/LICENSE.txt", True),
        ("libs/a", "vendor/**", True),
        ("libs/a", "vendor", False),
        ("libs/a", "vend*", False),
        ("libs/a", "**/NOTICE", True),
        ("libs/b", "*", False),
        ("", "", False),
        ("", "[", False),
    ],
)
def test_matches(folder: str, pattern: str, expected: bool) -> None:
    assert matches(TREE, folder, pattern) is expected


def test_a_very_deep_tree_ends() -> None:
    assert matches(MemoryTree({"/".join(["d"] * 300) + "/x": b""}), "", "**/nothing")
