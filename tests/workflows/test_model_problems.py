"""What GitHub refuses is named with its place; what GitHub accepts is never named.

The refusals are those of GitHub's own readers (actions/runner, actions/languageservices) and of its documentation.
"""

from pathlib import Path

import pytest

from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex
from preflight.workflows.model import read_workflow
from preflight.workflows.problems import PROBLEM_KINDS, WorkflowProblem, cron_error

SAMPLES = Path(__file__).parent / "samples"
JOBS = "jobs: {a: {runs-on: x, steps: [{run: x}]}}\n"


def problems(text: str) -> tuple[WorkflowProblem, ...]:
    return read_workflow(Source(".github/workflows/x.yml", text)).problems


def kinds(text: str) -> list[str]:
    """What is refused; the jobs here are mostly too short to have steps, which has a test of its own."""
    found = [problem for problem in problems(text) if problem.kind != "job-without-steps"]
    return [problem.kind if problem.certain else f"{problem.kind}?" for problem in found]


def job(body: str, on: str = "push") -> str:
    return f"on: {on}\njobs:\n  a:\n" + "".join(f"    {line}\n" for line in body.splitlines())


def step(body: str) -> str:
    return job("runs-on: x\nsteps:\n  - " + body.replace("\n", "\n    "))


@pytest.mark.parametrize("name", [path.name for path in sorted(SAMPLES.iterdir()) if path.name != "action.yml"])
def test_the_samples_have_no_problems(name: str) -> None:
    assert problems((SAMPLES / name).read_text(encoding="utf-8")) == ()


