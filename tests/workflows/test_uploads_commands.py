"""What real command lines of public workflows upload: where, how authenticated, which files."""

from dataclasses import dataclass, field

import pytest

from preflight.workflows.upload_model import Upload, index_of
from preflight.workflows.uploads import read_script_uploads
from preflight.workflows.values import template, unknown

TOKEN = {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": "${{ secrets.PYPI_API_TOKEN }}"}
HATCH = {"HATCH_INDEX_USER": "__token__", "HATCH_INDEX_AUTH": "${{ secrets.PYPI_TOKEN }}"}
FLIT = {"FLIT_USERNAME": "__token__", "FLIT_PASSWORD": "${{ secrets.PYPI_TOKEN }}"}
OIDC = "trusted-publishing"


@dataclass
class Row:
    """A script with its environment and what its one upload is; `index` None is an index that only a name tells."""

    script: str
    client: str
    index: str | None = "pypi"
    auth: str = "token"
    files: tuple[str, ...] = ("dist/*",)
    env: dict[str, str] = field(default_factory=dict)
    skip: bool = False
    dry: bool = False
    name: str | None = None


ROWS = [
    # twine
    Row("twine upload dist/*", "twine", env=TOKEN),
    Row("twine upload dist/*", "twine", auth=OIDC),
    Row("twine upload dist/* -u __token__ -p ${{ secrets.pypi_password }}", "twine"),
    Row("python -m twine upload dist/*", "twine", env=TOKEN),
    Row("python3 -m twine upload --skip-existing dist/*", "twine", env=TOKEN, skip=True),
    Row("python3.11 -m twine upload dist/* --verbose", "twine", env=TOKEN),
    Row("py -m twine upload dist/*", "twine", env=TOKEN),
    Row("twine upload -r testpypi dist/*", "twine", "testpypi", env=TOKEN),
    Row("twine upload -rtestpypi dist/*", "twine", "testpypi", env=TOKEN),
    Row("twine upload --repository testpypi dist/*", "twine", "testpypi", env=TOKEN),
    Row("twine upload --repository=testpypi dist/*", "twine", "testpypi", env=TOKEN),
    Row("twine upload --repository-url https://test.pypi.org/legacy/ dist/*", "twine", "testpypi", env=TOKEN),
    Row("twine upload --repository-url=https://upload.pypi.org/legacy/ dist/*", "twine", env=TOKEN),
    Row(
        "python -m twine upload --repository-url https://pypi.org/legacy/ dist/*",
        "twine",
        "https://pypi.org/legacy/",
        env=TOKEN,
    ),
    Row(
        "twine upload --disable-progress-bar --repository-url https://test.pypi.org/legacy/ dist/*",
        "twine",
        "testpypi",
        env=TOKEN,
    ),
    Row("twine upload --non-interactive --skip-existing --verbose 'dist/*'", "twine", env=TOKEN, skip=True),
    Row("twine upload --skip dist/*", "twine", env=TOKEN, skip=True),
    Row('twine upload "dist/*.whl" dist/*.tar.gz', "twine", env=TOKEN, files=("dist/*.whl", "dist/*.tar.gz")),
    Row("twine upload wheelhouse/*-manylinux*.whl", "twine", env=TOKEN, files=("wheelhouse/*-manylinux*.whl",)),
    Row(
        "twine upload --username __token__ --password $PYPI_TOKEN dist/*",
        "twine",
        env={"PYPI_TOKEN": "${{ secrets.P }}"},
    ),
    Row(
        'python -m twine upload --repository-url "$PYPI_REPOSITORY_URL" -u "$PYPI_USERNAME" -p "$PYPI_PASSWORD" dist/*',
        "twine",
        "testpypi",
        "password",
        env={
            "PYPI_REPOSITORY_URL": "https://test.pypi.org/legacy/",
            "PYPI_USERNAME": "${{ secrets.PYPI_USERNAME }}",
            "PYPI_PASSWORD": "${{ secrets.PYPI_PASSWORD }}",
        },
    ),
    Row(
        "twine upload dist/*",
        "twine",
        auth="password",
        env={"TWINE_USERNAME": "${{ secrets.U }}", "TWINE_PASSWORD": "${{ secrets.P }}"},
    ),
    Row("twine upload dist/*", "twine", env={"TWINE_PASSWORD": "${{ secrets.PYPI_TOKEN }}"}),
    Row("twine upload dist/*", "twine", "testpypi", env={**TOKEN, "TWINE_REPOSITORY": "testpypi"}),
    Row(
        "twine upload dist/*",
        "twine",
        "testpypi",
        env={**TOKEN, "TWINE_REPOSITORY_URL": "https://test.pypi.org/legacy/"},
    ),
    Row("TWINE_USERNAME=__token__ TWINE_PASSWORD=${{ secrets.T }} twine upload dist/*", "twine"),
    Row('TWINE_PASSWORD="${{ secrets.T }}" python -m twine upload --repository=testpypi dist/*', "twine", "testpypi"),
    Row(
        "export TWINE_USERNAME=__token__\nexport TWINE_PASSWORD=$T\ntwine upload dist/*",
        "twine",
        env={"T": "${{ secrets.T }}"},
    ),
    Row("env TWINE_PASSWORD=${{ secrets.T }} twine upload dist/*", "twine"),
    Row("pipx run twine upload dist/*", "twine", env=TOKEN),
    Row("pipx run twine==5.1.1 upload dist/*", "twine", auth="none"),
    Row("pipx run --spec 'twine>=6.1' twine upload dist/*", "twine", auth=OIDC),
    Row("uvx twine upload dist/*", "twine", auth=OIDC),
    Row("uvx twine@5.0.0 upload dist/*", "twine", auth="none"),
    Row("uvx --from twine twine upload --repository testpypi dist/*", "twine", "testpypi", OIDC),
    Row("uv tool run twine upload dist/*", "twine", env=TOKEN),
    Row("uv run twine upload dist/*", "twine", env=TOKEN),
    Row("uv run --with twine -- twine upload dist/*", "twine", env=TOKEN),
    Row("uv run --no-project --with twine python -m twine upload dist/*", "twine", env=TOKEN),
    Row("uv run -m twine upload dist/*", "twine", env=TOKEN),
    Row("poetry run twine upload dist/*", "twine", env=TOKEN),
    Row("pdm run twine upload dist/*", "twine", env=TOKEN),
    Row("hatch run release:twine upload dist/*", "twine", env=TOKEN),
    Row("conda run -n base --no-capture-output twine upload dist/*", "twine", env=TOKEN),
    Row("sudo -E xvfb-run -a time nice -n 5 twine upload dist/*", "twine", env=TOKEN),
    Row("timeout 600 twine upload dist/*", "twine", env=TOKEN),
    Row('bash -c "twine upload dist/*"', "twine", env=TOKEN),
    Row(".venv/bin/twine upload dist/*", "twine", env=TOKEN),
    Row("$HOME/.local/bin/twine upload dist/*", "twine", env=TOKEN),
    Row(
        "python -m build && python -m twine check --strict dist/* && python -m twine upload dist/*", "twine", env=TOKEN
    ),
    Row("pip install twine; twine check dist/*; twine upload dist/* || true", "twine", env=TOKEN),
    Row("ls dist/*.whl | xargs twine upload", "twine", env=TOKEN, files=("dist/*.whl",)),
    Row("twine upload \\\n  --skip-existing \\\n  dist/*", "twine", env=TOKEN, skip=True),
    Row("twine upload --config-file .pypirc dist/*", "twine", auth="unknown"),
    Row("twine upload -r internal dist/*", "twine", None, env=TOKEN, name="internal"),
    Row("twine upload --attestations dist/*", "twine", auth=OIDC),
    Row("echo y | twine upload dist/*", "twine", env=TOKEN),
    Row("cd dist\ntwine upload *", "twine", env=TOKEN, files=("*",)),
    # uv
    Row("uv publish", "uv", auth=OIDC),
    Row("uv publish dist/*", "uv", auth=OIDC),
    Row("uv publish '*'", "uv", auth=OIDC, files=("*",)),
    Row("uv publish wheels/*", "uv", auth=OIDC, files=("wheels/*",)),
    Row("uv publish --trusted-publishing always", "uv", auth=OIDC),
    Row("uv publish --trusted-publishing=never", "uv", auth="none"),
    Row("uv publish --trusted-publishing never", "uv", env={"UV_PUBLISH_TOKEN": "${{ secrets.PYPI_TOKEN }}"}),
    Row("uv publish", "uv", env={"UV_PUBLISH_TOKEN": "${{ secrets.PYPI_TOKEN }}"}),
    Row("uv publish --token ${{ secrets.PYPI_TOKEN }}", "uv"),
    Row('uv publish --token "$UV_PUBLISH_TOKEN"', "uv", env={"UV_PUBLISH_TOKEN": "${{ secrets.PYPI_TOKEN }}"}),
    Row("uv publish -t $PYPI_TOKEN", "uv", env={"PYPI_TOKEN": "${{ secrets.PYPI_TOKEN }}"}),
    Row("uv publish -u __token__ -p ${{ secrets.PYPI }}", "uv"),
    Row("uv publish --username me --password ${{ secrets.PW }}", "uv", auth="password"),
    Row("uv publish --publish-url https://test.pypi.org/legacy/", "uv", "testpypi", OIDC),
    Row(
        "uv publish --publish-url https://test.pypi.org/legacy/ --check-url https://test.pypi.org/simple/",
        "uv",
        "testpypi",
        OIDC,
    ),
    Row("uv publish --check-url https://pypi.org/simple/ dist/*", "uv", auth=OIDC),
    Row("uv publish --index testpypi", "uv", None, OIDC, name="testpypi"),
    Row("uv publish", "uv", None, OIDC, env={"UV_PUBLISH_INDEX": "testpypi"}, name="testpypi"),
    Row("uv publish", "uv", "testpypi", OIDC, env={"UV_PUBLISH_URL": "https://test.pypi.org/legacy/"}),
    Row(
        'UV_PUBLISH_URL="https://upload.pypi.org/legacy/" \\\n    uv publish --token "${PYPI_TOKEN}"',
        "uv",
        env={"PYPI_TOKEN": "${{ secrets.P }}"},
    ),
    Row("uv publish --dry-run", "uv", auth=OIDC, dry=True),
    Row("uv --directory packages/core publish ../../dist/*", "uv", auth=OIDC, files=("../../dist/*",)),
    Row(
        "uv publish --keyring-provider subprocess -u oauth2accesstoken --publish-url https://eu-python.pkg.dev/p/r/",
        "uv",
        "https://eu-python.pkg.dev/p/r/",
        "unknown",
    ),
    Row("uvx uv publish", "uv", auth=OIDC),
    Row("python -m uv publish", "uv", auth=OIDC),
    # poetry
    Row("poetry publish", "poetry", env={"POETRY_PYPI_TOKEN_PYPI": "${{ secrets.PYPI_TOKEN }}"}),
    Row("poetry publish --build", "poetry", auth="none"),
    Row(
        "poetry publish --build -u $POETRY_TOKEN_USER -p $POETRY_TOKEN",
        "poetry",
        auth="password",
        env={"POETRY_TOKEN_USER": "${{ secrets.U }}", "POETRY_TOKEN": "${{ secrets.P }}"},
    ),
    Row("poetry publish --build --username __token__ --password ${{ secrets.PYPI_TOKEN }}", "poetry"),
    Row("poetry config pypi-token.pypi ${{ secrets.PYPI_TOKEN }}\npoetry publish --build", "poetry"),
    Row(
        "poetry config pypi-token.pypi $PYPI_TOKEN && poetry publish --no-interaction",
        "poetry",
        env={"PYPI_TOKEN": "${{ secrets.P }}"},
    ),
    Row(
        "poetry config repositories.testpypi https://test.pypi.org/legacy/\n"
        "poetry config pypi-token.testpypi ${{ secrets.TEST_PYPI_TOKEN }}\n"
        "poetry publish --build --repository testpypi",
        "poetry",
        "testpypi",
    ),
    Row(
        "poetry config repositories.test-pypi https://test.pypi.org/legacy/\n"
        "poetry publish -r test-pypi --skip-existing",
        "poetry",
        "testpypi",
        env={"POETRY_PYPI_TOKEN_TEST_PYPI": "${{ secrets.T }}"},
        skip=True,
    ),
    Row(
        "poetry publish -r private",
        "poetry",
        None,
        "password",
        env={"POETRY_HTTP_BASIC_PRIVATE_USERNAME": "me", "POETRY_HTTP_BASIC_PRIVATE_PASSWORD": "${{ secrets.P }}"},
        name="private",
    ),
    Row(
        "poetry publish -r test",
        "poetry",
        "testpypi",
        env={
            "POETRY_REPOSITORIES_TEST_URL": "https://test.pypi.org/legacy/",
            "POETRY_PYPI_TOKEN_TEST": "${{ secrets.P }}",
        },
    ),
    Row("poetry publish --dry-run", "poetry", auth="none", dry=True),
    Row(
        "poetry publish --dist-dir out", "poetry", files=("out/*",), env={"POETRY_PYPI_TOKEN_PYPI": "${{ secrets.P }}"}
    ),
    # hatch, flit, pdm, maturin
    Row("hatch publish", "hatch", env=HATCH, skip=True),
    Row("hatch -v publish -n", "hatch", env=HATCH, skip=True),
    Row("hatch publish -r test", "hatch", "testpypi", env=HATCH, skip=True),
    Row("hatch publish", "hatch", "testpypi", env={**HATCH, "HATCH_INDEX_REPO": "test"}, skip=True),
    Row(
        "hatch publish --repo https://example.org/legacy/ dist/a.whl",
        "hatch",
        "https://example.org/legacy/",
        env=HATCH,
        files=("dist/a.whl",),
        skip=True,
    ),
    Row("hatch publish -u __token__ -a ${{ secrets.PYPI }}", "hatch", skip=True),
    Row("hatch publish", "hatch", auth="none", skip=True),
    Row("flit publish", "flit", env=FLIT, files=()),
    Row("python -m flit publish --setup-py", "flit", env=FLIT, files=()),
    Row("flit publish", "flit", "testpypi", env={**FLIT, "FLIT_INDEX_URL": "https://test.pypi.org/legacy/"}, files=()),
    Row("flit publish --repository testpypi", "flit", None, env=FLIT, files=(), name="testpypi"),
    Row("pdm publish", "pdm", auth=OIDC),
    Row(
        "pdm publish --no-build",
        "pdm",
        env={"PDM_PUBLISH_USERNAME": "__token__", "PDM_PUBLISH_PASSWORD": "${{ secrets.P }}"},
    ),
    Row("pdm publish -r testpypi --skip-existing", "pdm", "testpypi", OIDC, skip=True),
    Row("pdm publish", "pdm", "https://example.org/", OIDC, env={"PDM_PUBLISH_REPO": "https://example.org/"}),
    Row("maturin upload dist/*", "maturin", env={"MATURIN_PYPI_TOKEN": "${{ secrets.P }}"}),
    Row("maturin upload --skip-existing wheels/*", "maturin", auth=OIDC, files=("wheels/*",), skip=True),
    Row("maturin publish --no-sdist -i python3.11 -u __token__ -p ${{ secrets.P }}", "maturin", auth=OIDC, files=()),
    Row(
        "maturin publish",
        "maturin",
        "testpypi",
        env={"MATURIN_PYPI_TOKEN": "${{ secrets.P }}", "MATURIN_REPOSITORY": "testpypi"},
        files=(),
    ),
    # older
    Row("python setup.py sdist bdist_wheel upload -r pypi", "setup.py", auth="unknown", files=()),
    Row("python setup.py sdist upload -r https://test.pypi.org/legacy/", "setup.py", "testpypi", "unknown", files=()),
    Row("rye publish --yes --token ${{ secrets.P }}", "rye"),
    Row(
        "rye publish --repository testpypi --repository-url https://test.pypi.org/legacy/ --token ${{ secrets.P }}",
        "rye",
        "testpypi",
    ),
    Row(
        "python -m jupyter_releaser.actions.finalize_release",
        "jupyter-releaser",
        auth=OIDC,
        env={"PYPI_TOKEN": "${{ secrets.P }}"},
    ),
]


def only(script: str, env: dict[str, str] | None = None) -> Upload:
    found = read_script_uploads(script, {name: template(value) for name, value in (env or {}).items()})
    assert len(found.uploads) == 1
    assert not found.suspects
    return found.uploads[0]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.client}-{number}" for number, row in enumerate(ROWS)])
