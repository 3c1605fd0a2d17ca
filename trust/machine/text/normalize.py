"""One spelling for all the spellings by which people get around lists.

NFKC, no accents, nothing invisible; `l e t t e r s` that stand alone are joined, digits inside words are read as the
letters they stand for, and numbers stay numbers. Words of Greek or Cyrillic letters that look Latin are read as Latin.
"""

from __future__ import annotations

import re
import unicodedata

_SPACED = re.compile(r"(?<!\w)(?:\w[ ._*-]){2,}\w(?!\w)")
_BETWEEN = re.compile(r"[ ._*-]")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_WORD = re.compile(r"[a-z0-9@$!']+")
_ANY_WORD = re.compile(r"(?:[^\W_]|[@$!'])+")
_LETTERS = re.compile(r"[^\W\d_]+")
_LOOKS = str.maketrans(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458\u04cf\u0501\u051b"
    "\u03b1\u03b5\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u0131",
    "abekmhopctyxsijldqaenikvoptuxi",
)
_LEET = str.maketrans("013457@$!", "oieastasi")
_MIXED = re.compile(r"(?=.*[a-z])(?=.*[013457@$!])")


def normalized(text: str, *, every_script: bool = False) -> list[str]:
    """The words of a line, in small letters without accents: those in Latin letters, or in any."""
    folded = _folded(text)
    folded = _SPACED.sub(_joined, folded)
    folded = _REPEATED.sub(r"\1", folded)
    words = []
    for word in (_ANY_WORD if every_script else _WORD).findall(folded):
        if word.isalpha():  # most of them
            words.append(word)
            continue
        bare = word.strip("'!")
        if bare:
            words.append(_read_digits(bare))
    return words


def spelled_out(text: str) -> list[str]:
    """The runs of letters that stand alone, joined: where the words in them begin and end, nobody can say."""
    return [_read_digits(_REPEATED.sub(r"\1", _joined(match))) for match in _SPACED.finditer(_folded(text))]


def _read_digits(word: str) -> str:
    return word.translate(_LEET) if _MIXED.match(word) else word


def _folded(text: str) -> str:
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(one for one in decomposed if unicodedata.category(one) not in ("Mn", "Cf", "Cc"))
    return plain if plain.isascii() else _LETTERS.sub(_read, plain)


def _read(match: re.Match[str]) -> str:
    """A word as the eye reads it."""
    looks = match[0].translate(_LOOKS)
    return looks if looks.isascii() else match[0]


def _joined(match: re.Match[str]) -> str:
    return _BETWEEN.sub("", match[0])
