"""The project's own tables: the publishers that are to be registered, and the description that a template left. Writes nothing."""

from collections.abc import Iterable

from preflight.beginning.changes import appended, edited
from preflight.engine.finding import Edit
from preflight.plan.wanted import Wanted
from preflight.publishers.declaration import publisher_entry
from preflight.sources.text import Source
from preflight.sources.toml import parse_toml
from preflight.sources.toml_edits import basic_string

OWN_FILE = "preflight.toml"


def with_publishers(text: str, wanted: Iterable[Wanted], *, own_file: bool, project: str | None) -> str:
    """The configuration with an entry for each publisher that is needed, known, and not recorded."""
    table = "publishers" if own_file else "tool.preflight.publishers"
    for each in wanted:
        entry = publisher_entry(each.index, each.identity, table, project) if each.recorded is None else None
        if entry is not None:
            text = appended(text, entry)
    return text


def with_description(text: str, path: str, description: str) -> str:
    """The pyproject.toml with another description, or without the entry where there is none to give."""
    document = parse_toml(Source(path, text))
    if description:
        value = document.place("project", "description")
        return edited(text, [Edit.replace(value, basic_string(description))])
    return edited(text, [Edit.delete_lines(document.entry_place("project", "description"))])
