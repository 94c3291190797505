"""`poetry publish`, as poetry 2.4 reads it, and the `poetry config` commands before it."""

from collections.abc import Mapping

from preflight.workflows.clients.options import Grammar, from_environment, read_options
from preflight.workflows.launchers import Launch
from preflight.workflows.upload_model import (
    NO_TRUSTED_PUBLISHING,
    TOKEN_USERNAME,
    Configured,
    IndexChoice,
    Origin,
    Setting,
    Upload,
    by_default,
    configured_value,
)
from preflight.workflows.values import Literal, Value, text

_GLOBAL_VALUED = {"--directory": "-C", "--project": "-P"}
_GLOBAL_FLAGS = {
    "--quiet": "-q",
    "--verbose": "-v",
    "--no-interaction": "-n",
    "--no-plugins": "",
    "--no-cache": "",
    "--ansi": "",
    "--no-ansi": "",
    "--help": "-h",
    "--version": "-V",
}
_GLOBAL = Grammar(_GLOBAL_VALUED, _GLOBAL_FLAGS)
_PUBLISH = Grammar(
    {
        **_GLOBAL_VALUED,
        "--repository": "-r",
        "--username": "-u",
        "--password": "-p",
        "--cert": "",
        "--client-cert": "",
        "--dist-dir": "",
    },
    {**_GLOBAL_FLAGS, "--build": "", "--dry-run": "", "--skip-existing": ""},
)
_CONFIG = Grammar(_GLOBAL_VALUED, {**_GLOBAL_FLAGS, "--list": "", "--unset": "", "--local": "", "--migrate": ""})


def read(launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]) -> Upload | None:
    """poetry: console/commands/publish.py, publishing/publisher.py, utils/password_manager.py. No trusted publishing.

    A user name without a password, or the reverse, gives way to a token that is stored for the repository.
    """
    command = read_options(launch.arguments, _GLOBAL, first_operand=True)
    if not command.operands or command.operands[0].literal != "publish":
        return None
    options = read_options(command.operands[1:], _PUBLISH)
    if "--help" in options.flags:
        return None
    name = options.setting("--repository")
    repository = (name.value.literal or "") if name is not None and name.value.literal != "" else ""
    repository = repository or ("pypi" if name is None else "")
    username, password = options.setting("--username"), options.setting("--password")
    token = None
    if username is None or password is None:
        token = _stored(environment, configured, repository, "token", "PYPI_TOKEN_{}")
        username = _stored(environment, configured, repository, "username", "HTTP_BASIC_{}_USERNAME") or username
        password = _stored(environment, configured, repository, "password", "HTTP_BASIC_{}_PASSWORD") or password
    directory = options.values.get("--dist-dir") or text("dist")
    return Upload(
        client="poetry",
        subcommand="publish",
        index=IndexChoice(_url(name, repository, environment, configured), name),
        trusted=NO_TRUSTED_PUBLISHING,
        username=by_default(TOKEN_USERNAME) if token is not None else username,
        password=password,
        token=token,
        files=(directory.joined(Value((Literal("/*"),))),),
        builds="--build" in options.flags,
        skip_existing=options.switch("--skip-existing"),
        dry_run=options.switch("--dry-run"),
        verbose=options.switch("--verbose") or command.switch("--verbose"),
        unread=(*options.unread, *options.operands),
        directory=options.values.get("--directory") or command.values.get("--directory"),
    )


def read_configuration(launch: Launch) -> tuple[Configured, ...]:
    """`poetry config KEY VALUE…`. poetry: console/commands/config.py."""
    command = read_options(launch.arguments, _GLOBAL, first_operand=True)
    if not command.operands or command.operands[0].literal != "config":
        return ()
    options = read_options(command.operands[1:], _CONFIG)
    if not options.operands or "--unset" in options.flags:
        return ()
    key, values = options.operands[0].literal or "", options.operands[1:]
    kind, _, name = key.partition(".")
    said = f"poetry config {key}"
    match kind:
        case "repositories" if values:
            return (Configured("poetry", "url", name.removesuffix(".url"), Setting(values[0], Origin.STEP, said)),)
        case "pypi-token" if values:
            return (Configured("poetry", "token", name, Setting(values[0], Origin.STEP, said)),)
        case "http-basic" if values:
            return tuple(
                Configured("poetry", part, name, Setting(value, Origin.STEP, said))
                for part, value in zip(("username", "password"), values, strict=False)
            )
    return ()


def _stored(
    environment: Mapping[str, Value], configured: tuple[Configured, ...], repository: str, kind: str, variable: str
) -> Setting | None:
    """poetry: config/config.py, `get`: a variable wins over what is configured."""
    if not repository:
        return None
    name = "POETRY_" + variable.format(_variable_part(repository))
    return from_environment(environment, name) or configured_value(configured, "poetry", kind, repository)


def _url(
    name: Setting | None, repository: str, environment: Mapping[str, Value], configured: tuple[Configured, ...]
) -> Setting | None:
    if name is None or not repository:
        return None
    variable = f"POETRY_REPOSITORIES_{_variable_part(repository)}_URL"
    return from_environment(environment, variable) or configured_value(configured, "poetry", "url", repository)


def _variable_part(name: str) -> str:
    """A repository's name in a variable's: poetry splits setting names at dots and joins the parts with underscores."""
    return name.upper().replace("-", "_").replace(".", "_")
