"""The rules about what starts a publish: events that never come, come twice, or bring no new version."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.plan.release_makers import Made
    from preflight.plan.scenarios import Scenario
    from preflight.project.git import Git
    from preflight.project.inventory import Inventory
    from preflight.project.names import ProjectNames
    from preflight.project.versions.fact import Versions
    from preflight.workflows.calls import WorkflowSet
    from preflight.workflows.model import Workflow
    from preflight.workflows.release_builds import ReleaseBuilds
    from preflight.workflows.triggers import Trigger

_CONCLUSION = _compile(r"\(?\s*github\.event\.workflow_run\.conclusion\s*==\s*'success'\s*\)?")
_SENDS_DISPATCH = _compile(
    r"gh\s+workflow\s+run|createWorkflowDispatch|createDispatchEvent|/dispatches\b|workflow-dispatch|repository-dispatch"
)
_PUSHES = _compile(r"git\s+push|commitizen-action|tag-action|create-tag")
_LOOKS_AT_INDEX = _compile(
    r"pypi\.org/(?:pypi|simple)/|pip\s+index\s+versions|pip\s+download|releases/latest|git\s+diff\b|git\s+log\b"
)
_CHANGES_VERSION = _compile(r"(?i)version|bump|release|\btag\b|date|run_number|sha")
_LOOKS_AT_REF = _compile(r"GITHUB_REF|github\.ref|ref_name|ref_type|git\s+tag|git\s+describe")
_RELEASED_TOGETHER = ("created", "published", "released")
_DEFAULT_BRANCHES = frozenset({"main", "master", "develop", "dev", "trunk"})
_ENOUGH_TAGS = 2
_NEWEST_TAGS = 3
_RECENT_TAGS = 1_000
"""As far back as is looked for releases: a repository may have tens of thousands of tags."""


def _is_tag_push(scenario: Scenario) -> bool:
    return scenario.event == "push" and scenario.ref_type == "tag"


@check("WFL001")
def release_by_github_token(publish_plan: PublishPlan, workflows: WorkflowSet) -> Iterator[Finding]:
    """A workflow that publishes on a release or tag only, and another one that makes just that with its own token.

    GitHub, "Triggering a workflow": events made with `GITHUB_TOKEN` start no run, `workflow_dispatch` and `repository_dispatch` aside.
    """
    waiting = _waiting(publish_plan, workflows)
    if not waiting:
        return
    from preflight.plan.made_tags import lets_through, made_tags
    from preflight.plan.release_makers import made_by_run_token, makers

    known = makers(workflows)
    reader = publish_plan.upload_steps.reader
    runs = [
        (planned, list(made_by_run_token(planned.scenario, workflows, known)))
        for planned in publish_plan.scenarios
        if planned.scenario.starts is not False
    ]
    seen: set[tuple[str, int]] = set()
    for workflow, rows in waiting.items():
        late = {
            _key(made) for planned, makes in runs for made in makes if _comes_after(planned.scenario, workflow, rows)
        }
        for made in (
            each
            for planned, makes in runs
            for each in makes
            if not any(row.happens != "never" for row in planned.publishes)
        ):
            listening = _reached_by(rows, made)
            if listening is None or _key(made) in late | seen:
                continue
            if (tags := made_tags(made)) and not lets_through(listening, tags, workflows, reader):
                continue  # what is made is no release of the package
            seen.add(_key(made))
            yield Finding(
                made.place,
                variant="tag" if made.makes == "tag" else None,
                confidence=Confidence.LIKELY,
                related=[Related(listening.scenario.trigger.place, "trigger")],
                tool=made.tool,
                workflow=listening.scenario.workflow.filename,
                event="pushed tags" if _is_tag_push(listening.scenario) else "releases",
                job=made.job.id,
            )


def _key(made: Made) -> tuple[str, int]:
    return (made.place.source.path, made.place.start)


def _comes_after(scenario: Scenario, workflow: Workflow, rows: list[Publish]) -> bool:
    """Whether the publish has been started by the time of a run: it only adds to what is there then."""
    if scenario.event == "release":
        return True
    if scenario.event == "workflow_run":
        return workflow.title in scenario.trigger.workflows
    return scenario.ref_type == "tag" and any(_is_tag_push(row.scenario) for row in rows)


def _waiting(plan: PublishPlan, workflows: WorkflowSet) -> dict[Workflow, list[Publish]]:
    """The rows of the workflows that only a release, a pushed tag or a person starts."""
    found: dict[Workflow, list[Publish]] = {}
    for row in plan.publishes():
        found.setdefault(row.scenario.workflow, []).append(row)
    dispatched = any(_SENDS_DISPATCH.search(workflow.source.text) for workflow in workflows)
    return {
        workflow: rows
        for workflow, rows in found.items()
        if all(_is_tag_push(row.scenario) or row.scenario.event in ("release", "workflow_dispatch") for row in rows)
        and not (dispatched and any(row.scenario.event == "workflow_dispatch" for row in rows))
    }


def _reached_by(rows: list[Publish], made: Made) -> Publish | None:
    """The row that waits for what is made. A tag that may be pushed with another token, or by a person, starts its workflow all the same."""
    if any(row.scenario.workflow is made.scenario.workflow for row in rows):
        return None
    if made.makes == "release":
        released = next((row for row in rows if row.scenario.event == "release"), None)
        if released is not None:
            return released
    if made.scenario.ref_type == "tag" or (made.makes == "release" and _PUSHES.search(made.job.place.text)):
        return None
    return next((row for row in rows if _is_tag_push(row.scenario)), None)


@check("WFL002")
def release_type_misses_drafts(publish_plan: PublishPlan) -> Iterator[Finding]:
    """Activity types of a release that do not exist, or that a published draft does not have.

    GitHub, "Events that trigger workflows", `release`: drafts start nothing for created, edited and deleted; a pre-release that was a draft is
    `published` but not `prereleased`.
    """
    rows: dict[Workflow, list[Publish]] = {}
    for row in publish_plan.publishes():
        rows.setdefault(row.scenario.workflow, []).append(row)
    for upload in publish_plan.upload_steps:
        rows.setdefault(upload.job.workflow, [])
    for workflow, found in rows.items():
        trigger = workflow.trigger("release")
        if trigger is None or trigger.types is None:
            continue
        never = len(trigger.unknown_types) == len(trigger.type_nodes)
        if not never and not any(row.scenario.event == "release" for row in found):
            continue
        unknown = {node.value for node in trigger.unknown_types}
        for index, node in enumerate(trigger.type_nodes):
            if node.value in unknown:
                yield Finding(
                    node.place,
                    variant="unknown-type",
                    edits=_replace_type(trigger, index),
                    type=node.value,
                    types=sorted(trigger.known.types if trigger.known else ()),
                )
        if {"published", "released"} & set(trigger.types) or any(_is_tag_push(row.scenario) for row in found):
            continue
        for node in trigger.type_nodes:
            if node.value in ("created", "prereleased"):
                yield Finding(
                    node.place,
                    variant="prereleased" if node.value == "prereleased" else None,
                    edits=[Edit.replace(node.place, "published", Applicability.UNSAFE)],
                    type=node.value,
                )
                break


def _replace_type(trigger: Trigger, index: int) -> list[Edit]:
    from preflight.sources.yaml import Mapping
    from preflight.workflows.edits import delete_item

    if "published" not in (trigger.types or ()):
        return [Edit.replace(trigger.type_nodes[index].place, "published", Applicability.UNSAFE)]
    entry = trigger.node.entry("types") if isinstance(trigger.node, Mapping) else None
    return delete_item(entry.value, index, Applicability.UNSAFE) if entry is not None else []


@check("WFL003", last=2)
def tag_filter_mismatch(
    publish_plan: PublishPlan,
    workflows: WorkflowSet,
    inventory: Inventory,
    project_names: ProjectNames,
    known_tags: Sequence[str],
) -> Iterator[Finding]:
    """Uploads that wait for a pushed tag which `on.push` does not let through."""
    yield from _branches_only(publish_plan, workflows, known_tags)
    if len(inventory.projects) <= 1:
        recent = known_tags[:_RECENT_TAGS]
        releases = _release_tags(recent, project_names.known)
        yield from _other_tags(publish_plan, recent, releases)
        yield from _refused_tags(publish_plan, workflows, releases)


def _release_tags(tags: Sequence[str], names: Collection[str]) -> list[str]:
    """The tags that name final releases, newest first."""
    from preflight.project.versions.tags import read_tag

    return [
        tag
        for tag in tags
        if (release := read_tag(tag, names)) is not None
        and not (release.version.is_prerelease or release.version.is_postrelease)
    ]


def _branches_only(plan: PublishPlan, workflows: WorkflowSet, tags: Sequence[str]) -> Iterator[Finding]:
    """Uploads that no scenario makes and a pushed tag would, under a `push` that lists branches only (GitHub, "Workflow syntax", `on.push`)."""
    from preflight.plan.open_runs import key_of, reached, tag_push

    planned = {key_of(row.upload_step) for each in plan.scenarios for row in each.publishes}
    reader = plan.upload_steps.reader
    released = {
        row.scenario.workflow
        for row in plan.publishes()
        if _is_tag_push(row.scenario) or row.scenario.event == "release"
    }
    for workflow in workflows:
        trigger = workflow.trigger("push")
        if released - {workflow}:
            continue  # what is left here is an old way to publish: another workflow does it now
        if (
            trigger is None
            or not {"branches", "branches-ignore"} & set(trigger.filters)
            or {"tags", "tags-ignore"} & set(trigger.filters)
        ):
            continue
        scenario = next(
            (
                each.scenario
                for each in plan.scenarios
                if each.scenario.workflow is workflow and each.scenario.event == "push"
            ),
            None,
        )
        if scenario is None:
            continue
        possible = reached(tag_push(trigger, scenario), workflows, reader)
        for upload in plan.upload_steps:
            certainty = possible.get(key_of(upload))
            if (
                certainty is None
                or certainty.happens is False
                or key_of(upload) in planned
                or not upload.upload.sends_files
            ):
                continue
            filtered = trigger.filters.get("branches") or trigger.filters["branches-ignore"]
            yield Finding(
                filtered.entry.key_place,
                variant="branches-only",
                related=[Related(upload.place, "upload")],
                edits=_listen_to_tags(trigger, tags),
                job=upload.job.id,
                key=filtered.entry.name or "branches",
            )
            break


def _listen_to_tags(trigger: Trigger, tags: Sequence[str]) -> list[Edit]:
    from preflight.workflows.edits import add_entry

    newest = tags[0] if tags else "v1.0"
    pattern = (
        "v*" if newest.startswith("v") else "[0-9]*" if newest[:1].isdigit() else f"{newest.rstrip('0123456789.')}*"
    )
    return add_entry(trigger.node, f"tags: ['{pattern}']", Applicability.UNSAFE)


def _refused_tags(plan: PublishPlan, workflows: WorkflowSet, releases: list[str]) -> Iterator[Finding]:
    """A condition on the tag's name that none of the newest release tags meets, though the filter lets them through."""
    from preflight.plan.open_runs import key_of, reached, tag_push
    from preflight.workflows.expressions import OpenMapping

    if len(releases) < _ENOUGH_TAGS:
        return
    reader = plan.upload_steps.reader
    listening = [row for row in plan.publishes() if _is_tag_push(row.scenario)]
    others = [
        row for row in plan.publishes() if not _is_tag_push(row.scenario) and row.scenario.event != "workflow_dispatch"
    ]
    seen: set[tuple[str, int]] = set()
    for row in listening:
        condition = row.upload_step.job.condition or row.upload_step.step.condition
        if condition is None or key_of(row.upload_step) in seen or any(other.index == row.index for other in others):
            continue
        seen.add(key_of(row.upload_step))
        open_run = tag_push(row.scenario.trigger, row.scenario)
        uploaded = []
        for tag in releases[:_NEWEST_TAGS]:
            github = OpenMapping({**open_run.github, "ref": f"refs/tags/{tag}", "ref_name": tag})
            event = github.get("event")
            if isinstance(event, Mapping):
                github = OpenMapping({**github, "event": OpenMapping({**event, "ref": f"refs/tags/{tag}"})})
            found = reached(replace(open_run, ref=f"refs/tags/{tag}", github=github), workflows, reader)
            certainty = found.get(key_of(row.upload_step))
            uploaded.append(certainty is not None and certainty.happens is not False)
        started = _lets_through(row, releases[:_NEWEST_TAGS])
        if started and not any(uploaded):
            yield Finding(
                condition.place,
                variant="condition",
                confidence=Confidence.LIKELY,
                related=[Related(row.place, "upload")],
                tag=releases[0],
                job=row.job,
            )


