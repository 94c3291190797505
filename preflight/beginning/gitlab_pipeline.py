"""The GitLab pipeline that builds and checks in one job and publishes in another, by OIDC or with a token. Decides nothing."""

from collections.abc import Sequence
from shlex import quote

from preflight.beginning.choices import Choices
from preflight.beginning.gates import build_pure, build_sdist, check_format, check_metadata, check_project, import_wheel
from preflight.beginning.survey import Survey
from preflight.project.backend import Family
from preflight.workflows.edits import written

_HEAD = """\
# Written by `preflight init`. A pushed tag publishes to PyPI. "Run pipeline" builds, and offers each way to publish as a button.
stages: [build, publish]

"""
_MATURIN_IMAGE = "ghcr.io/pyo3/maturin:latest"


def gitlab_pipeline(survey: Survey, choices: Choices) -> str:
    """The whole file."""
    jobs = [*_builds(survey), _upload("publish", survey, choices)]
    if choices.testpypi:
        jobs.append(_upload("publish-to-testpypi", survey, choices, testpypi=True))
    if choices.with_token:
        jobs.append(_upload("publish-with-token", survey, choices, token=choices.token_secret))
    return _HEAD + "\n".join(jobs)


def _job(key: str, *lines: str) -> str:
    return "".join([f"{key}:\n", *(f"  {line}\n" for line in lines)])


def _script(commands: Sequence[str]) -> list[str]:
    return ["script:", *(f"  - {_scalar(command)}" for command in commands)]


def _scalar(command: str) -> str:
    """A command as a YAML scalar: in single quotes where plain text would end early or be something else."""
    special = ": " in command or " #" in command or command[:1] in "\"'[{&*!|>%@`"
    return "'" + command.replace("'", "''") + "'" if special else command


_ON_RELEASE = ("rules:", "  - if: $CI_COMMIT_TAG", '  - if: $CI_PIPELINE_SOURCE == "web"')
_DIST = ("artifacts:", "  paths: [dist/]")


def _builds(survey: Survey) -> list[str]:
    gates = [*check_metadata(survey), *import_wheel(survey, '"/tmp/fresh"'), *check_project(survey)]
    history = ["variables:", '  GIT_DEPTH: "0" # the version comes from git\'s tags'] if survey.needs_history else []
    head = ("stage: build", *history, *_ON_RELEASE)
    if survey.backend.family is Family.MATURIN:
        manifest = survey.project.file(survey.reading.text("tool", "maturin", "manifest-path") or "Cargo.toml")
        where = "" if manifest == "Cargo.toml" else f" --manifest-path {quote(manifest)}"
        commands = [f"maturin build --release --sdist --find-interpreter --out dist{where}"]
        image_of_maturin = ["image:", f"  name: {_MATURIN_IMAGE}", '  entrypoint: [""]']
        checks = _script([*check_format(survey), *gates])
        return [
            _job("build", *head, *image_of_maturin, *_script(commands), *_DIST),
            _job("check", *head, "needs: [build]", _image(survey), *checks),
        ]
    build = build_sdist(survey) if survey.compiled else build_pure(survey)
    if survey.compiled:
        gates = [*check_metadata(survey), *check_project(survey)]
    commands = [*check_format(survey), *build, *gates]
    return [_job("build", *head, _image(survey), *_script(commands), *_DIST)]


def _image(survey: Survey) -> str:
    return f"image: python:{survey.python.removesuffix('.x')}"


def _upload(key: str, survey: Survey, choices: Choices, *, testpypi: bool = False, token: str | None = None) -> str:
    """A job that uploads. twine takes the identity token from the variable that its audience names (twine: trusted publishing, `id`)."""
    where = " --repository testpypi" if testpypi else ""
    on_tag = [] if testpypi or token else ["  - if: $CI_COMMIT_TAG"]
    audience = "testpypi" if testpypi else "pypi"
    credential = (
        ["variables:", "  TWINE_USERNAME: __token__", f"  TWINE_PASSWORD: ${token}"]
        if token
        else ["id_tokens:", f"  {audience.upper()}_ID_TOKEN:", f"    aud: {audience}"]
    )
    return _job(
        key,
        "stage: publish",
        _image(survey),
        f"environment: {written(choices.environment)}",
        "rules:",
        '  - if: $CI_PIPELINE_SOURCE == "web"',
        "    when: manual",
        *on_tag,
        *credential,
        *_script(["python -m pip install twine", f"twine upload{where} dist/*"]),
    )
