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
    "local": "project, workflow, file",
    "token": "token",
    "declared": "declared publisher",
    "online": "`--online`",
    "no": "a log",
}


_REFUSALS_INTRODUCTION = (
    "Every answer with which PyPI turns an upload, a token or a publisher down, in its own words; what stands in braces differs from case to case. "
    "Look for a part of the message that you got: the rule beside it says what happened and what to do. "
    "The last column says from what preflight knows it: before the upload, or only from the log of a failed one.",
    "",
    "Generated from `preflight/refusals.tsv` and the cards in `rules/`.",
)


def refusals_page() -> str:
    """The table of PyPI's refusals with the rules that stand for them. The home of a refusal is the first rule that lists it."""
    homes: dict[str, list[str]] = {}
    for rule in sorted(built_in_registry().rules.values(), key=lambda rule: rule.code):
        for name in rule.card.rejections:
            homes.setdefault(name, []).append(f"[{rule.code}](../rules/{rule.family}/{rule.path.name})")
    lines = ["# How PyPI refuses", "", *_REFUSALS_INTRODUCTION, ""]
    lines += ["| refusal | stage | status | PyPI says | rule | known from |", "| --- | --- | --- | --- | --- | --- |"]
    for refusal in refusals().values():
        words = refusal.message.replace("|", "\\|").replace("<", "&lt;")
        rules = ", ".join(homes.get(refusal.name, ["-"]))
        lines.append(
            f"| `{refusal.name}` | {refusal.stage} | {refusal.status} | {words} | {rules} | {_FORETOLD[refusal.foretold]} |"
        )
    return "\n".join(lines) + "\n"


_CLIENT_COLUMNS = ("client", "version", "refusal", "status", "told", "place", "confidence", "code", "shown")


def clients_page() -> str:
    """What the upload clients print of PyPI's refusals and what doctor makes of it, as tests/clients/matrix.py recorded it."""
    _, *lines = (DOCS.parent / "tests" / "clients" / "results.tsv").read_text(encoding="utf-8").splitlines()
    rows = [dict(zip(_CLIENT_COLUMNS, line.split("\t"), strict=True)) for line in lines]
    refused = [row for row in rows if row["refusal"] in refusals()]
    parts = ["# What upload clients show of a refusal", "", *_CLIENTS_INTRODUCTION, "", "## Clients", ""]
    parts += ["| client | version | refusals | in PyPI's words | right cause first | within three | certain |"]
    parts += ["| --- | --- | --- | --- | --- | --- | --- |"]
    parts += [_counted([row for row in refused if row["client"] == client]) for client in _of("client", refused)]
    parts += ["", "## What they print", "", "For one refusal of each stage.", ""]
    for name in _of("refusal", [row for row in refused if row["shown"]]):
        parts += [f"### {refusals()[name].stage}: `{name}`", "", "| client | prints | doctor |", "| --- | --- | --- |"]
        for row in refused:
            if row["refusal"] == name:
                shown = row["shown"].replace("|", "\\|").replace("`", "'")
                parts.append(f"| {row['client']} | `{shown}` | {_said(row)} |")
        parts.append("")
    for title, trusted in (("Every refusal of an upload", False), ("Every refusal of a token", True)):
        mine = [row for row in refused if (refusals()[row["refusal"]].stage == "oidc-mint") is trusted]
        clients = _of("client", mine)
        parts += [
            f"## {title}",
            "",
            f"| refusal | status | {' | '.join(clients)} |",
            "| --- | --- |" + " --- |" * len(clients),
        ]
        found = {(row["client"], row["refusal"]): _said(row) for row in mine}
        for name in _of("refusal", mine):
            cells = " | ".join(found[client, name] for client in clients)
            parts.append(f"| `{name}` | {refusals()[name].status} | {cells} |")
        parts.append("")
    return "\n".join(parts)


def _of(column: str, rows: list[dict[str, str]]) -> list[str]:
    return list(dict.fromkeys(row[column] for row in rows))


def _counted(rows: list[dict[str, str]]) -> str:
    told = [row for row in rows if row["told"] == "yes"]
    counts = (
        len(rows),
        len(told),
        sum(row["place"] == "1" for row in told),
        sum(row["place"] in ("1", "2", "3") for row in told),
        sum(row["confidence"] == "certain" for row in rows),
    )
    return f"| {rows[0]['client']} | {rows[0]['version']} | {' | '.join(map(str, counts))} |"


_CLIENTS_INTRODUCTION = (
    "Generated from `tests/clients/results.tsv`, which `python tests/clients/matrix.py` records: each client, as released, uploads to an index on",
    "loopback that answers as PyPI does, and `preflight doctor` reads what it prints without a terminal. Refusals in the same words stand once.",
    "",
    "A cell names the rule that doctor gives first: alone where it is certain, with `?` where the log leaves more than one cause. `∅` says that the client",
    "keeps PyPI's words to itself, so that no log can tell the cause; `(2)` that the right rule is the second. Clients in brackets have no token and ask",
    "for one by trusted publishing: `uv publish --trusted-publishing always`, `uv publish` and `pdm publish`.",
)


def _said(row: dict[str, str]) -> str:
    sure = "" if row["confidence"] == "certain" else "?"
    swallowed = "" if row["told"] == "yes" else " ∅"
    wrong = "" if row["place"] == "1" or swallowed else f" ({row['place']})"
    return f"{row['code'] or '-'}{sure}{wrong}{swallowed}"


GENERATED = {
    "preflight.schema.json": lambda: json.dumps(json_schema(), indent=2) + "\n",
    "rules.md": rules_page,
    "refusals.md": refusals_page,
    "configuration.md": configuration_page,
    "clients.md": clients_page,
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
