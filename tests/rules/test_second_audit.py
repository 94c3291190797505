"""Mistakes that were seen on public repositories: warnings and errors about what is right, and one that was missing."""

from textwrap import indent

import pytest
from harness import check_files

from preflight.engine.finding import Reported

PATH = ".github/workflows/publish.yml"
PROJECT = '[project]\nname = "demo"\nversion = "1.0.0"\n'
TAGS = "on:\n  push:\n    tags: ['v*']\n"
ACTION = "      - uses: pypa/gh-action-pypi-publish@release/v1\n"
CHECKOUT = "      - uses: actions/checkout@v5\n"


def workflow(steps: str, *, on: str = TAGS, head: str = "", more: str = "") -> str:
    job = indent(f"permissions: {{id-token: write, contents: write}}\n{head}", "    ")
    return f"{on}jobs:\n  publish:\n    runs-on: ubuntu-latest\n{job}    steps:\n{steps}{more}"


def found(code: str, text: str, **others: str) -> list[Reported]:
    files = {PATH: text, "pyproject.toml": PROJECT, **{name.replace("__", "/"): each for name, each in others.items()}}
    result = check_files(files, code)
    assert not result.crashed
    return [each for each in result.findings if each.code == code]


# ── WFL035: where the files of a leg, or of a loop, lie ───────────────────────────────────────────────────────────

LEGS = "strategy:\n  matrix:\n    part: [core, extra, tools]\n"


def test_each_leg_of_a_matrix_uploads_what_it_built_itself() -> None:
    build = CHECKOUT + "      - run: |\n          cd src/${{ matrix.part }}\n          python -m build\n"
    reading = "        with:\n          packages-dir: src/${{ matrix.part }}/PLACE\n"
    assert not found("WFL035", workflow(build + ACTION + reading.replace("PLACE", "dist"), head=LEGS))
    assert found("WFL035", workflow(build + ACTION + reading.replace("PLACE", "out"), head=LEGS))


def test_a_loop_over_folders_builds_in_each_of_them() -> None:
    build = CHECKOUT + "      - run: for each in packages/*/; do (cd $each && python -m build); done\n"
    reading = "        with:\n          packages-dir: PLACE\n"
    assert not found("WFL035", workflow(build + ACTION + reading.replace("PLACE", "packages/core/dist")))
    assert found("WFL035", workflow(build + ACTION + reading.replace("PLACE", "other/core/dist")))


# ── WFL013: what makes a tag, and what takes a failed release back ────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("script", "times"),
    [
        ('git tag -a "$TAG" -m "Release $VERSION" && git push origin "$TAG"', 0),
        ('git tag -fa "$TAG" -m "Release $VERSION" && git push -f origin "$TAG"', 1),
        ('git tag -d "$TAG"', 0),
        ('git tag -d "$TAG" && git tag "$TAG"', 1),
        ('git tag "$TAG" && git tag -d "$OLD_TAG"', 0),
    ],
)
def test_only_a_tag_that_is_taken_away_before_is_made_again(script: str, times: int) -> None:
    assert len(found("WFL013", workflow(CHECKOUT + ACTION + f"      - run: {script}\n"))) == times


@pytest.mark.parametrize(
    ("condition", "times"),
    [
        ("failure()", 0),
        ("always() && needs.publish.result == 'failure'", 0),
        ("!failure() && !cancelled()", 1),
        ("always()", 1),
    ],
)
def test_a_release_that_failed_may_be_taken_back(condition: str, times: int) -> None:
    again = f"""
  again:
    needs: publish
    if: ${{{{ {condition} }}}}
    runs-on: ubuntu-latest
    steps:
      - run: git push origin --delete "$GITHUB_REF_NAME"
      - run: git tag "$GITHUB_REF_NAME" && git push origin "$GITHUB_REF_NAME"
"""
    assert len(found("WFL013", workflow(CHECKOUT + ACTION, more=again))) == times


# ── WFL028: one step for both indexes ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("url", "times"), [("${{ inputs.url }}", 0), ("https://test.pypi.org/legacy/", 1)])
def test_a_name_may_speak_of_one_of_the_indexes_that_a_step_uploads_to(url: str, times: int) -> None:
    on = (
        "on:\n  workflow_dispatch:\n    inputs:\n      url:\n        type: choice\n"
        "        options: ['https://test.pypi.org/legacy/', 'https://upload.pypi.org/legacy/']\n"
    )
    step = (
        "      - name: Publish to PyPI\n        uses: pypa/gh-action-pypi-publish@release/v1\n"
        f"        with:\n          repository-url: {url}\n"
    )
    assert len(found("WFL028", workflow(CHECKOUT + step, on=on))) == times


