"""The rules about attestations that the workflow decides: who can vouch for them, two signings of one file, called workflows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.plan.publish_plan import PlannedScenario, Publish, PublishPlan
    from preflight.publishers.registered import RegisteredPublishers

_ACTION = "gh-action-pypi-publish"
_SIGNING_ACTIONS = ("astral-sh/attest-action",)
_MAY_REMOVE = ("attestation", "rm ", "rm\n", "del ", "remove-item", "unlink", "mv ", "git clean", "rmtree", "-delete")
_FLAG = "--attestations"


@check("ATT001")
def attestations_without_trusted_publishing(publish_plan: PublishPlan) -> Iterator[Finding]:
    """Attestations sent with a token. The publish action leaves them out then; twine and uv send what they are told to, or find."""
    from preflight.publishers.registered import index_title
    from preflight.workflows.upload_model import Attestations

    for planned in publish_plan.scenarios:
        for publish in planned.publishes:
            upload = publish.upload
            if publish.happens == "never" or publish.authentication not in ("token", "password"):
                continue
            if publish.index not in ("pypi", "testpypi"):
                continue
            common: dict[str, object] = {
                "job": publish.job,
                "client": upload.client,
                "index": index_title(publish.index),
            }
            if upload.attestations is Attestations.REQUIRED:
                yield Finding(publish.place, edits=_drop_flag(publish), rejections=["attest-no-tp"], more=common)
            elif upload.attestations is Attestations.IF_PRESENT and _signed_before(publish, planned):
                yield Finding(
                    publish.place,
                    variant="found",
                    severity=Severity.WARNING,
                    confidence=Confidence.LIKELY,
                    rejections=["attest-no-tp"],
                    more=common,
                )


def _drop_flag(publish: Publish) -> list[Edit]:
    run = publish.upload_step.last.run
    if run is None or publish.hidden_in:
        return []
    start = run.value.find(_FLAG, publish.upload.start, publish.upload.end)
    if start < 0 or run.value[start + len(_FLAG) :][:1] not in ("", " ", "\n"):
        return []
    end = start + len(_FLAG)
    before = run.value[start - 1 : start] == " "
    return [Edit.replace(run.value_place(start - 1 if before else start, end), "", Applicability.UNSAFE)]


def _signed_before(publish: Publish, planned: PlannedScenario) -> bool:
    """Whether an earlier step of the job leaves attestations in the folder that is uploaded."""
    for step in publish.instance.job.all_steps():
        if step is publish.upload_step.step:
            return False
        uses = step.uses
        if uses is not None and uses.name.startswith(_SIGNING_ACTIONS):
            return True
        for other in planned.publishes:
            same_job = other.instance.job is publish.instance.job and other.upload_step.step is step
            if same_job and _attests(other) and _folder(other) == _folder(publish) and other.happens == "always":
                return True
    return False


@check("ATT002")
def duplicate_attestation(publish_plan: PublishPlan) -> Iterator[Finding]:
    """Two uploads of one folder by the publish action in one job: the second finds the first one's attestations and stops."""
    from preflight.publishers.registered import index_title
    from preflight.workflows.edits import set_input

    for planned in publish_plan.scenarios:
        rows = [each for each in planned.publishes if each.upload.client == _ACTION and each.happens != "never"]
        for position, second in enumerate(rows):
            for first in rows[:position]:
                if (
                    first.instance.job is not second.instance.job
                    or first.instance.run.calls != second.instance.run.calls
                ):
                    continue
                if not (_attests(first) and _attests(second)) or _folder(first) != _folder(second):
                    continue
                if first.upload_step.step is second.upload_step.step or _removed_between(first, second):
                    continue
                both = first.happens == second.happens == "always"
                if not both and not _go_together(first, second):
                    continue
                yield Finding(
                    second.place,
                    confidence=Confidence.CERTAIN if both else Confidence.LIKELY,
                    related=[Related(first.place, "first")],
                    edits=set_input(first.upload_step.last, "attestations", "false")
                    if not first.upload_step.inner
                    else [],
                    job=second.job,
                    folder=_folder(second).removesuffix("/*"),
                    first=index_title(first.index or "the first index"),
                    second=index_title(second.index or "the second index"),
                )
                break


def _attests(publish: Publish) -> bool:
    return publish.upload.attests(publish.lookup, id_token=publish.id_token) is True


def _folder(publish: Publish) -> str:
    """The files of an upload: resolved, or as they are written."""
    if not publish.upload.files:
        return ""
    files = publish.upload.files[0]
    found = files.resolve(publish.lookup)
    text = found if isinstance(found, str) else str(files)
    return text.removeprefix("./").replace("//", "/")


def _go_together(first: Publish, second: Publish) -> bool:
    """Whether two uploads that depend on something unknown may well happen in one run: on the same thing, or only one of them."""
    return first.certainty.unless == second.certainty.unless or "always" in (first.happens, second.happens)


def _removed_between(first: Publish, second: Publish) -> bool:
    """Whether a step in between may take the attestations away, or brings the files anew."""
    inside = False
    for step in first.instance.job.all_steps():
        if step is second.upload_step.step:
            return False
        if inside:
            text = step.run.value.lower() if step.run is not None else ""
            if any(word in text for word in _MAY_REMOVE) or (step.uses is not None and step.uses.kind == "local"):
                return True
        inside = inside or step is first.upload_step.step
    return True


@check("ATT003")
def reusable_workflow_attestation(
    publish_plan: PublishPlan, maybe_registered_publishers: RegisteredPublishers | None
) -> Iterator[Finding]:
    """An upload in a called workflow that attests, where the called file is registered: the certificate still names the caller.

    Where nothing is declared, the rule about uploads in called workflows speaks of the attestations too.
    """
    from preflight.plan.open_runs import key_of
    from preflight.plan.repeats import of_certain_call, of_own_start
    from preflight.publishers.registered import index_title
    from preflight.workflows.edits import set_input

    if maybe_registered_publishers is None:
        return
    rows = list(publish_plan.trusted())
    own, called = of_own_start(rows), of_certain_call(rows)
    for publish in rows:
        run, step = publish.instance.run, publish.upload_step
        if not run.calls or publish.upload.password is not None or not _attests(publish):
            continue
        assert publish.index is not None
        declared = maybe_registered_publishers.on(publish.index, "github")
        registered = next((each for each in declared if each.workflow == run.workflow.filename), None)
        if registered is None:
            continue  # where others are declared, the token exchange fails before
        uses = run.calls[-1].job.uses
        key = key_of(step)
        by_chance = key in own - called
        # Attestations that are right where the file is started itself stay on.
        switch_off = publish.upload.client == _ACTION and not step.inner and key not in own
        yield Finding(
            publish.place,
            variant="also-itself" if key in own else None,
            severity=Severity.WARNING if by_chance else None,
            confidence=Confidence.LIKELY if by_chance else Confidence.CERTAIN,
            related=[
                *([Related(uses.place, "call")] if uses is not None else []),
                Related(registered.field_place("workflow"), "registered"),
            ],
            edits=set_input(step.last, "attestations", "false", Applicability.UNSAFE) if switch_off else [],
            rejections=["attest-build-config"],
            job=publish.job,
            index=index_title(publish.index),
            called=run.workflow.filename,
            caller=run.top.filename,
        )
