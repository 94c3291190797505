"""The workflows of a repository together: calls, chains and circles of them, local actions, what a call passes on."""

from pathlib import Path

import pytest

from preflight.sources.text import Source
from preflight.workflows.calls import MAX_LEVELS, WorkflowSet, call_problems, read_workflows

SAMPLES = Path(__file__).parent / "samples"


def several(**texts: str) -> WorkflowSet:
    return read_workflows(Source(f".github/workflows/{name}.yml", text) for name, text in texts.items())


def caller(called: str, more: str = "", on: str = "push") -> str:
    return f"on: {on}\njobs:\n  go:\n    uses: ./.github/workflows/{called}.yml\n{more}"


PLAIN = "on: workflow_call\njobs: {up: {runs-on: x}}"


def test_the_samples_together() -> None:
    sources = (Source(f".github/workflows/{path.name}", path.read_text(encoding="utf-8")) for path in SAMPLES.iterdir())
    workflows = read_workflows(sources)
    call, called = (
        workflows.workflows[".github/workflows/caller.yml"],
        workflows.workflows[".github/workflows/called.yml"],
    )
    assert [found.job.id for found in workflows.callers(called)] == ["here"]
    assert workflows.resolve(call.jobs["there"]).missing == "remote"
    assert [run.name for run in workflows.job_runs(call)] == ["here / upload", "there"]
    assert [call_problems(found) for found in workflows.calls] == [()]


def test_a_job_run_knows_the_workflow_that_defines_it_and_the_one_that_is_started() -> None:
    workflows = several(a=caller("b"), b=caller("c", on="workflow_call"), c=PLAIN)
    (run,) = workflows.job_runs(workflows.workflows[".github/workflows/a.yml"])
    assert run.name == "go / go / up"
    assert (run.top.filename, run.workflow.filename) == ("a.yml", "c.yml")
    assert workflows.depth(run.top) == 3


def test_what_a_call_leads_to() -> None:
    workflows = several(
        a=caller("b"), b="on: push\njobs: {x: {runs-on: y}}", c=caller("gone"), d=caller("bad"), bad="a: ["
    )
    of = {workflow.filename: next(iter(workflow.jobs.values())) for workflow in workflows}
    assert workflows.resolve(of["a.yml"]).missing == "not-reusable"
    assert workflows.resolve(of["c.yml"]).missing == "missing"
    assert workflows.resolve(of["d.yml"]).missing == "unreadable"
    assert list(workflows.failures) == [".github/workflows/bad.yml"]


def test_a_workflow_that_calls_itself_is_noticed_and_ends() -> None:
    workflows = several(a=caller("b", on="[push, workflow_call]"), b=caller("a", on="workflow_call"), c=caller("a"))
    assert {call.caller.filename for call in workflows.circles()} == {"a.yml", "b.yml"}
    for workflow in workflows:
        assert list(workflows.job_runs(workflow))


def test_a_long_chain_ends_where_github_ends_it() -> None:
    texts = {f"w{n}": caller(f"w{n + 1}", on="workflow_call") for n in range(15)}
    workflows = several(**texts, w15=PLAIN)
    (run,) = workflows.job_runs(workflows.workflows[".github/workflows/w0.yml"])
    assert len(run.calls) + 1 == MAX_LEVELS
    assert workflows.depth(workflows.workflows[".github/workflows/w0.yml"]) > MAX_LEVELS
    assert workflows.depth(workflows.workflows[".github/workflows/w10.yml"]) == 6


def test_calls_that_branch_at_every_level_stay_bounded() -> None:
    def wide(n: int) -> str:
        jobs = "".join(f"  j{k}: {{uses: ./.github/workflows/w{n}.yml}}\n" for k in range(9))
        return f"on: workflow_call\njobs:\n{jobs}"

    workflows = several(**{f"w{n}": wide(n + 1) for n in range(9)}, w9=PLAIN)
    assert len(list(workflows.job_runs(workflows.workflows[".github/workflows/w0.yml"]))) <= 2000


CALLED = (
    "on:\n  workflow_call:\n    inputs:\n      index: {type: string, required: true}\n      dry: {type: boolean}\n"
    "      tries: {type: number}\n    secrets:\n      token: {required: true}\n      other:\n"
    "jobs: {up: {runs-on: x}}"
)


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        ("    with: {index: a}\n    secrets: {token: x}\n", []),
        ("    with: {INDEX: a, dry: true, tries: 2}\n    secrets: {TOKEN: x}\n", []),
        ("    with: {index: a, dry: '${{ inputs.dry }}'}\n    secrets: inherit\n", []),
        ("    secrets: inherit\n", [("missing-input", "index")]),
        ("    with: {index: a}\n", [("missing-secret", "token")]),
        ("    with: {index: a, dry: 'true'}\n    secrets: inherit\n", [("input-type", "dry")]),
        ("    with: {index: a, tries: many}\n    secrets: inherit\n", [("input-type", "tries")]),
        ("    with: {index: 1, typo: b}\n    secrets: inherit\n", [("unknown-input", "typo")]),
        ("    with: {index: a}\n    secrets: {token: x, typo: y}\n", [("unknown-secret", "typo")]),
    ],
)
def test_what_a_call_passes_on(passed: str, expected: list[tuple[str, str]]) -> None:
    (call,) = several(a=caller("b", passed), b=CALLED).calls
    found = call_problems(call)
    assert [(problem.kind, problem.args.get("input") or problem.args.get("secret")) for problem in found] == expected


def test_a_call_that_asks_for_more_than_its_caller_has() -> None:
    wants = "on: workflow_call\njobs:\n  up:\n    runs-on: x\n    permissions: {id-token: write}\n"
    (call,) = several(a=caller("b", "    permissions: {contents: read}\n"), b=wants).calls
    (problem,) = call_problems(call)
    assert (problem.kind, problem.certain) == ("permission-exceeded", True)
    assert dict(problem.args) == {"job": "up", "scope": "id-token", "asked": "write", "allowed": "none"}
    assert problem.related is not None and problem.related.text == "id-token: write"
    (call,) = several(a=caller("b"), b=wants).calls
    assert call_problems(call) == ()


def test_local_actions_are_read_through_the_callback() -> None:
    asked: list[str] = []

    def load(path: str) -> Source | None:
        asked.append(path)
        text = (SAMPLES / "action.yml").read_text(encoding="utf-8")
        return Source(path, text) if path == ".github/actions/test/action.yaml" else None

    source = Source(".github/workflows/ci.yml", (SAMPLES / "ci.yml").read_text(encoding="utf-8"))
    workflows = read_workflows([source], load)
    steps = workflows.workflows[".github/workflows/ci.yml"].jobs["test"].steps
    action = workflows.action(steps[1])
    assert action is not None and action.path == ".github/actions/test/action.yaml"
    assert workflows.action(steps[1]) is action
    assert workflows.action(steps[2]) is None
    assert workflows.action(action.steps[1]) is None
    assert asked == [
        *(".github/actions/test/action.yml", ".github/actions/test/action.yaml"),
        *("nested/action.yml", "nested/action.yaml"),
    ]


def test_an_action_outside_the_repository_is_not_asked_for() -> None:
    def load(path: str) -> Source | None:
        raise AssertionError(path)

    text = "on: push\njobs: {a: {runs-on: x, steps: [{uses: ./../action/init}, {uses: ./a/../../b}]}}"
    workflows = read_workflows([Source("x.yml", text)], load)
    for step in workflows.workflows["x.yml"].jobs["a"].steps:
        assert workflows.action(step) is None
