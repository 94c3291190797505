"""`preflight rules`: list every rule."""

from typing import Any

import click

from preflight.cli.options import Output, global_options


@click.command("rules")
@global_options
def command(common: dict[str, Any], output: Output) -> int:
    """List every rule. `--output-format json` gives all that their cards say."""
    from preflight.engine.packs import built_in_registry
    from preflight.report.rules import FORMATS, render_rules

    del common
    output.require(FORMATS)
    output.write(render_rules(built_in_registry(), output.format, output.color, output.width))
    return 0
