"""The restrictions inside an API token, read exactly as PyPI reads them. Knows neither time nor project.

warehouse: `macaroons/caveats/__init__.py`, `_core.py` and `_legacy.py`; field types are pydantic's strict ones.
"""

import json
from enum import StrEnum
from typing import Any

from preflight.credentials.macaroon import SealedCaveat
from preflight.sources.records import dataclass


class CaveatFault(StrEnum):
    """Why PyPI refuses a caveat whatever the upload: names of its refusals."""

    NOT_JSON = "caveat-not-json"
    NOT_ARRAY = "caveat-not-array"
    EMPTY_ARRAY = "caveat-empty-array"
    UNKNOWN_TAG = "caveat-unknown-tag"
    NOT_ENOUGH_VALUES = "caveat-not-enough-values"
    INVALID_VALUES = "caveat-invalid-values"
    LEGACY_BAD_EXPIRY = "caveat-legacy-bad-expiry"


@dataclass(frozen=True, slots=True)
class Expiration:
    """Good from `not_before` on and until just before `expires_at`: seconds since 1970, no leeway."""

    expires_at: int
    not_before: int


@dataclass(frozen=True, slots=True)
class ProjectName:
    """Good for projects whose normalized name is one of `names`, which PyPI takes as they stand."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectID:
    """Good for projects with one of these ids, which PyPI does not publish."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestUser:
    """Good for one account. `user_id` is None in the oldest form, which means whoever the token belongs to."""

    user_id: str | None


@dataclass(frozen=True, slots=True)
class OIDCPublisher:
    """Good for the projects of one trusted publisher: a token that was minted, not created by a person."""

    publisher_id: str


@dataclass(frozen=True, slots=True)
class UnusableCaveat:
    """A restriction that PyPI cannot read, so that it refuses every use of the token. `text` is what it says."""

    reason: CaveatFault
    text: str


@dataclass(frozen=True, slots=True)
class UndecidedCaveat:
    """A restriction nested so deeply that this Python cannot read it, while PyPI's might."""


Caveat = Expiration | ProjectName | ProjectID | RequestUser | OIDCPublisher | UnusableCaveat | UndecidedCaveat


def read_caveat(sealed: SealedCaveat) -> Caveat:
    """Read one caveat.

    A caveat that needs another service makes PyPI's verifier fail without a word of its own, as do bytes that are not
    UTF-8 and text that is not JSON: all three end in "unknown error".
    """
    text = sealed.content.decode(errors="replace")
    if sealed.third_party:
        return UnusableCaveat(CaveatFault.NOT_JSON, text)
    try:
        value = json.loads(sealed.content.decode())
    except RecursionError:
        return UndecidedCaveat()
    except ValueError:
        return UnusableCaveat(CaveatFault.NOT_JSON, text)
    caveat = _adapt_mapping(value) if isinstance(value, dict) else _from_array(value)
    return UnusableCaveat(caveat, text) if isinstance(caveat, CaveatFault) else caveat


def _from_array(value: Any) -> Caveat | CaveatFault:
    """warehouse: `macaroons/caveats/_core.py`, `deserialize_obj`. More fields than are known are overlooked."""
    if not isinstance(value, list):
        return CaveatFault.NOT_ARRAY
    if not value:
        return CaveatFault.EMPTY_ARRAY
    tag, *fields = value
    if isinstance(tag, list | dict):
        # PyPI looks the tag up in a dictionary, which raises TypeError for these: "unknown error".
        return CaveatFault.NOT_JSON
    # Equality, not type: true and 1.0 are tag 1 in that dictionary.
    if tag == 0:
        return _expiration(fields)
    if tag == 1:
        return _strings(fields, ProjectName)
    if tag == 2:
        return _strings(fields, ProjectID)
    if tag == 3:
        return _request_user(fields)
    if tag == 4:
        return _oidc_publisher(fields)
    return CaveatFault.UNKNOWN_TAG


def _expiration(fields: list[Any]) -> Caveat | CaveatFault:
    if len(fields) < 2:
        return CaveatFault.NOT_ENOUGH_VALUES
    expires_at, not_before = fields[:2]
    # type() and not isinstance(): a strict integer of pydantic is no bool.
    if type(expires_at) is not int or type(not_before) is not int:
        return CaveatFault.INVALID_VALUES
    return Expiration(expires_at, not_before)


def _strings(fields: list[Any], kind: type[ProjectName] | type[ProjectID]) -> Caveat | CaveatFault:
    if not fields:
        return CaveatFault.NOT_ENOUGH_VALUES
    values = fields[0]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return CaveatFault.INVALID_VALUES
    return kind(tuple(values))


def _request_user(fields: list[Any]) -> Caveat | CaveatFault:
    if not fields:
        return CaveatFault.NOT_ENOUGH_VALUES
    return RequestUser(fields[0]) if isinstance(fields[0], str) else CaveatFault.INVALID_VALUES


def _oidc_publisher(fields: list[Any]) -> Caveat | CaveatFault:
    if not fields:
        return CaveatFault.NOT_ENOUGH_VALUES
    publisher_id = fields[0]
    claims = fields[1] if len(fields) > 1 else None
    if not isinstance(publisher_id, str) or not (claims is None or isinstance(claims, dict)):
        return CaveatFault.INVALID_VALUES
    return OIDCPublisher(publisher_id)


def _adapt_mapping(value: dict[str, Any]) -> Caveat | CaveatFault:
    """The first form of caveats, mappings. warehouse: `macaroons/caveats/_legacy.py`."""
    if value.get("version") == 1:
        permissions = value.get("permissions")
        if permissions == "user":
            return RequestUser(None)
        if isinstance(permissions, dict) and "projects" in permissions:
            return _from_array([1, permissions["projects"]])
        return CaveatFault.NOT_ARRAY
    if "exp" in value and "nbf" in value:
        return _from_array([0, value["exp"], value["nbf"]])
    if "project_ids" in value:
        return _from_array([2, value["project_ids"]])
    return CaveatFault.LEGACY_BAD_EXPIRY if "exp" in value or "nbf" in value else CaveatFault.NOT_ARRAY
