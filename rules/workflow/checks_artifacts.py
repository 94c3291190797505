"""The rules about artifacts between jobs: versions switched off, names that clash or do not exist, files in other folders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.plan.execution import JobInstance
    from preflight.plan.handover import Deposit, Handovers, Reading, Run, SentArtifact
    from preflight.plan.publish_plan import Publish
    from preflight.project.names import ProjectNames
    from preflight.project.repository import Repository
    from preflight.sources.text import Place
    from preflight.workflows.artifacts import ArtifactDownload
    from preflight.workflows.calls import JobRun
    from preflight.workflows.model import Job, Step
    from preflight.workflows.values import Value

_READS_FOLDERS = ("gh-action-pypi-publish", "twine", "deploy-pypi")
"""Clients that stop at a folder which their pattern names; uv passes over it."""


_MOST_NAMES = 6
"""Names of artifacts that a message lists."""


# ── WFL030 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("WFL030")
def deprecated_artifact_action(handovers: Handovers, maybe_repository: Repository | None) -> Iterator[Finding]:
    """Versions 1 to 3 of the artifact actions in the publishing job, or in a job that has to go well before it."""
    from preflight.project.repository import GITHUB
    from preflight.workflows.artifacts import NEWEST_DOWNLOAD, NEWEST_UPLOAD, UPLOAD, is_switched_off
    from preflight.workflows.step_edits import replace_ref

    if maybe_repository is not None and maybe_repository.host != GITHUB:
        return
    for publish in handovers.chosen(1):
        for run in _leading(handovers, publish):
            for step, inside in _steps_with_actions(handovers, run.job):
                uses = step.uses
                if uses is None or uses.kind != "remote" or not is_switched_off(uses):
                    continue
                elsewhere = maybe_repository is None and not publish.trusted and _own_runner(run.job)
                ref = f"v{NEWEST_UPLOAD if uses.name == UPLOAD else NEWEST_DOWNLOAD}"
                yield Finding(
                    uses.place,
                    variant="inside" if inside is not None else None,
                    confidence=Confidence.LIKELY
                    if elsewhere or inside is not None or step.continue_on_error is not None
                    else Confidence.CERTAIN,
                    related=[
                        *([Related(inside.place, "caller")] if inside is not None else []),
                        Related(publish.place, "upload"),
                    ],
                    edits=replace_ref(uses, ref, kind=Applicability.UNSAFE),
                    job=run.job.id,
                    action=uses.name,
                    ref=uses.ref,
                    new=ref,
                )


def _steps_with_actions(handovers: Handovers, job: Job) -> Iterator[tuple[Step, Step | None]]:
    """The steps of a job; for those of a local action also the step that uses it."""
    workflows = handovers.plan.upload_steps.reader.workflows
    for step in job.all_steps():
        action = workflows.action(step)
        if action is None:
            yield step, None
        else:
            yield from ((inner, step) for inner in action.steps)


def _leading(handovers: Handovers, publish: Publish) -> Iterator[JobRun]:
    """The publishing job, and the jobs that have to go well before it."""
    from preflight.plan.handover import leads_to

    workflows = handovers.plan.upload_steps.reader.workflows
    for run in workflows.job_runs(publish.scenario.workflow):
        if leads_to(run, publish.instance.run):
            yield run


def _own_runner(job: Job) -> bool:
    runs_on = job.runs_on
    return (
        runs_on is None
        or runs_on.system is None
        or any(label.value.lower() == "self-hosted" for label in runs_on.labels)
    )


# ── WFL031 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("WFL031")
def artifact_name_conflict(handovers: Handovers) -> Iterator[Finding]:
    """Two uploads of one run under one name: since version 4 the second one is refused."""
    from preflight.plan.handover import leads_to

    for publish in handovers.chosen(1):
        run = handovers.run(publish.scenario)
        named: dict[str, list[SentArtifact]] = {}
        for sent in run.artifacts:
            major = sent.upload.major
            if (
                sent.name is None
                or sent.instance is None
                or sent.upload.overwrite is not False
                or (major is not None and major < 4)
            ):
                continue
            if sent.certain and sent.upload.step.continue_on_error is None and leads_to(sent.run, publish.instance.run):
                named.setdefault(sent.name, []).append(sent)
        for name, uploads in named.items():
            first = uploads[0]
            second = next((each for each in uploads[1:] if _both_happen(first, each)), None)
            if second is None:
                continue
            yield _conflict(name, first, second, publish, run)


def _both_happen(first: SentArtifact, second: SentArtifact) -> bool:
    if first.run.job is second.run.job:
        return first.job_certain is not False and (
            first.leg != second.leg or first.upload.step is not second.upload.step
        )
    return bool(first.job_certain and second.job_certain)


def _conflict(name: str, first: SentArtifact, second: SentArtifact, publish: Publish, run: Run) -> Finding:
    from preflight.workflows.step_edits import set_input

    in_matrix = first.upload.step is second.upload.step
    known = first.upload.major is not None and run.sends_files(first) and run.sends_files(second)
    suggested = _distinct_name(name, first, second) if in_matrix else f"{name}-{second.run.job.id}"
    related = [] if in_matrix else [Related(first.upload.place, "first")]
    return Finding(
        second.upload.place,
        variant="matrix" if in_matrix else None,
        confidence=Confidence.CERTAIN if known else Confidence.LIKELY,
        related=[*related, Related(publish.place, "upload")],
        edits=set_input(second.upload.step, "name", suggested, Applicability.SHOW) if suggested else [],
        artifact=name,
        job=second.run.job.id,
        other=first.run.job.id,
        suggested=suggested or f"{name}-${{{{ strategy.job-index }}}}",
    )


def _distinct_name(name: str, first: SentArtifact, second: SentArtifact) -> str | None:
    """A name with those values of the matrix in it that tell the legs apart."""
    one = first.instance.leg if first.instance is not None else None
    other = second.instance.leg if second.instance is not None else None
    if not one or not other:
        return None
    for key in one:
        if isinstance(one[key], (str, float, int)) and one[key] != other.get(key) and "/" not in str(one[key]):
            return f"{name}-${{{{ matrix.{key} }}}}"
    return f"{name}-${{{{ strategy.job-index }}}}"


# ── WFL032 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("WFL032")
def unknown_artifact_name(handovers: Handovers) -> Iterator[Finding]:
    """A download in the publishing job, or in one that it needs, that asks for what nothing in the run sends."""
    from preflight.plan.handover import leads_to

    for publish in handovers.chosen(1):
        run = handovers.run(publish.scenario)
        names = sorted({sent.name for sent in run.artifacts if sent.name is not None})
        for instance in run.first_legs():
            own = instance.run.job is publish.instance.job
            if not leads_to(instance.run, publish.instance.run) or (not own and instance.certainty.happens is not True):
                continue
            for download in run.downloads(instance, publish.upload_step.step if own else None):
                # A pattern that finds nothing fails nothing by itself: the upload then has no files.
                if download.step.continue_on_error is not None or (
                    download.name is None and not (own and download.pattern)
                ):
                    continue
                if any(download.fetches(name) is not False for name in names):
                    continue
                if run.knows_artifacts(instance.run, download):
                    yield _unknown_name(publish, instance, download, names)


def _unknown_name(publish: Publish, instance: JobInstance, download: ArtifactDownload, names: list[str]) -> Finding:
    from difflib import get_close_matches

    wanted = download.name or download.pattern or ""
    near = get_close_matches(wanted, names, 1, 0.0 if len(names) == 1 else 0.5)
    given = download.step.inputs.get("name" if download.name is not None else "pattern")
    offered = near and given is not None and download.name is not None
    return Finding(
        download.place if given is None else given.place,
        variant="nothing-uploaded" if not names else "pattern" if download.name is None else None,
        confidence=Confidence.CERTAIN if instance.certainty.happens is not False else Confidence.LIKELY,
        related=[Related(publish.place, "upload")],
        edits=[Edit.replace(given.entry.value_place, near[0], Applicability.SHOW)]
        if offered and given is not None
        else [],
        job=instance.run.name,
        artifact=wanted,
        names=names[:_MOST_NAMES],
    )


# ── WFL033, WFL035, BLD001 ────────────────────────────────────────────────────────────────────────────────────────


@check("WFL033", "WFL035")
def files_elsewhere(handovers: Handovers) -> Iterator[Finding]:
    """An upload that reads a folder in which the files do not lie: below it in folders of their own, or somewhere else."""
    for publish in handovers.chosen():
        for reading in handovers.readings(publish):
            found = _nested(reading, handovers.run(publish.scenario)) or _elsewhere(reading)
            if found is not None:
                yield found
                break


def _confidence(publish: Publish) -> Confidence:
    return Confidence.CERTAIN if publish.happens == "always" else Confidence.LIKELY


def _nested(reading: Reading, run: Run) -> Finding | None:
    """Folders, named like artifacts, where the upload looks for files."""
    workspace, publish = reading.workspace, reading.publish
    if workspace.moved:
        return None
    below = [each for each in workspace.deposits if each.download is not None and _lies_below(each, reading)]
    if not below:
        return None
    stops = publish.upload.client in _READS_FOLDERS and any(pattern.name == "*" for pattern in reading.patterns)
    folders = [each for each in below if each.artifact is not None and _names_folder(each, reading)]
    others = [each for each in workspace.deposits if each not in below]
    if not (folders and stops) and (workspace.open or any(reading.reached(each) is not False for each in others)):
        return None
    first = folders[0] if folders else below[0]
    download = first.download
    if download is None:
        return None
    artifacts = sorted({each.artifact for each in below if each.artifact is not None})
    if artifacts:
        from preflight.workflows.step_edits import set_input

        return Finding(
            download.step.uses.place if download.step.uses is not None else download.place,
            code="WFL033",
            confidence=_confidence(publish),
            related=[Related(publish.place, "upload")],
            edits=set_input(download.step, "merge-multiple", "true"),
            job=publish.job,
            folder=_shown(reading.patterns[0].folder),
            artifacts=artifacts[:_MOST_NAMES],
            example=_shown(first.folder),
        )
    sent = first.sent
    place = sent.upload.step.inputs.get("path") if sent is not None else None
    return Finding(
        place.place if place is not None else download.place,
        code="WFL033",
        variant="inner-folder",
        confidence=_confidence(publish),
        related=[Related(publish.place, "upload"), Related(download.place, "download")],
        job=publish.job,
        folder=_shown(reading.patterns[0].folder),
        artifacts=[sent.name or ""] if sent is not None else [],
        example=_shown(first.folder),
    )


def _lies_below(deposit: Deposit, reading: Reading) -> bool:
    """Whether files lie in a folder below one that the upload reads, out of reach of all its patterns."""
    if any(pattern.reaches(deposit.folder) or "**" in pattern.folder for pattern in reading.patterns):
        return False
    if not deposit.exact and deposit.artifact is None:
        return False
    if not deposit.exact and any(
        pattern.may_reach_below(deposit.folder) and not _above(pattern.folder, deposit.folder)
        for pattern in reading.patterns
    ):
        return False
    return any(_above(pattern.folder, deposit.folder) for pattern in reading.patterns)


def _above(folder: str, other: str) -> bool:
    from preflight.workflows.artifacts import is_below

    return folder != other and is_below(other, folder)


def _names_folder(deposit: Deposit, reading: Reading) -> bool:
    """Whether a pattern of the upload names the artifact's folder itself."""
    if deposit.download is None or deposit.download.path is None:
        return False
    return any(pattern.name == "*" and pattern.reaches(deposit.download.path) for pattern in reading.patterns)


