"""Every refusal of PyPI that local files can foretell: a rule stands for it, a distribution meets it, and one that is right meets none."""

import pytest
from attestations import PROVENANCE, PUBLISH, attestation
from distributions.test_archive_refusals import REFUSED as REFUSED_ARCHIVES
from harness import check_files
from recipes import build

from preflight.engine.finding import Severity
from preflight.engine.packs import built_in_registry
from preflight.refusals import refusals

STAGES = ("filename", "archive", "metadata", "attestation", "quota", "upload-form")
LOCAL = [each for each in refusals().values() if each.foretold == "local" and each.stage in STAGES]

UNREACHABLE = {
    "wheel-filename-extension": "the branch is entered for files that end in .whl only",
    "zip-negative-offset": "the reader of the central directory refuses the file first",
    "zip-local-cd-differ": "zip-name-not-in-cd or zip-missing-local comes first",
    "attest-unsupported-predicate": "attest-unknown-type comes first",
    "filename-separator": "no file on disk has a slash in its name, and no other system than Windows a backslash",
    "dynamic-not-in-enum": "only `Dynamic: Dynamic` reaches it",
}
"""Refusals that no upload meets, or hardly any, and why. The card of a rule names them all the same."""

ELSEWHERE = {"attest-no-tp": "the workflow decides it: tests of the attestation rules"}

WHEEL = "demo-1.0-py3-none-any.whl"
SDIST = "demo-1.0.tar.gz"
BASE = "wheel demo 1.0\n"


def wheel(*lines: str) -> tuple[str, str]:
    return WHEEL, "\n".join(("wheel demo 1.0", *lines))


METADATA: dict[str, tuple[str, str]] = {
    "name-required": wheel("metadata Name:"),
    "name-invalid": wheel("metadata Name: de mo"),
    "name-invalid-metadata": wheel("metadata Name: d\\u0435mo"),
    "filetype-unknown": ("demo-1.0.egg", "zip\nfile EGG-INFO/PKG-INFO = x"),
    "metadata-version-missing": wheel("metadata Metadata-Version:"),
    "metadata-version-invalid": wheel("metadata Metadata-Version: 2.0"),
    "field-too-new": wheel("metadata License-Expression: MIT"),
    "version-required": wheel("metadata Version:"),
    "version-invalid": wheel("metadata Version: 1.0-final"),
    "version-local": ("demo-1.0+local-py3-none-any.whl", "wheel demo 1.0+local"),
    "summary-too-long": wheel("metadata Summary: " + "x" * 513),
    "summary-multiline": wheel("metadata Summary: one\\n        two"),
    "author-email-invalid": wheel("metadata Author-Email: someone@nowhere"),
    "maintainer-email-invalid": wheel("metadata Maintainer-Email: someone@nowhere"),
    "classifier-unknown": wheel("metadata Classifier: Programming Language :: Python :: 2.99"),
    "classifier-private": wheel("metadata Classifier: Private :: Do Not Upload"),
    "classifier-deprecated-replacement": wheel("metadata Classifier: Natural Language :: Ukranian"),
    "classifier-deprecated": wheel("metadata Classifier: Topic :: Communications :: Chat :: AOL Instant Messenger"),
    "home-page-invalid": wheel("metadata Home-Page: www.example.org"),
    "download-url-invalid": wheel("metadata Download-URL: ftp://example.org/x"),
    "project-url-no-label": wheel("metadata Project-URL: , https://example.org"),
    "project-url-label-long": wheel(f"metadata Project-URL: {'l' * 33}, https://example.org"),
    "project-url-no-url": wheel("metadata Project-URL: Home,"),
    "project-url-invalid": wheel("metadata Project-URL: Home, example.org"),
    "project-url-duplicate": wheel("metadata Project-URL: A, https://a.org", "metadata Project-URL: A, https://b.org"),
    "field-repeated": wheel("metadata License: MIT", "metadata License: BSD"),
    "provides-dist-invalid": wheel("metadata Provides-Dist: ???"),
    "obsoletes-dist-invalid": wheel("metadata Obsoletes-Dist: ???"),
    "dist-direct-reference": wheel("metadata Provides-Dist: x @ https://example.org/x.whl"),
    "requires-dist-direct": wheel("metadata Requires-Dist: x @ https://example.org/x.whl"),
    "requires-dist-invalid": wheel("metadata Requires-Dist: requests 2.0"),
    "requires-python-invalid": wheel("metadata Requires-Python: 3.9"),
    "provides-extra-invalid": wheel("metadata Provides-Extra: my extra"),
    "dynamic-not-allowed": wheel("metadata Metadata-Version: 2.2", "metadata Dynamic: Version"),
    "dynamic-invalid": wheel("metadata Metadata-Version: 2.2", "metadata Dynamic: dependencies"),
    "license-and-expression": wheel(
        "metadata Metadata-Version: 2.4", "metadata License: MIT", "metadata License-Expression: MIT"
    ),
    "license-expression-invalid": wheel("metadata Metadata-Version: 2.4", "metadata License-Expression: GPL"),
    "license-file-parent": wheel("metadata Metadata-Version: 2.4", "metadata License-File: ../LICENSE"),
    "license-file-glob": wheel("metadata Metadata-Version: 2.4", "metadata License-File: LICEN*"),
    "license-file-absolute": wheel("metadata Metadata-Version: 2.4", "metadata License-File: /LICENSE"),
    "license-file-backslash": wheel("metadata Metadata-Version: 2.4", "metadata License-File: a\\\\LICENSE"),
    "content-type-unsupported": wheel("metadata Description-Content-Type: text/html"),
    "content-type-charset": wheel("metadata Description-Content-Type: text/markdown; charset=latin-1"),
    "content-type-variant": wheel("metadata Description-Content-Type: text/markdown; variant=Github"),
    "import-name-identifier": wheel("metadata Metadata-Version: 2.5", "metadata Import-Name: de-mo"),
    "import-name-keyword": wheel("metadata Metadata-Version: 2.5", "metadata Import-Name: demo.class"),
    "import-name-option": wheel("metadata Metadata-Version: 2.5", "metadata Import-Name: demo; public"),
    "metadata-braces-crash": wheel("metadata Requires-Python: {{ python }"),
    "description-render-failed": wheel("metadata Description-Content-Type: text/x-rst", "body :nonsense:`role`"),
    "description-render-failed-default": wheel("body Title\\n=\\n\\n:nonsense:`role`"),
}

