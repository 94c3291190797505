"""The plan on generated workflows: it never fails, stays bounded, and agrees with working a run out by hand when everything is known."""

from dataclasses import dataclass
from json import dumps, loads
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preflight.plan.publish_plan import PublishPlan
from preflight.plan.scenarios import MAX_SCENARIOS, Scenario
from preflight.report.plan import render_plan
from tests.plan.planned import PATH, plan, publishing

CALLED = ".github/workflows/called.yml"
PYPI, TESTPYPI = "https://upload.pypi.org/legacy/", "https://test.pypi.org/legacy/"
INDEX = {PYPI: "pypi", TESTPYPI: "testpypi"}
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# ── Against working it out by hand ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Test:
    """A condition, and the same in Python: given the scenario and whether all went well before."""

    __test__ = False
    text: str | None
    holds: Any


def _input(scenario: Scenario, name: str) -> Any:
    return (scenario.inputs or {}).get(name)


CONDITIONS = [
    Test(None, lambda scenario, ok: ok),
    Test("success()", lambda scenario, ok: ok),
    Test("always()", lambda scenario, ok: True),
    Test("${{ !cancelled() }}", lambda scenario, ok: True),
    Test("failure()", lambda scenario, ok: False),
    Test("github.event_name == 'push'", lambda scenario, ok: ok and scenario.event == "push"),
    Test("startsWith(github.ref, 'refs/tags/')", lambda scenario, ok: ok and scenario.ref_type == "tag"),
    Test("always() && github.ref_type == 'branch'", lambda scenario, ok: scenario.ref_type == "branch"),
    Test("inputs.flag", lambda scenario, ok: ok and _input(scenario, "flag") is True),
    Test("${{ ! inputs.flag }}", lambda scenario, ok: ok and _input(scenario, "flag") is not True),
    Test("github.event.inputs.flag == 'true'", lambda scenario, ok: ok and _input(scenario, "flag") is True),
    Test("inputs.kind == 'B'", lambda scenario, ok: ok and _input(scenario, "kind") == "b"),
    Test("inputs.kind != 'a' || github.ref_type == 'tag'", lambda scenario, ok: ok and (_input(scenario, "kind") != "a" or scenario.ref_type == "tag")),
]  # fmt: skip


@dataclass(frozen=True)
class Job:
    """A generated job: what it needs, when it runs, and the indexes that it uploads to."""

    needs: tuple[int, ...]
    condition: Test
    step: Test
    urls: tuple[str, ...]
    matrix: bool
    calls: bool

    def written(self) -> dict[str, Any]:
        url = "${{ matrix.url }}" if self.matrix else self.urls[0]
        found: dict[str, Any] = {"needs": [f"job{number}" for number in self.needs]}
        if self.condition.text is not None:
            found["if"] = self.condition.text
        if self.matrix:
            found["strategy"] = {"matrix": {"url": list(self.urls), "other": [1, 2]}}
        if self.calls:
            return {**found, "uses": f"./{CALLED}", "with": {"url": url}}
        step: dict[str, Any] = {"uses": "pypa/gh-action-pypi-publish@release/v1", "with": {"repository-url": url}}
        if self.step.text is not None:
            step["if"] = self.step.text
        return {**found, "runs-on": "ubuntu-latest", "steps": [{"run": "true"}, step]}


@st.composite
def jobs(draw: st.DrawFn) -> list[Job]:
    found = []
    for number in range(draw(st.integers(1, 5))):
        urls = draw(st.lists(st.sampled_from([PYPI, TESTPYPI]), min_size=1, max_size=2, unique=True))
        needs = draw(st.lists(st.integers(0, number - 1), max_size=2, unique=True)) if number else []
        matrix = draw(st.booleans())
        found.append(
            Job(
                needs=tuple(needs),
                condition=draw(st.sampled_from(CONDITIONS)),
                step=draw(st.sampled_from(CONDITIONS)),
                urls=tuple(urls),
                matrix=matrix,
                calls=draw(st.booleans()) and draw(st.booleans()),
            )
        )
    return found


