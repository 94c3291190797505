"""Texts of workflows and shell scripts that are known only in part, and conditions on them. Never runs anything.

A `Value` is a sequence of pieces: plain text, `${{ expressions }}`, shell variables, and what cannot be known.
Whoever knows a scenario resolves them later, by answering for each expression and variable.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from fnmatch import translate

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

MAX_EXPRESSION_CHARS = 21_000
"""Length of an expression that GitHub refuses to exceed ("Exceeded max expression length")."""
MAX_MEMBERS = 64
"""Number of parts of a joint condition above which the rest counts as undecidable."""
_MAX_PATTERN_CHARS = 400

_SECRET = _compile(r"\bsecrets\s*(?:\.\s*([A-Za-z_][A-Za-z0-9_-]*)|\[\s*'([^']+)'\s*\])", re.IGNORECASE)


_EXPRESSION_TOKEN = _compile(r"'[^']*'|'|\}\}")


class Hidden(Enum):
    """The answer for a text that is certainly not empty, but is not known: a secret that is set, one of two URLs."""

    TEXT = "hidden"


HIDDEN = Hidden.TEXT
Resolved = str | Hidden | None
"""A known text, a hidden one, or None: nothing is known, not even whether it is empty."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Plain text, quotes and escapes removed."""

    text: str


@dataclass(frozen=True, slots=True)
class Glob:
    """Unquoted pattern characters, which the shell replaces by file names where files match."""

    text: str


@dataclass(frozen=True, slots=True)
class Expression:
    """`${{ source }}`: GitHub puts its value into the text before anything reads that text."""

    source: str
    start: int = -1
    """Offset of `${{` in the text that the value comes from; -1 when it comes from no text."""
    quoted: bool = True

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that the expression reads, in order."""
        return tuple(match[1] or match[2] for match in _SECRET.finditer(self.source))


@dataclass(frozen=True, slots=True)
class Variable:
    """`$NAME` or `${NAME…}`; `operator` and `argument` are those of POSIX parameter expansion (`:-`, `#`, `%%` …)."""

    name: str
    operator: str = ""
    argument: "Value | None" = None
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class Unknown:
    """Text that only a run produces: `$(command)`, arithmetic, what a command read."""

    text: str
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several texts: the first whose condition holds."""

    options: "tuple[tuple[Condition, Value], ...]"
    quoted: bool = True


Piece = Literal | Glob | Expression | Variable | Unknown | Choice
Lookup = Callable[[Expression | Variable], Resolved]
"""Answers for one expression or for one variable by its name (operators are applied afterwards)."""


def unknown(_: Expression | Variable) -> Resolved:
    """The lookup that knows nothing."""
    return None


