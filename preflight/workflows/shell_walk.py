"""The walk through a script's tree: which commands it runs, in order, under which conditions. Runs nothing."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from preflight.sources.records import dataclass
from preflight.workflows import shell_syntax as syntax
from preflight.workflows.launchers import program_name, unwrap
from preflight.workflows.shell import Command
from preflight.workflows.shell_syntax import Redirect
from preflight.workflows.shell_variables import (
    MAX_VARIANTS,
    POSITIONAL,
    Alternatives,
    Binding,
    State,
    assigned,
    entered,
    fields,
    merge,
    substituted,
    with_elements,
)
from preflight.workflows.values import (
    ALWAYS,
    NEVER,
    Comparison,
    Condition,
    Expression,
    Opaque,
    Truth,
    Unknown,
    Value,
    Variable,
    both,
    either,
    negated,
    presumed,
    with_values,
)

MAX_COMMANDS = 4_000
"""Number of commands, functions and loops unrolled, after which a script is not followed further."""
MAX_LOOP_ITEMS = 16
"""Number of items up to which a loop is followed item by item."""
_MAX_STEPS = 5 * MAX_COMMANDS
_MAX_CALLS = 8
_MAX_DEPTH = 120
_MAX_NESTING = 3
_MAX_DESCRIPTION = 120

_DECLARING = frozenset(("export", "declare", "local", "typeset", "readonly"))
_LEAVING = frozenset(("exit", "return", "break", "continue"))
_READING = frozenset(("read", "mapfile", "readarray", "getopts"))
_SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ash", "ksh"))
_ASKING = frozenset(
    ("grep", "egrep", "fgrep", "rg", "diff", "cmp", "which", "command", "type", "hash", "jq", "curl", "wget")
)
_ASKING_OF_GIT = frozenset(
    ("diff", "describe", "rev-parse", "merge-base", "ls-remote", "show-ref", "cat-file", "diff-index")
)


@dataclass(frozen=True, slots=True)
class _Leaves:
    """When the script, the function or the round of the loop ends with a command."""

    exits: Condition = NEVER
    returns: Condition = NEVER
    breaks: Condition = NEVER
    fails: Condition = NEVER
    """When the script ends with a failure, which fails the step and so the job."""

    @property
    def any(self) -> Condition:
        return either(self.fails, either(self.exits, either(self.returns, self.breaks)))

    @property
    def reached(self) -> Condition:
        """When what follows is not left out by an end without a failure."""
        return negated(either(self.exits, either(self.returns, self.breaks)))

    @property
    def stays(self) -> Condition:
        """When what follows is reached. That a check does not fail the run is presumed where it cannot be known."""
        return both(self.reached, presumed(negated(self.fails)))

    def or_under(self, condition: Condition, other: "_Leaves") -> "_Leaves":
        """These, or those of something that runs under a condition."""
        if other == _STAYS:
            return self
        return _Leaves(
            either(self.exits, both(condition, other.exits)),
            either(self.returns, both(condition, other.returns)),
            either(self.breaks, both(condition, other.breaks)),
            either(self.fails, both(condition, other.fails)),
        )


_STAYS = _Leaves()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """When a command succeeds, and when it ends what it stands in.

    `assumed` is a step of the work, whose success is taken for granted; its failure would end the job anyway.
    """

    succeeds: Condition = ALWAYS
    assumed: bool = True
    leaves: _Leaves = _STAYS

    @property
    def passes(self) -> Condition:
        """The condition under which what follows `&&` runs."""
        return ALWAYS if self.assumed else self.succeeds


@dataclass(frozen=True, slots=True)
class _Context:
    """Where in the script a command stands."""

    guard: Condition = ALWAYS
    function: str | None = None
    calls: int = 0
    redirects: tuple[Redirect, ...] = ()
    piped_from: Command | None = None
    substituted: bool = False
    tested: bool = False

    def under(self, condition: Condition) -> "_Context":
        return replace(self, guard=both(self.guard, condition)) if condition != ALWAYS else self


class _Full(Exception):
    """More commands than are followed."""


def commands_of(script: str, *, errexit: bool) -> tuple[list[Command], bool, Condition]:
    """The commands of a bash or sh script in the order they run, whether all of it was followed, and when it fails by itself."""
    tree, complete = syntax.parse(script)
    walker = _Walker(script)
    followed = walker.run(tree, errexit=errexit) and complete
    return walker.commands, followed, walker.fails if followed else NEVER


class _Walker:
    def __init__(self, script: str, place: tuple[int, int] | None = None, nesting: int = 0, depth: int = 0) -> None:
        self.script = script
        self.place = place
        self.nesting = nesting
        self.commands: list[Command] = []
        self.depth = depth
        self.steps = 0
        self.called: set[str] = set()
        self.complete = True
        self.fails: Condition = NEVER

    def run(self, tree: syntax.Sequence, *, errexit: bool) -> bool:
        state = State(errexit=errexit)
        try:
            self.fails = self.walk(tree, state, _Context()).leaves.fails
            for name, body in list(state.functions.items()):
                if name not in self.called:
                    self.walk(body, state.copy(), _Context(Opaque(f"`{name}` is called"), name, 1))
        except _Full:
            return False
        return self.complete

    def walk(self, node: syntax.Node, state: State, context: _Context) -> _Outcome:
        self.steps += 1
        if self.steps > _MAX_STEPS or len(self.commands) >= MAX_COMMANDS or self.depth >= _MAX_DEPTH:
            raise _Full
        self.depth += 1
        outcome = self.follow(node, state, context)
        self.depth -= 1
        return outcome

    def follow(self, node: syntax.Node, state: State, context: _Context) -> _Outcome:
        match node:
            case syntax.Simple():
                return self.simple(node, state, context)
            case syntax.Sequence():
                return self.sequence(node, state, context)
            case syntax.Chain():
                return self.chain(node, state, context)
            case syntax.Pipeline():
                return self.pipeline(node, state, context)
            case syntax.If():
                return self.branches(self.asked(node, state, context), node.otherwise, state, context)
            case syntax.Case():
                return self.branches(self.arms(node, state), None, state, context)
            case syntax.For():
                return self.loop(node, state, context)
            case syntax.While():
                return self.repetition(node, state, context)
            case syntax.Group():
                if not node.subshell:
                    return self.walk(node.body, state, context)
                return replace(self.walk(node.body, state.copy(), context), leaves=_STAYS)
            case syntax.Function():
                state.functions[node.name] = node.body
                return _Outcome()
            case syntax.Test():
                return _Outcome(with_values(node.condition, lambda value: substituted(value, state)), assumed=False)
            case syntax.Redirected():
                outer = tuple(_filled(redirect, state) for redirect in node.redirects)
                return self.walk(node.node, state, replace(context, redirects=(*outer, *context.redirects)))

    # ── Compound commands ─────────────────────────────────────────────────────────────────────────────────────────

    def sequence(self, node: syntax.Sequence, state: State, context: _Context) -> _Outcome:
        outcome = _Outcome()
        leaves = _STAYS
        for number, item in enumerate(node.items):
            if number in node.background:
                self.walk(item, state.copy(), context)
                continue
            outcome = self.walk(item, state, context)
            here = outcome.leaves
            fails = not outcome.assumed and not isinstance(outcome.succeeds, Opaque)
            if fails and state.errexit and not context.tested and _judges(item):
                # What only the run can tell (`grep`, a file that exists) would fail the job: taken as a step.
                here = replace(here, fails=either(here.fails, negated(outcome.succeeds)))
            leaves = leaves.or_under(ALWAYS, replace(here, fails=both(leaves.reached, here.fails)))
            context = context.under(here.stays)
        return _Outcome(outcome.succeeds, outcome.assumed, leaves)

    def chain(self, node: syntax.Chain, state: State, context: _Context) -> _Outcome:
        outcome = self.walk(node.first, state, replace(context, tested=True))
        succeeds, assumed, leaves, passes = outcome.succeeds, outcome.assumed, outcome.leaves, outcome.passes
        for operator, item in node.rest:
            runs = passes if operator == "&&" else negated(succeeds)
            before, branch = state.copy(), state.copy()
            following = self.walk(item, branch, context.under(both(runs, leaves.stays)))
            merge(state, before, [(runs, branch), (ALWAYS, before)] if runs != ALWAYS else [(ALWAYS, branch)])
            leaves = leaves.or_under(runs, following.leaves)
            if operator == "&&":
                succeeds, assumed = both(succeeds, following.succeeds), assumed and following.assumed
                passes = both(passes, following.passes)
            else:
                # What follows `||` ran or was not needed: the chain as a whole goes on.
                succeeds, assumed = either(succeeds, following.succeeds), assumed or following.assumed
                passes = ALWAYS if assumed else either(passes, following.passes)
        return _Outcome(succeeds, assumed, leaves)

    def pipeline(self, node: syntax.Pipeline, state: State, context: _Context) -> _Outcome:
        if len(node.parts) == 1:
            outcome = self.walk(node.parts[0], state, replace(context, tested=True))
            return replace(outcome, succeeds=negated(outcome.succeeds), assumed=False) if node.inverted else outcome
        previous = context.piped_from
        assumed = True
        for number, part in enumerate(node.parts, 1):
            redirects = context.redirects if number == len(node.parts) else ()
            count = len(self.commands)
            inner = replace(context, piped_from=previous, redirects=redirects, tested=True)
            assumed = self.walk(part, state.copy(), inner).assumed
            previous = self.commands[-1] if len(self.commands) > count else None
        succeeds: Condition = Opaque(f"`{self.source(node.start, node.end)}` succeeds")
        return _Outcome(negated(succeeds) if node.inverted else succeeds, assumed and not node.inverted)

    def asked(
        self, node: syntax.If, state: State, context: _Context
    ) -> "Iterable[tuple[Condition, Condition, _Leaves, syntax.Sequence]]":
        """For each branch of an `if`: what was asked before, what it asks, how asking may end the script, its body."""
        rest: Condition = ALWAYS
        for condition, body in node.branches:
            outcome = self.walk(condition, state, replace(context.under(rest), tested=True))
            holds = outcome.succeeds if condition.items else Opaque("an empty condition")
            yield rest, holds, outcome.leaves, body
            rest = both(rest, negated(holds))

    def arms(
        self, node: syntax.Case, state: State
    ) -> "Iterable[tuple[Condition, Condition, _Leaves, syntax.Sequence]]":
        subject = substituted(node.subject, state)
        rest: Condition = ALWAYS
        for patterns, body in node.arms:
            holds: Condition = NEVER
            for pattern in patterns:
                value = substituted(pattern, state)
                equal: Condition = Comparison(subject, "==", value, value.has_pattern)
                holds = either(holds, ALWAYS if pattern.raw == "*" else equal)
            yield rest, holds, _STAYS, body
            rest = both(rest, negated(holds))

    def branches(
        self,
        asked: "Iterable[tuple[Condition, Condition, _Leaves, syntax.Sequence]]",
        otherwise: syntax.Sequence | None,
        state: State,
        context: _Context,
    ) -> _Outcome:
        """Follow every branch under its condition, and join what they leave behind."""
        taken: list[tuple[Condition, State]] = []
        leaves = _STAYS
        before = state.copy()
        rest: Condition = ALWAYS
        for earlier, holds, asking, body in asked:
            branch = state.copy()
            path = both(earlier, holds)
            outcome = self.walk(body, branch, context.under(path))
            leaves = leaves.or_under(earlier, asking).or_under(path, outcome.leaves)
            if outcome.leaves.any != ALWAYS:
                taken.append((holds, branch))
            rest = both(earlier, negated(holds))
        last = state.copy()
        outcome = _Outcome() if otherwise is None else self.walk(otherwise, last, context.under(rest))
        leaves = leaves.or_under(rest, outcome.leaves)
        if rest != NEVER and outcome.leaves.any != ALWAYS:
            taken.append((ALWAYS, last))
        merge(state, before, taken)
        return _Outcome(leaves=leaves)

    def loop(self, node: syntax.For, state: State, context: _Context) -> _Outcome:
        items = None if node.items is None else [field for item in node.items for field in fields(item, state)]
        if node.items is None and isinstance(arguments := state.variables.get("@"), Binding):
            items = list(arguments.elements or ())
        if items is None or len(items) > MAX_LOOP_ITEMS or any(item.literal is None for item in items):
            described = self.source(node.start, node.body.start).removesuffix(" do").removesuffix(";")
            state.bind(node.variable, Binding(Value((Unknown(f"an item of `{described}`"),))))
            certain = items is not None and len(items) > MAX_LOOP_ITEMS
            runs: Condition = ALWAYS if certain else Opaque(f"`{described}` has an item")
            return self.body(node.body, state, context, runs)
        leaves = _STAYS
        for item in items:
            state.bind(node.variable, Binding(item))
            here = self.walk(node.body, state, context).leaves
            leaves = leaves.or_under(ALWAYS, here)
            context = context.under(here.stays)
        return _Outcome(leaves=replace(leaves, breaks=NEVER))

    def repetition(self, node: syntax.While, state: State, context: _Context) -> _Outcome:
        asked = self.walk(node.condition, state, replace(context, tested=True))
        holds = negated(asked.succeeds) if node.inverted else asked.succeeds
        if not node.condition.items:
            holds = Opaque("the loop is entered")
        outcome = self.body(node.body, state, context, holds)
        return replace(outcome, leaves=outcome.leaves.or_under(ALWAYS, asked.leaves))

    def body(self, body: syntax.Sequence, state: State, context: _Context, runs: Condition) -> _Outcome:
        """A loop's body, followed once; what it assigns is unknown afterwards."""
        inner = state.copy()
        outcome = self.walk(body, inner, context.under(runs))
        for name, bound in inner.variables.items():
            if bound is not state.variables.get(name):
                state.bind(name, Binding(Value((Unknown(f"what the loop left in ${name}"),))))
        if str(inner.directory) != str(state.directory):
            state.directory = Value((Unknown("a folder that a loop changes"),))
        return _Outcome(leaves=replace(_STAYS.or_under(runs, outcome.leaves), breaks=NEVER))

    # ── Simple commands ───────────────────────────────────────────────────────────────────────────────────────────

    def simple(self, node: syntax.Simple, state: State, context: _Context) -> _Outcome:
        for inner in node.inner:
            apart = replace(context, substituted=True, piped_from=None, redirects=(), tested=True)
            self.walk(inner, state.copy(), apart)
        if not node.words:
            for assignment in node.assignments:
                self.assign(assignment, state)
            return _Outcome()
        name = node.words[0].literal
        if name in _DECLARING:
            self.declare(node, state)
            return _Outcome()
        if name in ("test", "["):
            words = node.words[1:-1] if name == "[" and node.words[-1].raw == "]" else node.words[1:]
            condition = syntax.read_test(words)
            return _Outcome(with_values(condition, lambda value: substituted(value, state)), assumed=False)
        if name in ("true", ":", "false"):
            return _Outcome(NEVER if name == "false" else ALWAYS, assumed=False)
        if name in _LEAVING:
            if name == "exit" and len(node.words) > 1 and (node.words[1].literal or "0").strip() not in ("", "0"):
                return _Outcome(leaves=_Leaves(fails=ALWAYS))
            ends = [ALWAYS if name in names else NEVER for names in (("exit",), ("return",), ("break", "continue"))]
            return _Outcome(leaves=_Leaves(*ends))
        if len(node.words) == 1 and all(isinstance(piece, Expression) for piece in node.words[0].pieces):
            self.emit(node, node.words, state, context)
            return _Outcome(Truth(node.words[0]), assumed=False)
        if name is not None and self.builtin(name, node, state):
            return _Outcome(Opaque("there is more to read"), assumed=False) if name in _READING else _Outcome()
        return self.program(node, state, context)

    def program(self, node: syntax.Simple, state: State, context: _Context) -> _Outcome:
        succeeds = Opaque(f"`{self.source(node.start, node.end)}` succeeds")
        outcome = _Outcome(succeeds)
        for condition, arguments in self.variants(node.words, state):
            inner = context.under(condition)
            name = arguments[0].literal if arguments else None
            if name in state.functions and context.calls < _MAX_CALLS:
                outcome = self.call(name or "", arguments, node, state, inner)
                continue
            command = self.emit(node, arguments, state, inner)
            if name == "eval" and all(argument.literal is not None for argument in arguments):
                evaluated = " ".join(argument.literal or "" for argument in arguments[1:])
                self.nested(evaluated, command, state.errexit, inner)
            elif (script := _inner_script(arguments)) is not None:
                strict = any(re.fullmatch(r"-\w*e\w*", word.literal or "") for word in arguments)
                self.nested(script, command, strict, inner)
            replaces = name == "exec" and len(arguments) > 1
            outcome = _Outcome(succeeds, not _asks(arguments), _Leaves(ALWAYS if replaces else NEVER))
        return outcome

    def call(
        self, name: str, arguments: tuple[Value, ...], node: syntax.Simple, state: State, context: _Context
    ) -> _Outcome:
        """A call of one of the script's own functions, followed with its arguments."""
        self.called.add(name)
        hidden = {key: state.variables.get(key) for key in POSITIONAL}
        state.bind_arguments(arguments[1:])
        for assignment in node.assignments:
            self.assign(assignment, state)
        inner = replace(context, function=name, calls=context.calls + 1)
        outcome = self.walk(state.functions[name], state, inner)
        for key, bound in hidden.items():
            state.bind(key, bound)
        return replace(outcome, leaves=_Leaves(outcome.leaves.exits, fails=outcome.leaves.fails))

    def emit(self, node: syntax.Simple, arguments: tuple[Value, ...], state: State, context: _Context) -> Command:
        if len(self.commands) >= MAX_COMMANDS:
            raise _Full
        local = {assignment.name: substituted(assignment.value, state) for assignment in node.assignments}
        start, end = self.place or (node.start, node.end)
        command = Command(
            words=node.words,
            arguments=arguments,
            assignments=MappingProxyType(local),
            variables=state.snapshot(),
            exported=state.exported,
            guard=context.guard,
            function=context.function,
            directory=state.directory,
            redirects=(*(_filled(redirect, state) for redirect in node.redirects), *context.redirects),
            piped_from=context.piped_from,
            substituted=context.substituted,
            start=start,
            end=end,
        )
        self.commands.append(command)
        return command

    def nested(self, script: str, command: Command, errexit: bool, context: _Context) -> None:
        """The commands of `bash -c "…"` and `eval "…"`, listed at the place of the command that runs them."""
        if self.nesting >= _MAX_NESTING:
            self.complete = False
            return
        tree, complete = syntax.parse(script)
        walker = _Walker(script, (command.start, command.end), self.nesting + 1, self.depth)
        self.complete &= walker.run(tree, errexit=errexit) and complete
        for inner in walker.commands[: MAX_COMMANDS - len(self.commands)]:
            moved = None if inner.directory is None else entered(command.directory, inner.directory)
            self.commands.append(
                replace(
                    inner,
                    guard=both(context.guard, inner.guard),
                    variables=MappingProxyType({**command.variables, **command.assignments, **inner.variables}),
                    exported=command.exported | frozenset(command.assignments) | inner.exported,
                    directory=moved or command.directory,
                    function=inner.function or context.function,
                )
            )

    def variants(self, words: tuple[Value, ...], state: State) -> list[tuple[Condition, tuple[Value, ...]]]:
        """The command's words for each way its conditional variables can stand."""
        cases: list[tuple[Condition, Mapping[str, Binding | None]]] = [(ALWAYS, {})]
        for name in _conditional_names(words, state):
            bound = state.variables[name]
            options = bound.options if isinstance(bound, Alternatives) else ()
            if len(cases) * len(options) > MAX_VARIANTS:
                undecided = Binding(Value((Unknown(f"${name}"),)))
                cases = [(condition, {**chosen, name: undecided}) for condition, chosen in cases]
                continue
            grown: list[tuple[Condition, Mapping[str, Binding | None]]] = []
            for condition, chosen in cases:
                rest = condition
                for holds, option in options:
                    if (taken := both(rest, holds)) != NEVER:
                        grown.append((taken, {**chosen, name: option}))
                    rest = both(rest, negated(holds))
            cases = grown
        results: list[tuple[Condition, tuple[Value, ...]]] = []
        for condition, chosen in cases:
            seen = state.copy() if chosen else state
            for name, option in chosen.items():
                seen.bind(name, option)
            results.append((condition, tuple(part for word in words for part in fields(word, seen))))
        return results

    def assign(self, assignment: syntax.Assignment, state: State) -> None:
        name = assignment.name
        if assignment.elements is not None:
            elements = tuple(part for element in assignment.elements for part in fields(element, state))
            old = state.variables.get(name) if assignment.appends else None
            state.bind(name, with_elements(old, elements))
            return
        value = substituted(assignment.value, state)
        if assignment.appends:
            value = substituted(Value((Variable(name),)), state).joined(value)
        state.bind(name, assigned(value))

    def declare(self, node: syntax.Simple, state: State) -> None:
        """`export`, `declare`, `local`, `readonly`: assignments and names."""
        flags = "".join(word.literal or "" for word in node.words[1:] if word.prefix.startswith("-"))
        exports = node.words[0].literal == "export" or "x" in flags
        names = {word.literal for word in node.words[1:] if word.literal and word.literal.isidentifier()}
        for assignment in node.assignments:
            self.assign(assignment, state)
            names.add(assignment.name)
        if exports and "n" not in flags:
            state.exported |= names

    def builtin(self, name: str, node: syntax.Simple, state: State) -> bool:
        """Follow a builtin that changes what the shell knows; whether it was one."""
        words = [part for word in node.words[1:] for part in fields(word, state)]
        names = [word.literal for word in words if word.literal and word.literal.isidentifier()]
        match name:
            case "cd" | "pushd":
                if name == "pushd":
                    state.stack = (*state.stack, state.directory)
                targets = [word for word in words if not word.prefix.startswith("-") or word.literal == "-"]
                state.enter(targets[0] if targets else None)
            case "popd":
                if state.stack:
                    state.directory, state.stack = state.stack[-1], state.stack[:-1]
                else:
                    state.enter(None)
            case "unset":
                for variable in names:
                    state.bind(variable, None)
                state.exported -= set(names)
            case "set":
                _set_options(words, state)
            case _ if name in _READING:
                for variable in names:
                    state.bind(variable, Binding(Value((Unknown(f"what `{name}` read"),))))
            case "shift":
                arguments = state.variables.get("@")
                if isinstance(arguments, Binding) and arguments.elements is not None:
                    state.bind_arguments(arguments.elements[1:])
            case "alias" | "unalias" | "trap" | "wait" | "umask" | "shopt" | "ulimit":
                pass
            case _:
                return False
        return True

    def source(self, start: int, end: int) -> str:
        """A piece of the script on one line, for a description."""
        piece = " ".join(self.script[start : min(end, start + 4 * _MAX_DESCRIPTION)].split())
        return piece if len(piece) <= _MAX_DESCRIPTION else f"{piece[: _MAX_DESCRIPTION - 1]}…"


