"""Traps of the version rules: what looks wrong and is right stays silent, and what is certain is told from the rest."""

from collections.abc import Mapping
from pathlib import Path
from subprocess import run as run_process

import pytest
from harness import apply_edits, check_files, check_folder, git_record

from preflight.engine.finding import Applicability, Confidence, Reported, Severity

HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
MATURIN = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'

PUBLISH = """\
on:
  push:
    tags: ["v*"]
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: {run}
      - run: python -m build
      - uses: pypa/gh-action-pypi-publish@release/v1
"""


def project(version: str | None = "1.2.0", build: str = HATCH, more: str = "") -> str:
    stated = f'version = "{version}"' if version is not None else 'dynamic = ["version"]'
    return f'{build}\n[project]\nname = "parcel"\n{stated}\n{more}'


def publishing(run: str = "ls") -> dict[str, str]:
    return {".github/workflows/publish.yml": PUBLISH.replace("{run}", run)}


def found(files: Mapping[str, str], code: str, *setup: str) -> list[Reported]:
    result = check_files(files, code, git=git_record(files, setup) if setup else None)
    assert not result.crashed, [each.message for each in result.findings]
    return [each for each in result.findings if each.code == code]


class TestTagVersionMismatch:
    def test_a_tag_that_uploads_another_version_is_an_error(self) -> None:
        [finding] = found({"pyproject.toml": project(), **publishing()}, "VER005", "git tag v1.3.0 at HEAD")
        assert (finding.severity, finding.confidence) == (Severity.ERROR, Confidence.CERTAIN)
        assert finding.rejections == ("file-exists",)

    @pytest.mark.parametrize(
        "run",
        [
            "make dist",
            "python scripts/prepare.py",
            "./build.sh",
            'V=$(python scripts/version.py) && echo "$V"',
            "git checkout other",
            "tox -e build",
        ],
    )
    def test_a_step_of_which_nothing_is_known_makes_it_a_warning(self, run: str) -> None:
        [finding] = found({"pyproject.toml": project(), **publishing(run)}, "VER005", "git tag v1.3.0 at HEAD")
        assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)

    @pytest.mark.parametrize(
        "run",
        [
            "sed -i 's/^version = .*/version = \"'$GITHUB_REF_NAME'\"/' pyproject.toml",
            'uv version "${GITHUB_REF_NAME#v}"',
            "poetry version $GITHUB_REF_NAME",
            "hatch version ${{ github.ref_name }}",
            "echo ${GITHUB_REF_NAME#v} > VERSION",
            "cargo set-version 1.3.0",
            "npm version 1.3.0",
            "bump-my-version bump minor",
            "python tools/set_version.py 1.3.0",
            "cz bump --yes",
        ],
    )
    def test_a_step_that_writes_the_version_silences_it(self, run: str) -> None:
        assert not found({"pyproject.toml": project(), **publishing(run)}, "VER005", "git tag v1.3.0 at HEAD")

    @pytest.mark.parametrize(
        "run", ["uv version --short", "poetry version -s", "hatch version", "python tools/sync_version.py v1 --check"]
    )
    def test_a_step_that_only_reads_the_version_does_not_silence_it(self, run: str) -> None:
        assert found({"pyproject.toml": project(), **publishing(run)}, "VER005", "git tag v1.3.0 at HEAD")

    def test_an_action_that_bumps_silences_it(self) -> None:
        workflow = PUBLISH.replace("      - run: {run}\n", "      - uses: someone/set-version@v1\n")
        files = {"pyproject.toml": project(), ".github/workflows/publish.yml": workflow}
        assert not found(files, "VER005", "git tag v1.3.0 at HEAD")

    def test_a_bump_behind_the_build_does_not_silence_it(self) -> None:
        workflow = PUBLISH.replace("{run}", "ls") + "      - run: uv version --bump minor\n"
        files = {"pyproject.toml": project(), ".github/workflows/publish.yml": workflow}
        assert found(files, "VER005", "git tag v1.3.0 at HEAD")

    def test_a_condition_that_may_skip_the_upload_makes_it_a_warning(self) -> None:
        workflow = PUBLISH.replace("{run}", "ls").replace("    runs-on", "    if: vars.PUBLISH == 'yes'\n    runs-on")
        files = {"pyproject.toml": project(), ".github/workflows/publish.yml": workflow}
        [finding] = found(files, "VER005", "git tag v1.3.0 at HEAD")
        assert finding.severity is Severity.WARNING

    def test_without_a_workflow_it_is_a_warning(self) -> None:
        [finding] = found({"pyproject.toml": project()}, "VER005", "git tag v1.3.0 at HEAD")
        assert finding.severity is Severity.WARNING

    @pytest.mark.parametrize(
        "tags",
        [
            ("v1.2.0",),
            ("1.2.0",),
            ("release-1.2.0",),
            ("parcel-v1.2.0",),
            ("v1.2",),
            ("v1",),
            ("v1.2.0", "v1", "latest"),
            ("v1.2.0", "v1.3.0"),
            ("docs-v3.0.0",),
            ("other/v9.9.9",),
            ("nightly",),
            ("nightly-2026.01.02",),
            ("20260102",),
            ("2026.01.02",),
            ("v1.2.0-1",),
            ("v30.1.0",),
            ("1.2.0.final",),
        ],
    )
    def test_tags_that_name_no_other_version_of_the_project(self, tags: tuple[str, ...]) -> None:
        setup = [f"git tag {tag} at HEAD" for tag in tags]
        assert not found({"pyproject.toml": project(), **publishing()}, "VER005", *setup)

    def test_spellings_are_compared_in_their_normal_form(self) -> None:
        files = {"pyproject.toml": project("1.0.0b2"), **publishing()}
        assert not found(files, "VER005", "git tag v1.0.0-beta.2 at HEAD")
        files = {"pyproject.toml": project("2026.08.07"), **publishing()}
        assert not found(files, "VER005", "git tag 2026.8.7 at HEAD")

    def test_a_tag_that_counts_days_is_another_count(self) -> None:
        assert not found({"pyproject.toml": project("3.2.0")}, "VER005", "git tag v3.260819 at HEAD")
        assert found({"pyproject.toml": project("3.260818")}, "VER005", "git tag v3.260819 at HEAD")

    def test_a_development_version_after_the_release(self) -> None:
        files = {"pyproject.toml": project("1.3.0.dev0"), **publishing()}
        assert not found(files, "VER005", "git tag v1.2.0 at HEAD")

    def test_uncommitted_changes_of_the_version_make_the_tag_say_nothing(self) -> None:
        files = {"pyproject.toml": project("1.3.0"), **publishing()}
        assert not found(files, "VER005", "git tag v1.2.0 at HEAD", "git changed pyproject.toml")

    def test_other_uncommitted_changes_do_not(self) -> None:
        files = {"pyproject.toml": project(), "README.md": "# parcel\n", **publishing()}
        [finding] = found(files, "VER005", "git tag v1.3.0 at HEAD", "git changed README.md")
        assert finding.severity is Severity.ERROR

    def test_a_changed_workflow_makes_it_a_warning(self) -> None:
        files = {"pyproject.toml": project(), **publishing()}
        changed = "git changed .github/workflows/publish.yml"
        [finding] = found(files, "VER005", "git tag v1.3.0 at HEAD", changed)
        assert finding.severity is Severity.WARNING

    def test_in_a_run_of_the_tag_what_lies_there_is_what_is_built(self) -> None:
        files = {"pyproject.toml": project(), **publishing()}
        record = git_record(files, ["git tag v1.3.0 at HEAD", "git changed pyproject.toml"])
        seeds = {"environment": {"GITHUB_REF": "refs/tags/v1.3.0"}}
        [finding] = check_files(files, "VER005", git=record, seeds=seeds).findings
        assert finding.severity is Severity.WARNING

    @pytest.mark.parametrize(
        ("of_job", "of_step"),
        [
            ("github.event_name == 'push' || inputs.publish", ""),
            ("", "${{ !inputs.testpypi }}"),
            ("startsWith(github.ref, 'refs/tags/v') && !contains(github.ref, 'rc')", "github.ref_name != 'v0.0.0'"),
        ],
    )
    def test_conditions_that_the_plan_decides_for_the_tag_leave_it_certain(self, of_job: str, of_step: str) -> None:
        text = PUBLISH.replace("{run}", "ls")
        if of_job:
            text = text.replace("    runs-on", f"    if: {of_job}\n    runs-on")
        if of_step:
            text = text.replace("      - uses: pypa", f"      - if: {of_step}\n        uses: pypa")
        files = {"pyproject.toml": project(), ".github/workflows/publish.yml": text}
        [finding] = found(files, "VER005", "git tag v1.3.0 at HEAD")
        assert (finding.severity, finding.confidence) == (Severity.ERROR, Confidence.CERTAIN)

    def test_an_upload_that_the_tag_never_comes_to_does_not_count(self) -> None:
        text = PUBLISH.replace("{run}", "ls").replace(
            "    runs-on", "    if: github.ref == 'refs/heads/main'\n    runs-on"
        )
        files = {"pyproject.toml": project(), ".github/workflows/publish.yml": text}
        [finding] = found(files, "VER005", "git tag v1.3.0 at HEAD")
        assert finding.severity is Severity.WARNING
        assert "the source states" in finding.message

    def test_it_points_at_the_upload_to_pypi(self) -> None:
        test = "pypa/gh-action-pypi-publish@release/v1\n        with:\n          repository-url: https://test.pypi.org/legacy/\n"
        text = PUBLISH.replace("{run}", "ls").replace("      - uses: pypa", f"      - uses: {test}      - uses: pypa")
        files = {"pyproject.toml": project(), ".github/workflows/publish.yml": text}
        [finding] = found(files, "VER005", "git tag v1.3.0 at HEAD")
        [related] = finding.related
        assert related.place.line == len(text.splitlines())

    @pytest.mark.parametrize(
        ("tag", "severity"), [("v1.3.0", Severity.ERROR), ("v1.2.0", None), ("v7.0.0", Severity.WARNING)]
    )
    @pytest.mark.parametrize("names", [("GITHUB_REF", "refs/tags/"), ("CI_COMMIT_TAG", "")])
    def test_of_several_tags_the_one_that_is_released_decides(
        self, tag: str, severity: Severity | None, names: tuple[str, str]
    ) -> None:
        files = {"pyproject.toml": project(), **publishing()}
        tags = ["git tag v1.2.0 at HEAD", "git tag v1.3.0 at HEAD", "git tag v7.0.0 at HEAD"]
        seeds = {"environment": {names[0]: names[1] + tag}}
        found = check_files(files, "VER005", git=git_record(files, tags), seeds=seeds).findings
        assert [each.severity for each in found] == ([severity] if severity else [])

    def test_a_tag_of_a_run_that_is_not_at_head_does_not_decide(self) -> None:
        files = {"pyproject.toml": project(), **publishing()}
        for tags in ([], ["git tag v1.3.0"], ["git tag v1.2.0 at HEAD", "git tag v1.3.0"]):
            seeds = {"environment": {"GITHUB_REF": "refs/tags/v1.3.0"}}
            assert not check_files(files, "VER005", git=git_record(files, tags), seeds=seeds).findings

    def test_tags_elsewhere_do_not_count(self) -> None:
        assert not found({"pyproject.toml": project(), **publishing()}, "VER005", "git tag v1.3.0")

    def test_a_post_release_tag_repeats_a_release_and_is_no_error(self) -> None:
        [finding] = found({"pyproject.toml": project(), **publishing()}, "VER005", "git tag v1.2.0.post1 at HEAD")
        assert finding.severity is Severity.WARNING

    def test_a_release_candidate_that_is_voted_on_and_published_later(self) -> None:
        assert not found({"pyproject.toml": project()}, "VER005", "git tag v1.2.0-rc1 at HEAD")

    def test_in_a_monorepo_only_tags_that_name_the_project_count(self) -> None:
        files = {
            "libs/parcel/pyproject.toml": project(),
            "libs/crate/pyproject.toml": project("3.0.0").replace("parcel", "crate"),
        }
        assert not found(files, "VER005", "git tag v1.3.0 at HEAD")
        assert not found(files, "VER005", "git tag libs/parcel/v1.2.0 at HEAD")
        [finding] = found(files, "VER005", "git tag libs/parcel/v1.3.0 at HEAD")
        assert finding.place is not None
        assert finding.place.source.path == "libs/parcel/pyproject.toml"

    def test_a_version_from_tags_needs_no_comparing(self) -> None:
        text = project(
            None, HATCH.replace('"hatchling"', '"hatchling", "hatch-vcs"'), '[tool.hatch.version]\nsource = "vcs"\n'
        )
        assert not found({"pyproject.toml": text, **publishing()}, "VER005", "git tag v1.3.0 at HEAD")

    def test_a_placeholder_is_filled_in_somewhere(self) -> None:
        assert not found({"pyproject.toml": project("0.0.0"), **publishing()}, "VER005", "git tag v1.3.0 at HEAD")