ON = {
    "push": None,
    "release": {"types": ["published", "created"]},
    "workflow_dispatch": {
        "inputs": {"flag": {"type": "boolean"}, "kind": {"type": "choice", "options": ["a", "b"], "default": "a"}}
    },
}
CALLED_WORKFLOW = {
    "on": {"workflow_call": {"inputs": {"url": {"type": "string", "required": True}}}},
    "permissions": {"id-token": "write"},
    "jobs": {
        "before": {"runs-on": "ubuntu-latest", "steps": [{"run": "true"}]},
        "up": {
            "needs": "before",
            "runs-on": "ubuntu-latest",
            "steps": [{"uses": "pypa/gh-action-pypi-publish@v1", "with": {"repository-url": "${{ inputs.url }}"}}],
        },
    },
}


def by_hand(made: list[Job], scenario: Scenario) -> set[tuple[str, str]]:
    """The uploads of a run, worked out job by job."""
    runs: list[bool] = []
    went_well: list[bool] = []  # the job and all that it hangs on
    uploads = set()
    for number, job in enumerate(made):
        before = all(went_well[each] for each in job.needs)
        runs.append(bool(job.condition.holds(scenario, before)))
        went_well.append(runs[-1] and before)
        if runs[-1] and (job.calls or job.step.holds(scenario, True)):
            name = f"job{number} / up" if job.calls else f"job{number}"
            uploads.update((name, INDEX[url]) for url in (job.urls if job.matrix else job.urls[:1]))
    return uploads


@QUICK
@given(jobs())
def test_the_plan_says_what_a_run_does_when_all_is_known(made: list[Job]) -> None:
    text = {
        "on": ON,
        "permissions": {"id-token": "write"},
        "jobs": {f"job{n}": job.written() for n, job in enumerate(made)},
    }
    found = plan({PATH: dumps(text), CALLED: dumps(CALLED_WORKFLOW)})
    single = [each for each in found.scenarios if not each.scenario.combined]
    assert len(single) == 2 + 2 + 2 + 2 + 2
    together = found.scenarios[len(single) :]
    assert len(together) in (0, 2) and all(each.scenario.combined for each in together)
    assert not together or any(each.publishes for each in together)
    for planned in found.scenarios:
        assert {(row.job, row.index) for row in planned.publishes} == by_hand(made, planned.scenario)
        assert all(row.happens == "always" and row.authentication == "trusted-publishing" for row in planned.publishes)


# ── On anything at all ────────────────────────────────────────────────────────────────────────────────────────────────

