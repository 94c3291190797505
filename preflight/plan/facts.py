"""The fact `publish_plan`, put together from the workflows, the repository's names and the indexes that the project configures."""

from collections.abc import Mapping

from preflight.plan.pipeline_plan import PipelinePlan
from preflight.plan.publish_plan import PlannedScenario, Planner, PublishPlan, enumerate_all, names_of
from preflight.plan.upload_steps import UploadSteps
from preflight.project.git import Git
from preflight.project.inventory import Inventory
from preflight.project.repository import GITHUB, Repository
from preflight.sources.text import SourceSyntaxError, SourceTooComplex
from preflight.sources.tree import Files
from preflight.workflows.calls import WorkflowSet

_MOST_TAGS = 3


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
    github = maybe_repository if maybe_repository is not None and maybe_repository.host == GITHUB else None
    tags = tuple(maybe_git.tags[:_MOST_TAGS]) if maybe_git is not None else ()
    names = names_of(
        workflows,
        github.owner if github else None,
        github.name if github else None,
        tags,
        maybe_git.default_branch if maybe_git is not None else None,
    )
    planner = Planner(workflows, upload_steps, names, configured_indexes(inventory, files))
    planned: list[PlannedScenario] = []
    left_out = {}
    for workflow, found in enumerate_all(workflows, names):
        planned.extend(planner.plan(scenario) for scenario in found.scenarios)
        if found.left_out:
            left_out[workflow.path] = found.left_out
    return PublishPlan(tuple(planned), left_out, upload_steps, pipeline_plan.scenarios)


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
            if isinstance(entry, dict) and isinstance(entry.get("name"), str) and isinstance(entry.get("publish-url"), str):
                found.setdefault(entry["name"], entry["publish-url"])
    return found
