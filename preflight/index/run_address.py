"""The address of a workflow run, as people copy it from the browser. Asks nobody."""

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

_NAME = r"[A-Za-z0-9_.-]{1,100}"
_RUN = _compile(
    rf"(?:(?P<scheme>https?)://)?(?P<host>[A-Za-z0-9.-]{{1,250}}(?::\d{{1,5}})?)/(?P<owner>{_NAME})/(?P<repository>{_NAME})"
    r"/(?:actions/)?runs/(?P<run>\d{1,20})(?:/attempts/(?P<attempt>\d{1,6}))?(?:/jobs?/(?P<job>\d{1,20}))?/?(?:[?#].*)?"
)
_NUMBER = _compile(r"\d{1,20}")


@dataclass(frozen=True, slots=True)
class RunAddress:
    """A run of a repository's workflow, one attempt of it, or one of its jobs. `job` is the number in the job's address, not its name."""

    host: str
    owner: str
    repository: str
    run: str
    attempt: str | None = None
    job: str | None = None

    @property
    def slug(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.repository}"

    @property
    def page(self) -> str:
        """The page to open."""
        attempt = f"/attempts/{self.attempt}" if self.attempt and not self.job else ""
        job = f"/job/{self.job}" if self.job else ""
        return f"https://{self.host}/{self.slug}/actions/runs/{self.run}{attempt}{job}"


def parse_run(text: str) -> RunAddress | None:
    """The run that an address names; None where it names none."""
    found = _RUN.fullmatch(text.strip())
    if found is None or ".." in (found["owner"], found["repository"]):
        return None
    host = found["host"].lower().removeprefix("www.")
    return RunAddress(host, found["owner"], found["repository"], found["run"], found["attempt"], found["job"])


def is_number(text: str) -> bool:
    """Whether a text is the number of a run alone."""
    return _NUMBER.fullmatch(text.strip()) is not None
