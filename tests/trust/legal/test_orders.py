"""Orders of authorities: recorded, carried out by one button, answered, and never late in silence."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from core.errors import InvalidRequest
from core.jobs import Jobs
from core.storage import FolderStorage
from people.inbox.notices import Notice
from people.mail.outbox import Outbox
from people.tables import mail_addresses, mail_outbox
from tests.served import Person, Served
from tests.trust.cases.conftest import Desk
from tests.trust.cases.conftest import desk as desk
from trust.audit.tables import audit
from trust.cases.direct import Direct
from trust.cases.intake import Intake
from trust.cases.tables import decisions
from trust.errors import OrderClosed
from trust.legal.alarm import SOON_MS, Alarm, late_orders
from trust.legal.confidential import Confidentiality
from trust.legal.contacts import Contacts
from trust.legal.form import form_of
from trust.legal.orders import HOUR_MS, ITEMS_MAX, KEPT_DAYS, NewOrder, Order, OrderAnswer, Orders, Removal
from trust.legal.places import Place, Places
from trust.reports import Subject
from vod.catalogue.files import Files, VideoFile
from vod.tables import stored_files

REMOVAL = Removal(category="public_security", reason="Removed by order of the BKA (TCO-7).")
DAY_MS = 24 * HOUR_MS
END_S_MAX = 10.0


class Office:
    """Orders about the videos of a house."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.database, house = desk, desk.database, desk.house
        places = Places("https://live.example.org")
        places.add("video", lambda c, video, who: Place(
            Subject("video", video), house.vod.videos.visible(c, video, who).person
        ))  # fmt: skip
        places.add("profile", lambda c, handle, _: _person(house.accounts.by_handle(c, handle).id))
        intake = Intake(desk.clock, desk.subjects)
        direct = Direct(desk.clock, desk.queue, desk.decisions, intake, house.accounts.moderators)
        secret = Confidentiality(desk.clock, desk.telling, desk.audit)
        self.orders = Orders(desk.clock, places, desk.subjects, direct, desk.audit, secret)
        self.orders.keep_by(lambda c, subject, until: house.vod.moderation.keep_files(c, subject.id, until))
        outbox = Outbox(Jobs(desk.database, desk.clock), desk.clock, enabled=True)
        self.alarm = Alarm(desk.database, desk.clock, desk.inbox, outbox, house.accounts.staff)
        for one, role in ((desk.ann, "admin"), (desk.ben, "moderator")):
            house.accounts.grant(one.handle, role)  # type: ignore[arg-type]

    def add(self, *addresses: str, **given: Any) -> str:
        new = NewOrder(kind="terrorist", authority="BKA", reference="TCO-7", addresses=[*addresses], **given)

        def write(connection: Any) -> str:
            made = self.orders.add(connection, self.desk.ann, new)
            self.alarm.ring(connection, made)
            return made

        return self.database.write(write)

    def remove(self, order: str) -> None:
        for number in self.database.read(lambda c: self.orders.waiting(c, self.desk.ann, order)):
            self.database.write(lambda c, number=number: self.orders.remove(c, self.desk.ann, order, number, REMOVAL))  # type: ignore[misc]

    def one(self, order: str) -> Order:
        return self.database.read(lambda c: self.orders.one(c, self.desk.ann, order))

    def told(self) -> list[Notice]:
        return [one for one in self.desk.inbox.notices if one.kind == "legal_order"]


def _person(id: str) -> Place:
    return Place(Subject("person", id), id)


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


def test_an_order_leaves_one_hour_from_when_it_was_received_and_all_of_the_staff_hear_of_it(office: Office) -> None:
    desk = office.desk
    received = desk.clock() - 10 * 60_000
    order = office.add(f"/video/{desk.house.show(desk.troll)}", received_at=received, hours=720)
    assert office.one(order).due_at == received + HOUR_MS
    assert {one.person for one in office.told()} == {desk.ann.id, desk.ben.id}
    assert {one.text for one in office.told()} == {"received"}


def test_the_alarm_rings_once_when_time_is_short_and_once_when_it_is_over(office: Office) -> None:
    desk = office.desk
    office.add(f"/video/{desk.house.show(desk.troll)}")
    for passed, codes in ((0, []), (HOUR_MS - SOON_MS, ["soon"]), (SOON_MS, ["late"])):
        desk.inbox.notices.clear()
        desk.clock.leap_ms += passed
        office.alarm.look()
        office.alarm.look()
        assert [one.text for one in office.told() if one.person == desk.ann.id] == codes
    assert office.database.read(lambda c: late_orders(c, desk.clock())) == (1, 1)


