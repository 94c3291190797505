"""`on:` in all its forms, and which events on which refs start a workflow."""

import pytest

from preflight.sources.text import Source
from preflight.workflows.events import EVENTS, RefKind
from preflight.workflows.model import Workflow, read_workflow
from preflight.workflows.triggers import Trigger, starts

JOBS = "\njobs: {a: {runs-on: ubuntu-latest, steps: []}}\n"


def workflow(on: str) -> Workflow:
    return read_workflow(Source(".github/workflows/x.yml", on + JOBS))


def trigger(on: str) -> Trigger:
    found = workflow(on).triggers
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("on", "events"),
    [
        ("on: push", ["push"]),
        ("on: [push, pull_request]", ["push", "pull_request"]),
        ("on:\n  - push\n  - release", ["push", "release"]),
        ('"on":\n  push:\n  workflow_dispatch: {}', ["push", "workflow_dispatch"]),
        ("on: {pull_request: { }, schedule: [{cron: '0 0 * * *'}]}", ["pull_request", "schedule"]),
        ("on:", []),
        ("on: []", []),
        ("name: x", []),
        ("on: [[push], {release: }, push]", ["push"]),
    ],
)
def test_every_form_of_on(on: str, events: list[str]) -> None:
    assert [found.event for found in workflow(on).triggers] == events


def test_one_scalar_stands_for_a_list() -> None:
    found = workflow("on: {release: {types: published}, push: {branches: main, tags: [v*, '!v0*']}}")
    release, push = found.triggers
    assert release.types == ("published",)
    assert push.branches == ("main",)
    assert push.tags == ("v*", "!v0*")
    assert push.paths is None


def test_places_are_those_of_the_file() -> None:
    found = trigger("on:\n  release:\n    types: [created, prerelease]")
    assert (found.place.line, found.place.column, found.place.text) == (2, 3, "release")
    assert [node.place.text for node in found.unknown_types] == ["prerelease"]


def test_activity_types_that_start_a_workflow_without_types() -> None:
    assert trigger("on: pull_request").activity_types == ("opened", "synchronize", "reopened")
    assert trigger("on: {pull_request_target: }").activity_types == ("opened", "synchronize", "reopened")
    assert trigger("on: release").activity_types == (
        *("published", "unpublished", "created", "edited", "deleted", "prereleased", "released"),
    )
    assert trigger("on: push").activity_types == ()
    assert trigger("on: {release: {types: [published]}}").activity_types == ("published",)


def test_the_ref_of_a_run_per_event() -> None:
    assert EVENTS["release"].ref is RefKind.TAG
    assert EVENTS["push"].ref is RefKind.PUSHED
    assert EVENTS["workflow_dispatch"].ref is RefKind.CHOSEN
    assert EVENTS["workflow_run"].ref is EVENTS["schedule"].ref is RefKind.DEFAULT_BRANCH
    assert EVENTS["pull_request"].ref is RefKind.PULL_REQUEST
    assert EVENTS["pull_request_target"].ref is RefKind.DEFAULT_BRANCH


@pytest.mark.parametrize(
    ("on", "tag", "branch"),
    [
        ("on: push", True, True),
        ("on: {push: }", True, True),
        ("on: {push: {branches: [main]}}", False, True),
        ("on: {push: {branches: [develop]}}", False, False),
        ("on: {push: {tags: [v*]}}", True, False),
        ("on: {push: {tags: ['*']}}", True, False),
        ("on: {push: {tags: [release-*]}}", False, False),
        ("on: {push: {branches: [main], tags: [v*]}}", True, True),
        ("on: {push: {branches-ignore: [main]}}", False, False),
        ("on: {push: {branches-ignore: [docs]}}", False, True),
        ("on: {push: {tags-ignore: [v0*]}}", True, False),
        ("on: {push: {tags-ignore: ['**'], branches: ['**']}}", False, True),
        ("on: {push: {branches: ['**', '!main']}}", False, False),
        ("on: {push: {branch: [main]}}", True, True),
    ],
)
def test_branches_and_tags_of_a_push(on: str, tag: bool, branch: bool) -> None:
    found = trigger(on)
    assert starts(found, "push", None, "refs/tags/v1.2.3") is tag
    assert starts(found, "push", None, "refs/heads/main") is branch


