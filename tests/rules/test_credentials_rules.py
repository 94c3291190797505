"""The traps of the credential rules: what looks wrong and is right stays silent, what is not certain is no error."""

from collections.abc import Mapping

import pytest
from harness import apply_edits, check_files

from preflight.credentials.caveats import Expiration, OIDCPublisher, ProjectID, ProjectName, RequestUser
from preflight.engine.finding import Applicability, Confidence, Reported, Severity
from preflight.project.git import GitRecord
from tests.credentials.tokens import IDENTIFIER, forge

PROJECT = '[project]\nname = "Sample_Project"\nversion = "1.0"\n'
SCOPED = (ProjectName(("sample-project",)), ProjectID((IDENTIFIER,)))
PYPI = forge("pypi.org", SCOPED)
TESTPYPI = forge("test.pypi.org", SCOPED)
NOW = 1_800_000_000
UNTRACKED = GitRecord(tracked=frozenset({"pyproject.toml"}))


def pypirc(password: str, *, section: str = "pypi", user: str = "__token__", url: str = "") -> str:
    listed = "" if section in ("pypi", "testpypi") else f"[distutils]\nindex-servers = {section}\n\n"
    repository = f"repository = {url}\n" if url else ""
    return f"{listed}[{section}]\n{repository}username = {user}\npassword = {password}\n"


def workflow(steps: str, *, head: str = "", job: str = "") -> str:
    lines = [f"      {line}" if line else "" for line in steps.strip("\n").split("\n")]
    more = "".join(f"    {line}\n" for line in job.strip("\n").split("\n") if line)
    return (
        "\n".join(
            [
                "on:",
                "  release:",
                "    types: [published]",
                *head.splitlines(),
                "jobs:",
                "  publish:",
                "    runs-on: ubuntu-latest",
            ]
        )
        + f"\n{more}    steps:\n"
        + "\n".join(lines)
        + "\n"
    )


def found(files: Mapping[str, str], *codes: str, now: int = NOW) -> list[Reported]:
    result = check_files({"pyproject.toml": PROJECT, **files}, *codes, git=UNTRACKED, seeds={"clock": now})
    assert not result.crashed, [finding.message for finding in result.findings]
    return [finding for finding in result.findings if finding.code.startswith("TOK")]


def in_pypirc(text: str, *codes: str, now: int = NOW) -> list[Reported]:
    return found({".pypirc": text}, *(codes or ("TOK",)), now=now)


def in_workflow(text: str, *codes: str) -> list[Reported]:
    return found({".github/workflows/publish.yml": text}, *(codes or ("TOK",)))


def test_a_good_token_is_silent() -> None:
    assert not in_pypirc(pypirc(PYPI) + "\n" + pypirc(TESTPYPI, section="testpypi"))


# ── TOK002 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "start", "rejection", "mended"),
    [
        (f'"{PYPI}"', "quotation marks", "no-identity-bad-prefix", True),
        (PYPI.removeprefix("pypi-"), "the token in section `[pypi]` lacks its", "no-identity-bad-prefix", True),
        (
            PYPI.replace("pypi-", "PyPI-"),
            "the token in section `[pypi]` does not start",
            "no-identity-bad-prefix",
            True,
        ),
        ("ghp_" + "a1B2" * 9, "the value in section `[pypi]` starts with `ghp_`", "no-identity-bad-prefix", False),
        ("correct horse battery", "the value in section `[pypi]` is no API token", "no-identity-bad-prefix", False),
        (PYPI[:-30], "the token in section `[pypi]` is cut off", "no-identity-undecodable", False),
        ("pypi-", "the token in section `[pypi]` ends right behind", "no-identity-undecodable", False),
        ("pypi-YWJjZGVmZ2hpamtsbW5vcA", "what follows `pypi-`", "no-identity-undecodable", False),
        (forge(signature=b"short"), "the signature at the end", "signature-mismatch", False),
        (forge(identifier="me"), "the token in section `[pypi]` has no identifier", "no-identity", False),
    ],
)
def test_each_way_to_break_a_token_is_named_with_its_refusal(
    value: str, start: str, rejection: str, mended: bool
) -> None:
    text = pypirc(value)
    [finding] = in_pypirc(text, "TOK002")
    assert finding.message.startswith(start)
    assert (finding.severity, finding.rejections) == (Severity.ERROR, (rejection,))
    assert finding.fixable is mended
    if mended:
        assert apply_edits({".pypirc": text}, [finding], Applicability.SAFE)[".pypirc"] == pypirc(PYPI)


