"""Confidential orders: nobody whom they are about hears of them before their time, and everybody does afterwards."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select

import cadeau.app  # noqa: F401  # so that all tables are there
from core.identity import Identity
from core.privacy import declared
from core.tables import metadata
from tests.served import Served
from tests.trust.cases.conftest import Desk
from tests.trust.cases.conftest import desk as desk
from tests.trust.legal.test_mails import Notifying
from tests.trust.legal.test_orders import Office
from tests.trust.legal.test_orders import office as office
from trust.audit.tables import audit
from trust.cases.rules import APPEAL_DAYS
from trust.cases.tables import decisions
from trust.errors import AppealNotPossible, DecisionNotFound, OrderNotConfidential, OrderNotFound
from trust.legal.confidential import WEEK_MS
from trust.privacy.export.rows import Rows

DAY_MS = 86_400_000
LEEWAY_MS = 600_000  # the clock of the tests runs


class Died(Exception):
    """What has begun is rolled back."""


def statements(desk: Desk, who: Identity | None = None, *, untold: bool = False) -> list[Any]:
    person = (who or desk.troll).id
    return desk.database.read(lambda c: desk.views.past(c, person, "", 10, untold=untold)).items


def told(desk: Desk, kind: str = "decision") -> list[Any]:
    return [one for one in desk.inbox.notices if one.kind == kind]


def removed(office: Office, weeks: int = 6) -> tuple[str, str, str]:
    """An order, the video that it names, and the decision about that."""
    video = office.desk.house.show(office.desk.troll)
    order = office.add(f"/video/{video}", confidential_weeks=weeks)
    office.remove(order)
    query = select(decisions.c.id).where(decisions.c.subject == video)
    return order, video, office.database.read(lambda c: c.execute(query).scalar_one())


def copy_of(desk: Desk, person: str) -> dict[str, list[Any]]:
    """All that a copy of somebody's data has."""
    rows = Rows(desk.database, desk.house.accounts)
    tables = [table for table in metadata.sorted_tables if declared(table).personal]
    return {table.name: list(rows.of(table, person)) for table in tables}


def test_the_author_is_told_once_the_weeks_are_over_and_can_appeal_for_six_months_from_then(office: Office) -> None:
    desk = office.desk
    order, _, decision = removed(office)
    desk.telling.run()
    assert (statements(desk), told(desk)) == ([], [])
    [kept] = statements(desk, untold=True)
    made = office.one(order)
    assert kept.untold_until == made.confidential_until == made.received_at + 6 * WEEK_MS
    with pytest.raises(DecisionNotFound):
        desk.appeal(decision)
    desk.clock.leap_ms += 6 * WEEK_MS
    desk.telling.run()
    desk.telling.run()
    [shown] = statements(desk)
    assert shown.untold_until is None
    assert 0 <= desk.clock() + APPEAL_DAYS * DAY_MS - shown.appeal_until < LEEWAY_MS
    assert [(one.person, one.text) for one in told(desk)] == [(desk.troll.id, "made")]
    desk.clock.leap_ms += APPEAL_DAYS * DAY_MS - LEEWAY_MS
    desk.appeal(decision)


def test_an_appeal_is_too_late_six_months_after_the_telling(office: Office) -> None:
    desk = office.desk
    _, _, decision = removed(office)
    desk.clock.leap_ms += 6 * WEEK_MS
    desk.telling.run()
    desk.clock.leap_ms += APPEAL_DAYS * DAY_MS + 1
    with pytest.raises(AppealNotPossible):
        desk.appeal(decision)


def test_a_copy_of_the_authors_data_shows_nothing_of_the_order_until_then(office: Office) -> None:
    desk = office.desk
    video = desk.house.show(desk.troll)
    before = copy_of(desk, desk.troll.id)
    order = office.add(f"/video/{video}", confidential_weeks=6)
    office.remove(order)
    during = copy_of(desk, desk.troll.id)
    assert [name for name, rows in during.items() if rows != before[name]] == ["videos"]
    [row] = during["videos"]
    assert row["visibility"] == "withheld"
    desk.clock.leap_ms += 6 * WEEK_MS
    desk.telling.run()
    after = copy_of(desk, desk.troll.id)
    assert {name: len(after[name]) for name in ("decisions", "legal_order_items", "cases")} == {
        "decisions": 1, "legal_order_items": 1, "cases": 1
    }  # fmt: skip


def test_whoever_reported_it_or_sent_a_notice_has_no_answer_before_the_author(office: Office) -> None:
    desk = office.desk
    notifying, video = Notifying(desk), desk.house.show(desk.troll)
    desk.report(video)
    notice = notifying.notify(video)
    office.remove(office.add(f"/video/{video}", confidential_weeks=6))
    assert (told(desk, "report"), notifying.state(notice)) == ([], "open")
    assert [one.kind for one in notifying.mails() if one.kind.startswith("notice")] == ["notice_received"]
    desk.clock.leap_ms += 6 * WEEK_MS
    desk.telling.run()
    assert [(one.person, one.text) for one in told(desk, "report")] == [(desk.fan.id, "upheld")]
    assert notifying.state(notice) == "upheld"
    kinds = [one.kind for one in notifying.mails() if one.kind.startswith("notice")]
    assert kinds == ["notice_received", "notice_upheld"]


def test_what_a_colleague_decides_in_its_case_is_kept_back_too(office: Office) -> None:
    desk = office.desk
    video = desk.reported()
    office.add(f"/video/{video}", confidential_weeks=1)
    desk.decide(desk.ben)
    assert statements(desk) == []
    desk.clock.leap_ms += WEEK_MS
    desk.telling.run()
    assert len(statements(desk)) == 1


