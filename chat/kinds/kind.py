"""What all kinds of room events have in common.

A kind defines what a client may send, when it is refused, and which event it becomes. The rest of `chat` only uses the
classes in this file; the kinds themselves are registered in `chat/kinds/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Generic, NamedTuple, TypeVar

from msgspec import Meta, Struct
from sqlalchemy import Row

from chat.kinds.entry import BatchContext, Entry, Head
from chat.kinds.room_view import RoomView
from chat.moderation.standing import Permission
from core.errors import Refusal
from core.identity import Action, Person
from core.limits import Rate
from live.audience import Audience
from live.rooms import Room

SEQ_MAX = 2**53 - 1  # the largest integer that every client can hold

Name = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z_.:-]{1,64}\Z")]
"""An id or a name from a list: only characters that are harmless in logs, SQL and pages."""


class Command(Struct, tag_field="type", tag=str.lower, forbid_unknown_fields=True, frozen=True):
    """A message from a client. Its `type` is the class's name in lower case."""


class Request(Command, frozen=True):
    """A command that becomes an event. The client chooses `id`; sending the same request again is harmless."""

    id: Name


class Notice(Struct, frozen=True):
    """An entry that the server itself appends to a room's log."""


class Event(Struct, tag_field="type", frozen=True, omit_defaults=True):
    """A durable event. `at`: Unix ms; `by`: who did it, or None if the server did."""

    seq: int
    at: int
    by: Person | None


class Limit(NamedTuple):
    """How often a command may be sent: by one person if it becomes an event, else by one connection."""

    name: str
    rate: Rate
    moderators_exempt: bool = False


class Appending(NamedTuple):
    """An event and what SQL keeps of it: `fields`, beside sequence number, time, person and the client's id.

    `balance`: the giver's coins after a gift; only the giver is told.
    """

    event: Event
    fields: dict[str, Any]
    balance: int | None = None


class Stored(NamedTuple):
    """A row of the log, and the people it names as they are today."""

    row: Row[Any]
    by: Person | None
    people: Mapping[str, Person]


P = TypeVar("P", bound=Request | Notice)
C = TypeVar("C", bound=Command)


class Kind(Generic[P]):
    """One kind of room event. The class methods serve sessions and readers, an instance serves one batch.

    A batch calls `load`, then `judge` (and `accept`) for each entry in order, then `charge`; these are all the places
    where an entry can be refused. After that it calls `append` for each entry that is left, and `write` once.
    """

    posts: ClassVar[type[Request] | type[Notice]]  # what entries of this kind hold
    events: ClassVar[tuple[type[Event], ...]]  # what they become
    limit: ClassVar[Limit | None] = None
    moderators_only: ClassVar[bool] = False
    permission: ClassVar[Permission | None] = None  # with which the host's moderators may do this, too
    needs_standing: ClassVar[bool] = False  # whether it is forbidden to those who are banned
    action: ClassVar[Action] = "act"  # what is asked of `may`
    needs_state: ClassVar[bool] = False  # whether `batch.states` has to hold the entries' rooms
    follows: ClassVar[tuple[type[Request] | type[Notice], ...]] = ()  # other kinds' entries, for `load` and `follow`

    def __init__(self, batch: BatchContext) -> None:
        self.batch = batch

    # -- in a session ----------------------------------------------------------------------------

    @classmethod
    def clean(cls, command: P) -> P:
        """The command in its normal form. Raises a Refusal for what its type cannot rule out."""
        return command

    @classmethod
    def permit(cls, command: P, host: Person) -> None:
        """Raise a Refusal that does not need the database."""

    @classmethod
    def sanctions(cls, command: P) -> str | None:  # noqa: ARG003
        """The id of the person whose standing it changes."""
        return None

    @classmethod
    def text(cls, command: P) -> str | None:  # noqa: ARG003
        """What filters are to read of it."""
        return None

    # -- in a batch ------------------------------------------------------------------------------

    def load(self, entries: Sequence[Entry[Any]]) -> None:
        """Read what the entries of this kind, and of those it follows, need: one statement for all of them."""

    def judge(self, entry: Entry[P]) -> Refusal | None:
        """Why this entry must not be appended, or None. Changes nothing."""

    def accept(self, entry: Entry[P]) -> None:
        """Let later entries of the batch be judged by what this one changes."""

    def charge(self, entries: Sequence[Entry[P]]) -> Sequence[Refusal | None]:
        """Let another domain do its part of the accepted entries; it may still refuse some of them."""
        return [None] * len(entries)

    def append(self, entry: Entry[P], head: Head, at: int) -> Appending:
        """The event at `head.seq`. Must succeed."""
        raise NotImplementedError

    def follow(self, entry: Entry[Any], event: Event) -> Iterable[Notice]:  # noqa: ARG002
        """What is to be appended right after an entry of a kind in `follows`. Must succeed."""
        return ()

    def write(self) -> None:
        """Write what this kind keeps beside the log. Must succeed."""

    # -- for readers -----------------------------------------------------------------------------

    @classmethod
    def people(cls, fields: Mapping[str, Any]) -> Iterable[str]:  # noqa: ARG003
        """The people that stored `fields` name."""
        return ()

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        """The event in a row of the log as first sent, unless it was changed since."""
        raise NotImplementedError

    @classmethod
    def show(cls, view: RoomView, event: bytes) -> None:
        """Update what newcomers are shown, now that the encoded `event` is the last one in the view."""


class Counter(Generic[C]):
    """A command that is only counted: it needs no sign-in, has no answer, and becomes no event."""

    counts: ClassVar[type[Command]]
    limit: ClassVar[Limit]
    budget: ClassVar[Limit]
    """How much may be counted for one person or, of those who are not signed in, for one address."""

    @classmethod
    def amount(cls, command: C) -> int:
        """How much of the budget it uses."""
        raise NotImplementedError

    @classmethod
    def count(cls, command: C, room: Room, audience: Audience) -> None:
        """Count it. Raises a Refusal."""
        raise NotImplementedError