class TestMalformedVersion:
    @pytest.mark.parametrize("version", ["1.0-final", "1.0.SNAPSHOT", "2024-01-15-1", "1.2.3.x", "1,0"])
    def test_what_packaging_refuses(self, version: str) -> None:
        [finding] = found({"pyproject.toml": project(version)}, "VER006")
        assert finding.severity is Severity.ERROR
        assert finding.rejections == ("version-invalid",)

    def test_an_empty_version(self) -> None:
        [finding] = found({"pyproject.toml": project("")}, "VER006")
        assert finding.rejections == ("version-required",)

    @pytest.mark.parametrize(
        "version", ["1.0.0-beta.2", "v1.2", "2024.01.05", "1.0-1", "1.0RC1", "1!2.0", "1.0+local", "1.0.dev"]
    )
    def test_what_packaging_only_normalises(self, version: str) -> None:
        assert not found({"pyproject.toml": project(version)}, "VER006")

    @pytest.mark.parametrize("version", ["{{ version }}", "${VERSION}", "@VERSION@", "%(version)s", "<version>"])
    def test_blanks_of_a_template(self, version: str) -> None:
        assert not found({"pyproject.toml": project(version)}, "VER006")

    def test_a_word_may_stand_for_something_that_is_filled_in(self) -> None:
        [finding] = found({"pyproject.toml": project("VERSION_HERE")}, "VER006")
        assert finding.severity is Severity.WARNING
        files = {"pyproject.toml": project("VERSION_HERE"), **publishing("sed -i s/VERSION_HERE/1.0/ pyproject.toml")}
        assert not found(files, "VER006")

    def test_in_the_file_that_the_backend_reads(self) -> None:
        files = {
            "pyproject.toml": project(None, SETUPTOOLS, '[tool.setuptools.dynamic]\nversion = { file = "VERSION" }\n'),
            "VERSION": "1.0 final\n",
        }
        [finding] = found(files, "VER006")
        assert finding.place is not None
        assert (finding.place.source.path, finding.place.text) == ("VERSION", "1.0 final")


