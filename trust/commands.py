"""The commands of `trust`."""

from __future__ import annotations

from trust.audit.commands import COMMANDS as AUDIT
from trust.audit.sign_out import COMMANDS as SIGN_OUT
from trust.machine.commands import COMMANDS as MACHINE
from trust.privacy.commands import COMMANDS as PRIVACY
from trust.transparency.commands import COMMANDS as TRANSPARENCY

COMMANDS = (*AUDIT, *SIGN_OUT, *MACHINE, *PRIVACY, *TRANSPARENCY)
