"""How an upload authenticates: what a scenario's values make of it, and what commands before it set up."""

import pytest

from preflight.workflows.upload_model import Attestations, Origin, Trust, Upload, index_of
from preflight.workflows.uploads import mentions_upload, read_script_uploads
from preflight.workflows.values import HIDDEN, Expression, Lookup, Resolved, Variable, template, unknown


def upload(script: str, env: dict[str, str] | None = None) -> Upload:
    found = read_script_uploads(script, {name: template(value) for name, value in (env or {}).items()})
    assert len(found.uploads) == 1
    return found.uploads[0]


def answering(answer: Resolved) -> Lookup:
    """A lookup that answers every expression alike, and knows no variable."""
    return lambda asked: answer if isinstance(asked, Expression) else None


CONDITIONAL = "${{ !inputs.use_oidc && secrets.PYPI_TOKEN || '' }}"


@pytest.mark.parametrize(
    ("script", "env", "when_empty", "when_given"),
    [
        ("twine upload dist/*", {"TWINE_PASSWORD": CONDITIONAL}, "none", "token"),
        ("uv publish", {"UV_PUBLISH_TOKEN": CONDITIONAL}, "none", "token"),
        ("pdm publish", {"PDM_PUBLISH_PASSWORD": CONDITIONAL}, "trusted-publishing", "token"),
        ("maturin upload x", {"MATURIN_PYPI_TOKEN": CONDITIONAL}, "none", "token"),
        ("hatch publish", {"HATCH_INDEX_AUTH": CONDITIONAL}, "none", "token"),
        ("poetry publish", {"POETRY_PYPI_TOKEN_PYPI": CONDITIONAL}, "none", "token"),
        ("flit publish", {"FLIT_USERNAME": "__token__", "FLIT_PASSWORD": CONDITIONAL}, "none", "token"),
    ],
)
def test_empty_credential_is_no_absent_one_for_every_client(
    script: str, env: dict[str, str], when_empty: str, when_given: str
) -> None:
    found = upload(script, env)
    assert found.authentication(answering(""), id_token=True) == when_empty
    assert found.authentication(answering(HIDDEN), id_token=True) == when_given
    assert found.authentication(unknown, id_token=True) == "unknown"


@pytest.mark.parametrize(
    ("script", "without", "unsaid", "with_token"),
    [
        ("twine upload dist/*", "none", "trusted-publishing", "trusted-publishing"),
        ("uv publish", "none", "trusted-publishing", "trusted-publishing"),
        ("uv publish --trusted-publishing always", *3 * ("trusted-publishing",)),
        ("uv publish --trusted-publishing never", "none", "none", "none"),
        ("pdm publish", "none", "trusted-publishing", "trusted-publishing"),
        ("maturin upload x", "none", "trusted-publishing", "trusted-publishing"),
        ("maturin upload -u __token__ -p ${{ secrets.T }} x", "token", "unknown", "trusted-publishing"),
        ("poetry publish", "none", "none", "none"),
        ("hatch publish", "none", "none", "none"),
        ("twine upload -r internal dist/*", "none", "unknown", "unknown"),
        ("twine upload --repository-url https://example.org/ dist/*", "none", "none", "none"),
    ],
)
def test_identity_token_decides(script: str, without: str, unsaid: str, with_token: str) -> None:
    found = upload(script)
    assert found.authentication(unknown, id_token=False) == without
    assert found.authentication(unknown) == unsaid
    assert found.authentication(unknown, id_token=True) == with_token


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("__token__", "token"),
        ("me", "password"),
        ("${{ secrets.PYPI_USERNAME }}", "password"),
        ("${{ vars.PYPI_USERNAME }}", "unknown"),
    ],
)
def test_user_name_tells_token_from_password(user: str, expected: str) -> None:
    found = upload("twine upload dist/*", {"TWINE_USERNAME": user, "TWINE_PASSWORD": "${{ secrets.P }}"})
    assert found.authentication(unknown) == expected


def test_password_with_the_prefix_of_a_token_is_one() -> None:
    assert upload("uv publish -u me -p pypi-AgEIcHlwaS5vcmcCJ").authentication(unknown) == "token"


def test_credential_written_into_the_workflow_is_never_shown() -> None:
    found = upload("twine upload dist/* -u __token__ -p pypi-AgEIcHlwaS5vcmcCJ")
    assert found.password is not None
    assert "AgEI" not in repr(found.password)
    assert found.password.described == "a text in `-p`"


@pytest.mark.parametrize(
    ("value", "described"),
    [
        ("${{ secrets.A }}", "secret `A`"),
        ("${{ secrets['a-b'] }}", "secret `a-b`"),
        ("${{ x && secrets.A || secrets.B }}", "secret `A`, secret `B`"),
        ("${{ steps.mint.outputs.token }}", "`${{ steps.mint.outputs.token }}`"),
    ],
)
def test_where_a_credential_comes_from(value: str, described: str) -> None:
    found = upload("twine upload dist/*", {"TWINE_PASSWORD": value})
    assert found.password is not None
    assert (found.password.described, found.password.origin, found.password.name) == (
        described,
        Origin.ENVIRONMENT,
        "TWINE_PASSWORD",
    )