class TestMissingVersionSource:
    def test_setuptools_builds_0_0_0(self) -> None:
        [finding] = found({"pyproject.toml": project(None, SETUPTOOLS)}, "VER010")
        assert finding.severity is Severity.ERROR
        assert "0.0.0" in finding.message

    @pytest.mark.parametrize(
        "more",
        [
            {"setup.py": "from setuptools import setup\n\nsetup(version='1.0')\n"},
            {"setup.py": "from setuptools import setup\n\nsetup(**settings())\n"},
            {"setup.py": "from tools import build\n\nbuild()\n"},
            {"setup.py": "setup(\n"},
            {"setup.cfg": "[metadata]\nversion = 1.0\n"},
        ],
    )
    def test_setup_files_may_supply_it(self, more: dict[str, str]) -> None:
        assert not found({"pyproject.toml": project(None, SETUPTOOLS), **more}, "VER010")

    def test_a_bare_setup_call_supplies_nothing(self) -> None:
        files = {"pyproject.toml": project(None, SETUPTOOLS), "setup.py": "from setuptools import setup\n\nsetup()\n"}
        assert found(files, "VER010")

    @pytest.mark.parametrize(
        "plugin", ["setuptools-scm", "setuptools_scm[toml]>=8", "versioneer", "somebodys-version-plugin"]
    )
    def test_a_plugin_may_supply_it(self, plugin: str) -> None:
        build = SETUPTOOLS.replace('"setuptools"]', f'"setuptools", "{plugin}"]')
        assert not found({"pyproject.toml": project(None, build)}, "VER010")

    def test_hatchling(self) -> None:
        assert found({"pyproject.toml": project(None)}, "VER010")
        assert not found({"pyproject.toml": project(None, more='[tool.hatch.version]\nsource = "vcs"\n')}, "VER010")
        assert not found({"pyproject.toml": project(None, more="[tool.hatch.metadata.hooks.custom]\n")}, "VER010")
        assert not found({"pyproject.toml": project(None), "hatch.toml": "[version]\nsource = 'vcs'\n"}, "VER010")

    def test_a_file_that_may_be_made_before_the_build_is_a_warning(self) -> None:
        text = project(None, more='[tool.hatch.version]\npath = "parcel/_version.py"\n')
        [finding] = found({"pyproject.toml": text}, "VER010")
        assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)
        assert not found(
            {"pyproject.toml": text, **publishing("echo \"__version__ = '1'\" > parcel/_version.py")}, "VER010"
        )

    MISSPELT = '[tool.hatch.version]\npath = "src/parcel/__abuot__.py"\n'
    STATED: Mapping[str, str] = {"src/parcel/__about__.py": '__version__ = "1.0"\n', "src/parcel/__init__.py": ""}

    def test_a_file_of_which_nothing_speaks_is_an_error(self) -> None:
        files = {"pyproject.toml": project(None, more=self.MISSPELT), **self.STATED, **publishing()}
        [finding] = found(files, "VER010")
        assert (finding.severity, finding.confidence) == (Severity.ERROR, Confidence.CERTAIN)
        assert "there is `src/parcel/__about__.py`" in finding.message
        assert not found(apply_edits(files, [finding], Applicability.UNSAFE), "VER010")

    @pytest.mark.parametrize(
        "more",
        [
            {"tools/generate.py": "TARGET = 'src/parcel/__abuot__.py'\n"},
            {"src/parcel/__init__.py": "from .__abuot__ import __version__\n"},
            {"hatch_build.py": "class Hook: ...\n"},
            publishing("make prepare"),
            {".gitmodules": '[submodule "parcel"]\n\tpath = src/parcel\n'},
        ],
    )
    def test_a_file_that_something_may_write_is_a_warning(self, more: Mapping[str, str]) -> None:
        files = {"pyproject.toml": project(None, more=self.MISSPELT), **self.STATED, **more}
        [finding] = found(files, "VER010")
        assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)

    def test_a_file_that_git_ignores_is_generated(self) -> None:
        files = {"pyproject.toml": project(None, more=self.MISSPELT), **self.STATED}
        [finding] = found(files, "VER010", "git ignored src/parcel/__abuot__.py")
        assert finding.severity is Severity.WARNING

    def test_hooks_of_hatch_may_write_it(self) -> None:
        for hooks in ("[tool.hatch.build.hooks.custom]\n", "[tool.hatch.build.targets.wheel.hooks.custom]\n"):
            files = {"pyproject.toml": project(None, more=self.MISSPELT + hooks), **self.STATED}
            [finding] = found(files, "VER010")
            assert finding.severity is Severity.WARNING

    def test_setuptools_goes_on_without_the_file(self) -> None:
        more = '[tool.setuptools.dynamic]\nversion = { file = "VERSON" }\n'
        [finding] = found({"pyproject.toml": project(None, SETUPTOOLS, more), "VERSION": "1.0\n"}, "VER010")
        assert finding.severity is Severity.ERROR
        assert "there is `VERSION`" in finding.message
        assert "0.0.0" in finding.message

    def test_a_file_of_a_like_name_without_a_version_is_not_offered(self) -> None:
        files = {
            "pyproject.toml": project(None, more=self.MISSPELT),
            "src/parcel/__about__.py": '"""About."""\n',
        }
        [finding] = found(files, "VER010")
        assert "there is" not in finding.message
        assert not finding.edits

    def test_a_pattern_of_ones_own_is_never_said_to_fail(self) -> None:
        text = project(None, more="[tool.hatch.version]\npath = \"V\"\npattern = 'a\\n(?P<version>.*)'\n")
        assert not found({"pyproject.toml": text, "V": "a\n1.0\n"}, "VER010")

    def test_poetry_and_its_plugins(self) -> None:
        assert found({"pyproject.toml": project(None, POETRY, "[tool.poetry]\n")}, "VER010")
        assert not found({"pyproject.toml": project(None, POETRY, '[tool.poetry]\nversion = "1.0"\n')}, "VER010")
        dynamic = "[tool.poetry-dynamic-versioning]\nenable = true\n"
        assert not found({"pyproject.toml": project(None, POETRY, dynamic)}, "VER010")
        plugin = '[tool.poetry.requires-plugins]\npoetry-dynamic-versioning = "*"\n'
        assert not found({"pyproject.toml": project(None, POETRY, plugin)}, "VER010")

    def test_uv_takes_nothing_dynamic(self) -> None:
        build = '[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n'
        [finding] = found({"pyproject.toml": project(None, build)}, "VER010")
        assert finding.severity is Severity.ERROR

    @pytest.mark.parametrize(
        ("build", "more", "files"),
        [
            ('requires = ["meson-python"]\nbuild-backend = "mesonpy"', "", {"meson.build": "project('parcel', 'c')\n"}),
            ('requires = ["scikit-build-core"]\nbuild-backend = "scikit_build_core.build"', "", {}),
            (
                'requires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"',
                "",
                {"parcel/__init__.py": '"""Parcel."""\n'},
            ),
            ('requires = ["pdm-backend"]\nbuild-backend = "pdm.backend"', "", {}),
            (
                'requires = ["pdm-backend"]\nbuild-backend = "pdm.backend"',
                '[tool.pdm.version]\npath = "v"\n',
                {"v": "1.0\n"},
            ),
            ('requires = ["hatchling"]\nbuild-backend = "hatchling.build"', "[tool.hatch.version]\nscheme = 'x'\n", {}),
        ],
    )
    def test_other_backends_say_what_they_want(self, build: str, more: str, files: dict[str, str]) -> None:
        text = project(None, f"[build-system]\n{build}\n", more)
        [finding] = found({"pyproject.toml": text, **files}, "VER010")
        assert finding.severity is Severity.ERROR
        assert "{" not in finding.message + finding.fix

    def test_an_unknown_backend_is_unknown(self) -> None:
        build = '[build-system]\nrequires = ["x"]\nbuild-backend = "somebodys.backend"\n'
        assert not found({"pyproject.toml": project(None, build)}, "VER010")

    def test_a_backend_in_the_tree_is_unknown(self) -> None:
        build = HATCH + 'backend-path = ["."]\n'
        assert not found({"pyproject.toml": project(None, build)}, "VER010")


