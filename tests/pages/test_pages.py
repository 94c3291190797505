"""Every command and example of the documentation, run as the pages say."""

from pathlib import Path

import pytest
from pages.play import ROOT, Play, matches

PAGES = sorted(
    path
    for path in (ROOT / "docs").rglob("*.md")
    if path.name not in ("README.md", "rules.md", "refusals.md", "configuration.md", "clients.md")
)


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT / "docs")) for page in PAGES])
def test_page(page: Path, tmp_path: Path) -> None:
    Play(page, tmp_path).run()


@pytest.mark.parametrize(
    "expected, same",
    [
        (["a", "b"], True),
        (["..."], True),
        (["a", "..."], True),
        (["...", "b", "..."], True),
        (["b"], False),
        (["a", "...", "c"], False),
    ],
)
def test_comparison(expected: list[str], same: bool) -> None:
    assert matches(["a", "b", ""], expected) is same
