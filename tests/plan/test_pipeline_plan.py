"""What GitLab pipelines publish: scenarios, conditions, indexes, authentication, and the identity of each job."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.engine.session import Options, load_settings
from preflight.engine.workspace import Focus, Workspace
from preflight.facts import FACTS
from preflight.plan.pipeline_plan import PipelinePublish
from preflight.plan.publish_plan import PublishPlan
from preflight.plan.session import facts_of
from preflight.plan.wanted import wanted_publishers
from preflight.project.git import GitRecord
from preflight.report.plan import render_plan
from preflight.report.publisher import as_configuration, render_publishers
from preflight.sources.tree import MemoryTree

TRUSTED = "  id_tokens: {PYPI_ID_TOKEN: {aud: pypi}}\n"


def plan_of(
    text: str, others: Mapping[str, str] | None = None, remote: str = "git@gitlab.com:Group/sub/project.git"
) -> PublishPlan:
    files = {".gitlab-ci.yml": text, **(others or {})}
    workspace = Workspace(MemoryTree({path: each.encode() for path, each in files.items()}), Focus(("",)))
    record = GitRecord(tracked=frozenset(files), texts=files, remotes={"origin": remote} if remote else {})
    plan: PublishPlan = facts_of(workspace, FACTS, load_settings(workspace, Options()), {"git": record}).get(
        "publish_plan"
    )
    return plan


def rows(text: str, event: str = "push", ref: str = "refs/tags/v1.2.3", **more: str) -> list[PipelinePublish]:
    planned = plan_of(text, **more).pipelines  # type: ignore[arg-type]
    return next(
        list(each.publishes) for each in planned if (each.scenario.event, each.scenario.ref or "") == (event, ref)
    )


def job(more: str = "", script: str = "twine upload dist/*") -> str:
    return f"publish:\n  script: ['{script}']\n{more}"


def test_a_trusted_publish_and_its_claims() -> None:
    (row,) = rows(job(TRUSTED + "  environment: release\n"))
    assert (row.index, row.authentication, row.happens, row.environment) == (
        "pypi",
        "trusted-publishing",
        "always",
        "release",
    )
    assert row.identity.kind == "gitlab"
    assert (row.identity.owner, row.identity.repository, row.identity.workflow) == (
        "Group/sub",
        "project",
        ".gitlab-ci.yml",
    )
    claims = {name: claim.value for name, claim in row.claims.items()}
    assert claims["ci_config_ref_uri"] == "gitlab.com/Group/sub/project//.gitlab-ci.yml@refs/tags/v1.2.3"
    assert claims["sub"] == "project_path:Group/sub/project:ref_type:tag:ref:v1.2.3"
    assert claims["environment"] == "release"


def test_the_identity_names_the_top_level_file_whatever_file_the_job_stands_in() -> None:
    (row,) = rows("include: ci/publish.yml\n", others={"ci/publish.yml": job(TRUSTED)})  # type: ignore[arg-type]
    assert row.identity.workflow == ".gitlab-ci.yml"
    assert row.place.source.path == "ci/publish.yml"


@pytest.mark.parametrize(
    ("more", "script", "authentication"),
    [
        (TRUSTED, "twine upload dist/*", "trusted-publishing"),
        (TRUSTED, "uv publish", "trusted-publishing"),
        (TRUSTED, "poetry publish", "unknown"),
        ("", "twine upload dist/*", "unknown"),
        ("", "uv publish --trusted-publishing always", "trusted-publishing"),
        ("", "twine upload -u __token__ -p $PYPI_TOKEN dist/*", "token"),
        ("  variables: {TWINE_USERNAME: __token__, TWINE_PASSWORD: $PYPI_TOKEN}\n", "twine upload dist/*", "token"),
        (
            "  variables: {TWINE_USERNAME: gitlab-ci-token, TWINE_PASSWORD: $CI_JOB_TOKEN}\n",
            "twine upload dist/*",
            "password",
        ),
        ("  id_tokens: {OTHER: {aud: pypi}}\n", "twine upload dist/*", "unknown"),
    ],
)
def test_authentication(more: str, script: str, authentication: str) -> None:
    (row,) = rows(job(more, script))
    assert row.authentication == authentication


def test_an_exchange_by_hand() -> None:
    text = """\
