"""`cadeau shop`, over a shop in which things have happened."""

from __future__ import annotations

import argparse

import pytest
from sqlalchemy import text

from shop import commands
from tests.shop.conftest import Market


def run(market: Market, verb: str, **options: object) -> int:
    [command] = [one for one in commands.COMMANDS if one.words[1] == verb]
    defaults = {one.name.removeprefix("--"): one.default for one in command.arguments}
    return command.run(market.core, argparse.Namespace(**defaults | options))


def test_orders_and_sellers_are_listed_and_one_is_told_whole(
    market: Market, capsys: pytest.CaptureFixture[str]
) -> None:
    seller = market.seller()
    variant = market.product(seller)
    [first], [second] = market.buy("ada", {variant: 2}), market.buy("bea", {variant: 1})
    market.send(first)
    market.refund(first, {market.lines(first)[0].id: 1})
    assert run(market, "orders") == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == [second.id, first.id]
    assert run(market, "orders", state="sent") == run(market, "orders", last=1) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [first.id, second.id]
    assert run(market, "order", id=first.id) == 0
    told = capsys.readouterr().out
    for part in ("1 rue de la Paix", "Sam Ltd", "2 x Mug: 3998, 1 refunded, shipped", "by Post X1", "refund "):
        assert part in told
    assert run(market, "order", id="other") == 1
    assert capsys.readouterr().out == "There is no order other.\n"
    assert run(market, "sellers") == run(market, "sellers", state="stopped") == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(seller.id)


def test_verify_is_silent_about_a_whole_shop_and_names_what_was_altered(
    market: Market, capsys: pytest.CaptureFixture[str]
) -> None:
    variant = market.product(market.seller())
    market.buy("ada", {variant: 1})
    assert run(market, "verify") == 0
    assert capsys.readouterr().out == "Every order, piece and commission adds up.\n"

    def reserve(by: int) -> None:
        altered = text("UPDATE shop_variants SET reserved = reserved + :by")
        market.database.write(lambda c: c.execute(altered, {"by": by}))

    reserve(1)
    assert run(market, "verify") == 1
    assert "reserved_is_what_lines_hold" in capsys.readouterr().out
    reserve(-1)


@pytest.mark.parametrize("wrong", ["0", "-1", "10001", "x"])
def test_a_list_has_a_length(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^$|invalid literal"):
        commands.last(wrong)
