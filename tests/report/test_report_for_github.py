"""What GitHub shows: annotations in a log, and Markdown in the summary of a run."""

import re
import subprocess
import sys

from preflight.engine.finding import Edit, Severity
from preflight.report.markdown import cell, code, prose
from preflight.report.report import FORMATS, render
from preflight.sources.text import Source
from tests.report.samples_of_reports import PYPROJECT, WORKFLOW, everything, needless_password, report_of, reported

ANNOTATIONS = [
    "::error file=.github/workflows/publish.yml,line=11,col=5,endLine=11,endColumn=22,"
    "title=PUB003 environment-mismatch::"
    "job `publish` runs in environment `pypi`, but the publisher registered on PyPI names `release`"
    "%0ASet `environment: release` on job `publish`, or change the publisher on PyPI.",
    "::warning file=.github/workflows/publish.yml,line=17,col=11,endLine=17,endColumn=101,"
    "title=PUB012 needless-password::"
    "the upload sends a password, so `id-token: write` is granted for nothing"
    "%0ARemove `password`.%0AOr take the permission away.",
    "::notice file=.github/workflows/publish.yml,line=7,endLine=18,title=WFL001 whole-job::"
    "the job that builds also uploads%0APut it right.",
    "::error title=INT001 rule-crash::the check of `X` failed%0AReport it.",
]

PROBLEM = "the upload sends a password, so `id-token: write` is granted for nothing"

MARKDOWN = f"""\
## preflight

⚠️ **Ready to publish, with warnings.** Checked: 1 project, 1 workflow.

| errors | warnings | info | suppressed | fixable | rules skipped |
| ---: | ---: | ---: | ---: | ---: | ---: |
| 0 | 1 | 0 | 0 | 0 | 0 |

### ⚠️ PUB012 needless-password

**Warning** in `.github/workflows/publish.yml:17:11`: {PROBLEM}

```text
  --> .github/workflows/publish.yml:17:11
   |
10 |       id-token: write
   |       --------------- granted here
...
17 |           password: pypi-AgEI…(d9e2)
   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^
```

**Confidence:** likely

**Fix:** Remove `password`.<br>Or take the permission away.

`preflight check --fix --unsafe` makes this edit:

```diff
--- .github/workflows/publish.yml
+++ .github/workflows/publish.yml
@@ -16,2 +15,0 @@
-        with:
-          password: pypi-AgEI…(d9e2)
```

[What this means and how to fix it](https://pypi-preflight.readthedocs.io/rules/needless-password/)
"""


def test_annotations() -> None:
    lines = render(everything(), "github").splitlines()
    assert lines[:-1] == ANNOTATIONS
    assert lines[-1].startswith("Found 2 errors")
    assert render(everything(quiet=True), "github").splitlines() == ANNOTATIONS


def test_annotation_cannot_be_left_by_what_it_says() -> None:
    source = Source("a,b:c%\n::.toml", "x = 1\n")
    finding = reported(place=source.whole, message="100%\n::set-env name=A::b", fix="one\r\n\x1b[31m::error::two")
    line, _ = render(report_of(finding), "github").splitlines()
    assert line == (
        "::error file=a%2Cb%3Ac%25\\n%3A%3A.toml,line=1,col=1,endLine=1,endColumn=1,title=PUB003 environment-mismatch::"
        "100%25\\n::set-env name=A::b%0Aone%0A\\x1b[31m::error::two"
    )


def test_markdown() -> None:
    assert render(report_of(needless_password()), "markdown") == MARKDOWN


def test_markdown_says_how_it_stands() -> None:
    assert "✅ **Ready to publish.**" in render(report_of(), "markdown")
    assert "❌ **Not ready to publish.**" in render(everything(), "markdown")
    assert "- offline: `NAM002`, `NAM003`" in render(everything(), "markdown")
    assert "Skipped rules" not in render(everything(quiet=True), "markdown")


def test_markdown_shows_a_repeated_problem_once() -> None:
    found = [reported(place=WORKFLOW.line_place(number)) for number in range(1, 4)]
    shown = render(report_of(*found), "markdown")
    assert shown.count("### ") == 1
    assert "**Also in** `.github/workflows/publish.yml:2:1`, `.github/workflows/publish.yml:3:3`" in shown


def test_markdown_stays_below_what_github_takes() -> None:
    found = [reported(place=WORKFLOW.whole, message=f"{number} {'x' * 3000}") for number in range(1000)]
    shown = render(report_of(*found), "markdown")
    assert len(shown.encode()) < 1024 * 1024
    assert re.search(r"\d+ more problems are left out here", shown)


def test_prose_keeps_code_and_addresses_and_nothing_else() -> None:
    assert prose("a `b|c` *d* <img src=x> [e](f) | @user and #12") == (
        "a `b|c` \\*d\\* &lt;img src=x&gt; \\[e\\](f) &#124; @&#8203;user and \\#&#8203;12"
    )
    assert prose("see https://docs.pypi.org/a_b.") == "see <https://docs.pypi.org/a_b>."
    assert prose("mail me@example.org") == "mail me@example.org"
    assert prose("one ` tick <b>") == "one \\` tick &lt;b&gt;"


def test_code_may_hold_backticks_and_cells_bars() -> None:
    assert code("a`b``c") == "```a`b``c```"
    assert code("`a`") == "`` `a` ``"
    assert cell("`a|b` | c") == "`a\\|b` &#124; c"


def test_fences_are_longer_than_those_inside() -> None:
    source = Source("x.md", "```text\n<b>\n````\n")
    finding = reported(place=source.place(0, 11), edits=[Edit.insert(source, 0, "`````\n")], severity=Severity.INFO)
    shown = render(report_of(finding), "markdown")
    assert "``````diff\n" in shown
    assert "\n````text\n --> x.md" in shown


def modules_after(script: str) -> set[str]:
    """What a new interpreter has imported after running this."""
    code = f"import sys; {script}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_importing_the_report_imports_no_format() -> None:
    formats = {f"preflight.report.{name}" for name in FORMATS}
    assert not formats & modules_after("import preflight.report.report")


def test_terminal_report_imports_nothing_heavy() -> None:
    script = "from preflight.report.report import *; render(Report((), '1', {}), 'full')"
    heavy = {"json", "difflib", "xml", "textwrap", "rich", "preflight.report.sarif", "preflight.report.json"}
    assert not heavy & modules_after(script)


def test_edit_of_pyproject_is_a_patch() -> None:
    edit = Edit.insert(PYPROJECT, PYPROJECT.offset(4), 'readme = "README.md"\n')
    shown = render(report_of(reported(place=PYPROJECT.whole, edits=[edit])), "markdown")
    assert '--- pyproject.toml\n+++ pyproject.toml\n@@ -3,0 +4 @@\n+readme = "README.md"\n' in shown
