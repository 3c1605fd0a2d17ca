"""What handlers receive and return: `Call`, `Page`, `Paging`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeVar

import msgspec
from starlette.requests import Request

from core.errors import NotSignedIn
from core.identity import Identity

PAGE_ITEMS_MAX = 100
PAGE_ITEMS = 20

T = TypeVar("T")


class Access(Enum):
    ANYONE = "anyone"
    MEMBER = "member"
    MODERATOR = "moderator"


class Page(msgspec.Struct, Generic[T]):
    """The answer of every list. `next` is the cursor of the following page."""

    items: list[T]
    next: str | None = None


class Paging(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The query of every list. Subclass it to add fields."""

    cursor: str = ""
    limit: int = PAGE_ITEMS

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= PAGE_ITEMS_MAX:
            raise ValueError(f"limit must be between 1 and {PAGE_ITEMS_MAX}")
        if len(self.cursor) > 100:
            raise ValueError("cursor is invalid")


@dataclass(slots=True)
class Call:
    """One request, as its handler sees it."""

    request: Request
    who: Identity | None
    key: str = ""  # the Idempotency-Key, where the operation asks for one
    headers: dict[str, str] = field(default_factory=dict)  # of the answer
    cookies: list[str] = field(default_factory=list)  # that the answer sets, as in Set-Cookie

    @property
    def identity(self) -> Identity:
        """The person behind the request. Raises NotSignedIn."""
        if self.who is None:
            raise NotSignedIn
        return self.who
