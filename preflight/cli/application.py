"""The command group: global options before or after the command's name, commands imported when run. Does no work itself."""

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from preflight import __version__
from preflight.sources.language import LANGUAGES, language_of, speak, spoken
from preflight.sources.words import say

COMMANDS = {
    "init": "Write the publish workflow and what else a project needs to be published.",
    "check": "Check projects, workflows and distributions before they are published.",
    "plan": "Show what the workflows publish: where, with which authentication, as whom.",
    "doctor": "Explain a failed publish from its log, or show how far the project has come.",
    "rehearse": "Run a real upload against a local index that answers as PyPI would.",
    "publisher": "Print what to type into the trusted-publisher form.",
    "explain": "Show a rule's card: what happens, why, and how to fix it.",
    "rules": "List every rule.",
    "fix": "Apply the edits that make the publish work as it is written.",
}
"""Command -> the line that --help shows; the command itself lives in the module of the same name."""

_INSTEAD = {"help": "--help", "version": "--version", "lint": "check"}
"""Words that people type for a command, as with other tools, and what stands for it here."""

COMPLETION_VARIABLE = "_PREFLIGHT_COMPLETE"
"""Set by the shell's completion script: `bash_source` prints that script, `bash_complete` answers it (also zsh and fish)."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run, not when they are listed."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The names of the commands."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of a name, imported now."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"preflight.cli.{name}").command
        return _in_language(command)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section(say("Commands")):
            formatter.write_dl([(name, say(words)) for name, words in COMMANDS.items()])

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, with a suggestion where the name is near one."""
        try:
            return super().resolve_command(context, arguments)
        except click.UsageError as error:
            from difflib import get_close_matches

            possible = (
                [_INSTEAD[arguments[0]]] if arguments[0] in _INSTEAD else get_close_matches(arguments[0], COMMANDS, n=1)
            )
            hint = f" {say('Did you mean {possibility}?', possibility=repr(possible[0]))}" if possible else ""
            raise click.UsageError(f"{error.message}{hint}", context) from None


def application(arguments: Sequence[str]) -> int:
    """Run the command line; gives the exit status. Messages for wrong use go to standard error."""
    instruction = os.environ.get(COMPLETION_VARIABLE)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(group, {}, "preflight", COMPLETION_VARIABLE, instruction)
    speak(_language(arguments))
    try:
        with _in_language(group).make_context("preflight", list(arguments)) as context:
            result = context.command.invoke(context)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort:
        click.echo(say("Aborted."), err=True)
        return 130
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    return result if isinstance(result, int) else 0


def _language(arguments: Sequence[str]) -> str:
    """The language for help and for what is wrong with the arguments, which are not parsed yet: that of `--lang`, else of the locale."""
    words = " ".join(arguments).replace("--lang=", "--lang ").split()
    asked = words[words.index("--lang") + 1 :][:1] if "--lang" in words else []
    return asked[0] if asked and asked[0] in LANGUAGES else language_of()


def _in_language(command: click.Command) -> click.Command:
    if spoken() == LANGUAGES[0]:
        return command
    from preflight.cli.in_language import translate_click, translated

    translate_click()
    return translated(command)


def _show(error: click.ClickException) -> None:
    if spoken() != LANGUAGES[0]:
        from preflight.cli.in_language import shown_error

        error = shown_error(error)
    error.show()


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"preflight {__version__}")
        context.exit()


def _group(**options: Any) -> None:
    """Pre-flight checks for publishing Python packages.

    Says before the upload that PyPI will refuse it, and why; and after a failed one what the cause was.
    """
    context = click.get_current_context()
    context.obj = {
        name: value
        for name, value in options.items()
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
    }


def _build() -> click.Group:
    from preflight.cli.options import GLOBAL_OPTIONS

    function: Any = _group
    for option in reversed(GLOBAL_OPTIONS):
        function = option()(function)
    version = click.option(
        "--version",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_version,
        help="Show the version and exit.",
    )
    built: click.Group = click.group(
        cls=LazyGroup,
        name="preflight",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )(version(function))
    return built


group = _build()
