"""Core metadata in the backends' own tables of pyproject.toml: `[tool.poetry]`, `[tool.flit.metadata]`.

Not `[project]`, and not setuptools.
"""

from collections.abc import Iterator

from preflight.distributions.fields import Field
from preflight.project.inventory import ProjectFolder
from preflight.project.standard_metadata import content_type
from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Place
from preflight.sources.toml import TomlDocument
from preflight.sources.tree import Files

_AUTHOR = _compile(r"(?P<name>[^<>]+)(?: <(?P<email>.+?)>)?")


class _Table:
    def __init__(self, project: ProjectFolder, files: Files, document: TomlDocument, *root: str) -> None:
        self.project = project
        self.files = files
        self.document = document
        self.root = root

    def get(self, *path: str | int) -> object:
        return self.document.get(*self.root, *path)

    def place(self, *path: str | int) -> Place | None:
        return self.document.place(*self.root, *path)

    def key(self, *path: str) -> str:
        return ".".join((*self.root, *path))

    def text(self, name: str, *path: str, extra: str = "") -> Iterator[Field]:
        value = self.get(*path)
        if isinstance(value, str):
            yield Field(name, value, self.place(*path), self.key(*path), extra)

    def texts(self, name: str, *path: str, extra: str = "") -> Iterator[Field]:
        values = self.get(*path)
        for index, value in enumerate(values if isinstance(values, list) else ()):
            if isinstance(value, str):
                yield Field(name, value, self.place(*path, index), self.key(*path), extra)

    def description(self, key: str, paths: list[str]) -> Iterator[Field]:
        sources = [self.files.find(self.project.file(path)) for path in paths]
        texts = [source.text for source in sources if source is not None]
        if paths and len(texts) == len(paths):
            only = sources[0].path if len(sources) == 1 and sources[0] else ""
            yield Field("description", "\n".join(texts), self.place(key), self.key(key), only)
        found = content_type(paths[0]) if paths else None
        if found is not None:
            yield Field("description-content-type", found, self.place(key), self.key(key))

    def urls(self) -> Iterator[Field]:
        urls = self.get("urls")
        for label, url in urls.items() if isinstance(urls, dict) else ():
            if isinstance(url, str):
                yield Field(
                    "project-url",
                    url,
                    self.place("urls", label),
                    self.key("urls", label),
                    label,
                    label_place=self.document.key_place(*self.root, "urls", label),
                )


def poetry_fields(
    project: ProjectFolder, files: Files, document: TomlDocument, *, own_dependencies: bool
) -> Iterator[Field]:
    """The fields that `[tool.poetry]` states (Poetry's documentation, "The pyproject.toml file"; poetry-core
    translates them).

    `own_dependencies` is whether the dependencies come from this table. Their versions are in Poetry's own syntax,
    which only poetry-core translates with certainty: only those on a repository, a file or a URL are given, as the
    direct references that they become. Of several authors poetry-core sends the first.
    """
    table = _Table(project, files, document, "tool", "poetry")
    for key, name in (("name", "name"), ("version", "version"), ("description", "summary"), ("license", "license")):
        yield from table.text(name, key)
    readme = table.get("readme")
    paths = (
        [readme]
        if isinstance(readme, str)
        else [path for path in readme if isinstance(path, str)]
        if isinstance(readme, list)
        else []
    )
    yield from table.description("readme", [path for path in paths if path])
    for key, name in (("authors", "author"), ("maintainers", "maintainer")):
        yield from _poetry_people(table, key, name)
    words = table.get("keywords")
    if isinstance(words, list) and words and all(isinstance(word, str) for word in words):
        yield Field("keywords", ",".join(map(str, words)), table.place("keywords"), table.key("keywords"))
    yield from table.texts("classifier", "classifiers")
    yield from table.text("home-page", "homepage" if isinstance(table.get("homepage"), str) else "repository")
    for key, label in (("homepage", "Homepage"), ("repository", "Repository"), ("documentation", "Documentation")):
        yield from table.text("project-url", key, extra=label)
    yield from table.urls()
    extras = table.get("extras")
    for extra in extras if own_dependencies and isinstance(extras, dict) else ():
        yield Field(
            "provides-extra", extra, document.key_place("tool", "poetry", "extras", extra), table.key("extras", extra)
        )
    if own_dependencies:
        yield from _poetry_references(table)


def _poetry_people(table: _Table, key: str, name: str) -> Iterator[Field]:
    people = table.get(key)
    first = people[0] if isinstance(people, list) and people else None
    match = _AUTHOR.fullmatch(first) if isinstance(first, str) else None
    if match:
        place = table.place(key, 0)
        yield Field(name, match["name"], place, table.key(key))
        if match["email"]:
            yield Field(f"{name}-email", match["email"], place, table.key(key))


def _poetry_references(table: _Table) -> Iterator[Field]:
    dependencies = table.get("dependencies")
    extras = table.get("extras")
    members = {
        member.lower().replace("_", "-")
        for group in (extras.values() if isinstance(extras, dict) else ())
        if isinstance(group, list)
        for member in group
        if isinstance(member, str)
    }
    for name, value in dependencies.items() if isinstance(dependencies, dict) else ():
        several = isinstance(value, list)
        for index, entry in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(entry, dict) or (
                entry.get("optional") is True and name.lower().replace("_", "-") not in members
            ):
                continue
            path = ("dependencies", name, index) if several else ("dependencies", name)
            for key in ("git", "file", "path", "url"):
                target = entry.get(key)
                if isinstance(target, str):
                    yield Field(
                        "requires-dist",
                        _reference(name, key, target, entry),
                        table.place(*path, key),
                        table.key("dependencies", name),
                    )
                    break


def _reference(name: str, key: str, target: str, entry: dict[str, object]) -> str:
    if key in ("file", "path"):
        return f"{name} @ file://{target}" if target.startswith("/") else f"{name} @ file:{target}"
    if key == "url":
        return f"{name} @ {target}"
    revision = next((entry[key] for key in ("rev", "tag", "branch") if isinstance(entry.get(key), str)), "")
    return f"{name} @ git+{target}" + (f"@{revision}" if revision else "")


def flit_fields(project: ProjectFolder, files: Files, document: TomlDocument) -> Iterator[Field]:
    """The fields that `[tool.flit.metadata]` states (Flit's documentation, "Old style metadata"); summary and
    version stand in the module.
    """
    table = _Table(project, files, document, "tool", "flit", "metadata")
    yield from table.text("name", "dist-name" if isinstance(table.get("dist-name"), str) else "module")
    for key in (
        "author",
        "author-email",
        "maintainer",
        "maintainer-email",
        "home-page",
        "license",
        "keywords",
        "requires-python",
    ):
        yield from table.text(key, key)
    readme = table.get("description-file")
    yield from table.description("description-file", [readme] if isinstance(readme, str) else [])
    yield from table.texts("classifier", "classifiers")
    yield from table.urls()
    yield from table.texts("requires-dist", "requires")
    extras = table.get("requires-extra")
    for extra in extras if isinstance(extras, dict) else ():
        yield Field(
            "provides-extra",
            extra,
            document.key_place(*table.root, "requires-extra", extra),
            table.key("requires-extra", extra),
        )
        yield from table.texts("requires-dist", "requires-extra", extra, extra=extra)
    yield from table.texts("requires-dist", "dev-requires", extra="dev")