class TestModuleVersionMismatch:
    @pytest.mark.parametrize(
        "text",
        [
            '__version__ = "0.0.0"',
            '__version__ = "0.0rc0"',
            '__version__ = "unknown"',
            '__version__ = "0.0.0.dev0+unknown"',
            '__version__ = "1.2.0"',
            '__version__ = "v1.2"',
            '__version__ = "1.2.0.dev1"',
            '__version__ = "1.3.0.dev0"',
            '__version__ = "1.1.0.9000"',
            '__version__ = "1.2.0+local"',
            'from importlib.metadata import version\n__version__ = version("parcel")',
            'try:\n    __version__ = version("parcel")\nexcept Exception:\n    __version__ = "1.0.0"',
            'if True:\n    __version__ = "1.0.0"',
            '__version__ = "1.0.0"\n__version__ = compute()',
            'def version():\n    __version__ = "1.0.0"',
            '# file generated by setuptools-scm\n__version__ = "1.0.0"',
            "__version__ = (",
        ],
    )
    def test_right_though_it_looks_wrong(self, text: str) -> None:
        assert not found({"pyproject.toml": project(), "parcel/__init__.py": text + "\n"}, "VER012")

    @pytest.mark.parametrize(
        "path",
        [
            "parcel/__init__.py",
            "src/parcel/__init__.py",
            "parcel/_version.py",
            "parcel/__about__.py",
            "parcel/version.py",
        ],
    )
    def test_in_the_modules_of_the_package(self, path: str) -> None:
        files = {
            "pyproject.toml": project(),
            path.rpartition("/")[0] + "/__init__.py": "",
            path: '__version__ = "1.1.0"\n',
        }
        [finding] = found(files, "VER012")
        assert finding.place is not None
        assert finding.place.text == "1.1.0"
        assert apply_edits(files, [finding], Applicability.SAFE)[path] == '__version__ = "1.2.0"\n'

    def test_packages_that_ride_along_have_versions_of_their_own(self) -> None:
        more = '[tool.hatch.build.targets.wheel]\npackages = ["src/parcel", "src/vendored"]\n'
        files = {
            "pyproject.toml": project(more=more),
            "src/parcel/__init__.py": "",
            "src/vendored/__init__.py": '__version__ = "9.0"\n',
            "src/parcel/_vendor/other/__init__.py": '__version__ = "9.0"\n',
            "other/__init__.py": '__version__ = "9.0"\n',
        }
        assert not found(files, "VER012")

    def test_the_source_itself_is_no_copy(self) -> None:
        text = project(None, more='[tool.hatch.version]\npath = "parcel/__init__.py"\n')
        assert not found({"pyproject.toml": text, "parcel/__init__.py": '__version__ = "1.1.0"\n'}, "VER012")

    def test_the_version_of_a_dynamic_source_against_a_second_module(self) -> None:
        text = project(None, more='[tool.hatch.version]\npath = "parcel/__about__.py"\n')
        files = {
            "pyproject.toml": text,
            "parcel/__about__.py": '__version__ = "1.2.0"\n',
            "parcel/__init__.py": '__version__ = "1.1.0"\n',
        }
        [finding] = found(files, "VER012")
        assert finding.related[0].place.source.path == "parcel/__about__.py"

    def test_a_version_tool_leaves_nothing_to_compare(self) -> None:
        build = SETUPTOOLS.replace('"setuptools"]', '"setuptools", "setuptools-scm"]')
        files = {
            "pyproject.toml": project(None, build, "[tool.setuptools_scm]\n"),
            "parcel/__init__.py": '__version__ = "1.1.0"\n',
        }
        assert not found(files, "VER012")

    def test_a_table_left_over_from_a_version_tool_changes_nothing(self) -> None:
        text = project(None, POETRY, '[tool.poetry]\nversion = "1.2.0"\n[tool.setuptools_scm]\n')
        assert found({"pyproject.toml": text, "parcel/__init__.py": '__version__ = "1.1.0"\n'}, "VER012")
        assert not found({"pyproject.toml": text, "parcel/__init__.py": '__version__ = "1.2.0"\n'}, "VER012")

    def test_a_version_tool_among_the_requirements_that_attr_makes_idle(self) -> None:
        build = SETUPTOOLS.replace('"setuptools"]', '"setuptools", "setuptools-scm"]')
        text = project(None, build, '[tool.setuptools.dynamic]\nversion = { attr = "parcel.about.__version__" }\n')
        files = {
            "pyproject.toml": text,
            "parcel/about.py": '__version__ = "1.2.0"\n',
            "parcel/__init__.py": '__version__ = "1.1.0"\n',
        }
        assert found(files, "VER012")

    def test_a_workflow_that_writes_the_version_leaves_nothing_known(self) -> None:
        files = {
            "pyproject.toml": project(),
            "parcel/__init__.py": '__version__ = "1.1.0"\n',
            **publishing("uv version $TAG"),
        }
        assert not found(files, "VER012")

    def test_a_post_release_without_a_change_of_code_is_only_worth_knowing(self) -> None:
        files = {"pyproject.toml": project("1.2.0.post1"), "parcel/__init__.py": '__version__ = "1.2.0"\n'}
        [finding] = found(files, "VER012")
        assert finding.severity is Severity.INFO

    def test_files_that_git_does_not_track_are_written_by_a_tool(self, tmp_path: Path) -> None:
        (tmp_path / "parcel").mkdir()
        (tmp_path / "pyproject.toml").write_text(project())
        (tmp_path / "parcel/__init__.py").write_text("")
        (tmp_path / "parcel/_version.py").write_text('__version__ = "1.1.0"\n')
        run_process(["git", "init", "-q"], cwd=tmp_path, check=True)
        run_process(["git", "add", "pyproject.toml", "parcel/__init__.py"], cwd=tmp_path, check=True)
        assert not check_folder(tmp_path, "VER012").findings
        run_process(["git", "add", "parcel/_version.py"], cwd=tmp_path, check=True)
        assert check_folder(tmp_path, "VER012").findings


