"""What GitHub records of a workflow run and its jobs, as typed values. Tolerates what it does not know, and asks nobody."""

from collections.abc import Mapping

from preflight.index.timestamps import seconds
from preflight.sources.records import dataclass

FAILED = frozenset({"failure", "timed_out", "startup_failure", "action_required"})
"""Conclusions of a job that did not do what it should (REST API, "Workflow jobs")."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run (REST API, "Get a workflow run"). What GitHub does not say is empty or None.

    `branch` is the branch, or the tag where the event is of one; `path` is the file of the workflow; `started` is in seconds since 1970.
    """

    branch: str = ""
    sha: str = ""
    event: str = ""
    path: str = ""
    attempt: int | None = None
    status: str = ""
    conclusion: str = ""
    started: float | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job of a run (REST API, "List jobs for a workflow run"). `step` is the step that failed first."""

    number: str
    name: str
    status: str
    conclusion: str
    step: str = ""

    @property
    def failed(self) -> bool:
        """Whether it ended in a failure."""
        return self.conclusion in FAILED


def run_record(body: object) -> RunRecord:
    """Read the answer of `/actions/runs/ID`."""
    found = body if isinstance(body, Mapping) else {}
    attempt = found.get("run_attempt")
    return RunRecord(
        branch=_text(found, "head_branch"),
        sha=_text(found, "head_sha"),
        event=_text(found, "event"),
        path=_text(found, "path").partition("@")[0],
        attempt=attempt if isinstance(attempt, int) else None,
        status=_text(found, "status"),
        conclusion=_text(found, "conclusion"),
        started=seconds(_text(found, "run_started_at")),
    )


def job_records(body: object) -> tuple[JobRecord, ...]:
    """Read one page of the answer of `/actions/runs/ID/jobs`."""
    found = body.get("jobs") if isinstance(body, Mapping) else None
    return tuple(job for each in found if (job := job_record(each)) is not None) if isinstance(found, list) else ()


def job_record(body: object) -> JobRecord | None:
    """Read one job; None where it has no number."""
    number = body.get("id") if isinstance(body, Mapping) else None
    if not isinstance(body, Mapping) or not isinstance(number, int) or isinstance(number, bool):
        return None
    steps = body.get("steps")
    failed = [
        _text(step, "name")
        for step in (steps if isinstance(steps, list) else ())
        if isinstance(step, Mapping) and step.get("conclusion") in FAILED
    ]
    return JobRecord(
        str(number),
        _text(body, "name"),
        _text(body, "status"),
        _text(body, "conclusion"),
        failed[0] if failed else "",
    )


def annotations(body: object) -> tuple[str, ...]:
    """Read the answer of `/check-runs/ID/annotations`: what stands on the run's page beside a job that has no log."""
    found = body if isinstance(body, list) else []
    return tuple(
        text
        for each in found
        if isinstance(each, Mapping)
        and each.get("annotation_level") != "notice"
        and (text := " ".join(_text(each, "message").split()))
    )


def _text(found: Mapping[str, object], key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""
