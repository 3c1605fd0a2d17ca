"""Purges: a CDN is told to drop the files that are withdrawn, under every host name at which it serves them.

A job does it, with as many tries as every job has: what a CDN refuses for good is in the log, and its copies end with
their own lifetime.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from urllib.parse import quote, urlsplit

import httpx
from sqlalchemy import Connection

from core.jobs import Job, Jobs
from core.settings import Settings

PURGE = "vod.purge"
KEYS_PER_JOB_MAX = 100
TIMEOUT_S = 5.0
_GONE_ALREADY = 404


class PurgeFailed(Exception):
    """The CDN did not do as it was told: another try may succeed."""


class Purges:
    def __init__(self, settings: Settings, url: Callable[[str], str], jobs: Jobs) -> None:
        self._method, _, self._template = settings.purge_url.partition(" ")
        self._secret = settings.purge_secret
        self._url = url
        self._jobs = jobs
        here = urlsplit(settings.base_url)
        further = [host.strip() for host in settings.purge_hosts.split(",") if host.strip()]
        self._bases = [settings.base_url, *(f"{here.scheme}://{host}" for host in further)]

    def queue(self, connection: Connection, keys: Collection[str]) -> None:
        """These files are withdrawn, in this transaction."""
        ordered = sorted(keys) if self._template else []
        for start in range(0, len(ordered), KEYS_PER_JOB_MAX):
            some = ordered[start : start + KEYS_PER_JOB_MAX]
            self._jobs.add(connection, PURGE, some[0], {"keys": some})

    def run(self, job: Job) -> None:
        """Idempotent. Raises PurgeFailed."""
        failed: list[str] = []
        headers = {"Authorization": self._secret} if self._secret else {}
        with httpx.Client(timeout=TIMEOUT_S, headers=headers) as client:
            for key in job.arguments["keys"]:
                for address in self.addresses(str(key)):
                    try:
                        answer = client.request(self._method, self._filled(address))
                        good = answer.is_success or answer.status_code == _GONE_ALREADY
                    except httpx.HTTPError:
                        good = False
                    if not good:
                        failed.append(address)
        if failed:
            raise PurgeFailed(f"{len(failed)} not purged, such as {failed[0]}")

    def addresses(self, key: str) -> Iterator[str]:
        """Everywhere that a cache may have this file."""
        public = self._url(key)
        if not public.startswith("/"):
            yield public
        for base in self._bases:
            yield f"{base}/media/{key}"

    def _filled(self, address: str) -> str:
        parts = urlsplit(address)
        return self._template.format(host=parts.netloc, path=quote(parts.path), url=quote(address, safe=""))
