"""The rules about credentials as they are written down: tokens to the bit, `.pypirc` files, tokens in tracked files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from preflight.credentials.caveats import CaveatFault
from preflight.credentials.credential import INDEX_NAMES, is_plain_name
from preflight.credentials.pypirc import TOKEN_USERNAME
from preflight.credentials.token import PREFIX, ProblemKind, TokenProblem, read_token
from preflight.engine.checks import check
from preflight.engine.finding import Confidence, Edit, Finding, Related, Severity

if TYPE_CHECKING:
    from preflight.credentials.credential import Credential
    from preflight.credentials.exposure import ExposedToken
    from preflight.credentials.pypirc import Repository
    from preflight.credentials.pypirc_files import PypircFile
    from preflight.credentials.shipped import ShippedToken
    from preflight.credentials.token import TokenReading
    from preflight.project.git import Git
    from preflight.project.names import ProjectNames

_BAD_PREFIX = frozenset(
    {ProblemKind.QUOTED, ProblemKind.MISSING_PREFIX, ProblemKind.OTHER_PREFIX, ProblemKind.NOT_A_TOKEN}
)
ON_THIS_MACHINE = {"credentials": "machine_credentials"}
"""Checks of credentials run once over those that the project writes down, and once over those of this machine, where they were asked for."""

_MAY_BE_FOR_ANOTHER_INDEX = frozenset(
    {ProblemKind.NOT_A_TOKEN, ProblemKind.OTHER_PREFIX, ProblemKind.PLACEHOLDER, ProblemKind.NOT_BASE64}
)
"""What is no token of PyPI at all, and yet may be right where a command names another index."""

_REFUSED_LATER = {ProblemKind.BAD_SIGNATURE_LENGTH: "signature-mismatch", ProblemKind.BAD_IDENTIFIER: "no-identity"}


@check("TOK002", also=ON_THIS_MACHINE)
def malformed_token(credentials: tuple[Credential, ...]) -> Iterator[Finding]:
    """A value in the place of a token of PyPI that is none: certain from its text alone."""
    for credential in credentials:
        if credential.token is not None:
            if credential.reading.problems:
                yield _overlooked(credential)
        elif not (credential.is_empty or ProblemKind.REFERENCE in credential.kinds or _is_account_password(credential)):
            yield _refused(credential)


def _is_account_password(credential: Credential) -> bool:
    """Whether user and password together are an account's: no broken token, but a login of the old kind."""
    user = credential.username or TOKEN_USERNAME
    return credential.kinds == (ProblemKind.NOT_A_TOKEN,) and user != TOKEN_USERNAME and is_plain_name(user)


def _refused(credential: Credential) -> Finding:
    problems = credential.reading.problems
    placeholder = ProblemKind.PLACEHOLDER in credential.kinds
    problem = next(each for each in problems if not placeholder or each.kind is ProblemKind.PLACEHOLDER)
    kind = problem.kind
    prefix = kind in _BAD_PREFIX
    elsewhere = not credential.is_certain and kind in _MAY_BE_FOR_ANOTHER_INDEX
    refusal = _REFUSED_LATER.get(kind, "no-identity-undecodable")
    return Finding(
        credential.place,
        variant=_variant(problem, whole=len(problems) == 1),
        severity=Severity.WARNING if placeholder else None,
        confidence=Confidence.LIKELY if placeholder or elsewhere else Confidence.CERTAIN,
        edits=_mended(credential),
        rejections=[refusal if credential.text.strip().startswith(PREFIX) else "no-identity-bad-prefix"],
        causes=["token-missing-pypi-prefix" if prefix and kind is not ProblemKind.QUOTED else "token-mangled"],
        more=_args(credential, problem),
    )


def _overlooked(credential: Credential) -> Finding:
    """What PyPI passes over in a token: other clients and indexes may not, and nobody meant it."""
    problem = credential.reading.problems[0]
    return Finding(
        credential.place,
        variant="overlooked",
        severity=Severity.WARNING,
        edits=_mended(credential),
        rejections=[],
        more=_args(credential, problem),
    )


