"""The syntax tree of a GitHub Actions expression, and its way back to text. Knows no values and decides nothing."""

from collections.abc import Iterator
from dataclasses import field
from math import isinf, isnan
from typing import Literal, TypeAlias

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

ComparisonOperator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]
LogicalOperator: TypeAlias = Literal["&&", "||"]

_PROPERTY_NAME = _compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class ExpressionSyntaxError(Exception):
    """A text that GitHub does not take as an expression: what was expected and found, and where.

    `offset` and `length` count characters in the text that was given to the parser (plus the parser's `base`).
    """

    def __init__(self, reason: str, offset: int, length: int) -> None:
        super().__init__(f"{reason} (at character {offset + 1})")
        self.reason = reason
        self.offset = offset
        self.length = length


@dataclass(frozen=True, slots=True)
class _Spanned:
    """Where a node stands in the text it was read from. Two nodes that differ only in this are equal."""

    start: int = field(default=0, compare=False, kw_only=True)
    end: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class NullLiteral(_Spanned):
    """`null`."""

    @property
    def value(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class BooleanLiteral(_Spanned):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class NumberLiteral(_Spanned):
    """`1`, `-9.2`, `0xff`, `0o17`, `1e3`, `NaN`, `Infinity`."""

    value: float


@dataclass(frozen=True, slots=True)
class StringLiteral(_Spanned):
    """`'text'`, where `''` stands for one quote. A property name after a dot is one too."""

    value: str


@dataclass(frozen=True, slots=True)
class ContextName(_Spanned):
    """A context by its name, in lower case: `github`, `inputs`, `needs`."""

    name: str


@dataclass(frozen=True, slots=True)
class Wildcard(_Spanned):
    """The `*` of an object filter: `needs.*.result`, `labels[*]`."""


@dataclass(frozen=True, slots=True)
class Index(_Spanned):
    """`target.name`, `target['name']`, `target[0]`, `target.*`: all are one thing to GitHub."""

    target: "Node"
    index: "Node"


@dataclass(frozen=True, slots=True)
class Call(_Spanned):
    """A function call. `function` is spelled as GitHub documents it, however it was written."""

    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not(_Spanned):
    """`!operand`."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Comparison(_Spanned):
    """`left == right`, and the other five."""

    operator: ComparisonOperator
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Logical(_Spanned):
    """`a && b && c` or `a || b || c`. The parser flattens: no operand is a `Logical` of the same operator."""

    operator: LogicalOperator
    operands: tuple["Node", ...]


Node: TypeAlias = (
    NullLiteral
    | BooleanLiteral
    | NumberLiteral
    | StringLiteral
    | ContextName
    | Wildcard
    | Index
    | Call
    | Not
    | Comparison
    | Logical
)

# As the runner ranks them (actions/runner: Expressions2/Tokens/Token.cs): a higher number binds closer.
PRECEDENCE: dict[str, int] = {
    "||": 5,
    "&&": 6,
    "==": 10,
    "!=": 10,
    "<": 11,
    "<=": 11,
    ">": 11,
    ">=": 11,
    "!": 16,
}
_POSTFIX = 19
_ATOM = 20


@dataclass(frozen=True, slots=True)
class Term:
    """A context and the literal properties asked of it: `inputs.x`, `secrets.PYPI_TOKEN`, `needs.*.result`.

    `path` starts with the context's name in lower case; the other names are as written, `*` is a filter, a number is
    its text. `complete` is False where a computed index follows: of `matrix[github.ref]` only `matrix` is known.
    """

    path: tuple[str, ...]
    complete: bool
    start: int
    end: int

    @property
    def text(self) -> str:
        return ".".join(self.path)


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, in the order they are written."""
    match node:
        case Index(target, index):
            return (target, index)
        case Call(_, arguments):
            return arguments
        case Not(operand):
            return (operand,)
        case Comparison(_, left, right):
            return (left, right)
        case Logical(_, operands):
            return operands
        case _:
            return ()


def walk(tree: Node) -> Iterator[Node]:
    """The tree and everything in it, each node before its parts, in the order they are written."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(children(node)))


def free_terms(tree: Node) -> tuple[Term, ...]:
    """What an expression asks of its contexts, each mention once for each place, in the order they are written."""
    found: list[Term] = []
    pending: list[Node] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ContextName):
            found.append(Term((node.name,), True, node.start, node.end))
        elif isinstance(node, Index):
            _collect_path(node, found, pending)
        else:
            pending.extend(reversed(children(node)))
    return tuple(sorted(found, key=lambda term: (term.start, term.end)))


def _collect_path(node: Index, found: list[Term], pending: list[Node]) -> None:
    steps: list[Index] = []
    root: Node = node
    while isinstance(root, Index):
        steps.append(root)
        root = root.target
    steps.reverse()
    pending.extend(step.index for step in reversed(steps))
    if not isinstance(root, ContextName):
        pending.append(root)
        return
    path = [root.name]
    end = root.end
    complete = True
    for step in steps:
        key = _literal_key(step.index)
        if key is None:
            complete = False
            break
        path.append(key)
        end = step.end
    found.append(Term(tuple(path), complete, root.start, end))


def _literal_key(index: Node) -> str | None:
    match index:
        case StringLiteral(value):
            return value
        case NumberLiteral(value):
            return number_source(value)
        case Wildcard():
            return "*"
        case _:
            return None


def is_property_name(text: str) -> bool:
    """Whether a name may stand after a dot: a letter or `_`, then also digits and `-` ("Contexts reference")."""
    return _PROPERTY_NAME.fullmatch(text) is not None


def number_source(value: float) -> str:
    """A number as an expression may spell it, so that reading it again gives the same number."""
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    text = repr(float(value))
    return text.removesuffix(".0")


def string_source(value: str) -> str:
    """A text as a string literal."""
    return "'" + value.replace("'", "''") + "'"


def unparse(tree: Node) -> str:
    """Write a tree as an expression, in one spelling: `parse(unparse(tree)) == tree` for every tree that was parsed."""
    return _source(tree)[0]


def _source(node: Node) -> tuple[str, int]:
    """The text of a node and the precedence of its outermost operator."""
    match node:
        case StringLiteral(value):
            return string_source(value), _ATOM
        case ContextName(name):
            return name, _POSTFIX
        case Index(target, index):
            return _index_source(target, index), _POSTFIX
        case Call(function, arguments):
            return f"{function}({', '.join(unparse(argument) for argument in arguments)})", _POSTFIX
        case NullLiteral():
            return "null", _ATOM
        case BooleanLiteral(value):
            return ("true" if value else "false"), _ATOM
        case NumberLiteral(value):
            return number_source(value), _ATOM
        case Wildcard():
            return "*", _POSTFIX
        case Not(operand):
            return "!" + _grouped(operand, PRECEDENCE["!"]), PRECEDENCE["!"]
        case Comparison(operator, left, right):
            rank = PRECEDENCE[operator]
            return f"{_grouped(left, rank)} {operator} {_grouped(right, rank + 1)}", rank
        case Logical(operator, operands):
            rank = PRECEDENCE[operator]
            return f" {operator} ".join(_grouped(operand, rank + 1) for operand in operands), rank


def _index_source(target: Node, index: Node) -> str:
    # A literal cannot be followed by a dot or a bracket: it needs parentheses though nothing binds closer.
    literal = isinstance(target, NullLiteral | BooleanLiteral | NumberLiteral | StringLiteral)
    base = f"({unparse(target)})" if literal else _grouped(target, _POSTFIX)
    if isinstance(index, Wildcard):
        return f"{base}.*"
    if isinstance(index, StringLiteral) and is_property_name(index.value):
        return f"{base}.{index.value}"
    return f"{base}[{unparse(index)}]"


def _grouped(node: Node, least: int) -> str:
    text, rank = _source(node)
    return text if rank >= least else f"({text})"


def depth(tree: Node) -> int:
    """The levels of a tree, as GitHub counts them against its limit."""
    return 1 + max((depth(part) for part in children(tree)), default=0)
