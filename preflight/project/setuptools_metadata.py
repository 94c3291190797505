"""Core metadata of a project that setuptools builds: `[project]` with `[tool.setuptools.dynamic]`, setup.cfg, and the
literals of setup.py.

Follows setuptools' own order ("Configuring setuptools using setup.cfg files", "Configuring setuptools using
pyproject.toml files"): what setup.py says goes before setup.cfg, and with a `[project]` table both are read only for
what `project.dynamic` lists.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from preflight.distributions.fields import Field, FieldSet, Origin
from preflight.project.inventory import ProjectFolder
from preflight.project.standard_metadata import dynamic_names, project_fields
from preflight.sources.ini import IniDocument, IniValue, parse_ini
from preflight.sources.pyliteral import NOT_LITERAL, PyCall, PyKeyword, call_keywords
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, SourceSyntaxError, SourceTooComplex
from preflight.sources.toml import TomlDocument
from preflight.sources.tree import Files

_TEXTS: Mapping[str, str] = {
    "name": "name",
    "version": "version",
    "description": "summary",
    "url": "home-page",
    "download_url": "download-url",
    "author": "author",
    "author_email": "author-email",
    "maintainer": "maintainer",
    "maintainer_email": "maintainer-email",
    "license": "license",
    "license_expression": "license-expression",
    "long_description": "description",
    "long_description_content_type": "description-content-type",
    "python_requires": "requires-python",
}
"""setuptools' name of an attribute with one text -> core metadata."""

_LISTS: Mapping[str, str] = {"classifiers": "classifier", "platforms": "platform", "install_requires": "requires-dist"}
_ALIASES: Mapping[str, str] = {
    "home_page": "url",
    "summary": "description",
    "classifier": "classifiers",
    "platform": "platforms",
}
"""Names that setup.cfg takes for an attribute besides its own."""

_OTHERS: Mapping[str, tuple[str, ...]] = {
    "keywords": ("keywords",),
    "project_urls": ("project-url",),
    "extras_require": ("provides-extra", "requires-dist"),
}


@dataclass(frozen=True)
class SetupFiles:
    """setup.cfg and the `setup()` call of setup.py, as far as they can be read.

    `cfg` is None without a readable setup.cfg; `call` is None unless setup.py calls `setup` exactly once. `script` is
    whether there is a setup.py.
    """

    cfg: IniDocument | None
    script: bool
    call: PyCall | None

    @property
    def certain(self) -> bool:
        """Whether everything that setup.py passes is a literal (or there is no setup.py)."""
        if self.call is None:
            return not self.script
        return not self.call.unpacks and all(keyword.is_literal for keyword in self.call.keywords.values())


def read_setup_files(project: ProjectFolder, files: Files) -> SetupFiles:
    """The project's setup.cfg and setup.py."""
    cfg = None
    source = files.find(project.file("setup.cfg"))
    if source is not None:
        try:
            cfg = parse_ini(source)
        except (SourceSyntaxError, SourceTooComplex):
            cfg = None
    script = files.find(project.file("setup.py"))
    calls = []
    if script is not None:
        try:
            calls = call_keywords(script)
        except (SourceSyntaxError, SourceTooComplex):
            calls = []
    return SetupFiles(cfg, script is not None, calls[0] if len(calls) == 1 else None)


def setuptools_fields(
    project: ProjectFolder, files: Files, document: TomlDocument | None, *, own_code: bool
) -> FieldSet:
    """The fields of a project that setuptools builds.

    `own_code` is whether code of the project itself stands in for setuptools.
    """
    setup = read_setup_files(project, files)
    legacy = _Legacy(project, files, setup)
    table = document.get("project") if document is not None else None
    if document is None or not isinstance(table, dict) or not table:
        fields = tuple(legacy.fields())
        unknown = legacy.unknown() - {field.name for field in fields}
        subject, place = _subject(project, setup, document)
        return FieldSet(Origin.PROJECT, subject, fields, place, frozenset(unknown), setup.certain and not own_code)
    fields = tuple(project_fields(project, files, document))
    dynamic = dynamic_names(document)
    added = tuple(_dynamic_fields(project, files, document))
    found = {field.name for field in added}
    added += tuple(field for field in legacy.fields() if field.name in dynamic - found)
    found |= {field.name for field in added}
    # only a fully literal setup.py shows that nothing is added to a dynamic list
    left = dynamic - found if setup.certain else dynamic
    return FieldSet(
        Origin.PROJECT,
        project.file("pyproject.toml"),
        (*fields, *added),
        document.key_place("project"),
        frozenset(left),
        not own_code,
    )


