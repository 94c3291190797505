"""What each release of `pypa/gh-action-pypi-publish` can do, and which commit is which release. Looks nothing up.

The pairs come from the action's git history: its tags up to 1.11.0 as they stand in clones, later ones as projects that
pin them name them. A release that is not listed is judged by its number.
"""

import re

from preflight.sources.records import dataclass

REPOSITORY = "pypa/gh-action-pypi-publish"
NEWEST = (1, 14, 2)

_RELEASES: tuple[tuple[str, str, str | None], ...] = (
    ("1.0.0a0", "9cebe9a0ed95397bd2d0e617cd79e8ab1961d7c5", "ac9137700382092e954a82f6661e939778fc9e6c"),
    ("1.1.0", "37e305e7413032d8422456179fee28fac7d25187", None),
    ("1.2.0", "65c102608decbf3e63dae02df16ea3d252e16f13", None),
    ("1.2.1", "bf7a320fbac4f92b50d16d1275f18be0a5cf4e87", None),
    ("1.2.2", "6a02ab807dd289aa281becac7152f29621389dd1", None),
    ("1.3.0", "00ef3b81828a3fa69f3434842ce50ec3981351b0", "246924170b9624f2091ab3e75c1e7df8d580ef2b"),
    ("1.3.1", "bce3b74dbf8cc32833ffba9d15f83425c1a736e0", "978ab9d8ae158a74ee2dd849d31cc7ffac2606f4"),
    ("1.4.0", "1f0bcf278d9af0c29fb7bf10635c22f1a8201c54", None),
    ("1.4.1", "54b39fb9371c0b3a6f9f14bb8a67394defc7a806", "bd49659508ecdaad518bfe79f870cca0c2dcea2c"),
    ("1.4.2", "27b31702a0e7fc50959f5ad993c78deac1bdfc29", "de28d9ba77687207b06b3b209062202e973a6cd9"),
    ("1.5.0", "717ba43cfbb0387f6ce311b169a825772f54d295", "0fc90bca7acbb84292e0cff399f8579284fcfc7d"),
    ("1.5.1", "37f50c210e3d2f9450da2cd423303d6a14a6e29f", "e82502a58f785c921a7a22a77e4c78c122f24081"),
    ("1.5.2", "d7edd4c95736a5bc1260d38b5523f5d24338bc25", "24696e5c218781fafd71098a74766e72859ff780"),
    ("1.6.0", "d2a2496a01f8b4b773ccd9cae8f2151589de5b62", "c81663dec4eaf59865c114f80d045990b48cf651"),
    ("1.6.1", "5d1679fa6b895587c6eb10c3fe82205b440a580e", "6ab5058c87d1547a87f18c62940958e8b671eb23"),
    ("1.6.2", "ce291dce5b39b74daf2a1a0dcb652314e3263edb", "35ac5e279d2410058ff00ffe6b1b66d97d424bde"),
    ("1.6.3", "e71a4a4c1d3837e77d0353f9229be9217526a2c4", "3d8483b980ba862e227ad344aef53a4c8925ee6f"),
    ("1.6.4", "c7f29f7adef1a245bd91520e94867e5c6eedddcc", "5bafe663595f0774cde1f3da2749ed0cdb80f199"),
    ("1.6.5", "32b5e9370928566935e085a9154f23bd662ef41c", "b0e805d76ccae90f8b12938287e863fb19dbc3ea"),
    ("1.7.0", "7104b6e981edc64651f8fc454998a67914173bdb", "c43daab09d4868a5e9976f7f635b5a401680ceb9"),
    ("1.7.1", "22b4d1f12511f2696162c08546dafbaa903448a2", "c32c76c3eb1726a8dfb21c8646d3f2e252275284"),
    ("1.8.0", "8ef2b3d46c9ecba901fb2ae21d98e322c4089c4e", "c885e3684f3c07e1dbfaedb92012a0eb38630bf8"),
    ("1.8.1", "a3a3bafbb3e5a75a854ae1bc53ae128cf22c4af4", "9260449fd3b96fc37d87c2aa31ad246554e28b40"),
    ("1.8.2", "f3ce18f69986f83a044b6e618425238f6c1bb8ef", "e4ba694d1db30f9f798255153f90d1960591a3a4"),
    ("1.8.3", "48b317d84d5f59668bb13be49d1697e36b3ad009", "1b49e7cd85bc493c33c546b33b662b4670dc7754"),
    ("1.8.4", "29930c9cf57955dc1b98162d0d8bc3ec80d9e75c", "4da962db6bfb895d2114452d0efeb0ead5251143"),
    ("1.8.5", "0bf742be3ebe032c25dd15117957dc15d0cfc38d", "ec94faf661171edd10e04e17083573f3b8cec97e"),
    ("1.8.6", "a56da0b891b3dc519c7ee3284aff1fad93cc8598", "022908f23cbfe6da2e7982feef85a9ca21ec4c0c"),
    ("1.8.7", "f5622bde02b04381239da3573277701ceca8f6a0", "a22a47905863bf08b196e66a1a5970e0c36b077b"),
    ("1.8.8", "f8c70e705ffc13c3b4d1221169b84f12a75d6ca8", "ae63f3323ae7b31c08f2805b18056cbf132ce478"),
    ("1.8.9", "ade57f54dcc56d4858ca681c80269c26dc7b9149", "c113c7076b790e9d026a6f3c111f4bfbb4460ba7"),
    ("1.8.10", "b7f401de30cb6434a1e19f805ff006643653240e", "a4160796eac2c969452993d54d054b2b39b6c13c"),
    ("1.8.11", "2f6f737ca5f74c637829c0f5c3acd0e29ea5e8bf", "f946db0f765b9ae754e44bfd5ae5b8b91cfb37ef"),
    ("1.8.12", "e53eb8b103ffcb59469888563dc324e3c8ba6f06", "f8276ee1a254ef352db6e5f5f630adb835f2bdae"),
    ("1.8.13", "741947b9cadc96c98b60dd2f32f89a5ef7fb113c", "acce7fb5c7f715a6a8cbcf6f0dee592227e4c2ab"),
    ("1.8.14", "81e9d935c883d0b210363ab89cf05f3894778450", "68e62d4871ad9d14a9d55f114e6ac71f0b408ec0"),
    ("1.9.0", "ec4db0b4ddc65acdf4bff5fa45ac92d78b56bdf0", "4bb033805d9e19112d8c697528791ff53f6c2f74"),
    ("1.10.0", "8a08d616893759ef8e1aa1f2785787c0b97e20d6", "0c459a72d3ab7770a4f7836a637e948ca0d28cf6"),
    ("1.10.1", "0ab0b79471669eb3a4d647e625009c62f9f3b241", "f0d01257fbc14df58ecd438a670e2b869bbdb423"),
    ("1.10.2", "897895f1e160c830e369f9779632ebc134688e1b", "c5ab8d4f4cc6105832fed2edb3c80b70394e804c"),
    ("1.10.3", "f7600683efdcb7656dec5b29656edb7bc586e597", "c44d2f0e52f028349e3ecafbf7f32561da677277"),
    ("1.11.0", "fb13cb306901256ace3dab689990e13a5550ffaa", "1bb664cc2ddedbbfdde43d4ac135d5836b7bf40f"),
    ("1.12.0", "61da13deb5f5124fb1536194f82ed3d9bbc7e8f3", None),
    ("1.12.2", "15c56dba361d8335944d31a2ecd17d700fc7bcbc", None),
    ("1.12.3", "67339c736fd9354cd4f8cb0b744f2b82a74b5c70", None),
    ("1.12.4", "76f52bc884231f62b9a034ebfe128415bbaabdfc", "7f25271a4aa483500f742f9492b2ab5648d61011"),
    ("1.13.0", "ed0c53931b1dc9bd32cbe73a98c7f6766f8a527e", "106e0b0b7c337fa67ed433972f777c6357f78598"),
    ("1.14.0", "cef221092ed1bacb1cc03d23a2d87d1d172e277b", "6733eb7d741f0b11ec6a39b58540dab7590f9b7d"),
    ("1.14.1", "ba38be9e461d3875417946c167d0b5f3d385a247", None),
    ("1.14.2", "dc37677b2e1c63e2034f94d8a5b11f265b73ba33", "a892a5a61159132606e93a2fa6f4358831b04d26"),
)
"""Release, the commit it is, and the id of its annotated tag: not a commit, though it looks like one."""

