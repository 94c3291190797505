"""The mark that makes a function a check. Nothing is registered globally: a pack's loader collects what is marked."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

from preflight.engine.facts import parameters
from preflight.engine.finding import Finding
from preflight.sources.records import dataclass

CheckFunction: TypeAlias = Callable[..., Iterable[Finding]]
_F = TypeVar("_F", bound=Callable[..., Iterable[Finding]])

MARK = "__preflight_check__"


@dataclass(frozen=True, slots=True)
class Mark:
    """What `check` notes on a function."""

    codes: tuple[str, ...]
    last: int
    waits: bool
    also: Mapping[str, str]


def check(*codes: str, last: int = 0, waits: bool = False, also: Mapping[str, str] | None = None) -> Callable[[_F], _F]:
    """Mark a function as the check of one or more rules, named by their codes.

    The function's parameters name the facts it asks for. It yields `Finding`s; where it serves several rules, each finding names its code.
    `last` makes it run after all that have a lower number: for what the others bring to light, or leave over of what may be asked.
    `waits` makes it run behind those that do not, and what it asks for begin before them: for facts that other processes work on meanwhile. `also`
    maps a fact it asks for to another of the same type: it then runs a second time over that one.
    """

    def mark(function: _F) -> _F:
        setattr(function, MARK, Mark(codes, last, waits, also or {}))
        return function

    return mark


@dataclass(frozen=True, slots=True)
class Check:
    """A check as loaded from a pack."""

    codes: tuple[str, ...]
    function: CheckFunction
    needs: tuple[str, ...]
    last: int
    waits: bool = False


def collect(namespace: dict[str, Any]) -> list[Check]:
    """The checks defined in a module, in the order of their definition."""
    checks = []
    for value in namespace.values():
        mark = getattr(value, MARK, None)
        if isinstance(mark, Mark) and getattr(value, "__module__", None) == namespace.get("__name__"):
            needs = parameters(value)
            checks.append(Check(mark.codes, value, needs, mark.last, mark.waits))
            if mark.also:
                other = tuple(mark.also.get(name, name) for name in needs)
                checks.append(Check(mark.codes, value, other, mark.last, mark.waits))
    return checks
