"""A purchase moves forward only."""

from __future__ import annotations

from collections.abc import Iterator

from money.purchases.state import SETTLED, STATES, TRANSITIONS, PurchaseState, before, is_forward, public


def paths(state: PurchaseState) -> Iterator[tuple[PurchaseState, ...]]:
    yield (state,)
    for after in TRANSITIONS[state]:
        for rest in paths(after):
            yield (state, *rest)


def test_no_path_visits_a_state_twice() -> None:
    found = list(paths("pending"))
    assert all(len(set(path)) == len(path) for path in found)
    assert {path[-1] for path in found} == set(STATES)


def test_nothing_but_a_payment_leads_out_of_the_unpaid_states() -> None:
    assert {after for state in STATES if state not in SETTLED for after in TRANSITIONS[state]} == {"paid", "expired"}


def test_before_and_forward_agree() -> None:
    for after in STATES:
        assert before(after) == tuple(state for state in STATES if is_forward(state, after))


def test_a_paid_purchase_is_called_completed_in_public() -> None:
    assert [public(state) for state in ("pending", "paid", "lost")] == ["pending", "completed", "lost"]
