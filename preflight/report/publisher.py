"""The trusted publishers that a project needs, as text for the index's form, as JSON, and as configuration to record."""

from collections.abc import Iterator, Sequence
from json import dumps
from typing import TYPE_CHECKING

from preflight.plan.wanted import OpenIndex, Wanted
from preflight.publishers.declaration import form_url, labels_of, publisher_entry
from preflight.report.safe import for_people
from preflight.report.style import Style, wrap
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.index.last_publishers import LastPublisher
    from preflight.plan.pipeline_plan import PipelinePublish
    from preflight.plan.publish_plan import Publish
    from preflight.publishers.matching import Identity
    from preflight.publishers.registered import RegisteredPublishers

SCHEMA = 1

_MOST_NAMES = 8
"""Projects that a note lists."""


def render_publishers(
    wanted: Sequence[Wanted],
    project: str | None,
    format: str,
    version: str,
    *,
    color: bool,
    width: int,
    proven: "Sequence[LastPublisher]" = (),
    projects: Sequence[str] = (),
    open_index: Sequence[OpenIndex] = (),
    alone: bool = False,
) -> str:
    """What to type into the form of each index; `project` is the distribution's name where the workspace has one, `projects` are all where it has several.

    `proven` are the publishers of the last releases, where the index was asked for them; `open_index` those whose index is known only in the run.
    With `alone`, the repository holds projects that were not asked for.
    """
    if format == "json":
        page = publishers_as_json(wanted, project, version, projects)
        page["open_index"] = [_open_as_json(each) for each in open_index]
        page["last_release"] = [_last_as_json(each) for each in proven]
        return dumps(page, indent=1, ensure_ascii=False) + "\n"
    if not wanted and not proven and not open_index:
        if alone and project is not None:
            words = "No upload of `{project}` by trusted publishing to PyPI or TestPyPI was found; `preflight plan` shows what there is."
            return say(words, project=for_people(project)) + "\n"
        words = "No upload by trusted publishing to PyPI or TestPyPI was found; `preflight plan` shows what there is."
        return say(words) + "\n"
    style = Style(color)
    out: list[str] = []
    for each in wanted:
        for name, unnamed in _named(each, project, projects):
            out += [*_form(each, name, unnamed, style, width), ""]
    for open_one in open_index:
        out += [*_form_of_open_index(open_one, project, style, width), ""]
    for last in proven:
        out += [*_last(last, wanted, style, width), ""]
    return "\n".join(out)


def _named(each: Wanted, project: str | None, projects: Sequence[str]) -> list[tuple[str | None, tuple[str, ...]]]:
    """The distribution of each form, and on the last one the distributions for which nobody has said whether they need it."""
    from preflight.project.backend import normalised

    if each.project is not None or project is not None or not projects:
        return [(each.project or project, ())]
    declared = {normalised(name) for name in (*each.declared_for, *each.declared_otherwise)}
    unnamed = tuple(name for name in projects if normalised(name) not in declared)
    if not each.declared_for:
        return [(None, unnamed)]
    *first, last = each.declared_for
    return [*((name, ()) for name in first), (last, unnamed)]


def _form(each: Wanted, project: str | None, unnamed: Sequence[str], style: Style, width: int) -> list[str]:
    identity = each.identity
    kind = _platform(identity)
    out = [
        style.paint("strong", say("{index}, publisher on {kind}", index=each.title, kind=kind)),
        f"  {form_url(each.index, project)}",
    ]
    if project:
        out.append("  " + say("(a project that does not exist yet: {url})", url=form_url(each.index, None)))
    out += ["", *_filled_in(identity, project or (say("(one form for each project)") if unnamed else None), style), ""]
    notes = [say("Needed by {jobs}.", jobs=say(", ").join(_uses(each.publishes))), *_unknown_fields(identity)]
    if each.recorded and not _is_recorded_for(each, project):
        words = "The configuration records it for {projects} alone. `{project}` needs it only where the workflow uploads that too."
        notes.append(say(words, projects=_listed(each.declared_for), project=project))
    elif each.recorded:
        notes.append(say("It is recorded in the configuration."))
    elif each.recorded is False and each.nearest is not None:
        words = "{field} `{registered}` instead of `{claimed}`"
        said = say(", ").join(
            say(
                words,
                field=one.field,
                registered=one.registered or say("(empty)"),
                claimed=one.claimed or say("(empty)"),
            )
            for one in each.differences
        )
        place = each.nearest.place
        words = "The configuration records another one ({path}, line {line}): {differences}."
        notes.append(say(words, path=place.source.path, line=place.line, differences=said))
    elif as_configuration(each, "publishers") is None:
        notes.append(say("It is not recorded in the configuration."))
    else:
        notes.append(say("It is not recorded in the configuration; `preflight publisher --record` does that."))
    if unnamed:
        words = (
            "The repository holds other projects too: {projects}. Each one that is uploaded this way needs this publisher as well."
            if project
            else "The repository holds several projects: {projects}. Each one that is uploaded this way needs this publisher, with its own name on the form."
        )
        notes.append(say(words, projects=_listed(unnamed)))
    return out + _noted(notes, style, width)


def _is_recorded_for(each: Wanted, project: str | None) -> bool:
    """Whether a declared publisher that matches is this project's, or everybody's."""
    from preflight.project.backend import normalised

    return project is None or not each.declared_for or normalised(project) in map(normalised, each.declared_for)