def test_command_line(row: Row) -> None:
    upload = only(row.script, row.env)
    address = upload.index.address(unknown)
    assert upload.client == row.client
    assert (address and index_of(address)) == row.index
    assert upload.index.unresolved_name(unknown) == row.name
    assert upload.authentication(unknown, id_token=True) == row.auth
    assert tuple(str(file) for file in upload.files) == row.files
    assert (upload.skip_existing is not None) is row.skip
    assert (upload.pretends(unknown) is True) is row.dry
    assert upload.guard.evaluate(unknown) is True


NO_UPLOADS = [
    "twine check dist/*",
    "twine --version",
    "twine upload --help",
    "python -m build",
    "uv build",
    "uv pip install twine",
    "uv run publish",
    "poetry build",
    "poetry publish --help",
    "hatch build && hatch version",
    "hatch run publish",
    "flit build",
    "pdm build",
    "maturin build --release",
    "python setup.py sdist bdist_wheel",
    "python setup.py --help upload",
    "npm publish",
    "cargo publish",
    "gh release upload v1 dist/*",
    'echo "run twine upload dist/*"',
    "# twine upload dist/*",
    "cat <<EOF\ntwine upload dist/*\nEOF",
    "semantic-release version",
    "uvx python-semantic-release@9 publish",
    "pip install twine poetry",
    "cibuildwheel --output-dir wheelhouse",
    "printf '%s' 'uv publish'",
    "grep -q 'twine upload' Makefile",
]