_COMMITS = {commit: version for version, commit, _ in _RELEASES}
_TAG_OBJECTS = {tag: version for version, _, tag in _RELEASES if tag is not None}

INPUTS = (
    "user",
    "password",
    "repository-url",
    "packages-dir",
    "verify-metadata",
    "skip-existing",
    "verbose",
    "print-hash",
    "attestations",
)
"""The inputs in their present spelling. action.yml"""
OLD_SPELLINGS = {name.replace("-", "_"): name for name in INPUTS if "-" in name}
_INPUT_SINCE = {
    "packages-dir": (1, 1),
    "verify-metadata": (1, 2),
    "skip-existing": (1, 3),
    "verbose": (1, 4),
    "print-hash": (1, 5),
    "attestations": (1, 10),
}


@dataclass(frozen=True, slots=True)
class ActionRelease:
    """One release of the action, by its number."""

    version: tuple[int, ...]

    @property
    def trusted_publishing(self) -> bool:
        """Since 1.8.0 (oidc-exchange.py): no password means trusted publishing."""
        return self.version >= (1, 8)

    @property
    def attestations(self) -> str:
        """`none`, `optional` (1.10: off unless asked for), or `default` (since 1.11: on unless switched off)."""
        return "default" if self.version >= (1, 11) else "optional" if self.version >= (1, 10) else "none"

    @property
    def hyphenated_inputs(self) -> bool:
        """Since 1.7.0 `repository-url` is the name, and `repository_url` an old one that still works."""
        return self.version >= (1, 7)

    @property
    def pulls_image(self) -> bool:
        """Since 1.12.0 a composite action that pulls its image by the ref that it is used at. create-docker-action.py

        So the ref has to be a branch, tag or commit for which an image was made, and the action cannot stand inside
        another composite action. Before, each run built the image.
        """
        return self.version >= (1, 12)

    @property
    def refuses_passwords(self) -> bool:
        """Since 1.9.0 it stops at a user name other than `__token__` for PyPI or TestPyPI. twine-upload.sh"""
        return self.version >= (1, 9)

    @property
    def newest_metadata(self) -> str | None:
        """The newest core metadata version that the twine inside knows; None where it is not pinned (before 1.5.2).

        requirements/runtime.txt: twine 4 with pkginfo 1.9 knows 2.2, pkginfo 1.10 2.3, twine 6.0 to 6.2 know 2.4 and
        twine 7 knows 2.5.
        """
        if self.version < (1, 5, 2):
            return None
        if self.version < (1, 8, 13):
            return "2.2"
        if self.version < (1, 12, 3):
            return "2.3"
        return "2.4" if self.version < (1, 14, 2) else "2.5"

    def has_input(self, name: str) -> bool:
        """Whether the release knows an input, in this spelling."""
        current = OLD_SPELLINGS.get(name, name)
        if current not in INPUTS or self.version < _INPUT_SINCE.get(current, (1, 0)):
            return False
        return name == current if "-" not in current else self.hyphenated_inputs or name != current

    def __str__(self) -> str:
        return ".".join(map(str, self.version))


