"""Fixtures of the fan-outs' tests. tests/live/media/kernel/kernel_child.py loads them as a plugin."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from live.media.transport.srtp import AEAD_AES_128_GCM, AES128_CM_SHA1_80, Profile
from tests.live.media.fanout.stream import ENGINES, Receiver, Stream


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        yield opened


@pytest.fixture(params=ENGINES)
def stream(request: pytest.FixtureRequest, sock: socket.socket) -> Stream:
    return Stream(ENGINES[request.param](sock))


@pytest.fixture(params=[AEAD_AES_128_GCM, AES128_CM_SHA1_80], ids=lambda p: p.name)
def profile(request: pytest.FixtureRequest) -> Profile:
    made: Profile = request.param
    return made


@pytest.fixture
def receivers(profile: Profile) -> Iterator[list[Receiver]]:
    made = [Receiver(profile) for _ in range(3)]
    yield made
    for receiver in made:
        receiver.socket.close()
