"""What facts and checks word themselves is told in Chinese too: messages hold no English but names, code, and what others say."""

import re
from collections.abc import Iterator

import pytest
from test_cards import CASES, run

from preflight.engine.cards import Example
from preflight.engine.packs import Rule, built_in_registry
from preflight.engine.translations import translated
from preflight.sources.language import LANGUAGES, speak
from preflight.sources.words import retold

QUOTES_OTHERS = {"MET008", "MET015", "MET016", "MET021", "PRJ001"}
"""Rules that quote the words of a library: email-validator, packaging, docutils, tomllib."""

_CODE = re.compile(r"`[^`]*`|https?://\S+")
_ENGLISH = re.compile(r"[A-Za-z]{2,}[ ,]+[a-z']{2,}")


@pytest.fixture
def chinese() -> Iterator[None]:
    speak("zh")
    yield
    speak(LANGUAGES[0])


def _tells_more(rule: Rule) -> bool:
    told = translated(rule.card, "zh")
    return bool(told.retold) or "{" in "".join(told.labels.values())


PROSE = [
    each
    for each in CASES
    for rule in each.values[:1]
    if isinstance(rule, Rule) and rule.code not in QUOTES_OTHERS and _tells_more(rule)
]


@pytest.mark.parametrize(("rule", "example"), PROSE)
def test_no_prose_stays_english(rule: Rule, example: Example, chinese: None) -> None:
    spoken = built_in_registry().rules[rule.code]
    found = [each for each in run(example.fires, example.recipes, example, spoken).findings if each.code == rule.code]
    assert found
    for finding in found:
        for words in (finding.message, finding.fix, *(each.message for each in finding.related)):
            assert not _ENGLISH.search(_CODE.sub("", words)), words


@pytest.mark.parametrize(
    ("english", "words"),
    [
        ("nobody has translated this", "nobody has translated this"),
        ("it cannot be opened (No such file or directory)", "无法打开它（No such file or directory）"),
        (
            "a step with `run` takes no key `sehll` (did you mean `shell`?)",
            "带 `run` 的步骤不接受键 `sehll`（是不是想写 `shell`？）",
        ),
        ("expected an operator, `.`, `[` or the end, found `==`", "应当是运算符，`.`，`[` 或结尾，却是 `==`"),
        ("an array or true or false", "数组 或 true 或 false"),
        ("`a or b`, and c", "`a or b`, and c"),
        ("job `the workflow`", "作业 `the workflow`"),
        ("option `nothing` is written twice in section `a step`", "选项 `nothing` 在小节 `a step` 中写了两次"),
    ],
)
def test_values_are_found_again(english: str, words: str, chinese: None) -> None:
    assert retold(english) == words


@pytest.mark.parametrize("text", ["x, ", "nothing, ", "`a` or ", "it is empty and it is ", " to to: ", "job `a` "])
def test_long_texts_take_no_time(text: str, chinese: None) -> None:
    """Each must end: the pieces of a text are not tried in all combinations."""
    for times in (5, 19, 200):
        assert retold(text * times)


def test_english_is_told_as_it_is() -> None:
    assert retold("it is empty") == "it is empty"
