"""Jobs and steps: what each holds, where it stands, and what is layered on what."""

from pathlib import Path

import pytest

from preflight.sources.text import Source
from preflight.workflows.actions import read_action
from preflight.workflows.model import (
    Workflow,
    effective_env,
    effective_shell,
    effective_working_directory,
    read_workflow,
    runner_system,
)
from preflight.workflows.uses import is_workflow_path

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> Workflow:
    return read_workflow(Source(f".github/workflows/{name}", (SAMPLES / name).read_text(encoding="utf-8")))


def one(text: str) -> Workflow:
    return read_workflow(Source(".github/workflows/x.yml", text))


def test_a_workflow_and_its_names() -> None:
    release = sample("release.yml")
    assert (release.filename, release.title) == ("release.yml", "Release 🚀")
    assert sample("caller.yml").title == ".github/workflows/caller.yml"
    assert list(release.jobs) == ["build", "publish"]
    assert release.job("Publish") is release.jobs["publish"]
    assert release.concurrency is not None and release.concurrency.cancel_in_progress is not None


def test_a_job_and_its_parts() -> None:
    publish = sample("release.yml").jobs["publish"]
    assert [need.value for need in publish.needs] == ["build"]
    assert publish.condition is not None and publish.condition.value.startswith("github.event_name")
    assert publish.environment is not None
    assert publish.environment.literal == "release"
    assert publish.environment.url is not None
    assert publish.runs_on is not None and publish.runs_on.system == "linux"
    assert publish.key_place.text == "publish"
    assert publish.place.text.startswith("publish:\n    needs:")
    assert not publish.calls_workflow


def test_a_step_and_its_parts() -> None:
    publish = sample("release.yml").jobs["publish"]
    checkout, download, upload = publish.steps
    assert (upload.index, upload.number, upload.label) == (2, 3, "Publish")
    assert upload.uses is not None
    assert (upload.uses.slug, upload.uses.ref, upload.uses.is_pinned) == (
        "pypa/gh-action-pypi-publish", "release/v1", False,
    )  # fmt: skip
    assert upload.uses.ref_place.text == "release/v1"
    url = upload.inputs.get("repository-url")
    assert url is not None and url.text == "https://test.pypi.org/legacy/"
    assert download.uses is not None and download.uses.slug == "actions/download-artifact"
    assert checkout.uses is not None and checkout.uses.is_pinned


def test_an_alias_is_the_same_step_at_another_place() -> None:
    release = sample("release.yml")
    first, again = release.jobs["build"].steps[0], release.jobs["publish"].steps[0]
    assert first.node is again.node
    assert again.place.text == "*checkout"
    assert first.place.line < again.place.line


def test_names_of_inputs_are_read_without_letter_case() -> None:
    upload = sample("release.yml").jobs["build"].steps[2]
    assert "name" in upload.inputs
    assert upload.inputs.get("NAME") is upload.inputs.get("name")
    name = upload.inputs.get("name")
    assert name is not None and name.name == "Name" and name.text is None


def test_env_is_layered() -> None:
    publish = sample("release.yml").jobs["publish"]
    whole = effective_env(publish, publish.steps[2])
    assert {name: given.text for name, given in whole.values.items()} == {"FORCE_COLOR": "1", "INDEX": "testpypi"}
    assert effective_env(publish).values["INDEX"].text is None
    assert effective_env(sample("release.yml").jobs["build"]).values["INDEX"].text == "pypi"


def test_env_that_expressions_make_is_not_known() -> None:
    odd = sample("odd.yaml").jobs["odd"]
    env = effective_env(odd)
    assert not env.is_known
    assert {name: given.text for name, given in env.values.items()} == {
        "NUMBER": "1.10", "TRUTH": "yes", "NOTHING": "",
    }  # fmt: skip
    whole = one("on: push\nenv: ${{ fromJSON(vars.ENV) }}\njobs: {a: {runs-on: x}}")
    assert whole.env.whole is not None and not whole.env.is_known


def test_shell_and_folder_come_from_the_nearest_default() -> None:
    text = (
        "on: push\ndefaults: {run: {shell: bash, working-directory: top}}\njobs:\n"
        "  a:\n    runs-on: x\n    defaults: {run: {working-directory: job}}\n"
        "    steps: [{run: x}, {run: y, shell: pwsh, working-directory: step}]\n"
    )
    job = one(text).jobs["a"]
    first, second = job.steps
    found = [(effective_shell(job, step), effective_working_directory(job, step)) for step in (first, second)]
    assert [(shell.value, folder.value) for shell, folder in found if shell and folder] == [
        ("bash", "job"), ("pwsh", "step"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("pypi", "pypi"),
        ("''", None),
        ("", None),
        ("{name: release, url: https://x}", "release"),
        ("{name: ''}", None),
    ],
)
def test_environments(value: str, name: str | None) -> None:
    environment = one(f"on: push\njobs:\n  a:\n    runs-on: x\n    environment: {value}\n").jobs["a"].environment
    assert (environment.literal if environment else None) == name


def test_an_environment_that_an_expression_names() -> None:
    for value in ("${{ inputs.deploy-to }}", "{name: 'x-${{ inputs.y }}'}"):
        environment = one(f"on: push\njobs:\n  a:\n    runs-on: x\n    environment: {value}\n").jobs["a"].environment
        assert environment is not None
        assert environment.is_expression
        assert environment.literal is None


