"""The values of GitHub's expression language and what is known of them: conversions and comparisons, with unknowns.

Knows no syntax. A known value is None, a bool, a float or an int, a str, a Mapping (an object) or a list or tuple (an
array); an `Unknown` stands for a set of such values. Everything said of an unknown holds for every value in its set.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import isinf, isnan, nan
from typing import Any, Final, Literal, TypeAlias, TypeGuard

from preflight.sources.records import dataclass
from preflight.workflows.expressions.parser import parse_number
from preflight.workflows.expressions.syntax import ComparisonOperator

Primitive: TypeAlias = bool | float | str | None
Value: TypeAlias = "Primitive | Sequence[Value] | Mapping[str, Value] | Unknown"
Kind: TypeAlias = Literal["Null", "Boolean", "Number", "String", "Object", "Array"]

MOST_CANDIDATES = 16
"""How many possible values an unknown carries one by one, before it is only known to be unknown."""
_MOST_COMBINATIONS = 64
_MOST_TERMS = 8


class EvaluationError(Exception):
    """An expression that GitHub accepts and whose evaluation fails: the job or the step then fails.

    `offset` and `length` are the place of the part that fails, as the parser counted it.
    """

    def __init__(self, reason: str, offset: int = 0, length: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset
        self.length = length


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that cannot be decided here, and all that is known of it.

    `terms`: the parts of the expression that could not be decided, as text. Left empty by whoever puts an unknown into
    a context, it is filled with the way the expression got there: `needs.build.outputs.tag`.
    `truthy`: whether it counts as true, where that is certain.
    `candidates`: every value that it may have, where these are few (and none is an object or an array).
    `pieces`: it is a text of this shape: `("refs/tags/v", "")` starts with `refs/tags/v`; between two pieces
    there may be anything; `("", "")` is any text.
    `may_fail`: or the evaluation fails.
    """

    terms: tuple[str, ...] = ()
    truthy: bool | None = None
    candidates: tuple[Primitive, ...] | None = None
    pieces: tuple[str, ...] | None = None
    may_fail: bool = False

    def __post_init__(self) -> None:
        if self.candidates == () or (self.pieces is not None and len(self.pieces) < 2):
            raise ValueError("an unknown has at least one candidate, and a shape at least a start and an end")
        if self.truthy is None:
            if self.candidates is not None:
                truths = {is_truthy(candidate) for candidate in self.candidates}
                if len(truths) == 1:
                    object.__setattr__(self, "truthy", truths.pop())
            elif self.pieces is not None and any(self.pieces):
                object.__setattr__(self, "truthy", True)

    def __bool__(self) -> bool:
        raise TypeError("an unknown value is neither true nor false; ask `truth(value)`")

    @classmethod
    def one_of(cls, *candidates: Primitive) -> "Unknown":
        """One of these values."""
        return cls(candidates=candidates)

    @classmethod
    def text(cls, start: str = "", end: str = "") -> "Unknown":
        """A text that starts and ends so."""
        return cls(pieces=(start, end))


UNKNOWN: Final = Unknown()
"""Nothing is known: it may be a text, null, an object, anything."""

FALSY: Final[tuple[Primitive, ...]] = (None, False, 0.0, nan, "")
"""Every value that does not count as true."""

BOOLEANS: Final[tuple[Primitive, ...]] = (True, False)


class OpenMapping(Mapping[str, Value]):
    """An object of which not every key is known: a key that is not there is unknown, not null.

    `missing` says what is known of such a value: `Unknown.text()` for the outputs of a step, which are texts.
    """

    __slots__ = ("_values", "missing")

    def __init__(self, values: Mapping[str, Value] | None = None, missing: Unknown = UNKNOWN) -> None:
        self._values = dict(values or {})
        self.missing = missing

    def __getitem__(self, key: str) -> Value:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class FilteredArray(list[Value]):
    """What `*` gives: an array whose further properties are asked of each element."""

    __slots__ = ()


# ---------------------------------------------------------------------------------------------------------------------
# Known values


def kind_of(value: object) -> Kind:
    """The kind of a known value, by the name that GitHub gives it."""
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind
    if isinstance(value, str):
        return "String"
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, int | float):
        return "Number"
    if isinstance(value, Mapping):
        return "Object"
    if isinstance(value, Sequence):
        return "Array"
    raise TypeError(f"{type(value).__name__} is not a value of GitHub's expression language")


