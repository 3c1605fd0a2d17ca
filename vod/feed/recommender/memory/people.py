"""What the recommender knows about people: what they have seen, liked last, and are interested in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.columns import Array, Columns
from vod.feed.recommender.memory.features import NO_FEATURE
from vod.feed.recommender.memory.names import NOBODY, packed_names, unpacked_names
from vod.feed.recommender.memory.seen import pack, unpack

PEOPLE_MAX = 50_000  # in memory; whoever has been away the longest is forgotten
INTERESTS_MAX = 24  # of a person
RECENT_MAX = 128  # liked videos of a person
UNPACKED_MAX = 8  # of a person's seen videos
SEEN_MAX = 20_000  # videos of a person; then the older half is forgotten
FADE = 0.98  # of an interest, with each opinion on anything: about 35 opinions halve it


class People:
    """Rows of people. A person's row is used again after they are forgotten."""

    def __init__(self, most: int = PEOPLE_MAX) -> None:
        self._most = most
        self._by_id: OrderedDict[str, int] = OrderedDict()  # the least recently active first
        self._free: list[int] = []
        self._packed: list[bytes] = []
        self._rows = Columns(
            {
                "features": (np.int32, INTERESTS_MAX),
                "weights": (np.float32, INTERESTS_MAX),  # below 0: dislikes
                "recent": (np.int32, RECENT_MAX),  # 1 + the row of a liked video, the latest first; 0: none
                "unpacked": (np.int32, UNPACKED_MAX),
                "unpacked_count": (np.uint8, 0),
            }
        )

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, person: str) -> bool:
        return person in self._by_id

    def find(self, person: str | None) -> int:
        """NOBODY for somebody who is not known."""
        return NOBODY if person is None else self._by_id.get(person, NOBODY)

    def active(self, person: str) -> int:
        """The row of somebody who has just done something."""
        if (row := self._by_id.get(person)) is not None:
            self._by_id.move_to_end(person)
            return row
        if len(self._by_id) >= self._most:
            self.forget(next(iter(self._by_id)))
        if self._free:
            row = self._free.pop()
        else:
            row = self._rows.add()
            self._packed.append(b"")
        self._by_id[person] = row
        return row

    def forget(self, person: str) -> None:
        if (row := self._by_id.pop(person, None)) is not None:
            self._rows.clear(row)
            self._packed[row] = b""
            self._free.append(row)

    def seen(self, row: int) -> NDArray[np.int64]:
        """The videos, in no order, none of them twice."""
        fresh = self._rows["unpacked"][row, : self._rows["unpacked_count"][row]]
        return np.concatenate([unpack(self._packed[row]), fresh])

    def see(self, row: int, video: int) -> bool:
        """Whether the person had not seen the video before."""
        count = int(self._rows["unpacked_count"][row])
        if video in self._rows["unpacked"][row, :count] or video in unpack(self._packed[row]):
            return False
        if count == UNPACKED_MAX:
            numbers = np.sort(self.seen(row))
            self._packed[row] = pack(numbers[-SEEN_MAX // 2 :] if len(numbers) > SEEN_MAX else numbers)
            count = 0
        self._rows["unpacked"][row, count] = video
        self._rows["unpacked_count"][row] = count + 1
        return True

    def interests(self, row: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Features and their weights, dislikes included."""
        features = self._rows["features"][row]
        used = features != NO_FEATURE
        return features[used], self._rows["weights"][row][used]

    def feel(self, row: int, features: NDArray[np.int32], amount: float) -> None:
        """Add to the interest in each of these features; the weakest interests make room."""
        known, weights = self._rows["features"][row], self._rows["weights"][row]
        weights *= FADE
        for feature in features[features != NO_FEATURE]:
            places = np.flatnonzero(known == feature)
            place = int(places[0]) if len(places) else int(np.argmin(np.abs(weights)))
            if not len(places):
                known[place], weights[place] = feature, 0.0
            weights[place] += amount

    def lose_interest(self, row: int, feature: int) -> None:
        gone = self._rows["features"][row] == feature
        self._rows["features"][row][gone] = NO_FEATURE
        self._rows["weights"][row][gone] = 0.0

    def lose_interests(self, features: NDArray[np.intp], feature_count: int) -> None:
        """Of everybody: these features are no more."""
        is_gone = np.zeros(feature_count, np.bool_)
        is_gone[features] = True
        gone = is_gone[self._rows.used("features")]
        self._rows.used("features")[gone] = NO_FEATURE
        self._rows.used("weights")[gone] = 0.0

    def recent(self, row: int) -> NDArray[np.int32]:
        """Videos that the person liked, the latest first."""
        recent = self._rows["recent"][row]
        return np.asarray(recent[recent > 0] - 1)

    def like(self, row: int, video: int) -> None:
        """Put a video in front. One that is there already keeps its place."""
        recent = self._rows["recent"][row]
        if not (recent == video + 1).any():
            recent[1:] = recent[:-1].copy()
            recent[0] = video + 1

    def unlike(self, row: int, video: int) -> None:
        recent = self._rows["recent"][row]
        kept = recent[(recent > 0) & (recent != video + 1)]
        recent[: len(kept)], recent[len(kept) :] = kept, 0

    @property
    def bytes(self) -> int:
        """Spare rows and about what dict, list and strings need included."""
        return self._rows.bytes + sum(41 + len(packed) for packed in self._packed) + 200 * len(self)

    def dump(self) -> dict[str, Array]:
        names, rows = list(self._by_id), np.array(list(self._by_id.values()), np.int64)
        packed = [self._packed[row] for row in rows]
        taken = {name: array[rows] for name, array in self._rows.dump("people").items()}
        return {
            **taken,
            "people.ids": packed_names(names),
            "people.packed": np.frombuffer(b"".join(packed), np.uint8),
            "people.lengths": np.array([len(one) for one in packed], np.int64),
        }

    def load(self, arrays: Mapping[str, Array], videos: int, features: int) -> None:
        """Raises KeyError or ValueError if the arrays are damaged."""
        self._rows.load(arrays, "people")
        self._by_id = OrderedDict((name, row) for row, name in enumerate(unpacked_names(arrays["people.ids"])))
        ends = np.cumsum(arrays["people.lengths"])
        packed = arrays["people.packed"].tobytes()
        self._packed = [packed[end - length : end] for end, length in zip(ends, arrays["people.lengths"], strict=True)]
        if not len(self._by_id) == len(self._packed) == self._rows.size:
            raise ValueError("people without rows")
        counts = self._rows.used("unpacked_count")
        seen_max = max((int(unpack(one)[-1]) for one in self._packed if one), default=-1)
        if seen_max >= videos or (counts.size and counts.max() > UNPACKED_MAX):
            raise ValueError("people have seen videos that do not exist")
        for name, below in (("features", features), ("recent", videos + 1), ("unpacked", videos)):
            column = self._rows.used(name)
            if column.size and (column.min() < 0 or column.max() >= max(1, below)):
                raise ValueError(f"people have {name} that do not exist")
