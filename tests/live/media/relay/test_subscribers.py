"""Subscribers that come late, move, fall silent, leave, or find no place."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from live.media.transport import peer
from tests.live.media.relay.company import Company, Guest, open_company, refusal, room_of
from tests.live.media.relay.stage import Stage, open_stage, until


async def test_a_late_joiner_sees_the_cached_pictures_at_once(stage: Stage, company: Company) -> None:
    host, _ = await company()
    await asyncio.sleep(0.7)
    sent = host.frame(keyframe=True) + host.frame()
    await until(lambda: stage.relays.health(room_of(host)).packets >= 15)
    await asyncio.sleep(0.05)
    host.keyframe_requests.clear()
    guest = Guest(stage.whep(room_of(host)))
    await guest.join()
    await until(lambda: len(guest.video) >= len(sent))
    assert [p.payload for p in guest.video] == [p.payload for p in sent]
    assert host.keyframe_requests == []
    await guest.close()


async def test_a_viewer_that_changes_networks_keeps_watching(company: Company) -> None:
    host, (guest,) = await company()
    await host.play(3)
    guest.move()
    guest.check(nominate=False)
    await until(lambda: guest.checks_answered == 2)
    before = len(guest.video)
    await host.play(3)
    assert len(guest.video) == before, "it has not said yet that it wants to be here"
    guest.check()
    await until(lambda: guest.checks_answered == 3)
    await asyncio.sleep(0.1)
    await host.play(3)
    await until(lambda: len(guest.video) >= before + 9)


async def test_who_is_heard_of_only_by_checks_is_still_there(stage: Stage, company: Company) -> None:
    """Which are answered by the inbox, and its peer hears nothing of them."""
    host, (guest,) = await company()
    (subscriber,) = (one for one in stage.relays.open()._by_ufrag.values() if not one.publishes)
    assert isinstance(subscriber, peer.Peer)
    await until(lambda: subscriber.screened)
    guest.check()
    await until(lambda: guest.checks_answered == 2)
    subscriber.heard_at = 0.0
    assert not subscriber.gone(time.monotonic())
    assert subscriber.gone(time.monotonic() + peer.SILENCE_S_MAX + 1)
    await asyncio.sleep(1)
    before = len(guest.video)
    await host.play(3)
    await until(lambda: len(guest.video) >= before + 9)


async def test_a_viewer_that_falls_silent_is_let_go(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "SILENCE_S_MAX", 1.5)
    host, (silent, lively) = await company(2)

    async def stay_alive() -> None:
        while True:
            host.frame()
            host.check()
            lively.check()
            await asyncio.sleep(0.2)

    alive = asyncio.create_task(stay_alive())
    silent.vanish()
    await until(lambda: stage.audience.viewers(room_of(host)) == 1)
    await asyncio.sleep(1.6)
    assert stage.audience.viewers(room_of(host)) == 1
    alive.cancel()


async def test_a_viewer_that_says_goodbye_is_gone_at_once(stage: Stage, company: Company) -> None:
    host, (one, two) = await company(2)
    assert one.dtls is not None
    await one.dtls.stop()
    await until(lambda: stage.audience.viewers(room_of(host)) == 1, 2)
    assert (await stage.http.delete(two.location)).status_code == 200
    await until(lambda: stage.audience.viewers(room_of(host)) == 0, 2)


async def test_a_full_server_says_so(sqlite_url: str, tmp_path: Path) -> None:
    async with open_stage(sqlite_url, tmp_path, viewers_max=2) as stage, open_company(stage) as company:
        host, _ = await company(2)
        assert await refusal(Guest(stage.whep(room_of(host)))) == (503, "viewers_full")
