"""The shell commands of building and of the gates before an upload, the same on every CI. Runs none of them."""

from shlex import quote

from preflight.beginning.survey import Survey


def check_format(survey: Survey) -> list[str]:
    """Whether the code is laid out as its formatter lays it out."""
    folder = f" {quote(survey.project.path)}" if survey.project.path else ""
    if survey.formatter == "black":
        return ["python -m pip install black", f"black --check{folder or ' .'}"]
    return ["python -m pip install ruff", f"ruff format --check{folder}"]


def build_pure(survey: Survey) -> list[str]:
    """sdist and wheel, the wheel from the sdist."""
    return ["python -m pip install build", f"python -m build{_of_project(survey)}"]


def build_sdist(survey: Survey) -> list[str]:
    """The sdist alone."""
    return ["python -m pip install build", f"python -m build --sdist{_of_project(survey)}"]


def _of_project(survey: Survey) -> str:
    return f" --outdir dist {quote(survey.project.path)}" if survey.project.path else ""


def check_metadata(survey: Survey) -> list[str]:
    """The metadata as twine judges it. Without a README, of which --strict would complain, its warnings do not count."""
    strict = " --strict" if survey.has_readme else ""
    return ["python -m pip install twine", f"twine check{strict} dist/*"]


def import_wheel(survey: Survey, fresh: str) -> list[str]:
    """Install the built wheel into a fresh environment and import it, away from the sources.

    `fresh` is the environment's folder as the shell reads it, in double quotes.
    """
    python = f'{fresh[:-1]}/bin/python"'
    return [
        f"python -m venv {fresh}",
        *_installed(survey, python),
        f"{python} -I -c {quote(_import(survey))}",
    ]


def _installed(survey: Survey, python: str) -> list[str]:
    if not survey.compiled:
        return [f"{python} -m pip install dist/*.whl"]
    alone = f"{python} -m pip install --no-index --no-deps --find-links dist {quote(survey.name)}"
    return [alone, f"{python} -m pip install {quote(survey.name)}"] if survey.has_dependencies else [alone]


def _import(survey: Survey) -> str:
    if survey.module is not None:
        return f"import {survey.module}"
    return (
        "import importlib, importlib.metadata as metadata; "
        "[importlib.import_module(module) for module, names in metadata.packages_distributions().items() "
        f'if "{survey.name}" in names]'
    )


def check_project(survey: Survey) -> list[str]:
    """The gate: the project, its workflows, the tag of the release, and the built files."""
    paths = f" {quote(survey.project.path)} dist/*" if survey.project.path else ""
    return ["python -m pip install pypi-preflight", f"preflight check{paths}"]
