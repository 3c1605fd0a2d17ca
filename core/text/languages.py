"""Languages that people read, from Accept-Language (RFC 9110, 12.5.4)."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["en", "fr"]
"""The languages that this server writes."""

FIELD_CHARS_MAX = 500
FIELDS_MAX = 20
_RANGE = re.compile(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?\Z")


def accepted_languages(accept: str) -> list[str]:
    """The primary subtags of an Accept-Language field, the preferred ones first. What is malformed is left out."""
    found: dict[str, float] = {}
    for part in accept[:FIELD_CHARS_MAX].split(",")[:FIELDS_MAX]:
        match = _RANGE.match(part)
        if match is not None and (weight := float(match[2] or 1)) > 0:
            found.setdefault(match[1].lower(), weight)
    return sorted(found, key=lambda language: -found[language])


def written_language(accept: str) -> Language:
    """The first language of an Accept-Language field that this server writes."""
    for language in accepted_languages(accept):
        if language in ("en", "fr"):
            return language  # type: ignore[return-value]
    return "en"
