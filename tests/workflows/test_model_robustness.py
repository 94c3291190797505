"""Nothing in a workflow file crashes or hangs the model: real files, cut up and filled with values of other types."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex
from preflight.workflows.actions import read_action
from preflight.workflows.calls import call_problems, read_workflows
from preflight.workflows.model import (
    Workflow,
    effective_env,
    effective_permissions,
    effective_shell,
    effective_working_directory,
    read_workflow,
)
from preflight.workflows.triggers import starts

SAMPLES = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "samples").iterdir())]

VALUES = [
    *("", "~", "true", "0", "-1", "1.5", "text", "'quoted'", "[]", "{}", "[[]]", "[a, [b]]", "{a: {b: c}}", "|", ">-"),
    *(
        "[{a: b}, x]",
        "${{ github.ref }}",
        "${{",
        "}}",
        "*checkout",
        "&a x",
        "*a",
        "!!str x",
        "!odd x",
        "? a",
        "inherit",
    ),
    *("read-all", "{<<: {a: b}}", "[*checkout, *checkout]", "{? [a] : b}", "{'': x}", "{${{ insert }}: ${{ x }}}"),
    *("'\\'", '"\\u0000"'),
]


def use_everything(workflow: Workflow) -> None:
    """Ask for every part of the model."""
    for problem in workflow.problems:
        assert "{" not in problem.kind
        assert problem.detail
        assert 0 <= problem.place.start <= problem.place.end <= len(workflow.source.text)
    assert workflow.title and isinstance(workflow.expressions, tuple)
    for trigger in workflow.triggers:
        for ref in ("refs/tags/v1.2.3", "refs/heads/main", None):
            starts(trigger, trigger.event, "published", ref)
        assert isinstance(trigger.activity_types, tuple) and isinstance(trigger.unknown_types, tuple)
        for given_input in trigger.inputs.values():
            assert given_input.default_value is None or given_input.choices is not None
    order = workflow.jobs_in_order
    assert sorted(job.id for job in order) == sorted(workflow.jobs)
    for job in order:
        assert job.place.text and (job.needs or not job.needed)
        _ = (job.name, job.condition, job.timeout, job.ancestors, job.runs_on, job.environment, job.concurrency)
        _ = (job.container, job.services, job.outputs, job.uses, job.inputs, job.secrets, job.inherits_secrets)
        permissions = effective_permissions(job)
        assert permissions.allows("id-token", "write") in (True, False, None)
        assert effective_permissions(job, permissions).levels is not None
        legs = job.matrix_legs(16)
        assert len(legs.legs) <= 16
        for step in job.all_steps():
            assert step.number >= 1 and step.label
            _ = (step.uses, step.inputs, step.run, step.env, effective_env(job, step))
            _ = (effective_shell(job, step), effective_working_directory(job, step))


def read_and_use(text: str) -> None:
    source = Source(".github/workflows/x.yml", text)
    workflows = read_workflows([source], load=lambda path: Source(path, text))
    for workflow in workflows:
        use_everything(workflow)
        for run in workflows.job_runs(workflow):
            assert run.permissions is not None and run.name
            for step in run.job.all_steps():
                workflows.action(step)
        for call in workflows.calls:
            call_problems(call)
        assert workflows.depth(workflow) >= 1 and isinstance(workflows.circles(), tuple)
    try:
        action = read_action(source)
    except (SourceSyntaxError, SourceTooComplex):
        return
    _ = (action.inputs, action.outputs, action.kind, action.name, [step.label for step in action.steps])


def mutate(text: str, seed: int) -> str:
    """A real file with a few of its lines emptied, doubled, moved, indented otherwise, or given another value."""
    chance = random.Random(seed)
    lines = text.split("\n")
    for _ in range(chance.randint(1, 6)):
        if not lines:
            break
        at = chance.randrange(len(lines))
        line = lines[at]
        change = chance.randrange(7)
        if change == 0:
            del lines[at]
        elif change == 1:
            lines.insert(at, line)
        elif change == 2:
            lines[at] = "  " * chance.randint(0, 4) + line.lstrip()
        elif change == 3 and ":" in line:
            lines[at] = line.partition(":")[0] + ": " + chance.choice(VALUES)
        elif change == 4:
            lines.insert(at, lines.pop(chance.randrange(len(lines))))
        elif change == 5 and ":" in line:
            lines[at] = line.replace(
                line.partition(":")[0].strip(), chance.choice(["run", "uses", "jobs", "on", "<<", "~"]), 1
            )
        else:
            lines[at] = line[: len(line) // 2] + chance.choice(VALUES) + line[len(line) // 2 :]
    return "\n".join(lines)


@pytest.mark.parametrize("text", SAMPLES)
def test_the_samples_can_be_used(text: str) -> None:
    read_and_use(text)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 1 << 30))
def test_mutated_workflows_never_crash(text: str, seed: int) -> None:
    read_and_use(mutate(text, seed))


@pytest.mark.parametrize("value", VALUES)
def test_any_value_at_any_key(value: str) -> None:
    for text in SAMPLES:
        lines = text.split("\n")
        for at, line in enumerate(lines):
            key, colon, _ = line.partition(":")
            if colon and at % 3 == len(value) % 3:
                try:
                    workflow = read_workflow(
                        Source("x.yml", "\n".join([*lines[:at], f"{key}: {value}", *lines[at + 1 :]]))
                    )
                except (SourceSyntaxError, SourceTooComplex):
                    continue
                use_everything(workflow)


KEYS = [
    *("on", "jobs", "a", "b", "runs-on", "steps", "uses", "run", "with", "env", "needs", "if", "strategy", "matrix"),
    *("include", "exclude", "permissions", "environment", "secrets", "parallel", "push", "types", "inputs"),
]
TREES = st.recursive(
    st.sampled_from(["~", "true", "1", "a", "'${{ a }}'", "push", "[]", "{}"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
        st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        ).map(lambda entries: "{" + ", ".join(f"{key}: {value}" for key, value in entries.items()) + "}"),
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(TREES, TREES)
def test_trees_of_any_shape_never_crash(on: str, jobs: str) -> None:
    read_and_use(f"on: {on}\njobs: {jobs}\n")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_and_use(text)


def test_deep_needs_and_many_jobs_take_no_time_to_speak_of() -> None:
    jobs = "".join(f"  j{n}: {{runs-on: x, needs: j{n - 1}, steps: [{{run: x}}]}}\n" for n in range(1, 3000))
    workflow = read_workflow(Source("x.yml", f"on: push\njobs:\n  j0: {{runs-on: x, steps: [{{run: x}}]}}\n{jobs}"))
    assert [job.id for job in workflow.jobs_in_order][-1] == "j2999"
    assert workflow.problems == ()
    assert len(workflow.jobs["j2999"].ancestors) == 2999
