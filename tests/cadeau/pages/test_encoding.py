"""Which content coding a client gets."""

from __future__ import annotations

import pytest

from cadeau.pages.encoding import choose_coding

BOTH = ("br", "gzip")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("br; q=0 , gzip", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "gzip"),
        ("identity", ""),
        ("identity;q=1, br;q=0.5", ""),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("zstd", ""),
        ("", ""),
        (";;;,q=,br;q=much", ""),
        ("br;q=2", "br"),
    ],
)
def test_the_client_gets_the_coding_it_prefers(accept: str, chosen: str) -> None:
    assert choose_coding(accept, BOTH) == chosen


def test_only_a_coding_that_we_have_is_chosen() -> None:
    assert choose_coding("br, gzip;q=0.1", ["gzip"]) == "gzip"
    assert choose_coding("br", []) == ""


def test_a_long_field_costs_no_more_than_its_beginning() -> None:
    assert choose_coding("a," * 100_000 + "br", BOTH) == ""
