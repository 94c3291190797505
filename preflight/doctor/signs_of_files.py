"""What the names of files and folders, and what a log prints of their contents, say of messages about them. Reads no file.

Each function looks at one message that has several causes, as in `signs`.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from preflight.doctor.extraction import Extracted, Failure
from preflight.doctor.reading import Log
from preflight.doctor.sign import RULED_OUT, Reader, Sign
from preflight.sources.patterns import compile as _compile


def _platform(failure: Failure, extracted: Extracted, _: Log) -> Iterator[Sign]:
    file = extracted.file or ""
    tag = file.removesuffix(".whl").rpartition("-")[2] if file.endswith(".whl") else failure.groups.get("tag") or ""
    # A value without quotes may have the words behind it on it: they are no platforms, which hold an underscore.
    platforms = [each for each in tag.split(".") if "_" in each or each == "win32"]
    if platforms:
        plain = all(each.startswith("linux_") for each in platforms)
        yield Sign("linux-platform-tag" if plain else "unsupported-platform-tag", 5, decisive=True)


_OTHER_TYPES = (".exe", ".msi", ".egg", ".rpm", ".deb", ".dmg", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".zip")


def _format(failure: Failure, _: Extracted, __: Log) -> Iterator[Sign]:
    written = (failure.groups.get("name") or "").strip("'\"` ").rstrip("/").rpartition("/")[2]
    name = written.lower()
    if name.endswith(_OTHER_TYPES):
        yield Sign("file-type-not-accepted", 6)
    elif name and "." not in name:
        # What is written in capitals is a file of checksums or a licence; folders are named after artifacts.
        yield Sign("stray-file-in-dist" if written.isupper() else "artifact-nested-in-subdirectory", 4)
        yield Sign("file-type-not-accepted", RULED_OUT)
    elif name:
        yield Sign("file-type-not-accepted", RULED_OUT)


_BUILT = _compile(r"Successfully built |Built .{0,60}(?:\.whl|\.tar\.gz)|\bBuilding wheel|Building sdist")


def _nothing_found(failure: Failure, _: Extracted, log: Log) -> Iterator[Sign]:
    pattern = (failure.groups.get("pattern") or "").strip()
    if pattern:
        name = pattern.replace("\\", "/").rpartition("/")[2]
        if "/" not in pattern and "*" not in pattern and "." not in pattern:
            yield Sign("twine-argument-misread", 8, decisive=pattern.lower() in ("pypi", "testpypi", "upload"))
        else:
            yield Sign("twine-argument-misread", RULED_OUT)
        if len(name.replace("*", "").strip("-_.")) > 2 and not name.endswith(("*.whl", "*.tar.gz")):
            yield Sign("dist-glob-mismatch", 6)
        else:
            yield Sign("dist-glob-mismatch", -2)
    if any(_BUILT.search(line.text) for line in log.lines if "uil" in line.text):
        yield Sign("packages-dir-mismatch", 3)
        yield Sign("dist-not-built", -3)
    elif _below_another(pattern or failure.groups.get("folder") or ""):
        yield Sign("packages-dir-mismatch", 1)
    yield Sign("semantic-release-made-no-release", -2)


def _below_another(written: str) -> bool:
    """Whether a folder of distributions lies in one of the repository: of several projects, of which a build may write somewhere else (uv: to the root)."""
    folder = written.replace("\\", "/").removeprefix("./").rpartition("/*")[0] or written.removeprefix("./").rstrip("/")
    return "/" in folder and not folder.startswith(("/", "..", "~")) and ":" not in folder


def _unnamed(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    if any("UNKNOWN" in each.upper().split("-")[0] for each in extracted.file_names):
        yield Sign("metadata-name-missing", 6)
    elif extracted.supported_metadata_versions and "2.4" not in extracted.supported_metadata_versions:
        yield Sign("uploader-too-old-for-metadata", 4)


_OF_REQUIRES_DIST = _compile(r"requires_dist|direct dependency:\s*[A-Za-z0-9]")
"""PyPI quotes the value of Provides-Dist and Obsoletes-Dist, not that of Requires-Dist (warehouse: forklift/metadata.py); before it named the field."""


def _direct_reference(failure: Failure, _: Extracted, log: Log) -> Iterator[Sign]:
    told = (log.lines[match.first] for match in failure.matches)
    if any(
        _OF_REQUIRES_DIST.search(text)
        for text in (*(match.text for match in failure.matches), *(line.text for line in told))
    ):
        yield Sign("legacy-dependency-field", RULED_OUT)
    else:
        yield Sign("legacy-dependency-field", -5)


def _sdist_name(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    if (extracted.file or "").endswith(".tar.gz"):
        yield Sign("zip-sdist", RULED_OUT)
    elif (extracted.file or "").endswith(".zip"):
        yield Sign("zip-sdist", 5)


_FIRST_WITH_LICENSE_FIELDS = "24.2"
"""packaging: CHANGELOG, 24.2 reads core metadata 2.4."""


def _refused_field(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    """A field that twine could not read: with a library older than the field there is nothing wrong with the file."""
    library = extracted.versions.get("packaging")
    if library is None:
        return
    old = _is_older(library, _FIRST_WITH_LICENSE_FIELDS)
    if old is not None:
        yield Sign("packaging-too-old-for-license-fields", 6 if old else -4)


def _is_older(version: str, than: str) -> bool | None:
    """Whether a version comes before another one (PEP 440); None where it is none."""
    from packaging.version import Version

    try:
        return Version(version) < Version(than)
    except ValueError:  # InvalidVersion, or a number of too many digits
        return None


def _sdist_layout(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    if (extracted.file or "").endswith((".zip", ".tar.gz")):
        yield Sign("zip-sdist" if (extracted.file or "").endswith(".zip") else "sdist-layout-invalid", 5, decisive=True)
    else:
        yield Sign("sdist-layout-invalid", 1)


def _unreadable(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    if (extracted.file or "").endswith((".tar.gz", ".zip")):
        yield Sign("archive-corrupt", 4)
        yield Sign("duplicate-wheels-merged-corrupt", RULED_OUT)


def _other_name(failure: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    """A file that does not begin with the project's name: spelt differently, or of another project (PEP 625, PEP 503)."""
    file, project = extracted.file or "", failure.groups.get("project") or ""
    if file.endswith(".whl"):
        yield Sign("sdist-filename-not-normalized", RULED_OUT)
        return
    if not file or not project:
        return
    same = _folded(file).startswith(_folded(project))
    yield Sign("sdist-filename-not-normalized" if same else "filename-project-mismatch", 4)


