"""How each upload client is pointed at an index on this machine: its command without what names another index, and variables for a scratch home.

Runs nothing. A client reads what it is told by its options, its variables and its files, in this order: so options that choose an index or credentials are
left out of the command, its variables are cleared and set anew, and the home folder is one that holds none of the user's files.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath
from site import getuserbase

from preflight.building.environment import is_credential
from preflight.rehearsal.stated import Choice, choices, read_words
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

USERNAME = "__token__"
REPOSITORY = "rehearsal"
"""The name of the index, for a client that knows an index only by name."""


NAME, URL, EITHER, FILE = "name", "url", "either", "file"
"""How an option chooses an index."""


@dataclass(frozen=True, slots=True)
class Client:
    """An upload client.

    `verbs` are the commands that upload, `prefixes` begin the names of its variables. `valued` are its options before the verb that take a value; `chooses`
    are those anywhere that take one and choose an index, credentials or a file that does; `flags` are those without a value that end an upload to an index
    that is not PyPI. `abbreviates` where it takes the beginning of an option for the option. `variables` gives what points it at an index, from the address,
    the token and the home folder; `adds` are options that do; `files` are those of its variables that name a file which has to be
    there.

    `where` are those of `chooses` that choose an index, with how: by its address (`url`), its name, `either`, or a `file` that holds names; `who` are those
    that give credentials. `keeps_logins` where it stores what it logged in with under the user's name; `exclusive` where credentials of a command do not go
    together with those of a variable.
    """

    name: str
    verbs: tuple[str, ...]
    prefixes: tuple[str, ...]
    variables: Callable[[str, str | None, Path], Mapping[str, str]]
    where: Mapping[str, str] = {}
    who: frozenset[str] = frozenset()
    keeps_logins: bool = False
    exclusive: bool = False
    valued: frozenset[str] = frozenset()
    chooses: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    adds: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    abbreviates: bool = False


def _twine(url: str, token: str | None, home: Path) -> Mapping[str, str]:
    """twine: settings.py; `TWINE_REPOSITORY_URL` outranks a name of `.pypirc`."""
    return {"TWINE_REPOSITORY_URL": url, "TWINE_NON_INTERACTIVE": "1", **_as("TWINE_USERNAME", "TWINE_PASSWORD", token)}


def _uv(url: str, token: str | None, home: Path) -> Mapping[str, str]:
    """uv: "Environment variables"; its files are looked for in the folders that XDG names."""
    return {"UV_PUBLISH_URL": url, "UV_KEYRING_PROVIDER": "disabled", **({"UV_PUBLISH_TOKEN": token} if token else {})}


def _poetry(url: str, token: str | None, home: Path) -> Mapping[str, str]:
    """poetry: "Configuration"; an index other than PyPI has to have a name."""
    name = REPOSITORY.upper()
    return {
        f"POETRY_REPOSITORIES_{name}_URL": url,
        "POETRY_KEYRING_ENABLED": "false",
        "POETRY_CONFIG_DIR": str(home / "poetry"),
        "POETRY_CACHE_DIR": str(home / "poetry-cache"),
        "POETRY_VIRTUALENVS_CREATE": "false",
        "POETRY_NO_INTERACTION": "1",
        **_as(f"POETRY_HTTP_BASIC_{name}_USERNAME", f"POETRY_HTTP_BASIC_{name}_PASSWORD", token),
    }


def _hatch(url: str, token: str | None, home: Path) -> Mapping[str, str]:
    """hatch: "Publishing" and "Configuration"."""
    return {
        "HATCH_INDEX_REPO": url,
        "HATCH_CONFIG": str(home / "hatch" / "config.toml"),
        "HATCH_DATA_DIR": str(home / "hatch" / "data"),
        "HATCH_CACHE_DIR": str(home / "hatch" / "cache"),
        **_as("HATCH_INDEX_USER", "HATCH_INDEX_AUTH", token),
    }


def _flit(url: str, token: str | None, home: Path) -> Mapping[str, str]:
    """flit: "Controlling package uploads". It would ask PyPI for the list of classifiers, which the index judges too."""
    return {"FLIT_INDEX_URL": url, "FLIT_NO_NETWORK": "1", **_as("FLIT_USERNAME", "FLIT_PASSWORD", token)}


def _pdm(url: str, token: str | None, home: Path) -> Mapping[str, str]:
    """pdm: "Build and publish". Told which Python to use, it makes no virtual environment in the project and notes none."""
    return {
        "PDM_PYTHON": sys.executable,
        "PDM_PUBLISH_REPO": url,
        "PDM_CONFIG_FILE": str(home / "pdm.toml"),
        "PDM_CHECK_UPDATE": "false",
        "PDM_VENV_IN_PROJECT": "false",
        "PDM_CACHE_DIR": str(home / "pdm-cache"),
        "PDM_LOG_DIR": str(home / "pdm-log"),
        **_as("PDM_PUBLISH_USERNAME", "PDM_PUBLISH_PASSWORD", token),
    }


_NO_KEYRING_TAKES = 4096
"""More characters than Linux and Windows take in the name of an entry (Linux: security/keys, `KEY_MAX_DESC_SIZE`); a multiple of four, as base64 is padded."""


def _maturin(url: str, token: str | None, home: Path) -> Mapping[str, str]:
    """maturin: upload.rs.

    It stores what an upload was taken with in the keyring of the system, under its user name, and deletes that entry when the upload is refused; nothing
    keeps it from that. So the token is given as a part of the user name, which is the same in the header that is sent: no entry of the user's is called so.
    The colons behind it are skipped where the token is read (base64), and make it too long for an entry: maturin warns that it could not store it.
    """
    colons = ":" * (
        _NO_KEYRING_TAKES - 2
    )  # two more are sent: the one between user name and password, and the password
    user, colon, password = (token or "").rpartition(":")
    login = {"MATURIN_USERNAME": f"{user if colon else USERNAME}:{password}{colons}", "MATURIN_PASSWORD": ":"}
    return {"MATURIN_REPOSITORY_URL": url, "MATURIN_NON_INTERACTIVE": "true", **(login if token else {})}


def _as(username: str, password: str, token: str | None) -> Mapping[str, str]:
    return {username: USERNAME, password: token} if token else {}


CLIENTS: Mapping[str, Client] = {
    client.name: client
    for client in (
        Client(
            "twine",
            ("upload",),
            ("TWINE_",),
            _twine,
            chooses=frozenset("-r --repository --repository-url -u --username -p --password --config-file".split()),
            where={"-r": NAME, "--repository": NAME, "--repository-url": URL, "--config-file": FILE},
            who=frozenset("-u --username -p --password".split()),
            flags=frozenset(("--skip-existing",)),
            abbreviates=True,
        ),
        Client(
            "uv",
            ("publish",),
            ("UV_PUBLISH_", "UV_KEYRING_PROVIDER", "UV_CONFIG_FILE", "UV_TRUSTED_PUBLISHING", "UV_NO_CONFIG"),
            _uv,
            valued=frozenset("--directory --project --config-file --color --cache-dir --allow-insecure-host".split()),
            chooses=frozenset(
                "--index --publish-url --check-url -t --token -u --username -p --password --keyring-provider "
                "--config-file".split()
            ),
            where={"--index": NAME, "--publish-url": URL, "--config-file": FILE},
            who=frozenset("-t --token -u --username -p --password".split()),
            exclusive=True,
        ),
        Client(
            "poetry",
            ("publish",),
            ("POETRY_",),
            _poetry,
            valued=frozenset("-C --directory -P --project".split()),
            chooses=frozenset("-r --repository -u --username -p --password --cert --client-cert".split()),
            where={"-r": NAME, "--repository": NAME},
            who=frozenset("-u --username -p --password".split()),
            adds=(f"--repository={REPOSITORY}", "--no-interaction"),
        ),
        Client(
            "hatch",
            ("publish",),
            ("HATCH_",),
            _hatch,
            valued=frozenset("-e --env -p --project --data-dir --cache-dir --config".split()),
            chooses=frozenset(
                "-r --repo -u --user -a --auth -o --option --ca-cert --client-cert --client-key --publisher "
                "--config --data-dir --cache-dir".split()
            ),
            where={"-r": EITHER, "--repo": EITHER},
            who=frozenset("-u --user -a --auth".split()),
            adds=("--no-prompt",),
            files=("HATCH_CONFIG",),
        ),
        Client(
            "flit",
            ("publish",),
            ("FLIT_",),
            _flit,
            valued=frozenset("-f --ini-file".split()),
            chooses=frozenset("--repository --pypirc".split()),
            where={"--repository": NAME, "--pypirc": FILE},
            abbreviates=True,
        ),
        Client(
            "pdm",
            ("publish",),
            ("PDM_",),
            _pdm,
            valued=frozenset("-c --config".split()),
            chooses=frozenset("-r --repository -u --username -P --password --ca-certs -c --config".split()),
            where={"-r": EITHER, "--repository": EITHER},
            who=frozenset("-u --username -P --password".split()),
            flags=frozenset(("--no-very-ssl",)),
            abbreviates=True,
        ),
        Client(
            "maturin",
            ("upload", "publish"),
            ("MATURIN_",),
            _maturin,
            chooses=frozenset("-r --repository --repository-url -u --username -p --password".split()),
            where={"-r": NAME, "--repository": NAME, "--repository-url": URL},
            who=frozenset("-u --username -p --password".split()),
            keeps_logins=True,
        ),
    )
}
"""The clients by name, in the order of how much they are used."""


# Which client a command runs.


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command that uploads: `program` and `verb` say which of its words are the client and what it is to do."""

    client: Client
    words: tuple[str, ...]
    program: int
    verb: int


