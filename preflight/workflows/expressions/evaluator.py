"""Evaluates an expression with some things unknown. Never guesses: what is known holds whatever the unknowns are."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import floor, isnan
from typing import Any, Final, TypeAlias

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.workflows.expressions.json_text import UndecidedJson, read_json, write_json
from preflight.workflows.expressions.scopes import ANYWHERE, Scope
from preflight.workflows.expressions.syntax import (
    BooleanLiteral,
    Call,
    Comparison,
    ContextName,
    Index,
    Logical,
    Node,
    Not,
    NullLiteral,
    NumberLiteral,
    StringLiteral,
    Wildcard,
    unparse,
)
from preflight.workflows.expressions.templates import Condition, parse_template
from preflight.workflows.expressions.values import (
    BOOLEANS,
    UNKNOWN,
    EvaluationError,
    FilteredArray,
    OpenMapping,
    Unknown,
    Value,
    any_of,
    combinations,
    concatenate,
    decide,
    falsy_part,
    fold,
    is_certainly_primitive,
    is_primitive,
    is_truthy,
    kind_of,
    known_text,
    merge_terms,
    to_number,
    to_text,
    truth,
    truthy_part,
    with_failure,
)

_MOST_CHARACTERS = 5 * 1024 * 1024
"""A longer text does not fit into the 10 MB that GitHub gives an evaluation (PipelineTemplateEvaluator.cs)."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the status functions answer: by default, in a run in which nothing has failed and nobody has cancelled."""

    success: bool | Unknown = True
    failure: bool | Unknown = False
    cancelled: bool | Unknown = False
    always: bool | Unknown = True


ALL_GOOD: Final = Status()
ANY_STATUS: Final = Status(*(Unknown.one_of(True, False) for _ in range(3)))
"""Nobody knows how the jobs or steps before this one ended."""

Contexts: TypeAlias = Mapping[str, Value]
"""The contexts by their name in lower case. One that is not there is unknown."""


def evaluate(tree: Node, contexts: Contexts, status: Status = ALL_GOOD) -> Value:
    """The value of an expression, as far as it can be known.

    Semantics: "Evaluate expressions in workflows and actions", and where that is silent actions/runner. With everything
    known the answer is known, but for `hashFiles` (it depends on the files of the run) and `fromJSON` of a text that is
    not quite JSON. An `Unknown` that `may_fail` either has the value said or the evaluation fails.

    Raises:
        EvaluationError: it fails, whatever the unknowns are.
    """
    run = _Evaluation(contexts, status)
    return run.conclude(run.value(tree))


def evaluate_template(
    text: str, contexts: Contexts, status: Status = ALL_GOOD, scope: Scope = ANYWHERE
) -> "str | Unknown":
    """The text that GitHub makes of a text with `${{ }}` in it.

    Raises:
        ExpressionSyntaxError: GitHub refuses one of the expressions.
        EvaluationError: the evaluation fails, whatever the unknowns are.
    """
    run = _Evaluation(contexts, status)
    result = to_text(run.value(parse_template(text, scope)))
    return with_failure(result, run.failing) if run.may_fail else result


def evaluate_condition(condition: Condition, contexts: Contexts, status: Status = ALL_GOOD) -> bool | None:
    """Whether an `if:` holds, implicit `success()` included; None where that depends on what is unknown.

    Raises:
        EvaluationError: the evaluation fails, whatever the unknowns are: the job or step then fails and does not run.
    """
    return truth(evaluate(condition.effective, contexts, status))


def residual(tree: Node, contexts: Contexts, status: Status = ALL_GOOD) -> Node | bool:
    """What is left of a condition once everything that is known is worked out: a tree as true as the whole, or a bool.

    Of `github.event_name == 'push' && needs.build.outputs.tag != ''` on a push, the second half is left. Fails as
    `evaluate` does.
    """
    answer = truth(evaluate(tree, contexts, status))
    return _simplified(tree, contexts, status) if answer is None else answer


