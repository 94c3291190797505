"""Which commands a script holds, and under which conditions, variables and folders they run."""

import pytest

from preflight.workflows.shell import Command, Script, read_script, shell_of
from preflight.workflows.values import HIDDEN, Expression, Lookup, Resolved, Variable, unknown

POWERSHELL, CMD, PYTHON = "pwsh", "cmd", "python"


def words(command: Command) -> list[str]:
    return [str(word) for word in command.arguments]


def named(script: str | Script, name: str = "go") -> list[Command]:
    """The commands with this name."""
    read = script if isinstance(script, Script) else read_script(script)
    return [command for command in read.commands if command.name == name]


def knowing(**known: Resolved) -> Lookup:
    """A lookup that knows variables by name, and expressions by their source with dots as underscores."""

    def lookup(asked: Expression | Variable) -> Resolved:
        name = asked.name if isinstance(asked, Variable) else asked.source.replace(".", "_")
        return known.get(name)

    return lookup


# ── Words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("go a b", ["go", "a", "b"]),
        ("go 'a b' \"c d\" e\\ f", ["go", "a b", "c d", "e f"]),
        ("go a\\\n  b \\\n c", ["go", "a", "b", "c"]),
        ("go a \\\r\n b\r\n", ["go", "a", "b"]),
        ("go a # b", ["go", "a"]),
        ("go a#b", ["go", "a#b"]),
        ("go --x=\"a\"'b'c", ["go", "--x=abc"]),
        ("go '' \"\"", ["go", "", ""]),
        ("go $'a\\n\\'b'", ["go", "a\n'b"]),
        ('go "a\\"b" "\\d"', ["go", 'a"b', "\\d"]),
        ("go dist/*.{whl,tar.gz} [ab]?", ["go", "dist/*.{whl,tar.gz}", "[ab]?"]),
        ("go > out 2>&1 a < in", ["go", "a"]),
        ("go ${{ inputs.x }}", ["go", "${{ inputs.x }}"]),
        ("go --a=${{ inputs.x || 'a b' }}b", ["go", "--a=${{ inputs.x || 'a b' }}b"]),
        ("go \"${{ format('{0}\"', x) }}\" '${{ a }}'", ["go", "${{ format('{0}\"', x) }}", "${{ a }}"]),
        ("go ${{ x ", ["go", "${{ x "]),
        ('go $(echo a; echo "b)") `c`', ["go", '$(echo a; echo "b)")', "`c`"]),
        ("go $((1 + 2)) ${#x} $?", ["go", "$((1 + 2))", "${#x}", "$?"]),
        ("go {}", ["go", "{}"]),
        ("go a=b", ["go", "a=b"]),
        ("A=1 B=2 go x", ["go", "x"]),
        ("  \n\n go", ["go"]),
    ],
)
def test_words(script: str, expected: list[str]) -> None:
    assert [words(command) for command in named(script)] == [expected]


def test_expression_is_one_piece_with_its_place() -> None:
    script = "go \"pre${{ inputs.name || 'x' }}post\""
    word = named(script)[0].words[1]
    assert [type(piece).__name__ for piece in word.pieces] == ["Literal", "Expression", "Literal"]
    expression = word.expressions[0]
    assert expression.source == "inputs.name || 'x'"
    assert script[expression.start :].startswith("${{ inputs.name")
    assert word.literal is None
    assert word.prefix == "pre"


def test_place_of_commands_and_words() -> None:
    script = "x; if y; then\n  go  a \\\n 'b'  # why\nfi"
    command = named(script)[0]
    assert script[command.start : command.end] == "go  a \\\n 'b'"
    assert [script[word.start : word.end] for word in command.words] == ["go", "a", "'b'"]


@pytest.mark.parametrize(
    "script",
    [
        "cat <<EOF\ngo\nEOF\n",
        "cat <<'E'\ngo $(x)\nE\n",
        "cat <<-EOF\n\tgo\n\tEOF\n",
        "cat <<A <<B\ngo\nA\ngo\nB\n",
        "x <<EOF | y\ngo\nEOF\n",
        "# go",
        "echo go",
        "echo 'go\ngo'",
        "true # ; go",
        "x=go",
    ],
)
def test_text_is_no_command(script: str) -> None:
    assert named(script) == []