def _folded(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(".", "")


def _inner_folder(failure: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    """A folder that is not there under the name of the file: spelt differently by the backend, unless the file's name is no longer that of a wheel."""
    file = extracted.file or ""
    built = not file or (file.endswith(".whl") and file.count("-") in (4, 5))
    yield Sign("dist-info-name-mismatch" if built else "file-renamed-by-hand", 2)


_ANSWERED = _compile(r"\b[45]\d\d\b|Server says")


def _unknown_metadata_version(failure: Failure, _: Extracted, log: Log) -> Iterator[Sign]:
    """PyPI and twine check with one library, in one wording: without an answer of the index it may be either."""
    near = log.lines[max(0, failure.matches[0].first - 3) : failure.matches[0].last + 1]
    if any(_ANSWERED.search(line.text) for line in near):
        yield Sign("uploader-too-old-for-metadata", RULED_OUT)


_SENT_TYPES = (".whl", ".tar.gz", ".zip")


def _no_reason_for_file(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    """A file that PyPI only calls invalid: of a type that it does not take (PEP 527), or one whose archive it refused before it gave reasons.

    It says the same of a form without a type of content (warehouse: forklift/legacy.py), which no client sends that a log could name.
    """
    file = extracted.file
    if file is not None and not file.endswith(_SENT_TYPES):
        yield Sign("file-type-not-accepted", 6)
        yield from (Sign(cause, -2) for cause in _OF_ARCHIVE)
        return
    if file is not None:
        yield Sign("file-type-not-accepted", RULED_OUT)
    if extracted.client is not None:
        yield Sign("upload-form-invalid", -3)
    yield Sign(_OF_ARCHIVE[0], 1)
    if (file or "").endswith(".tar.gz"):
        yield from (Sign(cause, RULED_OUT) for cause in _OF_ARCHIVE[1:])


_OF_ARCHIVE = ("archive-corrupt", "zip-structure-invalid", "compression-ratio-exceeded")


_OF_RST = _compile(
    r"directive|Duplicate explicit target|Title (?:under|over)line|Unknown target name|interpreted text role"
)
_OF_MARKDOWN = _compile(
    r"Inline (?:literal|interpreted text|emphasis|strong).{0,40}start-string without|Undefined substitution"
)


def _markup(_: Failure, __: Extracted, log: Log) -> Iterator[Sign]:
    """Errors of reStructuredText where no type was declared: Markdown read as that fails in a few ways of its own."""
    if not any("long_description_content_type" in line.text and "missing" in line.text for line in log.lines):
        return
    of_rst = any(_OF_RST.search(line.text) for line in log.lines if "arning" in line.text or "rror" in line.text)
    of_markdown = any(_OF_MARKDOWN.search(line.text) for line in log.lines)
    yield Sign("description-content-type-missing", 3 if of_markdown or not of_rst else 0)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "wheel-platform-tag": _platform,
        "unknown-format": _format,
        "files-not-found": _nothing_found,
        "folder-not-found": _nothing_found,
        "nothing-to-publish": _nothing_found,
        "nothing-in-folder": _nothing_found,
        "name-and-version-missing": _unnamed,
        "name-missing": _unnamed,
        "field-malformed": _refused_field,
        "license-field-unknown-to-client": _refused_field,
        "dist-direct-reference": _direct_reference,
        "requires-dist-direct": _direct_reference,
        "metadata-version-invalid": _unknown_metadata_version,
        "content-type-invalid": _no_reason_for_file,
        "description-has-errors": _markup,
        "sdist-filename-normalization": _sdist_name,
        "zip-sdist-top-level": _sdist_layout,
        "zip-sdist-no-pkg-info": _sdist_layout,
        "sdist-top-level": _sdist_layout,
        "sdist-no-pkg-info": _sdist_layout,
        "archive-not-zip": _unreadable,
        "archive-bad-zip": _unreadable,
        "tar-not-tar": _unreadable,
        "tar-read-error": _unreadable,
        "archive-unreadable": _unreadable,
        "zip-directory-broken": _unreadable,
        "wheel-no-metadata": _inner_folder,
        "wheel-no-wheel-file": _inner_folder,
        "sdist-name-mismatch": _other_name,
        "wheel-name-mismatch": _other_name,
    }
)
"""The messages about files, by the name of the failure or refusal, and who reads the signs for their causes."""
