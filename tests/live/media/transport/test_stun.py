"""STUN: we interoperate with an independent implementation and reject garbage."""

from __future__ import annotations

import pytest
from aioice import stun as reference
from hypothesis import given
from hypothesis import strategies as st

from live.media.transport import stun

PASSWORD = b"a password of 22 chars"


def request(username: str = "ours:theirs", password: bytes = PASSWORD, nominate: bool = True) -> bytes:
    message = reference.Message(reference.Method.BINDING, reference.Class.REQUEST)
    message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = 1853824767
    message.attributes["ICE-CONTROLLING"] = 12345
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password)
    return bytes(message)


@pytest.mark.parametrize("nominate", [True, False])
def test_a_browsers_check_is_parsed_and_authenticated(nominate: bool) -> None:
    data = request(nominate=nominate)
    parsed = stun.parse_request(data)
    assert parsed is not None
    assert parsed.ufrag == b"ours"
    assert parsed.use_candidate is nominate
    assert stun.is_authentic(data, parsed, PASSWORD)
    assert not stun.is_authentic(data, parsed, b"another")


@pytest.mark.parametrize(
    ("host", "read_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:0:a:b", "::ffff:0:a:b"),
    ],
)
def test_the_answer_contains_the_clients_address(host: str, read_as: str) -> None:
    asked = reference.parse_message(request())
    answer = reference.parse_message(stun.success(asked.transaction_id, (host, 50123), PASSWORD))
    assert answer.check_message_integrity(PASSWORD)
    assert answer.message_class == reference.Class.RESPONSE
    assert answer.transaction_id == asked.transaction_id
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == (read_as, 50123)


def test_our_request_is_valid_and_its_answer_is_authenticated() -> None:
    transaction = bytes(range(12))
    asked = reference.parse_message(stun.request(transaction, b"theirs:ours", PASSWORD))
    assert asked.message_class == reference.Class.REQUEST
    assert asked.attributes["USERNAME"] == "theirs:ours"
    assert asked.check_message_integrity(PASSWORD)
    answer = reference.Message(reference.Method.BINDING, reference.Class.RESPONSE, transaction)
    answer.attributes["XOR-MAPPED-ADDRESS"] = ("192.0.2.7", 50123)
    answer.add_message_integrity(PASSWORD)
    answer.add_fingerprint()
    data = bytes(answer)
    assert stun.is_success(data, transaction, PASSWORD)
    assert not stun.is_success(data, bytes(12), PASSWORD)
    assert not stun.is_success(data, transaction, b"another")
    assert not stun.is_success(data[:-30], transaction, PASSWORD)
    assert not stun.is_success(request(), transaction, PASSWORD)


@given(st.binary(max_size=300))
def test_garbage_is_not_a_request(data: bytes) -> None:
    assert stun.parse_request(data) is None


@given(st.integers(0, 150), st.integers(1, 255))
def test_a_changed_byte_fails_authentication(at: int, change: int) -> None:
    data = bytearray(request())
    parsed = stun.parse_request(bytes(data))
    assert parsed is not None
    at %= parsed.integrity_at + 24
    data[at] ^= change
    changed = stun.parse_request(bytes(data))
    assert changed is None or not stun.is_authentic(bytes(data), changed, PASSWORD)


@given(st.integers(0, 400))
def test_a_truncated_request_is_refused(size: int) -> None:
    data = request()
    assert stun.parse_request(data[: min(size, len(data) - 1)]) is None
