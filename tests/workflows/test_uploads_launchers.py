"""What command lines really start, and which of them lead elsewhere in the repository."""

import pytest

from preflight.workflows.indirections import read_indirection
from preflight.workflows.launchers import unwrap
from preflight.workflows.shell import Command, read_script


def command(script: str) -> Command:
    return read_script(script).commands[-1]


@pytest.mark.parametrize(
    ("script", "program", "arguments", "via"),
    [
        ("twine upload", "twine", ["upload"], ()),
        ("python -m twine upload", "twine", ["upload"], ("python -m",)),
        ("python3.11 -W ignore -m twine upload", "twine", ["upload"], ("python3.11 -m",)),
        ("python -mtwine upload", "twine", ["upload"], ("python -m",)),
        ("py -3.12 -m twine upload", "twine", ["upload"], ("py -m",)),
        ("pypy3 -m x", "x", [], ("pypy3 -m",)),
        ("python setup.py upload", "setup.py", ["upload"], ("python",)),
        ("python -c 'import twine' upload", "python", ["-c", "import twine", "upload"], ()),
        ("python", "python", [], ()),
        ("uv publish", "uv", ["publish"], ()),
        ("uv run x y", "x", ["y"], ("uv run",)),
        ("uv run --group dev --with a==1 -- x y", "x", ["y"], ("uv run",)),
        ("uv run --extra=a x", "x", [], ("uv run",)),
        ("uv --quiet run -m x y", "x", ["y"], ("uv run",)),
        ("uv run python -m x y", "x", ["y"], ("uv run", "python -m")),
        ("uv run scripts/a.py b", "scripts/a.py", ["b"], ("uv run",)),
        ("uvx x@1.2 y", "x", ["y"], ("uvx",)),
        ("uvx -p 3.12 --from x==1 z y", "z", ["y"], ("uvx",)),
        ("uv tool run --with b x", "x", [], ("uv tool run",)),
        ("uv tool install x", "uv", ["tool", "install", "x"], ()),
        ("pipx run x", "x", [], ("pipx run",)),
        ("pipx run --python 3.12 x==1 y", "x", ["y"], ("pipx run",)),
        ("pipx install x", "pipx", ["install", "x"], ()),
        ("poetry run x y", "x", ["y"], ("poetry run",)),
        ("poetry -C a run x", "x", [], ("poetry run",)),
        ("poetry publish", "poetry", ["publish"], ()),
        ("hatch -e a run x", "x", [], ("hatch run",)),
        ("hatch run a:x y", "x", ["y"], ("hatch run",)),
        ("rye run x", "x", [], ("rye run",)),
        ("pixi exec -s x x y", "x", ["y"], ("pixi run",)),
        ("micromamba run -n a x", "x", [], ("micromamba run",)),
        ("sudo -u a -E x", "x", [], ("sudo",)),
        ("env -u A B=c x", "x", [], ("env",)),
        ("env", "env", [], ()),
        ("time -p x", "x", [], ()),
        ("timeout -k 5 60 x y", "x", ["y"], ("timeout",)),
        ("command -v x", "command", ["-v", "x"], ()),
        ("xargs -n 1 x", "x", [], ("xargs",)),
        ("/usr/bin/x.exe", "x", [], ()),
        ("${VENV}/bin/x y", "x", ["y"], ()),
        ("retry 3 x", "retry", ["3", "x"], ()),
    ],
)
def test_programs(script: str, program: str, arguments: list[str], via: tuple[str, ...]) -> None:
    launch = unwrap(command(script).arguments)
    assert launch is not None
    assert (launch.program, [str(word) for word in launch.arguments], launch.via) == (program, arguments, via)


@pytest.mark.parametrize(
    "script", ["$TOOL upload", "uvx $TOOL upload", "uv run", "${{ inputs.tool }} publish", "$(which x) y"]
)
def test_program_that_nobody_can_tell(script: str) -> None:
    assert unwrap(command(script).arguments) is None


def test_environment_of_launchers() -> None:
    launch = unwrap(command("sudo A=1 env B=2 -- x").arguments)
    assert launch is None or launch.program != "x"
    launch = unwrap(command("sudo A=1 env B=2 x").arguments)
    assert launch is not None
    assert {name: value.literal for name, value in launch.environment.items()} == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("script", "kind", "names", "file"),
    [
        ("make publish", "make", ["publish"], None),
        ("make -C py -f M.mk X=1 a b", "make", ["a", "b"], "M.mk"),
        ("tox -e publish,docs", "tox", ["publish", "docs"], None),
        ("tox run -e release -- --x", "tox", ["release"], None),
        ("python -m tox -e publish", "tox", ["publish"], None),
        ("nox -s publish docs", "nox", ["publish", "docs"], None),
        ("uvx nox --session=publish", "nox", ["publish"], None),
        ("just release 1.0", "just", ["release"], None),
        ("bash scripts/release.sh a", "shell", [], "scripts/release.sh"),
        ("bash -eux scripts/release.sh", "shell", [], "scripts/release.sh"),
        (". ./env.sh", "shell", [], "./env.sh"),
        ("./scripts/publish", "shell", [], "./scripts/publish"),
        ("scripts/publish --now", "shell", [], "scripts/publish"),
        ("python scripts/release.py", "python", [], "scripts/release.py"),
        ("uv run ./release.py", "python", [], "./release.py"),
    ],
)
def test_indirections(script: str, kind: str, names: list[str], file: str | None) -> None:
    found = read_indirection(command(script))
    assert found is not None
    assert (found.kind, [str(name) for name in found.names], found.file and str(found.file)) == (kind, names, file)


@pytest.mark.parametrize("script", ["echo a/b", "/usr/bin/x", "bash -c 'x'", "twine upload dist/*", "$X/y"])
def test_no_indirections(script: str) -> None:
    assert read_indirection(command(script)) is None