class TestSetupVersionMismatch:
    SETUP = "from setuptools import setup\n\nsetup(version='1.1.0')\n"

    def test_the_mend_is_unsafe(self) -> None:
        [finding] = found({"pyproject.toml": project(build=SETUPTOOLS), "setup.py": self.SETUP}, "VER013")
        assert not finding.fixable
        assert finding.edits[0].applicability is Applicability.UNSAFE

    def test_setup_py_goes_before_setup_cfg(self) -> None:
        files = {"setup.py": self.SETUP, "setup.cfg": "[metadata]\nname = parcel\nversion = 1.0.0\n"}
        [finding] = found(files, "VER013")
        assert finding.place is not None
        assert finding.place.source.path == "setup.cfg"

    def test_leftovers_of_tools_that_do_not_build(self) -> None:
        assert not found({"pyproject.toml": project(build=HATCH), "setup.py": self.SETUP}, "VER013")
        assert not found({"pyproject.toml": project(build=HATCH, more='[tool.poetry]\nversion = "1.0"\n')}, "VER013")

    def test_poetrys_own_table(self) -> None:
        assert found({"pyproject.toml": project(build=POETRY, more='[tool.poetry]\nversion = "1.0"\n')}, "VER013")
        assert not found({"pyproject.toml": project(build=POETRY, more='[tool.poetry]\nversion = "0.0.0"\n')}, "VER013")