_KINDS: dict[type, Kind] = {
    type(None): "Null",
    bool: "Boolean",
    float: "Number",
    int: "Number",
    str: "String",
    dict: "Object",
    OpenMapping: "Object",
    list: "Array",
    tuple: "Array",
    FilteredArray: "Array",
}


def is_primitive(value: object) -> TypeGuard[Primitive]:
    """Whether a known value is null, a boolean, a number or a text."""
    kind = kind_of(value)
    return kind != "Object" and kind != "Array"


def is_truthy(value: object) -> bool:
    """Whether a known value counts as true: all but null, false, 0, NaN and the empty text."""
    if value is None or value is False or value == "":
        return False
    return not (isinstance(value, int | float) and (value == 0 or value != value))


def to_number(value: object) -> float:
    """A known value as a number ("Evaluate expressions in workflows and actions", section Operators)."""
    match kind_of(value):
        case "Null":
            return 0.0
        case "Boolean":
            return 1.0 if value else 0.0
        case "Number":
            return _as_float(value)
        case "String":
            return parse_number(str(value))
        case _:
            return nan


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def number_text(value: float) -> str:
    """A number as text: .NET's format `G15` (actions/runner: Expressions/EvaluationResult.cs)."""
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return f"{value:.15G}" if value else "0"


def known_text(value: object) -> str:
    """A known value as a text. An object is the word `Object`, an array the word `Array`."""
    kind = kind_of(value)
    match kind:
        case "String":
            return str(value)
        case "Null":
            return ""
        case "Boolean":
            return "true" if value else "false"
        case "Number":
            return number_text(_as_float(value))
        case _:
            return kind


def fold(text: str) -> str:
    """A text as .NET's `OrdinalIgnoreCase` compares it: each character in upper case, one for one.

    The dotless i and the long s are left alone there, so that neither is an ASCII letter.
    """
    return text.upper() if text.isascii() else "".join(map(_upper_character, text))


def _upper_character(character: str) -> str:
    if character in "\u0131\u017f":
        return character
    upper = character.upper()
    if len(upper) == 1:
        return upper
    title = character.title()
    return title if len(title) == 1 else character


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def compare(operator: ComparisonOperator, left: object, right: object) -> bool:
    """Compare two known values.

    Loosely: of different kinds, as numbers; texts without regard to case; objects and arrays are equal only to
    themselves (actions/runner: Expressions/EvaluationResult.cs, `AbstractEqual` and the others).
    """
    if operator == "==":
        return _equal(left, right)
    if operator == "!=":
        return not _equal(left, right)
    if operator == "<=" or operator == ">=":
        strict: ComparisonOperator = "<" if operator == "<=" else ">"
        return _equal(left, right) or compare(strict, left, right)
    kind, left, right = _same_kind(left, right)
    if kind == "String":
        first, second = _utf16(fold(str(left))), _utf16(fold(str(right)))
        return first < second if operator == "<" else first > second
    if kind == "Number" or kind == "Boolean":
        low, high = (to_number(left), to_number(right)) if operator == "<" else (to_number(right), to_number(left))
        return low < high
    return False


def _equal(left: object, right: object) -> bool:
    kind, left, right = _same_kind(left, right)
    if kind == "String":
        return left == right or fold(str(left)) == fold(str(right))
    if kind == "Number" or kind == "Boolean":
        return to_number(left) == to_number(right)
    if kind == "Null":
        return True
    return kind is not None and left is right


def _same_kind(left: object, right: object) -> tuple[Kind | None, object, object]:
    """Two values brought to one kind, or None where that cannot be: then they are unequal, and neither is less."""
    left_kind, right_kind = kind_of(left), kind_of(right)
    if left_kind == right_kind:
        return left_kind, left, right
    for kind in (left_kind, right_kind):
        if kind == "Object" or kind == "Array":
            return None, left, right
    return "Number", to_number(left), to_number(right)


