"""What steps do to the folders that distributions lie in: which build them and where, which may move or add some.

A step that is not known counts as one that may do anything. Runs nothing and opens no file.
"""

import re
from collections.abc import Callable, Mapping
from posixpath import join, normpath

from preflight.sources.records import dataclass
from preflight.workflows.artifacts import artifact_action, workspace_path
from preflight.workflows.launchers import Launch, option_value, unwrap
from preflight.workflows.model import Job, Step, effective_shell, effective_working_directory
from preflight.workflows.shell import Command, Script, read_script, shell_of
from preflight.workflows.values import ALWAYS, Expression, Value

Known = Callable[[Expression], str | None]


@dataclass(frozen=True, slots=True)
class Built:
    """Distributions that something builds into a folder of the workspace; `folder` is None where that is not known."""

    folder: str | None
    sdist: bool = False
    wheel: bool = False
    certain: bool = True
    by: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step, or the part of a script before an upload, does.

    `adds` says that it may bring distributions along in a way that is not known, `changes` that it may move or remove
    some.
    """

    built: tuple[Built, ...] = ()
    adds: bool = False
    changes: bool = False


NOTHING = Effect()
ANYTHING = Effect(adds=True, changes=True)

HARMLESS_ACTIONS = frozenset(
    "actions/checkout actions/setup-python actions/setup-node actions/setup-go actions/setup-java actions/setup-dotnet actions/cache/save "
    "actions/upload-artifact actions/upload-artifact/merge actions/attest actions/attest-build-provenance actions/attest-sbom actions/create-release "
    "actions/create-github-app-token actions/dependency-review-action actions/github-script astral-sh/setup-uv astral-sh/attest-action "
    "pypa/gh-action-pypi-publish step-security/gh-action-pypi-publish snok/install-poetry abatilo/actions-poetry gradio-app/setup-poetry "
    "pdm-project/setup-pdm pypa/hatch docker/setup-qemu-action docker/setup-buildx-action docker/login-action dtolnay/rust-toolchain "
    "actions-rs/toolchain actions-rust-lang/setup-rust-toolchain swatinem/rust-cache softprops/action-gh-release ncipollo/release-action "
    "step-security/harden-runner sigstore/gh-action-sigstore-python conda-incubator/setup-miniconda mamba-org/setup-micromamba "
    "samuelcolvin/check-python-version codecov/codecov-action ilammy/msvc-dev-cmd microsoft/setup-msbuild hynek/setup-cached-uv "
    "taiki-e/install-action slackapi/slack-github-action 8398a7/action-slack rtcamp/action-slack-notify release-drafter/release-drafter "
    "peter-evans/repository-dispatch eifinger/setup-rye anchore/sbom-action".split()
)
"""Actions that bring no distributions into the workspace and move none."""

WITHOUT_ARTIFACTS = (
    HARMLESS_ACTIONS
    - {"actions/upload-artifact", "actions/upload-artifact/merge", "actions/github-script", "pypa/hatch"}
) | frozenset(
    "actions/download-artifact actions/cache actions/cache/restore pypa/cibuildwheel pyo3/maturin-action messense/maturin-action "
    "jrubics/poetry-publish shogo82148/actions-setup-perl maxim-lobanov/setup-xcode jwlawson/actions-setup-cmake lukka/get-cmake "
    "pre-commit/action psf/black astral-sh/ruff-action actions/deploy-pages actions/configure-pages actions/labeler "
    "coverallsapp/github-action actions/stale tj-actions/changed-files dorny/paths-filter pnpm/action-setup oven-sh/setup-bun "
    "re-actors/alls-green aws-actions/configure-aws-credentials google-github-actions/auth google-github-actions/setup-gcloud "
    "rust-lang/crates-io-auth-action docker/metadata-action codecov/test-results-action prefix-dev/setup-pixi denoland/setup-deno "
    "peter-evans/create-pull-request mozilla-actions/sccache-action crate-ci/typos deadsnakes/action emscripten-core/setup-emsdk "
    "mymindstorm/setup-emsdk uraimo/run-on-arch-action addnab/docker-run-action jlumbroso/free-disk-space tibdex/github-app-token "
    "nick-fields/retry octokit/request-action".split()
)
"""Actions that upload no artifact of the run. Docker's, CodeQL's, Scorecard's and Pages' are not among them: they do."""

_HARMLESS_PROGRAMS = frozenset(
    "echo printf cat ls tree pwd date env printenv true false test [ [[ ]] set export cd pushd popd read shopt unset exit sleep head tail wc sort uniq "
    "cut tr jq grep egrep sed awk gsed which type command du df file stat whoami uname hostname sha256sum shasum md5sum diff mkdir touch umask ulimit "
    "source . pip pip3 pipx apt apt-get brew yum dnf apk choco rustup npm yarn pnpm corepack twine check-wheel-contents pyroma abi3audit auditwheel-show "
    "local declare return break continue shift : let uv uvx poetry pdm hatch flit python python3 gh".split()
)
_SAFE_SUBCOMMANDS: Mapping[str, frozenset[str]] = {
    "pip": frozenset("install uninstall list show freeze check config cache --version -V debug index".split()),
    "pip3": frozenset("install uninstall list show freeze check config cache --version -V debug index".split()),
    "pipx": frozenset("install inject ensurepath list upgrade --version".split()),
    "uv": frozenset(
        "sync venv pip lock cache python self version --version tree add remove tool publish export".split()
    ),
    "poetry": frozenset("install config check lock self version --version env add update show publish".split()),
    "pdm": frozenset("install sync use lock config show info --version publish".split()),
    "hatch": frozenset("version env config self status dep project --version publish".split()),
    "flit": frozenset("install info --version".split()),
    "git": frozenset(
        "status log describe fetch rev-parse show config ls-files ls-tree diff tag submodule lfs remote branch cat-file rev-list push add commit".split()
    ),
    "gh": frozenset("issue pr auth api label".split()),
    "npm": frozenset("install ci".split()),
}
_STARTS_MODULES = ("-m", "pipx run", "uvx", "uv tool run")
_QUIET_MODULES = frozenset("pip venv ensurepip zipfile tarfile check_wheel_contents".split())


def effect_of(
    step: Step,
    job: Job,
    env: Mapping[str, Value],
    resolve: Callable[[str], str | None],
    known: Known | None = None,
) -> Effect:
    """What a step does to the folders of distributions. Downloads of artifacts are not its matter: they do nothing here.

    `env` holds the variables that the step sees; `resolve` gives the text of an input.
    """
    uses = step.uses
    if step.run is not None:
        return script_effect(step, job, env, known=known)
    if uses is None:
        return ANYTHING
    if artifact_action(uses) is not None or uses.name in HARMLESS_ACTIONS:
        elsewhere = uses.name == "actions/checkout" and step.inputs.get("repository") is not None
        return ANYTHING if elsewhere else NOTHING
    if uses.name == "pypa/cibuildwheel":
        folder = resolve("output-dir")
        return Effect(
            (
                Built(
                    folder_from("", folder or "wheelhouse") if folder is not None else None,
                    wheel=True,
                    by="cibuildwheel",
                ),
            )
        )
    if uses.name in ("pyo3/maturin-action", "messense/maturin-action"):
        return _maturin_action(resolve)
    return ANYTHING


def _maturin_action(resolve: Callable[[str], str | None]) -> Effect:
    """`PyO3/maturin-action`: action.yml: runs `maturin COMMAND ARGS` in the folder."""
    command, arguments, folder = (resolve(name) for name in ("command", "args", "working-directory"))
    if command is None or arguments is None or folder is None:
        return Effect((Built(None, wheel=True, by="maturin"),))
    if command in ("upload", "publish"):
        return NOTHING
    found = re.search(r"(?:--out|-o)[ =]\s*(\S+)", arguments)
    sdist = command == "sdist" or "--sdist" in arguments
    where = None if found is None or "$" in found[1] else folder_from(folder, found[1].strip("\"'"))
    return Effect((Built(where, sdist=sdist, wheel=command != "sdist", by="maturin"),))


def script_effect(
    step: Step, job: Job, env: Mapping[str, Value], *, before: int | None = None, known: Known | None = None
) -> Effect:
    """What the commands of a `run:` step do; `before` is the offset in the script at which to stop."""
    run = step.run
    assert run is not None
    declared = effective_shell(job, step)
    windows = job.runs_on is not None and job.runs_on.system == "windows"
    shell, errexit = shell_of(declared.value if declared is not None else None, windows=windows)
    script = read_script(run.value, shell=shell, errexit=errexit, known=known)
    directory = effective_working_directory(job, step)
    base = "" if directory is None else workspace_path(directory.value)
    return text_effect(script, env, base=base, before=before)


def text_effect(
    script: Script, env: Mapping[str, Value], *, base: str | None = "", before: int | None = None
) -> Effect:
    """What the commands of any script do that runs in the folder `base` of the workspace."""
    effect = NOTHING if script.complete else ANYTHING
    for command in script.commands:
        if before is not None and command.start >= before:
            break
        effect = _together(effect, _command_effect(command, base, env))
    return effect


def _together(first: Effect, second: Effect) -> Effect:
    return Effect((*first.built, *second.built), first.adds or second.adds, first.changes or second.changes)


def _command_effect(command: Command, base: str | None, env: Mapping[str, Value]) -> Effect:
    if not command.arguments:
        return NOTHING
    launch = unwrap(command.arguments)
    if launch is None:
        return ANYTHING
    if launch.program == "build" and not (launch.via and launch.via[-1].endswith(_STARTS_MODULES)):
        return ANYTHING  # a script of that name, as in `hatch run build`
    where = directory_of(command, launch, base)
    built = built_by(launch, where, command.environment(env))
    if built is not None:
        certain = command.guard == ALWAYS
        return Effect(tuple(Built(each.folder, each.sdist, each.wheel, certain, each.by) for each in built))
    if launch.program == "rm":
        return Effect(changes=True)
    return NOTHING if _is_harmless(launch) else ANYTHING


def directory_of(command: Command, launch: Launch, base: str | None) -> str | None:
    """The folder of the workspace that a command runs in."""
    for directory in (command.directory, launch.directory):
        if directory is not None:
            literal = directory.literal
            base = None if literal is None or base is None else folder_from(base, literal)
    return base


def folder_from(base: str | None, path: str) -> str | None:
    if base is None:
        return None
    if path.startswith(("/", "~", "$", "${{")):
        return workspace_path(path)
    return workspace_path(join(base, path)) if "$" not in path else None


def _is_harmless(launch: Launch) -> bool:
    """Whether a command neither brings distributions along nor moves any."""
    name = launch.program
    words = [word.literal for word in launch.arguments]
    if name.endswith("/activate") or (name in _QUIET_MODULES and name not in _SAFE_SUBCOMMANDS):
        return True
    safe = _SAFE_SUBCOMMANDS.get(name)
    if safe is not None:
        subcommand = next((word for word in words if word is None or not word.startswith("-") or word in safe), None)
        if name == "gh" and words[:1] == ["release"]:
            return words[1:2] != ["download"]
        return subcommand in safe
    if name in ("python", "python3"):
        return bool(words) and words[0] in ("--version", "-V")
    if name == "setup.py":
        return "--version" in words or "--name" in words
    return name in _HARMLESS_PROGRAMS


def built_by(launch: Launch, where: str | None, env: Mapping[str, Value]) -> tuple[Built, ...] | None:
    """What a build command builds and where; None for another command."""
    words = launch.arguments
    literals = [word.literal for word in words]
    match launch.program:
        case "build" | "pyproject-build":
            return _build(words, where)
        case "uv" if literals[:1] == ["build"]:
            return _uv_build(words[1:], where)
        case "hatch" if literals[:1] == ["build"]:
            if "HATCH_BUILD_LOCATION" in env:
                return (Built(None, True, True, by="hatch build"),)
            operands = operand_texts(words[1:], ("-t", "--target"))
            return _built(where, operands[0] if operands else "dist", _targets(words), "hatch build")
        case "poetry" if literals[:1] == ["build"]:
            return _with_output(
                words,
                where,
                ("-o", "--output"),
                ("-f", "--format"),
                "poetry build",
                ("-C", "-P", "--directory", "--project"),
            )
        case "flit" if literals[:1] == ["build"]:
            return _with_output(words, where, (), ("--format",), "flit build", ("-f", "--ini-file"))
        case "pdm" if literals[:1] == ["build"]:
            found = _with_output(words, where, ("-d", "--dest"), (), "pdm build", ("-p", "--project"))
            kinds = ("--no-sdist" not in literals, "--no-wheel" not in literals)
            return tuple(Built(each.folder, *kinds, by=each.by) for each in found)
        case "maturin" if literals[:1] in (["build"], ["sdist"]):
            out = option_value(words, ("-o", "--out"))
            sdist = literals[0] == "sdist" or "--sdist" in literals
            folder = folder_from(where, out.literal) if out is not None and out.literal is not None else None
            return (Built(folder, sdist, literals[0] == "build", by="maturin"),)
        case "setup.py":
            return _setup_py(words, where)
        case "pip" | "pip3" if literals[:1] == ["wheel"]:
            out = option_value(words, ("-w", "--wheel-dir"))
            return (Built(folder_from(where, "." if out is None else out.literal or "$"), wheel=True, by="pip wheel"),)
        case "cibuildwheel":
            out = option_value(words, ("--output-dir",)) or env.get("CIBW_OUTPUT_DIR")
            return (
                Built(
                    folder_from(where, "wheelhouse" if out is None else out.literal or "$"),
                    wheel=True,
                    by="cibuildwheel",
                ),
            )
        case "poetry" if literals[:1] == ["publish"] and "--build" in literals:
            return _built(where, "dist", (True, True), "poetry publish --build")
    return None


def _built(where: str | None, folder: str | None, kinds: tuple[bool, bool], by: str) -> tuple[Built, ...]:
    return (Built(None if folder is None else folder_from(where, folder), *kinds, by=by),)


def operand_texts(words: tuple[Value, ...], valued: tuple[str, ...]) -> list[str]:
    """The words that are no options; one that is not known stands as `$`."""
    found = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.prefix.startswith("-"):
            skip = word.literal in valued
        else:
            found.append(word.literal or "$")
    return found


def _targets(words: tuple[Value, ...]) -> tuple[bool, bool]:
    """sdist and wheel, as hatch's `-t` chooses them."""
    chosen = {words[index + 1].literal for index, word in enumerate(words[:-1]) if word.literal in ("-t", "--target")}
    return (True, True) if not chosen else ("sdist" in chosen, "wheel" in chosen)