FRAGMENTS = st.sampled_from(
    "github.ref|inputs.a|inputs['a']|vars.X|secrets.T|matrix.m|matrix|needs.a.outputs.x|needs.b.result|steps.s.outputs.u|env.E|always()|failure()|"
    "'refs/tags/v'|'pypi'|true|null|0|-1|1e999|fromJSON('[1,2]')|fromJSON('{')|toJSON(github)|hashFiles('**')|format('{0}', 1)|contains(github.ref, '-rc')|"
    "startsWith(github.ref, 'refs/heads/x')|github.event.release.tag_name|github..ref|(|)|''|'|runner.os|strategy.job-index".split(
        "|"
    )
)
EXPRESSIONS = st.lists(FRAGMENTS, min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from([" && ", " || ", " == ", ", ", " ! ", " "]).map(lambda glue: glue.join(parts))
)
TEXTS = st.one_of(
    EXPRESSIONS.map(lambda text: f"${{{{ {text} }}}}"),
    EXPRESSIONS.map(lambda text: f"a-${{{{ {text} }}}}-b"),
    EXPRESSIONS,
    st.sampled_from(["", "pypi", PYPI, "true", "x" * 300, "${{", "\u202e", "'", "*", "v[0-9]+", "!x", "🐍"]),
)
SCRIPTS = st.lists(
    st.sampled_from(
        ["twine upload dist/*", "uv publish --index ${{ inputs.a }}", "make up", "tox -e up", "if [ $X = 1 ]; then", "fi", "exit 1", "cd sub",
         "echo \"u=$X\" >> $GITHUB_OUTPUT", "echo E=1 >> $GITHUB_ENV", "poetry config pypi-token.pypi $T", "poetry publish", "./run.sh a", "${{ inputs.a }}",
         "for i in 1 2; do", "done", "set -e", "(", "'", "python release.py", "bash -c 'uv publish'"]
    ),
    max_size=5,
).map("\n".join)  # fmt: skip
ANYTHING = st.recursive(
    st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-2, 3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abm-"), inner, max_size=3)),
    max_leaves=5,
)
STEPS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.sampled_from(["s", "S", "t"]),
            "if": TEXTS,
            "uses": st.sampled_from(
                [
                    "pypa/gh-action-pypi-publish@v1",
                    "./.github/actions/a",
                    "PyO3/maturin-action@v1",
                    "o/pypi-publish@v1",
                    "./",
                    "",
                    "docker://x",
                ]
            ),
            "run": SCRIPTS,
            "with": ANYTHING,
            "env": ANYTHING,
            "shell": st.sampled_from(["bash", "pwsh", "cmd", "python", "bash {0}", "${{ inputs.a }}"]),
            "working-directory": TEXTS,
        },
    ),
    max_size=4,
)
JOBS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "A"]),
    st.one_of(
        ANYTHING,
        st.fixed_dictionaries(
            {},
            optional={
                "needs": st.one_of(
                    st.sampled_from(["a", "b", "c", "nobody"]),
                    st.lists(st.sampled_from(["a", "b", "c"]), max_size=3),
                    ANYTHING,
                ),
                "if": TEXTS,
                "strategy": st.one_of(ANYTHING, st.fixed_dictionaries({"matrix": ANYTHING})),
                "environment": ANYTHING,
                "outputs": ANYTHING,
                "permissions": ANYTHING,
                "env": ANYTHING,
                "runs-on": ANYTHING,
                "steps": st.one_of(STEPS, ANYTHING),
                "uses": st.sampled_from(
                    [f"./{PATH}", f"./{CALLED}", "o/r/.github/workflows/pypi-publish.yml@v1", "./none.yml", "x"]
                ),
                "with": ANYTHING,
                "secrets": st.one_of(st.just("inherit"), ANYTHING),
            },
        ),
    ),
    max_size=4,
)
TRIGGERS = st.dictionaries(
    st.sampled_from(["push", "release", "workflow_dispatch", "workflow_call", "pull_request", "schedule", "repository_dispatch", "unheard_of"]),
    st.one_of(
        ANYTHING,
        st.fixed_dictionaries(
            {},
            optional={
                "tags": st.lists(TEXTS, max_size=3),
                "branches-ignore": st.lists(TEXTS, max_size=3),
                "types": st.lists(st.sampled_from(["published", "closed", "nothing"]), max_size=3),
                "inputs": st.dictionaries(
                    st.sampled_from(["a", "b"]),
                    st.fixed_dictionaries({}, optional={"type": st.sampled_from(["boolean", "choice", "number", "environment", "x"]), "default": ANYTHING,
                                                        "options": ANYTHING, "required": st.booleans()}),
                    max_size=2,
                ),
                "outputs": ANYTHING,
            },
        ),
    ),
    max_size=4,
)  # fmt: skip
WORKFLOWS = st.fixed_dictionaries(
    {"on": st.one_of(TRIGGERS, ANYTHING), "jobs": st.one_of(JOBS, ANYTHING)},
    optional={"env": ANYTHING, "permissions": ANYTHING},
)


def shown(found: PublishPlan) -> None:
    """What every plan has to stand: being shown, and being bounded."""
    per_workflow: dict[str, int] = {}
    for each in found.scenarios:
        per_workflow[each.scenario.path] = per_workflow.get(each.scenario.path, 0) + 1
    assert all(each <= MAX_SCENARIOS for each in per_workflow.values())
    document = loads(render_plan(found, "json", "0", color=False, width=80, verbose=True))
    for scenario in document["scenarios"]:
        for row in scenario["publishes"]:
            assert row["happens"] in ("always", "never", "unknown")
            assert row["auth"] in ("trusted-publishing", "token", "password", "none", "unknown")
            assert (row["happens"] == "unknown") == ("unless" in row)
    for name in ("full", "markdown"):
        assert render_plan(found, name, "0", color=False, width=80, verbose=True)


@QUICK
@given(WORKFLOWS, WORKFLOWS, SCRIPTS, ANYTHING)
def test_nothing_in_a_workflow_makes_the_plan_fail(one: Any, other: Any, script: str, action: Any) -> None:
    files = {
        PATH: dumps(one),
        CALLED: dumps(other),
        ".github/actions/a/action.yml": dumps(
            {
                "inputs": action,
                "runs": {"using": "composite", "steps": [{"run": script}, {"uses": "./.github/actions/a"}]},
            }
        ),
        "run.sh": script,
        "Makefile": f"up:\n\t{script}\n",
        "tox.ini": "[testenv:up]\ncommands = " + script.replace("\n", "\n  "),
        "release.py": script,
    }
    shown(plan(files))


