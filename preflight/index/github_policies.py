"""Which branches and tags the deployment rules of a GitHub environment admit. Knows names and patterns only, and asks nobody."""

from collections.abc import Iterator

from preflight.sources.records import dataclass

_STAR, _DOUBLE_STAR, _ANY = "*", "**/", "?"


@dataclass(frozen=True, slots=True)
class RefPolicy:
    """One rule under *Deployment branches and tags*: a pattern, and `branch` or `tag`; `kind` is empty where an older server does not say."""

    pattern: str
    kind: str

    def admits(self, kind: str, name: str) -> bool:
        """Whether it admits a branch or tag. A rule of one kind never admits the other (GitHub, "Managing environments for deployment")."""
        return self.kind in ("", kind) and fnmatch(self.pattern, name)


@dataclass(frozen=True, slots=True)
class _Set:
    """A bracket of a pattern."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool

    def holds(self, character: str) -> bool:
        return any(low <= character <= high for low, high in self.ranges) != self.negated


def fnmatch(pattern: str, name: str) -> bool:
    """Whether a name matches a pattern as Ruby's `File.fnmatch` with `FNM_PATHNAME` does, which GitHub names as its syntax.

    `*` and `?` do not match `/`, `**/` matches any number of folders, brackets may be negated with `^` or `!`, a backslash takes the next character
    as it is, and braces are plain text. Works in time proportional to both lengths, whatever the pattern.
    """
    parts = list(_parts(pattern))
    states = _closed({0}, parts)
    for position, character in enumerate(name):
        following: set[int] = set()
        for state in states:
            part = parts[state] if state < len(parts) else None
            if part == _DOUBLE_STAR:
                following.add(state)
                if character == "/":
                    following.add(state + 1)
            elif part == _STAR:
                if character != "/":
                    following.add(state)
            elif _takes(part, character):
                following.add(state + 1)
        states = _closed(following, parts, at_start=name[position] == "/")
        if not states:
            return False
    return len(parts) in states


def _takes(part: str | _Set | None, character: str) -> bool:
    """Whether a part that stands for one character takes this one."""
    if isinstance(part, _Set):
        return character != "/" and part.holds(character)
    if part == _ANY:
        return character != "/"
    return part is not None and part[-1:] == character and part[:1] == "="


def _closed(states: set[int], parts: list[str | _Set], *, at_start: bool = True) -> set[int]:
    """The states with those that are reached without any character. `**/` stands for no folder only where a folder could start."""
    waiting = list(states)
    while waiting:
        state = waiting.pop()
        part = parts[state] if state < len(parts) else None
        if (part == _STAR or (part == _DOUBLE_STAR and at_start)) and state + 1 not in states:
            states.add(state + 1)
            waiting.append(state + 1)
    return states


def _parts(pattern: str) -> Iterator[str | _Set]:
    """The pattern in parts; a plain character is written as `=x`, so that it is never taken for a wildcard."""
    at = 0
    while at < len(pattern):
        character = pattern[at]
        folder_starts = at == 0 or pattern[at - 1] == "/"
        if pattern.startswith("**/", at) and folder_starts:
            yield _DOUBLE_STAR
            at += 3
        elif character == "*":
            while pattern.startswith("*", at):
                at += 1
            yield _STAR
        elif character == "?":
            yield _ANY
            at += 1
        elif character == "[" and (found := _bracket(pattern, at)) is not None:
            bracket, at = found
            yield bracket
        else:
            if character == "\\" and at + 1 < len(pattern):
                at += 1
            yield f"={pattern[at]}"
            at += 1


def _bracket(pattern: str, start: int) -> tuple[_Set, int] | None:
    """The set that opens at a `[`, and where it ends; None where no `]` closes it: then it is plain text here."""
    at = start + 1
    negated = pattern[at : at + 1] in ("^", "!")
    at += negated
    ranges: list[tuple[str, str]] = []
    while at < len(pattern) and (pattern[at] != "]"):
        at += pattern[at] == "\\" and at + 1 < len(pattern)
        low = high = pattern[at]
        at += 1
        if pattern.startswith("-", at) and at + 1 < len(pattern) and pattern[at + 1] != "]":
            at += 1
            at += pattern[at] == "\\" and at + 1 < len(pattern)
            high = pattern[at]
            at += 1
        ranges.append((low, high))
    return (_Set(tuple(ranges), negated), at + 1) if at < len(pattern) else None
