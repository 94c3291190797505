"""What scripts write to files, above all to `$GITHUB_ENV` and `$GITHUB_OUTPUT`."""

import pytest

from preflight.workflows.shell import read_script, shell_of
from preflight.workflows.shell_writes import file_writes, variables_written


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('echo "A=b" >> "$GITHUB_ENV"', {"A": "b"}),
        ("echo A=b >> $GITHUB_ENV", {"A": "b"}),
        ("echo A=${X}/y >> ${GITHUB_ENV}", {"A": "$X/y"}),
        ("echo A=${{ inputs.x }} 1>>$GITHUB_ENV", {"A": "${{ inputs.x }}"}),
        ("printf 'A=%s\\n' \"$X\" >> $GITHUB_ENV", {"A": "$X"}),
        ("printf 'A=1\\nB=2\\n' >> $GITHUB_ENV", {"A": "1", "B": "2"}),
        ("echo -e 'A=1\\nB=2' >> $GITHUB_ENV", {"A": "1", "B": "2"}),
        ("{ echo A=1; echo B=2; } >> $GITHUB_ENV", {"A": "1", "B": "2"}),
        ("echo A=1 | tee -a $GITHUB_ENV", {"A": "1"}),
        ("cat >> $GITHUB_ENV <<EOF\nA=$X\nB=2\nEOF", {"A": "$X", "B": "2"}),
        ("cat <<'EOF' >> $GITHUB_ENV\nA=$X\nEOF", {"A": "$X"}),
        ("cat >> $GITHUB_ENV <<E\nA<<D\n1\n2\nD\nB=3\nE", {"A": "1\n2", "B": "3"}),
        ("V=$(cat VERSION)\necho version=$V >> $GITHUB_ENV", {"version": "$(cat VERSION)"}),
        ("echo A=1 >> $GITHUB_OUTPUT", {}),
        ("echo A=1", {}),
        ("sed s/a/b/ f >> $GITHUB_ENV", {}),
    ],
)
def test_variables_for_later_steps(script: str, expected: dict[str, str]) -> None:
    assert {found.name: str(found.value) for found in variables_written(read_script(script))} == expected


def test_outputs() -> None:
    script = 'if [ "$X" = a ]; then echo "index=testpypi" >> "$GITHUB_OUTPUT"; fi'
    found = variables_written(read_script(script), "GITHUB_OUTPUT")
    assert [(written.name, written.value.literal, written.command.conditional) for written in found] == [
        ("index", "testpypi", "$X = a")
    ]


def test_powershell_environment_file() -> None:
    script = '"A=b" >> $env:GITHUB_ENV\necho "B=c" >> $env:GITHUB_ENV'
    shell, _ = shell_of("pwsh")
    assert {found.name for found in variables_written(read_script(script, shell=shell))} == {"B"}


def test_files() -> None:
    writes = file_writes(read_script("echo a > x; echo b >> x; cmd > y 2> z; echo c | tee t u"))
    assert [(str(write.target), write.contents and str(write.contents), write.appends) for write in writes] == [
        ("x", "a\n", False),
        ("x", "b\n", True),
        ("y", None, False),
        ("t", "c\n", False),
        ("u", "c\n", False),
    ]
