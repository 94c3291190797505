"""A value that an upload client finds, with words for where it stands. Shows the value nowhere."""

from collections.abc import Iterable
from dataclasses import field
from typing import Literal

from preflight.sources.records import dataclass
from preflight.sources.text import Place

Kind = Literal["variable", "file", "keyring", "address", "client"]


@dataclass(frozen=True)
class Found:
    """`where` says in words where the value stands; `name` is the variable's, where it is one; `place` is only for files of the checked project."""

    value: str = field(repr=False)
    where: str
    kind: Kind
    place: Place | None = None
    name: str = ""


def by_client(value: str) -> Found:
    """A value that the client brings itself, such as the user name `__token__`."""
    return Found(value, "the client's default", "client")


def first(*candidates: Found | None) -> Found | None:
    """The first one that is there, even if it is empty."""
    return next((each for each in candidates if each is not None), None)


def first_filled(*candidates: Found | None) -> Found | None:
    """The first one that is there and not empty."""
    return next((each for each in candidates if each is not None and each.value), None)


def others(used: Found | None, candidates: Iterable[Found | None]) -> tuple[Found, ...]:
    """The candidates that lose against the one that is used, and are something else."""
    if used is None:
        return ()
    return tuple(each for each in candidates if each is not None and each.value and each.value != used.value)