# ── WFL005: a workflow that makes the release comes first ─────────────────────────────────────────────────────────


@pytest.mark.parametrize(("step", "times"), [("git tag v$(uv version --short)", 0), ("make test", 1)])
def test_an_upload_behind_a_workflow_that_tags_brings_a_new_version(step: str, times: int) -> None:
    on = "on:\n  workflow_run:\n    workflows: [First]\n    types: [completed]\n"
    head = "if: github.event.workflow_run.conclusion == 'success'\n"
    first = f"name: First\non: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {step}\n"
    text = workflow(CHECKOUT + "      - run: pipx run build\n" + ACTION, on=on, head=head)
    assert len(found("WFL005", text, **{".github__workflows__first.yml": first})) == times


# ── WFL010: the mend of a step's condition ────────────────────────────────────────────────────────────────────────


def test_a_step_that_ignores_failures_is_told_to_wait_for_success() -> None:
    (finding,) = found("WFL010", workflow(CHECKOUT + ACTION.replace("- uses", "- if: always()\n        uses")))
    assert [edit.replacement for edit in finding.edits] == ["success()"]


# ── WFL030: versions inside local actions ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("ref", "times"), [("v3", 1), ("v4", 0)])
def test_a_version_that_is_switched_off_is_seen_inside_a_local_action(ref: str, times: int) -> None:
    action = f"runs:\n  using: composite\n  steps:\n    - uses: actions/download-artifact@{ref}\n"
    text = workflow(CHECKOUT + "      - uses: ./.github/actions/fetch\n" + ACTION)
    told = found("WFL030", text, **{".github__actions__fetch__action.yml": action})
    assert len(told) == times
    assert all("inside a local action" in each.message and each.severity.value == "warning" for each in told)


# ── PUB008: an upload that a called workflow keeps to itself ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("condition", "times"), [("github.event.workflow == '.github/workflows/publish.yml'", 0), ("true", 1)]
)
def test_an_upload_that_a_call_never_comes_to_is_no_upload_of_a_called_workflow(condition: str, times: int) -> None:
    called = workflow(CHECKOUT + ACTION, on="on: [workflow_dispatch, workflow_call]\n", head=f"if: {condition}\n")
    nightly = "on: [schedule, workflow_dispatch]\npermissions: {id-token: write, contents: write}\njobs:\n  all:\n    uses: ./.github/workflows/publish.yml\n"
    assert len(found("PUB008", called, **{".github__workflows__nightly.yml": nightly})) == times


@pytest.mark.parametrize(
    ("on", "condition", "severity"),
    [
        ("[workflow_dispatch, workflow_call]", "vars.PUBLISH", "warning"),
        ("[workflow_dispatch, workflow_call]", "true", "error"),
        ("workflow_call", "vars.PUBLISH", "error"),
    ],
)
def test_a_call_that_may_never_come_to_an_upload_of_the_files_own_is_no_error(
    on: str, condition: str, severity: str
) -> None:
    called = workflow(CHECKOUT + ACTION, on=f"on: {on}\n", head=f"if: {condition}\n")
    nightly = "on: schedule\npermissions: {id-token: write, contents: write}\njobs:\n  all:\n    uses: ./.github/workflows/publish.yml\n"
    told = found("PUB008", called, **{".github__workflows__nightly.yml": nightly})
    assert [each.severity.value for each in told] == [severity]
    assert ("should a run of `nightly.yml`" in told[0].message) == (severity == "warning")


def test_a_called_upload_without_attestations_fits_the_publisher_of_its_own_file() -> None:
    called = workflow(
        CHECKOUT + ACTION + "        with: {attestations: false}\n", on="on: [workflow_dispatch, workflow_call]\n"
    )
    nightly = "on: schedule\npermissions: {id-token: write, contents: write}\njobs:\n  all:\n    uses: ./.github/workflows/publish.yml\n"
    assert not found("PUB008", called, **{".github__workflows__nightly.yml": nightly})


# ── Templates are no projects ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("folder", "times"), [("_template", 0), ("templates", 0), ("part", 1)])
def test_a_folder_with_a_template_is_no_project(folder: str, times: int) -> None:
    template = PROJECT.replace('"demo"', '"<REPLACE ME>"')
    result = check_files({"pyproject.toml": PROJECT, f"{folder}/pyproject.toml": template}, "NAM001")
    assert len(result.findings) == times
