"""The grammar of bash and sh: a script read to a tree of commands. Expands nothing and runs nothing.

Written for preflight because no parser at hand knows `${{ … }}`: GitHub puts values into a script before the shell
sees it, so an expression may stand inside any quotes, hold spaces and quotes itself, or be a whole word or command.
The reader never fails: what does not fit the grammar is skipped, and what is too deep or too long is left out.
"""

import re

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.workflows.values import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Constant,
    Emptiness,
    Expression,
    Glob,
    Literal,
    Opaque,
    Piece,
    Unknown,
    Value,
    Variable,
    expression_end,
    merged,
    negated,
)

MAX_SCRIPT_CHARS = 256 * 1024
"""Length of a script above which the rest is not read."""
MAX_DEPTH = 40
"""Depth of nested commands below which nothing is read."""
MAX_NODES = 30_000
"""Number of words and commands after which reading stops."""

_NAME = _compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNMENT = _compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
_SPECIAL = "@*#?-$!0123456789"
_DECLARING = ("export", "declare", "local", "typeset", "readonly")
_FUNCTION = _compile(r"[^\s;&|()<>$`'\"\\{}#=]+[ \t]*\([ \t]*\)")
_PARAMETER = _compile(r"([#!]?)([A-Za-z_][A-Za-z0-9_]*|[@*?$!-]|[0-9]+|#(?=\}))(\[[^\]\n]*\])?")
_RESERVED = _compile(r"[^\s;&|()<>$`'\"\\*?]+(?=[\s;&|()<>]|\Z)")
_PATTERN = _compile(r"\[[^\]\s'\"$`]{1,80}\]|\{[^{}\s'\"$`;]{0,200},[^{}\s'\"$`;]{0,200}\}")
_PLAIN = _compile(r"[^\s;&|()<>'\"$`\\*?\[{]+")
_IN_QUOTES = _compile(r"[^\"\\$`]+")
MAX_UNCLOSED = 50
"""Number of `${{` without an end after which they count as plain text."""
_WORD_ENDS = frozenset(" \t\r\n;&|()<>")
_BLANK = frozenset(" \t")
_OPERATORS = ("&&", "||", ";;&", ";;", ";&", "|&", "&", ";", "|", "(", ")", "\n")
_REDIRECTION = _compile(r"(?:\d+|\{\w+\})?(?:&>>|&>|<<<|<<-|<<|<>|<&|>>|>&|>\||<|>)")
_EXPANSION_OPERATORS = (
    ":-",
    ":=",
    ":?",
    ":+",
    "##",
    "%%",
    "^^",
    ",,",
    "//",
    "-",
    "=",
    "?",
    "+",
    "#",
    "%",
    "^",
    ",",
    "/",
    ":",
    "@",
)


