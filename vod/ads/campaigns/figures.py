"""What was counted of campaigns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import msgspec
from sqlalchemy import Connection


class Figures(msgspec.Struct, frozen=True):
    """Without what does not count, such as visits of crawlers."""

    views: int = 0
    viewable: int = 0
    clicks: int = 0


FiguresOf = Callable[[Connection, Collection[str]], Mapping[str, Figures]]
"""The figures of campaigns; those that were never shown may be left out."""
