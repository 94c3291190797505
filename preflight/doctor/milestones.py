"""The steps on the way from a first release by hand to automated trusted publishing, as values. Finds none of them."""

from typing import Literal

from preflight.sources.records import dataclass
from preflight.sources.text import Place

State = Literal["done", "missing", "unknown"]
Stage = Literal["by-hand", "token", "trusted", "automated", "unknown"]
Part = Literal["project", "workflow", "index", "repository", "tools"]

STAGES: tuple[Stage, ...] = ("by-hand", "token", "trusted", "automated")
PARTS: tuple[Part, ...] = ("project", "workflow", "index", "repository", "tools")


@dataclass(frozen=True, slots=True)
class Milestone:
    """One step of the way. `how` says how to look, or what to do; empty where nothing is left. `part` is where one looks for it."""

    part: Part
    name: str
    state: State
    words: str
    how: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """All steps, the stage that is reached, and what comes next. `host` is where the repository is, `GitHub` or `GitLab`."""

    milestones: tuple[Milestone, ...]
    stage: Stage
    next: str
    project: str | None = None
    host: str = "GitHub"
