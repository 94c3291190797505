"""The rules about trusted publishers: what a run would claim, against what is registered and what PyPI's form takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity
from preflight.sources.records import dataclass
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.index.github_answers import RepositoryState
    from preflight.index.github_facts import PublisherHome
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.project.inventory import Inventory
    from preflight.project.repository import Repository
    from preflight.publishers.matching import Difference
    from preflight.publishers.registered import RegisteredPublisher, RegisteredPublishers
    from preflight.sources.tree import Files
    from preflight.workflows.model import Job

_TRUSTING_CLIENTS = ("gh-action-pypi-publish", "uv", "pdm")
"""Clients that use trusted publishing by themselves where they are given nothing else, so that no credential means it."""


def _own(publish: Publish) -> bool:
    """Whether the job belongs to the workflow that the event starts: for a called one other rules speak."""
    return not publish.instance.run.calls


@check("PUB001")
def unregistered_publisher(publish_plan: PublishPlan, registered_publishers: RegisteredPublishers) -> Iterator[Finding]:
    """Trusted publishing to an index for which no publisher is declared while others are. What is declared may be incomplete."""
    from preflight.publishers.registered import index_title

    for publish in publish_plan.trusted():
        if publish.index is None or registered_publishers.on(publish.index, "github"):
            continue
        others = sorted({each.title for each in registered_publishers.publishers})
        testpypi = publish.index == "testpypi"
        yield Finding(
            publish.place,
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            related=[Related(registered_publishers.publishers[0].place, "declared")],
            causes=["publisher-missing-on-testpypi" if testpypi else "publisher-not-registered"],
            rejections=["mint-no-publisher"],
            job=publish.job,
            index=index_title(publish.index),
            others=others,
            more=_form(publish),
        )


def _form(publish: Publish) -> dict[str, object]:
    """What PyPI's form would have to hold for a run to match."""
    identity = publish.identity
    return {
        "owner": identity.owner or "(the owner of the repository)",
        "repository": identity.repository or "(the name of the repository)",
        "workflow": identity.workflow or "",
        "environment": identity.environment or "(leave empty)",
    }


@check("PUB002", "PUB003", "PUB004")
def mismatches(
    publish_plan: PublishPlan,
    registered_publishers: RegisteredPublishers,
    maybe_repository: Repository | None,
    inventory: Inventory,
    files: Files,
    maybe_github_repository: RepositoryState | None,
    maybe_github_publishers: tuple[PublisherHome, ...] | None,
) -> Iterator[Finding]:
    """A run that no declared publisher of its index matches: each field in which it differs from the nearest one."""
    from dataclasses import replace

    from preflight.publishers.matching import verdict

    certain = maybe_repository is not None and maybe_repository.source == "environment"
    found: dict[tuple[object, ...], _Mismatch] = {}
    for publish in publish_plan.trusted():
        if publish.index is None:
            continue
        candidates = tuple(each for each in registered_publishers.on(publish.index, "github") if not _malformed(each))
        if not _own(publish):
            mismatch = _environment_alone(publish, candidates)
            if mismatch is not None:
                found.setdefault((publish.environment_place.source.path, publish.environment_place.start), mismatch)
            continue
        identity = publish.identity if certain else replace(publish.identity, owner=None, repository=None)
        judged = verdict(candidates, identity)
        if judged.matched is None and judged.nearest is not None and judged.certain:
            for difference in judged.differences:
                place = publish.environment_place if difference.field == "environment" else publish.place
                key = (difference, place.source.path, place.start)
                mismatch = found.setdefault(key, _Mismatch(publish, difference))
                if judged.nearest not in mismatch.publishers:
                    mismatch.publishers.append(judged.nearest)
        if maybe_repository is None or certain or not candidates:
            continue
        if _github_tells(maybe_github_repository, maybe_github_publishers or ()):
            continue
        if maybe_repository.certain or _only_the_remote_tells(maybe_repository, candidates, inventory, files):
            yield from _other_repository(publish, candidates, maybe_repository)
    for mismatch in found.values():
        yield from _worded(mismatch)


@dataclass
class _Mismatch:
    """One field in which a job differs from what is registered, on however many indexes."""

    publish: Publish
    difference: Difference
    publishers: list[RegisteredPublisher] = field(default_factory=list)


def _environment_alone(publish: Publish, candidates: tuple[RegisteredPublisher, ...]) -> _Mismatch | None:
    """The environment of a job in a called workflow, where every declared publisher wants another. Of the file PUB008 speaks."""
    from preflight.publishers.matching import Difference

    claimed = publish.identity.environment
    if claimed is None or not candidates:
        return None
    if any(each.environment.lower() in ("", claimed.lower()) for each in candidates):
        return None
    workflow = publish.identity.workflow
    nearest = next((each for each in candidates if each.workflow == workflow), candidates[0])
    return _Mismatch(publish, Difference("environment", nearest.environment, claimed), [nearest])


