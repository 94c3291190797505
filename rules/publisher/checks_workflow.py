"""The rules about trusted publishing that the workflow itself decides: called workflows, refused events, clients, indexes, issuers, audiences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.index.package_indexes import PackageIndexes
    from preflight.plan.pipeline_plan import PipelinePublish
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.plan.upload_steps import UploadStep, UploadSteps
    from preflight.project.names import ProjectNames
    from preflight.project.repository import Repository
    from preflight.publishers.matching import Identity
    from preflight.publishers.registered import RegisteredPublisher, RegisteredPublishers
    from preflight.sources.yaml import Scalar
    from preflight.workflows.calls import WorkflowSet
    from preflight.workflows.model import Job, Step, Workflow
    from preflight.workflows.other_platforms import ForeignExchange

_INDEXES = ("pypi", "testpypi")


# ── PUB008 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("PUB008")
def upload_in_reusable_workflow(
    publish_plan: PublishPlan,
    upload_steps: UploadSteps,
    workflows: WorkflowSet,
    maybe_registered_publishers: RegisteredPublishers | None,
) -> Iterator[Finding]:
    """Trusted publishing from a called workflow: the token names the called file, an attestation the caller's."""
    from preflight.plan.open_runs import key_of
    from preflight.plan.repeats import of_certain_call, of_own_start

    rows = list(publish_plan.trusted())
    own, called = of_own_start(rows), of_certain_call(rows)
    for publish in rows:
        # A password that is given but empty here was not passed on: then that is what is wrong.
        if publish.instance.run.calls and publish.upload.password is None:
            key = key_of(publish.upload_step)
            yield from _called(publish, maybe_registered_publishers, own=key in own, certain=key in called)
    for step in upload_steps:
        if _only_called_from_elsewhere(step.job.workflow, workflows):
            yield from _called_from_elsewhere(step, workflows)
    for workflow in workflows:
        for job in workflow.jobs.values():
            yield from _calls_another_repository(job)


def _called(
    publish: Publish, registered: RegisteredPublishers | None, *, own: bool, certain: bool
) -> Iterator[Finding]:
    """An upload that is called. `own`: events of its own file come to it too; `certain`: some call certainly does."""
    from preflight.publishers.matching import verdict
    from preflight.publishers.registered import index_title

    run = publish.instance.run
    assert publish.index is not None
    uses = run.calls[-1].job.uses
    place = publish.place
    common: dict[str, object] = {
        "job": publish.job,
        "index": index_title(publish.index),
        "called": run.workflow.filename,
        "caller": run.top.filename,
    }
    related = [Related(uses.place, "call")] if uses is not None else []
    declared = registered.on(publish.index, "github") if registered is not None else ()
    if declared:
        judged = verdict(declared, _of_declared_repository(publish.identity, declared))
        if judged.matched is not None or not judged.certain or judged.nearest is None:
            return  # the token exchange works; what the attestations make of it is another rule's
        if not any(each.field == "workflow" for each in judged.differences):
            return  # the environment alone differs
        yield Finding(
            place,
            variant="registered-caller",
            related=[*related, Related(judged.nearest.field_place("workflow"), "registered")],
            rejections=["gh-workflow-mismatch"],
            registered=judged.nearest.workflow,
            more=common,
        )
        return
    attests = publish.upload.attests(publish.lookup, id_token=publish.id_token)
    if own and not attests:
        return  # a publisher that names the called file fits both ways to start it
    # What publishes when its own file is started need not do so when that file is called.
    by_chance = own and not certain
    sure = attests and not by_chance
    yield Finding(
        place,
        variant="by-chance" if by_chance else "either" if attests else "local",
        severity=None if sure else Severity.WARNING,
        confidence=Confidence.CERTAIN if sure else Confidence.LIKELY,
        related=related,
        rejections=["gh-workflow-mismatch"],
        more=common,
    )


def _of_declared_repository(identity: Identity, declared: tuple[RegisteredPublisher, ...]) -> Identity:
    """The identity with the repository that is declared: whether that one is right is another rule's question."""
    from dataclasses import replace

    return replace(identity, owner=declared[0].owner, repository=declared[0].repository)


