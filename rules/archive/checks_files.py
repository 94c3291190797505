"""The rules about what a built file is called, holds and weighs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.distributions.archive import Distribution, Member
    from preflight.distributions.built import BuiltFile
    from preflight.distributions.filenames import WheelFilename
    from preflight.engine.settings import Settings
    from preflight.index.package_indexes import PackageIndexes

DEFAULT_FILE_LIMIT = 100 * 1024 * 1024
"""Size above which PyPI refuses a file of a project whose limit it has not raised (warehouse: constants.py)."""

DEFAULT_PROJECT_LIMIT = 10 * 1024 * 1024 * 1024
"""Size above which PyPI refuses more files of a project whose limit it has not raised (warehouse: constants.py)."""

_DRIVE_LENGTH = 2


@check("ARC002")
def malformed_filename(distributions: tuple[Distribution, ...]) -> Iterator[Finding]:
    """File names that PyPI does not take, whatever the metadata say."""
    from preflight.distributions.archive import Kind
    from preflight.distributions.filenames import (
        FilenameProblem,
        character_problem,
        length_problem,
        parse_wheel_filename,
    )

    for distribution in distributions:
        filename = distribution.filename
        problem = character_problem(filename)
        if problem is None and distribution.kind is Kind.WHEEL:
            problem = length_problem(filename)
            if problem is None:
                parsed = parse_wheel_filename(filename)
                if isinstance(parsed, FilenameProblem) and parsed.row != "wheel-filename-project":
                    problem = parsed  # an unnormalised project's name has a rule of its own
        if problem is not None:
            yield Finding(
                distribution.place,
                variant=problem.row,
                rejections=[problem.row],
                file=filename if filename.isprintable() else ascii(filename)[1:-1],
                part=problem.part,
            )


@check("ARC003")
def filename_metadata_mismatch(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """Names and versions that differ between file name, metadata and the inner folder (warehouse: forklift/legacy.py)."""
    from preflight.distributions.filenames import SdistFilename, WheelFilename, normalize_project

    for built in built_files:
        if not built.distribution.whole:
            continue
        name = _stated(built, "name")
        parsed = built.parsed_name
        if isinstance(parsed, WheelFilename):
            yield from _wheel_mismatch(built, parsed)
        elif isinstance(parsed, SdistFilename) and name:
            read = (parsed.normalized_project, _split_before_post_release(built))
            if normalize_project(name) not in read:
                yield _mismatch(built, "name", ["sdist-name-mismatch"], parsed.project, name)


def _stated(built: BuiltFile, field: str) -> str:
    """The name or version in the metadata; empty where PyPI refuses it as such, which has a rule of its own."""
    from preflight.distributions.acceptance import is_project_name, sent
    from preflight.distributions.filenames import is_version

    value = (sent(built.metadata.value(field)) or "").strip() if built.metadata else ""
    accepted = is_project_name if field == "name" else is_version
    return value if accepted(value) else ""


def _split_before_post_release(built: BuiltFile) -> str:
    """The project that PyPI reads from `NAME-VERSION-POST.tar.gz` when the version is a post-release; empty otherwise."""
    from packaging.version import Version

    from preflight.distributions.filenames import normalize_project

    try:
        post = Version(built.version).is_postrelease
    except ValueError:  # InvalidVersion, or a number of too many digits
        return ""
    return normalize_project(built.filename.rpartition("-")[0].rpartition("-")[0]) if post else ""


def _wheel_mismatch(built: BuiltFile, parsed: WheelFilename) -> Iterator[Finding]:
    from preflight.distributions.filenames import normalize_project

    inner = _inner_folder(built)
    renamed = bool(inner) and not _same_folder(inner, parsed)
    first = ["wheel-no-wheel-file"] if renamed and f"{parsed.info_folder}/WHEEL" not in built.distribution.names else []
    name, version = _stated(built, "name"), _stated(built, "version")
    if name and normalize_project(name) != parsed.normalized_project:
        yield _mismatch(built, "name", [*first, "wheel-name-mismatch"], parsed.project, name, inner)
    elif version and not _same_version(version, parsed.version):
        yield _mismatch(built, "version", [*first, "wheel-version-mismatch"], parsed.version, version, inner)
    elif renamed and first:
        yield _mismatch(built, "folder", first, f"{parsed.project}-{parsed.version}", inner, inner)


def _mismatch(
    built: BuiltFile, variant: str, rejections: list[str], stated: str, inside: str, inner: str = ""
) -> Finding:
    field = built.metadata.fields.first(variant) if built.metadata and variant != "folder" else None
    causes = {
        "name": "filename-project-mismatch",
        "version": "wheel-version-mismatch",
        "folder": "file-renamed-by-hand",
    }
    cause = "file-renamed-by-hand" if "wheel-no-wheel-file" in rejections else causes[variant]
    return Finding(
        built.place,
        variant=variant,
        related=[Related(field.place, "metadata")] if field and field.place else [],
        rejections=rejections,
        causes=[cause],
        file=built.filename,
        stated=stated,
        inside=inside,
        folder=inner,
    )


def _inner_folder(built: BuiltFile) -> str:
    """The name and version that the one dist-info folder bears; empty where there is none or there are several."""
    found = {
        name.partition("/")[0].removesuffix(".dist-info")
        for name in built.distribution.names
        if name.partition("/")[0].endswith(".dist-info")
    }
    return found.pop() if len(found) == 1 else ""


def _same_folder(inner: str, parsed: WheelFilename) -> bool:
    """Whether an inner folder is of the project and version of the file name, however it spells them."""
    from preflight.distributions.filenames import normalize_project

    project, _, version = inner.rpartition("-")
    return normalize_project(project) == parsed.normalized_project and _same_version(version, parsed.version)


def _same_version(one: str, other: str) -> bool:
    if one == other:
        return True
    from packaging.version import Version

    try:
        return Version(one) == Version(other)
    except ValueError:  # InvalidVersion, or a number of too many digits
        return False


_NEVER_SENT = (".egg", ".exe", ".msi", ".rpm", ".deb")
_NO_TYPE = (".deb",)
"""Endings that no file type ever stood for, so that PyPI answers with the ending alone."""
_ARCHIVES = (".tar.bz2", ".tar.xz", ".tgz", ".tar.z", ".tar")


@check("ARC004")
def unsupported_file_type(distributions: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Files of types that PyPI took once, and endings in capitals (PEP 527, PEP 715)."""
    from preflight.distributions.archive import Kind
    from preflight.distributions.filenames import extension_problem

    for distribution in distributions:
        problem = extension_problem(distribution.filename)
        if problem is None or distribution.kind is not Kind.OTHER:
            continue
        lower = distribution.filename.lower()
        ending = next((each for each in (*_NEVER_SENT, *_ARCHIVES) if lower.endswith(each)), "")
        variant = "capitals" if not ending else "archive" if ending in _ARCHIVES else None
        typed = ending in _NEVER_SENT and ending not in _NO_TYPE
        rows = ["filetype-unknown", "extension-unknown"] if typed else [problem.row]
        yield Finding(
            distribution.place,
            variant=variant,
            rejections=rows,
            file=distribution.filename,
            ending=ending or problem.part,
            right=(problem.part or ending).lower(),
        )


