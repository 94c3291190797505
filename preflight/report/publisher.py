"""The trusted publishers that a project needs, as text for the index's form, as JSON, and as configuration to record."""

from collections.abc import Sequence
from json import dumps

from preflight.plan.wanted import Wanted
from preflight.report.safe import for_people
from preflight.report.style import Style, wrap

SCHEMA = 1

_FORMS = {"pypi": "https://pypi.org/manage", "testpypi": "https://test.pypi.org/manage"}
_GITHUB_LABELS = {
    "owner": "Owner",
    "repository": "Repository name",
    "workflow": "Workflow name",
    "environment": "Environment name",
}
_GITLAB_LABELS = {
    "owner": "Namespace",
    "repository": "Project name",
    "workflow": "Top-level pipeline file path",
    "environment": "Environment name",
}


def render_publishers(
    wanted: Sequence[Wanted], project: str | None, format: str, version: str, *, color: bool, width: int
) -> str:
    """What to type into the form of each index; `project` is the distribution's name where the workspace has one."""
    if format == "json":
        return dumps(publishers_as_json(wanted, project, version), indent=1, ensure_ascii=False) + "\n"
    if not wanted:
        return "No upload by trusted publishing to PyPI or TestPyPI was found; `preflight plan` shows what there is.\n"
    style = Style(color)
    out: list[str] = []
    for each in wanted:
        out += [*_form(each, project, style, width), ""]
    return "\n".join(out)


def form_url(index: str, project: str | None) -> str:
    """The page that registers a publisher: of the project, or of the account where the name is not known."""
    base = _FORMS.get(index)
    if base is None:
        return ""
    return f"{base}/project/{project}/settings/publishing/" if project else f"{base}/account/publishing/"


def _form(each: Wanted, project: str | None, style: Style, width: int) -> list[str]:
    identity = each.identity
    labels = _GITLAB_LABELS if identity.kind == "gitlab" else _GITHUB_LABELS
    kind = "GitLab" if identity.kind == "gitlab" else "GitHub"
    out = [style.paint("strong", f"{each.title}, publisher on {kind}"), f"  {form_url(each.index, project)}"]
    if project:
        out.append(f"  (a project that does not exist yet: {form_url(each.index, None)})")
    out.append("")
    if project:
        out.append(f"    {'PyPI project name':<28}  {project}")
    for field, label in labels.items():
        value = getattr(identity, field)
        shown = "(not known)" if value is None else value or "(leave empty)"
        out.append(f"    {label:<28}  {style.paint('code', for_people(shown))}")
    out.append("")
    notes = ["Needed by " + ", ".join(_uses(each)) + "."]
    if identity.owner is None or identity.repository is None:
        notes.append(
            f"The repository is not known: the checkout has no remote, and no project URL names it. Take both names from its address on {kind}."
        )
    if identity.environment is None:
        notes.append("The environment is an expression that cannot be decided here.")
    if each.recorded:
        notes.append("It is recorded in the configuration.")
    elif each.recorded is False and each.nearest is not None:
        said = ", ".join(
            f"{one.field} `{one.registered or '(empty)'}` instead of `{one.claimed or '(empty)'}`"
            for one in each.differences
        )
        notes.append(
            f"The configuration records another one ({each.nearest.place.source.path}, line {each.nearest.place.line}): {said}."
        )
    else:
        notes.append("It is not recorded in the configuration; `preflight publisher --record` does that.")
    for note in notes:
        out += [f"  {line}" for line in style.code_spans(wrap(for_people(note), width - 2))]
    return out


def _uses(each: Wanted) -> list[str]:
    return list(dict.fromkeys(f"job `{publish.job}` of {publish.scenario.path}" for publish in each.publishes))


def publishers_as_json(wanted: Sequence[Wanted], project: str | None, version: str) -> dict[str, object]:
    """The same as JSON."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "preflight", "version": version},
        "publishers": [
            {
                "index": each.index,
                "kind": each.identity.kind,
                "owner": each.identity.owner,
                "repository": each.identity.repository,
                "workflow": each.identity.workflow,
                "environment": each.identity.environment,
                "project": project,
                "url": form_url(each.index, project),
                "jobs": _uses(each),
                "recorded": each.recorded,
                "differences": [
                    {"field": one.field, "recorded": one.registered, "expected": one.claimed}
                    for one in each.differences
                ],
            }
            for each in wanted
        ],
    }


def as_configuration(each: Wanted, table: str) -> str | None:
    """The entry that records a publisher, as TOML; None where a field is not known."""
    identity = each.identity
    if None in (identity.owner, identity.repository, identity.workflow, identity.environment):
        return None
    lines = [f"[[{table}]]", f"index = {dumps(each.index)}"]
    if identity.kind != "github":
        lines.append(f"kind = {dumps(identity.kind)}")
    lines += [
        f"{name} = {dumps(getattr(identity, name), ensure_ascii=False)}" for name in ("owner", "repository", "workflow")
    ]
    if identity.environment:
        lines.append(f"environment = {dumps(identity.environment, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
