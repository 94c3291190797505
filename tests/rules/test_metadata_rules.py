"""Rules about core metadata: what looks wrong and is right, what depends on the backend, and built files."""

from pathlib import Path

import pytest
from harness import apply_edits, check_files
from publishing_workflow import ON_RELEASE

from preflight.distributions.fields import Field, FieldSet, Origin
from preflight.engine.finding import Applicability, Confidence, Reported, Severity
from preflight.engine.session import Options, run_check
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.sources.tree import MemoryTree

BACKENDS = {
    "hatchling": "hatchling.build",
    "setuptools": "setuptools.build_meta",
    "flit": "flit_core.buildapi",
    "pdm": "pdm.backend",
    "poetry": "poetry.core.masonry.api",
    "in-tree": "ours",
}


def project(body: str, backend: str = "hatchling") -> str:
    own = 'backend-path = ["."]\n' if backend == "in-tree" else ""
    system = f'[build-system]\nrequires = ["{backend}"]\nbuild-backend = "{BACKENDS[backend]}"\n{own}'
    return f'{system}[project]\nname = "sample"\nversion = "1.0"\n{body}\n'


def findings(body: str, *select: str, backend: str = "hatchling", **files: str) -> list[Reported]:
    tree = {"pyproject.toml": project(body, backend), **{name.replace("__", "."): text for name, text in files.items()}}
    result = check_files(tree, *(select or ("MET",)))
    assert not result.crashed, [each.message for each in result.findings]
    return result.findings


def codes(body: str, *select: str, backend: str = "hatchling", **files: str) -> list[str]:
    return [each.code for each in findings(body, *select, backend=backend, **files)]


def mended(body: str, *kinds: Applicability, backend: str = "hatchling") -> str:
    text = project(body, backend)
    found = check_files({"pyproject.toml": text}, "MET").findings
    after = apply_edits({"pyproject.toml": text}, found, *(kinds or (Applicability.SAFE, Applicability.UNSAFE)))
    return after["pyproject.toml"].removeprefix(project("", backend).rstrip("\n") + "\n").strip()


def built(*fields: tuple[str, str], kept: bool = False) -> list[Reported]:
    """The findings on a built file that holds these fields, beside those every file has."""
    basic = () if kept else (("metadata-version", "2.4"), ("name", "sample"), ("version", "1.0"))
    held = []
    for name, value in (*basic, *fields):
        label, text = value.split(", ", 1) if name == "project-url" else ("", value)
        held.append(Field(name, text, None, name.title(), label))
    sets = (FieldSet(Origin.WHEEL, "dist/sample-1.0-py3-none-any.whl", tuple(held)),)
    workspace = Workspace(MemoryTree({"pyproject.toml": project("").encode()}), Focus(("",)))
    table = {**FACTS, "metadata_sets": lambda: sets}
    result = run_check(workspace, Options(select=("MET",)), table).result
    assert not result.crashed, [each.message for each in result.findings]
    return result.findings


ORDINARY = """
description = "Samples for everybody"
readme = "README.md"
requires-python = ">=3.10"
license = "MIT"
license-files = ["LICEN[CS]E*", "licenses/*.txt"]
authors = [{ name = "Ada Lovelace", email = "ada@sample.dev" }, { name = "Łukasz" }]
keywords = ["{{ braces }}"]
classifiers = ["Development Status :: 4 - Beta", "Typing :: Typed"]
dependencies = ["requests>=2.32,<3", "foo[bar]~=1.2; python_version < '3.12'"]

[project.optional-dependencies]
with_CLI = ["click>=8"]

[project.urls]
Homepage = "https://github.com/octo-org/sample"
docs = "https://sample.dev/"
Docs = "https://sample.dev/docs"
"""


