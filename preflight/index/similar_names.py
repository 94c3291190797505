"""Names that PyPI takes for one: its ultranormalized form, and the likeliest other names with the same form. Asks nothing."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from preflight.distributions.filenames import normalize_project
from preflight.sources.patterns import compile as _compile

MOST_CANDIDATES = 4
"""Names that are asked for. An index cannot be searched by the form, and every name is one request."""

_SEPARATORS = _compile(r"[._-]")
_CAPITAL = _compile(r"(?<=[a-z0-9])(?=[A-Z])")
_FIRST = _compile(
    r"(?P<word>python|pytest|django|flask|fastapi|sphinx|mkdocs|jupyter|types|py(?!thon|test))(?P<rest>[a-z][a-z0-9]{2,})"
)
_LAST = _compile(
    r"(?P<rest>[a-z0-9]{2,}[a-z0-9])(?P<word>client|python|plugin|server|utils|tools|core|lib|sdk|api|cli|py)"
)
_LONE_ZERO = _compile(r"0(?![1-9])")
_LONE_ONE = _compile(r"1(?![02-9])")
_MOST_PARTS = 4


def ultranormalized(name: str) -> str:
    """The form by which PyPI compares a new name with those that exist (warehouse: migrations, `ultranormalize_name`)."""
    plain = _SEPARATORS.sub("", name).lower()
    return plain.replace("l", "1").replace("i", "1").replace("o", "0")


def candidates(name: str) -> tuple[str, ...]:
    """The likeliest other normalized names with the same form, the likeliest first.

    Not among them: separators where neither a capital nor a usual word asks for one, two swapped letters at once, and digits in place of letters (which only
    names have that are themselves look-alikes).
    """
    own = normalize_project(name)
    form = ultranormalized(name)
    found = dict.fromkeys(each for each in _likely(name, own) if each != own)
    return tuple(each for each in found if ultranormalized(each) == form and not each.startswith("-"))[:MOST_CANDIDATES]


def _likely(name: str, own: str) -> Iterator[str]:
    """Letters for digits; no separators, or fewer; one where a capital or a usual word asks for it; at last the other letter of `l` and `i`."""
    bare = own.replace("-", "")
    yield from _as_letters(own)
    if "-" in own:
        yield bare
        yield from _as_letters(bare)
        yield from _joined(own.split("-"))
    else:
        yield normalize_project(_CAPITAL.sub("-", name))
        for pattern, order in ((_FIRST, ("word", "rest")), (_LAST, ("rest", "word"))):
            if match := pattern.fullmatch(own):
                yield "-".join(match[part] for part in order)
    if not _LONE_ZERO.search(own) and not _LONE_ONE.search(own):
        yield from _other_letters(own)


def _joined(parts: list[str]) -> Iterator[str]:
    """The parts with one separator less, then with two less, and so on."""
    if len(parts) > _MOST_PARTS:
        return
    gaps = range(1, len(parts))
    for kept in range(len(parts) - 2, 0, -1):
        for chosen in combinations(gaps, kept):
            ends = (0, *chosen, len(parts))
            yield "-".join("".join(parts[start:end]) for start, end in pairwise(ends))


def _as_letters(name: str) -> Iterator[str]:
    """Letters for the digits that look like them, where these stand in no other number."""
    letters = _LONE_ZERO.sub("o", name)
    if "1" in name or letters != name:
        yield _LONE_ONE.sub("l", letters)
        yield _LONE_ONE.sub("i", letters)


def _other_letters(name: str) -> Iterator[str]:
    """The last `l` or `i` swapped: the pair that is easiest to mistake."""
    for one, other in (("l", "i"), ("i", "l")):
        at = name.rfind(one)
        if at >= 0:
            yield name[:at] + other + name[at + 1 :]
