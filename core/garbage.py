"""Python's collector of cyclic garbage, kept from looking at what stays for as long as the process does."""

from __future__ import annotations

import gc


def freeze_gc() -> None:
    """Call it once, when everything is imported and open. Without it the modules and tables of a server, a hundred and
    thirty thousand objects, are looked through again and again, a tenth of a second each time in which nothing is
    forwarded."""
    gc.collect()
    gc.freeze()
