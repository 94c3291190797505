"""Which tracked files an sdist should hold: the scripts that the build runs, and the files of packages that it holds in part. Opens no archive."""

from collections.abc import Callable, Collection, Iterable, Iterator
from fnmatch import translate

from preflight.project.inventory import ProjectFolder
from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Place, SourceSyntaxError, SourceTooComplex
from preflight.sources.toml import TomlDocument, parse_toml
from preflight.sources.tree import Files

MODULE_ENDINGS = (".py", ".pyx", ".pxd", ".pxi")
"""Files without which a package cannot be imported or built."""

DATA_ENDINGS = (".pyi", ".json", ".yaml", ".yml", ".toml", ".html", ".jinja", ".jinja2", ".css", ".js", ".sql", ".csv")
"""Files that packages read at run time, and their type stubs."""

DATA_NAMES = frozenset(("py.typed",))

_APART = frozenset(
    "testdata fixtures example examples sample samples doc docs benchmark benchmarks node_modules frontend locale _tests".split()
)
"""Folders that projects leave out of their sdists on purpose."""

_APART_FILES = ("test_", "conftest.", "noxfile.", "tasks.", "setup.", "package", "tsconfig", "webpack", "gulpfile")
_SCRIPT_EXCLUDES = _compile(r"\bexclude\w{0,30}\s{0,20}=\s{0,20}[\[(](?P<list>[^\])]{0,5000})[\])]")
_CFG_EXCLUDES = _compile(r"(?m)^exclude\w*[ \t]*=(?P<list>[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)")
_WORD = _compile(r"""[^\s"',\[\]]+""")
_TOOL_DEPTH = 6


def build_scripts(document: TomlDocument) -> Iterator[tuple[str, str, Place]]:
    """The files and folders that the build runs code of: path, key and place.

    Sources: PEP 517 (in-tree backends); hatchling: "Custom build hook" and "Custom metadata hook"; Poetry: "The pyproject.toml file", build; PDM: "Build
    configuration", custom hook.
    """
    paths = document.get("build-system", "backend-path")
    for index, value in enumerate(paths if isinstance(paths, list) else ()):
        if isinstance(value, str):
            yield from _script(
                value, "build-system.backend-path", document.place("build-system", "backend-path", index)
            )
    hooks: list[tuple[str, ...]] = [
        ("tool", "hatch", "build", "hooks", "custom", "path"),
        ("tool", "hatch", "build", "targets", "wheel", "hooks", "custom", "path"),
        ("tool", "hatch", "metadata", "hooks", "custom", "path"),
        ("tool", "poetry", "build"),
        ("tool", "poetry", "build", "script"),
        ("tool", "pdm", "build", "custom-hook"),
    ]
    for route in hooks:
        value = document.get(*route)
        if isinstance(value, str):
            yield from _script(value, ".".join(route), document.place(*route))


def _script(written: str, key: str, place: Place) -> Iterator[tuple[str, str, Place]]:
    path = "/".join(part for part in written.split("/") if part not in ("", "."))
    if path and not written.startswith("/") and ".." not in path.split("/"):
        yield path, key, place


def configured_exclusions(project: ProjectFolder, files: Files) -> list[str]:
    """Every pattern that the project's build configuration leaves something out by, whatever it is meant for: enough to keep silent."""
    found: list[str] = []
    manifest = files.find(project.file("MANIFEST.in"))
    for line in manifest.text.splitlines() if manifest else ():
        command, *words = line.split()[:50] or [""]
        if command in ("exclude", "prune", "global-exclude"):
            found += words
        elif command == "recursive-exclude" and words:
            found += [f"{words[0]}/**/{word}" for word in words[1:]] + [f"{words[0]}/{word}" for word in words[1:]]
    for name, pattern in (("setup.py", _SCRIPT_EXCLUDES), ("setup.cfg", _CFG_EXCLUDES)):
        source = files.find(project.file(name))
        for match in pattern.finditer(source.text) if source else ():
            found += _WORD.findall(match["list"])
    source = files.find(project.file("pyproject.toml"))
    try:
        document = parse_toml(source, allow_bom=True) if source else None
    except (SourceSyntaxError, SourceTooComplex):
        document = None
    if document is not None:
        found += _excludes(document.get("tool"), _TOOL_DEPTH)
    return [pattern for pattern in found if pattern.strip("*/.")]


def _excludes(table: object, depth: int) -> Iterator[str]:
    """The texts below every key of a tool's tables that speaks of excluding."""
    if not isinstance(table, dict) or depth == 0:
        return
    for key, value in table.items():
        if isinstance(key, str) and "exclude" in key:
            yield from _texts(value, depth)
        else:
            yield from _excludes(value, depth - 1)
            for item in value if isinstance(value, list) else ():
                yield from _excludes(item, depth - 1)


def _texts(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth:
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from _texts(item, depth - 1)


def package_files_left_out(
    tracked: Collection[str], shipped: Collection[str], excluded: Iterable[str]
) -> tuple[list[str], list[str]]:
    """The tracked modules, and the data, of packages that an sdist holds in part and which it leaves out; all paths are relative to the project.

    Tests, documents and what the configuration excludes are left out on purpose.
    """
    packages = tuple(
        path.removesuffix("__init__.py")
        for path in tracked
        if path.endswith("/__init__.py")
        and path in shipped
        and path.removeprefix("src/").count("/") == 1
        and not _is_apart(path)
    )
    is_excluded = _matcher(excluded)
    modules: list[str] = []
    data: list[str] = []
    for path in sorted(tracked):
        if path in shipped or not path.startswith(packages) or _is_apart(path):
            continue
        is_module = path.endswith(MODULE_ENDINGS)
        if not (is_module or path.endswith(DATA_ENDINGS) or path.rpartition("/")[2] in DATA_NAMES):
            continue
        if not is_excluded(path):
            (modules if is_module else data).append(path)
    return modules, data


def _is_apart(path: str) -> bool:
    *folders, base = path.lower().split("/")
    if base.startswith((".", *_APART_FILES)) or base.partition(".")[0].endswith(("_test", "_tests")):
        return True
    return any(folder in _APART or folder.startswith((".", "test")) for folder in folders)


def _matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Tells whether a pattern of whatever tool may mean a file: as a path, a name, a folder above it, or a dotted package."""
    forms: set[str] = set()
    for pattern in patterns:
        pattern = pattern.removeprefix("./").strip("/")
        for end in ("/**/*", "/**", "/*"):
            pattern = pattern.removesuffix(end)
        loose = pattern.replace("**/", "")
        forms.update((pattern, loose, f"*/{loose}"))
    forms -= {"", "*", "**", "*/", "*/*", "*/**"}
    if not forms:
        return lambda _: False
    whole = _compile("|".join(translate(form) for form in sorted(forms)))

    def matches(path: str) -> bool:
        inner = path.removeprefix("src/")
        names = {path, inner, inner.rpartition(".")[0].replace("/", "."), *path.split("/")}
        for each in (path, inner):
            parts = each.split("/")
            above = ["/".join(parts[:count]) for count in range(1, len(parts))]
            names.update(above, (folder.replace("/", ".") for folder in above))
        return any(whole.match(name) for name in names)

    return matches
