"""Every cause of a failed publish can be reached and is answered in the words of a card, without gaps and without anything that looks like a secret."""

import re

import pytest
from doctor.diagnosed import OWNERS, RULES, diagnosed
from doctor.renderings import every_rendering

from preflight.doctor.extraction import extract
from preflight.doctor.reading import read_text
from preflight.doctor.signatures import cause_stages, causes_of_refusals, signatures
from preflight.doctor.words import values_of
from preflight.engine.cards import Answer, MalformedCard, filled, read_card
from preflight.report.safe import for_people

PLACEHOLDER = re.compile(r"(?<![{$])\{([a-z_]+)(?:\|[^{}]*)?\}")
REGISTERED = {"registered_environment", "registered_line", "registered_workflow", "registered_repository"}


def texts_of(answer: Answer) -> list[str]:
    return [answer.message, *answer.steps, answer.decide, answer.avoid]


@pytest.mark.parametrize("cause", cause_stages())
def test_every_cause_has_an_owner_that_answers_it(cause: str) -> None:
    card = OWNERS.card(cause)
    assert card is not None, f"no card lists {cause}"
    assert cause in card.answers, f"{card.path.name} has no part `In a log: {cause}`"


def test_answers_are_about_causes_of_their_card() -> None:
    for rule in RULES:
        assert set(rule.card.answers) <= set(rule.card.causes), rule.code


def test_answers_name_only_values_that_a_log_can_hold() -> None:
    log = read_text("")
    known = set(values_of(extract(log), None, log)) | REGISTERED | page_names()
    for _, forms in signatures():
        for form in forms:
            known |= {name.rpartition("__")[0] for name in form.pattern().groupindex}
    for rule in RULES:
        for cause, answer in rule.card.answers.items():
            used = {name for text in texts_of(answer) for name in PLACEHOLDER.findall(text)}
            assert used <= known, (rule.code, cause, used - known)


def page_names() -> set[str]:
    log = read_text(
        "Uploading sampleproject-1.2.0.tar.gz\nHTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\nFile already exists"
    )
    return {name for name in values_of(extract(log), None, log) if name.endswith("_url")}


def test_answers_can_be_shown_as_they_are() -> None:
    """What looks like a secret would be masked on its way to the reader."""
    for rule in RULES:
        for answer in rule.card.answers.values():
            for text in texts_of(answer):
                assert for_people(text) == text, (rule.code, text)


def test_without_any_value_the_message_still_reads() -> None:
    for rule in RULES:
        for answer in rule.card.answers.values():
            message = filled(answer.message, {})
            assert message is not None, (rule.code, answer.message)
            assert "{" not in message.replace("${{", "")
            assert "``" not in message
            assert filled(answer.steps[0], {}) is not None, (rule.code, answer.steps[0])


def test_words_for_an_unknown_value_lose_its_backticks() -> None:
    assert filled("file `{file|of yours}` in {place|`dist`}", {}) == "file of yours in `dist`"
    assert filled("file `{file|of yours}`", {"file": "a.whl"}) == "file `a.whl`"
    assert filled("needs {file}", {}) is None
    assert filled("keeps ${{ secrets.NAME }} and `a/{name|b}`", {}) == "keeps ${{ secrets.NAME }} and `a/b`"


CARD = """---
code: TST001
name: sample-rule
severity: error
summary: A sample
message: m
fix: f.
decided_by: [log]
fix_kind: none
since: 0.1.0
---
## What happens

Text.
"""


def test_answers_are_no_part_of_the_body(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "TST001-sample-rule.md"
    path.write_text(
        f"{CARD}\n## In a log: one, two\n\nIt failed.\n\n1. Do this.\n2. Then that.\n\nTo be sure: look.\n\nDo not panic.\n"
    )
    card = read_card(path)
    assert "In a log" not in card.body
    assert (
        card.answers["one"]
        == card.answers["two"]
        == Answer("It failed.", ("Do this.", "Then that."), "look.", "Do not panic.")
    )


@pytest.mark.parametrize(
    "answer", ["", "\nIt failed.\n", "\n1. A step without a message.\n", "\nIt failed.\n\n1. Do.\n\nAnd more.\n"]
)
def test_a_malformed_answer_is_refused(tmp_path: object, answer: str) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "TST001-sample-rule.md"
    path.write_text(f"{CARD}\n## In a log: one\n{answer}")
    with pytest.raises(MalformedCard):
        read_card(path)


def test_every_refusal_of_an_index_is_diagnosed() -> None:
    """The first answer is a cause that the message can have; where it is certain, one that the refusal itself has."""
    wrong = []
    for refusal, client, log, text in list(every_rendering())[::4]:
        found = diagnosed(log)
        if not found:
            wrong.append((refusal, client, "nothing"))
            continue
        same = set(extract(read_text(log)).failures[0].signature.refusals)
        possible = {cause for name in same for cause in causes_of_refusals().get(name, ())}
        certain = found[0].confidence.value == "certain"
        if found[0].cause not in (
            causes_of_refusals().get(refusal, ()) if certain else possible | {each.cause for each in found[:3]}
        ):
            wrong.append((refusal, client, found[0].cause))
        assert all("{" not in step.replace("${{", "") for each in found for step in (each.message, *each.steps)), text
    assert not wrong
