"""Where a project stands on the way from a first release by hand to automated trusted publishing, for `preflight doctor` without a log.

Asks the index and GitHub only where `--online` allows it; what they do not say stays open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from preflight.doctor.journey_online import Had, Outside
from preflight.doctor.journey_tools import of_tools
from preflight.doctor.journey_workflow import Row, Seen, in_a_row, jobs_of, of_workflows, seen, stage_of
from preflight.doctor.milestones import Journey, Milestone, Stage
from preflight.engine.finding import Reported, Severity
from preflight.engine.session import Outcome
from preflight.plan.pipeline_plan import PipelinePublish
from preflight.plan.unread import unread_files
from preflight.plan.uploaded_projects import projects_of_repository
from preflight.plan.wanted import Wanted, wanted_publishers
from preflight.project.repository import Repository
from preflight.sources.words import retold, say

_PAGES = {"pypi": "https://pypi.org", "testpypi": "https://test.pypi.org"}
_VERSIONS = "versions"


def journey(outcome: Outcome, project: str | None) -> Journey:
    """How far a project has come, by the plan of its workflows, the findings of its checks, and what may be asked."""
    had = _had(outcome.facts)
    plan = outcome.facts.get("publish_plan")
    rows = (row for planned in plan.all_scenarios() for row in planned.publishes)
    known = seen(rows, unread_files(outcome.facts), outcome.result.findings, outcome.facts.get("tree"))
    outside = Outside(had, project)
    projects = [_had(outcome.facts.child({"project": each})) for each in outcome.inventory.projects]
    milestones = (
        *_project_files(outcome, projects),
        *_version(outcome, projects),
        _checks(outcome),
        *of_workflows(known, project, has_pyproject=any(map(_has_pyproject, projects))),
        *_of_name(project, outside),
        *_of_publishers(_wanted(outcome, project), project, outside, outcome.facts.get("maybe_repository")),
        *_of_old_token(known),
        *_of_secrets(known.uploads, outside),
        *_of_environment(known.trusted, outside),
        *of_tools(had, plan, projects[0] if len(projects) == 1 else None),
    )
    stage = stage_of(known)
    host = "GitLab" if known.uploads and all(map(_on_gitlab, known.uploads)) else "GitHub"
    return Journey(milestones, stage, _next(stage, milestones), project, host)


def _had(facts: Any) -> Had:
    def had(name: str) -> Any:
        try:
            return facts.get(name)
        except Exception:  # a fact that fails has been reported by the checks that need it
            return None

    return had


def _on_gitlab(row: Row) -> bool:
    return isinstance(row, PipelinePublish)


# The project.


def _has_pyproject(project: Had) -> bool:
    """Whether there is a pyproject.toml, readable or not."""
    file = project("pyproject_file")
    return file is None or file.document is not None or file.error is not None or file.unreadable is not None


def _project_files(outcome: Outcome, projects: Sequence[Had]) -> Iterator[Milestone]:
    """The files of the projects that cannot be read."""
    for file in filter(None, (each("pyproject_file") for each in projects)):
        reason = file.unreadable or (file.error.reason if file.error is not None else "")
        if not reason:
            continue
        files = outcome.facts.get("files")
        place = file.error.place if file.error is not None else files.unreadable_place(file.path)
        words = say("`{file}` can be read", file=file.path)
        how = say("Mend `{file}` first: {reason}.", file=file.path, reason=retold(reason))
        yield Milestone("project", "project-file", "missing", words, how, place)


def _version(outcome: Outcome, projects: Sequence[Had]) -> Iterator[Milestone]:
    wrong = [
        each
        for each in outcome.result.findings
        if _family(outcome, each) == _VERSIONS and each.severity is not Severity.INFO
    ]
    words = say("All statements of the version agree")
    unread = _unread_statements(outcome, projects)
    if wrong:
        first = wrong[0]
        told = say("{message}. {fix}", message=first.message, fix=first.fix)
        yield Milestone("project", "version", "missing", say("The version of the next release"), told, first.place)
    elif unread:
        how = say("Not known while {files} cannot be read.", files=say(", ").join(f"`{path}`" for path in unread))
        yield Milestone("project", "version", "unknown", words, how)
    elif projects:
        yield Milestone("project", "version", "done", words)


def _unread_statements(outcome: Outcome, projects: Sequence[Had]) -> list[str]:
    """The files that may state the version and were not read: those of the projects, and any other that is no workflow."""
    files = [file for each in projects if (file := each("pyproject_file")) is not None]
    broken = [file.path for file in files if file.error is not None]
    inventory = outcome.inventory
    others = {*inventory.workflows, *inventory.pipelines}
    return list(dict.fromkeys([*broken, *(path for path in _unreadable(outcome) if path not in others)]))


def _unreadable(outcome: Outcome) -> Mapping[str, str]:
    """The files and folders that could not be read, each with what stands in the way."""
    files = outcome.facts.get("files")
    return {**files.tree.barred, **files.unreadable}


def _family(outcome: Outcome, finding: Reported) -> str:
    rule = outcome.registry.rules.get(finding.code)
    return rule.family if rule is not None else ""


def _checks(outcome: Outcome) -> Milestone:
    errors = [each for each in outcome.result.findings if each.severity is Severity.ERROR]
    words = say("No error in `preflight check`")
    if errors:
        count = say("{count} errors" if len(errors) > 1 else "{count} error", count=len(errors))
        told = "`preflight check` finds {errors}; the first: {message}."
        how = say(told, errors=count, message=errors[0].message)
        return Milestone("project", "checks", "missing", words, how, errors[0].place)
    unread = _unreadable(outcome)
    if unread:
        told = say(", ").join(say("`{path}` ({reason})", path=path, reason=retold(unread[path])) for path in unread)
        how = say("It finds none, but these files were not checked: {files}.", files=told)
        return Milestone("project", "checks", "unknown", words, how)
    return Milestone("project", "checks", "done", words)


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


def _wanted(outcome: Outcome, project: str | None) -> list[Wanted]:
    """The publishers that are needed; of one project of several, what is said to be of others is left out."""
    facts = outcome.facts
    projects = projects_of_repository(facts) if project is not None else ()
    return wanted_publishers(facts.get("publish_plan"), facts.get("maybe_registered_publishers"), projects)


def _may_be_a_fork(wanted: Wanted, repository: Repository | None) -> bool:
    """Whether a declared publisher names another repository than the checkout, and nothing else: PUB004 is silent or unsure then, for the same reason."""
    if any(each.field not in ("owner", "repository") for each in wanted.differences) or repository is None:
        return False
    return repository.source != "environment" and not (repository.certain and wanted.identity.kind == "github")


def _of_publishers(
    wanted: Sequence[Wanted], project: str | None, outside: Outside, repository: Repository | None
) -> Iterator[Milestone]:
    for each in wanted:
        workflow = each.identity.workflow or say("the workflow")
        words = say("A publisher on {index} for `{workflow}`", index=each.title, workflow=workflow)
        place = each.nearest.place if each.nearest is not None else None
        proven = outside.published_by(each) if not each.recorded else None
        if each.recorded:
            yield Milestone("index", "publisher", "done", say("{words}, as declared", words=words), "", place)
        elif each.recorded is False and each.differences and _may_be_a_fork(each, repository):
            told = "The declared one has {differences}. This checkout may be a fork; where it is none, the declaration or the publisher is wrong."
            how = say(told, differences=_differing(each.differences))
            yield Milestone("index", "publisher", "unknown", words, how, place)
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


def _of_old_token(known: Seen) -> Iterator[Milestone]:
    if known.trusted and len(known.trusted) == len(known.uploads):
        how = say(
            "https://pypi.org/manage/account/#api-tokens lists them: delete what no workflow needs, and its secret too."
        )
        yield Milestone("index", "old-token", "unknown", say("No API token is left that nobody needs"), how)


# The repository.


def _of_secrets(uploads: Sequence[Row], outside: Outside) -> Iterator[Milestone]:
    by_token = [row for row in uploads if row.authentication in ("token", "password")]
    if not by_token:
        return
    asked = outside.secrets()
    for name, there in asked.items():
        words = say("The secret `{name}` is set", name=name)
        if there:
            yield Milestone("repository", "secret", "done", words)
        else:
            how = say("Set it: `gh secret set {name}`, or Settings > Secrets and variables > Actions.", name=name)
            yield Milestone("repository", "secret", "missing", words, how)
    if asked:
        return
    if all(map(_on_gitlab, by_token)):
        how = say("Look under Settings > CI/CD > Variables of the project.")
        words = say("The variable that {jobs} reads is set", jobs=jobs_of(by_token))
        yield Milestone("repository", "secret", "unknown", words, how)
        return
    how = say("`gh secret list`, and `gh secret list --env NAME`, show the names.")
    settings = [given for row in by_token for given in (row.upload.token, row.upload.password) if given is not None]
    for name in dict.fromkeys(name for given in settings for name in given.value.secrets):
        yield Milestone("repository", "secret", "unknown", say("The secret `{name}` is set", name=name), how)


def _of_environment(trusted: Sequence[Row], outside: Outside) -> Iterator[Milestone]:
    names = list(dict.fromkeys(row.environment for row in trusted if row.environment))
    on_gitlab = all(map(_on_gitlab, trusted))
    known = outside.environments(names) if names and not on_gitlab else None
    for name in names:
        words = say("Environment `{name}` exists and admits the release tags", name=name)
        if known is None:
            told = (
                "Look under Operate > Environments of the project."
                if on_gitlab
                else "Look under Settings > Environments of the repository."
            )
            yield Milestone("repository", "environment", "unknown", words, say(told))
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


# What comes next.


_NEXT: dict[Stage, str] = {
    "by-hand": "Let a workflow upload to PyPI.",
    "token": "Move from the token to trusted publishing.",
    "trusted": "A release or a pushed tag could start the workflow, so that nothing is done by hand.",
    "automated": "Nothing is left to build; look at what is still open above.",
    "unknown": "Look at what is still open above.",
}
_STEPS: dict[Stage, str] = {"by-hand": "workflow", "token": "trusted-publishing"}
"""The step that leads on from a stage."""
_FIRST = ("workflow-file", "project-file", "version", "publisher", "secret", "action", "twine", "checks")
"""Steps that go before the next stage where they are missing."""
_WHOLE = frozenset({"publisher", "action", "twine"})
"""Those of them that need their title to be understood."""


def _next(stage: Stage, milestones: Sequence[Milestone]) -> str:
    missing = {each.name: each for each in reversed(milestones) if each.state == "missing"}
    first = next((missing[name] for name in _FIRST if name in missing), None)
    if first is not None:
        return f"{first.words}: {first.how}" if first.name in _WHOLE else first.how
    step = missing.get(_STEPS.get(stage, "")) or missing.get("trusted-publishing")
    words = say(_NEXT["token" if step is not None and step.name == "trusted-publishing" else stage])
    return in_a_row((words, step.how)) if step is not None else words
