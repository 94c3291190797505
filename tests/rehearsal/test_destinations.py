"""Where an upload command that somebody typed goes to: what its client reads of addresses, names and files, and what of that is played."""

from pathlib import Path

import pytest

from preflight.rehearsal.clients import recognise
from preflight.rehearsal.destinations import Destination, destination_of

TEST = "https://test.pypi.org/legacy/"
MINE = "https://pypi.example/up/"
FILES = {
    "home/.pypirc": f"[distutils]\nindex-servers = corp test pypi\n[corp]\nrepository = {MINE}\npassword = secret\n"
    f"[test]\nrepository = {TEST}\n[testpypi]\nusername = me\n[unlisted]\nrepository = {MINE}\n",
    "other.pypirc": f"[distutils]\nindex-servers = staging\n[staging]\nrepository = {TEST[:-1]}\n",
    "broken.pypirc": "no section\n",
    "pyproject.toml": f'[[tool.uv.index]]\nname = "stage"\nurl = "x"\npublish-url = "{TEST}"\n'
    '[[tool.uv.index]]\nname = "only-read"\nurl = "x"\n',
    "poetry.toml": f'[repositories.stage]\nurl = "{TEST}"\n',
    "pdm.toml": f'[repository.stage]\nurl = "{TEST}"\n',
    "sub/uv.toml": f'[[index]]\nname = "below"\npublish-url = "{TEST}"\n',
    "home/.config/uv/uv.toml": f'[[index]]\nname = "mine"\npublish-url = "{TEST}"\n',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def sent(folder: Path, command: str, **environment: str) -> Destination:
    invocation = recognise(command.split())
    assert invocation is not None
    return destination_of(invocation, folder, {"HOME": str(folder / "home"), **environment})


@pytest.mark.parametrize(
    ("command", "index", "path"),
    [
        ("twine upload dist/testpypi-1.0.whl", None, "/legacy/"),
        ("twine upload -r pypi dist/*", "pypi", "/legacy/"),
        ("twine upload -r test dist/*", "testpypi", "/legacy/"),
        (f"twine upload --repository-url {TEST} -r nope dist/*", "testpypi", "/legacy/"),
        (f"twine upload --repository-url {TEST[:-1]} dist/*", "testpypi", "/legacy"),
        (f"twine upload --repository-u={TEST[:-1]} --config-file nofile dist/*", "testpypi", "/legacy"),
        ("twine upload --repository-url https://upload.pypi.org/ dist/*", "pypi", "/"),
        ("twine upload --repository-url http://upload.pypi.org/legacy/ dist/*", "pypi", "/legacy/"),
        ("twine upload -r staging --config-file other.pypirc dist/*", "testpypi", "/legacy"),
        ("uv publish --index stage", "testpypi", "/legacy/"),
        ("uv --directory sub publish --index below", "testpypi", "/legacy/"),
        ("uv publish --index mine", "testpypi", "/legacy/"),
        ("poetry publish -r stage", "testpypi", "/legacy/"),
        ("hatch publish -r test", "testpypi", "/legacy/"),
        (f"hatch publish -r {TEST}", "testpypi", "/legacy/"),
        ("pdm publish -r testpypi", "testpypi", "/legacy/"),
        ("pdm publish -r stage", "testpypi", "/legacy/"),
        ("flit publish --repository pypi", "pypi", "/legacy/"),
        ("maturin upload -r testpypi", "testpypi", "/legacy/"),
        (f"maturin upload --repository-url {TEST[:-1]}", "testpypi", "/legacy/"),
    ],
)
def test_what_is_played(folder: Path, command: str, index: str | None, path: str) -> None:
    found = sent(folder, command)
    assert (found.index, found.path, found.stops, found.refusal) == (index, path, "", None)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("twine upload -r nope dist/*", "there is no repository `nope` in ~/.pypirc"),
        ("twine upload -r testpypi dist/*", "there is no repository `testpypi` in ~/.pypirc"),
        ("twine upload -r unlisted dist/*", "there is no repository `unlisted` in ~/.pypirc"),
        ("twine upload -r corp --config-file other.pypirc", "there is no repository `corp` in other.pypirc"),
        ("twine upload --config-file nofile dist/*", "`nofile` cannot be read: there is no such file"),
        ("twine upload --config-file ~nobody-is-called-so/x", "`~nobody-is-called-so/x` cannot be read"),
        ("twine upload -r x --config-file broken.pypirc", "`broken.pypirc` cannot be read: "),
        ("twine upload --repository-url upload.pypi.org dist/*", "`upload.pypi.org` is no address of an index"),
        (
            "twine upload --repository-url me:x@pypi.org/legacy/ dist/*",
            "`***@pypi.org/legacy/` is no address of an index",
        ),
        ("twine upload --repository-url https://pypi.org/legacy/", "takes no uploads: those to PyPI go to https://up"),
        ("uv publish --index nope", "no index `nope` is defined"),
        ("uv publish --index only-read", "index `only-read` has no publish-url"),
        ("uv publish --config-file no.toml", "`no.toml` cannot be read"),
        ("poetry publish -r testpypi", "repository `testpypi` is not defined in poetry"),
        ("flit publish --repository testpypi", "there is no repository `testpypi` in ~/.pypirc"),
        ("maturin upload -r nope", "there is no repository `nope` in ~/.pypirc"),
    ],
)
def test_where_the_client_stops(folder: Path, command: str, reason: str) -> None:
    assert reason in sent(folder, command).stops
    assert "secret" not in sent(folder, command).stops


@pytest.mark.parametrize(
    ("command", "note"),
    [
        ("twine upload -r corp dist/*", f"{MINE} is not played: what is shown is what PyPI would say"),
        ("twine upload --repository-url https://me:x@pypi.example/up/", f"{MINE} is not played"),
        ("twine upload --repository-url https://tets.pypi.org/legacy/", "looks like a slip of https://test.pypi.org/"),
        ("hatch publish -r corp", "what hatch knows as `corp` was not looked up"),
        ("flit publish --pypirc other.pypirc", "what `other.pypirc` says was not used"),
        (
            "uv publish --keyring-provider subprocess --check-url x",
            "left out of the command: --keyring-provider, --check-url",
        ),
        ("env TWINE_REPOSITORY=corp twine upload dist/*", "left out of the command: TWINE_REPOSITORY"),
    ],
)
def test_what_is_replaced_is_noted(folder: Path, command: str, note: str) -> None:
    found = sent(folder, command)
    assert note in " ".join(found.notes)
    assert (found.stops, found.path) == ("", "/legacy/")


def test_only_twine_and_flit_add_the_encryption_themselves(folder: Path) -> None:
    found = sent(folder, "uv publish --publish-url http://upload.pypi.org/legacy/")
    assert found.refusal is not None
    assert found.refusal.row == "insecure-http"


def test_a_repository_of_poetry_may_be_a_variable(folder: Path) -> None:
    assert sent(folder, "poetry publish -r my-corp", POETRY_REPOSITORIES_MY_CORP_URL=TEST).index == "testpypi"
