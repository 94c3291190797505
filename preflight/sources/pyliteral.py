"""Literals in Python files, read from the syntax tree with their places. Executes and imports nothing."""

import ast
import warnings
from collections.abc import Collection, Iterator
from dataclasses import field, replace
from typing import Final

from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, SourceSyntaxError, SourceTooComplex

MAX_CHARACTERS = 1_000_000
_MAX_LITERAL_DEPTH = 100
_MAX_VALUES = 10_000


class NotLiteral:
    """The type of `NOT_LITERAL`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NOT_LITERAL"

    def __bool__(self) -> bool:
        return False


NOT_LITERAL: Final = NotLiteral()
"""Stands for the value of an expression that is no literal: only running the file would tell it."""


@dataclass(frozen=True, slots=True)
class PyAssignment:
    """What a module binds a name to, at the last place that does.

    `place` is the value's expression, `statement_place` all of the statement. `conditional` says that the binding
    stands in an `if`, `try`, `with`, loop or `match`; `earlier` are those before it, in order. An import, `def`,
    `class` or loop that binds the name counts, with no literal value.
    """

    name: str
    value: object
    place: Place
    statement_place: Place
    conditional: bool = False
    earlier: tuple["PyAssignment", ...] = ()

    @property
    def is_literal(self) -> bool:
        return self.value is not NOT_LITERAL

    @property
    def is_certain(self) -> bool:
        """Whether the value is a literal that the module has after import: bound once, and unconditionally."""
        return self.is_literal and not self.conditional and not self.earlier


@dataclass(frozen=True, slots=True)
class PyKeyword:
    """A keyword argument; `place` is its value's expression, `entry_place` is from the name on."""

    name: str
    value: object
    place: Place
    entry_place: Place

    @property
    def is_literal(self) -> bool:
        return self.value is not NOT_LITERAL


@dataclass(frozen=True, slots=True)
class PyCall:
    """A call. `function` is as written (`setuptools.setup`); with `unpacks` (`**x`) there may be more keywords."""

    function: str
    keywords: dict[str, PyKeyword]
    place: Place
    function_place: Place
    unpacks: bool = False
    positional: int = 0


@dataclass(slots=True)
class _Places:
    """Turns the places of syntax nodes (lines, and columns in UTF-8 bytes) into offsets of the source."""

    source: Source
    shift: int
    """1 when a byte order mark stands before the text that was parsed."""
    line_is_ascii: dict[int, bool] = field(default_factory=dict)

    def of(self, node: ast.stmt | ast.expr | ast.keyword | ast.alias) -> Place:
        start = self._offset(node.lineno, node.col_offset)
        end_line, end_column = node.end_lineno, node.end_col_offset
        end = start if end_line is None or end_column is None else self._offset(end_line, end_column)
        return self.source.place(start, max(start, end))

    def _offset(self, line: int, byte_column: int) -> int:
        starts = self.source.line_starts
        if line > len(starts):
            return len(self.source.text)
        start = starts[line - 1] + (self.shift if line == 1 else 0)
        if line not in self.line_is_ascii:
            self.line_is_ascii[line] = self.source.line(line)[self.shift if line == 1 else 0 :].isascii()
        if self.line_is_ascii[line]:
            return min(start + byte_column, len(self.source.text))
        line_text = self.source.text[start : start + byte_column]
        return start + len(line_text.encode("utf-8", "surrogatepass")[:byte_column].decode("utf-8", "ignore"))


def module_assignments(source: Source, names: Collection[str]) -> dict[str, PyAssignment]:
    """What the module binds the given names to at its top level (not in functions and classes).

    A file that does not hold any of the names is not parsed, so its syntax errors stay unseen.

    Raises:
        SourceSyntaxError: for what is no Python to the interpreter that runs preflight.
        SourceTooComplex: too long, or nested deeper than the interpreter's parser goes.
    """
    if not any(name in source.text for name in names):
        return {}
    tree, places = _parse(source)
    found: dict[str, list[PyAssignment]] = {}
    for statement, conditional in _top_level(tree):
        for name, value in _bindings(statement):
            if name not in names:
                continue
            assignment = PyAssignment(
                name,
                NOT_LITERAL if value is None else literal(value),
                places.of(statement if value is None else value),
                places.of(statement),
                conditional,
            )
            found.setdefault(name, []).append(assignment)
    return {name: replace(bindings[-1], earlier=tuple(bindings[:-1])) for name, bindings in found.items()}


