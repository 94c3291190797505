"""Cards in another language: a file beside the card, named `CODE-name.LANGUAGE.md`, that words again what the card words. Decides nothing.

Its front matter holds any of `summary`, `message`, `fix`, `variants` and `labels`; its body, where there is one, takes the place of the card's. What it leaves
out stays in English. `retold` names the arguments that are English prose, for which the words of the program are asked.
Headings that carry meaning (`## In a log: CAUSE`, `## Steps`, `## Example`) stay as they are.
"""

from dataclasses import replace
from pathlib import Path

from preflight.engine.cards import Card, MalformedCard, Wording, split_card
from preflight.sources.language import LANGUAGES

_KNOWN = frozenset({"summary", "message", "fix", "variants", "labels", "retold"})


def translation_path(card: Path, language: str) -> Path:
    """Where the translation of a card lies."""
    return card.with_suffix(f".{language}.md")


def translated(card: Card, language: str) -> Card:
    """A card in a language, as far as it has been translated; the card itself in English.

    Raises:
        MalformedCard: the translation breaks the form.
    """
    path = translation_path(card.path, language)
    if language == LANGUAGES[0] or not path.is_file():
        return card
    fields, body, answers = split_card(path)
    unknown = sorted(set(fields) - _KNOWN)
    if unknown:
        raise MalformedCard(f"{path.name}: a translation has no field {', '.join(unknown)}")
    return replace(
        card,
        summary=str(fields.get("summary", card.summary)),
        wordings=_wordings(path, card, fields),
        labels={**card.labels, **_texts(path, fields, "labels", card.labels)},
        retold=_retold(path, card, fields),
        body=body if body.strip() else card.body,
        answers={**card.answers, **answers},
    )


def _wordings(path: Path, card: Card, fields: dict[str, object]) -> dict[str | None, Wording]:
    base = card.wordings[None]
    words = Wording(str(fields.get("message", base.message)), str(fields.get("fix", base.fix)))
    found: dict[str | None, Wording] = {**card.wordings, None: words}
    variants = fields.get("variants") or {}
    if not isinstance(variants, dict) or not set(variants) <= set(card.wordings):
        raise MalformedCard(f"{path.name}: `variants` is no mapping, or names one that the card does not have")
    for variant, original in card.wordings.items():
        if variant is None:
            continue
        own = variants.get(variant) or {}
        if not isinstance(own, dict) or not set(own) <= {"message", "fix"}:
            raise MalformedCard(f"{path.name}: variant `{variant}` holds more than `message` and `fix`")
        # what a variant leaves to the rule itself in English, it leaves to it in the translation too
        found[variant] = Wording(
            str(own.get("message", words.message if original.message == base.message else original.message)),
            str(own.get("fix", words.fix if original.fix == base.fix else original.fix)),
        )
    return found


def _retold(path: Path, card: Card, fields: dict[str, object]) -> tuple[str, ...]:
    names = fields.get("retold") or []
    if not isinstance(names, list) or not set(names) <= card.placeholders():
        raise MalformedCard(f"{path.name}: `retold` is no list, or names an argument that the card does not have")
    return tuple(map(str, names))


def _texts(path: Path, fields: dict[str, object], name: str, known: object) -> dict[str, str]:
    value = fields.get(name) or {}
    if not isinstance(value, dict) or not isinstance(known, dict) or not set(value) <= set(known):
        raise MalformedCard(f"{path.name}: `{name}` is no mapping, or names one that the card does not have")
    return {key: str(text) for key, text in value.items()}
