"""The parts of a build: what a wheel provides, which variables a command gets, how it is ended, and what its output says."""

import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.building.environment import cleaned, is_credential
from preflight.building.faults import Blame, blame_of_command, blame_of_import, crashed, telling_line
from preflight.building.request import BuildRequest
from preflight.building.running import KEPT_BYTES, Ran, run
from preflight.building.wheel_contents import console_scripts, top_level_modules


@pytest.mark.parametrize(
    ("names", "modules"),
    [
        (["a/__init__.py", "a/b.py", "a/c/__init__.py", "a-1.dist-info/RECORD"], ["a"]),
        (["six.py", "six-1.dist-info/METADATA"], ["six"]),
        (["_fast.cpython-311-x86_64-linux-gnu.so", "fast/__init__.py", "slow.cp311-win_amd64.pyd"], ["_fast", "fast", "slow"]),
        (["a-1.data/purelib/a/__init__.py", "a-1.data/platlib/b.so", "a-1.data/scripts/run.py", "a-1.data/data/x.py"], ["a", "b"]),
        (["google/cloud/storage/__init__.py", "google/cloud/storage/blob.py"], ["google.cloud.storage"]),
        (["space/one.py", "space/two.py"], ["space.one", "space.two"]),
        (["a/__init__.py", "tests/__init__.py", "conftest.py", "docs/conf.py"], ["a"]),
        (["tests/__init__.py"], ["tests"]),
        (["a-stubs/__init__.pyi", "a.pth", "__main__.py", "class.py", "0abc__mypyc.so", "1/x.py", "data/x.txt"], []),
        (["ext/__init__.abi3.so"], ["ext"]),
    ],
)  # fmt: skip
def test_the_modules_that_a_wheel_provides(names: list[str], modules: list[str]) -> None:
    assert top_level_modules(names) == modules


@given(st.lists(st.text("a/._-1é \\", max_size=20)))
def test_every_module_can_stand_in_an_import_statement(names: list[str]) -> None:
    for module in top_level_modules([f"{name}.py" for name in names]):
        compile(f"import {module}", "", "exec")


def test_console_scripts_need_no_extra_and_have_names_that_pip_can_install() -> None:
    text = "[gui_scripts]\nwindow = a:b\n[console_scripts]\nOne.Two-3 = a.b:c\nextra = a:b [fancy]\n../evil = a:b\n-option = a:b\n"
    assert console_scripts(text) == {"One.Two-3": "a.b:c"}


@given(st.text())
def test_no_text_breaks_the_reader_of_entry_points(text: str) -> None:
    assert isinstance(console_scripts(text), dict)


@pytest.mark.parametrize(
    "name",
    "TWINE_PASSWORD TWINE_USERNAME UV_PUBLISH_TOKEN POETRY_PYPI_TOKEN_PYPI POETRY_HTTP_BASIC_FOO_PASSWORD HATCH_INDEX_AUTH PYPI_API_TOKEN "
    "NPM_TOKEN my_secret GH_PAT AWS_ACCESS_KEY_ID SSH_AUTH_SOCK CI_JOB_JWT ACTIONS_ID_TOKEN_REQUEST_URL MATURIN_PYPI_TOKEN".split(),
)
def test_variables_of_credentials_are_known_by_their_names(name: str) -> None:
    assert is_credential(name, "x")


@pytest.mark.parametrize(
    "name",
    "PATH HOME LANG CC CFLAGS MATURIN_PEP517_ARGS SETUPTOOLS_SCM_PRETEND_VERSION SOURCE_DATE_EPOCH CARGO_HOME PIP_CERT PIP_CONFIG_FILE "
    "REQUESTS_CA_BUNDLE MONKEY KEYBOARD".split(),
)
def test_variables_that_a_build_needs_stay(name: str, tmp_path: Path) -> None:
    assert cleaned({name: "x"}, tmp_path, index=False)[name] == "x"


def test_only_a_command_that_asks_the_index_gets_its_password(tmp_path: Path) -> None:
    variables = {
        "PIP_INDEX_URL": "https://me:hunter2hunter2@index.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://b.example/",
    }
    assert cleaned(variables, tmp_path, index=True)["PIP_INDEX_URL"] == variables["PIP_INDEX_URL"]
    without = cleaned(variables, tmp_path, index=False)
    assert "PIP_INDEX_URL" not in without
    assert without["PIP_EXTRA_INDEX_URL"] == "https://b.example/"


def test_what_bends_python_and_git_is_left_out(tmp_path: Path) -> None:
    variables = dict.fromkeys(["PYTHONPATH", "VIRTUAL_ENV", "GIT_DIR", "PIP_TARGET", "FORCE_COLOR"], "x")
    assert variables.keys().isdisjoint(cleaned(variables, tmp_path, index=True))


def python(tmp_path: Path, code: str, seconds: float = 60, **variables: str) -> tuple[Ran, list[str]]:
    said: list[str] = []
    request = BuildRequest(tmp_path, said.append, seconds=seconds, environment=variables)
    ran = run(request, [sys.executable, "-c", code], cleaned({}, tmp_path, index=False), tmp_path)
    return ran, said