@pytest.mark.parametrize(
    "on",
    [
        "push",
        "[push, pull_request]",
        "{release: {types: published}}",
        "{push: {branches: main}}",
        "{workflow_dispatch: {}}",
        "{workflow_dispatch: }",
        "{workflow_dispatch: {inputs: }}",
        "{push: {branches: }}",
        "{push: {branch: main}}",
        "{release: {types: [prerelease]}}",
        "{pull_request: { }}",
        "{push: {tags: [v*], branches-ignore: [x]}}",
        "member",
        "{schedule: [{cron: '20 */24 * * *'}]}",
        "{workflow_dispatch: {inputs: {a: {type: what, odd: 1}}}}",
        "workflow_call",
        "{workflow_call: {inputs: {a: {type: string}}}}",
    ],
)
def test_triggers_that_github_takes(on: str) -> None:
    assert kinds(f"on: {on}\n{JOBS}") == []


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("on:\n", ["empty-on"]),
        ("on: {}\n", ["empty-on"]),
        ("on: []\n", ["empty-on"]),
        ("name: x\n", ["missing-on"]),
        ("on: pull_requests\n", ["unknown-event"]),
        ("on: {pull-request: }\n", ["unknown-event"]),
        ("on: [push, something_new]\n", ["unknown-event?"]),
        ("on: {push: , tags: [v*]}\n", ["unknown-event", "unexpected-list?"]),
        ("on: {push: {paths: [a], paths-ignore: [b]}}\n", ["conflicting-filters"]),
        ("on: {pull_request: {branches: [a], branches-ignore: [b]}}\n", ["conflicting-filters"]),
        ("on: {release: {branches: [a], branches-ignore: [b]}}\n", []),
        ("on: {push: {tags: ['v[0-9']}}\n", ["invalid-pattern?"]),
        ("on: {push: {branches: '${{ vars.B }}'}}\n", ["expression-not-allowed"]),
        ("on: {push: main}\n", ["unexpected-value?"]),
        ("on: {schedule: [{cron: '@daily'}]}\n", ["invalid-cron"]),
        ("on: {schedule: [{cron: '0 0 0 * *'}]}\n", ["invalid-cron"]),
        ("on: {schedule: [{cron: '0 0 * * 7'}]}\n", ["invalid-cron?"]),
        ("on: {schedule: {cron: '0 0 * * *'}}\n", ["unexpected-mapping?"]),
        ("on: {workflow_call: {inputs: {a: }}}\n", ["unexpected-value"]),
        ("on: {workflow_call: {inputs: {a: {required: true}}}}\n", ["missing-key"]),
        ("on: {workflow_call: {inputs: {a: {type: choice}}}}\n", ["unexpected-value"]),
        ("on: {workflow_call: {inputs: {a: {type: string, required: 'true'}}}}\n", ["unexpected-value"]),
        ("on: {workflow_call: {outputs: {a: {description: x}}}}\n", ["missing-key"]),
        ("on: {workflow_dispatch: {inputs: {a: {type: choice}}}}\n", ["choice-without-options?"]),
    ],
)
def test_triggers_that_github_refuses(on: str, expected: list[str]) -> None:
    assert kinds(on + JOBS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: push\n", ["missing-key"]),
        ("on: push\njobs: {}\n", ["no-jobs"]),
        ("on: push\njobs:\n", ["unexpected-value"]),
        ("on: push\njobs: []\n", ["unexpected-list"]),
        ("- on\n", ["unexpected-list"]),
        ("text\n", ["unexpected-value"]),
        ("", ["empty-file?"]),
        ("# nothing\n", ["empty-file?"]),
        (f"on: push\n{JOBS}---\nmore: 1\n", ["several-documents?"]),
        (f"on: push\nenvs: {{}}\n{JOBS}", ["unknown-key"]),
        (f"on: push\npush: {{}}\n{JOBS}", ["unknown-key"]),
        (f"on: push\nsomething-new: {{}}\n{JOBS}", ["unknown-key?"]),
        (f"on: push\nname: x ${{{{ github.ref }}}}\n{JOBS}", ["expression-not-allowed"]),
        (f"on: push\nname: [x]\n{JOBS}", ["unexpected-list"]),
        (f"on: push\nenv:\n{JOBS}", ["unexpected-value"]),
        (f"on: push\nenv: {{A: 1, a: 2}}\n{JOBS}", ["duplicate-key"]),
        (f"on: push\nenv: &e {{A: 1}}\ndefaults: {{run: {{<<: *e}}}}\n{JOBS}", ["merge-key"]),
        (f"on: push\nenv: {{A: !!timestamp 2022-10-26}}\n{JOBS}", ["unsupported-tag"]),
        (f"on: push\npermissions:\n{JOBS}", ["unexpected-value"]),
        (f"on: push\npermissions: read\n{JOBS}", ["unexpected-value"]),
        (f"on: push\npermissions: {{id_token: write}}\n{JOBS}", ["unknown-permission"]),
        (f"on: push\npermissions: {{teleports: write}}\n{JOBS}", ["unknown-permission?"]),
        (f"on: push\npermissions: {{id-token: read}}\n{JOBS}", ["permission-level"]),
        (f"on: push\npermissions: {{contents: '${{{{ x }}}}'}}\n{JOBS}", ["expression-not-allowed"]),
        (f"on: push\nconcurrency: {{cancel-in-progress: true}}\n{JOBS}", ["missing-key"]),
    ],
)
def test_the_outermost_level(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("steps: []", ["missing-runs-on"]),
        ("runs-on:", ["unexpected-value"]),
        ("run-on: x", ["missing-runs-on", "unknown-key"]),
        ("runs-on: x\nneeds: b", ["unknown-need"]),
        ("runs-on: x\nneeds: a", ["needs-cycle"]),
        ("runs-on: x\nneeds: '${{ x }}'", ["expression-not-allowed"]),
        ("runs-on: x\ntimeout-minutes: '10'", ["unexpected-value"]),
        ("runs-on: x\ntimeout-minutes: ${{ vars.T }}", []),
        ("runs-on: x\ncontinue-on-error: yes", ["unexpected-value"]),
        ("runs-on: x\nenvironment: {url: x}", ["missing-key"]),
        ("runs-on: x\nenvironment: [x]", ["unexpected-list"]),
        ("runs-on: x\nif: [x]", ["unexpected-list"]),
        ("runs-on: x\nsteps:", ["unexpected-value"]),
        ("runs-on: x\nsteps: {run: x}", ["unexpected-mapping"]),
        ("runs-on: x\nsteps: [x]", ["unexpected-value"]),
        ("runs-on: {group: a/b/c}", ["runner-group"]),
        ("runs-on: x\nservices: {db: {ports: ['1']}}", ["service-without-image"]),
        ("runs-on: x\nworking-directory: src", ["unknown-key"]),
        ("runs-on: x\nuses: ./.github/workflows/b.yml", ["job-runs-and-calls"]),
        ("uses: ./.github/workflows/b.yml\nenvironment: x", ["key-beside-uses"]),
        ("uses: ./.github/workflows/b.yml\nsteps: []", ["key-beside-uses"]),
        ("uses: ./.github/workflows/b.yml\nsecrets: inhrit", ["unexpected-value"]),
        ("uses: ./.github/workflows/sub/b.yml", ["invalid-workflow-uses"]),
        ("uses: ./.github/workflows/b.yml@v1", ["invalid-workflow-uses"]),
        ("uses: o/r/.github/workflows/b.yml", ["invalid-workflow-uses"]),
        ("uses: ${{ vars.W }}", ["expression-not-allowed"]),
        ("runs-on: x\nstrategy: {matrix: {os: []}}", ["empty-matrix-vector"]),
        ("runs-on: x\nstrategy: {matrix: {}}", ["empty-matrix"]),
        ("runs-on: x\nstrategy: {matrix: {os: linux}}", ["unexpected-value"]),
        ("runs-on: x\nstrategy: {matrix: {os: [a], exclude: [{arch: b}]}}", ["matrix-exclude-key"]),
        ("runs-on: x\nstrategy: {matrix: {os: [a], exclude: [{arch: '${{ x }}'}]}}", []),
        ("runs-on: x\nstrategy: {matrix: {include: []}}", ["empty-matrix"]),
        ("runs-on: x\nstrategy: {matrix: {include: [{}]}}", ["matrix-filter-empty"]),
        ("runs-on: x\nstrategy: {matrix: {include: '${{ fromJSON(x) }}'}}", []),
    ],
)
def test_jobs(body: str, expected: list[str]) -> None:
    assert kinds(job(body)) == expected


