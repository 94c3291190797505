"""The ways in which an event can start a workflow, and what each run would know of itself. Evaluates no job."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice
from re import compile as _compile

from preflight.sources.records import dataclass
from preflight.workflows.events import EVENTS, RefKind
from preflight.workflows.expressions import UNKNOWN, OpenMapping, Unknown, Value
from preflight.workflows.filters import example_match, example_mismatch
from preflight.workflows.model import Workflow
from preflight.workflows.triggers import Trigger

MAX_SCENARIOS = 64
"""Scenarios of one workflow; what is left out beyond them is said."""

_REF_LITERAL = _compile(r"'(refs/(?:heads|tags)/[^'\s]+)'")
_ANY_TEXT = Unknown.text()
_ANY_BOOLEAN = Unknown.one_of(True, False)
_SHA = Unknown.text()


@dataclass(frozen=True, slots=True)
class Names:
    """What a repository calls things: None or empty where it is not known."""

    owner: str | None = None
    repository: str | None = None
    default_branch: str = "main"
    tags: tuple[str, ...] = ()
    """Tags like those that are really made, the most likely one first."""

    @property
    def slug(self) -> "str | Unknown":
        """`owner/repository`, as far as it is known."""
        if self.owner is None or self.repository is None:
            return Unknown(pieces=("", "/", "")) if self.owner is None else Unknown.text(f"{self.owner}/")
        return f"{self.owner}/{self.repository}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to start a workflow. `inputs` are those of a manual run; `starts` is None where a filter cannot be decided."""

    workflow: Workflow
    trigger: Trigger
    event: str
    activity: str | None = None
    inputs: Mapping[str, Value] | None = None
    ref: str | None = None
    starts: bool | None = True
    github: Mapping[str, Value] = field(default_factory=dict, repr=False)

    @property
    def path(self) -> str:
        """The workflow's file."""
        return self.workflow.path

    @property
    def default_inputs(self) -> Mapping[str, Value]:
        """The inputs that a manual run has when nobody changes any."""
        return {name: given.default_value for name, given in self.trigger.inputs.items()}

    @property
    def ref_type(self) -> str | None:
        """`branch` or `tag`; None for another ref."""
        return "tag" if (self.ref or "").startswith("refs/tags/") else "branch" if (self.ref or "").startswith("refs/heads/") else None


@dataclass(frozen=True, slots=True)
class Enumeration:
    """The scenarios of one workflow, and how many more there would have been."""

    scenarios: tuple[Scenario, ...]
    left_out: int


def scenarios(workflow: Workflow, names: Names) -> Enumeration:
    """Enumerate the scenarios of a workflow from its `on:`.

    Each event, each activity type, a tag and a branch that pass the filters and one that does not where filters matter; a manual run from the
    default branch and from a tag, with the defaults of its inputs and then each other value of its boolean and choice inputs, one at a time.
    A workflow that is only called has no scenario of its own: its jobs stand in those of its callers.
    """
    found = _all(workflow, names)
    kept = tuple(islice(found, MAX_SCENARIOS))
    return Enumeration(kept, sum(1 for _ in islice(found, 10_000)))


def _all(workflow: Workflow, names: Names) -> Iterator[Scenario]:
    literals = list(dict.fromkeys(match[1] for match in _REF_LITERAL.finditer(workflow.source.text)))
    for trigger in workflow.triggers:
        if trigger.event == "workflow_call":
            continue
        for activity in _activities(trigger):
            for inputs in _inputs(trigger):
                for ref in _refs(trigger, names, literals):
                    yield _scenario(workflow, trigger, activity, inputs, ref, names)


def _activities(trigger: Trigger) -> Sequence[str | None]:
    known = trigger.known
    if trigger.event == "repository_dispatch":
        return trigger.types or (None,)
    if known is None or not known.has_types:
        return (None,)
    return trigger.activity_types or (None,)


def _inputs(trigger: Trigger) -> Iterator[Mapping[str, Value] | None]:
    if trigger.event != "workflow_dispatch":
        yield None
        return
    defaults: dict[str, Value] = {}
    for name, given in trigger.inputs.items():
        default = given.default_value
        typed_in = given.type in ("string", "environment") and given.required and not given.has_default
        defaults[name] = _ANY_TEXT if typed_in else UNKNOWN if default is None else default
    yield defaults
    for name, given in trigger.inputs.items():
        for choice in given.choices:
            if choice != defaults[name] or type(choice) is not type(defaults[name]):
                yield {**defaults, name: choice}


