"""`preflight rules` and `preflight explain`: rules listed, and a card laid out for a terminal."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from preflight.engine.cards import Card, Signature, Wording
from preflight.engine.finding import Severity
from preflight.engine.packs import Registry, Rule
from preflight.report.card import render_card
from preflight.report.rules import render_rules
from preflight.report.style import text_width

BODY = """\
## What happens

PyPI compares the **environment** in the claims with the one
registered; see [the guide](https://docs.pypi.org/trusted-publishers/).

> It does not say which.

| form | claim |
| --- | --- |
| `release` | `release` |

## How to fix

1. Open the project's *Publishing* page, and read what is registered there, which may take a moment.
2. Then write it here:

   ```yaml
   environment: release

   ```
- a dash

### Mended

```yaml file=.github/workflows/publish.yml
jobs:
\tpublish: {}
```

~~~text file=old.txt delete
~~~
"""

CARD = Card(
    code="PUB003",
    name="environment-mismatch",
    severity=Severity.ERROR,
    summary="The job's environment is not the one registered on PyPI",
    wordings={
        None: Wording("job `{job}` runs in `{actual}`", "Set `environment: {expected}`."),
        "none": Wording("job `{job}` runs in no environment", "Add it."),
    },
    labels={"registered": "registered here"},
    rejections=("gh-environment-mismatch",),
    causes=("environment-name-mismatch",),
    signatures=(Signature("oidc-mint", "invalid-publisher"),),
    links=("https://docs.pypi.org/trusted-publishers/troubleshooting/",),
    since="0.1.0",
    decided_by=("workflow", "config"),
    fix_kind="safe",
    body=BODY,
    path=Path("PUB003-environment-mismatch.md"),
)

FULL = """\
error[PUB003] environment-mismatch
The job's environment is not the one registered on PyPI.

What happens

  PyPI compares the environment in the claims with the one
  registered; see the guide
  (https://docs.pypi.org/trusted-publishers/).

  > It does not say which.

  | form | claim |
  | --- | --- |
  | `release` | `release` |

How to fix

  1. Open the project's Publishing page, and read what is
     registered there, which may take a moment.
  2. Then write it here:

     | environment: release
     |

  - a dash

  Mended

  .github/workflows/publish.yml:
  | jobs:
  |     publish: {}

  old.txt (deleted):

Links
  https://docs.pypi.org/trusted-publishers/troubleshooting/

https://pypi-preflight.readthedocs.io/rules/environment-mismatch/
"""

STATED = {
    "message": "job `{job}` runs in `{actual}`",
    "fix": "Set `environment: {expected}`.",
    "variants": {"none": {"message": "job `{job}` runs in no environment", "fix": "Add it."}},
    "labels": {"registered": "registered here"},
    "decided_by": ["workflow", "config"],
    "fix_kind": "safe",
    "rejections": ["gh-environment-mismatch"],
    "causes": ["environment-name-mismatch"],
    "signatures": [{"stage": "oidc-mint", "text": "invalid-publisher"}],
    "links": ["https://docs.pypi.org/trusted-publishers/troubleshooting/"],
    "since": "0.1.0",
    "url": "https://pypi-preflight.readthedocs.io/rules/environment-mismatch/",
}


def registry(*cards: Card) -> Registry:
    found = Registry()
    for card in cards:
        family = {"PUB": "publisher", "VER": "versions"}[card.code[:3]]
        found.rules[card.code] = rule = Rule(card.code, card.name, family, "built-in", Path("nowhere.md"))
        rule.__dict__["card"] = card
    return found


def drift(**changes: Any) -> Card:
    summary = "Two places that state the version disagree | with `a|b` <b>"
    return replace(
        CARD, **{"code": "VER006", "name": "version-drift", "severity": Severity.WARNING, "summary": summary, **changes}
    )


def test_card_for_a_terminal() -> None:
    assert render_card(CARD, "full", False, 60) == FULL


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_card_keeps_the_width(width: int) -> None:
    shown = render_card(CARD, "full", width=width)
    assert all(text_width(line) <= width or "://" in line for line in shown.splitlines())


def test_card_in_colour() -> None:
    shown = render_card(CARD, "full", True, 60)
    assert shown.startswith("\x1b[1;31merror[PUB003]\x1b[0m \x1b[1menvironment-mismatch\x1b[0m\n")
    assert "\n\x1b[1mWhat happens\x1b[0m\n" in shown
    body = replace(CARD, body="Use `code` here.\n")
    assert "  Use \x1b[36m`code`\x1b[0m here.\n" in render_card(body, "full", True, 60)


def test_card_as_data() -> None:
    document = json.loads(render_card(CARD, "json"))
    head = {"schema": 1, "code": "PUB003", "name": "environment-mismatch", "severity": "error", "summary": CARD.summary}
    assert document == {**head, **STATED, "body": BODY}


def test_card_as_markdown_and_in_a_line() -> None:
    assert render_card(CARD, "markdown") == f"# PUB003 environment-mismatch\n\n{CARD.summary}.\n\n{BODY}"
    assert render_card(CARD, "concise") == f"PUB003 environment-mismatch error: {CARD.summary}\n"


def test_card_cannot_steer_the_terminal() -> None:
    hostile = replace(
        CARD, body="## a\x1b[31m\n\nb\x07\n\n```\nc\x9b\n```\n| d\x00 |\n- e\x1b\n", links=("f\x1b",), summary="g\x1b"
    )
    shown = render_card(hostile, "full")
    assert all(character == "\n" or character.isprintable() for character in shown)


def test_card_with_an_open_fence_ends() -> None:
    assert render_card(replace(CARD, body="```\na\n"), "full").count("| a") == 1


def test_rules_in_a_table() -> None:
    assert render_rules(registry(drift(), CARD), "full", False, 90) == (
        "CODE    NAME                  SEVERITY  SUMMARY\n"
        "\n"
        "publisher\n"
        "PUB003  environment-mismatch  error     The job's environment is not the one registered on\n"
        "                                        PyPI\n"
        "\n"
        "versions\n"
        "VER006  version-drift         warning   Two places that state the version disagree | with\n"
        "                                        `a|b` <b>\n"
        "\n"
        "2 rules. `preflight explain CODE` shows a rule's card.\n"
    )


def test_rules_in_a_narrow_table() -> None:
    assert render_rules(registry(CARD), "full", width=60) == (
        "CODE    NAME                  SEVERITY\n"
        "\n"
        "publisher\n"
        "PUB003  environment-mismatch  error\n"
        "    The job's environment is not the one registered on PyPI\n"
        "\n"
        "1 rule. `preflight explain CODE` shows a rule's card.\n"
    )


def test_rules_in_colour() -> None:
    assert "\x1b[1mPUB003\x1b[0m  environment-mismatch  \x1b[1;31merror\x1b[0m     The job's" in render_rules(
        registry(CARD), "full", True
    )


def test_rules_in_lines_and_as_markdown() -> None:
    assert render_rules(registry(CARD), "concise") == f"PUB003 environment-mismatch error: {CARD.summary}\n"
    url = "https://pypi-preflight.readthedocs.io/rules/version-drift/"
    assert render_rules(registry(drift()), "markdown") == (
        "# Rules\n\n## versions\n\n| Code | Name | Severity | Summary |\n| --- | --- | --- | --- |\n"
        f"| VER006 | [version-drift]({url}) | warning | "
        "Two places that state the version disagree &#124; with `a\\|b` &lt;b&gt; |\n"
    )


def test_rules_as_data() -> None:
    document = json.loads(render_rules(registry(CARD), "json"))
    head = {"code": "PUB003", "name": "environment-mismatch", "severity": "error", "summary": CARD.summary}
    assert document == {"schema": 1, "rules": [{**head, "family": "publisher", "pack": "built-in", **STATED}]}
    assert list(document["rules"][0])[:4] == ["code", "name", "severity", "summary"]


def test_a_broken_card_hides_no_other_rule() -> None:
    found = registry(CARD)
    found.rules["PUB004"] = Rule("PUB004", "other", "publisher", "built-in", Path("missing.md"))
    assert "PUB004  other                 unknown   its card cannot be read:" in render_rules(found, "full")
    entries = json.loads(render_rules(found, "json"))["rules"]
    assert "missing.md" in entries[1].pop("problem")
    assert entries[1] == {"code": "PUB004", "name": "other", "family": "publisher", "pack": "built-in"}


def test_no_rules_at_all() -> None:
    assert render_rules(Registry(), "full").endswith("0 rules. `preflight explain CODE` shows a rule's card.\n")


@pytest.mark.parametrize("format", ["sarif", "github"])
def test_formats_that_say_nothing_here(format: str) -> None:
    with pytest.raises(ValueError, match="expected one of full, concise, json, markdown"):
        render_rules(registry(CARD), format)
    with pytest.raises(ValueError, match="expected one of full, concise, json, markdown"):
        render_card(CARD, format)
