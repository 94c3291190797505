"""The causes of failed publishes: each belongs to exactly one rule, and no card names one that does not exist."""

from collections import defaultdict
from pathlib import Path

import pytest

import preflight
from preflight.engine.packs import built_in_registry

TABLE = Path(preflight.__file__).parent / "doctor" / "causes.tsv"
CAUSES = [line.split("\t")[0] for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]
RULES = sorted(built_in_registry().rules.values(), key=lambda rule: rule.code)

ANSWERED_BY_ANOTHER = {
    "PUB016": "PUB017",
    "PUB023": "PUB025",
    "PUB024": "PUB025",
    "MET004": "MET005",
    "MET009": "MET010",
    "MET012": "MET013",
    "WHL005": "WHL006",
    "ARC010": "ARC015",
    "ARC011": "ARC015",
    "ARC012": "ARC015",
    "ARC013": "ARC015",
    "ARC014": "ARC015",
}
"""Rules whose failures a log shows under the cause of another rule, which owns it."""


def owners() -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for rule in RULES:
        for cause in rule.card.causes:
            found[cause].append(rule.code)
    return found


OWNERS = owners()


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_belongs_to_exactly_one_rule(cause: str) -> None:
    assert len(OWNERS.get(cause, [])) == 1, f"{cause} belongs to {OWNERS.get(cause, [])}"


def test_no_cause_is_named_twice() -> None:
    assert len(set(CAUSES)) == len(CAUSES)
    assert all(len(set(rule.card.causes)) == len(rule.card.causes) for rule in RULES)


def test_a_card_names_no_cause_that_does_not_exist() -> None:
    assert set(OWNERS) <= set(CAUSES)


@pytest.mark.parametrize(("code", "owner"), ANSWERED_BY_ANOTHER.items())
def test_a_rule_without_a_cause_of_its_own_shares_its_refusals_with_the_owner(code: str, owner: str) -> None:
    cards = {rule.code: rule.card for rule in RULES}
    assert not cards[code].causes
    assert cards[owner].causes
    assert set(cards[code].rejections) <= set(cards[owner].rejections)
