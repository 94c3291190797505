"""The rule about the tables of pyproject.toml: what breaks their schema, and which backends refuse to build for it.

Who refuses what was found by giving each kind of mistake to each backend: setuptools 61 to 84, hatchling 1.25 to
1.33, flit_core 3.10 to 4.2, poetry-core 2.0 to 2.5, pdm-backend 2.4 and 2.5, scikit-build-core 0.11 and 1.1, uv_build
0.7 to 0.13, meson-python 0.17 and 0.22, maturin 1.9 to 1.16. A backend that takes a mistake makes it a warning: then
what was meant is not published.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Edit, Finding, Severity
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.project.backend import BuildBackend
    from preflight.project.inventory import ProjectFolder
    from preflight.project.schema import Violation
    from preflight.sources.text import Place
    from preflight.sources.toml import TomlDocument
    from preflight.sources.tree import Tree

_FLIT, _HATCHLING, _MATURIN, _MESON, _PDM = "flit", "hatchling", "maturin", "meson-python", "pdm"
_POETRY, _SCIKIT, _SETUPTOOLS, _UV = "poetry", "scikit-build-core", "setuptools", "uv_build"
_ALL = frozenset({_FLIT, _HATCHLING, _MATURIN, _MESON, _PDM, _POETRY, _SCIKIT, _SETUPTOOLS, _UV})

_LISTS_AND_TABLES = frozenset(
    {
        "authors",
        "classifiers",
        "dependencies",
        "entry-points",
        "gui-scripts",
        "import-names",
        "import-namespaces",
        "keywords",
        "license-files",
        "maintainers",
        "optional-dependencies",
        "scripts",
        "urls",
    }
)
"""Fields that may one day be stated in part and dynamic for the rest (PEP 808)."""

_SETUPTOOLS_NEEDS = frozenset(
    {"authors", "classifiers", "description", "keywords", "license", "maintainers", "readme", "requires-python"}
)
"""Dynamic fields for which setuptools refuses to build when nothing gives them a value."""

_RENAMED = {
    "homepage": "urls",
    "home-page": "urls",
    "repository": "urls",
    "documentation": "urls",
    "url": "urls",
    "author": "authors",
    "maintainer": "maintainers",
    "classifier": "classifiers",
    "summary": "description",
    "long-description": "readme",
    "python": "requires-python",
    "python-requires": "requires-python",
    "install-requires": "dependencies",
    "requires": "dependencies",
    "extras": "optional-dependencies",
    "extras-require": "optional-dependencies",
    "dev-dependencies": "optional-dependencies",
    "console-scripts": "scripts",
    "entrypoints": "entry-points",
    "licence": "license",
    "licence-files": "license-files",
    "license-file": "license-files",
}
"""What other formats call a key of `[project]`."""


class _Judge:
    """Turns mistakes into findings, as severe as the project's own backend takes them."""

    def __init__(self, document: TomlDocument, backend: BuildBackend) -> None:
        self.document = document
        self.backend = backend
        self.family = backend.family.value

    def finding(
        self,
        kind: str,
        place: Place,
        refused_by: Iterable[str] = _ALL,
        *,
        likely: bool = False,
        edits: Iterable[Edit] = (),
        **args: Any,
    ) -> Finding:
        refused = self.family in refused_by
        certain = refused and not likely and self.backend.declared and not self.backend.in_tree
        return Finding(
            place,
            variant=kind,
            severity=None if certain else Severity.WARNING,
            confidence=Confidence.LIKELY if refused and not certain else Confidence.CERTAIN,
            edits=edits,
            **args,
        )


