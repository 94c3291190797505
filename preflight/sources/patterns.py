"""`compile` for regular expressions that are compiled when first used: start-up pays only for those that a run needs.

preflight keeps some two hundred patterns in its modules, and a run uses a fraction of them. Type checkers see `re.compile`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import compile
else:
    import re

    class LazyPattern:
        """Stands for a compiled pattern. Its methods are those of the pattern, which is compiled when the first one is asked for."""

        def __init__(self, pattern, flags):
            self._source = pattern, flags

        def __getattr__(self, name):
            compiled = self.__dict__.get("_compiled")
            if compiled is None:
                compiled = self.__dict__["_compiled"] = re.compile(*self._source)
            value = getattr(compiled, name)
            self.__dict__[name] = value  # the next look-up finds it without coming here
            return value

        def __repr__(self):
            return f"compile({self._source[0]!r})"

    def compile(pattern, flags=0):
        """As `re.compile`, but later. A pattern that is wrong is found out when it is first used; a test compiles them all."""
        return LazyPattern(pattern, flags)


__all__ = ["compile"]
