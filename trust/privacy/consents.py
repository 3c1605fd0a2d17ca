"""What people agree to, and how they take it back. Every change is kept: what was shown, in which language, how."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
from sqlalchemy import Connection, insert, select

from core.clock import Clock
from core.ids import new_id
from people.leaving.consent_age import lacking_age, opt_out
from trust.errors import ConsentTooYoung
from trust.privacy.tables import consents

Purpose = Literal["ad_measurement"]
How = Literal["page", "signal"]
Language = Literal["en", "fr"]
HISTORY_MAX = 100

TEXTS: dict[Purpose, dict[Language, str]] = {
    "ad_measurement": {
        "en": "Advertisers may learn whether a click on their ad led to a purchase on their own site. They learn"
        " nothing about you. We sell and share nothing else.",
        "fr": "Les annonceurs peuvent apprendre si un clic sur leur publicité a mené à un achat sur leur propre site."
        " Ils n’apprennent rien sur vous. Nous ne vendons et ne partageons rien d’autre.",
    }
}


class Consent(msgspec.Struct, frozen=True):
    """One change. `version`: a digest of the text that was shown. `how`: by the page, or by the browser's signal."""

    purpose: Purpose
    given: bool
    version: str
    language: str
    how: How
    at: int


def version_of(purpose: Purpose, language: Language) -> str:
    return hashlib.sha256(TEXTS[purpose][language].encode()).hexdigest()[:16]


class Consents:
    """Each method is one step inside the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def given(self, connection: Connection, person: str, purpose: Purpose) -> bool:
        """Whether nobody has objected."""
        newest = select(consents.c.given).where(consents.c.person == person, consents.c.purpose == purpose)
        found = connection.execute(newest.order_by(consents.c.id.desc()).limit(1)).scalar()
        return found is not False

    def change(
        self, connection: Connection, person: str, purpose: Purpose, *, given: bool, language: Language, how: How
    ) -> None:
        """Note it, and act by it from now on. What changes nothing is not noted again. A signal of the browser can only
        take back. Raises ConsentTooYoung."""
        if given and (years := lacking_age(connection, person, self._clock())):
            raise ConsentTooYoung(f"Where you live, that takes an age of {years}.")
        if self.given(connection, person, purpose) == given:
            return
        now = self._clock()
        row = {
            "id": new_id(), "person": person, "purpose": purpose, "given": given,
            "version": version_of(purpose, language), "language": language, "how": how, "at": now,
        }  # fmt: skip
        connection.execute(insert(consents).values(row))
        opt_out(connection, person, 0 if given else now)

    def history(self, connection: Connection, person: str) -> list[Consent]:
        """The newest first."""
        mine = select(consents).where(consents.c.person == person).order_by(consents.c.id.desc()).limit(HISTORY_MAX)
        return [
            Consent(row.purpose, row.given, row.version, row.language, row.how, row.at)
            for row in connection.execute(mine)
        ]