def test_commands_after_here_documents_are_found() -> None:
    assert len(named("cat <<A <<B\n1\nA\n2\nB\ngo 1\nif true; then cat <<C\nx\nC\ngo 2\nfi")) == 2


def test_commands_inside_substitutions_are_listed() -> None:
    found = named('x=$(go 1) y "`go 2`" <(go 3) && z "$(a "$(go 4)")"')
    assert [words(command)[1] for command in found] == ["1", "2", "3", "4"]
    assert all(command.substituted for command in found)


def test_pipes_know_what_comes_before() -> None:
    command = named("echo y | go | tee log")[0]
    assert command.piped_from is not None
    assert words(command.piped_from) == ["echo", "y"]


# ── Conditions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def runs(script: str, **known: Resolved) -> list[bool | None]:
    return [command.guard.evaluate(knowing(**known)) for command in named(script)]


def test_if_with_an_expression_chooses_one_branch() -> None:
    script = 'if [ "${{ inputs.environment }}" = "testpypi" ]; then go test; else go real; fi'
    assert runs(script, inputs_environment="testpypi") == [True, False]
    assert runs(script, inputs_environment="pypi") == [False, True]
    assert runs(script) == [None, None]


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        ('[ "$X" = a ]', "a", True),
        ('[ "$X" == a ]', "b", False),
        ("[ $X != a ]", "b", True),
        ('[ "$X" ]', "", False),
        ('[ -n "$X" ]', "x", True),
        ('[ -z "$X" ]', "x", False),
        ('[ ! -z "$X" ]', "x", True),
        ('! [ -z "$X" ]', "x", True),
        ('test "$X" = a', "a", True),
        ('[ "$X" = a -o "$X" = b ]', "b", True),
        ('[ "$X" = a -a "$X" = b ]', "b", False),
        ("[[ $X == a ]]", "a", True),
        ("[[ $X == v* ]]", "v1.2", True),
        ("[[ $X != v* ]]", "v1.2", False),
        ('[[ $X == "v*" ]]', "v1.2", False),
        ("[[ $X =~ ^v ]]", "v1.2", True),
        ("[[ $X =~ -test$ ]]", "v1-test", True),
        ("[[ $X =~ rc ]]", "v1", False),
        ("[[ $X =~ ^v[0-9]+ ]]", "v1", None),
        ("[[ ! $X ]]", "", True),
        ("[[ $X == a && -n $X ]]", "a", True),
        ("[[ $X == b || ( $X == a && $X != c ) ]]", "a", True),
        ("[ $X -gt 3 ]", "4", True),
        ("[ -f $X ]", "a", None),
        ("[ ${X#v} = 1 ]", "v1", True),
        ("[ ${X##*/} = v1 ]", "refs/tags/v1", True),
        ("[ ${X%%-*} = 1.0 ]", "1.0-rc-1", True),
        ("[ ${X:-d} = d ]", "", True),
        ("[ ${X:0:2} = v1 ]", "v123", True),
        ("[ ${X,,} = a ]", "A", True),
        ("[ ${X/a/b} = bc ]", "ac", True),
        ("grep -q x file", "a", None),
        ("$X", "true", None),
        ("true", "", True),
        ("false", "", False),
    ],
)
def test_tests(test: str, value: str, expected: bool | None) -> None:
    assert runs(f"if {test}; then go; fi", X=value) == [expected]


def test_expression_as_a_command_is_true_or_false() -> None:
    assert runs("if ${{ inputs_x }}; then go; fi", inputs_x="true") == [True]
    assert runs("if ${{ inputs_x }}; then go; fi", inputs_x="false") == [False]
    assert runs("${{ inputs_x }} && go", inputs_x="false") == [False]


def test_hidden_text_is_not_empty_and_no_given_text() -> None:
    assert runs('[ -n "$T" ] && go', T=HIDDEN) == [True]
    assert runs('[ "$T" = "" ] && go', T=HIDDEN) == [False]
    assert runs('[ "$T" != "" ] && go', T=HIDDEN) == [True]
    assert runs('[ "$T" = x ] && go', T=HIDDEN) == [None]