@check("PRJ002")
def malformed_project_table(
    pyproject: TomlDocument,
    table_violations: tuple[Violation, ...],
    build_backend: BuildBackend,
    project: ProjectFolder,
    tree: Tree,
) -> Iterator[Finding]:
    """All mistakes in the standard tables, and in setuptools' own."""
    if build_backend.family.value == _SETUPTOOLS and build_backend.cap("setuptools", "61"):
        return  # it reads neither table
    if build_backend.family.value == _POETRY and build_backend.cap("poetry-core", "2"):
        return
    judge = _Judge(pyproject, build_backend)
    table = pyproject.get("project")
    if not isinstance(table, dict) and not pyproject.has("project"):
        if build_backend.family.value == _SETUPTOOLS and pyproject.get("tool", "setuptools"):
            yield judge.finding("no-project-table", pyproject.key_place("tool", "setuptools"))
    elif not table and build_backend.family.value == _SETUPTOOLS and not pyproject.get("tool", "setuptools"):
        return  # an empty table counts as none
    for violation in table_violations:
        yield from _violation(judge, violation)
    if isinstance(table, dict):
        yield from _dynamic(judge, table, project, tree)
        yield from _readme_type(judge, table)
        yield from _addresses(judge, table)
        for key in _NEW_KEYS if judge.family == _SETUPTOOLS else ():
            if key in table:
                yield judge.finding("unsupported-key", pyproject.key_place("project", key), likely=True, key=key)
        yield from _entry_points(judge, table)
        if judge.family == _FLIT and "description" not in table and "description" not in _listed(table):
            yield judge.finding("missing-key", pyproject.key_place("project"), table="project", key="description")
    yield from _groups(judge)
    yield from _old_flit(judge)


def _old_flit(judge: _Judge) -> Iterator[Finding]:
    """Flit's own tables, which flit_core does not read any more since version 4."""
    if judge.family != _FLIT or judge.backend.cap("flit-core", "4"):
        return
    for table in ("metadata", "scripts", "entrypoints"):
        if judge.document.has("tool", "flit", table):
            place = judge.document.key_place("tool", "flit", table)
            yield judge.finding("old-flit-table", place, likely=True, table=f"tool.flit.{table}")


def _violation(judge: _Judge, violation: Violation) -> Iterator[Finding]:
    refused: AbstractSet[str]
    document, path = judge.document, violation.path
    key = _dotted(path)
    match violation.keyword:
        case "additionalProperties":
            if path != ("project",) or violation.key not in _NEW_KEYS:
                yield _unknown_key(judge, violation)
        case "required":
            if not _excused(judge, violation):
                refused = _ALL - {_MATURIN} if path[:2] == ("project", "readme") else _ALL
                yield judge.finding("missing-key", document.key_place(*path), refused, table=key, key=violation.key)
        case "required-one":
            refused = _ALL - {_FLIT} if path[1:2] in (("authors",), ("maintainers",)) else _ALL
            refused = _ALL - {_MATURIN} if path[:2] == ("project", "readme") else refused
            yield judge.finding("one-missing", document.place(*path), refused, table=key, keys=list(violation.expected))
        case "exclusive":
            refused = _ALL - {_UV, _MATURIN}
            yield judge.finding(
                "one-too-many", document.place(*path), refused, table=key, keys=list(violation.expected)
            )
        case "type":
            yield from _wrong_type(judge, violation)
        case "enum" if path[:2] == ("project", "dynamic"):
            yield from _unknown_dynamic(judge, violation)
        case "enum":
            yield judge.finding(
                "wrong-type", document.place(*path), key=key, found="another value", expected=_words(violation.expected)
            )
        case "format":
            reference = "reference" in violation.expected[0]
            kind = "object-reference" if reference else "malformed-value"
            yield judge.finding(kind, document.place(*path), {_SETUPTOOLS}, key=key, value=str(document.get(*path)))
        case "propertyNames":
            refused = {_SETUPTOOLS, _POETRY, _PDM, _SCIKIT, _UV, _MESON}
            yield judge.finding(
                "malformed-name", document.key_place(*path), refused, table=_dotted(path[:-1]), key=violation.key
            )