def _lets_through(row: Publish, tags: list[str]) -> bool:
    """Whether the filter of a row's trigger lets any of some tags through: else the filter is what is wrong."""
    from preflight.plan.scenarios import trigger_starts

    return any(trigger_starts(row.scenario.trigger, "push", None, f"refs/tags/{tag}") is not False for tag in tags)


def _other_tags(plan: PublishPlan, tags: Sequence[str], releases: list[str]) -> Iterator[Finding]:
    """A filter of tags that none of the repository's release tags passes, or none of the newest."""
    from preflight.workflows.filters import matches

    if len(releases) < _ENOUGH_TAGS:
        return
    rows: dict[Workflow, list[Publish]] = {}
    for row in plan.publishes():
        rows.setdefault(row.scenario.workflow, []).append(row)
    others = [
        row
        for found in rows.values()
        for row in found
        if not _is_tag_push(row.scenario) and row.scenario.event != "workflow_dispatch"
    ]
    for workflow, found in rows.items():
        trigger = workflow.trigger("push")
        filtered = trigger.filters.get("tags") if trigger is not None else None
        listening = [row for row in found if _is_tag_push(row.scenario)]
        if trigger is None or filtered is None or not filtered.readable or not listening:
            continue
        if any(other.index == row.index for other in others for row in listening):
            continue
        passing = [matches(filtered.values, tag) for tag in tags]
        newest = [matches(filtered.values, tag) for tag in releases[:_NEWEST_TAGS]]
        if None in passing or (any(passing) and (any(newest) or len(newest) < _NEWEST_TAGS or passing[0])):
            continue
        yield Finding(
            filtered.nodes[0].place if len(filtered.nodes) == 1 else filtered.place,
            variant="newest" if any(passing) else None,
            confidence=Confidence.LIKELY,
            related=[Related(listening[0].place, "upload")],
            patterns=list(filtered.values),
            tag=releases[0],
            tags=releases[:_NEWEST_TAGS],
            job=listening[0].job,
        )


