"""Every card: its form, its words, and its examples, which are executed."""

from collections.abc import Mapping

import pytest
from harness import apply_edits, check_files, git_record
from outside import answering
from recipes import build

from preflight.credentials.redact import redact
from preflight.engine.cards import Card, Example
from preflight.engine.finding import Applicability, Result
from preflight.engine.packs import Rule, built_in_registry
from preflight.sources.patterns import compile as _compile

REGISTRY = built_in_registry()
RULES = sorted(REGISTRY.rules.values(), key=lambda rule: rule.code)
SECTIONS = ("What happens", "How to fix")
CHECKED = {code for check in REGISTRY.checks for code in check.codes}
TOLD_BY_A_LOG = {rule.code for rule in RULES if rule.card.decided_by[:1] == ("log",)}
UNCHECKED = {rule.code for rule in RULES if rule.code not in CHECKED and rule.family != "internal"}
NOT_SHOWN_BY_FILES = (
    {
        "BLD009",
        "BLD010",
        "BLD011",
        "BLD012",
        "CLT010",
        "INT001",
        "INT006",
        "MET016",
        "NAM009",
        "NAM010",
        "TOK017",
        "TOK018",
    }
    | TOLD_BY_A_LOG
    | UNCHECKED
)
"""Rules that no files can show: their tests stand elsewhere, or a log, the index or GitHub decides them."""

RULE_NAME = _compile(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`")
NO_RULES = {"skip-existing", "requests-toolbelt"}
"""Names of other things that such a table mentions."""

FIRST_WORDS_OF_A_STEP = _compile(r"(\d+)\. +\S")

NEEDS_ALL_RULES = {"INT004"}
"""Rules that speak of other rules, which therefore have to run too."""


def run(
    files: Mapping[str, str],
    recipes: Mapping[str, str],
    example: Example,
    rule: Rule,
    answers: Mapping[str, object] | None = None,
) -> Result:
    built = {path: build(recipe) for path, recipe in recipes.items()}
    select = () if rule.code in NEEDS_ALL_RULES else (rule.code,)
    seeds = answering(example.answers if answers is None else answers) if example.answers else {}
    result = check_files({**files, **built}, *select, git=git_record({**files, **recipes}, example.setup), seeds=seeds)
    assert not result.crashed, [finding.message for finding in result.findings]
    return result


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_card_form(rule: Rule) -> None:
    card = rule.card
    for heading in SECTIONS:
        assert card.sections.get(heading), f"{rule.code} lacks a section `{heading}`"
    assert not card.summary.endswith("."), "a summary is a phrase without a full stop"
    assert len(card.summary) <= 110
    for wording in card.wordings.values():
        assert wording.fix.endswith((".", "`", ")")), f"a fix is a sentence: {wording.fix}"
    assert card.fix_kind in {"safe", "unsafe", "show", "none"}
    if rule.code not in NOT_SHOWN_BY_FILES:
        assert card.examples(), f"{rule.code} has no example"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_nothing_in_a_wording_is_taken_for_a_secret(rule: Rule) -> None:
    """What is shown goes through `redact`, which hides what follows on words like `password:`."""
    for wording in rule.card.wordings.values():
        assert (redact(wording.message), redact(wording.fix)) == (wording.message, wording.fix)


@pytest.mark.parametrize("rule", [rule for rule in RULES if "Steps" in rule.card.sections], ids=lambda rule: rule.code)
def test_steps_are_a_short_numbered_list(rule: Rule) -> None:
    lines = rule.card.sections["Steps"].splitlines()
    numbers = [match[1] for line in lines if (match := FIRST_WORDS_OF_A_STEP.match(line))]
    assert numbers == [str(number) for number in range(1, len(lines) + 1)], (
        "nothing but steps, each on a line, counted from 1"
    )
    assert 2 <= len(numbers) <= 5
    assert all(line.endswith((".", ")", "`", "?")) for line in lines), "a step is a sentence"


@pytest.mark.parametrize("code", sorted(UNCHECKED))
def test_a_rule_without_a_check_says_what_to_do(code: str) -> None:
    """Nothing but a log and a person decide it, so its words fit whatever is known, and it has steps."""
    card = REGISTRY.rules[code].card
    assert card.sections.get("Steps")
    assert card.placeholders() <= {"index"}
    assert not card.examples(), f"{code} has an example that nothing runs"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_card_names_rules_that_exist(rule: Rule) -> None:
    """In the tables that tell one rule from another, what looks like a rule's name is one."""
    table = [line for line in rule.card.sections.get("Which one is it", "").splitlines() if line.startswith("| ")]
    last_cells = [line.rstrip("| ").rpartition("|")[2] for line in table]
    named = {name for cell in last_cells for name in RULE_NAME.findall(cell)} - NO_RULES
    assert named <= set(REGISTRY.names)


CASES = [
    pytest.param(rule, example, id=f"{rule.code}-{number}")
    for rule in RULES
    if rule.code not in NOT_SHOWN_BY_FILES
    for number, example in enumerate(rule.card.examples())
]


_ASIDE = _compile(r"\S \([^()]*\)$")
"""A word in brackets behind what is to be written, such as the version that a commit is."""


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_example_fires_and_is_mended(rule: Rule, example: Example) -> None:
    fired = [each for each in run(example.fires, example.recipes, example, rule).findings if each.code == rule.code]
    assert fired, f"the example of {rule.code} does not fire"
    card: Card = rule.card
    for finding in fired:
        assert "{" not in finding.message.replace("${{", ""), f"an argument is missing in: {finding.message}"
        assert "{" not in finding.fix.replace("${{", ""), f"an argument is missing in: {finding.fix}"
        pasted = [code for code in finding.fix.split("`")[1::2] if _ASIDE.search(code)]
        assert not pasted, f"what stands in backticks is to be pasted, without an aside: {pasted}"
        assert set(finding.rejections) <= set(card.rejections)
        assert set(finding.causes) <= set(card.causes)
    unchanged = (example.mended, example.mended_recipes, example.mended_answers) == (
        example.fires,
        example.recipes,
        example.answers,
    )
    assert not unchanged, f"the example of {rule.code} has no `### Mended`"
    left = [
        each.message
        for each in run(example.mended, example.mended_recipes, example, rule, example.mended_answers).findings
        if each.code == rule.code
    ]
    assert not left, f"the mended example of {rule.code} still fires: {left}"


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_edits_mend_what_they_belong_to(rule: Rule, example: Example) -> None:
    fired = [each for each in run(example.fires, example.recipes, example, rule).findings if each.code == rule.code]
    mendable = [each for each in fired if each.edits and each.edits[0].applicability is not Applicability.SHOW]
    if not mendable:
        return
    after = apply_edits(example.fires, mendable, Applicability.SAFE, Applicability.UNSAFE)
    left = [each for each in run(after, example.recipes, example, rule).findings if each.code == rule.code]
    assert len(left) <= len(fired) - len(mendable), [each.message for each in left]
