"""Advertisers: who may do what, and when their names count as verified."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from core.errors import AdultsOnly, Conflict, InvalidRequest, NotAllowed, NotFound
from core.identity import Identity
from money.providers import Purchase
from tests.vod.ads.campaigns.conftest import Agency, as_admin
from vod.ads.campaigns import advertisers as module
from vod.ads.campaigns.advertisers import Role
from vod.errors import AdvertiserNotFound, InvalidCampaign


def edit(agency: Agency, who: Identity, **terms: Any) -> str:
    values = {"name": "Corner Bakery", "payer": None, "country": "FR", "zone": "Europe/Paris"} | terms
    return agency.studio.advertisers.edit(agency.bakery.id, who, **values).state


def test_for_outsiders_an_advertiser_does_not_exist(agency: Agency) -> None:
    for who in (agency.bob, agency.eve):
        with pytest.raises(AdvertiserNotFound):
            agency.house.database.read(lambda c: agency.studio.advertisers.check(c, agency.bakery.id, who))  # noqa: B023
        with pytest.raises(AdvertiserNotFound):
            agency.studio.advertisers.set_member(agency.bakery.id, who, who.handle, "owner")
        with pytest.raises(AdvertiserNotFound):
            edit(agency, who)
    assert agency.house.database.read(lambda c: agency.studio.advertisers.of(c, agency.bob)) == []


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_only_owners_change_the_account_and_its_members(agency: Agency, role: Role) -> None:
    agency.join(agency.bob, role)
    [seen] = agency.house.database.read(lambda c: agency.studio.advertisers.of(c, agency.bob))
    assert (seen.id, seen.role) == (agency.bakery.id, role)
    with pytest.raises(NotAllowed):
        edit(agency, agency.bob)
    with pytest.raises(NotAllowed):
        agency.studio.advertisers.set_member(agency.bakery.id, agency.bob, agency.bob.handle, "owner")
    with pytest.raises(NotAllowed):
        agency.studio.advertisers.remove_member(agency.bakery.id, agency.bob, agency.ada.handle)
    agency.studio.advertisers.remove_member(agency.bakery.id, agency.bob, agency.bob.handle)
    with pytest.raises(AdvertiserNotFound):
        agency.house.database.read(lambda c: agency.studio.advertisers.check(c, agency.bakery.id, agency.bob))


def test_nobody_is_a_member_by_somebody_elses_word(agency: Agency) -> None:
    """Their videos could be made ads, and they would win no prize of its challenges."""
    members, read, mine = agency.studio.advertisers, agency.house.database.read, agency.bakery.id
    for role in ("viewer", "editor"):
        assert members.set_member(mine, agency.ada, agency.bob.handle, role)[-1].invited
    with pytest.raises(InvalidCampaign):
        agency.book(creatives=[agency.creative(video=agency.house.show(agency.bob))])
    [asked] = read(lambda c: members.invitations(c, agency.bob))
    assert (asked.advertiser, asked.name, asked.role, asked.by and asked.by.id) == (
        mine, "Corner Bakery", "editor", agency.ada.id
    )  # fmt: skip
    assert read(lambda c: members.members_of(c, mine)) == {agency.ada.id}
    members.decline(mine, agency.bob)
    with pytest.raises(NotFound):
        members.accept(mine, agency.bob)
    members.set_member(mine, agency.ada, agency.bob.handle, "viewer")
    members.remove_member(mine, agency.ada, agency.bob.handle)
    with pytest.raises(NotFound):
        members.accept(mine, agency.bob)
    members.set_member(mine, agency.ada, agency.bob.handle, "viewer")
    with pytest.raises(AdultsOnly):
        members.accept(mine, replace(agency.bob, adult=False))
    assert members.accept(mine, agency.bob).role == "viewer"
    assert read(lambda c: members.invitations(c, agency.bob)) == []
    assert [one.invited for one in read(lambda c: members.members(c, mine, agency.bob))] == [False, False]


def test_there_is_always_an_owner(agency: Agency) -> None:
    mine, members = agency.bakery.id, agency.studio.advertisers
    with pytest.raises(Conflict):
        members.remove_member(mine, agency.ada, agency.ada.handle)
    with pytest.raises(Conflict):
        members.set_member(mine, agency.ada, agency.ada.handle, "viewer")
    agency.join(agency.bob, "owner")
    refused: list[Exception] = []

    def leave(who: Identity) -> None:
        try:
            members.remove_member(mine, who, who.handle)
        except Conflict as conflict:
            refused.append(conflict)

    threads = [threading.Thread(target=leave, args=(who,)) for who in (agency.ada, agency.bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1


def test_nobody_without_an_account_becomes_a_member(agency: Agency) -> None:
    with pytest.raises(NotFound):
        agency.studio.advertisers.set_member(agency.bakery.id, agency.ada, "nobody.at.all", "viewer")


def test_accounts_and_members_are_limited(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMBERS_MAX", 2)
    agency.join(agency.bob, "viewer")
    agency.join(agency.bob, "editor")
    with pytest.raises(Conflict):
        agency.join(agency.eve, "viewer")
    monkeypatch.setattr(module, "ADVERTISERS_PER_PERSON_MAX", 1)
    with pytest.raises(Conflict):
        agency.open_account()


def test_minors_do_not_advertise(agency: Agency) -> None:
    young = Identity("young", "young", "Young", "member", adult=False)
    with pytest.raises(AdultsOnly):
        agency.open_account(young)


@pytest.mark.parametrize(
    "terms",
    [
        {"name": "\u202e\u200b"},
        {"name": "x" * 81},
        {"country": "fr"},
        {"country": "FRA"},
        {"country": ""},
        {"zone": "Mars/Olympus"},
        {"zone": "../../etc/passwd"},
        {"zone": ""},
        {"payer": "x" * 81},
    ],
)
def test_invalid_accounts_are_refused(agency: Agency, terms: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        agency.open_account(**terms)
    with pytest.raises(InvalidRequest):
        edit(agency, agency.ada, **terms)


def test_another_name_or_payer_is_verified_again(agency: Agency) -> None:
    campaign = agency.running()
    assert agency.shown() == [campaign.id]
    assert edit(agency, agency.ada, country="BE", zone="Europe/Brussels") == "verified"
    for change in ({"name": "Your Bank"}, {"payer": "Somebody else"}):
        assert edit(agency, agency.ada, **change) == "new"
        assert agency.shown() == []
        agency.verify(agency.account())
        assert agency.shown() == [campaign.id]


def test_what_is_verified_is_what_was_seen(agency: Agency) -> None:
    edit(agency, agency.ada, name="Your Bank")
    with pytest.raises(Conflict):
        agency.verify()
    assert agency.account().state == "new"


def test_a_rejected_name_has_a_reason_and_can_be_mended(agency: Agency) -> None:
    decide, mine = agency.studio.advertisers.decide, agency.bakery
    with pytest.raises(InvalidRequest):
        decide(mine.id, agency.eve, name=mine.name, payer=None, verified=False, reason=" ")
    decide(mine.id, agency.eve, name=mine.name, payer=None, verified=False, reason="No such company")
    assert (agency.account().state, agency.account().reason) == ("rejected", "No such company")
    assert edit(agency, agency.ada, name="Corner Bakery Ltd") == "new"
    assert agency.account().reason == ""


def test_a_member_verifies_nobody_they_belong_to(agency: Agency) -> None:
    agency.join(agency.eve, "viewer")
    with pytest.raises(NotAllowed):
        agency.verify()
    with pytest.raises(AdvertiserNotFound):
        agency.studio.advertisers.decide("nothing", agency.eve, name="x", payer=None, verified=True, reason="")


def test_names_wait_in_the_order_they_came(agency: Agency) -> None:
    second = agency.open_account(agency.bob, name="Butcher")
    waiting = agency.house.database.read(lambda c: agency.studio.advertisers.to_verify(c, "", 1))
    assert [one.id for one in waiting] == [agency.bakery.id, second.id], (
        "one more than asked for says that there is more"
    )


def test_only_admins_open_accounts_for_house_ads(agency: Agency) -> None:
    with pytest.raises(NotAllowed):
        agency.open_account(agency.eve, house=True)
    assert agency.open_account(as_admin(agency.eve), house=True).state == "verified"


def disputed(agency: Agency, state: Any) -> None:
    purchase = Purchase("p", agency.ada.id, "", 1, 1, "EUR", "stripe", None, None, state, advertiser=agency.bakery.id)
    agency.house.database.write(lambda c: agency.studio.advertisers.disputed(c, purchase))


def test_a_dispute_stops_all_campaigns_until_it_is_won(agency: Agency) -> None:
    campaign = agency.running()
    disputed(agency, "disputed")
    assert (agency.account().stopped, agency.shown()) == ("dispute", [])
    disputed(agency, "won")
    assert (agency.account().stopped, agency.shown()) == ("", [campaign.id])
    disputed(agency, "disputed")
    disputed(agency, "lost")
    assert agency.shown() == []
    agency.studio.advertisers.stop(agency.bakery.id, agency.root, stopped=False)
    assert agency.shown() == [campaign.id], "an admin may let it go on"


def test_no_admin_lets_an_advertiser_of_their_own_go_on(agency: Agency) -> None:
    agency.join(agency.root, "viewer")
    disputed(agency, "disputed")
    with pytest.raises(NotAllowed):
        agency.studio.advertisers.stop(agency.bakery.id, agency.root, stopped=False)
    assert agency.account().stopped == "dispute"


def test_what_an_admin_stopped_no_dispute_starts_again(agency: Agency) -> None:
    agency.studio.advertisers.stop(agency.bakery.id, agency.root, stopped=True)
    disputed(agency, "disputed")
    disputed(agency, "won")
    assert agency.account().stopped == "admin"
    with pytest.raises(AdvertiserNotFound):
        agency.studio.advertisers.stop("nothing", agency.root, stopped=True)