def _simplified(tree: Node, contexts: Contexts, status: Status) -> Node | bool:
    try:
        value = evaluate(tree, contexts, status)
    except EvaluationError:
        return tree
    if not isinstance(value, Unknown):
        return is_truthy(value)
    if value.truthy is not None and not value.may_fail:
        return value.truthy
    match tree:
        case Not(operand):
            inner = _simplified(operand, contexts, status)
            return not inner if isinstance(inner, bool) else Not(inner, start=tree.start, end=tree.end)
        case Logical(operator, operands):
            left: list[Node] = []
            for operand in operands:
                part = _simplified(operand, contexts, status)
                if not isinstance(part, bool):
                    left.extend(part.operands if isinstance(part, Logical) and part.operator == operator else (part,))
                elif part is (operator == "||"):
                    # Nothing after it counts, but what is before it may fail.
                    left.append(BooleanLiteral(part, start=operand.start, end=operand.end))
                    break
            return left[0] if len(left) == 1 else Logical(operator, tuple(left), start=tree.start, end=tree.end)
        case _:
            return tree


def explain(tree: Node, contexts: Contexts, status: Status = ALL_GOOD) -> str | None:
    """The part of a condition that could not be decided, as an expression; None where the condition is decided."""
    left = residual(tree, contexts, status)
    return None if isinstance(left, bool) else unparse(left)


# ---------------------------------------------------------------------------------------------------------------------


class _Failed:
    """In place of a value: this part fails if it is evaluated at all."""


_FAILED: Final = _Failed()


class _Absent:
    """In place of a value: the object has no such key."""


_ABSENT: Final = _Absent()


class _Evaluation:
    """One evaluation: what it may look at, and whether it may fail."""

    __slots__ = ("contexts", "failing", "may_fail", "status")

    def __init__(self, contexts: Contexts, status: Status) -> None:
        self.contexts = contexts
        self.status = status
        self.may_fail = False
        self.failing: tuple[str, ...] = ()

    def value(self, node: Node) -> Value:
        return _RULES[type(node)](self, node)

    def attempt(self, node: Node) -> "Value | _Failed":
        """The value of a part that may or may not be evaluated: its failure is then only possible."""
        try:
            return self.value(node)
        except EvaluationError:
            self.note_failure((unparse(node),))
            return _FAILED

    def note_failure(self, terms: tuple[str, ...]) -> None:
        self.may_fail = True
        self.failing = merge_terms([Unknown(self.failing), Unknown(terms)])

    def conclude(self, value: Value) -> Value:
        return with_failure(value, self.failing) if self.may_fail else value

    def found(self, value: Value, node: Node) -> Value:
        """A value out of a context: an unknown gets the way that led to it."""
        if not isinstance(value, Unknown):
            return value
        terms = value.terms or (unparse(node),)
        if value.may_fail:
            self.note_failure(terms)
        return Unknown(terms, value.truthy, value.candidates, value.pieces)


def _unknown(
    node: Node,
    *values: Value,
    truthy: bool | None = None,
    candidates: tuple[bool | float | str | None, ...] | None = None,
    pieces: tuple[str, ...] | None = None,
) -> Unknown:
    """An unknown result of `node`, because of the unknowns among `values`."""
    return Unknown(merge_terms(values) or (unparse(node),), truthy, candidates, pieces)


# ---------------------------------------------------------------------------------------------------------------------
# Contexts and properties


def _literal(_run: _Evaluation, node: BooleanLiteral | NumberLiteral | StringLiteral) -> Value:
    return node.value


def _context(run: _Evaluation, node: ContextName) -> Value:
    return run.found(run.contexts.get(node.name, UNKNOWN), node)


def _index(run: _Evaluation, node: Index) -> Value:
    return run.found(_property(run, node), node)


def _property(run: _Evaluation, node: Index) -> Value:
    """A property; an unknown straight out of a context has no terms yet."""
    target = _target(run, node.target)
    index = node.index
    wildcard = type(index) is Wildcard
    if isinstance(target, Unknown):
        if target.may_fail:
            run.note_failure(target.terms or (unparse(node.target),))
        if not is_certainly_primitive(target):
            return _property_of_unknown(run, node, target)
        return FilteredArray() if wildcard else None
    if is_primitive(target):
        return FilteredArray() if wildcard else None
    if wildcard:
        return _all_of(target, node)
    key = index.value if type(index) is StringLiteral else run.value(index)
    if not isinstance(key, Unknown):
        return _pick(target, key, node)
    if key.candidates is None:
        return _unknown(node, key)
    return any_of([run.found(_pick(target, candidate, node), node) for candidate in key.candidates], key.terms)


