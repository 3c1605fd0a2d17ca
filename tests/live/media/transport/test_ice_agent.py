"""The ICE agent alone: what proves an address, what moves it, and when its peer counts as gone."""

from __future__ import annotations

import secrets
import time

import pytest

from live.media.transport import stun
from live.media.transport.addresses import Address
from live.media.transport.ice_agent import ADDRESSES_MAX, HELD_MAX, SILENCE_S_MAX, UNANSWERED_PROBES_MAX, IceAgent
from live.media.transport.srtp import AEAD_AES_128_GCM, LibsrtpOpener, MasterKey
from live.media.transport.tcp import Stream
from tests.live.media.transport.test_stun import request

HERE, THERE = ("192.0.2.1", 1000), ("192.0.2.1", 2000)


class Network:
    """Records the calls to the socket below an agent and to the session above it."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Address]] = []
        self.moved: list[Address] = []
        self.filtered_check_at = 0.0
        self.authentic = True

    def send(self, data: bytes, address: Address) -> None:
        self.sent.append((data, address))

    def last_filtered_check_at(self, agent: IceAgent) -> float:
        return self.filtered_check_at

    def update_report_interval(self, agent: IceAgent) -> None: ...

    def remove(self, agent: IceAgent) -> None: ...

    def on_dtls(self, data: bytes) -> None: ...

    def on_srtp(self, data: bytes, now: float) -> bool:
        return self.authentic

    def on_moved(self, address: Address) -> None:
        self.moved.append(address)

    def resend_handshake(self) -> None: ...


class Ice:
    def __init__(self, *, publishes: bool = False) -> None:
        self.network = Network()
        self.agent = IceAgent(
            self.network, self.network, "theirs", "their password", lambda _: None, lambda *_: None, publishes=publishes
        )

    def check(self, address: Address, *, nominate: bool = True, password: bytes = b"") -> list[Address] | None:
        agent = self.agent
        data = request(f"{agent.ufrag.decode()}:theirs", password or agent.password, nominate)
        parsed = stun.parse_request(data)
        assert parsed is not None
        given_up = agent.on_check(data, parsed, address)
        return None if given_up is None else list(given_up)

    def connect(self) -> None:
        self.agent.secure(LibsrtpOpener(MasterKey(AEAD_AES_128_GCM, bytes(16), bytes(12))))

    def answer(self, address: Address, password: bytes = b"their password") -> None:
        """Answer the last request that was sent."""
        transaction = self.network.sent[-1][0][8:20]
        self.agent.on_stun_answer(stun.success(transaction, ("192.0.2.9", 9), password), address)


def test_only_the_password_proves_an_address() -> None:
    ice = Ice()
    assert ice.check(HERE, password=b"another") is None
    assert (ice.agent.addresses, ice.agent.address, ice.network.sent) == ([], None, [])
    assert ice.check(HERE) == []
    assert (ice.agent.addresses, ice.agent.address, ice.network.moved) == ([HERE], HERE, [HERE])
    assert [address for _, address in ice.network.sent] == [HERE, HERE], "the answer, and a check of ours"


def test_before_the_handshake_a_nomination_moves_it_at_once() -> None:
    ice = Ice()
    ice.check(HERE, nominate=False)
    assert ice.agent.address == HERE, "the first is as good as nominated"
    ice.check(THERE, nominate=False)
    assert ice.agent.address == HERE
    ice.check(THERE)
    assert ice.agent.address == THERE


def test_once_connected_it_moves_only_after_the_new_address_answers_a_check() -> None:
    ice = Ice()
    ice.check(HERE)
    ice.connect()
    assert ice.agent.settled_address == HERE
    ice.check(THERE)
    assert ice.network.sent[-1][1] == THERE
    assert (ice.agent.address, ice.agent.settled_address) == (HERE, None)
    ice.answer(HERE)
    ice.answer(THERE, password=b"another")
    ice.agent.on_stun_answer(stun.success(secrets.token_bytes(12), HERE, b"their password"), THERE)
    assert ice.agent.address == HERE
    ice.answer(THERE)
    assert ice.agent.address == ice.agent.settled_address == THERE
    assert ice.network.moved == [HERE, THERE]


def test_nominating_the_current_address_cancels_a_move() -> None:
    ice = Ice()
    ice.check(HERE)
    ice.connect()
    ice.check(THERE)
    asked = ice.network.sent[-1]
    ice.check(HERE)
    assert ice.agent.settled_address == HERE
    ice.network.sent.append(asked)
    ice.answer(THERE)
    assert ice.agent.address == HERE


def test_an_unproved_address_gets_no_more_than_three_times_what_came_from_it() -> None:
    """Its owner may know nothing of the request: sender addresses can be forged."""
    ice = Ice()
    ice.check(HERE)
    check_bytes = len(request(f"{ice.agent.ufrag.decode()}:theirs", ice.agent.password, True))
    came = check_bytes
    for size in (100, 200, 13, 13, 13, 1200, 13):
        ice.agent.on_dtls(bytes(size))
        came += size
        for _ in range(20):
            ice.agent.send(bytes(700))
        assert sum(len(data) for data, _ in ice.network.sent[1:]) <= 3 * came, "besides the answer to the check"
    assert {address for _, address in ice.network.sent} == {HERE}


def test_what_was_held_is_sent_once_the_address_answers_a_check() -> None:
    ice = Ice()
    ice.check(HERE)
    flight = [bytes((number,)) * 900 for number in range(3)]
    for data in flight:
        ice.agent.send(data)
    before = len(ice.network.sent)
    assert before >= 2, "the answer, and a check of ours"
    ice.answer(THERE)
    ice.answer(HERE, password=b"another")
    assert len(ice.network.sent) == before
    ice.answer(HERE)
    assert [data for data, _ in ice.network.sent[before:]] == flight
    ice.agent.send(bytes(5000))
    assert len(ice.network.sent) == before + 4
    ice.connect()
    assert ice.agent.settled_address == HERE


def test_what_was_held_is_sent_as_more_comes() -> None:
    ice = Ice()
    ice.check(HERE)
    ice.agent.send(bytes(700))
    before = len(ice.network.sent)
    ice.agent.on_dtls(bytes(250))
    assert [len(data) for data, _ in ice.network.sent[before:]] == [700]


def test_little_is_held() -> None:
    ice = Ice()
    ice.check(HERE)
    for number in range(100):
        ice.agent.send(bytes((number,)) * 900)
    assert [data[0] for data in ice.agent._held] == list(range(100 - HELD_MAX, 100))


def test_it_has_at_most_eight_addresses_and_keeps_the_selected_one() -> None:
    ice = Ice()
    ice.check(HERE)
    ice.connect()
    given_up = [ice.check(("192.0.2.2", port), nominate=False) for port in range(ADDRESSES_MAX + 1)]
    assert given_up == [[]] * (ADDRESSES_MAX - 1) + [[("192.0.2.2", 0)], [("192.0.2.2", 1)]]
    assert len(ice.agent.addresses) == ADDRESSES_MAX
    assert HERE in ice.agent.addresses


def test_an_address_taken_by_another_peer_is_not_settled() -> None:
    ice = Ice()
    ice.check(HERE)
    ice.connect()
    ice.agent.on_address_taken(HERE)
    assert ice.agent.settled_address is None


def test_the_timeout_counts_from_the_last_check_wherever_it_was_processed() -> None:
    ice = Ice()
    ice.check(HERE)
    now = ice.agent.heard_at
    assert not ice.agent.is_gone(now + 10 * SILENCE_S_MAX), "for the handshake there is another limit"
    ice.connect()
    now = ice.agent.heard_at
    assert not ice.agent.is_gone(now + SILENCE_S_MAX - 1)
    assert ice.agent.is_gone(now + SILENCE_S_MAX + 1)
    ice.network.filtered_check_at = now + 5
    assert not ice.agent.is_gone(now + SILENCE_S_MAX + 1)
    assert ice.agent.is_gone(now + SILENCE_S_MAX + 6)


@pytest.mark.parametrize("authentic", [True, False])
def test_only_authentic_packets_refresh_the_timeout(authentic: bool) -> None:
    ice = Ice()
    ice.check(HERE)
    ice.connect()
    ice.network.authentic = authentic
    ice.agent.heard_at = 0.0
    ice.agent.on_srtp(b"\x80\x60" + bytes(60), filtered=False)
    assert (ice.agent.heard_at > 0) is authentic


def test_it_is_gone_when_its_last_tcp_connection_ends() -> None:
    ice, one, two = Ice(), Stream(None), Stream(None)  # type: ignore[arg-type]
    for stream in (one, two):
        stream.host, stream.port = "192.0.2.1", 9
        ice.check(stream)
    ice.connect()
    ice.agent.on_stream_lost(two)
    assert ice.agent.address is None
    assert not ice.agent.is_gone(time.monotonic())
    ice.agent.on_stream_lost(one)
    assert ice.agent.is_gone(time.monotonic())


def test_a_publishers_round_trip_is_measured_and_expires_without_answers() -> None:
    ice = Ice(publishes=True)
    ice.check(HERE)
    ice.connect()
    now = time.monotonic()
    ice.agent.check_liveness(now)
    ice.answer(HERE, password=b"another")
    assert ice.agent.round_trip_s is None
    ice.answer(HERE)
    assert ice.agent.round_trip_s is not None
    for i in range(UNANSWERED_PROBES_MAX + 1):
        assert ice.agent.round_trip_s is not None
        ice.agent.check_liveness(now + 100 * (i + 1))
    assert ice.agent.round_trip_s is None