def call_keywords(source: Source, function_names: Collection[str] = frozenset({"setup"})) -> list[PyCall]:
    """The calls of functions with these names, anywhere in the file in its order, plain or as an attribute.

    `setup(...)`, `setuptools.setup(...)` and `distutils.core.setup(...)` are all calls of `setup`.

    Raises:
        SourceSyntaxError, SourceTooComplex: as `module_assignments`.
    """
    if not any(name in source.text for name in function_names):
        return []
    tree, places = _parse(source)
    calls = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = _dotted(node.func)
        if function is None or function.rpartition(".")[2] not in function_names:
            continue
        keywords: dict[str, PyKeyword] = {}
        for keyword in node.keywords:
            if keyword.arg is not None:
                keywords[keyword.arg] = PyKeyword(
                    keyword.arg, literal(keyword.value), places.of(keyword.value), places.of(keyword)
                )
        calls.append(
            PyCall(
                function,
                keywords,
                places.of(node),
                places.of(node.func),
                unpacks=any(keyword.arg is None for keyword in node.keywords),
                positional=len(node.args),
            )
        )
    return sorted(calls, key=lambda call: call.place.start)


def literal(expression: ast.expr) -> object:
    """The value of a literal expression, `NOT_LITERAL` for any other.

    As `ast.literal_eval`, and also strings joined with `+` and f-strings without a field.
    """
    budget = [_MAX_VALUES]
    return _literal(expression, 0, budget)


def _parse(source: Source) -> tuple[ast.Module, _Places]:
    text = source.text
    if len(text) > MAX_CHARACTERS:
        raise SourceTooComplex(f"it has more than {MAX_CHARACTERS:,} characters", source.whole)
    shift = 1 if text.startswith("\ufeff") else 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as those about invalid escapes
            tree = ast.parse(text[shift:])
    except SyntaxError as error:
        raise _syntax_error(source, error, shift) from None
    except (RecursionError, MemoryError):
        raise SourceTooComplex("it is nested too deep", source.whole) from None
    except ValueError as error:  # NUL bytes, lone surrogates
        raise SourceSyntaxError(f"it is no valid Python: {error}", source.whole) from None
    return tree, _Places(source, shift)


def _syntax_error(source: Source, error: SyntaxError, shift: int) -> SourceSyntaxError:
    line = error.lineno or 1
    start = source.offset(line, max(error.offset or 1, 1) + (shift if line == 1 else 0))
    end = start
    if error.end_lineno and error.end_offset and error.end_offset > 0:
        end = source.offset(error.end_lineno, error.end_offset + (shift if error.end_lineno == 1 else 0))
    return SourceSyntaxError(error.msg or "invalid syntax", source.place(start, max(start, end)))


def _top_level(tree: ast.Module) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements that run in the module's own scope, in order, and whether they may not run."""
    waiting: list[tuple[ast.stmt, bool]] = [(statement, False) for statement in reversed(tree.body)]
    while waiting:
        statement, conditional = waiting.pop()
        yield statement, conditional
        blocks: list[ast.stmt] = []
        if isinstance(statement, (ast.If, ast.For, ast.While)):
            blocks = [*statement.body, *statement.orelse]
        elif isinstance(statement, (ast.Try, ast.TryStar)):
            handlers = [inner for handler in statement.handlers for inner in handler.body]
            blocks = [*statement.body, *handlers, *statement.orelse, *statement.finalbody]
        elif isinstance(statement, ast.With):
            blocks = statement.body
        elif isinstance(statement, ast.Match):
            blocks = [inner for case in statement.cases for inner in case.body]
        waiting.extend((inner, True) for inner in reversed(blocks))


