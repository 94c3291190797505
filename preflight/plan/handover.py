"""How built files get to an upload: through the folders of its job and through artifacts of other jobs, in one scenario.

A simulation of folders with three-valued answers; it opens no file. A step that is not known may do anything.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property, partial
from posixpath import join

from preflight.plan.execution import Execution, JobInstance, StepInstance, evaluated
from preflight.plan.lookup import Lookup
from preflight.plan.publish_plan import Publish, PublishPlan
from preflight.plan.scenarios import Scenario
from preflight.plan.upload_steps import UploadStep, scalar_as_value
from preflight.sources.records import dataclass
from preflight.sources.yaml import Scalar
from preflight.workflows.artifacts import (
    ArtifactDownload,
    ArtifactUpload,
    Resolve,
    artifact_action,
    is_below,
    read_download,
    read_upload,
    workspace_path,
)
from preflight.workflows.build_outputs import WITHOUT_ARTIFACTS, Built, Effect, effect_of, script_effect
from preflight.workflows.calls import JobRun, WorkflowSet
from preflight.workflows.expressions import OpenMapping, Unknown
from preflight.workflows.model import Job, Step, effective_env, effective_working_directory
from preflight.workflows.values import Expression, Resolved, Value, Variable

MAX_RUNS = 1_000
"""Jobs of one run, legs counted one by one, beyond which artifacts are not followed."""

MAX_READ_LEGS = 12
"""Legs of a publishing job whose folders are looked at."""

_MAX_ACTION_LEVELS = 4


@dataclass(frozen=True, slots=True, eq=False)
class SentArtifact:
    """An artifact that a job of the run uploads. `certain` says that the step runs whenever its job does."""

    upload: ArtifactUpload
    run: JobRun
    job_certain: bool | None
    certain: bool | None
    leg: int = 0
    instance: JobInstance | None = None

    @property
    def name(self) -> str | None:
        return self.upload.name


@dataclass(frozen=True, slots=True, eq=False)
class Deposit:
    """Where distributions lie at a moment of a job: right in `folder`, or somewhere in or below it when not `exact`.

    `artifact` is set for what a download brought in a folder of that name.
    """

    folder: str
    exact: bool = True
    built: Built | None = None
    artifact: str | None = None
    download: ArtifactDownload | None = None
    sent: SentArtifact | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Workspace:
    """The folders of a job at one moment, as far as they are known.

    `open` says that something may have brought distributions along unseen; `moved` that something may have moved some since the last download.
    """

    deposits: tuple[Deposit, ...] = ()
    open: bool = False
    moved: bool = False
    downloads: tuple[ArtifactDownload, ...] = ()


class Run:
    """One run of a workflow in one scenario: its jobs, legs and artifacts."""

    def __init__(self, scenario: Scenario, workflows: WorkflowSet) -> None:
        self.scenario = scenario
        self.workflows = workflows
        self._openly: dict[Job, bool] = {}
        self._built: dict[SentArtifact, tuple[Built, ...] | None] = {}
        self._effects: dict[Step, Effect] = {}

    @cached_property
    def instances(self) -> tuple[JobInstance, ...]:
        """Every leg of every job that may run."""
        found = []
        for instance in Execution(self.scenario, self.workflows, lambda job: True).instances():
            found.append(instance)
            if len(found) > MAX_RUNS:
                break
        return tuple(found)

    def legs(self, run: JobRun) -> list[JobInstance]:
        """The legs of one job."""
        return [each for each in self.instances if each.run.job is run.job and _same_calls(each.run, run)]

    @property
    def is_bounded(self) -> bool:
        return len(self.instances) <= MAX_RUNS

    @cached_property
    def artifacts(self) -> tuple[SentArtifact, ...]:
        """The artifacts of the run; those of jobs that the scenario leaves out stand there as uncertain."""
        found: list[SentArtifact] = []
        seen: list[JobRun] = []
        legs: dict[tuple[Job, tuple[object, ...]], int] = {}
        for instance in self.instances:
            key = (instance.job, tuple(instance.run.calls))
            leg = legs[key] = legs.get(key, -1) + 1
            seen.append(instance.run)
            certainty = instance.certainty.happens
            running = {}
            if _handles_artifacts(instance.job):
                running = {each.step: each for each in instance.steps()}
            for step in instance.job.all_steps():
                if not _may_send(step):
                    continue
                state = running.get(step)
                upload = read_upload(step, _resolver(state, leg))
                if upload is not None:
                    certain = False if state is None else _step_certainty(instance, state)
                    found.append(SentArtifact(upload, instance.run, certainty, certain, leg, instance))
        for run in self.workflows.job_runs(self.scenario.workflow):
            if not any(run.job is each.job and _same_calls(run, each) for each in seen):
                for step in run.job.all_steps():
                    upload = read_upload(step, literal_only) if _may_send(step) else None
                    if upload is not None:
                        found.append(SentArtifact(upload, run, False, False))
        found.extend(self._in_local_actions())
        return tuple(found)

    def _in_local_actions(self) -> Iterator[SentArtifact]:
        for run in self.workflows.job_runs(self.scenario.workflow):
            for step in run.job.all_steps():
                for inner in self._inner_steps(step, 0):
                    upload = read_upload(inner, literal_only) if inner is not step else None
                    if upload is not None:
                        yield SentArtifact(upload, run, None, None)

    def _inner_steps(self, step: Step, level: int) -> Iterator[Step]:
        action = self.workflows.action(step)
        if action is None or level >= _MAX_ACTION_LEVELS:
            yield step
            return
        for inner in action.steps:
            yield from self._inner_steps(inner, level + 1)

    def knows_artifacts(self, then: JobRun, download: ArtifactDownload) -> bool:
        """Whether what a download of a job may fetch is all in `artifacts`, with its name.

        Only jobs that have to go well before are looked through for other sources: nothing else is there in time.
        """
        if not self.is_bounded or download.elsewhere:
            return False
        if any(each.name is None and download.may_fetch(each.upload.shape) for each in self.artifacts):
            return False
        runs = self.workflows.job_runs(self.scenario.workflow)
        return all(self._sends_openly(run.job) for run in runs if leads_to(run, then))

    def _sends_openly(self, job: Job) -> bool:
        """Whether a job sends no artifact but by steps that show it."""
        found = self._openly.get(job)
        if found is None:
            found = self._openly[job] = not job.calls_workflow and all(
                self._shows_artifacts(inner) for step in job.all_steps() for inner in self._inner_steps(step, 0)
            )
        return found

    @staticmethod
    def _shows_artifacts(step: Step) -> bool:
        uses = step.uses
        if step.run is not None:
            return True
        if uses is None:
            return False
        known = artifact_action(uses) is not None or uses.name in WITHOUT_ARTIFACTS
        return known or read_upload(step, literal_only) is not None

    def before(self, instance: JobInstance, step: Step, upload: UploadStep | None = None) -> Workspace:
        """The folders of a job when it comes to a step; with `upload`, when its script comes to that upload."""
        workspace = Workspace()
        for state in instance.steps():
            if state.step is step:
                return workspace if upload is None else self._inside(workspace, state, upload)
            workspace = self._after(workspace, state)
        return Workspace(workspace.deposits, open=True, moved=True, downloads=workspace.downloads)

    def _inside(self, workspace: Workspace, state: StepInstance, upload: UploadStep) -> Workspace:
        if upload.inner or upload.hidden_in:
            return Workspace(workspace.deposits, open=True, moved=True, downloads=workspace.downloads)
        if state.step.run is None:
            return workspace
        effect = script_effect(
            state.step, state.instance.job, _env(state), before=upload.upload.start, known=_known(state)
        )
        return _with_effect(workspace, effect)

    def _after(self, workspace: Workspace, state: StepInstance) -> Workspace:
        download = read_download(state.step, _resolver(state))
        if download is not None:
            return self._with_download(workspace, state, download)
        effect = self.effect(state)
        if state.certainty.happens is None and _step_certainty(state.instance, state) is not True:
            built = tuple(Built(each.folder, each.sdist, each.wheel, False, each.by) for each in effect.built)
            effect = Effect(built, effect.adds, effect.changes)
        return _with_effect(workspace, effect)

    def downloads(self, instance: JobInstance, until: Step | None = None) -> Iterator[ArtifactDownload]:
        """The downloads that a leg of a job certainly makes, up to a step."""
        for state in instance.steps():
            if state.step is until:
                return
            download = read_download(state.step, _resolver(state))
            if download is not None and _step_certainty(instance, state):
                yield download

    def first_legs(self) -> Iterator[JobInstance]:
        """One leg of each job that may run."""
        seen: set[tuple[object, ...]] = set()
        for instance in self.instances:
            key = (instance.job, *(call.job for call in instance.run.calls))
            if key not in seen:
                seen.add(key)
                yield instance

    def fetched(self, download: ArtifactDownload, then: JobRun) -> tuple[list[SentArtifact], bool]:
        """The artifacts that a download certainly fetches, each name once, and whether these are all."""
        names: dict[str, SentArtifact] = {}
        complete = self.knows_artifacts(then, download)
        if download.elsewhere:
            return [], False
        for sent in self.artifacts:
            takes = download.fetches(sent.name)
            if takes is False or (sent.name is None and not download.may_fetch(sent.upload.shape)):
                continue
            if takes and sent.name is not None and sent.certain and sent.job_certain is not False:
                names.setdefault(sent.name, sent)
            elif sent.name not in names:
                complete = False
        return list(names.values()), complete

    def _with_download(self, workspace: Workspace, state: StepInstance, download: ArtifactDownload) -> Workspace:
        downloads = (*workspace.downloads, download)
        if download.path is None or not download.unpacks:
            return Workspace(workspace.deposits, open=True, moved=workspace.moved, downloads=downloads)
        sent, complete = self.fetched(download, state.instance.run)
        flat = download.name is not None or download.merge
        new: list[Deposit] = []
        if not flat and download.merge is not None:
            if len(sent) > 1 or (sent and download.single_stays_flat is False and not download.by_ids):
                new = [
                    deposit
                    for each in sent
                    for deposit in self._deposits(join(download.path, each.name or ""), each, download)
                ]
            elif len(sent) == 1 and complete and download.single_stays_flat:
                new = list(self._deposits(download.path, sent[0], download, nested=False))
            else:
                new = [Deposit(download.path, exact=False, download=download)]
        elif flat and sent:
            new = [deposit for each in sent for deposit in self._deposits(download.path, each, download, nested=False)]
        if not complete or not new:
            new.append(Deposit(download.path, exact=False, download=download))
        return Workspace((*workspace.deposits, *new), workspace.open, False, downloads)

    def sends_files(self, sent: SentArtifact) -> bool:
        """Whether an upload certainly finds files to send, or fails."""
        if sent.upload.insists:
            return True
        found = self._built_before(sent) or ()
        return any(
            each.certain and each.folder is not None and sent.upload.folder_inside(each.folder)[0] for each in found
        )

    def _deposits(
        self, folder: str, sent: SentArtifact, download: ArtifactDownload, *, nested: bool = True
    ) -> Iterator[Deposit]:
        """Where the files of an artifact lie once it is put into a folder, as far as the upload tells."""
        artifact = sent.name if nested else None
        inner = self._folders_inside(sent)
        if not inner:
            yield Deposit(folder, exact=False, artifact=artifact, download=download, sent=sent)
        for inside in inner:
            yield Deposit(join(folder, inside) if inside else folder, artifact=artifact, download=download, sent=sent)

    def _folders_inside(self, sent: SentArtifact) -> tuple[str, ...]:
        """The folders of an artifact that hold its distributions; empty where they are not all known."""
        found: dict[str, None] = {}
        for built in self._built_before(sent) or ():
            taken, inside = (None, None) if built.folder is None else sent.upload.folder_inside(built.folder)
            if taken is False:
                continue
            if not taken or inside is None:
                return ()
            found[inside] = None
        return tuple(found)

    def _built_before(self, sent: SentArtifact) -> tuple[Built, ...] | None:
        """What the job of an artifact builds before it uploads it; None where something else may do so unseen."""
        if sent not in self._built:
            self._built[sent] = self._build_of(sent)
        return self._built[sent]

    def _build_of(self, sent: SentArtifact) -> tuple[Built, ...] | None:
        if sent.instance is None:
            return None
        if sent.upload.step.uses is not None and artifact_action(sent.upload.step.uses) is None:
            return (Built("dist", True, True),)
        workspace = Workspace()
        for state in sent.instance.steps():
            if state.step is sent.upload.step:
                break
            if read_download(state.step, _resolver(state)) is not None:
                return None
            workspace = _with_effect(workspace, self.effect(state))
        if workspace.open or workspace.moved:
            return None
        return tuple(each.built for each in workspace.deposits if each.built is not None)

    def effect(self, state: StepInstance) -> Effect:
        """What a step does; worked out once for all legs where no expression in it differs between them."""
        run = state.step.run
        folder = effective_working_directory(state.instance.job, state.step)
        if run is None or "${{" in run.value or (folder is not None and "${{" in folder.value):
            return effect_in(state)
        found = self._effects.get(state.step)
        if found is None:
            found = self._effects[state.step] = effect_in(state)
        return found


def effect_in(state: StepInstance) -> Effect:
    """What a step of a leg does to the folders of distributions."""
    return effect_of(state.step, state.instance.job, _env(state), partial(_input, state), _known(state))


def _with_effect(workspace: Workspace, effect: Effect) -> Workspace:
    deposits = list(workspace.deposits)
    opened = workspace.open or effect.adds
    for built in effect.built:
        if built.folder is None:
            opened = True
            continue
        plain = "/".join(built.folder.split("/")[: _plain_parts(built.folder)])
        # A loop over `*/` builds in folders that are known by their pattern alone.
        deposits.append(Deposit(plain, exact=plain == built.folder, built=built))
    return Workspace(tuple(deposits), opened, workspace.moved or effect.changes, workspace.downloads)


def _handles_artifacts(job: Job) -> bool:
    return any(_may_send(step) for step in job.all_steps())


def _may_send(step: Step) -> bool:
    return (
        step.uses is not None
        and step.uses.kind == "remote"
        and ("upload-artifact" in step.uses.name or "build-and-inspect" in step.uses.name)
    )


def _same_calls(one: JobRun, other: JobRun) -> bool:
    return [call.job for call in one.calls] == [call.job for call in other.calls]


def _step_certainty(instance: JobInstance, state: StepInstance) -> bool | None:
    """Whether a step runs whenever its job does."""
    if state.certainty.happens is not None:
        return state.certainty.happens
    return True if state.step.condition is None else None


def _resolver(state: StepInstance | None, leg: int | None = None) -> Resolve:
    """What gives the text of inputs; with the number of the leg, `strategy.job-index` is known too."""
    if state is None:
        return literal_only
    contexts = state.contexts
    if leg is not None and state.instance.leg is not None:
        contexts = {**contexts, "strategy": OpenMapping({"job-index": float(leg)})}

    def resolve(scalar: Scalar) -> str | None:
        text = evaluated(scalar, contexts)
        return None if isinstance(text, Unknown) else text

    return resolve


def literal_only(scalar: Scalar) -> str | None:
    """The text of an input without expressions."""
    return "" if scalar.is_null else None if "${{" in scalar.value else scalar.value


def _input(state: StepInstance, name: str) -> str | None:
    """The text of an input; empty where it is not given, None where it is not known."""
    given = state.step.inputs.get(name)
    if given is None:
        return "" if state.step.inputs.is_known else None
    if given.scalar is None:
        return None
    text = evaluated(given.scalar, state.contexts)
    return None if isinstance(text, Unknown) else text


def _env(state: StepInstance) -> Mapping[str, Value]:
    env = effective_env(state.instance.job, state.step)
    return {name: scalar_as_value(given.scalar) for name, given in env.values.items() if given.scalar is not None}


def _known(state: StepInstance) -> Callable[[Expression], str | None]:
    return Lookup(state, state.contexts, state.env).known


Answers = Callable[[Expression | Variable], Resolved]
"""What is known of expressions and variables where an upload runs."""


def upload_folder(publish: Publish, answers: Answers | None = None) -> str | None:
    """The folder of the workspace that an upload's patterns are relative to; None where it is not known.

    `answers` are those of another leg of the matrix than the row's own.
    """
    answers = answers or publish.lookup
    step = publish.upload_step
    base: str | None = ""
    if step.last.run is not None:
        directory = effective_working_directory(step.job, step.last)
        written = scalar_as_value(directory).resolve(answers) if directory is not None else ""
        base = workspace_path(written) if isinstance(written, str) else None
    if step.upload.directory is not None:
        inner = step.upload.directory.resolve(answers)
        base = workspace_path(join(base, inner)) if isinstance(inner, str) and base is not None else None
    return base


@dataclass(frozen=True, slots=True)
class FilePattern:
    """A pattern of files to upload: the folder (which may hold patterns) and the last part."""

    folder: str
    name: str
    text: str

    def reaches(self, folder: str) -> bool:
        """Whether it names files right in a folder."""
        from fnmatch import fnmatchcase

        wanted, given = self.folder.split("/") if self.folder else [], folder.split("/") if folder else []
        if "**" in wanted:
            return is_below(folder, self.folder.split("**")[0].rstrip("/"))
        return len(wanted) == len(given) and all(map(fnmatchcase, given, wanted))

    def may_reach_below(self, folder: str) -> bool:
        """Whether it may name files somewhere in or below a folder."""
        plain = "/".join(self.folder.split("/")[: _plain_parts(self.folder)])
        return is_below(plain, folder) or is_below(folder, plain)


def _plain_parts(folder: str) -> int:
    parts = folder.split("/")
    return next((index for index, part in enumerate(parts) if any(mark in part for mark in "*?[")), len(parts))


def file_patterns(publish: Publish, answers: Answers | None = None) -> tuple[FilePattern, ...] | None:
    """The patterns that an upload reads, relative to the workspace; None where one of them is not known."""
    base = upload_folder(publish, answers)
    found = []
    for value in publish.upload.files:
        text = value.resolve(answers or publish.lookup)
        if base is None or not isinstance(text, str):
            return None
        path = workspace_path(text if not base or text.startswith(("/", "~", "$")) else join(base, text))
        if not path:
            return None
        folder, _, name = path.rpartition("/")
        found.append(FilePattern(folder, name, text))
    return tuple(found) or None


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What one leg of a publishing job finds in its folders when it comes to the upload."""

    publish: Publish
    instance: JobInstance
    workspace: Workspace
    patterns: tuple[FilePattern, ...]

    def reached(self, deposit: Deposit) -> bool | None:
        """Whether the upload reads what lies there."""
        if deposit.exact:
            return any(pattern.reaches(deposit.folder) for pattern in self.patterns)
        return None if any(pattern.may_reach_below(deposit.folder) for pattern in self.patterns) else False


