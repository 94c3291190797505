"""The rules that GitHub decides: what they say, and what looks wrong and is right."""

from collections.abc import Iterator

import pytest
from harness import apply_edits
from index.github_api import HOME, PROTECTED, SELECTED, check_online, environments, policies, repository, secrets
from index.platform_server import PlatformServer, platform_server

from preflight.engine.finding import Applicability, Confidence, Reported, Severity

PYPROJECT = '[project]\nname = "sampleproject"\nversion = "1.0"\n'
PUBLISHER = """
[[tool.preflight.publishers]]
owner = "{owner}"
repository = "{name}"
workflow = "publish.yml"
"""
TRUSTED = """\
on:
{on}
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: PyPI
    permissions:
      id-token: write
    steps:
      - uses: actions/checkout@v6
      - run: pipx run build
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
RELEASE = "  release:\n    types: [published]"
TAGS = '  push:\n    tags: ["v*"]'
BY_HAND = "  workflow_dispatch:"
TOKEN_UPLOAD = """\
on:
  release:
    types: [published]
jobs:
  publish:
    runs-on: ubuntu-latest
    {more}
    steps:
      - uses: actions/checkout@v6
      - run: pipx run build
      - {upload}
"""
ACTION = 'uses: pypa/gh-action-pypi-publish@release/v1\n        with: {password: "${{ secrets.PYPI_TOKEN }}"}'
TWINE = 'run: pipx run twine==5.0.0 upload dist/*\n        env: {TWINE_USERNAME: __token__, TWINE_PASSWORD: "${{ secrets.PYPI_TOKEN }}"}'


@pytest.fixture(name="server")
def _server() -> Iterator[PlatformServer]:
    with platform_server() as server:
        server.answer(HOME, repository())
        yield server


def find(server: PlatformServer, code: str, workflow: str, publisher: str = "", **options: object) -> list[Reported]:
    files = {"pyproject.toml": PYPROJECT + publisher, ".github/workflows/publish.yml": workflow}
    result = check_online(server, files, code, **options)  # type: ignore[arg-type]
    assert not result.crashed, [each.message for each in result.findings]
    return [each for each in result.findings if each.code == code]


def trusted(on: str = RELEASE) -> str:
    return TRUSTED.format(on=on)


def token_upload(upload: str, more: str = "timeout-minutes: 5") -> str:
    return TOKEN_UPLOAD.replace("{more}", more).replace("{upload}", upload)


def publisher(owner: str = "octo-org", name: str = "sampleproject") -> str:
    return PUBLISHER.format(owner=owner, name=name)


# ── PUB004: renamed repositories ──────────────────────────────────────────────────────────────────────────────────


def test_a_declared_repository_that_was_renamed(server: PlatformServer) -> None:
    server.answer(HOME, moved="/repositories/1")
    server.answer("/repositories/1", repository("new-org/sampleproject"))
    (found,) = find(server, "PUB004", trusted(), publisher())
    assert found.severity is Severity.ERROR
    assert (
        "declared for repository `octo-org/sampleproject`, which GitHub now calls `new-org/sampleproject`"
        in found.message
    )
    assert found.place is not None and found.place.text == '"octo-org"'


def test_what_was_renamed_is_said_once_where_the_checkout_has_the_new_name(server: PlatformServer) -> None:
    server.answer("/repos/new-org/sampleproject", repository("new-org/sampleproject"))
    server.answer(HOME, moved="/repositories/1")
    server.answer("/repositories/1", repository("new-org/sampleproject"))
    remote = "https://github.com/new-org/sampleproject.git"
    (found,) = find(server, "PUB004", trusted(), publisher(), remote=remote)
    assert found.severity is Severity.ERROR


def test_a_checkout_with_the_old_name_is_no_mismatch(server: PlatformServer) -> None:
    """git follows GitHub's redirect for ever, so that remotes keep old names."""
    server.answer("/repos/old-org/sampleproject", moved="/repositories/1")
    server.answer("/repositories/1", repository())
    remote = "https://github.com/old-org/sampleproject.git"
    url = '\n[project.urls]\nSource = "https://github.com/old-org/sampleproject"\n'
    assert find(server, "PUB004", trusted(), url + publisher(), remote=remote) == []


