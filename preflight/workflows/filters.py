"""GitHub's filter patterns for branches, tags and paths: matching a name, and finding names that pass or do not.

Patterns are not regular expressions here: they are matched in time linear in the name, whatever the pattern.
"""

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from preflight.sources.records import dataclass

RefType = Literal["branch", "tag"]

MAX_PATTERN = 1_000
"""The length above which a pattern is not read: no name of a branch, tag or path part comes near it."""

MAX_PATTERNS = 1_000
"""The number of patterns above which a list is left undecided."""

_MAX_MADE = 50
"""The patterns of a list from which names are made."""

_ANY = None
"""The character set of `**`: every character."""
_Characters = frozenset[str] | str | None
"""What one step of a pattern takes: one character, one of a set, or any. `"/"` negated is written as `_NOT_SLASH`."""
_NOT_SLASH = "not-slash"

_CLASSES: Mapping[str, frozenset[str]] = {
    "d": frozenset(string.digits),
    "w": frozenset(string.ascii_letters + string.digits + "_"),
}
"""What `\\d` and `\\w` take."""

_NATURAL: dict[RefType, tuple[str, ...]] = {
    "tag": (
        *("v1.2.3", "1.2.3", "v1.0.0", "1.0.0", "v2.0.0", "2.0.0", "v1.2", "1.2", "v1.2.3rc1", "1.2.3rc1"),
        *("v1.2.3-rc.1", "v1.2.3-rc1", "1.2.3-rc.1", "v1.2.3a1", "v1.2.3b1", "v1.2.3.dev1", "release-1.2.3"),
        *("release-v1.2.3", "release/1.2.3", "v1", "v1.2.3.4", "1.2.3.4", "2024.1.0", "nightly"),
    ),
    "branch": (
        *("main", "master", "develop", "release", "release/1.2", "releases/1.2", "feature/x", "dev", "stable"),
        "gh-pages",
    ),
}
_NATURAL_OUTSIDERS: dict[RefType, tuple[str, ...]] = {
    "tag": ("v1.2.3", "1.2.3", "v1.2.3rc1", "1.2.3rc1", "nightly", "other/1.2.3", "some-tag", "some/tag"),
    "branch": ("main", "feature", "feature/x", "some-branch", "some/branch"),
}


