"""The rules about the long description: whether PyPI can render it, and its content type."""

from __future__ import annotations

from collections.abc import Iterator
from re import MULTILINE
from typing import TYPE_CHECKING

from preflight.distributions.acceptance import Refusing
from preflight.distributions.fields import Origin
from preflight.distributions.judgement import doubtful, refusals, sent_value
from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Severity
from preflight.sources.patterns import compile as _compile
from preflight.sources.toml_edits import basic_string, is_string

if TYPE_CHECKING:
    from preflight.distributions.descriptions import RenderingProblem
    from preflight.distributions.fields import Field, FieldSet
    from preflight.plan.publish_plan import PublishPlan
    from preflight.project.inventory import ProjectFolder
    from preflight.sources.text import Place
    from preflight.sources.tree import Files

BUILT = {"metadata_sets": "built_sets"}

_TYPE = "description-content-type"
_MARKDOWN = _compile(r"^#{1,6} \S|^```|^\[!\[|!?\[[^\]\n]+\]\([^)\s]+\)", MULTILINE)
_MARKDOWN_ENDINGS = (".md", ".markdown", ".mkd")

_SENDS_BLANKS = frozenset(("flit", "gh-action-pypi-publish", "hatch", "pdm", "poetry", "rye", "twine"))
"""Clients that send a description of blanks as it is (twine: package.py; flit: upload.py; hatch: index/publish.py; pdm: publish/package.py)."""
_DROPS_BLANKS = frozenset(("maturin", "uv"))
"""Clients that then send none (uv: metadata23.rs; python-pkginfo-rs: metadata.rs)."""


@check("MET020", "MET021", waits=True, also=BUILT)
def description(
    metadata_sets: tuple[FieldSet, ...], files: Files, maybe_publish_plan: PublishPlan | None
) -> Iterator[Finding]:
    """A description that PyPI takes for reStructuredText: by its content type, or for the lack of one."""
    from preflight.distributions.descriptions import (
        RenderingProblem,
        is_markdown,
        is_restructured,
        rendering_problem,
        without_indents,
    )

    blanks = _blanks_arrive(maybe_publish_plan)
    for fields in metadata_sets:
        text, kind = fields.first("description"), fields.first(_TYPE)
        stated = sent_value(fields, kind) if kind else None
        if kind is None and _TYPE in fields.dynamic:
            continue
        if text is None:
            continue
        value = sent_value(fields, text)
        blank = bool(value) and not (value or "").strip()
        if blank and blanks is False:
            continue
        if value and blank and fields.origin is not Origin.PROJECT and is_markdown(stated):
            yield _unrenderable(
                fields, text, stated, RenderingProblem(None, "it is blank", empty=True), files, sure=bool(blanks)
            )
        if value is None or not is_restructured(stated) or (stated is None and _type_by_backend(fields, text)):
            continue
        problem = rendering_problem(value)
        unindented = without_indents(text) if fields.origin is not Origin.PROJECT else None
        if unindented is not None and problem is not None:
            intended = rendering_problem(unindented)
            if intended is None:
                yield _indented(fields, text, stated, problem)
                continue
            problem = intended
        markdown = stated is None and (text.extra.lower().endswith(_MARKDOWN_ENDINGS) or bool(_MARKDOWN.search(value)))
        named = text.extra or text.key
        if markdown and (problem is not None or text.extra.lower().endswith(_MARKDOWN_ENDINGS)):
            certain = problem is not None and problem.by is Refusing.ALWAYS and _certain(fields, text)
            yield Finding(
                text.place or fields.place,
                code="MET020",
                variant=None if problem else "shown",
                severity=None if certain else Severity.WARNING,
                rejections=["description-render-failed-default"],
                repeats=text.declared,
                edits=_with_type(text),
                file=named,
            )
        elif problem is not None:
            yield _unrenderable(fields, text, stated, problem, files, sure=bool(blanks) or not blank)


def _blanks_arrive(plan: PublishPlan | None) -> bool | None:
    """Whether PyPI gets to see a description of blanks; None where the client is not known, or several differ.

    Where nothing says who uploads, the form counts that twine, PyPI's reference client, would send.
    """
    rows = [row for planned in (plan.all_scenarios() if plan else ()) for row in planned.publishes]
    clients = {row.upload.client for row in rows if row.happens != "never" and row.index in ("pypi", "testpypi", None)}
    return True if clients <= _SENDS_BLANKS else False if clients <= _DROPS_BLANKS else None