_PROGRAM = _compile(r"(?P<name>[a-z]+)(?:\.exe|\.cmd|\.bat)?(?:(?:@|[=~<>!]=|\[).*)?")


def recognise(words: Sequence[str]) -> Invocation | None:
    """The upload that a command makes; None where it makes none that is known.

    Finds it behind what starts it too: `python -m twine upload`, `uvx twine@6.1 upload`, `uv run`, `pipx run`, `poetry run`.
    """
    for position, word in enumerate(words):
        client = CLIENTS.get(_program(word))
        if client is None:
            continue
        verb = _verb(client, words, position + 1)
        if verb is not None:
            return Invocation(client, tuple(words), position, verb)
    return None


def _program(word: str) -> str:
    found = _PROGRAM.fullmatch(PurePath(word.replace("\\", "/")).name.lower())
    return found["name"] if found else ""


def _verb(client: Client, words: Sequence[str], start: int) -> int | None:
    """Where the first word stands that is no option of the client or the value of one, if it is a command that uploads."""
    position = start
    while position < len(words):
        word = words[position]
        if not word.startswith("-"):
            return position if word in client.verbs else None
        position += 2 if word in client.valued else 1
    return None


# The command and its variables.


@dataclass(frozen=True, slots=True)
class Pointed:
    """A command that uploads to the index on this machine.

    `files` have to be there before it runs, each with its text; `left_out` are the options that were left out of it, as they were typed, without their values.
    """

    client: Client
    command: tuple[str, ...]
    environment: Mapping[str, str]
    files: Mapping[Path, str]
    left_out: tuple[str, ...]


