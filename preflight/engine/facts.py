"""Facts by name: each computed at most once, and only when something asks for it. Knows no fact itself.

A provider is a function whose parameters name the facts it needs. Providers are given as functions or as `module:function`, imported
when first asked for. What is given from outside (the tree, the settings) are seeds. `maybe_NAME` is the fact NAME, or None where it
cannot be had.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any, TypeAlias

Provider: TypeAlias = Callable[..., Any]
FactTable: TypeAlias = Mapping[str, str | Provider]

MAYBE = "maybe_"

PROJECT_SEED = "project"
"""The seed that differs from project to project: what needs it is computed for each project, everything else once."""


HEAD_START = "head_start"
"""The fact, where the table has it, that is asked for before the rules are loaded: what other processes can work on meanwhile begins with it."""


ONLINE = "online:"
"""Begins the entry of a fact that asks the outside. Without the seed `online` it cannot be had, and its module is not even imported."""


class Unavailable(Exception):
    """A fact cannot be had here (offline, no such file): checks that ask for it are skipped with this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FactCrash(Exception):
    """A provider raised what it should not have."""

    def __init__(self, fact: str, error: BaseException) -> None:
        super().__init__(f"fact {fact} failed: {type(error).__name__}: {error}")
        self.fact = fact
        self.error = error


def parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's positional parameters, without importing `inspect`."""
    code = getattr(function, "__code__", None)
    if not isinstance(function, FunctionType) or not isinstance(code, CodeType):
        raise TypeError(f"{function!r} is no plain function")
    return code.co_varnames[: code.co_argcount]


class Facts:
    """Resolves facts for one scope: the workspace, or (with a parent) one project of it."""

    def __init__(self, table: FactTable, seeds: Mapping[str, object], parent: "Facts | None" = None) -> None:
        self._table = table
        self._values: dict[str, object] = dict(seeds)
        self._failed: dict[str, Exception] = {}
        self._resolving: list[str] = []
        self._parent = parent
        self._providers: dict[str, Provider] = parent._providers if parent else {}
        self._scoped: dict[str, bool] = parent._scoped if parent else {PROJECT_SEED: True}

    def child(self, seeds: Mapping[str, object]) -> "Facts":
        """The facts of one project: shares everything that does not depend on the project."""
        return Facts(self._table, seeds, self)

    def begin(self) -> None:
        """Let what takes long begin. What goes wrong is told to whoever asks for the same."""
        if HEAD_START in self._table:
            with suppress(Exception):
                self.get(HEAD_START)

    def reseed(self, name: str, value: object) -> None:
        """Give a seed anew, before anything depends on what has changed in it."""
        self._values[name] = value

    def known(self, name: str) -> bool:
        """Whether a fact of this name exists."""
        return name in self._table or name in self._values or bool(self._parent and self._parent.known(name))

    def per_project(self, name: str) -> bool:
        """Whether a fact depends on the project, directly or through other facts."""
        name = name.removeprefix(MAYBE)
        known = self._scoped.get(name)
        if known is None and self._is_offline(name):
            return False
        if known is None:
            self._scoped[name] = False  # ends a cycle, which `get` reports
            known = name in self._table and any(map(self.per_project, parameters(self._provider(name))))
            self._scoped[name] = known
        return known

    def get(self, name: str) -> Any:
        """The value of a fact.

        Raises:
            Unavailable: it cannot be had here; the reason is for people.
            FactCrash: its provider failed.
            LookupError: there is no such fact, or facts need each other in a circle.
        """
        if name in self._values:
            return self._values[name]
        if name.startswith(MAYBE):
            try:
                return self.get(name.removeprefix(MAYBE))
            except Unavailable:
                return None
        if name in self._failed:
            raise self._failed[name]
        if self._parent is not None and not self.per_project(name):
            return self._parent.get(name)
        if name not in self._table:
            raise LookupError(f"there is no fact named {name!r}")
        if self._is_offline(name):
            raise Unavailable("offline")
        if name in self._resolving:
            raise LookupError(f"facts need each other in a circle: {' -> '.join([*self._resolving, name])}")
        self._resolving.append(name)
        try:
            provider = self._provider(name)
            value = provider(*[self.get(parameter) for parameter in parameters(provider)])
        except (Unavailable, FactCrash, LookupError) as error:
            failure = FactCrash(name, error) if isinstance(error, (KeyError, IndexError)) else error
            self._failed[name] = failure
            raise failure from None
        except Exception as error:
            self._failed[name] = FactCrash(name, error)
            raise self._failed[name] from error
        finally:
            self._resolving.pop()
        self._values[name] = value
        return value

    def computed(self) -> Iterator[str]:
        """The names of the facts computed so far."""
        yield from self._values

    def _is_offline(self, name: str) -> bool:
        """Whether a fact would have to ask the outside, in a run that does not."""
        entry = self._table.get(name)
        if not isinstance(entry, str) or not entry.startswith(ONLINE) or name in self._values:
            return False
        root = self
        while root._parent is not None:
            root = root._parent
        return not root._values.get("online") and name not in root._values

    def _provider(self, name: str) -> Provider:
        provider = self._providers.get(name)
        if provider is None:
            entry = self._table[name]
            if isinstance(entry, str):
                module, _, function = entry.removeprefix(ONLINE).partition(":")
                provider = getattr(import_module(module), function)
            else:
                provider = entry
            self._providers[name] = provider
        return provider
