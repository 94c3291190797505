"""Reads a GitHub Actions expression into its tree, or says where and why GitHub refuses it. Evaluates nothing."""

from enum import Enum
from functools import lru_cache
from math import inf, isnan, nan
from re import Pattern

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.workflows.expressions.scopes import ANYWHERE, Function, Scope
from preflight.workflows.expressions.syntax import (
    PRECEDENCE,
    BooleanLiteral,
    Call,
    Comparison,
    ComparisonOperator,
    ContextName,
    ExpressionSyntaxError,
    Index,
    Logical,
    LogicalOperator,
    Node,
    Not,
    NullLiteral,
    NumberLiteral,
    StringLiteral,
    Wildcard,
)

MAX_LENGTH = 21_000
"""Characters of an expression (actions/runner: Expressions2/ExpressionConstants.cs)."""
MAX_DEPTH = 50
"""Levels of an expression's tree (same file). `a && b && c` is one level, `a.b.c` is two above `a`."""

WHITE_SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What .NET calls white space, as a regular expression's set. Python's `\\s` takes U+001C to U+001F too."""

_BOUNDARY = rf"()\[\],.!<>=&|{WHITE_SPACE}"
_NUMBER_BOUNDARY = _BOUNDARY.replace(".", "")
_NAME = r"[A-Za-z_][A-Za-z0-9_-]*+"


def _token_pattern(*, value_expected: bool) -> Pattern[str]:
    """One token, after white space. A dot starts a number where a value is expected; elsewhere it is a property's dot.

    As the runner does, a name, a number or a stray character runs on to the next boundary, whatever it holds
    (actions/runner: Expressions2/Tokens/LexicalAnalyzer.cs): `a*b` is one thing that nobody understands.
    """
    mark, number = ("", ".") if value_expected else (r"|\.", "")
    return _compile(
        rf"""(?x) [{WHITE_SPACE}]*+ (?:
            (?P<call>{_NAME}[{WHITE_SPACE}]*+\()
          | (?P<name>{_NAME})(?=[{_BOUNDARY}]|\Z)
          | (?P<string>'(?>(?:[^']++|'')*)'?+)
          | (?P<operator>!=|==|<=|>=|&&|\|\||[!<>])
          | (?P<mark>[()\[\],*]{mark})
          | (?P<number>[-+0-9{number}][^{_NUMBER_BOUNDARY}]*+)
          | (?P<other>[^{WHITE_SPACE}][^{_BOUNDARY}]*+)
        )"""
    )


_VALUE_TOKEN = _token_pattern(value_expected=True)
_OTHER_TOKEN = _token_pattern(value_expected=False)
_DECIMAL = _compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_HEXADECIMAL = _compile(r"0x[0-9a-fA-F]+")
_OCTAL = _compile(r"0o[0-7]+")
_INFINITY = _compile(r"([-+]?)[iI][nN][fF][iI][nN][iI][tT][yY]")
_SPACES = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"


class _Expected(Enum):
    """What may come next, in words for a person."""

    VALUE = "a value"
    ARGUMENT = "an argument or `)`"
    INDEX = "an index or `*`"
    PROPERTY = "a property name or `*`"
    AFTER_LITERAL = "an operator"
    AFTER_VALUE = "an operator, `.`, `[`"


_VALUE = _Expected.VALUE
_ARGUMENT = _Expected.ARGUMENT
_INDEX = _Expected.INDEX
_PROPERTY = _Expected.PROPERTY
_AFTER_LITERAL = _Expected.AFTER_LITERAL
_AFTER_VALUE = _Expected.AFTER_VALUE

_WORDS: dict[str, bool | float | None] = {"null": None, "true": True, "false": False, "NaN": nan, "Infinity": inf}


def strip_space(text: str) -> str:
    """Without the white space at both ends, as .NET's `Trim` takes it away."""
    return text.strip(_SPACES)


