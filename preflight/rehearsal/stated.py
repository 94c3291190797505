"""What an upload command itself says about where and as whom: its options and their values, read as its client reads them. Opens no file."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

if TYPE_CHECKING:
    from preflight.rehearsal.clients import Client


@dataclass(frozen=True, slots=True)
class Choice:
    """An option that chooses an index, credentials or a file that does: `typed` as it stands in the command, `option` as it is called, and its value."""

    typed: str
    option: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Word:
    """One or two words of a command that belong together, with the choice that they make, if any."""

    words: tuple[str, ...]
    choice: Choice | None = None


def read_words(client: "Client", words: Sequence[str]) -> Iterator[Word]:
    """The words of a command behind the program, each option that chooses something with its value. What stands behind `--` chooses nothing."""
    position = 0
    while position < len(words):
        word = words[position]
        if word == "--":
            yield from (Word((each,)) for each in words[position:])
            return
        option, width, value = _choice(client, word)
        taken = tuple(words[position : position + width])
        if not option:
            yield Word(taken)
        else:
            given = value if value is not None or len(taken) < 2 else taken[1]
            yield Word(taken, Choice(_name(word, option), option, given))
        position += width


def _name(word: str, option: str) -> str:
    return word.partition("=")[0] if word.startswith("--") else option


def _choice(client: "Client", word: str) -> tuple[str, int, str | None]:
    """The option that a word is, how many words it takes, and the value in the word itself: `--token x`, `--token=x`, `-tx`, and of some clients `--tok x`."""
    name, has_value, value = word.partition("=")
    if not word.startswith("--"):
        if name[:2] in client.chooses:
            return name[:2], 2 if len(word) == 2 else 1, word[2:] or None
        return ("", 1, None)
    longer = sorted(
        option
        for option in (*client.chooses, *client.flags)
        if option == name or (client.abbreviates and len(name) > 2 and option.startswith(name))
    )
    if not longer:
        return ("", 1, None)
    option = name if name in longer else longer[0]
    if has_value:
        return option, 1, value
    return option, 1 if client.flags.issuperset(longer) else 2, None


def shown(client: "Client", words: Sequence[str]) -> tuple[str, ...]:
    """The words without the credentials that they give."""
    found: list[str] = []
    for each in read_words(client, words):
        choice = each.choice
        if choice is None or choice.option not in client.who or choice.value is None:
            found += map(without_user, each.words)
        elif len(each.words) == 2:
            found += [each.words[0], HIDDEN]
        else:
            found.append(f"{choice.typed}={HIDDEN}" if choice.typed.startswith("--") else f"{choice.typed}{HIDDEN}")
    return tuple(found)


HIDDEN = "***"
"""Stands for a credential."""
_USER = _compile(r"(?P<before>://|(?:^|=)(?=[^/=]*:[^/]*@))[^/]*@")


def without_user(word: str) -> str:
    """A word without the credentials of an address in it, also of one whose scheme was forgotten."""
    return _USER.sub(rf"\g<before>{HIDDEN}@", word, count=1)


def choices(client: "Client", words: Sequence[str], wanted: Callable[[str], bool]) -> list[Choice]:
    """The choices by options of some kind, in their order."""
    return [each.choice for each in read_words(client, words) if each.choice is not None and wanted(each.choice.option)]