@dataclass(frozen=True, slots=True)
class Value:
    """A text in pieces, with its place in the text it comes from."""

    pieces: tuple[Piece, ...]
    raw: str = ""
    start: int = 0
    end: int = 0

    @property
    def literal(self) -> str | None:
        """The text, when nothing in it has to be looked up; patterns stand as written."""
        if any(not isinstance(piece, Literal | Glob) for piece in self.pieces):
            return None
        return self.prefix

    @property
    def prefix(self) -> str:
        """The literal text that it certainly starts with."""
        start = ""
        for piece in self.pieces:
            if not isinstance(piece, Literal | Glob):
                break
            start += piece.text
        return start

    @property
    def has_pattern(self) -> bool:
        return any(isinstance(piece, Glob) for piece in self.pieces)

    @property
    def may_split(self) -> bool:
        """Whether the shell may make several words, or none, out of it."""
        return any(not piece.quoted for piece in self.pieces if not isinstance(piece, Literal | Glob))

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(piece for piece in self._all_pieces() if isinstance(piece, Expression))

    @property
    def variables(self) -> tuple[Variable, ...]:
        return tuple(piece for piece in self._all_pieces() if isinstance(piece, Variable))

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that its expressions read, in order."""
        return tuple(name for expression in self.expressions for name in expression.secrets)

    def _all_pieces(self) -> Iterator[Piece]:
        for piece in self.pieces:
            yield piece
            if isinstance(piece, Choice):
                for _, value in piece.options:
                    yield from value._all_pieces()
            elif isinstance(piece, Variable) and piece.argument is not None:
                yield from piece.argument._all_pieces()

    def resolve(self, lookup: Lookup) -> Resolved:
        """The text, as far as the lookup knows it."""
        known = ""
        hidden = uncertain = False
        for piece in self.pieces:
            match piece:
                case Literal() | Glob():
                    part: Resolved = piece.text
                case Expression():
                    part = lookup(piece)
                case Variable():
                    part = _resolve_variable(piece, lookup)
                case Choice():
                    part = _resolve_choice(piece, lookup)
                case _:
                    part = None
            if isinstance(part, str):
                known += part
            elif part is HIDDEN:
                hidden = True
            else:
                uncertain = True
        if uncertain or hidden:
            return HIDDEN if hidden or known else None
        return known

    def after(self, count: int) -> "Value":
        """The value without its first `count` characters, which have to be literal."""
        pieces: list[Piece] = []
        left = count
        for piece in self.pieces:
            if left and isinstance(piece, Literal | Glob):
                rest = piece.text[left:]
                left = max(0, left - len(piece.text))
                if rest:
                    pieces.append(Literal(rest) if isinstance(piece, Literal) else Glob(rest))
            else:
                pieces.append(piece)
        return Value(tuple(pieces), self.raw, self.start, self.end)

    def joined(self, other: "Value", separator: str = "") -> "Value":
        """Both texts, one after the other."""
        between: tuple[Piece, ...] = (Literal(separator),) if separator else ()
        return Value(merged((*self.pieces, *between, *other.pieces)), self.raw, self.start, self.end)

    def replaced(self, replace: Callable[[Piece], tuple[Piece, ...]]) -> "Value":
        """The value with each piece replaced by others."""
        return Value(
            merged(tuple(new for piece in self.pieces for new in replace(piece))), self.raw, self.start, self.end
        )

    def lines(self) -> "list[Value]":
        """The value cut at its literal line breaks."""
        lines: list[list[Piece]] = [[]]
        for piece in self.pieces:
            if isinstance(piece, Literal) and "\n" in piece.text:
                first, *others = piece.text.split("\n")
                lines[-1].append(Literal(first))
                lines.extend([Literal(other)] for other in others)
            else:
                lines[-1].append(piece)
        return [Value(merged(tuple(line)), "", self.start, self.end) for line in lines]

    def stripped(self) -> "Value":
        """The value without literal white space at its ends."""
        pieces = list(self.pieces)
        if pieces and isinstance(pieces[0], Literal):
            pieces[0] = Literal(pieces[0].text.lstrip())
        if pieces and isinstance(pieces[-1], Literal):
            pieces[-1] = Literal(pieces[-1].text.rstrip())
        return Value(merged(tuple(pieces)), self.raw, self.start, self.end)

    def __str__(self) -> str:
        """The text as a workflow would write it."""
        return "".join(_written(piece) for piece in self.pieces)


def text(content: str, start: int = 0) -> Value:
    """A value that is plain text."""
    return Value((Literal(content),) if content else (), content, start, start + len(content))


def template(content: str, start: int = 0) -> Value:
    """A scalar of a workflow (an `env` entry, an input): plain text and `${{ expressions }}`."""
    pieces: list[Piece] = []
    position = 0
    while (found := content.find("${{", position)) >= 0:
        end = expression_end(content, found)
        if end is None:
            break
        pieces += [Literal(content[position:found]), Expression(content[found + 3 : end - 2].strip(), start + found)]
        position = end
    pieces.append(Literal(content[position:]))
    return Value(merged(tuple(pieces)), content, start, start + len(content))


def expression_end(content: str, start: int) -> int | None:
    """The offset behind the `}}` of the expression whose `${{` is at `start`; None when it is not closed.

    GitHub, "Evaluate expressions in workflows and actions": strings stand in single quotes, doubled inside a string.
    """
    limit = min(len(content), start + MAX_EXPRESSION_CHARS)
    for found in _EXPRESSION_TOKEN.finditer(content, start + 3, limit):
        if found[0] == "}}":
            return found.end()
        if found[0] == "'":
            return None
    return None


def merged(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The pieces with neighbouring literals put together and empty ones left out."""
    result: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Literal):
            if not piece.text:
                continue
            if result and isinstance(result[-1], Literal):
                result[-1] = Literal(result[-1].text + piece.text)
                continue
        result.append(piece)
    return tuple(result)


