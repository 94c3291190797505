"""The options that every command takes, and where output goes: format, file, colour, width."""

import os
import shutil
import sys
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import click

from preflight.cli.streams import printable, refuse_closed_output
from preflight.sources.language import LANGUAGES, language_of, speak
from preflight.sources.records import dataclass
from preflight.sources.words import say

FORMATS = ("full", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown")

_Decorator: TypeAlias = Callable[..., Any]


def _option(*names: str, **settings: Any) -> Callable[[], _Decorator]:
    return partial(click.option, *names, **settings)


GLOBAL_OPTIONS: tuple[Callable[[], _Decorator], ...] = (
    _option(
        "--output-format", type=click.Choice(FORMATS), default="full", show_default=True, help="The form of the output."
    ),
    _option("--output-file", type=click.Path(dir_okay=False, path_type=Path), help="Write the output to this file."),
    _option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Colours; NO_COLOR and FORCE_COLOR are honoured.",
    ),
    _option("--quiet", "-q", is_flag=True, help="Print findings only, no summary."),
    _option(
        "--verbose", "-v", is_flag=True, help="Print more: every place of a repeated problem, reasons of skipped rules."
    ),
    _option("--config", type=click.Path(path_type=Path), help="Use this configuration file instead of the project's."),
    _option("--isolated", is_flag=True, help="Ignore all configuration files."),
    _option(
        "--online/--offline", default=False, help="Ask the index and GitHub too, read-only. The default is offline."
    ),
    _option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found."),
    _option(
        "--fail-on",
        type=click.Choice(["error", "warning", "info"]),
        help="Lowest severity that fails. [default: error]",
    ),
    _option("--lang", type=click.Choice(LANGUAGES), help="The language to speak. [default: from the locale, or en]"),
    _option("--no-cache", is_flag=True, help="Neither read nor write any cache."),
)


def global_options(function: _Decorator) -> _Decorator:
    """Add the global options to a command, as keyword arguments gathered in `output` (see `Output`) and the mapping `common`.

    A global option given before the command's name holds for it too, unless it is given again.
    """

    def call(**values: Any) -> Any:
        context = click.get_current_context()
        inherited: Mapping[str, Any] = context.obj or {}
        common = {}
        for name in _names():
            given = values.pop(name)
            source = context.get_parameter_source(name)
            use_inherited = source is click.core.ParameterSource.DEFAULT and name in inherited
            common[name] = inherited[name] if use_inherited else given
        speak(common["lang"] or language_of())
        output = output_of(common)
        output.try_file()
        return function(common=common, output=output, **values)

    call.__doc__ = function.__doc__
    call.__name__ = function.__name__
    wrapped: _Decorator = call
    if hasattr(function, "__click_params__"):
        wrapped.__click_params__ = function.__click_params__  # type: ignore[attr-defined]
    for option in reversed(GLOBAL_OPTIONS):
        wrapped = option()(wrapped)
    return wrapped


def _names() -> list[str]:
    return [
        "output_format",
        "output_file",
        "color",
        "quiet",
        "verbose",
        "config",
        "isolated",
        "online",
        "exit_zero",
        "fail_on",
        "no_cache",
        "lang",
    ]


@dataclass(frozen=True)
class Output:
    """Where and how a command prints."""

    format: str
    file: Path | None
    color: bool
    width: int
    quiet: bool
    verbose: bool
    aside: bool = False
    """Whether standard output is taken, so that what would go there goes to standard error."""

    def require(self, formats: Collection[str]) -> None:
        """Refuse a format that a command does not have.

        Raises:
            click.UsageError: the format is none of these.
        """
        if self.format not in formats:
            raise click.UsageError(
                say(
                    "this command has no output format {name!r}; it has {names}",
                    name=self.format,
                    names=", ".join(formats),
                )
            )

    def try_file(self) -> None:
        """Open the output file and leave it as it is: what a command does to a project is of no use to who cannot read the report of it.

        Raises:
            click.UsageError: the file cannot be written.
            CannotPrint: there is none, and standard output is closed.
        """
        if self.file is None:
            refuse_closed_output()
            return
        try:
            if self.file.exists() and not self.file.is_file():
                return  # whoever reads a pipe would take the first opening of it for the whole output
            was_there = os.path.lexists(self.file)
            self.file.open("ab").close()
            if not was_there:
                self.file.unlink()
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> click.UsageError:
        return click.UsageError(say("cannot write {path}: {reason}", path=self.file, reason=error.strerror or error))

    def write(self, text: str) -> None:
        """Print, or write to the output file.

        Raises:
            click.UsageError: the file cannot be written.
            CannotPrint: standard output takes no more.
        """
        if self.file is not None:
            try:
                self.file.write_text(text, encoding="utf-8", errors="backslashreplace")
            except OSError as error:
                raise self._unwritable(error) from None
            return
        stream = sys.stderr if self.aside else sys.stdout
        stream.write(printable(text, getattr(stream, "encoding", None) or "utf-8"))
        stream.flush()


def complete_rules(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The codes and names of rules that start as typed, for shell completion. Reads no card."""
    from preflight.engine.packs import BUILT_IN, built_in_folder, find_pack

    rules = find_pack(BUILT_IN, built_in_folder()).rules
    words = [*sorted(rule.code for rule in rules), *sorted(rule.name for rule in rules)]
    return [word for word in words if word.lower().startswith(incomplete.lower())]


def output_of(common: Mapping[str, Any]) -> Output:
    """The output that the global options ask for."""
    return Output(
        format=common["output_format"],
        file=common["output_file"],
        color=_wants_color(common["color"], common["output_file"]),
        width=_width(),
        quiet=common["quiet"],
        verbose=common["verbose"],
    )


def _wants_color(choice: str, file: Path | None) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return file is None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _width() -> int:
    return max(40, min(shutil.get_terminal_size((100, 24)).columns, 140))
