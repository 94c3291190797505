"""A project at hand decides what the log leaves open: by the findings of its checks, and by the declared publishers beside the claims."""

from collections.abc import Mapping

import pytest
from doctor.diagnosed import diagnosed
from publishing_workflow import ON_RELEASE
from recipes import build

from preflight.doctor.circumstances import Circumstances
from preflight.engine.session import Options, run_check
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.project.git import GitRecord
from preflight.sources.tree import MemoryTree

PROJECT = """[project]
name = "sampleproject"
version = "1.2.0"

[[tool.preflight.publishers]]
owner = "octo-org"
repository = "sampleproject"
workflow = "release.yml"
environment = "pypi"
"""
NO_TOKEN = (
    "Error: Trusted publishing exchange failure:\nOpenID Connect token retrieval failed: GitHub: missing or insufficient OIDC token permissions, "
    "the ACTIONS_ID_TOKEN_REQUEST_TOKEN environment variable was unset\n"
)


def at_hand(built: Mapping[str, bytes] = {}, **changes: str) -> Circumstances:
    files: Mapping[str, str] = {
        "pyproject.toml": changes.get("pyproject", PROJECT),
        ".github/workflows/release.yml": changes.get("workflow", ON_RELEASE),
    }
    tree = MemoryTree({path: text.encode() for path, text in files.items()} | dict(built))
    git = GitRecord(
        remotes={"origin": "https://github.com/octo-org/sampleproject"},
        tracked=frozenset([*files, *built]),
        texts=dict(files),
    )
    return Circumstances(run_check(Workspace(tree, Focus(("",))), Options(), FACTS, {"git": git}))


def refused(environment: str = "`pypi`", file: str = "release.yml", slug: str = "octo-org/sampleproject") -> str:
    return (
        "* `invalid-publisher`: valid token, but no corresponding publisher (Publisher with matching claims was not found)\n"
        f"* `repository`: `{slug}`\n* `workflow_ref`: `{slug}/.github/workflows/{file}@refs/tags/v1.2.0`\n"
        f"* `job_workflow_ref`: `{slug}/.github/workflows/{file}@refs/tags/v1.2.0`\n* `environment`: {environment}\n"
    )


def test_a_declared_publisher_decides_which_field_differs() -> None:
    found = diagnosed(refused(file="publish.yml"), at_hand())[0]
    assert (found.cause, found.confidence) == ("workflow-filename-mismatch", "certain")
    assert (
        found.place is not None and found.place.source.path == "pyproject.toml" and found.place.text == '"release.yml"'
    )
    assert "names `release.yml`" in found.message


def test_a_missing_environment_is_told_with_the_registered_name() -> None:
    found = diagnosed(refused("`MISSING`"), at_hand())[0]
    assert (found.cause, found.confidence) == ("environment-missing-in-job", "certain")
    assert "`environment: pypi`" in " ".join(found.steps)


def test_letter_case_is_a_misspelling() -> None:
    found = diagnosed(refused(slug="Octo-Org/sampleproject"), at_hand())[0]
    assert found.cause == "publisher-field-misspelled"


def test_another_repository_is_a_renamed_one() -> None:
    found = diagnosed(refused(slug="octo-org/newname"), at_hand())[0]
    assert found.cause == "repository-renamed-or-transferred"
    assert "Repository name `newname`" in " ".join(found.steps)


def test_claims_that_fit_leave_the_log_undecided() -> None:
    found = diagnosed(refused(), at_hand())
    assert found[0].confidence != "certain"


def test_a_finding_of_the_project_goes_first_with_its_place_and_edit() -> None:
    alone = diagnosed(NO_TOKEN)[0]
    assert alone.confidence != "certain"
    found = diagnosed(NO_TOKEN, at_hand(workflow=ON_RELEASE.replace("id-token: write", "contents: read")))[0]
    assert (found.cause, found.confidence) == ("id-token-permission-missing", "certain")
    assert found.place is not None and found.place.source.path == ".github/workflows/release.yml"
    assert "id-token: write" in found.edits[0].replacement
    assert "job `publish`" in found.message


