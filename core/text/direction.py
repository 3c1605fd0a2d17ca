"""Keeps the direction of one text from reaching into the text around it.

People paste characters that set the direction, often without knowing: phones put them around numbers and names. Pairs
that begin and end in the same line are harmless and stay. Overrides, which show letters in reverse, go.
"""

from __future__ import annotations

import re

DEPTH_MAX = 8

_EMBEDDINGS, _OVERRIDES, _ISOLATES = "\u202a\u202b", "\u202d\u202e", "\u2066\u2067\u2068"
_END_EMBEDDING, _END_ISOLATE = "\u202c", "\u2069"
_ANY = re.compile("[\u202a-\u202e\u2066-\u2069]")


def balanced(line: str) -> str:
    """The line without overrides and without what begins or ends nothing (UAX #9, 3.3.2)."""
    if not _ANY.search(line):
        return line
    characters = list(line)
    open_at: list[int] = []
    paired: set[int] = set()
    for place, character in enumerate(characters):
        if character in _EMBEDDINGS or character in _OVERRIDES or character in _ISOLATES:
            open_at.append(place)
        elif character == _END_EMBEDDING:
            if open_at and characters[open_at[-1]] not in _ISOLATES:
                _pair(characters, open_at, open_at.pop(), place, paired)
        elif character == _END_ISOLATE and any(characters[at] in _ISOLATES for at in open_at):
            while characters[open_at[-1]] not in _ISOLATES:  # it also ends the embeddings in it, which had no end
                open_at.pop()
            _pair(characters, open_at, open_at.pop(), place, paired)
    return "".join(c for place, c in enumerate(characters) if place in paired or not _ANY.match(c))


def _pair(characters: list[str], around: list[int], begin: int, end: int, paired: set[int]) -> None:
    if characters[begin] not in _OVERRIDES and len(around) < DEPTH_MAX:
        paired.update((begin, end))