def _build(words: tuple[Value, ...], where: str | None) -> tuple[Built, ...]:
    """`python -m build`: build/__main__.py: without an output folder it is `dist` in the source folder."""
    literals = [word.literal or "" for word in words]
    out = option_value(words, ("-o", "--outdir"))
    short = next((word[2:] for word in literals if word.startswith("-o") and len(word) > 2), None)
    sources = operand_texts(
        words, ("-o", "--outdir", "-C", "--config-setting", "--config-json", "--installer", "--env-dir")
    )
    flags = "".join(word[1:] for word in literals if re.fullmatch(r"-[swnxv]+", word))
    sdist, wheel = "--sdist" in literals or "s" in flags, "--wheel" in literals or "w" in flags
    kinds = (sdist, wheel) if sdist or wheel else (True, True)
    if "--metadata" in literals or "--help" in literals or "--version" in literals:
        return ()
    folder = short or (out.literal if out is not None else normpath(join(sources[0] if sources else ".", "dist")))
    return _built(where, folder, kinds, "python -m build")


def _uv_build(words: tuple[Value, ...], where: str | None) -> tuple[Built, ...]:
    """`uv build`: crates/uv/src/commands/build_frontend.rs: `dist` in the source folder, or in the workspace's root with `--package`."""
    literals = [word.literal or "" for word in words]
    out = option_value(words, ("-o", "--out-dir"))
    valued = "-o --out-dir -p --python --package -b --build-constraint --build-constraints -C --config-setting --index --index-url --refresh-package"
    sources = operand_texts(words, tuple(valued.split()))
    kinds = ("--sdist" in literals, "--wheel" in literals)
    kinds = kinds if any(kinds) else (True, True)
    if any(word.startswith(("--directory", "--project", "--list")) for word in literals):
        return (Built(None, *kinds, by="uv build"),)
    if out is not None:
        return _built(where, out.literal, kinds, "uv build")
    if any(word.startswith(("--package", "--all-packages", "--all")) for word in literals):
        return (Built("dist" if where == "" else None, *kinds, by="uv build"),)
    return _built(where, normpath(join(sources[0] if sources else ".", "dist")), kinds, "uv build")


def _with_output(
    words: tuple[Value, ...],
    where: str | None,
    output: tuple[str, ...],
    formats: tuple[str, ...],
    by: str,
    elsewhere: tuple[str, ...],
) -> tuple[Built, ...]:
    chosen = option_value(words, formats) if formats else None
    form = chosen.literal if chosen is not None else "all"
    kinds = (form != "wheel", form != "sdist")
    if option_value(words, elsewhere) is not None:
        return (Built(None, *kinds, by=by),)
    out = option_value(words, output) if output else None
    return _built(where, "dist" if out is None else out.literal, kinds, by)


def _setup_py(words: tuple[Value, ...], where: str | None) -> tuple[Built, ...] | None:
    """`python setup.py sdist bdist_wheel`: distutils: `dist` unless `--dist-dir` says otherwise."""
    literals = [word.literal for word in words]
    kinds = ("sdist" in literals, "bdist_wheel" in literals)
    if not any(kinds):
        return None
    out = option_value(words, ("-d", "--dist-dir"))
    return _built(where, "dist" if out is None else out.literal, kinds, "python setup.py")
