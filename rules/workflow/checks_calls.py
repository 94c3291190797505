"""The rules about called workflows that publish: the secrets and permissions that their callers pass on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Edit, Finding, Related

if TYPE_CHECKING:
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.workflows.calls import Call
    from preflight.workflows.permissions import EffectivePermissions

_LEVELS = ("read", "write")


# ── WFL018 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("WFL018")
def secrets_not_passed(publish_plan: PublishPlan) -> Iterator[Finding]:
    """An upload in a called workflow whose credential is a secret that some caller on the way does not pass."""
    from preflight.plan.credentials import secret_of, setting_place
    from preflight.plan.distinct import one_of_each

    for publish in one_of_each(publish_plan):
        run = publish.instance.run
        if not run.calls or run.job.environment is not None:
            continue
        setting = publish.upload.token or publish.upload.password
        name = secret_of(setting)
        if name is None or setting is None or name.upper() == "GITHUB_TOKEN" or _goes_on_without(publish):
            continue
        missing = _first_that_keeps(run.calls, name)
        if missing is None:
            continue
        call, secret = missing
        declared = call.workflow.trigger("workflow_call")
        is_declared = declared is not None and secret.lower() in {each.lower() for each in declared.secrets}
        yield Finding(
            call.job.uses.place if call.job.uses is not None else call.job.key_place,
            related=[Related(setting_place(publish.upload_step, setting), "use")],
            edits=_pass_secrets(call, secret) if is_declared or not call.job.secrets.values else [],
            job=call.job.id,
            called=call.workflow.filename,
            secret=secret,
            name=publish.job,
        )


def _goes_on_without(publish: Publish) -> bool:
    """Whether the client falls back to trusted publishing with an empty credential, and may do so here."""
    return publish.upload.trusted.empty_counts_as_absent and publish.id_token is not False


def _first_that_keeps(calls: tuple[Call, ...], name: str) -> tuple[Call, str] | None:
    """The innermost call that passes neither the secret nor all of them; the name is followed outwards."""
    from preflight.plan.credentials import secret_of
    from preflight.plan.upload_steps import scalar_as_value
    from preflight.workflows.upload_model import Origin, Setting

    for call in reversed(calls):
        job = call.job
        if job.inherits_secrets:
            continue
        given = job.secrets.get(name)
        if given is None:
            return (call, name) if job.secrets.is_known else None
        if given.scalar is None:
            return None
        outer = secret_of(Setting(scalar_as_value(given.scalar), Origin.INPUT, name))
        if outer is None:
            return None
        name = outer
    return None


def _pass_secrets(call: Call, secret: str) -> list[Edit]:
    """Pass the secrets on: all of them where the call passes none, else this one beside the others."""
    from preflight.sources.yaml import Mapping
    from preflight.workflows.edits import line_break, set_job_key

    entry = call.job.node.entry("secrets")
    if entry is None:
        return set_job_key(call.job, "secrets", "inherit", Applicability.UNSAFE)
    node = entry.value
    if not isinstance(node, Mapping) or node.flow or not node.entries:
        return []
    last = node.entries[-1]
    source = node.source
    line = last.place.end_line
    indent = " " * (source.position(last.key.start).column - 1)
    text = f"{line_break(source)}{indent}{secret}: ${{{{ secrets.{secret} }}}}"
    return [Edit.insert(source, source.offset(line) + len(source.line(line)), text, Applicability.UNSAFE)]


# ── WFL019 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("WFL019")
def missing_caller_permission(publish_plan: PublishPlan) -> Iterator[Finding]:
    """A call anywhere in a run that publishes, whose called workflow asks for more than the calling job may have: GitHub starts no such run."""
    from preflight.plan.distinct import one_of_each

    seen = set()
    for publish in one_of_each(publish_plan):
        top = publish.scenario.workflow
        if top in seen:
            continue
        seen.add(top)
        yield from _exceeded(publish_plan, publish)


def _exceeded(plan: PublishPlan, publish: Publish) -> Iterator[Finding]:
    from preflight.workflows.calls import call_problems
    from preflight.workflows.edits import grant_permission

    told: set[tuple[object, str]] = set()
    workflows = plan.upload_steps.reader.workflows
    chains = dict.fromkeys(
        run.calls[: length + 1]
        for run in workflows.job_runs(publish.scenario.workflow)
        for length in range(len(run.calls))
    )
    for calls in chains:
        call = calls[-1]
        for problem in call_problems(call, _permissions_of(calls[:-1])):
            # What GitHub is not known to refuse (calls by `$/`) works in practice.
            if problem.kind != "permission-exceeded" or not problem.certain:
                continue
            scope, asked = problem.args["scope"], problem.args["asked"]
            if (call.job, scope) in told or asked not in _LEVELS:
                continue
            told.add((call.job, scope))
            # A second block beside the first one would be one too many: the rest follows once that stands.
            waits = call.job.permissions.is_missing and any(job is call.job and other != scope for job, other in told)
            level: Literal["read", "write"] = "write" if asked == "write" else "read"
            yield Finding(
                problem.place,
                related=[Related(problem.related, "asked")] if problem.related is not None else [],
                edits=grant_permission(call.job, scope, level) if len(calls) == 1 and not waits else [],
                job=call.job.id,
                called=call.workflow.filename,
                nested=problem.args["job"] or call.workflow.filename,
                scope=scope,
                asked=asked,
                allowed=problem.args["allowed"],
            )


def _permissions_of(calls: tuple[Call, ...]) -> EffectivePermissions | None:
    from preflight.workflows.model import effective_permissions

    allowed: EffectivePermissions | None = None
    for call in calls:
        allowed = effective_permissions(call.job, allowed)
    return allowed
