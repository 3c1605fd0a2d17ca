"""Removes from what people type only what is dangerous, and leaves every script and every emoji as it is.

Dangerous is what cannot be stored or shown (controls, unpaired surrogates, noncharacters), what changes how the text
around it is shown (see `direction`), what hides text (language tags outside of flags), and piles of marks that cover
other lines. Joiners, variation selectors, private use and characters newer than this Python stay. The result is in
NFC, the form in which equal texts are equal bytes.
"""

from __future__ import annotations

import re
import unicodedata

from core.text.direction import balanced

MARKS_PER_LETTER_MAX = 8  # real text has up to 6; piles of them are 20 and more
RAW_CHARS_FACTOR_MAX = 4  # what arrives may be this much longer than what is left of it

_LINE_ENDS = re.compile("\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
_REMOVED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls
    "\ud800-\udfff"  # half of a character
    "\u206a-\u206f\ufff9-\ufffb\ufeff"  # deprecated formatting, annotations, byte order mark
    "\ufdd0-\ufdef" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)  # fmt: skip
# A flag such as England's is a black flag with its region in invisible letters. Elsewhere such letters only hide text.
_TAGS = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)|[\U000e0000-\U000e007f]")
_EMPTY = "\u115f\u1160\u3164\uffa0\u2800"  # letters and symbols that show nothing


def clean_line(text: str, chars_max: int) -> str | None:
    """One line of text. Empty if there is nothing to see; None if it has more than `chars_max` characters.

    Characters are Unicode code points. Clients count UTF-16 units, which are never fewer.
    """
    if text.isascii() and text.isprintable():  # nearly every line of chat
        text = text.strip(" ")
        return text if len(text) <= chars_max else None
    return _cleaned(text, chars_max, " ")


def clean_lines(text: str, chars_max: int) -> str | None:
    """The same for text of several lines."""
    return _cleaned(text, chars_max, "\n")


def _cleaned(text: str, chars_max: int, line_end: str) -> str | None:
    if len(text) > RAW_CHARS_FACTOR_MAX * chars_max:  # cleaning takes time for each character
        return None
    text = _LINE_ENDS.sub(line_end, text).replace("\t", " ")
    text = _TAGS.sub(lambda tags: tags[1] or "", _REMOVED.sub("", text))
    text = "\n".join(balanced(line) for line in text.split("\n"))
    text = _without_piles(unicodedata.normalize("NFC", text)).strip()
    if not any(map(_is_seen, text)):
        return ""
    return text if len(text) <= chars_max else None


def _without_piles(text: str) -> str:
    """Without the marks beyond MARKS_PER_LETTER_MAX on one letter. Invisible characters do not begin a new letter."""
    kept = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            marks += 1
            if marks > MARKS_PER_LETTER_MAX:
                continue
        elif category not in ("Cf", "Mc"):
            marks = 0
        kept.append(character)
    return "".join(kept) if len(kept) < len(text) else text


def _is_seen(character: str) -> bool:
    """Whether it shows by itself: a letter, digit or symbol, or one that we do not know."""
    category = unicodedata.category(character)
    return (category[0] in "LNPS" or category in ("Co", "Cn")) and character not in _EMPTY
