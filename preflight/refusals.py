"""Every way in which PyPI refuses a publish: its name here, the stage, the HTTP status and PyPI's own words. Judges nothing.

Read from PyPI's server (warehouse, state of August 2026); the words are the server's, with `{placeholders}` for what varies.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from preflight.sources.records import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal.

    `status` is the HTTP status, `n/a` for what never reaches PyPI. `foretold` is what can foretell it: `local` files, the `token`, what is `declared` in the
    configuration, the index (`online`), or nothing before it happens (`no`).
    """

    name: str
    stage: str
    status: str
    foretold: str
    message: str


@cache
def refusals() -> Mapping[str, Refusal]:
    """All refusals by name, in the order of PyPI's checks."""
    text = (files("preflight") / "refusals.tsv").read_text(encoding="utf-8")
    _, *lines = text.splitlines()
    return {name: Refusal(name, *rest) for name, *rest in (line.split("\t") for line in lines)}
