"""Configuration: `[tool.preflight]` in pyproject.toml or a preflight.toml, read with the place of every value and checked.

One table of options drives the reading, the checking and the generated JSON schema. A wrong value is a problem to report, and the
option keeps its default: a linter's own settings never stop the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from preflight.engine.finding import Severity
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, SourceSyntaxError, SourceTooComplex, UnreadableText, decode
from preflight.sources.toml import TomlDocument, parse_toml
from preflight.sources.tree import Files, MissingFile, UnreadableFile

FILE_NAME = "preflight.toml"
TABLE = ("tool", "preflight")

PATTERNS = "patterns of per-path-ignores"
"""What stands in the place of an option's name where a pattern's own place is looked up."""


class UnusableConfiguration(Exception):
    """A configuration file that was named or stands alone and cannot be read; the message names the place."""


class Kind(StrEnum):
    """The form of an option's value."""

    TEXTS = "texts"
    TEXT = "text"
    SEVERITY = "severity"
    NUMBER = "number"
    TABLE_OF_TEXTS = "table of texts"
    PUBLISHERS = "publishers"


@dataclass(frozen=True, slots=True)
class Option:
    """One option of the configuration."""

    name: str
    kind: Kind
    description: str


OPTIONS = (
    Option("select", Kind.TEXTS, "Rules to run: codes, names, code prefixes or ALL. The default is all rules."),
    Option("extend-select", Kind.TEXTS, "Rules to run beside those of `select`."),
    Option(
        "ignore",
        Kind.TEXTS,
        "Rules not to run. Of two selectors that match a rule, the more specific one wins; of two equal ones that on the command line.",
    ),
    Option(
        "per-path-ignores",
        Kind.TABLE_OF_TEXTS,
        "Rules to ignore in files that match a pattern: a table from pattern to rules.",
    ),
    Option(
        "exclude",
        Kind.TEXTS,
        "Folders and files, as shell patterns, in which no project is looked for and nothing is reported.",
    ),
    Option("fail-on", Kind.SEVERITY, "The lowest severity that makes the exit status 1. The default is error."),
    Option(
        "baseline",
        Kind.TEXT,
        "A baseline file, relative to this file: the findings recorded there are not reported again.",
    ),
    Option(
        "file-size-limit",
        Kind.NUMBER,
        "The size of a file up to which PyPI takes it from this project, in MiB, where PyPI has raised it. The default is 100.",
    ),
    Option(
        "project-size-limit",
        Kind.NUMBER,
        "The size of all files of this project together up to which PyPI takes them, in GiB, where PyPI has raised it. The default is 10.",
    ),
    Option(
        "publishers",
        Kind.PUBLISHERS,
        "The trusted publishers as registered on the index, one table each, as on PyPI's form.",
    ),
    Option(
        "rules",
        Kind.TEXTS,
        "Rule folders of your own. Those that a checked project names are loaded only with --trust-project-rules.",
    ),
    Option(
        "plugins",
        Kind.TEXTS,
        "Installed rule plugins to load, by name. Those that a checked project names need --trust-project-rules.",
    ),
)

PUBLISHER_KINDS: Mapping[str, tuple[str, ...]] = {
    "github": ("owner", "repository", "workflow"),
    "gitlab": ("owner", "repository", "workflow"),
    "google": ("email",),
    "activestate": ("organization", "project-name", "actor"),
}
"""The fields that PyPI's form requires for each kind of publisher."""

PUBLISHER_FIELDS: Mapping[str, str] = {
    "index": 'The index it is registered on: "pypi" (the default), "testpypi", or the URL of another index.',
    "kind": "The platform that publishes: github (the default), gitlab, google or activestate.",
    "project": "The distribution it publishes, where a repository holds several.",
    "owner": "The user or organization (GitHub), or the namespace (GitLab), that owns the repository.",
    "repository": "The name of the repository, without its owner.",
    "workflow": "GitHub: the bare file name of the workflow. GitLab: the path of the top-level pipeline file.",
    "environment": "The environment registered with the publisher; left out or empty when there is none.",
    "email": "Google: the e-mail address of the service account.",
    "subject": "Google: the subject of the service account; optional.",
    "issuer": "GitLab: the issuer's URL, for a self-managed instance that the organization registered.",
    "organization": "ActiveState: the organization.",
    "project-name": "ActiveState: the project.",
    "actor": "ActiveState: the user who triggers builds.",
    "pending": "true for a pending publisher, which creates its project with the first upload.",
}
"""Every field of a `publishers` entry, and what it holds."""

PUBLISHER_ALIASES: Mapping[str, str] = {
    "namespace": "owner",
    "workflow_filename": "workflow",
    "workflow_filepath": "workflow",
    "sub": "subject",
    "issuer_url": "issuer",
}
"""Names that PyPI's forms use themselves, with the field that each stands for. A GitLab entry may call its repository `project`, too."""

