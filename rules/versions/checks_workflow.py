"""The rules about versions that a workflow spoils: tags that are not fetched, tracked files that it changes, old numbers that it names."""

from __future__ import annotations

from collections.abc import Iterator
from re import IGNORECASE, escape
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.project.backend import BuildBackend
    from preflight.project.git import Git
    from preflight.project.inventory import Inventory
    from preflight.project.pyproject import PyprojectFile
    from preflight.project.versions.fact import Versions
    from preflight.sources.text import Place
    from preflight.sources.toml import TomlDocument
    from preflight.workflows.model import Job, Step

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
_FETCHES = _compile(r"git\s+(?:fetch|pull|clone|tag|describe|checkout|remote)\b")
_PRETENDS = _compile(
    r"SETUPTOOLS_SCM_|PRETEND_VERSION|VERSIONINGIT_FOR_PACKAGE|POETRY_DYNAMIC_VERSIONING_BYPASS|UV_DYNAMIC_VERSIONING_BYPASS|PBR_VERSION"
)
_NO_LOCAL = _compile(r"no-local-version|local_scheme|no_local|nonlocal")
_IN_PLACE = _compile(r"\b((?:g?sed|perl)\s+(?:-\S+\s+)*-\S*i\S*\s[^\n|;&]*)")
_REDIRECT = _compile(r"(?m)(?<![-=<>2&])(>{1,2}[ \t]*[\"']?([A-Za-z0-9_./-]+)[\"']?)[ \t]*(?:$|[;&|])")
_UNDOES = _compile(r"git\s+(?:stash|checkout|restore|reset|commit|update-index)\b|assume-unchanged")
_VERSION = r"(?P<version>[vV]?\d+(?:\.\d+)+(?:(?:a|b|rc|\.post|\.dev)\d+)?)"


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
    from preflight.plan.repeats import by_upload

    tool = versions.source.computed_by
    if tool not in _TAG_TOOLS or len(inventory.projects) != 1:
        return
    settings = _scm_settings(pyproject_file.document)
    if "fallback_version" in settings or "fallback-version" in settings or "calver" in settings:
        return
    seen: set[tuple[str, int]] = set()
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
        for job, build in _build_jobs(row):
            checkout = _shallow_checkout(job, build)
            if checkout is None or (checkout.place.source.path, checkout.place.start) in seen:
                continue
            seen.add((checkout.place.source.path, checkout.place.start))
            depth = checkout.inputs.get("fetch-depth")
            certain = (
                tool in _COUNTING_TOOLS
                and bool(automatic)
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
                variant=None if not _NO_LOCAL.search(settings) else "no-local",
                confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
                related=[Related(build.place, "build"), Related(row.place, "upload")],
                edits=_fetch_all(checkout),
                rejections=[] if _NO_LOCAL.search(settings) else ["version-local"],
                job=job.id,
                tool=tool or "",
                event=_event(row),
            )


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
