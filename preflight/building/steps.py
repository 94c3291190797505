"""The steps of a build, one command each: build sdist and wheel, make an environment, install the wheel, import its modules, run its scripts."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from preflight.building.environment import cleaned, with_home
from preflight.building.faults import Blame, blame_of_command, blame_of_import, crashed, telling_line
from preflight.building.request import BuildRequest
from preflight.building.results import BuildResult, BuildResults, Failure
from preflight.building.running import Ran, run
from preflight.building.wheel_contents import console_scripts, top_level_modules
from preflight.distributions.archive import Distribution, Kind
from preflight.distributions.stored_file import StoredFile
from preflight.project.inventory import ProjectFolder
from preflight.sources.records import dataclass
from preflight.sources.text import Place, SourceSyntaxError, SourceTooComplex
from preflight.sources.toml import TomlDocument, parse_toml
from preflight.sources.tree import DiskTree

BUILT = "build"
"""The folder of the built files in the request's folder: they are shown as `build/NAME`."""

MAX_MODULES = 25
MAX_SCRIPTS = 25
"""How many modules of one wheel are imported, and scripts run; further ones are left out, and that is said."""

IMPORT_SECONDS = 120.0
SCRIPT_SECONDS = 60.0

PYTHON = ".".join(map(str, sys.version_info[:3]))


@dataclass(frozen=True)
class _Bench:
    """The folders in which one project is built and tried."""

    request: BuildRequest
    number: int

    def folder(self, *names: str) -> Path:
        path = self.request.folder.joinpath(*names)
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def empty(self) -> Path:
        """An empty folder to run commands in, so that nothing of the checkout is imported by accident."""
        return self.folder("empty")

    @property
    def python(self) -> str:
        """The interpreter of the fresh environment."""
        return self.script("python")

    def script(self, name: str) -> str:
        if os.name == "nt":
            return str(self.environment / "Scripts" / f"{name}.exe")
        return str(self.environment / "bin" / name)

    @property
    def environment(self) -> Path:
        return self.request.folder / f"env{self.number}"

    def variables(self, *, index: bool) -> dict[str, str]:
        return cleaned(self.request.environment, self.folder("tmp"), index=index)

    def run(self, command: Sequence[str], seconds: float | None = None, *, index: bool, home: bool = True) -> Ran:
        """Run a command; without `home`, with an empty folder in the place of the user's own."""
        variables = self.variables(index=index)
        if not home:
            variables = with_home(variables, self.folder("home"))
        return run(self.request, command, variables, self.empty, seconds)


def build_projects(request: BuildRequest, root: Path, projects: Sequence[tuple[ProjectFolder, Place]]) -> BuildResults:
    """Build and try projects one after the other."""
    results = []
    for number, (project, place) in enumerate(projects, 1):
        result = BuildResult(project, place)
        results.append(result)
        _try(_Bench(request, number), root, result)
    return BuildResults(request.folder, PYTHON, tuple(results))


def _try(bench: _Bench, root: Path, result: BuildResult) -> None:
    result.untried = _unsuitable(result.place)
    if result.untried:
        bench.request.say(f"Not built: {result.project.path or 'the project'} {result.untried}.")
        return
    wheel = _build(bench, root, result)
    if wheel is None or not _install(bench, result, wheel):
        return
    _import(bench, result, wheel)
    if bench.request.run_scripts:
        _run_scripts(bench, result, wheel)