def test_it_is_prolonged_once_and_only_before_its_end(office: Office) -> None:
    desk = office.desk
    order, _, _ = removed(office)

    def prolong() -> None:
        office.database.write(lambda c: office.orders.prolong(c, desk.ann, order, 6))

    prolong()
    with pytest.raises(OrderNotConfidential):
        prolong()
    assert statements(desk, untold=True)[0].untold_until == office.one(order).confidential_until
    desk.clock.leap_ms += 12 * WEEK_MS - LEEWAY_MS
    desk.telling.run()
    assert statements(desk) == []
    desk.clock.leap_ms += LEEWAY_MS
    desk.telling.run()
    assert len(statements(desk)) == 1
    order, _, _ = removed(office)
    desk.clock.leap_ms += 6 * WEEK_MS
    with pytest.raises(OrderNotConfidential):
        prolong()


def test_it_ends_sooner_when_the_authority_allows_it_unless_another_order_forbids_it(office: Office) -> None:
    desk = office.desk
    order, video, _ = removed(office)
    other = office.add(f"/video/{video}", confidential_weeks=2)

    def lift(one: str) -> None:
        office.database.write(lambda c: office.orders.lift(c, desk.ann, one))
        desk.telling.run()

    lift(order)
    assert statements(desk) == []
    assert statements(desk, untold=True)[0].untold_until == office.one(other).confidential_until
    lift(other)
    assert len(statements(desk)) == 1
    with pytest.raises(OrderNotConfidential):
        lift(other)


def test_a_death_in_between_tells_nobody_twice_and_forgets_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = office.desk
    for _ in range(3):
        removed(office)
    desk.clock.leap_ms += 6 * WEEK_MS
    heard: list[str] = []

    def dies(_: Any, decision: str) -> None:
        heard.append(decision)
        if len(heard) == 2:
            raise Died

    desk.telling.listen(dies)
    with pytest.raises(Died):
        desk.telling.run()
    assert len(statements(desk)) == 1
    runs = [threading.Thread(target=desk.telling.run) for _ in range(3)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert len(statements(desk)) == 3
    assert len({heard[0], *heard[2:]}) == len(heard) - 1 == 3


def test_of_the_staff_whom_it_is_about_neither_sees_it_nor_hears_the_alarm(office: Office) -> None:
    desk = office.desk
    video = desk.house.show(desk.ben)
    order = office.add(f"/video/{video}", confidential_weeks=6)
    assert {one.person for one in office.told()} == {desk.ann.id}
    assert office.database.read(lambda c: office.orders.page(c, desk.ben)) == ([], None)
    with pytest.raises(OrderNotFound):
        office.database.read(lambda c: office.orders.one(c, desk.ben, order))
    desk.clock.leap_ms += 6 * WEEK_MS
    desk.telling.run()
    assert [one.id for one in office.database.read(lambda c: office.orders.page(c, desk.ben))[0]] == [order]


def test_only_staff_prolong_or_end_it(shared_server: Served) -> None:
    member = shared_server.join()
    for method in ("POST", "DELETE"):
        path = "/api/moderation/orders/x/confidentiality"
        assert member.http.request(method, path, json={"weeks": 1}).status_code == 403


def test_who_is_shown_a_confidential_order_is_in_the_audit(office: Office) -> None:
    desk = office.desk
    open_order, secret = office.add("/video/gone"), office.add("/video/gone", confidential_weeks=1)
    shown = [office.one(open_order), office.one(secret)]
    office.database.write(lambda c: office.orders.note_read(c, desk.ben, shown))
    office.database.write(lambda c: office.orders.note_read(c, desk.ben, shown[:1]))
    query = select(audit.c.by, audit.c.subject).where(audit.c.what == "orders_read")
    assert office.database.read(lambda c: [*map(tuple, c.execute(query))]) == [(desk.ben.id, secret)]


def test_the_routes_note_who_reads_prolongs_and_ends_it(shared_server: Served) -> None:
    moderator, host = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    room = host.open_room()["id"]
    body = {
        "kind": "terrorist", "authority": "BKA", "reference": "TCO-9", "confidential_weeks": 6,
        "addresses": [f"{shared_server.url}/room/{room}"],
    }  # fmt: skip
    made = moderator.http.post("/api/moderation/orders", json=body).json()
    assert (made["confidential_until"] - made["received_at"], made["prolonged"]) == (6 * WEEK_MS, False)
    one = f"/api/moderation/orders/{made['id']}"
    removal = {"category": "public_security", "reason": "By order of the BKA."}
    assert moderator.http.post(f"{one}/removal", json=removal).json()["items"][0]["state"] == "removed"
    assert host.http.get("/api/decisions").json()["items"] == []
    for weeks in (-1, 0, 7):
        refused = moderator.http.post(f"{one}/confidentiality", json={"weeks": weeks})
        assert refused.json()["code"] == "invalid_request"
    for weeks in (-1, 7):
        refused = moderator.http.post("/api/moderation/orders", json=body | {"confidential_weeks": weeks})
        assert refused.json()["code"] == "invalid_request"
    assert moderator.http.post(f"{one}/confidentiality", json={"weeks": 2}).json()["prolonged"] is True
    again = moderator.http.post(f"{one}/confidentiality", json={"weeks": 2})
    assert (again.status_code, again.json()["code"]) == (409, "legal_order_not_confidential")
    assert made["id"] in [item["id"] for item in moderator.http.get("/api/moderation/orders").json()["items"]]
    assert "BKA" in moderator.http.get(f"{one}/form").text
    ended = moderator.http.delete(f"{one}/confidentiality").json()
    assert ended["confidential_until"] < made["confidential_until"]
