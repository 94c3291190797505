"""Evaluating with everything known: GitHub's documented examples, and what its runner does where these are silent."""

from math import isnan, nan
from typing import Any

import pytest

from preflight.workflows.expressions import EvaluationError, Status, Unknown, Value, evaluate, is_known, parse, truth
from preflight.workflows.expressions.parser import parse_number
from preflight.workflows.expressions.values import fold, number_text

WORLD: dict[str, Any] = {
    "github": {
        "ref": "refs/tags/v1.2.0",
        "ref_type": "tag",
        "event_name": "push",
        "repository_owner": "hynek",
        "event": {
            "action": None,
            "issue": {"labels": [{"name": "Bug"}, {"name": "help wanted"}, {"id": 3}]},
            "commits": [{"id": "a1", "n": 1}, {"id": "b2", "n": 2}],
        },
    },
    "inputs": {"Dry-Run": True, "count": 3, "empty": "", "list": ["a", ["b", "c"], {"d": "e"}], "object": {}},
    "needs": {
        "build": {"result": "success", "outputs": {"tag": "v1.2.0", "ok": "true"}},
        "test": {"result": "failure", "outputs": {}},
    },
}


def value(text: str, status: Status | None = None) -> Value:
    return evaluate(parse(text), WORLD, status or Status())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0.0),
        (" \t\n\u00a0", 0.0),
        ("12", 12.0),
        (" -1.5e1 ", -15.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("+7", 7.0),
        ("1e999", float("inf")),
        ("Infinity", float("inf")),
        ("-infinity", float("-inf")),
        ("0xFF", 255.0),
        ("0xfffffffe", -2.0),
        ("0o17", 15.0),
        ("0o37777777777", -1.0),
    ],
)
def test_texts_that_are_numbers(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "x",
        ".",
        "-",
        "1e",
        "1 2",
        "1,000",
        "0b1",
        "0XFF",
        "-0xff",
        "0x",
        "0x1ffffffff",
        "0o8",
        "NaN",
        "\u0661",
        "\x1c1",
        "1_0",
    ],
)
def test_texts_that_are_not(text: str) -> None:
    assert isnan(parse_number(text))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (-2.5, "-2.5"),
        (0.1 + 0.2, "0.3"),
        (123456789012345.0, "123456789012345"),
        (1234567890123456.0, "1.23456789012346E+15"),
        (0.0001, "0.0001"),
        (0.00001, "1E-05"),
        (1e100, "1E+100"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (nan, "NaN"),
    ],
)
def test_numbers_as_text(number: float, text: str) -> None:
    assert number_text(number) == text


