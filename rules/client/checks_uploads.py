"""The rules about upload clients: addresses that are no upload endpoints, commands of the past, arguments misread, clients too old."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity
from preflight.sources.patterns import compile as _compile
from preflight.sources.words import say

if TYPE_CHECKING:
    from preflight.credentials.pypirc_files import PypircFile
    from preflight.plan.pipeline_plan import PipelinePlan
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.plan.upload_steps import UploadStep, UploadSteps
    from preflight.project.backend import BuildBackend
    from preflight.project.inventory import Inventory
    from preflight.project.metadata_versions import WrittenMetadata
    from preflight.project.pyproject import PyprojectFile
    from preflight.sources.text import Place
    from preflight.sources.tree import Files
    from preflight.workflows.model import Job
    from preflight.workflows.values import Value

_TITLES = {"pypi": "PyPI", "testpypi": "TestPyPI"}


# ── CLT001, CLT002: addresses ─────────────────────────────────────────────────────────────────────────────────────


@check("CLT001", "CLT002")
def workflow_addresses(publish_plan: PublishPlan) -> Iterator[Finding]:
    """The addresses that uploads of workflows are given."""
    from preflight.plan.credentials import setting_place
    from preflight.plan.distinct import one_of_each

    for publish in one_of_each(publish_plan):
        index = publish.upload.index
        address = index.address(publish.lookup)
        if address is None or index.setting is None:
            continue
        place = setting_place(publish.upload_step, index.setting)
        client = publish.upload.client
        by = f"job `{publish.job}`"
        yield from _judged(address, place, client, by)


@check("CLT001", "CLT002")
def pipeline_addresses(pipeline_plan: PipelinePlan) -> Iterator[Finding]:
    """The addresses that uploads of GitLab pipelines are given."""
    from preflight.plan.pipeline_uploads import one_of_each, setting_place
    from preflight.workflows.upload_model import Origin

    for row in one_of_each(pipeline_plan):
        index = row.upload.index
        address = index.address(row.lookup)
        if address is not None and index.setting is not None:
            place = setting_place(row, index.setting)
            # A variable of the project's settings goes before one of the files (GitLab, "CI/CD variable precedence").
            settled = index.setting.origin is not Origin.ENVIRONMENT and address in place.text
            yield from _judged(address, place, row.upload.client, f"job `{row.job}`", settled=settled)


@check("CLT001", "CLT002")
def pypirc_addresses(
    pypirc_files: tuple[PypircFile, ...], inventory: Inventory, files: Files, upload_steps: UploadSteps
) -> Iterator[Finding]:
    """The addresses in a `.pypirc`, as twine takes them: of a project that flit builds, flit may be the one who does."""
    if not pypirc_files:
        return
    by_twine = any(each.upload.client in ("twine", "setup.py") for each in upload_steps)
    maybe_flit = not by_twine and _built_by_flit(inventory, files)
    for file in pypirc_files:
        for repository in file.pypirc.repositories.values() if file.pypirc is not None else ():
            if repository.repository is not None:
                value = repository.repository
                by = f"section `{repository.name}`"
                yield from _judged(value.value.strip(), value.place, "twine", by, "flit" if maybe_flit else "")


_FLIT = _compile(r"(?m)^[ \t]*build-backend\s*=\s*[\"']flit(?:_core)?\b")


def _built_by_flit(inventory: Inventory, files: Files) -> bool:
    """Whether there are projects here, and flit builds each of them."""
    sources = [files.find(project.file("pyproject.toml")) for project in inventory.projects]
    return bool(sources) and all(each is not None and _FLIT.search(each.text) is not None for each in sources)


@check("CLT001", "CLT002")
def uv_addresses(pyproject_file: PyprojectFile) -> Iterator[Finding]:
    """The `publish-url` of uv's own indexes (uv, "Package indexes")."""
    document = pyproject_file.document
    entries = document.get("tool", "uv", "index") if document is not None else None
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        address = entry.get("publish-url") if isinstance(entry, dict) else None
        if isinstance(address, str) and document is not None:
            place = document.place("tool", "uv", "index", number, "publish-url")
            if place is not None:
                by = f"index `{entry.get('name', number)}`"
                yield from _judged(address.strip(), place, "uv", by)