def _target(run: _Evaluation, node: Node) -> Value:
    """What a property is asked of: like its value, but without the cost of saying what that depends on."""
    if type(node) is ContextName:
        return run.contexts.get(node.name, UNKNOWN)
    return _property(run, node) if type(node) is Index else run.value(node)


_UNKNOWN_ARRAY: Final = Unknown(truthy=True)


def _property_of_unknown(run: _Evaluation, node: Index, target: Unknown) -> Unknown:
    wildcard = type(node.index) is Wildcard
    if _is_path(node):
        return _UNKNOWN_ARRAY if wildcard else UNKNOWN
    index = run.attempt(node.index)
    known = None if isinstance(index, _Failed) else index
    terms = target.terms or (unparse(node.target),)
    return _unknown(node, Unknown(terms), known, truthy=True if wildcard else None)


def _is_path(node: Node) -> bool:
    """Whether this is a context and literal properties of it, and nothing computed."""
    while isinstance(node, Index):
        if not isinstance(node.index, StringLiteral | NumberLiteral | Wildcard):
            return False
        node = node.target
    return isinstance(node, ContextName)


def _pick(target: Any, key: Value, node: Index) -> Value:
    """A known property of a known object or array, null where there is none (actions/runner: Operators/Index.cs)."""
    if isinstance(target, FilteredArray):
        return _pick_each(target, key, node)
    value = _member(target, key)
    return None if isinstance(value, _Absent) else value


def _pick_each(target: FilteredArray, key: Value, node: Index) -> Value:
    result = FilteredArray()
    for item in target:
        if isinstance(item, Unknown):
            if not is_certainly_primitive(item):
                return _unknown(node, truthy=True)
        elif not is_primitive(item):
            value = _member(item, key)
            if isinstance(value, _Absent):
                continue
            if isinstance(item, OpenMapping) and value is item.missing:
                return _unknown(node, truthy=True)
            result.append(value)
    return result


def _all_of(target: Any, node: Index) -> Value:
    """`target.*`: the elements of an array or the values of an object; of what `*` gave before, those of each."""
    result = FilteredArray()
    for item in target if isinstance(target, FilteredArray) else (target,):
        if isinstance(item, Unknown):
            if not is_certainly_primitive(item):
                return _unknown(node, truthy=True)
        elif isinstance(item, OpenMapping):
            return _unknown(node, truthy=True)
        elif isinstance(item, Mapping):
            result.extend(item[key] for key in item)
        elif not is_primitive(item):
            result.extend(_elements(item))
    return result


def _elements(array: Any) -> Sequence[Value]:
    elements: Sequence[Value] = array
    return elements


def _member(target: Any, key: Value) -> "Value | _Absent":
    if isinstance(target, Mapping):
        return _lookup(target, known_text(key)) if is_primitive(key) else _ABSENT
    number = to_number(key)
    if isnan(number) or number < 0 or number >= len(target):
        return _ABSENT
    element: Value = target[floor(number)]
    return element


def _lookup(target: Mapping[str, Value], key: str) -> "Value | _Absent":
    try:
        return target[key]
    except KeyError:
        pass
    folded = fold(key)
    for name in target:
        if fold(name) == folded:
            return target[name]
    return target.missing if isinstance(target, OpenMapping) else _ABSENT


# ---------------------------------------------------------------------------------------------------------------------
# Operators


def _not(run: _Evaluation, node: Not) -> Value:
    operand = run.value(node.operand)
    if not isinstance(operand, Unknown):
        return not is_truthy(operand)
    return _unknown(node, operand, candidates=BOOLEANS) if operand.truthy is None else not operand.truthy


def _comparison(run: _Evaluation, node: Comparison) -> Value:
    left, right = run.value(node.left), run.value(node.right)
    answer = decide(node.operator, left, right)
    return _unknown(node, left, right, candidates=BOOLEANS) if answer is None else answer


