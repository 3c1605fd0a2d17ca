"""Orders of authorities: what they want gone, until when, and what was done (Regulation (EU) 2021/784, 3).

An order to remove terrorist content leaves one hour. Whoever of the staff reads it records it here; that alarms all of
them. One button removes what the order names, everywhere; the files are kept for six months, whatever their owner does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import Connection, Row, case, insert, select, tuple_, update

from core.clock import Clock
from core.errors import InvalidRequest
from core.http import PAGE_ITEMS
from core.identity import Identity
from core.ids import new_id
from core.text import clean_line, clean_lines
from trust.audit.chain import Audit
from trust.cases.decisions import REASON_CHARS_MAX, Made, Verdict
from trust.cases.direct import Direct
from trust.cases.rules import Category
from trust.cases.subjects import Subjects
from trust.errors import AddressNotFound, OrderClosed, OrderNotFound
from trust.legal.confidential import WEEK_MS, WEEKS_MAX, Confidentiality, about_others
from trust.legal.places import ADDRESS_CHARS_MAX, Places
from trust.legal.tables import legal_order_items, legal_orders
from trust.reports import Kind, Reason, Subject

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TERRORIST_HOURS = 1  # Regulation (EU) 2021/784, 3(3)
HOURS_MAX = 720
KEPT_DAYS = 183  # the same, 6: six months
ITEMS_MAX = 50
LINE_CHARS_MAX = 200
TEXT_CHARS_MAX = 4_000
ORDER = "order"
"""What the events of a case say that an authority's order has opened."""

_ORDER = (
    case((legal_orders.c.answered_at > 0, 1), else_=0),
    -legal_orders.c.answered_at,
    legal_orders.c.due_at,
    legal_orders.c.id,
)
_CURSOR = re.compile(r"([0-9]{1,15})\.([0-9]{1,15})\.([0-9a-z]{1,40})\Z")

OrderKind = Literal["terrorist", "illegal"]
Outcome = Literal["done", "refused"]
ItemState = Literal["waiting", "removed", "missing", "by_hand"]
"""`missing`: there is nothing at this address. `by_hand`: it cannot be hidden, or not by this person."""
REASONS: dict[OrderKind, Reason] = {"terrorist": "dangerous", "illegal": "illegal"}
Line = Annotated[str, msgspec.Meta(max_length=LINE_CHARS_MAX)]

Keep = Callable[[Connection, Subject, int], None]
"""(connection, subject, until): its files stay until then (Unix ms), whatever becomes of it."""


class NewOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`reference`: the authority's. `contact`: where it wants its answer. `received_at`: Unix ms; 0: now. `hours`:
    until when it must be done; of `terrorist` it is one hour, whatever is given here. `confidential_weeks`: how long
    whom it is about must not be told; 0: they are told at once."""

    kind: OrderKind
    authority: Annotated[str, msgspec.Meta(min_length=1, max_length=LINE_CHARS_MAX)]
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=LINE_CHARS_MAX)]
    contact: Line = ""
    addresses: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=ADDRESS_CHARS_MAX)]],
        msgspec.Meta(min_length=1, max_length=ITEMS_MAX),
    ]
    note: Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)] = ""
    received_at: Annotated[int, msgspec.Meta(ge=0)] = 0
    hours: Annotated[int, msgspec.Meta(ge=1, le=HOURS_MAX)] = 24
    confidential_weeks: Annotated[int, msgspec.Meta(ge=0, le=WEEKS_MAX)] = 0


class Removal(msgspec.Struct, forbid_unknown_fields=True):
    """The statement of reasons that whoever it is about gets."""

    category: Category
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_CHARS_MAX)]


class OrderAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """`text`: what is said to the authority besides; of a refusal, why."""

    outcome: Outcome
    text: Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)] = ""


class Prolonging(msgspec.Struct, forbid_unknown_fields=True):
    """`weeks`: from when it would have ended."""

    weeks: Annotated[int, msgspec.Meta(ge=1, le=WEEKS_MAX)]


class OrderItem(msgspec.Struct, frozen=True):
    """`kind`: null where there is nothing at the address. `removed_at`: Unix ms; null: it is not removed."""

    address: str
    kind: Kind | None
    state: ItemState
    removed_at: int | None


class Order(msgspec.Struct, frozen=True):
    """Times are Unix ms; null has not happened. `acted_at`: nothing is left to remove by the button.
    `confidential_until`: until then whom it is about is not told; null: they are told at once. `prolonged`: that cannot
    be done again."""

    id: str
    kind: OrderKind
    authority: str
    reference: str
    contact: str
    note: str
    received_at: int
    due_at: int
    acted_at: int | None
    outcome: Outcome | None
    answer: str
    answered_at: int | None
    confidential_until: int | None
    prolonged: bool
    items: list[OrderItem]


class Orders:
    """Each method is one step inside the caller's transaction."""

    def __init__(
        self, clock: Clock, places: Places, subjects: Subjects, direct: Direct, audit: Audit,
        confidentiality: Confidentiality,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._places = places
        self._subjects = subjects
        self._direct = direct
        self._audit = audit
        self._confidentiality = confidentiality
        self._keep: Keep = lambda *_: None

    def now(self) -> int:
        return self._clock()

    def keep_by(self, keep: Keep) -> None:
        self._keep = keep

    def add(self, connection: Connection, who: Identity, new: NewOrder) -> str:
        """Record an order; its id. Raises InvalidRequest."""
        now = self._clock()
        if new.received_at > now:
            raise InvalidRequest("That is in the future.")
        made, received = new_id(), new.received_at or now
        untold_until = received + new.confidential_weeks * WEEK_MS if new.confidential_weeks else 0
        hours = TERRORIST_HOURS if new.kind == "terrorist" else new.hours
        row = {
            "id": made, "kind": new.kind, "authority": _line(new.authority), "reference": _line(new.reference),
            "contact": _line(new.contact), "note": _text(new.note), "received_at": received,
            "due_at": received + hours * HOUR_MS, "by": who.id, "at": now, "confidential_until": untold_until,
        }  # fmt: skip
        if not row["authority"] or not row["reference"]:
            raise InvalidRequest("Say which authority it is, and the reference of its order.")
        connection.execute(insert(legal_orders).values(row))
        for number, address in enumerate(dict.fromkeys(one.strip() for one in new.addresses)):
            item = self._item(connection, who, made, number, address) | {"untold": int(untold_until > now)}
            connection.execute(insert(legal_order_items).values(item))
        if untold_until > now:
            self._confidentiality.begin(connection, made, untold_until)
        self._audit.append(connection, who.id, "order_recorded", made, new.kind)
        self._close(connection, made)
        return made

    def _item(self, connection: Connection, who: Identity, order: str, number: int, address: str) -> dict[str, Any]:
        row: dict[str, Any] = {"order": order, "number": number, "address": address}
        try:
            place = self._places.find(connection, address, who)
        except AddressNotFound:
            return row | {"kind": "", "subject": "", "about": "", "evidence": "", "state": "missing"}
        evidence = self._subjects.evidence(connection, place.subject.kind, place.subject.id)
        return row | {
            "kind": place.subject.kind, "subject": place.subject.id, "about": place.about, "evidence": evidence,
            "state": "waiting",
        }  # fmt: skip

    def waiting(self, connection: Connection, who: Identity, order: str) -> list[int]:
        """Numbers of what is still to be removed. Raises OrderNotFound."""
        self._row(connection, who, order)
        left = legal_order_items.c.order == order, legal_order_items.c.state.in_(("waiting", "by_hand"))
        query = select(legal_order_items.c.number).where(*left).order_by(legal_order_items.c.number)
        return list(connection.execute(query).scalars())

    def remove(self, connection: Connection, who: Identity, order: str, number: int, removal: Removal) -> Made | None:
        """Hide or end one of what an order names, with a statement of reasons. None where that is left to somebody's
        hand. Raises OrderNotFound, OrderClosed, DecisionNotPossible."""
        if self._row(connection, who, order).outcome:
            raise OrderClosed
        one = legal_order_items.c.order == order, legal_order_items.c.number == number
        item = connection.execute(select(legal_order_items).where(*one).with_for_update()).one()
        if item.state == "removed":
            return None
        subject, now = Subject(item.kind, item.subject), self._clock()
        verdict = Verdict(content="hide", ground="law", category=removal.category, reason=removal.reason)
        self._keep(connection, subject, now + KEPT_DAYS * DAY_MS)
        made = self._direct.decide(connection, who, subject, item.about, REASONS["illegal"], verdict, ORDER)
        done = {"state": "removed", "removed_at": now, "decision": made.id}
        connection.execute(update(legal_order_items).where(*one).values(done))
        self._close(connection, order)
        return made

    def leave(self, connection: Connection, order: str, number: int) -> None:
        """The button cannot do this one: a person has to."""
        one = legal_order_items.c.order == order, legal_order_items.c.number == number
        waiting = update(legal_order_items).where(*one, legal_order_items.c.state == "waiting")
        connection.execute(waiting.values(state="by_hand"))
        self._close(connection, order)

    def answer(self, connection: Connection, who: Identity, order: str, answer: OrderAnswer) -> None:
        """The authority has its answer. Raises OrderNotFound, OrderClosed, InvalidRequest."""
        row, text = self._row(connection, who, order), _text(answer.text)
        if row.outcome:
            raise OrderClosed
        if answer.outcome == "refused" and not text:
            raise InvalidRequest("An authority is told why its order is not followed.")
        said = {"outcome": answer.outcome, "answer": text, "answered_at": self._clock(), "answered_by": who.id}
        connection.execute(update(legal_orders).where(legal_orders.c.id == order).values(said))
        self._audit.append(connection, who.id, "order_answered", order, answer.outcome)

    def prolong(self, connection: Connection, who: Identity, order: str, weeks: int) -> None:
        """Raises OrderNotFound, OrderNotConfidential."""
        self._confidentiality.prolong(connection, who, self._row(connection, who, order), weeks)

    def lift(self, connection: Connection, who: Identity, order: str) -> None:
        """Whom it is about may be told from now on. Raises OrderNotFound, OrderNotConfidential."""
        self._confidentiality.lift(connection, who, self._row(connection, who, order))

    def note_read(self, connection: Connection, who: Identity, orders: Sequence[Order]) -> None:
        """Write down who was shown what is confidential."""
        now = self._clock()
        if secret := [one.id for one in orders if (one.confidential_until or 0) > now]:
            self._confidentiality.read(connection, who, secret)

    def one(self, connection: Connection, who: Identity, order: str) -> Order:
        """Raises OrderNotFound."""
        return self._shown(connection, [self._row(connection, who, order)])[0]

    def page(
        self, connection: Connection, who: Identity, cursor: str = "", limit: int = PAGE_ITEMS
    ) -> tuple[list[Order], str | None]:
        """Those that wait for an answer first, the most urgent on top; then the others, the last answered first. Raises
        InvalidRequest."""
        query = select(legal_orders).where(about_others(who)).order_by(*_ORDER).limit(limit + 1)
        if cursor:
            query = query.where(tuple_(*_ORDER) > tuple_(*_parsed(cursor)))
        rows = connection.execute(query).all()
        shown, last = self._shown(connection, rows[:limit]), rows[:limit][-1:]
        behind = [f"{one.answered_at}.{one.due_at}.{one.id}" for one in last if len(rows) > limit]
        return shown, behind[0] if behind else None

    def _row(self, connection: Connection, who: Identity, order: str) -> Row[Any]:
        query = select(legal_orders).where(legal_orders.c.id == order, about_others(who))
        row = connection.execute(query).first()
        if row is None:
            raise OrderNotFound
        return row

    def _close(self, connection: Connection, order: str) -> None:
        """Note when nothing is left that the button could remove."""
        left = legal_order_items.c.order == order, legal_order_items.c.state != "removed"
        states = set(connection.execute(select(legal_order_items.c.state).where(*left)).scalars())
        if not states & {"waiting", "by_hand"}:
            acted = update(legal_orders).where(legal_orders.c.id == order, legal_orders.c.acted_at == 0)
            connection.execute(acted.values(acted_at=self._clock()))

    def _shown(self, connection: Connection, rows: Any) -> list[Order]:
        mine = legal_order_items.c.order.in_([row.id for row in rows])
        query = select(legal_order_items).where(mine).order_by(legal_order_items.c.order, legal_order_items.c.number)
        items: dict[str, list[OrderItem]] = {}
        for item in connection.execute(query).all():
            shown = OrderItem(item.address, item.kind or None, item.state, item.removed_at or None)
            items.setdefault(item.order, []).append(shown)
        return [
            Order(
                row.id, row.kind, row.authority, row.reference, row.contact, row.note, row.received_at, row.due_at,
                row.acted_at or None, row.outcome or None, row.answer, row.answered_at or None,
                row.confidential_until or None, bool(row.prolonged), items.get(row.id, []),
            )
            for row in rows
        ]  # fmt: skip


def _parsed(cursor: str) -> tuple[int, int, int, str]:
    """Raises InvalidRequest."""
    found = _CURSOR.match(cursor)
    if found is None:
        raise InvalidRequest("cursor is invalid")
    answered_at = int(found[1])
    return int(answered_at > 0), -answered_at, int(found[2]), found[3]


def _line(text: str) -> str:
    """Raises InvalidRequest."""
    cleaned = clean_line(text, LINE_CHARS_MAX)
    if cleaned is None:
        raise InvalidRequest(f"A line has at most {LINE_CHARS_MAX} characters.")
    return cleaned


def _text(text: str) -> str:
    """Raises InvalidRequest."""
    cleaned = clean_lines(text, TEXT_CHARS_MAX)
    if cleaned is None:
        raise InvalidRequest(f"A text has at most {TEXT_CHARS_MAX} characters.")
    return cleaned
