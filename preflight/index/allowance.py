"""The fact `allowances`: how many requests a workspace may cause, so that no project costs more than six. Sends none."""

from typing import TYPE_CHECKING

from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from preflight.plan.targets import UploadTargets
    from preflight.project.inventory import Inventory
    from preflight.publishers.registered import RegisteredPublishers

MOST_REQUESTS = 6
"""Requests for each project, GitHub's included."""

FOR_GITHUB, LEAST_FOR_GITHUB = 4, 2
"""Requests to GitHub for a whole workspace: as many as it may send, and those that it keeps whatever else there is to ask."""

USED_UP = f"no more than {MOST_REQUESTS} requests are sent for a project, and they are used up"


class Allowance:
    """Requests that may still be sent. What a share takes is taken from the whole too."""

    def __init__(self, requests: int, whole: "Allowance | None" = None) -> None:
        self._left = requests
        self._whole = whole

    @property
    def left(self) -> int:
        """How many requests may still be sent."""
        return self._left if self._whole is None else min(self._left, self._whole.left)

    def take(self) -> bool:
        """Take one request; False where none is left."""
        if self.left <= 0:
            return False
        self._left -= 1
        if self._whole is not None:
            self._whole.take()
        return True

    def share(self, requests: int) -> "Allowance":
        """A part of this one."""
        return Allowance(requests, self)


@dataclass(frozen=True)
class Allowances:
    """What may be sent at all, and the share of it that may go to GitHub.

    In the order of importance: each project's own pages on the indexes and the provenance of its last release, for which GitHub's share leaves room; what
    GitHub has set; then what checks ask that run last (`check(..., last=…)`): the metadata of the last release, look-alikes of a new name, dependencies.
    What comes too late is not asked, and its rules are skipped with `USED_UP` as the reason.
    """

    whole: Allowance
    github: Allowance


def allowances(
    inventory: "Inventory", upload_targets: "UploadTargets", maybe_registered_publishers: "RegisteredPublishers | None"
) -> Allowances:
    """The allowances of a workspace: for each of its projects, of those that the files at hand belong to, or that publishers are declared for."""
    declared = maybe_registered_publishers.publishers if maybe_registered_publishers is not None else ()
    projects = max(
        1,
        len(inventory.projects),
        len({_project(path) for path in inventory.distributions}),
        len({each.project for each in declared if each.project}),
    )
    whole = Allowance(MOST_REQUESTS * projects)
    first = projects * (len(upload_targets.public) + 1)
    return Allowances(whole, whole.share(max(LEAST_FOR_GITHUB, min(FOR_GITHUB, whole.left - first))))


def _project(path: str) -> str:
    """The part of a file's name that is its project's, for wheels and today's sdists."""
    return path.rpartition("/")[2].partition("-")[0].lower()
