"""Evaluating with some things unknown: what can still be said, by example."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from preflight.workflows.expressions import (
    ANY_STATUS,
    UNKNOWN,
    EvaluationError,
    OpenMapping,
    Status,
    Unknown,
    Value,
    evaluate,
    evaluate_condition,
    explain,
    parse,
    parse_condition,
    residual,
    to_text,
    truth,
)
from preflight.workflows.expressions.values import may_match

TEXT = Unknown.text()
FLAG = Unknown.one_of(True, False)
WORLD: dict[str, Any] = {
    "github": {
        "event_name": "push",
        "ref": Unknown.text("refs/tags/v"),
        "event": {"action": None, "labels": [{"name": "a"}, {"name": TEXT}]},
        "repository": "o/r",
    },
    "inputs": {"flag": FLAG, "target": Unknown.one_of("pypi", "testpypi"), "anything": UNKNOWN},
    "vars": OpenMapping({"KNOWN": "yes"}, missing=TEXT),
    "steps": {"v": {"outputs": OpenMapping(missing=TEXT)}},
    "needs": {"build": OpenMapping({"result": "success"}), "test": OpenMapping({"result": TEXT})},
    "env": {"A": TEXT, "B": "b"},
}


def value(text: str) -> Value:
    return evaluate(parse(text), WORLD)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        # One operand decides
        ("false && inputs.anything", False),
        ("inputs.anything && false", False),
        ("true || inputs.anything", True),
        ("inputs.anything || true", True),
        ("inputs.anything && true", None),
        ("inputs.anything || false", None),
        ("inputs.anything && ''", False),
        ("inputs.anything || 'x'", True),
        ("!(inputs.anything && false)", True),
        ("github.event_name == 'release' && secrets.X != ''", False),
        # Few possible values
        ("inputs.flag == 'true'", False),
        ("inputs.flag == inputs.flag", None),
        ("inputs.flag >= 0", True),
        ("inputs.flag && 'a' || 'b'", True),
        ("(inputs.flag && 'a' || 'b') == 'c'", False),
        ("(inputs.anything && 'a' || 'b') == 'c'", False),
        ("(inputs.anything && 'a' || 'b') == 'A'", None),
        ("(inputs.anything && 'x') == 'y'", False),
        ("inputs.target == 'pypi'", None),
        ("inputs.target == 'other'", False),
        ("inputs.target != ''", True),
        ("contains(inputs.target, 'pypi')", True),
        ("endsWith(inputs.target, 'PI')", True),
        ("startsWith(inputs.target, 'test')", None),
        ("format('{0}!', inputs.target) == 'pypi?'", False),
        ('fromJSON(\'{"pypi": "p", "testpypi": "t"}\')[inputs.target]', True),
        ('fromJSON(\'{"pypi": "p"}\')[inputs.target]', None),
        ('contains(fromJSON(\'["pypi", "testpypi"]\'), inputs.target)', None),
        # A text of a known shape
        ("startsWith(github.ref, 'refs/tags/')", True),
        ("startsWith(github.ref, 'refs/tags/v1')", None),
        ("startsWith(github.ref, 'refs/heads/')", False),
        ("startsWith(github.ref, 'refs/tags/x')", False),
        ("github.ref == 'refs/heads/main'", False),
        ("github.ref == 'refs/tags/v1'", None),
        ("github.ref == 'refs/tags/V1'", None),
        ("contains(github.ref, 'tags')", True),
        ("contains(github.ref, 'rc')", None),
        ("endsWith(github.ref, '')", True),
        ("github.ref", True),
        ("github.ref == format('refs/tags/v{0}', steps.v.outputs.version)", None),
        ("github.ref == format('refs/tags/x{0}', steps.v.outputs.version)", False),
        ("'refs/heads/main' == format('refs/tags/v{0}', steps.v.outputs.version)", False),
        ("contains('abc', format('x{0}', env.A))", False),
        ("startsWith('abc', format('x{0}', env.A))", False),
        ("endsWith('abc', format('{0}x', env.A))", False),
        ("startsWith('abc', format('a{0}', env.A))", None),
        ("startsWith(env.A, '')", True),
        ("startsWith(inputs.anything, '')", None),
        ("contains(inputs.anything, '')", None),
        ("contains(env.A, '')", True),
        ("startsWith(inputs.anything, github)", False),
        # Objects with unknown keys, and keys that are certainly not there
        ("vars.KNOWN == 'yes'", True),
        ("vars.known == 'yes'", True),
        ("vars.OTHER == 'yes'", None),
        ("github.missing == ''", True),
        ("github.event.action == 'published'", False),
        ("steps.other.outputs.x != ''", False),
        ("steps.v.outputs.x != ''", None),
        ("secrets.X != ''", None),
        ("contains(vars.*, 'yes')", None),
        ("vars.*", True),
        ("contains(needs.*.result, 'success')", True),
        ("contains(needs.*.result, 'failure')", None),
        ("contains(needs.*.other, 'x')", None),
        ("needs.*.*", True),
        ("contains(needs.*.*, 'x')", None),
        ("contains(github.event.labels.*.name, 'A')", True),
        ("contains(github.event.labels.*.name, 'c')", None),
        ("env.A.x == ''", True),
        ("!env.A.*", False),
        ("inputs.flag[0] == null", True),
        # Comparisons that do not depend on the value
        ("secrets.X == NaN", False),
        ("secrets.X > github", False),
        ("env.A == github", False),
        ("secrets.X == github", None),
        ("toJSON(secrets)", True),
        ("join(github.event.labels.*.name)", True),
        # What may fail is never certainly true
        ("fromJSON(env.A)", None),
        ("fromJSON(env.A) || true", None),
        ("fromJSON(env.A) && false", False),
        ("true || fromJSON(env.A)", True),
        ("inputs.flag && fromJSON('')", False),
        ("inputs.flag || fromJSON('')", None),
        ("case(inputs.flag, 'a', 'b')", True),
        ("case(inputs.anything, 'a', 'b')", None),
        ("case(inputs.flag, fromJSON(''), '')", False),
        ("format(env.A)", None),
    ],
)
def test_truth(text: str, answer: bool | None) -> None:
    assert truth(value(text)) is answer


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("inputs.flag && 'a' || 'b'", {"a", "b"}),
        ("inputs.flag && 'a'", {False, "a"}),
        ("case(inputs.flag, 'a', 'b')", {"a", "b"}),
        ("case(inputs.flag, 'a', true, 'b', 'c')", {"a", "b"}),
        (
            "format('{0}/{1}', inputs.target, inputs.flag)",
            {"pypi/true", "pypi/false", "testpypi/true", "testpypi/false"},
        ),
        ("join(fromJSON('[1, 2]'), inputs.target)", {"1pypi2", "1testpypi2"}),
        ("fromJSON('{\"pypi\": 1}')[inputs.target]", {None, 1.0}),
        ("toJSON(inputs.flag)", {"true", "false"}),
        ("fromJSON(toJSON(inputs.flag))", {True, False}),
        ("env.A || 'x'", None),
        ("secrets.X == 'a'", {True, False}),
    ],
)
def test_what_a_value_may_be(text: str, candidates: set[Any] | None) -> None:
    result = value(text)
    assert isinstance(result, Unknown)
    assert not result.may_fail
    assert (None if result.candidates is None else set(result.candidates)) == candidates


def test_all_roads_lead_to_one_value() -> None:
    assert value("inputs.flag && 'a' || 'a'") == "a"
    assert value("case(inputs.flag, 1, 1)") == 1.0
    assert value("format('{0}', inputs.flag && github.missing)") == Unknown(("inputs.flag",), candidates=("false", ""))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("env.A", ("", "")),
        ("github.ref", ("refs/tags/v", "")),
        ("format('v{0}', env.A)", ("v", "")),
        ("format('{0}-{1}-{0}', env.A, 'x')", ("", "-x-", "")),
        ("format('{0}.{1}', github.ref, env.B)", ("refs/tags/v", ".b")),
        ("join(github.event.labels.*.name, '+')", ("a+", "")),
        ("join(fromJSON('[1, 2]'), inputs.anything)", ("1", "2")),
        ("format('{0}{1}', inputs.anything, secrets.X)", ("", "")),
        ("hashFiles('x')", ("", "")),
        ("toJSON(github)", ("", "")),
    ],
)
def test_the_shape_of_a_text(text: str, pieces: tuple[str, ...]) -> None:
    result = value(text)
    assert isinstance(result, Unknown)
    assert result.pieces == pieces


def test_a_shape_is_matched_without_overlap() -> None:
    assert may_match(("ab", "ba"), "abba")
    assert may_match(("ab", "BA"), "AB-ba")
    assert not may_match(("ab", "ba"), "aba")
    assert may_match(("", "-x-", ""), "a-x-b")
    assert not may_match(("a", "b", "c", "d"), "acbd")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("inputs.anything", ("inputs.anything",)),
        ("secrets.PYPI_TOKEN != ''", ("secrets.PYPI_TOKEN",)),
        ("needs['build'].outputs.tag", ("needs.build.outputs.tag",)),
        ("jobs['build'].outputs.tag", ("jobs.build.outputs.tag",)),
        ("jobs.*.result", ("jobs.*.result",)),
        ("steps.v.outputs.a == steps.v.outputs.b", ("steps.v.outputs.a", "steps.v.outputs.b")),
        ("matrix[inputs.target].x", ("matrix", "inputs.target")),
        ("github.event_name == 'push' && inputs.flag && secrets.A", ("inputs.flag", "secrets.A")),
        ("hashFiles('x') || false", ("hashFiles('x')",)),
        ("success('job')", ("success('job')",)),
        ("toJSON(vars)", ("toJSON(vars)",)),
        ("fromJSON(jobs.a.outputs.b).c", ("jobs.a.outputs.b",)),
    ],
)
def test_what_it_depends_on(text: str, terms: tuple[str, ...]) -> None:
    result = value(text)
    assert isinstance(result, Unknown)
    assert result.terms == terms


def test_an_unknown_may_name_its_own_terms() -> None:
    told = Unknown(("the tag that is pushed",), pieces=("", ""))
    result = evaluate(parse("github.ref_name == 'v1'"), {"github": {"ref_name": told}})
    assert isinstance(result, Unknown)
    assert result.terms == ("the tag that is pushed",)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("github.event_name == 'push' && steps.v.outputs.tag != ''", "steps.v.outputs.tag != ''"),
        ("github.event_name == 'release' || vars.X && true", "vars.X"),
        ("!(github.event_name == 'release' || vars.X)", "!vars.X"),
        ("github.event_name == 'push' && (vars.X || inputs.flag) && env.B", "vars.X || inputs.flag"),
        ("(vars.X || false) && (true && vars.Y)", "vars.X && vars.Y"),
        ("vars.X && (vars.Y && true) && vars.Z", "vars.X && vars.Y && vars.Z"),
        ("fromJSON(vars.X) || true || vars.Y", "fromJSON(vars.X) || true"),
        ("vars.X == 'a' == true", "vars.X == 'a' == true"),
        ("github.event_name == 'push'", None),
        ("vars.X && github.event_name == 'release'", None),
    ],
)
def test_what_is_left_undecided(text: str, left: str | None) -> None:
    assert explain(parse(text), WORLD) == left


def test_what_is_left_is_a_tree_or_the_answer() -> None:
    assert residual(parse("true && vars.X"), WORLD) == parse("vars.X")
    assert residual(parse("vars.X || true"), WORLD) is True
    assert residual(parse("vars.X && false"), WORLD) is False


def test_status_unknown() -> None:
    tree = parse("success()")
    assert evaluate(tree, {}, ANY_STATUS) == Unknown(("success()",), candidates=(True, False))
    assert evaluate(parse("always()"), {}, ANY_STATUS) is True
    assert truth(evaluate(parse("!failure() && !cancelled()"), {}, Status(failure=FLAG))) is None


def test_what_fails_for_certain_fails() -> None:
    for text in (
        "fromJSON(inputs.flag && '' || '')",
        "inputs.anything == fromJSON('')",
        "case(vars.X, 1, 2) == fromJSON('')",
    ):
        with pytest.raises(EvaluationError):
            value(text)
    with pytest.raises(EvaluationError):
        value("case(inputs.flag, fromJSON(''), format('{'))")


def test_a_failure_is_remembered() -> None:
    result = value("fromJSON(env.A) && false")
    assert isinstance(result, Unknown)
    assert result.may_fail
    assert result.truthy is False
    inner = evaluate(parse("inputs.x == 'a'"), {"inputs": {"x": Unknown(may_fail=True)}})
    assert isinstance(inner, Unknown)
    assert inner.may_fail


def test_an_unknown_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)
    with pytest.raises(ValueError, match="at least one candidate"):
        Unknown.one_of()
    with pytest.raises(ValueError, match="at least a start and an end"):
        Unknown(pieces=("a",))
    assert Unknown.one_of("a", 1).truthy is True
    assert Unknown.one_of("", None).truthy is False
    assert Unknown.text("a").truthy is True


def test_texts_of_unknowns() -> None:
    assert to_text(Unknown.one_of("", None)) == ""
    assert to_text(FLAG) == Unknown(candidates=("true", "false"))
    assert to_text(UNKNOWN) == Unknown(pieces=("", ""))
    failing = to_text(Unknown(("t",), may_fail=True))
    assert isinstance(failing, Unknown)
    assert failing.may_fail


def test_contexts_may_be_lazy() -> None:
    asked: list[str] = []

    class Lazy(Mapping[str, Value]):
        def __getitem__(self, key: str) -> Value:
            asked.append(key)
            return {"ref": "refs/heads/main"}[key]

        def __iter__(self) -> Iterator[str]:
            return iter(("ref",))

        def __len__(self) -> int:
            return 1

    contexts = {"github": Lazy()}
    assert evaluate(parse("false && github.ref"), contexts) is False
    assert asked == []
    assert evaluate(parse("github.REF == 'refs/heads/main'"), contexts) is True


REAL_CONDITIONS = [
    ("startsWith(github.ref, 'refs/tags/')", True),
    ("github.event_name == 'release' && github.event.action == 'published'", False),
    ("github.event_name == 'push' && startsWith(github.event.ref, 'refs/tags')", True),
    ("github.repository_owner == 'python-attrs' && github.event.action == 'published'", False),
    ("github.event_name == 'push' && github.ref_type == 'tag'", True),
    ("${{ github.ref_type == 'tag' || github.event_name == 'workflow_dispatch' }}", True),
    (
        "github.repository_owner == 'locustio' && ( github.ref == 'refs/heads/master' || "
        "startsWith(github.event.ref, 'refs/tags') )",
        True,
    ),
    (
        "github.event_name == 'release' || (github.event_name == 'workflow_dispatch' && "
        "github.event.inputs.deploy_to_pypi == 'true')",
        False,
    ),
    ("needs.build.outputs.tag != '' && !github.event.repository.fork", None),
    ("github.event.action == 'published' && fromJSON(needs.build-and-test.outputs.is-upstream-repository)", False),
    ("always() && startsWith(github.ref, 'refs/tags/')", True),
    (
        "always() && needs.detect.result == 'success' && needs.detect.outputs.reflex_version != '' && "
        "(needs.publish.result == 'success' || needs.publish.result == 'skipped')",
        None,
    ),
    ("${{ !failure() && !cancelled() }}", True),
    ("github.ref == format('refs/tags/v{0}', steps.get-version.outputs.VERSION)", None),
    ("steps.get_version.outputs.VERSION != steps.get_pypi_version.outputs.LATEST_VERSION", None),
    ("contains(github.event.pull_request.labels.*.name, 'publish')", False),
    ("${{ false }}\n", True),
]


@pytest.mark.parametrize(("text", "holds"), REAL_CONDITIONS)
def test_conditions_of_real_workflows_on_a_tag_push(text: str, holds: bool | None) -> None:
    ref = "refs/tags/v1.2.0"
    event = {"ref": ref, "repository": {"fork": False}}
    github: dict[str, Any] = {"event_name": "push", "ref": ref, "ref_type": "tag", "repository_owner": "locustio"}
    contexts: dict[str, Any] = {"github": {**github, "event": event}, "inputs": {}}
    assert evaluate_condition(parse_condition(text), contexts) is holds
