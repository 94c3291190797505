"""Which platform tags PyPI lets a wheel carry. Knows nothing of what the tags mean.

Source: warehouse: forklift/legacy.py, `_valid_platform_tag`. Its patterns are not anchored at the end: a few tags pass that nobody meant, here too.
"""

from preflight.sources.patterns import compile as _compile

_FIXED = frozenset(
    "any win32 win_arm64 win_amd64 win_ia64 manylinux1_x86_64 manylinux1_i686 manylinux2010_x86_64 manylinux2010_i686 manylinux2014_x86_64 manylinux2014_i686 "
    "manylinux2014_aarch64 manylinux2014_armv7l manylinux2014_ppc64 manylinux2014_ppc64le manylinux2014_s390x linux_armv6l linux_armv7l".split()
)
_MACOS = _compile(r"macosx_(?P<major>\d+)_(?P<minor>\d+)_(?P<machine>.*)")
_MACOS_MACHINES = frozenset("ppc ppc64 i386 x86_64 arm64 intel fat fat3 fat64 universal universal2".split())
MACOS_MAJORS = frozenset("11 12 13 14 15 26".split())
"""Major versions of macOS, besides 10, that PyPI knows; only their minor version 0 is a tag."""

_LINUX = _compile(r"(?P<libc>many|musl)linux_\d+_\d+_(?P<machine>.*)")
_MUSLLINUX_MACHINES = frozenset("x86_64 i686 aarch64 armv7l ppc64le s390x riscv64".split())
_MANYLINUX_MACHINES = _MUSLLINUX_MACHINES | {"ppc64"}
_IOS = _compile(r"ios_\d+_\d+_(?P<machine>.*)_(?:iphoneos|iphonesimulator)")
_IOS_MACHINES = frozenset(("arm64", "x86_64"))
_ANDROID = _compile(r"android_\d+_(?P<machine>.*)")
_ANDROID_MACHINES = frozenset(("armeabi_v7a", "arm64_v8a", "x86", "x86_64"))
_PYEMSCRIPTEN = _compile(r"pyemscripten_\d+_\d+_wasm32")


def accepted_platform_tag(tag: str) -> bool:
    """Whether PyPI takes a wheel with this platform tag, which is in lower case."""
    if tag in _FIXED:
        return True
    if match := _MACOS.match(tag):
        newer = match["major"] in MACOS_MAJORS and match["minor"] == "0"
        return (newer or match["major"] == "10") and match["machine"] in _MACOS_MACHINES
    if match := _LINUX.match(tag):
        return match["machine"] in (_MUSLLINUX_MACHINES if match["libc"] == "musl" else _MANYLINUX_MACHINES)
    if match := _IOS.match(tag):
        return match["machine"] in _IOS_MACHINES
    if match := _ANDROID.match(tag):
        return match["machine"] in _ANDROID_MACHINES
    return _PYEMSCRIPTEN.match(tag) is not None
