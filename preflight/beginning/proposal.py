"""Everything that `init` would write for a project, and what its own checks say of the result. Writes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from preflight.beginning.changes import Change, State
from preflight.beginning.choices import GITLAB, Choices
from preflight.beginning.configuration import OWN_FILE, with_description, with_publishers
from preflight.beginning.github_workflow import github_workflow
from preflight.beginning.gitlab_pipeline import gitlab_pipeline
from preflight.beginning.left_behind import BUILT, entry_for, to_be_ignored, with_ignored
from preflight.beginning.left_behind import PATH as IGNORED
from preflight.beginning.pre_commit import PATH as PRE_COMMIT
from preflight.beginning.pre_commit import with_hook
from preflight.beginning.survey import Survey, stated_version
from preflight.beginning.version_source import with_version_source
from preflight.engine.facts import FactTable
from preflight.engine.finding import Reported, Severity
from preflight.engine.fixer import parses
from preflight.engine.session import Options, load_settings, run_check
from preflight.engine.workspace import Workspace
from preflight.plan.session import facts_of
from preflight.plan.uploaded_projects import projects_of_repository
from preflight.plan.wanted import Wanted, wanted_publishers
from preflight.project.backend import Family
from preflight.project.repository import GITHUB as GITHUB_HOST
from preflight.project.repository import GITLAB as GITLAB_HOST
from preflight.project.repository import Repository
from preflight.sources.records import dataclass
from preflight.sources.tree import OverlayTree
from preflight.sources.words import say

_PLACEHOLDER = "placeholder-metadata"
_RECORDS = "records the publishers"
_SDIST_ALONE = (
    "The pipeline builds the sdist alone: wheels of extension modules need cibuildwheel, and runners for each platform."
)
_NO_DESCRIPTION = "The project states no long description with its type, so the workflow runs `twine check` without --strict. PyPI shows it on its page."
_NO_README = "The project names no README, so the workflow runs `twine check` without --strict. PyPI shows the README on the project's page."


@dataclass(frozen=True)
class Proposal:
    """The changes of files, the publishers that must be registered for them to work, notes, what is left to mend by hand, and the version that
    the files then state."""

    changes: tuple[Change, ...]
    wanted: tuple[Wanted, ...]
    notes: tuple[str, ...]
    left: tuple[Reported, ...]
    version: str | None = None

    @property
    def to_write(self) -> tuple[Change, ...]:
        """The files that are not as they would be."""
        return tuple(each for each in self.changes if each.state in (State.CREATED, State.CHANGED))


def propose(survey: Survey, choices: Choices, options: Options, table: FactTable) -> Proposal:
    """Decide all files. The publishers are those that the workflows, as they would then be, really need."""
    notes: list[str] = []
    changes = [_workflow(survey, choices)]
    if choices.platform == GITLAB and survey.compiled and survey.backend.family is not Family.MATURIN:
        notes.append(_SDIST_ALONE)
    texts = {each.path: each.after for each in changes if not each.kept}
    pyproject = survey.document.source
    outcome = with_version_source(
        survey, pyproject.text, asked=choices.dynamic_version, initial=choices.initial_version
    )
    notes += outcome.notes
    text = outcome.pyproject
    why = ["says where the version comes from"] if text != pyproject.text else []
    if has_template_description(survey, options, table):
        text = with_description(text, pyproject.path, choices.description)
        why.append(
            "states the description" if choices.description else "loses the description that a template put there"
        )
    if not survey.has_readme and not changes[0].kept:
        notes.append(_NO_README if survey.document.has("project") else _NO_DESCRIPTION)
    changes += [*outcome.others, *_readme(survey)]
    own = survey.workspace.files.find(OWN_FILE) if survey.workspace.tree.is_file(OWN_FILE) else None
    wanted = _wanted(survey, choices, texts, options, table)
    project = survey.name if survey.several else None
    if own is not None:
        recorded = with_publishers(own.text, wanted, own_file=True, project=project)
        changes.append(Change(OWN_FILE, own.text, recorded, _RECORDS))
    else:
        recorded = with_publishers(text, wanted, own_file=False, project=project)
        why += [_RECORDS] if recorded != text else []
        text = recorded
    changes.append(Change(pyproject.path, pyproject.text, text, ", ".join(why)))
    if choices.pre_commit:
        changes.append(_pre_commit(survey))
    changes += _ignored(survey)
    checked = [each if parses(each.path, each.after) else _by_hand(each) for each in changes]
    texts = {each.path: each.after for each in checked if not each.kept}
    after = _laid_over(survey.workspace, texts)
    result = run_check(after, options, table, _seeds(survey, choices)).result
    version = _version(survey, after, options, table)
    return Proposal(tuple(checked), tuple(wanted), tuple(notes), tuple(result.findings), version)


def _version(survey: Survey, after: Workspace, options: Options, table: FactTable) -> str | None:
    facts = facts_of(after, table, load_settings(after, options)).child({"project": survey.project})
    return stated_version(facts.get("versions"))


def _ignored(survey: Survey) -> Iterator[Change]:
    """A `.gitignore` for the first commit, which takes up everything: what lies in `dist`, and secrets that lie about, must not be part of it."""
    tree = survey.workspace.tree
    source = survey.workspace.files.find(IGNORED) if tree.is_file(IGNORED) else None
    if survey.checkout.born or (source is None and tree.is_file(IGNORED)):
        return
    lacking = [
        path
        for path in to_be_ignored(survey.project.path)
        if path not in survey.checkout.ignored and (entry_for(path) == BUILT or tree.is_file(path))
    ]
    before = source.text if source is not None else None
    after = with_ignored(before, lacking)
    if lacking and after != before:
        yield Change(IGNORED, before, after, "keeps built files and secrets out of the first commit")


def in_the_way(survey: Survey, choices: Choices) -> str | None:
    """Why nothing can be decided: a workflow that cannot be read may publish already, or be the one that is to be written."""
    for path, problem in survey.broken:
        if path.startswith(".gitlab-ci.") != (choices.platform == GITLAB):
            continue
        ours = path == choices.workflow_path
        if ours and not choices.overwrite:
            return say(
                "{problem}; what it publishes is not known. Mend it first; --overwrite replaces it", problem=problem
            )
        if not ours and not choices.workflow_named:
            words = "{problem}; whether it publishes is not known. Mend it first; --workflow NAME.yml writes another one beside it"
            return say(words, problem=problem)
    return None


def caused_error(survey: Survey, proposal: Proposal, options: Options, table: FactTable) -> Reported | None:
    """An error about workflows and publishers that the proposal brings: an answer that PyPI's form or GitHub refuses."""
    errors = [
        each for each in proposal.left if each.severity is Severity.ERROR and each.code.startswith(("PUB", "WFL"))
    ]
    if not errors:
        return None
    known = {(each.code, each.message) for each in run_check(survey.workspace, options, table).result.findings}
    return next((each for each in errors if (each.code, each.message) not in known), None)


