"""The fact `last_publishers`: which trusted publishers brought the last releases, as their provenance names them. Without provenance nothing is proven."""

from typing import TYPE_CHECKING

from preflight.publishers.matching import Identity
from preflight.publishers.registered import index_title
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from preflight.index.package_indexes import PackageIndexes
    from preflight.plan.targets import UploadTargets
    from preflight.project.names import ProjectNames


@dataclass(frozen=True, slots=True)
class LastPublisher:
    """A publisher that was registered when a project's last release came, and a file of it whose provenance says so."""

    index: str
    project: str
    file: str
    identity: Identity

    @property
    def title(self) -> str:
        """The index in a sentence."""
        return index_title(self.index)


def last_publishers(
    package_indexes: "PackageIndexes", upload_targets: "UploadTargets", project_names: "ProjectNames"
) -> tuple[LastPublisher, ...]:
    """The publishers of the last releases of the workspace's projects, on PyPI, or on TestPyPI where that is the only target.

    Raises:
        Unavailable: not online, or an index gives no answer.
    """
    found: list[LastPublisher] = []
    for target in upload_targets.public[:1]:
        for name in project_names.known:
            told = package_indexes.last_proof(target.index, name)
            if told is None:
                continue
            file, publishers = told
            for each in publishers:
                identity = Identity(each.kind, each.owner, each.repository, each.workflow, each.environment)
                found.append(LastPublisher(target.index, name, file.filename, identity))
    return tuple(found)
