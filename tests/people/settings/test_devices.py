"""The devices one is signed in on, and how they are signed out."""

from __future__ import annotations

from datetime import date

import pytest

from core.database import Database
from core.errors import NotFound
from core.identity import Person
from people.accounts import Accounts
from people.authentication import Authentication
from people.errors import WrongCredentials, WrongPassword
from people.passwords import hashed
from people.sessions import DAY_MS, Sessions, digest_of
from people.settings.devices import Devices
from people.settings.user_agent import described

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"


@pytest.fixture
def sessions(database: Database, clock: list[int]) -> Sessions:
    return Sessions(database, lambda: clock[0])


@pytest.fixture
def devices(database: Database, clock: list[int]) -> Devices:
    return Devices(database, lambda: clock[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PHONE, ("Safari", "iPhone")),
        (DESKTOP, ("Firefox", "Linux")),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/149.0 Safari/537.36 Edg/149.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/149.0 Mobile Safari/537.36", ("Chrome", "Android")),
        ("curl/8.0", ("", "")),
        ("", ("", "")),
        ("x" * 1000 + "Firefox/", ("", "")),
        ("<script>alert(1)</script>", ("", "")),
    ],
)
def test_a_user_agent_is_told_in_two_words(text: str, words: tuple[str, str]) -> None:
    assert described(text) == words


def test_devices_are_listed_with_coarse_times(
    database: Database, sessions: Sessions, devices: Devices, ada: Person, clock: list[int]
) -> None:
    phone = sessions.open(ada.id, described(PHONE))
    start = clock[0] - clock[0] % DAY_MS
    clock[0] += 2 * DAY_MS
    desktop = sessions.open(ada.id, described(DESKTOP))
    clock[0] += DAY_MS
    assert Authentication(database, sessions, lambda: clock[0]).by_token(phone) is not None
    here, there = devices.of(ada.id, desktop)
    assert (here.browser, here.system, here.current) == ("Firefox", "Linux", True)
    assert (there.browser, there.system, there.current) == ("Safari", "iPhone", False)
    assert (there.first_seen, there.last_seen) == (start, start + 3 * DAY_MS)
    assert (here.first_seen, here.last_seen) == (start + 2 * DAY_MS, start + 2 * DAY_MS)


def test_one_device_or_all_others_are_signed_out(
    database: Database, sessions: Sessions, devices: Devices, ada: Person, clock: list[int]
) -> None:
    here, *others = [sessions.open(ada.id) for _ in range(4)]
    authentication = Authentication(database, sessions, lambda: clock[0])
    listed = [device for device in devices.of(ada.id, here) if not device.current]
    ended = devices.end(ada.id, listed[0].id)
    assert [digest_of(token) == ended for token in others].count(True) == 1
    assert [authentication.by_token(token) is None for token in others].count(True) == 1
    with pytest.raises(NotFound):
        devices.end(ada.id, listed[0].id)
    assert set(devices.end_others(ada.id, here)) == {digest_of(token) for token in others} - {ended}
    assert [authentication.by_token(token) for token in others] == [None] * 3
    assert authentication.by_token(here) is not None


def test_somebody_elses_device_cannot_be_signed_out(
    accounts: Accounts, sessions: Sessions, devices: Devices, ada: Person
) -> None:
    eve = accounts.join("eve", "correct horse", date(1990, 1, 1))
    token = sessions.open(ada.id)
    [device] = devices.of(ada.id, token)
    for wrong in (device.id, "", "x", "current", device.id[:-1]):
        with pytest.raises(NotFound):
            devices.end(eve.id, wrong)
    assert len(devices.of(ada.id, token)) == 1


async def test_no_session_survives_a_new_password(
    database: Database, sessions: Sessions, devices: Devices, ada: Person, clock: list[int]
) -> None:
    here, there = sessions.open(ada.id), sessions.open(ada.id)
    account = await sessions.verified(await sessions.account("ada"), "correct horse")
    ended = devices.change_password(ada.id, account.password_hash, hashed("new password"), here)
    assert ended == [digest_of(there)]
    with pytest.raises(WrongCredentials):  # who has just given the old one, before it was changed
        sessions.open(ada.id, password_hash=account.password_hash)
    with pytest.raises(WrongPassword):
        devices.change_password(ada.id, account.password_hash, hashed("another"), here)
    assert (await sessions.verified(await sessions.account("ada"), "new password")).person == ada
    assert Authentication(database, sessions, lambda: clock[0]).by_token(there) is None