def _logical(run: _Evaluation, node: Logical) -> Value:
    """`&&` gives the first operand that does not count as true, or the last; `||` the first that does, or the last."""
    stops_at = node.operator == "||"
    options: list[Value] = []
    undecided: list[Value] = []
    last = len(node.operands) - 1
    for number, operand in enumerate(node.operands):
        value = run.attempt(operand) if undecided else run.value(operand)
        if isinstance(value, _Failed):
            # Whoever gets this far fails: what is left are those that stopped before.
            break
        answer = value.truthy if isinstance(value, Unknown) else is_truthy(value)
        if number == last or answer is stops_at:
            options.append(value)
            break
        if isinstance(value, Unknown) and answer is None:
            undecided.append(value)
            options.extend(truthy_part(value) if stops_at else falsy_part(value))
    return any_of(options, merge_terms([*undecided, *options]))


# ---------------------------------------------------------------------------------------------------------------------
# Functions


def _call(run: _Evaluation, node: Call) -> Value:
    try:
        return _FUNCTIONS[node.function](run, node)
    except EvaluationError as error:
        if error.length:
            raise
        raise EvaluationError(error.reason, node.start, node.end - node.start) from None


def _contains(run: _Evaluation, node: Call) -> Value:
    searched, sought = node.arguments
    left = run.value(searched)
    if not isinstance(left, Unknown):
        kind = kind_of(left)
        if kind == "Object" or (kind == "Array" and not left):
            return False
        right = run.value(sought)
        return _array_contains(node, left, right) if kind == "Array" else _text_test(node, left, right)
    if is_certainly_primitive(left):
        return _text_test(node, left, run.value(sought))
    found = run.attempt(sought)
    return _unknown(node, left, None if isinstance(found, _Failed) else found, candidates=BOOLEANS)


def _array_contains(node: Call, array: Any, sought: Value) -> Value:
    undecided: list[Value] = []
    for item in _elements(array):
        answer = decide("==", sought, item)
        if answer:
            return True
        if answer is None:
            undecided.append(item)
    return _unknown(node, sought, *undecided, candidates=BOOLEANS) if undecided else False


def _starts_or_ends_with(run: _Evaluation, node: Call) -> Value:
    searched, sought = node.arguments
    left = run.value(searched)
    if not isinstance(left, Unknown):
        return _text_test(node, left, run.value(sought)) if is_primitive(left) else False
    if is_certainly_primitive(left):
        return _text_test(node, left, run.value(sought))
    right = run.attempt(sought)
    if isinstance(right, _Failed):
        return _unknown(node, left, candidates=BOOLEANS)
    if not isinstance(right, Unknown) and not is_primitive(right):
        return False
    return _unknown(node, left, right, candidates=BOOLEANS)


def _text_test(node: Call, left: Value, right: Value) -> Value:
    """`contains`, `startsWith` or `endsWith` of a value that is certainly no object and no array."""
    if not isinstance(right, Unknown) and not is_primitive(right):
        return False
    test = _TEXT_TESTS[node.function]
    choices = combinations((left, right))
    if choices is not None:
        answers = {test(fold(known_text(one)), fold(known_text(other))) for one, other in choices}
        answer = answers.pop() if len(answers) == 1 else None
    elif isinstance(right, Unknown) and not is_certainly_primitive(right):
        answer = None
    else:
        answer = _shape_test(node.function, to_text(left), to_text(right))
    return _unknown(node, left, right, candidates=BOOLEANS) if answer is None else answer


_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
}


def _shape_test(function: str, left: "str | Unknown", right: "str | Unknown") -> bool | None:
    """The same of two texts of which at least one is only known by its shape, if that."""
    left_pieces, right_pieces = _folded_pieces(left), _folded_pieces(right)
    if function == "contains":
        if len(right_pieces) == 1 and any(right_pieces[0] in piece for piece in left_pieces):
            return True
        if len(left_pieces) == 1 and any(piece not in left_pieces[0] for piece in right_pieces):
            return False
        return None
    at = 0 if function == "startsWith" else -1
    test = _TEXT_TESTS[function]
    known, wanted = left_pieces[at], right_pieces[at]
    if len(right_pieces) == 1 and test(known, wanted):
        return True
    if test(known, wanted) or (len(left_pieces) > 1 and test(wanted, known)):
        return None
    return False


