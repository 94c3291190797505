"""What the workflows that publish do to the checkout before they build: whether the version that stands in the files
is the one built.

A light reading of the steps' text. It says what rewrites a version, and of which steps it cannot tell; it runs and
expands nothing.
"""

from collections.abc import Iterator
from functools import cache, cached_property
from re import Pattern

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.workflows.calls import JobRun, WorkflowSet
from preflight.workflows.model import Job, Step, Workflow
from preflight.workflows.triggers import starts

_VERSION_FILE = (
    r"(?:version|__init__|__about__|__meta|pyproject|setup\.(?:py|cfg)|cargo\.toml|package\.json|meson\.build)"
)
_REWRITES = (
    r"(?i)"
    r"\b(?:sed|gsed|perl|awk|ex|ed)\b[^\n]{0,400}" + _VERSION_FILE + r"|"
    r"\buv\s+version\s+(?!--short\b|--output|--help|--dry-run|--project|\|)[^\s|)&;]|"
    r"\bpoetry\s+version\s+(?!-s\b|--short\b|--no-ansi|--directory|\|)[^\s|)&;]|"
    r"\bhatch\s+(?:--?\w\S*\s+)*version\s+[^\s|)&;]|"
    r"\bpdm\s+bump\b|\bcz\s+(?:-\S+\s+)*bump\b|\bcargo[\s-]+set-version\b|\b(?:npm|yarn|pnpm)\s+version\b|\bchangeset\s+version\b|"
    r"\b(?:bump2version|bumpversion|bump-my-version|bumpver|tbump|semantic-release|autopub|release-please|commitizen|zest\.releaser|fullrelease)\b|"
    r"\b(?:set|bump|update|write|inject|patch|sync|stamp|replace|generate|prepare)[-_]?\w*version\b(?!\s*=)(?![^\n]{0,200}--(?:check|verify|dry-run))|\bversion[-_](?:set|bump|update|write|sync)|"
    r"(?:>|\btee\b)\s*(?:-a\s+)?[\"']?(?!\s*[\"']?\$\{?GITHUB_|[\"']?/dev/)[^\s\"'|&;<>]{0,200}?" + _VERSION_FILE + r"|"
    r"\b(?:dasel|tomlq|crudini|toml-cli|sponge)\b|\btoml\s+set\b|\byq\b[^\n]{0,400}\s-i|"
    r"\bpoetry\s+dynamic-versioning\b|\benvsubst\b|\bCIBW_BEFORE_(?:ALL|BUILD)\w*[^\n]{0,400}version"
)
"""Commands that write a version into a file."""

_WRITING_CODE = r"write_text\(|\.write\(|writelines\(|open\([^)\n]{0,200}[\"']w"
_WRITING_OUTPUT = r"open\([^)\n]{0,200}GITHUB_(?:OUTPUT|ENV|STEP_SUMMARY)"
_SPEAKS_OF_VERSION = r"(?i)version|GITHUB_REF|ref_name|tag_name"
_REWRITING_ACTION = (
    r"(?:^|[-/_])(?:bump|versioning|set-version|update-version|semantic-release|release-please|autopub|find-and-replace|find-replace|"
    r"replace\w*|substitut\w*|toml-\w+|yq|gitversion|git-version|variable-substitution)(?:$|[-/_])"
)

_BUILDS = (
    r"-m\s+build\b|\bpyproject-build\b|\b(?:uv|hatch|flit|poetry|pdm|maturin)\s+(?:-\S+\s+)*build\b|\bmaturin\s+sdist\b|"
    r"\bsetup\.py\b[^\n]{0,400}\b(?:sdist|bdist_wheel)\b|\bpip3?\s+wheel\b|\bpipx\s+run\s+(?:--\S+\s+)*build\b|\buvx\b[^\n]{0,400}\bbuild\b|\bcibuildwheel\b|"
    r"\bpoetry\s+publish\b[^\n]{0,400}--build\b|\bflit\s+publish\b|\bpdm\s+publish\b(?![^\n]{0,400}--no-build)|\bmaturin\s+publish\b"
)
_UPLOADS = (
    r"\btwine\s+(?:-\S+\s+)*upload\b|\bmaturin\s+upload\b|"
    r"\b(?:uv|poetry|flit|pdm|hatch|maturin)\s+(?:-\S+\s+)*publish\b"
)
_BUILDING_ACTIONS = frozenset(
    "pypa/cibuildwheel pyo3/maturin-action messense/maturin-action hynek/build-and-inspect-python-package "
    "jrubics/poetry-publish etils-actions/pypi-auto-publish".split()
)
_UPLOADING_ACTIONS = frozenset(
    "pypa/gh-action-pypi-publish jrubics/poetry-publish etils-actions/pypi-auto-publish autopub/autopub-action".split()
)
_MATURIN_ACTIONS = frozenset("pyo3/maturin-action messense/maturin-action".split())

