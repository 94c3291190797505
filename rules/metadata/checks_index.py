"""The rule about dependencies that the index does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.distributions.filenames import normalize_project
from preflight.engine.checks import check
from preflight.engine.facts import Unavailable
from preflight.engine.finding import Confidence, Finding, Severity

if TYPE_CHECKING:
    from preflight.distributions.fields import Field, FieldSet
    from preflight.index.package_indexes import PackageIndexes
    from preflight.plan.targets import UploadTargets
    from preflight.project.names import ProjectNames

BUILT = {"metadata_sets": "built_sets"}

MOST_DEPENDENCIES = 5
"""Dependencies of one project that are asked for."""


@check("MET019", last=2, also=BUILT)
def unpublished_dependency(
    package_indexes: PackageIndexes,
    upload_targets: UploadTargets,
    metadata_sets: tuple[FieldSet, ...],
    project_names: ProjectNames,
) -> Iterator[Finding]:
    """Dependencies that PyPI does not have, among those that the newest release did not have yet.

    It comes last of all and asks no more than what may still be sent. Left out is what a marker or an extra may keep from ever being installed, and what the
    workspace itself publishes. TestPyPI lacks most projects, so it is not asked.
    """
    target = next((each for each in upload_targets.targets if each.index == "pypi"), None)
    if target is None:
        return
    for fields in metadata_sets:
        required = _required(fields)
        own = {normalize_project(each) for each in project_names.known}
        wanted = {name: field for name, field in required.items() if name not in own}
        name = fields.first("name")
        if not wanted or name is None or normalize_project(name.value.strip()) in wanted:
            continue
        project = package_indexes.project(target.index, normalize_project(name.value.strip()))
        release = package_indexes.release(project) if project.exists else None
        for value in release.requires_dist if release is not None else ():
            wanted.pop(_name(value), None)
        left = min(MOST_DEPENDENCIES, max(0, package_indexes.left))
        for dependency, field in list(wanted.items())[:left]:
            if not package_indexes.project(target.index, dependency).exists:
                yield Finding(
                    field.place,
                    severity=Severity.WARNING,
                    confidence=Confidence.LIKELY,
                    repeats=field.declared,
                    dependency=dependency,
                    index=target.title,
                )
        if len(wanted) > left:
            from preflight.index.allowance import USED_UP

            raise Unavailable(USED_UP)


def _required(fields: FieldSet) -> dict[str, Field]:
    """The dependencies that are always installed, by normalized name."""
    found: dict[str, Field] = {}
    for field in fields.all("requires-dist"):
        if not field.extra and ";" not in field.value and "@" not in field.value and (name := _name(field.value)):
            found.setdefault(name, field)
    return found


def _name(value: str) -> str:
    """The normalized name of a requirement (PEP 508); empty where it is malformed, which another rule says."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return normalize_project(Requirement(value).name)
    except (InvalidRequirement, ValueError, SyntaxError, RecursionError):
        return ""