def _by_hand(change: Change) -> Change:
    return replace(change, kept=True, why="cannot take what should be in it: write it by hand")


def _workflow(survey: Survey, choices: Choices) -> Change:
    """The workflow, unless another one publishes already or the file is somebody else's work."""
    render = gitlab_pipeline if choices.platform == GITLAB else github_workflow
    path = choices.workflow_path
    after = render(survey, choices)
    source = survey.workspace.files.find(path) if survey.workspace.tree.is_file(path) else None
    before = source.text if source is not None else None
    what = "builds, checks and publishes"
    if before is None:
        others = [each for each in survey.publishing if each != path]
        if others and not choices.overwrite and not choices.workflow_named:
            why = f"{others[0]} publishes already; --overwrite replaces it, --workflow NAME.yml writes a second one"
            return Change(path, None, after, why, kept=True)
        return Change(path, None, after, what)
    if before != after and not choices.overwrite:
        return Change(path, before, after, "is there already with another content; --overwrite replaces it", kept=True)
    return Change(path, before, after, what)


def _readme(survey: Survey) -> Iterator[Change]:
    """A title for a README that is empty: of some backends PyPI refuses that (warehouse: forklift/legacy.py, `description`)."""
    if survey.blank_readme is None:
        return
    path = survey.project.file(survey.blank_readme)
    source = survey.workspace.files.find(path)
    before = source.text if source is not None else ""
    underlined = f"{survey.name}\n{'=' * len(survey.name)}\n"
    title = {"md": f"# {survey.name}\n", "rst": underlined}.get(path.rpartition(".")[2].lower(), f"{survey.name}\n")
    yield Change(path, before, title, "gets a title: it is empty, and PyPI shows it on the project's page")


def _pre_commit(survey: Survey) -> Change:
    source = survey.workspace.files.find(PRE_COMMIT) if survey.workspace.tree.is_file(PRE_COMMIT) else None
    before = source.text if source is not None else None
    after = with_hook(before)
    if after is None:
        return Change(PRE_COMMIT, before, before or "", "is laid out so that no hook can be put into it", kept=True)
    return Change(PRE_COMMIT, before, after, "checks before each commit")


def has_template_description(survey: Survey, options: Options, table: FactTable) -> bool:
    """Whether the description is still the one that a project template left."""
    if not survey.document.has("project", "description"):
        return False
    entry = survey.document.entry_place("project", "description")
    only = replace(options, select=(_PLACEHOLDER,), extend_select=(), ignore=())
    places = (finding.place for finding in run_check(survey.workspace, only, table).result.findings)
    return any(
        place is not None and place.source.path == entry.source.path and entry.start <= place.start < entry.end
        for place in places
    )


def _wanted(
    survey: Survey, choices: Choices, texts: Mapping[str, str], options: Options, table: FactTable
) -> list[Wanted]:
    workspace = _laid_over(survey.workspace, texts)
    facts = facts_of(workspace, table, load_settings(workspace, options), _seeds(survey, choices))
    own = survey.project.path
    projects = [replace(each, asked=each.folder == own) for each in projects_of_repository(facts)]
    return wanted_publishers(facts.get("publish_plan"), facts.get("maybe_registered_publishers"), projects)


def _laid_over(workspace: Workspace, texts: Mapping[str, str]) -> Workspace:
    tree = OverlayTree(workspace.tree, {path: text.encode() for path, text in texts.items()})
    return Workspace(tree, workspace.focus, workspace.shown_root, workspace.configured_by)


def _seeds(survey: Survey, choices: Choices) -> Mapping[str, object]:
    """The repository that was named, in place of the one that the checkout tells."""
    if choices.owner is None or choices.repository is None:
        return {}
    host = GITLAB_HOST if choices.platform == GITLAB else GITHUB_HOST
    return {"repository": Repository(host, choices.owner, choices.repository, "url", certain=True)}
