"""Which runs come to an upload: checks in scripts, two inputs together, the file that an event started, odd filters. One test a mistake that was seen."""

import json

import pytest

from preflight.report.plan import render_plan
from tests.plan.planned import PATH, plan, publishing, rows, workflow

PUBLISH = "- run: uv publish"
TRUSTED = "publish always pypi trusted-publishing"
MAIN, TAG = "workflow_dispatch refs/heads/main", "workflow_dispatch refs/tags/v1.2.3"


# ── A step that checks the ref and ends the job ───────────────────────────────────────────────────────────────────


def check(script: str, more: str = "") -> str:
    return f"- run: |\n    {script}\n{more}{PUBLISH}"


@pytest.mark.parametrize(
    "script",
    [
        'if [ "$GITHUB_REF_TYPE" != "tag" ]; then echo no; exit 1; fi',
        '[[ "${{ github.ref }}" == refs/tags/* ]] || exit 1',
        'case "$GITHUB_REF" in refs/tags/*) ;; *) exit 2 ;; esac',
        'if [ "$GITHUB_REF_TYPE" = tag ]; then exit 0; fi; exit 1',
        'test "$GITHUB_REF_TYPE" = tag',
    ],
)
def test_a_step_that_asks_for_a_tag_stops_the_steps_behind_it(script: str) -> None:
    found = rows(plan(workflow("workflow_dispatch:", check(script))))
    assert (found[MAIN], found[TAG]) == ([], [TRUSTED])


@pytest.mark.parametrize(
    "steps",
    [
        check('[ "$GITHUB_REF_TYPE" = tag ] || exit 1', "  continue-on-error: true\n"),
        check('[ "$GITHUB_REF_TYPE" = tag ] || exit 0'),
        check('[ -n "${{ steps.version.outputs.text }}" ] || exit 1'),
        check('[ -n "$VERSION" ] || exit 1'),
        check("git diff --quiet || exit 1"),
        "- run: '[ \"$GITHUB_REF_TYPE\" = tag ] || exit 1'\n  if: vars.STRICT\n" + PUBLISH,
        "- run: '[ \"$GITHUB_REF_TYPE\" = tag ] || exit 1'\n- run: uv publish\n  if: always()",
    ],
)
def test_a_check_that_need_not_fail_stops_nothing(steps: str) -> None:
    assert rows(plan(workflow("workflow_dispatch:", steps)))[MAIN] == [TRUSTED]


def test_the_branch_that_a_script_asks_for_is_tried() -> None:
    script = "if [[ $GITHUB_REF_NAME != release/* ]]; then exit 1; fi"
    assert publishing(plan(workflow("workflow_dispatch:", check(script)))) == {
        "workflow_dispatch refs/heads/release/1.2": [TRUSTED]
    }


def test_an_upload_that_no_example_comes_to_says_what_the_check_asks() -> None:
    script = 'if [[ "$GITHUB_REF_NAME" != "of-${{ inputs.kind }}" ]]; then exit 1; fi'
    on = "workflow_dispatch:\n  inputs:\n    kind: {type: string, default: a}"
    found = publishing(plan(workflow(on, check(script))))
    assert set(found) == {f"{MAIN} kind=a", f"{TAG} kind=a"}
    assert {each[0].partition(" unless ")[2] for each in found.values()} == {
        "$GITHUB_REF_NAME == of-${{ inputs.kind }}"
    }


def test_a_job_that_checks_the_ref_is_what_the_next_one_hangs_on() -> None:
    guard = (
        "  guard:\n    runs-on: ubuntu-latest\n    steps:\n      - run: '[ \"$GITHUB_REF_TYPE\" = tag ] || exit 1'\n"
    )
    found = rows(plan(workflow("workflow_dispatch:", PUBLISH, "needs: guard") + guard))
    assert found[TAG] == [TRUSTED]
    assert found[MAIN] == ["publish unknown pypi trusted-publishing unless $GITHUB_REF_TYPE = tag"]


# ── Inputs that only together lead to an upload ───────────────────────────────────────────────────────────────────

TWO = """
workflow_dispatch:
  inputs:
    target: {type: choice, options: [testpypi, pypi], default: testpypi}
    dry-run: {type: boolean, default: true}
"""


def test_two_inputs_that_only_together_publish_are_tried() -> None:
    steps = "- run: uv publish\n  if: inputs.target == 'pypi' && !inputs.dry-run"
    found = rows(plan(workflow(TWO, steps)))
    assert {name: each for name, each in found.items() if each} == {
        f"{MAIN} target=pypi dry-run=False": [TRUSTED],
        f"{TAG} target=pypi dry-run=False": [TRUSTED],
    }


