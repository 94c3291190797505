"""PyPI's verdicts on core metadata fields, pinned down: an upgrade of packaging must not change one unseen."""

import pytest

from preflight.distributions.acceptance import (
    Refusal,
    Refusing,
    content_type_refusals,
    dynamic_refusals,
    import_name_refusals,
    license_file_refusals,
    license_pair_refusals,
    metadata_version_refusals,
    provides_extra_refusals,
    repeated_field_refusals,
    requires_python_refusals,
    sent,
    summary_refusals,
)
from preflight.distributions.classifiers import classifier_refusals, maybe_newer_than_list, nearest_classifier
from preflight.distributions.licences import license_expression_refusals, meant_license
from preflight.distributions.mailboxes import mailbox_refusals, single_address
from preflight.distributions.pythons import intended_requires_python, satisfied_by_some_python
from preflight.distributions.requirements import legacy_dist_refusals, requires_dist_refusals
from preflight.distributions.urls import parsed_project_url, project_url_refusals, repeated_labels, valid_url

ALWAYS, PINNED, NEWER = Refusing.ALWAYS, Refusing.PINNED, Refusing.NEWER


def rows(refusals: object) -> list[tuple[str, Refusing]]:
    return [(each.rejection, each.by) for each in refusals]  # type: ignore[attr-defined]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"])
def test_accepted_metadata_versions(version: str) -> None:
    assert not list(metadata_version_refusals(version))


@pytest.mark.parametrize("version", ["2.0", "2.6", "3.0", "2.4 ", "2"])
def test_refused_metadata_versions(version: str) -> None:
    [refusal] = metadata_version_refusals(version)
    assert refusal == Refusal("metadata-version-invalid", f"{version!r} is not a valid metadata version")


def test_a_missing_metadata_version() -> None:
    assert rows(metadata_version_refusals(None)) == [("metadata-version-missing", ALWAYS)]


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("one line", []),
        ("a\nb", [("summary-multiline", ALWAYS)]),
        ("a\r\nb", [("summary-multiline", ALWAYS)]),
        ("a\rb", [("summary-multiline", NEWER)]),
        ("a\x0bb", [("summary-multiline", NEWER)]),
        ("a\u2028b", [("summary-multiline", NEWER)]),
        ("x" * 512, []),
        ("字" * 512, []),
        ("x" * 513, [("summary-too-long", ALWAYS)]),
        ("x" * 513 + "\r", [("summary-too-long", ALWAYS), ("summary-multiline", NEWER)]),
    ],
)
def test_summaries(summary: str, expected: list[tuple[str, Refusing]]) -> None:
    assert rows(summary_refusals(summary)) == expected


@pytest.mark.parametrize(
    "value",
    [
        "text/markdown",
        "text/x-rst",
        "text/plain",
        "Text/Markdown",
        "text/markdown; charset=UTF-8",
        "text/markdown;charset=UTF-8;variant=GFM",
        "text/markdown; variant=CommonMark",
        'text/markdown; charset="UTF-8"',
        "text/markdown;",
        "text/x-rst; variant=anything",
    ],
)
def test_accepted_content_types(value: str) -> None:
    assert not list(content_type_refusals(value))


@pytest.mark.parametrize(
    ("value", "row", "by"),
    [
        ("markdown", "content-type-unsupported", ALWAYS),
        ("text/html", "content-type-unsupported", ALWAYS),
        ("text/markdown charset=UTF-8", "content-type-unsupported", ALWAYS),
        ("text/markdown; x*", "content-type-unsupported", ALWAYS),
        ("text/markdown; charset=utf-8", "content-type-charset", PINNED),
        ("text/markdown; charset=latin-1", "content-type-charset", ALWAYS),
        ("text/markdown; charset", "content-type-charset", ALWAYS),
        ("text/markdown; variant=gfm", "content-type-variant", ALWAYS),
        ("text/markdown; charset='UTF-8'", "content-type-unsupported", NEWER),
        ("text/x-rst;charset=UTF-8;x=1;x=2", "content-type-unsupported", NEWER),
    ],
)
def test_refused_content_types(value: str, row: str, by: Refusing) -> None:
    assert rows(content_type_refusals(value)) == [(row, by)]


