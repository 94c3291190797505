"""What actions that upload do, from their inputs, and what the releases of the publish action can."""

import pytest

from preflight.workflows.publish_action import INPUTS, ActionRelease, read_ref, unknown_inputs
from preflight.workflows.upload_actions import read_action_upload, uploading_action
from preflight.workflows.upload_model import Attestations, Trust, Upload, index_of
from preflight.workflows.values import HIDDEN, Expression, template, unknown

ACTION = "pypa/gh-action-pypi-publish"


def action(name: str, inputs: dict[str, str], ref: str = "", env: dict[str, str] | None = None) -> Upload | None:
    given = {key: template(value) for key, value in inputs.items()}
    return read_action_upload(name, given, {key: template(value) for key, value in (env or {}).items()}, ref)


def published(name: str, inputs: dict[str, str], ref: str = "", env: dict[str, str] | None = None) -> Upload:
    found = action(name, inputs, ref, env)
    assert found is not None
    return found


# ── pypa/gh-action-pypi-publish ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("inputs", "ref", "index", "auth", "attests"),
    [
        ({}, "release/v1", "pypi", "trusted-publishing", True),
        ({"repository-url": "https://test.pypi.org/legacy/"}, "release/v1", "testpypi", "trusted-publishing", True),
        ({"repository_url": "https://test.pypi.org/legacy/"}, "release/v1", "testpypi", "trusted-publishing", True),
        ({"Repository-URL": "https://test.pypi.org/legacy/"}, "release/v1", "testpypi", "trusted-publishing", True),
        ({"repository-url": ""}, "release/v1", "pypi", "trusted-publishing", True),
        ({"attestations": "false"}, "release/v1", "pypi", "trusted-publishing", False),
        ({"password": "${{ secrets.T }}"}, "release/v1", "pypi", "token", False),
        ({"user": "__token__", "password": "${{ secrets.T }}"}, "v1.13.0", "pypi", "token", False),
        ({"user": "me", "password": "${{ secrets.T }}"}, "v1.13.0", "pypi", "password", False),
        ({"user": "me"}, "v1.13.0", "pypi", "none", False),
        ({"password": ""}, "release/v1", "pypi", "trusted-publishing", True),
        (
            {"repository-url": "https://example.org/legacy/"},
            "v1.13.0",
            "https://example.org/legacy/",
            "trusted-publishing",
            False,
        ),
        ({}, "v1.10.3", "pypi", "trusted-publishing", False),
        ({"attestations": "true"}, "v1.10.3", "pypi", "trusted-publishing", True),
        ({}, "v1.8.14", "pypi", "trusted-publishing", False),
        ({}, "v1.5.1", "pypi", "none", False),
        ({"password": "${{ secrets.T }}"}, "master", "pypi", "token", False),
        (
            {"repository-url": "https://test.pypi.org/legacy/", "password": "${{ secrets.T }}"},
            "v1.6.4",
            "pypi",
            "token",
            False,
        ),
        (
            {"repository_url": "https://test.pypi.org/legacy/", "password": "${{ secrets.T }}"},
            "v1.6.4",
            "testpypi",
            "token",
            False,
        ),
        ({}, "27b31702a0e7fc50959f5ad993c78deac1bdfc29", "pypi", "none", False),
        ({}, "0" * 40, "pypi", "trusted-publishing", True),
    ],
)
def test_publish_action(inputs: dict[str, str], ref: str, index: str, auth: str, attests: bool) -> None:
    found = published(ACTION, inputs, ref)
    assert index_of(found.index.address(unknown) or "") == index
    assert found.authentication(unknown, id_token=True) == auth
    assert found.attests(unknown, id_token=True) is attests


def test_publish_action_insists_on_trusted_publishing() -> None:
    assert published(ACTION, {}).authentication(unknown, id_token=False) == "trusted-publishing"


def test_empty_secret_falls_into_trusted_publishing() -> None:
    found = published(ACTION, {"password": "${{ inputs.oidc && '' || secrets.TOKEN }}"})
    assert found.authentication(lambda asked: "") == "trusted-publishing"
    assert found.authentication(lambda asked: HIDDEN) == "token"
    assert found.authentication(unknown) == "unknown"
    assert found.trusted.empty_counts_as_absent


