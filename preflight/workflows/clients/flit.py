"""`flit publish`, as flit 3 and 4 read it."""

from collections.abc import Mapping

from preflight.workflows.clients.options import Grammar, from_environment, is_plainly_empty, read_options
from preflight.workflows.launchers import Launch
from preflight.workflows.upload_model import (
    NO_TRUSTED_PUBLISHING,
    PYPI,
    Configured,
    IndexChoice,
    Upload,
    configured_names,
    configured_value,
)
from preflight.workflows.values import Value

_GLOBAL = Grammar(
    {"--ini-file": "-f", "--repository": ""},
    {"--version": "-V", "--debug": "", "--logo": "", "--help": "-h"},
    abbreviates=True,
)
_PUBLISH = Grammar(
    {"--format": "", "--pypirc": "", "--repository": ""},
    {"--use-vcs": "", "--no-use-vcs": "", "--setup-py": "", "--no-setup-py": "", "--help": "-h"},
    abbreviates=True,
)


def read(launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]) -> Upload | None:
    """flit: __init__.py and upload.py, `get_repository`. No trusted publishing; it builds what it uploads.

    A repository is a section of a .pypirc; FLIT_INDEX_URL is for when none is named.
    """
    command = read_options(launch.arguments, _GLOBAL, first_operand=True)
    if not command.operands or command.operands[0].literal != "publish":
        return None
    options = read_options(command.operands[1:], _PUBLISH)
    if "--help" in options.flags:
        return None
    name = options.setting("--repository") or command.setting("--repository")
    section = (name.value.literal if name is not None else "pypi") or ""
    password = from_environment(environment, "FLIT_PASSWORD")
    stored = configured_value(configured, ".pypirc", "password", section)
    return Upload(
        client="flit",
        subcommand="publish",
        index=IndexChoice(
            from_environment(environment, "FLIT_INDEX_URL") if name is None else None,
            name,
            names={"pypi": PYPI, **configured_names(configured, ".pypirc")},
        ),
        trusted=NO_TRUSTED_PUBLISHING,
        username=from_environment(environment, "FLIT_USERNAME")
        or configured_value(configured, ".pypirc", "username", section),
        password=stored if password is None or is_plainly_empty(password) else password,
        builds=True,
        config_file=options.setting("--pypirc"),
        unread=(*options.unread, *options.operands),
        other_credentials=tuple(entry.setting.name for entry in configured if entry.kind in ("opaque", "keyring")),
    )