def _excused(judge: _Judge, violation: Violation) -> bool:
    """A name or version that the backend takes from elsewhere, or that another rule speaks of."""
    if violation.path != ("project",) or violation.key != "version":
        return False
    if judge.family == _MATURIN or (judge.family == _POETRY and judge.document.has("tool", "poetry", "version")):
        return True
    return not isinstance(judge.document.get("project", "dynamic", default=[]), list)


_NEW_KEYS = ("import-names", "import-namespaces")
"""Keys that are younger than some backends (PEP 794). setuptools refuses to build for them."""


def _unknown_key(judge: _Judge, violation: Violation) -> Finding:
    document, path = judge.document, (*violation.path, violation.key)
    table = _dotted(violation.path)
    place = document.key_place(*path)
    edits: list[Edit] = []
    likely = False
    refused: AbstractSet[str]
    if violation.path == ("project",):
        refused = {_SETUPTOOLS, _SCIKIT}
        if judge.family == _FLIT and not judge.backend.cap("flit-core", "4"):
            refused, likely = {_FLIT}, True
        near = _RENAMED.get(_dashed(violation.key)) or _similar(violation.key, violation.expected)
        if (
            near == _dashed(violation.key)
            and place.text.strip("\"'") == violation.key
            and not document.has("project", near)
        ):
            edits = [Edit.replace(place, near)]
    else:
        author = violation.path[1:2] in (("authors",), ("maintainers",))
        refused = _ALL - {_HATCHLING} if author else {_SETUPTOOLS} if violation.path[0] == "tool" else set()
        near = _similar(violation.key, violation.expected)
    if near is None:
        return judge.finding("unknown-key", place, refused, likely=likely, table=table, key=violation.key)
    return judge.finding(
        "unknown-key-near", place, refused, likely=likely, edits=edits, table=table, key=violation.key, near=near
    )


def _wrong_type(judge: _Judge, violation: Violation) -> Iterator[Finding]:
    document, path = judge.document, violation.path
    value = document.get(*path)
    key, place = _dotted(path), document.place(*path)
    refused: Iterable[str] = _ALL
    if path == ("project", "license") and isinstance(value, dict) and violation.expected == ("string",):
        old = _predates_639(judge.backend)
        refused = _ALL - {_HATCHLING, _MATURIN}
        yield judge.finding("licence-table-with-files", place, refused, likely=old)
        return
    if path == ("project", "license-files"):
        refused = _ALL - {_HATCHLING} if not _predates_639(judge.backend) else {_SETUPTOOLS}
    elif path[:2] == ("project", "urls"):
        refused = _ALL - {_FLIT}
    elif path[0] == "dependency-groups":
        refused = {_POETRY, _PDM, _SCIKIT, _MESON, _MATURIN}
    elif path[0] == "build-system":
        refused = _ALL - {_POETRY, _FLIT, _MATURIN}
    elif path[1:2] in (("import-names",), ("import-namespaces",)):
        refused = {_SETUPTOOLS}
    yield judge.finding("wrong-type", place, refused, key=key, found=_type(value), expected=_words(violation.expected))


def _predates_639(backend: BuildBackend) -> bool:
    known = {
        _FLIT: ("flit-core", "3.11"),
        _POETRY: ("poetry-core", "2.2"),
        _PDM: ("pdm-backend", "2.4"),
        _SCIKIT: ("scikit-build-core", "0.11"),
    }
    distribution, version = known.get(backend.family.value, ("", "0"))
    return bool(distribution) and backend.cap(distribution, version) is not None


def _listed(table: dict[str, object]) -> list[str]:
    dynamic = table.get("dynamic")
    return [key for key in dynamic if isinstance(key, str)] if isinstance(dynamic, list) else []


