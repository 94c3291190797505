"""The rules about the credentials and tools of this machine, which are looked at only where that is asked for."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from credentials.tokens import forge
from harness import check_files

from preflight.credentials.machine import Machine
from preflight.engine.finding import Reported, Result, Severity
from preflight.engine.workspace import Focus

PROJECT = """[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "sampleproject"
version = "1.0"
readme = "README.md"
"""
GOOD = forge("pypi.org", ([1, ["sampleproject"]],))
OTHER = forge("pypi.org", ([1, ["other-project"]],))
TEST = forge("test.pypi.org", ([1, ["sampleproject"]],))
EXPIRED = forge("pypi.org", ([0, 1_600_000_000, 0],))
WIDE = forge("pypi.org", ([3, "someone"],))


def check(variables: Mapping[str, str], *select: str, home: Path | None = None, focus: Focus | None = None) -> Result:
    machine = Machine(variables, home, "linux")
    return check_files({"pyproject.toml": PROJECT, "README.md": "x"}, *select, seeds={"machine": machine}, focus=focus)


def only(variables: Mapping[str, str], code: str, home: Path | None = None) -> Reported:
    result = check(variables, code, home=home)
    assert not result.crashed, result.findings
    assert [each.code for each in result.findings] == [code], [each.message for each in result.findings]
    return result.findings[0]


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        (f'"{GOOD}"', Severity.ERROR),
        (GOOD[:-30], Severity.ERROR),
        (GOOD.removeprefix("pypi-"), Severity.ERROR),
        ("correct horse battery", Severity.WARNING),
    ],
)
def test_a_broken_token_in_a_variable(value: str, severity: Severity) -> None:
    finding = only({"TWINE_PASSWORD": value}, "TOK002")
    assert (finding.severity, finding.place) == (severity, None)
    assert "the variable `TWINE_PASSWORD`" in finding.message


@pytest.mark.parametrize("value", [f"{GOOD}\n", f"  {GOOD}"])
def test_blanks_that_pypi_strips_are_no_fault(value: str) -> None:
    assert not check({"TWINE_PASSWORD": value}, "TOK002").findings


@pytest.mark.parametrize(
    ("variables", "severity"),
    [
        ({"TWINE_PASSWORD": TEST}, Severity.WARNING),
        ({"TWINE_PASSWORD": TEST, "TWINE_REPOSITORY": "pypi"}, Severity.ERROR),
        ({"POETRY_PYPI_TOKEN_PYPI": TEST}, Severity.ERROR),
        ({"UV_PUBLISH_TOKEN": GOOD, "UV_PUBLISH_URL": "https://test.pypi.org/legacy/"}, Severity.ERROR),
    ],
)
def test_a_token_of_the_other_index(variables: dict[str, str], severity: Severity) -> None:
    """Where only the client's default says which index it is, a command may still name the other one."""
    assert only(variables, "TOK003").severity is severity


def test_a_token_for_another_project(tmp_path: Path) -> None:
    assert only({"TWINE_PASSWORD": OTHER}, "TOK004").severity is Severity.WARNING
    (tmp_path / ".pypirc").write_text(f"[pypi]\nusername = __token__\npassword = {OTHER}\n")
    assert "~/.pypirc (line 3)" in only({}, "TOK004", tmp_path).message


def test_tokens_of_other_projects_beside_one_that_fits_are_for_those(tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text(
        f"[distutils]\nindex-servers =\n  pypi\n  mine\n\n[pypi]\npassword = {OTHER}\n\n"
        f"[mine]\nrepository = https://upload.pypi.org/legacy/\nusername = __token__\npassword = {GOOD}\n"
    )
    assert not check({}, "TOK004", home=tmp_path).findings


def test_expired_and_account_wide_tokens() -> None:
    assert only({"MATURIN_PYPI_TOKEN": EXPIRED}, "TOK005").severity is Severity.ERROR
    assert only({"UV_PUBLISH_TOKEN": WIDE}, "TOK016").severity is Severity.INFO


@pytest.mark.parametrize(
    ("variables", "variant", "severity"),
    [
        ({"TWINE_USERNAME": "ada", "TWINE_PASSWORD": GOOD}, "as `ada` here", Severity.ERROR),
        ({"TWINE_USERNAME": "ada", "TWINE_PASSWORD": "correct horse"}, "account passwords no more", Severity.WARNING),
        ({"FLIT_USERNAME": "ada", "FLIT_PASSWORD": GOOD}, "flit logs in", Severity.ERROR),
    ],
)
def test_an_account_name(variables: dict[str, str], variant: str, severity: Severity) -> None:
    finding = only(variables, "TOK007")
    assert variant in finding.message
    assert finding.severity is severity


def test_an_account_of_another_index_is_right() -> None:
    variables = {
        "TWINE_REPOSITORY_URL": "https://pypi.example.com/",
        "TWINE_USERNAME": "ada",
        "TWINE_PASSWORD": "correct horse",
    }
    assert not check(variables, "TOK").findings


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TWINE_PASSWORD": ""}, "the variable `TWINE_PASSWORD` is empty"),
        ({"MATURIN_PYPI_TOKEN": ""}, "maturin takes that for its credential"),
        ({"HATCH_INDEX_AUTH": GOOD}, "no user name"),
        ({"FLIT_PASSWORD": GOOD}, "no user name"),
        ({"UV_PUBLISH_TOKEN": GOOD, "UV_PUBLISH_PASSWORD": GOOD}, "cannot be used together"),
    ],
)
def test_no_usable_credential(variables: dict[str, str], words: str) -> None:
    finding = only(variables, "TOK008")
    assert words in finding.message
    assert finding.severity is Severity.WARNING


