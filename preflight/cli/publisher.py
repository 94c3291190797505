"""`preflight publisher`: what to type into the trusted-publisher form."""

from typing import TYPE_CHECKING, Any

import click

from preflight import __version__
from preflight.cli.check import options_of
from preflight.cli.options import Output, global_options
from preflight.cli.outside import facts_of_run
from preflight.cli.unread import tell_unread
from preflight.engine.session import load_settings
from preflight.engine.workspace import Workspace
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.index.last_publishers import LastPublisher
    from preflight.plan.wanted import OpenIndex, Wanted
    from preflight.sources.text import Source

EXIT_CLEAN, EXIT_NOTHING = 0, 3


@click.command("publisher")
@click.argument("path", required=False, default=".", metavar="[PATH]")
@click.option("--record", is_flag=True, help="Store the publishers in the project's configuration.")
@global_options
def command(path: str, record: bool, common: dict[str, Any], output: Output) -> int:
    """Print exactly what to type into the trusted-publisher form of PyPI and TestPyPI.

    Says too where that differs from what is recorded in [[tool.preflight.publishers]], and with --online which publisher
    the provenance of the last release names; --record then stores that one.
    """
    from preflight.engine.settings import UnusableConfiguration
    from preflight.engine.workspace import UnknownPath, open_workspaces
    from preflight.plan.session import facts_of, plan_of
    from preflight.plan.uploaded_projects import projects_of_repository
    from preflight.plan.wanted import publishers_on_open_index, wanted_publishers
    from preflight.report.publisher import render_publishers

    output.require(("full", "json"))
    try:
        (workspace,) = open_workspaces([path])
        settings = load_settings(workspace, options_of(common))
    except (UnknownPath, UnusableConfiguration) as error:
        raise click.UsageError(str(error)) from None
    asked = {"online": common["online"], "use_cache": not common["no_cache"]}
    facts = facts_of(workspace, facts_of_run(), settings, asked)
    if facts.get("inventory").empty:
        click.echo(say("Nothing to look at was found: no project and no workflow."), err=True)
        return EXIT_NOTHING
    plan = plan_of(facts, workspace.focus.files)
    projects = projects_of_repository(facts)
    wanted = wanted_publishers(plan, facts.get("maybe_registered_publishers"), projects)
    open_index = publishers_on_open_index(plan)
    proven = _proven(facts) if common["online"] else ()
    unread = tell_unread(facts, workspace.focus.files)
    if record:
        table = "publishers" if workspace.tree.is_file("preflight.toml") else "tool.preflight.publishers"
        entries = _entries(wanted, proven, facts, table)
        _record(workspace, entries, _nothing_to_record(wanted, proven, open_index))
        return EXIT_NOTHING if unread and not wanted and not entries else EXIT_CLEAN
    output.write(
        render_publishers(
            wanted,
            _project(facts),
            output.format,
            __version__,
            color=output.color,
            width=output.width,
            proven=proven,
            projects=_projects(facts),
            open_index=open_index,
            alone=any(not each.asked for each in projects),
        )
    )
    return EXIT_NOTHING if unread and not wanted and not proven and not open_index else EXIT_CLEAN


def _entries(wanted: "list[Wanted]", proven: "tuple[LastPublisher, ...]", facts: Any, table: str) -> list[str]:
    """What to record. Of an index that has told what is registered, that goes before what the workflows would claim."""
    from preflight.publishers.declaration import publisher_entry
    from preflight.report.publisher import as_configuration, unrecorded

    several = len(facts.get("project_names").known) > 1
    told = {each.index for each in proven}
    entries = [
        publisher_entry(each.index, each.identity, table, each.project if several else None)
        for each in unrecorded(proven, facts.get("maybe_registered_publishers"))
    ]
    entries += [as_configuration(each, table) for each in wanted if not each.recorded and each.index not in told]
    return [entry for entry in dict.fromkeys(entries) if entry]


