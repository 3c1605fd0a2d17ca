"""What somebody is told who may not write, or come in, any more: what, in whose rooms, until when and why.

It is told in the host's name, whoever of the host's moderators did it, once for each sanction, in its transaction.
"""

from __future__ import annotations

from typing import Literal

from core.ids import new_id
from people.inbox.notices import Notice

SanctionReason = Literal["rules", "spam", "harassment", "hate", "nudity"]
"""`rules`: of the host's rooms."""


def statement(host: str, person: str, what: Literal["mute", "ban"], until: int, reason: SanctionReason) -> Notice:
    """`until`: Unix ms; 0: until the host lifts it."""
    return Notice(person, "sanction", host, new_id(), text=f"{what} {until} {reason}")  # a line of its own
