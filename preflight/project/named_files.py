"""The files that a project's metadata name (readmes, licences, lists of dependencies), and whether they are there."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from fnmatch import fnmatchcase
from re import escape

from preflight.engine.facts import Unavailable
from preflight.project.backend import BuildBackend, Family
from preflight.project.inventory import Inventory, ProjectFolder
from preflight.project.pyproject import PyprojectFile
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.toml import TomlDocument
from preflight.sources.tree import Files, Tree, join

MAX_VISITED = 20_000
"""Names of files looked at for one pattern; one that needs more, or goes deeper, counts as matched."""

MAX_DEPTH = 60

_WILDCARD = _compile(r"[*?\[]")
_SUBMODULE = _compile(r"(?m)^\s*path\s*=\s*(?P<path>\S.*?)/?\s*$")
_SCRIPTS = frozenset(
    {
        "GNUmakefile",
        "Justfile",
        "Makefile",
        "Taskfile.yaml",
        "Taskfile.yml",
        "azure-pipelines.yml",
        "build.py",
        "build.sh",
        "dodo.py",
        "hatch_build.py",
        "justfile",
        "makefile",
        "noxfile.py",
        "package.json",
        "pdm_build.py",
        "publish.sh",
        "release.sh",
        "setup.py",
        "tasks.py",
        "tox.ini",
        ".gitlab-ci.yml",
        ".travis.yml",
    }
)
"""Files beside the project or at the root whose steps may write a file before the build."""


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
    file that hints at who writes it before the build.
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


def named_files(
    project: ProjectFolder,
    tree: Tree,
    files: Files,
    pyproject_file: PyprojectFile,
    build_backend: BuildBackend,
    inventory: Inventory,
) -> tuple[NamedFile, ...]:
    """The files that the project's metadata name, from where its backend reads them."""
    document = pyproject_file.document
    mentions = list(_mentions(project, document, build_backend)) if document is not None else []
    if build_backend.family is Family.SETUPTOOLS and (document is not None or pyproject_file.source is None):
        mentions.extend(_setup_mentions(project, files, document))
    hints = _Hints(project, tree, files, inventory)
    return tuple(_look(project, tree, mention, hints) for mention in mentions if mention.written.strip())


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


def _look(project: ProjectFolder, tree: Tree, mention: _Mention, hints: "_Hints") -> NamedFile:
    path = join(project.path, mention.written)
    absolute = mention.written.startswith("/")
    beyond = path.startswith("..")
    outside = absolute or beyond or (bool(project.path) and not path.startswith(f"{project.path}/"))
    folder = False
    near = written_by = None
    if mention.role is Role.LICENCE_PATTERN and _WILDCARD.search(mention.written):
        found = outside or matches(tree, project.path, mention.written)
    else:
        found = absolute or tree.is_file(path)
        folder = not found and tree.is_folder(path)
        near = None if beyond or (found and tree.exact_case(path)) else _near(tree, path)
    if not (found or near) and hints.in_submodule(path):
        found, folder = True, False
    if not (found or folder or near):
        written_by = hints.writer(path, mention.written)
        found = written_by is not None and hints.plainly_writes(written_by, mention.written)
    return NamedFile(
        mention.role, mention.written, mention.key, mention.place, path, found, near, outside, folder, written_by
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


class _Hints:
    """Who might write a file that is not in the checkout."""

    def __init__(self, project: ProjectFolder, tree: Tree, files: Files, inventory: Inventory) -> None:
        self.project = project
        self.tree = tree
        self.files = files
        self.inventory = inventory

    def writer(self, path: str, written: str) -> str | None:
        """A build script, workflow or ignore list that names the file; None where nothing does."""
        last = written.rpartition("/")[2]
        name = _WILDCARD.split(last)[0]
        if len(name) < 3:
            return None
        word = _compile(rf"(?<![\w-]){escape(name)}" + (r"(?![\w-])" if name == last else ""))
        for script in self._scripts():
            source = self.files.find(script)
            if source is not None and word.search(source.text):
                return script
        if not _WILDCARD.search(written) and self._ignored(path):
            return ".gitignore"
        return None

    def plainly_writes(self, script: str, written: str) -> bool:
        """Whether a command of a script makes the file: a copy or move to its name, output sent there."""
        source = self.files.find(script)
        name = escape(written.removeprefix("./"))
        target = rf"[\"']?(?:[\w.-]+/)*{name}[\"']?(?=[\s;&|)]|$)"
        command = rf"(?m)(?:>>?[ \t]*|\btee[ \t]+(?:-a[ \t]+)?|\b(?:cp|mv|ln)[ \t][^\n;&|]{{1,200}}?[ \t]){target}"
        return source is not None and script != ".gitignore" and _compile(command).search(source.text) is not None

    def in_submodule(self, path: str) -> bool:
        """Whether a path or pattern may lie in a git submodule, which a checkout can leave empty."""
        source = self.files.find(".gitmodules")
        if source is None:
            return False
        fixed = _WILDCARD.split(path)[0]
        folders = [f"{found['path']}/" for found in _SUBMODULE.finditer(source.text)]
        return any(fixed.startswith(folder) or (fixed != path and folder.startswith(fixed)) for folder in folders)

    def _scripts(self) -> Iterable[str]:
        folders = dict.fromkeys(("", self.project.path))
        beside = [join(folder, name) for folder in folders for name in self.tree.names(folder) if name in _SCRIPTS]
        return dict.fromkeys([*self.inventory.workflows, *beside])

    def _ignored(self, path: str) -> bool:
        from preflight.project.git import git

        if self.tree.disk_root is None or path.startswith(".."):
            return False
        try:
            return path in git(self.tree).ignored([path])
        except Unavailable:
            return False
