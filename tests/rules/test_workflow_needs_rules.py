"""Traps of WFL032 about order: artifacts of jobs that the download waits for, or cannot be judged, stay silent."""

import pytest
from harness import apply_edits, check_files
from publishing_workflow import PATH, PUBLISH

from preflight.engine.finding import Applicability, Confidence, Reported, Severity

STEPS = "    runs-on: ubuntu-latest\n    steps:\n"
SEND = (
    STEPS
    + "      - run: pipx run build\n      - uses: actions/upload-artifact@v4\n        with: {name: dist, path: dist}\n"
)
BUILD = "  build:\n" + SEND
FETCH = "      - uses: actions/download-artifact@v4\n        with: {name: dist, path: dist}\n"
ALL = "      - uses: actions/download-artifact@v4\n        with: {path: dist, merge-multiple: true}\n"


def release(*jobs: str, on: str = "{release: {types: [published]}}") -> dict[str, str]:
    return {PATH: f"on: {on}\njobs:\n{''.join(jobs)}"}


def publish(steps: str = FETCH + PUBLISH, head: str = "") -> str:
    return f"  publish:\n{head}{STEPS}{steps}"


def reported(files: dict[str, str]) -> list[Reported]:
    result = check_files(files, "WFL032")
    assert not result.crashed, [each.message for each in result.findings]
    return result.findings


def test_a_job_that_does_not_wait_is_a_warning_with_an_edit() -> None:
    files = release(BUILD, publish())
    (finding,) = reported(files)
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)
    assert not reported(apply_edits(files, [finding], Applicability.UNSAFE))


@pytest.mark.parametrize("needs", ["check", "[check]"])
def test_other_needs_are_kept_by_the_edit(needs: str) -> None:
    files = release("  check:\n" + STEPS + "      - run: pytest\n", BUILD, publish(head=f"    needs: {needs}\n"))
    (finding,) = reported(files)
    mended = apply_edits(files, [finding], Applicability.UNSAFE)
    assert "needs: [check, build]" in mended[PATH]
    assert not reported(mended)


def test_a_maker_that_waits_for_the_download_is_an_error() -> None:
    files = release("  build:\n    needs: publish\n" + SEND, publish())
    (finding,) = reported(files)
    assert finding.severity is Severity.ERROR
    assert not finding.edits


def test_a_download_of_everything_only_where_nothing_is_waited_for() -> None:
    (finding,) = reported(release(BUILD, publish(ALL + PUBLISH)))
    assert finding.severity is Severity.WARNING
    docs = BUILD.replace("build:", "docs:").replace("name: dist", "name: docs")
    assert not reported(release(BUILD, docs, publish(ALL + PUBLISH, "    needs: build\n")))


@pytest.mark.parametrize(
    "steps",
    [
        "      - uses: lewagon/wait-on-check-action@v1\n" + FETCH + PUBLISH,
        "      - run: gh run watch ${{ github.run_id }}\n" + FETCH + PUBLISH,
        FETCH.replace("path: dist}", "path: dist, run-id: 1, github-token: x}") + PUBLISH,
        FETCH + "        continue-on-error: true\n" + PUBLISH,
        FETCH.replace("name: dist", "name: '${{ vars.NAME }}'") + PUBLISH,
    ],
)
def test_what_may_wait_or_ask_elsewhere(steps: str) -> None:
    assert not reported(release(BUILD, publish(steps)))


def test_waiting_through_another_job() -> None:
    between = "  check:\n    needs: build\n" + STEPS + "      - run: pytest\n"
    assert not reported(release(BUILD, between, publish(head="    needs: check\n")))


def test_the_same_job_makes_and_fetches_it() -> None:
    assert not reported(release(publish(SEND.removeprefix(STEPS) + FETCH + PUBLISH)))


def test_one_of_two_makers_is_waited_for() -> None:
    other = BUILD.replace("build:", "again:").replace("path: dist}", "path: dist, overwrite: true}")
    assert not reported(release(BUILD, other, publish(head="    needs: build\n")))


def test_called_workflows_wait_through_their_callers() -> None:
    called = {".github/workflows/build.yml": "on: workflow_call\njobs:\n" + BUILD}
    caller = "  wheels:\n    uses: ./.github/workflows/build.yml\n"
    assert not reported({**release(caller, publish(head="    needs: wheels\n")), **called})
    (finding,) = reported({**release(caller, publish()), **called})
    assert "`needs: wheels`" in finding.fix
    assert "wheels / build" in finding.message
