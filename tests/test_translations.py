"""Translations of cards say the same as their originals, as far as a machine can tell: the same placeholders, causes, steps and examples."""

import re
from collections import Counter
from pathlib import Path

import pytest

from preflight.engine.cards import Card, MalformedCard, read_card
from preflight.engine.packs import BUILT_IN, built_in_folder, find_pack
from preflight.engine.translations import translated, translation_path
from preflight.sources.language import LANGUAGES, language_of

RULES = find_pack(BUILT_IN, built_in_folder()).rules
OTHERS = [language for language in LANGUAGES if language != "en"]
TRANSLATED = [
    (rule.path, language) for rule in RULES for language in OTHERS if translation_path(rule.path, language).is_file()
]
_MESSAGE_VALUE = re.compile(r"(?<![{$])\{([a-z_][a-z0-9_]*)\}(?!\})")
_ANSWER_VALUE = re.compile(r"(?<![{$])\{([a-z_][a-z0-9_]*)(?:\|[^{}]*)?\}(?!\})")
_FENCED = re.compile(r"^```.*?^```", re.M | re.S)


def named(path: Path, language: str) -> str:
    return f"{path.stem}.{language}"


@pytest.fixture(scope="module", params=TRANSLATED, ids=[named(*each) for each in TRANSLATED])
def pair(request: pytest.FixtureRequest) -> tuple[Card, Card]:
    path, language = request.param
    original = read_card(path)
    return original, translated(original, language)


def test_same_placeholders(pair: tuple[Card, Card]) -> None:
    original, translation = pair
    for variant, wording in original.wordings.items():
        other = translation.wordings[variant]
        for name in ("message", "fix"):
            ours, theirs = getattr(wording, name), getattr(other, name)
            assert set(_MESSAGE_VALUE.findall(theirs)) == set(_MESSAGE_VALUE.findall(ours)), (variant, name)
    for label, words in original.labels.items():
        assert set(_MESSAGE_VALUE.findall(translation.labels[label])) == set(_MESSAGE_VALUE.findall(words)), label


def test_answers_hold_the_same(pair: tuple[Card, Card]) -> None:
    original, translation = pair
    assert set(translation.answers) == set(original.answers)
    for cause, answer in original.answers.items():
        other = translation.answers[cause]
        assert len(other.steps) == len(answer.steps), cause
        assert bool(other.decide) == bool(answer.decide), cause
        assert bool(other.avoid) == bool(answer.avoid), cause
        for ours, theirs in zip(
            (answer.message, *answer.steps, answer.decide, answer.avoid),
            (other.message, *other.steps, other.decide, other.avoid),
            strict=True,
        ):
            assert set(_ANSWER_VALUE.findall(theirs)) == set(_ANSWER_VALUE.findall(ours)), (cause, theirs)


def test_body_shows_the_same_code(pair: tuple[Card, Card]) -> None:
    original, translation = pair
    assert Counter(_FENCED.findall(translation.body)) == Counter(_FENCED.findall(original.body))


def test_every_message_is_translated() -> None:
    missing = [
        named(rule.path, language)
        for rule in RULES
        for language in OTHERS
        if not translation_path(rule.path, language).is_file()
    ]
    assert missing == []


def test_no_translation_without_its_card() -> None:
    cards = {rule.path for rule in RULES}
    for language in OTHERS:
        found = list(built_in_folder().rglob(f"*.{language}.md"))
        assert {path.with_name(path.name.replace(f".{language}.md", ".md")) for path in found} <= cards


@pytest.mark.parametrize(
    "text",
    [
        "---\nseverity: error\n---\n",
        "---\nvariants: {nowhere: {message: a}}\n---\n",
        "---\nlabels: {nowhere: a}\n---\n",
        "---\nretold: [nowhere]\n---\n",
        "---\nretold: nowhere\n---\n",
        "---\nvariants: {missing: {message: a, more: b}}\n---\n",
        "no front matter",
    ],
)
def test_malformed(text: str, tmp_path: Path) -> None:
    [rule] = [each for each in RULES if each.code == "PUB003"]
    card = tmp_path / rule.path.name
    card.write_text(rule.path.read_text(encoding="utf-8"), encoding="utf-8")
    translation_path(card, "zh").write_text(text, encoding="utf-8")
    with pytest.raises(MalformedCard, match=r"\.zh\.md"):
        translated(read_card(card), "zh")


@pytest.mark.parametrize(
    "environment, language",
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "de_DE"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_language_of_the_locale(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language