def test_an_ordinary_project_is_clean_and_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = """
import sys
sys.path[:0] = ["tests"]
from harness import check_files
result = check_files({"pyproject.toml": sys.argv[1], "README.md": "# Sample", "LICENSE": ""}, "MET")
assert not result.findings and not result.crashed, result.findings
heavy = "packaging.requirements packaging.specifiers packaging.licenses email_validator rfc3986 readme_renderer docutils trove_classifiers difflib"
print([name for name in heavy.split() if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code, project(ORDINARY)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_ordinary_project_is_clean_with_any_backend(backend: str) -> None:
    assert codes(ORDINARY, backend=backend, README__md="# Sample") == []


@pytest.mark.parametrize(
    "body",
    [
        'authors = [{ name = "Ada", email = "ada@localhost" }, { name = "Bob", email = "bob@localhost" }]',
        'authors = [{ name = "Ada" }]',
        'license = "GPL-2.0"',
        'license = "LicenseRef-Ours"',
        'license = { text = "MIT License" }',
        'description = "Renders {{ mustache }} and {% jinja %}"',
        'requires-python = ">=3.10,<4"',
        'requires-python = ">=3.15"',
        'classifiers = ["Private :: Do Not Upload"]',
        'readme = { text = "# x", content-type = "text/markdown" }',
        '[project.urls]\nA = "http://localhost"\nB = "https://sample.dev/a b"',
        'license = "MIT"\nclassifiers = ["License :: OSI Approved :: MIT License"]',
        'dependencies = ["foo"]\n[tool.uv.sources]\nfoo = { git = "https://github.com/octo-org/foo" }',
        '[dependency-groups]\ndev = ["foo @ git+https://github.com/octo-org/foo", "not valid"]',
        'dependencies = ["foo=={env:FOO_VERSION}"]',
    ],
)
def test_what_looks_wrong_and_is_right(body: str) -> None:
    assert codes(body) == []


def test_poetrys_own_syntax_is_left_alone() -> None:
    text = """
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
[tool.poetry]
name = "sample"
version = "1.0"
description = "x"
authors = ["Ada <ada@sample.dev>", "Bob <bob@localhost>"]
license = "Proprietary"
readme = "README"
homepage = "https://sample.dev"
[tool.poetry.urls]
Homepage = "https://sample.dev/x"
[tool.poetry.dependencies]
python = "^3.10"
requests = "~2.32"
"""
    assert not check_files({"pyproject.toml": text, "README": "# x\n`y"}, "MET").findings


def test_poetry_sends_an_unknown_licence_as_free_text() -> None:
    assert codes('license = "Proprietary"', "MET023", backend="poetry") == []
    assert codes('license = "Proprietary"', "MET023", backend="pdm") == ["MET023"]


def test_poetry_reads_requirements_by_its_own_rules() -> None:
    assert codes('dependencies = ["foo>=1  # why"]', "MET015", backend="poetry") == []
    [finding] = findings('dependencies = ["foo>=1.*"]', "MET015", backend="poetry")
    assert finding.severity is Severity.WARNING
    [finding] = findings('dependencies = ["foo>=1.*"]', "MET015", backend="pdm")
    assert finding.severity is Severity.ERROR


def test_code_of_the_projects_own_makes_everything_a_warning() -> None:
    body = 'requires-python = "3.10"\nclassifiers = ["Nonsense"]\ndependencies = ["foo @ https://foo.org/x"]'
    assert {each.severity for each in findings(body, backend="in-tree")} == {Severity.WARNING}


@pytest.mark.parametrize(
    ("backend", "severity"),
    [
        ("flit", Severity.ERROR),
        ("pdm", Severity.ERROR),
        ("poetry", Severity.WARNING),
        ("setuptools", Severity.WARNING),
        ("hatchling", Severity.INFO),
        ("in-tree", Severity.WARNING),
    ],
)
def test_what_backends_do_with_a_summary_of_two_lines(backend: str, severity: Severity) -> None:
    [finding] = findings('description = "a\\nb"', "MET006", backend=backend)
    assert finding.severity is severity


def test_a_line_break_at_the_end_of_a_summary() -> None:
    body = 'description = """a\n"""'
    assert [codes(body, "MET006", backend=each) for each in ("hatchling", "setuptools", "flit")] == [[], [], []]
    assert codes(body, "MET006", backend="pdm") == ["MET006"]


def test_other_line_breaks_in_a_summary_are_refused_only_by_newer_packaging() -> None:
    [finding] = findings('description = "a\\u2028b"', "MET006", backend="flit")
    assert finding.severity is Severity.WARNING
    assert "newer packaging" in finding.message


def test_characters_of_a_summary_count_and_not_bytes() -> None:
    assert codes(f'description = "{"字" * 512}"') == []
    [finding] = findings(f'description = "{"字" * 513}"')
    assert (finding.code, finding.args["over"]) == ("MET007", 1)


def test_a_summary_over_lines_is_joined() -> None:
    assert mended('description = """\\\n  a\n  b  """', backend="flit") == 'description = "a b"'


def test_an_author_whose_name_needs_quotes_is_a_warning() -> None:
    [finding] = findings('authors = [{ name = "Lovelace, Ada", email = "ada@localhost" }]', "MET008")
    assert finding.severity is Severity.WARNING


def test_classifiers_are_replaced_removed_or_left() -> None:
    body = """classifiers = [
  "Natural Language :: Ukranian", # home
  "topic :: database",
  "Typing :: Typed",
  "Framework :: Nothing Like It At All",
]"""
    after = """classifiers = [
  "Natural Language :: Ukrainian", # home
  "Topic :: Database",
  "Typing :: Typed",
]"""
    assert codes(body) == ["MET009", "MET010", "MET010"]
    assert mended(body) == after
    assert codes(after) == []


def test_a_replacement_that_is_there_already_means_removal() -> None:
    body = 'classifiers = ["Natural Language :: Ukranian", "Natural Language :: Ukrainian"]'
    assert mended(body) == 'classifiers = ["Natural Language :: Ukrainian"]'


def test_a_version_above_those_on_the_list_may_be_new() -> None:
    [finding] = findings('classifiers = ["Framework :: Django :: 99.0"]')
    assert (finding.code, finding.severity) == ("MET010", Severity.WARNING)


def test_a_leading_blank_is_lost_where_the_backend_does_not_look() -> None:
    body = 'classifiers = [" Typing :: Typed"]'
    assert [each.severity for each in findings(body, backend="pdm")] == [Severity.WARNING]
    assert [each.severity for each in findings(body, backend="hatchling")] == [Severity.ERROR]
    assert mended(body) == 'classifiers = ["Typing :: Typed"]'


PUBLISHER = '[[tool.preflight.publishers]]\nindex = "{index}"\nowner = "o"\nrepository = "r"\nworkflow = "w.yml"\n'


def test_a_private_classifier_matters_only_where_something_is_published() -> None:
    body = 'classifiers = ["Private :: Do Not Upload"]\n'
    assert codes(body) == []
    assert codes(body + PUBLISHER.format(index="https://index.sample.dev/")) == []
    for index in ("pypi", "testpypi"):
        [finding] = findings(body + PUBLISHER.format(index=index))
        assert (finding.code, finding.severity) == ("MET011", Severity.ERROR)
    assert codes(body + PUBLISHER.format(index="pypi") + 'project = "another"\n') == []
    assert codes(body + PUBLISHER.format(index="pypi") + 'project = "Sample"\n') == ["MET011"]


def test_labels_that_differ_only_by_blanks() -> None:
    [finding] = findings('[project.urls]\n"Docs" = "https://a.org"\n" Docs " = "https://b.org"')
    assert (finding.code, finding.rejections) == ("MET012", ("project-url-duplicate",))


def test_a_comma_in_a_label_spoils_the_url() -> None:
    [finding] = findings('[project.urls]\n"Docs, all" = "https://a.org"')
    assert (finding.code, finding.rejections) == ("MET013", ("project-url-invalid",))
    assert "`Docs, all`" in finding.message


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("sample.dev/x", "https://sample.dev/x"),
        ("git@github.com:octo-org/sample.git", "https://github.com/octo-org/sample"),
        ("git+https://github.com/octo-org/sample.git", "https://github.com/octo-org/sample"),
        ("mailto:ada@sample.dev", None),
        ("see the docs", None),
    ],
)
def test_urls_and_what_was_meant(url: str, meant: str | None) -> None:
    [finding] = findings(f'[project.urls]\nHome = "{url}"')
    assert finding.code == "MET013"
    assert [edit.replacement for edit in finding.edits] == ([f'"{meant}"'] if meant else [])


def test_a_url_of_poetrys_table_is_reported_once() -> None:
    text = '[tool.poetry]\nname = "sample"\nversion = "1.0"\nhomepage = "sample.dev"\n'
    assert [each.code for each in check_files({"pyproject.toml": text}, "MET").findings] == ["MET013"]


def test_secrets_in_urls_are_not_shown() -> None:
    for entry in ("foo @ git+https://user:hunter2@git.org/foo", "foo bar https://user:hunter2@git.org"):
        [finding] = findings(f'dependencies = ["{entry}"]')
        assert "hunter2" not in finding.message + finding.fix + str(finding.args)


def test_dependencies_of_extras_count() -> None:
    [finding] = findings('[project.optional-dependencies]\ndev = ["foo @ git+https://github.com/octo-org/foo"]')
    assert finding.code == "MET014"
    assert "extra `dev`" in finding.message


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.0", (Severity.ERROR, Confidence.CERTAIN)),
        ("3.0.0b0", (Severity.ERROR, Confidence.CERTAIN)),
        ("2.5.0.dev0", (Severity.WARNING, Confidence.LIKELY)),
    ],
)
def test_a_url_between_two_releases_is_a_warning(version: str, expected: tuple[Severity, Confidence]) -> None:
    text = project('dependencies = ["foo @ git+https://github.com/octo-org/foo"]').replace('"1.0"', f'"{version}"')
    [finding] = check_files({"pyproject.toml": text}, "MET014").findings
    assert (finding.severity, finding.confidence) == expected


def test_setuptools_reads_comments_and_normalises_extras() -> None:
    text = """from setuptools import setup
