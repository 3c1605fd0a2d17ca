"""What is compared: rankers that learn event by event, and are refitted from time to time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Barred = NDArray[np.bool_]
"""For each item whether the person has met it, or nobody has met it yet: neither may be recommended."""


@dataclass(frozen=True, slots=True)
class Event:
    person: int
    item: int
    seconds: float
    liked: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What will this person like now?"""

    person: int
    seconds: float
    barred: Barred
    count: int


class Method(Protocol):
    name: str

    def learn(self, event: Event) -> None: ...

    def refit(self) -> None: ...

    def top(self, asked: Question) -> NDArray[np.intp]:
        """Up to `count` items, best first, none of them barred."""
        ...


def best(scores: NDArray[np.float32], asked: Question) -> NDArray[np.intp]:
    """Places of the largest scores that are not barred."""
    free = np.where(asked.barred, -np.inf, scores)
    count = min(asked.count, int((~asked.barred).sum()))
    if not count:
        return np.zeros(0, np.intp)
    top = np.argpartition(-free, count - 1)[:count]
    return np.asarray(top[np.argsort(-free[top], kind="stable")])


class Likes:
    """Who liked which items, as it grows."""

    def __init__(self) -> None:
        self._of: dict[int, list[int]] = {}

    def add(self, person: int, item: int) -> None:
        self._of.setdefault(person, []).append(item)

    def of(self, person: int) -> list[int]:
        """The latest last."""
        return self._of.get(person, [])

    def pairs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        people = [person for person, items in self._of.items() for _ in items]
        items = [item for items in self._of.values() for item in items]
        return np.array(people, np.int32), np.array(items, np.int32)


class Popular:
    """What the most people liked."""

    name = "popular"

    def __init__(self, items: int) -> None:
        self._likes = np.zeros(items, np.float32)

    def learn(self, event: Event) -> None:
        self._likes[event.item] += event.liked

    def refit(self) -> None:
        """Nothing: a count is always up to date."""

    def top(self, asked: Question) -> NDArray[np.intp]:
        return best(self._likes, asked)
