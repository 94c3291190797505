"""A trusted publisher as people enter it: the page of the form, the form's labels, and the entry that records it. Compares nothing."""

from collections.abc import Mapping
from json import dumps

from preflight.publishers.matching import Identity

_FORMS = {"pypi": "https://pypi.org/manage", "testpypi": "https://test.pypi.org/manage"}

GITHUB_LABELS: Mapping[str, str] = {
    "owner": "Owner",
    "repository": "Repository name",
    "workflow": "Workflow name",
    "environment": "Environment name",
}
GITLAB_LABELS: Mapping[str, str] = {
    "owner": "Namespace",
    "repository": "Project name",
    "workflow": "Top-level pipeline file path",
    "environment": "Environment name",
}
"""Field of an identity -> its label on the form (warehouse: templates/manage/account/publishing.html)."""


def labels_of(kind: str) -> Mapping[str, str]:
    """The labels of a platform's form."""
    return GITLAB_LABELS if kind == "gitlab" else GITHUB_LABELS


def form_url(index: str, project: str | None) -> str:
    """The page that registers a publisher: of the project, or of the account where the name is not known."""
    base = _FORMS.get(index)
    if base is None:
        return ""
    return f"{base}/project/{project}/settings/publishing/" if project else f"{base}/account/publishing/"


def publisher_entry(index: str, identity: Identity, table: str, project: str | None = None) -> str | None:
    """The entry that records a publisher, as TOML; None where a field is not known."""
    if None in (identity.owner, identity.repository, identity.workflow, identity.environment):
        return None
    lines = [f"[[{table}]]", f"index = {dumps(index)}"]
    if identity.kind != "github":
        lines.append(f"kind = {dumps(identity.kind)}")
    lines += [
        f"{name} = {dumps(getattr(identity, name), ensure_ascii=False)}" for name in ("owner", "repository", "workflow")
    ]
    if identity.environment:
        lines.append(f"environment = {dumps(identity.environment, ensure_ascii=False)}")
    if project:
        lines.append(f"project = {dumps(project, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