def test_letter_case_of_the_repository_counts_and_of_the_owner_perhaps(server: PlatformServer) -> None:
    """PyPI's form stores the owner in GitHub's own spelling, whatever was typed."""
    (found,) = find(server, "PUB004", trusted(), publisher(name="SampleProject"))
    assert (found.severity, found.confidence) == (Severity.ERROR, Confidence.CERTAIN)
    (found,) = find(server, "PUB004", trusted(), publisher(owner="Octo-Org"))
    assert (found.severity, found.confidence) == (Severity.WARNING, Confidence.LIKELY)


def test_a_repository_that_is_not_shown_is_unknown(server: PlatformServer) -> None:
    server.answer(HOME, {"message": "Not Found"}, status=404)
    server.answer("/users/octo-org", {"login": "octo-org", "id": 1})
    assert find(server, "PUB004", trusted(), publisher()) == []
    assert find(server, "PUB025", trusted(), publisher()) == []


# ── PUB025: unknown owners ────────────────────────────────────────────────────────────────────────────────────────


def test_an_owner_that_github_does_not_know(server: PlatformServer) -> None:
    (found,) = find(server, "PUB025", trusted(), publisher(owner="octo-orgg"))
    assert found.severity is Severity.ERROR
    assert found.rejections == ("tp-form-gh-owner-unknown",)
    assert "GitHub knows no account `octo-orgg`" in found.message


def test_an_owner_that_may_not_be_looked_up_is_unknown(server: PlatformServer) -> None:
    server.answer("/users/octo-orgg", {"message": "no"}, status=403)
    assert find(server, "PUB025", trusted(), publisher(owner="octo-orgg")) == []


# ── WFL017: what environments admit ───────────────────────────────────────────────────────────────────────────────


def admit(server: PlatformServer, *rules: tuple[str, str], kind: dict[str, bool] | None = SELECTED) -> None:
    server.answer(f"{HOME}/environments", environments(pypi=kind, other=None))
    server.answer(f"{HOME}/environments/pypi/deployment-branch-policies", policies(*rules))


def test_rules_for_branches_admit_no_tag(server: PlatformServer) -> None:
    admit(server, ("main", "branch"), ("v*", "branch"))
    (found,) = find(server, "WFL017", trusted())
    assert found.severity is Severity.ERROR
    assert found.message == (
        "job `publish` runs in environment `pypi` on tag `v1.0` (event `release`), but the environment admits branches only: `main`, `v*`"
    )
    assert found.place is not None and found.place.text == "environment: PyPI"


@pytest.mark.parametrize("on", [RELEASE, TAGS])
def test_a_rule_that_matches_the_tags_admits_them(server: PlatformServer, on: str) -> None:
    admit(server, ("main", "branch"), ("v*", "tag"))
    assert find(server, "WFL017", trusted(on)) == []


def test_a_rule_for_tags_that_misses_the_last_tag_may_match_the_next(server: PlatformServer) -> None:
    admit(server, ("v2.*", "tag"))
    (found,) = find(server, "WFL017", trusted())
    assert (found.severity, found.confidence) == (Severity.WARNING, Confidence.LIKELY)


def test_no_rule_at_all_admits_nothing(server: PlatformServer) -> None:
    admit(server)
    (found,) = find(server, "WFL017", trusted())
    assert found.severity is Severity.ERROR
    assert "admits none" in found.message


def test_a_run_by_hand_may_be_started_from_where_it_is_admitted(server: PlatformServer) -> None:
    for rules in ((("v*", "tag"),), (("main", "branch"),)):
        admit(server, *rules)
        assert find(server, "WFL017", trusted(BY_HAND)) == []


def test_a_run_by_hand_counts_from_the_default_branch_that_github_names(server: PlatformServer) -> None:
    server.answer(HOME, repository(default_branch="trunk"))
    admit(server, ("trunk", "branch"))
    assert find(server, "WFL017", trusted(BY_HAND)) == []


def test_an_event_with_branches_and_tags_is_judged_by_both(server: PlatformServer) -> None:
    admit(server, ("main", "branch"))
    (found,) = find(server, "WFL017", trusted('  push:\n    branches: [main]\n    tags: ["v*"]'))
    assert found.severity is Severity.WARNING, "the pushes to main do publish"