def test_elif_and_else_exclude_what_came_before() -> None:
    script = "if [ $X = a ]; then go; elif [ $X = b ]; then go; else go; fi"
    assert runs(script, X="a") == [True, False, False]
    assert runs(script, X="b") == [False, True, False]
    assert runs(script, X="c") == [False, False, True]


def test_case() -> None:
    script = 'case "$X" in v*) go ;; a|b) go;; *) go ;; esac'
    assert runs(script, X="v1") == [True, False, False]
    assert runs(script, X="b") == [False, True, False]
    assert runs(script, X="z") == [False, False, True]


@pytest.mark.parametrize(
    "script",
    [
        'if [ "$X" = "" ]; then echo none; exit 0; fi\ngo',
        '[ -n "$X" ] || exit 1\ngo',
        '[ -z "$X" ] && exit 0\ngo',
        '[ -n "$X" ] || { echo no; exit 1; }\ngo',
        'case "$X" in "") exit 0 ;; esac\ngo',
        'check() { [ -n "$X" ] || exit 1; }\ncheck\ngo',
        'f() { [ -n "$X" ] || return 0; go; }\nf',
        'for i in 1 2; do [ -n "$X" ] || break; go; done',
        '[ -n "$X" ]\ngo',
        "set -e\n[[ -n $X ]]\ngo",
        'if ! [ "$X" ]; then if true; then exit; fi; fi; go',
    ],
)
def test_ends_before_the_command(script: str) -> None:
    assert set(runs(script, X="")) == {False}
    assert set(runs(script, X="x")) == {True}


def test_failing_test_ends_nothing_without_errexit() -> None:
    assert [c.guard.evaluate(unknown) for c in named(read_script("[ a = b ]\ngo", errexit=False))] == [True]
    assert runs("set +e\n[ a = b ]\ngo") == [True]
    assert runs("[ a = b ] && echo\ngo") == [True]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("python -m build && go", True),
        ("pip install x && python -m build && go", True),
        ("grep -q v file && go", None),
        ("git diff --quiet && go", None),
        ("git tag v1 && go", True),
        ("grep -q v file\ngo", True),
        ("[ -f dist/x ]\nread v < VERSION\ngo", True),
        ("x || go", None),
        ("if x; then go; fi", None),
        ("while ! go; do sleep 1; done", True),
        ("until go; do sleep 1; done", True),
        ("while read l; do go; done < f", None),
        ("( cd a && go )", True),
        ("{ go; } > log", True),
        ("go &", True),
        ("x | go", True),
        ("exec other\ngo", False),
        ("exit 0\ngo", False),
    ],
)
def test_steps_and_questions(script: str, expected: bool | None) -> None:
    assert runs(script) == [expected]


# ── Variables ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("X=a; go $X", ["a"]),
        ('X="a b"; go $X', ["a", "b"]),
        ('X="a b"; go "$X"', ["a b"]),
        ("X=; go $X c", ["c"]),
        ('X=; go "$X" c', ["", "c"]),
        ("X=dist; go $X/* ${X}/a", ["dist/*", "dist/a"]),
        ("X='*'; go $X", ["*"]),
        ('A=(a "b c"); go "${A[@]}" d', ["a", "b c", "d"]),
        ('A=(); go "${A[@]}" d', ["d"]),
        ('A=(a); A+=(b); go "${A[@]}"', ["a", "b"]),
        ("X=a; X+=b; go $X", ["ab"]),
        ("X=refs/tags/v1; go ${X#refs/tags/}", ["v1"]),
        ("unset X; go $X a", ["a"]),
        ("export X=a; go $X", ["a"]),
        ('f() { go "$1" "$@"; }; f x y', ["x", "x", "y"]),
        ("f() { shift; go $1; }; f x y", ["y"]),
        ("f() { local u=$1; go $u; }; f x", ["x"]),
        ("X=${{ inputs.x }}; go $X", ["${{ inputs.x }}"]),
        ("for x in a; do go $x; done", ["a"]),
    ],
)
def test_variables_of_the_script_are_filled_in(script: str, expected: list[str]) -> None:
    assert [words(command)[1:] for command in named(script)] == [expected]


