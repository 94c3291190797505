"""What a log says of the publish that it records: client, stage, index, answer, files, claims, and which lines are the failure. Decides on no cause.

`extract` gathers it all; `candidates` turns it round, into the causes that the log admits with the lines that speak for each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from re import Pattern
from types import MappingProxyType

from preflight.credentials.redact import redact
from preflight.doctor.claims import read_claims
from preflight.doctor.clients import client_of, client_version, versions_in
from preflight.doctor.condensed import Condensed
from preflight.doctor.reading import Log, LogLine, Message, Stage, text_of
from preflight.doctor.signatures import Match, Role, Signature, matches
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line of the original log, from 1, and what it says, without secrets."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that went wrong, however often the log tells of it.

    `explains` is set where a hint says why another message came: it stands before that message. `causes` are in no order of likelihood that a project could
    not change.
    """

    signature: Signature
    matches: tuple[Match, ...]
    explains: bool
    evidence: tuple[Evidence, ...]

    @property
    def name(self) -> str:
        """The name of the refusal or of the client's failure."""
        return self.signature.name

    @property
    def role(self) -> Role:
        """What the message says of the publish."""
        return self.signature.role

    @property
    def causes(self) -> tuple[str, ...]:
        """The causes that the message can have."""
        return self.signature.causes

    @property
    def groups(self) -> Mapping[str, str]:
        """The values in the message, of its first occurrence."""
        return self.matches[0].groups


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cause that the log admits. `rank` counts from 0 the failure that it comes from, `alone` whether that failure has no other cause."""

    cause: str
    evidence: tuple[Evidence, ...]
    failure: str
    rank: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Extracted:
    """Everything that a log says of its publish. What it does not say is None or empty.

    `index` is `pypi`, `testpypi` or a URL, `url` the address as the log has it. `message` is the refusal in PyPI's words, or the client's own. `file` is
    the file that was refused, `uploads` are all that were sent, `local_version` is a version with a local part, `versions` are those of programs that the
    log names. `failures` come best first; `hints` are lines that explain none of them but may decide between causes; `unknown` are loud lines of a failure
    that no signature knows.
    """

    client: str | None
    client_version: str | None
    versions: Mapping[str, str]
    stage: Stage
    index: str | None
    url: str | None
    http_status: int | None
    message: str | None
    file: str | None
    file_names: tuple[str, ...]
    uploads: tuple[str, ...]
    project: str | None
    version: str | None
    local_version: str | None
    claims: Mapping[str, str | None]
    claims_lines: Mapping[str, Evidence]
    repository: str | None
    workflow_ref: str | None
    job_workflow_ref: str | None
    ref: str | None
    run_attempt: int | None
    jobs: tuple[str, ...]
    job: str | None
    step: str | None
    image: str | None
    supported_metadata_versions: tuple[str, ...]
    failures: tuple[Failure, ...]
    hints: tuple[Failure, ...]
    unknown: tuple[Evidence, ...]

    @property
    def failed(self) -> bool:
        """Whether the log shows a failure at all: claims are printed only where an exchange failed."""
        return bool(self.failures or self.unknown or self.claims)


def extract(log: Log) -> Extracted:
    """Take a log apart."""
    found = matches(log, Condensed(log.lines))
    failures, hints = _failures(log, found)
    # A hint stands anywhere in the log: where it failed, and of which file, tells the message that it explains.
    plain = tuple(failure for failure in failures if failure.role != "hint") or failures
    told = next((failure for failure in plain if failure.causes), None)
    place = told.matches[0].first if told is not None else _last_error(log)
    if place is None and failures:
        place = failures[0].matches[0].first
    claims = read_claims(log.lines)
    url = _url(log, place)
    uploads = _uploads(log.lines)
    file = _file(plain, log, place, uploads)
    names = tuple(dict.fromkeys((*uploads, *_file_names(log.lines, failures))))
    project, version = _project(plain, file)
    client = client_of(log.lines)
    versions = versions_in(log.lines)
    line = log.lines[place] if place is not None else None
    return Extracted(
        client=client,
        client_version=client_version(client, versions),
        versions=MappingProxyType(versions),
        stage=_stage(failures, log, place),
        index=_index(url, log, place),
        url=url,
        http_status=_status(failures, log, place),
        message=_message(failures, log, place),
        file=file,
        file_names=names,
        uploads=uploads,
        project=project,
        version=version,
        local_version=_local_version(file, version, log, place),
        claims=claims.values,
        claims_lines={name: _evidence_of(log.lines[index]) for name, index in claims.lines.items()},
        repository=claims.values.get("repository")
        or claims.values.get("project_path")
        or _first_group(log.lines, _REPOSITORY),
        workflow_ref=claims.values.get("workflow_ref") or claims.values.get("ci_config_ref_uri"),
        job_workflow_ref=claims.values.get("job_workflow_ref"),
        ref=claims.values.get("ref") or _first_group(log.lines, _REF),
        run_attempt=_number(_first_group(log.lines, _ATTEMPT)),
        jobs=log.jobs or tuple(dict.fromkeys(each.job for each in log.lines if each.job)),
        job=line.job or None if line is not None else None,
        step=line.step or None if line is not None else None,
        image=_last_group(log.lines, _IMAGE),
        supported_metadata_versions=_supported(found, log),
        failures=failures,
        hints=hints,
        unknown=()
        if any(failure.role in ("failure", "broad") for failure in failures)
        else tuple(_unknown(log, failures)),
    )


def candidates(extracted: Extracted) -> tuple[Candidate, ...]:
    """The causes that the log admits, those of the best failure first, each with the lines that speak for it."""
    found: dict[str, Candidate] = {}
    for rank, failure in enumerate(extracted.failures):
        for cause in failure.causes:
            if cause in found:
                continue
            others = (
                each for each in (*extracted.failures, *extracted.hints) if each is not failure and cause in each.causes
            )
            evidence = (*failure.evidence, *(line for other in others for line in other.evidence))
            found[cause] = Candidate(
                cause, tuple(dict.fromkeys(evidence)), failure.name, rank, len(failure.causes) == 1
            )
    return tuple(found.values())


# Which lines are the failure.

_NEAR = 80
_MOST_EVIDENCE = 3


def _failures(log: Log, found: Sequence[Match]) -> tuple[tuple[Failure, ...], tuple[Failure, ...]]:
    """What failed, best first, and the hints that explain none of it."""
    standing = [match for match in _not_overcome(log, found) if not _from_elsewhere(log, match)]
    if not any(match.signature.role in ("failure", "broad") for match in standing):
        standing = [match for match in standing if not _tells_more(log, match)]
    present = {
        name
        for match in standing
        if match.signature.role != "hint"
        for name in (match.signature.name, *match.signature.refusals)
    }
    # A status beside a reason that PyPI gives is explained by it, and by no hint.
    told = any(match.signature.role == "failure" and match.signature.refusals for match in standing)
    open_to_hints = present - {match.signature.name for match in standing if told and match.signature.role == "symptom"}
    explained = {
        match.signature.name for match in standing if match.signature.role != "hint" and match.signature.causes
    }
    went_through = max((match.first for match in standing if match.signature.name == _WENT_THROUGH), default=-1)
    by_name: dict[str, list[Match]] = {}
    for match in standing:
        by_name.setdefault(match.signature.name, []).append(match)
    failures: list[Failure] = []
    hints: list[Failure] = []
    for found_ones in by_name.values():
        signature = found_ones[0].signature
        # An answer that a client only warned of, and tried again, is shown after the one that ended it.
        again = signature.role == "broad"
        each = sorted(found_ones, key=lambda match: again and log.lines[match.first].level == "warning")
        if signature.role == "overcome":
            if signature.causes and not explained - {signature.name} and went_through < each[0].first:
                hints.append(Failure(signature, tuple(each), False, _evidence(log, each)))
            continue
        explains = signature.role == "hint" and not signature.needs.isdisjoint(open_to_hints)
        failure = Failure(signature, tuple(each), explains, _evidence(log, each))
        (hints if signature.role == "hint" and not explains else failures).append(failure)
    failures.sort(key=_rank)
    return tuple(failures), tuple(hints)


_WENT_THROUGH = "upload-seen"
_NO_IMAGE = "image-not-found"
_OTHER_IMAGE = _compile(r"manifest for (?!\S*(?:publish|pypi))\S+ not found")
_OF_ANSWERS = ("status-", "connection-", "host-unknown", "index-broken", "too-many-requests", "network-unreachable")
_OTHER_SERVER = _compile(
    r"(?:auth\.docker\.io|registry-1\.docker\.io|docker\.io/|ghcr\.io/|quay\.io/|mcr\.microsoft\.com/|registry\.npmjs\.org"
    r"|(?:api|uploads|codeload|raw|objects)\.github(?:usercontent)?\.com|conda\.anaconda\.org|deb\.debian\.org|archive\.ubuntu\.com"
    r"|files\.pythonhosted\.org|manifest-sha256:|failed to (?:push|solve)\b)"
)
_INDEX_SERVER = _compile(r"pypi|/legacy|\bindex\b")
_OTHER_CLIENT = _compile(r"(?:npm|lerna|pnpm) (?:error|ERR!)")


def _from_elsewhere(log: Log, match: Match) -> bool:
    """Whether a message is of another publish: an answer of a registry of images, of GitHub's API or of a mirror, or a line of a client for JavaScript."""
    text = _text_at(log, match.first)
    if match.signature.name == _NO_IMAGE:
        return _OTHER_IMAGE.search(text) is not None
    if _OTHER_CLIENT.match(log.lines[match.first].text):
        return True
    return match.signature.name.startswith(_OF_ANSWERS) and _of_other_server(text)


