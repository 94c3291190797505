"""`preflight init`: write what a project needs to be published, and say what is left to do by hand."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from preflight import __version__
from preflight.cli.check import options_of
from preflight.cli.options import Output, global_options
from preflight.cli.outside import facts_of_run
from preflight.sources.words import retold, say

if TYPE_CHECKING:
    from preflight.beginning.choices import Choices
    from preflight.beginning.proposal import Proposal
    from preflight.beginning.survey import Survey

EXIT_CLEAN, EXIT_NOTHING = 0, 3


@click.command("init")
@click.argument("path", required=False, default=".", metavar="[PATH]")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing, and write.")
@click.option("--diff", is_flag=True, help="Show what would be written as a diff, and write nothing.")
@click.option("--overwrite", is_flag=True, help="Replace a workflow that is there already.")
@click.option("--github", "platform", flag_value="github", help="Publish from GitHub Actions.")
@click.option("--gitlab", "platform", flag_value="gitlab", help="Publish from GitLab CI/CD. [default: by the remote]")
@click.option("--owner", help="The owner of the repository, where no remote tells.")
@click.option("--repository", help="The name of the repository, where no remote tells.")
@click.option("--workflow", help="The file name of the workflow. [default: publish.yml]")
@click.option("--environment", help="The environment of the job that publishes. [default: release]")
@click.option("--testpypi/--no-testpypi", default=None, help="A way to publish to TestPyPI. [default: yes]")
@click.option("--with-token", is_flag=True, help="A way to publish with an API token, for runs by hand.")
@click.option("--token-secret", help="The secret with PyPI's token. [default: PYPI_API_TOKEN]")
@click.option("--pre-commit/--no-pre-commit", default=None, help="A hook. [default: where pre-commit is used]")
@click.option("--dynamic-version", is_flag=True, help="Keep the version in the module, where the backend can read it.")
@click.option("--initial-version", help="The version, where the project states none. [default: 0.1.0]")
@click.option("--description", help="What to write in place of a description that a template left.")
@global_options
def command(path: str, common: dict[str, Any], output: Output, **given: Any) -> int:
    """Write what a project needs to be published.

    The publish workflow, the source of the version where it is missing, and the trusted publishers in [[tool.preflight.publishers]]. Nothing
    that is there is overwritten without --overwrite. In a terminal it asks and shows the diff first; elsewhere every answer is an option.
    """
    from preflight.beginning.choices import refused_answers
    from preflight.beginning.proposal import caused_error, has_template_description, in_the_way, propose
    from preflight.beginning.survey import BrokenFile, NoProject, survey
    from preflight.engine.session import load_settings
    from preflight.engine.settings import UnusableConfiguration
    from preflight.engine.workspace import UnknownPath, open_workspaces
    from preflight.plan.session import facts_of

    output.require(("full", "json"))
    options, table = options_of(common), facts_of_run()
    try:
        (workspace,) = open_workspaces([path])
        if workspace.focus.files:
            raise click.UsageError(say("{path!r} is a file: name the folder of the project", path=path))
        found = survey(workspace, facts_of(workspace, table, load_settings(workspace, options)))
    except (UnknownPath, UnusableConfiguration, BrokenFile) as error:
        raise click.UsageError(str(error)) from None
    except NoProject as error:
        click.echo(retold(str(error)), err=True)
        return EXIT_NOTHING
    choices = _defaults(found, given)
    asking = not given["yes"] and not given["diff"] and output.format == "full" and _is_terminal()
    if asking:
        choices = _asked(found, choices, given)
        if given["description"] is None and has_template_description(found, options, table):
            words = "What the project does, in one line (empty takes the template's text out)"
            choices = replace(choices, description=click.prompt(words, default="", show_default=False, err=True))
    for refused in refused_answers(choices):
        raise click.UsageError(refused)
    blocked = in_the_way(found, choices)
    if blocked is not None:
        raise click.UsageError(blocked)
    proposal = propose(found, choices, options, table)
    wrong = caused_error(found, proposal, options, table)
    if wrong is not None:
        raise click.UsageError(f"{wrong.message}. {wrong.fix}")
    return _finish(found, choices, proposal, output, given, asking=asking)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _defaults(survey: "Survey", given: dict[str, Any]) -> "Choices":
    """The options that were given, over what the project's facts and its recorded publishers suggest."""
    from preflight.beginning.choices import GITLAB, PIPELINE, Choices
    from preflight.beginning.pre_commit import PATH as PRE_COMMIT
    from preflight.project.backend import normalised

    platform = given["platform"] or survey.platform
    if given["platform"] is None and survey.foreign_host is not None:
        raise click.UsageError(
            say(
                "the remote is on {host}, from where PyPI takes no trusted publishing; --github or --gitlab says where the project's CI runs",
                host=survey.foreign_host,
            )
        )
    own = normalised(survey.name)
    recorded = next(
        (
            each
            for each in survey.registered
            if each.index == "pypi" and each.kind == platform and normalised(each.project or own) == own
        ),
        None,
    )
    here = survey.repository if survey.repository is not None and survey.platform == platform else None
    base = Choices(
        platform=platform,
        owner=here.owner if here else None,
        repository=here.name if here else None,
        workflow=PIPELINE if platform == GITLAB else Choices().workflow,
        pre_commit=survey.workspace.tree.is_file(PRE_COMMIT),
    )
    if recorded is not None:
        base = replace(
            base,
            owner=recorded.owner or base.owner,
            repository=recorded.repository or base.repository,
            workflow=recorded.workflow or base.workflow,
            environment=recorded.environment or base.environment,
        )
    if given["overwrite"] and len(survey.publishing) == 1 and recorded is None and platform != GITLAB:
        base = replace(base, workflow=survey.publishing[0].rpartition("/")[2])
    names = set(Choices.__dataclass_fields__) - {"platform", "workflow_named"}
    chosen = {
        name: value for name, value in given.items() if name in names and value is not None and value is not False
    }
    if given["testpypi"] is False:
        chosen["testpypi"] = False
    if given["pre_commit"] is False:
        chosen["pre_commit"] = False
    return replace(base, workflow_named=given["workflow"] is not None, **chosen)


