"""`pdm publish`, as pdm 2.28 reads it, and `pdm config` before it."""

from collections.abc import Mapping

from preflight.workflows.clients.options import Grammar, from_environment, is_plainly_empty, read_options
from preflight.workflows.launchers import Launch
from preflight.workflows.upload_model import (
    PYPI,
    TESTPYPI,
    TOKEN_USERNAME,
    Configured,
    IndexChoice,
    Origin,
    Setting,
    Trust,
    TrustedPublishing,
    Upload,
    by_default,
    configured_names,
    configured_value,
)
from preflight.workflows.values import Literal, Value, text

NAMES: Mapping[str, str] = {"pypi": PYPI, "testpypi": TESTPYPI}
TRUSTED_PUBLISHING = TrustedPublishing(Trust.WITHOUT_CREDENTIALS, "2.6.0", empty_counts_as_absent=True)
"""pdm: cli/commands/publish/repository.py, `_ensure_credentials`: tried for every index where no password is found."""
_GLOBAL = Grammar(
    {"--config": "-c"},
    {
        "--version": "-V",
        "--ignore-python": "-I",
        "--no-cache": "",
        "--non-interactive": "-n",
        "--help": "-h",
        "--pep582": "",
    },
    abbreviates=True,
)
_PUBLISH = Grammar(
    {
        "--project": "-p",
        "--skip": "-k",
        "--repository": "-r",
        "--username": "-u",
        "--password": "-P",
        "--identity": "-i",
        "--comment": "-c",
        "--dest": "-d",
        "--ca-certs": "",
    },
    {
        "--verbose": "-v",
        "--quiet": "-q",
        "--sign": "-S",
        "--no-build": "",
        "--skip-existing": "",
        "--no-very-ssl": "",
        "--help": "-h",
    },
    abbreviates=True,
)
_CONFIG = Grammar(
    {"--project": "-p"},
    {
        "--local": "-l",
        "--delete": "-d",
        "--global": "-g",
        "--edit": "-e",
        "--verbose": "-v",
        "--quiet": "-q",
        "--help": "-h",
    },
    abbreviates=True,
)


def read(launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]) -> Upload | None:
    """pdm: cli/commands/publish/__init__.py. It builds first unless told not to; a repository is a name or a URL."""
    command = read_options(launch.arguments, _GLOBAL, first_operand=True)
    if not command.operands or command.operands[0].literal != "publish":
        return None
    options = read_options(command.operands[1:], _PUBLISH)
    if "--help" in options.flags:
        return None
    repository = options.setting("--repository")
    if repository is None or is_plainly_empty(repository):
        repository = from_environment(environment, "PDM_PUBLISH_REPO")
    literal = (repository.value.prefix if repository is not None else "pypi") or ""
    is_url = "://" in literal
    username = _first(options.setting("--username"), from_environment(environment, "PDM_PUBLISH_USERNAME"))
    password = _first(options.setting("--password"), from_environment(environment, "PDM_PUBLISH_PASSWORD"))
    directory = options.values.get("--dest") or text("dist")
    return Upload(
        client="pdm",
        subcommand="publish",
        index=IndexChoice(
            repository if is_url else None,
            None if is_url else repository,
            names={**NAMES, **configured_names(configured, "pdm")},
            takes_url=True,
        ),
        trusted=TRUSTED_PUBLISHING,
        username=username or configured_value(configured, "pdm", "username", literal) or by_default(TOKEN_USERNAME),
        password=password or configured_value(configured, "pdm", "password", literal),
        files=(directory.joined(Value((Literal("/*"),))),),
        builds="--no-build" not in options.flags,
        skip_existing=options.switch("--skip-existing"),
        verbose=options.switch("--verbose"),
        unread=(*options.unread, *options.operands),
        directory=options.values.get("--project"),
    )


def read_configuration(launch: Launch) -> tuple[Configured, ...]:
    """`pdm config repository.NAME.url VALUE` and its like."""
    command = read_options(launch.arguments, _GLOBAL, first_operand=True)
    if not command.operands or command.operands[0].literal != "config":
        return ()
    options = read_options(command.operands[1:], _CONFIG)
    if len(options.operands) < 2 or "--delete" in options.flags:
        return ()
    key = options.operands[0].literal or ""
    parts = key.split(".")
    if len(parts) != 3 or parts[0] != "repository" or parts[2] not in ("url", "username", "password"):
        return ()
    return (Configured("pdm", parts[2], parts[1], Setting(options.operands[1], Origin.STEP, f"pdm config {key}")),)


def _first(flag: Setting | None, variable: Setting | None) -> Setting | None:
    """An empty flag gives way to the variable."""
    return variable if flag is None or is_plainly_empty(flag) else flag
