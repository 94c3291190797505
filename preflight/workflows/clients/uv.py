"""`uv publish`, as uv 0.12 and 0.13 read it."""

from collections.abc import Mapping

from preflight.workflows.clients.options import Grammar, from_environment, read_options
from preflight.workflows.launchers import Launch
from preflight.workflows.upload_model import (
    TOKEN_USERNAME,
    Attestations,
    Configured,
    IndexChoice,
    Setting,
    Trust,
    TrustedPublishing,
    Upload,
    by_default,
    is_true,
)
from preflight.workflows.values import Value, text, unknown

DEFAULT_FILES = "dist/*"
_GLOBAL_VALUED = {
    "--cache-dir": "",
    "--color": "",
    "--allow-insecure-host": "--trusted-host",
    "--directory": "",
    "--project": "",
    "--config-file": "",
    "--preview-features": "",
    "--python-preference": "",
}
_GLOBAL_FLAGS = {
    "--quiet": "-q",
    "--verbose": "-v",
    "--no-cache": "-n --no-cache-dir",
    "--native-tls": "",
    "--system-certs": "",
    "--offline": "",
    "--no-progress": "",
    "--no-config": "",
    "--no-python-downloads": "",
    "--managed-python": "",
    "--no-managed-python": "",
    "--preview": "",
    "--no-preview": "",
    "--help": "-h",
    "--version": "-V",
}
_GLOBAL = Grammar(_GLOBAL_VALUED, _GLOBAL_FLAGS)
_PUBLISH = Grammar(
    {
        **_GLOBAL_VALUED,
        "--index": "",
        "--username": "-u",
        "--password": "-p",
        "--token": "-t",
        "--trusted-publishing": "",
        "--keyring-provider": "",
        "--publish-url": "",
        "--check-url": "",
    },
    {**_GLOBAL_FLAGS, "--skip-existing": "", "--dry-run": "", "--no-attestations": "", "--direct": ""},
)


def read(launch: Launch, environment: Mapping[str, Value], configured: tuple[Configured, ...]) -> Upload | None:
    """uv: crates/uv-cli/src/lib.rs `PublishArgs`, crates/uv/src/settings.rs, crates/uv/src/commands/publish.rs."""
    command = read_options(launch.arguments, _GLOBAL, first_operand=True)
    if not command.operands or command.operands[0].literal != "publish":
        return None
    options = read_options(command.operands[1:], _PUBLISH)
    if "--help" in options.flags:
        return None
    token = options.setting("--token") or from_environment(environment, "UV_PUBLISH_TOKEN")
    username = options.setting("--username") or from_environment(environment, "UV_PUBLISH_USERNAME")
    keyring = options.setting("--keyring-provider") or from_environment(environment, "UV_KEYRING_PROVIDER")
    uses_keyring = keyring is not None and keyring.value.literal != "disabled"
    without = options.switch("--no-attestations") or from_environment(environment, "UV_PUBLISH_NO_ATTESTATIONS")
    attests = without is None or is_true(without, unknown) is False
    index = options.setting("--index") or from_environment(environment, "UV_PUBLISH_INDEX")
    return Upload(
        client="uv",
        subcommand="publish",
        index=IndexChoice(
            None if index else options.setting("--publish-url") or from_environment(environment, "UV_PUBLISH_URL"),
            index,
        ),
        trusted=_trusted_publishing(options.setting("--trusted-publishing"), uses_keyring=uses_keyring),
        username=username if token is None else by_default(TOKEN_USERNAME),
        password=options.setting("--password") or from_environment(environment, "UV_PUBLISH_PASSWORD"),
        token=token,
        files=options.operands or (text(DEFAULT_FILES),),
        skip_existing=options.switch("--skip-existing"),
        dry_run=options.switch("--dry-run"),
        verbose=options.switch("--verbose") or command.switch("--verbose"),
        attestations=Attestations.IF_PRESENT if attests else Attestations.NONE,
        attestations_setting=without,
        check_url=options.setting("--check-url") or from_environment(environment, "UV_PUBLISH_CHECK_URL") or index,
        config_file=options.setting("--config-file") or command.setting("--config-file"),
        unread=options.unread,
        other_credentials=("keyring",) if uses_keyring else (),
        directory=options.values.get("--directory") or command.values.get("--directory"),
    )


def _trusted_publishing(chosen: Setting | None, *, uses_keyring: bool) -> TrustedPublishing:
    """uv: crates/uv-publish/src/lib.rs `check_trusted_publishing`.

    `automatic`, the default, tries it where there is neither user name, password nor keyring. A variable that is set
    but empty counts as a credential.
    """
    mode = chosen.value.literal if chosen is not None else "automatic"
    use = {"always": Trust.ALWAYS, "never": Trust.NEVER}.get(mode or "", Trust.WITHOUT_CREDENTIALS)
    if use is Trust.WITHOUT_CREDENTIALS and uses_keyring:
        use = Trust.NEVER
    return TrustedPublishing(use, "0.4.16", setting=chosen)
