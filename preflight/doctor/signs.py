"""What a log holds beside its messages that tells causes of one message apart: names of files, claims, the ref, printed settings. Ranks nothing.

Each function below looks at one message that has several causes. A sign speaks for a cause or against it, and never names one that the message cannot have.
"""

from collections.abc import Iterator

from preflight.doctor.extraction import Extracted, Failure
from preflight.doctor.reading import Log
from preflight.doctor.sign import RULED_OUT, Reader, Sign
from preflight.doctor.signs_of_addresses import READERS as _OF_ADDRESSES
from preflight.doctor.signs_of_files import READERS as _OF_FILES
from preflight.sources.patterns import compile as _compile


def signs(failure: Failure, extracted: Extracted, log: Log) -> Iterator[Sign]:
    """The signs for the causes of one failure."""
    for name in dict.fromkeys((failure.name, *failure.signature.refusals)):
        reader = _READERS.get(name)
        if reader is not None:
            yield from reader(failure, extracted, log)
            return


# The exchange for a trusted publisher.


def workflow_file(reference: str | None) -> str | None:
    """The path of the workflow in a claim such as `o/r/.github/workflows/publish.yml@refs/tags/v1`."""
    if not reference:
        return None
    path = reference.partition("@")[0]
    inside = path.find("/.github/workflows/")
    if inside >= 0:
        return path[inside + 1 :]
    return path.partition("//")[2] or None


def claimed_environment(extracted: Extracted) -> str | None:
    """The environment of the job as the claims tell it: empty where it had none, None where they do not say."""
    claims = extracted.claims
    if "environment" in claims:
        return claims["environment"] or ""
    subject = claims.get("sub") or ""
    if ":environment:" in subject:
        return subject.partition(":environment:")[2].replace("%3A", ":")
    return "" if ":ref:" in subject or subject.endswith(":pull_request") else None


