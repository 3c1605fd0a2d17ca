"""When two texts are the same to people."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """A key that is equal for texts that differ only in case, width or another form of the same letters (UAX #15)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
