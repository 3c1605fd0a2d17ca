"""What the negotiation of media sessions refuses."""

from __future__ import annotations

from core.errors import Refusal


class BadSdp(Refusal):
    code, status, title = "bad_sdp", 400, "This is not a valid SDP offer."


class NoCommonCodec(Refusal):
    code, status, title = "no_common_codec", 406, "The client and the server have no codec in common."


class TooManyTracks(Refusal):
    code, status, title = "too_many_tracks", 406, "A publisher sends at most one video and one audio track."


class NoSuchSession(Refusal):
    code, status, title = "not_found", 404, "There is no such session."


class NoSuchLayer(Refusal):
    code, status, title = "no_such_layer", 404, "There is no such video layer."


class PreconditionRequired(Refusal):
    code, status, title = "precondition_required", 428, "An If-Match header with the session's ETag is required."


class PreconditionFailed(Refusal):
    code, status, title = "precondition_failed", 412, "The If-Match header does not match the session's ETag."


class NoIceRestart(Refusal):
    code, status, title = "no_ice_restart", 422, "ICE restarts are not supported; start a new session."
