"""The mark that makes a function a check. Nothing is registered globally: a pack's loader collects what is marked."""

from collections.abc import Callable, Iterable
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
    last: bool


def check(*codes: str, last: bool = False) -> Callable[[_F], _F]:
    """Mark a function as the check of one or more rules, named by their codes.

    The function's parameters name the facts it asks for. It yields `Finding`s; where it serves several rules, each finding names its code.
    `last` makes it run after all others, for what only the others bring to light.
    """

    def mark(function: _F) -> _F:
        setattr(function, MARK, Mark(codes, last))
        return function

    return mark


@dataclass(frozen=True, slots=True)
class Check:
    """A check as loaded from a pack."""

    codes: tuple[str, ...]
    function: CheckFunction
    needs: tuple[str, ...]
    last: bool


def collect(namespace: dict[str, Any]) -> list[Check]:
    """The checks defined in a module, in the order of their definition."""
    checks = []
    for value in namespace.values():
        mark = getattr(value, MARK, None)
        if isinstance(mark, Mark) and getattr(value, "__module__", None) == namespace.get("__name__"):
            checks.append(Check(mark.codes, value, parameters(value), mark.last))
    return checks