publish:
  id_tokens: {MINE: {aud: pypi}}
  script:
    - TOKEN=$(curl -X POST https://pypi.org/_/oidc/mint-token -d "{\\"token\\":\\"$MINE\\"}" | jq -r .token)
    - twine upload -u __token__ -p "$TOKEN" dist/*
"""
    (row,) = rows(text)
    assert row.authentication == "trusted-publishing"


@pytest.mark.parametrize(
    ("variables", "script", "index"),
    [
        ("", "twine upload -r testpypi dist/*", "testpypi"),
        ("{TWINE_REPOSITORY: testpypi}", "twine upload dist/*", "testpypi"),
        ("{WHERE: testpypi, TWINE_REPOSITORY: $WHERE}", "twine upload dist/*", "testpypi"),
        ("{A: $B, B: $A, TWINE_REPOSITORY: $A}", "twine upload dist/*", None),
        ("{TWINE_REPOSITORY: $TWINE_REPOSITORY}", "twine upload dist/*", None),
        (
            "",
            "twine upload --repository-url $CI_API_V4_URL/projects/7/packages/pypi dist/*",
            "https://gitlab.com/api/v4/projects/7/packages/pypi",
        ),
        ("", "twine upload --repository-url $SOMEWHERE dist/*", None),
    ],
)
def test_the_index(variables: str, script: str, index: str | None) -> None:
    (row,) = rows(job(f"  variables: {variables}\n" if variables else "", script))
    assert row.index == index


@pytest.mark.parametrize(
    ("rules", "tag", "branch", "merge_request", "by_hand"),
    [
        ("", "always", "always", None, "always"),
        ("  rules: [{if: $CI_COMMIT_TAG}]\n", "always", None, None, None),
        ("  rules: [{if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'}]\n", None, "always", None, "always"),
        ("  rules: [{if: '$CI_PIPELINE_SOURCE == \"web\"', when: manual}]\n", None, None, None, "unknown"),
        ("  rules: [{if: $CI_COMMIT_TAG, when: never}, {when: on_success}]\n", None, "always", "always", "always"),
        ("  rules: [{if: $RELEASE}]\n", "unknown", "unknown", "unknown", "unknown"),
        ("  rules: [{if: $CI_COMMIT_TAG, changes: [x]}]\n", "unknown", None, None, None),
        ("  rules: [{if: '$CI_COMMIT_TAG =~ /^release-/'}]\n", "unknown", None, None, None),
        ("  only: [tags]\n", "always", None, None, None),
        ("  only: [main]\n", None, "always", None, "always"),
        ("  except: [branches]\n", "always", None, None, None),
        ("  only: {refs: [merge_requests]}\n", None, None, "always", None),
        ("  when: manual\n", "unknown", "unknown", None, "unknown"),
    ],
)
def test_which_pipelines_run_the_job(
    rules: str, tag: str | None, branch: str | None, merge_request: str | None, by_hand: str | None
) -> None:
    text = job(rules + TRUSTED)

    def happens(event: str, ref: str) -> str | None:
        found = rows(text, event, ref)
        return found[0].happens if found else None

    assert happens("push", "refs/tags/v1.2.3") == tag
    assert happens("push", "refs/heads/main") == branch
    assert happens("merge_request_event", "") == merge_request
    assert happens("web", "refs/heads/main") == by_hand


def test_rules_of_the_workflow() -> None:
    planned = plan_of("workflow: {rules: [{if: $CI_COMMIT_TAG}]}\n" + job(TRUSTED)).pipelines
    assert {(each.scenario.event, each.scenario.ref): each.scenario.starts for each in planned} == {
        ("push", "refs/tags/v1.2.3"): True,
        ("push", "refs/heads/main"): False,
        ("push", "refs/heads/feature"): False,
        ("merge_request_event", None): False,
        ("schedule", "refs/heads/main"): False,
        ("web", "refs/heads/main"): False,
        ("web", "refs/tags/v1.2.3"): True,
    }


def test_an_upload_behind_make() -> None:
    (row,) = rows(job(TRUSTED, "make release"), others={"Makefile": "release:\n\ttwine upload dist/*\n"})  # type: ignore[arg-type]
    assert row.hidden_in == "Makefile, target release"


def test_an_environment_that_depends_on_a_run() -> None:
    (row,) = rows(job(TRUSTED + "  environment: {name: review/$CI_COMMIT_REF_SLUG}\n"))
    assert row.environment is None
    assert row.environment_expression == "review/$CI_COMMIT_REF_SLUG"
    assert row.identity.environment is None
    (row,) = rows(job(TRUSTED + "  environment: {name: release/$CI_COMMIT_TAG}\n"))
    assert row.environment == "release/v1.2.3"


def test_a_checkout_from_github_tells_nothing_of_the_project_on_gitlab() -> None:
    (row,) = rows(job(TRUSTED), remote="git@github.com:octo/project.git")
    assert row.identity.owner is None
    assert row.claims.sub.value is None


def test_the_reports() -> None:
    plan = plan_of(job(TRUSTED + "  rules: [{if: $CI_COMMIT_TAG}]\n  environment: release\n"))
    shown = render_plan(plan, "full", "1", color=False, width=80, verbose=True)
    assert "publish -> PyPI by OIDC" in shown
    assert "project_path:Group/sub/project:ref_type:tag:ref:v1.2.3" in shown
    table = render_plan(plan, "full", "1", color=False, width=80, verbose=False)
    assert max(map(len, table.splitlines())) <= 80
    scenarios = json.loads(render_plan(plan, "json", "1", color=False, width=80, verbose=False))["scenarios"]
    (publish,) = scenarios[0]["publishes"]
    assert publish["publisher"] == {
        "kind": "gitlab",
        "owner": "Group/sub",
        "repository": "project",
        "workflow": ".gitlab-ci.yml",
        "environment": "release",
    }
    (wanted,) = wanted_publishers(plan, None)
    form = render_publishers([wanted], "sample", "full", "1", color=False, width=80)
    assert "Top-level pipeline file path" in form
    assert as_configuration(wanted, "tool.preflight.publishers") == (
        '[[tool.preflight.publishers]]\nindex = "pypi"\nkind = "gitlab"\nowner = "Group/sub"\nrepository = "project"\n'
        'workflow = ".gitlab-ci.yml"\nenvironment = "release"\n'
    )


_VALUES = st.sampled_from(
    [
        "twine upload dist/*",
        "$CI_COMMIT_TAG",
        "pypi",
        "tags",
        "manual",
        "x",
        "[a, b]",
        "{if: $A}",
        "[{if: $A, when: never}]",
    ]
)
_KEYS = st.sampled_from("script rules only except when environment id_tokens variables extends before_script".split())


@settings(max_examples=60)
@given(st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_any_job_is_planned(keys: dict[str, str]) -> None:
    body = "".join(f"  {key}: {value if value[0] in '[{' else repr(value)}\n" for key, value in keys.items())
    for planned in plan_of(f"publish:\n  stage: x\n{body}").pipelines:
        for row in planned.publishes:
            assert row.happens in ("always", "never", "unknown")


def test_an_index_that_is_not_known_is_told_apart_from_how_one_logs_in() -> None:
    script = "twine upload --repository-url $SERVER/packages/pypi -u bot -p $KEY dist/*"
    shown = render_plan(plan_of(job(script=script)), "full", "1", color=False, width=200, verbose=False)
    told = " ".join(shown.split())
    assert "publish -> an index that is not known, by " in told
