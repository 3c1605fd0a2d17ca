"""The content security policy: every page works under it, and what the settings do not name is not loaded."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open
from tests.browser.test_pages import PAGES, settle
from tests.served import Person, Served

PROBE = """async () => {
  const blocked = []
  document.addEventListener('securitypolicyviolation', e => blocked.push(e.effectiveDirective))
  const image = new Image(); image.src = 'https://elsewhere.example/x.png'
  const video = document.createElement('video'); video.src = 'https://elsewhere.example/x.mp4'; video.load()
  document.body.setAttribute('style', 'color: red')
  fetch('https://elsewhere.example/').catch(() => {})
  new Image().src = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=='
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/chat/none', 'cadeau.msgpack.v1')
  await new Promise(done => { socket.onclose = done; socket.onerror = done })
  for (let turn = 0; turn < 100 && blocked.length < 4; turn++) await new Promise(done => setTimeout(done, 100))
  return blocked.sort()
}"""


@pytest.fixture(scope="module")
def somebody(shared_server: Served) -> Person:
    return shared_server.join()


def test_only_our_own_sources_are_loaded(open_window: Open, somebody: Person) -> None:
    window = open_window("/rooms", somebody)
    settle(window)
    assert window.errors == []
    assert window.page.evaluate(PROBE) == ["connect-src", "img-src", "media-src", "style-src-attr"]
    window.errors.clear()  # the browser reports each of them


def test_no_page_violates_the_policy(open_window: Open, somebody: Person) -> None:
    for path in PAGES:
        window = open_window(path, somebody)
        settle(window)
        assert [error for error in window.errors if "Content Security Policy" in error] == [], path
