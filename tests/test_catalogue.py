"""Laws about the rules as a whole: names, codes, families, and the refusals they stand for."""

from pathlib import Path

import pytest

from preflight.engine.finding import Severity
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
    "UNK": "unknown",
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


FOUND_BY_THE_ENGINE = {"INT001", "INT004", "INT006"}
NAMED_BY_DOCTOR = {"UNK001", "TOK014"}
AFTERWARDS = {"log", "index", "github"}
"""What only a failed run, or a service that is asked, can tell: a rule that one of them decides may have no check."""


def test_every_rule_has_a_check_or_is_decided_elsewhere() -> None:
    checked = {code for check in REGISTRY.checks for code in check.codes}
    assert checked <= set(REGISTRY.rules) - FOUND_BY_THE_ENGINE
    for rule in RULES:
        if rule.code not in checked | FOUND_BY_THE_ENGINE:
            assert AFTERWARDS & set(rule.card.decided_by), (
                f"{rule.code} has no check, and no log, index or GitHub decides it"
            )


def test_a_rule_that_a_log_alone_decides_is_an_error() -> None:
    """The log shows a publish that did fail."""
    assert not [
        rule.code for rule in RULES if rule.card.decided_by == ("log",) and rule.card.severity is not Severity.ERROR
    ]


def test_every_fact_that_a_check_asks_for_exists() -> None:
    from preflight.engine.facts import MAYBE
    from preflight.facts import FACTS

    seeds = {"tree", "files", "focus", "settings", "online", "use_cache", "project"}
    for check in REGISTRY.checks:
        for name in check.needs:
            assert name.removeprefix(MAYBE) in FACTS or name in seeds, f"{check.codes} asks for {name}"


def test_no_name_of_a_rule_stands_in_the_package() -> None:
    """A rule is a card and a check; the engine's own three, and what doctor calls the unknown and a token in the log, are named outside the rules."""
    own = FOUND_BY_THE_ENGINE | NAMED_BY_DOCTOR
    package = Path(built_in_folder().parent) / "preflight"
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        named = {rule.code for rule in RULES if f'"{rule.code}"' in text} - own
        assert not named, f"{path} names {named}"