def test_flag_wins_over_variable() -> None:
    found = upload(
        "twine upload -r testpypi -p ${{ secrets.FLAG }} dist/*",
        {"TWINE_PASSWORD": "${{ secrets.ENV }}", "TWINE_REPOSITORY": "pypi"},
    )
    assert found.password is not None
    assert found.password.value.secrets == ("FLAG",)
    assert index_of(found.index.address(unknown) or "") == "testpypi"


def test_url_wins_over_name() -> None:
    found = upload("twine upload -r pypi --repository-url https://test.pypi.org/legacy/ dist/*")
    assert index_of(found.index.address(unknown) or "") == "testpypi"


def test_empty_url_falls_back_to_the_name() -> None:
    found = upload("twine upload dist/*", {"TWINE_REPOSITORY_URL": "${{ inputs.url }}", "TWINE_REPOSITORY": "testpypi"})
    assert index_of(found.index.address(answering("")) or "") == "testpypi"
    assert found.index.address(answering("https://a/")) == "https://a/"
    assert found.index.address(unknown) is None


def test_conditional_index_in_the_script() -> None:
    script = 'if [ "${{ inputs.target }}" = test ]; then R=testpypi; else R=pypi; fi\ntwine upload -r $R dist/*'
    found = read_script_uploads(script, {}).uploads
    assert [index_of(one.index.address(unknown) or "") for one in found] == ["testpypi", "pypi"]
    assert [one.guard.evaluate(answering("test")) for one in found] == [True, False]


def test_variable_of_the_step_in_the_guard_is_filled_in() -> None:
    found = upload('if [ "$TARGET" = real ]; then uv publish; fi', {"TARGET": "${{ inputs.target }}"})
    assert found.guard.evaluate(answering("real")) is True
    assert found.guard.evaluate(answering("test")) is False


# ── Commands before the upload ────────────────────────────────────────────────────────────────────────────────────────

PYPIRC = """cat > ~/.pypirc <<EOF
[distutils]
index-servers = pypi internal

[pypi]
username = __token__
password = ${{ secrets.PYPI }}

[internal]
repository: https://example.org/legacy/
username: me
password: $INTERNAL
EOF
"""


def test_pypirc_of_a_step_is_read() -> None:
    found = upload(PYPIRC + "twine upload dist/*")
    assert found.authentication(unknown) == "token"
    assert found.password is not None
    assert (found.password.origin, found.password.value.secrets) == (Origin.STEP, ("PYPI",))


def test_pypirc_of_a_step_names_repositories() -> None:
    found = upload(PYPIRC + "twine upload -r internal dist/*", {"INTERNAL": "${{ secrets.I }}"})
    assert found.index.address(unknown) == "https://example.org/legacy/"
    assert found.authentication(answering(HIDDEN)) == "unknown"
    assert upload(PYPIRC + "flit publish --repository internal").index.address(unknown) == "https://example.org/legacy/"


@pytest.mark.parametrize(
    "script",
    [
        'echo "$PYPIRC" > ~/.pypirc\ntwine upload dist/*',
        "envsubst < .pypirc.in > ~/.pypirc\ntwine upload dist/*",
        "twine upload --config-file ci/.pypirc dist/*",
        "keyring set https://upload.pypi.org/legacy/ __token__\ntwine upload dist/*",
        "op run --env-file .env -- twine upload dist/*",
        "uv run --env-file .env twine upload dist/*",
    ],
)
def test_credentials_that_cannot_be_seen_are_unknown(script: str) -> None:
    found = upload(script)
    assert found.authentication(unknown, id_token=True) == "unknown"
    assert found.other_credentials


def test_pypirc_line_by_line() -> None:
    script = (
        'echo "[pypi]" > ~/.pypirc\n'
        'echo "username=__token__" >> ~/.pypirc\n'
        'echo "password=${{ secrets.P }}" >> ~/.pypirc\n'
        "python setup.py sdist upload"
    )
    found = upload(script)
    assert found.password is not None
    assert found.password.value.secrets == ("P",)


def test_configuration_is_handed_to_later_steps() -> None:
    first = read_script_uploads("poetry config pypi-token.pypi ${{ secrets.P }}", {})
    assert [(entry.client, entry.kind, entry.name) for entry in first.configured] == [("poetry", "token", "pypi")]
    second = read_script_uploads("poetry publish", {}, first.configured)
    assert second.uploads[0].authentication(unknown) == "token"