def test_two_inputs_that_together_publish_nothing_new_make_no_scenario() -> None:
    steps = "- run: uv publish\n  if: inputs.target == 'pypi' || !inputs.dry-run"
    found = rows(plan(workflow(TWO, steps)))
    assert len(found) == 2 * 3 and not any("target=pypi dry-run=False" in name for name in found)


@pytest.mark.parametrize(
    ("given", "happens"), [("required: true", "always"), ("required: false", "never"), ("default: ''", "never")]
)
def test_a_text_that_has_to_be_typed_in_is_not_empty(given: str, happens: str) -> None:
    on = f"workflow_dispatch:\n  inputs:\n    version: {{type: string, {given}}}"
    found = rows(plan(workflow(on, "- run: uv publish\n  if: inputs.version != ''")))
    first = next(iter(found.values()))
    assert [each.split()[1] for each in first] == ([happens] if happens == "always" else [])
    assert any("version=?" in name and each == [TRUSTED] for name, each in found.items())


def test_a_text_takes_a_value_that_starts_as_conditions_ask() -> None:
    on = "workflow_dispatch:\n  inputs:\n    tag: {type: string, required: true}"
    steps = "- run: uv publish\n  if: startsWith(inputs.tag, 'cli-v') && !contains(inputs.tag, '-rc')"
    assert rows(plan(workflow(on, steps)))[f"{MAIN} tag=cli-v1.2.3"] == [TRUSTED]


# ── Releases and pre-releases ─────────────────────────────────────────────────────────────────────────────────────

PUBLISHED = "release:\n  types: [published]"


def released(steps: str, job: str = "", on: str = PUBLISHED) -> list[tuple[bool | None, list[str]]]:
    found = plan(workflow(on, steps, job)).told
    return [
        (each.scenario.prerelease, [f"{row.happens} {row.index} {row.environment}" for row in each.publishes])
        for each in found
    ]


def test_pre_releases_that_go_elsewhere_are_told_apart() -> None:
    steps = (
        "- run: uv publish\n  if: ${{ !github.event.release.prerelease }}\n"
        "- run: uv publish --publish-url https://test.pypi.org/legacy/\n  if: github.event.release.prerelease"
    )
    assert released(steps) == [(False, ["always pypi None"]), (True, ["always testpypi None"])]


def test_the_environment_of_a_pre_release_is_known() -> None:
    job = "environment: ${{ github.event.release.prerelease && 'pre' || 'prod' }}"
    assert released(PUBLISH, job) == [(False, ["always pypi prod"]), (True, ["always pypi pre"])]


@pytest.mark.parametrize(
    "steps",
    [PUBLISH, PUBLISH + "\n- run: make docs\n  if: github.event.release.prerelease"],
)
def test_pre_releases_that_publish_the_same_are_told_once(steps: str) -> None:
    assert released(steps) == [(None, ["always pypi None"])]


def test_an_activity_may_say_what_the_release_is() -> None:
    steps = PUBLISH + "\n  if: ${{ !github.event.release.prerelease }}"
    assert released(steps, on="release:\n  types: [released, prereleased]") == [
        (None, ["always pypi None"]),
        (None, []),
    ]


def test_only_what_people_read_tells_pre_releases_apart() -> None:
    """The JSON has one scenario for each way to start, as its contract says."""
    found = plan(workflow(PUBLISHED, PUBLISH + "\n  if: github.event.release.prerelease"))
    (scenario,) = json.loads(render_plan(found, "json", "0", color=False, width=100, verbose=False))["scenarios"]
    assert [each["happens"] for each in scenario["publishes"]] == ["unknown"]
    assert "as a pre-release" in render_plan(found, "full", "0", color=False, width=100, verbose=False)


# ── The file that an event started ────────────────────────────────────────────────────────────────────────────────


def test_a_called_workflow_can_tell_which_file_was_started() -> None:
    called = workflow(
        "workflow_dispatch:\nworkflow_call:", "- run: uv publish\n  if: github.event.workflow == '" + PATH + "'"
    )
    caller = f"on: [schedule, workflow_dispatch]\njobs:\n  all:\n    uses: ./{PATH}\n"
    found = publishing(plan({PATH: called, ".github/workflows/nightly.yml": caller}))
    assert found == {MAIN: [TRUSTED], TAG: [TRUSTED]}


# ── Filters ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_tag_filter_written_with_classes_of_regular_expressions_starts() -> None:
    on = 'push:\n  tags: ["pkg-\\\\w+-\\\\d+.*"]'
    found = publishing(plan(workflow(on, PUBLISH), tags=("pkg-aws-1.2.3",)))
    assert found == {"push refs/tags/pkg-aws-1.2.3": [TRUSTED]}
