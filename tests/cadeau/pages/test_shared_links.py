"""What a link to a video, a room or a person shows before any script runs: to crawlers and in previews."""

from __future__ import annotations

import pytest

from cadeau.pages.addresses import choose_language
from cadeau.pages.head import shortened
from tests.cadeau.pages.conftest import Film, links, metas, title
from tests.served import Person, Served

HOSTILE = "\"><script>alert(1)</script><title>&amp;'{}%s</title>"


def test_a_link_to_a_video_shows_its_caption_and_picture(shared_server: Served, maker: Person, film: Film) -> None:
    video = film(maker, "A walk along the sea #sea")
    page = shared_server.http.get(f"/video/{video}")
    url = f"{shared_server.url}/video/{video}"
    assert page.status_code == 200
    assert title(page.text) == "A walk along the sea #sea · Cadeau"
    assert links(page.text)["canonical"] == url
    found = metas(page.text)
    assert found["description"] == "By ada.lovelace (@ada.lovelace). A walk along the sea #sea"
    assert "robots" not in found
    expected = {
        "og:type": "video.other", "og:url": url, "og:title": "A walk along the sea #sea", "og:site_name": "Cadeau",
        "og:image": f"{shared_server.url}/media/{video}/poster.jpg",
        "og:video": f"{shared_server.url}/media/{video}/720.mp4", "og:video:type": "video/mp4",
        "og:video:width": "720", "og:video:height": "1280", "video:duration": "12",
        "twitter:card": "player", "twitter:player": f"{shared_server.url}/embed/video/{video}",
    }  # fmt: skip
    assert {name: found.get(name) for name in expected} == expected


def test_a_video_without_a_caption_is_named_after_who_made_it(shared_server: Served, maker: Person, film: Film) -> None:
    video = film(maker)
    assert title(shared_server.http.get(f"/video/{video}").text) == "Video by ada.lovelace · Cadeau"
    french = shared_server.http.get(f"/video/{video}", headers={"Accept-Language": "fr-CA, en;q=0.8"})
    assert title(french.text) == "Vidéo de ada.lovelace · Cadeau"
    assert '<html lang="fr"' in french.text
    assert "Accept-Language" in french.headers["vary"]


@pytest.mark.parametrize("state", ["processing", "rejected"])
def test_a_video_that_is_not_published_reveals_nothing(
    shared_server: Served, maker: Person, film: Film, state: str
) -> None:
    video = film(maker, "Nobody may read this", state)
    nothing = shared_server.http.get("/video/nothing-here")
    for path in (f"/video/{video}", f"/embed/video/{video}", f"/oembed?url={shared_server.url}/video/{video}"):
        answer = shared_server.http.get(path)
        assert answer.status_code == 404, path
        assert "Nobody may read" not in answer.text
        assert "ada.lovelace" not in answer.text
    assert shared_server.http.get(f"/video/{video}").text == nothing.text, "it looks like one that never was"
    mine = shared_server.http.get(f"/video/{video}", headers={"Cookie": f"cadeau_session={maker.token}"})
    assert mine.status_code == 200, "who made it gets the page that shows how far it is"
    assert metas(mine.text)["robots"] == "noindex"
    assert "Nobody may read" not in mine.text


def test_a_link_to_a_room_shows_its_title_and_host(shared_server: Served, maker: Person) -> None:
    room = maker.open_room("Evening concert")
    page = shared_server.http.get(f"/room/{room['id']}").text
    assert title(page) == "Evening concert · Cadeau"
    assert "ada.lovelace" in metas(page)["description"]
    assert metas(page)["og:url"] == f"{shared_server.url}/room/{room['id']}"
    assert metas(page)["robots"] == "noindex", "until it is live"
    assert room["stream_key"] not in page


def test_a_link_to_a_person_shows_their_name(shared_server: Served, maker: Person) -> None:
    assert maker.http.patch("/api/people/me", json={"bio": "Counts\nand computes"}).status_code == 200
    page = shared_server.http.get("/@ada.lovelace").text
    assert title(page) == "ada.lovelace (@ada.lovelace) · Cadeau"
    assert metas(page)["description"] == "Counts and computes"
    assert metas(page)["og:type"] == "profile"
    assert links(shared_server.http.get("/@Ada.Lovelace").text)["canonical"] == f"{shared_server.url}/@ada.lovelace"


def test_what_people_write_cannot_leave_its_place(shared_server: Served, film: Film) -> None:
    writer = shared_server.join()
    writer.http.patch("/api/people/me", json={"name": HOSTILE[:40], "bio": HOSTILE})
    video, room = film(writer, HOSTILE), writer.open_room(HOSTILE)
    for path in (f"/video/{video}", f"/room/{room['id']}", f"/@{writer.handle}", f"/embed/video/{video}"):
        page = shared_server.http.get(path).text
        assert "<script>alert" not in page, path
        assert page.count("<title>") == 1, path
    assert title(shared_server.http.get(f"/video/{video}").text) == f"{HOSTILE} · Cadeau"
    assert metas(shared_server.http.get(f"/video/{video}").text)["og:title"] == HOSTILE