def _text_at(log: Log, index: int) -> str:
    """The whole message that a line belongs to, or the line."""
    told = log.message_at(index)
    return told.text if told is not None else log.lines[index].text


def _of_other_server(text: str) -> bool:
    return _OTHER_CLIENT.match(text) is not None or (
        _OTHER_SERVER.search(text) is not None and _INDEX_SERVER.search(text) is None
    )


_TOLD_BELOW = _compile(r"HTTPError: 400 Bad Request from https?://\S+$")
_REASON = _compile(r"(?!Bad Request)[A-Z]\S* \S+ \S")
_REASON_INDENT = 9
_QUOTED_LINES = 4
"""A log of no more lines is what somebody quoted: the line below a status is then its reason, however it is indented."""
_REASON_BEHIND = _compile(
    r"400 (?:Client Error: )?Bad Request ?[-:] (?!for url|None\b)[A-Z]\S* \S+ \S|Server says:? 400 (?!Bad Request)\S+ \S+ \S"
)
_NO_REASON = _compile(
    r"(?:Error: )?Process completed|Exited with|Command |During handling|Traceback|NOTE:|WARNING|INFO|PyPI upload failed|View at"
)


def _tells_more(log: Log, match: Match) -> bool:
    """Whether a status that stands for a hidden reason has one behind or below it, as a client prints a refusal that nobody knows."""
    if match.signature.name != "status-400":
        return False
    line = log.lines[match.last]
    if _REASON_BEHIND.search(line.text):
        return True
    below = log.lines[match.last + 1] if match.last + 1 < len(log.lines) else None
    return (
        below is not None
        and (below.indent >= _REASON_INDENT or log.total <= _QUOTED_LINES)
        and _REASON.match(below.text) is not None
        and _NO_REASON.match(below.text) is None
        and _TOLD_BELOW.search(line.text) is not None
    )


