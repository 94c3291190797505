"""The `on:` of a workflow: which events start it, on which refs, with which inputs. Evaluates no expression."""

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Literal

from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.yaml import Entry, Mapping, Node, Scalar
from preflight.sources.yaml import Sequence as SequenceNode
from preflight.workflows.events import EVENTS, FILTER_KEYS, Event
from preflight.workflows.filters import matches
from preflight.workflows.literals import has_expression, scalar_of

FilterKey = Literal[
    "branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "workflows", "names", "versions"
]


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """Names or patterns below an event: one scalar or a list of them. `readable` is false for anything else."""

    entry: Entry
    nodes: tuple[Scalar, ...]
    readable: bool = True

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(node.value for node in self.nodes)

    @property
    def place(self) -> Place:
        return self.entry.place


@dataclass(frozen=True, slots=True, eq=False)
class Cron:
    """One line of a `schedule`."""

    node: Node
    cron: Scalar | None
    timezone: Scalar | None

    @property
    def place(self) -> Place:
        return self.cron.place if self.cron else self.node.place


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """An input of `workflow_dispatch`, `workflow_call` or an action."""

    name: str
    entry: Entry
    type: str = "string"
    required: bool = False
    default: Scalar | None = None
    options: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        return self.entry.key_place

    @property
    def has_default(self) -> bool:
        return self.default is not None

    @property
    def default_value(self) -> str | bool | float | None:
        """The value of `inputs.NAME` when nothing is given; None where an expression gives it.

        Without `default:` a boolean is false, a number 0, a choice its first option (as the form shows it), and any
        other the empty string (GitHub's page "Workflow syntax", `on.workflow_call.inputs`).
        """
        if self.default is None:
            if self.type == "choice" and self.options:
                return self.options[0]
            return {"boolean": False, "number": 0.0}.get(self.type, "")
        if has_expression(self.default):
            return None
        return self.convert(self.default.value)

    def convert(self, text: str) -> str | bool | float:
        """A text given for this input, as `inputs.NAME` holds it; `github.event.inputs.NAME` keeps the text."""
        if self.type == "boolean":
            return text.strip().lower() == "true"
        if self.type == "number":
            try:
                return float(text)
            except ValueError:
                return text
        return text

    @property
    def choices(self) -> tuple[str | bool, ...]:
        """The values it can have, where they are few and known: of a boolean and of a choice."""
        if self.type == "boolean":
            return (True, False)
        return self.options if self.type == "choice" else ()


@dataclass(frozen=True, slots=True, eq=False)
class SecretInput:
    """A secret that a called workflow names."""

    name: str
    entry: Entry
    required: bool

    @property
    def place(self) -> Place:
        return self.entry.key_place


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """An output of a called workflow or of a composite action; `value` is the scalar that makes it."""

    name: str
    entry: Entry
    value: Scalar | None


@dataclass(frozen=True, slots=True, eq=False)
class Trigger:
    """One event of `on:`, with everything that stands below it.

    `key` is the scalar that names the event, `node` what it holds (None for `on: push` and `on: [push]`).
    """

    event: str
    key: Scalar
    node: Node | None = None
    entry: Entry | None = None
    types: tuple[str, ...] | None = None
    type_nodes: tuple[Scalar, ...] = ()
    filters: dict[FilterKey, Filter] = field(default_factory=dict)
    crons: tuple[Cron, ...] = ()
    inputs: dict[str, Input] = field(default_factory=dict)
    secrets: dict[str, SecretInput] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    ignored: tuple[Entry, ...] = ()
    """Keys below the event that GitHub passes over without a word, such as `branch:` or `tag:`."""

    @property
    def known(self) -> Event | None:
        return EVENTS.get(self.event)

    @property
    def place(self) -> Place:
        """The event's name."""
        return self.key.place

    @property
    def activity_types(self) -> tuple[str, ...]:
        """The activity types that start it: those it lists, else the event's own defaults."""
        if self.types is not None:
            return self.types
        return self.known.default_types if self.known else ()

    @property
    def unknown_types(self) -> tuple[Scalar, ...]:
        """The listed activity types that the event does not have: they start nothing."""
        known = self.known
        if known is None or self.event == "repository_dispatch":
            return ()
        return tuple(node for node in self.type_nodes if node.value not in known.types)

    def input(self, name: str) -> Input | None:
        """The input of that name; names differ in more than letter case."""
        return self.inputs.get(name) or next(
            (given for key, given in self.inputs.items() if key.lower() == name.lower()), None
        )

    def patterns(self, key: FilterKey) -> tuple[str, ...] | None:
        found = self.filters.get(key)
        return found.values if found else None

    @property
    def branches(self) -> tuple[str, ...] | None:
        return self.patterns("branches")

    @property
    def branches_ignore(self) -> tuple[str, ...] | None:
        return self.patterns("branches-ignore")

    @property
    def tags(self) -> tuple[str, ...] | None:
        return self.patterns("tags")

    @property
    def tags_ignore(self) -> tuple[str, ...] | None:
        return self.patterns("tags-ignore")

    @property
    def paths(self) -> tuple[str, ...] | None:
        return self.patterns("paths")

    @property
    def paths_ignore(self) -> tuple[str, ...] | None:
        return self.patterns("paths-ignore")

    @property
    def workflows(self) -> tuple[str, ...]:
        """The names of the workflows whose runs start this one (`workflow_run`)."""
        return self.patterns("workflows") or ()


