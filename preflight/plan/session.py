"""The plan of a workspace without a run of checks: what `preflight plan` and `preflight publisher` stand on."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from preflight.engine.facts import Facts, FactTable
from preflight.engine.settings import Settings
from preflight.engine.workspace import Workspace
from preflight.plan.publish_plan import PublishPlan


def facts_of(
    workspace: Workspace, table: FactTable, settings: Settings, seeds: Mapping[str, object] | None = None
) -> Facts:
    """The facts of a workspace, with the seeds that a run of checks has."""
    return Facts(
        table,
        {
            "tree": workspace.tree,
            "files": workspace.files,
            "focus": workspace.focus,
            "settings": settings,
            "online": False,
            "use_cache": False,
            **(seeds or {}),
        },
    )


def plan_of(facts: Facts, only: Collection[str]) -> PublishPlan:
    """The publish plan; where workflow or pipeline files are named, of those alone."""
    plan: PublishPlan = facts.get("publish_plan")
    if not only:
        return plan
    kept = tuple(each for each in plan.scenarios if each.scenario.workflow.path in only)
    pipelines = tuple(each for each in plan.pipelines if each.scenario.path in only)
    told = tuple(each for each in plan.told if each.scenario.workflow.path in only)
    return replace(plan, scenarios=kept, pipelines=pipelines, told=told)