@dataclass(frozen=True, slots=True)
class Assignment:
    """`NAME=value` or `NAME+=value`; for an array the values of its elements."""

    name: str
    value: Value
    elements: tuple[Value, ...] | None
    appends: bool


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a command reads from or writes to; `body` is the text of a here-document or here-string."""

    operator: str
    target: Value
    body: Value | None = None


@dataclass(frozen=True, slots=True)
class Simple:
    """A command with its words; `inner` are the command lists inside its substitutions."""

    words: tuple[Value, ...]
    assignments: tuple[Assignment, ...]
    redirects: tuple[Redirect, ...]
    inner: "tuple[Sequence, ...]"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    parts: "tuple[Node, ...]"
    inverted: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chain:
    """`first && second || third`: the first node, then each operator with its node."""

    first: "Node"
    rest: "tuple[tuple[str, Node], ...]"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """Commands one after the other; `background` holds the numbers of those that end with `&`."""

    items: "tuple[Node, ...]"
    background: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class If:
    branches: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class For:
    """`for` and `select`: `items` is None when it runs over the arguments of the script."""

    variable: str
    items: tuple[Value, ...] | None
    body: Sequence
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class While:
    condition: Sequence
    body: Sequence
    inverted: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Case:
    subject: Value
    arms: tuple[tuple[tuple[Value, ...], Sequence], ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Group:
    """`{ … }` or, in a process of its own, `( … )`."""

    body: Sequence
    subshell: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    body: "Node"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Test:
    """`[[ … ]]` or `(( … ))`."""

    condition: Condition
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Redirected:
    """A compound command with redirections of its own."""

    node: "Node"
    redirects: tuple[Redirect, ...]
    start: int
    end: int


Node = Simple | Pipeline | Chain | Sequence | If | For | While | Case | Group | Function | Test | Redirected


class _TooMuch(Exception):
    """The script is deeper or longer than the limits of the reader."""


def parse(script: str) -> tuple[Sequence, bool]:
    """The commands of a script, and whether it was read to its end."""
    reader = _Reader(script[:MAX_SCRIPT_CHARS])
    complete = len(script) <= MAX_SCRIPT_CHARS
    items: list[Node] = []
    background: set[int] = set()
    try:
        reader.read_list(items, background, frozenset(), top=True)
    except _TooMuch:
        complete = False
    return Sequence(tuple(items), frozenset(background), 0, len(script)), complete


def read_test(words: tuple[Value, ...]) -> Condition:
    """The condition of `test` or `[`, given the words between. POSIX.1-2024, "test"; `-a` and `-o` as they were."""
    literals = [word.raw for word in words]
    for operator, join in (("-o", AnyOf), ("-a", AllOf)):
        if operator in literals[1:-1]:
            cut = literals.index(operator, 1)
            return (
                join((read_test(words[:cut]), read_test(words[cut + 1 :])))
                if len(words) < 30
                else Opaque("a long test")
            )
    if words and literals[0] == "!":
        return negated(read_test(words[1:]))
    if len(words) == 1:
        return Emptiness(words[0], empty=False)
    if len(words) == 2 and literals[0] in ("-z", "-n"):
        return Emptiness(words[1], empty=literals[0] == "-z")
    if len(words) == 3 and literals[1] in ("=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge"):
        return Comparison(words[0], literals[1], words[2])
    return Constant(False) if not words else Opaque(" ".join(("test", *literals)))


class _Reader:
    """Reads one script from left to right, each character once."""

    def __init__(self, script: str) -> None:
        self.script = script
        self.position = 0
        self.depth = 0
        self.nodes = 0
        self.inner: list[Sequence] = []
        self.bodies: dict[int, int] = {}
        """For a line break behind which here-documents stand, the offset where the script goes on."""
        self.last_close = script.rfind("}}")
        self.unclosed = 0

    # ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────

    def read_list(self, items: list[Node], background: set[int], ends: frozenset[str], *, top: bool = False) -> None:
        """Read commands up to one of the closing words or operators `ends`, which is left standing."""
        while True:
            self.skip_breaks()
            if self.position >= len(self.script):
                return
            if self.closes(ends):
                return
            before = self.position
            node = self.read_chain()
            if node is not None:
                items.append(node)
            operator = self.peek_operator()
            if operator in (";", "&", "\n") and operator not in ends:
                self.take(operator)
                if operator == "&" and node is not None:
                    background.add(len(items) - 1)
            elif self.position == before:
                if not top and self.closes(ends):
                    return
                self.skip_stray()

    def sequence(self, *ends: str) -> Sequence:
        """Read a list of commands down to one of `ends`."""
        self.enter()
        start = self.position
        items: list[Node] = []
        background: set[int] = set()
        outer, self.inner = self.inner, []
        self.read_list(items, background, frozenset(ends))
        self.inner = outer
        self.depth -= 1
        return Sequence(tuple(items), frozenset(background), start, self.position)

    def read_chain(self) -> Node | None:
        start = self.position
        first = self.read_pipeline()
        if first is None:
            return None
        rest: list[tuple[str, Node]] = []
        while (operator := self.peek_operator()) in ("&&", "||"):
            self.take(operator)
            self.skip_breaks()
            node = self.read_pipeline()
            if node is None:
                break
            rest.append((operator, node))
        return Chain(first, tuple(rest), start, self.position) if rest else first

    def read_pipeline(self) -> Node | None:
        start = self.position
        inverted = False
        while self.peek_word() in ("!", "time"):
            inverted ^= self.peek_word() == "!"
            self.take_word()
            self.skip_blanks()
            while self.peek_word() == "-p":
                self.take_word()
                self.skip_blanks()
        first = self.read_command()
        if first is None:
            return None
        parts = [first]
        while (operator := self.peek_operator()) in ("|", "|&"):
            self.take(operator)
            self.skip_breaks()
            node = self.read_command()
            if node is None:
                break
            parts.append(node)
        if len(parts) == 1 and not inverted:
            return first
        return Pipeline(tuple(parts), inverted, start, self.position)

    def read_command(self) -> Node | None:
        self.count()
        self.skip_blanks()
        start = self.position
        node = self.read_compound()
        if node is None:
            return self.read_simple()
        redirects = self.read_redirects()
        return Redirected(node, redirects, start, self.position) if redirects else node

    def read_compound(self) -> Node | None:
        start = self.position
        script = self.script
        if script.startswith("((", start):
            end = script.find("))", start)
            if end >= 0 and "\n" not in script[start:end]:
                self.position = end + 2
                return Test(Opaque(script[start : end + 2]), start, self.position)
        if script.startswith("(", start):
            self.position += 1
            body = self.sequence(")")
            self.take(")")
            return Group(body, True, start, self.position)
        word = self.peek_word()
        match word:
            case "{":
                self.take_word()
                body = self.sequence("}")
                self.take_word("}")
                return Group(body, False, start, self.position)
            case "if":
                return self.read_if(start)
            case "while" | "until":
                self.take_word()
                condition = self.sequence("do")
                return While(condition, self.read_do(), word == "until", start, self.position)
            case "for" | "select":
                return self.read_for(start)
            case "case":
                return self.read_case(start)
            case "[[":
                return self.read_double_test(start)
            case "function":
                self.take_word()
                self.skip_blanks()
                name = self.take_word()
                self.skip_blanks()
                if self.script.startswith("()", self.position):
                    self.position += 2
                return self.read_function(name, start)
        if word and (found := _FUNCTION.match(script, start)):
            self.position = found.end()
            return self.read_function(word, start)
        return None

    def read_function(self, name: str, start: int) -> Node:
        self.enter()
        self.skip_breaks()
        body = self.read_command() or Sequence((), frozenset(), start, self.position)
        self.depth -= 1
        return Function(name, body, start, self.position)

    def read_if(self, start: int) -> Node:
        branches: list[tuple[Sequence, Sequence]] = []
        otherwise: Sequence | None = None
        while self.peek_word() in ("if", "elif"):
            self.take_word()
            condition = self.sequence("then", "elif", "else", "fi")
            self.take_word("then")
            branches.append((condition, self.sequence("elif", "else", "fi")))
        if self.peek_word() == "else":
            self.take_word()
            otherwise = self.sequence("fi")
        self.take_word("fi")
        return If(tuple(branches), otherwise, start, self.position)

    def read_do(self) -> Sequence:
        self.skip_breaks()
        self.take_word("do")
        body = self.sequence("done")
        self.take_word("done")
        return body

    def read_for(self, start: int) -> Node:
        self.take_word()
        self.skip_blanks()
        if self.script.startswith("((", self.position):
            end = self.script.find("))", self.position)
            self.position = len(self.script) if end < 0 else end + 2
            self.skip_separators()
            return While(Sequence((), frozenset(), start, start), self.read_do(), False, start, self.position)
        variable = self.take_word()
        self.skip_separators()
        items: list[Value] | None = None
        if self.peek_word() == "in":
            self.take_word()
            items = []
            while (word := self.read_word()) is not None:
                items.append(word)
        self.skip_separators()
        body = self.read_do()
        return For(variable, None if items is None else tuple(items), body, start, self.position)

    def read_case(self, start: int) -> Node:
        self.take_word()
        subject = self.read_word() or Value(())
        self.skip_breaks()
        self.take_word("in")
        arms: list[tuple[tuple[Value, ...], Sequence]] = []
        while True:
            self.skip_breaks()
            if self.position >= len(self.script) or self.peek_word() == "esac":
                break
            before = self.position
            if self.peek_operator() == "(":
                self.take("(")
            patterns: list[Value] = []
            while (pattern := self.read_word()) is not None:
                patterns.append(pattern)
                if self.peek_operator() != "|":
                    break
                self.take("|")
            self.take(")")
            body = self.sequence(";;", ";&", ";;&", "esac")
            arms.append((tuple(patterns), body))
            operator = self.peek_operator()
            if operator in (";;", ";&", ";;&"):
                self.take(operator)
            elif self.position == before:
                self.skip_stray()
        self.take_word("esac")
        return Case(subject, tuple(arms), start, self.position)

    def read_double_test(self, start: int) -> Node:
        self.take_word("[[")
        condition = self.read_test_alternatives()
        self.skip_breaks()
        end = self.script.find("]]", self.position)
        if end < 0:
            end = self.script.find("\n", self.position) - 2
        self.position = len(self.script) if end < -2 else max(self.position, end + 2)
        return Test(condition, start, self.position)

    def read_test_alternatives(self) -> Condition:
        self.enter()
        parts = [self.read_test_conjunction()]
        while self.peek_operator() == "||":
            self.take("||")
            parts.append(self.read_test_conjunction())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def read_test_conjunction(self) -> Condition:
        parts = [self.read_test_term()]
        while self.peek_operator() == "&&":
            self.take("&&")
            parts.append(self.read_test_term())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def read_test_term(self) -> Condition:
        self.count()
        self.skip_breaks()
        start = self.position
        if self.peek_word() == "!":
            self.enter()
            self.take_word()
            condition = negated(self.read_test_term())
            self.depth -= 1
            return condition
        if self.peek_operator() == "(":
            self.take("(")
            condition = self.read_test_alternatives()
            self.skip_breaks()
            self.take(")")
            return condition
        words: list[Value] = []
        while not self.at_test_end():
            if words and words[-1].raw == "=~":
                words.append(self.read_regular_expression())
                continue
            if self.script[self.position] in "<>":
                self.position += 1
                words.append(Value((Literal("<"),), "<", self.position - 1, self.position))
                continue
            word = self.read_word()
            if word is None:
                break
            words.append(word)
        if len(words) == 3 and words[1].raw in ("=", "==", "!=", "=~"):
            return Comparison(words[0], words[1].raw, words[2], words[2].has_pattern)
        if len(words) <= 3:
            condition = read_test(tuple(words))
            if not isinstance(condition, Opaque):
                return condition
        return Opaque(self.script[start : self.position].strip())

    def at_test_end(self) -> bool:
        self.skip_breaks()
        return (
            self.position >= len(self.script)
            or self.script.startswith("]]", self.position)
            or self.peek_operator() in ("&&", "||", ")", ";")
        )

    def read_regular_expression(self) -> Value:
        """The word after `=~`: parentheses and bars in it are part of it."""
        self.skip_blanks()
        start = self.position
        nesting = 0
        pieces: list[Piece] = []
        while self.position < len(self.script):
            character = self.script[self.position]
            if character in " \t\r\n" and nesting <= 0:
                break
            if character in "'\"$`":
                self.read_piece(pieces, character)
                continue
            if character == "\\":
                pieces.append(Literal(self.script[self.position : self.position + 2]))
                self.position += 2
                continue
            nesting += (character == "(") - (character == ")")
            if character == "\n":
                break
            pieces.append(Literal(character))
            self.position += 1
        self.position = min(self.position, len(self.script))
        return Value(merged(tuple(pieces)), self.script[start : self.position], start, self.position)

    def read_simple(self) -> Node | None:
        start = self.position
        outer, self.inner = self.inner, []
        words: list[Value] = []
        assignments: list[Assignment] = []
        redirects: list[Redirect] = []
        end = start
        while True:
            redirects += self.read_redirects()
            if redirects:
                end = max(end, self.position)
            found = _ASSIGNMENT.match(self.script, self.position) if not words or words[0].raw in _DECLARING else None
            if found is not None:
                assignments.append(self.read_assignment(found))
            else:
                word = self.read_word()
                if word is None:
                    break
                words.append(word)
            end = self.position
        inner, self.inner = tuple(self.inner), outer
        if not (words or assignments or redirects):
            return None
        end -= len(self.script[start:end]) - len(self.script[start:end].rstrip())
        return Simple(tuple(words), tuple(assignments), tuple(redirects), inner, start, end)

    def read_assignment(self, found: re.Match[str]) -> Assignment:
        self.position = found.end()
        if self.script.startswith("(", self.position):
            self.position += 1
            elements: list[Value] = []
            while True:
                self.skip_breaks()
                word = self.read_word()
                if word is None:
                    if self.position >= len(self.script) or self.peek_operator() == ")":
                        break
                    self.skip_stray()
                    continue
                elements.append(word)
            self.take(")")
            return Assignment(found[1], Value(()), tuple(elements), bool(found[2]))
        start = self.position
        if start >= len(self.script) or self.script[start] in _WORD_ENDS:
            return Assignment(found[1], Value((), "", start, start), None, bool(found[2]))
        value = self.read_word(patterns=False) or Value((), "", start, start)
        return Assignment(found[1], value, None, bool(found[2]))

    def read_redirects(self) -> tuple[Redirect, ...]:
        redirects: list[Redirect] = []
        while True:
            self.skip_blanks()
            found = _REDIRECTION.match(self.script, self.position)
            if found is None or self.script.startswith(("<(", ">("), self.position):
                return tuple(redirects)
            self.count()
            self.position = found.end()
            operator = found[0].lstrip("0123456789") if not found[0].startswith("{") else found[0].partition("}")[2]
            descriptor = found[0][: len(found[0]) - len(operator)]
            target = self.read_word() or Value(())
            if operator in ("<<", "<<-"):
                redirects.append(Redirect(operator, target, self.read_here_document(target, dashed=operator == "<<-")))
            elif operator == "<<<":
                redirects.append(Redirect(operator, target, target.joined(Value((Literal("\n"),)))))
            else:
                redirects.append(Redirect(descriptor + operator, target))

    # ── Here-documents ────────────────────────────────────────────────────────────────────────────────────────────

    def read_here_document(self, target: Value, *, dashed: bool) -> Value | None:
        """Read the body of a here-document now, though it stands behind the current line, and cut it out."""
        line_end = self.script.find("\n", self.position)
        if line_end < 0:
            return None
        delimiter = target.literal if target.literal is not None else target.raw
        quoted = any(character in target.raw for character in "'\"\\")
        start = position = max(line_end + 1, self.bodies.get(line_end, 0))
        while position < len(self.script):
            next_line = self.script.find("\n", position)
            next_line = len(self.script) if next_line < 0 else next_line
            line = self.script[position:next_line].rstrip("\r")
            if (line.lstrip("\t") if dashed else line) == delimiter:
                break
            position = next_line + 1
        body_end = min(position, len(self.script))
        after = self.script.find("\n", body_end)
        self.bodies[line_end] = len(self.script) if after < 0 else after + 1
        return self.here_document_body(start, body_end, quoted, dashed)

    def here_document_body(self, start: int, end: int, quoted: bool, dashed: bool) -> Value:
        reader = _Reader(self.script[:end])
        reader.position = start
        reader.depth = self.depth + 1
        if reader.depth > MAX_DEPTH:
            raise _TooMuch
        pieces: list[Piece] = []
        while reader.position < end:
            character = reader.script[reader.position]
            if reader.at_expression():
                pieces.append(reader.take_expression(quoted=True))
            elif not quoted and character == "$":
                reader.read_dollar(pieces, quoted=True)
            elif not quoted and character == "`":
                reader.read_backticks(pieces, quoted=True)
            elif not quoted and reader.script.startswith(("\\$", "\\`", "\\\\", "\\\n"), reader.position):
                following = reader.script[reader.position + 1]
                pieces.append(Literal("" if following == "\n" else following))
                reader.position += 2
            else:
                stop = reader.position + 1
                while stop < end and reader.script[stop] not in "$`\\":
                    stop += 1
                pieces.append(Literal(reader.script[reader.position : stop]))
                reader.position = stop
        self.nodes += reader.nodes
        self.count()
        self.inner += reader.inner
        body = Value(merged(tuple(pieces)), self.script[start:end], start, end)
        return body.replaced(_without_tabs) if dashed else body

    # ── Words ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def read_word(self, *, patterns: bool = True) -> Value | None:
        """The next word on this line, or None where an operator, a line break or the end stands."""
        self.skip_blanks()
        start = self.position
        pieces: list[Piece] = []
        script = self.script
        while self.position < len(script):
            character = script[self.position]
            if character in _WORD_ENDS:
                if character in "<>" and script.startswith("(", self.position + 1):
                    self.position += 2
                    self.inner.append(self.sequence(")"))
                    self.take(")")
                    pieces.append(Unknown(script[start : self.position]))
                    continue
                break
            if character in "'\"$`\\":
                self.read_piece(pieces, character)
            elif character in "*?" and patterns:
                pieces.append(Glob(character))
                self.position += 1
            elif character in "[{" and patterns and (bracket := _PATTERN.match(script, self.position)):
                pieces.append(Glob(bracket[0]))
                self.position = bracket.end()
            else:
                plain = _PLAIN.match(script, self.position)
                stop = plain.end() if plain else self.position + 1
                pieces.append(Literal(script[self.position : stop]))
                self.position = stop
        if self.position == start:
            return None
        self.count()
        return Value(merged(tuple(pieces)), script[start : self.position], start, self.position)

    def read_piece(self, pieces: list[Piece], character: str) -> None:
        """Read what starts with a quote, a dollar sign, a backtick or a backslash."""
        script = self.script
        if character == "'":
            self.position += 1
            self.read_single_quoted(pieces)
        elif character == '"':
            self.position += 1
            self.read_double_quoted(pieces)
        elif character == "`":
            self.read_backticks(pieces, quoted=False)
        elif character == "$":
            if self.at_expression():
                pieces.append(self.take_expression(quoted=False))
            elif script.startswith("$'", self.position):
                self.position += 2
                self.read_ansi_quoted(pieces)
            elif script.startswith('$"', self.position):
                self.position += 2
                self.read_double_quoted(pieces)
            else:
                self.read_dollar(pieces, quoted=False)
        else:
            following = script[self.position + 1 : self.position + 2]
            if following == "\r" and script.startswith("\n", self.position + 2):
                self.position += 3
            else:
                if following != "\n":
                    pieces.append(Literal(following))
                self.position += 2
        self.position = min(self.position, len(script))

    def read_single_quoted(self, pieces: list[Piece]) -> None:
        while self.position < len(self.script):
            close = self.script.find("'", self.position)
            close = len(self.script) if close < 0 else close
            opening = self.script.find("${{", self.position, close)
            if opening >= 0:
                pieces.append(Literal(self.script[self.position : opening]))
                self.position = opening
                if self.at_expression():
                    pieces.append(self.take_expression(quoted=True))
                else:
                    pieces.append(Literal("$"))
                    self.position += 1
                continue
            pieces.append(Literal(self.script[self.position : close]))
            self.position = min(len(self.script), close + 1)
            return

    def read_ansi_quoted(self, pieces: list[Piece]) -> None:
        escapes = {"n": "\n", "t": "\t", "r": "\r"}
        while self.position < len(self.script):
            character = self.script[self.position]
            self.position += 1
            if character == "'":
                return
            if character == "\\" and self.position < len(self.script):
                escaped = self.script[self.position]
                pieces.append(Literal(escapes.get(escaped, escaped)))
                self.position += 1
            else:
                pieces.append(Literal(character))

    def read_double_quoted(self, pieces: list[Piece]) -> None:
        script = self.script
        pieces.append(Literal(""))
        while self.position < len(script):
            character = script[self.position]
            if character == '"':
                self.position += 1
                return
            if character == "\\":
                following = script[self.position + 1 : self.position + 2]
                if following in ("$", "`", '"', "\\"):
                    pieces.append(Literal(following))
                elif following != "\n":
                    pieces.append(Literal(character + following))
                self.position += 2
            elif character == "$":
                if self.at_expression():
                    pieces.append(self.take_expression(quoted=True))
                else:
                    self.read_dollar(pieces, quoted=True)
            elif character == "`":
                self.read_backticks(pieces, quoted=True)
            else:
                plain = _IN_QUOTES.match(script, self.position)
                stop = plain.end() if plain else self.position + 1
                pieces.append(Literal(script[self.position : stop]))
                self.position = stop
        self.position = len(script)

    def read_dollar(self, pieces: list[Piece], *, quoted: bool) -> None:
        """What a dollar sign starts: a parameter, a command substitution, arithmetic, or nothing."""
        script = self.script
        start = self.position
        following = script[start + 1 : start + 2]
        if script.startswith("$((", start) and (end := self.arithmetic_end(start)) is not None:
            self.position = end
            pieces.append(Unknown(script[start:end], quoted))
        elif following == "(":
            self.position += 2
            body = self.sequence(")")
            self.take(")")
            self.inner.append(body)
            pieces.append(Unknown(script[start : self.position], quoted))
        elif following == "{":
            self.read_braced(pieces, quoted=quoted)
        elif found := _NAME.match(script, start + 1):
            self.position = found.end()
            pieces.append(Variable(found[0], quoted=quoted))
        elif following and following in _SPECIAL:
            self.position += 2
            pieces.append(Variable(following, quoted=quoted))
        else:
            self.position += 1
            pieces.append(Literal("$"))

    def read_braced(self, pieces: list[Piece], *, quoted: bool) -> None:
        """`${NAME…}`. The argument of an operator may itself hold expansions."""
        script = self.script
        start = self.position
        self.position += 2
        found = _PARAMETER.match(script, self.position)
        if found is None:
            self.skip_braces(start)
            pieces.append(Unknown(script[start : self.position], quoted))
            return
        self.position = found.end()
        operator = ""
        for candidate in _EXPANSION_OPERATORS:
            if script.startswith(candidate, self.position):
                operator = candidate
                break
        self.position += len(operator)
        argument: list[Piece] = []
        begin = self.position
        self.enter()
        while self.position < len(script) and script[self.position] != "}":
            character = script[self.position]
            if character in "'\"$`\\" and not (quoted and character == "'"):
                self.read_piece(argument, character)
            elif character == "\n" and not quoted:
                break
            else:
                argument.append(Literal(character))
                self.position += 1
        self.depth -= 1
        written = script[begin : self.position]
        self.position = min(len(script), self.position + 1)
        whole = script[start : self.position]
        if found[1] or (found[3] and found[3] not in ("[@]", "[*]")) or (not operator and written):
            pieces.append(Unknown(whole, quoted))
        elif found[3]:
            pieces.append(Unknown(whole, quoted) if operator else Variable(found[2] + found[3], quoted=quoted))
        else:
            value = Value(merged(tuple(argument)), written, begin, begin + len(written)) if operator else None
            pieces.append(Variable(found[2], operator, value, quoted))

    def skip_braces(self, start: int) -> None:
        end = self.script.find("}", start)
        self.position = len(self.script) if end < 0 else end + 1

    def arithmetic_end(self, start: int) -> int | None:
        nesting = 0
        for position in range(start + 1, min(len(self.script), start + 2000)):
            character = self.script[position]
            nesting += (character == "(") - (character == ")")
            if nesting == 0:
                return position + 1 if self.script[position - 1] == ")" else None
            if character in "'\"\n;":
                return None
        return None

    def read_backticks(self, pieces: list[Piece], *, quoted: bool) -> None:
        script = self.script
        start = self.position
        end = start + 1
        while end < len(script) and script[end] != "`":
            end += 2 if script[end] == "\\" else 1
        end = min(end, len(script))
        reader = _Reader(script[:end])
        reader.position = start + 1
        reader.depth = self.depth
        reader.nodes = self.nodes
        body = reader.sequence()
        self.nodes = reader.nodes
        self.inner.append(body)
        self.position = min(len(script), end + 1)
        pieces.append(Unknown(script[start : self.position], quoted))

    # ── Expressions ───────────────────────────────────────────────────────────────────────────────────────────────

    def at_expression(self) -> bool:
        if self.position >= self.last_close or not self.script.startswith("${{", self.position):
            return False
        if expression_end(self.script, self.position) is not None:
            return True
        self.unclosed += 1
        if self.unclosed > MAX_UNCLOSED:
            self.last_close = -1
        return False

    def take_expression(self, *, quoted: bool) -> Expression:
        start = self.position
        self.position = expression_end(self.script, start) or start + 3
        return Expression(self.script[start + 3 : self.position - 2].strip(), start, quoted)

    # ── Characters ────────────────────────────────────────────────────────────────────────────────────────────────

    def skip_blanks(self) -> None:
        """Skip blanks, continued lines and a comment."""
        script = self.script
        while self.position < len(script):
            character = script[self.position]
            if character in _BLANK or (character == "\r" and script.startswith("\n", self.position + 1)):
                self.position += 1
            elif script.startswith("\\\n", self.position):
                self.position += 2
            elif script.startswith("\\\r\n", self.position):
                self.position += 3
            elif character == "#" and (self.position == 0 or script[self.position - 1] in " \t\r\n;&|()"):
                end = script.find("\n", self.position)
                self.position = len(script) if end < 0 else end
            else:
                return

    def skip_breaks(self) -> None:
        """Skip blanks, comments and line breaks, and the here-documents behind them."""
        while True:
            self.skip_blanks()
            if not self.script.startswith("\n", self.position):
                return
            self.take("\n")

    def skip_separators(self) -> None:
        self.skip_breaks()
        while self.peek_operator() == ";":
            self.take(";")
            self.skip_breaks()

    def skip_stray(self) -> None:
        """Pass over what fits nowhere: an operator or a closing word."""
        operator = self.peek_operator()
        if operator:
            self.take(operator)
        elif not self.take_word():
            self.position += 1

    def peek_operator(self) -> str:
        self.skip_blanks()
        for operator in _OPERATORS:
            if self.script.startswith(operator, self.position):
                return "" if operator == "&" and self.script.startswith("&>", self.position) else operator
        return ""

    def take(self, operator: str) -> None:
        if self.peek_operator() == operator:
            if operator == "\n":
                self.position = max(self.position + 1, self.bodies.get(self.position, 0))
            else:
                self.position += len(operator)

    def peek_word(self) -> str:
        """The next word when it is plain, unquoted text: where a closing or opening word may stand."""
        self.skip_blanks()
        found = _RESERVED.match(self.script, self.position)
        return found[0] if found else ""

    def take_word(self, expected: str | None = None) -> str:
        word = self.peek_word()
        if expected is not None and word != expected:
            self.skip_breaks()
            word = self.peek_word()
            if word != expected:
                return ""
        self.position += len(word)
        return word

    def closes(self, ends: frozenset[str]) -> bool:
        return bool(ends) and (self.peek_word() in ends or self.peek_operator() in ends)

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooMuch

    def count(self) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _TooMuch


def _without_tabs(piece: Piece) -> tuple[Piece, ...]:
    if isinstance(piece, Literal):
        return (Literal(re.sub(r"(?m)^\t+", "", piece.text)),)
    return (piece,)
