"""Edits of workflow files as text splices: a key of a job set, a permission granted. Every other byte stays."""

from preflight.engine.finding import Applicability, Edit
from preflight.sources.text import Source
from preflight.sources.yaml import Entry, Mapping
from preflight.workflows.model import Job

_PLAIN_START = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_PLAIN = _PLAIN_START | set("-./ ")
_RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "~", ""}


def written(text: str) -> str:
    """A text as a YAML scalar: plain where that is safe, otherwise in single quotes."""
    plain = bool(text) and text[0] in _PLAIN_START and set(text) <= _PLAIN and text.lower() not in _RESERVED and text == text.strip()
    if plain and not text.replace(".", "").replace("-", "").isdigit():
        return text
    return "'" + text.replace("'", "''") + "'"


def line_break(source: Source) -> str:
    """The line break that a file uses."""
    return "\r\n" if "\r\n" in source.text else "\n"


def set_job_key(job: Job, key: str, value: str, applicability: Applicability = Applicability.SAFE) -> list[Edit]:
    """Add a key to a job that lacks it: below `runs-on`, else below the job's first key. None for a job in flow style."""
    node = job.node
    if not isinstance(node, Mapping) or node.flow or not node.entries:
        return []
    anchor = node.entry("runs-on") or node.entries[0]
    return [_line_after(anchor, f"{key}: {value}", applicability)]


def _line_after(entry: Entry, text: str, applicability: Applicability) -> Edit:
    """A line of its own behind an entry of a block mapping, as far in as the entry's key."""
    source = entry.key.source
    place = entry.place
    indent = " " * (source.position(entry.key.start).column - 1)
    end = place.end_line
    last = source.line(end)
    offset = source.offset(end) + len(last)
    return Edit.insert(source, offset, f"{line_break(source)}{indent}{text}", applicability)


def grant_permission(job: Job, scope: str, level: str, applicability: Applicability = Applicability.SAFE) -> list[Edit]:
    """Give a job a permission, keeping those that it has.

    In the job's own block: the scope's level is raised or a line is added. A job without a block gets one that repeats what the workflow's block
    grants, since a job's block replaces the workflow's (GitHub, "Workflow syntax", `permissions`). Nothing where the block is an expression.
    """
    block = job.permissions
    if not block.is_missing:
        entry = block.entry
        if entry is None or block.kind == "unreadable":
            return []
        existing = block.scope_entry(scope)
        if existing is not None:
            return [Edit.replace(existing.value.place, level, applicability)]
        value = entry.value
        if isinstance(value, Mapping) and value.entries and not value.flow:
            return [_line_after(value.entries[-1], f"{scope}: {level}", applicability)]
        if isinstance(value, Mapping) and not value.entries:
            return [_block_in_place(entry, [(scope, level)], applicability)]
        if isinstance(value, Mapping):
            end = value.entries[-1].place.end
            return [Edit.insert(value.source, end, f", {scope}: {level}", applicability)]
        return []
    outer = job.workflow.permissions
    kept: list[tuple[str, str]] = []
    if outer.kind == "mapping":
        kept = [(name, given) for name, given in outer.given.items() if name != scope and given != "none"]
    elif outer.kind != "missing":
        return []
    else:
        kept = [("contents", "read")]
    node = job.node
    if not isinstance(node, Mapping) or node.flow or not node.entries:
        return []
    anchor = node.entry("environment") or node.entry("runs-on") or node.entries[0]
    source = anchor.key.source
    indent = " " * (source.position(anchor.key.start).column - 1)
    step = indent_step(job)
    lines = "".join(f"{line_break(source)}{indent}{step}{name}: {given}" for name, given in [*kept, (scope, level)])
    edit = _line_after(anchor, "permissions:", applicability)
    return [Edit(edit.source, edit.start, edit.end, edit.replacement + lines, applicability)]


def _block_in_place(entry: Entry, given: list[tuple[str, str]], applicability: Applicability) -> Edit:
    """Write `permissions: {}` as a block with some scopes."""
    source = entry.key.source
    indent = " " * (source.position(entry.key.start).column - 1)
    lines = "".join(f"{line_break(source)}{indent}  {name}: {level}" for name, level in given)
    return Edit(source, entry.key_place.end, entry.place.end, f":{lines}", applicability)


def indent_step(job: Job) -> str:
    """How far in a nested block stands in this job, as text."""
    node = job.node
    if isinstance(node, Mapping) and node.entries:
        outer = job.key_place.column
        inner = node.source.position(node.entries[0].key.start).column
        if inner > outer:
            return " " * (inner - outer)
    return "  "