def _unsuitable(place: Place) -> str:
    """Why this Python may not build the project; empty when it may, or when only the build can tell."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    document = _pyproject(place)
    wanted = document.get("project", "requires-python") if document is not None else None
    try:
        fits = not isinstance(wanted, str) or SpecifierSet(wanted).contains(PYTHON, prereleases=True)
    except InvalidSpecifier:
        return ""
    return "" if fits else f"needs Python {wanted}, and preflight runs on {PYTHON}"


def _build(bench: _Bench, root: Path, result: BuildResult) -> Distribution | None:
    """Build the sdist, and the wheel from it; gives the wheel."""
    path = "/".join(part for part in (BUILT, result.project.path) if part)
    target = bench.folder(*path.split("/"))
    isolation = [] if bench.request.isolated else ["--no-isolation"]
    # -P keeps a folder `build` of wherever this runs from being taken for the package
    command = [
        sys.executable,
        "-P",
        "-m",
        "build",
        *isolation,
        "--outdir",
        str(target),
        str(root / result.project.path),
    ]
    ran = bench.run(command, index=bench.request.isolated)
    built = sorted(entry.name for entry in target.iterdir() if entry.is_file())
    result.files = [f"{path}/{name}" for name in built]
    wheels = [file for file in result.files if file.endswith(".whl")]
    if not ran.passed or not wheels:
        result.build = Failure(ran, telling_line(ran.output), _blame(ran, isolated=bench.request.isolated))
        return None
    tree = DiskTree(bench.request.folder)
    size = (bench.request.folder / wheels[0]).stat().st_size
    return Distribution(StoredFile(tree, wheels[0]), Kind.WHEEL, size, lambda place, reason: None)


def _install(bench: _Bench, result: BuildResult, wheel: Distribution) -> bool:
    ran = bench.run([sys.executable, "-P", "-m", "venv", str(bench.environment)], index=False)
    if not ran.passed:
        result.install = Failure(ran, telling_line(ran.output), Blame.UNTRIED)
        return False
    ran = bench.run([bench.python, "-I", "-m", "pip", "install", str(bench.request.folder / wheel.path)], index=True)
    if not ran.passed:
        result.install = Failure(ran, telling_line(ran.output), _blame(ran, isolated=True))
    return ran.passed


def _blame(ran: Ran, *, isolated: bool) -> Blame:
    """Whose fault a failed build or installation may be; one that was ended from outside may go well on another machine."""
    if ran.status is None or ran.status < 0:
        return Blame.MACHINE
    return blame_of_command(ran.output, isolated=isolated)


def _import(bench: _Bench, result: BuildResult, wheel: Distribution) -> None:
    modules = top_level_modules(member.name for member in wheel.members.values() if not member.is_folder)
    for module in _first(bench, modules, MAX_MODULES, "modules are not imported"):
        ran = bench.run([bench.python, "-I", "-c", f"import {module}"], IMPORT_SECONDS, index=False, home=False)
        if not ran.passed:
            result.imports.append(_failure(bench, ran, module))


def _run_scripts(bench: _Bench, result: BuildResult, wheel: Distribution) -> None:
    entry_points = next((name for name in wheel.members if name.endswith(".dist-info/entry_points.txt")), "")
    source = wheel.read_text(entry_points) if entry_points else None
    scripts = sorted(console_scripts(source.text)) if source else []
    for name in _first(bench, scripts, MAX_SCRIPTS, "scripts are not run"):
        ran = bench.run([bench.script(name), "--version"], SCRIPT_SECONDS, index=False, home=False)
        if not ran.passed:
            result.scripts.append(replace(_failure(bench, ran, name), place=_script_place(result.place, name)))


def _script_place(project: Place, name: str) -> Place | None:
    """Where pyproject.toml declares a script."""
    document = _pyproject(project)
    path = ("project", "scripts", name)
    return document.place(*path) if document is not None and document.has(*path) else None


def _pyproject(project: Place) -> TomlDocument | None:
    """The document that a project's place lies in; None where it is no pyproject.toml, or not readable."""
    if not project.source.path.endswith(".toml"):
        return None
    try:
        return parse_toml(project.source, allow_bom=True)
    except (SourceSyntaxError, SourceTooComplex):
        return None


def _first(bench: _Bench, names: Sequence[str], count: int, what: str) -> Iterator[str]:
    yield from names[:count]
    if len(names) > count:
        bench.request.say(f"{len(names) - count} more {what}.")


def _failure(bench: _Bench, ran: Ran, name: str) -> Failure:
    clean = ran.status is not None and ran.status > 0
    blame = blame_of_import(ran.output, sys.stdlib_module_names, str(bench.environment)) if clean else Blame.MACHINE
    return Failure(ran, telling_line(ran.output), blame, name, crash=crashed(ran.output) or not clean)
