"""One run of `check` from options to result: configuration, rule packs, facts, checks. Commands and tests call this."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from preflight.engine.baseline import read_baseline
from preflight.engine.facts import Facts, FactTable
from preflight.engine.finding import Result
from preflight.engine.packs import BUILT_IN, Registry, UnusablePack, built_in_folder, find_pack, plugin_folder
from preflight.engine.runner import Filters, Runner
from preflight.engine.selection import ALL, PathIgnores, UnknownSelector, expand, select
from preflight.engine.settings import (
    NamedCode,
    Settings,
    SettingsProblem,
    UnusableConfiguration,
    located,
    project_settings,
    read_settings_file,
)
from preflight.engine.workspace import Workspace
from preflight.sources.records import dataclass
from preflight.sources.tree import mode_of


@dataclass(frozen=True)
class Options:
    """What the command line asks for. Selectors are laid over those of the configuration."""

    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    config: Path | None = None
    user_config: Path | None = None
    isolated: bool = False
    trust_project_rules: bool = False
    baseline: Path | None = None
    records: bool = False
    """Whether the findings become a baseline: then none holds, not even one that the configuration names."""
    online: bool = False
    use_cache: bool = True
    machine: object | None = None
    """What `--credentials` lets be read, as the seed of the fact `machine`."""
    cover: Callable[[str], str] = str
    secrets: Callable[[], Collection[str]] = tuple
    watch: Callable[[int, int], None] | None = None
    """Called before each check with the number of checks done and of all."""


@dataclass(frozen=True)
class Outcome:
    """The result of a run, with what it was run over."""

    result: Result
    settings: Settings
    registry: Registry
    facts: Facts = field(repr=False)

    @property
    def inventory(self) -> Any:
        """The fact `inventory`: what there was to check."""
        return self.facts.get("inventory")


def load_settings(workspace: Workspace, options: Options) -> Settings:
    """The configuration that holds for a workspace.

    `--config` takes the place of the project's own; `--isolated` means none at all; the user's own file lies below either.

    Raises:
        UnusableConfiguration: a configuration file cannot be read.
    """
    if options.isolated:
        return Settings()
    home = workspace.configured_by or workspace
    own = read_settings_file(options.config) if options.config else project_settings(home.files, home.config_folders())
    if options.user_config is not None and mode_of(options.user_config):
        return own.over(read_settings_file(options.user_config))
    return own


def load_registry(settings: Settings, *, trust_project_rules: bool) -> tuple[Registry, list[SettingsProblem]]:
    """The built-in rules and those that the configuration names and may name.

    A checked project's own configuration can name rule folders and plugins only with `--trust-project-rules`: loading them runs their code.

    Raises:
        UnusableConfiguration: rules that were asked for by `--trust-project-rules` cannot be loaded: nothing may pass for checked by them.
    """
    registry = Registry()
    registry.add(find_pack(BUILT_IN, built_in_folder()))
    problems = []
    for named in (*settings.rules, *settings.plugins):
        what = "rule folder" if named.folder else "plugin"
        if not (named.trusted or trust_project_rules):
            problems.append(SettingsProblem(named.place, "untrusted-rules", {"what": what, "named": named.name}))
            continue
        try:
            registry.add(find_pack(named.name, _folder(named)))
        except UnusablePack as error:
            if trust_project_rules:
                reason = " ".join(str(error).split())
                raise UnusableConfiguration(f"configuration {located(named.place)}: {reason}") from None
            problems.append(
                SettingsProblem(
                    named.place, "unusable-rules", {"what": what, "named": named.name, "reason": str(error)}
                )
            )
    return registry, problems


def _folder(named: NamedCode) -> Path:
    return named.folder if named.folder is not None else plugin_folder(named.name)


def run_check(
    workspace: Workspace, options: Options, table: FactTable, seeds: Mapping[str, object] | None = None
) -> Outcome:
    """Check a workspace.

    `seeds` are facts given from outside; they go before the table's. Always given: tree, files, focus, settings, online, use_cache.

    Raises:
        UnusableConfiguration, UnusableBaseline: a named file cannot be read, or rules that are trusted cannot be loaded.
        UnknownSelector: a selector on the command line matches no rule.
    """
    settings = load_settings(workspace, options)
    facts = Facts(
        table,
        {
            "tree": workspace.tree,
            "files": workspace.files,
            "focus": workspace.focus,
            "settings": settings,
            "online": options.online,
            "use_cache": options.use_cache,
            **({"machine": options.machine} if options.machine is not None else {}),
            **(seeds or {}),
        },
    )
    if not options.select and settings.select is None:
        facts.begin()
    registry, problems = load_registry(settings, trust_project_rules=options.trust_project_rules)
    settings, selected, path_ignores, more = _selection(settings, options, registry)
    settings = replace(settings, problems=(*settings.problems, *problems, *more))
    if options.records:
        settings = replace(settings, baseline=None)
    if "settings" not in (seeds or {}):
        facts.reseed("settings", settings)
    baseline = options.baseline or settings.baseline
    filters = Filters(
        selected=selected,
        path_ignores=path_ignores,
        excluded=settings.exclude,
        focus=workspace.focus.paths,
        placeless=workspace.focus.whole or options.machine is not None,
        baseline=read_baseline(baseline) if baseline else frozenset(),
        cover=options.cover,
        secrets=options.secrets,
    )
    return Outcome(Runner(registry, facts, filters).run(options.watch), settings, registry, facts)


def _selection(
    settings: Settings, options: Options, registry: Registry
) -> tuple[Settings, frozenset[str], PathIgnores, list[SettingsProblem]]:
    problems: list[SettingsProblem] = []
    known = {
        "select": _known("select", settings.select or (), registry, problems, settings),
        "extend-select": _known("extend-select", settings.extend_select, registry, problems, settings),
        "ignore": _known("ignore", settings.ignore, registry, problems, settings),
    }
    ignores = {
        pattern: _known("per-path-ignores", selectors, registry, problems, settings)
        for pattern, selectors in settings.per_path_ignores.items()
    }
    chosen = options.select or (known["select"] if settings.select is not None else (ALL,))
    extended = (*(known["extend-select"] if not options.select else ()), *options.extend_select)
    selected = select(registry, (*chosen, *extended), (*known["ignore"], *options.ignore))
    typed = (*options.select, *options.extend_select)  # beats what the configuration ignores no more specifically
    selected |= select(registry, typed, options.ignore) - select(registry, known["ignore"], typed)
    return settings, selected, PathIgnores.of(ignores, registry), problems


def _known(
    option: str, selectors: tuple[str, ...], registry: Registry, problems: list[SettingsProblem], settings: Settings
) -> tuple[str, ...]:
    good = []
    for selector in selectors:
        try:
            expand(selector, registry)
        except UnknownSelector:
            near = registry.near(selector)
            variant, more = ("unknown-rule-near", {"near": near}) if near else ("unknown-rule", {})
            problems.append(
                SettingsProblem(
                    settings.place_of(option, selector), variant, {"option": option, "rule": selector, **more}
                )
            )
        else:
            good.append(selector)
    return tuple(good)