def _refs(trigger: Trigger, names: Names, literals: Sequence[str]) -> Iterator[tuple[str | None, bool | None]]:
    known = EVENTS.get(trigger.event)
    kind = known.ref if known else RefKind.DEFAULT_BRANCH
    default = f"refs/heads/{names.default_branch}"
    tag = f"refs/tags/{_usual_tag(names)}"
    match kind:
        case RefKind.PUSHED:
            yield from _pushed(trigger, names, literals)
        case RefKind.TAG:
            yield tag, True
        case RefKind.CHOSEN:
            chosen = [default, tag, *(ref for ref in literals if ref not in (default, tag))]
            for ref in dict.fromkeys(chosen):
                yield ref, True
        case RefKind.PULL_REQUEST:
            base = _passing(trigger, "branches", names) or names.default_branch
            yield "refs/pull/1/merge", trigger_starts(trigger, trigger.event, None, f"refs/heads/{base}")
        case RefKind.MERGE_GROUP:
            yield f"refs/heads/gh-readonly-queue/{names.default_branch}/pr-1", True
        case RefKind.DEPLOYED | RefKind.PACKAGE:
            yield tag, True
            yield default, True
        case _:
            yield default, True


def _usual_tag(names: Names) -> str:
    return names.tags[0] if names.tags else "v1.2.3"


def trigger_starts(trigger: Trigger, event: str, activity: str | None, ref: str) -> bool | None:
    """Whether a trigger starts its workflow on a ref; paths are taken to match, as those of a release do."""
    from preflight.workflows.triggers import starts

    answer = starts(trigger, event, activity, ref)
    return True if answer is None and starts(_without_paths(trigger), event, activity, ref) else answer


def _without_paths(trigger: Trigger) -> Trigger:
    from dataclasses import replace

    return replace(trigger, filters={key: value for key, value in trigger.filters.items() if key not in ("paths", "paths-ignore")})


def _pushed(trigger: Trigger, names: Names, literals: Sequence[str]) -> Iterator[tuple[str, bool | None]]:
    """A tag and a branch that pass the filters, those that conditions name, and one that does not pass."""
    filters = trigger.filters
    candidates: list[str] = []
    for kind, prefix in (("tags", "refs/tags/"), ("branches", "refs/heads/")):
        name = _passing(trigger, kind, names)
        if name is not None:
            candidates.append(prefix + name)
    candidates.extend(literals)
    seen = set()
    passed = set()
    for ref in candidates:
        starts = trigger_starts(trigger, trigger.event, None, ref)
        if ref not in seen and starts is not False:
            seen.add(ref)
            passed.add(ref.startswith("refs/tags/"))
            yield ref, starts
    if not {"branches", "branches-ignore", "tags", "tags-ignore"} & set(filters):
        return
    for kind, prefix in (("tags", "refs/tags/"), ("branches", "refs/heads/")):
        refused = _refused(trigger, kind, prefix, names)
        if refused is not None:
            yield refused, False


def _prefer(kind: str, names: Names) -> Sequence[str]:
    return (*names.tags, "v1.2.3", "1.2.3") if kind == "tags" else (names.default_branch, "main", "master")


def _passing(trigger: Trigger, kind: str, names: Names) -> str | None:
    positive = trigger.patterns("tags" if kind == "tags" else "branches")
    negative = trigger.patterns("tags-ignore" if kind == "tags" else "branches-ignore")
    ref_type = "tag" if kind == "tags" else "branch"
    if positive is not None:
        return example_match(positive, ref_type, _prefer(kind, names))  # type: ignore[arg-type]
    if negative is not None:
        return example_mismatch(negative, ref_type, _prefer(kind, names))  # type: ignore[arg-type]
    return _prefer(kind, names)[0]


def _refused(trigger: Trigger, kind: str, prefix: str, names: Names) -> str | None:
    positive = trigger.patterns("tags" if kind == "tags" else "branches")
    negative = trigger.patterns("tags-ignore" if kind == "tags" else "branches-ignore")
    ref_type = "tag" if kind == "tags" else "branch"
    if positive is not None:
        name = example_mismatch(positive, ref_type, ("feature",) if kind == "branches" else ("nightly",))  # type: ignore[arg-type]
    elif negative is not None:
        name = example_match(negative, ref_type, ())  # type: ignore[arg-type]
    else:
        name = _prefer(kind, names)[0]
    if name is None or trigger_starts(trigger, trigger.event, None, prefix + name) is not False:
        return None
    return prefix + name


def _scenario(
    workflow: Workflow,
    trigger: Trigger,
    activity: str | None,
    inputs: Mapping[str, Value] | None,
    ref: tuple[str | None, bool | None],
    names: Names,
) -> Scenario:
    full, starts = ref
    return Scenario(
        workflow=workflow,
        trigger=trigger,
        event=trigger.event,
        activity=activity,
        inputs=inputs,
        ref=full,
        starts=starts,
        github=github_context(workflow, trigger.event, activity, inputs, full, names),
    )