def pointed(
    invocation: Invocation,
    url: str,
    home: Path,
    environment: Mapping[str, str],
    *,
    token: str | None,
    as_typed: bool = False,
) -> Pointed:
    """Point an upload at an index: the address of its upload endpoint, and a folder that is its home.

    Without a token it has no credentials: it is to get one by trusted publishing, with what the caller adds to the variables. With `as_typed` the credentials
    that the command itself gives go before it.
    """
    client = invocation.client
    front, back = invocation.words[: invocation.program + 1], invocation.words[invocation.program + 1 :]
    # `env TWINE_REPOSITORY_URL=… twine upload` would outrank the variables that are set here.
    front = tuple(word for word in front if not _ASSIGNMENT.match(word))
    kept, left_out = _kept(client, back, as_typed=as_typed)
    if as_typed and client.keeps_logins:
        user, password = _login(client, left_out, token)
        token = token if (user, password) == (USERNAME, token) else f"{user}:{password}"
    elif as_typed and client.exclusive and choices(client, back, client.who.__contains__):
        token = None
    behind = (_verb(client, kept, 0) or 0) + 1
    command = (*front, *kept[:behind], *client.adds, *kept[behind:])
    variables = {**variables_of_home(environment, home), **client.variables(url, token, home)}
    files = {Path(variables[name]): "" for name in client.files}
    return Pointed(client, command, variables, files, tuple(each.typed for each in left_out))


_ASSIGNMENT = _compile(r"[A-Za-z_]\w*=")


def _kept(client: Client, words: Sequence[str], *, as_typed: bool) -> tuple[list[str], tuple[Choice, ...]]:
    """The words without the options that choose something, and those options. Of a command that somebody typed the credentials stay."""
    kept: list[str] = []
    left_out: list[Choice] = []
    for each in read_words(client, words):
        if each.choice is None or (as_typed and each.choice.option in client.who and not client.keeps_logins):
            kept += each.words
        else:
            left_out.append(each.choice)
    return kept, tuple(left_out)


def _login(client: Client, left_out: Sequence[Choice], token: str | None) -> tuple[str, str | None]:
    """The user name and password that the options give which are left out; what they do not give is made up."""
    given = {each.option.lstrip("-")[:1].lower(): each.value for each in left_out if each.option in client.who}
    return given.get("u") or USERNAME, given.get("p") or token


_NAMES_OF_HOME = ("HOME", "USERPROFILE")
_FOLDERS = {
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_DIRS": ".config/system",
    "APPDATA": "AppData/Roaming",
    "LOCALAPPDATA": "AppData/Local",
    "PROGRAMDATA": "AppData/System",
}
_LEFT_OUT = frozenset("NETRC DBUS_SESSION_BUS_ADDRESS KEYRING_PROPERTY_KEYRING_PATH".split())
_LOCAL = "127.0.0.1,localhost"


def variables_of_home(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """The variables with another home, without credentials, keyrings and what any of the clients is told by them; the index is reached without a proxy."""
    prefixes = tuple(prefix for client in CLIENTS.values() for prefix in client.prefixes)
    kept = {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(("XDG_", *prefixes))
        and name.upper() not in _LEFT_OUT
        and not is_credential(name, value)
    }
    folders = {name: str(home / folder) for name, folder in _FOLDERS.items()}
    # What `pip install --user` installed stays where it is, so that `python -m twine` is still found.
    user_base = environment.get("PYTHONUSERBASE") or getuserbase()
    return {
        **kept,
        **dict.fromkeys(_NAMES_OF_HOME, str(home)),
        **folders,
        "PYTHONUSERBASE": user_base,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "NO_PROXY": _LOCAL,
        "no_proxy": _LOCAL,
    }