def test_a_token_wrapped_over_two_lines_is_mended_by_joining_them() -> None:
    """PyPI overlooks the blank or refuses the token, which depends on the length: it is reported in either case."""
    for cut in (60, 61, 62, 63):
        text = pypirc(f"{PYPI[:cut]}\n    {PYPI[cut:]}")
        [finding] = in_pypirc(text, "TOK002")
        assert apply_edits({".pypirc": text}, [finding], Applicability.SAFE)[".pypirc"] == pypirc(PYPI)


def test_a_placeholder_may_be_filled_in_later_and_is_no_error() -> None:
    [finding] = in_pypirc(pypirc("<your token>"), "TOK002")
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)


@pytest.mark.parametrize(
    "value", ["${PYPI_TOKEN}", "$PYPI_TOKEN", '"${PYPI_TOKEN}"', "%PYPI_TOKEN%", "{{ token }}", f"  {PYPI}  "]
)
def test_what_stands_elsewhere_is_left_alone(value: str) -> None:
    assert not in_pypirc(pypirc(value), "TOK002", "TOK008")


def test_other_indexes_issue_other_tokens() -> None:
    private = pypirc("hunter2", section="ours", user="ada", url="https://pypi.example.com/simple/")
    assert not in_pypirc(private)


def test_an_account_password_beside_an_account_name_is_said_once() -> None:
    [finding] = in_pypirc(pypirc("hunter2", user="ada"))
    assert (finding.code, finding.severity, finding.causes) == ("TOK007", Severity.ERROR, ("password-auth-removed",))


def test_a_value_in_a_workflow_is_read_too() -> None:
    text = workflow(f"""
- uses: pypa/gh-action-pypi-publish@release/v1
  with:
    password: '{PYPI.removeprefix("pypi-")}'
""")
    [finding] = in_workflow(text, "TOK002")
    assert "job `publish`" in finding.message
    path = ".github/workflows/publish.yml"
    assert f"password: '{PYPI}'" in apply_edits({path: text}, [finding], Applicability.SAFE)[path]


def test_expressions_and_variables_in_a_workflow_are_never_judged() -> None:
    assert not in_workflow(
        workflow("""
- uses: pypa/gh-action-pypi-publish@release/v1
  with:
    password: ${{ secrets.ANYTHING }}
- run: twine upload dist/*
  env:
    TWINE_PASSWORD: ${{ vars.TOKEN }}
""")
    )


# ── TOK003 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_is_compared_with_the_address_it_is_sent_to_and_not_with_the_name_of_the_section() -> None:
    upload = "https://test.pypi.org/legacy/"
    assert not in_pypirc(pypirc(TESTPYPI, section="staging", url=upload), "TOK003")
    [finding] = in_pypirc(pypirc(PYPI, section="staging", url=upload), "TOK003")
    assert finding.rejections == ("no-identity-wrong-index", "no-identity")


def test_a_token_of_another_host_is_only_likely_wrong() -> None:
    [finding] = in_pypirc(pypirc(forge("pypi.example.com")), "TOK003")
    assert finding.severity is Severity.WARNING


BOTH = """
- uses: pypa/gh-action-pypi-publish@release/v1
  with:
    password: ${{ secrets.TOKEN }}
    repository-url: https://test.pypi.org/legacy/
- uses: pypa/gh-action-pypi-publish@release/v1
  with:
    password: ${{ secrets.TOKEN }}
"""


def test_one_secret_for_both_indexes_in_one_job_is_certain() -> None:
    [finding] = in_workflow(workflow(BOTH), "TOK003")
    assert finding.severity is Severity.ERROR
    assert finding.related