@pytest.mark.parametrize(
    ("inputs", "files"),
    [
        ({}, "dist/*"),
        ({"packages-dir": "out/"}, "out/*"),
        ({"packages_dir": "${{ inputs.d }}/dist/"}, "${{ inputs.d }}/dist/*"),
    ],
)
def test_publish_action_uploads_a_folder(inputs: dict[str, str], files: str) -> None:
    assert [str(file) for file in published(ACTION, inputs).files] == [files]


def test_publish_action_switches() -> None:
    found = published(
        ACTION, {"skip-existing": "true", "verbose": "true", "verify-metadata": "false", "print_hash": "true"}
    )
    for setting, expected in (
        (found.skip_existing, "true"),
        (found.verbose, "true"),
        (found.verify_metadata, "false"),
        (found.print_hash, "true"),
    ):
        assert setting is not None
        assert setting.value.literal == expected


@pytest.mark.parametrize(
    ("ref", "kind", "version", "moves"),
    [
        ("release/v1", "branch", "1.14.2", True),
        ("unstable/v1", "branch", "1.14.2", True),
        ("release/v1.8", "branch", "1.8.14", True),
        ("master", "branch", "1.5.0", False),
        ("v1.12.4", "tag", "1.12.4", False),
        ("v1.99.0", "tag", "1.99.0", False),
        ("76f52bc884231f62b9a034ebfe128415bbaabdfc", "commit", "1.12.4", False),
        ("76F52BC884231F62B9A034EBFE128415BBAABDFC", "commit", "1.12.4", False),
        ("7f25271a4aa483500f742f9492b2ab5648d61011", "tag-object", "1.12.4", False),
        ("6733eb7d741f0b11ec6a39b58540dab7590f9b7d", "tag-object", "1.14.0", False),
        ("a892a5a61159132606e93a2fa6f4358831b04d26", "tag-object", "1.14.2", False),
        ("81e9d935c883d0b210363ab89cf05f3894778450", "commit", "1.8.14", False),
        ("0" * 40, "commit", None, False),
        ("v1", "unknown", None, False),
        ("main", "unknown", None, False),
        ("", "unknown", None, False),
    ],
)
def test_refs_of_the_publish_action(ref: str, kind: str, version: str | None, moves: bool) -> None:
    found = read_ref(ref)
    assert (found.kind, found.release and str(found.release), found.moves) == (kind, version, moves)
    assert found.sunset is (ref == "master")


def test_tag_object_names_the_commit_to_pin() -> None:
    assert read_ref("6733eb7d741f0b11ec6a39b58540dab7590f9b7d").commit == "cef221092ed1bacb1cc03d23a2d87d1d172e277b"


@pytest.mark.parametrize(
    ("version", "oidc", "attestations", "metadata", "image", "hyphens"),
    [
        ((1, 4, 2), False, "none", None, False, False),
        ((1, 5, 2), False, "none", "2.2", False, False),
        ((1, 7, 1), False, "none", "2.2", False, True),
        ((1, 8, 0), True, "none", "2.2", False, True),
        ((1, 8, 14), True, "none", "2.3", False, True),
        ((1, 10, 0), True, "optional", "2.3", False, True),
        ((1, 11, 0), True, "default", "2.3", False, True),
        ((1, 12, 2), True, "default", "2.3", True, True),
        ((1, 12, 3), True, "default", "2.4", True, True),
        ((1, 13, 0), True, "default", "2.4", True, True),
        ((1, 14, 1), True, "default", "2.4", True, True),
        ((1, 14, 2), True, "default", "2.5", True, True),
    ],
)
def test_what_releases_can(
    version: tuple[int, ...], oidc: bool, attestations: str, metadata: str | None, image: bool, hyphens: bool
) -> None:
    release = ActionRelease(version)
    assert release.trusted_publishing is oidc
    assert release.attestations == attestations
    assert release.newest_metadata == metadata
    assert release.pulls_image is image
    assert release.hyphenated_inputs is hyphens


@pytest.mark.parametrize(
    ("names", "version", "expected"),
    [
        (INPUTS, None, {}),
        (("repository_url", "skip_existing"), None, {}),
        (("respository-url",), None, {"respository-url": "repository-url"}),
        (("repository",), None, {"repository": "repository-url"}),
        (("attestations",), (1, 9, 0), {"attestations": None}),
        (("repository-url",), (1, 6, 4), {"repository-url": "repository_url"}),
        (("Verbose",), None, {}),
        (("token",), None, {"token": None}),
    ],
)
def test_inputs_the_publish_action_does_not_know(
    names: tuple[str, ...], version: tuple[int, ...] | None, expected: dict[str, str | None]
) -> None:
    assert unknown_inputs(names, ActionRelease(version) if version else None) == expected


