"""check-wheel-contents' findings on wheels, read from the text that it prints: a line each, further lines indented."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from preflight.companions.foreign import MAX_FOUND, Foreign, run_command
from preflight.sources.patterns import compile as _compile

_FOUND = _compile(r"(?P<path>.+\.whl): (?P<rule>W\d{3}): (?P<message>.*)")
_DOCUMENTATION = "https://github.com/jwodder/check-wheel-contents#checks"


def found_by_check_wheel_contents(command: str, folder: Path, wheels: Sequence[str]) -> list[Foreign]:
    """Run check-wheel-contents over wheels, with its own configuration in force.

    Raises:
        FailedCompanion: it cannot be run.
    """
    if not wheels:
        return []
    return read_check_wheel_contents(run_command((command, "--", *wheels), folder, statuses=(0, 1)))


def read_check_wheel_contents(output: str) -> list[Foreign]:
    """The findings in what check-wheel-contents prints."""
    found: list[Foreign] = []
    for line in output.splitlines():
        match = _FOUND.fullmatch(line)
        if match:
            found.append(Foreign(match["rule"], match["message"], match["path"], url=f"{_DOCUMENTATION}"))
        elif line.startswith("  ") and found:
            joined = f"{found[-1].message}{'' if found[-1].message.endswith(':') else ','} {line.strip()}"
            found[-1] = replace(found[-1], message=joined)
    return found[:MAX_FOUND]