@pytest.mark.parametrize("job", ["environment: ${{ inputs.index }}", "continue-on-error: true"])
def test_one_secret_for_both_indexes_is_no_error_where_its_value_may_differ_or_the_failure_does_not_count(
    job: str,
) -> None:
    assert [finding.severity for finding in in_workflow(workflow(BOTH, job=job), "TOK003")] == [Severity.WARNING]


def test_one_secret_for_both_indexes_is_no_error_where_only_one_upload_happens() -> None:
    text = workflow(BOTH.replace("- uses", "- if: inputs.test\n  uses", 1))
    assert [finding.severity for finding in in_workflow(text, "TOK003")] == [Severity.WARNING]


def test_one_secret_name_in_two_jobs_may_have_two_values() -> None:
    steps = BOTH.strip().split("\n- ")
    first, second = workflow(steps[0]), workflow(f"- {steps[1]}").partition("  publish:\n")[2]
    assert not in_workflow(f"{first}  release:\n{second}", "TOK003")


def test_the_name_of_a_secret_is_a_hint() -> None:
    [finding] = in_workflow(
        workflow(
            "- uses: pypa/gh-action-pypi-publish@release/v1\n  with:\n    password: ${{ secrets.TEST_PYPI_TOKEN }}"
        ),
        "TOK003",
    )
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)
    assert not in_workflow(
        workflow(
            "- uses: pypa/gh-action-pypi-publish@release/v1\n  with:\n    password: ${{ secrets.PYPI_TOKEN }}\n"
            "    repository-url: https://test.pypi.org/legacy/"
        ),
        "TOK003",
    )


# ── TOK004 ────────────────────────────────────────────────────────────────────────────────────────────────────────

OTHER = forge("pypi.org", (ProjectName(("other",)), ProjectID((IDENTIFIER,))))


def test_names_are_normalised_before_they_are_compared() -> None:
    assert not in_pypirc(pypirc(PYPI), "TOK004")
    assert in_pypirc(pypirc(OTHER), "TOK004")[0].rejections == ("caveat-project-name",)


def test_a_token_fits_if_it_fits_one_of_several_projects() -> None:
    more = {"packages/other/pyproject.toml": PROJECT.replace("Sample_Project", "Other")}
    assert not found({".pypirc": pypirc(OTHER), **more}, "TOK004")


def test_a_pypirc_may_hold_a_token_for_each_of_ones_projects() -> None:
    text = (
        "[distutils]\nindex-servers =\n  pypi\n  sample\n\n"
        f"[pypi]\nusername = __token__\npassword = {OTHER}\n\n"
        f"[sample]\nrepository = https://upload.pypi.org/legacy/\nusername = __token__\npassword = {PYPI}\n"
    )
    assert not in_pypirc(text, "TOK004")


def test_a_project_whose_name_is_unknown_says_nothing() -> None:
    files = {
        "pyproject.toml": "[build-system]\nrequires = ['setuptools']\n",
        "setup.py": "from setuptools import setup\nsetup(name=NAME)\n",
    }
    result = check_files({**files, ".pypirc": pypirc(OTHER)}, "TOK004", git=UNTRACKED)
    assert not result.findings


def test_a_token_without_any_project_left_is_good_for_none() -> None:
    [finding] = in_pypirc(pypirc(forge("pypi.org", (*SCOPED, ProjectName(("other",))))), "TOK004")
    assert "no project at all" in finding.message


# ── TOK005, TOK006, TOK016 ────────────────────────────────────────────────────────────────────────────────────────


def test_a_period_is_judged_by_the_clock() -> None:
    text = pypirc(forge("pypi.org", (*SCOPED, Expiration(NOW, NOW - 900))))
    assert not in_pypirc(text, "TOK005", now=NOW - 1)
    assert [finding.severity for finding in in_pypirc(text, "TOK005", now=NOW)] == [Severity.ERROR]
    [early] = in_pypirc(text, "TOK005", now=NOW - 901)
    assert (early.severity, early.args["date"]) == (Severity.WARNING, "2027-01-15 07:45 UTC")


def test_a_token_of_a_trusted_publisher_is_called_by_its_name() -> None:
    minted = forge("pypi.org", (OIDCPublisher(IDENTIFIER), ProjectID((IDENTIFIER,)), Expiration(NOW - 100, NOW - 1000)))
    assert "trusted publisher" in in_pypirc(pypirc(minted), "TOK005")[0].message


