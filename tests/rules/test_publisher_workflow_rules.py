"""The publisher rules that workflows and pipelines decide: what looks wrong and is right, and what is only likely."""

import pytest
from harness import check_files

from preflight.engine.finding import Reported
from preflight.project.git import GitRecord

STEPS = "      - uses: actions/download-artifact@v6\n"
ACTION = "      - uses: pypa/gh-action-pypi-publish@release/v1\n"


def publish(
    *steps: str, on: str = "release: {types: [published]}", job: str = "", permissions: str = "{id-token: write}"
) -> str:
    return (
        f"on:\n  {on}\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    permissions: {permissions}\n{job}"
        f"    steps:\n{STEPS}{''.join(steps)}"
    )


def found(code: str, workflow: str, others: dict[str, str] | None = None, **options: object) -> list[Reported]:
    files = {".github/workflows/publish.yml": workflow, **(others or {})}
    return check_files(files, code, **options).findings  # type: ignore[arg-type]


def severities(code: str, workflow: str, others: dict[str, str] | None = None, **options: object) -> list[str]:
    return [each.severity.value for each in found(code, workflow, others, **options)]


# ── PUB008 ────────────────────────────────────────────────────────────────────────────────────────────────────────

CALLER = {
    ".github/workflows/release.yml": (
        "on:\n  push: {tags: ['v*']}\njobs:\n  release:\n    permissions: {id-token: write}\n    uses: ./.github/workflows/publish.yml\n"
    )
}
PROJECT = '[project]\nname = "sampleproject"\nversion = "1.0"\n'


def publisher(workflow: str, **more: str) -> str:
    fields = {"owner": "octo-org", "repository": "sampleproject", "workflow": workflow, **more}
    return (
        PROJECT + "[[tool.preflight.publishers]]\n" + "".join(f'{key} = "{value}"\n' for key, value in fields.items())
    )


def test_a_called_workflow_that_only_builds_is_right() -> None:
    build = publish("      - run: python -m build\n", on="workflow_call:")
    assert severities("PUB008", build, CALLER) == []


def test_an_upload_by_token_in_a_called_workflow_is_right() -> None:
    text = publish(
        ACTION + "        with: {password: '${{ secrets.PYPI_API_TOKEN }}'}\n",
        on="workflow_call: {secrets: {PYPI_API_TOKEN: {required: true}}}",
    )
    assert severities("PUB008", text, CALLER) == []
    assert severities("PUB008", text) == []


def test_a_local_call_with_attestations_is_certain_and_without_only_likely() -> None:
    assert severities("PUB008", publish(ACTION, on="workflow_call:"), CALLER) == ["error"]
    without = publish(ACTION + "        with: {attestations: false}\n", on="workflow_call:")
    assert severities("PUB008", without, CALLER) == ["warning"]


def test_the_registered_file_decides_a_local_call() -> None:
    text = publish(ACTION, on="workflow_call:")
    assert severities("PUB008", text, {**CALLER, "pyproject.toml": publisher("release.yml")}) == ["error"]
    assert severities("PUB008", text, {**CALLER, "pyproject.toml": publisher("publish.yml")}) == []
    assert severities("ATT003", text, {**CALLER, "pyproject.toml": publisher("publish.yml")}) == ["error"]
    assert severities("ATT003", text, {**CALLER, "pyproject.toml": publisher("release.yml")}) == []


def test_an_environment_that_differs_is_not_this_rule() -> None:
    other = {**CALLER, "pyproject.toml": publisher("publish.yml", environment="release")}
    assert severities("PUB008", publish(ACTION, on="workflow_call:"), other) == []


def test_a_workflow_that_an_event_starts_too_is_not_only_called() -> None:
    assert severities("PUB008", publish(ACTION, on="workflow_call:\n  push: {tags: ['v*']}")) == []


def test_only_another_repository_can_call_it() -> None:
    assert severities("PUB008", publish(ACTION, on="workflow_call:")) == ["error"]
    broken = {".github/workflows/other.yml": "on: [push\n"}
    assert severities("PUB008", publish(ACTION, on="workflow_call:"), broken) == ["warning"]


