"""Matrices: the legs that GitHub makes of them, and what expressions leave open."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.sources.text import Source
from preflight.sources.yaml import Scalar
from preflight.workflows.matrix import Legs, loosely_equal
from preflight.workflows.model import read_workflow


def legs(strategy: str, limit: int = 256, resolve: Any = None) -> Legs:
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    strategy: {strategy}\n"
    return read_workflow(Source("x.yml", text)).jobs["a"].matrix_legs(limit, resolve)


def test_a_job_without_a_matrix_has_one_leg() -> None:
    workflow = read_workflow(Source("x.yml", "on: push\njobs: {a: {runs-on: x}}"))
    assert workflow.jobs["a"].matrix_legs().legs == ({},)
    assert legs("{fail-fast: false}").legs == ({},)


def test_the_last_list_turns_fastest() -> None:
    assert legs("{matrix: {os: [a, b], version: [1, 2]}}").legs == (
        *({"os": "a", "version": 1.0}, {"os": "a", "version": 2.0}),
        *({"os": "b", "version": 1.0}, {"os": "b", "version": 2.0}),
    )


def test_numbers_lose_their_zeros_and_quotes_keep_them() -> None:
    assert legs("{matrix: {python: [3.10, '3.10']}}").legs == ({"python": 3.1}, {"python": "3.10"})


def test_exclude_needs_only_fit_in_part() -> None:
    found = legs("{matrix: {os: [mac, win], version: [12, 14], exclude: [{os: mac}, {os: win, version: 14}]}}")
    assert found.legs == ({"os": "win", "version": 12.0},)


def test_the_documented_example_of_include() -> None:
    """GitHub's page "Run job variations", expanding or adding matrix configurations."""
    found = legs(
        "{matrix: {fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat}, "
        "{fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}}"
    )
    assert found.legs == (
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    )
    assert found.known


def test_only_include() -> None:
    assert legs("{matrix: {include: [{os: a}, {os: b, extra: true}]}}").legs == (
        {"os": "a"},
        {"os": "b", "extra": True},
    )


def test_include_adds_back_what_was_excluded() -> None:
    found = legs("{matrix: {os: [a, b], exclude: [{os: b}], include: [{os: b, slow: true}]}}")
    assert found.legs == ({"os": "a"}, {"os": "b", "slow": True})


def test_values_may_be_mappings_and_filters_look_into_them() -> None:
    found = legs("{matrix: {node: [{version: 14}, {version: 20, env: x}], exclude: [{node: {version: 14}}]}}")
    assert found.legs == ({"node": {"version": 20.0, "env": "x"}},)


def test_all_excluded_leaves_no_leg() -> None:
    assert legs("{matrix: {os: [a], exclude: [{os: a}]}}").legs == ()


def test_an_expression_for_the_matrix_leaves_all_open() -> None:
    for strategy in ("${{ fromJSON(vars.S) }}", "{matrix: '${{ fromJSON(vars.M) }}'}"):
        found = legs(strategy)
        assert (found.legs, found.known) == ((), False)


def test_an_expression_for_a_list_leaves_the_legs_open() -> None:
    found = legs("{matrix: {os: '${{ fromJSON(vars.OS) }}', version: [1, 2]}}")
    assert not found.known
    assert not legs("{matrix: {os: [a], include: '${{ fromJSON(vars.I) }}'}}").known


def test_an_expression_as_a_value_is_one_value() -> None:
    found = legs("{matrix: {sha: ['${{ github.sha }}', b]}}")
    assert found.known
    first, second = found.legs
    assert isinstance(first["sha"], Scalar)
    assert second == {"sha": "b"}
    assert not legs("{matrix: {sha: ['${{ github.sha }}', b], exclude: [{sha: b}]}}").known


def test_expressions_are_resolved_where_somebody_can() -> None:
    found = legs("{matrix: {os: '${{ fromJSON(vars.OS) }}'}}", resolve=lambda scalar: ["a", "b"])
    assert (found.legs, found.known) == (({"os": "a"}, {"os": "b"}), True)
    found = legs("{matrix: '${{ fromJSON(vars.M) }}'}", resolve=lambda scalar: {"os": ["a"]})
    assert found.legs == ({"os": "a"},)
    assert not legs("{matrix: '${{ fromJSON(vars.M) }}'}", resolve=lambda scalar: scalar).known


def test_large_matrices_are_cut_off_and_say_so() -> None:
    huge = ", ".join(f"v{n}: [{', '.join(map(str, range(30)))}]" for n in range(12))
    found = legs(f"{{matrix: {{{huge}}}}}")
    assert len(found.legs) == 256
    assert found.truncated
    assert legs(f"{{matrix: {{{huge}, exclude: [{{v0: 0}}]}}}}").truncated
    assert not legs("{matrix: {a: [1, 2]}}", limit=2).truncated
    assert legs("{matrix: {a: [1, 2, 3]}}", limit=2).truncated


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [("a", "A", True), (1.0, "1", True), (1.0, "1.0", True), (True, 1.0, True), (None, "", True), ("x", 0.0, False),
     (None, False, True), ("0x10", 16.0, True), ("1_0", 10.0, False), (["a"], "a", False)],
)  # fmt: skip
def test_values_are_compared_as_expressions_compare_them(left: Any, right: Any, equal: bool) -> None:
    assert loosely_equal(left, right) is equal
    assert loosely_equal(right, left) is equal


VALUES = st.sampled_from(["a", "b", "1", "true", "''", "{x: a}", "[a, b]", "1.5"])
KEYS = st.sampled_from(["k", "l", "m"])
ITEMS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=3).map(
    lambda item: "{" + ", ".join(f"{key}: {value}" for key, value in item.items()) + "}"
)


@given(st.dictionaries(KEYS, st.lists(VALUES, min_size=1, max_size=3), max_size=3), st.lists(ITEMS, max_size=3))
def test_include_never_takes_a_leg_away(vectors: dict[str, list[str]], include: list[str]) -> None:
    body = [f"{name}: [{', '.join(values)}]" for name, values in vectors.items()]
    plain = legs("{matrix: {" + ", ".join(body) + "}}")
    more = legs("{matrix: {" + ", ".join([*body, f"include: [{', '.join(include)}]"]) + "}}")
    assert more.known and len(more.legs) >= len(plain.legs)
    for before, after in zip(plain.legs, more.legs, strict=False):
        assert {**after, **before} == after