def test_loop_over_plain_items_is_followed() -> None:
    assert [words(c)[1:] for c in named("for r in testpypi pypi; do go -r $r; done")] == [
        ["-r", "testpypi"],
        ["-r", "pypi"],
    ]


def test_loop_over_a_pattern_has_the_pattern() -> None:
    assert [words(c)[1:] for c in named('for f in dist/*.whl; do go "$f"; done')] == [["dist/*.whl"]]


def test_loop_over_something_unknown() -> None:
    command = named("for f in $(ls dist); do go $f; done")[0]
    assert command.guard.evaluate(unknown) is None
    assert command.arguments[1].literal is None


def test_conditional_variable_makes_one_command_for_each_value() -> None:
    found = named('R=pypi; if [[ $REF == *rc* ]]; then R=testpypi; fi; go -r "$R"')
    assert [(words(c)[2], c.guard.evaluate(knowing(REF="v1rc1"))) for c in found] == [
        ("testpypi", True),
        ("pypi", False),
    ]
    assert [c.guard.evaluate(knowing(REF="v1")) for c in found] == [False, True]


def test_conditional_options() -> None:
    found = named('A=(); [ "$DRY" = true ] && A+=(--dry-run); go "${A[@]}" x')
    assert [words(c)[1:] for c in found] == [["--dry-run", "x"], ["x"]]
    assert [c.guard.evaluate(knowing(DRY="true")) for c in found] == [True, False]


def test_conditional_variable_in_the_environment_is_resolved_later() -> None:
    script = 'if [ "$E" = test ]; then export URL=https://t/; else export URL=https://p/; fi\ngo'
    value = named(script)[0].environment({})["URL"]
    assert value.resolve(knowing(E="test")) == "https://t/"
    assert value.resolve(knowing(E="x")) == "https://p/"
    assert value.resolve(unknown) is HIDDEN


def test_only_exported_variables_reach_the_command() -> None:
    command = named("A=1\nexport B=2\nC=3\nexport C\nD=4 go")[0]
    assert {name: str(value) for name, value in command.environment({}).items()} == {"B": "2", "C": "3", "D": "4"}


def test_variable_of_the_step_stays_exported() -> None:
    from preflight.workflows.values import template

    base = {"A": template("${{ secrets.A }}"), "B": template("b")}
    command = named("A=1\nunset B\ngo")[0]
    assert {name: str(value) for name, value in command.environment(base).items()} == {"A": "1"}


def test_subshell_keeps_its_variables_to_itself() -> None:
    assert words(named("X=a; (X=b); go $X")[0]) == ["go", "a"]
    assert words(named("X=a; { X=b; }; go $X")[0]) == ["go", "b"]


def test_functions() -> None:
    found = named("f() { go 1; }\nfunction g { go 2; }\nf\n")
    assert [(words(c)[1], c.function, c.guard.evaluate(unknown)) for c in found] == [("1", "f", True), ("2", "g", None)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("go", None),
        ("cd a && go", "a"),
        ("cd a\ncd b\ngo", "a/b"),
        ("cd a; cd ..; go", "."),
        ("cd /x; go", "/x"),
        ("pushd a; popd; go", None),
        ("(cd a); go", None),
        ("cd $GITHUB_WORKSPACE/a; go", "$GITHUB_WORKSPACE/a"),
        ("cd a; cd $X; go", "$X"),
        ("cd; go", "another folder"),
    ],
)
def test_folders(script: str, expected: str | None) -> None:
    directory = named(script)[0].directory
    assert (None if directory is None else str(directory)) == expected


def test_scripts_given_as_text_are_read() -> None:
    found = named("T=x bash -ec 'go 1; go $T' && sh -c \"go 2\"; eval 'go 3'; bash -c \"$UNKNOWN\"")
    assert [words(c) for c in found] == [["go", "1"], ["go", "$T"], ["go", "2"], ["go", "3"]]
    assert found[1].environment({})["T"].literal == "x"


