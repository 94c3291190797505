"""Fingerprints of findings, and the file of known ones that are not reported again. A fingerprint survives moved lines."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from preflight.engine.finding import Reported

SCHEMA = 1


class UnusableBaseline(Exception):
    """A baseline file that cannot be read or written; the message says why."""


def with_fingerprints(findings: Iterable[Reported], cover: Callable[[str], str]) -> list[Reported]:
    """The findings with their fingerprints: a hash of rule, file, the line at the place, and its number among equal ones.

    `cover` hides secrets in a line first: from the hash of a short password one could guess it.
    """
    findings = list(findings)
    if not findings:
        return []
    from hashlib import sha256  # not needed by a run that finds nothing

    seen: Counter[str] = Counter()
    result = []
    for finding in findings:
        place = finding.place
        text = ""
        if place is not None:
            first = place.source.line(place.line)
            text = " ".join(cover(first).split())
        identity = "\0".join(
            (finding.code, place.source.path if place else "", (place.source.member or "") if place else "", text)
        )
        number = seen[identity]
        seen[identity] += 1
        digest = sha256(f"{identity}\0{number}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        result.append(replace(finding, fingerprint=digest))
    return result


def read_baseline(path: Path) -> frozenset[str]:
    """The fingerprints in a baseline file.

    Raises:
        UnusableBaseline: it cannot be read or is not a baseline.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise UnusableBaseline(f"baseline {path} has schema {data['schema']!r}, and this version reads {SCHEMA}")
        return frozenset(entry["fingerprint"] for entry in data["findings"])
    except OSError as error:
        raise UnusableBaseline(f"baseline {path} cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnusableBaseline(
            f"baseline {path} is no baseline file of preflight (write one with --write-baseline)"
        ) from None


def write_baseline(path: Path, findings: Iterable[Reported]) -> int:
    """Write a baseline file of these findings; gives their number.

    Raises:
        UnusableBaseline: it cannot be written.
    """
    entries = [
        {
            "fingerprint": finding.fingerprint,
            "code": finding.code,
            "path": finding.place.source.path if finding.place else None,
        }
        for finding in findings
    ]
    try:
        path.write_text(json.dumps({"schema": SCHEMA, "findings": entries}, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UnusableBaseline(f"baseline {path} cannot be written: {error.strerror or error}") from None
    return len(entries)