def _subject(project: ProjectFolder, setup: SetupFiles, document: TomlDocument | None) -> tuple[str, Place | None]:
    metadata = setup.cfg.sections.get("metadata") if setup.cfg else None
    if metadata is not None and (setup.call is None or len(metadata.options) >= len(setup.call.keywords)):
        return project.file("setup.cfg"), metadata.place
    if setup.call is not None:
        return project.file("setup.py"), setup.call.function_place
    if setup.script:
        return project.file("setup.py"), None
    return project.file(
        "setup.cfg" if setup.cfg else "pyproject.toml"
    ), document.source.whole if document and not setup.cfg else None


class _Legacy:
    def __init__(self, project: ProjectFolder, files: Files, setup: SetupFiles) -> None:
        self.project = project
        self.files = files
        self.keywords: Mapping[str, PyKeyword] = setup.call.keywords if setup.call else {}
        self.opaque = setup.script and (setup.call is None or setup.call.unpacks)
        self.options = dict(_cfg_options(setup.cfg)) if setup.cfg else {}
        self.extras = setup.cfg.sections.get("options.extras_require") if setup.cfg else None

    def fields(self) -> Iterator[Field]:
        for attribute, name in _TEXTS.items():
            yield from self._text(attribute, name)
        for attribute, name in _LISTS.items():
            yield from (Field(name, text, place, key) for text, place, key in self._list(attribute))
        words = [(text, place, key) for text, place, key in self._list("keywords")]
        if words:
            yield Field("keywords", ",".join(text for text, _, _ in words), self._place("keywords"), words[0][2])
        for label, url, place, key in self._pairs("project_urls"):
            yield Field("project-url", url, place, key, label)
        yield from self._extras()

    def unknown(self) -> set[str]:
        """The core metadata names that only running the build would tell."""
        names = {attribute: (name,) for attribute, name in (*_TEXTS.items(), *_LISTS.items())} | dict(_OTHERS)
        found = {
            name
            for attribute, keyword in self.keywords.items()
            if not keyword.is_literal
            for name in names.get(attribute, ())
        }
        if self.opaque:
            found.update(name for group in names.values() for name in group)
        option = self.options.get("version")
        if option is not None and option[0].value.startswith(("attr:", "file:")):
            found.add("version")
        for attribute in ("long_description", "description", "classifiers", "install_requires"):
            option = self.options.get(attribute)
            if option is not None and option[0].value.startswith("file:"):
                found.update(names[attribute])
        return found

    def _given(self, attribute: str) -> PyKeyword | None:
        keyword = self.keywords.get(attribute)
        return keyword if keyword is not None and (keyword.value is NOT_LITERAL or keyword.value) else None

    def _option(self, attribute: str) -> tuple[IniValue, str] | None:
        """setup.cfg's value, unless setup.py goes before it."""
        return None if self.opaque or self._given(attribute) is not None else self.options.get(attribute)

    def _place(self, attribute: str) -> Place | None:
        keyword = self._given(attribute)
        if keyword is not None:
            return keyword.place
        option = self.options.get(attribute)
        return option[0].place if option else None

    def _text(self, attribute: str, name: str) -> Iterator[Field]:
        keyword = self._given(attribute)
        if keyword is not None:
            if isinstance(keyword.value, str):
                yield Field(name, keyword.value, keyword.place, f"setup({attribute})")
            return
        found = self._option(attribute)
        if found is None:
            return
        option, key = found
        if attribute in ("description", "long_description") and option.value.startswith("file:"):
            yield from _file_text(self.project, self.files, name, _paths(option.value), option.place, key)
        elif not (attribute == "version" and option.value.startswith(("attr:", "file:"))):
            yield Field(name, option.value, option.place, key)

    def _list(self, attribute: str) -> Iterator[tuple[str, Place, str]]:
        keyword = self._given(attribute)
        if keyword is not None:
            yield from ((text, place, f"setup({attribute})") for text, place in _items(keyword, attribute))
            return
        found = self._option(attribute)
        if found is None:
            return
        option, key = found
        if option.value.startswith("file:") and attribute in ("classifiers", "install_requires"):
            yield from (
                (text, place, key) for text, place in _file_lines(self.project, self.files, _paths(option.value))
            )
        else:
            yield from (
                (text, place, key) for text, place in _cfg_list(option, ";" if attribute == "install_requires" else ",")
            )

    def _pairs(self, attribute: str) -> Iterator[tuple[str, str, Place, str]]:
        keyword = self._given(attribute)
        if keyword is not None:
            value = keyword.value if isinstance(keyword.value, dict) else {}
            for label, url in value.items():
                if isinstance(label, str) and isinstance(url, str):
                    yield label, url, _inside(keyword.place, url), f"setup({attribute})"
            return
        found = self._option(attribute)
        for line, place in _cfg_list(found[0], ",") if found else ():
            label, separator, url = line.partition("=")
            if separator and found:
                yield label.strip(), url.strip(), place, found[1]

    def _extras(self) -> Iterator[Field]:
        keyword = self._given("extras_require")
        if keyword is not None:
            value = keyword.value if isinstance(keyword.value, dict) else {}
            for extra, requirements in value.items():
                if isinstance(extra, str):
                    entries = [(text, _inside(keyword.place, text)) for text in _texts(requirements)]
                    yield from _extra_fields(extra, keyword.place, entries, "setup(extras_require)")
        elif self.extras is not None and not self.opaque:
            for option in self.extras.options.values():
                entries = list(
                    _file_lines(self.project, self.files, _paths(option.value))
                    if option.value.startswith("file:")
                    else _cfg_list(option, ";")
                )
                yield from _extra_fields(option.name, option.key_place, entries, "[options.extras_require]")


