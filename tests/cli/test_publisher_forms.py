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


def test_an_index_that_only_the_run_knows_leaves_the_index_open(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "sample"\nversion = "1.0"\nurls.Source = "https://github.com/octo-org/sample"\n'
    )
    steps = WORKFLOW.replace("    permissions:", "    environment: release\n    permissions:")
    chosen = steps + "        with:\n          repository-url: https://${{ vars.HOST }}/legacy/\n"
    (tmp_path / ".github/workflows/publish.yml").write_text(chosen)
    done = preflight("publisher", cwd=tmp_path)
    told = " ".join(done.out.split())
    assert done.status == 0
    assert "An index that is known only in the run, publisher on GitHub" in told
    assert "Owner octo-org Repository name sample Workflow name publish.yml Environment name release" in told
    assert "The index is `https://${{ vars.HOST }}/legacy/`." in told
    page = json.loads(preflight("publisher", "--output-format", "json", cwd=tmp_path).out)
    assert page["publishers"] == []
    assert page["open_index"] == [
        {
            "index": None,
            "written": "https://${{ vars.HOST }}/legacy/",
            "kind": "github",
            "owner": "octo-org",
            "repository": "sample",
            "workflow": "publish.yml",
            "environment": "release",
            "jobs": ["job `publish` of .github/workflows/publish.yml"],
        }
    ]
    assert "Nothing to record" in preflight("publisher", "--record", cwd=tmp_path).out


def release_of(name: str, tag: str, build: str, packages: str = "") -> str:
    given = f"        with:\n          packages-dir: {packages}\n" if packages else ""
    return f"""\
on:
  push:
    tags: ["{tag}"]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: {build}
      - uses: actions/upload-artifact@v6
        with:
          name: dist
          path: dist/
  publish:
    needs: build
    environment: pypi-{name}
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: actions/download-artifact@v6
      - uses: pypa/gh-action-pypi-publish@release/v1
{given}"""


SAID_BY = {
    "package": ("v*", "uv build --package harbour-{name}", ""),
    "folder": ("v*", "python -m build --outdir dist packages/{name}", ""),
    "uv-folder": ("v*", "uv build packages/{name} -o dist", ""),
    "cd": ("v*", "cd packages/{name} && hatch build ../../dist", ""),
    "files": ("v*", "make dist", "packages/{name}/dist"),
    "tag": ("{name}-v*", "make dist", ""),
    "long-tag": ("harbour-{name}@*", "make dist", ""),
}


def release_apart(root: Path, said_by: str) -> None:
    (root / ".github/workflows/publish.yml").unlink()
    for name in ("core", "cli"):
        tag, build, packages = (text.format(name=name) for text in SAID_BY[said_by])
        text = release_of(name, tag, build, packages)
        (root / f".github/workflows/release-{name}.yml").write_text(text)


def forms(root: Path, *words: str) -> list[tuple[str | None, str, bool | None]]:
    done = preflight("publisher", *words, "--output-format", "json", cwd=root)
    told = json.loads(done.out)["publishers"]
    return [(each["project"], each["workflow"], each["recorded"]) for each in told]


@pytest.mark.parametrize("said_by", SAID_BY)
def test_a_workflow_that_says_what_it_uploads_is_shown_for_that_alone(harbour: Path, said_by: str) -> None:
    release_apart(harbour, said_by)
    core, cli = ("Harbour_core", "release-core.yml", None), ("Harbour_cli", "release-cli.yml", None)
    assert forms(harbour, "packages/core") == [core]
    assert forms(harbour, "packages/cli") == [cli]
    assert sorted(forms(harbour)) == [cli, core]
    assert "projects" not in preflight("publisher", cwd=harbour).out
    nothing = preflight("publisher", "packages/docks", cwd=harbour)
    assert "No upload of `Harbour_docks` by trusted publishing" in nothing.out


@pytest.mark.parametrize(
    "build",
    [
        "uv build --package ${{ matrix.name }}",
        "uv build --all-packages",
        "uv build --package harbour-gone",
        "make dist",
    ],
)
def test_a_workflow_that_does_not_say_what_it_uploads_may_upload_all(harbour: Path, build: str) -> None:
    (harbour / ".github/workflows/publish.yml").write_text(release_of("all", "v*", build))
    assert forms(harbour, "packages/core") == [("Harbour_core", "publish.yml", None)]
    assert forms(harbour) == [(None, "publish.yml", None)]


