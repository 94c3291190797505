"""What the package index says of a failure that the log leaves open: the refused file, the project, who published last. Asked with `--online` only."""

from collections.abc import Iterator, Sequence

from preflight.doctor.extraction import Extracted
from preflight.doctor.history import Trace
from preflight.doctor.words import Publisher, claimed_publisher
from preflight.engine.facts import Unavailable
from preflight.index.package_indexes import PackageIndexes
from preflight.index.projects import IndexFile, IndexProject
from preflight.publishers.matching import Difference, Identity, differences
from preflight.publishers.registered import PYPI, TESTPYPI

_HOUR = 3600.0
_DAY = 24 * _HOUR
_FAULTS = frozenset({"upload-succeeded-despite-5xx", "pypi-outage"})


class IndexAnswers:
    """Answers of the index that the log names, of PyPI where it names none. `moment` is when the upload failed, in seconds since 1970."""

    def __init__(self, indexes: PackageIndexes, project: str | None, moment: float) -> None:
        self._indexes = indexes
        self._project = project
        self._moment = moment

    def traces(self, extracted: Extracted, causes: frozenset[str], planned: Publisher | None = None) -> Iterator[Trace]:
        """What speaks for some of the causes. `planned` is what the workflows at hand would claim, for a log that shows no claims."""
        from preflight.distributions.filenames import normalize_project

        index = extracted.index or PYPI
        name = extracted.project or self._project
        if index not in (PYPI, TESTPYPI) or name is None:
            return
        found = self._indexes.maybe_project(index, normalize_project(name))
        if found is None:
            return
        file = found.by_name.get(extracted.file or "")
        if causes >= _FAULTS and extracted.file is not None:
            yield _of_fault(found, file, extracted.file)
        if "version-already-uploaded" in causes and file is not None:
            yield from self._of_file(found, file)
        if "project-name-taken" in causes and not found.exists:
            yield Trace("name-held-by-hidden-project", 8, f"{found.title} shows no project `{found.name}`")
        if "publisher-not-registered" in causes:
            yield from self._of_publisher(found, claimed_publisher(extracted), planned)

    def _of_file(self, project: IndexProject, file: IndexFile) -> Iterator[Trace]:
        if file.uploaded is None:
            return
        age = self._moment - file.uploaded
        if age > _DAY:
            words = f"{project.title} has had `{file.filename}` since {_day(file.uploaded)}"
            yield Trace("version-already-uploaded", 3, words)
        elif abs(age) < _HOUR:
            words = f"{project.title} got `{file.filename}` within an hour of this upload"
            yield Trace("rerun-after-partial-upload", 3, words)
            yield Trace("duplicate-trigger-events", 2, words)

    def _of_publisher(
        self, project: IndexProject, claimed: Publisher | None, planned: Publisher | None
    ) -> Iterator[Trace]:
        if not project.exists:
            words = f"{project.title} has no project `{project.name}` yet: its first release needs a pending publisher"
            yield Trace("publisher-not-registered", 5, words)
            return
        asked = claimed or planned
        try:
            proven = self._indexes.publishers(project) if asked is not None else None
        except Unavailable:
            return
        if asked is None or proven is None:
            return
        identity = Identity(asked.kind, asked.owner, asked.repository, asked.workflow, asked.environment)
        compared = [found for each in proven[1] if (found := differences(each, identity)) is not None]
        if compared and all(compared):
            who = "this run claims" if claimed is not None else "the workflow at hand claims"
            yield _of_differences(min(compared, key=len), proven[0], asked.kind, who)


def _of_fault(project: IndexProject, file: IndexFile | None, name: str) -> Trace:
    if file is None:
        return Trace("pypi-outage", 4, f"{project.title} does not have `{name}`")
    return Trace("upload-succeeded-despite-5xx", 9, f"{project.title} has `{name}`: it was stored after all")


_CAUSES = {
    "repository": "repository-renamed-or-transferred",
    "owner": "repository-renamed-or-transferred",
    "workflow": "workflow-filename-mismatch",
}


def _of_differences(found: Sequence[Difference], file: IndexFile, kind: str, who: str) -> Trace:
    """What it is called that the run differs from the one that published the last release."""
    first = next((each for each in found if each.field in _CAUSES), found[0])
    cause = _CAUSES.get(first.field)
    if cause is None:
        cause = "environment-name-mismatch" if first.claimed else "environment-missing-in-job"
    elif cause == "workflow-filename-mismatch" and kind == "gitlab":
        cause = "gitlab-pipeline-file-mismatch"
    before, now = first.registered or "(none)", first.claimed or "(none)"
    return Trace(cause, 9, f"`{file.filename}` was published with {first.field} `{before}`, and {who} `{now}`")


def _day(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
