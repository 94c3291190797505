"""Edits of workflow files as text splices: keys, inputs and list items set or taken out. Every other byte stays."""

from preflight.engine.finding import Applicability, Edit
from preflight.sources.text import Source
from preflight.sources.yaml import Entry, Mapping, Node, Scalar, Sequence
from preflight.workflows.model import Job, Step

_PLAIN_START = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_PLAIN = _PLAIN_START | set("-./ ")
_RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "~", ""}


def written(text: str) -> str:
    """A text as a YAML scalar: plain where that is safe, otherwise in single quotes."""
    plain = (
        bool(text)
        and text[0] in _PLAIN_START
        and set(text) <= _PLAIN
        and text.lower() not in _RESERVED
        and text == text.strip()
    )
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


def replace_scalar(scalar: Scalar, text: str, applicability: Applicability = Applicability.SAFE) -> Edit:
    """Write another value in place of a scalar, in the plainest style that holds it; a block scalar becomes one line."""
    return Edit.replace(scalar.place, written_expression(text), applicability)


def written_expression(text: str) -> str:
    """A text with expressions or operators in it as a YAML scalar: plain where YAML reads it as it stands, otherwise in quotes."""
    safe = (
        bool(text)
        and text == text.strip()
        and text[0] not in "!&*#@%`|>'\"{}[],?:-"
        and not any(each in text for each in (": ", " #", "\n", "\t"))
    )
    if (safe and not text.endswith(":")) or (
        text.startswith("${{") and not any(each in text for each in (": ", " #", "\n"))
    ):
        return text
    return (
        "'" + text.replace("'", "''") + "'"
        if "\n" not in text
        else '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    )


def delete_entry(
    mapping: Node | None, entry: Entry | None, applicability: Applicability = Applicability.SAFE
) -> list[Edit]:
    """Take an entry out of a block mapping, with its lines.

    Nothing where it is the only entry, where it shares its first line with something else (`- name: …`), or in flow style.
    """
    if not isinstance(mapping, Mapping) or entry is None or mapping.flow or len(mapping.entries) < 2:
        return []
    place = entry.place
    source = place.source
    line = place.line
    if (
        source.line(line)[: place.column - 1].strip()
        or source.line(place.end_line)[place.end_column - 1 :].strip(" \t").split("#")[0]
    ):
        return []
    return [Edit.delete_lines(place, applicability)]


def delete_item(sequence: Node | None, index: int, applicability: Applicability = Applicability.SAFE) -> list[Edit]:
    """Take an item out of a list, in block or flow style. Nothing where it is the only one."""
    if not isinstance(sequence, Sequence) or len(sequence.items) < 2:
        return []
    place = sequence.item_place(index)
    source = place.source
    if not sequence.flow:
        before = source.line(place.line)[: place.column - 1].strip()
        return [Edit.delete_lines(place, applicability)] if before == "-" else []
    if index:
        return [Edit(source, sequence.item_place(index - 1).end, place.end, "", applicability)]
    return [Edit(source, place.start, sequence.item_place(1).start, "", applicability)]


def set_input(step: Step, name: str, value: str, applicability: Applicability = Applicability.SAFE) -> list[Edit]:
    """Give an action an input, in its `with:` or in a new one below `uses:`. In place of the value that it has."""
    given = step.inputs.get(name)
    if given is not None:
        return (
            [Edit.replace(given.entry.value_place, value, applicability)]
            if given.scalar is not None and given.entry.value_place.end > given.entry.value_place.start
            else []
        )
    entry = step.node.entry("with")
    uses = step.node.entry("uses")
    if entry is not None:
        block = entry.value
        if not isinstance(block, Mapping) or not block.entries or entry.is_alias:
            return []
        if block.flow:
            return [Edit.insert(block.source, block.entries[-1].place.end, f", {name}: {value}", applicability)]
        return [_line_after(block.entries[-1], f"{name}: {value}", applicability)]
    if uses is None or step.node.flow:
        return []
    source = uses.key.source
    indent = " " * (source.position(uses.key.start).column - 1)
    edit = _line_after(uses, "with:", applicability)
    return [
        Edit(
            edit.source,
            edit.start,
            edit.end,
            f"{edit.replacement}{line_break(source)}{indent}  {name}: {value}",
            applicability,
        )
    ]


def set_step_key(step: Step, key: str, value: str, applicability: Applicability = Applicability.SAFE) -> list[Edit]:
    """Add a key to a step that lacks it, below its first key. Nothing for a step in flow style."""
    node = step.node
    if node.flow or not node.entries or key in node:
        return []
    first = node.entries[0]
    if isinstance(first.value, Scalar) and first.value.style in ("literal", "folded"):
        return []
    return [_line_after(first, f"{key}: {value}", applicability)]


def add_entry(block: Node | None, text: str, applicability: Applicability = Applicability.SAFE) -> list[Edit]:
    """Add a line `key: value` behind the last entry of a block mapping."""
    if not isinstance(block, Mapping) or block.flow or not block.entries:
        return []
    return [_line_after(block.entries[-1], text, applicability)]


def indent_of(entry: Entry) -> str:
    """How far in an entry of a block mapping stands, as text."""
    return " " * (entry.key.source.position(entry.key.start).column - 1)
