"""Traps of the PRJ rules: what looks wrong and is right, and what each backend takes or refuses."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from harness import check_files, check_folder

from preflight.engine.finding import Applicability, Reported, Severity
from preflight.project.git import GitRecord

BACKENDS = {
    "setuptools": ("setuptools", "setuptools.build_meta"),
    "hatchling": ("hatchling", "hatchling.build"),
    "flit": ("flit_core>=3.12,<4", "flit_core.buildapi"),
    "poetry": ("poetry-core>=2.2", "poetry.core.masonry.api"),
    "pdm": ("pdm-backend", "pdm.backend"),
    "maturin": ("maturin>=1.9", "maturin"),
    "meson-python": ("meson-python", "mesonpy"),
    "scikit-build-core": ("scikit-build-core", "scikit_build_core.build"),
    "uv_build": ("uv_build>=0.10,<0.11", "uv_build"),
}
BASE = '[project]\nname = "demo"\nversion = "1"\ndescription = "A demo"\n'


CFG = """\
[metadata]
name = demo
long_description = file: README.md, CHANGES.md
license_files =
    LICENSE
    AUTHORS
"""


def built_by(backend: str, project: str = BASE, requires: str | None = None) -> str:
    requirement, module = BACKENDS[backend]
    listed = f'"{requirement}"' if requires is None else requires
    return f'[build-system]\nrequires = [{listed}]\nbuild-backend = "{module}"\n\n{project}'


def found(
    code: str, pyproject: str, files: Mapping[str, str] | None = None, git: GitRecord | None = None
) -> list[Reported]:
    result = check_files({"pyproject.toml": pyproject, **(files or {})}, code, git=git)
    assert not result.crashed, [each.message for each in result.findings]
    return [each for each in result.findings if each.code == code]


def severities(code: str, project: str, files: Mapping[str, str] | None = None) -> dict[str, str]:
    """Backend -> the worst severity that is reported for it, for each that reports something."""
    worst: dict[str, str] = {}
    for backend in BACKENDS:
        reported = found(code, built_by(backend, project), files)
        if reported:
            worst[backend] = max((each.severity for each in reported), key=lambda each: each.rank).value
    return worst


def all_but(*backends: str, severity: str = "error", others: str | None = None) -> dict[str, str]:
    result = {backend: severity for backend in BACKENDS if backend not in backends}
    return result | (dict.fromkeys(backends, others) if others else {})


class TestSyntax:
    def test_place_is_that_of_the_error(self) -> None:
        (finding,) = found("PRJ001", '[project]\nname = "demo\nversion = "1"\n')
        assert finding.place and finding.place.line == 2
        assert finding.severity is Severity.ERROR

    def test_byte_order_mark_is_taken_away(self) -> None:
        (finding,) = found("PRJ001", "\ufeff" + built_by("hatchling"))
        assert finding.severity is Severity.ERROR
        assert finding.edits[0].applicability is Applicability.SAFE
        assert (finding.edits[0].start, finding.edits[0].end, finding.edits[0].replacement) == (0, 1, "")

    def test_byte_order_mark_where_a_rust_tool_builds_is_a_warning(self) -> None:
        (finding,) = found("PRJ001", "\ufeff" + built_by("maturin"))
        assert finding.severity is Severity.WARNING

    def test_too_deep_is_no_error(self) -> None:
        (finding,) = found("PRJ001", built_by("hatchling") + "x = " + "[" * 5000 + "]" * 5000 + "\n")
        assert finding.severity is Severity.WARNING

    def test_other_rules_keep_silent(self) -> None:
        result = check_files({"pyproject.toml": "[project\n"}, "PRJ")
        assert [each.code for each in result.findings] == ["PRJ001"]


class TestTables:
    @pytest.mark.parametrize("backend", BACKENDS)
    def test_a_full_table_is_right(self, backend: str) -> None:
        project = """
[project]
name = "demo"
version = "1"
description = "A demo"
readme = "README.md"
requires-python = ">=3.9"
license = "MIT"
license-files = ["LICENSE*", "vendor/**/COPYING"]
authors = [{ name = "Ann" }, { email = "ann@example.org" }]
maintainers = [{ name = "Ben", email = "ben@example.org" }]
keywords = ["demo"]
classifiers = ["Typing :: Typed"]
dependencies = ["click"]