# ---------------------------------------------------------------------------------------------------------------------
# Unknown values


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where that is not certain. What may fail is never certain to be true."""
    if not isinstance(value, Unknown):
        return is_truthy(value)
    return None if value.may_fail and value.truthy else value.truthy


def is_known(value: Value) -> bool:
    """Whether a value is known; of an object or an array only itself, not what is in it."""
    return not isinstance(value, Unknown)


def merge_terms(values: Iterable[Value]) -> tuple[str, ...]:
    """The terms of every unknown in some values, each once."""
    seen: dict[str, None] = {}
    for value in values:
        if isinstance(value, Unknown):
            seen.update(dict.fromkeys(value.terms))
    return tuple(seen)[:_MOST_TERMS]


def any_of(options: Sequence[Value], terms: tuple[str, ...]) -> Value:
    """The value that is one of several (at least one), each of which may itself be unknown."""
    if len(options) == 1:
        return options[0]
    candidates: dict[tuple[Kind, str | float], Primitive] | None = {}
    truths: set[bool | None] = set()
    only_text = True
    for option in options:
        if isinstance(option, Unknown):
            possible = option.candidates
            truths.add(option.truthy)
            only_text = only_text and is_text(option)
        else:
            possible = (option,) if is_primitive(option) else None
            truths.add(is_truthy(option))
            only_text = only_text and isinstance(option, str)
        if possible is None:
            candidates = None
        elif candidates is not None:
            candidates.update((_identity(candidate), candidate) for candidate in possible)
    truthy = truths.pop() if len(truths) == 1 else None
    if candidates is not None and len(candidates) <= MOST_CANDIDATES:
        found = tuple(candidates.values())
        return found[0] if len(found) == 1 else Unknown(terms, truthy, candidates=found)
    first = options[0]
    if candidates is None and all(option is first for option in options):
        return first
    return Unknown(terms, truthy, pieces=("", "") if only_text else None)


def any_text(options: Iterable[str], terms: tuple[str, ...]) -> "str | Unknown":
    """The text that is one of several (at least one)."""
    texts = tuple(dict.fromkeys(options))
    if len(texts) == 1:
        return texts[0]
    if len(texts) <= MOST_CANDIDATES:
        return Unknown(terms, candidates=texts)
    return Unknown(terms, truthy=True if all(texts) else None, pieces=("", ""))


def _identity(value: Primitive) -> tuple[Kind, str | float]:
    """What tells two primitives apart: to Python `True == 1.0`, and NaN is not even itself."""
    kind = kind_of(value)
    if kind == "Number":
        number = to_number(value)
        return kind, "NaN" if isnan(number) else number
    return kind, known_text(value)


def falsy_part(value: Unknown) -> list[Value]:
    """The values that an unknown may have and that do not count as true."""
    if value.truthy:
        return []
    if value.candidates is not None:
        return [candidate for candidate in value.candidates if not is_truthy(candidate)]
    return [""] if value.pieces is not None else list(FALSY)


def truthy_part(value: Unknown) -> list[Value]:
    """The values that an unknown may have and that count as true: at most one unknown."""
    if value.truthy is False:
        return []
    if value.candidates is not None:
        return [candidate for candidate in value.candidates if is_truthy(candidate)]
    return [replace(value, truthy=True)]


def is_text(value: Unknown) -> bool:
    """Whether an unknown is certainly a text."""
    if value.candidates is not None:
        return all(isinstance(candidate, str) for candidate in value.candidates)
    return value.pieces is not None


def is_certainly_primitive(value: Unknown) -> bool:
    """Whether an unknown is certainly no object and no array."""
    return value.candidates is not None or value.pieces is not None or value.truthy is False


def combinations(values: Sequence[Value]) -> list[tuple[Value, ...]] | None:
    """Every way to choose a candidate for each unknown among some values; None where one has none or they are many."""
    choices: list[Sequence[Value]] = []
    count = 1
    for value in values:
        if isinstance(value, Unknown):
            if value.candidates is None:
                return None
            choices.append(value.candidates)
            count *= len(value.candidates)
            if count > _MOST_COMBINATIONS:
                return None
        else:
            choices.append((value,))
    return list(product(*choices))


def decide(operator: ComparisonOperator, left: Value, right: Value) -> bool | None:
    """Compare two values of which one may be unknown; None where the answer depends on what it is."""
    if not isinstance(left, Unknown) and not isinstance(right, Unknown):
        return compare(operator, left, right)
    if operator == "!=":
        equal = decide("==", left, right)
        return None if equal is None else not equal
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Unknown) and one.candidates is not None:
            flipped = operator if one is left else _MIRRORED[operator]
            answers = {decide(flipped, candidate, other) for candidate in one.candidates}
            return answers.pop() if len(answers) == 1 else None
    # One of them has no list of candidates now.
    for value in (left, right):
        if isinstance(value, float) and isnan(value):
            return False
        if not isinstance(value, Unknown) and not is_primitive(value):
            return _decide_container(operator, left, right)
    return False if operator == "==" and _differ(left, right) else None


_MIRRORED: dict[ComparisonOperator, ComparisonOperator] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    ">": "<",
    "<=": ">=",
    ">=": "<=",
}


def _decide_container(operator: ComparisonOperator, left: Value, right: Value) -> bool | None:
    """An object or array with an unknown: never less nor greater, and equal only if the unknown is that very one."""
    if operator == "<" or operator == ">":
        return False
    primitive = any(isinstance(value, Unknown) and is_certainly_primitive(value) for value in (left, right))
    return False if primitive else None


def _differ(left: Value, right: Value) -> bool:
    """Whether two values, one at least unknown without candidates, are certainly unequal."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Unknown):
            # Nothing but false, null, 0 and the like equals the empty text.
            if other == "" and one.truthy:
                return True
            if one.pieces is not None and isinstance(other, str) and not may_match(one.pieces, other):
                return True
    if isinstance(left, Unknown) and isinstance(right, Unknown) and left.pieces and right.pieces:
        starts = fold(left.pieces[0]), fold(right.pieces[0])
        ends = fold(left.pieces[-1]), fold(right.pieces[-1])
        return not (
            (starts[0].startswith(starts[1]) or starts[1].startswith(starts[0]))
            and (ends[0].endswith(ends[1]) or ends[1].endswith(ends[0]))
        )
    return False


