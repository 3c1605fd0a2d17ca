"""English or French, by the small words of a line; empty where there are none."""

from __future__ import annotations

from collections.abc import Sequence

_ENGLISH = frozenset(
    [
        "the",
        "and",
        "you",
        "your",
        "are",
        "is",
        "this",
        "that",
        "to",
        "of",
        "in",
        "it",
        "i",
        "we",
        "they",
        "with",
        "for",
        "not",
        "what",
        "how",
    ]
)
_FRENCH = frozenset(
    [
        "le",
        "la",
        "les",
        "et",
        "tu",
        "vous",
        "est",
        "ce",
        "cette",
        "que",
        "de",
        "des",
        "du",
        "en",
        "je",
        "nous",
        "ils",
        "avec",
        "pour",
        "pas",
        "quoi",
        "comment",
        "un",
        "une",
    ]
)


def language_of(words: Sequence[str]) -> str:
    english, french = sum(word in _ENGLISH for word in words), sum(word in _FRENCH for word in words)
    return "" if english == french else "en" if english > french else "fr"
