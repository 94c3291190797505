"""The publishers that PyPI must have registered for the plan to work, beside those that are declared. Asks nobody."""

from collections.abc import Collection, Iterable, Iterator

from preflight.plan.pipeline_plan import PipelinePublish
from preflight.plan.publish_plan import Publish, PublishPlan
from preflight.plan.uploaded_projects import NamedProject, uploaded_projects
from preflight.project.backend import normalised
from preflight.publishers.matching import Difference, Identity, differences, verdict
from preflight.publishers.registered import RegisteredPublisher, RegisteredPublishers, index_title
from preflight.sources.records import dataclass


@dataclass(frozen=True)
class Wanted:
    """One publisher that must be registered, the uploads that need it, and what is declared instead of it.

    `recorded` is None where nothing is declared for the index, True where a declared publisher matches; otherwise `differences` are those from the
    nearest one. A field of the identity that is None is not known. `declared_for` are the distributions that matching declared publishers name,
    `declared_otherwise` those that have another publisher on the index. `project` is the distribution that the workflow uploads, where it says so.
    """

    index: str
    identity: Identity
    publishes: tuple[Publish | PipelinePublish, ...]
    recorded: bool | None
    nearest: RegisteredPublisher | None
    differences: tuple[Difference, ...]
    declared_for: tuple[str, ...] = ()
    declared_otherwise: tuple[str, ...] = ()
    project: str | None = None

    @property
    def title(self) -> str:
        """The index in a sentence."""
        return index_title(self.index)


@dataclass(frozen=True)
class OpenIndex:
    """A publisher that uploads need on an index which is known only in the run: it may be PyPI, TestPyPI or neither."""

    identity: Identity
    publishes: tuple[Publish | PipelinePublish, ...]

    @property
    def written(self) -> str:
        """The address or name of the index as it is written; empty where the client's settings hold it."""
        settings = (each.upload.index.setting for each in self.publishes)
        return next((str(each.value) for each in settings if each is not None), "")


def publishers_on_open_index(plan: PublishPlan) -> list[OpenIndex]:
    """What the uploads by trusted publishing would claim whose index is known only in the run, in the order of the plan."""
    found: dict[Identity, list[Publish | PipelinePublish]] = {}
    for publish in (row for planned in plan.told_scenarios() for row in planned.publishes):
        if publish.index is None and publish.trusted and publish.happens != "never":
            found.setdefault(publish.identity, []).append(publish)
    return [OpenIndex(identity, tuple(publishes)) for identity, publishes in found.items()]


def wanted_publishers(
    plan: PublishPlan, registered: RegisteredPublishers | None, projects: Collection[NamedProject] = ()
) -> list[Wanted]:
    """What must be registered, by index and identity, in the order of the plan.

    With the `projects` of the repository given, an upload that is said to be of some of them counts for each of these alone, and what is only of projects
    that were not asked for is left out.
    """
    found: dict[tuple[str, Identity], list[Publish | PipelinePublish]] = {}
    for publish in (row for planned in plan.told_scenarios() for row in planned.publishes):
        if publish.index in ("pypi", "testpypi") and publish.trusted and publish.happens != "never":
            found.setdefault((publish.index, publish.identity), []).append(publish)
    asked = {normalised(each.name) for each in projects if each.asked}
    others = {normalised(each.name) for each in projects if not each.asked} - asked
    needed = (
        _wanted(index, identity, project, rows, registered)
        for (index, identity), publishes in found.items()
        for project, rows in _by_project(publishes, projects)
    )
    return [each for each in needed if not _is_of_others(each, asked, others)]


def _by_project(
    publishes: Collection[Publish | PipelinePublish], projects: Collection[NamedProject]
) -> Iterator[tuple[str | None, list[Publish | PipelinePublish]]]:
    """The uploads of each project that is named. A run by hand is of the same ones; where a tag or a release may be of any, nothing is said of all."""
    named = {id(each): uploaded_projects(each, projects) for each in publishes}
    names = dict.fromkeys(name for each in named.values() for name in each)
    if not names or any(not named[id(each)] and each.scenario.event in ("push", "release") for each in publishes):
        yield None, list(publishes)
        return
    for name in names:
        yield name, [each for each in publishes if name in (named[id(each)] or names)]


def _is_of_others(wanted: Wanted, asked: Collection[str], others: Collection[str]) -> bool:
    """Whether a publisher is of projects that were not asked for: the workflow says so, or the declaration, which has another one for each that was."""
    if wanted.project is not None:
        return normalised(wanted.project) in others
    declared, otherwise = (
        {normalised(name) for name in names} for names in (wanted.declared_for, wanted.declared_otherwise)
    )
    return bool(asked) and not declared.isdisjoint(others) and otherwise.issuperset(asked)


def _wanted(
    index: str,
    identity: Identity,
    project: str | None,
    publishes: Iterable[Publish | PipelinePublish],
    registered: RegisteredPublishers | None,
) -> Wanted:
    on_index = registered.on(index, identity.kind) if registered is not None else ()
    declared = [each for each in on_index if project is None or not each.project or _is(each.project, project)]
    rows = tuple(publishes)
    if not declared:
        return Wanted(index, identity, rows, None, None, (), project=project)
    judged = verdict(declared, identity)
    if judged.matched is not None:
        matched = [each for each in declared if differences(each, identity) == []]
        named = tuple(dict.fromkeys(each.project for each in matched if each.project))
        own = {"", *named}
        others = tuple(dict.fromkeys(each.project for each in declared if each.project not in own))
        # Declared for none in particular, it is for all.
        for_some = named if all(each.project for each in matched) else ()
        return Wanted(index, identity, rows, True, judged.matched, (), for_some, others if for_some else (), project)
    recorded = False if judged.certain else None
    return Wanted(index, identity, rows, recorded, judged.nearest, judged.differences, project=project)


def _is(one: str, other: str) -> bool:
    return normalised(one) == normalised(other)
