"""A copy of one's data is downloaded and opened; an account is deleted, and that is undone; the signal's badge."""

from __future__ import annotations

import json
import zipfile

from tests.browser.conftest import PHONE, WAIT_MS, Open, findings
from tests.served import Served


def test_somebody_takes_their_data_away_and_leaves(shared_server: Served, open_window: Open) -> None:
    ann = shared_server.join()
    window = open_window("/privacy", ann, PHONE)
    window.press("export-ask")
    window.see("export-fetch")
    with window.page.expect_download(timeout=WAIT_MS) as download:
        window.press("export-fetch")
    with zipfile.ZipFile(download.value.path()) as archive:
        [me] = json.loads(archive.read("tables/people.json"))
        manifest = json.loads(archive.read("manifest.json"))
    assert (me["handle"], manifest["handle"]) == (ann.handle, ann.handle)
    assert findings(window) == []
    window.press("erasure-ask")
    window.press("erasure-sure")
    window.see("closing")
    assert shared_server.http.get(f"/api/people/{ann.handle}").status_code == 404
    window.press("erasure-undo")
    window.see("erasure-ask")
    assert shared_server.http.get(f"/api/people/{ann.handle}").status_code == 200


def test_the_page_says_that_a_signal_is_honoured_and_what_is_kept(open_window: Open) -> None:
    plain = open_window("/privacy", locale="fr-FR")
    plain.see("kept", "Vos vidéos et leurs légendes.")
    assert plain.page.get_by_test_id("gpc").count() == 0
    signal = open_window("/privacy", extra_http_headers={"Sec-GPC": "1"})
    signal.page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})")
    signal.page.reload()
    signal.see("gpc")
