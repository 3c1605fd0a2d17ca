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
    text = sum(_match(group, one) for group in groups) / max(1, len(groups))
    popularity = max(0.0, 1.0 - doublings(top - one.weight) / SPAN_DOUBLINGS)
    score = text * (TEXT_ALONE + (1 - TEXT_ALONE) * popularity)
    if one.key and query.key:
        score += EXACT_NAME if one.key == query.key else BEGINS_NAME if one.key.startswith(query.key) else 0.0
    return score


def _match(group: Alternatives, one: Indexed) -> float:
    """How well a document has one of these words: 1 for the very word in its name or title."""
    return max(max(_in(wanted, one.head), BODY * _in(wanted, one.body)) for wanted in group)


def _in(wanted: Wanted, words: str) -> float:
    """`words` are separated by spaces."""
    spaced, word = f" {words} ", wanted.word
    if f" {word} " in spaced:
        return wanted.quality
    at = spaced.find(f" {word}") if wanted.prefix else -1
    if at < 0:
        return 0.0
    least, more = PREFIX
    return wanted.quality * (least + more * len(word) / (spaced.index(" ", at + 1) - at - 1))
