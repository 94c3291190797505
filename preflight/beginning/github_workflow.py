"""The GitHub workflow that builds without any rights, checks what it built, and publishes from a job of its own. Decides nothing."""

from collections.abc import Sequence
from shlex import quote

from preflight.beginning.actions import (
    CHECKOUT,
    CIBUILDWHEEL,
    DOWNLOAD_ARTIFACT,
    MATURIN,
    PUBLISH,
    SETUP_PYTHON,
    UPLOAD_ARTIFACT,
)
from preflight.beginning.choices import Choices
from preflight.beginning.gates import build_pure, build_sdist, check_format, check_metadata, check_project, import_wheel
from preflight.beginning.survey import Survey
from preflight.project.backend import Family
from preflight.workflows.edits import written

_HEAD = """\
# Written by `preflight init`. Nothing that builds has any rights; the job that publishes builds nothing.
name: Publish

on:
  release:
    types: [published]
  workflow_dispatch:
    inputs:
      use_oidc:
        description: {use_oidc}
        type: boolean
        default: true
"""
_TESTPYPI_INPUT = """\
      test_pypi:
        description: Publish to TestPyPI instead, by OIDC
        type: boolean
        default: false
"""
_OTHERWISE = {
    True: "Publish to PyPI by OIDC (otherwise with the API token)",
    False: "Publish to PyPI by OIDC (otherwise only build and check)",
}
_TESTPYPI_URL = "https://test.pypi.org/legacy/"


def github_workflow(survey: Survey, choices: Choices) -> str:
    """The whole file."""
    jobs = _compiled_jobs(survey) if survey.compiled else [_pure_job(survey)]
    built_by = "check" if survey.compiled else "build"
    jobs.append(_publish_job(survey, choices, built_by))
    if choices.with_token:
        jobs.append(_token_job(survey, choices, built_by))
    head = _HEAD.format(use_oidc=_OTHERWISE[choices.with_token])
    if choices.testpypi:
        head += _TESTPYPI_INPUT
    return head + "\npermissions: {}\n\njobs:\n" + "\n".join(jobs)


def _job(key: str, head: Sequence[str], steps: Sequence[str]) -> str:
    lines = [f"  {key}:", *(f"    {line}" for line in head), "    steps:"]
    return "\n".join(lines) + "\n" + "".join(steps)


def _uses(reference: str, *inputs: str, name: str | None = None, condition: str | None = None) -> str:
    lines = [f"name: {name}"] if name else []
    if condition:
        lines.append(f"if: {condition}")
    lines.append(f"uses: {reference}")
    if inputs:
        lines += ["with:", *(f"  {each}" for each in inputs)]
    return _step(lines)


def _run(name: str, commands: Sequence[str]) -> str:
    return _step([f"name: {name}", "run: |", *(f"  {command}" for command in commands)])


def _step(lines: Sequence[str]) -> str:
    first, *rest = lines
    return "".join([f"      - {first}\n", *(f"        {line}\n" for line in rest)])


def _checkout(survey: Survey) -> str:
    history = ["fetch-depth: 0 # the version comes from git's tags"] if survey.needs_history else []
    return _uses(CHECKOUT.reference, "persist-credentials: false", *history)


def _python(survey: Survey) -> str:
    return _uses(SETUP_PYTHON.reference, f'python-version: "{survey.python}"')


def _keep(artifact: str) -> str:
    return _uses(UPLOAD_ARTIFACT.reference, f"name: {artifact}", "path: dist/", "if-no-files-found: error")


def _fetch(survey: Survey) -> str:
    if survey.compiled:
        return _uses(DOWNLOAD_ARTIFACT.reference, "pattern: distributions-*", "path: dist/", "merge-multiple: true")
    return _uses(DOWNLOAD_ARTIFACT.reference, "name: distributions", "path: dist/")


def _pure_job(survey: Survey) -> str:
    return _job(
        "build",
        ["name: Build and check", "runs-on: ubuntu-latest", "permissions:", "  contents: read"],
        [
            _checkout(survey),
            _python(survey),
            _run("Check the format", check_format(survey)),
            _run("Build sdist and wheel", build_pure(survey)),
            _run("Check the metadata", check_metadata(survey)),
            _run("Import the wheel in a fresh environment", import_wheel(survey, '"$RUNNER_TEMP/fresh"')),
            _run("Check with preflight", check_project(survey)),
            _keep("distributions"),
        ],
    )


def _compiled_jobs(survey: Survey) -> list[str]:
    maturin = survey.backend.family is Family.MATURIN
    return [
        _maturin_wheels(survey) if maturin else _cibuildwheel_wheels(survey),
        _job(
            "sdist",
            ["name: Build the sdist", "runs-on: ubuntu-latest", "permissions:", "  contents: read"],
            [
                _checkout(survey),
                *(
                    [_uses(MATURIN.reference, "command: sdist", f"args: {_maturin_arguments(survey)}", name="Build")]
                    if maturin
                    else [_python(survey), _run("Build", build_sdist(survey))]
                ),
                _keep("distributions-sdist"),
            ],
        ),
        _job(
            "check",
            [
                "name: Check what was built",
                "needs: [wheels, sdist]",
                "runs-on: ubuntu-latest",
                "permissions:",
                "  contents: read",
            ],
            [
                _checkout(survey),
                _python(survey),
                _run("Check the format", check_format(survey)),
                _fetch(survey),
                _run("Check the metadata", check_metadata(survey)),
                _run("Import the wheel in a fresh environment", import_wheel(survey, '"$RUNNER_TEMP/fresh"')),
                _run("Check with preflight", check_project(survey)),
            ],
        ),
    ]


