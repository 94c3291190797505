"""What a script writes to files, and above all to `$GITHUB_ENV` and `$GITHUB_OUTPUT`. Knows nothing of uploads."""

import re

from preflight.sources.records import dataclass
from preflight.workflows.shell import Command, Script
from preflight.workflows.values import Literal, Piece, Value, Variable, text


@dataclass(frozen=True, slots=True)
class FileWrite:
    """A text that a command writes to a file; `contents` is None when it is not known."""

    target: Value
    contents: Value | None
    appends: bool
    command: Command


def file_writes(script: Script) -> list[FileWrite]:
    """The files that `echo`, `printf`, `cat` and `tee` write."""
    writes: list[FileWrite] = []
    for command in script.commands:
        for redirect in command.redirects:
            operator = redirect.operator.lstrip("1")
            if operator in (">", ">>", ">|", "&>", "&>>"):
                writes.append(FileWrite(redirect.target, output(command), operator.endswith(">>"), command))
        if command.name == "tee":
            options = [word for word in command.arguments[1:] if word.prefix.startswith("-")]
            appends = any(option.literal in ("-a", "--append") for option in options)
            contents = _input(command)
            for word in command.arguments[1:]:
                if word not in options:
                    writes.append(FileWrite(word, contents, appends, command))
    return writes


def output(command: Command) -> Value | None:
    """What a command prints, when it is one that only prints what it is given."""
    arguments = command.arguments[1:]
    match command.name:
        case "echo":
            enabled = False
            newline = True
            while arguments and re.fullmatch(r"-[neE]+", arguments[0].literal or ""):
                flag = arguments[0].literal or ""
                enabled |= "e" in flag
                newline &= "n" not in flag
                arguments = arguments[1:]
            printed = Value(())
            for index, argument in enumerate(arguments):
                printed = printed.joined(argument, " " if index else "")
            if enabled:
                printed = printed.replaced(_unescaped)
            return printed.joined(text("\n")) if newline else printed
        case "printf":
            if not arguments:
                return None
            pattern, values = arguments[0], list(arguments[1:])
            return _formatted(pattern, values)
        case "cat":
            return _input(command) if not [word for word in arguments if word.literal != "-"] else None
        case _:
            return None


def _input(command: Command) -> Value | None:
    for redirect in command.redirects:
        if redirect.body is not None:
            return redirect.body
    return output(command.piped_from) if command.piped_from is not None else None


def _formatted(pattern: Value, values: list[Value]) -> Value | None:
    """`printf` with `%s` alone: anything else is not known."""
    printed = Value(())
    for piece in _unescaped_pieces(pattern):
        if not isinstance(piece, Literal):
            printed = printed.joined(Value((piece,)))
            continue
        parts = piece.text.split("%s")
        if any("%" in part for part in parts):
            return None
        for index, part in enumerate(parts):
            if index:
                printed = printed.joined(values.pop(0) if values else Value(()))
            printed = printed.joined(Value((Literal(part),)))
    return printed if not values else None


def _unescaped_pieces(value: Value) -> tuple[Piece, ...]:
    return value.replaced(_unescaped).pieces


def _unescaped(piece: Piece) -> tuple[Piece, ...]:
    if isinstance(piece, Literal):
        return (Literal(piece.text.replace("\\n", "\n").replace("\\t", "\t")),)
    return (piece,)


@dataclass(frozen=True, slots=True)
class WrittenVariable:
    """A name and value that a step hands to later steps."""

    name: str
    value: Value
    command: Command


def variables_written(script: Script, to: str = "GITHUB_ENV") -> list[WrittenVariable]:
    """What a script appends to `$GITHUB_ENV` (or `$GITHUB_OUTPUT`): `NAME=value` or `NAME<<DELIMITER` lines.

    GitHub, "Workflow commands for GitHub Actions", "Environment files".
    """
    found: list[WrittenVariable] = []
    for write in file_writes(script):
        names = [piece.name for piece in write.target.pieces if isinstance(piece, Variable)]
        named = write.target.literal in (f"$env:{to}",) or names in ([to], [f"env:{to}"])
        if not named or write.contents is None:
            continue
        lines = iter(write.contents.lines())
        for line in lines:
            name, separator, _ = line.prefix.partition("=")
            if separator and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name.strip()):
                found.append(WrittenVariable(name.strip(), line.after(len(name) + 1), write.command))
            elif block := re.fullmatch(r"([A-Za-z_][A-Za-z0-9_-]*)<<(\S+)\s*", line.literal or ""):
                value = Value(())
                for index, inner in enumerate(lines):
                    if inner.literal == block[2]:
                        break
                    value = value.joined(inner, "\n" if index else "")
                found.append(WrittenVariable(block[1], value, write.command))
    return found
