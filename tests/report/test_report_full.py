"""The terminal report: what a person sees, to the character."""

from textwrap import dedent

import pytest

from preflight.engine.finding import Applicability, Edit, Note, Result, Severity, Skipped
from preflight.report.report import Report, Section, render
from preflight.sources.text import Source
from tests.report.samples_of_reports import (
    PYPROJECT,
    WORKFLOW,
    at,
    environment_mismatch,
    everything,
    no_place,
    report_of,
    reported,
)

FULL = """\
error[PUB003]: job `publish` runs in environment `pypi`, but the publisher registered on PyPI
  names `release`
  --> .github/workflows/publish.yml:11:5
   |
11 |     environment: pypi
   |     ^^^^^^^^^^^^^^^^^
   |
  --> pyproject.toml:7:1
   |
 7 | environment = "release"
   | ----------------------- registered here
   |
   = fix: Set `environment: release` on job `publish`, or change the publisher on PyPI.
   = see: preflight explain environment-mismatch
   = edit: can be applied with --fix
10         id-token: write
11 -     environment: pypi
11 +     environment: release
12       steps:

warning[PUB012]: the upload sends a password, so `id-token: write` is granted for nothing
  --> .github/workflows/publish.yml:17:11
   |
10 |       id-token: write
   |       --------------- granted here
...
17 |           password: pypi-AgEI…(d9e2)
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = confidence: likely
   = fix: Remove `password`.
          Or take the permission away.
   = see: preflight explain needless-password
   = edit: can be applied with --fix --unsafe
15         - uses: pypa/gh-action-pypi-publish@release/v1
16 -         with:
17 -           password: pypi-AgEI…(d9e2)

info[WFL001]: the job that builds also uploads
  --> .github/workflows/publish.yml:7:3
   |
 7 | /   publish:
 8 | |     runs-on: ubuntu-latest
 9 | |     permissions:
...  |
17 | |           password: pypi-AgEI…(d9e2)
   | |____________________________________^
   |
   = fix: Put it right.
   = see: preflight explain whole-job

error[INT001]: the check of `X` failed
  = fix: Report it.
  = see: preflight explain rule-crash

Found 2 errors, 1 warning, 1 info (1 suppressed, 3 rules skipped). 1 fixable with --fix, 1 more with
--fix --unsafe.
"""

NARROW_AND_VERBOSE = """\
error[PUB003]: job `publish` runs in environment `pypi`,
  but the publisher registered on PyPI names `release`
  --> .github/workflows/publish.yml:11:5
   |
11 |     environment: pypi
   |     ^^^^^^^^^^^^^^^^^
   |
  --> pyproject.toml:7:1
   |
 7 | environment = "release"
   | ----------------------- registered here
   |
   = fix: Set `environment: release` on job `publish`, or
          change the publisher on PyPI.
   = see: preflight explain environment-mismatch
          https://pypi-preflight.readthedocs.io/rules/environment-mismatch/
   = edit: can be applied with --fix
10         id-token: write
11 -     environment: pypi
11 +     environment: release
12       steps:

Skipped NAM002, NAM003: offline
Checked 1 project, 1 workflow.
Found 1 error (2 rules skipped). 1 fixable with --fix.
"""

