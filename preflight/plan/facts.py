"""The fact `publish_plan`, put together from the workflows, the repository's names and the indexes that the project configures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from re import IGNORECASE

from preflight.plan.pipeline_plan import PipelinePlan
from preflight.plan.publish_plan import (
    PlannedScenario,
    Planner,
    PublishPlan,
    enumerate_all,
    names_of,
)
from preflight.plan.scenarios import Names
from preflight.plan.told import releases_apart, without_repeats, without_stopped
from preflight.plan.upload_steps import UploadSteps
from preflight.project.git import Git
from preflight.project.inventory import Inventory
from preflight.project.repository import GITHUB, Repository
from preflight.sources.patterns import compile
from preflight.sources.text import SourceSyntaxError, SourceTooComplex
from preflight.sources.tree import Files
from preflight.workflows.calls import WorkflowSet

_MOST_TAGS = 300
_MOST_BEGINNINGS = 12
_RECENT = 12
_TAG = compile(r"(?P<beginning>.*?)(?P<release>\d+(?:\.\d+)*)(?:\.post\d+)?")
_PRE_RELEASE = compile(
    r"\d[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview|dev|canary|nightly|final-)[-_.]?\d*(?:[-_.]\w+)*$", IGNORECASE
)


def publish_plan(
    workflows: WorkflowSet,
    upload_steps: UploadSteps,
    maybe_repository: Repository | None,
    maybe_git: Git | None,
    inventory: Inventory,
    files: Files,
    pipeline_plan: PipelinePlan,
) -> PublishPlan:
    """The rows of every scenario of every workflow and pipeline."""
    names = repository_names(workflows, maybe_repository, maybe_git)
    planner = Planner(workflows, upload_steps, names, configured_indexes(inventory, files))
    planned: list[PlannedScenario] = []
    left_out = {}
    for workflow, found in enumerate_all(workflows, names):
        worked_out = without_stopped([planner.plan(scenario) for scenario in found.scenarios])
        planned.extend(without_repeats(worked_out))
        if found.left_out:
            left_out[workflow.path] = found.left_out
    told = tuple(each for one in planned for each in releases_apart(one, planner))
    return PublishPlan(tuple(planned), left_out, upload_steps, pipeline_plan.scenarios, told)


def repository_names(workflows: WorkflowSet, repository: Repository | None, git: Git | None) -> Names:
    """What the repository calls things, as far as it and its checkout are known; only GitHub's names count."""
    github = repository if repository is not None and repository.host == GITHUB else None
    return names_of(
        workflows,
        github.owner if github else None,
        github.name if github else None,
        likely_tags(git.tags[:_MOST_TAGS]) if git is not None else (),
        git.default_branch if git is not None else None,
    )


def likely_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Of a repository's tags, newest first, those that its next releases will most likely look like.

    For each beginning (`v`, `py-v`, `libs/genai/v`) the newest final release with as many parts as most of late, which leaves out pre-releases
    and moving tags such as `v4`; the beginning that most tags of late have comes first. Without any final release, the newest tag.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    recent: Counter[str] = Counter()
    for tag in tags:
        match = _TAG.fullmatch(tag) if _PRE_RELEASE.search(tag) is None else None
        if match is None:
            continue
        found.setdefault(match["beginning"], []).append((tag, match["release"].count(".")))
        if recent.total() < _RECENT:
            recent[match["beginning"]] += 1
    chosen = []
    for beginning in sorted(found, key=lambda each: -recent[each])[:_MOST_BEGINNINGS]:
        same = found[beginning][:_RECENT]
        parts = Counter(count for _, count in same).most_common(1)[0][0]
        chosen.append(next(tag for tag, count in same if count == parts))
    return tuple(chosen) or tuple(tags[:1])


def configured_indexes(inventory: Inventory, files: Files) -> Mapping[str, str]:
    """The upload URLs of the indexes that projects name in `[[tool.uv.index]]` (uv, "Package indexes", `publish-url`)."""
    from preflight.sources.toml import parse_toml

    found: dict[str, str] = {}
    for project in inventory.projects:
        source = files.find(project.file("pyproject.toml"))
        if source is None or "publish-url" not in source.text:
            continue
        try:
            document = parse_toml(source, allow_bom=True)
        except (SourceSyntaxError, SourceTooComplex):
            continue
        entries = document.get("tool", "uv", "index")
        for entry in entries if isinstance(entries, list) else ():
            if (
                isinstance(entry, dict)
                and isinstance(entry.get("name"), str)
                and isinstance(entry.get("publish-url"), str)
            ):
                found.setdefault(entry["name"], entry["publish-url"])
    return found