@dataclass(frozen=True, eq=False)
class Handovers:
    """The runs of the scenarios that publish, each worked out once and only when asked for."""

    plan: PublishPlan
    _runs: dict[int, Run] = field(default_factory=dict, repr=False)

    def run(self, scenario: Scenario) -> Run:
        """The run of a scenario."""
        found = self._runs.get(id(scenario))
        if found is None:
            found = self._runs[id(scenario)] = Run(scenario, self.plan.upload_steps.reader.workflows)
        return found

    def chosen(self, most: int = 2) -> Iterator[Publish]:
        """The rows to look at: of each upload of each job a few scenarios in which it happens, those that certainly upload first."""
        rows: dict[tuple[object, ...], list[Publish]] = {}
        for publish in self.plan.publishes():
            place = publish.place
            rows.setdefault((publish.job, publish.scenario.workflow.path, place.source.path, place.start), []).append(
                publish
            )
        for found in rows.values():
            found.sort(key=lambda each: (each.happens != "always", _PREFERRED.get(each.scenario.event, 3)))
            yield from found[:most]

    def readings(self, publish: Publish) -> Iterator[Reading]:
        """What the legs of a publishing job find; none where it is not known what is uploaded."""
        if publish.upload.builds or not publish.upload.sends_files:
            return
        run = self.run(publish.scenario)
        step = publish.upload_step.step
        for instance in run.legs(publish.instance.run)[:MAX_READ_LEGS]:
            state = next((each for each in instance.steps() if each.step is step), None)
            if state is None:
                continue
            patterns = file_patterns(publish, _answers_of(publish, state))
            if patterns is None:
                continue
            workspace = run.before(instance, step, publish.upload_step)
            if _keeps_files(instance.job):
                workspace = replace(workspace, open=True)
            yield Reading(publish, instance, workspace, patterns)


