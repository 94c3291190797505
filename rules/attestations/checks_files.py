"""The rules about attestation files beside distributions: what they are of, who signed them, and whether PyPI can read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from preflight.engine.checks import check
from preflight.engine.finding import Finding, Related

if TYPE_CHECKING:
    from preflight.distributions.attestation_files import AttestationFile
    from preflight.publishers.registered import RegisteredPublisher, RegisteredPublishers

_GITHUB_ISSUER = "https://token.actions.githubusercontent.com"


@check("ATT004")
def attestation_identity_mismatch(
    attestation_files: tuple[AttestationFile, ...], registered_publishers: RegisteredPublishers
) -> Iterator[Finding]:
    """The certificate must name the repository and workflow of the publisher (pypi-attestations: `_GitHubTrustedPublisherPolicy`)."""
    publishers = [
        each
        for each in registered_publishers.publishers
        if each.index in ("pypi", "testpypi") and each.kind in ("github", "gitlab")
    ]
    for file in attestation_files:
        claims = file.attestation.claims
        if not claims or file.attestation.problem is not None or not publishers:
            continue
        answers = [_mismatch(claims, publisher) for publisher in publishers]
        if any(answer is None for answer in answers):
            continue
        answer, publisher = next(
            (
                (answer, each)
                for answer, each in zip(answers, publishers, strict=True)
                if answer and answer[0] != "issuer"
            ),
            (answers[0], publishers[0]),
        )
        assert answer is not None
        variant, signed, expected, rejection = answer
        yield Finding(
            file.place,
            variant=variant,
            rejections=[rejection],
            related=[Related(publisher.place, "publisher")],
            file=file.name,
            signed=signed,
            expected=expected,
        )


def _mismatch(claims: Mapping[int, str], publisher: RegisteredPublisher) -> tuple[str | None, str, str, str] | None:
    """Why a certificate does not fit a publisher: variant, what it names, what is expected, and the refusal; None where it fits."""
    from preflight.distributions.attestation_files import BUILD_CONFIG, DIGEST, ISSUER, REF, REPOSITORY

    github = publisher.kind == "github"
    host, issuer = ("https://github.com", _GITHUB_ISSUER) if github else ("https://gitlab.com", "https://gitlab.com")
    if claims.get(ISSUER, "") != issuer:
        return "issuer", claims.get(ISSUER, "nobody"), issuer, "attest-source-repo"
    repository = f"{host}/{publisher.owner}/{publisher.repository}"
    if claims.get(REPOSITORY, "") != repository:
        return None, claims.get(REPOSITORY, "nothing"), repository, "attest-source-repo"
    suffixes = [claims[number] for number in (DIGEST, REF) if number in claims]
    if not suffixes:
        return "no-ref", "no commit and no ref", "either", "attest-no-ref"
    file = f"/.github/workflows/{publisher.workflow}" if github else f"//{publisher.workflow}"
    expected = [f"{repository}{file}@{suffix}" for suffix in suffixes]
    actual = claims.get(BUILD_CONFIG, "")
    if actual not in expected:
        signed = actual.removeprefix(repository).partition("@")[0].lstrip("/") or "nothing"
        return "workflow", signed.removeprefix(".github/workflows/"), publisher.workflow, "attest-build-config"
    return None


@check("ATT005")
def attestation_subject_mismatch(attestation_files: tuple[AttestationFile, ...]) -> Iterator[Finding]:
    """The subject must be the file: its name as parsed, and its SHA-256 (pypi-attestations: `Attestation.verify`)."""
    from preflight.distributions.attestation_files import parsed_file_name

    for file in attestation_files:
        attestation, distribution = file.attestation, file.distribution
        if distribution is None or (
            attestation.problem is not None and attestation.problem.row != "attest-unknown-type"
        ):
            continue
        subject = parsed_file_name(attestation.subject)
        actual = parsed_file_name(distribution.filename)
        related = [Related(distribution.place, "file")]
        common: dict[str, object] = {
            "file": file.name,
            "filename": distribution.filename,
            "subject": attestation.subject[:200],
        }
        if subject is None:
            yield Finding(
                file.place, variant="no-name", rejections=["attest-subject-name"], related=related, more=common
            )
        elif actual is not None and subject != actual:
            yield Finding(file.place, variant="name", rejections=["attest-subject-dist"], related=related, more=common)
        elif attestation.sha256 != distribution.sha256 and distribution.sha256:
            yield Finding(file.place, rejections=["attest-digest"], related=related, more=common)


@check("ATT006")
def malformed_attestation(attestation_files: tuple[AttestationFile, ...]) -> Iterator[Finding]:
    """What cannot be read, more than two for one file, and two of one type (warehouse: attestations/services.py)."""
    by_file: dict[str, list[AttestationFile]] = {}
    for file in attestation_files:
        if file.distribution is None:
            continue
        by_file.setdefault(file.distribution.path, []).append(file)
        problem = file.attestation.problem
        if problem is not None:
            yield Finding(file.place, rejections=[problem.row], file=file.name, reason=problem.detail)
    for found in by_file.values():
        filename = found[0].distribution.filename if found[0].distribution else ""
        if len(found) > 2:
            yield Finding(
                found[2].place,
                variant="many",
                rejections=["attest-too-many"],
                file=found[2].name,
                filename=filename,
                count=len(found),
            )
            continue
        first, *others = found
        for other in others:
            if other.attestation.predicate and other.attestation.predicate == first.attestation.predicate:
                yield Finding(
                    other.place,
                    variant="repeated",
                    rejections=["attest-dup-predicate"],
                    related=[Related(first.place, "first")],
                    file=other.name,
                    filename=filename,
                    predicate=other.attestation.predicate,
                )
