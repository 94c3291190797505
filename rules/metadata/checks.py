"""The rules about single fields of core metadata that PyPI refuses: identity, summary, people, classifiers, licences.

What a backend does with a mistake was found by giving it to each: hatchling 1.33, setuptools 84, flit_core 4.2,
pdm-backend 2.5, poetry-core 2.5, scikit-build-core 1.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from preflight.distributions.acceptance import METADATA_VERSIONS, Refusing, repeated_field_refusals, version_refusals
from preflight.distributions.fields import Origin
from preflight.distributions.judgement import CRASH, braces, doubtful, has_template, refusals, sent_value
from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity
from preflight.sources.patterns import compile as _compile
from preflight.sources.toml_edits import basic_string, is_string, without_item

if TYPE_CHECKING:
    from preflight.distributions.acceptance import Refusal
    from preflight.distributions.fields import Field, FieldSet
    from preflight.plan.pipeline_plan import PipelinePublish
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.project.backend import BuildBackend
    from preflight.project.inventory import Inventory, ProjectFolder
    from preflight.project.versions.fact import Versions
    from preflight.publishers.registered import RegisteredPublishers
    from preflight.sources.text import Place
    from preflight.sources.toml import TomlDocument
    from preflight.workflows.release_builds import ReleaseBuilds

BUILT = {"metadata_sets": "built_sets"}
"""What a project declares and what a built file holds are judged by the same checks."""

_SHOWN = 80


def _finding(
    fields: FieldSet,
    field: Field,
    refusal: Refusal,
    *,
    variant: str | None = None,
    severity: Severity | None = None,
    likely: bool = False,
    edits: list[Edit] | None = None,
    related: list[Related] | None = None,
    **args: Any,
) -> Finding:
    """A finding on a refused field. What only one packaging refuses is a warning in words of its own."""
    skewed = refusal.by is not Refusing.ALWAYS
    likely = likely or doubtful(fields, field.name)
    return Finding(
        field.place or fields.place,
        variant=refusal.by.value if skewed else variant,
        severity=Severity.WARNING if skewed or likely else severity,
        confidence=Confidence.LIKELY if likely and not skewed else Confidence.CERTAIN,
        rejections=[refusal.rejection],
        edits=edits or (),
        related=related or (),
        repeats=field.declared,
        key=field.key,
        **args,
    )


def _shown(value: str) -> str:
    """A value in one short line."""
    text = " ".join(value.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _replace(place: Place | None, value: str, new: str, applicability: Applicability) -> list[Edit]:
    """The edit that puts another text in place of a value, where the value is written plainly."""
    if place is None:
        return []
    if is_string(place):
        return [Edit.replace(place, basic_string(new), applicability)]
    return [Edit.replace(place, new, applicability)] if place.text == value and "\n" not in new else []


def _remove(place: Place | None, applicability: Applicability) -> list[Edit]:
    """The edit that takes an item out of a TOML array."""
    if place is None or not is_string(place):
        return []
    span, kept = without_item(place)
    return [Edit.replace(span, kept, applicability)]


@check("MET001", also=BUILT)
def missing_name(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """A built file without a name or version; a project that gives none, an empty one or `UNKNOWN`.

    Without a `name`, setuptools takes that of the only package it finds, or builds `UNKNOWN`. A `[project]` table
    without a name breaks the table's schema, which has a rule of its own. PyPI deletes fields that hold nothing or
    `UNKNOWN` (warehouse: forklift/decorators.py, `sanitize`).
    """
    for fields in metadata_sets:
        if fields.origin is Origin.PROJECT:
            legacy = fields.backend == "setuptools" and not fields.subject.endswith("pyproject.toml")
            stated = fields.first("name")
            if stated is not None and not legacy and sent_value(fields, stated) is None:
                yield Finding(
                    stated.place or fields.place,
                    variant="unknown" if stated.value.strip() else None,
                    rejections=["name-required"],
                    key=stated.key,
                    file=fields.subject,
                    field="name",
                    value=stated.value.strip(),
                )
                continue
            if not legacy or "name" in fields.dynamic or not fields.fields:
                continue
            if stated is None or sent_value(fields, stated) is None:
                place = (stated.place if stated else None) or fields.place
                yield Finding(
                    place,
                    variant="guessed",
                    confidence=Confidence.LIKELY,
                    rejections=["name-required"],
                    file=fields.subject,
                )
            continue
        for name, rejection in (("name", "name-required"), ("version", "version-required")):
            field = fields.first(name)
            if field is None or sent_value(fields, field) is None:
                place = field.place if field else fields.place
                yield Finding(place, rejections=[rejection], file=fields.subject, field=name.capitalize())


@check("MET002", also=BUILT)
def unsupported_metadata_version(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """The metadata version that Hatch is asked for, or that a built file states."""
    for fields in metadata_sets:
        for field, refusal in refusals(fields, "metadata-version"):
            unfinished = field.value == "2.0" and fields.origin is not Origin.PROJECT
            variant = "unfinished" if unfinished else None
            yield _finding(fields, field, refusal, variant=variant, value=field.value, newest=METADATA_VERSIONS[-1])
        if fields.origin is not Origin.PROJECT and not any(field.value for field in fields.all("metadata-version")):
            yield Finding(fields.place, variant="missing", rejections=["metadata-version-missing"], file=fields.subject)


_INNER = _compile(r"\{+(.*?)(?:\}|$)|<%(.*?)%>")
_PARSED = frozenset({"project-url", "home-page", "download-url", "author-email", "maintainer-email"})
_TEMPLATE_WORDS = ("cookiecutter.", "copier", "_copier_")


@check("MET004", also=BUILT)
def unrendered_template(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """Placeholders of a template, and braces that crash the server. A name, and a project's version, are left to others.

    In free text braces may be meant, so only a value that is nothing but a placeholder counts there.
    """
    for fields in metadata_sets:
        for field, refusal in braces(fields):
            if field.name in ("name", "version", "description", "license", "keywords"):
                continue
            crash = refusal is not None and refusal.rejection == CRASH
            if refusal is None and field.name not in _PARSED and not _only_placeholder(field.value):
                continue
            certain = refusal is not None and refusal.by is Refusing.ALWAYS and not doubtful(fields, field.name)
            yield Finding(
                field.place or fields.place,
                variant="crash" if crash and not has_template(field.value) else None if refusal else "accepted",
                severity=None if certain else Severity.WARNING,
                rejections=[CRASH] if crash else [],
                repeats=field.declared,
                key=field.key,
                placeholder=_placeholder(field.value),
            )
        yield from _crashing_version(fields)


def _crashing_version(fields: FieldSet) -> Iterator[Finding]:
    """The version of a built file whose braces PyPI stumbles over instead of refusing it."""
    field = fields.first("version") if fields.origin is not Origin.PROJECT else None
    value = sent_value(fields, field) if field else None
    if field is not None and value:
        for refusal in version_refusals(value):
            if refusal.rejection == CRASH:
                yield Finding(
                    field.place or fields.place,
                    variant=None if has_template(value) else "crash",
                    rejections=[CRASH],
                    repeats=field.declared,
                    key=field.key,
                    placeholder=_placeholder(value),
                )


_SINGLE_BRACES = _compile(r"(?<![$#])\{\s*[A-Za-z_][\w.]*\s*\}")


@check("MET004")
def unrendered_version(versions: Versions, release_builds: ReleaseBuilds) -> Iterator[Finding]:
    """A version that is a template's placeholder, unless a workflow fills it in before the build.

    Where there are workflows and none of them builds, something else may do so.
    """
    statement = versions.source.statement
    if statement is None or statement.version is not None or release_builds.rewritten or release_builds.elsewhere:
        return
    template = has_template(statement.text)
    if not template and not _SINGLE_BRACES.search(statement.text):
        return
    certain = bool(release_builds.builds) or not len(release_builds.workflows)
    yield Finding(
        statement.place,
        variant=None if template else "crash",
        severity=None if certain and not release_builds.unread else Severity.WARNING,
        confidence=Confidence.CERTAIN if certain and not release_builds.unread else Confidence.LIKELY,
        rejections=[] if template else [CRASH],
        key=statement.key,
        placeholder=_placeholder(statement.text),
    )


def _placeholder(value: str) -> str:
    """What stands between the first braces, without any brace."""
    found = _INNER.search(value)
    inner = (found[1] or found[2]) if found else None
    return _shown((inner or value).replace("{", " ").replace("}", " ").strip(" %<>"))


def _only_placeholder(value: str) -> bool:
    text = value.strip()
    whole = text.startswith(("{{", "{%", "<%")) and text.endswith(("}}", "%}", "%>"))
    return whole or any(word in text for word in _TEMPLATE_WORDS)


@check("MET005", also=BUILT)
def malformed_metadata_field(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """Extras and import names that are no names, and in built files repeated fields and entries of Dynamic."""
    variants = {"provides-extra": "extra", "dynamic": None, "import-name": "import", "import-namespace": "import"}
    for fields in metadata_sets:
        for field, refusal in refusals(fields, *variants):
            variant = "import-option" if refusal.rejection == "import-name-option" else variants[field.name]
            yield _finding(fields, field, refusal, variant=variant, value=_shown(field.value))
        if fields.origin is Origin.PROJECT:
            continue
        names = [field.name for field in fields.fields]
        for name in dict.fromkeys(names):
            for refusal in repeated_field_refusals(name, names.count(name)):
                first, second = list(fields.all(name))[:2]
                related = [Related(first.place, "first")] if first.place else []
                yield Finding(
                    second.place or fields.place,
                    variant="repeated",
                    rejections=[refusal.rejection],
                    related=related,
                    key=second.key,
                )


_CUT, _JOINED = "setuptools", "hatchling"
_REFUSED = frozenset({"flit", "pdm", "scikit-build-core"})


@check("MET006", also=BUILT)
def multiline_summary(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """A summary over several lines: some backends send it, some refuse it, some mend it in ways of their own."""
    for fields in metadata_sets:
        for field, refusal in refusals(fields, "summary"):
            if refusal.rejection != "summary-multiline":
                continue
            project = fields.origin is Origin.PROJECT
            unknown = project and fields.backend not in _REFUSED
            edits = _joined(field) if project else []
            yield _finding(fields, field, refusal, variant="project" if project else None, likely=unknown, edits=edits)
        summary = fields.first("summary")
        if fields.origin is not Origin.PROJECT or summary is None or len(summary.value.strip().splitlines()) < 2:
            continue
        if fields.backend in (_CUT, _JOINED):
            cut = fields.backend == _CUT
            yield Finding(
                summary.place or fields.place,
                variant="cut" if cut else "joined",
                severity=Severity.WARNING if cut else Severity.INFO,
                edits=_joined(summary),
                key=summary.key,
                rest=_shown(summary.value.strip().partition("\n")[2]),
            )


def _joined(field: Field) -> list[Edit]:
    text = " ".join(field.value.split())
    place = field.place
    if place is not None and not place.source.path.endswith(".toml"):
        return []
    return _replace(place, field.value, text, Applicability.SAFE)


@check("MET007", also=BUILT)
def overlong_summary(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """A summary of more than 512 characters."""
    for fields in metadata_sets:
        for field, refusal in refusals(fields, "summary"):
            if refusal.rejection == "summary-too-long":
                length = len(sent_value(fields, field) or "")
                yield _finding(fields, field, refusal, length=length, over=length - 512)


@check("MET008", also=BUILT)
def malformed_author_email(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """The one address of a field. Where a project's name needs quotes, a backend may forget them, and PyPI then finds
    two addresses and checks none.
    """
    from preflight.distributions.mailboxes import single_address

    for fields in metadata_sets:
        for field, refusal in refusals(fields, "author-email", "maintainer-email"):
            likely = fields.origin is Origin.PROJECT and '"' in field.value
            address = single_address(field.value)
            person = "maintainer" if field.name.startswith("maintainer") else "author"
            yield _finding(
                fields, field, refusal, likely=likely, address=_shown(address), person=person, reason=refusal.reason
            )


_MOST_SUGGESTED = 20
"""Unknown classifiers of one set for which a similar one is looked for, which takes a while."""

_KEEPS_BLANKS_OUT = frozenset({"hatchling", "setuptools"})


@check("MET009", "MET010", also=BUILT)
def refused_classifiers(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """Classifiers off PyPI's list, and deprecated ones."""
    for fields in metadata_sets:
        suggested = 0
        for field, refusal in refusals(fields, "classifier"):
            if refusal.rejection == "classifier-private":
                continue
            if refusal.rejection == "classifier-unknown":
                suggested += 1
                yield _unknown_classifier(fields, field, refusal, suggest=suggested <= _MOST_SUGGESTED)
            else:
                yield _deprecated_classifier(fields, field, refusal)
        if fields.origin is Origin.PROJECT:
            yield from _blank_before_classifier(fields)


