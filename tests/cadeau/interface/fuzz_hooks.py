"""Loaded by Schemathesis: bodies of these types are text."""

from __future__ import annotations

import schemathesis

schemathesis.serializer.alias(["application/sdp", "application/trickle-ice-sdpfrag"], "text/plain")
