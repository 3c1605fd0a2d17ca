"""The refusals of `people`."""

from __future__ import annotations

from core.errors import Refusal


class TooYoung(Refusal):
    code, status, title = "too_young", 403, "You must be at least 13 to join."


class HandleTaken(Refusal):
    code, status, title = "handle_taken", 409, "This handle is already taken."


class WrongCredentials(Refusal):
    code, status, title = "wrong_credentials", 401, "The handle or the password is wrong."


class CannotFollowYourself(Refusal):
    code, status, title = "cannot_follow_yourself", 409, "You cannot follow yourself."


class BadPushEndpoint(Refusal):
    code, status, title = "bad_push_endpoint", 400, "Push messages cannot be sent to that address."
