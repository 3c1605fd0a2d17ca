"""A web site, and the agency of the campaigns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vod.ads.campaigns.conftest import agency as agency
from tests.vod.ads.landing.site import Site, web_site


@pytest.fixture
def site() -> Iterator[Site]:
    with web_site() as made:
        yield made
