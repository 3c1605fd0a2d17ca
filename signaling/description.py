"""The grammar of session descriptions (RFC 8866), as far as an offer needs it: lines, sections and attributes.

Time is linear in the length of the text. What we do not know is skipped: descriptions grow with every release of a
browser. Names are compared without regard to case, and white space around a value means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

SECTIONS_MAX = 16
FORMATS_MAX = 128  # of a section: as many as there are payload types
PARAMETERS_MAX = 64  # of a format

_LINE_END = re.compile(r"\r\n|\n|\r")
_MEDIA = re.compile(r"(\S+)[ \t]+([0-9]{1,5})(?:/[0-9]+)?[ \t]+(\S+)((?:[ \t]+\S+)*)")
_NUMBER = re.compile(r"[0-9]{1,3}")

Attributes = Sequence[tuple[str, str]]
"""Names in lower case, each with its value; empty for a mere flag."""


class Malformed(ValueError):
    """It is not a session description."""


@dataclass(frozen=True, slots=True)
class Media:
    """An m= section."""

    kind: str
    port: int
    protocol: str
    formats: Sequence[str]
    attributes: Attributes

    def value(self, name: str) -> str | None:
        """Of the first attribute of this name."""
        return next((value for known, value in self.attributes if known == name), None)

    def has(self, name: str) -> bool:
        return self.value(name) is not None

    def values(self, name: str) -> Iterator[str]:
        return (value for known, value in self.attributes if known == name)

    def by_format(self, name: str) -> dict[int, str]:
        """Values that begin with a payload type, by payload type. The first one of each counts."""
        found: dict[int, str] = {}
        for value in self.values(name):
            number, rest = split_word(value)
            if _NUMBER.fullmatch(number):
                found.setdefault(int(number), rest)
        return found


@dataclass(frozen=True, slots=True)
class Description:
    session: Media  # its attributes are those of the whole session; the rest is empty
    media: Sequence[Media]

    @classmethod
    def parse(cls, text: str) -> Description:
        """Raises Malformed."""
        lines = [line for line in map(str.strip, _LINE_END.split(text.removeprefix("\ufeff"))) if line]
        if not lines or lines[0] != "v=0":
            raise Malformed("it does not begin with v=0")
        session: list[tuple[str, str]] = []
        media: list[Media] = []
        attributes = session
        for line in lines:
            if line[1:2] != "=":
                raise Malformed("a line has no type")
            if line[0] == "m":
                if len(media) == SECTIONS_MAX:
                    raise Malformed("it has too many sections")
                attributes = []
                media.append(_media(line[2:].strip(), attributes))
            elif line[0] == "a":
                name, _, value = line[2:].partition(":")
                attributes.append((name.strip().lower(), value.strip()))
        return cls(Media("", 0, "", (), session), media)


def _media(value: str, attributes: Attributes) -> Media:
    match = _MEDIA.fullmatch(value)
    if match is None or int(match[2]) > 65_535:
        raise Malformed("an m= line is malformed")
    formats = match[4].split(None, FORMATS_MAX)
    if len(formats) > FORMATS_MAX:
        raise Malformed("a section has too many formats")
    return Media(match[1].lower(), int(match[2]), match[3], formats, attributes)


def split_word(text: str) -> tuple[str, str]:
    """The first word, and what follows it."""
    word, *rest = text.split(None, 1) or [""]
    return word, rest[0] if rest else ""


def parameters(text: str) -> dict[str, str | None]:
    """Format parameters: `name=value` or a mere word, separated by semicolons. The first PARAMETERS_MAX of them."""
    found: dict[str, str | None] = {}
    for part in text.split(";", PARAMETERS_MAX)[:PARAMETERS_MAX]:
        name, equals, value = part.partition("=")
        if name.strip():
            found[name.strip().lower()] = value.strip() if equals else None
    return found


def written(given: Mapping[str, str | int | None]) -> str:
    """The reverse of `parameters`."""
    return ";".join(name if value is None else f"{name}={value}" for name, value in given.items())