@pytest.mark.parametrize("script", NO_UPLOADS)
def test_what_looks_like_an_upload_and_is_none(script: str) -> None:
    found = read_script_uploads(script, {})
    assert found.uploads == ()
    assert found.suspects == ()


@pytest.mark.parametrize(
    "script", ["retry 3 twine upload dist/*", "nix develop --command uv publish", "./with-env.sh poetry publish"]
)
def test_unknown_wrapper_is_suspected_and_not_read(script: str) -> None:
    found = read_script_uploads(script, {})
    assert found.uploads == ()
    assert len(found.suspects) == 1


@pytest.mark.parametrize(
    ("script", "client"), [("python setup.py register", "setup.py"), ("twine register dist/x.whl", "twine")]
)
def test_registration_sends_no_files(script: str, client: str) -> None:
    upload = only(script)
    assert (upload.client, upload.subcommand, upload.sends_files) == (client, "register", False)


def test_single_dash_before_repository_is_read_as_twine_reads_it() -> None:
    upload = only("twine upload -repository testpypi dist/*")
    assert upload.index.unresolved_name(unknown) == "epository"
    assert [str(file) for file in upload.files] == ["testpypi", "dist/*"]


def test_repository_option_without_value_swallows_the_file() -> None:
    upload = only("twine upload -r dist/*")
    assert upload.index.unresolved_name(unknown) == "dist/*"
    assert upload.files == ()


