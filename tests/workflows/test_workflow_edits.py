"""Edits of workflow files: what they write, and where they write nothing."""

import pytest

from preflight.engine.finding import Edit
from preflight.sources.text import Source
from preflight.sources.yaml import Mapping, parse_yaml
from preflight.workflows.edits import delete_entry, delete_item, set_input, set_step_key, written_expression
from preflight.workflows.model import Workflow, read_workflow

HEAD = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"


def read(step: str) -> Workflow:
    return read_workflow(Source(".github/workflows/a.yml", HEAD + step))


def after(workflow: Workflow, edits: list[Edit]) -> str:
    text = workflow.source.text
    for edit in sorted(edits, key=lambda each: -each.start):
        text = text[: edit.start] + edit.replacement + text[edit.end :]
    return text.removeprefix(HEAD)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("      - uses: a/b@v1\n", "      - uses: a/b@v1\n        with:\n          x: 1\n"),
        (
            "      - uses: a/b@v1 # pinned\n        name: N\n",
            "      - uses: a/b@v1 # pinned\n        with:\n          x: 1\n        name: N\n",
        ),
        (
            "      - uses: a/b@v1\n        with:\n          y: 2\n",
            "      - uses: a/b@v1\n        with:\n          y: 2\n          x: 1\n",
        ),
        ("      - uses: a/b@v1\n        with: {y: 2}\n", "      - uses: a/b@v1\n        with: {y: 2, x: 1}\n"),
        (
            "      - uses: a/b@v1\n        with:\n          x: 0\n",
            "      - uses: a/b@v1\n        with:\n          x: 1\n",
        ),
        (
            "      - name: N\n        uses: a/b@v1\n",
            "      - name: N\n        uses: a/b@v1\n        with:\n          x: 1\n",
        ),
        ("      - {uses: a/b@v1}\n", "      - {uses: a/b@v1}\n"),
    ],
)
def test_set_input(step: str, expected: str) -> None:
    workflow = read(step)
    (found,) = workflow.jobs["a"].steps
    assert after(workflow, set_input(found, "x", "1")) == expected


def test_set_step_key_leaves_a_step_in_flow_style_alone() -> None:
    workflow = read("      - {uses: a/b@v1}\n      - uses: c/d@v1\n")
    flow, block = workflow.jobs["a"].steps
    assert not set_step_key(flow, "if", "x")
    assert after(workflow, set_step_key(block, "if", "x")).endswith("      - uses: c/d@v1\n        if: x\n")


def test_delete_entry_keeps_what_shares_a_line() -> None:
    workflow = read(
        "      - name: N\n        uses: a/b@v1\n        with:\n          x: |\n            1\n            2\n        id: i\n"
    )
    (step,) = workflow.jobs["a"].steps
    assert not delete_entry(step.node, step.node.entry("name"))
    assert (
        after(workflow, delete_entry(step.node, step.node.entry("with")))
        == "      - name: N\n        uses: a/b@v1\n        id: i\n"
    )


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("a: [x, y, z]\n", 0, "a: [y, z]\n"),
        ("a: [x, y, z]\n", 2, "a: [x, y]\n"),
        ("a:\n  - x\n  - y # why\n", 1, "a:\n  - x\n"),
        ("a: [x]\n", 0, "a: [x]\n"),
    ],
)
def test_delete_item(text: str, index: int, expected: str) -> None:
    document = parse_yaml(Source("a.yml", text))
    assert isinstance(document.root, Mapping)
    edits = delete_item(document.root.get("a"), index)
    for edit in edits:
        text = text[: edit.start] + edit.replacement + text[edit.end :]
    assert text == expected


@pytest.mark.parametrize(
    "value",
    [
        "github.ref == 'x'",
        "!cancelled()",
        "${{ a }}",
        "a: b",
        "x # y",
        "'a' == b",
        "a && b",
        "line\nbreak",
        "success()",
    ],
)
def test_written_expression_reads_back(value: str) -> None:
    document = parse_yaml(Source("a.yml", f"if: {written_expression(value)}\n"))
    assert isinstance(document.root, Mapping)
    scalar = document.root.get("if")
    assert scalar is not None
    assert getattr(scalar, "value", None) == value
