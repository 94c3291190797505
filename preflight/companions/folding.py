"""Folds the findings of other linters into a result: under their own names, and only what no rule of ours has said there already."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from preflight.companions.actionlint import found_by_actionlint
from preflight.companions.check_wheel_contents import found_by_check_wheel_contents
from preflight.companions.foreign import FailedCompanion, Foreign, find_command
from preflight.companions.zizmor import found_by_zizmor
from preflight.engine.baseline import read_baseline, with_fingerprints
from preflight.engine.finding import Confidence, Reported, Skipped
from preflight.engine.session import Options, Outcome
from preflight.engine.workspace import Workspace
from preflight.sources.text import Place, Source

_Run: TypeAlias = Callable[[str, Path, Sequence[str]], list[Foreign]]

_WORKFLOWS, _WHEELS = "workflows", "wheels"

COMPANIONS: Mapping[str, tuple[_Run, str]] = {
    "zizmor": (found_by_zizmor, _WORKFLOWS),
    "actionlint": (found_by_actionlint, _WORKFLOWS),
    "check-wheel-contents": (found_by_check_wheel_contents, _WHEELS),
}
"""Name of a linter, which is that of its command -> how it is run, and on which files."""


def installed(names: Iterable[str]) -> dict[str, str]:
    """The commands of linters.

    Raises:
        FailedCompanion: one is not installed.
    """
    return {name: find_command(name) for name in names}


def fold_in(commands: Mapping[str, str], workspace: Workspace, outcome: Outcome, options: Options) -> list[str]:
    """Add what the linters find in a workspace to the result of its check; gives what failed, in words for people.

    A linter that fails is listed among the skipped, and stops no other. A baseline holds for their findings too.
    """
    result, cover = outcome.result, options.cover
    baseline = options.baseline or outcome.settings.baseline
    known = read_baseline(baseline) if baseline else frozenset()
    root = workspace.tree.disk_root
    if root is None:
        return []
    failed = []
    told: list[Reported] = []
    for name, command in commands.items():
        run, kind = COMPANIONS[name]
        try:
            found = run(command, root, _files(workspace, outcome.inventory, kind))
        except FailedCompanion as error:
            failed.append(str(error))
            result.skipped.append(Skipped(name, cover(str(error))))
            continue
        told.extend(_reported(workspace, f"{name}/{each.rule}", each, cover) for each in found)
    said = [(own, outcome.registry.rules[own.code].card.also_found_by) for own in result.findings]
    fresh = [each for each in told if not any(each.code in names and _meet(own, each) for own, names in said)]
    result.findings.extend(each for each in with_fingerprints(fresh, cover) if each.fingerprint not in known)
    return failed


def _files(workspace: Workspace, inventory: Any, kind: str) -> list[str]:
    """The files of the focus that a linter reads."""
    paths = (
        inventory.workflows
        if kind == _WORKFLOWS
        else [each for each in inventory.distributions if each.endswith(".whl")]
    )
    focus = workspace.focus.paths
    return [
        path for path in paths if focus is None or any(path == asked or path.startswith(f"{asked}/") for asked in focus)
    ]


def _reported(workspace: Workspace, code: str, found: Foreign, cover: Callable[[str], str]) -> Reported:
    return Reported(
        code=code,
        name=found.rule,
        severity=found.severity,
        confidence=Confidence.CERTAIN if found.certain else Confidence.LIKELY,
        message=cover(found.message),
        fix=cover(found.fix),
        args={},
        rejections=(),
        causes=(),
        place=_place(workspace, found),
        related=(),
        edits=(),
        url=found.url,
    )


def _place(workspace: Workspace, found: Foreign) -> Place:
    path = found.path.replace("\\", "/").removeprefix("./")
    source = workspace.files.find(path) if found.line else None
    if source is None:
        return Source(path, "").whole
    start = source.offset(found.line, found.column)
    end = source.offset(found.end_line, found.end_column) if found.end_line >= found.line else start
    line_end = source.offset(found.line) + len(source.line(found.line))
    return source.place(start, max(start, min(end, line_end)))


def _meet(own: Reported, foreign: Reported) -> bool:
    """Whether two findings are about the same place: the same list item of a file, or the file where either stands for all of it."""
    if own.place is None or foreign.place is None:
        return False
    if own.place.source.path != foreign.place.source.path:
        return False
    if foreign.place.source.text == "" or own.place.start == own.place.end:
        return True
    first, last = _item(foreign.place)
    return own.place.line <= last and first <= own.place.end_line


def _item(place: Place) -> tuple[int, int]:
    """The first and last line of the list item (a step, mostly) that a place lies in; of the place itself where it lies in none."""
    source, column = place.source, place.column
    for first in range(place.line, 0, -1):
        text = source.line(first)
        indent = len(text) - len(text.lstrip())
        if text.strip() and indent < column - (first != place.line) and text.lstrip().startswith("- "):
            break
        if text.strip() and indent == 0:
            return place.line, place.end_line
    else:
        return place.line, place.end_line
    last = place.end_line
    while last < len(source.line_starts):
        text = source.line(last + 1)
        if text.strip() and len(text) - len(text.lstrip()) <= indent:
            break
        last += 1
    return first, last
