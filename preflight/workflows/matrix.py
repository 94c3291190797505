"""The matrix of a job and the legs it expands to, as GitHub's `MatrixBuilder` does it. Evaluates no expression."""

from collections.abc import Callable, Iterator
from math import isnan, nan
from typing import Any, Final, TypeAlias

from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.yaml import Entry, Mapping, Node, Scalar, Sequence
from preflight.workflows.literals import has_expression, literal

MAX_LEGS: Final = 256
"""The jobs that one matrix may make (GitHub's page "Workflow syntax", `jobs.<job_id>.strategy.matrix`)."""

_MAX_COMBINATIONS = 20_000
_MAX_VALUES = 20_000
_MAX_DEPTH = 50

Value: TypeAlias = Any
"""None, bool, float, str, a list or dict of values, or the `Scalar` of an expression that nothing resolved."""

Resolve: TypeAlias = Callable[[Scalar], Value]
"""Gives the value of a scalar with an expression in it, or the scalar itself when it cannot be known."""


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """The legs of a matrix, each the `matrix` context of one job.

    `known` is false where expressions decide which legs there are; `legs` then holds those that can be told.
    `truncated` says that there are more than were asked for.
    """

    legs: tuple[dict[str, Value], ...]
    known: bool = True
    truncated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Strategy:
    """The `strategy:` of a job. `whole` is the expression that stands for all of it, or for the whole matrix."""

    entry: Entry
    matrix: "Matrix | None" = None
    whole: Scalar | None = None
    fail_fast: Scalar | None = None
    max_parallel: Scalar | None = None

    @property
    def place(self) -> Place:
        return self.entry.place

    @property
    def has_matrix(self) -> bool:
        return self.matrix is not None or self.whole is not None

    def legs(self, limit: int = MAX_LEGS, resolve: Resolve | None = None) -> Legs:
        """The legs of the matrix; one leg without values where there is no matrix."""
        if self.matrix is not None:
            return self.matrix.legs(limit, resolve)
        if self.whole is None:
            return Legs(({},))
        if resolve is not None:
            value = resolve(self.whole)
            if isinstance(value, dict) and self.whole is not self.entry.value:
                return _expand(value, limit)
        return Legs((), known=False)


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """A matrix written as a mapping."""

    node: Mapping

    @property
    def vectors(self) -> dict[str, Node]:
        """The named lists, without `include` and `exclude`."""
        return {name: node for name, node in self.node.items() if name not in ("include", "exclude")}

    @property
    def include(self) -> Node | None:
        return self.node.get("include")

    @property
    def exclude(self) -> Node | None:
        return self.node.get("exclude")

    def legs(self, limit: int = MAX_LEGS, resolve: Resolve | None = None) -> Legs:
        """Every combination that is not excluded, with what `include` adds, then what `include` appends."""
        value = to_value(self.node, resolve)
        return _expand(value, limit) if isinstance(value, dict) else Legs((), known=False)


def read_strategy(entry: Entry | None) -> Strategy | None:
    """Read a `strategy:` entry, whatever it holds."""
    if entry is None:
        return None
    node = entry.value
    if isinstance(node, Scalar):
        return Strategy(entry, whole=node if has_expression(node) else None)
    if not isinstance(node, Mapping):
        return Strategy(entry)
    fail_fast, max_parallel, matrix = node.get("fail-fast"), node.get("max-parallel"), node.get("matrix")
    return Strategy(
        entry,
        Matrix(matrix) if isinstance(matrix, Mapping) else None,
        matrix if isinstance(matrix, Scalar) and has_expression(matrix) else None,
        fail_fast if isinstance(fail_fast, Scalar) else None,
        max_parallel if isinstance(max_parallel, Scalar) else None,
    )


def to_value(node: Node | None, resolve: Resolve | None = None) -> Value:
    """A node as a value; bounded, so that anchors within anchors cost no more than `_MAX_VALUES` values."""
    return _Converter(resolve).convert(node, 0)


class _Converter:
    def __init__(self, resolve: Resolve | None) -> None:
        self._resolve = resolve
        self._left = _MAX_VALUES

    def convert(self, node: Node | None, depth: int) -> Value:
        self._left -= 1
        if self._left < 0 or depth > _MAX_DEPTH:
            return None
        if isinstance(node, Scalar):
            if not has_expression(node):
                return literal(node)
            return node if self._resolve is None else self._resolve(node)
        if isinstance(node, Sequence):
            return [self.convert(item, depth + 1) for item in node.items[: self._left + 1]]
        if isinstance(node, Mapping):
            return {name: self.convert(value, depth + 1) for name, value in node.items() if self._left > 0}
        return None