def _unknown_dynamic(judge: _Judge, violation: Violation) -> Iterator[Finding]:
    document, path = judge.document, violation.path
    value = document.get(*path)
    if judge.family in (_FLIT, _UV) or not isinstance(value, str):
        if not isinstance(value, str):
            yield judge.finding(
                "wrong-type", document.place(*path), key=_dotted(path), found=_type(value), expected="a string"
            )
        return  # these two refuse nearly everything here: `_dynamic` says so
    if value == "name":
        yield judge.finding("dynamic-name", document.place(*path))
        return
    near = _RENAMED.get(_dashed(value)) or _similar(value, violation.expected)
    kind = "unknown-dynamic" if near is None else "unknown-dynamic-near"
    yield judge.finding(kind, document.place(*path), _ALL - {_HATCHLING, _MATURIN}, key=value, near=near or "")


def _dynamic(judge: _Judge, table: dict[str, object], project: ProjectFolder, tree: Tree) -> Iterator[Finding]:
    """Fields both static and dynamic, and fields that the backend has no way to fill in (PEP 621, "dynamic")."""
    document = judge.document
    for index, key in enumerate(_listed_places(table)):
        if key is None:
            continue
        place = document.place("project", "dynamic", index)
        if key == "version" and judge.family == _UV:
            continue  # a version that nothing supplies has a rule of its own
        if key not in _FILLED_IN.get(judge.family, (key,)):
            able = [field for field in _FILLED_IN[judge.family] if not field.startswith("import")]
            yield judge.finding("unsupported-dynamic", place, key=key, backend=judge.family, able=able or None)
        elif key in table and key != "dynamic":
            partly = key in _LISTS_AND_TABLES
            tolerant = {_POETRY, _MATURIN} | ({_PDM, _SCIKIT} if partly else set())
            if judge.family not in tolerant:
                yield judge.finding(
                    "static-and-dynamic", place, likely=partly, edits=_not_dynamic(document, index), key=key
                )
        elif judge.family == _SETUPTOOLS and key in _SETUPTOOLS_NEEDS and _nothing_gives(judge, key, project, tree):
            yield judge.finding("unfilled-dynamic", place, key=key)


_FILLED_IN = {
    _FLIT: ("version", "description", "import-names", "import-namespaces"),
    _MESON: ("version", "license", "license-files"),
    _UV: (),
}
"""The fields that may be dynamic, for the families that fill in only some."""


def _listed_places(table: dict[str, object]) -> list[str | None]:
    dynamic = table.get("dynamic")
    return [key if isinstance(key, str) else None for key in dynamic] if isinstance(dynamic, list) else []


def _not_dynamic(document: TomlDocument, index: int) -> list[Edit]:
    """Take an entry out of `project.dynamic`: the whole key, if it is the only one and stands on a line of its own."""
    listed = document.get("project", "dynamic")
    entry = document.entry_place("project", "dynamic")
    source = document.source
    if len(listed) == 1:
        alone = source.line(entry.line).strip().startswith("dynamic") and document.written_as("project") == "table"
        return [Edit.delete_lines(entry)] if alone else []
    place = document.place("project", "dynamic", index)
    if index + 1 < len(listed):
        return [Edit(source, place.start, document.place("project", "dynamic", index + 1).start, "")]
    return [Edit(source, document.place("project", "dynamic", index - 1).end, place.end, "")]


def _nothing_gives(judge: _Judge, key: str, project: ProjectFolder, tree: Tree) -> bool:
    given = judge.document.get("tool", "setuptools", "dynamic")
    if isinstance(given, dict) and key in given:
        return False
    if any(tree.is_file(project.file(name)) for name in ("setup.py", "setup.cfg")):
        return False
    return {requirement.name for requirement in judge.backend.requires} <= {"setuptools", "wheel"}


_KNOWN_ENDINGS = (".md", ".rst", ".txt")


