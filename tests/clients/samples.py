"""The refusals that an upload can meet, each as PyPI would word it for the sample project."""

from collections.abc import Mapping

from doctor.renderings import VALUES

from preflight.refusals import refusals
from preflight.rehearsal.answers import answer, answerable

_STAGES = frozenset(
    "auth token upload-form metadata filename archive quota project-name project-state attestation rate-limit other".split()
)
_NOT_MET = frozenset(
    (
        "missing-trailing-slash",  # clients follow it
        "action-submit-removed",
        "action-doc-upload-removed",
        "invalid-action",  # no client asks for these
        "wheel-record-mismatch",  # the upload is taken
        "tp-register-ratelimited",  # a page of PyPI's
    )
)

_VALUES: Mapping[str, object] = {
    **VALUES,
    "actual": "sampleProject",
    "build": "a1",
    "canonical_underscored": "sample_project",
    "charset": "latin-1",
    "claim": "environment",
    "content_type": "text/x-rst",
    "error": "1 validation error for list[Attestation]",
    "ext": ".tar.gz",
    "filename_version": "1.2.1",
    "filetype": "bdist_wheel",
    "form_field": "summary",
    "InvalidRequirement": "Expected semicolon (after name with no version specifier) or end\n    other project\n          ^",
    "label": "The documentation of this project",
    "list": "['Topic :: Software Development']",
    "metadata_version": "1.2.0",
    "normalized": "sampleproject",
    "normalized_underscored": "sample_project",
    "part": "2nd",
    "permission": "Permissions.ProjectsUpload",
    "policy error naming Source Repository URI or issuer": "Verification failed: Certificate's Source Repository URI does not match",
    "predicate_type": "https://example.org/attestation/v1",
    "publisher_name": "ActiveState",
    "pydantic error": "1 validation error for list[Attestation]\n0.version\n  Field required [type=missing]",
    "sigstore error": "Verification failed: Certificate's SANs do not match",
    "subject": "sampleproject-1.1.0-py3-none-any.whl",
    "type": "application/vnd.in-toto+json2",
    "value": "sample value",
    "variant": "Pandoc",
    "iss": "https://token.actions.githubusercontent.com",
    "issuer": "https://token.actions.githubusercontent.com/octo-org",
    "service_name": "GitHub",
    "pydantic ValidationError text": "1 validation error for TokenPayload\ntoken\n  Field required [type=missing]",
    "project creation message, see project-name rows": "The name 'json' isn't allowed.",
}
_OWN_VALUES: Mapping[str, Mapping[str, object]] = {
    "name-invalid": {"name": "sample project"},
    "name-invalid-metadata": {"value": "-sample"},
    "metadata-version-invalid": {"value": "2.9"},
    "version-invalid": {"value": "1.2.x"},
    "requires-dist-invalid": {"value": "other project"},
    "requires-python-invalid": {"value": ">=3.x"},
    "provides-extra-invalid": {"value": "docs!"},
    "provides-dist-invalid": {"value": "other project"},
    "obsoletes-dist-invalid": {"value": "other project"},
    "dist-direct-reference": {"value": "other @ https://example.org/other.zip"},
    "license-expression-invalid": {"value": "MIT License"},
    "content-type-unsupported": {"value": "text/html"},
    "import-name-identifier": {"name": "2nd.part", "part": "2nd"},
    "import-name-keyword": {"name": "class.part", "part": "class"},
    "import-name-option": {"value": "sampleproject; public"},
    "dynamic-not-allowed": {"field": "name"},
    "dynamic-invalid": {"field": "nickname"},
    "dynamic-not-in-enum": {"field": "import-name"},
    "field-is-tuple": {"field": "license_file"},
    "license-file-parent": {"path": "../LICENSE"},
    "license-file-glob": {"path": "LICENSE*"},
    "license-file-absolute": {"path": "/LICENSE"},
    "license-file-backslash": {"path": "licenses\\LICENSE"},
    "project-name-stdlib": {"name": "json"},
    "caveat-unknown-tag": {"tag": "99"},
    "home-page-invalid": {"url": "sampleproject.example.org"},
    "gh-job-workflow-ref-mismatch": {
        "expected": ["octo-org/sampleproject/.github/workflows/publish.yml@refs/tags/v1.2.0"],
        "actual": "octo-org/workflows/.github/workflows/release.yml@refs/heads/main",
    },
    "gl-ci-config-mismatch": {
        "expected": ["gitlab.com/octo-org/sampleproject//.gitlab-ci.yml@refs/tags/v1.2.0"],
        "actual": "gitlab.com/octo-org/pipelines//publish.yml@refs/heads/main",
    },
    "file-exists": {"filename": "sampleproject-1.2.0-py3-none-any.whl"},
    "extension-wrong-for-filetype": {"ext": ".tar.gz", "filetype": "bdist_wheel"},
    "sdist-filename-unparsable": {"filename": "sampleproject_1.2.0.tar.gz"},
    "sdist-filename-normalization": {"filename": "SampleProject-1.2.0.tar.gz"},
    "sdist-license-file-missing": {"filename": "sampleproject-1.2.0.tar.gz"},
    "wheel-license-file-missing": {"name": "sampleproject", "version": "1.2.0"},
    "wheel-no-wheel-file": {"name": "sampleproject", "version": "1.2.0"},
    "wheel-no-record": {"name": "sampleproject", "version": "1.2.0"},
    "wheel-no-metadata": {"name": "sampleproject", "version": "1.2.0"},
}


