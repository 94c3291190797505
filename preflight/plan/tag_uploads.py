"""The fact `tag_uploads`: what a certain tag uploads once it is pushed, or released on GitHub. The plan itself only tries tags that look alike."""

from collections.abc import Iterator
from dataclasses import field

from preflight.plan.facts import configured_indexes, repository_names
from preflight.plan.publish_plan import Planner, Publish
from preflight.plan.scenarios import Scenario, github_context, trigger_starts
from preflight.plan.upload_steps import UploadSteps
from preflight.project.git import Git
from preflight.project.inventory import Inventory
from preflight.project.repository import Repository
from preflight.sources.records import dataclass
from preflight.sources.tree import Files
from preflight.workflows.calls import WorkflowSet
from preflight.workflows.model import Job

RELEASE_ACTIVITIES = ("published", "released", "created")
"""The activities of a release that is made of a tag (GitHub, "Events that trigger workflows", `release`)."""


@dataclass(frozen=True)
class TagUploads:
    """The rows of the plan for tags, worked out when asked for."""

    planner: Planner = field(repr=False)
    upload_steps: UploadSteps = field(repr=False)
    _rows: dict[str, tuple[Publish, ...]] = field(default_factory=dict, repr=False)

    def rows(self, tag: str) -> tuple[Publish, ...]:
        """Every upload that a push or a release of the tag may come to."""
        if tag not in self._rows:
            found = (self.planner.plan(scenario).publishes for scenario in self._scenarios(tag))
            self._rows[tag] = tuple(row for rows in found for row in rows if row.happens != "never")
        return self._rows[tag]

    def of_job(self, job: Job, tag: str) -> tuple[Publish, ...] | None:
        """The uploads of one job for the tag, those to PyPI and those beyond doubt first; None where the plan knows no upload of the job."""
        if not any(step.job is job for step in self.upload_steps):
            return None
        rows = [row for row in self.rows(tag) if row.instance.job is job]
        return tuple(
            sorted(rows, key=lambda row: (row.index != "pypi", row.index == "testpypi", row.happens != "always"))
        )

    def _scenarios(self, tag: str) -> Iterator[Scenario]:
        ref = f"refs/tags/{tag}"
        ways = [("push", None), *(("release", activity) for activity in RELEASE_ACTIVITIES)]
        for workflow in self.planner.workflows:
            for trigger in workflow.triggers:
                for event, activity in ways:
                    starts = trigger_starts(trigger, event, activity, ref) if trigger.event == event else False
                    if starts is not False:
                        github = github_context(workflow, event, activity, None, ref, self.planner.names)
                        yield Scenario(workflow, trigger, event, activity, None, ref, starts, github)


def tag_uploads(
    workflows: WorkflowSet,
    upload_steps: UploadSteps,
    maybe_repository: Repository | None,
    maybe_git: Git | None,
    inventory: Inventory,
    files: Files,
) -> TagUploads:
    """What tags upload; no scenario is looked at before somebody asks."""
    names = repository_names(workflows, maybe_repository, maybe_git)
    return TagUploads(Planner(workflows, upload_steps, names, configured_indexes(inventory, files)), upload_steps)
