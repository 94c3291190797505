"""The fact `exposed_tokens`: whole API tokens in the files that git tracks. Keeps their places, never their text."""

from typing import Literal

from preflight.credentials.token import find_tokens, is_real_token, read_token
from preflight.project.git import Git
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source, UnreadableText, decode
from preflight.sources.tree import Files, MissingFile, Tree, UnreadableFile

_START = "pypi-AgE"
"""How the tokens of both indexes begin."""

MAX_FILES = 200
"""Files with this beginning that are read."""


@dataclass(frozen=True, slots=True)
class ExposedToken:
    """A token that PyPI or TestPyPI may have issued, and where it stands."""

    place: Place
    index: Literal["pypi", "testpypi"] | None


def exposed_tokens(git: Git, files: Files, tree: Tree) -> tuple[ExposedToken, ...]:
    """Look for tokens with one search through all that git tracks.

    Examples of documents and shortened tokens are passed over: only what could be a token of the index counts.
    """
    found = []
    for path in git.containing(_START)[:MAX_FILES]:
        source = _source(files, tree, path)
        for start, end in find_tokens(source.text) if source else ():
            text = source.text[start:end] if source else ""
            if source and is_real_token(text):
                token = read_token(text).token
                found.append(ExposedToken(source.place(start, end), token.index if token else None))
    return tuple(found)


def _source(files: Files, tree: Tree, path: str) -> Source | None:
    """The file's text. What cannot be read is no matter of the project's configuration, so `files` is not told."""
    if path in files.sources:
        return files.sources[path]
    try:
        return Source(path, decode(tree.read(path)))
    except (MissingFile, UnreadableFile, UnreadableText):
        return None
