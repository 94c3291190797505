"""The rules about what comes of building a project, with `--build`: a build, an installation, an import or a script that fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Severity

if TYPE_CHECKING:
    from preflight.building.results import BuildResult, BuildResults, Failure

_CONFIDENCE = {"project": Confidence.CERTAIN, "machine": Confidence.LIKELY, "untried": Confidence.UNKNOWN}


def _finding(
    results: BuildResults,
    result: BuildResult,
    failure: Failure,
    variant: str | None = None,
    severity: Severity | None = None,
) -> Finding:
    """A finding at the project. The temporary folder is written as `…`: it has another name each time."""
    untried = failure.blame.value == "untried"
    return Finding(
        failure.place or result.place,
        variant="untried" if untried else variant,
        severity=severity,
        confidence=_CONFIDENCE[failure.blame.value],
        project=result.project.path or ".",
        subject=failure.subject,
        reason=_shown(results, failure.reason if failure.ran.status is not None else failure.ran.ending),
        ending=failure.ran.ending,
        command=_shown(results, failure.ran.shown),
        output=_shown(results, failure.ran.tail),
        python=results.python,
    )


def _shown(results: BuildResults, text: str) -> str:
    return text.replace(str(results.folder), "…")


# ── BLD009 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("BLD009")
def failing_build(build_results: BuildResults) -> Iterator[Finding]:
    """A project of which sdist and wheel could not be built."""
    for result in build_results.projects:
        if result.untried:
            yield Finding(
                result.place,
                variant="untried",
                confidence=Confidence.UNKNOWN,
                project=result.project.path or ".",
                reason=f"it {result.untried}",
                output="",
                python=build_results.python,
            )
        elif result.build is not None:
            yield _finding(build_results, result, result.build, "from-sdist" if result.files else None)


# ── BLD010 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("BLD010")
def failing_import(build_results: BuildResults) -> Iterator[Finding]:
    """A module of the wheel that cannot be imported where nothing but the wheel and its dependencies is installed."""
    for result in build_results.projects:
        for failure in result.imports:
            yield _finding(build_results, result, failure)


# ── BLD011 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("BLD011")
def failing_script(build_results: BuildResults) -> Iterator[Finding]:
    """A console script that crashes; one that ends with a status of its own choice may only not know `--version`."""
    for result in build_results.projects:
        for failure in result.scripts:
            chosen = not failure.crash
            variant, severity = ("status", Severity.INFO) if chosen else (None, None)
            yield _finding(build_results, result, failure, variant, severity)


# ── BLD012 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("BLD012")
def failing_install(build_results: BuildResults) -> Iterator[Finding]:
    """A wheel that pip cannot install into a fresh environment."""
    for result in build_results.projects:
        if result.install is not None:
            yield _finding(build_results, result, result.install)