_QUIET_ACTIONS = frozenset(
    "actions/checkout actions/setup-python actions/setup-node actions/setup-go actions/setup-java "
    "actions/setup-dotnet actions/cache actions/cache/restore actions/cache/save actions/upload-artifact "
    "actions/upload-artifact/merge actions/download-artifact actions/attest actions/attest-build-provenance "
    "actions/attest-sbom actions/create-release actions/dependency-review-action astral-sh/setup-uv "
    "astral-sh/attest-action pypa/gh-action-pypi-publish pypa/cibuildwheel pypa/hatch pyo3/maturin-action "
    "messense/maturin-action hynek/build-and-inspect-python-package hynek/setup-cached-uv snok/install-poetry "
    "abatilo/actions-poetry gradio-app/setup-poetry pdm-project/setup-pdm jrubics/poetry-publish "
    "docker/setup-qemu-action docker/setup-buildx-action docker/login-action dtolnay/rust-toolchain "
    "actions-rs/toolchain actions-rust-lang/setup-rust-toolchain swatinem/rust-cache "
    "softprops/action-gh-release ncipollo/release-action step-security/harden-runner "
    "sigstore/gh-action-sigstore-python conda-incubator/setup-miniconda mamba-org/setup-micromamba "
    "samuelcolvin/check-python-version codecov/codecov-action ilammy/msvc-dev-cmd microsoft/setup-msbuild "
    "prefix-dev/setup-pixi goto-bus-stop/setup-zig mlugg/setup-zig anchore/sbom-action taiki-e/install-action "
    "jurplel/install-qt-action oven-sh/setup-bun pnpm/action-setup r-lib/actions/setup-r ruby/setup-ruby "
    "awalsh128/cache-apt-pkgs-action".split()
)
"""Actions that change no file of the checkout that a version stands in (or only check it out)."""

