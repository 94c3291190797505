"""The environment variables that upload clients read a credential or an address from. A table; reads none of them."""

from preflight.sources.patterns import compile as _compile

CREDENTIAL_VARIABLES = {
    "TWINE_PASSWORD": "twine",
    "UV_PUBLISH_TOKEN": "uv",
    "UV_PUBLISH_PASSWORD": "uv",
    "HATCH_INDEX_AUTH": "hatch",
    "FLIT_PASSWORD": "flit",
    "PDM_PUBLISH_PASSWORD": "pdm",
    "MATURIN_PYPI_TOKEN": "maturin",
    "MATURIN_PASSWORD": "maturin",
}
"""Variable -> its client; poetry's bear the name of the repository."""

ADDRESS_VARIABLES = {
    "TWINE_REPOSITORY_URL": "twine",
    "UV_PUBLISH_URL": "uv",
    "HATCH_INDEX_REPO": "hatch",
    "FLIT_INDEX_URL": "flit",
    "PDM_PUBLISH_REPO": "pdm",
    "MATURIN_REPOSITORY_URL": "maturin",
}
"""Variable -> its client. hatch and pdm take a name or an address."""

POETRY_TOKEN = "POETRY_PYPI_TOKEN_"
POETRY_BASIC = "POETRY_HTTP_BASIC_"

_UV_INDEX = _compile(r"UV_INDEX_\w+_PASSWORD")
_CLIENT = _compile(r"(?P<client>TWINE|UV|HATCH|FLIT|PDM|MATURIN|POETRY)_")

_SECRET_WORDS = frozenset("TOKEN PASSWORD PASSWD PASSPHRASE SECRET AUTH APIKEY KEY CREDENTIAL CREDENTIALS".split())
"""Words of a variable's name that say that its value is not for other eyes."""


def is_read(name: str) -> bool:
    """Whether some upload client takes a credential from a variable of this name."""
    if name in CREDENTIAL_VARIABLES or name.startswith(POETRY_TOKEN):
        return True
    return (name.startswith(POETRY_BASIC) and name.endswith("_PASSWORD")) or _UV_INDEX.fullmatch(name) is not None


def client_of(name: str) -> str | None:
    """The upload client that a variable is meant for, by its name."""
    match = _CLIENT.match(name)
    return match["client"].lower() if match else None


def holds_credential(name: str) -> bool:
    """Whether a variable holds a credential, by its name alone."""
    return is_read(name) or not _SECRET_WORDS.isdisjoint(name.upper().split("_"))
