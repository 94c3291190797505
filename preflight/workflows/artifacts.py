"""Workflow artifacts: what one step uploads under which name, what another one fetches, and where the files end up.

Reads `actions/upload-artifact` and `actions/download-artifact` of all versions. Knows no scenario: whoever does gives the
texts of the inputs. Every answer is three-valued; None is what a run alone decides.
"""

import re
from collections.abc import Callable
from fnmatch import translate
from posixpath import normpath

from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.yaml import Scalar
from preflight.workflows.model import Step
from preflight.workflows.uses import ActionRef

UPLOAD, DOWNLOAD, MERGE = "actions/upload-artifact", "actions/download-artifact", "actions/upload-artifact/merge"
BUILD_AND_INSPECT = "hynek/build-and-inspect-python-package"
DEFAULT_NAME = "artifact"
LAST_SWITCHED_OFF = 3
"""The last major version that github.com refuses to run ("Deprecation notice: v3 of the artifact actions")."""
NEWEST_UPLOAD, NEWEST_DOWNLOAD = 7, 8

Resolve = Callable[[Scalar], str | None]
"""Gives the text of an input with its expressions worked out; None where that is not known."""

_PATTERN_CHARACTERS = frozenset("*?[{")
_MAX_PATTERN = 300

_OLD_COMMITS = {
    UPLOAD: (
        "3446296876d12d4e3a0f3145a3c87e67bf0a16b5 ebad382c0953e8c6b4039e8d30dfd19ee7b2a862 "
        "97b7dace6c8d860ce9708aba808be6a2ee4cbc3a 5f948bc1f0a251f88bb4c9b1c3dfa6cbd1327dc5 "
        "c8879bf5aef7bef66f9b82b197f34c4eeeb1731b 268d7547644ab8a9d0c1163299e59a1f5d93f39b "
        "58740802ef971a2d71eff71e63d48ab68d1f5507 27bce4eee761b5bc643f46a8dfb41b430c8d05f6 "
        "726a6dcd0199f578459862705eed35cda05af50b e448a9b857ee2131e752b06002bf0e093c65e571 "
        "ee69f02b3dfdecd58bb31b4d133da38ba6fe3700 27121b0bdffd731efa15d66772be8dc71245d074 "
        "da838ae9595ac94171fa2d4de5a2f117b3e7ac32 82c141cc518b40d92cc801eee768e7aafc9c2fa2 "
        "6673cd052c4cd6fcf4b4e6e60ea986c889389535 3cea5372237819ed00197afe530f5a7ea3e805c8 "
        "83fd05a356d7e2593de66fc9913b3002723633cb 0b7f8abb1508181956e8e162db84b466c27e18ce "
        "a8a3f3ad30e3422c9c7b888a15615d19a852ae32 9ee08a3b00e91a926cc9547dc79589c20872452f "
        "ff15f0306b3f739f7b6fd43fb5d26cd321bd4de5"
    ).split(),
    DOWNLOAD: (
        "18f0f591fbc635562c815484d73b6e8e3980482e 1de1dea89c32dcb1f37183c96fe85cfe067b682a "
        "1ac47ba4b6af92e65d0438b64ce1ea49ce1cc48d 3be87be14a055c47b01d3bd88f8fe02320a9bb60 "
        "381af06b4268a1e0ad7b7c7e5a09f1894977120f 80d2d4023c185001eacb50e37afd7dd667ba8044 "
        "b3cedea9bed36890c824f4065163b667eeca272b c3f5d00c8784369c43779f3d2611769594a61f7a "
        "f8e41fbffeebb48c0273438d220bb2387727471f f144d3c3916a86f4d6b11ff379d17a49d8f85dbc "
        "4a7a711286f30c025902c28b541c10e147a9b843 158ca71f7c614ae705e79f25522ef4658df18253 "
        "f023be2c48cc18debc3bacd34cb396e0295e2869 cbed621e49e4c01b044d60f6c80ea4ed6328b281 "
        "fb598a63ae348fa914e94cd0ff38f362e927b741 9782bd6a9848b53b110e712e20e42d89988822b7 "
        "9bc31d5ccc31df68ecc42ccf4149144866c47d8a a9bc5e6ef2cb54c177f32aa5726adaa15e7e2d59"
    ).split(),
}
"""The commits of the releases 1 to 3, but not those of `-node20`, which are for GitHub Enterprise Server."""


def artifact_action(uses: ActionRef | None) -> str | None:
    """Which of the artifact actions a step uses: one of the names above, or None."""
    name = uses.name if uses is not None and uses.kind == "remote" else None
    return name if name in (UPLOAD, DOWNLOAD, MERGE) else None


def major_version(uses: ActionRef) -> int | None:
    """The major version of an artifact action, where the ref or a comment beside a commit tells."""
    if found := re.fullmatch(r"v?(\d{1,3})(?:\.\d+)*", uses.ref):
        return int(found[1])
    if uses.is_pinned:
        if uses.ref.lower() in _OLD_COMMITS.get(uses.name, ()):
            return LAST_SWITCHED_OFF
        comment = re.match(
            r"\s*#\s*(?:tag=)?v(\d{1,3})\b", uses.place.source.line(uses.place.end_line)[uses.place.end_column - 1 :]
        )
        return int(comment[1]) if comment else None
    return None


