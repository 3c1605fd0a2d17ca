"""Push subscriptions: browsers that want to be told while no page is open. Each belongs to a session and ends with it:
a browser that has been signed out is told nothing more."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.errors import InvalidRequest
from core.ids import new_id
from people.inbox.push.endpoints import ENDPOINT_CHARS_MAX, check_endpoint
from people.tables import push_subscriptions

SUBSCRIPTIONS_PER_PERSON_MAX = 10
PUBLIC_KEY_BYTES = 65  # an uncompressed point (RFC 8291, 3.1)
AUTH_BYTES = 16  # RFC 8291, 3.2
KEY_CHARS_MAX = 100

Language = Literal["en", "fr"]
_Key = Annotated[str, msgspec.Meta(max_length=KEY_CHARS_MAX)]


class Keys(msgspec.Struct, forbid_unknown_fields=True):
    """As a browser's `PushSubscription.toJSON()` gives them: base64url."""

    p256dh: _Key
    auth: _Key


class NewSubscription(msgspec.Struct, forbid_unknown_fields=True):
    """`language`: of the texts that are pushed."""

    endpoint: Annotated[str, msgspec.Meta(max_length=ENDPOINT_CHARS_MAX)]
    keys: Keys
    language: Language = "en"


class Subscriptions:
    """`private`: endpoints may be anywhere, for tests."""

    def __init__(self, clock: Clock, *, private: bool) -> None:
        self._clock = clock
        self._private = private

    def check(self, wanted: NewSubscription) -> tuple[bytes, bytes]:
        """The keys. Raises InvalidRequest, BadPushEndpoint."""
        check_endpoint(wanted.endpoint, private=self._private)
        p256dh, auth = _decoded(wanted.keys.p256dh), _decoded(wanted.keys.auth)
        if len(p256dh) != PUBLIC_KEY_BYTES or len(auth) != AUTH_BYTES:
            raise InvalidRequest(f"p256dh must have {PUBLIC_KEY_BYTES} bytes, and auth {AUTH_BYTES}.")
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
        except ValueError:
            raise InvalidRequest("p256dh is not a point on P-256.") from None
        return p256dh, auth

    def put(
        self, connection: Connection, person: str, session: bytes, wanted: NewSubscription, keys: tuple[bytes, bytes]
    ) -> None:
        """Add or replace the subscription of this endpoint. Of one person the newest ones are kept."""
        now = self._clock()
        values = {
            "person": person, "session": session, "p256dh": keys[0], "auth": keys[1], "language": wanted.language,
        }  # fmt: skip
        row = {"id": new_id(), "endpoint": wanted.endpoint, "created_at": now, "pushed_until": now, **values}
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        new = dialect.insert(push_subscriptions).values(row)
        same = push_subscriptions.c.person == person
        again: dict[str, object] = values | {"created_at": now, "failures": 0, "retry_at": 0}
        again["pushed_until"] = case((same, push_subscriptions.c.pushed_until), else_=now)
        connection.execute(new.on_conflict_do_update(index_elements=["endpoint"], set_=again))
        mine = push_subscriptions.c.person == person
        newest = select(push_subscriptions.c.id).where(mine)
        newest = newest.order_by(push_subscriptions.c.created_at.desc(), push_subscriptions.c.id.desc())
        kept = newest.limit(SUBSCRIPTIONS_PER_PERSON_MAX)
        connection.execute(delete(push_subscriptions).where(mine, push_subscriptions.c.id.not_in(kept)))

    @staticmethod
    def remove(connection: Connection, person: str, endpoint: str) -> None:
        """Twice is the same as once."""
        mine = push_subscriptions.c.person == person, push_subscriptions.c.endpoint == endpoint
        connection.execute(delete(push_subscriptions).where(*mine))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("The keys must be in base64url.") from None
