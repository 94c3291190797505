"""Standard streams that are closed, full or cannot show a character: one clear line and the contract's status, never a traceback, and never "findings"."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli.command import clean_environment, preflight

pytestmark = pytest.mark.skipif(os.name == "nt", reason="redirections of a shell")

FULL = "/dev/full"
needs_full = pytest.mark.skipif(not Path(FULL).exists(), reason=f"there is no {FULL}")
BROKEN = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "-bad-"\nversion = "1.0"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(BROKEN)
    return tmp_path


def shell(project: Path, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line in which `$P` is the command."""
    return subprocess.run(
        ["/bin/sh", "-c", line.replace("$P", f"'{sys.executable}' -m preflight")],
        cwd=project,
        env=clean_environment(project, **environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


COMMANDS = [
    "check",
    "plan",
    "publisher",
    "rules",
    "explain PUB003",
    "--help",
    "--version",
    "check --help",
    "doctor",
    "fix",
]


@needs_full
@pytest.mark.parametrize("command", [each for each in COMMANDS if each not in ("plan", "publisher")])
def test_a_full_output_is_wrong_use_and_no_finding(project: Path, command: str) -> None:
    done = shell(project, f"$P {command} > {FULL}")
    assert (done.returncode, done.stderr) == (2, "Error: cannot write standard output: No space left on device\n")


@pytest.mark.parametrize("redirection", [">&-", "1</dev/null"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_output_is_wrong_use_and_no_finding(project: Path, command: str, redirection: str) -> None:
    done = shell(project, f"$P {command} {redirection}")
    assert (done.returncode, done.stderr) == (2, "Error: cannot write standard output: Bad file descriptor\n")


def test_nothing_is_done_to_a_project_that_could_not_be_reported(project: Path) -> None:
    before = (project / "pyproject.toml").read_text()
    for command in ("fix --unsafe", "init --yes", "check --write-baseline b.json"):
        assert shell(project, f"$P {command} >&-").returncode == 2
    assert (project / "pyproject.toml").read_text() == before
    assert sorted(each.name for each in project.iterdir()) == ["pyproject.toml"]


def test_with_an_output_file_standard_output_is_not_needed(project: Path) -> None:
    done = shell(project, "$P check --output-file out.txt >&-")
    assert (done.returncode, done.stderr) == (1, "")
    assert "NAM001" in (project / "out.txt").read_text()


@pytest.mark.parametrize("redirection", ["2>&-", pytest.param(f"2>{FULL}", marks=needs_full)])
def test_a_lost_standard_error_changes_nothing(project: Path, redirection: str) -> None:
    done = shell(project, f"$P check --output-format concise {redirection}")
    assert (done.returncode, "NAM001" in done.stdout) == (1, True)
    assert shell(project, f"$P check --select NO-SUCH {redirection}").returncode == 2
    (project / "empty").mkdir()
    assert shell(project, f"$P check empty {redirection}").returncode == 3


def test_without_any_stream_the_status_is_still_right(project: Path) -> None:
    assert shell(project, "$P check <&- >&- 2>&-").returncode == 2
    assert shell(project, "$P check --output-file out.txt <&- >&- 2>&-").returncode == 1
    assert "NAM001" in (project / "out.txt").read_text(), "no file that was opened took the place of a stream"


@pytest.mark.parametrize("command", ["doctor -", "doctor --batch", "check - --stdin-filename pyproject.toml"])
def test_a_closed_input_is_wrong_use(project: Path, command: str) -> None:
    done = shell(project, f"$P {command} <&-")
    assert done.returncode == 2, done
    assert "cannot read" in done.stderr
    assert "standard input" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_log_that_breaks_off_is_wrong_use(project: Path) -> None:
    if not Path("/proc/self/mem").exists():
        pytest.skip("there is no file that opens and cannot be read")
    done = shell(project, "$P doctor /proc/self/mem")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("Error: cannot read '/proc/self/mem': ")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_character_that_the_output_lacks_is_shown_by_plain_ones(project: Path, encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "preflight", "doctor"],
        cwd=project,
        env=clean_environment(project, PYTHONIOENCODING=encoding, PYTHONUTF8="0"),
        capture_output=True,
        check=False,
    )
    text = done.stdout.decode(encoding)
    assert done.returncode == 0
    assert "\\u" not in text
    assert "\n  x " in text, text


def test_a_mistake_in_preflight_itself_is_status_4_in_one_line(project: Path) -> None:
    (project / "broken.py").write_text(
        "import preflight.cli.application as a\n"
        "def fail(arguments): raise RuntimeError('it broke')\n"
        "a.application = fail\n"
        "from preflight.cli import process\nprocess()\n"
    )
    run = [sys.executable, "broken.py"]
    environment = clean_environment(project)
    short = subprocess.run(run, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert short.returncode == 4
    assert short.stderr == (
        "Error: preflight itself failed (RuntimeError: it broke, at broken.py:2); --verbose shows the whole traceback.\n"
    )
    whole = subprocess.run([*run, "-v"], cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert (whole.returncode, whole.stderr.startswith("Traceback")) == (4, True)


def test_a_diff_without_edits_says_so(project: Path) -> None:
    done = preflight("fix", "--diff", cwd=project)
    assert (done.out, done.err) == ("", "Nothing would change: no finding can be mended safely.\n")
    assert preflight("fix", "--diff", "--output-format", "json", cwd=project).out.startswith("{")
    assert "has no output format 'sarif'" in preflight("fix", "--diff", "--output-format", "sarif", cwd=project).err
