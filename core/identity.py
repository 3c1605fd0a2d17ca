"""The person behind a request: `people` resolves it, other domains only read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from core.errors import AdultsOnly

PersonRole = Literal["member", "moderator", "admin"]


class Person(msgspec.Struct, frozen=True):
    """A person as shown in other domains' answers."""

    id: str
    handle: str
    name: str
    avatar: str | UnsetType = UNSET  # the address of a small picture; left out where there is none


@dataclass(frozen=True, slots=True)
class Identity:
    """The person behind a request, resolved from its token."""

    id: str
    handle: str
    name: str
    role: PersonRole
    adult: bool
    avatar: str | UnsetType = UNSET

    @property
    def moderates(self) -> bool:
        return self.role in ("moderator", "admin")

    def must_be_adult(self) -> None:
        """Raises AdultsOnly below 18: going live, buying coins and giving are for adults."""
        if not self.adult:
            raise AdultsOnly

    @property
    def brief(self) -> Person:
        return Person(self.id, self.handle, self.name, self.avatar)
