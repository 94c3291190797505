"""Which client a command runs, and how it is pointed at an index on this machine without what the user has set."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import pytest
from credentials.tokens import forge

from preflight.credentials.token import read_token
from preflight.rehearsal.clients import CLIENTS, pointed, recognise
from preflight.rehearsal.identity import Identity, Mint
from preflight.rehearsal.stated import shown

URL = "http://127.0.0.1:8000/legacy/"
HOME = Path("/scratch/home")


@pytest.mark.parametrize(
    ("command", "client"),
    [
        ("twine upload dist/*", "twine"),
        ("python -m twine upload dist/*", "twine"),
        ("python3.12 -m twine --no-color upload dist/*", "twine"),
        ("uvx twine upload dist/*", "twine"),
        ("uvx twine@6.1 upload dist/*", "twine"),
        ("pipx run twine==6.1.0 upload dist/*", "twine"),
        ("uv run --with twine twine upload dist/*", "twine"),
        ("poetry run twine upload dist/*", "twine"),
        (r"C:\venv\Scripts\twine.exe upload dist\a.whl", "twine"),
        ("uv publish", "uv"),
        ("uv --directory packages/one publish", "uv"),
        ("python -m uv publish dist/a.whl", "uv"),
        ("poetry publish --build", "poetry"),
        ("poetry -C sub -n publish", "poetry"),
        ("hatch publish", "hatch"),
        ("hatch -p sampleproject publish", "hatch"),
        ("flit publish --format wheel", "flit"),
        ("flit -f other.toml publish", "flit"),
        ("pdm publish", "pdm"),
        ("/usr/bin/pdm -v publish --no-build", "pdm"),
        ("maturin upload target/wheels/a.whl", "maturin"),
        ("maturin publish", "maturin"),
    ],
)
def test_the_client_of_a_command(command: str, client: str) -> None:
    found = recognise(command.split())
    assert found is not None
    assert found.client.name == client
    assert found.words[found.verb] in CLIENTS[client].verbs


@pytest.mark.parametrize(
    "command",
    [
        "",
        "twine check dist/*",
        "twine",
        "uv build",
        "pdm run publish",
        "hatch run publish",
        "make publish",
        "python -m build",
        "npm publish",
        "echo publish twine",
        "uv --directory publish build",
    ],
)
def test_what_is_no_upload(command: str) -> None:
    assert recognise(command.split()) is None


def command_of(command: str) -> str:
    found = recognise(command.split())
    assert found is not None
    return " ".join(pointed(found, URL, HOME, {}, token="x").command)


@pytest.mark.parametrize(
    ("command", "left"),
    [
        ("twine upload -r testpypi dist/*", "twine upload dist/*"),
        ("twine upload -rtestpypi --verbose dist/*", "twine upload --verbose dist/*"),
        ("twine upload --repository-url https://upload.pypi.org/legacy/ dist/*", "twine upload dist/*"),
        ("twine upload --repository-u=https://upload.pypi.org/legacy/ dist/*", "twine upload dist/*"),
        ("twine upload --user someone --pass x dist/*", "twine upload dist/*"),
        ("twine upload --skip-existing dist/*", "twine upload dist/*"),
        ("twine upload --config-file other.pypirc dist/*", "twine upload dist/*"),
        ("uv publish --index testpypi --token pypi-x dist/a.whl", "uv publish dist/a.whl"),
        ("uv publish --publish-url=https://upload.pypi.org/legacy/ -t x", "uv publish"),
        ("uv publish --trusted-publishing always", "uv publish --trusted-publishing always"),
        ("poetry publish -r testpypi --build", "poetry publish --repository=rehearsal --no-interaction --build"),
        ("poetry -C sub publish", "poetry -C sub publish --repository=rehearsal --no-interaction"),
        ("hatch --config mine.toml publish -r test -u a -a b", "hatch publish --no-prompt"),
        ("flit publish --repository testpypi --format wheel", "flit publish --format wheel"),
        ("pdm publish -r testpypi -u __token__ -P x", "pdm publish"),
        ("maturin upload --repository testpypi -u a -p b x.whl", "maturin upload x.whl"),
        ("uv publish -- --token", "uv publish -- --token"),
        ("env TWINE_REPOSITORY_URL=https://upload.pypi.org/legacy/ twine upload dist/*", "env twine upload dist/*"),
    ],
)
def test_options_that_choose_an_index_or_credentials_are_left_out(command: str, left: str) -> None:
    assert command_of(command) == left


def variables(command: str, environment: Mapping[str, str], token: str | None = "the-token") -> Mapping[str, str]:
    found = recognise(command.split())
    assert found is not None
    return pointed(found, URL, HOME, environment, token=token).environment


@pytest.mark.parametrize(
    "command",
    ["twine upload", "uv publish", "poetry publish", "hatch publish", "flit publish", "pdm publish", "maturin upload"],
)
def test_a_client_gets_the_address_and_the_token_and_nothing_of_the_user(command: str) -> None:
    mine = {
        "HOME": "/home/me",
        "XDG_CONFIG_HOME": "/home/me/.config",
        "TWINE_REPOSITORY_URL": "https://upload.pypi.org/legacy/",
        "TWINE_PASSWORD": "mine",
        "UV_PUBLISH_TOKEN": "mine",
        "UV_PUBLISH_URL": "https://mine.example",
        "POETRY_PYPI_TOKEN_PYPI": "mine",
        "POETRY_REPOSITORIES_MINE_URL": "https://mine.example",
        "HATCH_INDEX_AUTH": "mine",
        "HATCH_INDEX_REPO": "https://mine.example",
        "FLIT_PASSWORD": "mine",
        "PDM_PUBLISH_PASSWORD": "mine",
        "MATURIN_PYPI_TOKEN": "mine",
        "GITHUB_TOKEN": "mine",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "mine",
        "NETRC": "/home/me/.netrc",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1000/bus",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "PATH": "/usr/bin",
    }
    found = variables(command, mine)
    assert URL in found.values()
    assert any("the-token" in value for value in found.values())
    assert not {"mine", "https://mine.example", "/home/me", "/home/me/.config", "/home/me/.netrc"} & set(found.values())
    assert found["PATH"] == "/usr/bin"
    assert "127.0.0.1" in found["NO_PROXY"]
    assert found["PYTHON_KEYRING_BACKEND"] == "keyring.backends.null.Keyring"
    assert "DBUS_SESSION_BUS_ADDRESS" not in found


def test_without_a_token_a_client_has_no_credentials() -> None:
    """So that it asks for one by trusted publishing."""
    for command in ("twine upload", "uv publish", "pdm publish"):
        found = variables(command, {"TWINE_PASSWORD": "mine"}, token=None)
        assert not [name for name in found if "PASSWORD" in name or "TOKEN" in name or "USERNAME" in name]


def test_maturin_can_neither_overwrite_nor_delete_what_the_keyring_has_for_the_user() -> None:
    """It stores the password of an upload that was taken under its user name, and deletes it after a refusal."""
    token = forge()
    found = variables("maturin upload", {}, token=token)
    user, password = found["MATURIN_USERNAME"], found["MATURIN_PASSWORD"]
    assert user != "__token__"
    assert len(user) >= 4096  # no entry of a keyring has so long a name
    header = b64encode(f"{user}:{password}".encode()).decode()
    identity = Mint("pypi.org").identity(f"Basic {header}")
    assert isinstance(identity, Identity)
    assert identity.token == read_token(token).token


def test_flit_asks_no_index_for_the_classifiers() -> None:
    assert variables("flit publish", {})["FLIT_NO_NETWORK"] == "1"


def test_a_client_that_needs_its_file_has_it_written() -> None:
    """hatch ends where the file that HATCH_CONFIG names is not there."""
    found = recognise(["hatch", "publish"])
    assert found is not None
    upload = pointed(found, URL, HOME, {}, token="x")
    assert upload.files == {Path(upload.environment["HATCH_CONFIG"]): ""}
    assert all(path.is_relative_to(HOME) for path in upload.files)


@pytest.mark.parametrize(
    ("command", "left"),
    [
        ("twine upload -r testpypi -u me -pxyz dist/*", "twine upload -u me -pxyz dist/*"),
        ("twine upload --user=me --pass x dist/*", "twine upload --user=me --pass x dist/*"),
        ("uv publish --index testpypi --token x", "uv publish --token x"),
        ("poetry publish -u a -p b", "poetry publish --repository=rehearsal --no-interaction -u a -p b"),
        ("maturin upload -u a -p b x.whl", "maturin upload x.whl"),
    ],
)
def test_of_a_command_that_somebody_typed_the_credentials_stay(command: str, left: str) -> None:
    found = recognise(command.split())
    assert found is not None
    client = pointed(found, URL, HOME, {}, token="made-up", as_typed=True)
    assert " ".join(client.command) == left
    assert ("made-up" in client.environment.values()) == (found.client.name not in ("uv", "maturin"))


@pytest.mark.parametrize(
    ("options", "login"), [("-u me -p secret", "me:secret"), ("-p secret", "__token__:secret"), ("", "__token__:x")]
)
def test_maturin_logs_in_with_what_the_command_gives_and_names_no_entry_of_the_keyring(
    options: str, login: str
) -> None:
    found = recognise(f"maturin upload {options}".split())
    assert found is not None
    user = pointed(found, URL, HOME, {}, token="x", as_typed=True).environment["MATURIN_USERNAME"]
    assert (user.rstrip(":"), len(user) > 4000) == (login, True)


@pytest.mark.parametrize(
    ("command", "seen"),
    [
        ("twine upload -u me -p x dist/*", "-u *** -p *** dist/*"),
        ("twine upload -px --password=x", "-p*** --password=***"),
        ("twine upload --repository-url https://me:x@pypi.example/up", "--repository-url https://***@pypi.example/up"),
        ("twine upload --repository-url=me:x@pypi.example/up", "--repository-url=***@pypi.example/up"),
        ("uv publish --publish-url me:x@pypi.example", "--publish-url ***@pypi.example"),
        ("uv publish -- --token x", "-- --token x"),
    ],
)
def test_the_credentials_of_a_command_are_not_shown(command: str, seen: str) -> None:
    found = recognise(command.split())
    assert found is not None
    assert " ".join(shown(found.client, found.words)) == f"{' '.join(found.words[:2])} {seen}"
