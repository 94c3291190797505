"""`twine upload`, as twine 7.0 reads it. `twine check` sends nothing and is no upload."""

import re
from collections.abc import Mapping

from preflight.workflows.clients.options import Grammar, from_environment, is_plainly_empty, read_options
from preflight.workflows.launchers import Launch
from preflight.workflows.upload_model import (
    NO_TRUSTED_PUBLISHING,
    PYPI,
    TESTPYPI,
    TOKEN_USERNAME,
    Attestations,
    Configured,
    IndexChoice,
    Setting,
    Trust,
    TrustedPublishing,
    Upload,
    by_default,
    configured_names,
    configured_value,
)
from preflight.workflows.values import Value

TRUSTED_PUBLISHING_SINCE = "6.1.0"
NAMES: Mapping[str, str] = {"pypi": PYPI, "testpypi": TESTPYPI}
"""twine: utils.py, `get_config`: the names that need no section in a .pypirc."""

_GLOBAL = Grammar({}, {"--no-color": "", "--version": "", "--help": "-h"}, abbreviates=True)
_UPLOAD = Grammar(
    {
        "--repository": "-r",
        "--repository-url": "",
        "--sign-with": "",
        "--identity": "-i",
        "--username": "-u",
        "--password": "-p",
        "--comment": "-c",
        "--config-file": "",
        "--cert": "",
        "--client-cert": "",
    },
    {
        "--attestations": "",
        "--sign": "-s",
        "--non-interactive": "",
        "--skip-existing": "",
        "--verbose": "",
        "--disable-progress-bar": "",
        "--help": "-h",
    },
    abbreviates=True,
)


def read(launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]) -> Upload | None:
    """twine: cli.py, commands/upload.py, settings.py, auth.py and utils.py."""
    command = read_options(launch.arguments, _GLOBAL, first_operand=True)
    subcommand = command.operands[0].literal if command.operands else None
    if subcommand not in ("upload", "register"):
        return None
    options = read_options(command.operands[1:], _UPLOAD)
    if "--help" in options.flags:
        return None
    name = options.setting("--repository") or from_environment(environment, "TWINE_REPOSITORY")
    url = options.setting("--repository-url") or from_environment(environment, "TWINE_REPOSITORY_URL")
    index = IndexChoice(
        None if is_plainly_empty(url) else url,
        name,
        names={**NAMES, **configured_names(configured, ".pypirc")},
    )
    section = (name.value.literal if name is not None else "pypi") or "" if index.url is None else ""
    username = options.setting("--username") or from_environment(environment, "TWINE_USERNAME")
    password = options.setting("--password") or from_environment(environment, "TWINE_PASSWORD")
    attestations = options.switch("--attestations")
    return Upload(
        client="twine",
        subcommand=subcommand,
        index=index,
        trusted=trusted_publishing(launch.requirement),
        username=username or configured_value(configured, ".pypirc", "username", section) or by_default(TOKEN_USERNAME),
        password=password or configured_value(configured, ".pypirc", "password", section),
        files=options.operands,
        sends_files=subcommand == "upload",
        skip_existing=options.switch("--skip-existing"),
        verbose=options.switch("--verbose"),
        attestations=Attestations.REQUIRED if attestations else Attestations.NONE,
        attestations_setting=attestations,
        config_file=options.setting("--config-file"),
        unread=options.unread,
        other_credentials=_hidden_places(configured, options.setting("--config-file")),
    )


def trusted_publishing(requirement: str | None) -> TrustedPublishing:
    """twine: auth.py. Tried for PyPI and TestPyPI where neither option, variable, .pypirc nor keyring has a password.

    An empty password counts as one: twine then stops, since it "could not determine credentials".
    """
    pinned = re.fullmatch(r"(?:==)?\s*v?(\d+)(?:\.(\d+))?[\w.]*", requirement or "")
    if pinned is not None and (int(pinned[1]), int(pinned[2] or 0)) < (6, 1):
        return NO_TRUSTED_PUBLISHING
    return TrustedPublishing(Trust.WITHOUT_CREDENTIALS, TRUSTED_PUBLISHING_SINCE, only_pypi=True)


def _hidden_places(configured: tuple[Configured, ...], config_file: Setting | None) -> tuple[str, ...]:
    places = [entry.setting.name for entry in configured if entry.kind in ("opaque", "keyring")]
    if config_file is not None:
        places.append(config_file.name)
    return tuple(places)
