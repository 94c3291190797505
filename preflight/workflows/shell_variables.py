"""What a shell knows at one point of a script: its variables, arrays, functions and folder. Follows no commands."""

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from preflight.sources.records import dataclass
from preflight.workflows.values import (
    ALWAYS,
    Choice,
    Condition,
    Expression,
    Glob,
    Literal,
    Piece,
    Resolved,
    Unknown,
    Value,
    Variable,
    both,
    merged,
    text,
    weight,
)

if TYPE_CHECKING:
    from preflight.workflows.shell_syntax import Node

MAX_VARIANTS = 8
"""Number of texts that one variable may stand for; more count as unknown."""
_MAX_WEIGHT = 200
_MAX_ELEMENTS = 200
POSITIONAL = ("@", "*", "#", *"123456789")


@dataclass(frozen=True, slots=True)
class Binding:
    """What a name stands for: a text, or the elements of an array."""

    value: Value
    elements: tuple[Value, ...] | None = None


@dataclass(frozen=True, slots=True)
class Alternatives:
    """One of several bindings, the first whose condition holds; None is a name that is not set."""

    options: tuple[tuple[Condition, Binding | None], ...]


Bound = Binding | Alternatives | None
"""What a name stands for; None for a name that the script unset."""


class State:
    """What the shell knows at one point of the script. The walk through the script changes it."""

    __slots__ = ("all_exported", "cached", "directory", "errexit", "exported", "functions", "stack", "variables")

    def __init__(self, *, errexit: bool) -> None:
        self.variables: dict[str, Bound] = {}
        self.exported: frozenset[str] = frozenset()
        self.functions: dict[str, Node] = {}
        self.directory: Value | None = None
        self.stack: tuple[Value | None, ...] = ()
        self.errexit = errexit
        self.all_exported = False
        self.cached: Mapping[str, Value | None] | None = None

    def copy(self) -> "State":
        other = State(errexit=self.errexit)
        other.variables = dict(self.variables)
        other.exported = self.exported
        other.functions = dict(self.functions)
        other.directory, other.stack = self.directory, self.stack
        other.all_exported, other.cached = self.all_exported, self.cached
        return other

    def bind(self, name: str, bound: Bound) -> None:
        self.variables[name] = bound
        self.cached = None
        if self.all_exported:
            self.exported |= {name}

    def bind_arguments(self, arguments: tuple[Value, ...]) -> None:
        """Make `$@`, `$1` … what a function is called with."""
        for name in ("@", "*"):
            self.bind(name, Binding(Value(()), arguments))
        self.bind("#", Binding(text(str(len(arguments)))))
        for number in range(1, 10):
            self.bind(str(number), Binding(arguments[number - 1]) if number <= len(arguments) else None)

    def snapshot(self) -> Mapping[str, Value | None]:
        """The variables as they are now."""
        if self.cached is None:
            self.cached = MappingProxyType(
                {name: as_value(bound) for name, bound in self.variables.items() if name.isidentifier()}
            )
        return self.cached

    def known(self, asked: Expression | Variable) -> Resolved:
        """The lookup that knows what the script assigned."""
        if isinstance(asked, Expression) or asked.name not in self.variables:
            return None
        bound = self.variables[asked.name]
        if bound is None:
            return ""
        return bound.value.literal if isinstance(bound, Binding) and bound.elements is None else None

    def enter(self, target: Value | None) -> None:
        """Follow `cd target`."""
        if target is None or target.literal in ("-", "~", ""):
            self.directory = Value((Unknown("another folder"),))
        else:
            self.directory = entered(self.directory, target)


def as_value(bound: Bound) -> Value | None:
    """What a name stands for as one text."""
    if bound is None:
        return None
    if isinstance(bound, Binding):
        if bound.elements is None:
            return bound.value
        joined = Value(())
        for index, element in enumerate(bound.elements):
            joined = joined.joined(element, " " if index else "")
        return joined
    return Value((Choice(tuple((condition, as_value(option) or Value(())) for condition, option in bound.options)),))


def bounded(bound: Bound) -> Bound:
    """The binding, or an unknown one where conditions pile up on conditions."""
    if not isinstance(bound, Alternatives):
        return bound
    value = as_value(bound)
    if value is None or weight(value) > _MAX_WEIGHT or len(bound.options) > MAX_VARIANTS:
        return Binding(Value((Unknown("a value that depends on many conditions"),)))
    return bound


def assigned(value: Value) -> Bound:
    """The binding of a value; one with a choice in it becomes alternatives, so that words can follow them."""
    if weight(value) > _MAX_WEIGHT:
        return Binding(Value((Unknown("a long value"),)))
    choices = [index for index, piece in enumerate(value.pieces) if isinstance(piece, Choice)]
    if len(choices) != 1 or not isinstance(choice := value.pieces[choices[0]], Choice):
        return Binding(value)
    before, after = value.pieces[: choices[0]], value.pieces[choices[0] + 1 :]
    return bounded(
        Alternatives(
            tuple(
                (condition, Binding(Value(merged((*before, *option.pieces, *after)))))
                for condition, option in choice.options
            )
        )
    )


def with_elements(bound: Bound, elements: tuple[Value, ...]) -> Bound:
    """What `NAME+=(elements)` makes of a binding."""
    if isinstance(bound, Alternatives):
        grown = ((condition, _with_elements(option, elements)) for condition, option in bound.options)
        return bounded(Alternatives(tuple(grown)))
    return _with_elements(bound, elements)


