"""Which repository a checkout is of, when no remote says it."""

import pytest

from preflight.engine.facts import Unavailable
from preflight.engine.session import Options, load_settings
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.plan.session import facts_of
from preflight.project.git import GitRecord
from preflight.project.repository import Repository
from preflight.sources.tree import MemoryTree

WORKFLOW = ".github/workflows/ci.yml"


def repository(**files: str) -> Repository:
    named = {path.replace("__", "."): text for path, text in files.items()}
    given = {
        "README.md" if path == "readme" else WORKFLOW if path == "workflow" else path: text
        for path, text in named.items()
    }
    workspace = Workspace(MemoryTree({path: text.encode() for path, text in given.items()}), Focus(("",)))
    seeds = {"git": GitRecord(), "environment": {}}
    found: Repository = facts_of(workspace, FACTS, load_settings(workspace, Options(isolated=True)), seeds).get(
        "repository"
    )
    return found


def pyproject(urls: str) -> str:
    return f'[project]\nname = "sampleproject"\nversion = "1"\n[project.urls]\n{urls}\n'


@pytest.mark.parametrize(
    ("urls", "slug"),
    [
        ('Sponsor = "https://github.com/sponsors/ofek"\nSource = "https://github.com/pypa/hatch"', "pypa/hatch"),
        ('Discussions = "https://github.com/orgs/o/discussions"\nHomepage = "https://github.com/o/r"', "o/r"),
        (
            '"Code of Conduct" = "https://github.com/o/.github/blob/x.md"\n"GitHub: repo" = "https://github.com/o/r"',
            "o/r",
        ),
        ('Tracker = "https://github.com/other/issues/issues"\nRepository = "https://github.com/o/r.git"', "o/r"),
        ('Homepage = "https://github.com/home/page"\n"Source Code" = "https://github.com/o/r/tree/main"', "o/r"),
    ],
)
def test_the_url_of_the_source_is_the_repository(urls: str, slug: str) -> None:
    assert repository(pyproject__toml=pyproject(urls)).slug == slug


def test_urls_of_a_setup_script() -> None:
    text = """setup(
    name="x",
    project_urls={
        "Funding": "https://github.com/sponsors/o",
        "Source": "https://github.com/o/r",
    },
)
"""
    assert repository(setup__py=text).slug == "o/r"
    assert repository(setup__py='setup(\n    url="https://github.com/o/r",\n)\n').slug == "o/r"


def test_a_guard_of_a_workflow_says_more_than_a_url_of_an_earlier_home() -> None:
    guard = "on: push\njobs: {a: {if: \"github.repository == 'new/home'\", steps: []}}\n"
    assert (
        repository(pyproject__toml=pyproject('Source = "https://github.com/old/home"'), workflow=guard).slug
        == "new/home"
    )


def test_the_badge_of_a_workflow_that_is_here() -> None:
    readme = "[x](https://github.com/else/where/actions/workflows/other.yml) [y](https://github.com/o/r/actions/workflows/ci.yml/badge.svg)"
    found = repository(pyproject__toml=pyproject(""), workflow="on: push\njobs: {}\n", readme=readme)
    assert (found.slug, found.certain) == ("o/r", False)


def test_a_link_in_the_readme_tells_nothing_even_to_a_repository_of_the_projects_name() -> None:
    readme = "Bindings for [it](https://github.com/o/sampleproject), see https://github.com/o/sampleproject/issues."
    with pytest.raises(Unavailable):
        repository(pyproject__toml=pyproject(""), readme=readme)
    named = repository(pyproject__toml=pyproject('Source = "https://github.com/o/sample-py"'), readme=readme)
    assert named.slug == "o/sample-py"


def test_nothing_that_tells() -> None:
    with pytest.raises(Unavailable):
        repository(pyproject__toml=pyproject('Docs = "https://example.org"'), readme="https://github.com/else/where")
