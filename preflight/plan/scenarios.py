"""The ways in which an event can start a workflow, and what each run would know of itself. Evaluates no job."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import chain, combinations, islice
from re import IGNORECASE, fullmatch
from typing import TypeAlias

from preflight.sources.patterns import compile
from preflight.sources.records import dataclass
from preflight.workflows.events import EVENTS, RefKind
from preflight.workflows.expressions import UNKNOWN, OpenMapping, Unknown, Value
from preflight.workflows.filters import example_match, example_mismatch
from preflight.workflows.model import Workflow
from preflight.workflows.triggers import Input, Trigger

MAX_SCENARIOS = 64
"""Scenarios of one workflow; what is left out beyond them is said."""

_REF = r"(?:github\s*\.\s*(?:event\s*\.\s*)?ref(?:_name)?)"
_REF_LITERAL = compile(r"'(refs/(?:heads|tags)/[^'\s{}*]+)'")
_REF_BEGINNING = compile(rf"startsWith\(\s*{_REF}\s*,\s*'(refs/(?:heads|tags)/[^'\s{{}}]+)'", IGNORECASE)
_TAG_BEGINNING = compile(
    r"startsWith\(\s*github\s*\.\s*(?:ref_name|event\s*\.\s*release\s*\.\s*tag_name)\s*,\s*'([\w./@+-]+)'", IGNORECASE
)
_REF_PART = compile(
    rf"(?P<how>contains|endsWith)\(\s*(?:{_REF}|github\s*\.\s*event\s*\.\s*release\s*\.\s*tag_name)\s*,\s*'(?P<part>[^'\n]+)'",
    IGNORECASE,
)
_NO_CONDITION = compile(
    r"\s*(?:-\s+)?(?:prerelease|draft|make_latest|latest|name|title|body|tags?|flavor|run-name)\s*:"
)
"""Beginnings of lines that say what a release looks like, not whether something runs."""
_FORMAT = compile(r"format\(\s*'([^'\n]*)'", IGNORECASE)
_REF_NAME = compile(
    r"github\s*\.\s*ref_name\s*==\s*'([\w./-]+)'|'([\w./-]+)'\s*==\s*github\s*\.\s*ref_name", IGNORECASE
)
_SHELL_REF = compile(
    r"(?:\$\{?GITHUB_REF(?P<name>_NAME)?\b\}?|\$\{\{\s*github\.ref(?P<other>_name)?\s*\}\})[\"']?\s*(?:==?|!=)\s*[\"']?"
    r"(?P<full>refs/heads/)?(?P<branch>[A-Za-z][\w./-]*)[\"']?(?P<star>\*?)[\"']?(?=\s)"
)
"""A comparison of the ref in a script, with the branch that it asks for."""
_INPUT = r"\binputs(?:\.(?P<name>[\w-]+)|\[\s*'(?P<other>[^'\n]+)'\s*\])"
_COMPARED = compile(
    rf"(?:'(?P<first>[^'\n]*)'\s*[!=]=\s*(?:github\.event\.)?)?{_INPUT}(?(first)|\s*(?:[!=]=\s*'(?P<last>[^'\n]*)'|\}}\}}[\"']?\s*(?:==?|!=)\s*[\"']?(?P<shell>[\w.-]+)))"
)
_JUDGED = compile(
    rf"\bif:[^\n]*?{_INPUT}(?!\s*[!=]=)|{_INPUT.replace('<name>', '<third>').replace('<other>', '<fourth>')}\s*&&"
)
_PRERELEASE = compile(r"event\s*\.\s*release\s*\.\s*prerelease\b", IGNORECASE)
_STARTED = compile(rf"startsWith\(\s*(?:github\.event\.)?{_INPUT}\s*,\s*'(?P<start>[\w./@+-]+)'", IGNORECASE)
_LONGEST_SEARCHED = 500_000
_MOST_COMPARED = 8
_MOST_MARKS = 3
_MOST_COUNTED = 10_000
_ANY_TEXT = Unknown.text()
_GIVEN_TEXT = Unknown(pieces=("", ""), truthy=True)
"""What somebody types into an input: any text but none."""
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
    prerelease: bool | None = None
    """Whether the release is marked as a pre-release, where the workflow asks for it."""
    combined: bool = False
    """Whether two inputs differ from their defaults: such a run is only worth telling where it publishes what no other one does."""

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
        return (
            "tag"
            if (self.ref or "").startswith("refs/tags/")
            else "branch"
            if (self.ref or "").startswith("refs/heads/")
            else None
        )


@dataclass(frozen=True, slots=True)
class Enumeration:
    """The scenarios of one workflow, and how many more there would have been."""

    scenarios: tuple[Scenario, ...]
    left_out: int


def scenarios(workflow: Workflow, names: Names) -> Enumeration:
    """Enumerate the scenarios of a workflow from its `on:`.

    Each event, each activity type, a tag and a branch that pass the filters and one that does not where filters matter, the refs that conditions
    ask for; a manual run from the default branch and from a tag, with the defaults of its inputs and then each other value of its boolean and
    choice inputs, and those that conditions compare the others with, one at a time. Where they are too many, runs with other inputs than the
    defaults are left out first; where there is room, runs with two other inputs follow, marked as `combined`.
    A workflow that is only called has no scenario of its own: its jobs stand in those of its callers.
    """
    if all(trigger.event == "workflow_call" for trigger in workflow.triggers):
        return Enumeration((), 0)
    words = ref_words(workflow.source.text)
    triggers = [trigger for trigger in workflow.triggers if trigger.event != "workflow_call"]
    usual = ((index, way) for index, trigger in enumerate(triggers) for way in _usual(trigger, names, words))
    others = (
        (index, way) for index, trigger in enumerate(triggers) for way in _with_other_inputs(trigger, names, workflow)
    )
    found = chain(usual, others)
    kept = sorted(islice(found, MAX_SCENARIOS), key=lambda each: each[0])
    made = [_scenario(workflow, triggers[index], way, names) for index, way in kept]
    pairs = (
        replace(_scenario(workflow, trigger, way, names), combined=True)
        for trigger in triggers
        for way in _with_two_other_inputs(trigger, names, workflow)
    )
    left_out = sum(1 for _ in islice(found, _MOST_COUNTED))
    return Enumeration((*made, *islice(pairs, MAX_SCENARIOS - len(made))), left_out)


_Way: TypeAlias = tuple[str | None, Mapping[str, Value] | None, str | None, bool | None]
"""One way to start a workflow: activity, inputs, ref, and whether it starts at all."""


def _usual(trigger: Trigger, names: Names, words: "RefWords") -> Iterator[_Way]:
    unheard = {node.value for node in trigger.unknown_types}
    for activity in _activities(trigger):
        for ref, starts in _refs(trigger, activity, names, words):
            yield activity, _defaults(trigger), ref, False if activity in unheard else starts


def _activities(trigger: Trigger) -> Sequence[str | None]:
    known = trigger.known
    if trigger.event == "repository_dispatch":
        return trigger.types or (None,)
    if known is None or not known.has_types:
        return (None,)
    return tuple(dict.fromkeys(trigger.activity_types)) or (None,)


def _defaults(trigger: Trigger) -> Mapping[str, Value] | None:
    if trigger.event != "workflow_dispatch":
        return None
    defaults: dict[str, Value] = {}
    for name, given in trigger.inputs.items():
        default = given.default_value
        typed_in = given.type in ("string", "environment") and given.required and not given.has_default
        defaults[name] = _GIVEN_TEXT if typed_in else UNKNOWN if default is None else default
    return defaults


def _with_other_inputs(trigger: Trigger, names: Names, workflow: Workflow) -> Iterator[_Way]:
    defaults = _defaults(trigger)
    if not defaults:
        return
    for name, choice in _other_values(trigger, defaults, workflow):
        for ref in _manual_refs(names):
            yield None, {**defaults, name: choice}, ref, True


def _with_two_other_inputs(trigger: Trigger, names: Names, workflow: Workflow) -> Iterator[_Way]:
    """Runs in which two inputs differ from their defaults: `target: pypi` together with `dry_run: false`."""
    defaults = _defaults(trigger)
    if not defaults or len(defaults) == 1:
        return
    for (first, one), (second, other) in combinations(_other_values(trigger, defaults, workflow), 2):
        if first != second:
            for ref in _manual_refs(names):
                yield None, {**defaults, first: one, second: other}, ref, True


def _manual_refs(names: Names) -> tuple[str, str]:
    return f"refs/heads/{names.default_branch}", f"refs/tags/{_usual_tag(names)}"


def _other_values(trigger: Trigger, defaults: Mapping[str, Value], workflow: Workflow) -> Iterator[tuple[str, Value]]:
    """The values of inputs, other than their defaults, that make a difference."""
    asked = _compared(workflow.source.text)
    for name, given in trigger.inputs.items():
        default = defaults[name]
        choices: Sequence[Value] = given.choices or _asked_values(given, asked.get(name.lower(), ()))
        for choice in choices:
            if choice != default or type(choice) is not type(default):
                yield name, choice


def _compared(text: str) -> Mapping[str, Sequence[str | None]]:
    """What conditions compare each input with, by its name in lower case; None for one that is only asked whether it is given.

    What it has to start with is made a version: `cli-v` stands for `cli-v1.2.3`.
    """
    found: dict[str, list[str | None]] = {}
    if len(text) <= _LONGEST_SEARCHED:
        for match in _COMPARED.finditer(text):
            found.setdefault((match["name"] or match["other"]).lower(), []).append(
                match["first"] or match["last"] or match["shell"] or ""
            )
        for match in _STARTED.finditer(text):
            start = match["start"]
            found.setdefault((match["name"] or match["other"]).lower(), []).append(
                start if start[-1].isdigit() else f"{start}1.2.3"
            )
        for match in _JUDGED.finditer(text):
            name = match["name"] or match["other"] or match["third"] or match["fourth"]
            found.setdefault(name.lower(), []).append(None)
    return found


def _asked_values(given: Input, compared: Sequence[str | None]) -> Sequence[Value]:
    """The values of an input that make a difference: those that conditions compare it with, and any other text."""
    found: list[Value] = list(dict.fromkeys(given.convert(each) for each in compared if each is not None))
    words = {str(each).lower() for each in found}
    if words & {"true", "false"}:
        return [*found, *(word for word in ("true", "false") if word not in words)]
    other = _GIVEN_TEXT if given.default_value == "" else _ANY_TEXT
    return [*found[:_MOST_COMPARED], *([other] if compared and given.type != "number" else [])]


@dataclass(frozen=True, slots=True)
class RefWords:
    """What the conditions of a workflow ask of refs: whole ones, their beginnings, the beginnings of tags, and marks of a tag."""

    whole: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    tag_beginnings: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


def ref_words(text: str) -> RefWords:
    """Find them by the words of the conditions; a literal that only looks so costs one scenario more."""
    if len(text) > _LONGEST_SEARCHED or not (
        "'refs/" in text or "ref_name" in text or "github.ref" in text or "tag_name" in text or "GITHUB_REF" in text
    ):
        return RefWords()
    beginnings = dict.fromkeys(match[1] for match in _REF_BEGINNING.finditer(text))
    names = dict.fromkeys(match[1] for match in _TAG_BEGINNING.finditer(text))
    parts = list(_REF_PART.finditer(text))
    inside = {match.start(1) for pattern in (_REF_BEGINNING, _FORMAT) for match in pattern.finditer(text)} | {
        match.start("part") for match in parts
    }
    whole = dict.fromkeys(
        match[1] for match in _REF_LITERAL.finditer(text) if match.start(1) not in inside and not match[1].endswith("/")
    )
    whole.update(dict.fromkeys(f"refs/heads/{match[1] or match[2]}" for match in _REF_NAME.finditer(text)))
    whole.update(dict.fromkeys(_branches_of_scripts(text)))
    marks: dict[str, None] = {}
    for match in parts:
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        mark = match["part"]
        if fullmatch(r"[\w.+-]{1,12}", mark) and mark not in ("refs", "tags", "v") and not _NO_CONDITION.match(line):
            open_end = match["how"].lower() == "contains" and (mark[-1].isalpha() or mark[-1] in "-.+")
            marks[f"{mark}1" if open_end else mark] = None
    most = _MOST_COMPARED
    return RefWords(tuple(whole)[:most], tuple(beginnings)[:most], tuple(names)[:most], tuple(marks)[:_MOST_MARKS])


def _branches_of_scripts(text: str) -> Iterator[str]:
    """The branches that scripts compare the ref with; `release/*` stands for one below it."""
    for match in _SHELL_REF.finditer(text):
        named = match["name"] or match["other"]
        if (named is None) is (match["full"] is None) or (named and fullmatch(r"v|tags?/.*|v?\d.*", match["branch"])):
            continue
        branch = match["branch"] + ("1.2" if match["star"] else "")
        if not branch.endswith("/"):
            yield f"refs/heads/{branch}"


def _asked_tags(names: Names, words: RefWords, usual: str) -> Iterator[str]:
    """Tags that conditions ask for and that the usual one is not like."""
    starts = [each.removeprefix("refs/tags/") for each in words.beginnings if each.startswith("refs/tags/")]
    given = [usual]
    for start in (*starts, *words.tag_beginnings):
        if not any(tag.startswith(start) for tag in given):
            made = next((tag for tag in names.tags if tag.startswith(start)), f"{start}1.2.3")
            given.append(made)
            yield made
    for mark in words.marks:
        if not any(mark.lower() in tag.lower() for tag in given):
            given.append(f"{usual}{mark}")
            yield f"{usual}{mark}"


def _refs(
    trigger: Trigger, activity: str | None, names: Names, words: RefWords
) -> Iterator[tuple[str | None, bool | None]]:
    known = EVENTS.get(trigger.event)
    kind = known.ref if known else RefKind.DEFAULT_BRANCH
    default = f"refs/heads/{names.default_branch}"
    usual = _usual_tag(names)
    tag = f"refs/tags/{usual}"
    match kind:
        case RefKind.PUSHED:
            yield from _pushed(trigger, names, words)
        case RefKind.TAG:
            yield tag, True
            for asked in _asked_tags(names, words, usual):
                yield f"refs/tags/{asked}", True
        case RefKind.CHOSEN:
            asked_tags = (f"refs/tags/{each}" for each in _asked_tags(names, words, usual))
            for ref in dict.fromkeys([default, tag, *words.whole, *asked_tags]):
                yield ref, True
        case RefKind.PULL_REQUEST:
            base = f"refs/heads/{_passing(trigger, 'branches', names) or names.default_branch}"
            starts = trigger_starts(trigger, trigger.event, None, base)
            if activity == "closed":
                # A run for a merged pull request is on the branch that it went into (GitHub, "Contexts reference", `github.ref`).
                yield base, starts
            yield "refs/pull/1/merge", starts
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
    return replace(
        trigger, filters={key: value for key, value in trigger.filters.items() if key not in ("paths", "paths-ignore")}
    )


def _pushed(trigger: Trigger, names: Names, words: RefWords) -> Iterator[tuple[str, bool | None]]:
    """A tag and a branch that pass the filters, those that conditions name, and one that does not pass."""
    filters = trigger.filters
    candidates: list[str] = []
    asked: list[str] = []
    for kind, prefix in (("tags", "refs/tags/"), ("branches", "refs/heads/")):
        name = _passing(trigger, kind, names)
        if name is not None:
            candidates.append(prefix + name)
            if kind == "tags":
                asked.extend(prefix + each for each in _asked_tags(names, words, name))
    known = (*candidates, *words.whole)
    starts_of_branches = (each for each in words.beginnings if each.startswith("refs/heads/"))
    branches = [f"{each}x" for each in starts_of_branches if not any(ref.startswith(each) for ref in known)]
    for ref in dict.fromkeys([*candidates, *words.whole, *asked, *branches]):
        starts = trigger_starts(trigger, trigger.event, None, ref)
        if starts is not False:
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


def _scenario(workflow: Workflow, trigger: Trigger, way: _Way, names: Names) -> Scenario:
    activity, inputs, ref, starts = way
    return Scenario(
        workflow=workflow,
        trigger=trigger,
        event=trigger.event,
        activity=activity,
        inputs=inputs,
        ref=ref,
        starts=starts,
        github=github_context(workflow, trigger.event, activity, inputs, ref, names),
    )


def by_prerelease(scenario: Scenario) -> tuple[Scenario, ...]:
    """A release as it is, and as a pre-release, where the workflow tells them apart and the activity does not; empty elsewhere."""
    event = scenario.github["event"]
    release = event.get("release") if isinstance(event, Mapping) else None
    if (
        not isinstance(event, Mapping)
        or not isinstance(release, Mapping)
        or not isinstance(release.get("prerelease"), Unknown)
        or not _PRERELEASE.search(scenario.workflow.source.text)
    ):
        return ()
    found = []
    for marked in (False, True):
        told = {**event, "release": OpenMapping({**release, "prerelease": marked})}
        found.append(replace(scenario, prerelease=marked, github=OpenMapping({**scenario.github, "event": told})))
    return tuple(found)


def github_context(
    workflow: Workflow,
    event: str,
    activity: str | None,
    inputs: Mapping[str, Value] | None,
    ref: str | None,
    names: Names,
) -> Mapping[str, Value]:
    """The `github` context of a run (GitHub, "Contexts reference"); a key that no run has is null, one not listed here is unknown."""
    tag = (ref or "").startswith("refs/tags/")
    branch = (ref or "").startswith("refs/heads/")
    name = (ref or "").removeprefix("refs/tags/" if tag else "refs/heads/" if branch else "refs/pull/" if ref else "")
    pull = event in ("pull_request", "pull_request_target") or event.startswith("pull_request_review")
    return OpenMapping(
        {
            "event_name": event,
            "event": _event(workflow, event, activity, inputs, ref, name, names),
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
            "base_ref": name if pull and branch and event == "pull_request" else _ANY_TEXT if pull else "",
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
    workflow: Workflow,
    event: str,
    activity: str | None,
    inputs: Mapping[str, Value] | None,
    ref: str | None,
    name: str,
    names: Names,
) -> Mapping[str, Value]:
    """The payload of an event (GitHub, "Webhook events and payloads"), as far as it is the same for all runs of a scenario.

    Its `workflow` is the file that the event started, in called workflows too.
    """
    repository: dict[str, Value] = {
        "default_branch": names.default_branch,
        "full_name": names.slug,
        "name": names.repository if names.repository is not None else _ANY_TEXT,
        "owner": OpenMapping({"login": names.owner if names.owner is not None else _ANY_TEXT}),
        "fork": False,  # the plan is that of the repository that publishes
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
            return {**common, "inputs": given if given else None, "ref": ref, "workflow": workflow.path}
        case "schedule":
            return {**common, "schedule": _ANY_TEXT, "workflow": workflow.path}
        case "create" | "delete":
            kind = "tag" if (ref or "").startswith("refs/tags/") else "branch"
            return {
                **common,
                "ref": name,
                "ref_type": kind,
                "master_branch": names.default_branch,
                "description": UNKNOWN,
                "pusher_type": _ANY_TEXT,
            }
        case "pull_request" | "pull_request_target":
            request: dict[str, Value] = {}
            if activity == "closed" and event == "pull_request":
                merged = not (ref or "").startswith("refs/pull/")
                request = {"merged": merged, "state": "closed"}
            keys = (
                "label",
                "assignee",
                "before",
                "after",
                "changes",
                "requested_reviewer",
                "requested_team",
                "milestone",
            )
            return {
                **common,
                "action": activity,
                "number": UNKNOWN,
                "pull_request": OpenMapping(request),
                **_open_keys(*keys),
            }
        case "workflow_run":
            return {**common, "action": activity, "workflow_run": OpenMapping(), "workflow": OpenMapping()}
        case "repository_dispatch":
            return {
                **common,
                "action": activity if activity is not None else _ANY_TEXT,
                "branch": names.default_branch,
                "client_payload": OpenMapping(),
            }
        case _:
            return OpenMapping({**common, "action": activity})


def _open_keys(*keys: str) -> dict[str, Value]:
    return dict.fromkeys(keys, UNKNOWN)


def _as_text(value: Value) -> Value:
    """A typed input as `github.event.inputs` holds it: always a text."""
    from preflight.workflows.expressions import to_text

    return to_text(value)
