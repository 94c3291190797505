"""Edits of single steps as text splices: an action's ref, an input set, renamed or removed. Every other byte stays."""

from preflight.engine.finding import Applicability, Edit
from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Place
from preflight.sources.yaml import Mapping
from preflight.workflows.edits import line_break, written
from preflight.workflows.model import Given, Step
from preflight.workflows.uses import ActionRef

_COMMENT = _compile(r"[\"']?[ \t]+#[ \t]*(?P<words>[^\n\r]*?)[ \t]*$")
_VERSION = _compile(r"(?:tag=)?v?\d+(?:\.\d+)*\b|(?:release|unstable)/v\d+|master|main")


def comment_place(uses: ActionRef) -> Place | None:
    """The words of the comment behind an action on its line; None where there is none."""
    source = uses.place.source
    end = uses.place.end
    stop = source.offset(uses.place.end_line) + len(source.line(uses.place.end_line))
    found = _COMMENT.match(source.text[end:stop])
    return source.place(end + found.start("words"), end + found.end("words")) if found else None


def replace_ref(
    uses: ActionRef, ref: str, version: str | None = None, kind: Applicability = Applicability.SAFE
) -> list[Edit]:
    """Another ref for an action. A version named in the comment behind it is replaced by `version`, or removed."""
    edits = [Edit.replace(uses.ref_place, ref, kind)]
    comment = comment_place(uses)
    if comment is not None and (found := _VERSION.match(comment.text)):
        named = comment.source.place(comment.start, comment.start + found.end())
        if version is not None:
            edits.append(Edit.replace(named, version, kind))
        elif found.end() == len(comment.text):
            source = comment.source
            start = uses.place.end + len(source.text[uses.place.end : comment.start].rstrip(" \t#").rstrip())
            edits.append(Edit(source, start, comment.end, "", kind))
    return edits


def rename_input(given: Given, name: str, kind: Applicability = Applicability.SAFE) -> Edit:
    """Another name for an input."""
    return Edit.replace(given.key_place, name, kind)


def set_input(step: Step, name: str, value: str, kind: Applicability = Applicability.SAFE) -> list[Edit]:
    """Give an action an input that it lacks, or another value for one that it has; nothing where `with:` is no block."""
    given = step.inputs.get(name)
    if given is not None:
        return [
            Edit.replace(given.entry.value_place, written(value) if value not in ("true", "false") else value, kind)
        ]
    text = f"{name}: {value if value in ('true', 'false') else written(value)}"
    entry = step.node.entry("with")
    if entry is None:
        uses = step.node.entry("uses")
        if uses is None or step.node.flow:
            return []
        column = step.node.source.position(uses.key.start).column
        lines = f"{_newline(step)}{' ' * (column - 1)}with:{_newline(step)}{' ' * (column + 1)}{text}"
        return [_behind_line(uses.place, lines, kind)]
    node = entry.value
    if not isinstance(node, Mapping) or not node.entries or entry.is_alias:
        return []
    last = node.entries[-1]
    if node.flow:
        return [Edit.insert(node.source, last.place.end, f", {text}", kind)]
    column = node.source.position(last.key.start).column
    return [_behind_line(last.place, f"{_newline(step)}{' ' * (column - 1)}{text}", kind)]


def _newline(step: Step) -> str:
    return line_break(step.node.source)


def _behind_line(place: Place, text: str, kind: Applicability) -> Edit:
    source = place.source
    line = place.end_line if place.end_column > 1 or place.end == place.start else place.end_line - 1
    return Edit.insert(source, source.offset(line) + len(source.line(line)), text, kind)
