"""The rules about a wheel's name, tags and dist-info folder: what PyPI refuses, and what installers refuse although PyPI takes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import LAST_TURN, Confidence, Finding, Severity

if TYPE_CHECKING:
    from preflight.distributions.built import BuiltFile
    from preflight.distributions.wheel_files import Record
    from preflight.sources.text import Place
    from preflight.sources.toml import TomlDocument

_LISTED = 5


def _wheels(built_files: tuple[BuiltFile, ...]) -> Iterator[BuiltFile]:
    """The wheels that could be opened; what is wrong with the others has rules of its own."""
    for built in built_files:
        structure = built.distribution.zip if built.is_wheel else None
        if structure is not None and structure.unopened is None and structure.recognised and not structure.limit:
            yield built


def _some(names: list[str]) -> list[str]:
    """The first few of a list, ready to be shown."""
    from preflight.distributions.zip_structure import printable

    return [printable(name) for name in names[:_LISTED]]


@check("WHL001")
def unnormalized_wheel_filename(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """The name before the first dash must be the normalised one with `_` (PEP 427; warehouse: forklift/legacy.py)."""
    from preflight.distributions.filenames import FilenameProblem, normalize_project

    for built in built_files:
        if not built.is_wheel:
            continue
        parsed = built.parsed_name
        if isinstance(parsed, FilenameProblem):
            if parsed.row == "wheel-filename-project":
                yield Finding(
                    built.place,
                    variant="characters",
                    rejections=[parsed.row],
                    filename=built.filename,
                    actual=parsed.part,
                    expected=normalize_project(
                        built.metadata.value("name") or parsed.part if built.metadata else parsed.part
                    ).replace("-", "_"),
                )
            continue
        name = built.metadata.value("name").strip() if built.metadata else ""
        normalized = normalize_project(name or parsed.project)
        if normalized != parsed.normalized_project:
            continue  # another project's name has a rule of its own
        expected = normalized.replace("-", "_")
        if parsed.project != expected:
            yield Finding(
                built.place,
                rejections=["wheel-name-not-normalized"],
                filename=built.filename,
                actual=parsed.project,
                expected=expected,
            )


@check("WHL002", "WHL003")
def refused_platform_tags(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """Every platform tag of a compressed set counts (PEP 425; warehouse: forklift/legacy.py, `_valid_platform_tag`)."""
    from preflight.distributions.filenames import WheelFilename
    from preflight.distributions.platform_tags import MACOS_MAJORS, accepted_platform_tag

    for built in built_files:
        parsed = built.parsed_name
        if not isinstance(parsed, WheelFilename):
            continue
        refused = [tag for tag in parsed.platforms if not accepted_platform_tag(tag)]
        linux = [tag for tag in refused if tag.startswith("linux_")]
        others = [tag for tag in refused if not tag.startswith("linux_")]
        if linux:
            yield Finding(built.place, code="WHL002", filename=built.filename, tags=linux)
        for tag in others:
            parts = tag.split("_")
            macos = tag.startswith("macosx_") and len(parts) > 2 and parts[1] in MACOS_MAJORS and parts[2] != "0"
            yield Finding(
                built.place,
                code="WHL003",
                variant="macos"
                if macos
                else "empty"
                if not tag
                else "pyodide"
                if tag.startswith(("pyodide_", "emscripten_"))
                else None,
                filename=built.filename,
                tag=tag,
                meant=f"macosx_{parts[1]}_0_{'_'.join(parts[3:])}" if macos else "",
            )


@check("WHL004")
def dist_info_name_mismatch(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """WHEEL and METADATA are looked for in the folder that the file name spells (warehouse: forklift/legacy.py)."""
    from preflight.distributions.filenames import FilenameProblem
    from preflight.distributions.wheel_files import info_folders

    for built in _wheels(built_files):
        expected, names = built.info_folder, built.names
        if not expected or isinstance(built.parsed_name, FilenameProblem):
            continue
        missing = [name for name in ("WHEEL", "METADATA") if f"{expected}/{name}" not in names]
        if not missing:
            continue
        folders = info_folders(names)
        others = [folder for folder in folders if folder != expected]
        if others and expected not in folders and not any(_same_release(folder, expected) for folder in others):
            continue  # another project or version inside has a rule of its own
        rejections = ["wheel-no-wheel-file" if name == "WHEEL" else "wheel-no-metadata" for name in missing]
        rows = [problem.row for problem in built.distribution.problems]
        yield Finding(
            built.place,
            turn=rows.index(rejections[0]) if rejections[0] in rows else LAST_TURN,
            variant="missing" if expected in folders else None if others else "no-folder",
            rejections=rejections,
            filename=built.filename,
            expected=expected,
            actual=others[0] if others else "",
            missing=missing[0],
        )


def _same_release(folder: str, expected: str) -> bool:
    """Whether two dist-info folders are of one release that they spell differently."""
    from packaging.version import Version

    from preflight.distributions.filenames import is_version, normalize_project

    def parts(name: str) -> tuple[str, Version | str]:
        project, _, version = name.removesuffix(".dist-info").partition("-")
        return normalize_project(project), Version(version) if is_version(version) else version

    return parts(folder) == parts(expected)


@check("WHL006")
def missing_wheel_record(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """RECORD must be there, UTF-8 and CSV; an empty line in it ends in an error of the server (warehouse: utils/wheel.py)."""
    from preflight.sources.text import Source

    for built in _wheels(built_files):
        folder = built.info_folder
        path, start = built.record_path, f"{folder}/"
        if not folder or (path not in built.names and not any(name.startswith(start) for name in built.names)):
            continue
        record = built.record
        if path not in built.names:
            yield Finding(built.place, rejections=["wheel-no-record"], filename=built.filename, path=path)
        elif record is not None and record.trouble:
            source = built.distribution.read_text(path) or Source(built.path, "", path)
            yield Finding(
                source.line_place(record.line),
                variant=record.trouble,
                rejections=["wheel-no-record"],
                filename=built.filename,
                path=path,
                line=record.line,
            )


@check("WHL005", waits=True)
def wheel_record_mismatch(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """RECORD against the members: PyPI compares the names and sends mail; sizes and hashes show that the wheel was edited."""
    from preflight.distributions.wheel_files import record_differences

    for built in _wheels(built_files):
        path, record = built.record_path, built.record
        if record is None or record.trouble:
            continue
        unlisted, absent = record_differences(record, built.distribution.names, built.info_folder)
        for variant, names in ((None, unlisted), ("absent", absent)):
            if names:
                yield Finding(
                    built.member_place(path),
                    variant=variant,
                    rejections=["wheel-record-mismatch"],
                    filename=built.filename,
                    files=_some(names),
                    count=len(names),
                )
        changed = _changed_members(built, record, path)
        for variant in dict.fromkeys(changed.values()):
            names = sorted(name for name, each in changed.items() if each == variant)
            common: dict[str, object] = {"filename": built.filename, "count": len(names)}
            yield Finding(built.member_place(path), variant=variant, rejections=[], files=_some(names), more=common)


def _changed_members(built: BuiltFile, record: Record, path: str) -> dict[str, str]:
    """The members whose size or hash is not what RECORD states, and how: all sizes, and the hashes of Python code and of small members."""
    from preflight.distributions.archive import HASHED_BYTES
    from preflight.distributions.wheel_files import computed_digest

    sizes, digests = built.distribution.file_sizes, built.distribution.digests
    changed: dict[str, str] = {}
    others = []
    for line in record.lines:
        name, algorithm, digest, stated = line
        size = sizes.get(name)
        if size is None or name == path:
            continue
        if stated != str(size) and stated.isascii() and stated.isdecimal() and int(stated) != size:
            changed[name] = "hash"
        elif algorithm == "sha256" and name in digests:
            if digest != digests[name]:
                changed[name] = _difference(digest, digests[name])
        elif digest:
            others.append((size, line))
    small = built.distribution.other_digests
    wanted, total = {}, 0
    for size, line in sorted(others, key=lambda each: each[0]):
        total += size
        if total > HASHED_BYTES:
            break
        if line.algorithm == "sha256" and line.path in small:
            if line.digest != small[line.path]:
                changed[line.path] = _difference(line.digest, small[line.path])
        else:
            wanted[line.path] = line
    for name, data in built.distribution.read_members(wanted):
        digest = computed_digest(wanted[name], data)
        if wanted[name].digest != digest:
            changed[name] = _difference(wanted[name].digest, digest)
    return changed


def _difference(stated: str, digest: str) -> str:
    """Whether a hash that RECORD states is another one, or only spelt in another way."""
    from preflight.distributions.wheel_files import in_hexadecimal

    return "hexadecimal" if stated.lower() == in_hexadecimal(digest) else "hash"


@check("WHL007", "WHL008")
def entry_points(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """entry_points.txt must be UTF-8 and INI, and names of scripts plain (warehouse: utils/wheel.py); pip needs a function for a script."""
    from preflight.distributions.wheel_files import SCRIPT_SECTIONS, is_script_name, read_entry_points, target_trouble
    from preflight.sources.text import Source

    for built in _wheels(built_files):
        path = f"{built.info_folder}/entry_points.txt"
        data = built.distribution.read_bytes(path) if path in built.names else None
        if data is None:
            continue
        common: dict[str, object] = {"filename": built.filename}
        try:
            source = Source(built.path, data.decode("utf-8"), path)
        except UnicodeDecodeError:
            place = built.member_place(path)
            yield Finding(place, code="WHL007", variant="encoding", rejections=["wheel-entry-points-utf8"], more=common)
            continue
        read = read_entry_points(source)
        if read.trouble:
            yield Finding(
                read.place,
                code="WHL007",
                variant="syntax",
                rejections=["wheel-entry-points-ini"],
                reason=read.trouble,
                more=common,
            )
            continue
        for point in read.points:
            if point.section not in SCRIPT_SECTIONS:
                continue
            if not is_script_name(point.name):
                yield Finding(
                    point.place,
                    code="WHL007",
                    rejections=["wheel-entry-points-name"],
                    name=point.name,
                    more=common,
                )
            elif trouble := target_trouble(point.value.partition("\n")[0]):
                yield _script_target(point.place, point.name, point.value, trouble)


def _script_target(place: Place, name: str, value: str, trouble: str) -> Finding:
    shown = " ".join(value.split())[:80]
    return Finding(place, code="WHL008", variant=trouble, name=name, value=shown, module=shown.partition(":")[0])


@check("WHL007", "WHL008")
def declared_scripts(pyproject: TomlDocument) -> Iterator[Finding]:
    """The scripts of a `[project]` table (the "pyproject.toml specification": entry points)."""
    from preflight.distributions.wheel_files import is_script_name, target_trouble

    for table in ("scripts", "gui-scripts"):
        scripts = pyproject.get("project", table)
        for name, value in scripts.items() if isinstance(scripts, dict) else ():
            if not is_script_name(name):
                yield Finding(
                    pyproject.key_place("project", table, name),
                    code="WHL007",
                    variant="declared",
                    rejections=["wheel-entry-points-name"],
                    name=name,
                )
            elif isinstance(value, str) and "{" not in value and (trouble := target_trouble(value)):
                yield _script_target(pyproject.place("project", table, name), name, value, trouble)


@check("WHL009")
def uninstallable_wheel(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """What pip refuses to install although PyPI takes it (pip: utils/wheel.py and operations/install/wheel.py)."""
    from preflight.distributions.wheel_files import info_folders, misplaced_data, read_wheel_file, wheel_version_trouble

    for built in _wheels(built_files):
        folders = info_folders(built.names)
        common: dict[str, object] = {"filename": built.filename}
        if len(folders) > 1:
            yield Finding(built.place, variant="folders", folders=_some(folders), more=common)
        for name, scheme in misplaced_data(built.distribution.names):
            variant = "scheme" if scheme else "loose"
            yield Finding(built.member_place(name), variant=variant, file=_some([name])[0], folder=scheme, more=common)
            break
        path = f"{built.info_folder}/WHEEL"
        data = built.distribution.read_bytes(path) if path in built.names else None
        if data is None:
            continue
        source = built.distribution.read_text(path)
        if source is None:
            yield Finding(built.member_place(path), variant="encoding", more=common)
            continue
        trouble, header = wheel_version_trouble(read_wheel_file(source))
        if trouble:
            yield Finding(
                header.place if header else source.whole,
                variant=trouble,
                severity=Severity.WARNING if trouble == "newer" else None,
                version=header.value if header else "",
                more=common,
            )


@check("WHL010")
def empty_wheel(built_files: tuple[BuiltFile, ...]) -> Iterator[Finding]:
    """A wheel with nothing but its dist-info folder, which is no metapackage either."""
    for built in _wheels(built_files):
        if not built.distribution.names or built.metadata is None:
            continue
        folder = built.info_folder
        outside = (name for name in built.names if not name.endswith("/") and not name.startswith(f"{folder}/"))
        needs = built.metadata.fields.first("requires-dist")
        if needs is None and f"{folder}/entry_points.txt" not in built.names and next(outside, None) is None:
            yield Finding(built.place, confidence=Confidence.LIKELY, filename=built.filename)
