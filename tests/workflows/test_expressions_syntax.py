"""Reading expressions: what GitHub takes, what it refuses and where, and the way back to text."""

import pytest

from preflight.workflows.expressions import (
    MAX_DEPTH,
    MAX_LENGTH,
    SCOPES,
    BooleanLiteral,
    Call,
    Comparison,
    ContextName,
    ExpressionSyntaxError,
    Index,
    Logical,
    Node,
    Not,
    NullLiteral,
    NumberLiteral,
    StringLiteral,
    Wildcard,
    free_terms,
    parse,
    unparse,
    walk,
)

GITHUB, INPUTS, NEEDS = ContextName("github"), ContextName("inputs"), ContextName("needs")
ONE, TWO = NumberLiteral(1.0), NumberLiteral(2.0)


def ref(name: str, target: Node = GITHUB) -> Index:
    return Index(target, StringLiteral(name))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("null", NullLiteral()),
        ("true", BooleanLiteral(True)),
        ("false", BooleanLiteral(False)),
        ("711", NumberLiteral(711.0)),
        ("-9.2", NumberLiteral(-9.2)),
        ("+1", ONE),
        (".5", NumberLiteral(0.5)),
        ("5.", NumberLiteral(5.0)),
        ("0xff", NumberLiteral(255.0)),
        ("0o17", NumberLiteral(15.0)),
        ("-2.99e-2", NumberLiteral(-0.0299)),
        ("1E+3", NumberLiteral(1000.0)),
        ("Infinity", NumberLiteral(float("inf"))),
        ("-Infinity", NumberLiteral(float("-inf"))),
        ("0xffffffff", NumberLiteral(-1.0)),
        ("''", StringLiteral("")),
        ("'It''s open source!'", StringLiteral("It's open source!")),
        ("''''", StringLiteral("'")),
        ("'\n'", StringLiteral("\n")),
        ("GitHub", GITHUB),
        ("github.event_name", ref("event_name")),
        ("github['event_name']", ref("event_name")),
        ("github . event_name", ref("event_name")),
        ("github.true", ref("true")),
        ("inputs.deploy-to", ref("deploy-to", INPUTS)),
        ("needs.build-2.outputs.is_it", ref("is_it", ref("outputs", ref("build-2", NEEDS)))),
        ("needs.*.result", ref("result", Index(NEEDS, Wildcard()))),
        ("needs[*].result", ref("result", Index(NEEDS, Wildcard()))),
        ("github[0]", Index(GITHUB, NumberLiteral(0.0))),
        ("(github).ref", ref("ref")),
        ("('a').b", Index(StringLiteral("a"), StringLiteral("b"))),
        ("startswith(github.ref, 'v')", Call("startsWith", (ref("ref"), StringLiteral("v")))),
        ("TOJSON (github)", Call("toJSON", (GITHUB,))),
        ("always()", Call("always", ())),
        ("fromJson('[1]')[0]", Index(Call("fromJSON", (StringLiteral("[1]"),)), NumberLiteral(0.0))),
        ("!github.ref", Not(ref("ref"))),
        ("!!github", Not(Not(GITHUB))),
        ("! 1 == 2", Comparison("==", Not(ONE), TWO)),
        ("!(1 == 2)", Not(Comparison("==", ONE, TWO))),
        ("1 == 2 == 1", Comparison("==", Comparison("==", ONE, TWO), ONE)),
        ("1 < 2 == true", Comparison("==", Comparison("<", ONE, TWO), BooleanLiteral(True))),
        ("true == 1 >= 2", Comparison("==", BooleanLiteral(True), Comparison(">=", ONE, TWO))),
        ("1 && 2 && 1", Logical("&&", (ONE, TWO, ONE))),
        ("1 && (2 && 1)", Logical("&&", (ONE, TWO, ONE))),
        ("1 || 2 && 1", Logical("||", (ONE, Logical("&&", (TWO, ONE))))),
        ("1 && 2 || 1", Logical("||", (Logical("&&", (ONE, TWO)), ONE))),
        ("(1 || 2) && 1", Logical("&&", (Logical("||", (ONE, TWO)), ONE))),
        ("1 != 2 && 1", Logical("&&", (Comparison("!=", ONE, TWO), ONE))),
        ("github[* == 1]", Index(GITHUB, Comparison("==", Wildcard(), ONE))),
        ("case(true, 1, 2)", Call("case", (BooleanLiteral(True), ONE, TWO))),
        ("1\n&&\t2\r\n", Logical("&&", (ONE, TWO))),
        ("1\u00a0&&\u30002", Logical("&&", (ONE, TWO))),
    ],
)
def test_what_is_read(text: str, tree: Node) -> None:
    assert parse(text) == tree
    assert parse(unparse(tree)) == tree


