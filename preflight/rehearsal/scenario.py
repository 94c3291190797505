"""Which uploads one run of a workflow makes, as commands that can be run here, and what its identity token would claim. Runs nothing."""

from collections.abc import Iterator, Mapping, Sequence

from preflight.plan.publish_plan import PlannedScenario, Publish, PublishPlan
from preflight.publishers.claims import github_claims
from preflight.publishers.registered import RegisteredPublisher
from preflight.rehearsal.clients import CLIENTS
from preflight.sources.records import dataclass
from preflight.workflows.upload_model import is_true

ACTION = "gh-action-pypi-publish"
DEFAULT_FILES = "dist/*"
_INDEXES = ("pypi", "testpypi")


class NoScenario(Exception):
    """No run of the workflow that was asked for uploads anything; the message says so."""


@dataclass(frozen=True)
class PlayedUpload:
    """One upload of the run: the command that makes it here, in which folder of the checkout, and which files it takes as the workflow names them."""

    publish: Publish
    words: tuple[str, ...]
    folder: str
    files: tuple[str, ...]

    @property
    def asks_itself(self) -> bool:
        """Whether the client looks for an identity token by itself, and exchanges it."""
        return self.words[0] == "uv" and (self.publish.trusted or self.publish.authentication == "none")


@dataclass(frozen=True)
class Run:
    """One way to start a workflow with its uploads. `notes` say what is not played."""

    planned: PlannedScenario
    uploads: tuple[PlayedUpload, ...]
    notes: tuple[str, ...] = ()

    @property
    def index(self) -> str:
        """The index of its first upload."""
        return self.uploads[0].publish.index or _INDEXES[0]


def chosen_run(plan: PublishPlan, workflow: str, event: str | None, ref: str | None) -> Run:
    """The run that was asked for: of several the one whose uploads are surest to happen.

    Raises:
        NoScenario: there is none.
    """
    wanted = [
        each
        for each in plan.scenarios
        if (event is None or each.scenario.event == event)
        and (ref is None or (each.scenario.ref or "").removeprefix("refs/").endswith(ref.removeprefix("refs/")))
        and each.scenario.starts is not False
    ]
    uploading = [(each, rows) for each in wanted if (rows := tuple(_rows(each)))]
    if not uploading:
        raise NoScenario(_nothing(plan, workflow, event, ref))
    planned, rows = max(uploading, key=lambda each: sum(row.happens == "always" for row in each[1]))
    index = rows[0].index
    same = [row for row in rows if row.index == index]
    played, notes = [], []
    for row in same:
        words = _words(row)
        if words is None:
            notes.append(f"the upload of job {row.job} with {row.upload.client} cannot be run here and was left out")
        else:
            played.append(PlayedUpload(row, words, _folder(row), _files(row)))
    if len(same) < len(rows):
        notes.append(f"only the uploads to {index} were run; choose others with --index, --event or --ref")
    if not played:
        raise NoScenario("; ".join(notes))
    return Run(planned, tuple(played), tuple(notes))


def _rows(planned: PlannedScenario) -> Iterator[Publish]:
    return (each for each in planned.publishes if each.happens != "never" and each.index in _INDEXES)


def _nothing(plan: PublishPlan, workflow: str, event: str | None, ref: str | None) -> str:
    if not plan.scenarios:  # nothing starts it, or it cannot be read
        return f"no run of {workflow} is known; `preflight check` says whether it can be read"
    asked = " ".join(each for each in (f"on {event}" if event else "", f"at {ref}" if ref else "") if each)
    events = dict.fromkeys(each.scenario.event for each in plan.scenarios if any(_rows(each)))
    others = f"; it does on {', '.join(events)}" if events else ""
    return f"{workflow} uploads nothing to PyPI or TestPyPI {asked}".rstrip() + others


def _files(row: Publish) -> tuple[str, ...]:
    found = [each.resolve(row.lookup) for each in row.upload.files]
    return tuple(each for each in found if isinstance(each, str)) or (DEFAULT_FILES,)


def _folder(row: Publish) -> str:
    directory = row.upload.directory.resolve(row.lookup) if row.upload.directory is not None else ""
    return directory if isinstance(directory, str) and not directory.startswith("/") else ""


def _words(row: Publish) -> tuple[str, ...] | None:
    """The command: the publish action runs twine, and what starts a client (`uvx`, `pipx run`) is left out, since it would ask an index."""
    upload = row.upload
    skip = ("--skip-existing",) if is_true(upload.skip_existing, row.lookup) else ()
    if upload.client in (ACTION, "twine"):
        return ("twine", "upload", *skip, *_files(row))
    if upload.client == "uv":
        # without credentials uv asks whether there is trusted publishing, and says why there is none
        mode = () if row.authentication == "none" else ("--trusted-publishing", "always" if row.trusted else "never")
        return ("uv", "publish", *mode, *_files(row))
    if upload.client not in CLIENTS or upload.command is None:
        return None
    words = [each.resolve(row.lookup) for each in upload.command.arguments]
    plain = tuple(each if isinstance(each, str) else "hidden" for each in words)
    start = next((at for at, word in enumerate(plain) if word.rpartition("/")[2] == upload.client), None)
    return plain[start:] if start is not None else None


def claims_of(row: Publish, registered: Sequence[RegisteredPublisher]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """What the identity token of the run says, and what had to be taken as registered since it is not known here."""
    known, run, notes = row.identity, row.instance.run, []
    like = next(iter(registered), None)
    owner, repository, environment = known.owner, known.repository, known.environment
    if owner is None or repository is None:
        owner, repository = (like.owner, like.repository) if like else ("octo-org", "sampleproject")
        notes.append(f"the repository is not known here: `{owner}/{repository}` was taken")
    if environment is None:
        environment = like.environment if like else ""
        notes.append(f"the job's environment cannot be decided here: `{environment or '(none)'}` was taken")
    ref = row.scenario.ref or "refs/heads/main"
    claims = github_claims(
        owner=owner,
        repository=repository,
        workflow=run.workflow.path,
        top_workflow=run.top.path,
        ref=ref,
        environment=environment,
        event=row.scenario.event,
    )
    stated = {name: str(claim) for name, claim in claims.items()}
    more = {"repository_owner_id": "1", "repository_id": "1", "sha": "0" * 40, "run_id": "1", "actor": owner}
    return {**stated, **more}, tuple(notes)
