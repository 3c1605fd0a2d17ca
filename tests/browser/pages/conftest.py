"""These tests run against the server itself, and again behind the shipped nginx."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.nginx import served_behind_nginx
from tests.served import Served


@pytest.fixture(scope="module", params=["itself", "nginx"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A server, and the URL at which browsers reach it."""
    folder = tmp_path_factory.mktemp("site")
    if request.param == "nginx":
        with served_behind_nginx(folder) as behind:
            yield behind
    else:
        with Served(folder) as server:
            yield server, server.url


@pytest.fixture(scope="module")
def shared_server(site: tuple[Served, str]) -> Served:
    return site[0]