def test_nan_is_a_number() -> None:
    assert isinstance(parse("NaN"), NumberLiteral)
    assert parse(unparse(parse("NaN"))) == parse("NaN")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("github['ref']", "github.ref"),
        ("github['0']", "github['0']"),
        ("needs[ * ] [ 'a b' ]", "needs.*['a b']"),
        ("TRUE&&1", None),
        ("((github.ref))", "github.ref"),
        ("(1==2)!=true", "1 == 2 != true"),
        ("1==(2!=true)", "1 == (2 != true)"),
        ("!(1&&2)", "!(1 && 2)"),
        ("(!1).a", "(!1).a"),
        ("1.50", "1.5"),
        ("0x10", "16"),
        ("1e21", "1e+21"),
        ("FORMAT('{0}',1,  2)", "format('{0}', 1, 2)"),
    ],
)
def test_one_spelling(text: str, printed: str | None) -> None:
    if printed is None:
        with pytest.raises(ExpressionSyntaxError, match="context that GitHub knows, found `TRUE`"):
            parse(text)
        return
    assert unparse(parse(text)) == printed


@pytest.mark.parametrize(
    ("text", "reason", "offset", "length"),
    [
        ("", "expected an expression, found nothing", 0, 0),
        ("  \n", "expected an expression, found nothing", 0, 3),
        ("1 <", "expected a value, found the end of the expression", 2, 1),
        ("1 < )", "expected a value, found `)`", 4, 1),
        ("> 1", "expected a value, found `>`", 0, 1),
        ("1 2", "expected an operator or the end, found `2`", 2, 1),
        ("github foo", "expected an operator, `.`, `[` or the end, found `foo`", 7, 3),
        ("github 'a'", "expected an operator, `.`, `[` or the end, found `'a'`", 7, 3),
        ("github.()", "expected a property name or `*`, found `(`", 7, 1),
        ("github.", "expected a property name or `*`, found the end of the expression", 6, 1),
        ("github.1", "expected a property name or `*`, found `1`", 7, 1),
        ("github..ref", "expected a property name or `*`, found `.`", 7, 1),
        ("'a'.b", "expected an operator or the end, found `.`", 3, 1),
        ("github.ref(1)", "expected an operator, `.`, `[` or the end, found `(`", 10, 1),
        ("true (1)", "expected an operator or the end, found `(`", 5, 1),
        ("(1", "expected `)` for this `(`, found the end of the expression", 0, 1),
        ("(1, 2)", "expected an operator or `)`, found `,`", 2, 1),
        ("github[1", "expected `]` for this `[`, found the end of the expression", 6, 1),
        ("github[1)", "expected an operator or `]`, found `)`", 8, 1),
        ("github[]", "expected an index or `*`, found `]`", 7, 1),
        ("[1]", "expected a value, found `[`", 0, 1),
        ("*", "expected a value, found `*`", 0, 1),
        ("format('a', 1", "expected `)` for this `(`, found the end of the expression", 6, 1),
        ("format('a',)", "expected a value, found `)`", 11, 1),
        ("format('a' 1)", "expected an operator, `,` or `)`, found `1`", 11, 1),
        ("1 = 2", "expected an operator or the end, found `=`", 2, 1),
        ("1 =2", "expected an operator or the end, found `=2`", 2, 2),
        ("1 & 2", "expected an operator or the end, found `&`", 2, 1),
        ("1 and 2", "expected an operator or the end, found `and`", 2, 3),
        ("1 ! 2", "expected an operator or the end, found `!`", 2, 1),
        ("'a", "expected a closing `'`, found the end of the expression", 0, 2),
        ("'a'' && 1", "expected a closing `'`, found the end of the expression", 0, 9),
        ('github.ref == "x"', 'expected a value, found `"x"`', 14, 3),
        ("-0xff", "expected a number, found `-0xff`", 0, 5),
        ("1e", "expected a number, found `1e`", 0, 2),
        ("0x1ffffffff", "expected a number, found `0x1ffffffff`", 0, 11),
        ("..github", "expected a number, found `..github`", 0, 8),
        ("2*3", "expected a number, found `2*3`", 0, 3),
        ("github*2", "expected a value, found `github*2`", 0, 8),
        ("foo", "expected a context that GitHub knows, found `foo`", 0, 3),
        ("1 == git-hub.ref", "expected a context that GitHub knows, found `git-hub`", 5, 7),
        ("substring(1)", "expected a function that GitHub knows, found `substring`", 0, 9),
        ("contains('a')", "expected 2 arguments for `contains`, found 1", 0, 13),
        ("1 || startswith('a', 'b', 'c')", "expected 2 arguments for `startsWith`, found 3", 5, 25),
        ("toJSON()", "expected 1 argument for `toJSON`, found 0", 0, 8),
        ("join()", "expected at least 1 argument for `join`, found 0", 0, 6),
        ("join(1, 2, 3)", "expected at most 2 arguments for `join`, found 3", 0, 13),
        ("always(1)", "expected no arguments for `always`, found 1", 0, 9),
        ("case(true, 1)", "expected at least 3 arguments for `case`, found 2", 0, 13),
        ("case(true, 1, false, 2)", "expected an odd number of arguments for `case`, found 4", 0, 23),
        ("${{ 1 }}", "expected a value, found `${{`", 0, 3),
        ("😊 ok", "expected a value, found `😊`", 0, 1),
    ],
)
def test_what_is_refused_and_where(text: str, reason: str, offset: int, length: int) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse(text)
    assert (caught.value.reason, caught.value.offset, caught.value.length) == (reason, offset, length)


