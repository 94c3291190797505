"""The fact `versions`: where each build backend takes the version from, which copies there are, how they compare."""

from collections.abc import Mapping
from re import MULTILINE, search

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from preflight.project.backend import build_backend
from preflight.project.inventory import ProjectFolder
from preflight.project.pyproject import pyproject_file
from preflight.project.versions.changelog import read_changelog
from preflight.project.versions.fact import Versions, versions
from preflight.project.versions.patterns import MAX_LINE, PatternError, TooCostly, search_lines
from preflight.project.versions.semver import semver
from preflight.project.versions.statement import (
    Kind,
    VersionStatement,
    between_releases,
    is_development,
    is_placeholder,
    is_short_for,
    parsed,
    same,
    succeeds,
)
from preflight.project.versions.tags import read_tag, release_tags
from preflight.sources.text import Source
from preflight.sources.tree import Files, MemoryTree

HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
FLIT = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
PDM = '[build-system]\nrequires = ["pdm-backend"]\nbuild-backend = "pdm.backend"\n'
MATURIN = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'
MESON = '[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n'
SCIKIT = '[build-system]\nrequires = ["scikit-build-core"]\nbuild-backend = "scikit_build_core.build"\n'
UV = '[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n'
DYNAMIC = '[project]\nname = "parcel"\ndynamic = ["version"]\n'
STATIC = '[project]\nname = "parcel"\nversion = "1.2.0"\n'


def read(files: Mapping[str, str], folder: str = "") -> Versions:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    opened = Files(tree)
    project = ProjectFolder(folder)
    file = pyproject_file(project, opened)
    return versions(project, tree, opened, file, build_backend(project, tree, file))


def stated(files: Mapping[str, str], folder: str = "") -> tuple[str, str] | None:
    """The text of the version's source and its path; the place always covers exactly the text."""
    statement = read(files, folder).source.statement
    if statement is None:
        return None
    assert not statement.editable or statement.place.text == statement.text
    return statement.text, statement.place.source.path