FILENAMES: dict[str, tuple[str, str]] = {
    "filename-too-long": (f"demo-1.0-{'py3.' * 60}py3-none-any.whl", "wheel demo 1.0"),
    "filename-nonprintable": ("demo-1.0-py3-none-any\x1f.whl", "wheel demo 1.0"),
    "extension-wrong-for-filetype": ("demo-1.0-py3-none-any.WHL", "wheel demo 1.0"),
    "extension-unknown": ("demo-1.0.tar.bz2", "sdist demo 1.0\ntar: pack bzip2"),
    "sdist-filename-unparsable": ("demo-1.0-src.tar.gz", "sdist demo 1.0"),
    "sdist-name-mismatch": ("other-1.0.tar.gz", "sdist demo 1.0"),
    "sdist-filename-normalization": ("Demo-1.0.tar.gz", "sdist demo 1.0"),
    "wheel-filename-parts": ("demo-1.0-py3-any.whl", "wheel demo 1.0"),
    "wheel-filename-project": ("de__mo-1.0-py3-none-any.whl", "wheel de__mo 1.0"),
    "wheel-filename-version": ("demo-1_final-py3-none-any.whl", "wheel demo 1_final"),
    "wheel-filename-build": ("demo-1.0-b1-py3-none-any.whl", "wheel demo 1.0"),
    "wheel-platform-tag": ("demo-1.0-cp312-cp312-linux_x86_64.whl", "wheel demo 1.0"),
    "wheel-name-mismatch": (WHEEL, "wheel demo 1.0\nmetadata Name: other"),
    "wheel-name-not-normalized": ("De.mo-1.0-py3-none-any.whl", "wheel De.mo 1.0"),
    "wheel-version-mismatch": (WHEEL, "wheel demo 1.0\nmetadata Version: 1.1"),
}

_ENTRY_POINTS = "demo-1.0.dist-info/entry_points.txt"
CONTENTS: dict[str, tuple[str, str]] = {
    "sdist-license-file-missing": (
        SDIST,
        "sdist demo 1.0\nmetadata Metadata-Version: 2.4\nmetadata License-File: LICENSE",
    ),
    "wheel-license-file-missing": wheel("metadata Metadata-Version: 2.4", "metadata License-File: LICENSE"),
    "wheel-no-record": wheel("record: none"),
    "wheel-record-mismatch": wheel("record: without demo/__init__.py"),
    "wheel-entry-points-utf8": wheel(f"bytes {_ENTRY_POINTS} = [console_scripts]\\nd\\xe9mo = demo:main\\n"),
    "wheel-entry-points-ini": wheel(f"file {_ENTRY_POINTS} = [console_scripts]\\ndemo\\n"),
    "wheel-entry-points-name": wheel(f"file {_ENTRY_POINTS} = [gui_scripts]\\nde mo = demo:main\\n"),
    "wheel-no-metadata": wheel("drop demo-1.0.dist-info/METADATA"),
}

