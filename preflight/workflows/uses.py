"""What `uses:` names: an action for a step, a workflow for a job. Reads the text only: nothing is fetched."""

from posixpath import normpath
from typing import Literal

from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass
from preflight.sources.text import Place
from preflight.sources.yaml import Scalar

_SHA = _compile(r"[0-9a-fA-F]{40}")
_WORKFLOW_FOLDERS = (".github/workflows/", ".github/workflows-lab/")


@dataclass(frozen=True, slots=True, eq=False)
class ActionRef:
    """The action that a step uses.

    `kind` is `remote` (`owner/repository[/path]@ref`), `local` (`./path`, or `$/path` at the running commit) or
    `docker` (`docker://image`). `path` is without leading `./`, and starts with `../` where it leads out of the
    checkout; for docker it is the image.
    """

    node: Scalar
    kind: Literal["remote", "local", "docker"]
    owner: str = ""
    repository: str = ""
    path: str = ""
    ref: str = ""

    @property
    def slug(self) -> str:
        """`owner/repository` in lower case, as GitHub compares them; empty where there is none."""
        return f"{self.owner}/{self.repository}".lower() if self.kind == "remote" else ""

    @property
    def name(self) -> str:
        """`owner/repository/path` in lower case, without the ref."""
        return f"{self.slug}/{self.path.lower()}".rstrip("/")

    @property
    def is_pinned(self) -> bool:
        """Whether the ref is a full commit hash (or a tag's: that needs Git to tell)."""
        return _SHA.fullmatch(self.ref) is not None

    @property
    def needs_checkout(self) -> bool:
        """Whether the action is read from the runner's disk, so that a checkout must come first."""
        return self.kind == "local" and not self.node.value.startswith("$/")

    @property
    def place(self) -> Place:
        return self.node.place

    @property
    def ref_place(self) -> Place:
        """The ref behind the `@`; the whole text where there is none."""
        value = self.node.value
        return self.node.value_place(value.rindex("@") + 1, len(value)) if self.ref else self.node.place


@dataclass(frozen=True, slots=True, eq=False)
class WorkflowRef:
    """The workflow that a job calls: `local` is one of the same repository, at the same commit."""

    node: Scalar
    kind: Literal["remote", "local"]
    path: str
    owner: str = ""
    repository: str = ""
    ref: str = ""

    @property
    def slug(self) -> str:
        """`owner/repository` in lower case; empty for a workflow of the same repository."""
        return f"{self.owner}/{self.repository}".lower() if self.kind == "remote" else ""

    @property
    def filename(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def is_pinned(self) -> bool:
        return _SHA.fullmatch(self.ref) is not None

    @property
    def place(self) -> Place:
        return self.node.place

    @property
    def ref_place(self) -> Place:
        """The ref behind the `@`; the whole text where there is none."""
        value = self.node.value
        return self.node.value_place(value.rindex("@") + 1, len(value)) if self.ref else self.node.place


def read_action_ref(node: Scalar | None) -> ActionRef | None:
    """The action that a step's `uses:` names; None where the text has no form that GitHub takes.

    GitHub's page "Workflow syntax", `jobs.<job_id>.steps[*].uses`; actions/runner:
    `WorkflowTemplateConverter.ConvertToStep`.
    """
    if node is None:
        return None
    text = node.value
    if text.startswith("docker://"):
        return ActionRef(node, "docker", path=text.removeprefix("docker://"))
    if text.startswith(("./", ".\\", "$/")):
        path = normpath(text[2:].replace("\\", "/").strip("/"))
        return ActionRef(node, "local", path="" if path == "." else path)
    before, at, ref = text.partition("@")
    parts = [part for part in before.replace("\\", "/").split("/") if part]
    if not at or not ref or "@" in ref or len(parts) < 2:
        return None
    return ActionRef(node, "remote", parts[0], parts[1], "/".join(parts[2:]), ref)


def read_workflow_ref(node: Scalar | None) -> WorkflowRef | None:
    """The workflow that a job's `uses:` names; None where the text has no form that GitHub takes.

    actions/languageservices: `validateWorkflowUsesFormat`.
    """
    if node is None:
        return None
    text = node.value
    if text.startswith(("./", "$/")):
        path = text[2:]
        return WorkflowRef(node, "local", path) if "@" not in path and _is_workflow_file(path) else None
    before, at, ref = text.partition("@")
    owner, _, rest = before.partition("/")
    repository, _, path = rest.partition("/")
    if not at or not ref or "@" in ref or not owner or not repository or not _is_workflow_file(path):
        return None
    return WorkflowRef(node, "remote", path, owner, repository, ref)


def _is_workflow_file(path: str) -> bool:
    for folder in _WORKFLOW_FOLDERS:
        if path.startswith(folder):
            name = path.removeprefix(folder)
            return "/" not in name and name.endswith((".yml", ".yaml")) and name not in (".yml", ".yaml")
    return False


def is_workflow_path(path: str) -> bool:
    """Whether GitHub takes the file for a workflow: `*.yml` or `*.yaml` right in `.github/workflows`."""
    folder, _, name = path.rpartition("/")
    return folder == ".github/workflows" and name.endswith((".yml", ".yaml"))