def github_context(
    workflow: Workflow, event: str, activity: str | None, inputs: Mapping[str, Value] | None, ref: str | None, names: Names
) -> Mapping[str, Value]:
    """The `github` context of a run (GitHub, "Contexts reference"); a key that no run has is null, one not listed here is unknown."""
    tag = (ref or "").startswith("refs/tags/")
    branch = (ref or "").startswith("refs/heads/")
    name = (ref or "").removeprefix("refs/tags/" if tag else "refs/heads/" if branch else "refs/pull/" if ref else "")
    pull = event in ("pull_request", "pull_request_target") or event.startswith("pull_request_review")
    return OpenMapping(
        {
            "event_name": event,
            "event": _event(event, activity, inputs, ref, name, names),
            "ref": ref if ref is not None else _ANY_TEXT,
            "ref_name": name if ref is not None else _ANY_TEXT,
            "ref_type": "tag" if tag else "branch",
            "ref_protected": _ANY_BOOLEAN,
            "repository": names.slug,
            "repository_owner": names.owner if names.owner is not None else _ANY_TEXT,
            "repository_visibility": Unknown.one_of("public", "private", "internal"),
            "server_url": "https://github.com",
            "api_url": "https://api.github.com",
            "graphql_url": "https://api.github.com/graphql",
            "workflow": workflow.title,
            "sha": _SHA,
            "head_ref": _ANY_TEXT if pull else "",
            "base_ref": _ANY_TEXT if pull else "",
            "actor": _ANY_TEXT,
            "triggering_actor": _ANY_TEXT,
            "run_id": _ANY_TEXT,
            "run_number": _ANY_TEXT,
            "run_attempt": _ANY_TEXT,
            "job": _ANY_TEXT,
            "token": _ANY_TEXT,
            "action": _ANY_TEXT,
            "workspace": Unknown.text("/"),
        }
    )


def _event(
    event: str, activity: str | None, inputs: Mapping[str, Value] | None, ref: str | None, name: str, names: Names
) -> Mapping[str, Value]:
    """The payload of an event (GitHub, "Webhook events and payloads"), as far as it is the same for all runs of a scenario."""
    repository: dict[str, Value] = {
        "default_branch": names.default_branch,
        "full_name": names.slug,
        "name": names.repository if names.repository is not None else _ANY_TEXT,
        "owner": OpenMapping({"login": names.owner if names.owner is not None else _ANY_TEXT}),
        "fork": _ANY_BOOLEAN,
        "private": _ANY_BOOLEAN,
    }
    common: dict[str, Value] = {
        "repository": OpenMapping(repository),
        "sender": OpenMapping(),
        "organization": UNKNOWN,
        "enterprise": UNKNOWN,
        "installation": UNKNOWN,
    }
    match event:
        case "push":
            return {
                **common,
                "ref": ref,
                "before": _SHA,
                "after": _SHA,
                "created": _ANY_BOOLEAN,
                "deleted": False,
                "forced": _ANY_BOOLEAN,
                "base_ref": UNKNOWN,
                "compare": _ANY_TEXT,
                "commits": UNKNOWN,
                "head_commit": OpenMapping(missing=UNKNOWN),
                "pusher": OpenMapping(),
            }
        case "release":
            release: dict[str, Value] = {
                "tag_name": name,
                "draft": False if activity != "created" else _ANY_BOOLEAN,
                "prerelease": True if activity == "prereleased" else False if activity == "released" else _ANY_BOOLEAN,
            }
            return {**common, "action": activity, "release": OpenMapping(release), "changes": UNKNOWN}
        case "workflow_dispatch":
            given = {key: _as_text(value) for key, value in (inputs or {}).items()}
            return {**common, "inputs": given if given else None, "ref": ref, "workflow": _ANY_TEXT}
        case "schedule":
            return {**common, "schedule": _ANY_TEXT, "workflow": _ANY_TEXT}
        case "create" | "delete":
            kind = "tag" if (ref or "").startswith("refs/tags/") else "branch"
            return {**common, "ref": name, "ref_type": kind, "master_branch": names.default_branch, "description": UNKNOWN, "pusher_type": _ANY_TEXT}
        case "pull_request" | "pull_request_target":
            return {**common, "action": activity, "number": UNKNOWN, "pull_request": OpenMapping(), **_open_keys("label", "assignee", "before", "after", "changes", "requested_reviewer", "requested_team", "milestone")}
        case "workflow_run":
            return {**common, "action": activity, "workflow_run": OpenMapping(), "workflow": OpenMapping()}
        case "repository_dispatch":
            return {**common, "action": activity if activity is not None else _ANY_TEXT, "branch": names.default_branch, "client_payload": OpenMapping()}
        case _:
            return OpenMapping({**common, "action": activity})


def _open_keys(*keys: str) -> dict[str, Value]:
    return dict.fromkeys(keys, UNKNOWN)


def _as_text(value: Value) -> Value:
    """A typed input as `github.event.inputs` holds it: always a text."""
    from preflight.workflows.expressions import to_text

    return to_text(value)
