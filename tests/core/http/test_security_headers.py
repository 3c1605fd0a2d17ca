"""What browsers are told: where pages may load from, and that they come back by HTTPS."""

from __future__ import annotations

import pytest

from core.http.security_headers import security_headers


def directives(policy: str) -> dict[str, set[str]]:
    return {name: set(sources) for name, *sources in (part.split() for part in policy.split(";"))}


def test_pages_load_only_from_this_server_by_default() -> None:
    headers = security_headers(storage_urls=["/media/x"])
    policy = directives(headers["content-security-policy"])
    assert policy["default-src"] == policy["connect-src"] == policy["style-src"] == {"'self'"}
    assert policy["media-src"] == {"'self'", "blob:"}
    assert policy["img-src"] == {"'self'", "blob:", "data:"}
    assert "unsafe" not in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


def test_media_comes_from_where_the_settings_say() -> None:
    stored = ["https://cdn.example.org/files/x", "http://minio:9000/bucket/x?X-Amz-Signature=secret"]
    headers = security_headers(public_url="https://live.example.org/", storage_urls=stored)
    policy = directives(headers["content-security-policy"])
    for name in ("img-src", "media-src", "connect-src"):
        assert {"https://cdn.example.org", "http://minio:9000"} <= policy[name]
    assert {"https://live.example.org", "wss://live.example.org"} <= policy["connect-src"]
    assert "secret" not in headers["content-security-policy"]


@pytest.mark.parametrize(("url", "secure"), [("https://live.example.org", True), ("http://127.0.0.1:8080", False)])
def test_https_stays_https(url: str, secure: bool) -> None:
    assert ("strict-transport-security" in security_headers(public_url=url)) is secure


def test_names_below_this_one_are_left_alone_unless_the_operator_says_so() -> None:
    told = [security_headers(public_url="https://live.example.org", subdomains=on) for on in (False, True)]
    assert [one["strict-transport-security"] for one in told] == [
        "max-age=31536000", "max-age=31536000; includeSubDomains",
    ]  # fmt: skip
