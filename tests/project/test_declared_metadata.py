"""What a project's files declare as core metadata, for each place that a backend reads it from."""

from collections.abc import Mapping
from typing import Any

import pytest

from preflight.distributions.fields import FieldSet
from preflight.engine.facts import Facts, Unavailable
from preflight.facts import FACTS
from preflight.project.inventory import ProjectFolder
from preflight.sources.tree import Files, MemoryTree


def declared(files: Mapping[str, str], folder: str = "") -> FieldSet:
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    facts = Facts(FACTS, {"tree": tree, "files": Files(tree), "project": ProjectFolder(folder)})
    result: Any = facts.get("declared_metadata")
    assert isinstance(result, FieldSet)
    return result


def values(found: FieldSet, name: str) -> list[str]:
    return [field.value for field in found.all(name)]


def written(found: FieldSet, name: str) -> list[str]:
    return [field.place.text for field in found.all(name) if field.place is not None]


HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
FLIT = '[build-system]\nrequires = ["flit_core<4"]\nbuild-backend = "flit_core.buildapi"\n'


def test_project_table_becomes_core_metadata() -> None:
    found = declared(
        {
            "pyproject.toml": HATCHLING
            + """
[project]
name = "demo"
dynamic = ["version"]
description = "A demo"
readme = "README.md"
requires-python = ">=3.9"
license = "MIT"
license-files = ["LICEN[CS]E*"]
authors = [{ name = "Ann" }, { name = "Ben, the 2nd", email = "ben@example.org" }, { email = "cy@example.org" }]
maintainers = [{ name = "Dee", email = "dee@example.org" }]
keywords = ["one", "two"]
classifiers = ["Typing :: Typed"]
dependencies = ["click>=8"]

[project.urls]
Home = "https://example.org"

[project.optional-dependencies]
test = ["pytest"]
""",
            "README.md": "# Demo\n",
        }
    )
    assert found.subject == "pyproject.toml"
    assert found.complete
    assert values(found, "name") == ["demo"]
    assert values(found, "summary") == ["A demo"]
    assert values(found, "description") == ["# Demo\n"]
    assert values(found, "description-content-type") == ["text/markdown"]
    assert values(found, "requires-python") == [">=3.9"]
    assert values(found, "license-expression") == ["MIT"]
    assert values(found, "license-file") == []
    assert values(found, "author") == ["Ann"]
    assert values(found, "author-email") == ['"Ben, the 2nd" <ben@example.org>, cy@example.org']
    assert values(found, "maintainer-email") == ["Dee <dee@example.org>"]
    assert written(found, "maintainer-email") == ['"dee@example.org"']
    assert values(found, "keywords") == ["one,two"]
    assert written(found, "classifier") == ['"Typing :: Typed"']
    assert [(field.value, field.extra) for field in found.all("requires-dist")] == [
        ("click>=8", ""),
        ("pytest", "test"),
    ]
    assert values(found, "provides-extra") == ["test"]
    assert [(field.extra, field.value) for field in found.all("project-url")] == [("Home", "https://example.org")]
    assert found.dynamic == {"version"}
    readme = found.first("description")
    assert readme and readme.extra == "README.md" and readme.key == "project.readme"


def test_values_of_the_wrong_type_are_skipped() -> None:
    found = declared(
        {
            "pyproject.toml": HATCHLING
            + """
[project]
name = 1
version = 1.0
readme = ["README.md"]
license = 3
authors = ["Ann", {}, { name = 1 }]
keywords = "one"
classifiers = "x"
urls = { Home = 1 }
dependencies = { click = ">=8" }
optional-dependencies = ["x"]
dynamic = "version"
"""
        }
    )
    assert found.fields == ()
    assert found.dynamic == frozenset()


@pytest.mark.parametrize(
    ("readme", "expected"),
    [
        ("README.md", "text/markdown"),
        ("docs/READ.RST", "text/x-rst"),
        ("a.txt", "text/plain"),
        ("README", None),
        (".md", None),
    ],
)
def test_content_type_follows_the_ending(readme: str, expected: str | None) -> None:
    found = declared({"pyproject.toml": HATCHLING + f'[project]\nname = "demo"\nversion = "1"\nreadme = "{readme}"\n'})
    assert values(found, "description-content-type") == ([expected] if expected else [])


def test_missing_readme_leaves_the_description_open() -> None:
    found = declared({"pyproject.toml": HATCHLING + '[project]\nname = "demo"\nversion = "1"\nreadme = "README.md"\n'})
    assert "description" in found.dynamic


