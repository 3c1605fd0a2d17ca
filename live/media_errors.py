"""What the relay refuses."""

from __future__ import annotations

from core.errors import Refusal


class AlreadyPublishing(Refusal):
    code, status, title = "already_publishing", 409, "Somebody publishes to this room already."


class ViewersFull(Refusal):
    code, status, title = "viewers_full", 503, "This server has as many viewers as it takes."
