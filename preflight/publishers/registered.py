"""The trusted publishers that the configuration declares as registered. Nothing is asked of an index here."""

from collections.abc import Iterable

from preflight.engine.facts import Unavailable
from preflight.engine.settings import TABLE, DeclaredPublisher, Settings, read_settings
from preflight.project.inventory import Inventory
from preflight.sources.records import dataclass
from preflight.sources.text import Place, SourceSyntaxError, SourceTooComplex
from preflight.sources.toml import parse_toml
from preflight.sources.tree import Files

PYPI = "pypi"
TESTPYPI = "testpypi"
GITLAB_COM = "https://gitlab.com"

_HOSTS = {
    "pypi.org": PYPI,
    "upload.pypi.org": PYPI,
    "www.pypi.org": PYPI,
    "test.pypi.org": TESTPYPI,
}
INDEX_TITLES = {PYPI: "PyPI", TESTPYPI: "TestPyPI"}
"""How the two public indexes are called in sentences."""


def index_name(index: str) -> str:
    """`pypi` or `testpypi` for their names in any letter case and their URLs; any other text as it is, without a final slash."""
    text = index.strip()
    if text.lower() in (PYPI, TESTPYPI):
        return text.lower()
    host = text.partition("://")[2].partition("/")[0].partition("@")[2] or text.partition("://")[2].partition("/")[0]
    return _HOSTS.get(host.lower(), text.rstrip("/"))


def index_title(index: str) -> str:
    """The index as it is called in a sentence."""
    return INDEX_TITLES.get(index, index)


@dataclass(frozen=True, slots=True)
class RegisteredPublisher:
    """One declared publisher. Fields that its kind does not have are empty; `environment` is empty when registered without one."""

    index: str
    kind: str
    owner: str
    repository: str
    workflow: str
    environment: str
    project: str
    issuer: str
    pending: bool
    declared: DeclaredPublisher

    @property
    def place(self) -> Place:
        """Where it is declared."""
        return self.declared.place

    def field_place(self, name: str) -> Place:
        """The value of one field; the whole entry where the field is left out."""
        return self.declared.field_place(name)

    @property
    def title(self) -> str:
        """The index in a sentence."""
        return index_title(self.index)


@dataclass(frozen=True, slots=True)
class RegisteredPublishers:
    """All declared publishers of a workspace."""

    publishers: tuple[RegisteredPublisher, ...]

    def on(self, index: str, kind: str) -> tuple[RegisteredPublisher, ...]:
        """Those of one kind on one index."""
        return tuple(each for each in self.publishers if each.index == index and each.kind == kind)


def registered_publishers(settings: Settings, inventory: Inventory, files: Files) -> RegisteredPublishers:
    """The publishers declared in the configuration in force, and in the pyproject.toml of every project of the workspace.

    Raises:
        Unavailable: none is declared, so what is registered is unknown.
    """
    found = [_publisher(each) for each in settings.publishers]
    seen = {each.declared.document.source.path for each in found}
    for project in inventory.projects:
        path = project.file("pyproject.toml")
        if path not in seen and path not in settings.files:
            seen.add(path)
            found.extend(_publisher(each) for each in _declared(files, path))
    if not found:
        raise Unavailable("no publisher is declared in [[tool.preflight.publishers]], so what is registered is unknown")
    return RegisteredPublishers(tuple(found))


def _declared(files: Files, path: str) -> Iterable[DeclaredPublisher]:
    source = files.find(path)
    if source is None or "preflight" not in source.text:
        return ()
    try:
        document = parse_toml(source, allow_bom=True)
    except (SourceSyntaxError, SourceTooComplex):
        return ()
    if not isinstance(document.get(*TABLE), dict):
        return ()
    from pathlib import Path

    return read_settings(document, TABLE, Path(path).parent, trusted=False).publishers


def _publisher(declared: DeclaredPublisher) -> RegisteredPublisher:
    fields = declared.fields

    def text(name: str, default: str = "") -> str:
        value = fields.get(name, default)
        return value if isinstance(value, str) else default

    return RegisteredPublisher(
        index=index_name(text("index", PYPI) or PYPI),
        kind=text("kind", "github"),
        owner=text("owner"),
        repository=text("repository"),
        workflow=text("workflow").strip(),
        environment=text("environment"),
        project=text("project"),
        issuer=text("issuer", GITLAB_COM) or GITLAB_COM,
        pending=bool(fields.get("pending", False)),
        declared=declared,
    )