_SIMPLE_LINE = (
    r"(?:sudo\s+)?(?:"
    r"(?:python[\d.]*|py)\s+(?:-[a-zA-Z]+\s+)*-m\s+(?:pip|build|twine|venv|ensurepip|pytest|unittest|ruff|black|mypy|flake8|cibuildwheel|hatch|flit|zipfile|tarfile|check_wheel_contents)\b.*|"
    r"(?:python[\d.]*|py)\s+(?:--version|-V)(?:\s.*)?|(?:python[\d.]*|py)\s+setup\.py\s+(?:-q\s+)?(?:sdist|bdist_wheel|check|build_ext|build)\b.*|"
    r"pip[\d.]*\s+.*|pipx\s+(?:install|inject|run\s+(?:--\S+\s+)*(?:build|twine|hatch|flit|check-wheel-contents|abi3audit|pkginfo)\b).*|"
    r"uv\s+(?:build|sync|venv|publish|tool\s+install|python|lock|cache|--version|self)\b.*|uv\s+pip\s+.*|"
    r"uv\s+run\s+(?:--\S+\s+)*(?:pytest|python\s+-m\s+(?:build|pytest|twine)|twine|ruff|mypy|hatch\s+build)\b.*|"
    r"uvx\s+(?:--\S+\s+)*(?:twine|hatch|build|check-wheel-contents|abi3audit|pyroma|validate-pyproject|maturin)\b.*|"
    r"uv\s+version(?:\s+--short)?|uv\s+version\s+--short|poetry\s+version\s+(?:-s|--short)|hatch\s+version|"
    r"(?:ruff|black|isort|flake8|pylint|mypy|pyright|bandit|codespell|pytest|pyroma|validate-pyproject|zizmor|actionlint)\b.*|"
    r"preflight\s+(?:check|plan|doctor|explain|publisher|rules)\b(?!.*--fix\b).*|"
    r"(?:hatch|flit)\s+(?:build|publish|env\s+create)\b.*|poetry\s+(?:build|publish|install|config|check|lock|self|--version|env|run\s+pytest)\b.*|"
    r"pdm\s+(?:build|publish|install|sync|use)\b.*|twine\s+.*|pyproject-build\b.*|maturin\s+(?:build|sdist|publish|upload)\b.*|cibuildwheel\b.*|"
    r"(?:ls|tree|pwd|date|whoami|env|printenv|du|df|file|sha256sum|shasum|md5sum|unzip\s+-[lt]|tar\s+-?t\w*|stat|wc|which|true|type|test|sleep)\b"
    r"[^|`]*(?:\|\s*(?:head|tail|grep|wc|sort|cat|cut|tr|jq)\b[^|`>]*)*|"
    r"(?:echo|printf|cat|head|tail|grep|cut|jq)\b(?:[^>`$]|\$(?!\())*(?:>>?\s*\"?\$\{?GITHUB_(?:OUTPUT|ENV|STEP_SUMMARY|PATH)\}?\"?)?\s*|"
    r"(?:set|export|cd|pushd|popd|mkdir|umask|ulimit|unset|shopt|source\s+\S*activate|\.\s+\S*activate)\b.*|rm\s[^>]*|"
    r"(?:apt|apt-get|brew|yum|dnf|apk|choco|rustup|npm\s+(?:ci|install)|yarn\s+install|pnpm\s+install)\b.*|"
    r"git\s+(?:status|log|describe|fetch|rev-parse|show|config|ls-files|diff|tag\s+-l|tag\s+--list|submodule|lfs)\b.*|gh\s+release\s+(?:upload|create|view|edit)\b.*|"
    r"(?:if|elif|while|until)\s+(?:\[.*|!?\s*grep\b.*|test\b.*)|then|else|fi|do|done|esac|\{|\}|\)|exit(?:\s+\d+)?|[A-Za-z_]\w*=(?:[^`>$]|\$(?!\())*|\[\[?\s.*|\"?\$\{?\w+\}?\"?\)"
    r")\s*(?:&&\s*|\|\|\s*|;\s*)?"
)
"""Lines of a script that write no version into any file. What is not among them is unknown, not wrong."""

MAX_SCRIPT = 100_000
MAX_COMMAND = 2_000
"""Characters above which a script, or one command of it, is not looked at: then nothing is known of it."""

_CONTINUED = r"\\\r?\n[ \t]*"
_COMMENT = r"(?m)(?:^|(?<=\s))#[^\n]*"
_JOINED = r"\s*(?:&&|\|\||;)\s*"
_GIT_REFS = (
    r"\$\{\{\s*github\.(?:ref|ref_name|sha|event\.release\.tag_name|event\.release\.target_commitish)"
    r"(?:\s*\|\|\s*github\.\w+)*\s*\}\}|refs/tags/\S+"
)


_CERTAIN_CONDITIONS = (
    r"(?:startsWith\(\s*github\.(?:event\.)?ref\s*,\s*'(?P<prefix>[^']*)'\s*\)|github\.event_name\s*==\s*'(?:push|release)'|"
    r"github\.event\.action\s*==\s*'(?:published|released|created)'|github\.ref_type\s*==\s*'tag'|"
    r"github\.repository(?:_owner)?\s*==\s*'[^']*'|success\(\))"
)
"""Conditions that hold for a tag pushed or released in the repository itself, those on the beginning of its name
aside.
"""


@cache
def _pattern(text: str) -> Pattern[str]:
    """A pattern, compiled when first needed: most runs need none of them."""
    return _compile(text)


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseBuild:
    """One upload of a workflow: what happens to the checkout before it.

    `rewrites` are the steps that write a version into a file; `opaque` those of which the text does not tell. With
    `builds` false nothing recognised builds what is uploaded. `conditions` are those that the upload depends on.
    """

    workflow: Workflow
    job: Job
    upload: Place
    rewrites: tuple[Place, ...]
    opaque: tuple[Place, ...]
    builds: bool
    conditions: tuple[str, ...] = ()

    @property
    def transparent(self) -> bool:
        """Whether every step before the build is known to leave the version alone."""
        return self.builds and not self.rewrites and not self.opaque

    def surely_runs_for(self, tag: str) -> bool:
        """Whether the upload happens for a tag beyond doubt, as far as the text of its conditions tells: the tag starts
        the workflow, and no condition may skip it.
        """
        ref = f"refs/tags/{tag}"
        for condition in self.conditions:
            pattern = _pattern(_CERTAIN_CONDITIONS)
            if pattern.sub("", condition).translate({ord(each): None for each in "${}()&| \t\r\n"}):
                return False
            if any(
                found["prefix"] is not None and not ref.startswith(found["prefix"])
                for found in pattern.finditer(condition)
            ):
                return False
        return self.started_by(tag) is True

    def started_by(self, tag: str) -> bool | None:
        """Whether pushing a tag, or publishing a release of it, starts the workflow; None where that is unknown."""
        verdicts = [starts(trigger, "push", ref=f"refs/tags/{tag}") for trigger in self.workflow.triggers]
        for activity in ("published", "released", "created"):
            verdicts += [starts(trigger, "release", activity) for trigger in self.workflow.triggers]
        return True if True in verdicts else None if None in verdicts else False