def test_a_malformed_home_pypirc_stops_twine_and_flit(tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text(f"[pypi]\npassword = {GOOD}\n[pypi]\n")
    messages = [each.message for each in check({}, "TOK008", home=tmp_path).findings]
    assert sorted(message.split("`")[1] for message in messages) == ["flit publish", "hatch publish", "twine upload"]
    assert GOOD not in str(messages)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TWINE_TOKEN": GOOD}, "twine does not read it; it looks for `TWINE_PASSWORD`"),
        ({"PDM_TOKEN": GOOD}, "`PDM_PUBLISH_PASSWORD`"),
        ({"POETRY_PYPI_TOKEN_TESTPYPI": TEST}, "repository `testpypi` of poetry"),
        ({"UV_PUBLISH_PASSWORD": GOOD}, "a password without a user name"),
    ],
)
def test_a_variable_that_its_client_does_not_read(variables: dict[str, str], words: str) -> None:
    assert words in only(variables, "TOK009").message


@pytest.mark.parametrize(
    "variables",
    [
        {"TWINE_TOKEN": GOOD, "TWINE_PASSWORD": GOOD},
        {"PYPI_API_TOKEN": GOOD},
        {"TWINE_NOTE": "about tokens"},
        {"POETRY_PYPI_TOKEN_TEST_PYPI": TEST, "POETRY_REPOSITORIES_TEST_PYPI_URL": "https://test.pypi.org/legacy/"},
        {"POETRY_PYPI_TOKEN_PYPI": GOOD},
    ],
)
def test_variables_that_are_read_or_meant_for_a_script(variables: dict[str, str]) -> None:
    assert not check(variables, "TOK009").findings


def test_an_overridden_credential(tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text(f"[pypi]\nusername = __token__\npassword = {OTHER}\n")
    finding = only({"TWINE_PASSWORD": GOOD}, "TOK018", tmp_path)
    assert "from the variable `TWINE_PASSWORD` and passes over what section `[pypi]` of ~/.pypirc" in finding.message
    assert not check({"TWINE_PASSWORD": OTHER}, "TOK018", home=tmp_path).findings


def test_a_home_pypirc_that_everybody_can_read(tmp_path: Path) -> None:
    path = tmp_path / ".pypirc"
    path.write_text(f"[pypi]\npassword = {GOOD}\n")
    path.chmod(0o644)
    open_to_all = all(folder.stat().st_mode & 0o001 for folder in path.parents)
    assert len(check({}, "TOK017", home=tmp_path).findings) == open_to_all
    path.chmod(0o600)
    assert not check({}, "TOK017", home=tmp_path).findings


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"TWINE_REPOSITORY_URL": "https://pypi.org/simple/"}, "CLT001"),
        ({"UV_PUBLISH_URL": "https://upload.pypi.org/legacy"}, "CLT002"),
        ({"TWINE_REPOSITORY": "internal"}, "CLT007"),
    ],
)
def test_addresses_and_names_in_variables(variables: dict[str, str], code: str) -> None:
    assert next(iter(variables)) in only(variables, code).message