@check("ARC005")
def missing_license_file(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """Licence files that the metadata names and the archive does not hold at their place (PEP 639; warehouse: forklift/legacy.py)."""
    from preflight.distributions.acceptance import license_file_refusals

    for built in built_files:
        folder = built.info_folder if built.is_wheel else built.distribution.top_level
        if built.metadata is None or not built.distribution.whole or not folder:
            continue
        names = frozenset(built.distribution.names)
        renamed = built.is_wheel and f"{folder}/WHEEL" not in names
        for field in built.metadata.fields.all("license-file"):
            path = field.value.lstrip(" \t")  # what stands behind the path belongs to it
            wanted = f"{folder}/licenses/{path}" if built.is_wheel else f"{folder}/{path}".rstrip("/")
            if not path or wanted in names or any(license_file_refusals(field.value)):
                continue  # a path that PyPI takes for none has a rule of its own
            if renamed and f"{_inner_folder(built)}.dist-info/licenses/{path}" in names:
                continue  # it is in place once the file has its name again
            base = path.rpartition("/")[2]
            elsewhere = sorted(name for name in names if name.rpartition("/")[2] == base)[:3]
            yield Finding(
                field.place,
                variant="elsewhere" if elsewhere else None,
                rejections=["wheel-license-file-missing" if built.is_wheel else "sdist-license-file-missing"],
                file=built.filename,
                path=path,
                wanted=wanted,
                elsewhere=elsewhere,
            )


@check("ARC007")
def oversized_file(distributions: tuple[Distribution, ...], settings: Settings) -> Iterator[Finding]:
    """Files above PyPI's limit. Whether PyPI raised it for the project cannot be seen, only be declared."""
    from preflight.distributions.archive import Kind

    declared = settings.file_size_limit
    limit = DEFAULT_FILE_LIMIT if declared is None else max(declared * 1024 * 1024, DEFAULT_FILE_LIMIT)
    for distribution in distributions:
        if distribution.size > limit and distribution.kind is not Kind.OTHER:
            known = declared is not None
            yield Finding(
                distribution.place,
                variant="declared" if known else None,
                severity=None if known else Severity.WARNING,
                confidence=Confidence.CERTAIN if known else Confidence.UNKNOWN,
                file=distribution.filename,
                size=f"{distribution.size / 1048576:,.1f}",
                limit=limit // 1048576,
            )


@check("NAM009")
def oversized_project(
    built_files: tuple[BuiltFile, ...], settings: Settings, maybe_package_indexes: PackageIndexes | None
) -> Iterator[Finding]:
    """Files of one project that exceed its storage limit, by themselves or with what PyPI has of it already, where that is asked."""
    declared = settings.project_size_limit
    limit = DEFAULT_PROJECT_LIMIT if declared is None else max(declared * 1024**3, DEFAULT_PROJECT_LIMIT)
    if maybe_package_indexes is None and sum(built.distribution.size for built in built_files) <= limit:
        return
    projects: dict[str, dict[str, BuiltFile]] = {}
    for built in built_files:
        if built.name:
            projects.setdefault(built.project, {})[built.filename] = built
    for project, found in projects.items():
        stored = _stored(maybe_package_indexes, project, found)
        if stored > limit and declared is None:
            continue  # PyPI has raised the limit, and by how much is not public
        total = stored + sum(built.distribution.size for built in found.values())
        if total > limit:
            largest = max(found.values(), key=lambda built: built.distribution.size)
            yield Finding(
                largest.place,
                variant=("stored" if stored else "files") if declared is None else "declared",
                severity=Severity.WARNING if declared is None else None,
                confidence=Confidence.UNKNOWN if declared is None else Confidence.CERTAIN,
                rejections=["project-too-large"],
                project=project,
                count=len(found),
                size=f"{total / 1024**3:,.1f}",
                limit=limit // 1024**3,
                index="PyPI",
            )


def _stored(package_indexes: PackageIndexes | None, project: str, found: Mapping[str, BuiltFile]) -> int:
    """Bytes of a project that PyPI has, without the files at hand; 0 where that is not known."""
    known = package_indexes.maybe_project("pypi", project) if package_indexes is not None else None
    return sum(each.size or 0 for each in known.files if each.filename not in found) if known is not None else 0


@check("ARC016")
def path_outside_archive(distributions: tuple[Distribution, ...]) -> Iterator[Finding]:
    """Members and links that lead out of the folder that an installer unpacks into."""
    from preflight.distributions.archive import Kind
    from preflight.distributions.zip_structure import printable

    for distribution in distributions:
        if distribution.kind is Kind.OTHER:
            continue
        wheel = distribution.kind is Kind.WHEEL
        if wheel and not _may_lead_out(distribution.names):
            continue
        for name, member in distribution.members.items():
            variant = _leads_out(name, member, wheel=wheel)
            if variant:
                yield Finding(
                    distribution.member_place(name),
                    variant=variant,
                    # unpackers take the slash off an absolute name of a tar, PyPI's and pip's among them
                    severity=Severity.WARNING if variant == "absolute" and not wheel else None,
                    file=distribution.filename,
                    member=printable(name),
                    target=printable(member.target),
                )


def _may_lead_out(names: Iterable[str]) -> bool:
    """Whether one of the names may lead out of a wheel, by a look at all of them at once."""
    text = "\n" + "\n".join(names)
    return "\n/" in text or ".." in text or "\\" in text or ":" in text


def _leads_out(name: str, member: Member, *, wheel: bool) -> str | None:
    """How a member leads out of the archive, None when it does not (Python's documentation, "tarfile: Extraction filters"; pip: `unpack_file`)."""
    if name.startswith("/"):
        return "absolute"
    if _escapes(name):
        return "parent"
    if "\\" in name and (_escapes(name.replace("\\", "/")) or name.startswith("\\")):
        return "backslash"
    if name[1:_DRIVE_LENGTH] == ":" and name[0].isalpha():
        return "backslash"
    if member.is_link and not wheel and member.target:
        return _link_leads_out(name, member)
    return None


def _link_leads_out(name: str, member: Member) -> str | None:
    if member.target.startswith("/"):
        return "link"
    # a hard link is named from the top of the archive, a symbolic one from its own folder, and pip takes the top folder away
    if member.is_hard_link:
        return "link" if _escapes(member.target) else None
    folder = name.partition("/")[2].rpartition("/")[0]
    return "link" if _escapes(f"{folder}/{member.target}" if folder else member.target) else None


def _escapes(path: str) -> bool:
    depth = 0
    for part in path.split("/"):
        if part == "..":
            depth -= 1
        elif part not in ("", "."):
            depth += 1
        if depth < 0:
            return True
    return False
