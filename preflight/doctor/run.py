"""A failed run fetched as a log, and what GitHub records of the run beside it: ref, workflow, attempt. Diagnoses nothing."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from preflight.doctor.extraction import Extracted
from preflight.doctor.run_layout import together
from preflight.index import run_by_api, run_by_gh
from preflight.index.github_token import variable_for
from preflight.index.run_address import RunAddress
from preflight.index.run_by_api import NoRunLog
from preflight.index.run_record import RunRecord
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.words import retold, say


@dataclass(frozen=True, slots=True)
class FetchedRun:
    """The log of the failed jobs of a run. `name` is how the run is called to people; `job` is set where the log is that of a single job."""

    name: str
    text: bytes
    record: RunRecord
    address: RunAddress
    job: str = ""
    step: str = ""


def fetch_run(
    address: RunAddress, project: Path | None = None, environment: Mapping[str, str] | None = None
) -> FetchedRun:
    """The log of a run's failed jobs: through `gh` where it is logged in, otherwise through GitHub's REST API.

    `gh` gives no log of a run that still goes on, the API gives those of its jobs that have ended; so the API alone is asked from within the run.

    Raises:
        NoRunLog: nothing can be had.
    """
    given = os.environ if environment is None else environment
    current = given.get("GITHUB_ACTIONS") == "true" and given.get("GITHUB_RUN_ID") == address.run
    name = f"run {address.run} of {address.slug}"
    if not current:
        by_gh = run_by_gh.fetch(address, project, given)
        if by_gh is not None:
            return FetchedRun(name, by_gh.text, by_gh.record, address)
    found = run_by_api.fetch(address, project, given, current)
    if len(found.jobs) == 1:
        (only,) = found.jobs
        return FetchedRun(
            f"{name}, job {only.job.name}", only.text, found.record, address, only.job.name, only.job.step
        )
    return FetchedRun(name, together((each.job.name, each.text) for each in found.jobs), found.record, address)


def with_record(extracted: Extracted, fetched: FetchedRun) -> Extracted:
    """What a log says, filled up by what GitHub records of its run: the log goes first.

    The workflow of the run is the one that holds the job unless the job is of a called workflow, whose name GitHub writes behind its caller's.
    """
    record = fetched.record
    job = extracted.job or fetched.job or None
    ref = extracted.ref or ref_of(record)
    called = " / " in (job or "")
    workflow = f"{fetched.address.slug}/{record.path}@{ref or record.sha}" if record.path and not called else None
    return replace(
        extracted,
        repository=extracted.repository or fetched.address.slug,
        ref=ref,
        workflow_ref=extracted.workflow_ref or workflow,
        run_attempt=extracted.run_attempt or record.attempt,
        job=job,
        jobs=extracted.jobs or ((job,) if job else ()),
        step=extracted.step or fetched.step or None,
    )


_LIKE_VERSION = _compile(r"(?:[A-Za-z][\w.-]*[-_/@])?v?\d+(?:\.\d+)+\S{0,40}")


def ref_of(record: RunRecord) -> str | None:
    """The ref of a run: GitHub records the name alone, which is a tag's where a release started the run or it reads like a version."""
    if not record.branch:
        return None
    if record.event == "release" or (record.event == "push" and _LIKE_VERSION.fullmatch(record.branch)):
        return f"refs/tags/{record.branch}"
    return f"refs/heads/{record.branch}" if record.event in ("push", "schedule", "workflow_dispatch") else None


def how_to_get_it(address: RunAddress, error: NoRunLog) -> str:
    """What to do where a run's log could not be fetched."""
    words = "cannot read the log of run {run} of {repository}: {reason}."
    steps = [say(words, run=address.run, repository=address.slug, reason=retold(error.message))]
    if error.denied:
        login = "gh auth login" if address.host == "github.com" else f"gh auth login --hostname {address.host}"
        words = "Log in with `{login}`, or set {variable} to a token that may read Actions."
        steps.append(say(words, login=login, variable=variable_for(address.host)))
    words = "Or open {page}, choose the failed job, then `View raw logs` under the gear, save the page, and give it: preflight doctor FILE"
    steps.append(say(words, page=address.page))
    return "\n".join(steps)