def _cfg_options(cfg: IniDocument) -> Iterator[tuple[str, tuple[IniValue, str]]]:
    for section, known in (("metadata", None), ("options", {"python_requires", "install_requires"})):
        found = cfg.sections.get(section)
        for option in found.options.values() if found else ():
            name = option.name.replace("-", "_")
            name = _ALIASES.get(name, name)
            if (known is None or name in known) and option.value:
                yield name, (option, f"[{section}] {option.name}")


def _cfg_list(option: IniValue, separator: str) -> Iterator[tuple[str, Place]]:
    """The items of a list in setup.cfg: one a line, or separated on one line (setuptools:
    `ConfigHandler._parse_list`).
    """
    if "\n" in option.value:
        pieces: Iterable[tuple[str, Place]] = zip(option.value.split("\n"), option.line_places, strict=False)
    else:
        pieces = ((piece, option.place) for piece in option.value.split(separator))
    stripped = ((text.strip().partition(" #")[0].strip(), place) for text, place in pieces)
    return ((text, place) for text, place in stripped if text and not text.startswith("#"))


def _paths(directive: str) -> list[str]:
    return [path.strip() for path in directive.partition(":")[2].split(",") if path.strip()]


def _items(keyword: PyKeyword, attribute: str) -> Iterator[tuple[str, Place]]:
    value = keyword.value
    if isinstance(value, str) and attribute in ("keywords", "platforms"):
        value = value.split(",")
    elif isinstance(value, str) and attribute == "install_requires":
        value = value.split("\n")
    elif isinstance(value, str):
        value = [value]
    for text in _texts(value):
        stripped = _without_comment(text) if attribute == "install_requires" else text.strip()
        if stripped:
            yield stripped, _inside(keyword.place, text)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [line.strip() for line in value.split("\n") if line.strip()]
    return [item for item in value if isinstance(item, str)] if isinstance(value, Collection) else []


def _inside(place: Place, text: str) -> Place:
    """The place of a string literal inside an expression, if it stands there just once as it is; else all of
    the expression.
    """
    written = place.text
    spots = [(written.find(quoted), quoted) for quoted in (f'"{text}"', f"'{text}'") if written.count(quoted) == 1]
    if len(spots) != 1:
        return place
    start, quoted = spots[0]
    return Place(place.source, place.start + start, place.start + start + len(quoted))


def _without_comment(requirement: str) -> str:
    """A requirement as setuptools reads it, without a comment (jaraco.text: `drop_comment`)."""
    text = requirement.strip()
    return "" if text.startswith("#") else text.partition(" #")[0].strip()


