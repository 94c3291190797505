"""A GitHub workflow as a typed model with the place of everything: triggers, jobs, steps, what is layered on what.

Reading never fails on what a value is: a part of a wrong type is absent here and named in `Workflow.problems`. Nothing
is evaluated: a scalar with an expression in it stays the scalar it is.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import field
from functools import cached_property
from typing import Literal

from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source
from preflight.sources.yaml import Document, Entry, Mapping, Node, Scalar, Sequence, parse_yaml
from preflight.workflows.aliases import check_aliases
from preflight.workflows.literals import has_expression, literal_text, mapping_of, scalar_of, shown
from preflight.workflows.matrix import MAX_LEGS, Legs, Resolve, Strategy, read_strategy
from preflight.workflows.permissions import EffectivePermissions, Permissions, effective, read_permissions
from preflight.workflows.problems import Checked, ExpressionSite, WorkflowProblem, check_workflow
from preflight.workflows.triggers import Trigger, read_triggers, starts
from preflight.workflows.uses import ActionRef, WorkflowRef, read_action_ref, read_workflow_ref

RunnerSystem = Literal["linux", "windows", "macos"]


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """One named value of `with:`, `env:`, `secrets:` or `outputs:`. `scalar` is None for a list or a mapping."""

    name: str
    entry: Entry

    @property
    def scalar(self) -> Scalar | None:
        return self.entry.value if isinstance(self.entry.value, Scalar) else None

    @property
    def text(self) -> str | None:
        """The text, when there is no expression in it; null is the empty string, as GitHub has it."""
        scalar = self.scalar
        if scalar is None or has_expression(scalar):
            return None
        return "" if scalar.is_null else scalar.value

    @property
    def key_place(self) -> Place:
        return self.entry.key_place

    @property
    def place(self) -> Place:
        """From the name to the end of the value."""
        return self.entry.place


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A mapping of names to scalars: `with:`, `env:`, `secrets:`, `outputs:`.

    `whole` is the expression that stands for all of it; `partial` says that an expression among the keys adds names
    that cannot be known.
    """

    entry: Entry | None = None
    values: dict[str, Given] = field(default_factory=dict)
    whole: Scalar | None = None
    partial: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the names are all in the file."""
        return self.whole is None and not self.partial

    @property
    def place(self) -> Place | None:
        return self.entry.place if self.entry else None

    def get(self, name: str) -> Given | None:
        """The value of that name, letter case aside."""
        found = self.values.get(name)
        if found is None:
            lowered = name.lower()
            found = next((given for key, given in self.values.items() if key.lower() == lowered), None)
        return found

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __iter__(self) -> Iterator[Given]:
        return iter(self.values.values())

    def __len__(self) -> int:
        return len(self.values)


_NOTHING = Block()


def read_block(entry: Entry | None, *, lower: bool = False) -> Block:
    """Read a mapping of names to scalars, whatever the entry holds. `lower` folds the names' letter case."""
    if entry is None:
        return _NOTHING
    node = entry.value
    if isinstance(node, Scalar):
        return Block(entry, whole=node if has_expression(node) else None)
    if not isinstance(node, Mapping):
        return Block(entry)
    values: dict[str, Given] = {}
    partial = False
    for name in node.keys():  # noqa: SIM118 (a node is no dict)
        found = node.entry(name)
        if found is None:
            continue
        if "${{" in name:
            partial = True
            continue
        values.setdefault(name.lower() if lower else name, Given(name, found))
    return Block(entry, values, None, partial)


@dataclass(frozen=True, slots=True, eq=False)
class Environment:
    """The deployment environment of a job. `name` is None where the mapping has none."""

    entry: Entry
    name: Scalar | None
    url: Scalar | None = None
    deployment: Scalar | None = None

    @property
    def literal(self) -> str | None:
        """The name when no expression makes it."""
        return literal_text(self.name)

    @property
    def is_expression(self) -> bool:
        return self.name is not None and has_expression(self.name)

    @property
    def place(self) -> Place:
        return self.entry.place


