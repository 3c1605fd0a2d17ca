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


class Banned(Refusal):
    code, status, title = "banned", 403, "You are banned from this host's rooms."


class Waiting(Refusal):
    """`wait_ms`: after which it may be tried again; 0: waiting alone does not help."""

    def __init__(self, wait_ms: int) -> None:
        super().__init__()
        self.wait_ms = wait_ms


class SlowMode(Waiting):
    code, status, title = "slow_mode", 429, "Wait a little: this chat is in slow mode."


class FollowersOnly(Waiting):
    code, status, title = "followers_only", 403, "Only people who follow the host may write here."


class Filtered(Refusal):
    code, status, title = "filtered", 403, "The host or this site does not allow this in the chat."


class HeldLine(Refusal):
    """No refusal for good: the line is stored, and said once a moderator lets it through."""

    code, status, title = "held", 202, "Your line waits for the moderators."


class TooManyHeld(Refusal):
    code, status, title = "too_many_held", 429, "Too many lines wait for the moderators already."


class HeldDecided(Refusal):
    code, status, title = "held_decided", 409, "Somebody has already decided about this line."


class FilterFull(Refusal):
    code, status, title = "filter_full", 409, "This list is full."


class BannedHere(Refusal):
    code, status, title = "banned_here", 409, "This person is banned from your rooms. Lift the ban first."


class TooManyModerators(Refusal):
    code, status, title = "too_many_moderators", 409, "You have appointed as many moderators as possible."


class NoSuchEffect(Refusal):
    code, status, title = "no_such_effect", 404, "There is no such effect, or it is over."


class GoalRuns(Refusal):
    code, status, title = "goal_runs", 409, "A sponsored goal runs in this room."


class NoSuchLine(Refusal):
    code, status, title = "no_such_line", 404, "There is no such message in this room."


class NoSuchPerson(Refusal):
    code, status, title = "no_such_person", 404, "There is no such person."


class NoSuchRecipient(Refusal):
    code, status, title = "no_such_recipient", 404, "There is no such gift recipient in this room."
