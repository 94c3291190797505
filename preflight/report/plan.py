"""The publish plan as a table for people, as JSON, and as Markdown. A pure function from the plan to text."""

from collections.abc import Iterable, Mapping, Sequence
from json import dumps
from typing import TypeAlias

from preflight.plan.pipeline_plan import PipelinePublish, PipelineScenario, PlannedPipeline
from preflight.plan.publish_plan import PlannedScenario, Publish, PublishPlan
from preflight.plan.scenarios import Scenario
from preflight.publishers.registered import index_title
from preflight.report.safe import for_machines, for_people
from preflight.report.style import Style, text_width, wrap
from preflight.report.summary import number
from preflight.sources.patterns import compile
from preflight.sources.records import dataclass
from preflight.sources.words import retold, say
from preflight.workflows.expressions import Unknown, Value

SCHEMA = 1

_Planned: TypeAlias = PlannedScenario | PlannedPipeline
_Row: TypeAlias = Publish | PipelinePublish

_AUTHENTICATION = {
    "trusted-publishing": "OIDC",
    "token": "API token",
    "password": "user name and password",
    "none": "no credentials at all",
    "unknown": "unknown credentials",
}
_EVENTS = {"workflow_dispatch": "manual run", "web": "manual run", "merge_request_event": "merge request"}
_SHOWN_CLAIMS = ("job_workflow_ref", "workflow_ref", "ci_config_ref_uri", "sub")
"""The claims that say something which the row does not say already."""
_HARMLESS = compile(r"[A-Za-z0-9_. /=-]{1,30}|(?:secret|variable) `[A-Za-z0-9_]{1,40}`")
_FIRST_COLUMN = 34
_GAP = "  "


def render_plan(plan: PublishPlan, format: str, version: str, *, color: bool, width: int, verbose: bool) -> str:
    """The plan in an output format: `json`, `markdown`, or the table for any other."""
    if format == "json":
        return dumps(plan_as_json(plan, version), indent=1, ensure_ascii=False) + "\n"
    if format == "markdown":
        return _markdown(plan, verbose)
    return _table(plan, Style(color), width, verbose)


# ---------------------------------------------------------------------------------------------------------------------
# JSON