def _variant(problem: TokenProblem, *, whole: bool) -> str:
    if problem.kind is ProblemKind.MISSING_PREFIX and not whole:
        return "missing-prefix-and-more"
    if problem.kind is ProblemKind.OTHER_PREFIX:
        return "other-service" if problem.found else "other-prefix"
    return str(problem.kind)


def _args(credential: Credential, problem: TokenProblem) -> dict[str, object]:
    return {
        "used_by": credential.used_by,
        "index": credential.index_name,
        "problem": str(problem.kind),
        "found": problem.found,
        "position": problem.offset + 1,
    }


def _mended(credential: Credential) -> list[Edit]:
    """Edits that leave a whole token: only those that write no part of a token themselves."""
    text = credential.text
    for edits in (_cleaned(text, credential.reading), [(0, 0, PREFIX)], [(0, len(PREFIX), PREFIX)]):
        mended = text
        for start, end, new in sorted(edits, reverse=True):
            mended = mended[:start] + new + mended[end:]
        if mended == text or read_token(mended).token is None or read_token(mended).problems:
            continue
        places = [(credential.place_of(start, end), new) for start, end, new in edits]
        found = [Edit.replace(place, new) for place, new in places if place is not None]
        return found if len(found) == len(places) else []
    return []


def _cleaned(text: str, reading: TokenReading) -> list[tuple[int, int, str]]:
    """Take away what is no part of a token: quotes, blanks, line breaks and other strays."""
    edits = []
    start = 0
    while start < len(text):
        end = start
        while end < len(text) and not (text[end].isascii() and (text[end].isalnum() or text[end] in "-_=")):
            end += 1
        if end > start:
            edits.append((start, end, ""))
        start = end + 1
    if any(problem.kind is ProblemKind.TRAILING_BYTES for problem in reading.problems):
        return []
    return edits


@check("TOK003", also=ON_THIS_MACHINE)
def token_for_other_index(credentials: tuple[Credential, ...]) -> Iterator[Finding]:
    """A token whose own text says that another index issued it."""
    for credential in credentials:
        token = credential.token
        if token is None or token.index == credential.index:
            continue
        if token.index is not None:
            yield Finding(
                credential.place,
                confidence=Confidence.CERTAIN if credential.is_certain else Confidence.LIKELY,
                used_by=credential.used_by,
                index=credential.index_name,
                issuer=INDEX_NAMES[token.index],
            )
        elif token.location and not token.location.endswith("pypi.org"):
            yield Finding(
                credential.place,
                severity=Severity.WARNING,
                confidence=Confidence.LIKELY,
                used_by=credential.used_by,
                index=credential.index_name,
                issuer=token.location,
            )


@check("TOK004", also=ON_THIS_MACHINE)
def token_project_mismatch(credentials: tuple[Credential, ...], project_names: ProjectNames) -> Iterator[Finding]:
    """A token that is limited to projects of which none is here."""
    for credential in credentials:
        token = credential.token
        if token is None or token.projects is None or token.index not in (None, credential.index):
            continue
        if not token.projects:
            yield Finding(
                credential.place, variant="no-project", used_by=credential.used_by, index=credential.index_name
            )
        elif (
            project_names.complete
            and not any(map(token.allows_project, project_names.known))
            and _is_for_projects_here(credential, credentials, project_names)
        ):
            yield Finding(
                credential.place,
                confidence=Confidence.CERTAIN if credential.is_of_project else Confidence.LIKELY,
                used_by=credential.used_by,
                index=credential.index_name,
                allowed=sorted(token.projects),
                projects=list(project_names.known),
                rejections=["caveat-project-name"],
            )


def _is_for_projects_here(
    credential: Credential, credentials: tuple[Credential, ...], project_names: ProjectNames
) -> bool:
    """Whether the token can only be meant for the projects at hand.

    A `.pypirc` outside of a project's folder serves any project, and one with several sections has one for each. What a machine holds is what would be
    used here and now; but where one of its tokens fits, the others are for other projects.
    """
    if not credential.is_of_project:
        known_here = (each for each in credentials if each.token is None or each.token.index in (None, each.index))
        return not any(_fits(each, project_names) for each in known_here if each.index == credential.index)
    if credential.place is None or not credential.pypirc:
        return True
    path = credential.place.source.path
    folder = path.rpartition("/")[0]
    if all(project.path != folder for project in project_names.inventory.projects):
        return False
    others = (each for each in credentials if each.place is not None and each.place.source.path == path)
    return not any(_fits(each, project_names) for each in others if each.index == credential.index)