def _coded(code: str, fields: FieldSet, field: Field, refusal: Refusal, **more: Any) -> Finding:
    finding = _finding(fields, field, refusal, value=_shown(field.value), **more)
    finding.code = code
    return finding


@check("MET011", also=BUILT)
def private_classifier(
    metadata_sets: tuple[FieldSet, ...],
    maybe_registered_publishers: RegisteredPublishers | None,
    maybe_publish_plan: PublishPlan | None,
    inventory: Inventory,
) -> Iterator[Finding]:
    """A private classifier where a publisher is declared for PyPI or TestPyPI, or a workflow uploads there.

    Among several projects it is not known which one is meant, unless the declaration names it. Of a built file without
    its project nothing tells where it goes.
    """
    for fields in metadata_sets:
        for field, refusal in refusals(fields, "classifier"):
            if refusal.rejection != "classifier-private":
                continue
            named = _declared(fields, maybe_registered_publishers)
            upload = _upload(maybe_publish_plan, fields if len(inventory.projects) > 1 else None)
            if named is None and upload is None:
                if fields.origin is not Origin.PROJECT and not inventory.projects:
                    yield _coded("MET011", fields, field, refusal, variant="built", likely=True, file=fields.subject)
                continue
            yield _coded(
                "MET011",
                fields,
                field,
                refusal,
                variant="uploaded" if named is None else None,
                likely=not named and len(inventory.projects) > 1,
                related=[Related(upload.place, "upload")] if upload else [],
                job=upload.job if upload else "",
            )