_WORD = _compile(r"[A-Za-z_-]{1,20}")

_BOOLEAN_FIELDS = frozenset({"pending"})


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """Something in a configuration that cannot be used. `variant` is one of the wordings of rule malformed-configuration."""

    place: Place | None
    variant: str
    args: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DeclaredPublisher:
    """One well-formed entry of `publishers`: its fields as written, and where they stand."""

    fields: Mapping[str, str | bool]
    document: TomlDocument
    route: tuple[str | int, ...]
    written: Mapping[str, str] = field(default_factory=dict)
    """Fields that are written under a name of the form itself, with that name."""

    @property
    def place(self) -> Place:
        """The entry itself: its table header."""
        return self.document.key_place(*self.route)

    def field_place(self, name: str) -> Place:
        """The value of a field; the entry's own place when the field is left out."""
        return self.document.place(*self.route, self.written.get(name, name))


@dataclass(frozen=True, slots=True)
class NamedCode:
    """A rule folder or plugin that a configuration names. `trusted` when that configuration is the user's own."""

    name: str
    folder: Path | None
    place: Place
    trusted: bool


@dataclass(frozen=True)
class Settings:
    """What the configuration says, merged; command-line options are laid over it by the command."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_path_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    fail_on: Severity | None = None
    baseline: Path | None = None
    file_size_limit: int | None = None
    project_size_limit: int | None = None
    publishers: tuple[DeclaredPublisher, ...] = ()
    rules: tuple[NamedCode, ...] = ()
    plugins: tuple[NamedCode, ...] = ()
    problems: tuple[SettingsProblem, ...] = ()
    files: tuple[str, ...] = ()
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict)

    def place_of(self, option: str, text: str) -> Place | None:
        """Where an option names a selector; None when the configuration does not hold it."""
        return self.places.get((option, text))

    def over(self, lower: "Settings") -> "Settings":
        """These settings laid over lower ones: what is set here wins, problems and named code add up."""
        return Settings(
            select=self.select if self.select is not None else lower.select,
            extend_select=lower.extend_select + self.extend_select,
            ignore=lower.ignore + self.ignore,
            per_path_ignores={**lower.per_path_ignores, **self.per_path_ignores},
            exclude=lower.exclude + self.exclude,
            fail_on=self.fail_on or lower.fail_on,
            baseline=self.baseline or lower.baseline,
            file_size_limit=self.file_size_limit or lower.file_size_limit,
            project_size_limit=self.project_size_limit or lower.project_size_limit,
            publishers=self.publishers or lower.publishers,
            rules=lower.rules + self.rules,
            plugins=lower.plugins + self.plugins,
            problems=lower.problems + self.problems,
            files=lower.files + self.files,
            places={**lower.places, **self.places},
        )


def located(place: Place) -> str:
    """A place of a configuration as its errors name it: file, line and column."""
    return f"{place.source.path}:{place.line}:{place.column}"


def read_settings_file(path: Path) -> Settings:
    """Read a configuration file that the user named (`--config`) or keeps (the user's own): it is trusted.

    Raises:
        UnusableConfiguration: it cannot be read or is not valid TOML.
    """
    try:
        source = Source(str(path), decode(path.read_bytes()))
        document = parse_toml(source)
    except OSError as error:
        raise UnusableConfiguration(f"configuration {path} cannot be read: {error.strerror or error}") from None
    except UnreadableText as error:
        raise UnusableConfiguration(f"configuration {path} cannot be read: {error.reason}") from None
    except (SourceSyntaxError, SourceTooComplex) as error:
        raise UnusableConfiguration(f"configuration {error}") from None
    table = TABLE if path.name == "pyproject.toml" else ()
    return read_settings(document, table, path.parent, trusted=True)


def project_settings(files: Files, folders: Sequence[str]) -> Settings:
    """The configuration of a checked project: the first of the folders (nearest first) that holds one.

    A preflight.toml goes before a `[tool.preflight]` table beside it. A pyproject.toml with broken syntax holds no settings here: a rule reports it.

    Raises:
        UnusableConfiguration: a preflight.toml cannot be read or is not valid TOML.
    """
    for folder in folders:
        prefix = f"{folder}/" if folder else ""
        disk = files.tree.disk_root
        base = (disk / folder) if disk else Path(folder)
        own = _document(files, prefix + FILE_NAME)
        shared = _pyproject(files, f"{prefix}pyproject.toml")
        has_table = shared is not None and isinstance(shared.get(*TABLE), dict)
        if own is not None:
            settings = read_settings(own, (), base, trusted=False)
            if has_table and shared is not None:
                hidden = SettingsProblem(shared.key_place(*TABLE), "two-files", {"file": own.source.path})
                settings = replace(settings, problems=(*settings.problems, hidden))
            return settings
        if has_table and shared is not None:
            return read_settings(shared, TABLE, base, trusted=False)
    return Settings()


def _document(files: Files, path: str) -> TomlDocument | None:
    try:
        return parse_toml(files.read(path))
    except MissingFile:
        return None
    except UnreadableFile as error:
        raise UnusableConfiguration(f"configuration {path} cannot be read: {error.reason}") from None
    except (SourceSyntaxError, SourceTooComplex) as error:
        raise UnusableConfiguration(f"configuration {error}") from None


def _pyproject(files: Files, path: str) -> TomlDocument | None:
    source = files.find(path)
    if source is None or "preflight" not in source.text:
        return None
    try:
        return parse_toml(source, allow_bom=True)
    except (SourceSyntaxError, SourceTooComplex):
        return None


def read_settings(document: TomlDocument, table: tuple[str, ...], base: Path, *, trusted: bool) -> Settings:
    """Read and check the settings in a table of a document; relative paths are relative to `base`."""
    reader = _Reader(document, table, base, trusted)
    return reader.read()


class _Reader:
    def __init__(self, document: TomlDocument, table: tuple[str, ...], base: Path, trusted: bool) -> None:
        self.document = document
        self.table = table
        self.base = base
        self.trusted = trusted
        self.problems: list[SettingsProblem] = []
        self.places: dict[tuple[str, str], Place] = {}

    def read(self) -> Settings:
        data = self.document.get(*self.table) if self.table else self.document.data
        if not isinstance(data, dict):
            self._wrong((), "a table", data)
            return Settings(problems=tuple(self.problems), files=(self.document.source.path,))
        options = {option.name: option for option in OPTIONS}
        values: dict[str, Any] = {}
        for name, value in data.items():
            option = options.get(name)
            if option is None:
                self._unknown((name,), "unknown-option", options)
                continue
            good = self._value(option, value)
            if good is not None:
                values[name] = good
        return Settings(
            select=values.get("select"),
            extend_select=values.get("extend-select", ()),
            ignore=values.get("ignore", ()),
            per_path_ignores=values.get("per-path-ignores", {}),
            exclude=values.get("exclude", ()),
            fail_on=values.get("fail-on"),
            baseline=self.base / values["baseline"] if "baseline" in values else None,
            file_size_limit=values.get("file-size-limit"),
            project_size_limit=values.get("project-size-limit"),
            publishers=values.get("publishers", ()),
            rules=tuple(
                self._named(("rules", index), name, self.base / name)
                for index, name in enumerate(values.get("rules", ()))
            ),
            plugins=tuple(
                self._named(("plugins", index), name, None) for index, name in enumerate(values.get("plugins", ()))
            ),
            problems=tuple(self.problems),
            files=(self.document.source.path,),
            places=self.places,
        )

    def _named(self, route: tuple[str | int, ...], name: str, folder: Path | None) -> NamedCode:
        return NamedCode(name, folder, self.document.place(*self.table, *route), self.trusted)

    def _value(self, option: Option, value: object) -> object | None:
        route = (option.name,)
        match option.kind:
            case Kind.TEXTS:
                return self._texts(route, value)
            case Kind.TEXT:
                if isinstance(value, str):
                    return value
                self._wrong(route, "a string", value)
                return None
            case Kind.NUMBER:
                if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                    return value
                self._wrong(route, "a whole number above 0", value)
                return None
            case Kind.SEVERITY:
                if isinstance(value, str) and value in set(Severity):
                    return Severity(value)
                self._wrong(route, 'one of "error", "warning", "info"', value, word=True)
                return None
            case Kind.TABLE_OF_TEXTS:
                if not isinstance(value, dict):
                    self._wrong(route, "a table from pattern to a list of rules", value)
                    return None
                for key in value:
                    self.places[PATTERNS, key] = self.document.key_place(*self.table, option.name, key)
                entries = {key: self._texts((option.name, key), item) for key, item in value.items()}
                return {key: item for key, item in entries.items() if item is not None}
            case Kind.PUBLISHERS:
                if not isinstance(value, list):
                    self._wrong(route, "an array of tables ([[tool.preflight.publishers]])", value)
                    return None
                return tuple(entry for index, item in enumerate(value) if (entry := self._publisher(index, item)))

    def _texts(self, route: tuple[str | int, ...], value: object) -> tuple[str, ...] | None:
        if not isinstance(value, list):
            self._wrong(route, "a list of strings", value)
            return None
        good = []
        for index, item in enumerate(value):
            if isinstance(item, str):
                good.append(item)
                self.places[str(route[0]), item] = self.document.place(*self.table, *route, index)
            else:
                self._wrong((*route, index), "a string", item)
        return tuple(good)

    def _publisher(self, index: int, value: object) -> DeclaredPublisher | None:
        route: tuple[str | int, ...] = ("publishers", index)
        if not isinstance(value, dict):
            self._wrong(route, "a table", value)
            return None
        fields: dict[str, str | bool] = {}
        written: dict[str, str] = {}
        for given, item in value.items():
            name = PUBLISHER_ALIASES.get(given, given)
            if given == "project" and value.get("kind") == "gitlab" and "repository" not in value:
                name = "repository"
            if name != given:
                written[name] = given
            wanted = bool if name in _BOOLEAN_FIELDS else str
            if name not in PUBLISHER_FIELDS:
                self._unknown((*route, given), "unknown-publisher-field", PUBLISHER_FIELDS)
            elif not isinstance(item, wanted):
                self._wrong((*route, given), "true or false" if wanted is bool else "a string", item)
            else:
                fields[name] = item
        kind = fields.get("kind", "github")
        if kind not in PUBLISHER_KINDS:
            self._wrong(
                (*route, "kind"), "one of " + ", ".join(f'"{name}"' for name in PUBLISHER_KINDS), kind, word=True
            )
            return None
        missing = [name for name in PUBLISHER_KINDS[str(kind)] if not fields.get(name)]
        if missing:
            self._problem(route, "missing-publisher-field", key=True, fields=missing, kind=kind)
            return None
        return DeclaredPublisher(fields, self.document, (*self.table, *route), written)

    def _unknown(self, route: tuple[str | int, ...], variant: str, known: Mapping[str, object]) -> None:
        from difflib import get_close_matches

        name = str(route[-1])
        near = get_close_matches(name.replace("_", "-"), known, n=1)
        if near:
            self._problem(route, f"{variant}-near", key=True, option=name, near=near[0])
        else:
            self._problem(route, variant, key=True, option=name)

    def _wrong(self, route: tuple[str | int, ...], expected: str, found: object, *, word: bool = False) -> None:
        """Note a value of the wrong type; the option then keeps its default. Where one `word` of several is expected another word is shown as it is."""
        self._problem(
            route,
            "wrong-type",
            option=".".join(map(str, route)) or "tool.preflight",
            expected=expected,
            found=f'"{found}"' if word and isinstance(found, str) and _WORD.fullmatch(found) else _described(found),
        )

    def _problem(self, route: tuple[str | int, ...], variant: str, *, key: bool = False, **args: object) -> None:
        full = (*self.table, *route)
        place = self.document.key_place(*full) if key else self.document.place(*full)
        self.problems.append(SettingsProblem(place, variant, args))


def _described(value: object) -> str:
    names = {
        bool: "a boolean",
        int: "an integer",
        float: "a number",
        str: "a string",
        list: "an array",
        dict: "a table",
    }
    return next((words for kind, words in names.items() if type(value) is kind), "another value")


def _required(kind: str, name: str) -> dict[str, object]:
    """A field that an entry must have, under its own name or one of the form's."""
    names = [name, *(alias for alias, target in PUBLISHER_ALIASES.items() if target == name)]
    if kind == "gitlab" and name == "repository":
        names.append("project")
    return {"anyOf": [{"required": [each]} for each in names]}


def json_schema() -> dict[str, object]:
    """The JSON schema (draft 7) of `[tool.preflight]`, which is also that of preflight.toml."""
    texts: dict[str, object] = {"type": "array", "items": {"type": "string"}}
    publisher: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{
                name: {"type": "boolean" if name in _BOOLEAN_FIELDS else "string", "description": text}
                for name, text in PUBLISHER_FIELDS.items()
            },
            **{
                alias: {"type": "string", "description": f"The same as `{name}`."}
                for alias, name in PUBLISHER_ALIASES.items()
            },
        },
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}, **({} if kind == "github" else {"required": ["kind"]})},
                "then": {"allOf": [_required(kind, name) for name in fields]},
            }
            for kind, fields in PUBLISHER_KINDS.items()
        ],
    }
    publisher["properties"]["kind"]["enum"] = list(PUBLISHER_KINDS)
    forms: dict[Kind, dict[str, object]] = {
        Kind.TEXTS: texts,
        Kind.TEXT: {"type": "string"},
        Kind.NUMBER: {"type": "integer", "minimum": 1},
        Kind.SEVERITY: {"enum": [severity.value for severity in Severity]},
        Kind.TABLE_OF_TEXTS: {"type": "object", "additionalProperties": texts},
        Kind.PUBLISHERS: {"type": "array", "items": publisher},
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://pypi-preflight.readthedocs.io/preflight.schema.json",
        "title": "Configuration of preflight",
        "type": "object",
        "additionalProperties": False,
        "properties": {option.name: {**forms[option.kind], "description": option.description} for option in OPTIONS},
    }
