"""Who was forgotten, and when: a row of theirs that was read a moment before must not be learned after it."""

from __future__ import annotations

from collections import OrderedDict

FORGOTTEN_MAX = 10_000  # people; who was forgotten the longest ago has no events that are still on their way


class Forgotten:
    """Not safe for threads."""

    def __init__(self) -> None:
        self._before: OrderedDict[str, str] = OrderedDict()  # by person: ids sort by time

    def add(self, person: str, id: str) -> None:
        """Everything of this person that is older than an id is to be forgotten."""
        self._before[person] = max(id, self._before.pop(person, ""))
        if len(self._before) > FORGOTTEN_MAX:
            self._before.popitem(last=False)

    def covers(self, person: str, id: str) -> bool:
        return id < self._before.get(person, "")
