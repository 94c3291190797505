"""The rules about preflight itself: files that could not be read, its own configuration, limits.

INT001 (a crash), INT004 (unused suppressions) and INT006 (an edit taken back) are found by the engine, which words them by their cards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Finding

if TYPE_CHECKING:
    from preflight.engine.settings import Settings
    from preflight.plan.publish_plan import PublishPlan
    from preflight.project.inventory import Inventory
    from preflight.sources.tree import Files
    from preflight.workflows.calls import WorkflowSet


_KINDS = {
    "bytes that preflight reads": "large",
    "it is a link to": "link",
    "it is a folder, not a file": "no-file",
    "it is no regular file": "no-file",
}
"""Words of a reason for which a file cannot be read -> how it is mended. What is none of these may not be read."""


@check("INT002", last=3)
def unreadable_file(files: Files, inventory: Inventory) -> Iterator[Finding]:
    """Files and folders that are there and could not be read, whoever asked for them. A pyproject.toml that is no UTF-8 text is another rule's error."""
    told = {project.file("pyproject.toml") for project in inventory.projects} & files.undecodable.keys()
    for path, reason in sorted({**files.tree.barred, **files.unreadable}.items()):
        if path not in told:
            kind = next((kind for words, kind in _KINDS.items() if words in reason), None)
            variant = "undecodable" if path in files.undecodable else kind
            yield Finding(files.unreadable_place(path), variant=variant, path=path, reason=reason)


@check("INT003")
def malformed_configuration(settings: Settings) -> Iterator[Finding]:
    """What the configuration says and preflight cannot use."""
    for problem in settings.problems:
        yield Finding(problem.place, variant=problem.variant, more=problem.args)


@check("INT005", last=3)
def analysis_limit(
    inventory: Inventory, files: Files, workflows: WorkflowSet, publish_plan: PublishPlan
) -> Iterator[Finding]:
    """Where a limit cut the analysis short: too many projects or scenarios, or a file nested too deep."""
    for path, count in publish_plan.left_out.items():
        if path in workflows.workflows:
            yield Finding(workflows.workflows[path].source.whole, variant="scenarios", count=count)
    for what in inventory.left_out:
        yield Finding(None, what=what)
    for place, reason in files.cut_short:
        yield Finding(place, variant="file", reason=reason)