def _nothing_to_record(
    wanted: "list[Wanted]", proven: "tuple[LastPublisher, ...]", open_index: "list[OpenIndex]"
) -> str:
    """Why there is nothing to record, where nothing is."""
    told = {each.index for each in proven}
    if any(not each.recorded and each.index not in told for each in wanted):
        return say("Nothing to record: not all that the form asks for is known; `preflight publisher` shows what is.")
    if wanted or proven:
        return say("Nothing to record: every publisher that is needed and known is recorded already.")
    if open_index:
        return say("Nothing to record: the index is known only in the run.")
    return say("Nothing to record: no upload by trusted publishing to PyPI or TestPyPI was found.")


def _proven(facts: Any) -> "tuple[LastPublisher, ...]":
    """The publishers of the last releases; where the index cannot be asked, that is said on standard error."""
    from preflight.engine.facts import Unavailable
    from preflight.report.safe import for_people

    try:
        found: tuple[LastPublisher, ...] = facts.get("last_publishers")
    except Unavailable as error:
        words = say("The publishers of the last release are not known: {reason}.", reason=error.reason)
        click.echo(for_people(words), err=True)
        return ()
    return found


def _project(facts: Any) -> str | None:
    """The name of the distribution, where the workspace has exactly one; where its file cannot be read, that is said on standard error."""
    from preflight.engine.facts import Unavailable
    from preflight.report.safe import for_people

    projects = facts.get("inventory").projects
    if len(projects) != 1:
        return None
    own = facts.child({"project": projects[0]})
    try:
        name = own.get("declared_metadata").first("name")
    except Unavailable as error:
        words = say("The project's name is not known: {reason}.", reason=_unread(own) or error.reason)
        click.echo(for_people(words), err=True)
        return None
    return name.value if name is not None else None


def _projects(facts: Any) -> tuple[str, ...]:
    """The names of the distributions, where the workspace has several: each needs a form of its own."""
    several = len(facts.get("inventory").projects) > 1
    return tuple(facts.get("project_names").known) if several else ()


def _unread(own: Any) -> str:
    """What keeps a project's pyproject.toml from being read, with the place; empty where nothing does."""
    file = own.get("pyproject_file")
    if file.error is not None:
        return str(file.error)
    return f"{file.path}: {file.unreadable}" if file.unreadable is not None else ""


def _syntax_error(source: "Source") -> str | None:
    from preflight.sources.text import SourceSyntaxError, SourceTooComplex
    from preflight.sources.toml import parse_toml

    try:
        parse_toml(source, allow_bom=True)
    except (SourceSyntaxError, SourceTooComplex) as error:
        return str(error)
    return None


def _record(workspace: Workspace, entries: list[str], why_none: str) -> None:
    """Append entries to preflight.toml where there is one, otherwise to pyproject.toml."""
    from preflight.engine.fixer import FailedWrite, parses, write_changes

    path = "preflight.toml" if workspace.tree.is_file("preflight.toml") else "pyproject.toml"
    source = workspace.files.find(path)
    root = workspace.tree.disk_root
    if path in workspace.files.unreadable:
        reason = workspace.files.unreadable[path]
        raise click.UsageError(say("cannot read {path!r}: {reason}", path=path, reason=reason))
    if source is None or root is None:
        raise click.UsageError(say("there is no {path} to record publishers in", path=path))
    if (wrong := _syntax_error(source)) is not None:
        raise click.UsageError(
            say("{path} takes no publisher entry before it is mended: {reason}", path=path, reason=wrong)
        )
    if not entries:
        click.echo(why_none)
        return
    newline = "\r\n" if "\r\n" in source.text else "\n"
    before = source.text
    gap = "" if not before.strip() else newline if before.endswith(("\n", "\r")) else newline * 2
    after = before + gap + newline.join(entry.replace("\n", newline) for entry in entries)
    if not parses(path, after):
        raise click.UsageError(say("{path} cannot take another publisher entry; write it by hand", path=path))
    try:
        write_changes(root, {path: (before, after)})
    except FailedWrite as error:
        raise click.UsageError(str(error)) from None
    from preflight.report.summary import number

    click.echo(say("Recorded {publishers} in {path}.", publishers=number(len(entries), "publisher"), path=path))