setup(
    name="sample",
    version="1.0",
    install_requires=["foo>=1  # why", "# nothing", ""],
    extras_require={"all of it": "bar  # why\\nbaz"},
)
"""
    assert not check_files({"setup.py": text}, "MET").findings


def test_setup_files_are_judged_too() -> None:
    cfg = """[metadata]
name = sample
version = 1.0
url = sample.dev
author_email = ada@localhost
classifiers =
    Typing :: Typed
    Nonsense
[options]
python_requires = 3.8
install_requires =
    foo bar
"""
    found = check_files({"setup.cfg": cfg}, "MET").findings
    assert sorted(each.code for each in found) == ["MET008", "MET010", "MET013", "MET015", "MET017"]
    assert {each.place.source.path for each in found if each.place} == {"setup.cfg"}


def test_a_name_that_setuptools_has_to_guess() -> None:
    assert [
        each.code
        for each in check_files({"setup.py": "from setuptools import setup\nsetup(version='1')\n"}, "MET").findings
    ] == ["MET001"]
    dynamic = "from setuptools import setup\nsetup(name=read_name(), version='1')\n"
    assert not check_files({"setup.py": dynamic}, "MET").findings
    assert not check_files({"setup.py": "from setuptools import setup\nsetup(**options)\n"}, "MET").findings


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("3.10", ">=3.10"),
        ("^3.10", ">=3.10,<4.0"),
        ("~3.10", ">=3.10,<3.11"),
        (">=3.10.*", ">=3.10"),
        ("3.10 or newer", None),
    ],
)
def test_python_versions_are_translated(value: str, meant: str | None) -> None:
    body = f'requires-python = "{value}"'
    assert codes(body) == ["MET017"]
    assert mended(body) == (f'requires-python = "{meant}"' if meant else body)
    assert mended(body, Applicability.SAFE) == body


RST_ERROR = "Sample\n======\n\nSee :ref:`there`.\n"


def test_an_error_in_a_readme_is_shown_in_the_readme() -> None:
    [finding] = findings('readme = "README.rst"', README__rst=RST_ERROR)
    assert finding.code == "MET021"
    assert finding.place is not None
    assert (finding.place.source.path, finding.place.line) == ("README.rst", 4)
    assert finding.rejections == ("description-render-failed",)


def test_readmes_that_render() -> None:
    good = "Sample\n======\n\n.. image:: https://sample.dev/x.png\n\n`a <https://a.org>`_ and `a <https://b.org>`_\n\n.. code-block:: nothing\n\n   x\n"
    assert codes('readme = "README.rst"', README__rst=good) == []
    assert codes('readme = "README.md"', README__md=RST_ERROR) == []
    assert codes('readme = "README.txt"', README__txt=RST_ERROR) == []
    assert codes('readme = "README.rst"') == []


def test_a_role_that_one_readme_defines_is_unknown_in_the_next() -> None:
    defines = ".. role:: ours\n\n:ours:`x`\n"
    assert codes('readme = "README.rst"', README__rst=defines) == []
    assert codes('readme = "README.rst"', README__rst=":ours:`x`\n") == ["MET021"]


def test_a_readme_of_only_a_title_renders_with_newer_renderers() -> None:
    [finding] = findings('readme = "README.rst"', README__rst="Sample\n======\n")
    assert (finding.code, finding.severity) == ("MET021", Severity.WARNING)
    assert codes('readme = "README.rst"', README__rst="Sample\n======\n\nText.\n") == []


def test_docutils_files_of_the_project_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = "[general]\nhalt_level: 5\nfile_insertion_enabled: yes\nraw_enabled: yes\n"
    (tmp_path / "docutils.conf").write_text(settings, encoding="utf-8")
    assert codes('readme = "README.rst"', README__rst="x\n\n.. raw:: html\n\n   <b>\n") == ["MET021"]
    assert codes('readme = "README.rst"', README__rst="x\n\n.. include:: docutils.conf\n") == ["MET021"]


def test_the_description_of_setup_cfg_needs_a_type() -> None:
    cfg = "[metadata]\nname = sample\nversion = 1.0\nlong_description = file: README.md\n"
    bad, harmless = "# x\n\n* a\n  * b\n* `c\n", "Plain words.\n"
    [finding] = check_files({"setup.cfg": cfg, "README.md": bad}, "MET").findings
    assert (finding.code, finding.severity) == ("MET020", Severity.ERROR)
    [finding] = check_files({"setup.cfg": cfg, "README.md": harmless}, "MET").findings
    assert (finding.code, finding.severity) == ("MET020", Severity.WARNING)
    after = apply_edits({"setup.cfg": cfg}, [finding], Applicability.SAFE)
    assert not check_files({**after, "README.md": bad}, "MET").findings


def test_a_description_that_setup_py_computes() -> None:
    text = (
        'from setuptools import setup\nsetup(name="sample", version="1", long_description=open("README.md").read(){})\n'
    )
    [finding] = check_files({"setup.py": text.format(""), "README.md": "# x"}, "MET").findings
    assert (finding.code, finding.severity) == ("MET020", Severity.WARNING)
    typed = text.format(', long_description_content_type="text/markdown"')
    assert not check_files({"setup.py": typed, "README.md": "# x"}, "MET").findings


def test_a_readme_without_a_known_ending() -> None:
    markdown = "# x\n\n* a\n  * b\n* `c\n"
    for backend, expected in (("setuptools", ["MET020"]), ("flit", ["MET020"]), ("hatchling", []), ("poetry", [])):
        found = findings('description = "x"\nreadme = "README"', backend=backend, README=markdown)
        assert [each.code for each in found] == expected, backend
    body = 'description = "x"\nreadme = "README.markdown"'
    assert codes(body, "MET", "PRJ002", backend="setuptools", README__markdown=markdown) == ["PRJ002"]
    table = 'readme = { file = "README.md" }'
    assert codes(table, "MET", "PRJ002", backend="setuptools", README__md=markdown) == ["PRJ002"]


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("markdown", "text/markdown"),
        ("text/x-markdown; charset=UTF-8", "text/markdown"),
        ("text/rst", "text/x-rst"),
        ("text/markdown; charset=latin-1", "text/markdown; charset=UTF-8"),
        ("text/markdown; variant=gfm", "text/markdown; variant=GFM"),
        ("text/markdown; variant=Pandoc", "text/markdown"),
    ],
)
def test_content_types_are_mended(value: str, after: str) -> None:
    body = f'readme = {{ text = "x", content-type = "{value}" }}'
    assert codes(body, backend="setuptools") == ["MET022"]
    assert mended(body, Applicability.SAFE, backend="setuptools") == body.replace(value, after)
    assert codes(body.replace(value, after), backend="setuptools") == []


def test_a_charset_in_small_letters_is_refused_only_by_the_packaging_of_today() -> None:
    [finding] = findings('readme = { text = "x", content-type = "text/markdown; charset=utf-8" }', backend="pdm")
    assert (finding.code, finding.severity) == ("MET022", Severity.WARNING)


@pytest.mark.parametrize(
    ("backend", "expected"),
    [("setuptools", [Severity.ERROR]), ("pdm", [Severity.WARNING]), ("hatchling", []), ("poetry", [])],
)
def test_a_licence_classifier_beside_the_expression(backend: str, expected: list[Severity]) -> None:
    body = 'license = "MIT"\nclassifiers = ["License :: OSI Approved :: MIT License"]'
    assert [each.severity for each in findings(body, backend=backend)] == expected
    assert codes(body.replace('"MIT"', '{ text = "MIT" }', 1), backend=backend) == []


@pytest.mark.parametrize(
    ("pattern", "backend", "expected"),
    [
        ("../LICENSE", "flit", Severity.ERROR),
        ("../LICENSE", "hatchling", Severity.WARNING),
        ("../LICENSE", "setuptools", Severity.WARNING),
        ("/etc/licence", "setuptools", Severity.ERROR),
        ("licenses\\\\MIT", "poetry", Severity.ERROR),
    ],
)
def test_patterns_of_licence_files(pattern: str, backend: str, expected: Severity) -> None:
    [finding] = findings(f'description = "x"\nlicense-files = ["{pattern}"]', "MET025", backend=backend)
    assert finding.severity is expected


@pytest.mark.parametrize(
    "body",
    [
        'description = "Add your description here"',
        'authors = [{ name = "Your Name", email = "you@example.com" }]',
        'authors = [{ name = "Your Name" }]',
        '[project.urls]\nHomepage = "https://github.com/username/sample"',
        '[project.urls]\nHomepage = "https://github.com/your-username/sample"',
        '[project.urls]\nHomepage = "https://example.com"',
    ],
)
def test_placeholders(body: str) -> None:
    assert codes(body) == ["MET026"]


@pytest.mark.parametrize(
    "body",
    [
        'description = "Describes your project here and there"',
        'authors = [{ name = "Ada", email = "ada@example.org" }]',
        '[project.urls]\nHomepage = "https://github.com/user/sample"',
        '[project.urls]\nHomepage = "https://example.dev/"',
        '[project.urls]\nHomepage = "https://github.com/yourlabs/sample"',
    ],
)
def test_what_is_no_placeholder(body: str) -> None:
    assert codes(body) == []


def test_templates_are_told_from_braces() -> None:
    assert codes('description = "{{ cookiecutter.summary }}"') == ["MET004"]
    assert codes('[project.urls]\nHome = "https://github.com/octo-org/{{ project }}"') == ["MET004"]
    assert codes('[project.urls]\nHome = "https://sample.dev/{id}"') == []
    [crash] = findings('requires-python = ">={version}"')
    assert (crash.code, crash.rejections) == ("MET004", ("metadata-braces-crash",))
    assert codes('dependencies = ["foo @ {root:uri}/foo"]') == ["MET014"]


def test_built_files_that_are_right() -> None:
    assert not built(
        ("summary", "x" * 512),
        ("license", "MIT"),
        ("classifier", "Typing :: Typed"),
        ("classifier", "License :: OSI Approved :: MIT License"),
        ("requires-dist", "foo; extra == 'x'"),
        ("provides-extra", "x"),
        ("project-url", "Home, https://sample.dev"),
        ("description-content-type", "text/markdown"),
        ("description", "# x\n\n`y"),
        ("dynamic", "License-File"),
        ("license-file", "licenses/MIT.txt"),
        ("requires", "not a requirement at all"),
    )


@pytest.mark.parametrize(
    ("fields", "code", "row"),
    [
        ([("summary", "a\nb")], "MET006", "summary-multiline"),
        ([("author-email", "ada@localhost")], "MET008", "author-email-invalid"),
        ([("license", "MIT"), ("license-expression", "MIT")], "MET024", "license-and-expression"),
        ([("license-expression", "Foo")], "MET023", "license-expression-invalid"),
        ([("license-file", "../x")], "MET025", "license-file-parent"),
        ([("license-file", "x*")], "MET025", "license-file-glob"),
        ([("license-file", "./x")], "MET025", "license-file-backslash"),
        ([("dynamic", "Name")], "MET005", "dynamic-not-allowed"),
        ([("dynamic", "scripts")], "MET005", "dynamic-invalid"),
        ([("keywords", "a"), ("keywords", "b")], "MET005", "field-repeated"),
        ([("provides-extra", "my extra")], "MET005", "provides-extra-invalid"),
        ([("import-name", "a b")], "MET005", "import-name-identifier"),
        ([("import-name", "a; b")], "MET005", "import-name-option"),
        ([("provides-dist", "my tool")], "MET016", "provides-dist-invalid"),
        ([("obsoletes-dist", "tool @ https://x.org/t")], "MET016", "dist-direct-reference"),
        ([("requires-dist", "{{ x }}")], "MET015", "requires-dist-invalid"),
        ([("requires-dist", "{x}")], "MET004", "metadata-braces-crash"),
        ([("home-page", "sample.dev")], "MET013", "home-page-invalid"),
        ([("download-url", "ftp://sample.dev")], "MET013", "download-url-invalid"),
        ([("project-url", "A, https://a.org"), ("project-url", "A, https://b.org")], "MET012", "project-url-duplicate"),
        ([("project-url", "Home, ")], "MET013", "project-url-no-url"),
        ([("description", "x\n=\n\n:ref:`y`\n")], "MET021", "description-render-failed-default"),
        ([("description", "# x\n\n* a\n  * b\n* `c\n")], "MET020", "description-render-failed-default"),
        (
            [("description-content-type", "text/x-rst"), ("description", ":ref:`y`")],
            "MET021",
            "description-render-failed",
        ),
        ([("description-content-type", "text/html"), ("description", "x")], "MET022", "content-type-unsupported"),
    ],
)
def test_built_files_that_pypi_refuses(fields: list[tuple[str, str]], code: str, row: str) -> None:
    [finding] = built(*fields)
    assert (finding.code, finding.rejections, finding.severity) == (code, (row,), Severity.ERROR)
    assert "{" not in (finding.message + finding.fix).replace("{{ x }}", "")


def test_built_files_without_what_every_file_has() -> None:
    found = built(("summary", "x"), kept=True)
    assert sorted((each.code, each.rejections) for each in found) == [
        ("MET001", ("name-required",)),
        ("MET001", ("version-required",)),
        ("MET002", ("metadata-version-missing",)),
    ]
    unknown = built(("metadata-version", "2.6"), ("name", "UNKNOWN"), ("version", "1.0"), kept=True)
    assert sorted((each.code, each.rejections) for each in unknown) == [
        ("MET001", ("name-required",)),
        ("MET002", ("metadata-version-invalid",)),
    ]


@pytest.mark.parametrize(
    ("name", "words"), [("", "states no name"), ("UNKNOWN", "`UNKNOWN`"), (" UNKNOWN ", "`UNKNOWN`")]
)
def test_an_empty_name_and_the_word_unknown_are_no_name(name: str, words: str) -> None:
    text = project("").replace('"sample"', f'"{name}"')
    found = check_files({"pyproject.toml": text}, "MET001").findings
    assert [(each.severity, each.rejections) for each in found] == [(Severity.ERROR, ("name-required",))]
    assert words in found[0].message and found[0].place is not None and found[0].place.text == f'"{name}"'


def test_a_private_classifier_in_a_project_that_a_workflow_uploads() -> None:
    files = {
        "pyproject.toml": project('classifiers = ["Private :: Do Not Upload"]'),
        ".github/workflows/publish.yml": ON_RELEASE,
    }
    [finding] = check_files(files, "MET011").findings
    assert (finding.severity, finding.rejections) == (Severity.ERROR, ("classifier-private",))
    assert "`publish` uploads" in finding.message
    private = ON_RELEASE + "        with:\n          repository-url: https://index.sample.dev/\n          password: x\n"
    assert not check_files({**files, ".github/workflows/publish.yml": private}, "MET011").findings


def test_a_private_classifier_beside_another_project_that_may_be_the_one_uploaded() -> None:
    files = {
        "inner/pyproject.toml": project('classifiers = ["Private :: Do Not Upload"]'),
        "other/pyproject.toml": project("").replace('"sample"', '"other"'),
        ".github/workflows/publish.yml": ON_RELEASE,
    }
    [finding] = check_files(files, "MET011").findings
    assert finding.severity is Severity.WARNING


LOOP = """\
      - env: {UV_PUBLISH_TOKEN: "${{ secrets.T }}"}
        run: |
          for file in dist/*; do
            if [[ "$file" == *"NAME"* ]]; then
              echo "private: $file"
              continue
            fi
            uv publish "$file"
          done
"""


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (LOOP.replace("NAME", "inner_tools"), []),
        (LOOP.replace("NAME", "inner_tools_more"), ["MET011"]),
        (LOOP.replace("NAME", "other"), ["MET011"]),
        ("      - run: rm dist/inner_tools-*\n      - run: uv publish\n", []),
        ("      - run: uv publish $(ls dist/* | grep -v inner_tools)\n", []),
        ("      - run: uv build --package inner-tools && uv publish\n", ["MET011"]),
    ],
)
def test_a_private_project_that_the_upload_passes_over_on_purpose(steps: str, expected: list[str]) -> None:
    files = {
        "inner/pyproject.toml": project('classifiers = ["Private :: Do Not Upload"]').replace("sample", "inner-tools"),
        "other/pyproject.toml": project("").replace('"sample"', '"other"'),
        ".github/workflows/publish.yml": ON_RELEASE.partition("      - uses: pypa/")[0] + steps,
    }
    assert [each.code for each in check_files(files, "MET011").findings] == expected


@pytest.mark.parametrize(
    "table", ['[project.urls]\n"{label}" = "https://a.org"', 'urls = {{ "{label}" = "https://a.org" }}']
)
def test_a_label_that_is_too_long_is_pointed_at_and_not_its_url(table: str) -> None:
    label = "L" * 33
    [finding] = findings(table.format(label=label), "MET012")
    assert finding.place is not None and finding.place.text == f'"{label}"'


@pytest.mark.parametrize(
    ("version", "rejections"), [("{{ cookiecutter.version }}", ()), ("{version}", ("metadata-braces-crash",))]
)
def test_a_version_that_nothing_fills_in_is_an_unrendered_template(version: str, rejections: tuple[str, ...]) -> None:
    text = project("").replace('"1.0"', f'"{version}"')
    [finding] = check_files({"pyproject.toml": text}, "MET", "VER").findings
    assert (finding.code, finding.severity, finding.rejections) == ("MET004", Severity.ERROR, rejections)


def test_a_version_that_the_workflow_fills_in_is_no_unrendered_template() -> None:
    filled = ON_RELEASE.replace(
        "- uses: actions/download-artifact@v6", "- run: sed -i s/VERSION/1.0/ pyproject.toml && python -m build"
    )
    for version in ("{{ VERSION }}", "${VERSION}", "@VERSION@"):
        files = {
            "pyproject.toml": project("").replace('"1.0"', f'"{version}"'),
            ".github/workflows/publish.yml": filled,
        }
        assert not check_files(files, "MET004", "VER006").findings
    assert not check_files({"pyproject.toml": project("").replace('"1.0"', '"${VERSION}"')}, "MET004").findings


@pytest.mark.parametrize("parameters", ["; charset=UTF-8", ";charset=UTF-8", "; charset=UTF-8; variant=GFM"])
def test_hatch_builds_nothing_with_a_parameter_in_the_content_type(parameters: str) -> None:
    readme = f'readme = {{ file = "README.md", content-type = "text/markdown{parameters}" }}'
    [finding] = findings(readme, "MET022", README__md="# x")
    assert (finding.severity, finding.rejections) == (Severity.ERROR, ())
    assert mended(readme).endswith('content-type = "text/markdown" }')
    for backend in ("setuptools", "flit", "pdm", "poetry"):
        assert codes(readme, "MET022", backend=backend, README__md="# x") == []