def _declared(fields: FieldSet, registered: RegisteredPublishers | None) -> bool | None:
    """Whether a declared publisher of PyPI or TestPyPI names the project; None where none can be meant for it."""
    from preflight.project.backend import normalised

    name = fields.first("name")
    found = [
        bool(each.project)
        for each in (registered.publishers if registered else ())
        if each.index in ("pypi", "testpypi")
        and (not each.project or name is None or normalised(each.project) == normalised(name.value))
    ]
    return any(found) if found else None


def _upload(plan: PublishPlan | None, among_others: FieldSet | None) -> Publish | PipelinePublish | None:
    """An upload of a workflow that goes to PyPI or TestPyPI; of several projects, one that does not leave this one out."""
    from preflight.plan.passed_over import passed_over
    from preflight.plan.publish_plan import Publish

    name = among_others.first("name") if among_others is not None else None
    rows = (row for planned in (plan.all_scenarios() if plan else ()) for row in planned.publishes)
    for row in rows:
        if row.happens == "never" or row.index not in ("pypi", "testpypi"):
            continue
        if name is None or not isinstance(row, Publish) or not passed_over(row, name.value):
            return row
    return None


def _deprecated_classifier(fields: FieldSet, field: Field, refusal: Refusal) -> Finding:
    from preflight.distributions.classifiers import replacements_of

    replacements = replacements_of(field.value.lstrip(" \t"))
    listed = {each.value for each in fields.all("classifier")}
    if len(replacements) == 1 and replacements[0] not in listed:
        edits = _replace(field.place, field.value, replacements[0], Applicability.SAFE)
    else:
        edits = _remove(field.place, Applicability.SAFE if replacements else Applicability.UNSAFE)
    variant = "replaced" if replacements else None
    return _coded("MET009", fields, field, refusal, variant=variant, edits=edits, replacements=list(replacements))