@pytest.mark.parametrize(
    "value", [">=3.8", ">=3.8,<4", "~=3.8", "==3.*", "!=3.0.*", "", ">= 3.8 , != 3.9.1", ">=3.8,", "===3.8"]
)
def test_accepted_python_versions(value: str) -> None:
    assert not list(requires_python_refusals(value))


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("3.8", ">=3.8"),
        ("3.8+", ">=3.8"),
        ("3.x", ">=3"),
        ("^3.8", ">=3.8,<4.0"),
        ("~3.8", ">=3.8,<3.9"),
        ("=>3.8", ">=3.8"),
        (">=3.8.*", ">=3.8"),
        (">=3.8 <4", ">=3.8,<4"),
        (">=3.8 , <4 <5", None),
        ("^0.1", None),
        ("3.8 || 3.9", None),
        ("3.8, 3.9", None),
        ("*", None),
        ("~=3", None),
        ("python 3", None),
    ],
)
def test_refused_python_versions_and_what_was_meant(value: str, meant: str | None) -> None:
    assert rows(requires_python_refusals(value)) == [("requires-python-invalid", ALWAYS)]
    assert intended_requires_python(value) == meant


@pytest.mark.parametrize(
    ("value", "possible"),
    [
        (">=3.8", True),
        (">3.12,<3.13", True),
        (">=3.15", True),
        ("==3.12.4", True),
        ("==2.7.*", True),
        (">=3.8,!=3.8.*", True),
        ("<3.9,>=3.8.5", True),
        ("", True),
        (">=3.8,<3.8", False),
        (">=3.12,<3.10", False),
        ("==3.11.*,==3.12.*", False),
        (">=4", False),
        (">=3.7,<3", False),
        ("~=3.8.0,>=3.9", False),
        ("===cpython", True),
    ],
)
def test_whether_some_python_fits(value: str, possible: bool) -> None:
    assert satisfied_by_some_python(value) is possible


@pytest.mark.parametrize(
    "value",
    [
        "foo",
        "foo>=1",
        "foo[bar,baz]~=1.2 ; python_version < '3.9'",
        "foo (>=1.0)",
        "foo==1.*",
        "foo===anything",
        "foo; extra == 'x'",
        "foo ; 'linux' in sys_platform",
        "Foo.Bar_baz",
    ],
)
def test_accepted_requirements(value: str) -> None:
    assert not list(requires_dist_refusals(value))


@pytest.mark.parametrize(
    ("value", "row", "by"),
    [
        ("foo bar", "requires-dist-invalid", ALWAYS),
        ("foo 1.2", "requires-dist-invalid", ALWAYS),
        ("foo>=1.*", "requires-dist-invalid", ALWAYS),
        ("foo=1", "requires-dist-invalid", ALWAYS),
        ("foo; python_version>3", "requires-dist-invalid", ALWAYS),
        ("foo>=1 # why", "requires-dist-invalid", ALWAYS),
        ("-e .", "requires-dist-invalid", ALWAYS),
        ("", "requires-dist-invalid", ALWAYS),
        ("foo===x[y,z]", "requires-dist-invalid", ALWAYS),
        ("foo; os_name == '\\x'", "requires-dist-invalid", ALWAYS),
        ("foo>=1\n", "requires-dist-invalid", NEWER),
        ("foo bar\n", "requires-dist-invalid", ALWAYS),
        ("foo @ https://foo.org/x.whl", "requires-dist-direct", ALWAYS),
        ("foo[x]@git+ssh://git@host/x ; extra == 'y'", "requires-dist-direct", ALWAYS),
        ("foo @ file:../x", "requires-dist-direct", ALWAYS),
        ("foo=={version}", "metadata-braces-crash", ALWAYS),
        ("foo=={{ version }}", "requires-dist-invalid", ALWAYS),
    ],
)
def test_refused_requirements(value: str, row: str, by: Refusing) -> None:
    assert rows(requires_dist_refusals(value)) == [(row, by)]


