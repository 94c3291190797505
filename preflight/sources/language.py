"""The language in which people are spoken to: one for the whole process, as with the locale. Holds no words."""

import os
from collections.abc import Mapping

LANGUAGES = ("en", "zh")
"""English, and simplified Chinese."""

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")

_spoken = LANGUAGES[0]


def language_of(environment: Mapping[str, str] = os.environ) -> str:
    """The language that the locale asks for; English where it asks for none that is spoken here.

    Source: POSIX, "Internationalization Variables": the first of LC_ALL, LC_MESSAGES and LANG that is set counts.
    """
    locale = next((value for name in _LOCALE if (value := environment.get(name))), "")
    return next((each for each in LANGUAGES if locale.lower().startswith(each)), LANGUAGES[0])


def speak(language: str) -> None:
    """Choose the language of the process, one of `LANGUAGES`; called once, before anything is worded."""
    global _spoken
    _spoken = language


def spoken() -> str:
    """The language of the process."""
    return _spoken
