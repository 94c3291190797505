"""The rules about URLs, dependencies and leftovers of templates in core metadata."""

from __future__ import annotations

from collections.abc import Iterator
from re import IGNORECASE
from typing import TYPE_CHECKING, Any

from preflight.distributions.acceptance import Refusing
from preflight.distributions.fields import Origin
from preflight.distributions.judgement import doubtful, has_template, refusals, sent_value
from preflight.distributions.urls import MAX_LABEL, parsed_project_url, repeated_labels
from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Severity
from preflight.sources.patterns import compile as _compile
from preflight.sources.toml_edits import basic_string, is_string

if TYPE_CHECKING:
    from preflight.distributions.acceptance import Refusal
    from preflight.distributions.fields import Field, FieldSet
    from preflight.sources.text import Place

BUILT = {"metadata_sets": "built_sets"}

_DOMAIN = _compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?:[/?#].*)?", IGNORECASE)
_SSH = _compile(r"(?:ssh://)?git@(?P<host>[^:/]+)[:/](?P<path>.+?)(?:\.git)?")
_USER_INFO = _compile(r"://[^/?#\s]*@")
_SCHEME = _compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):", IGNORECASE)


def _finding(
    fields: FieldSet,
    field: Field,
    refusal: Refusal,
    *,
    variant: str | None = None,
    place: Place | None = None,
    **args: Any,
) -> Finding:
    """A finding on a refused field. What only one packaging refuses is a warning in words of its own."""
    skewed = refusal.by is not Refusing.ALWAYS
    likely = doubtful(fields, field.name)
    return Finding(
        place or field.place or fields.place,
        variant=refusal.by.value if skewed else variant,
        severity=Severity.WARNING if skewed or likely else None,
        confidence=Confidence.LIKELY if likely and not skewed else Confidence.CERTAIN,
        rejections=[refusal.rejection],
        repeats=field.declared,
        key=field.key,
        **args,
    )


