"""The rule about built files that git tracks: a checkout brings them along, and what uploads the folder uploads them again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.distributions.built import BuiltFile
    from preflight.plan.handover import Deposit, Handovers, Reading
    from preflight.project.git import Git
    from preflight.project.versions.fact import Versions
    from preflight.workflows.model import Job, Step

_EMPTIES = _compile(
    r"\b(?:rm|mv)\s|\bMove-Item\b|\brmtree\b|\bRemove-Item\b|\brmdir\b|\bunlink\b|\s-delete\b|--clear\b|\bclean\b|\bhatch\s+build\b[^\n]{0,200}\s-c\b|\bpdm\s+(?:build|publish)\b"
)
"""Commands that may take files out of the folder first; `pdm build` empties it unasked (pdm: cli/commands/build.py)."""

_SENDS_ALL = ("gh-action-pypi-publish", "twine", "uv")
"""Clients that send whatever their patterns name; poetry and flit take the files of the version alone."""

_MOST_NAMED = 4


@check("BLD006")
def tracked_files_in_dist(
    built_files: tuple[BuiltFile, ...], git: Git, versions: Versions, handovers: Handovers
) -> Iterator[Finding]:
    """Built files of other versions, tracked by git in a folder that a workflow builds into and uploads.

    Never certain: a file with the bytes of the one that is there is taken once more (warehouse: forklift/legacy.py,
    `_is_duplicate_file`), and so is one that was never published.
    """
    from preflight.workflows.upload_model import is_true

    tracked = list(_of_project(built_files, git, versions))
    told: set[str] = set()
    for publish in handovers.chosen() if tracked else ():
        if publish.upload.client not in _SENDS_ALL:
            continue
        if is_true(publish.upload.skip_existing, publish.lookup) is not False:
            continue
        for reading in handovers.readings(publish):
            sent = [each for each in tracked if _folder(each) not in told and _is_sent(each, reading)]
            for folder in dict.fromkeys(_folder(each) for each in sent):
                told.add(folder)
                yield _finding([each for each in sent if _folder(each) == folder], reading)


def _of_project(built_files: tuple[BuiltFile, ...], git: Git, versions: Versions) -> Iterator[BuiltFile]:
    """The tracked wheels and sdists of this project, but those of the version that it states: the build replaces them."""
    from preflight.project.versions.statement import parsed

    stated = versions.source.statement
    current = stated.version if stated is not None else None
    for built in built_files:
        version = parsed(built.version)
        known = built.path in git.tracked and _folder(built) and built.project in versions.known_as
        if known and version is not None and (current is None or version.public != current.public):
            yield built


def _folder(built: BuiltFile) -> str:
    return built.path.rpartition("/")[0]


def _is_sent(file: BuiltFile, reading: Reading) -> bool:
    """Whether a checkout in the publishing job, or in the one that made what it downloads, brings the file before the upload."""
    from fnmatch import fnmatchcase

    def read(folder: str) -> bool:
        return any(pattern.reaches(folder) and fnmatchcase(file.filename, pattern.name) for pattern in reading.patterns)

    if read(_folder(file)) and _keeps_checkout(reading.instance.job, reading.publish.upload_step.step):
        return True
    return any(
        (folder := _brought_to(deposit, file)) is not None and read(folder) for deposit in reading.workspace.deposits
    )


def _brought_to(deposit: Deposit, file: BuiltFile) -> str | None:
    """The folder into which a download puts what a checkout put into the folder of a file; None where it surely brings nothing of it."""
    from preflight.sources.tree import join
    from preflight.workflows.artifacts import artifact_action

    sent, download = deposit.sent, deposit.download
    if sent is None or download is None or download.path is None or sent.upload.step.uses is None:
        return None
    taken, inside = sent.upload.folder_inside(_folder(file))
    if artifact_action(sent.upload.step.uses) is None or taken is not True or inside is None:
        return None
    if not _keeps_checkout(sent.run.job, sent.upload.step):
        return None
    return join(join(download.path, deposit.artifact or ""), inside)


def _keeps_checkout(job: Job, until: Step) -> bool:
    """Whether a job checks the repository out into its workspace before a step, and nothing may empty a folder in between."""
    out = False
    for step in job.all_steps():
        if step is until:
            return out
        if step.uses is not None and step.uses.name == "actions/checkout":
            moved = any(key in step.inputs for key in ("path", "repository", "sparse-checkout"))
            out = not moved and step.inputs.is_known
        elif step.run is not None and _EMPTIES.search(step.run.value):
            return False
    return False


def _finding(files: list[BuiltFile], reading: Reading) -> Finding:
    first, publish = files[0], reading.publish
    return Finding(
        first.place,
        variant="tracked",
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        related=[Related(publish.place, "upload")],
        filenames=[each.filename for each in files][:_MOST_NAMED],
        folder=_folder(first),
        job=publish.job,
    )
