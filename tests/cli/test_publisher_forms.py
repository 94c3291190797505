"""`preflight publisher` where one workflow publishes several projects: each has a form of its own on PyPI, with its own name."""

import json
from pathlib import Path

import pytest
from cli.command import preflight

WORKFLOW = """\
on:
  push:
    tags: ["*"]
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: actions/download-artifact@v6
      - uses: pypa/gh-action-pypi-publish@release/v1
"""


def entry(project: str | None) -> str:
    named = f'project = "{project}"\n' if project else ""
    return f'[[publishers]]\nowner = "octo-org"\nrepository = "harbour"\nworkflow = "publish.yml"\n{named}\n'


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    for name in ("core", "cli", "docks"):
        (tmp_path / f"packages/{name}").mkdir(parents=True)
        (tmp_path / f"packages/{name}/pyproject.toml").write_text(
            '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
            f'[project]\nname = "Harbour_{name}"\nversion = "1.0"\nurls.Source = "https://github.com/octo-org/harbour"\n'
        )
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/publish.yml").write_text(WORKFLOW)
    return tmp_path


def shown_names(text: str) -> list[str]:
    label = "    PyPI project name "
    return [line.removeprefix(label).strip() for line in text.splitlines() if line.startswith(label)]


def test_every_declared_project_has_its_form(harbour: Path) -> None:
    names = ("harbour-core", "harbour-cli", "harbour-docks")
    (harbour / "preflight.toml").write_text("".join(entry(name) for name in names))
    done = preflight("publisher", cwd=harbour)
    assert (done.status, shown_names(done.out)) == (0, list(names))
    for name in names:
        assert f"\n  https://pypi.org/manage/project/{name}/settings/publishing/\n" in done.out
    assert "other projects" not in done.out
    told = json.loads(preflight("publisher", "--output-format", "json", cwd=harbour).out)["publishers"]
    assert [(each["project"], each["projects"]) for each in told] == [(name, []) for name in names]


def test_projects_that_the_declaration_leaves_out_are_named(harbour: Path) -> None:
    (harbour / "preflight.toml").write_text(entry("harbour-core"))
    done = preflight("publisher", cwd=harbour)
    assert shown_names(done.out) == ["harbour-core"]
    assert "The repository holds other projects too: `Harbour_cli`, `Harbour_docks`." in " ".join(done.out.split())


@pytest.mark.parametrize("declared", ["", entry(None)], ids=["nothing-declared", "declared-for-all"])
def test_without_declared_projects_the_form_says_that_each_needs_one(harbour: Path, declared: str) -> None:
    (harbour / "preflight.toml").write_text(declared)
    done = preflight("publisher", cwd=harbour)
    assert shown_names(done.out) == ["(one form for each project)"]
    assert "`Harbour_cli`, `Harbour_core`, `Harbour_docks`" in " ".join(done.out.split())
    told = json.loads(preflight("publisher", "--output-format", "json", cwd=harbour).out)["publishers"]
    assert told[0]["project"] is None
    assert told[0]["projects"] == ["Harbour_cli", "Harbour_core", "Harbour_docks"]


def test_one_folder_of_several_has_one_name(harbour: Path) -> None:
    assert shown_names(preflight("publisher", "packages/core", cwd=harbour).out) == ["Harbour_core"]


def test_a_form_in_chinese(harbour: Path) -> None:
    done = preflight("publisher", "--lang", "zh", cwd=harbour)
    assert shown_names(done.out) == ["（每个项目各填一份表单）"]
    assert "仓库中有多个项目：`Harbour_cli`，`Harbour_core`，`Harbour_docks`" in done.out.replace("\n  ", "")
