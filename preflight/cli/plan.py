"""`preflight plan`: the publish matrix."""

from typing import Any

import click

from preflight import __version__
from preflight.cli.check import options_of
from preflight.cli.options import Output, global_options
from preflight.cli.unread import tell_unread
from preflight.engine.session import load_settings
from preflight.sources.words import say

EXIT_CLEAN, EXIT_NOTHING = 0, 3


@click.command("plan")
@click.argument("path", required=False, default=".", metavar="[PATH]")
@global_options
def command(path: str, common: dict[str, Any], output: Output) -> int:
    """Show the publish matrix.

    For every way the workflows can be triggered: what is uploaded where, with which authentication, as which publisher.
    PATH is a project folder or a workflow; the default is the current folder.
    """
    from preflight.engine.settings import UnusableConfiguration
    from preflight.engine.workspace import UnknownPath, open_workspaces
    from preflight.facts import FACTS
    from preflight.plan.session import facts_of, plan_of
    from preflight.report.plan import render_plan

    output.require(("full", "json", "markdown"))
    try:
        (workspace,) = open_workspaces([path])
        settings = load_settings(workspace, options_of(common))
    except (UnknownPath, UnusableConfiguration) as error:
        raise click.UsageError(str(error)) from None
    facts = facts_of(workspace, FACTS, settings)
    plan = plan_of(facts, workspace.focus.files)
    unread = tell_unread(facts, workspace.focus.files)
    if not plan.scenarios and not plan.pipelines:
        if not unread:
            click.echo(say("Nothing to plan was found: no workflow or pipeline that an event can start."), err=True)
        return EXIT_NOTHING
    output.write(
        render_plan(plan, output.format, __version__, color=output.color, width=output.width, verbose=output.verbose)
    )
    return EXIT_CLEAN
