"""`${{ }}` inside longer texts, and the three forms of an `if:`. Evaluates nothing."""

from enum import Enum
from functools import lru_cache
from typing import TypeAlias

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.workflows.expressions.parser import MAX_DEPTH, MAX_LENGTH, parse, strip_space
from preflight.workflows.expressions.scopes import ANYWHERE, STATUS_FUNCTIONS, Scope
from preflight.workflows.expressions.syntax import (
    Call,
    ExpressionSyntaxError,
    Logical,
    Node,
    StringLiteral,
    depth,
    string_source,
    walk,
)

_OPENING = "${{"
_CLOSED_EXPRESSION = _compile(r"\$\{\{((?>(?:[^'}]++|'[^']*+'|\}(?!\}))*))\}\}")


@dataclass(frozen=True, slots=True)
class TextPart:
    """Literal text of a template, from `start` to `end` in it. Never empty."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ExpressionPart:
    """An expression of a template: from `start` to `end` with `${{` and `}}`; `source` without them and trimmed."""

    source: str
    source_start: int
    start: int
    end: int


Part: TypeAlias = TextPart | ExpressionPart


@lru_cache(maxsize=256)
def split_template(text: str) -> tuple[Part, ...]:
    """Cut a text into its literal parts and its expressions.

    A `}}` inside single quotes does not close an expression
    (actions/runner: WorkflowParser/ObjectTemplating/TemplateReader.cs, `ParseScalar`).

    Raises:
        ExpressionSyntaxError: a `${{` is never closed.
    """
    parts: list[Part] = []
    position = 0
    while position < len(text):
        start = text.find(_OPENING, position)
        if start < 0:
            start = len(text)
        if start > position:
            parts.append(TextPart(text[position:start], position, start))
        if start == len(text):
            break
        found = _CLOSED_EXPRESSION.match(text, start)
        if found is None:
            raise ExpressionSyntaxError("expected `}}` for this `${{`, found the end of the text", start, len(_OPENING))
        inner = found[1]
        source = strip_space(inner)
        source_start = found.start(1) + (inner.index(source) if source else 0)
        position = found.end()
        parts.append(ExpressionPart(source, source_start, start, position))
    return tuple(parts)


def has_expression(text: str) -> bool:
    """Whether GitHub would evaluate anything in this text."""
    return _OPENING in text


def is_whole_expression(text: str) -> bool:
    """Whether a text is one expression and nothing around it, so that its value keeps its type."""
    found = _CLOSED_EXPRESSION.fullmatch(text)
    return found is not None


@lru_cache(maxsize=256)
def parse_template(text: str, scope: Scope = ANYWHERE) -> Node:
    """Read a text with `${{ }}` in it as the one expression that GitHub makes of it; positions count in `text`.

    A text without any is a string; one expression alone is that expression; anything else becomes a call of `format`
    (actions/runner: TemplateReader.cs, `ParseScalar`). GitHub holds that call to the limits of an expression, which is
    why a long script with a single `${{ }}` in it is refused.

    Raises:
        ExpressionSyntaxError: in one of the expressions, or a limit is passed.
    """
    parts = split_template(text)
    expressions = [part for part in parts if isinstance(part, ExpressionPart)]
    if not expressions:
        return StringLiteral(text, start=0, end=len(text))
    for part in expressions:
        if not part.source:
            raise ExpressionSyntaxError("expected an expression, found nothing", part.start, part.end - part.start)
    trees = tuple(parse(part.source, scope, base=part.source_start) for part in expressions)
    if len(parts) == 1:
        return trees[0]
    pattern = StringLiteral(_format_pattern(parts), start=0, end=len(text))
    call = Call("format", (pattern, *trees), start=0, end=len(text))
    written = len("format()") + len(string_source(pattern.value)) + sum(2 + len(part.source) for part in expressions)
    reason = None
    if written > MAX_LENGTH:
        reason = f"expected at most {MAX_LENGTH:,} characters in a text with `${{{{ }}}}`, found {written:,}"
    elif depth(call) > MAX_DEPTH:
        reason = f"expected at most {MAX_DEPTH} levels in a text with `${{{{ }}}}`"
    else:
        refusal = ANYWHERE.functions["format"].refusal(len(call.arguments))
        if refusal is not None:
            reason = f"expected fewer `${{{{ }}}}` in one text, found {len(expressions)}"
    if reason is not None:
        raise ExpressionSyntaxError(reason, 0, len(text))
    return call


def _format_pattern(parts: tuple[Part, ...]) -> str:
    pieces: list[str] = []
    count = 0
    for part in parts:
        if isinstance(part, TextPart):
            pieces.append(part.text.replace("{", "{{").replace("}", "}}"))
        else:
            pieces.append(f"{{{count}}}")
            count += 1
    return "".join(pieces)


class ConditionForm(Enum):
    """How an `if:` is written."""

    EMPTY = "empty"
    BARE = "bare"
    WRAPPED = "wrapped"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Condition:
    """An `if:` as GitHub understands it.

    `tree` is what is written; `has_status_function` says that it calls `success()`, `failure()`, `cancelled()` or
    `always()`, so that it gets no implicit `success()`. `always_true` says that there is text around `${{ }}`: what
    GitHub tests is then a string that is never empty, whatever the expressions in it say.
    """

    form: ConditionForm
    tree: Node
    has_status_function: bool
    always_true: bool

    @property
    def effective(self) -> Node:
        """The expression that GitHub evaluates: `success() && (...)` unless a status function is called."""
        if self.has_status_function:
            return self.tree
        tree = self.tree
        operands = tree.operands if isinstance(tree, Logical) and tree.operator == "&&" else (tree,)
        return Logical("&&", (_SUCCESS, *operands), start=tree.start, end=tree.end)


_SUCCESS = Call("success", ())
_EMPTY = Condition(ConditionForm.EMPTY, _SUCCESS, has_status_function=True, always_true=False)


@lru_cache(maxsize=256)
def parse_condition(text: str, scope: Scope = ANYWHERE) -> Condition:
    """Read the value of an `if:`; positions count in `text`.

    `text` is the value that YAML gives, with the newline that a `|` block keeps; a boolean or a number there is to be
    given as `true`, `false` or its digits, null as an empty text. "Workflow syntax": `${{ }}` may be left out;
    actions/runner: WorkflowParser/Conversion/WorkflowTemplateConverter.cs, `ConvertToIfCondition`.

    Raises:
        ExpressionSyntaxError: GitHub refuses the condition, and with it the workflow.
    """
    if not has_expression(text):
        if not strip_space(text):
            return _EMPTY
        return _condition(ConditionForm.BARE, parse(text, scope), always_true=False)
    tree = parse_template(text, scope)
    if not is_whole_expression(text):
        has_text = any(isinstance(part, TextPart) for part in split_template(text))
        return _condition(ConditionForm.MIXED, tree, always_true=has_text)
    if isinstance(tree, StringLiteral):
        # GitHub first takes the literal as the text of the condition and then reads that text as an expression.
        if not strip_space(tree.value):
            return _EMPTY
        tree = parse(tree.value, scope, base=tree.start + 1)
    return _condition(ConditionForm.WRAPPED, tree, always_true=False)


def _condition(form: ConditionForm, tree: Node, *, always_true: bool) -> Condition:
    calls_status = any(isinstance(node, Call) and node.function in STATUS_FUNCTIONS for node in walk(tree))
    return Condition(form, tree, calls_status, always_true)
