"""The model of GitLab pipelines: what a job inherits and from where, and that nothing in a file can break the reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex
from preflight.workflows.gitlab import Pipeline, read_pipeline


def pipeline(text: str, **others: str) -> Pipeline:
    files = {path.replace("__", "/") + ".yml": content for path, content in others.items()}
    return read_pipeline(
        Source(".gitlab-ci.yml", text), lambda path: Source(path, files[path]) if path in files else None
    )


def test_hidden_jobs_and_keywords_are_no_jobs() -> None:
    found = pipeline(
        "stages: [a]\ndefault: {image: x}\n.base: {script: [a]}\nbuild: {script: [b]}\npages: {script: [c]}\n"
    )
    assert list(found.jobs) == ["build", "pages"]


def test_extends_adds_mappings_and_replaces_lists() -> None:
    found = pipeline(
        ".one: {script: [one], variables: {A: '1', B: '1'}, stage: first}\n"
        ".two: {script: [two], variables: {B: '2'}}\n"
        "job: {extends: [.one, .two], variables: {C: '3'}}\n"
    ).jobs["job"]
    assert found.script is not None and found.script.text == "two"
    assert {name: scalar.value for name, scalar in found.variables.items()} == {"A": "1", "B": "2", "C": "3"}
    assert found.complete


def test_extends_of_extends_in_a_circle_ends() -> None:
    found = pipeline(".a: {extends: .b}\n.b: {extends: .a}\njob: {extends: .a, script: [x]}\n").jobs["job"]
    assert found.script is not None and not found.complete


def test_what_is_extended_may_be_in_another_project() -> None:
    found = pipeline("include: {project: group/ci, file: /publish.yml}\njob: {extends: .publish}\n")
    assert found.has_unknown_includes
    assert found.jobs["job"].may_have("id_tokens")


def test_a_local_include_is_read_and_the_main_file_wins() -> None:
    found = pipeline(
        "include: [{local: /ci/a.yml}, ci/b.yml]\njob: {stage: here}\n",
        ci__a="job: {script: [a], stage: there}\nonly_a: {script: [x]}\n",
        ci__b="job: {script: [b]}\n",
    )
    assert not found.has_unknown_includes
    job = found.jobs["job"]
    assert job.script is not None and job.script.text == "b", "a later include goes before an earlier one"
    stage = job.given("stage")
    assert stage is not None and stage.value.place.text == "here"
    assert job.node.source.path == ".gitlab-ci.yml"
    assert found.jobs["only_a"].entry.key.source.path == "ci/a.yml"


def test_includes_that_lie_elsewhere_are_unknown() -> None:
    for include in (
        "https://example.org/x.yml",
        "{template: Python.gitlab-ci.yml}",
        "{component: a/b@1}",
        "missing.yml",
        "'ci/*.yml'",
    ):
        assert pipeline(f"include: [{include}]\njob: {{script: [x]}}\n").has_unknown_includes, include


@pytest.mark.parametrize(
    ("template", "unknown"),
    [
        ("Security/SAST", False),
        ("Jobs/Secret-Detection", False),
        ("Auto-DevOps", True),
        ("Workflows/Branch-Pipelines", True),
    ],
)
def test_templates_for_single_jobs_say_nothing_of_the_pipeline(template: str, unknown: bool) -> None:
    found = pipeline(f"include: [{{template: {template}.gitlab-ci.yml}}]\njob: {{script: [x]}}\n")
    assert found.has_unknown_includes is unknown


def test_a_file_that_includes_itself_is_read_once() -> None:
    found = pipeline("include: ci/a.yml\njob: {script: [x]}\n", ci__a="include: /ci/a.yml\nother: {script: [y]}\n")
    assert sorted(found.jobs) == ["job", "other"]


def test_default_gives_what_a_job_lacks_and_is_not_merged() -> None:
    text = "default: {id_tokens: {PYPI_ID_TOKEN: {aud: pypi}}, before_script: [prepare]}\n"
    jobs = pipeline(
        text
        + "plain: {script: [x]}\nown: {script: [x], id_tokens: {OTHER: {aud: x}}}\nwithout: {script: [x], inherit: {default: false}}\n"
    ).jobs
    assert list(jobs["plain"].id_tokens) == ["PYPI_ID_TOKEN"]
    assert list(jobs["own"].id_tokens) == ["OTHER"]
    assert not jobs["without"].id_tokens
    assert [job.script.text for job in jobs.values() if job.script] == ["prepare\nx", "prepare\nx", "x"]


def test_references_and_nested_lists_in_scripts() -> None:
    found = pipeline(
        ".setup: {script: [one, two]}\njob:\n  script:\n    - !reference [.setup, script]\n    - [three, [four]]\n    - !reference [.missing, script]\n"
    ).jobs["job"]
    assert found.script is not None and found.script.text == "one\ntwo\nthree\nfour"


def test_an_anchor_and_a_merge_key() -> None:
    found = pipeline(
        ".base: &base {script: [x], environment: {name: release, url: u}}\njob: {<<: *base, stage: y}\n"
    ).jobs["job"]
    assert found.environment_name is not None and found.environment_name.value == "release"


def test_the_place_of_a_slice_of_the_script() -> None:
    text = "job:\n  script:\n    - echo a\n    - |\n      echo b\n      twine upload dist/*\n"
    script = pipeline(text).jobs["job"].script
    assert script is not None
    start = script.text.index("twine")
    place = script.place(start, start + 5)
    assert (place.line, place.column, place.text) == (6, 7, "twine")


def test_variables_with_a_description() -> None:
    found = pipeline(
        "variables: {A: {value: x, description: d}, B: y}\njob: {script: [x], inherit: {variables: [B]}}\n"
    )
    assert {name: scalar.value for name, scalar in found.variables.items()} == {"A": "x", "B": "y"}
    assert list(found.jobs["job"].variables) == ["B"]


def test_many_parents_cost_little() -> None:
    levels = "".join(f".j{level}: {{extends: [{', '.join([f'.j{level + 1}'] * 8)}]}}\n" for level in range(12))
    found = pipeline(levels + ".j12: {script: [x]}\njob: {extends: .j0, script: [y]}\n")
    assert len(found.jobs["job"].layers) <= 200


_KEYS = st.sampled_from(
    "job .base default include extends script before_script variables id_tokens aud environment name rules if when only "
    "except refs workflow inherit local stages".split()
)
_TREES = st.recursive(
    st.sampled_from(["x", ".base", "job", "$A", "null", "true", "[", "1", "ci/a.yml"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=25,
)


def written(tree: object) -> str:
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key}: {written(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(written, tree)) + "]"
    return f'"{tree}"' if tree == "[" else str(tree)


@given(st.dictionaries(_KEYS, _TREES, max_size=6))
def test_any_tree_is_read(tree: dict[str, object]) -> None:
    found = read_pipeline(Source(".gitlab-ci.yml", written(tree)), lambda path: Source(path, written(tree)))
    _ = found.workflow_rules, found.variables
    for job in found.jobs.values():
        _ = job.script, job.rules, job.id_tokens, job.environment_name, job.variables, job.when, job.may_have("rules")


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_pipeline(Source(".gitlab-ci.yml", text))
    except (SourceSyntaxError, SourceTooComplex) as error:
        assert error.place.source.path == ".gitlab-ci.yml"
