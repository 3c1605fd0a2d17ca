"""Lists of words and links over HTTP: a host's own, and the server's."""

from __future__ import annotations

from typing import Annotated

import msgspec
from sqlalchemy import Connection

from chat.filters.filter import Action, FilterList, LinkRule, Word
from chat.filters.filters import Filters
from chat.filters.links import DOMAIN_CHARS_MAX
from chat.filters.lists import DOMAINS_MAX, PLATFORM, WORDS_CHARS_MAX, add_word, read_list, remove_word, set_links
from chat.moderation.permitted import must_moderate
from core.clock import Clock
from core.database import Database
from core.errors import NotAllowed
from core.http import Access, Call, Operation
from core.identity import Identity
from people.accounts import Accounts
from trust.audit.chain import Audit

Domain = Annotated[str, msgspec.Meta(min_length=3, max_length=DOMAIN_CHARS_MAX)]


class NewWord(msgspec.Struct, forbid_unknown_fields=True):
    words: Annotated[str, msgspec.Meta(min_length=1, max_length=WORDS_CHARS_MAX)]
    action: Action


class NewLinks(msgspec.Struct, forbid_unknown_fields=True):
    """`domains`: what `listed` lets through, with everything below them."""

    links: LinkRule
    domains: Annotated[list[Domain], msgspec.Meta(max_length=DOMAINS_MAX)] = []


class FilterRoutes:
    def __init__(self, database: Database, clock: Clock, accounts: Accounts, filters: Filters, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._filters = filters
        self._audit = audit

    def operations(self) -> list[Operation]:
        mine, every, staff = "/api/hosts/{host}/filters", "/api/moderation/filters", Access.MODERATOR
        return [
            Operation("GET", mine, self.list),
            Operation("POST", f"{mine}/words", self.add, status=201),
            Operation("DELETE", f"{mine}/words/{{words}}", self.remove),
            Operation("PUT", f"{mine}/links", self.links),
            Operation("GET", every, self.list_all, access=staff),
            Operation("POST", f"{every}/words", self.add_to_all, access=staff, status=201),
            Operation("DELETE", f"{every}/words/{{words}}", self.remove_from_all, access=staff),
            Operation("PUT", f"{every}/links", self.links_of_all, access=staff),
        ]

    # -- a host's --------------------------------------------------------------------------------

    def list(self, call: Call, host: str) -> FilterList:
        """Get the words and links that a host filters, for the host, moderators and staff."""

        def read(connection: Connection) -> FilterList:
            must_moderate(connection, self._accounts, call.identity, host)
            return read_list(connection, host)

        return self._database.read(read)

    async def add(self, call: Call, host: str, body: NewWord) -> Word:
        """Filter one to five words in your rooms, or change what becomes of lines with them."""
        _must_be_host(call.identity, host)
        return await self._add(call.identity, host, body)

    async def remove(self, call: Call, host: str, words: str) -> None:
        """Take words off the list of your rooms."""
        _must_be_host(call.identity, host)
        await self._remove(call.identity, host, words)

    async def links(self, call: Call, host: str, body: NewLinks) -> FilterList:
        """Say what becomes of lines with links in your rooms."""
        _must_be_host(call.identity, host)
        return await self._links(call.identity, host, body)

    # -- the server's ----------------------------------------------------------------------------

    def list_all(self) -> FilterList:
        """Get the words and links that are filtered in every room."""
        return self._database.read(lambda c: read_list(c, PLATFORM))

    async def add_to_all(self, call: Call, body: NewWord) -> Word:
        """Filter one to five words in every room, or change what becomes of lines with them. Admins only."""
        _must_be_admin(call.identity)
        return await self._add(call.identity, PLATFORM, body)

    async def remove_from_all(self, call: Call, words: str) -> None:
        """Take words off the list of every room. Admins only."""
        _must_be_admin(call.identity)
        await self._remove(call.identity, PLATFORM, words)

    async def links_of_all(self, call: Call, body: NewLinks) -> FilterList:
        """Say what becomes of lines with links in every room. Admins only."""
        _must_be_admin(call.identity)
        return await self._links(call.identity, PLATFORM, body)

    # -- both ------------------------------------------------------------------------------------

    async def _add(self, who: Identity, owner: str, body: NewWord) -> Word:
        def write(connection: Connection) -> Word:
            self._note(connection, who, owner, "added")
            return add_word(connection, owner, Word(body.words, body.action), self._clock())

        word = await self._database.write_async(write)
        self._filters.announce(owner)
        return word

    async def _remove(self, who: Identity, owner: str, words: str) -> None:
        def write(connection: Connection) -> None:
            self._note(connection, who, owner, "removed")
            remove_word(connection, owner, words, self._clock())

        await self._database.write_async(write)
        self._filters.announce(owner)

    async def _links(self, who: Identity, owner: str, body: NewLinks) -> FilterList:
        def write(connection: Connection) -> FilterList:
            self._note(connection, who, owner, f"links {body.links}")
            return set_links(connection, owner, body.links, body.domains, self._clock())

        after = await self._database.write_async(write)
        self._filters.announce(owner)
        return after

    def _note(self, connection: Connection, who: Identity, owner: str, detail: str) -> None:
        """What staff change is in the audit log; hosts answer to nobody for their own rooms."""
        if owner == PLATFORM:
            self._audit.append(connection, who.id, "filters", "", detail)


def _must_be_host(who: Identity, host: str) -> None:
    if who.id != host:
        raise NotAllowed("Only the host may do this.")


def _must_be_admin(who: Identity) -> None:
    if who.role != "admin":
        raise NotAllowed("Only admins may do this.")
