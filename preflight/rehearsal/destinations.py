"""Where an upload command sends its files, and what of that is played: an address, a name that a client looks up, a file that is missing. Runs nothing.

Of files that hold credentials (`.pypirc`) only the names of repositories and their addresses are used.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from preflight.rehearsal.clients import EITHER, FILE, NAME, URL, Client, Invocation
from preflight.rehearsal.lookups import LOOKUPS, Lookup, Stopped, named_file
from preflight.rehearsal.refused import Refused
from preflight.rehearsal.stated import Choice, choices, without_user
from preflight.sources.records import dataclass
from preflight.sources.tree import mode_of
from preflight.sources.words import say
from preflight.workflows.endpoints import read_endpoint
from preflight.workflows.misspelt_hosts import UPLOAD_HOSTS

LEGACY = "/legacy/"
_TITLES = {"pypi": "PyPI", "testpypi": "TestPyPI"}
_READS_FILE = frozenset({"twine", "uv"})
"""Clients that stop at a file that is named and not there."""


@dataclass(frozen=True)
class Destination:
    """Where a command uploads to.

    `index` is the one of PyPI's that it names; None where it names another, or none. `path` is that of the address, `refusal` what every request meets there,
    and `stops` why the client sends nothing at all. `notes` say what is not played.
    """

    index: str | None = None
    path: str = LEGACY
    refusal: Refused | None = None
    stops: str = ""
    notes: tuple[str, ...] = ()


def destination_of(invocation: Invocation, folder: Path, environment: Mapping[str, str]) -> Destination:
    """Where a command that somebody typed in a folder uploads to, as its client reads it."""
    client = invocation.client
    words = invocation.words[invocation.program + 1 :]
    chosen = choices(client, words, client.where.__contains__)
    address, name, file = (_last(client, chosen, kind) for kind in (URL, NAME, FILE))
    notes = tuple(_left_out(invocation, words))
    if address is not None:
        return _with(_at(client, address), notes)
    place = folder / _directory(words[: invocation.verb - invocation.program - 1])
    if file is not None and client.name in _READS_FILE and not mode_of(named_file(place, file)):
        return Destination(stops=say("`{file}` cannot be read: there is no such file", file=file), notes=notes)
    if name is not None:
        return _with(_named(client, Lookup(name, place, file, environment)), notes)
    if file is not None:
        notes = (*notes, say("what `{file}` says was not used", file=file))
    return Destination(notes=notes)


def _last(client: Client, chosen: Sequence[Choice], kind: str) -> str | None:
    """The value of the last option of a kind; of one that takes both an address and a name, the kind is told by the value."""
    found = None
    for each in chosen:
        meant = client.where[each.option]
        if meant == EITHER:
            meant = URL if "://" in (each.value or "") else NAME
        if meant == kind:
            found = each.value
    return found


def _directory(options: Sequence[str]) -> str:
    """The folder that the options before the verb change to."""
    names = ("-C", "--directory", "--project", "-P")
    for at, word in enumerate(options):
        name, has_value, value = word.partition("=")
        if name in names:
            return value if has_value else "".join(options[at + 1 : at + 2])
    return ""


def _left_out(invocation: Invocation, words: Sequence[str]) -> list[str]:
    """What is left out of the command and neither played nor judged."""
    client = invocation.client
    front = [word.partition("=")[0] for word in invocation.words[: invocation.program] if "=" in word]
    other = choices(client, words, lambda option: option not in {*client.where, *client.who, *client.flags})
    names = [
        *(name for name in front if name.startswith(client.prefixes)),
        *dict.fromkeys(each.typed for each in other),
    ]
    return [say("left out of the command: {options}", options=say(", ").join(names))] if names else []


def _with(found: Destination, notes: tuple[str, ...]) -> Destination:
    return Destination(found.index, found.path, found.refusal, found.stops, (*notes, *found.notes))


def _named(client: Client, lookup: Lookup) -> Destination:
    """Where the client finds an index of this name."""
    try:
        address = LOOKUPS[client.name](lookup)
    except Stopped as error:
        return Destination(stops=str(error))
    if address is not None:
        return _at(client, address)
    words = "what {client} knows as `{name}` was not looked up: what is shown is what PyPI would say"
    return Destination(notes=(say(words, client=client.name, name=lookup.name),))


def _at(client: Client, address: str) -> Destination:
    """What is at an address (warehouse: forklift/__init__.py and config.py; see `read_endpoint`)."""
    try:
        parts = urlsplit(address)
        host, shown = (parts.hostname or "").lower(), f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    except ValueError:
        host, shown = "", ""
    if not host or parts.scheme.lower() not in ("http", "https"):
        return Destination(stops=say("`{address}` is no address of an index", address=without_user(address)))
    problem = read_endpoint(address, client.name)
    if problem is None:
        if host in UPLOAD_HOSTS:
            return Destination(UPLOAD_HOSTS[host])
        return Destination(notes=(say("{address} is not played: what is shown is what PyPI would say", address=shown),))
    title = _TITLES[problem.index]
    if problem.problem == "misspelt":
        words = "{address} looks like a slip of {meant}; what is shown is what {index} would say there"
        note = say(words, address=shown, meant=problem.meant, index=title)
        return Destination(problem.index, notes=(note,))
    if problem.problem == "insecure":
        return Destination(problem.index, refusal=Refused("insecure-http"))
    if host in UPLOAD_HOSTS:
        return Destination(problem.index, parts.path or "/")
    words = "{address} takes no uploads: those to {index} go to {meant}"
    return Destination(problem.index, stops=say(words, address=shown, index=title, meant=problem.meant))
