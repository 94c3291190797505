"""The actions that written workflows use, pinned: the one place that states their commits and versions. Knows no workflow."""

from preflight.sources.records import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """An action at a commit, and the release that the commit is."""

    name: str
    commit: str
    version: str

    @property
    def reference(self) -> str:
        """What stands behind `uses:`, with the version as a comment, which updaters read and raise too."""
        return f"{self.name}@{self.commit} # {self.version}"


CHECKOUT = Action("actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1")
SETUP_PYTHON = Action("actions/setup-python", "5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0")
UPLOAD_ARTIFACT = Action("actions/upload-artifact", "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1")
DOWNLOAD_ARTIFACT = Action("actions/download-artifact", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1")
PUBLISH = Action("pypa/gh-action-pypi-publish", "dc37677b2e1c63e2034f94d8a5b11f265b73ba33", "v1.14.2")
MATURIN = Action("PyO3/maturin-action", "e83996d129638aa358a18fbd1dfb82f0b0fb5d3b", "v1.51.0")
CIBUILDWHEEL = Action("pypa/cibuildwheel", "1828c10ab37f080699c7b81cea34097c684a7074", "v4.2.0")
