"""Every feedback filter must answer plain checks and reports itself and hand over everything else unchanged."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from live.media.kernel import unavailable
from live.media.rtp import rtcp
from live.media.transport import stun
from live.media.transport.feedback_filter import (
    DATAGRAM_BYTES_MAX,
    DATAGRAMS_PER_READ_MAX,
    FeedbackFilter,
    PythonFeedbackFilter,
)

Make = Callable[[socket.socket], FeedbackFilter]
FILTERS: dict[str, Make] = {"python": PythonFeedbackFilter}
if not unavailable():  # tests/live/media/kernel/test_kernel.py checks that it is built where possible
    from live.media.kernel import _kernel

    FILTERS["C/kernel"] = _kernel.FeedbackFilter

UFRAG, PASSWORD = b"0123456789ab", b"0123456789abcdef0123456789abcdef"
REPORT = rtcp.receiver_report(1, [rtcp.ReportBlock(2, 0, 0, 0, 0, 0, 0)]) + bytes(20)
FIELD = b"0123456789ab:theirs"


@pytest.fixture(params=FILTERS)
def make(request: pytest.FixtureRequest) -> Make:
    return FILTERS[request.param]


class Post:
    """A feedback filter on a socket, and a sender."""

    def __init__(self, make: Make, host: str = "127.0.0.1", from_host: str = "") -> None:
        self.port, self.theirs = _bound(host), _bound(from_host or host)
        self.feedback_filter = make(self.port)
        host = from_host or host
        self.to = (host, self.port.getsockname()[1])
        self.address: Any = (host, self.theirs.getsockname()[1])
        if self.port.family == socket.AF_INET6:
            self.address = ("::ffff:" * (":" not in host) + host, self.address[1], 0, 0)

    def turn(self, *sent: bytes, now: float = 100.0) -> list[bytes]:
        for data in sent:
            self.theirs.sendto(data, self.to)
        arrived, emptied = self.feedback_filter.read_waiting(now)
        assert emptied
        assert all(address == self.address for _, address in arrived)
        return [data for data, _ in arrived]

    def know(self, interval_s: float = 1.0) -> None:
        self.feedback_filter.register(self.address, UFRAG, PASSWORD, interval_s)

    def answers(self) -> list[bytes]:
        found = []
        with suppress(BlockingIOError):
            while True:
                found.append(self.theirs.recv(4096))
        return found

    def close(self) -> None:
        self.port.close()
        self.theirs.close()


def _bound(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    if host == "::":
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    made.setblocking(False)
    made.bind((host, 0))
    return made


@pytest.fixture
def post(make: Make) -> Iterator[Post]:
    made = Post(make)
    yield made
    made.close()


def check(transaction: bytes = bytes(12), username: bytes = FIELD, password: bytes = PASSWORD) -> bytes:
    return stun.request(transaction, username, password)


@pytest.mark.parametrize(
    ("host", "from_host"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::", "::1"), ("::", "127.0.0.1")]
)
def test_an_authentic_check_is_answered_and_not_handed_over(make: Make, host: str, from_host: str) -> None:
    post = Post(make, host, from_host)
    try:
        assert post.turn(check()) == [check()]
        assert not post.answers()
        post.know()
        assert post.feedback_filter.last_check_at(post.address) == 0
        for i in range(20):
            transaction = os.urandom(12)
            assert post.turn(check(transaction), now=200.5 + i) == []
            assert post.answers() == [stun.success(transaction, post.address[:2], PASSWORD)]
            assert post.feedback_filter.last_check_at(post.address) == 200.5 + i
        post.feedback_filter.forget(post.address)
        post.feedback_filter.forget(post.address)
        assert post.turn(check()) == [check()]
        assert post.feedback_filter.last_check_at(post.address) == 0
    finally:
        post.close()


@pytest.mark.parametrize(
    "data",
    [
        check(username=b"0123456789ac:theirs"),
        check(username=b"0123456789abc:theirs"),
        check(username=b"0123456789a:theirs"),
        check(username=b":theirs"),
        check(password=b"another"),
        check()[:-1],
        check()[:20],
        check()[:3],
        b"\0",
        check() + bytes(4),
        stun.success(bytes(12), ("127.0.0.1", 9), PASSWORD),
        b"\1\2\3" + bytes(1200),
    ],
)
def test_another_check_is_handed_over(post: Post, data: bytes) -> None:
    post.know()
    assert post.turn(data) == [data]
    assert not post.answers()
    assert post.feedback_filter.last_check_at(post.address) == 0


def test_a_check_with_a_changed_byte_is_handed_over(post: Post) -> None:
    post.know()
    whole = check()
    signed = whole.index(b"\x00\x08\x00\x14") + 24
    for at in range(signed):
        data = bytearray(whole)
        data[at] ^= 1 << at % 8
        assert post.turn(bytes(data)) == [bytes(data)], at
    assert not post.answers()


def some_check(chance: random.Random) -> bytes:
    """A check, usually signed with the right password, with arbitrary attributes in any order, valid or not."""
    body = b""
    for _ in range(chance.choice([1, 1, 2, 3, 22, 23, 24])):
        kind = chance.choice([0x0006, 0x0006, 0x0006, 0x0025, 0x0024, 0x8028])
        value = chance.choice([FIELD, UFRAG, UFRAG + b":", FIELD[1:], b"", chance.randbytes(chance.randrange(9))])
        size = len(value) if chance.random() < 0.97 else chance.choice([0, len(value) + 1, 65_535])
        body += kind.to_bytes(2, "big") + size.to_bytes(2, "big") + value + bytes(-len(value) % 4)
    made = stun._signed(stun.BINDING_REQUEST, chance.randbytes(12), body, PASSWORD)
    if chance.random() < 0.2:
        made += bytes(4 * chance.randrange(300))
        made = made[:2] + (len(made) - 20).to_bytes(2, "big") + made[4:]
    return made


def test_checks_are_judged_as_the_stun_module_judges_them(post: Post) -> None:
    post.know()
    chance, answered = random.Random(11), 0
    for _ in range(1000):
        data = some_check(chance)
        asked = stun.parse_request(data)
        theirs = asked is not None and asked.ufrag == UFRAG and stun.is_authentic(data, asked, PASSWORD)
        if asked is not None and theirs and post.turn(data) == []:
            answered += 1
            assert post.answers() == [stun.success(asked.transaction, post.address[:2], PASSWORD)]
        else:
            assert theirs or post.turn(data) == [data]
            assert not post.answers()
    assert 100 < answered < 900


def test_checks_after_a_handed_over_one_are_handed_over_too(post: Post) -> None:
    """Handling it may change the result of later checks. Reports are filtered regardless."""
    post.know()
    theirs, strange = check(), check(username=b"strange:theirs")
    assert post.turn(theirs, REPORT, strange, theirs, REPORT, now=5.0) == [REPORT, strange, theirs]
    assert len(post.answers()) == 1
    assert post.turn(theirs, now=5.0) == []


def test_a_plain_report_is_handed_over_once_per_interval(post: Post) -> None:
    assert post.turn(REPORT, REPORT) == [REPORT, REPORT]
    post.know(0.25)
    assert post.turn(REPORT, REPORT, now=10.0) == [REPORT]
    assert post.turn(REPORT, now=10.125) == []
    assert post.turn(REPORT, now=10.25) == [REPORT]
    post.feedback_filter.set_report_interval(post.address, 2.0)
    assert post.turn(REPORT, now=10.5) == [REPORT]
    assert post.turn(REPORT, now=12.25) == []
    assert post.turn(REPORT, now=12.5) == [REPORT]
    post.know(0.25)
    assert post.turn(REPORT, now=12.5) == [REPORT]


@pytest.mark.parametrize(
    "data",
    [
        REPORT + b"\0",
        REPORT + rtcp.picture_loss(1, 2),
        REPORT[:1] + b"\xc8" + REPORT[2:],
        b"\x60" + REPORT[1:],
        b"\x80\xc9\0\0" + bytes(7),
        b"\x80\xc9",
        b"\x80",
        b"\x16\xfe\xfd" + bytes(60),
        b"\xff" * 3000,
    ],
)
def test_anything_but_a_plain_report_is_handed_over(post: Post, data: bytes) -> None:
    post.know()
    assert post.turn(REPORT, data, data, now=10.0) == [REPORT, data[:DATAGRAM_BYTES_MAX], data[:DATAGRAM_BYTES_MAX]]


def test_another_address_is_another_sender(post: Post) -> None:
    post.feedback_filter.register((post.address[0], post.address[1] ^ 1), UFRAG, PASSWORD, 1.0)
    post.feedback_filter.register(("127.0.0.2", post.address[1]), UFRAG, PASSWORD, 1.0)
    assert post.turn(check(), REPORT, REPORT) == [check(), REPORT, REPORT]


def test_empty_datagrams_are_ignored(post: Post) -> None:
    assert post.turn(b"", b"x", b"") == [b"x"]


def test_a_read_is_bounded(post: Post) -> None:
    for i in range(DATAGRAMS_PER_READ_MAX + 3):
        post.theirs.sendto(b"%d" % i, post.to)
    first, emptied = post.feedback_filter.read_waiting(1.0)
    assert [data for data, _ in first] == [b"%d" % i for i in range(DATAGRAMS_PER_READ_MAX)]
    assert not emptied
    rest, emptied = post.feedback_filter.read_waiting(1.0)
    assert len(rest) == 3
    assert emptied


def test_a_closed_socket_returns_nothing(post: Post) -> None:
    post.port.close()
    assert post.turn() == []


def test_thousands_register_and_leave(make: Make) -> None:
    """Every registered peer is found, and no other."""
    post, chance = Post(make), random.Random(7)
    last: dict[Any, float] = {}
    for step in range(20_000):
        address = (f"10.0.{chance.randrange(8)}.{chance.randrange(256)}", 1 + chance.randrange(2))
        if chance.random() < (0.7 if step < 10_000 else 0.3):
            post.feedback_filter.register(address, UFRAG, PASSWORD, 1.0)
            last[address] = 0
        else:
            post.feedback_filter.forget(address)
            last.pop(address, None)
        if step % 100 == 0:
            known = post.address in last
            assert post.turn(check(), now=float(step)) == ([] if known else [check()])
            if known:
                last[post.address] = float(step)
            if chance.random() < 0.5:
                post.know()
                last[post.address] = 0
            elif known and chance.random() < 0.5:
                post.feedback_filter.forget(post.address)
                del last[post.address]
            assert post.feedback_filter.last_check_at(post.address) == last.get(post.address, 0)
    post.close()