def _fits(credential: Credential, project_names: ProjectNames) -> bool:
    return credential.token is not None and any(map(credential.token.allows_project, project_names.known))


@check("TOK005", also=ON_THIS_MACHINE)
def expired_token(credentials: tuple[Credential, ...], clock: int) -> Iterator[Finding]:
    """A token outside of the period that it sets itself."""
    for credential in credentials:
        token = credential.token
        if token is None or token.is_valid_at(clock):
            continue
        not_before, expires_at = token.validity
        if not_before is not None and expires_at is not None and not_before >= expires_at:
            yield Finding(credential.place, variant="never", used_by=credential.used_by, index=credential.index_name)
        elif expires_at is not None and clock >= expires_at:
            variant = "minted" if token.is_oidc else None
            yield Finding(
                credential.place,
                variant=variant,
                used_by=credential.used_by,
                index=credential.index_name,
                date=_date(expires_at),
            )
        elif not_before is not None:
            yield Finding(
                credential.place,
                variant="not-yet",
                severity=Severity.WARNING,
                used_by=credential.used_by,
                index=credential.index_name,
                date=_date(not_before),
            )


def _date(seconds: int) -> str:
    """A time for people; years beyond what calendars hold are given in seconds."""
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, OSError, ValueError):
        return f"{seconds} seconds after 1970"


_UNUSABLE = {
    CaveatFault.NOT_JSON: "no JSON",
    CaveatFault.NOT_ARRAY: "no array",
    CaveatFault.EMPTY_ARRAY: "an empty array",
    CaveatFault.UNKNOWN_TAG: "of a kind that PyPI does not know",
    CaveatFault.NOT_ENOUGH_VALUES: "an array with too few values",
    CaveatFault.INVALID_VALUES: "an array with values of the wrong type",
    CaveatFault.LEGACY_BAD_EXPIRY: "a mapping with only one of `exp` and `nbf`",
}


@check("TOK006", also=ON_THIS_MACHINE)
def unusable_token_restriction(credentials: tuple[Credential, ...]) -> Iterator[Finding]:
    """A token with a restriction that PyPI cannot read, or with two that exclude each other."""
    for credential in credentials:
        token = credential.token
        if token is None:
            continue
        common: dict[str, object] = {"used_by": credential.used_by, "index": credential.index_name}
        if token.unusable_caveats:
            reasons = list(dict.fromkeys(caveat.reason for caveat in token.unusable_caveats))
            yield Finding(
                credential.place,
                rejections=[str(reason) for reason in reasons],
                what=_UNUSABLE[reasons[0]],
                more=common,
            )
        elif token.conflicts:
            publisher = "caveat-oidc-outside" in token.conflicts or "caveat-oidc-mismatch" in token.conflicts
            yield Finding(
                credential.place,
                variant="user-and-publisher" if "caveat-oidc-outside" in token.conflicts else "two-owners",
                rejections=list(token.conflicts),
                what="trusted publishers" if publisher else "accounts",
                more=common,
            )


@check("TOK007")
def account_name_in_pypirc(pypirc_files: tuple[PypircFile, ...]) -> Iterator[Finding]:
    """A user name in a `.pypirc` that is an account's. twine passes over it since 5.0, other clients send it."""
    seen = set()
    for file in pypirc_files:
        for repository in file.pypirc.repositories.values() if file.pypirc else ():
            user = repository.username
            if repository.index is None or user is None:
                continue
            if user.value == TOKEN_USERNAME or not is_plain_name(user.value) or user.place in seen:
                continue
            seen.add(user.place)
            common = {"name": repository.name, "index": INDEX_NAMES[repository.index], "user": user.value}
            if _holds_account_password(repository):
                yield Finding(
                    user.place,
                    variant="account-password",
                    rejections=["password-auth-removed"],
                    causes=["password-auth-removed"],
                    more=common,
                )
            else:
                yield Finding(
                    user.place,
                    variant="pypirc",
                    severity=Severity.WARNING,
                    edits=[Edit.replace(user.place, TOKEN_USERNAME)],
                    rejections=["password-auth-removed"],
                    causes=["username-not-token-literal"],
                    more=common,
                )


