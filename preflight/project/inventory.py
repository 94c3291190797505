"""What there is to check in a workspace: projects, workflows, pipelines, .pypirc files and distributions. Reads no contents but to tell projects."""

import stat
from collections.abc import Iterable
from fnmatch import fnmatchcase

from preflight.engine.settings import Settings
from preflight.engine.workspace import Focus
from preflight.sources.records import dataclass
from preflight.sources.tree import Files, Tree, join, mode_of, walk

PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
WORKFLOW_FOLDER = ".github/workflows"
DISTRIBUTION_SUFFIXES = (
    ".whl",
    ".tar.gz",
    ".zip",
    ".tar.bz2",
    ".tar.xz",
    ".tgz",
    ".egg",
    ".exe",
    ".msi",
    ".rpm",
    ".deb",
)
"""Endings of files that are treated as distributions when they are named, whether or not PyPI takes them."""

_NAMED_FILES = frozenset({*PROJECT_FILES, "preflight.toml", "action.yml", "action.yaml"})

MAX_DEPTH = 6
"""Folders below the root in which projects are looked for."""

MAX_PROJECTS = 500

_SAMPLE_FOLDERS = frozenset(
    "test tests testing testdata test_data fixtures fixture example examples sample samples template templates cookiecutter demo demos docs doc "
    "benchmarks benchmark bench snippets scaffold scaffolds skeleton".split()
)
"""Folders whose projects are samples and test data, which nobody publishes. One named on the command line is checked all the same."""


@dataclass(frozen=True, slots=True)
class ProjectFolder:
    """A folder that builds a distribution. `path` is relative to the root; empty is the root itself."""

    path: str
    asked: bool = True

    def file(self, name: str) -> str:
        """The path of a file of the project, relative to the root."""
        return join(self.path, name)


@dataclass(frozen=True, slots=True)
class Inventory:
    """The files to check, as paths relative to the root.

    `projects`, `workflows` and `pipelines` are complete for the workspace, so that a finding in one file can rest on another; what was asked
    for narrows the findings afterwards. `left_out` says what a limit left out.
    """

    projects: tuple[ProjectFolder, ...] = ()
    workflows: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    pypirc: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    """Named files that are of no kind that is checked."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to check at all."""
        return not (self.projects or self.workflows or self.pipelines or self.pypirc or self.distributions)


def inventory(tree: Tree, files: Files, focus: Focus, settings: Settings) -> Inventory:
    """List what there is to check.

    Projects are looked for below each folder asked for, left out where git ignores them, in vendored folders, and in folders of samples and
    tests (unless such a folder itself was asked for). A pyproject.toml counts when it builds a distribution: it has a build system, a
    project table, or a Poetry or Flit table with a name.
    """
    excluded = settings.exclude
    projects: dict[str, ProjectFolder] = {}
    left_out: list[str] = []
    distributions = [path for path in focus.files if path.lower().endswith(DISTRIBUTION_SUFFIXES)]
    pypirc = [path for path in focus.files if _name(path).endswith(".pypirc")]
    apart = bool(focus.files) and not focus.folders and set(focus.files) <= {*distributions, *pypirc}
    """Whether only files were named that may lie anywhere, so that the root is no project to be searched."""
    for path in focus.files:
        folder = path.rpartition("/")[0]
        beside = folder.removesuffix("dist").rstrip("/") if path in distributions else folder
        if _name(path) in PROJECT_FILES or (apart and _builds(tree, files, beside, root=False)):
            projects.setdefault(beside, ProjectFolder(beside))
    searched = focus.folders if focus.folders or apart else ("",)
    for folder in searched:
        asked = bool(focus.folders)
        for found in _projects(tree, files, folder, excluded):
            if len(projects) >= MAX_PROJECTS:
                left_out.append(f"projects beyond the first {MAX_PROJECTS}")
                break
            projects.setdefault(found, ProjectFolder(found, asked))
    workflows = [] if apart else _workflows(tree, focus)
    for folder in focus.folders:
        if tree.is_file(join(folder, ".pypirc")):
            pypirc.append(join(folder, ".pypirc"))
    for folder in dict.fromkeys(
        [*focus.folders, *(project.path for project in projects.values() if project.asked and focus.folders)]
    ):
        distributions.extend(
            path
            for name in tree.names(join(folder, "dist"))
            if not name.startswith(".")  # `dist/*` takes none of these, as the `.gitignore` of `uv build`
            and tree.is_file(path := join(folder, f"dist/{name}"))
            and not _excluded(path, excluded)
        )
    pipelines = [name for name in (".gitlab-ci.yml", ".gitlab-ci.yaml") if tree.is_file(name)]
    pipelines.extend(path for path in focus.files if _name(path) in (".gitlab-ci.yml", ".gitlab-ci.yaml"))
    known = {*distributions, *pypirc, *workflows, *pipelines}
    return Inventory(
        strangers=tuple(path for path in focus.files if path not in known and _name(path) not in _NAMED_FILES),
        projects=tuple(projects.values()),
        workflows=tuple(path for path in dict.fromkeys(workflows) if not _excluded(path, excluded)),
        pipelines=tuple(dict.fromkeys(pipelines)),
        pypirc=tuple(dict.fromkeys(pypirc)),
        distributions=tuple(dict.fromkeys(distributions)),
        left_out=tuple(left_out),
    )


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _workflows(tree: Tree, focus: Focus) -> list[str]:
    found = [f"{WORKFLOW_FOLDER}/{name}" for name in tree.names(WORKFLOW_FOLDER) if name.endswith((".yml", ".yaml"))]
    found = [path for path in found if tree.is_file(path) or path in focus.files]
    for path in focus.files:
        name = _name(path)
        if path.endswith((".yml", ".yaml")) and name not in (
            ".gitlab-ci.yml",
            ".gitlab-ci.yaml",
            "action.yml",
            "action.yaml",
        ):
            found.append(path)
    return found