def test_a_call_by_the_repository_s_own_name_counts_as_a_caller() -> None:
    caller = CALLER[".github/workflows/release.yml"].replace("./", "octo-org/sampleproject/").rstrip() + "@main\n"
    assert severities("PUB008", publish(ACTION, on="workflow_call:"), {".github/workflows/release.yml": caller}) == []


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ("    permissions: {id-token: write}\n    uses: o/r/.github/workflows/pypi.yml@v1\n", ["warning"]),
        ("    permissions: {id-token: write}\n    uses: o/r/.github/workflows/pypi.yml@v1\n    secrets: inherit\n", []),
        (
            "    permissions: {id-token: write}\n    uses: o/r/.github/workflows/pypi.yml@v1\n    secrets: {t: '${{ secrets.T }}'}\n",
            [],
        ),
        ("    uses: o/r/.github/workflows/pypi.yml@v1\n", []),
        ("    permissions: {id-token: write}\n    uses: o/r/.github/workflows/build.yml@v1\n", []),
    ],
)
def test_a_call_of_another_repository_is_never_certain(job: str, expected: list[str]) -> None:
    assert severities("PUB008", f"on: push\njobs:\n  release:\n{job}") == expected


# ── PUB009 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("step", "job", "expected"),
    [
        (ACTION, "", ["error"]),
        (ACTION, "    if: github.event_name == 'push'\n", []),
        (ACTION, "    if: github.event.pull_request.merged\n", ["warning"]),
        (ACTION + "        with: {password: '${{ secrets.T }}'}\n", "", []),
        (ACTION.rstrip() + "\n        if: github.ref_type == 'tag'\n", "", []),
    ],
)
def test_pull_request_target(step: str, job: str, expected: list[str]) -> None:
    text = publish(step, on="push: {tags: ['v*']}\n  pull_request_target:", job=job)
    assert severities("PUB009", text) == expected


# ── PUB013 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "steps",
    [
        "      - run: twine upload dist/*\n",
        "      - run: pip install twine\n      - run: twine upload dist/*\n",
        "      - run: pip install 'twine>=6.1'\n      - run: twine upload dist/*\n",
        "      - run: pip install 'twine<7'\n      - run: twine upload dist/*\n",
        "      - run: pip install twine==5.1 && pip install -U twine\n      - run: twine upload dist/*\n",
        "      - run: pip install twine==5.1\n      - run: uvx twine upload dist/*\n",
        "      - run: pip install twine-stub==1.0\n      - run: twine upload dist/*\n",
        "      - run: uv publish\n",
        "      - run: pdm publish\n",
        "      - run: poetry publish\n        env: {POETRY_PYPI_TOKEN_PYPI: '${{ secrets.T }}'}\n",
        "      - run: poetry config pypi-token.pypi ${{ secrets.T }}\n      - run: poetry publish\n",
        '      - run: echo "POETRY_PYPI_TOKEN_PYPI=$(./mint.sh)" >> $GITHUB_ENV\n      - run: poetry publish\n',
        "      - uses: somebody/mint-pypi-token@v1\n      - run: poetry publish\n",
        "      - uses: actions/attest-build-provenance@v3\n      - run: poetry publish\n",
        "      - run: poetry publish --dry-run\n",
    ],
)
def test_clients_and_jobs_that_can_do_it(steps: str) -> None:
    assert severities("PUB013", publish(steps)) == []


@pytest.mark.parametrize(
    "steps",
    [
        "      - run: poetry publish --build\n",
        "      - run: hatch publish\n",
        "      - run: flit publish\n",
        "      - run: pip install build twine==6.0.1\n      - run: python -m twine upload dist/*\n",
        "      - run: pip install 'twine<6.1'\n      - run: twine upload dist/*\n",
        "      - run: uvx twine@5.1.1 upload dist/*\n",
        "      - uses: pypa/gh-action-pypi-publish@v1.6.4\n",
        "      - uses: pypa/gh-action-pypi-publish@27b31702a0e7fc50959f5ad993c78deac1bdfc29\n",
    ],
)
def test_clients_that_cannot(steps: str) -> None:
    assert severities("PUB013", publish(steps)) == ["error"]
    assert severities("TOK008", publish(steps)) == [], "one finding for one mistake"