def _elsewhere(reading: Reading) -> Finding | None:
    """Files are known to lie somewhere, and the upload reads none of these folders."""
    workspace, publish = reading.workspace, reading.publish
    if (
        workspace.open
        or not workspace.deposits
        or any(reading.reached(each) is not False for each in workspace.deposits)
    ):
        return None
    if any(_lies_below(each, reading) for each in workspace.deposits) and workspace.moved:
        return None
    where = sorted({each.folder for each in workspace.deposits if each.exact})
    last = workspace.deposits[-1]
    tell = "downloaded" if last.download is not None else "built"
    folders = where or sorted({each.folder for each in workspace.deposits})
    given = publish.upload_step.last.inputs.get("packages-dir") or publish.upload_step.last.inputs.get("packages_dir")
    related = [Related(last.download.place, "download")] if last.download is not None else []
    return Finding(
        given.place if given is not None and publish.upload.client == "gh-action-pypi-publish" else publish.place,
        code="WFL035",
        variant=tell,
        confidence=_confidence(publish),
        related=related,
        edits=_read_there(publish, folders),
        causes=["packages-dir-mismatch"],
        job=publish.job,
        pattern=reading.patterns[0].text,
        folders=[_shown(folder) for folder in folders],
        by=last.built.by if last.built is not None else "",
    )