def _only_called_from_elsewhere(workflow: Workflow, workflows: WorkflowSet) -> bool:
    """Whether only a workflow of another repository can reach this one: nothing else starts it, and nothing here calls it."""
    if not workflow.is_reusable or len(workflow.triggers) != 1 or workflows.callers(workflow):
        return False
    names = (job.uses for each in workflows for job in each.jobs.values() if job.calls_workflow)
    return not any(uses is None or uses.filename == workflow.filename for uses in names)


def _called_from_elsewhere(step: UploadStep, workflows: WorkflowSet) -> Iterator[Finding]:
    from preflight.publishers.registered import index_title
    from preflight.workflows.model import effective_permissions
    from preflight.workflows.upload_model import Trust, index_of
    from preflight.workflows.values import unknown

    upload, job = step.upload, step.job
    address = upload.index.address(unknown)
    index = index_of(address) if address is not None else None
    if index not in _INDEXES or not upload.sends_files or upload.pretends(unknown) is True:
        return
    allowed = effective_permissions(job).allows("id-token", "write")
    relies = upload.trusted.use is Trust.UNLESS_PASSWORD or (upload.trusted.use is not Trust.NEVER and allowed)
    if not relies or upload.authentication(unknown, id_token=allowed or None) != "trusted-publishing":
        return
    trigger = job.workflow.trigger("workflow_call")
    yield Finding(
        step.place,
        variant="no-caller-here",
        severity=Severity.WARNING if workflows.failures else None,
        confidence=Confidence.LIKELY if workflows.failures else Confidence.CERTAIN,
        related=[Related(trigger.place, "trigger")] if trigger is not None else [],
        rejections=["gh-job-workflow-ref-mismatch"],
        job=job.id,
        index=index_title(index or ""),
        called=job.workflow.filename,
        caller="",
    )


def _calls_another_repository(job: Job) -> Iterator[Finding]:
    """A call of another repository's workflow that is named for PyPI and given an identity token and no secret."""
    from preflight.workflows.model import effective_permissions

    uses = job.uses
    if uses is None or uses.kind != "remote" or "pypi" not in uses.filename.lower():
        return
    if job.inherits_secrets or len(job.secrets) or not job.secrets.is_known:
        return
    if effective_permissions(job).allows("id-token", "write") is not True:
        return
    yield Finding(
        uses.place,
        variant="remote",
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        rejections=["gh-job-workflow-ref-mismatch"],
        job=job.id,
        index="PyPI",
        called=uses.node.value,
        caller=job.workflow.filename,
    )


# ── PUB009 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("PUB009")
def publish_on_pull_request_target(publish_plan: PublishPlan) -> Iterator[Finding]:
    """An upload with trusted publishing that a run of `pull_request_target` reaches: PyPI refuses its token."""
    from preflight.publishers.registered import index_title

    for publish in publish_plan.trusted():
        if publish.scenario.event != "pull_request_target":
            continue
        yield Finding(
            publish.scenario.trigger.place,
            confidence=Confidence.CERTAIN if publish.happens == "always" else Confidence.LIKELY,
            related=[Related(publish.place, "upload")],
            job=publish.job,
            index=index_title(publish.index or ""),
        )


