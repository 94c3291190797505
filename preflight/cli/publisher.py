"""`preflight publisher`: what to type into the trusted-publisher form."""

from typing import Any

import click

from preflight import __version__
from preflight.cli.check import options_of
from preflight.cli.options import Output, global_options
from preflight.engine.session import load_settings
from preflight.engine.workspace import Workspace

EXIT_CLEAN = 0


@click.command("publisher")
@click.argument("path", required=False, default=".", metavar="[PATH]")
@click.option("--record", is_flag=True, help="Store the publishers in the project's configuration.")
@global_options
def command(path: str, record: bool, common: dict[str, Any], output: Output) -> int:
    """Print exactly what to type into the trusted-publisher form of PyPI and TestPyPI.

    Says too where that differs from what is recorded in [[tool.preflight.publishers]].
    """
    from preflight.engine.settings import UnusableConfiguration
    from preflight.engine.workspace import UnknownPath, open_workspaces
    from preflight.facts import FACTS
    from preflight.plan.session import facts_of, plan_of
    from preflight.plan.wanted import wanted_publishers
    from preflight.report.publisher import as_configuration, render_publishers

    output.require(("full", "json"))
    try:
        (workspace,) = open_workspaces([path])
        settings = load_settings(workspace, options_of(common))
    except (UnknownPath, UnusableConfiguration) as error:
        raise click.UsageError(str(error)) from None
    facts = facts_of(workspace, FACTS, settings)
    wanted = wanted_publishers(plan_of(facts, workspace.focus.files), facts.get("maybe_registered_publishers"))
    if record:
        table = "publishers" if workspace.tree.is_file("preflight.toml") else "tool.preflight.publishers"
        entries = [entry for each in wanted if not each.recorded and (entry := as_configuration(each, table))]
        _record(workspace, entries)
        return EXIT_CLEAN
    output.write(
        render_publishers(wanted, _project(facts), output.format, __version__, color=output.color, width=output.width)
    )
    return EXIT_CLEAN


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
        raise click.UsageError(f"there is no {path} to record publishers in")
    if not entries:
        click.echo("Nothing to record: every publisher that is needed and known is recorded already.")
        return
    newline = "\r\n" if "\r\n" in source.text else "\n"
    before = source.text
    gap = "" if not before.strip() else newline if before.endswith(("\n", "\r")) else newline * 2
    after = before + gap + newline.join(entry.replace("\n", newline) for entry in entries)
    if not parses(path, after):
        raise click.UsageError(f"{path} cannot take another publisher entry; write it by hand")
    try:
        write_changes(root, {path: (before, after)})
    except FailedWrite as error:
        raise click.UsageError(str(error)) from None
    count = len(entries)
    click.echo(f"Recorded {count} publisher{'' if count == 1 else 's'} in {path}.")
