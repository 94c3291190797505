"""Help and what is wrong with arguments, in Chinese: every sentence is translated, and the language of a run is that of the run alone."""

import re

import click
import pytest

from preflight.cli.application import COMMANDS, application, group
from preflight.cli.in_language import CLICKS
from preflight.sources.language import LANGUAGES, speak
from preflight.sources.words import table

_NAMES = re.compile(r"`[^`]*`|'[^']*'|\[[^\]]*\]|[\w.-]*[A-Z_-][\w-]*|\w+\.\w+|preflight \w+")
_ENGLISH = re.compile(r"[a-z]{2,}[ ,]+[a-z]{2,}")


def _commands() -> list[click.Command]:
    context = click.Context(group)
    found = [group.get_command(context, name) for name in COMMANDS]
    return [group, *(each for each in found if each is not None)]


def test_all_help_is_translated() -> None:
    said = set(COMMANDS.values()) | CLICKS
    for command in _commands():
        said |= {" ".join(part.split()) for part in (command.help or "").split("\n\n")}
        said |= {each.help for each in command.params if isinstance(each, click.Option) and each.help}
    assert sorted(said - set(table("zh"))) == []


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_speaks_chinese(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--lang", "zh", *([name] if name else []), "--help"]
    try:
        assert application(arguments) == 0
    finally:
        speak(LANGUAGES[0])
    shown = capsys.readouterr().out
    assert shown.startswith("用法：")
    assert "选项" in shown
    assert application([*arguments[2:], "--lang", "en"][-3:] if name else ["--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage:"), "the next run speaks its own language"


@pytest.mark.parametrize(
    "arguments",
    [
        ["chek"],
        ["check", "--colour"],
        ["check", "--color", "blue"],
        ["check", "--output-file"],
        ["check", "--fix=yes"],
        ["explain"],
        ["explain", "PUB003", "PUB004"],
        ["check", "no-such-folder"],
        ["check", "--select", "XYZ"],
        ["check", "--unsafe"],
    ],
)
def test_wrong_use_is_told_in_chinese(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        assert application(["--lang=zh", *arguments]) == 2
    finally:
        speak(LANGUAGES[0])
    shown = capsys.readouterr().err
    assert "错误：" in shown
    left = [line for line in shown.splitlines() if _ENGLISH.search(_NAMES.sub("", line))]
    assert left == []


def test_an_unknown_language_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert application(["check", "--lang", "tlh"]) == 2
    assert "'tlh' is not one of" in capsys.readouterr().err
