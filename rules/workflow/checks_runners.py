"""The rules about the machine of the publishing job: its system, and the hosts that its network policy lets through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.plan.execution import JobInstance, StepInstance
    from preflight.plan.handover import Handovers
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.workflows.model import Step

_CONTAINER_ACTIONS = frozenset(
    ("pypa/gh-action-pypi-publish", "step-security/gh-action-pypi-publish", "jrubics/poetry-publish")
)
_SYSTEM_NAMES = {"windows": "Windows", "macos": "macOS", "linux": "Linux"}
_IMAGE_HOSTS = ("ghcr.io", "pkg-containers.githubusercontent.com")
_SIGNING_HOSTS = ("fulcio.sigstore.dev", "rekor.sigstore.dev", "tuf-repo-cdn.sigstore.dev")


@check("WFL022")
def unsuitable_runner(handovers: Handovers) -> Iterator[Finding]:
    """A container action in a job that runs, on some leg of its matrix, on macOS or Windows; or on a machine of one's own."""
    for publish in handovers.chosen(2):
        uses = publish.upload_step.last.uses
        if uses is None or uses.slug not in _CONTAINER_ACTIONS:
            continue
        for instance in handovers.run(publish.scenario).legs(publish.instance.run):
            found = _runner_finding(publish, instance)
            if found is not None:
                yield found
                break


def _runner_finding(publish: Publish, instance: JobInstance) -> Finding | None:
    from preflight.workflows.model import runner_system

    runs_on = instance.job.runs_on
    if runs_on is None:
        return None
    labels = _labels(instance)
    systems = {system for label in labels or () if (system := runner_system(label)) is not None}
    system = next(iter(systems)) if len(systems) == 1 else None
    if labels is None or not _reaches(publish.upload_step.step, instance, system):
        return None
    own = "self-hosted" in [label.lower() for label in labels]
    place = runs_on.place
    if system in ("windows", "macos"):
        edits = (
            [Edit.replace(runs_on.labels[0].place, "ubuntu-latest", Applicability.SHOW)]
            if runs_on.is_known and len(runs_on.labels) == 1
            else []
        )
        return Finding(
            place,
            variant="matrix" if len(edits) == 0 and instance.leg else None,
            related=[Related(publish.place, "upload")],
            edits=edits,
            causes=["container-action-needs-linux"],
            job=publish.job,
            runner=labels[0] if not own else ", ".join(labels),
            system=_SYSTEM_NAMES[system],
            action=_action(publish),
        )
    if own and _action(publish) == "pypa/gh-action-pypi-publish":
        return Finding(
            place,
            variant="self-hosted",
            severity=Severity.INFO,
            confidence=Confidence.UNKNOWN,
            related=[Related(publish.place, "upload")],
            causes=["self-hosted-runner-incomplete"],
            job=publish.job,
            runner=", ".join(labels),
            system="",
            action=_action(publish),
        )
    return None


def _action(publish: Publish) -> str:
    uses = publish.upload_step.last.uses
    return f"{uses.owner}/{uses.repository}" if uses is not None else ""


def _labels(instance: JobInstance) -> list[str] | None:
    """The labels of a leg's runner; None where one of them is not known."""
    from preflight.plan.execution import evaluated

    runs_on = instance.job.runs_on
    assert runs_on is not None
    found = []
    for label in runs_on.labels:
        text = evaluated(label, instance.contexts)
        if not isinstance(text, str):
            return None
        found.append(text)
    return found or None


def _reaches(step: Step, instance: JobInstance, system: str | None) -> bool:
    """Whether the leg may come to the step, now that its system is known."""
    from preflight.plan.execution import decided
    from preflight.workflows.expressions import OpenMapping, Status, Unknown

    state: StepInstance | None = next((each for each in instance.steps() if each.step is step), None)
    if state is None:
        return False
    if system is None or step.condition is None:
        return True
    runner = OpenMapping({"os": _SYSTEM_NAMES[system]}, Unknown.text())
    verdict = decided(step.condition, {**state.contexts, "runner": runner}, Status()).happens
    return verdict is True or (verdict is None and "os" not in step.condition.value)


@check("WFL023")
def blocked_endpoint(publish_plan: PublishPlan) -> Iterator[Finding]:
    """harden-runner in blocking mode, with a list of hosts that lacks some which the upload needs."""
    from preflight.plan.distinct import one_of_each
    from preflight.workflows.step_edits import set_input

    for publish in one_of_each(publish_plan):
        for step in publish.instance.job.all_steps():
            if step is publish.upload_step.step:
                break
            if step.uses is None or step.uses.slug != "step-security/harden-runner" or not step.inputs.is_known:
                continue
            policy = step.inputs.get("egress-policy")
            given = step.inputs.get("allowed-endpoints")
            if policy is None or policy.text != "block" or "policy" in step.inputs or "use-policy-store" in step.inputs:
                continue
            allowed = "" if given is None else given.text
            if allowed is None or step.condition is not None:
                continue
            missing = [host for host in _needed_hosts(publish) if not _is_allowed(host, allowed)]
            if not missing:
                continue
            wanted = " ".join([*allowed.split(), *(f"{host}:443" for host in missing)])
            yield Finding(
                policy.place if given is None else given.place,
                related=[Related(publish.place, "upload")],
                edits=_add_hosts(step, missing) if given is not None else set_input(step, "allowed-endpoints", wanted),
                job=publish.job,
                hosts=[f"{host}:443" for host in missing],
            )


def _needed_hosts(publish: Publish) -> list[str]:
    """The hosts that the upload talks to. gh-action-pypi-publish: create-docker-action.py, oidc-exchange.py, attestations.py."""
    from preflight.workflows.publish_action import read_ref

    if publish.index not in ("pypi", "testpypi"):
        return []
    hosts = ["upload.pypi.org"] if publish.index == "pypi" else ["test.pypi.org"]
    if publish.trusted and publish.index == "pypi":
        hosts.append("pypi.org")
    uses = publish.upload_step.last.uses
    if uses is not None and uses.slug == "pypa/gh-action-pypi-publish":
        release = read_ref(uses.ref).release
        if release is not None and release.pulls_image:
            hosts.extend(_IMAGE_HOSTS)
        attests = release is not None and release.attestations == "default"
        if attests and publish.upload.attests(publish.lookup, id_token=publish.id_token):
            hosts.extend(_SIGNING_HOSTS)
    return hosts


def _is_allowed(host: str, allowed: str) -> bool:
    """Whether a list of `host:port` entries, where `*.` stands for all below a domain, lets a host through."""
    for entry in allowed.replace(",", " ").split():
        name, _, port = entry.lower().removeprefix("https://").partition(":")
        if port not in ("", "443", "*"):
            continue
        if name == host or (name.startswith("*.") and host.endswith(name[1:])):
            return True
    return False


def _add_hosts(step: Step, hosts: list[str]) -> list[Edit]:
    """Add hosts to the list: each on a line of its own in a block, else behind the others."""
    from preflight.workflows.edits import line_break

    given = step.inputs.get("allowed-endpoints")
    scalar = given.scalar if given is not None else None
    if scalar is None or scalar.is_null:
        return []
    source = scalar.source
    if scalar.style in ("literal", "folded"):
        line = source.line(scalar.place.end_line)
        indent = line[: len(line) - len(line.lstrip())]
        return [Edit.insert(source, scalar.end, "".join(f"{line_break(source)}{indent}{host}:443" for host in hosts))]
    end = scalar.end - (1 if scalar.style in ("single", "double") else 0)
    return [Edit.insert(source, end, "".join(f" {host}:443" for host in hosts))]