def read_triggers(on: Node | None) -> tuple[Trigger, ...]:
    """The events of `on:` in any of its forms: a name, a list of names, a mapping. What is neither is left out."""
    if isinstance(on, Scalar):
        return (Trigger(on.value, on),) if on.value and not on.is_null else ()
    if isinstance(on, SequenceNode):
        return tuple(Trigger(item.value, item) for item in on.items if isinstance(item, Scalar) and item.value)
    if not isinstance(on, Mapping):
        return ()
    return tuple(_read_trigger(entry) for entry in _entries(on))


def _entries(node: Node | None) -> Iterator[Entry]:
    """The first entry of each name in a mapping; nothing for another node."""
    if isinstance(node, Mapping):
        for name in node.keys():  # noqa: SIM118 (a node is no dict)
            entry = node.entry(name)
            if entry is not None and isinstance(entry.key, Scalar):
                yield entry


def _read_trigger(entry: Entry) -> Trigger:
    key, node = entry.key, entry.value
    assert isinstance(key, Scalar)
    event = key.value
    if event == "schedule":
        return Trigger(event, key, node, entry, crons=tuple(_read_crons(node)))
    if not isinstance(node, Mapping):
        return Trigger(event, key, node, entry)
    types: tuple[str, ...] | None = None
    type_nodes: tuple[Scalar, ...] = ()
    filters: dict[FilterKey, Filter] = {}
    ignored: list[Entry] = []
    calls = event in ("workflow_call", "workflow_dispatch")
    for below in _entries(node):
        name = below.name or ""
        if calls and name in ("inputs", "secrets", "outputs"):
            continue
        if name not in FILTER_KEYS:
            ignored.append(below)
        elif name == "types":
            listed = _read_list(below)
            if listed.nodes or not listed.readable:
                types, type_nodes = listed.values, listed.nodes
        else:
            filters[name] = _read_list(below)  # type: ignore[index]
    return Trigger(
        event, key, node, entry, types, type_nodes, filters,
        inputs=read_inputs(node.get("inputs")) if calls else {},
        secrets=_read_secrets(node.get("secrets")) if calls else {},
        outputs=read_outputs(node.get("outputs")) if calls else {},
        ignored=tuple(ignored),
    )  # fmt: skip


def _read_list(entry: Entry) -> Filter:
    node = entry.value
    if isinstance(node, Scalar):
        return Filter(entry, () if node.is_null or not node.value else (node,), readable=not node.is_null)
    if isinstance(node, SequenceNode):
        scalars = tuple(item for item in node.items if isinstance(item, Scalar) and item.value)
        return Filter(entry, scalars, readable=len(scalars) == len(node.items) > 0)
    return Filter(entry, (), readable=False)


def _read_crons(node: Node) -> Iterator[Cron]:
    if isinstance(node, SequenceNode):
        for item in node.items:
            if isinstance(item, Mapping):
                yield Cron(item, scalar_of(item.get("cron")), scalar_of(item.get("timezone")))