def plan_as_json(plan: PublishPlan, version: str) -> dict[str, object]:
    """The plan as the contract's JSON, schema 1: a scenario for each way to start, so what depends on the kind of a release stays `unknown`."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "preflight", "version": version},
        "scenarios": [_scenario_json(each) for each in plan.all_scenarios()],
        "left_out": [{"workflow": path, "scenarios": count} for path, count in plan.left_out.items()],
    }


def _scenario_json(planned: _Planned) -> dict[str, object]:
    scenario = planned.scenario
    inputs = None if scenario.inputs is None else {name: _plain(value) for name, value in scenario.inputs.items()}
    return {
        "workflow": scenario.path,
        "event": scenario.event,
        "activity": scenario.activity,
        "inputs": inputs,
        "ref": scenario.ref,
        "starts": scenario.starts is not False,
        "publishes": [_publish_json(each) for each in planned.publishes],
    }


def _prerelease(scenario: Scenario | PipelineScenario) -> bool | None:
    return scenario.prerelease if isinstance(scenario, Scenario) else None


def _plain(value: Value) -> object:
    if isinstance(value, Unknown):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return for_machines(value) if isinstance(value, str) else value


def _publish_json(publish: _Row) -> dict[str, object]:
    identity = publish.identity
    found: dict[str, object] = {
        "job": publish.job,
        "step": publish.step_number,
        "client": publish.upload.client,
        "happens": publish.happens,
        "index": for_machines(publish.index) if publish.index is not None else None,
        "auth": publish.authentication,
        "environment": publish.environment,
        "publisher": None,
    }
    if publish.trusted:
        found["publisher"] = {
            "kind": identity.kind,
            "owner": identity.owner,
            "repository": identity.repository,
            "workflow": identity.workflow,
            "environment": identity.environment or None,
        }
        found["claims"] = {
            name: for_machines(claim.value) if claim.value is not None else None
            for name, claim in publish.claims.items()
        }
    if publish.environment_expression is not None:
        found["environment_expression"] = publish.environment_expression
    if publish.happens == "unknown":
        found["unless"] = for_machines(publish.certainty.unless)
    if publish.index is None:
        found["index_expression"] = for_machines(_index_words(publish))
    if publish.hidden_in:
        found["hidden_in"] = publish.hidden_in
    return found


def _index_words(publish: _Row) -> str:
    setting = publish.upload.index.setting
    return str(setting.value) if setting is not None else ""


# ---------------------------------------------------------------------------------------------------------------------
# For people


_PULL_REQUESTS = ("pull_request", "pull_request_target")


@dataclass(frozen=True, slots=True)
class _Group:
    """Scenarios that differ only in their ref, or in what is done with a pull request, and publish the same."""

    scenarios: list[Scenario | PipelineScenario]
    publishes: tuple[_Row, ...]


def _grouped(planned: Iterable[_Planned]) -> list[_Group]:
    groups: dict[tuple[object, ...], _Group] = {}
    for each in planned:
        scenario = each.scenario
        inputs = tuple((name, repr(value)) for name, value in (scenario.inputs or {}).items())
        rows = tuple(
            (
                row.job,
                row.place.start,
                row.happens,
                row.index,
                row.authentication,
                row.environment,
                row.certainty.unless,
            )
            for row in each.publishes
        )
        activity = None if scenario.event in _PULL_REQUESTS else scenario.activity
        key = (scenario.event, activity, inputs, rows, scenario.starts)
        groups.setdefault(key, _Group([], each.publishes)).scenarios.append(scenario)
    return list(groups.values())


def _when(group: _Group, defaults: Mapping[str, Value]) -> list[str]:
    """What starts it, in words: the event, the inputs that differ from their defaults, the refs."""
    first = group.scenarios[0]
    name = say(_EVENTS[first.event]) if first.event in _EVENTS else first.event.replace("_", " ")
    activities = dict.fromkeys(scenario.activity for scenario in group.scenarios if scenario.activity)
    title = _safe(f"{name} {say(', ').join(activities)}" if activities else name)
    lines = [title]
    marked = {_prerelease(each) for each in group.scenarios}
    if marked in ({True}, {False}):
        lines.append(say("as a pre-release") if True in marked else say("as no pre-release"))
    changed = [f"{key}={_input(value)}" for key, value in (first.inputs or {}).items() if defaults.get(key) != value]
    if changed:
        lines.append(say("with {inputs}", inputs=", ".join(map(_safe, changed))))
    refs = [_safe(_ref(scenario)) for scenario in group.scenarios]
    shown = [ref for ref in dict.fromkeys(refs) if ref]
    if shown and first.event not in ("schedule", "workflow_run", "repository_dispatch"):
        either = say(" or ").join(shown)
        lines.append(say("of {refs}", refs=either) if first.event == "push" else say("on {refs}", refs=either))
    return lines


def _input(value: Value) -> str:
    if isinstance(value, Unknown):
        return "?"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(_plain(value)) or "''"


def _ref(scenario: Scenario | PipelineScenario) -> str:
    ref = scenario.ref or ""
    for prefix, words in (("refs/tags/", "tag {name}"), ("refs/heads/", "branch {name}")):
        if ref.startswith(prefix):
            return say(words, name=ref.removeprefix(prefix))
    return say("a pull request") if ref.startswith("refs/pull/") else ref


def _what(publish: _Row, *, verbose: bool = False) -> list[str]:
    """What a row does, in words: the upload, and below it as whom and on what it depends; `verbose` adds the claims."""
    index = _safe(index_title(publish.index)) if publish.index is not None else say("an index that is not known")
    job = _safe(publish.job)
    if publish.pretends:
        lines = [say("{job} -> pretends to upload to {index}", job=job, index=index)]
    else:
        authentication = say(_AUTHENTICATION[publish.authentication])
        words = "{job} -> {index} by {authentication}"
        if publish.index is None:
            words = "{job} -> {index}, by {authentication}"
        lines = [say(words, job=job, index=index, authentication=authentication)]
    identity = publish.identity
    environment = _safe(publish.environment_expression or publish.environment or "")
    if publish.trusted and not publish.pretends:
        slug = f"{_safe(identity.owner or '?')}/{_safe(identity.repository or '?')}"
        where = say("environment {name}", name=environment) if environment else say("no environment")
        words = "as {repository}, {workflow}, {environment}"
        lines.append(say(words, repository=slug, workflow=_safe(identity.workflow or "?"), environment=where))
    elif environment:
        lines.append(say("in environment {name}", name=environment))
    setting = publish.upload.token or publish.upload.password
    if publish.authentication in ("token", "password") and setting is not None:
        lines.append(say("from {source}", source=_safe(setting.described)))
    if publish.index is None and _index_words(publish):
        lines.append(say("the index is {index}", index=_safe(_index_words(publish))))
    if publish.hidden_in:
        lines.append(say("in {place}", place=_safe(publish.hidden_in)))
    if publish.happens == "unknown":
        lines.append(say("if {condition}", condition=_safe(retold(publish.certainty.unless))))
    if verbose and publish.trusted and not publish.pretends:
        lines += [_safe(f"{name}: {claim}") for name, claim in publish.claims.items() if name in _SHOWN_CLAIMS]
    return lines


def _safe(text: str) -> str:
    """A text from outside as `for_people` makes it, which a short name and the name of a secret already are."""
    return text if _HARMLESS.fullmatch(text) else for_people(text)


def _table(plan: PublishPlan, style: Style, width: int, verbose: bool) -> str:
    out: list[str] = []
    for path, planned in _by_workflow(plan):
        publishing = [each for each in planned if each.publishes]
        quiet = [each for each in planned if not each.publishes]
        if not publishing and not verbose:
            continue
        out += [style.paint("strong", for_people(path)), ""]
        out += _rows(planned if verbose else publishing, style, width, verbose)
        if quiet and not verbose:
            found = dict.fromkeys(" ".join(_when(group, _defaults(group))) for group in _grouped(quiet))
            words = say("Nothing is published on: {events}.", events=say(", ").join(found))
            out += [f"{_GAP}{line}" for line in style.code_spans(wrap(words, width - 2))]
            out.append("")
        if path in plan.left_out:
            out += [_GAP + say("{count} more ways to start it were left out.", count=plan.left_out[path]), ""]
    if not out:
        count = len({each.scenario.path for each in plan.told_scenarios()})
        return say("No upload to an index was found in {workflows}.", workflows=number(count, "workflow")) + "\n"
    return "\n".join(out).rstrip() + "\n"


def _defaults(group: _Group) -> Mapping[str, Value]:
    return group.scenarios[0].default_inputs


def _by_workflow(plan: PublishPlan) -> list[tuple[str, list[_Planned]]]:
    found: dict[str, list[_Planned]] = {}
    for each in plan.told_scenarios():
        found.setdefault(each.scenario.path, []).append(each)
    return sorted(found.items())


def _rows(planned: Sequence[_Planned], style: Style, width: int, verbose: bool) -> list[str]:
    out = []
    second = max(30, width - _FIRST_COLUMN - 2 * len(_GAP))
    for group in _grouped(planned):
        left = [line for text in _when(group, _defaults(group)) for line in _indented(text, _FIRST_COLUMN)]
        right: list[str] = []
        for publish in group.publishes:
            head, *more = _what(publish, verbose=verbose)
            right += _indented(head, second)
            right += [f"  {line}" for text in more for line in _indented(text, second - 2)]
        right = right or [say("nothing")]
        height = max(len(left), len(right))
        for row in range(height):
            one = left[row] if row < len(left) else ""
            other = right[row] if row < len(right) else ""
            padded = one + " " * (_FIRST_COLUMN - text_width(one))
            out.append(f"{_GAP}{style.paint('strong', padded) if row == 0 else padded}{_GAP}{other}".rstrip())
        out.append("")
    return out


def _indented(text: str, width: int) -> list[str]:
    """A line broken to a width, its continuation two columns further in."""
    first, *rest = wrap(text, width)
    if not rest:
        return [first]
    return [first, *(f"  {line}" for line in wrap(" ".join(rest), width - 2))]


def _markdown(plan: PublishPlan, verbose: bool) -> str:
    out = [f"# {say('Publish plan')}", ""]
    for path, planned in _by_workflow(plan):
        shown = planned if verbose else [each for each in planned if each.publishes]
        if not shown:
            continue
        out += [f"## `{path}`", "", say("| when | what is published |"), "| --- | --- |"]
        for group in _grouped(shown):
            when = "<br>".join(map(_cell, _when(group, _defaults(group))))
            what = "<br>".join(_cell(line) for publish in group.publishes for line in _what(publish)) or say("nothing")
            out.append(f"| {when} | {what} |")
        out.append("")
    if len(out) == 2:
        out.append(say("No upload to an index was found."))
    return "\n".join(out).rstrip() + "\n"


def _cell(text: str) -> str:
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return shown.replace("*", "\\*").replace("`", "\\`").replace("@", "&#64;")