INIT = {"parcel/__init__.py": '"""Parcel."""\n__version__ = "1.2.0"\n'}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pyproject.toml": HATCH + STATIC}, "pyproject.toml"),
        ({"pyproject.toml": UV + STATIC}, "pyproject.toml"),
        ({"pyproject.toml": STATIC}, "pyproject.toml"),
        (
            {"pyproject.toml": HATCH + DYNAMIC + '[tool.hatch.version]\npath = "parcel/__init__.py"\n', **INIT},
            "parcel/__init__.py",
        ),
        (
            {"pyproject.toml": HATCH + DYNAMIC, "hatch.toml": '[version]\npath = "parcel/__init__.py"\n', **INIT},
            "parcel/__init__.py",
        ),
        (
            {
                "pyproject.toml": HATCH
                + DYNAMIC
                + "[tool.hatch.version]\npath = 'V'\npattern = 'is (?P<version>[\\d.]+)'\n",
                "V": "this is it\nit is 1.2.0\n",
            },
            "V",
        ),
        (
            {
                "pyproject.toml": HATCH
                + DYNAMIC
                + "[tool.hatch.version]\nsource = 'code'\npath = 'parcel/__init__.py'\n",
                **INIT,
            },
            "parcel/__init__.py",
        ),
        (
            {
                "pyproject.toml": HATCH + DYNAMIC + "[tool.hatch.version]\nsource = 'nodejs'\n",
                "package.json": '{"version": "1.2.0"}',
            },
            "package.json",
        ),
        (
            {
                "pyproject.toml": SETUPTOOLS
                + DYNAMIC
                + '[tool.setuptools.dynamic]\nversion = {attr = "parcel.__version__"}\n',
                **INIT,
            },
            "parcel/__init__.py",
        ),
        (
            {
                "pyproject.toml": SETUPTOOLS
                + DYNAMIC
                + '[tool.setuptools.dynamic]\nversion = {attr = "parcel.__version__"}\n',
                "src/parcel/__init__.py": "from ._v import (\n    other,\n    __version__,\n)\n",
                "src/parcel/_v.py": "__version__ = '1.2.0'\n",
            },
            "src/parcel/_v.py",
        ),
        (
            {
                "pyproject.toml": SETUPTOOLS + DYNAMIC + '[tool.setuptools.dynamic]\nversion = {file = ["VERSION"]}\n',
                "VERSION": "\n1.2.0\n",
            },
            "VERSION",
        ),
        (
            {
                "pyproject.toml": SETUPTOOLS + DYNAMIC,
                "setup.py": "from setuptools import setup\nsetup(version='1.2.0')\n",
            },
            "setup.py",
        ),
        ({"setup.py": "import setuptools\nV = '1.2.0'\nsetuptools.setup(version=V)\n"}, "setup.py"),
        ({"setup.cfg": "[metadata]\nname = parcel\nversion = 1.2.0\n"}, "setup.cfg"),
        (
            {"setup.cfg": "[metadata]\nname = parcel\nversion = attr: parcel.__version__\n", **INIT},
            "parcel/__init__.py",
        ),
        ({"setup.cfg": "[metadata]\nversion = file: VERSION\n", "VERSION": "1.2.0"}, "VERSION"),
        ({"pyproject.toml": FLIT + DYNAMIC, **INIT}, "parcel/__init__.py"),
        ({"pyproject.toml": FLIT + DYNAMIC, "src/parcel.py": "__version__ = '1.2.0'\n"}, "src/parcel.py"),
        (
            {
                "pyproject.toml": FLIT + DYNAMIC,
                "parcel/__init__.py": "from .version import __version__\n",
                "parcel/version.py": "__version__ = '1.2.0'\n",
            },
            "parcel/version.py",
        ),
        ({"pyproject.toml": FLIT + '[tool.flit.metadata]\nmodule = "parcel"\n', **INIT}, "parcel/__init__.py"),
        ({"pyproject.toml": POETRY + '[tool.poetry]\nname = "parcel"\nversion = "1.2.0"\n'}, "pyproject.toml"),
        (
            {
                "pyproject.toml": PDM + DYNAMIC + '[tool.pdm.version]\nsource = "file"\npath = "parcel/__init__.py"\n',
                **INIT,
            },
            "parcel/__init__.py",
        ),
        (
            {"pyproject.toml": MATURIN + DYNAMIC, "Cargo.toml": '[package]\nname = "parcel"\nversion = "1.2.0"\n'},
            "Cargo.toml",
        ),
        (
            {
                "pyproject.toml": MATURIN + DYNAMIC,
                "src/parcel/__init__.py": "",
                "Cargo.toml": "[workspace]\n",
                "rust/Cargo.toml": '[package]\nname = "parcel"\nversion = "1.2.0"\n',
            },
            "rust/Cargo.toml",
        ),
        (
            {
                "pyproject.toml": MESON + DYNAMIC,
                "meson.build": "# project('x', version: '9')\nproject('parcel', 'c',\n  version: '1.2.0', # now\n)\n",
            },
            "meson.build",
        ),
        (
            {
                "pyproject.toml": SCIKIT
                + DYNAMIC
                + '[tool.scikit-build.metadata.version]\nprovider = "scikit_build_core.metadata.regex"\n'
                + 'input = "parcel/__init__.py"\n',
                **INIT,
            },
            "parcel/__init__.py",
        ),
    ],
)
def test_where_the_version_stands(files: Mapping[str, str], expected: str) -> None:
    assert stated(files) == ("1.2.0", expected)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {
                "pyproject.toml": HATCH.replace('"hatchling"]', '"hatchling", "hatch-vcs"]')
                + DYNAMIC
                + "[tool.hatch.version]\nsource = 'vcs'\n"
            },
            "hatch-vcs",
        ),
        ({"pyproject.toml": HATCH + DYNAMIC + "[tool.hatch.version]\nsource = 'env'\nvariable = 'V'\n"}, "env"),
        (
            {
                "pyproject.toml": HATCH + DYNAMIC + "[tool.hatch.version]\nsource = 'code'\npath = 'v.py'\n",
                "v.py": "__version__ = f()\n",
            },
            "code",
        ),
        ({"pyproject.toml": SETUPTOOLS.replace('"setuptools"]', '"setuptools_scm"]') + DYNAMIC}, "setuptools-scm"),
        (
            {
                "pyproject.toml": SETUPTOOLS + DYNAMIC + '[tool.setuptools.dynamic]\nversion = {attr = "parcel.v"}\n',
                "parcel/__init__.py": "v = f()\n",
            },
            "computed",
        ),
        ({"setup.py": "from setuptools import setup\nsetup(version=read('VERSION'))\n"}, "computes"),
        ({"setup.py": "from setuptools import setup\nsetup(use_scm_version=True)\n"}, "derives"),
        (
            {
                "pyproject.toml": POETRY
                + '[tool.poetry]\nversion = "0.0.0"\n[tool.poetry-dynamic-versioning]\nenable = true\n'
            },
            "poetry-dynamic-versioning",
        ),
        ({"pyproject.toml": PDM + DYNAMIC + '[tool.pdm.version]\nsource = "scm"\n'}, "scm"),
        (
            {"pyproject.toml": MESON + DYNAMIC, "meson.build": "project('parcel', version: run_command('v'))\n"},
            "computes",
        ),
        (
            {
                "pyproject.toml": SCIKIT
                + DYNAMIC
                + '[tool.scikit-build.metadata.version]\nprovider = "scikit_build_core.metadata.setuptools_scm"\n'
            },
            "setuptools-scm",
        ),
        ({"pyproject.toml": FLIT + DYNAMIC, "parcel/__init__.py": "__version__ = f()\n"}, "computes"),
    ],
)
def test_why_a_version_is_unknown(files: Mapping[str, str], words: str) -> None:
    source = read(files).source
    assert source.statement is None
    assert source.unknown is not None and words in source.unknown
    assert source.missing is None