def read_inputs(node: Node | None) -> dict[str, Input]:
    """The inputs of `workflow_dispatch`, `workflow_call` or an action, by name as written."""
    inputs: dict[str, Input] = {}
    for entry in _entries(node):
        name = entry.name or ""
        below = entry.value if isinstance(entry.value, Mapping) else None
        if below is None:
            inputs[name] = Input(name, entry)
            continue
        kind = scalar_of(below.get("type"))
        required = scalar_of(below.get("required"))
        options = below.get("options")
        inputs[name] = Input(
            name,
            entry,
            kind.value if kind else "string",
            required is not None and required.value.lower() == "true",
            scalar_of(below.get("default")),
            tuple(item.value for item in options.items if isinstance(item, Scalar))
            if isinstance(options, SequenceNode)
            else (),
        )
    return inputs


def _read_secrets(node: Node | None) -> dict[str, SecretInput]:
    secrets: dict[str, SecretInput] = {}
    for entry in _entries(node):
        required = scalar_of(entry.value.get("required")) if isinstance(entry.value, Mapping) else None
        name = entry.name or ""
        secrets[name] = SecretInput(name, entry, required is not None and required.as_bool() is True)
    return secrets


def read_outputs(node: Node | None) -> dict[str, Output]:
    """The outputs of a called workflow or composite action, by name as written."""
    outputs: dict[str, Output] = {}
    for entry in _entries(node):
        name = entry.name or ""
        value = entry.value.get("value") if isinstance(entry.value, Mapping) else None
        outputs[name] = Output(name, entry, scalar_of(value))
    return outputs


def starts(
    trigger: Trigger,
    event: str,
    activity: str | None = None,
    ref: str | None = None,
    changed: Sequence[str] | None = None,
) -> bool | None:
    """Whether an event starts the workflow by this trigger; None where that cannot be known.

    `ref` is the ref that the filters look at: the pushed one (`refs/heads/…`, `refs/tags/…`), the base branch of a pull
    request, the branch of the run that ends. `changed` are the paths that the push or pull request changes; without
    them a filter of paths is undecided.

    GitHub's page "Workflow syntax": with only `branches` no tag starts it, with only `tags` no branch, with neither
    both do; paths are not looked at for tags; an event without its activity type in `types` does nothing.
    """
    if trigger.event != event:
        return False
    known = trigger.known
    if activity is not None and (trigger.types is not None or known is not None):
        custom = event == "repository_dispatch" and trigger.types is None
        if not custom and activity not in trigger.activity_types:
            return False
    verdicts = [_ref_passes(trigger, event, ref)]
    if event in ("push", "pull_request", "pull_request_target") and not (ref or "").startswith("refs/tags/"):
        verdicts.append(_paths_pass(trigger, changed))
    return _all(verdicts)


def _all(verdicts: Sequence[bool | None]) -> bool | None:
    return False if False in verdicts else None if None in verdicts else True


def _ref_passes(trigger: Trigger, event: str, ref: str | None) -> bool | None:
    known = trigger.known
    filtered = {key for key in trigger.filters if known is None or key in known.filters}
    of_branches = filtered & {"branches", "branches-ignore"}
    of_tags = filtered & {"tags", "tags-ignore"} if event == "push" else set[FilterKey]()
    if not of_branches and not of_tags:
        return True
    if ref is None:
        return None
    if ref.startswith("refs/tags/"):
        kind: Literal["branches", "tags"] = "tags"
        looked_at, name = of_tags, ref.removeprefix("refs/tags/")
    else:
        kind = "branches"
        looked_at, name = of_branches, ref.removeprefix("refs/heads/")
    if not looked_at:
        return False
    return _all([_passes(trigger.filters[key], name, ignore=key != kind) for key in looked_at])


def _passes(found: Filter, name: str, *, ignore: bool) -> bool | None:
    if not found.readable:
        return None
    passes = matches(found.values, name)
    return passes if passes is None else passes != ignore


def _paths_pass(trigger: Trigger, changed: Sequence[str] | None) -> bool | None:
    verdicts: list[bool | None] = []
    for key in ("paths", "paths-ignore"):
        found = trigger.filters.get(key)
        if found is not None:
            if changed is None or not found.readable:
                return None
            each = [_passes(found, path, ignore=key == "paths-ignore") for path in changed]
            verdicts.append(True if True in each else None if None in each else False)
    return _all(verdicts)
