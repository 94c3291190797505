"""What a step of a scenario knows of expressions and shell variables, and what it hands on to later steps. Runs nothing."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from preflight.workflows.expressions import (
    EvaluationError,
    ExpressionSyntaxError,
    Unknown,
    Value,
    evaluate_template,
    to_text,
)
from preflight.workflows.values import GITHUB_VARIABLES, HIDDEN, Condition, Expression, Resolved, Variable
from preflight.workflows.values import Value as Written

_TEXT = Unknown.text()


def _may_be_set(_: str) -> bool:
    return False


class Lookup:
    """Answers for the expressions and variables of one step of one scenario.

    `unset` says of a variable that no `env:` sets whether it certainly has no value.
    """

    def __init__(
        self,
        instance: object,
        contexts: Mapping[str, Value],
        env: Mapping[str, Value],
        unset: Callable[[str], bool] = _may_be_set,
    ) -> None:
        self.instance = instance
        self.contexts = contexts
        self.env = env
        self.unset = unset

    def __call__(self, piece: Expression | Variable) -> Resolved:
        if isinstance(piece, Expression):
            return resolved(self.value(piece))
        name = piece.name.removeprefix("env:")
        if name in self.env:
            return resolved(self.env[name])
        source = GITHUB_VARIABLES.get(name)
        if source is not None:
            return resolved(self.value(Expression(source)))
        return "" if self.unset(name) else None

    def value(self, piece: Expression) -> "str | Unknown":
        """The text that GitHub puts in place of an expression."""
        try:
            return evaluate_template("${{" + piece.source + "}}", self.contexts)
        except (ExpressionSyntaxError, EvaluationError):
            return _TEXT

    def known(self, piece: Expression) -> str | None:
        """The text of an expression where it is known."""
        found = self.value(piece)
        return found if isinstance(found, str) else None


def resolved(value: Value) -> Resolved:
    """A value of an expression as a text of a script."""
    if isinstance(value, str):
        return value
    if isinstance(value, Unknown):
        return HIDDEN if value.truthy else None
    text = to_text(value)
    return text if isinstance(text, str) else None


def as_value(text: Resolved) -> Value:
    """A text of a script as a value of an expression."""
    if isinstance(text, str):
        return text
    return Unknown(truthy=True) if text is HIDDEN else _TEXT


def handed_on(script: str, shell: str, errexit: bool, to: str, lookup: Lookup) -> dict[str, Value]:
    """What a script certainly writes to `$GITHUB_OUTPUT` or `$GITHUB_ENV` (`to`), by name; unknown where a condition is open."""
    found: dict[str, Value] = {}
    for name, value, guard in _written(script, shell, errexit, to):
        happens = guard.evaluate(lookup)
        if happens is False:
            continue
        text = as_value(value.resolve(lookup))
        found[name] = text if happens or found.get(name) == text else _TEXT
    return found


@lru_cache(maxsize=512)
def script_fails(script: str, shell: str, errexit: bool) -> Condition:
    """When a script ends with a failure of its own making; never where it cannot be read."""
    from preflight.workflows.shell import read_script

    return read_script(script, shell=shell, errexit=errexit).fails


@lru_cache(maxsize=512)
def _written(script: str, shell: str, errexit: bool, to: str) -> tuple[tuple[str, Written, Condition], ...]:
    """What a script writes, with the conditions; nothing where part of it cannot be read."""
    from preflight.workflows.shell import read_script
    from preflight.workflows.shell_writes import file_writes, variables_written

    read = read_script(script, shell=shell, errexit=errexit)
    if not read.complete or any(write.contents is None and to in str(write.target) for write in file_writes(read)):
        return ()
    return tuple((each.name, each.value, each.command.guard) for each in variables_written(read, to))
