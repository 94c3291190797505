"""The claims of the identity token that a run would send, as far as they are known. Asks for no token, and compares nothing."""

from collections.abc import Iterator
from dataclasses import fields

from preflight.sources.records import dataclass

GITHUB_FOLDER = ".github/workflows/"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim in pieces; a None is a part that is not known."""

    pieces: tuple[str | None, ...]

    @property
    def value(self) -> str | None:
        """The whole text; None when some part of it is not known."""
        return None if None in self.pieces else "".join(piece or "" for piece in self.pieces)

    def __str__(self) -> str:
        """The text with `?` for each part that is not known."""
        return "".join("?" if piece is None else piece for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a token. A claim that is None is not in it."""

    def items(self) -> Iterator[tuple[str, Claim]]:
        """The claims that the token carries, by name."""
        for each in fields(self):
            claim = getattr(self, each.name)
            if claim is not None:
                yield each.name, claim


@dataclass(frozen=True, slots=True)
class GitHubClaims(Claims):
    """The claims of GitHub's token that PyPI reads, shows or once compared (GitHub, "OpenID Connect reference")."""

    repository: Claim
    repository_owner: Claim
    job_workflow_ref: Claim
    workflow_ref: Claim
    ref: Claim
    environment: Claim | None
    sub: Claim
    event_name: Claim


@dataclass(frozen=True, slots=True)
class GitLabClaims(Claims):
    """The claims of GitLab's token (GitLab, "OpenID Connect (OIDC) Authentication Using ID Tokens")."""

    project_path: Claim
    namespace_path: Claim
    ci_config_ref_uri: Claim
    ref: Claim
    ref_path: Claim
    environment: Claim | None
    sub: Claim
    pipeline_source: Claim


def github_claims(
    *,
    owner: str | None,
    repository: str | None,
    workflow: str | None,
    top_workflow: str | None,
    ref: str | None,
    environment: str | None,
    event: str,
) -> GitHubClaims:
    """The claims of a job on GitHub.

    `workflow` is the path of the file that defines the job, `top_workflow` of the one that the event starts; both stand at the
    run's ref, since only a workflow of the same repository can be published from. An empty `environment` means none, None that it is
    not known. A repository that customises `sub` gets another one, which PyPI does not compare.
    """
    slug = (owner, "/", repository)
    return GitHubClaims(
        repository=Claim(slug),
        repository_owner=Claim((owner,)),
        job_workflow_ref=Claim((*slug, "/", workflow, "@", ref)),
        workflow_ref=Claim((*slug, "/", top_workflow, "@", ref)),
        ref=Claim((ref,)),
        environment=None if environment == "" else Claim((environment,)),
        sub=Claim(("repo:", *slug, ":", *_subject(environment, ref, event))),
        event_name=Claim((event,)),
    )


def _subject(environment: str | None, ref: str | None, event: str) -> tuple[str | None, ...]:
    """What follows the repository in `sub`: the environment goes before everything else (GitHub, "Example subject claims")."""
    if environment is None:
        return (None,)
    if environment:
        return ("environment:", environment.replace(":", "%3A"))
    if event == "pull_request":
        return ("pull_request",)
    return (None,) if event.startswith("pull_request") else ("ref:", ref)


def gitlab_claims(
    *,
    host: str | None,
    namespace: str | None,
    project: str | None,
    pipeline_file: str,
    ref: str | None,
    environment: str | None,
    source: str,
) -> GitLabClaims:
    """The claims of a job on GitLab. `ref` is the full one; None for that of a merge request, which is not known."""
    slug = (namespace, "/", project)
    kind = "tag" if (ref or "").startswith("refs/tags/") else "branch"
    name = ref.removeprefix("refs/tags/").removeprefix("refs/heads/") if ref is not None else None
    return GitLabClaims(
        project_path=Claim(slug),
        namespace_path=Claim((namespace,)),
        ci_config_ref_uri=Claim((host, "/", *slug, "//", pipeline_file, "@", ref)),
        ref=Claim((name,)),
        ref_path=Claim((ref,)),
        environment=None if environment == "" else Claim((environment,)),
        sub=Claim(("project_path:", *slug, ":ref_type:", kind, ":ref:", name)),
        pipeline_source=Claim((source,)),
    )
