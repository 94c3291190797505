"""Rule packs: folders of cards with their checks, loaded by one loader wherever they come from.

A pack is a folder of families; a family is a folder of cards (`CODE-name.md`) with Python modules that hold the checks. A folder that
holds cards itself is a pack of one family. Loading runs the pack's Python code: who calls this has decided to trust it.
"""

import sys
from collections.abc import Iterator
from dataclasses import field
from functools import cached_property
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from preflight.engine.cards import FILE_NAME, Card, MalformedCard, read_card
from preflight.engine.checks import Check, collect
from preflight.sources.language import LANGUAGES, spoken
from preflight.sources.records import dataclass

BUILT_IN = "built-in"


class UnusablePack(Exception):
    """A pack that cannot be loaded; the message says why, for a person."""


@dataclass(frozen=True)
class Rule:
    """A rule as its file name states it. The card is read only when its words are needed."""

    code: str
    name: str
    family: str
    pack: str
    path: Path

    @cached_property
    def card(self) -> Card:
        """The card of the rule, in the language of the process as far as it is translated.

        Raises:
            MalformedCard: the card breaks the form.
        """
        card = read_card(self.path)
        if spoken() == LANGUAGES[0]:
            return card
        from preflight.engine.translations import translated

        return translated(card, spoken())

    @cached_property
    def decided_by(self) -> tuple[str, ...]:
        """What can decide the rule, as its card says, found without reading the rest of the card."""
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                if line.startswith("decided_by:"):
                    return tuple(word.strip() for word in line.partition("[")[2].partition("]")[0].split(","))
        return ()


@dataclass
class Pack:
    """The rules of one folder, and the modules that hold their checks."""

    name: str
    folder: Path
    rules: list[Rule] = field(default_factory=list)
    modules: list[Path] = field(default_factory=list)


def built_in_folder() -> Path:
    """The folder of the built-in rules: inside the package in a wheel, beside it in a checkout or an editable install."""
    package = Path(__file__).parent.parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def find_pack(name: str, folder: Path) -> Pack:
    """List the rules and modules of a pack without running anything.

    Raises:
        UnusablePack: the folder does not exist or holds no card.
    """
    if not folder.is_dir():
        raise UnusablePack(f"rule folder `{name}` does not exist")
    pack = Pack(name, folder)
    for family in [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]:
        modules = []
        for path in sorted(family.iterdir()):
            match = FILE_NAME.fullmatch(path.name)
            if match:
                pack.rules.append(Rule(match["code"], match["name"], family.name, name, path))
            elif path.suffix == ".py" and not path.name.startswith(("_", "test_")):
                modules.append(path)
        if any(rule.path.parent == family for rule in pack.rules):
            pack.modules.extend(modules)
    if not pack.rules:
        raise UnusablePack(f"rule folder `{name}` holds no card (a file named like PUB003-environment-mismatch.md)")
    return pack


def _require_good_cards(pack: Pack) -> None:
    """Read the cards of a pack of somebody's own now: a card that breaks the form is a mistake of its author, and no crash of a rule later on."""
    for rule in pack.rules:
        try:
            read_card(rule.path)
        except MalformedCard as error:
            reason = str(error).removeprefix(f"{rule.path.name}: ")
            raise UnusablePack(f"card {rule.path.name} of rule pack `{pack.name}`: {reason}") from None
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
            raise UnusablePack(f"card {rule.path.name} of rule pack `{pack.name}` cannot be read: {reason}") from None


def load_checks(pack: Pack) -> Iterator[Check]:
    """Import the modules of a pack and give the checks in them.

    Nothing is written into the pack's folder, except for the built-in one, whose byte code Python keeps as for any module.

    Raises:
        UnusablePack: a module fails to import, or a check names a rule that the pack has no card for.
    """
    codes = {rule.code for rule in pack.rules}
    for path in pack.modules:
        for found in collect(_import(pack, path)):
            unknown = sorted(set(found.codes) - codes)
            if unknown:
                raise UnusablePack(
                    f"{path.name} of rule pack `{pack.name}` checks {', '.join(unknown)}, which has no card"
                )
            yield found


def _import(pack: Pack, path: Path) -> dict[str, object]:
    if pack.name == BUILT_IN:
        name = f"preflight_rules.{path.parent.name}.{path.stem}"
    else:
        from hashlib import sha256

        name = f"preflight_rules_{sha256(str(path).encode()).hexdigest()[:12]}.{path.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None:
        return vars(loaded)
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # the path ends in .py
    module = module_from_spec(spec)
    sys.modules[name] = module
    keep = sys.dont_write_bytecode
    sys.dont_write_bytecode = keep or pack.name != BUILT_IN
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise UnusablePack(
            f"{path.name} of rule pack `{pack.name}` fails to import: {type(error).__name__}: {error}"
        ) from error
    finally:
        sys.dont_write_bytecode = keep
    return vars(module)


def plugin_folder(name: str) -> Path:
    """The rule folder that an installed plugin offers: the package that an entry point in group `preflight.rules` names.

    Only the package's location is asked for; it is not imported.

    Raises:
        UnusablePack: no plugin of this name is installed, or what it names is no package with a folder.
    """
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    found = [point for point in entry_points(group="preflight.rules") if point.name == name]
    if not found:
        raise UnusablePack(f"plugin `{name}` is not installed (no entry point of that name in group preflight.rules)")
    module, _, attribute = found[0].value.partition(":")
    if attribute:
        raise UnusablePack(f"plugin `{name}` must name a package that holds cards, not `{found[0].value}`")
    spec = find_spec(module)
    locations = list(spec.submodule_search_locations or ()) if spec else []
    if not locations:
        raise UnusablePack(f"plugin `{name}` names `{module}`, which is no package")
    return Path(locations[0])


@dataclass
class Registry:
    """All rules at hand, by code and by name, and the checks that decide them."""

    rules: dict[str, Rule] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)

    def add(self, pack: Pack) -> None:
        """Add a pack's rules and load its checks.

        Raises:
            UnusablePack: a code or name is taken already, a card breaks the form, or a module cannot be loaded; then nothing of the pack is added.
        """
        for rule in pack.rules:
            taken = self.rules.get(rule.code) or self.rules.get(self.names.get(rule.name, ""))
            if taken is not None:
                raise UnusablePack(
                    f"rule {rule.code} ({rule.name}) of `{pack.name}` is taken by {taken.code} ({taken.name}) of `{taken.pack}`"
                )
        if pack.name != BUILT_IN:
            _require_good_cards(pack)
        checks = list(load_checks(pack))
        for rule in pack.rules:
            self.rules[rule.code] = rule
            self.names[rule.name] = rule.code
        self.checks.extend(checks)

    def find(self, code_or_name: str) -> Rule | None:
        """The rule of a code (in any letter case) or a name."""
        return self.rules.get(code_or_name.upper()) or self.rules.get(self.names.get(code_or_name.lower(), ""))

    def near(self, word: str) -> str | None:
        """The name that somebody may have meant who has written a word that is none; codes are too much alike to guess one."""
        from difflib import get_close_matches

        return next(iter(get_close_matches(word.lower(), self.names, n=1, cutoff=0.8)), None)


def built_in_registry() -> Registry:
    """The registry of the built-in rules."""
    registry = Registry()
    registry.add(find_pack(BUILT_IN, built_in_folder()))
    return registry