def test_the_button_hides_what_the_order_names_and_says_why(office: Office) -> None:
    desk = office.desk
    shown, private = desk.house.show(desk.troll), desk.house.show(desk.troll, visibility="private")
    order = office.add(f"https://live.example.org/video/{shown}", f"/video/{private}", "/video/gone")
    assert [item.state for item in office.one(order).items] == ["waiting", "waiting", "missing"]
    office.remove(order)
    done = office.one(order)
    assert [item.state for item in done.items] == ["removed", "removed", "missing"]
    assert done.acted_at is not None
    assert office.database.read(lambda c: late_orders(c, desk.clock() + DAY_MS)) == (0, 0)
    statements = office.database.read(lambda c: desk.views.past(c, desk.troll.id, "", 10)).items
    assert {(one.content, one.ground, one.category, one.reason) for one in statements} == {
        ("hide", "law", "public_security", REMOVAL.reason)
    }


def test_what_is_held_by_a_colleague_or_was_left_as_it_is_goes_all_the_same(office: Office) -> None:
    desk = office.desk
    held, kept = desk.reported(), desk.house.show(desk.troll)
    desk.claimed(desk.ben)
    order = office.add(f"/video/{held}", f"/video/{kept}")
    office.remove(order)
    assert {item.state for item in office.one(order).items} == {"removed"}


def test_an_appeal_that_waits_shields_nothing_and_is_heard_afterwards(office: Office) -> None:
    desk = office.desk
    video = desk.reported()
    warned = desk.decide(content="keep", measure="warn")
    desk.appeal(warned)
    order = office.add(f"/video/{video}")
    office.remove(order)
    assert [item.state for item in office.one(order).items] == ["removed"]
    assert desk.case(video).state == "appealed"
    desk.judge(desk.ben, reverse=True)
    states = office.database.read(lambda c: c.execute(select(decisions.c.id, decisions.c.state)).all())
    assert sorted(one.state for one in states) == ["reversed", "standing"]


def test_files_stay_for_six_months_though_their_owner_deletes_the_video(office: Office, tmp_path: Path) -> None:
    desk, house = office.desk, office.desk.house
    video, keys = house.show(desk.troll), {"videos/a.mp4", "videos/a.webp"}
    files = Files(office.database, FolderStorage(tmp_path / "kept"), desk.clock)
    made = [VideoFile("480", "videos/a.mp4", 480, 854, 1, 1), VideoFile("poster", "videos/a.webp", 480, 854, 1, 0)]
    office.database.write(lambda c: files.claim(c, video, made))
    order = office.add(f"/video/{video}")
    office.remove(order)
    house.vod.videos.delete(video, desk.troll)

    def kept() -> set[str]:
        files.sweep()
        rows = select(stored_files.c.key).where(stored_files.c.key.in_(keys), stored_files.c.withdrawn == 1)
        return office.database.read(lambda c: set(c.execute(rows).scalars()))

    assert kept() == keys
    desk.clock.leap_ms += KEPT_DAYS * DAY_MS - HOUR_MS
    assert kept() == keys
    desk.clock.leap_ms += HOUR_MS
    assert kept() == set()


def test_it_is_answered_once_and_a_refusal_says_why(office: Office) -> None:
    desk = office.desk
    order = office.add(f"/video/{desk.house.show(desk.troll)}")
    with pytest.raises(Exception, match="why"):
        office.database.write(lambda c: office.orders.answer(c, desk.ann, order, OrderAnswer(outcome="refused")))
    refused = OrderAnswer(outcome="refused", text="The order names another video than it describes.")
    office.database.write(lambda c: office.orders.answer(c, desk.ann, order, refused))
    with pytest.raises(OrderClosed):
        office.database.write(lambda c: office.orders.answer(c, desk.ann, order, refused))
    with pytest.raises(OrderClosed):
        office.remove(order)
    form = form_of(office.one(order), Contacts("", "orders@live.example.org", ["en"], [], mails=False))
    assert "TCO-7" in form
    assert "names another video" in form
    assert "not yet removed" in form
    noted = office.database.read(lambda c: c.execute(select(audit.c.what)).scalars().all())
    assert noted == ["order_recorded", "order_answered"]