@pytest.mark.parametrize("id", ["my.job", "0job", "__x", "' x'", "-x", "x" * 100])
def test_ids_of_jobs_that_github_refuses(id: str) -> None:
    assert kinds(f"on: push\njobs:\n  {id}: {{runs-on: x}}\n") == ["invalid-id"]


@pytest.mark.parametrize("id", ["_", "_a", "a__", "A-1", "x" * 99])
def test_ids_of_jobs_that_github_takes(id: str) -> None:
    assert kinds(f"on: push\njobs:\n  {id}: {{runs-on: x}}\n") == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("name: x", ["step-without-action"]),
        ("runn: echo", ["step-without-action", "unknown-key"]),
        ("leap: somewhere", ["step-without-action?", "unknown-key?"]),
        ("run: x\nuses: a/b@c", ["step-runs-and-uses"]),
        ("run: x\nwith: {a: b}", ["unknown-key"]),
        ("uses: a/b@c\nshell: bash", ["unknown-key"]),
        ("uses: a/b@c\nwith:", ["unexpected-value"]),
        ("uses: a/b@c\nwith: {a: [b]}", ["unexpected-list"]),
        ("uses: a/b", ["invalid-uses"]),
        ("uses: ${{ matrix.action }}", ["expression-not-allowed"]),
        ("run: x\nshell: ${{ matrix.shell }}", ["expression-not-allowed"]),
        ("run: x\nshell: ${{ 'bash -e {0}' }}", []),
        ("uses: o/r/.github/workflows/x.yml@v1", ["workflow-used-as-step?"]),
        ("run:", []),
        ("run: x\nid: 1a", ["invalid-id"]),
        ("run: x\nenv: ${{ fromJSON(vars.E) }}", []),
        ("run: x\nenv:", ["unexpected-value"]),
        ("run: x\nif: ${{ success() }}\nbackground: maybe", ["unexpected-value"]),
    ],
)
def test_steps(body: str, expected: list[str]) -> None:
    assert sorted(kinds(step(body))) == expected


def test_step_ids_differ_in_more_than_letter_case() -> None:
    text = job("runs-on: x\nsteps: [{id: up, run: x}, {id: UP, run: y}, {id: down, run: z}]")
    (problem,) = problems(text)
    assert (problem.kind, problem.place.text) == ("duplicate-step-id", "UP")
    assert problem.related is not None and problem.related.text == "up"
    assert kinds(job("runs-on: x\nsteps: [{id: up, run: x}]") + "  b: {runs-on: x, steps: [{id: up, run: x}]}\n") == []


def test_keys_given_twice() -> None:
    first = "on: push\njobs:\n  my-job: {runs-on: x}\n  MY-JOB: {runs-on: y}\n"
    (problem,) = problems(first)
    assert (problem.kind, problem.place.line) == ("duplicate-key", 4)
    assert problem.related is not None and problem.related.line == 3
    assert problem.args == {"key": "MY-JOB"}


def test_every_problem_is_named_and_each_once() -> None:
    text = (
        "on: push\njobs:\n  a: {needs: [b, gone], runs-on: x}\n  b: {needs: a, runs-on: x}\n"
        "  c: {runs-on: x, steps: [{run: x, runs: y}, {uses: nothing}]}\n"
    )
    assert kinds(text) == ["needs-cycle", "unknown-need", "needs-cycle", "unknown-key", "invalid-uses"]


def test_an_anchored_mistake_is_named_once() -> None:
    text = "on: push\njobs:\n  a: &a {runs-on: x, steps: [{uses: nothing}]}\n  b: *a\n"
    assert kinds(text) == ["invalid-uses"]


def test_places_and_sentences() -> None:
    (problem,) = problems(job("runs-on: x\nenviroment: pypi"))
    assert (problem.place.line, problem.place.column, problem.place.text) == (5, 5, "enviroment")
    assert problem.detail == "job `a` takes no key `enviroment` (did you mean `environment`?)"
    (problem,) = problems(job("uses: ./.github/workflows/b.yml\nenvironment: pypi"))
    assert problem.detail == "job `a` calls a workflow, and such a job takes no `environment`"
    (problem,) = problems(job("runs-on: x\nenv:"))
    assert problem.detail == "`env` is empty; expected a mapping"
    (problem,) = problems(job("runs-on: x\ntimeout-minutes: soon"))
    assert problem.detail == "`timeout-minutes` cannot be `soon`; expected a number"


