"""`preflight init` at its edges: what is there already, what is missing, what is asked, and what it leaves alone."""

import json
from pathlib import Path

import pytest
from beginning.begun import PYPROJECT, begin, commit, said, sample, texts, write_files
from cli.command import preflight
from click.testing import CliRunner

from preflight.cli import init

WORKFLOW = ".github/workflows/publish.yml"
OTHER = """\
on:
  push:
    tags: ["v*"]
permissions: {}
jobs:
  release:
    runs-on: ubuntu-latest
    environment: pypi
    permissions:
      id-token: write
      contents: read
    steps:
      - uses: actions/checkout@v6
      - run: uv build
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
KNOWN = ("--owner", "octo-org", "--repository", "sample")


def test_the_real_command_writes_shows_and_says_what_is_left_to_do(tmp_path: Path) -> None:
    sample(tmp_path)
    done = preflight("init", "--yes", *KNOWN, "--with-token", cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    assert f"--- /dev/null\n+++ b/{WORKFLOW}\n" in done.out
    assert (
        f"\ncreated {WORKFLOW}: builds, checks and publishes\nchanged pyproject.toml: records the publishers\n"
        in done.out
    )
    _, _, steps = done.out.partition("What is left to do by hand, in this order:\n")
    titles = [line.partition(". ")[2] for line in steps.splitlines() if line[:1].isdigit()]
    assert titles == [
        "Make the repository on GitHub",
        "Lay out the code, commit and push",
        "Make the environment on GitHub",
        "Register the trusted publisher on TestPyPI, as a pending publisher for a new project",
        "Try a release on TestPyPI",
        "Make an API token on PyPI",
        "Store it as a secret of the environment",
        "Publish the first release with the token",
        "Register the trusted publisher on PyPI",
        "Publish a release",
        "Remove the token",
    ]
    for exact in (
        "https://github.com/octo-org/sample/settings/environments/new",
        "https://test.pypi.org/manage/account/publishing/",
        "https://pypi.org/manage/project/sample/settings/publishing/",
        "     PyPI Project Name             sample\n",
        "     Owner                         octo-org\n",
        "     Repository name               sample\n",
        "     Workflow name                 publish.yml\n",
        "     Environment name              release\n",
        "$ gh workflow run publish.yml -f test_pypi=true",
        "$ gh secret set PYPI_API_TOKEN --env release",
        "$ gh workflow run publish.yml -f use_oidc=false",
        "$ gh release create v1.2.3 --generate-notes",
        "$ gh secret delete PYPI_API_TOKEN --env release",
    ):
        assert exact in steps
    assert "https://pypi.org/manage/account/publishing/" not in steps, "a pending publisher is refused after the token"


def test_without_a_token_a_pending_publisher_makes_the_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample(tmp_path)
    assert begin(tmp_path, "--yes", *KNOWN) == 0
    out = said(capsys)[0]
    assert "Register the trusted publisher on PyPI, as a pending publisher for a new project" in out
    assert "https://pypi.org/manage/account/publishing/" in out


def test_publishers_are_recorded_and_everything_else_stays_to_the_byte(tmp_path: Path) -> None:
    before = PYPROJECT.replace("\n", "\r\n") + "\r\n\r\n[tool.other]\r\nx = '1'   # no break at the end"
    sample(tmp_path, pyproject__toml="")
    write_files(tmp_path, {"pyproject.toml": before})
    assert begin(tmp_path, "--yes", *KNOWN, "--no-testpypi") == 0
    entry = '[[tool.preflight.publishers]]\nindex = "pypi"\nowner = "octo-org"\nrepository = "sample"\nworkflow = "publish.yml"\nenvironment = "release"\n'
    assert (tmp_path / "pyproject.toml").read_bytes().decode() == before + "\r\n\r\n" + entry.replace("\n", "\r\n")


def test_a_preflight_toml_records_the_publishers_where_there_is_one(tmp_path: Path) -> None:
    sample(tmp_path)
    write_files(tmp_path, {"preflight.toml": 'fail-on = "info"\n'})
    assert begin(tmp_path, "--yes", *KNOWN, "--no-testpypi") == 0
    assert (tmp_path / "pyproject.toml").read_text() == PYPROJECT
    assert (tmp_path / "preflight.toml").read_text().startswith('fail-on = "info"\n\n[[publishers]]\nindex = "pypi"\n')


def test_the_mode_of_a_changed_file_is_kept(tmp_path: Path) -> None:
    sample(tmp_path)
    (tmp_path / "pyproject.toml").chmod(0o600)
    begin(tmp_path, "--yes", *KNOWN)
    assert (tmp_path / "pyproject.toml").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / WORKFLOW).stat().st_mode & 0o111 == 0
    assert not [path for path in (tmp_path / ".github/workflows").iterdir() if path.name.startswith(".")]


def test_diff_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = texts(sample(tmp_path))
    assert begin(tmp_path, "--diff", *KNOWN) == 0
    assert texts(tmp_path) == before
    assert "+[[tool.preflight.publishers]]\n" in said(capsys)[0]


def test_without_a_terminal_and_without_yes_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = texts(sample(tmp_path))
    assert begin(tmp_path, *KNOWN) == 2
    assert "there is no terminal to ask in: --yes writes this, --diff only shows it" in said(capsys)[1]
    assert texts(tmp_path) == before


def test_json_says_what_would_be_and_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = texts(sample(tmp_path))
    assert begin(tmp_path, "--output-format", "json", *KNOWN) == 0
    would = json.loads(said(capsys)[0])
    assert texts(tmp_path) == before
    assert begin(tmp_path, "--yes", "--output-format", "json", *KNOWN) == 0
    was = json.loads(said(capsys)[0])
    assert (would["written"], was["written"]) == (False, True)
    assert {**would, "written": True} == was
    assert [(Path(each["path"]).name, each["state"]) for each in was["files"]] == [
        ("publish.yml", "created"),
        ("pyproject.toml", "changed"),
        (".gitignore", "created"),
    ]
    assert was["findings"] == []
    register = next(each for each in was["steps"] if each["title"].startswith("Register the trusted publisher on PyPI"))
    assert register["url"] == "https://pypi.org/manage/account/publishing/"
    assert register["values"]["Environment name"] == "release"


def test_a_workflow_that_publishes_already_is_left_and_no_second_one_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(sample(tmp_path), {".github/workflows/ci.yml": OTHER})
    assert begin(tmp_path, "--yes", *KNOWN) == 0
    assert [path.name for path in (tmp_path / ".github/workflows").iterdir()] == ["ci.yml"]
    out = said(capsys)[0]
    assert "ci.yml publishes already; --overwrite replaces it, --workflow NAME.yml writes a second one" in out
    assert 'workflow = "ci.yml"\nenvironment = "pypi"\n' in (tmp_path / "pyproject.toml").read_text()
    assert "test_pypi=true" not in out


def test_overwrite_replaces_the_workflow_that_publishes(tmp_path: Path) -> None:
    write_files(sample(tmp_path), {".github/workflows/ci.yml": OTHER})
    assert begin(tmp_path, "--yes", "--overwrite", *KNOWN) == 0
    assert [path.name for path in (tmp_path / ".github/workflows").iterdir()] == ["ci.yml"]
    assert "Written by `preflight init`" in (tmp_path / ".github/workflows/ci.yml").read_text()
    assert 'workflow = "ci.yml"\nenvironment = "release"\n' in (tmp_path / "pyproject.toml").read_text()


def test_another_name_writes_a_second_workflow(tmp_path: Path) -> None:
    write_files(sample(tmp_path), {".github/workflows/ci.yml": OTHER})
    assert begin(tmp_path, "--yes", "--workflow", "release.yml", *KNOWN) == 0
    assert (tmp_path / ".github/workflows/ci.yml").read_text() == OTHER
    assert (tmp_path / ".github/workflows/release.yml").is_file()


@pytest.mark.parametrize("text", ["on: push\njobs: {}\n", OTHER])
def test_a_file_of_that_name_is_not_overwritten(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_files(sample(tmp_path), {WORKFLOW: text})
    assert begin(tmp_path, "--yes", *KNOWN) == 0
    assert (tmp_path / WORKFLOW).read_text() == text
    assert "is there already with another content; --overwrite replaces it" in said(capsys)[0]


def test_the_publishers_that_are_recorded_decide_what_is_not_said_otherwise(tmp_path: Path) -> None:
    recorded = (
        '\n[[tool.preflight.publishers]]\nindex = "pypi"\nowner = "octo-org"\nrepository = "other"\n'
        'workflow = "deploy.yml"\nenvironment = "pypi"\n'
    )
    write_files(sample(tmp_path), {"pyproject.toml": PYPROJECT + recorded})
    assert begin(tmp_path, "--yes", "--no-testpypi") == 0
    assert "name: pypi\n" in (tmp_path / ".github/workflows/deploy.yml").read_text()
    assert (tmp_path / "pyproject.toml").read_text() == PYPROJECT + recorded


def test_the_remote_tells_owner_and_repository(tmp_path: Path) -> None:
    commit(sample(tmp_path), "git@github.com:octo-org/samples.git")
    assert begin(tmp_path, "--yes") == 0
    assert 'owner = "octo-org"\nrepository = "samples"\n' in (tmp_path / "pyproject.toml").read_text()


def test_a_remote_on_gitlab_gets_a_pipeline(tmp_path: Path) -> None:
    commit(sample(tmp_path), "https://gitlab.com/group/sub/sample.git")
    assert begin(tmp_path, "--yes") == 0
    assert (tmp_path / ".gitlab-ci.yml").is_file()
    assert not (tmp_path / ".github").exists()
    assert 'kind = "gitlab"\nowner = "group/sub"\n' in (tmp_path / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("option", "path", "words"),
    [("--github", WORKFLOW, "fetch-depth: 0"), ("--gitlab", ".gitlab-ci.yml", 'GIT_DEPTH: "0"')],
)
def test_a_version_from_tags_gets_the_whole_history(option: str, path: str, words: str, tmp_path: Path) -> None:
    text = PYPROJECT.replace('"hatchling>=1.26"', '"hatchling>=1.26", "hatch-vcs"').replace(
        'version = "1.2.3"', 'dynamic = ["version"]'
    )
    write_files(sample(tmp_path), {"pyproject.toml": text + '\n[tool.hatch.version]\nsource = "vcs"\n'})
    assert begin(tmp_path, "--yes", option) == 0
    assert words in (tmp_path / path).read_text()


def test_on_gitlab_extension_modules_get_an_sdist_and_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PYPROJECT.replace('"hatchling>=1.26"', '"setuptools>=77", "cython"').replace(
        "hatchling.build", "setuptools.build_meta"
    )
    write_files(sample(tmp_path), {"pyproject.toml": text})
    assert begin(tmp_path, "--yes", "--gitlab") == 0
    assert "python -m build --sdist\n" in (tmp_path / ".gitlab-ci.yml").read_text()
    assert "The pipeline builds the sdist alone" in said(capsys)[0]


def test_a_remote_that_pypi_does_not_know_has_to_be_decided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(sample(tmp_path), "https://git.example.org/octo/sample.git")
    assert begin(tmp_path, "--yes") == 2
    assert "the remote is on git.example.org" in said(capsys)[1]
    assert not (tmp_path / ".github").exists()


def test_without_a_repository_no_publisher_is_recorded_and_the_steps_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert begin(sample(tmp_path), "--yes") == 0
    assert (tmp_path / "pyproject.toml").read_text() == PYPROJECT
    out = said(capsys)[0]
    assert "$ git init\n" in out
    assert "git remote add origin https://github.com/OWNER/REPOSITORY.git" in out
    assert "run `preflight init` again" in out


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "There is no project here yet"),
        ({"pyproject.toml": "[project]\nversion = '1'\n"}, "gives the project no name"),
        ({"pyproject.toml": "[project]\nname = 'x'\n[tool.uv]\npackage = false\n"}, "is not packaged"),
        ({"setup.py": "from setuptools import setup\nsetup(name='x')\n"}, "The project has no pyproject.toml"),
        ({"a/pyproject.toml": PYPROJECT, "b/pyproject.toml": PYPROJECT}, "There are 2 projects here: a, b."),
    ],
)
def test_what_is_no_project_is_status_3_and_nothing_is_written(
    files: dict[str, str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(tmp_path, files)
    before = texts(tmp_path)
    assert begin(tmp_path, "--yes") == 3
    assert words in said(capsys)[1]
    assert texts(tmp_path) == before


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"pyproject.toml": b"[project\n"}, "pyproject.toml:1:9: "),
        ({"pyproject.toml": b"a = ["}, "pyproject.toml:1:6: "),
        ({"pyproject.toml": "[project]".encode("utf-16")}, "it is encoded in UTF-16"),
        ({"pyproject.toml": PYPROJECT.encode(), WORKFLOW: b"on: push\njobs: [\n"}, "--overwrite replaces it"),
        (
            {"pyproject.toml": PYPROJECT.encode(), ".github/workflows/other.yml": b"on: push\njobs: [\n"},
            "whether it publishes is not known",
        ),
        (
            {"pyproject.toml": PYPROJECT.encode(), ".github/workflows/other.yml": "on: push".encode("utf-16")},
            "whether it publishes is not known",
        ),
    ],
)
def test_a_broken_file_that_decides_everything_is_wrong_use_and_nothing_is_written(
    files: dict[str, bytes], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    before = texts(tmp_path)
    assert begin(tmp_path, "--yes") == 2
    assert words in said(capsys)[1]
    assert texts(tmp_path) == before


@pytest.mark.parametrize(
    ("options", "written"),
    [
        (["--workflow", "release.yml"], ".github/workflows/release.yml"),
        (["--gitlab"], ".gitlab-ci.yml"),
        (["--overwrite"], WORKFLOW),
    ],
)
def test_a_broken_workflow_is_in_nobody_s_way_once_that_is_said(
    options: list[str], written: str, tmp_path: Path
) -> None:
    broken = "on: push\njobs: [\n"
    write_files(sample(tmp_path), {WORKFLOW: broken})
    assert begin(tmp_path, "--yes", *options, *KNOWN) == 0
    assert "twine" in (tmp_path / written).read_text()
    assert ((tmp_path / WORKFLOW).read_text() == broken) is (written != WORKFLOW)


def test_a_diff_of_nothing_says_that_there_is_nothing_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(write_files(sample(tmp_path), {WORKFLOW: "on: push\njobs: {}\n"}))
    assert begin(tmp_path, "--diff") == 0
    out, err = said(capsys)
    assert out == ""
    assert err.startswith("Nothing to write.\n")
    assert f"{WORKFLOW}: is there already with another content; --overwrite replaces it\n" in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--environment", "a,b"), "Environment name must not contain"),
        (("--owner", "no/owner"), "Invalid GitHub user or organization name"),
        (("--workflow", "publish.txt"), ".yml or .yaml"),
        (("--workflow", "../publish.yml"), "a file name"),
        (("--environment", ""), "environment"),
        (("--token-secret", "a-b", "--with-token"), "secret"),
        (("--initial-version", "one"), "version"),
    ],
)
def test_answers_that_pypi_or_github_refuses_are_refused(
    options: tuple[str, ...], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = texts(sample(tmp_path))
    assert begin(tmp_path, "--yes", *KNOWN, *options) == 2
    assert words in said(capsys)[1]
    assert texts(tmp_path) == before


def test_a_file_is_no_project_folder(tmp_path: Path) -> None:
    sample(tmp_path)
    assert begin(tmp_path / "pyproject.toml", "--yes") == 2


def test_a_project_in_a_subfolder_is_built_from_the_root(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample(tmp_path / "packages/sample")
    sample(tmp_path / "packages/second")
    commit(tmp_path, "https://github.com/octo-org/mono.git")
    assert begin(tmp_path / "packages/sample", "--yes") == 0
    text = (tmp_path / WORKFLOW).read_text()
    assert "python -m build --outdir dist packages/sample\n" in text
    assert "ruff format --check packages/sample\n" in text
    assert 'project = "sample"\n' in (tmp_path / "packages/sample/pyproject.toml").read_text()
    assert "`preflight check` finds nothing in the result." in said(capsys)[0]


def test_a_template_s_description_is_replaced_or_taken_out(tmp_path: Path) -> None:
    left = PYPROJECT.replace("Samples for everybody", "Add your description here")
    for options, expected in (
        (("--description", 'For "all"'), left.replace('"Add your description here"', '"For \\"all\\""')),
        ((), left.replace('description = "Add your description here"\n', "")),
        (
            ("--dynamic-version",),
            left.replace('description = "Add your description here"\n', "").replace(
                'version = "1.2.3"', 'dynamic = ["version"]'
            )
            + '\n[tool.hatch.version]\npath = "src/sample/__init__.py"\n',
        ),
    ):
        write_files(sample(tmp_path), {"pyproject.toml": left})
        assert begin(tmp_path, "--yes", *options) == 0
        assert (tmp_path / "pyproject.toml").read_text() == expected


@pytest.mark.parametrize(
    ("name", "title"), [("README.md", "# sample\n"), ("README.rst", "sample\n======\n"), ("README", "sample\n")]
)
def test_an_empty_readme_gets_a_title(name: str, title: str, tmp_path: Path) -> None:
    write_files(sample(tmp_path), {"pyproject.toml": PYPROJECT.replace("README.md", name), name: "\n"})
    assert begin(tmp_path, "--yes") == 0
    assert (tmp_path / name).read_text() == title
    assert "twine check --strict" in (tmp_path / WORKFLOW).read_text()


DESCRIBED = "long_description=open('README.md').read(), long_description_content_type='text/markdown'"


@pytest.mark.parametrize(
    ("arguments", "setup_cfg", "strict"),
    [
        ("packages=['sample']", "", False),
        ("long_description='Samples'", "", False),
        (DESCRIBED, "", True),
        ("**settings()", "", True),
        ("", "[metadata]\nlong_description = file: README.md\nlong-description-content-type = text/markdown\n", True),
        ("", "[metadata]\nlong_description = file: README.md\n", False),
    ],
)
def test_a_setup_py_without_a_long_description_passes_its_own_gate(
    arguments: str, setup_cfg: str, strict: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """setuptools takes neither the text nor its type from a README: `twine check --strict` would stop every release."""
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n',
        "setup.py": f"from setuptools import setup\nsetup(name='sample', version='1.0', {arguments})\n",
        "setup.cfg": setup_cfg,
        "README.md": "# sample\n",
        "sample/__init__.py": "",
    }
    write_files(sample(tmp_path), files)
    assert begin(tmp_path, "--yes") == 0
    assert ("twine check --strict" in (tmp_path / WORKFLOW).read_text()) is strict
    assert ("The project states no long description with its type" in said(capsys)[0]) is not strict


def test_without_a_readme_the_warnings_of_twine_do_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(sample(tmp_path), {"pyproject.toml": PYPROJECT.replace('readme = "README.md"\n', "")})
    assert begin(tmp_path, "--yes") == 0
    assert "twine check dist/*" in (tmp_path / WORKFLOW).read_text()
    assert "The project names no README" in said(capsys)[0]


HOOKS = "repos:\n{i}- repo: https://github.com/psf/black\n{i}  rev: 26.1.0\n{i}  hooks:\n{i}    - id: black # last{end}"


@pytest.mark.parametrize("indent", ["", "  ", "    "])
@pytest.mark.parametrize("end", ["", "\n", "\n\n# the end\n", "\nci:\n  skip: [black]\n"])
def test_a_hook_joins_those_of_pre_commit(indent: str, end: str, tmp_path: Path) -> None:
    before = HOOKS.format(i=indent, end=end)
    write_files(sample(tmp_path), {".pre-commit-config.yaml": before})
    assert begin(tmp_path, "--yes") == 0
    after = (tmp_path / ".pre-commit-config.yaml").read_text()
    head = before.index("# last") + len("# last")
    assert after.startswith(before[:head] + f"\n{indent}- repo: local\n{indent}  hooks:\n{indent}    - id: preflight\n")
    assert after.endswith(before[head:] or "\n")
    begin(tmp_path, "--yes")
    assert (tmp_path / ".pre-commit-config.yaml").read_text() == after


def test_pre_commit_is_left_alone_when_told_or_where_it_cannot_be_joined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for before, options in ((HOOKS.format(i="", end=""), ["--no-pre-commit"]), ("repos: []\n", []), ("repos: [\n", [])):
        write_files(sample(tmp_path), {".pre-commit-config.yaml": before})
        assert begin(tmp_path, "--yes", *options) == 0
        assert (tmp_path / ".pre-commit-config.yaml").read_text() == before
    assert "is laid out so that no hook can be put into it" in said(capsys)[0]


def test_in_a_terminal_it_asks_shows_and_asks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample(tmp_path)
    monkeypatch.setattr(init, "_is_terminal", lambda: True)
    answers = ["octo-org", "", "", "deploy", "n", "y", "y", "MY_TOKEN"]
    refused = CliRunner().invoke(init.command, [str(tmp_path)], input="\n".join([*answers, "n"]) + "\n")
    assert "Nothing was written." in refused.output
    assert not (tmp_path / ".github").exists()
    done = CliRunner().invoke(init.command, [str(tmp_path)], input="\n".join([*answers, "y"]) + "\n")
    assert done.exit_code == 0
    text = (tmp_path / WORKFLOW).read_text()
    assert "name: deploy\n" in text
    assert "secrets.MY_TOKEN" in text
    assert "test_pypi" not in text
    assert (tmp_path / ".pre-commit-config.yaml").is_file()
    assert 'repository = "sample"' in (tmp_path / "pyproject.toml").read_text()


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sample(tmp_path)

    def meanwhile(*_: object, **__: object) -> str:
        write_files(tmp_path, {WORKFLOW: "mine\n"})
        return "a diff\n"

    monkeypatch.setattr("preflight.report.init.shown_diff", meanwhile)
    assert begin(tmp_path, "--yes", *KNOWN) == 2
    assert "is there although it could not be read before" in said(capsys)[1]
    assert (tmp_path / WORKFLOW).read_text() == "mine\n"


def test_a_file_where_a_folder_belongs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample(tmp_path, **{".github__workflows": "mine\n"})
    assert begin(tmp_path, "--yes", *KNOWN) == 2
    assert f"{WORKFLOW} cannot be written: " in said(capsys)[1]


def test_a_disk_without_links_gets_its_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    sample(tmp_path)
    monkeypatch.setattr("os.link", no_links)
    assert begin(tmp_path, "--yes", *KNOWN) == 0
    assert (tmp_path / WORKFLOW).read_text().startswith("# Written by `preflight init`")
    assert [each.name for each in (tmp_path / WORKFLOW).parent.iterdir()] == ["publish.yml"]
