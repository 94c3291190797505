"""Where a project stands on the way from a first release by hand to automated trusted publishing, for `preflight doctor` without a log. Asks no network."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from preflight.engine.finding import Reported, Severity
from preflight.engine.session import Outcome
from preflight.plan.pipeline_plan import PipelinePublish
from preflight.plan.publish_plan import Publish
from preflight.plan.wanted import Wanted, wanted_publishers
from preflight.sources.records import dataclass
from preflight.sources.text import Place

State = Literal["done", "missing", "unknown"]
Stage = Literal["by-hand", "token", "trusted", "automated"]

_PAGES = {"pypi": "https://pypi.org", "testpypi": "https://test.pypi.org"}
_VERSIONS = "versions"


@dataclass(frozen=True, slots=True)
class Milestone:
    """One step of the way. `how` says how to look, or what to do; empty where nothing is left."""

    name: str
    state: State
    words: str
    how: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """All steps, the stage that is reached, and what comes next."""

    milestones: tuple[Milestone, ...]
    stage: Stage
    next: str


def journey(outcome: Outcome, project: str | None) -> Journey:
    """How far a project has come, by the plan of its workflows and the findings of its checks."""
    plan = outcome.facts.get("publish_plan")
    registered = outcome.facts.get("maybe_registered_publishers")
    rows = [row for planned in plan.all_scenarios() for row in planned.publishes if row.happens != "never"]
    uploads = [row for row in rows if row.index not in (None, "testpypi")]
    trusted = [row for row in uploads if row.trusted]
    wanted = wanted_publishers(plan, registered)
    milestones = (
        *_of_name(project),
        _version(outcome),
        *_of_testpypi(rows),
        _workflow(uploads),
        *_of_token(uploads, trusted),
        *_of_publishers(wanted, project, outcome.result.findings),
        *_of_environment(trusted),
        _release(trusted),
        *_of_old_token(trusted, uploads),
        _checks(outcome),
    )
    stage = _stage(uploads, trusted)
    return Journey(milestones, stage, _next(stage, milestones))


_Row = Publish | PipelinePublish


def _of_name(project: str | None) -> Iterator[Milestone]:
    if project is None:
        return
    page = f"https://pypi.org/project/{project}/"
    yield Milestone(
        "name", "unknown", f"The name `{project}` is yours on PyPI, or free", f"Open {page}: your project, or 404."
    )
    yield Milestone(
        "first-release",
        "unknown",
        "A first release, or a pending publisher for it",
        f"{page} lists releases; pending publishers stand on https://pypi.org/manage/account/publishing/.",
    )


def _version(outcome: Outcome) -> Milestone:
    wrong = [
        each
        for each in outcome.result.findings
        if _family(outcome, each) == _VERSIONS and each.severity is not Severity.INFO
    ]
    if wrong:
        first = wrong[0]
        return Milestone(
            "version", "missing", "All statements of the version agree", f"{first.message}. {first.fix}", first.place
        )
    return Milestone("version", "done", "All statements of the version agree")


def _family(outcome: Outcome, finding: Reported) -> str:
    rule = outcome.registry.rules.get(finding.code)
    return rule.family if rule is not None else ""


def _of_testpypi(rows: Sequence[_Row]) -> Iterator[Milestone]:
    found = next((row for row in rows if row.index == "testpypi"), None)
    if found is not None:
        yield Milestone("testpypi", "done", f"A way to try a release on TestPyPI: job `{found.job}`", "", found.place)


def _workflow(uploads: Sequence[_Row]) -> Milestone:
    if not uploads:
        return Milestone(
            "workflow", "missing", "A workflow that uploads to PyPI", "Add a job that uploads with trusted publishing."
        )
    return Milestone("workflow", "done", f"A workflow that uploads: {_jobs(uploads)}", "", uploads[0].place)


def _jobs(rows: Iterable[_Row]) -> str:
    return ", ".join(dict.fromkeys(f"job `{row.job}` of {row.scenario.path}" for row in rows))


def _of_token(uploads: Sequence[_Row], trusted: Sequence[_Row]) -> Iterator[Milestone]:
    by_token = [row for row in uploads if row.authentication in ("token", "password")]
    if by_token:
        yield Milestone(
            "secret",
            "unknown",
            f"The secret that {_jobs(by_token)} reads exists",
            "`gh secret list`, and `gh secret list --env NAME`, show the names.",
        )
    if trusted:
        yield Milestone("trusted-publishing", "done", f"Trusted publishing in {_jobs(trusted)}", "", trusted[0].place)
    elif uploads:
        how = "Give the job `id-token: write`, remove the password, and register the publisher: `preflight publisher` prints what to type."
        yield Milestone("trusted-publishing", "missing", "Trusted publishing instead of a token", how)


def _of_publishers(wanted: Sequence[Wanted], project: str | None, findings: Sequence[Reported]) -> Iterator[Milestone]:
    for each in wanted:
        words = f"A publisher on {each.title} for `{each.identity.workflow or 'the workflow'}`"
        host = _PAGES.get(each.index, "")
        page = (
            f"{host}/manage/project/{project}/settings/publishing/" if project else f"{host}/manage/account/publishing/"
        )
        if each.recorded:
            yield Milestone(
                "publisher",
                "done",
                f"{words}, as declared",
                "",
                each.nearest.place if each.nearest is not None else None,
            )
        elif each.recorded is False and each.differences:
            told = ", ".join(
                f"{one.field} `{one.registered or '(empty)'}` instead of `{one.claimed or '(empty)'}`"
                for one in each.differences
            )
            yield Milestone(
                "publisher",
                "missing",
                words,
                f"The declared one has {told}.",
                each.nearest.place if each.nearest is not None else None,
            )
        else:
            how = f"Compare {page} with what `preflight publisher` prints; `preflight publisher --record` notes it for the checks."
            yield Milestone("publisher", "unknown", words, how)


def _of_environment(trusted: Sequence[_Row]) -> Iterator[Milestone]:
    if not trusted:
        return
    names = list(dict.fromkeys(row.environment for row in trusted if row.environment))
    if names:
        shown = ", ".join(f"`{name}`" for name in names)
        yield Milestone(
            "environment",
            "unknown",
            f"Environment {shown} exists and admits the release tags",
            "Look under Settings > Environments of the repository.",
        )
    elif all(row.environment is None and row.environment_expression is None for row in trusted):
        yield Milestone(
            "environment",
            "unknown",
            "An environment on the job that uploads",
            "Not needed, but it lets you ask for an approval and admit release tags only: name one on the job, and the same on the publisher.",
        )


def _release(trusted: Sequence[_Row]) -> Milestone:
    words = "Trusted publishing on a release or a pushed tag"
    found = next((row for row in trusted if _on_release(row)), None)
    if found is None:
        return Milestone(
            "release",
            "missing",
            words,
            "Start the workflow by `on: release: types: [published]` or by `on: push: tags:`.",
        )
    return Milestone("release", "done" if found.happens == "always" else "unknown", words, "", found.place)


def _on_release(row: _Row) -> bool:
    return (row.scenario.ref or "").startswith("refs/tags/") and getattr(
        row.scenario, "event", ""
    ) != "workflow_dispatch"


def _of_old_token(trusted: Sequence[_Row], uploads: Sequence[_Row]) -> Iterator[Milestone]:
    if trusted and len(trusted) == len(uploads):
        yield Milestone(
            "old-token",
            "unknown",
            "No API token is left that nobody needs",
            "https://pypi.org/manage/account/#api-tokens lists them; remove the secret too.",
        )


def _checks(outcome: Outcome) -> Milestone:
    errors = [each for each in outcome.result.findings if each.severity is Severity.ERROR]
    if not errors:
        return Milestone("checks", "done", "No error in `preflight check`")
    count = f"{len(errors)} error" + ("s" if len(errors) > 1 else "")
    return Milestone(
        "checks",
        "missing",
        "No error in `preflight check`",
        f"It finds {count}; the first: {errors[0].message}.",
        errors[0].place,
    )


def _stage(uploads: Sequence[_Row], trusted: Sequence[_Row]) -> Stage:
    if any(map(_on_release, trusted)):
        return "automated"
    if trusted:
        return "trusted"
    return "token" if uploads else "by-hand"


_NEXT: dict[Stage, str] = {
    "by-hand": "Let a workflow upload: a job with `id-token: write` and the publish action.",
    "token": "Move from the token to trusted publishing.",
    "trusted": "Let a release or a pushed tag start the workflow.",
    "automated": "Nothing is left to build; look at what is still open above.",
}


def _next(stage: Stage, milestones: Iterable[Milestone]) -> str:
    missing = next(
        (each for each in milestones if each.state == "missing" and each.name in ("version", "publisher", "checks")),
        None,
    )
    return f"{missing.words}: {missing.how}" if missing is not None else _NEXT[stage]
