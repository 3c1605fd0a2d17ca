"""Entries: public videos with a challenge's hashtag, published between its dates by adults who are not the sponsor's.

They follow the videos, in the transactions that change them. A video that is made private, loses the hashtag or is
deleted is no entry anymore. When the challenge ends its entries are fixed and their likes counted: afterwards an entry
can only be withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from vod.ads.campaigns.tables import advertiser_members
from vod.ads.challenges.states import LEAVABLE, TAKING
from vod.ads.challenges.tables import ad_challenge_entries, ad_challenges
from vod.catalogue.visibility import is_public
from vod.tables import video_likes, video_tags, videos

ENTRIES_AT_ONCE = 200

Adults = Callable[[Connection, Collection[str]], set[str]]
"""Which of these people are there and of age."""

_INSERT = {dialect.dialect.name: dialect.insert for dialect in (sqlite, postgresql)}


class Entries:
    def __init__(self, clock: Clock, adults: Adults) -> None:
        self._clock = clock
        self._adults = adults

    def follow(self, connection: Connection, video: str) -> None:
        """Let a video enter or leave, after it has changed; see `VideoRecorder`."""
        row = connection.execute(select(videos).where(videos.c.id == video)).first()
        if row is None:
            return
        public = row.state == "ready" and row.visibility == "public"
        tags = set(connection.execute(select(video_tags.c.tag).where(video_tags.c.video == video)).scalars())
        self._leave(connection, video, tags if public else set())
        if public and tags:
            self._enter(connection, row, tags)

    @staticmethod
    def _leave(connection: Connection, video: str, tags: Collection[str]) -> None:
        """It is an entry of no challenge anymore but those with these hashtags."""
        others = select(ad_challenges.c.id).where(ad_challenges.c.state.in_(LEAVABLE), ad_challenges.c.tag.not_in(tags))
        mine = ad_challenge_entries.c.video == video
        connection.execute(delete(ad_challenge_entries).where(mine, ad_challenge_entries.c.challenge.in_(others)))

    def _enter(self, connection: Connection, video: Row[Any], tags: Collection[str]) -> None:
        now = self._clock()
        # Locked against its end: either it is an entry before entries are fixed, or it is none.
        found = connection.execute(
            select(ad_challenges)
            .where(
                ad_challenges.c.open_tag.in_(tags),
                ad_challenges.c.state.in_(TAKING),
                ad_challenges.c.starts_at <= video.created_at,
                ad_challenges.c.ends_at > max(now, video.created_at),
            )
            .with_for_update(read=True)
        ).all()
        for challenge in found:
            if self.may_win(connection, challenge.advertiser, [video.person]):
                entry = {"challenge": challenge.id, "video": video.id, "person": video.person, "at": video.created_at}
                fresh = _INSERT[connection.dialect.name](ad_challenge_entries).values(entry)
                connection.execute(fresh.on_conflict_do_nothing())

    def may_win(self, connection: Connection, advertiser: str, people: Collection[str]) -> set[str]:
        """Which of these people are there, of age and not the advertiser's own."""
        own = select(advertiser_members.c.person).where(
            advertiser_members.c.advertiser == advertiser, advertiser_members.c.person.in_(people)
        )
        return self._adults(connection, set(people)) - set(connection.execute(own).scalars())

    @staticmethod
    def fix(connection: Connection, challenge: Row[Any]) -> None:
        """Count the likes that each entry had at the end, without its maker's own and those of the sponsor's people.
        The caller has locked the challenge."""
        own = select(advertiser_members.c.person).where(advertiser_members.c.advertiser == challenge.advertiser)
        likes = (
            select(func.count())
            .select_from(video_likes)
            .where(
                video_likes.c.video == ad_challenge_entries.c.video,
                video_likes.c.at < challenge.ends_at,
                video_likes.c.person != ad_challenge_entries.c.person,
                video_likes.c.person.not_in(own),
            )
            .scalar_subquery()
        )
        mine = ad_challenge_entries.c.challenge == challenge.id
        connection.execute(update(ad_challenge_entries).where(mine).values(likes=likes))

    def eligible(self, connection: Connection, challenge: Row[Any], video: str) -> Row[Any] | None:
        """An entry that may win, locked so that it is not withdrawn before the transaction ends."""
        entries = ad_challenge_entries
        query = select(entries).where(entries.c.challenge == challenge.id, entries.c.video == video).with_for_update()
        entry = connection.execute(query).first()
        public = select(videos.c.id).where(videos.c.id == video, is_public())
        if entry is None or connection.execute(public).first() is None:
            return None
        return entry if self.may_win(connection, challenge.advertiser, [entry.person]) else None

    def most_liked(self, connection: Connection, challenge: Row[Any]) -> Row[Any] | None:
        """The entry with the most likes that may win, locked; of those with equally many the one published first."""
        for entry in self._by_likes(connection, challenge):
            if self.may_win(connection, challenge.advertiser, [entry.person]):
                found = self.eligible(connection, challenge, entry.video)
                if found is not None:
                    return found
        return None

    @staticmethod
    def _by_likes(connection: Connection, challenge: Row[Any]) -> Iterator[Row[Any]]:
        entries = ad_challenge_entries
        order = -entries.c.likes, entries.c.at, entries.c.video
        query = select(entries).where(entries.c.challenge == challenge.id).order_by(*order).limit(ENTRIES_AT_ONCE)
        rows = connection.execute(query).all()
        while rows:
            yield from rows
            last = rows[-1]
            after = tuple_(*order) > (-last.likes, last.at, last.video)
            rows = connection.execute(query.where(after)).all()

    @staticmethod
    def withdraw(connection: Connection, challenge: str, person: str) -> None:
        """None of somebody's videos can win anymore: they are gone."""
        theirs = ad_challenge_entries.c.challenge == challenge, ad_challenge_entries.c.person == person
        connection.execute(delete(ad_challenge_entries).where(*theirs))

    @staticmethod
    def entrants(connection: Connection, challenge: str, at_most: int) -> list[str]:
        """People with an entry, each once."""
        theirs = select(ad_challenge_entries.c.person).where(ad_challenge_entries.c.challenge == challenge)
        return list(
            connection.execute(theirs.distinct().order_by(ad_challenge_entries.c.person).limit(at_most)).scalars()
        )