# ── PUB013 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("PUB013")
def client_without_trusted_publishing(publish_plan: PublishPlan) -> Iterator[Finding]:
    """A job with `id-token: write` and no credential, whose upload client or action cannot make use of the token."""
    from preflight.plan.credentials import may_come_from_elsewhere
    from preflight.publishers.registered import index_title
    from preflight.workflows.id_token import may_use_id_token
    from preflight.workflows.upload_model import Trust

    for publish in publish_plan.publishes():
        upload, job = publish.upload, publish.instance.job
        if publish.id_token is not True or publish.index not in _INDEXES or upload.minted:
            continue
        old = _old_twine(publish) if upload.client == "twine" and publish.trusted else None
        without = publish.authentication == "none" and upload.trusted.use is Trust.NEVER
        if (not without and old is None) or may_come_from_elsewhere(publish.upload_step) or may_use_id_token(job):
            continue
        uses = publish.upload_step.last.uses
        is_old_action = upload.client == "gh-action-pypi-publish" and uses is not None and uses.kind == "remote"
        scope = job.permissions.scope_entry("id-token") or job.workflow.permissions.scope_entry("id-token")
        yield Finding(
            publish.place,
            variant="old-action" if is_old_action else "old-twine" if upload.client == "twine" else None,
            related=[Related(scope.place, "permission")] if scope is not None else [],
            edits=[Edit.replace(uses.ref_place, "release/v1", Applicability.SHOW)]
            if is_old_action and uses is not None
            else [],
            job=publish.job,
            index=index_title(publish.index),
            client=upload.client,
            version=old or upload.requirement or "",
            ref=uses.ref if uses is not None else "",
        )


def _old_twine(publish: Publish) -> str | None:
    """The requirement by which the job installs a twine before 6.1 up to the step that uploads."""
    from preflight.workflows.twine_pins import FRESH, old_twine

    if publish.upload.requirement is not None or FRESH.intersection(publish.upload.via):
        return None
    steps = list(publish.instance.job.all_steps())
    last = next((number for number, step in enumerate(steps) if step is publish.upload_step.step), len(steps))
    return old_twine(step.run.value for step in steps[: last + 1] if step.run is not None)


# ── PUB014 ────────────────────────────────────────────────────────────────────────────────────────────────────────

_WITHOUT: tuple[tuple[str, str], ...] = (
    (r"gitlab\.com/api/v4/", "GitLab's package registry"),
    (r"[\w.-]+-python\.pkg\.dev/", "Google Artifact Registry"),
    (r"[\w.-]+\.d\.codeartifact\.[\w-]+\.amazonaws\.com(?:\.cn)?/", "AWS CodeArtifact"),
    (r"(?:pkgs\.dev\.azure\.com|[\w-]+\.pkgs\.visualstudio\.com)/", "Azure Artifacts"),
    (r"push\.fury\.io/", "Gemfury"),
)
"""Hosts of package registries that have no endpoint for PyPI's token exchange, and what they are."""


_OTHER_HOST = _compile(r"https?://(?:[^/@\s]*@)?(?P<name>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?=[:/]|$)")
_OF_PYPI = ("pypi.org", "pypi.python.org", "pythonhosted.org", "pyx.dev")
"""PyPI's own hosts, of which CLT001 speaks, and an index that is known to offer it."""


@check("PUB014")
def index_without_trusted_publishing(
    publish_plan: PublishPlan, maybe_package_indexes: PackageIndexes | None
) -> Iterator[Finding]:
    """Trusted publishing as the only way to an index that does not offer it: one that is known for it, or one that was asked for its audience."""
    from preflight.workflows.upload_model import Trust

    for publish in publish_plan.publishes():
        index, use = publish.index, publish.upload.trusted.use
        if (
            not publish.trusted
            or index is None
            or index in _INDEXES
            or use not in (Trust.UNLESS_PASSWORD, Trust.ALWAYS)
        ):
            continue
        registry = next((name for host, name in _WITHOUT if re.match(rf"https?://(?:[^/@]*@)?{host}", index)), None)
        if registry is not None:
            yield Finding(publish.place, job=publish.job, registry=registry, client=publish.upload.client)
        elif (host := _OTHER_HOST.match(index)) is not None and not _is_of_pypi(host["name"], index):
            offers = _offers_exchange(maybe_package_indexes, index)
            if offers:
                continue
            yield Finding(
                publish.place,
                variant="other" if offers is None else "asked",
                severity=Severity.WARNING if offers is None else None,
                confidence=Confidence.UNKNOWN if offers is None else Confidence.CERTAIN,
                job=publish.job,
                registry=host["name"],
                client=publish.upload.client,
            )


