"""How a gift is divided between creator, agency and platform."""

from __future__ import annotations

from typing import NamedTuple

import msgspec


class Terms(NamedTuple):
    """Shares in whole percent, at most 100 together; the creator gets the rest.

    `agreement`: the id of what was agreed; empty where the platform's standard rate holds. `agency`: a person's id;
    empty without one.
    """

    commission_percent: int
    agreement: str = ""
    agency: str = ""
    agency_percent: int = 0

    @property
    def creator_percent(self) -> int:
        return 100 - self.commission_percent - self.agency_percent


class Shares(msgspec.Struct, gc=False):
    """What a gift brought its creator and their agency in whole coins, of bought coins and of bonus coins."""

    creator: int = 0
    agency: int = 0
    creator_bonus: int = 0
    agency_bonus: int = 0