def test_every_kind_has_a_sentence_that_can_be_made() -> None:
    for kind in PROBLEM_KINDS:
        assert kind == kind.lower() and " " not in kind
    for text in ("on: push\njobs: {a: {needs: b}}", "on: {push: x}", "x"):
        for problem in problems(text):
            assert "{" not in problem.detail


def test_a_token_in_a_wrong_place_is_not_shown() -> None:
    (problem,) = problems(job("runs-on: x\ntimeout-minutes: pypi-AgEIcHlwaS5vcmcCJDU2"))
    assert "AgEI" not in problem.detail
    assert "AgEI" not in str(problem.args)


def test_texts_with_expressions_have_a_limit() -> None:
    long = "x" * 21_000
    assert kinds(step(f"run: '{long} ${{{{ github.ref }}}}'")) == ["expression-too-long"]
    assert kinds(step(f"run: '{long}'")) == []


def test_expressions_are_found_with_what_they_may_use() -> None:
    text = (
        "on: push\nrun-name: ${{ github.ref }}\njobs:\n  a:\n    if: github.ref == 'x'\n    runs-on: ${{ matrix.os }}\n"
        "    steps:\n      - if: failure()\n        run: echo ${{ secrets.X }}\n        with_: 1\n"
    )
    sites = {site.scalar.value: site for site in read_workflow(Source("x.yml", text)).expressions}
    assert set(sites) == {
        "${{ github.ref }}", "github.ref == 'x'", "${{ matrix.os }}", "failure()", "echo ${{ secrets.X }}",
    }  # fmt: skip
    assert sites["${{ github.ref }}"].contexts == {"github", "inputs", "vars"}
    condition = sites["github.ref == 'x'"]
    assert condition.is_condition
    assert "secrets" not in condition.contexts and "needs" in condition.contexts and "matrix" not in condition.contexts
    assert {"always", "success"} <= condition.functions and "hashFiles" not in condition.functions
    assert "matrix" in sites["${{ matrix.os }}"].contexts
    run = sites["echo ${{ secrets.X }}"]
    assert "secrets" in run.contexts and "hashFiles" in run.functions and not run.is_condition
    assert "steps" in sites["failure()"].contexts


@pytest.mark.parametrize(
    "cron", ["0 0 * * *", "15 4,5 * * *", "30 4-6 * * *", "20/15 * * * *", "0 0 * * SUN-TUE", "0 000 001 * *",
             "28 5,*/4,6-8 * * *", "0   0  *  *   *", "0 9 * jan-mar mon", "20 */24 * * *", "0 0 30 2 *"],
)  # fmt: skip
def test_cron_expressions_that_github_takes(cron: str) -> None:
    assert cron_error(cron)[0] is None


@pytest.mark.parametrize(
    ("cron", "certain"),
    [("0 0 * *", True), ("0 0 * * * *", False), ("60 0 * * *", True), ("0 24 * * *", True), ("0 0 32 * *", True),
     ("0 0 * 13 *", True), ("@hourly", True), ("0 0 * * 8", True), ("0 0 * * BUN", False), ("0 0 L * *", False),
     ("0 ** * * *", False), ("0 5--5 * * *", False)],
)  # fmt: skip
def test_cron_expressions_that_it_does_not(cron: str, certain: bool) -> None:
    reason, known = cron_error(cron)
    assert reason is not None
    assert known is certain


def test_what_is_no_yaml_is_raised() -> None:
    with pytest.raises(SourceSyntaxError):
        read_workflow(Source("x.yml", "on: push\njobs: ["))


def test_aliases_that_stand_for_too_much_are_refused() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(SourceTooComplex, match="1,000,000"):
        read_workflow(Source("x.yml", "\n".join(layers)))
    with pytest.raises(SourceTooComplex, match=r"\*loop"):
        read_workflow(Source("x.yml", "on: push\njobs: &loop {a: *loop}"))
    assert kinds("on: push\nenv: &e {A: 1}\njobs: {a: {runs-on: x, env: *e}, b: {runs-on: x, env: *e}}") == []


@pytest.mark.parametrize("steps", ["", "\nsteps: []"])
def test_a_job_without_steps_is_refused_where_nothing_else_is(steps: str) -> None:
    assert [found.kind for found in problems(job(f"runs-on: x{steps}"))] == ["job-without-steps"]
    assert [found.kind for found in problems(job(f"runs-on: x\nstepps: []{steps}"))] == ["unknown-key"]
    assert problems(job("runs-on: x\nsteps: [{run: x}]")) == ()
