"""What PyPI has against the metadata in an upload form: all of it, in the order in which it would say it. Reads no file.

PyPI judges the form, never the METADATA inside the file. Held to warehouse: forklift/metadata.py, and to the packaging that it pins.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from preflight.distributions.acceptance import (
    METADATA_VERSIONS,
    Refusal,
    Refusing,
    license_pair_refusals,
    version_refusals,
)
from preflight.distributions.core_metadata import ADDED
from preflight.distributions.fields import Field
from preflight.distributions.judgement import CRASH, field_refusals
from preflight.distributions.urls import parsed_project_url
from preflight.rehearsal.multipart import Form
from preflight.rehearsal.refused import Refused, of_metadata
from preflight.sources.records import dataclass

_OTHER_NAMES = {"classifiers": "classifier", "project_urls": "project-url"}
_LISTS = frozenset(
    "platform supported-platform classifier requires-dist requires-external provides-extra provides-dist obsoletes-dist requires provides obsoletes "
    "dynamic license-file import-name import-namespace project-url".split()
)
_FIRST = ("metadata-version", "name", "version")

_BY_WAREHOUSE = frozenset(
    "version-local summary-too-long author-email-invalid maintainer-email-invalid classifier-unknown classifier-private classifier-deprecated "
    "classifier-deprecated-replacement home-page-invalid download-url-invalid project-url-no-label project-url-label-long project-url-no-url "
    "project-url-invalid provides-dist-invalid obsoletes-dist-invalid dist-direct-reference requires-dist-direct dynamic-not-in-enum "
    "license-and-expression".split()
)
"""Refusals by warehouse's own rules, which it only comes to where packaging has nothing to refuse."""


@dataclass(frozen=True)
class FormMetadata:
    """The core metadata of a form: the values by core metadata name in lower case, and the names as the form has them."""

    values: Mapping[str, tuple[str, ...]]
    keys: Mapping[str, str]

    def first(self, name: str) -> str:
        """The first value of a field; empty where there is none."""
        return self.values.get(name, ("",))[0]


def form_metadata(form: Form) -> FormMetadata:
    """The metadata fields of a form. A field that is empty counts for none (warehouse: `parse_form_metadata`)."""
    values: dict[str, list[str]] = {}
    keys: dict[str, str] = {}
    for key, value in form.fields:
        name = _OTHER_NAMES.get(key, key.replace("_", "-") if "-" not in key else "")
        if name in ADDED and (name not in _OTHER_NAMES.values() or key in _OTHER_NAMES):
            values.setdefault(name, []).append(value)
            keys[name] = key
    return FormMetadata({name: tuple(found) for name, found in values.items() if found != [""]}, keys)


def metadata_refusals(metadata: FormMetadata) -> Iterator[Refused]:
    """Every refusal; the first is PyPI's answer. Packaging's reading goes before its rules, and those before warehouse's."""
    unparsed = list(_unparsed(metadata))
    yield from (refused for _, refused in sorted(unparsed, key=lambda each: _rank(each[0])))
    found = [*_by_packaging(metadata), *_by_warehouse(metadata)]
    phases: tuple[list[tuple[str, Refusal]], list[tuple[str, Refusal]]] = ([], [])
    for name, refusal in found:
        phases[refusal.rejection in _BY_WAREHOUSE].append((name, refusal))
    if any(name not in seen and refusal.rejection == CRASH for name, refusal, seen in _with_names_before(phases[0])):
        yield Refused(CRASH)
    for phase in phases:
        for _, refusal in sorted(phase, key=lambda each: _rank(each[0])):
            if refusal.rejection != CRASH:
                yield of_metadata(refusal.rejection, refusal.message)


def _with_names_before(
    found: Sequence[tuple[str, Refusal]],
) -> Iterator[tuple[str, Refusal, frozenset[str]]]:
    """Each refusal with the fields that have one before it: packaging stops reading a field at the first."""
    seen: frozenset[str] = frozenset()
    for name, refusal in found:
        yield name, refusal, seen
        seen |= {name}


def _rank(name: str) -> tuple[int, str]:
    """Three fields go first, the others by the alphabet (warehouse: forklift/legacy.py, `_error_message_order`)."""
    return (_FIRST.index(name), "") if name in _FIRST else (len(_FIRST), name)


