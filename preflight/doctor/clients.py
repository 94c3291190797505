"""Which client a log is from, and the versions of programs that it names. Knows no failure."""

from collections.abc import Iterable, Mapping, Sequence
from re import IGNORECASE, MULTILINE
from re import compile as _compile

from preflight.doctor.reading import LogLine

_SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "gh-action-pypi-publish",
        (
            r"pypa/gh-action-pypi-publish",
            r"^Trusted publishing exchange failure",
            r"OpenID Connect token retrieval failed",
            r"Attestation generation failure|Generating and uploading digital attestations",
            r"create-docker-action",
            r"sunset and will not receive",
            r"no Python distribution packages to publish in the directory",
            r"attestations: true' input",
            r"token value does not start with \"pypi-\"",
            r"The claims rendered below are",
            r"short-lived API token for authentication against",
            r"suggest that the calling workflow is a reusable",
            r"^In particular, this action was initiated by",
            r"/github/workspace/|/app/(?:attestations|oidc-exchange)\.py",
        ),
    ),
    (
        "uv",
        (
            r"\buv publish\b|UV_PUBLISH",
            r"Failed to publish `\S+` to `?http",
            r"OidcTokenClaims|GitHubTokenClaims|No OIDC token discovered",
            r"^Publishing \d+ files? ",
        ),
    ),
    (
        "poetry",
        (
            r"\bpoetry(?:\.\w+)? publish\b|poetry/publishing|UploadError",
            r"^Publishing \S+ \(\S+\) to ",
            r"^- Uploading \S+ (?:\d+%|FAILED)",
            r"The Poetry configuration",
        ),
    ),
    (
        "hatch",
        (
            r"\bhatch publish\b|hatch/publish|HATCH_INDEX_",
            r"Error uploading to repository: |^Client error '\d{3} |\S \.\.\. failed$",
        ),
    ),
    ("pdm", (r"\bpdm publish\b|\[PublishError\]|pdm/cli/commands/publish",)),
    ("flit", (r"\bflit publish\b|[IWE]-flit\.upload|\bflit/upload\.py|FLIT_",)),
    (
        "maturin",
        (r"maturin failed|\bmaturin (?:publish|upload)\b|🚀 Uploading|Failed to upload the wheel with status",),
    ),
    (
        "setuptools",
        (
            r"setup\.py (?:\S+ )*upload|distutils/command/upload",
            r"^(?:error: )?Upload failed \(\d{3}\)|^Submitting \S+ to http",
        ),
    ),
    (
        "twine",
        (
            r"\btwine(?:\.exe)? (?:upload|check)\b|-m twine\b|site-packages[/\\]twine|TWINE_|twine\.exceptions|requests_toolbelt",
            r"Error during upload\. Retry|NOTE: Try --verbose|^Uploading distributions to",
            r"HTTPError: \d{3} .{0,60} from http",
            r"TrustedPublishingFailure|InvalidDistribution|InvalidConfiguration|RedirectDetected",
        ),
    ),
    ("actions/upload-artifact", (r"actions/upload-artifact|CreateArtifact|FinalizeArtifact",)),
    (
        "actions/download-artifact",
        (r"actions/download-artifact|Unable to download artifact|Artifact not found for name",),
    ),
    ("actions/checkout", (r"actions/checkout|remote: Repository not found|fatal: repository '",)),
    (
        "github-actions",
        (
            r"^Invalid workflow file|The workflow is not valid|not allowed to deploy to|Container action is only|deployment was rejected",
        ),
    ),
    ("twine", (r"^(?:requests\.exceptions\.)?HTTPError: \d{3} (?:Client|Server) Error",)),
)
"""What only one client prints, the surest first: the publish action runs twine, and its logs hold twine's words too."""

_CLIENTS = tuple((name, _compile("|".join(signs), MULTILINE)) for name, signs in _SIGNS)

_PROGRAM = (
    r"twine|uv|poetry|hatch|flit|pdm|maturin|packaging|pkginfo|setuptools|hatchling|requests-toolbelt|urllib3|build"
)
_NUMBER = r"(?P<version>\d+\.\d+[\w.]*)"
_VERSIONS = (
    _compile(rf"\b(?P<name>{_PROGRAM})(?:-core)?(?:==|[/:] ?v?| \(version |,? version | ){_NUMBER}", IGNORECASE),
    _compile(rf"Downloading (?P<name>{_PROGRAM})-(?P<version>\d+\.\d+(?:\.\d+)*)", IGNORECASE),
    _compile(
        r"(?P<name>gh-action-pypi-publish)[@:](?P<version>(?:release/|unstable/)?v?\d[\w.]*|[0-9a-f]{40}|master|main)\b"
    ),
)


def client_of(lines: Sequence[LogLine]) -> str | None:
    """What uploaded, or failed before it could: the surest sign first, whatever its place."""
    text = "\n".join(line.text[:2_000] for line in lines)
    return next((name for name, pattern in _CLIENTS if pattern.search(text)), None)


def versions_in(lines: Iterable[LogLine]) -> dict[str, str]:
    """The versions of upload clients, build tools and the libraries they stand on, as far as the log names them."""
    found: dict[str, str] = {}
    for line in lines:
        text = line.text[:1_000]
        if "." not in text and "@" not in text and ":" not in text:
            continue
        for pattern in _VERSIONS:
            for match in pattern.finditer(text):
                found.setdefault(match["name"].lower(), match["version"].rstrip("."))
    return found


def client_version(client: str | None, versions: Mapping[str, str]) -> str | None:
    """The version of the client, where the log names it."""
    return versions.get(client) if client is not None else None