def test_a_period_beyond_the_calendar_is_shown_in_seconds() -> None:
    [finding] = in_pypirc(pypirc(forge("pypi.org", (Expiration(2 * 10**18, 10**18),))), "TOK005")
    assert finding.args["date"] == f"{10**18} seconds after 1970"


@pytest.mark.parametrize(
    ("caveat", "rejection"),
    [
        (b"hello", "caveat-not-json"),
        (b'"user"', "caveat-not-array"),
        (b"[]", "caveat-empty-array"),
        (b"[9]", "caveat-unknown-tag"),
        (b"[0,5]", "caveat-not-enough-values"),
        (b'[0,"5",1]', "caveat-invalid-values"),
        (b'{"exp":5}', "caveat-legacy-bad-expiry"),
    ],
)
def test_each_unusable_restriction_is_named_with_its_refusal(caveat: bytes, rejection: str) -> None:
    [finding] = in_pypirc(pypirc(forge("pypi.org", (*SCOPED, caveat))), "TOK006")
    assert (finding.severity, finding.rejections) == (Severity.ERROR, (rejection,))


def test_two_owners_exclude_each_other() -> None:
    [finding] = in_pypirc(pypirc(forge("pypi.org", (RequestUser("a"), OIDCPublisher("b")))), "TOK006")
    assert finding.rejections == ("caveat-user-no-user", "caveat-oidc-outside")


@pytest.mark.parametrize(
    "caveat", [b'{"version":1,"permissions":"user"}', b'{"exp":1900000000,"nbf":1}', b'[3,"a","more"]']
)
def test_old_mappings_and_extra_elements_are_still_valid(caveat: bytes) -> None:
    assert not in_pypirc(pypirc(forge("pypi.org", (caveat,))), "TOK005", "TOK006")


def test_only_a_token_that_says_so_is_account_wide() -> None:
    assert [each.severity for each in in_pypirc(pypirc(forge("pypi.org", (RequestUser("a"),))))] == [Severity.INFO]
    assert not in_pypirc(pypirc(forge("pypi.org")), "TOK016")


# ── TOK007 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_name_in_a_pypirc_is_no_error_because_twine_passes_over_it() -> None:
    [finding] = in_pypirc(pypirc(PYPI, user="ada"))
    assert (finding.code, finding.severity, finding.fixable) == ("TOK007", Severity.WARNING, True)


def test_a_login_for_all_repositories_is_reported_once() -> None:
    files = {".pypirc": "[server-login]\nusername = ada\npassword = hunter2\n", "pyproject.toml": PROJECT}
    assert [finding.code for finding in check_files(files, "TOK").findings] == ["TOK007", "TOK014"]


@pytest.mark.parametrize("user", ["${{ secrets.PYPI_USERNAME }}", "${{ vars.PYPI_USERNAME }}", "__token__", "''"])
def test_a_user_name_that_may_be_token_is_left_alone(user: str) -> None:
    steps = (
        f"- run: twine upload dist/*\n  env:\n    TWINE_USERNAME: {user}\n    TWINE_PASSWORD: ${{{{ secrets.PYPI }}}}"
    )
    assert not in_workflow(workflow(steps), "TOK007")


def test_the_name_of_a_github_account_is_never_token() -> None:
    names = "    TWINE_USERNAME: ${{ github.actor }}\n    TWINE_PASSWORD: ${{ secrets.PYPI }}"
    steps = f"- run: twine upload dist/*\n  env:\n{names}"
    [finding] = in_workflow(workflow(steps), "TOK007")
    assert finding.severity is Severity.ERROR
    assert finding.fixable


@pytest.mark.parametrize("url", ["https://pypi.example.com/", "${{ vars.INDEX }}"])
def test_other_and_unknown_indexes_want_account_names(url: str) -> None:
    steps = (
        f"- run: twine upload --repository-url {url} -u ada dist/*\n  env:\n    TWINE_PASSWORD: ${{{{ secrets.PYPI }}}}"
    )
    assert not in_workflow(workflow(steps))