@check("MET012", "MET013", also=BUILT)
def project_urls(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """Labels and URLs of Project-URL, and the two older URL fields."""
    for fields in metadata_sets:
        seen = set()
        for field, refusal in refusals(fields, "project-url", "home-page", "download-url"):
            spot = (field.place.source.path, field.place.start) if field.place else None
            if spot is not None and spot in seen:
                continue  # one value of Poetry's table fills two fields
            seen.add(spot)
            label, url = parsed_project_url(field.extra, field.value)
            if refusal.rejection in ("project-url-label-long", "project-url-no-label"):
                variant = None if label else "none"
                finding = _finding(
                    fields,
                    field,
                    refusal,
                    variant=variant,
                    place=field.label_place,
                    label=label,
                    length=len(label),
                    limit=MAX_LABEL,
                )
                finding.code = "MET012"
            elif field.name == "project-url" and "," in field.extra.strip():
                finding = _finding(
                    fields, field, refusal, variant="comma", label=field.extra, read=label, value=_short(url)
                )
                finding.code = "MET013"
            else:
                finding = _refused_url(fields, field, refusal)
            yield finding
        yield from _repeated(fields)


def _refused_url(fields: FieldSet, field: Field, refusal: Refusal) -> Finding:
    value = field.value.strip()
    scheme = _SCHEME.match(value)
    ssh = _SSH.fullmatch(value)
    edits: list[Edit] = []
    variant: str | None
    if not value:
        variant, meant = "empty", ""
    elif ssh:
        variant, meant = "meant", f"https://{ssh['host']}/{ssh['path']}"
    elif _DOMAIN.fullmatch(value):
        variant, meant = "meant", f"https://{value}"
    elif value.startswith(("git+http://", "git+https://")):
        variant, meant = "meant", value.removeprefix("git+").removesuffix(".git")
    else:
        variant, meant = ("scheme" if scheme else None), ""
    if meant and field.place is not None and is_string(field.place):
        edits = [Edit.replace(field.place, basic_string(meant), Applicability.SHOW)]
    finding = _finding(
        fields,
        field,
        refusal,
        variant=variant,
        value=_short(value),
        meant=meant,
        scheme=scheme["scheme"] if scheme else "",
    )
    finding.code = "MET013"
    finding.edits = tuple(edits)
    return finding


def _short(value: str) -> str:
    """A value in one short line, without a user name or password in a URL."""
    text = _USER_INFO.sub("://", " ".join(value.split()))
    return text if len(text) <= 80 else f"{text[:79]}…"


def _repeated(fields: FieldSet) -> Iterator[Finding]:
    """Labels that occur twice to the letter. In a project's tables only blanks around can make two keys one label."""
    urls = [
        field for field in fields.all("project-url") if not (fields.origin is Origin.PROJECT and "," in field.extra)
    ]
    labels = [parsed_project_url(field.extra, field.value)[0] for field in urls]
    for position, first in repeated_labels(labels):
        field = urls[position]
        if fields.origin is Origin.PROJECT and (
            fields.backend == "poetry" or field.extra == urls[first].extra or not field.key.startswith("project.urls")
        ):
            continue
        yield Finding(
            field.label_place or field.place or fields.place,
            code="MET012",
            variant="repeated",
            rejections=["project-url-duplicate"],
            key=field.key,
            label=labels[position],
        )


@check("MET014", "MET015", also=BUILT)
def dependencies(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """Requires-Dist: URLs, and what is no requirement."""
    for fields in metadata_sets:
        for field, refusal in refusals(fields, "requires-dist"):
            if refusal.rejection == "requires-dist-direct":
                yield _direct(fields, field, refusal)
                continue
            value = sent_value(fields, field) or ""
            variant, meant = _meant_requirement(value)
            finding = _finding(
                fields, field, refusal, variant=variant, value=_short(field.value), meant=meant, reason=_reason(refusal)
            )
            finding.code = "MET015"
            yield finding


def _reason(refusal: Refusal) -> str:
    text = refusal.reason or "it is no requirement"
    return text[:1].lower() + text[1:]


def _direct(fields: FieldSet, field: Field, refusal: Refusal) -> Finding:
    """A warning only while the source states a development version: many projects follow another's main branch between
    releases, and go back to a release of it when they set the version.
    """
    from preflight.distributions.requirements import direct_reference

    reference = direct_reference(field.value)
    name, url = (reference.name, _short(reference.url)) if reference else (field.value, "")
    return Finding(
        field.place or fields.place,
        code="MET014",
        variant="extra" if field.extra else None,
        severity=None
        if fields.origin is not Origin.PROJECT or (fields.backend and not fields.unreleased)
        else Severity.WARNING,
        confidence=Confidence.LIKELY if fields.unreleased else Confidence.CERTAIN,
        rejections=[refusal.rejection],
        repeats=field.declared,
        key=field.key,
        name=name,
        url=url,
        extra=field.extra,
    )


_BARE_VERSION = _compile(r"(?P<name>[A-Za-z0-9._-]+(?:\[[^\]]*\])?) +v?(?P<version>[0-9][0-9A-Za-z.]*)")
_SINGLE_EQUALS = _compile(r"(?P<name>[A-Za-z0-9._-]+(?:\[[^\]]*\])?) *=(?P<version> *[0-9][0-9A-Za-z.*]*)")
_CARET = _compile(
    r"(?P<name>[A-Za-z0-9._-]+(?:\[[^\]]*\])?) *(?:=|==)? *[\^~] *(?P<version>[0-9]+)(?P<rest>(?:\.[0-9]+)*)"
)
_STARRED = _compile(r"(?P<start>[A-Za-z0-9._-]+(?:\[[^\]]*\])? *(?:>=|<=|<|>) *[0-9]+(?:\.[0-9]+)*)\.\*")


def _meant_requirement(value: str) -> tuple[str | None, str]:
    """The variant of the wording, and the requirement that was probably meant, for the mistakes made most often."""
    text = value.strip()
    if text.startswith("-"):
        return "option", ""
    bare = _BARE_VERSION.fullmatch(text)
    if bare:
        return "meant", f"{bare['name']}>={bare['version']}"
    equals = _SINGLE_EQUALS.fullmatch(text)
    if equals:
        return "meant", f"{equals['name']}=={equals['version'].strip()}"
    caret = _CARET.fullmatch(text)
    if caret:
        return "meant", f"{caret['name']}>={caret['version']}{caret['rest']}"
    starred = _STARRED.fullmatch(text)
    return ("meant", starred["start"]) if starred else (None, "")


@check("MET016", also=BUILT)
def legacy_dependency_field(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """Provides-Dist and Obsoletes-Dist of built files: no backend of today writes them."""
    for fields in metadata_sets:
        for field, refusal in refusals(fields, "provides-dist", "obsoletes-dist"):
            variant = "direct" if refusal.rejection == "dist-direct-reference" else None
            yield _finding(fields, field, refusal, variant=variant, value=_short(field.value), reason=_reason(refusal))


_NAMES = frozenset(
    "your-package your-package-name your-project my-package my-project mypackage myproject example-package package-name project-name "
    "example-package-your-username-here your-name".split()
)
_SUMMARIES = frozenset(
    (
        "add your description here",
        "add a short description here",
        "add a short description here!",
        "a short description of the project",
        "a short description of the project.",
        "a small example package",
        "a sample python project",
        "your project description",
        "your package description",
        "project description",
        "short description of your project",
        "short description",
        "default template for pdm package",
        "describe your project here",
        "an amazing sample package!",
        "my package description",
        "package description",
    )
)
_PEOPLE = frozenset(
    (
        "your name",
        "your full name",
        "my name",
        "author name",
        "firstname lastname",
        "first last",
        "example author",
        "a. random developer",
    )
)
_ADDRESSES = frozenset(
    (
        "you@example.com",
        "your@email.com",
        "your.email@example.com",
        "your_email@example.com",
        "youremail@example.com",
        "your-email@example.com",
        "author@example.com",
        "email@example.com",
        "me@example.com",
        "user@example.com",
        "name@example.com",
        "example@example.com",
        "your@mail.com",
        "my@email.com",
    )
)
_URL = _compile(
    r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org)/"
    r"(?:username|your[-_]?user(?:name)?|your[-_]?(?:github[-_]?)?(?:name|org|organization)|yourname|your[-_]?org|user|me|example)/.*"
    r"|https?://(?:www\.)?(?:your[-_]?(?:domain|site|project|website)\.(?:com|org)|example\.(?:com|org|net))(?:/.*)?",
    IGNORECASE,
)
_REAL_URL = _compile(r"https?://github\.com/(?:me|user|example)/.*", IGNORECASE)


@check("MET026")
def placeholder_metadata(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """Values that the templates of `uv init`, Poetry, Hatch, Flit, PDM and tutorials put where the author's belong."""
    for fields in metadata_sets:
        if fields.origin is not Origin.PROJECT:
            continue
        for field in fields.fields:
            if not has_template(field.value) and _is_placeholder(field):
                yield Finding(field.place or fields.place, key=field.key, value=_short(field.value))


def _is_placeholder(field: Field) -> bool:
    text = " ".join(field.value.lower().split())
    match field.name:
        case "name":
            return text.replace("_", "-") in _NAMES
        case "summary":
            return text in _SUMMARIES
        case "author" | "maintainer":
            return text in _PEOPLE
        case "author-email" | "maintainer-email":
            name, bracket, address = text.partition("<")
            return (address.rstrip("> ") if bracket else text) in _ADDRESSES or name.strip(' "') in _PEOPLE
        case "project-url" | "home-page" | "download-url":
            return _URL.fullmatch(field.value.strip()) is not None and _REAL_URL.fullmatch(field.value.strip()) is None
    return False
