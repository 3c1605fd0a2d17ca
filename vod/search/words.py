"""Words: what a text is found by. Documents and queries are cut into words by the same rules.

A word is in small letters and without accents, so that it is found however it was typed. Nothing but letters, digits,
marks and symbols such as emoji gets into a word: words can be quoted into a full-text query of any database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

WORD_CHARS_MAX = 40
WORDS_MAX = 200  # of one text; what follows is not found

TAG = "\ue000"
"""Begins the word of a hashtag. Nobody can type it: characters for private use are in no word."""

_ACCENTS = re.compile(
    "[\u0300-\u036f"  # Latin, Greek, Cyrillic
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew
    "\u0610-\u061a\u064b-\u065f\u0670\u0640]"  # Arabic, and the stroke that only lengthens a word
)
_LETTERS = str.maketrans(
    {"\u0153": "oe", "\u00e6": "ae", "\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u0131": "i", "\u2019": "'"}
)
_JOINERS = re.compile("[\u200c\u200d\u00ad\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")  # also the colours of emoji
# Scripts without spaces: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+"
)
_ELIDED = frozenset(("l", "d", "j", "m", "n", "s", "t", "c", "qu"))  # French, before an apostrophe
_PLURAL = re.compile(r"[a-z]{4,}")

_ENGLISH = "a an and at for from in is it of on or the to with"
_FRENCH = "au aux avec ce ces dans de des du elle en est et il la le les ou par pour sur un une"
STOP_WORDS = frozenset(f"{_ENGLISH} {_FRENCH}".split())
"""Words of English and French that say nothing about what somebody looks for."""


def plain(text: str) -> str:
    """The text in small letters and without accents."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", _JOINERS.sub("", folded)))
    return unicodedata.normalize("NFC", bare)


def words_of(text: str) -> list[str]:
    """The words of a text in their order, at most WORDS_MAX."""
    found: list[str] = []
    for run in _runs(plain(text)):
        found.extend(_cut(run))
        if len(found) >= WORDS_MAX:
            break
    return found[:WORDS_MAX]


def tag_word(tag: str) -> str:
    """The word of a whole hashtag, with or without its `#`; empty if there is nothing in it."""
    together = "".join(_runs(plain(tag)))
    return TAG + together[: WORD_CHARS_MAX - 1] if together else ""


def stem(word: str) -> str:
    """The singular of what looks like a plural in English or French; otherwise the word itself."""
    if not _PLURAL.fullmatch(word) or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("aux") and not word.endswith("eaux"):
        return word[:-3] + "al"
    return word[:-1] if word[-1] in "sx" else word


def with_stems(words: Iterable[str]) -> list[str]:
    """The words and their stems, each once."""
    found: dict[str, None] = {}
    for word in words:
        found[word] = None
        found[stem(word)] = None
    return list(found)


def is_unspaced(word: str) -> bool:
    """Whether the word is of a script without spaces, and so a part of a word perhaps."""
    return _UNSPACED.fullmatch(word) is not None


def _runs(text: str) -> Iterator[str]:
    """Runs of letters, digits and marks; every symbol is a run of its own. Elided French articles are left out."""
    run: list[str] = []
    for char in text:
        category = unicodedata.category(char)
        if category[0] in "LNM":
            run.append(char)
            continue
        if run and not (char == "'" and "".join(run) in _ELIDED):
            yield "".join(run)
        run.clear()
        if category == "So":
            yield char
    if run:
        yield "".join(run)


def _cut(run: str) -> Iterator[str]:
    """A run as it is, or, where the script has no spaces, every two neighbouring characters and the last one alone."""
    at = 0
    for part in _UNSPACED.finditer(run):
        if part.start() > at:
            yield run[at : part.start()][:WORD_CHARS_MAX]
        letters = part[0]
        for first in range(len(letters)):
            yield letters[first : first + 2]
        at = part.end()
    if at < len(run):
        yield run[at:][:WORD_CHARS_MAX]