def _type_by_backend(fields: FieldSet, text: Field) -> bool:
    """Whether the backend gives a type itself, or refuses to build, which a rule about the table reports: then nothing
    goes out without one. Of `[project]`, flit sends any ending without a type, and setuptools a file without ending.
    """
    if fields.origin is not Origin.PROJECT:
        return False
    if not text.key.startswith("project."):
        return fields.backend == "poetry"
    bare = "." not in text.extra.rpartition("/")[2]
    sent = fields.backend == "flit" or (fields.backend == "setuptools" and bare)
    return text.key != "project.readme" or not text.extra or not sent


def _certain(fields: FieldSet, text: Field) -> bool:
    """Blank files are sent by some backends only; code of the project's own may send anything."""
    if fields.origin is not Origin.PROJECT:
        return True
    return fields.complete and bool(text.value.strip()) and not doubtful(fields, text.name)


def _unrenderable(
    fields: FieldSet, text: Field, stated: str | None, problem: RenderingProblem, files: Files, *, sure: bool
) -> Finding:
    """The finding; `sure` is whether PyPI gets to see the text."""
    certain = (
        sure
        and problem.by is Refusing.ALWAYS
        and (stated is not None or _certain(fields, text))
        and (fields.origin is not Origin.PROJECT or bool(text.value.strip()))
    )
    line = _line(text, problem, files)
    built = fields.origin is not Origin.PROJECT
    return Finding(
        (_body_line(text, problem) if built else line) or text.place or fields.place,
        code="MET021",
        variant="pinned" if problem.by is not Refusing.ALWAYS else "empty" if problem.empty else None,
        severity=None if certain else Severity.WARNING,
        rejections=["description-render-failed" if stated else "description-render-failed-default"],
        repeats=(line or text.declared) if built else None,
        file=text.extra or text.key,
        line=problem.line or 0,
        reason=problem.message.rstrip(".")[:200],
    )


def _indented(fields: FieldSet, text: Field, stated: str | None, problem: RenderingProblem) -> Finding:
    """A text that renders, but for the indents that some clients send with it: which one will is not known."""
    return Finding(
        text.place or fields.place,
        code="MET021",
        variant="indented",
        severity=Severity.WARNING,
        rejections=["description-render-failed" if stated else "description-render-failed-default"],
        file=text.key,
        reason=problem.message.rstrip(".")[:200],
    )


def _line(text: Field, problem: RenderingProblem, files: Files) -> Place | None:
    """The line in the file that holds the description, where the text is that file's."""
    source = files.find(text.extra) if text.extra else None
    if source is None or problem.line is None or source.text.rstrip() != text.value.rstrip():
        return None
    return source.line_place(problem.line)


def _body_line(text: Field, problem: RenderingProblem) -> Place | None:
    """The line in the metadata file, where the description is its body."""
    place = text.place
    if place is None or problem.line is None or place.text != text.value:
        return None
    return place.source.line_place(place.line + problem.line - 1)


def _with_type(text: Field) -> list[Edit]:
    """The edit that states the type of a Markdown description in setup.cfg or in `[project]`."""
    place = text.place
    if place is None:
        return []
    if place.source.path.endswith(".cfg") and text.key.startswith("[metadata]"):
        return [Edit.insert(place.source, place.end, "\nlong_description_content_type = text/markdown")]
    if text.key == "project.readme" and is_string(place):
        path = place.text[1:-1]
        return [Edit.replace(place, f'{{ file = {basic_string(path)}, content-type = "text/markdown" }}')]
    return []


@check("MET020")
def computed_description(
    metadata_sets: tuple[FieldSet, ...], files: Files, project: ProjectFolder
) -> Iterator[Finding]:
    """A description that code reads from somewhere, most probably from README.md, without a type beside it."""
    for fields in metadata_sets:
        kind = fields.first(_TYPE)
        stated = sent_value(fields, kind) if kind else None
        if fields.first("description") is None and (kind is not None or _TYPE not in fields.dynamic):
            yield from _computed(fields, files, project, stated)


