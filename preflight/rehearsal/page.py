"""The page at `/` of a rehearsal that keeps running: what was uploaded, what was refused and why. Needs neither script nor build step."""

from html import escape

from preflight.credentials.redact import redact
from preflight.rehearsal.attempts import ACCEPTED, IDENTICAL, Attempt, Exchange, Reason
from preflight.rehearsal.index import Index
from preflight.rehearsal.simple import file_path
from preflight.sources.patterns import compile as _compile

_STYLE = """
:root { color-scheme: light dark; --good: #1a7f37; --bad: #b42318; --soft: #6b7280; --line: #d0d7de; --back: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --good: #57ab5a; --bad: #f47067; --soft: #8b949e; --line: #30363d; --back: #161b22; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 56rem; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: var(--back); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; white-space: pre-wrap; }
article { border: 1px solid var(--line); border-radius: 6px; margin: .8rem 0; padding: .6rem .9rem; }
article h3 { font-size: 1rem; margin: 0; } ul { margin: .4rem 0; padding-left: 1.2rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .soft { color: var(--soft); }
"""
_CODE = _compile(r"`([^`\n]+)`")
_WORDS = {ACCEPTED: ("good", "accepted"), IDENTICAL: ("good", "already there, identical")}


def page(index: Index) -> str:
    """The whole page."""
    projects, attempts, exchanges = index.projects(), tuple(index.attempts), tuple(index.exchanges)
    files = [
        f'<li><a href="{escape(file_path(file))}">{escape(file.filename)}</a> '
        f'<span class="soft">sha256 {file.sha256}</span></li>'
        for project in projects
        for file in project.files.values()
        if file.folder
    ]
    body = [
        "<h1>A rehearsal of publishing</h1>",
        f'<p class="soft">This index answers as {escape(index.state.host)} would, and publishes nothing. It forgets everything when it ends.</p>',
        "<h2>Uploads</h2>",
        *(map(_attempt, reversed(attempts)) if attempts else ("<p>Nothing has been uploaded yet.</p>",)),
        *(["<h2>Trusted publishing</h2>", *map(_exchange, reversed(exchanges))] if exchanges else ()),
        "<h2>Files to install</h2>",
        f"<ul>{''.join(files)}</ul>" if files else "<p>None.</p>",
        '<p class="soft">As the index of pip: <a href="/simple/">/simple/</a></p>',
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Rehearsal</title><style>{_STYLE}</style></head>\n<body>\n{''.join(body)}\n</body>\n</html>\n"
    )


def _attempt(attempt: Attempt) -> str:
    kind, word = _WORDS.get(attempt.verdict, ("bad", "refused"))
    title = attempt.filename or "(no file)"
    parts = [
        f'<article><h3><span class="{kind}">{word}</span> {_shown(title)}</h3>',
        f'<p class="soft">{_shown(attempt.agent)}{", with " if attempt.identity else ""}{_shown(attempt.identity)}</p>',
    ]
    if attempt.reasons:
        parts.append(f"<pre>{attempt.status} {_shown(attempt.phrase)}</pre>")
        first, *more = attempt.reasons
        parts.append(f"<ul>{_reason(first)}</ul>")
        if more:
            parts.append(f"<p>Also wrong:</p><ul>{''.join(map(_reason, more))}</ul>")
    if attempt.others:
        items = (
            f'<li><a href="{escape(each.url)}">{each.code} {escape(each.name)}</a>: {_shown(each.message)}</li>'
            for each in attempt.others
        )
        parts.append(f"<p>PyPI takes this, and yet:</p><ul>{''.join(items)}</ul>")
    parts += [f'<p class="soft">Not decided: {_shown(note)}.</p>' for note in attempt.notes]
    return "".join([*parts, "</article>\n"])


def _reason(reason: Reason) -> str:
    rule = reason.rule
    if rule is None:
        return f"<li>{_shown(reason.words)}</li>"
    fix = f"<br>{_shown(rule.fix)}" if rule.fix else ""
    link = f'<a href="{escape(rule.url)}">{rule.code} {escape(rule.name)}</a>'
    return f"<li>{link}: {_shown(rule.message)}{fix}</li>"


def _exchange(exchange: Exchange) -> str:
    kind, word = ("good", f"token for {exchange.publisher}") if exchange.publisher else ("bad", "no token")
    claims = "\n".join(f"{name}: {value}" for name, value in exchange.claims)
    details = "".join(f"<li>{_shown(each)}</li>" for each in exchange.details)
    reason = _reason(exchange.reason) if exchange.reason else ""
    return (
        f'<article><h3><span class="{kind}">{_shown(word)}</span></h3><p>{_shown(exchange.words)}</p>'
        f"<pre>{_shown(claims)}</pre>{_list(reason + details)}</article>\n"
    )


def _list(items: str) -> str:
    return f"<ul>{items}</ul>" if items else ""


def _shown(text: str) -> str:
    """Text from outside: no secret, nothing that HTML would obey; what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(redact(text)))
