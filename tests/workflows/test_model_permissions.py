"""What the token of a job may do: which block takes effect, what a missing one leaves open, what a caller allows."""

import pytest

from preflight.sources.text import Source
from preflight.workflows.calls import read_workflows
from preflight.workflows.model import Job, effective_permissions, read_workflow


def job(top: str = "", own: str = "") -> Job:
    text = f"on: push\n{top}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    {own}\n"
    return read_workflow(Source("x.yml", text)).jobs["a"]


def test_without_any_block_only_the_repository_knows() -> None:
    found = effective_permissions(job())
    assert found.where == "repository"
    assert found.place is None
    assert found.level("id-token") == "none"
    assert found.level("issues") is None
    assert found.allows("id-token", "write") is False
    assert found.allows("contents", "read") is True
    assert found.allows("contents", "write") is None
    assert found.allows("issues", "read") is None


def test_a_block_of_the_workflow_grants_only_what_it_names() -> None:
    found = effective_permissions(job("permissions: {id-token: write}"))
    assert found.where == "workflow"
    assert found.allows("id-token", "write") is True
    assert found.allows("contents", "read") is False


def test_the_block_of_the_job_replaces_the_one_of_the_workflow() -> None:
    found = effective_permissions(job("permissions: {contents: read, id-token: write}", "permissions: {issues: write}"))
    assert found.where == "job"
    assert found.level("id-token") == "none"
    assert found.level("contents") == "none"
    assert found.level("issues") == "write"
    assert found.place is not None and found.place.line == 6


@pytest.mark.parametrize(
    ("block", "id_token", "contents", "models"),
    [
        ("permissions: {}", "none", "none", "none"),
        ("permissions: read-all", "read", "read", "read"),
        ("permissions: write-all", "write", "write", "read"),
        ("permissions: {contents: none}", "none", "none", "none"),
        ("permissions: something", None, None, None),
        ("permissions: [contents]", None, None, None),
        ("permissions: {contents: all}", None, None, None),
    ],
)
def test_forms_of_a_block(block: str, id_token: str | None, contents: str | None, models: str | None) -> None:
    found = effective_permissions(job(block))
    assert (found.level("id-token"), found.level("contents"), found.level("models")) == (id_token, contents, models)


def test_read_all_lets_nobody_mint_a_token() -> None:
    assert effective_permissions(job("permissions: read-all")).allows("id-token", "write") is False


def called(top: str, caller: str, inner_top: str, inner: str) -> tuple[str | None, dict[str, tuple[str, str]], str]:
    workflows = read_workflows(
        [
            Source("a.yml", f"on: push\n{top}\njobs:\n  call:\n    uses: ./.github/workflows/b.yml\n    {caller}\n"),
            Source(
                ".github/workflows/b.yml",
                f"on: workflow_call\n{inner_top}\njobs:\n  up:\n    runs-on: ubuntu-latest\n    {inner}\n",
            ),
        ]
    )
    (run,) = workflows.job_runs(workflows.workflows["a.yml"])
    assert run.name == "call / up"
    found = run.permissions
    return found.level("id-token"), dict(found.exceeded), found.where


def test_a_called_workflow_has_what_its_caller_has() -> None:
    assert called("", "permissions: {id-token: write}", "", "") == ("write", {}, "caller")
    assert called("permissions: {id-token: write}", "", "", "") == ("write", {}, "caller")
    assert called("", "", "", "") == ("none", {}, "caller")


def test_a_called_workflow_cannot_have_more_than_its_caller() -> None:
    level, exceeded, where = called("permissions: {contents: read}", "", "", "permissions: {id-token: write}")
    assert (level, where) == ("none", "job")
    assert exceeded == {"id-token": ("write", "none")}


def test_a_caller_without_a_block_leaves_the_limit_to_the_repository() -> None:
    level, exceeded, _ = called("", "", "permissions: {id-token: write}", "")
    assert (level, exceeded) == ("write", {})
