"""Peers with a false identity or address get no media and leave no state."""

from __future__ import annotations

import asyncio
import secrets
import socket

import pytest

from tests.live.media.relay.company import Company, Guest, room_of
from tests.live.media.relay.stage import Stage, until


async def test_media_is_not_sent_to_an_address_that_does_not_answer(company: Company) -> None:
    """A subscriber with a spoofed source address cannot have a victim flooded."""
    host, (guest,) = await company()
    await host.play(3)
    await until(lambda: len(guest.video) >= 9)
    guest.move()
    guest.answers_checks = False
    before = len(guest.video)
    guest.check()
    await until(lambda: guest.checks_answered == 2)
    await host.play(5)
    await asyncio.sleep(0.2)
    assert len(guest.video) == before


async def test_garbage_on_the_port_is_dropped_silently(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    port = stage.node.open()
    known = dict(port._by_address), dict(port._by_ufrag)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        for size in range(400):
            stranger.sendto(bytes((size * 7 & 0xFF,)) + secrets.token_bytes(size * 3), host.address)
        stranger.sendto(b"", host.address)
        stranger.setblocking(False)
        await host.play(3)
        await until(lambda: len(guest.video) >= 9)
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)
    assert (port._by_address, port._by_ufrag) == known


async def test_a_check_with_a_wrong_password_is_not_answered(company: Company) -> None:
    _, (guest,) = await company()
    answered, guest._their_password = guest.checks_answered, "not the password"
    guest.move()
    guest.check()
    await asyncio.sleep(0.3)
    assert guest.checks_answered == answered


async def test_another_certificate_gets_no_media(stage: Stage, company: Company) -> None:
    host, _ = await company()
    thief = Guest(stage.whep(room_of(host)))
    thief.certificate = type(thief.certificate).generateCertificate()
    thief_offer = thief.offer()
    thief.offer = lambda: thief_offer.replace("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 00:")  # type: ignore[method-assign]
    assert (await thief.agree()).status_code == 201
    await thief.connect()  # the handshake itself succeeds: certificates are compared after it
    await host.play(3)
    await asyncio.sleep(0.2)
    assert thief.received == 0
    assert stage.audience.viewers(room_of(host)) == 1
    thief.vanish()