def _asked(survey: "Survey", choices: "Choices", given: dict[str, Any]) -> "Choices":
    """The choices after questions about all that no option settled."""
    from preflight.beginning.choices import GITLAB

    def ask(name: str, words: str, default: Any) -> Any:
        return given[name] if given[name] is not None else click.prompt(words, default=default, err=True)

    def confirm(name: str, words: str, default: bool) -> bool:
        answer: bool = given[name] if given[name] is not None else click.confirm(words, default=default, err=True)
        return answer

    title = "GitLab" if choices.platform == GITLAB else "GitHub"
    backend = survey.backend.distribution or survey.backend.backend
    click.echo(say("{project}, built by {backend}", project=survey.name, backend=backend), err=True)
    click.echo(say("Enter takes what stands in brackets. Nothing is written before you have seen it."), err=True)
    owner = ask("owner", say("Owner of the repository on {title}", title=title), choices.owner or "")
    repository = ask("repository", say("Name of the repository"), choices.repository or survey.name)
    workflow = (
        choices.workflow
        if choices.platform == GITLAB
        else ask("workflow", say("Name of the workflow"), choices.workflow)
    )
    asked = replace(
        choices,
        owner=owner or None,
        repository=repository or None,
        workflow=workflow,
        workflow_named=choices.workflow_named or workflow != choices.workflow,
        environment=ask(
            "environment",
            say("Environment on {title} that guards a release (PyPI asks for its name)", title=title),
            choices.environment,
        ),
        testpypi=confirm("testpypi", say("Add a way to try a release on TestPyPI?"), choices.testpypi),
        with_token=choices.with_token
        or click.confirm(say("Add a way to publish with an API token too? OIDC needs none"), default=False, err=True),
        pre_commit=confirm("pre_commit", say("Add a hook for pre-commit?"), choices.pre_commit),
    )
    if asked.with_token:
        asked = replace(
            asked, token_secret=ask("token_secret", say("Name of the secret with the token"), asked.token_secret)
        )
    return asked


def _finish(
    survey: "Survey", choices: "Choices", proposal: "Proposal", output: Output, given: dict[str, Any], *, asking: bool
) -> int:
    from preflight.beginning.manual import manual_steps
    from preflight.report.init import as_json, render_outcome, shown_diff

    root = survey.workspace.shown_root
    steps = manual_steps(survey, choices, proposal)
    if output.format == "json":
        written = given["yes"] and not given["diff"]
        if written:
            _write(survey, proposal)
        output.write(as_json(proposal, steps, root, __version__, written=written))
        return EXIT_CLEAN
    diff = shown_diff(proposal, root)
    if given["diff"]:
        output.write(diff)
        if not diff:
            _say_why_nothing(proposal, root)
        return EXIT_CLEAN
    show: Callable[[str], None] = output.write
    if diff:
        show(diff + "\n")
        if asking and not click.confirm(say("Write this?"), default=True, err=True):
            click.echo(say("Nothing was written."), err=True)
            return EXIT_CLEAN
        if not asking and not given["yes"]:
            raise click.UsageError(say("there is no terminal to ask in: --yes writes this, --diff only shows it"))
        _write(survey, proposal)
    show(render_outcome(proposal, steps, root, written=True, color=output.color, width=output.width))
    return EXIT_CLEAN


def _say_why_nothing(proposal: "Proposal", root: str) -> None:
    """On standard error, so that a diff on standard output stays one."""
    from preflight.report.safe import for_people

    click.echo(say("Nothing to write."), err=True)
    for each in proposal.changes:
        if each.kept:
            click.echo(for_people(f"{root}{each.path}: {each.why}"), err=True)


def _write(survey: "Survey", proposal: "Proposal") -> None:
    from preflight.beginning.writing import write
    from preflight.engine.fixer import FailedWrite

    root = survey.workspace.tree.disk_root
    try:
        if root is not None:
            write(root, proposal.to_write)
    except FailedWrite as error:
        raise click.UsageError(str(error)) from None
