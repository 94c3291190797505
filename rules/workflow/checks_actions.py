"""The rules about the actions of the publishing job: refs of the publish action, its inputs, what it is called, caches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Applicability, Confidence, Edit, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.plan.publish_plan import Publish, PublishPlan
    from preflight.workflows.model import Step
    from preflight.workflows.publish_action import ActionRelease
    from preflight.workflows.uses import ActionRef

_PUBLISH_ACTION = "pypa/gh-action-pypi-publish"
_MAINTAINED = "release/v1"
_WHERE_OR_WHAT = frozenset(
    ("repository-url", "repository_url", "packages-dir", "packages_dir", "user", "password", "attestations")
)
"""Inputs that decide what is uploaded, where and as whom: correcting their spelling changes that."""
_TITLES = {"pypi": "PyPI", "testpypi": "TestPyPI"}


def _publish_actions(plan: PublishPlan) -> Iterator[tuple[Publish, Step, ActionRef]]:
    """Each use of the publish action that may upload."""
    from preflight.plan.distinct import one_of_each

    for publish in one_of_each(plan):
        step = publish.upload_step.last
        if step.uses is not None and step.uses.slug == _PUBLISH_ACTION:
            yield publish, step, step.uses


# ── WFL024, WFL025, WFL026 ────────────────────────────────────────────────────────────────────────────────────────


@check("WFL024")
def pinned_to_tag_object(publish_plan: PublishPlan) -> Iterator[Finding]:
    """The id of an annotated tag in place of its commit: there is no container image of that name. Before 1.12 each run built the image."""
    from preflight.workflows.publish_action import read_ref
    from preflight.workflows.step_edits import replace_ref

    for publish, _, uses in _publish_actions(publish_plan):
        ref = read_ref(uses.ref)
        if ref.kind != "tag-object" or ref.release is None or not ref.release.pulls_image or ref.commit is None:
            continue
        yield Finding(
            uses.ref_place,
            edits=replace_ref(uses, ref.commit, f"v{ref.release}"),
            job=publish.job,
            ref=uses.ref,
            commit=ref.commit,
            version=f"v{ref.release}",
        )


@check("WFL025")
def publish_action_in_composite(publish_plan: PublishPlan) -> Iterator[Finding]:
    """The publish action as a step of a local composite action, where GitHub does not tell it its own repository and ref."""
    from preflight.workflows.publish_action import read_ref

    for publish, _, uses in _publish_actions(publish_plan):
        if not publish.upload_step.inner:
            continue
        release = read_ref(uses.ref).release
        if release is not None and not release.pulls_image:
            continue
        outer = publish.upload_step.step.uses
        yield Finding(
            uses.place,
            confidence=Confidence.CERTAIN if release is not None else Confidence.LIKELY,
            related=[Related(publish.upload_step.step.place, "call")],
            job=publish.job,
            composite=outer.node.value if outer is not None else "",
        )


@check("WFL026")
def unreliable_action_ref(publish_plan: PublishPlan) -> Iterator[Finding]:
    """The withdrawn branch, the one faulty release, the branch of unreleased changes, and a comment that names another version."""
    from preflight.workflows.publish_action import read_ref
    from preflight.workflows.step_edits import comment_place, replace_ref

    for publish, _, uses in _publish_actions(publish_plan):
        ref = read_ref(uses.ref)
        variant = None
        if ref.sunset:
            variant = "sunset"
        elif uses.ref == "unstable/v1":
            variant = "unstable"
        elif uses.ref in ("main", "v2", "release/v2"):
            variant = "no-such-ref"
        elif (
            ref.release is not None
            and ref.release.version == (1, 10, 0)
            and publish.upload.attests(publish.lookup, id_token=publish.id_token)
        ):
            variant = "faulty"
        if variant is not None:
            yield Finding(
                uses.ref_place,
                variant=variant,
                edits=replace_ref(uses, _MAINTAINED),
                causes=["action-outdated"],
                job=publish.job,
                ref=uses.ref,
            )
            continue
        comment = comment_place(uses)
        if ref.kind != "commit" or ref.release is None or comment is None:
            continue
        named = re.match(r"(?:tag=)?v?(1\.\d+(?:\.\d+)?)(?![\w.])", comment.text)
        if named is None or ref.release.version[: named[1].count(".") + 1] == tuple(map(int, named[1].split("."))):
            continue
        place = comment.source.place(comment.start, comment.start + named.end())
        yield Finding(
            place,
            variant="comment",
            edits=[Edit.replace(place, f"v{ref.release}")],
            causes=[],
            job=publish.job,
            ref=uses.ref[:12],
            named=named[0],
            actual=f"v{ref.release}",
        )


# ── WFL027 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("WFL027")
def deprecated_action_input(publish_plan: PublishPlan) -> Iterator[Finding]:
    """Inputs that the release in use does not know, and ignores; and spellings that still work, but are old."""
    from preflight.workflows.publish_action import OLD_SPELLINGS, read_ref, unknown_inputs
    from preflight.workflows.step_edits import rename_input

    for publish, step, uses in _publish_actions(publish_plan):
        release = read_ref(uses.ref).release
        unknown = unknown_inputs([given.name for given in step.inputs], release)
        for given in step.inputs:
            common: dict[str, object] = {"job": publish.job, "input": given.name}
            if given.name in unknown:
                yield _unknown_input(step, given.name, unknown[given.name], release, common)
            elif given.name.lower() in OLD_SPELLINGS and (release is None or release.hyphenated_inputs):
                new = OLD_SPELLINGS[given.name.lower()]
                if new in step.inputs:
                    continue
                yield Finding(
                    given.key_place,
                    variant="old",
                    severity=Severity.INFO,
                    confidence=Confidence.CERTAIN if release is not None else Confidence.LIKELY,
                    edits=[rename_input(given, new)] if release is not None else [],
                    new=new,
                    more=common,
                )


def _unknown_input(
    step: Step, name: str, meant: str | None, release: ActionRelease | None, common: dict[str, object]
) -> Finding:
    from preflight.workflows.publish_action import INPUTS, OLD_SPELLINGS
    from preflight.workflows.step_edits import rename_input

    given = step.inputs.get(name)
    assert given is not None
    if meant is not None and meant in step.inputs:
        meant = None
    too_old = release is not None and OLD_SPELLINGS.get(name.lower(), name.lower()) in INPUTS
    if too_old and meant is None:
        return Finding(given.key_place, variant="too-old", release=str(release), more=common)
    kind = Applicability.UNSAFE if meant in _WHERE_OR_WHAT else Applicability.SAFE
    return Finding(
        given.key_place,
        variant=("url" if meant in ("repository-url", "repository_url") else None) if meant is not None else "unknown",
        confidence=Confidence.CERTAIN if release is not None else Confidence.LIKELY,
        edits=[rename_input(given, meant, kind)] if meant is not None else [],
        new=meant or "",
        more=common,
    )


# ── WFL028 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@check("WFL028")
def index_name_mismatch(publish_plan: PublishPlan) -> Iterator[Finding]:
    """Names that speak of one index only around an upload to the other one, and to that one always."""
    from preflight.plan.distinct import one_of_each, upload_of

    indexes: dict[object, set[str | None]] = {}
    for publish in publish_plan.publishes():
        indexes.setdefault(upload_of(publish), set()).add(publish.index)
    for publish in one_of_each(publish_plan):
        if publish.index not in _TITLES or len(indexes[upload_of(publish)]) > 1:
            continue
        claims = [(words, _index_named(words)) for words in _names_around(publish)]
        named = [index for _, index in claims if index is not None]
        if (
            not named
            or publish.index in named
            or None in [index for words, index in claims[:1] if "test" in words.lower() and "pypi" in words.lower()]
        ):
            continue
        setting = publish.upload.index.setting
        words = next(words for words, index in claims if index is not None)
        yield Finding(
            publish.place,
            variant=publish.index,
            confidence=Confidence.LIKELY,
            job=publish.job,
            words=words,
            client=publish.upload.client,
            setting=setting.described if setting is not None else "its default",
        )


def _names_around(publish: Publish) -> list[str]:
    """What the upload is called, the best witnesses first: environment, secret, step, job, workflow."""
    step, job = publish.upload_step.last, publish.instance.job
    found = [publish.environment or ""]
    for setting in (publish.upload.token, publish.upload.password):
        found.extend(setting.value.secrets if setting is not None else ())
    for scalar in (step.name, publish.upload_step.step.name, job.name):
        found.append(scalar.value if scalar is not None and "${{" not in scalar.value else "")
    found.extend((job.id, *(call.job.id for call in publish.instance.run.calls)))
    workflow = job.workflow
    found.extend((workflow.name.value if workflow.name is not None else "", workflow.filename.rpartition(".")[0]))
    return [words for words in found if words]


def _index_named(words: str) -> str | None:
    """The one index that a name speaks of; None for neither or both."""
    lowered = words.lower()
    test = re.search(r"test[ _./-]*(?:the[ _-]*)?(?:py-?pi\b|pypi)|\btest\.pypi|pypi[ _./-]*\(?test", lowered)
    rest = re.sub(r"test[ _./-]*pypi|pypi[ _./-]*\(?test\w*", "", lowered)
    plain = re.search(r"pypi|\bprod(?:uction)?\b", rest)
    if test and not plain:
        return "testpypi"
    return "pypi" if plain and not test and "test" not in lowered else None


# ── WFL029 ────────────────────────────────────────────────────────────────────────────────────────────────────────

_CACHES_BY_INPUT = {
    "actions/setup-python": "cache",
    "actions/setup-node": "cache",
    "actions/setup-java": "cache",
    "pdm-project/setup-pdm": "cache",
}
_CACHE_PATHS = frozenset(("cache-dependency-path",))
"""Inputs that mean nothing without the cache they belong to."""
_CACHES_BY_DEFAULT = {"astral-sh/setup-uv": "enable-cache", "actions/setup-go": "cache"}
_CACHES_ALWAYS = frozenset(("actions/cache", "actions/cache/restore", "swatinem/rust-cache", "hynek/setup-cached-uv"))


@check("WFL029")
def cache_in_publish_job(publish_plan: PublishPlan) -> Iterator[Finding]:
    """A cache that is restored before an upload: its contents come from other runs."""
    from preflight.plan.distinct import one_of_each
    from preflight.workflows.step_edits import set_input

    for publish in one_of_each(publish_plan):
        if publish.index not in _TITLES:
            continue
        for step in publish.instance.job.all_steps():
            if step is publish.upload_step.step:
                break
            uses = step.uses
            if uses is None or uses.kind != "remote" or not step.inputs.is_known:
                continue
            kind = _restores(step, uses)
            if kind is None:
                continue
            given = step.inputs.get(kind) if kind else None
            edits = []
            if uses.name in _CACHES_BY_DEFAULT:
                edits = set_input(step, kind, "false", Applicability.UNSAFE)
            elif given is not None and uses.name in _CACHES_BY_INPUT:
                edits = _without_cache(step, kind)
            yield Finding(
                given.place if given is not None else uses.place,
                variant="default" if uses.name in _CACHES_BY_DEFAULT and given is None else None,
                related=[Related(publish.place, "upload")],
                edits=edits,
                job=publish.job,
                action=uses.name,
                input=kind,
            )


def _without_cache(step: Step, kind: str) -> list[Edit]:
    """Remove the input and what belongs to it, or all of `with:` where nothing would be left; only whole lines."""
    entry = step.inputs.entry
    if entry is None or entry.is_alias or step.node.flow:
        return []
    going = [given for given in step.inputs if given.name == kind or given.name in _CACHE_PATHS]
    if len(going) < len(step.inputs):
        own_lines = len({given.entry.place.line for given in step.inputs} | {entry.key_place.line})
        if own_lines <= len(step.inputs):
            return []
        return [Edit.delete_lines(given.entry.place, Applicability.UNSAFE) for given in going]
    first = step.node.entries[0].key.start == entry.key.start
    return [] if first else [Edit.delete_lines(entry.place, Applicability.UNSAFE)]


def _restores(step: Step, uses: ActionRef) -> str | None:
    """The input that makes the step restore a cache, empty where it always does; None where it does not, or that is not known."""
    if uses.name in _CACHES_ALWAYS:
        return ""
    if uses.name in _CACHES_BY_INPUT:
        name = _CACHES_BY_INPUT[uses.name]
        given = step.inputs.get(name)
        return name if given is not None and given.text not in (None, "", "false") else None
    if uses.name in _CACHES_BY_DEFAULT:
        name = _CACHES_BY_DEFAULT[uses.name]
        given = step.inputs.get(name)
        if given is not None:
            return name if given.text in ("true", "auto") else None
        # setup-uv caches on GitHub's runners since version 5, setup-go since version 4, unless told otherwise.
        major = re.match(r"v(\d+)", uses.ref)
        return name if major is not None and int(major[1]) >= (5 if "uv" in uses.name else 4) else None
    return None