def test_pypis_sentences_about_requirements() -> None:
    [invalid] = requires_dist_refusals("foo bar")
    assert invalid.message == "'foo bar' is invalid for 'requires-dist'"
    [direct] = requires_dist_refusals("foo[y,x]@https://foo.org/x.whl")
    assert direct.message == "Can't have direct dependency: foo[x,y] @ https://foo.org/x.whl"
    [braces] = requires_dist_refusals("foo=={{ version }}")
    assert braces.message == "'foo=={ version }' is invalid for 'requires-dist'"


def test_older_dependency_fields() -> None:
    assert not list(legacy_dist_refusals("foo>=1", "provides-dist"))
    assert rows(legacy_dist_refusals("my tool", "provides-dist")) == [("provides-dist-invalid", ALWAYS)]
    assert rows(legacy_dist_refusals("my tool", "obsoletes-dist")) == [("obsoletes-dist-invalid", ALWAYS)]
    assert rows(legacy_dist_refusals("tool @ https://x.org/t", "provides-dist")) == [("dist-direct-reference", ALWAYS)]
    assert rows(legacy_dist_refusals("tool\n", "provides-dist")) == [("provides-dist-invalid", NEWER)]


@pytest.mark.parametrize(
    "value",
    [
        "MIT",
        "mit",
        "MIT OR Apache-2.0",
        "(MIT and (Apache-2.0 OR BSD-2-Clause))",
        "GPL-2.0",
        "GPL-2.0+",
        "GPL-3.0-or-later WITH Classpath-exception-2.0",
        "LicenseRef-Our.Own-1",
        "licenseref-ours OR MIT",
    ],
)
def test_accepted_licence_expressions(value: str) -> None:
    assert not list(license_expression_refusals(value))


@pytest.mark.parametrize(
    ("value", "by"),
    [
        ("MIT License", ALWAYS),
        ("Proprietary", ALWAYS),
        ("MIT OR", ALWAYS),
        ("MIT or or ISC", ALWAYS),
        ("()", ALWAYS),
        ("MIT (ISC)", ALWAYS),
        ("LicenseRef-a_b", ALWAYS),
        ("MIT WITH Foo", ALWAYS),
        ("LicenseRef-x+", ALWAYS),
        ("LicenseRef-", NEWER),
        ("LicenseRef-x OR LicenseRef-x+", NEWER),
        ("(MIT) WITH Classpath-exception-2.0", NEWER),
        ("GPL-2.0 WITH Classpath-exception-2.0 WITH Classpath-exception-2.0", NEWER),
    ],
)
def test_refused_licence_expressions(value: str, by: Refusing) -> None:
    assert rows(license_expression_refusals(value)) == [("license-expression-invalid", by)]


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("MIT License", "MIT"),
        ("Apache 2.0", "Apache-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("BSD 3-Clause", "BSD-3-Clause"),
        ("GPLv3", "GPL-3.0-only"),
        ("GPLv3+", "GPL-3.0-or-later"),
        ("Proprietary", "LicenseRef-Proprietary"),
        ("GPL 3.0 or later", "GPL-3.0-or-later"),
        ("BSD", None),
        ("Something of ours", None),
    ],
)
def test_what_a_licence_probably_means(value: str, meant: str | None) -> None:
    assert meant_license(value) == meant
    assert meant is None or not list(license_expression_refusals(meant))


def test_license_beside_its_expression() -> None:
    assert rows(license_pair_refusals("MIT", "MIT")) == [("license-and-expression", ALWAYS)]
    assert not list(license_pair_refusals(None, "MIT"))
    assert not list(license_pair_refusals("MIT", None))


