"""Refuses passwords that are guessed first: a common word with some digits, keys side by side, the person's own handle.

Rules instead of a long list: they also find what a list has not seen, such as the year to come.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from people.errors import PasswordTooCommon
from people.security.policy.breached import BreachedPasswords
from people.security.policy.words import ROWS, WORDS

AFFIX_CHARS_MAX = 8  # what a word may have around it and still be as good as nothing
DIGITS_MAX = 11  # dates and phone numbers
UNIT_CHARS_MAX = 4
RUN_CHARS_MIN = 4  # shorter runs of keys are in ordinary words
OWN_CHARS_MIN = 3

_LEET = str.maketrans("013457@$!€", "oieastasie")
_ENDS = re.compile(r"^[^a-z]+|[^a-z]+$")
_SEPARATORS = re.compile(r"[\s_.\-]+")
_REPEATED = re.compile(rf"(.{{1,{UNIT_CHARS_MAX}}}?)\1+.?\Z", re.DOTALL)


class PasswordPolicy:
    """Length is checked where the password is read (`people.accounts.Password`)."""

    def __init__(self, site: str = "", breached: BreachedPasswords | None = None) -> None:
        """`site`: where people reach this server, whose name is part of the first guesses, too."""
        host = urlsplit(site).hostname or ""
        self._site = [part for part in re.split(r"[^a-z]+", host) if len(part) > OWN_CHARS_MIN]
        self._breached = breached

    def check(self, password: str, handle: str, *more: str) -> None:
        """`more`: what else is known about the person, such as their name or address. Raises PasswordTooCommon."""
        own = [_folded(text) for text in (handle, *more)]
        if is_common(password, [*own, *self._site]) or (self._breached and password in self._breached):
            raise PasswordTooCommon


def is_common(password: str, own: list[str]) -> bool:
    """Whether rules make it up. `own`: words that are common for this person, in lower case."""
    text = _folded(password)
    if text.isdigit() and len(text) <= DIGITS_MAX:
        return True
    if _REPEATED.match(text) or _is_run(text):
        return True
    wanted = {_SEPARATORS.sub("", _letters(word)) for word in own if len(word) >= OWN_CHARS_MIN} - {""}
    return any(_is_word(version, wanted) for version in _versions(text))


def _versions(text: str) -> set[str]:
    """The text without what people put around a word, as it is and with digits read as letters."""
    plain = _SEPARATORS.sub("", text)
    bare = _ENDS.sub("", plain)
    found = {bare} if len(plain) - len(bare) <= AFFIX_CHARS_MAX else set()
    for ones in ("i", "l"):
        for part in {plain, plain.rstrip("!?.,;:*#+"), re.sub(r"\d+\W*\Z", "", plain)}:
            if len(plain) - len(part) <= AFFIX_CHARS_MAX:
                found.add(_ENDS.sub("", part.replace("1", ones).translate(_LEET)))
    return found


def _is_word(text: str, own: set[str]) -> bool:
    if text in WORDS or text in own:
        return True
    half = text[: len(text) // 2]
    if half and text == half * 2 and (half in WORDS or half in own):
        return True
    return any(len(word) > OWN_CHARS_MIN and word in text and len(text) - len(word) <= OWN_CHARS_MIN for word in own)


def _is_run(text: str) -> bool:
    """Whether it consists of runs of keys side by side, forwards or backwards, and a few characters more."""
    left = text
    for row in ROWS:
        for keys in (row, row[::-1]):
            left = _without_runs(left, keys)
    return len(left) <= 2 and len(text) - len(left) >= RUN_CHARS_MIN


def _without_runs(text: str, keys: str) -> str:
    at = 0
    while at + RUN_CHARS_MIN <= len(text):
        end = at + RUN_CHARS_MIN
        if text[at:end] not in keys:
            at += 1
            continue
        while end < len(text) and text[at : end + 1] in keys:
            end += 1
        text = text[:at] + text[end:]
    return text


def _letters(text: str) -> str:
    return _ENDS.sub("", text)


def _folded(text: str) -> str:
    """In lower case and without accents."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in apart if not unicodedata.combining(c))