def test_a_step_beside_it_that_passes_a_secret_leaves_the_permission_likely() -> None:
    step = "      - uses: pypa/gh-action-pypi-publish@release/v1\n"
    secret = f"{step}        with:\n          password: ${{{{ secrets.PYPI_TOKEN }}}}\n"
    testing = f"{step}        with:\n          repository-url: https://test.pypi.org/legacy/\n"
    given = ON_RELEASE.replace("id-token: write", "contents: read").replace(step, secret + testing)
    found = diagnosed(NO_TOKEN, at_hand(workflow=given))
    assert (found[0].cause, found[0].confidence) == ("id-token-permission-missing", "likely")
    assert "empty-secret-falls-into-oidc" in {each.cause for each in found[:3]}


def test_a_finding_in_another_workflow_than_the_claims_name_does_not_count() -> None:
    circumstances = at_hand(
        workflow=ON_RELEASE.replace("environment: pypi", "environment: other"), pyproject=PROJECT.partition("[[tool")[0]
    )
    found = diagnosed(refused(file="elsewhere.yml"), circumstances)
    assert all(each.finding is None for each in found)


def test_the_form_comes_from_the_project_where_the_log_has_no_claims() -> None:
    text = "Uploading distributions to https://upload.pypi.org/legacy/\n" + refused().partition("\n")[0]
    steps = " ".join(diagnosed(text, at_hand(pyproject=PROJECT.partition("[[tool")[0]))[0].steps)
    assert (
        "Owner `octo-org`, Repository name `sampleproject`, Workflow name `release.yml`, Environment name `pypi`"
        in steps
    )
    assert "https://pypi.org/manage/project/sampleproject/settings/publishing/" in steps


def test_a_failure_that_the_project_has_nothing_to_do_with_stays_as_it_is() -> None:
    text = "HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\nThe name 'json' isn't allowed (conflict with Python Standard Library module name)."
    assert diagnosed(text, at_hand())[0].cause == "name-conflicts-stdlib"


TAKEN = "ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\n         File already exists ('sampleproject-1.2.0.tar.gz').\n"
LOCAL = (
    "ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\n"
    "         The use of local versions in '1.2.0+local' is not allowed.\n"
)


def test_where_to_raise_the_version_is_said() -> None:
    assert "`pyproject.toml` (line 3)" in diagnosed(TAKEN, at_hand())[0].steps[1]
    assert "pyproject.toml or the file that it names" in diagnosed(TAKEN)[0].steps[1]


def test_a_local_version_that_the_project_states_is_mended_there_and_not_in_the_built_file() -> None:
    name = "dist/sampleproject-1.2.0+local-py3-none-any.whl"
    wheel = build("wheel sampleproject 1.2.0+local")
    found = diagnosed(LOCAL, at_hand(pyproject=PROJECT.replace("1.2.0", "1.2.0+local"), built={name: wheel}))[0]
    assert found.place is not None
    assert found.place.source.path == "pyproject.toml"
    assert found.fix.startswith("Write `1.2.0`")


@pytest.mark.parametrize(
    ("refused_file", "cause"), [("1.1.0", "stale-files-in-dist"), ("1.2.0", "version-already-uploaded")]
)
def test_files_that_git_tracks_explain_no_refusal_of_another_file(refused_file: str, cause: str) -> None:
    old = {"dist/sampleproject-1.1.0.tar.gz": build("sdist sampleproject 1.1.0")}
    log = (
        "ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/\n"
        f"         File already exists ('sampleproject-{refused_file}.tar.gz', with blake2_256 hash 'ab'). See https://pypi.org/help/#file-name-reuse\n"
    )
    assert diagnosed(log, at_hand(old))[0].cause == cause
