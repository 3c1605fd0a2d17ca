"""Numbers of any number of bits are read back as written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.rtp.bits import Bits
from tests.live.media.rtp.dependency_writer import ns


def bits(text: str) -> Bits:
    text += "0" * (-len(text) % 8)
    return Bits(int(text or "0", 2).to_bytes(len(text) // 8))


def golomb(value: int) -> str:
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 2**40))))
def test_numbers_are_read_in_order(numbers: list[tuple[int, int]]) -> None:
    numbers = [(width, value % (1 << width)) for width, value in numbers]
    reader = bits("".join(f"{value:0{width}b}" for width, value in numbers))
    assert [reader.read(width) for width, _ in numbers] == [value for _, value in numbers]


@given(st.integers(1, 40), st.data())
def test_numbers_below_a_limit_are_read_with_minimal_bits(limit: int, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.integers(0, limit - 1), max_size=5))
    reader = bits("".join(ns(limit, value) for value in values))
    assert [reader.read_ns(limit) for _ in values] == values


@given(st.lists(st.integers(0, 2**32 - 2)))
def test_exp_golomb_numbers_are_read(values: list[int]) -> None:
    reader = bits("".join(map(golomb, values)))
    assert [reader.read_ue() for _ in values] == values


@given(st.lists(st.integers(-(2**30), 2**30)))
def test_signed_exp_golomb_numbers_are_read(values: list[int]) -> None:
    reader = bits("".join(golomb(2 * value - 1 if value > 0 else -2 * value) for value in values))
    assert [reader.read_se() for _ in values] == values


@pytest.mark.parametrize("data", [b"", b"\x00", bytes(20)])
def test_reading_past_the_end_raises(data: bytes) -> None:
    with pytest.raises(ValueError):
        Bits(data).read(8 * len(data) + 1)
    with pytest.raises(ValueError):
        Bits(data).read_ue()
