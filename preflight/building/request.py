"""What `--build` asks for. Builds nothing itself."""

import os
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from preflight.engine.facts import Unavailable
from preflight.sources.records import dataclass

NOT_ASKED = "nothing is built or imported without --build"

SECONDS = 1800.0
"""How long one command may take: enough for a build that compiles, and an end to one that hangs."""


@dataclass(frozen=True)
class BuildRequest:
    """A build that was asked for.

    All that it makes lies in `folder`, which whoever asks removes afterwards. `say` is told each command before it is run. With
    `isolated`, the build requirements come from the index into an environment of their own; without, they have to be installed beside
    preflight. `environment` holds the variables of the process, credentials included: commands get a part of it.
    """

    folder: Path
    say: Callable[[str], None]
    isolated: bool = True
    run_scripts: bool = False
    seconds: float = SECONDS
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


def build_request() -> BuildRequest:
    """The build that was asked for; a run with `--build` gives it from outside.

    Raises:
        Unavailable: always, since here none was asked for.
    """
    raise Unavailable(NOT_ASKED)