def _read_there(publish: Publish, folders: list[str]) -> list[Edit]:
    """Let the publish action read the one folder that holds the files."""
    from preflight.workflows.step_edits import set_input

    step = publish.upload_step.last
    if publish.upload.client != "gh-action-pypi-publish" or len(folders) != 1:
        return []
    name = "packages_dir" if "packages_dir" in step.inputs else "packages-dir"
    return set_input(step, name, f"{folders[0] or '.'}/", Applicability.UNSAFE)


def _shown(folder: str) -> str:
    return f"{folder}/" if folder else "./"


@check("WFL035")
def folder_outside_workspace(handovers: Handovers) -> Iterator[Finding]:
    """A folder that the container of the publish action does not see: it gets the workspace alone (GitHub, "Dockerfile support", file systems)."""
    for publish in handovers.chosen(1):
        inputs = publish.upload_step.last.inputs
        given = inputs.get("packages-dir") or inputs.get("packages_dir")
        if given is None or publish.upload.client != "gh-action-pypi-publish":
            continue
        text = (given.text or "").strip()
        outside = text.startswith(("/", "~", "../")) and not text.startswith(("/github/", "/home/runner/work/"))
        if not outside:
            continue
        yield Finding(
            given.place,
            variant="outside",
            confidence=_confidence(publish),
            related=[],
            causes=["packages-dir-mismatch"],
            job=publish.job,
            pattern=text,
        )


