"""Assembles the documentation site from the pages of this folder, the cards and the commands, and builds it: `python docs/site.py [FOLDER]`.

Needs preflight and zensical installed. A broken link is an error. The pages stay readable where they lie, on GitHub; here their links to cards become links to
the pages of the rules, and their fences get the name of the file that they show as a title.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from preflight.cli.application import COMMANDS, group
from preflight.engine.cards import Card
from preflight.engine.packs import Rule, built_in_registry
from preflight.engine.translations import translated

DOCS = Path(__file__).parent
ROOT = DOCS.parent

FAMILIES = {
    "credentials": "Credentials",
    "publisher": "Trusted publishers",
    "workflow": "Workflows",
    "attestations": "Attestations",
    "project": "pyproject.toml",
    "versions": "Versions",
    "metadata": "Metadata",
    "wheel": "Wheels",
    "sdist": "Source distributions",
    "archive": "Archives",
    "names": "Project names",
    "build": "Build",
    "client": "Upload clients",
    "service": "The service",
    "unknown": "Unknown failures",
    "internal": "preflight itself",
}
"""Family of rules -> its title in the navigation."""

WIDTH = 84
"""Columns of a terminal that fit into a page of the site beside its two menus."""

_FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[ \t]*(?P<rest>[^\n`]*)$", re.M)
_SHOWN_FILE = re.compile(r"\bfile=(?P<path>\S+)")
_CARD_LINK = re.compile(r"\]\((?:\.\./)*rules/[\w-]+/[A-Z]{3}\d{3}-(?P<name>[\w-]+?)(?:\.zh)?\.md\)")
_CODE = re.compile(r"\[(?P<code>[A-Z]{3}\d{3})\](?![(\[])")


def assemble(folder: Path) -> None:
    """Write the sources of the site and its configuration into an empty folder."""
    pages = folder / "docs"
    shutil.copytree(
        DOCS, pages, ignore=shutil.ignore_patterns("*.py", "__pycache__", "README.md", "*.toml", "rules.md")
    )
    rules = sorted(built_in_registry().rules.values(), key=lambda rule: rule.code)
    names = {rule.code: rule.name for rule in rules}
    for path in pages.rglob("*.md"):
        depth = len(path.relative_to(pages).parts) - 1
        path.write_text(for_site(path.read_text(encoding="utf-8"), "../" * depth, names), encoding="utf-8")
    (pages / "rules").mkdir()
    (pages / "rules/index.md").write_text(rules_index(rules), encoding="utf-8")
    for rule in rules:
        text = for_site(rule_page(rule.card), "../", names)
        (pages / f"rules/{rule.name}.md").write_text(text, encoding="utf-8")
    (pages / "reference/cli.md").write_text(commands_page(), encoding="utf-8")
    in_chinese = list(write_translations(pages / "zh/rules", rules, names))
    settings = (DOCS / "site.toml").read_text(encoding="utf-8")
    for mark, navigation in (("# rules", rules_navigation(rules)), ("# chinese", chinese_navigation(in_chinese))):
        settings = settings.replace(f"{mark}\n", f"{navigation}\n" if navigation else "")
    (folder / "zensical.toml").write_text(settings, encoding="utf-8")


def for_site(text: str, up: str, names: dict[str, str]) -> str:
    """A page in the form of the site: links to cards and bare `[CODE]` lead to the pages of rules, and `file=PATH` of a fence becomes its title."""
    parts: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        found = _FENCE.match(line.rstrip("\n"))
        if found and not fence:
            fence = found["ticks"]
            shown = _SHOWN_FILE.search(found["rest"])
            title = f' title="{shown["path"]}"' if shown else ""
            line = f"{found['indent']}{fence}{found['language'] or 'text'}{title}\n"
        elif fence:
            if line.strip() == fence:
                fence = ""
        else:
            line = _CARD_LINK.sub(lambda link: f"]({up}rules/{link['name']}.md)", line)
            line = _CODE.sub(lambda code: _linked(code["code"], up, names), line)
        parts.append(line)
    return "".join(parts)


def _linked(code: str, up: str, names: dict[str, str]) -> str:
    return f"[{code}]({up}rules/{names[code]}.md)" if code in names else f"[{code}]"


def rule_page(card: Card) -> str:
    """The page of one rule: what the card's head says, then its body."""
    wording = card.wording(None)
    lines = [
        f"# {card.code}: {card.name}",
        "",
        f"{_cell(card.summary)}.",
        "",
        f"| severity | {card.severity} |",
        "| --- | --- |",
    ]
    lines.append(f"| decided by | {', '.join(card.decided_by)} |")
    lines.append(f"| it says | {_cell(wording.message)} |")
    if wording.fix:
        lines.append(f"| the fix | {_cell(wording.fix)} |")
    if card.rejections:
        named = ", ".join(f"[`{name}`](../refusals.md)" for name in card.rejections)
        lines.append(f"| refusals that it foretells | {named} |")
    if card.causes:
        lines.append(f"| causes that it explains | {', '.join(f'`{name}`' for name in card.causes)} |")
    lines += ["", card.body.rstrip(), ""]
    if card.links:
        lines += ["## See also", "", *(f"- <{link}>" for link in card.links), ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    """A text in a table, outside of code taken as it stands: `__token__` is a name and nothing bold."""
    parts = re.split(r"(`[^`]*`)", text.replace("|", "\\|"))
    return "".join(
        each if number % 2 else each.replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*")
        for number, each in enumerate(parts)
    )


def rules_index(rules: Iterable[Rule]) -> str:
    """The table of all rules, family by family."""
    rules = list(rules)
    lines = [
        "# Rules",
        "",
        f"{len(rules)} rules. Each has a page that says what happens, why, and how to fix it; `preflight explain CODE` shows it in a terminal.",
        "",
    ]
    for family, title in FAMILIES.items():
        lines += [f"## {title}", "", "| code | name | severity | what it finds |", "| --- | --- | --- | --- |"]
        for rule in rules:
            if rule.family == family:
                card = rule.card
                lines.append(
                    f"| [{rule.code}]({rule.name}.md) | `{rule.name}` | {card.severity} | {_cell(card.summary)} |"
                )
        lines.append("")
    return "\n".join(lines)


def commands_page() -> str:
    """The reference of the command line, from the commands themselves."""
    lines = [
        "# Command line",
        "",
        "What `--help` prints, command by command. The options of `preflight` itself can stand before or after the command's name.",
        "",
    ]
    lines += ["## preflight", "", "```text", _help(group, "preflight"), "```", ""]
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        if command is not None:
            lines += [f"## {name}", "", "```text", _help(command, f"preflight {name}"), "```", ""]
    return "\n".join(lines)


def _help(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    return command.get_help(context)


def write_translations(folder: Path, rules: Iterable[Rule], names: dict[str, str]) -> Iterator[Rule]:
    """Write the pages of the cards whose whole text is there in Chinese; gives their rules. Of the others only the messages are translated."""
    for rule in rules:
        card = translated(rule.card, "zh")
        if card.body != rule.card.body:
            folder.mkdir(parents=True, exist_ok=True)
            text = rule_page(card).replace("](../refusals.md)", "](../../refusals.md)")
            (folder / f"{rule.name}.md").write_text(for_site(text, "../../", names), encoding="utf-8")
            yield rule


def rules_navigation(rules: Iterable[Rule]) -> str:
    """The navigation's part on rules, as TOML."""
    rules = list(rules)
    lines = ['  { "Rules" = [', '    "rules/index.md",']
    for family, title in FAMILIES.items():
        members = [rule for rule in rules if rule.family == family]
        if members:
            lines.append(f'    {{ "{title}" = [')
            lines += [f'      {{ "{rule.code} {rule.name}" = "rules/{rule.name}.md" }},' for rule in members]
            lines.append("    ] },")
    return "\n".join([*lines, "  ] },"])


def chinese_navigation(rules: Iterable[Rule]) -> str:
    """The navigation's part in Chinese, as TOML; empty where no card is translated."""
    pages = [f'      {{ "{rule.code} {rule.name}" = "zh/rules/{rule.name}.md" }},' for rule in rules]
    if not pages:
        return ""
    head = ['  { "中文" = [', '    "zh/index.md",', '    { "教程" = "zh/tutorial.md" },', '    { "规则" = [']
    return "\n".join([*head, *pages, "    ] },", "  ] },"])


def main() -> int:
    """Assemble and build; gives zensical's exit status. Replaces a site that was built there before, and nothing else."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build/site"
    if target.exists():
        if not (target / "zensical.toml").is_file() and any(target.iterdir()):
            raise SystemExit(f"{target} holds something else: it is not replaced")
        shutil.rmtree(target)
    target.mkdir(parents=True)
    assemble(target)
    return subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(target / "zensical.toml")],
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
