"""What the files say about a project that is to publish: gathered from the facts, before anything is decided. Changes nothing."""

from collections.abc import Iterator

from preflight.beginning.checkout import Checkout, checkout_of
from preflight.beginning.choices import GITHUB, GITLAB
from preflight.beginning.left_behind import to_be_ignored
from preflight.engine.facts import Facts, Unavailable
from preflight.engine.workspace import Workspace
from preflight.plan.publish_plan import PublishPlan
from preflight.plan.unread import unread_files
from preflight.project.backend import BuildBackend, Family
from preflight.project.git import Git
from preflight.project.inventory import Inventory, ProjectFolder
from preflight.project.pyproject import PyprojectFile, pyproject_file
from preflight.project.repository import GITHUB as GITHUB_HOST
from preflight.project.repository import GITLAB as GITLAB_HOST
from preflight.project.repository import Repository
from preflight.project.versions.fact import Versions
from preflight.project.versions.modules import main_module
from preflight.project.versions.reading import Reading
from preflight.publishers.registered import PYPI, RegisteredPublisher
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.toml import TomlDocument

PYTHONS = ("3.13", "3.14", "3.12", "3.11")
"""The Pythons that builds may run on, the preferred one first: those that preflight itself runs on."""

_EXTENSION_BUILDERS = frozenset("cython pybind11 nanobind cffi setuptools-rust mypy scikit-build".split())
_SOURCE_ROOTS = ("src", "python", "lib")
_EXTENSIONS = _compile(r"\bext_modules\b|\bext-modules\b|\brust_extensions\b|\bcffi_modules\b|\bExtension\(")


class NoProject(Exception):
    """There is nothing that could be published; the message says what was looked for and what to run."""


class BrokenFile(NoProject):
    """A file that decides everything cannot be read; the message says which, where, and what is wrong with it."""


@dataclass(frozen=True)
class Survey:
    """A project and its surroundings.

    `module` is the name that users import, None where the files do not tell. `compiled` is whether its wheels differ from platform to platform.
    `publishing` are the workflows and pipelines that upload already, `started_by` the events that make them upload to PyPI: `release`, `tag`,
    and others by GitHub's and GitLab's names. `broken` are those that cannot be read, each with what is wrong. `tags` are the newest first.
    """

    workspace: Workspace
    project: ProjectFolder
    name: str
    document: TomlDocument
    backend: BuildBackend
    reading: Reading
    versions: Versions | None
    repository: Repository | None
    checkout: Checkout
    tags: tuple[str, ...]
    module: str | None
    compiled: bool
    has_readme: bool
    blank_readme: str | None
    has_dependencies: bool
    formatter: str
    uses_uv: bool
    python: str
    registered: tuple[RegisteredPublisher, ...]
    publishing: tuple[str, ...]
    started_by: frozenset[str]
    broken: tuple[tuple[str, str], ...]
    several: bool

    @property
    def platform(self) -> str:
        """Where the project's CI runs: GitLab where the remote says so, else GitHub."""
        return GITLAB if self.repository is not None and self.repository.host == GITLAB_HOST else GITHUB

    @property
    def foreign_host(self) -> str | None:
        """The host of the remote, where it is neither github.com nor gitlab.com."""
        host = self.repository.host if self.repository is not None else GITHUB_HOST
        return None if host in (GITHUB_HOST, GITLAB_HOST) else host

    @property
    def needs_history(self) -> bool:
        """Whether a tool computes the version when building, which nearly all do from git's tags."""
        return self.versions is not None and self.versions.source.computed_by is not None

    @property
    def version(self) -> str | None:
        """The version that the next release will have, as the files state it."""
        return stated_version(self.versions)

    @property
    def known_as(self) -> frozenset[str]:
        """The names by which tags may call the project."""
        return self.versions.known_as if self.versions is not None else frozenset({self.name})


def stated_version(versions: Versions | None) -> str | None:
    """The version that the files state, where it can be taken at its word."""
    known = versions.source.known if versions is not None else None
    return known.text if known is not None else None


