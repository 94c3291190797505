"""The option `--probe` of `preflight check`: when it may be used, and what its report is made from."""

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from preflight.sources.words import retold, say

if TYPE_CHECKING:
    from preflight.engine.session import Outcome
    from preflight.engine.workspace import Workspace
    from preflight.index.oidc_probe import IndexProbe, Probe
    from preflight.publishers.matching import Registration
    from preflight.publishers.registered import RegisteredPublishers
    from preflight.report.probe import Probed

CLAIMS, MINT = "claims", "mint"


class CheckCommand(click.Command):
    """A command whose option `--probe` may stand without a value, whatever follows it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give `--probe` its value where the next word is none of its values but a path or another option."""
        end = args.index("--") if "--" in args else len(args)
        for position, word in enumerate(args[:end]):
            if word == "--probe" and args[position + 1 : position + 2] not in ([MINT], [CLAIMS]):
                args[position] = f"--probe={CLAIMS}"
        return super().parse_args(ctx, args)


def probe_seeds(probe: str | None, *, online: bool) -> dict[str, object]:
    """The facts that a probe is asked for with.

    Raises:
        click.UsageError: it cannot be made here.
    """
    if probe is None:
        return {}
    from preflight.index.oidc_platform import platform_of
    from preflight.publishers.probe_request import ProbeRequest

    if not online:
        raise click.UsageError(say("--probe asks the CI platform and the index, so it goes with --online"))
    if platform_of(os.environ) is None:
        raise click.UsageError(
            say(
                "--probe asks GitHub Actions or GitLab CI for the identity token of the job that runs it, and this is no such job. "
                "Run it in the publish workflow, in a job with the publishing job's environment and `id-token: write`"
            )
        )
    return {"probe_request": ProbeRequest(mint=probe == MINT)}


def probe_report(outcomes: "Sequence[tuple[Workspace, Outcome]]", *, color: bool, width: int) -> tuple[str, bool]:
    """What the probes found, as text, and whether all of them could be made."""
    from preflight.engine.facts import FactCrash, Unavailable
    from preflight.report.probe import render

    text, complete = "", True
    for workspace, outcome in outcomes:
        try:
            probe: Probe = outcome.facts.get("probe")
            registered = outcome.facts.get("maybe_registered_publishers")
        except (Unavailable, FactCrash):
            complete = False
            continue
        views = [_probed(each, probe, registered, workspace, outcome) for each in probe.indexes]
        text += render(views, color=color, width=width)
        complete = complete and probe.complete
    return text, complete


def _probed(
    each: "IndexProbe",
    probe: "Probe",
    registered: "RegisteredPublishers | None",
    workspace: "Workspace",
    outcome: "Outcome",
) -> "Probed":
    from preflight.publishers.compared import compared
    from preflight.report.probe import Comparison, Probed, Row

    if each.claims is None:
        return Probed(each.title, each.audience, (), (), tuple(_notes(each, compared=False)))
    comparisons = []
    for what, publisher in [*_declared(each, probe, registered, workspace)] or [*_proven(each, probe, outcome)]:
        rows = compared(publisher, each.claims.identity)
        comparisons.append(
            Comparison(what, tuple(Row(row.field, row.claimed, row.registered, row.agrees) for row in rows))
        )
    notes = tuple(_notes(each, compared=bool(comparisons)))
    return Probed(each.title, each.audience, tuple(each.claims.values.items()), tuple(comparisons), notes)


def _declared(
    each: "IndexProbe", probe: "Probe", registered: "RegisteredPublishers | None", workspace: "Workspace"
) -> "Iterator[tuple[str, Registration]]":
    """The declared publishers of the index, and where each is declared."""
    for publisher in registered.on(each.index, probe.platform.kind) if registered is not None else ():
        place = publisher.place
        where = f"{workspace.shown_root}{place.source.path}:{place.line}"
        yield say("the publisher declared in {place}", place=where), publisher


def _proven(each: "IndexProbe", probe: "Probe", outcome: "Outcome") -> "Iterator[tuple[str, Registration]]":
    """Where nothing is declared: the publishers that the provenance of the last release names, of each project that has one."""
    from preflight.distributions.filenames import normalize_project
    from preflight.engine.facts import Unavailable

    indexes, names = outcome.facts.get("maybe_package_indexes"), outcome.facts.get("maybe_project_names")
    for name in names.known if indexes is not None and names is not None else ():
        try:
            told = indexes.publishers(indexes.project(each.index, normalize_project(name)))
        except Unavailable:
            continue
        for publisher in told[1] if told is not None else ():
            if publisher.kind == probe.platform.kind:
                yield say("the publisher that the provenance of {file} names", file=told[0].filename), publisher


def _notes(each: "IndexProbe", *, compared: bool) -> Iterator[str]:
    """The sentences under the claims: what is not known, and how the exchange went."""
    if each.failed:
        yield say("The probe could not be finished: {reason}.", reason=retold(each.failed))
    if each.claims is not None and not compared:
        yield say(
            "No publisher is declared for {index} in [[tool.preflight.publishers]], so there is nothing to compare with; "
            "`--probe mint` asks the index itself.",
            index=each.title,
        )
    if each.pending is not None:
        yield say(
            "The matching publisher is declared as pending, so nothing was exchanged: the exchange would create the project "
            "on {index} and turn the pending publisher into a normal one. The first release does that.",
            index=each.title,
        )
    if each.exchange is not None and each.exchange.worked:
        yield say(
            "{index} exchanged it for an upload token{until}: trusted publishing works for this job. "
            "Both tokens were thrown away, and nothing was uploaded.",
            index=each.title,
            until=_until(each.exchange.expires),
        )
    elif each.exchange is not None:
        yield say("{index} did not exchange it: {reason}", index=each.title, reason=each.exchange.words)


def _until(expires: int | None) -> str:
    from datetime import UTC, datetime

    if expires is None or not 0 < expires < 10**11:
        return ""
    return say(" that would expire at {moment:%H:%M} UTC", moment=datetime.fromtimestamp(expires, UTC))
