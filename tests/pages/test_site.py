"""How the pages of the site are put together from cards and pages; what zensical makes of them is seen in `.ci/run`."""

import importlib.util
from types import ModuleType

import pytest
from pages.play import ROOT

from preflight.engine.packs import built_in_registry

RULES = sorted(built_in_registry().rules.values(), key=lambda rule: rule.code)
NAMES = {rule.code: rule.name for rule in RULES}


@pytest.fixture(scope="module")
def site() -> ModuleType:
    spec = importlib.util.spec_from_file_location("documentation_site", ROOT / "docs/site.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_rule_is_in_the_index_and_in_the_navigation(site: ModuleType) -> None:
    index, navigation = site.rules_index(RULES), site.rules_navigation(RULES)
    for rule in RULES:
        assert f"[{rule.code}]({rule.name}.md)" in index
        assert f'"{rule.code} {rule.name}" = "rules/{rule.name}.md"' in navigation


def test_words_with_underscores_are_not_made_bold(site: ModuleType) -> None:
    assert site._cell("not __token__ but `__token__` | <x>") == "not \\_\\_token\\_\\_ but `__token__` \\| &lt;x>"


def test_codes_and_cards_become_links_outside_of_code(site: ModuleType) -> None:
    page = "See [PUB003] and [it](../rules/publisher/PUB003-environment-mismatch.md).\n\n```toml file=a.toml\nx = [PUB003]\n```\n"
    link = "../rules/environment-mismatch.md"
    assert site.for_site(page, "../", NAMES) == (
        f'See [PUB003]({link}) and [it]({link}).\n\n```toml title="a.toml"\nx = [PUB003]\n```\n'
    )


def test_no_line_of_the_command_reference_is_cut_off(site: ModuleType) -> None:
    assert (
        max(len(line) for line in site.commands_page().splitlines() if not line.startswith("What ")) <= site.WIDTH + 4
    )


def test_every_page_is_in_the_navigation() -> None:
    settings = (ROOT / "docs/site.toml").read_text(encoding="utf-8")
    left_out = {"README.md", "rules.md"}
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    missing = [
        page for page in pages if f'"{page}"' not in settings and page not in left_out and not page.startswith("zh/")
    ]
    assert not missing
