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
    proves = True


class PasswordTooCommon(Refusal):
    code, status, title = "password_too_common", 422, "This password is among those that are guessed first."


class SecondFactorNeeded(Refusal):
    code, status, title = "second_factor_needed", 403, "This account also asks for a code or a passkey."


class WrongCode(Refusal):
    code, status, title = "wrong_code", 403, "This code is wrong, or was used already."
    proves = True


class PasskeyRefused(Refusal):
    code, status, title = "passkey_refused", 403, "This passkey is not accepted."
    proves = True


class MailOff(Refusal):
    code, status, title = "mail_off", 409, "This server sends no mail."


class HandleReserved(Refusal):
    code, status, title = "handle_reserved", 409, "This handle could be taken for somebody else's."


class LinkSpent(Refusal):
    code, status, title = "link_spent", 410, "This link was used already, or is too old."


class AddressTaken(Refusal):
    code, status, title = "address_taken", 409, "Another account has this e-mail address."


class PictureUnreadable(Refusal):
    code, status, title = "picture_unreadable", 422, "This is not a JPEG, PNG or WebP picture."


class PictureTooLarge(Refusal):
    code, status, title = "picture_too_large", 413, "The picture is too large."


class WrongCredentials(Refusal):
    code, status, title = "wrong_credentials", 401, "The handle or the password is wrong."
    proves = True


class CannotFollowYourself(Refusal):
    code, status, title = "cannot_follow_yourself", 409, "You cannot follow yourself."


class BadPushEndpoint(Refusal):
    code, status, title = "bad_push_endpoint", 400, "Push messages cannot be sent to that address."


class OidcOff(Refusal):
    code, status, title = "oidc_off", 409, "This server has no provider to sign in with."


class OidcUnavailable(Refusal):
    code, status, title = "oidc_unavailable", 503, "The provider does not answer as it should."


class OidcRefused(Refusal):
    code, status, title = "oidc_refused", 403, "The provider's answer is not accepted."


class OidcCancelled(Refusal):
    code, status, title = "oidc_cancelled", 403, "The provider did not sign you in."


class OidcSpent(Refusal):
    code, status, title = "oidc_spent", 410, "This sign-in is over: begin anew."


class OidcTaken(Refusal):
    code, status, title = "oidc_taken", 409, "This identity, or this account, is linked already."


class OidcLastWayIn(Refusal):
    code, status, title = "oidc_last_way_in", 409, "Choose a password or add a passkey first."
