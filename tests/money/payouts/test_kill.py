"""A payout is paid exactly once, at whatever step the process that sends it is killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.clock import system_clock
from core.database import Database
from core.errors import Refusal
from money import part as money_part
from money.ledger.accounts import MINT, payable
from money.ledger.rules import Transfer
from money.payouts.rails import Standing
from money.payouts.sending import SILENCE_MS
from money.payouts.states import find
from tests.cores import core_over
from tests.forks import Forks
from tests.money.payouts.connect_server import connect_server
from tests.money.payouts.doomed import stripe_settings


def round_of(forks: Forks, url: str, api_url: str, step: int, later_ms: int = 0) -> bool:
    """Whether a process survived its round."""
    arguments = (url, api_url, str(step), str(later_ms))
    done = forks.run("tests.money.payouts.doomed", *arguments, environment=os.environ)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("again", [False, True], ids=["once", "and again when it is asked"])
def test_killed_at_every_step_it_is_paid_once(forks: Forks, database_url: str, tmp_path: Path, again: bool) -> None:
    database = Database(database_url)
    with connect_server() as stripe:
        core = core_over(database, tmp_path, settings=stripe_settings(tmp_path, stripe.url), clock=system_clock)
        part = money_part.open(core, brief=lambda _c, _ids: {})
        payouts = part.api.payouts
        payouts.people.start("bob", "Bob", "FR")
        database.write(lambda c: payouts.identities.judge(c, "bob", Standing("verified"), "root"))
        earned = Transfer("earned", "test", 1, "", {MINT: -1_000_000, payable("bob"): 1_000_000}, {})
        assert not [v for v in database.write(lambda c: part.api.ledger.post(c, [earned])) if isinstance(v, Refusal)]
        killed, paid = 0, 0
        for step in range(20):
            asked = database.write(lambda c: payouts.payouts.request(c, "bob", 2_000, "USD", f"k{step}"))  # noqa: B023
            database.write(lambda c: payouts.approvals.approve(c, asked.id, "root"))  # noqa: B023
            survived = round_of(forks, database_url, stripe.url, step)
            if again and not survived:
                round_of(forks, database_url, stripe.url, step // 2, SILENCE_MS * 2)
            for later in (4, 6):
                assert round_of(forks, database_url, stripe.url, -1, SILENCE_MS * later)
            paid += 1
            found = database.read(lambda c: find(c, asked.id))  # noqa: B023
            assert found is not None
            assert found.state == "paid", step
            assert [one["metadata"]["payout"] for one in stripe.transfers.values()].count(asked.id) == 1, step
            if survived:
                break
            killed += 1
        assert killed >= 6, "two writes and a call, before and after each"
        assert len(stripe.transfers) == paid
        assert database.read(part.api.verify) == []
        part.close()
    database.close()