def _form_of_open_index(each: OpenIndex, project: str | None, style: Style, width: int) -> list[str]:
    """The same where the index is open: it has to be registered on each one that the run may choose."""
    words = "An index that is known only in the run, publisher on {kind}"
    out = [style.paint("strong", say(words, kind=_platform(each.identity)))]
    out += [f"  {form_url(index, project)}" for index in ("pypi", "testpypi")]
    out += ["", *_filled_in(each.identity, project, style), ""]
    told = say("Register it on PyPI, on TestPyPI or on both, as far as the run may upload there.")
    notes = [say("Needed by {jobs}.", jobs=say(", ").join(_uses(each.publishes))), *_unknown_fields(each.identity)]
    notes += [say("The index is `{index}`.", index=each.written)] if each.written else []
    return out + _noted([*notes, told], style, width)


def _platform(identity: "Identity") -> str:
    return "GitLab" if identity.kind == "gitlab" else "GitHub"


def _filled_in(identity: "Identity", project: str | None, style: Style) -> Iterator[str]:
    """The fields of the form with what goes into them."""
    if project:
        yield f"    {'PyPI project name':<28}  {for_people(project)}"
    for field, label in labels_of(identity.kind).items():
        value = getattr(identity, field)
        shown = say("(not known)") if value is None else value or say("(leave empty)")
        yield f"    {label:<28}  {style.paint('code', for_people(shown))}"


def _unknown_fields(identity: "Identity") -> Iterator[str]:
    """Why a field is not known."""
    if identity.owner is None or identity.repository is None:
        words = (
            "The repository is not known: the checkout has no remote, and no project URL names it. "
            "Take both names from its address on {kind}."
        )
        yield say(words, kind=_platform(identity))
    if identity.environment is None:
        yield say("The environment is an expression that cannot be decided here.")


def _noted(notes: Sequence[str], style: Style, width: int) -> list[str]:
    return [f"  {line}" for note in notes for line in style.code_spans(wrap(for_people(note), width - 2))]


def _listed(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    shown = [f"`{name}`" for name in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    return say(", ").join([*shown, *([say("{number} more", number=more)] if more else [])])


def _last(last: "LastPublisher", wanted: Sequence[Wanted], style: Style, width: int) -> list[str]:
    """Which publisher brought the last release of a project, and whether an upload of the plan would come as the same."""
    words = "{index}, publisher of the last release of {project}"
    same = any(each.index == last.index and _is_same(last.identity, each.identity) for each in wanted)
    out = [style.paint("strong", say(words, index=last.title, project=for_people(last.project))), ""]
    for field, label in labels_of(last.identity.kind).items():
        value = for_people(getattr(last.identity, field) or say("(empty)"))
        out.append(f"    {label:<28}  {style.paint('code', value)}")
    note = say("So the provenance of `{file}` says. ", file=last.file) + (
        say("An upload of the plan comes as the same.")
        if same
        else say(
            "No upload of the plan comes as the same; it may have been changed since, and a project may have several."
        )
    )
    return [*out, "", *(f"  {line}" for line in style.code_spans(wrap(for_people(note), width - 2)))]


def _is_same(registered: "Identity", claimed: "Identity") -> bool:
    """Whether a run would match a registered publisher, as far as it is known what it would claim."""
    pairs = [
        (getattr(registered, name), getattr(claimed, name)) for name in ("kind", "owner", "repository", "workflow")
    ]
    if registered.environment:
        pairs.append((registered.environment, claimed.environment))
    return all(theirs is None or ours.lower() == theirs.lower() for ours, theirs in pairs)


def unrecorded(
    proven: "Sequence[LastPublisher]", registered: "RegisteredPublishers | None"
) -> "Iterator[LastPublisher]":
    """Those publishers that no declared one is like."""
    from preflight.publishers.matching import differences

    for each in proven:
        declared = registered.on(each.index, each.identity.kind) if registered is not None else ()
        if not any(
            differences(one, each.identity) == []
            and one.environment.lower() == (each.identity.environment or "").lower()
            for one in declared
        ):
            yield each


def _last_as_json(last: "LastPublisher") -> dict[str, object]:
    names = ("kind", "owner", "repository", "workflow", "environment")
    identity = {name: getattr(last.identity, name) for name in names}
    return {"index": last.index, "project": last.project, "file": last.file, **identity}


def _open_as_json(each: OpenIndex) -> dict[str, object]:
    names = ("kind", "owner", "repository", "workflow", "environment")
    identity = {name: getattr(each.identity, name) for name in names}
    return {"index": None, "written": each.written, **identity, "jobs": _uses(each.publishes)}


def _uses(publishes: "Sequence[Publish | PipelinePublish]") -> list[str]:
    words = "job `{job}` of {path}"
    return list(dict.fromkeys(say(words, job=one.job, path=one.scenario.path) for one in publishes))


def publishers_as_json(
    wanted: Sequence[Wanted], project: str | None, version: str, projects: Sequence[str] = ()
) -> dict[str, object]:
    """The same as JSON, an object for each form; `projects` of one are those that may need it without being named by the declaration."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "preflight", "version": version},
        "publishers": [
            {
                "index": each.index,
                "kind": each.identity.kind,
                "owner": each.identity.owner,
                "repository": each.identity.repository,
                "workflow": each.identity.workflow,
                "environment": each.identity.environment,
                "project": name,
                "projects": list(unnamed),
                "url": form_url(each.index, name),
                "jobs": _uses(each.publishes),
                "recorded": (each.recorded if _is_recorded_for(each, name) else None),
                "differences": [
                    {"field": one.field, "recorded": one.registered, "expected": one.claimed}
                    for one in each.differences
                ],
            }
            for each in wanted
            for name, unnamed in _named(each, project, projects)
        ],
    }


def as_configuration(each: Wanted, table: str) -> str | None:
    """The entry that records a publisher, as TOML; None where a field is not known."""
    return publisher_entry(each.index, each.identity, table, each.project)
