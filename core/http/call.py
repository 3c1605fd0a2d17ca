"""What handlers receive and return: `Call`, `Page`, `Paging`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Generic, TypeVar

import msgspec
from starlette.requests import Request

from core.errors import NotSignedIn
from core.identity import Identity

PAGE_ITEMS_MAX = 100
PAGE_ITEMS = 20
CURSOR_CHARS_MAX = 100

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

    cursor: Annotated[str, msgspec.Meta(max_length=CURSOR_CHARS_MAX)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_ITEMS_MAX)] = PAGE_ITEMS


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