def test_protected_branches_only_is_likely_to_refuse_tags(server: PlatformServer) -> None:
    """GitHub says that every branch may deploy where none is protected, and nothing of tags."""
    admit(server, kind=PROTECTED)
    (found,) = find(server, "WFL017", trusted())
    assert (found.severity, found.confidence) == (Severity.WARNING, Confidence.LIKELY)
    assert find(server, "WFL017", trusted("  push:\n    branches: [main]")) == []


def test_an_environment_without_restriction_or_not_made_yet(server: PlatformServer) -> None:
    admit(server, kind=None)
    assert find(server, "WFL017", trusted()) == []
    server.answer(f"{HOME}/environments", environments(other=SELECTED))
    assert find(server, "WFL017", trusted()) == []


def test_rules_that_are_not_shown_are_unknown(server: PlatformServer) -> None:
    server.answer(f"{HOME}/environments", environments(pypi=SELECTED))
    assert find(server, "WFL017", trusted()) == []


def test_a_fork_says_nothing_of_the_original(server: PlatformServer) -> None:
    server.answer(HOME, repository(fork=True))
    admit(server, ("main", "branch"))
    assert find(server, "WFL017", trusted()) == []
    assert len(find(server, "WFL017", trusted(), publisher())) == 1, "unless it is the one that publishes"


# ── PUB011, TOK008, TOK010: secrets ───────────────────────────────────────────────────────────────────────────────


def lists(server: PlatformServer, of_repository: tuple[str, ...] = (), of_organization: tuple[str, ...] = ()) -> None:
    server.answer(f"{HOME}/actions/secrets", secrets(*of_repository))
    server.answer(f"{HOME}/actions/organization-secrets", secrets(*of_organization))


def test_a_secret_that_does_not_exist_leads_into_trusted_publishing(server: PlatformServer) -> None:
    lists(server, ("PYPI_API_TOKEN", "CODECOV"))
    (found,) = find(server, "PUB011", token_upload(ACTION))
    assert found.severity is Severity.ERROR
    assert found.message == (
        "job `publish` takes its password from secret `PYPI_TOKEN`, which is not defined, though `PYPI_API_TOKEN` is (looked for in: "
        "repository `octo-org/sampleproject`, its organization, as far as it shares with this repository): the upload then turns to "
        "trusted publishing, and the job lacks `id-token: write`"
    )
    assert found.place is not None and "PYPI_TOKEN" in found.place.text


@pytest.mark.parametrize("where", ["repository", "organization"])
def test_a_secret_at_any_level_is_one(server: PlatformServer, where: str) -> None:
    lists(server, **{f"of_{where}": ("PYPI_TOKEN",)})
    assert find(server, "PUB011", token_upload(ACTION)) == []
    assert find(server, "TOK008", token_upload(TWINE)) == []


def test_a_secret_of_the_environment_is_one_only_in_it(server: PlatformServer) -> None:
    lists(server)
    server.answer(f"{HOME}/environments/pypi/secrets", secrets("PYPI_TOKEN"))
    assert find(server, "PUB011", token_upload(ACTION, "environment: pypi")) == []
    assert len(find(server, "PUB011", token_upload(ACTION))) == 1


def test_letter_case_of_secrets_does_not_count(server: PlatformServer) -> None:
    lists(server, ("PYPI_TOKEN",))
    assert find(server, "PUB011", token_upload(ACTION.replace("PYPI_TOKEN", "pypi_token"))) == []


def test_a_list_that_is_not_shown_keeps_it_silent(server: PlatformServer) -> None:
    server.answer(f"{HOME}/actions/secrets", secrets("OTHER"))
    assert find(server, "PUB011", token_upload(ACTION)) == [], "the organization's list is not known"
    lists(server)
    assert find(server, "PUB011", token_upload(ACTION, "environment: pypi")) == [], (
        "the environment's list is not known"
    )


def test_a_person_has_no_secrets_of_an_organization(server: PlatformServer) -> None:
    server.answer(HOME, repository(owner={"login": "octo-org", "type": "User"}))
    server.answer(f"{HOME}/actions/secrets", secrets("OTHER"))
    assert len(find(server, "PUB011", token_upload(ACTION))) == 1


def test_a_job_that_may_ask_for_an_identity_token_may_mean_to_do_without(server: PlatformServer) -> None:
    lists(server)
    assert find(server, "PUB011", token_upload(ACTION, "permissions: {id-token: write}")) == []