def survey(workspace: Workspace, facts: Facts) -> Survey:
    """Look at the one project of a workspace.

    Raises:
        NoProject: there is none, more than one, or one that is not published; the message says so.
        BrokenFile: its pyproject.toml cannot be read.
    """
    found: Inventory = facts.get("inventory")
    project = _only_project(found, workspace)
    own = facts.child({"project": project})
    file: PyprojectFile = own.get("pyproject_file")
    document = _document(file)
    backend: BuildBackend = own.get("build_backend")
    reading = Reading(project, workspace.tree, workspace.files, document, backend)
    if not reading.name:
        raise NoProject(f"{file.path} gives the project no name: write `[project]` with `name` and `version` first")
    try:
        versions = own.get("versions")
    except Unavailable as unavailable:
        raise NoProject(f"{file.path}: {unavailable.reason}, so there is nothing to publish") from None
    registered = facts.get("maybe_registered_publishers")
    git: Git | None = facts.get("maybe_git")
    plan: PublishPlan = facts.get("publish_plan")
    return Survey(
        workspace,
        project,
        reading.name,
        document,
        backend,
        reading,
        versions,
        facts.get("maybe_repository"),
        checkout_of(git, project.path, _sources(reading), to_be_ignored(project.path)),
        tuple(facts.get("known_tags")),
        _module(reading),
        _is_compiled(reading),
        _has_readme(reading),
        _blank_readme(reading),
        _has_dependencies(reading),
        "black" if reading.table("tool", "black") and not reading.table("tool", "ruff") else "ruff",
        backend.family is Family.UV_BUILD or workspace.tree.is_file("uv.lock") or bool(reading.table("tool", "uv")),
        _python(reading),
        registered.publishers if registered is not None else (),
        _publishing(plan),
        _started_by(plan),
        tuple(_broken(facts)),
        len(found.projects) > 1 or bool(project.path),
    )


def _only_project(found: Inventory, workspace: Workspace) -> ProjectFolder:
    if not found.projects:
        folder = ProjectFolder(workspace.focus.folders[0] if workspace.focus.folders else "", True)
        file = pyproject_file(folder, workspace.files)
        if file.error is not None or file.unreadable is not None:
            _document(file)  # a broken file hides that it builds something
        raise NoProject(
            "There is no project here yet: no pyproject.toml that builds a distribution. Make one first, for example with "
            "`uv init --package`, `hatch new --init`, `flit init`, `pdm init`, `poetry init` or `maturin init`, and run `preflight init` again."
        )
    own = [each for each in found.projects if not each.path]
    if len(found.projects) > 1 and not own:
        paths = ", ".join(each.path or "." for each in found.projects[:8])
        raise NoProject(
            f"There are {len(found.projects)} projects here: {paths}. Name the folder of one: `preflight init PATH`."
        )
    return own[0] if own else found.projects[0]


def _document(file: PyprojectFile) -> TomlDocument:
    if file.document is not None:
        return file.document
    if file.error is not None:
        place = file.error.place
        raise BrokenFile(f"{file.path}:{place.line}:{place.column}: {file.error.reason}; mend it first")
    if file.unreadable is not None:
        raise BrokenFile(f"{file.path} cannot be read: {file.unreadable}")
    raise NoProject(
        f"The project has no {file.path}. setup.py can stay as it is: write these lines into {file.path}, and run `preflight init` again.\n\n"
        '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"'
    )


def _publishing(plan: PublishPlan) -> tuple[str, ...]:
    rows = [row for planned in plan.all_scenarios() for row in planned.publishes if row.happens != "never"]
    return tuple(dict.fromkeys(row.scenario.path for row in rows))


def _started_by(plan: PublishPlan) -> frozenset[str]:
    """The events that make an upload to PyPI happen, or may; a push of a tag is `tag`."""
    return frozenset(
        "tag"
        if planned.scenario.event == "push" and (planned.scenario.ref or "").startswith("refs/tags/")
        else planned.scenario.event
        for planned in plan.all_scenarios()
        for row in planned.publishes
        if row.happens != "never" and row.index == PYPI
    )


def _broken(facts: Facts) -> Iterator[tuple[str, str]]:
    """The workflows and pipelines that cannot be read, so that nobody knows what they publish."""
    for each in unread_files(facts):
        where = f"{each.path}:{each.place.line}:{each.place.column}" if each.broken else each.path
        yield each.path, f"{where}: {each.reason}"


def _sources(reading: Reading) -> list[str]:
    """The module's files and the README that the project names, relative to it."""
    module = main_module(reading)
    readme = _named_readme(reading)
    return [*([module.path] if module is not None else []), *([readme] if readme is not None else [])]