@dataclass(frozen=True, slots=True, eq=False)
class RunsOn:
    """Where a job runs: labels and a runner group. A label may be an expression."""

    entry: Entry
    labels: tuple[Scalar, ...] = ()
    group: Scalar | None = None

    @property
    def place(self) -> Place:
        return self.entry.place

    @property
    def is_known(self) -> bool:
        return bool(self.labels) and not any(has_expression(label) for label in self.labels)

    @property
    def system(self) -> RunnerSystem | None:
        """The operating system, where the labels say it."""
        systems = {system for label in self.labels if (system := runner_system(label.value)) is not None}
        return systems.pop() if len(systems) == 1 and self.is_known else None


def runner_system(label: str) -> RunnerSystem | None:
    """The operating system of a runner label: one of GitHub's images, or a self-hosted runner's default label."""
    name = label.lower()
    if name.startswith("ubuntu-") or name in ("linux", "ubuntu"):
        return "linux"
    if name.startswith("windows-") or name == "windows":
        return "windows"
    if name.startswith("macos-") or name in ("macos", "osx"):
        return "macos"
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Concurrency:
    """A concurrency group. `whole` is the expression or text that stands for the block, and then is the group."""

    entry: Entry
    group: Scalar | None
    cancel_in_progress: Scalar | None = None
    queue: Scalar | None = None

    @property
    def place(self) -> Place:
        return self.entry.place


@dataclass(frozen=True, slots=True, eq=False)
class Defaults:
    """The defaults of `run:` steps."""

    shell: Scalar | None = None
    working_directory: Scalar | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """A container that a job or service runs in. `image` is None where an expression stands for the whole block."""

    entry: Entry
    image: Scalar | None
    env: Block
    options: Scalar | None = None

    @property
    def place(self) -> Place:
        return self.entry.place


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a job or composite action. `index` counts from 0; `group` is the step whose `parallel:` it is in."""

    node: Mapping
    index: int
    place: Place
    group: "Step | None" = None

    @property
    def number(self) -> int:
        """The position counted from 1; a step in a group has its group's."""
        return (self.group.index if self.group else self.index) + 1

    @property
    def kind(self) -> Literal["run", "uses", "parallel", "wait", "wait-all", "cancel", "unknown"]:
        for kind in ("run", "uses", "parallel", "wait", "wait-all", "cancel"):
            if kind in self.node:
                return kind
        return "unknown"

    def scalar(self, name: str) -> Scalar | None:
        """The scalar of a key of the step; None where it is absent, null, a list or a mapping."""
        return scalar_of(self.node.get(name))

    @property
    def id(self) -> str | None:
        scalar = self.scalar("id")
        return scalar.value if scalar else None

    @property
    def name(self) -> Scalar | None:
        return self.scalar("name")

    @property
    def condition(self) -> Scalar | None:
        """The `if:`; None is `success()`."""
        return self.scalar("if")

    @property
    def run(self) -> Scalar | None:
        return self.scalar("run")

    @property
    def shell(self) -> Scalar | None:
        return self.scalar("shell")

    @property
    def working_directory(self) -> Scalar | None:
        return self.scalar("working-directory")

    @property
    def continue_on_error(self) -> Scalar | None:
        return self.scalar("continue-on-error")

    @property
    def uses_node(self) -> Scalar | None:
        return self.scalar("uses")

    @cached_property
    def uses(self) -> ActionRef | None:
        return read_action_ref(self.uses_node)

    @cached_property
    def inputs(self) -> Block:
        """The `with:`; its names are in lower case, as actions see them."""
        return read_block(self.node.entry("with"), lower=True)

    @cached_property
    def env(self) -> Block:
        return read_block(self.node.entry("env"))

    @cached_property
    def parallel(self) -> tuple["Step", ...]:
        """The steps of the group, when this is one. A group in a group is not read: GitHub has none."""
        return _read_steps(self.node.get("parallel"), self) if self.group is None else ()

    @property
    def label(self) -> str:
        """What people call the step: its name, else its id, else what it uses or runs first, else its number."""
        for scalar in (self.name, self.scalar("id"), self.uses_node, self.run):
            if scalar is not None and scalar.value.strip():
                return shown(scalar.value.strip().splitlines()[0])
        return f"step {self.number}"


def _read_steps(node: Node | None, group: Step | None = None) -> tuple[Step, ...]:
    if not isinstance(node, Sequence):
        return ()
    return tuple(
        Step(item, index, node.item_place(index), group)
        for index, item in enumerate(node.items)
        if isinstance(item, Mapping)
    )


