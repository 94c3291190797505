"""Writes the generated files of the documentation; `--check` says instead whether they are up to date. Needs preflight installed."""

import json
import sys
from pathlib import Path

from preflight.engine.packs import built_in_registry
from preflight.engine.settings import OPTIONS, PUBLISHER_FIELDS, json_schema
from preflight.refusals import refusals

DOCS = Path(__file__).parent


def rules_page() -> str:
    """The table of all rules."""
    rules = sorted(built_in_registry().rules.values(), key=lambda rule: rule.code)
    lines = [
        "# Rules",
        "",
        "Generated from the cards in `rules/`.",
        "",
        "| code | name | severity | what it finds |",
        "| --- | --- | --- | --- |",
    ]
    for rule in rules:
        card = rule.card
        summary = card.summary.replace("|", "\\|")
        lines.append(
            f"| [{rule.code}](../rules/{rule.family}/{rule.path.name}) | `{rule.name}` | {card.severity} | {summary} |"
        )
    return "\n".join(lines) + "\n"


def configuration_page() -> str:
    """The reference of the configuration."""
    lines = ["# Configuration", "", "Generated from `preflight/engine/settings.py`.", ""]
    lines += [
        "In `[tool.preflight]` of pyproject.toml, or at the top of a preflight.toml.",
        "",
        "| option | holds | means |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{option.name}` | {option.kind} | {option.description} |" for option in OPTIONS]
    lines += ["", "## `[[tool.preflight.publishers]]`", "", "| field | holds |", "| --- | --- |"]
    lines += [f"| `{name}` | {text} |" for name, text in PUBLISHER_FIELDS.items()]
    return "\n".join(lines) + "\n"


_FORETOLD = {
    "local": "from the project, the workflow or the built file",
    "token": "from the token",
    "declared": "from what is declared as registered",
    "online": "from the index",
    "no": "only explained afterwards",
}


def refusals_page() -> str:
    """The table of PyPI's refusals with the rules that stand for them. The home of a refusal is the first rule that lists it."""
    homes: dict[str, list[str]] = {}
    for rule in sorted(built_in_registry().rules.values(), key=lambda rule: rule.code):
        for name in rule.card.rejections:
            homes.setdefault(name, []).append(f"[{rule.code}](../rules/{rule.family}/{rule.path.name})")
    lines = ["# How PyPI refuses", "", "Generated from `preflight/refusals.tsv` and the cards in `rules/`.", ""]
    lines += ["| refusal | stage | status | PyPI says | rule | foretold |", "| --- | --- | --- | --- | --- | --- |"]
    for refusal in refusals().values():
        words = refusal.message.replace("|", "\\|").replace("<", "&lt;")
        rules = ", ".join(homes.get(refusal.name, ["-"]))
        lines.append(
            f"| `{refusal.name}` | {refusal.stage} | {refusal.status} | {words} | {rules} | {_FORETOLD[refusal.foretold]} |"
        )
    return "\n".join(lines) + "\n"


GENERATED = {
    "preflight.schema.json": lambda: json.dumps(json_schema(), indent=2) + "\n",
    "rules.md": rules_page,
    "refusals.md": refusals_page,
    "configuration.md": configuration_page,
}


def main() -> int:
    """Write, or check; the exit status is 1 where a file is out of date."""
    check = "--check" in sys.argv[1:]
    stale = []
    for name, make in GENERATED.items():
        path = DOCS / name
        text = make()
        if check:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write(f"out of date: {', '.join(stale)}; run python docs/generate.py\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