@pytest.mark.parametrize(
    ("before", "publish", "index", "auth"),
    [
        ("poetry config http-basic.pypi __token__ ${{ secrets.P }}", "poetry publish", "pypi", "token"),
        ("poetry config http-basic.pypi me ${{ secrets.P }}", "poetry publish", "pypi", "password"),
        (
            "poetry config --local repositories.t.url https://test.pypi.org/legacy/",
            "poetry publish -r t",
            "testpypi",
            "none",
        ),
        (
            "pdm config repository.t.url https://test.pypi.org/legacy/",
            "pdm publish -r t",
            "testpypi",
            "trusted-publishing",
        ),
        ("pdm config repository.pypi.password ${{ secrets.P }}", "pdm publish -r pypi", "pypi", "token"),
        ("hatch config set publish.index.auth ${{ secrets.P }}", "hatch publish", "pypi", "token"),
        ("hatch config set publish.index.repo test", "hatch publish", "testpypi", "none"),
        ("poetry config pypi-token.pypi --unset", "poetry publish", "pypi", "none"),
        ("poetry config --list", "poetry publish", "pypi", "none"),
    ],
)
def test_configuration_commands(before: str, publish: str, index: str, auth: str) -> None:
    found = upload(f"{before}\n{publish}")
    assert index_of(found.index.address(unknown) or "") == index
    assert found.authentication(unknown, id_token=True) == auth


def test_token_minted_by_hand_is_trusted_publishing() -> None:
    script = (
        'resp=$(curl -X POST https://pypi.org/_/oidc/mint-token -d "{\\"token\\": \\"$oidc\\"}")\n'
        'api_token=$(jq -r .token <<< "$resp")\n'
        'twine upload -u __token__ -p "$api_token" dist/*'
    )
    found = upload(script)
    assert found.minted
    assert found.authentication(lambda asked: HIDDEN) == "trusted-publishing"


def test_token_beside_a_minting_fallback_is_a_token() -> None:
    script = 'if [ -z "$TWINE_PASSWORD" ]; then curl https://pypi.org/_/oidc/mint-token; fi\ntwine upload dist/*'
    found = upload(script, {"TWINE_PASSWORD": "${{ inputs.password }}"})
    assert found.authentication(answering(HIDDEN)) == "token"


# ── Files, attestations, versions ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("script", "attestations", "attests"),
    [
        ("twine upload dist/*", Attestations.NONE, False),
        ("twine upload --attestations dist/*", Attestations.REQUIRED, True),
        ("uv publish", Attestations.IF_PRESENT, None),
        ("uv publish --no-attestations", Attestations.NONE, False),
        ("poetry publish", Attestations.NONE, False),
    ],
)
def test_attestations(script: str, attestations: Attestations, attests: bool | None) -> None:
    found = upload(script)
    assert found.attestations is attestations
    assert found.attests(unknown, id_token=True) is attests


@pytest.mark.parametrize(
    ("script", "use"),
    [
        ("uvx twine@6.0.1 upload dist/*", Trust.NEVER),
        ("uvx twine@6.1.0 upload dist/*", Trust.WITHOUT_CREDENTIALS),
        ("uvx 'twine<6' upload dist/*", Trust.WITHOUT_CREDENTIALS),
        ("pipx run twine==5.1.1 upload dist/*", Trust.NEVER),
        ("uvx twine@latest upload dist/*", Trust.WITHOUT_CREDENTIALS),
    ],
)
def test_only_a_pinned_twine_is_certainly_old(script: str, use: Trust) -> None:
    assert upload(script).trusted.use is use


def test_uv_switches_attestations_off_by_variable() -> None:
    assert upload("uv publish", {"UV_PUBLISH_NO_ATTESTATIONS": "true"}).attestations is Attestations.NONE
    assert upload("uv publish", {"UV_PUBLISH_NO_ATTESTATIONS": "0"}).attestations is Attestations.IF_PRESENT


@pytest.mark.parametrize(
    ("script", "builds"),
    [
        ("poetry publish --build", True),
        ("poetry publish", False),
        ("pdm publish", True),
        ("pdm publish --no-build", False),
        ("flit publish", True),
        ("maturin publish", True),
        ("maturin upload x", False),
    ],
)
def test_clients_that_build_what_they_upload(script: str, builds: bool) -> None:
    assert upload(script).builds is builds


def test_dry_run_may_depend_on_an_input() -> None:
    script = "uv publish ${{ inputs.dry && '--dry-run' || '' }}"
    found = read_script_uploads(script, {}).uploads[0]
    assert [str(word) for word in found.unread] == ["${{ inputs.dry && '--dry-run' || '' }}"]
    dry = read_script_uploads(script, {}, known=lambda expression: "--dry-run").uploads[0]
    assert dry.pretends(unknown) is True
    real = read_script_uploads(script, {}, known=lambda expression: "").uploads[0]
    assert real.pretends(unknown) is False


def test_scripts_without_anything_of_interest_are_not_parsed() -> None:
    assert not mentions_upload("pip install -e .\npytest -q\n")
    assert read_script_uploads("pip install -e .\npytest -q\n", {}).script is None


def test_variables_are_not_expressions() -> None:
    found = upload("twine upload dist/* -p $SECRET")
    assert found.password is not None
    assert found.password.described == "variable `SECRET`"
    assert found.authentication(lambda asked: HIDDEN if isinstance(asked, Variable) else None) == "token"
