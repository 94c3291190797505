"""Command-line options as argparse, clap, click and cleo read them, on words that may be known only in part."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from preflight.sources.records import dataclass
from preflight.workflows.upload_model import Origin, Setting, switch
from preflight.workflows.values import Value


@dataclass(frozen=True, slots=True)
class Grammar:
    """The options of one command: each long name with its short ones."""

    valued: Mapping[str, str]
    flags: Mapping[str, str] = field(default_factory=dict)
    abbreviates: bool = False
    """Whether a long option may be shortened as long as it stays unique (argparse)."""

    def __post_init__(self) -> None:
        names = {
            name: long
            for long, shorts in (*self.valued.items(), *self.flags.items())
            for name in (long, *shorts.split())
        }
        object.__setattr__(self, "names", names)

    names: dict[str, str] = field(init=False, default_factory=dict)

    def long_name(self, option: str) -> str | None:
        """The long name of an option as written."""
        found = self.names.get(option)
        if found is None and self.abbreviates and option.startswith("--"):
            candidates = {long for long in (*self.valued, *self.flags) if long.startswith(option)}
            return candidates.pop() if len(candidates) == 1 else None
        return found


@dataclass(frozen=True, slots=True)
class Options:
    """The options and operands of a command line."""

    values: Mapping[str, Value]
    """The last value of each option that takes one."""
    flags: Mapping[str, int]
    operands: tuple[Value, ...]
    unread: tuple[Value, ...]
    """Words that may be options, several words or none, and options that are not known."""
    written: Mapping[str, str]
    """For each option the spelling that was used."""

    def setting(self, name: str) -> Setting | None:
        value = self.values.get(name)
        return None if value is None else Setting(value, Origin.FLAG, self.written[name])

    def switch(self, name: str) -> Setting | None:
        return switch(Origin.FLAG, self.written[name]) if name in self.flags else None


def read_options(words: Sequence[Value], grammar: Grammar, *, first_operand: bool = False) -> Options:
    """Read options up to the end, or up to the first operand (a subcommand) alone."""
    values: dict[str, Value] = {}
    flags: dict[str, int] = {}
    operands: list[Value] = []
    unread: list[Value] = []
    written: dict[str, str] = {}
    index = 0
    while index < len(words):
        word = words[index]
        prefix = word.prefix
        index += 1
        if prefix == "--" and word.literal == "--":
            operands += words[index:]
            break
        if not prefix and word.may_split:
            unread.append(word)
            operands.append(word)
            continue
        if not prefix.startswith("-") or word.literal == "-":
            operands.append(word)
            if first_operand:
                operands += words[index:]
                break
            continue
        if prefix.startswith("--"):
            name, has_value, _ = prefix.partition("=")
            long = grammar.long_name(name)
            if long is None:
                unread.append(word)
            elif long in grammar.valued:
                written[long] = name
                if has_value:
                    values[long] = word.after(len(name) + 1)
                elif index < len(words):
                    values[long] = words[index]
                    index += 1
                else:
                    values[long] = Value(())
            else:
                written[long] = name
                flags[long] = flags.get(long, 0) + 1
            continue
        index = _read_cluster(word, words, index, grammar, values, flags, unread, written)
    return Options(values, flags, tuple(operands), tuple(unread), written)


def _read_cluster(
    word: Value,
    words: Sequence[Value],
    index: int,
    grammar: Grammar,
    values: dict[str, Value],
    flags: dict[str, int],
    unread: list[Value],
    written: dict[str, str],
) -> int:
    """Read `-v`, `-rNAME`, `-r NAME` or `-nv`. The rest of a word behind an option that takes a value is its value."""
    prefix = word.prefix
    for position in range(1, len(prefix)):
        short = f"-{prefix[position]}"
        long = grammar.long_name(short)
        if long is None:
            unread.append(word)
            return index
        written[long] = short
        if long in grammar.valued:
            rest = word.after(position + 1)
            if rest.pieces:
                values[long] = rest.after(1) if rest.prefix.startswith("=") else rest
            elif index < len(words):
                values[long] = words[index]
                index += 1
            else:
                values[long] = Value(())
            return index
        flags[long] = flags.get(long, 0) + 1
    return index


def from_environment(environment: Mapping[str, Value], name: str) -> Setting | None:
    value = environment.get(name)
    return None if value is None else Setting(value, Origin.ENVIRONMENT, name)


def is_plainly_empty(setting: Setting | None) -> bool:
    """Whether a setting certainly is an empty text."""
    return setting is not None and setting.value.literal == ""
