"""The publishers that PyPI must have registered for the plan to work, beside those that are declared. Asks nobody."""

from collections.abc import Iterable

from preflight.plan.pipeline_plan import PipelinePublish
from preflight.plan.publish_plan import Publish, PublishPlan
from preflight.publishers.matching import Difference, Identity, differences, verdict
from preflight.publishers.registered import RegisteredPublisher, RegisteredPublishers, index_title
from preflight.sources.records import dataclass


@dataclass(frozen=True)
class Wanted:
    """One publisher that must be registered, the uploads that need it, and what is declared instead of it.

    `recorded` is None where nothing is declared for the index, True where a declared publisher matches; otherwise `differences` are those from the
    nearest one. A field of the identity that is None is not known. `declared_for` are the distributions that matching declared publishers name.
    """

    index: str
    identity: Identity
    publishes: tuple[Publish | PipelinePublish, ...]
    recorded: bool | None
    nearest: RegisteredPublisher | None
    differences: tuple[Difference, ...]
    declared_for: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The index in a sentence."""
        return index_title(self.index)


def wanted_publishers(plan: PublishPlan, registered: RegisteredPublishers | None) -> list[Wanted]:
    """What must be registered, by index and identity, in the order of the plan."""
    found: dict[tuple[str, Identity], list[Publish | PipelinePublish]] = {}
    for publish in (row for planned in plan.told_scenarios() for row in planned.publishes):
        if publish.index in ("pypi", "testpypi") and publish.trusted and publish.happens != "never":
            found.setdefault((publish.index, publish.identity), []).append(publish)
    return [_wanted(index, identity, publishes, registered) for (index, identity), publishes in found.items()]


def _wanted(
    index: str,
    identity: Identity,
    publishes: Iterable[Publish | PipelinePublish],
    registered: RegisteredPublishers | None,
) -> Wanted:
    declared = registered.on(index, identity.kind) if registered is not None else ()
    if not declared:
        return Wanted(index, identity, tuple(publishes), None, None, ())
    judged = verdict(declared, identity)
    if judged.matched is not None:
        named = dict.fromkeys(each.project for each in declared if each.project and differences(each, identity) == [])
        return Wanted(index, identity, tuple(publishes), True, judged.matched, (), tuple(named))
    return Wanted(
        index, identity, tuple(publishes), False if judged.certain else None, judged.nearest, judged.differences
    )
