"""The fact `shipped_tokens`: whole API tokens in built files, as far as their text was unpacked anyhow. Keeps their places; their text is never shown."""

from collections.abc import Iterator
from itertools import islice
from typing import Literal

from preflight.credentials.token import find_tokens, is_real_token, read_token
from preflight.distributions.archive import TOKEN_START, Distribution, Kind
from preflight.sources.records import dataclass
from preflight.sources.text import Place, Source

MAX_MEMBER = 1024 * 1024
"""Bytes up to which a member is looked into."""

MAX_TOKENS = 20
"""Tokens that are told of one built file."""

_READ_OF_WHEEL = (".env", ".envrc", ".pypirc", ".ini", ".cfg", ".toml")
_BYTES_OF_WHEEL = 64 * 1024
_FILES_OF_WHEEL = 20


@dataclass(frozen=True, slots=True)
class ShippedToken:
    """A token that PyPI or TestPyPI may have issued, in a member of a built file."""

    place: Place
    filename: str
    member: str
    index: Literal["pypi", "testpypi"] | None


def shipped_tokens(distributions: tuple[Distribution, ...]) -> tuple[ShippedToken, ...]:
    """Look for tokens in sdists, and in the metadata and settings of wheels.

    The whole of an sdist was searched for the start of a token while it was unpacked; only one that has it is read again. The code of wheels is not
    searched: it would cost more than all other checks of it, and the sdist of the release holds the same.
    """
    found: list[ShippedToken] = []
    for distribution in distributions:
        if distribution.kind is not Kind.OTHER:
            found.extend(islice(_tokens(distribution), MAX_TOKENS))
    return tuple(found)


def _tokens(distribution: Distribution) -> Iterator[ShippedToken]:
    members = distribution.members
    if distribution.may_hold_token:
        names = [name for name, each in members.items() if 0 < each.size <= MAX_MEMBER]
    elif distribution.zip is not None:
        small = [name for name in members if name.endswith(_READ_OF_WHEEL)]
        names = [name for name in small if 0 < members[name].size <= _BYTES_OF_WHEEL][:_FILES_OF_WHEEL]
    else:
        return
    for name, data in distribution.read_members(names, MAX_MEMBER):
        if TOKEN_START not in data:
            continue
        source = Source(distribution.path, data.decode("utf-8", "replace"), name)
        for start, end in find_tokens(source.text):
            text = source.text[start:end]
            if is_real_token(text):
                token = read_token(text).token
                index = token.index if token else None
                yield ShippedToken(source.place(start, end), distribution.filename, name, index)