def test_positions_count_from_the_base() -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse("1 2", base=40)
    assert caught.value.offset == 42
    tree = parse("github.ref == 'a'", base=40)
    assert (tree.start, tree.end) == (40, 57)


def test_length_limit() -> None:
    longest = "1".ljust(MAX_LENGTH)
    assert parse(longest) == ONE
    with pytest.raises(ExpressionSyntaxError, match="at most 21,000 characters"):
        parse(longest + " ")
    # GitHub counts a character outside the basic plane as two.
    with pytest.raises(ExpressionSyntaxError, match="at most 21,000 characters"):
        parse("'" + "😀" * (MAX_LENGTH // 2) + "'")


@pytest.mark.parametrize(
    "text",
    [
        "!" * (MAX_DEPTH - 1) + "1",
        "github" + ".a" * (MAX_DEPTH - 1),
        "github" + "[1]" * (MAX_DEPTH - 1),
        "(" * 500 + "1" + ")" * 500,
        " && ".join("1" * 1000),
        "(1 && " * 300 + "1" + ")" * 300,
    ],
)
def test_as_deep_as_github_goes(text: str) -> None:
    assert parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "!" * MAX_DEPTH + "1",
        "!" * 20_000 + "1",
        "github" + ".a" * MAX_DEPTH,
        "github" + "[1]" * MAX_DEPTH,
        "toJSON(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH,
        "1 == " * MAX_DEPTH + "1",
        "github[" * 2000 + "1" + "]" * 2000,
    ],
)
def test_deeper_than_github_goes(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError, match="at most 50 levels"):
        parse(text)


def test_each_node_knows_its_place() -> None:
    text = "!(github.ref) && format( '{0}', needs.*.result )"
    shown = {text[node.start : node.end] for node in walk(parse(text))}
    assert shown == {
        text,
        "!(github.ref)",
        "github.ref",
        "github",
        "ref",
        "format( '{0}', needs.*.result )",
        "'{0}'",
        "needs.*.result",
        "needs.*",
        "needs",
        "*",
        "result",
    }


def test_terms() -> None:
    text = (
        "inputs.x && secrets['PYPI_TOKEN'] || needs.*.outputs[0] == matrix[github.ref].y && fromJSON(vars.a).b || env"
    )
    terms = free_terms(parse(text))
    assert [(term.text, term.complete, text[term.start : term.end]) for term in terms] == [
        ("inputs.x", True, "inputs.x"),
        ("secrets.PYPI_TOKEN", True, "secrets['PYPI_TOKEN']"),
        ("needs.*.outputs.0", True, "needs.*.outputs[0]"),
        ("matrix", False, "matrix"),
        ("github.ref", True, "github.ref"),
        ("vars.a", True, "vars.a"),
        ("env", True, "env"),
    ]
    assert terms[1].path == ("secrets", "PYPI_TOKEN")


@pytest.mark.parametrize(
    ("key", "text", "reason"),
    [
        ("jobs.<job_id>.if", "secrets.PYPI_TOKEN != ''", "the context `secrets` is not available here"),
        ("jobs.<job_id>.if", "env.X", "the context `env` is not available here"),
        ("jobs.<job_id>.if", "hashFiles('a')", "the function `hashFiles` is not available here"),
        ("jobs.<job_id>.steps.if", "secrets.PYPI_TOKEN != ''", "the context `secrets` is not available here"),
        ("jobs.<job_id>.steps.if", "success('a')", "expected no arguments for `success`, found 1"),
        ("jobs.<job_id>.steps.with", "success()", "the function `success` is not available here"),
        ("jobs.<job_id>.environment", "secrets.X", "the context `secrets` is not available here"),
        ("concurrency", "needs.a", "the context `needs` is not available here"),
        ("runs.steps.if", "needs.a", "the context `needs` is not available here"),
    ],
)
def test_what_may_not_be_named_everywhere(key: str, text: str, reason: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse(text, SCOPES[key])
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("jobs.<job_id>.if", "success('build') && inputs.x && needs.a.result && vars.b"),
        ("jobs.<job_id>.steps.if", "env.X && steps.a.outcome && !cancelled() && hashFiles('**/x', 'y')"),
        ("jobs.<job_id>.steps.with", "secrets.PYPI_TOKEN"),
        ("jobs.<job_id>.environment.url", "steps.publish.outputs.url"),
        ("on.workflow_call.outputs.<output_id>.value", "jobs.build.outputs.tag"),
        ("run-name", "case(github.event_name == 'push', 'a', inputs.b)"),
    ],
)
def test_what_may_be_named_there(key: str, text: str) -> None:
    assert parse(text, SCOPES[key]) == parse(text)