def _folded_pieces(text: "str | Unknown") -> tuple[str, ...]:
    """The parts of a text that are known: the whole of it alone, or a start and an end and what is between."""
    if isinstance(text, str):
        return (fold(text),)
    return tuple(map(fold, text.pieces or ("", "")))


def _join(run: _Evaluation, node: Call) -> Value:
    items = run.value(node.arguments[0])
    if isinstance(items, Unknown):
        if is_certainly_primitive(items):
            return to_text(items)
        if len(node.arguments) > 1:
            run.attempt(node.arguments[1])
        return _unknown(node, items, pieces=("", ""))
    if is_primitive(items):
        return known_text(items)
    if isinstance(items, Mapping) or not items:
        return ""
    elements = _elements(items)
    separator: str | Unknown = ","
    if len(elements) > 1 and len(node.arguments) > 1:
        separator = _separator(run.value(node.arguments[1]))
    texts: list[str | Unknown] = []
    for element in elements:
        if texts:
            texts.append(separator)
        texts.append(to_text(element))
    return _limited(concatenate(texts, merge_terms(texts) or (unparse(node),)))


def _separator(value: Value) -> "str | Unknown":
    if isinstance(value, Unknown):
        return to_text(value) if is_certainly_primitive(value) else Unknown(value.terms, pieces=("", ""))
    return known_text(value) if is_primitive(value) else ","


_FORMAT_PIECE = _compile(r"[^{}]++|\{\{|\}\}|\{([0-9]+)(\}|:(?>(?:[^}]|\}\})*)\})")


@lru_cache(maxsize=256)
def _format_pieces(pattern: str) -> tuple[str | int, ...]:
    """The texts and the numbers of a format; a text is never empty."""
    pieces: list[str | int] = []
    position = 0
    while position < len(pattern):
        found = _FORMAT_PIECE.match(pattern, position)
        if found is None:
            character = pattern[position]
            raise EvaluationError(f"expected `{{N}}`, `{{{{` or `}}}}` in the format, found a lone `{character}`")
        position = found.end()
        if found[1] is None:
            pieces.append(found[0] if found[0] not in ("{{", "}}") else found[0][0])
            continue
        digits = found[1].lstrip("0") or "0"
        if len(digits) > 3 or int(digits) > 255:
            raise EvaluationError("expected a number up to 255 between the braces of the format")
        if found[2] not in ("}", ":}"):
            raise EvaluationError("expected `}` after the number between the braces of the format")
        pieces.append(int(digits))
    return tuple(pieces)


def _format(run: _Evaluation, node: Call) -> Value:
    pattern = to_text(run.value(node.arguments[0]))
    if isinstance(pattern, Unknown):
        # Which arguments are evaluated, and whether the format is one, depends on the text.
        run.note_failure(pattern.terms)
        for argument in node.arguments[1:]:
            run.attempt(argument)
        return _unknown(node, pattern, pieces=("", ""))
    pieces = _format_pieces(pattern)
    for piece in pieces:
        if isinstance(piece, int) and piece > len(node.arguments) - 2:
            raise EvaluationError(f"the format names argument {{{piece}}}, which is not given")
    arguments: dict[int, str | Unknown] = {}
    texts: list[str | Unknown] = []
    for piece in pieces:
        if isinstance(piece, int):
            if piece not in arguments:
                arguments[piece] = to_text(run.value(node.arguments[piece + 1]))
            texts.append(arguments[piece])
        else:
            texts.append(piece)
    return _limited(concatenate(texts, merge_terms(texts)))


def _limited(text: "str | Unknown") -> "str | Unknown":
    """A text that is not too long for GitHub, or for us."""
    if isinstance(text, str):
        if len(text) > _MOST_CHARACTERS:
            raise EvaluationError("the text has more than the 10 MB that GitHub gives an evaluation")
    elif sum(map(len, text.pieces or ())) > _MOST_CHARACTERS:
        return Unknown(text.terms, text.truthy, pieces=("", ""))
    return text


