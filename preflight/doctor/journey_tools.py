"""Which metadata version the build backend writes, and whether the pinned publish action and the tools on this machine can carry it. Runs none of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from preflight.doctor.journey_online import Had
from preflight.doctor.milestones import Milestone, State
from preflight.plan.publish_plan import Publish, PublishPlan
from preflight.project.metadata_versions import WrittenMetadata, is_newer, known_to_twine, written_metadata
from preflight.sources.words import say
from preflight.workflows.publish_action import REPOSITORY, read_ref

if TYPE_CHECKING:
    from preflight.credentials.installed import InstalledTool

_FIRST_PACKAGING = {"2.4": "24.2", "2.5": "26.1"}
"""Metadata version -> the release of packaging that reads it first (packaging: CHANGELOG)."""


def of_tools(had: Had, plan: PublishPlan, of_project: Had | None) -> Iterator[Milestone]:
    """The steps about tools. `of_project` gives the facts of the project, where there is exactly one."""
    written = _written(of_project) if of_project is not None else None
    if written is not None:
        words = say("{backend} writes metadata {versions}", backend=written.backend, versions=_range(written))
        yield Milestone("tools", "backend", "done", words)
    yield from _of_actions(plan, written)
    installed = had("maybe_installed_tools") or {}
    yield from _of_installed(installed, written)


def _written(of_project: Had) -> WrittenMetadata | None:
    backend, file = of_project("maybe_build_backend"), of_project("maybe_pyproject_file")
    if backend is None:
        return None
    written = written_metadata(backend, file.document if file is not None else None)
    return written if written is not None and written.newest is not None else None


def _range(written: WrittenMetadata) -> str:
    if written.least == written.newest:
        return written.newest or ""
    if written.least is None:
        return say("up to {newest}", newest=written.newest)
    return say("{least} to {newest}", least=written.least, newest=written.newest)


def _carries(known: str, written: WrittenMetadata | None) -> tuple[State, str]:
    """Whether a tool that knows metadata up to a version can upload what the backend writes."""
    if written is None or written.newest is None:
        return "done", ""
    if not is_newer(written.newest, known):
        return "done", ""
    if written.least is not None and is_newer(written.least, known):
        return "missing", say("It refuses the files that the backend writes: use a newer one.")
    return (
        "unknown",
        say(
            "It refuses files of the newest {backend}: use a newer one, or hold the backend below it.",
            backend=written.backend,
        ),
    )


def _of_actions(plan: PublishPlan, written: WrittenMetadata | None) -> Iterator[Milestone]:
    seen: set[str] = set()
    for publish in plan.publishes():
        uses = publish.upload_step.last.uses if isinstance(publish, Publish) else None
        if uses is None or uses.slug != REPOSITORY or uses.ref in seen:
            continue
        seen.add(uses.ref)
        ref = read_ref(uses.ref)
        ref_shown = uses.ref[:12] if len(uses.ref) == 40 else uses.ref
        shown = say("The publish action at `{ref}`", ref=ref_shown)
        if ref.moves:
            yield Milestone(
                "tools", "action", "done", say("{action} moves on with its releases", action=shown), "", publish.place
            )
        elif ref.release is not None and (known := ref.release.newest_metadata) is not None:
            state, how = _carries(known, written)
            release = "" if str(ref.release) in uses.ref else say(", release {release},", release=ref.release)
            yield Milestone(
                "tools",
                "action",
                state,
                say("{action}{release} carries metadata up to {known}", action=shown, release=release, known=known),
                how,
                publish.place,
            )


def _of_installed(installed: "dict[str, InstalledTool]", written: WrittenMetadata | None) -> Iterator[Milestone]:
    twine = installed.get("twine")
    version = _version(twine.version) if twine is not None else None
    known = known_to_twine(version) if version is not None else None
    if twine is not None and known is not None:
        state, how = _carries(known, written)
        beside = twine.beside.get("packaging", "")
        words = "twine {version} on this machine carries metadata up to {known}"
        shown = say(words, version=twine.version, known=known)
        needed = _FIRST_PACKAGING.get(written.newest or "") if written is not None else None
        old, least = _version(beside), _version(needed or "")
        if state == "done" and old is not None and least is not None and old < least:
            state = "missing"
            words = "The packaging {version} beside it is older than {needed} and refuses them: upgrade it, or use `uvx twine`."
            how = say(words, version=beside, needed=needed)
        yield Milestone("tools", "twine", state, shown, how)


def _version(text: str) -> Any:
    """A version (PEP 440); None where the text is none."""
    from packaging.version import Version

    try:
        return Version(text)
    except ValueError:  # InvalidVersion, or a number of too many digits
        return None