@pytest.mark.parametrize(
    ("events", "names"),
    [
        ('on:\n  push:\n    tags: ["core-v*"]\n  workflow_dispatch:\n', ["Harbour_core"]),
        ('on:\n  push:\n    tags: ["core-v*", "harbour-cli-v[0-9]+.[0-9]+"]\n', ["Harbour_cli", "Harbour_core"]),
        ('on:\n  push:\n    tags: ["core-v*", "v*"]\n', [None]),
        ('on:\n  push:\n    tags: ["core-v*"]\n    branches: [main]\n', [None]),
        ('on:\n  push:\n    tags: ["core-v*"]\n  release:\n', [None]),
        ("on:\n  release:\n    types: [published]\n", [None]),
    ],
)
def test_what_the_tags_of_all_events_say(harbour: Path, events: str, names: list[str | None]) -> None:
    text = release_of("all", "v*", "make dist").partition("jobs:")[2]
    (harbour / ".github/workflows/publish.yml").write_text(f"{events}jobs:{text}")
    assert sorted((name for name, _, _ in forms(harbour)), key=str) == names


def test_the_named_project_is_recorded_and_only_once(harbour: Path) -> None:
    release_apart(harbour, "package")
    (harbour / "preflight.toml").write_text("")
    assert "Recorded 1 publisher" in preflight("publisher", "packages/core", "--record", cwd=harbour).out
    recorded = (harbour / "preflight.toml").read_text()
    assert 'workflow = "release-core.yml"' in recorded
    assert 'project = "Harbour_core"' in recorded
    assert "release-cli.yml" not in recorded
    assert forms(harbour, "packages/core") == [("Harbour_core", "release-core.yml", True)]
    again = preflight("publisher", "packages/core", "--record", cwd=harbour)
    assert again.out == "Nothing to record: every publisher that is needed and known is recorded already.\n"
    assert forms(harbour, "packages/cli") == [("Harbour_cli", "release-cli.yml", None)]


def test_a_publisher_of_another_project_is_not_called_recorded(harbour: Path) -> None:
    """A workflow that does not say what it uploads, declared for one project: of another one nobody knows."""
    (harbour / "preflight.toml").write_text(entry("harbour-core"))
    assert forms(harbour, "packages/core") == [("Harbour_core", "publish.yml", True)]
    assert forms(harbour, "packages/cli") == [("Harbour_cli", "publish.yml", None)]
    told = " ".join(preflight("publisher", "packages/cli", cwd=harbour).out.split())
    assert "The configuration records it for `harbour-core` alone. `Harbour_cli` needs it only where" in told
    assert "It is recorded in the configuration." not in told


def test_declared_publishers_say_whose_a_workflow_is(harbour: Path) -> None:
    release_apart(harbour, "files")
    for name in ("core", "cli"):
        path = harbour / f".github/workflows/release-{name}.yml"
        path.write_text(path.read_text().replace(f"packages/{name}/dist", "dist"))
    entries = [entry(f"harbour-{name}").replace("publish.yml", f"release-{name}.yml") for name in ("core", "cli")]
    (harbour / "preflight.toml").write_text("".join(entries))
    assert forms(harbour, "packages/core") == [("Harbour_core", "release-core.yml", True)]
    told = " ".join(preflight("publisher", cwd=harbour).out.split())
    assert "`Harbour_docks`" in told
    assert "other projects too: `Harbour_c" not in told


def test_init_records_no_publisher_of_another_project(harbour: Path) -> None:
    release_apart(harbour, "package")
    done = preflight("init", "packages/core", "--diff", cwd=harbour)
    assert "release-core.yml" in done.out
    assert "release-cli.yml" not in done.out


def test_nothing_to_record_says_why(harbour: Path) -> None:
    (harbour / "preflight.toml").write_text("")
    workflow = harbour / ".github/workflows/publish.yml"
    workflow.write_text(WORKFLOW.replace("      - uses: pypa/gh-action-pypi-publish@release/v1\n", ""))
    done = preflight("publisher", "--record", cwd=harbour)
    words = "Nothing to record: no upload by trusted publishing to PyPI or TestPyPI was found.\n"
    assert (done.status, done.out) == (0, words)
    workflow.write_text("on: [\n")
    broken = preflight("publisher", "--record", cwd=harbour)
    assert (broken.status, broken.out) == (3, words)
    assert "publish.yml` cannot be read" in broken.err
    expression = "    environment: ${{ vars.WHERE }}\n    permissions:"
    workflow.write_text(WORKFLOW.replace("    permissions:", expression))
    unknown = preflight("publisher", "--record", cwd=harbour)
    assert unknown.out.startswith("Nothing to record: not all that the form asks for is known")
    assert (harbour / "preflight.toml").read_text() == ""
