"""The files that a project's metadata name (readmes, licences, lists of dependencies), and whether they are there."""

from collections.abc import Iterator
from enum import StrEnum
from fnmatch import fnmatchcase

from preflight.project.backend import BuildBackend, Family
from preflight.project.inventory import ProjectFolder
from preflight.project.pyproject import PyprojectFile
from preflight.project.writers import Writers, file_alike
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.toml import TomlDocument
from preflight.sources.tree import Files, Tree, join

MAX_VISITED = 20_000
"""Names of files looked at for one pattern; one that needs more, or goes deeper, counts as matched."""

MAX_DEPTH = 60

_WILDCARD = _compile(r"[*?\[]")


class Role(StrEnum):
    """What a file is named for."""

    README = "readme"
    LICENCE = "licence"
    LICENCE_PATTERN = "licence pattern"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file or pattern that metadata name.

    `written` is the text as it stands there, `key` where (as `Field.key`). `path` is relative to the workspace root.
    `found` is whether there is such a file (a match, for a pattern). `near` is a file whose name differs only in
    letter case, when that is why it is not found, or will not be on a disk that minds letter case. `outside` is
    whether it lies outside the project's folder, `folder` whether a folder of the name is there. `written_by` is a
    file that hints at who writes it before the build. `alike` is a file of nearly the same name, for one that nothing
    hints at.
    """

    role: Role
    written: str
    key: str
    place: Place
    path: str
    found: bool
    near: str | None = None
    outside: bool = False
    folder: bool = False
    written_by: str | None = None
    alike: str | None = None


def named_files(
    project: ProjectFolder,
    tree: Tree,
    files: Files,
    pyproject_file: PyprojectFile,
    build_backend: BuildBackend,
    writers: Writers,
) -> tuple[NamedFile, ...]:
    """The files that the project's metadata name, from where its backend reads them."""
    document = pyproject_file.document
    mentions = list(_mentions(project, document, build_backend)) if document is not None else []
    if build_backend.family is Family.SETUPTOOLS and (document is not None or pyproject_file.source is None):
        mentions.extend(_setup_mentions(project, files, document))
    return tuple(_look(project, tree, mention, writers) for mention in mentions if mention.written.strip())


@dataclass(frozen=True, slots=True)
class _Mention:
    role: Role
    written: str
    key: str
    place: Place


def _mentions(project: ProjectFolder, document: TomlDocument, backend: BuildBackend) -> Iterator[_Mention]:
    yield from _one(document, Role.README, "project", "readme")
    yield from _one(document, Role.README, "project", "readme", "file")
    yield from _one(document, Role.LICENCE, "project", "license", "file")
    yield from _each(document, Role.LICENCE_PATTERN, "project", "license-files")
    if backend.family is Family.POETRY and not document.has("project", "readme"):
        yield from _one(document, Role.README, "tool", "poetry", "readme")
        yield from _each(document, Role.README, "tool", "poetry", "readme")
    elif backend.family is Family.FLIT:
        yield from _one(document, Role.README, "tool", "flit", "metadata", "description-file")
    elif backend.family is Family.SETUPTOOLS:
        yield from _each(document, Role.LICENCE_PATTERN, "tool", "setuptools", "license-files")
        listed = document.get("project", "dynamic")
        table = document.get("tool", "setuptools", "dynamic")
        for key in table if isinstance(table, dict) and isinstance(listed, list) else ():
            if key not in listed or key == "version":
                continue
            value = table[key]
            extras = value if key == "optional-dependencies" and isinstance(value, dict) else {}
            groups: list[tuple[str, ...]] = [(key, extra) for extra in extras]
            for group in groups or [(key,)]:
                role = Role.README if key == "readme" else Role.CONTENT
                yield from _one(document, role, "tool", "setuptools", "dynamic", *group, "file")
                yield from _each(document, role, "tool", "setuptools", "dynamic", *group, "file")


