"""The edits that rules give, over the examples of all cards: how many rules have one, and that applying them ends."""

from collections import defaultdict
from functools import cache

import pytest
from harness import git_record
from outside import answering
from recipes import build
from test_cards import CASES, RULES, run

from preflight.engine.cards import Example
from preflight.engine.finding import Applicability
from preflight.engine.fixer import Mended, mend, parses, replace_tree
from preflight.engine.packs import Rule
from preflight.engine.session import Options, Outcome, run_check
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.sources.tree import MemoryTree, OverlayTree

APPLIED = {Applicability.SAFE, Applicability.UNSAFE}
EXAMPLES = [
    (rule, example)
    for rule, example in (case.values for case in CASES)
    if isinstance(rule, Rule) and isinstance(example, Example)
]


@cache
def kinds() -> dict[str, set[str]]:
    """The kinds of edits that the examples of each rule yield."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule, example in EXAMPLES:
        for finding in run(example.fires, example.recipes, example, rule).findings:
            if finding.code == rule.code:
                found[rule.code].update(edit.applicability.value for edit in finding.edits)
    return {code: has for code, has in found.items() if has}


def test_at_least_forty_rules_have_an_edit() -> None:
    assert len([code for code, has in kinds().items() if has & {"safe", "unsafe"}]) >= 40


def test_a_card_names_the_kind_of_its_edit() -> None:
    wrong = {}
    for rule in RULES:
        said, has = rule.card.fix_kind, kinds().get(rule.code, set())
        if (said in {"safe", "unsafe"} and said not in has) or (has and said not in has):
            wrong[rule.code] = (said, has)
    assert not wrong


@pytest.mark.parametrize(
    ("rule", "example"), [each for each in EXAMPLES if each[1].fires], ids=lambda each: getattr(each, "code", "")
)
def test_mending_an_example_ends_and_a_second_time_changes_nothing(rule: Rule, example: Example) -> None:
    found = run(example.fires, example.recipes, example, rule).findings
    expected = any(each.edits and {edit.applicability for edit in each.edits} <= APPLIED for each in found)
    files = {**{path: text.encode() for path, text in example.fires.items()}}
    files.update({path: build(recipe) for path, recipe in example.recipes.items()})
    record = git_record({**example.fires, **example.recipes}, example.setup)
    seeds = {"git": record, **(answering(example.answers) if example.answers else {})}

    def check(workspace: Workspace) -> Outcome:
        return run_check(workspace, Options(), FACTS, seeds)

    def mended(workspace: Workspace) -> Mended:
        return mend(workspace, check, APPLIED)

    first = Workspace(MemoryTree(files), Focus(("",)))
    done = mended(first)
    assert done.changes or not expected
    assert all(parses(path, after) for path, (_, after) in done.changes.items())
    tree = OverlayTree(first.tree, {path: after.encode() for path, (_, after) in done.changes.items()})
    again = mended(replace_tree(first, tree))
    assert not again.changes
    assert "INT006" not in {finding.code for finding in done.outcome.result.findings}
