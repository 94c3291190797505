"""The rule about upload clients that cannot use the identity token which a GitLab job asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.plan.pipeline_plan import PipelinePlan, PipelinePublish

_CANNOT = frozenset(("poetry", "hatch", "flit"))
"""Clients that upload with a credential and, on GitLab, with nothing else."""


@check("PUB013")
def pipeline_client_without_trusted_publishing(pipeline_plan: PipelinePlan) -> Iterator[Finding]:
    """A job with the identity token for an index and no credential, whose upload client does not read the token.

    A variable of the project's settings reaches every job without being named, so that this is never certain.
    """
    from preflight.plan.pipeline_plan import TOKEN_NAMES
    from preflight.plan.pipeline_uploads import one_of_each
    from preflight.publishers.registered import index_title

    for row in one_of_each(pipeline_plan):
        wanted = TOKEN_NAMES.get(row.index or "")
        if wanted is None or row.id_token is not True or row.upload.minted or _uses_token(row):
            continue
        old = _old_twine(row) if row.upload.client == "twine" and row.trusted else None
        if old is None and not (row.upload.client in _CANNOT and _has_no_credential(row)):
            continue
        token = row.pipeline_job.id_tokens[wanted]
        yield Finding(
            row.place,
            variant="gitlab" if old is None else "gitlab-old-twine",
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            related=[Related(token.entry.key_place, "token")],
            job=row.job,
            index=index_title(row.index or ""),
            client=row.upload.client,
            token=wanted,
            version=old or row.upload.requirement or "",
        )


def _has_no_credential(row: PipelinePublish) -> bool:
    upload = row.upload
    return upload.token is None and upload.password is None and not upload.other_credentials


def _uses_token(row: PipelinePublish) -> bool:
    """Whether the script itself does something with an identity token: an exchange by hand, a log-in elsewhere."""
    script = row.pipeline_job.script
    variables = row.pipeline_job.variables.values()
    texts = [script.text if script is not None else "", *(scalar.value for scalar in variables)]
    return any(name in text for name in row.pipeline_job.id_tokens for text in texts)


def _old_twine(row: PipelinePublish) -> str | None:
    """The requirement by which the job installs a twine before 6.1."""
    from preflight.workflows.twine_pins import FRESH, old_twine

    script = row.pipeline_job.script
    if script is None or row.upload.requirement is not None or FRESH.intersection(row.upload.via):
        return None
    return old_twine([script.text])
