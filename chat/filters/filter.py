"""A list as every line is compared with it: compiled once, then only looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import msgspec

from chat.filters.links import hosts_in, is_listed
from trust.machine.text.normalize import normalized, spelled_out

Action = Literal["hold", "refuse"]
LinkRule = Literal["allow", "hold", "refuse", "listed"]
"""`listed`: only links to the listed domains are let through, others are refused."""
Cause = Literal["word", "link"]

PHRASE_WORDS_MAX = 5
SPELLED_CHARS_MIN = 3  # of an entry that is looked for among letters that stand alone


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`words`: one to five, normalized."""

    words: str
    action: Action


class FilterList(msgspec.Struct, frozen=True):
    """What a host, or the server, filters."""

    words: Sequence[Word] = ()
    links: LinkRule = "allow"
    domains: Sequence[str] = ()


EMPTY = FilterList()


class Verdict(NamedTuple):
    action: Action
    cause: Cause


class Line:
    """A line that several filters look at: it is taken apart once, and only if one of them asks."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def words(self) -> list[str]:
        return normalized(self._text, every_script=True)

    @cached_property
    def runs(self) -> list[str]:
        """Letters that stand alone, joined."""
        return spelled_out(self._text)

    @cached_property
    def hosts(self) -> list[str]:
        return hosts_in(self._text)


@dataclass(frozen=True, slots=True)
class Filter:
    phrases: Mapping[str, Action]
    first: frozenset[str]  # their first words
    links: LinkRule
    domains: frozenset[str]
    changed_at: int = 0

    @classmethod
    def of(cls, list: FilterList, changed_at: int = 0) -> Filter:
        phrases: dict[str, Action] = {one.words.replace(" ", ""): one.action for one in list.words}
        phrases |= {one.words: one.action for one in list.words}
        first = frozenset(phrase.partition(" ")[0] for phrase in phrases)
        return cls(phrases, first, list.links, frozenset(list.domains), changed_at)

    def judge(self, line: Line) -> Verdict | None:
        """What becomes of a line; None: it is said. Refusing comes before holding."""
        word, link = self._of_words(line), self._of_links(line)
        if word == "refuse":
            return Verdict("refuse", "word")
        if link == "refuse":
            return Verdict("refuse", "link")
        if word is not None:
            return Verdict(word, "word")
        return None if link is None else Verdict(link, "link")

    def _of_words(self, line: Line) -> Action | None:
        if not self.phrases:
            return None
        worst: Action | None = None
        words = line.words
        for start, word in enumerate(words):
            if word not in self.first:
                continue
            for count in range(1, PHRASE_WORDS_MAX + 1):
                found = self.phrases.get(" ".join(words[start : start + count]))
                if found == "refuse":
                    return found
                worst = found or worst
        for run in line.runs:  # words may begin anywhere in it
            for phrase, action in self.phrases.items():
                if len(phrase) >= SPELLED_CHARS_MIN and phrase in run:
                    if action == "refuse":
                        return action
                    worst = action
        return worst

    def _of_links(self, line: Line) -> Action | None:
        if self.links == "allow" or not line.hosts:
            return None
        if self.links == "listed":
            return None if all(is_listed(host, self.domains) for host in line.hosts) else "refuse"
        return self.links


NOTHING = Filter.of(EMPTY)


def worst(verdicts: Sequence[Verdict | None]) -> Verdict | None:
    """The stricter of several lists wins."""
    found = [one for one in verdicts if one is not None]
    return next((one for one in found if one.action == "refuse"), found[0] if found else None)
