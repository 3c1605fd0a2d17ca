"""The commands of all domains: listed here, so that the parser is built without importing or opening the domains.

A test checks that this list is what the parts carry.
"""

from __future__ import annotations

from core.part import Command
from money import commands as money
from people import commands as people

COMMANDS: tuple[Command, ...] = (*people.COMMANDS, *money.COMMANDS)
