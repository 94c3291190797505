"""Any text at all can be read as a script: no crash, no hang, and places that lie inside the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.workflows.shell import read_script
from preflight.workflows.shell_writes import file_writes, variables_written
from preflight.workflows.uploads import read_script_uploads
from preflight.workflows.values import expression_end, template, unknown

_PIECES = st.sampled_from(
    [
        *"\"'`$(){}[]<>|&;#\\\n \t*?=!~",
        "${{", "}}", "${{ a }}", "$(", "$((", "))", "${", "<<E", "<<-'E'\n", "\nE\n", "&&", "||", ";;", "[[",
        "]]", "if ", "then ", "else ", "elif ", "fi\n", "for x in ", "do ", "done\n", "while ", "case x in ", "esac\n",
        "f() ", "function f ", "{ ", "}\n", "[ ", " ]", "[ $A = b ] ", "A=b ", "A+=", "A=( ", "export A", "$A",
        "${A[@]}", "${A:-", "${A#b}", "exit ", "return ", "set -e\n", "cd d\n", "bash -c '", "eval ", "python -m ",
        "uvx --from ", "twine upload ", "uv publish ", "poetry config ", "-r ", "--repository=", "dist/*", "2>&1",
        ">> $GITHUB_ENV ", "~/.pypirc", "echo ", "A=1\n", "\r\n", "^\n", "`\n", "$env:A = ", "%A%", "if (", "é", "\x00",
    ]
)  # fmt: skip
SCRIPTS = st.lists(_PIECES | st.text(max_size=6), max_size=40).map("".join)


@settings(max_examples=250, deadline=None)
@given(SCRIPTS, st.sampled_from(["bash", "sh", "pwsh", "cmd"]), st.booleans())
def test_reading_never_fails(script: str, shell: str, errexit: bool) -> None:
    read = read_script(script, shell=shell, errexit=errexit)
    for command in read.commands:
        assert 0 <= command.start <= command.end <= len(script)
        assert command.guard.evaluate(unknown) in (True, False, None)
        assert isinstance(str(command.guard), str)
        for word in command.arguments:
            word.resolve(lambda asked: "x")
    file_writes(read)
    variables_written(read)


@settings(max_examples=150, deadline=None)
@given(SCRIPTS, SCRIPTS)
def test_putting_values_in_never_fails(script: str, value: str) -> None:
    read = read_script(script, known=lambda expression: value)
    assert all(0 <= command.start <= command.end <= len(script) for command in read.commands)


@settings(max_examples=200, deadline=None)
@given(SCRIPTS, st.sampled_from(["bash", "pwsh", "cmd"]))
def test_looking_for_uploads_never_fails(script: str, shell: str) -> None:
    environment = {"A": template(script), "TWINE_PASSWORD": template("${{ secrets.A }}")}
    found = read_script_uploads(f"uv publish\n{script}", environment, shell=shell)
    for upload in found.uploads:
        for id_token in (True, False, None):
            assert upload.authentication(unknown, id_token=id_token)
        upload.index.address(lambda asked: "x")
        upload.attests(unknown)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["${{", "}}", "'", " a", "}", "$", "{"]) | st.text(max_size=3), max_size=20).map("".join)
)
def test_templates_keep_every_character_that_is_no_expression(content: str) -> None:
    value = template(content)
    assert value.resolve(lambda asked: "") is not None
    assert value.raw == content
    for expression in value.expressions:
        assert content.startswith("${{", expression.start)
        assert expression_end(content, expression.start) is not None


@pytest.mark.parametrize(
    "evil",
    [
        "${{ '" * 3000 + "}}",
        "$(" * 3000,
        "if " * 3000,
        "`" * 3001,
        "a=$a$a;" * 500,
        "[ $A = x ] && A=y\n" * 300,
        "for i in a b c; do " * 30,
        "<<A " * 500 + "\n",
        "'" * 3001,
        '"${' * 2000,
        "f(){ f; };f\n" * 50,
        "f() { g; g; }\ng() { f; f; }\nf\n",
        "case x in " * 500,
        "if [ $A ]; then A=$A$B; else B=$A; fi\n" * 100,
        "((((" * 1000,
        "{ " * 3000,
        "[[ " * 2000,
        "x || exit\n" * 500,
        "a | " * 2000,
        "\\\n" * 5000,
        "${a:-" * 2000,
        "X+=(a $X b)\n" * 200,
        "".join(f"f{n}() {{ {'if true; then ' * 30} f{n + 1} {'; fi' * 30}; }}\n" for n in range(9)) + "f0\n",
        "bash -c '" + "if true; then " * 30 + 'eval "' + "if true; then " * 30 + "x'",
        "twine upload ${{" * 500,
        "a" * 400_000,
    ],
)
@pytest.mark.parametrize("shell", ["bash", "pwsh", "cmd"])
def test_hard_scripts_end(evil: str, shell: str) -> None:
    read = read_script(evil, shell=shell)
    assert len(read.commands) <= 4_000


def test_what_is_left_out_is_said() -> None:
    read = read_script("if true; then " * 100 + "go")
    assert not read.complete
    assert read.reason
    assert read_script("if true; then go; fi").complete


def test_commands_before_the_limit_are_kept() -> None:
    read = read_script("go 1\n" + "(" * 100 + "go 2")
    assert [str(command.arguments[1]) for command in read.commands if command.name == "go"] == ["1"]
