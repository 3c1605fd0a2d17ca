"""What somebody types into the search field, as words to look for. Nothing that can be typed is an operator."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vod.search.words import STOP_WORDS, TAG, plain, stem, tag_word, words_of

QUERY_CHARS_MAX = 200
QUERY_WORDS_MAX = 8
UNSTORABLE = ("Cc", "Cs")  # controls and halves of characters: no database takes them, no name has them
STEMMED, CORRECTED = 0.9, 0.6  # quality of a match


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word that a document should have. `prefix`: or one that begins with it. `quality`: how good a match it is."""

    word: str
    prefix: bool = False
    quality: float = 1.0


Alternatives = Sequence[Wanted]
"""One of these words is enough."""


@dataclass(frozen=True, slots=True)
class Query:
    """`key` is the whole text as one name: a handle or a hashtag that is exactly this comes first."""

    key: str
    words: tuple[Wanted, ...]

    def alternatives(self, corrections: Mapping[str, Sequence[str]] | None = None) -> list[Alternatives]:
        """For each word: itself, its stem, and its corrections."""
        found: list[Alternatives] = []
        for wanted in self.words:
            others = {word: Wanted(word, quality=CORRECTED) for word in (corrections or {}).get(wanted.word, ())}
            others[stem(wanted.word)] = Wanted(stem(wanted.word), quality=STEMMED)
            others.pop(wanted.word, None)
            found.append([wanted, *others.values()])
        return found


def parse(text: str) -> Query:
    """The last word may be unfinished: it is looked for as a prefix, unless a space follows it."""
    words: dict[str, None] = {}
    for part in text.split():
        found = [tag_word(part)] if part.startswith("#") else words_of(part)
        words |= dict.fromkeys(word for word in found if word)
    kept = ([word for word in words if word not in STOP_WORDS] or list(words))[:QUERY_WORDS_MAX]
    unfinished = kept[-1] if kept and text == text.rstrip() else ""
    return Query(key_of(text), tuple(Wanted(word, word == unfinished or _begins(word)) for word in kept))


def key_of(name: str) -> str:
    """A handle or a hashtag as it is compared: without its `@` or `#`, accents and capitals."""
    typed = "".join(char for char in name if unicodedata.category(char) not in UNSTORABLE)
    return plain(typed.strip().lstrip("@#")).strip()[:QUERY_CHARS_MAX]


def _begins(word: str) -> bool:
    """Whether it is one character of a script without spaces: it may be the beginning of a pair."""
    return len(word) == 1 and not word.isascii() and word != TAG
