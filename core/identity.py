"""The person behind a request, and what they may do: `people` resolves it, other domains only read it and ask `may`.

What moderators forbid somebody is part of the identity, which is read anew for each request; open connections are told
of a change (`people/sign_outs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from core.errors import AdultsOnly, Refusal, StepUpNeeded

PersonRole = Literal["member", "moderator", "admin"]
Bar = Literal["account", "posts", "live", "resting"]
"""What somebody may not do for a time. Moderators can forbid everything but reading, posting, going live; `resting`:
they have asked to be erased, or to be left alone."""


class Person(msgspec.Struct, frozen=True):
    """A person as shown in other domains' answers."""

    id: str
    handle: str
    name: str
    avatar: str | UnsetType = UNSET  # the address of a small picture; left out where there is none


Action = Literal["always", "act", "post", "live"]
"""`always`: reading, deleting what is one's own, appeals, signing out, what is due of orders that are placed. `act`:
everything else that changes something.
`post`: what others get to read or see. `live`: going live, for adults."""

_BARRED_BY: dict[Action, tuple[Bar, ...]] = {
    "always": (),
    "act": ("account", "resting"),
    "post": ("account", "resting", "posts"),
    "live": ("account", "resting", "live"),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """The person behind a request, resolved from its token."""

    id: str
    handle: str
    name: str
    role: PersonRole
    adult: bool
    avatar: str | UnsetType = UNSET
    barred: frozenset[Bar] = frozenset()
    stepped_up: bool = False  # whether this session has proved a short while ago who it is
    opted_out: bool = False  # nothing about them is shared, and no ad is measured by what they do elsewhere

    @property
    def moderates(self) -> bool:
        return self.role in ("moderator", "admin")

    def must_be_adult(self) -> None:
        """Raises AdultsOnly below 18: going live, buying coins and giving are for adults."""
        if not self.adult:
            raise AdultsOnly

    def must_have_stepped_up(self) -> None:
        """Raises StepUpNeeded unless this session has signed in or confirmed itself within the last minutes.

        For what a stolen session must not do; `Operation(..., step_up=True)` asks for it.
        """
        if not self.stepped_up:
            raise StepUpNeeded

    @property
    def brief(self) -> Person:
        return Person(self.id, self.handle, self.name, self.avatar)


class Suspended(Refusal):
    code, status, title = "suspended", 403, "Your account is suspended. You can still read, appeal and delete."


class PostingBarred(Refusal):
    code, status, title = "posting_barred", 403, "You may not post for now."


class LiveBarred(Refusal):
    code, status, title = "live_barred", 403, "You may not go live for now."


class AccountResting(Refusal):
    code, status, title = "account_resting", 403, "Your account rests. End that on the page Privacy first."


_REFUSALS: dict[Bar, type[Refusal]] = {
    "account": Suspended,
    "posts": PostingBarred,
    "live": LiveBarred,
    "resting": AccountResting,
}


def may(who: Identity, action: Action) -> None:
    """Raises Suspended, PostingBarred, LiveBarred, AccountResting, AdultsOnly."""
    if who.barred:  # hardly anybody: this is asked for every line of chat
        for bar in _BARRED_BY[action]:
            if bar in who.barred:
                raise _REFUSALS[bar]
    if action == "live":
        who.must_be_adult()
