"""Consents: a creator lets an advertiser run one public video of theirs as an ad, or sponsor goals in their live rooms,
until a date, for a share.

The advertiser enters the consent's code. The share is the one that the creator was shown; it is frozen on the consent
and on every campaign that uses it. A revoked consent stays known, with its dates.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection, Row, func, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, InvalidRequest
from core.identity import Identity
from core.text import folded
from core.text.clean import clean_line
from vod.ads.campaigns.advertisers import NAME_CHARS_MAX, Account
from vod.ads.campaigns.dates import midnight, today
from vod.ads.campaigns.floors import offers
from vod.ads.promoted.tables import ad_consents
from vod.catalogue.visibility import is_public_of_few
from vod.errors import ConsentNotFound, ConsentOver, InvalidCampaign
from vod.tables import videos

CODE_CHARS = 28
CONSENTS_MAX = 200  # of a person
AHEAD_DAYS_MAX = 366
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: 140 bits in a code
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})

ConsentState = Literal["valid", "revoked", "expired", "video_gone"]


class NewConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`video`: empty for goals in their live rooms. `until_on`: the last day, UTC. `sponsor`: the only advertiser that
    may use it, by its name; empty: whoever has the code. `share_percent`: the share that the creator was shown; another
    one now is refused."""

    video: Annotated[str, Meta(max_length=64)]
    until_on: date
    share_percent: int
    sponsor: Annotated[str, Meta(max_length=4 * NAME_CHARS_MAX)] = ""


class Consent(msgspec.Struct, frozen=True):
    """Times are Unix ms; `until` is excluded. `used_at`: when an advertiser first used it; nobody else can since."""

    code: str
    video: str
    sponsor: str
    share_percent: int
    until: int
    created_at: int
    revoked_at: int | None
    used_at: int | None
    state: ConsentState


class Consents:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def give(self, who: Identity, asked: NewConsent) -> Consent:
        """Blocks. Raises AdultsOnly, InvalidCampaign for what is no public video of theirs, InvalidRequest,
        Conflict."""
        who.must_be_adult()
        now = self._clock()
        sponsor = clean_line(asked.sponsor, NAME_CHARS_MAX)
        if sponsor is None:
            raise InvalidRequest(f"A name has at most {NAME_CHARS_MAX} characters.")
        present = today("UTC", now)
        if not present <= asked.until_on <= present + timedelta(days=AHEAD_DAYS_MAX):
            raise InvalidRequest(f"A consent is valid for at most {AHEAD_DAYS_MAX} days.")

        def write(connection: Connection) -> Consent:
            share = offers(connection).creator_share_percent
            if asked.share_percent != share:
                raise Conflict(f"The share is {share} % now.")
            for_rooms = not asked.video
            own = select(videos.c.id).where(videos.c.id == asked.video, videos.c.person == who.id, is_public_of_few())
            if not for_rooms and connection.execute(own).first() is None:
                raise InvalidCampaign("Only a public, ready video of yours can become an ad.")
            there = select(func.count()).where(ad_consents.c.person == who.id)
            if connection.execute(there).scalar_one() >= CONSENTS_MAX:
                raise Conflict(f"You can give at most {CONSENTS_MAX} consents.")
            code = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_CHARS))
            row = {
                "code": code, "person": who.id, "video": asked.video, "sponsor": sponsor, "share_percent": share,
                "until": midnight(asked.until_on + timedelta(days=1), "UTC"), "created_at": now,
            }  # fmt: skip
            connection.execute(insert(ad_consents).values(row))
            return self._consent(connection, code)

        return self._database.write(write)

    def revoke(self, who: Identity, code: str) -> Consent:
        """Nothing is served with it from the commit on. Blocks. Raises ConsentNotFound."""
        mine = (ad_consents.c.code == normalized(code), ad_consents.c.person == who.id)

        def write(connection: Connection) -> Consent:
            if connection.execute(select(ad_consents.c.code).where(*mine)).first() is None:
                raise ConsentNotFound
            still = update(ad_consents).where(*mine, ad_consents.c.revoked_at.is_(None))
            connection.execute(still.values(revoked_at=self._clock()))
            return self._consent(connection, normalized(code))

        return self._database.write(write)

    def of(self, connection: Connection, person: str) -> list[Consent]:
        """Newest first."""
        found = _CONSENT.where(ad_consents.c.person == person).order_by(
            ad_consents.c.created_at.desc(), ad_consents.c.code
        )
        return [self._view(row) for row in connection.execute(found.limit(CONSENTS_MAX))]

    def offered(self, connection: Connection, code: str, account: Account | None, *, rooms: bool = False) -> Row[Any]:
        """The consent behind a code, for an advertiser that may use it now; None: one that has no account yet. `rooms`:
        it must be for goals in live rooms, else for a video. Raises ConsentNotFound, ConsentOver."""
        row = connection.execute(_CONSENT.where(ad_consents.c.code == normalized(code))).first()
        if row is None or (row.advertiser is not None and (account is None or row.advertiser != account.id)):
            raise ConsentNotFound
        if account is not None and row.sponsor and folded(row.sponsor) != folded(account.name):
            raise ConsentNotFound
        if rooms == bool(row.video):
            raise ConsentNotFound
        if self.state(row) != "valid":
            raise ConsentOver
        return row

    def use(self, connection: Connection, code: str, account: Account, *, rooms: bool = False) -> Row[Any]:
        """The same, and from now on it is this advertiser's. Raises the same."""
        row = self.offered(connection, code, account, rooms=rooms)
        free = update(ad_consents).where(ad_consents.c.code == row.code, ad_consents.c.advertiser.is_(None))
        if (
            row.advertiser is None
            and not connection.execute(free.values(advertiser=account.id, used_at=self._clock())).rowcount
        ):
            raise ConsentNotFound
        return row

    def row(self, connection: Connection, code: str) -> Row[Any]:
        return connection.execute(_CONSENT.where(ad_consents.c.code == code)).one()

    def state(self, row: Row[Any]) -> ConsentState:
        """Of a row of `row`, `offered` or `use`."""
        if row.revoked_at is not None:
            return "revoked"
        if row.until <= self._clock():
            return "expired"
        return "valid" if row.shown or not row.video else "video_gone"

    def _consent(self, connection: Connection, code: str) -> Consent:
        return self._view(self.row(connection, code))

    def _view(self, row: Row[Any]) -> Consent:
        fields = {name: getattr(row, name) for name in Consent.__struct_fields__ if name != "state"}
        return Consent(**fields | {"code": spelled(row.code)}, state=self.state(row))


_SHOWN = (
    select(videos.c.id)
    .where(videos.c.id == ad_consents.c.video, videos.c.person == ad_consents.c.person, is_public_of_few())
    .exists()
)
_CONSENT = select(ad_consents, _SHOWN.label("shown"))


def normalized(code: str) -> str:
    """As it is stored, however it was typed."""
    return code.upper().translate(_READ_AS)


def spelled(code: str) -> str:
    """As people read it: in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
