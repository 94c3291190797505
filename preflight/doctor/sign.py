"""A sign: something in a log that speaks for one cause of a message or against it, and what reads such signs. Reads none itself."""

from collections.abc import Callable, Iterator

from preflight.doctor.extraction import Extracted, Failure
from preflight.doctor.reading import Log
from preflight.sources.records import dataclass

RULED_OUT = -100
"""The weight of a sign with which a cause cannot be."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that speaks for a cause, or against it where `weight` is negative. `decisive` where nothing else fits with it."""

    cause: str
    weight: int
    decisive: bool = False


Reader = Callable[[Failure, Extracted, Log], Iterator[Sign]]
"""Reads the signs for the causes of one failure."""
