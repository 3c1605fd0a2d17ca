"""E-mail: proved by a link, changed with an undo, and the way back in for who forgot the password."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import insert

from cadeau.app import Cadeau
from cadeau.doctor import examine
from core.logs import configure_logs
from core.settings import Settings, SettingsError
from people.mail.links import LIFE_MS
from people.mail.texts import TEXTS
from people.tables import passkeys
from tests.people.mail.conftest import URL, USER, Postbox, Work
from tests.people.security.conftest import MovedClock, join, said, sign_in
from tests.served import PASSWORD

NEW = "another fine password"
FORGED = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}


def secret_in(mail: EmailMessage, page: str) -> str:
    """Of the link, which is the same in both parts of a mail and leads to our address."""
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    links = set(re.findall(r"https?://[^\s\"<]+", plain.get_content() + html.get_content()))
    [link] = links
    assert link.startswith(f"{URL}{page}#")
    fragment = str(urlsplit(link).fragment)
    return fragment.partition("=")[2] or fragment


async def prove(http: httpx.AsyncClient, work: Work, postbox: Postbox, who: dict[str, str], address: str) -> None:
    asked = await http.put("/api/people/me/address", json={"address": address}, headers=who | FORGED)
    assert asked.status_code == 204, asked.text
    await work()
    mail = next(one for one in reversed(postbox.mails) if one["To"] == address)
    assert (await http.post("/api/mail/confirm", json={"secret": secret_in(mail, "/mail")})).status_code == 204
    await work()


async def test_a_notice_is_confirmed_to_somebody_without_an_account(
    http: httpx.AsyncClient, work: Work, postbox: Postbox
) -> None:
    await join(http, "ada")
    body = {
        "address": f"{URL}/@ada", "reason": "illegal", "why": "It sells counterfeits.", "name": "Ida",
        "email": "ida@example.org", "good_faith": True, "language": "fr",
    }  # fmt: skip
    received = (await http.post("/api/legal/notices", json=body, headers=FORGED)).json()
    assert received["mailed"]
    await work()
    [mail] = postbox.mails
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert (mail["To"], mail["Subject"]) == ("ida@example.org", TEXTS["notice_received", "fr"].subject)
    assert received["reference"] in plain.get_content()
    assert f"{URL}/legal" in plain.get_content()
    assert "counterfeits" not in plain.get_content()
    assert received["secret"] not in plain.get_content()


async def test_an_address_counts_once_its_link_is_posted(
    http: httpx.AsyncClient, work: Work, postbox: Postbox, moved: MovedClock
) -> None:
    ada, bob = await join(http, "ada"), await join(http, "bob")

    async def kept(who: dict[str, str]) -> dict[str, str]:
        mail: dict[str, str] = (await http.get("/api/security", headers=who)).json()["mail"]
        return mail

    await http.put("/api/people/me/address", json={"address": "ada@example.org"}, headers=ada)
    assert await kept(ada) == {"address": "", "pending": "ada@example.org"}
    await work()
    [mail] = postbox.mails
    assert (mail["To"], mail["From"]) == ("ada@example.org", "Cadeau <hello@live.example.org>")
    secret = secret_in(mail, "/mail")
    for _ in range(10):  # a mail scanner
        assert (await http.get(f"/mail?{secret}")).status_code == 200
    assert (await kept(ada))["address"] == ""
    assert (await http.post("/api/mail/confirm", json={"secret": secret})).status_code == 204
    assert await kept(ada) == {"address": "ada@example.org", "pending": ""}
    assert said(await http.post("/api/mail/confirm", json={"secret": secret})) == (410, "link_spent")

    await http.put("/api/people/me/address", json={"address": "ADA@Example.org"}, headers=bob)
    await work()
    taken = {"secret": secret_in(postbox.mails[-1], "/mail")}
    assert said(await http.post("/api/mail/confirm", json=taken)) == (409, "address_taken")

    await http.put("/api/people/me/address", json={"address": "bob@example.org"}, headers=bob)
    await work()
    moved.later_ms += LIFE_MS["verify"]
    late = {"secret": secret_in(postbox.mails[-1], "/mail")}
    assert said(await http.post("/api/mail/confirm", json=late)) == (410, "link_spent")


@pytest.mark.parametrize(
    "address", ["", "ada", "a@b", "a@b c.org", "ada@example.org\nBcc: x@y.org", "a" * 65 + "@b.org"]
)
async def test_what_is_no_address_gets_no_mail(
    http: httpx.AsyncClient, work: Work, postbox: Postbox, address: str
) -> None:
    ada = await join(http, "ada")
    asked = await http.put("/api/people/me/address", json={"address": address}, headers=ada)
    assert said(asked) == (400, "invalid_request")
    await work()
    assert postbox.mails == []


async def test_the_former_address_can_undo_a_change_for_a_week_even_after_two_changes(
    http: httpx.AsyncClient, work: Work, postbox: Postbox, moved: MovedClock
) -> None:
    ada = await join(http, "ada")
    await prove(http, work, postbox, ada, "ada@example.org")
    await prove(http, work, postbox, ada, "thief@example.org")
    await prove(http, work, postbox, ada, "thief2@example.org")
    told = [mail for mail in postbox.mails if mail["Subject"] == TEXTS["address_changed", "en"].subject]
    assert [mail["To"] for mail in told] == ["ada@example.org"]
    moved.later_ms += LIFE_MS["undo"] - 60_000
    assert (await http.get("/api/people/me", headers=ada)).status_code == 200
    undo = {"secret": secret_in(told[0], "/mail")}
    assert (await http.post("/api/mail/undo", json=undo)).status_code == 204
    assert (await http.get("/api/people/me", headers=ada)).status_code == 401, "all devices are signed out"
    ada = {"Authorization": f"Bearer {(await sign_in(http, 'ada')).json()['token']}"}
    assert (await http.get("/api/security", headers=ada)).json()["mail"]["address"] == "ada@example.org"
    assert said(await http.post("/api/mail/undo", json=undo)) == (410, "link_spent")


async def test_a_removed_address_is_told_and_can_undo(http: httpx.AsyncClient, work: Work, postbox: Postbox) -> None:
    ada = await join(http, "ada")
    await prove(http, work, postbox, ada, "ada@example.org")
    assert (await http.delete("/api/people/me/address", headers=ada)).status_code == 204
    await work()
    undo = {"secret": secret_in(postbox.mails[-1], "/mail")}
    assert (await http.post("/api/mail/undo", json=undo)).status_code == 204


async def test_a_forgotten_password_is_replaced_by_a_link_that_counts_once(
    http: httpx.AsyncClient, work: Work, postbox: Postbox, moved: MovedClock, cadeau: Cadeau
) -> None:
    ada = await join(http, "ada")
    await prove(http, work, postbox, ada, "ada@example.org")
    before = len(postbox.mails)
    answers = [
        await http.post("/api/password-resets", json={"who": who}, headers=FORGED)
        for who in ("ADA@example.org", "nobody@example.org", "nobody", "@ada")
    ]
    assert {(one.status_code, one.content) for one in answers} == {(204, b"")}
    await work()
    links = [secret_in(mail, "/reset") for mail in postbox.mails[before:]]
    assert len(links) == 2, "by the address and by the handle"

    async def spend(secret: str, new: str = NEW) -> tuple[int, str]:
        return said(await http.post("/api/password-resets/spend", json={"secret": secret, "new": new}))

    assert await spend(links[0]) == (410, "link_spent"), "one is open at a time"
    assert await spend(links[1], "password123") == (422, "password_too_common")
    for _ in range(10):
        assert (await http.get(f"/reset?{links[1]}")).status_code == 200
    assert await spend(links[1]) == (204, "")
    assert await spend(links[1]) == (410, "link_spent")
    assert (await http.get("/api/people/me", headers=ada)).status_code == 401
    assert said(await sign_in(http, "ada")) == (401, "wrong_credentials")
    assert (await sign_in(http, "ada", NEW)).status_code == 201
    await work()
    subjects = [mail["Subject"] for mail in postbox.mails]
    assert TEXTS["password_changed", "en"].subject in subjects

    for _ in range(3):
        await http.post("/api/password-resets", json={"who": "ada"})
    await work()
    resets = [mail for mail in postbox.mails if mail["Subject"] == TEXTS["reset", "en"].subject]
    assert len(resets) == 3, "three a day"
    moved.later_ms += LIFE_MS["reset"]
    assert await spend(secret_in(resets[-1], "/reset")) == (410, "link_spent")


async def test_nobody_is_told_of_an_account_without_an_address(
    http: httpx.AsyncClient, work: Work, postbox: Postbox
) -> None:
    await join(http, "ada")
    assert (await http.post("/api/password-resets", json={"who": "ada"})).status_code == 204
    assert (await sign_in(http, "ada")).status_code == 201
    await work()
    assert postbox.mails == []


async def test_the_owner_hears_of_a_sign_in_on_an_unknown_device_in_their_language(
    http: httpx.AsyncClient, work: Work, postbox: Postbox
) -> None:
    joined = await http.post("/api/people", json={"handle": "ada", "password": PASSWORD, "birthdate": "1990-05-17"})
    known = {"Cookie": f"cadeau_device={joined.cookies.get('__Host-cadeau_device')}"}
    known = {"Cookie": known["Cookie"].replace("cadeau_device", "__Host-cadeau_device")}
    http.cookies.clear()
    ada = {"Authorization": f"Bearer {joined.json()['token']}"}
    await prove(http, work, postbox, ada, "ada@example.org")
    await http.patch("/api/people/me", json={"language": "fr"}, headers=ada)
    before = len(postbox.mails)
    body = {"handle": "ada", "password": PASSWORD}
    assert (await http.post("/api/sessions", json=body, headers=known)).status_code == 201
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"}
    http.cookies.clear()
    assert (await http.post("/api/sessions", json=body, headers=agent)).status_code == 201
    http.cookies.clear()
    await work()
    [mail] = postbox.mails[before:]
    assert mail["Subject"] == TEXTS["new_sign_in", "fr"].subject
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "Firefox, Linux" in plain.get_content()


async def test_what_could_not_be_sent_is_sent_later_and_no_secret_is_stored_or_logged(
    http: httpx.AsyncClient,
    work: Work,
    postbox: Postbox,
    moved: MovedClock,
    cadeau: Cadeau,
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs(json=False)  # as a server logs
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the postbox's own
    ada = await join(http, "ada")
    postbox.refuse = "451 ada@example.org: try later"
    await http.put("/api/people/me/address", json={"address": "ada@example.org"}, headers=ada)
    await work()
    assert postbox.mails == []
    postbox.refuse = ""
    moved.later_ms += 120_000
    [send] = [one for part in cadeau.parts for one in part.schedules if one.kind == "people.send_mail"]
    cadeau.core.database.write(lambda c: cadeau.core.jobs.table.add(c, send.kind, "", {}))
    await work()
    [mail] = postbox.mails
    secret = secret_in(mail, "/mail")
    logged = capsys.readouterr()
    assert secret not in logged.out + logged.err
    assert "ada@example.org" not in logged.out + logged.err
    assert (await http.post("/api/mail/confirm", json={"secret": secret})).status_code == 204


def test_the_doctor_tries_the_mail_server_and_warns_of_the_passkeys_name(cadeau: Cadeau, mail_port: int) -> None:
    def finding(subject: str, **changed: object) -> tuple[str, str]:
        [found] = examine(replace(cadeau.core.settings, **changed), only=subject)  # type: ignore[arg-type]
        return found.verdict.value, found.text

    assert finding("mail") == ("ok", "localhost lets us in, over TLS")
    assert finding("mail", smtp_url=f"smtp://{USER}:wrong@localhost:{mail_port}")[0] == "problem"
    assert finding("mail", smtp_ca="")[0] == "problem", "a certificate that nobody vouches for"
    assert finding("passkeys") == ("ok", "they will belong to live.example.org, the host name in CADEAU_PUBLIC_URL")
    assert finding("passkeys", public_url="http://192.0.2.1")[0] == "note"
    ada = cadeau.people.accounts.join("ada", PASSWORD, date(1990, 1, 1)).id
    key = {"id": b"x", "person": ada, "public_key": b"", "sign_count": 0, "name": "x", "created_at": 0, "used_at": 0}
    cadeau.core.database.write(lambda c: c.execute(insert(passkeys).values(key)))
    verdict, text = finding("passkeys")
    assert verdict == "note"
    assert text.startswith("1 belong to live.example.org")


def test_every_mail_is_in_both_languages() -> None:
    assert {(kind, "en") for kind, _ in TEXTS} | {(kind, "fr") for kind, _ in TEXTS} == set(TEXTS)


@pytest.mark.parametrize(
    "values",
    [
        {"smtp_url": "http://mail.example"}, {"smtp_url": "smtp://"}, {"smtp_url": "smtp://mail.example"},
        {"smtp_url": "smtp://mail.example", "mail_from": "nobody"}, {"staff_factor_days": -1},
    ],
)  # fmt: skip
def test_settings_that_could_send_nothing_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        Settings(**values)  # type: ignore[arg-type]
