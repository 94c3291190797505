"""What one step by hand is made of, and the addresses of the repository that steps lead to. Decides no order."""

from collections.abc import Iterable

from preflight.beginning.choices import GITLAB, Choices
from preflight.sources.records import dataclass

UNKNOWN = {"owner": "OWNER", "repository": "REPOSITORY"}
"""What stands in addresses and values for what nobody knows yet."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: a page with values to enter, commands to run, or both."""

    title: str
    url: str = ""
    values: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] = ()
    note: str = ""


def slug_of(choices: Choices) -> str:
    """`owner/name` of the repository."""
    return f"{choices.owner or UNKNOWN['owner']}/{choices.repository or UNKNOWN['repository']}"


def repository_url(choices: Choices) -> str:
    """The page of the repository."""
    return f"https://{'gitlab' if choices.platform == GITLAB else 'github'}.com/{slug_of(choices)}"


def platform_title(choices: Choices) -> str:
    """How the platform is called in sentences."""
    return "GitLab" if choices.platform == GITLAB else "GitHub"


def together(sentences: Iterable[str]) -> str:
    """Sentences as one text: a blank between them, and none behind a Chinese full stop."""
    text = ""
    for each in sentences:
        text += each if not text or text.endswith("。") else f" {each}"
    return text