# ── Bounds ────────────────────────────────────────────────────────────────────────────────────────────────────────────

UP = {"uses": "pypa/gh-action-pypi-publish@v1"}


def job(**more: Any) -> dict[str, Any]:
    return {"runs-on": "ubuntu-latest", "permissions": {"id-token": "write"}, "steps": [UP], **more}


def test_many_inputs_are_bounded_and_it_is_said() -> None:
    inputs = {f"i{number}": {"type": "boolean"} for number in range(64)}
    found = plan(dumps({"on": {"workflow_dispatch": {"inputs": inputs}}, "jobs": {"up": job()}}))
    assert len(found.scenarios) == MAX_SCENARIOS
    assert found.left_out == {PATH: 2 + 2 * 64 - MAX_SCENARIOS}
    assert "66 more ways to start it were left out." in render_plan(
        found, "full", "0", color=False, width=80, verbose=False
    )


def test_a_long_chain_of_needs() -> None:
    chain = {f"j{number}": {"runs-on": "ubuntu-latest", "if": "vars.X", "steps": []} for number in range(300)}
    for number in range(1, 300):
        chain[f"j{number}"]["needs"] = f"j{number - 1}"
    found = plan(dumps({"on": "push", "jobs": {**chain, "up": job(needs="j299", **{"if": "always()"})}}))
    assert publishing(found)["push refs/tags/v1.2.3"] == ["up always pypi trusted-publishing"]
    undecided = plan(dumps({"on": "push", "jobs": {**chain, "up": job(needs="j299")}}))
    assert publishing(undecided)["push refs/tags/v1.2.3"] == ["up unknown pypi trusted-publishing unless vars.X"]


def test_a_matrix_of_256_legs_makes_as_many_rows_as_differ() -> None:
    matrix = {"python": [f"3.{number}" for number in range(16)], "url": [PYPI, TESTPYPI] * 8}
    step = {**UP, "with": {"repository-url": "${{ matrix.url }}"}}
    inputs = {f"i{number}": {"type": "boolean"} for number in range(64)}
    up = job(strategy={"matrix": matrix}, steps=[{"run": "build ${{ matrix.python }}"}] * 20 + [step])
    found = plan(dumps({"on": {"workflow_dispatch": {"inputs": inputs}}, "jobs": {"up": up}}))
    assert set(map(tuple, publishing(found).values())) == {
        ("up always pypi trusted-publishing", "up always testpypi trusted-publishing")
    }


def test_calls_in_a_circle_and_too_deep_come_to_an_end() -> None:
    circle = {
        "on": {"push": {"tags": ["v*"]}, "workflow_call": None},
        "jobs": {"again": {"uses": f"./{PATH}"}, "up": job()},
    }
    assert publishing(plan(dumps(circle))) == {"push refs/tags/v1.2.3": ["up always pypi trusted-publishing"]}
    deep = {}
    for number in range(14):
        names = {"up": job()} if number == 13 else {"call": {"uses": f"./.github/workflows/w{number + 1}.yml"}}
        deep[f".github/workflows/w{number}.yml"] = dumps({"on": {"push": None, "workflow_call": None}, "jobs": names})
    found = plan(deep)
    assert sum(each.scenario.path.endswith("/w3.yml") for each in found.scenarios if each.publishes) == 0
    assert sum(each.scenario.path.endswith("/w5.yml") for each in found.scenarios if each.publishes) == 2


def test_calls_that_fan_out_are_bounded() -> None:
    files = {}
    for level in range(9):
        calls = {f"c{number}": {"uses": f"./.github/workflows/w{level + 1}.yml"} for number in range(8)}
        on = {"push": {"tags": ["v*"]}} if level == 0 else {"workflow_call": None}
        files[f".github/workflows/w{level}.yml"] = dumps({"on": on, "jobs": calls if level < 8 else {"up": job()}})
    found = plan(files)
    rows = sum(len(each.publishes) for each in found.scenarios)
    assert 0 < rows <= 1_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "on: push",
        "on:",
        "on: push\njobs:",
        "on: push\njobs: {a: null}",
        "jobs: {up: {steps: 3}}",
        "a: &a [*a]",
    ],
)
def test_what_is_hardly_a_workflow_has_an_empty_plan(text: str) -> None:
    found = plan(text)
    assert all(not each.publishes for each in found.scenarios)
    shown(found)