class TestCargoVersionMismatch:
    @pytest.mark.parametrize("version", ["1.2.0-beta.1", "0.0.0", "0.1.0", "3.0.0"])
    def test_right_though_it_looks_wrong(self, version: str) -> None:
        files = {
            "pyproject.toml": project("1.2.0b1", MATURIN),
            "Cargo.toml": f'[package]\nname = "parcel"\nversion = "{version}"\n',
        }
        assert not found(files, "VER014")

    def test_other_crates_of_the_workspace(self) -> None:
        files = {
            "pyproject.toml": project("1.2.0", MATURIN, '[tool.maturin]\nmanifest-path = "py/Cargo.toml"\n'),
            "py/Cargo.toml": '[package]\nname = "parcel"\nversion = "1.2.0"\n',
            "Cargo.toml": '[workspace]\nmembers = ["py", "core"]\n',
            "core/Cargo.toml": '[package]\nname = "core"\nversion = "1.9.0"\n',
        }
        assert not found(files, "VER014")

    def test_a_version_inherited_from_the_workspace_is_the_source(self) -> None:
        files = {
            "pyproject.toml": project(None, MATURIN, '[tool.maturin]\nmanifest-path = "py/Cargo.toml"\n'),
            "py/Cargo.toml": '[package]\nname = "parcel"\nversion.workspace = true\n',
            "Cargo.toml": '[workspace]\nmembers = ["py"]\n\n[workspace.package]\nversion = "1.2.0-rc.1"\n',
            "parcel/__init__.py": '__version__ = "1.2.0rc1"\n',
        }
        assert not found(files, "VER012") and not found(files, "VER014")

    def test_a_version_inherited_from_the_workspace_is_pointed_at_where_it_stands(self) -> None:
        files = {
            "pyproject.toml": project("1.2.0", MATURIN, '[tool.maturin]\nmanifest-path = "py/Cargo.toml"\n'),
            "py/Cargo.toml": '[package]\nname = "parcel"\nversion.workspace = true\n',
            "Cargo.toml": '[workspace]\nmembers = ["py"]\n\n[workspace.package]\nversion = "1.1.0"\n',
        }
        [finding] = found(files, "VER014")
        assert finding.place is not None
        assert (finding.place.source.path, finding.place.text, finding.edits) == ("Cargo.toml", "1.1.0", ())

    def test_no_mend_where_semver_has_no_such_form(self) -> None:
        files = {
            "pyproject.toml": project("1.2.0.post1", MATURIN),
            "Cargo.toml": '[package]\nname = "parcel"\nversion = "1.1.0"\n',
        }
        [finding] = found(files, "VER014")
        assert not finding.edits
        assert "no form" in finding.fix


class TestFilesAndTools:
    def test_a_version_file_of_something_else(self) -> None:
        assert not found({"pyproject.toml": project(), "VERSION": "9.4.1\n"}, "VER015")
        assert not found({"pyproject.toml": project(), "VERSION": "This is a text.\n"}, "VER015")

    @pytest.mark.parametrize(
        "files",
        [
            {".bumpversion.cfg": "[bumpversion]\ncurrent_version = 1.1.0\n"},
            {"setup.cfg": "[bumpversion]\ncurrent_version = 1.1.0\n"},
            {".bumpversion.toml": '[tool.bumpversion]\ncurrent_version = "1.1.0"\n'},
            {"bumpver.toml": '[bumpver]\ncurrent_version = "1.1.0"\n'},
            {".cz.toml": '[tool.commitizen]\nversion = "1.1.0"\n'},
            {".cz.yaml": "commitizen:\n  version: 1.1.0\n"},
            {".cz.json": '{"commitizen": {"version": "1.1.0"}}\n'},
            {"tbump.toml": '[version]\ncurrent = "1.1.0"\n'},
            {".release-please-manifest.json": '{".": "1.1.0"}\n'},
        ],
        ids=lambda files: next(iter(files)),
    )
    def test_release_tools(self, files: dict[str, str]) -> None:
        [finding] = found({"pyproject.toml": project(), **files}, "VER016")
        mended = apply_edits({"pyproject.toml": project(), **files}, [finding], Applicability.SAFE)
        assert not found(mended, "VER016")

    @pytest.mark.parametrize(
        "more",
        [
            '[tool.commitizen]\nversion = "1.1.0"\nversion_provider = "pep621"\n',
            '[tool.commitizen]\nversion = "1.1.0"\nversion_provider = "scm"\n',
            '[tool.commitizen]\nversion = "1.2.0"\n',
            "[tool.bumpversion]\nallow_dirty = true\n",
            '[tool.semantic_release]\nversion_toml = ["pyproject.toml:project.version"]\n',
        ],
    )
    def test_release_tools_that_record_nothing_else(self, more: str) -> None:
        assert not found({"pyproject.toml": project(more=more)}, "VER016")

    def test_files_that_a_release_tool_keeps_up_to_date(self) -> None:
        more = '[tool.semantic_release]\nversion_variables = ["tools/about.py:RELEASE"]\n'
        files = {"pyproject.toml": project(more=more), "tools/about.py": 'RELEASE = "1.1.0"\n'}
        assert found(files, "VER012")


class TestChangelog:
    OLD = "## 1.1.0\n\n- a\n\n## 1.0.0\n\n- b\n"

    def test_reported_at_the_newest_heading(self) -> None:
        [finding] = found({"pyproject.toml": project(), "CHANGELOG.md": self.OLD}, "VER017")
        assert finding.severity is Severity.INFO
        assert finding.place is not None
        assert finding.place.text == "1.1.0"

    def test_underlined_headings(self) -> None:
        text = "Changes\n=======\n\n1.1.0 (2025-01-01)\n------------------\n\n* a\n\n1.0.0\n-----\n\n* b\n"
        assert found({"pyproject.toml": project(), "CHANGES.rst": text}, "VER017")
        assert not found({"pyproject.toml": project("1.1.0"), "CHANGES.rst": text}, "VER017")

    @pytest.mark.parametrize(
        "text",
        [
            "## [Unreleased]\n\n",
            "## 1.2.0\n\n",
            "## [v1.2.0] - 2026-01-01\n\n",
            "## 1.2 (2026)\n\n",
            "## Version 1.2.x\n\n",
            "## 1.3.0\n\n",
            "## Next\n\n",
            "Unreleased\n----------\n\n",
            "<!-- towncrier release notes start -->\n\n",
            "This file has moved to the releases page.\n\n",
            "For newer versions see the GitHub releases.\n\n",
        ],
    )
    def test_right_though_it_looks_wrong(self, text: str) -> None:
        assert not found({"pyproject.toml": project(), "CHANGELOG.md": text + self.OLD}, "VER017")

    @pytest.mark.parametrize(
        "more",
        [
            {"changelog.d/12.fix.md": "x"},
            {"newsfragments/12.fix.rst": "x"},
            {"cliff.toml": ""},
            {".release-please-manifest.json": '{".": "1.2.0"}'},
        ],
        ids=lambda more: next(iter(more)),
    )
    def test_fragments_and_generators(self, more: dict[str, str]) -> None:
        assert not found({"pyproject.toml": project(), "CHANGELOG.md": self.OLD, **more}, "VER017")

    @pytest.mark.parametrize("version", ["1.2.0.dev1", "1.2.0rc1", "1.1.0.post1"])
    def test_versions_that_need_no_entry(self, version: str) -> None:
        assert not found({"pyproject.toml": project(version), "CHANGELOG.md": self.OLD}, "VER017")

    def test_a_text_without_version_headings(self) -> None:
        assert not found({"pyproject.toml": project(), "CHANGELOG.md": "# Changes\n\nNone so far.\n"}, "VER017")