def _expand(matrix: dict[str, Value], limit: int) -> Legs:
    """actions/runner: `MatrixBuilder.Build`."""
    known = not any("${{" in name for name in matrix)
    vectors: dict[str, list[Value]] = {}
    include: list[dict[str, Value]] = []
    exclude: list[dict[str, Value]] = []
    for name, value in matrix.items():
        if name == "include":
            known &= isinstance(value, list) and _all_dicts(value)
            include = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
        elif name == "exclude":
            known &= isinstance(value, list) and _all_dicts(value)
            exclude = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
        elif isinstance(value, list) and value:
            vectors[name] = value
        elif "${{" not in name:
            known = False
    legs: list[dict[str, Value]] = []
    matched = [False] * len(include)
    filters = [{key: value for key, value in item.items() if _find(vectors, key) is not None} for item in include]
    combinations = 0
    for leg in _product(vectors):
        combinations += 1
        if len(legs) > limit or combinations > _MAX_COMBINATIONS:
            return Legs(tuple(legs[:limit]), known, truncated=True)
        excluded = [_fits(leg, item) for item in exclude]
        if True in excluded:
            continue
        known &= None not in excluded
        extra: dict[str, Value] = {}
        for index, item in enumerate(include):
            fits = _fits(leg, filters[index])
            if fits:
                matched[index] = True
                extra.update({key: value for key, value in item.items() if key not in filters[index]})
            known &= fits is not None
        legs.append({**leg, **extra})
    legs.extend(dict(item) for index, item in enumerate(include) if not matched[index])
    return Legs(tuple(legs[:limit]), known, truncated=len(legs) > limit)


def _all_dicts(values: list[Value]) -> bool:
    return all(isinstance(value, dict) for value in values)


def _product(vectors: dict[str, list[Value]]) -> Iterator[dict[str, Value]]:
    """The combinations, the last vector fastest; none at all without a vector."""
    if not vectors:
        return
    names = list(vectors)
    indexes = [0] * len(names)
    while True:
        yield {name: vectors[name][index] for name, index in zip(names, indexes, strict=True)}
        position = len(names) - 1
        while position >= 0 and indexes[position] == len(vectors[names[position]]) - 1:
            indexes[position] = 0
            position -= 1
        if position < 0:
            return
        indexes[position] += 1


def _find(values: dict[str, Value], name: str) -> str | None:
    """The key of that name, letter case aside, as GitHub's contexts look names up."""
    if name in values:
        return name
    return next((key for key in values if key.lower() == name.lower()), None)


def _fits(actual: Value, wanted: Value) -> bool | None:
    """Whether every leaf of `wanted` equals what stands there in `actual`; None where an expression decides."""
    if isinstance(wanted, dict):
        verdicts = []
        for name, value in wanted.items():
            key = _find(actual, name) if isinstance(actual, dict) else None
            verdicts.append(
                None if isinstance(actual, Scalar) else _fits(actual[key] if key is not None else None, value)
            )
        return False if False in verdicts else None if None in verdicts else True
    if isinstance(wanted, list):
        verdicts = []
        for index, value in enumerate(wanted):
            inside = isinstance(actual, list) and index < len(actual)
            verdicts.append(None if isinstance(actual, Scalar) else _fits(actual[index] if inside else None, value))
        return False if False in verdicts else None if None in verdicts else True
    if isinstance(actual, Scalar) or isinstance(wanted, Scalar):
        return None
    return loosely_equal(actual, wanted)


def loosely_equal(left: Value, right: Value) -> bool:
    """GitHub's `==` over values without expressions: letter case aside, and by number where the types differ."""
    if isinstance(left, (list, dict)) or isinstance(right, (list, dict)):
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return left.upper() == right.upper()
    if type(left) is type(right):
        return bool(left == right)
    return _number(left) == _number(right)


def _number(value: Value) -> float:
    if value is None:
        return 0.0
    if not isinstance(value, str):
        return float(value)
    text = value.strip()
    if not text:
        return 0.0
    try:
        number = float(int(text, 0)) if text[:2].lower() in ("0x", "0o") else float(text)
    except (ValueError, OverflowError):
        return nan
    return nan if "_" in text or isnan(number) else number
