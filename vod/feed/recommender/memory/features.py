"""Features: what videos have in common with others (a creator, a sound, a hashtag, a language)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.columns import Array, Columns
from vod.feed.recommender.memory.name_table import NO_NAME, NameTable
from vod.feed.recommender.memory.names import packed_names, unpacked_names

END = -1
"""Ends a chain of postings."""

FeatureKind = Literal["hashtag", "creator", "sound", "language"]
KEY_CHARS_MAX = 100
FEATURES_MAX = 2_000_000  # creators, sounds and languages: no more than videos bring
HASHTAGS_MAX = 500_000  # captions can be edited without end; the least shared make room for new ones (`crowding`)
NO_FEATURE = NO_NAME
_LETTERS: Mapping[str, FeatureKind] = {"h": "hashtag", "c": "creator", "s": "sound", "l": "language"}
_BY_KIND = {kind: letter for letter, kind in _LETTERS.items()}


class Features:
    """Numbers them from 1, and holds the newest posting of each (`Catalogue`)."""

    def __init__(self) -> None:
        self._names = NameTable()
        self._hashtags = 0
        self._heads = Columns({"head": (np.int32, 0)})
        self._new_head()

    def __len__(self) -> int:
        """Numbers that are free again included."""
        return len(self._names)

    @property
    def heads(self) -> NDArray[np.int32]:
        return self._heads.used("head")

    @property
    def crowded(self) -> bool:
        """Whether there is no room for another hashtag."""
        return self._hashtags >= HASHTAGS_MAX

    def number(self, kind: FeatureKind, key: str) -> int:
        """The number of a feature, new or not; NO_FEATURE if there are too many."""
        name = _BY_KIND[kind] + key[:KEY_CHARS_MAX]
        if (known := self._names.find(name)) != NO_FEATURE:
            return known
        if kind == "hashtag":
            if self.crowded:
                return NO_FEATURE
            self._hashtags += 1
        elif len(self) - self._hashtags > FEATURES_MAX:
            return NO_FEATURE
        number = self._names.add(name)
        if number == self._heads.size:
            self._new_head()
        return number

    def find(self, kind: FeatureKind, keys: Iterable[str]) -> NDArray[np.int32]:
        """The numbers of those that are known."""
        letter = _BY_KIND[kind]
        found = (self._names.find(letter + key[:KEY_CHARS_MAX]) for key in keys)
        return np.array([number for number in found if number != NO_FEATURE], dtype=np.int32)

    def name(self, number: int) -> tuple[FeatureKind, str]:
        """The kind and the key."""
        name = self._names.name(number)
        return _LETTERS[name[0]], name[1:]

    def hashtags(self) -> NDArray[np.bool_]:
        """For each number whether it is that of a hashtag."""
        return self._names.beginning_with(_BY_KIND["hashtag"])

    def drop(self, hashtags: NDArray[np.intp]) -> None:
        """Forget hashtags that no posting has any more; their numbers are used again."""
        self._names.drop(hashtags.tolist())
        self.heads[hashtags] = END
        self._hashtags -= len(hashtags)

    def _new_head(self) -> None:
        row = self._heads.add()
        self._heads["head"][row] = END

    @property
    def bytes(self) -> int:
        return self._heads.bytes + self._names.bytes

    def dump(self, prefix: str) -> dict[str, Array]:
        return {f"{prefix}.names": packed_names(self._names.all()), **self._heads.dump(prefix)}

    def load(self, arrays: Mapping[str, Array], prefix: str) -> None:
        names = unpacked_names(arrays[f"{prefix}.names"])
        if any(name and name[0] not in _LETTERS for name in names):
            raise ValueError("features of an unknown kind")
        self._names = NameTable(names)
        self._hashtags = int(self.hashtags().sum())
        self._heads.load(arrays, prefix)
        if self._heads.size != len(self):
            raise ValueError("features without chains")