def _is_of_pypi(host: str, address: str) -> bool:
    """Whether a host is one of PyPI's own, or was to be."""
    from preflight.workflows.endpoints import read_endpoint

    return host.endswith(_OF_PYPI) or read_endpoint(address) is not None


def _offers_exchange(package_indexes: PackageIndexes | None, address: str) -> bool | None:
    """Whether an index offers trusted publishing; None where it was not asked or does not tell."""
    from preflight.engine.facts import Unavailable

    if package_indexes is None:
        return None
    try:
        return package_indexes.audience(address) is not None
    except Unavailable:
        return None


# ── PUB015 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("PUB015")
def unsupported_oidc_issuer(
    publish_plan: PublishPlan,
    foreign_exchanges: tuple[ForeignExchange, ...],
    maybe_repository: Repository | None,
    environment: Mapping[str, str],
    maybe_registered_publishers: RegisteredPublishers | None,
) -> Iterator[Finding]:
    """Trusted publishing on a platform whose tokens PyPI does not know: another CI, GitHub Enterprise, one's own GitLab."""
    for exchange in foreign_exchanges:
        yield Finding(exchange.place, rejections=["mint-unknown-issuer"], platform=exchange.platform)
    host = maybe_repository.host if maybe_repository is not None else ""
    server = environment.get("GITHUB_SERVER_URL", "") if environment.get("GITHUB_ACTIONS") == "true" else ""
    enterprise = server.partition("://")[2] if server not in ("", "https://github.com") else ""
    likely = (
        host if maybe_repository is not None and maybe_repository.source == "remote" and _is_enterprise(host) else ""
    )
    for publish in publish_plan.trusted():
        if enterprise or likely:
            yield Finding(
                publish.place,
                variant="github",
                confidence=Confidence.CERTAIN if enterprise else Confidence.LIKELY,
                rejections=["mint-unknown-issuer"],
                platform=enterprise or likely,
                job=publish.job,
            )
    for planned in publish_plan.pipelines:
        for row in planned.publishes:
            if (
                not row.trusted
                or row.index not in _INDEXES
                or row.happens == "never"
                or host in ("", "gitlab.com", "github.com")
            ):
                continue
            declared = (
                maybe_registered_publishers.on(row.index, "gitlab") if maybe_registered_publishers is not None else ()
            )
            if any(each.issuer.rstrip("/") == f"https://{host}" for each in declared):
                continue
            yield Finding(
                row.place,
                variant="gitlab",
                severity=Severity.WARNING,
                confidence=Confidence.LIKELY,
                rejections=["mint-unknown-issuer"],
                platform=host,
                job=row.job,
            )


def _is_enterprise(host: str) -> bool:
    """Whether a host looks like GitHub's own software elsewhere: `github.example.com`, `example.ghe.com`."""
    return (
        host != "github.com"
        and not host.endswith(".github.com")
        and (host.startswith("github.") or host.endswith(".ghe.com"))
    )


# ── PUB016 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("PUB016")
def oidc_audience_mismatch(workflows: WorkflowSet) -> Iterator[Finding]:
    """A token exchange by hand: the identity token must be asked for with the audience of the index at which it is exchanged."""
    for workflow in workflows:
        if "_/oidc/" in workflow.source.text:
            for job in workflow.jobs.values():
                yield from _audiences(job)


def _audiences(job: Job) -> Iterator[Finding]:
    from preflight.publishers.registered import index_title
    from preflight.workflows.id_token import exchange_hosts, token_requests

    scripts = [(step, text) for step in job.all_steps() if (text := _script(step)) is not None]
    indexes = list(dict.fromkeys(index for _, text in scripts for index in exchange_hosts(text.value)))
    requests = [(step, text, request) for step, text in scripts for request in token_requests(text.value)]
    if len(indexes) != 1 or len(requests) != 1:
        return  # with several of either it is not certain which token goes where
    (index,) = indexes
    _, text, request = requests[0]
    if request.audience == index or "github-script" in (request.audience or ""):
        return
    place = text.value_place(request.start, request.end)
    if request.audience is None:
        replacement = place.text[: place.text.index("(")] + f"('{index}')"
    else:
        replacement = index
    yield Finding(
        place,
        variant="none" if request.audience is None else None,
        edits=[Edit.replace(place, replacement)],
        rejections=["mint-bad-audience"],
        job=job.id,
        index=index_title(index),
        expected=index,
        actual=request.audience or "",
    )


