"""Clients that are retired or wrap another one: setup.py, rye, python-semantic-release 7, jupyter-releaser, autopub."""

import re
from collections.abc import Mapping
from dataclasses import replace

from preflight.workflows.clients.options import Grammar, from_environment, is_plainly_empty, read_options
from preflight.workflows.launchers import Launch
from preflight.workflows.upload_model import (
    NO_TRUSTED_PUBLISHING,
    PYPI,
    TOKEN_USERNAME,
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
from preflight.workflows.values import Opaque, Value, text

_SETUP = Grammar(
    {
        "--repository": "-r",
        "--identity": "-i",
        "--dist-dir": "-d",
        "--formats": "",
        "--plat-name": "-p",
        "--python-tag": "",
        "--bdist-dir": "-b",
        "--build-number": "",
        "--py-limited-api": "",
        "--tag-build": "",
        "--command-packages": "",
    },
    {
        "--sign": "-s",
        "--show-response": "",
        "--quiet": "-q",
        "--verbose": "-v",
        "--dry-run": "-n",
        "--universal": "",
        "--help": "-h",
    },
)
_RYE = Grammar(
    {"--repository": "-r", "--repository-url": "", "--username": "-u", "--token": "", "--identity": "-i", "--cert": ""},
    {"--sign": "", "--skip-existing": "", "--yes": "-y", "--verbose": "-v", "--quiet": "-q", "--help": "-h"},
)
_SEMANTIC_RELEASE = Grammar(
    {"--config": "-c", "--define": "-D", "--verbosity": "-v", "--patch": ""},
    {"--noop": "", "--verbose": "-vv", "--strict": "", "--retry": "", "--help": "-h"},
)
_JUPYTER_RELEASER = Grammar(
    {
        "--twine-cmd": "",
        "--twine-repository-url": "",
        "--npm-token": "",
        "--npm-cmd": "",
        "--npm-registry": "",
        "--npm-tag": "",
        "--dist-dir": "",
        "--release-url": "",
        "--auth": "",
        "--python-package": "",
        "--python-packages": "",
    },
    {"--dry-run": "", "--force": "", "--help": "-h"},
)
_AUTOPUB = Grammar({"--repository": "-r", "--plugin": ""}, {"--help": "-h"})
_RELEASER_ACTIONS = frozenset(("jupyter_releaser.actions.finalize_release", "jupyter_releaser.actions.publish_release"))


def read_setup_py(
    launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]
) -> Upload | None:
    """`python setup.py … upload` and `register`: distutils' commands, which PyPI has long stopped to serve.

    Python 3.11, distutils/command/upload.py and distutils/config.py: `-r` takes a URL or a section of a .pypirc.
    """
    options = read_options(launch.arguments, _SETUP)
    commands = [word.literal for word in options.operands]
    subcommand = "upload" if "upload" in commands else "register" if "register" in commands else None
    if subcommand is None or "--help" in options.flags:
        return None
    repository = options.setting("--repository")
    literal = (repository.value.prefix if repository is not None else "pypi") or ""
    is_url = "://" in literal
    return Upload(
        client="setup.py",
        subcommand=subcommand,
        index=IndexChoice(
            repository if is_url else None,
            None if is_url else repository,
            names={"pypi": PYPI, **configured_names(configured, ".pypirc")},
            takes_url=True,
        ),
        trusted=NO_TRUSTED_PUBLISHING,
        username=configured_value(configured, ".pypirc", "username", literal),
        password=configured_value(configured, ".pypirc", "password", literal),
        builds=True,
        sends_files=subcommand == "upload",
        dry_run=options.switch("--dry-run"),
        unread=options.unread,
        other_credentials=(".pypirc",),
    )


def read_rye(launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]) -> Upload | None:
    """`rye publish`. rye: rye/src/cli/publish.rs; it hands the files to twine with a token, never without."""
    command = read_options(launch.arguments, _RYE, first_operand=True)
    if not command.operands or command.operands[0].literal != "publish":
        return None
    options = read_options(command.operands[1:], _RYE)
    token = options.setting("--token")
    return Upload(
        client="rye",
        subcommand="publish",
        index=IndexChoice(options.setting("--repository-url"), options.setting("--repository"), names={"pypi": PYPI}),
        trusted=NO_TRUSTED_PUBLISHING,
        username=options.setting("--username") or by_default(TOKEN_USERNAME),
        password=token,
        files=options.operands or (text("dist/*"),),
        skip_existing=options.switch("--skip-existing"),
        verbose=options.switch("--verbose"),
        unread=options.unread,
        other_credentials=() if token is not None else ("rye credentials",),
    )


