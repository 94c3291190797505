"""`preflight explain`: show a rule's card."""

from typing import Any

import click

from preflight.cli.options import Output, complete_rules, global_options
from preflight.sources.words import say


@click.command("explain")
@click.argument("rule", metavar="RULE", shell_complete=complete_rules)
@global_options
def command(rule: str, common: dict[str, Any], output: Output) -> int:
    """Show a rule's card: what happens, why, and how to fix it. RULE is a code (PUB003) or a name (environment-mismatch)."""
    from preflight.engine.packs import built_in_registry
    from preflight.report.card import FORMATS, render_card

    del common
    output.require(FORMATS)
    registry = built_in_registry()
    found = registry.find(rule)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(rule.lower(), [*registry.names, *map(str.lower, registry.rules)], n=3)
        hint = say(" Near it: {names}.", names=", ".join(near)) if near else ""
        raise click.UsageError(
            say("there is no rule {rule!r}.{hint} `preflight rules` lists all.", rule=rule, hint=hint)
        )
    output.write(render_card(found.card, output.format, output.color, output.width))
    return 0
