"""The part of SARIF 2.1.0 that reports use, as a JSON schema of our own: closed, so that a misspelt property is seen.

Written from the OASIS specification and from GitHub's page "SARIF support for code scanning"; what GitHub demands
beyond the specification (a location, a whole region, help for each rule) is required here too.
"""

from typing import Any


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    properties = {**required, **optional}
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _array(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


TEXT = {"type": "string", "minLength": 1}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
NUMBER = {"type": "integer", "minimum": 1}
INDEX = {"type": "integer", "minimum": 0}
BAG = {"type": "object"}
MESSAGE = _object({"text": TEXT})
URI = {"type": "string", "pattern": r"^(?:[A-Za-z0-9._~/!$&'()*+,;=@-]|%[0-9A-F]{2})+$"}

ARTIFACT = _object({"uri": URI, "uriBaseId": {"const": "%SRCROOT%"}})
REGION = _object({"startLine": NUMBER, "startColumn": NUMBER, "endLine": NUMBER, "endColumn": NUMBER})
PHYSICAL = _object({"artifactLocation": ARTIFACT, "region": REGION})
LOGICAL = _array(_object({"fullyQualifiedName": TEXT, "kind": TEXT}), minItems=1)
LOCATION = _object({"physicalLocation": PHYSICAL}, logicalLocations=LOGICAL)
RELATED = _object({"id": INDEX, "physicalLocation": PHYSICAL, "message": MESSAGE}, logicalLocations=LOGICAL)

REPLACEMENT = _object({"deletedRegion": REGION}, insertedContent=MESSAGE)
CHANGE = _object({"artifactLocation": ARTIFACT, "replacements": _array(REPLACEMENT, minItems=1)})
CHANGES = _array(CHANGE, minItems=1, uniqueItems=True)
FIX = _object({"artifactChanges": CHANGES}, description=MESSAGE, properties=BAG)

RULE = _object(
    {"id": TEXT, "shortDescription": MESSAGE, "help": _object({"text": TEXT}, markdown=TEXT)},
    name=TEXT,
    fullDescription=_object({"text": {**TEXT, "maxLength": 1024}}),
    helpUri={"type": "string", "pattern": "^https://"},
    defaultConfiguration=_object({"level": LEVEL}),
    properties=BAG,
)
RESULT = _object(
    {
        "ruleId": TEXT,
        "ruleIndex": INDEX,
        "level": LEVEL,
        "message": MESSAGE,
        "locations": _array(LOCATION, minItems=1, maxItems=1),
    },
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    relatedLocations=_array(RELATED),
    fixes=_array(FIX, minItems=1),
    properties=BAG,
)
DRIVER = _object(
    {"name": {"const": "preflight"}, "version": TEXT, "rules": _array(RULE)},
    fullName=TEXT,
    informationUri={"type": "string", "pattern": "^https://"},
    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
)
NOTIFICATION = _object({"message": MESSAGE}, level=LEVEL, associatedRule=_object({"id": TEXT}))
INVOCATION = _object(
    {"executionSuccessful": {"type": "boolean"}},
    exitCode={"type": "integer"},
    toolExecutionNotifications=_array(NOTIFICATION),
)
RUN = _object(
    {
        "tool": _object({"driver": DRIVER}),
        "results": _array(RESULT),
        "columnKind": {"const": "unicodeCodePoints"},
        "automationDetails": _object({"id": TEXT}),
        "invocations": _array(INVOCATION, minItems=1, maxItems=1),
    },
    originalUriBaseIds=BAG,
)
LOG = _object({"$schema": TEXT, "version": {"const": "2.1.0"}, "runs": _array(RUN, minItems=1, maxItems=1)})
