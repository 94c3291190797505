"""Where build commands put their files, and which commands may bring some along unseen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.sources.text import Source
from preflight.workflows.build_outputs import Effect, script_effect
from preflight.workflows.model import read_workflow


def effect(script: str, folder: str = "") -> Effect:
    body = "".join(f"          {line}\n" for line in script.splitlines())
    where = f"        working-directory: {folder}\n" if folder else ""
    text = f"on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{body}{where}"
    job = read_workflow(Source(".github/workflows/x.yml", text)).jobs["build"]
    return script_effect(job.steps[0], job, {})


@pytest.mark.parametrize(
    ("command", "folder", "kinds"),
    [
        ("python -m build", "dist", (True, True)),
        ("python -m build --sdist", "dist", (True, False)),
        ("python -m build -w -o out .", "out", (False, True)),
        ("python -m build packages/core", "packages/core/dist", (True, True)),
        ("python -m build -sw --outdir=out", "out", (True, True)),
        ("pipx run build --wheel", "dist", (False, True)),
        ("cd lib && python -m build", "lib/dist", (True, True)),
        ("uv build", "dist", (True, True)),
        ("uv build packages/core --sdist", "packages/core/dist", (True, False)),
        ("uv build -o out", "out", (True, True)),
        ("uv build --all-packages", "dist", (True, True)),
        ("hatch build", "dist", (True, True)),
        ("hatch build -t wheel", "dist", (False, True)),
        ("poetry build -f wheel", "dist", (False, True)),
        ("poetry build --output out", "out", (True, True)),
        ("flit build", "dist", (True, True)),
        ("pdm build --no-sdist", "dist", (False, True)),
        ("python setup.py sdist bdist_wheel", "dist", (True, True)),
        ("maturin build --release --out dist", "dist", (False, True)),
        ("python -m cibuildwheel --output-dir wheels", "wheels", (False, True)),
        ("pip wheel --no-deps -w out .", "out", (False, True)),
    ],
)
def test_where_files_are_built(command: str, folder: str, kinds: tuple[bool, bool]) -> None:
    found = effect(command)
    assert [(each.folder, (each.sdist, each.wheel)) for each in found.built] == [(folder, kinds)]
    assert not found.adds


def test_the_working_directory_counts() -> None:
    assert [each.folder for each in effect("python -m build", "lib").built] == ["lib/dist"]
    assert [each.folder for each in effect("python -m build -o ../dist", "lib").built] == ["dist"]


@pytest.mark.parametrize(
    "command",
    [
        "maturin build",
        "uv build --directory lib",
        "poetry -C lib build",
        "python -m build --outdir $OUT",
        "cd $DIR && uv build",
    ],
)
def test_a_folder_that_is_not_known(command: str) -> None:
    found = effect(command)
    assert found.adds or [each.folder for each in found.built] == [None]


@pytest.mark.parametrize(
    "command",
    [
        "echo hello",
        "python -m pip install --upgrade pip build",
        "ls -l dist && twine check dist/*",
        "sudo apt-get install -y libfoo",
        "git config user.name x && git fetch --tags",
        "gh release create v1 dist/*",
        "sed -i s/a/b/ pyproject.toml",
        'export X=1; test -n "$X"',
        "uv sync --locked",
        "mkdir -p dist",
    ],
)
def test_commands_that_bring_nothing_along(command: str) -> None:
    assert effect(command) == Effect()


@pytest.mark.parametrize(
    "command",
    [
        "make",
        "./build.sh",
        "tox -e build",
        "python build.py",
        "python -c 'print()'",
        "hatch run build",
        "gh release download v1",
        "mv out/* dist/",
        "cp -r a dist",
        "unzip x.zip",
        "docker run x",
        "curl -LO https://example.com/a.whl",
        "$TOOL build",
        "uv run scripts/build.py",
        "npm run build",
    ],
)
def test_commands_that_may_do_anything(command: str) -> None:
    assert effect(command).adds


def test_removing_changes_but_brings_nothing() -> None:
    assert effect("rm -rf dist") == Effect(changes=True)


def test_a_build_under_a_condition_is_not_certain() -> None:
    assert [each.certain for each in effect('if [ "$X" = 1 ]; then python -m build; fi').built] == [False]


@given(st.text("abdhilstuvw -./\"'$(){}|&;=*\n", max_size=80))
def test_no_script_makes_it_fail(script: str) -> None:
    effect(script.replace("\n", " ") or "true")