def _malformed(publisher: RegisteredPublisher) -> bool:
    """Whether a declaration cannot be what is registered: PUB024 speaks of it, and comparing with it would mislead."""
    from preflight.publishers.form import form_errors

    return any(error.field == "workflow" for error in form_errors(publisher))


def _worded(mismatch: _Mismatch) -> Iterator[Finding]:
    publish, difference = mismatch.publish, mismatch.difference
    registered, claimed = difference.registered, difference.claimed
    titles = list(dict.fromkeys(each.title for each in mismatch.publishers))
    common: dict[str, object] = {
        "job": publish.job,
        "index": say(" and ").join(titles),
        "expected": registered,
        "actual": claimed,
    }
    related = [Related(each.field_place(difference.field), "registered") for each in mismatch.publishers]
    match difference.field:
        case "workflow":
            only_case = registered.lower() == claimed.lower()
            only_ending = registered.rpartition(".")[0] == claimed.rpartition(".")[0]
            yield Finding(
                publish.place,
                code="PUB002",
                variant="letter-case" if only_case else "ending" if only_ending else None,
                related=related,
                rejections=["gh-workflow-mismatch"],
                causes=["workflow-filename-mismatch"],
                more=common,
            )
        case "environment":
            yield Finding(
                publish.environment_place,
                code="PUB003",
                variant=None if claimed else "missing",
                related=[*related, *([Related(publish.place, "upload")] if not claimed else [])],
                edits=_set_environment(publish.instance.job, registered),
                rejections=["gh-environment-mismatch"],
                causes=["environment-name-mismatch" if claimed else "environment-missing-in-job"],
                more=common,
            )
        case "owner" | "repository":
            yield Finding(
                publish.place,
                code="PUB004",
                related=related,
                field=difference.field,
                rejections=["gh-owner-or-repo-mismatch"],
                causes=["repository-renamed-or-transferred"],
                more=common,
            )


def _only_the_remote_tells(
    repository: Repository, candidates: tuple[RegisteredPublisher, ...], inventory: Inventory, files: Files
) -> bool:
    """Whether nothing in the projects names a declared repository: where something does, the checkout is taken for a fork."""
    if repository.source != "remote" or repository.host != "github.com":
        return False
    if not any(each.owner.lower() == repository.owner.lower() for each in candidates):
        return False  # a fork has another owner, and most often the same name
    slugs = [f"{each.owner}/{each.repository}".lower() for each in candidates]
    for project in inventory.projects:
        for name in ("pyproject.toml", "setup.cfg", "setup.py", "README.md", "README.rst"):
            source = files.find(project.file(name))
            if source is not None and any(slug in source.text.lower() for slug in slugs):
                return False
    return True


def _github_tells(here: RepositoryState | None, homes: tuple[PublisherHome, ...]) -> bool:
    """Whether GitHub knows what the names of the checkout and of the declarations have to do with each other: renames are told by a check of their own."""
    if any(home.state is not None and home.state.moved for home in homes):
        return True
    declared = [f"{each.publisher.owner}/{each.publisher.repository}".lower() for each in homes]
    return here is not None and here.full_name.lower() in declared


def _other_repository(
    publish: Publish, candidates: tuple[RegisteredPublisher, ...], repository: Repository
) -> Iterator[Finding]:
    """The checkout's remote and the project's URLs agree on a repository that no declared publisher names: likely, since both may be stale."""
    slugs = {f"{each.owner}/{each.repository}": each for each in candidates}
    if repository.slug in slugs:
        return
    misspelt = next((each for slug, each in slugs.items() if slug.lower() == repository.slug.lower()), None)
    publisher = misspelt or candidates[0]
    if misspelt is not None and not repository.certain:
        return  # a remote keeps whatever letter case was typed
    same_owner = (
        publisher.owner == repository.owner
        if misspelt is not None
        else publisher.owner.lower() == repository.owner.lower()
    )
    name, registered, claimed = (
        ("repository", publisher.repository, repository.name)
        if same_owner
        else ("owner", publisher.owner, repository.owner)
    )
    yield Finding(
        publisher.field_place(name),
        code="PUB004",
        variant="checkout" if repository.certain else "remote",
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        related=[Related(publish.place, "upload")],
        rejections=["gh-owner-or-repo-mismatch"],
        causes=["publisher-field-misspelled" if misspelt is not None else "repository-renamed-or-transferred"],
        job=publish.job,
        index=publisher.title,
        field=name,
        expected=registered,
        actual=claimed,
        slug=repository.slug,
    )


