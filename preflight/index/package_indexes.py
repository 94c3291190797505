"""The fact `package_indexes`: what PyPI, TestPyPI and other indexes tell of projects, asked when a check wants to know. Judges nothing."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from urllib.parse import quote, urlsplit

from preflight.distributions.filenames import normalize_project
from preflight.engine.facts import Unavailable
from preflight.index import json_api, provenance, simple
from preflight.index.allowance import MOST_REQUESTS, Allowance, Allowances
from preflight.index.audience import ask_audience, exchange_base
from preflight.index.endpoints import Endpoints
from preflight.index.failures import Unreachable
from preflight.index.json_api import ReleaseInfo
from preflight.index.projects import IndexFile, IndexProject
from preflight.index.provenance import ProvenPublisher
from preflight.index.transport import Answer, Transport
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.plan.targets import UploadTargets
    from preflight.project.names import ProjectNames

_PROJECT = _compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
"""A normalized name (PyPA, "Names and normalization")."""

_Made = TypeVar("_Made")
Pairs: TypeAlias = Iterable[tuple[str, str]]
"""Indexes with the normalized names of projects."""


class PackageIndexes:
    """Answers about projects. Each question is asked once a run; one that cannot be answered raises `Unavailable` with the reason."""

    def __init__(
        self,
        transport: Transport,
        endpoints: Endpoints,
        expected: Callable[[], Pairs] = tuple,
        allowance: Allowance | None = None,
    ) -> None:
        self._transport = transport
        self._endpoints = endpoints
        self._expected: Callable[[], Pairs] | None = expected
        self._allowance = allowance or Allowance(MOST_REQUESTS)

    @property
    def left(self) -> int:
        """How many requests may still be sent."""
        return self._allowance.left

    def project(self, index: str, name: str) -> IndexProject:
        """A project by its normalized name. One of a malformed name exists nowhere, and is not asked for: without a name, an index lists all that it has.

        Raises:
            Unavailable: the index gives no answer, or is one whose pages are not found.
        """
        if not _PROJECT.fullmatch(name):
            return IndexProject(index, name, exists=False)
        address = self._endpoints.simple(index, name)
        if address is None:
            return self._foreign(index, name)
        self._ask_together()
        return self._ask(address, simple.ACCEPT, lambda answer: simple.read_project(answer, index, name))

    def maybe_project(self, index: str, name: str) -> IndexProject | None:
        """As `project`; None where the index does not tell: for checks that can also do without."""
        try:
            return self.project(index, name)
        except Unavailable:
            return None

    def _ask_together(self) -> None:
        """Before the first question about a project: ask for all that will be wanted, a few at a time."""
        if self._expected is not None:
            expected, self._expected = self._expected, None
            addresses = (self._endpoints.simple(index, name) for index, name in expected() if _PROJECT.fullmatch(name))
            self._transport.gather(
                [each for each in addresses if each is not None], accept=simple.ACCEPT, allowance=self._allowance
            )

    def release(self, project: IndexProject) -> ReleaseInfo | None:
        """The metadata of a project's newest release; None where it has no release.

        Raises:
            Unavailable: the index gives no answer, or has no metadata of a release that it has, as mirrors without the JSON API.
        """
        version = project.newest
        address = self._endpoints.json(project.index, project.name, str(version))
        if version is None or address is None:
            return None
        found = self._ask(address, "application/json", json_api.read_release)
        if found is None:
            raise Unavailable(f"{project.title} shows no metadata of {project.name} {version}")
        return found

    def publishers(self, project: IndexProject) -> tuple[IndexFile, tuple[ProvenPublisher, ...]] | None:
        """A file of the release that was published last, and the publishers that its provenance names; None where it has no provenance.

        Raises:
            Unavailable: the index gives no answer.
        """
        file = last_proven(project)
        if file is None:
            return None
        version = next(version for version, files in project.releases.items() if file in files)
        address = self._endpoints.provenance(project.index, project.name, str(version), file.filename)
        if address is None:
            return None
        return file, self._ask(address, provenance.ACCEPT, provenance.read_provenance)

    def last_proof(self, index: str, name: str) -> tuple[IndexFile, tuple[ProvenPublisher, ...]] | None:
        """The same by the project's name; None too where the index has no such project.

        Raises:
            Unavailable: the index gives no answer.
        """
        project = self.project(index, normalize_project(name))
        return self.publishers(project) if project.exists else None

    def last_publishers(self, index: str, name: str) -> tuple[ProvenPublisher, ...]:
        """The publishers alone, none where nothing is proven.

        Raises:
            Unavailable: the index gives no answer.
        """
        told = self.last_proof(index, name)
        return told[1] if told is not None else ()

    def audience(self, address: str) -> str | None:
        """The audience of the index that has this upload address; None where it offers no trusted publishing.

        Raises:
            Unavailable: the index gives no answer.
        """
        try:
            return ask_audience(self._transport, exchange_base(address), self._allowance)
        except Unreachable as error:
            raise Unavailable(error.message) from None

    def _ask(self, address: str, accept: str, read: Callable[[Answer], _Made]) -> _Made:
        try:
            return read(self._transport.get(address, accept=accept, allowance=self._allowance))
        except Unreachable as error:
            raise Unavailable(error.message) from None

    def _foreign(self, index: str, name: str) -> IndexProject:
        """A project of an index that is known by its upload address alone: its pages are looked for where such servers have them."""
        for address in simple_pages(index, name):
            try:
                answer = self._transport.get(address, accept=simple.ACCEPT, allowance=self._allowance)
                if answer.status == 200:
                    return simple.read_project(answer, index, name)
            except Unreachable as error:
                if error.kind != "unreadable":
                    raise Unavailable(error.message) from None
        raise Unavailable(f"no page of {name} was found on that index")


def last_proven(project: IndexProject) -> IndexFile | None:
    """A file with provenance of the release whose files came last; None where that release has none. The time of upload decides, not the version."""
    dated = [each for each in project.files if each.uploaded is not None]
    if not dated:
        return None
    newest = max(dated, key=lambda each: each.uploaded or 0.0)
    release = next((files for files in project.releases.values() if newest in files), ())
    return next((each for each in release if each.provenance), None)


def simple_pages(address: str, name: str) -> tuple[str, ...]:
    """Where the simple page of a project may be, given the address for uploads.

    `/simple/` below it (pypiserver, Nexus, Artifactory, GitLab) or beside `/legacy/` (as PyPI has it), `/+simple/` below it (devpi).
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ()
    path = parts.path.rstrip("/")
    page = quote(name)
    if path.endswith(("/simple", "/+simple")):
        paths: tuple[str, ...] = (f"{path}/{page}/",)
    else:
        base = path.removesuffix("/legacy").removesuffix("/upload")
        paths = (f"{base}/simple/{page}/", f"{base}/+simple/{page}/")
    return tuple(parts._replace(path=each, query="", fragment="").geturl() for each in paths)


def package_indexes(
    transport: Transport,
    endpoints: Endpoints,
    upload_targets: "UploadTargets",
    project_names: "ProjectNames",
    allowances: Allowances,
) -> PackageIndexes:
    """What the indexes know.

    Raises:
        Unavailable: `--online` was not given.
    """

    def expected() -> Pairs:
        for target in upload_targets.public:
            for name in project_names.known:
                yield target.index, normalize_project(name)

    return PackageIndexes(transport, endpoints, expected, allowances.whole)