def test_paths_do_not_matter_for_tags_and_are_unknown_for_branches() -> None:
    found = trigger("on: {push: {paths: ['src/**', '!src/*.md']}}")
    assert starts(found, "push", None, "refs/tags/v1") is True
    assert starts(found, "push", None, "refs/heads/main") is None
    assert starts(found, "push", None, "refs/heads/main", ["README.md", "src/a.py"]) is True
    assert starts(found, "push", None, "refs/heads/main", ["README.md", "src/a.md"]) is False
    ignoring = trigger("on: {push: {paths-ignore: ['docs/**']}}")
    assert starts(ignoring, "push", None, "refs/heads/main", ["docs/a", "docs/b"]) is False
    assert starts(ignoring, "push", None, "refs/heads/main", ["docs/a", "src/b"]) is True


def test_what_cannot_be_known_is_none() -> None:
    assert starts(trigger("on: {push: {tags: ['v[0-9']}}"), "push", None, "refs/tags/v1") is None
    assert starts(trigger("on: {push: {tags: }}"), "push", None, "refs/tags/v1") is None
    assert starts(trigger("on: {push: {tags: [v*]}}"), "push") is None


def test_activities() -> None:
    found = trigger("on: {release: {types: [published]}}")
    assert starts(found, "release", "published", "refs/tags/v1") is True
    assert starts(found, "release", "created", "refs/tags/v1") is False
    assert starts(found, "push", None, "refs/tags/v1") is False
    assert starts(trigger("on: pull_request"), "pull_request", "closed", "refs/heads/main") is False
    assert starts(trigger("on: repository_dispatch"), "repository_dispatch", "anything") is True
    assert starts(trigger("on: {repository_dispatch: {types: [a]}}"), "repository_dispatch", "b") is False


def test_a_release_does_not_look_at_filters_it_does_not_have() -> None:
    found = trigger("on: {release: {branches: [main], tags: [v*]}}")
    assert starts(found, "release", "published", "refs/tags/1.0") is True


def test_a_workflow_asks_its_triggers() -> None:
    both = workflow("on: {push: {tags: [v*]}, workflow_dispatch: }")
    assert both.starts("push", None, "refs/tags/v1") is True
    assert both.starts("workflow_dispatch", None, "refs/heads/main") is True
    assert both.starts("release", "published", "refs/tags/v1") is False


def test_inputs_of_a_manual_run() -> None:
    found = trigger(
        "on:\n  workflow_dispatch:\n    inputs:\n"
        "      dry: {type: boolean, default: 'true', required: true}\n"
        "      plain: {type: boolean}\n"
        "      index: {type: choice, options: [pypi, testpypi]}\n"
        "      count: {type: number, default: 3}\n"
        "      where: {type: environment}\n"
        "      made: {default: '${{ github.ref }}'}\n"
        "      note:\n"
    )
    values = {name: given.default_value for name, given in found.inputs.items()}
    assert values == {
        "dry": True, "plain": False, "index": "pypi", "count": 3.0, "where": "", "made": None, "note": "",
    }  # fmt: skip
    assert found.inputs["dry"].required
    assert found.inputs["dry"].choices == (True, False)
    assert found.inputs["index"].choices == ("pypi", "testpypi")
    assert found.inputs["note"].type == "string"
    assert found.inputs["index"].place.text == "index"
    assert found.input("INDEX") is found.inputs["index"]


def test_a_called_workflow_names_inputs_secrets_and_outputs() -> None:
    found = trigger(
        "on:\n  workflow_call:\n    inputs: {index: {type: string, required: true}}\n"
        "    secrets: {token: {required: true}, other: }\n"
        "    outputs: {url: {value: '${{ jobs.a.outputs.url }}'}}\n"
    )
    assert found.inputs["index"].required
    assert {name: secret.required for name, secret in found.secrets.items()} == {"token": True, "other": False}
    assert found.outputs["url"].value is not None
    assert workflow("on: workflow_call").is_reusable
    assert not workflow("on: push").is_reusable


def test_schedules_and_runs_of_other_workflows() -> None:
    found = workflow(
        "on:\n  schedule:\n    - cron: '0 4 * * *'\n      timezone: Europe/Berlin\n"
        "  workflow_run: {workflows: [CI, Build], types: [completed]}"
    )
    schedule, run = found.triggers
    assert [cron.cron.value for cron in schedule.crons if cron.cron] == ["0 4 * * *"]
    assert run.workflows == ("CI", "Build")


def test_keys_that_github_passes_over_are_told() -> None:
    found = trigger("on: {push: {branch: [main], tag: v1, branches: [main]}}")
    assert [entry.name for entry in found.ignored] == ["branch", "tag"]
