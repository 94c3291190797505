"""The logs of a run's failed jobs through GitHub's REST API. Reads only, and shows its token to nobody but the API."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from preflight.index.endpoints import VARIABLES
from preflight.index.failures import Unreachable, host_of
from preflight.index.github_token import find_token
from preflight.index.run_address import RunAddress
from preflight.index.run_record import JobRecord, RunRecord, annotations, job_record, job_records, run_record
from preflight.index.transport import Answer, Transport
from preflight.sources.records import dataclass

_PATIENCE = 20.0
_MOST_JOBS = 12
_MOST_PAGES = 5
_PAGE = 100
_ACCEPT = "application/vnd.github+json"
_WITHOUT_LOG = (404, 410)


@dataclass(frozen=True, slots=True)
class JobLog:
    """A failed job with its log. `text` is what GitHub says instead where there is no log: annotations, one a line."""

    job: JobRecord
    text: bytes


@dataclass(frozen=True, slots=True)
class RunLog:
    """What was fetched of a run. `running` names jobs that have not ended, whose logs cannot be had yet."""

    record: RunRecord
    jobs: tuple[JobLog, ...]
    running: tuple[str, ...] = ()


class NoRunLog(Exception):
    """There is no log to be had. The message says why, in a sentence; `denied` where a token, or another one, would help."""

    def __init__(self, message: str, denied: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.denied = denied


def api_base(host: str, environment: Mapping[str, str]) -> str:
    """The base of the REST API of a GitHub (docs.github.com: REST API, "Getting started"), or the one that the environment names for it.

    In a workflow GITHUB_API_URL and GITHUB_SERVER_URL belong together (docs.github.com: Variables reference).
    """
    server = host_of(environment.get("GITHUB_SERVER_URL") or "https://github.com")
    named = environment.get(VARIABLES["github"]) or (environment.get("GITHUB_API_URL") if server == host else "")
    if named:
        return named.strip().rstrip("/")
    at_github = host == "github.com" or host.endswith(".ghe.com")
    return f"https://api.{host}" if at_github else f"https://{host}/api/v3"


def fetch(
    address: RunAddress,
    project: Path | None = None,
    environment: Mapping[str, str] | None = None,
    current: bool = False,
) -> RunLog:
    """The failed jobs of a run with their logs.

    `current` where the asking job is part of the run itself: then jobs that still run are expected.

    Raises:
        NoRunLog: nothing can be had.
    """
    given = os.environ if environment is None else environment
    base = api_base(address.host, given)
    token = find_token(given, address.host, project)
    if token is None:
        raise NoRunLog(
            f"{address.host} gives logs only to those who are logged in, and there is no token for it",
            denied=True,
        )
    asked = Transport(deadline_seconds=_PATIENCE)
    try:
        return _Asking(asked, base, address, {"authorization": f"Bearer {token.value}"}).run_log(current)
    except Unreachable as error:
        raise NoRunLog(error.message) from None
    finally:
        asked.close()


class _Asking:
    def __init__(self, transport: Transport, base: str, address: RunAddress, headers: Mapping[str, str]) -> None:
        self._transport = transport
        self._address = address
        self._headers = headers
        self._base = f"{base}/repos/{address.slug}"
        attempt = f"/attempts/{address.attempt}" if address.attempt else ""
        self._run = f"{self._base}/actions/runs/{address.run}{attempt}"

    def run_log(self, current: bool) -> RunLog:
        record = run_record(self._json(self._run))
        jobs = self._jobs()
        failed = [job for job in jobs if job.failed][:_MOST_JOBS]
        running = tuple(job.name for job in jobs if job.status not in ("completed", ""))
        if self._address.job is not None and jobs and not failed and not running:
            failed = list(jobs)
        if not failed:
            raise NoRunLog(_without_failure(record, running, current))
        found = [JobLog(job, text) for job in failed if (text := self._log(job))]
        if not found:
            raise NoRunLog(
                "no failed job of the run has a log: GitHub keeps logs for 90 days, or as the repository says"
            )
        return RunLog(record, tuple(found), running)

    def _jobs(self) -> tuple[JobRecord, ...]:
        if self._address.job is not None:
            job = job_record(self._json(f"{self._base}/actions/jobs/{self._address.job}"))
            return (job,) if job is not None else ()
        found: list[JobRecord] = []
        for page in range(1, _MOST_PAGES + 1):
            more = job_records(self._json(f"{self._run}/jobs?per_page={_PAGE}&page={page}"))
            found += more
            if len(more) < _PAGE:
                break
        return tuple(found)

    def _log(self, job: JobRecord) -> bytes:
        """The log of a job that has ended; where it has none, as a deployment that was refused, the annotations on its page.

        GitHub answers with a redirect to a storage on another host, which the transport follows without the token.
        """
        answer = self._asked(f"{self._base}/actions/jobs/{job.number}/logs")
        if answer.status == 200:
            return answer.body
        if answer.status not in _WITHOUT_LOG:
            raise self._refused(answer)
        noted = self._asked(f"{self._base}/check-runs/{job.number}/annotations")
        texts = annotations(_parsed(noted)) if noted.status == 200 else ()
        return "".join(f"##[error]{text}\n" for text in texts).encode()

    def _json(self, url: str) -> object:
        answer = self._asked(url)
        if answer.status != 200:
            raise self._refused(answer)
        return _parsed(answer)

    def _asked(self, url: str) -> Answer:
        return self._transport.get(url, headers=self._headers, accept=_ACCEPT)

    def _refused(self, answer: Answer) -> NoRunLog:
        host = urlsplit(self._base).hostname or ""
        if answer.status == 404:
            return NoRunLog(
                f"{host} knows no such run, or the token may not see it (404): it needs `actions: read` on {self._address.slug}",
                denied=True,
            )
        if answer.status in (401, 403):
            words = "does not accept the token" if answer.status == 401 else "does not let the token read this run"
            return NoRunLog(f"{host} {words} ({answer.status}): it needs `actions: read` on {self._address.slug}", True)
        return NoRunLog(f"{host} answered with {answer.status}")


def _parsed(answer: Answer) -> object:
    from json import loads

    try:
        parsed: object = loads(answer.body)
    except (ValueError, RecursionError):
        raise NoRunLog(f"{host_of(answer.url)} answered with something that is not JSON") from None
    return parsed


def _without_failure(record: RunRecord, running: tuple[str, ...], current: bool) -> str:
    if record.conclusion == "startup_failure":
        return "the run failed before any job, as with a workflow file that GitHub cannot read: its page says why"
    if running and current:
        return (
            "no job of this run has failed so far but the one that asks, and GitHub gives a job's log only when the job has ended: "
            "ask from a job of its own, with `needs` and `if: failure()`"
        )
    if running:
        return f"the run has no failed job yet; still running: {', '.join(running[:3])}"
    return "the run has no failed job"
