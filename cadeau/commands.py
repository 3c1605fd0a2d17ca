"""The commands of all domains, listed here so that the parser needs neither import nor open the domains.

A test compares this list with the parts' commands.
"""

from __future__ import annotations

from core.part import Command
from money import commands as money
from people import commands as people
from shop import commands as shop
from trust import commands as trust
from vod import commands as vod

COMMANDS: tuple[Command, ...] = (*people.COMMANDS, *money.COMMANDS, *trust.COMMANDS, *vod.COMMANDS, *shop.COMMANDS)