def _written(piece: Piece) -> str:
    match piece:
        case Literal() | Glob() | Unknown():
            return piece.text
        case Expression():
            return f"${{{{ {piece.source} }}}}"
        case Variable():
            return (
                f"${piece.name}" if not piece.operator else f"${{{piece.name}{piece.operator}{piece.argument or ''}}}"
            )
        case Choice():
            return " or ".join(str(value) for _, value in piece.options)


def _shown(value: Value) -> str:
    return str(value) or "''"


def _resolve_choice(choice: Choice, lookup: Lookup) -> Resolved:
    possible: list[Resolved] = []
    for condition, value in choice.options:
        holds = condition.evaluate(lookup)
        if holds is False:
            continue
        possible.append(value.resolve(lookup))
        if holds:
            break
    if possible and all(answer == possible[0] for answer in possible):
        return possible[0]
    if possible and all(answer is HIDDEN or answer for answer in possible):
        return HIDDEN
    return None


def _resolve_variable(variable: Variable, lookup: Lookup) -> Resolved:
    """POSIX.1-2024, Shell Command Language, 2.6.2 "Parameter Expansion", with the forms that bash adds."""
    value = lookup(variable if not variable.operator else Variable(variable.name, quoted=variable.quoted))
    operator, argument = variable.operator, variable.argument
    if not operator or argument is None:
        return value
    if operator in (":-", "-", ":=", "="):
        return argument.resolve(lookup) if value == "" else value
    if operator in (":?", "?"):
        return value
    if operator in (":+", "+"):
        if value is None:
            return None
        return "" if value == "" else argument.resolve(lookup)
    if not isinstance(value, str):
        return None
    pattern = argument.resolve(lookup)
    return _transformed(value, operator, pattern) if isinstance(pattern, str) else None


def _transformed(value: str, operator: str, argument: str) -> str | None:
    """One of bash's transformations of a known text, or None for a form that is left undecided."""
    if len(value) > _MAX_PATTERN_CHARS or len(argument) > _MAX_PATTERN_CHARS:
        return None
    match operator:
        case "#" | "##" | "%" | "%%":
            return _trimmed(value, operator, argument)
        case ",,":
            return value.lower()
        case "^^":
            return value.upper()
        case "/" | "//":
            old, found, new = argument.partition("/")
            if any(character in old for character in "*?[\\") or not old or old[0] in "#%":
                return None
            return value.replace(old, new if found else "", 1 if operator == "/" else -1)
        case ":":
            offset, found, length = argument.partition(":")
            if not offset.strip().isdigit() or (found and not length.strip().isdigit()):
                return None
            return value[int(offset) :][: int(length) if found else None]
    return None


def _trimmed(value: str, operator: str, pattern: str) -> str:
    matches = re.compile(translate(pattern)).match
    cuts = range(len(value) + 1)
    if operator[0] == "#":
        for cut in cuts if operator == "#" else reversed(cuts):
            if matches(value[:cut]):
                return value[cut:]
    else:
        for cut in reversed(cuts) if operator == "%" else cuts:
            if matches(value[cut:]):
                return value[:cut]
    return value