def _computed(fields: FieldSet, files: Files, project: ProjectFolder, stated: str | None) -> Iterator[Finding]:
    if (
        fields.origin is not Origin.PROJECT
        or fields.backend != "setuptools"
        or stated is not None
        or "description" not in fields.dynamic
        or fields.subject.endswith("pyproject.toml")
    ):
        return
    source = files.find(fields.subject)
    if source is None or "README.md" not in source.text or "README.rst" in source.text or "convert" in source.text:
        return
    if files.find(project.file("README.md")) is not None:
        yield Finding(
            fields.place,
            code="MET020",
            variant="computed",
            confidence=Confidence.LIKELY,
            file="README.md",
            rejections=["description-render-failed-default"],
        )


_MEANT = {
    "markdown": "text/markdown",
    "md": "text/markdown",
    "text/md": "text/markdown",
    "text/x-markdown": "text/markdown",
    "text/x-md": "text/markdown",
    "application/markdown": "text/markdown",
    "text/markdown charset=utf-8": "text/markdown",
    "text/gfm": "text/markdown",
    "rst": "text/x-rst",
    "text/rst": "text/x-rst",
    "x-rst": "text/x-rst",
    "text/x-restructuredtext": "text/x-rst",
    "text/restructuredtext": "text/x-rst",
    "restructuredtext": "text/x-rst",
    "text/prs.fallenstein.rst": "text/x-rst",
    "text": "text/plain",
    "plain": "text/plain",
    "txt": "text/plain",
    "text/txt": "text/plain",
}
_CHARSET = _compile(r"""(?i)charset\s*=\s*["']?[^;"'\s]+["']?""")
_VARIANT = _compile(r"""(?i)variant\s*=\s*["']?(?P<name>[^;"'\s]+)["']?""")


@check("MET022", also=BUILT)
def unsupported_description_type(metadata_sets: tuple[FieldSet, ...]) -> Iterator[Finding]:
    """A content type, charset or variant that PyPI does not take; with Hatch any parameter in `[project]`.

    hatchling: metadata/core.py, `readme`: it compares the whole text with the three bare types, and refuses to build.
    """
    for fields in metadata_sets:
        if fields.origin is Origin.PROJECT and fields.backend == "hatchling":
            refused = [field for field in fields.all(_TYPE) if ";" in field.value and _bare(field.value) in _BARE_TYPES]
            for field in refused:
                yield Finding(
                    field.place or fields.place,
                    variant="parameter",
                    rejections=[refusal.rejection for _, refusal in refusals(fields, _TYPE)],
                    edits=_edits(field, _bare(field.value)),
                    key=field.key,
                    value=" ".join(field.value.split())[:80],
                    meant=_bare(field.value),
                )
            if refused:
                continue
        for field, refusal in refusals(fields, _TYPE):
            skewed = refusal.by is not Refusing.ALWAYS
            kind = refusal.rejection.removeprefix("content-type-")
            meant = _meant(field.value.strip(), kind)
            yield Finding(
                field.place or fields.place,
                variant=refusal.by.value if skewed else "meant" if meant and kind == "unsupported" else kind,
                severity=Severity.WARNING if skewed or doubtful(fields, field.name) else None,
                rejections=[refusal.rejection],
                repeats=field.declared,
                edits=_edits(field, meant) if meant else (),
                key=field.key,
                value=" ".join(field.value.split())[:80],
                meant=meant or "text/markdown",
            )


_BARE_TYPES = ("text/markdown", "text/x-rst", "text/plain")


def _bare(value: str) -> str:
    """A content type without its parameters."""
    return value.partition(";")[0].strip().lower()


def _meant(value: str, kind: str) -> str | None:
    if kind == "charset":
        return _CHARSET.sub("charset=UTF-8", value, count=1)
    if kind == "variant":
        found = _VARIANT.search(value)
        known = {"gfm": "GFM", "commonmark": "CommonMark"}.get(found["name"].lower()) if found else None
        if found and known:
            return value[: found.start()] + f"variant={known}" + value[found.end() :]
        return value[: found.start()].rstrip("; ") + value[found.end() :] if found else None
    base = value.partition(";")[0].strip().lower()
    return _MEANT.get(base) or _MEANT.get(value.lower())


def _edits(field: Field, meant: str) -> list[Edit]:
    place = field.place
    if place is None:
        return []
    if is_string(place) and place.text[1:-1] == field.value:
        return [Edit.replace(place, basic_string(meant), Applicability.SAFE)]
    plain = place.source.path.endswith(".cfg") and place.text == field.value
    return [Edit.replace(place, meant, Applicability.SAFE)] if plain else []