@check("WFL004")
def duplicate_publish_triggers(
    publish_plan: PublishPlan, workflows: WorkflowSet, inventory: Inventory, maybe_git: Git | None
) -> Iterator[Finding]:
    """One release that starts an upload twice: by its tag and by the release itself, or by two activity types of the release."""
    from preflight.plan.repeats import by_upload, sure, tolerates_existing

    rows = [row for row in sure(publish_plan) if row.index is not None and tolerates_existing(row) is False]
    if rows and (makers := _releasing_by_token(publish_plan, workflows)):
        # The release that follows the tag then sends no event; one that makes its tag as well sends none for either.
        if not all(map(_is_tag_push, makers)):
            return
        rows = [row for row in rows if not _is_tag_push(row.scenario)]
    reported: set[Workflow] = set()
    for found in by_upload(rows).values():
        for index in dict.fromkeys(row.index for row in found):
            same = [row for row in found if row.index == index]
            for workflow in dict.fromkeys(row.scenario.workflow for row in same):
                if workflow in reported:
                    continue
                finding = _doubled(workflow, [row for row in same if row.scenario.workflow is workflow], maybe_git)
                if finding is not None:
                    reported.add(workflow)
                    yield finding
    if len(inventory.projects) <= 1:
        yield from _two_workflows(rows, workflows, maybe_git, reported)