def test_a_client_without_trusted_publishing_gets_no_credential(server: PlatformServer) -> None:
    lists(server, ("PYPI_API_TOKEN",))
    (found,) = find(server, "TOK008", token_upload(TWINE))
    assert found.severity is Severity.ERROR
    assert "gives twine secret `PYPI_TOKEN`, which is not defined, though" in found.message
    assert find(server, "PUB011", token_upload(TWINE)) == []


def test_an_upload_that_may_not_happen_is_a_warning(server: PlatformServer) -> None:
    lists(server)
    (found,) = find(server, "PUB011", token_upload(ACTION, "if: vars.PUBLISH == 'yes'"))
    assert found.severity is Severity.WARNING


def test_a_condition_that_asks_whether_the_secret_is_set_is_no_mistake(server: PlatformServer) -> None:
    lists(server)
    guarded = token_upload(TWINE, 'env: {TOKEN: "${{ secrets.PYPI_TOKEN }}"}').replace(
        "      - run: pipx run twine", "      - if: env.TOKEN != ''\n        run: pipx run twine"
    )
    assert [each.severity for each in find(server, "TOK008", guarded)] in ([], [Severity.WARNING])


def test_an_older_secret_of_the_repository_hides_the_renewed_one(server: PlatformServer) -> None:
    server.answer(f"{HOME}/actions/secrets", secrets("PYPI_TOKEN", updated="2024-03-01T10:00:00Z"))
    server.answer(f"{HOME}/actions/organization-secrets", secrets("PYPI_TOKEN", updated="2026-09-02T10:00:00Z"))
    (found,) = find(server, "TOK010", token_upload(ACTION))
    assert found.message == (
        "secret `PYPI_TOKEN` of the repository, set on 2024-03-01, hides the organization's secret of the same name, which was renewed on 2026-09-02"
    )


def test_an_older_secret_of_the_environment_hides_it_too(server: PlatformServer) -> None:
    lists(server)
    server.answer(f"{HOME}/environments/pypi/secrets", secrets("PYPI_TOKEN", updated="2024-03-01T10:00:00Z"))
    server.answer(f"{HOME}/actions/organization-secrets", secrets("PYPI_TOKEN", updated="2026-09-02T10:00:00Z"))
    (found,) = find(server, "TOK010", token_upload(ACTION, "environment: pypi"))
    assert found.message.startswith("secret `PYPI_TOKEN` of environment `pypi`, set on 2024-03-01, hides")


def test_a_newer_secret_of_the_repository_is_there_on_purpose(server: PlatformServer) -> None:
    server.answer(f"{HOME}/actions/secrets", secrets("PYPI_TOKEN", updated="2026-09-02T10:00:00Z"))
    server.answer(f"{HOME}/actions/organization-secrets", secrets("PYPI_TOKEN", updated="2024-03-01T10:00:00Z"))
    assert find(server, "TOK010", token_upload(ACTION)) == []


# ── WFL020: private repositories ──────────────────────────────────────────────────────────────────────────────────


def test_a_private_repository_cannot_be_checked_out_without_the_permission(server: PlatformServer) -> None:
    server.answer(HOME, repository(private=True))
    (found,) = find(server, "WFL020", trusted())
    assert found.severity is Severity.ERROR
    files = {".github/workflows/publish.yml": trusted()}
    after = apply_edits(files, [found], Applicability.SAFE)[".github/workflows/publish.yml"]
    assert "      contents: read\n" in after
    assert find(server, "WFL020", after) == []


def test_a_public_repository_needs_no_such_permission(server: PlatformServer) -> None:
    assert find(server, "WFL020", trusted()) == []


def test_what_needs_no_permission_in_a_private_repository(server: PlatformServer) -> None:
    server.answer(HOME, repository(private=True))
    checkout = "      - uses: actions/checkout@v6\n"
    for own in ("token: ${{ secrets.PAT }}", "ssh-key: ${{ secrets.KEY }}", "repository: octo-org/other"):
        assert find(server, "WFL020", trusted().replace(checkout, f"{checkout}        with:\n          {own}\n")) == []
    assert find(server, "WFL020", trusted().replace(checkout, "      - uses: actions/download-artifact@v6\n")) == []
    assert find(server, "WFL020", trusted().replace("    permissions:\n      id-token: write\n", "")) == []
