"""What an action that uploads does, read from its inputs and environment. Downloads no action.

For each action its own files are cited; what is not named here is unknown, not harmless.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from preflight.sources.records import dataclass
from preflight.workflows.clients.older import autopub_upload, jupyter_releaser_upload, semantic_release_upload
from preflight.workflows.clients.options import from_environment, is_plainly_empty
from preflight.workflows.publish_action import ActionRelease, read_ref
from preflight.workflows.shell import read_script
from preflight.workflows.upload_model import (
    NO_TRUSTED_PUBLISHING,
    PYPI,
    TESTPYPI,
    TOKEN_USERNAME,
    Attestations,
    IndexChoice,
    Origin,
    Setting,
    Trust,
    TrustedPublishing,
    Upload,
    by_default,
)
from preflight.workflows.uploads import read_upload
from preflight.workflows.values import (
    ALWAYS,
    NEVER,
    Comparison,
    Condition,
    Literal,
    Opaque,
    Value,
    both,
    merged,
    text,
)


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The inputs of one use of an action. GitHub does not look at the case of their names."""

    values: Mapping[str, Value]
    environment: Mapping[str, Value]
    ref: str

    def get(self, *names: str) -> Setting | None:
        """The first of these inputs that is not plainly empty."""
        for name in names:
            value = self.values.get(name)
            if value is not None:
                setting = Setting(value, Origin.INPUT, name)
                if not is_plainly_empty(setting):
                    return setting
        return None

    def value(self, name: str, default: str) -> Value:
        setting = self.get(name)
        return setting.value if setting is not None else text(default)

    def switched(self, name: str, *, default: bool) -> Setting | None:
        """A switch that is on or off by default; None when it is off and nobody says otherwise."""
        setting = self.get(name)
        if setting is None:
            return Setting(text("true"), Origin.CLIENT, name) if default else None
        return setting

    def when(self, name: str, wanted: str, *, default: str = "") -> Condition | None:
        """The condition that an input is `wanted`; None when it certainly is not."""
        value = self.value(name, default)
        literal = value.literal
        if literal is None:
            return Comparison(value, "==", text(wanted))
        return ALWAYS if literal.strip().lower() == wanted else None


def read_action_upload(
    name: str, inputs: Mapping[str, Value], environment: Mapping[str, Value], ref: str = ""
) -> Upload | None:
    """What `uses: name@ref` uploads; None for an action that uploads nothing, or that is not known to.

    `name` is `owner/repository`, with the path behind it where there is one.
    """
    reader = _READERS.get(name.strip("/").lower())
    if reader is None:
        return None
    return reader(_Inputs({key.lower(): value for key, value in inputs.items()}, environment, ref))


def uploading_action(name: str) -> bool:
    """Whether an action is one of those that may upload."""
    return name.strip("/").lower() in _READERS


def _publish_action(inputs: _Inputs) -> Upload:
    """`pypa/gh-action-pypi-publish`: action.yml, twine-upload.sh, oidc-exchange.py.

    No password and the user name `__token__` mean trusted publishing; then the files are signed, for PyPI and TestPyPI.
    """
    release = read_ref(inputs.ref).release
    known = {name: value for name, value in inputs.values.items() if release is None or release.has_input(name)}
    known_inputs = replace(inputs, values=known)
    url = known_inputs.get("repository-url", "repository_url")
    folder = known_inputs.get("packages-dir", "packages_dir")
    user = known_inputs.get("user")
    attestations = known_inputs.get("attestations")
    return Upload(
        client="gh-action-pypi-publish",
        subcommand="upload",
        index=IndexChoice(url),
        trusted=_publish_action_trust(user, release),
        username=user or by_default(TOKEN_USERNAME),
        password=known_inputs.get("password"),
        files=(_everything_in(folder.value if folder is not None else text("dist")),),
        skip_existing=known_inputs.get("skip-existing", "skip_existing"),
        verbose=known_inputs.get("verbose"),
        attestations=_publish_action_attestations(attestations, release),
        attestations_setting=attestations,
        verify_metadata=known_inputs.get("verify-metadata", "verify_metadata") or by_default("true"),
        print_hash=known_inputs.get("print-hash", "print_hash"),
        requirement=None if release is None else str(release),
    )


