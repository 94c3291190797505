"""The fact `workflows`: every workflow file of the workspace, read into the model, with its local actions at hand."""

from preflight.project.inventory import Inventory
from preflight.sources.text import SourceTooComplex
from preflight.sources.tree import Files
from preflight.workflows.calls import WorkflowSet, read_workflows


def workflows(inventory: Inventory, files: Files) -> WorkflowSet:
    """Read every workflow file of the workspace, each by itself: one that is broken does not keep the others from being read.

    Files that are no readable text are remembered by `files`; broken syntax is kept in `failures`, for a rule to report.
    """
    sources = [source for path in inventory.workflows if (source := files.find(path)) is not None]
    found = read_workflows(sources, files.find)
    for error in found.failures.values():
        if isinstance(error, SourceTooComplex):
            files.cut_short.append((error.place, error.reason))
    return found