[project.urls]
Home = "https://example.org"

[project.scripts]
demo = "demo.cli:main"

[project.gui-scripts]
demo-gui = "demo.cli : main [extra]"

[project.entry-points.pytest11]
demo = "demo.plugin"

[project.optional-dependencies]
test = ["pytest"]

[dependency-groups]
dev = [{ include-group = "Test_Tools" }, "ruff"]
test-tools = ["pytest"]
"""
        assert found("PRJ002", built_by(backend, project)) == []

    @pytest.mark.parametrize(
        ("project", "expected"),
        [
            (BASE + "foo = 1\n", all_but("setuptools", "scikit-build-core", severity="warning", others="error")),
            (BASE + 'dynamic = ["version"]\n', all_but("poetry", "maturin", "uv_build")),
            ('[project]\nname = "demo"\ndescription = "A demo"\n', all_but("maturin")),
            (BASE + "keywords = 'one'\n", all_but()),
            (BASE + "authors = ['Ann']\n", all_but()),
            (BASE + "authors = [{ name = 'Ann', url = 'x' }]\n", all_but("hatchling", others="warning")),
            (BASE + "authors = [{}]\n", all_but("flit", others="warning")),
            (BASE + "license = { name = 'MIT' }\n", all_but()),
            (BASE + "license = { text = 'MIT', file = 'LICENSE' }\n", all_but("uv_build", "maturin", others="warning")),
            (
                BASE + "license = { text = 'MIT' }\nlicense-files = ['L*']\n",
                all_but("hatchling", "maturin", others="warning"),
            ),
            (BASE + "license-files = { paths = ['LICENSE'] }\n", all_but("hatchling", others="warning")),
            (BASE + "readme = { file = 'README.md' }\n", all_but("maturin", others="warning")),
            (BASE + "readme = 'README.adoc'\n", all_but("flit", "poetry", "maturin")),
            (BASE + "readme = 'README'\n", all_but("flit", "poetry", "maturin", "setuptools")),
            (BASE + "[project.urls]\nHome = 1\n", all_but("flit", others="warning")),
            (
                BASE + "[project.entry-points.console_scripts]\ndemo = 'demo:main'\n",
                all_but("setuptools", "pdm", "scikit-build-core", "meson-python", others="warning"),
            ),
            (
                BASE + "[project.scripts]\ndemo = 'demo main'\n",
                all_but("setuptools", severity="warning", others="error"),
            ),
            (
                BASE + "[project.entry-points.my-group]\na = 'a:b'\n",
                all_but("hatchling", "flit", "maturin", others="warning"),
            ),
            (
                BASE + "dynamic = ['nonsense']\n",
                all_but("hatchling", "maturin", others="warning"),
            ),
            (BASE + "dynamic = ['name']\n", all_but()),
            (
                BASE + "dependencies = ['a']\ndynamic = ['dependencies']\n",
                {
                    "setuptools": "warning",
                    "hatchling": "warning",
                    "flit": "error",
                    "meson-python": "error",
                    "uv_build": "error",
                },
            ),
            (
                BASE + "dynamic = ['keywords']\n",
                {"setuptools": "error", "flit": "error", "meson-python": "error", "uv_build": "error"},
            ),
            ('[project]\nname = "demo"\nversion = "1"\n', {"flit": "error"}),
            (BASE + "[dependency-groups]\ndev = [{ include-group = 'no' }]\n", all_but(severity="warning")),
            (
                BASE + "[dependency-groups]\ndev = 'no'\n",
                all_but(
                    "poetry", "pdm", "scikit-build-core", "meson-python", "maturin", severity="warning", others="error"
                ),
            ),
        ],
    )
    def test_severity_is_that_of_the_backend(self, project: str, expected: dict[str, str]) -> None:
        assert severities("PRJ002", project, {"README.md": "", "LICENSE": ""}) == expected

    def test_all_mistakes_are_shown_with_their_places(self) -> None:
        project = BASE + "authors = ['Ann', 'Ben']\nrequires_python = '>=3.9'\nkeywords = 1\n"
        reported = found("PRJ002", built_by("hatchling", project))
        assert [each.place.text for each in reported if each.place] == ["'Ann'", "'Ben'", "requires_python", "1"]

    def test_a_key_with_underscores_is_respelt(self) -> None:
        (finding,) = found("PRJ002", built_by("setuptools", BASE + "requires_python = '>=3.9'\n"))
        assert finding.edits[0].replacement == "requires-python"
        assert "requires-python" in finding.fix

    def test_a_key_of_another_format_is_recognised(self) -> None:
        (finding,) = found("PRJ002", built_by("setuptools", BASE + "homepage = 'https://example.org'\n"))
        assert "`urls`" in finding.fix
        assert finding.edits == ()

    @pytest.mark.parametrize(
        ("dynamic", "left"),
        [
            ("dynamic = ['version']\n", ""),
            ("dynamic = ['version', 'readme']\n", "dynamic = ['readme']\n"),
            ("dynamic = ['readme', 'version']\n", "dynamic = ['readme']\n"),
        ],
    )
    def test_taking_a_field_out_of_dynamic(self, dynamic: str, left: str) -> None:
        text = built_by("hatchling", BASE + dynamic + "keywords = []\n")
        (finding,) = found("PRJ002", text)
        (edit,) = finding.edits
        assert text[: edit.start] + edit.replacement + text[edit.end :] == built_by(
            "hatchling", BASE + left + "keywords = []\n"
        )

    def test_poetry_takes_version_and_all_else_from_its_own_table(self) -> None:
        assert found("PRJ002", built_by("poetry", '[project]\nname = "demo"\n\n[tool.poetry]\nversion = "1"\n')) == []
        assert found("PRJ002", built_by("poetry", '[tool.poetry]\nname = "demo"\nversion = "1"\n')) == []

    def test_an_old_poetry_does_not_read_the_project_table(self) -> None:
        assert found("PRJ002", built_by("poetry", '[project]\nname = "demo"\nkeywords = 1\n', '"poetry-core<2"')) == []

    def test_formats_are_left_to_their_own_rules(self) -> None:
        project = """