def _publish_action_trust(user: Setting | None, release: ActionRelease | None) -> TrustedPublishing:
    literal = TOKEN_USERNAME if user is None else user.value.literal
    if (release is not None and not release.trusted_publishing) or literal not in (TOKEN_USERNAME, None):
        return NO_TRUSTED_PUBLISHING
    return TrustedPublishing(Trust.UNLESS_PASSWORD, "1.8.0", empty_counts_as_absent=True)


def _publish_action_attestations(setting: Setting | None, release: ActionRelease | None) -> Attestations:
    mode = "default" if release is None else release.attestations
    if mode == "none" or (mode == "optional" and setting is None):
        return Attestations.NONE
    if setting is not None and (setting.value.literal or "").strip().lower() == "false":
        return Attestations.NONE
    return Attestations.MADE


def _everything_in(folder: Value) -> Value:
    """The pattern of all files of a folder, whose name may end with a slash."""
    pieces = folder.pieces
    if pieces and isinstance(last := pieces[-1], Literal):
        pieces = (*pieces[:-1], Literal(last.text.removesuffix("/")))
    return Value(merged((*pieces, Literal("/*"))), folder.raw, folder.start, folder.end)


def _poetry_publish(inputs: _Inputs) -> Upload:
    """`JRubics/poetry-publish`: action.yml, entrypoint.sh. Without both a name and a URL it goes to PyPI."""
    options = inputs.get("poetry_publish_options")
    literal = "" if options is None else options.value.literal
    said = (literal or "").split()
    named = inputs.get("repository_name") is not None
    user, password = inputs.get("repository_username"), inputs.get("repository_password")
    with_password = named and inputs.get("repository_url") is not None and user is not None and password is not None
    return Upload(
        client="poetry-publish",
        subcommand="publish",
        index=IndexChoice(inputs.get("repository_url") if named else None),
        trusted=NO_TRUSTED_PUBLISHING,
        username=user if with_password else by_default(TOKEN_USERNAME),
        password=password if with_password else None,
        token=None if with_password else inputs.get("pypi_token"),
        builds=True,
        skip_existing=options if "--skip-existing" in said else None,
        dry_run=options if "--dry-run" in said else None,
        unread=(options.value,) if options is not None and literal is None else (),
        directory=_directory(inputs.get("package_directory")),
    )


def _directory(setting: Setting | None) -> Value | None:
    return None if setting is None or setting.value.literal in (".", "./") else setting.value


def _maturin_action(inputs: _Inputs) -> Upload | None:
    """`PyO3/maturin-action`: action.yml, src/index.ts: runs `maturin COMMAND ARGS`."""
    for command in ("upload", "publish"):
        runs = inputs.when("command", command, default="build")
        if runs is None:
            continue
        arguments = " ".join(str(inputs.value("args", "")).split())
        script = read_script(f"maturin {command} {arguments}")
        upload = read_upload(script.commands[0], inputs.environment) if script.commands else None
        if upload is None:
            return None
        return replace(
            upload,
            guard=both(runs, upload.guard),
            command=None,
            start=0,
            end=0,
            directory=_directory(inputs.get("working-directory")),
        )
    return None


