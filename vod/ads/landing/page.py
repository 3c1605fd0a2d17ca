"""What of a landing page is remembered when it is reviewed, and whether a page seen later is still the same. Pure.

Pages change by themselves: dates, prices, offers, the order of things. So what is kept is whose site it is, the title,
and a sketch of the text (the smallest hashes of its three-word sequences, which estimate how much two texts share),
without digits. A page that shares little with the reviewed one is another page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

Finding = Literal["elsewhere", "changed", "gone", "unsafe"]
"""`elsewhere`: it leads to another site. `changed`: it says something else. `gone`: it is not there any more. `unsafe`:
it leads to an address that no viewer should be sent to, such as one inside a network."""

TITLE_CHARS_MAX = 200
WORDS_MAX = 5_000
SHINGLE_WORDS = 3
SKETCH_MAX = 64
SHARED_MIN = 0.2  # of the texts, under the same title
SHARED_UNTITLED_MIN = 0.5  # under another one

_NAME = re.compile(r"[a-z]{1,10}")
_SILENT = frozenset(["script", "style", "noscript", "template", "svg", "iframe", "textarea"])
_WORD = re.compile(r"[^\W\d_]{2,40}")


@dataclass(frozen=True, slots=True)
class Page:
    """`host`: where the last redirect led."""

    host: str
    title: str
    sketch: tuple[int, ...]

    @classmethod
    def of(cls, host: str, markup: str) -> Page:
        title, texts = "", []
        for is_title, text in _texts(markup):
            if is_title:
                title = title or " ".join(html.unescape(text[: 2 * TITLE_CHARS_MAX]).split())[:TITLE_CHARS_MAX]
            else:
                texts.append(text)
        return cls(host, title, _sketch(_words(html.unescape(" ".join(texts)), WORDS_MAX)))


def compare(reviewed: Page, now: Page) -> Finding | None:
    """What has become of a reviewed page, if it is another one."""
    if not _same_site(reviewed.host, now.host):
        return "elsewhere"
    titled = _words(reviewed.title, WORDS_MAX) == _words(now.title, WORDS_MAX)
    least = SHARED_MIN if titled else SHARED_UNTITLED_MIN
    return None if _shared(reviewed.sketch, now.sketch) >= least else "changed"


def _same_site(reviewed: str, now: str) -> bool:
    """A part of the same site is the same one."""
    site = reviewed.removeprefix("www.")
    return now == site or now.endswith(f".{site}")


def _shared(one: Sequence[int], other: Sequence[int]) -> float:
    """How much two texts share, 0 to 1: of the smallest hashes of both, those that each of them has."""
    if not one and not other:
        return 1.0
    both = set(one) & set(other)
    least = sorted({*one, *other})[:SKETCH_MAX]
    return sum(value in both for value in least) / len(least)


def _sketch(words: Sequence[str]) -> tuple[int, ...]:
    spans = {" ".join(words[at : at + SHINGLE_WORDS]) for at in range(max(1, len(words) - SHINGLE_WORDS + 1))}
    hashes = {int.from_bytes(blake2b(span.encode(), digest_size=6).digest()) for span in spans if span}
    return tuple(sorted(hashes)[:SKETCH_MAX])


def _words(text: str, at_most: int) -> list[str]:
    found = _WORD.finditer(text.casefold())
    return [match[0] for match, _ in zip(found, range(at_most), strict=False)]


def _texts(markup: str) -> Iterator[tuple[bool, str]]:
    """The visible texts, each with whether it is the title. In one pass, whatever the markup is."""
    lower, at = markup.lower(), 0
    if len(lower) != len(markup):  # a few capitals are longer in lower case
        markup = lower
    while (tag := lower.find("<", at)) >= 0:
        yield False, markup[at:tag]
        if lower.startswith("<!--", tag):
            end = lower.find("-->", tag)
            if end < 0:
                return
            at = end + 3
            continue
        at = lower.find(">", tag) + 1
        if not at:
            return
        named = _NAME.match(lower, tag + 1)
        name = named[0] if named else ""
        if name in _SILENT or name == "title":
            end = lower.find(f"</{name}", at)
            if end < 0:
                return
            if name == "title":
                yield True, markup[at:end]
            at = end
    yield False, markup[at:]
