"""`preflight explain`: show a rule's card."""

from typing import TYPE_CHECKING, Any

import click

from preflight.cli.options import Output, complete_rules, global_options
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.engine.packs import Registry


@click.command("explain")
@click.argument("rule", metavar="RULE", shell_complete=complete_rules)
@click.option(
    "--trust-project-rules",
    is_flag=True,
    help="Load rule folders and plugins that the configuration of the project here names.",
)
@global_options
def command(rule: str, trust_project_rules: bool, common: dict[str, Any], output: Output) -> int:
    """Show a rule's card: what happens, why, and how to fix it. RULE is a code (PUB003) or a name (environment-mismatch)."""
    from preflight.engine.cards import MalformedCard
    from preflight.engine.packs import built_in_registry
    from preflight.report.card import FORMATS, render_card

    output.require(FORMATS)
    registry = built_in_registry()
    found = registry.find(rule)
    untrusted = False
    if found is None:
        registry, untrusted = _with_own_rules(common, trust=trust_project_rules)
        found = registry.find(rule)
    if found is None:
        raise click.UsageError(_unknown(rule, registry, untrusted=untrusted))
    try:
        card = found.card
    except MalformedCard as error:
        raise click.UsageError(str(error)) from None
    output.write(render_card(card, output.format, output.color, output.width))
    return 0


def _with_own_rules(common: dict[str, Any], *, trust: bool) -> "tuple[Registry, bool]":
    """The rules here with those that the configuration names and may name, and whether it names some that it may not.

    Raises:
        click.UsageError: the configuration cannot be read, or rules that are trusted cannot be loaded.
    """
    from preflight.cli.check import options_of
    from preflight.engine.session import load_registry, load_settings
    from preflight.engine.settings import UnusableConfiguration
    from preflight.engine.workspace import UnknownPath, open_workspaces

    try:
        (workspace,) = open_workspaces(["."])
        settings = load_settings(workspace, options_of(common))
        registry, problems = load_registry(settings, trust_project_rules=trust)
    except (UnknownPath, UnusableConfiguration) as error:
        raise click.UsageError(str(error)) from None
    return registry, any(each.variant == "untrusted-rules" for each in problems)


def _unknown(rule: str, registry: "Registry", *, untrusted: bool) -> str:
    from difflib import get_close_matches

    known = {each.lower(): each for each in (*registry.names, *registry.rules)}
    near = [known[each] for each in get_close_matches(rule.lower(), known, n=3)]
    hint = say(" Near it: {names}.", names=", ".join(near)) if near else ""
    words = say("there is no rule {rule!r}.{hint} `preflight rules` lists all.", rule=rule, hint=hint)
    if not untrusted:
        return words
    return f"{words} {say('Rules of the project here are shown with --trust-project-rules.')}"