@pytest.mark.parametrize(
    ("value", "row"),
    [
        ("LICENSE", None),
        ("licenses/MIT.txt", None),
        ("../LICENSE", "license-file-parent"),
        ("LICENSE..txt", "license-file-parent"),
        ("LICENSE*", "license-file-glob"),
        ("/LICENSE", "license-file-absolute"),
        ("C:/LICENSE", "license-file-absolute"),
        ("licenses\\MIT", "license-file-backslash"),
        ("./LICENSE", "license-file-backslash"),
        ("licenses//MIT", "license-file-backslash"),
        ("{x}*", "metadata-braces-crash"),
    ],
)
def test_licence_files(value: str, row: str | None) -> None:
    assert rows(license_file_refusals(value)) == ([(row, ALWAYS)] if row else [])


@pytest.mark.parametrize(
    ("value", "row"),
    [
        ("Requires-Dist", None),
        ("import-name", None),
        ("home-page", None),
        ("Name", "dynamic-not-allowed"),
        ("metadata-version", "dynamic-not-allowed"),
        ("Dynamic", "dynamic-not-in-enum"),
        ("entry-points", "dynamic-invalid"),
        ("dependencies", "dynamic-invalid"),
    ],
)
def test_dynamic(value: str, row: str | None) -> None:
    assert rows(dynamic_refusals(value)) == ([(row, ALWAYS)] if row else [])


@pytest.mark.parametrize(
    ("value", "row"),
    [
        ("foo.bar", None),
        ("_private ; private", None),
        ("foo-bar", "import-name-identifier"),
        ("foo.class", "import-name-keyword"),
        ("foo; public", "import-name-option"),
        ("", "import-name-identifier"),
    ],
)
def test_import_names(value: str, row: str | None) -> None:
    assert rows(import_name_refusals(value)) == ([(row, ALWAYS)] if row else [])


def test_extras() -> None:
    assert not list(provides_extra_refusals("With_CLI.2"))
    for name in ("my extra", "-x", "é", ""):
        assert rows(provides_extra_refusals(name)) == [("provides-extra-invalid", ALWAYS)]


def test_fields_that_may_occur_once() -> None:
    assert rows(repeated_field_refusals("requires-python", 2)) == [("field-repeated", ALWAYS)]
    assert not list(repeated_field_refusals("requires-python", 1))
    assert not list(repeated_field_refusals("classifier", 9))


def test_what_is_sent() -> None:
    assert sent("") is None
    assert sent(" UNKNOWN ") is None
    assert sent("UNKNOWN-1") == "UNKNOWN-1"


@pytest.mark.parametrize(
    ("value", "row"),
    [
        ("Typing :: Typed", None),
        ("Topic :: Database :: Front-Ends", None),
        ("Topic :: Databases", "classifier-unknown"),
        ("typing :: typed", "classifier-unknown"),
        ("Typing :: Typed ", "classifier-unknown"),
        ("Private :: Do Not Upload", "classifier-private"),
        ("Natural Language :: Ukranian", "classifier-deprecated-replacement"),
        ("License :: OSI Approved :: X.Net License", "classifier-deprecated"),
    ],
)
def test_classifiers(value: str, row: str | None) -> None:
    assert rows(classifier_refusals(value)) == ([(row, ALWAYS)] if row else [])


def test_suggested_classifiers() -> None:
    assert nearest_classifier("typing::typed") == "Typing :: Typed"
    assert nearest_classifier("Topic :: Databases") == "Topic :: Database"
    assert nearest_classifier("Framework :: My Own Invention") is None
    assert maybe_newer_than_list("Framework :: Django :: 99.0")
    assert maybe_newer_than_list("Programming Language :: Python :: 3.99")
    assert not maybe_newer_than_list("Programming Language :: Python :: 3.0.1")
    assert not maybe_newer_than_list("Typing :: 99")


@pytest.mark.parametrize(
    "value",
    [
        "ada@sample.dev",
        "Ada <ada@sample.dev>",
        "Ada <>",
        "ada@example.com",
        '"Lovelace, Ada" <ada@sample.dev>',
        "ada@localhost, bob@localhost",
        "ada@sample.dev; bob@localhost, c@x.test",
        "Ada (of) London) <ada@localhost>",
        "ädä@sample.dev",
    ],
)
def test_accepted_mailboxes(value: str) -> None:
    assert not list(mailbox_refusals(value, "author-email"))


