"""All sets of core metadata fields that there are to judge: what the project declares. Judges nothing."""

from collections.abc import Iterator
from dataclasses import replace

from preflight.distributions.fields import Field, FieldSet
from preflight.project.backend import BuildBackend
from preflight.project.pyproject import PyprojectFile
from preflight.project.versions.fact import Versions
from preflight.project.versions.statement import is_development

_OTHER = "other"


def metadata_sets(
    declared_metadata: FieldSet,
    build_backend: BuildBackend,
    pyproject_file: PyprojectFile,
    maybe_versions: Versions | None,
) -> tuple[FieldSet, ...]:
    """The field sets of a project, with the backend that will translate the declared ones.

    Raises:
        Unavailable: what the project declares cannot be read.
    """
    known = not build_backend.in_tree and build_backend.family.value != _OTHER
    fields = (*declared_metadata.fields, *_metadata_versions(pyproject_file))
    stated = maybe_versions.source.known if maybe_versions is not None else None
    return (
        replace(
            declared_metadata,
            fields=fields,
            backend=build_backend.family.value if known else "",
            unreleased=stated is not None and stated.version is not None and is_development(stated.version),
        ),
    )


def _metadata_versions(file: PyprojectFile) -> Iterator[Field]:
    """The metadata versions that the project asks Hatch to write (Hatch's documentation, "Wheel builder": Options)."""
    targets = file.document.get("tool", "hatch", "build", "targets") if file.document else None
    for target in targets if isinstance(targets, dict) else ():
        path = ("tool", "hatch", "build", "targets", target, "core-metadata-version")
        value = file.document.get(*path) if file.document else None
        if isinstance(value, str) and target in ("wheel", "sdist"):
            yield Field(
                "metadata-version", value, file.document.place(*path) if file.document else None, ".".join(path)
            )
