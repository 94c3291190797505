"""Findings and reports to render: built directly, no engine involved."""

from collections.abc import Mapping, Sequence
from typing import Any

from preflight.engine.finding import Applicability, Confidence, Edit, Note, Reported, Result, Severity, Skipped
from preflight.report.report import Report, Section
from preflight.sources.text import Place, Source

TOKEN = "pypi-AgEIcHlwaS5vcmcCJDU3ZTZmZDQ3LWU0YjktNDdmYi1hNmE1LWM4YzY3ODkwMTIzNAACKlszLCI"

WORKFLOW = Source(
    ".github/workflows/publish.yml",
    f"""\
name: publish
on:
  release:
    types: [published]
permissions: {{}}
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    environment: pypi
    steps:
      - uses: actions/checkout@v4
      - run: python -m build
      - uses: pypa/gh-action-pypi-publish@release/v1
        with:
          password: {TOKEN}
""",
)

PYPROJECT = Source(
    "pyproject.toml",
    """\
[project]
name = "demo"
version = "1.0"

[[tool.preflight.publishers]]
owner = "octo-org"
environment = "release"
""",
)


def at(source: Source, text: str) -> Place:
    """The place of a text in a source."""
    start = source.text.index(text)
    return source.place(start, start + len(text))


def reported(
    code: str = "PUB003",
    name: str = "environment-mismatch",
    *,
    severity: Severity = Severity.ERROR,
    confidence: Confidence = Confidence.CERTAIN,
    message: str = "something is wrong",
    fix: str = "Put it right.",
    place: Place | None = None,
    related: Sequence[Note] = (),
    edits: Sequence[Edit] = (),
    args: Mapping[str, Any] | None = None,
    rejections: Sequence[str] = (),
    causes: Sequence[str] = (),
    fingerprint: str = "0" * 32,
    fixed: bool = False,
) -> Reported:
    """A finding with the words given here."""
    url = f"https://pypi-preflight.readthedocs.io/rules/{name}/"
    return Reported(
        code,
        name,
        severity,
        confidence,
        message,
        fix,
        args or {},
        tuple(rejections),
        tuple(causes),
        place,
        tuple(related),
        tuple(edits),
        url,
        fingerprint,
        fixed,
    )


def report_of(*findings: Reported, skipped: Sequence[Skipped] = (), suppressed: int = 0, **options: Any) -> Report:
    """A report of one section."""
    sections = (Section(Result(list(findings), list(skipped), suppressed=suppressed)),)
    return Report(
        **{"sections": sections, "version": "0.1.0", "rules": {}, "checked": "1 project, 1 workflow", **options}
    )


def environment_mismatch() -> Reported:
    """Two files, and a safe edit."""
    place = at(WORKFLOW, "environment: pypi")
    return reported(
        message="job `publish` runs in environment `pypi`, but the publisher registered on PyPI names `release`",
        fix="Set `environment: release` on job `publish`, or change the publisher on PyPI.",
        place=place,
        related=[Note(at(PYPROJECT, 'environment = "release"'), "registered here")],
        edits=[Edit.replace(place, "environment: release")],
        args={"job": "publish", "actual": "pypi", "expected": "release"},
        rejections=["gh-environment-mismatch"],
        causes=["environment-name-mismatch"],
        fingerprint="a" * 32,
    )


def needless_password() -> Reported:
    """Two places in one file, one of them with a secret, which an unsafe edit removes."""
    return reported(
        "PUB012",
        "needless-password",
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        message="the upload sends a password, so `id-token: write` is granted for nothing",
        fix="Remove `password`.\nOr take the permission away.",
        place=at(WORKFLOW, f"password: {TOKEN}"),
        related=[Note(at(WORKFLOW, "id-token: write"), "granted here")],
        edits=[Edit.delete_lines(at(WORKFLOW, f"with:\n          password: {TOKEN}"), Applicability.UNSAFE)],
        args={"names": ["a", "b"], "token": TOKEN},
        fingerprint="b" * 32,
    )


def whole_job() -> Reported:
    """A span of many lines, and nothing that could be edited."""
    return reported(
        "WFL001",
        "whole-job",
        severity=Severity.INFO,
        message="the job that builds also uploads",
        place=WORKFLOW.place(WORKFLOW.text.index("publish:\n    runs"), len(WORKFLOW.text)),
        fingerprint="c" * 32,
    )


def no_place() -> Reported:
    """Nothing on disk to point at."""
    return reported("INT001", "rule-crash", message="the check of `X` failed", fix="Report it.", fingerprint="d" * 32)


def everything(**options: Any) -> Report:
    """One report with all of them, with skipped rules and a suppressed finding."""
    skipped = [Skipped("NAM002", "offline"), Skipped("NAM003", "offline"), Skipped("TOK001", "no log")]
    findings = (environment_mismatch(), needless_password(), whole_job(), no_place())
    return report_of(*findings, skipped=skipped, suppressed=1, **options)
