"""preflight: pre-flight checks for publishing Python packages."""

__version__ = "0.1.0"