@dataclass(frozen=True, slots=True)
class ActionRef:
    """What the part behind `@` is.

    `kind` is `tag`, `branch`, `commit`, `tag-object` (the id of a tag instead of a commit) or `unknown`.
    """

    kind: str
    release: ActionRelease | None
    moves: bool = False
    """Whether it follows new releases."""
    sunset: bool = False
    """Whether it is the withdrawn `master` branch."""
    commit: str | None = None
    """The commit of that release, where it is known: what a tag object should be replaced by."""


def read_ref(ref: str) -> ActionRef:
    """What a ref of the action stands for, as far as it is known without asking GitHub."""
    if re.fullmatch(r"[0-9a-fA-F]{40}", ref):
        return _read_hash(ref.lower())
    if ref == "master":
        # Frozen at release 1.5, apart from the notice that it is withdrawn.
        return ActionRef("branch", ActionRelease((1, 5, 0)), sunset=True)
    if ref in ("release/v1", "unstable/v1"):
        return ActionRef("branch", ActionRelease(NEWEST), moves=True)
    if found := re.fullmatch(r"release/v1\.(\d+)", ref):
        return ActionRef("branch", ActionRelease(_last_of(int(found[1]))), moves=True)
    if found := re.fullmatch(r"v?(1\.\d+\.\d+)", ref):
        version = found[1]
        commit = next((commit for known, commit, _ in _RELEASES if known == version), None)
        return ActionRef("tag", ActionRelease(_numbers(version)), commit=commit)
    return ActionRef("unknown", None)


def _read_hash(digest: str) -> ActionRef:
    if digest in _COMMITS:
        return ActionRef("commit", ActionRelease(_numbers(_COMMITS[digest])), commit=digest)
    if digest in _TAG_OBJECTS:
        version = _TAG_OBJECTS[digest]
        commit = next(commit for known, commit, _ in _RELEASES if known == version)
        return ActionRef("tag-object", ActionRelease(_numbers(version)), commit=commit)
    return ActionRef("commit", None)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _last_of(minor: int) -> tuple[int, ...]:
    """The newest known release of a minor series."""
    known = [numbers for version, _, _ in _RELEASES if (numbers := _numbers(version))[:2] == (1, minor)]
    return max(known, default=(1, minor, 0))


def unknown_inputs(names: "list[str] | tuple[str, ...]", release: ActionRelease | None) -> dict[str, str | None]:
    """The inputs that the release does not know, which it ignores, each with the one that was probably meant."""
    from difflib import get_close_matches

    judged = release or ActionRelease(NEWEST)
    unknown: dict[str, str | None] = {}
    for name in names:
        lowered = name.lower()
        if not judged.has_input(lowered):
            spellings = INPUTS if judged.hyphenated_inputs else (*INPUTS, *OLD_SPELLINGS)
            known = [candidate for candidate in spellings if judged.has_input(candidate)]
            unknown[name] = next(iter(get_close_matches(lowered, known, 1, 0.75)), None)
    return unknown
