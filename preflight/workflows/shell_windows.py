"""PowerShell and cmd scripts, read as far as simple commands go: words, quotes, variables, continued lines, blocks.

No grammar of either language: what stands inside a block or behind `if` gets a condition that nobody can decide.
"""

import re
from types import MappingProxyType

from preflight.sources.patterns import compile as _compile
from preflight.workflows.shell import Command
from preflight.workflows.shell_syntax import MAX_SCRIPT_CHARS, MAX_UNCLOSED, Redirect
from preflight.workflows.values import (
    ALWAYS,
    Condition,
    Expression,
    Literal,
    Opaque,
    Piece,
    Unknown,
    Value,
    Variable,
    both,
    expression_end,
    merged,
)

_POWERSHELL_VARIABLE = _compile(
    r"\$(?:env:([A-Za-z_]\w*)|\{env:([A-Za-z_]\w*)\}|([A-Za-z_]\w*|\{[^}\n]{0,100}\}))", re.IGNORECASE
)
_CMD_VARIABLE = _compile(r"%([A-Za-z_]\w*)%|!([A-Za-z_]\w*)!")
_POWERSHELL_ASSIGNMENT = _compile(r"(?:\[\w+\])?\$(env:)?([A-Za-z_]\w*)\s*=(?!=)\s*", re.IGNORECASE)
_CMD_ASSIGNMENT = _compile(r'@?set\s+("?)([A-Za-z_]\w*)=', re.IGNORECASE)
_PLAIN = _compile(r"[A-Za-z0-9_./:=\\,+*?~-]+")
_HERE_STRING = _compile(r"@(['\"])[ \t]*\r?\n")
_IN_BLOCK = Opaque("a block of the script runs")
_MAX_COMMANDS = 4_000
_MAX_DESCRIPTION = 120


def read_windows_commands(script: str, shell: str) -> tuple[list[Command], bool]:
    """The commands of a PowerShell or cmd script, and whether it was read to its end."""
    reader = _Reader(script[:MAX_SCRIPT_CHARS], powershell=shell == "pwsh")
    complete = reader.read()
    return reader.commands, complete and len(script) <= MAX_SCRIPT_CHARS


