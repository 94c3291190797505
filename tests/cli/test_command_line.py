"""The command line: exit statuses, global options, output files, pipes, completion, and what starting up imports."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cli.command import ROOT, preflight

GOOD = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n[project]\nname = "sampleproject"\nversion = "1.0"\n'
BAD = GOOD.replace("sampleproject", "-bad-")


@pytest.fixture
def good(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("Buy milk.")
    return tmp_path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(BAD)
    return tmp_path


def test_a_clean_project_is_status_0(good: Path) -> None:
    done = preflight("check", cwd=good)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("All checks passed: 1 project")


def test_an_error_is_status_1_and_named_with_its_place(bad: Path) -> None:
    done = preflight("check", "--output-format", "concise", cwd=bad)
    assert done.status == 1
    assert done.out.startswith("pyproject.toml:6:8: error[NAM001] ")


@pytest.mark.parametrize(
    ("option", "status"),
    [("--exit-zero", 0), ("--fail-on=info", 1), ("--ignore=NAM", 0), ("--ignore=malformed-project-name", 0)],
)
def test_options_that_change_the_status(bad: Path, option: str, status: int) -> None:
    assert preflight("check", option, cwd=bad).status == status


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "nowhere"],
        ["check", "notes.txt"],
        ["check", "--select", "XYZ"],
        ["check", "--ignore", "no-such-rule"],
        ["check", "--config", "nowhere.toml"],
        ["check", "--baseline", "nowhere.json"],
        ["check", "--no-such-option"],
        ["check", "--unsafe"],
        ["explain", "NOP000"],
        ["no-such-command"],
        ["plan", "nowhere"],
    ],
)
def test_wrong_use_is_status_2_with_one_line_that_says_what(good: Path, arguments: list[str]) -> None:
    done = preflight(*arguments, cwd=good)
    assert (done.status, done.out) == (2, "")
    assert "Error: " in done.err
    assert "Traceback" not in done.err


def test_a_broken_preflight_toml_is_status_2_and_names_the_place(good: Path) -> None:
    (good / "preflight.toml").write_text("ignore = [\n")
    done = preflight("check", cwd=good)
    assert done.status == 2
    assert "preflight.toml:" in done.err


def test_nothing_to_check_is_status_3(tmp_path: Path) -> None:
    done = preflight("check", cwd=tmp_path)
    assert done.status == 3
    assert "Nothing to check" in done.err
    assert "passed" not in done.out


def test_a_pyproject_toml_that_builds_nothing_is_not_denied(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    done = preflight("check", cwd=tmp_path)
    assert done.status == 3
    assert "no pyproject.toml that builds a distribution" in done.err


def test_a_rule_named_on_the_command_line_beats_an_equal_one_in_the_configuration(good: Path) -> None:
    (good / "preflight.toml").write_text('ignore = ["MET013"]\n')
    text = (good / "pyproject.toml").read_text()
    (good / "pyproject.toml").write_text(text + '[project.urls]\nHome = "sample.dev"\n')
    for arguments, status in (
        (["--select", "MET013"], 1),
        (["--extend-select", "malformed-project-url"], 1),
        (["--select", "MET"], 0),
        (["--select", "MET013", "--ignore", "MET013"], 0),
        ([], 0),
    ):
        assert preflight("check", *arguments, cwd=good).status == status, arguments


def test_a_rule_that_crashes_is_status_4(good: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    card = (
        (ROOT / "rules" / "internal" / "INT001-rule-crash.md")
        .read_text()
        .replace("INT001", "XAA001")
        .replace("rule-crash", "always-crashes")
    )
    (rules / "XAA001-always-crashes.md").write_text(card)
    (rules / "checks.py").write_text(
        "from preflight.engine.checks import check\n\n@check('XAA001')\ndef crash(pyproject):\n    raise RuntimeError('boom')\n    yield\n"
    )
    config = tmp_path / "mine.toml"
    config.write_text(f"rules = ['{rules}']\n")
    done = preflight("check", "--config", config, "--exit-zero", cwd=good)
    assert done.status == 4
    assert "RuntimeError: boom" in done.out


def test_global_options_stand_before_or_after_the_command(bad: Path) -> None:
    before = preflight("--output-format", "json", "check", cwd=bad)
    after = preflight("check", "--output-format", "json", cwd=bad)
    assert before == after
    assert json.loads(before.out)["summary"]["error"] == 1
    last_wins = preflight("--output-format", "json", "check", "--output-format", "concise", cwd=bad)
    assert last_wins.out.startswith("pyproject.toml:")


@pytest.mark.parametrize("form", ["full", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown"])
def test_every_format_names_the_rule_and_goes_to_a_file(bad: Path, form: str) -> None:
    done = preflight("check", "--output-format", form, "--output-file", "report.out", cwd=bad)
    assert (done.status, done.out) == (1, "")
    assert "NAM001" in (bad / "report.out").read_text(encoding="utf-8")


def test_colour_is_for_terminals_or_on_demand(bad: Path) -> None:
    assert "\x1b[" not in preflight("check", cwd=bad).out
    assert "\x1b[" in preflight("check", "--color", "always", cwd=bad).out
    assert "\x1b[" in preflight("check", cwd=bad, FORCE_COLOR="1").out
    assert "\x1b[" not in preflight("check", cwd=bad, FORCE_COLOR="1", NO_COLOR="1").out


def test_a_baseline_is_written_and_hides_what_it_records(bad: Path) -> None:
    written = preflight("check", "--write-baseline", "known.json", cwd=bad)
    assert (written.status, written.out) == (0, "Recorded 1 finding in known.json.\n")
    assert preflight("check", "--baseline", "known.json", cwd=bad).status == 0
    (bad / "pyproject.toml").write_text("# moved\n\n" + BAD)
    assert preflight("check", "--baseline", "known.json", cwd=bad).status == 0


def test_a_baseline_in_use_is_written_anew_with_all_findings(bad: Path) -> None:
    (bad / "preflight.toml").write_text('baseline = "known.json"\n')
    for given in ([], [], ["--baseline", "known.json"]):
        written = preflight("check", *given, "--write-baseline", "known.json", cwd=bad)
        assert (written.status, written.out) == (0, "Recorded 1 finding in known.json.\n"), written.err
    assert preflight("check", cwd=bad).status == 0


def test_rules_that_are_trusted_and_missing_are_status_2(good: Path) -> None:
    (good / "preflight.toml").write_text('rules = ["no-rules"]\n')
    assert preflight("check", cwd=good).status == 0
    for command in (["check"], ["explain", "ORG001"]):
        done = preflight(*command, "--trust-project-rules", cwd=good)
        assert (done.status, done.out) == (2, "")
        assert "Error: configuration preflight.toml:1:10: rule folder `no-rules` does not exist\n" in done.err


def _wheel(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: x\nVersion: 1.0\n")


def test_a_folder_of_built_files_is_checked_as_its_files(tmp_path: Path) -> None:
    (tmp_path / "wheels/notes").mkdir(parents=True)
    _wheel(tmp_path / "wheels/x-1.0-py3-none-any.whl")
    named = preflight("check", "wheels/x-1.0-py3-none-any.whl", "--output-format", "json", cwd=tmp_path)
    assert json.loads(named.out)["summary"]["error"] > 0
    for folder, where in (("wheels", tmp_path), (".", tmp_path / "wheels"), ("wheels/", tmp_path)):
        found = json.loads(preflight("check", folder, "--output-format", "json", cwd=where).out)
        assert found["summary"] == json.loads(named.out)["summary"]


def test_a_folder_with_projects_below_is_searched_for_them_whatever_lies_beside(good: Path) -> None:
    (good / "pkg").mkdir()
    (good / "pyproject.toml").rename(good / "pkg/pyproject.toml")
    _wheel(good / "x-1.0-py3-none-any.whl")
    done = preflight("check", cwd=good)
    assert done.out.startswith("All checks passed: 1 project"), done.out


@pytest.mark.parametrize(("word", "meant"), [("help", "--help"), ("version", "--version"), ("chekc", "check")])
def test_a_word_that_is_no_command_is_answered_with_what_is_meant(good: Path, word: str, meant: str) -> None:
    done = preflight(word, cwd=good)
    assert done.status == 2
    assert f"Did you mean '{meant}'?" in done.err


def test_a_diff_of_nothing_says_whether_anything_was_found(good: Path) -> None:
    assert preflight("fix", "--diff", cwd=good).err == "Nothing would change: nothing was found.\n"
    (good / "pyproject.toml").write_text(BAD)
    assert "no finding can be mended safely" in preflight("fix", "--diff", cwd=good).err


@pytest.mark.parametrize(
    ("content", "fix"),
    [(b"\xff\xfe", "Save it as UTF-8"), (b"#" * 9_000_000, "Leave it out with `exclude`"), (None, "Remove the link")],
    ids=["encoding", "size", "link"],
)
@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_the_fix_of_an_unreadable_file_fits_what_stands_in_the_way(good: Path, content: bytes | None, fix: str) -> None:
    path = good / "setup.cfg"
    if content is None:
        path.symlink_to("nowhere")
    else:
        path.write_bytes(content)
    report = preflight("check", "--output-format", "json", cwd=good).out
    assert [each["fix"].startswith(fix) for each in json.loads(report)["findings"] if each["code"] == "INT002"] == [
        True
    ]


def test_output_to_a_closed_pipe_is_no_error(bad: Path) -> None:
    command = f"{sys.executable} -m preflight check --output-format json . | true; exit ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", command], cwd=bad, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.stderr == ""
    assert done.returncode in (0, 1)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_offered(tmp_path: Path, shell: str) -> None:
    done = preflight(cwd=tmp_path, _PREFLIGHT_COMPLETE=f"{shell}_source")
    assert done.status == 0
    assert "_PREFLIGHT_COMPLETE" in done.out


def test_completion_knows_commands_and_rules(tmp_path: Path) -> None:
    commands = preflight(cwd=tmp_path, _PREFLIGHT_COMPLETE="bash_complete", COMP_WORDS="preflight ", COMP_CWORD="1")
    assert "plain,check" in commands.out
    rules = preflight(
        cwd=tmp_path, _PREFLIGHT_COMPLETE="bash_complete", COMP_WORDS="preflight explain env", COMP_CWORD="2"
    )
    assert "plain,environment-mismatch" in rules.out


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_starting_up_imports_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "sys.argv = ['preflight', *sys.argv[1:]]\n"
        "from preflight.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\nIMPORTED', *sorted(sys.modules))\n"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    imported = set(done.stdout.partition("IMPORTED")[2].split())
    heavy = {
        "ruamel",
        "_ruamel_yaml",
        "packaging",
        "twine",
        "rich",
        "yaml",
        "tomllib",
        "jsonschema_rs",
        "trove_classifiers",
        "urllib3",
        "subprocess",
        "email",
    }
    assert not heavy & {name.partition(".")[0] for name in imported}
    allowed = ("preflight.cli", "preflight.sources.records", "preflight.sources.language", "preflight.sources.words")
    ours = {name for name in imported if name.startswith("preflight.") and not name.startswith(allowed)}
    assert ours <= {"preflight.sources"}


def test_the_listed_commands_exist_and_say_what_the_list_says(tmp_path: Path) -> None:
    from preflight.cli.application import COMMANDS, group

    for name in COMMANDS:
        command = group.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.name == name
        done = preflight(name, "--help", cwd=tmp_path)
        assert done.status == 0
        assert "--output-format" in done.out


def test_findings_of_two_roots_are_told_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").write_text(BAD)
    done = preflight("check", "one", "two", "--output-format", "json", cwd=tmp_path)
    paths = [finding["location"]["path"] for finding in json.loads(done.out)["findings"]]
    assert paths == ["one/pyproject.toml", "two/pyproject.toml"]


def test_fix_applies_and_diff_only_shows(tmp_path: Path) -> None:
    text = (
        GOOD
        + '\n[[tool.preflight.publishers]]\nowner = "o"\nrepository = "r"\nworkflow = ".github/workflows/publish.yml"  # kept\n'
    )
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    shown = preflight("fix", "--diff", cwd=tmp_path)
    assert '+workflow = "publish.yml"  # kept' in shown.out
    assert path.read_text() == text
    fixed = preflight("fix", cwd=tmp_path)
    assert fixed.status == 0
    assert path.read_text() == text.replace(".github/workflows/", "")
    assert preflight("check", cwd=tmp_path).status == 0
