"""Help, and click's own words, in another language than English. Imported only where one is spoken; a sentence without a translation stays English."""

from collections.abc import Callable
from copy import copy
from functools import cache
from importlib import import_module
from typing import Any

import click

from preflight.sources.words import retold, say

CLICKS = frozenset(
    {
        "Usage:",
        "Options",
        "Commands",
        "Show this message and exit.",
        "Try '{command} {option}' for help.",
        "Error: {message}",
        "Error: invalid input",
        "Aborted!",
        "default: {default}",
        "Invalid value for {param_hint}: {message}",
        "Invalid value: {message}",
        "Missing argument",
        "Missing option",
        "Missing parameter",
        "Missing command.",
        "No such option {name!r}.",
        "No such option: {name}",
        "No such command {name!r}.",
        "Option {name!r} does not take a value.",
        "Option {name!r} requires an argument.",
        "Got unexpected extra argument ({args})",
        "Got unexpected extra arguments ({args})",
        "Did you mean {possibility}?",
        "(Did you mean one of: {possibilities}?)",
        "(Possible option: {possibilities})",
        "(Possible options: {possibilities})",
        "{value!r} is not {choice}.",
        "{value!r} is not one of {choices}.",
        "{value!r} is not a valid {number_type}.",
        "{name} {filename!r} does not exist.",
        "{name} {filename!r} is a directory.",
        "{name} {filename!r} is a file.",
    }
)
"""What click says to those who type a command, in its versions since 8.1."""


def _clicks(english: str) -> str:
    return say(english) if english in CLICKS else english


def _clicks_numbered(one: str, many: str, count: int) -> str:
    return _clicks(one if count == 1 else many)


@cache
def translate_click() -> None:
    """Let click look its words up here. It asks gettext, which knows none but those in compiled files."""
    replaced: dict[str, Callable[..., str]] = {"_": _clicks, "ngettext": _clicks_numbered}
    for name in ("core", "decorators", "exceptions", "formatting", "parser", "termui", "types"):
        module: Any = import_module(f"click.{name}")
        for attribute, function in replaced.items():
            if hasattr(module, attribute):
                setattr(module, attribute, function)


def translated(command: click.Command) -> click.Command:
    """The command with its help in the language of the process; the command itself is left as it is."""
    told = copy(command)
    told.help = "\n\n".join(retold(" ".join(part.split())) for part in (command.help or "").split("\n\n"))
    told.params = [_translated(each) for each in command.params]
    return told


def _translated(parameter: click.Parameter) -> click.Parameter:
    told = copy(parameter)
    if isinstance(told, click.Option) and told.help:
        told.help = say(told.help)
    return told


def shown_error(error: click.ClickException) -> click.ClickException:
    """The error with its message in the language of the process."""
    vars(error)["message"] = retold(error.message)  # final for those who subclass it
    return error
