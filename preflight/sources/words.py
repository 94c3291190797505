"""What the program itself says, in the language of the process. Rules are worded by their cards, and nothing else of them is held here.

The English sentence is what the code says, and the key of its translation in `words.LANGUAGE.tsv`: one line each, English, a tab, and the translation.
"""

from functools import cache

from preflight.sources.language import LANGUAGES, spoken


def say(english: str, **values: object) -> str:
    """A sentence in the language of the process, with its `{name}` filled; in English where it is not translated."""
    words = english if spoken() == LANGUAGES[0] else table(spoken()).get(english, english)
    return words.format(**values) if values else words


@cache
def table(language: str) -> dict[str, str]:
    """The translations by the English sentence, read when a language other than English is spoken."""
    from pathlib import Path

    lines = Path(__file__).with_name(f"words.{language}.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)
