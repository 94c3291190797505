"""Whether one run of a workflow ends another by its concurrency group (GitHub, "Workflow syntax", `concurrency`). Looks at no group of a single job."""

from collections.abc import Mapping

from preflight.plan.execution import evaluated, typed
from preflight.plan.open_runs import base_contexts
from preflight.plan.publish_plan import Publish
from preflight.workflows.expressions import OpenMapping, Value

_COMMIT = "0123456789abcdef0123456789abcdef01234567"


def cancels(first: Publish, second: Publish) -> bool:
    """Whether a second run for the same tag certainly cancels the first of the same workflow, where that is still under way."""
    concurrency = second.scenario.workflow.concurrency
    ref = first.scenario.ref
    if concurrency is None or concurrency.group is None or concurrency.cancel_in_progress is None or ref is None:
        return False
    if typed(concurrency.cancel_in_progress, _contexts(second, ref)) not in (True, "true"):
        return False
    one, other = (evaluated(concurrency.group, _contexts(row, ref)) for row in (first, second))
    return isinstance(one, str) and isinstance(other, str) and one.lower() == other.lower() != ""


def _contexts(row: Publish, ref: str) -> Mapping[str, Value]:
    """What the group of a run for a tag may ask for: the tag and its commit are the same whatever event brings them."""
    github = row.scenario.github
    same: dict[str, Value] = {"ref": ref, "ref_name": ref.removeprefix("refs/tags/"), "sha": _COMMIT}
    event = github.get("event")
    if isinstance(event, Mapping):
        same["event"] = _of_tag(event, ref)
    return {**base_contexts(row.scenario), "github": OpenMapping({**github, **same})}


def _of_tag(event: Mapping[str, Value], ref: str) -> Mapping[str, Value]:
    release = event.get("release")
    named: dict[str, Value] = dict(event)
    if isinstance(release, Mapping):
        named["release"] = OpenMapping({**release, "tag_name": ref.removeprefix("refs/tags/")})
    elif "ref" in event:
        named["ref"] = ref
    return OpenMapping(named) if isinstance(event, OpenMapping) else named
