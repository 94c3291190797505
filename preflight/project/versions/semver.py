"""A version in the spelling that Cargo and npm ask for."""

from packaging.version import Version

_NAMES = {"a": "alpha", "b": "beta", "rc": "rc"}


def semver(version: Version) -> str | None:
    """A PEP 440 version as a Semantic Version that packaging reads as the same one; None where SemVer has no such form.

    SemVer 2.0.0 knows three components and a pre-release, no epoch, no post-release, and nothing both `rc` and `dev`.
    """
    if version.epoch or version.post is not None or version.local is not None or len(version.release) > 3:
        return None
    if version.pre is not None and version.dev is not None:
        return None
    text = ".".join(map(str, (*version.release, 0, 0)[:3]))
    if version.pre is not None:
        text += f"-{_NAMES[version.pre[0]]}.{version.pre[1]}"
    elif version.dev is not None:
        text += f"-dev.{version.dev}"
    return text
