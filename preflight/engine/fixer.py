"""Applies edits: text splices, each file parsed again, rules run again until nothing changes. With `init` the only writer to a project."""

import os
import stat
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TypeAlias

from preflight.engine.finding import Applicability, Edit, Finding, Reported
from preflight.engine.runner import FAILED_FIX, worded
from preflight.engine.session import Outcome
from preflight.engine.workspace import Workspace
from preflight.sources.records import dataclass
from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex
from preflight.sources.tree import OverlayTree, Tree

MAX_ROUNDS = 12
"""Rounds of edit and check after which mending ends: edits that keep calling for each other are a fault of rules."""

CheckAgain: TypeAlias = Callable[[Workspace], Outcome]


class FailedWrite(Exception):
    """A file could not be written; the message names it and says why."""


@dataclass
class Mended:
    """What mending came to: the last outcome, what was fixed on the way, and each changed file's text before and after."""

    outcome: Outcome
    fixed: list[Reported] = field(default_factory=list)
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)


def mend(
    workspace: Workspace, check: CheckAgain, allowed: Collection[Applicability], only: Collection[str] | None = None
) -> Mended:
    """Apply the edits of the allowed kinds in memory, round by round, until no finding has one left.

    The edits of a finding are applied together or not at all. Of two findings whose edits overlap the first one goes first and the other waits
    for the next round. A file that would no longer parse gets its edits back, and the finding becomes INT006. `only` names the files that may change.
    """
    texts: dict[str, str] = {}
    originals: dict[str, str] = {}
    fixed: list[Reported] = []
    failed: dict[tuple[str, str], Reported] = {}
    outcome = check(workspace)
    for _ in range(MAX_ROUNDS):
        findings = [each for each in outcome.result.findings if only is None or _paths(each) <= set(only)]
        chosen = choose(findings, allowed, failed)
        if not chosen:
            break
        applied = apply(chosen, failed)
        if not applied:
            break
        for path, (source, text) in applied.texts.items():
            originals.setdefault(path, source.text)
            texts[path] = text
        fixed.extend(replace(finding, fixed=True) for finding in applied.findings)
        outcome = check(replace_tree(workspace, _laid_over(workspace.tree, texts)))
    rule = outcome.registry.rules.get(FAILED_FIX)
    if rule is not None:
        for finding in failed.values():
            words = Finding(finding.place, rules=[finding.code], reason="the file would no longer be readable")
            outcome.result.findings.append(worded(rule, words))
    changes = {path: (originals[path], text) for path, text in sorted(texts.items()) if originals[path] != text}
    return Mended(outcome, fixed, changes)


def replace_tree(workspace: Workspace, tree: Tree) -> Workspace:
    """The same workspace over another tree."""
    return Workspace(tree, workspace.focus, workspace.shown_root)


def _paths(finding: Reported) -> set[str]:
    return {edit.source.path for edit in finding.edits}


def _laid_over(tree: Tree, texts: Mapping[str, str]) -> Tree:
    return OverlayTree(tree, {path: text.encode() for path, text in texts.items()})


def choose(
    findings: Sequence[Reported], allowed: Collection[Applicability], failed: Mapping[tuple[str, str], Reported]
) -> list[Reported]:
    """The findings whose edits may be applied together: of allowed kinds, not failed before, and none over another's."""
    chosen: list[Reported] = []
    taken: list[Edit] = []
    for finding in findings:
        usable = bool(finding.edits) and all(edit.applicability in allowed for edit in finding.edits)
        if (
            usable
            and _key(finding) not in failed
            and not any(_overlap(edit, other) for edit in finding.edits for other in taken)
        ):
            chosen.append(finding)
            taken.extend(finding.edits)
    return chosen


def _key(finding: Reported) -> tuple[str, str]:
    return finding.code, finding.message


def _overlap(one: Edit, other: Edit) -> bool:
    if one.source.path != other.source.path:
        return False
    if one.start == one.end or other.start == other.end:
        return one.start <= other.end and other.start <= one.end
    return one.start < other.end and other.start < one.end


@dataclass
class _Applied:
    texts: dict[str, tuple[Source, str]] = field(default_factory=dict)
    findings: list[Reported] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.findings)


def apply(chosen: Sequence[Reported], failed: dict[tuple[str, str], Reported]) -> _Applied:
    """Apply all; where a file breaks, find out one finding at a time which ones break it."""
    result = _Applied()
    good: list[Reported] = []
    together = spliced(chosen)
    if all(parses(path, text) for path, (_, text) in together.items()):
        result.texts, good = together, list(chosen)
    else:
        for finding in chosen:
            trial = spliced([*good, finding])
            if all(parses(path, text) for path, (_, text) in trial.items()):
                good.append(finding)
            else:
                failed[_key(finding)] = finding
        result.texts = spliced(good)
    result.findings = good
    return result


def spliced(findings: Sequence[Reported]) -> dict[str, tuple[Source, str]]:
    """The texts of all files after the edits of these findings, which must not overlap; the same edit twice counts once."""
    by_path: dict[str, list[Edit]] = {}
    for finding in findings:
        for edit in finding.edits:
            edits = by_path.setdefault(edit.source.path, [])
            if edit not in edits:
                edits.append(edit)
    result = {}
    for path, edits in by_path.items():
        source = edits[0].source
        parts, done = [], 0
        for edit in sorted(edits, key=lambda each: (each.start, each.end)):
            parts += [source.text[done : edit.start], edit.replacement]
            done = edit.end
        result[path] = source, "".join((*parts, source.text[done:]))
    return result


def parses(path: str, text: str) -> bool:
    """Whether a text is readable in the format of its path; formats without a reader always are."""
    source = Source(path, text)
    try:
        if path.endswith(".toml"):
            from preflight.sources.toml import parse_toml

            parse_toml(source, allow_bom=True)
        elif path.endswith((".yml", ".yaml", ".cff")):
            from preflight.sources.yaml import parse_yaml

            parse_yaml(source)
        elif path.endswith((".cfg", ".ini", ".pypirc")):
            from preflight.sources.ini import parse_ini

            parse_ini(source)
        elif path.endswith(".py"):
            import ast

            ast.parse(text.removeprefix("\ufeff"))
        elif path.endswith(".json"):
            import json

            json.loads(text)
    except (SourceSyntaxError, SourceTooComplex, SyntaxError, ValueError, RecursionError):
        return False
    return True


def write_changes(root: Path, changes: Mapping[str, tuple[str, str]]) -> None:
    """Write changed files, each atomically and with its mode kept; through a link, the file that it points to.

    Raises:
        FailedWrite: a file cannot be written, or has changed since it was read.
    """
    for path, (before, after) in changes.items():
        target = Path(os.path.realpath(root / path))
        try:
            if target.read_bytes() != before.encode():
                raise FailedWrite(f"{path} has changed since it was checked; nothing was written to it")
            mode = stat.S_IMODE(target.stat().st_mode)
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(after.encode())
                Path(temporary).chmod(mode)
                Path(temporary).replace(target)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise FailedWrite(f"{path} cannot be written: {error.strerror or error}") from None