@dataclass(frozen=True, eq=False)
class ReleaseBuilds:
    """Every upload that the text of some workflows shows, read when asked for."""

    workflows: WorkflowSet

    @cached_property
    def _by_workflow(self) -> dict[Workflow, tuple[ReleaseBuild, ...]]:
        """The uploads of each workflow that something else than a call starts."""
        return {
            workflow: tuple(_of_workflow(self.workflows, workflow))
            if any(trigger.event != "workflow_call" for trigger in workflow.triggers)
            else ()
            for workflow in self.workflows
        }

    @property
    def builds(self) -> tuple[ReleaseBuild, ...]:
        return tuple(build for builds in self._by_workflow.values() for build in builds)

    @cached_property
    def elsewhere(self) -> bool:
        """Whether a workflow that shows no upload writes a version into a file: it may upload in a way that does not
        show.
        """
        return any(
            _look(self.workflows, job).all_rewrites
            for workflow, builds in self._by_workflow.items()
            if not builds
            for job in workflow.jobs.values()
        )

    @property
    def unread(self) -> bool:
        """Whether some workflow could not be read."""
        return bool(self.workflows.failures)

    @property
    def rewritten(self) -> bool:
        """Whether some workflow that publishes writes a version into a file first."""
        return any(build.rewrites for build in self.builds)


def release_builds(workflows: WorkflowSet) -> ReleaseBuilds:
    """What the workflows do before each upload."""
    return ReleaseBuilds(workflows)


def _of_workflow(workflows: WorkflowSet, workflow: Workflow) -> Iterator[ReleaseBuild]:
    runs = list(workflows.job_runs(workflow))
    for run in runs:
        steps = list(_steps(workflows, run.job))
        upload = next((step for step in steps if _uploads(step)), None)
        if upload is None:
            continue
        before = [each for each in runs if each is not run and _comes_before(each, run)]
        seen = [_look(workflows, each.job) for each in (run, *before)]
        builds = any(each.builds for each in seen)
        rewrites = [place for each in seen for place in (each.rewrites if builds else each.all_rewrites)]
        opaque = [place for each in seen for place in each.opaque]
        jobs = [run.job, *(call.job for call in run.calls)]
        jobs += [needed for job in jobs for needed in job.ancestors]
        conditions = [each.value for each in (upload.condition, *(job.condition for job in jobs)) if each is not None]
        yield ReleaseBuild(workflow, run.job, upload.place, tuple(rewrites), tuple(opaque), builds, tuple(conditions))


def _comes_before(first: JobRun, then: JobRun) -> bool:
    """Whether a job runs before another one of the same run: it is needed, or belongs to a called workflow that is."""
    if any(first.job is job for job in then.job.ancestors) and [call.job for call in first.calls] == [
        call.job for call in then.calls
    ]:
        return True
    needed = {job for call in then.calls for job in call.job.ancestors} | set(then.job.ancestors)
    return any(call.job in needed for call in first.calls) or first.job in needed


@dataclass(slots=True)
class _Seen:
    """What the steps of a job do. `rewrites` and `opaque` are those that can change what is built; `all_rewrites` are
    wherever they stand.
    """

    rewrites: list[Place]
    opaque: list[Place]
    all_rewrites: list[Place]
    builds: bool