def _unknown_classifier(fields: FieldSet, field: Field, refusal: Refusal, *, suggest: bool) -> Finding:
    from preflight.distributions.classifiers import list_version, maybe_newer_than_list, nearest_classifier

    value = field.value.lstrip(" \t")
    listed = list_version()
    if maybe_newer_than_list(value):
        return _coded("MET010", fields, field, refusal, variant="maybe-new", likely=True, listed=listed)
    near = nearest_classifier(value) if suggest else None
    if near is None:
        edits = _remove(field.place, Applicability.UNSAFE)
        return _coded("MET010", fields, field, refusal, edits=edits, listed=listed)
    if near in {each.value for each in fields.all("classifier")}:
        edits = _remove(field.place, Applicability.UNSAFE)
    else:
        edits = _replace(field.place, field.value, near, Applicability.UNSAFE)
    return _coded("MET010", fields, field, refusal, variant="near", edits=edits, near=near, listed=listed)


def _blank_before_classifier(fields: FieldSet) -> Iterator[Finding]:
    """Some backends compare a classifier before its leading blanks get lost, and refuse to build."""
    for field in fields.all("classifier"):
        if field.value != field.value.lstrip(" \t") and not has_template(field.value):
            refused = fields.backend in _KEEPS_BLANKS_OUT
            yield Finding(
                field.place or fields.place,
                code="MET010",
                variant="blank",
                severity=None if refused else Severity.WARNING,
                rejections=["classifier-unknown"],
                edits=_replace(field.place, field.value, field.value.strip(), Applicability.SAFE),
                key=field.key,
                value=field.value,
            )


