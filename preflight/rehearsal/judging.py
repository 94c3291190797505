"""The verdict on one upload: everything that PyPI would refuse in it, in the order of PyPI's checks. Changes no state and gives no HTTP answer.

What lies in the file is judged by the rules of `preflight check`, run over the stored file; what only the form, the token and the state of the index decide,
by the modules beside this one.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from preflight.distributions.built import BuiltFile
from preflight.distributions.filenames import MAX_NAME_BYTES, normalize_project
from preflight.engine.facts import FactCrash, Unavailable
from preflight.engine.finding import Reported
from preflight.engine.session import Options, Outcome, run_check
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.refusals import refusals
from preflight.rehearsal.answers import PYPI, TESTPYPI, message
from preflight.rehearsal.attempts import rules_of_files
from preflight.rehearsal.attestation_form import attestation_refusals
from preflight.rehearsal.form_metadata import FormMetadata, description_refusal, form_metadata, metadata_refusals
from preflight.rehearsal.identity import Identity, permission_refusals
from preflight.rehearsal.limits import GIBIBYTE, MEBIBYTE, Limits
from preflight.rehearsal.multipart import FilePart, Form
from preflight.rehearsal.refused import Refused
from preflight.rehearsal.state import IndexFile, State
from preflight.rehearsal.stored_upload import Upload, archive_refusals, digest_refusals, name_refusals
from preflight.rehearsal.upload_form import file_type, first, form_refusals, part_refusals, routed, sanitized
from preflight.sources.records import dataclass
from preflight.sources.tree import DiskTree

MAX_AGE = timedelta(days=14)
"""Age from which on a release takes no more files (warehouse: forklift/legacy.py)."""

UNVERIFIED = "the signatures of its attestations were not verified, which PyPI does"
UNKNOWN_NEW = "whether the project exists is not known: a new one could not have this name, which a module of the standard library has"


@dataclass(frozen=True)
class Judgement:
    """The verdict. The first of `refusals` is what PyPI answers; none means that it takes the file.

    `identical` says that the index has this very file, which PyPI takes without doing anything. `findings` are those of the rules on the file, and
    `notes` say what could not be decided here.
    """

    refusals: tuple[Refused, ...] = ()
    findings: tuple[Reported, ...] = ()
    identical: bool = False
    notes: tuple[str, ...] = ()
    upload: Upload | None = None
    built: BuiltFile | None = None


@dataclass(frozen=True)
class Received:
    """An upload as it came in: the form, where its file lies, and who sent it."""

    form: Form
    file: Path | None
    identity: Identity | Refused


def judge(received: Received, state: State, limits: Limits) -> Judgement:
    """Judge an upload by form, file, token and state."""
    refused = routed(received.form.last(":action"))
    if refused is not None:
        return Judgement((refused,))
    form = sanitized(received.form)
    metadata = form_metadata(form)
    upload = _upload(form, metadata)
    outcome = _check(received.file) if upload and upload.part.size <= limits.file and received.file else None
    built = _built(outcome)
    findings = tuple(outcome.result.findings) if outcome else ()
    case = _Case(received.identity, form, metadata, upload, built, findings, state, limits)
    refused_by: list[Refused] = []
    for stage in _STAGES:
        for found in stage(case):
            if found.row == _IDENTICAL and not refused_by:
                return Judgement((), findings, True, (), upload, built)
            if found.row != _IDENTICAL:
                refused_by.append(found)
    return Judgement(tuple(refused_by), findings, False, tuple(_notes(case)), upload, built)


def _upload(form: Form, metadata: FormMetadata) -> Upload | None:
    from packaging.version import Version

    if form.content is None:
        return None
    try:
        version = str(Version(metadata.first("version")))
    except ValueError:  # InvalidVersion, or a number of too many digits
        version = ""
    return Upload(form, metadata, form.content, metadata.first("name") or first(form, "name"), version)


def _check(file: Path) -> Outcome:
    """Run the built-in rules over one file, without any configuration."""
    workspace = Workspace(DiskTree(file.parent), Focus((), (file.name,)))
    return run_check(workspace, Options(isolated=True, select=rules_of_files()), FACTS)


def _built(outcome: Outcome | None) -> BuiltFile | None:
    if outcome is None:
        return None
    try:
        (found,) = outcome.facts.get("built_files")
    except (Unavailable, FactCrash, ValueError):
        return None
    return found if isinstance(found, BuiltFile) else None


@dataclass(frozen=True)
class _Case:
    identity: Identity | Refused
    form: Form
    metadata: FormMetadata
    upload: Upload | None
    built: BuiltFile | None
    findings: tuple[Reported, ...]
    state: State
    limits: Limits

    @property
    def pages(self) -> Mapping[str, str]:
        """The addresses that the index's words point at."""
        return PYPI if self.state.index == "pypi" else TESTPYPI

    @property
    def project(self) -> str:
        """The project's name as the form has it."""
        return first(self.form, "name")


_IDENTICAL = "identical"
"""Not a refusal: where PyPI stops, since it has this very file."""


def _authentication(case: _Case) -> Iterator[Refused]:
    """The refusal of a user name comes before the form is looked at, that of a token behind it."""
    identity = case.identity
    refused = identity if isinstance(identity, Refused) else None
    if refused is not None and refused.row == "password-auth-removed":
        yield refused
    yield from part_refusals(case.form)
    if refused is not None and refused.row != "password-auth-removed":
        yield refused