def values_of(name: str, filename: str = "") -> Mapping[str, object]:
    """The values for the placeholders of a refusal; `filename` is the file that is uploaded."""
    values = {**_VALUES, "user_docs": "https://docs.pypi.org", **_OWN_VALUES.get(name, {})}
    if filename and name not in _OF_ANOTHER_FILE:
        values |= {"filename": filename, "stem": filename.removesuffix(".whl").removesuffix(".tar.gz")}
    return values


_OF_ANOTHER_FILE = frozenset(("sdist-filename-unparsable", "sdist-filename-normalization"))
"""What PyPI says only of a name that the sample project's files do not have."""


_OF_SDISTS = frozenset(("sdist", "tar", "source"))
_OF_WHEELS = frozenset(("wheel", "zip"))


def concerns(name: str, filename: str) -> bool:
    """Whether a refusal can be of this file: some are of wheels or of sdists only, and then the other file of the release is taken."""
    words = set(name.split("-"))
    if words & _OF_SDISTS:
        return filename.endswith(".tar.gz")
    return not words & _OF_WHEELS or filename.endswith(".whl")


ASKED_FIRST = frozenset(("oidc-audience-disabled",))
"""What is answered to the question for the audience, before a token is asked for."""


def met_by_uploads() -> list[tuple[str, ...]]:
    """The refusals that an upload can meet; those that are answered in the same words stand together."""
    return _together(_STAGES)


def met_by_exchanges() -> list[tuple[str, ...]]:
    """The refusals that trusted publishing can meet before the upload."""
    return _together(frozenset(("oidc-mint",)))


def first_of_stages() -> list[str]:
    """One refusal of each stage, to show what clients print."""
    found: dict[str, str] = {}
    for name, *_ in (*met_by_uploads(), *met_by_exchanges()):
        if name not in _POOR_EXAMPLES:
            found.setdefault(refusals()[name].stage, name)
    return list(found.values())


_POOR_EXAMPLES = frozenset(("insecure-http", "filename-nonprintable", "mint-invalid-payload", *ASKED_FIRST))


def _together(stages: frozenset[str]) -> list[tuple[str, ...]]:
    found: dict[tuple[int, str, bytes], tuple[str, ...]] = {}
    for refusal in refusals().values():
        if refusal.stage in stages and refusal.name not in _NOT_MET and answerable(refusal.name):
            sample = answer(refusal.name, values_of(refusal.name))
            key = (sample.status, sample.reason, sample.body)
            found[key] = (*found.get(key, ()), refusal.name)
    return list(found.values())