def _module(reading: Reading) -> str | None:
    """The dotted name of the module that the distribution brings."""
    if reading.backend.family is Family.MATURIN:
        return _crate_module(reading)
    found = main_module(reading)
    if found is None:
        return None
    parts = found.path.removesuffix(".py").split("/")
    if parts[0] in _SOURCE_ROOTS and found.file is None and len(parts) == 1:
        return None  # the folder of the sources is named, not a package
    if len(parts) > 1 and parts[0] in _SOURCE_ROOTS:
        parts = parts[1:]
    elif len(parts) > 1 and reading.backend.family is Family.HATCHLING:
        parts = parts[-1:]  # hatchling installs a named package under its own name
    return ".".join(parts) if all(part.isidentifier() for part in parts) else None


def _crate_module(reading: Reading) -> str | None:
    """maturin's `module-name`, else the name of the crate's library, else that of the project (maturin: project_layout.rs).

    A wheel that brings a program alone has none.
    """
    named = reading.text("tool", "maturin", "module-name")
    manifest = reading.toml(reading.text("tool", "maturin", "manifest-path") or "Cargo.toml")
    library = manifest.get("lib", "name") if manifest is not None else None
    if not isinstance(library, str):
        library = manifest.get("package", "name") if manifest is not None and not _is_program(reading) else None
    module = (named or (library if isinstance(library, str) else "")).replace("-", "_").partition(".")[0]
    return module if module.isidentifier() else None


def _is_program(reading: Reading) -> bool:
    """Whether a crate is a program (maturin: bindings `bin`)."""
    if reading.text("tool", "maturin", "bindings") == "bin":
        return True
    return "main.rs" in reading.names("src") and "lib.rs" not in reading.names("src")


def _is_compiled(reading: Reading) -> bool:
    if reading.backend.family in (Family.MATURIN, Family.MESON_PYTHON, Family.SCIKIT_BUILD_CORE):
        return True
    if reading.requires & _EXTENSION_BUILDERS or reading.table("tool", "cibuildwheel"):
        return True
    source = reading.source("setup.py")
    setuptools = reading.table("tool", "setuptools")
    return "ext-modules" in setuptools or (source is not None and _EXTENSIONS.search(source.text) is not None)


def _has_readme(reading: Reading) -> bool:
    """Whether the distribution gets a description that `twine check --strict` takes; what a backend computes counts as one."""
    project = reading.table("project")
    if not project:
        return _has_readme_of_old(reading)
    dynamic = project.get("dynamic")
    return "readme" in project or (isinstance(dynamic, list) and "readme" in dynamic)


def _has_readme_of_old(reading: Reading) -> bool:
    """The same without a project table: setuptools takes the text and its type from setup.py and setup.cfg alone, and guesses neither."""
    if poetry := reading.table("tool", "poetry"):
        return "readme" in poetry
    if reading.backend.family is not Family.SETUPTOOLS or reading.backend.distribution != "setuptools":
        return True
    calls = reading.setup_calls
    if calls is None and reading.source("setup.py") is not None:
        return True
    if any(call.unpacks or "pbr" in call.keywords for call in calls or ()):
        return True
    return all(_states(reading, name) for name in ("long_description", "long_description_content_type"))


def _states(reading: Reading, name: str) -> bool:
    """Whether setup.py or setup.cfg states a field, the latter with hyphens too (setuptools: config/setupcfg.py)."""
    file = reading.setup_cfg
    written = (name, name.replace("_", "-"))
    return any(name in call.keywords for call in reading.setup_calls or ()) or (
        file is not None and any(file.get("metadata", each) is not None for each in written)
    )


def _blank_readme(reading: Reading) -> str | None:
    """The README that the project names, relative to it, where nothing stands in that file."""
    file = _named_readme(reading)
    source = reading.source(file) if file is not None else None
    return file if source is not None and not source.text.strip() else None


def _named_readme(reading: Reading) -> str | None:
    readme = reading.table("project").get("readme")
    file = readme.get("file") if isinstance(readme, dict) else readme
    return file if isinstance(file, str) else None


def _has_dependencies(reading: Reading) -> bool:
    project = reading.table("project")
    dynamic = project.get("dynamic")
    return bool(project.get("dependencies", not project)) or (isinstance(dynamic, list) and "dependencies" in dynamic)


def _python(reading: Reading) -> str:
    """The Python that the build runs on: the preferred one that the project supports; the newest where that cannot be told."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    stated = reading.text("project", "requires-python")
    if stated is None:
        return PYTHONS[0]
    try:
        accepted = SpecifierSet(stated)
    except InvalidSpecifier:
        return PYTHONS[0]
    return next((each for each in PYTHONS if accepted.contains(f"{each}.99") or accepted.contains(f"{each}.0")), "3.x")