_ORDER = {"hint": 0, "failure": 1, "broad": 2, "symptom": 3}


def _rank(failure: Failure) -> tuple[int, int, int]:
    return _ORDER[failure.role], 0 if failure.causes else 1, failure.matches[0].first


def _not_overcome(log: Log, found: Sequence[Match]) -> list[Match]:
    """The matches without those that a later message takes back: a file that is skipped because it exists, an upload that succeeded in the end."""
    overcome = [match for match in found if match.signature.role == "overcome"]
    if not overcome:
        return list(found)
    return [match for match in found if not any(_takes_back(log, later, match) for later in overcome)]


def _takes_back(log: Log, later: Match, match: Match) -> bool:
    names = (match.signature.name, *match.signature.refusals)
    return (
        not later.signature.needs.isdisjoint(names)
        and match.first <= later.first <= match.last + _NEAR
        and log.lines[match.first].job == log.lines[later.first].job
    )


def _evidence(log: Log, each: Sequence[Match]) -> tuple[Evidence, ...]:
    lines: dict[str, Evidence] = {}
    for match in each:
        text = text_of(log.lines[match.first : match.last + 1])[:500]
        lines.setdefault(text, Evidence(match.first_line, redact(text)))
    return tuple(lines.values())[:_MOST_EVIDENCE]


def _evidence_of(line: LogLine) -> Evidence:
    return Evidence(line.number, redact(line.text[:500]))


_NO_FAILURE = _compile(r"pip's dependency resolver does not|No names found, cannot describe anything")
"""What is printed as an error and stops nothing."""
_END_OF_JOB = _compile(
    r"Process completed with exit code|Exited with code|exit code \d|failed with exit code|Traceback \(most recent"
)


