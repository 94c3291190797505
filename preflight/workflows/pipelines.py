"""The fact `pipelines`: every GitLab pipeline of the workspace, read into the model with the local files it includes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from preflight.project.inventory import Inventory
from preflight.sources.records import dataclass
from preflight.sources.text import SourceSyntaxError, SourceTooComplex
from preflight.sources.tree import Files

if TYPE_CHECKING:
    from preflight.workflows.gitlab import Pipeline


@dataclass(frozen=True, eq=False)
class PipelineSet:
    """The pipelines of a workspace, and the files that could not be read."""

    pipelines: tuple[Pipeline, ...] = ()
    failures: Mapping[str, SourceSyntaxError | SourceTooComplex] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Pipeline]:
        return iter(self.pipelines)


def pipelines(inventory: Inventory, files: Files) -> PipelineSet:
    """Read every pipeline of the workspace; one that is broken is kept in `failures`."""
    if not inventory.pipelines:
        return PipelineSet()
    from preflight.workflows.gitlab import read_pipeline

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