def may_match(pieces: Sequence[str], text: str) -> bool:
    """Whether a text may be one of this shape, without regard to case."""
    first, *middle, last = map(fold, pieces)
    folded = fold(text)
    if len(folded) < len(first) + len(last) or not folded.startswith(first) or not folded.endswith(last):
        return False
    position, end = len(first), len(folded) - len(last)
    for piece in middle:
        found = folded.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True


def to_text(value: Value) -> "str | Unknown":
    """A value as a text; of an unknown, what is known of its text."""
    if not isinstance(value, Unknown):
        return known_text(value)
    text: str | Unknown
    if value.candidates is not None:
        text = any_text(map(known_text, value.candidates), value.terms)
    elif value.pieces is not None:
        text = value
    else:
        text = Unknown(value.terms, value.truthy or None, pieces=("", ""))
    return with_failure(text, value.terms) if value.may_fail else text


def with_failure(value: Value, terms: tuple[str, ...]) -> Unknown:
    """A value, or the evaluation fails: `terms` are the parts on which that depends."""
    if isinstance(value, Unknown):
        return replace(value, terms=merge_terms([value, Unknown(terms)]), may_fail=True)
    if is_primitive(value):
        return Unknown(terms, candidates=(value,), may_fail=True)
    return Unknown(terms, truthy=True, may_fail=True)


def concatenate(texts: Sequence["str | Unknown"], terms: tuple[str, ...]) -> "str | Unknown":
    """Texts one after the other, of which some are unknown."""
    choices = combinations(texts)
    if choices is not None and len(choices) <= MOST_CANDIDATES:
        return any_text(("".join(map(known_text, choice)) for choice in choices), terms)
    pieces: list[str] = []
    current = ""
    for text in texts:
        if isinstance(text, Unknown):
            first, *others = text.pieces or ("", "")
            pieces.append(current + first)
            pieces.extend(others[:-1])
            current = others[-1]
        else:
            current += text
    pieces.append(current)
    shape = (pieces[0], *filter(None, pieces[1:-1]), pieces[-1])
    truthy = True if any(isinstance(text, Unknown) and text.truthy for text in texts) else None
    return Unknown(terms, truthy, pieces=shape)
