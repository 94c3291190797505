"""A project with a build backend of its own, so that tests build it without a network: its files, as texts by path."""

BACKEND = """
import base64, hashlib, io, json, os, pathlib, tarfile, zipfile

HERE = pathlib.Path.cwd()
DIST_INFO = "sampleproject-1.0.dist-info"
METADATA = "Metadata-Version: 2.1\\nName: sampleproject\\nVersion: 1.0\\nSummary: A sample\\n"
WHEEL = "Wheel-Version: 1.0\\nGenerator: backend\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def build_sdist(directory, config_settings=None):
    if os.environ.get("SAMPLE_VARIABLES"):
        pathlib.Path(os.environ["SAMPLE_VARIABLES"]).write_text(json.dumps(dict(os.environ)))
    if (HERE / "fail").exists():
        raise ValueError("cannot read " + (HERE / "fail").read_text())
    name = "sampleproject-1.0"
    with tarfile.open(os.path.join(directory, name + ".tar.gz"), "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(HERE.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.name != "left-out.txt":
                archive.add(path, name + "/" + path.relative_to(HERE).as_posix())
        info = tarfile.TarInfo(name + "/PKG-INFO")
        info.size = len(METADATA)
        archive.addfile(info, io.BytesIO(METADATA.encode()))
    return name + ".tar.gz"


def build_wheel(directory, config_settings=None, metadata_directory=None):
    if (HERE / "needs-left-out").exists():
        (HERE / "left-out.txt").read_text()
    files = {path.relative_to(HERE / "src").as_posix(): path.read_text() for path in (HERE / "src").rglob("*.py")}
    files[DIST_INFO + "/METADATA"] = METADATA
    files[DIST_INFO + "/WHEEL"] = WHEEL
    files[DIST_INFO + "/entry_points.txt"] = (HERE / "entry_points.txt").read_text()
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text.encode())}\\n"
    files[DIST_INFO + "/RECORD"] = record + DIST_INFO + "/RECORD,,\\n"
    filename = "sampleproject-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, filename), "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return filename
"""

PROJECT = {
    "pyproject.toml": """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "sampleproject"
version = "1.0"

[project.scripts]
sample = "sampleproject:main"
sample-broken = "sampleproject:mian"
""",
    "backend.py": BACKEND,
    "entry_points.txt": "[console_scripts]\nsample = sampleproject:main\nsample-broken = sampleproject:mian\n",
    "src/sampleproject/__init__.py": "def main():\n    print('1.0')\n",
}
