"""The rule about old numbers of the project that a workflow names on the way to an upload."""

from __future__ import annotations

from collections.abc import Iterator
from re import IGNORECASE, escape
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.plan.publish_plan import PublishPlan
    from preflight.project.versions.fact import Versions

_VERSION = r"(?P<version>[vV]?\d+(?:\.\d+)+(?:(?:a|b|rc|\.post|\.dev)\d+)?)"


@check("VER021")
def outdated_workflow_version(publish_plan: PublishPlan, versions: Versions) -> Iterator[Finding]:
    """A job that an upload waits for and that names a fixed version of the project, other than the one that is about to be published."""
    from preflight.plan.repeats import jobs_before
    from preflight.plan.scripts import without_comments
    from preflight.project.versions.statement import parsed, same

    statement = versions.source.known
    if statement is None or statement.version is None:
        return
    seen: set[tuple[str, int]] = set()
    patterns = [_compile(_named(name), IGNORECASE) for name in sorted(versions.known_as) if len(name) > 1]
    for row in publish_plan.publishes():
        if row.index not in ("pypi", "testpypi"):
            continue
        for job in (row.instance.job, *jobs_before(row)):
            for step in job.all_steps():
                if step is row.upload_step.step:
                    break
                run = step.run
                if run is None:
                    continue
                for pattern in patterns:
                    for found in pattern.finditer(without_comments(run.value)):
                        version = parsed(found["version"])
                        place = run.value_place(found.start("version"), found.end("version"))
                        if (
                            version is None
                            or same(version, statement.version)
                            or (place.source.path, place.start) in seen
                        ):
                            continue
                        seen.add((place.source.path, place.start))
                        is_file = bool(found["file"])
                        yield Finding(
                            place,
                            variant="file" if is_file else None,
                            confidence=Confidence.CERTAIN if is_file else Confidence.LIKELY,
                            related=[Related(statement.place, "version"), Related(row.place, "upload")],
                            edits=[Edit.replace(place, statement.text, Applicability.SHOW)],
                            job=job.id,
                            written=found["version"],
                            version=statement.text,
                        )


def _named(name: str) -> str:
    """A pattern for a requirement that pins the project, or the path of one of its files."""
    spelled = "[-_.]+".join(escape(part) for part in name.replace("_", "-").replace(".", "-").split("-") if part)
    return rf"(?<![\w./-])(?:(?P<file>(?:\./)?dist/)?{spelled}(?(file)-|(?:\[[^\]]*\])?\s*===?\s*)){_VERSION}(?![\w*])"