def is_switched_off(uses: ActionRef) -> bool:
    """Whether github.com refuses the job because of this version: 1 to 3, by tag or by commit."""
    if uses.name not in _OLD_COMMITS:
        return False
    if re.fullmatch(r"v?[123](?:\.\d+)*", uses.ref):
        return True
    return uses.is_pinned and uses.ref.lower() in _OLD_COMMITS[uses.name]


@dataclass(frozen=True, slots=True, eq=False)
class ArtifactUpload:
    """One upload of an artifact. `name` and `paths` are None where they are not known.

    `overwrite` says that an artifact of that name is replaced. `insists` is whether the step fails when it finds no files.
    """

    step: Step
    name: str | None
    paths: tuple[str, ...] | None
    place: Place
    overwrite: bool | None = False
    insists: bool = False
    major: int | None = None
    shape: tuple[str, str] = ("", "")
    """How the name certainly starts and ends, where it is not known."""

    def folder_inside(self, folder: str) -> tuple[bool | None, str | None]:
        """Whether files that lie directly in a folder of the workspace are uploaded, and in which folder of the artifact."""
        return (None, None) if self.paths is None else inside(self.paths, folder)


@dataclass(frozen=True, slots=True, eq=False)
class ArtifactDownload:
    """One download: a single artifact by `name`, some by `pattern` or ids, or all.

    `everything` says that nothing selects; `path` is relative to the workspace (empty is its root), None where it is not known or lies outside.
    `elsewhere` says that another run or repository is asked.
    """

    step: Step
    place: Place
    name: str | None = None
    pattern: str | None = None
    by_ids: bool = False
    everything: bool = False
    merge: bool | None = False
    path: str | None = ""
    elsewhere: bool = False
    unpacks: bool = True
    major: int | None = None

    @property
    def single_stays_flat(self) -> bool | None:
        """Whether one artifact that a pattern, an id or nothing at all selects is put right into the path.

        actions/download-artifact: src/download-artifact.ts, since 5.0.0; before, each lay in a folder of its name.
        """
        return None if self.major is None else self.major >= 5

    def fetches(self, name: str | None) -> bool | None:
        """Whether it fetches an artifact of that name."""
        if self.everything:
            return True
        if name is None or self.by_ids:
            return None
        if self.name is not None:
            return self.name == name
        return None if self.pattern is None else matches_pattern(self.pattern, name)

    def may_fetch(self, shape: tuple[str, str]) -> bool:
        """Whether it may fetch an artifact whose name starts and ends so."""
        start, end = shape
        if self.name is not None:
            return self.name.startswith(start) and self.name.endswith(end) and len(self.name) >= len(start) + len(end)
        if self.pattern is not None:
            plain = re.split(r"[*?\[{!+@(\\]", self.pattern)[0]
            return plain.startswith(start) or start.startswith(plain)
        return True


def read_upload(step: Step, resolve: Resolve) -> ArtifactUpload | None:
    """What a step uploads as an artifact; None for any other step."""
    uses = step.uses
    action = artifact_action(uses)
    if uses is None:
        return None
    if action is None and uses.kind == "remote" and uses.name == BUILD_AND_INSPECT:
        suffix = _text(step, "upload-name-suffix", "", resolve)
        return ArtifactUpload(
            step, None if suffix is None else f"Packages{suffix}", ("dist",), uses.place, insists=True, major=4
        )
    if action not in (UPLOAD, MERGE):
        return None
    major = major_version(uses)
    overwrite = _switch(step, "overwrite", resolve)
    if action == MERGE:
        return ArtifactUpload(
            step,
            _text(step, "name", "merged-artifacts", resolve),
            None,
            _place(step, "name", uses),
            overwrite,
            False,
            major,
        )
    name = _text(step, "name", DEFAULT_NAME, resolve)
    archive = _text(step, "archive", "true", resolve)
    if archive != "true" and (major is None or major >= NEWEST_UPLOAD):
        name = None  # the file's own name
    path = _text(step, "path", "", resolve)
    insists = _text(step, "if-no-files-found", "warn", resolve) == "error"
    shape = ("", "") if archive != "true" else _shape(step)
    return ArtifactUpload(
        step, name or None, _paths(path), _place(step, "name", uses), overwrite, insists, major, shape
    )


def read_download(step: Step, resolve: Resolve) -> ArtifactDownload | None:
    """What a step downloads; None for any other step."""
    uses = step.uses
    if uses is None or artifact_action(uses) != DOWNLOAD:
        return None
    major = major_version(uses)
    inputs = step.inputs
    name, pattern, ids, path = (_text(step, key, "", resolve) for key in ("name", "pattern", "artifact-ids", "path"))
    named = name is None or bool(name)
    by_ids = not named and (ids is None or bool(ids))
    patterned = not named and not by_ids and (pattern is None or bool(pattern))
    return ArtifactDownload(
        step,
        _place(step, "name", uses),
        name=name or None,
        pattern=(pattern or None) if patterned else None,
        by_ids=by_ids,
        everything=inputs.is_known and not named and not by_ids and not patterned,
        merge=_switch(step, "merge-multiple", resolve),
        path=None if path is None else workspace_path(path),
        elsewhere=any(key in inputs for key in ("run-id", "repository", "github-token")),
        unpacks=_switch(step, "skip-decompress", resolve) is False,
        major=major,
    )


