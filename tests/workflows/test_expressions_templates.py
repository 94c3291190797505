"""Texts with `${{ }}` in them, and the forms of an `if:`."""

import pytest

from preflight.workflows.expressions import (
    SCOPES,
    UNKNOWN,
    ConditionForm,
    EvaluationError,
    ExpressionPart,
    ExpressionSyntaxError,
    Status,
    StringLiteral,
    TextPart,
    Unknown,
    evaluate_condition,
    evaluate_template,
    has_expression,
    is_whole_expression,
    parse,
    parse_condition,
    parse_template,
    split_template,
    unparse,
)

GITHUB = {"github": {"ref": "refs/tags/v1", "ref_name": "v1", "event_name": "push"}}


def test_parts() -> None:
    text = "a ${{ github.ref }}${{'}}'}}b"
    assert split_template(text) == (
        TextPart("a ", 0, 2),
        ExpressionPart("github.ref", 6, 2, 19),
        ExpressionPart("'}}'", 22, 19, 28),
        TextPart("b", 28, 29),
    )


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("", []),
        ("plain } }} {{ text", []),
        ("${{secrets.X}}", ["secrets.X"]),
        ("${{ a }}}", ["a"]),
        ("${{ a } }}", ["a }"]),
        ("${{ 'it''s }}' }}", ["'it''s }}'"]),
        ("${{}}", [""]),
        ("$${{ a }}", ["a"]),
        ("${{\n  a\n}}", ["a"]),
    ],
)
def test_where_expressions_stand(text: str, sources: list[str]) -> None:
    parts = split_template(text)
    assert [part.source for part in parts if isinstance(part, ExpressionPart)] == sources
    assert has_expression(text) is bool(sources)
    for part in parts:
        if isinstance(part, ExpressionPart):
            assert text[part.source_start :].startswith(part.source)


@pytest.mark.parametrize("text", ["${{ a", "${{ 'a }}", "${{", "x ${{ a }", "${{ a }} ${{"])
def test_an_expression_that_is_never_closed(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        split_template(text)
    assert caught.value.reason == "expected `}}` for this `${{`, found the end of the text"
    assert text[caught.value.offset :].startswith("${{")
    assert not is_whole_expression(text)


def test_whole_expressions() -> None:
    assert is_whole_expression("${{ github.ref }}")
    assert is_whole_expression("${{ format('}}') }}")
    assert not is_whole_expression("${{ github.ref }}\n")
    assert not is_whole_expression(" ${{ github.ref }}")
    assert not is_whole_expression("${{ a }}${{ b }}")
    assert not is_whole_expression("github.ref")


def test_several_expressions_become_a_format() -> None:
    assert parse_template("plain") == StringLiteral("plain")
    assert parse_template("${{ github.ref }}") == parse("github.ref")
    assert unparse(parse_template("{it's} ${{ github.ref }}/${{ 1 }}")) == "format('{{it''s}} {0}/{1}', github.ref, 1)"


def test_the_place_of_an_error_counts_in_the_whole_text() -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse_template("url: ${{ github.ref }}/${{ foo.bar }}")
    assert (caught.value.reason, caught.value.offset, caught.value.length) == (
        "expected a context that GitHub knows, found `foo`",
        27,
        3,
    )
    with pytest.raises(ExpressionSyntaxError, match="expected an expression, found nothing") as caught:
        parse_template("a ${{ }}")
    assert (caught.value.offset, caught.value.length) == (2, 6)


def test_a_long_script_with_an_expression_passes_the_length_limit() -> None:
    script = "echo hello\n" * 1950
    assert parse_template(script) == StringLiteral(script)
    with pytest.raises(
        ExpressionSyntaxError, match=r"at most 21,000 characters in a text with `\$\{\{ \}\}`, found 21,"
    ):
        parse_template(script + "${{ github.ref }}")


def test_too_many_and_too_deep() -> None:
    assert parse_template("${{ 1 }} " * 254)
    with pytest.raises(ExpressionSyntaxError, match="expected fewer"):
        parse_template("${{ 1 }} " * 255)
    with pytest.raises(ExpressionSyntaxError, match="at most 50 levels in a text"):
        parse_template("a ${{ " + "!" * 49 + "1 }}")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", "plain"),
        ("https://pypi.org/project/filelock/${{ github.ref_name }}", "https://pypi.org/project/filelock/v1"),
        ("${{ github.missing }}", ""),
        ("${{ true }}", "true"),
        ("${{ 1.50 }}", "1.5"),
        ("${{ github }}", "Object"),
        ("{0} ${{ 'a{1}' }} }}", "{0} a{1} }}"),
    ],
)
def test_the_text_of_a_template(text: str, result: str) -> None:
    assert evaluate_template(text, GITHUB) == result


