"""The fact `pipelines`: every GitLab pipeline of the workspace, read into the model with the local files it includes."""

from preflight.project.inventory import Inventory
from preflight.sources.text import SourceSyntaxError, SourceTooComplex
from preflight.sources.tree import Files
from preflight.workflows.gitlab import Pipeline, PipelineSet, read_pipeline


def pipelines(inventory: Inventory, files: Files) -> PipelineSet:
    """Read every pipeline of the workspace; one that is broken is kept in `failures`."""
    found: list[Pipeline] = []
    failures: dict[str, SourceSyntaxError | SourceTooComplex] = {}
    for path in inventory.pipelines:
        source = files.find(path)
        if source is None:
            continue
        try:
            found.append(read_pipeline(source, files.find))
        except (SourceSyntaxError, SourceTooComplex) as error:
            failures[path] = error
            if isinstance(error, SourceTooComplex):
                files.cut_short.append((error.place, error.reason))
    return PipelineSet(tuple(found), failures)
