"""`preflight publisher`: what to type into the trusted-publisher form."""

from typing import TYPE_CHECKING, Any

import click

from preflight import __version__
from preflight.cli.check import options_of
from preflight.cli.options import Output, global_options
from preflight.engine.session import load_settings
from preflight.engine.workspace import Workspace
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.index.last_publishers import LastPublisher
    from preflight.plan.wanted import Wanted

EXIT_CLEAN = 0


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
    from preflight.facts import FACTS
    from preflight.plan.session import facts_of, plan_of
    from preflight.plan.wanted import wanted_publishers
    from preflight.report.publisher import render_publishers

    output.require(("full", "json"))
    try:
        (workspace,) = open_workspaces([path])
        settings = load_settings(workspace, options_of(common))
    except (UnknownPath, UnusableConfiguration) as error:
        raise click.UsageError(str(error)) from None
    asked = {"online": common["online"], "use_cache": not common["no_cache"]}
    facts = facts_of(workspace, FACTS, settings, asked)
    wanted = wanted_publishers(plan_of(facts, workspace.focus.files), facts.get("maybe_registered_publishers"))
    proven = _proven(facts) if common["online"] else ()
    if record:
        table = "publishers" if workspace.tree.is_file("preflight.toml") else "tool.preflight.publishers"
        _record(workspace, _entries(wanted, proven, facts, table))
        return EXIT_CLEAN
    output.write(
        render_publishers(
            wanted, _project(facts), output.format, __version__, color=output.color, width=output.width, proven=proven
        )
    )
    return EXIT_CLEAN


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
    """The name of the distribution, where the workspace has exactly one."""
    projects = facts.get("inventory").projects
    if len(projects) != 1:
        return None
    name = facts.child({"project": projects[0]}).get("declared_metadata").first("name")
    return name.value if name is not None else None


def _record(workspace: Workspace, entries: list[str]) -> None:
    """Append entries to preflight.toml where there is one, otherwise to pyproject.toml."""
    from preflight.engine.fixer import FailedWrite, parses, write_changes

    path = "preflight.toml" if workspace.tree.is_file("preflight.toml") else "pyproject.toml"
    source = workspace.files.find(path)
    root = workspace.tree.disk_root
    if source is None or root is None:
        raise click.UsageError(say("there is no {path} to record publishers in", path=path))
    if not entries:
        click.echo(say("Nothing to record: every publisher that is needed and known is recorded already."))
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
