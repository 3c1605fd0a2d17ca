"""The order of what was found: how well the text matches, times popularity and freshness."""

from __future__ import annotations

from collections.abc import Sequence

from vod.search.index.documents import Indexed, doublings
from vod.search.query import Alternatives, Query, Wanted

BODY = 0.6  # a word outside of the name or title counts so much
PREFIX = 0.6, 0.3  # the beginning of a word: at least, and more the more of the word was typed
EXACT_NAME, BEGINS_NAME = 1.5, 0.3  # on top, for the name that was typed
TEXT_ALONE = 0.4  # what remains for a document without any popularity
SPAN_DOUBLINGS = 20.0  # so much less popular than the most popular one counts as without


def ranked(found: Sequence[Indexed], query: Query, groups: Sequence[Alternatives]) -> list[Indexed]:
    """The best first. `groups`: the words looked for, with stems and corrections."""
    top = max((one.weight for one in found), default=0)
    scores = {one.place: _score(one, query, groups, top) for one in found}
    return sorted(found, key=lambda one: (-scores[one.place], -one.place))


def _score(one: Indexed, query: Query, groups: Sequence[Alternatives], top: int) -> float:
    head, body = f" {one.head} ", f" {one.body} "
    text = sum(_match(group, head, body) for group in groups) / max(1, len(groups))
    popularity = max(0.0, 1.0 - doublings(top - one.weight) / SPAN_DOUBLINGS)
    score = text * (TEXT_ALONE + (1 - TEXT_ALONE) * popularity)
    if one.key and query.key:
        score += EXACT_NAME if one.key == query.key else BEGINS_NAME if one.key.startswith(query.key) else 0.0
    return score


def _match(group: Alternatives, head: str, body: str) -> float:
    """How well a document has one of these words: 1 for the very word in its name or title. `head` and `body`: its
    words, with spaces around each."""
    best = 0.0
    for wanted in group:
        if wanted.quality > best and (found := _in(wanted, head)) > best:
            best = found
        if BODY * wanted.quality > best and (found := BODY * _in(wanted, body)) > best:
            best = found
    return best


def _in(wanted: Wanted, words: str) -> float:
    word = wanted.word
    if f" {word} " in words:
        return wanted.quality
    at = words.find(f" {word}") if wanted.prefix else -1
    if at < 0:
        return 0.0
    least, more = PREFIX
    return wanted.quality * (least + more * len(word) / (words.index(" ", at + 1) - at - 1))
