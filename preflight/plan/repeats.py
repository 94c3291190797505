"""What the plan's rows have in common, for questions about several of them: the same upload, the same run, a second time."""

from collections.abc import Iterable, Iterator

from preflight.plan.open_runs import UploadKey, key_of
from preflight.plan.publish_plan import Publish, PublishPlan
from preflight.workflows.model import Job
from preflight.workflows.upload_model import is_true

_SKIPS_BY_ITSELF = frozenset(
    {
        "hatch",
        "pypi-auto-publish",
        "python-semantic-release",
        "semantic-release",
        "autopub",
        "autopub-action",
        "jupyter-releaser",
    }
)
"""Clients that look by themselves whether the files, or the release, are there already."""


def of_own_start(rows: Iterable[Publish]) -> set[UploadKey]:
    """The uploads that are reached without a call: their workflow's own events come to them."""
    return {key_of(row.upload_step) for row in rows if not row.instance.run.calls}


def of_certain_call(rows: Iterable[Publish]) -> set[UploadKey]:
    """The uploads that certainly happen when their workflow is called."""
    return {key_of(row.upload_step) for row in rows if row.instance.run.calls and row.happens == "always"}


def tolerates_existing(publish: Publish) -> bool | None:
    """Whether the upload passes over files that are on the index already; None where that cannot be known."""
    upload = publish.upload
    if upload.check_url is not None or upload.client in _SKIPS_BY_ITSELF:
        return True
    if upload.unread:
        return None
    return is_true(upload.skip_existing, publish.lookup)


def by_upload(rows: Iterable[Publish]) -> dict[UploadKey, list[Publish]]:
    """The rows of each upload, in the order of the plan."""
    found: dict[UploadKey, list[Publish]] = {}
    for row in rows:
        found.setdefault(key_of(row.upload_step), []).append(row)
    return found


def sure(plan: PublishPlan) -> Iterator[Publish]:
    """The rows that happen whenever their event starts the run."""
    return (row for row in plan.publishes() if row.happens == "always")


def jobs_before(publish: Publish) -> Iterator[Job]:
    """The jobs that must end well before the upload's own starts, those that its callers wait for included; nearest first."""
    yield from publish.instance.job.ancestors
    for call in reversed(publish.instance.run.calls):
        yield from call.job.ancestors


def written_steps(jobs: Iterable[Job]) -> str:
    """Everything that the steps of some jobs run or are given, as one text."""
    return "\n".join(step.place.text for job in jobs for step in job.all_steps())