def _last_error(log: Log) -> int | None:
    for message in reversed(log.messages):
        if message.level == "error" and not _END_OF_JOB.search(message.text):
            return message.first
    return None


def _unknown(log: Log, failures: Sequence[Failure]) -> Iterator[Evidence]:
    """The last loud messages of a log in which no known failure stands."""
    told = {line.line for failure in failures for line in failure.evidence}
    loud = [
        message
        for message in log.messages
        if message.level == "error" and message.text and not _NO_FAILURE.match(message.text)
    ]
    meant = [message for message in loud if not _END_OF_JOB.search(message.text)] or loud
    for message in meant[-_MOST_EVIDENCE:]:
        if message.first_line not in told:
            yield Evidence(message.first_line, redact(message.text[:500]))


# What was answered.

_STATUSES = tuple(
    _compile(pattern)
    for pattern in (
        r"HTTPError: (?P<status>[345]\d\d)\b",
        r"(?:status code|with status|HTTP Error|(?:Upload failed|Server response) \(|(?:Client|Server) error '|error code|unexpected)\s*"
        r"(?P<status>[345]\d\d)\b",
        r"(?P<status>[45]\d\d) (?:Client|Server) Error",
        r"⛔ (?P<status>[45]\d\d)\b",
        r"Received \"(?P<status>5\d\d):",
        r"\b(?P<status>[345]\d\d) (?:Bad Request|Forbidden|Unauthorized|Not Found|Method Not Allowed|Conflict|Gone|Too Many Requests"
        r"|Internal Server|Bad Gateway|Service Unavailable|Gateway)",
        r"^\W{0,3}(?P<status>4\d\d)[ :]",
    )
)


def _status(failures: Sequence[Failure], log: Log, place: int | None) -> int | None:
    """The status of the answer: the one printed beside the failure, or else the one that PyPI gives with this refusal."""
    if place is None:
        return None
    near = [log.lines[index] for index in _nearest(log, place, 12, 12) if not _of_other_server(_text_at(log, index))]
    for pattern in _STATUSES:
        for line in near:
            if found := pattern.search(line.text):
                return int(found["status"])
    for failure in failures:
        if failure.signature.status is not None:
            return failure.signature.status
    return None


def _around(log: Log, place: int, before: int, after: int) -> list[LogLine]:
    """The lines around a place, those nearest to it first."""
    return [log.lines[index] for index in _nearest(log, place, before, after)]


def _nearest(log: Log, place: int, before: int, after: int) -> list[int]:
    around = range(max(0, place - before), min(len(log.lines), place + after + 1))
    return sorted(around, key=lambda index: (abs(index - place), index))


_CODE = _compile(r"(?P<code>invalid-[a-z-]+|not-enabled)[^A-Za-z0-9(]+(?:description[^A-Za-z0-9(]+)?")


def _message(failures: Sequence[Failure], log: Log, place: int | None) -> str | None:
    """The words of the refusal, or of the failure, as they were printed."""
    for failure in failures:
        if failure.signature.refusals:
            text = max((match.text for match in failure.matches), key=len)
            wholes = (
                match.text
                for other in failures
                if other.signature.refusals
                for match in other.matches
                if text in match.text
            )
            whole = max(wholes, key=len, default=text)
            return redact(_CODE.sub(r"\g<code>: ", whole, count=1))
        if failure.role in ("failure", "broad"):
            break
    if place is None:
        return None
    message = log.message_at(place)
    return redact((message.text if message is not None else log.lines[place].text)[:1_000])


def _stage(failures: Sequence[Failure], log: Log, place: int | None) -> Stage:
    for failure in failures:
        if failure.signature.stage:
            return failure.signature.stage
    message = log.message_at(place) if place is not None else None
    return message.stage if message is not None else ""


# Where to.