def test_letters_are_compared_one_for_one_without_case() -> None:
    assert fold("straße") == fold("STRAßE") != fold("STRASSE")
    assert fold("ÀÉ") == fold("àé")
    # Neither the dotless i nor the long s is an ASCII letter.
    assert fold("ı") != fold("i") != fold("İ")
    assert fold("ſ") != fold("s")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        # Of one kind
        ("'Release' == 'release'", True),
        ("'a' != 'b'", True),
        ("true == true", True),
        ("null == null", True),
        ("NaN == NaN", False),
        ("NaN != NaN", True),
        ("1 == 1.0", True),
        # Of two kinds: as numbers
        ("null == 0", True),
        ("null == ''", True),
        ("null == false", True),
        ("true == 1", True),
        ("true == '1'", True),
        ("true == 'true'", False),
        ("'' == 0", True),
        ("' ' == 0", True),
        ("'0x10' == 16", True),
        ("'abc' == 0", False),
        ("false == 'abc'", False),
        ("false == ''", True),
        # Objects and arrays
        ("github == github", True),
        ("github.event == github.event", True),
        ("github == inputs", False),
        ("inputs.list == inputs.list", True),
        ("inputs.list.* == inputs.list.*", False),
        ("fromJSON('[]') == fromJSON('[]')", False),
        ("inputs.object == 'Object'", False),
        ("inputs.object == null", False),
        ("inputs.list >= inputs.list", True),
        ("inputs.list > 0", False),
        # Order
        ("1 < 2", True),
        ("'b' > 'A'", True),
        ("'a' < '_'", True),
        ("'10' < '9'", True),
        ("'10' < 9", False),
        ("true > false", True),
        ("null >= 0", True),
        ("null > 0", False),
        ("NaN <= NaN", False),
        ("'x' < 1", False),
        ("'x' >= 1", False),
        ("'\uffff' > '😀'", True),
    ],
)
def test_comparisons(text: str, answer: bool) -> None:
    assert value(text) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("'a' && 'b'", "b"),
        ("'' && 'b'", ""),
        ("'a' && 0", 0.0),
        ("null || ''", ""),
        ("'' || null", None),
        ("0 || 'x' || 'y'", "x"),
        ("false && fromJSON('')", False),
        ("true || fromJSON('')", True),
        ("github.event_name == 'push' && 'yes' || 'no'", "yes"),
        # The trap of the ternary: a falsy second operand.
        ("true && '' || 'no'", "no"),
        ("!''", True),
        ("!'false'", False),
        ("!NaN", True),
        ("!github", False),
        ("!inputs.list.*", False),
    ],
)
def test_logic(text: str, answer: Value) -> None:
    assert value(text) == answer
    assert type(value(text)) is type(answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("github.REF_TYPE", "tag"),
        ("inputs.dry-run", True),
        ("inputs['DRY-RUN']", True),
        ("github.missing", None),
        ("github.missing.more['x'][0]", None),
        ("github.ref.x", None),
        ("github.event.commits[1].id", "b2"),
        ("github.event.commits['1'].id", "b2"),
        ("github.event.commits[1.9].id", "b2"),
        ("github.event.commits[true].id", "b2"),
        ("github.event.commits[null].id", "a1"),
        ("github.event.commits[2]", None),
        ("github.event.commits[-1]", None),
        ("github.event.commits.id", None),
        ("github.event.commits[github]", None),
        ("github[github]", None),
        ("inputs[1 == 1 && 'count']", 3),
        ('fromJSON(\'{"1": "one"}\')[1]', "one"),
        ('fromJSON(\'{"": "none"}\')[null]', "none"),
        ("github.event.commits.*.id", ["a1", "b2"]),
        ("github.event.commits[*]['ID']", ["a1", "b2"]),
        ("github.event.issue.labels.*.name", ["Bug", "help wanted"]),
        ("needs.*.result", ["success", "failure"]),
        ("needs.*.outputs.*", ["v1.2.0", "true"]),
        ("needs.*.outputs.tag", ["v1.2.0"]),
        ("inputs.list.*[0]", ["b"]),
        ("inputs.list.*.*", ["b", "c", "e"]),
        ("(github.event.commits.*.id)[0]", []),
        ("github.ref.*", []),
        ("github.missing.*.x", []),
        ("inputs.object.*", []),
        ("inputs.count.*", []),
    ],
)
def test_properties(text: str, answer: Value) -> None:
    assert value(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        # "Evaluate expressions in workflows and actions", section Functions
        ("contains('Hello world', 'llo')", True),
        ("contains(github.event.issue.labels.*.name, 'bug')", True),
        ('contains(fromJSON(\'["push", "pull_request"]\'), github.event_name)', True),
        ("startsWith('Hello world', 'He')", True),
        ("endsWith('Hello world', 'ld')", True),
        ("format('Hello {0} {1} {2}', 'Mona', 'the', 'Octocat')", "Hello Mona the Octocat"),
        ("format('{{Hello {0} {1} {2}!}}', 'Mona', 'the', 'Octocat')", "{Hello Mona the Octocat!}"),
        ("join(github.event.issue.labels.*.name, ', ')", "Bug, help wanted"),
        ("case(github.ref == 'refs/heads/main', 'production', 'development')", "development"),
        ("case(false, 1, startsWith(github.ref, 'refs/tags/'), 'tag', 'other')", "tag"),
        # contains
        ("contains('ABC', 'bC')", True),
        ("contains('abc', '')", True),
        ("contains('abc', null)", True),
        ("contains(123, 2)", True),
        ("contains(true, 'RU')", True),
        ("contains(null, 'a')", False),
        ("contains(github, 'ref')", False),
        ("contains('Object', github)", False),
        ("contains(inputs.list, 'A')", True),
        ("contains(inputs.list, 'b')", False),
        ("contains(fromJSON('[1, 2]'), '2')", True),
        ("contains(fromJSON('[null]'), '')", True),
        ("contains(fromJSON('[]'), '')", False),
        ("contains(fromJSON('[]'), fromJSON(''))", False),
        ("contains(github.event.commits, github.event.commits[0])", True),
        # startsWith, endsWith
        ("startsWith('REFS/tags', 'refs/')", True),
        ("startsWith(github.missing, '')", True),
        ("startsWith(github.missing, 'a')", False),
        ("startsWith(1234, 12)", True),
        ("startsWith(inputs.list, '')", False),
        ("startsWith('Array', inputs.list)", False),
        ("endsWith(false, 'SE')", True),
        ("endsWith('abc', 'bcd')", False),
        # format
        ("format('x')", "x"),
        ("format('{1}{0}{1}', 1, true)", "true1true"),
        ("format('{0}{1}{2}{3}', null, github, inputs.list, 0.5)", "ObjectArray0.5"),
        ("format('{{0}}', 1)", "{0}"),
        ("format('{{{0}}}', 1)", "{1}"),
        ("format('{00}', 1)", "1"),
        (f"format('{{{'0' * 5000}1}}', 1, 2)", "2"),
        ("format('{0:}', 1)", "1"),
        ("format('{0}', '{1}')", "{1}"),
        ("format('a', fromJSON(''))", "a"),
        ("format(null)", ""),
        # join
        ("join(fromJSON('[1, true, null, \"x\"]'))", "1,true,,x"),
        ("join(fromJSON('[1, 2]'), '')", "12"),
        ("join(fromJSON('[1, 2]'), 0)", "102"),
        ("join(fromJSON('[1, 2]'), github)", "1,2"),
        ("join(inputs.list, '-')", "a-Array-Object"),
        ("join('abc', '-')", "abc"),
        ("join(null)", ""),
        ("join(github)", ""),
        ("join(fromJSON('[]'))", ""),
        ("join(fromJSON('[1]'), fromJSON(''))", "1"),
        # toJSON
        ("toJSON('a\"b\\c')", '"a\\"b\\\\c"'),
        ("toJSON('é\u2028')", '"é\\u2028"'),
        ("toJSON(null)", "null"),
        ("toJSON(1.50)", "1.5"),
        ("toJSON(NaN)", "NaN"),
        ("toJSON(inputs.object)", "{}"),
        ("toJSON(fromJSON('[]'))", "[]"),
        ("toJSON(needs.build.outputs)", '{\n  "tag": "v1.2.0",\n  "ok": "true"\n}'),
        ("toJSON(inputs.list)", '[\n  "a",\n  [\n    "b",\n    "c"\n  ],\n  {\n    "d": "e"\n  }\n]'),
        # fromJSON
        ("fromJSON('true')", True),
        ("fromJSON(needs.build.outputs.ok)", True),
        ("fromJSON('-1.5e2')", -150.0),
        ("fromJSON('\"\\u0041\"')", "A"),
        ("fromJSON(' null ')", None),
        ("fromJSON(1)", 1.0),
        ("fromJSON(true)", True),
        ('fromJSON(\'{"A": {"b": [1]}}\').a.B[0]', 1.0),
        ("fromJSON(toJSON(needs)).build.result", "success"),
        # case takes only what it needs
        ("case(true, 'a', fromJSON(''), 'b', 'c')", "a"),
        ("case(false, fromJSON(''), 'c')", "c"),
    ],
)
def test_functions(text: str, answer: Value) -> None:
    assert value(text) == answer


