"""Keyframe requests to a publisher: one for all who need it, and again until the keyframe comes."""

from __future__ import annotations

from collections.abc import Callable

KEYFRAME_REQUEST_S = 0.5  # least time between two requests


class KeyframeRequests:
    def __init__(self) -> None:
        self.send: Callable[[], None] | None = None  # asks the publisher, while there is one
        self._requested_at = -KEYFRAME_REQUEST_S
        self._wanted = False

    def want(self) -> None:
        """Somebody needs a keyframe. `send_if_due` asks for it."""
        self._wanted = True

    def send_if_due(self, now: float) -> None:
        """Ask, or ask again, for a keyframe that is wanted and has not come."""
        if self._wanted and self.send is not None and now - self._requested_at >= KEYFRAME_REQUEST_S:
            self._requested_at = now
            self.send()

    def on_keyframe(self) -> None:
        self._wanted = False