def _semantic_release(inputs: _Inputs) -> Upload | None:
    """`python-semantic-release/python-semantic-release`: up to release 7 it uploads to PyPI, from 8 on it does not.

    v7.34.6: action.yml, action.sh, semantic_release/repository.py; v8.0.0: action.yml.
    """
    major = re.match(r"v?(\d+)(?:\.|$)", inputs.ref) if len(inputs.ref) < 40 else None
    gives_token = inputs.get("pypi_token", "repository_password") is not None
    if (major is not None and int(major[1]) >= 8) or inputs.ref in ("master", "main"):
        return None
    if major is None and not gives_token:
        return None
    upload = semantic_release_upload(inputs.environment)
    options = inputs.get("additional_options")
    said = "" if options is None else options.value.literal or ""
    return replace(
        upload,
        client="python-semantic-release",
        username=inputs.get("repository_username") or by_default(TOKEN_USERNAME),
        password=inputs.get("repository_password", "pypi_token") or upload.password,
        dry_run=options if "--noop" in said.split() else None,
        guard=both(
            ALWAYS if major is not None else Opaque("python-semantic-release is older than 8"),
            Opaque("the commits call for a release"),
        ),
        directory=_directory(inputs.get("directory")),
    )


def _deploy_pypi(inputs: _Inputs) -> Upload | None:
    """`casperdcl/deploy-pypi`: action.yml. Since 2.4.0 no password means trusted publishing."""
    runs = inputs.when("upload", "true", default="true")
    if runs is None:
        return None
    since = re.match(r"v?(\d+)(?:\.(\d+))?", inputs.ref)
    old = since is not None and since[2] is not None and (int(since[1]), int(since[2])) < (2, 4)
    trusted = TrustedPublishing(Trust.UNLESS_PASSWORD, "2.4.0", empty_counts_as_absent=True)
    built = [inputs.get(name) for name in ("build", "setup", "pip")]
    return Upload(
        client="deploy-pypi",
        subcommand="upload",
        index=IndexChoice(inputs.get("url")),
        trusted=NO_TRUSTED_PUBLISHING if old else trusted,
        username=inputs.get("user") or by_default(TOKEN_USERNAME),
        password=inputs.get("password"),
        files=(_everything_in(inputs.value("dist_dir", "dist")),),
        builds=any(setting is not None and setting.value.literal != "false" for setting in built),
        skip_existing=inputs.get("skip_existing"),
        guard=runs,
    )


def _auto_publish(inputs: _Inputs) -> Upload | None:
    """`etils-actions/pypi-auto-publish`: action.yml. Without a token, or with `skip`, nothing goes to PyPI."""
    token = inputs.get("pypi-token")
    if token is None or token.value.literal == "skip":
        return None
    newer = Opaque("the version is newer than the one on PyPI")
    return replace(_build_publish(inputs), client="pypi-auto-publish", guard=newer)


def _build_publish(inputs: _Inputs) -> Upload:
    """`etils-actions/pypi-build-publish`: action.yml: builds, and uploads with twine and a token."""
    return Upload(
        client="pypi-build-publish",
        subcommand="upload",
        index=IndexChoice(from_environment(inputs.environment, "TWINE_REPOSITORY_URL")),
        trusted=NO_TRUSTED_PUBLISHING,
        username=by_default(TOKEN_USERNAME),
        password=inputs.get("pypi-token"),
        files=(text("dist/*"),),
        builds=True,
        directory=_directory(inputs.get("path")),
    )


def _pypi_poetry_publish(inputs: _Inputs) -> Upload:
    """`code-specialist/pypi-poetry-publish`: action.yaml."""
    return Upload(
        client="pypi-poetry-publish",
        subcommand="publish",
        index=IndexChoice(inputs.get("publish_registry")),
        trusted=NO_TRUSTED_PUBLISHING,
        username=inputs.get("publish_registry_username") or by_default(TOKEN_USERNAME),
        password=inputs.get("publish_registry_password"),
        builds=True,
    )


