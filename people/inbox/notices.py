"""Notices: what other domains tell the inbox, and the kinds there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sqlalchemy import Connection

from core.text.direction import balanced

SubjectKind = Literal["", "video", "room", "campaign", "order"]
KindName = Literal[
    "follow", "like", "comment", "mention", "live", "gift", "payout", "agreement", "decision", "report", "ad",
    "challenge", "legal_order", "order", "sale", "return", "seller", "goal", "sanction", "unused",
]  # fmt: skip

EXCERPT_CHARS_MAX = 120  # of a comment
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LIVE_AGAIN_MS = HOUR_MS  # a room that is live again sooner is no news


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """`subject`: what it is about, beside a person. `repeat_ms`: sooner than that, the same again is no news: a person
    who likes, unlikes and likes again is told of once. `own`: about oneself, from the server; `by` is the person."""

    name: KindName
    subject: SubjectKind
    repeat_ms: int
    own: bool = False


# To add one: a line here, its name in KindName, and its texts (push/texts.py, static/src/i18n).
KINDS: dict[str, NoticeKind] = {
    kind.name: kind
    for kind in (
        NoticeKind("follow", "", DAY_MS),
        NoticeKind("like", "video", DAY_MS),
        NoticeKind("comment", "video", DAY_MS),
        NoticeKind("mention", "video", DAY_MS),
        NoticeKind("live", "room", LIVE_AGAIN_MS),
        NoticeKind("gift", "room", 0),
        NoticeKind("payout", "", 0, own=True),
        NoticeKind("agreement", "", 0, own=True),
        NoticeKind("decision", "", 0, own=True),
        NoticeKind("report", "", 0, own=True),
        NoticeKind("ad", "campaign", 0, own=True),
        NoticeKind("challenge", "", 0, own=True),
        NoticeKind("legal_order", "", 0, own=True),  # only staff is told
        NoticeKind("goal", "", 0, own=True),
        NoticeKind("order", "order", 0, own=True),  # its buyer
        NoticeKind("sale", "", 0, own=True),  # its seller, as the next two
        NoticeKind("return", "order", 0, own=True),
        NoticeKind("seller", "", 0, own=True),
        NoticeKind("unused", "", 0, own=True),  # `text`: in how many days the account is deleted
        NoticeKind("sanction", "", 0),  # a host's: `text` is what, until when (Unix ms; 0: lifted by hand) and why
    )
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Tells `person` that `by` did something.

    `subject`: the id of a video, a room, a campaign or an order, as the kind says. `item`: tells several of one
    person's apart, such as the id of a comment. `text`: what they wrote, cut to EXCERPT_CHARS_MAX. `amount`: coins, or
    how many orders; those of the same item add up.
    """

    person: str
    kind: KindName
    by: str
    subject: str = ""
    item: str = ""
    text: str = ""
    amount: int = 0

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        return self.person, self.kind, self.subject, self.item, self.by


class Notifies(Protocol):
    """What other domains use of the inbox, in the transaction of what they tell. Nothing is to be called afterwards."""

    def tell(self, connection: Connection, notices: Sequence[Notice]) -> None:
        """Tell people; with a constant number of statements. Nobody is told of what they did themselves, unless the
        kind is about oneself."""

    def undo(self, connection: Connection, kind: KindName, by: str, subject: str = "", item: str | None = None) -> None:
        """Take back what `by` did, such as a like. `item` None: all items."""

    def undo_items(self, connection: Connection, subject: str, items: Sequence[str]) -> None:
        """What was told of these items, such as comments of a video, is gone, whoever did it; nothing of it is kept."""

    def withhold(self, connection: Connection, subject: str, item: str, *, hidden: bool) -> None:
        """What was told of this item, such as a comment, is shown to nobody while a moderator hides it."""

    def reword(
        self, connection: Connection, kind: KindName, subject: str, people: Sequence[str], text: str, item: str = ""
    ) -> None:
        """What told people of something has been edited: these still see it, with its new text, the others nothing of
        it any more."""

    def forget(self, connection: Connection, subject: str) -> None:
        """A video or a room is gone, and everything about it."""

    def tell_followers(self, connection: Connection, kind: KindName, by: str, subject: str) -> None:
        """Tell everybody who follows `by`, a few at a time, in a job. Of the same subject that is done once in the
        `repeat_ms` of its kind, however often it is asked for."""


class Silence:
    """Tells nobody: for tools that open a domain without an inbox."""

    def tell(self, connection: Connection, notices: Sequence[Notice]) -> None:
        pass

    def undo(self, connection: Connection, kind: KindName, by: str, subject: str = "", item: str | None = None) -> None:
        pass

    def undo_items(self, connection: Connection, subject: str, items: Sequence[str]) -> None:
        pass

    def withhold(self, connection: Connection, subject: str, item: str, *, hidden: bool) -> None:
        pass

    def reword(
        self, connection: Connection, kind: KindName, subject: str, people: Sequence[str], text: str, item: str = ""
    ) -> None:
        pass

    def forget(self, connection: Connection, subject: str) -> None:
        pass

    def tell_followers(self, connection: Connection, kind: KindName, by: str, subject: str) -> None:
        pass


SILENCE = Silence()


def excerpt(text: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    if len(line) > EXCERPT_CHARS_MAX:
        line = line[: EXCERPT_CHARS_MAX - 1].rstrip() + "…"
    return balanced(line)
