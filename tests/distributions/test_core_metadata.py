"""Metadata files are read as packaging reads them, but for what it loses."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from packaging.metadata import parse_email

from preflight.distributions.core_metadata import ADDED, CoreMetadata, read_core_metadata, too_new
from preflight.distributions.fields import Origin


def read(data: bytes) -> CoreMetadata:
    return read_core_metadata(data, "dist/x.whl", "x-1.dist-info/METADATA", Origin.WHEEL)


_LINES = (
    "Metadata-Version: 2.1|Name|name:|Summary: |Keywords: a, b|Project-URL: a, b|Project-URL: a,c|From me|From: x| |\t| cont|:|é|License:|\x85|\u2028"
    "|Description: d|X-Foo: 1|Classifier: a\n b| : |a:b|Import-Name: \n|\x1c|\x0c|Version:  1 \n|\ufeff".split("|")
)
_PIECES = st.one_of(
    st.sampled_from([line.encode() for line in _LINES]),
    st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b"\xff", b"\xc3", b"\x80"]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=14).map(b"".join))
@example(b"Metadata-Version: 2.1\nFrom me\n\n")
@example(b"Metadata-Version: 2.1\nFrom me\n\nyou\n")
@example(b"Metadata-Version: 2.1\nFrom me\nyou\n")
def test_agrees_with_packaging(data: bytes) -> None:
    known, lost = parse_email(data)
    metadata = read(data)
    ours: dict[str, list[str]] = {}
    for field in (*metadata.fields.fields, *metadata.dropped):
        value = f"{field.extra}\n{field.value}" if field.name == "project-url" else field.value
        ours.setdefault(field.name, []).append(value)
    undecoded = {field.name for field in metadata.undecoded}
    for name in ADDED:
        raw = _RAW.get(name, name.replace("-", "_"))
        expected = known.get(raw)
        if name in undecoded:
            assert name in lost
        elif expected is None:
            # twice what may occur once: packaging puts it aside, here it is there twice
            assert len(ours.get(name, ())) == len(lost.get(name, ()))
        elif isinstance(expected, dict):
            assert ours[name] == [f"{label}\n{url}" for label, url in expected.items()]
        elif name == "keywords":
            assert [part.strip() for part in ours[name][0].split(",")] == expected
        else:
            assert ours[name] == (expected or [""] if isinstance(expected, list) else [expected])
    assert {name for name in lost if name not in ADDED} == {field.name for field in metadata.unknown} | undecoded - {
        *ADDED
    }


_RAW = {
    "classifier": "classifiers",
    "platform": "platforms",
    "supported-platform": "supported_platforms",
    "project-url": "project_urls",
    "license-file": "license_files",
    "import-name": "import_names",
    "import-namespace": "import_namespaces",
}


@settings(max_examples=200, deadline=None)
@given(st.lists(_PIECES, max_size=10).map(b"".join))
def test_places_hold_the_values(data: bytes) -> None:
    for field in read(data).fields.fields:
        assert field.place is not None
        assert field.value in field.place.text


def test_a_field_has_its_line() -> None:
    field = read(b"Metadata-Version: 2.1\r\nName:  x\r\nVersion: 1\r\n\r\nbody\r\n").fields.first("name")
    assert field is not None and field.place is not None
    assert (field.value, field.place.line, field.place.column, field.key) == ("x", 2, 8, "Name")


def test_license_files_are_not_sent_below_2_4() -> None:
    old = read(b"Metadata-Version: 2.1\nName: x\nVersion: 1\nLicense-File: LICENSE\n")
    assert [field.value for field in old.dropped] == ["LICENSE"]
    assert old.fields.first("license-file") is None
    new = read(b"Metadata-Version: 2.4\nName: x\nVersion: 1\nLicense-File: LICENSE\n")
    assert new.fields.first("license-file") is not None


def test_too_new_fields() -> None:
    head = b"Metadata-Version: 1.2\nName: x\nVersion: 1\n"
    found = [(field.name, added) for field, added in too_new(read(head + b"Provides-Extra: a\nProvides-Extra: b\n"))]
    assert found == [("provides-extra", "2.1")]
    assert list(too_new(read(head + b"Description-Content-Type:\n"))) == []
    assert list(too_new(read(b"Metadata-Version: 2.0\nName: x\nVersion: 1\nDynamic: Version\n"))) == []