def _to_json(run: _Evaluation, node: Call) -> Value:
    value = run.value(node.arguments[0])
    try:
        if isinstance(value, Unknown) and value.candidates is not None:
            return any_of([write_json(candidate) for candidate in value.candidates], value.terms)
        return _limited(write_json(value))
    except UndecidedJson:
        return _unknown(node, value, truthy=True, pieces=("", ""))


def _from_json(run: _Evaluation, node: Call) -> Value:
    value = run.value(node.arguments[0])
    if isinstance(value, Unknown) and value.candidates is None:
        run.note_failure(value.terms)
        return _unknown(node, value)
    options: list[Value] = []
    failure: EvaluationError | None = None
    for candidate in value.candidates or () if isinstance(value, Unknown) else (value,):
        try:
            options.append(read_json(known_text(candidate)))
        except EvaluationError as error:
            failure = error
        except UndecidedJson:
            run.note_failure((unparse(node),))
            options.append(_unknown(node, value))
    if failure is not None:
        if not options:
            raise failure
        run.note_failure(merge_terms([value]))
    return any_of(options, merge_terms([value]))


def _case(run: _Evaluation, node: Call) -> Value:
    """`case(predicate, value, ..., default)`: the value of the first predicate that is true; each must be a boolean."""
    *pairs, default = node.arguments
    options: list[Value] = []
    undecided: list[Value] = []
    for predicate_node, value_node in zip(pairs[::2], pairs[1::2], strict=True):
        predicate = run.attempt(predicate_node) if undecided else run.value(predicate_node)
        if not isinstance(predicate, Unknown):
            if predicate is False:
                continue
            if predicate is True:
                return _case_ends(run, value_node, options, undecided)
            # Whoever gets this far fails: what is left are the branches before.
            if not options:
                start, length = predicate_node.start, predicate_node.end - predicate_node.start
                raise EvaluationError("expected true or false for each predicate of `case`", start, length)
            run.note_failure((unparse(predicate_node),))
            return any_of(options, merge_terms([*undecided, *options]))
        undecided.append(predicate)
        possible = predicate.candidates
        if possible is None or not all(isinstance(candidate, bool) for candidate in possible):
            run.note_failure(predicate.terms)
        if possible is None or True in possible:
            value = run.attempt(value_node)
            if not isinstance(value, _Failed):
                options.append(value)
    return _case_ends(run, default, options, undecided)


def _case_ends(run: _Evaluation, node: Node, options: list[Value], undecided: list[Value]) -> Value:
    """The value of the branch that is taken if none before it was."""
    if not undecided:
        return run.value(node)
    value = run.attempt(node)
    if not isinstance(value, _Failed):
        options.append(value)
    if not options:
        raise EvaluationError("every branch of `case` fails")
    return any_of(options, merge_terms([*undecided, *options]))


def _hash_files(run: _Evaluation, node: Call) -> Value:
    for argument in node.arguments:
        run.value(argument)
    return _unknown(node, pieces=("", ""))


def _status(run: _Evaluation, node: Call) -> Value:
    if node.arguments:
        # Of certain jobs, which GitHub takes but does not document.
        return _unknown(node, candidates=BOOLEANS)
    value: Value = getattr(run.status, node.function)
    return run.found(value, node)


_Function: TypeAlias = Callable[[_Evaluation, Call], Value]
_FUNCTIONS: dict[str, _Function] = {
    "always": _status,
    "cancelled": _status,
    "case": _case,
    "contains": _contains,
    "endsWith": _starts_or_ends_with,
    "failure": _status,
    "format": _format,
    "fromJSON": _from_json,
    "hashFiles": _hash_files,
    "join": _join,
    "startsWith": _starts_or_ends_with,
    "success": _status,
    "toJSON": _to_json,
}

_RULES: dict[type, Callable[[_Evaluation, Any], Value]] = {
    BooleanLiteral: _literal,
    Call: _call,
    Comparison: _comparison,
    ContextName: _context,
    Index: _index,
    Logical: _logical,
    Not: _not,
    NullLiteral: _literal,
    NumberLiteral: _literal,
    StringLiteral: _literal,
    Wildcard: lambda _run, _node: "*",
}
