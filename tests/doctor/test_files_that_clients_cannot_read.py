"""What uv and maturin say of a file that they cannot read, before they send anything: as uv 0.13 and maturin 1.16 print it."""

import pytest
from doctor.diagnosed import first

UV = """\
Publishing 1 file to https://upload.pypi.org/legacy/
error: Failed to publish: dist/{}
  cause: {}
"""
MATURIN = """\
🚀 Uploading 1 packages
💥 maturin failed
  Caused by: 💥 Failed to upload "sampleproject-1.2.0-py3-none-any.whl" (945 B)
  Caused by: Could not read the metadata from the package at dist/sampleproject-1.2.0-py3-none-any.whl
  Caused by: invalid Zip archive: Could not find EOCD
"""
WHEEL = "sampleproject-1.2.0-py3-none-any.whl"
OTHER = "The .dist-info directory `sampleproject-1.2.0` does not start with the normalized package name: other-project"


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (
            UV.format(
                WHEEL,
                "Failed to read metadata\n  cause: Failed to read from zip file\n  cause: unable to locate the end of central directory record",
            ),
            "archive-corrupt",
        ),
        (MATURIN, "archive-corrupt"),
        (
            UV.format("other_project-1.2.0-py3-none-any.whl", f"Failed to read metadata\n  cause: {OTHER}"),
            "file-renamed-by-hand",
        ),
        (
            UV.format(
                "sampleproject-1.2.0.zip",
                "Only files ending in `.tar.gz` are valid source distributions: sampleproject-1.2.0.zip",
            ),
            "zip-sdist",
        ),
    ],
)
def test_the_cause_is_named(log: str, cause: str) -> None:
    assert first(log) == (cause, "likely")
