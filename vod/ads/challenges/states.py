"""The states of a challenge, and the only transitions there are.

| state | means | its prize |
| --- | --- | --- |
| `draft` | nobody but its advertiser knows of it | |
| `review` | booked; a person looks at it | held |
| `ready` | approved; its first day has not come | held |
| `running` | takes entries | held |
| `judging` | over; its entries and their likes are fixed, its sponsor chooses | held |
| `decided` | has a winner, who is paid as soon as nothing stands against it | held |
| `paid` | the winner has the prize | paid |
| `unwon` | over without an entry that could win | back |
| `cancelled` | by its advertiser before the first day, or stopped by the platform | back |

A review that rejects leads back to `draft`, and the prize goes back. So does a winner who is gone before they are paid
lead back to `judging`; the prize stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

ChallengeState = Literal[
    "draft", "review", "ready", "running", "judging", "decided", "paid", "unwon", "cancelled"
]  # fmt: skip

TRANSITIONS: Mapping[ChallengeState, tuple[ChallengeState, ...]] = {
    "draft": ("review", "cancelled"),
    "review": ("draft", "ready", "cancelled"),
    "ready": ("running", "cancelled"),
    "running": ("judging", "cancelled"),
    "judging": ("decided", "unwon", "cancelled"),
    "decided": ("paid", "judging", "cancelled"),
    "paid": (),
    "unwon": (),
    "cancelled": (),
}
WATCHED: tuple[ChallengeState, ...] = ("review", "ready", "running", "judging", "decided")
"""The clock, or what became of the advertiser or the winner, may move it."""
CLAIMING: tuple[ChallengeState, ...] = ("review", "ready", "running", "judging")
"""Nobody else may book its hashtag."""
TAKING: tuple[ChallengeState, ...] = ("ready", "running")
"""A video may enter, if it was published since the first day. Whether that has come, the clock says."""
LEAVABLE: tuple[ChallengeState, ...] = ("ready", "running", "judging")
"""An entry that is withdrawn is gone."""
PUBLIC: tuple[ChallengeState, ...] = ("ready", "running", "judging", "decided", "paid", "unwon")
"""Shown to everybody; a cancelled one too, if the platform stopped it."""
NAMED: tuple[ChallengeState, ...] = ("running", "judging", "decided", "paid", "unwon")
"""Its entries name the sponsor."""


def is_possible(before: ChallengeState, after: ChallengeState) -> bool:
    return after in TRANSITIONS[before]
