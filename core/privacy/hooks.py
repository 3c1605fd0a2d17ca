"""What the domains do about privacy beside their declarations. Each adds its own when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec
from sqlalchemy import Connection


class Hold(msgspec.Struct, frozen=True):
    """Open business of a person who asks to be erased. `kind`: the tables with this `hold` keep their rows until it is
    over. `stops`: the person has to settle it before they can ask. `amount`: coins, pieces or cases, as the code says.
    """

    kind: str
    code: str
    amount: int = 0
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """A stored file of somebody's. `name`: its path in the copy of their data."""

    name: str
    key: str


Erase = Callable[[str], None]
"""Erases what is a person's in one place. Blocks; may be called again, also after it was killed halfway. Raises
NotYet."""
FindHolds = Callable[[Connection, str], Iterable[Hold]]
FindKeeping = Callable[[Connection, str], bool]
FindMedia = Callable[[Connection, str], Iterable[Media]]
Hide = Callable[[Connection, str, bool], None]
"""(connection, person, hidden): others see nothing of a person any more, or everything again. Twice is as once."""
Phase = Literal["content", "last", "index"]
"""`content` comes before the tables are erased by their declarations, `last` takes the name away, `index` follows."""
PHASES: tuple[Phase, ...] = ("content", "last", "index")


class NotYet(Exception):
    """Something still uses it, which the text names; the next round tries again."""


class Hooks:
    def __init__(self) -> None:
        self._steps: dict[Phase, dict[str, Erase]] = {phase: {} for phase in PHASES}
        self._holds: list[FindHolds] = []
        self._keeps: dict[str, FindKeeping] = {}
        self._media: list[FindMedia] = []
        self._hides: list[Hide] = []
        self.opened: object = None  # what `trust` has opened with these, for its commands

    def step(self, name: str, run: Erase, phase: Phase = "content") -> None:
        """Add a step of every erasure. Within a phase they run in the order in which they were added."""
        self._steps[phase][name] = run

    def steps(self, phase: Phase) -> dict[str, Erase]:
        return dict(self._steps[phase])

    def holds(self, find: FindHolds) -> None:
        """Add what may be open when somebody asks to be erased."""
        self._holds.append(find)

    def holding(self, connection: Connection, person: str) -> list[Hold]:
        return [hold for find in self._holds for hold in find(connection, person)]

    def keeps(self, code: str, find: FindKeeping) -> None:
        """Add what keeps an account open that nobody uses, beside open business."""
        self._keeps[code] = find

    def keeping(self, connection: Connection, person: str) -> str | None:
        """The code of one thing that keeps somebody's account open, or None."""
        for code, find in self._keeps.items():
            if find(connection, person):
                return code
        return next((hold.code for hold in self.holding(connection, person)), None)

    def media(self, find: FindMedia) -> None:
        """Add stored files that belong into the copy of somebody's data."""
        self._media.append(find)

    def media_of(self, connection: Connection, person: str) -> Iterator[Media]:
        for find in self._media:
            yield from find(connection, person)

    def hides(self, hide: Hide) -> None:
        """Add what hides a person's content while the account rests."""
        self._hides.append(hide)

    def hide(self, connection: Connection, person: str, *, hidden: bool) -> None:
        for run in self._hides:
            run(connection, person, hidden)