# ── Conditions ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Constant:
    """Always or never."""

    holds: bool

    def evaluate(self, lookup: Lookup) -> bool | None:
        return self.holds

    def __str__(self) -> str:
        return "true" if self.holds else "false"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts compared as `test` and `[[ … ]]` do it; `pattern` means that the right side is a pattern."""

    left: Value
    operator: str
    right: Value
    pattern: bool = False

    def evaluate(self, lookup: Lookup) -> bool | None:
        left, right = self.left.resolve(lookup), self.right.resolve(lookup)
        if isinstance(left, str) and isinstance(right, str):
            return _compared(left, self.operator, right, self.pattern)
        if self.operator in ("=", "==", "!=") and not self.pattern and HIDDEN in (left, right) and "" in (left, right):
            return self.operator == "!="
        return None

    def __str__(self) -> str:
        return f"{_shown(self.left)} {self.operator} {_shown(self.right)}"


@dataclass(frozen=True, slots=True)
class Emptiness:
    """Whether a text is empty, or is not."""

    value: Value
    empty: bool

    def evaluate(self, lookup: Lookup) -> bool | None:
        value = self.value.resolve(lookup)
        if value is None:
            return None
        return (value == "") is self.empty

    def __str__(self) -> str:
        return f"{self.value} is {'empty' if self.empty else 'not empty'}"


@dataclass(frozen=True, slots=True)
class Truth:
    """A text that is run as a command: `true`, `false`, or something that cannot be judged."""

    value: Value

    def evaluate(self, lookup: Lookup) -> bool | None:
        value = self.value.resolve(lookup)
        return {"true": True, ":": True, "false": False}.get(value) if isinstance(value, str) else None

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Opaque:
    """What only a run decides, in words: a command that succeeds, a file that exists, a loop that is entered."""

    description: str

    def evaluate(self, lookup: Lookup) -> bool | None:
        return None

    def __str__(self) -> str:
        return self.description


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"

    def evaluate(self, lookup: Lookup) -> bool | None:
        holds = self.condition.evaluate(lookup)
        return None if holds is None else not holds

    def __str__(self) -> str:
        return f"not ({self.condition})"


@dataclass(frozen=True, slots=True)
class Presumed:
    """What has to hold for the run to go well: it counts as met unless it certainly is not."""

    condition: "Condition"

    def evaluate(self, lookup: Lookup) -> bool | None:
        return self.condition.evaluate(lookup) is not False

    def __str__(self) -> str:
        return str(self.condition)


@dataclass(frozen=True, slots=True)
class AllOf:
    conditions: "tuple[Condition, ...]"

    def evaluate(self, lookup: Lookup) -> bool | None:
        answers = [condition.evaluate(lookup) for condition in self.conditions]
        return False if False in answers else None if None in answers else True

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.conditions)


@dataclass(frozen=True, slots=True)
class AnyOf:
    conditions: "tuple[Condition, ...]"

    def evaluate(self, lookup: Lookup) -> bool | None:
        answers = [condition.evaluate(lookup) for condition in self.conditions]
        return True if True in answers else None if None in answers else False

    def __str__(self) -> str:
        return " or ".join(f"({part})" if isinstance(part, AllOf) else str(part) for part in self.conditions)


Condition = Constant | Comparison | Emptiness | Truth | Opaque | Not | Presumed | AllOf | AnyOf
ALWAYS: Condition = Constant(True)
NEVER: Condition = Constant(False)
_ENOUGH = Opaque("conditions too many to follow")


def negated(condition: Condition) -> Condition:
    match condition:
        case Constant(holds):
            return Constant(not holds)
        case Not(inner):
            return inner
        case Emptiness(value, empty):
            return Emptiness(value, not empty)
        case _:
            return Not(condition)


def presumed(condition: Condition) -> Condition:
    """The condition as one that the run would fail without."""
    return condition if isinstance(condition, Constant | Presumed) else Presumed(condition)


def both(first: Condition, second: Condition) -> Condition:
    """The condition that holds when both do, kept flat and bounded."""
    if first == NEVER or second == NEVER:
        return NEVER
    if first in (ALWAYS, second):
        return second
    if second == ALWAYS:
        return first
    parts = (first.conditions if isinstance(first, AllOf) else (first,)) + (
        second.conditions if isinstance(second, AllOf) else (second,)
    )
    return AllOf(parts) if len(parts) <= MAX_MEMBERS else AllOf((*parts[: MAX_MEMBERS - 1], _ENOUGH))


def either(first: Condition, second: Condition) -> Condition:
    """The condition that holds when one of both does, kept flat and bounded."""
    if first == ALWAYS or second == ALWAYS:
        return ALWAYS
    if first in (NEVER, second):
        return second
    if second == NEVER:
        return first
    parts = (first.conditions if isinstance(first, AnyOf) else (first,)) + (
        second.conditions if isinstance(second, AnyOf) else (second,)
    )
    return AnyOf(parts) if len(parts) <= MAX_MEMBERS else AnyOf((*parts[: MAX_MEMBERS - 1], _ENOUGH))


def weight(subject: "Value | Condition") -> int:
    """How many pieces and comparisons a value or condition holds, counted through its choices."""
    match subject:
        case Value(pieces):
            return sum(
                1 + sum(weight(condition) + weight(value) for condition, value in piece.options)
                if isinstance(piece, Choice)
                else 1
                for piece in pieces
            )
        case Comparison(left, _, right):
            return 1 + weight(left) + weight(right)
        case Emptiness(value) | Truth(value):
            return 1 + weight(value)
        case Not(inner) | Presumed(inner):
            return 1 + weight(inner)
        case AllOf(parts) | AnyOf(parts):
            return 1 + sum(map(weight, parts))
        case _:
            return 1


def with_values(condition: Condition, replace: Callable[[Value], Value]) -> Condition:
    """The condition with each value in it replaced."""
    match condition:
        case Comparison(left, operator, right, pattern):
            return Comparison(replace(left), operator, replace(right), pattern)
        case Emptiness(value, empty):
            return Emptiness(replace(value), empty)
        case Truth(value):
            return Truth(replace(value))
        case Not(inner):
            return Not(with_values(inner, replace))
        case Presumed(inner):
            return Presumed(with_values(inner, replace))
        case AllOf(parts):
            return AllOf(tuple(with_values(part, replace) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(with_values(part, replace) for part in parts))
        case _:
            return condition


def _compared(left: str, operator: str, right: str, pattern: bool) -> bool | None:
    """`test` of POSIX.1-2024; patterns and `=~` as in bash, the latter only for plain text with anchors."""
    if operator in ("=", "==", "!="):
        if pattern:
            if len(left) > _MAX_PATTERN_CHARS or len(right) > _MAX_PATTERN_CHARS or "(" in right:
                return None
            equal = re.compile(translate(right)).match(left) is not None
        else:
            equal = left == right
        return equal is (operator != "!=")
    if operator == "=~":
        return _matched(left, right)
    if operator in ("<", ">"):
        return None
    if not (re.fullmatch(r"\s*-?\d{1,18}\s*", left) and re.fullmatch(r"\s*-?\d{1,18}\s*", right)):
        return None
    one, other = int(left), int(right)
    return {
        "-eq": one == other,
        "-ne": one != other,
        "-lt": one < other,
        "-le": one <= other,
        "-gt": one > other,
        "-ge": one >= other,
    }.get(operator)


def _matched(value: str, expression: str) -> bool | None:
    """Whether a regular expression of plain text, dots and anchors is found in a text; None for any other."""
    start, end = expression.startswith("^"), expression.endswith("$") and not expression.endswith("\\$")
    body = expression[start : len(expression) - end]
    if not end:
        body = body.removesuffix(".*")
    if not start:
        body = body.removeprefix(".*")
    if len(value) > _MAX_PATTERN_CHARS or not re.fullmatch(r"(?:[\w/ :@,=~\"'<>!#%&;-]|\\[./*+?()\[\]{}|^$-])*", body):
        return None
    plain = "".join(
        character for index, character in enumerate(body) if character != "\\" or body[index - 1 : index] == "\\"
    )
    return re.compile(("^" if start else "") + re.escape(plain) + (r"\Z" if end else "")).search(value) is not None


GITHUB_VARIABLES: Mapping[str, str] = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "github.actor",
    "GITHUB_BASE_REF": "github.base_ref",
    "GITHUB_EVENT_NAME": "github.event_name",
    "GITHUB_HEAD_REF": "github.head_ref",
    "GITHUB_JOB": "github.job",
    "GITHUB_REF": "github.ref",
    "GITHUB_REF_NAME": "github.ref_name",
    "GITHUB_REF_PROTECTED": "github.ref_protected",
    "GITHUB_REF_TYPE": "github.ref_type",
    "GITHUB_REPOSITORY": "github.repository",
    "GITHUB_REPOSITORY_ID": "github.repository_id",
    "GITHUB_REPOSITORY_OWNER": "github.repository_owner",
    "GITHUB_REPOSITORY_OWNER_ID": "github.repository_owner_id",
    "GITHUB_RUN_ATTEMPT": "github.run_attempt",
    "GITHUB_RUN_ID": "github.run_id",
    "GITHUB_RUN_NUMBER": "github.run_number",
    "GITHUB_SERVER_URL": "github.server_url",
    "GITHUB_SHA": "github.sha",
    "GITHUB_TRIGGERING_ACTOR": "github.triggering_actor",
    "GITHUB_WORKFLOW": "github.workflow",
    "GITHUB_WORKFLOW_REF": "github.workflow_ref",
    "GITHUB_WORKFLOW_SHA": "github.workflow_sha",
    "GITHUB_WORKSPACE": "github.workspace",
    "RUNNER_OS": "runner.os",
    "RUNNER_ARCH": "runner.arch",
}
"""Variables that every job has, with the expression that says the same. GitHub, "Variables reference"."""
