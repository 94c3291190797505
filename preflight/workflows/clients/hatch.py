"""`hatch publish`, as hatch 1.18 reads it, and `hatch config set` before it."""

from collections.abc import Mapping

from preflight.workflows.clients.options import Grammar, from_environment, is_plainly_empty, read_options
from preflight.workflows.launchers import Launch
from preflight.workflows.upload_model import (
    NO_TRUSTED_PUBLISHING,
    PYPI,
    TESTPYPI,
    TOKEN_USERNAME,
    Configured,
    IndexChoice,
    Origin,
    Setting,
    Upload,
    by_default,
    configured_value,
    switch,
)
from preflight.workflows.values import Value, text

NAMES: Mapping[str, str] = {"main": PYPI, "test": TESTPYPI}
_GLOBAL = Grammar(
    {"--env": "-e", "--project": "-p", "--data-dir": "", "--cache-dir": "", "--config": ""},
    {
        "--verbose": "-v",
        "--quiet": "-q",
        "--color": "",
        "--no-color": "",
        "--interactive": "",
        "--no-interactive": "",
        "--version": "",
        "--help": "-h",
    },
)
_PUBLISH = Grammar(
    {
        "--repo": "-r",
        "--user": "-u",
        "--auth": "-a",
        "--ca-cert": "",
        "--client-cert": "",
        "--client-key": "",
        "--publisher": "-p",
        "--option": "-o",
    },
    {"--no-prompt": "-n", "--initialize-auth": "", "--yes": "-y", "--help": "-h"},
)


def read(launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]) -> Upload | None:
    """hatch: cli/publish/__init__.py, publish/index.py, publish/auth.py. No trusted publishing.

    `--repo` takes a name (`main` is PyPI, `test` TestPyPI) or a URL. Files that the index has are passed over.
    """
    command = read_options(launch.arguments, _GLOBAL, first_operand=True)
    if not command.operands or command.operands[0].literal != "publish":
        return None
    options = read_options(command.operands[1:], _PUBLISH)
    publisher = options.setting("--publisher") or from_environment(environment, "HATCH_PUBLISHER")
    if "--help" in options.flags or (publisher is not None and publisher.value.literal not in ("index", "", None)):
        return None
    repository = (
        options.setting("--repo")
        or from_environment(environment, "HATCH_INDEX_REPO")
        or configured_value(configured, "hatch", "repo", "")
    )
    if is_plainly_empty(repository):
        repository = None
    literal = (repository.value.prefix if repository is not None else "main") or ""
    is_url = "://" in literal
    named = configured_value(configured, "hatch", "url", literal) if not is_url else None
    user = options.setting("--user") or from_environment(environment, "HATCH_INDEX_USER")
    auth = options.setting("--auth") or from_environment(environment, "HATCH_INDEX_AUTH")
    return Upload(
        client="hatch",
        subcommand="publish",
        index=IndexChoice(repository if is_url else named, None if is_url else repository, names=NAMES, takes_url=True),
        trusted=NO_TRUSTED_PUBLISHING,
        username=user
        or configured_value(configured, "hatch", "username", literal)
        or configured_value(configured, "hatch", "username", "")
        or by_default(TOKEN_USERNAME),
        password=auth
        or configured_value(configured, "hatch", "password", literal)
        or configured_value(configured, "hatch", "password", ""),
        files=options.operands or (text("dist/*"),),
        skip_existing=switch(Origin.CLIENT, "hatch publish"),
        verbose=command.switch("--verbose"),
        unread=options.unread,
        other_credentials=tuple(entry.setting.name for entry in configured if entry.kind in ("opaque", "keyring")),
        directory=command.values.get("--project"),
    )


def read_configuration(launch: Launch) -> tuple[Configured, ...]:
    """`hatch config set publish.index.… VALUE`."""
    command = read_options(launch.arguments, _GLOBAL, first_operand=True)
    literals = [word.literal for word in command.operands[:2]]
    if literals != ["config", "set"] or len(command.operands) < 4:
        return ()
    key = command.operands[2].literal or ""
    setting = Setting(command.operands[3], Origin.STEP, f"hatch config set {key}")
    parts = key.split(".")
    if parts[:2] != ["publish", "index"]:
        return ()
    kinds = {"repo": "repo", "user": "username", "auth": "password", "url": "url"}
    if len(parts) == 3 and parts[2] in kinds:
        return (Configured("hatch", kinds[parts[2]], "", setting),)
    if len(parts) == 5 and parts[2] == "repos" and parts[4] in kinds:
        return (Configured("hatch", kinds[parts[4]], parts[3], setting),)
    return ()