class _Reader:
    def __init__(self, script: str, *, powershell: bool) -> None:
        self.script = script
        self.powershell = powershell
        self.escape = "`" if powershell else "^"
        self.position = 0
        self.unclosed = 0
        self.commands: list[Command] = []
        self.variables: dict[str, Value | None] = {}
        self.exported: frozenset[str] = frozenset()
        self.blocks = 0
        self.snapshot: MappingProxyType[str, Value | None] = MappingProxyType({})

    def read(self) -> bool:
        previous: Command | None = None
        while self.position < len(self.script):
            if len(self.commands) >= _MAX_COMMANDS:
                return False
            before = self.position
            command = self.read_statement(previous)
            self.skip_blanks()
            piped = self.script.startswith("|", self.position) and not self.script.startswith("||", self.position)
            previous = command if piped else None
            self.pass_separator()
            if self.position == before:
                self.position += 1
        return True

    def pass_separator(self) -> None:
        if self.position < len(self.script) and self.script[self.position] in "\n;&|(){}":
            character = self.script[self.position]
            if character in "{(":
                self.blocks += 1
            elif character in "})":
                self.blocks = max(0, self.blocks - 1)
            self.position += 1

    def read_statement(self, previous: Command | None) -> Command | None:
        self.skip_blanks()
        start = self.position
        if self.is_comment():
            self.skip_line()
            return None
        if self.read_assignment():
            return None
        words: list[Value] = []
        redirects: list[Redirect] = []
        while (word := self.read_word()) is not None:
            if self.powershell and word.raw == "&" and not words:
                continue
            if redirect := re.fullmatch(r"\d?(>>?)", word.raw):
                target = self.read_word()
                redirects.append(Redirect(redirect[1], target or Value(())))
                continue
            words.append(word)
        if not words:
            return None
        first = (words[0].literal or "").lower().lstrip("@")
        if first in (
            "if",
            "else",
            "elseif",
            "for",
            "foreach",
            "while",
            "try",
            "catch",
            "finally",
            "switch",
            "function",
            "do",
        ):
            return self.read_conditional(first, words, start)
        if not self.powershell and first == "call":
            words = words[1:]
        return self.emit(words, tuple(redirects), start, previous) if words else None

    def read_conditional(self, first: str, words: list[Value], start: int) -> Command | None:
        """cmd's `if X==Y command` on one line; for PowerShell the block that follows carries the condition."""
        if self.powershell or first != "if":
            return None
        rest = words[1:]
        while rest and (rest[0].literal or "").lower() in ("not", "/i", "exist", "defined"):
            rest = rest[1:]
        count = (
            1
            if rest and "==" in str(rest[0])
            else 3
            if len(rest) > 1 and (rest[1].literal or "") in ("==", "EQU", "NEQ")
            else 1
        )
        if len(rest) <= count:
            return None
        described = " ".join(self.script[start : self.position].split())[:_MAX_DESCRIPTION]
        return self.emit(rest[count:], (), start, None, Opaque(f"`{described}`"))

    def emit(
        self,
        words: list[Value],
        redirects: tuple[Redirect, ...],
        start: int,
        previous: Command | None,
        condition: Condition = ALWAYS,
    ) -> Command:
        guard = both(_IN_BLOCK, condition) if self.blocks else condition
        end = words[-1].end
        command = Command(
            tuple(words),
            tuple(words),
            MappingProxyType({}),
            self.snapshot,
            self.exported,
            guard,
            None,
            None,
            redirects,
            previous,
            False,
            start,
            max(start, end),
        )
        self.commands.append(command)
        return command

    def read_assignment(self) -> bool:
        pattern = _POWERSHELL_ASSIGNMENT if self.powershell else _CMD_ASSIGNMENT
        found = pattern.match(self.script, self.position)
        if found is None:
            return False
        self.position = found.end()
        if self.powershell:
            name = found[2]
            value = self.read_word()
            self.skip_blanks()
            if value is None or (self.position < len(self.script) and self.script[self.position] not in "\n;}"):
                value = Value((Unknown("what a PowerShell expression gives"),))
                self.skip_line()
            exported = bool(found[1])
        else:
            name = found[2]
            start = self.position
            self.skip_line()
            raw = self.script[start : self.position].strip().removesuffix(found[1] or "\n")
            value = Value(self.in_text(raw, start), raw, start, self.position)
            exported = True
        # Inside a block nobody knows whether the assignment is reached.
        self.variables[name] = value if not self.blocks else Value((Unknown(f"${name}"),))
        self.snapshot = MappingProxyType(dict(self.variables))
        if exported:
            self.exported |= {name}
        return True

    def is_comment(self) -> bool:
        if self.powershell:
            return self.script.startswith("#", self.position)
        line = self.script[self.position : self.position + 5].lower()
        return line.startswith(("::", "rem ", "@rem "))

    def skip_line(self) -> None:
        end = self.script.find("\n", self.position)
        self.position = len(self.script) if end < 0 else end

    def skip_blanks(self) -> None:
        while self.position < len(self.script):
            if self.script[self.position] in " \t\r":
                self.position += 1
            elif self.script.startswith((f"{self.escape}\n", f"{self.escape}\r\n"), self.position):
                self.position = self.script.index("\n", self.position) + 1
            else:
                return

    def read_word(self) -> Value | None:
        self.skip_blanks()
        start = self.position
        if self.powershell and (here := _HERE_STRING.match(self.script, start)):
            return self.read_here_string(here)
        pieces: list[Piece] = []
        ends = "\n;|{}()" if self.powershell else "\n|()&"
        while self.position < len(self.script):
            character = self.script[self.position]
            if character in " \t\r\n" or (character in ends and not self.at_expression()):
                break
            if character == "&" and self.powershell and self.script.startswith("&&", self.position):
                break
            self.read_piece(pieces, character)
        if self.position == start:
            return None
        return Value(merged(tuple(pieces)), self.script[start : self.position], start, self.position)

    def read_here_string(self, here: re.Match[str]) -> Value:
        start = here.end()
        end = self.script.find(f"\n{here[1]}@", start - 1)
        end = len(self.script) if end < 0 else end
        self.position = min(len(self.script), end + 3)
        content = self.script[start:end]
        return Value(self.in_text(content, start), content, start, end)

    def read_piece(self, pieces: list[Piece], character: str) -> None:
        script = self.script
        if self.at_expression():
            end = self.expression_end(script, self.position) or self.position + 3
            pieces.append(Expression(script[self.position + 3 : end - 2].strip(), self.position, quoted=False))
            self.position = end
        elif character == self.escape and self.position + 1 < len(script):
            pieces.append(Literal(script[self.position + 1]))
            self.position += 2
        elif character == '"' or (character == "'" and self.powershell):
            close = self.closing(character)
            content = script[self.position + 1 : close]
            if character == "'":
                pieces += self.in_text(content, self.position + 1, variables=False)
            else:
                pieces += self.in_text(content, self.position + 1)
            pieces.append(Literal(""))
            self.position = min(len(script), close + 1)
        elif found := self.variable_at(self.position):
            pieces.append(self.variable(found, quoted=self.powershell))
            self.position = found.end()
        elif character == "$" and script.startswith("$(", self.position):
            close = script.find(")", self.position)
            close = len(script) if close < 0 else close + 1
            pieces.append(Unknown(script[self.position : close]))
            self.position = close
        else:
            plain = _PLAIN.match(script, self.position)
            end = plain.end() if plain else self.position + 1
            pieces.append(Literal(script[self.position : end]))
            self.position = end

    def closing(self, quote: str) -> int:
        position = self.position + 1
        while position < len(self.script):
            if self.script[position] == self.escape and quote == '"' and self.powershell:
                position += 2
                continue
            if end := self.expression_end(self.script, position):
                position = end
                continue
            if self.script[position] == quote or (self.script[position] == "\n" and not self.powershell):
                return position
            position += 1
        return len(self.script)

    def in_text(self, content: str, offset: int, *, variables: bool = True) -> tuple[Piece, ...]:
        """The pieces of a quoted text: expressions everywhere, variables where the language replaces them."""
        pieces: list[Piece] = []
        position = 0
        pattern = _POWERSHELL_VARIABLE if self.powershell else _CMD_VARIABLE
        while position < len(content):
            if end := self.expression_end(content, position):
                pieces.append(Expression(content[position + 3 : end - 2].strip(), offset + position))
                position = end
            elif variables and (found := pattern.match(content, position)):
                pieces.append(self.variable(found, quoted=True))
                position = found.end()
            elif variables and self.powershell and content[position] == "`" and position + 1 < len(content):
                pieces.append(Literal({"n": "\n", "t": "\t"}.get(content[position + 1], content[position + 1])))
                position += 2
            else:
                pieces.append(Literal(content[position]))
                position += 1
        return merged(tuple(pieces))

    def at_expression(self) -> bool:
        return self.expression_end(self.script, self.position) is not None

    def expression_end(self, content: str, position: int) -> int | None:
        """Where the expression that starts here ends; asked no more when too many were not closed."""
        if self.unclosed > MAX_UNCLOSED or not content.startswith("${{", position):
            return None
        end = expression_end(content, position)
        self.unclosed += end is None
        return end

    def variable_at(self, position: int) -> re.Match[str] | None:
        return (_POWERSHELL_VARIABLE if self.powershell else _CMD_VARIABLE).match(self.script, position)

    def variable(self, found: re.Match[str], *, quoted: bool) -> Piece:
        name = next(group for group in found.groups() if group is not None)
        if not self.powershell:
            return Variable(name, quoted=quoted)
        if found[3] is not None and found[3] not in self.variables:
            return Unknown(found[0])
        known = self.variables.get(name)
        if known is not None and len(known.pieces) == 1 and isinstance(piece := known.pieces[0], Literal | Expression):
            return piece
        return Variable(name, quoted=quoted)
