"""A landing page is opened safely: only on the public web, also after redirects, and in bounded time and bytes."""

from __future__ import annotations

import socket
import time

import pytest

from tests.vod.ads.landing.site import HTML, Site
from vod.ads.landing import fetching
from vod.ads.landing.fetching import BYTES_MAX, REDIRECTS_MAX, LandingFault, fetch, locate
from vod.ads.landing.page import Page

INSIDE = ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.0.1", "::1", "fe80::1", "fd00::1",
          "::ffff:10.0.0.1", "64:ff9b::a00:1", "0.0.0.0"]  # fmt: skip


def finding(site: Site, url: str) -> str | None:
    with pytest.raises(LandingFault) as fault:
        fetch(url, site.look_up)
    return fault.value.finding


def test_a_page_is_what_the_last_redirect_leads_to(site: Site) -> None:
    site.answers |= {"/old": (301, "/new"), "/new": (302, "https://www.bakery.example/")}
    assert fetch("https://bakery.example/old", site.look_up) == Page.of("www.bakery.example", HTML)
    assert site.asked == ["bakery.example/old", "bakery.example/new", "www.bakery.example/"]


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_into_a_network_is_not_opened(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
    inside = (family, socket.SOCK_STREAM, 6, "", (address, 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [public, inside])
    with pytest.raises(LandingFault) as fault:
        locate("https://rebound.example/")
    assert fault.value.finding == "unsafe"


@pytest.mark.parametrize(
    "target",
    ["http://bakery.example/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data",
     "https://localhost/", "https://bakery.example:8443/", "https://u:p@bakery.example/", "file:///etc/passwd",
     "gopher://bakery.example/", "https://0x7f000001/", "https://printer.local/", "//10.0.0.1/"],
)  # fmt: skip
def test_a_redirect_into_our_network_is_not_followed(site: Site, target: str) -> None:
    site.answers["/"] = (302, target)
    assert finding(site, "https://bakery.example/") == "unsafe"
    assert len(site.asked) == 1


def test_whoever_redirects_for_ever_or_answers_with_an_error_has_no_page(site: Site) -> None:
    site.answers |= {"/": (302, "/"), "/broken": (500, ""), "/lost": (302, "")}
    assert finding(site, "https://bakery.example/") == "gone"
    assert len(site.asked) == REDIRECTS_MAX + 1
    for path in ("/broken", "/lost", "/nowhere"):
        assert finding(site, f"https://bakery.example{path}") == "gone"


def test_a_page_that_drips_in_is_given_up_in_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT_S", 0.6)
    site.answers["/"] = "slow"
    began = time.monotonic()
    assert finding(site, "https://bakery.example/") == "gone"
    assert time.monotonic() - began < 3.0


@pytest.mark.parametrize("answer", ["huge", "bomb"])
def test_of_a_huge_page_only_the_beginning_is_read(site: Site, answer: str) -> None:
    site.answers["/"] = answer
    found = fetch("https://bakery.example/", site.look_up)
    assert found.host == "bakery.example"
    assert found.title == ("Corner Bakery" if answer == "huge" else "")
    assert len(found.sketch) <= BYTES_MAX


def test_a_fault_of_our_resolver_says_nothing_about_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, expected in ((socket.EAI_AGAIN, None), (socket.EAI_NONAME, "gone")):
        error = socket.gaierror(number, "no answer")
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, error=error, **__: (_ for _ in ()).throw(error))
        with pytest.raises(LandingFault) as fault:
            locate("https://bakery.example/")
        assert fault.value.finding == expected