def test_a_command_is_said_before_it_runs_and_the_end_of_its_output_after_it_failed(tmp_path: Path) -> None:
    ran, said = python(tmp_path, "import sys; print('why'); sys.exit(3)")
    assert (ran.status, ran.output, ran.ending) == (3, "why", "ended with status 3")
    assert said[0].startswith("Running: ")
    assert said[1:] == ["  | why"]


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    child = "import time, pathlib; time.sleep(1.5); pathlib.Path('alive').touch()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    ran, _ = python(tmp_path, code, seconds=0.4)
    assert (ran.status, ran.ending) == (None, "did not end within 0.4 seconds")
    time.sleep(1.6)
    assert not (tmp_path / "alive").exists()


def test_a_command_that_does_not_exist_fails_as_any_other(tmp_path: Path) -> None:
    said: list[str] = []
    ran = run(BuildRequest(tmp_path, said.append, environment={}), [str(tmp_path / "nowhere")], {}, tmp_path)
    assert (ran.passed, ran.ending) == (False, "could not be started")


def test_endless_output_is_bounded_and_begins_with_a_whole_line(tmp_path: Path) -> None:
    ran, _ = python(tmp_path, "for number in range(50000): print('line', number)")
    assert len(ran.output) <= KEPT_BYTES
    assert ran.output.startswith("line ")
    assert ran.output.endswith("line 49999")


def test_output_is_shown_without_secrets_terminal_codes_and_control_characters(tmp_path: Path) -> None:
    code = r"print('\x1b[31mred\x1b[0m \x07 correct-horse'); print('1%\r50%\r100%'); print('x' * 1000)"
    ran, _ = python(tmp_path, code, SOME_PASSWORD="correct-horse")
    assert ran.output.splitlines() == ["red   ***", "100%", "x" * 300]


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("Traceback (most recent call last):\n  File\nValueError: no\n\nERROR Backend subprocess exited when", "ValueError: no"),
        ("* Getting dependencies\nerror: Multiple packages\nTIP pass it\nERROR Backend subprocess exited", "error: Multiple packages"),
        ("ERROR: Could not find a version: x\nERROR: No matching distribution found for x", "ERROR: Could not find a version: x"),
        ("< ERROR: Could not find it\nERROR Command '['python', '-m', 'pip']' failed", "ERROR: Could not find it"),
        ("a.b.CustomError: it broke", "a.b.CustomError: it broke"),
        ("no word of why\n", "no word of why"),
        ("", "it printed nothing"),
    ],
)  # fmt: skip
def test_the_line_that_says_why(output: str, line: str) -> None:
    assert telling_line(output) == line


@pytest.mark.parametrize(
    ("output", "blame"),
    [
        ("ValueError: Unable to determine which files to ship", Blame.PROJECT),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'requirements.txt'", Blame.PROJECT),
        ("error: command 'gcc' failed: No such file or directory", Blame.MACHINE),
        ("Python.h: fatal error: Python.h: No such file", Blame.MACHINE),
        ("ERROR: No matching distribution found for internal-thing", Blame.MACHINE),
        ("NewConnectionError: Failed to establish a new connection\nERROR: No matching distribution found for x", Blame.UNTRIED),
        ("ERROR: Package 'x' requires a different Python: 3.11.2 not in '>=3.13'", Blame.UNTRIED),
        ("/usr/bin/python3: No module named build", Blame.UNTRIED),
        ("ModuleNotFoundError: No module named 'build'", Blame.PROJECT),
        ("ERROR Cannot import 'hatchling.build'", Blame.PROJECT),
    ],
)  # fmt: skip
def test_whose_fault_a_failed_build_may_be(output: str, blame: Blame) -> None:
    assert blame_of_command(output) is blame


def test_a_backend_that_cannot_be_imported_is_no_fault_of_the_project_without_isolation() -> None:
    assert blame_of_command("ERROR Cannot import 'hatchling.build'", isolated=False) is Blame.UNTRIED


@pytest.mark.parametrize(
    ("line", "blame"),
    [
        ("ModuleNotFoundError: No module named 'requests'", Blame.PROJECT),
        ("ModuleNotFoundError: No module named 'sampleproject.data'", Blame.PROJECT),
        ("ModuleNotFoundError: No module named 'winreg'", Blame.MACHINE),
        ("ModuleNotFoundError: No module named '_tkinter'", Blame.MACHINE),
        ("ImportError: cannot import name 'x' from 'y'", Blame.PROJECT),
        ("ImportError: libGL.so.1: cannot open shared object file: No such file or directory", Blame.MACHINE),
        ("ImportError: only Windows is supported", Blame.MACHINE),
        ("SyntaxError: invalid syntax", Blame.PROJECT),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/tmp/env/lib/a/VERSION'", Blame.PROJECT),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'VERSION'", Blame.PROJECT),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/etc/thing.conf'", Blame.MACHINE),
        ("KeyError: 'SOME_VARIABLE'", Blame.MACHINE),
        ("RuntimeError: no service answers", Blame.MACHINE),
    ],
)
def test_whose_fault_a_failed_import_may_be(line: str, blame: Blame) -> None:
    output = f"Traceback (most recent call last):\n  File\n{line}\n"
    assert blame_of_import(output, sys.stdlib_module_names, "/tmp/env") is blame
    assert crashed(output)
