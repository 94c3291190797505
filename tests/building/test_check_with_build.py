"""`check --build` as people run it: on a project with a build backend of its own, without a network."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from building.backend import PROJECT
from cli.command import Done, preflight

TOKEN = "pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMAACKlszLCJhYmNkZWYiXQ"


def project(folder: Path, more: Mapping[str, str] = MappingProxyType({})) -> Path:
    root = folder / "sample"
    for name, text in {**PROJECT, **more}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def build(root: Path, *arguments: str | Path, **environment: str) -> tuple[Done, list[dict[str, Any]]]:
    """Check and build in JSON; temporary files go beside the project, so that a test sees what is left of them."""
    temporary = root.parent / "temporary"
    tmp_home = root.parent / "home"
    temporary.mkdir(exist_ok=True)
    tmp_home.mkdir(exist_ok=True)
    done = preflight(
        "check", "--build", "--no-build-isolation", "--output-format", "json", *arguments, cwd=root, HOME=str(tmp_home),
        TMPDIR=str(temporary), TEMP=str(temporary), TMP=str(temporary), **environment,
    )  # fmt: skip
    assert "Traceback" not in "\n".join(line for line in done.err.splitlines() if not line.startswith("  | "))
    assert list(temporary.iterdir()) == [], "what was built is removed"
    return done, json.loads(done.out)["findings"] if done.out else []


def named(findings: list[dict[str, Any]], code: str) -> dict[str, Any]:
    (found,) = [each for each in findings if each["code"] == code]
    return found


def rules_for_built_files(folder: Path) -> Path:
    """A configuration with a rule that reports every distribution: it shows which ones are checked."""
    rules = folder / "rules"
    rules.mkdir()
    (rules / "XAA001-seen-distribution.md").write_text(
        "---\ncode: XAA001\nname: seen-distribution\nseverity: info\nsummary: It is seen\nmessage: '{kind} of {size} members'\n"
        "fix: None.\nfix_kind: none\nsince: '1'\n---\n## What happens\nx\n"
    )
    (rules / "checks.py").write_text(
        "from preflight.engine.checks import check\nfrom preflight.engine.finding import Finding\n\n\n"
        "@check('XAA001')\ndef seen(distributions):\n    for each in distributions:\n"
        "        yield Finding(each.place, kind=each.kind.value, size=len(each.members))\n"
    )
    path = folder / "mine.toml"
    path.write_text(f"rules = ['{rules.as_posix()}']\n")
    return path


def test_a_wheel_is_built_checked_installed_imported_and_its_scripts_run(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        {"src/other.py": "import sampleproject.left_out\n", "src/tests.py": "import pytest_is_not_here\n"},
    )
    before = sorted(path.relative_to(root) for path in root.rglob("*"))
    done, findings = build(
        root, "--run-scripts", "--select", "BLD,XAA001", "--config", rules_for_built_files(tmp_path), "."
    )
    assert done.status == 1
    failing = named(findings, "BLD010")
    assert (failing["severity"], failing["confidence"]) == ("error", "certain")
    assert failing["message"] == (
        "`import other` fails where only the wheel and its dependencies are installed: "
        "ModuleNotFoundError: No module named 'sampleproject.left_out'"
    )
    assert "import sampleproject.left_out" in failing["args"]["output"]
    assert failing["location"]["path"] == "pyproject.toml"
    script = named(findings, "BLD011")
    assert script["severity"] == "error"
    assert script["args"]["subject"] == "sample-broken"
    assert script["location"]["line"] == 12
    seen = {each["location"]["path"]: each["message"] for each in findings if each["code"] == "XAA001"}
    assert sorted(seen) == ["build/sampleproject-1.0-py3-none-any.whl", "build/sampleproject-1.0.tar.gz"]
    assert seen["build/sampleproject-1.0-py3-none-any.whl"] == "wheel of 7 members"
    commands = [line.partition("Running: ")[2] for line in done.err.splitlines() if line.startswith("Running: ")]
    assert len(commands) == 7
    told = ("-m build --no-isolation", "-m venv", "-m pip install", "import other", "import sampleproject", "--version")
    for words, command in zip(told, commands, strict=False):
        assert words in command
    assert sorted(path.relative_to(root) for path in root.rglob("*")) == before, "the project is as it was"


def test_a_build_that_fails_is_an_error_with_its_output_and_without_secrets(tmp_path: Path) -> None:
    root = project(tmp_path, {"fail": f"the password=Tr0ub4dor&3 and {TOKEN} and hunter2hunter2"})
    variables = tmp_path / "variables.json"
    done, findings = build(
        root,
        "--select",
        "failing-build",
        SAMPLE_VARIABLES=str(variables),
        TWINE_PASSWORD="hunter2hunter2",
        TWINE_USERNAME="somebody",
        UV_PUBLISH_TOKEN=TOKEN,
        POETRY_PYPI_TOKEN_PYPI=TOKEN,
        HATCH_INDEX_AUTH="hunter2hunter2",
        ACTIONS_ID_TOKEN_REQUEST_URL="https://token.example/1",
        GITHUB_TOKEN="ghs_0123456789abcdefghijklmnopqrstuvwxyz",
        HARMLESS_NAME=TOKEN,
        PIP_INDEX_URL="https://somebody:hunter2hunter2@index.example/simple/",
        SETUPTOOLS_SCM_PRETEND_VERSION="1.0",
    )
    assert done.status == 1
    finding = named(findings, "BLD009")
    assert (finding["severity"], finding["confidence"]) == ("error", "certain")
    assert "ValueError: cannot read the password=" in finding["message"]
    assert "build_sdist" in finding["args"]["output"]
    for secret in (TOKEN, "hunter2hunter2", "Tr0ub4dor"):
        assert secret not in done.out
        assert secret not in done.err
    given = json.loads(variables.read_text())
    assert given["SETUPTOOLS_SCM_PRETEND_VERSION"] == "1.0"
    kept = {"TWINE_USERNAME", "ACTIONS_ID_TOKEN_REQUEST_URL", "GITHUB_TOKEN", "HARMLESS_NAME", "PIP_INDEX_URL"}
    assert kept.isdisjoint(given)
    assert not any(secret in value for value in given.values() for secret in (TOKEN, "hunter2hunter2", "ghs_"))


def test_an_sdist_that_lacks_what_the_wheel_is_built_from_is_told_apart(tmp_path: Path) -> None:
    root = project(tmp_path, {"needs-left-out": "", "left-out.txt": "here in the checkout"})
    done, findings = build(root, "--select", "BLD009")
    assert done.status == 1
    assert named(findings, "BLD009")["message"].startswith("the sdist is built, but no wheel can be built from it")


def test_a_python_that_the_project_does_not_support_is_said_and_proves_nothing(tmp_path: Path) -> None:
    root = project(tmp_path)
    text = PROJECT["pyproject.toml"].replace('version = "1.0"\n', 'version = "1.0"\nrequires-python = ">=4"\n')
    (root / "pyproject.toml").write_text(text)
    done, findings = build(root, "--select", "BLD009")
    finding = named(findings, "BLD009")
    assert (done.status, finding["severity"], finding["confidence"]) == (0, "warning", "unknown")
    assert "needs Python >=4" in finding["message"]
    assert "Running" not in done.err


def test_a_backend_that_is_not_installed_here_proves_nothing_without_isolation(tmp_path: Path) -> None:
    root = project(tmp_path)
    text = PROJECT["pyproject.toml"].replace("requires = []", 'requires = ["no-such-backend-anywhere"]')
    (root / "pyproject.toml").write_text(text)
    done, findings = build(root, "--select", "BLD009")
    assert (done.status, named(findings, "BLD009")["severity"]) == (0, "warning")


def test_nothing_runs_unless_asked(tmp_path: Path) -> None:
    root = project(tmp_path, {"fail": "it"})
    done = preflight("check", "--output-format", "json", "--select", "BLD009", cwd=root)
    assert (done.status, done.err) == (0, "")
    assert json.loads(done.out)["skipped"] == [
        {"code": "BLD009", "reason": "nothing is built or imported without --build"}
    ]


def test_a_configuration_of_the_project_holds_for_what_is_built(tmp_path: Path) -> None:
    root = project(tmp_path, {"fail": "it"})
    with (root / "pyproject.toml").open("a") as file:
        file.write('\n[tool.preflight]\nignore = ["BLD009"]\n')
    done, findings = build(root)
    assert "Running: " in done.err
    assert "BLD009" not in {each["code"] for each in findings}


@pytest.mark.parametrize(
    "arguments", [["--run-scripts"], ["--no-build-isolation"], ["--build", "--fix"], ["--build", "--diff"]]
)
def test_options_that_do_not_go_together_are_wrong_use(tmp_path: Path, arguments: list[str]) -> None:
    done = preflight("check", *arguments, cwd=project(tmp_path))
    assert (done.status, done.out) == (2, "")
    assert "Running" not in done.err