def _one(document: TomlDocument, role: Role, *path: str) -> Iterator[_Mention]:
    value = document.get(*path)
    if isinstance(value, str):
        yield _Mention(role, value, ".".join(path), document.place(*path))


def _each(document: TomlDocument, role: Role, *path: str) -> Iterator[_Mention]:
    values = document.get(*path)
    for index, value in enumerate(values if isinstance(values, list) else ()):
        if isinstance(value, str):
            yield _Mention(role, value, ".".join(path), document.place(*path, index))


def _setup_mentions(project: ProjectFolder, files: Files, document: TomlDocument | None) -> Iterator[_Mention]:
    """`file:` directives and licence files of setup.cfg, as far as a `[project]` table leaves them in force."""
    from preflight.project.setuptools_metadata import cfg_files, read_setup_files

    table = document.get("project") if document is not None else None
    setup = read_setup_files(project, files)
    if (isinstance(table, dict) and table) or (setup.script and setup.call is None):
        return
    for written, key, place, attribute in cfg_files(setup):
        yield _Mention(_CFG_ROLES.get(attribute, Role.CONTENT), written, key, place)


_CFG_ROLES = {
    "long_description": Role.README,
    "license_files": Role.LICENCE_PATTERN,
    "license_file": Role.LICENCE,
}


def _look(project: ProjectFolder, tree: Tree, mention: _Mention, writers: Writers) -> NamedFile:
    path = join(project.path, mention.written)
    absolute = mention.written.startswith("/")
    beyond = path.startswith("..")
    outside = absolute or beyond or (bool(project.path) and not path.startswith(f"{project.path}/"))
    folder = False
    near = written_by = alike = None
    if mention.role is Role.LICENCE_PATTERN and _WILDCARD.search(mention.written):
        found = outside or matches(tree, project.path, mention.written)
    else:
        found = absolute or tree.is_file(path)
        folder = not found and tree.is_folder(path)
        near = None if beyond or (found and tree.exact_case(path)) else _near(tree, path)
    if not (found or near) and writers.in_submodule(path):
        found, folder = True, False
    if not (found or folder or near):
        written_by = writers.writer(path, mention.written)
        found = written_by is not None and writers.plainly_writes(written_by, mention.written)
    if not (found or folder or near or written_by):
        alike = file_alike(tree, project.path, mention.written)
    return NamedFile(
        mention.role, mention.written, mention.key, mention.place, path, found, near, outside, folder, written_by, alike
    )


def _near(tree: Tree, path: str) -> str | None:
    """The path as it is spelt on disk, when letter case is all that differs."""
    folder = ""
    for part in path.split("/"):
        names = tree.names(folder)
        match = part if part in names else next((name for name in names if name.casefold() == part.casefold()), None)
        if match is None:
            return None
        folder = join(folder, match)
    return folder if folder != path and tree.is_file(folder) else None


def matches(tree: Tree, folder: str, pattern: str) -> bool:
    """Whether a glob matches at least one file below a folder (PEP 639, "Add license-files key": `*`, `?`, `[]`
    and `**`).
    """
    left = [MAX_VISITED]

    def descend(current: str, steps: list[str]) -> bool:
        head, rest = steps[0], steps[1:]
        if current.count("/") > MAX_DEPTH:
            return True
        names = tree.names(current)
        left[0] -= len(names)
        if left[0] < 0:
            return True
        if head == "**":
            if rest and descend(current, rest):
                return True
            return any(
                (not rest and tree.is_file(path)) or (tree.is_folder(path) and descend(path, steps))
                for path in (join(current, name) for name in names)
            )
        for name in names:
            if fnmatchcase(name, head):
                path = join(current, name)
                if tree.is_folder(path) and descend(path, rest) if rest else tree.is_file(path):
                    return True
        return False

    steps = [step for step in pattern.split("/") if step not in ("", ".")]
    return bool(steps) and descend(folder, steps)