def test_runners() -> None:
    ci = sample("ci.yml")
    runs_on = [job.runs_on for job in ci.jobs.values()]
    assert [found.system for found in runs_on if found] == ["linux", "linux", "linux"]
    assert runs_on[1] is not None and runs_on[1].group is not None
    release = sample("release.yml").jobs["build"].runs_on
    assert release is not None and not release.is_known and release.system is None
    assert [runner_system(label) for label in ("macos-14", "windows-2022", "gpu", "Linux")] == [
        "macos", "windows", None, "linux",
    ]  # fmt: skip


def test_containers_and_services() -> None:
    ci = sample("ci.yml")
    container = ci.jobs["lint"].container
    assert container is not None and container.image is not None and container.image.value == "python:3.12-slim"
    postgres = ci.jobs["test"].services["postgres"]
    assert postgres.image is not None and postgres.image.value == "postgres:16"
    assert [given.text for given in postgres.env] == ["x"]


def test_a_job_that_calls_a_workflow() -> None:
    here, there = sample("caller.yml").jobs.values()
    assert here.uses is not None and there.uses is not None
    assert (here.uses.kind, here.uses.path) == ("local", ".github/workflows/called.yml")
    assert (there.uses.slug, there.uses.filename, there.uses.ref) == ("octo-org/shared", "release.yaml", "v2")
    assert "token" in here.secrets and not here.inherits_secrets
    assert there.inherits_secrets
    index = here.inputs.get("index")
    assert index is not None and index.text is None


@pytest.mark.parametrize(
    ("text", "kind", "name", "ref"),
    [
        ("actions/checkout@v4", "remote", "actions/checkout", "v4"),
        ("PyPA/Gh-Action-PyPI-Publish@release/v1", "remote", "pypa/gh-action-pypi-publish", "release/v1"),
        ("a/b/c/d@main", "remote", "a/b/c/d", "main"),
        ("./.github/actions/x/", "local", "/.github/actions/x", ""),
        ("./", "local", "", ""),
        ("$/actions/x", "local", "/actions/x", ""),
        ("docker://ghcr.io/a/b:1", "docker", "/ghcr.io/a/b:1", ""),
    ],
)
def test_forms_of_uses(text: str, kind: str, name: str, ref: str) -> None:
    action = one(f"on: push\njobs: {{a: {{runs-on: x, steps: [{{uses: '{text}'}}]}}}}").jobs["a"].steps[0].uses
    assert action is not None
    assert (action.kind, action.name, action.ref) == (kind, name, ref)
    assert action.needs_checkout is text.startswith("./")


@pytest.mark.parametrize("text", ["checkout@v4", "actions/checkout", "a/b@", "a/b@c@d", "$$x", "/b@c"])
def test_what_names_no_action(text: str) -> None:
    job = one(f"on: push\njobs: {{a: {{runs-on: x, steps: [{{uses: '{text}'}}]}}}}").jobs["a"]
    assert job.steps[0].uses is None
    assert job.steps[0].uses_node is not None


def test_groups_of_parallel_steps_are_opened() -> None:
    job = sample("newer.yml").jobs["all"]
    assert [step.kind for step in job.steps] == ["run", "parallel", "wait", "wait-all", "cancel"]
    assert [(step.label, step.number) for step in job.all_steps()][:3] == [("server", 1), ("one", 2), ("two", 2)]
    assert job.step("SERVER") is job.steps[0]


def test_the_order_of_jobs_follows_their_needs() -> None:
    workflow = one(
        "on: push\njobs:\n"
        "  c: {runs-on: x, needs: [b, a]}\n  b: {runs-on: x, needs: A}\n"
        "  a: {runs-on: x}\n  d: {runs-on: x, needs: nobody}\n"
    )
    order = [job.id for job in workflow.jobs_in_order]
    assert order.index("a") < order.index("b") < order.index("c")
    assert sorted(order) == ["a", "b", "c", "d"]
    assert [job.id for job in workflow.jobs["c"].ancestors] == ["b", "a"]
    assert workflow.jobs["d"].needed == ()


def test_jobs_that_wait_for_each_other_are_still_all_there() -> None:
    workflow = one("on: push\njobs: {a: {needs: b}, b: {needs: a}, c: {runs-on: x}}")
    assert [job.id for job in workflow.jobs_in_order] == ["c", "a", "b"]
    assert [job.id for job in workflow.jobs["a"].ancestors] == ["b", "a"]


def test_a_name_that_holds_a_token_is_not_shown() -> None:
    text = "on: push\njobs: {a: {runs-on: x, steps: [{run: twine upload -p pypi-AgEIcHlwaS5vcmcCJDU}]}}"
    assert one(text).jobs["a"].steps[0].label == "twine upload -p pypi-…"


def test_an_action_and_its_steps() -> None:
    action = read_action(Source("action.yml", (SAMPLES / "action.yml").read_text(encoding="utf-8")))
    assert (action.kind, action.using) == ("composite", "composite")
    assert [step.number for step in action.steps] == [1, 2]
    found = action.input("token")
    assert found is not None and not found.required
    assert action.inputs["index"].default_value == "pypi"
    assert action.outputs["url"].value is not None


def test_only_files_right_in_the_folder_are_workflows() -> None:
    assert is_workflow_path(".github/workflows/a.yml")
    assert is_workflow_path(".github/workflows/a.yaml")
    assert not is_workflow_path(".github/workflows/sub/a.yml")
    assert not is_workflow_path(".github/workflows/a.yml.bak")
    assert not is_workflow_path("workflows/a.yml")