def _readme_type(judge: _Judge, table: dict[str, object]) -> Iterator[Finding]:
    """A readme whose type its ending does not tell, or that is given twice ("pyproject.toml specification", `readme`).

    The schema allows a file beside a text, the specification does not.
    """
    readme = table.get("readme")
    if isinstance(readme, dict) and "file" in readme and "text" in readme:
        place = judge.document.place("project", "readme", "text")
        refused = {_FLIT, _HATCHLING, _PDM, _POETRY}
        yield judge.finding("one-too-many", place, refused, table="project.readme", keys=["file", "text"])
    if not isinstance(readme, str) or not readme.strip() or readme.lower().endswith(_KNOWN_ENDINGS):
        return
    refused = {_HATCHLING, _PDM, _SCIKIT, _UV, _MESON}
    if "." in readme.rpartition("/")[2].lstrip("."):
        refused |= {_SETUPTOOLS}
    if judge.family in refused:
        yield judge.finding(
            "readme-type", judge.document.place("project", "readme"), refused, file=readme, backend=judge.family
        )


_ADDRESS = _compile(r"[^@]+@[^@]+\.[^@]+")
"""fastjsonschema: `idn-email`, with which setuptools and poetry-core check each person's address."""


def _addresses(judge: _Judge, table: dict[str, object]) -> Iterator[Finding]:
    """Addresses of several people, which PyPI does not look at. Of a single one MET008 speaks."""
    if judge.family not in (_SETUPTOOLS, _POETRY):
        return
    for key in ("authors", "maintainers"):
        people = table.get(key)
        emails = [
            (index, person["email"])
            for index, person in enumerate(people if isinstance(people, list) else ())
            if isinstance(person, dict) and isinstance(person.get("email"), str)
        ]
        for index, email in emails if len(emails) > 1 else ():
            if not _ADDRESS.fullmatch(email):
                yield judge.finding(
                    "malformed-address",
                    judge.document.place("project", key, index, "email"),
                    {_SETUPTOOLS, _POETRY},
                    value=email,
                    backend=judge.family,
                )


_RESERVED_GROUPS = {"console_scripts": "scripts", "gui_scripts": "gui-scripts"}


def _entry_points(judge: _Judge, table: dict[str, object]) -> Iterator[Finding]:
    """Groups that have tables of their own (PEP 621, "Entry points")."""
    groups = table.get("entry-points")
    for group, key in _RESERVED_GROUPS.items():
        if isinstance(groups, dict) and group in groups:
            place = judge.document.key_place("project", "entry-points", group)
            yield judge.finding(
                "reserved-group", place, {_FLIT, _POETRY, _UV, _MATURIN, _HATCHLING}, group=group, key=f"project.{key}"
            )


def _groups(judge: _Judge) -> Iterator[Finding]:
    """Included dependency groups that do not exist (PEP 735). No backend reads them: tools that install do."""
    groups = judge.document.get("dependency-groups")
    if not isinstance(groups, dict):
        return
    known = {_normal(name) for name in groups}
    for name, entries in groups.items():
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            included = entry.get("include-group") if isinstance(entry, dict) else None
            if isinstance(included, str) and _normal(included) not in known:
                place = judge.document.place("dependency-groups", name, index, "include-group")
                yield judge.finding("unknown-group", place, (), group=included)


def _normal(name: str) -> str:
    from preflight.project.backend import normalised

    return normalised(name)


def _dashed(key: str) -> str:
    return key.replace("_", "-").lower()


def _similar(key: str, known: Iterable[str]) -> str | None:
    dashed = _dashed(key)
    if dashed in known:
        return dashed
    from difflib import get_close_matches

    return next(iter(get_close_matches(dashed, list(known), 1, 0.75)), None)


def _dotted(path: Iterable[str | int]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


_WORDS = {
    "string": "a string",
    "array": "an array",
    "object": "a table",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}


def _words(types: Iterable[str]) -> str:
    return " or ".join(_WORDS.get(name, f"`{name}`") for name in types)


def _type(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case list():
            return "an array"
        case dict():
            return "a table"
        case _:
            return "a date or time"