def test_options_hidden_in_a_variable_are_said() -> None:
    upload = only("twine upload $TWINE_ARGS dist/*")
    assert [str(word) for word in upload.unread] == ["$TWINE_ARGS"]


def test_options_in_a_variable_of_the_step_are_read() -> None:
    upload = only("twine upload $TWINE_ARGS dist/*", {"TWINE_ARGS": "--skip-existing -r testpypi", **TOKEN})
    assert upload.unread == ()
    assert upload.skip_existing is not None
    assert index_of(upload.index.address(unknown) or "") == "testpypi"


def test_folders_of_cd_and_of_the_client_add_up() -> None:
    upload = only("cd packages && uv --directory core publish")
    assert str(upload.directory) == "packages/core"


def test_launchers_and_version_are_kept() -> None:
    upload = only("uvx --from 'twine==6.0.1' twine upload dist/*")
    assert (upload.via, upload.requirement) == (("uvx",), "==6.0.1")


def test_semantic_release_of_unknown_version_may_upload() -> None:
    upload = only("semantic-release publish", {"PYPI_TOKEN": "${{ secrets.P }}"})
    assert upload.guard.evaluate(unknown) is None
    assert upload.authentication(unknown) == "token"


def test_place_of_the_command() -> None:
    script = "pip install twine\n  python -m twine upload dist/*  # go\n"
    upload = only(script)
    assert script[upload.start : upload.end] == "python -m twine upload dist/*"
