"""Refusals, each with a stable code. Faults are ordinary exceptions, logged once where HTTP answers them."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """A request that is understood and refused. Domains subclass it in `errors.py`; HTTP answers it as RFC 9457.

    `detail` is shown to people: never put a secret in it.
    """

    code: str = "refused"
    status: int = 400
    title: str = "Refused"
    proves: bool = False  # somebody tried to prove who they are: a password, a code, a key
    noted: bool = False  # whoever raised it has written it to the security log

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.headers = dict(headers or {})


class InvalidRequest(Refusal):
    code, status, title = "invalid_request", 400, "The request is malformed."


class NotSignedIn(Refusal):
    code, status, title = "not_signed_in", 401, "You must sign in first."


class NotAllowed(Refusal):
    code, status, title = "not_allowed", 403, "You are not allowed to do this."


class StepUpNeeded(Refusal):
    code, status, title = "step_up_needed", 403, "Confirm that it is you, then try again."


class AdultsOnly(Refusal):
    code, status, title = "adults_only", 403, "You must be 18 or older."


class WrongOrigin(Refusal):
    code, status, title = "wrong_origin", 403, "The request came from another site."


class NotFound(Refusal):
    code, status, title = "not_found", 404, "Not found."


class Withdrawn(Refusal):
    code, status, title = "withdrawn", 410, "This is not shown any more."


class MethodNotAllowed(Refusal):
    code, status, title = "method_not_allowed", 405, "This URL does not support that method."


class Conflict(Refusal):
    code, status, title = "conflict", 409, "The request conflicts with the current state."


class BodyTooLarge(Refusal):
    code, status, title = "body_too_large", 413, "The request body is too large."


class UnsupportedMediaType(Refusal):
    code, status, title = "unsupported_media_type", 415, "This URL expects another content type."


class RangeNotSatisfiable(Refusal):
    code, status, title = "range_not_satisfiable", 416, "The file has no such range."


class IdempotencyKeyMissing(Refusal):
    code, status, title = "idempotency_key_missing", 400, "Requests that move money require an Idempotency-Key header."


class IdempotencyKeyReused(Refusal):
    code, status, title = "idempotency_key_reused", 422, "This idempotency key was already used for another request."


class RateExceeded(Refusal):
    code, status, title = "rate_exceeded", 429, "Too many requests."


class DiskFull(Refusal):
    code, status, title = "disk_full", 507, "The server does not have enough disk space for this."


class Overloaded(Refusal):
    code, status, title = "overloaded", 503, "The server is overloaded; try again in a moment."


class Unavailable(Refusal):
    code, status, title = "unavailable", 503, "A required service is unavailable."