def _extra_fields(extra: str, place: Place, entries: Iterable[tuple[str, Place]], key: str) -> Iterator[Field]:
    """An entry of extras_require: its key may hold a condition behind a colon, which becomes the marker of each
    requirement.
    """
    name, _, condition = extra.partition(":")
    if name:
        yield Field("provides-extra", name, place, key)
    for text, at in ((_without_comment(text), at) for text, at in entries):
        if not text:
            continue
        yield Field("requires-dist", f"{text}; {condition}" if condition and ";" not in text else text, at, key, name)


def _sources(project: ProjectFolder, files: Files, paths: Iterable[str]) -> list[Source]:
    return [source for path in paths if (source := files.find(project.file(path))) is not None]


def _file_text(
    project: ProjectFolder, files: Files, name: str, paths: list[str], place: Place, key: str
) -> Iterator[Field]:
    sources = _sources(project, files, paths)
    if sources and len(sources) == len(paths):
        text = "\n".join(source.text for source in sources)
        yield Field(name, text, place, key, sources[0].path if name == "description" and len(sources) == 1 else "")


def _file_lines(project: ProjectFolder, files: Files, paths: Iterable[str]) -> Iterator[tuple[str, Place]]:
    """The lines of files that hold a list, without comments; lines that go on after a backslash are left out."""
    for source in _sources(project, files, paths):
        goes_on = False
        for number in range(1, len(source.line_starts) + 1):
            text = source.line(number).strip()
            skipped = goes_on
            goes_on = text.endswith("\\")
            text = text.partition(" #")[0].strip()
            if text and not (text.startswith("#") or skipped or goes_on):
                yield text, source.line_place(number)


def _directive_paths(value: object) -> list[str]:
    file = value.get("file") if isinstance(value, dict) else None
    return (
        [file]
        if isinstance(file, str)
        else [path for path in file if isinstance(path, str)]
        if isinstance(file, list)
        else []
    )


def _dynamic_fields(project: ProjectFolder, files: Files, document: TomlDocument) -> Iterator[Field]:
    """What `[tool.setuptools.dynamic]` reads from files, for the keys that `project.dynamic` lists; versions
    stand elsewhere.
    """
    table = document.get("tool", "setuptools", "dynamic")
    listed = document.get("project", "dynamic")
    keys = [key for key in table if key in listed] if isinstance(table, dict) and isinstance(listed, list) else []
    for key in keys:
        path = ("tool", "setuptools", "dynamic", key)
        value, place, words = document.get(*path), document.place(*path, "file"), ".".join(path)
        if key == "readme" and isinstance(value, dict):
            yield from _file_text(project, files, "description", _directive_paths(value), place, words)
            kind = value.get("content-type", "text/x-rst")
            if isinstance(kind, str):
                yield Field(
                    "description-content-type",
                    kind,
                    document.place(*path, "content-type") if "content-type" in value else place,
                    words,
                )
        elif key == "description":
            yield from _file_text(project, files, "summary", _directive_paths(value), place, words)
        elif key in ("dependencies", "classifiers"):
            name = "requires-dist" if key == "dependencies" else "classifier"
            yield from (
                Field(name, text, at, words) for text, at in _file_lines(project, files, _directive_paths(value))
            )
        elif key == "optional-dependencies" and isinstance(value, dict):
            for extra, directive in value.items():
                yield Field("provides-extra", extra, document.key_place(*path, extra), words)
                lines = _file_lines(project, files, _directive_paths(directive))
                yield from (Field("requires-dist", text, at, f"{words}.{extra}", extra) for text, at in lines)


def cfg_files(setup: SetupFiles) -> Iterator[tuple[str, str, Place, str]]:
    """The files that setup.cfg names: each with its key, its place and setuptools' name of the attribute.

    Versions are left out, and attributes that setup.py states itself.
    """
    given = setup.call.keywords if setup.call else {}
    for attribute, (option, key) in _cfg_options(setup.cfg) if setup.cfg else ():
        if attribute in given:
            continue
        if attribute in ("license_file", "license_files"):
            yield from ((text, key, place, attribute) for text, place in _cfg_list(option, ","))
        elif option.value.startswith("file:") and attribute in (
            "long_description",
            "description",
            "classifiers",
            "install_requires",
        ):
            yield from ((path, key, option.place, attribute) for path in _paths(option.value))