@check("WFL035")
def misspelt_file_name(handovers: Handovers, project_names: ProjectNames) -> Iterator[Finding]:
    """A pattern that spells the project's name as built files never do: wheels and new sdists hold the normalized name (PEP 427, PEP 625)."""
    from posixpath import basename

    for publish in handovers.chosen(1):
        for value in publish.upload.files:
            text = value.literal
            if text is None:
                continue
            for name in project_names.known if project_names.complete else ():
                spelt = _spelt(basename(text), name)
                expected = re.sub(r"[-_.]+", "_", name).lower()
                if spelt is None or spelt == expected:
                    continue
                mended = text[: len(text) - len(basename(text))] + expected + basename(text)[len(spelt) :]
                place = _place_of(publish, value)
                yield Finding(
                    place or publish.place,
                    variant="name",
                    confidence=Confidence.CERTAIN
                    if "-" in spelt and text.endswith(".whl") and publish.happens == "always"
                    else Confidence.LIKELY,
                    edits=[Edit.replace(place, mended, Applicability.UNSAFE)]
                    if place is not None and place.text == text
                    else [],
                    causes=["dist-glob-mismatch"],
                    job=publish.job,
                    pattern=text,
                    project=name,
                    expected=expected,
                    mended=mended,
                )


def _spelt(file: str, name: str) -> str | None:
    """How the beginning of a file pattern spells a project's name; None where it begins otherwise."""
    pattern = "[-_.]+".join(re.escape(part) for part in re.split(r"[-_.]+", name))
    found = re.match(rf"({pattern})(?=-[\d*?$]|[*?])", file, re.IGNORECASE)
    return found[1] if found else None


def _place_of(publish: Publish, value: Value) -> Place | None:
    """Where a word of the upload's command stands; None for one that is hidden in another file."""
    step = publish.upload_step
    run = step.last.run
    if run is None or step.hidden_in or not 0 <= value.start < value.end <= len(run.value):
        return None
    return run.value_place(value.start, value.end)


# ── WFL034 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("WFL034")
def colliding_wheel_artifacts(handovers: Handovers) -> Iterator[Finding]:
    """Legs of one matrix that build files of the same names, which a download then writes over one another."""
    for publish in handovers.chosen(1):
        run = handovers.run(publish.scenario)
        for instance in run.legs(publish.instance.run)[:1]:
            for download in run.downloads(instance, publish.upload_step.step):
                if not download.merge or download.name is not None:
                    continue
                by_step: dict[Step, list[SentArtifact]] = {}
                for sent in run.artifacts:
                    if (
                        sent.instance is not None
                        and sent.certain
                        and sent.name is not None
                        and download.fetches(sent.name)
                    ):
                        by_step.setdefault(sent.upload.step, []).append(sent)
                for uploads in by_step.values():
                    yield from _collision(uploads, publish)


def _collision(uploads: list[SentArtifact], publish: Publish) -> Iterator[Finding]:
    from preflight.plan.leg_builds import selection_of

    seen: dict[object, SentArtifact] = {}
    for sent in uploads:
        if sent.instance is None:
            return
        selection = selection_of(sent.instance, sent.upload)
        if selection is None:
            continue
        first = seen.setdefault((selection.kind, selection.key), sent)
        if first is not sent and first.name != sent.name:
            yield Finding(
                selection.place,
                variant=selection.kind,
                confidence=Confidence.LIKELY,
                related=[Related(publish.place, "upload")],
                severity=Severity.WARNING,
                job=sent.run.job.id,
                artifacts=[first.name or "", sent.name or ""],
            )
            return