def _releasing_by_token(plan: PublishPlan, workflows: WorkflowSet) -> list[Scenario]:
    """The runs that make a release with their own token: those for a pushed tag, and those that make the tag too."""
    from preflight.plan.release_makers import made_by_run_token, makers

    known = makers(workflows)
    runs = [
        each.scenario
        for each in plan.scenarios
        if each.scenario.starts is not False
        and (_is_tag_push(each.scenario) or (each.scenario.event != "release" and each.scenario.ref_type != "tag"))
    ]
    return [run for run in runs if any(made.makes == "release" for made in made_by_run_token(run, workflows, known))]


def _doubled(workflow: Workflow, rows: list[Publish], git: Git | None) -> Finding | None:
    from preflight.plan.concurrent_runs import cancels
    from preflight.publishers.registered import index_title

    releases = [row for row in rows if row.scenario.event == "release"]
    activities = list(dict.fromkeys(row.scenario.activity or "" for row in releases))
    together = [each for each in _RELEASED_TOGETHER if each in activities]
    if len(together) < 2 and {"published", "prereleased"} <= set(activities):
        together = ["published", "prereleased"]
    tags = [row for row in rows if _is_tag_push(row.scenario)]
    creates = [row for row in rows if row.scenario.event == "create" and row.scenario.ref_type == "tag"]
    first = rows[0]
    common: dict[str, Any] = {"job": first.job, "index": index_title(first.index or "")}
    if len(together) > 1:
        trigger = releases[0].scenario.trigger
        return Finding(
            trigger.place,
            variant="activities",
            related=[Related(first.place, "upload")],
            edits=_only_published(trigger),
            activities=together,
            **common,
        )
    second = releases if [row for row in releases if row.scenario.activity in _RELEASED_TOGETHER] else []
    if tags and (second or creates) and _same_tags(tags[0].scenario, git):
        other = (second or creates)[0]
        if cancels(tags[0], other):
            return None
        return Finding(
            other.scenario.trigger.place,
            related=[Related(tags[0].scenario.trigger.place, "first"), Related(first.place, "upload")],
            edits=_drop_trigger(workflow, other.scenario.trigger),
            first="push",
            second=other.scenario.event,
            **common,
        )
    return None


