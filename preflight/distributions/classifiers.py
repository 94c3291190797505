"""What PyPI accepts as a classifier: the list of trove-classifiers, which is PyPI's own. Judges no meaning."""

from collections.abc import Iterator

from preflight.distributions.acceptance import Refusal
from preflight.sources.patterns import compile as _compile

PRIVATE = "Private ::"
"""The start of classifiers that are never valid, on purpose: they block an upload."""

_COMMON = frozenset(
    (
        "Development Status :: 3 - Alpha",
        "Development Status :: 4 - Beta",
        "Development Status :: 5 - Production/Stable",
        "Development Status :: 6 - Mature",
        "Environment :: Console",
        "Environment :: Web Environment",
        "Framework :: AnyIO",
        "Framework :: AsyncIO",
        "Framework :: Django",
        "Framework :: FastAPI",
        "Framework :: Pydantic",
        "Framework :: Pydantic :: 2",
        "Framework :: Pytest",
        "Framework :: Sphinx",
        "Framework :: Trio",
        "Intended Audience :: Developers",
        "Intended Audience :: Education",
        "Intended Audience :: End Users/Desktop",
        "Intended Audience :: Information Technology",
        "Intended Audience :: Science/Research",
        "Intended Audience :: System Administrators",
        "License :: OSI Approved",
        "License :: OSI Approved :: Apache Software License",
        "License :: OSI Approved :: BSD License",
        "License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
        "License :: OSI Approved :: MIT License",
        "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)",
        "Natural Language :: English",
        "Operating System :: MacOS",
        "Operating System :: MacOS :: MacOS X",
        "Operating System :: Microsoft :: Windows",
        "Operating System :: OS Independent",
        "Operating System :: POSIX",
        "Operating System :: POSIX :: Linux",
        "Operating System :: Unix",
        "Programming Language :: C++",
        "Programming Language :: Python",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
        "Programming Language :: Python :: 3.15",
        "Programming Language :: Python :: 3.7",
        "Programming Language :: Python :: 3.8",
        "Programming Language :: Python :: 3.9",
        "Programming Language :: Python :: Free Threading",
        "Programming Language :: Python :: Implementation :: CPython",
        "Programming Language :: Python :: Implementation :: PyPy",
        "Programming Language :: Rust",
        "Topic :: Database",
        "Topic :: Documentation",
        "Topic :: Education",
        "Topic :: Internet",
        "Topic :: Internet :: WWW/HTTP",
        "Topic :: Scientific/Engineering",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Topic :: Scientific/Engineering :: Bio-Informatics",
        "Topic :: Scientific/Engineering :: Information Analysis",
        "Topic :: Scientific/Engineering :: Mathematics",
        "Topic :: Scientific/Engineering :: Physics",
        "Topic :: Security",
        "Topic :: Software Development",
        "Topic :: Software Development :: Build Tools",
        "Topic :: Software Development :: Documentation",
        "Topic :: Software Development :: Libraries",
        "Topic :: Software Development :: Libraries :: Application Frameworks",
        "Topic :: Software Development :: Libraries :: Python Modules",
        "Topic :: Software Development :: Quality Assurance",
        "Topic :: Software Development :: Testing",
        "Topic :: System :: Logging",
        "Topic :: System :: Systems Administration",
        "Topic :: Text Processing",
        "Topic :: Utilities",
        "Typing :: Typed",
    )
)
_VERSION = _compile(r"[0-9]+(?:\.[0-9]+)*")


def quick_classifier(value: str) -> bool:
    """Whether the value surely is a valid classifier; says nothing when it is not."""
    return value in _COMMON


def classifier_refusals(value: str) -> Iterator[Refusal]:
    """Classifier: on the list to the letter, and not deprecated (warehouse: `_validate_metadata`)."""
    if quick_classifier(value):
        return
    from trove_classifiers import all_classifiers, deprecated_classifiers

    if value in deprecated_classifiers:
        replacements = deprecated_classifiers[value]
        if replacements:
            text = f"The classifier {value!r} has been deprecated, use one of {replacements} instead."
            yield Refusal("classifier-deprecated-replacement", text)
        else:
            yield Refusal("classifier-deprecated", f"The classifier {value!r} has been deprecated.")
    elif value not in all_classifiers:
        rejection = "classifier-private" if value.startswith(PRIVATE) else "classifier-unknown"
        yield Refusal(rejection, f"{value!r} is not a valid classifier.")


def replacements_of(value: str) -> tuple[str, ...]:
    """What stands in for a deprecated classifier."""
    from trove_classifiers import deprecated_classifiers

    return tuple(deprecated_classifiers.get(value, ()))


def nearest_classifier(value: str) -> str | None:
    """The valid classifier that is most like the value; None where none is much like it."""
    from difflib import get_close_matches

    from trove_classifiers import classifiers

    folded = {" ".join(each.lower().split()): each for each in classifiers}
    text = " ".join(value.lower().split())
    if text in folded:
        return folded[text]
    found = get_close_matches(text, list(folded), n=1, cutoff=0.85)
    return folded[found[0]] if found else None


def maybe_newer_than_list(value: str) -> bool:
    """Whether an unknown classifier may have been added since the list at hand: a version beside known versions, above
    all of them.
    """
    from trove_classifiers import classifiers

    parent, separator, last = value.rpartition(" :: ")
    if not separator or not _VERSION.fullmatch(last):
        return False
    prefix = parent + " :: "
    siblings = [each[len(prefix) :] for each in classifiers if each.startswith(prefix)]
    versions = [_numbers(each) for each in siblings if _VERSION.fullmatch(each)]
    return bool(versions) and _numbers(last) > max(versions)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")) if len(version) < 40 else ()


def list_version() -> str:
    """The release of the list of classifiers at hand; it is named after its date."""
    from importlib.metadata import version

    return version("trove-classifiers")