# ── Other actions ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "inputs", "ref", "env", "client", "index", "auth"),
    [
        ("JRubics/poetry-publish", {"pypi_token": "${{ secrets.T }}"}, "v1.16", {}, "poetry-publish", "pypi", "token"),
        (
            "JRubics/poetry-publish",
            {
                "pypi_token": "${{ secrets.T }}",
                "repository_name": "testpypi",
                "repository_url": "https://test.pypi.org/legacy/",
            },
            "v2.0",
            {},
            "poetry-publish",
            "testpypi",
            "token",
        ),
        (
            "JRubics/poetry-publish",
            {
                "repository_name": "x",
                "repository_url": "https://example.org/",
                "repository_username": "me",
                "repository_password": "${{ secrets.P }}",
            },
            "v2.0",
            {},
            "poetry-publish",
            "https://example.org/",
            "password",
        ),
        (
            "PyO3/maturin-action",
            {"command": "upload", "args": "--non-interactive --skip-existing wheels-*/*"},
            "v1",
            {"MATURIN_PYPI_TOKEN": "${{ secrets.T }}"},
            "maturin",
            "pypi",
            "token",
        ),
        (
            "PyO3/maturin-action",
            {"command": "upload", "args": "dist/*"},
            "v1",
            {},
            "maturin",
            "pypi",
            "trusted-publishing",
        ),
        (
            "messense/maturin-action",
            {"command": "publish", "args": "-u __token__ -p ${{ secrets.T }} --repository testpypi"},
            "v1",
            {},
            "maturin",
            "testpypi",
            "trusted-publishing",
        ),
        (
            "python-semantic-release/python-semantic-release",
            {"pypi_token": "${{ secrets.T }}"},
            "v7.34.6",
            {},
            "python-semantic-release",
            "pypi",
            "token",
        ),
        (
            "relekang/python-semantic-release",
            {"repository_username": "__token__", "repository_password": "${{ secrets.T }}"},
            "v7.0.0",
            {"REPOSITORY_URL": "https://test.pypi.org/legacy/"},
            "python-semantic-release",
            "testpypi",
            "token",
        ),
        (
            "casperdcl/deploy-pypi",
            {"password": "${{ secrets.T }}", "build": "true"},
            "v2",
            {},
            "deploy-pypi",
            "pypi",
            "token",
        ),
        ("casperdcl/deploy-pypi", {"build": "true"}, "v2", {}, "deploy-pypi", "pypi", "trusted-publishing"),
        ("casperdcl/deploy-pypi", {}, "v2.3.1", {}, "deploy-pypi", "pypi", "none"),
        (
            "etils-actions/pypi-auto-publish",
            {"pypi-token": "${{ secrets.T }}"},
            "v1",
            {},
            "pypi-auto-publish",
            "pypi",
            "token",
        ),
        (
            "etils-actions/pypi-build-publish",
            {"pypi-token": "${{ secrets.T }}"},
            "v1",
            {},
            "pypi-build-publish",
            "pypi",
            "token",
        ),
        (
            "code-specialist/pypi-poetry-publish",
            {"PUBLISH_REGISTRY_PASSWORD": "${{ secrets.T }}", "PUBLISH_REGISTRY": "https://test.pypi.org/legacy/"},
            "v1",
            {},
            "pypi-poetry-publish",
            "testpypi",
            "token",
        ),
        (
            "celsiusnarhwal/poetry-publish",
            {"token": "${{ secrets.T }}", "repo": "testpypi"},
            "v2",
            {},
            "poetry-publish",
            "testpypi",
            "token",
        ),
        (
            "celsiusnarhwal/poetry-publish",
            {"token": "${{ secrets.T }}", "repo": "https://e.org/"},
            "v2",
            {},
            "poetry-publish",
            "https://e.org/",
            "token",
        ),
        (
            "coveooss/pypi-publish-with-poetry",
            {"pypi-token": "${{ secrets.T }}"},
            "v1",
            {},
            "pypi-publish-with-poetry",
            "pypi",
            "token",
        ),
        ("autopub/autopub-action", {"command": "publish"}, "v1", {}, "autopub", "pypi", "trusted-publishing"),
        (
            "autopub/autopub-action",
            {"command": "publish", "pypi-token": "${{ secrets.T }}"},
            "v1",
            {},
            "autopub",
            "pypi",
            "token",
        ),
        (
            "jupyter-server/jupyter_releaser/.github/actions/finalize-release",
            {},
            "v2",
            {"PYPI_TOKEN": "${{ secrets.T }}"},
            "jupyter-releaser",
            "pypi",
            "trusted-publishing",
        ),
    ],
)
def test_actions(
    name: str, inputs: dict[str, str], ref: str, env: dict[str, str], client: str, index: str, auth: str
) -> None:
    found = published(name, inputs, ref, env)
    assert found.client == client
    assert index_of(found.index.address(unknown) or "") == index
    assert found.authentication(unknown, id_token=True) == auth
    assert uploading_action(name)


