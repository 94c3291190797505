"""The imagined PyPI at work: takes uploads one at a time, judges and keeps them, and remembers what happened. Knows no sockets."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path

from preflight.distributions.filenames import character_problem
from preflight.engine.runner import RULE_CRASH
from preflight.rehearsal.answers import PYPI as PYPI_PAGES
from preflight.rehearsal.answers import TESTPYPI as TESTPYPI_PAGES
from preflight.rehearsal.answers import HttpAnswer, accepted, answer, refused
from preflight.rehearsal.attempts import ACCEPTED, IDENTICAL, REFUSED, SKIPPED, Attempt, Exchange, others_of, reasons_of
from preflight.rehearsal.identity import Identity, Mint
from preflight.rehearsal.judging import Judgement, Received, judge
from preflight.rehearsal.limits import Limits
from preflight.rehearsal.multipart import FilePart, Form
from preflight.rehearsal.refused import Refused
from preflight.rehearsal.state import IndexFile, Project, State
from preflight.rehearsal.upload_form import first

CRASH = "metadata-braces-crash"
"""The refusal that is answered as an error of the server."""

MOVED = 308

MOST_ATTEMPTS = 5000
"""Uploads that are remembered for the report, and as many requests for tokens."""


@contextmanager
def _removed(folder: Path) -> Iterator[Path]:
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Index:
    """One rehearsal's index. `folder` is where it keeps files; who made it removes it."""

    def __init__(self, state: State, folder: Path, limits: Limits | None = None) -> None:
        self.state = state
        self.limits = limits or Limits()
        self.mint = Mint(state.host)
        self.attempts: list[Attempt] = []
        self.exchanges: list[Exchange] = []
        self.broken_off = 0
        self.left_out = 0
        self.ask: Callable[[str], None] | None = None
        """Asks the real index for a project before its first upload is judged."""
        self.crashes: list[str] = []
        """What failed in preflight itself."""
        self.gate: Refused | None = None
        """What every upload meets, since it goes to another address than that for uploads."""
        self.skip_existing = False
        """Whether files that exist already are passed over, as clients do by themselves where the index is PyPI."""
        self._folder = folder
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._kept = 0

    @property
    def pages(self) -> dict[str, str]:
        """The addresses that the index's words point at."""
        return PYPI_PAGES if self.state.host == "pypi.org" else TESTPYPI_PAGES

    def projects(self) -> tuple[Project, ...]:
        """The projects with files as they are now."""
        with self._lock:
            found = tuple(self.state.projects.values())
            return tuple(Project(each.name, dict(each.files), each.status) for each in found if each.files)

    @contextmanager
    def receiving(self) -> Iterator[Path]:
        """A folder for what one upload brings, removed afterwards: what is accepted has been moved elsewhere."""
        folder = self._folder / f"received-{next(self._numbers)}"
        folder.mkdir(parents=True)
        with _removed(folder):
            yield folder

    def upload(self, form: Form, folder: Path, authorization: str | None, agent: str, accept: str | None) -> HttpAnswer:
        """Judge an upload whose file lies in `folder`/content, keep it if PyPI would, and give PyPI's answer."""
        file = _named(folder, form.content) if form.content is not None and form.content.kept else None
        with self._lock:
            if self.ask is not None:
                self.ask(first(form, "name"))
            identity = self.mint.identity(authorization)
            judgement = judge(Received(form, file, identity), self.state, self.limits)
            self.crashes += [each.message for each in judgement.findings if each.code == RULE_CRASH]
            skipped = self.skip_existing and _exists(judgement)
            reply = accepted(accept=accept) if skipped else self._reply(judgement, accept)
            if not judgement.refusals and not judgement.identical:
                if self._kept + (form.content.size if form.content else 0) > self.limits.kept:
                    return refused(503, "The rehearsal keeps no more files.", accept=accept)
                self._keep(judgement, file)
            self._remember(form, judgement, reply, agent, identity, skipped=skipped)
        return reply

    def refuse(self, row: Refused, accept: str | None) -> HttpAnswer:
        """PyPI's answer to what is no upload."""
        with self._lock:
            reply = self._answer(row, accept)
            self._remember(Form(), Judgement((row,)), reply, "", Refused("no-identity"))
        return reply

    def forget_redirects(self) -> bool:
        """Take back the answers to an address without its slash, where the client has followed them to uploads that were judged; whether there were any."""
        with self._lock:
            moved = [each for each in self.attempts if each.status == MOVED]
            if not moved or len(moved) == len(self.attempts):
                return False
            left = [each for each in self.attempts if each.status != MOVED]
            self.attempts[:] = [replace(each, number=number) for number, each in enumerate(left, 1)]
        return True

    def _reply(self, judgement: Judgement, accept: str | None) -> HttpAnswer:
        return self._answer(judgement.refusals[0], accept) if judgement.refusals else accepted(accept=accept)

    def _answer(self, row: Refused, accept: str | None) -> HttpAnswer:
        values = {**self.pages, **row.values}
        return answer(CRASH if row.crash else row.row, values, accept=accept, words=row.words)

    def _keep(self, judgement: Judgement, file: Path | None) -> None:
        upload, built = judgement.upload, judgement.built
        if upload is None or file is None:
            return
        part = upload.part
        home = self._folder / "files" / part.digests["blake2_256"]
        home.mkdir(parents=True, exist_ok=True)
        metadata = built.distribution.read_bytes(f"{built.info_folder}/METADATA") if built and built.is_wheel else None
        file.replace(home / "file")
        if metadata is not None:
            (home / "metadata").write_bytes(metadata)
        self._kept += part.size
        project = self.state.project(upload.project)
        project.name = upload.project
        project.files[part.filename] = IndexFile(
            filename=part.filename,
            version=upload.version,
            sha256=part.digests["sha256"],
            blake2_256=part.digests["blake2_256"],
            md5=part.digests["md5"],
            size=part.size,
            is_sdist=first(upload.form, "filetype") == "sdist",
            uploaded=datetime.now(UTC),
            requires_python=upload.metadata.first("requires-python"),
            metadata_sha256=sha256(metadata).hexdigest() if metadata is not None else "",
            folder=str(home),
            metadata=upload.metadata.values,
        )

    def _remember(
        self,
        form: Form,
        judgement: Judgement,
        reply: HttpAnswer,
        agent: str,
        identity: Identity | Refused,
        *,
        skipped: bool = False,
    ) -> None:
        if len(self.attempts) >= MOST_ATTEMPTS:
            self.left_out += 1
            return
        refused_or_skipped = SKIPPED if skipped else REFUSED
        verdict = IDENTICAL if judgement.identical else refused_or_skipped if judgement.refusals else ACCEPTED
        self.attempts.append(
            Attempt(
                number=len(self.attempts) + 1,
                filename=form.content.filename if form.content else "",
                project=first(form, "name"),
                version=first(form, "version"),
                size=form.content.size if form.content else 0,
                agent=agent,
                identity=_in_words(identity),
                status=reply.status,
                phrase=reply.reason,
                verdict=verdict,
                reasons=reasons_of(judgement.refusals, judgement.findings),
                others=others_of(judgement.refusals, judgement.findings),
                notes=judgement.notes,
            )
        )


def _exists(judgement: Judgement) -> bool:
    """Whether clients pass over the refusal with their option for it (twine: commands/upload.py, `skip_upload`)."""
    return bool(judgement.refusals) and judgement.refusals[0].row in ("file-exists", "project-name-exists")


def _in_words(identity: Identity | Refused) -> str:
    if isinstance(identity, Refused):
        return ""
    return f"a token for {identity.minted.publisher}" if identity.minted else "an API token"


def _named(folder: Path, part: FilePart) -> Path:
    """The received file under its own name, which some refusals are about; under another where a name cannot be one on this disk."""
    content = folder / "content"
    if character_problem(part.filename) is None and part.filename not in (".", ".."):
        home = folder / "file"
        home.mkdir()
        try:
            return content.rename(home / part.filename)
        except (OSError, ValueError):
            return content
    return content