def test_the_user_name_of_an_option_is_replaced_in_its_place() -> None:
    text = workflow('- run: |\n    twine upload -u "ada" -p "$PASSWORD" dist/*')
    [finding] = in_workflow(text, "TOK007")
    mended = apply_edits({".github/workflows/publish.yml": text}, [finding], Applicability.SAFE)
    assert "twine upload -u __token__ -p" in mended[".github/workflows/publish.yml"]


def test_a_rehearsed_upload_is_not_judged() -> None:
    assert not in_workflow(workflow("- run: uv publish --dry-run -u ada -p hunter2"), "TOK007", "TOK002")


# ── TOK008, TOK009 ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pypirc_that_configparser_refuses_is_reported_without_quoting_it() -> None:
    [finding] = in_pypirc("[pypi]\nusername = __token__\nhunter2\n", "TOK008")
    assert finding.severity is Severity.ERROR
    assert "hunter2" not in finding.message
    assert finding.place and finding.place.line == 3


def test_an_empty_password_in_a_pypirc_may_be_overruled_and_is_no_error() -> None:
    assert [each.severity for each in in_pypirc(pypirc(""))] == [Severity.WARNING]


def test_a_pypirc_without_a_password_leaves_it_to_the_keyring() -> None:
    assert not in_pypirc("[pypi]\nusername = __token__\n")


def test_an_empty_password_of_a_workflow_is_certain() -> None:
    steps = '- run: twine upload dist/*\n  env:\n    TWINE_PASSWORD: ""'
    assert [(each.code, each.severity) for each in in_workflow(workflow(steps))] == [("TOK008", Severity.ERROR)]


@pytest.mark.parametrize(
    "steps",
    [
        "- uses: pypa/gh-action-pypi-publish@release/v1",
        "- uses: pypa/gh-action-pypi-publish@release/v1\n  with:\n    password: ''",
        "- run: uv publish",
        "- run: twine upload dist/*\n  env:\n    TWINE_PASSWORD: ${{ secrets.MAY_BE_EMPTY }}",
        "- run: keyring set https://upload.pypi.org/legacy/ __token__\n- run: hatch publish",
        "- run: echo HATCH_INDEX_AUTH=$T >> $GITHUB_ENV\n- run: hatch publish",
        '- run: echo "$PYPIRC" > ~/.pypirc\n- run: flit publish',
        "- uses: somebody/logs-in@v1\n- run: poetry publish",
        "- run: |\n    poetry config pypi-token.pypi $T\n    poetry publish",
    ],
)
def test_a_credential_may_come_from_elsewhere(steps: str) -> None:
    assert not in_workflow(workflow(steps), "TOK008", "TOK009")


@pytest.mark.parametrize("job", ["", "permissions: {}", "permissions:\n  contents: read"])
def test_twine_without_token_and_without_the_right_to_trusted_publishing(job: str) -> None:
    steps = "- uses: actions/checkout@v5\n- run: python -m build\n- run: twine upload dist/*"
    [finding] = in_workflow(workflow(steps, job=job), "TOK008")
    assert (finding.severity, finding.rejections) == (Severity.ERROR, ("no-identity",))
    for harmless in (
        workflow(steps, job="permissions:\n  id-token: write"),
        workflow(steps.replace("- run: python", '- run: echo "$RC" > ~/.pypirc\n- run: python'), job=job),
        workflow(steps, job=job).replace("ubuntu-latest", "self-hosted"),
    ):
        assert not in_workflow(harmless, "TOK008")
    [doubtful] = in_workflow(workflow(steps.replace("python -m build", "make release-files"), job=job), "TOK008")
    assert doubtful.severity is Severity.WARNING


def test_a_token_under_a_name_that_uv_does_not_read_is_one_mistake() -> None:
    steps = "- run: uv publish\n  env:\n    TWINE_PASSWORD: ${{ secrets.PYPI }}"
    text = workflow(steps, job="permissions:\n  contents: read")
    [finding] = in_workflow(text, "TOK", "PUB010")
    assert (finding.code, finding.causes) == ("TOK009", ("uv-credentials-missing",))