def test_without_the_permission_a_missing_credential_is_what_is_wrong() -> None:
    text = publish("      - run: poetry publish\n", permissions="{contents: read}")
    assert severities("PUB013", text) == []
    assert severities("TOK008", text) == ["warning"]


def test_an_old_action_with_a_password_is_right() -> None:
    step = "      - uses: pypa/gh-action-pypi-publish@v1.4.2\n        with: {password: '${{ secrets.T }}'}\n"
    assert severities("PUB013", publish(step)) == []


# ── PUB014, PUB015 ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://gitlab.com/api/v4/projects/7/packages/pypi", ["error"]),
        ("https://o-123.d.codeartifact.eu-west-1.amazonaws.com/pypi/r/", ["error"]),
        ("https://pkgs.dev.azure.com/o/_packaging/f/pypi/upload", ["error"]),
        ("https://pypi.example.org/legacy/", ["warning"]),
        ("https://api.pyx.dev/v1/upload/a/b", []),
        ("https://test.pypi.org/legacy/", []),
        ("https://example.org/?next=gitlab.com/api/v4/", ["warning"]),
        ("${{ vars.INDEX }}", []),
    ],
)
def test_other_indexes(url: str, expected: list[str]) -> None:
    step = ACTION + f"        with:\n          repository-url: {url}\n"
    assert severities("PUB014", publish(step)) == expected
    with_password = step + "          password: ${{ secrets.T }}\n"
    assert severities("PUB014", publish(with_password)) == []


def test_a_client_that_only_tries_is_not_judged() -> None:
    step = "      - run: uv publish --publish-url https://gitlab.com/api/v4/projects/7/packages/pypi\n"
    assert severities("PUB014", publish(step)) == []


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (".circleci/config.yml", "run: uv publish --trusted-publishing always\n", ["error"]),
        (".buildkite/pipeline.yml", "command: buildkite-agent oidc request-token --audience pypi\n", ["error"]),
        (".circleci/config.yml", "# run: uv publish --trusted-publishing always\n", []),
        (".circleci/config.yml", "run: twine upload dist/*\n", []),
        (".circleci/config.yml", "run: gcloud auth login\nrun: uv publish --trusted-publishing always\n", []),
        ("docs/circleci.yml", "run: uv publish --trusted-publishing always\n", []),
    ],
)
def test_other_platforms(path: str, text: str, expected: list[str]) -> None:
    assert [each.severity.value for each in check_files({path: text}, "PUB015").findings] == expected