def read_semantic_release(
    launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]
) -> Upload | None:
    """`semantic-release publish`: up to release 7 it uploads to PyPI, from 8 on to the release on GitHub alone.

    python-semantic-release 7.34.6: repository.py and defaults.cfg; 8.0 and later: cli/commands/publish.py.
    """
    command = read_options(launch.arguments, _SEMANTIC_RELEASE, first_operand=True)
    if not command.operands or command.operands[0].literal != "publish":
        return None
    pinned = re.match(r"(?:[=~]=)?\s*v?(\d+)", launch.requirement or "")
    if pinned is not None and int(pinned[1]) >= 8:
        return None
    options = read_options(command.operands[1:], _SEMANTIC_RELEASE)
    upload = semantic_release_upload(environment)
    noop = options.switch("--noop") or command.switch("--noop")
    older = Opaque("python-semantic-release is older than 8")
    return replace(upload, dry_run=noop, unread=options.unread, guard=upload.guard if pinned is not None else older)


def semantic_release_upload(environment: Mapping[str, Value]) -> Upload:
    """What release 7 of python-semantic-release uploads, with the variables of its default configuration."""
    username = _first_given(environment, "REPOSITORY_USERNAME", "PYPI_USERNAME")
    return Upload(
        client="semantic-release",
        subcommand="publish",
        index=IndexChoice(from_environment(environment, "REPOSITORY_URL")),
        trusted=NO_TRUSTED_PUBLISHING,
        username=username or by_default(TOKEN_USERNAME),
        password=_first_given(environment, "REPOSITORY_PASSWORD", "PYPI_PASSWORD", "PYPI_TOKEN"),
        files=(text("dist/*"),),
        builds=True,
    )


def read_jupyter_releaser(
    launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]
) -> Upload | None:
    """`jupyter-releaser publish-assets` and the module that its action runs. jupyter_releaser: cli.py, lib.py."""
    upload = jupyter_releaser_upload(environment)
    if launch.program in _RELEASER_ACTIONS:
        return upload
    command = read_options(launch.arguments, _JUPYTER_RELEASER, first_operand=True)
    if not command.operands or command.operands[0].literal != "publish-assets":
        return None
    options = read_options(command.operands[1:], _JUPYTER_RELEASER)
    return replace(
        upload,
        index=IndexChoice(options.setting("--twine-repository-url") or upload.index.url),
        files=options.operands or upload.files,
        dry_run=options.switch("--dry-run") or upload.dry_run,
        unread=options.unread,
    )


def jupyter_releaser_upload(environment: Mapping[str, Value]) -> Upload:
    """jupyter_releaser: python.py, `get_pypi_token`: where an identity token is to be had, PYPI_TOKEN is not read."""
    return Upload(
        client="jupyter-releaser",
        subcommand="publish-assets",
        index=IndexChoice(from_environment(environment, "TWINE_REPOSITORY_URL")),
        trusted=TrustedPublishing(Trust.FIRST, empty_counts_as_absent=True),
        username=from_environment(environment, "TWINE_USERNAME") or by_default(TOKEN_USERNAME),
        password=_first_given(environment, "PYPI_TOKEN", "PYPI_TOKEN_MAP"),
        files=(text("dist/*"),),
        dry_run=from_environment(environment, "RH_DRY_RUN"),
    )


def read_autopub(launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]) -> Upload | None:
    """`autopub publish`: hands over to uv, poetry or pdm, as the project's configuration says. autopub: plugins/."""
    command = read_options(launch.arguments, _AUTOPUB, first_operand=True)
    if not command.operands or command.operands[0].literal != "publish":
        return None
    options = read_options(command.operands[1:], _AUTOPUB)
    return replace(autopub_upload(environment), index=IndexChoice(None, options.setting("--repository")))


def autopub_upload(environment: Mapping[str, Value]) -> Upload:
    """autopub: plugins/ hand over to uv, poetry or pdm since 1.0; releases before it ran twine."""
    return Upload(
        client="autopub",
        subcommand="publish",
        index=IndexChoice(),
        trusted=TrustedPublishing(Trust.WITHOUT_CREDENTIALS, empty_counts_as_absent=True),
        token=_first_given(environment, "UV_PUBLISH_TOKEN", "POETRY_PYPI_TOKEN_PYPI"),
        username=_first_given(environment, "PDM_PUBLISH_USERNAME", "TWINE_USERNAME"),
        password=_first_given(environment, "PDM_PUBLISH_PASSWORD", "TWINE_PASSWORD"),
        files=(text("dist/*"),),
    )


def _first_given(environment: Mapping[str, Value], *names: str) -> Setting | None:
    for name in names:
        setting = from_environment(environment, name)
        if setting is not None and not is_plainly_empty(setting):
            return setting
    return None