def _set_environment(job: Job, name: str) -> list[Edit]:
    """Name the environment in the job: in place of the wrong name, or on a line of its own below the job's first key."""
    from preflight.workflows.edits import set_job_key, written

    environment = job.environment
    if environment is not None:
        return [Edit.replace(environment.name.place, written(name))] if environment.name is not None else []
    return set_job_key(job, "environment", written(name))


@check("PUB010")
def missing_id_token_permission(publish_plan: PublishPlan) -> Iterator[Finding]:
    """A job that publishes by trusted publishing, or could only publish so, and may not ask for an identity token."""
    from preflight.plan.credentials import misnamed_credential
    from preflight.workflows.edits import grant_permission

    for publish in publish_plan.publishes():
        trusting = publish.trusted or (publish.authentication == "none" and publish.upload.client in _TRUSTING_CLIENTS)
        if publish.id_token is not False or not trusting or publish.index not in ("pypi", "testpypi"):
            continue
        if publish.scenario.event in ("pull_request", "pull_request_target"):
            continue
        if not publish.trusted and publish.upload.client in ("uv", "pdm") and misnamed_credential(publish.upload_step):
            continue  # a token is meant, which the client does not find (TOK009)
        job = publish.instance.job
        effective = publish.instance.run.permissions
        block = effective.place
        inherited = effective.where == "workflow" and block is not None
        by_caller = effective.where == "caller" or bool(
            publish.instance.run.calls and not effective.block.is_missing and effective.block is not job.permissions
        )
        variant = (
            "caller"
            if by_caller
            else "workflow-block"
            if inherited
            else "job-block"
            if effective.where == "job"
            else None
        )
        own_block = job.permissions.place
        yield Finding(
            own_block or job.key_place,
            variant=variant,
            related=[
                Related(publish.place, "upload"),
                *([Related(block, "block")] if block is not None and inherited else []),
            ],
            edits=[] if by_caller else grant_permission(job, "id-token", "write"),
            job=publish.job,
            client=publish.upload.client,
        )


@check("PUB012")
def password_beside_trusted_publishing(publish_plan: PublishPlan) -> Iterator[Finding]:
    """A credential given to an upload whose job asks for an identity token that nothing else uses."""
    from preflight.publishers.registered import index_title
    from preflight.workflows.id_token import may_use_id_token
    from preflight.workflows.upload_model import Trust

    for publish in publish_plan.publishes():
        job = publish.instance.job
        if publish.authentication not in ("token", "password") or publish.index not in ("pypi", "testpypi"):
            continue
        if publish.upload.trusted.use not in (Trust.UNLESS_PASSWORD, Trust.WITHOUT_CREDENTIALS):
            continue
        if job.permissions.level("id-token") != "write" or may_use_id_token(job):
            continue
        setting = publish.upload.token or publish.upload.password
        place = publish.place
        edits = []
        given = publish.upload_step.last.inputs.get("password")
        if given is not None and publish.upload.client == "gh-action-pypi-publish":
            place = given.place
            edits = [_drop_input(publish)]
        scope = job.permissions.scope_entry("id-token")
        yield Finding(
            place,
            related=[Related(scope.place, "permission")] if scope is not None else [],
            edits=edits,
            job=publish.job,
            index=index_title(publish.index),
            credential=setting.described if setting is not None else "a password",
        )


def _drop_input(publish: Publish) -> Edit:
    """Remove the password; with it the whole `with:` when nothing else is in it."""
    step = publish.upload_step.last
    inputs = step.inputs
    given = inputs.get("password")
    assert given is not None and inputs.place is not None
    return Edit.delete_lines(inputs.place if len(inputs) == 1 else given.place, Applicability.UNSAFE)


@check("PUB024", "PUB025")
def refused_by_the_form(registered_publishers: RegisteredPublishers) -> Iterator[Finding]:
    """Fields of declared publishers that PyPI's registration form would not take, so that they cannot be what is registered."""
    from json import dumps

    from preflight.publishers.form import form_errors

    for publisher in registered_publishers.publishers:
        for error in form_errors(publisher):
            place = publisher.field_place(error.field)
            is_workflow = error.field == "workflow"
            kind = Applicability.SAFE if is_workflow else Applicability.SHOW
            yield Finding(
                place,
                code="PUB024" if is_workflow else "PUB025",
                variant="mendable" if error.mended else None,
                edits=[Edit.replace(place, dumps(error.mended, ensure_ascii=False), kind)] if error.mended else [],
                rejections=[error.rejection],
                field=error.field,
                value=error.value,
                index=publisher.title,
                sentence=error.message,
                mended=error.mended or "",
            )