COLOURED = (
    "\x1b[1;31merror[PUB003]\x1b[0m"
    "\x1b[1m: job `publish` runs in environment `pypi`, but the publisher registered on PyPI\x1b[0m\n"
    "  \x1b[1mnames `release`\x1b[0m\n"
    "\x1b[1;34m  -->\x1b[0m .github/workflows/publish.yml:11:5\n"
    "\x1b[1;34m   |\x1b[0m\n"
    "\x1b[1;34m11 |\x1b[0m     environment: pypi\n"
    "\x1b[1;34m   |\x1b[0m     \x1b[1;31m^^^^^^^^^^^^^^^^^\x1b[0m\n"
    "\x1b[1;34m   |\x1b[0m\n"
    "\x1b[1;34m  -->\x1b[0m pyproject.toml:7:1\n"
    "\x1b[1;34m   |\x1b[0m\n"
    '\x1b[1;34m 7 |\x1b[0m environment = "release"\n'
    "\x1b[1;34m   |\x1b[0m \x1b[1;34m-----------------------\x1b[0m \x1b[1;34mregistered here\x1b[0m\n"
    "\x1b[1;34m   |\x1b[0m\n"
    "   \x1b[1;34m=\x1b[0m \x1b[1mfix:\x1b[0m Set \x1b[36m`environment: release`\x1b[0m "
    "on job \x1b[36m`publish`\x1b[0m, or change the publisher on PyPI.\n"
    "   \x1b[1;34m=\x1b[0m \x1b[1msee:\x1b[0m preflight explain environment-mismatch\n"
    "   \x1b[1;34m=\x1b[0m \x1b[1medit:\x1b[0m can be applied with --fix\n"
    "\x1b[1;34m10\x1b[0m         id-token: write\n"
    "\x1b[1;34m11\x1b[0m \x1b[31m-     environment: pypi\x1b[0m\n"
    "\x1b[1;34m11\x1b[0m \x1b[32m+     environment: release\x1b[0m\n"
    "\x1b[1;34m12\x1b[0m       steps:\n"
    "\n"
    "Found \x1b[1;31m1 error\x1b[0m. 1 fixable with --fix.\n"
)


def test_plain() -> None:
    assert render(everything(), "full") == FULL


def test_narrow_and_verbose() -> None:
    skipped = [Skipped("NAM002", "offline"), Skipped("NAM003", "offline"), Skipped("NAM002", "offline")]
    report = report_of(environment_mismatch(), skipped=skipped, width=60, verbose=True)
    assert render(report, "full") == NARROW_AND_VERBOSE


def test_coloured() -> None:
    assert render(report_of(environment_mismatch(), color=True), "full") == COLOURED


def test_quiet_leaves_only_findings() -> None:
    assert render(everything(quiet=True), "full") + "\n" == FULL[: FULL.index("Found 2 errors")]
    assert render(report_of(quiet=True), "full") == ""


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (report_of(), "All checks passed: 1 project, 1 workflow."),
        (report_of(checked=None), "All checks passed."),
        (report_of(suppressed=2), "All checks passed: 1 project, 1 workflow (2 suppressed)."),
        (report_of(skipped=[Skipped("A", "x")]), "All checks passed: 1 project, 1 workflow (1 rule skipped)."),
        (report_of(reported(), reported(place=PYPROJECT.whole)), "Found 2 errors."),
        (
            Report((Section(Result(fixed=[environment_mismatch()])),), "0.1.0", {}, checked="1 project"),
            "Fixed 1 problem. Nothing else was found: 1 project.",
        ),
        (
            Report((Section(Result(crashed=True)),), "0.1.0", {}, checked="1 project"),
            "Nothing was found, but a rule of preflight failed and its result is missing.",
        ),
    ],
)
def test_closing_line(report: Report, line: str) -> None:
    assert render(report, "full").splitlines()[-1] == line
    assert render(report, "concise").splitlines()[-1] == line


def repeated(count: int) -> list[str]:
    found = [reported(place=WORKFLOW.line_place(number + 1)) for number in range(count)]
    return render(report_of(*found), "full").splitlines()


def test_repeats_are_listed_under_the_first() -> None:
    lines = repeated(3)
    assert lines[6:9] == [
        "  = also: .github/workflows/publish.yml:2:1",
        "          .github/workflows/publish.yml:3:3",
        "  = fix: Put it right.",
    ]
    assert lines[-1] == "Found 3 errors."


def test_many_repeats_are_counted_and_verbose_lists_all() -> None:
    assert "          and 4 more (--verbose lists them)" in repeated(9)
    found = [reported(place=WORKFLOW.line_place(number + 1)) for number in range(9)]
    shown = render(report_of(*found, verbose=True), "full")
    assert all(f"publish.yml:{number}:" in shown for number in range(1, 10))
    assert "more (" not in shown


def test_other_words_are_another_problem() -> None:
    found = [reported(place=WORKFLOW.whole, message=word) for word in ("one", "two")]
    assert render(report_of(*found), "full").count("-->") == 2


def test_fixed_findings_are_listed_and_not_counted_as_left() -> None:
    sections = (Section(Result(findings=[no_place()], fixed=[environment_mismatch()])),)
    lines = render(Report(sections, "0.1.0", {}), "full").splitlines()
    assert lines[-3].startswith("fixed[PUB003]: .github/workflows/publish.yml:11:5: job `publish`")
    assert lines[-1] == "Fixed 1 problem. Found 1 error."


