"""Where a project stands on the way from a first release by hand to automated trusted publishing, for `preflight doctor` without a log.

Asks the index and GitHub only where `--online` allows it; what they do not say stays open.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from preflight.doctor.journey_online import Had, Outside
from preflight.doctor.journey_tools import of_tools
from preflight.doctor.milestones import Journey, Milestone, Stage
from preflight.engine.finding import Reported, Severity
from preflight.engine.session import Outcome
from preflight.plan.pipeline_plan import PipelinePublish
from preflight.plan.publish_plan import Publish
from preflight.plan.wanted import Wanted, wanted_publishers
from preflight.sources.words import say

_PAGES = {"pypi": "https://pypi.org", "testpypi": "https://test.pypi.org"}
_VERSIONS = "versions"


def journey(outcome: Outcome, project: str | None) -> Journey:
    """How far a project has come, by the plan of its workflows, the findings of its checks, and what may be asked."""
    had = _had(outcome.facts)
    plan = outcome.facts.get("publish_plan")
    registered = outcome.facts.get("maybe_registered_publishers")
    rows = [row for planned in plan.all_scenarios() for row in planned.publishes if row.happens != "never"]
    uploads = [row for row in rows if row.index not in (None, "testpypi")]
    trusted = [row for row in uploads if row.trusted]
    outside = Outside(had, project)
    projects = outcome.inventory.projects
    of_project = _had(outcome.facts.child({"project": projects[0]})) if len(projects) == 1 else None
    milestones = (
        _version(outcome),
        _checks(outcome),
        _workflow(uploads),
        *_of_trust(uploads, trusted),
        _release(trusted),
        _testpypi(rows),
        *_of_name(project, outside),
        *_of_publishers(wanted_publishers(plan, registered), project, outside),
        *_of_old_token(trusted, uploads),
        *_of_secrets(uploads, outside),
        *_of_environment(trusted, outside),
        *of_tools(had, plan, of_project),
    )
    stage = _stage(uploads, trusted)
    return Journey(milestones, stage, _next(stage, milestones), project)


def _had(facts: Any) -> Had:
    def had(name: str) -> Any:
        try:
            return facts.get(name)
        except Exception:  # a fact that fails has been reported by the checks that need it
            return None

    return had


_Row = Publish | PipelinePublish


# The project.


def _version(outcome: Outcome) -> Milestone:
    wrong = [
        each
        for each in outcome.result.findings
        if _family(outcome, each) == _VERSIONS and each.severity is not Severity.INFO
    ]
    words = say("All statements of the version agree")
    if wrong:
        first = wrong[0]
        return Milestone(
            "project",
            "version",
            "missing",
            words,
            say("{message}. {fix}", message=first.message, fix=first.fix),
            first.place,
        )
    return Milestone("project", "version", "done", words)


def _family(outcome: Outcome, finding: Reported) -> str:
    rule = outcome.registry.rules.get(finding.code)
    return rule.family if rule is not None else ""


def _checks(outcome: Outcome) -> Milestone:
    errors = [each for each in outcome.result.findings if each.severity is Severity.ERROR]
    words = say("No error in `preflight check`")
    if not errors:
        return Milestone("project", "checks", "done", words)
    count = say("{count} errors" if len(errors) > 1 else "{count} error", count=len(errors))
    how = say("It finds {errors}; the first: {message}.", errors=count, message=errors[0].message)
    return Milestone("project", "checks", "missing", words, how, errors[0].place)


# The workflow.


def _workflow(uploads: Sequence[_Row]) -> Milestone:
    if not uploads:
        words = say("A workflow that uploads to PyPI")
        how = say("Add a job that uploads with trusted publishing.")
        return Milestone("workflow", "workflow", "missing", words, how)
    words = say("A workflow that uploads: {jobs}", jobs=_jobs(uploads))
    return Milestone("workflow", "workflow", "done", words, "", uploads[0].place)


def _jobs(rows: Iterable[_Row]) -> str:
    words = "job `{job}` of `{file}`"
    shown = (say(words, job=row.job, file=row.scenario.path.rpartition("/")[2]) for row in rows)
    return say(", ").join(dict.fromkeys(shown))


def _of_trust(uploads: Sequence[_Row], trusted: Sequence[_Row]) -> Iterator[Milestone]:
    words = say("Trusted publishing instead of a token")
    if trusted:
        yield Milestone("workflow", "trusted-publishing", "done", words, "", trusted[0].place)
    elif uploads:
        how = say(
            "Give the job `id-token: write`, remove the password, and register the publisher: `preflight publisher` prints what to type."
        )
        yield Milestone("workflow", "trusted-publishing", "missing", words, how)


def _release(trusted: Sequence[_Row]) -> Milestone:
    words = say("Trusted publishing on a release or a pushed tag")
    found = next((row for row in trusted if _on_release(row)), None)
    if found is None:
        how = say("Start the workflow by `on: release: types: [published]` or by `on: push: tags:`.")
        return Milestone("workflow", "release", "missing", words, how)
    return Milestone("workflow", "release", "done" if found.happens == "always" else "unknown", words, "", found.place)


def _on_release(row: _Row) -> bool:
    return (row.scenario.ref or "").startswith("refs/tags/") and getattr(
        row.scenario, "event", ""
    ) != "workflow_dispatch"


def _testpypi(rows: Sequence[_Row]) -> Milestone:
    words = say("A way to try a release on TestPyPI")
    found = next((row for row in rows if row.index == "testpypi"), None)
    if found is None:
        how = say(
            "Not needed. A job with `repository-url: https://test.pypi.org/legacy/` and a publisher of its own on TestPyPI would be one."
        )
        return Milestone("workflow", "testpypi", "unknown", words, how)
    named = say("{words}: job `{job}`", words=words, job=found.job)
    return Milestone("workflow", "testpypi", "done", named, "", found.place)


# The index.


def _of_name(project: str | None, outside: Outside) -> Iterator[Milestone]:
    if project is None:
        return
    page = f"https://pypi.org/project/{project}/"
    seen = outside.project()
    first = say("A first release, or a pending publisher for it")
    pending = say("Pending publishers stand on https://pypi.org/manage/account/publishing/.")
    if seen is None:
        words = say("The name `{project}` is yours on PyPI, or free", project=project)
        yield Milestone("index", "name", "unknown", words, say("Open {page}: your project, or 404.", page=page))
        how = say("{page} lists releases. ", page=page) + pending
        yield Milestone("index", "first-release", "unknown", first, how)
    elif not seen.exists:
        yield Milestone("index", "name", "done", say("The name `{project}` is free on PyPI", project=project))
        yield Milestone("index", "first-release", "unknown", first, say("There is no release yet. ") + pending)
    else:
        words = say("The name `{project}` is yours on PyPI", project=project)
        how = say("The project exists: {page} names its owners.", page=page)
        yield Milestone("index", "name", "unknown", words, how)
        if seen.releases:
            told = "A first release: {newest} is the newest of {count}"
            words = say(told, newest=seen.newest, count=seen.releases)
            yield Milestone("index", "first-release", "done", words)
        else:
            yield Milestone("index", "first-release", "missing", first, say("The project is there, without a release."))


def _of_publishers(wanted: Sequence[Wanted], project: str | None, outside: Outside) -> Iterator[Milestone]:
    for each in wanted:
        workflow = each.identity.workflow or say("the workflow")
        words = say("A publisher on {index} for `{workflow}`", index=each.title, workflow=workflow)
        place = each.nearest.place if each.nearest is not None else None
        proven = outside.published_by(each) if not each.recorded else None
        if each.recorded:
            yield Milestone("index", "publisher", "done", say("{words}, as declared", words=words), "", place)
        elif each.recorded is False and each.differences:
            how = say("The declared one has {differences}.", differences=_differing(each.differences))
            yield Milestone("index", "publisher", "missing", words, how, place)
        elif proven is not None and not proven[1]:
            told = say("{words}: it published `{file}`", words=words, file=proven[0])
            yield Milestone("index", "publisher", "done", told)
        elif proven is not None:
            told = "The one that published `{file}` has {differences}. "
            how = say(told, file=proven[0], differences=_differing(proven[1])) + _compare(each, project)
            yield Milestone("index", "publisher", "unknown", words, how)
        else:
            yield Milestone("index", "publisher", "unknown", words, _compare(each, project))


def _differing(found: Iterable[Any]) -> str:
    words, empty = "{field} `{registered}` instead of `{claimed}`", say("(empty)")
    return say(", ").join(
        say(words, field=one.field, registered=one.registered or empty, claimed=one.claimed or empty) for one in found
    )


def _compare(wanted: Wanted, project: str | None) -> str:
    host = _PAGES.get(wanted.index, "")
    page = f"{host}/manage/project/{project}/settings/publishing/" if project else f"{host}/manage/account/publishing/"
    words = (
        "Compare {page} with what `preflight publisher` prints; `preflight publisher --record` notes it for the checks."
    )
    return say(words, page=page)


def _of_old_token(trusted: Sequence[_Row], uploads: Sequence[_Row]) -> Iterator[Milestone]:
    if trusted and len(trusted) == len(uploads):
        how = say(
            "https://pypi.org/manage/account/#api-tokens lists them: delete what no workflow needs, and its secret too."
        )
        yield Milestone("index", "old-token", "unknown", say("No API token is left that nobody needs"), how)


# The repository.


def _of_secrets(uploads: Sequence[_Row], outside: Outside) -> Iterator[Milestone]:
    by_token = [row for row in uploads if row.authentication in ("token", "password")]
    if not by_token:
        return
    seen = outside.secrets()
    for name, there in seen.items():
        words = say("The secret `{name}` is set", name=name)
        if there:
            yield Milestone("repository", "secret", "done", words)
        else:
            how = say("Set it: `gh secret set {name}`, or Settings > Secrets and variables > Actions.", name=name)
            yield Milestone("repository", "secret", "missing", words, how)
    if not seen:
        how = say("`gh secret list`, and `gh secret list --env NAME`, show the names.")
        words = say("The secret that {jobs} reads is set", jobs=_jobs(by_token))
        yield Milestone("repository", "secret", "unknown", words, how)


def _of_environment(trusted: Sequence[_Row], outside: Outside) -> Iterator[Milestone]:
    names = list(dict.fromkeys(row.environment for row in trusted if row.environment))
    known = outside.environments(names) if names else None
    for name in names:
        words = say("Environment `{name}` exists and admits the release tags", name=name)
        if known is None:
            how = say("Look under Settings > Environments of the repository.")
            yield Milestone("repository", "environment", "unknown", words, how)
        elif known[name]:
            yield Milestone("repository", "environment", "done", say("Environment `{name}` exists", name=name))
        else:
            how = say(
                "GitHub makes it at the first run, without any protection: make it before, under Settings > Environments."
            )
            yield Milestone("repository", "environment", "missing", words, how)
    if trusted and all(row.environment is None and row.environment_expression is None for row in trusted):
        how = say(
            "Not needed, but it lets you ask for an approval and admit release tags only: name one on the job, and the same on the publisher."
        )
        yield Milestone("repository", "environment", "unknown", say("An environment on the job that uploads"), how)


# The stage.


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
_FIRST = ("version", "publisher", "secret", "action", "twine", "checks")
"""Steps that go before the next stage where they are missing."""


def _next(stage: Stage, milestones: Sequence[Milestone]) -> str:
    missing = [each for name in _FIRST for each in milestones if each.state == "missing" and each.name == name]
    return f"{missing[0].words}: {missing[0].how}" if missing else say(_NEXT[stage])
