"""The rules about trusted publishers: what looks wrong and is right, and what PyPI compares exactly."""

import pytest
from harness import check_files

from preflight.project.git import GitRecord

PYPROJECT = '[project]\nname = "sampleproject"\nversion = "1.0"\n'
PUBLISHER = (
    '[[tool.preflight.publishers]]\nowner = "octo-org"\nrepository = "sampleproject"\nworkflow = "publish.yml"\n'
)
WORKFLOW = """\
on:
  release:
    types: [published]
jobs:
  publish:
    runs-on: ubuntu-latest
    {environment}
    permissions:
      id-token: write
    steps:
      - uses: actions/download-artifact@v6
      - uses: pypa/gh-action-pypi-publish@release/v1
"""


def codes(publisher: str, workflow: str, *select: str, name: str = "publish.yml", **options: object) -> list[str]:
    files = {"pyproject.toml": PYPROJECT + publisher, f".github/workflows/{name}": workflow}
    return [finding.code for finding in check_files(files, *(select or ("PUB",)), **options).findings]  # type: ignore[arg-type]


def workflow(environment: str = "") -> str:
    line = f"environment: {environment}" if environment else "timeout-minutes: 5"
    return WORKFLOW.format(environment=line)


def test_a_publisher_without_environment_accepts_every_job() -> None:
    assert codes(PUBLISHER, workflow("pypi")) == []
    assert codes(PUBLISHER + 'environment = ""\n', workflow("pypi")) == []
    assert codes(PUBLISHER, workflow()) == []


@pytest.mark.parametrize(
    ("registered", "claimed", "found"),
    [("release", "Release", []), ("PyPI", "pypi", []), ("release", "pypi", ["PUB003"])],
)
def test_github_ignores_letter_case_in_environments(registered: str, claimed: str, found: list[str]) -> None:
    assert codes(PUBLISHER + f'environment = "{registered}"\n', workflow(claimed)) == found


def test_an_environment_that_is_an_expression_is_unknown_and_silent() -> None:
    assert codes(PUBLISHER + 'environment = "release"\n', workflow("${{ vars.ENVIRONMENT }}")) == []


def test_an_expression_that_can_be_decided_is_decided() -> None:
    assert codes(PUBLISHER + 'environment = "release"\n', workflow("${{ 'release' }}")) == []
    assert codes(
        PUBLISHER + 'environment = "release"\n', workflow("${{ github.event_name == 'release' && 'pypi' || 'x' }}")
    ) == ["PUB003"]


@pytest.mark.parametrize("name", ["Publish.yml", "publish.yaml", "release.yml"])
def test_the_file_name_is_compared_exactly(name: str) -> None:
    assert codes(PUBLISHER, workflow(), name=name) == ["PUB002"]


def test_one_of_several_publishers_is_enough() -> None:
    other = PUBLISHER.replace("publish.yml", "other.yml")
    assert codes(other + PUBLISHER, workflow()) == []


def test_the_publisher_that_differs_least_is_named() -> None:
    strange = PUBLISHER.replace("publish.yml", "other.yml") + 'environment = "x"\n'
    near = PUBLISHER + 'environment = "release"\n'
    assert codes(strange + near, workflow("pypi")) == ["PUB003"]


def test_nothing_declared_is_unknown() -> None:
    files = {"pyproject.toml": PYPROJECT, ".github/workflows/publish.yml": workflow("pypi")}
    result = check_files(files, "PUB001", "PUB002", "PUB003")
    assert result.findings == []
    assert {each.code for each in result.skipped} == {"PUB001", "PUB002", "PUB003"}


def test_publishers_of_a_monorepo_are_taken_together() -> None:
    files = {
        "one/pyproject.toml": PYPROJECT + PUBLISHER.replace("publish.yml", "one.yml"),
        "two/pyproject.toml": PYPROJECT + PUBLISHER.replace("publish.yml", "two.yml"),
        ".github/workflows/one.yml": workflow(),
        ".github/workflows/two.yml": workflow(),
    }
    assert check_files(files, "PUB").findings == []