def test_flit_takes_the_package_before_its_version_module() -> None:
    files = {"pyproject.toml": FLIT + DYNAMIC, **INIT, "parcel/version.py": "__version__ = '9.0'\n"}
    assert stated(files) == ("1.2.0", "parcel/__init__.py")


def test_setuptools_takes_a_module_before_a_package() -> None:
    attribute = '[tool.setuptools.dynamic]\nversion = {attr = "parcel.__version__"}\n'
    files = {
        "pyproject.toml": SETUPTOOLS + DYNAMIC + attribute,
        "parcel.py": "__version__ = '1.2.0'\n",
        "parcel/__init__.py": "__version__ = '9'\n",
    }
    assert stated(files) == ("1.2.0", "parcel.py")


def test_a_tuple_of_numbers_is_joined_and_not_editable() -> None:
    attribute = '[tool.setuptools.dynamic]\nversion = {attr = "parcel.VERSION"}\n'
    source = read(
        {"pyproject.toml": SETUPTOOLS + DYNAMIC + attribute, "parcel/__init__.py": "VERSION = (1, 2, 0)\n"}
    ).source
    assert source.statement is not None
    assert (source.statement.text, source.statement.editable) == ("1.2.0", False)


def test_paths_out_of_the_workspace_are_never_read() -> None:
    files = {
        "pyproject.toml": HATCH + DYNAMIC + "[tool.hatch.version]\npath = '../secret.py'\n",
        "secret.py": "__version__ = '1'\n",
    }
    assert stated(files) is None
    inside = {"libs/a/pyproject.toml": files["pyproject.toml"], "libs/secret.py": "__version__ = '1'\n"}
    assert stated(inside, "libs/a") == ("1", "libs/secret.py")


def test_every_copy_has_an_exact_place() -> None:
    files = {
        "pyproject.toml": SETUPTOOLS
        + STATIC
        + '[tool.commitizen]\nversion = "1.0"\n[tool.bumpversion]\ncurrent_version = "1.0"\n',
        "setup.py": "from setuptools import setup\nsetup(version='1.0')\n",
        "setup.cfg": "[metadata]\nversion = 1.0\n[bumpversion]\ncurrent_version = 1.0\n",
        "parcel/__init__.py": '__version__ = "1.0"\n',
        "parcel/version.py": "VERSION = '1.0'\n",
        "VERSION": "1.0\n",
        "docs/conf.py": 'version = release = "1.0"\n',
        "CITATION.cff": "version: 1.0\n",
        "codemeta.json": '{"version": "1.0"}\n',
        "parcel/package.json": '{"name": "parcel", "version": "1.0"}\n',
    }
    copies = read(files).copies
    assert all(copy.text == copy.place.text == "1.0" and copy.editable for copy in copies)
    assert {(copy.kind, copy.place.source.path) for copy in copies} == {
        (Kind.RELEASE_TOOL, "pyproject.toml"),
        (Kind.SETUP_FILE, "setup.py"),
        (Kind.SETUP_FILE, "setup.cfg"),
        (Kind.RELEASE_TOOL, "setup.cfg"),
        (Kind.MODULE, "parcel/__init__.py"),
        (Kind.MODULE, "parcel/version.py"),
        (Kind.VERSION_FILE, "VERSION"),
        (Kind.DOCUMENTATION, "docs/conf.py"),
        (Kind.CITATION, "CITATION.cff"),
        (Kind.CITATION, "codemeta.json"),
        (Kind.PACKAGE_JSON, "parcel/package.json"),
    }


