"""Every figure of the README, one after the other: `make bench`, or `python -m tests.bench NAME ...` for some."""

from __future__ import annotations

import subprocess
import sys

BENCHES = ("start", "glass", "relay", "publisher", "loss", "link", "chat", "ledger")


def main() -> int:
    failed = 0
    for name in sys.argv[1:] or BENCHES:
        print(f"\n{name}\n{'-' * len(name)}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"tests.bench.bench_{name}"], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
