"""The fact `upload_targets`: the indexes that the project is uploaded to, with the uploads that go there. Asks no index."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from preflight.publishers.registered import PYPI, TESTPYPI, index_title
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from preflight.engine.workspace import Focus
    from preflight.plan.pipeline_plan import PipelinePublish
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.publishers.registered import RegisteredPublishers


@dataclass(frozen=True)
class Target:
    """An index: `pypi`, `testpypi` or an upload URL.

    `assumed` where nothing says that what is at hand goes there: no upload is known, or this is TestPyPI beside PyPI.
    """

    index: str
    rows: "tuple[Publish | PipelinePublish, ...]" = ()
    assumed: bool = False

    @property
    def title(self) -> str:
        """The index in a sentence; of an address the host alone, since the rest may hold credentials."""
        return index_title(self.index) if self.public else urlsplit(self.index).hostname or "the index"

    @property
    def public(self) -> bool:
        """Whether this is PyPI or TestPyPI."""
        return self.index in (PYPI, TESTPYPI)

    @property
    def skips_existing(self) -> bool:
        """Whether every upload that is known passes over files that are there."""
        from preflight.workflows.upload_model import is_true

        return bool(self.rows) and all(is_true(row.upload.skip_existing, row.lookup) for row in self.rows)


@dataclass(frozen=True)
class UploadTargets:
    """All indexes of the workspace, PyPI first. `named` are files that were asked about by name; `in_ci` whether this is a run of a CI system."""

    targets: tuple[Target, ...]
    named: frozenset[str]
    in_ci: bool

    @property
    def public(self) -> tuple[Target, ...]:
        """PyPI and TestPyPI, as far as they are among them."""
        return tuple(each for each in self.targets if each.public)

    def sends(self, path: str) -> bool:
        """Whether a built file is certainly meant to be uploaded: what lies in `dist` may be left over where CI builds what it uploads."""
        return path in self.named or self.in_ci or not any(each.rows for each in self.targets)


def upload_targets(
    maybe_publish_plan: "PublishPlan | None",
    maybe_registered_publishers: "RegisteredPublishers | None",
    focus: "Focus",
    environment: Mapping[str, str],
) -> UploadTargets:
    """The indexes that uploads and declared publishers name. Where none does, PyPI is assumed."""
    rows: dict[str, list[Publish | PipelinePublish]] = {}
    unknown = False
    for planned in maybe_publish_plan.all_scenarios() if maybe_publish_plan is not None else ():
        for row in planned.publishes:
            if row.happens == "never":
                continue
            if row.index is None:
                unknown = True
            else:
                rows.setdefault(row.index, []).append(row)
    for each in maybe_registered_publishers.publishers if maybe_registered_publishers is not None else ():
        rows.setdefault(each.index, [])
    found = [
        Target(index, tuple(found), assumed=index == TESTPYPI and PYPI in rows)
        for index, found in rows.items()
        if _is_readable(index)
    ]
    if not found or (unknown and PYPI not in rows):
        found.append(Target(PYPI, assumed=True))
    order = {PYPI: 0, TESTPYPI: 1}
    return UploadTargets(
        tuple(sorted(found, key=lambda each: order.get(each.index, 2))),
        frozenset(focus.files),
        environment.get("CI", "").lower() in ("true", "1"),
    )


def _is_readable(index: str) -> bool:
    """Whether an address can be taken apart at all."""
    try:
        urlsplit(index)
    except ValueError:
        return False
    return True