@pytest.mark.parametrize(
    ("name", "paths", "found"),
    [
        ("my-parcel", ["my_parcel/__init__.py"], "my_parcel/__init__.py"),
        ("my-parcel", ["src/my_parcel/__init__.py"], "src/my_parcel/__init__.py"),
        ("My.Parcel", ["MyParcel/__init__.py"], "MyParcel/__init__.py"),
        ("google-parcel", ["google/parcel/__init__.py"], "google/parcel/__init__.py"),
        ("parcel", ["parcel.py"], "parcel.py"),
        ("parcel", ["other/__init__.py"], None),
        ("parcel", ["tests/__init__.py"], None),
    ],
)
def test_the_module_named_after_the_project(name: str, paths: list[str], found: str | None) -> None:
    text = HATCH + f'[project]\nname = "{name}"\nversion = "1.2.0"\n'
    copies = read({"pyproject.toml": text, **dict.fromkeys(paths, '__version__ = "1.0"\n')}).of(Kind.MODULE)
    assert [copy.place.source.path for copy in copies] == ([found] if found else [])


def test_no_more_folders_are_listed_than_are_looked_into() -> None:
    listed: list[str] = []

    class Watched(MemoryTree):
        def names(self, folder: str) -> list[str]:
            listed.append(folder)
            return super().names(folder)

    files = {f"parcel/part{number}/deep/mod.py": "" for number in range(300)} | {
        "pyproject.toml": HATCH + STATIC,
        "parcel/__init__.py": "",
    }
    tree = Watched({path: text.encode() for path, text in files.items()})
    opened, project = Files(tree), ProjectFolder("")
    file = pyproject_file(project, opened)
    versions(project, tree, opened, file, build_backend(project, tree, file))
    assert len(listed) < 20
    assert not any(folder.startswith("parcel/part") for folder in listed)


class TestComparing:
    @pytest.mark.parametrize("text", ["0.0.0", "0", "0.0rc0", "0.0.0.dev0", "0+unknown", "999", "9999.99"])
    def test_placeholders(self, text: str) -> None:
        assert is_placeholder(Version(text))

    @pytest.mark.parametrize("text", ["0.0.1", "0.1", "1.0.0", "99.1"])
    def test_versions(self, text: str) -> None:
        assert not is_placeholder(Version(text))

    @pytest.mark.parametrize("text", ["1.0.dev0", "1.0+abc", "1.0.0.9000", "0.11.3.99"])
    def test_development(self, text: str) -> None:
        assert is_development(Version(text))

    @pytest.mark.parametrize(
        ("later", "earlier"),
        [("1.2.4", "1.2.3"), ("1.3", "1.2.3"), ("2.0.0", "1.9.9"), ("1.2.3", "1.2.3"), ("1.2.0", "1.2")],
    )
    def test_succeeds(self, later: str, earlier: str) -> None:
        assert succeeds(Version(later), Version(earlier))

    @pytest.mark.parametrize(
        ("later", "earlier"), [("1.2.5", "1.2.3"), ("1.3.1", "1.2.3"), ("1.2.3", "1.2.4"), ("3.0", "1.0")]
    )
    def test_does_not_succeed(self, later: str, earlier: str) -> None:
        assert not succeeds(Version(later), Version(earlier))

    def test_between_releases(self) -> None:
        assert between_releases(Version("1.2.0"), Version("1.3.0.dev0"))
        assert between_releases(Version("1.3.0.dev0"), Version("1.2.0"))
        assert between_releases(Version("1.2.0.9000"), Version("1.2.1"))
        assert not between_releases(Version("1.4.0.dev0"), Version("1.2.0"))
        assert not between_releases(Version("1.2.0"), Version("1.1.0"))

    def test_same(self) -> None:
        assert same(Version("1.2"), Version("1.2.0"))
        assert same(Version("1.2.0+x"), Version("1.2.0"))
        assert not same(Version("1.2.0.post1"), Version("1.2.0"))

    def test_short_forms(self) -> None:
        assert is_short_for(Version("1.2"), Version("1.2.3"))
        assert not is_short_for(Version("1.2"), Version("1.3.3"))
        assert not is_short_for(Version("1.2rc1"), Version("1.2.3"))

    def test_long_texts_are_no_versions(self) -> None:
        assert parsed("1." * 200 + "0") is None


