"""From which age somebody may consent by themselves to the use of their data (GDPR, article 8).

The law of each country says it. Check the table against the laws once a year: lists of others disagree.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select, update

from people.age import today_at, years_old
from people.tables import people

AGE_ELSEWHERE = 16
"""The GDPR's own, for who lives in another country, or does not say where."""
_AGES = {  # as of 2026-11-29
    13: "BE EE FI GB LV MT PT SE",
    14: "AT BG CY ES IT LT",
    15: "CZ DK FR GR SI",
}
AGES: dict[str, int] = {country: age for age, countries in _AGES.items() for country in countries.split()}


def consent_age(country: str) -> int:
    """In years. `country`: ISO 3166-1, as the person told it; empty: they did not."""
    return AGES.get(country, AGE_ELSEWHERE)


def lacking_age(connection: Connection, person: str, now: int) -> int:
    """0, or the age that somebody has not reached from which they may consent where they live."""
    row = connection.execute(select(people.c.birthdate, people.c.country).where(people.c.id == person)).one()
    needed = consent_age(row.country)
    return 0 if years_old(date.fromisoformat(row.birthdate), today_at(now)) >= needed else needed


def opt_out(connection: Connection, person: str, since: int) -> None:
    """From now on nothing about them is shared. `since`: Unix ms; 0: not any more."""
    connection.execute(update(people).where(people.c.id == person).values(opted_out_at=since))