def test_prefix_goes_before_every_path() -> None:
    finding = environment_mismatch()
    shown = render(Report((Section(Result([finding]), "../other/"),), "0.1.0", {}), "full")
    assert "--> ../other/.github/workflows/publish.yml:11:5" in shown
    assert "--> ../other/pyproject.toml:7:1" in shown


def test_member_of_an_archive_is_shown_below_it() -> None:
    source = Source("dist/demo-1.0-py3-none-any.whl", "Name: demo\nVersion: x\n", "demo-1.0.dist-info/METADATA")
    shown = render(report_of(reported(place=at(source, "x"))), "full")
    assert " --> dist/demo-1.0-py3-none-any.whl/demo-1.0.dist-info/METADATA:2:10\n" in shown


def test_source_without_text_is_only_named() -> None:
    archive = Source("dist/demo-1.0.tar.gz", "")
    finding = reported(place=archive.whole, related=[Note(Source("dist/demo-1.0.whl", "").whole, "and here")])
    assert render(report_of(finding), "full").splitlines()[:4] == [
        "error[PUB003]: something is wrong",
        " --> dist/demo-1.0.tar.gz",
        " --> dist/demo-1.0.whl: and here",
        "  = fix: Put it right.",
    ]


def test_edit_in_another_file_names_the_file() -> None:
    finding = reported(place=WORKFLOW.whole, edits=[Edit.insert(PYPROJECT, 0, "# new\n", Applicability.SHOW)])
    lines = render(report_of(finding), "full").splitlines()
    assert lines[-6:-2] == ["  = edit: to be made by hand", " --> pyproject.toml", "1 + # new", "2   [project]"]


def test_long_edit_is_cut() -> None:
    edit = Edit.insert(PYPROJECT, 0, "".join(f"# {number}\n" for number in range(30)))
    lines = render(report_of(reported(place=PYPROJECT.whole, edits=[edit])), "full").splitlines()
    assert " 1 + # 0" in lines
    assert lines[-3] == "... 21 more lines"


def test_edits_far_apart_are_shown_apart() -> None:
    edits = [
        Edit.replace(at(WORKFLOW, text), "x")
        for text in ("name: publish", "contents", "python -m build")
        if text in WORKFLOW.text
    ]
    shown = render(report_of(reported(place=WORKFLOW.whole, edits=edits)), "full")
    assert shown.endswith(
        dedent(
            """\
             1 - name: publish
             1 + x
             2   on:
            ...
            13         - uses: actions/checkout@v4
            14 -       - run: python -m build
            14 +       - run: x
            15         - uses: pypa/gh-action-pypi-publish@release/v1

            Found 1 error. 1 fixable with --fix.
            """
        )
    )


def test_concise() -> None:
    expected = """\
.github/workflows/publish.yml:11:5: error[PUB003] job `publish` runs in environment `pypi`, but the publisher registered on PyPI names `release`
.github/workflows/publish.yml:17:11: warning[PUB012] the upload sends a password, so `id-token: write` is granted for nothing
.github/workflows/publish.yml:7:3: info[WFL001] the job that builds also uploads
error[INT001] the check of `X` failed
Found 2 errors, 1 warning, 1 info (1 suppressed, 3 rules skipped). 1 fixable with --fix, 1 more with --fix --unsafe.
"""
    assert render(everything(), "concise") == expected
    assert render(everything(quiet=True), "concise") == "".join(expected.splitlines(keepends=True)[:-1])


def test_concise_in_colour_and_with_fixed_ones() -> None:
    sections = (Section(Result([reported(severity=Severity.WARNING)], fixed=[environment_mismatch()])),)
    lines = render(Report(sections, "0.1.0", {}, color=True), "concise").splitlines()
    assert lines[0] == "\x1b[1;33mwarning[PUB003]\x1b[0m something is wrong"
    assert lines[1].startswith(".github/workflows/publish.yml:11:5: \x1b[1;32mfixed[PUB003]\x1b[0m job")


def test_unknown_format() -> None:
    with pytest.raises(ValueError, match="expected one of full, concise"):
        render(report_of(), "html")
