"""Notifications: written in the transaction of what they tell, one row for each person, kind, subject, item and doer.

Whatever changes an inbox raises its version. Tabs and push look at it after the commit, so that nobody has to call
anything then (`live.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, Executable, case, delete, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.ids import new_id
from core.jobs import Jobs
from people.inbox.notices import DAY_MS, KINDS, KindName, Notice, excerpt
from people.tables import inbox_settings, inboxes, notifications, people, push_subscriptions

TELL_FOLLOWERS = "people.tell_followers"
PUSH_DELAY_MS = 2_000  # so that what comes together is pushed as one
PEOPLE_PER_STATEMENT_MAX = 500
ITEMS_PER_STATEMENT_MAX = 500

Changed = Callable[[Iterable[str]], None]
"""Told, from any thread, whose inbox is about to change: before the commit, which may fail."""


class Notifications:
    """Every domain may use what `Notifies` has of this."""

    def __init__(self, clock: Clock, jobs: Jobs, changed: Changed = lambda _people: None) -> None:
        self._clock = clock
        self._jobs = jobs
        self._changed = changed

    def tell(self, connection: Connection, notices: Sequence[Notice]) -> None:
        """See `Notifies.tell`. A notice twice is the same as once, but amounts add up."""
        wanted = self._wanted(connection, _merged(notices))
        if not wanted:
            return
        now = self._clock()
        rows = [
            {"id": new_id(), "person": one.person, "kind": one.kind, "subject": one.subject, "item": one.item,
             "by": one.by, "day": now // DAY_MS, "text": excerpt(one.text), "amount": one.amount, "at": now,
             "undone": 0}
            for one in wanted
        ]  # fmt: skip
        connection.execute(_upsert(connection), rows)
        told = sorted({one.person for one in wanted})
        touch(connection, told)
        due = now + PUSH_DELAY_MS
        subscribed = select(push_subscriptions.c.person).where(push_subscriptions.c.person.in_(told))
        sooner = or_(
            inboxes.c.push_due_at.is_(None), (inboxes.c.push_due_at > due) & (inboxes.c.push_leased == 0)
        )  # fmt: skip
        connection.execute(update(inboxes).where(inboxes.c.person.in_(subscribed), sooner).values(push_due_at=due))
        self._changed(told)

    def undo(self, connection: Connection, kind: KindName, by: str, subject: str = "", item: str | None = None) -> None:
        """See `Notifies.undo`. Without a subject, as of a follow, say whom with `undo_for`."""
        mine = [notifications.c.kind == kind, notifications.c.by == by, notifications.c.subject == subject]
        if item is not None:
            mine.append(notifications.c.item == item)
        self._hide(connection, *mine)

    def undo_for(self, connection: Connection, person: str, kind: KindName, by: str) -> None:
        """Take back what one person was told, such as of a follow."""
        self._hide(connection, notifications.c.person == person, notifications.c.kind == kind, notifications.c.by == by)

    def undo_items(self, connection: Connection, subject: str, items: Sequence[str]) -> None:
        """See `Notifies.undo_items`."""
        found: list[str] = []
        for start in range(0, len(items), ITEMS_PER_STATEMENT_MAX):
            some = notifications.c.item.in_(items[start : start + ITEMS_PER_STATEMENT_MAX])
            gone = delete(notifications).where(notifications.c.subject == subject, some)
            found += connection.execute(gone.returning(notifications.c.person)).scalars()
        self._touch_all(connection, found)

    def withhold(self, connection: Connection, subject: str, item: str, *, hidden: bool) -> None:
        """See `Notifies.withhold`."""
        told = notifications.c.subject == subject, notifications.c.item == item
        other = update(notifications).where(*told, notifications.c.undone == int(not hidden)).values(undone=int(hidden))
        self._touch_all(connection, connection.execute(other.returning(notifications.c.person)).scalars())

    def reword(
        self, connection: Connection, kind: KindName, subject: str, people: Sequence[str], text: str, item: str = ""
    ) -> None:
        """See `Notifies.reword`."""
        told, to = notifications.c, notifications.c.person
        which = told.subject == subject, told.kind == kind, told.item == item, told.undone == 0
        edited = update(notifications).where(*which, to.in_(people), told.text != excerpt(text))
        changed = connection.execute(edited.values(text=excerpt(text)).returning(to)).scalars().all()
        # These rows are kept, so that who is mentioned again the same day gets no other notice; their text is not.
        others = update(notifications).where(*which, to.not_in(people)).values(undone=1, text="")
        gone = connection.execute(others.returning(to)).scalars().all()
        self._touch_all(connection, [*changed, *gone])

    def forget(self, connection: Connection, subject: str) -> None:
        """See `Notifies.forget`."""
        gone = delete(notifications).where(notifications.c.subject == subject).returning(notifications.c.person)
        self._touch_all(connection, connection.execute(gone).scalars())

    def tell_followers(self, connection: Connection, kind: KindName, by: str, subject: str) -> None:
        """See `Notifies.tell_followers`."""
        now = self._clock()
        if self._jobs.added_since(connection, TELL_FOLLOWERS, subject, now - KINDS[kind].repeat_ms):
            return
        arguments = {"kind": kind, "by": by, "at": now}
        self._jobs.add(connection, TELL_FOLLOWERS, subject, arguments, owner=by)

    def seen_anew(self, connection: Connection, person: str) -> None:
        """What somebody may or wants to see has changed, and with it perhaps what of their inbox is shown."""
        self._touch_all(connection, [person])

    def _hide(self, connection: Connection, *which: object) -> None:
        hidden = update(notifications).where(*which, notifications.c.undone == 0).values(undone=1)  # type: ignore[arg-type]
        self._touch_all(connection, connection.execute(hidden.returning(notifications.c.person)).scalars())

    def _touch_all(self, connection: Connection, told: Iterable[str]) -> None:
        found = sorted(set(told))
        for start in range(0, len(found), PEOPLE_PER_STATEMENT_MAX):
            touch(connection, found[start : start + PEOPLE_PER_STATEMENT_MAX])
        if found:
            self._changed(found)

    @staticmethod
    def _wanted(connection: Connection, notices: Sequence[Notice]) -> list[Notice]:
        """Without those that their person has switched off altogether, and without people who are gone."""
        if not notices:
            return []
        named = {one.person for one in notices} | {one.by for one in notices}
        still = select(people.c.id).where(people.c.id.in_(named), people.c.erased_at == 0)
        there = set(connection.execute(still).scalars())
        pairs = list({(one.person, one.kind) for one in notices})
        off = select(inbox_settings.c.person, inbox_settings.c.kind).where(
            tuple_(inbox_settings.c.person, inbox_settings.c.kind).in_(pairs),
            inbox_settings.c.in_app == 0,
            inbox_settings.c.push == 0,
        )
        refused = {(row.person, row.kind) for row in connection.execute(off)}
        return [
            one for one in notices if (one.person, one.kind) not in refused and one.person in there and one.by in there
        ]


def touch(connection: Connection, told: Sequence[str]) -> None:
    """Raise the versions of these inboxes. Sorted, because every transaction locks them in this order."""
    if not told:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(inboxes)
    raised = new.on_conflict_do_update(index_elements=["person"], set_={"version": inboxes.c.version + 1})
    connection.execute(raised, [{"person": person, "version": 1} for person in sorted(told)])


def _merged(notices: Sequence[Notice]) -> list[Notice]:
    """One notice for each key, in order of their keys; without what somebody did themselves."""
    found: dict[tuple[str, ...], Notice] = {}
    for one in notices:
        if one.kind not in KINDS:
            raise ValueError(f"no kind of notification: {one.kind}")
        if one.person != one.by or KINDS[one.kind].own:
            earlier = found.get(one.key)
            found[one.key] = replace(one, amount=one.amount + (earlier.amount if earlier else 0))
    return [found[key] for key in sorted(found)]


def _upsert(connection: Connection) -> Executable:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(notifications)
    old, given = notifications.c, new.excluded
    pause = case(*((old.kind == kind.name, kind.repeat_ms) for kind in KINDS.values()), else_=literal(DAY_MS))
    news = given.at - old.at >= pause
    upsert: Executable = new.on_conflict_do_update(
        index_elements=["person", "kind", "subject", "item", "by"],
        set_={
            "at": case((news, given.at), else_=old.at),
            "day": case((news, given.day), else_=old.day),
            "text": given.text,
            "amount": old.amount + given.amount,
            "undone": 0,
        },
    )
    return upsert


def count_of(connection: Connection, person: str) -> int:
    """How many rows a person's inbox has, those that are not shown included."""
    own = select(func.count()).select_from(notifications).where(notifications.c.person == person)
    return connection.execute(own).scalar_one()