def parse_number(text: str) -> float:
    """A text as a number, NaN where it is none; of an empty text, 0.

    "Evaluate expressions in workflows and actions": a string is parsed from any legal JSON number format, otherwise
    NaN. What that takes exactly: actions/runner, Expressions2/Sdk/ExpressionUtility.cs, `ParseNumber`.
    """
    text = strip_space(text)
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _HEXADECIMAL.fullmatch(text):
        return _signed_32_bits(int(text[2:], 16))
    if _OCTAL.fullmatch(text):
        return _signed_32_bits(int(text[2:], 8))
    if found := _INFINITY.fullmatch(text):
        return float(found[1] + "inf")
    return nan


def _signed_32_bits(number: int) -> float:
    """The runner reads `0x` and `0o` as a 32-bit number with a sign, so `0xffffffff` is -1; a longer one is NaN."""
    if number > 0xFFFF_FFFF:
        return nan
    return float(number - 0x1_0000_0000 if number > 0x7FFF_FFFF else number)


@lru_cache(maxsize=1024)
def parse(text: str, scope: Scope = ANYWHERE, *, base: int = 0) -> Node:
    """Read an expression, without `${{ }}`.

    `scope` says which contexts and functions exist there; `base` is added to every position, for an expression that
    stands inside a longer text. Takes what the runner takes (actions/runner: Expressions2/ExpressionParser.cs).

    Raises:
        ExpressionSyntaxError: with the place of the first thing that GitHub refuses.
    """
    return _Parser(text, scope, base).tree()


@dataclass(frozen=True, slots=True)
class _Operand:
    """A node with what stands around it: its depth, and its span with the parentheses."""

    node: Node
    depth: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Operator:
    symbol: str
    rank: int
    start: int


@dataclass(frozen=True, slots=True)
class _Opening:
    """A `(` or `[` that is still open. A call has its function, and the number of operands below its arguments."""

    mark: str
    start: int
    function: Function | None = None
    below: int = 0


