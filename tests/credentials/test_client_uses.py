"""What each upload client uses: every case was seen with the real client, by the header that reached an index on loopback or a proxy."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from preflight.credentials.client_uses import CLIENTS, client_uses, machine_credentials
from preflight.credentials.machine import Machine
from preflight.credentials.uses import Outcome, ProjectSettings, Use
from preflight.project.inventory import Inventory, ProjectFolder
from preflight.project.names import ProjectNames
from preflight.sources.tree import Files, MemoryTree

PYPI, TEST = "https://upload.pypi.org/legacy/", "https://test.pypi.org/legacy/"
SECTION = "[pypi]\nusername = __token__\npassword = file\n"
WITH_ADDRESS = f"[pypi]\nrepository = {PYPI}\nusername = __token__\npassword = file\n"
TESTPYPI = "[testpypi]\nusername = __token__\npassword = test\n"
HATCH, PDM, AUTH, CONFIG = (
    ".config/hatch/config.toml",
    ".config/pdm/config.toml",
    ".config/pypoetry/auth.toml",
    ".config/pypoetry/config.toml",
)
STORE = ".local/share/uv/credentials/credentials.toml"
NETRC = "machine upload.pypi.org login __token__ password netrc\n"
UV_INDEX = f'[[tool.uv.index]]\nname = "testpypi"\nurl = "https://test.pypi.org/simple/"\npublish-url = "{TEST}"\n'
KEPT = '[[credential]]\nservice = "https://upload.pypi.org/"\nusername = "__token__"\nscheme = "basic"\npassword = "store"\n'


def of_client(
    client: str,
    home: Path,
    variables: Mapping[str, str],
    files: Mapping[str, str],
    project: Mapping[str, str] | None = None,
) -> list[Use]:
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
    tree = MemoryTree({name: text.encode() for name, text in (project or {}).items()})
    machine = Machine(variables, home, "linux")
    return list(
        import_module(f"preflight.credentials.clients.{client}").uses(machine, ProjectSettings("", Files(tree)))
    )


def sent(use: Use) -> str:
    """`user:password@host` as it reaches the index, or what happens instead."""
    if use.outcome is not Outcome.CREDENTIAL or use.password is None:
        return str(use.outcome)
    user = use.username.value if use.username is not None else ""
    return f"{user}:{use.password.value}@{use.host}"


BARE = [
    ("twine", {"TWINE_PASSWORD": "env"}, {}, "__token__:env@upload.pypi.org"),
    ("twine", {"TWINE_PASSWORD": "env", "TWINE_USERNAME": "ada"}, {}, "ada:env@upload.pypi.org"),
    ("twine", {"TWINE_PASSWORD": ""}, {".pypirc": SECTION}, "__token__:@upload.pypi.org"),
    ("twine", {}, {".pypirc": SECTION}, "__token__:file@upload.pypi.org"),
    ("twine", {}, {".pypirc": SECTION.replace("__token__", "ada")}, "__token__:file@upload.pypi.org"),
    ("twine", {"TWINE_PASSWORD": "env"}, {".pypirc": SECTION}, "__token__:env@upload.pypi.org"),
    ("twine", {}, {".pypirc": "[server-login]\nusername = u\npassword = sl\n"}, "__token__:sl@upload.pypi.org"),
    ("twine", {"TWINE_REPOSITORY": "testpypi"}, {".pypirc": SECTION + TESTPYPI}, "__token__:test@test.pypi.org"),
    ("twine", {"TWINE_REPOSITORY_URL": TEST}, {".pypirc": SECTION}, "asks"),
    ("twine", {"TWINE_REPOSITORY_URL": TEST.replace("//", "//__token__:url@")}, {}, "__token__:url@test.pypi.org"),
    ("twine", {"TWINE_REPOSITORY": "", "TWINE_PASSWORD": "env"}, {}, "stops"),
    ("twine", {"TWINE_REPOSITORY": "other", "TWINE_PASSWORD": "env"}, {}, "stops"),
    ("twine", {"TWINE_PASSWORD": "env"}, {".pypirc": "[pypi]\n[pypi]\n"}, "stops"),
    ("twine", {}, {".pypirc": "[distutils]\nindex-servers = other\n" + SECTION}, "asks"),
    ("uv", {"UV_PUBLISH_TOKEN": "env"}, {}, "__token__:env@upload.pypi.org"),
    ("uv", {"UV_PUBLISH_TOKEN": ""}, {}, "__token__:@upload.pypi.org"),
    ("uv", {"UV_PUBLISH_TOKEN": "env", "UV_PUBLISH_PASSWORD": "p"}, {}, "stops"),
    ("uv", {"UV_PUBLISH_TOKEN": "", "UV_PUBLISH_USERNAME": "u"}, {}, "stops"),
    ("uv", {"UV_PUBLISH_PASSWORD": "p"}, {}, "stops"),
    ("uv", {"UV_PUBLISH_USERNAME": "u", "UV_PUBLISH_PASSWORD": "p"}, {}, "u:p@upload.pypi.org"),
    ("uv", {}, {".pypirc": SECTION}, "asks"),
    ("uv", {}, {".netrc": NETRC, STORE: KEPT}, "__token__:netrc@upload.pypi.org"),
    ("uv", {}, {STORE: KEPT}, "__token__:store@upload.pypi.org"),
    ("uv", {"UV_PUBLISH_URL": TEST.replace("//", "//__token__:url@")}, {}, "__token__:url@test.pypi.org"),
    ("uv", {"UV_PUBLISH_URL": TEST.replace("//", "//u:url@"), "UV_PUBLISH_TOKEN": "env"}, {}, "stops"),
    (
        "uv",
        {"UV_PUBLISH_TOKEN": "env"},
        {".config/uv/uv.toml": f'publish-url = "{TEST}"\n'},
        "__token__:env@test.pypi.org",
    ),
    ("uv", {"UV_PUBLISH_INDEX": "none", "UV_PUBLISH_TOKEN": "env"}, {}, "stops"),
    ("hatch", {"HATCH_INDEX_AUTH": "env"}, {}, "asks"),
    ("hatch", {"HATCH_INDEX_AUTH": "env", "HATCH_INDEX_USER": "__token__"}, {}, "__token__:env@upload.pypi.org"),
    ("hatch", {"HATCH_INDEX_AUTH": "env"}, {".pypirc": WITH_ADDRESS}, "__token__:file@upload.pypi.org"),
    (
        "hatch",
        {"HATCH_INDEX_AUTH": "env", "HATCH_INDEX_USER": "__token__"},
        {".pypirc": WITH_ADDRESS},
        "__token__:env@upload.pypi.org",
    ),
    ("hatch", {}, {".pypirc": SECTION}, "asks"),
    ("hatch", {}, {".pypirc": SECTION.replace("[pypi]", "[main]")}, "__token__:file@upload.pypi.org"),
    ("hatch", {"HATCH_INDEX_AUTH": "env"}, {".pypirc": WITH_ADDRESS.replace("file", "a%b")}, "stops"),
    ("hatch", {}, {HATCH: '[publish.index]\nuser = "u"\nauth = "set"\n'}, "u:set@upload.pypi.org"),
    (
        "hatch",
        {"HATCH_INDEX_AUTH": ""},
        {HATCH: '[publish.index]\nuser = "u"\nauth = "set"\n'},
        "u:set@upload.pypi.org",
    ),
    ("hatch", {}, {HATCH: '[publish.index]\nrepo = "test"\nuser = "u"\nauth = "set"\n'}, "u:set@test.pypi.org"),
    ("hatch", {}, {HATCH: '[publish.index.repos.main]\nauth = "set"\n'}, "stops"),
    ("hatch", {"HATCH_INDEX_USER": "u"}, {HATCH: "[publish\n"}, "stops"),
    (
        "hatch",
        {"HATCH_INDEX_AUTH": "env"},
        {".cache/hatch/publish/index/previous_working_users.json": '{"main": "u"}'},
        "u:env@upload.pypi.org",
    ),
    (
        "poetry",
        {"POETRY_PYPI_TOKEN_PYPI": "env"},
        {AUTH: '[pypi-token]\npypi = "auth"\n'},
        "__token__:env@upload.pypi.org",
    ),
    (
        "poetry",
        {},
        {AUTH: '[pypi-token]\npypi = "auth"\n', CONFIG: '[pypi-token]\npypi = "config"\n'},
        "__token__:auth@upload.pypi.org",
    ),
    (
        "poetry",
        {"POETRY_PYPI_TOKEN_PYPI": "", "POETRY_HTTP_BASIC_PYPI_USERNAME": "u", "POETRY_HTTP_BASIC_PYPI_PASSWORD": "p"},
        {AUTH: '[pypi-token]\npypi = "auth"\n'},
        "u:p@upload.pypi.org",
    ),
    ("poetry", {"POETRY_HTTP_BASIC_PYPI_PASSWORD": "p"}, {}, "stops"),
    (
        "poetry",
        {"POETRY_HTTP_BASIC_PYPI_PASSWORD": "env"},
        {AUTH: '[http-basic.pypi]\nusername = "u"\npassword = "p"\n'},
        "u:env@upload.pypi.org",
    ),
    ("poetry", {}, {".netrc": NETRC}, "__token__:netrc@upload.pypi.org"),
    ("poetry", {}, {".pypirc": SECTION}, "asks"),
    ("poetry", {"POETRY_PYPI_TOKEN_PYPI": "env"}, {AUTH: "[pypi-token\n"}, "stops"),
    ("flit", {"FLIT_PASSWORD": "env"}, {}, "asks"),
    ("flit", {"FLIT_PASSWORD": "env", "FLIT_USERNAME": "u"}, {}, "u:env@upload.pypi.org"),
    ("flit", {"FLIT_PASSWORD": "env"}, {".pypirc": SECTION}, "__token__:env@upload.pypi.org"),
    ("flit", {"FLIT_PASSWORD": ""}, {".pypirc": SECTION}, "asks"),
    ("flit", {"FLIT_USERNAME": ""}, {".pypirc": SECTION}, "asks"),
    ("flit", {"FLIT_INDEX_URL": TEST}, {".pypirc": SECTION}, "asks"),
    ("flit", {}, {".pypirc": "[distutils]\nindex-servers = testpypi\n" + SECTION}, "asks"),
    ("pdm", {"PDM_PUBLISH_PASSWORD": "env"}, {}, "__token__:env@upload.pypi.org"),
    ("pdm", {"PDM_PUBLISH_PASSWORD": "env", "PDM_PUBLISH_REPO": "testpypi"}, {}, "__token__:env@test.pypi.org"),
    (
        "pdm",
        {"PDM_PUBLISH_PASSWORD": "env"},
        {PDM: '[repository.pypi]\nusername = "u"\npassword = "set"\n'},
        "u:env@upload.pypi.org",
    ),
    ("pdm", {"PDM_PUBLISH_PASSWORD": ""}, {PDM: '[repository.pypi]\nusername = "u"\npassword = "set"\n'}, "asks"),
    ("pdm", {"PDM_PUBLISH_REPO": TEST.replace("//", "//__token__:url@")}, {}, "__token__:url@test.pypi.org"),
    ("maturin", {"MATURIN_PYPI_TOKEN": ""}, {".pypirc": SECTION}, "__token__:@upload.pypi.org"),
    (
        "maturin",
        {"MATURIN_USERNAME": "u", "MATURIN_PASSWORD": "p"},
        {".pypirc": SECTION},
        "__token__:file@upload.pypi.org",
    ),
    ("maturin", {"MATURIN_USERNAME": "u", "MATURIN_PASSWORD": "p"}, {}, "u:p@upload.pypi.org"),
    ("maturin", {"MATURIN_PASSWORD": "p"}, {}, "asks"),
    (
        "maturin",
        {"MATURIN_REPOSITORY_URL": TEST.rstrip("/")},
        {".pypirc": SECTION + TESTPYPI},
        "__token__:test@test.pypi.org",
    ),
    ("maturin", {"MATURIN_REPOSITORY": "other", "MATURIN_PYPI_TOKEN": "env"}, {}, "stops"),
]


@pytest.mark.parametrize(("client", "variables", "files", "expected"), BARE)
def test_the_bare_command(
    client: str, variables: dict[str, str], files: dict[str, str], expected: str, tmp_path: Path
) -> None:
    (use,) = [each for each in of_client(client, tmp_path, variables, files) if each.is_default]
    assert sent(use) == expected


@pytest.mark.parametrize(
    ("client", "variables", "files", "command", "expected"),
    [
        ("twine", {}, {".pypirc": TESTPYPI}, "twine upload -r testpypi", "__token__:test@test.pypi.org"),
        (
            "hatch",
            {},
            {HATCH: '[publish.index]\nuser = "u"\nauth = "a"\n'},
            "hatch publish -r test",
            "u:a@test.pypi.org",
        ),
        ("pdm", {"PDM_PUBLISH_PASSWORD": "env"}, {}, "pdm publish -r testpypi", "__token__:env@test.pypi.org"),
        ("maturin", {"MATURIN_PYPI_TOKEN": "env"}, {}, "maturin upload -r testpypi", "__token__:env@test.pypi.org"),
        (
            "poetry",
            {"POETRY_REPOSITORIES_TEST_PYPI_URL": TEST, "POETRY_PYPI_TOKEN_TEST_PYPI": "env"},
            {},
            "poetry publish -r test-pypi",
            "__token__:env@test.pypi.org",
        ),
        (
            "flit",
            {},
            {".pypirc": f"[distutils]\nindex-servers = testpypi\n{TESTPYPI}repository = {TEST}\n"},
            "flit publish --repository testpypi",
            "__token__:test@test.pypi.org",
        ),
    ],
)
def test_a_command_that_names_an_index(
    client: str, variables: dict[str, str], files: dict[str, str], command: str, expected: str, tmp_path: Path
) -> None:
    (use,) = [each for each in of_client(client, tmp_path, variables, files) if each.command == command]
    assert sent(use) == expected


def test_a_projects_own_settings_go_before_those_of_the_user(tmp_path: Path) -> None:
    home = {AUTH: '[pypi-token]\npypi = "auth"\n', PDM: '[repository.pypi]\nusername = "u"\npassword = "user"\n'}
    poetry = of_client("poetry", tmp_path, {}, home, {"poetry.toml": '[pypi-token]\npypi = "project"\n'})
    pdm = of_client("pdm", tmp_path, {}, home, {"pdm.toml": '[repository.pypi]\npassword = "project"\n'})
    assert (sent(poetry[0]), sent(pdm[0])) == ("__token__:project@upload.pypi.org", "u:project@upload.pypi.org")
    assert poetry[0].password is not None
    assert poetry[0].password.place is not None
    assert poetry[0].password.place.source.path == "poetry.toml"


def test_an_index_of_uv_is_found_in_the_project(tmp_path: Path) -> None:
    variables = {"UV_PUBLISH_INDEX": "testpypi", "UV_INDEX_TESTPYPI_USERNAME": "u", "UV_INDEX_TESTPYPI_PASSWORD": "p"}
    (use,) = of_client("uv", tmp_path, variables, {}, {"pyproject.toml": UV_INDEX})
    assert sent(use) == "u:p@test.pypi.org"


def test_what_is_passed_over_is_named_and_never_shown(tmp_path: Path) -> None:
    (use,) = [
        each
        for each in of_client("twine", tmp_path, {"TWINE_PASSWORD": "env-secret"}, {".pypirc": SECTION})
        if each.is_default
    ]
    assert [each.where for each in use.passed_over] == ["section `[pypi]` of ~/.pypirc (line 3)"]
    assert "env-secret" not in repr(use)
    assert "= file" not in repr(use)


def test_an_identity_token_takes_the_place_of_a_missing_credential(tmp_path: Path) -> None:
    variables = {"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t", "ACTIONS_ID_TOKEN_REQUEST_URL": "u"}
    outcomes = {client: of_client(client, tmp_path, variables, {})[0].outcome for client in CLIENTS}
    trusted = {client for client, outcome in outcomes.items() if outcome is Outcome.TRUSTED_PUBLISHING}
    assert trusted == {"twine", "uv", "pdm", "maturin"}


class Keyring:
    """Answers as a keyring would, and notes what it was asked."""

    def __init__(self, kept: Mapping[tuple[str, str], str]) -> None:
        self.kept = kept
        self.asked: list[tuple[str, str | None]] = []

    def find(self, service: str, username: str | None) -> tuple[str, str] | None:
        self.asked.append((service, username))
        for (known, user), password in self.kept.items():
            if known == service and username in (None, user):
                return user, password
        return None


@pytest.mark.parametrize(
    ("client", "entry", "variables"),
    [
        ("twine", (PYPI, "__token__"), {}),
        ("hatch", (PYPI, "__token__"), {"HATCH_INDEX_USER": "__token__"}),
        ("poetry", ("poetry-repository-pypi", "__token__"), {}),
        ("flit", (PYPI, "pypi_token:user:ada"), {"FLIT_USERNAME": "ada"}),
        ("flit", (PYPI, "__token__"), {"FLIT_USERNAME": "__token__"}),
        ("pdm", ("pdm-repository-pypi", "__token__"), {}),
        ("pdm", (PYPI, "__token__"), {}),
        ("uv", (PYPI, "__token__"), {"UV_KEYRING_PROVIDER": "subprocess", "UV_PUBLISH_USERNAME": "__token__"}),
    ],
)
def test_each_client_has_its_own_entry_in_the_keyring(
    client: str, entry: tuple[str, str], variables: dict[str, str], tmp_path: Path
) -> None:
    keyring = Keyring({entry: "kept"})
    module = import_module(f"preflight.credentials.clients.{client}")
    settings = ProjectSettings("", Files(MemoryTree({})))
    use = next(iter(module.uses(Machine(variables, tmp_path, "linux", keyring, True), settings)))
    assert sent(use) == "__token__:kept@upload.pypi.org"
    assert use.password is not None
    assert use.password.kind == "keyring"


def test_without_being_asked_for_no_keyring_is_asked(tmp_path: Path) -> None:
    machine = Machine({}, tmp_path, "linux")
    assert machine.kept(PYPI, "__token__") is None
    assert not machine.keyring_asked


def facts(machine: Machine, files: Mapping[str, str] | None = None) -> tuple[Use, ...]:
    tree = MemoryTree({name: text.encode() for name, text in (files or {}).items()})
    read = Files(tree)
    inventory = Inventory(projects=(ProjectFolder(""),))
    return client_uses(machine, inventory, read, ProjectNames(inventory, read, tree))


def test_a_variable_counts_for_the_index_that_needs_no_naming(tmp_path: Path) -> None:
    found = machine_credentials(facts(Machine({"TWINE_PASSWORD": "x"}, tmp_path)))
    assert [(each.used_by, each.index, each.is_certain) for each in found] == [
        ("the variable `TWINE_PASSWORD`", "pypi", False)
    ]


def test_a_named_index_makes_it_certain(tmp_path: Path) -> None:
    found = machine_credentials(facts(Machine({"TWINE_PASSWORD": "x", "TWINE_REPOSITORY": "testpypi"}, tmp_path)))
    assert [(each.index, each.is_certain) for each in found] == [("testpypi", True)]


def test_a_section_that_several_clients_read_stands_once(tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text(SECTION)
    found = machine_credentials(facts(Machine({}, tmp_path)))
    assert [(each.used_by, each.place) for each in found] == [("section `[pypi]` of ~/.pypirc (line 3)", None)]


@pytest.mark.parametrize(
    ("system", "folder"),
    [("darwin", "Library/Application Support/pypoetry"), ("win32", "AppData/Roaming/pypoetry")],
)
def test_settings_folders_of_other_systems(system: str, folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "auth.toml").write_text('[pypi-token]\npypi = "auth"\n')
    variables = {"APPDATA": str(tmp_path / "AppData/Roaming"), "LOCALAPPDATA": str(tmp_path / "AppData/Local")}
    poetry = import_module("preflight.credentials.clients.poetry")
    uses = list(poetry.uses(Machine(variables, tmp_path, system), ProjectSettings("", Files(MemoryTree({})))))
    assert sent(uses[0]) == "__token__:auth@upload.pypi.org"


@pytest.mark.parametrize("client", CLIENTS)
def test_a_home_full_of_nonsense_raises_nothing(client: str, tmp_path: Path) -> None:
    nonsense = {
        ".pypirc": "\x00\xff[",
        ".netrc": "machine",
        HATCH: "[publish]\nindex = 3\n",
        PDM: "repository = []\n",
        AUTH: "pypi-token = 1\nhttp-basic = []\nrepositories = 'x'\n",
        STORE: "credential = [1, {service = 2}]\n",
        ".config/uv/uv.toml": "index = [{name = 1}, 2]\npublish-url = 4\n",
        ".cache/hatch/publish/index/previous_working_users.json": "[1]",
    }
    variables = {
        "TWINE_REPOSITORY_URL": "http://[::1",
        "UV_PUBLISH_URL": "//",
        "HATCH_INDEX_REPO": "http://[x",
        "FLIT_INDEX_URL": "\x00",
        "PDM_PUBLISH_REPO": "http://[",
        "MATURIN_REPOSITORY_URL": "",
        "POETRY_REPOSITORIES__URL": "http://[",
    }
    for given in (variables, {}):
        for use in of_client(client, tmp_path, given, nonsense):
            assert use.host is not None
            assert use.index in (None, "pypi", "testpypi")


@pytest.mark.parametrize("client", CLIENTS)
def test_an_address_without_a_scheme_shows_no_password(client: str, tmp_path: Path) -> None:
    """Clients take such a text for a host or for the name of a repository; both are shown."""
    names = ("TWINE_REPOSITORY", "TWINE_REPOSITORY_URL", "UV_PUBLISH_INDEX", "UV_PUBLISH_URL", "HATCH_INDEX_REPO")
    names += ("FLIT_INDEX_URL", "PDM_PUBLISH_REPO", "MATURIN_REPOSITORY", "MATURIN_REPOSITORY_URL")
    for name in (*names, "POETRY_REPOSITORIES_X_URL"):
        for use in of_client(client, tmp_path, {name: "ada:the-password@example.org/"}, {}):
            assert "the-password" not in f"{use.host} {use.command} {use.reason} {use.unknown_name}", name


def test_a_cache_in_the_home_of_somebody_unknown(tmp_path: Path) -> None:
    (use, *_) = of_client("hatch", tmp_path, {"HATCH_CACHE_DIR": "~nobody-of-this-name/cache"}, {})
    assert use.outcome is Outcome.ASKS