def _judged(
    address: str, place: Place, client: str, by: str, other: str = "", *, settled: bool = True
) -> Iterator[Finding]:
    """What is wrong with an address that a client is given. `other` is a client that may be given it instead, and adds a missing slash.

    `settled` says that no other address can take its place.
    """
    from preflight.workflows.endpoints import read_endpoint

    endpoint = read_endpoint(address, client)
    if endpoint is None:
        return
    inside = place.text.find(address)
    edits = []
    if inside >= 0:
        exact = place.source.place(place.start + inside, place.start + inside + len(address))
        edits = [Edit.replace(exact, endpoint.meant, endpoint.certain_target)]
    slash = endpoint.problem == "slash"
    certain = endpoint.surely_stops(client) and not (slash and other)
    yield Finding(
        place,
        code="CLT002" if slash else "CLT001",
        variant=endpoint.problem if not slash else "added" if other else None if certain else "followed",
        severity=None if certain else Severity.WARNING,
        confidence=Confidence.CERTAIN if certain and settled else Confidence.LIKELY,
        edits=edits,
        rejections=endpoint.rejections,
        by=by,
        url=endpoint.shown,
        meant=endpoint.meant,
        other=other,
        index=_TITLES[endpoint.index],
    )


# ── CLT004 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("CLT004")
def legacy_upload_command(upload_steps: UploadSteps) -> Iterator[Finding]:
    """`setup.py upload`, and anything that registers a project first."""
    from preflight.workflows.upload_model import index_of
    from preflight.workflows.values import NEVER, unknown

    for step in upload_steps:
        upload = step.upload
        if (
            upload.guard == NEVER
            or (upload.client != "setup.py" and upload.subcommand != "register")
            or upload.pretends(unknown)
        ):
            continue
        address = upload.index.address(unknown)
        index = index_of(address) if address is not None else None
        if index not in _TITLES:
            continue
        registers = upload.subcommand == "register"
        certain = upload.pretends(unknown) is False
        command = upload.command
        yield Finding(
            step.place,
            variant="register" if registers else None,
            confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
            edits=_twine_instead(step) if not registers and command is not None else [],
            rejections=["action-submit-removed"] if registers else ["blake2-format", "digest-required"],
            causes=["register-api-removed"] if registers else ["setup-py-upload-broken"],
            job=step.job.id,
            command=f"{upload.client} {upload.subcommand}",
            where=say(" (in {hidden_in})", hidden_in=step.hidden_in) if step.hidden_in else "",
        )


def _twine_instead(step: UploadStep) -> list[Edit]:
    """Building and uploading in two commands; which files and which index stays for the author to check."""
    if step.hidden_in or step.upload.index.setting is not None:
        return []
    return [Edit.replace(step.place, "pipx run build && pipx run twine upload dist/*", Applicability.SHOW)]


# ── CLT006 ────────────────────────────────────────────────────────────────────────────────────────────────────────

_LOOKS_LIKE_FILES = _compile(r"\*|\.(?:whl|tar\.gz|zip)$|^(?:\./)?(?:dist|wheelhouse|out|build)/")
_WORDS_AS_FILES = frozenset(("pypi", "testpypi", "true", "false", "__token__"))


@check("CLT006")
def misread_twine_argument(upload_steps: UploadSteps) -> Iterator[Finding]:
    """`-repository`, which twine reads as `-r epository`; an option whose value is missing and that takes a file name; a word taken for a file."""
    from preflight.workflows.upload_model import Origin
    from preflight.workflows.values import NEVER

    for step in upload_steps:
        upload = step.upload
        if upload.client != "twine" or upload.guard == NEVER or upload.command is None:
            continue
        name = upload.index.name
        given = name.value.literal if name is not None and name.origin is Origin.FLAG else None
        if name is not None and given is not None and name.name == "-r" and given.startswith("epository"):
            yield _single_dash(step, name.value, given)
            continue
        options = [(name, "--repository")] + [
            (each, what) for each, what in ((upload.password, "--password"), (upload.username, "--username"))
        ]
        swallowed = next(
            (
                (setting, what)
                for setting, what in options
                if setting is not None
                and setting.origin is Origin.FLAG
                and _LOOKS_LIKE_FILES.search(setting.value.literal or "")
            ),
            None,
        )
        if swallowed is not None and (not upload.files or swallowed[0] is name):
            setting, what = swallowed
            assert setting is not None
            yield Finding(
                _word(step, setting.value),
                variant="swallowed",
                job=step.job.id,
                option=setting.name,
                value=setting.value.literal,
                long=what,
            )
            continue
        for word in upload.files:
            if word.literal in _WORDS_AS_FILES and len(upload.files) > 1:
                repository = word.literal in ("pypi", "testpypi")
                place = _word(step, word)
                exact = repository and place.text == word.literal
                yield Finding(
                    place,
                    variant="word" if repository else "stray-word",
                    edits=[Edit.replace(place, f"--repository {word.literal}", Applicability.UNSAFE)] if exact else [],
                    job=step.job.id,
                    value=word.literal,
                )
                break


def _single_dash(step: UploadStep, value: Value, given: str) -> Finding:
    place = _word(step, value)
    option = f"r{given}".split("=")[0]
    start = place.source.text.rfind("-r", max(0, place.start - 3), place.start + 3)
    exact = start >= 0 and place.source.text[start:].startswith(f"-{option}")
    return Finding(
        place,
        edits=[Edit.insert(place.source, start, "-")] if exact else [],
        job=step.job.id,
        option=option,
        section=given,
    )