def _look(workflows: WorkflowSet, job: Job) -> _Seen:
    """Read a job's steps. Those behind its last build change nothing any more, and a job that builds nothing only
    what it pushes.
    """
    if job.calls_workflow:
        return _Seen([], [job.key_place], [], True)
    steps = list(_steps(workflows, job))
    last = max((index for index, step in enumerate(steps) if _builds(step)), default=-1)
    pushes = last < 0 and any("git push" in _written(step) for step in steps)
    seen = _Seen([], [], [], last >= 0)
    for index, step in enumerate(steps):
        by_action = step.uses is not None and bool(_pattern(_REWRITING_ACTION).search(step.uses.name))
        counts = index <= last or pushes
        if by_action or _rewrites(_written(step)):
            seen.all_rewrites.append(step.place)
            if counts or (by_action and last < 0):
                seen.rewrites.append(step.place)
        elif counts and not _is_simple(step):
            seen.opaque.append(step.place)
    return seen


def _steps(workflows: WorkflowSet, job: Job) -> Iterator[Step]:
    """The steps of a job, those of local composite actions in place of the step that uses them."""
    for step in job.all_steps():
        action = workflows.action(step)
        inner = tuple(action.steps) if action is not None else ()
        if inner:
            yield from inner
        else:
            yield step


def _written(step: Step) -> str:
    """What a step runs and is given, without comments and without its own name."""
    parts = [step.run.value] if step.run is not None else []
    parts += [block.place.text for block in (step.env, step.inputs) if block.place is not None]
    return _pattern(_COMMENT).sub("", "\n".join(parts)[:MAX_SCRIPT])


def _rewrites(text: str) -> bool:
    if _pattern(_REWRITES).search(_pattern(_CONTINUED).sub(" ", text)):
        return True
    writes = _pattern(_WRITING_CODE).search(text) and (
        "write_text(" in text or not _pattern(_WRITING_OUTPUT).search(text)
    )
    return bool(writes and _pattern(_SPEAKS_OF_VERSION).search(text))


@dataclass(frozen=True, slots=True)
class ScriptReading:
    """What a script does to its checkout: whether it builds, and, as far as its last build, whether it writes a version
    into a file, or is known to leave the version alone (`plain`).
    """

    builds: bool
    rewrites: bool
    plain: bool


def read_script(text: str) -> ScriptReading:
    """Read the script of a job that is no list of steps, such as one of GitLab's."""
    text = _pattern(_CONTINUED).sub(" ", text[: MAX_SCRIPT + 1])
    lines = _pattern(_COMMENT).sub("", text).splitlines()
    last = max((index for index, line in enumerate(lines) if _pattern(_BUILDS).search(line)), default=-1)
    before = "\n".join(lines[: last + 1] if last >= 0 else lines)
    return ScriptReading(last >= 0, _rewrites(before), len(text) <= MAX_SCRIPT and _is_simple_script(before))


def _builds(step: Step) -> bool:
    if step.uses is not None:
        return step.uses.slug in _BUILDING_ACTIONS
    return step.run is not None and bool(_pattern(_BUILDS).search(step.run.value))


def _uploads(step: Step) -> bool:
    if step.uses is not None:
        slug = step.uses.slug
        if slug in _MATURIN_ACTIONS:
            command = step.inputs.get("command")
            return command is not None and command.text in ("upload", "publish")
        return slug in _UPLOADING_ACTIONS
    return step.run is not None and bool(_pattern(_UPLOADS).search(step.run.value))


def _is_simple(step: Step) -> bool:
    """Whether a step is known to leave the version in the checkout alone."""
    if step.uses is not None:
        if step.uses.name == "actions/checkout":
            ref = step.inputs.get("ref")
            return ref is None or (
                ref.scalar is not None and bool(_pattern(_GIT_REFS).fullmatch(ref.scalar.value.strip()))
            )
        return step.uses.kind == "remote" and (step.uses.name in _QUIET_ACTIONS or step.uses.slug in _QUIET_ACTIONS)
    if step.run is None:
        return step.kind not in ("uses", "unknown")
    shell = step.shell
    if shell is not None and shell.value.split()[0:1] not in (["bash"], ["sh"], ["pwsh"], ["zsh"]):
        return False
    return _is_simple_script(step.run.value)


def _is_simple_script(text: str) -> bool:
    if len(text) > MAX_SCRIPT:
        return False
    script = _pattern(_COMMENT).sub("", _pattern(_CONTINUED).sub(" ", text))
    for line in script.splitlines():
        for command in _pattern(_JOINED).split(line.strip()):
            command = " ".join(command.split())
            if command and (len(command) > MAX_COMMAND or not _pattern(_SIMPLE_LINE).fullmatch(command)):
                return False
    return True
