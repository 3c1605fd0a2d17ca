"""Features: what videos have in common with others (a creator, a sound, a hashtag, a language)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.columns import Array, Columns
from vod.feed.recommender.memory.names import packed_names, unpacked_names

FeatureKind = Literal["hashtag", "creator", "sound", "language"]
KEY_CHARS_MAX = 100
FEATURES_MAX = 2_000_000  # captions can be edited, so there is no end of hashtags; new ones beyond are ignored
NO_FEATURE = 0
_LETTERS: Mapping[str, FeatureKind] = {"h": "hashtag", "c": "creator", "s": "sound", "l": "language"}
_BY_KIND = {kind: letter for letter, kind in _LETTERS.items()}


class Features:
    """Numbers them from 1, and holds the newest posting of each (`Catalogue`)."""

    def __init__(self) -> None:
        self._names = [""]
        self._numbers: dict[str, int] = {}
        self._heads = Columns({"head": (np.int32, 0)})
        self._new_head()

    def __len__(self) -> int:
        return len(self._names)

    @property
    def heads(self) -> NDArray[np.int32]:
        return self._heads.used("head")

    def number(self, kind: FeatureKind, key: str) -> int:
        """The number of a feature, new or not; NO_FEATURE if there are too many."""
        name = _BY_KIND[kind] + key[:KEY_CHARS_MAX]
        if (known := self._numbers.get(name)) is not None:
            return known
        if len(self._names) > FEATURES_MAX:
            return NO_FEATURE
        self._numbers[name] = len(self._names)
        self._names.append(name)
        self._new_head()
        return len(self._names) - 1

    def find(self, kind: FeatureKind, keys: Iterable[str]) -> NDArray[np.int32]:
        """The numbers of those that are known."""
        letter = _BY_KIND[kind]
        found = (self._numbers.get(letter + key[:KEY_CHARS_MAX], NO_FEATURE) for key in keys)
        return np.array([number for number in found if number != NO_FEATURE], dtype=np.int32)

    def name(self, number: int) -> tuple[FeatureKind, str]:
        """The kind and the key."""
        name = self._names[number]
        return _LETTERS[name[0]], name[1:]

    def _new_head(self) -> None:
        row = self._heads.add()
        self._heads["head"][row] = -1

    @property
    def bytes(self) -> int:
        """About what dict, list and strings need."""
        return self._heads.bytes + sum(150 + len(name) for name in self._names)

    def dump(self, prefix: str) -> dict[str, Array]:
        return {f"{prefix}.names": packed_names(self._names), **self._heads.dump(prefix)}

    def load(self, arrays: Mapping[str, Array], prefix: str) -> None:
        self._names = unpacked_names(arrays[f"{prefix}.names"])
        self._numbers = {name: number for number, name in enumerate(self._names) if number != NO_FEATURE}
        self._heads.load(arrays, prefix)
        if len(self._numbers) != len(self) - 1 or self._heads.size != len(self):
            raise ValueError("features are repeated, or have no chains")
        if any(name[:1] not in _LETTERS for name in self._numbers):
            raise ValueError("features of an unknown kind")
