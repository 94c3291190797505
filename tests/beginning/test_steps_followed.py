"""The steps of `preflight init` followed to the letter, with git and a bare remote: what is pushed is the project, and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from beginning.begun import GENERATORS, PYPROJECT, begin, commit, files_of, said, sample, write_files

from preflight.beginning.left_behind import with_ignored

FORMATS = ("pipx run ", "uvx ")
WORKFLOW = ".github/workflows/publish.yml"


@pytest.fixture(autouse=True)
def _git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """github.com is a folder beside the project."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.org")
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "{(tmp_path / "remotes").as_uri()}/"]\n\tinsteadOf = https://github.com/\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))


def run(folder: Path, *command: str) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout


def bare(tmp_path: Path, name: str = "sample") -> Path:
    remote = tmp_path / f"remotes/octo-org/{name}.git"
    remote.mkdir(parents=True)
    run(remote, "git", "init", "--quiet", "--bare", "--initial-branch", "main")
    return remote


def steps_of(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    said(capsys)
    named = ("--owner", "octo-org", "--repository", "sample")
    assert begin(folder, "--yes", "--output-format", "json", *named, *options) == 0
    steps: list[dict[str, Any]] = json.loads(said(capsys)[0])["steps"]
    return steps


def follow(steps: list[dict[str, Any]]) -> None:
    """Type the commands of git that come before GitHub's pages into one shell."""
    titles = [step["title"] for step in steps]
    ours = steps[: titles.index("Make the environment on GitHub")]
    lines = [line for step in ours for line in step["commands"] if not line.startswith(FORMATS)]
    run(Path.cwd(), "bash", "-euc", "\n".join(lines))


def clone_of(remote: Path, branch: str) -> Path:
    clone = remote.parent.parent.parent / "clone"
    run(remote, "git", "clone", "--quiet", "--branch", branch, str(remote), str(clone))
    return clone


def tracked(folder: Path) -> set[str]:
    return set(run(folder, "git", "ls-files").split("\n")) - {""}


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("begun", [False, True], ids=["no-git", "no-commit"])
def test_what_is_cloned_is_the_project_without_what_building_left(
    generator: str, begun: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = files_of(generator)
    folder = write_files(tmp_path / "project", files)
    write_files(folder, {"dist/old-0.0.1.tar.gz": "", ".env": "KEY=1\n"})
    if begun:
        run(folder, "git", "init", "--quiet")
    remote = bare(tmp_path)
    monkeypatch.chdir(folder)
    overwrite = ["--overwrite"] if generator.startswith("maturin") else []
    follow(steps_of(Path(), capsys, *overwrite))
    pushed = tracked(clone_of(remote, run(folder, "git", "branch", "--show-current").strip()))
    assert pushed >= set(files)
    assert not [path for path in pushed if path.startswith("dist/") or path == ".env"]
    assert steps_of(Path(), capsys, *overwrite)[0]["title"] == "Make the environment on GitHub"


def test_the_clone_of_a_new_project_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sample(tmp_path / "project")
    remote = bare(tmp_path)
    monkeypatch.chdir(tmp_path)
    follow(steps_of(Path("project"), capsys))
    clone = clone_of(remote, run(folder, "git", "branch", "--show-current").strip())
    run(clone, sys.executable, "-m", "build", "--no-isolation")
    assert {each.suffix for each in (clone / "dist").iterdir()} == {".whl", ".gz"}


def test_files_that_nobody_added_yet_are_named_and_other_ones_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sample(tmp_path / "project")
    remote = bare(tmp_path)
    commit(folder, "https://github.com/octo-org/sample.git")
    write_files(folder, {"src/sample/new module.py": "", "notes.txt": "private\n"})
    monkeypatch.chdir(folder)
    steps = steps_of(Path(), capsys)
    assert steps[0]["commands"][1:] == [
        "git add --update",
        f"git add {WORKFLOW} 'src/sample/new module.py'",
        'git commit -m "Publish from CI"',
        "git push -u origin HEAD",
    ]
    follow(steps)
    assert tracked(clone_of(remote, "main")) == {
        "README.md",
        "pyproject.toml",
        "src/sample/__init__.py",
        "src/sample/new module.py",
        WORKFLOW,
    }
    write_files(folder, {"pyproject.toml": PYPROJECT.replace("everybody", "all")})
    again = steps_of(Path(), capsys)
    assert again[0]["commands"][-1] == "git push", "the branch has somewhere to go now"
    follow(again)
    assert run(folder, "git", "status", "--short") == "?? notes.txt\n"


def test_a_remote_of_another_name_and_no_branch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sample(tmp_path / "project")
    remote = bare(tmp_path)
    commit(folder)
    run(folder, "git", "remote", "add", "fork", "https://github.com/ada/sample.git")
    run(folder, "git", "remote", "add", "upstream", "https://github.com/octo-org/sample.git")
    run(folder, "git", "checkout", "--quiet", "--detach")
    monkeypatch.chdir(folder)
    steps = steps_of(Path(), capsys)
    assert "git switch --create publish-from-ci" in steps[0]["commands"]
    assert steps[0]["commands"][-1] == "git push -u upstream HEAD"
    follow(steps)
    assert WORKFLOW in tracked(clone_of(remote, "publish-from-ci"))


def test_a_repository_that_only_a_url_names_gets_its_remote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = sample(tmp_path / "project")
    write_files(
        folder, {"pyproject.toml": PYPROJECT + '[project.urls]\nSource = "https://github.com/octo-org/sample"\n'}
    )
    commit(folder)
    assert "git remote add origin https://github.com/octo-org/sample.git" in steps_of(folder, capsys)[0]["commands"]


@pytest.mark.parametrize(
    ("tags", "tag", "title"),
    [
        ([], "v1.2.3", "Publish a release"),
        (["1.2.2"], "1.2.3", "Publish a release"),
        (["v1.2.2"], "v1.2.3", "Publish a release"),
        (["v1.0.0", "release-1.2.2"], "release-1.2.3", "Publish a release"),
        (["sample-v1.2.2", "nightly"], "sample-v1.2.3", "Publish a release"),
        (["1.2.2", "1.2.3"], "VERSION", "Publish a release of a new version"),
        (["v1.2.3"], "vVERSION", "Publish a release of a new version"),
        (["v1.2.2", "v1"], "v1.2.3", "Publish a release"),
    ],
)
def test_the_tag_has_the_style_of_the_newest_and_a_version_that_has_none(
    tags: list[str], tag: str, title: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sample(tmp_path / "project")
    commit(folder, "https://github.com/octo-org/sample.git")
    for day, each in enumerate(tags, 1):
        dated = {"GIT_COMMITTER_DATE": f"2026-01-{day:02}T00:00:00Z"}
        command = [
            "git",
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=a@example.org",
            "tag",
            "--annotate",
            "-m",
            each,
            each,
        ]
        subprocess.run(command, cwd=folder, check=True, env={**os.environ, **dated})
    steps = steps_of(folder, capsys)
    step = steps[-1]
    assert (step["title"], step["commands"]) == (title, [f"gh release create {tag} --generate-notes"])
    assert ("has its tag" in (step["note"] or "")) is ("VERSION" in tag)
    on_pypi = next(each for each in steps if each["title"].startswith("Register the trusted publisher on PyPI"))
    assert ("/project/sample/" in on_pypi["url"]) is bool(tags), "a project that has releases is there"


def test_a_version_from_tags_is_left_to_the_tag(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = PYPROJECT.replace('"hatchling>=1.26"', '"hatchling>=1.26", "hatch-vcs"').replace(
        'version = "1.2.3"', 'dynamic = ["version"]'
    )
    folder = write_files(
        sample(tmp_path / "project"), {"pyproject.toml": text + '\n[tool.hatch.version]\nsource = "vcs"\n'}
    )
    commit(folder, "https://github.com/octo-org/sample.git")
    run(folder, "git", "tag", "26.1.0")
    step = steps_of(folder, capsys)[-1]
    assert step["commands"] == ["gh release create VERSION --generate-notes"]
    assert step["note"] == "VERSION stands for the version that is released. The last one is `26.1.0`."


def test_a_version_that_init_supplies_is_the_one_of_the_tag(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = sample(tmp_path / "project")
    write_files(folder, {"pyproject.toml": PYPROJECT.replace('version = "1.2.3"', 'dynamic = ["version"]')})
    step = steps_of(folder, capsys, "--initial-version", "0.5.0")[-1]
    assert step["commands"] == ["gh release create v0.5.0 --generate-notes"]


@pytest.mark.parametrize(
    ("started", "commands"),
    [
        ("push:\n    tags: ['[0-9]*']", ["git tag 1.2.3", "git push origin 1.2.3"]),
        ("workflow_dispatch:", ["gh workflow run ci.yml"]),
        ("release:\n    types: [published]", ["gh release create 1.2.3 --generate-notes"]),
    ],
)
def test_a_workflow_that_was_there_is_started_as_it_wants(
    started: str, commands: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sample(tmp_path / "project")
    jobs = (
        "jobs:\n  release:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: write\n    steps:\n"
        "      - run: uv build\n      - uses: pypa/gh-action-pypi-publish@release/v1\n"
    )
    write_files(folder, {".github/workflows/ci.yml": f"on:\n  {started}\n{jobs}"})
    commit(folder, "https://github.com/octo-org/sample.git")
    run(folder, "git", "tag", "1.2.2")
    steps = steps_of(folder, capsys)
    assert steps[-1]["commands"] == commands
    assert not [each for step in steps for each in step["commands"] if each.startswith(FORMATS)], "nobody checks it"


@pytest.mark.parametrize(
    ("before", "added"),
    [
        ("*.pyc\n", "\ndist/\n"),
        ("*.pyc", "\n\ndist/\n"),
        ("/dist\n", ""),
        ("dist/*\n", ""),
        ("*\n", ""),
        ("# dist/\n", "\ndist/\n"),
    ],
)
def test_a_gitignore_keeps_its_lines(before: str, added: str) -> None:
    assert with_ignored(before, ["dist/built"]) == before + added


def test_a_gitignore_is_left_alone_where_something_is_committed_already(tmp_path: Path) -> None:
    folder = sample(tmp_path / "project")
    commit(folder)
    assert begin(folder, "--yes") == 0
    assert not (folder / ".gitignore").exists()