@pytest.mark.parametrize("path", ["/nowhere", "/video/none", "/room/none", "/@nobody.here", "/video", "/room/a/b"])
def test_what_is_missing_is_a_404_with_the_clients_page(shared_server: Served, path: str) -> None:
    answer = shared_server.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert title(answer.text) == "Page not found · Cadeau"
    assert metas(answer.text)["robots"] == "noindex"
    assert "canonical" not in links(answer.text)
    assert "/assets/" in answer.text, "the client explains it"


def test_pages_for_oneself_are_not_indexed(shared_server: Served) -> None:
    for path in ("/wallet", "/studio", "/upload", "/signin", "/join", "/create", "/admin/media"):
        page = shared_server.http.get(path)
        assert page.status_code == 200, path
        assert metas(page.text)["robots"] == "noindex", path
    assert "robots" not in metas(shared_server.http.get("/").text)


def test_a_page_may_share_its_first_part_with_an_interface(shared_server: Served) -> None:
    assert title(shared_server.http.get("/live").text) == "Live now · Cadeau"
    for path in ("/live/none", "/api", "/api/none", "/chat", "/media", "/docs/none"):
        assert shared_server.http.get(path).status_code == 404, path
        assert "text/html" not in shared_server.http.get(path).headers["content-type"], path


def test_a_page_names_the_files_it_needs(shared_server: Served, maker: Person, film: Film) -> None:
    feed = shared_server.http.get("/").text
    assert feed.count('rel="modulepreload"') >= 3
    assert 'as="fetch" crossorigin href="/api/feed?tab=for_you&amp;limit=4&amp;opening=true"' in feed
    assert "/assets/en-" in feed
    french = shared_server.http.get("/", headers={"Accept-Language": "fr"}).text
    assert "/assets/fr-" in french
    assert "/assets/en-" not in french
    assert "/assets/Video-" in shared_server.http.get(f"/video/{film(maker)}").text


def test_oembed_describes_a_video_with_a_player(shared_server: Served, maker: Person, film: Film) -> None:
    video = film(maker, "On the beach")
    where = links(shared_server.http.get(f"/video/{video}").text)["alternate"]
    answer = shared_server.http.get(where)
    found = answer.json()
    assert (found["version"], found["type"], found["title"]) == ("1.0", "video", "On the beach")
    assert (found["author_name"], found["provider_url"]) == ("ada.lovelace", shared_server.url)
    assert found["thumbnail_url"] == f"{shared_server.url}/media/{video}/poster.jpg"
    assert f'src="{shared_server.url}/embed/video/{video}"' in found["html"]
    small = shared_server.http.get(f"{where}&maxwidth=360&maxheight=nonsense").json()
    assert (small["width"], small["height"]) == (360, 640)
    assert 'width="360" height="640"' in small["html"]
    assert "thumbnail_url" not in small, "it would be larger than was asked for"


def test_oembed_refuses_other_sites_and_formats(shared_server: Served, maker: Person, film: Film) -> None:
    url = f"{shared_server.url}/video/{film(maker)}"
    for wrong in ("https://example.org/video/1", url.replace("http", "file"), "http://[", "", f"{shared_server.url}/"):
        assert shared_server.http.get("/oembed", params={"url": wrong}).status_code == 404, wrong
    assert shared_server.http.get("/oembed", params={"url": url, "format": "xml"}).status_code == 501


def test_other_sites_may_frame_the_player_and_nothing_else(shared_server: Served, maker: Person, film: Film) -> None:
    video = film(maker, "Framed")
    player = shared_server.http.get(f"/embed/video/{video}")
    assert "frame-ancestors *" in player.headers["content-security-policy"]
    assert "script-src" not in player.headers["content-security-policy"]
    assert "<script" not in player.text
    assert f'src="{shared_server.url}/media/{video}/720.mp4"' in player.text
    assert "frame-ancestors 'none'" in shared_server.http.get(f"/video/{video}").headers["content-security-policy"]


@pytest.mark.parametrize(
    ("accept", "language"),
    [("fr", "fr"), ("de, fr;q=0.5, en;q=0.4", "fr"), ("en-GB,en;q=0.9,fr;q=0.8", "en"), ("de", "en"), ("", "en")],
)
def test_the_language_is_the_first_of_ours(accept: str, language: str) -> None:
    assert choose_language(accept) == language


def test_long_texts_are_cut_at_a_word() -> None:
    assert shortened("one  two\nthree", 20) == "one two three"
    assert shortened("one two three", 9) == "one two…"
    assert shortened("a" * 50, 10) == "aaaaaaaaa…"