def _bindings(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """The names that a statement binds, each with the expression of its value, or None when there is no such thing."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _targets(target, statement.value)
    elif isinstance(statement, ast.AnnAssign):
        if statement.value is not None:
            yield from _targets(statement.target, statement.value)
    elif isinstance(statement, ast.AugAssign):
        yield from _targets(statement.target, None)
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0], None
    elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name, None
    elif isinstance(statement, (ast.For, ast.AsyncFor)):
        yield from _targets(statement.target, None)
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        for item in statement.items:
            if item.optional_vars is not None:
                yield from _targets(item.optional_vars, None)
    elif isinstance(statement, ast.Delete):
        for target in statement.targets:
            yield from _targets(target, None)


def _targets(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    waiting: list[tuple[ast.expr, ast.expr | None]] = [(target, value)]
    while waiting:
        target, value = waiting.pop()
        if isinstance(target, ast.Name):
            yield target.id, value
        elif isinstance(target, ast.Starred):
            waiting.append((target.value, None))
        elif isinstance(target, (ast.Tuple, ast.List)):
            values: list[ast.expr | None] = [None] * len(target.elts)
            starred = any(isinstance(inner, ast.Starred) for inner in target.elts)
            if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts) and not starred:
                values = list(value.elts)
            waiting.extend(reversed(list(zip(target.elts, values, strict=True))))


def _dotted(expression: ast.expr) -> str | None:
    parts = []
    while isinstance(expression, ast.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ast.Name):
        return None
    return ".".join([expression.id, *reversed(parts)])


def _literal(node: ast.expr, depth: int, budget: list[int]) -> object:
    budget[0] -= 1
    if depth > _MAX_LITERAL_DEPTH or budget[0] < 0:
        return NOT_LITERAL
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List, ast.Set, ast.Dict)):
        return _collection(node, depth, budget)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.UAdd, ast.USub)):
        number = _literal(node.operand, depth + 1, budget)
        if isinstance(number, bool) or not isinstance(number, (int, float, complex)):
            return NOT_LITERAL
        return -number if isinstance(node.op, ast.USub) else number
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined(node, depth, budget)
    if isinstance(node, ast.JoinedStr):
        pieces = [piece.value for piece in node.values if isinstance(piece, ast.Constant)]
        return "".join(map(str, pieces)) if len(pieces) == len(node.values) else NOT_LITERAL
    return NOT_LITERAL


def _collection(node: ast.Tuple | ast.List | ast.Set | ast.Dict, depth: int, budget: list[int]) -> object:
    if isinstance(node, ast.Dict):
        keys = _literals([key for key in node.keys if key is not None], depth, budget)
        values = _literals(node.values, depth, budget)
        if keys is None or values is None or len(keys) != len(values):  # fewer keys where a mapping is unpacked
            return NOT_LITERAL
    else:
        keys, values = [], _literals(node.elts, depth, budget)
        if values is None:
            return NOT_LITERAL
    try:
        if isinstance(node, ast.Dict):
            return dict(zip(keys, values, strict=True))
        return tuple(values) if isinstance(node, ast.Tuple) else set(values) if isinstance(node, ast.Set) else values
    except TypeError:  # a list as a key or in a set
        return NOT_LITERAL


def _literals(nodes: list[ast.expr], depth: int, budget: list[int]) -> list[object] | None:
    values = []
    for node in nodes:
        value = _literal(node, depth + 1, budget)
        if value is NOT_LITERAL:
            return None
        values.append(value)
    return values


def _joined(node: ast.BinOp, depth: int, budget: list[int]) -> object:
    """Strings or bytes joined with `+`: any number of them, so without recursion into the left operand."""
    operands: list[ast.expr] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
        operands.append(left.right)
        left = left.left
    values = _literals([left, *reversed(operands)], depth, budget) or []
    texts = [value for value in values if isinstance(value, str)]
    if texts and len(texts) == len(values):
        return "".join(texts)
    chunks = [value for value in values if isinstance(value, bytes)]
    return b"".join(chunks) if chunks and len(chunks) == len(values) else NOT_LITERAL