def _maturin_arguments(survey: Survey) -> str:
    manifest = survey.reading.text("tool", "maturin", "manifest-path") or "Cargo.toml"
    path = survey.project.file(manifest)
    return "--out dist" if path == "Cargo.toml" else f"--out dist --manifest-path {quote(path)}"


def _maturin_wheels(survey: Survey) -> str:
    rows = (
        ("ubuntu-latest", "x86_64"),
        ("ubuntu-latest", "aarch64"),
        ("macos-latest", "universal2-apple-darwin"),
        ("windows-latest", "x64"),
    )
    matrix = [line for runner, target in rows for line in (f"      - runner: {runner}", f"        target: {target}")]
    return _job(
        "wheels",
        [
            "name: Build the wheels for ${{ matrix.runner }}, ${{ matrix.target }}",
            "runs-on: ${{ matrix.runner }}",
            "permissions:",
            "  contents: read",
            "strategy:",
            "  matrix:",
            "    include:",
            *matrix,
        ],
        [
            _checkout(survey),
            _python(survey),
            _uses(
                MATURIN.reference,
                "target: ${{ matrix.target }}",
                "manylinux: auto",
                f"args: --release --find-interpreter {_maturin_arguments(survey)}",
                name="Build",
            ),
            _keep("distributions-${{ matrix.runner }}-${{ matrix.target }}"),
        ],
    )


def _cibuildwheel_wheels(survey: Survey) -> str:
    runners = ("ubuntu-latest", "ubuntu-24.04-arm", "macos-latest", "windows-latest")
    folder = [f"package-dir: {written(survey.project.path)}"] if survey.project.path else []
    return _job(
        "wheels",
        [
            "name: Build the wheels for ${{ matrix.runner }}",
            "runs-on: ${{ matrix.runner }}",
            "permissions:",
            "  contents: read",
            "strategy:",
            "  matrix:",
            f"    runner: [{', '.join(runners)}]",
        ],
        [
            _checkout(survey),
            _uses(CIBUILDWHEEL.reference, *folder, "output-dir: dist", name="Build"),
            _keep("distributions-${{ matrix.runner }}"),
        ],
    )


def _environment(survey: Survey, choices: Choices, *, testpypi: bool) -> list[str]:
    pypi = f"https://pypi.org/project/{survey.name}/"
    test = f"https://test.pypi.org/project/{survey.name}/"
    url = f"${{{{ inputs.test_pypi && '{test}' || '{pypi}' }}}}" if testpypi else pypi
    return ["environment:", f"  name: {written(choices.environment)}", f"  url: {url}"]


def _publish_job(survey: Survey, choices: Choices, built_by: str) -> str:
    """The upload by trusted publishing; the action signs attestations unless told otherwise (gh-action-pypi-publish: README)."""
    asked = " || inputs.test_pypi" if choices.testpypi else ""
    return _job(
        "publish",
        [
            "name: Publish by OIDC",
            f"needs: {built_by}",
            f"if: github.event_name == 'release' || inputs.use_oidc{asked}",
            "runs-on: ubuntu-latest",
            *_environment(survey, choices, testpypi=choices.testpypi),
            "permissions:",
            "  id-token: write # for the identity that PyPI compares with the trusted publisher, and for attestations",
        ],
        [_fetch(survey), *_uploads(choices)],
    )


def _uploads(choices: Choices) -> list[str]:
    if not choices.testpypi:
        return [_uses(PUBLISH.reference, name="Publish to PyPI")]
    url = f"repository-url: {_TESTPYPI_URL}"
    return [
        _uses(PUBLISH.reference, url, name="Publish to TestPyPI", condition="inputs.test_pypi"),
        _uses(PUBLISH.reference, name="Publish to PyPI", condition="${{ !inputs.test_pypi }}"),
    ]


def _token_job(survey: Survey, choices: Choices, built_by: str) -> str:
    """The upload with a token. That zizmor advises against it is known to whoever asked for it, so the line says so."""
    other = " && !inputs.test_pypi" if choices.testpypi else ""
    secret = f"${{{{ secrets.{choices.token_secret} }}}}"
    return _job(
        "publish-with-token",
        [
            "name: Publish with the API token",
            f"needs: {built_by}",
            f"if: github.event_name == 'workflow_dispatch' && !inputs.use_oidc{other}",
            "runs-on: ubuntu-latest",
            *_environment(survey, choices, testpypi=False),
            "permissions: {}",
        ],
        [
            _fetch(survey),
            _uses(
                PUBLISH.reference,
                f"password: {secret} # zizmor: ignore[use-trusted-publishing]",
                "attestations: false",
                name="Publish to PyPI",
            ),
        ],
    )