@given(
    st.builds(
        lambda release, pre: ".".join(map(str, release)) + pre,
        st.lists(st.integers(0, 99), min_size=1, max_size=3),
        st.sampled_from(["", "a1", "b2", "rc3", ".dev4"]),
    )
)
def test_semver_is_read_back_as_the_same_version(text: str) -> None:
    written = semver(Version(text))
    assert written is not None
    assert Version(written) == Version(text)


@pytest.mark.parametrize("text", ["1!1.0", "1.0.post1", "1.0+a", "1.2.3.4", "1.0rc1.dev2"])
def test_what_semver_cannot_say(text: str) -> None:
    assert semver(Version(text)) is None


@given(st.text(max_size=30))
def test_any_text_is_read_as_a_tag_without_failing(text: str) -> None:
    read_tag(text, ["parcel"])
    release_tags([text], ["parcel"], Version("1.2.3"), only_named=False)


LINES = st.lists(st.text(alphabet="version= \"'1.2a_", max_size=25), max_size=8).map("\n".join)
TAME = st.sampled_from(
    [
        r"^version\s*=\s*\"(?P<version>[^\"\n]+)\"",
        r"version ?= ?['\"](?P<version>.+?)['\"]",
        r"^(?P<version>[\d.]+)$",
        r"(?i)VERSION.(?P<version>1\.2)",
        r"(?P<version>\d+)",
    ]
)


@given(TAME, LINES)
def test_patterns_find_line_by_line_what_they_find_in_the_text(pattern: str, text: str) -> None:
    whole = search(pattern, text, MULTILINE)
    line = search_lines(pattern, text)
    if whole is None or "\n" not in whole[0]:
        assert (line is None) == (whole is None)
        if line is not None and whole is not None:
            assert line[0] + line[1].start("version") == whole.start("version")


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+$", r"(a|aa)+$", r"(a{1,3}){1,100}b", r"a*a*a*a*a*b", "a?" * 9 + "b", "a" * 501, r"(?:a*b?)*c"],
)
def test_patterns_that_may_take_forever_are_not_run(pattern: str) -> None:
    with pytest.raises(TooCostly):
        search_lines(pattern, "a" * 5000)


def test_broken_patterns() -> None:
    with pytest.raises(PatternError):
        search_lines("(" * 40, "a")


def test_long_lines_are_not_searched() -> None:
    with pytest.raises(TooCostly):
        search_lines(r"version.*x.*y", "version" + "x" * MAX_LINE[2])
    assert search_lines(r"version.*x.*y", "x" * 10_000) is None


def test_changelog_headings() -> None:
    text = "Changelog\n=========\n\n1.2.0 (2026-01-01)\n------------------\n\n- see 0.9.0\n\n1.1.x\n-----\n"
    tree = MemoryTree({"HISTORY.rst": text.encode()})
    found = read_changelog(ProjectFolder(""), tree, Files(tree), None)
    assert found is not None
    assert [str(heading.version) for heading in found.headings] == ["1.2.0", "1.1"]
    assert found.covers(Version("1.1.7")) and not found.covers(Version("1.3.0"))


def test_the_place_of_a_text_with_escapes_is_not_exchanged() -> None:
    source = Source("a.toml", 'version = "1\\u002e2"')
    statement = VersionStatement.of(Kind.PROJECT_TABLE, "1.2", source.place(10, 20), "version")
    assert not statement.editable