@check("MET017", "MET018", also=BUILT)
def required_python(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """A required Python version that is no specifier, or that no Python fulfils."""
    from preflight.distributions.pythons import intended_requires_python, satisfied_by_some_python

    for fields in metadata_sets:
        refused = set()
        for field, refusal in refusals(fields, "requires-python"):
            refused.add(field)
            meant = intended_requires_python(field.value)
            edits = _replace(field.place, field.value, meant, Applicability.UNSAFE) if meant else []
            variant = "meant" if meant else None
            finding = _finding(
                fields, field, refusal, variant=variant, edits=edits, value=_shown(field.value), meant=meant or ""
            )
            finding.code = "MET017"
            yield finding
        for field in fields.all("requires-python"):
            value = sent_value(fields, field)
            if value is not None and field not in refused and "{" not in value and not satisfied_by_some_python(value):
                confidence = Confidence.LIKELY if doubtful(fields, field.name) else Confidence.CERTAIN
                yield Finding(
                    field.place or fields.place,
                    code="MET018",
                    confidence=confidence,
                    repeats=field.declared,
                    key=field.key,
                    value=_shown(field.value),
                )


_CHECKS_LICENCE = frozenset({"hatchling", "setuptools", "flit", "pdm", "scikit-build-core"})


@check("MET023", also=BUILT)
def malformed_license_expression(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """A licence that is no SPDX expression. poetry-core sends such a one as free text, which PyPI accepts."""
    from preflight.distributions.licences import meant_license

    for fields in metadata_sets:
        if fields.origin is Origin.PROJECT and fields.backend == "poetry":
            continue
        for field, refusal in refusals(fields, "license-expression"):
            meant = meant_license(field.value)
            edits = _replace(field.place, field.value, meant, Applicability.SHOW) if meant else []
            likely = fields.origin is Origin.PROJECT and fields.backend not in _CHECKS_LICENCE
            yield _finding(
                fields,
                field,
                refusal,
                variant="meant" if meant else None,
                likely=likely,
                edits=edits,
                value=_shown(field.value),
                meant=meant or "",
                reason=refusal.reason,
            )


_REFUSES_CLASSIFIER = frozenset({"setuptools"})
_NEWLY_REFUSES_CLASSIFIER = frozenset({"flit", "pdm"})


@check("MET024", also=BUILT)
def license_declared_twice(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """License beside License-Expression in a built file; in a project, licence classifiers beside the expression with
    a backend that refuses to build them.
    """
    from preflight.distributions.acceptance import license_pair_refusals

    for fields in metadata_sets:
        expression, text = fields.first("license-expression"), fields.first("license")
        if expression is None or not expression.value.strip():
            continue
        if fields.origin is not Origin.PROJECT:
            for refusal in license_pair_refusals(sent_value(fields, text) if text else None, expression.value):
                related = [Related(expression.place, "expression")] if expression.place else []
                at = (text.place if text else None) or fields.place
                yield Finding(at, rejections=[refusal.rejection], related=related, expression=_shown(expression.value))
            continue
        refused = fields.backend in _REFUSES_CLASSIFIER
        if not refused and fields.backend not in _NEWLY_REFUSES_CLASSIFIER:
            continue
        for field in fields.all("classifier"):
            if field.value.startswith("License ::"):
                yield Finding(
                    field.place or fields.place,
                    variant="classifier",
                    severity=None if refused else Severity.WARNING,
                    confidence=Confidence.CERTAIN if refused else Confidence.LIKELY,
                    rejections=[],
                    related=[Related(expression.place, "expression")] if expression.place else [],
                    edits=_remove(field.place, Applicability.SAFE),
                    value=_shown(field.value),
                    backend=fields.backend,
                    expression=_shown(expression.value),
                )


@check("MET025", also=BUILT)
def malformed_license_file_path(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """License-File of a built file."""
    for fields in metadata_sets:
        for field, refusal in refusals(fields, "license-file"):
            variant = refusal.rejection.removeprefix("license-file-")
            yield _finding(fields, field, refusal, variant=f"built-{variant}", value=_shown(field.value))


_REFUSES_PATTERN = frozenset({"flit", "pdm", "poetry", "scikit-build-core"})


@check("MET025")
def malformed_license_file_pattern(
    pyproject: TomlDocument, build_backend: BuildBackend, project: ProjectFolder
) -> Iterator[Finding]:
    """The patterns of `project.license-files`: without `..`, relative, with `/` (PEP 639, "pyproject.toml
    specification").

    hatchling sends what a pattern outside the project matches, which PyPI refuses; setuptools mends `..` and refuses an
    absolute path.
    """
    patterns = pyproject.get("project", "license-files")
    for index, pattern in enumerate(patterns if isinstance(patterns, list) else ()):
        if not isinstance(pattern, str):
            continue
        if ".." in pattern:
            rejection, variant = "license-file-parent", "parent"
        elif pattern.startswith("/") or pattern[1:3] in (":/", ":\\"):
            rejection, variant = "license-file-absolute", "absolute"
        elif "\\" in pattern:
            rejection, variant = "license-file-backslash", "backslash"
        else:
            continue
        family = build_backend.family.value
        refused = family in _REFUSES_PATTERN or (family == "setuptools" and variant == "absolute")
        certain = refused and not build_backend.in_tree
        place = pyproject.place("project", "license-files", index)
        edits = []
        if variant == "backslash":
            edits = _replace(place, pattern, pattern.replace("\\", "/"), Applicability.UNSAFE)
        yield Finding(
            place,
            variant=variant,
            severity=None if certain else Severity.WARNING,
            confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
            rejections=[rejection],
            edits=edits,
            value=_shown(pattern),
        )