def test_a_runner_of_ones_own_may_hold_the_credential() -> None:
    text = workflow("- run: hatch publish").replace("ubuntu-latest", "[self-hosted, release]")
    assert not in_workflow(text, "TOK008")


@pytest.mark.parametrize(
    ("command", "variable", "expected"),
    [
        ("twine upload dist/*", "TWINE_TOKEN", "TWINE_PASSWORD"),
        ("uv publish", "UV_PYPI_TOKEN", "UV_PUBLISH_TOKEN"),
        ("hatch publish", "HATCH_INDEX_TOKEN", "HATCH_INDEX_AUTH"),
        ("flit publish", "FLIT_TOKEN", "FLIT_PASSWORD"),
        ("poetry publish", "PYPI_TOKEN", "POETRY_PYPI_TOKEN_PYPI"),
        ("poetry publish", "POETRY_PYPI_TOKEN", "POETRY_PYPI_TOKEN_PYPI"),
    ],
)
def test_each_client_has_its_own_variable(command: str, variable: str, expected: str) -> None:
    text = workflow(f"- run: {command}\n  env:\n    {variable}: ${{{{ secrets.PYPI }}}}", job="permissions: {}")
    [finding] = in_workflow(text, "TOK008", "TOK009")
    assert (finding.code, finding.severity, finding.args["expected"]) == ("TOK009", Severity.ERROR, expected)
    path = ".github/workflows/publish.yml"
    assert f"    {expected}: " in apply_edits({path: text}, [finding], Applicability.UNSAFE)[path]
    assert not in_workflow(text.replace(f"{variable}:", f"{expected}:"), "TOK009")


def test_a_variable_that_the_script_hands_on_is_used() -> None:
    steps = '- run: hatch publish -u __token__ -a "$PYPI_TOKEN"\n  env:\n    PYPI_TOKEN: ${{ secrets.PYPI }}'
    assert not in_workflow(workflow(steps), "TOK008", "TOK009")


def test_a_stray_variable_beside_trusted_publishing_does_no_harm() -> None:
    steps = "- run: uv publish\n  env:\n    PYPI_TOKEN: ${{ secrets.PYPI }}"
    assert not in_workflow(workflow(steps, job="permissions:\n  id-token: write"), "TOK009")


def test_hatch_asks_for_a_user_where_only_the_token_is_given() -> None:
    steps = "- run: hatch publish\n  env:\n    HATCH_INDEX_AUTH: ${{ secrets.PYPI }}"
    [finding] = in_workflow(workflow(steps), "TOK008")
    assert (finding.severity, finding.args["expected"]) == (Severity.WARNING, "HATCH_INDEX_USER")
    assert not in_workflow(workflow(steps + "\n    HATCH_INDEX_USER: __token__"), "TOK008")
    assert not in_workflow(workflow("- run: hatch config set publish.index.user __token__\n" + steps), "TOK008")


def test_uv_takes_no_password_without_a_user() -> None:
    steps = "- run: uv publish\n  env:\n    UV_PUBLISH_PASSWORD: ${{ secrets.PYPI }}"
    [finding] = in_workflow(workflow(steps), "TOK009")
    assert finding.causes == ("uv-credentials-missing",)
    assert finding.severity is Severity.ERROR
    assert not in_workflow(workflow(steps + "\n    UV_PUBLISH_USERNAME: __token__"), "TOK009")
    assert not in_workflow(workflow(steps.replace("publish\n", "publish --trusted-publishing always\n")), "TOK009")
    trusted = workflow(steps, job="permissions:\n  id-token: write")
    assert [each.severity for each in in_workflow(trusted, "TOK009")] == [Severity.WARNING]


# ── TOK014 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def exposed(files: Mapping[str, str]) -> list[Reported]:
    result = check_files({"pyproject.toml": PROJECT, **files}, "TOK014")
    assert not result.crashed
    return result.findings


def test_a_real_token_in_any_tracked_file_is_exposed() -> None:
    [finding] = exposed({"notes/release.md": f"Upload with `{PYPI}`, please.\n"})
    assert finding.place and finding.place.text == PYPI
    assert (finding.severity, "git tracks" in finding.message) == (Severity.WARNING, True)