def test_licence_table() -> None:
    text = declared({"pyproject.toml": HATCHLING + '[project]\nname = "demo"\nlicense = { text = "MIT" }\n'})
    assert values(text, "license") == ["MIT"]
    file = declared(
        {
            "pyproject.toml": HATCHLING + '[project]\nname = "demo"\nlicense = { file = "COPYING" }\n',
            "COPYING": "All of it",
        }
    )
    assert values(file, "license") == ["All of it"]


def test_poetry_table() -> None:
    found = declared(
        {
            "pyproject.toml": POETRY
            + """
[tool.poetry]
name = "demo"
version = "1.0"
description = "A demo"
authors = ["Ann <ann@example.org>", "Ben"]
license = "MIT"
readme = ["README.md", "CHANGES.md"]
homepage = "https://example.org"
keywords = ["one", "two"]
classifiers = ["Typing :: Typed"]

[tool.poetry.urls]
Chat = "https://chat.example.org"

[tool.poetry.dependencies]
python = "^3.9"
click = "^8"
own = { git = "https://example.org/own.git", tag = "v1" }
beside = { path = "../beside", develop = true }
maybe = { git = "https://example.org/maybe.git", optional = true }
wheel-file = [{ url = "https://example.org/a.whl", platform = "linux" }]
""",
            "README.md": "one",
            "CHANGES.md": "two",
        }
    )
    assert values(found, "author") == ["Ann"]
    assert values(found, "author-email") == ["ann@example.org"]
    assert values(found, "description") == ["one\ntwo"]
    assert values(found, "home-page") == ["https://example.org"]
    assert [(field.extra, field.value) for field in found.all("project-url")] == [
        ("Homepage", "https://example.org"),
        ("Chat", "https://chat.example.org"),
    ]
    assert values(found, "requires-dist") == [
        "own @ git+https://example.org/own.git@v1",
        "beside @ file:../beside",
        "wheel-file @ https://example.org/a.whl",
    ]
    assert written(found, "requires-dist")[0] == '"https://example.org/own.git"'
    assert not found.complete


def test_poetry_fills_what_project_leaves_out() -> None:
    found = declared(
        {
            "pyproject.toml": POETRY
            + """
[project]
name = "demo"
dynamic = ["version", "classifiers"]
authors = [{ name = "Ann" }]
dependencies = ["click"]

[tool.poetry]
name = "other"
version = "1.0"
authors = ["Ben <ben@example.org>"]
classifiers = ["Typing :: Typed"]

[tool.poetry.dependencies]
own = { git = "https://example.org/own.git" }
"""
        }
    )
    assert values(found, "name") == ["demo"]
    assert values(found, "version") == ["1.0"]
    assert values(found, "author-email") == []
    assert values(found, "classifier") == ["Typing :: Typed"]
    assert values(found, "requires-dist") == ["click"]
    assert "version" not in found.dynamic


def test_unpackaged_projects_declare_nothing() -> None:
    with pytest.raises(Unavailable):
        declared({"pyproject.toml": POETRY + "[tool.poetry]\npackage-mode = false\n"})
    with pytest.raises(Unavailable):
        declared({"pyproject.toml": '[project]\nname = "app"\nversion = "0"\n[tool.uv]\npackage = false\n'})


def test_flit_table() -> None:
    found = declared(
        {
            "pyproject.toml": FLIT
            + """
[tool.flit.metadata]
module = "demo"
dist-name = "the-demo"
author = "Ann"
author-email = "ann@example.org"
home-page = "https://example.org"
description-file = "README.rst"
requires = ["click"]
classifiers = ["Typing :: Typed"]

[tool.flit.metadata.requires-extra]
test = ["pytest"]
"""
        }
    )
    assert values(found, "name") == ["the-demo"]
    assert values(found, "requires-dist") == ["click", "pytest"]
    assert values(found, "description-content-type") == ["text/x-rst"]
    assert {"version", "summary", "description"} <= found.dynamic


CFG = """\
[metadata]
name = demo
version = attr: demo.__version__
summary = A demo
author-email = ann@example.org
long_description = file: README.md, CHANGES.md
classifiers =
    Typing :: Typed
    # a comment
    Framework :: tox
keywords = one, two
project_urls =
    Home = https://example.org
    Chat = https://chat.example.org

[options]
python_requires = >=3.8
install_requires =
    click
    rich; python_version > "3.9"

[options.extras_require]
test = pytest; tox
docs = file: docs.txt
"""


