"""An agency holds once the creator has accepted it, and never otherwise."""

from __future__ import annotations

import pytest

from core.errors import NotFound
from money.agreements import BEGINS_AFTER_MS, NOTICE_DAYS, PROPOSAL_DAYS, Proposal
from money.agreements import proposals as module
from money.earnings import DAY_MS
from money.errors import InvalidAgreement, ProposalNotOpen
from money.part import Money
from tests.money.agreements.conftest import agree, held
from tests.money.conftest import START, HeldClock


def propose(money: Money, agency: str = "zoe", platform: int = 30, agencys: int = 20, at: int = 0) -> Proposal:
    return money.database.write(
        lambda c: money.agreements.proposals.propose(c, "bob", agency, platform, agencys, at, "root")
    )


def accept(money: Money, proposal: Proposal, who: str = "bob") -> int:
    made = money.database.write(lambda c: money.agreements.proposals.accept(c, who, proposal.id))
    return made.valid_from


def test_a_proposal_changes_nothing_until_it_is_accepted(money: Money, clock: HeldClock) -> None:
    proposal = propose(money)
    clock.now += DAY_MS
    assert held(money, "bob", clock.now + DAY_MS) == (40, None, 0)
    assert accept(money, proposal) == clock.now + BEGINS_AFTER_MS, "never in the past"
    assert held(money, "bob", clock.now + BEGINS_AFTER_MS) == (30, "zoe", 20)


def test_a_proposal_may_begin_later(money: Money) -> None:
    assert accept(money, propose(money, at=START + 9 * DAY_MS)) == START + 9 * DAY_MS


def test_only_the_creator_accepts_and_only_once(money: Money) -> None:
    proposal = propose(money)
    for other in ("zoe", "ada"):
        with pytest.raises(NotFound):
            accept(money, proposal, other)
    accept(money, proposal)
    with pytest.raises(ProposalNotOpen):
        accept(money, proposal)


@pytest.mark.parametrize("how", ["refused", "withdrawn", "replaced", "lapsed"])
def test_what_is_no_longer_open_cannot_be_accepted(money: Money, clock: HeldClock, how: str) -> None:
    proposal, proposals = propose(money), money.agreements.proposals
    if how == "refused":
        money.database.write(lambda c: proposals.refuse(c, "bob", proposal.id))
    elif how == "withdrawn":
        money.database.write(lambda c: proposals.withdraw(c, proposal.id))
    elif how == "replaced":
        propose(money, "yan")
    else:
        clock.now += PROPOSAL_DAYS * DAY_MS + 1
    with pytest.raises(ProposalNotOpen):
        accept(money, proposal)
    [*_, oldest] = money.database.read(lambda c: proposals.of(c, "bob"))
    assert oldest.state == ("withdrawn" if how == "replaced" else how)
    assert held(money, "bob", clock.now + DAY_MS) == (40, None, 0)


@pytest.mark.parametrize(
    ("agency", "platform", "agencys", "at"),
    [("bob", 30, 20, 0), ("zoe", 30, 0, 0), ("zoe", 60, 41, 0), ("zoe", -1, 20, 0), ("zoe", 30, 20, 2 * START)],
)
def test_what_cannot_be_agreed_cannot_be_proposed(
    money: Money, agency: str, platform: int, agencys: int, at: int
) -> None:
    with pytest.raises(InvalidAgreement):
        propose(money, agency, platform, agencys, at)


def test_a_creator_gets_a_limited_number_of_proposals(money: Money, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROPOSALS_MAX", 2)
    propose(money)
    propose(money)
    with pytest.raises(InvalidAgreement):
        propose(money)


def test_an_agency_keeps_its_notice_when_the_creator_takes_another_one(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    begins = accept(money, propose(money, "yan", 30, 10))
    assert begins == clock.now + NOTICE_DAYS * DAY_MS
    assert held(money, "bob", begins - 1) == (30, "zoe", 20)
    assert held(money, "bob", begins) == (30, "yan", 10)


def test_the_same_agency_may_change_its_terms_at_once(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    assert accept(money, propose(money, "zoe", 20, 15)) == clock.now + BEGINS_AFTER_MS


def test_whoever_gave_notice_already_need_not_give_it_again(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    ends = money.database.write(lambda c: money.agreements.agreements.leave(c, "bob"))
    clock.now += 10 * DAY_MS
    assert accept(money, propose(money, "yan", 30, 10)) == ends
