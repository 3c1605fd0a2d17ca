"""Whether a viewer's feed is personal, and whose profile it learns."""

from __future__ import annotations

import threading
from collections import OrderedDict

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.errors import AdultsOnly
from core.identity import Identity
from vod.feed.viewer import PSEUDONYM_PREFIX, Viewer
from vod.tables import feed_settings

KNOWN_MAX = 50_000
KNOWN_MS = 2_000  # other processes may have changed a setting since

_PERSONALISED = select(feed_settings.c.personalised).where(feed_settings.c.person == bindparam("who"))


class Preferences:
    """Nobody under 18 has a profile, and nobody who does not want one. A visitor's belongs to one swipe session."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: OrderedDict[str, tuple[bool, int]] = OrderedDict()  # by person, and when it was read
        self._lock = threading.Lock()

    def profile(self, connection: Connection, viewer: Viewer, session: str | None) -> str | None:
        """Whose profile learns from this viewer; None: nobody's. `session`: the profile of the swipe session."""
        if viewer.who is None:
            return None if viewer.opted_out else session
        return viewer.who.id if self.personalised(connection, viewer.who) else None

    def personalised(self, connection: Connection, who: Identity) -> bool:
        if not who.adult:
            return False
        now = self._clock()
        known = self._known.get(who.id)
        if known is not None and known[1] > now - KNOWN_MS:
            return known[0]
        personalised = _stored(connection, who.id)
        self._remember(who.id, personalised)
        return personalised

    def still(self, connection: Connection, profile: str | None) -> bool:
        """Whether a profile may still learn, and until the commit of this writing transaction nobody changes that.

        A visitor's may: its setting comes with each request.
        """
        if profile is None or profile.startswith(PSEUDONYM_PREFIX):
            return profile is not None
        _lock(connection, profile, shared=True)
        return _stored(connection, profile)

    def change(self, connection: Connection, who: Identity, *, personalised: bool) -> None:
        """Raises AdultsOnly. Call `changed` after the commit."""
        if personalised and not who.adult:
            raise AdultsOnly
        _lock(connection, who.id, shared=False)
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        row = {"person": who.id, "personalised": personalised}
        put = dialect.insert(feed_settings).values(row)
        connection.execute(put.on_conflict_do_update(index_elements=["person"], set_={"personalised": personalised}))

    def changed(self, person: str) -> None:
        with self._lock:
            self._known.pop(person, None)

    def _remember(self, person: str, personalised: bool) -> None:
        with self._lock:
            self._known[person] = personalised, self._clock()
            self._known.move_to_end(person)
            if len(self._known) > KNOWN_MAX:
                self._known.popitem(last=False)

    def remembered(self, viewer: Viewer, session: str) -> str | None:
        """As `profile`, from memory alone: for a feed without a database."""
        if viewer.who is None:
            return None if viewer.opted_out else session
        known = self._known.get(viewer.who.id)
        return viewer.who.id if viewer.who.adult and known is not None and known[0] else None


def _stored(connection: Connection, person: str) -> bool:
    return connection.execute(_PERSONALISED, {"who": person}).scalar_one_or_none() in (None, True)


def _lock(connection: Connection, person: str, *, shared: bool) -> None:
    """Until the commit. Most people have no row that could be locked. SQLite has one writer at a time."""
    if connection.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        connection.execute(select(lock(func.hashtext("feed settings"), func.hashtext(person))))
