"""The refusals of `people`."""

from __future__ import annotations

from core.errors import Refusal


class TooYoung(Refusal):
    code, status, title = "too_young", 403, "You must be at least 13 to join."


class HandleTaken(Refusal):
    code, status, title = "handle_taken", 409, "This handle is already taken."


class HandleChangedRecently(Refusal):
    code, status, title = "handle_changed_recently", 429, "You changed your handle a short while ago."


class WrongPassword(Refusal):
    code, status, title = "wrong_password", 403, "This is not your current password."


class PictureUnreadable(Refusal):
    code, status, title = "picture_unreadable", 422, "This is not a JPEG, PNG or WebP picture."


class PictureTooLarge(Refusal):
    code, status, title = "picture_too_large", 413, "The picture is too large."


class WrongCredentials(Refusal):
    code, status, title = "wrong_credentials", 401, "The handle or the password is wrong."


class CannotFollowYourself(Refusal):
    code, status, title = "cannot_follow_yourself", 409, "You cannot follow yourself."


class BadPushEndpoint(Refusal):
    code, status, title = "bad_push_endpoint", 400, "Push messages cannot be sent to that address."
