"""Facts about the project: what there is to check, pyproject.toml and its metadata, the build backend, versions, git."""