@pytest.mark.parametrize(
    ("variable", "severity"), [("UV_PUBLISH_URL", Severity.WARNING), ("TWINE_REPOSITORY_URL", Severity.ERROR)]
)
def test_a_redirect_is_followed_by_some(variable: str, severity: Severity) -> None:
    assert only({variable: "https://upload.pypi.org/legacy"}, "CLT002").severity is severity


@pytest.mark.parametrize(
    "variables",
    [
        {"MATURIN_REPOSITORY_URL": "https://upload.pypi.org/legacy"},
        {"TWINE_REPOSITORY_URL": "http://upload.pypi.org/legacy/"},
        {"TWINE_REPOSITORY_URL": "https://pypi.example.com/upload"},
        {"TWINE_REPOSITORY": "testpypi"},
    ],
)
def test_addresses_that_the_client_mends_or_that_are_somebody_elses(variables: dict[str, str]) -> None:
    assert not check(variables, "CLT").findings


def environment(folder: Path, **versions: str) -> dict[str, str]:
    """An environment with twine in it, as pip lays it out; gives the variables that put it on PATH."""
    site = folder / "lib/python3.12/site-packages"
    for name, version in versions.items():
        (site / f"{name}-{version}.dist-info").mkdir(parents=True)
    script = folder / "bin/twine"
    script.parent.mkdir()
    script.write_text(f"#!{folder}/bin/python\n")
    script.chmod(0o755)
    return {"PATH": str(script.parent)}


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        ({"twine": "6.1.0", "packaging": "24.0"}, "packaging 24.0"),
        ({"twine": "4.0.2", "requests_toolbelt": "0.10.1", "urllib3": "2.2.0"}, "requests-toolbelt 0.10.1"),
        ({"twine": "6.1.0", "readme_renderer": "44.0"}, "readme-renderer 44.0 lacks its `md` extra"),
    ],
)
def test_libraries_beside_twine(versions: dict[str, str], words: str, tmp_path: Path) -> None:
    assert words in only(environment(tmp_path, **versions), "CLT010").message


@pytest.mark.parametrize(
    "versions",
    [
        {"twine": "6.1.0", "packaging": "24.2", "requests_toolbelt": "1.0.0", "urllib3": "2.2.0", "comrak": "0.1"},
        {"twine": "5.1.1", "packaging": "23.0"},
        {"twine": "4.0.2", "requests_toolbelt": "0.10.1", "urllib3": "1.26.18"},
        {"twine": "not a version", "packaging": "24.0"},
    ],
)
def test_libraries_that_go_with_their_twine(versions: dict[str, str], tmp_path: Path) -> None:
    assert not check(environment(tmp_path, **versions), "CLT010").findings


def test_a_twine_on_path_that_is_too_old_for_the_backend(tmp_path: Path) -> None:
    finding = only(environment(tmp_path, twine="5.1.1"), "CLT009")
    assert "twine 5.1.1 on this machine" in finding.message
    assert finding.severity is Severity.WARNING


def test_nothing_of_the_machine_is_read_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINE_PASSWORD", TEST)
    result = check_files({"pyproject.toml": PROJECT, "README.md": "x"}, "TOK", "CLT")
    assert not result.findings
    reasons = {each.code: each.reason for each in result.skipped}
    assert "only with --credentials" in reasons["TOK018"]
    assert "only with --credentials" in reasons["CLT010"]
