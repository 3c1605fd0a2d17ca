"""The states of a period, and who may lead from one to the next.

open -> closing -> closed -> reviewed -> posted. A row moves forward only, by an `UPDATE ... WHERE state`. Views are
counted while it is open, and its pot is filled. Closing may be interrupted and begun again; nothing that follows
reads anything but what closing has frozen. What was wrong in a posted period is corrected by lines of a
later one (`corrections.py`).
"""

from __future__ import annotations

from typing import Literal

State = Literal["open", "closing", "closed", "reviewed", "posted"]
FROZEN: tuple[State, ...] = ("closed", "reviewed", "posted")
GRACE_MS = 3_600_000  # after a month's end, for views that are being committed
