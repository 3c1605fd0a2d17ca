"""What the chat refuses."""

from __future__ import annotations

from core.errors import Refusal


class InvalidMessage(Refusal):
    code, status, title = "invalid_message", 400, "This is not a valid message of the chat protocol."


class MessageTooLarge(Refusal):
    code, status, title = "message_too_large", 413, "The message is too large."


class InvalidText(Refusal):
    code, status, title = "invalid_text", 400, "A chat message must have 1 to 300 characters, one of them visible."


class Muted(Refusal):
    code, status, title = "muted", 403, "You are muted in this room."


class NoSuchLine(Refusal):
    code, status, title = "no_such_line", 404, "There is no such message in this room."


class NoSuchPerson(Refusal):
    code, status, title = "no_such_person", 404, "There is no such person."


class NoSuchRecipient(Refusal):
    code, status, title = "no_such_recipient", 404, "There is no such gift recipient in this room."
