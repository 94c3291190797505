"""The rules about attestations: what looks wrong and is right, and what is only likely."""

import pytest
from harness import check_files

ACTION = "      - uses: pypa/gh-action-pypi-publish@release/v1\n"
TESTPYPI = "        with:\n          repository-url: https://test.pypi.org/legacy/\n"
TOKEN = "        env: {TWINE_USERNAME: __token__, TWINE_PASSWORD: '${{ secrets.T }}', UV_PUBLISH_TOKEN: '${{ secrets.T }}'}\n"


def severities(code: str, *steps: str, on: str = "release: {types: [published]}") -> list[str]:
    text = (
        f"on:\n  {on}\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    permissions: {{id-token: write}}\n"
        f"    steps:\n      - uses: actions/download-artifact@v6\n{''.join(steps)}"
    )
    return [each.severity.value for each in check_files({".github/workflows/publish.yml": text}, code).findings]


# ── ATT001 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("      - run: twine upload --attestations dist/*\n" + TOKEN, ["error"]),
        ("      - run: twine upload dist/*\n" + TOKEN, []),
        ("      - run: twine upload --attestations dist/*\n", []),
        (ACTION + "        with: {password: '${{ secrets.T }}', attestations: true}\n", []),
        ("      - run: uv publish\n" + TOKEN, []),
        ("      - uses: astral-sh/attest-action@v0.1.0\n      - run: uv publish\n" + TOKEN, ["warning"]),
        ("      - uses: astral-sh/attest-action@v0.1.0\n      - run: uv publish --no-attestations\n" + TOKEN, []),
        (ACTION + TESTPYPI + "      - run: uv publish\n" + TOKEN, ["warning"]),
        (ACTION + TESTPYPI + "      - run: twine upload dist/*\n" + TOKEN, []),
        ("      - run: twine upload --attestations --repository-url https://example.org/ dist/*\n" + TOKEN, []),
    ],
)
def test_attestations_with_a_credential(steps: str, expected: list[str]) -> None:
    assert severities("ATT001", steps) == expected


# ── ATT002 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((ACTION + TESTPYPI, ACTION), ["error"]),
        ((ACTION + TESTPYPI + "          attestations: false\n", ACTION), []),
        ((ACTION + TESTPYPI, ACTION + "        with: {attestations: false}\n"), []),
        ((ACTION + TESTPYPI + "          packages-dir: one\n", ACTION), []),
        ((ACTION + TESTPYPI + "          packages-dir: dist/\n", ACTION), ["error"]),
        ((ACTION + TESTPYPI + "          password: ${{ secrets.T }}\n", ACTION), []),
        ((ACTION + TESTPYPI, "      - run: rm dist/*.attestation\n", ACTION), []),
        ((ACTION + TESTPYPI, "      - run: find dist -name '*.attestation' -delete\n", ACTION), []),
        ((ACTION + TESTPYPI, "      - run: echo done\n", ACTION), ["error"]),
        ((ACTION + TESTPYPI, "      - uses: ./.github/actions/tidy\n", ACTION), []),
        ((ACTION.rstrip() + "\n        if: github.event.release.prerelease\n" + TESTPYPI, ACTION), ["warning"]),
        (
            (
                ACTION.rstrip() + "\n        if: github.event.release.prerelease\n" + TESTPYPI,
                ACTION.rstrip() + "\n        if: '!github.event.release.prerelease'\n",
            ),
            [],
        ),
        ((ACTION.replace("release/v1", "v1.10.3") + TESTPYPI, ACTION.replace("release/v1", "v1.10.3")), []),
        ((ACTION.replace("release/v1", "v1.8.14") + TESTPYPI, ACTION.replace("release/v1", "v1.8.14")), []),
        ((ACTION + "        with: {repository-url: 'https://example.org/legacy/'}\n", ACTION), []),
    ],
)
def test_two_publishes_of_one_folder(steps: tuple[str, ...], expected: list[str]) -> None:
    assert severities("ATT002", *steps) == expected


def test_two_publishes_that_no_run_makes_together() -> None:
    first = ACTION.rstrip() + "\n        if: github.event_name == 'push'\n" + TESTPYPI
    second = ACTION.rstrip() + "\n        if: github.event_name == 'release'\n"
    assert severities("ATT002", first, second, on="push: {branches: [main]}\n  release: {types: [published]}") == []


def test_two_jobs_have_a_folder_each() -> None:
    job = "  {name}:\n    runs-on: ubuntu-latest\n    permissions: {{id-token: write}}\n    steps:\n" + ACTION
    text = "on: push\njobs:\n" + job.format(name="test") + TESTPYPI + job.format(name="real")
    assert check_files({".github/workflows/publish.yml": text}, "ATT002").findings == []


# ── ATT003 ────────────────────────────────────────────────────────────────────────────────────────────────────────


DECLARED = """[project]
name = "sampleproject"
version = "1.0"
[[tool.preflight.publishers]]
owner = "octo-org"
repository = "sampleproject"
workflow = "called.yml"
"""
CALLER = "on: push\njobs:\n  call:\n    permissions: {id-token: write}\n    uses: ./.github/workflows/called.yml\n"


def called(step: str, on: str = "workflow_call", condition: str = "") -> dict[str, str]:
    """A workflow with one upload, and another that calls it."""
    head = f"on: {on}\njobs:\n  publish:\n{condition}    runs-on: ubuntu-latest\n    permissions: {{id-token: write}}\n"
    return {".github/workflows/called.yml": f"{head}    steps:\n{step}", ".github/workflows/caller.yml": CALLER}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (ACTION, ["error"]),
        (ACTION + "        with: {attestations: false}\n", []),
        ("      - run: uv publish\n", []),
        ("      - run: twine upload dist/*\n", []),
    ],
)
def test_a_called_workflow_that_is_registered(step: str, expected: list[str]) -> None:
    files = {**called(step), "pyproject.toml": DECLARED}
    assert [each.severity.value for each in check_files(files, "ATT003").findings] == expected


def test_where_nothing_is_declared_only_the_rule_about_called_uploads_speaks() -> None:
    found = check_files(called(ACTION), "ATT003", "PUB008").findings
    assert [each.code for each in found] == ["PUB008"]
    assert "the attestations name `caller.yml`" in found[0].message


@pytest.mark.parametrize(
    ("on", "condition", "severity", "edits"),
    [
        ("workflow_call", "", "error", 1),
        ("[workflow_dispatch, workflow_call]", "", "error", 0),
        ("[workflow_dispatch, workflow_call]", "    if: vars.PUBLISH\n", "warning", 0),
    ],
)
def test_attestations_that_work_where_the_file_is_started_itself_stay_on(
    on: str, condition: str, severity: str, edits: int
) -> None:
    files = {**called(ACTION, on, condition), "pyproject.toml": DECLARED}
    (found,) = check_files(files, "ATT003").findings
    assert (found.severity.value, len(found.edits)) == (severity, edits)
    assert ("set `attestations: false`" in found.fix) == bool(edits)
