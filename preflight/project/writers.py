"""Who might write a file that a project names and that is not in the checkout, and which file there is that was meant instead."""

from collections.abc import Callable, Iterable
from re import IGNORECASE, escape

from preflight.project.git import Git
from preflight.project.inventory import Inventory, ProjectFolder
from preflight.project.pyproject import PyprojectFile
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.tree import Files, Tree, join

_ALIKE = 0.7
"""How much two names must have in common for one to be offered in place of the other (difflib: `get_close_matches`)."""

_MOST_MENTIONS = 50
_SHORTEST = 3
"""Characters of a name; a shorter one stands in any text."""
_WILDCARD = _compile(r"[*?\[]")
_SUBMODULE = _compile(r"(?m)^[ \t]*path[ \t]*=(?P<path>.*)")
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


@dataclass(frozen=True)
class Writers:
    """The traces that a checkout holds of files that are not in it."""

    project: ProjectFolder
    tree: Tree
    files: Files
    inventory: Inventory
    git: Git | None
    metadata_hooks: tuple[str, ...] = ()

    def writer(self, path: str, written: str) -> str | None:
        """A build script, workflow or ignore list that names the file; None where nothing does."""
        last = written.rpartition("/")[2]
        name = _WILDCARD.split(last)[0]
        if len(name) < _SHORTEST:
            return None
        word = _compile(rf"(?<![\w-]){escape(name)}" + (r"(?![\w-])" if name == last else ""))
        for script in dict.fromkeys([*self._scripts(), *self.metadata_hooks]):
            source = self.files.find(script)
            if source is not None and word.search(source.text):
                return script
        if not _WILDCARD.search(written) and self._ignored(path):
            return ".gitignore"
        return None

    def plainly_writes(self, script: str, written: str) -> bool:
        """Whether a command of a script makes the file: a copy or move to its name, output sent there. A metadata hook that
        names a file is taken to make it: hatchling runs the hooks before it reads what the project names (hatchling:
        metadata/core.py, `ProjectMetadata.core`).
        """
        if script in self.metadata_hooks:
            return True
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
        named = (found["path"].strip().removesuffix("/") for found in _SUBMODULE.finditer(source.text))
        folders = [f"{name}/" for name in named if name]
        return any(fixed.startswith(folder) or (fixed != path and folder.startswith(fixed)) for folder in folders)

    def _scripts(self) -> Iterable[str]:
        folders = dict.fromkeys(("", self.project.path))
        beside = [join(folder, name) for folder in folders for name in self.tree.names(folder) if name in _SCRIPTS]
        return dict.fromkeys([*self.inventory.workflows, *beside])

    def _ignored(self, path: str) -> bool:
        return self.git is not None and not path.startswith("..") and path in self.git.ignored([path])

    def leaves_no_trace(self, path: str, named_in: str) -> bool:
        """Whether nothing in the checkout speaks of a file but the one place that names it: then nothing there writes it.

        False where that cannot be known: the places are looked for in the files that git tracks.
        """
        word = self._first_missing(path).lstrip(".").partition(".")[0]
        if self.git is None or named_in not in self.git.tracked or len(word) < _SHORTEST:
            return False
        if self._ignored(path) or self.in_submodule(path):
            return False
        mentions = self.git.containing(word)
        pattern = _compile(rf"(?<!\w){escape(word)}(?!\w)", IGNORECASE)
        for found in mentions[:_MOST_MENTIONS]:
            source = self.files.find(found)
            allowed = 1 if found == named_in else 0
            if source is None or len(pattern.findall(source.text)) > allowed:
                return False
        return len(mentions) <= _MOST_MENTIONS

    def _first_missing(self, path: str) -> str:
        """The first part of a path that is not there."""
        folder = ""
        for part in path.split("/"):
            if part not in self.tree.names(folder):
                return part
            folder = join(folder, part)
        return path.rpartition("/")[2]


def file_alike(tree: Tree, folder: str, written: str, fits: Callable[[str], bool] = lambda path: True) -> str | None:
    """The file whose path differs from a missing one in one part, and there only by a slip, as it would be written in its place.

    `fits` is asked about the path of each candidate, relative to the workspace.
    """
    from difflib import get_close_matches

    parts = written.split("/")
    if written.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return None
    here = folder
    for index, part in enumerate(parts):
        names = tree.names(here)
        if part in names:
            here = join(here, part)
            continue
        for name in get_close_matches(part, [each for each in names if each != part], 3, _ALIKE):
            other = "/".join((*parts[:index], name, *parts[index + 1 :]))
            if tree.is_file(join(folder, other)) and fits(join(folder, other)):
                return other
        return None
    return None


def writers(
    project: ProjectFolder,
    tree: Tree,
    files: Files,
    inventory: Inventory,
    maybe_git: Git | None,
    pyproject_file: PyprojectFile,
) -> Writers:
    """What the checkout says of the files that a project's build may write."""
    document = pyproject_file.document
    hook = document.get("tool", "hatch", "metadata", "hooks", "custom") if document is not None else None
    path = hook.get("path", "hatch_build.py") if isinstance(hook, dict) else None
    hooks = (join(project.path, path),) if isinstance(path, str) else ()
    return Writers(project, tree, files, inventory, maybe_git, hooks)