_BEFORE_URL = (
    r"Uploading distributions to|Uploading (?:package )?to|Submitting \S+ to|Using repository at|Publishing \d+ files?(?: to)?",
    r"HTTPError: \d{3}[^`\"']{0,80}? from|Response from|for url:?|uploading to repository:|authentication against|credentials for:?",
    r"Failed to publish [`\"'].{1,200}?[`\"'] to|[Tt]ransient failure while handling response (?:for|from)",
    r"(?:repository[-_]url|TWINE_REPOSITORY_URL|publish-url|INPUT_REPOSITORY_URL)[:=]",
)
_UPLOAD_URL = _compile(rf"(?:{'|'.join(_BEFORE_URL)})\s*[`'\"]?(?P<url>https?://[^\s`'\"<>)|]+)")
_POOL = _compile(r"Pool\(host=['\"](?P<host>[\w.-]+)['\"].{0,120}?(?:with url: (?P<path>/\S*)|$|: )")
"""How urllib3 names the address of a connection that failed."""
_HELP = _compile(r"https://(?P<host>test\.pypi\.org|pypi\.org)/help/")
_INDEXES = {
    "https://upload.pypi.org/legacy/": "pypi",
    "https://test.pypi.org/legacy/": "testpypi",
}
_HOSTS = frozenset(url.split("/")[2] for url in _INDEXES)
_NAMED = _compile(
    r"Publishing \S+ \(\S+\) to (?P<name>PyPI|pypi|PyPi|testpypi|test-pypi|TestPyPI)\b"
    r"|(?:--repository|-r|--index)[ =](?P<option>testpypi|pypi)\b"
)


def _url(log: Log, place: int | None) -> str | None:
    """The address of the upload that failed: the one named last before the failure, or in it."""
    last: str | None = None
    limit = len(log.lines) if place is None else place + 3
    for index, line in enumerate(log.lines):
        if place is not None and index < place and line.text.startswith("View at"):
            last = None  # That upload went through.
        if "http" not in line.text:
            continue
        if index > limit and (last is not None or index > limit + _NEAR):
            break
        if (found := _UPLOAD_URL.search(line.text)) and "sigstore.dev" not in found["url"]:
            last = found["url"].rstrip(".,;:")
        elif "Pool(host=" in line.text and last is None and (pool := _POOL.search(line.text)):
            last = _of_host(pool["host"], pool["path"])
    return redact(last) if last else None


def _of_host(host: str, path: str | None) -> str | None:
    """The address of a connection; without its path only where the host takes uploads at one address."""
    if path is None and host not in _HOSTS:
        return None
    return f"https://{host}{path or '/legacy/'}"


def _index(url: str | None, log: Log, place: int | None) -> str | None:
    if url is not None:
        return _INDEXES.get(url, url)
    for line in _around(log, place or 0, 40, 40):
        if found := _HELP.search(line.text):
            return "testpypi" if found["host"].startswith("test") else "pypi"
        if named := _NAMED.search(line.text):
            name = next(each for each in named.groupdict().values() if each)
            return "testpypi" if "test" in name.lower() else "pypi"
    return None


# What was sent.

_EXTENSION = r"\.(?:whl|tar\.gz|zip|egg|tar\.bz2|tar\.xz|tgz|exe|msi|rpm|deb)(?![\w-]|\.\w)"
_FILES = _compile(rf"(?<![\w.+!~-])(?P<file>[\w.+!~-]{{1,200}}?{_EXTENSION})")
_SENT = _compile(r"(?:Uploading|Hashing|Failed to (?:publish|upload)|Submitting)\s")
_SENT_BY_HATCH = _compile(rf"(?P<file>\S{{1,300}}?{_EXTENSION}) \.\.\. (?:failed|success|already exists)")
_GROUPS_WITH_FILE = ("filename", "file", "path")


