"""The rules are a pure function: no overdrafts, coins are conserved, and each key is posted once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import IdempotencyKeyReused
from money.errors import BalanceTooLarge, InsufficientCoins, InvalidTransfer
from money.ledger.accounts import COMMISSION, GRANT, pending, wallet
from money.ledger.rules import (
    BALANCE_MAX,
    KINDS_BELOW_ZERO,
    TRANSFER_AMOUNT_MAX,
    TRANSFER_ENTRIES_MAX,
    TRANSFER_KEY_CHARS_MAX,
    Account,
    Posted,
    Transfer,
    Verdict,
    decide,
)

ADA, BOB, CLEO = wallet("ada"), wallet("bob"), wallet("cleo")


def transfer(entries: dict[Account, int], key: str = "k", request: str = "") -> Transfer:
    return Transfer(key=key, kind="test", at=0, request=request, entries=entries, detail={})


def test_a_transfer_changes_balances_by_its_amounts() -> None:
    [verdict] = decide({ADA: 10, BOB: 1}, [transfer({ADA: -7, BOB: 7})])
    assert isinstance(verdict, Posted)
    assert verdict.balances == {ADA: 3, BOB: 8}


def test_a_wallet_can_be_emptied_but_not_overdrawn() -> None:
    verdicts = decide({ADA: 10}, [transfer({ADA: -11, BOB: 11}, "a"), transfer({ADA: -10, BOB: 10}, "b")])
    assert isinstance(verdicts[0], InsufficientCoins)
    assert isinstance(verdicts[1], Posted)


def test_coins_received_earlier_in_a_batch_can_be_spent_later_in_it() -> None:
    chain = [transfer({ADA: -5, BOB: 5}, "a"), transfer({BOB: -5, CLEO: 5}, "b"), transfer({CLEO: -5, ADA: 5}, "c")]
    assert all(isinstance(verdict, Posted) for verdict in decide({ADA: 5}, chain))
    assert [type(v) for v in decide({ADA: 5}, chain[::-1])] == [InsufficientCoins, InsufficientCoins, Posted]


@pytest.mark.parametrize(
    "entries",
    [
        {ADA: -5, BOB: 4},
        {ADA: 5, BOB: 5},
        {GRANT: -5, Account("ada", "wallet", "USD"): 5},  # each unit must balance
        {ADA: -5, BOB: 5, Account("x", "provider", "USD"): -1},
        {ADA: 0},
        {},
        {Account(str(n), "wallet", "coins"): 0 for n in range(TRANSFER_ENTRIES_MAX + 1)},
        {GRANT: -TRANSFER_AMOUNT_MAX - 1, ADA: TRANSFER_AMOUNT_MAX + 1},
        {GRANT: -1.0, ADA: 1.0},
        {GRANT: False, ADA: False},
        {GRANT: "-1", ADA: "1"},
    ],
)
def test_an_invalid_transfer_is_refused(entries: Any) -> None:
    [verdict] = decide({ADA: 100, BOB: 100}, [transfer(entries)])
    assert isinstance(verdict, InvalidTransfer)


@pytest.mark.parametrize("key", ["", "k" * (TRANSFER_KEY_CHARS_MAX + 1)])
def test_the_length_of_a_key_is_limited(key: str) -> None:
    [verdict] = decide({ADA: 5}, [transfer({ADA: -5, BOB: 5}, key)])
    assert isinstance(verdict, InvalidTransfer)


def test_balances_stay_within_json_integers() -> None:
    [up] = decide({BOB: BALANCE_MAX, ADA: 1}, [transfer({ADA: -1, BOB: 1})])
    [down] = decide({GRANT: -BALANCE_MAX}, [transfer({GRANT: -1, BOB: 1})])
    assert isinstance(up, BalanceTooLarge)
    assert isinstance(down, BalanceTooLarge)


def test_a_key_is_posted_once_and_only_for_one_request() -> None:
    gift = transfer({ADA: -5, BOB: 5}, request="five to bob")
    other = transfer({ADA: -5, CLEO: 5}, request="five to cleo")
    first, again, reused = decide({ADA: 10}, [gift, gift, other])
    assert isinstance(first, Posted)
    assert not first.replayed
    assert isinstance(again, Posted)
    assert again.replayed
    assert again.balances == first.balances == {ADA: 5, BOB: 5}
    assert isinstance(reused, IdempotencyKeyReused)


def test_a_retry_returns_the_posted_result_even_after_terms_changed() -> None:
    asked = transfer({ADA: -10, BOB: 6, COMMISSION: 4}, request="ten to bob")
    [first] = decide({ADA: 10}, [asked])
    assert isinstance(first, Posted)
    dearer = transfer({ADA: -10, BOB: 1, COMMISSION: 9}, request="ten to bob")
    [again] = decide({ADA: 0, BOB: 6, COMMISSION: 4}, [dearer], {"k": first})
    assert isinstance(again, Posted)
    assert again.replayed
    assert again.entries == asked.entries


accounts = st.sampled_from([ADA, BOB, CLEO, pending("ada"), COMMISSION, GRANT])
amounts = st.integers(-60, 60)


@st.composite
def transfers(draw: st.DrawFn) -> Transfer:
    entries = draw(st.dictionaries(accounts, amounts, min_size=1, max_size=4))
    if draw(st.integers(0, 9)):  # most of them balance
        last = draw(accounts.filter(lambda account: account not in entries))
        entries[last] = -sum(entries.values())
    return transfer(entries, key=draw(st.sampled_from("abcdefghij")), request=draw(st.sampled_from("xxxy")))


@given(st.lists(transfers(), max_size=30), st.integers(0, 100))
def test_any_batch_keeps_the_ledger_consistent(asked: list[Transfer], coins: int) -> None:
    balances = {ADA: coins, GRANT: -coins}
    posted: set[str] = set()
    for t, verdict in zip(asked, decide(balances, asked), strict=True):
        if not isinstance(verdict, Posted):
            continue
        assert verdict.replayed == (t.key in posted)
        if not verdict.replayed:
            posted.add(t.key)
            for account, amount in t.entries.items():
                balances[account] = balances.get(account, 0) + amount
                assert verdict.balances[account] == balances[account]
    assert sum(balances.values()) == 0
    assert all(balance >= 0 or account.kind in KINDS_BELOW_ZERO for account, balance in balances.items())


@given(st.lists(transfers(), max_size=30), st.integers(0, 100), st.integers(0, 30))
def test_splitting_transfers_into_batches_changes_nothing(asked: list[Transfer], coins: int, cut: int) -> None:
    whole = decide({ADA: coins}, asked)
    balances = {ADA: coins}
    posted: dict[str, Posted] = {}
    parts: list[Verdict] = []
    for part in (asked[:cut], asked[cut:]):
        verdicts = decide(balances, part, posted)
        parts += verdicts
        for t, verdict in zip(part, verdicts, strict=True):
            if isinstance(verdict, Posted) and not verdict.replayed:
                balances.update(verdict.balances)
                posted[t.key] = verdict
    assert [v if isinstance(v, Posted) else type(v) for v in whole] == [
        v if isinstance(v, Posted) else type(v) for v in parts
    ]


@given(st.permutations([transfer({GRANT: -n, wallet(f"p{n % 3}"): n}, key=str(n)) for n in range(1, 8)]))
def test_transfers_that_cannot_overdraw_commute(asked: list[Transfer]) -> None:
    balances: dict[Account, int] = {}
    for verdict in decide({}, asked):
        assert isinstance(verdict, Posted)
        balances.update(verdict.balances)
    assert balances == {GRANT: -28, wallet("p0"): 9, wallet("p1"): 12, wallet("p2"): 7}