ATTESTATIONS: dict[str, list[str]] = {
    "attest-malformed": ["{}"],
    "attest-envelope": [attestation(WHEEL, "0", statement={"_type": "https://in-toto.io/Statement/v0.1"})],
    "attest-subject-count": [
        attestation(WHEEL, "0", subjects=[{"name": WHEEL, "digest": {"sha256": "0"}}, {"name": "x", "digest": {}}])
    ],
    "attest-subject-name": [attestation("", "0")],
    "attest-subject-dist": [attestation("demo-1.1-py3-none-any.whl", "0")],
    "attest-digest": [attestation(WHEEL, "0")],
    "attest-unknown-type": [attestation(WHEEL, "0", predicate="https://example.org/v1")],
    "attest-too-many": [
        attestation(WHEEL, "0"),
        attestation(WHEEL, "0", predicate=PROVENANCE),
        attestation(WHEEL, "0"),
    ],
    "attest-dup-predicate": [attestation(WHEEL, "0", predicate=PUBLISH)] * 2,
}

CERTAIN_ONLY_WHEN_KNOWN = {"file-too-large", "classifier-private", "wheel-record-mismatch"}
"""Refusals that are warnings, since a condition is not known or PyPI only sends mail."""


def foretold(files: dict[str, str | bytes]) -> dict[str, Severity]:
    """The refusals that findings name, with the worst severity."""
    result = check_files(files)
    assert not result.crashed, [finding.message for finding in result.findings]
    found: dict[str, Severity] = {}
    for finding in result.findings:
        for row in finding.rejections:
            found[row] = max(found.get(row, Severity.INFO), finding.severity, key=lambda each: each.rank)
    return found


BUILT = {**METADATA, **FILENAMES, **CONTENTS}


@pytest.mark.parametrize("row", sorted(BUILT))
def test_a_distribution_that_meets_the_refusal(row: str) -> None:
    filename, recipe = BUILT[row]
    files: dict[str, str | bytes] = {f"dist/{filename}": build(recipe)}
    if row == "classifier-private":
        files["preflight.toml"] = (
            '[[publishers]]\nowner = "octo-org"\nrepository = "demo"\nworkflow = "publish.yml"\nproject = "demo"\n'
        )
    found = foretold(files)
    assert row in found, found
    if row not in CERTAIN_ONLY_WHEN_KNOWN:
        assert found[row] is Severity.ERROR


@pytest.mark.parametrize("row", sorted(ATTESTATIONS))
def test_an_attestation_that_meets_the_refusal(row: str) -> None:
    files: dict[str, str | bytes] = {f"dist/{WHEEL}": build(BASE)}
    for number, text in enumerate(ATTESTATIONS[row]):
        files[f"dist/{WHEEL}.part{number}.attestation"] = text
    found = foretold(files)
    assert found.get(row) is Severity.ERROR, found


def test_the_file_of_an_empty_list_is_no_attestation() -> None:
    """Clients put what their files hold into a list: so no file makes an empty set of it, and nothing foretells that refusal."""
    assert foretold({f"dist/{WHEEL}": build(BASE), f"dist/{WHEEL}.publish.attestation": "[]"}) == {
        "attest-malformed": Severity.ERROR
    }
    assert refusals()["attest-empty"].foretold == "no"


@pytest.mark.parametrize(("filename", "recipe"), [(WHEEL, BASE), (SDIST, "sdist demo 1.0")])
def test_a_right_distribution_meets_none(filename: str, recipe: str) -> None:
    assert foretold({f"dist/{filename}": build(recipe)}) == {}


def test_every_local_refusal_has_a_rule() -> None:
    named = {row for rule in built_in_registry().rules.values() for row in rule.card.rejections}
    assert [each.name for each in LOCAL if each.name not in named] == []


def test_every_local_refusal_is_tried() -> None:
    tried = {*BUILT, *ATTESTATIONS, *REFUSED_ARCHIVES, "file-too-large"}  # the last by the example of its card
    untried = {each.name for each in LOCAL} - tried
    assert untried == {*UNREACHABLE, *ELSEWHERE}
    assert not tried.intersection(UNREACHABLE)
