"""The core metadata that a project declares, merged from where its build backend reads it.

Judges nothing, runs nothing.
"""

from collections.abc import Iterable

from preflight.distributions.fields import Field, FieldSet, Origin
from preflight.engine.facts import Unavailable
from preflight.project.backend import BuildBackend, Family
from preflight.project.inventory import ProjectFolder
from preflight.project.pyproject import PyprojectFile
from preflight.project.standard_metadata import CORE_NAMES, dynamic_names, project_fields
from preflight.project.tool_metadata import flit_fields, poetry_fields
from preflight.sources.toml import TomlDocument
from preflight.sources.tree import Files

_ONLY_STANDARD = frozenset({Family.HATCHLING, Family.PDM, Family.UV_BUILD, Family.SCIKIT_BUILD_CORE})
"""Backends that read nothing but `[project]`, and refuse to build without it."""


def declared_metadata(
    project: ProjectFolder, files: Files, pyproject_file: PyprojectFile, build_backend: BuildBackend
) -> FieldSet:
    """The core metadata that the project's files state.

    A dependency of an extra is the requirement as written, with the extra's name in `extra`; a URL is the URL alone,
    with its label in `extra`; a `description` is the readme's text, with the readme's path in `extra`. Requirements
    in Poetry's own syntax are left out, but for direct references.

    Raises:
        Unavailable: pyproject.toml cannot be read, or says that the project is not packaged.
    """
    document = pyproject_file.document
    if document is None:
        if pyproject_file.source is not None or pyproject_file.unreadable is not None:
            raise Unavailable("pyproject.toml cannot be read")
        return _setuptools(project, files, None, build_backend)
    _require_package(document)
    if build_backend.family is Family.SETUPTOOLS:
        return _setuptools(project, files, document, build_backend)
    own = tuple(project_fields(project, files, document))
    dynamic = dynamic_names(document)
    has_project = isinstance(document.get("project"), dict)
    complete = has_project and build_backend.family in _ONLY_STANDARD and not build_backend.in_tree
    place = document.key_place("project") if has_project else None
    if build_backend.family is Family.POETRY:
        own = _with_poetry(project, files, document, own)
        place = place or document.key_place("tool", "poetry")
        dynamic -= {field.name for field in own}
        complete = False
    elif build_backend.family is Family.FLIT:
        complete = has_project and not build_backend.in_tree
        if not has_project and isinstance(document.get("tool", "flit", "metadata"), dict):
            own = tuple(flit_fields(project, files, document))
            place = document.key_place("tool", "flit", "metadata")
            dynamic = frozenset({"version", "summary"})
            complete = not build_backend.in_tree
    return FieldSet(Origin.PROJECT, pyproject_file.path, own, place, dynamic | _lost(own), complete)


def _require_package(document: TomlDocument) -> None:
    if document.get("tool", "poetry", "package-mode") is False:
        raise Unavailable("the project is not packaged: `tool.poetry.package-mode` is false")
    if document.get("tool", "uv", "package") is False:
        raise Unavailable("the project is not packaged: `tool.uv.package` is false")


def _setuptools(project: ProjectFolder, files: Files, document: TomlDocument | None, backend: BuildBackend) -> FieldSet:
    from preflight.project.setuptools_metadata import setuptools_fields

    return setuptools_fields(project, files, document, own_code=backend.in_tree or backend.distribution == "pbr")


def _with_poetry(
    project: ProjectFolder, files: Files, document: TomlDocument, own: tuple[Field, ...]
) -> tuple[Field, ...]:
    """poetry-core takes from `[tool.poetry]` what `[project]` leaves out (Poetry's documentation, "The
    pyproject.toml file").
    """
    stated = document.get("project", "dependencies") is not None or document.has("project", "optional-dependencies")
    given = {field.name for field in own}
    taken = {name for names in CORE_NAMES.values() if given.intersection(names) for name in names}
    if not stated:
        taken -= {"requires-dist", "provides-extra"}
    more = poetry_fields(project, files, document, own_dependencies=not stated)
    return (*own, *(field for field in more if field.name not in taken))


def _lost(fields: Iterable[Field]) -> frozenset[str]:
    """A content type without a description: the readme cannot be read here, so the build decides."""
    names = {field.name for field in fields}
    return (
        frozenset({"description"})
        if "description-content-type" in names and "description" not in names
        else frozenset()
    )
