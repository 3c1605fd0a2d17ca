"""How long until the first page: `python -m tests.bench start`. A new folder first, then restarts."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.bench.machine import machine
from tests.served import Served

TARGET_S = 3.0
RESTARTS = 3


def main() -> None:
    print(f"machine      {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        server = Served(Path(folder))
        for kind in ("first start", *["restart"] * RESTARTS):
            began = time.monotonic()
            server.start()
            assert server.http.get("/").status_code == 200
            print(f"{kind:12} {time.monotonic() - began:.1f} s to the first page", end="")
            print(f" (target: {TARGET_S:.0f} or less)" if kind == "restart" else "")
            server.stop()
        server.__exit__()


if __name__ == "__main__":
    main()
