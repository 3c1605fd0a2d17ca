"""Publishers that vanish, return, change their minds, or are done."""

from __future__ import annotations

import asyncio

import pytest

from live.media.relay import relay
from tests.live.clients import Publishing
from tests.live.lean import LeanClient
from tests.live.media.relay.company import Company, Guest, Host, is_unbroken, refusal, room_of
from tests.live.media.relay.stage import Stage, until


async def test_viewers_do_not_notice_a_publisher_that_vanishes_and_returns(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    room = room_of(host)
    await host.play()
    host.vanish()
    await until(lambda: stage.presence == [(room, True), (room, False)])
    again = Host(host.url, host.key)
    await again.join()
    before = len(guest.video)
    await again.play()
    await until(lambda: len(guest.video) >= before + 30)
    assert is_unbroken(guest.video)
    assert len({p.ssrc for p in guest.video}) == 1
    await until(lambda: stage.presence[-1] == (room, True))
    assert [state for _, state in stage.states] == ["live"]
    assert guest.dtls is not None
    assert not guest.dtls.closed
    await again.close()


async def test_a_publisher_may_begin_anew_with_another_ssrc(company: Company) -> None:
    host, (guest,) = await company()
    await host.play()
    await until(lambda: len(guest.video) >= 30)
    host.ssrc, host.sequence, host.timestamp = 77, 60_000, 5
    before = len(guest.video)

    async def restart() -> None:
        while len(guest.video) < before + 30:
            host.frame(keyframe=True)
            await asyncio.sleep(0.02)

    await asyncio.wait_for(restart(), 10)
    assert is_unbroken(guest.video)


async def test_a_second_publisher_is_refused_while_the_first_is_there(stage: Stage, company: Company) -> None:
    host, _ = await company(0)
    assert await refusal(LeanClient(host.url, host.key)) == (409, "already_publishing")


async def test_a_room_is_idle_when_its_publisher_does_not_return(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, (guest,) = await company()
    monkeypatch.setattr(relay, "RETURN_S_MAX", 2.5)
    host.vanish()
    await until(lambda: [state for _, state in stage.states] == ["live", "idle"])
    await until(lambda: guest.dtls is not None and guest.dtls.closed)
    assert stage.presence[-1] == (room_of(host), False)
    assert stage.audience.viewers(room_of(host)) == 0
    assert await refusal(LeanClient(guest.url)) == (409, "room_not_live")


async def test_a_publisher_that_says_it_is_done_ends_it_at_once(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    assert (await stage.http.delete(host.location)).status_code == 200
    await until(lambda: [state for _, state in stage.states] == ["live", "idle"], 2)
    await until(lambda: guest.dtls is not None and guest.dtls.closed, 2)
    assert (await stage.http.delete(host.location)).status_code == 404
    assert not stage.relays.health(room_of(host)).publishing


async def test_an_ended_room_has_no_media(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    await stage.rooms.end(room_of(host), stage.host)
    await until(lambda: host.dtls is not None and host.dtls.closed, 2)
    await until(lambda: guest.dtls is not None and guest.dtls.closed, 2)
    assert await refusal(Host(host.url, host.key)) == (410, "room_ended")
    assert await refusal(Guest(guest.url)) == (410, "room_ended")


async def test_a_publisher_that_returns_with_another_codec_sends_its_viewers_to_join_again(
    stage: Stage, company: Company
) -> None:
    host, (guest,) = await company()
    host.vanish()
    await until(lambda: not stage.relays.health(room_of(host)).publishing)
    changed = Publishing(host.url, host.key, codec="H264")
    assert (await changed.agree()).status_code == 201
    await until(lambda: guest.dtls is not None and guest.dtls.closed)
    await until(lambda: stage.relays.health(room_of(host)).publishing)
    assert stage.relays.health(room_of(host)).codecs == ["H264", "opus"]
    assert await refusal(Guest(guest.url)) == (406, "no_common_codec")
    await changed.close()
