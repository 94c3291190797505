"""The rule that compares the wheels at hand with those of the last release on the index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding
from preflight.sources.patterns import compile as _compile

if TYPE_CHECKING:
    from preflight.distributions.built import BuiltFile
    from preflight.index.package_indexes import PackageIndexes
    from preflight.plan.targets import UploadTargets

_PLATFORM = _compile(
    r"(?P<family>manylinux|musllinux|macosx|android|ios|pyemscripten)(?:\d+|_\d+)?(?:_\d+)?_(?P<machine>[a-z].*)"
)
_PYTHON = _compile(r"[a-z]+(?P<major>\d)(?P<minor>\d+)t?")
_SYSTEMS = {"manylinux": "Linux (glibc)", "musllinux": "Linux (musl)", "macosx": "macOS", "linux": "Linux"}
_WINDOWS = {"win32": "Windows x86", "win_amd64": "Windows x86_64", "win_arm64": "Windows arm64"}
_BOTH = {"universal2": ("x86_64", "arm64"), "intel": ("x86_64", "i386")}


@check("BLD008")
def fewer_wheels_than_last_release(
    package_indexes: PackageIndexes, upload_targets: UploadTargets, built_files: tuple[BuiltFile, ...]
) -> Iterator[Finding]:
    """Platforms and Pythons that the newest release has wheels for, and the files at hand have not.

    Only for files that are surely what is uploaded: a folder of one's own machine holds the wheels of this machine alone, and a single file that is named
    need not be all. A pure wheel serves everybody, one for the stable ABI every later Python; a Python that the metadata no longer allow was dropped.
    """
    for name, found in _by_project(built_files).items():
        if not all(upload_targets.sends(built.path) for built in found) or (upload_targets.named and len(found) == 1):
            continue
        for target in upload_targets.public[:1]:
            project = package_indexes.project(target.index, name)
            version = project.newest
            if version is None or any(built.filename in project.by_name for built in found):
                continue
            before = [each.filename for each in project.releases[version] if each.is_wheel]
            now = [built.filename for built in found if built.is_wheel]
            platforms, pythons = missing(before, now)
            pythons = [each for each in pythons if _allowed(each, found)]
            if platforms or pythons or (before and not now):
                yield Finding(
                    found[0].place,
                    variant="none" if not now else "platforms" if platforms else "pythons",
                    confidence=Confidence.LIKELY,
                    project=name,
                    version=str(version),
                    platforms=platforms,
                    pythons=pythons,
                    index=target.title,
                )


def _allowed(python: str, found: list[BuiltFile]) -> bool:
    """Whether the metadata of the new files still allow a Python (`cp39`)."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    match = _PYTHON.fullmatch(python)
    stated = next((built.metadata.value("requires-python") for built in found if built.metadata is not None), "")
    if match is None or not stated:
        return True
    try:
        return SpecifierSet(stated).contains(f"{match['major']}.{match['minor']}.99")
    except InvalidSpecifier:
        return True


def _by_project(built_files: Iterable[BuiltFile]) -> dict[str, list[BuiltFile]]:
    found: dict[str, list[BuiltFile]] = {}
    for built in built_files:
        if built.name:
            found.setdefault(built.project, []).append(built)
    return found


def missing(before: Iterable[str], now: Iterable[str]) -> tuple[list[str], list[str]]:
    """Platforms and Pythons of some wheels that others do not serve, by their file names (PEP 425)."""
    old, new = [_served(each) for each in before], [_served(each) for each in now]
    if any("any" in platforms for _, platforms in new):
        return [], []
    served = {platform for _, platforms in new for platform in platforms}
    wanted = {platform for _, platforms in old for platform in platforms if platform != "any"}
    pythons = {python for found, _ in new for python in found}
    stable = any(python.endswith("abi3") for python in pythons)
    lost = {python for found, _ in old for python in found} - pythons
    return sorted(wanted - served), [] if stable else sorted(each for each in lost if not each.startswith("py"))


def _served(filename: str) -> tuple[set[str], set[str]]:
    """The Pythons and the platforms that a wheel serves."""
    parts = filename.removesuffix(".whl").split("-")
    if len(parts) < 5:
        return set(), set()
    python, abi, platform = parts[-3:]
    pythons = {"abi3"} if abi == "abi3" else {f"{each}t" if abi.endswith("t") else each for each in python.split(".")}
    return pythons, {name for each in platform.lower().split(".") for name in _platforms(each)}


def _platforms(tag: str) -> Iterator[str]:
    if tag in _WINDOWS or tag == "any":
        yield _WINDOWS.get(tag, tag)
        return
    match = _PLATFORM.fullmatch(tag)
    if match is None:
        yield tag
        return
    for machine in _BOTH.get(match["machine"], (match["machine"],)):
        yield f"{_SYSTEMS.get(match['family'], match['family'])} {machine}"