[project]
name = "de mo"
version = "one"
requires-python = "3.x"
license = "MIT License"
classifiers = ["No :: Such"]
dependencies = ["foo^2"]
authors = [{ name = "Ann", email = "nobody" }]
urls = { Home = "nowhere" }
"""
        assert found("PRJ002", built_by("setuptools", project)) == []

    def test_unknown_backends_are_only_warned_for(self) -> None:
        text = (
            '[build-system]\nrequires = ["x"]\nbuild-backend = "own"\nbackend-path = ["."]\n\n'
            + BASE
            + "keywords = 1\n"
        )
        assert [each.severity for each in found("PRJ002", text)] == [Severity.WARNING]

    def test_without_build_system_it_is_a_warning(self) -> None:
        assert [each.severity for each in found("PRJ002", BASE + "keywords = 1\n")] == [Severity.WARNING]

    def test_setuptools_table_without_project_table(self) -> None:
        files = {"setup.cfg": "[metadata]\nname = demo\n"}
        (finding,) = found("PRJ002", built_by("setuptools", "[tool.setuptools]\nzip-safe = false\n"), files)
        assert finding.severity is Severity.ERROR
        assert found("PRJ002", built_by("setuptools", "[tool.setuptools_scm]\n"), files) == []
        assert found("PRJ002", built_by("setuptools", ""), files) == []

    def test_setuptools_table(self) -> None:
        project = (
            BASE
            + """