@pytest.mark.parametrize(
    "value",
    [
        "ada@localhost",
        "Ada <ada@sample.test>",
        "ada@sample.local",
        "ada",
        "Ada Lovelace",
        "ada at sample.dev",
        "ada@sample..dev",
        '"Lovelace, Ada" <ada@localhost>',
    ],
)
def test_refused_mailboxes(value: str) -> None:
    assert rows(mailbox_refusals(value, "maintainer-email")) == [("maintainer-email-invalid", ALWAYS)]


def test_the_address_is_read_strictly_whatever_python_runs_this() -> None:
    assert single_address("Ada <ada@x.org>") == "ada@x.org"
    assert single_address("a@x.org, b@x.org") == ""
    assert single_address("Ada (x <ada@x.org>") == ""
    assert single_address('"(" <ada@x.org>') == "ada@x.org"
    assert single_address('"(ada@x.org') == ""
    assert single_address("") == ""


@pytest.mark.parametrize(
    ("url", "valid"),
    [
        ("https://sample.dev", True),
        ("http://localhost:8000/x?y#z", True),
        ("HTTPS://SAMPLE.DEV", True),
        ("https://", True),
        ("http:x", True),
        ("https://sample.dev/a b", True),
        ("https://sample.dev/{{ x }}", True),
        ("https://例え.jp", True),
        ("sample.dev", False),
        ("www.sample.dev/x", False),
        ("git@github.com:octo-org/sample", False),
        ("git+https://github.com/x/y", False),
        ("mailto:ada@sample.dev", False),
        ("irc://irc.sample.dev", False),
        ("https://sample.dev:99999", False),
        ("", False),
    ],
)
def test_urls(url: str, valid: bool) -> None:
    assert valid_url(url) is valid


def test_labels_of_urls() -> None:
    assert rows(project_url_refusals("", "https://x.org")) == [("project-url-no-label", ALWAYS)]
    assert rows(project_url_refusals("x" * 33, "")) == [("project-url-label-long", ALWAYS)]
    assert not list(project_url_refusals("x" * 32, "https://x.org"))
    assert rows(project_url_refusals("x", "")) == [("project-url-no-url", ALWAYS)]
    assert parsed_project_url("a, b", "https://x.org") == ("a", "b, https://x.org")
    assert parsed_project_url(" a ", " https://x.org, y") == ("a", "https://x.org, y")
    assert list(repeated_labels(["a", "A", "b", "a"])) == [(3, 0)]


HOSTILE = [
    "",
    " ",
    "\n",
    "{",
    "}" * 50,
    "{0}",
    "{x.y[z]}",
    "%s",
    "<" * 2000,
    "(" * 3000,
    "foo; " + "(" * 3000,
    "[" * 3000,
    ">=1" + "0" * 5000,
    "9" * 5000,
    "^" + "9" * 5000,
    "foo>=" + "9" * 5000,
    "Framework :: Django :: " + "9" * 5000,
    "Framework :: Django :: " + "9." * 30 + "9",
    "MIT OR " * 3000,
    "( " * 3000,
    "a@" + "b." * 2000 + "com",
    '"' * 3001,
    "\\" * 3001,
    "https://[",
    "https://[::1",
    "https://\u2100.example",
    "https://x:y@z:q/",
    "http://" + "a." * 5000 + "b",
    "text/markdown;" * 500,
    "text/markdown; charset*0*=x''%",
    "text/markdown; charset=",
    "\u202e\u0000\ud7ff\U0001f600",
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_values_get_a_verdict(value: str) -> None:
    from preflight.distributions.fields import Field
    from preflight.distributions.judgement import field_refusals

    names = "metadata-version summary author-email classifier home-page project-url requires-dist provides-dist requires-python provides-extra "
    names += "dynamic license-expression license-file import-name description-content-type"
    for name in names.split():
        for refusal in field_refusals(Field(name, value, None, name, value[:40]), value):
            assert refusal.rejection
    intended_requires_python(value)
    satisfied_by_some_python(value)
    meant_license(value)
    nearest_classifier(value[:200])
    maybe_newer_than_list(value)