class TestDocuments:
    @pytest.mark.parametrize(
        "text",
        [
            'version = "1.2"\nrelease = "1.2.0"',
            'version = release = "1.2.0"',
            'version = "1"',
            'version = ""',
            'release = "latest"',
            "import parcel\nrelease = parcel.__version__",
            'release = "1.2.0rc1"',
        ],
    )
    def test_documentation(self, text: str) -> None:
        assert not found({"pyproject.toml": project(), "docs/conf.py": text + "\n"}, "VER018")

    def test_both_statements_are_mended_in_their_own_form(self) -> None:
        files = {"pyproject.toml": project("2.10.3"), "docs/source/conf.py": 'version = "2.9"\nrelease = "2.9.0"\n'}
        findings = found(files, "VER018")
        assert len(findings) == 2
        mended = apply_edits(files, findings, Applicability.SAFE)
        assert mended["docs/source/conf.py"] == 'version = "2.10"\nrelease = "2.10.3"\n'

    @pytest.mark.parametrize(
        "text",
        [
            "cff-version: 1.2.0\nversion: 1.2.0\n",
            "cff-version: 1.2.0\ntitle: Parcel\n",
            "cff-version: 1.2.0\npreferred-citation:\n  version: 1.0.0\nreferences:\n  - version: 0.3\n",
            "cff-version: 1.2.0\nversion: v1.2.0\n",
            "cff-version: 1.2.0\nversion: abcdef\n",
            "cff-version: [1.2.0\n",
        ],
    )
    def test_citation(self, text: str) -> None:
        assert not found({"pyproject.toml": project(), "CITATION.cff": text}, "VER019")

    def test_codemeta(self) -> None:
        files = {"pyproject.toml": project(), "codemeta.json": '{\n\t"version": "1.1.0"\n}\n'}
        [finding] = found(files, "VER019")
        assert apply_edits(files, [finding], Applicability.SAFE)["codemeta.json"] == '{\n\t"version": "1.2.0"\n}\n'

    def test_a_citation_with_a_date_is_not_raised_without_it(self) -> None:
        files = {
            "pyproject.toml": project(),
            "CITATION.cff": "cff-version: 1.2.0\nversion: 1.1.0\ndate-released: 2025-01-31\n",
        }
        [finding] = found(files, "VER019")
        assert [edit.applicability for edit in finding.edits] == [Applicability.SHOW]
        assert "`date-released`" in finding.fix

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("package.json", '{"name": "parcel", "version": "1.1.0"}'),
            ("frontend/package.json", '{"name": "parcel", "version": "1.1.0"}'),
            ("parcel/package.json", '{"name": "widgets", "version": "1.1.0"}'),
            ("parcel/package.json", '{"name": "@scope/parcel", "version": "1.2.0"}'),
            ("parcel/package.json", '{"name": "parcel"}'),
            ("parcel/package.json", '{"name": "parcel", "version": 1}'),
        ],
    )
    def test_package_json(self, path: str, text: str) -> None:
        files = {"pyproject.toml": project(), "parcel/__init__.py": "", path: text}
        assert not found(files, "VER020")


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "[project\n"},
        {"pyproject.toml": ""},
        {"pyproject.toml": "[project]\nversion = 1\n"},
        {"pyproject.toml": "[project]\nname = 3\ndynamic = 'version'\n[tool]\nhatch = 1\nsetuptools = []\n"},
        {"pyproject.toml": HATCH + "[project]\ndynamic = ['version']\n[tool.hatch.version]\npath = 3\nsource = []\n"},
        {
            "pyproject.toml": HATCH
            + "[project]\ndynamic = ['version']\n[tool.hatch.version]\npath = '../../etc/passwd'\n"
        },
        {"pyproject.toml": HATCH + "[project]\ndynamic = ['version']\n[tool.hatch.version]\npath = '/etc/passwd'\n"},
        {
            "pyproject.toml": HATCH
            + "[project]\ndynamic = ['version']\n[tool.hatch.version]\npath = 'a'\npattern = '('\n",
            "a": "x",
        },
        {
            "pyproject.toml": HATCH
            + "[project]\ndynamic = ['version']\n[tool.hatch.version]\npath = 'a'\npattern = '(a+)+$'\n",
            "a": "a" * 200,
        },
        {"pyproject.toml": MATURIN + "[project]\ndynamic = ['version']\n", "Cargo.toml": "[package]\nversion = []\n"},
        {"pyproject.toml": "[tool.poetry]\nname = 'x'\nversion = 1\npackages = [1, {include = 2}]\n"},
        {
            "pyproject.toml": "[tool.flit.metadata]\nmodule = 'x'\n"
            + '[build-system]\nrequires = []\nbuild-backend = "flit_core.buildapi"\n'
        },
        {"setup.py": "from setuptools import setup\nsetup(version=1.0)\nsetup()\n"},
        {"setup.cfg": "[metadata]\nversion = attr: x\n"},
        {"setup.cfg": "[metadata]\nversion = attr: ..\n"},
        {"setup.cfg": "[metadata]\nversion = file: ../../x\n"},
        {
            "pyproject.toml": project(),
            "CITATION.cff": "- 1\n",
            "codemeta.json": "[",
            ".zenodo.json": "",
            "docs/conf.py": "((((",
            "VERSION": "",
        },
        {
            "pyproject.toml": project(),
            ".bumpversion.cfg": "x",
            ".cz.json": "{",
            "tbump.toml": "[",
            ".release-please-manifest.json": "[]",
        },
    ],
)
def test_broken_files_are_no_crash(files: dict[str, str]) -> None:
    result = check_files(files, "VER")
    assert not result.crashed, [each.message for each in result.findings]