def _excluded(path: str, patterns: Iterable[str]) -> bool:
    return any(
        fnmatchcase(path, pattern) or path == (stem := pattern.rstrip("/")) or path.startswith(f"{stem}/")
        for pattern in patterns
    )


def _projects(tree: Tree, files: Files, folder: str, excluded: Iterable[str]) -> list[str]:
    found: list[str] = []
    if _builds(tree, files, folder, root=True):
        found.append(folder)

    def enter(path: str) -> bool:
        name = path.rpartition("/")[2]
        return not (
            name.startswith(".")
            or name.lower().strip("_") in _SAMPLE_FOLDERS
            or "{{" in name
            or "{%" in name
            or _excluded(path, excluded)
        )

    seen = {folder}
    for path in walk(tree, folder, depth=MAX_DEPTH, enter=enter):
        parent, _, name = path.rpartition("/")
        if (
            name in PROJECT_FILES
            and parent not in seen
            and not _is_link(tree, path)
            and _builds(tree, files, parent, root=False)
        ):
            seen.add(parent)
            found.append(parent)
    return _not_ignored(tree, found)


def _is_link(tree: Tree, path: str) -> bool:
    """Whether a file below the folder that was asked for is a link: the project is where the link leads, or elsewhere."""
    return tree.disk_root is not None and stat.S_ISLNK(mode_of(tree.disk_root / path, follow=False))


def _not_ignored(tree: Tree, folders: list[str]) -> list[str]:
    nested = [folder for folder in folders if folder]
    root = tree.disk_root
    if not nested or root is None:
        return folders
    from preflight.engine.facts import Unavailable
    from preflight.project.git import git

    try:
        ignored = git(tree).ignored(nested)
    except Unavailable:
        return folders
    return [folder for folder in folders if folder not in ignored]


def _builds(tree: Tree, files: Files, folder: str, *, root: bool) -> bool:
    pyproject = join(folder, "pyproject.toml")
    if "pyproject.toml" in tree.names(folder):
        source = files.find(pyproject)
        if source is None:
            return root
        text = source.text
        declares = (
            "[build-system]" in text or "[project]" in text or "[tool.poetry]" in text or "[tool.flit.metadata]" in text
        )
        if declares or (root and not text.strip()):
            return True
        # the words may be a tool's; then setup.py beside it builds all the same
        if ("build-system" in text or "project" in text) and _declares(files, pyproject):
            return True
    if tree.is_file(join(folder, "setup.py")):
        source = files.find(join(folder, "setup.py"))
        return source is not None and "setup(" in source.text
    if tree.is_file(join(folder, "setup.cfg")):
        source = files.find(join(folder, "setup.cfg"))
        return source is not None and "[metadata]" in source.text
    return False


def _declares(files: Files, path: str) -> bool:
    from preflight.sources.text import SourceSyntaxError, SourceTooComplex
    from preflight.sources.toml import parse_toml

    try:
        document = parse_toml(files.read(path), allow_bom=True)
    except (SourceSyntaxError, SourceTooComplex):
        return True
    return document.has("build-system") or document.has("project") or document.has("tool", "poetry", "name")
