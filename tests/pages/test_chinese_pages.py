"""The Chinese pages show what the English ones show: every file, command and output of those, in the same order."""

from pathlib import Path

import pytest
from pages.play import ROOT, Fence, fences

PAGES = sorted((ROOT / "docs/zh").glob("*.md"))


def _shown(page: Path) -> list[tuple[str, str]]:
    def info(fence: Fence) -> str:
        return f"{fence.language} {sorted(fence.words)}"

    return [(info(each), each.text) for each in fences(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_nothing_is_left_out(page: Path) -> None:
    here = iter(_shown(page))
    left_out = [text for info, text in _shown(ROOT / "docs" / page.name) if (info, text) not in here]
    assert left_out == []
