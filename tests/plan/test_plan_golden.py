"""The plan of the sample project, as the contract has it: the table at 80 columns and the JSON."""

from json import loads
from pathlib import Path

from preflight.plan.publish_plan import PublishPlan
from preflight.report.plan import render_plan
from tests.plan.planned import plan

SAMPLE = Path(__file__).parents[2] / "fixtures" / "fastorm"
WORKFLOW = ".github/workflows/publish.yml"

TABLE = """\
.github/workflows/publish.yml

  release published                   publish -> PyPI by OIDC
  on tag v1.2.3                         as fastorm-dev/fastorm, publish.yml,
                                          environment release

  manual run                          publish -> PyPI by OIDC
  on branch main or tag v1.2.3          as fastorm-dev/fastorm, publish.yml,
                                          environment release

  manual run                          publish-with-token -> PyPI by API token
  with use_oidc=false                   in environment release
  on branch main or tag v1.2.3          from secret `PYPI_API_TOKEN`

  manual run                          publish -> TestPyPI by OIDC
  with test_pypi=true                   as fastorm-dev/fastorm, publish.yml,
  on branch main or tag v1.2.3            environment release
"""

PUBLISHER = {
    "kind": "github",
    "owner": "fastorm-dev",
    "repository": "fastorm",
    "workflow": "publish.yml",
    "environment": "release",
}


def sample_plan() -> PublishPlan:
    files = {
        path.relative_to(SAMPLE).as_posix(): path.read_text(encoding="utf-8")
        for path in SAMPLE.rglob("*")
        if path.is_file()
    }
    return plan(files, remotes={})


def scenario(event: str, ref: str, row: dict[str, object], **inputs: bool) -> dict[str, object]:
    given = {"use_oidc": True, "test_pypi": False, **inputs} if event == "workflow_dispatch" else None
    return {
        "workflow": WORKFLOW,
        "event": event,
        "activity": "published" if event == "release" else None,
        "inputs": given,
        "ref": ref,
        "starts": True,
        "publishes": [{"client": "gh-action-pypi-publish", "happens": "always", "environment": "release", **row}],
    }


def test_the_table_of_the_four_ways_to_publish() -> None:
    assert render_plan(sample_plan(), "full", "0.1.0", color=False, width=80, verbose=False) == TABLE
    assert max(map(len, TABLE.splitlines())) <= 80


def test_the_json_of_the_contract() -> None:
    found = loads(render_plan(sample_plan(), "json", "0.1.0", color=False, width=80, verbose=False))
    by_oidc = {"job": "publish", "step": 3, "index": "pypi", "auth": "trusted-publishing", "publisher": PUBLISHER}
    to_test = {**by_oidc, "step": 2, "index": "testpypi"}
    by_token = {"job": "publish-with-token", "step": 2, "index": "pypi", "auth": "token", "publisher": None}
    branch, tag = "refs/heads/main", "refs/tags/v1.2.3"
    assert found["schema"] == 1
    assert found["tool"] == {"name": "preflight", "version": "0.1.0"}
    expected = [
        scenario("release", tag, by_oidc),
        *(scenario("workflow_dispatch", ref, by_oidc) for ref in (branch, tag)),
        *(scenario("workflow_dispatch", ref, by_token, use_oidc=False) for ref in (branch, tag)),
        *(scenario("workflow_dispatch", ref, to_test, test_pypi=True) for ref in (branch, tag)),
    ]
    contracted = ("job", "step", "client", "happens", "index", "auth", "environment", "publisher")
    for each in found["scenarios"]:
        each["publishes"] = [{name: row[name] for name in contracted} for row in each["publishes"]]
    assert found["scenarios"] == expected