@pytest.mark.parametrize(
    ("text", "reason", "failing"),
    [
        ("true && fromJSON('')", "expected JSON, found an empty text", "fromJSON('')"),
        ("fromJSON(github.missing)", "expected JSON, found an empty text", "fromJSON(github.missing)"),
        ("fromJSON('foo')", "expected JSON, found a text that is none", "fromJSON('foo')"),
        ("fromJSON(github)", "expected JSON, found a text that is none", "fromJSON(github)"),
        ("format('{0}')", "the format names argument {0}, which is not given", "format('{0}')"),
        ("format('{2}', 1, 2)", "the format names argument {2}, which is not given", "format('{2}', 1, 2)"),
        ("format('{', 1)", "expected `{N}`, `{{` or `}}` in the format, found a lone `{`", "format('{', 1)"),
        ("format('{0}}', 1)", "expected `{N}`, `{{` or `}}` in the format, found a lone `}`", "format('{0}}', 1)"),
        ("format('{x}', 1)", "expected `{N}`, `{{` or `}}` in the format, found a lone `{`", "format('{x}', 1)"),
        (
            "format('{0:N2}', 1)",
            "expected `}` after the number between the braces of the format",
            "format('{0:N2}', 1)",
        ),
        (
            "format('{256}', 1)",
            "expected a number up to 255 between the braces of the format",
            "format('{256}', 1)",
        ),
        ("case('a', 1, 2)", "expected true or false for each predicate of `case`", "'a'"),
        ("case(false, 1, null, 2, 3)", "expected true or false for each predicate of `case`", "null"),
    ],
)
def test_what_fails_and_where(text: str, reason: str, failing: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        value(text)
    assert caught.value.reason == reason
    assert text[caught.value.offset :][: caught.value.length] == failing


def test_a_text_that_grows_without_end_fails() -> None:
    world = {"inputs": {"x": "a" * 1000}}
    text = "inputs.x"
    for _ in range(20):
        text = f"format('{{0}}{{0}}', {text})"
    with pytest.raises(EvaluationError, match="10 MB"):
        evaluate(parse(text), world)


@pytest.mark.parametrize("json", ["{a: 1}", "[''a'']", "[1,]", '{"a": 1, "A": 2}', "NaN", "[" * 70 + "]" * 70, "1 2"])
def test_json_that_only_one_of_githubs_readers_takes_is_not_decided(json: str) -> None:
    result = value(f"fromJSON('{json}')")
    assert isinstance(result, Unknown)
    assert result.may_fail
    assert truth(value(f"fromJSON('{json}') || true")) is None


@pytest.mark.parametrize(
    ("text", "status", "answer"),
    [
        ("success()", Status(), True),
        ("failure()", Status(), False),
        ("cancelled()", Status(), False),
        ("always()", Status(), True),
        ("success()", Status(success=False, cancelled=True), False),
        ("!cancelled()", Status(success=False, cancelled=True), False),
        ("Failure()", Status(success=False, failure=True), True),
    ],
)
def test_status_functions(text: str, status: Status, answer: bool) -> None:
    assert value(text, status) is answer


def test_what_depends_on_files_is_not_decided() -> None:
    result = value("hashFiles('**/lock')")
    assert result == Unknown(("hashFiles('**/lock')",), pieces=("", ""))
    assert not is_known(result)


def test_numbers_of_a_context_may_be_of_either_python_type() -> None:
    world: dict[str, Any] = {"inputs": {"whole": 3, "huge": 10**400, "list": (1, 2)}}
    assert evaluate(parse("inputs.whole == 3.0 && format('{0}', inputs.whole)"), world) == "3"
    assert evaluate(parse("inputs.huge == Infinity"), world) is True
    assert evaluate(parse("join(inputs.list)"), world) == "1,2"