def test_setup_cfg() -> None:
    found = declared({"setup.cfg": CFG, "README.md": "one", "CHANGES.md": "two", "docs.txt": "sphinx\n\n# no\nfuro\n"})
    assert found.subject == "setup.cfg"
    assert found.complete
    assert values(found, "summary") == ["A demo"]
    assert values(found, "version") == []
    assert "version" in found.dynamic
    assert values(found, "description") == ["one\ntwo"]
    assert values(found, "classifier") == ["Typing :: Typed", "Framework :: tox"]
    assert written(found, "classifier") == ["Typing :: Typed", "Framework :: tox"]
    assert values(found, "keywords") == ["one,two"]
    assert [(field.extra, field.value) for field in found.all("project-url")] == [
        ("Home", "https://example.org"),
        ("Chat", "https://chat.example.org"),
    ]
    assert values(found, "requires-python") == [">=3.8"]
    assert [(field.value, field.extra) for field in found.all("requires-dist")] == [
        ("click", ""),
        ('rich; python_version > "3.9"', ""),
        ("pytest", "test"),
        ("tox", "test"),
        ("sphinx", "docs"),
        ("furo", "docs"),
    ]


SETUP = """\
from setuptools import setup

setup(
    name="demo",
    version=read_version(),
    description="A demo",
    classifiers=["Typing :: Typed"],
    install_requires=["click", "rich"],
    extras_require={"test": ["pytest"], ":python_version<'3.9'": ["old"]},
    project_urls={"Home": "https://example.org"},
)
"""


def test_setup_py_literals() -> None:
    found = declared({"setup.py": SETUP})
    assert found.subject == "setup.py"
    assert not found.complete
    assert found.dynamic == {"version"}
    assert values(found, "name") == ["demo"]
    assert [(field.value, field.extra) for field in found.all("requires-dist")] == [
        ("click", ""),
        ("rich", ""),
        ("pytest", "test"),
        ("old; python_version<'3.9'", ""),
    ]
    assert written(found, "requires-dist")[0] == '"click"'
    assert values(found, "provides-extra") == ["test"]


def test_setup_py_goes_before_setup_cfg() -> None:
    found = declared(
        {"setup.py": 'from setuptools import setup\nsetup(name="script", description=read())\n', "setup.cfg": CFG}
    )
    assert values(found, "name") == ["script"]
    assert values(found, "summary") == []
    assert "summary" in found.dynamic
    assert values(found, "author-email") == ["ann@example.org"]


def test_setup_py_that_passes_unknown_keywords_is_not_complete() -> None:
    found = declared({"setup.py": "from setuptools import setup\nsetup(**about)\n", "setup.cfg": CFG})
    assert not found.complete
    assert {"name", "requires-dist"} <= found.dynamic
    assert found.fields == ()


def test_project_table_goes_before_setup_cfg() -> None:
    found = declared(
        {
            "pyproject.toml": SETUPTOOLS
            + """
[project]
name = "demo"
version = "1"
dynamic = ["dependencies", "readme", "classifiers"]

[tool.setuptools.dynamic]
readme = { file = ["README.md"], content-type = "text/markdown" }
dependencies = { file = "requirements.txt" }
""",
            "requirements.txt": "click  # why\nlong \\\n  ==1\n-r other.txt\n",
            "README.md": "# Demo",
            "setup.cfg": CFG,
        }
    )
    assert found.subject == "pyproject.toml"
    assert found.complete
    assert values(found, "summary") == []
    assert values(found, "description") == ["# Demo"]
    assert values(found, "description-content-type") == ["text/markdown"]
    assert values(found, "classifier") == ["Typing :: Typed", "Framework :: tox"]
    assert values(found, "requires-dist") == ["click", "-r other.txt"]
    place = found.first("requires-dist")
    assert place and place.place and place.place.source.path == "requirements.txt"
    assert found.dynamic == frozenset()


def test_unreadable_pyproject_declares_nothing() -> None:
    with pytest.raises(Unavailable):
        declared({"pyproject.toml": "[project\n"})


def test_a_project_in_a_folder_reads_its_own_files() -> None:
    files = {
        "libs/a/pyproject.toml": HATCHLING + '[project]\nname = "a"\nversion = "1"\nreadme = "../README.md"\n',
        "libs/README.md": "hello",
    }
    found = declared(files, "libs/a")
    assert values(found, "description") == ["hello"]
    assert found.subject == "libs/a/pyproject.toml"