def _form(case: _Case) -> Iterator[Refused]:
    yield from form_refusals(case.form)


def _metadata(case: _Case) -> Iterator[Refused]:
    yield from metadata_refusals(case.metadata)
    if case.form.content is None and not case.form.content_is_text:
        yield Refused("no-file")


def _project(case: _Case) -> Iterator[Refused]:
    """Whether the project exists or may be created, and whether the token is good for it."""
    from preflight.project.standard_library import standard_library

    identity, name = case.identity, case.project
    if isinstance(identity, Refused) or not name:
        return
    if case.state.exists(name) is False:
        if identity.minted is not None:
            yield Refused("nonuser-create")
        elif name in standard_library():
            yield Refused("project-name-stdlib", {"name": name})
    yield from permission_refusals(identity, name)
    yield from _status(case, identity)


def _status(case: _Case, identity: Identity) -> Iterator[Refused]:
    """A project that is archived takes nothing, one in quarantine nothing from trusted publishers (warehouse: packaging/models.py, `Project.__acl__`)."""
    project = case.state.projects.get(normalize_project(case.project))
    trusted, status = identity.minted is not None, project.status if project else ""
    if status == "archived" or (status == "quarantined" and trusted):
        whose = "token-not-allowed" if trusted else "user-not-allowed"
        values = {**case.pages, "username": "(you)", "project": case.project}
        yield Refused(f"project-{status}", words=message(refusals()[whose], values))


def _description(case: _Case) -> Iterator[Refused]:
    refused = description_refusal(case.metadata)
    if refused is not None:
        yield refused


def _name(case: _Case) -> Iterator[Refused]:
    if case.upload is not None:
        yield from name_refusals(case.upload)
    elif case.form.content_is_text:  # PyPI asks a text for its file name, and fails
        yield Refused("no-file", crash=True)


def _size(case: _Case) -> Iterator[Refused]:
    """warehouse counts both limits while it writes the file, which it cannot under a name that is too long."""
    upload, limits = case.upload, case.limits
    if upload is None:
        return
    if len(upload.filename.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        yield Refused("filename-too-long", {"filename": upload.filename}, crash=True)
    project = case.state.projects.get(upload.normalized)
    if upload.part.size > limits.file:
        values = {"project": upload.project, "limit_mib": limits.file // MEBIBYTE}
        yield Refused("file-too-large", values)
    elif upload.part.size + (project.total_size() if project else 0) > limits.project:
        values = {"project": upload.project, "limit_gib": limits.project // GIBIBYTE}
        yield Refused("project-too-large", values)


def _duplicates(case: _Case) -> Iterator[Refused]:
    upload = case.upload
    if upload is None or not upload.part.kept:
        return
    yield from digest_refusals(upload)
    known = next(
        (each for each in case.state.all_files() if _is_same(each, upload.part)),
        None,
    )
    if known is not None and known.filename == upload.filename and known.sha256 == upload.part.digests["sha256"]:
        yield Refused(_IDENTICAL)
    elif known is not None or (upload.version and case.state.is_released(upload.version)):
        yield Refused("file-exists", {"filename": upload.filename, "hash": upload.part.digests["blake2_256"]})


def _is_same(known: IndexFile, part: FilePart) -> bool:
    """warehouse: `_is_duplicate_file`."""
    return known.filename == part.filename or known.blake2_256 == part.digests["blake2_256"]


def _release(case: _Case) -> Iterator[Refused]:
    """What the release already holds."""
    upload = case.upload
    project = case.state.projects.get(upload.normalized) if upload else None
    if upload is None or project is None or not upload.version:
        return
    files = list(project.of_version(upload.version))
    times = [each.uploaded for each in files if each.uploaded is not None]
    if times and min(times) < datetime.now(UTC) - MAX_AGE:
        yield Refused("release-closed")
    if file_type(upload.form) == "sdist" and any(each.is_sdist and each.filename != upload.filename for each in files):
        yield Refused("second-sdist")


def _archive(case: _Case) -> Iterator[Refused]:
    if case.upload is not None:
        foretold = {row for finding in case.findings for row in finding.rejections}
        yield from archive_refusals(case.upload, case.built, foretold)


def _attestations(case: _Case) -> Iterator[Refused]:
    trusted = not isinstance(case.identity, Refused) and case.identity.minted is not None
    if case.upload is not None and case.upload.part.kept:
        yield from attestation_refusals(case.form, case.upload.part, trusted=trusted)


_STAGES: tuple[Callable[[_Case], Iterator[Refused]], ...] = (
    _authentication,
    _form,
    _metadata,
    _project,
    _description,
    _name,
    _size,
    _duplicates,
    _release,
    _archive,
    _attestations,
)
"""The order of PyPI's checks (warehouse: forklift/legacy.py, `file_upload`)."""


def _notes(case: _Case) -> Iterator[str]:
    from preflight.project.standard_library import standard_library

    if case.form.all("attestations"):
        yield UNVERIFIED
    if case.state.exists(case.project) is None and case.project in standard_library():
        yield UNKNOWN_NEW
