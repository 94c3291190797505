"""Laws about the rules as a whole: names, codes, families, and the refusals they stand for."""

from pathlib import Path

import pytest

from preflight.engine.packs import Rule, built_in_folder, built_in_registry
from preflight.refusals import refusals

REGISTRY = built_in_registry()
RULES = sorted(REGISTRY.rules.values(), key=lambda rule: rule.code)
FAMILIES = {
    "TOK": "credentials",
    "PUB": "publisher",
    "WFL": "workflow",
    "ATT": "attestations",
    "PRJ": "project",
    "VER": "versions",
    "MET": "metadata",
    "WHL": "wheel",
    "SDT": "sdist",
    "ARC": "archive",
    "NAM": "names",
    "BLD": "build",
    "CLT": "client",
    "SVC": "service",
    "INT": "internal",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_stands_in_the_folder_of_its_family(rule: Rule) -> None:
    assert FAMILIES[rule.code[:3]] == rule.family


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_name_states_the_problem_and_not_the_check(rule: Rule) -> None:
    words = rule.name.split("-")
    assert not {"check", "test", "validate", "verify", "no", "invalid"} & set(words[:1])
    assert len(rule.name) <= 42


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_refusals_of_a_card_exist(rule: Rule) -> None:
    assert set(rule.card.rejections) <= set(refusals())
    assert len(set(rule.card.rejections)) == len(rule.card.rejections)


def test_every_rule_has_a_check_and_every_check_a_rule() -> None:
    found_by_the_engine = {"INT001", "INT004", "INT006"}
    decided = {code for check in REGISTRY.checks for code in check.codes}
    assert decided == set(REGISTRY.rules) - found_by_the_engine


def test_every_fact_that_a_check_asks_for_exists() -> None:
    from preflight.engine.facts import MAYBE
    from preflight.facts import FACTS

    seeds = {"tree", "files", "focus", "settings", "online", "project"}
    for check in REGISTRY.checks:
        for name in check.needs:
            assert name.removeprefix(MAYBE) in FACTS or name in seeds, f"{check.codes} asks for {name}"


def test_no_name_of_a_rule_stands_in_the_package() -> None:
    """A rule is a card and a check; only the engine's own three are known outside the rules."""
    own = {"INT001", "INT004", "INT006"}
    package = Path(built_in_folder().parent) / "preflight"
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        named = {rule.code for rule in RULES if f'"{rule.code}"' in text} - own
        assert not named, f"{path} names {named}"
