"""The log of a run's failed steps through the command `gh`, with the login that it keeps itself. Sees no token."""

import os
from collections.abc import Mapping
from pathlib import Path

from preflight.index.gh_command import ask_gh, find_gh
from preflight.index.run_address import RunAddress
from preflight.index.run_record import RunRecord, run_record
from preflight.sources.records import dataclass

TIMEOUT_SECONDS = 60.0
_SHORT_SECONDS = 20.0
_MORE = (
    "GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN",
    "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
"""What `gh` needs to log in and to reach the network (`gh help environment`)."""


@dataclass(frozen=True, slots=True)
class GhLog:
    """What `gh` gave: the log in its own layout, with the job and the step before each line, and what GitHub records of the run."""

    text: bytes
    record: RunRecord


def fetch(
    address: RunAddress, project: Path | None = None, environment: Mapping[str, str] | None = None
) -> GhLog | None:
    """The log of the failed steps of a run; None where there is no `gh`, it is not logged in, or it has no log."""
    given = os.environ if environment is None else environment
    program = find_gh(given, project)
    if program is None:
        return None
    repository = f"{address.host}/{address.slug}"
    wanted = ["run", "view", "--repo", repository, "--log-failed"]
    if address.job is not None:
        wanted += ["--job", address.job]
    else:
        wanted += [address.run, *(["--attempt", address.attempt] if address.attempt else [])]
    text = ask_gh(program, wanted, given, TIMEOUT_SECONDS, more=_MORE)
    if not text or not text.strip():
        return None
    return GhLog(text, _record(program, address, given))


def _record(program: str, address: RunAddress, given: Mapping[str, str]) -> RunRecord:
    from json import loads

    attempt = f"/attempts/{address.attempt}" if address.attempt else ""
    path = f"repos/{address.slug}/actions/runs/{address.run}{attempt}"
    answer = ask_gh(program, ("api", "--hostname", address.host, path), given, _SHORT_SECONDS, more=_MORE)
    try:
        return run_record(loads(answer)) if answer else RunRecord()
    except (ValueError, RecursionError):
        return RunRecord()