def _answers_of(publish: Publish, state: StepInstance) -> Answers:
    """What a leg knows at the upload: the row stands for all legs that upload alike, and what it knows is known of one.

    Inside a local action the inputs are those that the row's own leg gives it.
    """
    if publish.upload_step.inner or state.instance.leg == publish.instance.leg:
        return publish.lookup
    return Lookup(state, state.contexts, state.env)


def _keeps_files(job: Job) -> bool:
    """Whether the runner may hold files of earlier runs: it is no fresh machine of GitHub's."""
    runs_on = job.runs_on
    if runs_on is None or runs_on.group is not None:
        return True
    names = [label.value.lower() for label in runs_on.labels]
    return not names or any(not name.startswith(("ubuntu-", "windows-", "macos-", "${{")) for name in names)


def leads_to(first: JobRun, then: JobRun) -> bool:
    """Whether a job has to go well for another one of the same run: it is that job, or one that it needs."""
    if first.job is then.job and _same_calls(first, then):
        return True
    if first.job in then.job.ancestors and _same_calls(first, then):
        return True
    needed = {job for call in then.calls for job in call.job.ancestors} | set(then.job.ancestors)
    return first.job in needed or any(call.job in needed for call in first.calls)


_PREFERRED = {"release": 0, "push": 1, "workflow_dispatch": 2}


def handovers(publish_plan: PublishPlan) -> Handovers:
    """How built files get to the uploads of the plan."""
    return Handovers(publish_plan)