@pytest.mark.parametrize(
    ("remote", "environment", "expected"),
    [
        ("git@github.com:o/r.git", {}, []),
        ("https://github.example.com/o/r.git", {}, ["warning"]),
        ("https://o.ghe.com/o/r.git", {}, ["warning"]),
        ("https://git.example.org/o/r.git", {}, []),
        (
            "git@github.com:o/r.git",
            {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://o.ghe.com", "GITHUB_REPOSITORY": "o/r"},
            ["error"],
        ),
        (
            "git@github.com:o/r.git",
            {"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r"},
            [],
        ),
    ],
)
def test_github_elsewhere(remote: str, environment: dict[str, str], expected: list[str]) -> None:
    text = publish(ACTION)
    record = GitRecord(tracked=frozenset({".github/workflows/publish.yml"}), texts={}, remotes={"origin": remote})
    assert severities("PUB015", text, git=record, seeds={"environment": environment}) == expected


def gitlab(
    more: str = "  id_tokens: {PYPI_ID_TOKEN: {aud: pypi}}\n", script: str = "twine upload dist/*"
) -> dict[str, str]:
    return {".gitlab-ci.yml": f"publish:\n  script: ['{script}']\n{more}"}


def test_a_gitlab_of_one_s_own_is_accepted_when_its_issuer_is_registered() -> None:
    files = gitlab()
    record = GitRecord(tracked=frozenset(files), texts=files, remotes={"origin": "git@gitlab.example.org:g/p.git"})
    assert [each.severity.value for each in check_files(files, "PUB015", git=record).findings] == ["warning"]
    declared = publisher(".gitlab-ci.yml", kind="gitlab", issuer="https://gitlab.example.org")
    assert check_files({**files, "pyproject.toml": declared}, "PUB015", git=record).findings == []


# ── PUB016 ────────────────────────────────────────────────────────────────────────────────────────────────────────

MINT = "      - run: curl -X POST https://pypi.org/_/oidc/mint-token -d @token\n"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (
            "      - uses: actions/github-script@v8\n        with: {script: \"return core.getIDToken('pypi')\"}\n"
            + MINT,
            [],
        ),
        (
            "      - uses: actions/github-script@v8\n        with: {script: \"return core.getIDToken('PyPI')\"}\n"
            + MINT,
            ["error"],
        ),
        (
            "      - uses: actions/github-script@v8\n        with: {script: return core.getIDToken()}\n" + MINT,
            ["error"],
        ),
        ('      - run: curl "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com"\n', []),
        (
            '      - run: curl "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com"\n      - run: curl "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=pypi"\n'
            + MINT,
            [],
        ),
        ('      - run: curl "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=$AUDIENCE"\n' + MINT, []),
        ('      - run: test -n "$ACTIONS_ID_TOKEN_REQUEST_URL"\n      - run: python -m id pypi > token\n' + MINT, []),
        ("      - run: python -m id PYPI > token\n" + MINT, ["error"]),
        ("      - run: python -m id testpypi > token\n" + MINT.replace("pypi.org", "test.pypi.org"), []),
    ],
)
def test_audiences_on_github(steps: str, expected: list[str]) -> None:
    assert severities("PUB016", publish(steps)) == expected


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("{PYPI_ID_TOKEN: {aud: pypi}}", []),
        ("{PYPI_ID_TOKEN: {aud: PyPI}}", ["error"]),
        ("{PYPI_ID_TOKEN: {aud: [pypi]}}", ["error"]),
        ("{PYPI_ID_TOKEN: {aud: [pypi, other]}}", ["error"]),
        ("{PYPI_ID_TOKEN: {aud: $AUDIENCE}}", []),
        ("{PYPI_ID_TOKEN: {aud: pypi}, VAULT_ID_TOKEN: {aud: https://vault.example.org}}", []),
    ],
)
def test_audiences_on_gitlab(token: str, expected: list[str]) -> None:
    findings = check_files(gitlab(f"  id_tokens: {token}\n"), "PUB016").findings
    assert [each.severity.value for each in findings] == expected


# ── PUB018 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("more", "script"),
    [
        ("  id_tokens: {PYPI_ID_TOKEN: {aud: pypi}}\n", "twine upload dist/*"),
        ("", "twine upload dist/*"),
        ("  id_tokens: {VAULT_ID_TOKEN: {aud: https://vault.example.org}}\n", "twine upload dist/*"),
        ("  id_tokens: {MINE: {aud: pypi}}\n", "curl https://pypi.org/_/oidc/mint-token -d $MINE; twine upload dist/*"),
        (
            "  id_tokens: {MINE: {aud: pypi}}\n  variables: {TWINE_PASSWORD: $PYPI_TOKEN, TWINE_USERNAME: __token__}\n",
            "twine upload dist/*",
        ),
        ("  id_tokens: {MINE: {aud: pypi}}\n  extends: .from-another-project\n", "twine upload dist/*"),
        ("  id_tokens: {MINE: {aud: pypi}}\n", "poetry publish"),
    ],
)
def test_id_tokens_that_are_right_or_not_known(more: str, script: str) -> None:
    assert check_files(gitlab(more, script), "PUB018").findings == []


def test_extends_and_default_supply_the_token() -> None:
    for text in (
        "default: {id_tokens: {PYPI_ID_TOKEN: {aud: pypi}}}\npublish: {script: [uv publish --trusted-publishing always]}\n",
        ".t: {id_tokens: {PYPI_ID_TOKEN: {aud: pypi}}}\npublish: {extends: .t, script: [uv publish --trusted-publishing always]}\n",
        "include: {project: a/b, file: c.yml}\npublish: {script: [uv publish --trusted-publishing always]}\n",
    ):
        assert check_files({".gitlab-ci.yml": text}, "PUB018").findings == []


