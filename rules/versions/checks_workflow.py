"""The rules about versions that a workflow spoils: tags that are not fetched or not there, tracked files that it changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Edit, Finding, Related, Severity
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.project.backend import BuildBackend
    from preflight.project.git import Git
    from preflight.project.inventory import Inventory, ProjectFolder
    from preflight.project.pyproject import PyprojectFile
    from preflight.project.versions.fact import Versions
    from preflight.sources.text import Place
    from preflight.sources.toml import TomlDocument
    from preflight.sources.tree import Files
    from preflight.workflows.model import Job, Step
    from preflight.workflows.release_builds import ReleaseBuilds

_COUNTING_TOOLS = frozenset({"setuptools-scm", "hatch-vcs", "flit-scm"})
"""Tools that are known to fall back to 0.1.dev with a local part where there is no tag (setuptools-scm, "Default versioning scheme")."""
_TAG_TOOLS = _COUNTING_TOOLS | {
    "vcs-versioning",
    "versioningit",
    "versioneer",
    "uv-dynamic-versioning",
    "poetry-dynamic-versioning",
    "dunamai",
    "setuptools-git-versioning",
}
_TAGS = _compile(
    r"git\s+(?:tag|fetch|pull|checkout|reset|switch)\b|gh\s+release\s+create|/tags\b|git/refs|\b(?:tag|release|version)[-\w]*@"
)
_FETCHES = _compile(r"git\s+(?:fetch|pull|clone|tag|describe|checkout|remote)\b")
_PRETENDS = _compile(
    r"SETUPTOOLS_SCM_|PRETEND_VERSION|VERSIONINGIT_FOR_PACKAGE|POETRY_DYNAMIC_VERSIONING_BYPASS|UV_DYNAMIC_VERSIONING_BYPASS|PBR_VERSION"
)
_NO_LOCAL = _compile(r"no-local-version|local_scheme|no_local|nonlocal")
_IN_PLACE = _compile(r"\b((?:g?sed|perl)\s+(?:-\S+\s+)*-\S*i\S*\s[^\n|;&]*)")
_REDIRECT = _compile(r"(?m)(?<![-=<>2&])(>{1,2}[ \t]*[\"']?([A-Za-z0-9_./-]+)[\"']?)[ \t]*(?:$|[;&|])")
_UNDOES = _compile(r"git\s+(?:stash|checkout|restore|reset|commit|update-index)\b|assume-unchanged")


def _build_jobs(row: Publish) -> Iterator[tuple[Job, Step]]:
    """The jobs of a run that build what is uploaded, each with the step that does."""
    from preflight.plan.repeats import jobs_before
    from preflight.plan.scripts import builds

    for job in (row.instance.job, *jobs_before(row)):
        build = next(filter(builds, job.all_steps()), None)
        if build is not None:
            yield job, build


def _before(job: Job, build: Step) -> list[Step]:
    steps = []
    for step in job.all_steps():
        if step is build:
            break
        steps.append(step)
    return steps


def _scm_settings(document: TomlDocument | None) -> str:
    """What the project tells its version tool, as text."""
    if document is None:
        return ""
    tables = [
        ("tool", "setuptools_scm"),
        ("tool", "hatch", "version"),
        ("tool", "vcs-versioning"),
        ("tool", "uv-dynamic-versioning"),
        ("tool", "poetry-dynamic-versioning"),
        ("tool", "versioningit"),
        ("tool", "setuptools-git-versioning"),
    ]
    return "\n".join(repr(document.get(*table)) for table in tables if document.has(*table))


@check("VER008")
def shallow_clone_without_tags(
    publish_plan: PublishPlan,
    versions: Versions,
    pyproject_file: PyprojectFile,
    build_backend: BuildBackend,
    inventory: Inventory,
) -> Iterator[Finding]:
    """A build by a version tool, on a run that no tag starts, after a checkout without tags (actions/checkout: `fetch-depth` is 1, `fetch-tags` false)."""
    from preflight.project.versions.local_schemes import WITHOUT_LOCAL_PART

    tool = versions.source.computed_by
    if tool not in _TAG_TOOLS or len(inventory.projects) != 1:
        return
    settings = _scm_settings(pyproject_file.document)
    if "fallback_version" in settings or "fallback-version" in settings or "calver" in settings:
        return
    seen: set[tuple[str, int]] = set()
    for row, automatic in _by_branch(publish_plan):
        for job, build in _build_jobs(row):
            checkout = _shallow_checkout(job, build)
            if checkout is None or (checkout.place.source.path, checkout.place.start) in seen:
                continue
            seen.add((checkout.place.source.path, checkout.place.start))
            depth = checkout.inputs.get("fetch-depth")
            certain = (
                tool in _COUNTING_TOOLS
                and automatic
                and row.happens == "always"
                and not _NO_LOCAL.search(settings)
                and not build_backend.in_tree
                and "scheme" not in settings
                and (depth is None or depth.text == "1")
                and checkout.inputs.get("fetch-tags") is None
                and "describe_command" not in settings
                and _is_hosted(job)
            )
            yield Finding(
                checkout.place,
                variant="no-local"
                if _NO_LOCAL.search(settings)
                else "untagged"
                if tool in WITHOUT_LOCAL_PART
                else None,
                confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
                related=[Related(build.place, "build"), Related(row.place, "upload")],
                edits=_fetch_all(checkout),
                rejections=[] if _NO_LOCAL.search(settings) else ["version-local"],
                job=job.id,
                tool=tool or "",
                event=_event(row),
                setting=WITHOUT_LOCAL_PART.get(tool or "", ""),
            )


def _by_branch(publish_plan: PublishPlan) -> Iterator[tuple[Publish, bool]]:
    """The uploads to PyPI and TestPyPI that a run on a branch comes to, one row of each, and whether that run starts by itself."""
    from preflight.plan.repeats import by_upload

    for rows in by_upload(row for row in publish_plan.publishes() if row.index in ("pypi", "testpypi")).values():
        by_branch = [
            row
            for row in rows
            if row.scenario.ref_type != "tag"
            and row.scenario.event in ("push", "schedule", "workflow_run", "pull_request", "workflow_dispatch")
        ]
        automatic = [row for row in by_branch if row.scenario.event != "workflow_dispatch"]
        row = next(iter(automatic), None) or next(iter(by_branch), None)
        if row is None or (
            not automatic
            and any(each.scenario.ref_type == "tag" and each.scenario.event != "workflow_dispatch" for each in rows)
        ):
            continue
        yield row, bool(automatic)


@check("VER007")
def local_version_on_branch(
    publish_plan: PublishPlan,
    versions: Versions,
    pyproject_file: PyprojectFile,
    build_backend: BuildBackend,
    release_builds: ReleaseBuilds,
    inventory: Inventory,
    project: ProjectFolder,
    files: Files,
) -> Iterator[Finding]:
    """A build by a version tool on each push to a branch, with all tags at hand: the version has a local part unless a tag is at that very commit.

    Silent where a step that is not known may tag the commit or tell the tool otherwise.
    """
    from preflight.project.versions.local_schemes import WITHOUT_LOCAL_PART, makes_local_part

    tool = versions.source.computed_by
    document = pyproject_file.document
    if (
        tool is None
        or tool not in WITHOUT_LOCAL_PART
        or document is None
        or len(inventory.projects) != 1
        or build_backend.in_tree
    ):
        return
    place = makes_local_part(document, tool)
    setup = files.find(project.file("setup.py"))
    if place is None or (setup is not None and "scm" in setup.text) or release_builds.elsewhere:
        return
    certain = {each.job for each in release_builds.builds if each.transparent}
    for row, _ in _by_branch(publish_plan):
        if row.scenario.event not in ("push", "schedule") or row.happens != "always" or row.instance.job not in certain:
            continue
        built = list(_build_jobs(row))
        if not built or not all(_has_all_tags(job, build) for job, build in built) or _may_say_otherwise(row):
            continue
        yield Finding(
            place,
            variant="on-branch",
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            related=[Related(row.place, "upload")],
            job=row.instance.job.id,
            tool=tool,
            event=_event(row),
            index="TestPyPI" if row.index == "testpypi" else "PyPI",
            setting=WITHOUT_LOCAL_PART[tool],
        )


def _has_all_tags(job: Job, build: Step) -> bool:
    """Whether the checkout in front of a build surely fetches every tag of the commit that started the run, and nothing is done to it."""
    before = _before(job, build)
    checkouts = [step for step in before if step.uses is not None and step.uses.slug == "actions/checkout"]
    if len(checkouts) != 1 or not checkouts[0].inputs.is_known:
        return False
    depth = checkouts[0].inputs.get("fetch-depth")
    named = any(checkouts[0].inputs.get(name) is not None for name in ("ref", "repository", "path"))
    local = any(step.uses is not None and step.uses.kind == "local" for step in (*before, build))
    return not named and not local and depth is not None and (depth.text or "").strip() == "0"


def _may_say_otherwise(row: Publish) -> bool:
    """Whether a job of the run may tag the commit, or name the version or its scheme to the tool."""
    from preflight.plan.repeats import jobs_before

    for job in (row.instance.job, *jobs_before(row), *(call.job for call in row.instance.run.calls)):
        texts = [job.place.text, job.workflow.env.place.text if job.workflow.env.place is not None else ""]
        if any(_PRETENDS.search(text) or _NO_LOCAL.search(text) or _TAGS.search(text) for text in texts):
            return True
    return False


def _event(row: Publish) -> str:
    scenario = row.scenario
    branch = (scenario.ref or "").removeprefix("refs/heads/")
    return {
        "push": f"a push to `{branch}`",
        "schedule": "the schedule",
        "workflow_run": "another workflow's run",
        "pull_request": "a pull request",
    }.get(scenario.event, f"a manual run on `{branch}`")


def _shallow_checkout(job: Job, build: Step) -> Step | None:
    """The checkout in front of a build that leaves the tags behind; None where something may bring them, or stands in for them."""
    before = _before(job, build)
    checkout = next((step for step in before if step.uses is not None and step.uses.slug == "actions/checkout"), None)
    if checkout is None or not checkout.inputs.is_known:
        return None
    for name in ("ref", "repository"):
        if checkout.inputs.get(name) is not None:
            return None
    depth = checkout.inputs.get("fetch-depth")
    if depth is not None and (depth.text is None or depth.text.strip() == "0"):
        return None
    tags = checkout.inputs.get("fetch-tags")
    if tags is not None and tags.text is None:
        return None
    texts = [job.place.text, job.workflow.env.place.text if job.workflow.env.place is not None else ""]
    if any(_PRETENDS.search(text) for text in texts):
        return None
    for step in (*before, build):
        if step.run is not None and _FETCHES.search(step.run.value):
            return None
        if step.uses is not None and step.uses.kind == "local":
            return None
    return checkout


def _is_hosted(job: Job) -> bool:
    """Whether a job runs on a fresh machine of GitHub's, which has no tags of an earlier run."""
    runs_on = job.runs_on
    names = {label.value.lower() for label in runs_on.labels} if runs_on is not None else set()
    return (
        runs_on is not None and runs_on.system is not None and not names & {"self-hosted", "linux", "windows", "macos"}
    )