@pytest.mark.parametrize(
    ("name", "inputs", "ref"),
    [
        ("actions/checkout", {}, "v4"),
        ("pypa/cibuildwheel", {}, "v3"),
        ("abatilo/actions-poetry", {}, "v4"),
        ("python-semantic-release/publish-action", {}, "v10"),
        ("python-semantic-release/python-semantic-release", {"github_token": "x"}, "v10"),
        ("python-semantic-release/python-semantic-release", {"github_token": "x"}, "v8.0.0"),
        ("python-semantic-release/python-semantic-release", {"github_token": "x"}, "0" * 40),
        ("PyO3/maturin-action", {"command": "build"}, "v1"),
        ("PyO3/maturin-action", {}, "v1"),
        ("casperdcl/deploy-pypi", {"upload": "false"}, "v2"),
        ("etils-actions/pypi-auto-publish", {"gh-token": "x"}, "v1"),
        ("autopub/autopub-action", {"command": "check"}, "v1"),
        ("hynek/build-and-inspect-python-package", {}, "v2"),
    ],
)
def test_actions_that_upload_nothing(name: str, inputs: dict[str, str], ref: str) -> None:
    assert action(name, inputs, ref) is None


def test_condition_in_an_input_becomes_a_guard() -> None:
    def answering(answer: str) -> dict[str, bool | None]:
        def lookup(asked: object) -> str | None:
            return answer if isinstance(asked, Expression) else None

        return {"maturin": maturin.guard.evaluate(lookup), "deploy": deploy.guard.evaluate(lookup)}

    maturin = published("PyO3/maturin-action", {"command": "${{ inputs.command }}", "args": "dist/*"}, "v1")
    deploy = published("casperdcl/deploy-pypi", {"upload": "${{ inputs.upload }}"}, "v2")
    assert answering("upload") == {"maturin": True, "deploy": False}
    assert answering("true") == {"maturin": False, "deploy": True}


def test_semantic_release_at_a_commit_uploads_only_with_a_token_of_old() -> None:
    found = published("python-semantic-release/python-semantic-release", {"pypi_token": "${{ secrets.T }}"}, "0" * 40)
    assert found.guard.evaluate(unknown) is None


def test_dry_runs_of_actions() -> None:
    coveo = published("coveooss/pypi-publish-with-poetry", {"pypi-token": "x", "dry-run": "${{ inputs.dry }}"})
    assert coveo.pretends(lambda asked: "true") is True
    assert coveo.pretends(lambda asked: "false") is False
    assert coveo.pretends(unknown) is None
    poetry = published("JRubics/poetry-publish", {"pypi_token": "x", "poetry_publish_options": "--dry-run"})
    assert poetry.pretends(unknown) is True


def test_maturin_action_files_and_folder() -> None:
    found = published(
        "PyO3/maturin-action", {"command": "upload", "args": "--skip-existing\n dist/*", "working-directory": "py"}
    )
    assert [str(file) for file in found.files] == ["dist/*"]
    assert str(found.directory) == "py"
    assert found.skip_existing is not None


def test_releases_before_trusted_publishing_never_use_it() -> None:
    assert published(ACTION, {}, "v1.7.1").trusted.use is Trust.NEVER
    assert published(ACTION, {}, "v1.8.0").trusted.use is Trust.UNLESS_PASSWORD
    assert published(ACTION, {"attestations": "true"}, "v1.8.14").attestations is Attestations.NONE
