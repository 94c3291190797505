"""`maturin upload` and `maturin publish`, as maturin 1.14 reads them."""

from collections.abc import Mapping

from preflight.workflows.clients.options import Grammar, from_environment, read_options
from preflight.workflows.launchers import Launch
from preflight.workflows.upload_model import (
    PYPI,
    TESTPYPI,
    Configured,
    IndexChoice,
    Trust,
    TrustedPublishing,
    Upload,
    configured_names,
    configured_value,
)
from preflight.workflows.values import Value

NAMES: Mapping[str, str] = {"pypi": PYPI, "testpypi": TESTPYPI}
TRUSTED_PUBLISHING = TrustedPublishing(Trust.FIRST, "0.15.0")
"""maturin: src/upload.rs, `resolve_pypi_cred`.

MATURIN_PYPI_TOKEN, even when it is empty, wins; then on GitHub Actions trusted publishing; only then come a .pypirc,
and the user name and password of options and variables.
"""
_PUBLISHING_VALUED = {"--repository": "-r", "--repository-url": "", "--username": "-u", "--password": "-p"}
_PUBLISHING_FLAGS = {"--skip-existing": "", "--non-interactive": "", "--verbose": "-v", "--help": "-h"}
_UPLOAD = Grammar(_PUBLISHING_VALUED, _PUBLISHING_FLAGS)
_PUBLISH = Grammar(
    {
        **_PUBLISHING_VALUED,
        "--interpreter": "-i",
        "--bindings": "-b",
        "--manifest-path": "-m",
        "--out": "-o",
        "--target": "",
        "--compatibility": "--manylinux",
        "--auditwheel": "",
        "--profile": "",
        "--features": "-F",
        "--jobs": "-j",
        "--color": "",
        "--config": "",
        "--target-dir": "",
        "--message-format": "",
        "--future-incompat-report": "",
    },
    {
        **_PUBLISHING_FLAGS,
        "--debug": "",
        "--no-strip": "",
        "--no-sdist": "",
        "--release": "",
        "--strip": "-s",
        "--zig": "",
        "--locked": "",
        "--frozen": "",
        "--offline": "",
        "--all-features": "",
        "--no-default-features": "",
        "--universal2": "",
        "--find-interpreter": "-f",
        "--skip-auditwheel": "",
        "--quiet": "-q",
        "--sdist": "",
    },
)
_GLOBAL = Grammar({}, {"--verbose": "-v", "--help": "-h", "--version": "-V"})


def read(launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]) -> Upload | None:
    """maturin: src/upload.rs `PublishOpt`, `complete_registry`; src/main.rs. `publish` builds what it uploads."""
    command = read_options(launch.arguments, _GLOBAL, first_operand=True)
    subcommand = command.operands[0].literal if command.operands else None
    if subcommand not in ("upload", "publish"):
        return None
    options = read_options(command.operands[1:], _UPLOAD if subcommand == "upload" else _PUBLISH)
    if "--help" in options.flags:
        return None
    name = options.setting("--repository") or from_environment(environment, "MATURIN_REPOSITORY")
    section = (name.value.literal if name is not None else "pypi") or ""
    # A .pypirc wins over options and variables.
    username = configured_value(configured, ".pypirc", "username", section)
    password = configured_value(configured, ".pypirc", "password", section)
    if username is None or password is None:
        username = options.setting("--username") or from_environment(environment, "MATURIN_USERNAME")
        password = options.setting("--password") or from_environment(environment, "MATURIN_PASSWORD")
    return Upload(
        client="maturin",
        subcommand=subcommand,
        index=IndexChoice(
            options.setting("--repository-url") or from_environment(environment, "MATURIN_REPOSITORY_URL"),
            name,
            names={**NAMES, **configured_names(configured, ".pypirc")},
        ),
        trusted=TRUSTED_PUBLISHING,
        username=username,
        password=password,
        token=from_environment(environment, "MATURIN_PYPI_TOKEN"),
        files=options.operands if subcommand == "upload" else (),
        builds=subcommand == "publish",
        skip_existing=options.switch("--skip-existing"),
        verbose=options.switch("--verbose") or command.switch("--verbose"),
        unread=options.unread,
        other_credentials=tuple(entry.setting.name for entry in configured if entry.kind == "opaque"),
    )