def _script(step: Step) -> Scalar | None:
    """The text that a step runs: its `run:`, or the code given to `actions/github-script`."""
    if step.run is not None:
        return step.run
    if step.uses is not None and step.uses.slug == "actions/github-script":
        given = step.inputs.get("script")
        return given.scalar if given is not None else None
    return None


# ── PUB019 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("PUB019")
def publisher_project_mismatch(
    publish_plan: PublishPlan,
    registered_publishers: RegisteredPublishers,
    project_names: ProjectNames,
    maybe_package_indexes: PackageIndexes | None,
) -> Iterator[Finding]:
    """Every declared publisher that a run would match belongs to another project than the only one that the workspace builds."""
    for row, name, matching in _for_other_projects(publish_plan, registered_publishers, project_names):
        if _would_create(matching, row.index or "", name, maybe_package_indexes):
            continue
        projects = list(dict.fromkeys(each.project for each in matching))
        yield Finding(
            row.place,
            related=[Related(matching[0].field_place("project"), "registered")],
            rejections=["caveat-oidc-project"],
            job=row.job,
            index=matching[0].title,
            project=name,
            registered=projects,
        )


@check("PUB021")
def pending_publisher_name_mismatch(
    publish_plan: PublishPlan,
    registered_publishers: RegisteredPublishers,
    project_names: ProjectNames,
    maybe_package_indexes: PackageIndexes | None,
) -> Iterator[Finding]:
    """A run matches a pending publisher for another name than that of the only project here: it would create that one, and upload this one."""
    for row, name, matching in _for_other_projects(publish_plan, registered_publishers, project_names):
        pending = [each for each in matching if each.pending]
        if not _would_create(matching, row.index or "", name, maybe_package_indexes):
            continue
        yield Finding(
            pending[0].field_place("project"),
            related=[Related(row.place, "upload")],
            job=row.job,
            index=pending[0].title,
            project=name,
            registered=list(dict.fromkeys(each.project for each in pending)),
        )


def _for_other_projects(
    plan: PublishPlan, registered: RegisteredPublishers, project_names: ProjectNames
) -> Iterator[tuple[Publish | PipelinePublish, str, list[RegisteredPublisher]]]:
    """The rows for which every matching publisher names a project other than the only one of the workspace, with its name."""
    from packaging.utils import canonicalize_name

    names = project_names.known if any(each.project for each in registered.publishers) else ()
    if len(names) != 1 or not project_names.complete:
        return
    (name,) = names
    for row in plan.all_trusted():
        matching = _matching(registered.on(row.index or "", row.identity.kind), row.identity)
        if matching and all(
            each.project and canonicalize_name(each.project) != canonicalize_name(name) for each in matching
        ):
            yield row, name, matching


def _would_create(
    matching: list[RegisteredPublisher], index: str, name: str, package_indexes: PackageIndexes | None
) -> bool:
    """Whether the upload comes as one of a new project: a pending publisher is used, and no project of this name is known to be there."""
    from preflight.distributions.filenames import normalize_project

    if not any(each.pending for each in matching):
        return False
    project = package_indexes.maybe_project(index, normalize_project(name)) if package_indexes is not None else None
    return project is None or not project.exists


def _matching(declared: tuple[RegisteredPublisher, ...], identity: Identity) -> list[RegisteredPublisher]:
    """The declared publishers that certainly match a run, taken that the repository is the declared one."""
    from dataclasses import replace

    from preflight.publishers.matching import differences

    found: list[RegisteredPublisher] = []
    for publisher in declared:
        judged = differences(publisher, replace(identity, owner=publisher.owner, repository=publisher.repository))
        if judged is None:
            return []
        if not judged:
            found.append(publisher)
    return found
