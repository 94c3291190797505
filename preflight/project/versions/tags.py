"""Which tags name a release of a project, and which version. Asks git nothing."""

import re
from collections.abc import Collection, Sequence

from packaging.version import Version

from preflight.project.backend import normalised
from preflight.project.versions.statement import FIRST_YEAR, is_short_for, parsed, same
from preflight.sources.records import dataclass

_SEPARATOR = r"==|[-/_@]"
_ATTACHED = r"(?i)(?P<word>release|rel|version|ver|v|r)\.?(?P<version>\d.*)"
_GENERIC_WORDS = frozenset(
    {
        "",
        "v",
        "release",
        "releases",
        "rel",
        "version",
        "versions",
        "ver",
        "r",
        "tag",
        "tags",
        "stable",
        "python",
        "py",
        "pypi",
    }
)
_FIRST_DATE = 100_000
"""A component from here on is a day (260819, 20260819), not a count of releases."""

_DEBIAN_REVISION = r"(?P<version>.+)-\d+"


@dataclass(frozen=True, slots=True)
class ReleaseTag:
    """A tag that names a release. `names_project` is whether it says of which project."""

    tag: str
    version: Version
    names_project: bool


def read_tag(tag: str, names: Collection[str]) -> ReleaseTag | None:
    """A tag as the name of a release of a project with these names; None for other tags and those of other
    components.

    What stands before the version may be nothing, `v`, a word for release, or one of the project's names: `v1.2`,
    `release-1.2`, `hatch-v1.2`, `libs/genai/v4.3.5`, `name@1.2`.
    """
    name = tag.removeprefix("refs/tags/")
    version = _version(name)
    if version is not None:
        return ReleaseTag(tag, version, False)
    known = {normalised(each.replace("/", "-")) for each in names if each}
    for separator in re.finditer(_SEPARATOR, name):
        version = _version(name[separator.end() :])
        if version is None:
            continue
        component = normalised(name[: separator.start()].replace("/", "-").strip("-@"))
        for word in ("", "v", "release", "releases"):
            if component.removesuffix(f"-{word}" if word else "").removeprefix(f"{word}-" if word else "") in known:
                return ReleaseTag(tag, version, True)
        return ReleaseTag(tag, version, False) if component in _GENERIC_WORDS else None
    return None


def _version(text: str) -> Version | None:
    attached = re.fullmatch(_ATTACHED, text)
    return parsed(attached["version"] if attached else text) if text[:1].isdigit() or attached else None


def release_tags(
    tags: Sequence[str], names: Collection[str], version: Version, *, only_named: bool
) -> list[ReleaseTag]:
    """Those of the tags that claim to be this project's release, for a project that states `version`.

    Not among them: moving tags such as `v1` and `v1.2` (beside `v1.2.3`, or for it), dates (2026.8 and 3.260819, for a
    project that does not count so), tags of other components, and where the repository holds several projects
    (`only_named`) those that do not say which.
    """
    found = [each for tag in tags if (each := read_tag(tag, names)) is not None]
    versions = [version, *(each.version for each in found)]
    return [
        each
        for each in found
        if (each.names_project or not only_named)
        and not any(is_short_for(each.version, other) for other in versions)
        and not (len(each.version.release) == 1 and len(version.release) > 1)
        and not (each.version.major >= FIRST_YEAR > version.major)
        and not (max(each.version.release) >= _FIRST_DATE > max(version.release))
    ]


def agrees(tag: ReleaseTag, version: Version) -> bool:
    """Whether a tag names a version, as far as an index is concerned; a packaging revision behind a hyphen
    (`1.2.3-1`) is none of its business.
    """
    if same(tag.version, version):
        return True
    revision = re.fullmatch(_DEBIAN_REVISION, tag.tag)
    base = read_tag(revision["version"], ()) if revision else None
    return base is not None and same(base.version, version)