def _unparsed(metadata: FormMetadata) -> Iterator[tuple[str, Refused]]:
    """Fields that may occur once and occur more often, and labels of URLs that repeat."""
    for name, values in metadata.values.items():
        key = metadata.keys[name]
        if name == "project-url":
            labels = [_label_and_url(value)[0] for value in values]
            if len(set(labels)) < len(labels):
                yield key, of_metadata("project-url-duplicate", f"{key!r} has invalid data")
        elif name not in _LISTS and len(values) > 1:
            yield key, of_metadata("field-repeated", f"{key!r} has invalid data")


def _label_and_url(value: str) -> tuple[str, str]:
    label, _, url = value.partition(",")
    return parsed_project_url(label, url)


def _by_packaging(metadata: FormMetadata) -> Iterator[tuple[str, Refusal]]:
    """Fields newer than the stated version, and what must be there (packaging: `Metadata.from_raw`)."""
    stated = metadata.first("metadata-version")
    if not stated:
        yield "metadata-version", Refusal("metadata-version-missing", "None is not a valid metadata version")
    for name in metadata.values:
        if _too_new(metadata, name):
            words = f"{name} introduced in metadata version {ADDED[name]}, not {stated}"
            yield name, Refusal("field-too-new", words)
    version = metadata.first("version")
    if version:
        yield from (("version", each) for each in version_refusals(version))
    else:
        yield "version", Refusal("version-required", "'version' is a required field")


def _too_new(metadata: FormMetadata, name: str) -> bool:
    """Whether a field came after the stated version; with one that is not known nothing is compared."""
    stated = metadata.first("metadata-version")
    return stated in METADATA_VERSIONS and ADDED[name] > stated


def _by_warehouse(metadata: FormMetadata) -> Iterator[tuple[str, Refusal]]:
    """What is wrong with single values. Those that only a newer packaging refuses are taken by PyPI's."""
    yield from _local_version(metadata.first("version"))
    for name, values in metadata.values.items():
        if _too_new(metadata, name):
            continue
        # warehouse goes through classifiers by the alphabet, those that it does not know first
        ordered = sorted(set(values)) if name == "classifier" else values
        refused = [each for value in ordered for each in _value_refusals(name, value)]
        if name == "classifier":
            refused.sort(key=lambda each: each.rejection.startswith("classifier-deprecated"))
        yield from ((name, each) for each in refused if each.by is not Refusing.NEWER)
    for each in license_pair_refusals(metadata.first("license"), metadata.first("license-expression")):
        yield "license", each


def _value_refusals(name: str, value: str) -> Iterator[Refusal]:
    if name == "project-url":
        label, url = _label_and_url(value)
        return field_refusals(Field(name, url, None, name, label), url)
    found = field_refusals(Field(name, value, None, name), value)
    return map(partial(_in_full, value), found) if name in ("provides-dist", "obsoletes-dist") else found


def _in_full(value: str, refusal: Refusal) -> Refusal:
    """A refusal with all lines of the parser's words: what stands behind the first is no part of PyPI's status line."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(value)
    except InvalidRequirement as error:
        return replace(refusal, message=f"{value!r} is invalid: {error}")
    return refusal


def _local_version(text: str) -> Iterator[tuple[str, Refusal]]:
    """A version with a local part (warehouse: forklift/metadata.py, `_validate_metadata`)."""
    from packaging.version import Version

    try:
        version = Version(text)
    except ValueError:  # InvalidVersion, or a number of too many digits
        return
    if version.local:
        yield "version", Refusal("version-local", f"The use of local versions in '{version}' is not allowed.")


def description_refusal(metadata: FormMetadata) -> Refused | None:
    """A description that PyPI cannot render (warehouse: forklift/legacy.py; utils/readme.py)."""
    from preflight.distributions.descriptions import is_markdown, is_restructured, rendering_problem

    text, kind = metadata.first("description"), metadata.first("description-content-type")
    if not text:
        return None
    if is_restructured(kind):
        problem = rendering_problem(text)
        failed = problem is not None and problem.by is not Refusing.NEWER
    else:
        failed = is_markdown(kind) and not text.strip()
    if not failed:
        return None
    return (
        Refused("description-render-failed", {"content_type": kind})
        if kind
        else Refused("description-render-failed-default")
    )