def _text(step: Step, name: str, default: str, resolve: Resolve) -> str | None:
    given = step.inputs.get(name)
    if given is None:
        return default if step.inputs.is_known else None
    if given.scalar is None:
        return None
    text = resolve(given.scalar)
    return None if text is None else text.strip()


def _shape(step: Step) -> tuple[str, str]:
    """What stands before the first and behind the last expression of an artifact's name."""
    given = step.inputs.get("name")
    text = given.scalar.value.strip() if given is not None and given.scalar is not None else ""
    return text.partition("${{")[0], text.rpartition("}}")[2]


def _switch(step: Step, name: str, resolve: Resolve) -> bool | None:
    text = _text(step, name, "false", resolve)
    return None if text is None else {"true": True, "false": False}.get(text.lower())


def _place(step: Step, name: str, uses: ActionRef) -> Place:
    given = step.inputs.get(name)
    return given.place if given is not None else uses.place


def _paths(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    lines = [line.strip() for line in text.splitlines()]
    wanted = [line for line in lines if line and not line.startswith(("#", "!"))]
    found = [workspace_path(line) for line in wanted]
    return None if not found or None in found else tuple(path for path in found if path is not None)


def workspace_path(text: str) -> str | None:
    """A path relative to the workspace, without `./` and a slash at its end; None for one that leads elsewhere."""
    text = text.strip().replace("\\", "/")
    for prefix in ("${{ github.workspace }}", "$GITHUB_WORKSPACE", "${GITHUB_WORKSPACE}"):
        if text == prefix or text.startswith(f"{prefix}/"):
            text = text.removeprefix(prefix).lstrip("/") or "."
    if text.startswith(("/", "~", "$")) or "${" in text or re.match(r"[A-Za-z]:", text):
        return None
    path = normpath(text) if text else "."
    return None if path == ".." or path.startswith("../") else "" if path == "." else path


def matches_pattern(pattern: str, name: str) -> bool | None:
    """Whether a minimatch pattern selects an artifact; None for forms that are left undecided."""
    if len(pattern) > _MAX_PATTERN or any(mark in pattern for mark in "[]()!+@\\"):
        return None
    return any(re.compile(translate(each)).match(name) is not None for each in braces(pattern))


def braces(pattern: str) -> list[str]:
    """The patterns that `{a,b}` stands for; at most 64."""
    found = [pattern]
    for _ in range(4):
        expanded: list[str] = []
        for each in found:
            match = re.search(r"\{([^{}]*,[^{}]*)\}", each)
            if match is None:
                expanded.append(each)
            else:
                expanded.extend(each[: match.start()] + part + each[match.end() :] for part in match[1].split(","))
        if expanded == found:
            break
        found = expanded[:64]
    return found


def search_path(path: str) -> str:
    """The folder from which a path is searched: what stands before the first pattern. actions/toolkit: glob, `getSearchPaths`."""
    kept: list[str] = []
    for part in path.split("/"):
        if _PATTERN_CHARACTERS & set(part):
            break
        kept.append(part)
    return "/".join(kept)


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it."""
    return not folder or path == folder or path.startswith(f"{folder}/")


def inside(paths: tuple[str, ...], folder: str) -> tuple[bool | None, str | None]:
    """Whether the distributions that lie directly in a folder are uploaded by these paths, and where they land in the artifact.

    actions/upload-artifact: src/shared/search.ts: a single search path is the artifact's root, several have their nearest common folder as root.
    """
    bases: list[str] = []
    taken: bool | None = False
    for path in paths:
        base = search_path(path)
        rest = path[len(base) :].strip("/")
        if not rest and re.search(r"\.(?:whl|tar\.gz|zip)$", base):
            base, rest = base.rpartition("/")[0], base.rpartition("/")[2]
        bases.append(base)
        if not rest:
            holds: bool | None = is_below(folder, base)
        elif "/" not in rest and rest != "**":
            holds = folder == base and not rest.endswith((".txt", ".json", ".md", ".log"))
        elif rest in ("**", "**/*", "**/*.whl", "**/*.tar.gz"):
            holds = is_below(folder, base)
        else:
            holds = None if is_below(folder, base) else False
        taken = True if taken or holds else None if None in (taken, holds) else False
    roots = [
        base for base in dict.fromkeys(bases) if not any(other != base and is_below(base, other) for other in bases)
    ]
    root = roots[0] if len(roots) == 1 else _common(roots)
    if not taken:
        return taken, None
    return taken, folder[len(root) :].strip("/") if is_below(folder, root) else None


def _common(folders: list[str]) -> str:
    parts = [folder.split("/") for folder in folders]
    common = []
    for column in zip(*parts, strict=False):
        if len(set(column)) > 1:
            break
        common.append(column[0])
    return "/".join(common)