class _Parser:
    """Operator precedence parsing with two stacks, so that the depth of a text is never a depth of Python's stack."""

    __slots__ = ("base", "expected", "openings", "operands", "operators", "scope", "text")

    def __init__(self, text: str, scope: Scope, base: int) -> None:
        self.text = text
        self.scope = scope
        self.base = base
        self.expected = _VALUE
        self.operands: list[_Operand] = []
        self.operators: list[_Operator | _Opening] = []
        self.openings: list[_Opening] = []

    def tree(self) -> Node:
        text = self.text
        # The runner counts UTF-16 code units.
        if len(text) > MAX_LENGTH // 2 and len(text.encode("utf-16-le", "surrogatepass")) // 2 > MAX_LENGTH:
            raise self.error(f"expected at most {MAX_LENGTH:,} characters in an expression", 0, len(text))
        start = end = 0
        while True:
            expected = self.expected
            value_expected = expected is _VALUE or expected is _ARGUMENT or expected is _INDEX
            token = (_VALUE_TOKEN if value_expected else _OTHER_TOKEN).match(text, end)
            if token is None:
                break
            kind = token.lastgroup or "other"
            start, end = token.span(kind)
            if value_expected:
                self.take_value(kind, token[kind], start, end)
            elif expected is _PROPERTY:
                self.take_property(kind, token[kind], start, end)
            else:
                self.take_after_value(kind, token[kind], start, end)
        return self.finish(start, end)

    def finish(self, start: int, end: int) -> Node:
        """The whole tree, once the text is used up. `start` and `end` are those of the last token."""
        if end == 0:
            raise self.error("expected an expression, found nothing", 0, len(self.text))
        if self.expected not in (_AFTER_LITERAL, _AFTER_VALUE):
            raise self.error(f"expected {self.expected.value}, found the end of the expression", start, end - start)
        if self.openings:
            opening = self.openings[-1]
            closing = ")" if opening.mark == "(" else "]"
            reason = f"expected `{closing}` for this `{opening.mark}`, found the end of the expression"
            raise self.error(reason, self.text.index(opening.mark, opening.start), 1)
        self.reduce(0)
        return self.operands[0].node

    def take_value(self, kind: str, found: str, start: int, end: int) -> None:
        """Handle a token where a value is expected."""
        span_start, span_end = self.base + start, self.base + end
        if kind == "name":
            if found in _WORDS:
                self.push(_word(found, span_start, span_end), 1, start, end)
                self.expected = _AFTER_LITERAL
            elif found.lower() in self.scope.contexts:
                self.push(ContextName(found.lower(), start=span_start, end=span_end), 1, start, end)
                self.expected = _AFTER_VALUE
            else:
                raise self.error(_unknown("context", found, found.lower() in ANYWHERE.contexts), start, len(found))
        elif kind == "string":
            # Each quote of the text is written twice: an odd number means that the last one is missing.
            if found.count("'") % 2:
                raise self.error("expected a closing `'`, found the end of the expression", start, end - start)
            value = found[1:-1].replace("''", "'")
            self.push(StringLiteral(value, start=span_start, end=span_end), 1, start, end)
            self.expected = _AFTER_LITERAL
        elif kind == "call":
            self.take_call(found, start)
        elif kind == "number":
            number = parse_number(found)
            if isnan(number):
                raise self.error(f"expected a number, found `{found}`", start, end - start)
            self.push(NumberLiteral(number, start=span_start, end=span_end), 1, start, end)
            self.expected = _AFTER_LITERAL
        elif found == "!":
            self.operators.append(_Operator("!", PRECEDENCE["!"], start))
            self.expected = _VALUE
        elif found == "(":
            self.open(_Opening("(", start))
            self.expected = _VALUE
        elif found == ")" and self.expected is _ARGUMENT:
            self.close(end)
        elif found == "*" and self.expected is _INDEX:
            # GitHub lets the `*` in brackets be the start of more: `a[* == 1]`.
            self.push(Wildcard(start=span_start, end=span_end), 1, start, end)
            self.expected = _AFTER_VALUE
        else:
            raise self.unexpected(found, start)

    def take_call(self, found: str, start: int) -> None:
        """Handle a name and the `(` after it."""
        name = strip_space(found[:-1])
        if name in _WORDS:
            self.expected = _AFTER_LITERAL
            raise self.unexpected("(", start + len(found) - 1)
        function = self.scope.functions.get(name.lower())
        if function is None:
            raise self.error(_unknown("function", name, name.lower() in ANYWHERE.functions), start, len(name))
        self.open(_Opening("(", start, function, len(self.operands)))
        self.expected = _ARGUMENT

    def take_property(self, kind: str, found: str, start: int, end: int) -> None:
        """Handle a token after a dot."""
        if kind == "name":
            self.push_index(StringLiteral(found, start=self.base + start, end=self.base + end), 1, end)
        elif found == "*":
            self.push_index(Wildcard(start=self.base + start, end=self.base + end), 1, end)
        elif kind == "call":
            self.expected = _AFTER_VALUE
            raise self.unexpected("(", end - 1)
        else:
            raise self.unexpected(found, start)

    def take_after_value(self, kind: str, found: str, start: int, end: int) -> None:
        """Handle a token where a value has just ended."""
        opening = self.openings[-1] if self.openings else None
        if kind == "operator" and found != "!":
            self.reduce(PRECEDENCE[found])
            self.operators.append(_Operator(found, PRECEDENCE[found], start))
            self.expected = _VALUE
        elif found == "." and self.expected is _AFTER_VALUE:
            self.expected = _PROPERTY
        elif found == "[" and self.expected is _AFTER_VALUE:
            self.open(_Opening("[", start))
            self.expected = _INDEX
        elif opening is not None and found == (")" if opening.mark == "(" else "]"):
            self.close(end)
        elif opening is not None and found == "," and opening.function is not None:
            self.reduce(0)
            self.expected = _VALUE
        else:
            shown = strip_space(found[:-1]) if kind == "call" else found
            raise self.unexpected(shown, start)

    def open(self, opening: _Opening) -> None:
        self.operators.append(opening)
        self.openings.append(opening)

    def close(self, end: int) -> None:
        """Handle the `)` or `]` of the innermost opening."""
        self.reduce(0)
        self.operators.pop()
        opening = self.openings.pop()
        function = opening.function
        if function is not None:
            arguments = self.operands[opening.below :]
            del self.operands[opening.below :]
            refusal = function.refusal(len(arguments))
            if refusal is not None:
                raise self.error(refusal, opening.start, end - opening.start)
            nodes = tuple(argument.node for argument in arguments)
            call = Call(function.name, nodes, start=self.base + opening.start, end=self.base + end)
            self.push(call, 1 + max((argument.depth for argument in arguments), default=0), opening.start, end)
            self.expected = _AFTER_VALUE
        elif opening.mark == "[":
            index = self.operands.pop()
            self.push_index(index.node, index.depth, end)
        else:
            inner = self.operands.pop()
            self.operands.append(_Operand(inner.node, inner.depth, opening.start, end))
            self.expected = _AFTER_VALUE

    def reduce(self, rank: int) -> None:
        """Build the nodes of the operators that bind at least as close as `rank`, up to the innermost opening."""
        operators = self.operators
        while operators:
            operator = operators[-1]
            if isinstance(operator, _Opening) or operator.rank < rank:
                return
            operators.pop()
            self.build(operator)

    def build(self, operator: _Operator) -> None:
        right = self.operands.pop()
        if operator.symbol == "!":
            negation = Not(right.node, start=self.base + operator.start, end=self.base + right.end)
            self.push(negation, right.depth + 1, operator.start, right.end)
            return
        left = self.operands.pop()
        start, end = self.base + left.start, self.base + right.end
        node: Node
        if operator.symbol == "&&" or operator.symbol == "||":
            symbol: LogicalOperator = "&&" if operator.symbol == "&&" else "||"
            first, first_depth = _flattened(symbol, left)
            second, second_depth = _flattened(symbol, right)
            node = Logical(symbol, first + second, start=start, end=end)
            depth = 1 + max(first_depth, second_depth)
        else:
            node = Comparison(_COMPARISONS[operator.symbol], left.node, right.node, start=start, end=end)
            depth = 1 + max(left.depth, right.depth)
        self.push(node, depth, left.start, right.end)

    def push(self, node: Node, depth: int, start: int, end: int) -> None:
        if depth > MAX_DEPTH:
            raise self.error(f"expected at most {MAX_DEPTH} levels in an expression", start, end - start)
        self.operands.append(_Operand(node, depth, start, end))

    def push_index(self, index: Node, index_depth: int, end: int) -> None:
        target = self.operands.pop()
        node = Index(target.node, index, start=self.base + target.start, end=self.base + end)
        self.push(node, 1 + max(target.depth, index_depth), target.start, end)
        self.expected = _AFTER_VALUE

    def unexpected(self, found: str, start: int) -> ExpressionSyntaxError:
        expected = self.expected.value
        if self.expected is _AFTER_VALUE or self.expected is _AFTER_LITERAL:
            opening = self.openings[-1] if self.openings else None
            if opening is None:
                expected = f"{expected} or the end"
            elif opening.function is not None:
                expected += ", `,` or `)`"
            else:
                expected += " or `)`" if opening.mark == "(" else " or `]`"
        return self.error(f"expected {expected}, found `{found}`", start, len(found))

    def error(self, reason: str, start: int, length: int) -> ExpressionSyntaxError:
        return ExpressionSyntaxError(reason, self.base + start, length)


_COMPARISONS: dict[str, ComparisonOperator] = {"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _flattened(symbol: LogicalOperator, operand: _Operand) -> tuple[tuple[Node, ...], int]:
    """The operands that an operand brings into a `Logical`, and their depth."""
    node = operand.node
    if isinstance(node, Logical) and node.operator == symbol:
        return node.operands, operand.depth - 1
    return (node,), operand.depth


def _word(word: str, start: int, end: int) -> Node:
    value = _WORDS[word]
    if value is None:
        return NullLiteral(start=start, end=end)
    if isinstance(value, bool):
        return BooleanLiteral(value, start=start, end=end)
    return NumberLiteral(value, start=start, end=end)


def _unknown(what: str, name: str, elsewhere: bool) -> str:
    if elsewhere:
        return f"the {what} `{name}` is not available here"
    return f"expected a {what} that GitHub knows, found `{name}`"