def _same_tags(scenario: Scenario, git: Git | None) -> bool:
    """Whether the tags that are really made start a push run: unknown tags are taken to."""
    from preflight.plan.scenarios import trigger_starts

    newest = git.tags[:_NEWEST_TAGS] if git is not None else ()
    return not newest or any(
        trigger_starts(scenario.trigger, "push", None, f"refs/tags/{tag}") is not False for tag in newest
    )


def _only_published(trigger: Trigger) -> list[Edit]:
    from preflight.sources.yaml import Mapping, Scalar, Sequence
    from preflight.workflows.edits import indent_of, line_break

    node = trigger.node
    if isinstance(node, Mapping) and (entry := node.entry("types")) is not None and isinstance(entry.value, Sequence):
        if entry.value.flow:
            return [Edit.replace(entry.value.place, "[published]", Applicability.UNSAFE)]
        return [Edit.replace(entry.value.place, "- published", Applicability.UNSAFE)]
    if trigger.entry is not None and (node is None or (isinstance(node, Scalar) and node.is_null)):
        source = trigger.key.source
        text = f"release:{line_break(source)}{indent_of(trigger.entry)}  types: [published]"
        end = source.text.find(":", trigger.key.end) + 1
        return [Edit(source, trigger.key.start, end, text, Applicability.UNSAFE)]
    return []


