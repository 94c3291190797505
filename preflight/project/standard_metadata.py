"""The `[project]` table as core metadata, the way build backends translate it.

Skips what has the wrong type: rules about the table say so.
"""

from collections.abc import Iterator, Mapping

from preflight.distributions.fields import Field
from preflight.project.inventory import ProjectFolder
from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Place
from preflight.sources.toml import TomlDocument
from preflight.sources.tree import Files

CORE_NAMES: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "version": ("version",),
    "description": ("summary",),
    "readme": ("description", "description-content-type"),
    "requires-python": ("requires-python",),
    "license": ("license", "license-expression"),
    "license-files": ("license-file",),
    "authors": ("author", "author-email"),
    "maintainers": ("maintainer", "maintainer-email"),
    "keywords": ("keywords",),
    "classifiers": ("classifier",),
    "urls": ("project-url", "home-page", "download-url"),
    "dependencies": ("requires-dist",),
    "optional-dependencies": ("requires-dist", "provides-extra"),
    "import-names": ("import-name",),
    "import-namespaces": ("import-namespace",),
}
"""Key of `[project]` -> the core metadata fields that it decides ("pyproject.toml specification")."""

CONTENT_TYPES: Mapping[str, str] = {".md": "text/markdown", ".rst": "text/x-rst", ".txt": "text/plain"}
"""Ending of a readme -> its content type. Other endings leave the type out or are refused, as the backend likes."""

_SPECIAL = _compile(r'[()<>@,:;.\\"\[]')


def mailbox(name: str, email: str) -> str:
    """A name and an address as one mailbox, the name quoted where RFC 5322 asks for it."""
    if not name:
        return email
    if _SPECIAL.search(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{email}>"


def content_type(path: str) -> str | None:
    """The content type that the ending of a readme stands for, None where backends do not agree on any."""
    stem, dot, ending = path.rpartition(".")
    return CONTENT_TYPES.get(f".{ending.lower()}") if dot and stem and not stem.endswith("/") else None


def dynamic_names(document: TomlDocument) -> frozenset[str]:
    """The core metadata fields that `project.dynamic` leaves to the build."""
    dynamic = document.get("project", "dynamic")
    keys = [key for key in dynamic if isinstance(key, str)] if isinstance(dynamic, list) else []
    return frozenset(name for key in keys for name in CORE_NAMES.get(key, ()))


def project_fields(project: ProjectFolder, files: Files, document: TomlDocument) -> Iterator[Field]:
    """The fields that `[project]` states, in the order of core metadata ("pyproject.toml specification", "Core
    metadata specifications").
    """
    table = document.get("project")
    if not isinstance(table, dict):
        return
    reader = _Reader(project, files, document)
    for key, name in (
        ("name", "name"),
        ("version", "version"),
        ("description", "summary"),
        ("requires-python", "requires-python"),
    ):
        yield from reader.text(name, key)
    yield from reader.readme()
    yield from reader.license()
    yield from reader.people("authors", "author")
    yield from reader.people("maintainers", "maintainer")
    yield from reader.keywords()
    yield from reader.texts("classifier", "classifiers")
    yield from reader.urls()
    yield from reader.texts("requires-dist", "dependencies")
    yield from reader.extras()
    yield from reader.texts("import-name", "import-names")
    yield from reader.texts("import-namespace", "import-namespaces")


class _Reader:
    def __init__(self, project: ProjectFolder, files: Files, document: TomlDocument) -> None:
        self.project = project
        self.files = files
        self.document = document

    def get(self, *path: str | int) -> object:
        return self.document.get("project", *path)

    def place(self, *path: str | int) -> Place | None:
        return self.document.place("project", *path)

    def text(self, name: str, *path: str, extra: str = "") -> Iterator[Field]:
        value = self.get(*path)
        if isinstance(value, str):
            yield Field(name, value, self.place(*path), ".".join(("project", *path)), extra)

    def texts(self, name: str, *path: str, extra: str = "") -> Iterator[Field]:
        values = self.get(*path)
        for index, value in enumerate(values if isinstance(values, list) else ()):
            if isinstance(value, str):
                yield Field(name, value, self.place(*path, index), ".".join(("project", *path)), extra)

    def readme(self) -> Iterator[Field]:
        value = self.get("readme")
        if isinstance(value, str):
            yield from self.described(value, self.place("readme"), "project.readme")
            found = content_type(value)
            if found is not None:
                yield Field("description-content-type", found, self.place("readme"), "project.readme")
        elif isinstance(value, dict):
            file = value.get("file")
            if isinstance(file, str):
                yield from self.described(file, self.place("readme", "file"), "project.readme.file")
            else:
                yield from self.text("description", "readme", "text")
            yield from self.text("description-content-type", "readme", "content-type")

    def described(self, path: str, place: Place | None, key: str) -> Iterator[Field]:
        source = self.files.find(self.project.file(path)) if path else None
        if source is not None:
            yield Field("description", source.text, place, key, source.path)

    def license(self) -> Iterator[Field]:
        yield from self.text("license-expression", "license")
        value = self.get("license")
        if isinstance(value, dict):
            file = value.get("file")
            if isinstance(file, str):
                source = self.files.find(self.project.file(file)) if file else None
                if source is not None:
                    yield Field(
                        "license", source.text, self.place("license", "file"), "project.license.file", source.path
                    )
            else:
                yield from self.text("license", "license", "text")

    def people(self, key: str, name: str) -> Iterator[Field]:
        people = self.get(key)
        names: list[tuple[str, Place | None]] = []
        mailboxes: list[tuple[str, Place | None]] = []
        for index, person in enumerate(people if isinstance(people, list) else ()):
            if not isinstance(person, dict):
                continue
            who, email = person.get("name"), person.get("email")
            if isinstance(email, str):
                mailboxes.append((mailbox(who if isinstance(who, str) else "", email), self.place(key, index, "email")))
            elif isinstance(who, str):
                names.append((who, self.place(key, index, "name")))
        for found, field in ((names, name), (mailboxes, f"{name}-email")):
            if found:
                place = found[0][1] if len(found) == 1 else self.place(key)
                yield Field(field, ", ".join(text for text, _ in found), place, f"project.{key}")

    def keywords(self) -> Iterator[Field]:
        value = self.get("keywords")
        if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
            yield Field("keywords", ",".join(map(str, value)), self.place("keywords"), "project.keywords")

    def urls(self) -> Iterator[Field]:
        urls = self.get("urls")
        for label, url in urls.items() if isinstance(urls, dict) else ():
            if isinstance(url, str):
                yield Field(
                    "project-url",
                    url,
                    self.place("urls", label),
                    f"project.urls.{label}",
                    label,
                    label_place=self.document.key_place("project", "urls", label),
                )

    def extras(self) -> Iterator[Field]:
        extras = self.get("optional-dependencies")
        for extra in extras if isinstance(extras, dict) else ():
            yield Field(
                "provides-extra",
                extra,
                self.document.key_place("project", "optional-dependencies", extra),
                f"project.optional-dependencies.{extra}",
            )
            yield from self.texts("requires-dist", "optional-dependencies", extra, extra=extra)