def test_they_are_read_page_by_page_those_that_wait_first(office: Office) -> None:
    made = [office.add(f"/video/{number}") for number in range(7)]
    done = OrderAnswer("done")
    for order in (made[5], made[0], made[3]):
        office.desk.clock.leap_ms += 1_000
        office.database.write(lambda c, order=order: office.orders.answer(c, office.desk.ann, order, done))  # type: ignore[misc]
    read, cursor = list[str](), ""
    while True:
        page, following = office.database.read(lambda c: office.orders.page(c, office.desk.ann, cursor, 2))  # noqa: B023
        read += [one.id for one in page]
        if following is None:
            break
        cursor = following
    assert read == [made[1], made[2], made[4], made[6], made[3], made[0], made[5]]
    with pytest.raises(InvalidRequest):
        office.database.read(lambda c: office.orders.page(c, office.desk.ann, "x"))


def test_one_button_ends_a_room_and_leaves_a_profile_to_a_persons_hand(shared_server: Served) -> None:
    moderator, host = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    room = host.open_room()["id"]
    body = {
        "kind": "terrorist", "authority": "BKA", "reference": "TCO-8",
        "addresses": [f"{shared_server.url}/room/{room}", f"/@{host.handle}"],
    }  # fmt: skip
    made = moderator.http.post("/api/moderation/orders", json=body)
    assert made.status_code == 201, made.text
    path = f"/api/moderation/orders/{made.json()['id']}"
    [mine] = _told(moderator)
    assert mine["text"] == "received"
    removal = {"category": "public_security", "reason": "By order of the BKA."}
    done = moderator.http.post(f"{path}/removal", json=removal).json()
    assert [item["state"] for item in done["items"]] == ["removed", "by_hand"]
    until = time.monotonic() + END_S_MAX
    while host.http.get(f"/api/rooms/{room}").json().get("state") not in ("ended", None):
        assert time.monotonic() < until
        time.sleep(0.05)
    answered = moderator.http.post(f"{path}/answer", json={"outcome": "done"}).json()
    assert answered["outcome"] == "done"
    assert moderator.http.post(f"{path}/removal", json=removal).json()["code"] == "legal_order_closed"
    assert "BKA" in moderator.http.get(f"{path}/form").text
    [shown] = [
        one for one in moderator.http.get("/api/moderation/orders").json()["items"] if one["reference"] == "TCO-8"
    ]
    assert shown["answered_at"] is not None


def _told(person: Person) -> list[Any]:
    items = person.http.get("/api/notifications").json()["items"]
    return [one for one in items if one["kind"] == "legal_order"]


def test_only_staff_sees_and_carries_out_orders(shared_server: Served) -> None:
    member = shared_server.join()
    for method, path in (
        ("GET", "/api/moderation/orders"), ("POST", "/api/moderation/orders"),
        ("POST", "/api/moderation/orders/x/removal"), ("POST", "/api/moderation/orders/x/answer"),
        ("GET", "/api/moderation/orders/x/form"),
    ):  # fmt: skip
        assert member.http.request(method, path, json={}).status_code == 403
        assert shared_server.http.request(method, path, json={}).status_code == 401


def test_hostile_orders_are_refused(shared_server: Served) -> None:
    moderator = shared_server.join()
    shared_server.grant(moderator, "moderator")
    good = {"kind": "illegal", "authority": "A", "reference": "B", "addresses": ["/video/x"]}
    changes: tuple[dict[str, Any], ...] = (
        {"addresses": []}, {"addresses": [""]}, {"addresses": ["x"] * (ITEMS_MAX + 1)}, {"authority": "  "},
        {"received_at": 10**15}, {"hours": 0}, {"kind": "other"}, {"note": "x" * 4_001}, {"reference": "x" * 201},
    )  # fmt: skip
    for change in changes:
        answer = moderator.http.post("/api/moderation/orders", json=good | change)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), change
    for path, body in (("removal", {"category": "violence", "reason": "x"}), ("answer", {"outcome": "done"})):
        gone = moderator.http.post(f"/api/moderation/orders/x/{path}", json=body)
        assert (gone.status_code, gone.json()["code"]) == (404, "legal_order_not_found")


def test_admins_are_told_by_mail_too(office: Office) -> None:
    desk = office.desk
    for one in (desk.ann, desk.ben):
        row = {"person": one.id, "address": f"{one.id}@example.org", "digest": one.id.encode(), "verified_at": 1}
        office.database.write(lambda c, row=row: c.execute(insert(mail_addresses).values(row)))  # type: ignore[misc]
    office.add(f"/video/{desk.house.show(desk.troll)}")
    mails = office.database.read(lambda c: c.execute(select(mail_outbox)).all())
    assert [(one.person, one.kind) for one in mails] == [(desk.ann.id, "legal_order")]