def test_the_text_of_a_template_with_something_unknown() -> None:
    url = evaluate_template("https://pypi.org/p/${{ inputs.name }}/", {"inputs": {"name": UNKNOWN}})
    assert url == Unknown(("inputs.name",), pieces=("https://pypi.org/p/", "/"), truthy=True)
    name = evaluate_template(
        "release-${{ inputs.real && 'pypi' || 'testpypi' }}", {"inputs": {"real": Unknown.one_of(True, False)}}
    )
    assert name == Unknown(("inputs.real",), candidates=("release-pypi", "release-testpypi"), truthy=True)


def test_a_template_that_may_fail() -> None:
    result = evaluate_template("${{ fromJSON(vars.x) && 'a' }}", {})
    assert isinstance(result, Unknown)
    assert result.may_fail
    with pytest.raises(EvaluationError):
        evaluate_template("${{ fromJSON('') }}", {})


@pytest.mark.parametrize(
    ("text", "form", "effective", "always_true"),
    [
        ("", ConditionForm.EMPTY, "success()", False),
        (" \n", ConditionForm.EMPTY, "success()", False),
        ("${{ '' }}", ConditionForm.EMPTY, "success()", False),
        ("github.ref == 'a'", ConditionForm.BARE, "success() && github.ref == 'a'", False),
        ("github.ref\n", ConditionForm.BARE, "success() && github.ref", False),
        ("github.ref && inputs.x", ConditionForm.BARE, "success() && github.ref && inputs.x", False),
        ("github.ref || inputs.x", ConditionForm.BARE, "success() && (github.ref || inputs.x)", False),
        ("always()", ConditionForm.BARE, "always()", False),
        ("github.ref && !Cancelled()", ConditionForm.BARE, "github.ref && !cancelled()", False),
        ("${{ github.ref }}", ConditionForm.WRAPPED, "success() && github.ref", False),
        ("${{ !failure() && !cancelled() }}", ConditionForm.WRAPPED, "!failure() && !cancelled()", False),
        # GitHub reads the text of a lone literal as an expression.
        ("${{ 'false' }}", ConditionForm.WRAPPED, "success() && false", False),
        ("${{ github.ref }}\n", ConditionForm.MIXED, "success() && format('{0}\n', github.ref)", True),
        ("${{ false }} ", ConditionForm.MIXED, "success() && format('{0} ', false)", True),
        ("!${{ github.ref }}", ConditionForm.MIXED, "success() && format('!{0}', github.ref)", True),
        (
            "${{ github.ref }} && ${{ always() }}",
            ConditionForm.MIXED,
            "format('{0} && {1}', github.ref, always())",
            True,
        ),
        ("${{ '' }}${{ '' }}", ConditionForm.MIXED, "success() && format('{0}{1}', '', '')", False),
    ],
)
def test_conditions(text: str, form: ConditionForm, effective: str, always_true: bool) -> None:
    condition = parse_condition(text)
    assert condition.form is form
    assert unparse(condition.effective) == effective
    assert condition.always_true is always_true


def test_the_place_of_an_error_in_a_condition() -> None:
    for text in ("${{ foo }}", "    foo", "'x' && foo", "${{ 'foo' }}"):
        with pytest.raises(ExpressionSyntaxError) as caught:
            parse_condition(text, SCOPES["jobs.<job_id>.if"])
        assert text[caught.value.offset :][: caught.value.length] == "foo"


@pytest.mark.parametrize(
    ("text", "status", "holds"),
    [
        ("", Status(), True),
        ("", Status(success=False, failure=True), False),
        ("github.event_name == 'push'", Status(), True),
        ("github.event_name == 'push'", Status(success=False, failure=True), False),
        ("github.event_name == 'release'", Status(), False),
        ("always() && github.event_name == 'push'", Status(success=False, failure=True), True),
        ("failure()", Status(), False),
        ("${{ false }}\n", Status(), True),
        ("${{ false }}\n", Status(success=False), False),
        ("inputs.x", Status(success=False), False),
        ("inputs.x", Status(), None),
        ("success() || inputs.x", Status(success=Unknown.one_of(True, False)), None),
    ],
)
def test_whether_a_condition_holds(text: str, status: Status, holds: bool | None) -> None:
    assert evaluate_condition(parse_condition(text), GITHUB, status) is holds
