"""The home folder's `.pypirc` as a source of values, for the clients that read it. Its reading is in `preflight.credentials.pypirc`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from preflight.credentials.found import Found
from preflight.sources.ini import IniSection, IniValue
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.credentials.machine import Machine


def sections(machine: "Machine") -> Mapping[str, IniSection]:
    """All sections, listed or not; none where there is no file, or one that cannot be read."""
    file = machine.pypirc
    return file.pypirc.sections if file is not None and file.pypirc is not None else {}


def value(section: str, found: IniValue | None) -> Found | None:
    """An option of a section, with its line."""
    if found is None:
        return None
    place = found.place
    words = say(
        "section `[{section}]` of {file} (line {line})", section=section, file=place.source.path, line=place.line
    )
    return Found(found.value, words, "file")


def unreadable(machine: "Machine") -> str:
    """Why Python's configparser refuses the file; empty where it does not."""
    file = machine.pypirc
    if file is None:
        return ""
    if file.error is not None:
        return f"{file.source.path} is malformed: {file.error.reason}"
    if file.pypirc is not None and file.pypirc.duplicates:
        problem = file.pypirc.duplicates[0]
        return f"{file.source.path} is malformed: {problem.reason} (line {problem.place.line})"
    return ""
