"""The rules about trusted publishers that the index decides: what provenance tells of the last release, and what pending publishers meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from preflight.distributions.filenames import normalize_project
from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Label, Related, Severity
from preflight.publishers.registered import index_title

if TYPE_CHECKING:
    from preflight.index.package_indexes import PackageIndexes
    from preflight.index.provenance import ProvenPublisher
    from preflight.plan.pipeline_plan import PipelinePublish
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.plan.targets import UploadTargets
    from preflight.project.names import ProjectNames
    from preflight.project.repository import Repository
    from preflight.project.standard_library import StandardLibrary
    from preflight.publishers.matching import Difference, Identity
    from preflight.publishers.registered import RegisteredPublisher, RegisteredPublishers

PENDING_LIMIT = 3
"""Pending publishers that an account may have at once (warehouse: accounts/views.py)."""


@check("PUB007")
def publisher_differs_from_last_release(
    package_indexes: PackageIndexes,
    publish_plan: PublishPlan,
    upload_targets: UploadTargets,
    project_names: ProjectNames,
    maybe_registered_publishers: RegisteredPublishers | None,
    maybe_repository: Repository | None,
) -> Iterator[Finding]:
    """No upload of the plan would come as the publisher that the provenance of the last release names (PEP 740), on PyPI or else on TestPyPI.

    Silent without provenance, which proves nothing, and where a declared publisher fits: then the author knows of it. The repository is compared only
    where it is certain which one this is: a fork publishes nothing.
    """
    certain = maybe_repository is not None and maybe_repository.certain
    rows: dict[str, list[Publish | PipelinePublish]] = {}
    asked = [target.index for target in upload_targets.public[:1]]
    for row in publish_plan.all_trusted():
        if row.index in asked:
            rows.setdefault(row.index or "", []).append(row)
    for index, found in rows.items():
        for name in project_names.known:
            proven = package_indexes.last_publishers(index, name)
            nearest = _nearest(found, proven, certain=certain)
            if nearest is None:
                continue
            row, publisher, differing = nearest
            if _is_declared(row, maybe_registered_publishers):
                continue
            yield Finding(
                row.place,
                severity=Severity.WARNING,
                confidence=Confidence.LIKELY,
                job=row.job,
                index=index_title(index),
                project=name,
                then=_label(publisher.workflow, publisher.environment, _repository(publisher, differing)),
                now=_label(
                    row.identity.workflow or "",
                    row.identity.environment or "",
                    f"{row.identity.owner}/{row.identity.repository}" if _repository(publisher, differing) else "",
                ),
            )


def _nearest(
    rows: list[Publish | PipelinePublish], proven: tuple[ProvenPublisher, ...], *, certain: bool
) -> tuple[Publish | PipelinePublish, ProvenPublisher, list[Difference]] | None:
    """The row that differs least from a publisher; None where one fits, or may fit as far as is known."""
    from preflight.publishers.matching import differences

    best: tuple[Publish | PipelinePublish, ProvenPublisher, list[Difference]] | None = None
    for row in rows:
        for publisher in proven:
            found = differences(publisher, row.identity if certain else _there(row.identity, publisher))
            if not found:
                return None
            if best is None or len(found) < len(best[2]):
                best = row, publisher, found
    return best


def _there(identity: Identity, publisher: ProvenPublisher) -> Identity:
    return replace(identity, owner=publisher.owner, repository=publisher.repository)


def _repository(publisher: ProvenPublisher, differing: list[Difference]) -> str:
    """The publisher's repository, where it is one of the things that differ."""
    differs = any(each.field in ("owner", "repository") for each in differing)
    return f"{publisher.owner}/{publisher.repository}" if differs else ""


def _label(workflow: str, environment: str, repository: str) -> Label:
    """The words for an identity. Its repository is told where it is among what differs."""
    name = ("of-repository-" if repository else "") + ("in-environment" if environment else "without-environment")
    return Label(name, workflow=workflow, environment=environment, repository=repository)


def _is_declared(row: Publish | PipelinePublish, registered: RegisteredPublishers | None) -> bool:
    from preflight.publishers.matching import verdict

    declared = registered.on(row.index or "", row.identity.kind) if registered is not None else ()
    return bool(declared) and verdict(declared, row.identity).matched is not None


