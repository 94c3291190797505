"""What PyPI has against the form of an upload before it looks at the metadata in it. Opens no file.

Held to warehouse: forklift/decorators.py (`sanitize`), forklift/forms.py (`UploadForm`), forklift/legacy.py.
"""

from collections.abc import Iterator
from dataclasses import replace

from preflight.distributions.acceptance import is_project_name
from preflight.rehearsal.multipart import Form
from preflight.rehearsal.refused import Refused
from preflight.sources.patterns import compile as _compile

EXTENSIONS = {"sdist": (".tar.gz", ".zip"), "bdist_wheel": (".whl",)}
"""The file types that PyPI takes, with the endings that they may have."""

_REMOVED_ACTIONS = {
    "submit": "action-submit-removed",
    "submit_pkg_info": "action-submit-removed",
    "doc_upload": "action-doc-upload-removed",
}
_DIGEST = _compile(r"(?i:[a-f0-9]{64})\n?")
_LONGEST_SHOWN = 60
_SHOWN_ENDS = 30


def routed(action: str) -> Refused | None:
    """What becomes of a POST by its `:action`: None where it is an upload (warehouse: routes.py, forklift/__init__.py)."""
    if action == "file_upload":
        return None
    return Refused(_REMOVED_ACTIONS.get(action, "invalid-action"))


def sanitized(form: Form) -> Form:
    """The form without what PyPI drops: fields whose last value is `UNKNOWN`, and NUL characters, which it escapes."""
    unknown = {name for name, _ in form.fields if form.last(name).strip() == "UNKNOWN"}
    escaped = {name: form.last(name).replace("\0", "\\x00") for name, _ in form.fields if "\0" in form.last(name)}
    fields = [(name, value) for name, value in form.fields if name not in unknown and name not in escaped]
    return replace(form, fields=(*fields, *((name, value) for name, value in escaped.items() if name not in unknown)))


def first(form: Form, name: str) -> str:
    """The value that WTForms takes of a field: the first."""
    values = form.all(name)
    return values[0] if values else ""


def file_type(form: Form) -> str:
    """`sdist`, `bdist_wheel`, or what else the client says."""
    return first(form, "filetype")


def part_refusals(form: Form) -> Iterator[Refused]:
    """Files where a text belongs (warehouse: forklift/decorators.py)."""
    for name in sorted({*form.files} - {"content", "gpg_signature"}):
        yield Refused("field-is-tuple", {"field": name})


def form_refusals(form: Form) -> Iterator[Refused]:
    """What the form class refuses: the name goes first, then the other fields by the alphabet, then what needs two fields."""
    if form.last("protocol_version", "1") != "1":
        yield Refused("protocol-version")
    yield from _name(first(form, "name"))
    kind = file_type(form)
    if _given(first(form, "blake2_256_digest")) and not _DIGEST.fullmatch(first(form, "blake2_256_digest")):
        yield Refused("blake2-format")
    if not kind:
        yield Refused("filetype-required")
    elif kind not in EXTENSIONS:
        yield Refused("filetype-unknown")
    if _given(first(form, "sha256_digest")) and not _DIGEST.fullmatch(first(form, "sha256_digest")):
        yield Refused("sha256-format")
    python = first(form, "pyversion")
    if kind and kind != "sdist" and not python:
        yield Refused("pyversion-required")
    elif kind == "sdist" and python not in ("", "source"):
        yield Refused("pyversion-not-source")
    if not any(first(form, f"{each}_digest") for each in ("md5", "sha256", "blake2_256")):
        yield Refused("digest-required")


def _given(value: str) -> bool:
    """Whether an optional field counts: blanks do not (WTForms: `Optional`)."""
    return bool(value.strip())


def _name(name: str) -> Iterator[Refused]:
    if not name:
        yield Refused("name-required")
    elif not is_project_name(name):
        shown = f"{name[:_SHOWN_ENDS]}...{name[-_SHOWN_ENDS:]}" if len(name) > _LONGEST_SHOWN else name
        yield Refused("name-invalid", {"name": shown})
