"""The rules about the project's name and state that an index decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.distributions.filenames import normalize_project
from preflight.engine.checks import check
from preflight.engine.facts import Unavailable
from preflight.engine.finding import Confidence, Finding, Severity
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.distributions.fields import Field, FieldSet
    from preflight.index.package_indexes import PackageIndexes
    from preflight.index.projects import IndexProject
    from preflight.plan.targets import Target, UploadTargets
    from preflight.project.git import Git
    from preflight.project.names import ProjectNames
    from preflight.project.repository import Repository

BUILT = {"metadata_sets": "built_sets"}

NEW_PROJECTS_AN_HOUR = 20
"""New projects that one account may create in an hour (warehouse: config.py, `warehouse.packaging.project_create_user_ratelimit_string`)."""

_REPOSITORY = _compile(
    r"https?://(?:www\.)?(?:github|gitlab)\.com/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?(?:[/?#].*)?"
)


def _on_indexes(
    package_indexes: PackageIndexes, upload_targets: UploadTargets, metadata_sets: tuple[FieldSet, ...]
) -> Iterator[tuple[Field, Target, IndexProject]]:
    """Each stated name with what PyPI and TestPyPI know of it, as far as it is uploaded there. What one of them does not tell is said after all the others."""
    silent: Unavailable | None = None
    for fields in metadata_sets:
        field = fields.first("name")
        if field is None or not field.value.strip():
            continue
        for target in upload_targets.public:
            try:
                project = package_indexes.project(target.index, normalize_project(field.value.strip()))
            except Unavailable as error:
                silent = silent or error
                continue
            yield field, target, project
    if silent is not None:
        raise silent


def _sure(target: Target) -> Confidence:
    return Confidence.LIKELY if target.assumed else Confidence.CERTAIN


@check("NAM002", last=1, also=BUILT)
def taken_project_name(
    package_indexes: PackageIndexes,
    upload_targets: UploadTargets,
    metadata_sets: tuple[FieldSet, ...],
    maybe_repository: Repository | None,
    maybe_git: Git | None,
) -> Iterator[Finding]:
    """A project that seems to be somebody else's, or one without any release. An existing project is usually one's own.

    It is taken for another's where its newest release names repositories and this one is none of them, neither by owner nor by name, and no tag here
    names one of its releases.
    """
    for field, target, project in _on_indexes(package_indexes, upload_targets, metadata_sets):
        if not project.exists or project.status not in ("", "active"):
            continue
        common: dict[str, object] = {"name": field.value.strip(), "index": target.title}
        if not project.files:
            yield Finding(
                field.place,
                variant="held",
                confidence=Confidence.UNKNOWN,
                causes=["name-held-by-hidden-project"],
                repeats=field.declared,
                more=common,
            )
            continue
        first = upload_targets.public[0]
        if maybe_repository is None or target is not first or _shares_a_release(project, maybe_git):
            continue
        theirs = _repositories(package_indexes, project)
        own = (maybe_repository.owner.lower(), maybe_repository.name.lower())
        if not theirs or any(owner == own[0] or name == own[1] for owner, name in theirs):
            continue
        yield Finding(
            field.place,
            confidence=Confidence.LIKELY,
            causes=["project-name-taken"],
            repeats=field.declared,
            theirs="/".join(theirs[0]),
            own=maybe_repository.slug,
            more=common,
        )


def _shares_a_release(project: IndexProject, git: Git | None) -> bool:
    """Whether a tag of the checkout names a version that the project has released."""
    from preflight.project.versions.tags import read_tag

    tags = (read_tag(tag, (project.name,)) for tag in (git.tags if git is not None else ()))
    return any(tag is not None and tag.version in project.releases for tag in tags)


def _repositories(package_indexes: PackageIndexes, project: IndexProject) -> list[tuple[str, str]]:
    """The repositories on GitHub and GitLab that the newest release names, in small letters."""
    release = package_indexes.release(project)
    matches = (_REPOSITORY.fullmatch(url.strip()) for url in (release.urls if release is not None else ()))
    return list(dict.fromkeys((match["owner"].lower(), match["name"].lower()) for match in matches if match))


@check("NAM003", last=1, also=BUILT)
def similar_project_name(
    package_indexes: PackageIndexes, upload_targets: UploadTargets, metadata_sets: tuple[FieldSet, ...]
) -> Iterator[Finding]:
    """A new name with the form of an existing one (warehouse: packaging/services.py, `check_project_name`).

    An index cannot be searched by that form, so only the likeliest other names are asked for, and only on the first index that lacks the project.
    """
    from preflight.index.similar_names import candidates

    asked: set[str] = set()
    for field, target, project in _on_indexes(package_indexes, upload_targets, metadata_sets):
        if project.exists or project.name in asked:
            continue
        asked.add(project.name)
        for similar in candidates(field.value.strip()):
            if package_indexes.project(target.index, similar).exists:
                yield Finding(
                    field.place,
                    confidence=_sure(target),
                    repeats=field.declared,
                    name=field.value.strip(),
                    similar=similar,
                    index=target.title,
                )
                break


@check("NAM006", also=BUILT)
def archived_project(
    package_indexes: PackageIndexes, upload_targets: UploadTargets, metadata_sets: tuple[FieldSet, ...]
) -> Iterator[Finding]:
    """The state `archived` (PEP 792): it takes the right to upload from everybody (warehouse: packaging/models.py, `Project.__acl__`)."""
    for field, target, project in _on_indexes(package_indexes, upload_targets, metadata_sets):
        if project.status == "archived":
            yield Finding(
                field.place,
                confidence=_sure(target),
                repeats=field.declared,
                name=field.value.strip(),
                index=target.title,
            )


@check("NAM007", also=BUILT)
def quarantined_project(
    package_indexes: PackageIndexes, upload_targets: UploadTargets, metadata_sets: tuple[FieldSet, ...]
) -> Iterator[Finding]:
    """The state `quarantined` (PEP 792). Whether an account is frozen is not public."""
    for field, target, project in _on_indexes(package_indexes, upload_targets, metadata_sets):
        if project.status == "quarantined":
            yield Finding(
                field.place,
                variant="project",
                confidence=_sure(target),
                rejections=["project-quarantined"],
                causes=["project-quarantined"],
                repeats=field.declared,
                name=field.value.strip(),
                index=target.title,
            )


@check("NAM010")
def new_project_rate_limit(
    package_indexes: PackageIndexes, upload_targets: UploadTargets, project_names: ProjectNames
) -> Iterator[Finding]:
    """More new projects in one workspace than an account may create in an hour. Existing ones do not count."""
    if len(project_names.known) <= NEW_PROJECTS_AN_HOUR:
        return
    for target in upload_targets.public:
        names = dict.fromkeys(normalize_project(name) for name in project_names.known)
        new = [name for name in names if not package_indexes.project(target.index, name).exists]
        if len(new) > NEW_PROJECTS_AN_HOUR:
            yield Finding(
                None,
                variant="workspace",
                severity=Severity.WARNING,
                confidence=Confidence.LIKELY,
                count=len(new),
                limit=NEW_PROJECTS_AN_HOUR,
                index=target.title,
            )
