"""`preflight fix`: apply the edits of findings."""

from typing import Any

import click

from preflight.cli.check import mend_paths, options_of, selection_options
from preflight.cli.options import Output, global_options


@click.command("fix")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@selection_options
@click.option("--unsafe", is_flag=True, help="Edits too that change when, where or what is published.")
@click.option("--diff", is_flag=True, help="Show the edits as a diff, and write nothing.")
@global_options
def command(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    unsafe: bool,
    diff: bool,
    common: dict[str, Any],
    output: Output,
) -> int:
    """Apply safe edits: what makes the publish work as it is written. The same as `preflight check --fix`."""
    options = options_of(common, select=select, extend_select=extend_select, ignore=ignore)
    return mend_paths(paths, options, common, output, unsafe=unsafe, diff=diff)