def _word(step: UploadStep, value: Value) -> Place:
    """Where a word of the command stands; the command itself where it is in another file."""
    run = step.last.run
    if run is None or step.hidden_in or not 0 <= value.start < value.end <= len(run.value):
        return step.place
    return run.value_place(value.start, value.end)


# ── CLT007 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("CLT007")
def missing_pypirc_section(publish_plan: PublishPlan, files: Files) -> Iterator[Finding]:
    """A repository that twine is to find in a `.pypirc`, where there is none on the machine, or the one that is named lacks the section."""
    from preflight.plan.distinct import one_of_each

    for publish in one_of_each(publish_plan):
        upload = publish.upload
        name = upload.index.unresolved_name(publish.lookup)
        setting = upload.index.name
        if upload.client != "twine" or name is None or setting is None or setting.value.literal != name:
            continue
        if name.startswith("epository") or _LOOKS_LIKE_FILES.search(name) or not name.strip():
            continue
        from preflight.plan.credentials import setting_place

        place = setting_place(publish.upload_step, setting)
        if upload.config_file is not None:
            yield from _in_named_file(publish, name, place, files)
        elif not upload.other_credentials and not _may_have_pypirc(publish.upload_step):
            yield Finding(place, confidence=_confidence(publish), job=publish.job, section=name, file="~/.pypirc")


def _in_named_file(publish: Publish, name: str, place: Place, files: Files) -> Iterator[Finding]:
    """`--config-file` with a file of the repository."""
    from preflight.credentials.pypirc import Absence, read_pypirc
    from preflight.sources.ini import parse_ini
    from preflight.sources.text import SourceSyntaxError
    from preflight.sources.tree import join

    given = publish.upload.config_file
    path = given.value.literal if given is not None else None
    if path is None or path.startswith(("~", "/", "$")) or _mentions(publish.upload_step.job, path):
        return
    source = files.find(join("", path))
    if source is None or publish.upload.directory is not None:
        return
    try:
        absence = read_pypirc(parse_ini(source)).absence(name)
    except SourceSyntaxError:
        return
    if absence is not None:
        variant = {Absence.NO_SECTION: None, Absence.UNLISTED: "unlisted", Absence.EMPTY: "empty"}[absence]
        yield Finding(
            place,
            variant=variant,
            confidence=_confidence(publish),
            related=[Related(source.whole, "file")],
            job=publish.job,
            section=name,
            file=path,
        )


def _confidence(publish: Publish) -> Confidence:
    return Confidence.CERTAIN if publish.happens == "always" else Confidence.LIKELY


def _may_have_pypirc(step: UploadStep) -> bool:
    """Whether a `.pypirc` may stand on the machine: written by a step, in an image, on a machine of one's own."""
    from preflight.plan.credentials import may_come_from_elsewhere

    return may_come_from_elsewhere(step) or _mentions(step.job, "pypirc")


def _mentions(job: Job, words: str) -> bool:
    """Whether a script of the job speaks of a file other than as an option's value."""
    return any(
        each.run is not None
        and re.search(rf"(?<!--config-file )(?<!--config-file=){re.escape(words)}", each.run.value) is not None
        for each in job.all_steps()
    )


# ── CLT008 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("CLT008")
def unsupported_skip_existing(publish_plan: PublishPlan) -> Iterator[Finding]:
    """skip-existing with another index than PyPI and TestPyPI: twine refuses it since 6.2.0 (settings.py, `verify_feature_capability`)."""
    from preflight.plan.credentials import setting_place
    from preflight.plan.distinct import one_of_each
    from preflight.workflows.upload_model import Origin, is_true

    for publish in one_of_each(publish_plan):
        upload = publish.upload
        if upload.client not in ("twine", "gh-action-pypi-publish") or upload.skip_existing is None:
            continue
        address = upload.index.address(publish.lookup)
        if address is None or publish.index in _TITLES or not is_true(upload.skip_existing, publish.lookup):
            continue
        since = _twine_since_62(publish)
        if since is False or "://" not in address:
            continue
        place = setting_place(publish.upload_step, upload.skip_existing)
        given = (
            publish.upload_step.last.inputs.get(upload.skip_existing.name)
            if upload.skip_existing.origin is Origin.INPUT
            else None
        )
        yield Finding(
            given.place if given is not None else place,
            confidence=Confidence.CERTAIN if since and publish.happens == "always" else Confidence.LIKELY,
            job=publish.job,
            client=upload.client,
            url=_host_of(address),
        )


def _host_of(address: str) -> str:
    """The address without credentials and path."""
    from urllib.parse import urlsplit

    try:
        return urlsplit(address).hostname or "another index"
    except ValueError:
        return "another index"


