"""Typing errors: which words are close to each other, and keys under which a close word is found.

Two words that differ by one edit have a key in common: a word without one of its letters (the deletion
neighbourhood of Mor and Fraenkel, 1982). Only the beginning of a long word makes keys, so their number is bounded.
"""

from __future__ import annotations

KEY_CHARS_MAX = 9  # of a word's beginning
WORD_CHARS_MIN = 3  # shorter words are not corrected to
TYPED_CHARS_MIN = 4  # shorter ones are not corrected: nearly every word would be close
LONG_CHARS_MIN = 8  # from here on two edits are forgiven


def keys_of(word: str) -> set[str]:
    """At most KEY_CHARS_MAX + 1 keys."""
    begin = word[:KEY_CHARS_MAX]
    return {begin, *(begin[:at] + begin[at + 1 :] for at in range(len(begin)))}


def edits_max(word: str) -> int:
    """How many edits are forgiven in this word."""
    return 0 if len(word) < TYPED_CHARS_MIN else 1 if len(word) < LONG_CHARS_MIN else 2


def distance(one: str, other: str, at_most: int) -> int:
    """Letters inserted, left out, replaced or swapped with their neighbour; more than `at_most` is `at_most` + 1."""
    if abs(len(one) - len(other)) > at_most:
        return at_most + 1
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, against in enumerate(other, 1):
            edits = min(above[column] + 1, here[-1] + 1, above[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                edits = min(edits, before[column - 2] + 1)
            here.append(edits)
        if min(here) > at_most:
            return at_most + 1
        before, above = above, here
    return min(above[-1], at_most + 1)
