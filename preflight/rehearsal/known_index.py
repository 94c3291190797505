"""What the real index has, taken over into the imagined one when a project is first uploaded. Asked read-only, and only with `--online`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from preflight.distributions.filenames import normalize_project
from preflight.engine.facts import Unavailable
from preflight.rehearsal.state import IndexFile, Project, State

if TYPE_CHECKING:
    from preflight.index.package_indexes import PackageIndexes
    from preflight.index.projects import IndexProject


def learning(indexes: "PackageIndexes", state: State, note: Callable[[str], None]) -> Callable[[str], None]:
    """A function that asks the index for a project by its name, once, and tells the state. Where it gives no answer, that is noted."""
    asked: set[str] = set()

    def learn(name: str) -> None:
        wanted = normalize_project(name)
        if not wanted or wanted in asked:
            return
        asked.add(wanted)
        try:
            found = indexes.project(state.index, wanted)
        except Unavailable as error:
            note(f"what {state.host} has of {wanted} is not known: {error.reason}")
            return
        if found.exists:
            state.learn(_project(name, found))
        else:
            state.absent |= {wanted}

    return learn


def _project(name: str, found: "IndexProject") -> Project:
    from preflight.index.projects import version_of

    files = {
        each.filename: IndexFile(
            filename=each.filename,
            version=str(version_of(found.name, each.filename) or ""),
            sha256=each.sha256,
            size=each.size or 0,
            is_sdist=each.is_sdist,
            uploaded=datetime.fromtimestamp(each.uploaded, UTC) if each.uploaded is not None else None,
        )
        for each in found.files
    }
    return Project(name, files, found.status)