def _twine_since_62(publish: Publish) -> bool | None:
    """Whether twine is 6.2 or later; None where that is not known."""
    from preflight.workflows.publish_action import read_ref

    step = publish.upload_step
    if publish.upload.client == "gh-action-pypi-publish":
        uses = step.last.uses
        release = (
            read_ref(uses.ref).release if uses is not None and uses.slug == "pypa/gh-action-pypi-publish" else None
        )
        if release is None:
            return None
        return True if release.version >= (1, 14, 2) else None if release.version >= (1, 13) else False
    version = _twine_version(step)
    if isinstance(version, str):
        from packaging.version import Version

        try:
            return Version(version) >= Version("6.2")
        except ValueError:  # InvalidVersion, or a number of too many digits
            return None
    return version


def _twine_version(step: UploadStep) -> str | bool | None:
    """The pinned version of twine; True where the newest is installed, None where that is not known."""
    from preflight.workflows.job_tools import moments

    upload = step.upload
    required = re.fullmatch(r"(?:==|===)?\s*(\d[\w.]*)", upload.requirement or "")
    if required is not None:
        return required[1]
    if upload.via and upload.via[-1] in ("pipx run", "uvx", "uv tool run") and upload.requirement is None:
        return True
    if step.inner or step.hidden_in or upload.command is None:
        return None
    for moment in moments(step.job):
        if moment.step is step.step and moment.command.start == upload.start:
            if "twine" not in moment.tools.packages:
                return None
            pinned = moment.tools.packages["twine"]
            return pinned if pinned is not None else None if moment.tools.open else True
    return None


# ── CLT009 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("CLT009")
def outdated_uploader(
    publish_plan: PublishPlan, inventory: Inventory, build_backend: BuildBackend, pyproject_file: PyprojectFile
) -> Iterator[Finding]:
    """An upload tool whose twine does not know the metadata version that the project's build backend writes."""
    from preflight.plan.distinct import one_of_each
    from preflight.project.metadata_versions import is_newer, written_metadata

    if len(inventory.projects) != 1:
        return
    told = [
        (publish, known) for publish in one_of_each(publish_plan) if (known := _known_metadata(publish)) is not None
    ]
    written = written_metadata(build_backend, pyproject_file.document) if told else None
    if written is None or written.newest is None:
        return
    for publish, known in told:
        if not is_newer(written.newest, known):
            continue
        yield _too_old(publish, known, written, certain=written.least is not None and is_newer(written.least, known))


def _known_metadata(publish: Publish) -> str | None:
    """The newest metadata version that the upload knows; None where that cannot be told."""
    from preflight.project.metadata_versions import known_to_twine
    from preflight.workflows.publish_action import read_ref

    uses = publish.upload_step.last.uses
    if uses is not None and uses.slug == "pypa/gh-action-pypi-publish":
        ref = read_ref(uses.ref)
        return None if ref.release is None or ref.moves else ref.release.newest_metadata
    version = _twine_version(publish.upload_step) if publish.upload.client == "twine" else None
    if not isinstance(version, str):
        return None
    from packaging.version import Version

    try:
        return known_to_twine(Version(version))
    except ValueError:  # InvalidVersion, or a number of too many digits
        return None


def _too_old(publish: Publish, known: str, written: WrittenMetadata, *, certain: bool) -> Finding:
    from preflight.workflows.publish_action import NEWEST, read_ref
    from preflight.workflows.step_edits import replace_ref

    uses = publish.upload_step.last.uses
    common: dict[str, object] = {"job": publish.job, "known": known, "backend": written.backend}
    severity = None if certain else Severity.WARNING
    confidence = Confidence.CERTAIN if certain else Confidence.LIKELY
    version = written.least if certain else written.newest
    if uses is None or publish.upload.client == "twine":
        tool = f"twine {_twine_version(publish.upload_step)}"
        return Finding(
            publish.place,
            severity=severity,
            confidence=confidence,
            variant="twine",
            tool=tool,
            written=version,
            more=common,
        )
    newest = ".".join(map(str, NEWEST))
    commit = read_ref(f"v{newest}").commit
    pinned = uses.is_pinned and commit is not None
    target = (
        commit
        if pinned and commit is not None
        else f"v{newest}"
        if re.fullmatch(r"v\d+\.\d+\.\d+", uses.ref)
        else "release/v1"
    )
    release = read_ref(uses.ref).release
    return Finding(
        uses.ref_place,
        severity=severity,
        confidence=confidence,
        variant=None if certain else "unpinned",
        edits=replace_ref(uses, target, f"v{newest}" if pinned else None),
        tool=f"version {release} of the publish action",
        written=version,
        target=f"{target} # v{newest}" if pinned else target,
        more=common,
    )
