"""A log of who liked what when: tab-separated lines person, item, Unix seconds, signal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

EVENTS_MAX = 20_000_000
LINE_BYTES_MAX = 1_000
FIELDS = ("person", "item", "Unix seconds", "signal")


class LogDamaged(Exception):
    """A log that cannot be read; the message names the line."""


@dataclass(frozen=True, slots=True)
class Log:
    """Events in the order in which they are replayed. People and items are numbered from 0."""

    people: NDArray[np.int32]
    items: NDArray[np.int32]
    seconds: NDArray[np.float64]
    liked: NDArray[np.bool_]
    item_count: int

    def __len__(self) -> int:
        return len(self.people)

    def shuffled(self, seed: int) -> Log:
        """The same events in an order that says nothing; the times stay where they are."""
        order = np.random.default_rng(seed).permutation(len(self))
        return Log(self.people[order], self.items[order], self.seconds, self.liked[order], self.item_count)


def read_log(path: Path) -> Log:
    """Lines may come in any order; those of the same second keep theirs. Raises LogDamaged or OSError."""
    with path.open("rb") as file:
        return log_of(_events(iter(lambda: file.readline(LINE_BYTES_MAX), b"")))


def log_of(events: Iterable[tuple[str, str, float, float]]) -> Log:
    """`events`: person, item, Unix seconds, signal. Raises LogDamaged if there are none."""
    people, items = dict[str, int](), dict[str, int]()
    rows = [
        (people.setdefault(person, len(people)), items.setdefault(item, len(items)), seconds, signal > 0)
        for person, item, seconds, signal in events
    ]
    if not rows:
        raise LogDamaged("the log is empty")
    table = np.array(rows, np.float64)
    table = table[np.argsort(table[:, 2], kind="stable")]
    return Log(table[:, 0].astype(np.int32), table[:, 1].astype(np.int32), table[:, 2], table[:, 3] > 0, len(items))


def _events(lines: Iterator[bytes]) -> Iterator[tuple[str, str, float, float]]:
    for number, line in enumerate(lines, 1):
        if number > EVENTS_MAX:
            raise LogDamaged(f"more than {EVENTS_MAX} lines")
        try:
            person, item, seconds, signal = line.decode().rstrip("\r\n").split("\t")
            event = person, item, float(seconds), float(signal)
        except ValueError:
            raise LogDamaged(f"line {number}: not {', '.join(FIELDS)} with tabs between them") from None
        if not person or not item or not math.isfinite(event[2]) or math.isnan(event[3]) or abs(event[2]) > 1e11:
            raise LogDamaged(f"line {number}: an empty name, or a number that makes no sense")
        yield event