def _holds_account_password(repository: Repository) -> bool:
    if repository.password is None:
        return False
    return [problem.kind for problem in read_token(repository.password.value).problems] == [ProblemKind.NOT_A_TOKEN]


@check("TOK008")
def unusable_pypirc(pypirc_files: tuple[PypircFile, ...], credentials: tuple[Credential, ...]) -> Iterator[Finding]:
    """A `.pypirc` that clients refuse to read, or that sets an empty password."""
    for file in pypirc_files:
        if file.error is not None:
            yield Finding(file.error.place, variant="malformed-pypirc", rejections=[], reason=file.error.reason)
        for problem in file.pypirc.duplicates if file.pypirc else ():
            yield Finding(
                problem.place,
                variant="malformed-pypirc",
                rejections=[],
                related=[Related(problem.first, "first")],
                reason=problem.reason,
            )
    for credential in credentials:
        if credential.pypirc and credential.is_empty:
            yield Finding(
                credential.place,
                variant="empty-in-pypirc",
                severity=Severity.WARNING,
                confidence=Confidence.LIKELY,
                used_by=credential.used_by,
                index=credential.index_name,
            )


@check("TOK014")
def exposed_token(
    exposed_tokens: tuple[ExposedToken, ...], credentials: tuple[Credential, ...], git: Git
) -> Iterator[Finding]:
    """A token in a file that git tracks, and any password for PyPI in a tracked `.pypirc` or workflow."""
    found = set()
    for exposed in exposed_tokens:
        place = exposed.place
        found.add((place.source.path, place.line))
        yield Finding(place, index=INDEX_NAMES[exposed.index] if exposed.index else "PyPI")
    for credential in credentials:
        at = credential.place
        if at is None:
            continue
        known = (at.source.path, at.line) in found
        if credential.is_written_down and not known and at.source.path in git.tracked:
            found.add((at.source.path, at.line))
            yield Finding(
                at,
                variant="password",
                confidence=Confidence.CERTAIN if credential.token else Confidence.LIKELY,
                used_by=credential.used_by,
                index=credential.index_name,
            )


@check("TOK014")
def shipped_token(
    shipped_tokens: tuple[ShippedToken, ...], maybe_exposed_tokens: tuple[ExposedToken, ...] | None
) -> Iterator[Finding]:
    """A token in a built file. Where it comes from a tracked file, it is told there."""
    tracked = {each.place.text: each.place for each in maybe_exposed_tokens or ()}
    for shipped in shipped_tokens:
        yield Finding(
            shipped.place,
            variant="shipped",
            repeats=tracked.get(shipped.place.text),
            index=INDEX_NAMES[shipped.index] if shipped.index else "PyPI",
            member=shipped.member if shipped.member.isprintable() else ascii(shipped.member)[1:-1],
            filename=shipped.filename,
        )


@check("TOK016", also=ON_THIS_MACHINE)
def account_wide_token(credentials: tuple[Credential, ...]) -> Iterator[Finding]:
    """A token that is good for every project of its account."""
    for credential in credentials:
        if credential.token is not None and credential.token.is_account_wide:
            yield Finding(credential.place, used_by=credential.used_by, index=credential.index_name)


@check("TOK017")
def readable_pypirc(pypirc_files: tuple[PypircFile, ...]) -> Iterator[Finding]:
    """A `.pypirc` with a password in it that every user of the machine can read."""
    for file in pypirc_files:
        if file.readable_mode is None or file.pypirc is None:
            continue
        for repository in file.pypirc.repositories.values():
            password = repository.password
            if password is not None and _is_secret(password.value):
                yield Finding(password.key_place, mode=f"{file.readable_mode:04o}", name=repository.name)
                break


def _is_secret(password: str) -> bool:
    reading = read_token(password)
    nothing = {ProblemKind.EMPTY, ProblemKind.REFERENCE, ProblemKind.PLACEHOLDER}
    return not nothing.intersection(problem.kind for problem in reading.problems)
