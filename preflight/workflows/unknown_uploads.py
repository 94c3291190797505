"""Actions and reusable workflows that are not at hand and very likely upload: told by their names and by what they are given.

Of what they do nothing is known, so neither is whether they upload, nor where to. Names none of them.
"""

import re
from collections.abc import Mapping

from preflight.sources.patterns import compile as _compile
from preflight.workflows.upload_model import (
    NO_TRUSTED_PUBLISHING,
    IndexChoice,
    Origin,
    Setting,
    Upload,
)
from preflight.workflows.values import Opaque, Unknown, Value

_PUBLISHES = _compile(
    r"(?:publish|upload|deploy|releas)\w*(?:[-_/.]\w+)*?[-_/.]?pypi|pypi(?:[-_/.]\w+)*?[-_/.]?(?:publish|upload|deploy|releas)",
    re.IGNORECASE,
)
_MAY_PUBLISH = _compile(r"pypi|twine|publish|upload|deploy|releas|poetry|python", re.IGNORECASE)
_ONLY_LOOKS = _compile(r"verif|check|wait|test-install|version|smoke|server|mirror|stats", re.IGNORECASE)
_CREDENTIAL = _compile(r"(?=.*(?:pypi|twine))(?=.*(?:token|password|passwd|secret|key|auth))", re.IGNORECASE)
_SWITCH = _compile(r"pypi|publish|upload", re.IGNORECASE)


def unknown_upload(
    name: str, inputs: Mapping[str, Value], secrets: Mapping[str, Value], environment: Mapping[str, Value]
) -> Upload | None:
    """What an action or workflow of that name probably uploads; None where nothing says that it does.

    `name` is `owner/repository` with the path behind it. Either the name says that it publishes to PyPI, or it may and is handed
    a credential for PyPI. A switch for it that is plainly off says that it does not.
    """
    credential = _credential(inputs, secrets, environment)
    says = _PUBLISHES.search(name) is not None and not _ONLY_LOOKS.search(name)
    if not says and (credential is None or _MAY_PUBLISH.search(name) is None):
        return None
    switches = [value.literal for key, value in inputs.items() if _SWITCH.search(key)]
    if any((each or "").strip().lower() == "false" for each in switches if each is not None):
        return None
    choice = Setting(Value((Unknown(f"decided by {name}"),)), Origin.CLIENT, name)
    return Upload(
        client=name,
        subcommand="publish",
        index=IndexChoice(choice),
        trusted=NO_TRUSTED_PUBLISHING,
        token=credential,
        unread=tuple(inputs.values()),
        other_credentials=(f"what {name} has",),
        builds=True,
        guard=Opaque(f"`{name}` uploads"),
    )


def _credential(
    inputs: Mapping[str, Value], secrets: Mapping[str, Value], environment: Mapping[str, Value]
) -> Setting | None:
    for origin, values in ((Origin.INPUT, {**inputs, **secrets}), (Origin.ENVIRONMENT, environment)):
        for key, value in values.items():
            if value.secrets and _CREDENTIAL.match(key):
                return Setting(value, origin, key)
    return None
