"""The rules about trusted publishing from GitLab pipelines: what a job would claim against what is registered, and its identity token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.plan.pipeline_plan import PipelinePlan, PipelinePublish
    from preflight.project.repository import Repository
    from preflight.publishers.registered import RegisteredPublisher, RegisteredPublishers
    from preflight.workflows.gitlab import IdToken


@check("PUB001")
def unregistered_publisher(
    pipeline_plan: PipelinePlan, registered_publishers: RegisteredPublishers
) -> Iterator[Finding]:
    """Trusted publishing from GitLab to an index for which no GitLab publisher is declared, while others are."""
    from preflight.publishers.registered import index_title

    for row in pipeline_plan.trusted():
        if row.index is None or registered_publishers.on(row.index, "gitlab"):
            continue
        identity = row.identity
        yield Finding(
            row.place,
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            related=[Related(registered_publishers.publishers[0].place, "declared")],
            causes=["publisher-missing-on-testpypi" if row.index == "testpypi" else "publisher-not-registered"],
            rejections=["mint-no-publisher"],
            job=row.job,
            index=index_title(row.index),
            others=sorted({each.title for each in registered_publishers.publishers}),
            owner=identity.owner or "(the namespace of the project)",
            repository=identity.repository or "(the name of the project)",
            workflow=identity.workflow or "",
            environment=identity.environment or "(leave empty)",
        )


@check("PUB002", "PUB003", "PUB004")
def mismatches(
    pipeline_plan: PipelinePlan, registered_publishers: RegisteredPublishers, maybe_repository: Repository | None
) -> Iterator[Finding]:
    """A run that no declared GitLab publisher matches: each field in which it differs from the nearest one."""
    from dataclasses import replace

    from preflight.publishers.matching import verdict

    certain = maybe_repository is not None and maybe_repository.source == "environment"
    for row in pipeline_plan.trusted():
        candidates = registered_publishers.on(row.index or "", "gitlab")
        identity = row.identity if certain else replace(row.identity, owner=None, repository=None)
        judged = verdict(candidates, identity)
        if judged.matched is None and judged.nearest is not None and judged.certain:
            for difference in judged.differences:
                yield _mismatch(row, judged.nearest, difference.field, difference.registered, difference.claimed)


def _mismatch(
    row: PipelinePublish, publisher: RegisteredPublisher, field: str, registered: str, claimed: str
) -> Finding:
    common: dict[str, object] = {"job": row.job, "index": publisher.title, "expected": registered, "actual": claimed}
    related = [Related(publisher.field_place(field), "registered")]
    match field:
        case "workflow":
            return Finding(
                row.place,
                code="PUB002",
                variant="gitlab",
                related=related,
                rejections=["gl-workflow-mismatch"],
                causes=["gitlab-pipeline-file-mismatch"],
                more=common,
            )
        case "environment":
            cause = "environment-name-mismatch" if claimed else "environment-missing-in-job"
            return Finding(
                row.environment_place,
                code="PUB003",
                variant=None if claimed else "missing",
                related=[*related, *([Related(row.place, "upload")] if not claimed else [])],
                edits=_set_environment(row, registered),
                rejections=["gl-environment-mismatch"],
                causes=[cause],
                more=common,
            )
    return Finding(
        row.place,
        code="PUB004",
        related=related,
        rejections=["gl-project-mismatch"],
        causes=["repository-renamed-or-transferred"],
        field=field,
        more=common,
    )


def _set_environment(row: PipelinePublish, name: str) -> list[Edit]:
    """Name the environment in the job: in place of the wrong name, or on a line of its own."""
    from preflight.workflows.edits import add_entry, written

    job = row.pipeline_job
    scalar = job.environment_name
    if scalar is not None:
        return [Edit.replace(scalar.place, written(name))] if scalar.source is job.node.source else []
    return add_entry(job.node, f"environment: {written(name)}")


@check("PUB016")
def audience_of_id_token(pipeline_plan: PipelinePlan) -> Iterator[Finding]:
    """An identity token under the name that the clients of an index read, for another audience, or for a list."""
    from preflight.plan.pipeline_plan import TOKEN_NAMES
    from preflight.publishers.registered import index_title

    for row in pipeline_plan.trusted():
        token = row.pipeline_job.id_tokens.get(TOKEN_NAMES[row.index or ""])
        if token is None:
            continue
        assert row.index is not None
        audiences = token.audiences
        if not audiences or any("$" in scalar.value for scalar in audiences):
            continue
        if not token.is_list and audiences[0].value == row.index:
            continue
        node = token.audience_node
        assert node is not None
        is_lone = token.is_list and len(audiences) == 1 and audiences[0].value == row.index
        yield Finding(
            node.place,
            variant="list" if token.is_list else None,
            related=[Related(row.place, "upload")],
            edits=[Edit.replace(node.place, row.index)] if not token.is_list or is_lone else [],
            rejections=["mint-bad-audience"],
            job=row.job,
            index=index_title(row.index),
            expected=row.index,
            actual=", ".join(scalar.value for scalar in audiences),
        )


@check("PUB018")
def missing_gitlab_id_token(pipeline_plan: PipelinePlan) -> Iterator[Finding]:
    """An upload whose client finds no identity token, because the job defines one for the index under another name, or none at all."""
    from preflight.plan.pipeline_plan import READS_TOKEN, TOKEN_NAMES
    from preflight.publishers.registered import index_title
    from preflight.workflows.upload_model import Trust

    for row in pipeline_plan.publishes():
        wanted = TOKEN_NAMES.get(row.index or "")
        if wanted is None or row.id_token is not False or row.upload.minted or row.upload.client not in READS_TOKEN:
            continue
        insists = row.upload.trusted.use is Trust.ALWAYS
        if row.authentication != "unknown" and not (insists and row.trusted):
            continue
        assert row.index is not None
        named = [
            each for each in row.pipeline_job.id_tokens.values() if [one.value for one in each.audiences] == [row.index]
        ]
        if not named and not insists:
            continue  # a credential may stand in the project's settings
        yield Finding(
            named[0].entry.key_place if named else row.place,
            variant=None if named else "none",
            # With a credential in the project's settings the client would not ask for the token.
            related=[Related(row.place, "upload")] if named else [],
            edits=_rename(named[0], wanted, row) if named else _define(row, wanted),
            job=row.job,
            client=row.upload.client,
            index=index_title(row.index),
            audience=row.index,
            expected=wanted,
            actual=named[0].name if named else "",
        )


def _rename(token: IdToken, wanted: str, row: PipelinePublish) -> list[Edit]:
    """The right name, unless the script uses the other one itself."""
    script = row.pipeline_job.script
    used = script is not None and token.name in script.text
    return [Edit.replace(token.entry.key_place, wanted, Applicability.SHOW if used else Applicability.SAFE)]


def _define(row: PipelinePublish, wanted: str) -> list[Edit]:
    """A token of that name in a job that has none."""
    from preflight.workflows.edits import add_entry

    if row.pipeline_job.id_tokens:
        return []
    text = f"id_tokens: {{{wanted}: {{aud: {row.index}}}}}"
    return add_entry(row.pipeline_job.node, text)
