"""The refusals of `people`."""

from __future__ import annotations

from core.errors import Refusal


class TooYoung(Refusal):
    code, status, title = "too_young", 403, "One must be 13 to join."


class HandleTaken(Refusal):
    code, status, title = "handle_taken", 409, "Somebody has that handle already."


class WrongCredentials(Refusal):
    code, status, title = "wrong_credentials", 401, "That handle and password do not go together."


class CannotFollowYourself(Refusal):
    code, status, title = "cannot_follow_yourself", 409, "One cannot follow oneself."
