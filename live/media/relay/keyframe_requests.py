"""Keyframe requests to a publisher: merged for all subscribers, and repeated until the keyframe arrives."""

from __future__ import annotations

from collections.abc import Callable

KEYFRAME_REQUEST_S = 0.5  # at least, between two requests


class KeyframeRequests:
    def __init__(self) -> None:
        self.send: Callable[[], None] | None = None  # sends a request; None while there is no publisher
        self._requested_at = -KEYFRAME_REQUEST_S
        self._wanted = False

    def want(self) -> None:
        """Somebody needs a keyframe: `send_if_due` requests it."""
        self._wanted = True

    def send_if_due(self, now: float) -> None:
        """Request the keyframe that is wanted and has not arrived, unless the last request is recent."""
        if self._wanted and self.send is not None and now - self._requested_at >= KEYFRAME_REQUEST_S:
            self._requested_at = now
            self.send()

    def on_keyframe(self) -> None:
        self._wanted = False
