"""Runs checks over virtual file trees: what the tests of rules and cards stand on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from preflight.engine.finding import Applicability, Edit, Reported, Result
from preflight.engine.session import Options, run_check
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.project.git import GitRecord
from preflight.sources.tree import DiskTree, MemoryTree


def check_files(
    files: Mapping[str, str | bytes],
    *select: str,
    git: GitRecord | None = None,
    focus: Focus | None = None,
    seeds: Mapping[str, object] | None = None,
    options: Options | None = None,
) -> Result:
    """Check files held in memory. All of them count as tracked by git unless `git` says otherwise."""
    content = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    texts = {path: data.decode(errors="replace") for path, data in content.items()}
    record = git or GitRecord(tracked=frozenset(content), texts=texts)
    workspace = Workspace(MemoryTree(content), focus or Focus(("",)))
    chosen = options or Options(select=select)
    return run_check(workspace, chosen, FACTS, {"git": record, **(seeds or {})}).result


def check_folder(folder: Path, *select: str, focus: Focus | None = None) -> Result:
    """Check a folder on disk as its own root."""
    return run_check(Workspace(DiskTree(folder), focus or Focus(("",))), Options(select=select), FACTS).result


def git_record(files: Mapping[str, str], setup: Sequence[str]) -> GitRecord:
    """Git facts from the setup lines of a card's example.

    Lines: `git tag NAME` (a tag, not on HEAD), `git tag NAME at HEAD`, `git remote NAME URL`, `git branch NAME`, `git detached`, `git shallow`,
    `git changed PATH`, `git ignored PATH`, `git untracked PATH`.
    """
    tags: list[str] = []
    head: list[str] = []
    remotes: dict[str, str] = {}
    branch: str | None = "main"
    untracked: set[str] = set()
    changed: set[str] = set()
    ignored: set[str] = set()
    for line in setup:
        match line.split():
            case ["git", "tag", name, "at", "HEAD"]:
                tags.insert(0, name)
                head.append(name)
            case ["git", "tag", name]:
                tags.append(name)
            case ["git", "remote", name, url]:
                remotes[name] = url
            case ["git", "branch", name]:
                branch = name
            case ["git", "detached"]:
                branch = None
            case ["git", "untracked", path]:
                untracked.add(path)
            case ["git", "changed", path]:
                changed.add(path)
            case ["git", "ignored", path]:
                ignored.add(path)
            case ["git", "shallow"]:
                pass
            case _:
                raise ValueError(f"unknown setup line: {line}")
    return GitRecord(
        remotes=remotes,
        tags=tags,
        head_tags=head,
        branch=branch,
        tracked=frozenset(files) - untracked,
        shallow="git shallow" in setup,
        changed=frozenset(changed),
        ignores=frozenset(ignored),
        texts=dict(files),
    )


def apply_edits(files: Mapping[str, str], findings: Sequence[Reported], *kinds: Applicability) -> dict[str, str]:
    """The files after the edits of these kinds; of two that overlap the first one wins."""
    edits: list[Edit] = sorted(
        (edit for finding in findings for edit in finding.edits if edit.applicability in kinds),
        key=lambda each: (each.start, each.end),
    )
    result = dict(files)
    for path, text in files.items():
        done = 0
        parts = []
        for edit in edits:
            if edit.source.path == path and edit.start >= done:
                parts += [text[done : edit.start], edit.replacement]
                done = edit.end
        result[path] = "".join((*parts, text[done:]))
    return result