@pytest.mark.parametrize(
    "text",
    [
        PYPI[:60] + "…",
        "pypi-AgEIcHlwaS5vcmcC" + "x" * 150,
        forge("pypi.org", SCOPED, identifier="00000000-0000-0000-0000-000000000000", signature=bytes(32)),
        forge("pypi.example.com", SCOPED),
    ],
)
def test_examples_of_documents_are_no_exposed_tokens(text: str) -> None:
    assert not exposed({"README.md": f"password = {text}\n"})


def test_a_token_of_a_tracked_pypirc_is_said_once_and_an_untracked_one_not_at_all() -> None:
    assert len(exposed({".pypirc": pypirc(PYPI)})) == 1
    assert not in_pypirc(pypirc(PYPI), "TOK014")


@pytest.mark.parametrize("value", ["${PYPI_TOKEN}", "<token>", ""])
def test_a_tracked_pypirc_without_a_secret_is_right(value: str) -> None:
    assert not exposed({".pypirc": pypirc(value)})


def test_a_password_of_another_index_in_a_tracked_pypirc_is_not_ours_to_judge() -> None:
    assert not exposed({".pypirc": pypirc("test", section="local", user="test", url="http://localhost:8080/")})


def test_a_token_in_a_workflow_is_exposed() -> None:
    steps = f"- run: twine upload dist/*\n  env:\n    TWINE_PASSWORD: {PYPI}"
    assert len(exposed({".github/workflows/publish.yml": workflow(steps)})) == 1


# ── TOK015 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "command",
    [
        'twine upload -p "$PYPI_TOKEN" dist/*',
        "uv publish --token ${{ secrets.PYPI }}",
        "poetry publish --username=__token__ --password=$PYPI_TOKEN",
        "hatch publish -a ${PYPI_TOKEN}",
        "pdm publish -P $PYPI_TOKEN",
    ],
)
def test_a_variable_in_an_argument_is_as_visible_as_a_literal(command: str) -> None:
    [finding] = in_workflow(workflow(f"- run: |\n    {command}"), "TOK015")
    assert (finding.severity, finding.place is not None) == (Severity.WARNING, True)


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        ('poetry publish --repository remote --username "$U" --password "$P"', "POETRY_HTTP_BASIC_REMOTE_"),
        ("uv publish --username ada --password $P", "UV_PUBLISH_"),
        ("maturin upload -u ada -p $P dist/*", "MATURIN_"),
    ],
)
def test_user_name_and_password_have_a_pair_of_variables(command: str, variables: str) -> None:
    [finding] = in_workflow(workflow(f"- run: |\n    {command}"), "TOK015")
    assert "passes user name and password" in finding.message
    assert f"set `{variables}USERNAME` and `{variables}PASSWORD`" in finding.fix
    assert "TOKEN" not in finding.fix
    assert not finding.edits


@pytest.mark.parametrize(
    ("command", "variable"),
    [
        ("poetry publish -u __token__ -p $P", "POETRY_PYPI_TOKEN_PYPI"),
        ("twine upload -u ada -p $P dist/*", "TWINE_PASSWORD"),
        ("UV_PUBLISH_USERNAME=ada uv publish --password $P", "UV_PUBLISH_PASSWORD"),
    ],
)
def test_one_variable_does_where_no_user_name_goes_along(command: str, variable: str) -> None:
    [finding] = in_workflow(workflow(f"- run: |\n    {command}"), "TOK015")
    assert f"set `{variable}`" in finding.fix


def test_the_variable_of_the_client_is_not_visible() -> None:
    steps = "- run: TWINE_PASSWORD=${{ secrets.PYPI }} twine upload dist/*"
    assert not in_workflow(workflow(steps), "TOK015")


def test_a_one_line_command_is_mended_with_its_variable() -> None:
    text = workflow("- name: Upload\n  run: uv publish --token ${{ secrets.PYPI }} dist/*")
    path = ".github/workflows/publish.yml"
    after = apply_edits({path: text}, in_workflow(text, "TOK015"), Applicability.UNSAFE)[path]
    assert "        env:\n          UV_PUBLISH_TOKEN: ${{ secrets.PYPI }}\n        run: uv publish dist/*\n" in after