def _uploads(lines: Iterable[LogLine]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for line in lines:
        text = line.text[:1_000]
        if "." not in text:
            continue
        begun = _SENT.search(text)
        sent = _FILES.search(text, begun.end()) if begun is not None else _SENT_BY_HATCH.match(text)
        if sent is not None:
            found[sent["file"].rpartition("/")[2]] = None
    return tuple(found)


def _file_names(lines: Iterable[LogLine], failures: Sequence[Failure]) -> Iterator[str]:
    for failure in failures:
        for match in failure.matches:
            yield from (found["file"] for found in _FILES.finditer(" ".join((match.text, *match.groups.values()))))
    for line in lines:
        if "dist" in line.text or "Built" in line.text or "created" in line.text:
            yield from (found["file"].rpartition("/")[2] for found in _FILES.finditer(line.text[:4_000]))


def _file(failures: Sequence[Failure], log: Log, place: int | None, uploads: Sequence[str]) -> str | None:
    """The file that was refused: named in the message, or the last one whose upload began before it."""
    for failure in failures[:1]:
        for match in failure.matches:
            for name in _GROUPS_WITH_FILE:
                if (value := match.groups.get(name)) and (found := _FILES.search(value)):
                    return found["file"]
            if found := _FILES.search(match.text):
                return found["file"]
    if place is None:
        return uploads[-1] if uploads else None
    sent = _uploads(log.lines[: place + 4])
    return sent[-1] if sent else None


_WHEEL = _compile(r"(?P<project>[^-]+)-(?P<version>[^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl")
_SDIST = _compile(r"(?P<project>.+?)-(?P<version>\d[^-]*(?:-\d+)?|[^-]+)\.(?:tar\.gz|zip|tar\.bz2|tgz|tar\.xz)")
_PUBLISHING = _compile(r"Publishing (?P<project>[\w.-]+) \((?P<version>[^)\s]+)\) to ")


def _project(failures: Sequence[Failure], file: str | None) -> tuple[str | None, str | None]:
    """Project and version: from the refusal, or else from the name of the file."""
    project = version = None
    for failure in failures[:2]:
        for match in failure.matches:
            project = project or match.groups.get("project")
            if failure.name.startswith("project-name"):
                project = project or match.groups.get("name")
            if failure.name == "version-local":
                version = version or match.groups.get("version")
    if file and (parts := _WHEEL.fullmatch(file) or _SDIST.fullmatch(file)):
        project = project or parts["project"]
        version = version or parts["version"]
    return project, version


_LOCAL = _compile(
    r"(?<![\w.])v?\d+(?:\.\w+)*(?:\+|%2[Bb])(?:g[0-9a-f]{4,40}|[a-z0-9]+(?:[._-][a-z0-9]+)*)(?:\.d\d{8})?"
)


def _local_version(file: str | None, version: str | None, log: Log, place: int | None) -> str | None:
    """A version with a local part (PEP 440), of the file that failed or beside the failure."""
    for text in (version, file and file.partition("-")[2]):
        if text and (found := _LOCAL.search(text)):
            return found[0]
    for line in _around(log, place, 8, 8) if place is not None else ():
        if "+" in line.text and (found := _LOCAL.search(line.text)):
            return found[0]
    return None


# Which run.

_SLUG = r"[\w.-]+/[\w.-]+"
_REPOSITORY = _compile(
    rf"https://github\.com/(?P<value>{_SLUG})/(?:actions/runs|tree|blob|commit)/"
    rf"|GITHUB_REPOSITORY[:=] ?(?P<variable>{_SLUG})|Syncing repository: (?P<checkout>{_SLUG})"
)
_REF = _compile(
    r"GITHUB_REF[:=] ?(?P<variable>refs/\S+)|\bref: (?P<input>refs/(?:tags|heads)/\S+)"
    r"|checkout .{0,60}(?P<checkout>refs/(?:tags|remotes/origin|heads)/\S+)"
)
_ATTEMPT = _compile(
    r"(?:run_attempt|GITHUB_RUN_ATTEMPT|Run attempt|Attempt)[\"']?\s?[:=#]+\s?[\"']?(?P<value>\d{1,3})\b|/attempts/(?P<other>\d{1,3})\b"
)
_IMAGE = _compile(r"(?:image|docker (?:run|pull)(?: .{0,2000}?)?) ['\"]?(?P<value>ghcr\.io/[\w.-]+/[\w./-]+:[\w./-]+)")
_SUPPORTED = _compile(r"supported Metadata-Version: (?P<value>[\d., ]+\d)")


def _first_group(lines: Iterable[LogLine], pattern: Pattern[str]) -> str | None:
    return next(_groups(lines, pattern), None)


def _last_group(lines: Iterable[LogLine], pattern: Pattern[str]) -> str | None:
    last = None
    for last in _groups(lines, pattern):  # noqa: B007
        pass
    return last


def _groups(lines: Iterable[LogLine], pattern: Pattern[str]) -> Iterator[str]:
    for line in lines:
        if found := pattern.search(line.text[:3_000]):
            yield next(each for each in found.groupdict().values() if each)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None else None


def _supported(found: Iterable[Match], log: Log) -> tuple[str, ...]:
    """The metadata versions that an old client says it supports."""
    for match in found:
        message: Message | None = log.message_at(match.first)
        text = message.text if message is not None else match.text
        if "supported" in text and (listed := _SUPPORTED.search(text)):
            return tuple(version.strip() for version in listed["value"].split(",") if version.strip())
    return ()