GITLAB = """\
stages: [build, publish]
build:
  stage: build
  rules: [{if: $CI_COMMIT_TAG}]
  script:
    - pip install build
    - python -m build
    - ./smoke-test.sh
  artifacts: {paths: [dist/]}
publish:
  stage: publish
  rules: [{if: $CI_COMMIT_TAG}]
  id_tokens: {PYPI_ID_TOKEN: {aud: pypi}}
  script:
    - pip install twine
    - twine upload dist/*
"""


class TestTagOfPipeline:
    def on(self, text: str = GITLAB, *setup: str, **environment: str) -> list[Reported]:
        files = {"pyproject.toml": project(), ".gitlab-ci.yml": text}
        record = git_record(files, ["git tag v1.3.0 at HEAD", *setup])
        result = check_files(files, "VER005", git=record, seeds={"environment": environment})
        assert not result.crashed, [each.message for each in result.findings]
        return list(result.findings)

    def test_a_tag_whose_pipeline_uploads_another_version_is_an_error(self) -> None:
        [finding] = self.on(CI_COMMIT_TAG="v1.3.0")
        assert finding.severity is Severity.ERROR
        assert "the build makes" in finding.message
        [finding] = self.on(GITLAB, "git remote origin https://gitlab.com/acme/parcel.git")
        assert finding.severity is Severity.ERROR

    def test_a_mirror_of_a_repository_on_github_may_have_no_pipelines(self) -> None:
        for setup in ([], ["git remote origin https://github.com/acme/parcel.git"]):
            [finding] = self.on(GITLAB, *setup)
            assert finding.severity is Severity.WARNING

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("python -m build", "python prepare.py\n    - python -m build"),
            ("twine upload", "twine upload --repository-url https://gitlab.com/api/v4/projects/1/packages/pypi"),
            ("  stage: publish", "  stage: publish\n  when: manual"),
            ("rules: [{if: $CI_COMMIT_TAG}]\n  id", "rules: [{if: $READY}]\n  id"),
            ("stages:", "include: [{project: acme/ci, file: a.yml}]\nstages:"),
            ("  stage: build\n", "  stage: build\n  variables: {GIT_CHECKOUT: 'false'}\n"),
            ("publish:\n", "notes:\n  script: [./notes.sh]\n  artifacts: {paths: [pyproject.toml]}\npublish:\n"),
            ("python -m build", "git checkout main && python -m build"),
        ],
    )
    def test_what_may_be_otherwise_makes_it_a_warning(self, old: str, new: str) -> None:
        assert old in GITLAB
        text = GITLAB.replace("  rules: [{if: $CI_COMMIT_TAG}]\n  id", "  id") if "manual" in new else GITLAB
        found = self.on(text.replace(old, new, 1), CI_COMMIT_TAG="v1.3.0")
        assert [each.severity for each in found] == [Severity.WARNING]

    def test_a_pipeline_that_writes_the_version_is_silent(self) -> None:
        text = GITLAB.replace("- python -m build", "- hatch version $CI_COMMIT_TAG\n    - python -m build")
        assert not self.on(text, CI_COMMIT_TAG="v1.3.0")


class TestStatedLocalVersion:
    def test_what_is_published_to_pypi_is_refused(self) -> None:
        [finding] = found({"pyproject.toml": project("1.2.0+build.5"), **publishing()}, "VER007")
        assert (finding.severity, finding.rejections) == (Severity.ERROR, ("version-local",))
        assert finding.place is not None and finding.place.text == "1.2.0+build.5"

    def test_an_action_that_builds_and_uploads_may_state_another_one(self) -> None:
        step = "      - uses: adafruit/workflows-circuitpython-libs/release-pypi@main\n        with: {pypi-username: a, pypi-password: b}\n"
        workflow = (
            f"on:\n  release: {{types: [published]}}\njobs:\n  release:\n    runs-on: ubuntu-latest\n    steps:\n{step}"
        )
        files = {"pyproject.toml": project("0.0.0+auto.0"), ".github/workflows/release.yml": workflow}
        [finding] = found(files, "VER007")
        assert finding.severity is Severity.WARNING

    def test_an_index_of_ones_own_may_take_it(self) -> None:
        [finding] = found({"pyproject.toml": project("1.2.0+build.5")}, "VER007")
        assert finding.severity is Severity.WARNING

    def test_a_version_that_the_workflow_rewrites_is_not_what_is_published(self) -> None:
        files = {"pyproject.toml": project("1.2.0+source"), **publishing("hatch version release")}
        assert not found(files, "VER007")


class TestPatternOfTheVersion:
    MORE = "[tool.hatch.version]\npath = \"parcel/__init__.py\"\npattern = '{pattern}'\n"

    def test_a_pattern_that_matches_nothing(self) -> None:
        files = {
            "pyproject.toml": project(None, HATCH, self.MORE.format(pattern="VERS=(?P<version>.*)")),
            "parcel/__init__.py": "VER=1.0\n",
        }
        [finding] = found(files, "VER010")
        assert (finding.severity, finding.args["pattern"]) == (Severity.ERROR, "VERS=(?P<version>.*)")

    @pytest.mark.parametrize(
        "pattern", [r"VER=\s*(?P<version>.*)", "VER=[^0-9]*(?P<version>.*)", "(?s)VER=.(?P<version>.*)"]
    )
    def test_a_pattern_that_may_match_across_lines_is_not_judged(self, pattern: str) -> None:
        files = {
            "pyproject.toml": project(None, HATCH, self.MORE.format(pattern=pattern)),
            "parcel/__init__.py": "VER=\n1.0\n",
        }
        assert not found(files, "VER010")
