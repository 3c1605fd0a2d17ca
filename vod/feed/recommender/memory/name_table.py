"""Numbers for texts of any length, in a quarter of the memory that a dict and a list of strings need."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

NO_NAME = 0
SLOTS_MIN = 64
FULL = 0.75  # of the slots: then there are twice as many


class NameTable:
    """Numbers names from 1: their UTF-8 in one buffer, found by a hash table with open addressing.

    The number of a name that was dropped is given to another one.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        """`names`: those numbered from 1, as `all` gives them. Raises ValueError if one is repeated."""
        self._fill(names)

    def _fill(self, names: Iterable[str]) -> None:
        self._text = bytearray()
        self._starts, self._ends = array("I", [0]), array("I", [0])
        self._free: list[int] = []
        self._slots = array("i", bytes(4 * SLOTS_MIN))
        for name in names:
            if not name:
                self._free.append(self._append(b""))
            elif self.find(name) != NO_NAME:
                raise ValueError(f"a name is repeated: {name[:40]!r}")
            else:
                self._index(self._append(name.encode()))

    def __len__(self) -> int:
        """One more than the largest number."""
        return len(self._starts)

    def find(self, name: str) -> int:
        """The number of a name, NO_NAME if it has none."""
        return self._look(name.encode())[0]

    def add(self, name: str) -> int:
        """Number a name that is not empty and has no number yet."""
        data = name.encode()
        if not self._free:
            number = self._append(data)
        else:
            number = self._free.pop()
            self._starts[number], self._ends[number] = len(self._text), len(self._text) + len(data)
            self._text += data
        self._index(number)
        return number

    def name(self, number: int) -> str:
        return self._data(number).decode()

    def all(self) -> list[str]:
        """From number 1 on; an empty one where there is none."""
        return [self.name(number) for number in range(1, len(self))]

    def beginning_with(self, letter: str) -> NDArray[np.bool_]:
        """For each number from 0 whether its name begins with this ASCII letter."""
        starts, ends = np.array(self._starts), np.array(self._ends)
        letters = np.frombuffer(bytes(self._text) + b"\0", np.uint8)
        return np.asarray((ends > starts) & (letters[starts] == ord(letter)))

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget these names. Takes a microsecond or two for each that stays."""
        names = self.all()
        for number in numbers:
            names[number - 1] = ""
        self._fill(names)

    def _data(self, number: int) -> bytes:
        return bytes(self._text[self._starts[number] : self._ends[number]])

    def _append(self, data: bytes) -> int:
        self._starts.append(len(self._text))
        self._text += data
        self._ends.append(len(self._text))
        return len(self._starts) - 1

    def _index(self, number: int) -> None:
        """Make a name known that is in the buffer."""
        if len(self) - len(self._free) > FULL * len(self._slots):
            known = [other for other in self._slots if other]
            self._slots = array("i", bytes(8 * len(self._slots)))
            for other in known:
                self._slots[self._look(self._data(other))[1]] = other
        self._slots[self._look(self._data(number))[1]] = number

    def _look(self, data: bytes) -> tuple[int, int]:
        """The number and its slot, or NO_NAME and the free slot where it belongs.

        Python hashes bytes differently in each process, so nobody can choose names that collide.
        """
        slots, last = self._slots, len(self._slots) - 1
        place = hash(data) & last
        while number := slots[place]:
            if self._data(number) == data:
                break
            place = (place + 1) & last
        return number, place

    @property
    def bytes(self) -> int:
        """Spare room included."""
        return sum(map(sys.getsizeof, (self._text, self._starts, self._ends, self._free, self._slots)))
