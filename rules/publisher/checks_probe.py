"""The rules about the identity token of the very run that preflight is part of: its claims, and what the index answers. Only with `--probe`.

Each check names `probe_request` first, so that a run without it is told what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Severity

if TYPE_CHECKING:
    from preflight.engine.finding import Edit
    from preflight.index.oidc_claims import TokenClaims
    from preflight.index.oidc_probe import IndexProbe, Probe
    from preflight.plan.publish_plan import PublishPlan
    from preflight.publishers.probe_request import ProbeRequest
    from preflight.publishers.registered import RegisteredPublishers
    from preflight.sources.text import Place
    from preflight.workflows.calls import WorkflowSet
    from preflight.workflows.model import Job

NO_PUBLISHER = "mint-no-publisher"

RULES: Mapping[str, str] = {
    "oidc-audience-disabled": "SVC002",
    "mint-not-enabled": "SVC002",
    "mint-unknown-issuer": "PUB015",
    "mint-unsupported-issuer": "PUB015",
    "mint-issuer-mismatch": "PUB015",
    "mint-invalid-payload": "PUB017",
    "mint-malformed-jwt": "PUB017",
    "mint-invalid-token": "PUB017",
    "mint-reused-token": "PUB017",
    "mint-missing-claim": "PUB005",
    "gh-job-workflow-ref-empty": "PUB005",
    "gh-ref-sha-empty": "PUB005",
    "gl-ci-config-empty": "PUB005",
    "gl-ref-sha-empty": "PUB005",
    "gl-sub-check": "PUB005",
    "gh-workflow-extract": "PUB002",
    "gl-workflow-extract": "PUB002",
    "gl-ci-config-mismatch": "PUB002",
    "gh-environment-check": "PUB003",
    "gl-environment-check": "PUB003",
    "gh-repository-check": "PUB004",
    "gh-owner-check": "PUB004",
    "gh-owner-id-check": "PUB004",
    "gl-project-path-check": "PUB004",
    "gh-job-workflow-ref-mismatch": "PUB008",
    "gh-pull-request-target": "PUB009",
    "mint-pending-project-exists": "PUB020",
    "mint-pending-create-failed": "PUB022",
}
"""The rule that stands for a refusal of the exchange. No publisher at all is a story of its own."""

_FIELDS = {"workflow": "PUB002", "environment": "PUB003", "owner": "PUB004", "repository": "PUB004"}
_MISMATCHES: Mapping[tuple[str, str], str] = {
    ("github", "workflow"): "gh-workflow-mismatch",
    ("github", "environment"): "gh-environment-mismatch",
    ("github", "owner"): "gh-owner-or-repo-mismatch",
    ("github", "repository"): "gh-owner-or-repo-mismatch",
    ("gitlab", "workflow"): "gl-workflow-mismatch",
    ("gitlab", "environment"): "gl-environment-mismatch",
    ("gitlab", "owner"): "gl-project-mismatch",
    ("gitlab", "repository"): "gl-project-mismatch",
}


@check("PUB010", "PUB018")
def no_identity_token(probe_request: ProbeRequest, probe: Probe, workflows: WorkflowSet) -> Iterator[Finding]:
    """A job that may not ask for an identity token, or on GitLab has none under the name that clients read."""
    if probe.forbidden:
        job = _job(probe, workflows)
        yield Finding(
            _place(job),
            code="PUB010",
            variant="in-this-run",
            edits=_permission(job),
            job=probe.platform.job,
        )
    for each in probe.indexes:
        if each.variable:
            yield Finding(
                None,
                code="PUB018",
                variant="in-this-run",
                job=probe.platform.job,
                index=each.title,
                expected=each.variable,
                audience=each.audience,
            )


def _permission(job: Job | None) -> list[Edit]:
    from preflight.workflows.edits import grant_permission

    return grant_permission(job, "id-token", "write") if job is not None else []


def _job(probe: Probe, workflows: WorkflowSet) -> Job | None:
    """The job that runs, where its workflow is among the files."""
    workflow = workflows.workflows.get(probe.platform.workflow)
    return workflow.job(probe.platform.job) if workflow is not None else None


def _place(job: Job | None) -> Place | None:
    if job is None:
        return None
    return job.permissions.place or job.key_place


@check("PUB002", "PUB003", "PUB004")
def claims_beside_publishers(
    probe_request: ProbeRequest,
    probe: Probe,
    registered_publishers: RegisteredPublishers,
    publish_plan: PublishPlan,
) -> Iterator[Finding]:
    """The fields in which the token differs from the nearest declared publisher of its index, where it matches none."""
    from preflight.publishers.matching import verdict

    for each in probe.indexes:
        if each.claims is None:
            continue
        judged = verdict(registered_publishers.on(each.index, probe.platform.kind), each.claims.identity)
        if judged.matched is not None or judged.nearest is None:
            continue
        for difference in judged.differences:
            none = difference.field == "environment" and not difference.claimed
            yield Finding(
                judged.nearest.field_place(difference.field),
                code=_FIELDS[difference.field],
                variant="claimed-none" if none else "claimed",
                severity=_severity(each, each.claims, publish_plan),
                rejections=[_MISMATCHES[probe.platform.kind, difference.field]],
                job=probe.platform.job,
                index=each.title,
                field=difference.field,
                expected=difference.registered,
                actual=difference.claimed,
            )


def _severity(each: IndexProbe, claims: TokenClaims, plan: PublishPlan) -> Severity | None:
    """None, which is the card's own, where the job stands for one that uploads: same workflow and environment. Another job's token proves nothing of it."""
    identity = claims.identity
    for row in plan.all_trusted():
        same = (row.index, row.identity.kind, row.identity.workflow) == (each.index, identity.kind, identity.workflow)
        wanted = row.identity.environment
        if same and (wanted is None or wanted.lower() == (identity.environment or "").lower()):
            return None
    return Severity.WARNING


@check("PUB005", "PUB008", "PUB009", "PUB016")
def unusable_claims(
    probe_request: ProbeRequest, probe: Probe, publish_plan: PublishPlan, workflows: WorkflowSet
) -> Iterator[Finding]:
    """Claims that PyPI refuses whatever is registered (warehouse/oidc/models, warehouse/oidc/services.py)."""
    place = _place(_job(probe, workflows))
    for each in probe.indexes:
        claims = each.claims
        if claims is None:
            continue
        common: dict[str, object] = {"job": probe.platform.job, "index": each.title}
        severity = _severity(each, claims, publish_plan)
        if claims.missing:
            more = {**common, "claims": list(claims.missing)}
            yield Finding(
                place, code="PUB005", variant="lacking", severity=severity, rejections=["mint-missing-claim"], more=more
            )
        if claims.audience != each.audience:
            more = {**common, "actual": claims.audience, "expected": each.audience}
            yield Finding(place, code="PUB016", severity=severity, more=more)
        if claims.values.get("event_name") == "pull_request_target":
            yield Finding(place, code="PUB009", variant="claimed", severity=severity, more=common)
        expected = claims.file_expected
        if expected is not None:
            more = {**common, "actual": claims.values["job_workflow_ref"], "expected": expected}
            yield Finding(
                place,
                code="PUB008",
                variant="claimed",
                severity=severity,
                rejections=["gh-job-workflow-ref-mismatch"],
                more=more,
            )


@check("PUB001", "PUB006", *dict.fromkeys(RULES.values()), last=1)
def refused_exchange(
    probe_request: ProbeRequest,
    probe: Probe,
    publish_plan: PublishPlan,
    maybe_registered_publishers: RegisteredPublishers | None,
    workflows: WorkflowSet,
) -> Iterator[Finding]:
    """An exchange that the index refused, in its own words, as the rule that stands for the refusal.

    It comes last, so that without a probe the other checks of a rule say why that was skipped.
    """
    place = _place(_job(probe, workflows))
    for each in probe.indexes:
        if each.disabled:
            words = "Trusted publishing functionality not enabled"
            yield _refused(place, "oidc-audience-disabled", each, words, probe.platform.job, None)
        if each.exchange is None or each.exchange.worked or each.claims is None:
            continue
        severity = _severity(each, each.claims, publish_plan)
        rows = each.exchange.rows
        if NO_PUBLISHER in rows:
            yield from _no_publisher(place, each, each.claims, maybe_registered_publishers, severity)
            continue
        row = next((row for row in rows if row in RULES), "")
        yield _refused(place, row, each, each.exchange.words, probe.platform.job, severity)


def _refused(
    place: Place | None, row: str, each: IndexProbe, words: str, job: str, severity: Severity | None
) -> Finding:
    return Finding(
        place,
        code=RULES.get(row, "PUB006"),
        variant="refused-here" if row else "other",
        severity=severity,
        rejections=[row] if row else [],
        causes=None if row else [],
        job=job,
        index=each.title,
        words=words,
    )


def _no_publisher(
    place: Place | None,
    each: IndexProbe,
    claims: TokenClaims,
    registered: RegisteredPublishers | None,
    severity: Severity | None,
) -> Iterator[Finding]:
    """No publisher was found: nothing is declared (PUB001), or what is declared matches and is not what is registered (PUB006); else the fields were told."""
    from preflight.publishers.matching import verdict

    identity = claims.identity
    declared = registered.on(each.index, identity.kind) if registered is not None else ()
    if not declared:
        yield Finding(
            place,
            code="PUB001",
            variant="refused-here",
            severity=severity,
            rejections=[NO_PUBLISHER],
            causes=["publisher-missing-on-testpypi" if each.index == "testpypi" else "publisher-not-registered"],
            index=each.title,
            owner=identity.owner or "?",
            repository=identity.repository or "?",
            workflow=identity.workflow or "?",
            environment=identity.environment or "(none)",
        )
    elif verdict(declared, identity).matched is not None:
        yield Finding(
            place,
            code="PUB006",
            variant="refused-here",
            severity=severity,
            confidence=Confidence.CERTAIN,
            rejections=[NO_PUBLISHER],
            index=each.title,
        )