def read_steps(node: Node | None) -> tuple[Step, ...]:
    """The steps of a list; `index` counts what is no step too."""
    return _read_steps(node)


@dataclass(frozen=True, eq=False)
class Job:
    """One job, which either runs steps or calls a workflow. Its parts are read when asked for."""

    workflow: "Workflow" = field(repr=False)
    id: str
    entry: Entry
    node: Mapping

    @property
    def key_place(self) -> Place:
        """The job's id."""
        return self.entry.key_place

    @property
    def place(self) -> Place:
        """The whole job, its id included."""
        return self.entry.place

    def scalar(self, name: str) -> Scalar | None:
        """The scalar of a key of the job; None where it is absent, null, a list or a mapping."""
        return scalar_of(self.node.get(name))

    @property
    def name(self) -> Scalar | None:
        return self.scalar("name")

    @property
    def condition(self) -> Scalar | None:
        """The `if:`; None is `success()`."""
        return self.scalar("if")

    @property
    def continue_on_error(self) -> Scalar | None:
        return self.scalar("continue-on-error")

    @property
    def timeout(self) -> Scalar | None:
        return self.scalar("timeout-minutes")

    @cached_property
    def needs(self) -> tuple[Scalar, ...]:
        """The ids in `needs:`, as written."""
        node = self.node.get("needs")
        if isinstance(node, Sequence):
            return tuple(item for item in node.items if isinstance(item, Scalar) and item.value)
        scalar = scalar_of(node)
        return (scalar,) if scalar is not None and scalar.value else ()

    @cached_property
    def needed(self) -> tuple["Job", ...]:
        """The jobs that `needs:` names and that exist, each once."""
        found = (self.workflow.job(scalar.value) for scalar in self.needs)
        return tuple(dict.fromkeys(job for job in found if job is not None))

    @cached_property
    def ancestors(self) -> tuple["Job", ...]:
        """The jobs that it needs, and those that they need: nearest first, each once; itself too in a cycle."""
        seen: dict[Job, None] = {}
        waiting = deque(self.needed)
        while waiting:
            job = waiting.popleft()
            if job not in seen:
                seen[job] = None
                waiting.extend(job.needed)
        return tuple(seen)

    @cached_property
    def runs_on(self) -> RunsOn | None:
        entry = self.node.entry("runs-on")
        if entry is None:
            return None
        node = entry.value
        if isinstance(node, Mapping):
            return RunsOn(entry, _labels(node.get("labels")), scalar_of(node.get("group")))
        return RunsOn(entry, _labels(node))

    @cached_property
    def environment(self) -> Environment | None:
        """The environment; None also where the name is empty, which GitHub takes for none."""
        entry = self.node.entry("environment")
        if entry is None:
            return None
        node = entry.value
        if isinstance(node, Mapping):
            name = scalar_of(node.get("name"))
            if name is not None and not name.value:
                return None
            return Environment(entry, name, scalar_of(node.get("url")), scalar_of(node.get("deployment")))
        name = scalar_of(node)
        return Environment(entry, name) if name is not None and name.value else None

    @cached_property
    def concurrency(self) -> Concurrency | None:
        return _read_concurrency(self.node.entry("concurrency"))

    @cached_property
    def permissions(self) -> Permissions:
        """The job's own block; `effective_permissions` says what the token may do."""
        return read_permissions(self.node.entry("permissions"))

    @cached_property
    def strategy(self) -> Strategy | None:
        return read_strategy(self.node.entry("strategy"))

    def matrix_legs(self, limit: int = MAX_LEGS, resolve: Resolve | None = None) -> Legs:
        """The legs of the job's matrix; one leg without values where it has none."""
        return self.strategy.legs(limit, resolve) if self.strategy is not None else Legs(({},))

    @cached_property
    def defaults(self) -> Defaults:
        return _read_defaults(self.node.get("defaults"))

    @cached_property
    def env(self) -> Block:
        return read_block(self.node.entry("env"))

    @cached_property
    def outputs(self) -> Block:
        return read_block(self.node.entry("outputs"))

    @cached_property
    def container(self) -> Container | None:
        entry = self.node.entry("container")
        return _read_container(entry) if entry is not None else None

    @cached_property
    def services(self) -> dict[str, Container]:
        node = mapping_of(self.node.get("services"))
        if node is None:
            return {}
        entries = ((name, node.entry(name)) for name, _ in node.items())
        return {name: _read_container(entry) for name, entry in entries if entry is not None}

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps as listed; those of a `parallel:` group stand in their group."""
        return _read_steps(self.node.get("steps"))

    def all_steps(self) -> Iterator[Step]:
        """The steps that do something, groups opened, in the order of the file."""
        for step in self.steps:
            if "parallel" in step.node and step.kind == "parallel":
                yield from step.parallel
            else:
                yield step

    def step(self, id: str) -> Step | None:
        """The step of that id, letter case aside."""
        return next((step for step in self.all_steps() if (step.id or "").lower() == id.lower()), None)

    @property
    def calls_workflow(self) -> bool:
        return "uses" in self.node

    @property
    def uses_node(self) -> Scalar | None:
        return self.scalar("uses")

    @cached_property
    def uses(self) -> WorkflowRef | None:
        """The workflow that the job calls; None also where the text has no form that GitHub takes."""
        return read_workflow_ref(self.uses_node)

    @cached_property
    def inputs(self) -> Block:
        """The `with:` of a call; its names are in lower case."""
        return read_block(self.node.entry("with"), lower=True)

    @property
    def inherits_secrets(self) -> bool:
        node = self.scalar("secrets")
        return node is not None and node.value == "inherit"

    @cached_property
    def secrets(self) -> Block:
        """The secrets that a call passes by name; its names are in lower case."""
        return read_block(self.node.entry("secrets"), lower=True)


def _labels(node: Node | None) -> tuple[Scalar, ...]:
    if isinstance(node, Sequence):
        return tuple(item for item in node.items if isinstance(item, Scalar) and item.value)
    scalar = scalar_of(node)
    return (scalar,) if scalar is not None and scalar.value else ()


def _read_concurrency(entry: Entry | None) -> Concurrency | None:
    if entry is None:
        return None
    node = entry.value
    if isinstance(node, Mapping):
        cancel, queue = scalar_of(node.get("cancel-in-progress")), scalar_of(node.get("queue"))
        return Concurrency(entry, scalar_of(node.get("group")), cancel, queue)
    group = scalar_of(node)
    return Concurrency(entry, group) if group is not None else None


def _read_defaults(node: Node | None) -> Defaults:
    run = mapping_of(node.get("run")) if isinstance(node, Mapping) else None
    return Defaults(scalar_of(run.get("shell")), scalar_of(run.get("working-directory"))) if run else Defaults()


def _read_container(entry: Entry) -> Container:
    node = entry.value
    if isinstance(node, Mapping):
        return Container(
            entry, scalar_of(node.get("image")), read_block(node.entry("env")), scalar_of(node.get("options"))
        )
    return Container(entry, scalar_of(node), _NOTHING)


@dataclass(frozen=True, eq=False)
class Workflow:
    """A workflow file. Its parts are read when asked for."""

    document: Document = field(repr=False)

    @property
    def source(self) -> Source:
        return self.document.source

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def filename(self) -> str:
        """The file's name, as PyPI's publisher form asks for it."""
        return self.path.rpartition("/")[2]

    @cached_property
    def root(self) -> Mapping:
        """The outermost mapping; an empty one where the file holds something else."""
        root = self.document.root
        return root if isinstance(root, Mapping) else Mapping(self.source, 0, 0, None, None, False)

    @property
    def name(self) -> Scalar | None:
        return scalar_of(self.root.get("name"))

    @property
    def title(self) -> str:
        """The name that GitHub lists and that `workflow_run` goes by: `name:`, else the path."""
        return (self.name.value if self.name is not None else "") or self.path

    @property
    def run_name(self) -> Scalar | None:
        return scalar_of(self.root.get("run-name"))

    @property
    def on(self) -> Entry | None:
        return self.root.entry("on")

    @cached_property
    def triggers(self) -> tuple[Trigger, ...]:
        return read_triggers(self.root.get("on"))

    def trigger(self, event: str) -> Trigger | None:
        return next((trigger for trigger in self.triggers if trigger.event == event), None)

    def starts(self, event: str, activity: str | None = None, ref: str | None = None) -> bool | None:
        """Whether an event starts the workflow (see `triggers.starts`); None where that cannot be known."""
        trigger = self.trigger(event)
        return starts(trigger, event, activity, ref) if trigger is not None else False

    @property
    def is_reusable(self) -> bool:
        return self.trigger("workflow_call") is not None

    @cached_property
    def permissions(self) -> Permissions:
        return read_permissions(self.root.entry("permissions"))

    @cached_property
    def env(self) -> Block:
        return read_block(self.root.entry("env"))

    @cached_property
    def defaults(self) -> Defaults:
        return _read_defaults(self.root.get("defaults"))

    @cached_property
    def concurrency(self) -> Concurrency | None:
        return _read_concurrency(self.root.entry("concurrency"))

    @cached_property
    def jobs(self) -> dict[str, Job]:
        """The jobs by id, in the order of the file."""
        node = mapping_of(self.root.get("jobs"))
        jobs: dict[str, Job] = {}
        for name in node.keys() if node is not None else ():
            entry = node.entry(name) if node is not None else None
            if entry is not None:
                value = entry.value
                body = (
                    value
                    if isinstance(value, Mapping)
                    else Mapping(self.source, value.start, value.start, None, None, False)
                )
                jobs[name] = Job(self, name, entry, body)
        return jobs

    @cached_property
    def _jobs_by_lower_id(self) -> dict[str, Job]:
        return {name.lower(): job for name, job in reversed(self.jobs.items())}

    def job(self, id: str) -> Job | None:
        """The job of that id, letter case aside."""
        return self.jobs.get(id) or self._jobs_by_lower_id.get(id.lower())

    @cached_property
    def jobs_in_order(self) -> tuple[Job, ...]:
        """The jobs so that each stands behind those it needs; jobs in a cycle come last, in the order of the file."""
        missing = {job: len(job.needed) for job in self.jobs.values()}
        followers: dict[Job, list[Job]] = {}
        for job in self.jobs.values():
            for needed in job.needed:
                followers.setdefault(needed, []).append(job)
        done = dict.fromkeys(job for job, count in missing.items() if count == 0)
        waiting = deque(done)
        while waiting:
            for job in followers.get(waiting.popleft(), ()):
                missing[job] -= 1
                if missing[job] == 0:
                    done[job] = None
                    waiting.append(job)
        done.update(dict.fromkeys(missing))
        return tuple(done)

    @cached_property
    def _checked(self) -> Checked:
        return check_workflow(self.document)

    @property
    def problems(self) -> tuple[WorkflowProblem, ...]:
        """What GitHub would refuse, in the order of the file; see `WorkflowProblem.certain`."""
        return self._checked.problems

    @property
    def expressions(self) -> tuple[ExpressionSite, ...]:
        """Every scalar that GitHub evaluates, with what may be used in it."""
        return self._checked.expressions


def read_workflow(source: Source) -> Workflow:
    """Read a workflow file.

    Raises:
        SourceSyntaxError: it is no YAML.
        SourceTooComplex: it is nested deeper, or holds more values, than is read.
    """
    document = parse_yaml(source)
    check_aliases(document)
    return Workflow(document)


def effective_permissions(job: Job, caller: EffectivePermissions | None = None) -> EffectivePermissions:
    """What the token of a job may do. `caller` are the permissions of the job that calls this job's workflow."""
    return effective(job.workflow.permissions, job.permissions, caller)


@dataclass(frozen=True, slots=True, eq=False)
class EffectiveEnv:
    """The variables that a step sees from `env:` blocks. Where not `is_known`, expressions add or change more."""

    values: dict[str, Given]
    is_known: bool


def effective_env(job: Job, step: Step | None = None) -> EffectiveEnv:
    """The `env:` of the workflow, the job and the step, the innermost winning (GitHub's page "Workflow syntax")."""
    blocks = [job.workflow.env, job.env, *([step.env] if step is not None else [])]
    values: dict[str, Given] = {}
    for block in blocks:
        values.update(block.values)
    return EffectiveEnv(values, all(block.is_known for block in blocks))


def effective_shell(job: Job, step: Step) -> Scalar | None:
    """The shell of a `run:` step: its own, else the job's default, else the workflow's; None is the runner's."""
    return step.shell or job.defaults.shell or job.workflow.defaults.shell


def effective_working_directory(job: Job, step: Step) -> Scalar | None:
    """The folder of a `run:` step: its own, else the job's default, else the workflow's; None is the workspace."""
    return step.working_directory or job.defaults.working_directory or job.workflow.defaults.working_directory