def _fetch_all(checkout: Step) -> list[Edit]:
    from preflight.workflows.edits import set_input

    return set_input(checkout, "fetch-depth", "0")


@check("VER009")
def dirty_tree_version(
    publish_plan: PublishPlan, versions: Versions, pyproject_file: PyprojectFile, git: Git, inventory: Inventory
) -> Iterator[Finding]:
    """A step that changes a tracked file in front of a build by a version tool, which then marks the version (setuptools-scm: `node-and-date`)."""
    from preflight.plan.scripts import build_offset

    tool = versions.source.computed_by
    if (
        tool not in _TAG_TOOLS
        or len(inventory.projects) != 1
        or _NO_LOCAL.search(_scm_settings(pyproject_file.document))
    ):
        return
    seen: set[tuple[str, int]] = set()
    for row in publish_plan.publishes():
        if row.index not in ("pypi", "testpypi"):
            continue
        for job, build in _build_jobs(row):
            texts = [job.place.text, job.workflow.env.place.text if job.workflow.env.place is not None else ""]
            if any(_PRETENDS.search(text) or _UNDOES.search(text) for text in texts):
                continue
            for step in (*_before(job, build), build):
                for place, path in _changes(step, git, until=build_offset(build) if step is build else None):
                    key = (place.source.path, place.start)
                    if key not in seen:
                        seen.add(key)
                        yield Finding(
                            place,
                            confidence=Confidence.LIKELY,
                            related=[Related(build.place, "build")],
                            job=job.id,
                            tool=tool,
                            path=path,
                        )


def _changes(step: Step, git: Git, until: int | None) -> Iterator[tuple[Place, str]]:
    """The tracked files that the commands of a step write, from the top of the checkout."""
    from preflight.plan.scripts import without_comments

    run = step.run
    if run is None or step.working_directory is not None or "cd " in run.value:
        return
    text = without_comments(run.value if until is None else run.value[:until])
    for found in _IN_PLACE.finditer(text):
        path = next(
            (
                word.strip("'\"")
                for word in reversed(found[1].split())
                if word.strip("'\"").removeprefix("./") in git.tracked
            ),
            None,
        )
        if path is not None:
            yield run.value_place(found.start(1), found.end(1)), path
    for found in _REDIRECT.finditer(text):
        if found[2].removeprefix("./") in git.tracked:
            yield run.value_place(found.start(1), found.end(1)), found[2]