def _filled(redirect: Redirect, state: State) -> Redirect:
    body = None if redirect.body is None else substituted(redirect.body, state)
    return Redirect(redirect.operator, substituted(redirect.target, state), body)


def _conditional_names(words: Iterable[Value], state: State) -> list[str]:
    """The variables in the words that stand for one of several texts."""
    found = (piece.name.partition("[")[0] for word in words for piece in word.pieces if isinstance(piece, Variable))
    return [name for name in dict.fromkeys(found) if isinstance(state.variables.get(name), Alternatives)]


def _judges(node: syntax.Node) -> bool:
    """Whether a failing command of this form ends a script under `set -e`: not one in a chain or inverted."""
    match node:
        case syntax.Simple() | syntax.Test():
            return True
        case syntax.Redirected(inner):
            return _judges(inner)
        case _:
            return False


def _asks(arguments: tuple[Value, ...]) -> bool:
    """Whether a program's success is a question rather than a step: `grep -q x file && twine upload` may not upload."""
    if not arguments:
        return True
    name = program_name(arguments[0])
    if name == "git":
        return any(word.literal in _ASKING_OF_GIT for word in arguments[1:3])
    return name in _ASKING


def _set_options(words: list[Value], state: State) -> None:
    for index, word in enumerate(words):
        literal = word.literal or ""
        if literal == "--":
            state.bind_arguments(tuple(words[index + 1 :]))
            break
        if not re.fullmatch(r"[+-][A-Za-z]+", literal):
            continue
        enabled = literal[0] == "-"
        option = words[index + 1].literal if literal.endswith("o") and index + 1 < len(words) else None
        if "e" in literal or option == "errexit":
            state.errexit = enabled
        if "a" in literal or option == "allexport":
            state.all_exported = enabled


def _inner_script(arguments: tuple[Value, ...]) -> str | None:
    """The script of `bash -c "…"`, also behind a launcher, when it is known."""
    launch = unwrap(arguments)
    if launch is None or launch.program not in _SHELLS:
        return None
    for index, word in enumerate(launch.arguments):
        option = word.literal
        if option is None or not option.startswith(("-", "+")):
            return None
        if not option.startswith("--") and option.endswith("c") and index + 1 < len(launch.arguments):
            return launch.arguments[index + 1].literal
    return None