def test_known_expressions_are_put_in_as_text() -> None:
    script = "go ${{ inputs.args }} dist/*; go ${{ secrets.x }}; ${{ inputs.more }}"
    values = {"inputs.args": "--repository 'test pypi'", "inputs.more": "go z"}
    read = read_script(script, known=lambda expression: values.get(expression.source))
    found = named(read)
    assert [words(c)[1:] for c in found] == [["--repository", "test pypi", "dist/*"], ["${{ secrets.x }}"], ["z"]]
    assert script[found[1].start : found[1].end] == "go ${{ secrets.x }}"
    assert script[found[0].start : found[0].end] == "go ${{ inputs.args }} dist/*"


@pytest.mark.parametrize(
    ("declared", "windows", "expected"),
    [
        (None, False, ("bash", True)),
        (None, True, ("pwsh", True)),
        ("bash", False, ("bash", True)),
        ("bash -l {0}", False, ("bash", False)),
        ("bash -el {0}", False, ("bash", True)),
        ("bash --noprofile --norc -eo pipefail {0}", False, ("bash", True)),
        ("/usr/bin/bash -e {0}", False, ("bash", True)),
        ("sh", False, ("sh", True)),
        ("pwsh", False, ("pwsh", True)),
        ("powershell", True, ("pwsh", True)),
        ("cmd", True, ("cmd", True)),
        ("python", False, ("python", True)),
        ("nix develop -c bash -e {0}", False, ("bash", True)),
    ],
)
def test_shells(declared: str | None, windows: bool, expected: tuple[str, bool]) -> None:
    assert shell_of(declared, windows=windows) == expected


def test_another_language_is_said() -> None:
    read = read_script("import os\nos.system('go')", shell=PYTHON)
    assert (read.commands, read.complete) == ((), False)
    assert read.reason is not None
    assert "python" in read.reason


# ── PowerShell and cmd ────────────────────────────────────────────────────────────────────────────────────────────────


def test_powershell() -> None:
    script = (
        '$env:TOKEN = "${{ secrets.T }}"\n'
        "# go 0\n"
        "go a `\n  'b c' \"d $env:HOME\" $env:X | out\n"
        "if ($env:A -eq 'b') { go 2 }\n"
        "& go 3; go ${{ inputs.x }}"
    )
    found = named(read_script(script, shell=POWERSHELL))
    assert [words(c)[1:] for c in found] == [["a", "b c", "d $HOME", "$X"], ["2"], ["3"], ["${{ inputs.x }}"]]
    assert [c.guard.evaluate(unknown) for c in found] == [True, None, True, True]
    assert str(found[0].environment({})["TOKEN"]) == "${{ secrets.T }}"


def test_cmd() -> None:
    script = '@echo off\nset TOKEN=a b\nrem go 0\ngo a ^\n  "b c" %X% && go 2\nif "%A%"=="b" go 3\ncall go 4'
    found = named(read_script(script, shell=CMD))
    assert [words(c)[1:] for c in found] == [["a", "b c", "$X"], ["2"], ["3"], ["4"]]
    assert [c.guard.evaluate(unknown) for c in found] == [True, True, None, True]
    assert found[0].environment({})["TOKEN"].literal == "a b"


@pytest.mark.parametrize(
    ("script", "fails"),
    [
        ("exit 1", "true"),
        ("exit 0\nexit 1", "false"),
        ("(exit 1)", "false"),
        ("f() { exit 1; }", "false"),
        ("f() { exit 1; }\nf", "true"),
        ("x=$(exit 1)", "false"),
        ("sleep 1 & exit 1", "true"),
        ("{ echo x; exit 3; } | cat", "false"),
        ('[ "$A" = b ]', "not ($A = b)"),
        ('[ "$A" = b ] || true', "false"),
        ('if [ "$A" = b ]; then exit 0; fi\nexit 1', "not ($A = b)"),
        ('if [ "$A" != b ]; then exit 1; fi', "$A != b"),
        ("make || exit 1", "not (`make` succeeds)"),
    ],
)
def test_when_a_script_fails_of_its_own_making(script: str, fails: str) -> None:
    assert str(read_script(script).fails) == fails


def test_a_script_that_cannot_be_followed_does_not_fail_for_sure() -> None:
    assert str(read_script("(" * 300 + "\nexit 1").fails) == "false"
    assert str(read_script("exit 1", shell=POWERSHELL).fails) == "false"
