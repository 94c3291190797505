"""What PyPI has against the file of an upload: its name, its size, its digests, its archive. Never runs or unpacks what is in it.

Held to warehouse: forklift/legacy.py, `file_upload` from the file name on, in that order.
"""

from collections.abc import Collection, Iterator, Mapping
from hmac import compare_digest

from preflight.distributions.built import BuiltFile
from preflight.distributions.filenames import (
    FilenameProblem,
    character_problem,
    normalize_project,
    parse_sdist_filename,
    parse_wheel_filename,
)
from preflight.distributions.platform_tags import accepted_platform_tag
from preflight.rehearsal.form_metadata import FormMetadata
from preflight.rehearsal.multipart import FilePart, Form
from preflight.rehearsal.refused import Refused
from preflight.rehearsal.upload_form import EXTENSIONS, file_type, first
from preflight.sources.records import dataclass

_ENDINGS = (".tar.gz", ".zip", ".whl")
_DIGESTS = ("md5", "sha256", "blake2_256")
_CONTENT_ROWS = (
    "wheel-no-record",
    "wheel-entry-points-utf8",
    "wheel-entry-points-ini",
    "wheel-entry-points-name",
    "wheel-no-metadata",
    "filename-too-long",
)
"""Refusals over what is in a wheel, in the order of PyPI's checks."""


@dataclass(frozen=True)
class Upload:
    """A file with what the form says of it. `project` is its name as the form has it, `version` packaging's spelling of the form's, empty for none."""

    form: Form
    metadata: FormMetadata
    part: FilePart
    project: str
    version: str

    @property
    def filename(self) -> str:
        """The name of the file, as sent."""
        return self.part.filename

    @property
    def normalized(self) -> str:
        """The project as indexes compare it."""
        return normalize_project(self.project)

    @property
    def escaped(self) -> str:
        """The project as file names spell it (PEP 427, PEP 625)."""
        return self.normalized.replace("-", "_")


def name_refusals(upload: Upload) -> Iterator[Refused]:
    """Characters and ending of the file name (warehouse: `_validate_filename`), and the content type of its part."""
    filename, kind = upload.filename, file_type(upload.form)
    problem = character_problem(filename)
    if problem is not None:
        yield Refused(problem.row)
    extension = next((filename[-len(each) :] for each in _ENDINGS if _ends(filename, each)), None)
    if extension is None:
        yield Refused("extension-unknown")
    elif kind in EXTENSIONS and extension not in EXTENSIONS[kind]:
        yield Refused("extension-wrong-for-filetype", {"ext": extension, "filetype": kind})
    if not upload.part.content_type or upload.part.content_type.startswith("image/"):
        yield Refused("content-type-invalid")


def _ends(filename: str, ending: str) -> bool:
    return len(filename) > len(ending) and filename.lower().endswith(ending)


def digest_refusals(upload: Upload) -> Iterator[Refused]:
    """Every digest that the client gives must be right."""
    for name in _DIGESTS:
        given = first(upload.form, f"{name}_digest").lower()
        if given and not compare_digest(given.encode(), upload.part.digests[name].encode()):
            yield Refused("digest-mismatch")
            return


def archive_refusals(upload: Upload, built: BuiltFile | None, foretold: Collection[str]) -> Iterator[Refused]:
    """The archive itself, then what its name and the form say of it, then what must be in it: `foretold` are the refusals that the rules found."""
    if built is None:
        return
    values = _archive_values(upload, built)
    for problem in built.distribution.problems:
        yield Refused(problem.row, values, crash=problem.crash)
    if file_type(upload.form) == "sdist":
        yield from _sdist_name(upload)
        yield from _missing_licences(upload, built, "sdist-license-file-missing", built.distribution.top_level or "")
    if upload.filename.endswith(".whl"):
        yield from _wheel_name(upload)
        yield from _missing_licences(upload, built, "wheel-license-file-missing", f"{built.info_folder}/licenses")
        yield from _wheel_content(foretold, values)


def _archive_values(upload: Upload, built: BuiltFile) -> Mapping[str, object]:
    name, _, rest = upload.filename.partition("-")
    return {
        "filename": upload.filename,
        "name": name,
        "version": rest.partition("-")[0],
        "top": built.distribution.top_level or "",
    }


def _sdist_name(upload: Upload) -> Iterator[Refused]:
    """PEP 625: the one name that an sdist may have."""
    parsed = parse_sdist_filename(upload.filename)
    if isinstance(parsed, FilenameProblem):
        yield Refused("sdist-filename-unparsable", {"filename": upload.filename})
        return
    named = parsed.normalized_project
    if named != upload.normalized and ".post" in upload.version and upload.filename.count("-") >= 2:
        named = normalize_project(upload.filename.rpartition("-")[0].rpartition("-")[0])
    if named != upload.normalized:
        yield Refused("sdist-name-mismatch", {"project": upload.project, "normalized_underscored": upload.escaped})
    if not upload.version:
        return
    expected = f"{upload.escaped}-{upload.version}.tar.gz"
    if upload.filename != expected:
        yield Refused("sdist-filename-normalization", {"filename": upload.filename, "expected": expected})


def _wheel_name(upload: Upload) -> Iterator[Refused]:
    """PEP 427: the parts of a wheel's name, its platforms, and that they are those of the form."""
    filename = upload.filename
    parsed = parse_wheel_filename(filename)
    if isinstance(parsed, FilenameProblem):
        yield Refused(parsed.row, {"filename": filename, "stem": filename[:-4], "build": parsed.part})
        return
    for platform in parsed.platforms:
        if not accepted_platform_tag(platform):
            yield Refused("wheel-platform-tag", {"filename": filename, "tag": platform})
    if parsed.normalized_project != upload.normalized:
        yield Refused("wheel-name-mismatch", {"project": upload.project, "canonical_underscored": upload.escaped})
    if parsed.project != upload.escaped:
        values = {"filename": filename, "normalized": upload.escaped, "actual": parsed.project}
        yield Refused("wheel-name-not-normalized", values)
    from packaging.version import Version

    if upload.version and Version(parsed.version) != Version(upload.version):
        stated = str(Version(parsed.version))
        yield Refused("wheel-version-mismatch", {"metadata_version": upload.version, "filename_version": stated})


def _missing_licences(upload: Upload, built: BuiltFile, row: str, folder: str) -> Iterator[Refused]:
    """PEP 639: each License-File of the form must be in the archive."""
    if not built.distribution.whole:
        return
    for path in upload.metadata.values.get("license-file", ()):
        if f"{folder}/{path}" not in built.names:
            name, version = built.info_folder.removesuffix(".dist-info").partition("-")[::2]
            yield Refused(
                row, {"path": path, "filename": upload.filename, "top": folder, "name": name, "version": version}
            )


def _wheel_content(foretold: Collection[str], values: Mapping[str, object]) -> Iterator[Refused]:
    """What must be in a wheel and be well-formed, as the rules found it (warehouse: utils/wheel.py)."""
    for row in _CONTENT_ROWS:
        if row in foretold:
            yield Refused(row, values)
