"""preflight as a hook of pre-commit: the configuration made, or one entry put into it. Writes nothing."""

from preflight import __version__
from preflight.beginning.changes import newline_of
from preflight.sources.text import Source, SourceSyntaxError, SourceTooComplex
from preflight.sources.yaml import Mapping, Sequence, parse_yaml

PATH = ".pre-commit-config.yaml"

_ENTRY = r"""- repo: local
  hooks:
    - id: preflight
      name: preflight
      entry: preflight check
      language: python
      additional_dependencies: [pypi-preflight=={version}]
      files: (?x)(^|/)(pyproject\.toml|setup\.py|setup\.cfg|\.gitlab-ci\.yml)$|^\.github/workflows/[^/]+\.ya?ml$
      require_serial: true
"""
"""A local hook, so that it comes from where the package comes from, at this version (pre-commit: "Repository local hooks")."""


def with_hook(text: str | None) -> str | None:
    """The configuration with preflight in it, unchanged where it is there already; None where no entry can be put into it."""
    entry = _ENTRY.replace("{version}", __version__)
    if text is None:
        return "repos:\n" + _indented(entry, "  ")
    source = Source(PATH, text)
    try:
        root = parse_yaml(source).root
    except (SourceSyntaxError, SourceTooComplex):
        return None
    repos = root.get("repos") if isinstance(root, Mapping) else None
    if not isinstance(repos, Sequence) or repos.flow or not repos.items:
        return None
    if any(_has_hook(each) for each in repos.items):
        return text
    last = repos.items[-1]
    if repos.is_alias(len(repos.items) - 1):
        return None
    place = last.place
    line = place.end_line if place.end_column > 1 else place.end_line - 1
    end = source.offset(line) + len(source.line(line))
    indent = " " * (source.position(repos.items[0].start).column - 3)
    newline = newline_of(text)
    block = _indented(entry, indent).replace("\n", newline).rstrip("\r\n")
    return text[:end] + newline + block + (text[end:] or newline)


def _indented(block: str, indent: str) -> str:
    return "".join(f"{indent}{line}\n" for line in block.splitlines())


def _has_hook(repository: object) -> bool:
    hooks = repository.get("hooks") if isinstance(repository, Mapping) else None
    named = (each.get("id") for each in hooks.items if isinstance(each, Mapping)) if isinstance(hooks, Sequence) else ()
    return any(getattr(each, "value", None) in ("preflight", "preflight-dist") for each in named)
