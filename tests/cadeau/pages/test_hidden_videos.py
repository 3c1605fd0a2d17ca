"""A private video and one for followers, through every route that names a video and every page that shows one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from core.database import Database
from core.ids import new_id
from tests.cadeau.pages.conftest import Film, metas
from tests.served import Person, Served
from vod.tables import video_comments

SECRET = "Nobody else reads this #hiddenword"
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/api/videos/{video}/comments"): {"text": "hello"},
    ("patch", "/api/videos/{video}"): {"caption": "mine"},
    ("put", "/api/saved/{video}"): {"collection": None},
}
SAY_NOTHING = {("delete", "/api/videos/{video}/save"), ("delete", "/api/history/{video}")}
"""They take something out of one's own lists, and answer the same for every video, there or not."""


@pytest.fixture(scope="module")
def follower(shared_server: Served, maker: Person) -> Person:
    person = shared_server.join()
    assert person.http.put(f"/api/people/{maker.handle}/follow").is_success
    return person


@pytest.fixture(params=["private", "followers"])
def hidden(request: pytest.FixtureRequest, maker: Person, film: Film) -> tuple[str, str]:
    """Its visibility and its id."""
    video = film(maker, SECRET)
    answer = maker.http.patch(f"/api/videos/{video}", json={"caption": SECRET, "visibility": request.param})
    assert answer.json()["visibility"] == request.param
    return request.param, video


def add_comment(server: Served, video: str, person: Person) -> str:
    comment = new_id()
    database = Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")
    row = {"id": comment, "video": video, "person": person.id, "text": "hi", "at": 1}
    database.write(lambda c: c.execute(video_comments.insert().values(row)))
    database.close()
    return comment


def test_to_strangers_it_does_not_exist_in_any_route(
    shared_server: Served, maker: Person, hidden: tuple[str, str]
) -> None:
    _, video = hidden
    comment, stranger = add_comment(shared_server, video, maker), shared_server.join()
    seen = 0
    for path, operations in shared_server.http.get("/api/openapi.json").json()["paths"].items():
        if "{video}" not in path:
            continue
        for method in operations:
            address = path.replace("{video}", video).replace("{comment}", comment)
            unknown = path.replace("{video}", new_id()).replace("{comment}", comment)
            for client in (stranger.http, shared_server.http):
                asked, other = (ask(client, method, path, one) for one in (address, unknown))
                assert (asked.status_code, code(asked)) == (other.status_code, code(other)), (method, path)
                assert SECRET not in asked.text
                if client is stranger.http and (method, path) not in SAY_NOTHING:
                    assert code(asked) == "video_not_found", (method, path)
                seen += 1
    assert seen > 20
    assert maker.http.get(f"/api/videos/{video}").json()["caption"] == SECRET


def ask(client: httpx.Client, method: str, path: str, address: str) -> httpx.Response:
    return client.request(method, address, json=BODIES.get((method, path)))


def code(answer: httpx.Response) -> str:
    return str(answer.json().get("code", "")) if answer.content else ""


def test_it_is_in_no_list_for_everybody_and_on_no_page(
    shared_server: Served, maker: Person, follower: Person, hidden: tuple[str, str]
) -> None:
    visibility, video = hidden
    stranger = shared_server.join()
    lists = [f"/api/videos?by={maker.handle}&limit=100", "/api/feed?limit=100", "/api/tags/hiddenword/videos",
             "/sitemap/1.xml", f"/@{maker.handle}", "/"]  # fmt: skip
    for client in (stranger.http, shared_server.http):
        for address in lists:
            assert video not in client.get(address).text, address
        for address in (f"/video/{video}", f"/embed/video/{video}", f"/oembed?url={shared_server.url}/video/{video}"):
            answer = client.get(address)
            assert answer.status_code == 404, address
            assert SECRET not in answer.text
    follows = visibility == "followers"
    assert (video in follower.http.get(lists[0]).text) == follows
    assert (video in follower.http.get("/api/feed?tab=following&limit=100").text) == follows
    assert follower.http.get(f"/api/videos/{video}").status_code == (200 if follows else 404)


def test_the_page_of_who_may_see_it_has_nothing_of_it_in_its_head(maker: Person, hidden: tuple[str, str]) -> None:
    _, video = hidden
    answer = maker.http.get(f"/video/{video}")
    assert answer.status_code == 200
    assert SECRET not in answer.text
    assert "/media/" not in answer.text
    assert metas(answer.text).get("robots") == "noindex"