def _pending(
    package_indexes: PackageIndexes, registered: RegisteredPublishers, project_names: ProjectNames
) -> Iterator[tuple[RegisteredPublisher, str, bool]]:
    """The declared pending publishers on PyPI and TestPyPI, with the name they are for, and whether such a project exists."""
    only = project_names.known[0] if len(project_names.known) == 1 and project_names.complete else ""
    for publisher in registered.publishers:
        name = publisher.project or only
        if publisher.pending and name and publisher.index in ("pypi", "testpypi"):
            yield publisher, name, package_indexes.project(publisher.index, normalize_project(name)).exists


@check("PUB020")
def pending_publisher_for_existing_project(
    package_indexes: PackageIndexes, registered_publishers: RegisteredPublishers, project_names: ProjectNames
) -> Iterator[Finding]:
    """A publisher declared as pending whose project has releases. After its first use it is a normal one, which provenance may show."""
    for publisher, name, exists in _pending(package_indexes, registered_publishers, project_names):
        if not exists or not package_indexes.project(publisher.index, normalize_project(name)).files:
            continue
        if any(_same(publisher, each) for each in package_indexes.last_publishers(publisher.index, name)):
            continue
        yield Finding(
            publisher.field_place("pending"),
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            project=name,
            index=publisher.title,
        )


def _same(publisher: RegisteredPublisher, proven: ProvenPublisher) -> bool:
    ours = (publisher.kind, publisher.owner, publisher.repository, publisher.workflow)
    theirs = (proven.kind, proven.owner, proven.repository, proven.workflow)
    return [each.lower() for each in ours] == [each.lower() for each in theirs]


@check("PUB021")
def first_release(
    package_indexes: PackageIndexes,
    upload_targets: UploadTargets,
    project_names: ProjectNames,
    maybe_registered_publishers: RegisteredPublishers | None,
) -> Iterator[Finding]:
    """The first release of a project: it takes a pending publisher of its name, or a token of the whole account."""
    for target in upload_targets.public:
        declared = (
            [each for each in maybe_registered_publishers.publishers if each.index == target.index]
            if maybe_registered_publishers is not None
            else []
        )
        ways = {row.authentication: row for row in target.rows}
        row = ways.get("trusted-publishing") or ways.get("token")
        if row is None or (declared and row.trusted):
            continue
        for name in project_names.known:
            if not package_indexes.project(target.index, normalize_project(name)).exists:
                yield Finding(
                    row.place,
                    variant="first" if row.trusted else "first-token",
                    severity=Severity.INFO,
                    confidence=Confidence.UNKNOWN,
                    rejections=[] if not row.trusted else None,
                    job=row.job,
                    project=name,
                    index=target.title,
                )


@check("PUB022", last=1)
def unusable_pending_publisher_name(
    package_indexes: PackageIndexes,
    registered_publishers: RegisteredPublishers,
    project_names: ProjectNames,
    standard_library: StandardLibrary,
) -> Iterator[Finding]:
    """A pending publisher whose name no new project can have: that of a standard module, or a look-alike of an existing project."""
    from preflight.index.similar_names import candidates

    for publisher, name, exists in _pending(package_indexes, registered_publishers, project_names):
        if exists:
            continue
        if name in standard_library:
            yield Finding(
                publisher.field_place("project"),
                variant="stdlib",
                rejections=["mint-pending-create-failed"],
                project=name,
                index=publisher.title,
            )
            continue
        for similar in candidates(name):
            if package_indexes.project(publisher.index, similar).exists:
                yield Finding(
                    publisher.field_place("project"),
                    variant="similar",
                    rejections=["mint-pending-create-failed", "pending-publisher-invalidated"],
                    project=name,
                    similar=similar,
                    index=publisher.title,
                )
                break


@check("PUB023")
def publisher_registration_limit(
    package_indexes: PackageIndexes, registered_publishers: RegisteredPublishers, project_names: ProjectNames
) -> Iterator[Finding]:
    """More declared pending publishers for projects that do not exist than one account may have. Several accounts may share them."""
    waiting: dict[str, dict[str, RegisteredPublisher]] = {}
    for publisher, name, exists in _pending(package_indexes, registered_publishers, project_names):
        if not exists:
            waiting.setdefault(publisher.index, {}).setdefault(normalize_project(name), publisher)
    for found in waiting.values():
        if len(found) > PENDING_LIMIT:
            publishers = list(found.values())
            yield Finding(
                publishers[PENDING_LIMIT].place,
                variant="declared",
                confidence=Confidence.LIKELY,
                related=[Related(each.place, "pending") for each in publishers[:PENDING_LIMIT]],
                rejections=["tp-form-pending-limit"],
                count=len(found),
                limit=PENDING_LIMIT,
                index=publishers[0].title,
            )
