"""The workflow and pipeline files that could not be read, with what stands in the way: what they publish is not known. Judges no other file."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from preflight.engine.facts import Facts
from preflight.sources.records import dataclass
from preflight.sources.text import Place, SourceSyntaxError, SourceTooComplex
from preflight.sources.words import retold, say

if TYPE_CHECKING:
    from preflight.project.inventory import Inventory
    from preflight.sources.tree import Files
    from preflight.workflows.calls import WorkflowSet
    from preflight.workflows.pipelines import PipelineSet


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file that can start an upload and was not read.

    `reason` is for people; `place` is where its syntax breaks, or stands for the file. `names_upload` says whether its text speaks of an upload, or cannot
    be told.
    """

    path: str
    reason: str
    place: Place
    names_upload: bool
    broken: bool = False
    """Whether it is text, whose syntax is broken."""

    @property
    def told(self) -> str:
        """That it cannot be read, with the line where that is known."""
        if self.broken:
            words = "`{file}` cannot be read (line {line}): {reason}"
            return say(words, file=self.path, line=self.place.line, reason=retold(self.reason))
        return say("`{file}` cannot be read: {reason}", file=self.path, reason=retold(self.reason))


def unread_files(facts: Facts, only: Collection[str] = ()) -> tuple[UnreadFile, ...]:
    """The workflows and pipelines of a workspace that could not be read; where files are named, those alone."""
    return tuple(each for each in _unread(facts) if not only or each.path in only)


def _unread(facts: Facts) -> Iterator[UnreadFile]:
    from preflight.project.inventory import WORKFLOW_FOLDER
    from preflight.workflows.uploads import mentions_upload

    inventory: Inventory = facts.get("inventory")
    workflows: WorkflowSet = facts.get("workflows")
    pipelines: PipelineSet = facts.get("pipelines")
    files: Files = facts.get("files")
    broken: dict[str, SourceSyntaxError | SourceTooComplex] = {**workflows.failures, **pipelines.failures}
    for path, reason in files.tree.barred.items():
        if path in (WORKFLOW_FOLDER, WORKFLOW_FOLDER.partition("/")[0]):
            yield UnreadFile(path, reason, files.unreadable_place(path), True)
    for path in (*inventory.workflows, *inventory.pipelines):
        error = broken.get(path)
        if error is not None:
            yield UnreadFile(path, error.reason, error.place, mentions_upload(error.place.source.text), broken=True)
        elif path in files.unreadable:
            yield UnreadFile(path, files.unreadable[path], files.unreadable_place(path), True)
