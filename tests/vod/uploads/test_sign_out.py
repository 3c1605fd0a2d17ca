"""An upload in progress ends with the session that sends it."""

from __future__ import annotations

from tests.served import Served
from tests.vod.uploads.client import until
from tests.vod.uploads.test_uploads import create, sending
from vod.uploads.body import BLOCK_BYTES


def test_what_is_sent_after_signing_out_is_refused(shared_server: Served) -> None:
    person = shared_server.join()
    length = 4 * BLOCK_BYTES
    address = create(person, length)
    file = shared_server.data_dir / "uploads" / address.rpartition("/")[2]
    with sending(person, address, length, b"\0" * BLOCK_BYTES) as connection:
        until(lambda: file.is_file() and file.stat().st_size >= BLOCK_BYTES)
        assert person.http.delete("/api/sessions/current").status_code == 204
        connection.sendall(b"\0" * (length - BLOCK_BYTES))
        connection.settimeout(30)
        assert connection.recv(4096).startswith(b"HTTP/1.1 401 ")
    assert file.stat().st_size < length
