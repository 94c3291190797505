"""Which of a repository's projects an upload is of, as far as the workflow says: by what is built, by the folder that is read, by the tag. Asks no index."""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from preflight.engine.facts import Facts
from preflight.plan.handover import file_patterns
from preflight.plan.pipeline_plan import PipelinePublish
from preflight.plan.publish_plan import Publish
from preflight.project.backend import normalised
from preflight.sources.records import dataclass


@dataclass(frozen=True, slots=True)
class NamedProject:
    """A project of the repository: its folder, the name it is uploaded under, and whether it is among those that were asked for."""

    folder: str
    name: str
    asked: bool = True


def projects_of_repository(facts: Facts) -> tuple[NamedProject, ...]:
    """All projects that have a name, those that were not asked for too: an upload may be of one of them."""
    from preflight.engine.workspace import Focus
    from preflight.project.inventory import Inventory, inventory
    from preflight.project.names import project_names

    asked: Inventory = facts.get("inventory")
    tree, files = facts.get("tree"), facts.get("files")
    found = {each.path: each for each in asked.projects}
    if facts.get("focus") != Focus():
        for each in inventory(tree, files, Focus(), facts.get("settings")).projects:
            found.setdefault(each.path, each)
    inside = {each.path for each in asked.projects}
    return tuple(
        NamedProject(path, name, path in inside)
        for path, each in found.items()
        for name in project_names(replace(asked, projects=(each,)), files, tree).known
    )


def uploaded_projects(publish: Publish | PipelinePublish, projects: Collection[NamedProject]) -> tuple[str, ...]:
    """The names of the projects that an upload is of; empty where the workflow does not say, or there is only one that it can be of."""
    if len(projects) < 2:
        return ()
    if isinstance(publish, PipelinePublish):
        return ()
    return _of_folders(publish, projects) or _of_builds(publish, projects) or _of_tags(publish, projects)


def _of_folders(publish: Publish, projects: Iterable[NamedProject]) -> tuple[str, ...]:
    """By the folders of the files that are uploaded, where each of them is a project's own."""
    return _all_known(_in_folder(each.folder, projects) for each in file_patterns(publish) or ())


def _of_builds(publish: Publish, projects: Iterable[NamedProject]) -> tuple[str, ...]:
    """By the build commands of the job and of those that it needs, where each of them says what it builds."""
    from preflight.workflows.build_sources import build_sources

    names = {normalised(each.name): each.name for each in projects}
    at = {each.folder: each.name for each in projects}
    found: list[str | None] = []
    job = publish.instance.job
    for each in (job, *job.ancestors):
        if each.calls_workflow:
            return ()
        for source in (one for step in each.all_steps() for one in build_sources(step, each)):
            found.append(
                names.get(normalised(source.name))
                if source.name is not None
                else at.get(source.folder)
                if source.folder is not None
                else None
            )
    return _all_known(found)


def _of_tags(publish: Publish, projects: Collection[NamedProject]) -> tuple[str, ...]:
    """By the tags whose push starts the run, where each pattern begins with the name of exactly one."""
    trigger = publish.scenario.trigger
    if publish.scenario.event != "push" or trigger.branches or not trigger.tags:
        return ()
    return _all_known(_of_tag(pattern, projects) for pattern in trigger.tags)


def _of_tag(pattern: str, projects: Iterable[NamedProject]) -> str | None:
    from preflight.project.versions.tags import read_tag

    # The name stands before the first sign that stands for others (GitHub, "Filter pattern cheat sheet").
    tag = re.split(r"[*?+![\d]", pattern, maxsplit=1)[0] + "1.2.3"
    named = [
        each.name
        for each in projects
        if (found := read_tag(tag, {each.name, each.folder, each.folder.rpartition("/")[2]})) is not None
        and found.names_project
    ]
    return named[0] if len(named) == 1 else None


def _in_folder(folder: str, projects: Iterable[NamedProject]) -> str | None:
    """The project whose folder a folder lies in, the innermost one; None for one of the repository as a whole."""
    around = [each for each in projects if each.folder and f"{folder}/".startswith(f"{each.folder}/")]
    return max(around, key=lambda each: len(each.folder)).name if around else None


def _all_known(found: Iterable[str | None]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(found))
    return () if None in names else tuple(each for each in names if each is not None)
