"""Which known message stands behind a log that prints none: what its claims, its status, its address or the crash of its client leave. Ranks nothing."""

from preflight.credentials.redact import redact
from preflight.doctor.extraction import Evidence, Extracted
from preflight.doctor.reading import Log
from preflight.doctor.summaries import skipped_upload
from preflight.sources.patterns import compile as _compile

_BY_STATUS = {
    400: "status-400",
    401: "status-401",
    403: "status-403",
    404: "status-404",
    405: "status-405",
    409: "status-409",
    413: "status-413",
    429: "too-many-requests",
}

_PHRASES = r"(?:Bad Request|Forbidden|Unauthorized|Not Found|Conflict|Gone|Method Not|Request |Payload |Too Many|Unprocessable|None\b|\s*for url|$)"
_GIVES_REASON = _compile(
    rf"\b4\d\d Client Error: (?!{_PHRASES})\S"
    rf"|(?:HTTP Error 4\d\d:|Upload failed \(4\d\d\):|Client error '4\d\d|Server says:? 4\d\d) (?!{_PHRASES})\S"
    r"|400 Client Error: Bad Request ?[-:] (?!for url)\S* \S+ \S"
    r"|HTTPError: 400 Bad Request from https?://\S+\s+(?!Bad Request)[A-Z]\S* \S+ \S"
)
"""A refusal that is printed: one that no signature knows, and that its status explains no better."""

_RETIRED = _compile(
    r"https?://(?:testpypi\.python\.org|pypi\.python\.org|(?:upload|testpypi|test)\.pypi\.io)(?:[/:]|$)"
)
"""Hosts that took uploads before upload.pypi.org did (PyPI, "Migrating to PyPI.org")."""

_HELP = _compile(
    r"(?:pypi\.org/help/#(?P<help>[a-z-]+)|/project-management/storage-limits#requesting-a-(?P<limit>file|project)-size)"
)
_BY_HELP = {
    "file-name-reuse": "file-exists",
    "file-size-limit": "file-too-large",
    "project-size-limit": "project-too-large",
    "invalid-auth": "no-identity",
    "verified-email": "unverified-email",
    "project-name": "user-not-allowed",
    "description-content-type": "description-render-failed-default",
    "admin-intervention": "new-uploads-disabled",
}
"""The refusal that points to a part of PyPI's help (warehouse: forklift/legacy.py), where people kept the address alone."""

_CRASH = _compile(
    r"(?:[\w.]{1,60}\.)?(?:TypeError|KeyError|AttributeError|NameError|IndexError|Unicode(?:De|En)codeError)(?::|$)"
)
_OF_TWINE = _compile(r"[/\\]twine[/\\]|[/\\]twine(?:\.exe|-script\.py)?\"|^Uploading distributions to")


def assumed_message(extracted: Extracted, log: Log) -> tuple[str, tuple[Evidence, ...]] | None:
    """The name of the message, and the lines that let it be assumed; None where nothing does.

    Claims are printed only when no publisher was found, and a local version is refused for itself. What crashed in twine, and not in what it was given, did so
    because of the libraries that it met.
    """
    status, failed = extracted.http_status, extracted.failed
    if status is not None and status < 500 and any(_GIVES_REASON.search(line.text) for line in extracted.unknown):
        return None
    if extracted.claims:
        return "mint-no-publisher", tuple(extracted.claims_lines.values())[:6]
    if not failed:
        skipped = skipped_upload(log)
        return ("upload-job-skipped", (skipped,)) if skipped is not None else _by_help(log)
    if extracted.local_version and status in (None, 400, 403):
        return "version-local", extracted.unknown
    if status is not None and status >= 500:
        return "index-broken", extracted.unknown
    if status in _BY_STATUS:
        return _BY_STATUS[status], extracted.unknown
    if any(_CRASH.match(line.text) for line in extracted.unknown) and any(
        _OF_TWINE.search(line.text) for line in log.lines
    ):
        return "toolbelt-too-old", extracted.unknown
    if _RETIRED.match(extracted.url or ""):
        return "address-retired", extracted.unknown
    return _by_help(log)


def _by_help(log: Log) -> tuple[str, tuple[Evidence, ...]] | None:
    for line in log.lines:
        found = _HELP.search(line.text) if "pypi.org" in line.text else None
        name = _BY_HELP.get(found["help"] or f"{found['limit']}-size-limit") if found is not None else None
        if name is not None:
            return name, (Evidence(line.number, redact(line.text[:500])),)
    return None
