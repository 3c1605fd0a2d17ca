"""Content codings: which of those we have a client prefers (RFC 9110, 12.5.3)."""

from __future__ import annotations

from collections.abc import Collection

PREFERRED = ("br", "gzip")
"""Smallest first: the order among those a client likes equally."""
FIELDS_MAX = 20


def choose_coding(accept: str, available: Collection[str]) -> str:
    """The coding to send for an Accept-Encoding field, or an empty text: as it is."""
    weights = _weights(accept)
    candidates = [(_weight(weights, coding), coding) for coding in PREFERRED if coding in available]
    best = max((weight for weight, _ in candidates), default=0.0)
    # What is not named at all is acceptable, but never preferred to a coding that is.
    if best <= 0 or best < weights.get("identity", 0.0):
        return ""
    return next(coding for weight, coding in candidates if weight == best)


def _weight(weights: dict[str, float], coding: str) -> float:
    return weights.get(coding, weights.get("*", 0.0))


def _weights(accept: str) -> dict[str, float]:
    weights = {}
    for field in accept.lower().split(",")[:FIELDS_MAX]:
        coding, *parameters = (part.strip() for part in field.split(";"))
        if coding:
            weights["gzip" if coding == "x-gzip" else coding] = _quality(parameters)
    return weights


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
