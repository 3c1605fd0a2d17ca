"""A distant viewer on a lossy connection: retransmissions take a round trip."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import PHONE, Open
from tests.browser.test_live import go_live, room_of
from tests.live.proxy import Proxy, through
from tests.served import Served

ONE_WAY_S, LOSS = 0.15, 0.05
STEADY_MS = 5000
PEERS = """
window.peers = []
const Made = RTCPeerConnection
window.RTCPeerConnection = class extends Made {
  constructor(...all) { super(...all); window.peers.push(this) }
}
"""
WHEP = re.compile(r"/live/[^/]+/whep(\?|$)")
KEPT_BACK = "() => window.peers.at(-1).getReceivers().map(one => one.jitterBufferTarget ?? 0)"
STEADY = """async ms => {
  const frozen = async () => {
    const entries = [...(await window.peers.at(-1).getStats()).values()]
    const video = entries.find(entry => entry.type === 'inbound-rtp' && entry.kind === 'video')
    return [video.totalFreezesDuration, video.framesDecoded]
  }
  const [before, frames] = await frozen()
  await new Promise(done => setTimeout(done, ms))
  const [after, more] = await frozen()
  return after === before && more > frames + ms / 100
}"""


@pytest.fixture
def far(shared_server: Served) -> Iterator[Proxy]:
    """A proxy to the server's media with delay and loss."""
    made: Future[tuple[Proxy, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def run() -> None:
        async with Proxy(("127.0.0.1", shared_server.media_port), delay_s=ONE_WAY_S) as proxy:
            done = asyncio.Event()
            made.set_result((proxy, asyncio.get_running_loop(), done))
            await done.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    proxy, loop, done = made.result(timeout=10)
    yield proxy
    loop.call_soon_threadsafe(done.set)
    thread.join(timeout=10)


def test_a_distant_player_buffers_long_enough_for_retransmissions_and_does_not_freeze(
    shared_server: Served, open_window: Open, far: Proxy
) -> None:
    def answer(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        response = route.fetch()
        route.fulfill(response=response, body=through(response.text(), far.address))

    host = shared_server.join()
    studio = open_window("/studio", host)
    go_live(studio, "Seen from the other side")
    viewer = open_window("/rooms", shape=PHONE)
    viewer.page.add_init_script(PEERS)
    viewer.page.route(WHEP, answer)
    viewer.page.goto(f"/room/{room_of(shared_server, host.handle)}")
    viewer.until("() => window.peers?.length && document.querySelector('[data-testid=room-video]')?.videoWidth > 0")
    assert viewer.page.evaluate(KEPT_BACK) == [0, 0]
    far.down.loss = LOSS
    viewer.until(f"() => ({KEPT_BACK})().every(ms => ms >= 400)")
    assert any(viewer.page.evaluate(STEADY, STEADY_MS) for _ in range(6))
    viewer.page.unroute(WHEP)