def test_an_upload_with_a_token_needs_no_publisher() -> None:
    text = (
        workflow().replace("    permissions:\n      id-token: write\n", "")
        + "        with:\n          password: ${{ secrets.PYPI_API_TOKEN }}\n"
    )
    assert codes(PUBLISHER.replace("publish.yml", "other.yml"), text) == []


def test_a_workflow_permission_reaches_jobs_without_a_block() -> None:
    text = (
        workflow()
        .replace("    permissions:\n      id-token: write\n", "")
        .replace("jobs:", "permissions:\n  id-token: write\njobs:")
    )
    assert codes("", text, "PUB010") == []
    assert codes("", text.replace("    runs-on", "    permissions: {}\n    runs-on"), "PUB010") == ["PUB010"]


@pytest.mark.parametrize("block", ["write-all", "{id-token: write}", "{contents: read, id-token: write}"])
def test_other_ways_to_grant_the_permission(block: str) -> None:
    text = workflow().replace("    permissions:\n      id-token: write\n", f"    permissions: {block}\n")
    assert codes("", text, "PUB010") == []


def test_the_edit_of_a_flow_block_keeps_the_flow() -> None:
    text = workflow().replace("    permissions:\n      id-token: write\n", "    permissions: {contents: read} # why\n")
    files = {"pyproject.toml": PYPROJECT, ".github/workflows/publish.yml": text}
    (finding,) = check_files(files, "PUB010").findings
    (edit,) = finding.edits
    after = text[: edit.start] + edit.replacement + text[edit.end :]
    assert "    permissions: {contents: read, id-token: write} # why\n" in after


@pytest.mark.parametrize(
    "step",
    [
        "uses: actions/attest-build-provenance@v3",
        "run: cosign sign-blob x",
        "uses: somebody/unknown-action@v1",
        "uses: google-github-actions/auth@v3",
    ],
)
def test_a_password_beside_a_permission_that_something_else_needs_is_right(step: str) -> None:
    with_password = workflow() + "        with:\n          password: ${{ secrets.PYPI_API_TOKEN }}\n"
    assert codes("", with_password, "PUB012") == ["PUB012"]
    assert codes("", with_password.replace("    steps:\n", f"    steps:\n      - {step}\n"), "PUB012") == []


def test_a_password_for_another_index_is_right() -> None:
    text = (
        workflow()
        + "        with:\n          password: ${{ secrets.X }}\n          repository-url: https://example.org/legacy/\n"
    )
    assert codes("", text, "PUB012") == []


def test_a_remote_that_may_be_a_fork_says_nothing() -> None:
    fork = GitRecord(remotes={"origin": "git@github.com:somebody/sampleproject.git"})
    assert codes(PUBLISHER, workflow(), git=fork) == []


def test_the_repository_of_a_run_on_github_is_certain_and_letter_case_counts() -> None:
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "Octo-Org/sampleproject"}
    assert codes(PUBLISHER, workflow(), "PUB004", seeds={"environment": environment}) == ["PUB004"]
    environment["GITHUB_REPOSITORY"] = "octo-org/sampleproject"
    assert codes(PUBLISHER, workflow(), "PUB004", seeds={"environment": environment}) == []


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("workflow", "publish.YML", ["PUB024"]),
        ("workflow", "publish", ["PUB024"]),
        ("workflow", " publish.yml ", []),
        ("owner", "octo_org", ["PUB025"]),
        ("owner", "-octo", ["PUB025"]),
        ("repository", "octo-org/sampleproject", ["PUB025"]),
        ("repository", "sample.project_1", []),
        ("environment", " release", ["PUB025"]),
        ("environment", "re;lease", ["PUB025"]),
        ("environment", "r" * 256, ["PUB025"]),
        ("environment", "pypi / release", []),
    ],
)
def test_fields_that_the_form_refuses(field: str, value: str, found: list[str]) -> None:
    fields = {"owner": "octo-org", "repository": "sampleproject", "workflow": "publish.yml", field: value}
    entry = "[[tool.preflight.publishers]]\n" + "".join(f'{name} = "{text}"\n' for name, text in fields.items())
    assert codes(entry, workflow(), "PUB024", "PUB025") == found
