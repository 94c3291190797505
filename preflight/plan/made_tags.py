"""Which tag a step gives to what it makes, by examples, and whether what waits for it lets such a tag through. No tag that is wholly unknown is guessed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from preflight.plan.open_runs import key_of, opened, reached
from preflight.plan.publish_plan import Publish
from preflight.plan.release_makers import Made
from preflight.plan.scenarios import Scenario, trigger_starts
from preflight.plan.scripts import without_comments
from preflight.plan.upload_steps import UploadReader
from preflight.sources.patterns import compile as _compile
from preflight.workflows.calls import WorkflowSet
from preflight.workflows.expressions import OpenMapping
from preflight.workflows.model import Job, Step, effective_env

_WORD = r"(?:\"(?P<quoted>[^\"\n]+)\"|'(?P<plain>[^'\n]+)'|(?P<bare>(?:\$\{\{[^}\n]*\}\}|[^\s\"'-])(?:\$\{\{[^}\n]*\}\}|[^\s\"';&|)])*))"
_NAMED_BY_SCRIPT = (
    _compile(rf"\bgh\s+release\s+create\s+{_WORD}"),
    _compile(rf"\bgit\s+tag\s+(?:-(?:a|s|f|as|af)\s+)*{_WORD}"),
)
_NAMED_BY_INPUT = ("tag_name", "tag", "custom_tag")
"""The inputs of the actions that make a release or tag. action.yml of softprops/action-gh-release, ncipollo/release-action and others."""
_PIECE = _compile(
    r"\$\{\{\s*(?P<expression>[^}]*?)\s*\}\}|\$\{(?P<braced>\w+)\}|\$(?P<variable>\w+)|\$\{[^}]*\}|\$\([^)]*\)|`[^`]*`"
)
_EXPRESSION = _compile(r"(?:github\.event\.)?(?P<context>inputs|env)\.(?P<name>[\w-]+)")
_VERSIONS = ("1.2.3", "1.2", "1.2.3.4", "2024.1.0", "12")
_UNKNOWN = "\0"
_DEEP = 4


def made_tags(made: Made) -> tuple[str, ...]:
    """Examples of the tag, versions filled in for what is only known in the run; none where nothing of it is written."""
    written = _written(made.step)
    if written is None:
        return ()
    text = _filled(written, made.scenario, made.job, made.step, _DEEP)
    if not text.replace(_UNKNOWN, ""):
        return ()
    return (text,) if _UNKNOWN not in text else tuple(text.replace(_UNKNOWN, each) for each in _VERSIONS)


def _written(step: Step) -> str | None:
    """The name of the tag as the step's action or script has it."""
    given = (step.inputs.get(name) for name in _NAMED_BY_INPUT)
    scalar = next((each.scalar for each in given if each is not None), None)
    if scalar is not None:
        return scalar.value
    if step.run is None:
        return None
    text = without_comments(step.run.value)
    match = next((found for pattern in _NAMED_BY_SCRIPT if (found := pattern.search(text)) is not None), None)
    return (match["quoted"] or match["plain"] or match["bare"]) if match is not None else None


def _filled(text: str, scenario: Scenario, job: Job, step: Step, deep: int) -> str:
    """A text with its variables and inputs filled in, as they are when nobody changes an input; what is not known is marked."""
    env = effective_env(job, step).values
    defaults: Mapping[str, object] = {**scenario.default_inputs, **(scenario.inputs or {})}

    def variable(name: str) -> str:
        given = env.get(name)
        if given is None or given.scalar is None or deep == 0:
            return _UNKNOWN
        return _filled(given.scalar.value, scenario, job, step, deep - 1)

    def piece(match: re.Match[str]) -> str:
        name = match["braced"] or match["variable"]
        if name is not None:
            return variable(name)
        found = _EXPRESSION.fullmatch(match["expression"] or "")
        if found is None:
            return _UNKNOWN
        if found["context"] == "env":
            return variable(found["name"])
        value = defaults.get(found["name"])
        return value if isinstance(value, str) and value else _UNKNOWN

    return _PIECE.sub(piece, text).removeprefix("refs/tags/")


def lets_through(row: Publish, tags: Iterable[str], workflows: WorkflowSet, reader: UploadReader) -> bool:
    """Whether an upload that waits for a release or a pushed tag may happen for one of some tags: by its trigger, and by its conditions."""
    return any(_may_upload(row, tag, workflows, reader) for tag in tags)


def _may_upload(row: Publish, tag: str, workflows: WorkflowSet, reader: UploadReader) -> bool:
    scenario, ref = row.scenario, f"refs/tags/{tag}"
    if scenario.event == "push" and trigger_starts(scenario.trigger, "push", None, ref) is False:
        return False
    run = opened(scenario)
    github = OpenMapping({**run.github, "ref": ref, "ref_name": tag})
    event = github.get("event")
    if isinstance(event, Mapping):
        release = event.get("release")
        told = {"release": OpenMapping({**release, "tag_name": tag})} if isinstance(release, Mapping) else {"ref": ref}
        github = OpenMapping({**github, "event": OpenMapping({**event, **told})})
    found = reached(replace(run, ref=ref, github=github), workflows, reader).get(key_of(row.upload_step))
    return found is not None and found.happens is not False