def _with_elements(binding: Binding | None, elements: tuple[Value, ...]) -> Binding:
    if binding is None:
        return Binding(Value(()), elements)
    before = binding.elements if binding.elements is not None else ((binding.value,) if binding.value.pieces else ())
    return Binding(Value(()), (*before, *elements)[:_MAX_ELEMENTS])


def merge(state: State, before: State, branches: list[tuple[Condition, State]]) -> None:
    """Make `state` what it is after one of several branches, the first whose condition holds."""
    if not branches:
        return
    names = {name for _, branch in branches for name in branch.variables.keys() | before.variables.keys()}
    for name in sorted(names):
        bindings = [branch.variables.get(name) for _, branch in branches]
        missing = [name not in branch.variables for _, branch in branches]
        if not any(missing) and all(bound is bindings[0] for bound in bindings):
            state.bind(name, bindings[0])
            continue
        options: list[tuple[Condition, Binding | None]] = []
        for (condition, _), bound, absent in zip(branches, bindings, missing, strict=True):
            inherited: Bound = Binding(Value((Variable(name),))) if absent else bound
            nested = inherited.options if isinstance(inherited, Alternatives) else ((ALWAYS, inherited),)
            options += [(both(condition, inner), option) for inner, option in nested]
        first = options[0][1]
        same = all(option == first for _, option in options)
        state.bind(name, first if same else bounded(Alternatives(tuple(options))))
    for _, branch in branches:
        state.exported |= branch.exported
        state.functions.update(branch.functions)
    if len({str(branch.directory or "") for _, branch in branches}) == 1:
        state.directory, state.stack = branches[0][1].directory, branches[0][1].stack
    else:
        state.directory = Value((Unknown("a folder that depends on a condition"),))
    state.errexit = all(branch.errexit for _, branch in branches)


def entered(directory: Value | None, target: Value) -> Value:
    """Where `cd target` leads from `directory`."""
    literal = target.literal
    if directory is None or (literal or "").startswith(("/", "~")) or not target.prefix:
        return target if literal is None else text(posixpath.normpath(literal))
    if literal is not None and directory.literal is not None:
        return text(posixpath.normpath(posixpath.join(directory.literal, literal)))
    return directory.joined(target, "/")


def substituted(value: Value, state: State) -> Value:
    """The value with what the script assigned filled in, as one text."""
    return value.replaced(lambda piece: _inlined(piece, state))


def _inlined(piece: Piece, state: State) -> tuple[Piece, ...]:
    if not isinstance(piece, Variable) or piece.name.partition("[")[0] not in state.variables:
        return (piece,)
    if piece.operator:
        resolved = Value((piece,)).resolve(state.known)
        if isinstance(resolved, str):
            return (Literal(resolved),)
        bound = state.variables[piece.name]
        source = bound.value.pieces if isinstance(bound, Binding) and bound.elements is None else ()
        if len(source) == 1 and isinstance(inner := source[0], Variable) and not inner.operator:
            return (Variable(inner.name, piece.operator, piece.argument, piece.quoted),)
        return (Unknown(str(Value((piece,))), piece.quoted),)
    value = as_value(state.variables[piece.name.partition("[")[0]])
    return () if value is None else tuple(_used(inner, piece.quoted) for inner in value.pieces)


def _used(piece: Piece, quoted: bool) -> Piece:
    """A piece of a variable's value where the variable is used: inside quotes or not."""
    if isinstance(piece, Glob):
        return Literal(piece.text) if quoted else piece
    if isinstance(piece, Literal):
        return piece
    return replace(piece, quoted=quoted)


def fields(word: Value, state: State) -> list[Value]:
    """The words that the shell makes out of one: variables filled in, split at white space, arrays spread."""
    made: list[list[Piece]] = [[]]
    spreads = False
    for piece in word.pieces:
        elements = _spread(piece, state)
        if elements is not None:
            spreads = True
            for index, element in enumerate(elements):
                if index:
                    made.append([])
                made[-1] += element.pieces
            continue
        for inner in _inlined(piece, state):
            if isinstance(piece, Variable) and not piece.quoted and isinstance(inner, Literal):
                _split_into(made, inner.text)
            else:
                made[-1].append(inner)
    kept = not spreads and (not word.raw or any(character in word.raw for character in "'\""))
    values = [Value(merged(tuple(pieces)), word.raw, word.start, word.end) for pieces in made]
    return [value for value in values if value.pieces or kept]


def _spread(piece: Piece, state: State) -> tuple[Value, ...] | None:
    """The elements that a piece brings, when it is an array."""
    if not isinstance(piece, Variable) or piece.operator:
        return None
    bound = state.variables.get(piece.name.partition("[")[0])
    if not isinstance(bound, Binding) or bound.elements is None:
        return None
    return bound.elements if piece.name in ("@", "*") or piece.name.endswith("]") else bound.elements[:1]


def _split_into(made: list[list[Piece]], content: str) -> None:
    parts = content.split()
    if content[:1].isspace() and made[-1]:
        made.append([])
    for index, part in enumerate(parts):
        if index:
            made.append([])
        has_pattern = any(character in part for character in "*?[")
        made[-1].append(Glob(part) if has_pattern else Literal(part))
    if parts and content[-1:].isspace():
        made.append([])
