"""The message of a crash without secrets: an error may quote any part of what was read, also from the middle of a token. Judges no text as a secret itself."""

from collections.abc import Callable, Iterable, Iterator
from re import Match

from preflight.sources.patterns import compile as _compile
from preflight.sources.text import Source

MASK = "***"
_WORD = _compile(r"[^\s\"'=@:/,;]{6,}")
"""What of a line may be a secret by itself."""

_PIECE = 8
"""Characters that a word has to share with a secret to be hidden."""


def hidden_words(sources: Iterable[Source], cover: Callable[[str], str]) -> Iterator[str]:
    """The words that are hidden in the lines of files by what hides secrets there."""
    for source in sources:
        for line in source.text.splitlines():
            shown = cover(line)
            if shown != line:
                yield from (word for word in _WORD.findall(line) if word not in shown)


def concealed(text: str, secrets: Iterable[str]) -> str:
    """The text without any word that shares a piece with a secret."""
    known = [secret for secret in set(secrets) if secret]
    pieces = {secret[at : at + _PIECE] for secret in known for at in range(max(1, len(secret) - _PIECE + 1))}

    def hide(match: Match[str]) -> str:
        word = match[0]
        touched = any(word[at : at + _PIECE] in pieces for at in range(max(1, len(word) - _PIECE + 1)))
        return MASK if touched else word

    for secret in known:
        text = text.replace(secret, MASK)
    return _WORD.sub(hide, text)
