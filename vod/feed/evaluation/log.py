"""A log of who liked what when: tab-separated lines person, item, Unix seconds, signal."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

EVENTS_MAX = 20_000_000
ITEMS_MAX = 1_000_000
LINE_BYTES_MAX = 1_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # that some programs begin a file with
SECONDS_MAX = 1e11  # so a log in milliseconds is refused
SHOWN_CHARS = 40  # of what is wrong
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
        return log_of(_events(iter(lambda: file.readline(LINE_BYTES_MAX + 1), b"")))


def log_of(events: Iterable[tuple[str, str, float, float]]) -> Log:
    """`events`: person, item, Unix seconds, signal. Raises LogDamaged if there are none, or of too many items."""
    people, items = dict[str, int](), dict[str, int]()
    who, what, seconds, liked = array("i"), array("i"), array("d"), array("b")  # tuples would take ten times as much
    for person, item, at, signal in events:
        who.append(people.setdefault(person, len(people)))
        what.append(items.setdefault(item, len(items)))
        seconds.append(at)
        liked.append(signal > 0)
        if len(items) > ITEMS_MAX:
            raise LogDamaged(f"more than {ITEMS_MAX} different items")
    if not who:
        raise LogDamaged("the log is empty")
    order = np.argsort(np.array(seconds), kind="stable")
    return Log(
        np.array(who, np.int32)[order], np.array(what, np.int32)[order], np.array(seconds)[order],
        np.array(liked, np.bool_)[order], len(items),
    )  # fmt: skip


def _events(lines: Iterator[bytes]) -> Iterator[tuple[str, str, float, float]]:
    for number, line in enumerate(lines, 1):
        if number > EVENTS_MAX:
            raise LogDamaged(f"more than {EVENTS_MAX} lines")
        if len(line) > LINE_BYTES_MAX:
            raise LogDamaged(f"line {number}: longer than {LINE_BYTES_MAX} bytes")
        yield _event(number, line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line)


def _event(number: int, line: bytes) -> tuple[str, str, float, float]:
    """Raises LogDamaged, which says what is wrong with this line, and shows the value."""
    try:
        fields = line.decode().rstrip("\r\n").split("\t")
    except UnicodeDecodeError:
        raise LogDamaged(f"line {number}: not text in UTF-8") from None
    if len(fields) != len(FIELDS):
        found = "an empty line" if fields == [""] else f"{len(fields)} {'field' if len(fields) == 1 else 'fields'}"
        raise LogDamaged(
            f"line {number}: {found} instead of {len(FIELDS)}: {', '.join(FIELDS)}, with tabs between them"
        )
    person, item, *numbers = fields
    for name, value in zip(FIELDS, (person, item), strict=False):
        if not value:
            raise LogDamaged(f"line {number}: the {name} is empty")
    at, signal = (_number(value) for value in numbers)
    if not math.isfinite(at) or abs(at) > SECONDS_MAX:
        raise LogDamaged(f"line {number}: not a time in Unix seconds: {numbers[0][:SHOWN_CHARS]!r}")
    if math.isnan(signal):
        raise LogDamaged(f"line {number}: the signal is not a number: {numbers[1][:SHOWN_CHARS]!r}")
    return person, item, at, signal


def _number(text: str) -> float:
    """NaN for what is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