@dataclass(frozen=True, slots=True)
class _Step:
    """One piece of a pattern: what it takes, and how often: once "", `?`, `+` or `*` times; or folders, for `**/`."""

    takes: _Characters
    times: Literal["", "?", "+", "*", "folders"] = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A filter pattern, read. `error` says what is wrong with one that GitHub cannot read; it then matches nothing."""

    text: str
    negative: bool
    steps: tuple[_Step, ...]
    error: str | None = None
    literal: str | None = None
    """The only name that it matches, where it has no special characters."""

    def matches(self, name: str) -> bool:
        """Whether the whole name fits the pattern, its `!` aside."""
        if self.error is not None:
            return False
        if self.literal is not None:
            return name == self.literal
        steps = self.steps
        current = _closure(steps, {0})
        for character in name:
            following: set[int] = set()
            for index in current:
                if index < 0:  # inside a folder of `**/`, which ends at a slash
                    following.update((index, -index) if character == "/" else (index,))
                elif index < len(steps) and _takes(steps[index], character):
                    times = steps[index].times
                    if times == "folders":
                        following.update((-index - 1, index + 1) if character == "/" else (-index - 1,))
                        continue
                    if times in ("*", "+"):
                        following.add(index)
                    if times != "*":
                        following.add(index + 1)
            if not following:
                return False
            current = _closure(steps, following)
        return len(steps) in current


def _takes(step: _Step, character: str) -> bool:
    takes = step.takes
    if takes is _ANY:
        return True
    if takes == _NOT_SLASH:
        return character != "/"
    return character == takes if isinstance(takes, str) else character in takes


def _closure(steps: tuple[_Step, ...], states: set[int]) -> set[int]:
    pending = list(states)
    while pending:
        index = pending.pop()
        if 0 <= index < len(steps) and steps[index].times in ("?", "*", "folders") and index + 1 not in states:
            states.add(index + 1)
            pending.append(index + 1)
    return states


@lru_cache(maxsize=1024)
def read_pattern(text: str) -> Pattern:
    """Read one pattern of a filter (GitHub's "Filter pattern cheat sheet").

    `*` is any number of characters but `/`, `**` any number of any; `**/` where a folder may start also stands for no
    folder at all; `?` and `+` are zero or one, and one or more, of the character before; `[]` one of the listed
    characters; `\\` takes the next special character literally. The page does not say so, but `\\d` and `\\w` stand for
    digits and word characters, as in regular expressions: tags have started workflows that way for years.
    """
    negative = text.startswith("!")
    body = text[1:] if negative else text
    steps: list[_Step] = []
    if not body:
        return Pattern(text, negative, (), "the pattern is empty")
    if len(body) > MAX_PATTERN:
        return Pattern(text, negative, (), f"it has more than {MAX_PATTERN:,} characters")
    index = 0
    repeatable = False
    while index < len(body):
        character = body[index]
        if character == "*":
            stars = 1
            while index + stars < len(body) and body[index + stars] == "*":
                stars += 1
            at_folder = index == 0 or body[index - 1] == "/"
            if stars > 1 and at_folder and body[index + stars : index + stars + 1] == "/":
                steps.append(_Step(_ANY, "folders"))
                stars += 1
            else:
                steps.append(_Step(_ANY if stars > 1 else _NOT_SLASH, "*"))
            index += stars
            repeatable = False
            continue
        if character in "?+":
            if not repeatable:
                return Pattern(text, negative, (), f"`{character}` needs a plain character or `]` before it")
            steps[-1] = _Step(steps[-1].takes, "?" if character == "?" else "+")
            repeatable = False
        elif character == "[":
            end = body.find("]", index + 1)
            if end < 0:
                return Pattern(text, negative, (), "`[` has no `]`")
            characters = _bracket(body[index + 1 : end])
            if isinstance(characters, str):
                return Pattern(text, negative, (), characters)
            steps.append(_Step(characters))
            index = end
            repeatable = True
        else:
            takes: _Characters = character
            following = body[index + 1 : index + 2] if character == "\\" else ""
            if following in _CLASSES or following in tuple("*?+[]!\\"):
                index += 1
                takes = _CLASSES.get(following, following)
            steps.append(_Step(takes))
            repeatable = True
        index += 1
    is_literal = all(isinstance(step.takes, str) and step.takes != _NOT_SLASH and not step.times for step in steps)
    return Pattern(
        text, negative, tuple(steps), None, "".join(str(step.takes) for step in steps) if is_literal else None
    )


def _bracket(text: str) -> frozenset[str] | str:
    """The characters that `[text]` takes, or what is wrong with it."""
    if not text:
        return "`[]` is empty"
    characters: set[str] = set()
    index = 0
    while index < len(text):
        if text[index + 1 : index + 2] == "-":
            first, last = text[index], text[index + 2 : index + 3]
            if not last or first > last:
                return f"`{text[index : index + 3]}` is no range"
            if ord(last) - ord(first) > 255:
                return f"`{text[index : index + 3]}` is too wide a range"
            characters.update(map(chr, range(ord(first), ord(last) + 1)))
            index += 3
        else:
            characters.add(text[index])
            index += 1
    return frozenset(characters)


def matches(patterns: Iterable[str], name: str) -> bool | None:
    """Whether a name passes a list of patterns: of those that match it, the last decides; `!` excludes.

    None where a pattern cannot be read, so that nobody knows what GitHub makes of the list, and for a list beyond
    `MAX_PATTERNS`.
    """
    patterns = list(patterns)
    if len(patterns) > MAX_PATTERNS:
        return None
    passes = False
    for text in patterns:
        pattern = read_pattern(text)
        if pattern.error is not None:
            return None
        if pattern.negative == passes and pattern.matches(name):
            passes = not pattern.negative
    return passes


def example_match(patterns: Sequence[str], kind: RefType, prefer: Sequence[str] = ()) -> str | None:
    """A name of a tag or branch that passes the patterns, as natural as can be found; None where none was found.

    `prefer` are tried first: the repository's own tags, its default branch.
    """
    return _first(patterns, (*prefer, *_NATURAL[kind], *_made(patterns, kind)), passing=True)


def example_mismatch(patterns: Sequence[str], kind: RefType, prefer: Sequence[str] = ()) -> str | None:
    """A name of a tag or branch that does not pass the patterns; None where none was found (as for `**`)."""
    return _first(patterns, (*prefer, *_NATURAL_OUTSIDERS[kind]), passing=False)


def _first(patterns: Sequence[str], names: Iterable[str], *, passing: bool) -> str | None:
    if len(patterns) > MAX_PATTERNS or any(read_pattern(text).error for text in patterns):
        return None
    return next((name for name in names if _is_ref_name(name) and matches(patterns, name) is passing), None)


def _is_ref_name(name: str) -> bool:
    """Whether Git takes this as the name of a branch or tag (`git help check-ref-format`), without the rare cases."""
    return (
        bool(name)
        and not any(character in " ~^:?*[\\\x7f" or character < " " for character in name)
        and not name.startswith(("/", "-", "."))
        and not name.endswith(("/", ".", ".lock"))
        and not any(part in name for part in ("..", "//", "@{", "/."))
    )


def _made(patterns: Sequence[str], kind: RefType) -> Iterator[str]:
    """Names made from the positive patterns themselves, the likeliest first."""
    fillers = ("1.2.3", "1", "") if kind == "tag" else ("1.2", "x", "1", "")
    for text in patterns[:_MAX_MADE]:
        pattern = read_pattern(text)
        if pattern.negative or pattern.error is not None:
            continue
        stars = sum(step.times == "*" for step in pattern.steps)
        if stars > 1:
            yield _fill(pattern, ("1", "2", "3"), optional=False)
        for filler in fillers:
            yield _fill(pattern, (filler,), optional=False)
            yield _fill(pattern, (filler,), optional=True)


def _fill(pattern: Pattern, fillers: Sequence[str], *, optional: bool) -> str:
    parts: list[str] = []
    digit = stars = 0
    for step in pattern.steps:
        if step.times == "folders" or (step.times == "?" and not optional):
            continue
        if step.times == "*":
            parts.append(fillers[stars % len(fillers)])
            stars += 1
        elif isinstance(step.takes, frozenset):
            digits = [character for character in "123456789" if character in step.takes][:3]
            parts.append(digits[digit % len(digits)] if digits else min(step.takes))
            digit += 1
        else:
            parts.append(step.takes or "x")
    return "".join(parts)