def _no_publisher(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    # A renamed workflow is the commonest of the fields that differ; the others take more to happen.
    yield Sign("repository-renamed-or-transferred", -1)
    yield Sign("publisher-field-misspelled", -2)
    yield Sign("publisher-owner-id-mismatch", -3)
    yield Sign("oidc-issuer-unsupported", -4)
    claims = extracted.claims
    gitlab = "ci_config_ref_uri" in claims or "project_path" in claims or "gitlab" in (claims.get("iss") or "")
    if gitlab:
        yield Sign("gitlab-pipeline-file-mismatch", 1)
        yield Sign("reusable-workflow-publisher-mismatch", RULED_OUT)
        yield Sign("workflow-filename-mismatch", RULED_OUT)
    elif claims or extracted.workflow_ref:
        yield Sign("gitlab-pipeline-file-mismatch", RULED_OUT)
    called, top = workflow_file(extracted.job_workflow_ref), workflow_file(extracted.workflow_ref)
    if called and top:
        differs = (
            called != top
            or (extracted.job_workflow_ref or "").split("/")[:2] != (extracted.workflow_ref or "").split("/")[:2]
        )
        yield Sign("reusable-workflow-publisher-mismatch", 8 if differs else RULED_OUT)
    environment = claimed_environment(extracted)
    if environment == "":
        yield Sign("environment-missing-in-job", 3)
        yield Sign("environment-name-mismatch", RULED_OUT)
    elif environment is not None:
        yield Sign("environment-missing-in-job", RULED_OUT)
    testing = extracted.index == "testpypi" or "test" in (environment or "").lower()
    if testing:
        yield Sign("publisher-missing-on-testpypi", 5)
    elif extracted.index == "pypi":
        yield Sign("publisher-missing-on-testpypi", RULED_OUT)
    else:
        yield Sign("publisher-missing-on-testpypi", -1)


def _other_subject(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    """A publisher was found, and only the subject refused: a template of the owner's changes it, unless GitLab's has its usual form."""
    if (extracted.claims.get("sub") or "").startswith("project_path:"):
        yield Sign("publisher-fields-mismatch", 3)
    else:
        yield Sign("custom-oidc-subject-template", 4)


_PASSWORD_LEFT_EMPTY = _compile(r"(?:password|INPUT_PASSWORD|TWINE_PASSWORD|api[-_]token): *(?:''|\"\")?$")
_PASSWORD_GIVEN = _compile(r"(?:password|INPUT_PASSWORD|TWINE_PASSWORD|UV_PUBLISH_TOKEN|api[-_]token): *\*\*\*")


def _no_identity_token(_: Failure, extracted: Extracted, log: Log) -> Iterator[Sign]:
    if (extracted.ref or "").startswith("refs/pull/"):
        yield Sign("fork-pull-request-without-oidc", 4)
    for line in log.lines:
        if _PASSWORD_LEFT_EMPTY.fullmatch(line.text):
            yield Sign("empty-secret-falls-into-oidc", 5)
            return


# A credential that is refused.

_USER_GIVEN = _compile(
    r"(?:user|username|INPUT_USER|TWINE_USERNAME|UV_PUBLISH_USERNAME|HATCH_INDEX_USER|FLIT_USERNAME)[:=] ?(?P<user>[\w.@+-]{1,80})$"
)
_USER_OPTION = _compile(
    r"\b(?:publish|upload)\b.{0,300}?\s(?:--user(?:name)?[ =]|-u[ =]?)['\"]?(?P<user>[\w.@+][\w.@+-]{0,79})(?=['\"\s]|$)"
)
_USER_ASKED = _compile(r"Enter your username: *(?P<user>[\w.@+-]{1,80})")
_TOKEN_ASKED = _compile(r"Enter your (?:API token|password)")


def username_in(log: Log) -> str | None:
    """The user name that the log shows beside a credential."""
    for line in log.lines:
        if not any(part in line.text for part in ("ser", "USER", " -u")):
            continue
        text = line.text[:500]
        found = _USER_GIVEN.search(text) or _USER_ASKED.search(text) or _USER_OPTION.search(text)
        if found is not None:
            return found["user"]
    return None


def _unauthorized(failure: Failure, extracted: Extracted, log: Log) -> Iterator[Sign]:
    if extracted.client != "poetry":
        yield Sign("poetry-credential-name", -10)
    yield from _no_identity(failure, extracted, log)


def _no_identity(failure: Failure, extracted: Extracted, log: Log) -> Iterator[Sign]:
    user = username_in(log)
    if user == "__token__":
        yield Sign("username-not-token-literal", RULED_OUT)
    elif user is not None and "***" not in user:
        yield Sign("username-not-token-literal", 4)
        yield Sign("password-auth-removed", 1)
    asked = given = empty = False
    for line in log.lines:
        empty = empty or _PASSWORD_LEFT_EMPTY.fullmatch(line.text) is not None
        given = given or ("***" in line.text and _PASSWORD_GIVEN.search(line.text[:500]) is not None)
        asked = asked or ("Enter your" in line.text and _TOKEN_ASKED.search(line.text) is not None)
    if empty or any("must be identified" in match.text for match in failure.matches):
        yield Sign("empty-credential", 5)
    elif given:
        yield Sign("empty-credential", -5)
        yield Sign("client-without-trusted-publishing", -5)
    if extracted.client == "gh-action-pypi-publish":
        yield Sign("token-missing-pypi-prefix", -5)  # the action says so when the prefix is missing
    if asked:
        yield Sign("token-mangled", 2)
        yield Sign("stale-secret-shadows-newer", -3)
    if extracted.index == "testpypi":
        yield Sign("credential-of-other-index", 3)
    elif extracted.index == "pypi":
        yield Sign("credential-of-other-index", -1)


def _no_keyring(_: Failure, extracted: Extracted, log: Log) -> Iterator[Sign]:
    """Without a keyring a client asks, and sends nothing before it got an answer: with that answer an upload began."""
    if extracted.uploads and any("Enter your" in line.text and _TOKEN_ASKED.search(line.text) for line in log.lines):
        yield Sign("empty-credential", RULED_OUT)


_EXAMPLE_NAME = _compile(
    r"(?i)your[-_.]?(?:user)?name|example[-_.]?(?:pkg|package)|username[-_.]here|^(?:my|test|your)[-_.](?:package|pkg|project)$"
)
_FIRST_VERSIONS = _compile(r"(?:0(?:\.0|\.1)?(?:\.[0-4])*|1(?:\.0){0,2})(?:(?:a|b|rc|\.dev|\.post)\d+)*")


def _not_allowed(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    if extracted.project and _EXAMPLE_NAME.search(extracted.project):
        yield Sign("project-name-taken", 8)
    elif extracted.version and not _FIRST_VERSIONS.fullmatch(extracted.version):
        yield Sign("missing-project-role", 2)


# Files that are there already.

_TAG_VERSION = _compile(r"(?:.*[-_/])?v?(?P<version>\d+(?:\.\d+)*(?:[-_.]?(?:a|b|rc|alpha|beta|post|dev)[-_.]?\d*)*)")
_VERSION_IN_FILE = _compile(r"[^-]+-(?P<version>\d[^-]*?)(?:-.*\.whl|\.tar\.gz|\.zip)")


def version_of_tag(ref: str | None) -> str | None:
    """The version that a tag names."""
    if not (ref or "").startswith("refs/tags/"):
        return None
    found = _TAG_VERSION.fullmatch((ref or "").removeprefix("refs/tags/"))
    return found["version"] if found is not None else None


def version_of_file(name: str) -> str | None:
    """The version that the name of a distribution states."""
    found = _VERSION_IN_FILE.fullmatch(name)
    return found["version"] if found is not None else None


def _exists(_: Failure, extracted: Extracted, log: Log) -> Iterator[Sign]:
    tagged, built = version_of_tag(extracted.ref), extracted.version
    if tagged and built:
        same = same_version(tagged, built)
        if same is not None:
            yield Sign("tag-version-mismatch", RULED_OUT if same else 6)
    if (extracted.run_attempt or 1) > 1:
        yield Sign("rerun-after-partial-upload", 6)
    sent = {version for each in extracted.uploads if (version := version_of_file(each)) is not None}
    if len(sent) > 1:
        yield Sign("stale-files-in-dist", 4)
    job = extracted.job or ""
    if "(" in job and "," in job.partition("(")[2]:
        yield Sign("publish-in-matrix", 3)
    elif len(extracted.jobs) > 1 and extracted.file:
        sending = {line.job for line in log.lines if extracted.file in line.text and line.job}
        if len(sending) > 1:
            yield Sign("publish-in-matrix", 5)


def same_version(one: str, other: str) -> bool | None:
    """Whether two texts are one version (PEP 440); None where one of them is none."""
    from packaging.version import Version

    try:
        return Version(one) == Version(other)
    except ValueError:  # InvalidVersion, or a number of too many digits
        return None


def _second_sdist(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    sdists = [each for each in extracted.uploads if each.endswith((".tar.gz", ".zip"))]
    if len(sdists) > 1:
        yield Sign("multiple-sdist-formats", 5)
    elif extracted.uploads:
        yield Sign("multiple-sdist-formats", -1)


def _used_before(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    tagged, built = version_of_tag(extracted.ref), extracted.version
    if tagged and built and same_version(tagged, built) is False:
        yield Sign("stale-files-in-dist", 4)


# Versions.

_DATED = _compile(r"\+(?:g[0-9a-f]+)?\.?d\d{8}\b")
_WITHOUT_TAGS = _compile(r"v?(?:0\.1\.dev\d+|0\.0(?:\.0)?(?:\.post\d+|\.dev\d+)*|0)\+")


def _local(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    yield from _local_signs(extracted.local_version or extracted.version or "")


def _local_signs(version: str) -> Iterator[Sign]:
    if _WITHOUT_TAGS.match(version) or "+untagged" in version or "+unknown" in version:
        yield Sign("shallow-clone-no-tags", 3)
        yield Sign("dirty-tree-local-version", -1)
    elif _DATED.search(version) or ".dirty" in version or "-dirty" in version:
        yield Sign("dirty-tree-local-version", 4)
    elif "+" in version:
        yield Sign("untagged-commit-local-version", 2)


_RELEASE = _compile(r"v?\d+(?:\.\d+)*(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview|post|rev|r)[-_.]?\d*)?")
_NO_RELEASE = _compile(r"v?0(?:\.0)*|v?0\.1\.dev.*")


def _shallow(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    """A shallow clone that knows its tag: the version is that of a release, and so not the one that comes of missing tags."""
    version = extracted.version or ""
    if _RELEASE.fullmatch(version) and not _NO_RELEASE.fullmatch(version):
        yield Sign("shallow-clone-no-tags", RULED_OUT)


_LOCAL_VERSIONS = ("untagged-commit-local-version", "dirty-tree-local-version", "shallow-clone-no-tags")


def _no_reason(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    if extracted.local_version:
        yield from (Sign(cause, 5) for cause in _LOCAL_VERSIONS)
        yield from _local_signs(extracted.local_version)
        return
    yield from (Sign(cause, RULED_OUT) for cause in _LOCAL_VERSIONS[1:])
    if extracted.file:
        yield Sign(_LOCAL_VERSIONS[0], RULED_OUT)


# The runner, and what is attested.


def _image(_: Failure, extracted: Extracted, __: Log) -> Iterator[Sign]:
    image = (extracted.image or "").lower()
    if not image:
        return
    own = "ghcr.io/pypa/gh-action-pypi-publish:" not in image
    yield Sign("action-nested-in-composite" if own else "action-pinned-to-tag-object", 6, decisive=own)


def _action_script(failure: Failure, _: Extracted, __: Log) -> Iterator[Sign]:
    path = failure.groups.get("path") or ""
    if path:
        hosted = path.startswith(("/home/runner/work/", "D:", "/Users/runner/", "/./"))
        yield Sign("action-nested-in-composite" if hosted else "self-hosted-runner-incomplete", 3)


def _no_python(_: Failure, extracted: Extracted, log: Log) -> Iterator[Sign]:
    step = extracted.step or ""
    if any("Create Docker container action" in text for text in (step, *(line.text for line in log.lines[-400:]))):
        yield Sign("self-hosted-runner-incomplete", 5)


_OTHER_IDENTITY = _compile(r"Source Repository|OIDC Issuer|Build Config URI|Source Repository Digest|issuer")
_OTHER_SUBJECT = _compile(r"subject does not match")


def _verification(failure: Failure, _: Extracted, __: Log) -> Iterator[Sign]:
    text = " ".join(match.text for match in failure.matches)
    if _OTHER_SUBJECT.search(text):
        yield Sign("attestation-of-other-file", 5)
    elif _OTHER_IDENTITY.search(text):
        yield Sign("attestation-identity-mismatch", 4)


_NAME_REFUSED = _compile(
    r"The name .{1,120}(?:isn't allowed|too similar|is invalid)|conflict with Python Standard Library|already exists"
)


def _payload(failure: Failure, _: Extracted, __: Log) -> Iterator[Sign]:
    if any(_NAME_REFUSED.search(match.text) for match in failure.matches):
        yield Sign("pending-publisher-name-refused", 6)


_READERS: dict[str, Reader] = {
    **_OF_FILES,
    **_OF_ADDRESSES,
    "mint-no-publisher": _no_publisher,
    "publisher-refused-otherwise": _no_publisher,
    "gl-sub-check": _other_subject,
    "exchange-failed": _no_identity_token,
    "id-token-unavailable": _no_identity_token,
    "id-token-unavailable-to-client": _no_identity_token,
    "oidc-no-id-token-permission": _no_identity_token,
    "no-identity": _no_identity,
    "status-403": _no_identity,
    "status-401": _unauthorized,
    "user-not-allowed": _not_allowed,
    "file-exists": _exists,
    "status-409": _exists,
    "file-cannot-change": _exists,
    "second-sdist": _second_sdist,
    "filename-reused": _used_before,
    "version-local": _local,
    "local-version-unknown-to-index": _local,
    "status-400": _no_reason,
    "no-keyring-backend": _no_keyring,
    "token-asked": _no_keyring,
    "checkout-shallow": _shallow,
    "image-not-found": _image,
    "action-script-missing": _action_script,
    "python-not-found": _no_python,
    "attest-verify": _verification,
    "attest-source-repo": _verification,
    "mint-invalid-payload": _payload,
    "mint-pending-create-failed": _payload,
}
"""The message, by the name of the failure or refusal, and who reads the signs for its causes."""
