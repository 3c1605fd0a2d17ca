"""Contact points: where people and authorities reach whoever runs this server, without a machine in between
(Regulation (EU) 2022/2065, 11 to 13; Regulation (EU) 2021/784, 15)."""

from __future__ import annotations

import msgspec

from core.settings import Settings


class Contacts(msgspec.Struct, frozen=True):
    """`people`, `authorities`: an e-mail address, or a URL; empty: not set. `languages`: in which authorities can write
    (ISO 639-1). `representative`: of a provider outside the Union, one line each. `mails`: whether mail is sent."""

    people: str
    authorities: str
    languages: list[str]
    representative: list[str]
    mails: bool


def contacts_of(settings: Settings) -> Contacts:
    return Contacts(
        settings.contact_people,
        settings.contact_authorities,
        _split(settings.contact_languages, ","),
        _split(settings.legal_representative, ";"),
        bool(settings.smtp_url),
    )


def lacking(settings: Settings) -> list[str]:
    """The variables that the law wants to be set."""
    wanted = {
        "CADEAU_CONTACT_PEOPLE": settings.contact_people,
        "CADEAU_CONTACT_AUTHORITIES": settings.contact_authorities,
    }
    return [name for name, value in wanted.items() if not value]


def _split(text: str, mark: str) -> list[str]:
    return [part.strip() for part in text.split(mark) if part.strip()]
