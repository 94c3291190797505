"""Which rules run and which findings count: selectors by code, name and code prefix, and ignores by path."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from preflight.engine.packs import Registry
from preflight.sources.patterns import compile as _compile
from preflight.sources.records import dataclass

ALL = "ALL"
_PREFIX = _compile(r"[A-Z]{3}[0-9]{0,3}")


class UnknownSelector(Exception):
    """A selector that matches no rule of this version."""

    def __init__(self, selector: str) -> None:
        super().__init__(f"`{selector}` is no rule code, rule name or code prefix")
        self.selector = selector


def expand(selector: str, registry: Registry) -> dict[str, int]:
    """The codes a selector stands for, each with how specific it is (length of the matching prefix; a name counts as a whole code).

    Raises:
        UnknownSelector: it matches nothing.
    """
    if selector.upper() == ALL:
        return dict.fromkeys(registry.rules, 0)
    rule = registry.find(selector)
    if rule is not None:
        return {rule.code: len(rule.code)}
    prefix = selector.upper()
    found = (
        {code: len(prefix) for code in registry.rules if code.startswith(prefix)} if _PREFIX.fullmatch(prefix) else {}
    )
    if not found:
        raise UnknownSelector(selector)
    return found


def select(registry: Registry, chosen: Iterable[str], ignored: Iterable[str]) -> frozenset[str]:
    """The codes that run: for each rule the most specific selector wins, and of two equal ones the ignoring.

    Raises:
        UnknownSelector: a selector matches nothing.
    """
    for_it: dict[str, int] = {}
    against: dict[str, int] = {}
    for selectors, weights in ((chosen, for_it), (ignored, against)):
        for selector in selectors:
            for code, weight in expand(selector, registry).items():
                weights[code] = max(weight, weights.get(code, -1))
    return frozenset(code for code, weight in for_it.items() if weight > against.get(code, -1))


@dataclass(frozen=True)
class PathIgnores:
    """Codes that are ignored in files whose path matches a pattern (shell style; `*` crosses folders)."""

    entries: Sequence[tuple[str, frozenset[str]]] = ()

    @classmethod
    def of(cls, table: Mapping[str, Sequence[str]], registry: Registry) -> "PathIgnores":
        """From the configured table of pattern to selectors.

        Raises:
            UnknownSelector: a selector matches nothing.
        """
        return cls(
            [
                (pattern, frozenset(code for each in selectors for code in expand(each, registry)))
                for pattern, selectors in table.items()
            ]
        )

    def ignores(self, path: str, code: str) -> bool:
        """Whether a finding of this rule in this file is ignored."""
        return any(self.matching(path, code))

    def matching(self, path: str, code: str) -> Iterator[str]:
        """The patterns under which a finding of this rule in this file is ignored."""
        for pattern, codes in self.entries:
            stem = pattern.rstrip("/")
            if code in codes and (fnmatchcase(path, pattern) or path == stem or path.startswith(f"{stem}/")):
                yield pattern
