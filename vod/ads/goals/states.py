"""The states of a sponsored goal, and the only transitions there are.

| state | means | its reward |
| --- | --- | --- |
| `draft` | nobody but its advertiser knows of it | |
| `review` | a person looks at it | held |
| `offered` | approved: the host may start it in a live room | held |
| `running` | counts the coins that are given in the room | held |
| `reached` | enough were given in time; it is paid as soon as nothing stands against it | held |
| `paid` | | the creator's share in their account, the rest the platform's |
| `returned` | because of what `Because` says | back in the balance |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

GoalState = Literal["draft", "review", "offered", "running", "reached", "paid", "returned"]
Because = Literal["", "rejected", "cancelled", "declined", "lapsed", "missed", "stopped", "gone"]
"""Why a reward went back: a review rejected it; the advertiser cancelled it before it began; the host declined, took
the consent back or stopped it; nobody started it in time; not enough was given in time, or the room ended; the platform
stopped it or its advertiser; the creator is gone."""

TRANSITIONS: Mapping[GoalState, tuple[GoalState, ...]] = {
    "draft": ("review", "returned"),
    "review": ("offered", "returned"),
    "offered": ("running", "returned"),
    "running": ("reached", "returned"),
    "reached": ("paid", "returned"),
    "paid": (),
    "returned": (),
}
HELD: tuple[GoalState, ...] = ("review", "offered", "running", "reached")
"""The reward is set aside, and the clock may move it."""


def is_possible(before: GoalState, after: GoalState) -> bool:
    return after in TRANSITIONS[before]