[tool.setuptools]
packages = ["demo", "demo-data.templates"]
package-data = { "*" = ["*.txt"], demo = "*.json" }
zip_safe = false
"""
        )
        reported = found("PRJ002", built_by("setuptools", project))
        assert [each.message.split(" ")[0] for each in reported] == [
            "`tool.setuptools.package-data.demo`",
            "`[tool.setuptools]`",
        ]
        assert found("PRJ002", built_by("hatchling", project)) == []

    def test_dynamic_fields_that_setuptools_may_get_elsewhere(self) -> None:
        project = (
            '[project]\nname = "demo"\nversion = "1"\ndynamic = ["readme", "dependencies", "optional-dependencies"]\n'
        )
        (finding,) = found("PRJ002", built_by("setuptools", project))
        assert "`readme`" in finding.message
        assert found("PRJ002", built_by("setuptools", project), {"setup.py": "setup()"}) == []
        assert found("PRJ002", built_by("setuptools", project, '"setuptools", "setuptools-scm"')) == []
        given = project + "\n[tool.setuptools.dynamic]\nreadme = { file = ['README.md'] }\n"
        assert found("PRJ002", built_by("setuptools", given)) == []

    def test_import_names_are_too_new_for_setuptools(self) -> None:
        assert severities("PRJ002", BASE + 'import-names = ["demo"]\n') == {"setuptools": "warning"}

    def test_flits_old_tables(self) -> None:
        project = '[tool.flit.metadata]\nmodule = "demo"\nauthor = "Ann"\n'
        assert found("PRJ002", built_by("flit", project, '"flit_core >=2,<4"')) == []
        (finding,) = found("PRJ002", built_by("flit", project, '"flit_core >=2"'))
        assert finding.severity is Severity.WARNING

    def test_wrong_types_everywhere_are_no_crash(self) -> None:
        for text in (
            "project = 1\n",
            "[project]\n",
            "project = []\n",
            "build-system = 1\n",
            "[project]\ndynamic = [1, [], {}]\n",
        ):
            found("PRJ002", text)
        assert found("PRJ002", "dependency-groups = 3\n\n" + built_by("poetry"))


ODD = [
    "1",
    "true",
    "'x'",
    "''",
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "['x', 1]",
    "{ x = 'y' }",
    "{ x = [1] }",
    "{ file = 1 }",
    "1979-05-27",
]
KEYS = (
    "name version description readme requires-python license license-files authors maintainers keywords classifiers urls "
    "dependencies optional-dependencies scripts gui-scripts entry-points dynamic import-names"
)


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("backend", ["setuptools", "flit", "poetry", "uv_build"])
def test_odd_values_are_no_crash(backend: str, value: str) -> None:
    keys = [f"{key} = {value}" for key in KEYS.split()]
    tools = [
        f"[tool.{tool}]\n" + "\n".join(keys) for tool in ("poetry", "flit.metadata", "setuptools", "setuptools.dynamic")
    ]
    groups = "\n".join(["[dependency-groups]", f"dev = {value}", f"test = [{{ include-group = {value} }}]"])
    text = "\n".join(["[project]", *keys, *tools, groups])
    for pyproject in (built_by(backend, text), built_by(backend, text, value.strip("[]"))):
        result = check_files({"pyproject.toml": pyproject}, "PRJ", "NAM")
        assert not result.crashed, [each.message for each in result.findings if each.code == "INT001"]


class TestOldBackends:
    LICENCE = BASE + 'license = "MIT"\nlicense-files = ["LICENSE"]\n'

    @pytest.mark.parametrize(
        ("backend", "requires", "severity"),
        [
            ("setuptools", '"setuptools==76.1.0"', "error"),
            ("setuptools", '"setuptools>=61,<77"', "error"),
            ("setuptools", '"setuptools~=75.0"', "error"),
            ("setuptools", '"setuptools==68.*"', "error"),
            ("setuptools", '"setuptools>=61"', None),
            ("setuptools", '"setuptools<80"', None),
            ("setuptools", '"setuptools==77.*"', None),
            ("setuptools", '"setuptools!=77"', None),
            ("setuptools", '"setuptools<70; python_version < \'3.9\'", "setuptools"', None),
            ("setuptools", '"setuptools @ https://example.org/setuptools-70.tar.gz"', None),
            ("hatchling", '"hatchling<1.26"', "error"),
            ("hatchling", '"hatchling<1.27"', None),
            ("flit", '"flit_core >=3.2,<3.11"', "warning"),
            ("flit", '"flit_core >=3.2,<4"', None),
            ("pdm", '"pdm-backend~=2.3.0"', "error"),
            ("poetry", '"poetry-core<2.1"', None),
            ("maturin", '"maturin<1.8"', "warning"),
            ("maturin", '"maturin>=1.0,<2"', None),
            ("scikit-build-core", '"scikit-build-core==0.10.7"', "error"),
            ("uv_build", '"uv_build>=0.5,<0.6"', None),
            ("meson-python", '"meson-python<0.17"', None),
        ],
    )
    def test_only_an_upper_bound_keeps_an_old_backend(self, backend: str, requires: str, severity: str | None) -> None:
        reported = found("PRJ003", built_by(backend, self.LICENCE, requires))
        assert [each.severity.value for each in reported] == ([severity] if severity else [])

    def test_old_forms_are_right_with_old_backends(self) -> None:
        project = BASE + 'license = { text = "MIT" }\n'
        assert found("PRJ003", built_by("setuptools", project, '"setuptools<70"')) == []

    def test_string_licences_were_always_known_to_hatchling(self) -> None:
        assert found("PRJ003", built_by("hatchling", BASE + 'license = "MIT"\n', '"hatchling==1.21"')) == []

    def test_several_licences_need_a_newer_flit(self) -> None:
        requires = '"flit_core==3.11.0"'
        assert found("PRJ003", built_by("flit", BASE + 'license = "MIT"\n', requires)) == []
        (finding,) = found("PRJ003", built_by("flit", BASE + 'license = "MIT OR Apache-2.0"\n', requires))
        assert "3.12" in finding.message

    def test_one_finding_for_both_keys(self) -> None:
        (finding,) = found("PRJ003", built_by("setuptools", self.LICENCE, '"setuptools<70"'))
        assert finding.args["keys"] == ["project.license", "project.license-files"]
        assert finding.edits[0].replacement == '"setuptools>=77"'


class TestRequires:
    @pytest.mark.parametrize(
        "system",
        [
            'requires = ["setuptools-scm[toml]>=6"]\nbuild-backend = "setuptools.build_meta"',
            'requires = ["hatch-vcs"]\nbuild-backend = "hatchling.build"',
            'requires = ["Flit_Core"]\nbuild-backend = "flit_core.buildapi"',
            'requires = ["flit"]\nbuild-backend = "flit_core.buildapi"',
            'requires = ["poetry>=0.12"]\nbuild-backend = "poetry.masonry.api"',
            'requires = ["poetry>=1"]\nbuild-backend = "poetry.core.masonry.api"',
            'requires = ["uv-build>=0.7,<0.8"]\nbuild-backend = "uv_build"',
            'requires = ["uv_build; python_version > \'3\'"]\nbuild-backend = "uv_build"',
            'requires = ["setuptools @ https://example.org/x.whl"]\nbuild-backend = "setuptools.build_meta:__legacy__"',
            'requires = ["wheel"]\nbuild-backend = "hatchling.build"\nbackend-path = ["src"]',
            'requires = ["x"]\nbuild-backend = "some_backend.api"',
            'requires = ["scikit-build-core[hatchling]"]\nbuild-backend = "hatchling.build"',
            'requires = ["setuptools"]',
            "requires = 1",
            'requires = ["setuptools", "???"]\nbuild-backend = "hatchling.build"',
        ],
    )
    def test_right_or_unknown(self, system: str) -> None:
        assert found("PRJ004", f"[build-system]\n{system}\n\n{BASE}") == []

    def test_no_build_system_is_right(self) -> None:
        assert found("PRJ004", BASE) == []

    def test_empty_requires(self) -> None:
        text = '[build-system]\nrequires = []\nbuild-backend = "hatchling.build"\n\n' + BASE
        (finding,) = found("PRJ004", text)
        (edit,) = finding.edits
        assert text[: edit.start] + edit.replacement + text[edit.end :] == text.replace("[]", '["hatchling"]')

    def test_no_requires(self) -> None:
        (finding,) = found("PRJ004", f'[build-system]\nbuild-backend = "hatchling.build"\n\n{BASE}')
        assert finding.severity is Severity.ERROR

    def test_own_commands_build_without_it(self) -> None:
        (finding,) = found(
            "PRJ004", f'[build-system]\nrequires = ["setuptools"]\nbuild-backend = "poetry.core.masonry.api"\n\n{BASE}'
        )
        assert finding.severity is Severity.WARNING


class TestNamedFiles:
    README = BASE + 'readme = "README.md"\n'

    def test_what_is_there_is_right(self) -> None:
        assert severities("PRJ005", self.README, {"README.md": ""}) == {}
        patterns = BASE + 'license-files = ["LICEN[CS]E*", "vendor/**/COPYING", "**/NOTICE"]\n'
        assert severities("PRJ005", patterns, {"LICENSE.txt": "", "vendor/a/b/COPYING": "", "NOTICE": ""}) == {}

    def test_missing_readme(self) -> None:
        assert severities("PRJ005", self.README) == all_but("setuptools", others="warning")

    def test_missing_licence_file(self) -> None:
        assert severities("PRJ005", BASE + 'license = { file = "LICENSE" }\n') == all_but(
            "setuptools", others="warning"
        )

    def test_pattern_without_a_match(self) -> None:
        expected = all_but("setuptools", "hatchling", "maturin", others="warning")
        assert severities("PRJ005", BASE + 'license-files = ["LICENSE"]\n', {"docs/LICENSE": ""}) == expected
        assert severities("PRJ005", BASE + 'license-files = ["LIC*"]\n') == expected

    def test_an_older_backend_passes_over_patterns(self) -> None:
        project = BASE + 'license-files = ["LICENSE"]\n'
        for backend, requires in (("uv_build", '"uv_build>=0.8,<0.9"'), ("poetry", '"poetry-core<2.2"')):
            assert [each.severity for each in found("PRJ005", built_by(backend, project, requires))] == [
                Severity.WARNING
            ]

    def test_a_submodule_may_hold_what_the_checkout_lacks(self) -> None:
        modules = {".gitmodules": '[submodule "a"]\n\tpath = extern/a\n\turl = ../a.git\n'}
        for pattern in ("extern/*/LICENSE", "extern/a/LICENSE", "**/LICENSE"):
            assert severities("PRJ005", BASE + f'license-files = ["{pattern}"]\n', modules) == {}
        assert severities("PRJ005", BASE + 'license-files = ["other/*/LICENSE"]\n', modules) != {}
        assert severities("PRJ005", BASE + 'license-files = ["LICENSE"]\n', modules) != {}

    def test_letter_case_is_mended(self) -> None:
        text = built_by("hatchling", BASE + 'readme = "Readme.md"\n')
        (finding,) = found("PRJ005", text, {"README.md": ""})
        assert finding.severity is Severity.ERROR
        (edit,) = finding.edits
        assert text[: edit.start] + edit.replacement + text[edit.end :] == built_by("hatchling", self.README)

    @pytest.mark.parametrize(("slip", "name"), [("READNE.md", "README.md"), ("docs/READM.md", "docs/README.md")])
    def test_a_file_of_nearly_the_name_is_offered(self, slip: str, name: str) -> None:
        text = built_by("hatchling", BASE + f'readme = "{slip}"\n')
        (finding,) = found("PRJ005", text, {name: ""})
        assert finding.severity is Severity.ERROR
        assert f"there is `{name}`" in finding.message
        (edit,) = finding.edits
        assert (edit.replacement, edit.applicability) == (name, Applicability.UNSAFE)
        assert text[edit.start : edit.end] == slip

    def test_no_other_name_is_offered_for_one_that_is_nothing_like_it(self) -> None:
        (finding,) = found("PRJ005", built_by("hatchling", self.README), {"setup.md": "", "docs/README.md": ""})
        assert "there is" not in finding.message
        assert not finding.edits

    @pytest.mark.parametrize("writer", [".github/workflows/release.yml", "Makefile", "hatch_build.py"])
    def test_a_file_that_a_step_may_write_is_a_warning(self, writer: str) -> None:
        files = {writer: "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: cp ../README.md .\n"}
        (finding,) = found("PRJ005", built_by("hatchling", self.README), files)
        assert finding.severity is Severity.WARNING
        assert writer in finding.message

    @pytest.mark.parametrize(("hook", "expected"), [("metadata", 0), ("build", 1)])
    def test_a_metadata_hook_writes_before_the_readme_is_read(self, hook: str, expected: int) -> None:
        table = f'[tool.hatch.{hook}.hooks.custom]\npath = "tools/readme.py"\n'
        files = {"tools/readme.py": 'Path("build/README_absolute.md").write_text("# demo")\n'}
        text = built_by("hatchling", f'{BASE}readme = "build/README_absolute.md"\n\n{table}')
        assert len(found("PRJ005", text, files)) == expected

    def test_an_ignored_file_may_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text(built_by("hatchling", self.README))
        assert [each.severity for each in check_folder(tmp_path, "PRJ005").findings] == [Severity.ERROR]
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        (tmp_path / ".gitignore").write_text("*.md\n")
        (finding,) = check_folder(tmp_path, "PRJ005").findings
        assert finding.severity is Severity.WARNING
        assert ".gitignore" in finding.message

    def test_a_folder_is_no_readme(self) -> None:
        (finding,) = found("PRJ005", built_by("pdm", BASE + 'readme = "docs"\n'), {"docs/x": ""})
        assert "folder" in finding.message

    def test_poetry_names_a_list(self) -> None:
        project = '[tool.poetry]\nname = "demo"\nversion = "1"\nreadme = ["README.md", "CHANGES.md"]\n'
        (finding,) = found("PRJ005", built_by("poetry", project), {"README.md": ""})
        assert finding.place and finding.place.text == '"CHANGES.md"'
        assert finding.severity is Severity.ERROR

    def test_setup_cfg_names_files(self) -> None:
        files = {"setup.cfg": CFG}
        reported = found("PRJ005", built_by("setuptools", ""), {**files, "README.md": "", "LICENSE": ""})
        assert [each.args["file"] for each in reported] == ["CHANGES.md", "AUTHORS"]
        assert {each.severity for each in reported} == {Severity.WARNING}
        assert found("PRJ005", built_by("setuptools", BASE), files) == []

    def test_setuptools_dynamic_files(self) -> None:
        project = '[project]\nname = "demo"\nversion = "1"\ndynamic = ["readme", "dependencies"]\n'
        project += '\n[tool.setuptools.dynamic]\nreadme = { file = ["README.md"] }\n'
        project += 'dependencies = { file = "requirements.txt" }\n'
        reported = found("PRJ005", built_by("setuptools", project), {"README.md": ""})
        assert [each.args["file"] for each in reported] == ["requirements.txt"]

    def test_a_readme_outside_the_project(self) -> None:
        def outside(backend: str, requires: str | None = None) -> list[str]:
            text = built_by(backend, BASE + 'readme = "../../README.md"\n', requires)
            result = check_files({"libs/one/pyproject.toml": text, "README.md": ""}, "PRJ005")
            return [each.severity.value for each in result.findings]

        assert outside("setuptools") == ["error"]
        assert outside("hatchling") == ["warning"]
        assert outside("hatchling", '"hatchling<1.30"') == []
        assert outside("flit") == []
        assert outside("pdm") == []

    def test_a_common_readme_beside_the_project_is_right_through_its_own_copy(self) -> None:
        text = built_by("hatchling", self.README)
        result = check_files({"libs/one/pyproject.toml": text, "libs/one/README.md": "", "README.md": ""}, "PRJ005")
        assert result.findings == []


def test_a_readme_given_as_a_file_and_as_a_text() -> None:
    both = BASE + 'readme = { file = "README.md", text = "x", content-type = "text/markdown" }\n'
    found_by = severities("PRJ002", both, {"README.md": "x"})
    assert {backend for backend, severity in found_by.items() if severity == "error"} == {
        "flit",
        "hatchling",
        "pdm",
        "poetry",
    }


def test_addresses_of_several_people_that_a_backend_refuses() -> None:
    people = 'authors = [{ name = "A", email = "a@b" }, { name = "B", email = "ada@sample.dev" }]\n'
    assert severities("PRJ002", BASE + people) == {"setuptools": "error", "poetry": "error"}
    assert severities("PRJ002", BASE + people.replace("a@b", "a@b.test")) == {}
    alone = 'authors = [{ name = "A", email = "a@b" }]\n'
    assert severities("PRJ002", BASE + alone) == {}, "MET008 speaks of a single address"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("cp docs/README.md README.md", []),
        ("mv docs/intro.md ./README.md && python -m build", []),
        ("python tools/readme.py > README.md", []),
        ("cat a b | tee README.md", []),
        ("grep hello README.md", [Severity.WARNING]),
        ("cp README.md docs/", [Severity.WARNING]),
    ],
)
def test_a_readme_that_a_step_plainly_writes_is_not_missing(command: str, expected: list[Severity]) -> None:
    text = built_by("hatchling", BASE + 'readme = "README.md"\n')
    steps = f"on: push\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {command}\n"
    reported = found("PRJ005", text, {".github/workflows/publish.yml": steps})
    assert [each.severity for each in reported] == expected