def _celsius_poetry_publish(inputs: _Inputs) -> Upload:
    """`celsiusnarhwal/poetry-publish`: action.yml. `repo` is `pypi`, `testpypi` or a URL."""
    return Upload(
        client="poetry-publish",
        subcommand="publish",
        index=IndexChoice(None, inputs.get("repo"), names={"pypi": PYPI, "testpypi": TESTPYPI}, takes_url=True),
        trusted=NO_TRUSTED_PUBLISHING,
        username=inputs.get("username"),
        password=inputs.get("password"),
        token=inputs.get("token"),
        files=(text("dist/*"),),
        builds=inputs.value("build", "true").literal == "true",
    )


def _coveo_publish(inputs: _Inputs) -> Upload:
    """`coveooss/pypi-publish-with-poetry`: action.yml."""
    return Upload(
        client="pypi-publish-with-poetry",
        subcommand="publish",
        index=IndexChoice(),
        trusted=NO_TRUSTED_PUBLISHING,
        username=by_default(TOKEN_USERNAME),
        token=inputs.get("pypi-token"),
        builds=True,
        dry_run=inputs.get("dry-run"),
        directory=_directory(inputs.get("pyproject-folder")),
    )


def _circuitpython_release(inputs: _Inputs) -> Upload:
    """`adafruit/workflows-circuitpython-libs/release-pypi`: action.yml: builds, and uploads with twine, where there is a pyproject.toml."""
    return Upload(
        client="circuitpython-release-pypi",
        subcommand="upload",
        index=IndexChoice(from_environment(inputs.environment, "TWINE_REPOSITORY_URL")),
        trusted=NO_TRUSTED_PUBLISHING,
        username=inputs.get("pypi-username"),
        password=inputs.get("pypi-password"),
        files=(text("dist/*"),),
        builds=True,
    )


def _autopub(inputs: _Inputs) -> Upload | None:
    """`autopub/autopub-action`: action.yml. `command: publish` uploads, with a token or by trusted publishing."""
    runs = inputs.when("command", "publish")
    if runs is None:
        return None
    upload = autopub_upload(inputs.environment)
    return replace(
        upload,
        index=IndexChoice(None, inputs.get("publish-repository")),
        token=inputs.get("pypi-token") or upload.token,
        guard=runs,
    )


def _jupyter_releaser(inputs: _Inputs) -> Upload:
    """`jupyter-server/jupyter_releaser/.github/actions/finalize-release`: action.yml; jupyter_releaser: python.py."""
    upload = jupyter_releaser_upload(inputs.environment)
    skipped = inputs.get("steps_to_skip")
    guard: Condition = ALWAYS
    if skipped is not None:
        names = skipped.value.literal
        if names is None:
            guard = Opaque("`publish-assets` is not among the steps to skip")
        elif "publish-assets" in names.replace(" ", "").split(","):
            guard = NEVER
    return replace(upload, dry_run=inputs.get("dry_run") or upload.dry_run, guard=guard)


_READERS: Mapping[str, Callable[[_Inputs], Upload | None]] = {
    "pypa/gh-action-pypi-publish": _publish_action,
    "step-security/gh-action-pypi-publish": _publish_action,
    "jrubics/poetry-publish": _poetry_publish,
    "pyo3/maturin-action": _maturin_action,
    "messense/maturin-action": _maturin_action,
    "python-semantic-release/python-semantic-release": _semantic_release,
    "relekang/python-semantic-release": _semantic_release,
    "casperdcl/deploy-pypi": _deploy_pypi,
    "etils-actions/pypi-auto-publish": _auto_publish,
    "etils-actions/pypi-build-publish": _build_publish,
    "code-specialist/pypi-poetry-publish": _pypi_poetry_publish,
    "celsiusnarhwal/poetry-publish": _celsius_poetry_publish,
    "coveooss/pypi-publish-with-poetry": _coveo_publish,
    "adafruit/workflows-circuitpython-libs/release-pypi": _circuitpython_release,
    "autopub/autopub-action": _autopub,
    "jupyter-server/jupyter_releaser/.github/actions/finalize-release": _jupyter_releaser,
    "jupyter-server/jupyter-releaser/.github/actions/finalize-release": _jupyter_releaser,
}