def _drop_trigger(workflow: Workflow, trigger: Trigger) -> list[Edit]:
    from preflight.workflows.edits import delete_entry

    return delete_entry(workflow.on.value, trigger.entry, Applicability.UNSAFE) if workflow.on is not None else []


def _two_workflows(
    rows: list[Publish], workflows: WorkflowSet, git: Git | None, reported: set[Workflow]
) -> Iterator[Finding]:
    """Two workflows of a repository with one project, of which the tag starts one and its release the other."""
    from preflight.publishers.registered import index_title

    tags = [row for row in rows if _is_tag_push(row.scenario) and row.scenario.workflow not in reported]
    releases = [row for row in rows if row.scenario.event == "release" and row.scenario.activity == "published"]
    for pushed in tags:
        for released in releases:
            both = {pushed.scenario.workflow, released.scenario.workflow}
            if len(both) < 2 or pushed.index != released.index or both & reported or not _alike(pushed, released):
                continue
            if _same_tags(pushed.scenario, git):
                reported |= both
                yield Finding(
                    released.scenario.trigger.place,
                    variant="two-workflows",
                    confidence=Confidence.LIKELY,
                    related=[Related(pushed.scenario.trigger.place, "first"), Related(released.place, "upload")],
                    workflow=released.scenario.workflow.filename,
                    other=pushed.scenario.workflow.filename,
                    index=index_title(pushed.index or ""),
                )


def _alike(one: Publish, other: Publish) -> bool:
    """Whether two uploads take the same files, as far as their paths say it."""
    left, right = one.upload, other.upload
    return left.directory == right.directory and [str(each) for each in left.files] == [
        str(each) for each in right.files
    ]


@check("WFL005")
def publish_without_new_version(
    publish_plan: PublishPlan,
    versions: Versions,
    release_builds: ReleaseBuilds,
    inventory: Inventory,
    maybe_git: Git | None,
) -> Iterator[Finding]:
    """A fixed version that is uploaded on every push to a branch, on a schedule, or after every run of another workflow."""
    from preflight.plan.repeats import by_upload, jobs_before, sure, tolerates_existing, written_steps
    from preflight.publishers.registered import index_title

    statement = versions.source.known
    if statement is None or len(inventory.projects) != 1 or release_builds.rewritten:
        return
    workflows = publish_plan.upload_steps.reader.workflows
    after_runs = [row for row in publish_plan.publishes() if _after_every_run(row, workflows)]
    for rows in by_upload([*sure(publish_plan), *after_runs]).values():
        row = next((each for each in rows if _brings_no_version(each) and tolerates_existing(each) is False), None)
        if row is None or row.index not in ("pypi", "testpypi"):
            continue
        builds = [build for build in release_builds.builds if build.workflow is row.scenario.workflow]
        if any(_CHANGES_VERSION.search(place.text) for build in builds for place in build.opaque):
            continue
        text = written_steps([row.instance.job, *jobs_before(row)])
        if _LOOKS_AT_INDEX.search(text):
            continue
        yield Finding(
            row.scenario.trigger.place,
            variant={"schedule": "schedule", "workflow_run": "workflow-run"}.get(row.scenario.event),
            confidence=Confidence.LIKELY,
            related=[Related(row.place, "upload"), Related(statement.place, "version")],
            causes=[],
            job=row.job,
            index=index_title(row.index),
            version=statement.text,
            branch=(row.scenario.ref or "").removeprefix("refs/heads/"),
        )