def test_testpypi_wants_a_token_of_its_own() -> None:
    (finding,) = check_files(
        gitlab("  id_tokens: {PYPI_ID_TOKEN: {aud: testpypi}}\n", "twine upload -r testpypi dist/*"), "PUB018"
    ).findings
    assert finding.args["expected"] == "TESTPYPI_ID_TOKEN"
    assert finding.place is not None and finding.place.text == "PYPI_ID_TOKEN"


def test_a_name_that_the_script_uses_is_not_renamed_by_itself() -> None:
    (finding,) = check_files(
        gitlab("  id_tokens: {MINE: {aud: pypi}}\n", "echo $MINE; twine upload dist/*"), "PUB018"
    ).findings
    assert not finding.fixable


# ── GitLab's publishers ───────────────────────────────────────────────────────────────────────────────────────────


def gitlab_codes(more: str, **fields: str) -> list[str]:
    declared = publisher(fields.pop("workflow", ".gitlab-ci.yml"), kind="gitlab", **fields)
    files = {**gitlab("  id_tokens: {PYPI_ID_TOKEN: {aud: pypi}}\n" + more), "pyproject.toml": declared}
    return [each.code for each in check_files(files, "PUB00").findings]


def test_gitlab_compares_environments_exactly() -> None:
    assert gitlab_codes("  environment: release\n", environment="release") == []
    assert gitlab_codes("  environment: Release\n", environment="release") == ["PUB003"]
    assert gitlab_codes("  environment: {name: $WHERE}\n", environment="release") == []
    assert gitlab_codes("  environment: release\n") == []


def test_the_environment_is_added_to_the_job_of_gitlab() -> None:
    declared = publisher(".gitlab-ci.yml", kind="gitlab", environment="release")
    (finding,) = check_files({**gitlab(), "pyproject.toml": declared}, "PUB003").findings
    (edit,) = finding.edits
    assert edit.replacement == "\n  environment: release"


def test_the_pipeline_file_of_gitlab() -> None:
    assert gitlab_codes("", workflow="ci/publish.yml") == ["PUB002"]


def test_a_publisher_on_github_says_nothing_of_gitlab() -> None:
    files = {**gitlab(), "pyproject.toml": publisher("publish.yml")}
    (finding,) = check_files(files, "PUB00").findings
    assert (finding.code, finding.severity.value) == ("PUB001", "warning")


def test_letter_case_of_a_gitlab_project_does_not_count() -> None:
    files = {**gitlab(), "pyproject.toml": publisher(".gitlab-ci.yml", kind="gitlab")}
    seeds = {
        "environment": {
            "GITLAB_CI": "true",
            "CI_PROJECT_PATH": "Octo-Org/SampleProject",
            "CI_SERVER_HOST": "gitlab.com",
        }
    }
    assert check_files(files, "PUB00", seeds=seeds).findings == []
    seeds["environment"]["CI_PROJECT_PATH"] = "octo-org/other"
    assert [each.code for each in check_files(files, "PUB00", seeds=seeds).findings] == ["PUB004"]


# ── PUB019 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("projects", "expected"),
    [
        (["Sample.Project"], []),
        (["other"], ["error"]),
        (["other", "sample-project"], []),
        (["other", ""], []),
    ],
)
def test_projects_of_publishers(projects: list[str], expected: list[str]) -> None:
    entries = "".join(publisher("publish.yml", project=name).removeprefix(PROJECT) for name in projects)
    text = PROJECT.replace("sampleproject", "sample_project") + entries
    assert severities("PUB019", publish(ACTION), {"pyproject.toml": text}) == expected


def test_in_a_repository_of_several_distributions_nothing_is_said() -> None:
    others = {
        "pyproject.toml": publisher("publish.yml", project="other"),
        "lib/pyproject.toml": PROJECT.replace("sample", "another"),
    }
    assert severities("PUB019", publish(ACTION), others) == []


def test_a_name_that_code_makes_is_unknown() -> None:
    others = {
        "pyproject.toml": publisher("publish.yml", project="other").removeprefix(PROJECT),
        "setup.py": "from setuptools import setup\nsetup(name=NAME)\n",
    }
    assert severities("PUB019", publish(ACTION), others) == []
