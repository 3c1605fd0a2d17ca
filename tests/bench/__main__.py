"""Print every figure of docs/benchmarks.md: `make bench`, or `python -m tests.bench NAME ...` for some of them.

What follows the names goes to the benches: `python -m tests.bench relay --viewers 500`.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Sequence

MODULES = {
    "start": "tests.bench.bench_start",
    "glass": "tests.bench.browser.bench_glass",
    "relay": "tests.bench.relay.bench_relay",
    "publisher": "tests.bench.relay.bench_publisher",
    "loss": "tests.bench.browser.bench_loss",
    "link": "tests.bench.browser.bench_link",
    "effects": "tests.bench.browser.bench_effects",
    "feed": "tests.bench.browser.bench_feed",
    "swipes": "tests.bench.browser.bench_swipes",
    "search": "tests.bench.bench_search",
    "reconcile": "tests.bench.money.bench_reconcile",
    "fund": "tests.bench.money.bench_fund",
    "chat": "tests.bench.bench_chat",
    "floods": "tests.bench.bench_floods",
    "ledger": "tests.bench.money.bench_ledger",
    "gifts": "tests.bench.money.bench_gifts",
    "verify": "tests.bench.money.bench_verify",
    "earnings": "tests.bench.money.bench_earnings",
    "cases": "tests.bench.trust.bench_cases",
    "machine": "tests.bench.trust.bench_machine",
    "hiding": "tests.bench.trust.bench_hiding",
    "shop": "tests.bench.bench_shop",
    "export": "tests.bench.privacy.bench_export",
    "recommender": "tests.bench.feed.bench_recommender",
    "ads": "tests.bench.feed.bench_ads",
    "page": "tests.bench.feed.bench_page",
}


def main(arguments: Sequence[str]) -> int:
    names = list(itertools.takewhile(MODULES.__contains__, arguments))
    options = arguments[len(names) :]
    if options and not names:
        print(f"usage: python -m tests.bench [NAME ... [OPTION ...]]\nNAME is one of {', '.join(MODULES)}.")
        return 2
    failed = 0
    for name in names or MODULES:
        print(f"\n{name}\n{'-' * len(name)}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", MODULES[name], *options], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