def _after_every_run(row: Publish, workflows: WorkflowSet) -> bool:
    """Whether an upload hangs on nothing but the success of the workflow whose end starts the run, one that makes no release."""
    from preflight.plan.release_makers import makes_release

    if row.scenario.event != "workflow_run" or row.happens != "unknown":
        return False
    before = (each for each in workflows if each.title in row.scenario.trigger.workflows)
    if any(makes_release(step) for each in before for job in each.jobs.values() for step in job.all_steps()):
        return False  # it fails where the tag of this version is there already
    return _CONCLUSION.fullmatch(row.certainty.unless or "") is not None


def _brings_no_version(row: Publish) -> bool:
    scenario = row.scenario
    if scenario.event in ("schedule", "workflow_run"):
        return True
    if scenario.event != "push" or scenario.ref_type != "branch" or scenario.trigger.paths is not None:
        return False
    branches = scenario.trigger.branches
    return branches is None or any(
        name in _DEFAULT_BRANCHES or "*" in name for name in branches if not name.startswith("!")
    )


@check("WFL005")
def publish_on_create(publish_plan: PublishPlan) -> Iterator[Finding]:
    """An upload on `create`, which takes no filters, so that every new branch starts it (GitHub, "Events that trigger workflows")."""
    seen: set[Workflow] = set()
    for row in publish_plan.publishes():
        scenario = row.scenario
        if (
            scenario.event != "create"
            or scenario.ref_type != "branch"
            or scenario.workflow in seen
            or row.happens != "always"
        ):
            continue
        seen.add(scenario.workflow)
        ignored = [entry.name or "" for entry in scenario.trigger.ignored] + list(scenario.trigger.filters)
        yield Finding(
            scenario.trigger.place,
            variant="filtered-create" if ignored else "create",
            related=[Related(row.place, "upload")],
            causes=["create-event-ignores-tag-filter"],
            rejections=[],
            job=row.job,
            keys=ignored,
        )


@check("WFL006")
def publish_on_pull_request(publish_plan: PublishPlan) -> Iterator[Finding]:
    """An upload that every pull request reaches. Runs of forks get neither secrets nor an identity token (GitHub, `pull_request`)."""
    from preflight.plan.repeats import by_upload, sure
    from preflight.publishers.registered import index_title

    for rows in by_upload(sure(publish_plan)).values():
        row = next(
            (
                each
                for each in rows
                if each.scenario.event in ("pull_request", "pull_request_review") and each.index is not None
            ),
            None,
        )
        if row is None:
            continue
        yield Finding(
            row.place,
            variant=None if row.trusted else "token",
            related=[Related(row.scenario.trigger.place, "trigger")],
            rejections=["oidc-no-id-token-permission"] if row.trusted else [],
            job=row.job,
            index=index_title(row.index or ""),
        )


@check("WFL007")
def unguarded_manual_publish(publish_plan: PublishPlan, release_builds: ReleaseBuilds) -> Iterator[Finding]:
    """A manual run that publishes to PyPI from a branch, with nothing on the way that looks at the ref."""
    from preflight.plan.repeats import by_upload, jobs_before, sure, written_steps

    for rows in by_upload(sure(publish_plan)).values():
        manual = [each for each in rows if each.scenario.event == "workflow_dispatch" and each.index == "pypi"]
        row = next((each for each in manual if each.scenario.ref_type == "branch"), None)
        if (
            row is None
            or row.scenario.inputs
            or row.instance.job.environment is not None
            or any(call.job.environment for call in row.instance.run.calls)
        ):
            continue
        jobs = [row.instance.job, *jobs_before(row)]
        if any(job.environment is not None for job in jobs) or _LOOKS_AT_REF.search(written_steps(jobs)):
            continue
        if any(build.rewrites for build in release_builds.builds if build.workflow is row.scenario.workflow):
            continue
        yield Finding(
            row.scenario.trigger.place,
            related=[Related(row.place, "upload")],
            job=row.job,
            branch=(row.scenario.ref or "").removeprefix("refs/heads/"),
        )
