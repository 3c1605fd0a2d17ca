"""A forgotten password: a link to the proved address. It opens no session, so a second factor is still asked for."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from core.clock import Clock
from core.database import Database
from core.jobs import Job, Jobs
from people.errors import LinkSpent
from people.mail.addresses import digest_of
from people.mail.links import Links
from people.mail.outbox import Outbox
from people.sessions import end_sessions
from people.tables import mail_addresses, people

ASK = "people.ask_reset"
WHO_CHARS_MAX = 254


class Resets:
    """All methods block."""

    def __init__(self, database: Database, jobs: Jobs, clock: Clock, links: Links, outbox: Outbox) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._links = links
        self._outbox = outbox

    def ask(self, who: str, handle: str) -> None:
        """Of an address, or of a handle as it is stored. Whoever asks learns nothing, by time neither: whether there is
        such an account is found out by a job."""
        arguments = {"handle": handle, "address": digest_of(who).hex()}
        self._database.write(lambda c: self._jobs.add(c, ASK, "", arguments))
        self._jobs.wake()

    def answer(self, job: Job) -> None:
        """Send a link, if the account has a proved address."""
        address = mail_addresses.c.digest == bytes.fromhex(job.arguments["address"])
        handle = people.c.handle == job.arguments["handle"]

        def write(connection: Connection) -> None:
            whose = mail_addresses.join(people, people.c.id == mail_addresses.c.person)
            query = select(mail_addresses).select_from(whose).where(address | handle)
            row = connection.execute(query.limit(1)).first()
            if row is not None and self._outbox.add(connection, row.person, "reset", row.address):
                self._links.expect(connection, row.person, "reset", row.address)

        self._database.write(write)
        self._outbox.wake()

    def link(self, handle: str) -> str | None:
        """The secret of a link for who has this handle, to be handed over by hand. None if nobody has it."""

        def write(connection: Connection) -> str | None:
            person = connection.execute(select(people.c.id).where(people.c.handle == handle)).scalar()
            if person is None:
                return None
            self._links.expect(connection, person, "reset", "")
            return self._links.issue(connection, person, "reset")

        return self._database.write(write)

    def handle(self, secret: str) -> str:
        """Whose link it is. It is not spent. Raises LinkSpent."""

        def read(connection: Connection) -> str | None:
            person = self._links.holder(connection, "reset", secret)
            return connection.execute(select(people.c.handle).where(people.c.id == person)).scalar()

        found = self._database.read(read)
        if found is None:
            raise LinkSpent
        return found

    def spend(self, secret: str, password_hash: str) -> tuple[str, list[bytes]]:
        """Replace the password and end all sessions. Returns the person and the digests of the tokens, for `SignOuts`.
        Raises LinkSpent."""

        def write(connection: Connection) -> tuple[str, list[bytes]]:
            taken = self._links.take(connection, "reset", secret)
            if taken is None:
                raise LinkSpent
            connection.execute(update(people).where(people.c.id == taken.person).values(password=password_hash))
            ended = end_sessions(connection, taken.person)
            self._outbox.tell(connection, taken.person, "password_changed")
            return taken.person, ended

        done = self._database.write(write)
        self._outbox.wake()
        return done
