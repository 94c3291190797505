"""The rule about user names with which GitLab jobs log in to PyPI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.credentials.credential import INDEX_NAMES, is_plain_name
from preflight.credentials.pypirc import TOKEN_USERNAME
from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Edit, Finding, Severity

if TYPE_CHECKING:
    from preflight.plan.pipeline_plan import PipelinePlan


@check("TOK007")
def account_name_in_pipeline(pipeline_plan: PipelinePlan) -> Iterator[Finding]:
    """An upload to PyPI or TestPyPI that is given a password and another user than `__token__`.

    A variable of the project's settings goes before one of the files, so that only a word of the script is certain
    (GitLab, "CI/CD variable precedence").
    """
    from preflight.plan.pipeline_uploads import one_of_each, setting_place
    from preflight.workflows.upload_model import Origin, Trust

    for row in one_of_each(pipeline_plan):
        upload = row.upload
        user, password = upload.username, upload.password
        title = next((name for index, name in INDEX_NAMES.items() if index == row.index), None)
        if title is None or user is None or password is None or upload.token is not None or upload.minted:
            continue
        literal = user.value.literal
        if upload.trusted.use in (Trust.ALWAYS, Trust.FIRST) or row.pretends:
            continue
        if literal is None or literal == TOKEN_USERNAME or not is_plain_name(literal):
            continue
        place = setting_place(row, user)
        written = place.text.strip("\"'") == literal
        certain = written and user.origin is Origin.FLAG
        yield Finding(
            place,
            severity=None if certain else Severity.WARNING,
            confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
            edits=[Edit.replace(place, TOKEN_USERNAME)] if written else [],
            rejections=["password-auth-removed"],
            name=row.job,
            index=title,
            user=literal,
        )
